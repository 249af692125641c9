//! How each figure follows from others.

use crate::figures::Key;
use alloc::vec;
use alloc::vec::Vec;

/// How a figure is made.
#[derive(Clone, Copy, Debug)]
pub enum Formula {
    /// Counted or summed from rows.
    Rows,
    /// Other figures added up.
    Sum(&'static [Part]),
    /// The first ÷ the second.
    Ratio(Key, Key),
}

/// A figure in a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub key: Key,
    /// It is taken off.
    pub minus: bool,
}

const fn plus(key: Key) -> Part {
    Part { key, minus: false }
}
const fn minus(key: Key) -> Part {
    Part { key, minus: true }
}

impl Key {
    /// How the figure is made from others.
    pub const fn formula(self) -> Formula {
        use Formula::{Ratio, Rows, Sum};
        use Key::*;
        match self {
            NewUsers | AdSpend | TeamCost | OtherCost | Users | Buyers | Orders | Gross | Refunds => Rows,
            GoodsCost | Distributors | Active | DistributionBuyers | DistributionOrders => Rows,
            DistributionGross | DistributionRefunds | DistributionGoodsCost | Commission => Rows,
            CostPerUser => Ratio(AdSpend, NewUsers),
            Conversion => Ratio(Buyers, Users),
            RevenuePerBuyer => Ratio(Revenue, Buyers),
            OrdersPerBuyer => Ratio(Orders, Buyers),
            OrderValue => Ratio(Revenue, Orders),
            DistributorRate => Ratio(Distributors, Users),
            ActiveRate => Ratio(Active, Distributors),
            RevenuePerActive => Ratio(DistributionRevenue, Active),
            TotalMargin => Ratio(TotalProfit, TotalRevenue),
            TrafficCost => Sum(const { &[plus(AdSpend), plus(TeamCost), plus(OtherCost)] }),
            Revenue => Sum(const { &[plus(Gross), minus(Refunds)] }),
            DirectProfit => Sum(const { &[plus(Revenue), minus(TrafficCost)] }),
            Contribution => Sum(const { &[plus(DirectProfit), minus(GoodsCost)] }),
            DistributionRevenue => Sum(const { &[plus(DistributionGross), minus(DistributionRefunds)] }),
            DistributionProfit => Sum(const { &[plus(DistributionRevenue), minus(Commission)] }),
            DistributionContribution => {
                Sum(const { &[plus(DistributionProfit), minus(DistributionGoodsCost)] })
            }
            TotalRevenue => Sum(const { &[plus(Revenue), plus(DistributionRevenue)] }),
            TotalCost => Sum(const { &[plus(TrafficCost), plus(Commission)] }),
            TotalProfit => Sum(const { &[plus(TotalRevenue), minus(TotalCost)] }),
            TotalGoodsCost => Sum(const { &[plus(GoodsCost), plus(DistributionGoodsCost)] }),
            TotalContribution => Sum(const { &[plus(TotalProfit), minus(TotalGoodsCost)] }),
        }
    }
}

/// The sums to which rows add up where a figure is explained: the figure itself, or what a ratio divides and by what.
pub fn sums(key: Key) -> Vec<Key> {
    match key.formula() {
        Formula::Ratio(above, below) => vec![above, below],
        Formula::Rows | Formula::Sum(_) => vec![key],
    }
}

/// The figures from rows that a sum is made of, and whether each is taken off; none stands twice.
pub fn leaves(sum: Key) -> Vec<Part> {
    match sum.formula() {
        Formula::Sum(parts) => {
            let of = |part: &Part| {
                let turned = part.minus;
                leaves(part.key).into_iter().map(move |l| Part { minus: l.minus != turned, ..l })
            };
            parts.iter().flat_map(of).collect()
        }
        Formula::Rows | Formula::Ratio(..) => vec![plus(sum)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::{Figure, Sums};
    use crate::fold::DirectCell;
    use crate::money::{Money, Ratio};
    use proptest::prelude::*;

    /// The figure's value: things, or 1/10,000 of money.
    fn units(key: Key, sums: &Sums) -> i128 {
        match key.of(sums) {
            Figure::Count(n) => n.into(),
            Figure::Money(m) => m.0,
            _ => panic!("{} is a ratio", key.name()),
        }
    }

    fn cell((orders, gross, refunds, goods_cost): (u64, i128, i128, i128)) -> DirectCell {
        let [gross, refunds, goods_cost] = [gross, refunds, goods_cost].map(Money);
        DirectCell { orders, gross, refunds, goods_cost }
    }

    prop_compose! {
        fn some_sums()(
            counts in prop::array::uniform6(0u64..50),
            money in prop::array::uniform4(-1_000_000i128..1_000_000),
            direct in (0u64..50, 0i128..1_000_000, 0i128..1_000_000, 0i128..1_000_000),
            sold in (0u64..50, 0i128..1_000_000, 0i128..1_000_000, 0i128..1_000_000),
        ) -> Sums {
            let [new_users, users, buyers, distributors, active, distribution_buyers] = counts;
            let [ad_spend, team_cost, other_cost, commission] = money.map(Money);
            Sums {
                new_users, users, buyers, distributors, active, distribution_buyers,
                ad_spend, team_cost, other_cost, commission,
                direct: cell(direct), distribution: cell(sold),
            }
        }
    }

    proptest! {
        #[test]
        fn every_formula_gives_the_statements_figure(s in some_sums()) {
            for &key in Key::ALL {
                match (key.formula(), key.of(&s)) {
                    (Formula::Rows, _) => {}
                    (Formula::Sum(parts), _) => {
                        let sign = |minus| if minus { -1 } else { 1 };
                        let parts = parts.iter().map(|p| sign(p.minus) * units(p.key, &s)).sum::<i128>();
                        prop_assert_eq!(parts, units(key, &s), "{}", key.name());
                        let leaves = leaves(key).iter().map(|p| sign(p.minus) * units(p.key, &s)).sum::<i128>();
                        prop_assert_eq!(leaves, units(key, &s), "{}", key.name());
                    }
                    (Formula::Ratio(above, below), Figure::Share(r) | Figure::Quotient(r) | Figure::UnitValue(r)) => {
                        // Things count as 1, money as 10,000.
                        let scale = |k: Key| if matches!(k.of(&s), Figure::Count(_)) { 10_000 } else { 1 };
                        let want = Ratio::of(units(above, &s) * scale(above), units(below, &s) * scale(below));
                        let defined = units(below, &s) > 0;
                        let rounded = |r: Option<Ratio>| r.map(|r| r.rounded(6));
                        prop_assert_eq!(rounded(r), rounded(want.filter(|_| defined)), "{}", key.name());
                    }
                    (Formula::Ratio(..), other) => panic!("{}: {other:?}", key.name()),
                }
            }
        }
    }

    #[test]
    fn no_leaf_stands_twice_in_a_sum() {
        for sum in Key::ALL.iter().flat_map(|k| sums(*k)) {
            let mut names: Vec<&str> = leaves(sum).iter().map(|p| p.key.name()).collect();
            assert!(leaves(sum).iter().all(|p| matches!(p.key.formula(), Formula::Rows)), "{}", sum.name());
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{}", sum.name());
        }
    }
}
