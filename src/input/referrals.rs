//! `referrals`: which distributor an order or a user belongs to. By order or by binding, never both.

use super::chunks::{Outcome, Worker, read};
use super::distributors::DistributorTable;
use super::intern::{Glance, Interner, OrderIds};
use super::problem::{Code, Detail, Place, Problem, Problems};
use super::schema::referrals::{BOUND_AT, DISTRIBUTOR_ID, EXPIRES_AT, ORDER_ID, SCHEMA, USER_ID};
use super::source::{FileError, Part};
use super::split::BATCH;
use super::table::{Bad, Env, Row};
use scrm_core::date::Stamp;
use scrm_core::world::Binding;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The file and line of a referral in 64 bits: there may be millions of referrals, and few are ever asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ShortPlace(u64);

/// Lines of a file that can be told apart.
const LINES: u64 = 1 << 44;

impl ShortPlace {
    fn of(place: Place) -> ShortPlace {
        ShortPlace(u64::from(place.file) * LINES + place.line.unwrap_or(0).min(LINES - 1))
    }

    fn place(self) -> Place {
        Place::line((self.0 / LINES) as u32, self.0 % LINES)
    }
}

/// All referrals.
#[derive(Debug, Default)]
pub struct ReferralTable {
    orders: OrderIds,
    /// By the numbers of the orders.
    distributors: Vec<u32>,
    places: Vec<ShortPlace>,
    seen: Vec<AtomicBool>,
    pub bindings: Vec<Binding>,
    pub rows: u64,
}

impl ReferralTable {
    /// The distributor named for an order, which is thereby known to exist.
    #[inline]
    pub fn of_order(&self, id: &[u8]) -> Option<u32> {
        if self.distributors.is_empty() {
            return None;
        }
        self.orders.find(id).map(|number| self.meet(number))
    }

    /// The same of an order whose id is a whole number, after a first glance.
    #[inline]
    pub fn of_number(&self, glance: Glance, hash: u64, numeric: u64) -> Option<u32> {
        self.orders.find_after(glance, hash, numeric).map(|number| self.meet(number))
    }

    fn meet(&self, number: u32) -> u32 {
        self.seen[number as usize].store(true, Ordering::Relaxed);
        self.distributors[number as usize]
    }

    /// Orders whose ids are whole numbers, for looks at many of them.
    pub fn orders(&self) -> &OrderIds {
        &self.orders
    }

    /// Brings into the cache what the second glance reads.
    #[inline]
    pub fn touch(&self, glance: Glance) -> u64 {
        let touched = self.orders.touch(glance);
        touched.map_or(0, |(number, id)| id ^ u64::from(self.distributors[number as usize]))
    }

    /// Warns of referrals whose order was not met.
    pub fn warn_of_missing(&self, problems: &mut Problems) {
        for (place, _) in self.places.iter().zip(&self.seen).filter(|(_, s)| !s.load(Ordering::Relaxed)) {
            let place = place.place();
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
    text: Vec<u8>,
    rows: Vec<Referred>,
}

/// A row: the ends of its two ids in the text, and its place; and for a binding its stamps.
struct Referred {
    id: usize,
    distributor: usize,
    place: Place,
    binding: Option<(Stamp, Option<Stamp>)>,
}

impl Worker for Reading<'_, '_> {
    fn row(&mut self, row: &mut Row) {
        let by_order = row.layout.has(ORDER_ID);
        if by_order == row.layout.has(USER_ID) {
            return; // both kinds or neither: the file is refused as a whole
        }
        let id = row.id(if by_order { ORDER_ID } else { USER_ID }, true);
        let distributor = row.id(DISTRIBUTOR_ID, true);
        let binding = if by_order { Ok(None) } else { stamps(row) };
        if let (Ok(id), Ok(distributor), Ok(binding)) = (id, distributor, binding) {
            self.text.extend_from_slice(id);
            let id_end = self.text.len();
            self.text.extend_from_slice(distributor);
            let place = row.place_of(DISTRIBUTOR_ID);
            self.rows.push(Referred { id: id_end, distributor: self.text.len(), place, binding });
        }
    }

    fn end_of_chunk(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let mut from = 0;
        for rows in self.rows.chunks(BATCH) {
            let starts = [from].into_iter().chain(rows.iter().map(|r| r.distributor));
            let ids = starts.zip(rows).map(|(start, r)| &self.text[start..r.id]);
            std::hint::black_box(shared.table.orders.touch_ids(ids));
            for r in rows {
                shared.add(&self.text[from..r.id], &self.text[r.id..r.distributor], r);
                from = r.distributor;
            }
        }
        self.rows.clear();
        self.text.clear();
    }
}

/// The stamps of a binding. (A part without `bound_at` is refused as a whole.)
fn stamps(row: &mut Row) -> Result<Option<(Stamp, Option<Stamp>)>, Bad> {
    let bound = row.stamp(BOUND_AT, row.layout.has(BOUND_AT), false);
    let expires = row.stamp(EXPIRES_AT, false, true)?;
    Ok(bound?.map(|bound| (bound, expires)))
}

impl Shared<'_> {
    fn add(&mut self, id: &[u8], distributor: &[u8], r: &Referred) {
        let d = self.distributors.add(distributor, Some(r.place));
        self.distributors.refers(d, r.place);
        self.table.rows += 1;
        if let Some((bound, expires)) = r.binding {
            let (person, _) = self.persons.intern(id);
            self.table.bindings.push(Binding { person, distributor: d, bound, expires });
            return;
        }
        let place = ShortPlace::of(r.place);
        let (number, new) = self.table.orders.add(id);
        if new {
            self.table.distributors.push(d);
            self.table.places.push(place);
            self.table.seen.push(AtomicBool::new(false));
        } else if self.table.distributors[number as usize] == d {
            let first = &mut self.table.places[number as usize];
            *first = place.min(*first);
        } else {
            self.conflicts.add(id);
        }
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
) -> Result<(ReferralTable, Outcome), FileError> {
    let shared =
        Shared { table: ReferralTable::default(), distributors, persons, conflicts: OrderIds::default() };
    let shared = Mutex::new(shared);
    let workers = (0..env.threads).map(|_| Reading { shared: &shared, text: Vec::new(), rows: Vec::new() });
    let (workers, mut outcome) = read(SCHEMA, parts, env, workers.collect())?;
    drop(workers);
    let Shared { table, conflicts, .. } = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
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
            Problem::new(Code::MissingColumn, place)
                .column(name)
                .detail(Detail::Missing { tried, near: None })
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
