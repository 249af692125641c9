//! What users bring over their lives: direct sums by the period of joining and the period in which they are recognised.
//!
//! It is filled on [`Basis::Lives`](super::Basis::Lives) alone. What is kept per user are two bits for each period: that
//! it bought, and that it bought more than once; all else are sums.

use super::{BuyerBits, DirectCell};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

/// Whose sums they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Life {
    /// Those of a channel's users who joined in the period with this number.
    Joined(i32, u32),
    /// A person's, whose period of joining is known only at the end.
    Person(u32),
}

/// A life and the number of the period.
type Key = (Life, i32);

/// The last cells used, found by their keys: most orders are of few periods.
const RECENT: usize = 512;

/// All lives.
#[derive(Debug, Default)]
pub(crate) struct Lives {
    index: BTreeMap<Key, usize>,
    cells: Vec<DirectCell>,
    /// Empty until anything is added.
    recent: Vec<(Key, usize)>,
    /// Who bought more than once in a period.
    again: BuyerBits,
    more_again: BTreeSet<(u32, i32)>,
}

impl Lives {
    /// Was anything added?
    pub(super) fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.again.is_unset() && self.more_again.is_empty()
    }

    /// The sums of a life in a period.
    pub(super) fn at(&mut self, life: Life, number: i32) -> &mut DirectCell {
        let key = (life, number);
        let place = match life {
            Life::Joined(joined, channel) => (joined as usize).wrapping_mul(31) ^ channel as usize,
            Life::Person(person) => person as usize,
        };
        let slot = (place ^ (number as usize).wrapping_mul(37)) % RECENT;
        let cell = match self.recent.get(slot) {
            Some((known, cell)) if *known == key => *cell,
            _ => self.new_place(key, slot),
        };
        &mut self.cells[cell]
    }

    fn new_place(&mut self, key: Key, slot: usize) -> usize {
        let next = self.cells.len();
        let cell = *self.index.entry(key).or_insert(next);
        if cell == next {
            self.cells.push(DirectCell::default());
        }
        self.recent.resize(RECENT, (key, cell));
        self.recent[slot] = (key, cell);
        cell
    }

    /// Notes that a buyer bought more than once in a period; `window` is that of the bits of all buyers.
    pub(super) fn mark_again(&mut self, person: u32, number: i32, is_user: bool, window: &BuyerBits) {
        if is_user && self.again.is_unset() {
            self.again = window.blank();
        }
        if !(is_user && self.again.mark(person, number)) {
            self.more_again.insert((person, number));
        }
    }

    /// Notes who bought in a period by two workers' bits, once by each; `false` where these have different windows.
    pub(super) fn mark_both(&mut self, one: &BuyerBits, other: &BuyerBits) -> bool {
        if self.again.is_unset() {
            self.again = one.blank();
        }
        self.again.join_both(one, other)
    }

    /// Did this person buy more than once in this period?
    pub(crate) fn bought_again(&self, person: u32, number: i32) -> bool {
        self.again.has(person, number) || self.more_again.contains(&(person, number))
    }

    pub(super) fn merge(&mut self, o: Lives) {
        for (&(life, number), &cell) in &o.index {
            self.at(life, number).merge(&o.cells[cell]);
        }
        if !o.again.is_unset() && !self.again.join(&o.again) {
            for user in 0..o.again.users() {
                self.more_again.extend(o.again.columns_of(user).map(|number| (user, number)));
            }
        }
        self.more_again.extend(o.more_again);
    }

    /// Sums by the period of joining: that period's number, the channel, the number of the period of the sums.
    pub(crate) fn joined(&self) -> impl Iterator<Item = (i32, u32, i32, &DirectCell)> {
        self.index.iter().filter_map(|((life, number), &cell)| match life {
            Life::Joined(joined, channel) => Some((*joined, *channel, *number, &self.cells[cell])),
            Life::Person(_) => None,
        })
    }

    /// Sums by person and the number of the period.
    pub(crate) fn of_persons(&self) -> impl Iterator<Item = (u32, i32, &DirectCell)> {
        self.index.iter().filter_map(|((life, number), &cell)| match life {
            Life::Person(person) => Some((*person, *number, &self.cells[cell])),
            Life::Joined(..) => None,
        })
    }
}
