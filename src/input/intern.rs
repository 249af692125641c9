//! Ids to dense numbers: the text of each id is kept once, behind a table seeded anew in each run, so that no input
//! can be made to fill one bucket.

use super::proof::canonical_number;
use foldhash::fast::RandomState;
use std::hash::{BuildHasher, Hasher};
use wide::u32x8;

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
        let mut hasher = self.state.build_hasher();
        hasher.write(id);
        hasher.finish()
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

    /// Brings into the cache what the first glance reads.
    pub fn touch(&self, hashes: &[u64]) -> u32 {
        self.slots.touch(hashes.iter().copied())
    }

    /// The first glance at an id with this hash. (The memory is far away: looks of many ids wait for it together
    /// instead of one after the other.)
    #[inline]
    pub fn glance(&self, hash: u64) -> Glance {
        self.slots.glance(hash)
    }

    /// Brings the text into the cache at which the second glance looks.
    #[inline]
    pub fn touch_text(&self, glance: Glance) -> u8 {
        self.texts.text.get(self.texts.start(glance.number)).copied().unwrap_or(0)
    }

    /// The number of an id that is known, after a first glance.
    #[inline]
    pub fn find_after(&self, glance: Glance, hash: u64, id: &[u8]) -> Option<u32> {
        self.slots.find_after(glance, hash, |n| same(self.texts.get(n), id))
    }

    /// The number of an id, and whether it is new.
    pub fn intern(&mut self, id: &[u8]) -> (u32, bool) {
        self.intern_hashed(self.hash(id), id)
    }

    /// The same by its hash.
    pub fn intern_hashed(&mut self, hash: u64, id: &[u8]) -> (u32, bool) {
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

/// Numbers found by hash: a table of lines, each as long as a line of the cache, so that a look reads one of them and
/// compares all its marks at once. The mark is 32 bits of the hash, which choose the line as well: growing needs no
/// text.
#[derive(Debug, Default)]
struct Slots {
    /// A power of two, or none; at most six places in eight are taken.
    lines: Vec<Line>,
    taken: usize,
}

const PLACES: usize = 8;

/// What the first line for a hash shows.
#[derive(Clone, Copy, Debug)]
pub struct Glance {
    /// The first number with the mark, where there is one.
    number: u32,
    seen: bool,
    /// Others may have the mark, in this line or in the next.
    more: bool,
}

impl Glance {
    const NOTHING: Glance = Glance { number: 0, seen: false, more: false };
}

/// Marks and the numbers that belong to them; a mark of 0 is an empty place, behind which there are only such.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Line {
    marks: [u32; PLACES],
    numbers: [u32; PLACES],
}

/// The mark of a hash, which is never 0.
#[inline]
fn mark(hash: u64) -> u32 {
    (hash >> 32) as u32 | 1
}

impl Line {
    const EMPTY: Line = Line { marks: [0; PLACES], numbers: [0; PLACES] };

    /// A bit for each place with this mark.
    #[inline]
    fn places_of(&self, mark: u32) -> u32 {
        u32x8::from(self.marks).simd_eq(u32x8::splat(mark)).to_bitmask()
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.marks[PLACES - 1] != 0
    }
}

impl Slots {
    /// The line at which a look for a mark begins; some other number where there are no lines. (The lowest bit of a
    /// mark says nothing.)
    #[inline]
    fn start(&self, mark: u32) -> usize {
        (mark >> 1) as usize & self.lines.len().wrapping_sub(1)
    }

    /// Brings the first lines for hashes into the cache: as little as can be, so that many such looks are on their way
    /// at once.
    #[inline]
    fn touch(&self, hashes: impl Iterator<Item = u64>) -> u32 {
        let first = |hash| self.lines.get(self.start(mark(hash))).map_or(0, |line| line.marks[0]);
        hashes.fold(0, |seen, hash| seen ^ first(hash))
    }

    /// Looks at the first line alone, without asking whether what has the mark is the same.
    #[inline]
    fn glance(&self, hash: u64) -> Glance {
        let mark = mark(hash);
        let Some(line) = self.lines.get(self.start(mark)) else { return Glance::NOTHING };
        let places = line.places_of(mark);
        let number = line.numbers[places.trailing_zeros() as usize % PLACES];
        Glance { number, seen: places != 0, more: line.is_full() || places & places.wrapping_sub(1) != 0 }
    }

    /// Decides by a first glance, and looks on only where that leaves a doubt.
    #[inline]
    fn find_after(&self, glance: Glance, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        if glance.seen && same(glance.number) {
            return Some(glance.number);
        }
        if glance.more { self.find(hash, same) } else { None }
    }

    #[inline]
    fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        if self.lines.is_empty() {
            return None;
        }
        let mark = mark(hash);
        let mut at = self.start(mark);
        loop {
            let line = &self.lines[at];
            let mut places = line.places_of(mark);
            while places != 0 {
                let number = line.numbers[places.trailing_zeros() as usize % PLACES];
                if same(number) {
                    return Some(number);
                }
                places &= places - 1;
            }
            if !line.is_full() {
                return None;
            }
            at = (at + 1) & (self.lines.len() - 1);
        }
    }

    /// Adds a number that is not there.
    fn insert(&mut self, hash: u64, number: u32) {
        if self.taken * 4 >= self.lines.len() * PLACES * 3 {
            let bigger = (self.lines.len() * 2).max(4);
            let old = std::mem::replace(&mut self.lines, vec![Line::EMPTY; bigger]);
            for line in old {
                let taken = line.marks.into_iter().zip(line.numbers).take_while(|(mark, _)| *mark != 0);
                taken.for_each(|(mark, number)| self.put(mark, number));
            }
        }
        self.put(mark(hash), number);
        self.taken += 1;
    }

    fn put(&mut self, mark: u32, number: u32) {
        let mut at = self.start(mark);
        while self.lines[at].is_full() {
            at = (at + 1) & (self.lines.len() - 1);
        }
        let line = &mut self.lines[at];
        let place = line.marks.iter().position(|m| *m == 0).unwrap_or(PLACES - 1);
        (line.marks[place], line.numbers[place]) = (mark, number);
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
    /// Empty while there are no other ids: then each has the number of its place.
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
        match canonical_number(id) {
            Some(n) => self.place(n).map(|i| self.number_at(i)),
            None if self.number_of_text.is_empty() => None,
            None => self.texts.find(id).map(|t| self.number_of_text[t as usize]),
        }
    }

    /// Where a whole number stands.
    #[inline]
    fn place(&self, n: u64) -> Option<u32> {
        self.slots.find(self.state.hash_one(n), |i| self.numeric[i as usize] == n)
    }

    fn number_at(&self, place: u32) -> u32 {
        self.number_of_numeric.get(place as usize).copied().unwrap_or(place)
    }

    /// The hash by which a whole number is found.
    #[inline]
    pub fn hash(&self, numeric: u64) -> u64 {
        self.state.hash_one(numeric)
    }

    /// Brings into the cache what looks for ids will read, of those that are whole numbers.
    pub fn touch_ids<'a>(&self, ids: impl Iterator<Item = &'a [u8]>) -> u32 {
        self.slots.touch(ids.filter_map(canonical_number).map(|n| self.hash(n)))
    }

    /// Brings into the cache what the first glance reads.
    pub fn touch_lines(&self, hashes: &[u64]) -> u32 {
        self.slots.touch(hashes.iter().copied())
    }

    /// The first glance at a whole number with this hash.
    #[inline]
    pub fn glance(&self, hash: u64) -> Glance {
        self.slots.glance(hash)
    }

    /// The number of a whole number, after a first glance.
    #[inline]
    pub fn find_after(&self, glance: Glance, hash: u64, numeric: u64) -> Option<u32> {
        let same = |i: u32| self.numeric[i as usize] == numeric;
        self.slots.find_after(glance, hash, same).map(|i| self.number_at(i))
    }

    /// Brings into the cache what the second glance reads, and tells the number that is likely.
    #[inline]
    pub fn touch(&self, glance: Glance) -> Option<(u32, u64)> {
        glance.seen.then(|| (self.number_at(glance.number), self.numeric[glance.number as usize]))
    }

    /// The number of an id, and whether it is new.
    pub fn add(&mut self, id: &[u8]) -> (u32, bool) {
        let next = self.count;
        let number = match canonical_number(id) {
            Some(n) => match self.place(n) {
                Some(i) => self.number_at(i),
                None => {
                    let i = u32::try_from(self.numeric.len()).unwrap_or(u32::MAX);
                    self.slots.insert(self.state.hash_one(n), i);
                    self.numeric.push(n);
                    if !self.number_of_text.is_empty() {
                        self.number_of_numeric.push(next);
                    }
                    next
                }
            },
            None => match self.texts.intern(id) {
                (_, true) => {
                    if self.number_of_text.is_empty() {
                        self.number_of_numeric = (0..next).collect();
                    }
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
        for n in 0..1_500 {
            let id = format!("id-{n}");
            let (hash, id) = (i.hash(id.as_bytes()), id.as_bytes());
            assert_eq!(i.find_after(i.glance(hash), hash, id), i.find(id));
        }
        assert_eq!(i.touch_text(i.glance(i.hash(b"id-7"))), b'i');
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

    #[test]
    fn order_ids_of_both_kinds() {
        for order in [["7", "8", "x", "9", "y"], ["x", "7", "8", "y", "9"], ["7", "8", "9", "10", "11"]] {
            let mut ids = OrderIds::default();
            for (n, id) in order.iter().enumerate() {
                assert_eq!(ids.add(id.as_bytes()), (n as u32, true), "{order:?}");
            }
            for (n, id) in order.iter().enumerate() {
                assert_eq!(ids.add(id.as_bytes()), (n as u32, false), "{order:?}");
                assert_eq!(ids.find(id.as_bytes()), Some(n as u32), "{order:?}");
            }
            assert_eq!((ids.find(b"07"), ids.find(b"z")), (None, None), "another id than 7");
            for n in 0..20 {
                let hash = ids.hash(n);
                assert_eq!(ids.find_after(ids.glance(hash), hash, n), ids.find(n.to_string().as_bytes()));
            }
        }
    }
}
