//! `cohort`: what the users acquired in each month cost, and what they brought since.

use super::{MOST_COLUMNS, Run, columns_error, refuse, start, strict, warnings};
use crate::cli::CohortArgs;
use crate::error::exit;
use crate::lang::Lang;
use crate::render::Format;
use crate::report::cohort::{Found, Reader, document};
use crate::report::problems::Words;
use crate::request::{self, Condition};
use scrm_core::cohort::{Cohorts, Measure, System, cohorts};

pub fn run(args: &CohortArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let common = &args.common;
    let start = start(common, lang)?;
    let meant = request::cohort(args, start.today)?;
    let data = start.load(meant.shape)?;
    let file = |n| start.file(n);
    let words = Words { lang, file: &file, sheets: &data.sheets };
    if data.refused() {
        return Ok(refuse(&data, &words, run));
    }
    let made = cohorts(&data.world, &data.fold, meant.shape, meant.grain, start.today, MOST_COLUMNS);
    let all = made.map_err(|e| columns_error(&e))?;
    let warnings = warnings(&data, all.ineligible);
    if common.strict && !warnings.is_empty() {
        return Ok(strict(&warnings, &words, run));
    }
    let found = Found {
        all: &all,
        system: meant.system,
        value: meant.value,
        cumulative: meant.cumulative || meant.value.is_cumulative(),
        by_channel: meant.shape.by_channel,
        currency: &start.settings.currency,
        reader: match start.format {
            Format::Json => Reader::Tree,
            _ if start.for_people() => Reader::Person,
            _ => Reader::Rows,
        },
        warnings: &warnings,
    };
    start.publish(&document(&found, &words), &data, &warnings, common, &words, run)?;
    let held = held(&all, meant.system, &meant.conditions);
    held.iter().for_each(|h| run.say(&format!("--fail-if: {h}")));
    Ok(if held.is_empty() { exit::DONE } else { exit::CONDITION })
}

/// The conditions that hold, each with the cohort where it does.
fn held(all: &Cohorts, system: System, conditions: &[Condition<Measure>]) -> Vec<String> {
    let mut held = Vec::new();
    for c in conditions {
        for cohort in all.list.iter().filter(|cohort| c.holds_for_cohort(cohort, system)) {
            let names = [Some(cohort.label.as_str()), cohort.channel.as_deref()];
            held.push(format!("{} ({})", c.text, names.into_iter().flatten().collect::<Vec<_>>().join(", ")));
        }
    }
    held
}
