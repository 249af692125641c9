//! Records longer than the buffer: split as they stream by, with little of each cell kept.
//!
//! A cell of hundreds of megabytes in a column that nobody reads is accepted, and one in a column we read is an error;
//! neither may cost memory. The machine takes bytes in pieces of any size and keeps the first [`KEPT`] bytes of each
//! cell, and of no more cells than the header has, and one. It splits just as [`Records`](super::split::Records) does.

use super::encoding::gb18030::Evidence;
use super::encoding::{Encoding, Utf8};
use super::split::{Flaws, Record, Span};
use memchr::{memchr, memchr_iter, memchr3};

/// Bytes kept of a cell: more than any cell that is read may hold.
pub const KEPT: usize = 4_200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the first byte of a cell.
    Start,
    Bare,
    Quoted,
    /// Behind a quote inside quotes: it closes the cell or is the first of two.
    Quote,
    /// Behind a closing quote and a CR.
    QuoteCr,
}

/// A record in the making.
#[derive(Debug)]
pub struct Giant {
    delimiter: u8,
    columns: usize,
    first_line: u64,
    line: u64,
    state: State,
    flaws: Flaws,
    text: Vec<u8>,
    spans: Vec<Span>,
    cells: usize,
    encoding: Encoding,
    utf8: Utf8,
    gb18030: Evidence,
    /// Of the cell in the making: where its text starts, and whether it is quoted.
    start: usize,
    quoted: bool,
    /// The line of its opening quote.
    opened: u64,
    /// Delimiters before its first line break, where there was one, and delimiters since the last.
    before: Option<usize>,
    since: usize,
    /// A CR was the last byte of a bare cell: part of the line end, or bare.
    cr: bool,
}

impl Giant {
    /// A record that begins on `line`, under a header of `columns` cells. What it holds is UTF-8 once it has ended.
    pub fn new(encoding: Encoding, delimiter: u8, columns: usize, line: u64) -> Giant {
        Giant {
            delimiter,
            columns,
            first_line: line,
            line,
            state: State::Start,
            flaws: Flaws::default(),
            text: Vec::new(),
            spans: Vec::new(),
            cells: 0,
            encoding,
            utf8: Utf8::default(),
            gb18030: Evidence::default(),
            start: 0,
            quoted: false,
            opened: line,
            before: None,
            since: 0,
            cr: false,
        }
    }

    /// Takes bytes; returns how many belong to the record, and whether it ended with them.
    pub fn feed(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let (taken, ended) = match self.state {
                State::Start if rest[0] == b'"' => {
                    (self.quoted, self.opened, self.state) = (true, self.line, State::Quoted);
                    (1, false)
                }
                State::Start | State::Bare => self.bare(rest),
                State::Quoted => (self.inside(rest), false),
                State::Quote => self.behind_quote(rest[0]),
                State::QuoteCr if rest[0] == b'\n' => (1, true),
                State::QuoteCr => (self.astray(), false),
            };
            at += taken;
            if ended {
                self.end_cell();
                self.line += 1;
                self.look(&bytes[..at]);
                self.decode();
                return (at, true);
            }
        }
        self.look(bytes);
        (bytes.len(), false)
    }

    /// The file ended: so does the record.
    pub fn finish(&mut self) {
        if self.state == State::Quoted {
            self.flaws.unclosed = Some((self.cells, self.opened));
        } else if self.state == State::QuoteCr {
            self.astray();
        }
        self.flaws.bare_cr |= self.cr;
        self.end_cell();
        self.flaws.giant_encoding |=
            !self.utf8.rest.is_empty() || self.encoding == Encoding::Gb18030 && !self.gb18030.is_whole();
        self.decode();
    }

    pub fn record(&self) -> Record<'_> {
        Record::made(self.first_line, &self.flaws, &self.text, &self.spans, self.cells)
    }

    /// The line after the record.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// NUL in a bare text that is longer than any line has reason to be: a hole in the file, and no end in sight.
    pub fn is_hole(&self) -> bool {
        self.flaws.giant_nul && self.state == State::Bare && self.cells == 0
    }

    /// Bytes of a bare cell, or its end.
    fn bare(&mut self, bytes: &[u8]) -> (usize, bool) {
        self.state = State::Bare;
        let (text, mark) = match memchr3(self.delimiter, b'\n', b'"', bytes) {
            None => (bytes, None),
            Some(i) => (&bytes[..i], Some(bytes[i])),
        };
        // What follows a closing quote is astray and not part of the cell.
        if !text.is_empty() && !self.quoted {
            self.flaws.bare_cr |= self.cr || memchr(b'\r', &text[..text.len() - 1]).is_some();
            self.cr = text.ends_with(b"\r");
            self.keep(text);
        }
        match mark {
            None => (text.len(), false),
            Some(b'\n') => {
                if std::mem::take(&mut self.cr) && self.text.len() > self.start && self.text.ends_with(b"\r")
                {
                    self.text.pop();
                }
                (text.len() + 1, true)
            }
            Some(b'"') => {
                if !self.quoted {
                    self.keep(b"\"");
                }
                self.flaws.bare_cr |= std::mem::take(&mut self.cr);
                self.flaws.stray = self.flaws.stray.or(Some(self.cells));
                (text.len() + 1, false)
            }
            Some(_) => {
                self.flaws.bare_cr |= std::mem::take(&mut self.cr);
                self.end_cell();
                (text.len() + 1, false)
            }
        }
    }

    /// Bytes inside quotes, up to a quote.
    fn inside(&mut self, bytes: &[u8]) -> usize {
        let text = memchr(b'"', bytes).map_or(bytes, |i| &bytes[..i]);
        let mut rest = text;
        while let Some(i) = memchr::memchr2(b'\n', b'\r', rest) {
            self.since += memchr_iter(self.delimiter, &rest[..i]).count();
            self.before = self.before.or(Some(self.since));
            self.since = 0;
            self.line += u64::from(rest[i] == b'\n');
            rest = &rest[i + 1..];
        }
        self.since += memchr_iter(self.delimiter, rest).count();
        self.keep(text);
        if text.len() < bytes.len() {
            self.state = State::Quote;
            return text.len() + 1;
        }
        text.len()
    }

    fn behind_quote(&mut self, byte: u8) -> (usize, bool) {
        match byte {
            b'"' => {
                self.state = State::Quoted;
                self.keep(b"\"");
                (1, false)
            }
            b'\n' => (1, true),
            b'\r' => {
                self.state = State::QuoteCr;
                (1, false)
            }
            b if b == self.delimiter => {
                self.end_cell();
                (1, false)
            }
            _ => (self.astray(), false),
        }
    }

    /// Text behind a closing quote.
    fn astray(&mut self) -> usize {
        self.flaws.stray = self.flaws.stray.or(Some(self.cells));
        self.state = State::Bare;
        0
    }

    fn keep(&mut self, text: &[u8]) {
        if self.cells <= self.columns {
            // What GB18030 writes in four bytes may be two in UTF-8.
            let kept = if self.encoding == Encoding::Gb18030 { 2 * KEPT } else { KEPT };
            let room = (self.start + kept).saturating_sub(self.text.len());
            self.text.extend_from_slice(&text[..text.len().min(room)]);
        }
    }

    fn end_cell(&mut self) {
        if self.cells <= self.columns {
            let column = self.cells;
            let fold = self.before.is_some_and(|before| {
                column < self.columns && before == self.columns - 1 - column && self.since == column
            });
            let span =
                Span::in_scratch(self.start, self.text.len(), self.quoted, self.before.is_some(), fold);
            self.spans.push(span);
        }
        self.cells += 1;
        self.start = self.text.len();
        (self.state, self.quoted, self.before, self.since, self.cr) = (State::Start, false, None, 0, false);
    }

    /// What a record of the wrong length is asked for, and whether the text is UTF-8.
    fn look(&mut self, bytes: &[u8]) {
        self.flaws.giant_nul |= memchr(0, bytes).is_some();
        self.flaws.giant_control |= bytes
            .iter()
            .any(|&b| b < 0x20 && !(b == self.delimiter || matches!(b, b'\t' | b'\n' | b'\r')) || b == 0x7f);
        match self.encoding {
            Encoding::Gb18030 => self.gb18030.feed(bytes),
            Encoding::Latin1 => {}
            _ => self.utf8.feed(bytes),
        }
        self.flaws.giant_encoding |= self.utf8.bad || self.gb18030.is_bad();
    }

    /// Makes UTF-8 of the cells, which have ended.
    fn decode(&mut self) {
        if !self.encoding.is_kept_raw() {
            return;
        }
        let raw = std::mem::take(&mut self.text);
        let mut buffer = Vec::new();
        for span in &mut self.spans {
            let start = self.text.len();
            if let Some((text, _)) = self.encoding.to_utf8(&raw[span.range()], &mut buffer) {
                self.text.extend_from_slice(text);
            }
            *span = Span::in_scratch(start, self.text.len(), span.quoted, span.line_break, span.fold);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::split::{BATCH, Batch, Records};
    use super::*;

    /// What the records of a text are, by the strict splitter on the whole and by this machine in pieces.
    fn both(text: &[u8], piece: usize) {
        let mut records = Records::new(text, b',', 3, 1);
        let mut giant_at = 0;
        let mut line = 1;
        let mut batch = Batch::default();
        let mut at = 0;
        loop {
            if at == batch.len() {
                at = 0;
                if !records.fill(&mut batch, BATCH) {
                    break;
                }
            }
            let r = batch.record(at, text);
            at += 1;
            // Blank lines are the reader's to skip.
            while text[giant_at] == b'\n' || text[giant_at..].starts_with(b"\r\n") {
                giant_at += if text[giant_at] == b'\n' { 1 } else { 2 };
                line += 1;
            }
            let mut giant = Giant::new(Encoding::Utf8, b',', 3, line);
            let mut ended = false;
            while !ended && giant_at < text.len() {
                let to = (giant_at + piece).min(text.len());
                let (n, end) = giant.feed(&text[giant_at..to]);
                giant_at += n;
                ended = end;
            }
            if !ended {
                giant.finish();
            }
            let g = giant.record();
            let of = |r: &Record| -> Vec<(Vec<u8>, bool, bool)> {
                r.spans
                    .iter()
                    .enumerate()
                    .take(4)
                    .map(|(i, s)| (r.cell(i).to_vec(), s.line_break, s.fold))
                    .collect()
            };
            let what = format!("{:?} in pieces of {piece}", String::from_utf8_lossy(text));
            assert_eq!(of(&g), of(&r), "{what}");
            assert_eq!((g.line, g.cells), (r.line, r.cells), "{what}");
            let plain = |f: &Flaws| (f.bare_cr, f.stray, f.unclosed);
            assert_eq!(plain(g.flaws), plain(r.flaws), "{what}");
            line = giant.line();
        }
    }

    #[test]
    fn pieces_of_any_size_split_as_the_whole_does() {
        let texts: [&[u8]; 8] = [
            b"a,b,c\n",
            b"a,\"b\"\"c\",d\r\n\"e\nf\",g,h",
            b"a,b\"c,d\n\"x\"y,z\n",
            b"\"a\rb\nc,d\",e,f\n\n\r\ng,h,i\n",
            b"a\rb,c\r\nd,e\r\r\nf\r",
            b"1,\"x\n2,y\",z\n",
            b"a,b,\"c\nd",
            b"\"a\"\r\n\"b\",\"\"\n,,\n",
        ];
        for text in texts {
            for piece in 1..8 {
                both(text, piece);
            }
        }
    }

    #[test]
    fn long_texts_of_every_mark_split_as_the_whole_does() {
        let mut state = 1u64;
        let mut draw = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        for round in 0..300 {
            let text: Vec<u8> = (0..700)
                .map(|_| match draw(40 + round % 60) {
                    0 => b'"',
                    1 => b'\r',
                    2..=4 => b'\n',
                    5..=9 => b',',
                    _ => b'x',
                })
                .collect();
            both(&text, 1 + draw(90) as usize);
        }
    }

    #[test]
    fn text_is_checked_over_the_pieces() {
        let check = |text: &[u8], piece: usize| {
            let mut g = Giant::new(Encoding::Utf8, b',', 1, 1);
            for p in text.chunks(piece) {
                g.feed(p);
            }
            g.finish();
            g.record().flaws.giant_encoding
        };
        for piece in 1..5 {
            assert!(!check("私域,分销".as_bytes(), piece));
            assert!(check(b"a\xe7\xa7,b", piece));
            assert!(check(b"ab\xe7\xa7", piece));
        }
    }
}
