//! JSON: the records whole, one to a line; money and quotients as strings that no reader rounds.
//!
//! Besides what JSON asks for, `<` and all that is not seen is escaped: the text can stand in a page's script and
//! on a screen, and reads back the same.

use super::Records;
use super::number::machine;
use super::text::unseen;
use crate::report::document::{Cell, Change, Document, Field, Node, Record};
use serde_json::{Map, Value};
use std::fmt::Write as _;

pub fn render(doc: &Document, more: Records) -> Vec<u8> {
    let mut object = Members { text: String::from("{") };
    object.member("schema", &Value::from(doc.schema));
    for (key, cell) in &doc.head {
        object.member(key, &of_cell(cell));
    }
    for (n, table) in doc.tables.iter().enumerate() {
        let records = table.records.iter().map(|record| of_record(&table.fields, record));
        let further = more.take(if n == 0 { usize::MAX } else { 0 });
        object.list(table.key, records.chain(further.map(|record| of_record(&table.fields, &record))));
        if let Some(total) = &table.total {
            object.member(table.total_key, &of_record(&table.fields, total));
        }
    }
    for (key, node) in &doc.tail {
        match node {
            Node::List(items) => object.list(key, items.iter().map(of_node)),
            node => object.member(key, &of_node(node)),
        }
    }
    object.text.push_str("\n}\n");
    object.text.into_bytes()
}

/// The members of the outermost object, each on its own line, and so each item of a list.
struct Members {
    text: String,
}

impl Members {
    fn key(&mut self, key: &str) {
        self.text.push_str(if self.text.len() > 1 { ",\n  " } else { "\n  " });
        push_value(&mut self.text, &Value::from(key));
        self.text.push_str(": ");
    }

    fn member(&mut self, key: &str, value: &Value) {
        self.key(key);
        push_value(&mut self.text, value);
    }

    fn list(&mut self, key: &str, items: impl Iterator<Item = Value>) {
        self.key(key);
        let mut before = "[\n    ";
        for item in items {
            self.text.push_str(before);
            push_value(&mut self.text, &item);
            before = ",\n    ";
        }
        self.text.push_str(if before.starts_with('[') { "[]" } else { "\n  ]" });
    }
}

/// The characters escaped here stand only inside strings, where `\u003c` means the same as `<`.
fn push_value(text: &mut String, value: &Value) {
    for c in value.to_string().chars() {
        if c != '<' && !unseen(c) {
            text.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // A string takes everything that is written to it.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
}

fn of_cell(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Count(count) => Value::from(*count),
        // A difference of two counts; one beyond 64 bits is no difference of what was counted.
        Cell::Change(Change::Count(n)) => i64::try_from(*n).map_or(Value::Null, Value::from),
        other => machine(other).map_or(Value::Null, Value::from),
    }
}

fn of_node(node: &Node) -> Value {
    match node {
        Node::Cell(cell) => of_cell(cell),
        Node::List(items) => Value::Array(items.iter().map(of_node).collect()),
        Node::Object(members) => {
            Value::Object(members.iter().map(|(key, node)| ((*key).to_owned(), of_node(node))).collect())
        }
    }
}

fn of_record(fields: &[Field], record: &Record) -> Value {
    let mut object = Map::new();
    for (i, field) in fields.iter().enumerate() {
        insert(&mut object, field.key, of_cell(record.cells.get(i).unwrap_or(&Cell::Null)));
    }
    Value::Object(object)
}

/// Nests at the points of the key.
fn insert(object: &mut Map<String, Value>, key: &str, value: Value) {
    let Some((outer, inner)) = key.split_once('.') else {
        object.insert(key.to_owned(), value);
        return;
    };
    let entry = object.entry(outer).or_insert_with(|| Value::Object(Map::new()));
    debug_assert!(entry.is_object(), "{outer} is a figure and a group of figures");
    if let Value::Object(group) = entry {
        insert(group, inner, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn check(doc: &Document, want: &str) {
        assert_eq!(String::from_utf8(render(doc, &mut std::iter::empty())).unwrap(), want);
    }

    #[test]
    fn records_nest_at_the_points_of_their_keys() {
        check(
            &sample::statement(),
            r#"{
  "schema": "test.pnl/1",
  "currency": "CNY",
  "begin": "2026-01-01",
  "columns": [
    {"period":"2026-01","begin":"2026-01-01","traffic":{"new_users":1200,"cost_per_user":null,"cost":"200.00"},"direct":{"conversion":"0.142857","profit":"1234567.89"}},
    {"period":"2026-02","begin":"2026-02-01","traffic":{"new_users":0,"cost_per_user":null,"cost":"0.00"},"direct":{"conversion":null,"profit":"-0.05"}}
  ],
  "total": {"period":null,"begin":"2026-01-01","traffic":{"new_users":1200,"cost_per_user":"0.166667","cost":"200.00"},"direct":{"conversion":"-0.333333","profit":"123456784.505"}},
  "reconciliation": {"residual":"0.00"},
  "warnings": []
}
"#,
        );
    }

    #[test]
    fn without_a_table_there_are_no_records_and_no_total() {
        check(
            &sample::problems(),
            r#"{
  "schema": "test.check/1",
  "problems": [
    {"code":"bad-money","place":{"line":17,"value":"=1+1"},"related":[]},
    {"code":"empty","place":{"line":null,"value":"a,b"},"related":[]}
  ],
  "counts": {"errors":2},
  "reconciliation": null
}
"#,
        );
    }

    #[test]
    fn hostile_text_is_escaped_and_reads_back_the_same() {
        let hostile = "</script>\u{2028}\u{202e}\"'\\\u{7f}\u{1b}\u{e0041}抖\n";
        let mut doc = sample::problems();
        doc.tail = vec![("name", Node::Cell(sample::text(hostile)))];
        let bytes = render(&doc, &mut std::iter::empty());
        let escaped = r#""name": "\u003c/script>\u2028\u202e\"'\\\u007f\u001b\udb40\udc41抖\n""#;
        assert!(String::from_utf8_lossy(&bytes).contains(escaped));
        assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap()["name"], hostile);
    }
}
