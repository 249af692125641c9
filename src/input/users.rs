//! `users`: read in parallel, numbered as they come.

use super::chunks::{Outcome, Worker, read};
use super::intern::Interner;
use super::people::Channels;
use super::problem::Place;
use super::proof::{Keys, Seen, repeated};
use super::schema::users::{ACQUIRED_ON, CHANNEL, COST, SCHEMA, STAFF, USER_ID};
use super::source::{FileError, Part};
use super::split::BATCH;
use super::table::{Env, Row};
use foldhash::fast::RandomState;
use scrm_core::date::Day;
use scrm_core::money::Amount;
use scrm_core::world::Users;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Users with their ids, and the keys that more than one id has.
#[derive(Debug, Default)]
pub struct UserTable {
    pub users: Users,
    pub persons: Interner,
    pub repeated: Vec<super::proof::Key>,
}

/// What the workers fill together, a chunk at a time.
#[derive(Debug, Default)]
struct Shared {
    users: Users,
    persons: Interner,
    channels: Channels,
}

struct Reading<'a> {
    shared: &'a Mutex<Shared>,
    keys: &'a Keys,
    seen: Seen,
    /// The chunk's ids, one after the other, and the rest of its rows.
    text: Vec<u8>,
    rows: Vec<(usize, Day, u32, Amount)>,
    /// Channels this worker has met, by their text.
    channels: HashMap<Box<[u8]>, u32, RandomState>,
}

impl Worker for Reading<'_> {
    fn row(&mut self, row: &mut Row) {
        let id = row.id(USER_ID, true);
        if let Ok(id) = id {
            self.seen.add(self.keys.of(id).0);
        }
        let acquired = row.day(ACQUIRED_ON);
        let channel = row.check_text(CHANNEL).map(|()| row.cell(CHANNEL));
        let cost = row.money(COST, false, false);
        let staff = row.check_text(STAFF);
        if let (Ok(id), Ok(acquired), Ok(channel), Ok(cost), Ok(_)) = (id, acquired, channel, cost, staff) {
            let channel = self.channel(channel, row.place_of(CHANNEL));
            self.text.extend_from_slice(id);
            self.rows.push((self.text.len(), acquired, channel, cost.unwrap_or_default()));
        }
    }

    fn end_of_chunk(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let Shared { users, persons, .. } = &mut *shared;
        let mut from = 0;
        let mut hashes = Vec::with_capacity(BATCH);
        for rows in self.rows.chunks(BATCH) {
            hashes.clear();
            let mut start = from;
            hashes.extend(
                rows.iter().map(|row| persons.hash(&self.text[std::mem::replace(&mut start, row.0)..row.0])),
            );
            std::hint::black_box(persons.touch(&hashes));
            for (&(to, acquired, channel, cost), hash) in rows.iter().zip(&hashes) {
                let (_, new) = persons.intern_hashed(*hash, &self.text[from..to]);
                from = to;
                if !new {
                    continue; // a repeated id: the proof finds it, and nothing is calculated
                }
                users.acquired.push(acquired);
                users.channel.push(channel);
                if cost.0 != 0 || !users.cost.is_empty() {
                    users.cost.resize(users.acquired.len() - 1, Amount::ZERO);
                    users.cost.push(cost);
                }
            }
        }
        self.text.clear();
        self.rows.clear();
    }
}

impl Reading<'_> {
    fn channel(&mut self, name: &[u8], place: Place) -> u32 {
        match self.channels.get(name) {
            Some(&number) => number,
            None => {
                // A worker meets its chunks in the order of the file, so its first place is its smallest.
                let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
                let number = shared.channels.add(&String::from_utf8_lossy(name), place, true);
                self.channels.insert(name.into(), number);
                number
            }
        }
    }
}

/// Reads all users.
///
/// # Errors
/// [`FileError`].
pub fn users(parts: &[Part], env: &Env, keys: &Keys) -> Result<(UserTable, Channels, Outcome), FileError> {
    let shared = Mutex::new(Shared::default());
    let workers = (0..env.threads).map(|_| Reading {
        shared: &shared,
        keys,
        seen: Seen::default(),
        text: Vec::new(),
        rows: Vec::new(),
        channels: HashMap::default(),
    });
    let (workers, outcome) = read(SCHEMA, parts, env, workers.collect())?;
    let seen = workers.into_iter().map(|w| w.seen).collect();
    let shared = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    let table =
        UserTable { users: shared.users, persons: shared.persons, repeated: repeated(seen, env.threads) };
    Ok((table, shared.channels, outcome))
}
