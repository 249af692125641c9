//! Tax withheld from what is paid to a person, by the published tables. A calculation aid, not tax advice.
//!
//! Everything is exact until the one rounding, half-up to the cent, after what was withheld before is subtracted.

use crate::date::Day;
use crate::money::{CENT, Money, UNITS};
use crate::world::Payment;

/// How tax is withheld from a payout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaxRule {
    #[default]
    None,
    /// 劳务报酬 预扣, per payee and calendar month (国家税务总局公告 2018 第61号).
    CnLabour2018,
    /// 累计预扣, over the calendar year, for platforms that filed (国家税务总局公告 2025 第16号).
    CnPlatform2025,
}

/// Taxable income up to `to` yuan is taxed at `percent`, less `minus` yuan.
struct Step {
    to: i128,
    percent: i128,
    minus: i128,
}

const fn step(to: i128, percent: i128, minus: i128) -> Step {
    Step { to, percent, minus }
}

/// 预扣率表二 of 公告 2018 第61号.
const LABOUR: [Step; 3] = [step(20_000, 20, 0), step(50_000, 30, 2_000), step(i128::MAX, 40, 7_000)];

/// The table of 累计预扣 that 公告 2025 第16号 applies.
const PLATFORM: [Step; 7] = [
    step(36_000, 3, 0),
    step(144_000, 10, 2_520),
    step(300_000, 20, 16_920),
    step(420_000, 25, 31_920),
    step(660_000, 30, 52_920),
    step(960_000, 35, 85_920),
    step(i128::MAX, 45, 181_920),
];

/// What was paid to somebody in the span that a rule looks at, up to a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    pub income: Money,
    pub withheld: Money,
    /// Months paid without a gap up to this one, which counts whether or not something was paid in it.
    pub months: u32,
}

impl TaxRule {
    /// What came before a payout on `day`: payments to one person, any failed or later ones left out here.
    pub fn before<'a>(self, day: Day, payments: impl Iterator<Item = &'a Payment>) -> Before {
        let (year, month, _) = day.ymd();
        let mut before = Before { months: 1, ..Before::default() };
        // A bit for each month of the year in which something was paid.
        let mut paid = 0u32;
        for p in payments.filter(|p| !p.failed && p.day <= day) {
            let (y, m, _) = p.day.ymd();
            let counts = match self {
                TaxRule::None => false,
                TaxRule::CnLabour2018 => (y, m) == (year, month),
                TaxRule::CnPlatform2025 => y == year,
            };
            if counts {
                before.income += p.amount;
                before.withheld += p.tax;
                paid |= 1 << m;
            }
        }
        while month > before.months && paid & (1 << (month - before.months)) != 0 {
            before.months += 1;
        }
        before
    }

    /// What is to be withheld from `payable`, in whole cents; nothing where nothing is payable, never below 0.
    pub fn withhold(self, payable: Money, before: &Before) -> Money {
        if payable <= Money::ZERO {
            return Money::ZERO;
        }
        let yuan = |n: i128| n * i128::from(UNITS);
        let income = (before.income + payable).0;
        // Five times what is taxed, since a fifth is deducted; and 500 times the tax, for per cents of it.
        let (taxed_5, table) = match self {
            TaxRule::None => return Money::ZERO,
            TaxRule::CnLabour2018 if income <= yuan(4_000) => ((income - yuan(800)) * 5, &LABOUR[..]),
            TaxRule::CnLabour2018 => (income * 4, &LABOUR[..]),
            TaxRule::CnPlatform2025 => {
                (income * 4 - yuan(5_000) * 5 * i128::from(before.months), &PLATFORM[..])
            }
        };
        let reached = table.iter().find(|s| s.to == i128::MAX || taxed_5 <= yuan(s.to) * 5);
        let due = reached.map_or(0, |s| taxed_5.max(0) * s.percent - yuan(s.minus) * 500);
        let due = (due - before.withheld.0 * 500).max(0);
        let cent = i128::from(CENT) * 500;
        Money::from_cents((due * 2 + cent) / (cent * 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Amount;
    extern crate std;
    use std::vec::Vec;

    fn day(month: u32, day: u32) -> Day {
        Day::from_ymd(2026, month, day).unwrap()
    }

    fn paid(month: u32, yuan: i64, tax_cents: i64) -> Payment {
        Payment {
            distributor: 0,
            day: day(month, 20),
            amount: Amount::from_cents(yuan * 100),
            tax: Amount::from_cents(tax_cents),
            failed: false,
        }
    }

    fn withheld(rule: TaxRule, on: Day, payments: &[Payment], payable_cents: i128) -> i128 {
        let before = rule.before(on, payments.iter());
        rule.withhold(Money::from_cents(payable_cents), &before).0 / i128::from(CENT)
    }

    #[test]
    fn labour_by_the_month() {
        for (yuan, cents) in [
            (799, 0),
            (800, 0),
            (801, 20),           // 1 × 20 %
            (4_000, 64_000),     // (4,000 − 800) × 20 %
            (6_250, 100_000),    // 5,000 × 20 %
            (25_000, 400_000),   // 20,000 × 20 %
            (30_000, 520_000),   // 24,000 × 30 % − 2,000
            (62_500, 1_300_000), // 50,000 × 30 % − 2,000
            (80_000, 1_860_000), // 64,000 × 40 % − 7,000
        ] {
            assert_eq!(withheld(TaxRule::CnLabour2018, day(3, 31), &[], yuan * 100), cents, "{yuan}");
        }
    }

    #[test]
    fn labour_counts_what_the_month_has_paid_before() {
        // 3,000 + 2,000 in the month: 5,000 × 80 % × 20 % = 800, of which (3,000 − 800) × 20 % = 440 were withheld.
        let payments = [paid(2, 9_000, 144_000), paid(3, 3_000, 44_000)];
        assert_eq!(withheld(TaxRule::CnLabour2018, day(3, 31), &payments, 200_000), 36_000);
        // Not what comes later, nor what failed.
        let failed = Payment { failed: true, ..paid(3, 3_000, 44_000) };
        assert_eq!(withheld(TaxRule::CnLabour2018, day(3, 31), &[failed], 80_000), 0);
        assert_eq!(withheld(TaxRule::CnLabour2018, day(3, 19), &payments, 80_000), 0);
        // Too much withheld before is not given back; nothing payable is not taxed.
        assert_eq!(withheld(TaxRule::CnLabour2018, day(3, 31), &[paid(3, 100, 90_000)], 10_000), 0);
        assert_eq!(withheld(TaxRule::CnLabour2018, day(3, 31), &[paid(3, 9_000, 0)], 0), 0);
    }

    #[test]
    fn platform_over_the_year() {
        let rule = TaxRule::CnPlatform2025;
        // 10,000 a month: (10,000 − 2,000 − 5,000) × 3 % = 90, each month anew.
        let mut payments: Vec<Payment> = Vec::new();
        for month in 1..=4 {
            assert_eq!(withheld(rule, day(month, 28), &payments, 1_000_000), 9_000, "month {month}");
            payments.push(paid(month, 10_000, 9_000));
        }
        // 6,250 × 80 % = 5,000: nothing is left to tax.
        payments.clear();
        for month in 1..=3 {
            assert_eq!(withheld(rule, day(month, 28), &payments, 625_000), 0);
            payments.push(paid(month, 6_250, 0));
        }
        // 48,000 − 5,000 = 43,000 × 10 % − 2,520 = 1,780; then 86,000 × 10 % − 2,520 − 1,780 = 4,300.
        assert_eq!(withheld(rule, day(1, 31), &[], 6_000_000), 178_000);
        assert_eq!(withheld(rule, day(2, 28), &[paid(1, 60_000, 178_000)], 6_000_000), 430_000);
    }

    #[test]
    fn a_gap_ends_the_months_in_a_row_and_a_new_year_begins_anew() {
        let months =
            |on: Day, payments: &[Payment]| TaxRule::CnPlatform2025.before(on, payments.iter()).months;
        let payments = [paid(1, 1, 0), paid(3, 1, 0), paid(4, 1, 0)];
        assert_eq!(months(day(5, 31), &payments), 3, "March, April, and this one");
        assert_eq!(months(day(4, 30), &payments), 2);
        assert_eq!(months(day(3, 1), &payments), 1, "nothing in February");
        let last_year = Payment { day: Day::from_ymd(2025, 12, 31).unwrap(), ..paid(1, 1, 0) };
        assert_eq!(months(day(1, 31), &[last_year]), 1);
    }

    #[test]
    fn steps_meet_at_their_ends() {
        for table in [&LABOUR[..], &PLATFORM[..]] {
            for pair in table.windows(2) {
                let at = |s: &Step| pair[0].to * s.percent - s.minus * 100;
                assert_eq!(at(&pair[0]), at(&pair[1]), "{}", pair[0].to);
            }
        }
    }
}
