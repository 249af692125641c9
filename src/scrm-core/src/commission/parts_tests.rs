//! Worked examples of orders whose items are paid by different rates.

use super::*;
use crate::classify::Buyer;
use crate::date::Stamp;
use crate::fold::{Basis, Context, Fold, NONE, Order, OrderPart, Shape};
use crate::payout::payouts;
use crate::period::{Ends, Grain};
use crate::plan::{RateBook, RateEntry, Selector, Tier};
use crate::world::{Distributor, Rules};
use alloc::vec;

fn cents(n: i64) -> Amount {
    Amount::from_cents(n)
}
fn rate(text: &str) -> Rate {
    Rate::parse(text).unwrap()
}

/// Levels 10 % and 2 %; product 0 earns 15 % and nothing above, category 0 earns 5 % and 1 %.
fn plan(base: Base) -> Plan {
    let entry = |number, selector, levels: &[&str]| RateEntry {
        selector,
        levels: levels.iter().map(|r| rate(r)).collect(),
        from: None,
        until: None,
        number,
    };
    let rates =
        vec![entry(1, Selector::Product(0), &["15%"]), entry(2, Selector::Category(0), &["5%", "1%"])];
    let levels = vec![rate("10%"), rate("2%")];
    Plan { levels, rates: RateBook::new(rates).unwrap(), base, ..Plan::default() }
}

/// "d" sells, "up" stands above.
fn shop(plan: Plan) -> World {
    let distributors = vec![Distributor { upline: Some(1), ..Distributor::new("d") }, Distributor::new("up")];
    World { distributors, rules: Rules { plan: Some(plan), ..Rules::default() }, ..World::default() }
}

/// A part of product, category, cents, and cents of goods cost.
fn part(product: u32, category: u32, amount: i64, goods: i64) -> OrderPart {
    OrderPart { product, category, amount: cents(amount), goods_cost: cents(goods) }
}

/// One order of "d" on day 10: its parts, its refunds as a whole and those of single parts.
fn fold(world: &World, parts: &[OrderPart], whole: &[(Day, Amount)], own: &[(usize, Day, Amount)]) -> Fold {
    let ends = Ends::default();
    let shape = Shape { grain: Grain::All, ends, basis: Basis::Period, by_channel: false, keep_ids: true };
    let (cx, paid) = (Context { world, shape }, Some(Stamp::date(Day(10))));
    let refunds: Vec<_> = whole.iter().copied().chain(own.iter().map(|r| (r.1, r.2))).collect();
    let order = Order {
        id: b"o",
        buyer: Buyer::Guest,
        paid,
        amount: Amount(parts.iter().map(|p| p.amount.0).sum()),
        refunds: &refunds,
        goods_cost: Amount(parts.iter().map(|p| p.goods_cost.0).sum()),
        completed: None,
        product: NONE,
        category: NONE,
    };
    let mut fold = Fold::default();
    fold.add(&cx, &order, world.classify(Buyer::Guest, paid, Some(0)), || 0);
    fold.distribution.split_last(parts, own);
    fold
}

/// The parts' bases of level 1 and the commission of both levels, in cents, at the end of a day.
fn pays(world: &World, fold: &Fold, t: i32) -> (Vec<i64>, [i128; LEVELS]) {
    let orders = &fold.distribution;
    let plan = world.rules.plan_or_none();
    let parts = part_shares(world, plan, orders, 0, 0, Some(0), Day(t));
    let of = |n: usize| {
        let owed = payouts(world, orders, Day(t)).unwrap();
        owed.rows.iter().find(|r| r.0 as usize == n).unwrap().1.account.accrued().0 / 100
    };
    (parts.iter().map(|p| p.base.0 / 100).collect(), [of(0), of(1)])
}

#[test]
fn each_part_earns_its_rate_and_the_sum_is_rounded_once() {
    let world = shop(plan(Base::Net));
    let parts = [part(0, NONE, 3_333, 0), part(NONE, 0, 1_111, 0), part(NONE, NONE, 555, 0)];
    // 33.33 × 15 % + 11.11 × 5 % + 5.55 × 10 % = 4.9995 + 0.5555 + 0.555 = 6.11; each rounded: 5.00 + 0.56 + 0.56.
    // Level 2: 11.11 × 1 % + 5.55 × 2 % = 0.1111 + 0.111 = 0.2221.
    assert_eq!(pays(&world, &fold(&world, &parts, &[], &[]), 10), (vec![3_333, 1_111, 555], [611, 22]));
}

#[test]
fn a_refund_of_one_part_lowers_that_part() {
    let world = shop(plan(Base::Net));
    let parts = [part(0, NONE, 8_000, 0), part(NONE, NONE, 5_000, 0)];
    let fold = fold(&world, &parts, &[], &[(0, Day(12), cents(8_000))]);
    // 80 × 15 % + 50 × 10 % = 17; from day 12 on only 50 × 10 % = 5. Level 2: 50 × 2 % = 1 either way.
    assert_eq!(pays(&world, &fold, 11), (vec![8_000, 5_000], [1_700, 100]));
    assert_eq!(pays(&world, &fold, 12), (vec![0, 5_000], [500, 100]));
}

#[test]
fn a_refund_of_the_order_is_split_in_proportion() {
    let world = shop(plan(Base::Net));
    let parts = [part(0, NONE, 8_000, 0), part(NONE, NONE, 5_000, 0)];
    let fold = fold(&world, &parts, &[(Day(12), cents(3_000))], &[]);
    // 100 of 130 stay: 100 × 80 ÷ 130 = 61.538…, 38.461…; 61.54 × 15 % + 38.46 × 10 % = 9.231 + 3.846 = 13.077.
    // Level 2: 38.46 × 2 % = 0.7692.
    assert_eq!(pays(&world, &fold, 12), (vec![6_154, 3_846], [1_308, 77]));
}

#[test]
fn a_part_below_zero_takes_from_the_others() {
    let world = shop(plan(Base::Net));
    let parts = [part(0, NONE, -2_000, 0), part(NONE, 0, 4_000, 0), part(NONE, NONE, 6_000, 0)];
    // 80 over 40 and 60: 32 × 5 % + 48 × 10 % = 1.60 + 4.80 = 6.40. Level 2: 32 × 1 % + 48 × 2 % = 0.32 + 0.96.
    assert_eq!(pays(&world, &fold(&world, &parts, &[], &[]), 10), (vec![0, 3_200, 4_800], [640, 128]));
}

#[test]
fn margins_and_amounts_whatever_is_refunded() {
    let parts = [part(0, NONE, 8_000, 6_000), part(NONE, NONE, 5_000, 7_000)];
    let own = [(0, Day(12), cents(1_000))];
    let world = shop(plan(Base::Margin));
    // 80 − 60 = 20 and max(0, 50 − 70) = 0; the order's own is max(0, 130 − 130) = 0: nothing to split.
    assert_eq!(pays(&world, &fold(&world, &parts, &[], &own), 11).1, [0, 0]);
    let cheap = [part(0, NONE, 8_000, 6_000), part(NONE, NONE, 5_000, 5_500)];
    // 20 and 0; the order's is 130 − 115 = 15, all of it of the first part: 15 × 15 % = 2.25.
    assert_eq!(pays(&world, &fold(&world, &cheap, &[], &[]), 11), (vec![1_500, 0], [225, 0]));
    let world = shop(plan(Base::Paid));
    // 80 × 15 % + 50 × 10 % = 17, refunded or not.
    assert_eq!(pays(&world, &fold(&world, &parts, &[], &own), 12), (vec![8_000, 5_000], [1_700, 100]));
}

#[test]
fn a_tier_goes_by_the_whole_order() {
    let tiers = vec![Tier { from: cents(10_000), add: rate("3%") }];
    let world = shop(Plan { tiers, ..plan(Base::Net) });
    let parts = [part(0, NONE, 8_000, 0), part(NONE, NONE, 5_000, 0)];
    // 17 as above, and 3 % of the 30 above 100: 0.90.
    assert_eq!(pays(&world, &fold(&world, &parts, &[], &[]), 10).1, [1_790, 100]);
}

#[test]
fn folds_merge_with_their_parts() {
    let world = shop(plan(Base::Net));
    let parts = [part(0, NONE, 8_000, 0), part(NONE, NONE, 5_000, 0)];
    let mut one = fold(&world, &parts, &[], &[(1, Day(12), cents(1_000))]);
    one.merge(fold(&world, &parts, &[], &[(0, Day(12), cents(8_000))]));
    let of = |i, t| {
        let parts = part_shares(&world, world.rules.plan_or_none(), &one.distribution, i, 0, Some(0), Day(t));
        parts.iter().map(|p| p.base.0 / 100).collect::<Vec<_>>()
    };
    assert_eq!([of(0, 12), of(1, 12), of(1, 11)], [[8_000, 4_000], [0, 5_000], [8_000, 5_000]]);
    assert_eq!(of(0, 9), [0, 0], "paid later");
}

#[test]
fn the_terms_are_those_of_the_part_that_pays_most() {
    let world = shop(plan(Base::Net));
    let parts = [part(NONE, 0, 100, 0), part(0, NONE, 100, 0), part(NONE, NONE, 100, 0)];
    let fold = fold(&world, &parts, &[], &[]);
    // 5 + 1, 15 + 0, 10 + 2.
    let terms = Terms::of(&world, world.rules.plan_or_none(), &fold.distribution, 0);
    assert_eq!((terms.rate, terms.rule), ([rate("15%"), Rate::ZERO], [Rule::Entry(1), Rule::Entry(1)]));
}
