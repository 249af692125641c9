//! Where a figure comes from, as a document: for people a page from the formula down to the first rows, for sheets a
//! row for each row, whose contributions add up to the figure.

mod page;
mod tree;

use super::document::{Cell, Document, Field, Node, Record, Role, Table};
use super::pnl::cell;
use super::problems::Words;
use super::words::label;
use crate::glossary::Glossary;
use crate::input::problem::{Place, Problem};
use crate::input::{Explained, SETTINGS};
use crate::lang::Lang;
use scrm_core::explain::{LeftOut, Part, Reason, Row, Source, leaves, sums};
use scrm_core::figures::{Figure, Key, Sums};
use scrm_core::money::Money;
use scrm_core::period::Range;

/// What an explanation is made from.
#[derive(Clone, Copy)]
pub struct Figures<'a> {
    pub key: Key,
    pub sums: &'a Sums,
    pub range: Option<Range>,
    pub channel: Option<&'a str>,
    /// `None` where the data has no days.
    pub explained: Option<&'a Explained>,
    pub glossary: &'a Glossary,
    pub currency: &'a str,
    pub warnings: &'a [Problem],
}

/// Who reads the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    People,
    /// One table, in which all must stand that adds up.
    Sheets,
    Programs,
}

/// A figure from rows, as a part of a sum.
#[derive(Clone, Copy)]
struct Leaf {
    /// The sum that the rows add up to.
    of: Key,
    part: Part,
}

impl<'a> Figures<'a> {
    /// The sums to which rows add up, and what each is made of.
    fn leaves(&self) -> Vec<Leaf> {
        let of = |sum: Key| leaves(sum).into_iter().map(move |part| Leaf { of: sum, part });
        sums(self.key).into_iter().flat_map(of).collect()
    }

    /// The same, each figure once.
    fn each_leaf(&self) -> Vec<Leaf> {
        let mut all: Vec<Leaf> = Vec::new();
        for leaf in self.leaves() {
            if all.iter().all(|l| l.part.key != leaf.part.key) {
                all.push(leaf);
            }
        }
        all
    }

    fn sources(&self, leaf: Leaf) -> &'a [(u32, Source)] {
        self.explained.map_or(&[], |e| e.found.sources(leaf.part.key))
    }

    fn left_out(&self, leaf: Leaf) -> &'a [(Reason, LeftOut)] {
        self.explained.map_or(&[], |e| e.found.left_out(leaf.part.key))
    }

    /// The name of a row's channel.
    fn channel_of(&self, row: &Row) -> &'a str {
        self.explained.and_then(|e| e.channels.get(row.slot)).map_or("", |name| name)
    }

    /// The money that rows hold; users and distributors hold none.
    fn amount(&self, leaf: Leaf, amount: Money) -> Cell {
        match leaf.part.key {
            Key::NewUsers | Key::Users | Key::Distributors => Cell::Null,
            _ => Cell::Money(amount),
        }
    }

    /// Things, or 1/10,000 of money, of a figure that is a part of a sum.
    fn units(&self, leaf: Leaf, units: i128) -> Cell {
        let signed = if leaf.part.minus { -units } else { units };
        match leaf.part.key.of(self.sums) {
            Figure::Money(_) => Cell::Money(Money(signed)),
            _ => Cell::Count(u64::try_from(signed).unwrap_or(0)),
        }
    }
}

/// The explanation, for its readers.
pub fn document(f: &Figures, reader: For, words: &Words) -> Document {
    let lang = words.lang;
    let text = |t: Option<&str>| t.map_or(Cell::Null, Cell::text);
    let date = |d: Option<scrm_core::date::Day>| d.map_or(Cell::Null, Cell::Date);
    let mut tail = f.summary(words);
    tail.push(("warnings", Node::List(f.warnings.iter().map(|w| words.json_warning(w)).collect())));
    let mut document = Document {
        schema: "scrm-calc.explain/1",
        title: f.title(lang),
        subtitle: f.subtitle(lang),
        head: vec![
            ("currency", Cell::text(f.currency)),
            ("key", Cell::text(f.key.name())),
            ("begin", date(f.range.map(|r| r.begin))),
            ("end", date(f.range.map(|r| r.end))),
            ("channel", text(f.channel)),
            ("value", cell(f.key, f.sums)),
            ("formula", Cell::text(f.formula(f.key, lang))),
            ("calculation", text(f.calculation(f.key).as_deref())),
        ],
        tables: vec![rows(reader, words)],
        tail,
        notes: f.notes(words),
    };
    if reader == For::People {
        document.tables = f.page(words);
    }
    document
}

const COLUMNS: [(&str, &str, &str); 12] = [
    ("of", "Part of", "合计于"),
    ("key", "Key", "指标"),
    ("file", "File", "文件"),
    ("line", "Line", "行"),
    ("id", "Id", "编号"),
    ("level", "Level", "级"),
    ("date", "Date", "日期"),
    ("channel", "Channel", "渠道"),
    ("amount", "Amount", "金额"),
    ("contribution", "Counts", "计入"),
    ("rows", "Rows", "行数"),
    ("left_out", "Left out", "未计入"),
];

fn heading(key: &str, lang: Lang) -> &'static str {
    COLUMNS.iter().find(|c| c.0 == key).map_or("", |(_, en, zh)| lang.pick(en, zh))
}

/// The table of the rows, which come one by one.
fn rows(reader: For, words: &Words) -> Table {
    // The rest of a file and what is left out stand apart for programs, so that each record is a row.
    let columns = if reader == For::Sheets { COLUMNS.len() } else { COLUMNS.len() - 2 };
    let fields = COLUMNS[..columns].iter().map(|(key, en, zh)| Field::figure(key, words.lang.pick(en, zh)));
    Table::list("rows", fields.collect(), Vec::new())
}

impl<'a> Figures<'a> {
    /// A record for each row that is kept, for programs. In a sheet the rest of a file is one record more, and so is
    /// what is left out for one reason, so that the sheet adds up and says all.
    pub fn records(self, reader: For, words: &'a Words<'a>) -> impl Iterator<Item = Record> + 'a {
        let leaves = if reader == For::People { Vec::new() } else { self.leaves() };
        let of_leaf = move |leaf: Leaf| {
            let in_sheet = reader == For::Sheets;
            let of_source = move |(file, source): &'a (u32, Source)| {
                let rows = source.first.iter().map(move |row| self.row(leaf, row, words));
                rows.chain(self.rest(leaf, *file, source, words).filter(|_| in_sheet))
            };
            let left_out = self.left_out(leaf).iter().filter(move |_| in_sheet);
            let left_out = left_out.map(move |(reason, out)| self.left_out_row(leaf, *reason, out));
            self.sources(leaf).iter().flat_map(of_source).chain(left_out)
        };
        let rows = leaves.into_iter().flat_map(of_leaf);
        rows.map(|cells| Record { role: Role::Item, heading: Vec::new(), cells })
    }

    fn row(&self, leaf: Leaf, row: &Row, words: &Words) -> Vec<Cell> {
        let text = |t: &str| if t.is_empty() { Cell::Null } else { Cell::text(t) };
        vec![
            Cell::text(leaf.of.name()),
            Cell::text(leaf.part.key.name()),
            Cell::text(&(words.file)(row.at.file)),
            if row.at.line == 0 { Cell::Null } else { Cell::Count(row.at.line) },
            text(&row.id),
            level(leaf, row).map_or(Cell::Null, Cell::Count),
            row.day.map_or(Cell::Null, Cell::Date),
            text(self.channel_of(row)),
            self.amount(leaf, row.amount),
            self.units(leaf, row.units),
            Cell::Count(1),
            Cell::Null,
        ]
    }

    /// The rows of a file that are not listed.
    fn rest(&self, leaf: Leaf, file: u32, source: &Source, words: &Words) -> Option<Vec<Cell>> {
        let (rows, units) = rest(source)?;
        let mut cells = vec![Cell::text(leaf.of.name()), Cell::text(leaf.part.key.name())];
        cells.push(Cell::text(&(words.file)(file)));
        cells.resize(9, Cell::Null);
        cells.extend([self.units(leaf, units), Cell::Count(rows), Cell::Null]);
        Some(cells)
    }

    fn left_out_row(&self, leaf: Leaf, reason: Reason, out: &LeftOut) -> Vec<Cell> {
        let mut cells = vec![Cell::text(leaf.of.name()), Cell::text(leaf.part.key.name())];
        cells.resize(8, Cell::Null);
        let amount = self.amount(leaf, out.amount);
        cells.extend([amount, Cell::Null, Cell::Count(out.rows), Cell::text(reason.name())]);
        cells
    }

    /// For programs: the formula as a tree, the files, and what is left out.
    fn summary(&self, words: &Words) -> Vec<(&'static str, Node)> {
        let mut files = Vec::new();
        let mut out = Vec::new();
        for leaf in self.leaves() {
            let names =
                || vec![("of", Node::text(leaf.of.name())), ("key", Node::text(leaf.part.key.name()))];
            for (file, source) in self.sources(leaf) {
                let mut object = names();
                object.extend([
                    ("file", Node::text(&(words.file)(*file))),
                    ("rows", Node::count(source.rows)),
                    ("sum", Node::Cell(self.units(leaf, source.units))),
                ]);
                files.push(Node::Object(object));
            }
            for (reason, left) in self.left_out(leaf) {
                let mut object = names();
                object.extend([
                    ("reason", Node::text(reason.name())),
                    ("rows", Node::count(left.rows)),
                    ("amount", Node::Cell(self.amount(leaf, left.amount))),
                ]);
                out.push(Node::Object(object));
            }
        }
        vec![
            ("parts", Node::List(self.parts(self.key, words.lang))),
            ("files", Node::List(files)),
            ("left_out", Node::List(out)),
        ]
    }
}

/// The level of a commission; 1 is the first.
fn level(leaf: Leaf, row: &Row) -> Option<u64> {
    (leaf.part.key == Key::Commission && row.at.part > 0).then_some(row.at.part.into())
}

/// How many rows of a file are not listed, and what they count.
fn rest(source: &Source) -> Option<(u64, i128)> {
    let listed = source.first.len() as u64;
    let units = source.units - source.first.iter().map(|row| row.units).sum::<i128>();
    (source.rows > listed).then_some((source.rows - listed, units))
}

/// A row as people find it: `orders.csv:17`; with the column, where each channel has one.
fn place(leaf: Leaf, row: &Row, words: &Words) -> String {
    let of_cell = leaf.part.key == Key::AdSpend && row.at.file != SETTINGS && row.at.part > 0;
    let line = (row.at.line > 0).then_some(row.at.line);
    words.place(Place { file: row.at.file, line, column: of_cell.then_some(row.at.part) })
}

/// Why something is left out, for people.
fn reason(reason: Reason, lang: Lang) -> &'static str {
    match reason {
        Reason::NotPaid => lang.pick("not paid", "未支付"),
        Reason::OtherSystem => lang.pick("of the other system", "属于另一体系"),
        Reason::UnknownUser => lang.pick("of an unknown user", "用户不明"),
        Reason::BeforeJoining => lang.pick("paid before the user joined", "用户加入前支付"),
        Reason::BeforePeriod => lang.pick("before the period", "早于期间"),
        Reason::AfterPeriod => lang.pick("after the period", "晚于期间"),
        Reason::OtherChannel => lang.pick("of another channel", "属于其它渠道"),
        Reason::CountedAlready => lang.pick("counted already by an earlier row", "已由更早的行计入"),
        Reason::Left => lang.pick("left before the end", "期末前已退出"),
        Reason::OtherDays => lang.pick("other days of a month partly in", "部分属于期间的月份之其余天数"),
        Reason::NoOrder => lang.pick("of an order that is not there", "订单不存在"),
        Reason::RefundRow => lang.pick("a refund, and no order", "是退款，不是订单"),
        Reason::RepeatedUser => lang.pick("another row about the user counts", "该用户已按另一行计入"),
        Reason::UserWithoutOrder => lang.pick("a user without an order", "用户没有订单"),
        Reason::House => lang.pick("nobody was eligible for it", "无人有资格取得"),
    }
}

/// The name of a figure and its key.
fn named(key: Key, lang: Lang) -> String {
    format!("{} ({})", label(key.name(), lang), key.name())
}
