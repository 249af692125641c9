//! What a workbook says of cells beyond their text, judged by what their columns are for.
//!
//! A spreadsheet makes dates of what looks like one, keeps fifteen digits of a number, and shows the error of a formula
//! where a value should be: in a column of ids or texts that is damage, though it reads well.

use super::aside::Asides;
use super::problem::{Code, Detail, FileNo, Place, Problem, Problems};
use super::schema::Kind;
use super::source::{Open, TableName};
use super::table::Layout;
use super::workbook::{Fault, Merged, Note, What};
use std::collections::HashSet;

/// Notes why a workbook cannot be used.
pub fn refuse(fault: Fault, file: FileNo, problems: &mut Problems) {
    let code = if matches!(fault, Fault::Broken(_)) { Code::BinaryFile } else { Code::Workbook };
    let place = Place::file(file);
    problems.error(place, || Problem::new(code, place).detail(Detail::Workbook(fault)));
}

/// Notes what is wrong with the cells that were read since it was asked last.
pub fn refuse_cells(open: &mut Open, layout: &Layout, problems: &mut Problems) {
    let (notes, fault) = open.take_notes();
    for note in &notes {
        refuse_cell(note, layout, problems);
    }
    if let Some(fault) = fault {
        refuse(fault, layout.file, problems);
    }
}

fn refuse_cell(note: &Note, layout: &Layout, problems: &mut Problems) {
    let (line, cell) = (u64::from(note.row) + 1, note.column as usize);
    let Some(column) = layout.column_at(cell).filter(|_| line > layout.line) else { return };
    let (name, kind) = (layout.name_of(column), layout.kind_of(column));
    let months = [TableName::TeamCost, TableName::OtherCost, TableName::Targets];
    let may_be_month = months.contains(&layout.schema.table);
    let code = match (note.what, kind) {
        (What::Date | What::DayOrMonth | What::Error, Kind::Id | Kind::Text)
        | (What::Uncomputed, _)
        | (What::Swapped, Kind::Date) => Code::WorkbookCell,
        (What::DayOrMonth, Kind::Date) if may_be_month && !layout.is_of_months(column) => Code::WorkbookCell,
        // In ids it is refused by its text.
        (What::LongNumber, Kind::Text) => Code::ScientificId,
        _ => return,
    };
    let place = layout.place(line, Some(cell));
    problems.error(place, || {
        let p = Problem::new(code, place).column(name).detail(Detail::Cell(note.what));
        p.value(note.text.as_bytes())
    });
}

/// Refuses merged cells in columns that are read: all but the first are empty, whatever is shown. In what stands beside
/// the rows nothing is hidden by them.
pub fn refuse_merged(layout: &Layout, asides: &Asides, problems: &mut Problems) {
    let from = layout.found.rows_from;
    let lines = |m: &Merged| (u64::from(m.rows.0) + 1).max(from)..=u64::from(m.rows.1) + 1;
    let aside: HashSet<u64> = match layout.merged.is_empty() {
        true => HashSet::new(),
        false => asides.all.iter().map(|aside| aside.line).collect(),
    };
    for m in layout.merged.iter().filter(|m| !lines(m).all(|line| aside.contains(&line))) {
        let cells = m.columns.0 as usize..=m.columns.1 as usize;
        let mut read = (0..layout.cells()).filter(|cell| cells.contains(cell));
        let Some((cell, column)) = read.find_map(|cell| Some((cell, layout.column_at(cell)?))) else {
            continue;
        };
        let place = layout.place(*lines(m).start(), Some(cell));
        let name = layout.name_of(column);
        problems.error(place, || {
            Problem::new(Code::WorkbookCell, place).column(name).detail(Detail::Cell(What::Merged))
        });
    }
}
