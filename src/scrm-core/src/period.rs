//! Periods: half-open ranges of days, and the calendar's columns over them.

use crate::date::{Day, Month};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// How wide a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// One column over the whole range.
    All,
    Day,
    /// ISO weeks: Monday to Sunday, numbered by the year their Thursday lies in.
    Week,
    Month,
    Quarter,
    Year,
}

impl Grain {
    /// The number of the period a day lies in; later days never have smaller numbers.
    pub fn number(self, day: Day) -> i32 {
        match self {
            Grain::All => 0,
            Grain::Day => day.0,
            Grain::Week => (day.0 + 3).div_euclid(7), // 1970-01-01 was a Thursday
            Grain::Month => day.month().0,
            Grain::Quarter => day.month().0.div_euclid(3),
            Grain::Year => day.ymd().0,
        }
    }

    /// The first day of the period with this number. Without meaning for [`Grain::All`].
    pub fn first_day(self, number: i32) -> Day {
        match self {
            Grain::All => Day(0),
            Grain::Day => Day(number),
            Grain::Week => Day(number * 7 - 3),
            Grain::Month => Month(number).first_day(),
            Grain::Quarter => Month(number * 3).first_day(),
            Grain::Year => Month(number * 12).first_day(),
        }
    }

    /// The label of a period: `2026-01-15`, `2026-W03`, `2026-01`, `2026-Q1`, `2026`, `all`.
    pub fn label(self, number: i32) -> String {
        let (y, m, _) = self.first_day(number).ymd();
        match self {
            Grain::All => "all".to_string(),
            Grain::Day => Day(number).to_string(),
            Grain::Week => {
                let thursday = Day(number * 7);
                let year = thursday.ymd().0;
                let week = (thursday.0 - Day::civil(year, 1, 1).0) / 7 + 1;
                format!("{year:04}-W{week:02}")
            }
            Grain::Month => format!("{y:04}-{m:02}"),
            Grain::Quarter => format!("{y:04}-Q{}", (m - 1) / 3 + 1),
            Grain::Year => format!("{y:04}"),
        }
    }

    /// The grain of which these days are one whole period; `None` where the calendar has no name for them.
    pub fn of(range: Range) -> Option<Grain> {
        let grains = [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year];
        grains.into_iter().find(|g| g.range(g.number(range.begin)) == range)
    }

    /// The ISO week `week` of `year`; `None` where that year has no such week.
    pub fn iso_week(year: i32, week: u32) -> Option<Range> {
        if !(1..=9999).contains(&year) || !(1..=53).contains(&week) {
            return None;
        }
        // January 4th lies in week 1 of every year.
        let number = Grain::Week.number(Day::civil(year, 1, 4)) + week as i32 - 1;
        (Day(number * 7).ymd().0 == year).then(|| Grain::Week.range(number))
    }

    /// The days of the period with this number.
    pub fn range(self, number: i32) -> Range {
        Range { begin: self.first_day(number), end: self.first_day(number + 1) }
    }
}

/// The days from `begin` up to, not including, `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub begin: Day,
    pub end: Day,
}

impl Range {
    /// The calendar's period before this one; where the calendar has no name for these days, as many days before them.
    pub fn before(self) -> Range {
        match Grain::of(self) {
            Some(grain) => grain.range(grain.number(self.begin) - 1),
            None => Range { begin: self.begin.plus(self.begin.0 - self.end.0), end: self.begin },
        }
    }
    pub fn contains(self, day: Day) -> bool {
        self.begin <= day && day < self.end
    }
}

/// The ends of a report that were asked for. One that is missing comes from the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    pub begin: Option<Day>,
    pub end: Option<Day>,
}

impl Ends {
    /// Is the day on the right side of the ends that were given?
    pub fn contain(self, day: Day) -> bool {
        self.begin.is_none_or(|b| b <= day) && self.end.is_none_or(|e| day < e)
    }
}

/// One column's days, with its label. The columns at the edges of a range may be cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    pub number: i32,
    pub label: String,
    pub range: Range,
}

/// The columns of a report, without a gap, in order.
#[derive(Clone, Debug)]
pub struct Periods {
    pub grain: Grain,
    /// `None` where neither the data nor the ends name a day.
    pub range: Option<Range>,
    pub list: Vec<Period>,
    /// The index of each day's column from the first of the range on, as far as that is no long list.
    of_day: Vec<u32>,
}

/// Days of a range for which the columns are looked up in a list.
const LISTED_DAYS: i64 = 1 << 16;

/// Why columns cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodsError {
    /// The one end that was given lies beyond the other, which comes from the data.
    NoDays(Range),
    /// More columns than the limit.
    TooMany { columns: u64, limit: u64 },
}

impl Periods {
    /// Lays out the columns from the ends that were given and the days `first ..= last` that the data names.
    /// An end from the data is widened to whole periods.
    ///
    /// # Errors
    /// [`PeriodsError`] where there would be no day, or more than `limit` columns.
    pub fn lay_out(
        grain: Grain,
        ends: Ends,
        data: Option<(Day, Day)>,
        limit: u64,
    ) -> Result<Periods, PeriodsError> {
        let begin = ends.begin.or_else(|| {
            data.map(|(first, _)| match grain {
                Grain::All => first,
                _ => grain.first_day(grain.number(first)),
            })
        });
        let end = ends.end.or_else(|| {
            data.map(|(_, last)| match grain {
                Grain::All => last.plus(1),
                _ => grain.first_day(grain.number(last) + 1),
            })
        });
        let (Some(begin), Some(end)) = (begin, end) else {
            return Ok(Periods { grain, range: None, list: Vec::new(), of_day: Vec::new() });
        };
        let range = Range { begin, end };
        if begin >= end {
            return Err(PeriodsError::NoDays(range));
        }
        let (first, last) = (grain.number(begin), grain.number(end.plus(-1)));
        let columns = (i64::from(last) - i64::from(first) + 1).unsigned_abs();
        if columns > limit {
            return Err(PeriodsError::TooMany { columns, limit });
        }
        let cut = |number| {
            let whole = if grain == Grain::All { range } else { grain.range(number) };
            let range = Range { begin: whole.begin.max(begin), end: whole.end.min(end) };
            Period { number, label: grain.label(number), range }
        };
        let list: Vec<Period> = (first..=last).map(cut).collect();
        let mut of_day = Vec::new();
        if i64::from(end.0) - i64::from(begin.0) <= LISTED_DAYS {
            for (index, period) in (0..).zip(&list) {
                of_day.extend((period.range.begin.0..period.range.end.0).map(|_| index));
            }
        }
        Ok(Periods { grain, range: Some(range), list, of_day })
    }

    /// The index of the column a day stands in; `None` outside the range.
    pub fn index(&self, day: Day) -> Option<usize> {
        let range = self.range.filter(|r| r.contains(day))?;
        if let Some(&index) = self.of_day.get((day.0 - range.begin.0) as usize) {
            return Some(index as usize);
        }
        self.index_of_number(self.grain.number(day)).filter(|_| range.contains(day))
    }

    /// The index of the column with this period number.
    pub fn index_of_number(&self, number: i32) -> Option<usize> {
        let first = self.list.first()?.number;
        usize::try_from(i64::from(number) - i64::from(first)).ok().filter(|&i| i < self.list.len())
    }

    /// The first column that ends after `day`: the first whose end-of-period state knows that day.
    pub fn first_ending_after(&self, day: Day) -> usize {
        // Columns stand one behind the other: the one of the day is the first that ends after it.
        self.index(day).unwrap_or_else(|| self.list.partition_point(|p| p.range.end <= day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        let n = |r: core::ops::Range<usize>| text[r].parse::<u32>().unwrap();
        Day::from_ymd(n(0..4) as i32, n(5..7), n(8..10)).unwrap()
    }

    #[test]
    fn labels_and_first_days() {
        for (grain, of, label, first) in [
            (Grain::Day, "2026-01-15", "2026-01-15", "2026-01-15"),
            (Grain::Week, "2026-01-15", "2026-W03", "2026-01-12"),
            (Grain::Week, "2027-01-01", "2026-W53", "2026-12-28"), // a Friday: the week is the old year's
            (Grain::Week, "2024-12-30", "2025-W01", "2024-12-30"),
            (Grain::Month, "2026-01-15", "2026-01", "2026-01-01"),
            (Grain::Quarter, "2026-12-31", "2026-Q4", "2026-10-01"),
            (Grain::Year, "2026-12-31", "2026", "2026-01-01"),
        ] {
            let number = grain.number(day(of));
            assert_eq!(grain.label(number), label);
            assert_eq!(grain.first_day(number), day(first), "{label}");
            assert_eq!(grain.number(grain.first_day(number)), number);
            assert_eq!(grain.number(grain.first_day(number).plus(-1)), number - 1);
        }
    }

    #[test]
    fn days_are_a_whole_period_or_none_and_have_one_before() {
        for (begin, end, want, before) in [
            ("2026-03-01", "2026-03-02", Some(Grain::Day), "2026-02-28"),
            ("2026-03-02", "2026-03-09", Some(Grain::Week), "2026-02-23"),
            ("2026-03-01", "2026-04-01", Some(Grain::Month), "2026-02-01"),
            ("2026-01-01", "2026-04-01", Some(Grain::Quarter), "2025-10-01"),
            ("2026-01-01", "2027-01-01", Some(Grain::Year), "2025-01-01"),
            ("2026-03-01", "2026-03-08", None, "2026-02-22"), // from a Sunday, 7 days
            ("2026-02-01", "2026-05-01", None, "2025-11-04"), // 28 + 31 + 30 = 89 days
            ("2026-03-01", "2026-03-31", None, "2026-01-30"), // 30 days
        ] {
            let range = Range { begin: day(begin), end: day(end) };
            assert_eq!(Grain::of(range), want, "{begin}..{end}");
            assert_eq!(range.before(), Range { begin: day(before), end: day(begin) }, "{begin}..{end}");
        }
    }

    #[test]
    fn weeks_that_a_year_does_not_have() {
        assert_eq!(Grain::iso_week(2026, 53).unwrap().begin, day("2026-12-28"));
        assert_eq!(Grain::iso_week(2025, 53), None);
        assert_eq!(Grain::iso_week(2026, 54), None);
        assert_eq!(Grain::iso_week(2026, 0), None);
    }

    #[test]
    fn given_ends_cut_the_columns_and_others_are_widened() {
        let data = Some((day("2026-01-15"), day("2026-03-02")));
        let cut = Ends { begin: Some(day("2026-01-10")), end: Some(day("2026-02-11")) };
        let p = Periods::lay_out(Grain::Month, cut, data, 100).unwrap();
        let shown: Vec<_> = p.list.iter().map(|c| (c.label.as_str(), c.range.begin, c.range.end)).collect();
        assert_eq!(
            shown,
            [
                ("2026-01", day("2026-01-10"), day("2026-02-01")),
                ("2026-02", day("2026-02-01"), day("2026-02-11"))
            ]
        );
        let wide = Periods::lay_out(Grain::Month, Ends::default(), data, 100).unwrap().range.unwrap();
        assert_eq!((wide.begin, wide.end), (day("2026-01-01"), day("2026-04-01")));
        let all = Periods::lay_out(Grain::All, Ends::default(), data, 100).unwrap().range.unwrap();
        assert_eq!((all.begin, all.end), (day("2026-01-15"), day("2026-03-03")));
    }

    #[test]
    fn each_day_stands_in_one_column() {
        let data = Some((day("2024-12-28"), day("2026-03-02")));
        let cut = Ends { begin: Some(day("2024-12-31")), end: Some(day("2026-02-11")) };
        for grain in [Grain::All, Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year] {
            for ends in [Ends::default(), cut] {
                let p = Periods::lay_out(grain, ends, data, 1000).unwrap();
                let unlisted = Periods { of_day: Vec::new(), ..p.clone() };
                for d in day("2024-01-01").0..day("2027-12-31").0 {
                    let column = p.list.iter().position(|c| c.range.contains(Day(d)));
                    let after = p.list.iter().position(|c| c.range.end > Day(d)).unwrap_or(p.list.len());
                    for p in [&p, &unlisted] {
                        assert_eq!(
                            (p.index(Day(d)), p.first_ending_after(Day(d))),
                            (column, after),
                            "{grain:?} {d}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn columns_are_refused_before_they_are_built() {
        let data = Some((day("1900-01-01"), day("9998-12-31")));
        let err = Periods::lay_out(Grain::Day, Ends::default(), data, 1000).unwrap_err();
        assert_eq!(err, PeriodsError::TooMany { columns: 2_958_099, limit: 1000 });
        let late = Ends { begin: Some(day("2027-01-01")), end: None };
        let data = Some((day("2026-01-15"), day("2026-03-02")));
        assert!(matches!(Periods::lay_out(Grain::All, late, data, 9), Err(PeriodsError::NoDays(_))));
    }
}
