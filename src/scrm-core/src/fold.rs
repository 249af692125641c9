//! Folding orders: from a stream, in any order and on any number of threads, into sums that merge.
//!
//! Each worker has a [`Fold`] of its own; at the end the folds are merged. The result
//! does not depend on how the orders were dealt out. What is kept: sums per column and channel, a bit per user and
//! column, and each distribution order (commission needs them one by one); of direct orders nothing else.

use crate::classify::{Bucket, Buyer, Verdict};
use crate::date::{Day, Stamp};
use crate::money::{Amount, Money};
use crate::period::{Ends, Grain};
use crate::world::{Outside, User, World};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;

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

/// Where the orders of a few days stand, for [`Fold::add_plain`].
#[derive(Debug)]
struct Places([Place; KNOWN_DAYS]);

/// The column of a day and the page of its first channels.
#[derive(Clone, Copy, Debug)]
struct Place {
    day: Day,
    number: i32,
    page: u32,
}

impl Default for Places {
    fn default() -> Places {
        Places([Place { day: Day(i32::MIN), number: 0, page: 0 }; KNOWN_DAYS])
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
    pub(crate) fn merge(&mut self, o: &DirectCell) {
        self.orders += o.orders;
        self.gross += o.gross;
        self.refunds += o.refunds;
        self.goods_cost += o.goods_cost;
    }
}

/// One order of the distribution system.
#[derive(Clone, Copy, Debug)]
pub struct DistOrder {
    pub distributor: u32,
    /// A person, a stranger behind the persons, or [`NONE`] for a guest.
    pub buyer: u32,
    pub paid: Day,
    /// The second of the day; a stamp without a time counts as midnight.
    pub second: u32,
    pub amount: Amount,
}

const NEVER: Day = Day(i32::MAX);

/// The orders of the distribution system, with what belongs to them. There may be millions: what few have stands in
/// lists of its own.
#[derive(Debug, Default)]
pub struct DistOrders {
    pub list: Vec<DistOrder>,
    /// Refunds with the numbers of their orders, in the order of these.
    refunds: Vec<(u32, Day, Amount)>,
    /// A bit for each order that has any.
    refunded: Vec<u64>,
    /// [`NEVER`] for an order that is not complete; empty while none is.
    completed: Vec<Day>,
    ids: Vec<u8>,
    id_ends: Vec<usize>,
    goods_cost: Vec<Amount>,
    /// Products and categories.
    kinds: Vec<(u32, u32)>,
}

impl DistOrders {
    /// The refunds of order `i`, each with the day on which it is recognised.
    pub fn refunds(&self, i: usize) -> impl Iterator<Item = (Day, Amount)> + '_ {
        let order = i as u32;
        let any = self.refunded.get(i / 64).is_some_and(|word| word >> (i % 64) & 1 == 1);
        let from =
            if any { self.refunds.partition_point(|refund| refund.0 < order) } else { self.refunds.len() };
        let own = self.refunds[from..].iter().take_while(move |refund| refund.0 == order);
        own.map(|&(_, day, amount)| (day, amount))
    }

    /// The id of order `i`; empty where ids are not kept.
    pub fn id(&self, i: usize) -> &[u8] {
        let from = i.checked_sub(1).and_then(|p| self.id_ends.get(p)).copied().unwrap_or(0);
        self.id_ends.get(i).map_or(&[], |&to| &self.ids[from..to])
    }

    /// The order with an id; `None` where there is none or ids are not kept.
    pub fn find(&self, id: &[u8]) -> Option<usize> {
        (0..self.id_ends.len()).find(|&i| self.id(i) == id)
    }

    /// The day since which order `i` is complete.
    pub fn completed(&self, i: usize) -> Option<Day> {
        self.completed.get(i).copied().filter(|&d| d != NEVER)
    }

    pub fn goods_cost(&self, i: usize) -> Amount {
        self.goods_cost.get(i).copied().unwrap_or(Amount::ZERO)
    }

    /// The product and category of order `i`, as numbers of the plan's selectors.
    pub fn kind(&self, i: usize) -> (u32, u32) {
        self.kinds.get(i).copied().unwrap_or((NONE, NONE))
    }

    fn push(&mut self, shape: Shape, order: &Order, distributor: u32, buyer: u32, paid: Stamp) {
        let (day, second) = paid.order_key();
        // 2³² orders would need more memory than the numbers are for.
        let number = self.list.len() as u32;
        for &(day, amount) in order.refunds.iter().filter(|(_, amount)| amount.0 > 0) {
            self.add_refund(number, day, amount);
        }
        if let Some(day) = order.completed {
            self.completed.resize(self.list.len(), NEVER);
            self.completed.push(day);
        }
        if shape.keep_ids {
            self.ids.extend_from_slice(order.id);
            self.id_ends.push(self.ids.len());
        }
        // Most data has no goods cost; room for it is only made with the first that is given.
        if order.goods_cost.0 != 0 {
            self.goods_cost.resize(self.list.len(), Amount::ZERO);
            self.goods_cost.push(order.goods_cost);
        }
        if (order.product, order.category) != (NONE, NONE) {
            self.kinds.resize(self.list.len(), (NONE, NONE));
            self.kinds.push((order.product, order.category));
        }
        if self.list.len() == self.list.capacity() {
            // By a quarter, so that little of a long list is ever empty.
            self.list.reserve_exact((self.list.len() / 4).max(32));
        }
        self.list.push(DistOrder { distributor, buyer, paid: day, second, amount: order.amount });
    }

    fn add_refund(&mut self, order: u32, day: Day, amount: Amount) {
        self.refunds.push((order, day, amount));
        let word = order as usize / 64;
        self.refunded.resize(self.refunded.len().max(word + 1), 0);
        self.refunded[word] |= 1 << (order % 64);
    }

    fn merge(&mut self, mut o: DistOrders) {
        let (base, text) = (self.list.len(), self.ids.len());
        self.list.reserve_exact(o.list.len());
        self.list.append(&mut o.list);
        for (i, day, amount) in o.refunds {
            self.add_refund(base as u32 + i, day, amount);
        }
        if !o.completed.is_empty() {
            self.completed.resize(base, NEVER);
            self.completed.append(&mut o.completed);
        }
        self.ids.append(&mut o.ids);
        self.id_ends.extend(o.id_ends.into_iter().map(|e| text + e));
        if !o.goods_cost.is_empty() {
            self.goods_cost.resize(base, Amount::ZERO);
            self.goods_cost.append(&mut o.goods_cost);
        }
        if !o.kinds.is_empty() {
            self.kinds.resize(base, (NONE, NONE));
            self.kinds.append(&mut o.kinds);
        }
    }
}

/// Who bought in which column: one bit per user and column. Columns outside the window that was laid out go into each
/// fold's own set.
#[derive(Clone, Debug, Default)]
pub struct BuyerBits {
    words: Vec<u64>,
    first: i32,
    columns: u32,
}

impl BuyerBits {
    /// Room for `users` and the columns numbered from `first`.
    pub fn new(users: usize, first: i32, columns: u32) -> BuyerBits {
        let bits = users * columns as usize;
        BuyerBits { words: vec![0; bits.div_ceil(64)], first, columns }
    }

    /// How many columns fit in `budget` bytes for `users` users, at least one.
    pub fn columns_within(budget: usize, users: usize) -> u32 {
        u32::try_from((budget * 8).checked_div(users).unwrap_or(4096).clamp(1, 4096)).unwrap_or(1)
    }

    /// The word in which the first bit of `user` stands.
    #[inline(always)]
    fn word(&self, user: u32) -> Option<&u64> {
        self.words.get(user as usize * self.columns as usize / 64)
    }

    /// Marks `user` as a buyer in a column; `false` where the column is outside the window.
    #[inline(always)]
    fn mark(&mut self, user: u32, number: i32) -> bool {
        let Some(column) = number.checked_sub(self.first).filter(|c| (0..self.columns as i32).contains(c))
        else {
            return false;
        };
        let bit = user as usize * self.columns as usize + column as usize;
        self.words[bit / 64] |= 1 << (bit % 64);
        true
    }

    /// The columns in which `user` bought, by their numbers.
    pub fn columns_of(&self, user: u32) -> impl Iterator<Item = i32> + '_ {
        let start = user as usize * self.columns as usize;
        let (mut next, mut bits) = (0, 0u64);
        core::iter::from_fn(move || {
            while bits == 0 {
                if next >= self.columns {
                    return None;
                }
                bits = self.bits_from(start + next as usize, self.columns - next);
                next += 64;
            }
            let column = next as i32 - 64 + bits.trailing_zeros() as i32;
            bits &= bits - 1;
            Some(self.first + column)
        })
    }

    /// The bits from one on, at most 64 and at most so many.
    fn bits_from(&self, bit: usize, most: u32) -> u64 {
        let word = |i: usize| self.words.get(i).copied().unwrap_or(0);
        let (at, shift) = (bit / 64, bit % 64);
        let bits = word(at) >> shift | word(at + 1) << 1 << (63 - shift);
        bits & u64::MAX >> (64 - most.min(64))
    }

    /// Users for whom there is room, at least.
    fn users(&self) -> u32 {
        let bits = self.words.len() * 64;
        u32::try_from(bits / self.columns.max(1) as usize).unwrap_or(u32::MAX)
    }

    /// Did `user` buy in any column of the window?
    pub fn any(&self, user: u32) -> bool {
        self.columns_of(user).next().is_some()
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
    cells: Cells,
    numbers: Numbers,
    places: Places,
    /// Direct sums per person, where the cohort is only known at the end.
    pub(crate) by_person: BTreeMap<u32, DirectCell>,
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
    pub fn memory_of<'m>(&'m self, world: &'m World, person: u32) -> (Option<&'m User>, Option<&'m u64>) {
        (world.users.list.get(person as usize), self.buyers.word(person))
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

    /// Adds an order that a user paid for on a day and that no distributor sold, as [`add`](Fold::add) does. Most orders
    /// are such, and where nothing else is to be asked about one, this asks nothing else; `false` where more is, and
    /// nothing is added then.
    #[inline(always)]
    pub fn add_plain(
        &mut self,
        cx: &Context,
        user: u32,
        paid: Day,
        amount: Amount,
        goods_cost: Amount,
        refunds: &[(Day, Amount)],
    ) -> bool {
        let Some(&User { acquired, channel }) = cx.world.users.list.get(user as usize) else { return false };
        let channel = if cx.shape.by_channel { channel } else { 0 };
        let plain = cx.shape.basis == Basis::Period && paid >= acquired && (channel as usize) < PAGE;
        if !plain || !cx.shape.ends.contain(paid) || !cx.world.bindings.is_empty() {
            return false;
        }
        let Place { number, page, .. } = self.place(cx.shape.grain, paid);
        if !self.buyers.mark(user, number) {
            self.more_buyers.insert((user, number));
        }
        self.all.add(amount);
        self.buckets[Bucket::Direct as usize].add(amount);
        let cell = &mut self.cells.pages[page as usize][channel as usize % PAGE];
        cell.orders += 1;
        cell.gross += amount;
        cell.goods_cost += goods_cost;
        for &(day, amount) in refunds {
            let day = if cx.world.rules.refunds_on_order { paid } else { day };
            if cx.shape.ends.contain(day) {
                let number = self.numbers.of(cx.shape.grain, day);
                self.cells.at(number, channel).refunds += amount;
            }
        }
        true
    }

    #[inline(always)]
    fn place(&mut self, grain: Grain, day: Day) -> Place {
        let known = self.places.0[day.0 as usize % KNOWN_DAYS];
        if known.day == day { known } else { self.new_place(grain, day) }
    }

    #[inline(never)]
    fn new_place(&mut self, grain: Grain, day: Day) -> Place {
        let number = self.numbers.of(grain, day);
        // A page for each column: far fewer than the numbers are for.
        let place = Place { day, number, page: self.cells.page(number, 0) as u32 };
        self.places.0[day.0 as usize % KNOWN_DAYS] = place;
        place
    }

    fn direct(&mut self, cx: &Context, order: &Order, paid: Stamp, person: u32, brought_in: bool) {
        let users = &cx.world.users;
        let user = (person as usize) < users.len();
        if brought_in {
            self.brought_in.entry(person).and_modify(|d| *d = paid.day.min(*d)).or_insert(paid.day);
        }
        let number = match cx.shape.basis {
            Basis::Period => {
                cx.shape.ends.contain(paid.day).then(|| self.numbers.of(cx.shape.grain, paid.day))
            }
            Basis::Cohort => cx.shape.ends.end.is_none_or(|e| paid.day < e).then_some(ANY_COLUMN),
        };
        if let Some(number) = number
            && !(user && self.buyers.mark(person, number))
        {
            self.more_buyers.insert((person, number));
        }
        if !user {
            match cx.shape.basis {
                Basis::Period => self.direct_sums(cx, order, paid, paid.day, cx.world.unknown_channel()),
                Basis::Cohort => self.person_sums(cx, order, paid, person),
            }
        } else if cx.shape.basis == Basis::Cohort && cx.world.rules.before_joining == Outside::Direct {
            self.person_sums(cx, order, paid, person);
        } else {
            let user = users.list[person as usize];
            self.direct_sums(cx, order, paid, user.acquired, user.channel);
        }
    }

    /// Adds an order to the cells; on the cohort basis to the one of the day its user was `acquired`.
    fn direct_sums(&mut self, cx: &Context, order: &Order, paid: Stamp, acquired: Day, channel: u32) {
        let Shape { grain, ends, basis, by_channel, .. } = cx.shape;
        let channel = if by_channel { channel } else { 0 };
        let number = |numbers: &mut Numbers, day: Day| match basis {
            Basis::Period => ends.contain(day).then(|| numbers.of(grain, day)),
            Basis::Cohort => {
                let counts = ends.contain(acquired) && ends.end.is_none_or(|e| day < e);
                counts.then(|| numbers.of(grain, acquired))
            }
        };
        if let Some(n) = number(&mut self.numbers, paid.day) {
            let cell = self.cells.at(n, channel);
            cell.orders += 1;
            cell.gross += order.amount;
            cell.goods_cost += order.goods_cost;
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
        let known = |day: Day| cx.shape.ends.end.is_none_or(|e| day < e);
        let cell = self.by_person.entry(person).or_default();
        if known(paid.day) {
            cell.orders += 1;
            cell.gross += order.amount;
            cell.goods_cost += order.goods_cost;
        }
        for &(day, amount) in order.refunds {
            let day = if cx.world.rules.refunds_on_order { paid.day } else { day };
            if known(day) {
                cell.refunds += amount;
            }
        }
    }

    /// The sums of another worker, added to this one's.
    pub fn merge(&mut self, o: Fold) {
        self.all.merge(o.all);
        self.merge_buyers(&o.buyers);
        for (a, b) in self.buckets.iter_mut().zip(o.buckets) {
            a.merge(b);
        }
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
        self.distribution.merge(o.distribution);
        if let Some((first, last)) = o.days {
            self.note_day(first);
            self.note_day(last);
        }
        self.last_completed = self.last_completed.max(o.last_completed);
        self.ties += o.ties;
    }

    fn merge_buyers(&mut self, o: &BuyerBits) {
        let empty = |bits: &BuyerBits| bits.words.is_empty();
        if empty(&self.buyers) && self.buyers.columns == 0 {
            self.buyers = o.clone();
        } else if (o.first, o.columns, o.words.len())
            == (self.buyers.first, self.buyers.columns, self.buyers.words.len())
        {
            self.buyers.words.iter_mut().zip(&o.words).for_each(|(a, b)| *a |= b);
        } else {
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

    /// All orders less the five buckets: zero, or the program is wrong.
    pub fn residual(&self) -> Money {
        self.all.amount - self.buckets.iter().map(|b| b.amount).sum()
    }
}
