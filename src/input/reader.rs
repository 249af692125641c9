//! The parts of a table, one after another, cut into chunks of whole records.
//!
//! One worker at a time reads: it fills a buffer and cuts it behind a record's end. The lines of a chunk are known when it
//! is dealt out, so what a worker reports does not depend on who got which chunk.

use super::delimiter;
use super::encoding::{self, Encoding, Utf8};
use super::form::{self, Form};
use super::giant::Giant;
use super::grid::last_feed;
use super::head::{self, Head};
use super::layout::{Choice, Found};
use super::problem::{Code, Detail, FileNo, Place, Problem, Problems};
use super::schema::schema;
use super::sheet;
use super::source::{Cause, FileError, Open, Part};
use super::split::last_record_end;
use super::table::{Dialect, Env, Layout, Schema};
use super::unit;
use super::workbook::{self, Fault, Wanted};
use memchr::memchr_iter;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whole records of one file, or one that is longer than the buffer.
pub struct Chunk {
    pub layout: Arc<Layout>,
    pub first_line: u64,
    pub giant: Option<Giant>,
}

/// Reads the parts of a table one after another.
pub struct Reader<'a> {
    schema: Schema,
    parts: std::slice::Iter<'a, Part>,
    all: &'a [Part],
    /// What was found of files that are not UTF-8 behind their beginning.
    judged: BTreeMap<FileNo, Encoding>,
    /// The sheets that were opened.
    pub sheets: BTreeMap<FileNo, String>,
    /// The beginnings of the others of their workbooks.
    pub others: BTreeMap<FileNo, Vec<workbook::Head>>,
    env: &'a Env,
    current: Option<Current>,
    pub problems: Problems,
    /// The layouts of the parts whose headers could be read.
    pub layouts: Vec<Arc<Layout>>,
    failed: bool,
}

/// A part whose beginning was looked at.
struct Opened {
    open: Open,
    /// What was read of it, without a byte order mark.
    carry: Vec<u8>,
    ended: bool,
    encoding: Encoding,
    presumed: bool,
}

/// The beginning of a part, as UTF-8.
pub struct Beginning {
    pub text: Vec<u8>,
    /// There is no more of it.
    pub ended: bool,
    pub encoding: Encoding,
    /// Lines before its first that are blank.
    pub blank: u64,
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

/// The layouts of the parts of a table, as far as their headers can be read.
///
/// # Errors
/// [`FileError`].
pub fn layouts(schema: Schema, parts: &[Part], env: &Env) -> Result<Vec<Arc<Layout>>, FileError> {
    let mut reader = Reader::new(schema, parts, env);
    for part in parts {
        reader.begin(part)?;
        reader.current = None;
    }
    Ok(reader.layouts)
}

/// Columns of a header beyond which nothing is kept.
const HEADER_CELLS: usize = 1 << 20;

impl<'a> Reader<'a> {
    pub fn new(schema: Schema, parts: &'a [Part], env: &'a Env) -> Reader<'a> {
        let problems = Problems::new(env.max_errors);
        Reader {
            schema,
            parts: parts.iter(),
            all: parts,
            judged: BTreeMap::new(),
            sheets: BTreeMap::new(),
            others: BTreeMap::new(),
            env,
            current: None,
            problems,
            layouts: Vec::new(),
            failed: false,
        }
    }

    /// The next chunk, its bytes in `buffer`.
    pub fn next(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Chunk>, FileError> {
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

    /// The beginning of a part that is no workbook, whatever its header is; `None` where there is nothing to read, which
    /// is noted.
    ///
    /// # Errors
    /// [`FileError`], also [`Cause::Written`].
    pub fn beginning(&mut self, part: &Part) -> Result<Option<Beginning>, FileError> {
        let Some(mut opened) = self.opened(part)? else { return Ok(None) };
        opened.ended = opened.ended || opened.open.fill(&mut opened.carry, head::LOOKED_AT)?;
        let blank = blank_lines(&mut opened.carry);
        if opened.presumed {
            let mut utf8 = Utf8::default();
            utf8.feed(&opened.carry);
            if utf8.bad {
                self.is_utf8_after_all(part.number)?;
            }
        }
        let mut made = Vec::new();
        let text =
            opened.encoding.to_utf8(&opened.carry, &mut made).map_or(&opened.carry[..], |(text, _)| text);
        Ok(Some(Beginning { text: text.to_vec(), ended: opened.ended, encoding: opened.encoding, blank }))
    }

    /// Opens a part and reads its header.
    fn begin(&mut self, part: &Part) -> Result<(), FileError> {
        let Some(mut opened) = self.opened(part)? else {
            return Ok(());
        };
        let first = 1 + blank_lines(&mut opened.carry);
        if opened.carry.is_empty() {
            let place = Place::file(part.number);
            match opened.open.take_notes() {
                (_, Some(fault)) => sheet::refuse(fault, part.number, &mut self.problems),
                _ => self.problems.error(place, || Problem::new(Code::EmptyFile, place)),
            }
            return Ok(());
        }
        let Head { delimiter, at, before, promised, mut totals, choice } = self.head(part, &mut opened)?;
        let unit = stated_unit(&opened, at);
        skip_lines(&mut opened.carry, at);
        let line = first + at;
        let dialect = Dialect { encoding: opened.encoding, presumed: opened.presumed, delimiter };
        let header = self.read_header(part, &mut opened, dialect, line)?;
        if dialect.presumed && header.record().flaws.giant_encoding {
            self.is_utf8_after_all(part.number)?;
        }
        let Some(mut layout) = self.header(part, dialect, &header, choice) else { return Ok(()) };
        let mut line = header.line();
        for (cell, word) in layout.take_unit(unit) {
            let place = layout.place(layout.line, Some(cell));
            let make =
                || Problem::new(Code::BadMoney, place).column(layout.name(cell)).detail(Detail::Scale(word));
            self.problems.error(place, make);
        }
        let is_foreign = before > 0 || layout.is_foreign;
        let under = if is_foreign { self.under(&mut opened, &layout)? } else { head::Under::default() };
        if let Some(at) = under.second {
            let place = Place::line(part.number, line + at);
            let make = || Problem::new(Code::RepeatedHeader, place).detail(Detail::SecondHeader);
            self.problems.error(place, make);
        }
        skip_lines(&mut opened.carry, under.lines);
        line += under.lines;
        let promised = promised.map(|(rows, at)| (rows, first + at));
        totals.iter_mut().for_each(|total| total.line += first);
        let (under, cells) = (under.notes, under.cells);
        let found = Found { before, under, promised, totals, rows_from: line, ..layout.found.clone() };
        layout.settle(found, cells);
        let Opened { mut open, carry, ended, .. } = opened;
        layout.merged = open.sheet().map(|(_, merged)| merged.to_vec()).unwrap_or_default();
        let layout = Arc::new(layout);
        self.layouts.push(layout.clone());
        sheet::refuse_cells(&mut open, &layout, &mut self.problems);
        self.current = Some(Current { open, layout, carry, line, ended });
        Ok(())
    }

    /// The table whose header a part has: another than is read, where that is derived from it.
    fn schema_of(&self, part: &Part) -> Schema {
        if part.table == self.schema.table { self.schema } else { schema(part.table) }
    }

    /// Finds the header of a part in what was read of it, and in more where its first row is none.
    fn head(&mut self, part: &Part, opened: &mut Opened) -> Result<Head, FileError> {
        let schema = self.schema_of(part);
        let sheet = opened.open.sheet().map(|_| workbook::DELIMITER);
        let delimiter = match sheet {
            Some(delimiter) => delimiter,
            None => delimiter::of_header(&opened.carry, part.delimiter),
        };
        let mut made = Vec::new();
        // A character that is cut at the end stands in no row that is looked at.
        let text =
            opened.encoding.to_utf8(&opened.carry, &mut made).map_or(&opened.carry[..], |(text, _)| text);
        if head::is_first(text, delimiter, opened.ended, schema, self.env) {
            return Ok(Head::at(delimiter, 0));
        }
        if !opened.ended && opened.carry.len() < head::LOOKED_AT {
            opened.ended = opened.open.fill(&mut opened.carry, head::LOOKED_AT)?;
        }
        if opened.presumed {
            // Nothing is found in characters that are read as others.
            let mut utf8 = Utf8::default();
            utf8.feed(&opened.carry);
            if utf8.bad {
                self.is_utf8_after_all(part.number)?;
            }
        }
        let text =
            opened.encoding.to_utf8(&opened.carry, &mut made).map_or(&opened.carry[..], |(text, _)| text);
        Ok(head::find(text, opened.ended, part.delimiter, sheet, schema, self.env))
    }

    /// Reads the record of the header off a part.
    fn read_header(
        &mut self,
        part: &Part,
        opened: &mut Opened,
        dialect: Dialect,
        line: u64,
    ) -> Result<Giant, FileError> {
        let mut header = Giant::new(dialect.encoding, dialect.delimiter, HEADER_CELLS, line);
        loop {
            let (taken, done) = header.feed(&opened.carry);
            let cut = opened.carry.last() != Some(&b'\n');
            opened.carry.drain(..taken);
            if !done && opened.ended {
                header.finish();
                if cut {
                    self.no_final_newline(part.number, header.line());
                }
            }
            if done || opened.ended || header.is_hole() {
                return Ok(header);
            }
            opened.ended = opened.open.fill(&mut opened.carry, 64 * 1024)?;
        }
    }

    /// What stands between the header and the rows.
    fn under(&self, opened: &mut Opened, layout: &Layout) -> Result<head::Under, FileError> {
        if !opened.ended && opened.carry.len() < head::LOOKED_AT {
            opened.ended = opened.open.fill(&mut opened.carry, head::LOOKED_AT)?;
        }
        let mut made = Vec::new();
        let text =
            opened.encoding.to_utf8(&opened.carry, &mut made).map_or(&opened.carry[..], |(text, _)| text);
        Ok(head::under(text, opened.ended, layout, self.env))
    }

    /// Opens a part as what it is; `None` where that is nothing to read, which is noted.
    fn opened(&mut self, part: &Part) -> Result<Option<Opened>, FileError> {
        let upto = self.env.chunk_bytes.clamp(4096, 64 * 1024);
        let (mut open, mut carry) = (part.open()?, Vec::new());
        let mut ended = open.fill(&mut carry, upto)?;
        let known = self.env.encodings.get(&part.number).or_else(|| self.env.named.get(&part.table));
        let (encoding, presumed) = match (form::of(&carry), known.copied()) {
            (Form::Refused(code, format), _) => {
                let place = Place::file(part.number);
                self.problems.error(place, || Problem::new(code, place).detail(Detail::Format(format)));
                return Ok(None);
            }
            (Form::Workbook, _) => {
                let opened = match part.gzip {
                    true => Err(Fault::Broken("inside gzip none is read".into())),
                    false => self.sheet(part)?,
                };
                match opened {
                    Ok(sheet) => open = sheet,
                    Err(fault) => {
                        sheet::refuse(fault, part.number, &mut self.problems);
                        return Ok(None);
                    }
                }
                carry.clear();
                ended = open.fill(&mut carry, upto)?;
                (Encoding::Utf8, false)
            }
            (Form::Text(encoding), _) | (Form::Plain, Some(encoding)) => (encoding, false),
            (Form::Plain, None) => {
                let mut utf8 = Utf8::default();
                utf8.feed(&carry);
                if utf8.bad { (encoding::judge(part)?, false) } else { (Encoding::Utf8, true) }
            }
        };
        if encoding.is_utf16() {
            carry.clear();
            open = part.open_as(encoding)?;
            ended = open.fill(&mut carry, upto)?;
        }
        carry.drain(..form::mark(&carry));
        Ok(Some(Opened { open, carry, ended, encoding, presumed }))
    }

    /// Opens the sheet of a workbook: the one that the settings name, or whose header has the table's columns.
    fn sheet(&mut self, part: &Part) -> Result<Result<Open, Fault>, FileError> {
        let schema = self.schema_of(part);
        let fits = |rows: &[Vec<String>]| head::fits(rows, schema, self.env);
        let named = self.env.sheets.get(&part.table).and_then(|names| names.first());
        let name = part.sheet.as_ref().or(named).map(String::as_str);
        let mut opened = part.open_sheet(&Wanted {
            name,
            table: part.table.name(),
            fits: &fits,
            decimal_comma: self.env.decimal_comma,
        })?;
        let sheet = opened.as_ref().ok().and_then(|open| open.sheet());
        self.sheets.extend(sheet.map(|(name, _)| (part.number, name.to_string())));
        if let Ok(open) = &mut opened {
            self.others.insert(part.number, open.take_others());
        }
        Ok(opened)
    }

    /// Looks at a file that was taken for UTF-8 by its beginning, and is not all of it.
    ///
    /// # Errors
    /// [`Cause::Written`] where it is in another encoding.
    pub fn is_utf8_after_all(&mut self, file: FileNo) -> Result<(), FileError> {
        let Some(part) = self.all.iter().find(|p| p.number == file) else { return Ok(()) };
        let encoding = match self.judged.get(&file) {
            Some(encoding) => *encoding,
            None => encoding::judge(part)?,
        };
        self.judged.insert(file, encoding);
        if encoding == Encoding::Utf8 {
            return Ok(());
        }
        self.failed = true;
        Err(FileError { path: part.name.clone(), cause: Cause::Written(file, encoding) })
    }

    fn no_final_newline(&mut self, file: FileNo, line: u64) {
        self.problems.warn(Problem::new(Code::NoFinalNewline, Place::line(file, line)));
    }

    /// The layout a header gives, or the problem that makes the file unreadable.
    fn header(&mut self, part: &Part, dialect: Dialect, header: &Giant, choice: Choice) -> Option<Layout> {
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
            let schema = self.schema_of(part);
            if schema.table == self.schema.table {
                return Layout::find(schema, part, dialect, &record, choice, self.env, &mut self.problems);
            }
            // What is wrong with it is told where it is read as what it is.
            let mut other = Problems::new(0);
            return Layout::find(schema, part, dialect, &record, choice, self.env, &mut other)?
                .of_referrals();
        };
        let column = cell.and_then(|c| u32::try_from(c + 1).ok());
        let place = Place { file: part.number, line: Some(line), column };
        let detail = match code {
            Code::Encoding => Detail::Unlike(dialect.encoding.name()),
            _ => Detail::None,
        };
        self.problems.error(place, || Problem::new(code, place).detail(detail));
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
            sheet::refuse_cells(&mut self.open, &self.layout, problems);
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
        match last_record(buffer, self.layout.dialect.delimiter) {
            Some((cut, lines)) => {
                self.carry.extend_from_slice(&buffer[cut..]);
                buffer.truncate(cut);
                self.line += lines;
                Ok(Some(chunk(line, None)))
            }
            None => self.giant(buffer, problems).map(|g| g.map(|g| chunk(line, Some(g)))),
        }
    }

    /// A record longer than the buffer, read to its end with little of it kept.
    fn giant(&mut self, buffer: &mut Vec<u8>, problems: &mut Problems) -> Result<Option<Giant>, FileError> {
        let dialect = self.layout.dialect;
        let mut giant = Giant::new(dialect.encoding, dialect.delimiter, self.layout.cells(), self.line);
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
            sheet::refuse_cells(&mut self.open, &self.layout, problems);
        }
    }
}

/// Where the last whole record ends, and how many lines there are until then.
fn last_record(bytes: &[u8], delimiter: u8) -> Option<(usize, u64)> {
    last_feed(bytes, delimiter)
        .or_else(|| last_record_end(bytes, delimiter).map(|end| (end, newlines(&bytes[..end]))))
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

/// The unit that the lines before a header, which stands so many lines below, say all amounts are in.
fn stated_unit(opened: &Opened, lines: u64) -> Option<unit::Stated> {
    let end = memchr::memchr_iter(b'\n', &opened.carry).nth(usize::try_from(lines.checked_sub(1)?).ok()?)?;
    let mut made = Vec::new();
    let before = &opened.carry[..end];
    let text = opened.encoding.to_utf8(before, &mut made).map_or(before, |(text, _)| text);
    unit::stated(&String::from_utf8_lossy(text))
}

/// Takes as many lines off the front.
fn skip_lines(text: &mut Vec<u8>, lines: u64) {
    if let Some(n) = usize::try_from(lines).ok().and_then(|n| n.checked_sub(1)) {
        let end = memchr_iter(b'\n', text).nth(n).map_or(text.len(), |i| i + 1);
        text.drain(..end);
    }
}

/// Takes blank lines off the front; returns how many. A CR without LF is left to be found there.
fn blank_lines(text: &mut Vec<u8>) -> u64 {
    let (mut lines, mut at) = (0, 0);
    loop {
        at += match &text[at..] {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => break,
        };
        lines += 1;
    }
    text.drain(..at);
    lines
}
