//! Which line of a file is its header, and what stands before it and under it.
//!
//! Exports begin with a title, a period, totals in words; the header is the line whose names are known, under our own
//! names, those of the settings, or a profile's. A first row that has all our columns is the header without a further
//! look; where nothing fits, nothing is taken for one.

use super::aside::{self, Aside};
use super::delimiter;
use super::field::text::likeness;
use super::field::trim;
use super::layout::{Choice, Layout, Mapping, folded};
use super::problem::Like;
use super::profile::{self, Profile, Share, fold};
use super::schema::Kind;
use super::split::{BATCH, Batch, Records};
use super::table::{Env, Schema};
use super::totals::{Word, says};
use std::cmp::Reverse;
use std::sync::Arc;

/// So much of a file is looked at, in bytes and in rows.
pub const LOOKED_AT: usize = 64 * 1024;
const ROWS: usize = 60;

/// Of a profile's headers so many thousandths must be there; of those of one that is only like it, half.
const LEAST: usize = 750;
const LIKE: usize = 500;

/// A row at the beginning of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counted from that of the text's first byte, which is 0.
    pub at: u64,
    pub cells: Vec<Vec<u8>>,
}

/// The header of a file.
#[derive(Debug)]
pub struct Head {
    pub delimiter: u8,
    /// The line on which it stands.
    pub at: u64,
    /// Lines before it that are not blank.
    pub before: u64,
    /// As many rows follow as one of these says, and which.
    pub promised: Option<(u64, u64)>,
    /// Those of them that are totals.
    pub totals: Vec<Aside>,
    pub choice: Choice,
}

impl Head {
    /// A first line that is the header, or is taken for it.
    pub fn at(delimiter: u8, at: u64) -> Head {
        Head { delimiter, at, before: 0, promised: None, totals: Vec::new(), choice: Choice::default() }
    }
}

/// The rows at the beginning of a text. One that does not end there is none, unless the file ends.
pub fn lines(text: &[u8], delimiter: u8, ended: bool) -> Vec<Line> {
    let end = if ended { text.len() } else { memchr::memrchr(b'\n', text).map_or(0, |i| i + 1) };
    let mut records = Records::new(&text[..end], delimiter, 0, 0);
    let (mut batch, mut lines) = (Batch::default(), Vec::new());
    while lines.len() < ROWS && records.fill(&mut batch, ROWS.min(BATCH)) {
        for i in 0..batch.len() {
            let record = batch.record(i, text);
            // A quote that opens and does not close in what is looked at.
            if !ended && record.flaws.unclosed.is_some() {
                return lines;
            }
            let cells = (0..record.spans.len()).map(|i| trim(record.cell(i)).to_vec()).collect();
            lines.push(Line { at: record.line, cells });
        }
    }
    lines.truncate(ROWS);
    lines
}

/// The delimiter that a first line `sep=;` names, as spreadsheets write and read it.
fn named_delimiter(text: &[u8]) -> Option<u8> {
    let line = text.split(|b| *b == b'\n').next()?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(b"\"").and_then(|l| l.strip_suffix(b"\"")).unwrap_or(line);
    match line.get(..4)?.to_ascii_lowercase().strip_prefix(b"sep=") {
        Some([]) => line.get(4).copied().filter(|b| [b',', b';', b'\t', b'|'].contains(b) && line.len() == 5),
        _ => None,
    }
}

/// Does the first row have all our columns, so that it is the header whatever else there is?
pub fn is_first(text: &[u8], delimiter: u8, ended: bool, schema: Schema, env: &Env) -> bool {
    if env.profiles.forced.contains_key(&schema.table) {
        return false;
    }
    lines(text, delimiter, ended).first().is_some_and(|line| Layout::fits(schema, &line.cells, env))
}

/// Is one of these rows of a sheet the header of a table?
pub fn fits(rows: &[Vec<String>], schema: Schema, env: &Env) -> bool {
    let line =
        |row: &Vec<String>| Line { at: 0, cells: row.iter().map(|c| c.trim().as_bytes().to_vec()).collect() };
    rows.iter().any(|row| candidates(&line(row), b',', schema, env).iter().any(|c| c.rank.0))
}

/// How well a row is a header: whether all columns are there, by what, and how much of it. The larger the better.
type Rank = (bool, u8, usize, usize, Reverse<u64>);

/// A row that may be the header.
pub struct Candidate {
    pub rank: Rank,
    pub delimiter: u8,
    pub at: u64,
    pub profile: Option<(Arc<Profile>, Share)>,
}

/// The delimiters to try, each once, and whether the first line names the only one.
pub fn delimiters(text: &[u8], by_name: u8, sheet: Option<u8>) -> (Vec<u8>, bool) {
    let named = named_delimiter(text).filter(|_| sheet.is_none());
    let mut delimiters = match sheet.or(named) {
        Some(only) => vec![only],
        None => vec![delimiter::of_header(text, by_name), by_name, b',', b';', b'\t'],
    };
    let mut met = Vec::new();
    delimiters.retain(|d| {
        !met.contains(d) && {
            met.push(*d);
            true
        }
    });
    (delimiters, named.is_some())
}

/// Finds the header in the beginning of a file; `sheet` says that it is one of a workbook, with its delimiter.
pub fn find(text: &[u8], ended: bool, by_name: u8, sheet: Option<u8>, schema: Schema, env: &Env) -> Head {
    let (delimiters, named) = delimiters(text, by_name, sheet);
    let mut best: Option<Candidate> = None;
    for &delimiter in &delimiters {
        for line in lines(text, delimiter, ended).iter().skip(usize::from(named)) {
            for candidate in candidates(line, delimiter, schema, env) {
                if best.as_ref().is_none_or(|b| candidate.rank > b.rank) {
                    best = Some(candidate);
                }
            }
        }
    }
    let first = || {
        let delimiter = delimiters.first().copied().unwrap_or(by_name);
        let at = lines(text, delimiter, ended).get(usize::from(named)).map_or(0, |l| l.at);
        (delimiter, at)
    };
    let Some(found) = best else {
        let (delimiter, at) = first();
        return Head::at(delimiter, at);
    };
    let like = found.profile.as_ref().filter(|_| !found.rank.0).map(|(profile, share)| Like {
        profile: profile.name.clone(),
        matched: share.matched,
        of: share.of,
    });
    let is_filled = |line: &Line| line.cells.iter().any(|cell| !cell.is_empty());
    let above = lines(text, found.delimiter, ended).into_iter().take_while(|l| l.at < found.at);
    let above = above.filter(is_filled).collect::<Vec<_>>();
    Head {
        delimiter: found.delimiter,
        at: found.at,
        before: above.len() as u64,
        promised: above.iter().find_map(|line| Some((promised(line)?, line.at))),
        totals: above.iter().filter_map(total).collect(),
        choice: Choice { profile: found.profile, like },
    }
}

/// By what a row may be the header.
pub fn candidates(line: &Line, delimiter: u8, schema: Schema, env: &Env) -> Vec<Candidate> {
    let (mut all, at) = (Vec::new(), line.at);
    let forced = env.profiles.forced.get(&schema.table);
    if forced.is_none() && Layout::fits(schema, &line.cells, env) {
        all.push(Candidate { rank: (true, 3, 1000, 0, Reverse(at)), delimiter, at, profile: None });
    }
    let folded = folded(&line.cells);
    let ours = Mapping::of(schema, &line.cells, env, None);
    let tried: Vec<&Arc<Profile>> = match forced {
        Some(profile) => vec![profile],
        None => env.profiles.of_table(schema.table).collect(),
    };
    for (number, profile) in tried.into_iter().enumerate() {
        let share = profile.share(&folded);
        if share.permille() < LIKE && forced.is_none() || share.matched == 0 {
            continue;
        }
        let mapping = Mapping::of(schema, &line.cells, env, Some(profile));
        // One that knows no more than our own names says nothing, be they misspelt.
        if forced.is_none() && !adds(&mapping, &ours, schema, line) {
            continue;
        }
        let is_whole = (share.permille() >= LEAST || forced.is_some())
            && mapping.missing(schema, Some(profile)).is_empty()
            && mapping.again.is_empty();
        let class = if profile.generic { 1 } else { 2 };
        let rank = (is_whole, class, share.permille(), number, Reverse(at));
        all.push(Candidate { rank, delimiter, at, profile: Some((profile.clone(), share)) });
    }
    all
}

/// Has a mapping a column that ours lacks, under another name than ours in another case or with signs around it?
fn adds(mapping: &Mapping, ours: &Mapping, schema: Schema, line: &Line) -> bool {
    let is_other = |cell: &usize, name: &str| {
        let text = String::from_utf8_lossy(&line.cells[*cell]).into_owned();
        likeness(text.trim()).unwrap_or_else(|| text.trim().to_string()) != name
    };
    let added = schema.columns.iter().zip(mapping.at.iter().zip(&ours.at));
    added
        .filter(|(_, (at, own))| at != own)
        .any(|(c, (at, _))| at.is_some_and(|cell| is_other(&cell, c.name)))
}

/// How many rows a line before the header says there are: `共43笔记录`.
fn promised(line: &Line) -> Option<u64> {
    let cells = line.cells.iter().map(|c| String::from_utf8_lossy(c));
    aside::count_in(&cells.collect::<Vec<_>>().join(" "))
}

/// A line before the header that states totals: `合计：300.00元`. A title that ends with such a word states none.
fn total(line: &Line) -> Option<Aside> {
    // Other words may be of anything: what a shop sold since it opened, what an account holds.
    const BEGIN: [&str; 6] = ["合计", "总计", "共计", "总金额", "total", "grandtotal"];
    let first = line.cells.iter().find(|cell| !cell.is_empty())?;
    let says = says(first).filter(|says| says.bare && says.word == Word::Total)?;
    let name = fold(&String::from_utf8_lossy(first));
    let states = !says.figures.is_empty() || line.cells.iter().any(|cell| aside::has_digit(cell));
    let cells = line.cells.iter().enumerate().map(|(i, cell)| (i, aside::bare(cell)));
    let begins = BEGIN.iter().any(|begin| name.starts_with(begin));
    (states && begins).then(|| aside::of_cells(line.at, aside::Kind::Total, false, cells))
}

/// What stands between the header and the rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Under {
    /// Lines to skip, and how many of them are notes.
    pub lines: u64,
    pub notes: u64,
    /// The line under the header is a second row of it: as far below the header as it stands.
    pub second: Option<u64>,
    /// The cells of the first row.
    pub cells: Option<usize>,
}

/// More notes than these are none.
const NOTES: usize = 3;

/// Looks at the text behind the header for notes that explain its columns, such as `收入+支出`.
pub fn under(text: &[u8], ended: bool, layout: &Layout, env: &Env) -> Under {
    let mut lines = lines(text, layout.dialect.delimiter, ended);
    let mut second = None;
    if lines.first().is_some_and(|line| is_second_header(line, layout, env)) {
        second = Some(lines.remove(0).at);
    }
    let notes = lines.iter().take(NOTES).take_while(|line| is_note(line, layout)).count();
    let next = lines.get(notes);
    let skip = match (notes, next) {
        (0, _) if second.is_none() => 0,
        (_, Some(next)) => next.at,
        (_, None) => memchr::memchr_iter(b'\n', text).count() as u64,
    };
    Under { lines: skip, notes: notes as u64, second, cells: next.and_then(|line| row_cells(line, layout)) }
}

/// Is it a second row of names, as under a header whose columns are in groups: names that are known, under none or under
/// those of other columns?
fn is_second_header(line: &Line, layout: &Layout, env: &Env) -> bool {
    let schema = layout.schema;
    let columns_of = |name: &str| {
        let of_profiles = env.profiles.of_table(schema.table);
        let of_profiles = of_profiles.flat_map(|p| (0..).zip(&p.columns));
        let by_profile = of_profiles.filter(|(_, names)| names.folded.iter().any(|f| f == name));
        let by_us = (0..).zip(schema.columns).filter(|(_, c)| profile::fold(c.name) == name);
        by_profile.map(|(column, _)| column).chain(by_us.map(|(column, _)| column)).collect::<Vec<usize>>()
    };
    let (mut is_known, mut is_other) = (false, false);
    for (cell, bytes) in line.cells.iter().enumerate().filter(|(_, bytes)| !bytes.is_empty()) {
        if bytes.iter().any(u8::is_ascii_digit) {
            return false;
        }
        let columns = columns_of(&profile::fold(&String::from_utf8_lossy(bytes)));
        is_known |= !columns.is_empty();
        is_other |= layout.header().get(cell).is_none_or(Vec::is_empty)
            || !columns.is_empty() && layout.column_at(cell).is_none_or(|ours| !columns.contains(&ours));
    }
    is_known && is_other
}

/// The cells of a first row, where more or fewer than the header has are all empty.
fn row_cells(line: &Line, layout: &Layout) -> Option<usize> {
    let (header, cells) = (layout.header(), &line.cells);
    let more = cells.get(header.len()..).unwrap_or_default();
    let fewer = header.get(cells.len()..).unwrap_or_default();
    let all_empty = |cells: &[Vec<u8>]| cells.iter().all(Vec::is_empty);
    (cells.len() > 1 && all_empty(more) && all_empty(fewer)).then_some(cells.len())
}

/// Does it explain columns: words without a digit where dates and amounts should be, and no id but perhaps some words in
/// brackets? Or is it a single sentence?
fn is_note(line: &Line, layout: &Layout) -> bool {
    let filled: Vec<String> = line
        .cells
        .iter()
        .filter(|c| !c.is_empty())
        .map(|c| String::from_utf8_lossy(c).into_owned())
        .collect();
    let at_probe = line.cells.get(layout.probe()).map(Vec::as_slice);
    if filled.is_empty() || aside::has_word(filled.first().map(String::as_bytes).into_iter().chain(at_probe))
    {
        return false;
    }
    // In a sheet a note is as long as the rows; there its sign tells it from one of which only the id is known.
    let is_sign = |only: &String| only.starts_with(['注', '（', '(', '※', '*']) || only.contains([':', '：']);
    let required = layout.schema.columns.iter().filter(|column| column.required).count();
    let is_short = line.cells.len() < layout.cells() || required > 1 && filled.first().is_some_and(is_sign);
    if let [only] = &filled[..] {
        if is_remark(only) {
            return true;
        }
        if is_short {
            return !only.is_ascii() && !only.starts_with(|c: char| c.is_ascii_digit());
        }
    }
    let mut explained = 0;
    for (column, spec) in layout.schema.columns.iter().enumerate() {
        let Some(cell) = layout.cell_of(column).and_then(|i| line.cells.get(i)) else { continue };
        let text = String::from_utf8_lossy(aside::bare(cell));
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        match spec.kind() {
            _ if text.is_empty() => {}
            Kind::Id if !text.starts_with(['(', '（', '[', '【', '<', '《']) => return false,
            Kind::Date | Kind::Money if letters == 0 || text.contains(|c: char| c.is_ascii_digit()) => {
                return false;
            }
            // A word of one letter may say that there is nothing.
            Kind::Date | Kind::Money => explained += usize::from(letters > 1),
            _ => {}
        }
    }
    explained > 0
}

/// Does a text say that it is one: `（说明：…）`, `备注：…`?
fn is_remark(text: &str) -> bool {
    const WORDS: [&str; 10] =
        ["说明", "备注", "注", "注意", "提示", "温馨提示", "填写说明", "字段说明", "note", "remark"];
    let bare = text.trim().trim_start_matches(['（', '(', '【', '[', '*', '※']);
    let (word, rest) = bare.split_at(bare.find(['：', ':']).unwrap_or(bare.len()));
    let in_brackets =
        (text.starts_with('（') && text.ends_with('）')) || text.starts_with('【') && text.ends_with('】');
    let is_word = !rest.is_empty() && WORDS.contains(&word.trim().to_lowercase().trim_end_matches('s'));
    is_word || in_brackets && text.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_say_that_they_are_such() {
        for text in [
            "（说明：金额单位为元）",
            "备注：含运费",
            "注:不含退款",
            "※ 注意：每日更新",
            "Notes: no tax",
            "（以下为示例）",
        ] {
            assert!(is_remark(text), "{text}");
        }
        for text in ["4200017", "张三：已付", "（2026）", "备注", "notebook: x", "o1"] {
            assert!(!is_remark(text), "{text}");
        }
    }

    #[test]
    fn a_first_line_may_name_the_delimiter() {
        assert_eq!(named_delimiter(b"sep=;\r\na;b\n"), Some(b';'));
        assert_eq!(named_delimiter(b"\"SEP=\t\"\na\tb"), Some(b'\t'));
        assert_eq!(named_delimiter(b"sep\n"), None);
        assert_eq!(named_delimiter(b"sep=;;\n"), None);
    }
}
