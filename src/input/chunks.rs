//! A table's files as chunks of whole records, dealt out to workers.
//!
//! One reader at a time fills a buffer and cuts it behind a record's end; parsing goes on in parallel. The lines of
//! a chunk are known when it is dealt out, so what a worker reports does not depend on who got which chunk.

use super::giant::Giant;
use super::grid::{Cells, CellsOfRow, Cutter, Grid};
use super::marks::is_without_controls;
use super::problem::{Code, Detail, FileNo, Place, Problem, Problems};
use super::source::{FileError, Open, Part};
use super::split::{BATCH, Batch, Record, Records, last_record_end};
use super::table::{BOM, Env, FileStats, Layout, Row, Schema};
use memchr::{memchr, memchr_iter};
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
    cells: CellsOfRow<'r>,
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
}

impl Outcome {
    /// Does any part have this column?
    pub fn has(&self, column: usize) -> bool {
        self.layouts.iter().any(|l| l.has(column))
    }
}

/// Whole records of one file, or one that is longer than the buffer.
struct Chunk {
    layout: Arc<Layout>,
    first_line: u64,
    giant: Option<Giant>,
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
    let bytes: u64 = parts.iter().filter_map(|p| std::fs::metadata(&p.path).ok()).map(|m| m.len()).sum();
    let reader = Mutex::new(Reader::new(schema, parts, env));
    let plain = |p: &&Part| !p.gzip;
    let table: u64 =
        parts.iter().filter(plain).filter_map(|p| std::fs::metadata(&p.path).ok()).map(|m| m.len()).sum();
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
    let mut outcome = Outcome { problems: reader.problems, files: BTreeMap::new(), layouts: reader.layouts };
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
    let mut buffer = Vec::new();
    let mut problems = Problems::new(env.max_errors);
    let mut files: BTreeMap<FileNo, FileStats> = BTreeMap::new();
    loop {
        // A worker that panicked while reading ends the run anyway; its lock's state is not looked at again.
        let next = reader.lock().unwrap_or_else(PoisonError::into_inner).next(&mut buffer)?;
        let Some(chunk) = next else { return Ok((problems, files)) };
        env.read.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        let stats = files.entry(chunk.layout.file).or_default();
        rows(&chunk, &buffer, env, &mut problems, stats, worker);
        worker.end_of_chunk(Share { chunk: buffer.len(), table });
    }
}

fn rows<W: Worker>(
    chunk: &Chunk,
    bytes: &[u8],
    env: &Env,
    problems: &mut Problems,
    stats: &mut FileStats,
    worker: &mut W,
) {
    let layout = &*chunk.layout;
    if let Some(giant) = &chunk.giant {
        let record = giant.record();
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
            });
        }
        return;
    }
    // What a grid has seen of its bytes need not be looked for again.
    let (mut utf8, mut controls) = (None, None);
    let mut is_utf8 = || *utf8.get_or_insert_with(|| simdutf8::basic::from_utf8(bytes).is_ok());
    let mut no_controls = || *controls.get_or_insert_with(|| is_without_controls(bytes));
    let mut made = Batch::default();
    split(bytes, layout.delimiter, layout.cells(), chunk.first_line, |from| {
        let from = *from;
        let (valid, clean) = match from {
            From::Grid(grid, _) => (grid.is_ascii() || is_utf8(), grid.is_clean() || no_controls()),
            _ => (is_utf8(), no_controls()),
        };
        let clean = valid && clean;
        worker.rows(&mut Rows { from, made: &mut made, layout, env, problems, stats, valid, clean });
    });
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
                let mut records = Records::new(bytes, layout.delimiter, layout.cells(), grid.line(i));
                records.fill(self.made, 1);
                self.made.record(0, bytes)
            }
            From::Batch(batch, bytes) => batch.record(i, bytes),
            From::Giant(record) => record,
        };
        Row { record, layout, env, problems: self.problems, stats: self.stats, bad: false, clean }
    }

    /// The rows whose cells can be had without more ado: all of a grid without control characters.
    #[inline]
    pub fn grid(&self) -> Option<(Cells<'r>, &'r Layout)> {
        match self.from {
            From::Grid(grid, bytes) if self.clean => Some((Cells::new(grid, bytes), self.layout)),
            _ => None,
        }
    }

    #[inline(always)]
    fn plain(&self, i: usize) -> Option<PlainRow<'r>> {
        let From::Grid(grid, bytes) = self.from else { return None };
        let (cells, layout) = (Cells::new(grid, bytes).row(i), self.layout);
        let is_row = self.clean && layout.tells_from_header(cells.text(layout.probe())?);
        is_row.then(|| PlainRow { cells, layout, line: grid.line(i), today: self.env.today })
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

    /// The last day that is not warned of.
    pub fn today(&self) -> Day {
        self.env.today
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

/// Reads the parts of a table one after another.
struct Reader<'a> {
    schema: Schema,
    parts: std::slice::Iter<'a, Part>,
    env: &'a Env,
    current: Option<Current>,
    problems: Problems,
    layouts: Vec<Arc<Layout>>,
    failed: bool,
}

/// The part being read.
struct Current {
    open: Open,
    layout: Arc<Layout>,
    /// Bytes read behind the last record dealt out.
    carry: Vec<u8>,
    line: u64,
    ended: bool,
}

/// Columns of a header beyond which nothing is kept.
const HEADER_CELLS: usize = 1 << 20;

impl<'a> Reader<'a> {
    fn new(schema: Schema, parts: &'a [Part], env: &'a Env) -> Reader<'a> {
        let problems = Problems::new(env.max_errors);
        Reader {
            schema,
            parts: parts.iter(),
            env,
            current: None,
            problems,
            layouts: Vec::new(),
            failed: false,
        }
    }

    /// The next chunk, its bytes in `buffer`.
    fn next(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Chunk>, FileError> {
        loop {
            if self.failed {
                return Ok(None);
            }
            let result = match &mut self.current {
                Some(current) => current.next(buffer, self.env, &mut self.problems),
                None => match self.parts.next() {
                    None => return Ok(None),
                    Some(part) => self.begin(part).map(|()| None),
                },
            };
            match result {
                Err(e) => {
                    self.failed = true;
                    return Err(e);
                }
                Ok(Some(chunk)) => return Ok(Some(chunk)),
                Ok(None) => {
                    if self.current.as_ref().is_some_and(|c| c.ended && c.carry.is_empty()) {
                        self.current = None;
                    }
                }
            }
        }
    }

    /// Opens a part and reads its header.
    fn begin(&mut self, part: &Part) -> Result<(), FileError> {
        let mut open = part.open()?;
        let mut carry = Vec::new();
        let ended = open.fill(&mut carry, self.env.chunk_bytes.clamp(4096, 64 * 1024))?;
        if let Some((code, format)) = what_it_is(&carry) {
            let place = Place::file(part.number);
            self.problems.error(place, || Problem::new(code, place).detail(Detail::Format(format)));
            return Ok(());
        }
        if carry.starts_with(BOM) {
            carry.drain(..BOM.len());
        }
        let mut line = 1;
        let blank = carry.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
        // Blank lines before the header; a CR without LF is left to be found there.
        let mut skip = 0;
        while skip < blank {
            let n = if carry[skip] == b'\n' { 1 } else { 2 };
            if carry.get(skip + n - 1) != Some(&b'\n') {
                break;
            }
            skip += n;
            line += 1;
        }
        carry.drain(..skip);
        if carry.is_empty() {
            let place = Place::file(part.number);
            self.problems.error(place, || Problem::new(Code::EmptyFile, place));
            return Ok(());
        }
        let mut ended = ended;
        let mut header = Giant::new(part.delimiter, HEADER_CELLS, line);
        loop {
            let (taken, done) = header.feed(&carry);
            let cut = carry.last() != Some(&b'\n');
            carry.drain(..taken);
            if !done && ended {
                header.finish();
                if cut {
                    self.no_final_newline(part.number, header.line());
                }
            }
            if done || ended || header.is_hole() {
                break;
            }
            ended = open.fill(&mut carry, 64 * 1024)?;
        }
        if let Some(layout) = self.header(part, &header) {
            let layout = Arc::new(layout);
            self.layouts.push(layout.clone());
            self.current = Some(Current { open, layout, carry, line: header.line(), ended });
        }
        Ok(())
    }

    fn no_final_newline(&mut self, file: FileNo, line: u64) {
        self.problems.warn(Problem::new(Code::NoFinalNewline, Place::line(file, line)));
    }

    /// The layout a header gives, or the problem that makes the file unreadable.
    fn header(&mut self, part: &Part, header: &Giant) -> Option<Layout> {
        let record = header.record();
        let flaws = record.flaws;
        let (code, cell, line) = if flaws.giant_encoding {
            (Code::Encoding, None, record.line)
        } else if flaws.giant_nul {
            (Code::Nul, None, record.line)
        } else if let Some((cell, line)) = flaws.unclosed {
            (Code::UnclosedQuote, Some(cell), line)
        } else if flaws.bare_cr {
            (Code::BareCr, None, record.line)
        } else if let Some(cell) = flaws.stray {
            (Code::StrayQuote, Some(cell), record.line)
        } else if record.cells > HEADER_CELLS {
            let place = Place::line(part.number, record.line);
            let detail = Detail::Cells { expected: HEADER_CELLS, found: record.cells };
            self.problems.error(place, || Problem::new(Code::RowLength, place).detail(detail));
            return None;
        } else {
            return Layout::find(self.schema, part, &record, self.env, &mut self.problems);
        };
        let column = cell.and_then(|c| u32::try_from(c + 1).ok());
        let place = Place { file: part.number, line: Some(line), column };
        self.problems.error(place, || Problem::new(code, place));
        None
    }
}

impl Current {
    fn next(
        &mut self,
        buffer: &mut Vec<u8>,
        env: &Env,
        problems: &mut Problems,
    ) -> Result<Option<Chunk>, FileError> {
        buffer.clear();
        std::mem::swap(buffer, &mut self.carry);
        if !self.ended {
            let upto = buffer.len().max(env.chunk_bytes.saturating_sub(1)) + 1;
            buffer.reserve(upto - buffer.len());
            self.ended = self.open.fill(buffer, upto)?;
        }
        let layout = self.layout.clone();
        let chunk = |line, giant| Chunk { layout, first_line: line, giant };
        let line = self.line;
        if self.ended {
            if buffer.last().is_some_and(|b| *b != b'\n') {
                let place = Place::line(self.layout.file, line + newlines(buffer));
                problems.warn(Problem::new(Code::NoFinalNewline, place));
            }
            self.line += newlines(buffer);
            return Ok((!buffer.is_empty()).then(|| chunk(line, None)));
        }
        match last_record_end(buffer, self.layout.delimiter) {
            Some(cut) => {
                self.carry.extend_from_slice(&buffer[cut..]);
                buffer.truncate(cut);
                self.line += newlines(buffer);
                Ok(Some(chunk(line, None)))
            }
            None => self.giant(buffer, problems).map(|g| g.map(|g| chunk(line, Some(g)))),
        }
    }

    /// A record longer than the buffer, read to its end with little of it kept.
    fn giant(&mut self, buffer: &mut Vec<u8>, problems: &mut Problems) -> Result<Option<Giant>, FileError> {
        let mut giant = Giant::new(self.layout.delimiter, self.layout.cells(), self.line);
        let mut last = b' ';
        loop {
            let (taken, done) = giant.feed(buffer);
            if done {
                self.carry.extend_from_slice(&buffer[taken..]);
                self.line = giant.line();
                return Ok(Some(giant));
            }
            last = buffer.last().copied().unwrap_or(last);
            if self.ended || giant.is_hole() {
                // A line end inside quotes that never close is one, too.
                if last != b'\n' || !self.ended {
                    let place = Place::line(self.layout.file, giant.line());
                    problems.warn(Problem::new(Code::NoFinalNewline, place));
                }
                giant.finish();
                self.ended = true;
                return Ok(Some(giant));
            }
            buffer.clear();
            self.ended = self.open.fill(buffer, 64 * 1024)?;
        }
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

/// What a file is that is no table in UTF-8, by its first bytes.
fn what_it_is(start: &[u8]) -> Option<(Code, &'static str)> {
    const FORMATS: [(&[u8], Code, &str); 17] = [
        (b"\xff\xfe\0\0", Code::Encoding, "UTF-32"),
        (b"\0\0\xfe\xff", Code::Encoding, "UTF-32"),
        (b"\xff\xfe", Code::Encoding, "UTF-16"),
        (b"\xfe\xff", Code::Encoding, "UTF-16"),
        (b"\xef\xbb\xbf\xef\xbb\xbf", Code::Encoding, "two byte order marks"),
        (b"\x1f\x8b", Code::BinaryFile, "gzip"),
        (b"PK\x03\x04", Code::BinaryFile, "xlsx or zip"),
        (b"PK\x05\x06", Code::BinaryFile, "zip"),
        (b"\xd0\xcf\x11\xe0", Code::BinaryFile, "xls"),
        (b"%PDF-", Code::BinaryFile, "PDF"),
        (b"\x89PNG", Code::BinaryFile, "PNG"),
        (b"SQLite format 3", Code::BinaryFile, "SQLite"),
        (b"PAR1", Code::BinaryFile, "Parquet"),
        (b"\x28\xb5\x2f\xfd", Code::BinaryFile, "zstd"),
        (b"BZh", Code::BinaryFile, "bzip2"),
        (b"\xfd7zXZ", Code::BinaryFile, "xz"),
        (b"7z\xbc\xaf\x27\x1c", Code::BinaryFile, "7z"),
    ];
    if let Some((_, code, name)) = FORMATS.iter().find(|(magic, ..)| start.starts_with(magic)) {
        return Some((*code, name));
    }
    // Text in UTF-16 without a mark: about every second byte is 0.
    let head = &start[..start.len().min(512)];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let half = head.len() / 2;
    let utf16 = half >= 4 && even.max(odd) * 10 >= half * 7 && even.min(odd) * 10 <= half;
    (utf16 && memchr(0, head).is_some()).then_some((Code::Encoding, "UTF-16"))
}
