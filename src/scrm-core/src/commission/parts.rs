//! Orders of several items that are paid by different rates: how the order's base is split over them.
//!
//! Items of one product and category are one part. A part's own base is made like that of an order: its amount, less
//! its own refunds, less its goods cost, not below zero. Where these add up to the base of the order, each part has its
//! own. Where they do not (a refund is the order's as a whole, or one part gave back more than it cost), the order's base
//! is split in proportion to them, in whole cents by largest remainder, ties to the earlier part; and where all of them
//! are 0, in proportion to the amounts. Nothing is rounded per part: a level's commission is the sum of the parts, each
//! times its rate, and is rounded once.

use super::base;
use crate::date::Day;
use crate::fold::{DistOrders, OrderPart};
use crate::money::{Amount, Money, Rate};
use crate::plan::{Base, Plan, Rule};
use crate::spread::by_largest_remainder;
use crate::world::{Distributor, World};
use alloc::vec;
use alloc::vec::Vec;

/// A part of an order's base at the end of a day, with what a level gets of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartShare {
    pub product: u32,
    pub category: u32,
    /// 0 where the order was paid later.
    pub base: Amount,
    pub rate: Rate,
    pub rule: Rule,
}

impl PartShare {
    /// Base × rate, in money × rate.
    pub fn product(&self) -> i128 {
        i128::from(self.base.0) * i128::from(self.rate.units())
    }
}

/// The parts of order `i` at the end of day `t`, as a level (0 is the first) of its `holder` is paid for them; none where
/// the order has no parts.
pub fn part_shares(
    world: &World,
    plan: &Plan,
    orders: &DistOrders,
    i: usize,
    level: usize,
    holder: Option<u32>,
    t: Day,
) -> Vec<PartShare> {
    let (paid, holder) = (orders.list[i].paid, holder.and_then(|n| world.distributors.get(n as usize)));
    let bases = bases(orders, i, plan.base, t);
    let share = |((_, part), base): ((usize, &OrderPart), Amount)| {
        let OrderPart { product, category, .. } = *part;
        let (rate, rule) = plan.rate(level, holder, product, category, paid);
        PartShare { product, category, base, rate, rule }
    };
    orders.parts(i).zip(bases).map(share).collect()
}

/// The order's base, split over its parts.
fn bases(orders: &DistOrders, i: usize, kind: Base, t: Day) -> Vec<Amount> {
    let whole = base(orders, i, kind, t).unwrap_or(Amount::ZERO);
    let own: Vec<i128> = orders.parts(i).map(|(n, part)| own_base(orders, n, part, kind, t)).collect();
    if own.iter().sum::<i128>() == i128::from(whole.0) {
        // Each is part of an amount.
        return own.into_iter().map(|units| Amount(units as i64)).collect();
    }
    let amounts = || orders.parts(i).map(|(_, part)| i128::from(part.amount.0.max(0))).collect::<Vec<_>>();
    let split = by_largest_remainder(whole.into(), &own);
    let split = split.or_else(|| by_largest_remainder(whole.into(), &amounts()));
    // Without any amount there is no base either.
    let split = split.unwrap_or_else(|| vec![Money::ZERO; own.len()]);
    split.into_iter().map(|part| Amount(part.0 as i64)).collect()
}

/// What a part would have as an order of its own.
fn own_base(orders: &DistOrders, number: usize, part: &OrderPart, kind: Base, t: Day) -> i128 {
    let known = orders.part_refunds(number).filter(|(day, _)| *day <= t);
    let refunds = || known.map(|(_, amount)| i128::from(amount.0)).sum::<i128>();
    let net = i128::from(part.amount.0) - if kind == Base::Paid { 0 } else { refunds() };
    let goods = if kind == Base::Margin { i128::from(part.goods_cost.0) } else { 0 };
    (net - goods).max(0)
}

/// The product and category of the part for which both levels together get most.
pub(super) fn dearest(
    plan: &Plan,
    orders: &DistOrders,
    i: usize,
    people: [Option<&Distributor>; super::LEVELS],
) -> (u32, u32) {
    let paid = orders.list[i].paid;
    let both = |part: &OrderPart| {
        let rate = |n: usize| plan.rate(n, people[n], part.product, part.category, paid).0.units();
        rate(0) + rate(1)
    };
    let mut best: Option<(u64, &OrderPart)> = None;
    for (_, part) in orders.parts(i) {
        let sum = both(part);
        if best.is_none_or(|(most, _)| sum > most) {
            best = Some((sum, part));
        }
    }
    best.map_or_else(|| orders.kind(i), |(_, part)| (part.product, part.category))
}
