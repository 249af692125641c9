//! Numbers to text: all digits for machines, a readable form for people.
//!
//! Every text is made from a whole number of units, so there is no binary fraction, no exponent and no "-0".

use crate::report::document::{Cell, Change};
use scrm_core::money::{CENT, Money, Rate, Ratio};

/// What people see where a number is undefined.
pub const UNDEFINED: &str = "–";

/// `1234.50`, `1.505`: as many decimals as needed, at least 2, at most 4.
pub fn machine_money(money: Money) -> String {
    money_text(money, false)
}

/// `0.031200`: exactly 6 decimals, rounded half away from zero.
pub fn machine_ratio(ratio: Ratio) -> String {
    decimal(ratio.rounded(6), 6, false)
}

/// `1,234.50`: like [`machine_money`], with commas between thousands.
pub fn human_money(money: Money) -> String {
    money_text(money, true)
}

/// `14.29%`
pub fn human_share(share: Ratio) -> String {
    decimal(share.rounded(4), 2, true) + "%"
}

/// `1,234.57`: a quotient or a unit value in two decimals.
pub fn human_quotient(quotient: Ratio) -> String {
    decimal(quotient.rounded(2), 2, true)
}

/// `15%`, `0.125%`: a rate as it is written in settings.
pub fn rate(rate: Rate) -> String {
    percent(rate.units())
}

/// The same of a sum of rates, in their units.
pub fn percent(units: u64) -> String {
    let text = decimal(i128::from(units), 8, false);
    text.trim_end_matches('0').trim_end_matches('.').to_owned() + "%"
}

/// `18.905`: money × rate in units of 10⁻¹⁴, with all its decimals, at least two, and commas between thousands.
pub fn exact(product: i128) -> String {
    let (mut units, mut places) = (product, 14);
    while places > 2 && units % 10 == 0 {
        (units, places) = (units / 10, places - 1);
    }
    decimal(units, places, true)
}

/// `1,234`
pub fn human_count(count: u64) -> String {
    thousands(&count.to_string())
}

/// The number in a cell as CSV, TSV and JSON have it; `None` where it is undefined or text.
pub(super) fn machine(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Text(_) | Cell::Null => None,
        Cell::Count(count) => Some(count.to_string()),
        Cell::Money(money) => Some(machine_money(*money)),
        Cell::Share(ratio) | Cell::Quotient(ratio) | Cell::UnitValue(ratio) => ratio.map(machine_ratio),
        Cell::Date(day) => Some(day.to_string()),
        Cell::Change(change) => machine_change(*change),
    }
}

/// `-12`, `-1234.50`, `-0.200000`; percent and points as such: `-20.000000`.
fn machine_change(change: Change) -> Option<String> {
    match change {
        Change::Count(n) => Some(n.to_string()),
        Change::Money(money) => Some(machine_money(money)),
        Change::Quotient(ratio) => ratio.map(machine_ratio),
        Change::Percent(ratio) | Change::Points(ratio) => ratio.map(|r| decimal(r.rounded(8), 6, false)),
    }
}

/// `+1,234.50`, `-20.00%`, `+0.50pp`; what is rounded to zero has no sign.
fn human_change(change: Change) -> Option<String> {
    let text = match change {
        Change::Count(n) => {
            let digits = thousands(&n.unsigned_abs().to_string());
            if n < 0 { format!("-{digits}") } else { digits }
        }
        Change::Money(money) => human_money(money),
        Change::Quotient(ratio) => human_quotient(ratio?),
        Change::Percent(ratio) => human_share(ratio?),
        Change::Points(ratio) => decimal(ratio?.rounded(4), 2, true) + "pp",
    };
    let is_zero = !text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    Some(if is_zero || text.starts_with('-') { text } else { format!("+{text}") })
}

/// The number in a cell as people read it; `None` where it is undefined or text.
pub(super) fn human(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Text(_) | Cell::Null => None,
        Cell::Count(count) => Some(human_count(*count)),
        Cell::Money(money) => Some(human_money(*money)),
        Cell::Share(share) => share.map(human_share),
        Cell::Quotient(ratio) | Cell::UnitValue(ratio) => ratio.map(human_quotient),
        Cell::Date(day) => Some(day.to_string()),
        Cell::Change(change) => human_change(*change),
    }
}

/// The number in a cell as people read it in a sentence.
pub fn told(cell: &Cell) -> String {
    human(cell).unwrap_or_else(|| UNDEFINED.into())
}

/// Drops the third and fourth decimal where they are zero.
fn money_text(money: Money, commas: bool) -> String {
    match money.0 {
        units if units % i128::from(CENT) == 0 => decimal(units / i128::from(CENT), 2, commas),
        units if units % 10 == 0 => decimal(units / 10, 3, commas),
        units => decimal(units, 4, commas),
    }
}

/// `units` × 10^−`places`. The sign comes from the whole number of units, so what was rounded to zero has none.
fn decimal(units: i128, places: u32, commas: bool) -> String {
    let (sign, scale) = (if units < 0 { "-" } else { "" }, 10u128.pow(places));
    let (whole, part) = (units.unsigned_abs() / scale, units.unsigned_abs() % scale);
    let whole = if commas { thousands(&whole.to_string()) } else { whole.to_string() };
    format!("{sign}{whole}.{part:0width$}", width = places as usize)
}

fn thousands(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (i, digit) in digits.char_indices() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_two_to_four_decimals() {
        for (units, machine, human) in [
            (0, "0.00", "0.00"),
            (12_345_000, "1234.50", "1,234.50"),
            (15_050, "1.505", "1.505"),
            (15_051, "1.5051", "1.5051"),
            (-1, "-0.0001", "-0.0001"),
            (-100, "-0.01", "-0.01"),
            (-10_000_000, "-1000.00", "-1,000.00"),
            (9_999_999, "999.9999", "999.9999"),
            (9_999_999_999_999_999, "999999999999.9999", "999,999,999,999.9999"),
        ] {
            assert_eq!(machine_money(Money(units)), machine);
            assert_eq!(human_money(Money(units)), human);
        }
    }

    #[test]
    fn a_product_has_all_its_decimals() {
        let money_times =
            |units: i128, rate: &str| exact(units * i128::from(Rate::parse(rate).unwrap().units()));
        for (units, rate, want) in [
            (1_890_500, "10%", "18.905"),
            (1_990_000, "15%", "29.85"),
            (0, "10%", "0.00"),
            (12_345_678_901, "100%", "1,234,567.8901"),
            (1, "0.00000001%", "0.00000000000001"),
        ] {
            assert_eq!(money_times(units, rate), want);
        }
    }

    #[test]
    fn ratios_are_rounded_away_from_zero_and_never_to_minus_zero() {
        for (num, den, machine, quotient, share) in [
            (1, 7, "0.142857", "0.14", "14.29%"),
            (-1, 7, "-0.142857", "-0.14", "-14.29%"),
            (39, 1250, "0.031200", "0.03", "3.12%"),
            (1, 2_000_000, "0.000001", "0.00", "0.00%"),
            (-1, 2_000_000, "-0.000001", "0.00", "0.00%"),
            (-1, 2_000_001, "0.000000", "0.00", "0.00%"),
            (-1, 200, "-0.005000", "-0.01", "-0.50%"),
            (2_469_135, 2, "1234567.500000", "1,234,567.50", "123,456,750.00%"),
        ] {
            let ratio = Ratio::of(num, den).unwrap();
            assert_eq!(machine_ratio(ratio), machine, "{num}/{den}");
            assert_eq!(human_quotient(ratio), quotient, "{num}/{den}");
            assert_eq!(human_share(ratio), share, "{num}/{den}");
        }
    }

    #[test]
    fn commas_stand_between_thousands() {
        for (count, want) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345_678, "12,345,678"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(human_count(count), want);
        }
    }

    #[test]
    fn changes_have_their_sign_and_unit() {
        let ratio = |num, den| Ratio::of(num, den);
        for (change, machine, human) in [
            (Change::Count(1_234), "1234", "+1,234"),
            (Change::Count(-1_234), "-1234", "-1,234"),
            (Change::Count(0), "0", "0"),
            (Change::Money(Money(67_500_000)), "6750.00", "+6,750.00"),
            (Change::Money(Money(-1)), "-0.0001", "-0.0001"),
            (Change::Quotient(ratio(3, 20)), "0.150000", "+0.15"),
            (Change::Percent(ratio(-1, 5)), "-20.000000", "-20.00%"),
            (Change::Percent(ratio(1, 3)), "33.333333", "+33.33%"),
            (Change::Points(ratio(-1, 50)), "-2.000000", "-2.00pp"),
            (Change::Points(ratio(1, 1_000_000)), "0.000100", "0.00pp"),
        ] {
            assert_eq!(machine_change(change).unwrap(), machine);
            assert_eq!(human_change(change).unwrap(), human);
        }
        assert!(
            machine_change(Change::Percent(None)).is_none() && human_change(Change::Points(None)).is_none()
        );
    }
}
