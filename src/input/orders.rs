//! `orders`: streamed once, in chunks, by every worker into a fold of its own.

use super::chunks::{Outcome, Worker, read};
use super::intern::Interner;
use super::problem::{Code, Detail, Place, Problem};
use super::proof::{Key, Keys, Seen, repeated};
use super::referrals::ReferralTable;
use super::refunds::RefundTable;
use super::schema::orders::{
    AMOUNT, CATEGORY, COMPLETED_AT, GOODS_COST, ORDER_ID, PAID_AT, PRODUCT, REFUND, REFUNDED_AT, SCHEMA,
    STATUS, USER_ID,
};
use super::settings::Selectors;
use super::source::{FileError, Part};
use super::status::{Status, Statuses};
use super::table::{Bad, Env, Row};
use super::watch::Watched;
use scrm_core::classify::{Bucket, Buyer};
use scrm_core::date::{Day, Stamp};
use scrm_core::fold::{Context, Fold, NONE, Order};
use scrm_core::money::{Amount, Money};
use scrm_core::why::Asked;
use scrm_core::world::Outside;
use std::sync::{Mutex, PoisonError};

/// What an order is looked up in.
#[derive(Clone, Copy)]
pub struct Lookup<'a> {
    pub cx: Context<'a>,
    pub persons: &'a Interner,
    pub referrals: &'a ReferralTable,
    pub refunds: Option<&'a RefundTable>,
    pub statuses: &'a Statuses,
    pub selectors: &'a Selectors,
    pub keys: &'a Keys,
    /// Buyers that no table names, where they must be told apart.
    pub strangers: &'a Mutex<Interner>,
    /// The id of the order whose row is to be kept.
    pub watch: Option<&'a [u8]>,
}

struct Reading<'a> {
    at: Lookup<'a>,
    fold: Fold,
    seen: Seen,
    /// Statuses this worker met last, by their text: there are few, and they repeat.
    recent: Option<(Vec<u8>, Status)>,
    refunds: Vec<(Day, Amount)>,
    watched: Option<Watched>,
}

/// The cells of a row that have a value of their own.
struct Cells {
    paid: Option<Stamp>,
    amount: Amount,
    refund: Option<Amount>,
    refunded: Option<Stamp>,
    status: Option<Status>,
    completed: Option<Stamp>,
    goods_cost: Amount,
}

impl Worker for Reading<'_> {
    fn row(&mut self, row: &mut Row) {
        let id = row.id(ORDER_ID, true);
        if let Ok(id) = id {
            self.seen.add(self.at.keys.of(id).0);
        }
        let user = row.id(USER_ID, false);
        let cells = self.cells(row);
        let texts = (row.text(PRODUCT), row.text(CATEGORY));
        if let (Ok(id), Ok(user), Ok(cells), (Ok(product), Ok(category))) = (id, user, cells, texts) {
            self.order(row, id, user, &cells, product, category);
        }
    }
}

impl Reading<'_> {
    /// Every cell is read whatever is wrong with the others, so that all that is wrong is said at once.
    fn cells(&mut self, row: &mut Row) -> Result<Cells, Bad> {
        let paid = row.stamp(PAID_AT, false, false);
        let amount = row.money(AMOUNT, true, false);
        let refund = row.money(REFUND, false, false);
        let refunded = row.stamp(REFUNDED_AT, false, false);
        let status = self.status(row);
        let completed = row.stamp(COMPLETED_AT, false, false);
        let goods_cost = row.money(GOODS_COST, false, false);
        Ok(Cells {
            paid: paid?,
            amount: amount?.unwrap_or_default(),
            refund: refund?,
            refunded: refunded?,
            status: status?,
            completed: completed?,
            goods_cost: goods_cost?.unwrap_or_default(),
        })
    }

    fn status(&mut self, row: &mut Row) -> Result<Option<Status>, Bad> {
        let word = row.cell(STATUS);
        if word.is_empty() {
            return Ok(None);
        }
        if let Some((last, status)) = &self.recent
            && last == word
        {
            return Ok(Some(*status));
        }
        match self.at.statuses.find(word) {
            Some(status) => {
                self.recent = Some((word.to_vec(), status));
                Ok(Some(status))
            }
            None => {
                row.text(STATUS)?;
                let words = Status::NAMES.map(String::from).to_vec();
                Err(row.error_with(Code::BadStatus, STATUS, Detail::Expected(words)))
            }
        }
    }

    /// A row whose cells all have a value: the rules between them, its bucket, and the fold.
    fn order(&mut self, row: &mut Row, id: &[u8], user: &[u8], c: &Cells, product: &str, category: &str) {
        let is_paid = c.status.map_or(c.paid.is_some(), Status::is_paid);
        if is_paid && c.paid.is_none() {
            row.error(Code::PaidWithoutDate, PAID_AT);
        }
        self.resolve_refunds(row, id, c);
        if row.bad {
            return;
        }
        let days = c.paid.map(|p| p.day).into_iter().chain(self.refunds.iter().map(|r| r.0));
        days.for_each(|d| self.fold.note_day(d));
        self.fold.last_completed = self.fold.last_completed.max(c.completed.map(|s| s.day));
        let referred = self.at.referrals.of_order(id);
        let buyer = match user {
            [] => Buyer::Guest,
            user => self.at.persons.find(user).map_or(Buyer::Stranger, Buyer::Known),
        };
        let world = self.at.cx.world;
        let paid = c.paid.filter(|_| is_paid);
        let verdict = world.classify(buyer, paid, referred);
        self.outside(row, verdict.bucket, c.amount);
        if self.at.watch == Some(id) {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned().into();
            self.watched = Some(Watched {
                id: text(id),
                place: row.place(),
                user: text(user),
                asked: Asked { buyer, paid, referred },
                verdict,
                paid_at: c.paid,
                amount: c.amount,
                status_word: text(row.cell(STATUS)),
                status: c.status,
                completed_at: c.completed,
                product: product.into(),
                category: category.into(),
            });
        }
        let complete = c.status.is_some_and(|s| matches!(s, Status::Completed | Status::Refunded));
        let completed = c.completed.or(c.paid.filter(|_| complete)).map(|s| s.day);
        let known =
            |map: &std::collections::HashMap<String, u32>, name: &str| map.get(name).copied().unwrap_or(NONE);
        let of_plan = verdict.bucket == Bucket::Distribution;
        let selectors = self.at.selectors;
        let order = Order {
            id,
            buyer,
            paid,
            amount: c.amount,
            refunds: &self.refunds,
            goods_cost: c.goods_cost,
            completed,
            product: if of_plan { known(&selectors.products, product) } else { NONE },
            category: if of_plan { known(&selectors.categories, category) } else { NONE },
        };
        let stranger = || self.at.strangers.lock().unwrap_or_else(PoisonError::into_inner).intern(user).0;
        self.fold.add(&self.at.cx, &order, verdict, stranger);
    }

    /// The refunds of a row with the days on which they are recognised, from its own cells or from `refunds`.
    fn resolve_refunds(&mut self, row: &mut Row, id: &[u8], c: &Cells) {
        self.refunds.clear();
        let own_day = c.refunded.or(c.paid).map(|s| s.day);
        let of_table = self.at.refunds.and_then(|t| t.of_order(id));
        let full = c.status == Some(Status::Refunded) && c.refund.is_none_or(|r| r.0 == 0);
        if let Some(of) = of_table {
            self.refunds.extend_from_slice(&of.refunds);
        } else if let (Some(amount), Some(day)) = (if full { Some(c.amount) } else { c.refund }, own_day)
            && (full || amount.0 > 0)
        {
            self.refunds.push((day, amount));
        }
        let sum: i128 = match of_table {
            Some(_) => self.refunds.iter().map(|r| i128::from(r.1.0)).sum(),
            None => i128::from(c.refund.unwrap_or_default().0),
        };
        if sum > i128::from(c.amount.0) {
            let detail = Detail::Exceeds { refunds: Money(sum), amount: c.amount.into() };
            match of_table.and_then(|of| of.last) {
                None => {
                    row.error_with(Code::RefundExceeds, REFUND, detail);
                }
                Some(place) => {
                    let order = row.place();
                    let make = || Problem::new(Code::RefundExceeds, place).column("amount").value(id);
                    row.problems.error(place, || make().detail(detail).related(order));
                    row.bad = true;
                }
            }
        }
    }

    /// Orders outside the private domain are refused or counted, and said.
    fn outside(&mut self, row: &mut Row, bucket: Bucket, amount: Amount) {
        let rules = &self.at.cx.world.rules;
        let (policy, column, error, warning) = match bucket {
            Bucket::UnknownUser => (rules.unknown_user, USER_ID, Code::UnknownUserRefused, Code::UnknownUser),
            Bucket::BeforeJoining => {
                (rules.before_joining, PAID_AT, Code::BeforeJoiningRefused, Code::BeforeJoining)
            }
            _ => return,
        };
        if policy == Outside::Error {
            row.error(error, column);
        } else {
            row.warn(warning, column, Some(amount.into()));
        }
    }
}

/// The orders, folded.
pub struct Orders {
    pub fold: Fold,
    pub watched: Option<Watched>,
    pub repeated: Vec<Key>,
    pub outcome: Outcome,
}

/// Reads and folds all orders.
///
/// # Errors
/// [`FileError`].
pub fn orders(parts: &[Part], env: &Env, at: Lookup) -> Result<Orders, FileError> {
    let worker = || Reading {
        at,
        fold: Fold::default(),
        seen: Seen::default(),
        recent: None,
        refunds: Vec::new(),
        watched: None,
    };
    let (workers, mut outcome) = read(SCHEMA, parts, env, (0..env.threads).map(|_| worker()).collect())?;
    let mut fold = Fold::default();
    let (mut seen, mut watched) = (Vec::new(), None);
    for w in workers {
        fold.merge(w.fold);
        watched = watched.or(w.watched);
        seen.push(w.seen);
    }
    if let Some(table) = at.refunds {
        if let Some((first, last)) = table.days {
            fold.note_day(first);
            fold.note_day(last);
        }
        table.warn_of_missing(&mut outcome.problems);
        two_sources(&mut outcome);
    }
    at.referrals.warn_of_missing(&mut outcome.problems);
    Ok(Orders { fold, watched, repeated: repeated(seen, env.threads), outcome })
}

/// Refunds stand in `orders` or in `refunds`, not in both.
fn two_sources(outcome: &mut Outcome) {
    let places: Vec<_> =
        outcome.layouts.iter().filter(|l| l.has(REFUND)).map(|l| Place::line(l.file, l.line)).collect();
    for place in places {
        outcome.problems.error(place, || Problem::new(Code::TwoRefundSources, place).column("refund"));
    }
}
