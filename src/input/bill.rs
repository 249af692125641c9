//! `bill`: what the payment platform says was paid and given back, order by order: a check on the amounts of `orders`, in
//! no figure itself.
//!
//! A bill covers some days. Of an order it says what was paid where it has its payment, and of refunds no less than what
//! it has: others may stand in other bills.

use super::chunks::{Outcome, Worker, read};
use super::intern::OrderIds;
use super::problem::{Code, Detail, Place, Problem, Problems};
use super::schema::bill::{AMOUNT, ORDER_ID, PAID_AT, REFUND, SCHEMA, STATUS};
use super::source::{FileError, Part};
use super::table::{Bad, Env, Row};
use scrm_core::money::Money;
use std::sync::{Mutex, PoisonError};

/// What a row of the bill is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Payment,
    Refund,
    /// A payment, and perhaps what of it was given back.
    Both,
}

const WORDS: [(&str, Entry); 14] = [
    ("", Entry::Both),
    ("SUCCESS", Entry::Payment),
    ("paid", Entry::Payment),
    ("支付成功", Entry::Payment),
    ("已支付", Entry::Payment),
    ("交易成功", Entry::Payment),
    ("买家已支付", Entry::Payment),
    ("REFUND", Entry::Refund),
    ("refunded", Entry::Refund),
    ("REVOKED", Entry::Refund),
    ("退款", Entry::Refund),
    ("已退款", Entry::Refund),
    ("转入退款", Entry::Refund),
    ("已撤销", Entry::Refund),
];

/// What the bill says of one order, and where it says it first.
#[derive(Debug)]
struct OfOrder {
    paid: Option<Money>,
    refunded: Money,
    place: Place,
    ours: Mutex<Ours>,
}

/// What `orders` says of it.
#[derive(Clone, Copy, Debug, Default)]
struct Ours {
    is_met: bool,
    paid: Money,
    refunded: Money,
}

/// The bill, by orders.
#[derive(Debug, Default)]
pub struct Bill {
    orders: OrderIds,
    of: Vec<OfOrder>,
}

impl Bill {
    /// Does it name this order?
    pub fn has(&self, id: &[u8]) -> bool {
        self.orders.find(id).is_some()
    }

    /// Meets a row of an order: what was paid by it, none of it where it is not paid, and what was given back.
    pub fn meet(&self, id: &[u8], paid: Money, refunded: Money) {
        let Some(number) = self.orders.find(id) else { return };
        let mut ours = self.of[number as usize].ours.lock().unwrap_or_else(PoisonError::into_inner);
        ours.is_met = true;
        ours.paid += paid;
        ours.refunded += refunded;
    }

    /// Warns of orders that are not there, and of those of which the bill says something else.
    pub fn compare(self, problems: &mut Problems) {
        for of in self.of {
            let ours = of.ours.into_inner().unwrap_or_else(PoisonError::into_inner);
            let place = of.place;
            if !ours.is_met {
                problems.warn_at(Code::BillWithoutOrder, place, of.paid, || {
                    Problem::new(Code::BillWithoutOrder, place).column("order_id")
                });
                continue;
            }
            let differs = of.paid.is_some_and(|paid| paid != ours.paid);
            let pairs = [
                (differs, of.paid.unwrap_or_default(), ours.paid, "amount"),
                (of.refunded > ours.refunded, of.refunded, ours.refunded, "refund"),
            ];
            for (_, stated, ours, name) in pairs.into_iter().filter(|(differs, ..)| *differs) {
                problems.warn_at(Code::BillAmount, place, None, || {
                    Problem::new(Code::BillAmount, place).column(name).detail(Detail::Totals { stated, ours })
                });
            }
        }
    }
}

impl Worker for Bill {
    fn row(&mut self, row: &mut Row) {
        let id = row.id(ORDER_ID, true);
        let entry = entry(row);
        let paid = row.money(AMOUNT, !matches!(entry, Ok(Entry::Refund)), false);
        let refunded = row.money(REFUND, false, false);
        let at = row.stamp(PAID_AT, false, false);
        let (Ok(id), Ok(entry), Ok(paid), Ok(refunded), Ok(_)) = (id, entry, paid, refunded, at) else {
            return;
        };
        let (paid, refunded) = (paid.unwrap_or_default(), refunded.unwrap_or_default());
        let (number, new) = self.orders.add(id);
        let place = row.place_of(ORDER_ID);
        if new {
            self.of.push(OfOrder { paid: None, refunded: Money::ZERO, place, ours: Mutex::default() });
        }
        let of = &mut self.of[number as usize];
        of.place = of.place.min(place);
        if entry != Entry::Refund {
            of.paid = Some(of.paid.unwrap_or_default() + paid.into());
        }
        if entry != Entry::Payment {
            of.refunded += refunded;
        }
    }
}

fn entry(row: &mut Row) -> Result<Entry, Bad> {
    let word = row.text(STATUS)?;
    match WORDS.iter().find(|(known, _)| *known == word) {
        Some((_, entry)) => Ok(*entry),
        None => {
            let known = ["SUCCESS", "REFUND", "REVOKED", "paid", "refunded"].map(String::from).to_vec();
            Err(row.error_with(Code::BadStatus, STATUS, Detail::Expected(known)))
        }
    }
}

/// Reads the bill; `None` where there is none.
///
/// # Errors
/// [`FileError`].
pub fn bill(parts: &[Part], env: &Env) -> Result<(Option<Bill>, Outcome), FileError> {
    let (mut workers, outcome) = read(SCHEMA, parts, env, vec![Bill::default()])?;
    Ok((workers.pop().filter(|_| !parts.is_empty()), outcome))
}
