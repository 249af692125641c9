//! The parts of a table, one after another, cut into chunks of whole records.
//!
//! One worker at a time reads: it fills a buffer and cuts it behind a record's end. The lines of a chunk are known when it
//! is dealt out, so what a worker reports does not depend on who got which chunk.

use super::giant::Giant;
use super::problem::{Code, Detail, FileNo, Place, Problem, Problems};
use super::source::{FileError, Open, Part};
use super::split::last_record_end;
use super::table::{BOM, Env, Layout, Schema};
use memchr::{memchr, memchr_iter};
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
    env: &'a Env,
    current: Option<Current>,
    pub problems: Problems,
    /// The layouts of the parts whose headers could be read.
    pub layouts: Vec<Arc<Layout>>,
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
    pub fn new(schema: Schema, parts: &'a [Part], env: &'a Env) -> Reader<'a> {
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
        loop {
            let (taken, done) = giant.feed(buffer);
            if done {
                self.carry.extend_from_slice(&buffer[taken..]);
                self.line = giant.line();
                return Ok(Some(giant));
            }
            if self.ended || giant.is_hole() {
                let place = Place::line(self.layout.file, giant.line());
                problems.warn(Problem::new(Code::NoFinalNewline, place));
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
