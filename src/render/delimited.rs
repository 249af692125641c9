//! CSV and TSV: a header row of keys, a row per record, the total last. Lines end in LF.
//!
//! Text is made safe to open in a spreadsheet; numbers are numbers, and what is undefined is empty.

use super::Records;
use super::number::machine;
use super::text::spreadsheet;
use crate::report::document::{Cell, Document, Node, Record, Table};
use std::borrow::Cow;

pub fn render(doc: &Document, more: Records, delimiter: u8) -> Vec<u8> {
    written_by(delimiter, |sheet| match doc.tables.first() {
        Some(table) => write_table(sheet, table, table.fields.iter().map(|field| field.key), more),
        None => write_objects(sheet, doc.tail.iter().find_map(|(_, node)| objects(node)).unwrap_or(&[])),
    })
}

/// One table under a header of its own, a name for each of its fields.
pub fn render_as(table: &Table, header: &[String], delimiter: u8) -> Vec<u8> {
    let header = header.iter().map(String::as_str);
    written_by(delimiter, |sheet| write_table(sheet, table, header, &mut std::iter::empty()))
}

fn written_by(delimiter: u8, write: impl FnOnce(&mut Sheet) -> csv::Result<()>) -> Vec<u8> {
    let mut sheet = Sheet(csv::WriterBuilder::new().delimiter(delimiter).flexible(true).from_writer(vec![]));
    write(&mut sheet)
        .and_then(|()| sheet.0.into_inner().map_err(|e| e.into_error().into()))
        .expect("memory takes every record")
}

struct Sheet(csv::Writer<Vec<u8>>);

impl Sheet {
    fn row<'a>(&mut self, cells: impl Iterator<Item = Cow<'a, str>>) -> csv::Result<()> {
        cells.into_iter().try_for_each(|cell| self.0.write_field(cell.as_bytes()))?;
        self.0.write_record(None::<&[u8]>)
    }
}

fn write_table<'a>(
    sheet: &mut Sheet,
    table: &Table,
    header: impl Iterator<Item = &'a str>,
    more: Records,
) -> csv::Result<()> {
    sheet.row(header.map(Cow::Borrowed))?;
    let mut write = |record: &Record| {
        sheet.row((0..table.fields.len()).map(|i| written(record.cells.get(i).unwrap_or(&Cell::Null))))
    };
    table.records.iter().try_for_each(&mut write)?;
    for record in more {
        write(&record)?;
    }
    table.total.iter().try_for_each(write)
}

fn written(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Text(text) => spreadsheet(text),
        number => Cow::Owned(machine(number).unwrap_or_default()),
    }
}

/// The items of a list of objects.
fn objects(node: &Node) -> Option<&[Node]> {
    match node {
        Node::List(items) if matches!(items.first(), Some(Node::Object(_))) => Some(items),
        _ => None,
    }
}

/// A row per object, in the columns of the first.
fn write_objects(sheet: &mut Sheet, items: &[Node]) -> csv::Result<()> {
    let Some(first) = items.first() else { return Ok(()) };
    let keys: Vec<String> = flat(first).into_iter().map(|(key, _)| key).collect();
    sheet.row(keys.iter().map(|key| Cow::Borrowed(key.as_str())))?;
    for item in items {
        let cells = flat(item);
        let named = |key: &String| cells.iter().find(|(name, _)| name == key);
        sheet.row(keys.iter().map(|key| named(key).map_or(Cow::Borrowed(""), |(_, cell)| written(cell))))?;
    }
    Ok(())
}

/// The cells of an object, those of objects in it under keys joined by points. Lists have no column.
fn flat(node: &Node) -> Vec<(String, &Cell)> {
    let mut cells = Vec::new();
    flatten(String::new(), node, &mut cells);
    cells
}

fn flatten<'a>(key: String, node: &'a Node, cells: &mut Vec<(String, &'a Cell)>) {
    match node {
        Node::Cell(cell) => cells.push((key, cell)),
        Node::List(_) => {}
        Node::Object(members) => {
            for (name, member) in members {
                let inner = if key.is_empty() { (*name).to_owned() } else { format!("{key}.{name}") };
                flatten(inner, member, cells);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn check(doc: &Document, delimiter: u8, want: &str) {
        assert_eq!(String::from_utf8(render(doc, &mut std::iter::empty(), delimiter)).unwrap(), want);
    }

    #[test]
    fn a_row_per_record_and_the_total_last() {
        check(
            &sample::statement(),
            b',',
            "period,begin,traffic.new_users,traffic.cost_per_user,traffic.cost,direct.conversion,direct.profit\n\
             2026-01,2026-01-01,1200,,200.00,0.142857,1234567.89\n\
             2026-02,2026-02-01,0,,0.00,,-0.05\n\
             ,2026-01-01,1200,0.166667,200.00,-0.333333,123456784.505\n",
        );
    }

    #[test]
    fn text_is_made_safe_and_negative_money_stays_a_number() {
        let mut doc = sample::list();
        let table = &mut doc.tables[0];
        table.records[0].cells[0] = sample::text("-D1\t\"x\"");
        check(
            &doc,
            b'\t',
            "id\town.orders\town.settled\n\
             \"'-D1\t\"\"x\"\"\"\t1\t100.00\n\
             分销员乙\t2\t-9.50\n\
             \t3\t90.50\n",
        );
    }

    #[test]
    fn a_table_may_have_other_names() {
        let header = ["编号", "a,b", "c"].map(String::from);
        let bytes = render_as(&sample::list().tables[0], &header, b',');
        assert!(String::from_utf8(bytes).unwrap().starts_with("编号,\"a,b\",c\nD1,1,100.00\n"));
    }

    #[test]
    fn the_total_is_written_though_people_are_not_shown_it() {
        let mut doc = sample::list();
        doc.tables[0].show_total = false;
        assert!(
            String::from_utf8(render(&doc, &mut std::iter::empty(), b',')).unwrap().ends_with("\n,3,90.50\n")
        );
    }

    #[test]
    fn a_document_without_a_table_writes_its_objects() {
        check(&sample::problems(), b',', "code,place.line,place.value\nbad-money,17,'=1+1\nempty,,\"a,b\"\n");
    }

    #[test]
    fn without_table_and_objects_there_is_nothing() {
        let mut doc = sample::problems();
        doc.tail.remove(0);
        check(&doc, b',', "");
    }
}
