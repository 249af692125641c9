//! Ids to dense numbers, by tables that are seeded anew in each run, so that no input can be made to fill one place.

use super::machine::{prefetch, room_for_scattered};
use super::proof::canonical_number;
use foldhash::fast::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A number of 64 bits that stands for an id: of a short id it *is* the id, of any other a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct IdKey {
    bits: u64,
    whole: bool,
}

impl IdKey {
    /// The key of an id of at most eight bytes, which is what is [spread](Seeds::spread) for it: the id as a number, its
    /// first byte lowest.
    #[inline(always)]
    pub fn of_spread(bits: u64) -> IdKey {
        IdKey { bits, whole: true }
    }

    /// Is the key equal only to that of the same id?
    #[inline]
    pub fn is_whole(self) -> bool {
        self.whole
    }
}

/// The longest id that is its own key.
const SHORT: usize = 8;

/// What numbers are spread by.
const ODD: u64 = 0x9fb2_1c65_1e98_df25;

/// Makes keys.
#[derive(Clone, Debug)]
pub struct Seeds {
    state: RandomState,
    first: u64,
    second: u64,
}

impl Default for Seeds {
    fn default() -> Seeds {
        let state = RandomState::default();
        let (first, second) = (state.hash_one(0u8), state.hash_one(1u8) | 1);
        Seeds { state, first, second }
    }
}

impl Seeds {
    /// Another number for each number, spread over all 64 bits. Each step can be undone, so no two get the same.
    #[inline(always)]
    pub fn spread(&self, n: u64) -> u64 {
        let n = (n ^ self.first).wrapping_mul(self.second);
        let n = (n ^ n >> 32).wrapping_mul(ODD);
        n ^ n >> 29
    }

    /// The number that was spread to this one.
    fn gather(&self, n: u64) -> u64 {
        // What undoes a multiplication by an odd number: each step doubles the bits that are right.
        let undo = |odd: u64| (0..6).fold(odd, |x, _| x.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(x))));
        let n = (n ^ n >> 29 ^ n >> 58).wrapping_mul(undo(ODD));
        (n ^ n >> 32).wrapping_mul(undo(self.second)) ^ self.first
    }

    /// The key by which an id is found.
    #[inline(always)]
    pub fn key(&self, id: &[u8]) -> IdKey {
        if id.len() > SHORT {
            return IdKey { bits: self.hash(id), whole: false };
        }
        IdKey { bits: self.spread(short(id)), whole: true }
    }

    #[inline]
    pub fn hash(&self, text: &[u8]) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write(text);
        hasher.finish()
    }
}

/// A short id as a number, another for each (no id ends with NUL); of a longer one the first eight bytes.
#[inline(always)]
pub fn short(id: &[u8]) -> u64 {
    if let Some(eight) = id.first_chunk::<8>() {
        return u64::from_le_bytes(*eight);
    }
    if let (Some(first), Some(last)) = (id.first_chunk::<4>(), id.last_chunk::<4>()) {
        let (first, last) = (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)));
        return first | last << ((id.len() - 4) * 8);
    }
    id.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b))
}

/// Is there a star in an id?
#[inline(always)]
fn holds_star(id: &[u8]) -> bool {
    let Some(eight) = id.first_chunk::<8>().filter(|_| id.len() == 8) else { return id.contains(&b'*') };
    // A byte that is zero borrows from its highest bit.
    let others = u64::from_le_bytes(*eight) ^ u64::from_le_bytes([b'*'; 8]);
    others.wrapping_sub(0x0101_0101_0101_0101) & !others & 0x8080_8080_8080_8080 != 0
}

/// Keys and the numbers that belong to them, in lines as long as those of the cache: a look reads one of them and
/// compares all its keys at once.
#[derive(Debug, Default)]
struct Table {
    lines: Vec<Line>,
    taken: usize,
}

const PLACES: usize = 5;

/// So many keys are believed to come whatever came until then.
pub const BELIEVED: usize = 16 << 20;

#[derive(Clone, Debug)]
#[repr(align(64))]
struct Line {
    keys: [u64; PLACES],
    numbers: [u32; PLACES],
    /// How many places are taken, the first ones. Behind a full line the next one may have more.
    taken: u32,
}

impl Line {
    const EMPTY: Line = Line { keys: [0; PLACES], numbers: [0; PLACES], taken: 0 };

    /// A bit for each place with this key.
    #[inline(always)]
    fn places_of(&self, key: u64) -> u32 {
        let equal = |i: usize| u32::from(self.keys[i] == key) << i;
        let all = equal(0) | equal(1) | equal(2) | equal(3) | equal(4);
        all & !(u32::MAX << self.taken)
    }

    #[inline(always)]
    fn is_full(&self) -> bool {
        self.taken as usize == PLACES
    }

    /// Takes a place, of which there must be one.
    #[inline(always)]
    fn put(&mut self, key: u64, number: u32) {
        let place = self.taken as usize;
        (self.keys[place], self.numbers[place]) = (key, number);
        self.taken += 1;
    }
}

/// What the first line in which a key may stand tells of it. The line is on its way when it is looked at by who has asked
/// for it; one key in fifteen stands in another, for which one asks then, and looks at other keys meanwhile.
#[derive(Clone, Copy, Debug)]
pub enum Near {
    Found(u32),
    Nowhere,
    Further,
}

impl Table {
    /// The line at which a look for a key begins. Lines are in the order of the keys that begin there.
    #[inline(always)]
    fn start(&self, key: u64) -> usize {
        ((u128::from(key) * self.lines.len() as u128) >> 64) as usize
    }

    /// Asks for the line at which a look for a key begins.
    #[inline(always)]
    fn prefetch(&self, key: u64) {
        if let Some(line) = self.lines.get(self.start(key)) {
            prefetch(line);
        }
    }

    /// The same, and for the next line, for who will look whether a key is there that mostly is not.
    #[inline(always)]
    fn prefetch_both(&self, key: u64) {
        let at = self.start(key);
        self.lines.get(at).into_iter().for_each(prefetch);
        self.lines.get(at + 1).into_iter().for_each(prefetch);
    }

    /// The number of a key that is the `same` as what is looked for.
    #[inline(always)]
    fn find(&self, key: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = self.start(key);
        loop {
            match self.look(at, key, &same) {
                Near::Found(number) => return Some(number),
                Near::Nowhere => return None,
                Near::Further => at = self.next(at),
            }
        }
    }

    /// The same as far as the first line tells it; the next one is asked for where it may tell more.
    #[inline(always)]
    fn near(&self, key: u64, same: impl Fn(u32) -> bool) -> Near {
        let at = self.start(key);
        let near = self.look(at, key, &same);
        if matches!(near, Near::Further) {
            self.lines.get(self.next(at)).into_iter().for_each(prefetch);
        }
        near
    }

    #[inline(always)]
    fn look(&self, at: usize, key: u64, same: &impl Fn(u32) -> bool) -> Near {
        let Some(line) = self.lines.get(at) else { return Near::Nowhere };
        let mut places = line.places_of(key);
        while places != 0 {
            let number = line.numbers[places.trailing_zeros() as usize % PLACES];
            if same(number) {
                return Near::Found(number);
            }
            places &= places - 1;
        }
        if line.is_full() { Near::Further } else { Near::Nowhere }
    }

    /// The number that the first line has for a key, without asking whether it is the same.
    #[inline(always)]
    fn glance(&self, key: u64) -> Option<u32> {
        let line = self.lines.get(self.start(key))?;
        let places = line.places_of(key);
        (places != 0).then(|| line.numbers[places.trailing_zeros() as usize % PLACES])
    }

    #[inline(always)]
    fn next(&self, line: usize) -> usize {
        if line + 1 == self.lines.len() { 0 } else { line + 1 }
    }

    /// Makes room for so many keys in all, as far as that can be believed.
    fn expect(&mut self, keys: usize) {
        // Two places in three are taken then.
        let lines = keys.min(self.taken * 8 + BELIEVED) * 3 / (PLACES * 2) + 4;
        if lines > self.lines.len() * 5 / 4 {
            let mut wider = room_for_scattered(lines);
            wider.resize(lines, Line::EMPTY);
            let old = std::mem::replace(&mut self.lines, wider);
            for line in old {
                (0..line.taken as usize).for_each(|i| self.put(line.keys[i], line.numbers[i]));
            }
        }
    }

    /// The number of a key that is the `same` as what is looked for, or that which it gets now; whether it is new.
    #[inline(always)]
    fn enter(&mut self, key: u64, number: u32, same: impl Fn(u32) -> bool) -> (u32, bool) {
        // Where more are taken, many keys stand in another line than their own.
        if self.taken * 4 >= self.lines.len() * PLACES * 3 {
            self.expect(self.taken * 3 / 2 + 4);
        }
        let mut at = self.start(key);
        loop {
            match self.look(at, key, &same) {
                Near::Found(known) => return (known, false),
                Near::Nowhere => break,
                Near::Further => at = self.next(at),
            }
        }
        self.lines[at].put(key, number);
        self.taken += 1;
        (number, true)
    }

    fn put(&mut self, key: u64, number: u32) {
        let mut at = self.start(key);
        while self.lines[at].is_full() {
            at = self.next(at);
        }
        self.lines[at].put(key, number);
    }
}

/// Ids in the order in which they came.
#[derive(Debug, Default)]
pub struct Interner {
    table: Table,
    texts: Texts,
    seeds: Seeds,
    starred: bool,
}

impl Interner {
    pub fn len(&self) -> usize {
        self.texts.len
    }

    /// What makes the keys.
    pub fn seeds(&self) -> &Seeds {
        &self.seeds
    }

    /// One that does not keep the texts of ids that are their own keys: [`each`](Interner::each) tells them, and nothing
    /// else does.
    pub fn of_keys() -> Interner {
        Interner { texts: Texts { only_long: true, ..Texts::default() }, ..Interner::default() }
    }

    /// Tells all ids.
    pub fn each(&self, mut tell: impl FnMut(&[u8])) {
        self.each_numbered(|_, id| tell(id));
    }

    /// Tells all ids with their numbers, in no order.
    pub fn each_numbered(&self, mut tell: impl FnMut(u32, &[u8])) {
        // Those whose texts are kept as they stand, one behind the other.
        let kept = |text: &[u8]| !self.texts.only_long || text.len() > SHORT;
        let numbers = 0..self.texts.len as u32;
        let texts = numbers.map(|n| (n, self.texts.get(n))).filter(|(_, text)| kept(text));
        texts.for_each(|(n, text)| tell(n, text));
        for line in &self.table.lines {
            for (key, number) in line.keys.iter().zip(line.numbers).take(line.taken as usize) {
                if !kept(self.texts.get(number)) {
                    let id = self.seeds.gather(*key).to_le_bytes();
                    tell(number, &id[..id.iter().position(|b| *b == 0).unwrap_or(SHORT)]);
                }
            }
        }
    }

    /// The text of an id.
    #[inline]
    pub fn get(&self, number: u32) -> &[u8] {
        self.texts.get(number)
    }

    /// The key by which an id is found; the same for all looks of one run.
    #[inline(always)]
    pub fn key(&self, id: &[u8]) -> IdKey {
        self.seeds.key(id)
    }

    /// The number of an id that is known.
    #[inline]
    pub fn find(&self, id: &[u8]) -> Option<u32> {
        self.find_by(self.key(id), |known| known == id)
    }

    /// The number of an id that is known, by its key.
    #[inline(always)]
    pub fn find_by(&self, key: IdKey, same: impl Fn(&[u8]) -> bool) -> Option<u32> {
        if key.whole {
            // A long id whose hash is by chance the same number is no short one.
            return self.table.find(key.bits, |n| !self.texts.any_long || self.texts.get(n).len() <= SHORT);
        }
        self.table.find(key.bits, |n| same(self.texts.get(n)))
    }

    /// The number of an id by its key, as far as the first look tells it.
    #[inline(always)]
    pub fn near(&self, key: IdKey, same: impl Fn(&[u8]) -> bool) -> Near {
        if key.whole {
            return self.table.near(key.bits, |n| !self.texts.any_long || self.texts.get(n).len() <= SHORT);
        }
        self.table.near(key.bits, |n| same(self.texts.get(n)))
    }

    /// Asks for what a look for the key reads first.
    #[inline(always)]
    pub fn prefetch(&self, key: IdKey) {
        self.table.prefetch(key.bits);
    }

    /// Asks for what entering an id reads first.
    #[inline(always)]
    pub fn prefetch_to_enter(&self, key: IdKey) {
        self.table.prefetch_both(key.bits);
    }

    /// The number that is most likely that of a long id, for whose text it asks.
    #[inline(always)]
    pub fn likely(&self, key: IdKey) -> Option<u32> {
        let number = if key.whole { None } else { self.table.glance(key.bits) };
        number.inspect(|number| self.texts.prefetch(*number))
    }

    /// Makes room for the texts of long ids, of so many bytes in all.
    pub fn expect_texts(&mut self, bytes: usize) {
        if self.texts.text.capacity() == 0 {
            self.texts.text = room_for_scattered(bytes.min(BELIEVED * 16));
        }
    }

    /// Makes room for so many ids in all.
    pub fn expect(&mut self, ids: usize) {
        self.table.expect(ids);
    }

    /// The number of an id, and whether it is new.
    pub fn intern(&mut self, id: &[u8]) -> (u32, bool) {
        self.intern_by(self.key(id), id)
    }

    /// The same by its key.
    pub fn intern_by(&mut self, key: IdKey, id: &[u8]) -> (u32, bool) {
        // 2³² ids would need more memory than the numbers are for.
        let number = u32::try_from(self.texts.len).unwrap_or(u32::MAX);
        let Interner { table, texts, .. } = self;
        let entered = match key.whole {
            true => table.enter(key.bits, number, |n| !texts.any_long || texts.get(n).len() <= SHORT),
            false => table.enter(key.bits, number, |n| texts.get(n) == id),
        };
        if entered.1 {
            self.texts.push(id);
            self.starred |= holds_star(id);
        }
        entered
    }

    /// Does any id hold a star, as those do of which a part is masked?
    pub fn is_starred(&self) -> bool {
        self.starred
    }

    /// The text of an id, which is UTF-8 since every id is checked for it.
    pub fn text(&self, number: u32) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.get(number))
    }
}

/// Are two long ids equal? (Most are compared in place, without a call.)
#[inline(always)]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    let ends = (a.first_chunk::<16>(), b.first_chunk::<16>(), a.last_chunk::<16>(), b.last_chunk::<16>());
    match ends {
        (Some(a0), Some(b0), Some(a1), Some(b1)) if a.len() <= 32 => {
            a.len() == b.len() && a0 == b0 && a1 == b1
        }
        _ => a == b,
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
    /// Some is too long to be its own key.
    any_long: bool,
    /// Only such are kept.
    only_long: bool,
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

    /// Asks for a text, which may lie in two lines of the cache.
    #[inline]
    fn prefetch(&self, number: u32) {
        if let [first, .., last] = self.get(number) {
            prefetch(first);
            prefetch(last);
        }
    }

    fn push(&mut self, text: &[u8]) {
        let text = if self.only_long && text.len() <= SHORT { &[] } else { text };
        if text.is_empty() && self.each == 0 && self.ends.is_empty() {
            // One more that has none.
            self.len += 1;
            return;
        }
        if self.len == 0 {
            self.each = text.len();
        } else if self.ends.is_empty() && text.len() != self.each {
            self.ends = (1..=self.len).map(|n| n * self.each).collect();
        }
        self.any_long |= text.len() > SHORT;
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
    /// Whole numbers, which most order ids are, are their own keys.
    numeric: Table,
    seeds: Seeds,
    texts: Interner,
    number_of_text: Vec<u32>,
    count: u32,
}

impl OrderIds {
    /// None yet; their keys are made by these seeds.
    pub fn new(seeds: Seeds) -> OrderIds {
        OrderIds { seeds, ..OrderIds::default() }
    }

    /// The ids that are no whole numbers, in the order in which they came.
    pub fn texts(&self) -> &Interner {
        &self.texts
    }

    /// The number of an id.
    #[inline]
    pub fn find(&self, id: &[u8]) -> Option<u32> {
        match canonical_number(id) {
            Some(n) => self.find_number(self.key(n)),
            None if self.number_of_text.is_empty() => None,
            None => self.texts.find(id).map(|t| self.number_of_text[t as usize]),
        }
    }

    /// The key by which a whole number is found.
    #[inline(always)]
    pub fn key(&self, n: u64) -> u64 {
        self.seeds.spread(n)
    }

    /// The number of a whole number by its key.
    #[inline(always)]
    pub fn find_number(&self, key: u64) -> Option<u32> {
        self.numeric.find(key, |_| true)
    }

    /// The number of a whole number by its key, as far as the first look tells it.
    #[inline(always)]
    pub fn near_number(&self, key: u64) -> Near {
        self.numeric.near(key, |_| true)
    }

    /// Asks for what entering a whole number reads.
    #[inline(always)]
    pub fn prefetch_to_enter(&self, key: u64) {
        self.numeric.prefetch_both(key);
    }

    /// Asks for what a look for a whole number reads.
    #[inline(always)]
    pub fn prefetch(&self, key: u64) {
        self.numeric.prefetch(key);
    }

    /// The keys of all whole numbers.
    pub fn keys(&self) -> impl Iterator<Item = u64> + '_ {
        self.numeric.lines.iter().flat_map(|line| line.keys.iter().take(line.taken as usize).copied())
    }

    /// Makes room for so many whole numbers in all.
    pub fn expect(&mut self, numbers: usize) {
        self.numeric.expect(numbers);
    }

    /// The number of an id, and whether it is new.
    pub fn add(&mut self, id: &[u8]) -> (u32, bool) {
        if let Some(n) = canonical_number(id) {
            return self.add_number(n);
        }
        match self.texts.intern(id) {
            (_, true) => {
                self.number_of_text.push(self.count);
                self.count += 1;
                (self.count - 1, true)
            }
            (t, false) => (self.number_of_text[t as usize], false),
        }
    }

    /// The same of a whole number.
    pub fn add_number(&mut self, n: u64) -> (u32, bool) {
        let entered = self.numeric.enter(self.key(n), self.count, |_| true);
        self.count += u32::from(entered.1);
        entered
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_seen_wherever_it_stands() {
        for id in ["138****1234", "u*000017", "*0000017", "u000001*", "a*", "+)+)+)+*"] {
            assert!(holds_star(id.as_bytes()), "{id}");
        }
        for id in ["", "u0000017", "+)+)+)+)", "用户甲", "oXk3d5abcdefghijklmnopqrstuv"] {
            assert!(!holds_star(id.as_bytes()), "{id}");
        }
        let mut ids = Interner::of_keys();
        ids.intern(b"u0000017");
        assert!(!ids.is_starred());
        ids.intern(b"138****1234");
        assert!(ids.is_starred());
    }

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
            assert_eq!(i.find(id.as_bytes()).is_some(), n < 1_000);
        }
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
    fn short_ids_are_told_by_their_keys() {
        let mut i = Interner::of_keys();
        let ids =
            ["7", "u0000123", "", "o1", "long enough to be kept", "u0000124", "also much too long", "字"];
        for (n, id) in ids.iter().enumerate() {
            assert_eq!(i.intern(id.as_bytes()), (n as u32, true));
        }
        for (n, id) in ids.iter().enumerate() {
            assert_eq!(i.find(id.as_bytes()), Some(n as u32), "{id}");
        }
        let mut told = Vec::new();
        i.each(|id| told.push(String::from_utf8(id.to_vec()).unwrap()));
        told.sort_unstable();
        let mut want = ids.to_vec();
        want.sort_unstable();
        assert_eq!(told, want);
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
                assert_eq!(ids.find_number(ids.key(n)), ids.find(n.to_string().as_bytes()));
            }
        }
    }
}
