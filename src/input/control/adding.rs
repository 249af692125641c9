//! What the rows of a file add up to: all of them, up to each row of totals, and by days.

use crate::input::aside::{bare, means_nothing};
use crate::input::chunks::Worker;
use crate::input::field::date;
use crate::input::field::money::{MoneyError, Read};
use crate::input::layout::Layout;
use crate::input::schema::orders::ORDER_ID;
use crate::input::source::TableName;
use crate::input::table::{Env, Row};
use scrm_core::money::Money;
use scrm_core::spread::CostDate;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What is to be added up.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Cells of amounts, in their order.
    pub cells: Vec<usize>,
    /// Cells whose filled ones are counted.
    pub counts: Vec<usize>,
    /// The lines up to which sums are kept, in their order.
    pub lines: Vec<u64>,
    /// The days and months whose rows are added up.
    pub dates: Vec<CostDate>,
}

/// A sum of amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub sum: Money,
    /// So many of them had more decimals than are kept.
    rounded: i128,
    /// Some cell was no amount.
    pub is_no_amount: bool,
}

impl Sum {
    pub fn add(&mut self, read: Result<Read, MoneyError>) {
        match read {
            Ok(read) => {
                self.sum += read.amount;
                self.rounded += i128::from(read.rounded);
            }
            Err(_) => self.is_no_amount = true,
        }
    }

    fn less(self, from: Sum) -> Sum {
        let is_no_amount = self.is_no_amount;
        Sum { sum: self.sum - from.sum, rounded: self.rounded - from.rounded, is_no_amount }
    }

    /// Is it what a total says, that is written so, perhaps in fen? A total has as many decimals as it is written with,
    /// though no fewer than two of a yuan; and each amount that was rounded may be off by half a unit of the last decimal
    /// that is kept.
    pub fn is(&self, stated: Read, text: &[u8], is_fen: bool) -> bool {
        let (stated_units, ours) = (i128::from(stated.amount.0), self.sum.0);
        let decimals =
            text.iter().rev().skip_while(|b| !b.is_ascii_digit()).take_while(|b| b.is_ascii_digit());
        let has_point = text.iter().any(|b| matches!(b, b'.' | b','));
        let decimals = if has_point { decimals.count() } else { 0 };
        let unit = match if is_fen { decimals + 2 } else { decimals } {
            0..=2 => 100,
            3 => 10,
            _ => 1,
        };
        // Half up, that is away from zero.
        let at_unit = (ours.abs() + unit / 2) / unit * unit * ours.signum();
        let slack = self.rounded + i128::from(stated.rounded);
        stated_units == ours || stated_units == at_unit || (stated_units - ours).abs() * 2 <= slack
    }
}

/// What some rows add up to.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    pub rows: u64,
    /// Of the amounts; of a table with a column for each channel, of all of them.
    pub amount: Sum,
    /// By the cells that are wanted.
    pub cells: Vec<Sum>,
}

impl Sums {
    /// What rows add that came since.
    pub fn less(&self, from: &Sums) -> Sums {
        let of = |i: usize| from.cells.get(i).copied().unwrap_or_default();
        let cells = self.cells.iter().enumerate().map(|(i, sum)| sum.less(of(i)));
        Sums { rows: self.rows - from.rows, amount: self.amount.less(from.amount), cells: cells.collect() }
    }

    fn add(&mut self, amount: Sum, cells: &[Option<Result<Read, MoneyError>>]) {
        self.rows += 1;
        self.amount.sum += amount.sum;
        self.amount.rounded += amount.rounded;
        self.cells.resize(cells.len(), Sum::default());
        for (sum, read) in self.cells.iter_mut().zip(cells) {
            if let Some(read) = read {
                sum.add(*read);
            }
        }
    }
}

/// What stands in the cells of a column that holds no amounts.
#[derive(Debug, Default)]
pub struct Counted {
    pub filled: u64,
    different: HashSet<u64>,
}

impl Counted {
    pub fn different(&self) -> u64 {
        self.different.len() as u64
    }
}

/// Adds up the rows of a file.
#[derive(Debug, Default)]
pub struct Adding {
    pub wanted: Wanted,
    pub all: Sums,
    pub first: Option<u64>,
    pub last: u64,
    /// What the rows before each of the wanted lines add up to.
    pub before: Vec<Sums>,
    by_date: HashMap<CostDate, Sums>,
    pub counts: Vec<Counted>,
    /// The amounts of orders, each once, where they repeat on the rows of one.
    pub once: Option<Sum>,
    orders: HashSet<u64>,
    columns: Columns,
}

/// Where the amounts and the dates are.
#[derive(Debug, Default)]
struct Columns {
    amounts: Vec<usize>,
    date: Option<usize>,
}

fn hash(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl Adding {
    pub fn new(wanted: Wanted, layout: &Layout, env: &Env) -> Adding {
        let of_table = layout.schema.amount.filter(|column| layout.cell_of(*column).is_some());
        let amounts = of_table.into_iter().chain(layout.channels()).collect();
        let date = layout.schema.date.and_then(|column| layout.cell_of(column));
        let by_profile = layout.profile().is_some_and(|p| p.order_amount_repeats == Some(true));
        let repeats = layout.schema.table == TableName::Orders && (env.amount_repeats || by_profile);
        let counts = wanted.counts.iter().map(|_| Counted::default()).collect();
        let by_date = wanted.dates.iter().map(|date| (*date, Sums::default())).collect();
        let columns = Columns { amounts, date };
        Adding { wanted, by_date, counts, once: repeats.then(Sum::default), columns, ..Adding::default() }
    }

    /// Has the table amounts, so that a total of it can be compared?
    pub fn has_amount(&self) -> bool {
        !self.columns.amounts.is_empty()
    }

    /// What the rows of a day or a month add up to.
    pub fn of_day(&self, date: CostDate) -> Option<&Sums> {
        self.by_date.get(&date)
    }

    /// The sum of a cell's column.
    pub fn sum_of(&self, sums: &Sums, cell: usize) -> Option<Sum> {
        let at = self.wanted.cells.binary_search(&cell).ok()?;
        Some(sums.cells.get(at).copied().unwrap_or_default())
    }

    pub fn counted(&self, cell: usize) -> Option<&Counted> {
        self.counts.get(self.wanted.counts.iter().position(|c| *c == cell)?)
    }

    /// All rows were met.
    pub fn finished(mut self) -> Adding {
        self.before.resize(self.wanted.lines.len(), self.all.clone());
        self
    }

    fn count(&mut self, row: &Row) {
        for (count, cell) in self.counts.iter_mut().zip(&self.wanted.counts) {
            let text = if *cell < row.record.spans.len() { bare(row.record.cell(*cell)) } else { b"" };
            if !means_nothing(text) {
                count.filled += 1;
                count.different.insert(hash(text));
            }
        }
    }
}

/// The amount in a cell; `None` where nothing stands there.
fn amount(row: &Row, cell: usize) -> Option<Result<Read, MoneyError>> {
    let layout = row.layout;
    if let Some(column) = layout.column_at(cell).filter(|column| layout.is_money(*column)) {
        return of_column(row, column);
    }
    let text = if cell < row.record.spans.len() { bare(row.record.cell(cell)) } else { b"" };
    let text = layout.manner.as_ref().map_or(text, |manner| bare(manner.text(text)));
    (!means_nothing(text)).then(|| row.env.money(text))
}

/// The amount of a column of ours: what is wrong with a cell was told before, and its sign is its own.
fn of_column(row: &Row, column: usize) -> Option<Result<Read, MoneyError>> {
    let text = row.cell(column);
    (!text.is_empty()).then(|| row.amount(column, text))
}

impl Worker for Adding {
    fn row(&mut self, row: &mut Row) {
        let line = row.record.line;
        while self.wanted.lines.get(self.before.len()).is_some_and(|wanted| *wanted < line) {
            self.before.push(self.all.clone());
        }
        self.first.get_or_insert(line);
        self.last = line;
        let mut amounts = Sum::default();
        for column in &self.columns.amounts {
            if let Some(read) = of_column(row, *column) {
                amounts.add(read);
            }
        }
        let cells: Vec<_> = self.wanted.cells.iter().map(|cell| amount(row, *cell)).collect();
        self.all.add(amounts, &cells);
        if !self.by_date.is_empty()
            && let Some(cell) = self.columns.date.filter(|cell| *cell < row.record.spans.len())
            && let Ok(date) =
                date::day_or_month(bare(row.record.cell(cell)), &row.env.zone, row.env.date_order)
            && let Some(sums) = self.by_date.get_mut(&date)
        {
            sums.add(amounts, &cells);
        }
        if let Some(once) = &mut self.once
            && self.orders.insert(hash(row.cell(ORDER_ID)))
        {
            once.sum += amounts.sum;
            once.rounded += amounts.rounded;
        }
        self.count(row);
    }
}
