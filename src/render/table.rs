//! The terminal: figures in columns that align, whatever script the names are in.
//!
//! A table wider than the screen continues below, its first columns repeated; a number is never cut or wrapped.
//! Colours are set in place by invisible marks, because an escape sequence would be measured as text.

use super::Screen;
use super::grid::{Grid, Kind, Place, Row, Shown};
use super::text::{screen as safe, shortened, width};
use crate::report::document::{Document, Role, Table};
use comfy_table::{CellAlignment, ColumnConstraint, LineStyle, TableStyle, Width};
use std::borrow::Cow;
use std::ops::Range;

/// So many rows are laid out at once, since a laid-out row takes many times the memory of its text.
const SLAB: usize = 4_096;
/// Between two columns.
const GAP: usize = 2;
/// No name is shortened below this.
const SHORTEST: usize = 16;
/// Longer texts are shortened even where the width is not limited: the layout measures in 16 bits.
const LONGEST: usize = 10_000;

/// Characters of no width that come from nowhere but here, since [`safe`] lets none through.
const BOLD: char = '\u{2061}';
const DIM: char = '\u{2062}';
const RED: char = '\u{2063}';
const END: char = '\u{2064}';

pub fn render(doc: &Document, screen: Screen) -> Vec<u8> {
    let mut parts = Vec::new();
    let title = (!doc.title.is_empty()).then(|| painted(safe(&doc.title), screen.color.then_some(BOLD)));
    let head: Vec<Cow<str>> = title.into_iter().chain(doc.subtitle.iter().map(|line| safe(line))).collect();
    parts.push(lines(head.iter().map(AsRef::as_ref)));
    parts.extend(doc.tables.iter().flat_map(|table| blocks(table, screen)));
    parts.push(lines(doc.notes.iter().map(|note| safe(note)).collect::<Vec<_>>().iter().map(AsRef::as_ref)));
    parts.retain(|part| !part.is_empty());
    with_escapes(&parts.join("\n")).into_bytes()
}

/// Lines without spaces at their ends.
fn lines<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.fold(String::new(), |all, text| all + text.trim_end() + "\n")
}

fn painted(text: Cow<'_, str>, mark: impl IntoIterator<Item = char>) -> Cow<'_, str> {
    let marks = String::from_iter(mark);
    if marks.is_empty() || text.is_empty() { text } else { Cow::Owned(format!("{marks}{text}{END}")) }
}

fn with_escapes(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            BOLD => escaped.push_str("\x1b[1m"),
            DIM => escaped.push_str("\x1b[2m"),
            RED => escaped.push_str("\x1b[31m"),
            END => escaped.push_str("\x1b[0m"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The table, below its title, in as many blocks of columns as the screen needs.
fn blocks(table: &Table, screen: Screen) -> Vec<String> {
    let sheet = Sheet::of(&Grid::of(table), screen);
    let parts = sheet.parts(screen.width);
    let mut blocks: Vec<String> = parts.into_iter().map(|part| sheet.block(part)).collect();
    if let (Some(first), false) = (blocks.first_mut(), table.title.is_empty()) {
        let title = painted(safe(&table.title), screen.color.then_some(BOLD));
        first.insert_str(0, &lines([title.as_ref()].into_iter()));
    }
    blocks
}

/// The table as text, column by column, every column measured.
struct Sheet {
    lanes: Vec<Lane>,
    keys: usize,
    depth: usize,
    rows: Vec<Line>,
    color: bool,
}

/// One column.
struct Lane {
    kind: Kind,
    role: Role,
    right: bool,
    /// As many as the sheet is deep.
    heading: Vec<String>,
    cells: Vec<Entry>,
    width: usize,
    /// The width of its widest number, which cannot be shortened.
    numbers: usize,
}

struct Entry {
    text: String,
    number: bool,
    negative: bool,
}

/// What a row is, apart from its cells.
#[derive(Clone, Copy)]
struct Line {
    place: Place,
    role: Role,
}

impl Sheet {
    fn of(grid: &Grid, screen: Screen) -> Sheet {
        let rows = grid.rows.iter().map(|row| Line { place: row.place, role: row.role }).collect();
        let (keys, depth) = (grid.keys(), grid.depth());
        let mut lanes: Vec<Lane> = (0..grid.columns.len()).map(|i| lane(grid, i, depth)).collect();
        fit_names(&mut lanes, keys, screen.width);
        Sheet { lanes, keys, depth, rows, color: screen.color }
    }

    /// Which columns stand together behind the keys. At least one does, even on a screen too narrow for it.
    fn parts(&self, width: Option<usize>) -> Vec<Range<usize>> {
        let (keys, all) = (taken(&self.lanes[..self.keys]), taken(&self.lanes).saturating_sub(GAP));
        let figures = self.lanes.iter().take_while(|lane| lane.kind != Kind::Formula).count();
        let (limit, end) = match width {
            Some(limit) if all > limit => (limit, figures),
            _ => (usize::MAX, self.lanes.len()),
        };
        let (mut parts, mut from, mut used) = (Vec::new(), self.keys, keys);
        for (i, lane) in self.lanes[..end].iter().enumerate().skip(self.keys) {
            if i > from && used + lane.width > limit {
                parts.push(from..i);
                (from, used) = (i, keys);
            }
            used += lane.width + GAP;
        }
        parts.push(from..end);
        parts
    }

    fn block(&self, part: Range<usize>) -> String {
        let lanes: Vec<&Lane> = self.lanes[..self.keys].iter().chain(&self.lanes[part]).collect();
        let all = self.rows.len();
        (0..all.max(1)).step_by(SLAB).map(|from| self.slab(&lanes, from..all.min(from + SLAB))).collect()
    }

    /// Some of the rows of a block, the first ones with the headings. Every column is as wide as in all rows.
    fn slab(&self, lanes: &[&Lane], rows: Range<usize>) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─')));
        if self.depth > 0 && rows.start == 0 {
            table.set_header(self.headings(lanes));
        }
        for i in rows {
            let line = self.rows[i];
            match i.checked_sub(1).map(|before| self.rows[before]) {
                Some(_) if line.place == Place::Heading => {
                    table.add_row(vec![""; lanes.len()]);
                }
                Some(before) if line.is_sum_below(before) => {
                    table.add_row(lanes.iter().map(|lane| lane.rule()));
                }
                _ => {}
            }
            table.add_row(lanes.iter().map(|lane| self.entry(lane, i, line)));
        }
        for (i, lane) in lanes.iter().enumerate() {
            if let Some(column) = table.column_mut(i) {
                let gap = if i > 0 { GAP } else { 0 };
                column.set_padding((gap as u16, 0));
                let width = u16::try_from(lane.width + gap).unwrap_or(u16::MAX);
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
                column.set_cell_alignment(if lane.right {
                    CellAlignment::Right
                } else {
                    CellAlignment::Left
                });
            }
        }
        let text: Vec<String> = table.lines().collect();
        lines(text.iter().map(String::as_str))
    }

    /// The stacked headings. An outer one that goes for several columns stands above the first of them.
    fn headings(&self, lanes: &[&Lane]) -> Vec<String> {
        let mut before: &[String] = &[];
        let mut cells = Vec::with_capacity(lanes.len());
        for lane in lanes {
            let mark = (self.color && lane.kind == Kind::Figure && lane.role == Role::Total).then_some(BOLD);
            let same = lane.heading.iter().zip(before).take_while(|(a, b)| a == b).count();
            let blank = if lane.kind == Kind::Figure { same.min(self.depth - 1) } else { 0 };
            let level = |(i, text): (usize, &String)| {
                painted(Cow::Borrowed(if i < blank { "" } else { text }), mark).into_owned()
            };
            cells.push(lane.heading.iter().enumerate().map(level).collect::<Vec<_>>().join("\n"));
            before = if lane.kind == Kind::Figure { &lane.heading } else { &[] };
        }
        cells
    }

    fn entry(&self, lane: &Lane, i: usize, line: Line) -> String {
        let entry = &lane.cells[i];
        let bold = line.place == Place::Heading || line.role == Role::Total;
        let marks = [
            (bold && lane.kind != Kind::Formula).then_some(BOLD),
            (lane.kind == Kind::Formula).then_some(DIM),
            entry.negative.then_some(RED),
        ];
        painted(Cow::Borrowed(&entry.text), marks.into_iter().flatten().filter(|_| self.color)).into_owned()
    }
}

impl Line {
    /// Whether a rule stands between the two: above the first of the sums below some figures.
    fn is_sum_below(self, before: Line) -> bool {
        self.role == Role::Total && before.role != Role::Total && before.place != Place::Heading
    }
}

impl Lane {
    fn rule(&self) -> String {
        if self.right { "─".repeat(self.width) } else { String::new() }
    }

    fn measure(&mut self) {
        let widest =
            |texts: &mut dyn Iterator<Item = &String>| texts.map(|text| width(text)).max().unwrap_or(0);
        self.numbers = widest(&mut self.cells.iter().filter(|entry| entry.number).map(|entry| &entry.text));
        let words = widest(&mut self.cells.iter().filter(|entry| !entry.number).map(|entry| &entry.text));
        // An empty column is laid out one wide.
        self.width = widest(&mut self.heading.iter()).max(words).max(self.numbers).max(1);
    }

    /// How narrow it could become.
    fn least(&self) -> usize {
        self.width.min(SHORTEST).max(self.numbers)
    }

    /// Never a number.
    fn shorten(&mut self, most: usize) {
        let most = most.max(SHORTEST);
        if self.width <= most {
            return;
        }
        let words = self.cells.iter_mut().filter(|entry| !entry.number).map(|entry| &mut entry.text);
        for text in self.heading.iter_mut().chain(words).filter(|text| width(text) > most) {
            *text = shortened(text, most).into_owned();
        }
        self.measure();
    }
}

fn taken(lanes: &[Lane]) -> usize {
    lanes.iter().map(|lane| lane.width + GAP).sum()
}

fn lane(grid: &Grid, i: usize, depth: usize) -> Lane {
    let column = &grid.columns[i];
    let mut heading: Vec<String> = column.heading.iter().map(|level| safe(level).into_owned()).collect();
    heading.resize(depth, String::new());
    let cells = grid.rows.iter().map(|row| entry(row, i)).collect();
    let mut lane = Lane {
        kind: column.kind,
        role: column.role,
        right: column.right,
        heading,
        cells,
        width: 0,
        numbers: 0,
    };
    lane.measure();
    lane
}

/// What stands below a section's heading is set in.
fn entry(row: &Row, i: usize) -> Entry {
    let indent = if i == 0 && row.place == Place::BelowHeading { "  " } else { "" };
    match &row.cells[i] {
        Shown::Text(text) => {
            Entry { text: format!("{indent}{}", safe(text)), number: false, negative: false }
        }
        Shown::Number { text, negative } => Entry { text: text.clone(), number: true, negative: *negative },
    }
}

/// Shortens names and headings where otherwise not even one figure would fit beside the keys.
fn fit_names(lanes: &mut [Lane], keys: usize, limit: Option<usize>) {
    let limit = limit.unwrap_or(LONGEST).min(LONGEST);
    let (names, others) = lanes.split_at_mut(keys);
    let number = others.iter().map(Lane::least).max().unwrap_or(0);
    if taken(names) + number > limit {
        let room = limit.saturating_sub(number) / names.len().max(1);
        names.iter_mut().for_each(|lane| lane.shorten(room.saturating_sub(GAP)));
    }
    let room = limit.saturating_sub(taken(names));
    others.iter_mut().filter(|lane| lane.kind == Kind::Figure).for_each(|lane| lane.shorten(room));
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    const PLAIN: Screen = Screen { width: None, color: false };

    fn shown(doc: &Document, screen: Screen) -> String {
        String::from_utf8(render(doc, screen)).unwrap()
    }

    fn narrow(columns: usize) -> Screen {
        Screen { width: Some(columns), color: false }
    }

    #[test]
    fn figures_go_down_and_records_across() {
        let want = "\
Profit and loss
2026-01-01 to 2026-02-28, CNY

                      2026-01  2026-02            Total  Formula
─────────────────────────────────────────────────────────────────────────
Traffic
  New users             1,200        0            1,200
  Cost per user             –        –             0.17  cost ÷ new users
                 ────────────  ───────  ───────────────
  Traffic cost         200.00     0.00           200.00  all of it

Direct
  Conversion           14.29%        –          -33.33%
                 ────────────  ───────  ───────────────
  Direct profit  1,234,567.89    -0.05  123,456,784.505  revenue − cost

1 warning
";
        assert_eq!(shown(&sample::statement(), PLAIN), want);
        assert_eq!(shown(&sample::statement(), narrow(73)), want);
    }

    #[test]
    fn wide_characters_align() {
        let text = shown(&sample::list(), PLAIN);
        let want = "\
Payouts

Distributor  Orders  Settled
────────────────────────────
D1                1   100.00
分销员乙          2    -9.50
             ──────  ───────
Total             3    90.50
";
        assert_eq!(text, want);
        // Latin or Chinese, every row of figures ends in the same column.
        assert!(text.lines().skip(2).all(|line| width(line) == 28));
    }

    /// Three periods by two channels: `2026-01` … `2026-03`, each `抖音` and `(none)`.
    fn by_channel() -> Document {
        let mut doc = sample::statement();
        let table = &mut doc.tables[0];
        let record = table.records.remove(0);
        table.records = ["2026-01", "2026-02", "2026-03"]
            .iter()
            .flat_map(|period| ["抖音", "(none)"].map(|channel| (period, channel)))
            .map(|(period, channel)| sample::record(&[period, channel], record.cells.clone()))
            .collect();
        doc
    }

    #[test]
    fn a_table_wider_than_the_screen_continues_below() {
        let want = "\
Profit and loss
2026-01-01 to 2026-02-28, CNY

                      2026-01                     2026-02
                         抖音        (none)          抖音        (none)
───────────────────────────────────────────────────────────────────────
Traffic
  New users             1,200         1,200         1,200         1,200
  Cost per user             –             –             –             –
                 ────────────  ────────────  ────────────  ────────────
  Traffic cost         200.00        200.00        200.00        200.00

Direct
  Conversion           14.29%        14.29%        14.29%        14.29%
                 ────────────  ────────────  ────────────  ────────────
  Direct profit  1,234,567.89  1,234,567.89  1,234,567.89  1,234,567.89

                      2026-03                          Total
                         抖音        (none)
────────────────────────────────────────────────────────────
Traffic
  New users             1,200         1,200            1,200
  Cost per user             –             –             0.17
                 ────────────  ────────────  ───────────────
  Traffic cost         200.00        200.00           200.00

Direct
  Conversion           14.29%        14.29%          -33.33%
                 ────────────  ────────────  ───────────────
  Direct profit  1,234,567.89  1,234,567.89  123,456,784.505

1 warning
";
        assert_eq!(shown(&by_channel(), narrow(80)), want);
        assert!(want.lines().all(|line| width(line) <= 80));
    }

    #[test]
    fn a_column_stays_whole_on_any_screen() {
        for columns in [1, 20, 32, 33, 60] {
            let text = shown(&by_channel(), narrow(columns));
            // Once per record: the number was never cut.
            assert_eq!(text.matches("1,234,567.89").count(), 6, "{columns}");
            assert_eq!(text.matches("123,456,784.505").count(), 1, "{columns}");
            assert!(text.lines().skip(2).all(|line| width(line) <= columns.max(32)), "{columns}\n{text}");
        }
    }

    #[test]
    fn a_wide_list_repeats_what_names_its_rows() {
        let want = "\
Payouts

Distributor  Orders
───────────────────
D1                1
分销员乙          2
             ──────
Total             3

Distributor  Settled
────────────────────
D1            100.00
分销员乙       -9.50
             ───────
Total          90.50
";
        assert_eq!(shown(&sample::list(), narrow(27)), want);
    }

    #[test]
    fn the_formulas_go_first_where_the_screen_is_narrow() {
        let text = shown(&sample::statement(), narrow(72));
        assert!(!text.contains("Formula") && !text.contains('÷'));
        assert_eq!(text.matches("Direct profit").count(), 1);
    }

    #[test]
    fn a_long_name_leaves_room_for_figures() {
        let mut doc = sample::list();
        let table = &mut doc.tables[0];
        table.records[0].cells[0] = sample::text(&format!("D{}7", "0".repeat(4_000)));
        let text = shown(&doc, narrow(40));
        // 40 columns less 7 of the widest number and 2 between: 31.
        assert!(text.contains("\nD00000000000000…000000000000007       1\n"), "{text}");
        assert!(text.lines().all(|line| width(line) <= 40), "{text}");
        assert!(shown(&doc, PLAIN).contains(&"0".repeat(4_000)));
    }

    #[test]
    fn nothing_from_the_data_moves_the_cursor_or_the_columns() {
        let mut doc = sample::list();
        doc.notes = vec!["odd: \u{1b}[2J".to_owned()];
        let table = &mut doc.tables[0];
        for hostile in ["a\nb", "\u{1b}[31m", "\u{202e}evil", "\u{2061}\u{2064}", "\u{2028}", "e\u{301}\tx"] {
            table.records[0].cells[0] = sample::text(hostile);
            let doc = Document { tables: vec![table.clone()], ..sample::list() };
            let text = shown(&doc, PLAIN);
            assert_eq!(text.lines().count(), 8, "{hostile:?}\n{text}");
            assert!(
                text.chars().all(|c| c == '\n' || c == '\u{301}' || !super::super::text::unseen(c)),
                "{text}"
            );
            let ends: Vec<usize> = text.lines().skip(2).map(width).collect();
            assert!(ends.iter().all(|end| *end == ends[0]), "{hostile:?}\n{text}");
        }
        assert!(shown(&doc, PLAIN).ends_with("\nodd: \\u{1b}[2J\n"));
    }

    #[test]
    fn colour_changes_no_place() {
        let plain = shown(&by_channel(), narrow(80));
        assert!(!plain.contains('\u{1b}'));
        let mut bare = shown(&by_channel(), Screen { width: Some(80), color: true });
        for escape in ["\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[0m"] {
            bare = bare.replace(escape, "");
        }
        assert_eq!(bare, plain);
    }

    #[test]
    fn losses_are_red_and_sums_bold() {
        let text = shown(&sample::statement(), Screen { width: None, color: true });
        assert!(text.starts_with("\x1b[1mProfit and loss\x1b[0m\n2026"));
        assert!(text.contains("\n\x1b[1mTraffic\x1b[0m\n"));
        assert!(text.contains("  \x1b[1m\x1b[31m-0.05\x1b[0m  "));
        assert!(text.contains("  \x1b[2mrevenue − cost\x1b[0m\n"));
        // A share below zero is no loss of money.
        assert!(text.contains("  -33.33%\n"));
    }

    #[test]
    fn parts_that_are_not_there_leave_no_blank_lines() {
        let mut doc = sample::problems();
        doc.notes = vec!["2 problems".to_owned()];
        assert_eq!(shown(&doc, PLAIN), "Check\n\n2 problems\n");
        let mut doc = sample::list();
        let table = &mut doc.tables[0];
        (table.records, table.show_total) = (vec![], false);
        assert_eq!(
            shown(&doc, PLAIN),
            "Payouts\n\nDistributor  Orders  Settled\n────────────────────────────\n"
        );
    }

    #[test]
    fn ten_thousand_columns_are_no_trouble() {
        let mut doc = by_channel();
        let table = &mut doc.tables[0];
        table.records = table.records.iter().cycle().take(10_000).cloned().collect();
        // 80 columns hold 4 of them: 2,500 blocks, and the total alone.
        assert_eq!(shown(&doc, narrow(80)).matches("Direct profit").count(), 2_501);
        assert_eq!(shown(&doc, PLAIN).matches("Direct profit").count(), 1);
    }

    #[test]
    fn a_long_list_is_one_table() {
        let mut doc = sample::list();
        let records = doc.tables[0].records.clone();
        doc.tables[0].records = records.into_iter().cycle().take(SLAB + 5).collect();
        let text = shown(&doc, PLAIN);
        // Title, blank, headings, rule; the rows; the rule above the total, and the total.
        assert_eq!(text.lines().count(), 4 + SLAB + 5 + 2);
        assert_eq!(text.matches("Settled").count(), 1);
        assert!(text.lines().skip(2).all(|line| width(line) == 28));
    }
}
