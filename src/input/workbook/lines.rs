//! Cells to lines of text.

use super::cells::{Shown, Value};
use super::limits::{self, Limit};
use super::{DELIMITER, Fault};
use memchr::memrchr;
use std::collections::BTreeMap;

/// What a cell is, beyond its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    Date,
    /// The first of a month, or the month.
    DayOrMonth,
    Error,
    Uncomputed,
    LongNumber,
    Merged,
    /// A date among texts that are dates as well, though no spreadsheet takes them for such: what stands first was not
    /// what it took for the first.
    Swapped,
}

/// Something to be said about a cell, where its column asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// From 0.
    pub row: u32,
    pub column: u32,
    pub what: What,
    pub text: Box<str>,
}

/// Lines in the making: line n is row n. One without a cell is blank, or has a delimiter below one that has cells: so a row
/// without a value is in a file of text.
#[derive(Default)]
pub struct Lines {
    text: Vec<u8>,
    notes: Vec<Note>,
    /// The row in the making, and the last of its cells so far.
    row: u32,
    last: Option<u32>,
    /// Some row had a cell.
    has_cells: bool,
    /// The last row in which a cell stands that holds nothing: what is only coloured or framed does not count.
    seen: u32,
    /// The cells of the first row that has any: the rows below have at least as many.
    width: Option<u32>,
    decimal_comma: bool,
    dates: BTreeMap<u32, Dates>,
}

/// What dates a column has.
#[derive(Default)]
struct Dates {
    /// The first that is one to the spreadsheet, if none of these has a day that can be no month.
    first: Option<Note>,
    has_late_day: bool,
    /// Texts such as `25/02/2026`, of which one number can be no month.
    texts: bool,
}

impl Dates {
    fn meet(&mut self, text: &str, note: Option<&Note>) {
        match note {
            Some(note) => {
                let day = text.get(8..10).and_then(|day| day.parse::<u8>().ok());
                self.has_late_day |= day.is_none_or(|day| day > 12);
                self.first.get_or_insert_with(|| Note { what: What::Swapped, ..note.clone() });
            }
            None => self.texts |= is_late_text(text),
        }
    }
}

/// Is it a date with the year last, and one of the others too large for a month?
fn is_late_text(text: &str) -> bool {
    let date = text.split(' ').next().unwrap_or_default();
    let parts: Vec<&str> = date.split(['/', '-', '.']).collect();
    let [Ok(a), Ok(b), Ok(year)] = parts.iter().map(|part| part.parse::<u16>()).collect::<Vec<_>>()[..]
    else {
        return false;
    };
    parts[2].len() == 4 && year > 1900 && a.min(b) >= 1 && a.min(b) <= 12 && (13..=31).contains(&a.max(b))
}

impl Lines {
    /// Lines of at least so many cells; of as many as the first has, where nobody knows. A number has no decimal mark
    /// of its own: it gets the one by which amounts are read.
    pub fn of(width: Option<u32>, decimal_comma: bool) -> Lines {
        Lines { width, decimal_comma, ..Lines::default() }
    }

    /// Adds a cell, behind all that were added before.
    pub fn cell(&mut self, row: u32, column: u32, value: Value) -> Result<(), Fault> {
        if matches!(value, Value::Empty) {
            return Ok(());
        }
        if matches!(&value, Value::Text(text) if text.is_empty()) {
            self.seen = self.seen.max(row.min(limits::ROWS));
            return Ok(());
        }
        if row >= limits::ROWS {
            return Err(Fault::Limit(Limit::Rows));
        }
        if column >= limits::COLUMNS {
            return Err(Fault::Limit(Limit::Columns));
        }
        if row < self.row || row == self.row && self.last.is_some_and(|last| column <= last) {
            return Err(Fault::broken("its cells are not in order"));
        }
        while self.row < row {
            self.end_row();
        }
        let delimiters = self.last.map_or(column, |last| column - last);
        self.text.resize(self.text.len() + delimiters as usize, DELIMITER);
        (self.last, self.has_cells) = (Some(column), true);
        let text = match (value.text(), &value) {
            (text, Value::Number(_)) if self.decimal_comma => text.replace('.', ",").into(),
            (text, _) => text,
        };
        self.write(&text);
        let what = match &value {
            Value::Date(_, Shown::Either) if text.len() == 10 && text.ends_with("-01") => {
                Some(What::DayOrMonth)
            }
            Value::Date(..) | Value::IsoDate(_) => Some(What::Date),
            Value::Error(_) => Some(What::Error),
            Value::Uncomputed => Some(What::Uncomputed),
            long if long.is_long_number() => Some(What::LongNumber),
            _ => None,
        };
        let shown = || text.chars().take(80).collect();
        let note = what.map(|what| Note { row, column, what, text: shown() });
        let is_date = matches!(what, Some(What::Date | What::DayOrMonth));
        if is_date || matches!(&value, Value::Text(text) if is_late_text(text)) {
            self.dates.entry(column).or_default().meet(&text, note.as_ref().filter(|_| is_date));
        }
        self.notes.extend(note);
        Ok(())
    }

    /// A text as it may stand in a line: in quotes where it holds a sign of the table. A line feed becomes a carriage
    /// return, which is a line break as well and no new line.
    fn write(&mut self, text: &str) {
        if !text.bytes().any(|b| matches!(b, DELIMITER | b'"' | b'\n' | b'\r')) {
            return self.text.extend_from_slice(text.as_bytes());
        }
        self.text.push(b'"');
        for byte in text.bytes() {
            match byte {
                b'"' => self.text.extend_from_slice(b"\"\""),
                b'\n' => self.text.push(b'\r'),
                other => self.text.push(other),
            }
        }
        self.text.push(b'"');
    }

    fn end_row(&mut self) {
        if let Some(last) = self.last.take() {
            let width = *self.width.get_or_insert(last + 1);
            let missing = width.saturating_sub(last + 1) as usize;
            self.text.resize(self.text.len() + missing, DELIMITER);
        } else if self.has_cells && self.width != Some(1) {
            // One is enough: a row is empty whatever its length.
            self.text.push(DELIMITER);
        }
        self.text.push(b'\n');
        self.row += 1;
    }

    /// There are no more cells.
    pub fn end(&mut self) {
        if self.last.is_some() {
            self.end_row();
        }
        while self.row <= self.seen && self.has_cells && self.seen > 0 {
            self.end_row();
        }
        // Where dates and texts were typed alike, a spreadsheet that takes the month for the first number makes dates of
        // those alone whose day can be a month, and swaps the two.
        let swapped = |d: Dates| d.first.filter(|_| d.texts && !d.has_late_day);
        self.notes.extend(std::mem::take(&mut self.dates).into_values().filter_map(swapped));
    }

    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// The whole lines that were made since they were taken last, and what there is to say about their cells, and
    /// perhaps about some of the next.
    pub fn take(&mut self) -> (Vec<u8>, Vec<Note>) {
        let whole = memrchr(b'\n', &self.text).map_or(0, |at| at + 1);
        let rest = self.text.split_off(whole);
        (std::mem::replace(&mut self.text, rest), std::mem::take(&mut self.notes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(cells: &[(u32, u32, &str)]) -> Result<String, Fault> {
        let mut lines = Lines::default();
        for &(row, column, text) in cells {
            lines.cell(row, column, Value::Text(text.into()))?;
        }
        lines.end();
        Ok(String::from_utf8(lines.take().0).unwrap().replace('\u{1f}', "|"))
    }

    #[test]
    fn a_line_is_a_row_and_as_wide_as_the_header() {
        let of = |cells: &[(u32, u32, &str)]| lines(cells).unwrap();
        assert_eq!(of(&[]), "");
        assert_eq!(of(&[(0, 0, "a"), (0, 2, "c"), (1, 1, "2")]), "a||c\n|2|\n");
        assert_eq!(of(&[(2, 1, "a"), (5, 0, "1"), (5, 3, "4")]), "\n\n|a\n|\n|\n1|||4\n");
        assert_eq!(of(&[(0, 0, "a\"b"), (0, 1, "c\nd")]), "\"a\"\"b\"|\"c\rd\"\n");
        assert_eq!(of(&[(0, 0, "a"), (0, 1, ""), (0, 9, "")]), "a\n", "empty texts are no cells");
        assert_eq!(of(&[(0, 0, ""), (1, 1, "a"), (2, 0, ""), (4, 0, "")]), "\n|a\n|\n|\n|\n", "... but rows");
    }

    #[test]
    fn what_cannot_be_is_told() {
        assert!(matches!(lines(&[(1, 0, "a"), (0, 0, "b")]), Err(Fault::Broken(_))));
        assert!(matches!(lines(&[(0, 1, "a"), (0, 1, "b")]), Err(Fault::Broken(_))));
        assert_eq!(lines(&[(limits::ROWS, 0, "a")]), Err(Fault::Limit(Limit::Rows)));
        assert_eq!(lines(&[(0, limits::COLUMNS, "a")]), Err(Fault::Limit(Limit::Columns)));
    }
}
