//! One row, cell by cell, with all that is wrong with it.

use super::super::after_sale;
use super::super::chunks::Rows;
use super::super::problem::{Code, Detail, Problem};
use super::super::proof::canonical_number;
use super::super::schema::orders::{
    CATEGORY, COMPLETED_AT, GOODS_COST, ORDER_ID, PAID_AT, PRODUCT, REFUND, REFUNDED_AT, STATUS, USER_ID,
};
use super::super::settings::Selectors;
use super::super::status::Status;
use super::super::table::{Bad, Row};
use super::super::watch::Watched;
use super::amount::amount;
use super::{Kind, Reading, Strict, Values};
use scrm_core::classify::Buyer;
use scrm_core::money::Money;
use scrm_core::why::Asked;

/// As many statuses are kept at hand.
const RECENT: usize = 8;

/// Whose a row is and what of.
struct Names<'r> {
    id: &'r [u8],
    user: &'r [u8],
    product: &'r str,
    category: &'r str,
}

impl Reading<'_> {
    /// Reads the rows that are not plain.
    pub(super) fn strict_rows(&mut self, rows: &mut Rows) {
        self.texts.strict.clear();
        self.texts.made.clear();
        for i in std::mem::take(&mut self.rest) {
            if let Some(mut row) = rows.sound(i as usize) {
                self.strict(&mut row, i);
            }
        }
    }

    /// Reads a row; `None` where something is wrong with it, which is noted.
    fn strict(&mut self, row: &mut Row, number: u32) -> Option<()> {
        let id = row.id(ORDER_ID, true);
        let whole = id.ok().and_then(canonical_number);
        if let Ok(id) = id {
            self.seen.add(self.at.keys.of(id).0);
        }
        let user = row.id(USER_ID, false);
        let values = self.values(row);
        let (product, category) = (self.name(row, PRODUCT), self.name(row, CATEGORY));
        let (Ok(id), Ok(user), Ok(v)) = (id, user, values) else { return None };
        let (Ok(product), Ok(category)) = (product, category) else { return None };
        if v.is_paid() && !v.paid.is_given() {
            row.error(Code::PaidWithoutDate, PAID_AT);
        }
        let from = self.refunds.len();
        self.resolve_refunds(row, id, &v);
        if row.bad {
            self.refunds.truncate(from);
            return None;
        }
        if let Some(bill) = self.at.bill {
            let given_back = self.refunds[from..].iter().map(|(_, amount)| (*amount).into()).sum();
            bill.meet(id, if v.is_paid() { v.amount.into() } else { Money::ZERO }, given_back);
        }
        if self.at.watch == Some(id) {
            self.watch(row, &Names { id, user, product, category }, &v);
        }
        self.refunds[from..].iter().for_each(|(day, _)| self.fold.note_day(*day));
        if let Some(day) = v.paid.day() {
            self.fold.note_day(day);
        }
        let is_refund = v.amount.0 < 0 && v.is_paid();
        let at = self.texts.strict.len() as u32;
        let [id, user_text, product, category] =
            [id, user, product.as_bytes(), category.as_bytes()].map(|text| self.texts.keep(text));
        self.texts.strict.push(Strict { row: number, id, user: user_text, product, category });
        self.take(at, true, whole, user, &v);
        if let Some(row) = self.parsed.last_mut().filter(|_| is_refund) {
            row.kind = Kind::Refund;
        }
        Some(())
    }

    /// Every cell is read whatever is wrong with the others, so that all that is wrong is said at once.
    fn values(&mut self, row: &mut Row) -> Result<Values, Bad> {
        let paid = row.stamp(PAID_AT, false, false);
        let amount = amount(row, self.at.rows.refunds);
        let refund = row.money(REFUND, false, false);
        let refunded = row.stamp(REFUNDED_AT, false, false);
        let status = self.status(row);
        let status_read = *status.as_ref().unwrap_or(&None);
        let completed = row.stamp(COMPLETED_AT, false, false);
        // Goods that come back may be a cost below zero, in a row that is one.
        let may_return = amount.as_ref().is_ok_and(|amount| amount.0 < 0);
        let goods_cost = row.money(GOODS_COST, false, may_return);
        let refund = match (&amount, refund) {
            (Ok(amount), Ok(refund)) => after_sale::refund(row, refund, *amount, status_read),
            (_, refund) => refund,
        };
        Ok(Values {
            paid: paid?.into(),
            amount: amount?,
            refund: refund?,
            refunded: refunded?.into(),
            status: status?,
            completed: completed?.into(),
            goods_cost: goods_cost?.unwrap_or_default(),
        })
    }

    /// What a status means that was met lately.
    #[inline]
    pub(super) fn recent_status(&self, word: &[u8]) -> Option<Status> {
        self.recent.iter().find(|(text, _)| text == word).map(|(_, status)| *status)
    }

    fn status(&mut self, row: &mut Row) -> Result<Option<Status>, Bad> {
        let word = row.cell(STATUS);
        if let Some(status) = self.recent_status(word) {
            return Ok(Some(status));
        }
        let read = self.at.statuses.read(row, STATUS);
        if let (Ok(Some(_)), Some(status)) = (&read, self.at.statuses.at_a_glance(word, row.layout)) {
            self.recent.push((word.to_vec(), status));
            if self.recent.len() > RECENT {
                self.recent.remove(0);
            }
        }
        read
    }

    /// The name of a product or category. Where no rate asks for one and no order is watched, it is only checked.
    fn name<'r>(&self, row: &mut Row<'r, '_>, column: usize) -> Result<&'r str, Bad> {
        let Selectors { products, categories, .. } = self.at.selectors;
        if products.is_empty() && categories.is_empty() && self.at.watch.is_none() {
            return row.check_text(column).map(|()| "");
        }
        row.text(column)
    }

    /// Keeps the row that is asked for, but for what it is looked up in.
    fn watch(&mut self, row: &Row, names: &Names, v: &Values) {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned().into();
        self.watched = Some(Watched {
            id: text(names.id),
            place: row.place(),
            user: text(names.user),
            asked: Asked {
                buyer: Buyer::Guest,
                paid: v.paid.stamp().filter(|_| v.is_paid()),
                referred: None,
            },
            verdict: self.at.cx.world.classify(Buyer::Guest, None, None),
            paid_at: v.paid.stamp(),
            amount: v.amount,
            status_word: text(row.cell(STATUS)),
            status: v.status,
            completed_at: v.completed.stamp(),
            product: names.product.into(),
            category: names.category.into(),
        });
    }

    /// The refunds of a row with the days on which they are recognised, from its own cells or from `refunds`.
    fn resolve_refunds(&mut self, row: &mut Row, id: &[u8], v: &Values) {
        let from = self.refunds.len();
        let of_table = self.at.refunds.and_then(|t| t.of_order(id));
        match of_table {
            Some(of) => self.refunds.extend_from_slice(&of.refunds),
            // A row that is a refund is itself what was given back.
            None if v.amount.0 < 0 => {}
            None => self.refunds.extend(v.own_refund()),
        }
        let sum: i128 = match of_table {
            Some(_) => self.refunds[from..].iter().map(|r| i128::from(r.1.0)).sum(),
            None => i128::from(v.refund.unwrap_or_default().0),
        };
        if sum > i128::from(v.amount.0.max(0)) {
            let detail = Detail::Exceeds { refunds: Money(sum), amount: v.amount.into() };
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
}
