//! Facts about a plan and its people that the law asks about: pay must come from sales, not from recruiting.
//!
//! 禁止传销条例 forbids pay by recruits; 刑法第224条之一 begins, by 公通字〔2013〕37号, where 30 or more people stand in
//! three or more levels, the one at the top and its own level included. What is told here are facts to look at, no
//! judgement, and no exact image of that rule: a distribution of two levels by sales is lawful as such.

use crate::commission::{Payee, Terms};
use crate::date::Day;
use crate::fold::DistOrders;
use crate::money::{Money, Rate};
use crate::payout::{each_line, in_byte_order};
use crate::plan::{Plan, Rule};
use crate::world::World;
use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

/// From so many people below one on.
pub const PEOPLE: u32 = 30;
/// From so many levels on, that of the one at the top included.
pub const DEPTH: u32 = 3;

/// Somebody under whom many people hang, in a deep chain of uplines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pyramid {
    pub distributor: u32,
    /// How many people stand below, directly or not.
    pub people: u32,
    /// How many levels there are, its own included.
    pub depth: u32,
}

/// Everybody with [`PEOPLE`] or more below in [`DEPTH`] or more levels: most people first, then by id.
///
/// Rings of uplines, which are refused when read, are passed over.
pub fn pyramids(world: &World) -> Vec<Pyramid> {
    let count = world.distributors.len();
    let up = |n: usize| world.distributors[n].upline.map(|u| u as usize);
    let mut below: Vec<Pyramid> =
        (0..count as u32).map(|distributor| Pyramid { distributor, people: 0, depth: 1 }).collect();
    let mut waiting = vec![0u32; count];
    (0..count).filter_map(up).for_each(|u| waiting[u] += 1);
    // From the people at the bottom upwards: each is told to its upline once all below it are known.
    let mut known: Vec<usize> = (0..count).filter(|&n| waiting[n] == 0).collect();
    while let Some(n) = known.pop() {
        let Some(u) = up(n) else { continue };
        below[u].people += below[n].people + 1;
        below[u].depth = below[u].depth.max(below[n].depth + 1);
        waiting[u] -= 1;
        if waiting[u] == 0 {
            known.push(u);
        }
    }
    let order = in_byte_order(&world.distributors);
    let all = order.into_iter().map(|n| below[n as usize]);
    let mut found: Vec<Pyramid> = all.filter(|p| p.people >= PEOPLE && p.depth >= DEPTH).collect();
    found.sort_by_key(|p| core::cmp::Reverse(p.people));
    found
}

/// Who has commission of level 2 at the end of `as_of` and never sold anything: the most first, then by id.
pub fn level_two_only(world: &World, plan: &Plan, orders: &DistOrders, as_of: Day) -> Vec<(u32, Money)> {
    let mut earned = vec![Money::ZERO; world.distributors.len()];
    each_line(world, plan, orders, as_of, |line| {
        if let (1, Payee::Distributor(d)) = (line.level, line.payee) {
            earned[d as usize] += line.commission;
        }
    });
    let sellers: BTreeSet<u32> = orders.list.iter().map(|o| o.distributor).collect();
    let order = in_byte_order(&world.distributors).into_iter();
    let all = order.map(|n| (n, earned[n as usize]));
    let mut found: Vec<(u32, Money)> =
        all.filter(|(n, m)| *m > Money::ZERO && !sellers.contains(n)).collect();
    found.sort_by_key(|(_, m)| core::cmp::Reverse(*m));
    found
}

/// A rule by which both levels, with the highest step of the tier, take more than half of what is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverHalf {
    pub rule: Rule,
    pub levels: [Rate; 2],
    /// What the highest step adds.
    pub tier: Rate,
    /// The sum of all, in units of a [`Rate`].
    pub sum: u64,
}

/// The rules of a plan whose rates together exceed 50 %: the plan's levels, then the entries by their numbers.
pub fn rates_over_half(plan: &Plan) -> Vec<OverHalf> {
    let check = |rule: Rule, rates: &[Rate]| {
        let levels = [0, 1].map(|i| rates.get(i).copied().unwrap_or_default());
        let (tier, sum) = over_half(plan, levels)?;
        Some(OverHalf { rule, levels, tier, sum })
    };
    let mut entries: Vec<_> = plan.rates.entries().collect();
    entries.sort_by_key(|e| e.number);
    let of_entries = entries.into_iter().filter_map(|e| check(Rule::Entry(e.number), &e.levels));
    check(Rule::Levels, &plan.levels).into_iter().chain(of_entries).collect()
}

/// What the highest step of the tier adds to both levels, and the sum of all three where it exceeds 50 %.
fn over_half(plan: &Plan, levels: [Rate; 2]) -> Option<(Rate, u64)> {
    let tier = plan.tiers.iter().map(|t| t.add).max().unwrap_or_default();
    let sum = levels[0].units() + levels[1].units() + tier.units();
    (sum > Rate::SCALE / 2).then_some((tier, sum))
}

/// Orders of which both levels, by different rules, take more than half of what is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrdersOverHalf {
    pub orders: u64,
    /// Of the one where they take most, the first of several.
    pub rules: [Rule; 2],
    pub levels: [Rate; 2],
    pub tier: Rate,
    pub sum: u64,
}

/// Orders whose levels are paid by two rules that exceed 50 % together, though neither does alone. The step of the
/// tier is the highest there is.
pub fn orders_over_half(world: &World, plan: &Plan, orders: &DistOrders) -> Option<OrdersOverHalf> {
    let mut found: Option<OrdersOverHalf> = None;
    for i in 0..orders.list.len() {
        let Terms { rule: rules, rate: levels, .. } = Terms::of(world, plan, orders, i);
        let Some((tier, sum)) = over_half(plan, levels).filter(|_| rules[0] != rules[1]) else { continue };
        let this = OrdersOverHalf { orders: 1, rules, levels, tier, sum };
        found = Some(match found {
            None => this,
            Some(f) => {
                let key = |o: &OrdersOverHalf| (core::cmp::Reverse(o.sum), o.rules.map(number));
                let most = if key(&this) < key(&f) { this } else { f };
                OrdersOverHalf { orders: f.orders + 1, ..most }
            }
        });
    }
    found
}

/// The plan's levels come before its entries.
fn number(rule: Rule) -> usize {
    match rule {
        Rule::Levels => 0,
        Rule::Entry(n) => n,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Amount;
    use crate::plan::{RateBook, RateEntry, Selector, Tier};
    use crate::world::Distributor;
    use alloc::format;

    /// A top, `first` people under it, and under the first of those `second` more; and so on.
    fn tree(levels: &[usize]) -> World {
        let mut world = World::default();
        world.distributors.push(Distributor::new("top"));
        let mut upline = 0u32;
        for (level, people) in levels.iter().enumerate() {
            let next = world.distributors.len() as u32;
            for n in 0..*people {
                let person = Distributor::new(&format!("{level}-{n:03}"));
                world.distributors.push(Distributor { upline: Some(upline), ..person });
            }
            upline = next;
        }
        world
    }

    #[test]
    fn many_people_in_a_deep_chain() {
        let found = |levels: &[usize]| {
            let all = pyramids(&tree(levels));
            all.iter().map(|p| (p.distributor, p.people, p.depth)).collect::<Vec<_>>()
        };
        assert_eq!(found(&[40]), [], "two levels: the top and its people");
        assert_eq!(found(&[10, 19]), [], "29 people");
        assert_eq!(found(&[10, 20]), [(0, 30, 3)]);
        assert_eq!(found(&[1, 1, 1, 26]), [], "29 people in five levels");
        // 32 below the top; 31 below the first; 30 below the second, which has but two levels.
        assert_eq!(found(&[1, 1, 30]), [(0, 32, 4), (1, 31, 3)]);
    }

    #[test]
    fn a_line_of_uplines_of_any_length() {
        let mut world = tree(&[]);
        for n in 1..100_000u32 {
            world.distributors.push(Distributor { upline: Some(n - 1), ..Distributor::new("x") });
        }
        assert_eq!(pyramids(&world)[0], Pyramid { distributor: 0, people: 99_999, depth: 100_000 });
    }

    #[test]
    fn rates_together() {
        let rate = |t: &str| Rate::parse(t).unwrap();
        let entry = |number, levels: &[&str]| RateEntry {
            selector: Selector::Product(number as u32),
            levels: levels.iter().map(|r| rate(r)).collect(),
            from: None,
            until: None,
            number,
        };
        let rates = RateBook::new(vec![entry(2, &["45%"]), entry(1, &["30%", "20.00000001%"])]).unwrap();
        let plan = Plan { levels: vec![rate("40%"), rate("10%")], rates, ..Plan::default() };
        let found = |plan: &Plan| rates_over_half(plan).iter().map(|o| (o.rule, o.sum)).collect::<Vec<_>>();
        assert_eq!(found(&plan), [(Rule::Entry(1), 5_000_000_001)], "exactly half is not more");
        let plan = Plan { tiers: vec![Tier { from: Amount::ZERO, add: rate("6%") }], ..plan };
        let all = [Rule::Levels, Rule::Entry(1), Rule::Entry(2)];
        assert_eq!(found(&plan).iter().map(|f| f.0).collect::<Vec<_>>(), all, "45 % + 6 % too");
    }
}
