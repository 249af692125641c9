//! Plans worked by hand, and laws on any sums.

use super::*;
use crate::fold::DirectCell;
use alloc::vec;
use proptest::prelude::*;

fn d(text: &str) -> Exact {
    match text.strip_prefix('-') {
        Some(positive) => -decimal(positive).unwrap(),
        None => decimal(text).unwrap(),
    }
}

fn plan(given: &[(Driver, &str)]) -> Plan {
    let given: Vec<_> = given.iter().map(|(driver, x)| (*driver, d(x))).collect();
    Plan::of(&given).unwrap()
}

/// 10,000 users at 8, 50,000 team, 5,000 other; 3 % of them buy for 199.
fn direct() -> Plan {
    plan(&[
        (Driver::Users, "10000"),
        (Driver::CostPerUser, "8"),
        (Driver::TeamCost, "50000"),
        (Driver::OtherCost, "5000"),
        (Driver::Conversion, "0.03"),
        (Driver::RevenuePerBuyer, "199"),
    ])
}

/// The same; 2 % distribute, 75 % of these sell, 1,200 each, for 15 %.
fn both() -> Plan {
    let more = [
        (Driver::DistributorRate, Change::To(d("0.02"))),
        (Driver::ActiveRate, Change::To(d("0.75"))),
        (Driver::RevenuePerActive, Change::To(d("1200"))),
        (Driver::CommissionRate, Change::To(d("0.15"))),
    ];
    direct().with(&more).unwrap()
}

fn has(plan: &Plan, want: &[(Line, &str)]) {
    let all = plan.outcome();
    for (line, value) in want {
        assert_eq!(all.get(*line), Some(&d(value)), "{}", line.name());
    }
}

fn target(line: Line, value: &str) -> Target {
    Target { line, value: d(value) }
}

fn found(plan: &Plan, driver: Driver, target: &Target) -> Found {
    match solve(plan, driver, target) {
        Solution::Found(found) => *found,
        other => panic!("{driver:?}: {other:?}"),
    }
}

#[test]
fn the_formulas_of_the_article() {
    has(
        &both(),
        &[
            (Line::AdSpend, "80000"),              // 10,000 × 8
            (Line::TrafficCost, "135000"),         // 80,000 + 50,000 + 5,000
            (Line::Buyers, "300"),                 // 10,000 × 3 %
            (Line::Revenue, "59700"),              // 300 × 199
            (Line::DirectProfit, "-75300"),        // 59,700 − 135,000
            (Line::Distributors, "200"),           // 10,000 × 2 %
            (Line::Active, "150"),                 // 200 × 75 %
            (Line::DistributionRevenue, "180000"), // 150 × 1,200
            (Line::Commission, "27000"),           // 180,000 × 15 %
            (Line::DistributionProfit, "153000"),
            (Line::TotalRevenue, "239700"),
            (Line::TotalCost, "162000"),
            (Line::TotalProfit, "77700"), // −75,300 + 153,000
        ],
    );
    let margin = both().outcome();
    assert_eq!(margin.get(Line::TotalMargin), Some(&Exact::new(77_700.into(), 239_700.into())));
    assert!(!direct().distributes() && both().distributes());
    assert!(direct().outcome().get(Line::ActiveRate).is_none(), "nobody distributes: undefined, not zero");
}

#[test]
fn changes_are_of_the_plan_before() {
    // 3 % and a tenth more are 3.3 %: 330 × 199; with 1 point more 4 %.
    let with = |change| direct().with(&[(Driver::Conversion, change)]).unwrap();
    has(&with(Change::Times(d("1.1"))), &[(Line::Revenue, "65670"), (Line::DirectProfit, "-69330")]);
    has(&with(Change::By(d("0.01"))), &[(Line::Revenue, "79600")]);
    has(&with(Change::To(d("1"))), &[(Line::Buyers, "10000")]);
    // A thousand more users cost 8 each and bring 5.97 each.
    let more = |driver| direct().with(&[(driver, Change::By(d("1000")))]).unwrap();
    has(&more(Driver::Users), &[(Line::NewUsers, "11000"), (Line::DirectProfit, "-77330")]);
    assert_eq!(more(Driver::Users), more(Driver::NewUsers));
    // With both given, the others were there before and cost nothing now.
    let sets = [(Driver::NewUsers, Change::To(d("1000"))), (Driver::Users, Change::To(d("10000")))];
    let older = direct().with(&sets).unwrap();
    has(&older, &[(Line::AdSpend, "8000"), (Line::Users, "10000")]);
    has(&older.with(&[(Driver::Users, Change::By(d("-500")))]).unwrap(), &[(Line::NewUsers, "500")]);
}

#[test]
fn what_cannot_be_is_refused() {
    let refused = |sets: &[(Driver, Change)]| both().with(sets).unwrap_err();
    let to = |x: &str| Change::To(d(x));
    use Driver::*;
    assert_eq!(refused(&[(Conversion, to("1.5"))]), Refused::AboveOne(Conversion, d("1.5")));
    assert_eq!(refused(&[(Conversion, Change::Times(d("40")))]), Refused::AboveOne(Conversion, d("1.2")));
    assert_eq!(refused(&[(TeamCost, Change::By(d("-50001")))]), Refused::BelowZero(TeamCost, d("-1")));
    assert_eq!(refused(&[(Users, to("1")), (Users, to("2"))]), Refused::Twice(Users));
    assert_eq!(refused(&[(Users, to("1")), (NewUsers, to("2"))]), Refused::FewerThanBefore(Users, d("2")));
    assert_eq!(refused(&[(TeamCost, Change::Times(d("999999999999")))]), Refused::TooLarge(TeamCost));
    let older = both().with(&[(NewUsers, to("1000")), (Users, to("10000"))]).unwrap();
    let fewer = older.with(&[(Users, to("8999"))]).unwrap_err();
    assert_eq!(fewer, Refused::FewerThanBefore(Users, d("9000")));
    let nobody = Plan::from_sums(&Sums::default());
    let sets = [(Conversion, Change::Times(d("1.1")))];
    assert_eq!(nobody.with(&sets).unwrap_err(), Refused::Undefined(Conversion));
}

#[test]
fn break_even_by_hand() {
    let even = target(Line::DirectProfit, "0");
    // 135,000 ÷ (10,000 × 199) = 6.783919…%; 678 × 199 = 134,922 < 135,000 ≤ 679 × 199 = 135,121.
    let by = found(&direct(), Driver::Conversion, &even);
    assert_eq!(by.value, Exact::new(135_000.into(), 1_990_000.into()));
    let buyers = by.whole.unwrap();
    assert_eq!((buyers.line, buyers.value, buyers.is_smallest), (Line::Buyers, d("679"), true));
    has(&buyers.plan, &[(Line::Buyers, "679"), (Line::DirectProfit, "121")]);
    // 135,000 ÷ 300 buyers.
    let by = found(&direct(), Driver::RevenuePerBuyer, &even);
    assert_eq!((by.value, by.whole.unwrap().value), (d("450"), d("450")));
    // 59,700 − 55,000 = 4,700 for 10,000 users.
    assert_eq!(found(&direct(), Driver::CostPerUser, &even).value, d("0.47"));
    // 59,700 − 80,000 − 5,000 is below zero: no team is small enough.
    let none = solve(&direct(), Driver::TeamCost, &even);
    assert_eq!(none, Solution::None(NoSolution::BelowZero(d("-25300"))));
    // Each user brings 3 % × 199 = 5.97 and costs 8.
    for driver in [Driver::Users, Driver::NewUsers] {
        let none = solve(&direct(), driver, &even);
        assert_eq!(none, Solution::None(NoSolution::CostsMore(d("2.03"))));
    }
    assert_eq!(solve(&direct(), Driver::CommissionRate, &even), Solution::None(NoSolution::NoEffect));
    // At 0.06 conversion each user brings 11.94 − 8 = 3.94: 55,000 ÷ 3.94 = 13,959.39…
    let better = direct().with(&[(Driver::Conversion, Change::To(d("0.06")))]).unwrap();
    let users = found(&better, Driver::Users, &even);
    assert_eq!(users.value, Exact::new(5_500_000.into(), 394.into()));
    let whole = users.whole.unwrap();
    assert_eq!((whole.line, whole.value), (Line::Users, d("13960")));
    has(&whole.plan, &[(Line::NewUsers, "13960"), (Line::DirectProfit, "2.4")]);
}

#[test]
fn targets_of_any_line() {
    // A total profit of 100,000 is 22,300 more: each active one brings 1,200 × 85 % = 1,020, and 21.86… more are needed.
    let goal = target(Line::TotalProfit, "100000");
    let rate = found(&both(), Driver::ActiveRate, &goal);
    let active = rate.whole.unwrap();
    assert_eq!((active.line, active.value), (Line::Active, d("172")));
    has(&active.plan, &[(Line::TotalProfit, "100140")]); // 77,700 + 22 × 1,020
    // Commission may be 180,000 × 15 % − 22,300 = 4,700.
    let paid = found(&both(), Driver::CommissionRate, &goal);
    assert_eq!(paid.value, Exact::new(4_700.into(), 180_000.into()));
    assert!(paid.whole.is_none());
    // A traffic cost of 120,000 takes 15,000 off 80,000: 6.50 each; 120,005 6.5005, of which 6.50 is within it.
    let cost = found(&both(), Driver::CostPerUser, &target(Line::TrafficCost, "120005"));
    let cents = cost.whole.unwrap();
    assert_eq!((cost.value, cents.value, cents.is_smallest), (d("6.5005"), d("6.5"), false));
    // A margin of 40 %: (239,700 + x) × 40 % = 77,700 + x, so x = 18,180 / 0.6 = 30,300 more of direct revenue.
    let margin = target(Line::TotalMargin, "0.4");
    let by = found(&both(), Driver::RevenuePerBuyer, &margin);
    assert_eq!(by.value, d("300")); // (59,700 + 30,300) ÷ 300
    // A margin of 100 % is none of any price's while there is a cost, and more cannot be.
    assert_eq!(
        solve(&both(), Driver::RevenuePerBuyer, &target(Line::TotalMargin, "1")),
        Solution::None(NoSolution::NoEffect)
    );
    let all = solve(&both(), Driver::Conversion, &target(Line::DirectProfit, "2000000"));
    assert!(matches!(all, Solution::None(NoSolution::AboveOne(_))), "{all:?}");
    // What is so already, whatever the driver is.
    assert_eq!(solve(&both(), Driver::OtherCost, &target(Line::Buyers, "300")), Solution::Any);
    assert_eq!(
        solve(&both(), Driver::OtherCost, &target(Line::Buyers, "301")),
        Solution::None(NoSolution::NoEffect)
    );
    // Without revenue there is no margin, however many users there are; of nobody's cost it is so.
    let nothing = Plan::of(&[(Driver::Users, d("10"))]).unwrap();
    let margin = target(Line::TotalMargin, "0.5");
    for driver in [Driver::Users, Driver::Conversion, Driver::RevenuePerBuyer] {
        assert_eq!(solve(&nothing, driver, &margin), Solution::None(NoSolution::Undefined), "{driver:?}");
    }
    assert_eq!(solve(&nothing, Driver::Users, &target(Line::TotalProfit, "0")), Solution::Any);
    // Fewer users lose less: −65,000 is reached with (65,000 − 55,000) ÷ 2.03 = 4,926.10…, and 4,926 is the most.
    let users = found(&direct(), Driver::Users, &target(Line::DirectProfit, "-65000")).whole.unwrap();
    assert_eq!((users.value, users.is_smallest), (d("4926"), false));
}

#[test]
fn a_base_of_a_statement_is_the_statement() {
    let mut s = Sums { new_users: 3, users: 7, buyers: 2, distributors: 0, active: 1, ..Sums::default() };
    s.ad_spend = Money(100_001);
    s.direct = DirectCell { gross: Money(50_000), refunds: Money(3), ..DirectCell::default() };
    s.distribution = DirectCell { gross: Money(70_000), ..DirectCell::default() };
    s.commission = Money(-5);
    let plan = Plan::from_sums(&s);
    // One who sold and left: no distributor at the end, so that nothing of it is in a product.
    has(&plan, &[(Line::Active, "1"), (Line::DistributionRevenue, "7"), (Line::Commission, "-0.0005")]);
    assert!(plan.driver(Driver::ActiveRate).is_none());
    // The statement's money is finer than a cent, and stays so where it is the statement's.
    let all = plan.outcome();
    assert!(matches!(all.statement_figure(Line::AdSpend), Figure::Money(Money(100_001))));
    assert!(matches!(all.figure(Line::AdSpend), Figure::Money(Money(100_000))));
    assert!(matches!(all.statement_figure(Line::Users), Figure::Count(7)));
    // Users do not move what is not theirs.
    let more = plan.with(&[(Driver::Users, Change::Times(d("2")))]).unwrap();
    has(&more, &[(Line::Active, "1"), (Line::NewUsers, "10"), (Line::Users, "14"), (Line::Buyers, "4")]);
    // Who distributed before there was a user is no user's share: 3 of 100 users and 5 more are 8 distributors.
    let mut nobody = Sums { distributors: 5, active: 5, ..Sums::default() };
    nobody.distribution.gross = Money(5_000_000);
    let sets = [(Driver::Users, Change::To(d("100"))), (Driver::DistributorRate, Change::To(d("0.03")))];
    let sets = [
        sets.to_vec(),
        vec![(Driver::CostPerUser, Change::To(d("0"))), (Driver::Conversion, Change::To(d("0")))],
    ]
    .concat();
    let some = Plan::from_sums(&nobody).with(&sets).unwrap();
    has(&some, &[(Line::Distributors, "8"), (Line::Active, "8"), (Line::TotalProfit, "800")]);
    let more = found(&some, Driver::DistributorRate, &target(Line::DistributionRevenue, "950"));
    let n = more.whole.unwrap();
    assert_eq!((more.value, n.value.clone()), (d("0.045"), d("10")));
    has(&n.plan, &[(Line::Distributors, "10"), (Line::DistributionRevenue, "1000")]);
    // A distributor rate above none asks what these would do.
    let some = plan.with(&[(Driver::DistributorRate, Change::To(d("0.5")))]).unwrap();
    assert!(some.outcome().get(Line::TotalProfit).is_none());
}

#[test]
fn figures_are_rounded_once() {
    let money = |n: i128, over: i128| figure(Kind::Money, Some(&Exact::new(n.into(), over.into())));
    assert!(matches!(money(1, 8), Figure::Money(Money(1300))), "0.125 is half a cent more than 0.12");
    assert!(matches!(money(1, 3), Figure::Money(Money(3300))));
    assert!(matches!(money(-1, 6), Figure::Money(Money(-1700))));
    assert!(matches!(money(1_000_005, 1_000_000 * 100), Figure::Money(Money(100))));
    let count = |n: i128, over: i128| figure(Kind::Count, Some(&Exact::new(n.into(), over.into())));
    assert!(matches!(count(6, 2), Figure::Count(3)));
    assert!(matches!(count(7, 2), Figure::Quotient(Some(_))));
    assert!(matches!(figure(Kind::Share, None), Figure::Share(None)));
    // Too many digits for a quotient of two numbers: to 12 decimals.
    let fine = Exact::new(
        num_bigint::BigInt::from(10).pow(60),
        num_bigint::BigInt::from(3) * num_bigint::BigInt::from(10).pow(60),
    );
    let finer = &fine + Exact::new(1.into(), num_bigint::BigInt::from(10).pow(50));
    for x in [fine, finer] {
        let Figure::Share(Some(r)) = figure(Kind::Share, Some(&x)) else { panic!() };
        assert_eq!(r.rounded(6), 333_333);
    }
    for (text, good) in [
        ("3", true),
        ("3.5", true),
        ("", false),
        (".5", false),
        ("5.", false),
        ("-1", false),
        ("1e3", false),
        ("1,000", false),
        ("1234567890123456", false),
    ] {
        assert_eq!(decimal(text).is_some(), good, "{text}");
    }
}

#[test]
fn a_grid_and_a_tornado_by_hand() {
    let to = |x: &str| Change::To(d(x));
    let axes =
        [(Driver::Conversion, vec![to("0.03"), to("0.06")]), (Driver::CostPerUser, vec![to("8"), to("4")])];
    let grid = vary(&direct(), &axes, Line::DirectProfit).unwrap();
    // 59,700 or 119,400 of revenue against 135,000 or 95,000.
    let want = [["-75300", "-35300"], ["-15600", "24400"]];
    assert_eq!(grid.rows, want.map(|row| row.map(|x| Some(d(x))).to_vec()).to_vec());
    let one = vary(&direct(), &axes[..1], Line::Buyers).unwrap();
    assert_eq!(one.rows, [[Some(d("300"))], [Some(d("600"))]]);
    assert!(vary(&direct(), &[(Driver::Conversion, vec![to("1.1")])], Line::Buyers).is_err());
    // A tenth of 80,000 either way is 16,000 apart, of 59,700 11,940, of 50,000 10,000, of users 20,300 × 20 %, of 5,000 1,000.
    let bars = tornado(&direct(), &d("0.1"), Line::DirectProfit);
    let got: Vec<_> = bars.iter().map(|b| (b.driver, b.swing.clone().unwrap())).collect();
    let want = [
        (Driver::CostPerUser, "16000"),
        (Driver::Conversion, "11940"),
        (Driver::RevenuePerBuyer, "11940"),
        (Driver::TeamCost, "10000"),
        (Driver::Users, "4060"),
        (Driver::OtherCost, "1000"),
    ];
    assert_eq!(got, want.map(|(driver, x)| (driver, d(x))));
    assert_eq!(bars[0].lines, [Some(d("-67300")), Some(d("-83300"))]);
    // A share goes no further than 100 %, nor users below those who were there.
    let sets =
        [(Driver::Conversion, to("0.95")), (Driver::NewUsers, to("100")), (Driver::Users, to("10000"))];
    let full = direct().with(&sets).unwrap();
    let bars = tornado(&full, &d("0.1"), Line::Buyers);
    let bar = |driver| bars.iter().find(|b| b.driver == driver).unwrap();
    assert_eq!(bar(Driver::Conversion).values, [d("0.855"), d("1")]);
    assert_eq!(bar(Driver::Users).values, [d("9900"), d("11000")]);
    assert_eq!(bar(Driver::NewUsers).values, [d("90"), d("110")]);
}

/// Sums as statements have them, often zero, and sometimes such that they contradict each other.
fn sums() -> impl Strategy<Value = Sums> {
    let count = || prop_oneof![1 => Just(0u64), 3 => 1u64..6, 3 => 0u64..100_000];
    let money = || {
        prop_oneof![1 => Just(0i128), 4 => -50_000i128..10_000_000, 1 => -500i128..10i128.pow(18)]
            .prop_map(Money)
    };
    let counts = (count(), count(), count(), count(), count());
    let moneys = (money(), money(), money(), money(), money(), money());
    (counts, moneys).prop_map(|(c, m)| {
        let mut s = Sums { new_users: c.0.min(c.1), users: c.1, buyers: c.2.min(c.1), ..Sums::default() };
        (s.distributors, s.active) = (c.3, c.4);
        (s.ad_spend, s.team_cost, s.other_cost, s.commission) = (m.0, m.1, m.2, m.3);
        (s.direct.gross, s.distribution.gross) = (m.4, m.5);
        s
    })
}

/// The exact value of a figure of the statement.
fn exact_of(key: Key, s: &Sums) -> Option<Exact> {
    let per = |m: Money, n: u64| (n > 0).then(|| money(m) / whole(n));
    let share = |a: u64, b: u64| (b > 0).then(|| whole(a) / whole(b));
    match key {
        Key::CostPerUser => per(s.ad_spend, s.new_users),
        Key::Conversion => share(s.buyers, s.users),
        Key::RevenuePerBuyer => per(s.direct_revenue(), s.buyers),
        Key::DistributorRate => share(s.distributors, s.users),
        Key::ActiveRate => share(s.active, s.distributors),
        Key::RevenuePerActive => per(s.distribution_revenue(), s.active),
        Key::TotalMargin => (s.revenue() > Money::ZERO).then(|| money(s.profit()) / money(s.revenue())),
        key => match key.of(s) {
            Figure::Count(n) => Some(whole(n)),
            Figure::Money(m) => Some(money(m)),
            _ => panic!("{}", key.name()),
        },
    }
}

fn driver() -> impl Strategy<Value = Driver> {
    (0..Driver::ALL.len()).prop_map(|i| Driver::ALL[i])
}

fn line() -> impl Strategy<Value = Line> {
    (0..Line::ALL.len()).prop_map(|i| Line::ALL[i])
}

proptest! {
    #[test]
    fn a_plan_from_sums_has_all_their_figures(s in sums()) {
        let all = Plan::from_sums(&s).outcome();
        for line in Line::ALL {
            if let Some(key) = line.key() {
                prop_assert_eq!(all.get(*line).cloned(), exact_of(key, &s), "{}", line.name());
            }
        }
    }

    #[test]
    fn what_solves_reaches_the_target(s in sums(), driver in driver(), line in line(), to in -1_000_000i64..1_000_000) {
        let plan = Plan::from_sums(&s);
        let scale = if line.kind() == Kind::Share { 1_000_000 } else { 1 };
        let target = Target { line, value: Exact::new(to.into(), scale.into()) };
        let Solution::Found(found) = solve(&plan, driver, &target) else { return Ok(()) };
        prop_assert_eq!(found.plan.outcome().get(line).cloned(), Some(target.value.clone()));
        // The same by hand: the driver set to it.
        let own = plan.with(&[(driver, Change::To(found.value.clone()))]);
        prop_assert_eq!(own.as_ref(), Ok(&found.plan));
        let Some(n) = found.whole else { return Ok(()) };
        prop_assert!(target.is_met(&n.plan));
        // One less, or one more, does not meet it.
        let one = if n.line.kind() == Kind::Count { whole(1) } else { d("0.01") };
        let beyond = if n.is_smallest { &n.value - one } else { &n.value + one };
        let base = match n.line {
            Line::Buyers | Line::Distributors => plan.driver(Driver::Users).cloned().unwrap(),
            Line::Active => n.plan.outcome().get(Line::Distributors).cloned().unwrap(),
            _ => whole(1),
        };
        let worse = n.plan.at(driver, beyond / base);
        prop_assert!(!target.is_met(&worse), "{:?}", n);
    }

    #[test]
    fn a_target_that_holds_is_solved_by_what_is(s in sums(), driver in driver(), line in line()) {
        let plan = Plan::from_sums(&s);
        let Some(value) = plan.outcome().get(line).cloned() else { return Ok(()) };
        let Some(now) = plan.driver(driver).cloned() else { return Ok(()) };
        match solve(&plan, driver, &Target { line, value }) {
            Solution::Found(found) => prop_assert_eq!(found.value, now),
            Solution::Any => {}
            // What refunds made less than nothing, or members who left more than all, is no solution.
            Solution::None(why) => prop_assert!(
                now < zero() || now > whole(1) || matches!(why, NoSolution::Undefined | NoSolution::NoEffect),
                "{:?} {:?}", why, now
            ),
        }
    }

    #[test]
    fn lines_are_affine_in_every_driver(s in sums(), driver in driver(), line in line(), x in 0i64..1000) {
        prop_assume!(line.quotient().is_none());
        let plan = Plan::from_sums(&s);
        let at = |n: i64| plan.at(driver, whole(n)).outcome().get(line).cloned();
        if let (Some(a), Some(b), Some(c)) = (at(0), at(1), at(x)) {
            prop_assert_eq!(c, &a + (b - &a) * whole(x));
        }
    }
}
