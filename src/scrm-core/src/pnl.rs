//! The statement: what each system earned, in columns of periods and channels.
//!
//! Each figure's meaning stands at its [`Key`]. Distinct counts and ratios are computed anew for each column and for
//! the total; nothing of the total is added up from columns.

mod both;
mod buyers;
mod distinct;
mod joined;
mod slots;
mod sold;

pub use both::{Both, InTurn};

use crate::classify::Bucket;
use crate::date::Day;
pub use crate::figures::{Figure, Key, Sums};
use crate::fold::{ANY_COLUMN, Basis, BuyerBits, Fold, Shape, Tally};
use crate::money::Money;
use crate::period::{Ends, Grain, Periods, PeriodsError, Range};
use crate::spread::by_largest_remainder;
use crate::world::{NO_CHANNEL, UNKNOWN, World};
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
pub(crate) use joined::{Joined, effective_joining, joiners};
pub(crate) use slots::Slots;
use sold::Homes;
pub(crate) use sold::counted_from;

/// By what the shared cost is spread over the channels of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocate {
    Users,
    /// max(0, revenue).
    Revenue,
    Spend,
    Orders,
}

/// One column of the statement.
#[derive(Clone, Debug)]
pub struct Column {
    /// The period's label; [`UNKNOWN`] for distributors without a cohort.
    pub period: String,
    /// `None` where the column belongs to no days.
    pub range: Option<Range>,
    /// With columns by channel, the channel's name.
    pub channel: Option<Box<str>>,
    pub sums: Sums,
}

/// The reconciliation of all orders, whatever the range of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconciliation {
    pub all: Tally,
    /// In the order of [`Bucket::ALL`].
    pub buckets: [Tally; 5],
    /// Rows below zero, which are refunds and no orders; `None` where such rows are refused. The buckets and these are
    /// all rows. (One that is not paid stands with what is not paid.)
    pub refund_rows: Option<Tally>,
    /// Zero, or the program is wrong.
    pub residual: Money,
}

impl Reconciliation {
    pub fn of(world: &World, fold: &Fold) -> Reconciliation {
        let refund_rows = world.rules.refund_rows.then_some(fold.refund_rows);
        Reconciliation { all: fold.all, buckets: fold.buckets, refund_rows, residual: fold.residual() }
    }
    pub fn bucket(&self, b: Bucket) -> Tally {
        self.buckets[b as usize]
    }
}

/// The two systems over a range of days.
#[derive(Clone, Debug)]
pub struct Statement {
    pub basis: Basis,
    /// `None` where neither the data nor the ends name a day.
    pub range: Option<Range>,
    pub columns: Vec<Column>,
    pub total: Sums,
    pub goods_cost: bool,
    pub reconciliation: Reconciliation,
    /// Users joined on the day of their first order, and not on one that their table gives.
    pub joined_by_order: bool,
    /// On the cohort basis: users acquired before the range, whose orders stand in no column.
    pub earlier_users: u64,
    /// Distribution orders of which a level's distributor was not eligible.
    pub ineligible: u64,
}

/// Makes the statement from a finished fold. `goods_cost` says whether the orders have one.
///
/// # Errors
/// [`PeriodsError`] where the range holds no day or more than `limit` columns.
pub fn statement(
    world: &World,
    fold: &Fold,
    shape: Shape,
    allocate: Option<Allocate>,
    goods_cost: bool,
    limit: u64,
) -> Result<Statement, PeriodsError> {
    statement_by(&InTurn, world, fold, shape, allocate, goods_cost, limit)
}

/// The same; users and direct orders may be summed while the orders of distributors are.
///
/// # Errors
/// As [`statement`].
pub fn statement_by(
    both: &impl Both,
    world: &World,
    fold: &Fold,
    shape: Shape,
    allocate: Option<Allocate>,
    goods_cost: bool,
    limit: u64,
) -> Result<Statement, PeriodsError> {
    let slots = Slots::new(world, shape.by_channel);
    let limit = limit / u64::try_from(slots.names.len().max(1)).unwrap_or(1);
    let periods = Periods::lay_out(shape.grain, shape.ends, data_days(world, fold), limit.max(1))?;
    let joined = effective_joining(world, fold);
    let homes = Homes::new(world, shape, &periods, &slots, &joined);
    let empty = || Book::new(world, fold, shape, &periods, &slots, &joined);
    let direct = || {
        let mut book = empty();
        book.users();
        book.buyers(fold.buyers());
        book.direct_sums();
        book.costs();
        book.distributors(&homes);
        book
    };
    let sold = || {
        let mut book = empty();
        book.distribution(&homes);
        let ineligible = book.commission(&homes);
        (book, ineligible)
    };
    let (mut book, (other, ineligible)) = both.both(direct, sold);
    book.merge(&other);
    let earlier_users = book.earlier_users;
    let (cells, total) = (book.cells, book.total);
    let mut columns = Vec::new();
    for (p, row) in cells.chunks(slots.len()).enumerate() {
        let (mut row, whole) = (row.to_vec(), periods.list.get(p));
        if let (Some(by), Some(_)) = (allocate, whole) {
            spread_shared(&mut row, &slots, by);
        }
        for (slot, sums) in row.iter().enumerate() {
            // Behind the periods stands the column of distributors without a cohort, where it holds a figure.
            let always = whole.is_some() && slots.always[slot];
            if always || !sums.is_empty() {
                columns.push(Column {
                    period: whole.map_or_else(|| UNKNOWN.into(), |w| w.label.clone()),
                    range: whole.map(|w| w.range),
                    channel: shape.by_channel.then(|| slots.names[slot].clone()),
                    sums: *sums,
                });
            }
        }
    }
    Ok(Statement {
        basis: shape.basis,
        range: periods.range,
        columns,
        total,
        goods_cost,
        reconciliation: Reconciliation::of(world, fold),
        joined_by_order: world.rules.joined_by_order,
        earlier_users,
        ineligible,
    })
}

/// The first and the last day that a row of the data names, as far as it moves an end of a report.
pub fn data_days(world: &World, fold: &Fold) -> Option<(Day, Day)> {
    let costs = world.team_cost.iter().chain(&world.other_cost).map(|c| c.date.span());
    let single = world.users.days().chain(world.ad_spend.iter().map(|s| s.day));
    let single = single.chain(world.adjustments.iter().map(|a| a.day)).map(|d| (d, d));
    costs.chain(single).chain(fold.days).reduce(|(a, b), (c, d)| (a.min(c), b.max(d)))
}

/// The days of a report with these ends; `None` where it has none.
pub fn range_of(world: &World, fold: &Fold, ends: Ends) -> Option<Range> {
    Periods::lay_out(Grain::All, ends, data_days(world, fold), 1).ok()?.range
}

/// The price of a new user by channel, 0 for a channel without one or with any row of ad spend; the last is that of
/// the unknown channel.
pub(crate) fn prices(world: &World) -> Vec<i128> {
    let spent: BTreeSet<u32> = world.ad_spend.iter().map(|s| s.channel).collect();
    let unknown = world.unknown_channel();
    let mut price = vec![0i128; world.channels.len() + 1];
    for &(channel, amount) in world.rules.prices.iter().filter(|(c, _)| !spent.contains(c)) {
        price[channel as usize] = i128::from(amount.0);
        if &*world.channels[channel as usize] == UNKNOWN {
            price[unknown as usize] = i128::from(amount.0);
        }
    }
    price
}

/// The users acquired in each period, by slots, and what they cost; and how many were acquired before the range.
pub(crate) fn acquired(
    world: &World,
    fold: &Fold,
    shape: Shape,
    periods: &Periods,
    slots: &Slots,
    joined: &Joined,
) -> (Vec<Sums>, u64) {
    let shape = Shape { basis: Basis::Cohort, ..shape };
    let mut book = Book::new(world, fold, shape, periods, slots, joined);
    book.users();
    book.costs();
    (book.cells, book.earlier_users)
}

/// Fills the columns, one kind of row after the other.
struct Book<'a> {
    world: &'a World,
    fold: &'a Fold,
    shape: Shape,
    periods: &'a Periods,
    slots: &'a Slots,
    joined: &'a Joined,
    /// One row of slots per period, and one more behind them for distributors without a cohort.
    cells: Vec<Sums>,
    total: Sums,
    earlier_users: u64,
}

impl<'a> Book<'a> {
    fn new(
        world: &'a World,
        fold: &'a Fold,
        shape: Shape,
        periods: &'a Periods,
        slots: &'a Slots,
        joined: &'a Joined,
    ) -> Book<'a> {
        let cells = vec![Sums::default(); (periods.list.len() + 1) * slots.len()];
        Book { world, fold, shape, periods, slots, joined, cells, total: Sums::default(), earlier_users: 0 }
    }

    /// Adds another book, whose figures are others.
    fn merge(&mut self, o: &Book) {
        self.cells.iter_mut().zip(&o.cells).for_each(|(a, b)| a.merge(b));
        self.total.merge(&o.total);
        self.earlier_users += o.earlier_users;
    }

    fn cell(&mut self, period: usize, slot: usize) -> &mut Sums {
        &mut self.cells[period * self.slots.len() + slot]
    }

    /// Adds the same to a column and to the total.
    fn add(&mut self, period: usize, slot: usize, to: impl Fn(&mut Sums)) {
        to(self.cell(period, slot));
        to(&mut self.total);
    }

    fn cohort(&self) -> bool {
        self.shape.basis == Basis::Cohort
    }

    /// The day after the last of the range; the day after all days where there is no range.
    fn end(&self) -> Day {
        self.periods.range.map_or(Day(i32::MAX), |r| r.end)
    }

    fn joiners(&self) -> impl Iterator<Item = (Day, u32, u64, Money)> + use<'a> {
        joiners(self.world, self.fold, self.joined)
    }

    fn slot_of_user(&self, user: Option<usize>) -> usize {
        self.slots.of_user(self.world, user)
    }

    /// New users, their own cost, and the pool.
    fn users(&mut self) {
        let mut pool = vec![0u64; self.cells.len()];
        let slots = self.slots.len();
        for (day, channel, n, cost) in self.joiners() {
            let slot = self.slots.of(channel);
            let ends_after = self.periods.first_ending_after(day);
            if ends_after < self.periods.list.len() {
                pool[ends_after * slots + slot] += n;
            }
            match self.periods.index(day) {
                Some(p) => {
                    let cell = &mut self.cells[p * slots + slot];
                    cell.new_users += n;
                    cell.ad_spend += cost;
                    self.total.new_users += n;
                    self.total.ad_spend += cost;
                }
                None if self.periods.range.is_some_and(|r| day < r.begin) => self.earlier_users += n,
                None => {}
            }
        }
        for i in 0..self.periods.list.len() * slots {
            if i >= slots {
                pool[i] += pool[i - slots];
            }
            self.cells[i].users = if self.cohort() { self.cells[i].new_users } else { pool[i] };
        }
        let last = self.periods.list.len().saturating_sub(1) * slots;
        self.total.users = match self.cohort() {
            true => self.total.new_users,
            false => pool[last..last + slots].iter().sum(),
        };
    }

    /// Distinct buyers of direct orders.
    fn buyers(&mut self, bits: &BuyerBits) {
        let users = self.joined.users.len();
        let mut more = self.fold.more_buyers.iter().copied().peekable();
        let mut columns: BTreeSet<i32> = BTreeSet::new();
        // Who bought in no column outside of the bits, which is nearly everybody, is counted by these alone.
        let mut quick = buyers::Quick::new(bits, self.periods, self.slots.len()).filter(|_| !self.cohort());
        for user in 0..users {
            let (number, slot) = (user as u32, self.slot_of_user(Some(user)));
            if let (Some(quick), false) = (&mut quick, more.peek().is_some_and(|(u, _)| *u == number)) {
                quick.count(number, slot);
                continue;
            }
            columns.clear();
            while let Some((_, column)) = more.next_if(|(u, _)| *u == number) {
                columns.insert(column);
            }
            let all = bits.columns_of(number).chain(columns.iter().copied());
            self.buyer_in(all, self.joined.users[user], slot);
        }
        if let Some(quick) = quick {
            self.total.buyers += quick.add_to(&mut self.cells);
        }
        let unknown = self.slots.unknown;
        for &(person, day) in &self.joined.others {
            columns.clear();
            while let Some((_, column)) = more.next_if(|(p, _)| *p <= person) {
                columns.insert(column);
            }
            self.buyer_in(columns.iter().copied(), day, unknown);
        }
        for (&day, &n) in &self.fold.guests {
            if let Some(p) = self.periods.index(day) {
                self.add(p, unknown, |s| s.buyers += n);
            }
        }
    }

    /// One buyer, in each of the columns once and in the total once.
    fn buyer_in(&mut self, columns: impl Iterator<Item = i32>, joined: Day, slot: usize) {
        let mut any = false;
        for number in columns {
            let period = match self.cohort() {
                true => self.periods.index(joined).filter(|_| number == ANY_COLUMN),
                false => self.periods.index_of_number(number),
            };
            if let Some(p) = period {
                self.cell(p, slot).buyers += 1;
                any = true;
            }
        }
        self.total.buyers += u64::from(any);
    }

    /// Orders, gross, refunds and goods cost of the direct system.
    fn direct_sums(&mut self) {
        for (number, channel, cell) in self.fold.direct_cells() {
            let slot = if self.shape.by_channel { self.slots.of(channel) } else { 0 };
            if let Some(p) = self.periods.index_of_number(number) {
                self.add(p, slot, |s| s.direct.merge(cell));
            }
        }
        for (&person, cell) in &self.fold.by_person {
            // Nobody is summed by person without a day of joining.
            let Some(p) = self.joined.day_of(person).and_then(|day| self.periods.index(day)) else {
                continue;
            };
            self.add(p, self.slot_of_user(Some(person as usize)), |s| s.direct.merge(cell));
        }
    }

    /// Ad spend, prices per user, team and other cost.
    fn costs(&mut self) {
        let world = self.world;
        for s in &world.ad_spend {
            if let Some(p) = self.periods.index(s.day) {
                self.add(p, self.slots.of(s.channel), |c| c.ad_spend += s.amount);
            }
        }
        self.priced_spend();
        for (costs, to) in [
            (&world.team_cost, (|s, m| s.team_cost += m) as fn(&mut Sums, Money)),
            (&world.other_cost, |s, m| {
                s.other_cost += m;
            }),
        ] {
            for cost in costs {
                let slot = cost.channel.map_or(self.slots.shared, |c| self.slots.of(c));
                let (first, last) = cost.date.span();
                let from = self.periods.first_ending_after(first);
                for p in from..self.periods.list.len() {
                    let range = self.periods.list[p].range;
                    if range.begin > last {
                        break;
                    }
                    let share = cost.date.share(cost.amount, range);
                    self.add(p, slot, |s| to(s, share));
                }
            }
        }
    }

    /// Prices per new user, for channels without any row of ad spend.
    fn priced_spend(&mut self) {
        let price = prices(self.world);
        if price.iter().all(|p| *p == 0) {
            return;
        }
        for (day, channel, n, _) in self.joiners() {
            let spend = Money(price[channel as usize] * i128::from(n));
            if let Some(p) = self.periods.index(day).filter(|_| !spend.is_zero()) {
                self.add(p, self.slots.of(channel), |c| c.ad_spend += spend);
            }
        }
    }
}

/// Spreads the shared cost of one period over its other columns, team and other apart.
fn spread_shared(row: &mut [Sums], slots: &Slots, by: Allocate) {
    // Ties go to the smaller name, and `(unknown)` is a small one though its column stands last.
    let mut order: Vec<usize> = (0..row.len()).filter(|&slot| slot != slots.shared).collect();
    order.sort_unstable_by(|&a, &b| slots.names[a].cmp(&slots.names[b]));
    let weight = |s: &Sums| match by {
        Allocate::Users => i128::from(s.users),
        Allocate::Revenue => s.direct_revenue().0.max(0),
        Allocate::Spend => s.ad_spend.0,
        Allocate::Orders => i128::from(s.direct.orders),
    };
    let weights: Vec<i128> = order.iter().map(|&slot| weight(&row[slot])).collect();
    let kinds: [fn(&mut Sums) -> &mut Money; 2] = [|s| &mut s.team_cost, |s| &mut s.other_cost];
    for cost in kinds {
        let shared = cost(&mut row[slots.shared]);
        if let Some(parts) = by_largest_remainder(*shared, &weights) {
            *shared = Money::ZERO;
            order.iter().zip(parts).for_each(|(&slot, part)| *cost(&mut row[slot]) += part);
        }
    }
}

/// The name a channel has in reports: [`NO_CHANNEL`] for an empty one.
pub fn channel_name(channel: &str) -> &str {
    if channel.is_empty() { NO_CHANNEL } else { channel }
}
