//! The statement beside what its columns are compared with: for people a column of changes behind each column, for
//! programs further fields of it.

use super::beside::{Fields, Lane, difference_cell, extend, heading, side, widen};
use super::{cell, document as plain, figure_cell, keys, range_line};
use crate::input::problem::Problem;
use crate::lang::Lang;
use crate::report::document::{Cell, Change as Delta, Document};
use crate::report::problems::Words;
use scrm_core::against::{Against, Agenda, Pair};
use scrm_core::change::{Before, Beside, Change, Difference};
use scrm_core::date::Day;
use scrm_core::period::{Grain, Range};
use scrm_core::pnl::{Key, Sums};
use std::sync::LazyLock;

/// What the report is made from.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    pub beside: &'a Beside,
    pub agenda: &'a Agenda,
    pub against: Against,
    pub grain: Grain,
    /// The first and the last day that the data names.
    pub days: Option<(Day, Day)>,
    pub currency: &'a str,
    pub for_people: bool,
    pub warnings: &'a [Problem],
}

/// The parts of a change, as they are named for programs; of a share the last one is in points.
const PARTS: [&str; 3] = ["from", "difference", "percent"];

/// The names of the parts for each key.
static NAMES: LazyLock<Vec<[String; 3]>> = LazyLock::new(|| {
    let part = |key: &Key, part| {
        let part = if part == "percent" && is_share(*key) { "points" } else { part };
        format!("compare.change.{}.{part}", key.name())
    };
    Key::ALL.iter().map(|key| PARTS.map(|p| part(key, p))).collect()
});

fn is_share(key: Key) -> bool {
    matches!(cell(key, &Sums::default()), Cell::Share(_))
}

/// Makes the document: that of the statement alone, with the changes in it.
pub fn document(found: &Found, words: &Words) -> Document {
    let lang = words.lang;
    let statement = &found.beside.statement;
    let mut document = plain(statement, found.currency, found.warnings, words);
    let keys = keys(statement);
    if let Some(table) = document.tables.first_mut() {
        match found.for_people {
            true => widen(table, found.lanes(&keys, lang), heading(&side(found.agenda.whole))),
            false => {
                let ids = ["compare.period", "compare.begin", "compare.end"];
                extend(table, &ids, keys.iter().map(|key| &NAMES[*key as usize]), found.fields(&keys));
            }
        }
    }
    let with = match found.against {
        Against::Previous => "previous".into(),
        Against::Year => "year".into(),
        Against::Period(range) => side(range).label,
    };
    document.head.push(("compare", Cell::Text(with)));
    document.subtitle.splice(1..1, found.subtitle(lang));
    document.notes.splice(0..0, found.notes(lang));
    document
}

/// What stands in the changes of a key.
fn parts(key: Key, before: Option<&Before>, sums: &Sums) -> [Cell; 3] {
    let Some(from) = before.and_then(|b| b.sums.as_ref()) else {
        return [Cell::Null, Cell::Null, Cell::Null];
    };
    let change = Change::of(key, from, sums);
    let last = match change.difference {
        Difference::Share(r) => Delta::Points(r),
        _ => Delta::Percent(change.relative),
    };
    let difference = difference_cell(change.difference);
    [figure_cell(change.from), difference, Cell::Change(last)]
}

impl Found<'_> {
    /// What each record of the statement is compared with: those of the columns, then that of the total.
    fn before(&self) -> impl Iterator<Item = (Option<&Before>, &Sums)> {
        let Beside { statement, columns, total } = self.beside;
        let columns = columns.iter().map(Option::as_ref).zip(statement.columns.iter().map(|c| &c.sums));
        columns.chain([(Some(total), &statement.total)])
    }

    /// What each record is compared with and its changes, for programs.
    fn fields(&self, keys: &[Key]) -> Vec<Fields> {
        let fields = |(before, sums): (Option<&Before>, &Sums)| {
            let pair = before.map(|b| b.pair);
            let other = pair.and_then(|pair| pair.other);
            let date = |of: fn(Range) -> Day| other.map_or(Cell::Null, |range| Cell::Date(of(range)));
            let name = pair.and_then(|pair| pair.of).filter(|_| other.is_some());
            let name = name.map_or(Cell::Null, |of| Cell::Text(side(of).label));
            let figures = keys.iter().map(|key| parts(*key, before, sums)).collect();
            Fields { ids: vec![name, date(|r| r.begin), date(|r| r.end)], figures }
        };
        self.before().map(fields).collect()
    }

    /// The changes that stand behind each record, for people; behind the only one also what it was.
    fn lanes(&self, keys: &[Key], lang: Lang) -> Vec<Vec<Lane>> {
        let single = self.beside.statement.columns.len() == 1;
        let lanes = |(before, sums): (Option<&Before>, &Sums)| {
            let parts: Vec<[Cell; 3]> = keys.iter().map(|key| parts(*key, before, sums)).collect();
            let lane = |heading: Vec<String>, cell: fn(&[Cell; 3]) -> Cell| Lane {
                heading,
                cells: parts.iter().map(cell).collect(),
            };
            let name = before.and_then(|b| b.pair.of).map(|of| heading(&side(of))).unwrap_or_default();
            let from = single.then(|| lane(name, |parts| parts[0].clone()));
            let changes =
                [lane(vec![lang.pick("Change", "变动").into()], difference), lane(vec!["%".into()], percent)];
            from.into_iter().chain(changes).collect()
        };
        self.before().map(lanes).collect()
    }

    /// With what the statement is compared, and which days of it.
    fn subtitle(&self, lang: Lang) -> Vec<String> {
        let with = days_line(&self.agenda.total, lang);
        let mut lines = vec![match (self.against, self.grain, lang) {
            (_, Grain::All, Lang::En) => format!("Compared with {with}"),
            (_, Grain::All, Lang::Zh) => format!("对比期 {with}"),
            (Against::Year, _, Lang::En) => {
                format!("Each column is compared with the same of the year before, the total with {with}")
            }
            (Against::Year, _, Lang::Zh) => format!("各列与上年同期相比，合计对比 {with}"),
            (_, _, Lang::En) => format!("Each column is compared with the one before, the total with {with}"),
            (_, _, Lang::Zh) => format!("各列与上一期相比，合计对比 {with}"),
        }];
        if self.agenda.is_cut() {
            let (last, end) = (self.agenda.range.end.plus(-1), self.agenda.whole.end.plus(-1));
            lines.push(match lang {
                Lang::En => format!(
                    "Only days that are over are compared, with the same days of the other: up to {last}, not {end}"
                ),
                Lang::Zh => format!("只比较已结束的日子及对比期的相同日子：截至 {last}，而非 {end}"),
            });
        }
        lines
    }

    fn notes(&self, lang: Lang) -> Vec<String> {
        let rule = lang.pick(
            "%: the change ÷ the size of what was, – where that is 0 or undefined; pp: percentage points",
            "%：变动 ÷ 对比期数值的绝对值，其为 0 或无定义时为 –；pp：百分点",
        );
        let mut notes = vec![rule.to_string()];
        notes.extend(self.unknown(lang));
        notes
    }

    /// Days of which the data has nothing: no change is shown, or what was is part of it.
    fn unknown(&self, lang: Lang) -> Vec<String> {
        let mut pairs: Vec<Pair> = self.agenda.columns.clone();
        if !pairs.contains(&self.agenda.total) {
            pairs.push(self.agenda.total);
        }
        let nothing = |pair: &&Pair| pair.other.is_none();
        let known =
            |range: Range| self.days.is_some_and(|(first, last)| range.begin <= last && first < range.end);
        let unknown = |pair: &&Pair| pair.other.is_some_and(|range| !known(range));
        let names = |list: Vec<&Pair>, of: fn(&Pair) -> Option<Range>| {
            let all: Vec<String> = list.iter().filter_map(|p| of(p)).map(|range| side(range).label).collect();
            match all.len() {
                0..=4 => all.join(lang.pick(", ", "、")),
                n => format!("{}{}{} ({n})", all[0], lang.pick(" … ", " … "), all[n - 1]),
            }
        };
        let mut notes = Vec::new();
        let lacking: Vec<&Pair> = pairs.iter().filter(nothing).collect();
        if !lacking.is_empty() {
            let names = names(lacking, |pair| Some(pair.range));
            notes.push(match lang {
                Lang::En => format!("Nothing to compare with, as the other has no such days: {names}"),
                Lang::Zh => format!("对比期没有相应的日子，无从比较：{names}"),
            });
        }
        let empty: Vec<&Pair> = pairs.iter().filter(unknown).collect();
        if !empty.is_empty() {
            let names = names(empty, |pair| pair.other);
            notes.push(match lang {
                Lang::En => {
                    format!("The data has no day of these, so nothing is compared with them: {names}")
                }
                Lang::Zh => format!("数据中没有以下各期的任何一天，故不与之比较：{names}"),
            });
        }
        let partly = pairs.iter().filter_map(|p| p.other).filter(|range| known(*range));
        let first = self.days.map(|(first, _)| first);
        if let Some(first) = first.filter(|first| partly.clone().any(|range| range.begin < *first)) {
            notes.push(match lang {
                Lang::En => format!(
                    "The data begins on {first}: of a period that began before it knows the rest alone"
                ),
                Lang::Zh => format!("数据始于 {first}：更早开始的对比期只含此后的部分"),
            });
        }
        notes
    }
}

fn difference(parts: &[Cell; 3]) -> Cell {
    match &parts[2] {
        points @ Cell::Change(Delta::Points(_)) => points.clone(),
        _ => parts[1].clone(),
    }
}

/// A share's change is in points already.
fn percent(parts: &[Cell; 3]) -> Cell {
    match &parts[2] {
        Cell::Change(Delta::Points(_)) => Cell::text(""),
        percent => percent.clone(),
    }
}

/// The other days, with the name of the period that they are of.
fn days_line(pair: &Pair, lang: Lang) -> String {
    let Some(range) = pair.other else { return lang.pick("no such days", "没有相应的日子").into() };
    let days = range_line(Some(range), "", lang);
    let days = days.trim_end_matches([' ', '·']).to_string();
    match pair.of.map(side) {
        Some(of) if Grain::of(of.range).is_some() => {
            format!("{}{}{days}", of.label, lang.pick(": ", "："))
        }
        _ => days,
    }
}
