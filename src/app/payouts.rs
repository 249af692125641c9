//! `payouts`: what each distributor is owed, how that moved, and from which orders it came.

use super::{Run, Start, refuse, start, strict, warnings};
use crate::cli::PayoutsArgs;
use crate::error::{Defect, UsageError, exit};
use crate::input::Data;
use crate::input::problem::Problem;
use crate::lang::Lang;
use crate::report::document::{Document, UnknownColumn};
use crate::report::payouts::{Owed, line_list, movement_list, owed_list};
use crate::report::problems::Words;
use crate::report::rules::Rules;
use crate::request::{self, Arrange, PayoutsView};
use crate::said;
use scrm_core::date::Day;
use scrm_core::payout::{self, Broken};

pub fn run(args: &PayoutsArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let common = &args.common;
    let start = start(common)?;
    let meant = request::payouts(args, start.today)?;
    let mut shape = request::whole();
    shape.keep_ids = matches!(meant.view, PayoutsView::Lines(_));
    let data = start.load(shape)?;
    let file = |n| start.file(n);
    let words = Words { lang, file: &file };
    if data.refused() {
        return Ok(refuse(&data, &words, run));
    }
    let made = document(&start, &data, &meant.view, &words)?;
    if common.strict && !made.warnings.is_empty() {
        return Ok(strict(&made.warnings, &words, run));
    }
    let mut document = made.document;
    arrange(&mut document, 1, &meant.arrange, start.for_people(), lang)?;
    start.publish(&document, &data, &made.warnings, common, &words, run)?;
    Ok(exit::DONE)
}

/// A report, and the warnings that go with it.
struct Made {
    document: Document,
    warnings: Vec<Problem>,
}

fn document(start: &Start, data: &Data, view: &PayoutsView, words: &Words) -> anyhow::Result<Made> {
    let (world, orders) = (&data.world, &data.fold.distribution);
    let owed = |as_of: Option<Day>, warnings| Owed {
        world,
        orders,
        as_of,
        currency: &start.settings.currency,
        for_people: start.for_people(),
        warnings,
    };
    let last = || payout::last_day(world, &data.fold);
    // Where no row has a date there is nothing to know, on whatever day.
    let at = |as_of: Option<Day>| as_of.unwrap_or(Day(0));
    Ok(match view {
        PayoutsView::Owed(as_of) => {
            let as_of = as_of.or_else(last);
            let p = payout::payouts(world, orders, at(as_of)).map_err(defect)?;
            let warnings = warnings(data, p.ineligible);
            Made { document: owed_list(&owed(as_of, &warnings), &p, words), warnings }
        }
        PayoutsView::Movement(range) => {
            let m = payout::movements(world, orders, *range).map_err(defect)?;
            let warnings = warnings(data, m.ineligible);
            Made { document: movement_list(&owed(None, &warnings), *range, &m, words), warnings }
        }
        PayoutsView::Lines(as_of) => {
            let as_of = as_of.or_else(last);
            let p = payout::payouts(world, orders, at(as_of)).map_err(defect)?;
            let lines = payout::lines(world, orders, at(as_of));
            let warnings = warnings(data, p.ineligible);
            let rules = Rules::of(world.rules.plan.as_ref(), &start.settings.selectors);
            Made { document: line_list(&owed(as_of, &warnings), &p, &lines, &rules, words), warnings }
        }
    })
}

pub(super) fn defect(broken: Broken) -> Defect {
    Defect(broken.to_string())
}

/// Puts the rows of the first `own` tables in the order that was asked for, and leaves out those that were not.
pub(super) fn arrange(
    document: &mut Document,
    own: usize,
    asked: &Arrange,
    for_people: bool,
    lang: Lang,
) -> anyhow::Result<()> {
    let (mut sorted, mut unknown, mut hidden) = (false, None, 0);
    for table in document.tables.iter_mut().take(own) {
        let Some(key) = asked.sort.as_deref().or(table.order.filter(|_| for_people)) else { continue };
        match table.sort_by(key) {
            Ok(()) => sorted = true,
            Err(e) => unknown = unknown.or(Some(e)),
        }
    }
    // A column that one of several tables has is no mistake.
    if let (Some(key), Some(e), false) = (&asked.sort, unknown, sorted) {
        return Err(no_column(key, &e).into());
    }
    for table in document.tables.iter_mut().take(own) {
        hidden += table.keep(asked.top.unwrap_or(usize::MAX));
    }
    if hidden > 0 {
        document.notes.insert(
            0,
            match lang {
                Lang::En if hidden == 1 => "1 more row is not shown; the total is that of all".into(),
                Lang::En => format!("{hidden} more rows are not shown; the total is that of all"),
                Lang::Zh => format!("另有 {hidden} 行未列出；合计为全部"),
            },
        );
    }
    Ok(())
}

fn no_column(key: &str, e: &UnknownColumn) -> UsageError {
    let known = e.known.join(", ");
    UsageError(match &e.near {
        Some(n) => {
            said!("--sort: no column {key:?}; did you mean {n}?", "--sort：没有列 {key:?}，是否指 {n}？")
        }
        None => {
            said!("--sort: no column {key:?}; there are {known}", "--sort：没有列 {key:?}，可用：{known}")
        }
    })
}
