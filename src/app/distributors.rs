//! `distributors`: who sells and who earns, by motive, grade, upline or one by one.

use super::payouts::{arrange, defect};
use super::{Run, columns_error, refuse, start, strict, warnings};
use crate::cli::DistributorsArgs;
use crate::error::exit;
use crate::lang::Lang;
use crate::report::distributors::{Found, document, without_empty_tables};
use crate::report::problems::Words;
use crate::request;
use scrm_core::merit::Merits;
use scrm_core::pnl::statement;

pub fn run(args: &DistributorsArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let common = &args.common;
    let start = start(common, lang)?;
    let meant = request::distributors(args, start.today)?;
    let data = start.load(meant.shape)?;
    let file = |n| start.file(n);
    let words = Words { lang, file: &file, sheets: &data.sheets };
    if data.refused() {
        return Ok(refuse(&data, &words, run));
    }
    let (world, orders) = (&data.world, &data.fold.distribution);
    // The range and the funnel are the statement's, in its only column; and its figures prove these.
    let statement =
        statement(world, &data.fold, meant.shape, None, data.goods_cost, 1).map_err(|e| columns_error(&e))?;
    let merits = Merits::of(world, orders, statement.range);
    merits.prove(&statement.total).map_err(defect)?;
    let warnings = warnings(&data, statement.ineligible);
    if common.strict && !warnings.is_empty() {
        return Ok(strict(&warnings, &words, run));
    }
    let for_people = start.for_people();
    let found = Found {
        world,
        merits: &merits,
        statement: &statement,
        currency: &start.settings.currency,
        for_people,
        warnings: &warnings,
    };
    let mut document = document(&found, meant.by, &words);
    let own = if meant.by.is_some() { 1 } else { 2 };
    arrange(&mut document, own, &meant.arrange, for_people, lang)?;
    if for_people {
        without_empty_tables(&mut document);
    }
    start.publish(&document, &data, &warnings, common, &words, run)?;
    Ok(exit::DONE)
}
