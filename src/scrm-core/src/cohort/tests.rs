//! Cohorts worked by hand, and that workers' folds merge to the same.

use super::*;
use crate::classify::Buyer;
use crate::date::Stamp;
use crate::fold::{BuyerBits, Context, NONE, Order};
use crate::money::{Amount, Rate};
use crate::period::Ends;
use crate::plan::{Plan, RateBook};
use crate::spread::CostDate;
use crate::world::{Cost, Distributor, Outside, Rules, Spend, User};
use alloc::format;
use alloc::vec;

fn day(month: u32, day: u32) -> Day {
    Day::from_ymd(2026, month, day).unwrap()
}
fn yuan(n: i64) -> Amount {
    Amount::from_cents(n * 100)
}
fn money(yuan: i128) -> Money {
    Money::from_cents(yuan * 100)
}

/// Who, when (month, day), yuan, refunds (month, day, yuan), the distributor named.
type Sale<'a> = (Buyer, (u32, u32), i64, &'a [(u32, u32, i64)], Option<u32>);

const U0: Buyer = Buyer::Known(0);
const U1: Buyer = Buyer::Known(1);
const U2: Buyer = Buyer::Known(2);

/// Users 0 (January 1st) and 1 (January 10th, a distributor), both for 300 of ads and 100 of team, and 2 (February 1st)
/// for 50.
fn shop() -> World {
    let user = |(m, d, channel)| User { acquired: day(m, d), channel };
    let cost = |amount| Cost { date: CostDate::Day(day(1, 3)), channel: None, amount };
    let spend = |m, channel, amount| Spend { day: day(m, 2), channel, amount };
    World {
        channels: vec!["a".into(), "b".into()],
        named_channels: 2,
        users: [(1, 1, 0), (1, 10, 1), (2, 1, 0)].map(user).into_iter().collect(),
        persons: 3,
        distributors: vec![
            Distributor { own_person: Some(1), ..Distributor::new("d") },
            Distributor::new("nobody's"),
        ],
        ad_spend: vec![spend(1, 0, yuan(200)), spend(1, 1, yuan(100)), spend(2, 0, yuan(50))],
        team_cost: vec![cost(yuan(100))],
        rules: Rules {
            plan: Some(Plan {
                levels: vec![Rate::parse("10%").unwrap()],
                rates: RateBook::default(),
                ..Plan::default()
            }),
            ..Rules::default()
        },
        ..World::default()
    }
}

/// January: 100 and 60 by u0. February: 40 of these given back, 200 by u1, who also sells 500 and 80 in March; u0 buys 10
/// in March and u2 30. The last row is of April 30th.
const SALES: [Sale; 8] = [
    (U0, (1, 5), 100, &[(2, 3, 40)], None),
    (U0, (1, 20), 60, &[], None),
    (U1, (2, 5), 200, &[], None),
    (U2, (2, 9), 500, &[], Some(0)),
    (U2, (3, 9), 80, &[], Some(0)),
    (U0, (3, 1), 10, &[], None),
    (U2, (3, 1), 30, &[], None),
    (Buyer::Guest, (4, 30), 1, &[], Some(1)),
];

/// The sales folded by several workers, dealt out in turn.
fn folded(world: &World, sales: &[Sale], shape: Shape, workers: usize) -> Fold {
    let bits = BuyerBits::new(world.users.len(), Grain::Month.number(day(1, 1)), 3);
    let cx = Context { world, shape };
    let mut folds: Vec<Fold> = (0..workers).map(|_| Fold::new(bits.clone())).collect();
    for (i, (buyer, (m, d), amount, refunds, referred)) in sales.iter().enumerate() {
        let refunds: Vec<_> = refunds.iter().map(|(m, d, y)| (day(*m, *d), yuan(*y))).collect();
        let paid = Some(Stamp::date(day(*m, *d)));
        let order = Order {
            id: b"",
            buyer: *buyer,
            paid,
            amount: yuan(*amount),
            refunds: &refunds,
            goods_cost: Amount::ZERO,
            completed: None,
            product: NONE,
            category: NONE,
        };
        let fold = &mut folds[i % workers];
        fold.note_day(day(*m, *d));
        refunds.iter().for_each(|r| fold.note_day(r.0));
        fold.add(&cx, &order, world.classify(*buyer, paid, *referred), || 0);
    }
    let mut whole = folds.remove(0);
    folds.into_iter().for_each(|f| whole.merge(f));
    whole
}

fn lives(by_channel: bool, ends: Ends) -> Shape {
    shape(Shape { grain: Grain::All, ends, basis: Basis::Period, by_channel, keep_ids: true })
}

fn made(world: &World, sales: &[Sale], shape: Shape, grain: Grain, today: Day) -> Cohorts {
    let one = cohorts(world, &folded(world, sales, shape, 1), shape, grain, today, 1000).unwrap();
    for workers in 2..5 {
        let fold = folded(world, sales, shape, workers);
        let many = cohorts(world, &fold, shape, grain, today, 1000).unwrap();
        assert_eq!(format!("{many:?}"), format!("{one:?}"), "{workers} workers");
    }
    one
}

fn revenues(c: &Cohort, system: System) -> Vec<i128> {
    c.months.iter().map(|m| m.brought.revenue(system).0 / 10_000).collect()
}

fn counts(c: &Cohort, of: fn(&Month) -> u64) -> Vec<u64> {
    c.months.iter().map(of).collect()
}

#[test]
fn a_shop_by_hand() {
    let all = made(&shop(), &SALES, lives(false, Ends::default()), Grain::Month, day(12, 1));
    let labels: Vec<&str> = all.list.iter().map(|c| c.label.as_str()).collect();
    assert_eq!(labels, ["2026-01", "2026-02", "2026-03", "2026-04", "(unknown)"]);
    let january = &all.list[0];
    // u0 buys 100 + 60 − 40 + 10 over four months, u1 200.
    assert_eq!(revenues(january, System::Direct), [160, 160, 10, 0]);
    assert_eq!(counts(january, |m| m.brought.buyers), [1, 1, 1, 0]);
    assert_eq!(counts(january, |m| m.so_far.buyers), [1, 2, 2, 2]);
    // u0 bought twice in January; u1 only once.
    assert_eq!(counts(january, |m| m.so_far.repeat_buyers), [1, 1, 1, 1]);
    // u1 sells 500 and 80, less 10 %.
    assert_eq!(revenues(january, System::Distribution), [0, 450, 72, 0]);
    assert_eq!(revenues(january, System::Both), [160, 610, 82, 0]);
    assert_eq!(counts(january, |m| m.so_far.orders(System::Both)), [2, 4, 6, 6]);
    // 2 users for 300 of ads: paid back by direct orders in month 1, when 320 ≥ 300; 400 with the team is not reached.
    assert_eq!(january.cost_per_user().unwrap().rounded(2), 15_000);
    assert_eq!(january.loaded_cost_per_user().unwrap().rounded(2), 20_000);
    assert_eq!(january.payback_months(System::Direct, false), Some(1));
    assert_eq!(january.payback_months(System::Direct, true), None);
    assert_eq!(january.payback_months(System::Both, true), Some(1), "770 ≥ 400");
    // 330 ÷ 2 users, against 150 and 200.
    assert_eq!(january.ltv(System::Direct).unwrap().rounded(2), 16_500);
    assert_eq!(january.ltv_to_cost(System::Direct, false).unwrap().rounded(2), 110);
    assert_eq!(january.ltv_to_cost(System::Direct, true).unwrap().rounded(4), 8_250);
    // February's user bought 30 in March.
    assert_eq!(revenues(&all.list[1], System::Direct), [0, 30, 0]);
    // In March nobody joined: nothing is defined.
    let march = &all.list[2];
    assert!(march.cost_per_user().is_none() && march.ltv(System::Direct).is_none());
    assert_eq!(march.payback_months(System::Direct, false), None, "nobody paid nothing back");
    // Nobody knows the user of the other distributor.
    let unknown = &all.list[4];
    assert_eq!((unknown.months.len(), unknown.months[0].since), (1, None));
    assert_eq!(unknown.months[0].label.as_deref(), Some("2026-04"));
}

#[test]
fn months_that_are_not_over_are_not_known() {
    let over = |ends, today| {
        let all = made(&shop(), &SALES[..7], lives(false, ends), Grain::Month, today);
        all.list[0].months.iter().map(|m| m.is_over).collect::<Vec<_>>()
    };
    let until = |m, d| Ends { begin: None, end: Some(day(m, d)) };
    // The last row is of March 9th: the data may lack the rest of March.
    assert_eq!(over(Ends::default(), day(12, 1)), [true, true, false]);
    assert_eq!(over(until(4, 1), day(12, 1)), [true, true, true], "whoever says so knows");
    assert_eq!(over(until(4, 1), day(3, 31)), [true, true, false], "today March is not over");
    assert_eq!(over(until(6, 1), day(12, 1)), [true, true, true, false, false], "none has data");
    assert_eq!(over(until(3, 9), day(12, 1)), [true, true, false]);
    // Nothing that is not over decides anything: by the end of February 320 ÷ 2.
    let all = made(&shop(), &SALES[..7], lives(false, Ends::default()), Grain::Month, day(12, 1));
    assert_eq!(all.list[0].ltv(System::Direct).unwrap().rounded(2), 16_000);
    assert!(all.list[0].value(&all.list[0].months[2], Value::Buyers, System::Direct, false).is_none());
    assert_eq!(all.list[0].brought.revenue(System::Direct), money(330), "but nothing is lost");
}

#[test]
fn quarters_are_their_months_cohorts_month_since_by_month_since() {
    let all = made(&shop(), &SALES, lives(false, Ends::default()), Grain::Quarter, day(12, 1));
    let labels: Vec<&str> = all.list.iter().map(|c| c.label.as_str()).collect();
    assert_eq!(labels, ["2026-Q1", "2026-Q2", "(unknown)"]);
    let first = &all.list[0];
    // January's 160, 160, 10, 0 and February's 0, 30, 0.
    assert_eq!(revenues(first, System::Direct), [160, 190, 10, 0, 0, 0], "the range goes to June");
    assert_eq!(counts(first, |m| m.so_far.buyers), [1, 3, 3, 3, 3, 3]);
    assert_eq!(first.users(), 3);
    // February's cohort has no month 3 yet, so the quarter has none; March's has no user and holds nothing up.
    let over = |c: &Cohort| c.months.iter().map(|m| m.is_over).collect::<Vec<_>>();
    assert_eq!(over(first), [true, true, true, false, false, false]);
    assert!(first.months.iter().all(|m| m.label.is_none()));
    assert_eq!(over(&all.list[1]), [false; 3], "May and June are still to come");
}

#[test]
fn channels_are_the_whole() {
    let whole = made(&shop(), &SALES, lives(false, Ends::default()), Grain::Month, day(12, 1));
    let by = made(&shop(), &SALES, lives(true, Ends::default()), Grain::Month, day(12, 1));
    for c in &whole.list {
        let channels = by.list.iter().filter(|b| b.label == c.label);
        let mut sum = Brought::default();
        channels.clone().for_each(|b| sum.add(&b.brought));
        assert_eq!(sum, c.brought, "{}", c.label);
        assert_eq!(channels.map(Cohort::users).sum::<u64>(), c.users());
    }
    let names: Vec<_> = by.list[..3].iter().map(|c| c.channel.as_deref().unwrap()).collect();
    assert_eq!(names, ["a", "b", "(shared)"], "the team's cost is shared");
}

#[test]
fn what_was_brought_before_joining_counts_so_far() {
    // u2 joined in February, and sold 50 in January for which 10 were given back in April.
    let mut world = shop();
    world.distributors[0].own_person = Some(2);
    let sales: [Sale; 2] = [(U0, (1, 5), 50, &[(4, 30, 10)], Some(0)), (U2, (3, 1), 7, &[], None)];
    let all = made(&world, &sales, lives(false, Ends::default()), Grain::Month, day(12, 1));
    let february = &all.list[1];
    let since: Vec<_> = february.months.iter().map(|m| (m.since, m.label.as_deref().unwrap())).collect();
    assert_eq!(since[..2], [(None, "2026-01"), (Some(0), "2026-02")]);
    // 50 − 5 of commission; 7; then −10 + 1.
    assert_eq!(revenues(february, System::Both), [45, 0, 7, -9]);
    assert_eq!(february.months[1].so_far.revenue(System::Both), money(45));
    assert_eq!(february.payback_months(System::Both, false), Some(1), "52 ≥ 50, not before");
}

#[test]
fn whom_a_setting_brings_in_joins_with_the_first_order() {
    let mut world = shop();
    (world.rules.unknown_user, world.rules.before_joining) = (Outside::Direct, Outside::Direct);
    let early: [Sale; 5] = [
        // u2 joined in February and bought in January: it counts as joined then.
        (U2, (3, 2), 30, &[], None),
        (U2, (1, 2), 20, &[(4, 30, 5)], None),
        // A stranger twice in one month, and two guests.
        (Buyer::Stranger, (2, 3), 1, &[], None),
        (Buyer::Stranger, (2, 4), 2, &[], None),
        (Buyer::Guest, (2, 5), 4, &[(3, 1, 3)], None),
    ];
    let all = made(&world, &early, lives(false, Ends::default()), Grain::Month, day(12, 1));
    assert_eq!(all.list.iter().map(Cohort::users).collect::<Vec<_>>(), [3, 2, 0, 0]);
    assert_eq!(revenues(&all.list[0], System::Direct), [20, 0, 30, -5]);
    assert_eq!(counts(&all.list[0], |m| m.so_far.repeat_buyers), [0, 0, 1, 1]);
    assert_eq!(revenues(&all.list[1], System::Direct), [7, -3, 0]);
    assert_eq!(counts(&all.list[1], |m| m.so_far.buyers), [2, 2, 2]);
    assert_eq!(counts(&all.list[1], |m| m.so_far.repeat_buyers), [1, 1, 1], "the stranger, not a guest");
}

#[test]
fn too_many_months_are_refused_and_none_are_none() {
    let world = shop();
    let shape = lives(false, Ends::default());
    let fold = folded(&world, &SALES, shape, 1);
    // Four months: 4 + 3 + 2 + 1.
    assert!(cohorts(&world, &fold, shape, Grain::Month, day(12, 1), 10).is_ok());
    let refused = cohorts(&world, &fold, shape, Grain::Month, day(12, 1), 9).unwrap_err();
    assert_eq!(refused, PeriodsError::TooMany { columns: 10, limit: 9 });
    let nothing = World::default();
    let fold = Fold::default();
    let all = cohorts(&nothing, &fold, shape, Grain::Month, day(12, 1), 10).unwrap();
    assert!(all.list.is_empty() && all.range.is_none() && all.over_by.is_none());
}
