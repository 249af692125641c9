//! The proof that no id stands twice, in 8 or 16 bytes per id.
//!
//! An id becomes a key: a number as itself, any other text as 128 bits of hash, both from its *likeness* (lower case,
//! one width and normal form). Keys are dealt into partitions, sorted there, and looked at for equals. Almost always
//! there are none, and that is the proof. Where there are, the tables are read once more to find the places
//! ([`Twins`]), and the ids themselves decide: equal texts are an error, unequal ones merely look alike.

use super::field::Eight;
use super::field::text::likeness;
use super::problem::Place;
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::hash::BuildHasher;

/// What an id looks like, in few bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    Number(u64),
    Hash(u128),
}

/// Makes keys; all threads of a run share the seeds.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    low: RandomState,
    high: RandomState,
}

impl Keys {
    /// The key of an id, and whether the id is its own likeness.
    pub fn of(&self, id: &[u8]) -> (Key, bool) {
        if let Some(n) = canonical_number(id) {
            return (Key::Number(n), true);
        }
        let like = std::str::from_utf8(id).ok().and_then(likeness);
        let text = like.as_ref().map_or(id, |l| l.as_bytes());
        let key = match canonical_number(text) {
            Some(n) => Key::Number(n),
            None => {
                let half = |s: &RandomState| u128::from(s.hash_one(text));
                Key::Hash(half(&self.low) << 64 | half(&self.high))
            }
        };
        (key, like.is_none())
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
    number.wrapping_mul(TENS[n]).wrapping_add(digits.last(n).number())
}

const TENS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// So many that the keys of one stay in the cache while they are looked at.
const PARTITIONS: usize = 256;

/// The keys one worker has seen.
#[derive(Debug, Default)]
pub struct Seen {
    numbers: Vec<Bag<u64>>,
    hashes: Vec<Bag<u128>>,
}

/// Values in blocks: nothing is moved as it grows, and little of it is ever empty.
#[derive(Debug)]
struct Bag<T> {
    full: Vec<Vec<T>>,
    open: Vec<T>,
}

/// Values in a block.
const BLOCK: usize = 2_048;

impl<T> Bag<T> {
    fn new() -> Bag<T> {
        Bag { full: Vec::new(), open: Vec::new() }
    }

    #[inline]
    fn push(&mut self, value: T) {
        if self.open.len() == BLOCK {
            let full = std::mem::replace(&mut self.open, Vec::with_capacity(BLOCK));
            self.full.push(full);
        }
        self.open.push(value);
    }

    fn into_blocks(self) -> impl Iterator<Item = Vec<T>> {
        self.full.into_iter().chain([self.open])
    }
}

impl Seen {
    pub fn add(&mut self, key: Key) {
        match key {
            Key::Number(n) => {
                if self.numbers.is_empty() {
                    self.numbers.resize_with(PARTITIONS, Bag::new);
                }
                self.numbers[(n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize].push(n);
            }
            Key::Hash(h) => {
                if self.hashes.is_empty() {
                    self.hashes.resize_with(PARTITIONS, Bag::new);
                }
                self.hashes[(h >> 120) as usize].push(h);
            }
        }
    }
}

/// The keys that more than one id has, over all workers.
pub fn repeated(mut seen: Vec<Seen>, threads: usize) -> Vec<Key> {
    let mut jobs: Vec<Job> = Vec::new();
    for p in 0..PARTITIONS {
        let numbers = seen.iter_mut().filter_map(|s| s.numbers.get_mut(p)).flat_map(taken).collect();
        let hashes = seen.iter_mut().filter_map(|s| s.hashes.get_mut(p)).flat_map(taken).collect();
        jobs.push(Job { numbers, hashes });
    }
    let few = jobs.iter().map(Job::len).sum::<usize>() < 1 << 16;
    if threads < 2 || few {
        return jobs.into_iter().flat_map(Job::run).collect();
    }
    let queue = std::sync::Mutex::new(jobs);
    let take = || queue.lock().ok().and_then(|mut q| q.pop());
    let work = || {
        let mut found = Vec::new();
        while let Some(job) = take() {
            found.extend(job.run());
        }
        found
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let results = running.into_iter().map(|t| t.join().unwrap_or_else(|p| std::panic::resume_unwind(p)));
        results.flatten().collect()
    })
}

fn taken<T>(bag: &mut Bag<T>) -> impl Iterator<Item = Vec<T>> + use<T> {
    std::mem::replace(bag, Bag::new()).into_blocks()
}

/// One partition of all workers.
struct Job {
    numbers: Vec<Vec<u64>>,
    hashes: Vec<Vec<u128>>,
}

impl Job {
    fn len(&self) -> usize {
        self.numbers.iter().map(Vec::len).sum::<usize>() + self.hashes.iter().map(Vec::len).sum::<usize>()
    }

    fn run(self) -> Vec<Key> {
        let mut found: Vec<Key> = equals(self.numbers).into_iter().map(Key::Number).collect();
        found.extend(equals(self.hashes).into_iter().map(Key::Hash));
        found
    }
}

/// A key in few bits that are as good as random, and never the one that means "empty".
trait Sown: Copy + Ord {
    const EMPTY: Self;
    fn place(self) -> usize;
}

impl Sown for u64 {
    const EMPTY: u64 = u64::MAX; // ids of whole numbers have at most 19 digits
    fn place(self) -> usize {
        // The upper bits have chosen the partition.
        (self.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24) as usize
    }
}

impl Sown for u128 {
    const EMPTY: u128 = u128::MAX;
    fn place(self) -> usize {
        self as usize
    }
}

/// The values that stand more than once, each once: each is put into a table, where an equal one would be met.
fn equals<T: Sown>(lists: Vec<Vec<T>>) -> Vec<T> {
    let count: usize = lists.iter().map(Vec::len).sum();
    let mut table = vec![T::EMPTY; (count * 3 / 2).next_power_of_two()];
    let mask = table.len() - 1;
    let mut found = Vec::new();
    for value in lists.into_iter().flatten() {
        let mut at = value.place() & mask;
        while table[at] != T::EMPTY && table[at] != value {
            at = (at + 1) & mask;
        }
        if table[at] == value {
            found.push(value);
        }
        table[at] = value;
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// What the second reading finds out about one more id with a repeated key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Twin {
    /// The key's first id.
    First,
    /// The same id as the one at this place.
    Same(Place),
    /// An id not seen before, which only looks like this one.
    Like(String),
}

/// What was met of the ids with one key.
#[derive(Debug, Default)]
struct Met {
    /// The place of the number that is the key itself, which needs no text.
    number: Option<Place>,
    /// The first id met; `None` where it is that number.
    first: Option<Box<[u8]>>,
    any: bool,
}

/// The ids with repeated keys, met in the order of files and lines.
#[derive(Debug)]
pub struct Twins {
    keys: Keys,
    met: HashMap<Key, Met, RandomState>,
    /// The first places of all ids with such a key that are not the key itself.
    texts: HashMap<Box<[u8]>, Place, RandomState>,
}

impl Twins {
    pub fn new(keys: Keys, repeated: Vec<Key>) -> Twins {
        let met = repeated.into_iter().map(|k| (k, Met::default())).collect();
        Twins { keys, met, texts: HashMap::default() }
    }

    /// Meets an id; `None` where its key is not a repeated one.
    pub fn meet(&mut self, id: &[u8], place: Place) -> Option<Twin> {
        let (key, own) = self.keys.of(id);
        let met = self.met.get_mut(&key)?;
        // A number that is its own likeness is told by its key alone.
        let exact = matches!(key, Key::Number(_)) && own;
        let before = if exact { met.number } else { self.texts.get(id).copied() };
        if let Some(first) = before {
            return Some(Twin::Same(first));
        }
        let twin = match (&met.first, key) {
            _ if !met.any => Twin::First,
            (Some(text), _) => Twin::Like(String::from_utf8_lossy(text).into_owned()),
            (None, Key::Number(n)) => Twin::Like(n.to_string()),
            (None, Key::Hash(_)) => Twin::First, // never: only a number is kept without its text
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
