//! The proof that no id stands twice, in 6 bytes per id.
//!
//! An id becomes a key of 56 bits, made from its *likeness* (lower case, one width and normal form). Keys are dealt into
//! partitions, and each of these is looked at for equals. Almost always there are none, and that is the proof. Where
//! there are, the tables are read once more ([`Twins`]), and the ids themselves decide: equal texts are an error, texts
//! with one likeness look alike, and any other two have the same key by chance.

use super::field::Eight;
use super::field::text::likeness;
use super::intern::Seeds;
use super::problem::Place;
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

/// 56 bits that are the same for all ids of one likeness, and hardly ever for any others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(u64);

/// What an id looks like: itself, where it is a whole number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Likeness<'a> {
    Number(u64),
    Text(Cow<'a, [u8]>),
}

impl Likeness<'_> {
    /// The likeness of an id, and whether that is the id itself.
    fn of(id: &[u8]) -> (Likeness<'_>, bool) {
        if let Some(n) = canonical_number(id) {
            return (Likeness::Number(n), true);
        }
        match std::str::from_utf8(id).ok().and_then(likeness) {
            None => (Likeness::Text(id.into()), true),
            Some(like) => match canonical_number(like.as_bytes()) {
                Some(n) => (Likeness::Number(n), false),
                None => (Likeness::Text(like.into_bytes().into()), false),
            },
        }
    }

    fn into_owned(self) -> Likeness<'static> {
        match self {
            Likeness::Number(n) => Likeness::Number(n),
            Likeness::Text(text) => Likeness::Text(text.into_owned().into()),
        }
    }
}

/// Makes keys; all threads of a run share the seeds.
#[derive(Clone, Debug, Default)]
pub struct Keys(Seeds);

impl Keys {
    /// The key of an id, and whether the id is its own likeness.
    pub fn of(&self, id: &[u8]) -> (Key, bool) {
        let (like, own) = Likeness::of(id);
        (self.of_likeness(&like), own)
    }

    /// A whole number as it is spread by the seeds, from which all its keys are made.
    #[inline(always)]
    pub fn spread(&self, n: u64) -> u64 {
        self.0.spread(n)
    }

    /// The key of a whole number that was spread.
    #[inline(always)]
    pub fn of_spread(spread: u64) -> Key {
        Key(spread >> 8)
    }

    /// What spreads numbers, and makes the keys of texts.
    pub fn seeds(&self) -> &Seeds {
        &self.0
    }

    fn of_likeness(&self, like: &Likeness) -> Key {
        match like {
            Likeness::Number(n) => Keys::of_spread(self.spread(*n)),
            Likeness::Text(text) => Key(self.0.hash(text) >> 8),
        }
    }
}

/// A whole number below 2⁶⁴ without leading zeros.
#[inline(always)]
pub fn canonical_number(id: &[u8]) -> Option<u64> {
    let len = id.len();
    if len == 0 || len > 19 || id[0] == b'0' && len > 1 {
        return None;
    }
    let Some(last) = id.last_chunk::<8>() else {
        let digit = |n: u64, b: &u8| b.is_ascii_digit().then(|| n * 10 + u64::from(b - b'0'));
        return id.iter().try_fold(0, digit);
    };
    // The first eights, and of the last eight what is behind them.
    let first = Eight::of(*id.first_chunk()?);
    let (last, behind) = (Eight::of(*last), len % 8);
    if len < 16 {
        let number = joined(first.number(), last, behind);
        return (first.flaws() | last.flaws() == 0).then_some(number);
    }
    let second = Eight::of(*id[8..].first_chunk()?);
    let number = joined(joined(first.number(), second, 8), last, behind);
    (first.flaws() | second.flaws() | last.flaws() == 0).then_some(number)
}

/// A number with the last `n` of eight digits behind it. (What is no number is anything.)
#[inline(always)]
fn joined(number: u64, digits: Eight, n: usize) -> u64 {
    number.wrapping_mul(TENS[n]).wrapping_add(digits.last(n as u64).number())
}

const TENS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// So many that what is kept of one stays in the cache while it is looked at.
const PARTITIONS: usize = 256;

/// Keys that are dealt together, so that some go to each partition.
const DEALT: usize = 8_192;

/// The keys one worker has seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Not dealt yet.
    keys: Vec<Key>,
    /// The blocks of each partition, by their numbers. All are full but the last.
    blocks: Vec<Vec<u32>>,
    /// Where the next key of each partition goes: behind the others in its last block. At the start of a block it needs a
    /// new one.
    next: Vec<usize>,
    slabs: Vec<Slab>,
    used: usize,
}

/// Keys of a block.
const BLOCK: usize = 1 << 10;

/// Keys of a slab.
const SLAB: usize = 1 << 22;

/// Blocks one behind the other: nothing is moved as the keys grow, and little is ever empty. Each key is in two pieces of
/// 32 and 16 bits, without the eight that are the number of its partition.
///
/// A slab takes 24 MiB of addresses and as much memory as is written to: zeros that the system gives are written to by
/// nobody before they are needed. Pieces so large go back to the system when they are no longer needed.
#[derive(Debug)]
struct Slab {
    upper: Vec<u32>,
    lower: Vec<u16>,
}

impl Seen {
    #[inline(always)]
    pub fn add(&mut self, key: Key) {
        self.keys.push(key);
        if self.keys.len() == DEALT {
            self.deal();
        }
    }

    #[inline(never)]
    fn deal(&mut self) {
        self.blocks.resize(PARTITIONS, Vec::new());
        self.next.resize(PARTITIONS, 0);
        let mut keys = std::mem::take(&mut self.keys);
        for &Key(key) in &keys {
            let partition = (key >> 48) as usize % PARTITIONS;
            let mut at = self.next[partition];
            if at.is_multiple_of(BLOCK) {
                at = self.new_block(partition);
            }
            let slab = &mut self.slabs[at / SLAB];
            (slab.upper[at % SLAB], slab.lower[at % SLAB]) = ((key >> 16) as u32, key as u16);
            self.next[partition] = at + 1;
        }
        keys.clear();
        self.keys = keys;
    }

    /// The start of a new block.
    #[inline(never)]
    fn new_block(&mut self, partition: usize) -> usize {
        let start = self.used * BLOCK;
        if start / SLAB == self.slabs.len() {
            self.slabs.push(Slab { upper: vec![0; SLAB], lower: vec![0; SLAB] });
        }
        // 2³² blocks hold more keys than there are.
        self.blocks[partition].push(self.used as u32);
        self.used += 1;
        start
    }

    /// What is kept of the keys of a partition.
    fn of(&self, partition: usize) -> impl Iterator<Item = (&[u32], &[u16])> + Clone {
        let (blocks, next) = (&self.blocks[partition], self.next[partition]);
        blocks.iter().map(move |number| {
            let start = *number as usize * BLOCK;
            // The last one ends with the last key.
            let end = if start < next && next < start + BLOCK { next } else { start + BLOCK };
            let (slab, range) = (&self.slabs[start / SLAB], start % SLAB..end - start / SLAB * SLAB);
            (&slab.upper[range.clone()], &slab.lower[range])
        })
    }
}

/// The keys that stand more than once, over all workers, in order.
pub fn repeated(mut seen: Vec<Seen>, threads: usize) -> Vec<Key> {
    seen.iter_mut().for_each(Seen::deal);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        loop {
            let partition = next.fetch_add(1, Ordering::Relaxed);
            if partition >= PARTITIONS {
                return found;
            }
            let key = |rest| Key((partition as u64) << 48 | rest);
            found.extend(equals(&seen, partition).into_iter().map(key));
        }
    };
    let mut found: Vec<Key> = std::thread::scope(|scope| {
        let running: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let others = running.into_iter().map(|t| t.join().unwrap_or_else(|p| std::panic::resume_unwind(p)));
        [work()].into_iter().chain(others).flatten().collect()
    });
    found.sort_unstable();
    if seen.iter().any(|seen| seen.slabs.len() > 1) {
        // To give so much memory back takes a while, for which nobody needs to wait.
        std::thread::spawn(move || drop(seen));
    }
    found
}

/// The keys that stand more than once in a partition, each once. Each key sets a bit among many; only those that share
/// one with another are looked at themselves.
fn equals(seen: &[Seen], partition: usize) -> Vec<u64> {
    let blocks = seen.iter().flat_map(|seen| seen.of(partition));
    let count: usize = blocks.clone().map(|(upper, _)| upper.len()).sum();
    let bits = (count * 8).next_power_of_two().clamp(64, 1 << 32);
    let shift = 32 - bits.trailing_zeros();
    let (mut once, mut again) = (vec![0u64; bits / 64], vec![0u64; bits / 64]);
    let place = |upper: u32| ((upper >> shift) as usize / 64, 1u64 << (upper >> shift & 63));
    for upper in blocks.clone().flat_map(|(upper, _)| upper) {
        let (word, bit) = place(*upper);
        again[word] |= once[word] & bit;
        once[word] |= bit;
    }
    let mut shared = Vec::new();
    for (upper, lower) in blocks {
        for (upper, lower) in upper.iter().zip(lower) {
            let (word, bit) = place(*upper);
            if again[word] & bit != 0 {
                shared.push(u64::from(*upper) << 16 | u64::from(*lower));
            }
        }
    }
    shared.sort_unstable();
    let mut found: Vec<u64> =
        shared.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    found.dedup();
    found
}

/// What the second reading finds out about one more id with a repeated key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Twin {
    /// The first id of its likeness.
    First,
    /// The same id as the one at this place.
    Same(Place),
    /// An id not seen before, which only looks like this one.
    Like(String),
}

/// What was met of the ids with one likeness.
#[derive(Debug, Default)]
struct Met {
    /// The place of the number that is the likeness itself, which needs no text.
    number: Option<Place>,
    /// The first id met; `None` where it is that number.
    first: Option<Box<[u8]>>,
    any: bool,
}

/// The ids with repeated keys, met in the order of files and lines.
#[derive(Debug)]
pub struct Twins {
    keys: Keys,
    /// In order.
    repeated: Vec<Key>,
    met: HashMap<Likeness<'static>, Met, RandomState>,
    /// The first places of all ids with such a key that are no whole numbers.
    texts: HashMap<Box<[u8]>, Place, RandomState>,
}

impl Twins {
    pub fn new(keys: Keys, mut repeated: Vec<Key>) -> Twins {
        repeated.sort_unstable();
        Twins { keys, repeated, met: HashMap::default(), texts: HashMap::default() }
    }

    /// Meets an id; `None` where its key is not a repeated one.
    pub fn meet(&mut self, id: &[u8], place: Place) -> Option<Twin> {
        let (like, own) = Likeness::of(id);
        if self.repeated.binary_search(&self.keys.of_likeness(&like)).is_err() {
            return None;
        }
        let like = like.into_owned();
        let met = self.met.entry(like.clone()).or_default();
        // A number that is its own likeness is told by that alone.
        let exact = matches!(like, Likeness::Number(_)) && own;
        let before = if exact { met.number } else { self.texts.get(id).copied() };
        if let Some(first) = before {
            return Some(Twin::Same(first));
        }
        let twin = match (&met.first, like) {
            _ if !met.any => Twin::First,
            (Some(text), _) => Twin::Like(String::from_utf8_lossy(text).into_owned()),
            (None, Likeness::Number(n)) => Twin::Like(n.to_string()),
            (None, Likeness::Text(_)) => Twin::First, // never: only a number is kept without its text
        };
        if exact {
            met.number = Some(place);
        } else {
            self.texts.insert(id.into(), place);
            if !met.any {
                met.first = Some(id.into());
            }
        }
        met.any = true;
        Some(twin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ids: &[&str], workers: usize) -> usize {
        let keys = Keys::default();
        let mut seen: Vec<Seen> = (0..workers).map(|_| Seen::default()).collect();
        for (i, id) in ids.iter().enumerate() {
            seen[i % workers].add(keys.of(id.as_bytes()).0);
        }
        repeated(seen, workers).len()
    }

    #[test]
    fn whole_numbers_of_all_lengths() {
        for len in 1..=22 {
            let digits: String = (0..len).map(|i| char::from(b"1234567890"[i % 10])).collect();
            let want = digits.parse().ok().filter(|_| len <= 19);
            assert_eq!(canonical_number(digits.as_bytes()), want, "{digits}");
            assert_eq!(
                canonical_number("9".repeat(len).as_bytes()),
                "9".repeat(len).parse().ok().filter(|_| len <= 19)
            );
            for at in 0..len {
                for other in *b"/:;-.,\0 a\x80\xff" {
                    let mut text = digits.clone().into_bytes();
                    text[at] = other;
                    assert_eq!(canonical_number(&text), None, "{text:?}");
                }
            }
        }
        for (id, want) in [("0", Some(0)), ("00", None), ("01", None), ("", None), ("0123456789", None)] {
            assert_eq!(canonical_number(id.as_bytes()), want, "{id}");
        }
    }

    #[test]
    fn ids_with_one_key_by_chance_are_no_twins() {
        let keys = Keys::default();
        let all = ["7", "o1", "o2"].iter().map(|id| keys.of(id.as_bytes()).0).collect();
        let mut twins = Twins::new(keys, all);
        for (line, id) in (2..).zip(["7", "o1", "o2"]) {
            assert_eq!(twins.meet(id.as_bytes(), Place::line(0, line)), Some(Twin::First), "{id}");
        }
    }

    #[test]
    fn equal_and_like_ids_have_equal_keys() {
        for workers in [1, 2, 3] {
            assert_eq!(
                found(&["7", "07", "o1", "o2", "18446744073709551616", "18446744073709551617"], workers),
                0
            );
            assert_eq!(found(&["7", "8", "7"], workers), 1);
            assert_eq!(found(&["o1", "x", "O1", "ｏ１"], workers), 1);
            assert_eq!(found(&["7", "７"], workers), 1);
        }
    }

    #[test]
    fn the_second_reading_tells_equal_from_alike() {
        let keys = Keys::default();
        let all: Vec<Key> = ["7", "o1"].iter().map(|i| keys.of(i.as_bytes()).0).collect();
        let mut twins = Twins::new(keys, all);
        let at = |n| Place::line(0, n);
        assert_eq!(twins.meet(b"7", at(2)), Some(Twin::First));
        assert_eq!(twins.meet("７".as_bytes(), at(3)), Some(Twin::Like("7".into())));
        assert_eq!(twins.meet(b"7", at(4)), Some(Twin::Same(at(2))));
        assert_eq!(twins.meet(b"O1", at(5)), Some(Twin::First));
        assert_eq!(twins.meet(b"o1", at(6)), Some(Twin::Like("O1".into())));
        assert_eq!(twins.meet(b"O1", at(7)), Some(Twin::Same(at(5))));
        assert_eq!(twins.meet(b"8", at(8)), None);
    }

    #[test]
    fn many_ids_on_many_threads() {
        let ids: Vec<String> = (0..200_000).map(|n| format!("{}", n % 199_999 + 1)).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        assert_eq!(found(&ids, 3), 1);
    }
}
