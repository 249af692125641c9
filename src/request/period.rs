//! Periods as people name them: `2026-03`, `last 7 days`, `2026-01..2026-04`, `上月`.

use super::{Meant, wrong};
use crate::error::UsageError;
use crate::input::field::date::stamp;
use crate::said;
use jiff::tz::TimeZone;
use scrm_core::date::{Day, Month};
use scrm_core::period::{Grain, Range};

/// The days of a period such as `2026-03`, `last 7 days` or `2026-01..2026-04`, typed behind `option`.
///
/// # Errors
/// [`UsageError`] that names the forms.
pub fn period(text: &str, option: &str, today: Day) -> Meant<Range> {
    let text = text.trim();
    let range = match text.split_once("..") {
        None => one(text, today),
        Some((a, b)) => match (one(a.trim(), today), one(b.trim(), today)) {
            (Some(a), Some(b)) if a.begin >= b.begin => {
                return wrong(said!(
                    "{option}: {text:?} ends before it begins; its end is not included",
                    "{option}：{text:?} 的末端不晚于起点（末端不含）"
                ));
            }
            (Some(a), Some(b)) => Some(Range { begin: a.begin, end: b.begin }),
            _ => None,
        },
    };
    range.ok_or_else(|| {
        let forms =
            "2026, 2026-03, 2026Q1, 2026-W09, 2026-03-05, \"last month\", \"last 7 days\", 2026-01..2026-04";
        UsageError(said!(
            "{option}: {text:?} is not a period; write {forms}",
            "{option}：{text:?} 不是期间，可写 {forms}、上月、最近7天"
        ))
    })
}

/// One period: a calendar's or one counted from today.
fn one(text: &str, today: Day) -> Option<Range> {
    let lower = text.to_ascii_lowercase();
    if let Some(range) = relative(&lower, today) {
        return Some(range);
    }
    let number = |t: &str, digits: usize| {
        let good = t.len() == digits && t.bytes().all(|b| b.is_ascii_digit());
        if good { t.parse::<u32>().ok() } else { None }
    };
    let year = lower.get(..4).and_then(|y| number(y, 4)).filter(|y| *y > 0)? as i32;
    let rest = &lower[4..];
    let after = rest.strip_prefix('-').unwrap_or(rest);
    if rest.is_empty() {
        return Some(Grain::Year.range(year));
    }
    if let Some(q) = after.strip_prefix('q') {
        let q = number(q, 1).filter(|q| (1..=4).contains(q))?;
        return Some(Grain::Quarter.range(year * 4 + q as i32 - 1));
    }
    if let Some(w) = after.strip_prefix('w') {
        return Grain::iso_week(year, number(w, 2)?);
    }
    if rest.starts_with('-') && after.len() <= 2 {
        let month = number(after, after.len())?;
        return Month::from_ym(year, month).map(|m| Range { begin: m.first_day(), end: m.end() });
    }
    let day = stamp(text.as_bytes(), &TimeZone::UTC).ok().filter(|s| s.second.is_none())?.day;
    Some(Range { begin: day, end: day.plus(1) })
}

/// A period counted from today. `last 7 days` are the seven before today.
fn relative(text: &str, today: Day) -> Option<Range> {
    let chinese = [
        ("今天", "today"),
        ("昨天", "yesterday"),
        ("本周", "this week"),
        ("上周", "last week"),
        ("本月", "this month"),
        ("上月", "last month"),
        ("本季", "this quarter"),
        ("上季", "last quarter"),
        ("今年", "this year"),
        ("去年", "last year"),
    ];
    let text = chinese.iter().find(|(zh, _)| *zh == text).map_or(text, |(_, en)| en);
    if let Some(days) = text.strip_prefix("最近").and_then(|t| t.trim_end().strip_suffix('天')) {
        return relative(&format!("last {} days", days.trim()), today);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let grain = |unit: &str| {
        let unit = unit.strip_suffix('s').unwrap_or(unit);
        let units = [
            ("day", Grain::Day),
            ("week", Grain::Week),
            ("month", Grain::Month),
            ("quarter", Grain::Quarter),
            ("year", Grain::Year),
        ];
        units.iter().find(|(name, _)| *name == unit).map(|(_, g)| *g)
    };
    let back = |unit: &str, n: i32, count: i32| {
        let grain = grain(unit)?;
        let now = grain.number(today);
        Some(Range { begin: grain.first_day(now.checked_sub(n)?), end: grain.first_day(now - n + count) })
    };
    match words[..] {
        ["today"] => back("day", 0, 1),
        ["yesterday"] => back("day", 1, 1),
        ["this", unit] => back(unit, 0, 1),
        ["last", unit] => back(unit, 1, 1),
        ["last", n, unit] => {
            let n = n.parse::<i32>().ok().filter(|n| (1..=10_000).contains(n))?;
            back(unit, n, n)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::date;
    use super::*;

    fn day(text: &str) -> Day {
        date(text, "").unwrap()
    }

    #[test]
    fn periods_are_half_open() {
        let today = day("2026-03-18"); // a Wednesday
        for (text, begin, end) in [
            ("2026", "2026-01-01", "2027-01-01"),
            ("2026-03", "2026-03-01", "2026-04-01"),
            ("2026Q1", "2026-01-01", "2026-04-01"),
            ("2026-Q4", "2026-10-01", "2027-01-01"),
            ("2026-W09", "2026-02-23", "2026-03-02"),
            ("2026-03-05", "2026-03-05", "2026-03-06"),
            ("last month", "2026-02-01", "2026-03-01"),
            ("this month", "2026-03-01", "2026-04-01"),
            ("last 7 days", "2026-03-11", "2026-03-18"),
            ("last week", "2026-03-09", "2026-03-16"),
            ("last 2 quarters", "2025-07-01", "2026-01-01"),
            ("2026-01..2026-04", "2026-01-01", "2026-04-01"),
            ("2026-01-15..2026Q2", "2026-01-15", "2026-04-01"),
            ("上月", "2026-02-01", "2026-03-01"),
            ("最近7天", "2026-03-11", "2026-03-18"),
        ] {
            let got = period(text, "--period", today).unwrap();
            assert_eq!((got.begin, got.end), (day(begin), day(end)), "{text}");
        }
        for text in [
            "2026-02-30",
            "2026-W54",
            "2026-13",
            "last 0 days",
            "26",
            "2026Q5",
            "2026-04..2026-01",
            "..",
            "",
            "March",
            "2026-01..2026-01",
            "last -1 days",
            "0000",
        ] {
            assert!(period(text, "--period", today).is_err(), "{text}");
        }
    }
}
