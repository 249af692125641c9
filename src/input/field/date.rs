//! Dates, times and months as exports write them. A stamp with an offset becomes local by the shop's time zone.

use super::eight_digits;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use scrm_core::date::{Day, Month, Stamp};
use scrm_core::spread::CostDate;

/// Why a cell is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateError {
    Bad,
    /// `01/02/2026`: day first or month first?
    Ambiguous,
}

/// What stands first in a date whose year stands last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// `12/1/2010` is the first of December.
    MonthFirst,
    /// ... the twelfth of January.
    DayFirst,
}

/// Reads a trimmed cell: a date, perhaps with a time, perhaps with an offset.
///
/// # Errors
/// [`DateError`]; a month, a year of two digits, full-width digits and days the calendar lacks are no dates.
#[inline]
pub fn stamp(cell: &[u8], zone: &TimeZone) -> Result<Stamp, DateError> {
    stamp_by(cell, zone, None)
}

/// The same; a year may also stand last where an `order` says what stands first.
///
/// # Errors
/// [`DateError`].
#[inline]
pub fn stamp_by(cell: &[u8], zone: &TimeZone, order: Option<DateOrder>) -> Result<Stamp, DateError> {
    if let Some(stamp) = plain(cell) {
        return Ok(stamp);
    }
    let (day, rest) = match (date(cell), order) {
        (Some(read), _) => read,
        (None, Some(order)) => year_last(cell, order).ok_or(DateError::Bad)?,
        (None, None) if is_ambiguous(cell) => return Err(DateError::Ambiguous),
        (None, None) => return Err(DateError::Bad),
    };
    if rest.is_empty() {
        return Ok(Stamp::date(day));
    }
    let (second, offset) = time(rest).ok_or(DateError::Bad)?;
    match offset {
        None => Ok(Stamp { day, second: Some(second) }),
        Some(offset) => local(day, second, offset, zone).ok_or(DateError::Bad),
    }
}

/// A date or a whole month, as team and other cost are dated.
///
/// # Errors
/// [`DateError`].
pub fn day_or_month(cell: &[u8], zone: &TimeZone, order: Option<DateOrder>) -> Result<CostDate, DateError> {
    match month(cell) {
        Some(m) => Ok(CostDate::Month(m)),
        None => stamp_by(cell, zone, order).map(|s| CostDate::Day(s.day)),
    }
}

/// The day of which a cell is the serial number in a spreadsheet, of this century: `46082`, perhaps with a part of the day.
pub fn serial(cell: &[u8]) -> Option<Day> {
    /// 1970-01-01, 2000-01-01 and 2100-01-01.
    const DAYS: [u32; 3] = [25_569, 36_526, 73_051];
    let (number, rest) = digits(cell, 5, 5)?;
    let is_part = match rest {
        [] => true,
        [b'.', part @ ..] => !part.is_empty() && part.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    (is_part && (DAYS[1]..DAYS[2]).contains(&number)).then(|| Day((number - DAYS[0]) as i32))
}

/// The common forms `2026-03-01` and `2026-03-01 12:00:05`.
#[inline]
pub fn plain(cell: &[u8]) -> Option<Stamp> {
    if let Ok(text) = <&[u8; 10]>::try_from(cell) {
        return calendar(text).map(Stamp::date);
    }
    let text = <&[u8; 19]>::try_from(cell).ok()?;
    let second = clock(text.last_chunk()?)?;
    Some(Stamp { day: calendar(text.first_chunk()?)?, second: Some(second) })
}

/// `2026-03-01`
#[inline]
fn calendar(c: &[u8; 10]) -> Option<Day> {
    let number = eight_digits([c[0], c[1], c[2], c[3], c[5], c[6], c[8], c[9]])?;
    let (year, month, day) = ((number / 10_000) as i32, (number / 100 % 100) as u32, (number % 100) as u32);
    if c[4] == b'-' && c[7] == b'-' { Day::from_ymd(year, month, day) } else { None }
}

/// ` 12:00:05`, as the second of the day.
#[inline(always)]
fn clock(c: &[u8; 9]) -> Option<u32> {
    let [blank, text @ ..] = c;
    // Each digit as its number and each colon as 0; the digits of any other character are not valid.
    let digits = u64::from_le_bytes(*text) ^ u64::from_le_bytes(*b"00:00:00");
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let pair = |at: u32| (pairs >> at & 0xff) as u32;
    let (h, m, s) = (pair(0), pair(24), pair(48));
    // No digit is above 9: what is, has a bit in the upper half or gets one.
    let flaws = (digits | digits.wrapping_add(0x0606_0006_0600_0606)) & 0xf0f0_fff0_f0ff_f0f0;
    (flaws == 0 && *blank == b' ' && h < 24 && m < 60 && s < 60).then_some(h * 3600 + m * 60 + s)
}

/// No date is this day.
const NO_DAY: Day = Day(i32::MIN);

/// A stamp or none, in two numbers: where rows are read by the million, the space and the branches of an option are
/// felt.
#[derive(Clone, Copy, Debug)]
pub struct When {
    day: Day,
    second: u32,
}

/// No time has this second.
pub const NO_SECOND: u32 = u32::MAX;

impl When {
    pub const NEVER: When = When { day: NO_DAY, second: NO_SECOND };

    /// A day, and the second of it or [`NO_SECOND`].
    #[inline(always)]
    pub fn at(day: Day, second: u32) -> When {
        When { day, second }
    }

    #[inline(always)]
    pub fn is_given(self) -> bool {
        self.day != NO_DAY
    }

    /// The day, where there is one.
    #[inline(always)]
    pub fn day(self) -> Option<Day> {
        self.is_given().then_some(self.day)
    }

    #[inline(always)]
    pub fn stamp(self) -> Option<Stamp> {
        let second = (self.second != NO_SECOND).then_some(self.second);
        self.is_given().then_some(Stamp { day: self.day, second })
    }

    #[inline(always)]
    pub fn or(self, other: When) -> When {
        if self.is_given() { self } else { other }
    }

    /// Is it later than this day?
    #[inline(always)]
    pub fn is_after(self, day: Day) -> bool {
        self.day > day
    }
}

impl From<Option<Stamp>> for When {
    fn from(stamp: Option<Stamp>) -> When {
        stamp.map_or(When::NEVER, |s| When { day: s.day, second: s.second.unwrap_or(NO_SECOND) })
    }
}

impl Default for When {
    fn default() -> When {
        When::NEVER
    }
}

/// The days of dates read lately, by their text: rows come roughly in the order of their days.
#[derive(Debug)]
pub struct Days([Known; 32]);

/// A date that was read, in two numbers as in memory.
#[derive(Clone, Copy, Debug)]
struct Known {
    year_month: u64,
    day_of_month: u16,
    day: Day,
}

impl Default for Days {
    fn default() -> Days {
        Days([Known { year_month: 0, day_of_month: 0, day: NO_DAY }; 32])
    }
}

impl Days {
    /// As [`plain`], and never where the cell is empty.
    #[inline(always)]
    pub fn read(&mut self, cell: &[u8]) -> Option<When> {
        let Some(text) = cell.first_chunk::<10>() else {
            return cell.is_empty().then_some(When::NEVER);
        };
        let second = match cell.len() {
            10 => NO_SECOND,
            19 => clock(cell.last_chunk()?)?,
            _ => return None,
        };
        let [a, b, c, d, e, f, g, h, tens, ones] = *text;
        let day = self.day(u64::from_le_bytes([a, b, c, d, e, f, g, h]), u16::from_le_bytes([tens, ones]))?;
        Some(When { day, second })
    }

    /// The day of a date `2026-03-01`, whose first eight characters are in one number and the last two in another.
    #[inline(always)]
    pub fn day(&mut self, year_month: u64, day_of_month: u16) -> Option<Day> {
        let known = &mut self.0[(day_of_month >> 8 ^ day_of_month << 4) as usize % 32];
        if (known.year_month, known.day_of_month) != (year_month, day_of_month) || known.day == NO_DAY {
            let ([a, b, c, d, e, f, g, h], [tens, ones]) =
                (year_month.to_le_bytes(), day_of_month.to_le_bytes());
            let day = calendar(&[a, b, c, d, e, f, g, h, tens, ones])?;
            *known = Known { year_month, day_of_month, day };
        }
        Some(known.day)
    }
}

/// Takes `min ..= max` digits off the front.
fn digits(cell: &[u8], min: usize, max: usize) -> Option<(u32, &[u8])> {
    let n = cell.iter().take(max).take_while(|b| b.is_ascii_digit()).count();
    let number = || cell[..n].iter().fold(0, |v, b| v * 10 + u32::from(b - b'0'));
    (n >= min).then(|| (number(), &cell[n..]))
}

const YEAR: &[u8] = "年".as_bytes();
const MONTH: &[u8] = "月".as_bytes();
const DAY: &[u8] = "日".as_bytes();

/// The date at the front of a cell, and what follows it.
fn date(cell: &[u8]) -> Option<(Day, &[u8])> {
    let run = cell.iter().take_while(|b| b.is_ascii_digit()).count();
    if run == 8 {
        let (number, rest) = digits(cell, 8, 8)?;
        return Some((Day::from_ymd((number / 10_000) as i32, number / 100 % 100, number % 100)?, rest));
    }
    let (year, rest) = digits(cell, 4, 4)?;
    let (month, day, rest) = if let Some(rest) = rest.strip_prefix(YEAR) {
        let (month, rest) = digits(rest, 1, 2)?;
        let (day, rest) = digits(rest.strip_prefix(MONTH)?, 1, 2)?;
        (month, day, rest.strip_prefix(DAY)?)
    } else {
        let separator = *rest.first().filter(|b| b"-/.".contains(b))?;
        let (month, rest) = digits(&rest[1..], 1, 2)?;
        let (day, rest) = digits(rest.strip_prefix(&[separator])?, 1, 2)?;
        (month, day, rest)
    };
    Some((Day::from_ymd(year as i32, month, day)?, rest))
}

/// A date at the front of a cell whose year stands last, and what follows it.
fn year_last(cell: &[u8], order: DateOrder) -> Option<(Day, &[u8])> {
    let (first, rest) = digits(cell, 1, 2)?;
    let separator = *rest.first().filter(|b| b"-/.".contains(b))?;
    let (second, rest) = digits(&rest[1..], 1, 2)?;
    let (year, rest) = digits(rest.strip_prefix(&[separator])?, 4, 4)?;
    let (month, day) = match order {
        DateOrder::MonthFirst => (first, second),
        DateOrder::DayFirst => (second, first),
    };
    Some((Day::from_ymd(year as i32, month, day)?, rest))
}

/// The time behind a date: the second of the day, and the offset from UTC in seconds where one is given.
fn time(rest: &[u8]) -> Option<(u32, Option<i32>)> {
    let rest = match rest.strip_prefix(b"T") {
        Some(rest) => rest,
        // Some exports put two blanks between.
        None => rest.strip_prefix(b" ")?.trim_ascii_start(),
    };
    let (hour, rest) = digits(rest, 1, 2)?;
    let (minute, mut rest) = digits(rest.strip_prefix(b":")?, 2, 2)?;
    let mut second = 0;
    if let Some(more) = rest.strip_prefix(b":") {
        (second, rest) = digits(more, 2, 2)?;
        if let Some(fraction) = rest.strip_prefix(b".") {
            let n = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            rest = fraction.get(n..).filter(|_| n > 0)?;
        }
    }
    let seconds = (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)?;
    // Shopify and others write a blank before the offset, and no colon in it.
    let offset = match rest.strip_prefix(b" ").unwrap_or(rest) {
        [] if rest.is_empty() => None,
        b"Z" | b"UTC" | b"GMT" => Some(0),
        [sign @ (b'+' | b'-'), h @ ..] => {
            let (hours, h) = digits(h, 2, 2)?;
            let (minutes, h) = digits(h.strip_prefix(b":").unwrap_or(h), 2, 2)?;
            if !h.is_empty() || hours > 23 || minutes > 59 {
                return None;
            }
            let offset = (hours * 3600 + minutes * 60) as i32;
            Some(if *sign == b'-' { -offset } else { offset })
        }
        _ => return None,
    };
    Some((seconds, offset))
}

/// A moment given by an offset, as a local stamp.
fn local(day: Day, second: u32, offset: i32, zone: &TimeZone) -> Option<Stamp> {
    let moment = i64::from(day.0) * 86_400 + i64::from(second) - i64::from(offset);
    let there = zone.to_datetime(Timestamp::from_second(moment).ok()?);
    let date = there.date();
    let day = Day::from_ymd(i32::from(date.year()), date.month() as u32, date.day() as u32)?;
    let t = there.time();
    Some(Stamp { day, second: Some(t.hour() as u32 * 3600 + t.minute() as u32 * 60 + t.second() as u32) })
}

/// `2026-03`, `2026/3`, `202603`, `2026年3月`.
fn month(cell: &[u8]) -> Option<Month> {
    let run = cell.iter().take_while(|b| b.is_ascii_digit()).count();
    if run == 6 && cell.len() == 6 {
        let (number, _) = digits(cell, 6, 6)?;
        return Month::from_ym((number / 100) as i32, number % 100);
    }
    let (year, rest) = digits(cell, 4, 4)?;
    let (month, rest) = if let Some(rest) = rest.strip_prefix(YEAR) {
        let (month, rest) = digits(rest, 1, 2)?;
        (month, rest.strip_prefix(MONTH)?)
    } else {
        digits(rest.strip_prefix(b"-").or_else(|| rest.strip_prefix(b"/"))?, 1, 2)?
    };
    rest.is_empty().then(|| Month::from_ym(year as i32, month)).flatten()
}

/// Two numbers of one or two digits and a year, with slashes between.
fn is_ambiguous(cell: &[u8]) -> bool {
    let slash = |r: &[u8]| r.first() == Some(&b'/');
    digits(cell, 1, 2)
        .filter(|(_, r)| slash(r))
        .and_then(|(_, r)| digits(&r[1..], 1, 2))
        .filter(|(_, r)| slash(r))
        .and_then(|(_, r)| digits(&r[1..], 4, 4))
        .is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    fn read(cell: &str, zone: &TimeZone) -> Result<(String, Option<u32>), DateError> {
        stamp(cell.as_bytes(), zone).map(|s| (s.day.to_string(), s.second))
    }

    #[test]
    fn days_read_lately_are_the_same_days() {
        let mut days = Days::default();
        let zeros = "\0".repeat(10);
        let mut cells: Vec<String> =
            (1..=31).flat_map(|d| [1, 2, 12].map(|m| format!("2026-{m:02}-{d:02}"))).collect();
        cells.extend(["2025-02-28", "0000-01-01", "2026/03/01", "20260301", "", &zeros].map(String::from));
        for _ in 0..3 {
            for date in &cells {
                for time in
                    ["", " 00:00:00", " 23:59:59", " 24:00:00", "T12:00:00", " 1:00:00", " 12:00:60", "Z"]
                {
                    let cell = format!("{date}{time}");
                    let read = days.read(cell.as_bytes()).and_then(When::stamp);
                    assert_eq!(read, plain(cell.as_bytes()), "{cell}");
                }
            }
        }
    }

    #[test]
    fn dates_and_times() {
        let noon5 = Some(43_205); // 12:00:05
        for (cell, day, second) in [
            ("2026-03-01", "2026-03-01", None),
            ("2026/3/1", "2026-03-01", None),
            ("2026.3.1", "2026-03-01", None),
            ("20260301", "2026-03-01", None),
            ("2026年3月1日", "2026-03-01", None),
            ("2024-02-29", "2024-02-29", None),
            ("2026-03-01 12:00", "2026-03-01", Some(43_200)),
            ("2026-03-01 12:00:05", "2026-03-01", noon5),
            ("2026-03-01T12:00:05", "2026-03-01", noon5),
            ("2026/3/1 12:00:05.123456", "2026-03-01", noon5),
            ("2026-03-01  12:00:05", "2026-03-01", noon5),
            ("2026/3/1 9:05", "2026-03-01", Some(32_700)),
            ("2026年3月1日 12:00:05", "2026-03-01", noon5),
            ("2026-03-01T12:00:05+08:00", "2026-03-01", noon5),
            ("2026-03-01T17:30:00Z", "2026-03-02", Some(5_400)), // 01:30 in Shanghai
            ("2026-03-01T12:30:00-05:00", "2026-03-02", Some(5_400)),
            ("2026-03-01 12:00:05 +0800", "2026-03-01", noon5),
            ("2026-03-01 12:30:00 -0500", "2026-03-02", Some(5_400)),
            ("2026-03-01 12:00:05+0800", "2026-03-01", noon5),
            ("2026-03-01 12:00:05 +08:00", "2026-03-01", noon5),
            ("2026-03-01 17:30:00 UTC", "2026-03-02", Some(5_400)),
        ] {
            assert_eq!(read(cell, &shanghai()), Ok((day.to_string(), second)), "{cell}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for cell in [
            "",
            "2024-02-30",
            "2023-02-29",
            "1900-02-29",
            "0000-00-00",
            "0000-01-01",
            "2024-13-05",
            "05.03.2024",
            "45356",
            "24-03-05",
            "1709596800",
            "2024-03-05T23:59:60Z",
            "2024-03-05 24:00:00",
            "10000-01-01",
            "2024-W10-2",
            "２０２４-03-05",
            "-0001-03-05",
            "2024-03-05Z",
            "2024-03-05 25:00",
            "2024-03-05 12:60",
            "2024-03",
            "2024年3月",
            "########",
            "2024/3-5",
            "2024-03-05T12:00:05+25:00",
            "2024-03-05x",
            "2024-03-05 ",
            "2024-03-05 12",
            "2024-03-05 12:00:05.",
            "2024-03-05 12:00:05 ",
            "2024-03-05 12:00:05 +8",
            "2024-03-05 12:00:05 +080",
            "2024-03-05 12:00:05 CST",
            "2024-03-05 12:00:05  +0800",
            "2024-03-05 +0800",
            "2024-3-",
            "9999-12-31T23:00:00-05:00",
        ] {
            assert_eq!(read(cell, &shanghai()), Err(DateError::Bad), "{cell:?}");
        }
        for cell in ["01/02/2026", "1/2/2026", "13/02/2026 10:00"] {
            assert_eq!(read(cell, &shanghai()), Err(DateError::Ambiguous), "{cell:?}");
        }
    }

    #[test]
    fn serial_numbers_of_spreadsheets() {
        for (cell, day) in [
            ("46082", Some("2026-03-01")),
            ("46082.5", Some("2026-03-01")),
            ("36526", Some("2000-01-01")),
            ("73050", Some("2099-12-31")),
            ("36525", None),
            ("73051", None),
            ("46082.", None),
            ("460820", None),
            ("46082 10:00", None),
        ] {
            assert_eq!(serial(cell.as_bytes()).map(|day| day.to_string()).as_deref(), day, "{cell}");
        }
    }

    #[test]
    fn a_year_may_stand_last_where_the_order_is_known() {
        let read = |cell: &str, order| {
            stamp_by(cell.as_bytes(), &shanghai(), Some(order)).map(|s| (s.day.to_string(), s.second))
        };
        let day = |text: &str, second| Ok((text.to_string(), second));
        for (cell, month_first, day_first) in [
            ("12/1/2010 8:26", day("2010-12-01", Some(30_360)), day("2010-01-12", Some(30_360))),
            ("01/02/2026", day("2026-01-02", None), day("2026-02-01", None)),
            ("13.02.2026", Err(DateError::Bad), day("2026-02-13", None)),
            ("2-13-2026 10:00:05", day("2026-02-13", Some(36_005)), Err(DateError::Bad)),
            ("2026-02-13", day("2026-02-13", None), day("2026-02-13", None)),
            ("1/2/26", Err(DateError::Bad), Err(DateError::Bad)),
            ("1/2-2026", Err(DateError::Bad), Err(DateError::Bad)),
            ("1/2/20260", Err(DateError::Bad), Err(DateError::Bad)),
        ] {
            assert_eq!(read(cell, DateOrder::MonthFirst), month_first, "{cell}");
            assert_eq!(read(cell, DateOrder::DayFirst), day_first, "{cell}");
        }
    }

    #[test]
    fn offsets_are_exact_where_clocks_change() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        // 2026-10-25: at 01:00 UTC the clocks go from 03:00 back to 02:00.
        assert_eq!(read("2026-10-25T00:30:00Z", &berlin), Ok(("2026-10-25".into(), Some(9_000))));
        assert_eq!(read("2026-10-25T01:30:00Z", &berlin), Ok(("2026-10-25".into(), Some(9_000))));
        // 02:30 on 2026-03-29 does not exist there; a local stamp keeps its date.
        assert_eq!(read("2026-03-29 02:30:00", &berlin), Ok(("2026-03-29".into(), Some(9_000))));
    }

    #[test]
    fn months_or_days() {
        let read = |cell: &str| day_or_month(cell.as_bytes(), &shanghai(), None);
        let feb = Ok(CostDate::Month(Month::from_ym(2024, 2).unwrap()));
        for cell in ["2024-02", "2024/2", "202402", "2024年2月", "2024-2"] {
            assert_eq!(read(cell), feb, "{cell}");
        }
        assert_eq!(read("2024-02-01"), Ok(CostDate::Day(Day::from_ymd(2024, 2, 1).unwrap())));
        for cell in ["2024-13", "2024-00", "2024", "", "Feb-24", "2024.2"] {
            assert_eq!(read(cell), Err(DateError::Bad), "{cell}");
        }
    }
}
