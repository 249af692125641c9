//! Rows whose cells are all written in the plain way, as most are. What is read here, [`strict`](super::strict) reads
//! alike; whatever is not plain, or asks for a second look, is left to it.

use super::super::chunks::{PlainRow, Rows};
use super::super::field::id::is_plain_in;
use super::super::field::money;
use super::super::field::text::CELL_BYTES;
use super::super::proof::{Keys, canonical_number};
use super::super::schema::orders::{
    AMOUNT, CATEGORY, COMPLETED_AT, GOODS_COST, ORDER_ID, PAID_AT, PRODUCT, REFUND, REFUNDED_AT, STATUS,
    USER_ID,
};
use super::super::table::{FileStats, Layout};
use super::{NO_NUMBER, Reading, Values};

/// The cells in which the columns of a file stand.
pub(super) struct Columns {
    pub id: usize,
    pub user: usize,
    pub paid: usize,
    pub amount: usize,
    pub refund: Option<usize>,
    /// Those that few files have.
    more: Option<More>,
    pub product: Option<usize>,
    pub category: Option<usize>,
}

struct More {
    refunded: Option<usize>,
    status: Option<usize>,
    completed: Option<usize>,
    goods_cost: Option<usize>,
}

impl Columns {
    /// `None` where a column is missing that every file of orders has.
    fn of(layout: &Layout) -> Option<Columns> {
        let at = |column| layout.cell_of(column);
        let more = More {
            refunded: at(REFUNDED_AT),
            status: at(STATUS),
            completed: at(COMPLETED_AT),
            goods_cost: at(GOODS_COST),
        };
        let any = [more.refunded, more.status, more.completed, more.goods_cost].iter().any(Option::is_some);
        Some(Columns {
            id: at(ORDER_ID)?,
            user: at(USER_ID)?,
            paid: at(PAID_AT)?,
            amount: at(AMOUNT)?,
            refund: at(REFUND),
            more: any.then_some(more),
            product: at(PRODUCT),
            category: at(CATEGORY),
        })
    }
}

impl Reading<'_> {
    /// Reads the plain rows of a grid, and lists the others.
    pub(super) fn plain_rows(&mut self, rows: &mut Rows) {
        let Some(columns) = Columns::of(rows.layout()) else {
            return self.rest.extend(0..rows.len() as u32);
        };
        match rows.cells().filter(|_| self.may_be_abreast(&columns, rows.layout())) {
            Some(cells) => self.rows_abreast(rows, &cells, &columns),
            None => self.rest.extend(0..rows.len() as u32),
        }
        let mut rest = std::mem::take(&mut self.rest);
        rest.retain(|i| rows.plain(*i as usize).and_then(|row| self.plain(&row, *i, &columns)).is_none());
        self.rest = rest;
        let mut told = FileStats { rows: self.parsed.len() as u64, ..FileStats::default() };
        for p in &self.parsed {
            told.sum += p.amount;
            told.note(p.when.day());
        }
        if let Some((first, last)) = told.span {
            self.fold.note_day(first);
            self.fold.note_day(last);
        }
        rows.count(&told);
        // In a loop of its own, so that what it waits for is on its way together.
        let no_number = self.at.keys.spread(NO_NUMBER);
        for p in self.parsed.iter().filter(|p| p.spread != no_number) {
            self.seen.add(Keys::of_spread(p.spread));
        }
    }

    /// Have rows nothing that only the other way reads?
    fn may_be_abreast(&self, columns: &Columns, layout: &Layout) -> bool {
        let asks = self.at.watch.is_some() || self.at.refunds.is_some() || self.at.bill.is_some();
        !asks && columns.more.is_none() && layout.tells_from_others(columns.id, columns.paid)
    }

    /// Reads a row; `None` where it is not plain, and nothing is noted then.
    #[inline(always)]
    fn plain(&mut self, row: &PlainRow, i: u32, at: &Columns) -> Option<()> {
        let (row, today) = (&row.cells, row.today);
        let (id, user) = (row.text(at.id)?, row.text(at.user)?);
        let numeric = canonical_number(id);
        let is_plain = |id| is_plain_in(id, row.ascii);
        if numeric.is_none() && !is_plain(id) || !user.is_empty() && !is_plain(user) || self.asks_for(id) {
            return None;
        }
        let paid = self.days.read(row.text(at.paid)?)?;
        if paid.is_after(today) {
            return None;
        }
        let cents = |cell| row.window(cell).and_then(|(window, len)| money::cents(window, len));
        let money = |cell: &[u8]| if cell.is_empty() { Some(None) } else { money::plain(cell).map(Some) };
        let amount = match cents(at.amount) {
            Some(amount) => amount,
            None => money::plain(row.text(at.amount)?)?,
        };
        let refund = money(row.optional(at.refund)?)?;
        let mut v = Values { paid, amount, refund, ..Values::default() };
        if let Some(more) = &at.more {
            v.refunded = self.days.read(row.optional(more.refunded)?)?;
            v.completed = self.days.read(row.optional(more.completed)?)?;
            if v.refunded.is_after(today) || v.completed.is_after(today) {
                return None;
            }
            v.goods_cost = money(row.optional(more.goods_cost)?)?.unwrap_or_default();
            v.status = match row.optional(more.status)? {
                [] => None,
                word => Some(self.recent_status(word)?),
            };
        }
        if v.is_paid() && !paid.is_given() || refund.is_some_and(|r| r > amount) {
            return None;
        }
        if row.optional(at.product)?.len().max(row.optional(at.category)?.len()) > CELL_BYTES {
            return None;
        }
        // From here on the row is taken.
        if numeric.is_none() {
            self.seen.add(self.at.keys.of(id).0);
        }
        if let Some((day, amount)) = v.own_refund() {
            self.refunds.push((day, amount));
            self.fold.note_day(day);
        }
        self.take(i, false, numeric, user, &v);
        Some(())
    }
}
