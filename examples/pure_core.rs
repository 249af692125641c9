//! The calculation without any file: a small world built by hand, a few orders folded, and the statement read off.
//!
//! `cargo run --example pure_core`

use scrm_core::classify::Buyer;
use scrm_core::commission::Plan;
use scrm_core::date::{Day, Stamp};
use scrm_core::fold::{Basis, BuyerBits, Context, Fold, NONE, Order, Shape};
use scrm_core::money::{Amount, Money, Rate};
use scrm_core::period::{Ends, Grain};
use scrm_core::pnl::statement;
use scrm_core::spread::CostDate;
use scrm_core::world::{Cost, Distributor, Rules, Spend, Users, World};
use std::io::Write;

fn day(month: u32, day: u32) -> Day {
    Day::from_ymd(2026, month, day).expect("a day of 2026")
}

/// Three users of one channel, bought with 24.00 of ads; the third also distributes, for 10 %.
fn world() -> World {
    let distributor = Distributor { own_person: Some(2), joined: Some(day(1, 10)), ..Distributor::new("d1") };
    let plan = Plan { levels: vec![Rate::parse("10%").expect("a rate")], ..Plan::default() };
    World {
        channels: vec!["douyin".into()],
        named_channels: 1,
        users: Users {
            acquired: vec![day(1, 5), day(1, 6), day(1, 7)],
            channel: vec![0, 0, 0],
            cost: Vec::new(),
        },
        persons: 3,
        distributors: vec![distributor],
        ad_spend: vec![Spend { day: day(1, 5), channel: 0, amount: Amount::from_cents(2_400) }],
        team_cost: vec![Cost {
            date: CostDate::Day(day(1, 31)),
            channel: None,
            amount: Amount::from_cents(10_000),
        }],
        rules: Rules { plan: Some(plan), ..Rules::default() },
        ..World::default()
    }
}

/// An id, the buyer, the day of January, the amount in cents, the refunds, the distributor named.
type Sold<'a> = (&'a str, Buyer, u32, i64, &'a [(Day, Amount)], Option<u32>);

fn main() -> std::io::Result<()> {
    let world = world();
    let shape = Shape {
        grain: Grain::All,
        ends: Ends::default(),
        basis: Basis::Period,
        by_channel: false,
        keep_ids: false,
    };
    let buyers = BuyerBits::new(world.users.len(), 0, 1);
    let cx = Context { world: &world, shape, buyers: &buyers };

    // Two direct orders of user 0, one of them refunded in part; and one that the distributor sold to a stranger.
    let refund = [(day(1, 20), Amount::from_cents(5_000))];
    let orders: [Sold; 3] = [
        ("o1", Buyer::Known(0), 8, 19_900, &[], None),
        ("o2", Buyer::Known(0), 12, 19_900, &refund, None),
        ("o3", Buyer::Stranger, 15, 39_800, &[], Some(0)),
    ];
    let mut fold = Fold::default();
    for (id, buyer, on, cents, refunds, referred) in orders {
        let paid = Some(Stamp::date(day(1, on)));
        let order = Order {
            id: id.as_bytes(),
            buyer,
            paid,
            amount: Amount::from_cents(cents),
            refunds,
            goods_cost: Amount::ZERO,
            completed: None,
            product: NONE,
            category: NONE,
        };
        fold.note_day(day(1, on));
        let verdict = world.classify(buyer, paid, referred);
        fold.add(&cx, &order, verdict, || 0);
    }

    let s = statement(&world, &fold, &buyers, shape, None, false, 1).expect("one column of a few days");
    let t = &s.total;
    // Direct: 199 + 199 − 50 = 348.00, less 24 of ads and 100 of team: 224.00.
    assert_eq!(t.direct_profit(), Money::from_cents(22_400));
    // Distribution: 398.00 less 10 % = 358.20.
    assert_eq!(t.distribution_profit(), Money::from_cents(35_820));
    assert_eq!(s.reconciliation.residual, Money::ZERO);
    let mut out = std::io::stdout().lock();
    let shown = |m: Money| m.to_decimal().map_or_else(String::new, |d| d.round_dp(2).to_string());
    writeln!(out, "direct profit        {}", shown(t.direct_profit()))?;
    writeln!(out, "distribution profit  {}", shown(t.distribution_profit()))?;
    writeln!(out, "total profit         {}", shown(t.profit()))
}
