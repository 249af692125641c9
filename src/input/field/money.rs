//! Amounts of money as exports write them: `1234.5`, `1,234.50`, `¥1,234.50`, `１２.５０元`.

use super::{Eight, trim};
use scrm_core::money::Amount;

/// An amount, and whether it had more decimals than are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    pub amount: Amount,
    /// Rounding to four decimals changed the value.
    pub rounded: bool,
}

/// Why a cell is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    Bad,
    /// More than 12 digits before the point.
    Range,
    /// A word beside it does not say whether it was given or taken.
    Sign,
}

/// Reads a trimmed cell. The sign is the caller's to judge.
///
/// # Errors
/// [`MoneyError`]; exponents, digits of other scripts, misplaced commas, brackets and words are no amounts.
#[inline]
pub fn money(cell: &[u8]) -> Result<Read, MoneyError> {
    match plain(cell) {
        Some(amount) => Ok(Read { amount, rounded: false }),
        None => decorated(cell),
    }
}

/// The same where a comma stands before the decimals and points divide thousands: `1.234,50`.
///
/// # Errors
/// [`MoneyError`].
pub fn with_comma(cell: &[u8]) -> Result<Read, MoneyError> {
    let text = std::str::from_utf8(cell).map_err(|_| MoneyError::Bad)?;
    let swapped = text.chars().map(|c| match half_width(c) {
        Some('.') => ',',
        Some(',') => '.',
        _ => c,
    });
    money(swapped.collect::<String>().as_bytes())
}

/// The commonest form, at most eight digits and two decimals, in the last `len` of eleven bytes: all at once.
#[inline(always)]
pub fn cents(window: &[u8; 11], len: usize) -> Option<Amount> {
    let [eight @ .., point, tens, ones] = window;
    let digits = len.wrapping_sub(3);
    let whole = Eight::of(*eight).last(digits as u64);
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    let good = digits.wrapping_sub(1) < 8 && whole.are_digits() && *point == b'.' && tens < 10 && ones < 10;
    let part = i64::from(tens) * 10 + i64::from(ones);
    good.then(|| Amount((whole.number() as i64 * 100 + part) * 100))
}

/// The common form, at most 12 digits and 4 decimals: `1234.50`.
#[inline]
pub fn plain(cell: &[u8]) -> Option<Amount> {
    let (mut whole, mut i) = (0i64, 0);
    while let Some(d) = cell.get(i).map(|b| b.wrapping_sub(b'0')).filter(|d| *d < 10) {
        whole = whole * 10 + i64::from(d);
        i += 1;
        if i > 12 {
            return None;
        }
    }
    if i == 0 {
        return None;
    }
    if i == cell.len() {
        return Some(Amount(whole * 10_000));
    }
    let part = cell[i..].strip_prefix(b".")?;
    let scale = *[1_000, 100, 10, 1].get(part.len().checked_sub(1)?)?;
    let mut fraction = 0i64;
    for b in part {
        let d = b.wrapping_sub(b'0');
        if d > 9 {
            return None;
        }
        fraction = fraction * 10 + i64::from(d);
    }
    Some(Amount(whole * 10_000 + fraction * scale))
}

/// Signs, currency marks, thousands commas, full-width forms, more decimals.
fn decorated(cell: &[u8]) -> Result<Read, MoneyError> {
    let text = std::str::from_utf8(cell).map_err(|_| MoneyError::Bad)?;
    let half: String = text.chars().map(half_width).collect::<Option<String>>().ok_or(MoneyError::Bad)?;
    let (number, negative) = undecorated(&half).ok_or(MoneyError::Bad)?;
    let (whole, part) = match number.split_once('.') {
        Some((w, p)) if !p.is_empty() => (w, p),
        Some(_) => return Err(MoneyError::Bad),
        None => (number, "0"),
    };
    let whole = without_commas(whole).ok_or(MoneyError::Bad)?;
    if !part.bytes().all(|b| b.is_ascii_digit()) {
        return Err(MoneyError::Bad);
    }
    let significant = whole.trim_start_matches('0');
    if significant.len() > 12 {
        return Err(MoneyError::Range);
    }
    let digit = |i: usize| part.as_bytes().get(i).map_or(0, |b| i64::from(b - b'0'));
    let mut units = significant.bytes().fold(0i64, |n, b| n * 10 + i64::from(b - b'0'));
    units = (0..4).fold(units, |n, i| n * 10 + digit(i)) + i64::from(digit(4) >= 5);
    if units > Amount::MAX.0 {
        return Err(MoneyError::Range);
    }
    let rounded = part.len() > 4 && part[4..].bytes().any(|b| b != b'0');
    Ok(Read { amount: Amount(if negative { -units } else { units }), rounded })
}

/// Full-width digits, point, comma and signs as their plain forms; `None` for a character no amount holds.
fn half_width(c: char) -> Option<char> {
    match c {
        '0'..='9' | '.' | ',' | '+' | '-' | '¥' | '元' | ' ' | '\t' => Some(c),
        '￥' => Some('¥'),
        '０'..='９' | '．' | '，' | '＋' | '－' => char::from_u32(u32::from(c) - 0xfee0),
        _ => None,
    }
}

/// The digits, points and commas between the marks, and whether there was a minus.
fn undecorated(text: &str) -> Option<(&str, bool)> {
    let blank = [' ', '\t'];
    let mut rest = text;
    let (mut sign, mut currency) = (None, false);
    loop {
        rest = match rest.chars().next()? {
            c @ ('+' | '-') if sign.is_none() => {
                sign = Some(c);
                &rest[1..]
            }
            '¥' if !currency => {
                currency = true;
                rest['¥'.len_utf8()..].trim_start_matches(blank)
            }
            _ => break,
        };
    }
    if let Some(before) = rest.strip_suffix('元') {
        if currency {
            return None;
        }
        rest = before.trim_end_matches(blank);
    }
    Some((rest, sign == Some('-')))
}

/// The digits before the point; commas only between groups of three.
fn without_commas(whole: &str) -> Option<String> {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let mut rest = groups.peekable();
    let grouped = rest.peek().is_some();
    if !digits(first) || grouped && first.len() > 3 {
        return None;
    }
    rest.try_fold(first.to_string(), |all, g| (g.len() == 3 && digits(g)).then(|| all + g))
}

/// A trimmed cell as money, for callers outside the tables (settings).
pub fn parse(text: &str) -> Option<Amount> {
    money(trim(text.as_bytes())).ok().filter(|r| !r.rounded).map(|r| r.amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_are_what_the_plain_form_says() {
        let mut cells: Vec<String> = (1..=9).map(|n| format!("{}.05", &"123456789"[..n])).collect();
        cells.extend(
            ["", "5", ".50", "0.00", "12.5", "1.234", "1,23", "12:34", "-1.00", "1/2.00", "00.10"]
                .map(String::from),
        );
        for (cell, before) in cells
            .iter()
            .flat_map(|c| ["9999999999999", ",,,,,,,,,,,,,", "\n\n\n\n\n\n\n\n\n\n\n\n\n"].map(|b| (c, b)))
        {
            let text = format!("{before}{cell}");
            let window = text.as_bytes().last_chunk().unwrap();
            let read = cents(window, cell.len());
            let two = cell.len() > 3 && cell.as_bytes()[cell.len() - 3] == b'.' && cell.len() <= 11;
            assert_eq!(read, plain(cell.as_bytes()).filter(|_| two), "{cell:?} behind {before:?}");
        }
    }

    #[test]
    fn amounts_as_exports_write_them() {
        for (cell, units) in [
            ("1234.5", 12_345_000),
            ("1,234.50", 12_345_000),
            ("¥1,234.50", 12_345_000),
            ("￥ 1234.50", 12_345_000),
            ("1234.50 元", 12_345_000),
            ("￥１，２３４．５０", 12_345_000),
            ("0.0001", 1),
            ("001000", 10_000_000),
            ("-5", -50_000),
            ("+5", 50_000),
            ("－5", -50_000),
            ("-¥5", -50_000),
            ("¥-5", -50_000),
            ("-0.00", 0),
            ("999999999999.9999", 9_999_999_999_999_999),
            ("000000000000000000001", 10_000),
        ] {
            assert_eq!(money(cell.as_bytes()), Ok(Read { amount: Amount(units), rounded: false }), "{cell}");
        }
    }

    #[test]
    fn more_than_four_decimals_are_rounded_half_up() {
        for (cell, units, rounded) in [
            ("0.00005", 1, true),
            ("0.00004999", 0, true),
            ("-0.00005", -1, true),
            ("999.99995", 10_000_000, true),
            ("1.50000000", 15_000, false),
            ("0.12345678901234567890123456789", 1_235, true),
        ] {
            assert_eq!(money(cell.as_bytes()), Ok(Read { amount: Amount(units), rounded }), "{cell}");
        }
    }

    #[test]
    fn commas_before_the_decimals() {
        for (cell, units) in [
            ("1234,5", 12_345_000),
            ("1.234,50", 12_345_000),
            ("¥1.234,50", 12_345_000),
            ("１．２３４，５０元", 12_345_000),
            ("1.234", 12_340_000),
            ("1234", 12_340_000),
            ("-0,5", -5_000),
        ] {
            assert_eq!(
                with_comma(cell.as_bytes()),
                Ok(Read { amount: Amount(units), rounded: false }),
                "{cell}"
            );
        }
        for cell in ["1234.50", "1,234.50", "1.23", "1,2,3", "", "12,5O"] {
            assert_eq!(with_comma(cell.as_bytes()), Err(MoneyError::Bad), "{cell}");
        }
    }

    #[test]
    fn what_is_no_amount() {
        for cell in [
            "",
            "1.234,50",
            "1,23",
            "12e3",
            "1_000",
            "NaN",
            "#REF!",
            "(100.00)",
            "\u{2212}100",
            ".5",
            "5.",
            "1.2.3",
            "--1",
            "+-1",
            "¥¥1",
            "¥1元",
            "1¥",
            "元1",
            "1 000",
            "10,00.00",
            "1000,000",
            ",100",
            "1,0000",
            "1,000,00",
            "1,000.000,0",
            "0x3E8",
            "12.5O",
            "100%",
            "0.1万",
            "1\u{66b}5",
            "٣",
            "\u{a0}1",
            "1\u{a0}",
            "-",
            "¥",
            "元",
        ] {
            assert_eq!(money(cell.as_bytes()), Err(MoneyError::Bad), "{cell:?}");
        }
        for cell in ["1000000000000", "999999999999.99995", "79228162514264337593543950336"] {
            assert_eq!(money(cell.as_bytes()), Err(MoneyError::Range), "{cell:?}");
        }
    }
}
