//! Orders of which the same rows stand in several files: exports that overlap, in which everything would count twice.
//!
//! Lines of one order may lie apart, and two of its items may be alike; so what is alike in two files is weighed. Where
//! most of the orders that two files share stand in both with all their rows, cell for cell, and that is more than a
//! single row, the files overlap, and are refused. A row that stands again without that is counted, and said with its
//! money. Where rows are whole orders, a second one of the same id is refused as it is where all rows are such.

use super::super::chunks::{Outcome, Worker, read};
use super::super::orders::amount::amount;
use super::super::problem::{Code, Detail, FileNo, Place, Problem, Problems};
use super::super::schema::orders::{ORDER_ID, REFUND, SCHEMA};
use super::super::source::{FileError, Part};
use super::super::table::{Env, Row};
use super::Wanted;
use super::shard::Shard;
use foldhash::fast::RandomState;
use scrm_core::money::Money;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hasher};

/// A row of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    place: Place,
    /// Of all its cells.
    hash: u64,
    /// What counts twice where it stands twice.
    money: Money,
}

/// The orders that are looked at, with their rows; those of which a row is a whole order, and the others.
#[derive(Default)]
struct Rows {
    twice: HashMap<Box<[u8]>, Vec<Seen>>,
    spread: HashMap<Box<[u8]>, Vec<Seen>>,
}

struct Finding<'a> {
    wanted: Wanted<'a>,
    hasher: RandomState,
    rows: Rows,
}

impl Worker for Finding<'_> {
    fn row(&mut self, row: &mut Row) {
        let Ok(id) = row.id(ORDER_ID, true) else { return };
        let Rows { twice, spread } = &mut self.rows;
        let Some(seen) = twice.get_mut(id).or_else(|| spread.get_mut(id)) else { return };
        let place = row.place_of(ORDER_ID);
        let mut hasher = self.hasher.build_hasher();
        for cell in 0..row.record.spans.len() {
            hasher.write(super::trim(row.record.cell(cell)));
            hasher.write_u8(0);
        }
        // Of an amount that repeats only what was given back adds up.
        let money = match self.wanted.rows.amount_repeats {
            true => row.money(REFUND, false, false).ok().flatten(),
            false => amount(row, self.wanted.rows.refunds).ok(),
        };
        seen.push(Seen { place, hash: hasher.finish(), money: money.map_or(Money::ZERO, Money::from) });
    }
}

/// Finds rows that stand again in another file, and orders that stand again.
///
/// # Errors
/// [`FileError`].
pub fn find(
    parts: &[Part],
    env: &Env,
    wanted: Wanted,
    shards: &[Shard],
    outcome: &mut Outcome,
) -> Result<(), FileError> {
    let (mut rows, mut text) = (Rows::default(), Vec::new());
    for shard in shards {
        for order in shard.orders.iter().filter(|o| o.is_twice() || o.is_spread()) {
            let of = if order.is_twice() { &mut rows.twice } else { &mut rows.spread };
            of.insert(shard.id(order, &mut text).into(), Vec::new());
        }
    }
    if rows.twice.is_empty() && rows.spread.is_empty() {
        return Ok(());
    }
    let finding = Finding { wanted, hasher: RandomState::default(), rows };
    let (found, _) = read(SCHEMA, parts, env, vec![finding])?;
    for Finding { rows: Rows { twice, spread }, .. } in found {
        refuse_second(twice, &mut outcome.problems);
        weigh(spread, &mut outcome.problems);
    }
    Ok(())
}

/// Refuses each further row of an order of which one row is all.
fn refuse_second(orders: HashMap<Box<[u8]>, Vec<Seen>>, problems: &mut Problems) {
    for (id, mut rows) in orders {
        rows.sort_unstable();
        let Some(first) = rows.first().map(|row| Place { column: None, ..row.place }) else { continue };
        for row in &rows[1..] {
            problems.error(row.place, || {
                Problem::new(Code::DuplicateId, row.place).column("order_id").value(&id).related(first)
            });
        }
    }
}

/// The rows of an order that stand in an earlier file and again in a later one.
struct Again {
    id: Box<[u8]>,
    /// The first of them in each.
    first: Place,
    again: Place,
    money: Money,
    /// How many of them differ from each other.
    distinct: usize,
    /// They are all rows that one of the files has of the order.
    is_whole: bool,
}

/// Two files, and what they share.
#[derive(Default)]
struct Shared {
    /// Orders with rows in both.
    orders: usize,
    again: Vec<Again>,
}

impl Shared {
    /// Are they exports that overlap?
    fn overlap(&self) -> bool {
        let whole = || self.again.iter().filter(|a| a.is_whole);
        let is_more = whole().count() > 1 || whole().any(|a| a.distinct > 1);
        is_more && 2 * whole().count() > self.orders
    }
}

fn weigh(orders: HashMap<Box<[u8]>, Vec<Seen>>, problems: &mut Problems) {
    let mut pairs: BTreeMap<(FileNo, FileNo), Shared> = BTreeMap::new();
    for (id, mut rows) in orders {
        rows.sort_unstable();
        let files: Vec<&[Seen]> = rows.chunk_by(|a, b| a.place.file == b.place.file).collect();
        for (n, later) in files.iter().enumerate() {
            for earlier in &files[..n] {
                let shared = pairs.entry((earlier[0].place.file, later[0].place.file)).or_default();
                shared.orders += 1;
                shared.again.extend(again(&id, earlier, later));
            }
        }
    }
    for shared in pairs.into_values() {
        let overlap = shared.overlap();
        for of in shared.again {
            let code = if overlap { Code::RepeatedLines } else { Code::RepeatedLine };
            let make = || {
                let p = Problem::new(code, of.again).column("order_id").value(&of.id);
                p.related(Place { column: None, ..of.first }).detail(Detail::Amount(of.money))
            };
            match overlap {
                true => problems.error(of.again, make),
                false => problems.warn_at(code, of.again, Some(of.money), make),
            }
        }
    }
}

/// What stands in both files, each row as often as it stands in the one that has fewer of it.
fn again(id: &[u8], earlier: &[Seen], later: &[Seen]) -> Option<Again> {
    let mut rest: Vec<u64> = earlier.iter().map(|row| row.hash).collect();
    let mut met: Vec<&Seen> = Vec::new();
    for row in later {
        if let Some(at) = rest.iter().position(|hash| *hash == row.hash) {
            rest.swap_remove(at);
            met.push(row);
        }
    }
    let first = earlier.iter().find(|row| met.iter().any(|m| m.hash == row.hash))?;
    let mut hashes: Vec<u64> = met.iter().map(|row| row.hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    Some(Again {
        id: id.into(),
        first: first.place,
        again: met.first()?.place,
        money: met.iter().map(|row| row.money).sum(),
        distinct: hashes.len(),
        is_whole: met.len() == earlier.len().min(later.len()),
    })
}
