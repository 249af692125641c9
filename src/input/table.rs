//! Records to rows of a table: where a header becomes columns, and what every row must keep to.

use super::encoding::Encoding;
use super::field::date::{self, DateError};
use super::field::id::{self, IdError};
use super::field::mojibake;
use super::field::money::{self, MoneyError};
use super::field::text::{self, CELL_BYTES, TextError};
use super::field::trim;
use super::problem::{Code, Detail, FileNo, Place, Problem, Problems};
use super::source::{Part, TableName};
use super::split::Record;
use jiff::tz::TimeZone;
use memchr::memchr;
use scrm_core::date::{Day, Month, Stamp};
use scrm_core::money::{Amount, Money};
use scrm_core::spread::CostDate;
use std::collections::BTreeMap;
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
    pub sheets: BTreeMap<TableName, String>,
    /// In amounts a comma stands before the decimals, and points divide thousands.
    pub decimal_comma: bool,
    /// Rates are given by product or category, so that these names count.
    pub names_count: bool,
    /// Files of which is known in which encoding they are.
    pub encodings: BTreeMap<FileNo, Encoding>,
}

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    pub encoding: Encoding,
    /// Only the file's beginning was looked at, and it was ASCII or UTF-8.
    pub presumed: bool,
    pub delimiter: u8,
}

/// Where a file has our columns.
#[derive(Clone, Debug)]
pub struct Layout {
    pub file: FileNo,
    /// The line of the header.
    pub line: u64,
    pub dialect: Dialect,
    pub schema: Schema,
    /// The header's cells, trimmed.
    header: Vec<Vec<u8>>,
    /// Our column → the cell it stands in.
    at: Vec<Option<usize>>,
    /// The cell by which a repeated header is first told from a row.
    probe: usize,
}

impl Layout {
    /// Finds our columns in a header. Problems of the header are added; `None` where its rows cannot be read.
    pub fn find(
        schema: Schema,
        part: &Part,
        dialect: Dialect,
        header: &Record,
        env: &Env,
        problems: &mut Problems,
    ) -> Option<Layout> {
        let at = |column: Option<usize>| Place {
            file: part.number,
            line: Some(header.line),
            column: column.and_then(|c| u32::try_from(c + 1).ok()),
        };
        let cells: Vec<Vec<u8>> = (0..header.spans.len()).map(|i| trim(header.cell(i)).to_vec()).collect();
        if let Some(delimiter) = other_delimiter(&cells, dialect.delimiter) {
            let detail = Detail::Delimiter(delimiter);
            problems
                .error(at(None), || Problem::new(Code::Delimiter, at(None)).value(&cells[0]).detail(detail));
            return None;
        }
        let tries: Vec<Vec<String>> =
            schema.columns.iter().map(|c| names_of(schema.table, c, &env.column_names)).collect();
        let mut layout = Layout {
            file: part.number,
            line: header.line,
            dialect,
            schema,
            at: vec![None; schema.columns.len()],
            probe: 0,
            header: Vec::new(),
        };
        let mut good = true;
        for (column, names) in tries.iter().enumerate() {
            let Some(name) = names.iter().find(|n| cells.iter().any(|c| c == n.as_bytes())) else { continue };
            let mut places = cells.iter().enumerate().filter(|(_, c)| *c == name.as_bytes()).map(|(i, _)| i);
            layout.at[column] = places.next();
            for again in places {
                problems.error(at(Some(again)), || {
                    Problem::new(Code::DuplicateColumn, at(Some(again))).column(name.clone())
                });
                good = false;
            }
        }
        for (column, names) in tries.iter().enumerate() {
            if schema.columns[column].required && layout.at[column].is_none() {
                let near = nearest(&names[0], &cells);
                let tried = names.clone();
                problems.error(at(None), || {
                    let p = Problem::new(Code::MissingColumn, at(None)).column(schema.columns[column].name);
                    p.detail(Detail::Missing { tried, near })
                });
                good = false;
            }
        }
        // A header that is damaged says more than the columns that are missed by it.
        for (i, cell) in cells.iter().enumerate().filter(|_| !good) {
            if let Detail::Mojibake(how) = damaged(cell) {
                let detail = Detail::Mojibake(how);
                problems.error(at(Some(i)), || {
                    Problem::new(Code::Mojibake, at(Some(i))).value(cell).detail(detail)
                });
            }
        }
        layout.probe = layout.at.iter().flatten().copied().next().unwrap_or(0);
        layout.header = cells;
        good.then_some(layout)
    }

    /// Has a header all columns that a table must have?
    pub fn fits(schema: Schema, header: &[String], env: &Env) -> bool {
        schema.columns.iter().filter(|c| c.required).all(|column| {
            let names = names_of(schema.table, column, &env.column_names);
            names.iter().any(|n| !n.is_empty() && header.contains(n))
        })
    }

    /// The column of ours that stands in a cell.
    pub fn column_at(&self, cell: usize) -> Option<usize> {
        self.at.iter().position(|at| *at == Some(cell))
    }

    /// Does the file have this column of ours?
    pub fn has(&self, column: usize) -> bool {
        self.at[column].is_some()
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
        let name = |i: usize| String::from_utf8_lossy(&self.header[i]).into_owned();
        (0..self.header.len()).map(|i| (name(i), ours(i))).collect()
    }

    /// Names in the header that are none of ours.
    pub fn unknown_columns(&self) -> Vec<String> {
        let ours = |i: &usize| self.at.contains(&Some(*i));
        let names = (0..self.header.len()).filter(|i| !ours(i) && !self.header[*i].is_empty());
        names.map(|i| String::from_utf8_lossy(&self.header[i]).into_owned()).collect()
    }

    pub fn place(&self, line: u64, cell: Option<usize>) -> Place {
        Place { file: self.file, line: Some(line), column: cell.and_then(|c| u32::try_from(c + 1).ok()) }
    }

    /// What most records are: as many cells as the header, no quote, and the first byte of a cell of ours shows that
    /// it neither repeats the header nor is empty.
    #[inline]
    fn is_simple(&self, record: &Record) -> bool {
        record.simple && record.cells == self.header.len() && self.tells_from_header(record.cell(self.probe))
    }

    /// The cell in which a column of ours stands.
    #[inline]
    pub fn cell_of(&self, column: usize) -> Option<usize> {
        self.at[column]
    }

    /// Does the cell at the probe show at a glance that this is another row than the header, and none of delimiters
    /// only? (Spaces, quotes, byte order marks and whatever else may stand before a name do not show it.)
    #[inline(always)]
    pub fn tells_from_header(&self, at_probe: &[u8]) -> bool {
        let first = at_probe.first().copied().unwrap_or(b' ');
        let name = &self.header[self.probe];
        first.is_ascii_alphanumeric() && (name.first() != Some(&first) || !at_probe.starts_with(name))
    }

    fn repeats(&self, record: &Record) -> bool {
        let clean = |i: usize| {
            let cell = trim(record.cell(i));
            // Joined files bring their byte order mark along.
            if i == 0 { trim(cell.strip_prefix(BOM).unwrap_or(cell)) } else { cell }
        };
        clean(self.probe) == self.header[self.probe]
            && (0..self.header.len()).all(|i| clean(i) == self.header[i])
    }
}

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

/// What `check --verbose` says about a file.
#[derive(Clone, Debug, Default)]
pub struct FileStats {
    pub rows: u64,
    pub span: Option<(Day, Day)>,
    pub sum: Money,
}

impl FileStats {
    pub fn merge(&mut self, o: &FileStats) {
        self.rows += o.rows;
        self.sum += o.sum;
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
fn damaged(cell: &[u8]) -> Detail {
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
        self.layout.place(self.record.line, self.layout.at[column])
    }

    /// The cells of columns we do not read, as one text.
    pub fn other_cells(&self) -> Box<[u8]> {
        let mut all = Vec::new();
        for i in (0..self.record.spans.len()).filter(|i| !self.layout.at.contains(&Some(*i))) {
            all.extend_from_slice(self.record.cell(i));
            all.push(0); // no cell ends with what divides them
        }
        all.into()
    }

    /// The trimmed cell of a column; empty where the file lacks it.
    #[inline]
    pub fn cell(&self, column: usize) -> &'r [u8] {
        self.layout.at[column].map_or(&[], |i| trim(self.record.cell(i)))
    }

    /// Notes an error in a column.
    pub fn error(&mut self, code: Code, column: usize) -> Bad {
        self.error_with(code, column, Detail::None)
    }

    pub fn error_with(&mut self, code: Code, column: usize, detail: Detail) -> Bad {
        let (place, cell) = (self.place_of(column), self.cell(column));
        let name = self.layout.schema.columns[column].name;
        self.problems.error(place, || Problem::new(code, place).column(name).value(cell).detail(detail));
        self.bad = true;
        Bad
    }

    /// Notes a warning at a column, with the money it is about.
    pub fn warn(&mut self, code: Code, column: usize, amount: Option<Money>) {
        let (place, cell) = (self.place_of(column), self.cell(column));
        let name = self.layout.schema.columns[column].name;
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
            Ok(id) => Ok(id),
            Err(IdError::Text(e)) => Err(self.text_error(e, column)),
            Err(IdError::Scientific) => Err(self.error(Code::ScientificId, column)),
        }
    }

    /// An amount, not below zero unless `signed`; `None` for an empty cell that is not required.
    #[inline]
    pub fn money(&mut self, column: usize, required: bool, signed: bool) -> Result<Option<Amount>, Bad> {
        let cell = self.cell(column);
        if cell.is_empty() && !required {
            return Ok(None);
        }
        match if self.env.decimal_comma { money::with_comma(cell) } else { money::money(cell) } {
            Ok(read) if read.amount.0 < 0 && !signed => Err(self.error(Code::Negative, column)),
            Ok(read) => {
                if read.rounded {
                    self.warn(Code::MoneyRounded, column, None);
                }
                if self.layout.schema.amount == Some(column) {
                    self.stats.sum += read.amount;
                }
                Ok(Some(read.amount))
            }
            Err(MoneyError::Range) => Err(self.wrong(column, Code::MoneyRange)),
            Err(MoneyError::Bad) if self.env.decimal_comma => match text::check(cell, CELL_BYTES, false) {
                Err(e) => Err(self.text_error(e, column)),
                Ok(_) => Err(self.error_with(Code::BadMoney, column, Detail::DecimalComma)),
            },
            Err(MoneyError::Bad) => Err(self.wrong(column, Code::BadMoney)),
        }
    }

    /// A date, perhaps with a time; `None` for an empty cell that is not required. A date after today is warned of
    /// unless it `may_come`.
    #[inline]
    pub fn stamp(&mut self, column: usize, required: bool, may_come: bool) -> Result<Option<Stamp>, Bad> {
        let cell = self.cell(column);
        if cell.is_empty() && !required {
            return Ok(None);
        }
        match date::stamp(cell, &self.env.zone) {
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
        match date::day_or_month(self.cell(column), &self.env.zone) {
            Ok(at) => {
                let (first, last) = at.span();
                self.dated(column, first, last, false);
                Ok(at)
            }
            Err(e) => Err(self.date_error(e, column)),
        }
    }

    /// A required month, which may come.
    pub fn month(&mut self, column: usize) -> Result<Month, Bad> {
        match date::day_or_month(self.cell(column), &self.env.zone) {
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
                match cell.and_then(|c| layout.header.get(c)) {
                    Some(name) => p.column(String::from_utf8_lossy(name)),
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
        if let Some(cell) = flaws.stray {
            return fail(self.problems, Code::StrayQuote, Some(cell), line, Detail::None);
        }
        if record.cells != layout.cells() {
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
            if layout.at.contains(&Some(i)) {
                good = fail(self.problems, Code::LineBreak, Some(i), line, Detail::None);
            } else if span.fold {
                good = fail(self.problems, Code::LineBreak, Some(i), line, Detail::Fold);
            }
        }
        if good && record.is_empty_row() {
            self.problems.warn(Problem::new(Code::EmptyRow, self.place()));
            return false;
        }
        good
    }
}
