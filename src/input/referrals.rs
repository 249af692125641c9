//! `referrals`: which distributor an order or a user belongs to. By order or by binding, never both.

use super::chunks::{Outcome, PlainRow, Share, Told, Worker, read};
use super::distributors::DistributorTable;
use super::field::id::{is_nobody, is_plain};
use super::intern::{Interner, Near, OrderIds};
use super::machine::{prefetch, scattered};
use super::people::Met;
use super::problem::{Code, Detail, FileNo, Place, Problem, Problems};
use super::proof::{Keys, canonical_number};
use super::schema::referrals::{BOUND_AT, DISTRIBUTOR_ID, EXPIRES_AT, ORDER_ID, SCHEMA, USER_ID};
use super::source::{FileError, Part};
use super::split::BATCH;
use super::table::{Bad, Env, Row};
use scrm_core::date::Stamp;
use scrm_core::world::Binding;
use std::sync::{Mutex, PoisonError};

/// The file and line of a referral; a line is told exactly in any file of fewer than 4,294,967,295 lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ShortPlace {
    file: FileNo,
    line: u32,
}

impl ShortPlace {
    fn of(place: Place) -> ShortPlace {
        ShortPlace { file: place.file, line: u32::try_from(place.line.unwrap_or(0)).unwrap_or(u32::MAX) }
    }
}

/// The places of all referrals: there may be millions, and few are ever asked for.
#[derive(Debug, Default)]
struct Places {
    lines: Vec<u32>,
    /// The file of all of them.
    file: FileNo,
    /// ... unless this has one for each.
    files: Vec<FileNo>,
}

impl Places {
    fn push(&mut self, place: ShortPlace) {
        if self.lines.is_empty() {
            self.file = place.file;
        }
        self.lines.push(place.line);
        self.set_file(self.lines.len() - 1, place.file);
    }

    fn of(&self, i: usize) -> ShortPlace {
        ShortPlace { file: self.files.get(i).copied().unwrap_or(self.file), line: self.lines[i] }
    }

    /// Lets place `i` be this one, where it is the smaller.
    fn reach(&mut self, i: usize, place: ShortPlace) {
        if place < self.of(i) {
            self.lines[i] = place.line;
            self.set_file(i, place.file);
        }
    }

    fn set_file(&mut self, i: usize, file: FileNo) {
        if file != self.file || !self.files.is_empty() {
            self.files.resize(self.lines.len(), self.file);
            self.files[i] = file;
        }
    }
}

/// All referrals.
#[derive(Debug, Default)]
pub struct ReferralTable {
    orders: OrderIds,
    /// By the numbers of the orders: whom each names, and where.
    distributors: Vec<u32>,
    places: Places,
    /// A mark for the first bits of each key: most orders are not referred, and most of these have none.
    filter: Marks,
    filter_shift: u32,
    pub bindings: Vec<Binding>,
    pub rows: u64,
}

/// What one order's referral says.
#[derive(Clone, Copy, Debug)]
struct Referred {
    distributor: u32,
    place: ShortPlace,
}

/// A bit for each number.
#[derive(Clone, Debug, Default)]
pub struct Marks(Vec<u64>);

impl Marks {
    fn new(len: usize) -> Marks {
        Marks(scattered(len.div_ceil(64)))
    }

    #[inline(always)]
    fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    #[inline(always)]
    fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 != 0)
    }

    /// All marks of both.
    pub fn join(mut self, other: &Marks) -> Marks {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
        self
    }
}

/// Bits of the filter for each referral, at least.
const FILTER_BITS: usize = 16;

impl ReferralTable {
    /// Orders are found in it as these keys [spread](Keys::spread) their numbers.
    fn new(keys: &Keys) -> ReferralTable {
        ReferralTable { orders: OrderIds::new(keys.seeds().clone()), ..ReferralTable::default() }
    }

    /// Makes the table ready to be asked.
    fn finish(&mut self) {
        let bits = (self.distributors.len() * FILTER_BITS).next_power_of_two().max(64);
        self.filter = Marks::new(bits);
        self.filter_shift = u64::BITS - bits.trailing_zeros();
        let Self { orders, filter, filter_shift, .. } = self;
        orders.keys().for_each(|key| filter.set((key >> *filter_shift) as usize));
    }

    /// The number of orders that are referred.
    pub fn orders(&self) -> u64 {
        self.distributors.len() as u64
    }

    /// The distributor named for an order, which is marked to exist.
    #[inline]
    pub fn of_order(&self, id: &[u8], met: &mut Marks) -> Option<u32> {
        if self.distributors.is_empty() {
            return None;
        }
        self.orders.find(id).map(|number| self.meet(number, met))
    }

    /// The key of an order whose id is a whole number.
    #[inline(always)]
    pub fn key(&self, numeric: u64) -> u64 {
        self.orders.key(numeric)
    }

    /// No referral's order was met yet. (Each worker has marks of its own: where they are shared, each waits for the
    /// others.)
    pub fn marks(&self) -> Marks {
        Marks::new(self.distributors.len())
    }

    /// May the order with this key be referred?
    #[inline(always)]
    pub fn is_likely(&self, key: u64) -> bool {
        self.filter.has((key >> self.filter_shift) as usize)
    }

    /// Asks for what tells whether an order may be referred.
    #[inline(always)]
    pub fn prefetch_filter(&self, key: u64) {
        if let Some(word) = self.filter.0.get((key >> self.filter_shift) as usize / 64) {
            prefetch(word);
        }
    }

    /// The place of the referral with a key.
    #[inline(always)]
    pub fn find(&self, key: u64) -> Option<u32> {
        self.orders.find_number(key)
    }

    /// The same as far as the first look tells it.
    #[inline(always)]
    pub fn near(&self, key: u64) -> Near {
        self.orders.near_number(key)
    }

    /// Asks for what the referral at a place says.
    #[inline(always)]
    pub fn prefetch_at(&self, number: u32) {
        self.distributors.get(number as usize).into_iter().for_each(prefetch);
    }

    /// Asks for what a look for a key reads.
    #[inline(always)]
    pub fn prefetch(&self, key: u64) {
        self.orders.prefetch(key);
    }

    /// The distributor that a referral names, whose order is thereby known to exist.
    #[inline(always)]
    pub fn meet(&self, number: u32, met: &mut Marks) -> u32 {
        met.set(number as usize);
        self.distributors[number as usize]
    }

    /// Warns of referrals whose order was not met.
    pub fn warn_of_missing(&self, met: &Marks, problems: &mut Problems) {
        for i in 0..self.distributors.len() {
            if met.has(i) {
                continue;
            }
            let ShortPlace { file, line } = self.places.of(i);
            let place = Place::line(file, u64::from(line));
            problems.warn_at(Code::ReferralWithoutOrder, place, None, || {
                Problem::new(Code::ReferralWithoutOrder, place).column("order_id")
            });
        }
    }
}

/// What the workers fill together, a chunk at a time.
struct Shared<'a> {
    table: ReferralTable,
    distributors: &'a mut DistributorTable,
    persons: &'a mut Interner,
    /// Orders that two distributors claim.
    conflicts: OrderIds,
}

struct Reading<'s, 'a> {
    shared: &'s Mutex<Shared<'a>>,
    /// The distributors this worker has met.
    distributors: Met,
    /// The chunk's referrals of orders whose ids are whole numbers, and the others with the texts of their ids.
    numbers: Vec<(u64, Referred)>,
    others: Vec<Other>,
    text: Vec<u8>,
}

/// A referral by a text: the end of it, and for a binding its stamps.
struct Other {
    end: usize,
    referred: Referred,
    binding: Option<(Stamp, Option<Stamp>)>,
}

impl Worker for Reading<'_, '_> {
    #[inline(always)]
    fn plain(&mut self, row: &PlainRow) -> Option<Told> {
        if !row.layout().has(ORDER_ID) || row.layout().has(USER_ID) {
            return None;
        }
        let number = canonical_number(row.text(ORDER_ID)?)?;
        let distributor = row.text(DISTRIBUTOR_ID).filter(|id| is_plain(id))?;
        if row.layout().manner.is_some() && is_nobody(distributor) {
            return None;
        }
        let referred = self.referred(distributor, row.place_of(DISTRIBUTOR_ID));
        self.numbers.push((number, referred));
        Some(Told::default())
    }

    fn row(&mut self, row: &mut Row) {
        let by_order = row.layout.has(ORDER_ID);
        if by_order == row.layout.has(USER_ID) {
            return; // both kinds or neither: the file is refused as a whole
        }
        let id = row.id(if by_order { ORDER_ID } else { USER_ID }, true);
        let distributor = row.id(DISTRIBUTOR_ID, true);
        let binding = if by_order { Ok(None) } else { stamps(row) };
        if let (Ok(id), Ok(distributor), Ok(binding)) = (id, distributor, binding) {
            let referred = self.referred(distributor, row.place_of(DISTRIBUTOR_ID));
            self.text.extend_from_slice(id);
            self.others.push(Other { end: self.text.len(), referred, binding });
        }
    }

    fn end_of_chunk(&mut self, of: Share) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.table.rows += (self.numbers.len() + self.others.len()) as u64;
        shared.table.orders.expect(of.expected(self.numbers.len()));

        for some in self.numbers.chunks(BATCH) {
            let orders = &shared.table.orders;
            some.iter().for_each(|(number, _)| orders.prefetch_to_enter(orders.key(*number)));
            some.iter().for_each(|(number, referred)| shared.add_number(*number, *referred));
        }
        let mut from = 0;
        for other in &self.others {
            shared.add(&self.text[from..other.end], other);
            from = other.end;
        }
        self.numbers.clear();
        self.others.clear();
        self.text.clear();
    }
}

impl Reading<'_, '_> {
    #[inline(always)]
    fn referred(&mut self, distributor: &[u8], place: Place) -> Referred {
        let shared = self.shared;
        let number = self.distributors.number_of_many(distributor, || {
            // A worker meets its chunks in the order of the files, so its first place is its smallest.
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let number = shared.distributors.add(distributor, Some(place));
            shared.distributors.refers(number, place);
            number
        });
        Referred { distributor: number, place: ShortPlace::of(place) }
    }
}

/// The stamps of a binding. (A part without `bound_at` is refused as a whole.)
fn stamps(row: &mut Row) -> Result<Option<(Stamp, Option<Stamp>)>, Bad> {
    let bound = row.stamp(BOUND_AT, row.layout.has(BOUND_AT), false);
    let expires = row.stamp(EXPIRES_AT, false, true)?;
    Ok(bound?.map(|bound| (bound, expires)))
}

impl Shared<'_> {
    fn add_number(&mut self, number: u64, referred: Referred) {
        let at = self.table.orders.add_number(number);
        if !self.enter(at, referred) {
            self.conflicts.add_number(number);
        }
    }

    fn add(&mut self, id: &[u8], other: &Other) {
        let Referred { distributor, .. } = other.referred;
        if let Some((bound, expires)) = other.binding {
            let (person, _) = self.persons.intern(id);
            self.table.bindings.push(Binding { person, distributor, bound, expires });
            return;
        }
        let at = self.table.orders.add(id);
        if !self.enter(at, other.referred) {
            self.conflicts.add(id);
        }
    }

    /// Enters an order's referral; `false` where another distributor claims it.
    fn enter(&mut self, (number, new): (u32, bool), referred: Referred) -> bool {
        if new {
            self.table.distributors.push(referred.distributor);
            self.table.places.push(referred.place);
            return true;
        }
        self.table.places.reach(number as usize, referred.place);
        self.table.distributors[number as usize] == referred.distributor
    }
}

/// Reads all referrals.
///
/// # Errors
/// [`FileError`].
pub fn referrals(
    parts: &[Part],
    env: &Env,
    distributors: &mut DistributorTable,
    persons: &mut Interner,
    keys: &Keys,
) -> Result<(ReferralTable, Outcome), FileError> {
    let shared =
        Shared { table: ReferralTable::new(keys), distributors, persons, conflicts: OrderIds::default() };
    let shared = Mutex::new(shared);
    let workers = (0..env.threads).map(|_| Reading {
        shared: &shared,
        distributors: Met::default(),
        numbers: Vec::new(),
        others: Vec::new(),
        text: Vec::new(),
    });
    let (workers, mut outcome) = read(SCHEMA, parts, env, workers.collect())?;
    drop(workers);
    let Shared { mut table, conflicts, .. } = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    table.finish();
    check_kind(&mut outcome);
    if !conflicts.is_empty() {
        let finding = Finding { conflicts, met: std::collections::HashMap::new() };
        // The second reading finds the same problems again; only the places of these orders are new.
        let (mut found, _) = read(SCHEMA, parts, env, vec![finding])?;
        for p in found.pop().map(|f| f.met).into_iter().flat_map(std::collections::HashMap::into_values) {
            for (place, id, first) in p.conflicts {
                outcome.problems.error(place, || {
                    let p = Problem::new(Code::ConflictingReferral, place).column("order_id").value(&id);
                    p.related(first)
                });
            }
        }
    }
    Ok((table, outcome))
}

/// Reads the referrals that tables of orders hold, by their profiles.
///
/// # Errors
/// [`FileError`].
pub fn derived(
    orders: &[Part],
    env: &Env,
    distributors: &mut DistributorTable,
    persons: &mut Interner,
    keys: &Keys,
) -> Result<(ReferralTable, Outcome), FileError> {
    let (table, mut outcome) = referrals(orders, env, distributors, persons, keys)?;
    // What else is wrong with these files is told where the orders are read.
    let found = std::mem::replace(&mut outcome.problems, Problems::new(env.max_errors));
    let is_own =
        |p: &Problem| p.code == Code::ConflictingReferral || p.name.as_deref() == Some("distributor_id");
    for p in found.errors_shown().into_iter().filter(is_own) {
        let place = p.place.unwrap_or(Place::file(0));
        outcome.problems.error(place, || p);
    }
    found.warnings().into_iter().filter(is_own).for_each(|p| outcome.problems.warn(p));
    Ok((table, outcome))
}

/// The table is by order or by binding: in each part the same, and in none both.
fn check_kind(outcome: &mut Outcome) {
    let kinds: Vec<_> = outcome
        .layouts
        .iter()
        .map(|l| (Place::line(l.file, l.line), l.has(ORDER_ID), l.has(USER_ID), l.has(BOUND_AT)))
        .collect();
    let first = kinds.iter().find(|k| k.1 != k.2).map(|k| k.1);
    for (place, order, user, bound) in kinds {
        let missing = |name: &str, tried: &[&str]| {
            let tried = tried.iter().map(ToString::to_string).collect();
            Problem::new(Code::MissingColumn, place).column(name).detail(Detail::Missing {
                tried,
                near: None,
                like: None,
            })
        };
        let problem = match (order, user, bound) {
            (true, true, _) => Some(Problem::new(Code::MixedReferrals, place)),
            (false, false, _) => Some(missing("order_id", &["order_id", "user_id"])),
            _ if first.is_some_and(|f| f != order) => Some(Problem::new(Code::MixedReferrals, place)),
            (false, true, false) => Some(missing("bound_at", &["bound_at"])),
            _ => None,
        };
        if let Some(p) = problem {
            outcome.problems.error(place, || p);
        }
    }
}

/// Finds the places of orders that two distributors claim.
struct Finding {
    conflicts: OrderIds,
    met: std::collections::HashMap<u32, Claims>,
}

/// The first claim of an order, and those that differ.
struct Claims {
    distributor: Box<[u8]>,
    place: Place,
    conflicts: Vec<(Place, Box<[u8]>, Place)>,
}

impl Worker for Finding {
    fn row(&mut self, row: &mut Row) {
        let (Ok(id), Ok(distributor)) = (row.id(ORDER_ID, true), row.id(DISTRIBUTOR_ID, true)) else {
            return;
        };
        let Some(number) = self.conflicts.find(id) else { return };
        let place = row.place_of(DISTRIBUTOR_ID);
        let claims = self.met.entry(number).or_insert_with(|| Claims {
            distributor: distributor.into(),
            place,
            conflicts: Vec::new(),
        });
        if *claims.distributor != *distributor {
            claims.conflicts.push((place, id.into(), claims.place));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_one_file_and_of_several() {
        let at = |file, line| ShortPlace { file, line };
        let mut places = Places::default();
        for place in [at(3, 7), at(3, 9), at(4, 2), at(3, 1)] {
            places.push(place);
        }
        places.reach(1, at(4, 1)); // a later file
        places.reach(2, at(3, 8));
        places.reach(3, at(3, 5));
        let all: Vec<_> = (0..4).map(|i| places.of(i)).collect();
        assert_eq!(all, [at(3, 7), at(3, 9), at(3, 8), at(3, 1)]);
        let mut one = Places::default();
        one.push(at(3, 7));
        one.push(at(3, 8));
        one.reach(1, at(2, 9));
        assert_eq!([one.of(0), one.of(1)], [at(3, 7), at(2, 9)]);
    }
}
