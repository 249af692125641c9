//! A table turned the way people read it: what the terminal and Markdown have in common.
//!
//! A statement's figures become rows and its records columns; a list stays as it is. Texts are still as they came
//! and must be made safe; numbers are final. Machines get the records themselves, never this.

use super::number::{self, UNDEFINED};
use crate::report::document::{Cell, Field, Layout, Record, Role, Table};
use std::borrow::Cow;

/// A cell of the grid.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown<'a> {
    /// Not yet safe for any format.
    Text(Cow<'a, str>),
    Number {
        text: String,
        negative: bool,
    },
}

impl Shown<'_> {
    const EMPTY: Shown<'static> = Shown::Text(Cow::Borrowed(""));
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Names the rows. These come first, and again wherever the columns continue.
    Key,
    Figure,
    /// How the figures follow from others; the first thing to leave out.
    Formula,
}

#[derive(Clone, Debug)]
pub struct Column<'a> {
    pub kind: Kind,
    pub role: Role,
    pub right: bool,
    /// One text per level, the outermost first; perhaps fewer than the grid is deep.
    pub heading: Vec<&'a str>,
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Plain,
    /// The heading of a section, and nothing else.
    Heading,
    BelowHeading,
}

#[derive(Clone, Debug)]
pub struct Row<'a> {
    pub place: Place,
    pub role: Role,
    /// As many as there are columns.
    pub cells: Vec<Shown<'a>>,
}

#[derive(Clone, Debug)]
pub struct Grid<'a> {
    pub columns: Vec<Column<'a>>,
    pub rows: Vec<Row<'a>>,
}

impl<'a> Grid<'a> {
    pub fn of(table: &'a Table) -> Grid<'a> {
        match table.layout {
            Layout::Statement => Grid { columns: statement_columns(table), rows: statement_rows(table) },
            Layout::List => Grid { columns: list_columns(table), rows: list_rows(table) },
        }
    }

    /// How many columns name the rows.
    pub fn keys(&self) -> usize {
        self.columns.iter().take_while(|column| column.kind == Kind::Key).count()
    }

    /// How many levels the headings have.
    pub fn depth(&self) -> usize {
        self.columns.iter().map(|column| column.heading.len()).max().unwrap_or(0)
    }
}

/// The records that people see, the total last.
fn records(table: &Table) -> impl Iterator<Item = &Record> {
    table.records.iter().chain(table.total.iter().filter(|_| table.show_total))
}

fn statement_columns(table: &Table) -> Vec<Column<'_>> {
    let label = Column { kind: Kind::Key, role: Role::Item, right: false, heading: vec![] };
    let figures = records(table).map(|record| Column {
        kind: Kind::Figure,
        role: record.role,
        right: !is_of_words(record),
        heading: record.heading.iter().map(String::as_str).collect(),
    });
    let formula = has_formula(table).then(|| Column {
        kind: Kind::Formula,
        role: Role::Item,
        right: false,
        heading: vec![&table.formula_heading],
    });
    std::iter::once(label).chain(figures).chain(formula).collect()
}

/// Whether a record of a statement says words of its figures and is none of figures itself.
fn is_of_words(record: &Record) -> bool {
    !record.cells.is_empty() && record.cells.iter().all(|cell| matches!(cell, Cell::Text(_)))
}

fn has_formula(table: &Table) -> bool {
    !table.formula_heading.is_empty()
}

fn statement_rows(table: &Table) -> Vec<Row<'_>> {
    let mut rows = Vec::with_capacity(table.fields.len() + table.sections.len());
    let mut sections = table.sections.iter().peekable();
    let mut place = Place::Plain;
    for (i, field) in table.fields.iter().enumerate().filter(|(_, field)| !field.identity) {
        while let Some(section) = sections.next_if(|section| section.from <= i) {
            rows.push(heading_row(table, &section.heading));
            place = Place::BelowHeading;
        }
        rows.push(figure_row(table, i, field, place));
    }
    rows
}

fn heading_row<'a>(table: &'a Table, heading: &'a str) -> Row<'a> {
    let blanks = records(table).count() + usize::from(has_formula(table));
    let mut cells = vec![text(heading)];
    cells.resize(1 + blanks, Shown::EMPTY);
    Row { place: Place::Heading, role: Role::Item, cells }
}

fn figure_row<'a>(table: &'a Table, i: usize, field: &'a Field, place: Place) -> Row<'a> {
    let cells = std::iter::once(text(&field.label))
        .chain(records(table).map(|record| shown(record.cells.get(i), false)))
        .chain(has_formula(table).then(|| text(&field.formula)))
        .collect();
    Row { place, role: field.role, cells }
}

fn list_columns<'a>(table: &'a Table) -> Vec<Column<'a>> {
    let mut sections = table.sections.iter().peekable();
    let mut section = "";
    let mut keys = true;
    let column = |(i, field): (usize, &'a Field)| {
        while let Some(next) = sections.next_if(|next| next.from <= i) {
            section = &next.heading;
        }
        // An identity behind the first figure is one more figure: what is repeated stands in front.
        keys &= field.identity;
        Column {
            kind: if keys { Kind::Key } else { Kind::Figure },
            role: field.role,
            right: !field.identity && !holds_text(table, i),
            heading: if table.sections.is_empty() { vec![&field.label] } else { vec![section, &field.label] },
        }
    };
    table.fields.iter().enumerate().map(column).collect()
}

/// Whether a field is of text, by the first record that has it.
fn holds_text(table: &Table, i: usize) -> bool {
    let mut cells = table.records.iter().filter_map(|record| record.cells.get(i));
    // A blank says nothing of what its column holds.
    let says = |cell: &&Cell| !matches!(cell, Cell::Null) && !matches!(cell, Cell::Text(t) if t.is_empty());
    cells.find(says).is_some_and(|c| matches!(c, Cell::Text(_) | Cell::Date(_)))
}

fn list_rows(table: &Table) -> Vec<Row<'_>> {
    records(table).map(|record| list_row(table, record)).collect()
}

/// A record that is not named by its identity, as the total is not, is named by its heading.
fn list_row<'a>(table: &'a Table, record: &'a Record) -> Row<'a> {
    let mut cells: Vec<Shown> = table
        .fields
        .iter()
        .enumerate()
        .map(|(i, field)| shown(record.cells.get(i), field.identity || record.role == Role::Total))
        .collect();
    if let (Some(first), true) = (cells.first_mut(), table.fields.first().is_some_and(|field| field.identity))
        && *first == Shown::EMPTY
    {
        *first = Shown::Text(Cow::Owned(record.heading.join(" · ")));
    }
    Row { place: Place::Plain, role: record.role, cells }
}

fn text(text: &str) -> Shown<'_> {
    Shown::Text(Cow::Borrowed(text))
}

/// A name, or a total of what has none, that is not there is blank; a figure that is not there is undefined.
fn shown(cell: Option<&Cell>, identity: bool) -> Shown<'_> {
    let cell = cell.unwrap_or(&Cell::Null);
    match (cell, number::human(cell)) {
        (Cell::Text(words), _) => text(words),
        (_, Some(text)) => Shown::Number { negative: is_loss(cell), text },
        (_, None) if identity => Shown::EMPTY,
        (_, None) => Shown::Number { text: UNDEFINED.to_owned(), negative: false },
    }
}

/// Money below zero, also per thing.
fn is_loss(cell: &Cell) -> bool {
    match cell {
        Cell::Money(money) => money.0 < 0,
        Cell::UnitValue(value) => value.is_some_and(|value| value.rounded(2) < 0),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn texts<'a>(row: &'a Row<'a>) -> Vec<&'a str> {
        row.cells
            .iter()
            .map(|cell| match cell {
                Shown::Text(text) => text.as_ref(),
                Shown::Number { text, .. } => text,
            })
            .collect()
    }

    #[test]
    fn a_statement_is_turned() {
        let doc = sample::statement();
        let grid = Grid::of(&doc.tables[0]);
        assert_eq!((grid.keys(), grid.depth(), grid.columns.len()), (1, 1, 5));
        assert_eq!(texts(&grid.rows[0]), ["Traffic", "", "", "", ""]);
        assert_eq!(texts(&grid.rows[1]), ["New users", "1,200", "0", "1,200", ""]);
        assert_eq!(texts(&grid.rows[2]), ["Cost per user", "–", "–", "0.17", "cost ÷ new users"]);
    }

    #[test]
    fn words_beside_figures_begin_where_the_column_does() {
        let mut doc = sample::statement();
        let table = &mut doc.tables[0];
        let words = vec![sample::text("favourable"); table.fields.len()];
        table.records.push(sample::record(&[], words));
        let grid = Grid::of(table);
        let right: Vec<bool> = grid.columns.iter().map(|c| c.right).collect();
        // The names, two periods, the words, the total, the formulas.
        assert_eq!(right, [false, true, true, false, true, false]);
    }

    #[test]
    fn a_list_stays_and_its_total_is_named() {
        let doc = sample::list();
        let grid = Grid::of(&doc.tables[0]);
        assert_eq!(grid.keys(), 1);
        assert_eq!(texts(&grid.rows[0]), ["D1", "1", "100.00"]);
        assert_eq!(texts(&grid.rows[2]), ["Total", "3", "90.50"]);
        assert_eq!(grid.columns.iter().map(|c| c.right).collect::<Vec<_>>(), [false, true, true]);
    }

    #[test]
    fn a_record_that_lacks_cells_still_fills_its_row() {
        let mut doc = sample::list();
        let table = &mut doc.tables[0];
        table.records[0].cells.truncate(1);
        assert_eq!(texts(&Grid::of(table).rows[0]), ["D1", "–", "–"]);
    }
}
