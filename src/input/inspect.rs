//! What a file is, as far as it can be said without calculating anything: how it is written, which table it is taken for
//! and how surely, what becomes of each of its columns and rows.
//!
//! Rows are read as every report reads them, so what is said here is what a report does. Values are masked before they
//! leave this place.

mod fit;
mod look;

use super::aside::bare;
use super::chunks::read;
use super::control::{self, Beside};
use super::encoding::Encoding;
use super::field::mojibake::Mojibake;
use super::head::{self, Line};
use super::layout::{Layout, Mapping, folded};
use super::mask;
use super::other_sheets::{self, Unread};
use super::problem::{Code, Detail, Place, Problem, Problems};
use super::profile::{Profile, fold};
use super::reader::Reader;
use super::schema::{UNDATED_USERS, WIDE_AD_SPEND, orders, referrals, schema};
use super::settings::{OrderRows, Settings};
use super::source::{Cause, FileError, Part, TableName};
use super::status::Statuses;
use super::table::{Env, FileStats, Schema};
use super::totals::Word;
use super::workbook::Head;
use super::{ReadOptions, env_of, form, sheet, unread};
pub use fit::Fit;
use look::{Looking, Samples};
use scrm_core::date::Day;
use scrm_core::money::Money;
use std::sync::Arc;

/// What is known of a file.
#[derive(Debug)]
pub struct Inspected {
    pub part: Part,
    /// How it is written; `None` where it could not be looked at.
    pub written: Option<Written>,
    /// What it is taken for, and what it would be taken for else.
    pub fit: Option<Fit>,
    pub next: Option<Fit>,
    /// Its name or the settings say which table it is.
    pub told: bool,
    pub header: Option<Header>,
    pub columns: Vec<Column>,
    /// Columns of ours that have one value for all rows.
    pub constants: Vec<(&'static str, String)>,
    pub missing: Vec<Missing>,
    /// `None` where its rows were not read.
    pub rows: Option<Rows>,
    /// What a row of orders is.
    pub order_rows: OrderRows,
    /// Columns of ours that would be of use and are not there.
    pub absent: Vec<&'static str>,
    pub errors: Vec<Problem>,
    pub error_count: u64,
    pub warnings: Vec<Problem>,
    /// Other sheets of its workbook that hold tables.
    pub others: Vec<Unread>,
    /// It could not be read at all.
    pub failed: Option<FileError>,
}

/// How a file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub encoding: Encoding,
    pub delimiter: char,
    /// Of a workbook.
    pub sheet: Option<String>,
}

/// The header of a file and what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub line: u64,
    pub before: u64,
    pub under: u64,
    /// A line before it says how many rows there are.
    pub promised: Option<u64>,
}

/// What becomes of a column of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It is this column of ours, or the next to look into where that is empty.
    Value(&'static str),
    Further(&'static str),
    /// It names the distributor of an order.
    Distributor,
    /// It holds the spend of the channel that its header names.
    Channel,
    /// It is the total of the channels, or their average.
    Total,
    Average,
    /// It is looked at for which rows count, their sign or their status.
    Rule,
    NotRead,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// As it stands in the file, but for what looks like a person's.
    pub header: String,
    /// As it stands in the file.
    pub raw: String,
    pub used: Use,
    /// Masked.
    pub samples: Vec<String>,
}

/// A column that must be there and is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub column: &'static str,
    /// The headers that were looked for, the first of them.
    pub tried: Vec<String>,
    /// Those of the file that are most like one of them.
    pub near: Vec<String>,
}

/// The rows of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    pub used: u64,
    pub beside: Beside,
    /// Rows of delimiters only.
    pub empty: u64,
    /// Rows left out by what stands in a column: its name, the value, and how many.
    pub left_out: Vec<(String, String, u64)>,
    pub span: Option<(Day, Day)>,
    /// Of our columns of amounts.
    pub sums: Vec<(String, Money)>,
    /// The order's amount stands on each of its rows, so that the sum counts it more than once.
    pub repeats: bool,
    /// The words for statuses.
    pub words: look::Words,
}

impl Inspected {
    /// Could all of it be read as a table's?
    pub fn is_understood(&self) -> bool {
        self.failed.is_none() && self.error_count == 0 && self.rows.is_some() && !self.is_undecided()
    }

    /// Fits it two tables equally, so that nothing tells which it is?
    pub fn is_undecided(&self) -> bool {
        let both = self.fit.as_ref().zip(self.next.as_ref());
        !self.told && both.is_some_and(|(fit, next)| fit.ties_with(next))
    }

    /// The name of the file, and of a workbook's sheet.
    pub fn name(&self) -> String {
        let sheet = self.written.as_ref().and_then(|w| w.sheet.as_ref());
        self.part.name.clone() + &sheet.map_or_else(String::new, |sheet| format!("[{sheet}]"))
    }

    pub fn table(&self) -> Option<TableName> {
        if self.told { Some(self.part.table) } else { self.fit.as_ref().map(|fit| fit.table) }
    }

    pub fn profile(&self) -> Option<&Arc<Profile>> {
        self.fit.as_ref()?.profile.as_ref()
    }

    fn new(part: Part, told: bool) -> Inspected {
        Inspected {
            part,
            written: None,
            fit: None,
            next: None,
            told,
            header: None,
            columns: Vec::new(),
            constants: Vec::new(),
            missing: Vec::new(),
            rows: None,
            order_rows: OrderRows::default(),
            absent: Vec::new(),
            errors: Vec::new(),
            error_count: 0,
            warnings: Vec::new(),
            others: Vec::new(),
            failed: None,
        }
    }

    fn note(&mut self, problems: &Problems) {
        self.error_count += problems.errors;
        self.errors.extend(problems.errors_shown());
        self.warnings.extend(problems.warnings());
    }
}

/// Looks at a file. `told` is the table whose file it is, where that is known; else it is found by the header.
pub fn inspect(
    part: &Part,
    told: Option<TableName>,
    settings: &Settings,
    options: &ReadOptions,
) -> Inspected {
    let mut env = Env { threads: 1, ..env_of(settings, options) };
    loop {
        let mut found = Inspected::new(part.clone(), told.is_some());
        match look_at(&mut found, told, settings, &env) {
            // The beginning of a file did not show how it is written. Now it is known, and all is read anew.
            Err(FileError { cause: Cause::Written(file, encoding), .. })
                if !env.encodings.contains_key(&file) =>
            {
                env.encodings.insert(file, encoding);
            }
            Err(failed) => {
                found.failed = Some(failed);
                return found;
            }
            Ok(()) => {
                found.mask_problems();
                return found;
            }
        }
    }
}

fn look_at(
    found: &mut Inspected,
    told: Option<TableName>,
    settings: &Settings,
    env: &Env,
) -> Result<(), FileError> {
    let Some(mut beginning) = beginning(found, env)? else { return Ok(()) };
    // Of several sheets the name of the file says nothing.
    let of_name = super::source::table_of_name(&found.part.path).filter(|_| found.part.sheet.is_none());
    let schema_of = |table| schema_by(table, settings);
    let fits = beginning.fits(&found.part, of_name, &schema_of, env);
    let fit = fits.iter().find(|fit| told.is_none_or(|table| fit.table == table)).cloned();
    let table = told.or(fit.as_ref().map(|fit| fit.table));
    let mut others =
        fits.iter().filter(|f| fit.as_ref().is_none_or(|b| !f.is(b.table, b.profile.as_deref())));
    (found.next, found.fit) = (others.next().cloned(), fit);
    let Some(table) = table else {
        beginning.describe(found, None, &schema_of, env);
        let place = Place::file(found.part.number);
        let mut problems = Problems::new(1);
        problems.error(place, || Problem::new(Code::MissingColumn, place));
        found.error_count = 1;
        return Ok(());
    };
    found.part.table = table;
    read_rows(found, settings, env)?;
    if let (Beginning::Sheets(heads), Some(Written { sheet: Some(sheet), .. })) =
        (&mut beginning, &found.written)
        && heads.len() > 1
    {
        // What other sheets are like is no matter of this one.
        heads.retain(|head| head.name == *sheet);
        let fits = beginning.fits(&found.part, of_name, &schema_of, env);
        let mut others = fits
            .into_iter()
            .filter(|f| found.fit.as_ref().is_none_or(|b| !f.is(b.table, b.profile.as_deref())));
        found.next = others.next();
    }
    if found.header.is_none() {
        beginning.describe(found, Some(table), &schema_of, env);
    }
    Ok(())
}

/// The columns of each table.
type SchemaOf<'a> = &'a dyn Fn(TableName) -> Schema;

/// The rows at the beginning of a file, before anybody knows which is its header.
enum Beginning {
    Text {
        text: Vec<u8>,
        ended: bool,
        blank: u64,
    },
    /// Those of each sheet of a workbook.
    Sheets(Vec<Head>),
}

/// Looks at the beginning of a file; `None` where there is nothing to look at, which is noted.
fn beginning(found: &mut Inspected, env: &Env) -> Result<Option<Beginning>, FileError> {
    let part = found.part.clone();
    let mut open = part.open()?;
    let mut start = Vec::new();
    open.fill(&mut start, 512)?;
    if form::of(&start) == form::Form::Workbook && !part.gzip {
        // Which sheet is read shows where it is read.
        let is_asked = |head: &Head| match &part.sheet {
            Some(name) => head.name == *name,
            None => !head.hidden,
        };
        return match part.sheet_heads()? {
            Ok(heads) => Ok(Some(Beginning::Sheets(heads.into_iter().filter(is_asked).collect()))),
            Err(fault) => {
                let mut problems = Problems::new(1);
                sheet::refuse(fault, part.number, &mut problems);
                found.note(&problems);
                Ok(None)
            }
        };
    }
    let parts = [part];
    let mut reader = Reader::new(schema(parts[0].table), &parts, env);
    let beginning = reader.beginning(&parts[0])?;
    found.note(&reader.problems);
    let Some(b) = beginning else { return Ok(None) };
    if b.text.is_empty() {
        let (place, mut problems) = (Place::file(parts[0].number), Problems::new(1));
        problems.error(place, || Problem::new(Code::EmptyFile, place));
        found.note(&problems);
        return Ok(None);
    }
    let (delimiters, _) = head::delimiters(&b.text, parts[0].delimiter, None);
    let delimiter = delimiters.first().copied().unwrap_or(b',').into();
    found.written = Some(Written { encoding: b.encoding, delimiter, sheet: None });
    Ok(Some(Beginning::Text { text: b.text, ended: b.ended, blank: b.blank }))
}

impl Beginning {
    fn fits(&self, part: &Part, of_name: Option<TableName>, schema_of: SchemaOf, env: &Env) -> Vec<Fit> {
        match self {
            Beginning::Text { text, ended, .. } => {
                let (delimiters, named) = head::delimiters(text, part.delimiter, None);
                let all = delimiters.iter().flat_map(|d| {
                    let lines = head::lines(text, *d, *ended);
                    fit::of_lines(&lines[usize::from(named).min(lines.len())..], *d, of_name, schema_of, env)
                });
                fit::best_first(all.collect())
            }
            Beginning::Sheets(sheets) => {
                let all = sheets
                    .iter()
                    .flat_map(|head| fit::of_lines(&sheet_lines(&head.rows), b',', of_name, schema_of, env));
                fit::best_first(all.collect())
            }
        }
    }

    /// What can be said of a file whose rows cannot be read: its columns by the row most like a header.
    fn describe(&self, found: &mut Inspected, table: Option<TableName>, schema_of: SchemaOf, env: &Env) {
        let fit = found.fit.clone();
        let by = fit.as_ref().map(|fit| fit.delimiter);
        let lines = match self {
            Beginning::Text { text, ended, .. } => {
                let (delimiters, _) = head::delimiters(text, found.part.delimiter, None);
                let delimiter = by.or(delimiters.first().copied()).unwrap_or(b',');
                if let Some(written) = &mut found.written {
                    written.delimiter = delimiter.into();
                }
                head::lines(text, delimiter, *ended)
            }
            Beginning::Sheets(sheets) => sheets.first().map_or(Vec::new(), |head| sheet_lines(&head.rows)),
        };
        let blank = if let Beginning::Text { blank, .. } = self { *blank } else { 0 };
        let at = fit.as_ref().map_or_else(|| lines.first().map_or(0, |l| l.at), |fit| fit.at);
        let Some(header) = lines.iter().find(|line| line.at == at) else { return };
        let before = lines.iter().filter(|line| line.at < at).count() as u64;
        found.header = Some(Header { line: 1 + blank + at, before, under: 0, promised: None });
        let profile = fit.as_ref().and_then(|fit| fit.profile.as_deref());
        let mapping = table.map(|t| Mapping::of(schema_of(t), &header.cells, env, profile));
        let rows: Vec<&Line> = lines.iter().filter(|line| line.at > at).collect();
        found.columns = columns_of_lines(header, &rows, table.map(schema_of), mapping.as_ref());
        if let (Some(table), Some(mapping)) = (table, &mapping) {
            found.missing = missing(schema_of(table), header, mapping, profile, env);
        }
    }
}

/// The table that the rows of a sheet are, where one of them has all columns that it must have and others stand under
/// it; `told` before all others.
pub fn looks_like(
    rows: &[Vec<String>],
    told: Option<TableName>,
    settings: &Settings,
    env: &Env,
) -> Option<TableName> {
    let schema_of = |table| schema_by(table, settings);
    let (_, above) = rows.split_last()?;
    if let Some(told) = told.filter(|told| head::fits(above, schema_of(*told), env)) {
        return Some(told);
    }
    let best = fit::of_lines(&sheet_lines(rows), b',', None, &schema_of, env).into_iter().next()?;
    (best.whole && best.at < above.len() as u64).then_some(best.table)
}

/// The sheets of a workbook that hold tables; none where it is no workbook or cannot be read.
pub fn tables_in(
    part: &Part,
    told: Option<TableName>,
    settings: &Settings,
    options: &ReadOptions,
) -> Vec<Unread> {
    let heads = part.is_workbook().ok().filter(|is| *is).and_then(|_| part.sheet_heads().ok()?.ok());
    other_sheets::tables(&heads.unwrap_or_default(), told, settings, &env_of(settings, options))
}

/// The rows of a sheet as lines: of blank rows nothing is known here.
fn sheet_lines(rows: &[Vec<String>]) -> Vec<Line> {
    let cells = |row: &Vec<String>| row.iter().map(|c| c.trim().as_bytes().to_vec()).collect();
    rows.iter().zip(0..).map(|(row, at)| Line { at, cells: cells(row) }).collect()
}

fn columns_of_lines(
    header: &Line,
    rows: &[&Line],
    schema: Option<Schema>,
    mapping: Option<&Mapping>,
) -> Vec<Column> {
    let ours = |i: usize| {
        let column = mapping?.at.iter().position(|at| *at == Some(i))?;
        Some(schema?.columns[column].name)
    };
    let one = |(i, name): (usize, &Vec<u8>)| {
        let raw = String::from_utf8_lossy(name).into_owned();
        let mut samples = Samples::of(&raw, ours(i));
        rows.iter().filter_map(|row| row.cells.get(i)).for_each(|cell| samples.take(bare(cell)));
        let used = ours(i).map_or(Use::NotRead, Use::Value);
        Column { header: mask::header(&raw), raw, used, samples: samples.values }
    };
    header.cells.iter().enumerate().map(one).collect()
}

/// The columns that must be there and are not.
fn missing(
    schema: Schema,
    header: &Line,
    mapping: &Mapping,
    profile: Option<&Profile>,
    env: &Env,
) -> Vec<Missing> {
    const TRIED: usize = 6;
    let table = schema.table;
    let text = |cell: &Vec<u8>| String::from_utf8_lossy(cell).into_owned();
    let free = header.cells.iter().enumerate().filter(|(i, _)| !mapping.at.contains(&Some(*i)));
    let free: Vec<String> = free.map(|(_, cell)| text(cell)).collect();
    let of = |column: usize| {
        let spec = &schema.columns[column];
        let given = env.column_names.get(&(table, spec.name.to_string())).cloned();
        let mut tried = given.unwrap_or_else(|| vec![spec.name.into()]);
        // Where no profile is like it, the names that exports have for the column say what it may be.
        let generic = env.profiles.of_table(table).filter(|p| profile.is_none() && p.generic);
        let more: Vec<String> = match profile {
            Some(profile) => profile.columns[column].written.clone(),
            None => generic.flat_map(|p| p.columns[column].written.clone()).collect(),
        };
        tried.extend(more.into_iter().filter(|n| *n != spec.name));
        let wanted: Vec<String> = tried.iter().map(|name| fold(name)).collect();
        let near = fit::nearest(spec.name, &wanted, &free).iter().map(|name| mask::header(name)).collect();
        tried.truncate(TRIED);
        Missing { column: spec.name, tried, near }
    };
    mapping.missing(schema, profile).into_iter().map(of).collect()
}

/// The columns of a table by these settings.
fn schema_by(table: TableName, settings: &Settings) -> Schema {
    match table {
        TableName::Users if settings.joined_by_order => UNDATED_USERS,
        TableName::AdSpend if settings.wide_spend.is_some() => WIDE_AD_SPEND,
        other => schema(other),
    }
}

/// What a row of orders is: as the settings say, and in what they leave open as the profile does.
fn order_rows(found: &Inspected, settings: &Settings) -> OrderRows {
    if found.part.table != TableName::Orders {
        return OrderRows::default();
    }
    let by_profile = found.profile().map(|profile| OrderRows {
        lines: profile.lines == Some(true),
        amount_repeats: profile.order_amount_repeats == Some(true),
        refunds: profile.negative_is_refund == Some(true),
    });
    settings.rows_said.over(by_profile.unwrap_or_default())
}

/// Reads all rows of a file whose table is known.
fn read_rows(found: &mut Inspected, settings: &Settings, env: &Env) -> Result<(), FileError> {
    let mapped = settings.statuses.iter().map(|(w, s)| (w.as_str(), *s));
    let statuses = Statuses::new(mapped);
    let part = found.part.clone();
    let schema = schema_by(part.table, settings);
    found.order_rows = order_rows(found, settings);
    let env = &Env { amount_repeats: found.order_rows.amount_repeats, ..env.clone() };
    // Rows that are left out are looked at as well.
    let audit = Env { is_audit: true, ..env.clone() };
    let workers = vec![Looking::by(&statuses, found.order_rows)];
    let (mut workers, mut outcome) = read(schema, std::slice::from_ref(&part), &audit, workers)?;
    let sheet = outcome.sheets.remove(&part.number);
    let layout = outcome.layouts.pop();
    let others = outcome.others.remove(&part.number).unwrap_or_default();
    found.others = other_sheets::tables(&others, Some(part.table), settings, env);
    if let (None, Some(sheet)) = (&found.written, &sheet) {
        found.written =
            Some(Written { encoding: Encoding::Utf8, delimiter: ',', sheet: Some(sheet.clone()) });
    }
    let Some((layout, looking)) = layout.zip(workers.pop()) else {
        found.note(&outcome.problems);
        return Ok(());
    };
    let stats = outcome.files.remove(&part.number).unwrap_or_default();
    let beside = control::compare(&part, env, &layout, &stats, &mut outcome.problems)?;
    let empty =
        outcome.problems.warnings().iter().filter(|w| w.code == Code::EmptyRow).map(|w| w.count).sum();
    unread::warn(&layout, false, &settings.columns, &mut outcome.problems);
    outcome.problems.one_for_each_cell();
    found.note(&outcome.problems);
    if sheet.is_none() {
        let dialect = layout.dialect;
        found.written =
            Some(Written { encoding: dialect.encoding, delimiter: dialect.delimiter.into(), sheet });
    }
    found.describe(&layout, &looking);
    let repeats = found.order_rows.amount_repeats;
    found.rows = Some(Rows { repeats, ..rows(&layout, looking, beside, &stats, empty) });
    Ok(())
}

fn rows(layout: &Layout, looking: Looking, beside: Beside, stats: &FileStats, empty: u64) -> Rows {
    let sum =
        |c: usize| (layout.name_of(c).into_owned(), looking.sums.get(c).copied().unwrap_or(Money::ZERO));
    let is_orders = layout.schema.table == TableName::Orders;
    // What prices come to stands in the amounts.
    let is_price = |c: usize| is_orders && [orders::QUANTITY, orders::UNIT_PRICE].contains(&c);
    let is_summed = |c: &usize| layout.is_money(*c) && !is_price(*c);
    let is_amount = |c: &usize| is_orders && *c == orders::AMOUNT && layout.has(orders::UNIT_PRICE);
    let left_out = looking.left_out.iter().map(|((n, v), count)| (n.clone(), v.clone(), *count));
    Rows {
        used: looking.rows,
        beside,
        empty,
        left_out: left_out.collect(),
        span: stats.span,
        sums: (0..layout.channels().end).filter(|c| is_summed(c) || is_amount(c)).map(sum).collect(),
        repeats: false,
        words: looking.words,
    }
}

impl Inspected {
    /// What a header that was read says.
    fn describe(&mut self, layout: &Layout, looking: &Looking) {
        let found = &layout.found;
        self.header = Some(Header {
            line: found.line,
            before: found.before,
            under: found.under,
            promised: found.promised.map(|(rows, _)| rows),
        });
        let profile = found.profile.as_ref().map(|(profile, _)| profile);
        // What a report does counts, whatever was found before.
        if let (Some(fit), Some((profile, share))) = (&mut self.fit, &found.profile) {
            (fit.profile, fit.share, fit.whole) = (Some(profile.clone()), *share, true);
        }
        if self.next.as_ref().is_some_and(|n| n.is(layout.schema.table, profile.map(|p| &**p))) {
            self.next = None;
        }
        let none = look::samples_of(layout);
        let samples = if looking.samples.is_empty() { &none } else { &looking.samples };
        let one = |(i, samples): (usize, &Samples)| {
            let raw = layout.name(i);
            Column { header: mask::header(&raw), raw, used: used(layout, i), samples: samples.values.clone() }
        };
        self.columns = samples.iter().enumerate().map(one).collect();
        let schema = layout.schema;
        let of_ours = |c: usize| schema.columns[c].name;
        let constant = |c: usize| layout.manner.as_ref().filter(|_| layout.cell_of(c).is_none())?.constant(c);
        let all = 0..schema.columns.len();
        self.constants = all.clone().filter_map(|c| Some((of_ours(c), constant(c)?.to_string()))).collect();
        // Prices are of use where there is no amount.
        let is_price = |c: usize| {
            schema.table == TableName::Orders && [orders::QUANTITY, orders::UNIT_PRICE].contains(&c)
        };
        self.absent = all.filter(|c| !layout.has(*c) && !is_price(*c)).map(of_ours).collect();
    }

    /// Values in problems are values of the file.
    fn mask_problems(&mut self) {
        let under = |name: &Option<String>| {
            let ours = |c: &Column| match c.used {
                Use::Value(ours) | Use::Further(ours) => Some(ours),
                _ => None,
            };
            let column =
                self.columns.iter().find(|c| ours(c) == name.as_deref() || Some(&c.raw) == name.as_ref());
            // A row may be shifted, so that a name stands where a product should.
            match column.map(|c| mask::under(&c.raw, ours(c))) {
                None | Some(mask::Under::Plain) => mask::Under::Unknown,
                Some(under) => under,
            }
        };
        let masked = |p: &Problem| {
            let under = under(&p.name);
            let value = p.value.as_ref().map(|value| mask::masked(value, under));
            let detail = match &p.detail {
                Detail::Mojibake(Mojibake::ReadAs(encoding, meant)) => {
                    Detail::Mojibake(Mojibake::ReadAs(encoding, mask::masked(meant, under)))
                }
                Detail::Missing { tried, near, like } => {
                    let near = near.as_ref().map(|name| mask::header(name));
                    Detail::Missing { tried: tried.clone(), near, like: like.clone() }
                }
                other => other.clone(),
            };
            let name = p.name.as_ref().map(|name| mask::header(name));
            Problem { name, value, detail, ..p.clone() }
        };
        self.errors = self.errors.iter().map(masked).collect();
        self.warnings = self.warnings.iter().map(masked).collect();
    }
}

fn used(layout: &Layout, cell: usize) -> Use {
    let of_referrals =
        || layout.of_referrals().is_some_and(|r| r.column_at(cell) == Some(referrals::DISTRIBUTOR_ID));
    match layout.column_at(cell) {
        Some(column) if layout.channels().contains(&column) => Use::Channel,
        Some(column) if column >= layout.channels().end => {
            let is_average = layout.totals().any(|total| total == (column, Word::Average));
            if is_average { Use::Average } else { Use::Total }
        }
        Some(column) => {
            let name = layout.schema.columns[column].name;
            if layout.cell_of(column) == Some(cell) { Use::Value(name) } else { Use::Further(name) }
        }
        None if of_referrals() => Use::Distributor,
        None if layout.reads(cell) => Use::Rule,
        None => Use::NotRead,
    }
}

/// A header's names as profiles compare them, for whoever asks whether two headers are one.
pub fn same_layout(a: &Inspected, b: &Inspected) -> bool {
    let names =
        |i: &Inspected| folded(&i.columns.iter().map(|c| c.raw.as_bytes().to_vec()).collect::<Vec<_>>());
    names(a) == names(b)
}
