//! Columns that depend on the header and the settings: one for each channel, and prices in place of an amount.

use super::super::problem::{Code, Detail, Place, Problem, Problems};
use super::super::schema::{Kind, orders};
use super::super::source::TableName;
use super::{Column, Env, Layout, Schema, names_of};
use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

impl Layout {
    /// Finds the columns of the channels, whose names end with `suffix`; `false` where there is none or one twice.
    pub(super) fn find_channels(
        &mut self,
        cells: &[Vec<u8>],
        suffix: &str,
        header: Place,
        problems: &mut Problems,
    ) -> bool {
        let is_channel = |cell: &[u8]| cell.len() > suffix.len() && cell.ends_with(suffix.as_bytes());
        let channels: Vec<usize> =
            (0..cells.len()).filter(|i| self.column_at(*i).is_none() && is_channel(&cells[*i])).collect();
        let (mut good, mut met) = (true, HashSet::new());
        for &i in &channels {
            if !met.insert(&cells[i]) {
                let place = Place { column: u32::try_from(i + 1).ok(), ..header };
                let name = String::from_utf8_lossy(&cells[i]).into_owned();
                problems.error(place, || Problem::new(Code::DuplicateColumn, place).column(name));
                good = false;
            }
        }
        if channels.is_empty() {
            let detail = Detail::Missing { tried: vec![format!("…{suffix}")], near: None };
            let make = || Problem::new(Code::MissingColumn, header).column("channel").detail(detail);
            problems.error(header, make);
        }
        self.at.extend(channels.iter().map(|i| Some(*i)));
        good && !channels.is_empty()
    }

    /// The columns of the channels, where each has its own.
    pub fn channels(&self) -> Range<usize> {
        self.schema.columns.len()..self.at.len()
    }

    /// Is a cell read, as one of our columns or a channel's?
    pub(super) fn is_ours(&self, cell: usize) -> bool {
        let (ours, channels) = self.at.split_at(self.schema.columns.len());
        // There may be many of these, and they stand in their order.
        ours.contains(&Some(cell)) || channels.binary_search(&Some(cell)).is_ok()
    }

    /// The name of a column: ours, or that of a channel's as it stands in the header.
    pub fn name_of(&self, column: usize) -> Cow<'_, str> {
        match (self.schema.columns.get(column), self.at[column]) {
            (Some(column), _) => column.name.into(),
            (None, Some(cell)) => String::from_utf8_lossy(&self.header[cell]),
            (None, None) => Cow::default(),
        }
    }

    /// What stands in a column: money in a channel's.
    pub fn kind_of(&self, column: usize) -> Kind {
        self.schema.columns.get(column).map_or(Kind::Money, Column::kind)
    }

    /// Is the column the amount of orders that have prices in its place?
    pub(super) fn is_priced(&self, column: usize) -> bool {
        let has_prices = || [orders::QUANTITY, orders::UNIT_PRICE].iter().all(|price| self.has(*price));
        self.schema.table == TableName::Orders && column == orders::AMOUNT && has_prices()
    }

    /// Has a header all columns that a table must have?
    pub fn fits(schema: Schema, header: &[String], env: &Env) -> bool {
        let is_there = |column: &Column| {
            let names = names_of(schema.table, column, &env.column_names);
            names.iter().any(|n| !n.is_empty() && header.contains(n))
        };
        let mut all = schema.columns.iter().enumerate().filter(|(_, column)| column.required);
        all.all(|(at, column)| {
            let mut prices = schema.columns.iter().enumerate().filter(|(n, _)| is_price(schema, *n));
            let may_be_priced = schema.table == TableName::Orders && at == orders::AMOUNT;
            is_there(column) || may_be_priced && prices.all(|(_, price)| is_there(price))
        })
    }
}

/// Is the column one of those whose product is an order's amount where none stands there?
pub(super) fn is_price(schema: Schema, column: usize) -> bool {
    schema.table == TableName::Orders && [orders::QUANTITY, orders::UNIT_PRICE].contains(&column)
}
