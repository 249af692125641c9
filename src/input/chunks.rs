//! A table's files as chunks of whole records, dealt out to workers.
//!
//! The [reader](super::reader) deals them out; parsing goes on in parallel.

use super::aside::Asides;
use super::grid::{Cells, CellsOfRow, Cutter, Grid};
use super::machine::is_without_controls;
use super::problem::{FileNo, Place, Problems};
use super::reader::{Chunk, Reader};
use super::sheet;
use super::source::{FileError, Part};
use super::split::{BATCH, Batch, Record, Records};
use super::table::{Env, FileStats, Layout, Row, Schema};
use super::workbook::Head;
use memchr::memmem;
use scrm_core::date::Day;
use scrm_core::money::Amount;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// What a worker does with the rows it gets.
pub trait Worker: Send {
    /// Takes one row. (One that takes them together needs no such thing.)
    fn row(&mut self, _row: &mut Row) {}
    /// Takes a row at a glance, where its cells are all written in the plain way; what it says then is what
    /// [`row`](Worker::row) would make of it. `None` leaves the row to that.
    #[inline(always)]
    fn plain(&mut self, _row: &PlainRow) -> Option<Told> {
        None
    }
    /// Takes some rows, one after the other unless it has a better way.
    fn rows(&mut self, rows: &mut Rows) {
        let mut stats = FileStats::default();
        for i in 0..rows.len() {
            let told = rows.plain(i).and_then(|row| self.plain(&row));
            if let Some(told) = told {
                stats.rows += 1;
                stats.sum += told.amount;
                stats.note(told.day);
            } else if let Some(mut row) = rows.sound(i) {
                self.row(&mut row);
            }
        }
        rows.count(&stats);
    }
    /// All rows of a chunk were seen, which was so much of the table.
    fn end_of_chunk(&mut self, _of: Share) {}
}

/// A row in which nothing asks for a second look: no control character, no more or fewer cells than the header, and seen
/// at a glance to be no header again and not empty.
pub struct PlainRow<'r> {
    pub cells: CellsOfRow<'r>,
    layout: &'r Layout,
    line: u64,
    /// The last day that is not warned of.
    pub today: Day,
}

impl<'r> PlainRow<'r> {
    /// The text of one of our columns, empty where the file lacks it; `None` where it is not to be had at a glance.
    #[inline(always)]
    pub fn text(&self, column: usize) -> Option<&'r [u8]> {
        self.cells.optional(self.layout.cell_of(column))
    }

    pub fn layout(&self) -> &'r Layout {
        self.layout
    }

    /// The place of one of our columns in this row.
    #[inline(always)]
    pub fn place_of(&self, column: usize) -> Place {
        self.layout.place(self.line, self.layout.cell_of(column))
    }
}

/// What a row tells of its file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    pub day: Option<Day>,
    pub amount: Amount,
}

/// A chunk's share of its table, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    chunk: usize,
    /// Of the files that are not compressed.
    table: u64,
}

impl Share {
    /// How many things the table has where the chunk has so many, roughly.
    pub fn expected(self, count: usize) -> usize {
        let all = count as u128 * u128::from(self.table) / self.chunk.max(1) as u128;
        usize::try_from(all).unwrap_or(0)
    }
}

/// What reading a table found beside its rows.
#[derive(Debug)]
pub struct Outcome {
    pub problems: Problems,
    pub files: BTreeMap<FileNo, FileStats>,
    /// The layouts of the parts whose headers could be read.
    pub layouts: Vec<Arc<Layout>>,
    /// The sheets of workbooks that were read.
    pub sheets: BTreeMap<FileNo, String>,
    /// The beginnings of the others of their workbooks.
    pub others: BTreeMap<FileNo, Vec<Head>>,
}

impl Outcome {
    /// What no table told.
    pub fn nothing(env: &Env) -> Outcome {
        let problems = Problems::new(env.max_errors);
        let (sheets, others) = (BTreeMap::new(), BTreeMap::new());
        Outcome { problems, files: BTreeMap::new(), layouts: Vec::new(), sheets, others }
    }

    /// Does any part have this column?
    pub fn has(&self, column: usize) -> bool {
        self.layouts.iter().any(|l| l.has(column))
    }
}

/// Tables below this size are read by one worker on the calling thread.
const SMALL: u64 = 1 << 20;

/// Reads all parts of a table with one worker per thread.
///
/// # Errors
/// [`FileError`] where a file cannot be read; nothing else of the table is of use then.
pub fn read<W: Worker>(
    schema: Schema,
    parts: &[Part],
    env: &Env,
    mut workers: Vec<W>,
) -> Result<(Vec<W>, Outcome), FileError> {
    let reader = Mutex::new(Reader::new(schema, parts, env));
    let sizes: Vec<(bool, u64)> =
        parts.iter().map(|p| (p.gzip, std::fs::metadata(&p.path).map_or(0, |m| m.len()))).collect();
    let bytes: u64 = sizes.iter().map(|(_, size)| size).sum();
    let table = sizes.iter().filter(|(gzip, _)| !gzip).map(|(_, size)| size).sum();
    let work = |worker: &mut W| work(&reader, env, worker, table);
    let results = match &mut workers[..] {
        [only] => vec![work(only)],
        [first, ..] if bytes < SMALL.min(env.chunk_bytes as u64) => vec![work(first)],
        many => std::thread::scope(|scope| {
            let running: Vec<_> = many.iter_mut().map(|w| scope.spawn(|| work(w))).collect();
            running.into_iter().map(|t| t.join().unwrap_or_else(|p| std::panic::resume_unwind(p))).collect()
        }),
    };
    let reader = reader.into_inner().unwrap_or_else(PoisonError::into_inner);
    let Reader { problems, layouts, sheets, others, .. } = reader;
    let (none, mut outcome) =
        (Asides::default(), Outcome { problems, files: BTreeMap::new(), layouts, sheets, others });
    for layout in &outcome.layouts {
        outcome.files.entry(layout.file).or_default();
    }
    for result in results {
        let (problems, files) = result?;
        outcome.problems.merge(problems);
        for (file, stats) in files {
            outcome.files.entry(file).or_default().merge(&stats);
        }
    }
    for layout in &outcome.layouts {
        let asides = outcome.files.get(&layout.file).map_or(&none, |stats| &stats.asides);
        sheet::refuse_merged(layout, asides, &mut outcome.problems);
    }
    Ok((workers, outcome))
}

type Found = (Problems, BTreeMap<FileNo, FileStats>);

/// Takes chunks until there are no more.
fn work<W: Worker>(
    reader: &Mutex<Reader>,
    env: &Env,
    worker: &mut W,
    table: u64,
) -> Result<Found, FileError> {
    let (mut buffer, mut text) = (Vec::new(), Vec::new());
    let mut problems = Problems::new(env.max_errors);
    let mut files: BTreeMap<FileNo, FileStats> = BTreeMap::new();
    loop {
        // A worker that panicked while reading ends the run anyway; its lock's state is not looked at again.
        let next = reader.lock().unwrap_or_else(PoisonError::into_inner).next(&mut buffer)?;
        let Some(chunk) = next else { return Ok((problems, files)) };
        env.read.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        let layout = &*chunk.layout;
        let stats = files.entry(layout.file).or_default();
        // A giant one is made UTF-8 by itself.
        let made = match chunk.giant {
            None => layout.dialect.encoding.to_utf8(&buffer, &mut text),
            Some(_) => None,
        };
        let (bytes, known) = made.map_or((&buffer[..], None), |(text, sound)| (text, Some(sound)));
        let is_utf8 = rows(&chunk, bytes, known, env, &mut problems, stats, worker);
        if !is_utf8 && layout.dialect.presumed {
            reader.lock().unwrap_or_else(PoisonError::into_inner).is_utf8_after_all(layout.file)?;
        }
        worker.end_of_chunk(Share { chunk: buffer.len(), table });
    }
}

/// Has the worker take all rows of a chunk; `false` where some that were looked at are not UTF-8.
fn rows<W: Worker>(
    chunk: &Chunk,
    bytes: &[u8],
    known_utf8: Option<bool>,
    env: &Env,
    problems: &mut Problems,
    stats: &mut FileStats,
    worker: &mut W,
) -> bool {
    let layout = &*chunk.layout;
    if let Some(giant) = &chunk.giant {
        let record = giant.record();
        let is_utf8 = !record.flaws.giant_encoding;
        if !record.is_blank() {
            worker.rows(&mut Rows {
                from: From::Giant(record),
                made: &mut Batch::default(),
                layout,
                env,
                problems,
                stats,
                valid: true,
                clean: false,
                plain: false,
            });
        }
        return is_utf8;
    }
    // What a grid has seen of its bytes need not be looked for again.
    let (mut utf8, mut controls) = (known_utf8, None);
    let mut is_utf8 = || *utf8.get_or_insert_with(|| simdutf8::basic::from_utf8(bytes).is_ok());
    let mut no_controls = || *controls.get_or_insert_with(|| is_without_controls(bytes));
    let mut damage = None;
    let mut is_damaged =
        || *damage.get_or_insert_with(|| memmem::find(bytes, "\u{fffd}".as_bytes()).is_some());
    let mut made = Batch::default();
    split(bytes, layout.dialect.delimiter, layout.cells(), chunk.first_line, |from| {
        let from = *from;
        let (valid, clean) = match from {
            From::Grid(grid, _) => (grid.is_ascii() || is_utf8(), grid.is_clean() || no_controls()),
            _ => (is_utf8(), no_controls()),
        };
        let is_undamaged = matches!(from, From::Grid(grid, _) if grid.is_undamaged());
        // Where names count, those that were damaged are looked at by the strict way.
        let clean = valid && clean && (is_undamaged || !env.names_count || !is_damaged());
        // A glance takes points for decimals.
        let plain = clean && !env.decimal_comma && layout.plain;
        worker.rows(&mut Rows { from, made: &mut made, layout, env, problems, stats, valid, clean, plain });
    });
    utf8 != Some(false)
}

/// As many records go through the strict splitter before the next grid is tried.
const FEW: usize = 16;

/// Splits a chunk of whole records with so many cells.
pub fn split(bytes: &[u8], delimiter: u8, cells: usize, first_line: u64, mut each: impl FnMut(&From)) {
    let mut records = Records::new(bytes, delimiter, cells, first_line);
    let cutter = Cutter::new(bytes, delimiter, cells);
    let (mut grid, mut batch, mut cr) = (Grid::default(), Batch::default(), false);
    loop {
        let (at, line) = records.place();
        let mut end = cutter.cut(at, line, cr, &mut grid);
        // Few chunks have one, so that it is only looked for where something is in the way.
        let stopped = grid.len() < BATCH && end < bytes.len();
        if !cr && (stopped || !grid.is_clean()) && records.has_cr() {
            cr = true;
            end = cutter.cut(at, line, cr, &mut grid);
        }
        if grid.len() > 0 {
            records.go_on(end, line + grid.len() as u64);
            each(&From::Grid(&grid, bytes));
        }
        if grid.len() < BATCH {
            if !records.fill(&mut batch, FEW) {
                return;
            }
            each(&From::Batch(&batch, bytes));
        }
    }
}

/// Rows that a worker looks at together.
pub struct Rows<'r, 'p> {
    from: From<'r>,
    /// A row of a grid, split anew for who wants all of it.
    made: &'p mut Batch,
    layout: &'r Layout,
    env: &'p Env,
    problems: &'p mut Problems,
    stats: &'p mut FileStats,
    /// All of it is UTF-8.
    valid: bool,
    /// ... without control characters.
    clean: bool,
    /// Cells may be read at a glance.
    plain: bool,
}

/// Records as they were split.
#[derive(Clone, Copy)]
pub enum From<'r> {
    Grid(&'r Grid, &'r [u8]),
    Batch(&'r Batch, &'r [u8]),
    Giant(Record<'r>),
}

impl From<'_> {
    pub fn len(&self) -> usize {
        match self {
            From::Grid(grid, _) => grid.len(),
            From::Batch(batch, _) => batch.len(),
            From::Giant(_) => 1,
        }
    }
}

impl<'r> Rows<'r, '_> {
    pub fn len(&self) -> usize {
        self.from.len()
    }

    /// A row, whatever it is.
    pub fn row(&mut self, i: usize) -> Row<'_, '_> {
        let (layout, env, clean) = (self.layout, self.env, self.clean);
        let record = match self.from {
            From::Grid(grid, bytes) => {
                let bytes = &bytes[grid.row(i)];
                let mut records = Records::new(bytes, layout.dialect.delimiter, layout.cells(), grid.line(i));
                records.fill(self.made, 1);
                self.made.record(0, bytes)
            }
            From::Batch(batch, bytes) => batch.record(i, bytes),
            From::Giant(record) => record,
        };
        Row { record, layout, env, problems: self.problems, stats: self.stats, bad: false, clean }
    }

    pub fn layout(&self) -> &'r Layout {
        self.layout
    }

    /// The place of a row.
    pub fn place(&self, i: usize) -> Place {
        let line = match self.from {
            From::Grid(grid, _) => grid.line(i),
            From::Batch(batch, bytes) => batch.record(i, bytes).line,
            From::Giant(record) => record.line,
        };
        Place::line(self.layout.file, line)
    }

    /// A row whose cells may be read at a glance. `None` says nothing against a row.
    #[inline(always)]
    pub fn plain(&self, i: usize) -> Option<PlainRow<'r>> {
        let From::Grid(grid, bytes) = self.from else { return None };
        let (cells, layout) = (Cells::new(grid, bytes).row(i), self.layout);
        let is_row = self.plain
            && layout.tells_from_header(cells.text(layout.probe())?)
            && layout.tells_from_total(|cell| cells.text(cell));
        is_row.then(|| PlainRow { cells, layout, line: grid.line(i), today: self.env.today })
    }

    /// The cells of rows that may be read at a glance.
    pub fn cells(&self) -> Option<Cells<'r>> {
        match self.from {
            From::Grid(grid, bytes) if self.plain => Some(Cells::new(grid, bytes)),
            _ => None,
        }
    }

    /// The last day that is not warned of.
    pub fn today(&self) -> Day {
        self.env.today
    }

    /// The text of one of our columns in a row of a grid; empty where it has none.
    pub fn text(&self, i: usize, column: usize) -> &'r [u8] {
        match (self.from, self.layout.cell_of(column)) {
            (From::Grid(grid, bytes), Some(cell)) => {
                Cells::new(grid, bytes).row(i).text(cell).unwrap_or_default()
            }
            _ => &[],
        }
    }

    /// Adds to what is told of the file: rows, the span of their dates, and their sum.
    pub fn count(&mut self, told: &FileStats) {
        self.stats.merge(told);
    }

    /// A row, where its structure is that of one; else what is wrong is noted.
    pub fn sound(&mut self, i: usize) -> Option<Row<'_, '_>> {
        let valid = self.valid;
        let mut row = self.row(i);
        row.structure(valid).then(|| {
            row.stats.rows += 1;
            row
        })
    }
}
