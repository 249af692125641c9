//! `plan`: the formulas run forward, from the data's statement or from what was typed.

use super::{MOST_COLUMNS, Run, Start, columns_error, refuse, screen, start, strict, warnings};
use crate::cli::PlanArgs;
use crate::error::{UsageError, exit};
use crate::input::problem::Problem;
use crate::input::scenarios;
use crate::input::settings::{Fault, SettingsError};
use crate::lang::Lang;
use crate::output;
use crate::render::{Format, render};
use crate::report::plan::{Column, Found, Source, View, document};
use crate::report::problems::Words;
use crate::request::plan::{self as meant, Base};
use crate::request::{self, Condition};
use crate::said;
use scrm_core::fold::Shape;
use scrm_core::pnl::statement;
use scrm_core::scenario::{Change, Driver, Line, Plan, solve, tornado, vary};
use std::collections::BTreeMap;
use std::path::Path;

pub fn run(args: &PlanArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let args = &request::plan::with_its_word(args.clone())?;
    // Without data nothing else knows what day it is, and no period is asked for.
    match meant_without_data(args)? {
        Some(asked) => of_flags(args, &asked, lang, run),
        None => of_data(args, lang, run),
    }
}

fn meant_without_data(args: &PlanArgs) -> anyhow::Result<Option<meant::Plan>> {
    let asked = meant::plan(args, scrm_core::date::Day(0));
    match asked {
        Ok(asked) => Ok(matches!(asked.base, Base::Given(_)).then_some(asked)),
        Err(e) => Err(e.into()),
    }
}

/// A base of what was typed: no data is read.
fn of_flags(args: &PlanArgs, asked: &meant::Plan, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let Base::Given(given) = &asked.base else { return Ok(exit::DONE) };
    let common = &args.common;
    let format = request::format(common)?;
    if let Some(path) = &common.output {
        output::check_target(path, &[])?;
    }
    let base = Plan::of(given).map_err(|why| UsageError(meant::refused(&why)))?;
    let words = Words { lang, file: &|_| String::new(), sheets: &BTreeMap::new() };
    let source = Source::Given(given.iter().map(|(driver, _)| *driver).collect());
    let answer = Answer::of(&base, asked)?;
    let found = answer.found(source, "CNY", format, &[]);
    let bytes = render(&document(&found, &words), format, screen(common));
    match &common.output {
        Some(path) => output::to_file(path, &bytes, &[])?,
        None => run.out = bytes,
    }
    Ok(answer.held(&asked.conditions, run))
}

/// A base of the statement of the data.
fn of_data(args: &PlanArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let common = &args.common;
    let start: Start = start(common, lang)?;
    let asked = meant::plan(args, start.today)?;
    let Base::Data(shape) = asked.base else { return Ok(exit::DONE) };
    let data = start.load(shape)?;
    let file = |n| start.file(n);
    let words = Words { lang, file: &file, sheets: &data.sheets };
    if data.refused() {
        return Ok(refuse(&data, &words, run));
    }
    let (sums, range, ineligible) = sums(&data, shape)?;
    let warnings = warnings(&data, ineligible);
    if common.strict && !warnings.is_empty() {
        return Ok(strict(&warnings, &words, run));
    }
    let base = Plan::from_sums(&sums);
    let answer = Answer::of(&base, &asked)?;
    let currency = &start.settings.currency;
    let mut found = answer.found(Source::Data(range), currency, start.format, &warnings);
    found.joined_by_order = start.settings.joined_by_order;
    start.publish(&document(&found, &words), &data, &warnings, common, &words, run)?;
    Ok(answer.held(&asked.conditions, run))
}

type Read = (scrm_core::figures::Sums, Option<scrm_core::period::Range>, u64);

fn sums(data: &crate::input::Data, shape: Shape) -> anyhow::Result<Read> {
    let made = statement(&data.world, &data.fold, shape, None, data.goods_cost, MOST_COLUMNS);
    let made = made.map_err(|e| columns_error(&e))?;
    Ok((made.total, made.range, made.ineligible))
}

/// The base, the scenarios made from it, and what was found out about them.
struct Answer {
    base: Plan,
    scenarios: Vec<Column>,
    view: View,
}

impl Answer {
    fn of(base: &Plan, asked: &meant::Plan) -> anyhow::Result<Answer> {
        let wrong = |why| UsageError(meant::refused(&why));
        let mut scenarios = Vec::new();
        if !asked.sets.is_empty() {
            let plan = base.with(&asked.sets).map_err(wrong)?;
            scenarios.push(Column { name: None, plan });
        }
        let last = |scenarios: &[Column]| scenarios.last().map_or_else(|| base.clone(), |s| s.plan.clone());
        let plan = last(&scenarios);
        let view = match &asked.view {
            meant::View::Compare => View::Compare,
            meant::View::Scenarios(path) => {
                scenarios = from_file(path, base)?;
                View::Compare
            }
            meant::View::Solve(driver, target) => {
                View::Solved(target.clone(), vec![(*driver, solve(&plan, *driver, target))], true)
            }
            meant::View::BreakEven(target) => {
                let drivers = Driver::ALL.into_iter();
                let told = drivers.filter(|d| *d != Driver::NewUsers || plan.has_earlier_users());
                let all = told.map(|driver| (driver, solve(&plan, driver, target))).collect();
                View::Solved(target.clone(), all, false)
            }
            meant::View::Vary(axes, line) => View::Varied(vary(&plan, axes, *line).map_err(wrong)?),
            meant::View::Tornado(line) => View::Tornado(*line, tornado(&plan, &tenth(), *line)),
        };
        Ok(Answer { base: base.clone(), scenarios, view })
    }

    fn found<'a>(
        &'a self,
        source: Source,
        currency: &'a str,
        format: Format,
        warnings: &'a [Problem],
    ) -> Found<'a> {
        let for_people = matches!(format, Format::Table | Format::Markdown);
        let Answer { base, scenarios, view } = self;
        let joined_by_order = false;
        Found { source, base, scenarios, view, currency, for_people, joined_by_order, warnings }
    }

    /// Says which conditions hold for the scenarios, or for the base where there is none.
    fn held(&self, conditions: &[Condition<Line>], run: &mut Run) -> u8 {
        let named = |c: &Column| (c.name.clone().unwrap_or_else(|| "scenario".into()), c.plan.outcome());
        let mut plans: Vec<_> = self.scenarios.iter().map(named).collect();
        if plans.is_empty() {
            plans.push(("base".into(), self.base.outcome()));
        }
        let mut status = exit::DONE;
        for c in conditions {
            for (name, _) in plans.iter().filter(|(_, outcome)| c.holds_for_plan(outcome)) {
                run.say(&format!("--fail-if: {} ({name})", c.text));
                status = exit::CONDITION;
            }
        }
        status
    }
}

/// A driver goes so far up and down in a tornado.
fn tenth() -> scrm_core::scenario::Exact {
    scrm_core::scenario::whole(1) / scrm_core::scenario::whole(10)
}

/// The scenarios of a file, each made from the base.
fn from_file(path: &Path, base: &Plan) -> anyhow::Result<Vec<Column>> {
    let mut columns = Vec::new();
    for scenario in scenarios::read(path)? {
        let name = scenario.name;
        let told = |what: crate::lang::Said| {
            let place = said!("{name}: ", "{name}：");
            SettingsError {
                file: path.display().to_string(),
                fault: Fault::Wrong { at: None, what: place.then(what) },
            }
        };
        let mut sets: Vec<(Driver, Change)> = Vec::new();
        for (driver, change) in &scenario.set {
            sets.push(meant::set(&format!("{driver}={change}"), "set").map_err(|e| told(e.0))?);
        }
        let plan = base.with(&sets).map_err(|why| told(meant::refused(&why)))?;
        columns.push(Column { name: Some(name), plan });
    }
    Ok(columns)
}
