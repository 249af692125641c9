//! Who and what the tables name before the orders are read: persons, channels, distributors.

use super::field::mojibake;
use super::field::text::likeness;
use super::intern::{Interner, short};
use super::problem::{Code, Detail, Place, Problem, Problems};
use std::collections::HashMap;

/// The numbers of names as one worker meets them. Names of few things repeat: those met lately are known at a glance.
#[derive(Debug, Default)]
pub struct Met {
    names: Interner,
    numbers: Vec<u32>,
    lately: [Option<Lately>; 32],
}

/// A name of at most 16 bytes, by its first and last eight and its length, and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lately {
    name: (u64, u64, usize),
    number: u32,
}

impl Met {
    /// The number of a name, which is asked for where it is met for the first time.
    #[inline(always)]
    pub fn number(&mut self, name: &[u8], ask: impl FnOnce() -> u32) -> u32 {
        let last = name.last_chunk().map_or(0, |last| u64::from_le_bytes(*last));
        let short = (short(name), last, name.len());
        let place = (short.0 ^ short.1.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 59;
        match self.lately[place as usize] {
            Some(known) if known.name == short && name.len() <= 16 => known.number,
            _ => {
                let number = self.number_of_many(name, ask);
                self.lately[place as usize] = Some(Lately { name: short, number });
                number
            }
        }
    }

    /// The same of one of many names, which would seldom be met again so soon.
    #[inline]
    pub fn number_of_many(&mut self, name: &[u8], ask: impl FnOnce() -> u32) -> u32 {
        let (known, new) = self.names.intern(name);
        if new {
            self.numbers.push(ask());
        }
        self.numbers[known as usize]
    }
}

/// A name with the place where it stands first, whatever thread met it.
#[derive(Debug, Default)]
pub struct Named {
    pub names: Interner,
    pub first: Vec<Option<Place>>,
}

impl Named {
    /// The number of a name that stands at `place`.
    pub fn add(&mut self, name: &[u8], place: Option<Place>) -> u32 {
        let (number, new) = self.names.intern(name);
        if new {
            self.first.push(place);
        } else if let Some(place) = place {
            let first = &mut self.first[number as usize];
            *first = Some(first.map_or(place, |f| f.min(place)));
        }
        number
    }

    /// Refuses names that were read in another encoding than they were written in, at the place where each stands first.
    pub fn refuse_damaged(&self, column: &str, problems: &mut Problems) {
        for (place, n) in self.first.iter().zip(0..) {
            if let (Some(place), Some(how)) = (*place, mojibake::of(&self.names.text(n))) {
                problems.error(place, || {
                    let p = Problem::new(Code::Mojibake, place).column(column).value(self.names.get(n));
                    p.detail(Detail::Mojibake(how))
                });
            }
        }
    }

    /// Warns of names that differ only in case, width, normal form or invisible characters: each but the first of
    /// its likeness, at the place where it stands first.
    pub fn warn_of_likeness(&self, column: &str, problems: &mut Problems) {
        let mut like: HashMap<String, Vec<(Option<Place>, u32)>> = HashMap::new();
        let count = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        // Only where some name is not its own likeness can two be alike.
        if (0..count).all(|n| likeness(&self.names.text(n)).is_none()) {
            return;
        }
        for n in 0..count {
            let text = self.names.text(n);
            let key = likeness(&text).unwrap_or_else(|| text.into_owned());
            like.entry(key).or_default().push((self.first[n as usize], n));
        }
        for mut group in like.into_values().filter(|g| g.len() > 1) {
            group.sort_unstable();
            let other = self.names.text(group[0].1).into_owned();
            for (place, n) in &group[1..] {
                let p = Problem::new(Code::LookalikeId, *place).column(column).value(self.names.get(*n));
                problems.warn(p.detail(Detail::Other(other.clone())));
            }
        }
    }
}

/// Channels, and which of them some user has.
#[derive(Debug, Default)]
pub struct Channels {
    pub all: Named,
    pub of_users: Vec<bool>,
}

impl Channels {
    /// The number of a channel that a table names; empty is the channel of those without one.
    pub fn add(&mut self, name: &str, place: Place, of_user: bool) -> u32 {
        let name = scrm_core::pnl::channel_name(name);
        let number = self.all.add(name.as_bytes(), Some(place));
        self.of_users.resize(self.all.names.len(), false);
        self.of_users[number as usize] |= of_user;
        number
    }

    /// The channels as the calculation wants them.
    pub fn names(&self) -> Vec<Box<str>> {
        (0..self.all.names.len()).map(|n| self.all.names.text(n as u32).into()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_met_again_have_their_numbers() {
        let names: Vec<String> = (0..40usize)
            .flat_map(|n| {
                [
                    "x".repeat(n),
                    format!("{}y{}", "x".repeat(n / 2), "x".repeat(n - n / 2)),
                    format!("channel-{n}"),
                ]
            })
            .collect();
        let (mut met, mut all) = (Met::default(), Vec::new());
        for name in names.iter().chain(names.iter().rev()).chain(&names) {
            let next = all.len() as u32 + 100;
            let number = met.number(name.as_bytes(), || {
                all.push(name.clone());
                next
            });
            assert_eq!(Some(number as usize - 100), all.iter().position(|n| n == name), "{name:?}");
        }
    }
}
