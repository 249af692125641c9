//! What stands beside the figures of each column of a statement: for people further columns behind it, for programs
//! further fields of it.

use super::ALL;
use crate::report::bridge::Side;
use crate::report::document::{Cell, Change, Field, Record, Table};
use scrm_core::change::Difference;
use scrm_core::period::{Grain, Range};

/// What stands behind a column, for people: a cell for each key.
pub(super) struct Lane {
    pub heading: Vec<String>,
    pub cells: Vec<Cell>,
}

/// What belongs to a record, for programs: what names it, and the parts of each key.
pub(super) struct Fields {
    pub ids: Vec<Cell>,
    pub figures: Vec<[Cell; 3]>,
}

/// Days by their name.
pub(super) fn side(range: Range) -> Side {
    Side::new(ALL, range)
}

/// Days above their figures: by their name, or by the first and the last.
pub(super) fn heading(side: &Side) -> Vec<String> {
    match Grain::of(side.range) {
        Some(_) => vec![side.label.clone()],
        None => vec![side.range.begin.to_string(), side.range.end.plus(-1).to_string()],
    }
}

/// Adds fields to each record, those of the columns and then that of the total.
pub(super) fn extend<'n>(
    table: &mut Table,
    ids: &[&'static str],
    names: impl Iterator<Item = &'n [String; 3]>,
    fields: Vec<Fields>,
) where
    'n: 'static,
{
    table.fields.extend(ids.iter().map(|key| Field::identity(key, "")));
    table.fields.extend(names.flatten().map(|name| Field::figure(name, "")));
    let records = table.records.iter_mut().chain(&mut table.total);
    for (record, more) in records.zip(fields) {
        record.cells.extend(more.ids);
        record.cells.extend(more.figures.into_iter().flatten());
    }
}

/// Puts lanes behind each column, and behind the total; a statement of one column is its own total, and is called by
/// its days.
pub(super) fn widen(table: &mut Table, lanes: Vec<Vec<Lane>>, days: Vec<String>) {
    let single = table.records.len() == 1;
    let ids = table.fields.iter().take_while(|f| f.identity).count();
    let total = table.total.take().filter(|_| !single);
    let records: Vec<Record> = table.records.drain(..).chain(total).collect();
    for (mut record, lanes) in records.into_iter().zip(lanes) {
        if single {
            record.heading = days.clone();
        }
        let above = if single { Vec::new() } else { record.heading.clone() };
        let role = record.role;
        table.records.push(record);
        table.records.extend(lanes.into_iter().map(|lane| Record {
            role,
            heading: [above.clone(), lane.heading].concat(),
            cells: vec![Cell::Null; ids].into_iter().chain(lane.cells).collect(),
        }));
    }
    table.show_total = false;
}

/// A difference for programs, of shares a plain number as they are.
pub(super) fn difference_cell(difference: Difference) -> Cell {
    Cell::Change(match difference {
        Difference::Count(n) => Change::Count(n),
        Difference::Money(m) => Change::Money(m),
        Difference::Share(r) | Difference::Quotient(r) | Difference::UnitValue(r) => Change::Quotient(r),
    })
}
