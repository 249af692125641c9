//! `pnl --targets`: the statement beside what its months were meant to bring.

use super::{AtOnce, MOST_COLUMNS, Run, Start, columns_error, held, refuse, strict, tell_held, warnings};
use crate::cli::Common;
use crate::error::UsageError;
use crate::input::Data;
use crate::input::source::TableName;
use crate::lang::Lang;
use crate::report::pnl::targets::{Found, document};
use crate::report::problems::Words;
use crate::request::Pnl;
use crate::said;
use scrm_core::against::days_over;
use scrm_core::date::Day;
use scrm_core::fold::Shape;
use scrm_core::period::{Ends, Periods, Range};
use scrm_core::pnl::{data_days, statement_by};

pub(super) fn run(
    start: &Start,
    common: &Common,
    meant: &Pnl,
    lang: Lang,
    run: &mut Run,
) -> anyhow::Result<u8> {
    start.dir.required(TableName::Targets)?;
    let ends = meant.shape.ends;
    let end = ends.end.map_or(start.today, |end| end.min(start.today));
    if let Some(begin) = ends.begin.filter(|begin| *begin >= end) {
        return Err(nothing_over(begin, start.today).into());
    }
    let data = start.load(Shape { ends: Ends { end: Some(end), ..ends }, ..meant.shape })?;
    let file = |n| start.file(n);
    let words = Words { lang, file: &file, sheets: &data.sheets };
    if data.refused() {
        return Ok(refuse(&data, &words, run));
    }
    let whole = whole(meant.shape, &data)?;
    let range = days_over(whole, start.today).ok_or_else(|| nothing_over(whole.begin, start.today))?;
    let shape = Shape { ends: Ends { begin: Some(range.begin), end: Some(range.end) }, ..meant.shape };
    let (both, Data { world, fold, goods_cost, .. }) = (AtOnce(start.options.threads), &data);
    let made = statement_by(&both, world, fold, shape, meant.allocate, *goods_cost, MOST_COLUMNS);
    let statement = made.map_err(|e| columns_error(&e))?;
    let warnings = warnings(&data, statement.ineligible);
    if common.strict && !warnings.is_empty() {
        return Ok(strict(&warnings, &words, run));
    }
    let progress = data.targets.beside(&statement, range != whole);
    let found = Found {
        statement: &statement,
        progress: &progress,
        whole,
        of_channels: if shape.by_channel { 0 } else { data.targets.of_channels() },
        currency: &start.settings.currency,
        for_people: start.for_people(),
        warnings: &warnings,
    };
    start.publish(&document(&found, &words), &data, &warnings, common, &words, run)?;
    Ok(tell_held(&held(&statement, &[], None, &meant.conditions), run))
}

/// The days asked for, over or not.
fn whole(shape: Shape, data: &Data) -> Result<Range, UsageError> {
    let days = data_days(&data.world, &data.fold);
    let laid_out =
        Periods::lay_out(shape.grain, shape.ends, days, MOST_COLUMNS).map_err(|e| columns_error(&e))?;
    laid_out.range.ok_or_else(|| {
        UsageError(said!(
            "--targets: no row of the data has a date, so nothing was reached",
            "--targets：数据中没有任何日期，无从与目标相比"
        ))
    })
}

fn nothing_over(begin: Day, today: Day) -> UsageError {
    UsageError(said!(
        "--targets: no day from {begin} on is over on {today}, and only days that are over are compared",
        "--targets：截至 {today}，自 {begin} 起尚无一天结束；只比较已结束的日子"
    ))
}
