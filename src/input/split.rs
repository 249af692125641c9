//! Bytes to records and cells, strictly by RFC 4180.
//!
//! A quote opens a cell only at the cell's start, and a closed quote must be followed by a delimiter or a line end.
//! What breaks that rule is marked, never repaired: a lenient reader loses rows silently. Lines are counted as an
//! editor counts them, by line feeds, inside quotes too.
//!
//! Rows without a quote take a fast path that only looks for delimiters and line feeds; any other row the strict one.
//! Both split alike. A record too long for the buffer goes through [`giant`](super::giant), which keeps little of it.

use super::field::trim;
use super::marks::Marks;
use memchr::{memchr, memchr_iter, memchr2, memchr3, memrchr};

/// Where a cell's text is, and what was seen in it.
///
/// A chunk and what is kept of a giant record are both far below 4 GiB.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    start: u32,
    end: u32,
    /// The text stands in the scratch buffer, its doubled quotes undone.
    scratch: bool,
    /// A line break inside quotes.
    pub line_break: bool,
    /// The line break folds rows: see [`folds`].
    pub fold: bool,
    pub quoted: bool,
}

/// What is wrong with a record as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flaws {
    /// A CR without LF, outside quotes.
    pub bare_cr: bool,
    /// The first cell (from 0) with a quote where none may stand.
    pub stray: Option<usize>,
    /// The cell (from 0) and line of a quote that never closes.
    pub unclosed: Option<(usize, u64)>,
    /// The record is longer than its text here, and holds NUL, other control characters, or no UTF-8.
    pub giant_nul: bool,
    pub giant_control: bool,
    pub giant_encoding: bool,
}

/// The flaws of a record that has none.
static SOUND: Flaws = Flaws {
    bare_cr: false,
    stray: None,
    unclosed: None,
    giant_nul: false,
    giant_control: false,
    giant_encoding: false,
};

/// One record of a chunk.
#[derive(Clone, Copy, Debug)]
pub struct Record<'r> {
    /// The physical line on which it begins, from 1.
    pub line: u64,
    pub flaws: &'r Flaws,
    /// The bytes it was split from, without the line end; empty for a giant one.
    pub raw: &'r [u8],
    bytes: &'r [u8],
    scratch: &'r [u8],
    pub spans: &'r [Span],
    /// Cells in the record; more than `spans` only in a giant one.
    pub cells: usize,
    /// No quote, no flaw: nothing but cells between delimiters.
    pub simple: bool,
}

impl<'r> Record<'r> {
    /// The text of cell `i`, quotes undone.
    #[inline]
    pub fn cell(&self, i: usize) -> &'r [u8] {
        let s = &self.spans[i];
        &(if s.scratch { self.scratch } else { self.bytes })[s.start as usize..s.end as usize]
    }

    /// Nothing but delimiters, blanks, and perhaps quotes around nothing; of whatever length, since nothing is cut off.
    pub fn is_empty_row(&self) -> bool {
        self.spans.len() == self.cells && (0..self.cells).all(|i| trim(self.cell(i)).is_empty())
    }

    /// A blank line, which is no row.
    pub fn is_blank(&self) -> bool {
        self.cells == 1 && self.spans.iter().all(|s| s.start == s.end && !s.quoted) && !self.flaws.bare_cr
    }

    /// A record made elsewhere, whose cells all stand in `scratch`.
    pub(super) fn made(
        line: u64,
        flaws: &'r Flaws,
        scratch: &'r [u8],
        spans: &'r [Span],
        cells: usize,
    ) -> Record<'r> {
        Record { line, flaws, raw: &[], bytes: &[], scratch, spans, cells, simple: false }
    }
}

impl Span {
    pub(super) fn range(&self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    pub(super) fn in_scratch(start: usize, end: usize, quoted: bool, line_break: bool, fold: bool) -> Span {
        Span { start: small(start), end: small(end), scratch: true, line_break, fold, quoted }
    }
}

/// Does a quoted cell with line breaks look like rows that two stray quotes folded into one? So it does where the
/// text before its first break holds as many delimiters as there are columns after the cell, and the text behind its
/// last break as many as there are before it.
pub fn folds(text: &[u8], delimiter: u8, column: usize, columns: usize) -> bool {
    let is_break = |b: &u8| *b == b'\n' || *b == b'\r';
    let (Some(first), Some(last)) = (text.iter().position(is_break), text.iter().rposition(is_break)) else {
        return false;
    };
    let count = |part: &[u8]| memchr_iter(delimiter, part).count();
    column < columns && count(&text[..first]) == columns - 1 - column && count(&text[last + 1..]) == column
}

/// Stand all quotes of a record around whole cells, or behind the `=` with which a cell begins (`="0017"`)?
pub fn quotes_are_formulas(record: &[u8], delimiter: u8) -> bool {
    let mut at = 0;
    loop {
        let rest = &record[at..];
        let open = match rest {
            [b'=', b'"', ..] => Some(2),
            [b'"', ..] => Some(1),
            _ => None,
        };
        let end = match open {
            Some(inside) => match closing_quote(record, at + inside) {
                Some(close) => close + 1,
                None if record.ends_with(b"\"") && record.len() > at + inside => record.len(),
                None => return false,
            },
            None => {
                let end = rest.iter().position(|b| *b == delimiter).map_or(record.len(), |i| at + i);
                if record[at..end].contains(&b'"') {
                    return false;
                }
                end
            }
        };
        match &record[end..] {
            [] | [b'\r'] => return true,
            [b, ..] if *b == delimiter => at = end + 1,
            _ => return false,
        }
    }
}

/// An offset in a chunk; see [`Span`].
fn small(at: usize) -> u32 {
    debug_assert!(at <= u32::MAX as usize);
    at as u32
}

/// Records of a chunk that are looked at together.
#[derive(Debug, Default)]
pub struct Batch {
    heads: Vec<Head>,
    spans: Vec<Span>,
    /// Cells whose doubled quotes were undone.
    scratch: Vec<u8>,
    flaws: Vec<Flaws>,
}

/// Where a record of a batch is.
#[derive(Clone, Copy, Debug)]
struct Head {
    line: u64,
    start: u32,
    end: u32,
    /// Its last span is the one before this.
    spans_end: u32,
    /// It was split by the letter, since it holds a quote.
    strict: bool,
    /// The number of its flaws, from 1; 0 where it has none.
    flaws: u32,
}

/// As many records are split at once.
pub const BATCH: usize = 256;

impl Batch {
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// A record of the batch, which was split from `bytes`.
    #[inline]
    pub fn record<'r>(&'r self, i: usize, bytes: &'r [u8]) -> Record<'r> {
        let (head, spans) = (self.heads[i], self.spans_of(i));
        Record {
            line: head.line,
            flaws: (head.flaws as usize).checked_sub(1).map_or(&SOUND, |n| &self.flaws[n]),
            raw: &bytes[head.start as usize..head.end as usize],
            bytes,
            scratch: &self.scratch,
            spans,
            cells: spans.len(),
            simple: !head.strict && head.flaws == 0,
        }
    }

    #[inline]
    fn spans_of(&self, i: usize) -> &[Span] {
        let from = if i == 0 { 0 } else { self.heads[i - 1].spans_end as usize };
        &self.spans[from..self.heads[i].spans_end as usize]
    }

    fn clear(&mut self) {
        self.heads.clear();
        self.spans.clear();
        self.scratch.clear();
        self.flaws.clear();
    }
}

/// Splits a chunk that begins at a record and ends behind one, or at the end of the file.
pub struct Records<'c> {
    bytes: &'c [u8],
    delimiter: u8,
    columns: usize,
    /// CR occurs in the chunk, once that was asked.
    has_cr: Option<bool>,
    at: usize,
    line: u64,
    marks: Marks<'c>,
}

impl<'c> Records<'c> {
    /// `first_line` is the physical line of the chunk's first byte; `columns` the number of cells in the header.
    pub fn new(bytes: &'c [u8], delimiter: u8, columns: usize, first_line: u64) -> Records<'c> {
        Records {
            bytes,
            delimiter,
            columns,
            has_cr: None,
            at: 0,
            line: first_line,
            marks: Marks::new(bytes, delimiter),
        }
    }

    /// Where the next record begins, and its physical line.
    pub fn place(&self) -> (usize, u64) {
        (self.at, self.line)
    }

    /// Goes on with the record that begins at `at` on that line.
    pub fn go_on(&mut self, at: usize, line: u64) {
        (self.at, self.line) = (at, line);
        self.marks.seek(at);
    }

    /// Does CR occur in the chunk?
    pub fn has_cr(&mut self) -> bool {
        *self.has_cr.get_or_insert_with(|| memchr(b'\r', self.bytes).is_some())
    }

    /// Splits the next records into `batch`, `most` of them, blank lines left out; `false` where there are no more.
    pub fn fill(&mut self, batch: &mut Batch, most: usize) -> bool {
        batch.clear();
        if self.at >= self.bytes.len() {
            return false;
        }
        let has_cr = self.has_cr();
        while batch.heads.len() < most && self.at < self.bytes.len() {
            let (start, line, from) = (self.at, self.line, batch.spans.len());
            let (mut flaws, mut strict) = (SOUND, false);
            let end = match self.quote_free(batch) {
                Some(end) => end,
                None => {
                    strict = true;
                    batch.spans.truncate(from);
                    self.strict(start, from, batch, &mut flaws)
                }
            };
            let raw = &self.bytes[start..end];
            if raw.is_empty() || raw == b"\r" && self.bytes.get(end) == Some(&b'\n') {
                batch.spans.truncate(from);
                continue;
            }
            if has_cr {
                self.strip_cr(start, end, &mut batch.spans[from..], &mut flaws);
            }
            let flaws = if !(strict || has_cr) || flaws == SOUND {
                0
            } else {
                batch.flaws.push(flaws);
                small(batch.flaws.len())
            };
            let spans_end = small(batch.spans.len());
            batch.heads.push(Head { line, start: small(start), end: small(end), spans_end, strict, flaws });
        }
        !batch.heads.is_empty()
    }

    /// Splits up to the line feed where no quote comes before it; returns the end of the record, or `None` where
    /// the spans added are of no use.
    #[inline]
    fn quote_free(&mut self, batch: &mut Batch) -> Option<usize> {
        let mut from = self.at;
        while let Some(at) = self.marks.next() {
            let mark = self.bytes[at];
            if mark == b'"' {
                return None;
            }
            batch.spans.push(Span { start: small(from), end: small(at), ..Span::default() });
            if mark == b'\n' {
                self.at = at + 1;
                self.line += 1;
                return Some(at);
            }
            from = at + 1;
        }
        let end = self.bytes.len();
        batch.spans.push(Span { start: small(from), end: small(end), ..Span::default() });
        self.at = end;
        Some(end)
    }

    /// Splits one record by the letter; returns its end.
    fn strict(&mut self, start: usize, first: usize, batch: &mut Batch, flaws: &mut Flaws) -> usize {
        let (bytes, delimiter) = (self.bytes, self.delimiter);
        let mut at = start;
        let end = loop {
            let cell = batch.spans.len() - first;
            at = match bytes.get(at) {
                Some(b'"') => self.quoted(at, cell, batch, flaws),
                _ => {
                    let end = self.bare(at, cell, flaws);
                    batch.spans.push(Span { start: small(at), end: small(end), ..Span::default() });
                    end
                }
            };
            match bytes.get(at) {
                Some(&b) if b == delimiter => at += 1,
                _ => break at,
            }
        };
        self.line += memchr_iter(b'\n', &bytes[start..end]).count() as u64 + u64::from(end < bytes.len());
        self.at = (end + 1).min(bytes.len());
        self.marks.seek(self.at);
        end
    }

    /// The end of a bare cell: the next delimiter or line feed. A quote on the way is astray.
    fn bare(&self, from: usize, cell: usize, flaws: &mut Flaws) -> usize {
        let mut at = from;
        loop {
            match memchr3(self.delimiter, b'\n', b'"', &self.bytes[at..]) {
                None => return self.bytes.len(),
                Some(i) if self.bytes[at + i] == b'"' => {
                    flaws.stray = flaws.stray.or(Some(cell));
                    at += i + 1;
                }
                Some(i) => return at + i,
            }
        }
    }

    /// A quoted cell from its opening quote on; returns where its record goes on.
    fn quoted(&mut self, open: usize, cell: usize, batch: &mut Batch, flaws: &mut Flaws) -> usize {
        let bytes = self.bytes;
        let mut at = open + 1;
        let mut doubled = false;
        let close = loop {
            match memchr(b'"', &bytes[at..]) {
                None => {
                    let line = self.line + memchr_iter(b'\n', &bytes[self.at..open]).count() as u64;
                    flaws.unclosed = Some((cell, line));
                    break bytes.len();
                }
                Some(i) if bytes.get(at + i + 1) == Some(&b'"') => {
                    doubled = true;
                    at += i + 2;
                }
                Some(i) => break at + i,
            }
        };
        let text = &bytes[open + 1..close];
        let line_break = memchr2(b'\n', b'\r', text).is_some();
        let fold = line_break && folds(text, self.delimiter, cell, self.columns);
        let (start, end) = (small(open + 1), small(close));
        let mut span = Span { start, end, quoted: true, line_break, fold, scratch: false };
        if doubled {
            let scratch = &mut batch.scratch;
            span.start = small(scratch.len());
            let mut rest = text;
            while let Some(i) = memchr(b'"', rest) {
                scratch.extend_from_slice(&rest[..=i]);
                rest = &rest[(i + 2).min(rest.len())..];
            }
            scratch.extend_from_slice(rest);
            (span.end, span.scratch) = (small(scratch.len()), true);
        }
        let after = (close + 1).min(bytes.len());
        let ends = |at: usize| match bytes.get(at) {
            None | Some(b'\n') => true,
            Some(b'\r') => bytes.get(at + 1) == Some(&b'\n'),
            Some(&b) => b == self.delimiter,
        };
        if ends(after) {
            batch.spans.push(span);
            // A CR before the line end belongs to the line end.
            return after + usize::from(bytes.get(after) == Some(&b'\r'));
        }
        flaws.stray = flaws.stray.or(Some(cell));
        let end = self.bare(after, cell, flaws);
        batch.spans.push(span);
        end
    }

    /// Takes the CR of a line end off the last cell, and finds any other CR outside quotes.
    fn strip_cr(&self, start: usize, end: usize, spans: &mut [Span], flaws: &mut Flaws) {
        let ends_line = end < self.bytes.len();
        if let Some(last) = spans.last_mut()
            && !last.quoted
            && last.end > last.start
            && ends_line
            && self.bytes[last.end as usize - 1] == b'\r'
        {
            last.end -= 1;
        }
        if memchr(b'\r', &self.bytes[start..end]).is_none() {
            return;
        }
        let mut bare = spans.iter().filter(|s| !s.quoted);
        let text = |s: &Span| &self.bytes[s.start as usize..s.end as usize];
        flaws.bare_cr = bare.any(|s| memchr(b'\r', text(s)).is_some());
    }
}

/// The offset behind the last record that surely ends in `bytes`, which begin at a record's start. `None` where none
/// does. More bytes may follow.
pub fn last_record_end(bytes: &[u8], delimiter: u8) -> Option<usize> {
    if memchr(b'"', bytes).is_none() {
        return memrchr(b'\n', bytes).map(|i| i + 1);
    }
    let mut outside: Vec<(usize, usize)> = Vec::new();
    let (mut from, mut at) = (0, 0);
    loop {
        let Some(quote) = memchr(b'"', &bytes[at..]).map(|i| at + i) else {
            outside.push((from, bytes.len()));
            break;
        };
        // Only a quote at the start of a cell opens one; any other is astray and means nothing here.
        if quote > 0 && bytes[quote - 1] != delimiter && bytes[quote - 1] != b'\n' {
            at = quote + 1;
            continue;
        }
        outside.push((from, quote));
        match closing_quote(bytes, quote + 1) {
            Some(close) => (from, at) = (close + 1, close + 1),
            None => break,
        }
    }
    outside.iter().rev().find_map(|&(a, b)| memrchr(b'\n', &bytes[a..b]).map(|i| a + i + 1))
}

/// The quote that closes a cell; `None` where it may lie beyond the bytes.
fn closing_quote(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let quote = at + memchr(b'"', bytes.get(at..)?)?;
        match bytes.get(quote + 1)? {
            b'"' => at = quote + 2,
            _ => return Some(quote),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<(u64, Vec<String>, Flaws)> {
        let mut records = Records::new(text.as_bytes(), b',', 3, 1);
        let (mut out, mut batch) = (Vec::new(), Batch::default());
        while records.fill(&mut batch, BATCH) {
            for i in 0..batch.len() {
                let r = batch.record(i, text.as_bytes());
                let cell = |i| String::from_utf8_lossy(r.cell(i)).into_owned();
                out.push((r.line, (0..r.spans.len()).map(cell).collect(), *r.flaws));
            }
        }
        out
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        split(text).into_iter().map(|r| r.1).collect()
    }

    #[test]
    fn records_and_cells() {
        assert_eq!(cells("a,b\n,\n"), [["a", "b"], ["", ""]]);
        assert_eq!(cells("a,b\r\n\r\n\nc,d"), [["a", "b"], ["c", "d"]]);
        assert_eq!(cells("\"a\"\"b\",\"c,d\"\n"), [["a\"b", "c,d"]]);
        assert_eq!(cells("\"a\nb\",c\r\nd,\"\"\r\n"), [["a\nb", "c"], ["d", ""]]);
        assert_eq!(cells("\"a\"\r\n\"b\""), [["a"], ["b"]]);
    }

    #[test]
    fn lines_are_physical() {
        let lines: Vec<u64> = split("a\n\n\"b\nc\",\"\n\"\nd\n").into_iter().map(|r| r.0).collect();
        assert_eq!(lines, [1, 3, 6]);
    }

    #[test]
    fn flaws_are_marked() {
        let flaw = |text: &str| split(text).remove(0).2;
        assert_eq!(flaw("a,b\"c,d\n").stray, Some(1));
        assert_eq!(flaw("a, \"b\",c\n").stray, Some(1));
        assert_eq!(flaw("a,\"b\" ,c\n").stray, Some(1));
        assert_eq!(flaw("a,\"b\nc\nd").unclosed, Some((1, 1)));
        assert_eq!(flaw("\"a\nb\",\"c").unclosed, Some((1, 2)));
        assert!(flaw("a\rb,c\n").bare_cr);
        assert!(flaw("a,b\r\r\n").bare_cr);
        assert!(flaw("a,b\r").bare_cr, "at the end of the file too");
        assert!(!flaw("a,b\r\n").bare_cr);
        assert!(!flaw("a,\"b\rc\"\r\n").bare_cr, "inside quotes it is a line break");
        assert_eq!(cells("a,\"b\"c\"d,e\nf\n"), [vec!["a", "b", "e"], vec!["f"]]);
    }

    #[test]
    fn a_fold_has_the_delimiters_of_its_place() {
        assert!(folds(b"x\n1,2,y", b',', 2, 3));
        assert!(folds(b"x,y\n1", b',', 0, 2));
        assert!(!folds(b"dear shop,\nthank you", b',', 2, 3));
        assert!(!folds(b"no break", b',', 2, 3));
    }

    #[test]
    fn cutting_never_cuts_a_record() {
        let text = b"a,\"b\nc\",d\n\"e\"\"\n\",f\"g\nh,\"i\n";
        for n in 0..=text.len() {
            let cut = last_record_end(&text[..n], b',');
            let want = if n >= 21 {
                Some(21)
            } else if n >= 10 {
                Some(10)
            } else {
                None
            };
            assert_eq!(cut, want, "{n}: {:?}", String::from_utf8_lossy(&text[..n]));
        }
    }
}
