//! What is wrong with the data, as a document or as lines.

use super::document::{Cell, Document, Field, Layout, Node, Record, Role, Table};
use super::pnl::{reconciliation, reconciliation_lines};
use super::problems::Words;
use crate::input::FileReport;
use crate::input::problem::{Problem, Severity};
use crate::lang::Lang;
use crate::render::number::{human_count, human_money};
use scrm_core::pnl::Reconciliation;

/// What `check` found.
pub struct Findings<'a> {
    pub errors: &'a [Problem],
    /// Errors found, shown or not.
    pub error_count: u64,
    pub warnings: &'a [Problem],
    /// `None` where the data was refused.
    pub reconciliation: Option<Reconciliation>,
    /// Told only where asked for.
    pub files: Option<&'a [FileReport]>,
}

impl Findings<'_> {
    fn all(&self) -> impl Iterator<Item = &Problem> {
        self.errors.iter().chain(self.warnings)
    }
}

/// For machines.
pub fn document(f: &Findings, words: &Words) -> Document {
    let count = |n: u64| Node::Cell(Cell::Count(n));
    let counts = vec![("errors", count(f.error_count)), ("warnings", count(f.warnings.len() as u64))];
    let mut tail = vec![
        ("problems", Node::List(f.all().map(|p| words.json_problem(p)).collect())),
        ("counts", Node::Object(counts)),
        ("reconciliation", f.reconciliation.as_ref().map_or(Node::Cell(Cell::Null), reconciliation)),
    ];
    if let Some(files) = f.files {
        tail.push(("files", Node::List(files.iter().map(file_node).collect())));
    }
    Document {
        schema: "scrm-calc.check/1",
        title: String::new(),
        subtitle: Vec::new(),
        head: Vec::new(),
        table: None,
        tail,
        notes: Vec::new(),
    }
}

fn file_node(f: &FileReport) -> Node {
    let text = |t: &str| Node::Cell(Cell::Text(t.into()));
    let date = |d: Option<scrm_core::date::Day>| Node::Cell(d.map_or(Cell::Null, Cell::Date));
    Node::Object(vec![
        ("file", text(&f.name)),
        ("rows", Node::Cell(Cell::Count(f.stats.rows))),
        ("first", date(f.stats.span.map(|s| s.0))),
        ("last", date(f.stats.span.map(|s| s.1))),
        ("sum", Node::Cell(Cell::Money(f.stats.sum))),
        ("columns_not_read", Node::List(f.unknown_columns.iter().map(|c| text(c)).collect())),
    ])
}

/// For spreadsheets: a row for each problem, under a header that is there even when all is well.
pub fn rows(f: &Findings, words: &Words) -> Document {
    const KEYS: [&str; 9] =
        ["severity", "code", "file", "line", "column", "name", "value", "message", "count"];
    let field =
        |key| Field { key, label: key.into(), identity: true, role: Role::Item, formula: String::new() };
    let record = |p: &Problem| {
        let text = |t: Option<String>| t.map_or(Cell::Null, Cell::Text);
        let at = p.place;
        let severity = if p.code.severity() == Severity::Error { "error" } else { "warning" };
        let cells = vec![
            Cell::Text(severity.into()),
            Cell::Text(p.code.name().into()),
            text(at.map(|a| (words.file)(a.file))),
            at.and_then(|a| a.line).map_or(Cell::Null, Cell::Count),
            at.and_then(|a| a.column).map_or(Cell::Null, |c| Cell::Count(c.into())),
            text(p.name.clone()),
            text(p.value.clone()),
            Cell::Text(words.message(p)),
            Cell::Count(p.count),
        ];
        Record { role: Role::Item, heading: Vec::new(), cells }
    };
    let table = Table {
        key: "problems",
        layout: Layout::List,
        fields: KEYS.map(field).to_vec(),
        sections: Vec::new(),
        records: f.all().map(record).collect(),
        total: None,
        show_total: false,
        formula_heading: String::new(),
    };
    Document { table: Some(table), tail: Vec::new(), ..document(f, words) }
}

/// For people, as Markdown: a table of problems.
pub fn table(f: &Findings, words: &Words) -> Document {
    let lang = words.lang;
    let field = |key, label: &str| Field {
        key,
        label: label.into(),
        identity: true,
        role: Role::Item,
        formula: String::new(),
    };
    let fields =
        vec![field("code", lang.pick("Code", "代码")), field("message", lang.pick("Problem", "问题"))];
    let record = |p: &Problem| Record {
        role: Role::Item,
        heading: Vec::new(),
        cells: vec![Cell::Text(p.code.name().into()), Cell::Text(words.line(p))],
    };
    let records: Vec<Record> = f.all().map(record).collect();
    Document {
        title: lang.pick("Check of the data", "数据检查").into(),
        table: (!records.is_empty()).then(|| Table {
            key: "problems",
            layout: Layout::List,
            fields,
            sections: Vec::new(),
            records,
            total: None,
            show_total: false,
            formula_heading: String::new(),
        }),
        notes: closing(f, lang),
        ..document(f, words)
    }
}

/// For people, as lines; none where all is well.
pub fn lines(f: &Findings, words: &Words) -> Vec<String> {
    let mut lines: Vec<String> = f.all().flat_map(|p| words.lines(p)).collect();
    if let Some(files) = f.files {
        lines.extend(files.iter().map(|file| file_line(file, words.lang)));
    }
    if !lines.is_empty() {
        lines.extend(closing(f, words.lang));
    }
    lines
}

/// The count of errors, or the reconciliation.
fn closing(f: &Findings, lang: Lang) -> Vec<String> {
    match &f.reconciliation {
        Some(r) => reconciliation_lines(r, lang),
        None => vec![refusal(f.error_count, f.errors.len(), lang)],
    }
}

/// "2 problems; nothing was calculated".
pub fn refusal(errors: u64, shown: usize, lang: Lang) -> String {
    let more = errors.saturating_sub(shown as u64);
    let n = human_count(errors);
    let more_en = if more > 0 { format!(", {} not shown", human_count(more)) } else { String::new() };
    let more_zh =
        if more > 0 { format!("（另有 {} 个未显示）", human_count(more)) } else { String::new() };
    match lang {
        Lang::En => {
            format!("{n} problem{}{more_en}; nothing was calculated", if errors == 1 { "" } else { "s" })
        }
        Lang::Zh => format!("{n} 个问题{more_zh}；未做任何计算"),
    }
}

fn file_line(f: &FileReport, lang: Lang) -> String {
    let rows = human_count(f.stats.rows);
    let sum = human_money(f.stats.sum);
    let (span, unread) = (f.stats.span, f.unknown_columns.join(", "));
    match lang {
        Lang::En => {
            let span = span.map(|(a, b)| format!(", {a} to {b}")).unwrap_or_default();
            let unread = if unread.is_empty() { unread } else { format!("; not read: {unread}") };
            format!("{}: {rows} rows{span}, sum {sum}{unread}", f.name)
        }
        Lang::Zh => {
            let span = span.map(|(a, b)| format!("，{a} 至 {b}")).unwrap_or_default();
            let unread = if unread.is_empty() { unread } else { format!("；未读的列：{unread}") };
            format!("{}：{rows} 行{span}，合计 {sum}{unread}", f.name)
        }
    }
}
