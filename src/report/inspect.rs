//! What files are, as a document: for people a section for each file, for spreadsheets a row for each of its columns.

use super::document::{Cell, Document, Field, Node, Table};
use super::exports::compared;
use super::problems::Words;
use super::workbook::look_of;
use crate::input::inspect::{Column, Fit, Inspected, Rows, Use};
use crate::input::mask::{Under, masked};
use crate::input::other_sheets::Unread;
use crate::input::problem::{Code, Problem};
use crate::input::status::Status;
use crate::lang::Lang;
use crate::render::number::{human_count, human_money};
use scrm_core::date::Day;

const SCHEMA: &str = "scrm-calc.inspect/1";

/// For people: a section for each file.
pub fn sections(files: &[Inspected], words: &Words) -> Vec<Document> {
    files.iter().map(|file| section(file, words)).collect()
}

fn section(file: &Inspected, words: &Words) -> Document {
    let lang = words.lang;
    let fields = vec![
        Field::identity("header", lang.pick("Header", "表头")),
        Field::identity("column", lang.pick("Read as", "读作")),
        Field::identity("samples", lang.pick("Values", "示例值")),
    ];
    let rows = file.columns.iter().filter(|c| !is_blank(c)).map(|c| {
        let used = used(c.used, lang);
        vec![Cell::text(&c.header), Cell::Text(used), Cell::Text(c.samples.join(" · "))]
    });
    let rows: Vec<_> = rows.collect();
    let table = Table::list("columns", fields, rows);
    Document {
        schema: SCHEMA,
        title: file.part.name.clone(),
        subtitle: facts(file, lang),
        head: Vec::new(),
        tables: if table.records.is_empty() { Vec::new() } else { vec![table] },
        tail: Vec::new(),
        notes: findings(file, words),
    }
}

/// Is there nothing to show of a column but its name?
fn is_blank(c: &Column) -> bool {
    c.used == Use::NotRead && c.samples.is_empty()
}

fn used(used: Use, lang: Lang) -> String {
    match used {
        Use::Value(ours) => ours.into(),
        Use::Further(ours) => format!("{ours} {}", lang.pick("(where empty)", "（前者为空时）")),
        Use::Distributor => "referrals.distributor_id".into(),
        Use::Channel => lang.pick("spend of a channel", "该渠道的投放").into(),
        Use::Total => {
            lang.pick("(no channel: compared with their sum)", "（不作渠道，与各渠道之和比对）").into()
        }
        Use::Average => lang.pick("(no channel: an average)", "（不作渠道，为平均值）").into(),
        Use::Rule => lang.pick("(looked at)", "（参考）").into(),
        Use::NotRead => lang.pick("(not read)", "（不读）").into(),
    }
}

/// A line for each thing there is to say of a file.
fn facts(file: &Inspected, lang: Lang) -> Vec<String> {
    let colon = lang.pick(": ", "：");
    let blank = file.columns.iter().filter(|c| is_blank(c) && !c.header.is_empty());
    let blank: Vec<&str> = blank.map(|c| c.header.as_str()).collect();
    let told = [
        (lang.pick("Taken for", "识别为"), Some(taken_for(file, lang))),
        (lang.pick("Next best", "其次"), file.next.as_ref().map(|fit| by(fit, lang))),
        (lang.pick("Written in", "写法"), written(file, lang)),
        (lang.pick("Header", "表头"), header(file, lang)),
        (lang.pick("Rows", "行"), file.rows.as_ref().map(|rows| of_rows(rows, lang))),
        (lang.pick("Dates", "日期"), file.rows.as_ref().and_then(|rows| span(rows, lang))),
        (lang.pick("Sums", "合计"), file.rows.as_ref().and_then(|rows| sums(rows, lang))),
        (lang.pick("Statuses", "状态"), file.rows.as_ref().and_then(|rows| statuses(rows, lang))),
        (lang.pick("In every row", "每行同值"), constants(file)),
        (lang.pick("Not there", "没有的列"), some(file.absent.join(", "))),
        (
            lang.pick("Not read, and without a value", "不读且没有值的列"),
            some(blank.join(lang.pick(", ", "、"))),
        ),
    ];
    let others = file.others.iter().map(|sheet| {
        let name = crate::render::text::screen(&sheet.name).into_owned();
        let said = match lang {
            Lang::En => format!("sheet {name} ({})", look_of(sheet, lang)),
            Lang::Zh => format!("工作表 {name}（{}）", look_of(sheet, lang)),
        };
        (lang.pick("Not read", "未读取"), Some(said))
    });
    let all = told.into_iter().chain(others);
    all.filter_map(|(name, said)| Some(format!("{name}{colon}{}", said?))).collect()
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn taken_for(file: &Inspected, lang: Lang) -> String {
    if file.failed.is_some() {
        return lang.pick("nothing; it could not be read", "无法读取").into();
    }
    let Some(table) = file.table() else {
        return lang.pick("nothing: no header of any table is there", "无：找不到任何一张表的表头").into();
    };
    let Some(fit) = &file.fit else { return table.name().into() };
    let mut said = by(fit, lang);
    if let Some(next) = file.next.as_ref().filter(|_| file.is_undecided()) {
        let other = next.table.name();
        said += &match lang {
            Lang::En => format!("; {other} fits as well, and nothing tells which it is"),
            Lang::Zh => format!("；同样也像 {other}，无从分辨"),
        };
    } else if !fit.whole {
        said += lang.pick("; columns are missing", "；缺少必需的列");
    }
    said
}

/// A table, by what, and how surely.
fn by(fit: &Fit, lang: Lang) -> String {
    let (table, n, of) = (fit.table.name(), fit.share.matched, fit.share.of);
    match (&fit.profile, lang) {
        (Some(p), Lang::En) => {
            format!("{table}, by the profile {} ({}): {n} of {of} headers", p.name, p.title.in_lang(lang))
        }
        (Some(p), Lang::Zh) => {
            format!("{table}，按配置 {}（{}）：{of} 个表头中有 {n} 个", p.name, p.title.in_lang(lang))
        }
        (None, Lang::En) => format!("{table}, by our own headers: {n} of the {of} it must have"),
        (None, Lang::Zh) => format!("{table}，按本程序的列名：{of} 个必需的列中有 {n} 个"),
    }
}

fn written(file: &Inspected, lang: Lang) -> Option<String> {
    let written = file.written.as_ref()?;
    if let Some(sheet) = &written.sheet {
        return Some(match lang {
            Lang::En => format!("a workbook, sheet {sheet}"),
            Lang::Zh => format!("工作簿，工作表 {sheet}"),
        });
    }
    let between = match (written.delimiter, lang) {
        (',', Lang::En) => "commas".into(),
        (',', Lang::Zh) => "逗号分隔".into(),
        ('\t', Lang::En) => "tabs".into(),
        ('\t', Lang::Zh) => "制表符分隔".into(),
        (';', Lang::En) => "semicolons".into(),
        (';', Lang::Zh) => "分号分隔".into(),
        (other, _) => other.to_string(),
    };
    Some(format!("{}{}{between}", written.encoding.name(), lang.pick(", ", "，")))
}

fn lines(n: u64, lang: Lang) -> String {
    match lang {
        Lang::En => format!("{} line{}", human_count(n), if n == 1 { "" } else { "s" }),
        Lang::Zh => format!("{} 行", human_count(n)),
    }
}

fn header(file: &Inspected, lang: Lang) -> Option<String> {
    let h = file.header.as_ref()?;
    let at = match lang {
        Lang::En => format!("line {}", human_count(h.line)),
        Lang::Zh => format!("第 {} 行", human_count(h.line)),
    };
    let before = (h.before > 0).then(|| lines(h.before, lang) + lang.pick(" before it", "在其上方"));
    let under = (h.under > 0).then(|| lines(h.under, lang) + lang.pick(" of notes under it", "说明在其下方"));
    let is_kept = file.rows.as_ref().is_some_and(|r| r.beside.compared > 0 && r.beside.unequal == 0);
    let kept = if is_kept { lang.pick(", as there are", "，相符") } else { "" };
    let promised = h.promised.map(|n| match lang {
        Lang::En => format!("{} rows promised{kept}", human_count(n)),
        Lang::Zh => format!("写明共 {} 行{kept}", human_count(n)),
    });
    let all: Vec<String> = [Some(at), before, under, promised].into_iter().flatten().collect();
    Some(all.join(lang.pick(", ", "，")))
}

fn of_rows(rows: &Rows, lang: Lang) -> String {
    let b = &rows.beside;
    let compared = |n| compared(n, b, lang);
    let kinds = [
        (b.totals, lang.pick("of totals", "合计"), compared(b.compared)),
        (b.subtotals, lang.pick("of subtotals", "小计"), compared(b.subtotals_compared)),
        (b.averages, lang.pick("of averages", "平均值"), ""),
        (b.notes, lang.pick("of notes behind the rows", "表尾说明"), ""),
        (rows.empty, lang.pick("of delimiters only", "空行"), ""),
    ];
    let said = |(n, what, more): (u64, &str, &str)| {
        (n > 0).then(|| match lang {
            Lang::En => format!("{} {what}{more}", human_count(n)),
            Lang::Zh => format!("{} 行{what}{more}", human_count(n)),
        })
    };
    let by_value = rows.left_out.iter().map(|(name, value, n)| match lang {
        Lang::En => format!("{} where {name} is {value:?}", human_count(*n)),
        Lang::Zh => format!("{} 行的{name}为“{value}”", human_count(*n)),
    });
    let out: Vec<String> = kinds.into_iter().filter_map(said).chain(by_value).collect();
    let used = human_count(rows.used);
    match (out.is_empty(), lang) {
        (true, Lang::En) => format!("{used} used, none left out"),
        (true, Lang::Zh) => format!("采用 {used} 行，没有略去的"),
        (false, Lang::En) => format!("{used} used; left out: {}", out.join("; ")),
        (false, Lang::Zh) => format!("采用 {used} 行；略去：{}", out.join("；")),
    }
}

fn span(rows: &Rows, lang: Lang) -> Option<String> {
    let (first, last) = rows.span?;
    Some(format!("{first} {} {last}", lang.pick("to", "至")))
}

fn sums(rows: &Rows, lang: Lang) -> Option<String> {
    let all: Vec<String> =
        rows.sums.iter().map(|(name, sum)| format!("{name} {}", human_money(*sum))).collect();
    let repeats = lang.pick(
        " (of all rows; the amount of an order stands on each of its rows and counts once)",
        "（各行之和；一笔订单的金额在其每行重复，计一次）",
    );
    some(all.join(lang.pick(", ", "，"))).map(|all| if rows.repeats { all + repeats } else { all })
}

fn statuses(rows: &Rows, lang: Lang) -> Option<String> {
    let unknown = lang.pick("unknown", "未知");
    let one = |((word, ours), n): (&(String, Option<Status>), &u64)| {
        let word = masked_word(word, *ours);
        format!("{word} = {} ({})", ours.map_or(unknown, |s| s.name()), human_count(*n))
    };
    let all: Vec<String> = rows.words.iter().map(one).collect();
    some(all.join(lang.pick(", ", "，")))
}

/// A word for a status: where it is none, anything may stand there.
fn masked_word(word: &str, ours: Option<Status>) -> String {
    masked(word, if ours.is_some() { Under::Plain } else { Under::Unknown })
}

fn constants(file: &Inspected) -> Option<String> {
    let all: Vec<String> = file.constants.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    some(all.join(", "))
}

/// What is wrong with a file, and what to do.
fn findings(file: &Inspected, words: &Words) -> Vec<String> {
    let lang = words.lang;
    let failed =
        file.failed.as_ref().map(|e| format!("{}{}", lang.pick("error: ", "错误："), e.in_lang(lang)));
    let missing = file.missing.iter().map(|m| {
        let (column, tried) = (m.column, m.tried.join(", "));
        let near = m.near.join(", ");
        match (near.is_empty(), lang) {
            (true, Lang::En) => format!("missing: {column} (looked for {tried}); nothing is like it"),
            (true, Lang::Zh) => format!("缺少：{column}（找过 {tried}）；没有相近的表头"),
            (false, Lang::En) => format!("missing: {column} (looked for {tried}); the nearest: {near}"),
            (false, Lang::Zh) => format!("缺少：{column}（找过 {tried}）；最接近的：{near}"),
        }
    });
    // What is missing is said above, with more that is near.
    let is_said = |p: &&Problem| p.code == Code::MissingColumn && !file.missing.is_empty();
    let errors = file.errors.iter().filter(|p| !is_said(p)).flat_map(|p| words.lines(p));
    let warnings = file.warnings.iter().map(|p| words.line(p));
    let more = file.error_count.saturating_sub(file.errors.len() as u64);
    let more = (more > 0 && !file.errors.is_empty()).then(|| match lang {
        Lang::En => format!("and {} more", human_count(more)),
        Lang::Zh => format!("另有 {} 个", human_count(more)),
    });
    failed.into_iter().chain(missing).chain(errors).chain(more).chain(warnings).collect()
}

/// For machines.
pub fn document(files: &[Inspected], words: &Words) -> Document {
    let understood = files.iter().filter(|f| f.is_understood()).count();
    let counts =
        vec![("files", Node::count(files.len() as u64)), ("understood", Node::count(understood as u64))];
    Document {
        schema: SCHEMA,
        title: String::new(),
        subtitle: Vec::new(),
        head: Vec::new(),
        tables: Vec::new(),
        tail: vec![
            ("files", Node::List(files.iter().map(|f| node(f, words)).collect())),
            ("counts", Node::Object(counts)),
        ],
        notes: Vec::new(),
    }
}

fn null() -> Node {
    Node::Cell(Cell::Null)
}

fn maybe(text: Option<&str>) -> Node {
    text.map_or_else(null, Node::text)
}

/// What came of a file, in a word.
fn state(file: &Inspected) -> &'static str {
    match file {
        f if f.failed.is_some() => "unreadable",
        f if f.is_understood() => "understood",
        f if f.is_undecided() => "undecided",
        _ => "refused",
    }
}

fn date(day: Option<Day>) -> Node {
    Node::Cell(day.map_or(Cell::Null, Cell::Date))
}

fn fit(fit: Option<&Fit>) -> Node {
    let Some(fit) = fit else { return null() };
    Node::Object(vec![
        ("table", Node::text(fit.table.name())),
        ("profile", maybe(fit.profile.as_ref().map(|p| p.name.as_str()))),
        ("headers_matched", Node::count(fit.share.matched as u64)),
        ("headers_required", Node::count(fit.share.of as u64)),
    ])
}

fn node(file: &Inspected, words: &Words) -> Node {
    let written = file.written.as_ref();
    let of_text = written.filter(|w| w.sheet.is_none());
    let header = file.header.as_ref();
    let count = |n: Option<u64>| n.map_or_else(null, Node::count);
    let texts = |all: &[String]| Node::List(all.iter().map(|t| Node::text(t)).collect());
    let columns = file.columns.iter().zip(1..).map(|(c, number)| {
        let (used, ours) = kind(c.used);
        Node::Object(vec![
            ("number", Node::count(number)),
            ("header", Node::text(&c.header)),
            ("use", Node::text(used)),
            ("column", maybe(ours)),
            ("samples", texts(&c.samples)),
        ])
    });
    let constants = file.constants.iter().map(|(column, value)| {
        Node::Object(vec![("column", Node::text(column)), ("value", Node::text(value))])
    });
    let missing = file.missing.iter().map(|m| {
        Node::Object(vec![
            ("column", Node::text(m.column)),
            ("tried", texts(&m.tried)),
            ("nearest", texts(&m.near)),
        ])
    });
    let problems = file.errors.iter().chain(&file.warnings).map(|p| words.json_problem(p));
    let failed = file.failed.as_ref().map(|e| e.in_lang(words.lang));
    Node::Object(vec![
        ("file", Node::text(&file.part.name)),
        ("state", Node::text(state(file))),
        ("table", maybe(file.table().map(|t| t.name()))),
        ("fit", fit(file.fit.as_ref())),
        ("next", fit(file.next.as_ref())),
        ("encoding", maybe(of_text.map(|w| w.encoding.name()))),
        ("delimiter", of_text.map_or_else(null, |w| Node::text(&w.delimiter.to_string()))),
        ("sheet", maybe(written.and_then(|w| w.sheet.as_deref()))),
        ("header_line", count(header.map(|h| h.line))),
        ("lines_before", count(header.map(|h| h.before))),
        ("notes_under", count(header.map(|h| h.under))),
        ("rows_promised", count(header.and_then(|h| h.promised))),
        ("rows", file.rows.as_ref().map_or_else(null, rows_node)),
        ("columns", Node::List(columns.collect())),
        ("constants", Node::List(constants.collect())),
        ("missing", Node::List(missing.collect())),
        ("absent", Node::List(file.absent.iter().map(|c| Node::text(c)).collect())),
        ("sheets_not_read", Node::List(file.others.iter().map(unread).collect())),
        ("errors", Node::count(file.error_count)),
        ("problems", Node::List(problems.collect())),
        ("failed", maybe(failed.as_deref())),
    ])
}

fn unread(sheet: &Unread) -> Node {
    Node::Object(vec![
        ("sheet", Node::text(&sheet.name)),
        ("table", Node::text(sheet.table.name())),
        ("shown", Node::text(if sheet.hidden { "hidden" } else { "visible" })),
    ])
}

fn kind(used: Use) -> (&'static str, Option<&'static str>) {
    match used {
        Use::Value(ours) => ("value", Some(ours)),
        Use::Further(ours) => ("further", Some(ours)),
        Use::Distributor => ("value", Some("referrals.distributor_id")),
        Use::Channel => ("channel", Some("amount")),
        Use::Total => ("total", None),
        Use::Average => ("average", None),
        Use::Rule => ("rule", None),
        Use::NotRead => ("none", None),
    }
}

fn rows_node(rows: &Rows) -> Node {
    let b = &rows.beside;
    let left_out = rows.left_out.iter().map(|(name, value, n)| {
        let cells = [("header", Node::text(name)), ("value", Node::text(value)), ("rows", Node::count(*n))];
        Node::Object(cells.into())
    });
    let sums = rows.sums.iter().map(|(column, sum)| {
        Node::Object(vec![("column", Node::text(column)), ("sum", Node::Cell(Cell::Money(*sum)))])
    });
    let words = rows.words.iter().map(|((word, ours), n)| {
        let cells = [
            ("word", Node::text(&masked_word(word, *ours))),
            ("status", maybe(ours.map(|s| s.name()))),
            ("rows", Node::count(*n)),
        ];
        Node::Object(cells.into())
    });
    Node::Object(vec![
        ("used", Node::count(rows.used)),
        ("empty", Node::count(rows.empty)),
        ("totals", Node::count(b.totals)),
        ("totals_compared", Node::count(b.compared)),
        ("totals_not_compared", Node::count(b.uncompared)),
        ("subtotals", Node::count(b.subtotals)),
        ("subtotals_compared", Node::count(b.subtotals_compared)),
        ("averages", Node::count(b.averages)),
        ("notes_behind", Node::count(b.notes)),
        ("left_out", Node::List(left_out.collect())),
        ("first", date(rows.span.map(|s| s.0))),
        ("last", date(rows.span.map(|s| s.1))),
        ("sums", Node::List(sums.collect())),
        ("amount_of", Node::text(if rows.repeats { "order" } else { "row" })),
        ("statuses", Node::List(words.collect())),
    ])
}

/// For spreadsheets: a row for each column of each file, and one for a file without any, or for a sheet that is not read.
pub fn rows(files: &[Inspected], words: &Words) -> Document {
    const KEYS: [&str; 18] = [
        "file",
        "state",
        "table",
        "profile",
        "headers_matched",
        "headers_required",
        "encoding",
        "delimiter",
        "sheet",
        "header_line",
        "rows",
        "first",
        "last",
        "number",
        "header",
        "column",
        "kind",
        "samples",
    ];
    let fields = KEYS.map(|key| Field::identity(key, key)).to_vec();
    let table = Table::list("columns", fields, files.iter().flat_map(rows_of).collect());
    Document { tables: vec![table], tail: Vec::new(), ..document(files, words) }
}

fn rows_of(file: &Inspected) -> Vec<Vec<Cell>> {
    let text = |t: Option<&str>| t.map_or(Cell::Null, Cell::text);
    let count = |n: Option<u64>| n.map_or(Cell::Null, Cell::Count);
    let date = |d: Option<Day>| d.map_or(Cell::Null, Cell::Date);
    let written = file.written.as_ref();
    let of_text = written.filter(|w| w.sheet.is_none());
    let (fit, rows) = (file.fit.as_ref(), file.rows.as_ref());
    let delimiter = of_text.map(|w| if w.delimiter == '\t' { "tab".into() } else { w.delimiter.to_string() });
    let begin = vec![
        Cell::text(&file.part.name),
        Cell::text(state(file)),
        text(file.table().map(|t| t.name())),
        text(fit.and_then(|f| f.profile.as_ref()).map(|p| p.name.as_str())),
        count(fit.map(|f| f.share.matched as u64)),
        count(fit.map(|f| f.share.of as u64)),
        text(of_text.map(|w| w.encoding.name())),
        text(delimiter.as_deref()),
        text(written.and_then(|w| w.sheet.as_deref())),
        count(file.header.as_ref().map(|h| h.line)),
        count(rows.map(|r| r.used)),
        date(rows.and_then(|r| r.span).map(|s| s.0)),
        date(rows.and_then(|r| r.span).map(|s| s.1)),
    ];
    let of_column = |(c, number): (&Column, u64)| {
        let (used, ours) = kind(c.used);
        let own = [Cell::Count(number), Cell::text(&c.header), text(ours), Cell::text(used)];
        [&begin[..], &own[..], &[Cell::Text(c.samples.join(" · "))]].concat()
    };
    let other = |sheet: &Unread| {
        let mut row = vec![Cell::Null; begin.len()];
        row[0] = Cell::text(&file.part.name);
        row[1] = Cell::text("not-read");
        row[2] = Cell::text(sheet.table.name());
        row[8] = Cell::text(&sheet.name);
        row
    };
    let others = file.others.iter().map(other);
    if file.columns.is_empty() {
        return [begin.clone()].into_iter().chain(others).collect();
    }
    file.columns.iter().zip(1..).map(of_column).chain(others).collect()
}
