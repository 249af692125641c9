//! The value of a cell as the text that a person would read there.

use calamine::{Data, DataRef, ExcelDateTime};
use jiff::ToSpan;
use jiff::civil::DateTime;
use std::borrow::Cow;

/// What a cell holds.
#[derive(Clone, Debug)]
pub enum Value<'v> {
    Empty,
    Text(Cow<'v, str>),
    Number(f64),
    /// A day with a time.
    Date(ExcelDateTime, Shown),
    /// A date as text.
    IsoDate(Cow<'v, str>),
    Bool(bool),
    /// The error of a formula.
    Error(String),
    /// A formula without a result.
    Uncomputed,
}

/// What the format of a date shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Day,
    /// A month and no day.
    Month,
    /// The format is not known.
    Either,
}

impl<'v> Value<'v> {
    pub fn of_data_ref(data: &'v DataRef, shown: Shown) -> Value<'v> {
        match data {
            DataRef::Empty => Value::Empty,
            DataRef::Int(n) => Value::Text(n.to_string().into()),
            DataRef::Float(n) => Value::Number(*n),
            DataRef::String(text) => Value::Text(text.into()),
            DataRef::SharedString(text) => Value::Text((*text).into()),
            DataRef::Bool(yes) => Value::Bool(*yes),
            DataRef::DateTime(at) => Value::Date(*at, shown),
            DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Value::IsoDate(text.into()),
            DataRef::Error(e) => Value::Error(e.to_string()),
        }
    }

    pub fn of_data(data: &'v Data) -> Value<'v> {
        match data {
            Data::Empty => Value::Empty,
            Data::Int(n) => Value::Text(n.to_string().into()),
            Data::Float(n) => Value::Number(*n),
            Data::String(text) => Value::Text(text.into()),
            Data::Bool(yes) => Value::Bool(*yes),
            Data::DateTime(at) => Value::Date(*at, Shown::Either),
            Data::DateTimeIso(text) | Data::DurationIso(text) => Value::IsoDate(text.into()),
            Data::Error(e) => Value::Error(e.to_string()),
        }
    }

    /// As text: a number with the fifteen digits that a spreadsheet keeps, a date as `2026-03-01 12:00:05`.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Value::Empty | Value::Uncomputed => Cow::Borrowed(""),
            Value::Text(text) | Value::IsoDate(text) => Cow::Borrowed(text),
            Value::Number(n) => number(*n).into(),
            Value::Date(at, shown) => date(at, *shown).unwrap_or_else(|| number(at.as_f64())).into(),
            Value::Bool(yes) => Cow::Borrowed(if *yes { "TRUE" } else { "FALSE" }),
            Value::Error(e) => Cow::Borrowed(e),
        }
    }

    /// Is it a number of more digits than a spreadsheet keeps, so that the last are gone?
    pub fn is_long_number(&self) -> bool {
        matches!(self, Value::Number(n) if n.abs() >= 1e15)
    }
}

/// A number in full, to fifteen digits; one that has more before its point as spreadsheets show it, `1.03293E+19`.
fn number(n: f64) -> String {
    let text = format!("{n:.14e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let Ok(exponent) = exponent.parse::<i32>() else { return text };
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |m| ("-", m));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    match exponent {
        _ if digits.is_empty() => "0".into(),
        0..15 => {
            let before = exponent as usize + 1;
            let (whole, part) = digits.split_at(before.min(digits.len()));
            let dot = if part.is_empty() { "" } else { "." };
            format!("{sign}{whole:0<before$}{dot}{part}")
        }
        -15..0 => format!("{sign}0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1)),
        _ => {
            let (first, part) = digits.split_at(1);
            let dot = if part.is_empty() { "" } else { "." };
            format!("{sign}{first}{dot}{part}E{exponent:+}")
        }
    }
}

/// A date, with its time where that is not midnight, to the second; `None` where it is a time alone or out of range.
fn date(at: &ExcelDateTime, shown: Shown) -> Option<String> {
    if !at.is_datetime() || !(1.0..2_958_466.0).contains(&at.as_f64()) {
        return None;
    }
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let [year, month, day, hour, minute, second] = [
        year as i16,
        i16::from(month),
        i16::from(day),
        i16::from(hour),
        i16::from(minute),
        i16::from(second),
    ];
    let small = |n: i16| n as i8;
    let stamp =
        DateTime::new(year, small(month), small(day), small(hour), small(minute), small(second), 0).ok()?;
    // A second is not a whole number of days, so it comes back a little less or more.
    let stamp = if milli >= 500 { stamp.checked_add(1.second()).ok()? } else { stamp };
    Some(if stamp.time() != jiff::civil::Time::midnight() {
        format!("{} {}", stamp.date(), stamp.time())
    } else if shown == Shown::Month && stamp.day() == 1 {
        format!("{:04}-{:02}", stamp.year(), stamp.month())
    } else {
        stamp.date().to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    #[test]
    fn numbers_have_the_digits_that_a_spreadsheet_keeps() {
        for (n, want) in [
            (0.0, "0"),
            (1001.0, "1001"),
            (28.16, "28.16"),
            (0.1 + 0.2, "0.3"),
            (1234.5, "1234.5"),
            (-0.05, "-0.05"),
            (99.99999999999999, "100"),
            (123456789012345.0, "123456789012345"),
            (999999999999999.0, "999999999999999"),
            (1e15, "1E+15"),
            (4.2e18, "4.2E+18"),
            (1.234_567_890_123_456_8e18, "1.23456789012346E+18"),
            (-1e15, "-1E+15"),
            (1e-5, "0.00001"),
            (1e300, "1E+300"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(number(n), want);
            assert_eq!(Value::Number(n).is_long_number(), want.contains('E') && n.abs() > 1.0, "{n}");
        }
    }

    /// 2026-03-01 is day 46,082 since 1899-12-30, and 44,620 since 1904-01-01.
    #[test]
    fn dates_are_those_of_the_calendar() {
        let at = |n: f64, is_1904| ExcelDateTime::new(n, ExcelDateTimeType::DateTime, is_1904);
        let of = |month| if month { Shown::Month } else { Shown::Day };
        for (n, is_1904, month, want) in [
            (46_082.0, false, false, Some("2026-03-01")),
            (44_620.0, true, false, Some("2026-03-01")),
            (46_082.5, false, false, Some("2026-03-01 12:00:00")),
            // 12:00:05 is 43,205 of 86,400 seconds.
            (46_082.500_057_870_4, false, false, Some("2026-03-01 12:00:05")),
            (46_082.999_988_425_9, false, false, Some("2026-03-01 23:59:59")),
            (46_082.999_999_9, false, false, Some("2026-03-02")),
            (46_082.0, false, true, Some("2026-03")),
            (46_083.0, false, true, Some("2026-03-02")),
            (0.5, false, false, None),
            (-3.0, false, false, None),
            (3e6, false, false, None),
        ] {
            assert_eq!(date(&at(n, is_1904), of(month)).as_deref(), want, "{n}");
        }
    }
}
