//! Folding orders: from a stream, in any order and on any number of threads, into sums that merge.
//!
//! Each worker has a [`Fold`] of its own; at the end the folds are merged. The result
//! does not depend on how the orders were dealt out. What is kept: sums per column and channel, a bit per user and
//! column, and each distribution order (commission needs them one by one); of direct orders nothing else.

mod buyers;
mod glance;
mod lives;
mod refund_rows;
mod sold;

pub use buyers::BuyerBits;
pub use glance::Glance;
use glance::Places;
pub use sold::{DistOrder, DistOrders, OrderPart};

use crate::classify::{Bucket, Buyer, Verdict};
use crate::date::{Day, Stamp};
use crate::money::{Amount, Money};
use crate::period::{Ends, Grain};
use crate::world::{Outside, User, World};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use lives::{Life, Lives};

/// "No such thing" where a number is stored in 32 bits.
pub const NONE: u32 = u32::MAX;

/// What a column holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Basis {
    /// What happened in the period.
    #[default]
    Period,
    /// What the users acquired in the period brought, up to the end of the range.
    Cohort,
    /// What the users acquired in each period brought in each period since, and before: both by the same grain.
    Lives,
}

/// How the orders are to be laid out, as far as it is known before they are read.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub grain: Grain,
    pub ends: Ends,
    pub basis: Basis,
    pub by_channel: bool,
    /// Keep the ids of distribution orders: tiers fill in the sequence (paid_at, order_id).
    pub keep_ids: bool,
}

/// Everything the fold needs beside the orders.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub world: &'a World,
    pub shape: Shape,
}

/// The numbers of the columns of a few days: orders come roughly in the order of their days.
#[derive(Debug)]
struct Numbers([(Day, i32); KNOWN_DAYS]);

const KNOWN_DAYS: usize = 64;

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers([(Day(i32::MIN), 0); KNOWN_DAYS])
    }
}

impl Numbers {
    #[inline]
    fn of(&mut self, grain: Grain, day: Day) -> i32 {
        let known = &mut self.0[day.0 as usize % KNOWN_DAYS];
        if known.0 != day {
            *known = (day, grain.number(day));
        }
        known.1
    }
}

/// One order, with its refunds already resolved to the days on which they are recognised.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    pub id: &'a [u8],
    pub buyer: Buyer,
    /// `None`: not paid.
    pub paid: Option<Stamp>,
    pub amount: Amount,
    pub refunds: &'a [(Day, Amount)],
    pub goods_cost: Amount,
    /// Complete since this day; `None`: not complete.
    pub completed: Option<Day>,
    /// The product and category, as numbers of the plan's selectors; [`NONE`] for one without a rate of its own.
    pub product: u32,
    pub category: u32,
}

/// Orders and what was paid for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub orders: u64,
    pub amount: Money,
}

impl Tally {
    fn add(&mut self, amount: Amount) {
        self.orders += 1;
        self.amount += amount;
    }
    fn merge(&mut self, o: Tally) {
        self.orders += o.orders;
        self.amount += o.amount;
    }
}

/// Sums of direct orders in one column and channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DirectCell {
    pub orders: u64,
    pub gross: Money,
    pub refunds: Money,
    pub goods_cost: Money,
}

impl DirectCell {
    /// Adds an order, without what was given back of it.
    fn add(&mut self, order: &Order) {
        self.orders += 1;
        self.gross += order.amount;
        self.goods_cost += order.goods_cost;
    }

    pub(crate) fn merge(&mut self, o: &DirectCell) {
        self.orders += o.orders;
        self.gross += o.gross;
        self.refunds += o.refunds;
        self.goods_cost += o.goods_cost;
    }
}

/// The number of the only column of [`BuyerBits`] on the cohort basis.
pub(crate) const ANY_COLUMN: i32 = 0;

/// Direct cells by column number and channel, in pages, so that few columns of many channels and many columns of
/// few channels both stay small.
#[derive(Debug, Default)]
struct Cells {
    pages: Vec<Box<[DirectCell; PAGE]>>,
    index: BTreeMap<(i32, u32), usize>,
    /// The last page used for each of a few columns.
    recent: [Option<((i32, u32), usize)>; 8],
}
const PAGE: usize = 64;

impl Cells {
    fn at(&mut self, number: i32, channel: u32) -> &mut DirectCell {
        let page = self.page(number, channel);
        &mut self.pages[page][channel as usize % PAGE]
    }

    /// The page on which a cell stands.
    fn page(&mut self, number: i32, channel: u32) -> usize {
        let key = (number, channel / PAGE as u32);
        let slot = (number as usize ^ key.1 as usize) % self.recent.len();
        match self.recent[slot] {
            Some((k, page)) if k == key => page,
            _ => {
                let next = self.pages.len();
                let page = *self.index.entry(key).or_insert(next);
                if page == next {
                    self.pages.push(Box::new([DirectCell::default(); PAGE]));
                }
                self.recent[slot] = Some((key, page));
                page
            }
        }
    }

    fn each(&self) -> impl Iterator<Item = (i32, u32, &DirectCell)> {
        self.index.iter().flat_map(|(&(number, page), &at)| {
            let first = page * PAGE as u32;
            (first..).zip(self.pages[at].iter()).map(move |(channel, cell)| (number, channel, cell))
        })
    }
}

/// What a worker has seen so far. [`Fold::merge`] is associative and commutative up to the order of
/// distribution orders, on which nothing depends.
#[derive(Debug, Default)]
pub struct Fold {
    /// All orders, counted apart from the buckets, so that the reconciliation can fail.
    pub all: Tally,
    pub buckets: [Tally; 5],
    /// Rows that are refunds and no orders; their amounts are below zero.
    pub refund_rows: Tally,
    cells: Cells,
    numbers: Numbers,
    places: Places,
    /// Direct sums per person, where the cohort is only known at the end.
    pub(crate) by_person: BTreeMap<u32, DirectCell>,
    /// On the basis of lives.
    pub(crate) lives: Lives,
    buyers: BuyerBits,
    /// Buyers outside the window of the bits, or without a number there.
    pub(crate) more_buyers: BTreeSet<(u32, i32)>,
    /// The earliest order of each person that a setting brings in.
    pub(crate) brought_in: BTreeMap<u32, Day>,
    /// Guests that a setting makes users, by the day of their order.
    pub(crate) guests: BTreeMap<Day, u64>,
    pub distribution: DistOrders,
    /// The first and the last day that any order or refund names.
    pub days: Option<(Day, Day)>,
    /// The last day on which any order was completed.
    pub last_completed: Option<Day>,
    /// Orders decided by the smaller of two ids.
    pub ties: u64,
}

impl Fold {
    /// A fold with room for the buyers' bits. Folds that are to be merged have the same.
    pub fn new(buyers: BuyerBits) -> Fold {
        Fold { buyers, ..Fold::default() }
    }

    /// Who bought in which column of the window.
    pub fn buyers(&self) -> &BuyerBits {
        &self.buyers
    }

    /// What the fold will read of a buyer, for who looks at many orders together and asks for their memory before.
    #[inline(always)]
    pub fn memory_of<'m>(&'m self, world: &'m World, person: u32) -> (Option<&'m u16>, Option<&'m u64>) {
        (world.users.memory_of(person as usize), self.buyers.word(person))
    }

    /// Lets the range of the data reach this day.
    pub fn note_day(&mut self, day: Day) {
        self.days = Some(match self.days {
            None => (day, day),
            Some((a, b)) => (a.min(day), b.max(day)),
        });
    }

    /// Adds one order. `stranger` numbers the buyers that no table names; it is asked only where such a buyer must
    /// be told from others.
    pub fn add(&mut self, cx: &Context, order: &Order, verdict: Verdict, stranger: impl FnOnce() -> u32) {
        self.all.add(order.amount);
        self.buckets[verdict.bucket as usize].add(order.amount);
        self.ties += u64::from(verdict.tie);
        let Some(paid) = order.paid else { return };
        match (verdict.bucket, verdict.distributor) {
            (Bucket::Distribution, Some(d)) => {
                let buyer = match order.buyer {
                    Buyer::Known(p) => p,
                    Buyer::Stranger => cx.world.persons + stranger(),
                    Buyer::Guest => NONE,
                };
                self.distribution.push(cx.shape, order, d, buyer, paid);
            }
            (Bucket::Direct, _) => match order.buyer {
                Buyer::Known(p) => self.direct(cx, order, paid, p, verdict.brought_in),
                Buyer::Stranger => self.direct(cx, order, paid, cx.world.persons + stranger(), true),
                Buyer::Guest => {
                    *self.guests.entry(paid.day).or_default() += 1;
                    self.direct_sums(cx, order, paid, paid.day, cx.world.unknown_channel());
                }
            },
            _ => {}
        }
    }

    fn direct(&mut self, cx: &Context, order: &Order, paid: Stamp, person: u32, brought_in: bool) {
        let user = cx.world.users.get(person as usize);
        if brought_in {
            self.brought_in.entry(person).and_modify(|d| *d = paid.day.min(*d)).or_insert(paid.day);
        }
        let number = match cx.shape.basis {
            Basis::Period => {
                cx.shape.ends.contain(paid.day).then(|| self.numbers.of(cx.shape.grain, paid.day))
            }
            Basis::Cohort => cx.shape.ends.end.is_none_or(|e| paid.day < e).then_some(ANY_COLUMN),
            Basis::Lives => {
                let known = cx.shape.ends.end.is_none_or(|e| paid.day < e);
                known.then(|| self.numbers.of(cx.shape.grain, paid.day))
            }
        };
        if let Some(number) = number {
            if cx.shape.basis == Basis::Lives && self.bought(person, number) {
                self.lives.mark_again(person, number, user.is_some(), &self.buyers);
            }
            if !(user.is_some() && self.buyers.mark(person, number)) {
                self.more_buyers.insert((person, number));
            }
        }
        let by_period = cx.shape.basis == Basis::Period;
        match user {
            None if by_period => self.direct_sums(cx, order, paid, paid.day, cx.world.unknown_channel()),
            Some(User { acquired, channel })
                if by_period || cx.world.rules.before_joining != Outside::Direct =>
            {
                self.direct_sums(cx, order, paid, acquired, channel);
            }
            _ => self.person_sums(cx, order, paid, person),
        }
    }

    /// Adds an order to the cells; on the cohort basis to the one of the day its user was `acquired`.
    fn direct_sums(&mut self, cx: &Context, order: &Order, paid: Stamp, acquired: Day, channel: u32) {
        let Shape { grain, ends, basis, by_channel, .. } = cx.shape;
        let channel = if by_channel { channel } else { 0 };
        if basis == Basis::Lives {
            if ends.contain(acquired) {
                let joined = self.numbers.of(grain, acquired);
                self.life_sums(cx, order, paid, Life::Joined(joined, channel));
            }
            return;
        }
        let number = |numbers: &mut Numbers, day: Day| match basis {
            Basis::Period => ends.contain(day).then(|| numbers.of(grain, day)),
            Basis::Cohort | Basis::Lives => {
                let counts = ends.contain(acquired) && ends.end.is_none_or(|e| day < e);
                counts.then(|| numbers.of(grain, acquired))
            }
        };
        if let Some(n) = number(&mut self.numbers, paid.day) {
            let cell = self.cells.at(n, channel);
            cell.add(order);
        }
        for &(day, amount) in order.refunds {
            let day = if cx.world.rules.refunds_on_order { paid.day } else { day };
            if let Some(n) = number(&mut self.numbers, day) {
                self.cells.at(n, channel).refunds += amount;
            }
        }
    }

    /// Adds an order to its person's sums, as far as the end of the range knows it.
    fn person_sums(&mut self, cx: &Context, order: &Order, paid: Stamp, person: u32) {
        if cx.shape.basis == Basis::Lives {
            return self.life_sums(cx, order, paid, Life::Person(person));
        }
        let known = |day: Day| cx.shape.ends.end.is_none_or(|e| day < e);
        let cell = self.by_person.entry(person).or_default();
        if known(paid.day) {
            cell.add(order);
        }
        for &(day, amount) in order.refunds {
            let day = if cx.world.rules.refunds_on_order { paid.day } else { day };
            if known(day) {
                cell.refunds += amount;
            }
        }
    }

    /// Adds an order to a life, what is recognised by the end of the range, in the period in which it is.
    fn life_sums(&mut self, cx: &Context, order: &Order, paid: Stamp, life: Life) {
        let Shape { grain, ends, .. } = cx.shape;
        let known = |day: Day| ends.end.is_none_or(|e| day < e);
        if known(paid.day) {
            let cell = self.lives.at(life, self.numbers.of(grain, paid.day));
            cell.add(order);
        }
        for &(day, amount) in order.refunds {
            let day = if cx.world.rules.refunds_on_order { paid.day } else { day };
            if known(day) {
                self.lives.at(life, self.numbers.of(grain, day)).refunds += amount;
            }
        }
    }

    /// Did this person buy in the column with this number?
    fn bought(&self, person: u32, number: i32) -> bool {
        self.buyers.has(person, number) || self.more_buyers.contains(&(person, number))
    }

    /// Who bought in one column by this worker's orders and by another's bought there more than once.
    fn merge_lives(&mut self, o: &Fold) {
        if !self.lives.mark_both(&self.buyers, &o.buyers) {
            for user in 0..o.buyers.users() {
                for number in o.buyers.columns_of(user) {
                    if self.bought(user, number) {
                        self.lives.mark_again(user, number, true, &self.buyers);
                    }
                }
            }
        }
        for &(person, number) in &o.more_buyers {
            if self.bought(person, number) {
                self.lives.mark_again(person, number, false, &self.buyers);
            }
        }
    }

    /// The sums of another worker, added to this one's.
    pub fn merge(&mut self, mut o: Fold) {
        if !self.lives.is_empty() && !o.lives.is_empty() {
            self.merge_lives(&o);
        }
        self.lives.merge(o.lives);
        self.all.merge(o.all);
        self.merge_buyers(&o.buyers);
        for (a, b) in self.buckets.iter_mut().zip(o.buckets) {
            a.merge(b);
        }
        self.refund_rows.merge(o.refund_rows);
        for (number, channel, cell) in o.cells.each() {
            if *cell != DirectCell::default() {
                self.cells.at(number, channel).merge(cell);
            }
        }
        for (person, cell) in o.by_person {
            self.by_person.entry(person).or_default().merge(&cell);
        }
        self.more_buyers.extend(o.more_buyers);
        for (person, day) in o.brought_in {
            self.brought_in.entry(person).and_modify(|d| *d = day.min(*d)).or_insert(day);
        }
        for (day, n) in o.guests {
            *self.guests.entry(day).or_default() += n;
        }
        self.distribution.take(&mut o.distribution);
        if let Some((first, last)) = o.days {
            self.note_day(first);
            self.note_day(last);
        }
        self.last_completed = self.last_completed.max(o.last_completed);
        self.ties += o.ties;
    }

    fn merge_buyers(&mut self, o: &BuyerBits) {
        if !self.buyers.join(o) {
            // Another window: what it has goes where whatever is outside of one goes.
            for user in 0..o.users() {
                self.more_buyers.extend(o.columns_of(user).map(|number| (user, number)));
            }
        }
    }

    /// The direct cells that hold something: column number, channel, sums.
    pub(crate) fn direct_cells(&self) -> impl Iterator<Item = (i32, u32, &DirectCell)> {
        self.cells.each().filter(|(_, _, cell)| **cell != DirectCell::default())
    }

    /// All rows less the five buckets and the refund rows: zero, or the program is wrong.
    pub fn residual(&self) -> Money {
        self.all.amount - self.buckets.iter().map(|b| b.amount).sum() - self.refund_rows.amount
    }
}
