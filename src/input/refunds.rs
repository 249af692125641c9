//! `refunds`: several refunds to one order, each with its day.

use super::after_sale;
use super::chunks::{Outcome, Worker, read};
use super::intern::OrderIds;
use super::problem::{Code, Place, Problem, Problems};
use super::schema::refunds::{AMOUNT, ORDER_ID, REASON, REFUNDED_AT, SCHEMA};
use super::source::{FileError, Part};
use super::table::{Env, Row};
use scrm_core::date::Day;
use scrm_core::money::Amount;
use std::sync::atomic::{AtomicBool, Ordering};

/// The refunds of one order, in the order of the table, and the place of the last.
#[derive(Debug, Default)]
pub struct OfOrder {
    pub refunds: Vec<(Day, Amount)>,
    pub last: Option<Place>,
    places: Vec<Place>,
    seen: AtomicBool,
}

/// All refunds of the table.
#[derive(Debug, Default)]
pub struct RefundTable {
    orders: OrderIds,
    of: Vec<OfOrder>,
    pub days: Option<(Day, Day)>,
}

impl RefundTable {
    /// The refunds of an order, which is thereby known to exist.
    pub fn of_order(&self, id: &[u8]) -> Option<&OfOrder> {
        let of = &self.of[self.orders.find(id)? as usize];
        of.seen.store(true, Ordering::Relaxed);
        Some(of)
    }

    /// The place of one of the refunds of an order, where the table names it.
    pub fn place(&self, id: &[u8], refund: usize) -> Option<Place> {
        self.of[self.orders.find(id)? as usize].places.get(refund).copied()
    }

    /// Refunds whose order was not met.
    pub fn missing(&self) -> impl Iterator<Item = (Day, Amount)> + '_ {
        let missing = self.of.iter().filter(|of| !of.seen.load(Ordering::Relaxed));
        missing.flat_map(|of| of.refunds.iter().copied())
    }

    /// Does the table name this order?
    pub fn has(&self, id: &[u8]) -> bool {
        self.orders.find(id).is_some()
    }

    /// Warns of refunds whose order was not met.
    pub fn warn_of_missing(&self, problems: &mut Problems) {
        for of in self.of.iter().filter(|of| !of.seen.load(Ordering::Relaxed)) {
            for (&place, (_, amount)) in of.places.iter().zip(&of.refunds) {
                problems.warn_at(Code::RefundWithoutOrder, place, Some((*amount).into()), || {
                    Problem::new(Code::RefundWithoutOrder, place).column("order_id")
                });
            }
        }
    }
}

impl Worker for RefundTable {
    fn row(&mut self, row: &mut Row) {
        let id = row.id(ORDER_ID, true);
        let day = row.day(REFUNDED_AT);
        let amount = row.money(AMOUNT, true, false);
        let reason = row.text(REASON).and(after_sale::check(row));
        let (Ok(id), Ok(day), Ok(Some(amount)), Ok(_)) = (id, day, amount, reason) else { return };
        let (number, new) = self.orders.add(id);
        if new {
            self.of.push(OfOrder::default());
        }
        let of = &mut self.of[number as usize];
        of.refunds.push((day, amount));
        of.last = Some(row.place_of(AMOUNT));
        of.places.push(row.place_of(ORDER_ID));
        self.days = Some(self.days.map_or((day, day), |(a, b)| (a.min(day), b.max(day))));
    }
}

/// Reads the table; `None` where there is none, or none with a row: that contradicts nothing in the orders.
///
/// # Errors
/// [`FileError`].
pub fn refunds(parts: &[Part], env: &Env) -> Result<(Option<RefundTable>, Outcome), FileError> {
    let (mut workers, outcome) = read(SCHEMA, parts, env, vec![RefundTable::default()])?;
    Ok((workers.pop().filter(|table| !table.of.is_empty()), outcome))
}

/// A larger file has rows, and is not read for that alone.
const SMALL: u64 = 64 << 10;

/// Are there rows? A table without any says nothing, so that orders must say what was given back.
///
/// # Errors
/// [`FileError`].
pub fn has_rows(parts: &[Part], env: &Env) -> Result<bool, FileError> {
    if !parts.iter().all(|part| part.is_at_most(SMALL)) {
        return Ok(true);
    }
    let (_, outcome) = read(SCHEMA, parts, env, vec![RefundTable::default()])?;
    Ok(outcome.files.values().any(|stats| stats.rows > 0))
}
