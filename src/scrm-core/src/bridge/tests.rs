//! The bridge by hand, and laws that hold whatever the figures.

use super::*;
use crate::money::UNITS;
use alloc::format;
use alloc::string::String;
use proptest::prelude::*;

/// Money of yuan with at most four decimals, as it is written.
fn yuan(text: &str) -> Money {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: i128 = format!("{}{part:0<4}", whole.replace(',', "")).parse().unwrap();
    Money(digits)
}

/// Users, buyers, orders and revenue of the direct system.
fn direct(users: u64, buyers: u64, orders: u64, revenue: &str) -> Sums {
    let mut sums = Sums { users, buyers, ..Sums::default() };
    sums.direct.orders = orders;
    let revenue = yuan(revenue);
    if revenue < Money::ZERO {
        sums.direct.refunds = -revenue
    } else {
        sums.direct.gross = revenue
    }
    sums
}

/// New users and ad spend.
fn traffic(new_users: u64, ad_spend: &str) -> Sums {
    Sums { new_users, ad_spend: yuan(ad_spend), ..Sums::default() }
}

/// Distributors, active ones and revenue of the distribution system.
fn distribution(distributors: u64, active: u64, revenue: &str) -> Sums {
    let mut sums = Sums { distributors, active, ..Sums::default() };
    sums.distribution.gross = yuan(revenue);
    sums
}

fn column(channel: Option<&str>, sums: Sums) -> Column {
    Column { period: String::new(), range: None, channel: channel.map(Into::into), sums }
}

fn proved(before: &[Column], after: &[Column], method: Method) -> Bridge {
    let made = bridge(before, after, method);
    made.prove().unwrap();
    made
}

/// The bridge of everything has these effects, and no other row has any but those that these come to.
fn check(before: Sums, after: Sums, method: Method, want: &[(&str, &str)]) -> Part {
    let total = proved(&[column(None, before)], &[column(None, after)], method).total;
    has(&total, want);
    total
}

fn has(part: &Part, want: &[(&str, &str)]) {
    let named = |name: &str| want.iter().find(|(n, _)| *n == name);
    for row in Row::ALL.iter().filter(|r| !r.has_parts() || named(r.name()).is_some()) {
        let expected = named(row.name()).map_or(Money::ZERO, |(_, text)| yuan(text));
        assert_eq!(part.effect(*row), expected, "{:?} {}", part.channel, row.name());
    }
    for (name, _) in want {
        assert!(Row::named(name).is_some(), "no row {name}");
    }
}

const SHAPLEY: Method = Method::Shapley;

#[test]
fn more_users_of_whom_fewer_buy_less() {
    // r = 36 → 28.50, v = 12 % → 10 %, a = 300 → 285; r̄ = 32.25, Ū = 1,250, v̄ = 11 %, ā = 292.50.
    let (before, after) = (direct(1_000, 120, 150, "36000"), direct(1_500, 150, 200, "42750"));
    check(
        before,
        after,
        SHAPLEY,
        &[
            ("direct.users", "16125.00"),             // 500 × 32.25
            ("direct.conversion", "-7312.50"),        // 1,250 × −2 % × 292.50
            ("direct.revenue_per_buyer", "-2062.50"), // 1,250 × 11 % × −15
            // f = 1.25 → 1.3333…, t = 240 → 213.75:  137.5 × 0.08333… × 226.875 = 2,599.609375
            ("direct.orders_per_buyer", "2599.61"),
            ("direct.order_value", "-4662.11"), // 137.5 × 1.291666… × −26.25 = −4,662.109375
            ("direct.revenue", "6750.00"),
            ("total.profit", "6750.00"),
        ],
    );
    // One after the other: what comes first meets the old values, what comes last the new ones.
    check(
        before,
        after,
        Method::Chain,
        &[
            ("direct.users", "18000.00"),             // 500 × 36
            ("direct.conversion", "-9000.00"),        // 1,500 × −2 % × 300
            ("direct.revenue_per_buyer", "-2250.00"), // 1,500 × 10 % × −15
            ("direct.orders_per_buyer", "3000.00"),   // 150 × 0.08333… × 240
            ("direct.order_value", "-5250.00"),       // 150 × 1.3333… × −26.25
            ("direct.profit", "6750.00"),
        ],
    );
}

#[test]
fn costs_that_rise_lower_the_profit() {
    let mut before = traffic(100, "2000"); // 20 each
    let mut after = traffic(150, "2400"); // 16 each
    (before.team_cost, after.team_cost) = (yuan("5000"), yuan("4000"));
    (before.other_cost, after.other_cost) = (yuan("100.0050"), yuan("200"));
    (before.commission, after.commission) = (yuan("10"), yuan("-5"));
    let total = check(
        before,
        after,
        SHAPLEY,
        &[
            ("traffic.new_users", "-900.00"),     // 50 × 18
            ("traffic.cost_per_user", "500.00"),  // 125 × −4 of cost
            ("traffic.ad_spend", "-400.00"),      // 2,400 − 2,000 of cost
            ("traffic.team_cost", "1000.00"),     // 4,000 − 5,000 of cost
            ("traffic.other_cost", "-99.995"),    // 200 − 100.005 of cost
            ("distribution.commission", "15.00"), // −5 − 10 of cost
            ("traffic.cost", "500.005"),          // −400 + 1,000 − 99.995
            ("total.profit", "515.005"),
        ],
    );
    assert!(total.taken.is_empty());
    check(
        traffic(100, "2000"),
        traffic(150, "2400"),
        Method::Chain,
        &[
            ("traffic.new_users", "-1000.00"),   // 50 × 20
            ("traffic.cost_per_user", "600.00"), // 150 × −4 of cost
        ],
    );
}

#[test]
fn distributors_of_whom_fewer_sell_more() {
    // Each distributor brings 100 in both; g = 50 % → 40 %, h = 200 → 250.
    check(
        distribution(10, 5, "1000"),
        distribution(20, 8, "2000"),
        SHAPLEY,
        &[
            ("distribution.distributors", "1000.00"),      // 10 × 100
            ("distribution.active_rate", "-337.50"),       // 15 × −10 % × 225
            ("distribution.revenue_per_active", "337.50"), // 15 × 45 % × 50
            ("distribution.profit", "1000.00"),
        ],
    );
}

#[test]
fn channels_have_a_mix_and_change_no_parent() {
    let before = [("a", direct(600, 60, 60, "12000")), ("b", direct(400, 20, 20, "2000"))];
    let after = [("a", direct(1_000, 80, 80, "16000")), ("b", direct(1_000, 50, 50, "10000"))];
    let columns = |of: &[(&str, Sums)]| of.iter().map(|(c, s)| column(Some(c), *s)).collect::<Vec<_>>();
    let made = proved(&columns(&before), &columns(&after), SHAPLEY);
    // U = 1,000 → 2,000, Ū = 1,500. a: s = 0.6 → 0.5, v = 10 % → 8 %, a = 200 → 200, r = 20 → 16.
    has(
        &made.channels[0],
        &[
            ("direct.users", "10000.00"),      // 1,000 × (0.6 × 20 + 0.5 × 16) ÷ 2
            ("direct.mix", "-2700.00"),        // 1,500 × −0.1 × 18
            ("direct.conversion", "-3300.00"), // 1,500 × 0.55 × −2 % × 200
            ("direct.revenue", "4000.00"),     // 16,000 − 12,000
        ],
    );
    // b: s = 0.4 → 0.5, v = 5 % → 5 %, a = 100 → 200, r = 5 → 10; an order each, so all of Δa is order value.
    has(
        &made.channels[1],
        &[
            ("direct.users", "3500.00"),             // 1,000 × (0.4 × 5 + 0.5 × 10) ÷ 2
            ("direct.mix", "1125.00"),               // 1,500 × 0.1 × 7.50
            ("direct.revenue_per_buyer", "3375.00"), // 1,500 × 0.45 × 5 % × 100
            ("direct.order_value", "3375.00"),
            ("direct.revenue", "8000.00"), // 10,000 − 2,000
        ],
    );
    let want = [
        ("direct.users", "13500.00"), // 1,000 × 13.50, as without channels: r = 14 → 13
        ("direct.mix", "-1575.00"),
        ("direct.conversion", "-3300.00"),
        ("direct.order_value", "3375.00"),
        ("direct.revenue", "12000.00"),
    ];
    has(&made.total, &want);
    // Without channels the mix hides in conversion and revenue per buyer, of the same sum:
    // v = 8 % → 6.5 %, a = 175 → 200; −4,218.75 + 2,718.75 = −1,500 = −1,575 − 3,300 + 3,375.
    check(
        direct(1_000, 80, 80, "14000"),
        direct(2_000, 130, 130, "26000"),
        SHAPLEY,
        &[
            ("direct.users", "13500.00"),
            ("direct.conversion", "-4218.75"), // 1,500 × −1.5 % × 187.50
            ("direct.revenue_per_buyer", "2718.75"), // 1,500 × 7.25 % × 25
            ("direct.order_value", "2718.75"),
        ],
    );
}

#[test]
fn new_and_closed_channels_stand_apart_from_the_mix() {
    let old = |channel| column(Some(channel), direct(100, 10, 10, "1000"));
    let before = [old("old")];
    let after = [column(Some("new"), direct(100, 20, 20, "4000")), old("old")];
    // U = 100 → 200, Ū = 150; new: s = 0 → 0.5, r = 40; old: s = 1 → 0.5, r = 10.
    let forth = proved(&before, &after, SHAPLEY);
    has(
        &forth.channels[0],
        &[
            ("direct.users", "1000.00"),        // 100 × (0 + 0.5 × 40) ÷ 2
            ("direct.new_channels", "3000.00"), // 150 × 0.5 × 40
        ],
    );
    has(
        &forth.channels[1],
        &[
            ("direct.users", "750.00"), // 100 × (1 × 10 + 0.5 × 10) ÷ 2
            ("direct.mix", "-750.00"),  // 150 × −0.5 × 10
        ],
    );
    let back = proved(&after, &before, SHAPLEY);
    has(&back.channels[0], &[("direct.users", "-1000.00"), ("direct.closed_channels", "-3000.00")]);
    has(&back.channels[1], &[("direct.users", "-750.00"), ("direct.mix", "750.00")]);
    // What the new one lacked before is taken from after.
    let taken = |part: &Part| part.taken.iter().map(|t| (t.row.name(), t.in_after)).collect::<Vec<_>>();
    let ratios = [Row::Conversion, Row::RevenuePerBuyer, Row::OrdersPerBuyer, Row::OrderValue]
        .map(|r| (r.name(), false));
    assert_eq!(taken(&forth.channels[0]), ratios);
    assert!(taken(&forth.channels[1]).is_empty() && forth.total.taken.is_empty());
}

#[test]
fn an_undefined_ratio_takes_the_other_periods_value() {
    for method in Method::ALL {
        // Nobody bought before: what a buyer brings is that of after, and conversion is all: 100 × 10 % × 100.
        let total = check(
            direct(100, 0, 0, "0"),
            direct(100, 10, 20, "1000"),
            method,
            &[("direct.conversion", "1000.00")],
        );
        let taken = ["direct.revenue_per_buyer", "direct.orders_per_buyer", "direct.order_value"];
        assert_eq!(total.taken.iter().map(|t| t.row.name()).collect::<Vec<_>>(), taken);
        assert!(total.taken.iter().all(|t| !t.in_after));
        // From nothing, users bring all: 100 × 10.
        check(Sums::default(), direct(100, 10, 20, "1000"), method, &[("direct.users", "1000.00")]);
        // Nothing to nothing: undefined in both, so nothing is taken.
        assert!(check(Sums::default(), Sums::default(), method, &[]).taken.is_empty());
        // Spend on nobody before: 10 new users at 30; the 100 spent on nobody are not spent any more.
        let total = check(
            traffic(0, "100"),
            traffic(10, "300"),
            method,
            &[
                ("traffic.new_users", "-300.00"),
                ("traffic.unsplit", "100.00"),
                ("traffic.ad_spend", "-200.00"),
            ],
        );
        assert_eq!(total.taken, [Taken { row: Row::CostPerUser, in_after: false }]);
        // All who sold had left at the end of before: 5 distributors bring 120 each, and 500 stand over nobody.
        check(
            distribution(0, 2, "500"),
            distribution(5, 2, "600"),
            method,
            &[("distribution.distributors", "600.00"), ("distribution.unsplit", "-500.00")],
        );
        // Distributors who sell nothing any more: 10 × −20 % × 50.
        check(
            distribution(10, 2, "100"),
            distribution(10, 0, "0"),
            method,
            &[("distribution.active_rate", "-100.00")],
        );
    }
}

#[test]
fn refunds_without_a_buyer_are_not_split() {
    // r = 10 → −0.50, v = 10 % → 0; a buyer's 100 is taken: 100 × −10 % × 100. The −50 stands over no buyer.
    for method in Method::ALL {
        check(
            direct(100, 10, 10, "1000"),
            direct(100, 0, 0, "-50"),
            method,
            &[
                ("direct.conversion", "-1000.00"),
                ("direct.unsplit", "-50.00"),
                ("direct.revenue", "-1050.00"),
            ],
        );
    }
    // With more users the pool's effect holds its part: 100 × (10 − 0.25) ÷ 2; 150 × −10 % × 100; 150 × −0.25.
    check(
        direct(100, 10, 10, "1000"),
        direct(200, 0, 0, "-50"),
        SHAPLEY,
        &[("direct.users", "487.50"), ("direct.conversion", "-1500.00"), ("direct.unsplit", "-37.50")],
    );
}

#[test]
fn what_is_shown_adds_up() {
    // r = 100 → 33.33…: 2 × 66.66… = 133.33… and 2 × −66.66 % × 100 = −133.33…; the cent between goes where more is cut.
    check(
        direct(1, 1, 1, "100"),
        direct(3, 1, 1, "100"),
        SHAPLEY,
        &[("direct.users", "133.33"), ("direct.conversion", "-133.33")],
    );
    // In cents: users 1.25 against all else 0.75 of 2, so 1 and 1; then conversion −1.5 and per buyer 2.25 of that 1.
    // As its first is below zero it is rounded as 1.5 and −2.25 of −1: 1 and −3, and the larger rest 0.75 gets one.
    check(
        direct(1, 1, 1, "0.01"),
        direct(2, 1, 1, "0.03"),
        SHAPLEY,
        &[("direct.users", "0.01"), ("direct.conversion", "-0.01"), ("direct.order_value", "0.02")],
    );
    // A sum with parts of a cent is split in 1/10,000: users 2 × 1/6 = 1/3 against all else 2/3 of 1, so 0 and 1; then
    // conversion 2 × −2/3 × 1/2 = −2/3 and per buyer 2 × 2/3 × 1 = 4/3 of that 1: rests of 2/3 each, and the first gets it.
    check(
        direct(1, 1, 1, "0"),
        direct(3, 1, 1, "0.0001"),
        SHAPLEY,
        &[("direct.conversion", "-0.0001"), ("direct.order_value", "0.0002")],
    );
}

#[test]
fn a_proof_that_cannot_fail_is_none() {
    let columns = |users| ["a", "b"].map(|c| column(Some(c), direct(users, 10, 10, "1000")));
    let made = proved(&columns(100), &columns(200), SHAPLEY);
    for row in [Row::Conversion, Row::Revenue, Row::AdSpend, Row::TotalProfit] {
        let mut wrong = made.clone();
        wrong.channels[0].effects[row as usize] += Money(1);
        assert!(wrong.prove().is_err(), "{}", row.name());
        let mut wrong = made.clone();
        wrong.total.effects[row as usize] += Money(1);
        assert!(wrong.prove().is_err(), "{}", row.name());
    }
}

#[test]
fn the_tree_is_whole() {
    for row in Row::ALL {
        assert_eq!(Row::named(row.name()), Some(*row));
        assert!(row.depth() < Row::DEPTH);
        let top = core::iter::successors(Some(*row), |r| r.parent()).last();
        assert_eq!(top, Some(Row::TotalProfit), "{}", row.name());
        assert!(row.figure().is_none_or(|key| key.name() == row.name()));
        assert_eq!(row.figure().is_none(), row.needs_channels() || row.is_unsplit(), "{}", row.name());
    }
    for product in &PRODUCTS {
        assert_eq!(product.ratios.len(), product.counts.len());
    }
}

/// Sums whose counts may contradict each other, and are often zero.
fn sums() -> impl Strategy<Value = Sums> {
    let count = || prop_oneof![2 => Just(0u64), 3 => 1u64..6, 2 => 0u64..100_000];
    let cents = || prop_oneof![1 => Just(0i128), 4 => -500i128..100_000, 1 => -500i128..10i128.pow(16)];
    let money = move || (cents(), 0i128..20).prop_map(|(c, fine)| Money(c * 100 + fine.saturating_sub(16)));
    let counts = (count(), count(), count(), count(), count(), count());
    let moneys = (money(), money(), money(), money(), money(), money());
    (counts, moneys).prop_map(|(c, m)| {
        let mut sums = Sums { new_users: c.0, users: c.1, buyers: c.2, ..Sums::default() };
        (sums.direct.orders, sums.distributors, sums.active) = (c.3, c.4, c.5);
        (sums.ad_spend, sums.team_cost, sums.other_cost, sums.commission) = (m.0, m.1, m.2, m.3);
        (sums.direct.gross, sums.distribution.gross) = (m.4, m.5);
        sums
    })
}

const NAMES: [&str; 6] = ["(none)", "a", "b", "c", "(shared)", "(unknown)"];

/// The columns of one period, some channels missing.
fn columns() -> impl Strategy<Value = Vec<Column>> {
    prop::collection::vec(prop::option::weighted(0.7, sums()), NAMES.len()).prop_map(|all| {
        let named = NAMES.into_iter().zip(all);
        named.filter_map(|(name, sums)| Some(column(Some(name), sums?))).collect()
    })
}

fn whole(columns: &[Column]) -> Vec<Column> {
    let sums = columns.iter().map(|c| c.sums).fold(Sums::default(), together);
    vec![column(None, sums)]
}

fn method() -> impl Strategy<Value = Method> {
    prop_oneof![Just(Method::Shapley), Just(Method::Chain)]
}

/// New channels are closed ones on the way back.
fn backwards(row: Row) -> Row {
    match row {
        Row::NewChannels => Row::ClosedChannels,
        Row::ClosedChannels => Row::NewChannels,
        Row::TrafficNewChannels => Row::TrafficClosedChannels,
        Row::TrafficClosedChannels => Row::TrafficNewChannels,
        Row::DistributionNewChannels => Row::DistributionClosedChannels,
        Row::DistributionClosedChannels => Row::DistributionNewChannels,
        row => row,
    }
}

proptest! {
    #[test]
    fn nothing_is_left_over(before in columns(), after in columns(), method in method()) {
        proved(&before, &after, method);
        proved(&whole(&before), &whole(&after), method);
    }

    #[test]
    fn reversing_the_periods_flips_every_sign(before in columns(), after in columns()) {
        let (forth, back) = (proved(&before, &after, SHAPLEY), proved(&after, &before, SHAPLEY));
        for (one, other) in forth.channels.iter().chain([&forth.total]).zip(back.channels.iter().chain([&back.total])) {
            prop_assert_eq!(&one.channel, &other.channel);
            for row in Row::ALL {
                prop_assert_eq!(one.effect(*row), -other.effect(backwards(*row)), "{:?} {}", one.channel, row.name());
            }
        }
    }

    #[test]
    fn channels_change_no_parent(before in columns(), after in columns(), method in method()) {
        let (by_channel, plain) = (proved(&before, &after, method), proved(&whole(&before), &whole(&after), method));
        // Only what lies below the first count moves, and together not.
        let below = |p: &Product, r: &Row| {
            p.ratios.contains(r) || p.shares.contains(r) || p.outer == Some(*r) || p.unsplit == *r
        };
        for row in Row::ALL.iter().filter(|r| !PRODUCTS.iter().any(|p| below(p, r))) {
            prop_assert_eq!(by_channel.total.effect(*row), plain.total.effect(*row), "{}", row.name());
        }
    }

    #[test]
    fn the_order_of_channels_does_not_matter(before in columns(), after in columns(), method in method()) {
        let mut turned = (before.clone(), after.clone());
        turned.0.reverse();
        turned.1.rotate_left(after.len().min(1));
        let (one, other) = (proved(&before, &after, method), proved(&turned.0, &turned.1, method));
        for (a, b) in one.channels.iter().zip(&other.channels) {
            prop_assert_eq!((&a.channel, &a.effects), (&b.channel, &b.effects));
        }
        prop_assert_eq!(one.total.effects, other.total.effects);
    }

    #[test]
    fn a_row_without_figures_has_no_effect(before in columns(), after in columns(), method in method()) {
        for part in proved(&before, &after, method).channels {
            let apart = |row| part.effect(row) == Money::ZERO;
            if (part.before.users, part.after.users) != (0, 0) && part.before.users > 0 {
                prop_assert!(apart(Row::NewChannels));
            }
            if part.after.users > 0 {
                prop_assert!(apart(Row::ClosedChannels));
            }
        }
    }

    #[test]
    fn money_of_any_size_is_split(users in 1u64..u64::MAX / 4, more in 1u64..u64::MAX / 4, revenue in 0i128..10i128.pow(26)) {
        let side = |users, buyers, revenue| {
            let mut sums = Sums { users, buyers, ..Sums::default() };
            sums.direct.orders = buyers;
            sums.direct.gross = Money(revenue * i128::from(UNITS));
            [column(None, sums)]
        };
        proved(&side(users, users / 3, revenue / 7), &side(users + more, more, revenue), SHAPLEY);
    }
}
