//! Orders of several items with rates of their own: how the base of an order is split, and random worlds of such.

use super::commission::base;
use super::facts::Sale;
use super::payouts::payouts;
use super::pnl::{Options, pnl};
use super::random::{self, Random, part};
use super::worlds::{command, differences, document, seeds, written};
use super::{Base, Day, Item, Plan, Q, Selector, World, q};
use serde_json::Value;

/// The order's base by product and category, those without a rate of their own as one; none where it has no items, or
/// all are one part.
pub fn parts(world: &World, plan: &Plan, sale: &Sale, last: Day) -> Option<Vec<(String, String, Q)>> {
    let (_, items) = world.items.iter().find(|(id, _)| *id == sale.order.id)?;
    let selectors: Vec<&Selector> = plan.rates.iter().map(|r| &r.selector).collect();
    // Where a name first has a rate; behind all of them what has none.
    let place = |is: &dyn Fn(&Selector) -> bool| selectors.iter().position(|s| is(s)).unwrap_or(usize::MAX);
    let product = |i: &Item| place(&|s| matches!(s, Selector::Product(p) if *p == i.product));
    let category = |i: &Item| place(&|s| matches!(s, Selector::Category(c) if *c == i.category));
    let mut kinds: Vec<(usize, usize)> = items.iter().map(|i| (product(i), category(i))).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let of_kind = |kind: (usize, usize)| items.iter().filter(move |i| (product(i), category(i)) == kind);
    let own_refunds = world.refunds.is_none();
    let day = sale.order.refunded_at.unwrap_or_else(|| sale.paid.day());
    let own = |kind: (usize, usize)| {
        let mut sum = q(0);
        for i in of_kind(kind) {
            sum += &i.amount;
            if plan.base != Base::Paid && own_refunds && day <= last {
                sum -= i.refund.clone().unwrap_or_else(|| q(0));
            }
            if plan.base == Base::Margin {
                sum -= i.goods.clone().unwrap_or_else(|| q(0));
            }
        }
        sum.max(q(0))
    };
    let amount = |kind| of_kind(kind).fold(q(0), |sum, i| sum + &i.amount).max(q(0));
    let bases = split(base(plan, sale, last), kinds.iter().map(|k| own(*k)).collect(), &|| {
        kinds.iter().map(|k| amount(*k)).collect()
    });
    let name = |kind: (usize, usize)| {
        let item = of_kind(kind).next().expect("each kind is an item's");
        (item.product.clone(), item.category.clone())
    };
    let named = |(kind, base): (&(usize, usize), Q)| {
        let (product, category) = name(*kind);
        (product, category, base)
    };
    (sale.paid.day() <= last).then(|| kinds.iter().zip(bases).map(named).collect())
}

/// Each its own where they add up; else in proportion, whole cents first, a cent each by the largest rest, and what is
/// under a cent to the next in line.
fn split(whole: Q, own: Vec<Q>, otherwise: &dyn Fn() -> Vec<Q>) -> Vec<Q> {
    let sum = |parts: &[Q]| parts.iter().fold(q(0), |sum, p| sum + p);
    if sum(&own) == whole {
        return own;
    }
    let weights = if sum(&own) > q(0) { own } else { otherwise() };
    let all = sum(&weights);
    if all == q(0) {
        return vec![q(0); weights.len()];
    }
    let hundred = q(1_000_000);
    let exact: Vec<Q> = weights.iter().map(|w| &whole * w / &all).collect();
    let mut parts: Vec<Q> = exact.iter().map(|e| (e * &hundred).floor() / &hundred).collect();
    let mut left = whole - sum(&parts);
    let mut line: Vec<usize> = (0..parts.len()).filter(|n| weights[*n] > q(0)).collect();
    line.sort_by_key(|n| std::cmp::Reverse(&exact[*n] - &parts[*n]));
    for n in line {
        let more = left.clone().min(q(100));
        parts[n] += &more;
        left -= more;
    }
    parts
}

/// Lets orders of a world have items.
fn with_items(world: &mut World, r: &mut Random) {
    for o in &world.orders {
        if r.chance(20) {
            continue;
        }
        let count = r.within(2, 4) as usize;
        let mut left = [
            o.amount.clone(),
            o.refund.clone().unwrap_or_else(|| q(0)),
            o.goods.clone().unwrap_or_else(|| q(0)),
        ];
        let mut items = Vec::new();
        for n in 0..count {
            let mut piece = |at: usize| {
                let share = if n + 1 == count { 10_000 } else { r.within(0, 10_000) };
                let piece = part(&left[at], share);
                left[at] -= &piece;
                piece
            };
            let [amount, refund, goods] = [piece(0), piece(1), piece(2)];
            items.push(Item {
                product: r.pick(&["", "SKU-1", "SKU-2", "茶"]).to_string(),
                category: r.pick(&["", "tea", "cup"]).to_string(),
                amount,
                refund: o.refund.as_ref().map(|_| refund),
                goods: o.goods.as_ref().map(|_| goods),
            });
        }
        if world.refund_rows.is_some() && r.chance(25) {
            // One below zero.
            let more = q(r.within(1, 900_000));
            items[0].amount += &more;
            items[1].amount -= more;
        }
        world.items.push((o.id.clone(), items));
    }
}

fn same(got: &Value, want: &Value, place: &str) {
    let mut found = Vec::new();
    differences("", got, want, &mut found);
    assert!(found.is_empty(), "{place}: {:#?}", &found[..found.len().min(12)]);
}

#[test]
fn the_program_equals_the_reference_where_items_have_rates() {
    let mut split = 0;
    for seed in seeds(2) {
        let mut world = random::world(seed);
        let mut r = Random::new(seed + 7);
        with_items(&mut world, &mut r);
        let sales = world.sales();
        let last = world.days().into_iter().max().expect("a world has days");
        let several = |s: &&super::facts::Sale| {
            s.distributor.is_some() && parts(&world, &world.plan(), s, last).is_some_and(|p| p.len() > 1)
        };
        split += sales.iter().filter(several).count();
        for spelling in [0, seed + 1] {
            let dir = written(&world, spelling);
            let place = format!("seed {seed} spelling {spelling}");
            let mut got = document(dir.path(), &["-M".to_string()], seed);
            got.as_object_mut().unwrap().remove("warnings");
            let want = pnl(&world, &Options { flag: Some('M'), ..Options::default() }).unwrap();
            same(&got, &want, &place);
            for _ in 0..2 {
                let day = random::moment(&world, &mut r);
                let run = command("payouts", dir.path(), &["--as-of".into(), day.to_string()]);
                assert_eq!(run.status, 0, "{place}: {}", run.err);
                let mut got: Value = serde_json::from_slice(&run.out).unwrap();
                got.as_object_mut().unwrap().remove("warnings");
                same(&got, &payouts(&world, Some(day)).unwrap(), &format!("{place} --as-of {day}"));
            }
        }
    }
    assert!(split > 100 || super::worlds::number("SCRM_WORLDS").is_some(), "{split} orders were split");
}
