//! What stands in an export beside its rows: totals, a second header, rules, notes behind the last row.
//!
//! Only a row that is not plain is looked at here. What it is, is told by itself alone; whether it stands where it
//! may, and whether its totals are ours, is found when all rows are read (see [`control`](super::control)).

use super::field::{date, money, trim};
use super::layout::Layout;
use super::profile::{Guards, fold};
use super::schema::{self, orders};
use super::source::TableName;
use super::split::Record;
use super::totals::{self, Word, is_bare_word, says};
use jiff::tz::TimeZone;
use scrm_core::spread::CostDate;

/// What a row is that is none of the table's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `合计`, and sums in the columns in which the rows have amounts.
    Total,
    /// `小计`: of some rows only.
    Subtotal,
    /// `平均`: nothing that rows add up to.
    Average,
    /// `总交易单数,订单总金额`: names of the totals in the next row.
    Names,
    /// Only numbers, and not as many as a row has.
    Values,
    /// `总交易单数,3`
    Pair,
    /// Dashes, or a line of text.
    Note,
}

impl From<Word> for Kind {
    fn from(word: Word) -> Kind {
        match word {
            Word::Total => Kind::Total,
            Word::Subtotal => Kind::Subtotal,
            Word::Average => Kind::Average,
        }
    }
}

/// A row that is none of the table's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Aside {
    pub line: u64,
    pub kind: Kind,
    /// A total that has a date: of the rows of that day, or of all.
    pub is_dated: bool,
    /// Those that are filled, each with the number of its column.
    pub cells: Vec<(usize, Box<[u8]>)>,
}

impl Aside {
    /// The text in a column; empty where there is none.
    pub fn cell(&self, column: usize) -> &[u8] {
        self.cells.iter().find(|(i, _)| *i == column).map_or(&[], |(_, text)| text)
    }
}

/// The rows of a file that are none of the table's.
#[derive(Clone, Debug, Default)]
pub struct Asides {
    pub all: Vec<Aside>,
    /// So many cells of them are kept.
    cells: usize,
    /// More than what is kept.
    beyond: bool,
}

impl Asides {
    /// As many rows and cells are kept of a file: no export has more.
    const ROWS: usize = 20_000;
    const CELLS: usize = 1 << 20;

    fn add(&mut self, aside: Aside) {
        self.cells += aside.cells.len();
        self.beyond |= self.all.len() >= Asides::ROWS || self.cells > Asides::CELLS;
        if !self.beyond {
            self.all.push(aside);
        }
    }

    /// Adds those that another worker met.
    pub fn join(&mut self, more: &Asides) {
        self.beyond |= more.beyond;
        more.all.iter().for_each(|aside| self.add(aside.clone()));
    }

    /// Are there more than are kept, so that nothing can be said of them?
    pub fn are_too_many(&self) -> bool {
        self.beyond
    }
}

/// A cell's text without what may protect it.
pub fn bare(cell: &[u8]) -> &[u8] {
    Guards { apostrophe: true, backtick: true, formula: true }.off(trim(cell))
}

/// Does some cell of a row say that it is one of totals?
pub fn has_word<'c>(mut cells: impl Iterator<Item = &'c [u8]>) -> bool {
    cells.any(|cell| says(cell).is_some())
}

/// How many rows there are, as a text says: `共43笔记录`.
pub fn count_in(text: &str) -> Option<u64> {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('共') {
        rest = behind;
        let behind = behind.trim_start();
        let digits = behind.split(|c: char| !c.is_ascii_digit() && c != ',').next().unwrap_or_default();
        let unit = behind[digits.len()..].trim_start();
        if !digits.is_empty() && unit.starts_with(['笔', '条', '行', '单']) {
            return digits.replace(',', "").parse().ok();
        }
    }
    None
}

/// A number, as totals are written.
fn is_number(cell: &[u8]) -> bool {
    money::money(cell.strip_suffix(b"%").unwrap_or(cell)).is_ok()
}

/// So many cells of a row are looked at.
const FILLED: usize = 64;

/// Does a cell mean nothing?
pub fn means_nothing(text: &[u8]) -> bool {
    matches!(text, b"" | b"-" | b"--" | b"/") || text == "——".as_bytes() || text == "—".as_bytes()
}

/// What dates a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dated {
    No,
    One,
    /// `2026-03-01~2026-03-31`
    Period,
}

fn dated(cell: &[u8]) -> Dated {
    // Which day it is, does not matter here.
    let read = |text: &[u8]| date::day_or_month(text, &TimeZone::UTC, None);
    let is_date = |text: &[u8]| matches!(read(text), Ok(_) | Err(date::DateError::Ambiguous));
    match cell {
        _ if means_nothing(cell) => Dated::No,
        _ if is_date(cell) => Dated::One,
        _ if totals::is_period(cell, is_date) => Dated::Period,
        _ => Dated::No,
    }
}

/// Is a cell a date, or a period from one to another?
pub fn is_dated(cell: &[u8]) -> bool {
    dated(cell) != Dated::No
}

/// The day or month of a total that has one.
pub fn date_of(aside: &Aside, layout: &Layout) -> Option<CostDate> {
    let cell = layout.cell_of(layout.schema.date?)?;
    date::day_or_month(aside.cell(cell), &TimeZone::UTC, None).ok()
}

/// Are the rows of a table costs, that no id tells from their total?
fn has_costs(table: TableName) -> bool {
    matches!(table, TableName::AdSpend | TableName::TeamCost | TableName::OtherCost)
}

/// The word of a row that is called a total in place of an id, has an amount, and is nobody's.
fn named_total(record: &Record, layout: &Layout) -> Option<Word> {
    let schema = layout.schema;
    let has_amounts = schema.amount.is_some() && schema.table != TableName::Users;
    if !has_amounts || !schema.has_ids() || layout.probe() >= record.spans.len() {
        return None;
    }
    let word = is_bare_word(bare(record.cell(layout.probe())))?;
    let ids = schema.columns.iter().enumerate().filter(|(_, column)| column.kind() == schema::Kind::Id);
    let mut others = ids.filter_map(|(c, _)| layout.cell_of(c)).filter(|cell| *cell != layout.probe());
    others.all(|cell| cell >= record.spans.len() || means_nothing(bare(record.cell(cell)))).then_some(word)
}

/// What a record is that may be none of the table's.
pub fn kind_of(record: &Record, layout: &Layout) -> Option<(Kind, bool)> {
    let schema = layout.schema;
    let count = record.spans.len();
    let cell = |i: usize| bare(record.cell(i));
    let date = schema.date.and_then(|column| layout.cell_of(column)).filter(|i| *i < count);
    let dated = date.map_or(Dated::No, |i| dated(cell(i)));
    let is_undated = (schema.has_dates() || layout.is_foreign) && dated != Dated::One;
    // A row with a date is a row of the table, but for a total: it may have the report's date.
    if dated == Dated::One && !has_costs(schema.table) {
        return named_total(record, layout).map(|word| (word.into(), true));
    }
    let filled = (0..count).map(|i| (i, cell(i))).filter(|(_, text)| !means_nothing(text));
    let filled: Vec<(usize, &[u8])> = filled.take(FILLED).collect();
    let Some((_, first)) = filled.first().copied() else {
        let is_rule = layout.is_foreign && !record.is_empty_row();
        return is_rule.then_some((Kind::Note, false));
    };
    let is_word_place = |i: usize| {
        let kind = layout.column_at(i).map(|column| layout.kind_of(column));
        !matches!(kind, Some(schema::Kind::Date | schema::Kind::Money))
    };
    if dated == Dated::One {
        let mut words = filled.iter().filter(|(i, _)| is_word_place(*i)).filter_map(|(_, t)| is_bare_word(t));
        return words.next().map(|word| (word.into(), true));
    }
    if layout.is_foreign && std::str::from_utf8(first).is_ok_and(|first| are_names(&fold(first), &filled)) {
        return Some((Kind::Names, false));
    }
    // A row with an id is one, whatever else it says.
    let at_probe = if layout.probe() < count { cell(layout.probe()) } else { b"" };
    let is_free = means_nothing(at_probe) || !schema.has_ids();
    // A glance at our own files passes over what is in ASCII but for some words.
    let is_seen = |text: &[u8]| {
        layout.is_foreign
            || !schema.has_ids()
            || !text.first().is_some_and(u8::is_ascii_alphanumeric)
            || totals::may_say(text)
    };
    let word = match says(at_probe).filter(|_| is_seen(at_probe)) {
        Some(says) if is_undated && (schema.has_dates() || layout.is_derived()) => Some(says.word),
        // Where rows need no date, only a word that is nothing else tells a total from them.
        Some(says) if says.bare && (is_undated || schema.table != TableName::Targets) => {
            (says.word != Word::Average || layout.is_foreign).then_some(says.word)
        }
        _ if is_free && is_undated => filled.iter().find_map(|(_, text)| says(text)).map(|says| says.word),
        _ => None,
    };
    if let Some(word) = word {
        return Some((word.into(), false));
    }
    // The total of a shop or a day, which is called so in place of an id.
    let buyer = (schema.table == TableName::Orders).then(|| layout.cell_of(orders::USER_ID)).flatten();
    if let Some(at) = buyer.filter(|at| layout.is_foreign && *at < count)
        && let Some(word) = is_bare_word(cell(at))
    {
        return Some((if word == Word::Average { Kind::Average } else { Kind::Subtotal }, false));
    }
    let is_number = |(_, text): &(usize, &[u8])| is_number(text) || dated_is_period(text);
    if dated == Dated::Period && has_costs(schema.table) && filled.iter().all(is_number) {
        return Some((Kind::Total, false));
    }
    let texts: Vec<&[u8]> = filled.iter().map(|(_, text)| *text).collect();
    let first = fold(std::str::from_utf8(first).ok()?);
    let kind = layout.is_foreign.then(|| foreign_kind(&first, &texts, Length::of(record, layout, &filled)));
    kind.flatten().map(|kind| (kind, false))
}

fn dated_is_period(text: &[u8]) -> bool {
    dated(text) == Dated::Period
}

/// How much of a row is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    /// It has fewer cells than the header.
    Short,
    /// Its last cells are empty: so are those of a short row in a sheet. It may be a row whose last values are not known,
    /// in a table of which `rows` of numbers only are never undated, and whether a row of a single value is none.
    Padded {
        are_values: bool,
        is_note: bool,
    },
    Full,
}

impl Length {
    fn of(record: &Record, layout: &Layout, filled: &[(usize, &[u8])]) -> Length {
        if record.cells < layout.cells() {
            return Length::Short;
        }
        let table = layout.schema.table;
        let is_open = filled.len() == FILLED || filled.last().is_none_or(|(i, _)| i + 1 >= layout.cells());
        let required = layout.schema.columns.iter().filter(|column| column.required).count();
        match is_open {
            true => Length::Full,
            false => Length::Padded {
                are_values: has_costs(table) || table == TableName::Bill && layout.has(schema::bill::PAID_AT),
                is_note: required > 1,
            },
        }
    }
}

/// Are these the names of totals, which stand in the next row?
fn are_names(first: &str, filled: &[(usize, &[u8])]) -> bool {
    filled.len() > 1 && begins_sum(first) && !filled.iter().any(|(_, text)| has_digit(text))
}

/// Has a text a digit, perhaps one of full width?
pub fn has_digit(text: &[u8]) -> bool {
    String::from_utf8_lossy(text).chars().any(|c| c.is_ascii_digit() || ('０'..='９').contains(&c))
}

fn begins_sum(first: &str) -> bool {
    ["总", "合计", "total"].iter().any(|begin| first.starts_with(begin))
}

/// What a row of another's export is.
fn foreign_kind(first: &str, filled: &[&[u8]], length: Length) -> Option<Kind> {
    let has_digit = filled.iter().any(|text| has_digit(text));
    let is_rule = filled.iter().all(|cell| cell.len() >= 3 && cell.iter().all(|b| b"-=_*~#".contains(b)));
    if begins_sum(first) && !has_digit {
        return Some(Kind::Names);
    }
    let (are_values, is_note) = match length {
        Length::Full => return is_rule.then_some(Kind::Note),
        Length::Short => (true, filled.len() <= 2),
        Length::Padded { are_values, is_note } => (are_values, is_note && filled.len() == 1),
    };
    if are_values && filled.iter().all(|cell| is_number(cell)) {
        return Some(Kind::Values);
    }
    if begins_sum(first) && filled.len() == 2 && is_number(filled[1]) {
        return Some(Kind::Pair);
    }
    // A total that is not understood is no note.
    if has_digit && ["合计", "总计", "共计", "小计", "total"].iter().any(|begin| first.starts_with(begin))
    {
        return None;
    }
    let text = std::str::from_utf8(filled[0]).unwrap_or_default();
    // Not any text with a colon: what was cut out of a row has times in it.
    let begins =
        ["注", "说明", "备注", "共", "导出", "#", "※", "*"].iter().any(|begin| text.starts_with(begin));
    let is_sentence = text.contains([':', '：']) && !text.starts_with(|c: char| c.is_ascii_digit());
    (is_rule || is_note && (begins || is_sentence)).then_some(Kind::Note)
}

/// Keeps the cells of a record that is none of the table's.
pub fn keep(record: &Record, (kind, is_dated): (Kind, bool), all: &mut Asides) {
    let cells = if kind == Kind::Note { 0 } else { record.spans.len() };
    let texts = (0..cells).map(|i| (i, bare(record.cell(i))));
    all.add(of_cells(record.line, kind, is_dated, texts));
}

/// A row that is none of the table's, by its cells.
pub fn of_cells<'c>(
    line: u64,
    kind: Kind,
    is_dated: bool,
    cells: impl Iterator<Item = (usize, &'c [u8])>,
) -> Aside {
    const LONGEST: usize = 256;
    let filled = cells.filter(|(_, text)| !text.is_empty());
    let cells = filled.map(|(i, text)| (i, text[..text.len().min(LONGEST)].into())).collect();
    Aside { line, kind, is_dated, cells }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_say_how_many_rows_there_are() {
        assert_eq!(count_in("共43笔记录"), Some(43));
        assert_eq!(count_in("导出共 1,204 条"), Some(1204));
        assert_eq!(count_in("公共平台，共3个账户，共 2 行"), Some(2));
        assert_eq!(count_in("收入：1笔 0.35元"), None);
        assert_eq!(count_in("公共3号"), None);
    }

    #[test]
    fn what_stands_beside_the_rows() {
        let kind = |cells: &[&str], is_short| {
            let filled: Vec<&[u8]> = cells.iter().map(|c| c.as_bytes()).collect();
            let padded = Length::Padded { are_values: false, is_note: true };
            foreign_kind(&fold(cells[0]), &filled, if is_short { Length::Short } else { padded })
        };
        assert_eq!(kind(&["总交易单数", "订单总金额"], true), Some(Kind::Names));
        assert_eq!(kind(&["2", "0.35", "0.05940", "1.00%"], true), Some(Kind::Values));
        assert_eq!(kind(&["总交易单数", "2"], true), Some(Kind::Pair));
        assert_eq!(kind(&["----------"], true), Some(Kind::Note));
        assert_eq!(kind(&["导出时间：2026-03-01"], true), Some(Kind::Note));
        for cut in
            [&["o1", "u1", "2026-03-01"][..], &["o1", "2026-03-01 10:0"], &["2026-03-01 10:00:00", "1"]]
        {
            assert_eq!(kind(cut, true), None, "a row that was cut");
        }
        assert_eq!(kind(&["1", "2", "3"], false), None);
        assert_eq!(kind(&["总交易单数", "2"], false), Some(Kind::Pair));
        assert_eq!(kind(&["导出完毕：1"], false), Some(Kind::Note));
        assert_eq!(kind(&["A：1", "5.00"], false), None, "an order without a buyer");
        assert_eq!(kind(&["合计：退款 30 元"], true), None, "a total that is not understood");
    }
}
