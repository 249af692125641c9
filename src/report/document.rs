//! A report as a plain value: typed cells, laid out, with everything in it that any format shows.
//!
//! Reports make documents; renderers turn them into bytes. A document holds no language but in its texts and no
//! formatted number; a renderer calculates nothing.

use scrm_core::date::Day;
use scrm_core::money::{Money, Ratio};
use std::cmp::Ordering;

/// One value. `None` is undefined, which every format shows as such and never as zero.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Text from the data or from us; each format makes it safe in its own way.
    Text(String),
    Count(u64),
    Money(Money),
    /// A share of something: a percentage for people, six decimals for machines.
    Share(Option<Ratio>),
    /// A number of things per thing.
    Quotient(Option<Ratio>),
    /// Money per thing.
    UnitValue(Option<Ratio>),
    Date(Day),
    /// By how much a figure differs from another.
    Change(Change),
    Null,
}

/// A difference, which people read with its sign.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    Count(i128),
    Money(Money),
    /// Of quotients, unit values and, for machines, shares.
    Quotient(Option<Ratio>),
    /// Relative: 0.2 is 20 %, and 20 for machines.
    Percent(Option<Ratio>),
    /// Of shares, in percentage points: 0.01 is 1 point, and 1 for machines.
    Points(Option<Ratio>),
}

impl Cell {
    pub fn text(text: &str) -> Cell {
        Cell::Text(text.into())
    }
}

/// How much a row or record stands out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    #[default]
    Item,
    /// The sum of a block: a line above it, or bold.
    Total,
}

/// What a record has a cell for.
#[derive(Clone, Debug)]
pub struct Field {
    /// The key in CSV, TSV and JSON, `system.figure`; JSON nests at the points.
    pub key: &'static str,
    /// The name that people read.
    pub label: String,
    /// Names the record (its period, its channel) and is no figure of it.
    pub identity: bool,
    pub role: Role,
    /// How the figure follows from others, for people.
    pub formula: String,
}

impl Field {
    /// A field that names the record.
    pub fn identity(key: &'static str, label: &str) -> Field {
        Field { key, label: label.into(), identity: true, role: Role::Item, formula: String::new() }
    }

    /// A field that is a figure of the record, or a text that explains one.
    pub fn figure(key: &'static str, label: &str) -> Field {
        Field { identity: false, ..Field::identity(key, label) }
    }
}

/// Fields that belong together, with a heading for people.
#[derive(Clone, Debug)]
pub struct Section {
    pub heading: String,
    /// The section's first field, as an index into [`Table::fields`].
    pub from: usize,
}

/// One record: a cell for each field.
#[derive(Clone, Debug)]
pub struct Record {
    pub role: Role,
    /// What people read above or before it: one text for each level of the heading, such as period and channel.
    pub heading: Vec<String>,
    pub cells: Vec<Cell>,
}

/// How people read the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Figures go down, records go across, as in a statement.
    Statement,
    /// A record is a row.
    List,
}

/// The records of a document.
#[derive(Clone, Debug)]
pub struct Table {
    /// The key of the list of records in JSON.
    pub key: &'static str,
    /// The key of the total in JSON.
    pub total_key: &'static str,
    /// What people read above it; empty where the document's title says it.
    pub title: String,
    pub layout: Layout,
    pub fields: Vec<Field>,
    pub sections: Vec<Section>,
    pub records: Vec<Record>,
    pub total: Option<Record>,
    /// Show the total to people; a statement of one column is its own total. Machines always get it.
    pub show_total: bool,
    /// The heading of the column of formulas; empty where it is not to be shown.
    pub formula_heading: String,
    /// The key of the field by which people get the records of a list, where it is not the records' own order.
    pub order: Option<&'static str>,
}

/// No field has the key that was asked for.
#[derive(Debug)]
pub struct UnknownColumn {
    pub near: Option<String>,
    pub known: Vec<&'static str>,
}

/// A tree for what is no record: the reconciliation, the warnings.
#[derive(Clone, Debug)]
pub enum Node {
    Cell(Cell),
    Object(Vec<(&'static str, Node)>),
    List(Vec<Node>),
}

impl Table {
    /// A plain list: a record is a row, and there is no total.
    pub fn list(key: &'static str, fields: Vec<Field>, rows: Vec<Vec<Cell>>) -> Table {
        let record = |cells| Record { role: Role::Item, heading: Vec::new(), cells };
        Table {
            key,
            total_key: "total",
            title: String::new(),
            layout: Layout::List,
            fields,
            sections: Vec::new(),
            records: rows.into_iter().map(record).collect(),
            total: None,
            show_total: false,
            formula_heading: String::new(),
            order: None,
        }
    }

    /// Puts the records in the order of a field: figures from the largest, texts and dates from the first, what is
    /// not there last; equals stay as they were.
    ///
    /// # Errors
    /// [`UnknownColumn`].
    pub fn sort_by(&mut self, key: &str) -> Result<(), UnknownColumn> {
        let Some(i) = self.fields.iter().position(|f| f.key == key) else {
            let known: Vec<&'static str> = self.fields.iter().map(|f| f.key).collect();
            let near = crate::words::near(key, known.iter().copied()).map(Into::into);
            return Err(UnknownColumn { near, known });
        };
        self.records.sort_by(|a, b| in_order(&a.cells[i], &b.cells[i]));
        Ok(())
    }

    /// The records as a list of objects, for a document that has other lists before it.
    pub fn node(&self) -> Node {
        let object = |record: &Record| {
            let cells = record.cells.iter().map(|c| Node::Cell(c.clone()));
            Node::Object(self.fields.iter().map(|f| f.key).zip(cells).collect())
        };
        Node::List(self.records.iter().map(object).collect())
    }

    /// Keeps the first `n` records, and returns how many were left out.
    pub fn keep(&mut self, n: usize) -> usize {
        let hidden = self.records.len().saturating_sub(n);
        self.records.truncate(n);
        hidden
    }
}

/// Figures from the largest, texts and dates from the first, what is not there last.
fn in_order(a: &Cell, b: &Cell) -> Ordering {
    let figure = |c: &Cell| match c {
        Cell::Count(n) => Some(i128::from(*n)),
        Cell::Money(m) => Some(m.0),
        Cell::Share(r) | Cell::Quotient(r) | Cell::UnitValue(r) => r.map(|r| r.rounded(9)),
        Cell::Change(Change::Count(n)) => Some(*n),
        Cell::Change(Change::Money(m)) => Some(m.0),
        Cell::Change(Change::Quotient(r) | Change::Percent(r) | Change::Points(r)) => r.map(|r| r.rounded(9)),
        Cell::Text(_) | Cell::Date(_) | Cell::Null => None,
    };
    match (a, b) {
        (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
        (Cell::Date(a), Cell::Date(b)) => a.cmp(b),
        (Cell::Text(_) | Cell::Date(_), Cell::Null) => Ordering::Less,
        (Cell::Null, Cell::Text(_) | Cell::Date(_)) => Ordering::Greater,
        _ => figure(b).cmp(&figure(a)),
    }
}

impl Node {
    pub fn text(text: &str) -> Node {
        Node::Cell(Cell::text(text))
    }
    pub fn count(n: u64) -> Node {
        Node::Cell(Cell::Count(n))
    }
}

/// A whole report.
#[derive(Clone, Debug)]
pub struct Document {
    pub schema: &'static str,
    /// For people: what this is, and below it the range and whatever else must be known to read it.
    pub title: String,
    pub subtitle: Vec<String>,
    /// For machines: the keys before the records.
    pub head: Vec<(&'static str, Cell)>,
    /// The first is the report's own; CSV and TSV, which hold one table, have that one.
    pub tables: Vec<Table>,
    /// For machines: the keys behind the records.
    pub tail: Vec<(&'static str, Node)>,
    /// For people: lines below the table.
    pub notes: Vec<String>,
}
