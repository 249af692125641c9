//! What a statement stands beside, or a bridge leads to: other days, or targets.

use super::period::period;
use super::{Compared, Meant, wrong};
use crate::cli::PnlArgs;
use crate::said;
use scrm_core::against::Against;
use scrm_core::date::Day;
use scrm_core::period::{Ends, Grain};

/// What is beside other days or targets has days of its own.
pub(super) fn dated(args: &PnlArgs, grain: Option<Grain>, ends: Ends) -> Meant<()> {
    let option = if args.targets { "--targets" } else { "--compare" };
    if grain.is_none() && ends.begin.is_none() {
        return wrong(said!(
            "{option}: of which days? Give -p, -b and -e, or columns with -D -W -M -Q -Y",
            "{option}：哪些日期？请给出 -p 或 -b、-e，或用 -D -W -M -Q -Y 分列"
        ));
    }
    if args.targets && args.basis == "cohort" {
        return wrong(said!(
            "--targets: a target is of what happens in a month, not of a cohort; leave --basis out",
            "--targets：目标针对当月发生的一切，而非批次；请去掉 --basis"
        ));
    }
    Ok(())
}

/// What a statement of these columns and days is to be compared with.
pub(super) fn against(text: &str, grain: Option<Grain>, today: Day) -> Meant<Against> {
    match (text.trim(), grain) {
        ("previous", _) => Ok(Against::Previous),
        ("year", _) => Ok(Against::Year),
        (_, None) => Ok(Against::Period(period(text, "--compare", today)?)),
        (_, Some(_)) => wrong(said!(
            "--compare {text:?}: one period is compared with one; columns take previous or year",
            "--compare {text:?}：指定期间只能与一个期间相比；分列时请用 previous 或 year"
        )),
    }
}

/// A month that is over, to be compared with its targets.
pub(super) fn to_targets(from: &str, today: Day) -> Meant<Compared> {
    let range = period(from, "--from", today)?;
    if Grain::of(range) != Some(Grain::Month) {
        return wrong(said!(
            "{from:?} to targets: targets are of months; write one, such as --from 2026-03 --to targets",
            "{from:?} 到目标：目标按月制定，请写一个月，如 --from 2026-03 --to targets"
        ));
    }
    if range.end > today {
        return wrong(said!(
            "{from:?} to targets: the month is not over on {today}; pnl --targets shows how far it is",
            "{from:?} 到目标：截至 {today} 该月尚未结束；进度见 pnl --targets"
        ));
    }
    Ok(Compared::Targets { from: range })
}
