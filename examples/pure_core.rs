//! The calculation without any file: a small world built by hand, a few orders folded, and read off it the statement
//! and what the distributor is owed.
//!
//! `cargo run --example pure_core`

use scrm_core::classify::Buyer;
use scrm_core::date::{Day, Stamp};
use scrm_core::fold::{Basis, BuyerBits, Context, Fold, NONE, Order, Shape};
use scrm_core::money::{Amount, Money, Rate};
use scrm_core::payout::payouts;
use scrm_core::period::{Ends, Grain};
use scrm_core::plan::Plan;
use scrm_core::pnl::statement;
use scrm_core::spread::CostDate;
use scrm_core::world::{Cost, Distributor, Payment, Rules, Spend, User, World};
use std::io::Write;

fn day(month: u32, day: u32) -> Day {
    Day::from_ymd(2026, month, day).expect("a day of 2026")
}

/// Three users of one channel, bought with 24.00 of ads; the third also distributes, for 10 %, and was paid for January.
fn world() -> World {
    let distributor = Distributor { own_person: Some(2), joined: Some(day(1, 10)), ..Distributor::new("d1") };
    let plan = Plan { levels: vec![Rate::parse("10%").expect("a rate")], ..Plan::default() };
    let payment = Payment {
        distributor: 0,
        day: day(2, 1),
        amount: Amount::from_cents(3_980),
        tax: Amount::ZERO,
        failed: false,
    };
    World {
        channels: vec!["douyin".into()],
        named_channels: 1,
        users: [5, 6, 7].map(|d| User { acquired: day(1, d), channel: 0 }).into_iter().collect(),
        persons: 3,
        distributors: vec![distributor],
        ad_spend: vec![Spend { day: day(1, 5), channel: 0, amount: Amount::from_cents(2_400) }],
        team_cost: vec![Cost {
            date: CostDate::Day(day(1, 31)),
            channel: None,
            amount: Amount::from_cents(10_000),
        }],
        payments: vec![payment],
        rules: Rules { plan: Some(plan), ..Rules::default() },
        ..World::default()
    }
}

/// An id, the buyer, the day of January, the amount in cents, the refunds, the distributor named.
type Sold<'a> = (&'a str, Buyer, u32, i64, &'a [(Day, Amount)], Option<u32>);

/// Two direct orders of user 0, one of them refunded in part; and one that the distributor sold to a stranger, of which
/// a part was refunded after the distributor had been paid.
fn sell(cx: &Context) -> Fold {
    let refund = [(day(1, 20), Amount::from_cents(5_000))];
    let late = [(day(2, 5), Amount::from_cents(9_900))];
    let orders: [Sold; 3] = [
        ("o1", Buyer::Known(0), 8, 19_900, &[], None),
        ("o2", Buyer::Known(0), 12, 19_900, &refund, None),
        ("o3", Buyer::Stranger, 15, 39_800, &late, Some(0)),
    ];
    // Room for a bit per user: has it bought?
    let mut fold = Fold::new(BuyerBits::new(cx.world.users.len(), 0, 1));
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
        refunds.iter().for_each(|(day, _)| fold.note_day(*day));
        let verdict = cx.world.classify(buyer, paid, referred);
        fold.add(cx, &order, verdict, || 0);
    }
    fold
}

fn main() -> std::io::Result<()> {
    let world = world();
    let shape = Shape {
        grain: Grain::All,
        ends: Ends::default(),
        basis: Basis::Period,
        by_channel: false,
        keep_ids: false,
    };
    let fold = sell(&Context { world: &world, shape });

    let s = statement(&world, &fold, shape, None, false, 1).expect("one column of a few days");
    let t = &s.total;
    // Direct: 199 + 199 − 50 = 348.00, less 24 of ads and 100 of team: 224.00.
    assert_eq!(t.direct_profit(), Money::from_cents(22_400));
    // Distribution: 398 − 99 = 299.00, less 10 %: 269.10.
    assert_eq!(t.distribution_profit(), Money::from_cents(26_910));
    assert_eq!(s.reconciliation.residual, Money::ZERO);

    // The order of 15 January is settled after seven days: 398.00 × 10 % = 39.80 are payable when January ends.
    let owed_on = |day| payouts(&world, &fold.distribution, day).expect("no proof fails");
    let january = owed_on(day(1, 31)).total;
    assert_eq!(january.payable, Money::from_cents(3_980));
    // In February they are paid, and then 99.00 is refunded: (398 − 99) × 10 % − 39.80 = −9.90 is a debt.
    let february = owed_on(day(2, 28)).total;
    assert_eq!(february.account.settled, Money::from_cents(2_990));
    assert_eq!(february.payable, Money::ZERO);
    assert_eq!(february.carried(), Money::from_cents(-990));

    let mut out = std::io::stdout().lock();
    let shown = |m: Money| m.to_decimal().map_or_else(String::new, |d| d.round_dp(2).to_string());
    writeln!(out, "direct profit        {}", shown(t.direct_profit()))?;
    writeln!(out, "distribution profit  {}", shown(t.distribution_profit()))?;
    writeln!(out, "total profit         {}", shown(t.profit()))?;
    writeln!(out, "payable in January   {}", shown(january.payable))?;
    writeln!(out, "carried in February  {}", shown(february.carried()))
}
