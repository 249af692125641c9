//! Shares without loss: a month's cost over its days, and a shared cost over channels.

use crate::date::{Day, Month};
use crate::money::{Amount, CENT, Money};
use crate::period::Range;
use alloc::vec;
use alloc::vec::Vec;

/// When a cost was incurred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CostDate {
    Day(Day),
    /// Spread evenly over the days of the month.
    Month(Month),
}

impl CostDate {
    /// The first day and the last.
    pub fn span(self) -> (Day, Day) {
        match self {
            CostDate::Day(d) => (d, d),
            CostDate::Month(m) => (m.first_day(), m.end().plus(-1)),
        }
    }

    /// The part of `amount` that falls in `range`, to 1/10,000 and without loss: the k-th of a month's n days has
    /// ⌊k·A/n⌋ − ⌊(k−1)·A/n⌋.
    pub fn share(self, amount: Amount, range: Range) -> Money {
        match self {
            CostDate::Day(d) if range.contains(d) => amount.into(),
            CostDate::Day(_) => Money::ZERO,
            CostDate::Month(m) => {
                let (first, end) = (m.first_day(), m.end());
                let upto = |day: Day| {
                    let k = i128::from(day.max(first).min(end).0 - first.0);
                    (i128::from(amount.0) * k).div_euclid(i128::from(end.0 - first.0))
                };
                Money((upto(range.end) - upto(range.begin)).max(0))
            }
        }
    }
}

/// Spreads `cost` by `weights` (neither below zero): each exact share is cut to whole cents, what is left over goes
/// out a cent at a time by largest remainder, ties to the earlier weight, and what is under a cent to the next in line.
/// `None` where all weights are zero. The parts add up to `cost`.
pub fn by_largest_remainder(cost: Money, weights: &[i128]) -> Option<Vec<Money>> {
    let total: i128 = weights.iter().sum();
    if total <= 0 {
        return None;
    }
    let mut parts = vec![Money::ZERO; weights.len()];
    let mut line: Vec<((i128, i128), usize)> = Vec::new();
    let mut left = cost.0;
    for (i, &w) in weights.iter().enumerate().filter(|(_, w)| **w > 0) {
        let (units, rest) = mul_div(cost.0, w, total);
        let under = units % i128::from(CENT);
        parts[i] = Money(units - under);
        left -= units - under;
        line.push(((under, rest), i));
    }
    line.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    // Less than a cent is left over for each receiver, so the line is never used up.
    for (_, i) in line {
        let part = left.min(i128::from(CENT));
        parts[i] += Money(part);
        left -= part;
    }
    Some(parts)
}

/// `a × w ÷ total` as quotient and rest, for `0 ≤ w ≤ total`, without a product above 128 bits.
fn mul_div(a: i128, w: i128, total: i128) -> (i128, i128) {
    if let Some(product) = a.checked_mul(w) {
        return (product.div_euclid(total), product.rem_euclid(total));
    }
    // Long multiplication, bit by bit: only sums of money weighed by sums of money come here.
    let (mut quotient, mut rest) = (0i128, 0i128);
    for bit in (0..127).rev() {
        quotient *= 2;
        rest *= 2;
        if a >> bit & 1 == 1 {
            rest += w;
        }
        quotient += rest / total;
        rest %= total;
    }
    (quotient, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_month_of_a_hundred_spread_over_its_days() {
        // 100.00 over 31 days is 3.2258 and a bit; the floors of k·1,000,000/31 differ by 32,258 or 32,259.
        let jan = Month::from_ym(2024, 1).unwrap();
        let one = |k: i32| Range { begin: jan.first_day().plus(k), end: jan.first_day().plus(k + 1) };
        let days: Vec<i128> =
            (0..31).map(|k| CostDate::Month(jan).share(Amount(1_000_000), one(k)).0).collect();
        assert_eq!(days[0], 32_258); // ⌊1,000,000/31⌋
        assert_eq!(days[1], 32_258); // ⌊2,000,000/31⌋ = 64,516
        assert_eq!(days[15], 32_259); // ⌊16,000,000/31⌋ = 516,129 less ⌊15,000,000/31⌋ = 483,870
        assert_eq!(days.iter().sum::<i128>(), 1_000_000);
    }

    #[test]
    fn cents_go_to_the_largest_remainders() {
        // 100.00 by 1:1:1 is 33.33 each; the cent left over goes to the first of the tied.
        let parts = by_largest_remainder(Money::from_cents(10_000), &[1, 1, 1]).unwrap();
        assert_eq!(parts, [3334, 3333, 3333].map(Money::from_cents));
        // 0.05 by 1:2 is 0.0166… and 0.0333…: one and three cents, and the fifth to the larger rest (0.66 of a cent).
        let parts = by_largest_remainder(Money::from_cents(5), &[1, 2]).unwrap();
        assert_eq!(parts, [2, 3].map(Money::from_cents));
        // 1.0050: 0.50 and a rest of 0.0025 each; the 0.0050 left over is under a cent and goes to the first in line.
        let parts = by_largest_remainder(Money(10_050), &[0, 1, 1]).unwrap();
        assert_eq!(parts, [Money(0), Money(5_050), Money(5_000)]);
        // 0.0150 by 1:1: 0.0075 each; a cent to the first, the 0.0050 under a cent to the next in line.
        let parts = by_largest_remainder(Money(150), &[1, 1]).unwrap();
        assert_eq!(parts, [Money(100), Money(50)]);
        assert_eq!(by_largest_remainder(Money(1), &[0, 0]), None);
    }

    proptest! {
        #[test]
        fn nothing_is_left_over(cost in 0i128..10i128.pow(24), weights in prop::collection::vec(0i128..10i128.pow(24), 1..9)) {
            match by_largest_remainder(Money(cost), &weights) {
                None => prop_assert!(weights.iter().all(|w| *w == 0)),
                Some(parts) => {
                    prop_assert_eq!(parts.iter().copied().sum::<Money>(), Money(cost));
                    for (part, w) in parts.iter().zip(&weights) {
                        prop_assert!(part.0 >= 0 && (*w > 0 || part.is_zero()));
                    }
                }
            }
        }

        #[test]
        fn a_month_adds_up_over_any_cut(amount in 0i64..10i64.pow(16), a in 0i32..40, b in 0i32..40) {
            let m = Month::from_ym(2023, 2).unwrap();
            let d = |k: i32| m.first_day().plus(k - 5);
            let (a, b) = (a.min(b), a.max(b));
            let share = |x, y| CostDate::Month(m).share(Amount(amount), Range { begin: d(x), end: d(y) });
            prop_assert_eq!(share(0, a) + share(a, b) + share(b, 40), Money::from(Amount(amount)));
        }
    }
}
