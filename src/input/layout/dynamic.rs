//! Columns that depend on the header and the settings: one for each channel, and prices in place of an amount.

use super::super::head::{Line, candidates};
use super::super::problem::{Code, Detail, Place, Problem, Problems};
use super::super::schema::{Kind, orders, schema};
use super::super::source::TableName;
use super::super::table::{Column, Env, Schema};
use super::{Layout, Mapping};
use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

impl Layout {
    /// Finds the columns of the channels, whose names end with `suffix`; `false` where there is none or one twice.
    pub(super) fn find_channels(
        &mut self,
        suffix: &str,
        header: Place,
        env: &Env,
        problems: &mut Problems,
    ) -> bool {
        if let Some(amount) = self.amount_of_long(env).filter(|_| suffix.is_empty()) {
            let place = Place { column: u32::try_from(amount + 1).ok(), ..header };
            problems.error(place, || Problem::new(Code::WideTable, place).column(self.name(amount)));
            return false;
        }
        let cells = &self.header;
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
            let detail = Detail::Missing { tried: vec![format!("…{suffix}")], near: None, like: None };
            let make = || Problem::new(Code::MissingColumn, header).column("channel").detail(detail);
            problems.error(header, make);
        }
        self.at.extend(channels.iter().map(|i| Some(*i)));
        good && !channels.is_empty()
    }

    /// The cell of the one amount of a row, where the header is known as that of a table with such rows.
    fn amount_of_long(&self, env: &Env) -> Option<usize> {
        let long = schema(TableName::AdSpend);
        let line = Line { at: 0, cells: self.header.clone() };
        let found = candidates(&line, self.dialect.delimiter, long, env).into_iter().find(|c| c.rank.0)?;
        let profile = found.profile.as_ref().map(|(profile, _)| &**profile);
        Mapping::of(long, &self.header, env, profile).at.get(long.amount?).copied().flatten()
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

    /// How many columns are read, those of channels too.
    pub fn width(&self) -> usize {
        self.at.len()
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
}

/// Is the column one of those whose product is an order's amount where none stands there?
pub fn is_price(schema: Schema, column: usize) -> bool {
    schema.table == TableName::Orders && [orders::QUANTITY, orders::UNIT_PRICE].contains(&column)
}
