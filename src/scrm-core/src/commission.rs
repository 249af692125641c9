//! Commission: what an order pays to its distributor and to the one above, at a date.
//!
//! Everything is a function of the data and a day `t`. There are two levels and no third: pay by depth of
//! recruiting is pyramid selling (禁止传销条例). The share of a missing or ineligible level is the house's; it
//! never moves to another person.

use crate::date::Day;
use crate::fold::DistOrders;
use crate::money::{Amount, Money, Rate};
use crate::plan::{Base, Plan, Rule, TierMode};
use crate::world::World;
use alloc::vec::Vec;

mod flat;
mod parts;
#[cfg(test)]
mod parts_tests;

pub use parts::{PartShare, part_shares};

/// Levels that are paid.
pub const LEVELS: usize = 2;

/// Who has a level of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payee {
    Distributor(u32),
    /// Nobody is there, or whoever is was not eligible on the order's date.
    House,
}

/// What is fixed about an order's levels whatever the day: who has them and at which rate. Of an order of several
/// parts it is the rate of the part for which both levels together get most, the first of several.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Whose the level would be: the seller's, and that of the one above; eligible or not.
    pub holder: [Option<u32>; LEVELS],
    pub payee: [Payee; LEVELS],
    pub rate: [Rate; LEVELS],
    pub rule: [Rule; LEVELS],
    /// Somebody has a level and was not eligible.
    pub ineligible: bool,
}

impl Terms {
    /// The terms of order `i` under `plan`.
    pub fn of(world: &World, plan: &Plan, orders: &DistOrders, i: usize) -> Terms {
        let o = &orders.list[i];
        let person = |n: u32| world.distributors.get(n as usize).map(|d| (n, d));
        let first = person(o.distributor);
        let second = first.and_then(|(_, d)| d.upline).and_then(person);
        let people = [first, second].map(|somebody| somebody.map(|(_, d)| d));
        let (product, category) = match orders.parts(i).len() {
            0 => orders.kind(i),
            _ => parts::dearest(plan, orders, i, people),
        };
        let mut terms = Terms {
            holder: [first, second].map(|somebody| somebody.map(|(n, _)| n)),
            payee: [Payee::House; LEVELS],
            rate: [Rate::ZERO; LEVELS],
            rule: [Rule::Levels; LEVELS],
            ineligible: false,
        };
        for (level, somebody) in [first, second].into_iter().enumerate() {
            (terms.rate[level], terms.rule[level]) =
                plan.rate(level, somebody.map(|(_, d)| d), product, category, o.paid);
            match somebody {
                Some((n, d)) if d.eligible_on(o.paid) => terms.payee[level] = Payee::Distributor(n),
                Some(_) => terms.ineligible = true,
                None => {}
            }
        }
        terms
    }
}

/// What an order's base is made of at the end of a day. What its kind of base leaves out is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BaseParts {
    pub kind: Base,
    pub amount: Amount,
    /// Recognised by the day.
    pub refunds: Amount,
    pub goods_cost: Amount,
}

impl BaseParts {
    /// The parts of order `i` at the end of day `t`; `None` where it was paid later.
    pub fn of(orders: &DistOrders, i: usize, kind: Base, t: Day) -> Option<BaseParts> {
        let o = &orders.list[i];
        if o.paid > t {
            return None;
        }
        let refunded = || Amount(orders.refunds(i).filter(|(day, _)| *day <= t).map(|(_, a)| a.0).sum());
        Some(BaseParts {
            kind,
            amount: o.amount,
            refunds: if kind == Base::Paid { Amount::ZERO } else { refunded() },
            goods_cost: if kind == Base::Margin { orders.goods_cost(i) } else { Amount::ZERO },
        })
    }

    /// The base: amount − refunds − goods cost, not below zero.
    pub fn value(&self) -> Amount {
        Amount((self.amount.0 - self.refunds.0 - self.goods_cost.0).max(0))
    }
}

/// The base of order `i` at the end of day `t`; `None` where it was paid later.
pub fn base(orders: &DistOrders, i: usize, kind: Base, t: Day) -> Option<Amount> {
    BaseParts::of(orders, i, kind, t).map(|parts| parts.value())
}

/// One level of one order at the end of a day.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// The order's index in its group and among all orders.
    pub member: usize,
    pub order: usize,
    /// 0 is the first.
    pub level: usize,
    pub base: Amount,
    /// The seller's own volume of the month that the tier goes by: up to this order where it is marginal, all of it
    /// where it is whole. Zero without tiers.
    pub volume: Money,
    /// What the tier adds, in money × rate, before rounding.
    pub addition: i128,
    /// Base × rate + addition, in money × rate: the commission before rounding.
    pub product: i128,
    /// The commission in whole cents.
    pub cents: i64,
}

/// Orders that must be calculated together: those of one distributor and month where there are tiers, else one.
/// They stand in the sequence (paid_at, order_id).
#[derive(Debug)]
pub struct Group<'a> {
    world: &'a World,
    plan: &'a Plan,
    orders: &'a DistOrders,
    members: &'a [usize],
    terms: &'a [Terms],
}

impl Group<'_> {
    /// The commission of each member and level at the end of day `t`, in the order of the members; nothing for
    /// orders paid later.
    pub fn at(&self, t: Day, mut sink: impl FnMut(Share)) {
        let base_of = |i| base(self.orders, i, self.plan.base, t).map(|b| i128::from(b.0));
        let tiered = !self.plan.tiers.is_empty();
        let whole = tiered && self.plan.tier_mode == TierMode::Whole;
        let month = || self.members.iter().filter_map(|&i| base_of(i)).sum::<i128>();
        let mut volume = if whole { month() } else { 0 };
        let step = self.plan.whole_step(volume).filter(|_| whole).map_or(Rate::ZERO, |t| t.add);
        for (member, (&order, terms)) in self.members.iter().zip(self.terms).enumerate() {
            let Some(base) = base(self.orders, order, self.plan.base, t) else { continue };
            let units = i128::from(base.0);
            let added = if whole {
                units * i128::from(step.units())
            } else if tiered {
                self.plan.marginal_parts(volume, volume + units).map(|p| p.addition()).sum()
            } else {
                0
            };
            let is_split = self.orders.parts(order).len() > 0;
            for (level, addition) in [added, 0].into_iter().enumerate() {
                let by_rate = match is_split {
                    false => units * i128::from(terms.rate[level].units()),
                    true => self.parts(order, level, terms, t).iter().map(PartShare::product).sum(),
                };
                let product = by_rate + addition;
                let cents = self.plan.rounding.cents(product);
                sink(Share { member, order, level, base, volume: Money(volume), addition, product, cents });
            }
            if tiered && !whole {
                volume += units;
            }
        }
    }

    fn parts(&self, order: usize, level: usize, terms: &Terms, t: Day) -> Vec<PartShare> {
        part_shares(self.world, self.plan, self.orders, order, level, terms.holder[level], t)
    }

    /// Visits the days at whose end a commission of the group may differ from the day before, in order.
    fn each_day(&self, visit: impl FnMut(Day)) {
        match *self.members {
            // Most groups are one order that nobody gave back.
            [only] if self.orders.refunds(only).next().is_none() => {
                core::iter::once(self.orders.list[only].paid).for_each(visit);
            }
            _ => self.days().into_iter().for_each(visit),
        }
    }

    /// How what was accrued to people changes, by day.
    fn accrue(&self, sink: &mut impl FnMut(u32, Day, i64)) {
        let Some(&first) = self.members.first() else { return };
        let distributor = self.orders.list[first].distributor;
        let mut before = 0i64;
        self.each_day(|day| {
            let mut now = 0i64;
            self.at(day, |s| {
                if self.terms[s.member].payee[s.level] != Payee::House {
                    now += s.cents;
                }
            });
            if now != before {
                sink(distributor, day, now - before);
                before = now;
            }
        });
    }

    fn days(&self) -> Vec<Day> {
        let mut days = Vec::with_capacity(self.members.len() * 2);
        for &i in self.members {
            let paid = self.orders.list[i].paid;
            days.push(paid);
            if self.plan.base != Base::Paid {
                days.extend(self.orders.refunds(i).map(|(day, _)| day.max(paid)));
            }
        }
        days.sort_unstable();
        days.dedup();
        days
    }
}

/// Walks over all groups of orders. Returns the number of orders of which a level's distributor was not eligible,
/// whenever they were paid.
pub fn each_group(
    world: &World,
    plan: &Plan,
    orders: &DistOrders,
    mut visit: impl FnMut(&Group, &[usize], &[Terms]),
) -> u64 {
    let mut ineligible = 0;
    let mut visit = |members: &[usize], terms: &[Terms]| {
        ineligible += terms.iter().map(|t| u64::from(t.ineligible)).sum::<u64>();
        visit(&Group { world, plan, orders, members, terms }, members, terms);
    };
    if plan.tiers.is_empty() {
        (0..orders.list.len()).for_each(|i| visit(&[i], &[Terms::of(world, plan, orders, i)]));
        return ineligible;
    }
    let key = |i: usize| {
        let o = &orders.list[i];
        (o.distributor, o.paid.month(), o.paid, o.second, orders.id(i))
    };
    let mut sequence: Vec<usize> = (0..orders.list.len()).collect();
    sequence.sort_unstable_by(|&a, &b| key(a).cmp(&key(b)));
    let together = |a: &usize, b: &usize| key(*a).0 == key(*b).0 && key(*a).1 == key(*b).1;
    let mut terms = Vec::new();
    for members in sequence.chunk_by(together) {
        terms.clear();
        terms.extend(members.iter().map(|&i| Terms::of(world, plan, orders, i)));
        visit(members, &terms);
    }
    ineligible
}

/// How what was accrued to people changes: for each distributor whose orders it is and each day, the difference in
/// cents to the day before. The sum over all days up to `t` is what had accrued at the end of `t`, adjustments apart.
///
/// Returns what [`each_group`] does.
pub fn accrue(world: &World, plan: &Plan, orders: &DistOrders, mut sink: impl FnMut(u32, Day, i64)) -> u64 {
    match flat::Flat::of(world, plan) {
        Some(flat) => flat.accrue(orders, &mut sink),
        None => each_group(world, plan, orders, |group, _, _| group.accrue(&mut sink)),
    }
}
