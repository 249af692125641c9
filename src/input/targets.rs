//! `targets`: what a month was meant to bring, by key of the statement and perhaps by channel.

use super::chunks::{Outcome, Worker, read};
use super::problem::{Code, Detail, Place, Problem};
use super::schema::targets::{CHANNEL, KEY, MONTH, SCHEMA, VALUE};
use super::source::{FileError, Part};
use super::table::{Bad, Env, Row};
use scrm_core::date::Month;
use scrm_core::figures::{Figure, Key, Sums};
use scrm_core::money::{Money, Rate, UNITS};
use scrm_core::targets::{Targets, Value};
use scrm_core::world::{SHARED, UNKNOWN};
use std::collections::BTreeMap;

struct Reading<'a> {
    channels: &'a [Box<str>],
    targets: Targets,
    places: BTreeMap<(Month, String, &'static str), Place>,
}

impl Worker for Reading<'_> {
    fn row(&mut self, row: &mut Row) {
        let month = row.month(MONTH);
        let channel = row.text(CHANNEL);
        let key = key(row);
        let value = key.and_then(|key| value(row, key));
        let (Ok(month), Ok(channel), Ok(key), Ok(value)) = (month, channel, key, value) else { return };
        let place = row.place_of(KEY);
        if let Some(first) = self.places.get(&(month, channel.to_string(), key.name())) {
            let (first, cell) = (Place { column: None, ..*first }, row.cell(KEY));
            row.problems.error(place, || {
                Problem::new(Code::DuplicateTarget, place).column("key").value(cell).related(first)
            });
            return;
        }
        self.places.insert((month, channel.to_string(), key.name()), place);
        let known = || self.channels.iter().any(|c| **c == *channel) || [SHARED, UNKNOWN].contains(&channel);
        if !channel.is_empty() && !known() {
            let (place, cell) = (row.place_of(CHANNEL), row.cell(CHANNEL));
            row.problems.warn_at(Code::UnknownChannel, place, None, || {
                Problem::new(Code::UnknownChannel, place).column("channel").value(cell).detail(Detail::Target)
            });
        }
        self.targets.add(month, (!channel.is_empty()).then_some(channel), key, value);
    }
}

fn key(row: &mut Row) -> Result<Key, Bad> {
    let name = row.text(KEY)?;
    Key::named(name).ok_or_else(|| {
        let near = crate::words::near(name, Key::ALL.iter().map(|k| k.name()));
        row.error_with(Code::UnknownKey, KEY, near.map_or(Detail::None, |n| Detail::Other(n.into())))
    })
}

/// The value, by the kind of its key.
fn value(row: &mut Row, key: Key) -> Result<Value, Bad> {
    let signed = may_be_negative(key);
    match key.of(&Sums::default()) {
        Figure::Share(_) => {
            let text = row.text(VALUE)?;
            let units = share(text, row.env.decimal_comma).filter(|units| signed || *units >= 0);
            units.map(Value::Share).ok_or_else(|| row.error(Code::BadTarget, VALUE))
        }
        Figure::Count(_) => {
            let amount = row.money(VALUE, true, false)?.unwrap_or_default().0;
            let whole = (amount % UNITS == 0).then(|| u64::try_from(amount / UNITS).ok()).flatten();
            whole.map(Value::Count).ok_or_else(|| row.error(Code::BadTarget, VALUE))
        }
        kind => {
            let amount = Money::from(row.money(VALUE, true, signed)?.unwrap_or_default());
            Ok(match kind {
                Figure::Quotient(_) => Value::Quotient(amount),
                Figure::UnitValue(_) => Value::UnitValue(amount),
                _ => Value::Money(amount),
            })
        }
    }
}

/// `3%` or `0.03`, perhaps below zero, in units of a rate.
fn share(text: &str, decimal_comma: bool) -> Option<i64> {
    let (negative, plain) = text.strip_prefix('-').map_or((false, text), |t| (true, t));
    let plain = if decimal_comma { plain.replace(',', ".") } else { plain.into() };
    let signs = plain.starts_with('-') || plain.starts_with(' ');
    let units = Rate::parse(&plain).ok().filter(|_| !signs)?.units();
    let units = i64::try_from(units).ok()?;
    Some(if negative { -units } else { units })
}

/// What is earned may be below zero, and so may what corrections lower.
fn may_be_negative(key: Key) -> bool {
    let (_, figure) = key.name().split_once('.').unwrap_or_default();
    matches!(figure, "revenue" | "profit" | "contribution" | "commission" | "margin")
}

/// Reads targets. `channels` are those that other tables name.
///
/// # Errors
/// [`FileError`].
pub fn targets(parts: &[Part], env: &Env, channels: &[Box<str>]) -> Result<(Targets, Outcome), FileError> {
    let reading = Reading { channels, targets: Targets::default(), places: BTreeMap::new() };
    let (mut workers, outcome) = read(SCHEMA, parts, env, vec![reading])?;
    Ok((workers.pop().map(|w| w.targets).unwrap_or_default(), outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percentages_or_decimals() {
        for (text, want) in [
            ("3%", Some(300_000_000)),
            ("0.03", Some(300_000_000)),
            ("-2.5%", Some(-250_000_000)),
            ("100%", Some(10_000_000_000)),
            ("3", None),
            ("--3%", None),
            ("- 3%", None),
            ("", None),
            ("3,5%", None),
        ] {
            assert_eq!(share(text, false), want, "{text}");
        }
        assert_eq!(share("3,5%", true), Some(350_000_000));
    }

    #[test]
    fn only_what_is_earned_may_be_negative() {
        let negative: Vec<&str> =
            Key::ALL.iter().filter(|k| may_be_negative(**k)).map(|k| k.name()).collect();
        assert_eq!(
            negative,
            [
                "direct.revenue",
                "direct.profit",
                "direct.contribution",
                "distribution.revenue",
                "distribution.commission",
                "distribution.profit",
                "distribution.contribution",
                "total.revenue",
                "total.profit",
                "total.margin",
                "total.contribution",
            ]
        );
    }
}
