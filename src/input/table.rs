//! Records to rows of a table: what every row must keep to, and what its cells say.

use super::aside::{self, Asides};
use super::beside_ours;
use super::encoding::Encoding;
use super::field::date::{self, DateError, DateOrder};
use super::field::id::{self, IdError, is_placeholder};
use super::field::mojibake;
use super::field::money::{self, MoneyError};
use super::field::text::{self, CELL_BYTES, TextError};
use super::field::trim;
use super::layout::is_price;
pub use super::layout::{Dialect, Layout, header};
use super::manner::LeftOut;
use super::problem::{Code, Detail, FileNo, Place, Problem, Problems};
use super::profile::Profiles;
use super::schema::Kind;
use super::source::TableName;
use super::split::{self, Record};
use super::status::Status;
use super::workbook;
use jiff::tz::TimeZone;
use memchr::memchr;
use scrm_core::date::{Day, Month, Stamp};
use scrm_core::money::{Amount, Money};
use scrm_core::spread::CostDate;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// One of our columns.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    pub required: bool,
}

/// A column that must be in the header.
pub const fn need(name: &'static str) -> Column {
    Column { name, required: true }
}
/// A column that may be absent.
pub const fn may(name: &'static str) -> Column {
    Column { name, required: false }
}

/// The columns of a table that the program reads.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    pub table: TableName,
    pub columns: &'static [Column],
    /// The columns whose span and sum `check --verbose` tells.
    pub date: Option<usize>,
    pub amount: Option<usize>,
}

impl Schema {
    /// Has each row an id of its own?
    pub fn has_ids(&self) -> bool {
        self.columns.first().is_some_and(|c| c.kind() == Kind::Id)
    }

    /// Must each row have a date?
    pub fn has_dates(&self) -> bool {
        self.columns.iter().any(|c| c.required && c.kind() == Kind::Date)
    }
}

/// Our column → the names that the settings give it, by table.
pub type ColumnNames = BTreeMap<(TableName, String), Vec<String>>;

/// What reading needs to know beside the bytes.
#[derive(Clone, Debug)]
pub struct Env {
    pub zone: TimeZone,
    /// Dates after this day are warned of.
    pub today: Day,
    /// Our column → the names to try for it, by table.
    pub column_names: ColumnNames,
    pub max_errors: usize,
    pub threads: usize,
    pub chunk_bytes: usize,
    /// Counts the bytes that are read.
    pub read: Arc<AtomicU64>,
    /// The encoding of files without a byte order mark, by table, where the settings name one.
    pub named: BTreeMap<TableName, Encoding>,
    /// The sheets of workbooks that the settings name.
    pub sheets: BTreeMap<TableName, Vec<String>>,
    /// In amounts a comma stands before the decimals, and points divide thousands.
    pub decimal_comma: bool,
    /// What stands first in a date whose year stands last.
    pub date_order: Option<DateOrder>,
    /// Ad spend has a column for each channel: those whose names end with this.
    pub wide_spend: Option<String>,
    /// An order's amount stands on each of its rows, so that their prices are read beside it.
    pub amount_repeats: bool,
    /// Rates are given by product or category, so that these names count.
    pub names_count: bool,
    /// Files of which is known in which encoding they are.
    pub encodings: BTreeMap<FileNo, Encoding>,
    pub profiles: Profiles,
    /// Rows are read to be added up, those too that are left out.
    pub is_audit: bool,
    /// What words for statuses mean by the settings.
    pub status_words: Arc<HashMap<String, Status>>,
    /// What amounts are in.
    pub currency: String,
    /// There is a table of refunds with rows, so that orders need not say what was given back.
    pub has_refunds: bool,
}

impl Env {
    /// An amount as a trimmed cell has it.
    ///
    /// # Errors
    /// [`MoneyError`].
    #[inline]
    pub fn money(&self, cell: &[u8]) -> Result<money::Read, MoneyError> {
        if self.decimal_comma { money::with_comma(cell) } else { money::money(cell) }
    }
}

/// What `check --verbose` says about a file.
#[derive(Clone, Debug, Default)]
pub struct FileStats {
    pub rows: u64,
    pub span: Option<(Day, Day)>,
    pub sum: Money,
    /// What stands beside the rows.
    pub asides: Asides,
}

impl FileStats {
    pub fn merge(&mut self, o: &FileStats) {
        self.rows += o.rows;
        self.sum += o.sum;
        self.asides.join(&o.asides);
        if let Some((first, last)) = o.span {
            self.note(Some(first));
            self.note(Some(last));
        }
    }

    /// Lets the span reach a day.
    #[inline]
    pub fn note(&mut self, day: Option<Day>) {
        if let Some(day) = day {
            self.span = Some(self.span.map_or((day, day), |(a, b)| (a.min(day), b.max(day))));
        }
    }
}

/// What became of a text that is damaged.
pub fn damaged(cell: &[u8]) -> Detail {
    std::str::from_utf8(cell).ok().and_then(mojibake::of).map_or(Detail::None, Detail::Mojibake)
}

/// A value could not be read; the problem is already noted.
#[derive(Clone, Copy, Debug)]
pub struct Bad;

/// One row of a table, with the means to read its cells and to note what is wrong with them.
///
/// What it lends of the record (`'r`) outlives the row itself.
pub struct Row<'r, 'p> {
    pub record: Record<'r>,
    pub layout: &'r Layout,
    pub env: &'p Env,
    pub problems: &'p mut Problems,
    pub stats: &'p mut FileStats,
    /// Some cell could not be read.
    pub bad: bool,
    /// Every cell is known to be UTF-8 without control characters.
    pub clean: bool,
}

impl<'r> Row<'r, '_> {
    /// The row's own place.
    pub fn place(&self) -> Place {
        Place::line(self.layout.file, self.record.line)
    }

    /// The place of one of our columns in this row.
    pub fn place_of(&self, column: usize) -> Place {
        self.layout.place(self.record.line, self.layout.cell_of(column))
    }

    /// The cells of columns we do not read, as one text.
    pub fn other_cells(&self) -> Box<[u8]> {
        let mut all = Vec::new();
        for i in (0..self.record.spans.len()).filter(|i| !self.layout.reads(*i)) {
            all.extend_from_slice(self.record.cell(i));
            all.push(0); // no cell ends with what divides them
        }
        all.into()
    }

    /// The trimmed cell of a column; empty where the file lacks it.
    #[inline]
    pub fn cell(&self, column: usize) -> &'r [u8] {
        let at = self.layout.cell_of(column);
        match &self.layout.manner {
            None => at.map_or(&[], |i| trim(self.record.cell(i))),
            Some(manner) => manner.cell(&self.record, at, column),
        }
    }

    /// Has an export no id here, of whatever it tells?
    pub fn is_unnamed(&self, column: usize) -> bool {
        self.layout.manner.is_some() && self.cell(column).is_empty()
    }

    /// Does an export say with a mark that there is nothing, such as `-`?
    pub fn is_marked_empty(&self, column: usize) -> bool {
        let raw = self.layout.cell_of(column).filter(|cell| *cell < self.record.spans.len());
        self.is_unnamed(column) && raw.is_some_and(|cell| !trim(self.record.cell(cell)).is_empty())
    }

    /// Notes an error in a column.
    pub fn error(&mut self, code: Code, column: usize) -> Bad {
        self.error_with(code, column, Detail::None)
    }

    pub fn error_with(&mut self, code: Code, column: usize, detail: Detail) -> Bad {
        let (place, cell) = (self.place_of(column), self.cell(column));
        let name = self.layout.name_of(column);
        self.problems.error(place, || Problem::new(code, place).column(name).value(cell).detail(detail));
        self.bad = true;
        Bad
    }

    /// Notes a warning at a column, with the money it is about.
    pub fn warn(&mut self, code: Code, column: usize, amount: Option<Money>) {
        let (place, cell) = (self.place_of(column), self.cell(column));
        let name = self.layout.name_of(column);
        self.problems.warn_at(code, place, amount, || Problem::new(code, place).column(name).value(cell));
    }

    fn text_error(&mut self, e: TextError, column: usize) -> Bad {
        let (code, detail) = match e {
            TextError::Nul => (Code::Nul, Detail::None),
            TextError::Control => (Code::ControlChar, Detail::None),
            TextError::TooLong(limit) => (Code::CellTooLong, Detail::Limit(limit)),
            TextError::Invisible => (Code::InvisibleChar, Detail::None),
            TextError::Mojibake => (Code::Mojibake, damaged(self.cell(column))),
            TextError::NotUtf8 => (Code::Encoding, Detail::Unlike(self.layout.dialect.encoding.name())),
        };
        self.error_with(code, column, detail)
    }

    /// A cell that is not what it should be: damaged text is named as such, anything else by its own code.
    fn wrong(&mut self, column: usize, code: Code) -> Bad {
        match text::check(self.cell(column), CELL_BYTES, false) {
            Err(e) => self.text_error(e, column),
            Ok(_) => self.error(code, column),
        }
    }

    /// An id; empty only where it is not required.
    #[inline]
    pub fn id(&mut self, column: usize, required: bool) -> Result<&'r [u8], Bad> {
        match id::known(self.cell(column), self.clean) {
            Ok([]) if required => Err(self.error(Code::EmptyId, column)),
            Ok(id) => {
                if is_placeholder(id) {
                    self.warn(Code::PlaceholderId, column, None);
                }
                Ok(id)
            }
            Err(IdError::Text(e)) => Err(self.text_error(e, column)),
            Err(IdError::Scientific) => Err(self.error(Code::ScientificId, column)),
        }
    }

    /// The amount that a cell of a column holds, in yuan.
    ///
    /// # Errors
    /// [`MoneyError`].
    #[inline]
    pub fn amount(&self, column: usize, cell: &[u8]) -> Result<money::Read, MoneyError> {
        let read = self.layout.in_yuan(column, self.env.money(cell)?);
        match &self.layout.manner {
            Some(manner) => manner.amount(read, &self.record),
            None => Ok(read),
        }
    }

    /// An amount, not below zero unless `signed`; `None` for an empty cell that is not required.
    #[inline]
    pub fn money(&mut self, column: usize, required: bool, signed: bool) -> Result<Option<Amount>, Bad> {
        let cell = self.cell(column);
        if cell.is_empty() && !required {
            return self.compare_rivals(column, Amount::ZERO).map(|()| None);
        }
        match self.amount(column, cell) {
            Ok(read) if read.amount.0 < 0 && !signed => {
                let schema = self.layout.schema;
                let of_order = schema.table == TableName::Orders && schema.amount == Some(column)
                    || is_price(schema, column);
                let detail = if of_order { Detail::OfOrder } else { Detail::None };
                Err(self.error_with(Code::Negative, column, detail))
            }
            Ok(read) => {
                self.compare_rivals(column, read.amount)?;
                if read.rounded {
                    self.warn(Code::MoneyRounded, column, None);
                }
                if self.layout.schema.amount == Some(column) {
                    self.stats.sum += read.amount;
                }
                Ok(Some(read.amount))
            }
            Err(MoneyError::Range) => Err(self.wrong(column, Code::MoneyRange)),
            Err(MoneyError::Sign) => Err(self.no_sign()),
            Err(MoneyError::Bad) if self.env.decimal_comma => match text::check(cell, CELL_BYTES, false) {
                Err(e) => Err(self.text_error(e, column)),
                Ok(_) => Err(self.error_with(Code::BadMoney, column, Detail::DecimalComma)),
            },
            Err(MoneyError::Bad) => Err(self.wrong(column, Code::BadMoney)),
        }
    }

    /// Refuses a row of which a word does not say whether its amount was given or taken.
    fn no_sign(&mut self) -> Bad {
        let layout = self.layout;
        let cell = layout.manner.as_ref().and_then(|m| m.sign());
        let place = layout.place(self.record.line, cell);
        let cell = cell.filter(|cell| *cell < self.record.spans.len());
        let (name, word) =
            cell.map_or_else(Default::default, |cell| (layout.name(cell), self.record.cell(cell)));
        self.problems.error(place, || {
            Problem::new(Code::BadMoney, place).column(name).value(trim(word)).detail(Detail::Sign)
        });
        self.bad = true;
        Bad
    }

    /// Refuses a row of which other cells, whose headers mean the same, say another amount.
    fn compare_rivals(&mut self, column: usize, ours: Amount) -> Result<(), Bad> {
        let layout = self.layout;
        for cell in layout.rivals(column) {
            let text = match &layout.manner {
                _ if cell >= self.record.spans.len() => continue,
                Some(manner) => manner.text(self.record.cell(cell)),
                None => trim(self.record.cell(cell)),
            };
            let theirs = match self.env.money(text) {
                _ if text.is_empty() => continue,
                Ok(read) => layout.rival_in_yuan(cell, read).amount,
                Err(_) => Amount(i64::MIN), // no amount is like it
            };
            if theirs.0.abs() != ours.0.abs() {
                let header = layout.cell_of(column).map(|own| layout.name(own)).unwrap_or_default();
                let value = String::from_utf8_lossy(text).into_owned();
                let detail = Detail::Rival { header, other: layout.name(cell), value };
                return Err(self.error_with(Code::DifferingColumns, column, detail));
            }
        }
        Ok(())
    }

    /// A date, perhaps with a time; `None` for an empty cell that is not required. A date after today is warned of
    /// unless it `may_come`.
    #[inline]
    pub fn stamp(&mut self, column: usize, required: bool, may_come: bool) -> Result<Option<Stamp>, Bad> {
        let cell = self.cell(column);
        if cell.is_empty() && !required {
            return Ok(None);
        }
        match date::stamp_by(cell, &self.env.zone, self.env.date_order) {
            Ok(stamp) => {
                self.dated(column, stamp.day, stamp.day, may_come);
                Ok(Some(stamp))
            }
            Err(e) => Err(self.date_error(e, column)),
        }
    }

    /// The day of a required date.
    pub fn day(&mut self, column: usize) -> Result<Day, Bad> {
        self.stamp(column, true, false).map(|s| s.map_or(Day(0), |s| s.day))
    }

    /// A required day or month.
    pub fn day_or_month(&mut self, column: usize) -> Result<CostDate, Bad> {
        match date::day_or_month(self.cell(column), &self.env.zone, self.env.date_order) {
            // Spreadsheets make a day of a month: its first.
            Ok(CostDate::Day(day)) if self.layout.is_of_months(column) && day != day.month().first_day() => {
                Err(self.error_with(Code::BadDate, column, Detail::Month))
            }
            Ok(at) => {
                let at = match at {
                    CostDate::Day(day) if self.layout.is_of_months(column) => CostDate::Month(day.month()),
                    at => at,
                };
                let (first, last) = at.span();
                self.dated(column, first, last, false);
                Ok(at)
            }
            Err(e) => Err(self.date_error(e, column)),
        }
    }

    /// A required month, which may come.
    pub fn month(&mut self, column: usize) -> Result<Month, Bad> {
        match date::day_or_month(self.cell(column), &self.env.zone, self.env.date_order) {
            Ok(at @ CostDate::Month(month)) => {
                let (first, last) = at.span();
                self.dated(column, first, last, true);
                Ok(month)
            }
            Ok(CostDate::Day(_)) => Err(self.error_with(Code::BadDate, column, Detail::Month)),
            Err(e) => {
                let Bad = self.date_error(e, column);
                Err(Bad)
            }
        }
    }

    fn dated(&mut self, column: usize, first: Day, last: Day, may_come: bool) {
        if first > self.env.today && !may_come {
            self.warn(Code::FutureDate, column, None);
        }
        if self.layout.schema.date == Some(column) {
            let (a, b) = self.stats.span.unwrap_or((first, last));
            self.stats.span = Some((a.min(first), b.max(last)));
        }
    }

    fn date_error(&mut self, e: DateError, column: usize) -> Bad {
        if let Some(day) = date::serial(self.cell(column)) {
            return self.error_with(Code::BadDate, column, Detail::Serial(day));
        }
        let code = if e == DateError::Ambiguous { Code::AmbiguousDate } else { Code::BadDate };
        self.wrong(column, code)
    }

    /// A text; empty where there is none.
    pub fn text(&mut self, column: usize) -> Result<&'r str, Bad> {
        text::check(self.cell(column), CELL_BYTES, false).map_err(|e| self.text_error(e, column))
    }

    /// Checks a text of which nobody needs more than that it is one.
    #[inline]
    pub fn check_text(&mut self, column: usize) -> Result<(), Bad> {
        if self.clean && self.cell(column).len() <= CELL_BYTES {
            return Ok(());
        }
        self.text(column).map(drop)
    }

    /// Checks the structure of the record; `false` where it is no row to read.
    #[inline]
    pub fn structure(&mut self, encoding_is_sure: bool) -> bool {
        let (record, layout) = (&self.record, self.layout);
        if encoding_is_sure && layout.is_simple(record) {
            return true;
        }
        self.whole_structure(encoding_is_sure)
    }

    fn whole_structure(&mut self, encoding_is_sure: bool) -> bool {
        let (record, layout) = (self.record, self.layout);
        let flaws = record.flaws;
        let fail = |problems: &mut Problems, code, cell: Option<usize>, line: u64, detail| {
            let place = layout.place(line, cell);
            problems.error(place, || {
                let p = Problem::new(code, place).detail(detail);
                let shown = cell.filter(|c| *c < record.spans.len());
                let p = match shown {
                    Some(c) => p.value(record.cell(c)),
                    None => p,
                };
                match cell.filter(|c| *c < layout.cells()) {
                    Some(c) => p.column(layout.name(c)),
                    None => p,
                }
            });
            false
        };
        let line = record.line;
        if flaws.giant_encoding || !encoding_is_sure && std::str::from_utf8(record.raw).is_err() {
            let name = layout.dialect.encoding.name();
            return fail(self.problems, Code::Encoding, None, line, Detail::Unlike(name));
        }
        if let Some((cell, line)) = flaws.unclosed {
            return fail(self.problems, Code::UnclosedQuote, Some(cell), line, Detail::None);
        }
        if flaws.bare_cr {
            return fail(self.problems, Code::BareCr, None, line, Detail::None);
        }
        if let Some(cell) = flaws.stray.filter(|_| !self.has_formulas()) {
            return fail(self.problems, Code::StrayQuote, Some(cell), line, Detail::None);
        }
        // Of our own files a row of another length may be what is left of one.
        let is_any_length = layout.is_foreign || layout.dialect.delimiter == workbook::DELIMITER;
        if (is_any_length || record.cells == layout.cells()) && record.is_empty_row() {
            self.problems.warn(Problem::new(Code::EmptyRow, self.place()));
            return false;
        }
        if self.sets_aside() {
            return false;
        }
        if record.cells != layout.cells() && !self.is_padded() {
            let is_mark = |b: u8| b == layout.dialect.delimiter || matches!(b, b'\t' | b'\n' | b'\r');
            let control = |b: &u8| *b < 0x20 && !is_mark(*b) || *b == 0x7f;
            let detail = Detail::Cells { expected: layout.cells(), found: record.cells };
            return if flaws.giant_nul || memchr(0, record.raw).is_some() {
                fail(self.problems, Code::Nul, None, line, Detail::None)
            } else if flaws.giant_control || record.raw.iter().any(control) {
                fail(self.problems, Code::ControlChar, None, line, Detail::None)
            } else {
                fail(self.problems, Code::RowLength, None, line, detail)
            };
        }
        if layout.repeats(&record) {
            return fail(self.problems, Code::RepeatedHeader, None, line, Detail::None);
        }
        let mut good = true;
        for (i, span) in record.spans.iter().enumerate().filter(|(_, s)| s.line_break) {
            if layout.reads(i) {
                good = fail(self.problems, Code::LineBreak, Some(i), line, Detail::None);
            } else if span.fold {
                good = fail(self.problems, Code::LineBreak, Some(i), line, Detail::Fold);
            }
        }
        if good && self.leaves_out() {
            return false;
        }
        if good {
            beside_ours::check(self);
        }
        good
    }

    /// Are its stray quotes those of `="…"`, and all of them?
    fn has_formulas(&self) -> bool {
        let layout = self.layout;
        layout.manner.as_ref().is_some_and(|m| m.allows_formulas())
            && split::quotes_are_formulas(self.record.raw, layout.dialect.delimiter)
    }

    /// Has it more cells than the header, which are empty, or fewer than one whose last names are?
    fn is_padded(&self) -> bool {
        let (record, header) = (&self.record, self.layout.header());
        let (cells, names) = (record.spans.len(), header.len());
        self.layout.is_foreign
            && record.cells == cells
            && (names..cells).all(|i| trim(record.cell(i)).is_empty())
            && header.get(cells..).unwrap_or_default().iter().all(Vec::is_empty)
    }

    /// Sets it aside where it is none of the table's rows.
    fn sets_aside(&mut self) -> bool {
        let Some(kind) = aside::kind_of(&self.record, self.layout) else { return false };
        aside::keep(&self.record, kind, &mut self.stats.asides);
        true
    }

    /// Is it left out by the profile?
    fn leaves_out(&mut self) -> bool {
        let Some(manner) = self.layout.manner.as_ref().filter(|_| !self.env.is_audit) else { return false };
        match manner.leaves_out(&self.record, &|column| self.layout.cell_of(column)) {
            None => return false,
            Some(LeftOut::Silently) => {}
            Some(LeftOut::ByValue(cell)) => {
                let in_yuan = |c| Some(self.layout.in_yuan(c, self.env.money(self.cell(c)).ok()?));
                let amount = self.layout.schema.amount.and_then(in_yuan).map(|read| read.amount.into());
                let place = self.layout.place(self.record.line, Some(cell));
                let (name, value) = (self.layout.name(cell), self.record.cell(cell));
                self.problems.warn_at(Code::RowLeftOut, place, amount, || {
                    Problem::new(Code::RowLeftOut, place).column(name).value(value)
                });
            }
        }
        true
    }
}
