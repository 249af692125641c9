//! How much a workbook may ask for, seen before it is read: a file of two kilobytes can ask for gigabytes.
//!
//! The reader of workbooks keeps texts and styles in memory, and of old ones all cells in a rectangle. What that would
//! be is counted here first, with a buffer and nothing more.

use super::Fault;
use memchr::memmem;
use std::io::{Read, Seek, SeekFrom};

/// Rows of a sheet, as many as spreadsheets have.
pub const ROWS: u32 = 1_048_576;
/// Columns of a sheet.
pub const COLUMNS: u32 = 1_024;
/// Bytes of text between two tags; a spreadsheet's cell holds 32,767 characters.
const CELL: u64 = 1 << 20;
/// Bytes of the texts that cells share.
const TEXTS: u64 = 256 << 20;
/// Bytes of any other part that is no sheet.
const PART: u64 = 64 << 20;
/// Bytes of all parts, and how many times as large as the file they may be.
const UNPACKED: u64 = 4 << 30;
const TIMES: u64 = 200;
/// Cells in the rectangles of all sheets of an old workbook.
const CELLS: u64 = 8 << 20;
/// Bytes of an old workbook.
const XLS: u64 = 256 << 20;

/// What is more than is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    Rows,
    Columns,
    Cell,
    Unpacked,
    Cells,
}

/// What a workbook is, and what is known of it once it was looked at.
#[derive(Clone, Copy, Debug)]
pub enum Seen {
    Xls,
    Xlsx {
        /// Some sheet has merged cells, and some has formulas.
        merged: bool,
        formulas: bool,
    },
}

/// Looks at all of a workbook.
///
/// # Errors
/// [`Fault`] where it is damaged or asks for too much.
pub fn check<R: Read + Seek>(file: &mut R) -> Result<Seen, Fault> {
    let mut magic = [0; 4];
    file.read_exact(&mut magic).map_err(Fault::broken)?;
    let length = file.seek(SeekFrom::End(0)).map_err(Fault::broken)?;
    file.rewind().map_err(Fault::broken)?;
    if magic.starts_with(b"PK") { xlsx(file, length) } else { xls(file, length).map(|()| Seen::Xls) }
}

fn xlsx<R: Read + Seek>(file: &mut R, length: u64) -> Result<Seen, Fault> {
    let mut zip = zip::ZipArchive::new(file).map_err(Fault::broken)?;
    let most = UNPACKED.min((64 << 20) + TIMES * length);
    let (mut all, mut merged, mut formulas) = (0, false, false);
    for i in 0..zip.len() {
        let mut entry = zip.by_index(i).map_err(Fault::broken)?;
        let name = entry.name().map_err(Fault::broken)?.to_ascii_lowercase();
        let mut part = Part::default();
        let is_sheet = name.contains("worksheets/") && !name.ends_with(".rels");
        let own = match () {
            () if is_sheet => most,
            () if name.ends_with("sharedstrings.xml") => TEXTS,
            () => PART,
        };
        part.read(&mut entry, own.min(most - all), is_picture(&name))?;
        if part.texts > part.length {
            return Err(Fault::Limit(Limit::Unpacked));
        }
        all += part.length;
        merged |= part.merged;
        formulas |= part.formulas;
    }
    Ok(Seen::Xlsx { merged, formulas })
}

/// Parts that are no text, and that nothing reads.
fn is_picture(name: &str) -> bool {
    let ends =
        ["png", "jpg", "jpeg", "gif", "bmp", "tiff", "emf", "wmf", "wdp", "bin", "vml", "ttf", "odttf"];
    name.rsplit_once('.').is_some_and(|(_, end)| ends.contains(&end))
}

/// A part of a workbook, unpacked and let go.
#[derive(Default)]
struct Part {
    length: u64,
    /// Where the last tag began.
    tag: u64,
    /// As many texts as it says that cells share.
    texts: u64,
    merged: bool,
    formulas: bool,
}

impl Part {
    fn read(&mut self, entry: &mut impl Read, most: u64, is_picture: bool) -> Result<(), Fault> {
        /// So much of a piece is looked at again with the next, so that no word is parted.
        const OVERLAP: usize = 64;
        let mut buffer = Vec::with_capacity(OVERLAP + 64 * 1024);
        loop {
            let kept = buffer.len().min(OVERLAP);
            buffer.drain(..buffer.len() - kept);
            let got = entry.take(64 * 1024).read_to_end(&mut buffer).map_err(Fault::broken)?;
            if got == 0 {
                return Ok(());
            }
            if !is_picture {
                self.look(&buffer, kept)?;
            }
            self.length += got as u64;
            if self.length > most {
                return Err(Fault::Limit(Limit::Unpacked));
            }
        }
    }

    fn look(&mut self, text: &[u8], new: usize) -> Result<(), Fault> {
        let fresh = &text[new..];
        let far = |at: u64, tag: u64| if at - tag > CELL { Err(Fault::Limit(Limit::Cell)) } else { Ok(at) };
        for at in memchr::memchr_iter(b'<', fresh) {
            self.tag = far(self.length + at as u64, self.tag)?;
        }
        far(self.length + fresh.len() as u64, self.tag)?;
        self.merged |= memmem::find(text, b"mergeCell ").is_some();
        let is_formula = |at: usize| {
            let before = at.checked_sub(1).map_or(b'<', |i| text[i]);
            matches!(before, b'<' | b':') && matches!(text.get(at + 1), Some(b'>' | b' ' | b'/'))
        };
        self.formulas = self.formulas || memchr::memchr_iter(b'f', text).any(is_formula);
        if let Some(at) = memmem::find(text, b"uniqueCount=") {
            let digits = text[at + 13..].iter().take_while(|b| b.is_ascii_digit()).take(18);
            let count = digits.fold(0, |n, b| n * 10 + u64::from(b - b'0'));
            self.texts = self.texts.max(count);
        }
        Ok(())
    }
}

fn xls<R: Read + Seek>(file: &mut R, length: u64) -> Result<(), Fault> {
    if length > XLS {
        return Err(Fault::Limit(Limit::Unpacked));
    }
    let mut file = Container::open(file).map_err(Fault::broken)?;
    if file.is_stream("/EncryptedPackage") {
        return Err(Fault::broken("it is locked with a password"));
    }
    let name = ["/Workbook", "/Book"].into_iter().find(|name| file.is_stream(name));
    let mut stream = file.open_stream(name.unwrap_or("/Workbook")).map_err(Fault::broken)?;
    let mut records = Vec::new();
    stream.by_ref().take(XLS).read_to_end(&mut records).map_err(Fault::broken)?;
    let sheets = Records(&records).take_while(|r| r.kind != END).filter(|r| r.kind == SHEET);
    let mut all = 0;
    for sheet in sheets {
        let at = u32::from_le_bytes([sheet.byte(0), sheet.byte(1), sheet.byte(2), sheet.byte(3)]);
        all += rectangle(records.get(at as usize..).unwrap_or_default())?;
        if all > CELLS {
            return Err(Fault::Limit(Limit::Cells));
        }
    }
    Ok(())
}

const END: u16 = 0x000a;
const BEGIN: u16 = 0x0809;
const SHEET: u16 = 0x0085;
const SEVERAL: u16 = 0x00bd;
const DIMENSIONS: u16 = 0x0200;
/// Records of one cell, which begin with its row and column.
const ONE_CELL: [u16; 7] = [0x0203, 0x0204, 0x00d6, 0x0205, 0x027e, 0x00fd, 0x0006];

/// What an old workbook lies in.
type Container<F> = cfb::CompoundFile<F>;

/// A record of an old workbook.
struct Record<'r> {
    kind: u16,
    data: &'r [u8],
}

impl Record<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.data.get(at).copied().unwrap_or(0)
    }

    fn short(&self, at: usize) -> u64 {
        u64::from(u16::from_le_bytes([self.byte(at), self.byte(at + 1)]))
    }
}

struct Records<'r>(&'r [u8]);

impl<'r> Iterator for Records<'r> {
    type Item = Record<'r>;

    fn next(&mut self) -> Option<Record<'r>> {
        let [a, b, c, d, rest @ ..] = self.0 else { return None };
        let (kind, length) = (u16::from_le_bytes([*a, *b]), usize::from(u16::from_le_bytes([*c, *d])));
        let (data, rest) = rest.split_at(length.min(rest.len()));
        self.0 = rest;
        Some(Record { kind, data })
    }
}

/// The cells of the rectangle around all cells of a sheet, or of the one it says they have.
fn rectangle(sheet: &[u8]) -> Result<u64, Fault> {
    let (mut rows, mut columns, mut said) = ((u64::MAX, 0), (u64::MAX, 0), 0);
    let mut depth = 0u32;
    for record in Records(sheet) {
        let mut meet = |row: u64, from: u64, to: u64| {
            rows = (rows.0.min(row), rows.1.max(row));
            columns = (columns.0.min(from), columns.1.max(to));
        };
        match record.kind {
            BEGIN => depth += 1,
            END if depth <= 1 => break,
            END => depth -= 1,
            kind if ONE_CELL.contains(&kind) => meet(record.short(0), record.short(2), record.short(2)),
            SEVERAL => {
                let last = record.short(record.data.len().saturating_sub(2));
                meet(record.short(0), record.short(2), last.max(record.short(2)));
            }
            DIMENSIONS => said = said.max(dimensions(&record)?),
            _ => {}
        }
    }
    let around = if rows.0 > rows.1 { 0 } else { (rows.1 - rows.0 + 1) * (columns.1 - columns.0 + 1) };
    Ok(around.max(said))
}

/// The cells that a sheet says it has.
fn dimensions(record: &Record) -> Result<u64, Fault> {
    let long = |at: usize| record.short(at) | record.short(at + 2) << 16;
    let (from, to, columns) = match record.data.len() {
        10 => (record.short(0), record.short(2), record.short(6)),
        _ => (long(0), long(4), record.short(10)),
    };
    if to < from {
        return Err(Fault::broken("its dimensions are none"));
    }
    Ok((to - from).saturating_mul(columns.max(1)))
}
