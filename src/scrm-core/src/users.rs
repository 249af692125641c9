//! The users a company paid for, in two bytes each: most joined on one of a few thousand days by one of a few channels.

use crate::date::Day;
use crate::money::Amount;
use alloc::vec;
use alloc::vec::Vec;

/// A user the company paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// [`User::NEVER`] where no day is known.
    pub acquired: Day,
    /// An index into [`World::channels`](crate::world::World::channels).
    pub channel: u32,
}

impl User {
    /// The day of who has none: such a user is in no pool, new in no period and of no cohort, and whatever is paid is
    /// paid before.
    pub const NEVER: Day = Day(i32::MAX);
}

/// All users, in the order of their numbers.
#[derive(Debug, Default)]
pub struct Users {
    /// The kind of each user.
    codes: Vec<u16>,
    kinds: Kinds,
    /// Each user, where they are of too many kinds; the other two are empty then.
    list: Vec<User>,
    /// What each user cost; empty where none has a cost.
    cost: Vec<Amount>,
}

impl Users {
    /// None yet, with room for what is looked up at random.
    pub fn within(room: Vec<u16>) -> Users {
        debug_assert!(room.is_empty());
        Users { codes: room, ..Users::default() }
    }

    /// Adds a user and what it cost.
    pub fn push(&mut self, user: User, cost: Amount) {
        match self.kinds.code_of(user) {
            Some(code) if self.list.is_empty() => self.codes.push(code),
            _ => {
                if self.list.is_empty() {
                    self.list = self.iter().collect();
                    (self.codes, self.kinds) = (Vec::new(), Kinds::default());
                }
                self.list.push(user);
            }
        }
        if cost != Amount::ZERO || !self.cost.is_empty() {
            self.cost.resize(self.len() - 1, Amount::ZERO);
            self.cost.push(cost);
        }
    }

    pub fn len(&self) -> usize {
        self.codes.len() + self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The user with a number; `None` where the number is nobody's or that of a person who is no user.
    #[inline(always)]
    pub fn get(&self, user: usize) -> Option<User> {
        match self.codes.get(user) {
            Some(code) => self.kinds.list.get(usize::from(*code)).copied(),
            None => self.list.get(user).copied(),
        }
    }

    /// What a look at a user reads first, for who looks at many and asks for their memory before.
    #[inline(always)]
    pub fn memory_of(&self, user: usize) -> Option<&u16> {
        self.codes.get(user)
    }

    pub fn iter(&self) -> impl Iterator<Item = User> + Clone + '_ {
        // Every code is one of a kind.
        let known = self.codes.iter().map(|code| self.kinds.list[usize::from(*code)]);
        known.chain(self.list.iter().copied())
    }

    /// The days of joining, of those that have one; a day of several users at least once.
    pub fn days(&self) -> impl Iterator<Item = Day> + Clone + '_ {
        let users = self.kinds.list.iter().chain(&self.list);
        users.map(|user| user.acquired).filter(|day| *day != User::NEVER)
    }

    pub fn cost_of(&self, user: usize) -> Amount {
        self.cost.get(user).copied().unwrap_or(Amount::ZERO)
    }
}

/// Users without a cost.
impl FromIterator<User> for Users {
    fn from_iter<I: IntoIterator<Item = User>>(list: I) -> Users {
        let mut users = Users::default();
        list.into_iter().for_each(|user| users.push(user, Amount::ZERO));
        users
    }
}

/// Different users, at most as many as there are codes.
#[derive(Debug, Default)]
struct Kinds {
    list: Vec<User>,
    /// A table of the codes, each plus one; 0 where a place is free. At least half of it is.
    table: Vec<u32>,
    /// The codes of kinds met lately: users mostly come in the order of their days.
    recent: Recent,
}

#[derive(Debug)]
struct Recent([(User, u16); 256]);

impl Default for Recent {
    fn default() -> Recent {
        // No channel has this number, so that it is nobody's.
        Recent([(User { acquired: User::NEVER, channel: u32::MAX }, 0); 256])
    }
}

impl Recent {
    fn at(&mut self, user: User) -> &mut (User, u16) {
        &mut self.0[(user.acquired.0 as u32).wrapping_mul(8).wrapping_add(user.channel) as usize % 256]
    }
}

impl Kinds {
    const MOST: usize = 1 << 16;

    /// The code of a kind, made where it is new; `None` where there are too many.
    #[inline]
    fn code_of(&mut self, user: User) -> Option<u16> {
        let (known, code) = *self.recent.at(user);
        if known == user {
            return Some(code);
        }
        let code = self.new_or_known(user)?;
        *self.recent.at(user) = (user, code);
        Some(code)
    }

    fn new_or_known(&mut self, user: User) -> Option<u16> {
        if self.list.len() * 2 >= self.table.len() {
            self.table = vec![0; (self.table.len() * 2).max(64)];
            for code in 0..self.list.len() {
                let place = self.place_of(self.list[code]);
                self.table[place] = code as u32 + 1;
            }
        }
        let place = self.place_of(user);
        if self.table[place] == 0 {
            if self.list.len() == Kinds::MOST {
                return None;
            }
            self.list.push(user);
            self.table[place] = self.list.len() as u32;
        }
        u16::try_from(self.table[place] - 1).ok()
    }

    /// The place of a kind in the table, or the free one that it would take.
    fn place_of(&self, user: User) -> usize {
        let key = u64::from(user.acquired.0 as u32) << 32 | u64::from(user.channel);
        let mixed = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // The table has a power of two of places.
        let mut at = (mixed >> 40) as usize & (self.table.len() - 1);
        while self.table[at] != 0 && self.list[self.table[at] as usize - 1] != user {
            at = (at + 1) & (self.table.len() - 1);
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_who_they_were_however_many_kinds_there_are() {
        let user = |n: usize| User { acquired: Day((n * 7 % 70_001) as i32 - 9), channel: (n % 3) as u32 };
        for count in [0, 1, 1_000, 65_536, 65_537, 150_000] {
            let users: Users = (0..count).map(user).collect();
            assert_eq!(users.len(), count);
            assert!(users.iter().eq((0..count).map(user)), "{count}");
            for n in [0, 1, 999, 65_535, 65_536, 149_999] {
                assert_eq!(users.get(n), (n < count).then(|| user(n)), "{n} of {count}");
            }
            let days = |mut days: Vec<Day>| {
                days.sort_unstable();
                days.dedup();
                days
            };
            assert_eq!(days(users.days().collect()), days((0..count).map(|n| user(n).acquired).collect()));
        }
    }

    #[test]
    fn costs_belong_to_their_users() {
        let mut users = Users::default();
        let costs = [0, 0, 7, 0, 9].map(Amount);
        costs.into_iter().for_each(|cost| users.push(User { acquired: User::NEVER, channel: 0 }, cost));
        assert_eq!([0, 1, 2, 3, 4].map(|n| users.cost_of(n)), costs);
        assert_eq!(users.days().count(), 0, "who has no day has none");
    }
}
