//! The statement beside its targets: what was meant, what is missing to it, and how far it is reached.

use super::beside::{Fields, Lane, difference_cell, extend, heading, side, widen};
use super::{document as plain, figure_cell, keys};
use crate::input::problem::Problem;
use crate::lang::Lang;
use crate::report::document::{Cell, Change as Delta, Document};
use crate::report::problems::Words;
use scrm_core::change::Difference;
use scrm_core::period::Range;
use scrm_core::pnl::{Key, Statement};
use scrm_core::targets::{Goal, Goals, Progress};
use std::sync::LazyLock;

/// What the report is made from.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    pub statement: &'a Statement,
    pub progress: &'a Progress,
    /// As asked for; days that are not over are part of it.
    pub whole: Range,
    /// Targets of channels that no column shows.
    pub of_channels: usize,
    pub currency: &'a str,
    pub for_people: bool,
    pub warnings: &'a [Problem],
}

/// The names of a goal's parts for each key.
static NAMES: LazyLock<Vec<[String; 3]>> = LazyLock::new(|| {
    let of = |key: &Key| ["target", "difference", "percent"].map(|p| format!("targets.{}.{p}", key.name()));
    Key::ALL.iter().map(of).collect()
});

/// Makes the document: that of the statement alone, with the targets in it.
pub fn document(found: &Found, words: &Words) -> Document {
    let lang = words.lang;
    let mut document = plain(found.statement, found.currency, found.warnings, words);
    let keys = keys(found.statement);
    if let Some(table) = document.tables.first_mut() {
        let goals = || found.progress.columns.iter().chain([&found.progress.total]);
        match found.for_people {
            true => {
                let lanes = goals().map(|goals| lanes(goals, &keys, lang)).collect();
                widen(table, lanes, heading(&side(found.whole)));
            }
            false => {
                let fields = |goals: &Goals| Fields {
                    ids: Vec::new(),
                    figures: keys.iter().map(|key| parts(goals[*key as usize].as_ref())).collect(),
                };
                let names = keys.iter().map(|key| &NAMES[*key as usize]);
                extend(table, &[], names, goals().map(fields).collect());
            }
        }
    }
    document.subtitle.splice(1..1, found.cut(lang));
    document.notes.splice(0..0, found.notes(lang));
    document
}

/// The target, what was reached less it, and what was reached in percent of it.
fn parts(goal: Option<&Goal>) -> [Cell; 3] {
    let Some(goal) = goal else { return [Cell::Null, Cell::Null, Cell::Null] };
    let reached = Cell::Change(Delta::Percent(goal.reached));
    [figure_cell(goal.target), difference_cell(goal.difference), reached]
}

/// For people: the difference of a share in points, and a percentage without a sign.
fn lanes(goals: &Goals, keys: &[Key], lang: Lang) -> Vec<Lane> {
    let lane = |en, zh, cell: fn(&Goal) -> Cell| Lane {
        heading: vec![lang.pick(en, zh).into()],
        cells: keys.iter().map(|key| goals[*key as usize].as_ref().map_or(Cell::text(""), cell)).collect(),
    };
    vec![
        lane("Target", "目标", |goal| figure_cell(goal.target)),
        lane("Difference", "差额", |goal| match goal.difference {
            Difference::Share(r) => Cell::Change(Delta::Points(r)),
            other => difference_cell(other),
        }),
        lane("Reached", "完成率", |goal| Cell::Share(goal.reached)),
    ]
}

impl Found<'_> {
    fn is_cut(&self) -> bool {
        self.statement.range.is_some_and(|range| range != self.whole)
    }

    fn cut(&self, lang: Lang) -> Option<String> {
        let range = self.statement.range.filter(|_| self.is_cut())?;
        let (last, end) = (range.end.plus(-1), self.whole.end.plus(-1));
        Some(match lang {
            Lang::En => {
                format!("Up to {last}, not {end}: only days that are over, beside the targets to that date")
            }
            Lang::Zh => format!("截至 {last}，而非 {end}：只计已结束的日子，与截至该日的目标相比"),
        })
    }

    fn notes(&self, lang: Lang) -> Vec<String> {
        let mut notes = Vec::new();
        let mut say = |en: &str, zh: &str| notes.push(lang.pick(en, zh).to_string());
        say(
            "Reached: what was reached ÷ the target, – where that is not above 0; blank: there is no target for all of these days",
            "完成率：实际 ÷ 目标，目标不大于 0 时为 –；空白：这些日子没有（完整的）目标",
        );
        if self.is_cut() {
            say(
                "To date: amounts and counts by the days of the month; users, distributors, buyers and ratios are the month's",
                "截至当日：金额与单数按当月天数折算；用户量、分销员、付费用户及各比率仍为全月目标",
            );
        }
        if self.of_channels > 0 {
            let n = self.of_channels;
            notes.push(match lang {
                Lang::En => format!(
                    "{n} target{} of channels: --by channel shows them",
                    if n == 1 { "" } else { "s" }
                ),
                Lang::Zh => format!("另有 {n} 个分渠道的目标，用 --by channel 查看"),
            });
        }
        notes
    }
}
