//! The commission plan of `scrm.toml`: at which rate an order pays, and what decided it.

use crate::date::Day;
use crate::fold::NONE;
use crate::money::{Amount, Money, Rate, Rounding};
use crate::world::Distributor;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// What a commission is a share of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Base {
    /// Amount less the refunds recognised by the day.
    #[default]
    Net,
    /// The amount, whatever is refunded.
    Paid,
    /// Net less the cost of the goods, not below zero.
    Margin,
}

/// How the steps of a tier apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TierMode {
    /// Each part of an order's base earns its own step.
    #[default]
    Marginal,
    /// The highest step reached holds for every order of the month.
    Whole,
}

/// From this volume of a month on, level 1 earns `add` more.
#[derive(Clone, Copy, Debug)]
pub struct Tier {
    pub from: Amount,
    pub add: Rate,
}

/// What a rate of its own is for; the numbers are those of the plan's selectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selector {
    Distributor(u32),
    Product(u32),
    Category(u32),
    Grade(u32),
    /// A dated default.
    All,
}

/// A `[[commission.rate]]`: valid from `from` up to, not including, `until`.
#[derive(Clone, Debug)]
pub struct RateEntry {
    pub selector: Selector,
    pub levels: Vec<Rate>,
    pub from: Option<Day>,
    pub until: Option<Day>,
    /// Its place among the entries as written, from 1.
    pub number: usize,
}

/// Two entries with one selector are valid on the same day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    pub first: usize,
    pub second: usize,
}

/// All entries, found by selector and date.
#[derive(Clone, Debug, Default)]
pub struct RateBook {
    by_selector: BTreeMap<Selector, Vec<RateEntry>>,
}

impl RateBook {
    /// # Errors
    /// [`Overlap`] names two entries with the same selector and a day in common, by their numbers.
    pub fn new(entries: Vec<RateEntry>) -> Result<RateBook, Overlap> {
        let mut by_selector: BTreeMap<Selector, Vec<RateEntry>> = BTreeMap::new();
        for e in entries {
            by_selector.entry(e.selector).or_default().push(e);
        }
        for list in by_selector.values_mut() {
            list.sort_by_key(|e| (e.from, e.number)); // no `from` sorts first
            for pair in list.windows(2) {
                let (a, b) = (&pair[0], &pair[1]);
                if a.until.is_none_or(|until| b.from.is_none_or(|from| from < until)) {
                    let (first, second) = (a.number.min(b.number), a.number.max(b.number));
                    return Err(Overlap { first, second });
                }
            }
        }
        Ok(RateBook { by_selector })
    }

    /// Is there no entry at all?
    pub fn is_empty(&self) -> bool {
        self.by_selector.is_empty()
    }

    /// All entries, by selector and date.
    pub fn entries(&self) -> impl Iterator<Item = &RateEntry> {
        self.by_selector.values().flatten()
    }

    /// The entries for a selector, by date.
    fn of(&self, selector: Selector) -> &[RateEntry] {
        self.by_selector.get(&selector).map_or(&[], Vec::as_slice)
    }

    /// The entry for a selector that is valid on a day.
    fn find(&self, selector: Selector, on: Day) -> Option<&RateEntry> {
        let list = self.of(selector);
        let after = list.partition_point(|e| e.from.is_none_or(|f| f <= on));
        list[..after].last().filter(|e| e.until.is_none_or(|u| on < u))
    }
}

/// The commission plan of `scrm.toml`. The default one pays nobody a commission; adjustments are paid by it too.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Rates by level where no entry is more specific; a level beyond the list has none.
    pub levels: Vec<Rate>,
    pub rates: RateBook,
    pub base: Base,
    pub tiers: Vec<Tier>,
    pub tier_mode: TierMode,
    pub rounding: Rounding,
    /// Days from completion until an order is settled.
    pub settle_after_days: u32,
    /// A smaller balance is not paid but carried.
    pub min_payout: Amount,
}

/// The default plan.
pub(crate) static NO_PLAN: Plan = Plan {
    levels: Vec::new(),
    rates: RateBook { by_selector: BTreeMap::new() },
    base: Base::Net,
    tiers: Vec::new(),
    tier_mode: TierMode::Marginal,
    rounding: Rounding::HalfUp,
    settle_after_days: 7,
    min_payout: Amount::from_cents(1_000),
};

impl Default for Plan {
    fn default() -> Plan {
        NO_PLAN.clone()
    }
}

/// What decided a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The entry with this number.
    Entry(usize),
    /// The plan's `levels`.
    Levels,
}

/// What became of a rate that could have decided a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateOutcome {
    Won,
    /// Valid only from this later day on.
    BeginsLater(Day),
    /// Valid up to this day, not included.
    Ended(Day),
    /// Valid, but a more specific one is too.
    LessSpecific,
}

/// A rate that could have decided a level, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub rule: Rule,
    pub rate: Rate,
    /// Its list reaches the level; where it does not, the rate is 0.
    pub listed: bool,
    pub outcome: RateOutcome,
}

/// A part of an order's base that lies in one step of the tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The volume at which its step begins; `None` below the first step.
    pub from: Option<Amount>,
    pub money: Money,
    pub add: Rate,
}

impl Part {
    /// What it adds, in money × rate.
    pub fn addition(&self) -> i128 {
        self.money.0 * i128::from(self.add.units())
    }
}

/// Whom and what a rate may be for, from the most specific on. A missing payee matches neither its own rate nor a
/// grade's.
fn selectors(payee: Option<&Distributor>, product: u32, category: u32) -> impl Iterator<Item = Selector> {
    let known = |n: u32| (n != NONE).then_some(n);
    let selectors = [
        payee.and_then(|d| d.own_rate).map(Selector::Distributor),
        known(product).map(Selector::Product),
        known(category).map(Selector::Category),
        payee.and_then(|d| d.grade).map(Selector::Grade),
        Some(Selector::All),
    ];
    selectors.into_iter().flatten()
}

impl Plan {
    /// The rate of a level (0 is the first) for an order of `product` and `category` on a day, and what decided it.
    /// `payee` is the one being paid.
    pub fn rate(
        &self,
        level: usize,
        payee: Option<&Distributor>,
        product: u32,
        category: u32,
        on: Day,
    ) -> (Rate, Rule) {
        let entry = || selectors(payee, product, category).find_map(|s| self.rates.find(s, on));
        match if self.rates.is_empty() { None } else { entry() } {
            Some(e) => (e.levels.get(level).copied().unwrap_or_default(), Rule::Entry(e.number)),
            None => (self.levels.get(level).copied().unwrap_or_default(), Rule::Levels),
        }
    }

    /// All rates that could have decided a level, from the most specific on, the plan's `levels` last. Which one won
    /// is what [`Plan::rate`] says. Rates for somebody or something else are left out.
    pub fn candidates(
        &self,
        level: usize,
        payee: Option<&Distributor>,
        product: u32,
        category: u32,
        on: Day,
    ) -> Vec<Candidate> {
        let (_, winner) = self.rate(level, payee, product, category, on);
        let candidate = |rule, levels: &[Rate], from: Option<Day>, until: Option<Day>| Candidate {
            rule,
            rate: levels.get(level).copied().unwrap_or_default(),
            listed: level < levels.len(),
            outcome: match (from, until) {
                _ if rule == winner => RateOutcome::Won,
                (Some(from), _) if on < from => RateOutcome::BeginsLater(from),
                (_, Some(until)) if until <= on => RateOutcome::Ended(until),
                _ => RateOutcome::LessSpecific,
            },
        };
        selectors(payee, product, category)
            .flat_map(|s| self.rates.of(s))
            .map(|e| candidate(Rule::Entry(e.number), &e.levels, e.from, e.until))
            .chain([candidate(Rule::Levels, &self.levels, None, None)])
            .collect()
    }

    /// The highest step that `volume` has reached.
    pub(crate) fn whole_step(&self, volume: i128) -> Option<&Tier> {
        let reached = self.tiers.partition_point(|t| i128::from(t.from.0) <= volume);
        reached.checked_sub(1).map(|i| &self.tiers[i])
    }

    /// The parts of the volume from `before` to `after`, each in its own step.
    pub(crate) fn marginal_parts(&self, before: i128, after: i128) -> impl Iterator<Item = Part> {
        let from = |t: &Tier| i128::from(t.from.0);
        let steps = self.tiers.iter().map(move |t| (Some(t.from), from(t), t.add));
        let ends = self.tiers.iter().map(from).chain([i128::MAX]);
        [(None, 0, Rate::ZERO)].into_iter().chain(steps).zip(ends).filter_map(
            move |((step, from, add), end)| {
                let money = Money(after.min(end) - before.max(from));
                (money > Money::ZERO).then_some(Part { from: step, money, add })
            },
        )
    }

    /// How the tier falls on an order of level 1: each part of its base with the step that it earns. `volume` is
    /// that of its [`Share`](crate::commission::Share). Nothing where the plan has no tiers.
    pub fn tier_parts(&self, volume: Money, base: Amount) -> Vec<Part> {
        let money = Money::from(base);
        match self.tier_mode {
            _ if self.tiers.is_empty() => Vec::new(),
            TierMode::Marginal => self.marginal_parts(volume.0, (volume + money).0).collect(),
            TierMode::Whole => {
                let step = self.whole_step(volume.0);
                let (from, add) = (step.map(|t| t.from), step.map_or(Rate::ZERO, |t| t.add));
                Vec::from([Part { from, money, add }])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn rate(text: &str) -> Rate {
        Rate::parse(text).unwrap()
    }

    fn entry(
        number: usize,
        selector: Selector,
        percent: &str,
        from: Option<i32>,
        until: Option<i32>,
    ) -> RateEntry {
        RateEntry {
            selector,
            levels: vec![rate(percent)],
            from: from.map(Day),
            until: until.map(Day),
            number,
        }
    }

    #[test]
    fn the_most_specific_rate_on_the_day_decides() {
        let plan = Plan {
            levels: vec![rate("10%"), rate("2%")],
            rates: RateBook::new(vec![
                entry(1, Selector::All, "11%", Some(100), Some(200)),
                entry(2, Selector::Grade(0), "12%", None, None),
                entry(3, Selector::Category(0), "13%", None, None),
                entry(4, Selector::Product(0), "14%", Some(100), None),
                entry(5, Selector::Distributor(7), "15%", None, Some(150)),
            ])
            .unwrap(),
            ..Plan::default()
        };
        let mut d = Distributor::new("d");
        let first =
            |d: &Distributor, product, category, on| plan.rate(0, Some(d), product, category, Day(on));
        assert_eq!(first(&d, NONE, NONE, 50), (rate("10%"), Rule::Levels));
        assert_eq!(first(&d, NONE, NONE, 100), (rate("11%"), Rule::Entry(1)));
        assert_eq!(first(&d, NONE, NONE, 200), (rate("10%"), Rule::Levels), "until is not included");
        assert_eq!(first(&d, 0, 0, 99).1, Rule::Entry(3), "the product's rate begins later");
        d.grade = Some(0);
        assert_eq!(first(&d, NONE, NONE, 100).1, Rule::Entry(2));
        // An entry's list is shorter than level 2: no rate. A missing level 2 matches no grade.
        assert_eq!(plan.rate(1, Some(&d), NONE, NONE, Day(0)), (Rate::ZERO, Rule::Entry(2)));
        assert_eq!(plan.rate(1, None, NONE, NONE, Day(0)), (rate("2%"), Rule::Levels));
        d.own_rate = Some(7);
        assert_eq!(first(&d, 0, 0, 149).1, Rule::Entry(5));
        assert_eq!(first(&d, 0, 0, 150).1, Rule::Entry(4));
    }

    #[test]
    fn overlapping_entries_name_each_other() {
        let book = |a, b, c, d| {
            RateBook::new(vec![
                entry(1, Selector::All, "1%", a, b),
                entry(2, Selector::Grade(0), "1%", None, None),
                entry(3, Selector::All, "1%", c, d),
            ])
        };
        assert!(book(Some(1), Some(5), Some(5), None).is_ok(), "half-open dates that touch do not overlap");
        for (a, b, c, d) in [
            (Some(1), Some(6), Some(5), None),
            (None, None, Some(3), Some(4)),
            (Some(3), Some(9), None, None),
        ] {
            assert_eq!(book(a, b, c, d).unwrap_err(), Overlap { first: 1, second: 3 });
        }
    }

    #[test]
    fn steps_of_a_tier() {
        let step = |from: i64, add| Tier { from: Amount::from_cents(from * 100), add: rate(add) };
        let plan = Plan { tiers: vec![step(10_000, "2%"), step(20_000, "5%")], ..Plan::default() };
        let yuan = |n: i128| n * 10_000;
        let reached = |volume| plan.whole_step(volume).map(|t| t.add);
        assert_eq!(reached(yuan(9_999)), None);
        assert_eq!(reached(yuan(10_000)), Some(rate("2%")), "a value on the boundary has reached it");
        assert_eq!(reached(yuan(25_000)), Some(rate("5%")));
        // From 8,000 to 21,000: 2,000 at nothing, 10,000 at 2 % = 200, 1,000 at 5 % = 50.
        let part = |from: Option<i64>, money, add| Part {
            from: from.map(|f| Amount::from_cents(f * 100)),
            money: Money(yuan(money)),
            add: rate(add),
        };
        let base = Amount::from_cents(1_300_000);
        let parts = plan.tier_parts(Money(yuan(8_000)), base);
        let want =
            [part(None, 2_000, "0%"), part(Some(10_000), 10_000, "2%"), part(Some(20_000), 1_000, "5%")];
        assert_eq!(parts, want);
        assert_eq!(Rounding::HalfUp.cents(parts.iter().map(Part::addition).sum()), 25_000);
        assert!(plan.tier_parts(Money(yuan(8_000)), Amount::ZERO).is_empty(), "nothing has no parts");
        // As a whole: the month's volume of 20,000 has reached 5 %, on all 13,000.
        let whole = Plan { tier_mode: TierMode::Whole, ..plan.clone() };
        assert_eq!(whole.tier_parts(Money(yuan(20_000)), base), [part(Some(20_000), 13_000, "5%")]);
        assert_eq!(whole.tier_parts(Money(yuan(9_999)), base), [part(None, 13_000, "0%")]);
        assert!(Plan::default().tier_parts(Money(yuan(8_000)), base).is_empty(), "no tiers");
    }

    #[test]
    fn every_rate_that_could_have_decided_has_its_outcome() {
        use RateOutcome::*;
        let plan = Plan {
            levels: vec![rate("10%"), rate("2%")],
            rates: RateBook::new(vec![
                entry(1, Selector::All, "11%", Some(100), Some(200)),
                entry(2, Selector::Grade(0), "12%", None, None),
                entry(3, Selector::Product(0), "14%", Some(100), None),
                entry(4, Selector::Product(0), "13%", Some(20), Some(50)),
                entry(5, Selector::Product(1), "16%", None, None),
                entry(6, Selector::Distributor(7), "15%", None, Some(150)),
            ])
            .unwrap(),
            ..Plan::default()
        };
        let d = Distributor { grade: Some(0), own_rate: Some(7), ..Distributor::new("d") };
        let all = |level, payee, on| {
            let all = plan.candidates(level, payee, 0, NONE, Day(on));
            let won: Vec<_> = all.iter().filter(|c| c.outcome == Won).map(|c| (c.rate, c.rule)).collect();
            assert_eq!(won, [plan.rate(level, payee, 0, NONE, Day(on))], "one wins, the one that pays");
            all.into_iter().map(|c| (c.rule, c.outcome, c.listed)).collect::<Vec<_>>()
        };
        let (e, levels) = (Rule::Entry, Rule::Levels);
        let want = [
            (e(6), Ended(Day(150)), true),
            (e(4), Ended(Day(50)), true),
            (e(3), Won, true),
            (e(2), LessSpecific, true),
            (e(1), LessSpecific, true),
            (levels, LessSpecific, true),
        ];
        assert_eq!(all(0, Some(&d), 150), want, "another product's rate is not listed");
        // Day 60: its own rate is valid; the entries' lists end before level 2, and yet they decide it.
        let want = [
            (e(6), Won, false),
            (e(4), Ended(Day(50)), false),
            (e(3), BeginsLater(Day(100)), false),
            (e(2), LessSpecific, false),
            (e(1), BeginsLater(Day(100)), false),
            (levels, LessSpecific, true),
        ];
        assert_eq!(all(1, Some(&d), 60), want);
        // Nobody has a grade or a rate of their own; nothing else is valid.
        let want = [
            (e(4), Ended(Day(50)), false),
            (e(3), BeginsLater(Day(100)), false),
            (e(1), BeginsLater(Day(100)), false),
            (levels, Won, true),
        ];
        assert_eq!(all(1, None, 60), want);
    }
}
