//! What stands in an export beside its rows: totals, a second header, rules, notes behind the last row.
//!
//! Only a row that is not plain is looked at here. What it is, is told by itself alone; whether it stands where it
//! may, and whether its totals are ours, is found when all rows are read (see [`control`](super::control)).

use super::field::{date, money, trim};
use super::layout::Layout;
use super::profile::{Guards, fold};
use super::split::Record;
use jiff::tz::TimeZone;

/// What a row is that is none of the table's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `合计`, and sums in the columns in which the rows have amounts.
    Total,
    /// `小计`: of some rows only.
    Subtotal,
    /// `总交易单数,订单总金额`: names of the totals in the next row.
    Names,
    /// Only numbers, and not as many as a row has.
    Values,
    /// `总交易单数,3`
    Pair,
    /// Dashes, or a line of text.
    Note,
}

/// A row that is none of the table's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Aside {
    pub line: u64,
    pub kind: Kind,
    pub cells: Vec<Box<[u8]>>,
}

/// As many are kept of a file, the first ones: no export has more.
const MOST: usize = 1000;

/// Keeps the first of those of two workers.
pub fn join(all: &mut Vec<Aside>, more: &[Aside]) {
    all.extend_from_slice(more);
    if all.len() > MOST {
        all.sort_unstable();
        all.truncate(MOST);
    }
}

const TOTAL: [&str; 12] = [
    "合计",
    "总计",
    "共计",
    "汇总",
    "总和",
    "累计",
    "全部合计",
    "全部汇总",
    "grandtotal",
    "totals",
    "total",
    "sum",
];
const SUBTOTAL: [&str; 5] = ["小计", "本页小计", "本页合计", "subtotal", "pagetotal"];

/// A cell's text without what may protect it.
pub fn bare(cell: &[u8]) -> &[u8] {
    Guards { apostrophe: true, backtick: true, formula: true }.off(trim(cell))
}

/// Is it a word for a total, perhaps with a count or a unit in brackets behind it?
fn is_word(text: &str, words: &[&str]) -> bool {
    let rest = words.iter().filter_map(|word| text.strip_prefix(word)).min_by_key(|rest| rest.len());
    rest.is_some_and(|rest| {
        let rest = rest.trim_start_matches(['：', ':']);
        rest.is_empty()
            || rest.starts_with('(')
            || rest.chars().all(|c| c.is_ascii_digit() || "条笔行单项".contains(c))
    })
}

/// Is it a word for a total, as it stands in a cell?
pub fn is_total(word: &str) -> bool {
    is_word(&fold(word), &TOTAL)
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

/// What a record is that may be none of the table's.
pub fn kind_of(record: &Record, layout: &Layout) -> Option<Kind> {
    let means_nothing = |text: &[u8]| matches!(text, b"" | b"-" | b"--" | b"/");
    let cell = |i: usize| bare(record.cell(i));
    let filled: Vec<&[u8]> =
        (0..record.spans.len()).map(cell).filter(|text| !means_nothing(text)).take(FILLED).collect();
    let first = fold(std::str::from_utf8(filled.first()?).ok()?);
    let total = total_of(&first);
    // A row with a date is a row of the table, but for a total of another's export: it may have the report's date.
    let date = layout.schema.date.and_then(|column| layout.cell_of(column));
    let is_dated =
        date.is_some_and(|i| i < record.spans.len() && date::stamp(cell(i), &TimeZone::UTC).is_ok());
    let (must_be_dated, foreign) = (layout.schema.has_dates(), layout.is_foreign);
    if is_dated && !(foreign && total.is_some()) || !(must_be_dated || foreign) {
        return None;
    }
    // A row with an id is one, whatever else it says. A glance at our own files knows but one word for a total.
    let at_probe = if layout.probe() < record.spans.len() { cell(layout.probe()) } else { b"" };
    let is_free =
        means_nothing(at_probe) || Some(&at_probe) == filled.first() || is_dated && !layout.schema.has_ids();
    let is_known = foreign || !filled[0].is_ascii() || filled[0].eq_ignore_ascii_case(b"total");
    if is_free && is_known {
        let counted = || (first.starts_with('共') && count_in(&first).is_some()).then_some(Kind::Total);
        if let Some(kind) = total.or_else(counted) {
            return Some(kind);
        }
    }
    foreign.then(|| foreign_kind(&first, &filled, record.cells < layout.cells())).flatten()
}

/// What a word for a total is one of.
fn total_of(word: &str) -> Option<Kind> {
    if is_word(word, &SUBTOTAL) {
        return Some(Kind::Subtotal);
    }
    is_word(word, &TOTAL).then_some(Kind::Total)
}

/// What a row of another's export is; `is_short` where it has fewer cells than the header.
fn foreign_kind(first: &str, filled: &[&[u8]], is_short: bool) -> Option<Kind> {
    let has_digit = |text: &&&[u8]| text.iter().any(u8::is_ascii_digit);
    let sums = ["总", "合计", "total"].iter().any(|begin| first.starts_with(begin));
    let numbers = filled.iter().filter(has_digit).count();
    if sums && numbers == 0 {
        return Some(Kind::Names);
    }
    if !is_short {
        return None;
    }
    if filled.iter().all(|cell| is_number(cell)) {
        return Some(Kind::Values);
    }
    if sums && filled.len() == 2 && is_number(filled[1]) {
        return Some(Kind::Pair);
    }
    let text = std::str::from_utf8(filled[0]).unwrap_or_default();
    let is_rule = filled.iter().all(|cell| cell.len() >= 3 && cell.iter().all(|b| b"-=_*~#".contains(b)));
    // Not any text with a colon: what was cut out of a row has times in it.
    let begins =
        ["注", "说明", "备注", "共", "导出", "#", "※", "*"].iter().any(|begin| text.starts_with(begin));
    let is_sentence = text.contains([':', '：']) && !text.starts_with(|c: char| c.is_ascii_digit());
    let is_note = filled.len() <= 2 && (begins || is_sentence);
    (is_rule || is_note).then_some(Kind::Note)
}

/// Keeps the cells of a record that is none of the table's.
pub fn keep(record: &Record, kind: Kind, all: &mut Vec<Aside>) {
    // A worker meets the rows of a file in their order.
    if all.len() >= MOST {
        return;
    }
    const LONGEST: usize = 256;
    let cell = |i: usize| {
        let text = bare(record.cell(i));
        text[..text.len().min(LONGEST)].into()
    };
    let kept = if kind == Kind::Subtotal || kind == Kind::Note { 0 } else { record.spans.len().min(1024) };
    all.push(Aside { line: record.line, kind, cells: (0..kept).map(cell).collect() });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_totals() {
        for word in ["合计", "合计：", "总计(3条)", "总计（元）", "共计3笔", "Total", "Grand total", "汇总"]
        {
            assert!(is_word(&fold(word), &TOTAL), "{word}");
        }
        for word in ["合计划", "总计划投放", "total recall", "totally", "总", "sum41x", "o1"] {
            assert!(!is_word(&fold(word), &TOTAL), "{word}");
        }
        assert!(is_word(&fold("小计"), &SUBTOTAL));
    }

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
            foreign_kind(&fold(cells[0]), &filled, is_short)
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
    }
}
