//! Small documents for the tests of the renderers, with figures that need not agree.

use crate::report::document::{Cell, Document, Field, Layout, Node, Record, Role, Section, Table};
use scrm_core::date::Day;
use scrm_core::money::{Money, Ratio};

pub fn field(key: &'static str, label: &str) -> Field {
    let (label, formula) = (label.to_owned(), String::new());
    Field { key, label, identity: !key.contains('.'), role: Role::Item, formula }
}

pub fn record(heading: &[&str], cells: Vec<Cell>) -> Record {
    let heading = heading.iter().map(|&level| level.to_owned()).collect();
    Record { role: Role::Item, heading, cells }
}

pub fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

pub fn cents(cents: i128) -> Cell {
    Cell::Money(Money::from_cents(cents))
}

fn day(year: i32, month: u32, day: u32) -> Cell {
    Cell::Date(Day::from_ymd(year, month, day).unwrap())
}

fn document(schema: &'static str, title: &str, table: Option<Table>) -> Document {
    let (subtitle, notes) = (vec![], vec![]);
    let tables = table.into_iter().collect();
    Document { schema, title: title.to_owned(), subtitle, head: vec![], tables, tail: vec![], notes }
}

/// Two months and their total, two sections, a formula; one ratio undefined, one month at a loss.
pub fn statement() -> Document {
    let total = |mut field: Field, formula: &str| {
        (field.role, field.formula) = (Role::Total, formula.to_owned());
        field
    };
    let mut per_user = field("traffic.cost_per_user", "Cost per user");
    per_user.formula = "cost ÷ new users".to_owned();
    let fields = vec![
        field("period", "Period"),
        field("begin", "Begin"),
        field("traffic.new_users", "New users"),
        per_user,
        total(field("traffic.cost", "Traffic cost"), "all of it"),
        field("direct.conversion", "Conversion"),
        total(field("direct.profit", "Direct profit"), "revenue − cost"),
    ];
    let none = || Cell::UnitValue(None);
    let records = vec![
        record(
            &["2026-01"],
            vec![
                text("2026-01"),
                day(2026, 1, 1),
                Cell::Count(1200),
                none(),
                cents(20_000),
                Cell::Share(Ratio::of(1, 7)),
                cents(123_456_789),
            ],
        ),
        record(
            &["2026-02"],
            vec![
                text("2026-02"),
                day(2026, 2, 1),
                Cell::Count(0),
                none(),
                cents(0),
                Cell::Share(None),
                cents(-5),
            ],
        ),
    ];
    let mut sum = record(
        &["Total"],
        vec![
            Cell::Null,
            day(2026, 1, 1),
            Cell::Count(1200),
            Cell::UnitValue(Ratio::of(1, 6)),
            cents(20_000),
            Cell::Share(Ratio::of(-1, 3)),
            Cell::Money(Money(1_234_567_845_050)),
        ],
    );
    sum.role = Role::Total;
    let section = |heading: &str, from| Section { heading: heading.to_owned(), from };
    let mut doc = document(
        "test.pnl/1",
        "Profit and loss",
        Some(Table {
            key: "columns",
            total_key: "total",
            title: String::new(),
            layout: Layout::Statement,
            fields,
            sections: vec![section("Traffic", 2), section("Direct", 5)],
            records,
            total: Some(sum),
            show_total: true,
            formula_heading: "Formula".to_owned(),
            order: None,
        }),
    );
    doc.subtitle = vec!["2026-01-01 to 2026-02-28, CNY".to_owned()];
    doc.head = vec![("currency", text("CNY")), ("begin", day(2026, 1, 1))];
    doc.tail = vec![
        ("reconciliation", Node::Object(vec![("residual", Node::Cell(cents(0)))])),
        ("warnings", Node::List(vec![])),
    ];
    doc.notes = vec!["1 warning".to_owned()];
    doc
}

/// Two distributors and their total.
pub fn list() -> Document {
    let fields =
        vec![field("id", "Distributor"), field("own.orders", "Orders"), field("own.settled", "Settled")];
    let mut total = record(&["Total"], vec![Cell::Null, Cell::Count(3), cents(9_050)]);
    total.role = Role::Total;
    document(
        "test.payouts/1",
        "Payouts",
        Some(Table {
            key: "distributors",
            total_key: "total",
            title: String::new(),
            layout: Layout::List,
            fields,
            sections: vec![],
            records: vec![
                record(&["D1"], vec![text("D1"), Cell::Count(1), cents(10_000)]),
                record(&["乙"], vec![text("分销员乙"), Cell::Count(2), cents(-950)]),
            ],
            total: Some(total),
            show_total: true,
            formula_heading: String::new(),
            order: None,
        }),
    )
}

/// One problem with a place, one without: a document that has no table.
pub fn problems() -> Document {
    let problem = |code: &str, line: Option<u64>, value: &str| {
        Node::Object(vec![
            ("code", Node::Cell(text(code))),
            (
                "place",
                Node::Object(vec![
                    ("line", Node::Cell(line.map_or(Cell::Null, Cell::Count))),
                    ("value", Node::Cell(text(value))),
                ]),
            ),
            ("related", Node::List(vec![])),
        ])
    };
    let mut doc = document("test.check/1", "Check", None);
    doc.tail = vec![
        ("problems", Node::List(vec![problem("bad-money", Some(17), "=1+1"), problem("empty", None, "a,b")])),
        ("counts", Node::Object(vec![("errors", Node::Cell(Cell::Count(2)))])),
        ("reconciliation", Node::Cell(Cell::Null)),
    ];
    doc
}
