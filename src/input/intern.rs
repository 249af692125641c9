//! Ids to dense numbers: the text of each id is kept once, behind a table seeded anew in each run, so that no input
//! can be made to fill one bucket.

use super::proof::canonical_number;
use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashTable};
use std::hash::BuildHasher;

/// Ids in the order in which they came.
#[derive(Debug, Default)]
pub struct Interner {
    /// The number of an id, with half of its hash to spare most looks at the text.
    table: HashTable<(u32, u32)>,
    text: Vec<u8>,
    ends: Vec<usize>,
    state: RandomState,
}

impl Interner {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of an id.
    pub fn get(&self, number: u32) -> &[u8] {
        let i = number as usize;
        let from = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.text[from..self.ends[i]]
    }

    /// The number of an id that is known.
    pub fn find(&self, id: &[u8]) -> Option<u32> {
        let hash = self.state.hash_one(id);
        let mark = (hash >> 32) as u32;
        self.table.find(hash, |&(m, n)| m == mark && self.get(n) == id).map(|e| e.1)
    }

    /// The number of an id, and whether it is new.
    pub fn intern(&mut self, id: &[u8]) -> (u32, bool) {
        let hash = self.state.hash_one(id);
        let mark = (hash >> 32) as u32;
        let (text, ends) = (&self.text, &self.ends);
        let get = |n: u32| {
            let i = n as usize;
            &text[if i == 0 { 0 } else { ends[i - 1] }..ends[i]]
        };
        if let Some(&(_, n)) = self.table.find(hash, |&(m, n)| m == mark && get(n) == id) {
            return (n, false);
        }
        // 2³² ids would need more memory than the numbers are for.
        let number = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.text.extend_from_slice(id);
        self.ends.push(self.text.len());
        let (text, ends, state) = (&self.text, &self.ends, &self.state);
        let rehash = |&(_, n): &(u32, u32)| {
            let i = n as usize;
            state.hash_one(&text[if i == 0 { 0 } else { ends[i - 1] }..ends[i]])
        };
        self.table.insert_unique(hash, (mark, number), rehash);
        (number, true)
    }

    /// The text of an id, which is UTF-8 since every id is checked for it.
    pub fn text(&self, number: u32) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.get(number))
    }
}

/// Order ids that another table names, each with a number.
#[derive(Debug, Default)]
pub struct OrderIds {
    /// Whole numbers, which most order ids are, need no text.
    numbers: HashMap<u64, u32, RandomState>,
    texts: Interner,
    number_of_text: Vec<u32>,
    count: u32,
}

impl OrderIds {
    #[inline]
    pub fn find(&self, id: &[u8]) -> Option<u32> {
        match canonical_number(id) {
            Some(n) => self.numbers.get(&n).copied(),
            None if self.number_of_text.is_empty() => None,
            None => self.texts.find(id).map(|t| self.number_of_text[t as usize]),
        }
    }

    /// The number of an id, and whether it is new.
    pub fn add(&mut self, id: &[u8]) -> (u32, bool) {
        let next = self.count;
        let (number, new) = match canonical_number(id) {
            Some(n) => {
                let number = *self.numbers.entry(n).or_insert(next);
                (number, number == next)
            }
            None => match self.texts.intern(id) {
                (_, true) => {
                    self.number_of_text.push(next);
                    (next, true)
                }
                (t, false) => (self.number_of_text[t as usize], false),
            },
        };
        self.count += u32::from(new);
        (number, new)
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
        assert_eq!(i.find(b""), None);
    }
}
