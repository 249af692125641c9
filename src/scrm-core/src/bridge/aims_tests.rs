//! Targets of the whole shop and of channels: by hand, and against periods that reach them.

use super::aims::{Aims, LEAVES, Unfit};
use super::{Method, Row, bridge, bridge_to, bridge_to_channels};
use crate::date::Month;
use crate::figures::{Figure, Key, Sums};
use crate::fold::DirectCell;
use crate::money::Money;
use crate::pnl::Column;
use crate::targets::{Targets, Value};
use alloc::vec::Vec;
use proptest::prelude::*;

fn march() -> Month {
    Month::from_ym(2026, 3).unwrap()
}

fn cents(cents: i128) -> Value {
    Value::Money(Money::from_cents(cents))
}

fn targets(given: &[(Key, Value)]) -> Targets {
    let mut targets = Targets::default();
    given.iter().for_each(|(key, value)| assert!(targets.add(march(), None, *key, *value)));
    targets
}

/// 1,000 users of whom 120 buy once for 300, and nothing else.
fn actual() -> Sums {
    let direct = DirectCell { orders: 120, gross: Money::from_cents(3_600_000), ..DirectCell::default() };
    Sums { users: 1_000, buyers: 120, direct, ..Sums::default() }
}

const NOTHING_SPENT: [(Key, Value); 4] = [
    (Key::NewUsers, Value::Count(0)),
    (Key::AdSpend, Value::Money(Money::ZERO)),
    (Key::TeamCost, Value::Money(Money::ZERO)),
    (Key::OtherCost, Value::Money(Money::ZERO)),
];

fn aims(given: &[(Key, Value)]) -> Result<Aims, Unfit> {
    Aims::of(&targets(&[&NOTHING_SPENT, given].concat()), march(), None, &actual())
}

fn percent(units: i64) -> Value {
    Value::Share(units * 100_000_000)
}

fn per(cents: i128) -> Value {
    Value::UnitValue(Money::from_cents(cents))
}

/// The effects of users, conversion, orders per buyer and order value.
fn effects(aims: Aims) -> [Money; 4] {
    let bridge = bridge_to(actual(), aims, Method::Shapley);
    bridge.prove().unwrap();
    [Row::Users, Row::Conversion, Row::OrdersPerBuyer, Row::OrderValue].map(|row| bridge.total.effect(row))
}

#[test]
fn the_check_value_to_targets() {
    // 1,500 users, 10 %, 285 each: 500 × (36 + 28.50) ÷ 2, 1,250 × −2 % × 292.50, 1,250 × 11 % × −15.
    let want = [1_612_500, -731_250, 0, -206_250].map(Money::from_cents);
    let users = (Key::Users, Value::Count(1_500));
    for given in [
        [users, (Key::Conversion, percent(10)), (Key::RevenuePerBuyer, per(28_500))],
        [users, (Key::Buyers, Value::Count(150)), (Key::Revenue, cents(4_275_000))],
        [users, (Key::Conversion, percent(10)), (Key::DirectProfit, cents(4_275_000))],
        [users, (Key::RevenuePerBuyer, per(28_500)), (Key::TotalRevenue, cents(4_275_000))],
    ] {
        let aims = aims(&given).unwrap();
        assert!(aims.orders_as_they_were);
        assert_eq!(effects(aims), want, "{given:?}");
    }
    // 200 orders of 150 buyers: 1,250 × 11 % × (4/3 − 1) × (213.75 + 300) ÷ 2 = 11,773.4375, and
    // 1,250 × 11 % × (4/3 + 1) ÷ 2 × (213.75 − 300) = −13,835.9375; together the −2,062.50 of above.
    let given = [users, (Key::Conversion, percent(10)), (Key::RevenuePerBuyer, per(28_500))];
    let aims = aims(&[&given[..], &[(Key::Orders, Value::Count(200))]].concat()).unwrap();
    assert!(!aims.orders_as_they_were);
    assert_eq!(effects(aims), [1_612_500, -731_250, 1_177_344, -1_383_594].map(Money::from_cents));
}

#[test]
fn counts_need_not_be_whole() {
    // 1,001 users × 11 % = 110.11 buyers × 199 = 21,911.89.
    let given = [
        (Key::Users, Value::Count(1_001)),
        (Key::Conversion, percent(11)),
        (Key::RevenuePerBuyer, per(19_900)),
    ];
    let aims = aims(&given).unwrap();
    let Figure::Quotient(Some(buyers)) = aims.figure(Key::Buyers) else { panic!() };
    assert_eq!(buyers.rounded(2), 11_011);
    let Figure::Share(Some(conversion)) = aims.figure(Key::Conversion) else { panic!() };
    assert_eq!(conversion.rounded(4), 1_100);
    assert!(matches!(aims.figure(Key::Revenue), Figure::Money(m) if m == Money::from_cents(2_191_189)));
    assert!(matches!(aims.figure(Key::Users), Figure::Count(1_001)));
}

#[test]
fn what_is_missing_is_said() {
    let Err(Unfit::Missing(missing)) = aims(&[(Key::Conversion, percent(10))]) else { panic!() };
    let names: Vec<&str> = missing.iter().map(|(key, _)| key.name()).collect();
    assert_eq!(names, ["direct.users", "direct.buyers", "direct.revenue", "direct.orders"]);
    // Where there are distributors, or are to be, more is needed.
    let given = [
        (Key::Users, Value::Count(1_500)),
        (Key::Buyers, Value::Count(150)),
        (Key::Revenue, cents(4_275_000)),
        (Key::Active, Value::Count(3)),
    ];
    let Err(Unfit::Missing(missing)) = aims(&given) else { panic!() };
    let names: Vec<&str> = missing.iter().map(|(key, _)| key.name()).collect();
    assert_eq!(names, ["distribution.distributors", "distribution.revenue", "distribution.commission"]);
    // Nobody bought, so orders per buyer are not known either.
    let sums = Sums { buyers: 0, direct: DirectCell::default(), ..actual() };
    let given = [&NOTHING_SPENT[..], &given[..3]].concat();
    let Err(Unfit::Missing(missing)) = Aims::of(&targets(&given), march(), None, &sums) else { panic!() };
    assert_eq!(missing[0].0, Key::Orders);
}

#[test]
fn what_contradicts_is_said_and_what_was_rounded_is_not() {
    let users = (Key::Users, Value::Count(1_987));
    let buyers = (Key::Buyers, Value::Count(371));
    // 371 ÷ 1,987 = 18.671… %; 371 × 210.85 = 78,225.35 beside 78,225.66.
    let rounded = [
        users,
        buyers,
        (Key::Conversion, Value::Share(1_867_000_000)),
        (Key::Revenue, cents(7_822_566)),
        (Key::RevenuePerBuyer, per(21_085)),
        (Key::DirectProfit, cents(7_822_566)),
    ];
    assert!(aims(&rounded).is_ok());
    let wrong = [users, buyers, (Key::Conversion, percent(19)), (Key::Revenue, cents(7_822_566))];
    let Err(Unfit::Contradiction { key, given, follows }) = aims(&wrong) else { panic!() };
    // 1,987 × 19 % = 377.53.
    assert!(key == Key::Buyers && matches!(*given, Figure::Count(371)));
    assert!(matches!(*follows, Figure::Quotient(Some(r)) if r.rounded(2) == 37_753));
    let wrong = [users, buyers, (Key::Revenue, cents(100_000)), (Key::TotalProfit, cents(99_000))];
    let Err(Unfit::Contradiction { key, .. }) = aims(&wrong) else { panic!() };
    assert!(matches!(key, Key::TotalProfit));
    // More was to be given back than sold: −90 an order, 0.75 orders a buyer. Nothing contradicts that.
    let below = [
        users,
        (Key::Buyers, Value::Count(4)),
        (Key::Orders, Value::Count(3)),
        (Key::Revenue, cents(-27_000)),
    ];
    assert!(aims(&below).is_ok());
    // −1,000 of revenue at 10 per buyer would take −100 buyers.
    let below = [users, (Key::Revenue, cents(-100_000)), (Key::RevenuePerBuyer, per(1_000))];
    assert!(matches!(aims(&below), Err(Unfit::Negative(Key::Buyers))));
}

fn of_channel(name: &str, sums: Sums) -> Column {
    Column { period: "2026-03".into(), range: None, channel: Some(name.into()), sums }
}

fn by_channel(given: &[(&str, Key, Value)]) -> Targets {
    let mut targets = Targets::default();
    given.iter().for_each(|(name, key, value)| assert!(targets.add(march(), Some(name), *key, *value)));
    targets
}

/// `a` is the shop of the check value; `b` has 1,000 users of whom 40 buy once for 100; the team works for both.
fn two_channels() -> [Column; 3] {
    let direct = DirectCell { orders: 40, gross: Money::from_cents(400_000), ..DirectCell::default() };
    let b = Sums { users: 1_000, buyers: 40, direct, ..Sums::default() };
    let shared = Sums { team_cost: Money::from_cents(500_000), ..Sums::default() };
    [of_channel("a", actual()), of_channel("b", b), of_channel("(shared)", shared)]
}

#[test]
fn targets_by_channel_by_hand() {
    let users = |name, n| (name, Key::Users, Value::Count(n));
    let targets = by_channel(&[
        users("a", 1_500),
        ("a", Key::Conversion, percent(10)),
        ("a", Key::RevenuePerBuyer, per(28_500)),
        users("b", 500),
        ("b", Key::Buyers, Value::Count(20)),
        ("b", Key::Revenue, cents(200_000)),
        ("(shared)", Key::TeamCost, cents(450_000)),
    ]);
    let bridge = bridge_to_channels(&two_channels(), &targets, march(), Method::Shapley).unwrap();
    bridge.prove().unwrap();
    let [a, b, shared] = &bridge.channels[..] else { panic!() };
    // Together they stay 2,000, so users alone have no effect. The share of `a` goes from 50 to 75 %, where a user
    // brings 36 and is to bring 28.50: 2,000 × 25 % × 32.25. That of `b` goes to 25 %, 4 a user: 2,000 × −25 % × 4.
    assert_eq!(bridge.total.effect(Row::Users), Money::ZERO);
    let mixed = [a, b].map(|part| part.effect(Row::Mix));
    assert_eq!(mixed, [1_612_500, -200_000].map(Money::from_cents));
    // 2,000 × 62.5 % × −2 % × 292.50 and 2,000 × 62.5 % × 11 % × −15, as for `a` alone; `b` is as it was.
    let rows = [Row::Conversion, Row::RevenuePerBuyer].map(|row| [a.effect(row), b.effect(row)]);
    assert_eq!(rows, [[-731_250, 0], [-206_250, 0]].map(|two| two.map(Money::from_cents)));
    assert_eq!(shared.effect(Row::TeamCost), Money::from_cents(50_000));
    // 42,750 + 2,000 − 4,500 less 36,000 + 4,000 − 5,000.
    assert_eq!(bridge.total.effect(Row::TotalProfit), Money::from_cents(525_000));
    // Of 2,000 users 150 + 20 are to buy.
    assert!(matches!(bridge.total.arrived(Key::Buyers), Figure::Count(170)));
    let Figure::Share(Some(conversion)) = bridge.total.arrived(Key::Conversion) else { panic!() };
    assert_eq!(conversion.rounded(4), 850);
    assert!(
        matches!(bridge.total.arrived(Key::TotalProfit), Figure::Money(m) if m == Money::from_cents(4_025_000))
    );
}

#[test]
fn what_a_channel_lacks_is_said_for_each() {
    let users = (Key::Users, Value::Count(1_500));
    let given = [
        ("a", users.0, users.1),
        ("new", Key::NewUsers, Value::Count(9)),
        ("new", Key::DirectProfit, cents(70_000)),
    ];
    let Err(unfit) = bridge_to_channels(&two_channels(), &by_channel(&given), march(), Method::Chain) else {
        panic!()
    };
    let said = |name: &str| {
        let (_, why) = unfit.iter().find(|(channel, _)| **channel == *name).unwrap();
        let Unfit::Missing(keys) = why else { panic!("{why:?}") };
        keys.iter().map(|(key, _)| key.name()).collect::<Vec<_>>()
    };
    assert_eq!(said("a"), ["direct.buyers", "direct.revenue", "direct.orders"]);
    assert_eq!(said("b"), ["direct.users", "direct.buyers", "direct.revenue", "direct.orders"]);
    assert_eq!(said("(shared)"), ["traffic.team_cost"]);
    // A profit comes from something: nothing of it is taken to be zero.
    let new = ["traffic.ad_spend", "direct.users", "direct.buyers", "direct.revenue", "direct.orders"];
    assert_eq!(said("new"), new);
    // Targets of the whole shop say nothing of a channel.
    let whole = targets(&[users]);
    let Err(unfit) = bridge_to_channels(&two_channels(), &whole, march(), Method::Shapley) else { panic!() };
    assert_eq!(unfit.len(), 3);
}

fn arbitrary() -> impl Strategy<Value = Sums> {
    let count = || prop_oneof![Just(0u64), 1u64..20, 1u64..100_000];
    let money = || prop_oneof![Just(0i128), -9_000i128..9_000_000, -900_000i128..9_000];
    let counts = (count(), count(), count(), count(), count(), count());
    (counts, (money(), money(), money(), money(), money(), money())).prop_map(|(c, m)| {
        let revenue =
            |orders, gross| DirectCell { orders, gross: Money::from_cents(gross), ..DirectCell::default() };
        let positive = |cents: i128| Money::from_cents(cents.abs());
        Sums {
            new_users: c.0,
            ad_spend: positive(m.0),
            team_cost: positive(m.1),
            other_cost: positive(m.2),
            users: c.1,
            buyers: c.2,
            direct: revenue(c.3, m.3),
            distributors: c.4,
            active: c.5,
            distribution: revenue(0, m.4),
            commission: Money::from_cents(m.5),
            ..Sums::default()
        }
    })
}

fn column(sums: Sums) -> Column {
    Column { period: "p".into(), range: None, channel: None, sums }
}

fn value_of(sums: &Sums, key: Key) -> Value {
    match key.of(sums) {
        Figure::Count(n) => Value::Count(n),
        Figure::Money(m) => Value::Money(m),
        _ => unreachable!(),
    }
}

proptest! {
    /// So do those of channels: the whole, the mix and each channel. What is given twice changes nothing.
    #[test]
    fn targets_of_channels_that_are_figures_of_a_period_explain_what_that_would(
        before in prop::collection::vec(prop::option::of(arbitrary()), 3),
        after in prop::collection::vec(arbitrary(), 3),
    ) {
        let names = ["a", "b", "(unknown)"];
        let columns: Vec<Column> = names.iter().zip(&before).filter_map(|(n, s)| Some(of_channel(n, (*s)?))).collect();
        let aimed: Vec<Column> = names.iter().zip(&after).map(|(n, s)| of_channel(n, *s)).collect();
        let mut targets = Targets::default();
        for (name, sums) in names.iter().zip(&after) {
            for (key, _) in LEAVES {
                targets.add(march(), Some(name), key, value_of(sums, key));
            }
        }
        for method in Method::ALL {
            let to = bridge_to_channels(&columns, &targets, march(), method).unwrap();
            let want = bridge(&columns, &aimed, method);
            prop_assert!(to.prove().is_ok());
            prop_assert_eq!(to.channels.len(), want.channels.len());
            for (to, want) in to.channels.iter().chain([&to.total]).zip(want.channels.iter().chain([&want.total])) {
                prop_assert_eq!(&to.channel, &want.channel);
                for row in Row::ALL {
                    prop_assert_eq!(to.effect(*row), want.effect(*row), "{}", row.name());
                }
            }
            for (key, _) in LEAVES {
                let figure = want.total.arrived(key);
                prop_assert_eq!(alloc::format!("{:?}", to.total.arrived(key)), alloc::format!("{figure:?}"));
            }
        }
    }

    #[test]
    fn targets_that_are_figures_of_a_period_explain_what_that_would(before in arbitrary(), after in arbitrary()) {
        let value = |key: &Key| match key.of(&after) {
            Figure::Count(n) => (*key, Value::Count(n)),
            Figure::Money(m) => (*key, Value::Money(m)),
            _ => unreachable!(),
        };
        let given: Vec<(Key, Value)> = LEAVES.iter().map(|(key, _)| value(key)).collect();
        let aims = Aims::of(&targets(&given), march(), None, &before).unwrap();
        for method in Method::ALL {
            let to = bridge_to(before, aims.clone(), method);
            let want = bridge(&[column(before)], &[column(after)], method);
            prop_assert!(to.prove().is_ok());
            for row in Row::ALL {
                prop_assert_eq!(to.total.effect(*row), want.total.effect(*row), "{}", row.name());
            }
        }
    }
}
