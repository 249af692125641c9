//! Worked examples of the statement, in the domain's words, with their arithmetic.
#![allow(clippy::unwrap_used)]

use scrm_core::classify::Buyer;
use scrm_core::date::{Day, Stamp};
use scrm_core::fold::{Basis, BuyerBits, Context, Fold, NONE, Order, Shape};
use scrm_core::money::{Amount, Money, Rate};
use scrm_core::period::{Ends, Grain};
use scrm_core::plan::{Base, Plan, RateBook, Tier, TierMode};
use scrm_core::pnl::{Allocate, Statement, statement};
use scrm_core::spread::CostDate;
use scrm_core::world::{Adjustment, Cost, Distributor, Outside, Rules, Spend, User, World};

fn day(month: u32, day: u32) -> Day {
    Day::from_ymd(2026, month, day).unwrap()
}
fn yuan(n: i64) -> Amount {
    Amount::from_cents(n * 100)
}
fn money(yuan: i128) -> Money {
    Money::from_cents(yuan * 100)
}

/// An order: who, when (month, day), yuan, refunds (month, day, yuan), the distributor named.
type Sale<'a> = (Buyer, (u32, u32), i64, &'a [(u32, u32, i64)], Option<u32>);

/// Two channels: users 0 and 1 of "a" (January 1st, February 1st), user 2 of "b" (January 10th), who distributes.
fn shop() -> World {
    let distributor = |id, own_person, upline| Distributor { own_person, upline, ..Distributor::new(id) };
    World {
        channels: vec!["a".into(), "b".into()],
        named_channels: 2,
        users: [(1, 1, 0), (2, 1, 0), (1, 10, 1)]
            .map(|(m, d, channel)| User { acquired: day(m, d), channel })
            .into_iter()
            .collect(),
        persons: 3,
        distributors: vec![distributor("d", Some(2), Some(1)), distributor("up", None, None)],
        ..World::default()
    }
}

fn told(
    world: &World,
    sales: &[Sale],
    grain: Grain,
    basis: Basis,
    by: Option<Option<Allocate>>,
) -> Statement {
    let shape = Shape { grain, ends: Ends::default(), basis, by_channel: by.is_some(), keep_ids: true };
    let buyers = BuyerBits::new(world.users.len(), grain.number(day(1, 1)), 1);
    let cx = Context { world, shape };
    let (mut fold, mut glance) = (Fold::new(buyers.clone()), Fold::new(buyers));
    for (i, (buyer, (m, d), amount, refunds, referred)) in sales.iter().enumerate() {
        let refunds: Vec<_> = refunds.iter().map(|(m, d, y)| (day(*m, *d), yuan(*y))).collect();
        let paid = Some(Stamp::date(day(*m, *d)));
        let order = Order {
            id: i.to_string().leak().as_bytes(),
            buyer: *buyer,
            paid,
            amount: yuan(*amount),
            refunds: &refunds,
            goods_cost: Amount::ZERO,
            completed: None,
            product: NONE,
            category: NONE,
        };
        fold.note_day(day(*m, *d));
        refunds.iter().for_each(|r| fold.note_day(r.0));
        fold.add(&cx, &order, world.classify(*buyer, paid, *referred), || 0);
        let by_glance = match (*buyer, *referred) {
            (Buyer::Known(user), None) => {
                let paid = order.paid.unwrap().day;
                glance.at_a_glance(&cx).is_some_and(|mut way| {
                    let added = way.add(user, paid, order.amount, order.goods_cost, &refunds);
                    way.done();
                    added
                })
            }
            _ => false,
        };
        if !by_glance {
            glance.add(&cx, &order, world.classify(*buyer, paid, *referred), || 0);
        }
    }
    let made = |fold: &Fold| statement(world, fold, shape, by.flatten(), false, 1000).unwrap();
    glance.days = fold.days;
    assert_eq!(
        format!("{:?}", made(&glance)),
        format!("{:?}", made(&fold)),
        "orders at a glance are the same orders"
    );
    made(&fold)
}

const U0: Buyer = Buyer::Known(0);
const U1: Buyer = Buyer::Known(1);

#[test]
fn buyers_are_counted_anew_and_refunds_stand_on_their_own_day() {
    // January: 100 by u0. February: 50 by u0 and 30 by u1, and 40 of January's order given back.
    let sales: [Sale; 3] =
        [(U0, (1, 5), 100, &[(2, 3, 40)], None), (U0, (2, 5), 50, &[], None), (U1, (2, 6), 30, &[], None)];
    let s = told(&shop(), &sales, Grain::Month, Basis::Period, None);
    let of = |i: usize| &s.columns[i].sums;
    assert_eq!((of(0).buyers, of(1).buyers, s.total.buyers), (1, 2, 2), "u0 bought in both months");
    assert_eq!((of(0).direct_revenue(), of(1).direct_revenue()), (money(100), money(50 + 30 - 40)));
    assert_eq!((of(0).users, of(1).users), (2, 3), "the pool grows");
    // By cohort: January's users (u0, u2) brought 100 + 50 − 40, February's (u1) 30.
    let s = told(&shop(), &sales, Grain::Month, Basis::Cohort, None);
    let revenue: Vec<_> = s.columns.iter().map(|c| c.sums.direct_revenue()).collect();
    assert_eq!(revenue, [money(110), money(30), Money::ZERO]);
    assert_eq!(
        (s.columns[2].period.as_str(), s.columns[2].sums.distributors),
        ("(unknown)", 1),
        "the upline"
    );
    assert_eq!(s.total.direct_revenue(), money(140));
}

#[test]
fn settings_bring_guests_and_early_orders_in() {
    // A guest on January 2nd; u1, who joined on February 1st, on January 3rd.
    let sales: [Sale; 2] = [(Buyer::Guest, (1, 2), 10, &[], None), (U1, (1, 3), 20, &[], None)];
    let s = told(&shop(), &sales, Grain::Month, Basis::Period, None);
    assert_eq!((s.total.direct.orders, s.total.users), (0, 3));
    let rules = Rules { unknown_user: Outside::Direct, before_joining: Outside::Direct, ..Rules::default() };
    let world = World { rules, ..shop() };
    let s = told(&world, &sales, Grain::Month, Basis::Period, None);
    assert_eq!((s.total.direct_revenue(), s.total.buyers, s.total.users), (money(30), 2, 4));
    assert_eq!(s.columns[0].sums.new_users, 4, "the guest is a user, and u1 joined in January after all");
}

#[test]
fn commission_accrues_and_falls_with_refunds() {
    let rate = |t: &str| Rate::parse(t).unwrap();
    let plan = Plan { levels: vec![rate("10%"), rate("2%")], ..Plan::default() };
    let mut world = World { rules: Rules { plan: Some(plan), ..Rules::default() }, ..shop() };
    world.adjustments = vec![Adjustment { distributor: 0, day: day(2, 9), amount: yuan(-1) }];
    // 200 in January, half of it given back in February.
    let sales: [Sale; 1] = [(Buyer::Stranger, (1, 20), 200, &[(2, 10, 100)], Some(0))];
    let s = told(&world, &sales, Grain::Month, Basis::Period, Some(None));
    let of = |period: &str, channel: &str| {
        let found = s.columns.iter().find(|c| c.period == period && c.channel.as_deref() == Some(channel));
        found.map(|c| c.sums.commission)
    };
    // January: 200 × (10 % + 2 %) = 24. February: 100 × 12 % = 12, so −12, and the adjustment of −1. Both levels
    // stand with the order, in the channel of its distributor's own user.
    assert_eq!((of("2026-01", "b"), of("2026-02", "b")), (Some(money(24)), Some(money(-13))));
    assert_eq!(s.total.commission, money(11));
    assert_eq!(
        of("2026-01", "(unknown)"),
        Some(Money::ZERO),
        "the upline is counted there, and owed nothing there"
    );
}

#[test]
fn tiers_fill_within_the_month_and_fall_back_when_money_does() {
    let rate = |t: &str| Rate::parse(t).unwrap();
    let plan = |mode| Plan {
        levels: vec![rate("5%")],
        rates: RateBook::new(Vec::new()).unwrap(),
        base: Base::Net,
        tiers: vec![Tier { from: yuan(10_000), add: rate("3%") }],
        tier_mode: mode,
        ..Plan::default()
    };
    let sales: [Sale; 2] = [
        (Buyer::Stranger, (1, 10), 10_000, &[], Some(0)),
        (Buyer::Guest, (1, 20), 2_000, &[(2, 1, 2_000)], Some(0)),
    ];
    for (mode, january, february) in [
        // 12,000 × 8 % = 960; without the second order 10,000 × 8 % = 800 (the boundary is reached): −160.
        (TierMode::Whole, 960, -160),
        // 10,000 × 5 % + 2,000 × 8 % = 660; without the second 500: −160.
        (TierMode::Marginal, 660, -160),
    ] {
        let world = World { rules: Rules { plan: Some(plan(mode)), ..Rules::default() }, ..shop() };
        let s = told(&world, &sales, Grain::Month, Basis::Period, None);
        let got: Vec<_> = s.columns.iter().map(|c| c.sums.commission).collect();
        assert_eq!(got, [money(january), money(february)], "{mode:?}");
    }
}

#[test]
fn shared_cost_is_spread_and_a_price_stands_for_missing_spend() {
    let mut world = shop();
    world.team_cost = vec![Cost { date: CostDate::Day(day(1, 15)), channel: None, amount: yuan(90) }];
    world.ad_spend = vec![Spend { day: day(1, 2), channel: 1, amount: yuan(7) }];
    world.rules.prices = vec![(0, yuan(8)), (1, yuan(100))];
    // "a" has no row of spend: 2 users × 8 = 16. "b" has one, so its price of 100 does not hold: 7.
    let s = told(&world, &[], Grain::All, Basis::Period, Some(Some(Allocate::Users)));
    let of = |i: usize| (s.columns[i].sums.ad_spend, s.columns[i].sums.team_cost);
    assert_eq!((of(0), of(1)), ((money(16), money(60)), (money(7), money(30))), "90 over 2 and 1 users");
    let names: Vec<_> = s.columns.iter().map(|c| c.channel.as_deref().unwrap_or_default()).collect();
    assert_eq!(names, ["a", "b", "(unknown)"], "nothing is left in (shared)");
}
