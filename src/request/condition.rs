//! Conditions of `--fail-if`: `direct.profit < 0`, `change(direct.profit) < -20%`.

use super::{Meant, wrong};
use crate::error::UsageError;
use crate::said;
use rust_decimal::Decimal;
use scrm_core::bridge::{Part, Row};
use scrm_core::change::Change;
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
    tested: Tested,
    holds: Holds,
    number: Decimal,
}

/// What of the key's figure the number is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tested {
    Value,
    /// Its change, in its own unit.
    Change,
    /// Its change ÷ the size of what it was.
    RelativeChange,
}

impl<K: Copy> Condition<K> {
    /// Reads a condition on one of the keys.
    pub(super) fn parse(text: &str, keys: &[K], name_of: fn(K) -> &'static str) -> Meant<Condition<K>> {
        let Typed { name, number, holds } = typed(text)?;
        if name.starts_with("change(") {
            return wrong(said!(
                "--fail-if {text:?}: changes are those of pnl --compare; write the key alone",
                "--fail-if {text:?}：变动只用于 pnl --compare，请只写指标"
            ));
        }
        let key = key_named(name, keys, name_of)?;
        let value = decimal(number).ok_or_else(|| not_a_number(number))?;
        Ok(Condition { text: text.trim().into(), key, tested: Tested::Value, holds, number: value })
    }

    /// Is it about the change of a figure, which needs something to compare with?
    pub fn is_of_change(&self) -> bool {
        self.tested != Tested::Value
    }

    /// Does it hold for a value? What is undefined meets no condition.
    fn holds_of(&self, value: Option<Ratio>) -> bool {
        value.is_some_and(|v| (self.holds)(v.cmp_decimal(self.number)))
    }
}

/// A condition as it stands there.
struct Typed<'a> {
    name: &'a str,
    number: &'a str,
    holds: Holds,
}

fn typed(text: &str) -> Meant<Typed<'_>> {
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
        let with = |(o, holds): (&str, Holds)| {
            Some(Typed { name: name.trim(), number: rest.strip_prefix(o)?.trim(), holds })
        };
        OPERATORS.into_iter().find_map(with)
    });
    found.ok_or_else(|| {
        UsageError(said!(
            "--fail-if: {text:?}: write a key, one of < <= > >= == !=, and a number",
            "--fail-if：{text:?}：请写指标、< <= > >= == != 之一和一个数"
        ))
    })
}

fn key_named<K: Copy>(name: &str, keys: &[K], name_of: fn(K) -> &'static str) -> Meant<K> {
    keys.iter().copied().find(|k| name_of(*k) == name).ok_or_else(|| {
        UsageError(match crate::words::near(name, keys.iter().map(|k| name_of(*k))) {
            Some(n) => said!(
                "--fail-if: no key {name:?}; did you mean {n}?",
                "--fail-if：没有指标 {name:?}，是否指 {n}？"
            ),
            None => said!(
                "--fail-if: no key {name:?}; see the keys of -O json",
                "--fail-if：没有指标 {name:?}，可用 -O json 查看"
            ),
        })
    })
}

/// A plain decimal number.
fn decimal(number: &str) -> Option<Decimal> {
    let plain = number.strip_prefix('-').unwrap_or(number);
    let is_number = plain.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && plain.starts_with(|c: char| c.is_ascii_digit());
    Decimal::from_str_exact(number).ok().filter(|_| is_number)
}

fn not_a_number(number: &str) -> UsageError {
    UsageError(said!(
        "--fail-if: {number:?} is not a number; 20 % is 0.2",
        "--fail-if：{number:?} 不是数；20 % 请写 0.2"
    ))
}

/// What a change is compared with: `-20%` of what was, `-0.5pp` of a share, or a number in the figure's own unit.
fn change_limit(text: &str, is_share: bool) -> Meant<(Tested, Decimal)> {
    let hundredth = |number: &str| decimal(number.trim_end())?.checked_mul(Decimal::new(1, 2));
    let limit = match (text.strip_suffix('%'), text.strip_suffix("pp")) {
        (Some(number), _) if !is_share => hundredth(number).map(|n| (Tested::RelativeChange, n)),
        (_, Some(number)) if is_share => hundredth(number).map(|n| (Tested::Change, n)),
        (None, None) => decimal(text).map(|n| (Tested::Change, n)),
        _ => None,
    };
    limit.ok_or_else(|| {
        UsageError(match is_share {
            true => said!(
                "--fail-if: {text:?}: the change of a share is in percentage points: write -0.5pp or -0.005",
                "--fail-if：{text:?}：比率的变动以百分点计，请写 -0.5pp 或 -0.005"
            ),
            false => said!(
                "--fail-if: {text:?} is no change; write a percentage such as -20%, or a number such as -500",
                "--fail-if：{text:?} 不是变动；请写百分比（如 -20%）或数（如 -500）"
            ),
        })
    })
}

/// Is a figure shown in percent?
fn is_share(key: Key) -> bool {
    matches!(key.of(&Sums::default()), Figure::Share(_))
}

impl Condition<Key> {
    /// Reads a condition on a figure of the statement or, as `change(KEY)`, on its change.
    pub(super) fn of_statement(text: &str) -> Meant<Condition<Key>> {
        let Typed { name, number, holds } = typed(text)?;
        let Some(inner) = name.strip_prefix("change(").and_then(|n| n.strip_suffix(')')) else {
            return Condition::parse(text, Key::ALL, Key::name);
        };
        let key = key_named(inner.trim(), Key::ALL, Key::name)?;
        let (tested, number) = change_limit(number, is_share(key))?;
        Ok(Condition { text: text.trim().into(), key, tested, holds, number })
    }

    /// Does it hold for a column, and what that is compared with? An undefined figure meets no condition.
    pub fn holds_for(&self, sums: &Sums, from: Option<&Sums>, goods_cost: bool) -> bool {
        if self.key.needs_goods_cost() && !goods_cost {
            return false;
        }
        let change = from.map(|from| Change::of(self.key, from, sums));
        self.holds_of(match self.tested {
            Tested::Value => number(self.key.of(sums)),
            Tested::Change => change.and_then(|c| c.absolute()),
            Tested::RelativeChange => change.and_then(|c| c.relative),
        })
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
        Condition::of_statement(text)
    }

    #[test]
    fn conditions_compare_exactly() {
        let mut sums = Sums { users: 3, buyers: 1, ..Sums::default() };
        sums.direct.gross = scrm_core::money::Money::from_cents(10_001);
        let holds = |text: &str| parse(text).unwrap().holds_for(&sums, None, false);
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

    #[test]
    fn conditions_on_changes_compare_exactly() {
        let gross = |cents: i128, buyers| {
            let mut sums = Sums { users: 200, buyers, ..Sums::default() };
            sums.direct.gross = scrm_core::money::Money::from_cents(cents);
            sums
        };
        // From 300.00 to 240.00: −60.00, that is −20 %. From 6 to 5 buyers of 200: −0.5 points, −16.67 %.
        let (from, to) = (gross(30_000, 6), gross(24_000, 5));
        let holds = |text: &str| parse(text).unwrap().holds_for(&to, Some(&from), false);
        for text in [
            "change(direct.gross) <= -20%",
            "change( direct.gross )==-20 %",
            "change(direct.gross) < -19.99%",
            "change(direct.gross) == -60",
            "change(direct.conversion) == -0.5pp",
            "change(direct.conversion) == -0.005",
            "change(direct.conversion) < -0.49pp",
            "change(direct.buyers) > -16.67%",
            "change(direct.buyers) < -16.66%",
            "change(direct.users) == 0",
            // 48.00 from 50.00 per buyer.
            "change(direct.revenue_per_buyer) == -4%",
            "change(direct.revenue_per_buyer) == -2",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in ["change(direct.gross) < -20%", "change(direct.conversion) < -0.5pp"] {
            assert!(!holds(text), "{text}");
        }
        // What was is zero, or there is nothing to compare with.
        for text in ["change(traffic.cost) >= 0%", "change(traffic.cost_per_user) != 1"] {
            assert!(!holds(text), "{text}");
        }
        let alone = parse("change(direct.gross) < 1").unwrap();
        assert!(!alone.holds_for(&to, None, false));
        for text in [
            "change(direct.gross) < -20pp",
            "change(direct.conversion) < -20%",
            "change(direct.conversion) < x",
            "change(direct.gros) < 0",
            "change(direct.gross < 0",
            "direct.gross < 20%",
            "change(direct.gross) < %",
            "change() < 1",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
