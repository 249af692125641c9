//! `payouts --why`: one order, from whose it is to what it pays.

use super::Start;
use super::payouts::defect;
use crate::error::UsageError;
use crate::input::Data;
use crate::render::Format;
use crate::report::document::Document;
use crate::report::payouts::Owed;
use crate::report::problems::Words;
use crate::report::rules::Rules;
use crate::report::why::{Explained, explanation};
use crate::said;
use scrm_core::date::Day;
use scrm_core::why::why;

/// Explains an order of the data.
pub(super) fn document(
    start: &Start,
    data: &Data,
    at: &Owed,
    order: &str,
    words: &Words,
) -> anyhow::Result<Document> {
    let Some(watched) = &data.watched else {
        return Err(UsageError(said!(
            "--why: there is no order {order:?} in orders",
            "--why：orders 中没有订单 {order:?}"
        ))
        .into());
    };
    let index = at.orders.find(order.as_bytes());
    let as_of = at.as_of.unwrap_or(Day(0));
    let why = why(at.world, at.orders, &watched.asked, index, as_of).map_err(defect)?;
    let rules = Rules::of(at.world.rules.plan.as_ref(), &start.settings.selectors);
    let explained = Explained { at, watched, why: &why, rules: &rules };
    Ok(explanation(&explained, start.format == Format::Markdown, words))
}
