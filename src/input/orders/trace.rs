//! The orders once more, for what each row counts in some figures.
//!
//! Rows are read, looked up and put in their buckets as they are for the sums; only what becomes of them differs.

use super::super::chunks::{Rows, read};
use super::super::explain::at;
use super::super::problem::Place;
use super::super::schema::orders::{ORDER_ID, SCHEMA, USER_ID};
use super::super::source::{FileError, Part};
use super::super::table::Env;
use super::{Kind, Lookup, Parsed, Reading};
use scrm_core::classify::{Bucket, Buyer, Verdict};
use scrm_core::explain::{Book, Scope};
use scrm_core::figures::Key;
use scrm_core::fold::{BuyerBits, NONE, Order, Tally};
use std::collections::HashMap;
use std::sync::PoisonError;

/// The place of each order of a distributor, by its id.
pub type Places = HashMap<Box<[u8]>, Place>;

/// What was found in the orders.
#[derive(Debug)]
pub struct Traced {
    pub book: Book,
    /// Of the orders of distributors, where commission is asked for.
    pub places: Places,
    /// All orders that were met: as many as there were before, or the files have changed.
    pub all: Tally,
}

impl Traced {
    pub fn join(&mut self, other: Traced) {
        self.book.merge(other.book);
        self.places.extend(other.places);
        self.all.orders += other.all.orders;
        self.all.amount += other.all.amount;
    }
}

/// What one worker has found.
pub struct Trace<'a> {
    scope: &'a Scope<'a>,
    pub found: Traced,
}

impl Reading<'_> {
    /// Takes what an order counts in place of adding it to the sums.
    // Out of the way of the loop over all rows, which has no use for it.
    #[cold]
    #[inline(never)]
    pub(super) fn traced(&mut self, p: &Parsed, i: usize, refunds_from: u32, rows: &Rows, verdict: Verdict) {
        let Some(trace) = &mut self.trace else { return };
        let row = if p.is_strict { self.texts.strict[p.at as usize].row } else { p.at };
        let extra = self.extra.get(i).copied().unwrap_or_default();
        let id = self.texts.of(p, ORDER_ID, rows);
        let order = Order {
            id,
            buyer: self.found.buyers[i],
            paid: if p.kind == Kind::NotPaid { None } else { p.when.stamp() },
            amount: p.amount,
            refunds: &self.refunds[refunds_from as usize..p.refunds_end as usize],
            goods_cost: extra.goods_cost,
            completed: extra.completed,
            // Rates were told by them when the order was added.
            product: NONE,
            category: NONE,
        };
        let stranger = || {
            let user = self.texts.of(p, USER_ID, rows);
            self.at.strangers.lock().unwrap_or_else(PoisonError::into_inner).intern(user).0
        };
        let place = rows.place(row as usize);
        trace.row(&self.at, place, &order, p.kind == Kind::Refund, verdict, stranger);
    }
}

impl<'a> Trace<'a> {
    pub fn new(scope: &'a Scope<'a>, keep: usize) -> Trace<'a> {
        let found = Traced { book: Book::new(keep), places: Places::new(), all: Tally::default() };
        Trace { scope, found }
    }

    /// Takes one order, or a row that is a refund; `stranger` numbers its buyer, where no table names one that counts.
    pub fn row(
        &mut self,
        lookup: &Lookup,
        place: Place,
        order: &Order,
        is_refund: bool,
        verdict: Verdict,
        stranger: impl FnOnce() -> u32,
    ) {
        let (Traced { book, places, all }, id) = (&mut self.found, order.id);
        all.orders += 1;
        all.amount += order.amount;
        let counts = matches!(verdict.bucket, Bucket::Direct | Bucket::Distribution);
        let person = match order.buyer {
            Buyer::Known(person) => Some(person),
            Buyer::Stranger if counts => Some(lookup.cx.world.persons + stranger()),
            Buyer::Stranger | Buyer::Guest => None,
        };
        if is_refund && order.paid.is_some() {
            return self.scope.refund_row(order, verdict, person, |event| {
                book.add(at(place, 0), &event, || String::from_utf8_lossy(id).into());
            });
        }
        if verdict.bucket == Bucket::Distribution && self.scope.wants(Key::Commission) {
            places.insert(id.into(), place);
        }
        self.scope.order(order, verdict, person, |event| {
            let refund = event.refund.and_then(|i| lookup.refunds?.place(id, i));
            // Several refunds of one order may stand in one place.
            let part = event.refund.filter(|_| refund.is_none()).unwrap_or(0) as u32;
            book.add(at(refund.unwrap_or(place), part), &event, || String::from_utf8_lossy(id).into());
        });
    }
}

/// Reads all orders for the figures of a scope; of each figure and file so many rows are kept.
///
/// # Errors
/// [`FileError`].
pub fn trace(
    parts: &[Part],
    env: &Env,
    lookup: Lookup,
    scope: &Scope,
    keep: usize,
) -> Result<Traced, FileError> {
    let sold = std::sync::Mutex::default();
    let worker = || Reading {
        trace: Some(Trace::new(scope, keep)),
        closely: true,
        ..Reading::new(lookup, BuyerBits::default(), &sold)
    };
    let (workers, _) = read(SCHEMA, parts, env, (0..env.threads).map(|_| worker()).collect())?;
    let mut all = Trace::new(scope, keep).found;
    workers.into_iter().filter_map(|w| w.trace).for_each(|trace| all.join(trace.found));
    Ok(all)
}
