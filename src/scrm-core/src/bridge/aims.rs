//! What the targets of a month determine: the counts and amounts at which the tree of the bridge is to arrive.
//!
//! A target may be of any figure; what follows from those that are given is worked out along the formulas of the
//! statement, exactly. A count need not be whole then. Targets that say a thing twice may differ by what they were
//! rounded to, and no more.

use super::split::{Exact, exact};
use crate::change::{exact as exact_ratio, fitted};
use crate::date::Month;
use crate::figures::{Figure, Key, Sums};
use crate::fold::DirectCell;
use crate::money::{CENT, Money, UNITS};
use crate::targets::Targets;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

/// How figures follow from each other.
enum Relation {
    /// The first is the product of the others.
    Product(Key, Key, Key),
    /// The first is the sum of those, less these.
    Sum(Key, &'static [Key], &'static [Key]),
}

const RELATIONS: [Relation; 19] = {
    use Key::{
        Active, ActiveRate, AdSpend, Buyers, Commission, Conversion, CostPerUser, DirectProfit,
        DistributionGross, DistributionProfit, DistributionRefunds, DistributionRevenue, DistributorRate,
        Distributors, Gross, NewUsers, OrderValue, Orders, OrdersPerBuyer, OtherCost, Refunds, Revenue,
        RevenuePerActive, RevenuePerBuyer, TeamCost, TotalCost, TotalMargin, TotalProfit, TotalRevenue,
        TrafficCost, Users,
    };
    use Relation::{Product, Sum};
    [
        Product(AdSpend, NewUsers, CostPerUser),
        Sum(TrafficCost, &[AdSpend, TeamCost, OtherCost], &[]),
        Product(Buyers, Users, Conversion),
        Product(Revenue, Buyers, RevenuePerBuyer),
        Product(Orders, Buyers, OrdersPerBuyer),
        Product(Revenue, Orders, OrderValue),
        Product(RevenuePerBuyer, OrdersPerBuyer, OrderValue),
        Sum(Revenue, &[Gross], &[Refunds]),
        Sum(DirectProfit, &[Revenue], &[TrafficCost]),
        Product(Distributors, Users, DistributorRate),
        Product(Active, Distributors, ActiveRate),
        Product(DistributionRevenue, Active, RevenuePerActive),
        Sum(DistributionRevenue, &[DistributionGross], &[DistributionRefunds]),
        Sum(DistributionProfit, &[DistributionRevenue], &[Commission]),
        Sum(TotalRevenue, &[Revenue, DistributionRevenue], &[]),
        Sum(TotalCost, &[TrafficCost, Commission], &[]),
        Sum(TotalProfit, &[TotalRevenue], &[TotalCost]),
        Sum(TotalProfit, &[DirectProfit, DistributionProfit], &[]),
        Product(TotalProfit, TotalRevenue, TotalMargin),
    ]
};

/// What the tree stands on, each with figures that it may follow from instead.
const LEAVES: [(Key, &[Key]); 12] = [
    (Key::NewUsers, &[]),
    (Key::AdSpend, &[Key::CostPerUser]),
    (Key::TeamCost, &[]),
    (Key::OtherCost, &[]),
    (Key::Users, &[]),
    (Key::Buyers, &[Key::Conversion]),
    (Key::Revenue, &[Key::RevenuePerBuyer]),
    (Key::Orders, &[Key::OrdersPerBuyer, Key::OrderValue]),
    (Key::Distributors, &[Key::DistributorRate]),
    (Key::Active, &[Key::ActiveRate]),
    (Key::DistributionRevenue, &[Key::RevenuePerActive]),
    (Key::Commission, &[]),
];

/// Why targets are no end of a bridge.
#[derive(Clone, Debug)]
pub enum Unfit {
    /// These are needed, each or one of those that it follows from.
    Missing(Vec<(Key, &'static [Key])>),
    /// One target says another thing than what follows from others.
    Contradiction { key: Key, given: Box<Figure>, follows: Box<Figure> },
    /// A count that follows from the others would be below zero.
    Negative(Key),
}

/// The figures at which a month was meant to arrive.
#[derive(Clone, Debug)]
pub struct Aims {
    /// By key: counts and ratios as numbers, money in the currency.
    values: Vec<Option<Exact>>,
    /// Nothing was said of orders: there are as many per buyer as there were.
    pub orders_as_they_were: bool,
}

impl Aims {
    /// What the targets of a month for the whole shop determine, beside what it brought.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn of(targets: &Targets, month: Month, actual: &Sums) -> Result<Aims, Unfit> {
        let given = |key: &Key| targets.of_month(month, None, *key).and_then(|v| number(v.figure()));
        let mut aims = Aims { values: Key::ALL.iter().map(given).collect(), orders_as_they_were: false };
        aims.leave_out_what_is_not_there(actual);
        aims.follow()?;
        if aims.value(Key::Orders).is_none()
            && let (Some(_), Some(per_buyer)) =
                (aims.value(Key::Buyers), number(Key::OrdersPerBuyer.of(actual)))
        {
            aims.values[Key::OrdersPerBuyer as usize] = Some(per_buyer);
            aims.orders_as_they_were = true;
            aims.follow()?;
        }
        let missing: Vec<_> = LEAVES.into_iter().filter(|(key, _)| aims.value(*key).is_none()).collect();
        if !missing.is_empty() {
            return Err(Unfit::Missing(missing));
        }
        let below = |key: &&Key| is_count(**key) && aims.value(**key).is_some_and(|x| *x < exact(0));
        match Key::ALL.iter().find(below) {
            Some(key) => Err(Unfit::Negative(*key)),
            None => Ok(aims),
        }
    }

    /// Nobody distributes, and nobody is meant to.
    fn leave_out_what_is_not_there(&mut self, actual: &Sums) {
        let none = DirectCell::default() == actual.distribution
            && (actual.distributors, actual.active, actual.commission) == (0, 0, Money::ZERO);
        let of_distribution = |key: &Key| key.name().starts_with("distribution.");
        let targeted = Key::ALL.iter().filter(|k| of_distribution(k)).any(|k| self.value(*k).is_some());
        if none && !targeted {
            for key in [Key::Distributors, Key::Active, Key::DistributionRevenue, Key::Commission] {
                self.values[key as usize] = Some(exact(0));
            }
        }
    }

    /// The value of a figure, where it is known.
    pub(super) fn value(&self, key: Key) -> Option<&Exact> {
        self.values[key as usize].as_ref()
    }

    /// The figure, as the statement shows it; a count that is not whole is a quotient.
    pub fn figure(&self, key: Key) -> Figure {
        let value = self.value(key);
        let ratio = || value.and_then(fitted);
        match key.of(&Sums::default()) {
            Figure::Count(_) => match value.filter(|x| x.is_integer()).map(|x| u64::try_from(x.to_integer()))
            {
                Some(Ok(n)) => Figure::Count(n),
                _ => Figure::Quotient(ratio()),
            },
            Figure::Money(_) => value.map_or(Figure::Quotient(None), |x| Figure::Money(to_cents(x))),
            Figure::Share(_) => Figure::Share(ratio()),
            Figure::Quotient(_) => Figure::Quotient(ratio()),
            Figure::UnitValue(_) => Figure::UnitValue(ratio()),
        }
    }

    /// The amounts, to the cent; the counts are not among them.
    pub(super) fn amounts(&self) -> Sums {
        let of = |key| self.value(key).map_or(Money::ZERO, to_cents);
        let revenue = |key| DirectCell { gross: of(key), ..DirectCell::default() };
        Sums {
            ad_spend: of(Key::AdSpend),
            team_cost: of(Key::TeamCost),
            other_cost: of(Key::OtherCost),
            commission: of(Key::Commission),
            direct: revenue(Key::Revenue),
            distribution: revenue(Key::DistributionRevenue),
            ..Sums::default()
        }
    }

    /// Works out all that follows, and sees that nothing contradicts it.
    fn follow(&mut self) -> Result<(), Unfit> {
        loop {
            let mut found = false;
            for relation in &RELATIONS {
                if let Some((key, value)) = self.solved(relation) {
                    self.values[key as usize] = Some(value);
                    found = true;
                }
            }
            if !found {
                return RELATIONS.iter().try_for_each(|relation| self.check(relation));
            }
        }
    }

    /// The only unknown of a relation.
    fn solved(&self, relation: &Relation) -> Option<(Key, Exact)> {
        let zero = exact(0);
        match relation {
            Relation::Product(whole, a, b) => match (self.value(*whole), self.value(*a), self.value(*b)) {
                (None, Some(x), Some(y)) => Some((*whole, x * y)),
                (Some(w), None, Some(y)) if *y != zero => Some((*a, w / y)),
                (Some(w), Some(x), None) if *x != zero => Some((*b, w / x)),
                _ => None,
            },
            Relation::Sum(whole, plus, minus) => {
                let parts = || plus.iter().map(|k| (*k, 1)).chain(minus.iter().map(|k| (*k, -1)));
                let known = parts().filter_map(|(k, sign)| Some(self.value(k)? * exact(sign)));
                let sum: Exact = known.sum();
                let mut unknown = parts().filter(|(k, _)| self.value(*k).is_none());
                match (self.value(*whole), unknown.next(), unknown.next()) {
                    (None, None, _) => Some((*whole, sum)),
                    (Some(w), Some((key, sign)), None) => Some((key, (w - sum) * exact(sign))),
                    _ => None,
                }
            }
        }
    }

    fn check(&self, relation: &Relation) -> Result<(), Unfit> {
        let (key, follows, leeway) = match relation {
            Relation::Product(whole, a, b) => {
                let (Some(x), Some(y)) = (self.value(*a), self.value(*b)) else { return Ok(()) };
                let size = if *x < exact(0) { -x } else { x.clone() };
                let more = if is_count(*a) || is_money(*a) { exact(0) } else { y * rounded_to(*a) };
                (*whole, x * y, size * rounded_to(*b) + more)
            }
            Relation::Sum(whole, plus, minus) => {
                let parts = plus.iter().map(|k| (k, 1)).chain(minus.iter().map(|k| (k, -1)));
                let values: Option<Vec<Exact>> =
                    parts.map(|(k, sign)| Some(self.value(*k)? * exact(sign))).collect();
                let Some(values) = values else { return Ok(()) };
                (*whole, values.iter().sum(), rounded_to(*whole) * exact(values.len() as u64))
            }
        };
        let Some(given) = self.value(key) else { return Ok(()) };
        let (off, leeway) = (given - &follows, leeway + rounded_to(key));
        if off <= leeway && -off <= leeway {
            return Ok(());
        }
        let other = Aims { values: vec![Some(follows); Key::ALL.len()], orders_as_they_were: false };
        let [given, follows] = [self.figure(key), other.figure(key)].map(Box::new);
        Err(Unfit::Contradiction { key, given, follows })
    }
}

fn is_count(key: Key) -> bool {
    matches!(key.of(&Sums::default()), Figure::Count(_))
}

fn is_money(key: Key) -> bool {
    matches!(key.of(&Sums::default()), Figure::Money(_))
}

/// By so much may a target be off that somebody rounded: half of what is shown last.
fn rounded_to(key: Key) -> Exact {
    match key.of(&Sums::default()) {
        Figure::Count(_) => exact(1) / exact(2),
        Figure::Share(_) => exact(1) / exact(20_000),
        Figure::Money(_) | Figure::Quotient(_) | Figure::UnitValue(_) => exact(1) / exact(200),
    }
}

fn number(figure: Figure) -> Option<Exact> {
    match figure {
        Figure::Count(n) => Some(exact(n)),
        Figure::Money(m) => Some(exact(m.0) / exact(UNITS)),
        Figure::Share(r) | Figure::Quotient(r) | Figure::UnitValue(r) => r.map(exact_ratio),
    }
}

/// Rounded half away from zero. What is beyond 128 bits is no target.
fn to_cents(x: &Exact) -> Money {
    let cents = (x * exact(UNITS / CENT)).round().to_integer();
    Money::from_cents(i64::try_from(cents).unwrap_or(i64::MAX).into())
}

#[cfg(test)]
mod tests {
    use super::super::{Method, Row, bridge, bridge_to};
    use super::*;
    use crate::pnl::Column;
    use crate::targets::Value;
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
        Aims::of(&targets(&[&NOTHING_SPENT, given].concat()), march(), &actual())
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
        [Row::Users, Row::Conversion, Row::OrdersPerBuyer, Row::OrderValue]
            .map(|row| bridge.total.effect(row))
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
        let Err(Unfit::Missing(missing)) = Aims::of(&targets(&given), march(), &sums) else { panic!() };
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
        // −1,000 of revenue at 10 per buyer would take −100 buyers.
        let below = [users, (Key::Revenue, cents(-100_000)), (Key::RevenuePerBuyer, per(1_000))];
        assert!(matches!(aims(&below), Err(Unfit::Negative(Key::Buyers))));
    }

    fn arbitrary() -> impl Strategy<Value = Sums> {
        let count = || prop_oneof![Just(0u64), 1u64..20, 1u64..100_000];
        let money = || prop_oneof![Just(0i128), -9_000i128..9_000_000];
        let counts = (count(), count(), count(), count(), count(), count());
        (counts, (money(), money(), money(), money(), money(), money())).prop_map(|(c, m)| {
            let revenue = |orders, gross| DirectCell {
                orders,
                gross: Money::from_cents(gross),
                ..DirectCell::default()
            };
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

    proptest! {
        #[test]
        fn targets_that_are_figures_of_a_period_explain_what_that_would(before in arbitrary(), after in arbitrary()) {
            let value = |key: &Key| match key.of(&after) {
                Figure::Count(n) => (*key, Value::Count(n)),
                Figure::Money(m) => (*key, Value::Money(m)),
                _ => unreachable!(),
            };
            let given: Vec<(Key, Value)> = LEAVES.iter().map(|(key, _)| value(key)).collect();
            let aims = Aims::of(&targets(&given), march(), &before).unwrap();
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
}
