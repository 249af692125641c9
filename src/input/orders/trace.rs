//! The orders once more, for what each row counts in some figures.
//!
//! Rows are read, looked up and put in their buckets as they are for the sums; only what becomes of them differs.

use super::super::chunks::read;
use super::super::explain::at;
use super::super::problem::Place;
use super::super::schema::orders::SCHEMA;
use super::super::source::{FileError, Part};
use super::super::table::Env;
use super::{Lookup, Reading};
use scrm_core::classify::{Bucket, Buyer, Verdict};
use scrm_core::explain::{Book, Scope};
use scrm_core::figures::Key;
use scrm_core::fold::{BuyerBits, Order, Tally};
use std::collections::HashMap;

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

/// What one worker has found.
pub(super) struct Trace<'a> {
    scope: &'a Scope<'a>,
    found: Traced,
}

impl Trace<'_> {
    // Out of the way of the loop over all rows, which has no use for it.
    /// Takes one order; `stranger` numbers its buyer, where no table names one that counts.
    #[cold]
    #[inline(never)]
    pub fn order(
        &mut self,
        lookup: &Lookup,
        place: Place,
        id: &[u8],
        order: &Order,
        verdict: Verdict,
        stranger: impl FnOnce() -> u32,
    ) {
        let Traced { book, places, all } = &mut self.found;
        all.orders += 1;
        all.amount += order.amount;
        let counts = matches!(verdict.bucket, Bucket::Direct | Bucket::Distribution);
        let person = match order.buyer {
            Buyer::Known(person) => Some(person),
            Buyer::Stranger if counts => Some(lookup.cx.world.persons + stranger()),
            Buyer::Stranger | Buyer::Guest => None,
        };
        if verdict.bucket == Bucket::Distribution && self.scope.wants(Key::Commission) {
            places.insert(id.into(), place);
        }
        self.scope.order(order, verdict, person, |event| {
            let refund = event.refund.and_then(|i| lookup.refunds?.place(id, i));
            book.add(at(refund.unwrap_or(place), 0), &event, || String::from_utf8_lossy(id).into());
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
    let empty = || Traced { book: Book::new(keep), places: Places::new(), all: Tally::default() };
    let worker = || Reading {
        trace: Some(Trace { scope, found: empty() }),
        closely: true,
        ..Reading::new(lookup, BuyerBits::default())
    };
    let (workers, _) = read(SCHEMA, parts, env, (0..env.threads).map(|_| worker()).collect())?;
    let mut all = empty();
    for found in workers.into_iter().filter_map(|w| w.trace).map(|t| t.found) {
        all.book.merge(found.book);
        all.places.extend(found.places);
        all.all.orders += found.all.orders;
        all.all.amount += found.all.amount;
    }
    Ok(all)
}
