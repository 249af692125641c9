//! All rows of a file, looked at: what each column holds, what is left out and why.

use crate::input::after_sale;
use crate::input::aside::bare;
use crate::input::chunks::Worker;
use crate::input::layout::Layout;
use crate::input::manner::LeftOut;
use crate::input::mask::{Under, masked, under};
use crate::input::orders::amount::{amount, is_item};
use crate::input::problem::{Code, Detail};
use crate::input::schema::{Kind, ad_spend, orders, users};
use crate::input::settings::OrderRows;
use crate::input::source::TableName;
use crate::input::status::{Status, Statuses};
use crate::input::table::Row;
use scrm_core::money::{Amount, Money};
use std::collections::BTreeMap;

/// So many values of a column are shown.
pub const SAMPLES: usize = 3;

/// Different values of a column, masked.
#[derive(Clone, Debug)]
pub struct Samples {
    under: Under,
    pub values: Vec<String>,
}

impl Samples {
    pub fn of(header: &str, ours: Option<&str>) -> Samples {
        Samples { under: under(header, ours), values: Vec::new() }
    }

    pub fn take(&mut self, cell: &[u8]) {
        if self.values.len() < SAMPLES && !cell.is_empty() {
            let shown = masked(&String::from_utf8_lossy(cell), self.under);
            if !shown.is_empty() && !self.values.contains(&shown) {
                self.values.push(shown);
            }
        }
    }
}

/// Rows with a word for a status, and which of ours it is there: how many.
pub type Words = BTreeMap<(String, Option<Status>), u64>;

/// More words for a status than these are none.
const WORDS: usize = 200;

/// Looks at rows.
pub struct Looking<'s> {
    statuses: &'s Statuses,
    order_rows: OrderRows,
    /// By the cells of the header, once there was a row.
    pub samples: Vec<Samples>,
    /// Rows that are read.
    pub rows: u64,
    /// Rows that are left out, by the column and the value.
    pub left_out: BTreeMap<(String, String), u64>,
    /// By our columns.
    pub sums: Vec<Money>,
    pub words: Words,
    /// Of the row that is read, where it is one of orders.
    amount: Amount,
    refund: Option<Amount>,
}

impl Looking<'_> {
    pub fn by(statuses: &Statuses, order_rows: OrderRows) -> Looking<'_> {
        Looking {
            statuses,
            order_rows,
            samples: Vec::new(),
            rows: 0,
            left_out: BTreeMap::new(),
            sums: Vec::new(),
            words: Words::new(),
            amount: Amount::ZERO,
            refund: None,
        }
    }

    fn is_left_out(&mut self, row: &Row) -> bool {
        let Some(manner) = &row.layout.manner else { return false };
        let by_profile = manner.leaves_out(&row.record, &|column| row.layout.cell_of(column));
        let by_table = match row.layout.schema.table {
            TableName::Users if row.is_unnamed(users::USER_ID) => row.layout.cell_of(users::USER_ID),
            TableName::AdSpend
                if row.layout.channels().is_empty() && row.is_marked_empty(ad_spend::AMOUNT) =>
            {
                row.layout.cell_of(ad_spend::AMOUNT)
            }
            _ => None,
        };
        match by_profile.or(by_table.map(LeftOut::ByValue)) {
            None => false,
            Some(LeftOut::Silently) => true,
            Some(LeftOut::ByValue(cell)) => {
                let name = row.layout.name(cell);
                let value = String::from_utf8_lossy(bare(row.record.cell(cell))).into_owned();
                let value = masked(&value, under(&name, None));
                *self.left_out.entry((name, value)).or_default() += 1;
                true
            }
        }
    }

    fn take_samples(&mut self, row: &Row) {
        let layout = row.layout;
        if self.samples.is_empty() {
            self.samples = samples_of(layout);
        }
        for (i, samples) in self.samples.iter_mut().enumerate() {
            if samples.values.len() < SAMPLES && i < row.record.spans.len() {
                let cell = row.record.cell(i);
                samples.take(layout.manner.as_ref().map_or(bare(cell), |manner| bare(manner.text(cell))));
            }
        }
    }

    fn read(&mut self, row: &mut Row, column: usize) {
        let schema = row.layout.schema;
        let (table, kind) = (schema.table, row.layout.kind_of(column));
        let spec = schema.columns.get(column);
        let name = spec.map_or("", |s| s.name);
        // Orders may have no user, those that are not paid no date, and refunds in a bill no amount.
        let may_lack = matches!(
            (table, name),
            (TableName::Orders, "user_id" | "paid_at" | "quantity" | "unit_price")
                | (TableName::Bill, "amount")
        );
        let required = spec.is_some_and(|s| s.required) && !may_lack;
        match kind {
            Kind::Id => drop(row.id(column, required)),
            Kind::Money
                if (table, column) == (TableName::Orders, orders::AMOUNT)
                    && is_item(row, self.order_rows.amount_repeats) => {}
            Kind::Money if (table, column) == (TableName::Orders, orders::AMOUNT) => {
                if let Ok(amount) = amount(row, self.order_rows.refunds) {
                    self.amount = amount;
                    self.sums[column] += amount;
                }
            }
            Kind::Money => {
                let signed = table == TableName::Adjustments || self.order_rows.refunds;
                if let Ok(Some(amount)) = row.money(column, required, signed) {
                    if (table, column) == (TableName::Orders, orders::REFUND) {
                        self.refund = Some(amount);
                    }
                    self.sums[column] += amount;
                }
            }
            Kind::Date if required && matches!(table, TableName::TeamCost | TableName::OtherCost) => {
                let _ = row.day_or_month(column);
            }
            Kind::Date => {
                let may_come = matches!(name, "left_on" | "expires_at");
                let _ = row.stamp(column, required, may_come);
            }
            Kind::Text if (table, column) == (TableName::Orders, orders::STATUS) => self.status(row),
            Kind::Text => drop(row.text(column)),
        }
    }

    /// What further columns say was given back.
    fn after_sale(&mut self, row: &mut Row) {
        // Whatever is wrong with a row otherwise was told.
        match row.layout.schema.table {
            TableName::Orders if !row.bad => {
                let status = self.statuses.of(row, row.cell(orders::STATUS));
                let _ = after_sale::refund(row, self.refund, self.amount, status);
            }
            TableName::Refunds => drop(after_sale::check(row)),
            _ => {}
        }
    }

    fn status(&mut self, row: &mut Row) {
        let Ok(word) = row.text(orders::STATUS) else { return };
        if word.is_empty() {
            return;
        }
        let ours = self.statuses.of(row, word.as_bytes());
        let said = (word.to_string(), ours);
        if self.words.len() < WORDS || self.words.contains_key(&said) {
            *self.words.entry(said).or_default() += 1;
        }
        if ours.is_none() {
            let known = Status::NAMES.map(String::from).to_vec();
            row.error_with(Code::BadStatus, orders::STATUS, Detail::Expected(known));
        }
    }
}

/// A place for the values of each column of a file.
pub fn samples_of(layout: &Layout) -> Vec<Samples> {
    let ours =
        |i: usize| layout.column_at(i).map(|c| layout.schema.columns.get(c).map_or("amount", |s| s.name));
    (0..layout.cells()).map(|i| Samples::of(&layout.name(i), ours(i))).collect()
}

impl Worker for Looking<'_> {
    fn row(&mut self, row: &mut Row) {
        if self.is_left_out(row) {
            return;
        }
        self.rows += 1;
        let layout = row.layout;
        let columns = layout.channels().end;
        self.sums.resize(columns, Money::ZERO);
        self.take_samples(row);
        (self.amount, self.refund) = (Amount::ZERO, None);
        // An amount may be a price times a quantity.
        let is_priced = |c: &usize| {
            layout.schema.table == TableName::Orders && *c == orders::AMOUNT && layout.has(orders::UNIT_PRICE)
        };
        for column in (0..columns).filter(|c| layout.has(*c) || is_priced(c)) {
            self.read(row, column);
        }
        self.after_sale(row);
    }
}
