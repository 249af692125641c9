//! Conditions of `--fail-if`: `direct.profit < 0`.

use super::{Meant, wrong};
use crate::said;
use rust_decimal::Decimal;
use scrm_core::bridge::{Part, Row};
use scrm_core::cohort::{Cohort, Measure, System};
use scrm_core::money::Ratio;
use scrm_core::pnl::{Figure, Key, Sums};
use scrm_core::scenario::{Line, Outcome};
use std::cmp::Ordering;

/// Whether a comparison with the number meets the condition.
type Holds = fn(Ordering) -> bool;

/// A `--fail-if`: a key, a comparison, a number.
#[derive(Clone, Debug)]
pub struct Condition<K> {
    pub text: String,
    key: K,
    holds: Holds,
    number: Decimal,
}

impl<K: Copy> Condition<K> {
    /// Reads a condition on one of the keys.
    pub(super) fn parse(text: &str, keys: &[K], name_of: fn(K) -> &'static str) -> Meant<Condition<K>> {
        const OPERATORS: [(&str, Holds); 6] = [
            ("<=", Ordering::is_le),
            (">=", Ordering::is_ge),
            ("==", Ordering::is_eq),
            ("!=", Ordering::is_ne),
            ("<", Ordering::is_lt),
            (">", Ordering::is_gt),
        ];
        let found = text.find(['<', '>', '=', '!']).and_then(|at| {
            let (name, rest) = text.split_at(at);
            OPERATORS.iter().find_map(|(o, f)| Some((name.trim(), rest.strip_prefix(o)?.trim(), *f)))
        });
        let Some((name, number, holds)) = found else {
            return wrong(said!(
                "--fail-if: {text:?}: write a key, one of < <= > >= == !=, and a number",
                "--fail-if：{text:?}：请写指标、< <= > >= == != 之一和一个数"
            ));
        };
        let Some(key) = keys.iter().copied().find(|k| name_of(*k) == name) else {
            let near = crate::words::near(name, keys.iter().map(|k| name_of(*k)));
            return wrong(match near {
                Some(n) => said!(
                    "--fail-if: no key {name:?}; did you mean {n}?",
                    "--fail-if：没有指标 {name:?}，是否指 {n}？"
                ),
                None => said!(
                    "--fail-if: no key {name:?}; see the keys of -O json",
                    "--fail-if：没有指标 {name:?}，可用 -O json 查看"
                ),
            });
        };
        let plain = number.strip_prefix('-').unwrap_or(number);
        let is_number = plain.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && plain.starts_with(|c: char| c.is_ascii_digit());
        match Decimal::from_str_exact(number).ok().filter(|_| is_number) {
            Some(value) => Ok(Condition { text: text.trim().into(), key, holds, number: value }),
            None => wrong(said!(
                "--fail-if: {number:?} is not a number; 20 % is 0.2",
                "--fail-if：{number:?} 不是数；20 % 请写 0.2"
            )),
        }
    }

    /// Does it hold for a value? What is undefined meets no condition.
    fn holds_of(&self, value: Option<Ratio>) -> bool {
        value.is_some_and(|v| (self.holds)(v.cmp_decimal(self.number)))
    }
}

impl Condition<Key> {
    /// Does it hold for a column? An undefined figure meets no condition.
    pub fn holds_for(&self, sums: &Sums, goods_cost: bool) -> bool {
        if self.key.needs_goods_cost() && !goods_cost {
            return false;
        }
        self.holds_of(number(self.key.of(sums)))
    }
}

/// A figure as a number; `None` where it is undefined.
fn number(figure: Figure) -> Option<Ratio> {
    match figure {
        Figure::Count(n) => Ratio::of(i128::from(n), 1),
        Figure::Money(m) => m.per(1),
        Figure::Share(r) | Figure::Quotient(r) | Figure::UnitValue(r) => r,
    }
}

impl Condition<Measure> {
    /// Does it hold for a cohort? What is not paid back yet meets no condition.
    pub fn holds_for_cohort(&self, cohort: &Cohort, system: System) -> bool {
        self.holds_of(self.key.of(cohort, system).and_then(number))
    }
}

impl Condition<Row> {
    /// Does it hold for the effects on everything or on one channel, as they are shown?
    pub fn holds_for_effect(&self, part: &Part) -> bool {
        self.holds_of(part.effect(self.key).per(1))
    }
}

impl Condition<Line> {
    /// Does it hold for what a plan comes to?
    pub fn holds_for_plan(&self, outcome: &Outcome) -> bool {
        self.holds_of(outcome.ratio(self.key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Meant<Condition<Key>> {
        Condition::parse(text, Key::ALL, Key::name)
    }

    #[test]
    fn conditions_compare_exactly() {
        let mut sums = Sums { users: 3, buyers: 1, ..Sums::default() };
        sums.direct.gross = scrm_core::money::Money::from_cents(10_001);
        let holds = |text: &str| parse(text).unwrap().holds_for(&sums, false);
        assert!(holds("direct.conversion > 0.333333"));
        assert!(!holds("direct.conversion >= 0.333334"));
        assert!(holds("direct.users==3") && holds("direct.users != 4") && holds("direct.revenue <= 100.01"));
        assert!(holds("direct.profit > -0.5"));
        // Undefined, or not in this data: meets nothing.
        assert!(!holds("traffic.cost_per_user >= 0") && !holds("traffic.cost_per_user < 0"));
        assert!(!holds("direct.contribution > -1"));
        for text in [
            "direct.profi < 0",
            "direct.profit = 0",
            "direct.profit < ",
            "direct.profit < ten",
            "< 0",
            "",
            "direct.profit < 1e3",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
