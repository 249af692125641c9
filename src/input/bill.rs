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
use scrm_core::money::{Amount, Money};
use std::sync::{Mutex, PoisonError};

/// What a row of the bill is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Payment,
    Refund,
    /// A payment, and perhaps what of it was given back.
    Both,
    /// Closed before it was paid, or given back since; nothing stays.
    Closed,
    /// It never came to a payment.
    Nothing,
}

const WORDS: [(&str, Entry); 33] = [
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
    ("支付完成", Entry::Payment),
    ("交易完成", Entry::Payment),
    ("已完成", Entry::Payment),
    ("成功", Entry::Payment),
    ("退款成功", Entry::Refund),
    ("已关闭", Entry::Closed),
    ("交易关闭", Entry::Closed),
    ("关闭", Entry::Closed),
    ("CLOSED", Entry::Closed),
    ("closed", Entry::Closed),
    ("已取消", Entry::Closed),
    ("未支付", Entry::Nothing),
    ("待支付", Entry::Nothing),
    ("待付款", Entry::Nothing),
    ("等待付款", Entry::Nothing),
    ("支付失败", Entry::Nothing),
    ("NOTPAY", Entry::Nothing),
    ("PAYERROR", Entry::Nothing),
    ("unpaid", Entry::Nothing),
];

/// What the bill says of one order, and where it says it first.
#[derive(Debug)]
struct OfOrder {
    paid: Option<Money>,
    refunded: Money,
    /// Nothing stays of it.
    closed: bool,
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
            // Of what nobody paid there need be no order; and a closed one may have been paid and given back.
            let is_nothing = of.paid.unwrap_or_default() == Money::ZERO && of.refunded == Money::ZERO;
            if is_nothing && (!ours.is_met || of.closed && ours.paid == ours.refunded) {
                continue;
            }
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
        let may_lack = matches!(entry, Ok(Entry::Refund | Entry::Closed | Entry::Nothing));
        let paid = row.money(AMOUNT, !may_lack, false);
        let refunded = row.money(REFUND, false, false);
        let at = row.stamp(PAID_AT, false, false);
        let (Ok(id), Ok(entry), Ok(paid), Ok(refunded), Ok(_)) = (id, entry, paid, refunded, at) else {
            return;
        };
        let (mut paid, refunded) = (paid.unwrap_or_default(), refunded.unwrap_or_default());
        if entry == Entry::Nothing || entry == Entry::Closed && refunded.0 == 0 {
            paid = Amount::ZERO;
        }
        let (number, new) = self.orders.add(id);
        let place = row.place_of(ORDER_ID);
        if new {
            self.of.push(OfOrder {
                paid: None,
                refunded: Money::ZERO,
                closed: false,
                place,
                ours: Mutex::default(),
            });
        }
        let of = &mut self.of[number as usize];
        of.place = of.place.min(place);
        if entry != Entry::Refund {
            of.paid = Some(of.paid.unwrap_or_default() + paid.into());
        }
        of.closed |= entry == Entry::Closed;
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
