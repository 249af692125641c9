//! `users`: read in parallel, numbered as they come.

pub mod by_setting;

use super::chunks::{Outcome, PlainRow, Share, Told, Worker, read};
use super::field::date::Days;
use super::field::id::is_plain;
use super::field::text::CELL_BYTES;
use super::field::{money, trim};
use super::intern::{BELIEVED, IdKey, Interner, Seeds};
use super::machine::room_for_scattered;
use super::people::{Channels, Met};
use super::problem::{Code, Place};
use super::proof::{Key, Keys, Seen, repeated};
use super::schema::users::{ACQUIRED_ON, CHANNEL, COST, SCHEMA, STAFF, USER_ID};
use super::source::{FileError, Part};
use super::split::BATCH;
use super::table::{Env, Row};
use scrm_core::money::Amount;
use scrm_core::world::{User, Users};
use std::sync::{Mutex, PoisonError};

/// Users with their ids, and the keys that more than one id has.
#[derive(Debug, Default)]
pub struct UserTable {
    pub users: Users,
    pub persons: Interner,
    pub repeated: Vec<Key>,
    /// Where the row of each user stands, where there may be several.
    pub places: Vec<Place>,
}

/// What the workers fill together, a chunk at a time.
#[derive(Debug, Default)]
struct Shared {
    users: Users,
    persons: Interner,
    channels: Channels,
    /// Ids that stand more than once.
    again: Vec<Key>,
}

struct Reading<'a> {
    shared: &'a Mutex<Shared>,
    keys: &'a Keys,
    seeds: Seeds,
    /// The chunk's ids, one after the other, and the rest of its rows.
    text: Vec<u8>,
    rows: Vec<OfChunk>,
    /// The names of channels this worker has met.
    channels: Met,
    days: Days,
    /// Some id has another likeness than itself.
    unlike: bool,
    /// The ids of rows in which something else is wrong.
    refused: Vec<Key>,
}

/// A user, whose id ends there in the text.
struct OfChunk {
    end: usize,
    key: IdKey,
    user: User,
    cost: Amount,
}

impl Worker for Reading<'_> {
    #[inline(always)]
    fn plain(&mut self, row: &PlainRow) -> Option<Told> {
        let id = row.text(USER_ID).filter(|id| is_plain(id))?;
        let acquired = self.days.read(row.text(ACQUIRED_ON)?)?.day().filter(|day| *day <= row.today)?;
        let channel = trim(row.text(CHANNEL)?);
        let cost = match row.text(COST)? {
            [] => Amount::ZERO,
            cost => money::plain(cost)?,
        };
        if row.text(STAFF)?.len().max(channel.len()) > CELL_BYTES {
            return None;
        }
        let channel = self.channel(channel, || row.place_of(CHANNEL));
        self.unlike |= id.iter().any(u8::is_ascii_uppercase);
        self.add(id, User { acquired, channel }, cost);
        Some(Told { day: Some(acquired), amount: cost })
    }

    fn row(&mut self, row: &mut Row) {
        if left_out(row) {
            return;
        }
        let id = row.id(USER_ID, true);
        let acquired = row.day(ACQUIRED_ON);
        let channel = row.check_text(CHANNEL).map(|()| row.cell(CHANNEL));
        let cost = row.money(COST, false, false);
        let staff = row.check_text(STAFF);
        if let (Ok(id), Ok(acquired), Ok(channel), Ok(cost), Ok(_)) = (id, acquired, channel, cost, staff) {
            let channel = self.channel(channel, || row.place_of(CHANNEL));
            self.unlike |= !self.keys.of(id).1;
            self.add(id, User { acquired, channel }, cost.unwrap_or_default());
        } else if let Ok(id) = id {
            self.refused.push(self.keys.of(id).0);
        }
    }

    fn end_of_chunk(&mut self, of: Share) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let Shared { users, persons, again, .. } = &mut *shared;
        let expected = of.expected(self.rows.len());
        persons.expect(expected);
        if self.rows.iter().any(|row| !row.key.is_whole()) {
            persons.expect_texts(of.expected(self.text.len()) * 9 / 8);
        }
        if users.is_empty() {
            *users = Users::within(room_for_scattered(expected.min(BELIEVED)));
        }
        let mut from = 0;
        for rows in self.rows.chunks(BATCH) {
            rows.iter().for_each(|row| persons.prefetch_to_enter(row.key));
            for row in rows {
                let id = &self.text[from..row.end];
                from = row.end;
                let (_, new) = persons.intern_by(row.key, id);
                if !new {
                    again.push(self.keys.of(id).0); // nothing is calculated
                    continue;
                }
                users.push(row.user, row.cost);
            }
        }
        self.text.clear();
        self.rows.clear();
    }
}

/// Leaves out a user of an export who has no id, such as a phone: nobody knows what they buy.
fn left_out(row: &mut Row) -> bool {
    let is_out = row.is_unnamed(USER_ID);
    if is_out {
        let cost = row.money(COST, false, false).ok().flatten().unwrap_or_default();
        row.warn(Code::UserWithoutId, USER_ID, Some(cost.into()));
    }
    is_out
}

impl<'a> Reading<'a> {
    fn new(shared: &'a Mutex<Shared>, keys: &'a Keys, seeds: Seeds) -> Reading<'a> {
        Reading {
            shared,
            keys,
            seeds,
            text: Vec::new(),
            rows: Vec::new(),
            channels: Met::default(),
            days: Days::default(),
            unlike: false,
            refused: Vec::new(),
        }
    }

    #[inline(always)]
    fn add(&mut self, id: &[u8], user: User, cost: Amount) {
        self.text.extend_from_slice(id);
        self.rows.push(OfChunk { end: self.text.len(), key: self.seeds.key(id), user, cost });
    }

    #[inline(always)]
    fn channel(&mut self, name: &[u8], place: impl Fn() -> Place) -> u32 {
        let shared = self.shared;
        self.channels.number(name, || {
            // A worker meets its chunks in the order of the file, so its first place is its smallest.
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            shared.channels.add(&String::from_utf8_lossy(name), place(), true)
        })
    }
}

/// Reads all users.
///
/// # Errors
/// [`FileError`].
pub fn users(parts: &[Part], env: &Env, keys: &Keys) -> Result<(UserTable, Channels, Outcome), FileError> {
    let shared = Mutex::new(Shared { persons: Interner::of_keys(), ..Shared::default() });
    let seeds = shared.lock().unwrap_or_else(PoisonError::into_inner).persons.seeds().clone();
    let workers = (0..env.threads).map(|_| Reading::new(&shared, keys, seeds.clone()));
    let (workers, outcome) = read(SCHEMA, parts, env, workers.collect())?;
    let unlike = workers.iter().any(|w| w.unlike);
    let refused = workers.into_iter().flat_map(|w| w.refused).collect();
    let Shared { users, persons, channels, again } =
        shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    let repeated = repeated_keys(&persons, keys, again, refused, unlike, env.threads);
    Ok((UserTable { users, persons, repeated, places: Vec::new() }, channels, outcome))
}

/// The keys that more than one id has: of those that stand more than once, and of those that look alike, for which
/// some id must have another likeness than itself.
fn repeated_keys(
    persons: &Interner,
    keys: &Keys,
    mut again: Vec<Key>,
    refused: Vec<Key>,
    unlike: bool,
    threads: usize,
) -> Vec<Key> {
    if unlike || !refused.is_empty() {
        let mut seen = Seen::default();
        refused.into_iter().for_each(|key| seen.add(key));
        persons.each(|id| seen.add(keys.of(id).0));
        again.extend(repeated(vec![seen], threads));
    }
    again.sort_unstable();
    again.dedup();
    again
}
