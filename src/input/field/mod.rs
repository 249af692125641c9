//! The text of one cell to a value: money, dates, ids. Each lexer takes the bytes of a trimmed cell and returns a
//! value or says what is wrong; it knows no file and no place.

pub mod date;
pub mod id;
pub mod money;
pub mod text;

/// A cell without the spaces and tabs around it.
pub fn trim(cell: &[u8]) -> &[u8] {
    let blank = |b: &u8| *b == b' ' || *b == b'\t';
    let Some(from) = cell.iter().position(|b| !blank(b)) else { return &[] };
    let to = cell.iter().rposition(|b| !blank(b)).map_or(from, |i| i + 1);
    &cell[from..to]
}
