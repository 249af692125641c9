//! Days, stamps and months of the proleptic Gregorian calendar, as plain numbers.
//!
//! A [`Day`] is a local date of the shop. Time zones are not known here: whoever reads a stamp with an offset
//! converts it first.

use core::fmt;

/// A local date, as days since 1970-01-01. Readers make years 1 to 9999; arithmetic may pass them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day `day` of `month` in `year`; `None` where the calendar has no such day or year (1 ..= 9999).
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Day> {
        let valid = (1..=9999).contains(&year) && (1..=12).contains(&month);
        (valid && day >= 1 && day <= days_in_month(year, month)).then(|| Day::civil(year, month, day))
    }

    /// Days from 1970-01-01 to a date that exists (the method of H. Hinnant's "chrono-compatible date algorithms").
    pub(crate) const fn civil(year: i32, month: u32, day: u32) -> Day {
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let doy =
            (153 * (if month > 2 { month as i32 - 3 } else { month as i32 + 9 }) + 2) / 5 + day as i32 - 1;
        Day(era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468)
    }

    /// Year, month (1 ..= 12) and day of the month.
    pub const fn ymd(self) -> (i32, u32, u32) {
        let z = self.0 as i64 + 719_468;
        let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + if month <= 2 { 1 } else { 0 };
        (year as i32, month as u32, (doy - (153 * mp + 2) / 5 + 1) as u32)
    }

    /// The month this day lies in.
    pub const fn month(self) -> Month {
        let (y, m, _) = self.ymd();
        Month(y * 12 + m as i32 - 1)
    }

    /// The day `n` days later (or earlier).
    pub const fn plus(self, n: i32) -> Day {
        Day(self.0.saturating_add(n))
    }
}

/// `YYYY-MM-DD`; a year above 9999 has five digits.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.ymd();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

/// A calendar month, as months since year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i32);

impl Month {
    /// The month `month` (1 ..= 12) of `year` (1 ..= 9999).
    pub fn from_ym(year: i32, month: u32) -> Option<Month> {
        ((1..=9999).contains(&year) && (1..=12).contains(&month)).then(|| Month(year * 12 + month as i32 - 1))
    }

    pub const fn first_day(self) -> Day {
        Day::civil(self.0.div_euclid(12), self.0.rem_euclid(12) as u32 + 1, 1)
    }

    /// The first day after the month.
    pub const fn end(self) -> Day {
        Month(self.0 + 1).first_day()
    }
}

/// The number of days in a month.
pub const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A local date, with the second of the day where one was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub day: Day,
    /// 0 ..= 86,399.
    pub second: Option<u32>,
}

/// `YYYY-MM-DD HH:MM:SS`, or only the date where no time was given.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.day.fmt(f)?;
        match self.second {
            Some(s) => write!(f, " {:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60),
            None => Ok(()),
        }
    }
}

impl Stamp {
    /// A date without a time.
    pub const fn date(day: Day) -> Stamp {
        Stamp { day, second: None }
    }

    /// Where stamps are put in order, one without a time counts as midnight.
    pub fn order_key(self) -> (Day, u32) {
        (self.day, self.second.unwrap_or(0))
    }

    /// Is a binding that starts here in force at `at`? By the second where both have a time, else by the date.
    pub fn begun_by(self, at: Stamp) -> bool {
        match (self.second, at.second) {
            (Some(a), Some(b)) => (self.day, a) <= (at.day, b),
            _ => self.day <= at.day,
        }
    }

    /// Is a binding that expires here still in force at `at`? With two times the end is open; else the last day
    /// is included.
    pub fn not_expired_at(self, at: Stamp) -> bool {
        match (self.second, at.second) {
            (Some(a), Some(b)) => (at.day, b) < (self.day, a),
            _ => at.day <= self.day,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::string::ToString;

    #[test]
    fn days_and_dates_are_one_to_one() {
        let first = Day::from_ymd(1, 1, 1).unwrap();
        let mut at = first;
        for year in 1..=9999 {
            for month in 1..=12 {
                let n = days_in_month(year, month);
                for day in [1, 15, n] {
                    let there = Day::from_ymd(year, month, day).unwrap();
                    assert_eq!(there, at.plus(day as i32 - 1));
                    assert_eq!(there.ymd(), (year, month, day));
                }
                assert_eq!(Day::from_ymd(year, month, n + 1), None);
                at = at.plus(n as i32);
            }
        }
        assert_eq!(Day(0).to_string(), "1970-01-01");
        assert_eq!(Stamp::date(Day(0)).to_string(), "1970-01-01");
        assert_eq!(Stamp { day: Day(0), second: Some(86_399) }.to_string(), "1970-01-01 23:59:59");
        assert_eq!(at.to_string(), "10000-01-01");
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let feb = Month::from_ym(2024, 2).unwrap();
        assert_eq!(feb.first_day().to_string(), "2024-02-01");
        assert_eq!(feb.end().to_string(), "2024-03-01");
        assert_eq!(Day::from_ymd(2024, 2, 29).unwrap().month(), feb);
    }

    #[test]
    fn bindings_compare_by_the_second_only_where_both_have_one() {
        let day = Day(100);
        let at = |second| Stamp { day, second };
        for (bound, paid, begun) in [
            (Some(10), Some(10), true),
            (Some(11), Some(10), false),
            (Some(11), None, true),
            (None, Some(0), true),
        ] {
            assert_eq!(at(bound).begun_by(at(paid)), begun, "bound {bound:?}, paid {paid:?}");
        }
        for (expires, paid, holds) in [
            (Some(10), Some(10), false),
            (Some(11), Some(10), true),
            (Some(0), None, true),
            (None, Some(86_399), true),
        ] {
            assert_eq!(at(expires).not_expired_at(at(paid)), holds, "expires {expires:?}, paid {paid:?}");
        }
    }
}
