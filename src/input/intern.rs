//! Ids to dense numbers: the text of each id is kept once, behind a table seeded anew in each run, so that no input
//! can be made to fill one bucket.

use super::proof::canonical_number;
use foldhash::fast::RandomState;
use std::hash::BuildHasher;

/// Ids in the order in which they came.
#[derive(Debug, Default)]
pub struct Interner {
    slots: Slots,
    texts: Texts,
    state: RandomState,
}

impl Interner {
    pub fn len(&self) -> usize {
        self.texts.len
    }

    /// The text of an id.
    #[inline]
    pub fn get(&self, number: u32) -> &[u8] {
        self.texts.get(number)
    }

    /// The hash by which an id is found; the same for all looks of one run.
    #[inline]
    pub fn hash(&self, id: &[u8]) -> u64 {
        self.state.hash_one(id)
    }

    /// The number of an id that is known.
    #[inline]
    pub fn find(&self, id: &[u8]) -> Option<u32> {
        self.find_hashed(self.hash(id), id)
    }

    /// The number of an id that is known, by its hash.
    #[inline]
    pub fn find_hashed(&self, hash: u64, id: &[u8]) -> Option<u32> {
        self.slots.find(hash, |n| same(self.texts.get(n), id))
    }

    /// What a look for an id with this hash reads first. (The memory is far away, and looks of many ids wait for it
    /// together instead of one after the other.)
    #[inline]
    pub fn slot(&self, hash: u64) -> u64 {
        self.slots.first(hash)
    }

    /// Brings the text into the cache to which a slot leads.
    #[inline]
    pub fn touch_text(&self, slot: u64) -> u8 {
        let at = self.texts.start((slot as u32).wrapping_sub(1));
        self.texts.text.get(at).copied().unwrap_or(0)
    }

    /// The number of an id, and whether it is new.
    pub fn intern(&mut self, id: &[u8]) -> (u32, bool) {
        let hash = self.hash(id);
        if let Some(n) = self.find_hashed(hash, id) {
            return (n, false);
        }
        // 2³² ids would need more memory than the numbers are for.
        let number = u32::try_from(self.texts.len).unwrap_or(u32::MAX);
        self.texts.push(id);
        self.slots.insert(hash, number);
        (number, true)
    }

    /// The text of an id, which is UTF-8 since every id is checked for it.
    pub fn text(&self, number: u32) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.get(number))
    }
}

/// Are two ids equal? (Short ones are compared in place, without a call.)
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match (a.first_chunk::<8>(), b.first_chunk::<8>(), a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(a0), Some(b0), Some(a1), Some(b1)) if a.len() <= 16 => a0 == b0 && a1 == b1,
        _ => a == b,
    }
}

/// Numbers found by hash: a table with open addresses, each slot 32 bits of the hash and the number + 1. Those bits
/// give the place as well, so growing needs no text.
#[derive(Debug, Default)]
struct Slots {
    /// A power of two, or none; at most five in eight are taken. An empty slot is 0.
    list: Vec<u64>,
    taken: usize,
}

fn number_in(slot: u64) -> Option<u32> {
    (slot as u32).checked_sub(1)
}

impl Slots {
    /// The place where a look for a hash begins.
    #[inline]
    fn start(&self, hash: u64) -> usize {
        (hash >> 32) as usize & (self.list.len() - 1)
    }

    #[inline]
    fn first(&self, hash: u64) -> u64 {
        if self.list.is_empty() { 0 } else { self.list[self.start(hash)] }
    }

    #[inline]
    fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        if self.list.is_empty() {
            return None;
        }
        let mut at = self.start(hash);
        loop {
            let slot = self.list[at];
            let number = number_in(slot)?;
            if slot >> 32 == hash >> 32 && same(number) {
                return Some(number);
            }
            at = (at + 1) & (self.list.len() - 1);
        }
    }

    /// Adds a number that is not there.
    fn insert(&mut self, hash: u64, number: u32) {
        if self.taken * 8 >= self.list.len() * 5 {
            let bigger = (self.list.len() * 2).max(16);
            let old = std::mem::replace(&mut self.list, vec![0; bigger]);
            old.into_iter().filter(|slot| *slot != 0).for_each(|slot| self.put(slot));
        }
        self.put(hash >> 32 << 32 | u64::from(number.wrapping_add(1)));
        self.taken += 1;
    }

    fn put(&mut self, slot: u64) {
        let mut at = self.start(slot);
        while self.list[at] != 0 {
            at = (at + 1) & (self.list.len() - 1);
        }
        self.list[at] = slot;
    }
}

/// Texts one behind the other. While all are equally long, as most ids of one system are, their ends need no list.
#[derive(Debug, Default)]
struct Texts {
    text: Vec<u8>,
    len: usize,
    /// The length of each text while they are equal.
    each: usize,
    ends: Vec<usize>,
}

impl Texts {
    #[inline]
    fn get(&self, number: u32) -> &[u8] {
        let i = number as usize;
        if self.ends.is_empty() {
            return &self.text[i * self.each..(i + 1) * self.each];
        }
        let from = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.text[from..self.ends[i]]
    }

    /// Where a text begins, or some other place where the number is none.
    #[inline]
    fn start(&self, number: u32) -> usize {
        let i = number as usize;
        if self.ends.is_empty() { i.wrapping_mul(self.each) } else { self.ends.get(i).copied().unwrap_or(0) }
    }

    fn push(&mut self, text: &[u8]) {
        if self.len == 0 {
            self.each = text.len();
        } else if self.ends.is_empty() && text.len() != self.each {
            self.ends = (1..=self.len).map(|n| n * self.each).collect();
        }
        self.text.extend_from_slice(text);
        self.len += 1;
        if !self.ends.is_empty() {
            self.ends.push(self.text.len());
        }
    }
}

/// Order ids that another table names, each with a number.
#[derive(Debug, Default)]
pub struct OrderIds {
    /// Whole numbers, which most order ids are, need no text: each stands where its number says.
    slots: Slots,
    numeric: Vec<u64>,
    number_of_numeric: Vec<u32>,
    texts: Interner,
    number_of_text: Vec<u32>,
    count: u32,
    state: RandomState,
}

impl OrderIds {
    /// The number of an id.
    #[inline]
    pub fn find(&self, id: &[u8]) -> Option<u32> {
        self.find_known(canonical_number(id), id)
    }

    /// The number of an id of which is known whether it is a whole number.
    #[inline]
    pub fn find_known(&self, numeric: Option<u64>, id: &[u8]) -> Option<u32> {
        match numeric {
            Some(n) => self.numeric(n).map(|i| self.number_of_numeric[i as usize]),
            None if self.number_of_text.is_empty() => None,
            None => self.texts.find(id).map(|t| self.number_of_text[t as usize]),
        }
    }

    fn numeric(&self, n: u64) -> Option<u32> {
        self.slots.find(self.state.hash_one(n), |i| self.numeric[i as usize] == n)
    }

    /// Brings into the cache what looks for whole numbers will read.
    #[inline]
    pub fn touch(&self, numbers: &[u64]) -> u64 {
        numbers.iter().fold(0, |seen, n| seen ^ self.slots.first(self.state.hash_one(*n)))
    }

    /// The number of an id, and whether it is new.
    pub fn add(&mut self, id: &[u8]) -> (u32, bool) {
        let next = self.count;
        let number = match canonical_number(id) {
            Some(n) => match self.numeric(n) {
                Some(i) => self.number_of_numeric[i as usize],
                None => {
                    let i = u32::try_from(self.numeric.len()).unwrap_or(u32::MAX);
                    self.slots.insert(self.state.hash_one(n), i);
                    self.numeric.push(n);
                    self.number_of_numeric.push(next);
                    next
                }
            },
            None => match self.texts.intern(id) {
                (_, true) => {
                    self.number_of_text.push(next);
                    next
                }
                (t, false) => self.number_of_text[t as usize],
            },
        };
        self.count += u32::from(number == next);
        (number, number == next)
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_get_numbers_in_order() {
        let mut i = Interner::default();
        let ids: Vec<String> = (0..1000).map(|n| format!("id-{}", n * 7 % 1000)).collect();
        for (n, id) in ids.iter().enumerate() {
            assert_eq!(i.intern(id.as_bytes()), (n as u32, true));
        }
        for (n, id) in ids.iter().enumerate() {
            assert_eq!(i.intern(id.as_bytes()), (n as u32, false));
            assert_eq!(i.find(id.as_bytes()), Some(n as u32));
            assert_eq!(i.get(n as u32), id.as_bytes());
        }
        assert_eq!(i.find(b"id-1000"), None);
        assert_ne!(i.slot(i.hash(b"id-7")), 0);
        let _ = (i.touch_text(i.slot(i.hash(b"id-7"))), i.touch_text(0));
        assert_eq!(i.find(b""), None);
    }

    #[test]
    fn ids_of_one_length_and_of_many() {
        for ids in [&["aa", "bb", "cc"][..], &["aa", "bb", "c"], &["", "a"], &["a", ""]] {
            let mut i = Interner::default();
            for (n, id) in ids.iter().enumerate() {
                assert_eq!(i.intern(id.as_bytes()), (n as u32, true), "{ids:?}");
            }
            let all: Vec<_> = (0..ids.len()).map(|n| i.text(n as u32)).collect();
            assert_eq!(all, ids);
        }
    }

    #[test]
    fn many_ids_and_their_neighbours() {
        let mut i = Interner::default();
        for n in 0..100_000u32 {
            assert_eq!(i.intern(&n.to_le_bytes()), (n, true));
        }
        for n in 0..200_000u32 {
            assert_eq!(i.find(&n.to_le_bytes()), (n < 100_000).then_some(n));
        }
    }
}
