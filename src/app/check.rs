//! `check`: what is wrong with the data, and what the law may ask about it.

use super::{Run, screen, start, warnings};
use crate::cli::CheckArgs;
use crate::error::exit;
use crate::input::Data;
use crate::input::problem::{Code, Detail, Problem};
use crate::input::settings::Selectors;
use crate::lang::Lang;
use crate::render::number::{percent, rate};
use crate::render::{Format, render, text};
use crate::report;
use crate::report::check::{self, Findings};
use crate::report::problems::Words;
use crate::report::rules::Rules;
use crate::request;
use scrm_core::commission::each_group;
use scrm_core::lint::{level_two_only, orders_over_half, pyramids, rates_over_half};
use scrm_core::money::Rate;
use scrm_core::payout::last_day;

pub fn run(args: &CheckArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let common = &args.common;
    let start = start(common, lang)?;
    let meant = request::check(args);
    let shape = request::whole();
    let data = start.load(shape)?;
    let file = |n| start.file(n);
    let words = Words { lang, file: &file, sheets: &data.sheets };
    let refused = data.refused();
    let ineligible = if refused {
        0
    } else {
        let (world, plan) = (&data.world, &data.world.rules.plan);
        let count = |p| each_group(world, p, &data.fold.distribution, |_, _, _| {});
        plan.as_ref().map_or(0, count)
    };
    let (errors, warnings) = (data.problems.errors_shown(), warnings(&data, ineligible));
    let legal = if refused { Vec::new() } else { legal(&data, &start.settings.selectors) };
    let findings = Findings {
        errors: &errors,
        error_count: data.problems.errors,
        warnings: &warnings,
        legal: &legal,
        reconciliation: (!refused).then(|| data.reconciliation()),
        files: meant.verbose.then_some(&data.files),
    };
    let bytes = match start.format {
        Format::Table => {
            let lines = check::lines(&findings, &words);
            lines.iter().fold(String::new(), |all, l| all + &text::screen(l) + "\n").into_bytes()
        }
        Format::Markdown => render(&check::table(&findings, &words), start.format, screen(common)),
        Format::Csv | Format::Tsv => render(&check::rows(&findings, &words), start.format, screen(common)),
        Format::Json => render(&check::document(&findings, &words), start.format, screen(common)),
    };
    if refused && !meant.verbose {
        start.note_exports(&data, common, lang, run);
    }
    start.note_unmapped(&data, common, lang, run);
    if let Some(derived) = data.derived.as_ref().filter(|_| meant.verbose) {
        run.say(&format!("{}{}", lang.pick("note: ", "说明："), report::exports::derived(derived, lang)));
    }
    if meant.verbose {
        start.note_absent(&data, common, lang, run);
    }
    start.deliver(bytes, common, run)?;
    let strict = common.strict && !(warnings.is_empty() && legal.is_empty());
    Ok(if refused || strict { exit::REFUSED } else { exit::DONE })
}

/// Facts about the plan and its people that the law asks about.
fn legal(data: &Data, names: &Selectors) -> Vec<Problem> {
    let world = &data.world;
    let id = |n: u32| world.distributors[n as usize].id.as_bytes();
    let found = pyramids(world);
    let deep = found.first().map(|p| {
        let detail = Detail::Pyramid { people: p.people, depth: p.depth };
        Problem::new(Code::DeepUpline, None).value(id(p.distributor)).detail(detail).count(found.len() as u64)
    });
    let Some(plan) = &world.rules.plan else { return deep.into_iter().collect() };
    let last = last_day(world, &data.fold);
    let idle = last.map(|day| level_two_only(world, plan, &data.fold.distribution, day)).unwrap_or_default();
    let idle = idle.first().map(|(n, _)| {
        let sum = Detail::Amount(idle.iter().map(|(_, m)| *m).sum());
        Problem::new(Code::LevelTwoOnly, None).value(id(*n)).detail(sum).count(idle.len() as u64)
    });
    let rules = Rules::of(Some(plan), names);
    let over = rates_over_half(plan);
    let high = over.first().map(|o| {
        let both = [rules.text(o.rule, 0), rate(o.levels[1])];
        let words = Detail::Names(vec![over_half(both, o.tier, o.sum)]);
        Problem::new(Code::RatesOverHalf, None).detail(words).count(over.len() as u64)
    });
    // Where a rule of its own exceeds the half, that says it all.
    let mixed = orders_over_half(world, plan, &data.fold.distribution).filter(|_| over.is_empty());
    let mixed = mixed.map(|o| {
        let both = [rules.text(o.rules[0], 0), rules.text(o.rules[1], 1)];
        let words = Detail::Orders(over_half(both, o.tier, o.sum));
        Problem::new(Code::RatesOverHalf, None).detail(words).count(o.orders)
    });
    [deep, idle, high, mixed].into_iter().flatten().collect()
}

/// `levels 40% + 15% = 55%`
fn over_half([first, second]: [String; 2], tier: Rate, sum: u64) -> String {
    let tier = if tier.is_zero() { String::new() } else { format!(" + tier {}", rate(tier)) };
    format!("{first} + {second}{tier} = {}", percent(sum))
}
