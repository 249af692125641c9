//! By how much a figure differs from what it was in another period.
//!
//! Differences are exact. A change in percent is the difference ÷ the size of what was, so that it is above zero where
//! the figure rose, also from below zero; it is undefined where what was is zero or undefined. The change of a share,
//! which is itself shown in percent, is in percentage points: its plain difference.

use crate::against::{Agenda, Pair};
use crate::figures::{Figure, Key, Sums};
use crate::money::{Money, Ratio};
use crate::period::Range;
use crate::pnl::{Column, Statement};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use num_bigint::BigInt;
use num_rational::BigRational;

/// What a figure rose by (or fell, below zero). `None` is undefined: one of both is.
#[derive(Clone, Copy, Debug)]
pub enum Difference {
    Count(i128),
    Money(Money),
    /// Of shares: 0.01 is one percentage point.
    Share(Option<Ratio>),
    Quotient(Option<Ratio>),
    UnitValue(Option<Ratio>),
}

/// How a figure changed.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    pub from: Figure,
    pub difference: Difference,
    /// The difference ÷ the size of what was: 0.2 is 20 %. Not for shares.
    pub relative: Option<Ratio>,
}

impl Change {
    /// The change of a figure between the sums of two columns.
    pub fn of(key: Key, from: &Sums, to: &Sums) -> Change {
        Change::between(key.of(from), key.of(to))
    }

    /// The change between two figures of one kind; undefined between those of two.
    pub fn between(from: Figure, to: Figure) -> Change {
        use Figure::{Count, Money, Quotient, Share, UnitValue};
        let (difference, relative) = match (from, to) {
            (Count(a), Count(b)) => {
                let (a, b) = (i128::from(a), i128::from(b));
                (Difference::Count(b - a), Ratio::of(b - a, a))
            }
            (Money(a), Money(b)) => (Difference::Money(b - a), Ratio::of((b - a).0, a.0.abs())),
            (Share(a), Share(b)) => (Difference::Share(less(b, a)), None),
            (Quotient(a), Quotient(b)) => (Difference::Quotient(less(b, a)), relative(a, b)),
            (UnitValue(a), UnitValue(b)) => (Difference::UnitValue(less(b, a)), relative(a, b)),
            _ => (Difference::Quotient(None), None),
        };
        Change { from, difference, relative }
    }

    /// The difference as a plain number: of shares 0.01 for a percentage point, else in units of the figure.
    pub fn absolute(&self) -> Option<Ratio> {
        match self.difference {
            Difference::Count(n) => Ratio::of(n, 1),
            Difference::Money(m) => m.per(1),
            Difference::Share(r) | Difference::Quotient(r) | Difference::UnitValue(r) => r,
        }
    }
}

/// The other days of a column, and what the figures were there.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    pub pair: Pair,
    /// `None` where nothing is known of these days: there are none, or the data has none of them.
    pub sums: Option<Sums>,
}

/// A statement beside what each of its columns is compared with.
#[derive(Clone, Debug)]
pub struct Beside {
    pub statement: Statement,
    /// For each column; `None` where it belongs to no days.
    pub columns: Vec<Option<Before>>,
    pub total: Before,
}

impl Beside {
    /// Puts a statement beside those of the other days: `others`, which is laid out like it over all of them, and
    /// `total`, the sums of those of its total. `known` says of which days the data knows something.
    pub fn new(
        statement: Statement,
        agenda: &Agenda,
        others: Option<&Statement>,
        total: Option<Sums>,
        known: impl Fn(Range) -> bool,
    ) -> Beside {
        let known = |pair: &Pair| pair.other.is_some_and(&known);
        let days = |range: Range| (range.begin, range.end);
        let place = |c: &Column| Some(((days(c.range?), c.channel.clone()), c.sums));
        let found: BTreeMap<_, Sums> =
            others.iter().flat_map(|s| s.columns.iter().filter_map(place)).collect();
        let sums = |pair: &Pair, column: &Column| {
            // A channel that had nothing may have no column.
            let its = pair.other.and_then(|range| found.get(&(days(range), column.channel.clone())));
            known(pair).then(|| its.copied().unwrap_or_default())
        };
        let before = |column: &Column| {
            let range = column.range?;
            let i = agenda.columns.binary_search_by_key(&range.begin, |pair| pair.range.begin).ok()?;
            let pair = agenda.columns.get(i).filter(|pair| pair.range == range)?;
            Some(Before { pair: *pair, sums: sums(pair, column) })
        };
        let columns = statement.columns.iter().map(before).collect();
        let total = Before { pair: agenda.total, sums: total.filter(|_| known(&agenda.total)) };
        Beside { statement, columns, total }
    }
}

pub(crate) fn exact(r: Ratio) -> BigRational {
    let (num, den) = r.parts();
    BigRational::new_raw(BigInt::from(num), BigInt::from(den))
}

/// The largest denominator that a quotient keeps: one that can still be rounded to ten decimals in 128 bits.
const MOST: i128 = 10i128.pow(28);

/// The number as a quotient of 128 bits; what does not fit there is kept to nine decimals.
pub(crate) fn fitted(x: &BigRational) -> Option<Ratio> {
    let x = x.reduced();
    let whole = |n: &BigInt| i128::try_from(n).ok();
    if let (Some(num), Some(den)) = (whole(x.numer()), whole(x.denom()).filter(|den| *den <= MOST)) {
        return Ratio::of(num, den);
    }
    let fine = (x * BigRational::from_integer(BigInt::from(1_000_000_000))).round();
    Ratio::of(whole(fine.numer())?, 1_000_000_000)
}

fn less(a: Option<Ratio>, b: Option<Ratio>) -> Option<Ratio> {
    fitted(&(exact(a?) - exact(b?)))
}

/// One number ÷ another that is above zero.
pub(crate) fn quotient(a: Ratio, b: Ratio) -> Option<Ratio> {
    let b = exact(b);
    (b > BigRational::from_integer(BigInt::from(0))).then(|| fitted(&(exact(a) / b))).flatten()
}

fn relative(from: Option<Ratio>, to: Option<Ratio>) -> Option<Ratio> {
    let (from, to) = (exact(from?), exact(to?));
    let zero = BigRational::from_integer(BigInt::from(0));
    let size = if from < zero { -&from } else { from.clone() };
    (from != zero).then(|| fitted(&((to - from) / size))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::DirectCell;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    fn sums(users: u64, buyers: u64, orders: u64, gross: i128, spend: i128) -> Sums {
        let direct = DirectCell { orders, gross: Money::from_cents(gross), ..DirectCell::default() };
        Sums { users, buyers, direct, ad_spend: Money::from_cents(spend), ..Sums::default() }
    }

    /// The difference and the relative change in millionths, `None` where undefined.
    fn of(key: Key, from: &Sums, to: &Sums) -> (Option<i128>, Option<i128>) {
        let change = Change::of(key, from, to);
        (change.absolute().map(|r| r.rounded(6)), change.relative.map(|r| r.rounded(6)))
    }

    #[test]
    fn differences_and_percentages_by_hand() {
        let from = sums(1000, 120, 150, 3_600_000, 4_000_000);
        let to = sums(1500, 150, 210, 4_275_000, 4_200_000);
        // 1,500 − 1,000 = 500; 500 ÷ 1,000 = 50 %.
        assert_eq!(of(Key::Users, &from, &to), (Some(500_000_000), Some(500_000)));
        // 42,750 − 36,000 = 6,750; ÷ 36,000 = 18.75 %.
        assert_eq!(of(Key::Revenue, &from, &to), (Some(6_750_000_000), Some(187_500)));
        // 10 % − 12 % = −2 percentage points, and no percentage.
        assert_eq!(of(Key::Conversion, &from, &to), (Some(-20_000), None));
        // 285 − 300 = −15; ÷ 300 = −5 %.
        assert_eq!(of(Key::RevenuePerBuyer, &from, &to), (Some(-15_000_000), Some(-50_000)));
        // 1.4 − 1.25 = 0.15; ÷ 1.25 = 12 %.
        assert_eq!(of(Key::OrdersPerBuyer, &from, &to), (Some(150_000), Some(120_000)));
        // From 36,000 − 40,000 = −4,000 to 42,750 − 42,000 = 750: 4,750 more, 4,750 ÷ 4,000 = 118.75 % up.
        assert_eq!(of(Key::DirectProfit, &from, &to), (Some(4_750_000_000), Some(1_187_500)));
        // And back: −4,750 ÷ 750 = −633.33 %.
        assert_eq!(of(Key::DirectProfit, &to, &from), (Some(-4_750_000_000), Some(-6_333_333)));
    }

    #[test]
    fn what_was_zero_or_undefined_has_no_percentage() {
        let (none, some) = (Sums::default(), sums(100, 3, 4, 60_000, 0));
        assert_eq!(of(Key::Users, &none, &some), (Some(100_000_000), None));
        assert_eq!(of(Key::Revenue, &none, &some), (Some(600_000_000), None));
        assert_eq!(of(Key::Revenue, &some, &none), (Some(-600_000_000), Some(-1_000_000)));
        // Undefined on one side: neither a difference nor a percentage.
        for key in [Key::Conversion, Key::RevenuePerBuyer, Key::OrdersPerBuyer, Key::TotalMargin] {
            assert_eq!(of(key, &none, &some), (None, None), "{key:?}");
            assert_eq!(of(key, &some, &none), (None, None), "{key:?}");
        }
        // A conversion of 0 % is a number: 3 % − 0 % = 3 points.
        assert_eq!(of(Key::Conversion, &sums(50, 0, 0, 0, 0), &some), (Some(30_000), None));
        // Revenue per buyer of 0.00 is one, too, but nothing to divide by.
        assert_eq!(
            of(Key::RevenuePerBuyer, &sums(50, 2, 2, 0, 0), &some),
            (Some(200_000_000), None) // 600 ÷ 3 − 0 ÷ 2
        );
    }

    #[test]
    fn changes_compare_exactly() {
        // From 30,000.00 to 24,000.00 is −20 % and no less; a unit of 1/10,000 further it is.
        let from = sums(0, 0, 0, 3_000_000, 0);
        let mut to = sums(0, 0, 0, 2_400_000, 0);
        let relative = |to: &Sums| Change::of(Key::Revenue, &from, to).relative.unwrap();
        assert!(relative(&to).cmp_decimal(Decimal::new(-20, 2)).is_eq());
        to.direct.gross -= Money(1);
        assert!(relative(&to).cmp_decimal(Decimal::new(-20, 2)).is_lt());
    }

    /// 3 × 10²² of the currency from 4.3 billion buyers, and a unit more from one more: nothing overflows.
    #[test]
    fn the_largest_figures_are_rounded() {
        let gross = |units| DirectCell { gross: Money(units), ..DirectCell::default() };
        let from = Sums { buyers: 4_294_967_291, direct: gross(3 * 10i128.pow(26)), ..Sums::default() };
        let to = Sums { buyers: 4_294_967_290, direct: gross(3 * 10i128.pow(26) + 1), ..Sums::default() };
        // As good as n ÷ (n − 1) − 1 = 1 ÷ 4,294,967,290 = 2.33 × 10⁻¹⁰, in units of 10⁻⁸ nothing.
        let change = Change::of(Key::RevenuePerBuyer, &from, &to);
        assert_eq!(change.relative.unwrap().rounded(8), 0);
        // 3 × 10²² ÷ 4,294,967,291 is about 6.985 × 10¹², a 4,294,967,290th of which is 1,626.3.
        assert_eq!(change.absolute().unwrap().rounded(0), 1_626);
    }

    fn arbitrary() -> impl Strategy<Value = Sums> {
        let count = || prop_oneof![Just(0u64), 1u64..50, any::<u32>().prop_map(u64::from)];
        let money = || prop_oneof![Just(0i128), -900i128..900, -(10i128.pow(22))..10i128.pow(22)];
        (count(), count(), count(), money(), money(), money()).prop_map(|(users, buyers, orders, a, b, c)| {
            Sums {
                users,
                buyers,
                direct: DirectCell { orders, gross: Money(a), refunds: Money(b), goods_cost: Money(c) },
                ad_spend: Money(c),
                new_users: buyers,
                distribution: DirectCell { orders, gross: Money(b), refunds: Money(a), goods_cost: Money(c) },
                commission: Money(b),
                ..Sums::default()
            }
        })
    }

    proptest! {
        #[test]
        fn reversed_a_difference_has_the_other_sign(a in arbitrary(), b in arbitrary()) {
            for &key in Key::ALL {
                let there = Change::of(key, &a, &b).absolute().map(|r| r.rounded(6));
                let back = Change::of(key, &b, &a).absolute().map(|r| r.rounded(6));
                prop_assert_eq!(there, back.map(|d| -d), "{}", key.name());
            }
        }

        #[test]
        fn nothing_differs_from_itself(a in arbitrary()) {
            for &key in Key::ALL {
                let (difference, relative) = of(key, &a, &a);
                prop_assert!(difference.is_none_or(|d| d == 0) && relative.is_none_or(|r| r == 0));
            }
        }

        #[test]
        fn what_adds_up_changes_by_the_sum_of_the_changes(
            parts in prop::collection::vec((arbitrary(), arbitrary()), 1..5)
        ) {
            let mut sums = [Sums::default(); 2];
            for (a, b) in &parts {
                sums[0].merge(a);
                sums[1].merge(b);
            }
            for &key in Key::ALL {
                let money = |c: Change| if let Difference::Money(m) = c.difference { Some(m) } else { None };
                let Some(whole) = money(Change::of(key, &sums[0], &sums[1])) else { continue };
                let each = parts.iter().filter_map(|(a, b)| money(Change::of(key, a, b)));
                prop_assert_eq!(each.sum::<Money>(), whole, "{}", key.name());
            }
        }

        #[test]
        fn the_sign_of_a_percentage_is_that_of_the_difference(a in arbitrary(), b in arbitrary()) {
            for &key in Key::ALL {
                let change = Change::of(key, &a, &b);
                if let (Some(d), Some(r)) = (change.absolute(), change.relative) {
                    let zero = Decimal::ZERO;
                    prop_assert_eq!(d.cmp_decimal(zero), r.cmp_decimal(zero), "{}", key.name());
                }
            }
        }
    }
}
