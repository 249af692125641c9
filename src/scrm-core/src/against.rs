//! Which days a period is compared with: those of the period before it, of the year before, or of any other.
//!
//! Only days that are over are compared: a period that is not over by some day is compared as far as it goes, with the
//! same days of the other. Nothing here knows a figure.

use crate::date::Day;
use crate::period::{Grain, Range};
use alloc::vec::Vec;

/// What a period is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The calendar's period before it; where the calendar has no name for its days, as many days before them.
    Previous,
    /// The same period of the year before: a week by its number, all else by its dates.
    Year,
    /// These days.
    Period(Range),
}

/// The days of a column and those that they are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub range: Range,
    /// The whole period that the other days are of; `None` where there is none, such as week 53 of the year before.
    pub of: Option<Range>,
    /// The same days of it; `None` where it has none of them, such as the 31st of February.
    pub other: Option<Range>,
}

/// What is compared with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agenda {
    /// As asked for; days that are not over are part of it.
    pub whole: Range,
    /// The days that are compared, of all columns.
    pub range: Range,
    /// A pair for each column, in order.
    pub columns: Vec<Pair>,
    pub total: Pair,
}

impl Agenda {
    /// Lays out columns of `grain` over the days of `whole` that are over on the day before `today`, and finds what
    /// each is compared with. `None` where none of the days, or of those of the other period, is over.
    pub fn new(grain: Grain, whole: Range, against: Against, today: Day) -> Option<Agenda> {
        let range = over(whole, against, today)?;
        let columns = match grain {
            Grain::All => Vec::from([pair(Grain::All, whole, range, against, today)]),
            _ => (grain.number(range.begin)..=grain.number(range.end.plus(-1)))
                .map(|number| {
                    let column = grain.range(number);
                    let days = Range { begin: column.begin.max(range.begin), end: column.end.min(range.end) };
                    pair(grain, column, days, against, today)
                })
                .collect(),
        };
        Some(Agenda { whole, range, columns, total: pair(grain, whole, range, against, today) })
    }

    /// The days from the first to the last that any column is compared with.
    pub fn others(&self) -> Option<Range> {
        let others = self.columns.iter().filter_map(|pair| pair.other);
        others.reduce(|a, b| Range { begin: a.begin.min(b.begin), end: a.end.max(b.end) })
    }

    /// Are fewer days compared than were asked for?
    pub fn is_cut(&self) -> bool {
        self.range != self.whole
    }
}

/// The days of a period that are over on the day before `today`; `None` where none is.
pub fn days_over(whole: Range, today: Day) -> Option<Range> {
    nonempty(whole.begin, whole.end.min(today))
}

/// The days of a period that are compared: those before `today`, and no more than the other period has that are.
fn over(whole: Range, against: Against, today: Day) -> Option<Range> {
    let end = match against {
        Against::Period(other) if other.end > today => {
            let days = today.0.saturating_sub(other.begin.0);
            whole.end.min(whole.begin.plus(days))
        }
        _ => whole.end,
    };
    days_over(Range { end, ..whole }, today)
}

/// The days that `range`, of the period `whole`, is compared with.
fn pair(grain: Grain, whole: Range, range: Range, against: Against, today: Day) -> Pair {
    let of = other_period(grain, whole, against);
    let other = of.and_then(|of| match against {
        // The same dates, so that a day more in a leap year moves none of them.
        Against::Year if !by_weeks(grain, whole) => dates_a_year_before(range),
        _ => same_days(whole, range, of, today),
    });
    Pair { range, of, other }
}

fn other_period(grain: Grain, whole: Range, against: Against) -> Option<Range> {
    match against {
        Against::Period(range) => Some(range),
        Against::Previous => Some(whole.before()),
        Against::Year if by_weeks(grain, whole) => {
            let first = week_a_year_before(whole.begin)?;
            let last = week_a_year_before(whole.end.plus(-1))?;
            Some(Range { begin: first.begin, end: last.end })
        }
        Against::Year => dates_a_year_before(whole),
    }
}

/// Is a period one of ISO weeks, so that its year before is that of their numbers?
fn by_weeks(grain: Grain, whole: Range) -> bool {
    let edge = |day: Day| Grain::Week.first_day(Grain::Week.number(day)) == day;
    match grain {
        Grain::All => Grain::of(whole) == Some(Grain::Week),
        _ => grain == Grain::Week && edge(whole.begin) && edge(whole.end),
    }
}

/// Those days of another period that lie as far behind its first as the days of `range` behind that of `whole`. The
/// last of a whole period is the last of the other, however long it is, once that is over.
fn same_days(whole: Range, range: Range, other: Range, today: Day) -> Option<Range> {
    let at = |day: Day| other.begin.plus(day.0 - whole.begin.0).min(other.end).min(today);
    let end = if range.end == whole.end && other.end <= today { other.end } else { at(range.end) };
    nonempty(at(range.begin), end)
}

fn nonempty(begin: Day, end: Day) -> Option<Range> {
    (begin < end).then_some(Range { begin, end })
}

/// The same dates of the year before; of a day the day itself, where there is one.
fn dates_a_year_before(range: Range) -> Option<Range> {
    let (begin, end) = (a_year_before(range.begin), a_year_before(range.end));
    if range.end == range.begin.plus(1) {
        let there = begin.ymd().2 == range.begin.ymd().2;
        return there.then_some(Range { begin, end: begin.plus(1) });
    }
    nonempty(begin, end)
}

/// The same date of the year before. The 29th of February, which it may not have, is the first of March, so that a
/// period that begins or ends with it begins or ends where the February of the other does.
fn a_year_before(day: Day) -> Day {
    let (year, month, date) = day.ymd();
    Day::from_ymd(year - 1, month, date).unwrap_or_else(|| Day::civil(year - 1, 3, 1))
}

/// The week of the same number of the ISO year before; `None` where that year has no week 53.
fn week_a_year_before(day: Day) -> Option<Range> {
    let thursday = Day(Grain::Week.number(day) * 7);
    let year = thursday.ymd().0;
    let week = (thursday.0 - Day::civil(year, 1, 1).0) / 7 + 1;
    Grain::iso_week(year - 1, week.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        let n = |r: core::ops::Range<usize>| text[r].parse::<u32>().unwrap();
        Day::from_ymd(n(0..4) as i32, n(5..7), n(8..10)).unwrap()
    }

    fn days(text: &str) -> Range {
        let (begin, end) = text.split_once("..").unwrap();
        Range { begin: day(begin), end: day(end) }
    }

    /// `begin..end` of the days compared and of the other days, of a period without columns.
    fn check(whole: &str, against: Against, today: &str, want: &str) {
        let agenda = Agenda::new(Grain::All, days(whole), against, day(today));
        let said = |r: Range| alloc::format!("{}..{}", r.begin, r.end);
        let got = match agenda {
            None => "nothing".into(),
            Some(a) => said(a.range) + " | " + &a.total.other.map_or_else(|| "none".into(), said),
        };
        assert_eq!(got, want, "{whole} {against:?} on {today}");
    }

    #[test]
    fn a_period_that_is_over_is_compared_whole() {
        let later = "2027-01-01";
        for (whole, previous, year) in [
            // A month before a month, however many days either has.
            ("2026-03-01..2026-04-01", "2026-02-01..2026-03-01", "2025-03-01..2025-04-01"),
            ("2026-01-01..2026-04-01", "2025-10-01..2026-01-01", "2025-01-01..2025-04-01"),
            ("2026-03-02..2026-03-09", "2026-02-23..2026-03-02", "2025-03-03..2025-03-10"), // W10
            ("2026-03-05..2026-03-06", "2026-03-04..2026-03-05", "2025-03-05..2025-03-06"),
            ("2025-01-01..2026-01-01", "2024-01-01..2025-01-01", "2024-01-01..2025-01-01"),
            // 10 days without a name.
            ("2026-03-05..2026-03-15", "2026-02-23..2026-03-05", "2025-03-05..2025-03-15"),
        ] {
            check(whole, Against::Previous, later, &alloc::format!("{whole} | {previous}"));
            check(whole, Against::Year, later, &alloc::format!("{whole} | {year}"));
        }
        let quarter = Against::Period(days("2025-10-01..2026-01-01"));
        check("2026-03-01..2026-04-01", quarter, later, "2026-03-01..2026-04-01 | 2025-10-01..2026-01-01");
    }

    #[test]
    fn of_a_period_that_is_not_over_the_same_days_are_compared() {
        let march = "2026-03-01..2026-04-01";
        let on_the_tenth = "2026-03-01..2026-03-10 | 2026-02-01..2026-02-10"; // nine days that are over
        check(march, Against::Previous, "2026-03-10", on_the_tenth);
        check(march, Against::Year, "2026-03-10", "2026-03-01..2026-03-10 | 2025-03-01..2025-03-10");
        let january = Against::Period(days("2026-01-01..2026-02-01"));
        check(march, january, "2026-03-10", "2026-03-01..2026-03-10 | 2026-01-01..2026-01-10");
        // 30 days of March; February has no more than 28.
        check(march, Against::Previous, "2026-03-31", "2026-03-01..2026-03-31 | 2026-02-01..2026-03-01");
        check(march, Against::Previous, "2026-04-01", "2026-03-01..2026-04-01 | 2026-02-01..2026-03-01");
        // None of its days is over.
        check(march, Against::Previous, "2026-03-01", "nothing");
        check(march, Against::Year, "2026-02-10", "nothing");
        // Where the other is not over, both are cut.
        let open = Against::Period(days(march));
        check(
            "2026-02-01..2026-03-01",
            open,
            "2026-03-10",
            "2026-02-01..2026-02-10 | 2026-03-01..2026-03-10",
        );
        check("2026-02-01..2026-03-01", open, "2026-03-01", "nothing");
        check(
            "2026-02-01..2026-03-01",
            open,
            "2026-03-31",
            "2026-02-01..2026-03-01 | 2026-03-01..2026-03-29",
        );
        // 10 days without a name, of which 4 are over: the first 4 of the 10 days before.
        let ten = "2026-03-05..2026-03-15";
        check(ten, Against::Previous, "2026-03-09", "2026-03-05..2026-03-09 | 2026-02-23..2026-02-27");
    }

    #[test]
    fn leap_years() {
        let later = "2027-01-01";
        let both = |whole: &str, other: &str| alloc::format!("{whole} | {other}");
        for (whole, year) in [
            ("2024-02-01..2024-03-01", "2023-02-01..2023-03-01"), // 29 days and 28
            ("2025-02-01..2025-03-01", "2024-02-01..2024-03-01"), // 28 and 29
            ("2024-02-29..2024-03-01", "none"),                   // a day that 2023 does not have
            ("2025-02-28..2025-03-01", "2024-02-28..2024-02-29"), // a day is compared with a day
            ("2024-02-29..2024-03-05", "2023-03-01..2023-03-05"),
            ("2024-02-10..2024-02-29", "2023-02-10..2023-03-01"), // both without a 29th
            ("2025-02-20..2025-03-10", "2024-02-20..2024-03-10"), // the 29th is among them
        ] {
            check(whole, Against::Year, later, &both(whole, year));
        }
        // The 29th of February is over on the 1st of March; the first quarter is compared by its dates.
        let quarter = "2024-01-01..2024-04-01";
        check(quarter, Against::Year, "2024-03-01", "2024-01-01..2024-03-01 | 2023-01-01..2023-03-01");
        check(quarter, Against::Year, "2024-02-29", "2024-01-01..2024-02-29 | 2023-01-01..2023-03-01");
        // By their number where it is the quarter before: 60 days from October on.
        check(quarter, Against::Previous, "2024-03-01", "2024-01-01..2024-03-01 | 2023-10-01..2023-11-30");
    }

    #[test]
    fn weeks_are_compared_by_their_numbers() {
        // 2026 has 53 weeks, 2025 and 2027 have 52.
        check("2026-12-28..2027-01-04", Against::Year, "2028-01-01", "2026-12-28..2027-01-04 | none");
        let first = "2027-01-04..2027-01-11 | 2025-12-29..2026-01-05"; // W01 and W01
        check("2027-01-04..2027-01-11", Against::Year, "2028-01-01", first);
        // By Wednesday two days of the week are over.
        let two = "2026-03-02..2026-03-04 | 2025-03-03..2025-03-05";
        check("2026-03-02..2026-03-09", Against::Year, "2026-03-04", two);
        let whole = days("2026-12-14..2027-01-11"); // W51 to W01
        let agenda = Agenda::new(Grain::Week, whole, Against::Year, day("2028-01-01")).unwrap();
        let others: Vec<Option<Range>> = agenda.columns.iter().map(|p| p.other).collect();
        let want = [
            Some(days("2025-12-15..2025-12-22")),
            Some(days("2025-12-22..2025-12-29")),
            None,
            Some(days("2025-12-29..2026-01-05")),
        ];
        assert_eq!(others, want);
        assert_eq!(agenda.total.other, Some(days("2025-12-15..2026-01-05")));
        assert_eq!(agenda.others(), Some(days("2025-12-15..2026-01-05")));
    }

    #[test]
    fn each_column_is_compared_with_its_own() {
        // The first month is cut by who asked, the last by the day it is.
        let whole = days("2026-01-15..2026-04-01");
        let agenda = Agenda::new(Grain::Month, whole, Against::Previous, day("2026-03-10")).unwrap();
        let pairs: Vec<(Range, Option<Range>)> = agenda.columns.iter().map(|p| (p.range, p.other)).collect();
        let want = [
            (days("2026-01-15..2026-02-01"), Some(days("2025-12-15..2026-01-01"))),
            (days("2026-02-01..2026-03-01"), Some(days("2026-01-01..2026-02-01"))),
            (days("2026-03-01..2026-03-10"), Some(days("2026-02-01..2026-02-10"))),
        ];
        assert_eq!(pairs, want);
        // 76 days without a name, of which 54 are over: the first 54 of the 76 before.
        assert_eq!(agenda.total.other, Some(days("2025-10-31..2025-12-24")));
        // The 31st, which February does not have.
        let whole = days("2026-03-30..2026-05-01");
        let agenda = Agenda::new(Grain::Month, whole, Against::Previous, day("2026-12-01")).unwrap();
        assert_eq!(agenda.columns[0].other, None);
        assert_eq!(agenda.columns[1].other, Some(days("2026-03-01..2026-04-01")));
    }

    proptest! {
        #[test]
        fn the_other_days_are_one_run_and_columns_of_it(
            begin in 19_000i32..21_000, len in 1i32..900, open in 0i32..900, grain in 0usize..6, year: bool,
        ) {
            use Grain::{All, Day as OneDay, Month, Quarter, Week, Year};
            let grain = [All, OneDay, Week, Month, Quarter, Year][grain];
            let whole = Range { begin: Day(begin), end: Day(begin + len) };
            let against = if year { Against::Year } else { Against::Previous };
            let today = Day(begin + len.min(open) + 1);
            let agenda = Agenda::new(grain, whole, against, today).unwrap();
            prop_assert!(agenda.range.end <= today && agenda.range.begin == whole.begin);
            let others = agenda.others();
            for pair in &agenda.columns {
                let Some(other) = pair.other else { continue };
                prop_assert!(other.end <= pair.range.end && other.begin < other.end);
                // Laid out over all the other days, they are one of the columns.
                let all = others.unwrap();
                let whole = if grain == All { all } else { grain.range(grain.number(other.begin)) };
                let column = Range { begin: whole.begin.max(all.begin), end: whole.end.min(all.end) };
                prop_assert_eq!(column, other);
            }
        }
    }
}
