//! Users that the settings read in another way than most: dated by their first order, or several rows about one.

use super::super::chunks::{Outcome, Share, Worker, read};
use super::super::field::date;
use super::super::first_orders::FirstOrders;
use super::super::intern::Interner;
use super::super::people::Channels;
use super::super::problem::{Code, Place, Problem, Problems};
use super::super::proof::Keys;
use super::super::schema::UNDATED_USERS;
use super::super::schema::users::{ACQUIRED_ON, CHANNEL, COST, SCHEMA, STAFF, USER_ID};
use super::super::source::{FileError, Part};
use super::super::table::{Env, Row, Schema};
use super::{Reading, Shared, UserTable, left_out, repeated_keys};
use scrm_core::date::{Day, Stamp};
use scrm_core::money::Amount;
use scrm_core::world::{User, Users};
use std::sync::{Mutex, PoisonError};

/// What the settings say of users.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// They joined with these orders, whatever the table says.
    pub first_orders: Option<&'a FirstOrders>,
    /// Of several rows about one user the earliest counts.
    pub earliest_row: bool,
}

impl Wanted<'_> {
    /// Is it anything but the usual?
    pub fn is_unusual(&self) -> bool {
        self.first_orders.is_some() || self.earliest_row
    }

    /// The columns that the table must have.
    pub fn schema(&self) -> Schema {
        if self.first_orders.is_some() { UNDATED_USERS } else { SCHEMA }
    }
}

/// What a row about a user says of when, from where and for how much: of several rows about one user the smallest counts,
/// so that neither files' names nor the order of rows choose. The earliest by date and time, without a date last; then
/// one with a channel, by its name; then the one that costs less.
type Rank = (bool, (Day, u32), bool, Box<[u8]>, Amount);

/// The rows that are kept, where they stand, their ranks, and what was left out.
struct Kept {
    users: Vec<(User, Amount)>,
    places: Vec<Place>,
    ranks: Vec<Rank>,
    problems: Problems,
}

struct BySetting<'a> {
    wanted: Wanted<'a>,
    reading: Reading<'a>,
    /// The places of the chunk's rows, and their ranks, where these are asked for.
    places: Vec<Place>,
    ranks: Vec<Rank>,
    kept: &'a Mutex<Kept>,
}

impl Worker for BySetting<'_> {
    fn row(&mut self, row: &mut Row) {
        if left_out(row) {
            return;
        }
        let (id, first) = (row.id(USER_ID, true), self.wanted.first_orders);
        let acquired = match (first, id) {
            (Some(first), Ok(id)) => Ok(first.of(id).unwrap_or(User::NEVER)),
            (Some(_), Err(bad)) => Err(bad),
            (None, _) => row.day(ACQUIRED_ON),
        };
        let stamp = self.wanted.earliest_row.then(|| stamp(row)).flatten();
        let channel = row.check_text(CHANNEL).map(|()| row.cell(CHANNEL));
        let cost = row.money(COST, false, false);
        let staff = row.check_text(STAFF);
        let reading = &mut self.reading;
        if let (Ok(id), Ok(acquired), Ok(channel), Ok(cost), Ok(_)) = (id, acquired, channel, cost, staff) {
            if self.wanted.earliest_row {
                let when = stamp.map_or((Day(0), 0), Stamp::order_key);
                let cost = cost.unwrap_or_default();
                self.ranks.push((stamp.is_none(), when, channel.is_empty(), channel.into(), cost));
            }
            let channel = reading.channel(channel, || row.place_of(CHANNEL));
            reading.unlike |= !reading.keys.of(id).1;
            reading.add(id, User { acquired, channel }, cost.unwrap_or_default());
            self.places.push(row.place_of(USER_ID));
        } else if let Ok(id) = id {
            reading.refused.push(reading.keys.of(id).0);
        }
    }

    fn end_of_chunk(&mut self, _of: Share) {
        let reading = &mut self.reading;
        let mut shared = reading.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Shared { persons, again, .. } = &mut *shared;
        let mut from = 0;
        let mut ranks = self.ranks.drain(..);
        for (row, place) in reading.rows.drain(..).zip(self.places.drain(..)) {
            let rank = ranks.next();
            let id = &reading.text[from..row.end];
            from = row.end;
            let (number, new) = persons.intern_by(row.key, id);
            if new {
                kept.users.push((row.user, row.cost));
                kept.places.push(place);
                kept.ranks.extend(rank);
            } else if !self.wanted.earliest_row {
                again.push(reading.keys.of(id).0); // nothing is calculated
            } else {
                // Which row is left out does not depend on which came first: of any two the later. Of two that say the
                // same it does not matter which.
                let n = number as usize;
                let (mut out, mut place) = ((row.user, row.cost), place);
                if rank.as_ref().map(|rank| (rank, place)) < Some((&kept.ranks[n], kept.places[n])) {
                    kept.ranks[n] = rank.unwrap_or_default();
                    std::mem::swap(&mut out, &mut kept.users[n]);
                    std::mem::swap(&mut place, &mut kept.places[n]);
                }
                kept.problems.warn_at(Code::RepeatedUser, place, Some(out.1.into()), || {
                    Problem::new(Code::RepeatedUser, place).column("user_id").value(id)
                });
            }
        }
        reading.text.clear();
    }
}

/// When a row says that its user came, where it says that; where users are dated by their orders, that is all it is for.
fn stamp(row: &Row) -> Option<Stamp> {
    date::stamp_by(row.cell(ACQUIRED_ON), &row.env.zone, row.env.date_order).ok()
}

/// Reads all users as the settings want them. Where they are dated by their orders and there is no table of users, they
/// are all who have one.
///
/// # Errors
/// [`FileError`].
pub fn users(
    parts: &[Part],
    env: &Env,
    keys: &Keys,
    wanted: Wanted,
) -> Result<(UserTable, Channels, Outcome), FileError> {
    let shared = Mutex::new(Shared { persons: Interner::of_keys(), ..Shared::default() });
    let kept = Mutex::new(Kept {
        users: Vec::new(),
        places: Vec::new(),
        ranks: Vec::new(),
        problems: Problems::new(env.max_errors),
    });
    let seeds = shared.lock().unwrap_or_else(PoisonError::into_inner).persons.seeds().clone();
    let worker = || BySetting {
        wanted,
        reading: Reading::new(&shared, keys, seeds.clone()),
        places: Vec::new(),
        ranks: Vec::new(),
        kept: &kept,
    };
    let workers = (0..env.threads).map(|_| worker()).collect();
    let (workers, mut outcome) = read(wanted.schema(), parts, env, workers)?;
    let unlike = workers.iter().any(|w| w.reading.unlike);
    let refused = workers.into_iter().flat_map(|w| w.reading.refused).collect();
    let Shared { mut persons, mut channels, again, .. } =
        shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    let Kept { users: rows, places, problems, .. } =
        kept.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcome.problems.merge(problems);
    let mut users = Users::default();
    rows.iter().for_each(|(user, cost)| users.push(*user, *cost));
    if let (Some(first), true) = (wanted.first_orders, parts.is_empty()) {
        for (id, acquired) in first.each() {
            let channel = channels.add("", Place::file(0), true);
            persons.intern(id);
            users.push(User { acquired, channel }, Amount::ZERO);
        }
    }
    let without = rows.iter().zip(&places).filter(|((user, _), _)| user.acquired == User::NEVER);
    for ((_, cost), &place) in without {
        let make = || Problem::new(Code::UserWithoutOrder, place).column("user_id");
        outcome.problems.warn_at(Code::UserWithoutOrder, place, Some((*cost).into()), make);
    }
    let repeated = repeated_keys(&persons, keys, again, refused, unlike, env.threads);
    let places = if wanted.earliest_row { places } else { Vec::new() };
    Ok((UserTable { users, persons, repeated, places }, channels, outcome))
}
