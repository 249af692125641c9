//! Columns that depend on the header and the settings: one for each channel, and prices in place of an amount.

use super::super::field::trim;
use super::super::head::{Line, candidates};
use super::super::problem::{Code, Detail, Place, Problem, Problems};
use super::super::schema::{Kind, orders, schema};
use super::super::source::TableName;
use super::super::table::{Column, Env, Schema};
use super::super::totals::{Word, is_bare_word};
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
        let all = (0..cells.len()).filter(|i| self.column_at(*i).is_none() && is_channel(&cells[*i]));
        // 合计(分) is a total as 合计 is.
        let word = |i: usize| {
            let name = trim(&cells[i][..cells[i].len() - suffix.len()]);
            let (bare, unit) = super::parted(&String::from_utf8_lossy(name));
            is_bare_word(name).or_else(|| unit.and_then(|_| is_bare_word(bare.as_bytes())))
        };
        let (mut totals, mut channels): (Vec<usize>, Vec<usize>) = all.partition(|i| word(*i).is_some());
        // What is alone is no total of others.
        if channels.is_empty() {
            channels = std::mem::take(&mut totals);
        }
        let words: Vec<Word> = totals.iter().filter_map(|i| word(*i)).collect();
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
        // Totals have their units as channels have.
        let all = || channels.iter().chain(&totals);
        let fen = all().map(|i| super::unit_of(&self.header[*i]) == Some(super::Unit::Fen));
        self.fen.extend(fen.collect::<Vec<_>>());
        self.plain &= !self.has_fen();
        self.at.extend(all().map(|i| Some(*i)));
        self.totals = words;
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
        self.schema.columns.len()..self.at.len() - self.totals.len()
    }

    /// The columns of totals or averages over those of the channels, and what each is.
    pub fn totals(&self) -> impl Iterator<Item = (usize, Word)> + '_ {
        (self.channels().end..).zip(self.totals.iter().copied())
    }

    /// Is a cell read, as one of our columns or a channel's?
    pub(super) fn is_ours(&self, cell: usize) -> bool {
        let channels = self.channels();
        let (ours, totals) = (&self.at[..channels.start], &self.at[channels.end..]);
        // There may be many of the channels, and they stand in their order.
        let is_channel = self.at[channels].binary_search(&Some(cell)).is_ok();
        is_channel || ours.contains(&Some(cell)) || totals.contains(&Some(cell))
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
