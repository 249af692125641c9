//! Money, rates and quotients, all exact.
//!
//! Money is a whole number of 1/10,000 of the currency. One row's value fits 64 bits ([`Amount`]: at most
//! 999,999,999,999.9999); a sum is 128 bits wide ([`Money`]), which 10²² rows of the largest value cannot
//! overflow. A quotient keeps both its numbers ([`Ratio`]) and is rounded once, where it is shown.

use core::cmp::Ordering;
use core::iter::Sum;
use core::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use rust_decimal::Decimal;

/// Units of [`Money`] and [`Amount`] in one unit of the currency.
pub const UNITS: i64 = 10_000;
/// Units in one cent, the smallest sum that is paid out.
pub const CENT: i64 = UNITS / 100;

/// The value of one row, in 1/10,000 of the currency: −999,999,999,999.9999 ..= 999,999,999,999.9999.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(pub i64);

impl Amount {
    pub const ZERO: Amount = Amount(0);
    /// The largest value a row may hold: 12 digits before the point.
    pub const MAX: Amount = Amount(1_000_000_000_000 * UNITS - 1);

    /// From a number of whole cents.
    pub const fn from_cents(cents: i64) -> Amount {
        Amount(cents * CENT)
    }
}

/// A sum of money in 1/10,000 of the currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub i128);

impl Money {
    pub const ZERO: Money = Money(0);

    /// From a number of whole cents.
    pub const fn from_cents(cents: i128) -> Money {
        Money(cents * CENT as i128)
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The same number as a decimal with four places, for callers that calculate on.
    ///
    /// `None` above 96 bits (about 7.9 × 10²⁴ of the currency).
    pub fn to_decimal(self) -> Option<Decimal> {
        Decimal::try_from_i128_with_scale(self.0, 4).ok()
    }

    /// This money ÷ a number of things: a unit value such as revenue per buyer.
    ///
    /// `None` where there are no things: undefined, not zero.
    pub fn per(self, count: u64) -> Option<Ratio> {
        Ratio::of(self.0, i128::from(count) * i128::from(UNITS))
    }

    /// This money ÷ other money, a plain number. `None` where the base is zero.
    pub fn over(self, base: Money) -> Option<Ratio> {
        Ratio::of(self.0, base.0)
    }
}

impl From<Amount> for Money {
    fn from(a: Amount) -> Money {
        Money(i128::from(a.0))
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, o: Money) -> Money {
        Money(self.0 + o.0)
    }
}
impl Sub for Money {
    type Output = Money;
    fn sub(self, o: Money) -> Money {
        Money(self.0 - o.0)
    }
}
impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}
impl AddAssign for Money {
    fn add_assign(&mut self, o: Money) {
        self.0 += o.0;
    }
}
impl SubAssign for Money {
    fn sub_assign(&mut self, o: Money) {
        self.0 -= o.0;
    }
}
impl AddAssign<Amount> for Money {
    fn add_assign(&mut self, o: Amount) {
        self.0 += i128::from(o.0);
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(it: I) -> Money {
        it.fold(Money::ZERO, Add::add)
    }
}

/// An exact quotient. Its base is never zero: a quotient over zero is `None` where a `Ratio` is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    num: i128,
    den: i128,
}

impl Ratio {
    /// `num ÷ den`; `None` where `den` is zero.
    pub fn of(num: i128, den: i128) -> Option<Ratio> {
        match den.cmp(&0) {
            Ordering::Equal => None,
            Ordering::Greater => Some(Ratio { num, den }),
            Ordering::Less => Some(Ratio { num: -num, den: -den }),
        }
    }

    /// Numerator and denominator, which is above zero. They may have common factors.
    pub(crate) const fn parts(self) -> (i128, i128) {
        (self.num, self.den)
    }

    /// A quotient of two counts; `None` where there is nothing to count against.
    pub fn of_counts(part: u64, whole: u64) -> Option<Ratio> {
        Ratio::of(i128::from(part), i128::from(whole))
    }

    /// The quotient in units of 10^−`places`, rounded half-up, that is away from zero.
    ///
    /// Exact for every base below 10³⁸ ÷ 10^`places`, which no count or sum of rows reaches.
    pub fn rounded(self, places: u32) -> i128 {
        let scale = 10i128.pow(places);
        let (whole, rest) = (self.num / self.den, self.num % self.den);
        let scaled = rest.unsigned_abs() * scale.unsigned_abs();
        let den = self.den.unsigned_abs();
        let (mut part, left) = (scaled / den, scaled % den);
        if left >= den - left {
            part += 1;
        }
        let part = i128::try_from(part).unwrap_or(i128::MAX);
        whole * scale + if self.num < 0 { -part } else { part }
    }

    /// The quotient as a decimal of `places` places, rounded half-up; `None` above 96 bits.
    pub fn to_decimal(self, places: u32) -> Option<Decimal> {
        Decimal::try_from_i128_with_scale(self.rounded(places), places).ok()
    }

    /// How the exact quotient compares with a decimal. Nothing is rounded.
    pub fn cmp_decimal(self, other: Decimal) -> Ordering {
        // num ÷ den against m ÷ s: whole parts first, then the rests crosswise, so nothing overflows.
        let (m, s) = (other.mantissa(), 10i128.pow(other.scale()));
        let (a, b) = (self.num.div_euclid(self.den), m.div_euclid(s));
        a.cmp(&b).then_with(|| {
            let (x, y) = (self.num.rem_euclid(self.den), m.rem_euclid(s));
            match (x.checked_mul(s), y.checked_mul(self.den)) {
                (Some(l), Some(r)) => l.cmp(&r),
                // Only with more than 28 digits on both sides: compare in 10⁻⁹.
                _ => (Ratio { num: x, den: self.den }.rounded(9)).cmp(&Ratio { num: y, den: s }.rounded(9)),
            }
        })
    }
}

/// A share between 0 and 1, in units of 10⁻¹⁰: `10%` is 1,000,000,000 of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u64);

/// Why a text is not a [`Rate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateError {
    /// Not a decimal number with perhaps one `%`.
    NotANumber,
    /// Below 0 or above 100 %.
    OutOfRange,
    /// More than ten decimals (eight behind a `%`): it could not be kept exactly.
    TooFine,
}

impl Rate {
    pub const ZERO: Rate = Rate(0);
    pub const ONE: Rate = Rate(Rate::SCALE);
    /// Units of a rate in 1.
    pub const SCALE: u64 = 10_000_000_000;

    /// Reads `"10%"` or `"0.1"`: digits, perhaps a point with digits on both sides, perhaps one `%`.
    ///
    /// # Errors
    /// [`RateError`]; `"10"` is out of range (it would be 1,000 %), `".5"`, `"1e-1"` and `""` are no numbers.
    pub fn parse(text: &str) -> Result<Rate, RateError> {
        let text = text.trim();
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |t| (true, t));
        let (number, percent) = text.strip_suffix('%').map_or((text, false), |t| (t.trim_end(), true));
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return Err(RateError::NotANumber);
        }
        let part = part.trim_end_matches('0');
        let places = if percent { 8 } else { 10 };
        if part.len() > places {
            return Err(RateError::TooFine);
        }
        let whole: u64 = whole.parse().map_err(|_| RateError::OutOfRange)?;
        let fraction = part.bytes().fold(0u64, |n, b| n * 10 + u64::from(b - b'0'))
            * 10u64.pow(u32::try_from(places - part.len()).unwrap_or(0));
        let units = 10u64.pow(if percent { 8 } else { 10 });
        let rate =
            whole.checked_mul(units).and_then(|n| n.checked_add(fraction)).ok_or(RateError::OutOfRange)?;
        if rate > Rate::SCALE || (negative && rate > 0) {
            return Err(RateError::OutOfRange);
        }
        Ok(Rate(rate))
    }

    /// The rate in units of 10⁻¹⁰.
    pub const fn units(self) -> u64 {
        self.0
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// How a commission is rounded to the cent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    #[default]
    HalfUp,
    HalfEven,
    Down,
}

impl Rounding {
    /// `money × rate` summed over parts, given in units of 1/10,000 × 10⁻¹⁰ and not below zero, to whole cents.
    ///
    /// This is the only rounding in a commission: once per order and level.
    pub fn cents(self, product: i128) -> i64 {
        const DIVISOR: i128 = CENT as i128 * Rate::SCALE as i128;
        // Almost all fit 64 bits, which are divided several times as fast.
        let (whole, rest) = match i64::try_from(product) {
            Ok(product) => (i128::from(product / DIVISOR as i64), i128::from(product % DIVISOR as i64)),
            Err(_) => (product / DIVISOR, product % DIVISOR),
        };
        let up = match self {
            Rounding::Down => false,
            Rounding::HalfUp => rest * 2 >= DIVISOR,
            Rounding::HalfEven => rest * 2 > DIVISOR || (rest * 2 == DIVISOR && whole % 2 != 0),
        };
        // A base of one row times at most two rates of 100 % stays far below 64 bits of cents.
        i64::try_from(whole + i128::from(up)).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotient_is_rounded_half_away_from_zero() {
        for (num, den, want) in [
            (1, 3, 333_333),
            (2, 3, 666_667),
            (-2, 3, -666_667),
            (1, 2_000_000, 1), // 0.0000005 is half a unit
            (-1, 2_000_000, -1),
            (1, 2_000_001, 0),
            (7, 1, 7_000_000),
            (5, -2, -2_500_000),
        ] {
            assert_eq!(Ratio::of(num, den).unwrap().rounded(6), want, "{num}/{den}");
        }
        assert!(Ratio::of(1, 0).is_none());
    }

    #[test]
    fn the_largest_sums_do_not_overflow_a_quotient() {
        let all = Money(i128::from(Amount::MAX.0) * 100_000_000); // 10⁸ orders of the largest amount
        // 999,999,999,999.9999 × 10⁸ ÷ 3 = 33,333,333,333,333,330,000.00 exactly
        assert_eq!(all.per(3).unwrap().rounded(6), 33_333_333_333_333_330_000_000_000);
    }

    #[test]
    fn quotients_compare_exactly_with_decimals() {
        let third = Ratio::of(1, 3).unwrap();
        assert_eq!(third.cmp_decimal(Decimal::new(333_333, 6)), Ordering::Greater);
        assert_eq!(third.cmp_decimal(Decimal::new(333_334, 6)), Ordering::Less);
        assert_eq!(Ratio::of(-1, 2).unwrap().cmp_decimal(Decimal::new(-5, 1)), Ordering::Equal);
    }

    #[test]
    fn rates_are_percentages_or_decimals() {
        for (text, want) in [
            ("10%", Ok(1_000_000_000)),
            ("0.1", Ok(1_000_000_000)),
            ("100%", Ok(Rate::SCALE)),
            ("1", Ok(Rate::SCALE)),
            ("0", Ok(0)),
            ("2.50 %", Ok(250_000_000)),
            ("0.12345678%", Ok(12_345_678)),
            ("10", Err(RateError::OutOfRange)),
            ("150%", Err(RateError::OutOfRange)),
            ("-5%", Err(RateError::OutOfRange)),
            ("99999999999999999999%", Err(RateError::OutOfRange)),
            ("0.123456789%", Err(RateError::TooFine)),
            ("", Err(RateError::NotANumber)),
            ("10%%", Err(RateError::NotANumber)),
            (".5", Err(RateError::NotANumber)),
            ("5.", Err(RateError::NotANumber)),
            ("0,1", Err(RateError::NotANumber)),
            ("1/3", Err(RateError::NotANumber)),
            ("NaN", Err(RateError::NotANumber)),
            ("1e-1", Err(RateError::NotANumber)),
        ] {
            assert_eq!(Rate::parse(text).map(Rate::units), want, "{text:?}");
        }
    }

    #[test]
    fn commission_rounds_once_to_the_cent() {
        // 0.05 × 10 % = 0.005: half a cent.   0.15 × 10 % = 0.015: one and a half.
        let product = |cents: i64| i128::from(cents * CENT) * i128::from(Rate::parse("10%").unwrap().units());
        for (rounding, five, fifteen, four) in
            [(Rounding::HalfUp, 1, 2, 0), (Rounding::HalfEven, 0, 2, 0), (Rounding::Down, 0, 1, 0)]
        {
            assert_eq!(rounding.cents(product(5)), five, "{rounding:?} of 0.005");
            assert_eq!(rounding.cents(product(15)), fifteen, "{rounding:?} of 0.015");
            assert_eq!(rounding.cents(product(4)), four, "{rounding:?} of 0.004");
        }
    }
}
