//! Where a header becomes columns: which cell holds which column of ours.
//!
//! Our own names win, byte for byte as they stand; then those of the settings; then those of a profile, which are
//! compared as [`fold`] makes them.

mod dynamic;

use super::aside::Aside;
use super::beside_ours::{self, Says};
use super::encoding::Encoding;
use super::field::money::Read;
use super::field::{date, trim};
use super::manner::Manner;
use super::problem::{Code, Detail, FileNo, Like, Place, Problem, Problems};
use super::profile::{Names, Profile, Share, fold};
use super::schema::{Kind, ad_spend, orders, referrals};
use super::source::{Part, TableName};
use super::split::Record;
use super::table::{Column, ColumnNames, Env, Schema, damaged};
use super::totals::{Word, may_say};
use super::unit::{Stated, Unit, in_brackets, parted, scale};
use super::workbook::Merged;
pub use dynamic::is_price;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    pub encoding: Encoding,
    /// Only the file's beginning was looked at, and it was ASCII or UTF-8.
    pub presumed: bool,
    pub delimiter: u8,
}

/// How the header of a file was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The line of the header.
    pub line: u64,
    /// Lines before it and under it that are no rows.
    pub before: u64,
    pub under: u64,
    /// As many rows are there, as a line before the header says: the number, and the line.
    pub promised: Option<(u64, u64)>,
    /// Totals that stand before the header.
    pub totals: Vec<Aside>,
    /// The line from which on rows may stand.
    pub rows_from: u64,
    /// What it is read by, and the share of its headers that are there.
    pub profile: Option<(Arc<Profile>, Share)>,
}

/// Where a file has our columns.
#[derive(Clone, Debug)]
pub struct Layout {
    pub file: FileNo,
    /// The line of the header.
    pub line: u64,
    pub dialect: Dialect,
    pub schema: Schema,
    pub found: Found,
    /// How its cells are read, where that is not the common way.
    pub manner: Option<Box<Manner>>,
    /// Is it another's export, whose rows may be followed by what is none?
    pub is_foreign: bool,
    /// The header's cells, trimmed.
    header: Vec<Vec<u8>>,
    /// Our column → the cell it stands in. Behind the columns of the schema stand those of the channels, where each has
    /// its own.
    at: Vec<Option<usize>>,
    /// The last of these are no channels, but totals of them: what the name of each is a word for.
    totals: Vec<Word>,
    /// Cells of a sheet that are shown as one.
    pub merged: Vec<Merged>,
    /// The cell by which a repeated header is first told from a row.
    probe: usize,
    /// Where rows are told from totals: the cell of a date, which begins with a digit.
    dated: Option<usize>,
    /// Of each column of amounts, whether it is in hundredths of a yuan.
    fen: Vec<bool>,
    /// How far back in a profile's order the header of each column stands.
    ranks: Vec<u8>,
    /// Cells that must say the same as those of our columns.
    rivals: Vec<(usize, usize)>,
    /// Cells that are in none of our columns, and yet say something of a row's amounts or people.
    beside_ours: Vec<(usize, Says)>,
    refund_is_of_order: bool,
    /// Its rows may be read at a glance, where they are plain.
    pub plain: bool,
    /// No row is told at a glance: some may be left out, or totals that only a word tells from rows.
    looks_closely: bool,
}

/// Which cell holds which column of ours.
#[derive(Debug, Default)]
pub struct Mapping {
    pub at: Vec<Option<usize>>,
    /// Further cells of it, of which the first that is filled holds the value.
    pub also: Vec<Vec<usize>>,
    /// Cells that name a column once more, with the name.
    pub again: Vec<(usize, String)>,
    /// Columns of ours with further cells, whose headers mean the same as that of the cell in which they stand.
    pub rivals: Vec<(usize, usize)>,
    /// How far back in a profile's order the header of each column stands; 0 of our own names.
    pub ranks: Vec<u8>,
    /// Some column stands under a name that is not ours.
    pub is_foreign: bool,
}

impl Mapping {
    fn new(columns: usize) -> Mapping {
        let (at, also) = (vec![None; columns], vec![Vec::new(); columns]);
        Mapping { at, also, ranks: vec![0; columns], ..Mapping::default() }
    }

    /// Maps the cells of a header.
    pub fn of(schema: Schema, header: &[Vec<u8>], env: &Env, profile: Option<&Profile>) -> Mapping {
        let count = schema.columns.len();
        let mut mapping = Mapping::new(count);
        for (column, spec) in schema.columns.iter().enumerate() {
            if mapping.is_needless_price(schema, column, env) {
                continue;
            }
            let names = names_of(schema.table, spec, &env.column_names);
            let in_unit = has_unit(spec);
            let same =
                |cell: &[u8], name: &str| cell == name.as_bytes() || in_unit && bare(cell) == Some(name);
            let exact = |name: &&String| header.iter().any(|cell| cell == name.as_bytes());
            let is_there = |name: &&String| header.iter().any(|cell| same(cell, name));
            let given = || names.iter().filter(|n| !n.is_empty());
            let Some(name) = given().find(exact).or_else(|| given().find(is_there)) else { continue };
            let is_exact = exact(&name);
            let is_one = |c: &[u8]| if is_exact { c == name.as_bytes() } else { same(c, name) };
            let mut places = header.iter().enumerate().filter(|(_, c)| is_one(c)).map(|(i, _)| i);
            mapping.at[column] = places.next();
            mapping.again.extend(places.map(|again| (again, name.clone())));
            mapping.is_foreign |= name != spec.name;
        }
        if let Some(profile) = profile {
            let folded = folded(header);
            for column in 0..count {
                if mapping.at[column].is_none() && !mapping.is_needless_price(schema, column, env) {
                    mapping.add(column, &profile.columns[column], profile.first_filled[column], &folded);
                    mapping.part(column, schema, &profile.columns[column], header, &folded);
                }
            }
            mapping.is_foreign = true;
        } else {
            mapping.find_wide_date(schema, header, env);
        }
        mapping
    }

    /// Where each channel has a column, no profile knows the header, but all know what dates are called. What has dates
    /// itself is no header: `统计时间,2026-03-01`.
    fn find_wide_date(&mut self, schema: Schema, header: &[Vec<u8>], env: &Env) {
        let is_wide = schema.table == TableName::AdSpend && schema.amount.is_none();
        let is_named = || env.column_names.contains_key(&(schema.table, schema.columns[0].name.to_string()));
        if !is_wide || self.at[0].is_some() || is_named() {
            return;
        }
        if header.iter().any(|cell| date::stamp(cell, &TimeZone::UTC).is_ok()) {
            return;
        }
        let folded = folded(header);
        for profile in env.profiles.of_table(schema.table).filter(|p| p.generic) {
            self.add(0, &profile.columns[ad_spend::DATE], false, &folded);
            if self.at[0].is_some() {
                self.is_foreign = true;
                return;
            }
        }
    }

    /// Maps one column by the names of a profile, among cells that hold none of ours.
    fn add(&mut self, column: usize, names: &Names, first_filled: bool, folded: &[String]) {
        let free = |i: &usize| !self.at.contains(&Some(*i));
        let places = |name: &String| {
            (0..folded.len()).filter(|i| folded[*i] == *name).filter(free).collect::<Vec<_>>()
        };
        let found = names.folded.iter().zip(&names.written).map(|(name, written)| (places(name), written));
        let mut found = found.filter(|(places, _)| !places.is_empty());
        if first_filled {
            // In the order of the names, and those of one name in that of the header.
            let all: Vec<usize> = found.flat_map(|(places, _)| places).collect();
            if let Some((first, rest)) = all.split_first() {
                (self.at[column], self.also[column]) = (Some(*first), rest.to_vec());
            }
        } else if let Some((places, written)) = found.next() {
            self.at[column] = Some(places[0]);
            self.again.extend(places[1..].iter().map(|again| (*again, written.clone())));
        }
    }

    /// Finds the other headers of a column of amounts that mean the same: those of one rank, and the same in another unit.
    fn part(&mut self, column: usize, schema: Schema, names: &Names, header: &[Vec<u8>], folded: &[String]) {
        let Some(at) = self.at[column].filter(|_| self.also[column].is_empty()) else { return };
        let rank_of = |cell: usize| {
            let name = names.folded.iter().position(|name| *name == folded[cell])?;
            Some(names.ranks[name])
        };
        let Some(rank) = rank_of(at) else { return };
        self.ranks[column] = rank;
        if !has_unit(&schema.columns[column]) {
            return;
        }
        self.again.retain(|(cell, _)| folded[*cell] != folded[at] || header[*cell] == header[at]);
        let is_again = |cell: &usize| self.again.iter().any(|(again, _)| again == cell);
        let is_rival = |cell: &usize| *cell != at && rank_of(*cell) == Some(rank) && !is_again(cell);
        let free = |cell: &usize| !self.at.contains(&Some(*cell));
        let rivals = (0..folded.len()).filter(is_rival).filter(free).map(|cell| (column, cell));
        self.rivals.extend(rivals.collect::<Vec<_>>());
    }

    /// The referrals that a table of orders holds: the order, and its distributor by the profile.
    fn referrals(of: &Layout, profile: &Profile) -> Option<Mapping> {
        let count = referrals::SCHEMA.columns.len();
        let mut mapping = Mapping { is_foreign: true, ..Mapping::new(count) };
        mapping.at[referrals::ORDER_ID] = of.at[orders::ORDER_ID];
        let also = of.manner.as_ref().map(|m| m.also(orders::ORDER_ID).to_vec());
        mapping.also[referrals::ORDER_ID] = also.unwrap_or_default();
        let referrer = profile.referrals.as_ref()?;
        mapping.add(referrals::DISTRIBUTOR_ID, &referrer.column, referrer.first_filled, &folded(&of.header));
        let is_whole =
            mapping.at[referrals::ORDER_ID].is_some() && mapping.at[referrals::DISTRIBUTOR_ID].is_some();
        is_whole.then_some(mapping)
    }

    /// Where an amount stands, prices are columns like others that nobody reads.
    fn is_needless_price(&self, schema: Schema, column: usize, env: &Env) -> bool {
        is_price(schema, column) && self.at[orders::AMOUNT].is_some() && !env.amount_repeats
    }

    /// Is the column the amount of orders that have prices in its place?
    fn is_priced(&self, schema: Schema, column: usize) -> bool {
        let prices = [orders::QUANTITY, orders::UNIT_PRICE];
        schema.table == TableName::Orders
            && column == orders::AMOUNT
            && prices.iter().all(|price| self.at[*price].is_some())
    }

    /// Our columns that must be there and are not.
    pub fn missing(&self, schema: Schema, profile: Option<&Profile>) -> Vec<usize> {
        let constant = |c: usize| profile.is_some_and(|p| p.constants[c].is_some());
        let is_there = |c: usize| self.at[c].is_some() || constant(c) || self.is_priced(schema, c);
        let is_missing = |c: &usize| schema.columns[*c].required && !is_there(*c);
        (0..schema.columns.len()).filter(is_missing).collect()
    }
}

/// Is what stands in a column counted in a unit? Quantities are not.
fn has_unit(column: &Column) -> bool {
    column.kind() == Kind::Money && column.name != "quantity"
}

/// The unit that a header says.
fn unit_of(header: &[u8]) -> Option<Unit> {
    parted(&String::from_utf8_lossy(header)).1
}

/// A header without the unit in brackets behind it.
fn bare(header: &[u8]) -> Option<&str> {
    std::str::from_utf8(header).ok().and_then(in_brackets).map(|(name, _)| name)
}

/// An amount of fen in yuan, half up, that is away from zero.
pub fn hundredth(mut read: Read) -> Read {
    let units = read.amount.0;
    read.rounded |= units % 100 != 0;
    read.amount.0 = (units + 50 * units.signum()) / 100;
    read
}

/// The names of a header as profiles compare them.
pub fn folded(header: &[Vec<u8>]) -> Vec<String> {
    header.iter().map(|cell| fold(&String::from_utf8_lossy(cell))).collect()
}

/// A header that was looked for, with the profile it is read by, if any.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    pub profile: Option<(Arc<Profile>, Share)>,
    /// Nothing fits; this is the most like it.
    pub like: Option<Like>,
}

impl Layout {
    /// Finds our columns in a header. Problems of the header are added; `None` where its rows cannot be read.
    pub fn find(
        schema: Schema,
        part: &Part,
        dialect: Dialect,
        header: &Record,
        choice: Choice,
        env: &Env,
        problems: &mut Problems,
    ) -> Option<Layout> {
        let cells: Vec<Vec<u8>> = (0..header.spans.len()).map(|i| trim(header.cell(i)).to_vec()).collect();
        let place = Place::line(part.number, header.line);
        if let Some(delimiter) = other_delimiter(&cells, dialect.delimiter) {
            let detail = Detail::Delimiter(delimiter);
            problems.error(place, || Problem::new(Code::Delimiter, place).value(&cells[0]).detail(detail));
            return None;
        }
        let profile = choice.profile.as_ref().map(|(profile, _)| &**profile);
        let mapping = Mapping::of(schema, &cells, env, profile);
        let mut good = refuse(schema, &cells, &mapping, &choice, place, env, problems);
        let found = Found { line: header.line, profile: choice.profile.clone(), ..Found::default() };
        let mut layout = Layout::made(schema, part.number, dialect, cells, mapping, found);
        if let Some(suffix) = env.wide_spend.as_deref().filter(|_| schema.table == TableName::AdSpend) {
            good &= layout.find_channels(suffix, place, env, problems);
        }
        good.then_some(layout)
    }

    fn made(
        schema: Schema,
        file: FileNo,
        dialect: Dialect,
        header: Vec<Vec<u8>>,
        mapping: Mapping,
        found: Found,
    ) -> Layout {
        let profile = found.profile.as_ref().map(|(profile, _)| profile.clone());
        let made = |p| Box::new(Manner::new(p, schema, &header, mapping.also.clone()));
        let manner = profile.map(made);
        let is_in_fen = manner.as_ref().is_some_and(|m| m.is_in_fen());
        let fen = |(column, at): (&Column, &Option<usize>)| {
            has_unit(column)
                && at.and_then(|cell| unit_of(&header[cell])).map_or(is_in_fen, |u| u == Unit::Fen)
        };
        let fen: Vec<bool> = schema.columns.iter().zip(&mapping.at).map(fen).collect();
        let is_export = manner.is_some();
        let of_order = manner.as_ref().map_or(&[][..], |m| &m.profile.order_refund);
        let refund_is_of_order = schema.table == TableName::Orders
            && mapping.at[orders::REFUND].is_some_and(|at| of_order.contains(&folded(&header)[at]));
        let beside_ours = beside_ours::find(schema, &folded(&header), &mapping, is_export);
        let is_checked = beside_ours.iter().any(|(_, says)| *says != Says::Standing);
        let is_plain = !fen.contains(&true) && mapping.rivals.is_empty() && !is_checked;
        Layout {
            file,
            line: found.line,
            dialect,
            schema,
            probe: mapping.at.iter().flatten().copied().next().unwrap_or(0),
            dated: None,
            is_foreign: mapping.is_foreign,
            at: mapping.at,
            totals: Vec::new(),
            merged: Vec::new(),
            plain: is_plain && manner.as_ref().is_none_or(|m| m.is_plain()),
            fen,
            ranks: mapping.ranks,
            rivals: mapping.rivals,
            looks_closely: is_checked || manner.as_ref().is_some_and(|m| m.is_filter()),
            beside_ours,
            refund_is_of_order,
            manner,
            found,
            header,
        }
    }

    /// The layout of the referrals that a file of orders holds, where it holds any.
    pub fn of_referrals(&self) -> Option<Layout> {
        let profile = &self.found.profile.as_ref()?.0;
        let mapping = Mapping::referrals(self, profile)?;
        let (header, found) = (self.header.clone(), self.found.clone());
        let mut layout = Layout::made(referrals::SCHEMA, self.file, self.dialect, header, mapping, found);
        if let Some(manner) = &mut layout.manner {
            manner.only_filled = Some(referrals::DISTRIBUTOR_ID);
            layout.looks_closely = true;
        }
        Some(layout)
    }

    /// Are its rows those of another table?
    pub fn is_derived(&self) -> bool {
        self.manner.as_ref().is_some_and(|m| m.only_filled.is_some())
    }

    /// Takes what stands between the header and the rows, and how long these are.
    pub fn settle(&mut self, found: Found, cells: Option<usize>) {
        self.is_foreign |= found.before > 0;
        self.found = found;
        // Without ids a total that has a date looks like a row.
        self.looks_closely |= !self.schema.has_ids();
        if self.is_foreign {
            let columns = self.schema.columns;
            let is_dated = |c: &usize| columns[*c].required && columns[*c].kind() == Kind::Date;
            self.dated = (0..columns.len()).find(is_dated).and_then(|c| self.at[c]);
            // Where rows have more cells than the header, which are empty, or fewer than one whose last names are.
            let cells = cells.unwrap_or(self.header.len());
            let named = self.header.iter().rposition(|name| !name.is_empty()).map_or(0, |i| i + 1);
            self.header.resize(cells.max(named), Vec::new());
        }
    }

    /// Has a header all columns that a table must have, under our names or those of the settings?
    pub fn fits(schema: Schema, header: &[Vec<u8>], env: &Env) -> bool {
        Mapping::of(schema, header, env, None).missing(schema, None).is_empty()
    }

    /// The profile by which its words are read.
    pub fn profile(&self) -> Option<&Profile> {
        self.manner.as_ref().map(|m| &*m.profile)
    }

    /// An amount as it is written, in yuan.
    pub fn in_yuan(&self, column: usize, read: Read) -> Read {
        if self.is_fen(column) { hundredth(read) } else { read }
    }

    /// Are the amounts of a column in hundredths of a yuan?
    pub fn is_fen(&self, column: usize) -> bool {
        self.fen.get(column) == Some(&true)
    }

    /// Are the amounts of the table, where it has a column for each channel all of them?
    pub fn amounts_are_fen(&self) -> bool {
        let all = || self.schema.amount.into_iter().chain(self.channels());
        all().next().is_some() && all().all(|column| self.is_fen(column))
    }

    /// The unit that the header of a cell says.
    pub fn unit_at(&self, cell: usize) -> Option<Unit> {
        unit_of(self.header.get(cell)?)
    }

    /// Takes the unit in which all amounts are whose headers say none, and finds the columns in a unit that is not read.
    pub fn take_unit(&mut self, stated: Option<Stated>) -> Vec<(usize, &'static str)> {
        let mut refused = Vec::new();
        for (column, at) in self.at.iter().enumerate() {
            let Some(cell) = at.filter(|_| self.schema.columns.get(column).is_none_or(has_unit)) else {
                continue;
            };
            let own = scale(&String::from_utf8_lossy(&self.header[cell]));
            match (own, unit_of(&self.header[cell]), stated) {
                (Some(word), ..) | (None, None, Some(Stated::Scale(word))) => refused.push((cell, word)),
                (None, None, Some(Stated::In(unit))) => self.fen[column] = unit == Unit::Fen,
                _ => {}
            }
        }
        self.plain &= !self.has_fen();
        refused
    }

    /// Is some column of amounts in another unit than yuan?
    pub fn has_fen(&self) -> bool {
        self.fen.contains(&true)
    }

    /// Of all that a profile knows for a column, has the file the header that it tries first?
    pub fn is_first(&self, column: usize) -> bool {
        self.ranks[column] == 0
    }

    /// Is what was given back that of the whole order, on each of its lines?
    pub fn refund_is_of_order(&self) -> bool {
        self.refund_is_of_order
    }

    /// The cells that must say the same as that of a column.
    pub fn rivals(&self, column: usize) -> impl Iterator<Item = usize> + '_ {
        self.rivals.iter().filter(move |(of, _)| *of == column).map(|(_, cell)| *cell)
    }

    /// An amount in a rival's cell, by the unit of its own header.
    pub fn rival_in_yuan(&self, cell: usize, read: Read) -> Read {
        let by_profile = self.manner.as_ref().is_some_and(|m| m.is_in_fen());
        let is_fen = unit_of(&self.header[cell]).map_or(by_profile, |unit| unit == Unit::Fen);
        if is_fen { hundredth(read) } else { read }
    }

    /// Cells that are in none of our columns, and yet say something of a row's amounts or people.
    pub fn beside_ours(&self) -> &[(usize, Says)] {
        &self.beside_ours
    }

    /// The column of ours that stands in a cell.
    pub fn column_at(&self, cell: usize) -> Option<usize> {
        let also = |c: &usize| self.manner.as_ref().is_some_and(|m| m.also(*c).contains(&cell));
        (0..self.at.len()).find(|c| self.at[*c] == Some(cell) || also(c))
    }

    /// Is a cell looked at, whatever for?
    pub fn reads(&self, cell: usize) -> bool {
        self.is_ours(cell)
            || self.beside_ours.iter().any(|(beside, _)| *beside == cell)
            || self.rivals.iter().any(|(_, rival)| *rival == cell)
            || self.manner.as_ref().is_some_and(|m| m.reads(cell))
    }

    /// Does the file have this column of ours?
    pub fn has(&self, column: usize) -> bool {
        self.at[column].is_some() || self.manner.as_ref().is_some_and(|m| m.constant(column).is_some())
    }

    /// Has it this column, and is that one of amounts?
    pub fn is_money(&self, column: usize) -> bool {
        self.kind_of(column) == Kind::Money && self.at[column].is_some()
    }

    /// The cell by which a repeated header is first told from a row.
    pub fn probe(&self) -> usize {
        self.probe
    }

    pub fn cells(&self) -> usize {
        self.header.len()
    }

    /// The name in the header that is most like one looked for.
    pub fn nearest(&self, name: &str) -> Option<String> {
        nearest(name, &self.header)
    }

    /// The header's names, and which column of ours each is.
    pub fn named(&self) -> Vec<(String, Option<usize>)> {
        let ours = |i: usize| self.column_at(i);
        (0..self.header.len()).map(|i| (self.name(i), ours(i))).collect()
    }

    /// Our columns that are there, each with the names of the cells in which it stands, and those of after-sale statuses.
    pub fn columns(&self) -> Vec<(&'static str, Vec<String>)> {
        let also = |c: usize| self.manner.as_ref().map(|m| m.also(c).to_vec()).unwrap_or_default();
        let constant =
            |c: usize| self.manner.as_ref().and_then(|m| m.constant(c)).map(|text| format!("\"{text}\""));
        let names = |c: usize| match self.at[c] {
            Some(first) => [first].into_iter().chain(also(c)).map(|i| self.name(i)).collect(),
            None => constant(c).into_iter().collect(),
        };
        let after_sale = self.manner.as_ref().map_or(&[][..], |m| m.after_sale()).iter();
        let after_sale = ("after_sale", after_sale.map(|i| self.name(*i)).collect());
        let all = self.schema.columns.iter().enumerate().map(|(c, spec)| (spec.name, names(c)));
        all.chain([after_sale]).filter(|(_, names): &(_, Vec<String>)| !names.is_empty()).collect()
    }

    /// The name in a cell of the header.
    pub fn name(&self, cell: usize) -> String {
        self.header.get(cell).map(|name| String::from_utf8_lossy(name).into_owned()).unwrap_or_default()
    }

    /// Does a column's name say that months stand there?
    pub fn is_of_months(&self, column: usize) -> bool {
        let name = self.cell_of(column).map(|cell| fold(&self.name(cell))).unwrap_or_default();
        name == "month" || name.contains('月') && !name.contains(['日', '天'])
    }

    pub fn header(&self) -> &[Vec<u8>] {
        &self.header
    }

    /// Names in the header that are none of ours.
    pub fn unknown_columns(&self) -> Vec<String> {
        let names = (0..self.header.len()).filter(|i| !self.reads(*i) && !self.header[*i].is_empty());
        names.map(|i| self.name(i)).collect()
    }

    pub fn place(&self, line: u64, cell: Option<usize>) -> Place {
        Place { file: self.file, line: Some(line), column: cell.and_then(|c| u32::try_from(c + 1).ok()) }
    }

    /// What most records are: as many cells as the header, no quote, and the first byte of a cell of ours shows that
    /// it neither repeats the header nor is empty.
    #[inline]
    pub fn is_simple(&self, record: &Record) -> bool {
        record.simple
            && !self.looks_closely
            && record.cells == self.header.len()
            && self.tells_from_header(record.cell(self.probe))
            && self.tells_from_total(|cell| Some(record.cell(cell)))
            && self.dated.is_none_or(|cell| is_one_date(record.cell(cell)))
    }

    /// The cell in which a column of ours stands.
    #[inline]
    pub fn cell_of(&self, column: usize) -> Option<usize> {
        self.at[column]
    }

    /// Does the cell at the probe show at a glance that this is another row than the header, none of delimiters only,
    /// and no total? (Spaces, quotes, byte order marks and whatever else may stand before a name do not show it.)
    #[inline(always)]
    pub fn tells_from_header(&self, at_probe: &[u8]) -> bool {
        let first = at_probe.first().copied().unwrap_or(b' ');
        let name = &self.header[self.probe];
        first.is_ascii_alphanumeric()
            && (name.first() != Some(&first) || !at_probe.starts_with(name))
            && !may_say(at_probe)
    }

    /// Is a row told from the header and from a total by the number in one cell and the date in another?
    pub fn tells_from_others(&self, number: usize, date: usize) -> bool {
        let name = &self.header[self.probe];
        self.probe == number
            && !name.first().is_none_or(u8::is_ascii_digit)
            && self.dated.is_none_or(|at| at == date)
    }

    /// Does another's export show at a glance that a row is one, by its date?
    #[inline(always)]
    pub fn tells_from_total<'c>(&self, cell: impl Fn(usize) -> Option<&'c [u8]>) -> bool {
        match self.dated {
            None => true,
            Some(at) => cell(at).and_then(<[u8]>::first).is_some_and(u8::is_ascii_digit),
        }
    }

    /// Is a record the header again?
    pub fn repeats(&self, record: &Record) -> bool {
        let clean = |i: usize| {
            let cell = trim(record.cell(i));
            // Joined files bring their byte order mark along.
            if i == 0 { trim(cell.strip_prefix(BOM).unwrap_or(cell)) } else { cell }
        };
        clean(self.probe) == self.header[self.probe]
            && (0..self.header.len()).all(|i| clean(i) == self.header[i])
    }
}

/// Does a cell look like a date, and not like a period from one to another?
fn is_one_date(cell: &[u8]) -> bool {
    let is_plain = |b: &u8| b.is_ascii() && *b != b'~';
    let marks = cell.iter().filter(|b| matches!(b, b'-' | b'/' | b'.')).count();
    marks <= 2 && (cell.len() <= 10 || cell.contains(&b':')) && cell.iter().all(is_plain)
}

/// Notes what is wrong with a header; `true` where nothing is.
fn refuse(
    schema: Schema,
    cells: &[Vec<u8>],
    mapping: &Mapping,
    choice: &Choice,
    place: Place,
    env: &Env,
    problems: &mut Problems,
) -> bool {
    let at = |cell: usize| Place { column: u32::try_from(cell + 1).ok(), ..place };
    for (again, name) in &mapping.again {
        let place = at(*again);
        problems.error(place, || Problem::new(Code::DuplicateColumn, place).column(name.clone()));
    }
    let profile = choice.profile.as_ref().map(|(p, _)| &**p);
    let missing = mapping.missing(schema, profile);
    for column in &missing {
        let spec = &schema.columns[*column];
        let mut tried = names_of(schema.table, spec, &env.column_names);
        let near = nearest(&tried[0], cells);
        let others =
            profile.into_iter().flat_map(|p| &p.columns[*column].written).filter(|n| **n != tried[0]);
        tried.extend(others.take(TRIED).cloned().collect::<Vec<_>>());
        let like = choice.like.clone();
        problems.error(place, || {
            let p = Problem::new(Code::MissingColumn, place).column(spec.name);
            p.detail(Detail::Missing { tried, near, like })
        });
    }
    let good = missing.is_empty() && mapping.again.is_empty();
    // A header that is damaged says more than the columns that are missed by it.
    for (i, cell) in cells.iter().enumerate().filter(|_| !good) {
        if let Detail::Mojibake(how) = damaged(cell) {
            let detail = Detail::Mojibake(how);
            problems.error(at(i), || Problem::new(Code::Mojibake, at(i)).value(cell).detail(detail));
        }
    }
    good
}

/// So many names of a profile are shown.
const TRIED: usize = 4;

/// The byte order mark of UTF-8.
pub const BOM: &[u8] = "\u{feff}".as_bytes();

/// The names that stand for a column in a header: those of the settings, else its own. A header that the settings
/// give to another column is not also this one's.
fn names_of(table: TableName, column: &Column, given: &ColumnNames) -> Vec<String> {
    let key = (table, column.name.to_string());
    if let Some(names) = given.get(&key) {
        return names.clone();
    }
    let taken = given.iter().any(|((t, _), names)| *t == table && names.iter().any(|n| n == column.name));
    if taken { vec![String::new()] } else { vec![column.name.to_string()] }
}

/// The header under which a file with all columns of a table is read back.
pub fn header(schema: Schema, given: &ColumnNames) -> Vec<String> {
    let first = |c| names_of(schema.table, c, given).into_iter().next().unwrap_or_default();
    schema.columns.iter().map(first).collect()
}

/// The delimiter that a header of a single cell seems to have.
fn other_delimiter(cells: &[Vec<u8>], ours: u8) -> Option<char> {
    let [only] = cells else { return None };
    let text = std::str::from_utf8(only).ok()?;
    text.chars().find(|c| [',', ';', '\t', '|', '，', '；'].contains(c) && u32::from(*c) != u32::from(ours))
}

/// The name in the header that is most like the one looked for.
fn nearest(name: &str, cells: &[Vec<u8>]) -> Option<String> {
    let names =
        cells.iter().filter_map(|c| std::str::from_utf8(c).ok()).filter(|c| !c.is_empty() && c.len() < 64);
    crate::words::near(name, names).map(str::to_string)
}
