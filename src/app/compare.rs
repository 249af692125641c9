//! `payouts --compare-plan`: the data once more, by the commission of another file.

use super::payouts::{Accounts, Desk, defect};
use crate::error::UsageError;
use crate::input::settings::with_plan_of;
use crate::report::compare;
use crate::report::document::Document;
use crate::report::payouts::Owed;
use crate::request;
use crate::said;
use scrm_core::compare::{Side, compare as compared};
use scrm_core::payout::payouts;
use std::path::Path;

/// Compares what is owed with what would be by the plan of `file`. The data is read anew, since a plan also says
/// which of several bindings wins and whether a distributor's own purchase is paid.
pub(super) fn document(desk: &Desk, at: &Owed, old: &Accounts, file: &Path) -> anyhow::Result<Document> {
    let (start, words, as_of) = (desk.start, desk.words, old.day());
    let (settings, ignored) = with_plan_of(&start.settings, file)?;
    let mut shape = request::whole();
    shape.keep_ids = !settings.plan.as_ref().is_none_or(|p| p.tiers.is_empty());
    let data = start.load_by(&settings, shape)?;
    let name = file.display().to_string();
    if let Some(first) = data.problems.errors_shown().first() {
        let line = words.line(first);
        return Err(UsageError(said!(
            "{name}: by this plan the data is refused: {line}",
            "{name}：按此方案数据会被拒绝：{line}"
        ))
        .into());
    }
    let (world, orders) = (&data.world, &data.fold.distribution);
    let new = payouts(world, orders, as_of).map_err(defect)?;
    let before = Side { world: at.world, orders: at.orders, payouts: &old.payouts };
    let after = Side { world, orders, payouts: &new };
    Ok(compare::document(at, &compared(before, after, as_of), &name, &ignored, words))
}
