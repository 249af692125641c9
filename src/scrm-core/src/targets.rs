//! Targets: what a month was meant to bring, and what that means for any days.
//!
//! A target is of a month, a key of the statement and perhaps a channel. What adds up over days (money, new users,
//! orders) is spread over the days of its month as a month's cost is: the k-th of n days has ⌊k·A/n⌋ − ⌊(k−1)·A/n⌋ in
//! the unit of the key, 1/10,000 of the currency or one; the target of other days is the sum of these shares, and there
//! is none where one of their months has none. What is counted at an end (users, distributors) has the target of the
//! month in which the last day lies. What is counted anew for each period (buyers, active distributors), and each ratio,
//! has a target only for a month, whole or as far as it goes; a ratio of several months is computed where both its parts
//! have a target for them.

use crate::change::{Change, Difference};
use crate::date::{Day, Month};
use crate::figures::{Figure, Key, Sums};
use crate::money::{Money, Rate, Ratio};
use crate::period::Range;
use crate::pnl::Statement;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// What is to be reached, in the unit of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Count(u64),
    Money(Money),
    /// In units of 10⁻¹⁰ ([`Rate::SCALE`]); a margin may be below zero.
    Share(i64),
    /// Things per thing, in 1/10,000.
    Quotient(Money),
    /// Money per thing.
    UnitValue(Money),
}

impl Value {
    /// As a figure of the statement.
    pub fn figure(self) -> Figure {
        match self {
            Value::Count(n) => Figure::Count(n),
            Value::Money(m) => Figure::Money(m),
            Value::Share(units) => Figure::Share(Ratio::of(units.into(), Rate::SCALE.into())),
            Value::Quotient(m) => Figure::Quotient(m.per(1)),
            Value::UnitValue(m) => Figure::UnitValue(m.per(1)),
        }
    }
}

/// How a key's target of a month goes over to other days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// By days.
    Additive,
    /// The state at the end.
    AtTheEnd,
    /// Of a month alone.
    OfAMonth,
}

impl Key {
    /// How its target of a month goes over to other days.
    pub fn spread(self) -> Spread {
        use Key::{Active, Buyers, DistributionBuyers, Distributors, Users};
        match self {
            Users | Distributors => Spread::AtTheEnd,
            Buyers | Active | DistributionBuyers => Spread::OfAMonth,
            key if key.parts().is_some() => Spread::OfAMonth,
            _ => Spread::Additive,
        }
    }

    /// Of a ratio: what is divided, and by what.
    pub const fn parts(self) -> Option<(Key, Key)> {
        Some(match self {
            Key::CostPerUser => (Key::AdSpend, Key::NewUsers),
            Key::Conversion => (Key::Buyers, Key::Users),
            Key::RevenuePerBuyer => (Key::Revenue, Key::Buyers),
            Key::OrdersPerBuyer => (Key::Orders, Key::Buyers),
            Key::OrderValue => (Key::Revenue, Key::Orders),
            Key::DistributorRate => (Key::Distributors, Key::Users),
            Key::ActiveRate => (Key::Active, Key::Distributors),
            Key::RevenuePerActive => (Key::DistributionRevenue, Key::Active),
            Key::TotalMargin => (Key::TotalProfit, Key::TotalRevenue),
            _ => return None,
        })
    }
}

/// All targets. A target without a channel is of the whole shop, and no sum of those of its channels.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    by_channel: BTreeMap<Option<Box<str>>, ByMonth>,
}

/// The targets of one channel by month and key.
type ByMonth = BTreeMap<(Month, usize), Value>;

impl Targets {
    /// Adds a target; `false` where there is one already, which stays.
    pub fn add(&mut self, month: Month, channel: Option<&str>, key: Key, value: Value) -> bool {
        let of = self.by_channel.entry(channel.map(Into::into)).or_default();
        let new = !of.contains_key(&(month, key as usize));
        of.entry((month, key as usize)).or_insert(value);
        new
    }

    pub fn is_empty(&self) -> bool {
        self.by_channel.is_empty()
    }

    /// How many targets are of a channel.
    pub fn of_channels(&self) -> usize {
        self.by_channel.iter().filter(|(channel, _)| channel.is_some()).map(|(_, of)| of.len()).sum()
    }

    /// The channels that have a target of a month.
    pub fn channels_of(&self, month: Month) -> impl Iterator<Item = &str> {
        let has = move |of: &ByMonth| of.keys().any(|(m, _)| *m == month);
        self.by_channel.iter().filter(move |(_, of)| has(of)).filter_map(|(channel, _)| channel.as_deref())
    }

    /// The target of one month as it was given.
    pub fn of_month(&self, month: Month, channel: Option<&str>, key: Key) -> Option<Value> {
        let of = self.by_channel.get(&channel.map(Into::into))?;
        of.get(&(month, key as usize)).copied()
    }

    /// The target of a key for some days, `to_date` where they are those of a period that is not over; `None` where
    /// there is none.
    pub fn of(&self, key: Key, days: Range, to_date: bool, channel: Option<&str>) -> Option<Figure> {
        let last = days.end.plus(-1).month();
        let given = |month| self.of_month(month, channel, key);
        match key.spread() {
            Spread::Additive => self.sum(key, days, channel),
            Spread::AtTheEnd => given(last).map(Value::figure),
            Spread::OfAMonth => {
                let is_month = days.begin == last.first_day() && (to_date || days.end == last.end());
                if !is_month {
                    return self.quotient(key, days, to_date, channel);
                }
                // To date as well it is that of the whole month, and not what is spread ÷ what is not.
                let month = Range { begin: last.first_day(), end: last.end() };
                given(last).map(Value::figure).or_else(|| self.quotient(key, month, false, channel))
            }
        }
    }

    /// The shares of all months in which the days lie.
    fn sum(&self, key: Key, days: Range, channel: Option<&str>) -> Option<Figure> {
        let (mut count, mut money) = (0u64, None);
        for month in days.begin.month().0..=days.end.plus(-1).month().0 {
            match self.of_month(Month(month), channel, key)? {
                Value::Count(n) => {
                    count += u64::try_from(share(n.into(), Month(month), days)).unwrap_or(0);
                }
                Value::Money(m) => {
                    *money.get_or_insert(Money::ZERO) += Money(share(m.0, Month(month), days));
                }
                _ => return None,
            }
        }
        Some(money.map_or(Figure::Count(count), Figure::Money))
    }

    /// A ratio from the targets of its parts.
    fn quotient(&self, key: Key, days: Range, to_date: bool, channel: Option<&str>) -> Option<Figure> {
        let (part, whole) = key.parts()?;
        let part = self.of(part, days, to_date, channel)?;
        let whole = self.of(whole, days, to_date, channel)?;
        Some(match (part, whole) {
            (Figure::Count(a), Figure::Count(b)) if key == Key::OrdersPerBuyer => {
                Figure::Quotient(Some(Ratio::of_counts(a, b)?))
            }
            (Figure::Count(a), Figure::Count(b)) => Figure::Share(Some(Ratio::of_counts(a, b)?)),
            (Figure::Money(a), Figure::Count(b)) => Figure::UnitValue(Some(a.per(b)?)),
            (Figure::Money(a), Figure::Money(b)) if b > Money::ZERO => Figure::Share(Some(a.over(b)?)),
            _ => return None,
        })
    }
}

/// A target, and how far it is reached.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    pub target: Figure,
    /// What was reached less the target.
    pub difference: Difference,
    /// What was reached ÷ the target; undefined where that is not above zero.
    pub reached: Option<Ratio>,
}

/// The goals of one column, a place for each key of [`Key::ALL`]; `None` where there is no target.
pub type Goals = Vec<Option<Goal>>;

/// A statement's goals.
#[derive(Clone, Debug)]
pub struct Progress {
    pub columns: Vec<Goals>,
    /// Those of the whole shop.
    pub total: Goals,
}

impl Targets {
    /// What a statement was meant to bring. `to_date`: it ends within a period that is not over.
    pub fn beside(&self, statement: &Statement, to_date: bool) -> Progress {
        let end = statement.range.map(|r| r.end);
        let goals = |range: Option<Range>, channel: Option<&str>, sums: &Sums| -> Goals {
            let to_date = |range: Range| to_date && Some(range.end) == end;
            let target = |key: &Key| range.and_then(|range| self.of(*key, range, to_date(range), channel));
            Key::ALL.iter().map(|key| target(key).map(|target| goal(key.of(sums), target))).collect()
        };
        let column = |c: &crate::pnl::Column| goals(c.range, c.channel.as_deref(), &c.sums);
        Progress {
            columns: statement.columns.iter().map(column).collect(),
            total: goals(statement.range, None, &statement.total),
        }
    }
}

fn goal(actual: Figure, target: Figure) -> Goal {
    let difference = Change::between(target, actual).difference;
    Goal { target, difference, reached: reached(actual, target) }
}

/// The share of a month's amount that falls in some days, without loss.
fn share(amount: i128, month: Month, days: Range) -> i128 {
    let (first, end) = (month.first_day(), month.end());
    let upto = |day: Day| {
        let k = i128::from(day.max(first).min(end).0 - first.0);
        (amount * k).div_euclid(i128::from(end.0 - first.0))
    };
    upto(days.end) - upto(days.begin)
}

/// Actual ÷ target; undefined where the target is not above zero, since half of a loss is no half of the way.
pub fn reached(actual: Figure, target: Figure) -> Option<Ratio> {
    use Figure::{Count, Money, Quotient, Share, UnitValue};
    match (actual, target) {
        (Count(a), Count(b)) => Ratio::of_counts(a, b),
        (Money(a), Money(b)) => a.over(b).filter(|_| b.0 > 0),
        (Share(a), Share(b)) | (Quotient(a), Quotient(b)) | (UnitValue(a), UnitValue(b)) => {
            crate::change::quotient(a?, b?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Amount;
    use crate::spread::CostDate;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        let n = |r: core::ops::Range<usize>| text[r].parse::<u32>().unwrap();
        Day::from_ymd(n(0..4) as i32, n(5..7), n(8..10)).unwrap()
    }

    fn days(begin: &str, end: &str) -> Range {
        Range { begin: day(begin), end: day(end) }
    }

    fn month(year: i32, month: u32) -> Month {
        Month::from_ym(year, month).unwrap()
    }

    fn cents(cents: i128) -> Money {
        Money::from_cents(cents)
    }

    /// The figure in millionths.
    fn millionths(figure: Option<Figure>) -> Option<i128> {
        match figure? {
            Figure::Count(n) => Some(i128::from(n) * 1_000_000),
            Figure::Money(m) => Some(m.0 * 100),
            Figure::Share(r) | Figure::Quotient(r) | Figure::UnitValue(r) => r.map(|r| r.rounded(6)),
        }
    }

    fn quarter() -> Targets {
        let mut t = Targets::default();
        for (m, revenue, users) in [(1, 3_100_000, 620), (2, 2_800_000, 560), (3, 4_000_000, 1_000)] {
            assert!(t.add(month(2026, m), None, Key::Revenue, Value::Money(cents(revenue))));
            assert!(t.add(month(2026, m), None, Key::NewUsers, Value::Count(users)));
            assert!(t.add(month(2026, m), None, Key::Users, Value::Count(1_000 * u64::from(m))));
            assert!(t.add(month(2026, m), None, Key::Conversion, Value::Share(300_000_000)));
        }
        assert!(t.add(month(2026, 3), None, Key::AdSpend, Value::Money(cents(800_000))));
        assert!(t.add(month(2026, 3), Some("a"), Key::Revenue, Value::Money(cents(1_000_000))));
        assert!(!t.add(month(2026, 3), Some("a"), Key::Revenue, Value::Money(cents(1))));
        t
    }

    #[test]
    fn targets_of_months_and_of_parts_of_them() {
        let t = quarter();
        let of =
            |key, begin: &str, end: &str, to_date| millionths(t.of(key, days(begin, end), to_date, None));
        let march = ("2026-03-01", "2026-04-01");
        assert_eq!(of(Key::Revenue, march.0, march.1, false), Some(40_000_000_000));
        assert_eq!(of(Key::Conversion, march.0, march.1, false), Some(30_000));
        // 9 of 31 days: ⌊400,000,000 × 9 ÷ 31⌋ = 116,129,032 units of 1/10,000; ⌊1,000 × 9 ÷ 31⌋ = ⌊290.3⌋ = 290 users.
        let to_date = ("2026-03-01", "2026-03-10");
        assert_eq!(of(Key::Revenue, to_date.0, to_date.1, true), Some(11_612_903_200));
        assert_eq!(of(Key::NewUsers, to_date.0, to_date.1, true), Some(290_000_000));
        // Of the pool and of a ratio the month's, as it is.
        assert_eq!(of(Key::Users, to_date.0, to_date.1, true), Some(3_000_000_000));
        assert_eq!(of(Key::Conversion, to_date.0, to_date.1, true), Some(30_000));
        // Nine days that somebody asked for are no month.
        assert_eq!(of(Key::Conversion, to_date.0, to_date.1, false), None);
        // 31,000 + 28,000 + 40,000; the pool at the end; no conversion of a quarter.
        assert_eq!(of(Key::Revenue, "2026-01-01", "2026-04-01", false), Some(99_000_000_000));
        assert_eq!(of(Key::Users, "2026-01-01", "2026-04-01", false), Some(3_000_000_000));
        assert_eq!(of(Key::Conversion, "2026-01-01", "2026-04-01", false), None);
        // A week over two months: 2 of 28 days of 28,000 and 5 of 31 of 40,000: 2,000 + 6,451.6129.
        assert_eq!(of(Key::Revenue, "2026-02-27", "2026-03-06", false), Some(8_451_612_900));
        // A month without one.
        assert_eq!(of(Key::Revenue, "2026-03-01", "2026-04-02", false), None);
        assert_eq!(of(Key::AdSpend, "2026-02-01", "2026-04-01", false), None);
        // Computed from its parts: 8,000 ÷ 1,000, to date as well; of nine days that somebody asked for it is
        // ⌊8,000 × 9 ÷ 31⌋ = 2,322.5806 ÷ 290 = 8.0088986…
        assert_eq!(of(Key::CostPerUser, march.0, march.1, false), Some(8_000_000));
        assert_eq!(of(Key::CostPerUser, to_date.0, to_date.1, true), Some(8_000_000));
        assert_eq!(of(Key::CostPerUser, to_date.0, to_date.1, false), Some(8_008_899));
        // A channel's own, and none where it has none.
        let a = |key| millionths(t.of(key, days(march.0, march.1), false, Some("a")));
        assert_eq!((a(Key::Revenue), a(Key::NewUsers)), (Some(10_000_000_000), None));
        assert_eq!(t.of_channels(), 1);
    }

    #[test]
    fn how_far_a_target_is_reached() {
        let share = |actual, target| reached(actual, target).map(|r| r.rounded(4));
        let money = |c: i128| Figure::Money(cents(c));
        assert_eq!(share(money(3_876_371), money(4_000_000)), Some(9_691)); // 38,763.71 ÷ 40,000
        assert_eq!(share(Figure::Count(290), Figure::Count(0)), None);
        assert_eq!(share(money(-5_000), money(10_000)), Some(-5_000));
        assert_eq!(share(money(-5_000), money(-10_000)), None);
        assert_eq!(share(money(5_000), money(0)), None);
        let ratio = |n, d| Figure::Share(Ratio::of(n, d));
        assert_eq!(share(ratio(1, 40), ratio(3, 100)), Some(8_333)); // 2.5 % of 3 %
        assert_eq!(share(ratio(1, 40), ratio(0, 100)), None);
        assert_eq!(share(Figure::Share(None), ratio(3, 100)), None);
    }

    proptest! {
        #[test]
        fn a_target_is_spread_as_a_cost_is(amount in 0i64..10i64.pow(16), a in 0i32..32, b in 0i32..32) {
            let march = month(2026, 3);
            let d = |k: i32| march.first_day().plus(k);
            let range = Range { begin: d(a.min(b)), end: d(a.max(b)) };
            let cost = CostDate::Month(march).share(Amount(amount), range);
            prop_assert_eq!(Money(share(amount.into(), march, range)), cost);
        }

        #[test]
        fn shares_of_any_amount_add_up(amount in -(10i128.pow(20))..10i128.pow(20), a in 0i32..40, b in 0i32..40) {
            let march = month(2026, 3);
            let d = |k: i32| march.first_day().plus(k - 4);
            let of = |x: i32, y: i32| share(amount, march, Range { begin: d(x), end: d(y) });
            let (a, b) = (a.min(b), a.max(b));
            prop_assert_eq!(of(0, a) + of(a, b) + of(b, 40), amount);
        }
    }
}
