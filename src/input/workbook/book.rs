//! The two kinds of workbooks, behind one face.

use super::cells::{Shown, Value};
use super::limits::Seen;
use super::{Fault, Merged};
use calamine::{DataRef, Dimensions, Reader, SheetType, SheetVisible, Xls, Xlsx};
use std::collections::BTreeSet;
use std::io::{Read, Seek};
use std::ops::ControlFlow;

/// An open workbook.
pub enum Book<R: Read + Seek> {
    Xlsx(Box<Xlsx<R>>, Seen),
    Xls(Box<Xls<R>>),
}

/// What is done with a cell, of which the row and the column count from 0. It may end the reading.
pub type EachCell<'a> = dyn FnMut(u32, u32, Value) -> ControlFlow<Result<(), Fault>> + 'a;

/// A sheet may say that it has rows behind the last that holds anything. So many are believed.
const ROWS_BEHIND: u32 = 100;

impl<R: Read + Seek> Book<R> {
    pub fn open(file: R, seen: Seen) -> Result<Book<R>, Fault> {
        Ok(match seen {
            Seen::Xls => Book::Xls(Box::new(Xls::new(file).map_err(Fault::broken)?)),
            Seen::Xlsx { .. } => Book::Xlsx(Box::new(Xlsx::new(file).map_err(Fault::broken)?), seen),
        })
    }

    /// The names of all sheets of cells, and whether they are hidden.
    pub fn sheets(&self) -> Vec<(String, bool)> {
        let sheets = match self {
            Book::Xlsx(book, _) => book.sheets_metadata(),
            Book::Xls(book) => book.sheets_metadata(),
        };
        let cells = sheets.iter().filter(|s| s.typ == SheetType::WorkSheet);
        cells.map(|s| (s.name.clone(), s.visible != SheetVisible::Visible)).collect()
    }

    /// The texts of the first rows that hold any.
    pub fn head(&mut self, sheet: &str) -> Result<Vec<Vec<String>>, Fault> {
        const ROWS: usize = 60;
        // No header is longer, and a small file can hold a long text in every cell.
        const CELL: usize = 1000;
        const ALL: usize = 1 << 20;
        let (mut rows, mut at): (Vec<Vec<String>>, _) = (Vec::new(), None);
        let mut all = 0;
        self.each_value(sheet, &BTreeSet::new(), &mut |row, column, value| {
            if matches!(value, Value::Empty) || matches!(&value, Value::Text(text) if text.is_empty()) {
                return ControlFlow::Continue(());
            }
            if column as usize >= super::limits::COLUMNS as usize {
                return ControlFlow::Break(Ok(())); // told when the sheet is read
            }
            if at.replace(row) != Some(row) {
                if rows.len() == ROWS {
                    return ControlFlow::Break(Ok(()));
                }
                rows.push(Vec::new());
            }
            if let Some(cells) = rows.last_mut() {
                cells.resize((column as usize).max(cells.len()), String::new());
                let text: String = value.text().trim().chars().take(CELL).collect();
                all += text.len();
                cells.push(text);
            }
            if all < ALL { ControlFlow::Continue(()) } else { ControlFlow::Break(Ok(())) }
        })?;
        Ok(rows)
    }

    /// The cells of a sheet that are shown as one.
    pub fn merged(&mut self, sheet: &str) -> Result<Vec<Merged>, Fault> {
        let all: Vec<Dimensions> = match self {
            Book::Xlsx(_, Seen::Xlsx { merged: false, .. }) => Vec::new(),
            Book::Xlsx(book, _) => book.merge_cells_by_sheet_name(sheet).map_err(Fault::broken)?,
            Book::Xls(book) => book.merge_cells_by_sheet_name(sheet).map_err(Fault::broken)?,
        };
        let of = |d: Dimensions| Merged { rows: (d.start.0, d.end.0), columns: (d.start.1, d.end.1) };
        Ok(all.into_iter().filter(|d| d.start != d.end).map(of).collect())
    }

    /// Meets the cells of a sheet in the order in which they stand there.
    pub fn each_cell(&mut self, sheet: &str, each: &mut EachCell) -> Result<(), Fault> {
        let uncomputed = match self {
            Book::Xlsx(book, Seen::Xlsx { formulas: true, .. }) => uncomputed(book, sheet)?,
            _ => BTreeSet::new(),
        };
        self.each_value(sheet, &uncomputed, each)
    }

    fn each_value(
        &mut self,
        sheet: &str,
        uncomputed: &BTreeSet<(u32, u32)>,
        each: &mut EachCell,
    ) -> Result<(), Fault> {
        match self {
            Book::Xlsx(book, _) => xlsx_cells(book, sheet, uncomputed, each),
            Book::Xls(book) => {
                let range = book.worksheet_range(sheet).map_err(Fault::broken)?;
                let (top, left) = range.start().unwrap_or_default();
                for (row, column, data) in range.used_cells() {
                    let at =
                        |n: usize, first: u32| u32::try_from(n).unwrap_or(u32::MAX).saturating_add(first);
                    match each(at(row, top), at(column, left), Value::of_data(data)) {
                        ControlFlow::Continue(()) => {}
                        ControlFlow::Break(result) => return result,
                    }
                }
                Ok(())
            }
        }
    }
}

fn xlsx_cells<R: Read + Seek>(
    book: &mut Xlsx<R>,
    sheet: &str,
    uncomputed: &BTreeSet<(u32, u32)>,
    each: &mut EachCell,
) -> Result<(), Fault> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(Fault::broken)?;
    let end = cells.dimensions().end.0;
    let (mut last, mut is_coloured) = (0, false);
    let shown: Vec<Shown> = cells.styles().iter().map(|s| shown_by(s.number_format.as_ref())).collect();
    while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(Fault::broken)? {
        let (row, column) = cell.get_position();
        let value = match cell.get_value() {
            DataRef::Empty if uncomputed.contains(&(row, column)) => Value::Uncomputed,
            // Somebody wrote it, and not to colour it.
            DataRef::Empty if style == 0 => Value::Text("".into()),
            DataRef::Empty => {
                is_coloured |= row > last;
                continue;
            }
            data => Value::of_data_ref(data, shown.get(style).copied().unwrap_or(Shown::Day)),
        };
        (last, is_coloured) = (row, false);
        if let ControlFlow::Break(result) = each(row, column, value) {
            return result;
        }
    }
    if !is_coloured && last < end && end - last <= ROWS_BEHIND {
        return match each(end, 0, Value::Text("".into())) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(result) => result,
        };
    }
    Ok(())
}

/// Formulas without a result, which a program wrote that does not calculate.
fn uncomputed<R: Read + Seek>(book: &mut Xlsx<R>, sheet: &str) -> Result<BTreeSet<(u32, u32)>, Fault> {
    /// One is enough to refuse the data.
    const MOST: usize = 10_000;
    let mut cells = book.worksheet_cells_reader(sheet).map_err(Fault::broken)?;
    let mut found = BTreeSet::new();
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(Fault::broken)? {
        if cell.formula.is_some() && cell.value == DataRef::Empty && found.len() < MOST {
            found.insert(cell.pos);
        }
    }
    Ok(found)
}

/// What a format shows of a date: where it is a year and a month and no day, the cell is a month, though it holds a day.
fn shown_by(format: Option<&calamine::NumberFormat>) -> Shown {
    let Some(format) = format else { return Shown::Day };
    // What stands in quotes or brackets, or behind a backslash, is shown as it is.
    let (mut shown, mut skip, mut chars) = (String::new(), None, format.format_code.chars());
    while let Some(c) = chars.next() {
        match (c, skip) {
            (c, Some(end)) if c == end => skip = None,
            (_, Some(_)) => {}
            ('"', None) => skip = Some('"'),
            ('[', None) => skip = Some(']'),
            ('\\', None) => drop(chars.next()),
            (';', None) => break,
            (c, None) => shown.push(c.to_ascii_lowercase()),
        }
    }
    let is_month = shown.contains('y') && shown.contains('m') && !shown.contains(['d', 'h', 's']);
    if is_month { Shown::Month } else { Shown::Day }
}
