//! Who counts as a user, and since when.

use crate::date::Day;
use crate::fold::Fold;
use crate::money::Money;
use crate::world::{User, World};
use alloc::vec::Vec;

/// The day on which each user counts as joined, and that of people whom a setting makes users.
#[derive(Debug)]
pub(crate) struct Joined {
    pub users: Vec<Day>,
    /// Persons and strangers that are no users, in order of their numbers.
    pub others: Vec<(u32, Day)>,
}

impl Joined {
    pub fn day_of(&self, person: u32) -> Option<Day> {
        let other = || self.others.binary_search_by_key(&person, |o| o.0).ok().map(|i| self.others[i].1);
        self.users.get(person as usize).copied().or_else(other).filter(|day| *day != User::NEVER)
    }
}

pub(crate) fn effective_joining(world: &World, fold: &Fold) -> Joined {
    let mut users = world.users.iter().map(|u| u.acquired).collect::<Vec<_>>();
    let mut others = Vec::new();
    for (&person, &day) in &fold.brought_in {
        match users.get_mut(person as usize) {
            Some(acquired) => *acquired = day.min(*acquired),
            None => others.push((person, day)),
        }
    }
    Joined { users, others }
}

/// Everybody who counts as a user: the day of joining, the channel, how many, and what they cost themselves.
pub(crate) fn joiners<'a>(
    world: &'a World,
    fold: &'a Fold,
    joined: &'a Joined,
) -> impl Iterator<Item = (Day, u32, u64, Money)> + use<'a> {
    let unknown = world.unknown_channel();
    let users = joined.users.iter().zip(world.users.iter()).enumerate();
    let users = users.map(|(u, (&day, user))| (day, user.channel, 1, Money::from(world.users.cost_of(u))));
    let users = users.filter(|(day, ..)| *day != User::NEVER);
    let others = joined.others.iter().map(move |&(_, day)| (day, unknown, 1, Money::ZERO));
    let guests = fold.guests.iter().map(move |(&day, &n)| (day, unknown, n, Money::ZERO));
    users.chain(others).chain(guests)
}
