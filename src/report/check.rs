//! What is wrong with the data, as a document or as lines.

use super::document::{Cell, Document, Field, Node, Table};
use super::exports;
use super::pnl::{reconciliation, reconciliation_lines};
use super::problems::Words;
use crate::input::FileReport;
use crate::input::encoding::Encoding;
use crate::input::problem::Problem;
use crate::lang::Lang;
use crate::render::number::{human_count, human_money};
use scrm_core::pnl::Reconciliation;

/// What `check` found.
pub struct Findings<'a> {
    pub errors: &'a [Problem],
    /// Errors found, shown or not.
    pub error_count: u64,
    pub warnings: &'a [Problem],
    /// Facts that the law asks about: warnings to whoever reads, and no problems of the data.
    pub legal: &'a [Problem],
    /// `None` where the data was refused.
    pub reconciliation: Option<Reconciliation>,
    /// Told only where asked for.
    pub files: Option<&'a [FileReport]>,
}

impl Findings<'_> {
    fn all(&self) -> impl Iterator<Item = &Problem> {
        self.problems().chain(self.legal)
    }

    fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.errors.iter().chain(self.warnings)
    }
}

/// For machines.
pub fn document(f: &Findings, words: &Words) -> Document {
    let counts =
        vec![("errors", Node::count(f.error_count)), ("warnings", Node::count(f.warnings.len() as u64))];
    let mut tail = vec![
        ("problems", Node::List(f.problems().map(|p| words.json_problem(p)).collect())),
        ("legal", Node::List(f.legal.iter().map(|p| words.json_problem(p)).collect())),
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
        tables: Vec::new(),
        tail,
        notes: Vec::new(),
    }
}

fn file_node(f: &FileReport) -> Node {
    let text = |t: Option<String>| t.map_or(Node::Cell(Cell::Null), |t| Node::text(&t));
    let date = |d: Option<scrm_core::date::Day>| Node::Cell(d.map_or(Cell::Null, Cell::Date));
    let mut all = vec![
        ("file", Node::text(&f.name)),
        ("encoding", text(f.sheet.is_none().then(|| f.encoding.name().to_string()))),
        ("delimiter", text(f.sheet.is_none().then(|| f.delimiter.to_string()))),
        ("sheet", text(f.sheet.clone())),
        ("rows", Node::count(f.stats.rows)),
        ("first", date(f.stats.span.map(|s| s.0))),
        ("last", date(f.stats.span.map(|s| s.1))),
        ("sum", Node::Cell(Cell::Money(f.stats.sum))),
        ("columns_not_read", Node::List(f.unknown_columns.iter().map(|c| Node::text(c)).collect())),
    ];
    all.extend(exports::node(f));
    Node::Object(all)
}

/// For spreadsheets: a row for each problem, under a header that is there even when all is well.
pub fn rows(f: &Findings, words: &Words) -> Document {
    const KEYS: [&str; 9] =
        ["severity", "code", "file", "line", "column", "name", "value", "message", "count"];
    let row = |p: &Problem| {
        let text = |t: Option<String>| t.map_or(Cell::Null, Cell::Text);
        vec![
            Cell::text(p.code.severity().name()),
            Cell::text(p.code.name()),
            text(p.place.map(|a| (words.file)(a.file))),
            p.place.and_then(|a| a.line).map_or(Cell::Null, Cell::Count),
            p.place.and_then(|a| a.column).map_or(Cell::Null, |c| Cell::Count(c.into())),
            text(p.name.clone()),
            text(p.value.clone()),
            Cell::Text(words.message(p)),
            Cell::Count(p.count),
        ]
    };
    let fields = KEYS.map(|key| Field::identity(key, key)).to_vec();
    let table = Table::list("problems", fields, f.all().map(row).collect());
    Document { tables: vec![table], tail: Vec::new(), ..document(f, words) }
}

/// For people, as Markdown: a table of problems.
pub fn table(f: &Findings, words: &Words) -> Document {
    let lang = words.lang;
    let fields = vec![
        Field::identity("code", lang.pick("Code", "代码")),
        Field::identity("message", lang.pick("Problem", "问题")),
    ];
    let row = |p: &Problem| vec![Cell::text(p.code.name()), Cell::Text(words.line(p))];
    let rows: Vec<_> = f.all().map(row).collect();
    Document {
        title: lang.pick("Check of the data", "数据检查").into(),
        tables: if rows.is_empty() { Vec::new() } else { vec![Table::list("problems", fields, rows)] },
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

/// How a file is written, where that is not the common way.
fn written(f: &FileReport, lang: Lang) -> String {
    if let Some(sheet) = &f.sheet {
        return format!("[{sheet}]");
    }
    let encoding = (f.encoding != Encoding::Utf8).then(|| f.encoding.name().to_string());
    let delimiter = match f.delimiter {
        ',' => None,
        '\t' => Some(lang.pick("tabs", "制表符").to_string()),
        other => Some(other.to_string()),
    };
    let all: Vec<String> = encoding.into_iter().chain(delimiter).collect();
    match (all.is_empty(), lang) {
        (true, _) => String::new(),
        (false, Lang::En) => format!(" ({})", all.join(", ")),
        (false, Lang::Zh) => format!("（{}）", all.join("，")),
    }
}

fn file_line(f: &FileReport, lang: Lang) -> String {
    let rows = human_count(f.stats.rows);
    let sum = human_money(f.stats.sum);
    let name = format!("{}{}", f.name, written(f, lang));
    let (span, unread) = (f.stats.span, exports::unread(f, lang));
    let more = exports::more(f, lang);
    match lang {
        Lang::En => {
            let span = span.map(|(a, b)| format!(", {a} to {b}")).unwrap_or_default();
            let unread = if unread.is_empty() { unread } else { format!("; not read: {unread}") };
            format!("{name}: {rows} rows{span}, sum {sum}{more}{unread}")
        }
        Lang::Zh => {
            let span = span.map(|(a, b)| format!("，{a} 至 {b}")).unwrap_or_default();
            let unread = if unread.is_empty() { unread } else { format!("；未读的列：{unread}") };
            format!("{name}：{rows} 行{span}，合计 {sum}{more}{unread}")
        }
    }
}
