//! What a figure is asked for, days and perhaps a channel, and what each row counts there.

use super::formula::{leaves, sums};
use crate::classify::{Bucket, Buyer, Verdict};
use crate::commission::Payee;
use crate::date::Day;
use crate::figures::Key;
use crate::fold::{DistOrders, Fold, Order};
use crate::money::Money;
use crate::payout::each_line;
use crate::period::Range;
use crate::pnl::{Joined, Slots, counted_from, effective_joining, joiners, prices};
use crate::spread::CostDate;
use crate::world::{Adjustment, Cost, Spend, User, World};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

/// Why a row counts nothing in a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    NotPaid,
    /// The other system's: sold by a distributor, or by none.
    OtherSystem,
    UnknownUser,
    BeforeJoining,
    BeforePeriod,
    AfterPeriod,
    OtherChannel,
    /// An earlier row counts the same person already.
    CountedAlready,
    /// A distributor who left before the end.
    Left,
    /// The days of a month's cost that lie outside of the period.
    OtherDays,
    /// A refund of an order that is not there.
    NoOrder,
    /// Commission that nobody was eligible for.
    House,
    /// A row below zero: no order but a refund.
    RefundRow,
    /// Another row about the same user counts.
    RepeatedUser,
    /// A user whom the first order dates, and who has none.
    UserWithoutOrder,
}

impl Reason {
    /// The reason's name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Reason::NotPaid => "not_paid",
            Reason::OtherSystem => "other_system",
            Reason::UnknownUser => "unknown_user",
            Reason::BeforeJoining => "before_joining",
            Reason::BeforePeriod => "before_period",
            Reason::AfterPeriod => "after_period",
            Reason::OtherChannel => "other_channel",
            Reason::CountedAlready => "counted_already",
            Reason::Left => "left",
            Reason::OtherDays => "other_days",
            Reason::NoOrder => "no_order",
            Reason::House => "house",
            Reason::RefundRow => "refund_row",
            Reason::RepeatedUser => "repeated_user",
            Reason::UserWithoutOrder => "user_without_order",
        }
    }
}

/// What a row counts in a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// So many things, or so much money in 1/10,000.
    In(i128),
    Out(Reason),
}

/// A row's part in one figure.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub leaf: Key,
    pub outcome: Outcome,
    /// The day on which it counts.
    pub day: Option<Day>,
    /// Where it stands, for [`Scope::channel`].
    pub slot: usize,
    /// What the row itself holds, of which a part may count.
    pub amount: Money,
    /// Who is counted, where a person counts once however many rows there are.
    pub who: Option<u32>,
    /// Which of the order's refunds it is.
    pub refund: Option<usize>,
}

/// A price per new user, which stands in place of rows of ad spend.
#[derive(Clone, Debug)]
pub struct Priced {
    pub channel: Box<str>,
    /// Per user, in 1/10,000.
    pub price: Money,
    pub users: u64,
    pub event: Event,
}

/// What one level of an order accrued.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The order's index among those of distributors.
    pub order: usize,
    /// 0 is the first.
    pub level: usize,
    /// Who earns it; `None`: the house.
    pub payee: Option<u32>,
    pub event: Event,
}

/// The days, and perhaps the channel, for which a figure is explained.
#[derive(Debug)]
pub struct Scope<'a> {
    world: &'a World,
    range: Range,
    slots: Slots,
    /// The channel that is asked for.
    asked: Option<usize>,
    joined: Joined,
    /// From when on each distributor counts.
    counted: Vec<Option<Day>>,
    /// A bit for each figure from rows that is wanted.
    wanted: u64,
    /// There is no table of users: they stand where their first orders do.
    users_from_orders: bool,
}

/// The figures of one system that orders make.
struct Side {
    is_direct: bool,
    orders: Key,
    gross: Key,
    goods: Key,
    buyers: Key,
    refunds: Key,
}

const SIDES: [Side; 2] = [
    Side {
        is_direct: true,
        orders: Key::Orders,
        gross: Key::Gross,
        goods: Key::GoodsCost,
        buyers: Key::Buyers,
        refunds: Key::Refunds,
    },
    Side {
        is_direct: false,
        orders: Key::DistributionOrders,
        gross: Key::DistributionGross,
        goods: Key::DistributionGoodsCost,
        buyers: Key::DistributionBuyers,
        refunds: Key::DistributionRefunds,
    },
];

impl<'a> Scope<'a> {
    /// Everything of `key` in `range`; `None` where no channel has the name that is asked for.
    pub fn new(
        world: &'a World,
        fold: &Fold,
        range: Range,
        channel: Option<&str>,
        key: Key,
    ) -> Option<Scope<'a>> {
        let slots = Slots::new(world, true);
        let asked = match channel {
            None => None,
            Some(name) => Some(slots.names.iter().position(|n| &**n == name)?),
        };
        let leaves = sums(key).into_iter().flat_map(leaves);
        let wanted = leaves.fold(0, |bits, part| bits | 1 << part.key as u64);
        let joined = effective_joining(world, fold);
        let counted = counted_from(world, &fold.distribution);
        let users_from_orders = false;
        Some(Scope { world, range, slots, asked, joined, counted, wanted, users_from_orders })
    }

    /// The same where no table has users: they are all who have an order.
    pub fn with_users_from_orders(self) -> Scope<'a> {
        Scope { users_from_orders: true, ..self }
    }

    /// Is the figure one of those wanted?
    pub fn wants(&self, leaf: Key) -> bool {
        self.wanted >> (leaf as u64) & 1 == 1
    }

    /// Is any of them wanted?
    pub fn wants_any(&self, leaves: &[Key]) -> bool {
        leaves.iter().any(|leaf| self.wants(*leaf))
    }

    /// Can orders make anybody a user or a distributor, or are they asked for themselves?
    pub fn wants_orders(&self) -> bool {
        let own = |s: &Side| self.wants_any(&[s.orders, s.gross, s.goods, s.buyers, s.refunds]);
        let people = [Key::NewUsers, Key::Users, Key::Distributors, Key::Active, Key::Commission];
        SIDES.iter().any(own) || self.wants_any(&people)
    }

    /// How many channels there are, those of who has none among them.
    pub fn channels(&self) -> usize {
        self.slots.len()
    }

    /// The name of the channel in which an event stands.
    pub fn channel(&self, slot: usize) -> &str {
        self.slots.names.get(slot).map_or("", |name| name)
    }

    /// Why what is of a day and a channel does not count, where it does not.
    fn judged(&self, day: Day, slot: usize) -> Option<Reason> {
        if day < self.range.begin {
            return Some(Reason::BeforePeriod);
        }
        self.judged_by_end(day, slot)
    }

    /// The same for what counts from its day on.
    fn judged_by_end(&self, day: Day, slot: usize) -> Option<Reason> {
        if day >= self.range.end {
            return Some(Reason::AfterPeriod);
        }
        self.asked.is_some_and(|asked| asked != slot).then_some(Reason::OtherChannel)
    }

    /// A user of the table, by its number.
    pub fn user(&self, user: usize, mut sink: impl FnMut(Event)) {
        let Some(&day) = self.joined.users.get(user) else { return };
        let slot = self.slots.of_user(self.world, Some(user));
        let cost = Money::from(self.world.users.cost_of(user));
        if day == User::NEVER {
            return self.no_user(Reason::UserWithoutOrder, cost, sink);
        }
        self.joins(day, slot, None, &mut sink);
        if self.wants(Key::AdSpend) && !cost.is_zero() {
            sink(event(Key::AdSpend, self.judged(day, slot), cost.0, day, slot, cost));
        }
    }

    /// A row of the table about a user of whom another row counts, and what it says the user cost.
    pub fn user_again(&self, cost: Money, sink: impl FnMut(Event)) {
        self.no_user(Reason::RepeatedUser, cost, sink);
    }

    /// A row of the table of users that makes nobody one.
    fn no_user(&self, reason: Reason, cost: Money, mut sink: impl FnMut(Event)) {
        let leaves = [(Key::NewUsers, Money::ZERO), (Key::Users, Money::ZERO), (Key::AdSpend, cost)];
        for (leaf, amount) in leaves.into_iter().filter(|(leaf, _)| self.wants(*leaf)) {
            if leaf != Key::AdSpend || !cost.is_zero() {
                sink(Event { day: None, ..event(leaf, Some(reason), 0, Day(0), 0, amount) });
            }
        }
    }

    /// Somebody who counts as a user from a day on.
    fn joins(&self, day: Day, slot: usize, who: Option<u32>, sink: &mut impl FnMut(Event)) {
        let leaves = [(Key::NewUsers, self.judged(day, slot)), (Key::Users, self.judged_by_end(day, slot))];
        for (leaf, reason) in leaves.into_iter().filter(|(leaf, _)| self.wants(*leaf)) {
            sink(Event { who, ..event(leaf, reason, 1, day, slot, Money::ZERO) });
        }
    }

    /// A row of ad spend.
    pub fn spend(&self, spend: &Spend) -> Event {
        let (slot, amount) = (self.slots.of(spend.channel), Money::from(spend.amount));
        event(Key::AdSpend, self.judged(spend.day, slot), amount.0, spend.day, slot, amount)
    }

    /// What prices per user stand for, by channel.
    pub fn priced(&self, fold: &Fold) -> Vec<Priced> {
        let price = prices(self.world);
        let mut users = vec![0u64; price.len()];
        for (day, channel, n, _) in joiners(self.world, fold, &self.joined) {
            if self.judged(day, self.slots.of(channel)).is_none() {
                users[channel as usize] += n;
            }
        }
        let all = price.iter().zip(users).enumerate();
        let some =
            all.filter(|(_, (price, users))| **price != 0 && *users > 0).map(|(c, (&price, users))| {
                let slot = self.slots.of(c as u32);
                let spent = price * i128::from(users);
                let event =
                    Event { day: None, ..event(Key::AdSpend, None, spent, Day(0), slot, Money(spent)) };
                Priced { channel: self.channel(slot).into(), price: Money(price), users, event }
            });
        some.collect()
    }

    /// A row of team or other cost: what of it falls into the period, and what of a month's cost does not.
    pub fn cost(&self, leaf: Key, cost: &Cost, mut sink: impl FnMut(Event)) {
        let slot = cost.channel.map_or(self.slots.shared, |c| self.slots.of(c));
        let ((first, last), amount) = (cost.date.span(), Money::from(cost.amount));
        let reason = if last < self.range.begin {
            Some(Reason::BeforePeriod)
        } else {
            self.judged_by_end(first, slot)
        };
        let share = cost.date.share(cost.amount, self.range);
        sink(event(leaf, reason, share.0, first, slot, amount));
        if reason.is_none() && matches!(cost.date, CostDate::Month(_)) && share != amount {
            sink(event(leaf, Some(Reason::OtherDays), 0, first, slot, amount - share));
        }
    }

    /// A row of the list of distributors, by its number.
    pub fn distributor(&self, number: u32) -> Option<Event> {
        let d = self.world.distributors.get(number as usize)?;
        let from = self.counted.get(number as usize).copied().flatten()?;
        let slot = self.slots.of_user(self.world, self.world.own_user(number));
        let gone = d.left.is_some_and(|left| left < self.range.end);
        let reason = if from < self.range.end && gone { Some(Reason::Left) } else { None };
        let reason = reason.or_else(|| self.judged_by_end(from, slot));
        Some(Event { day: d.joined, ..event(Key::Distributors, reason, 1, from, slot, Money::ZERO) })
    }

    /// A row of adjustments.
    pub fn adjustment(&self, a: &Adjustment) -> Event {
        let (slot, amount) =
            (self.slots.of_user(self.world, self.world.own_user(a.distributor)), Money::from(a.amount));
        event(Key::Commission, self.judged(a.day, slot), amount.0, a.day, slot, amount)
    }

    /// An order in its bucket. `person` is its buyer's number: a person's, or a stranger's behind those; none for a
    /// guest.
    pub fn order(&self, order: &Order, verdict: Verdict, person: Option<u32>, mut sink: impl FnMut(Event)) {
        for side in &SIDES {
            let slot = self.slot_of(order, verdict);
            self.side(side, order, verdict, slot, person, &mut sink);
        }
        let Some(paid) = order.paid.map(|p| p.day) else { return };
        if verdict.bucket != Bucket::NotPaid {
            self.first_order(paid, person, &mut sink);
        }
        match (verdict.bucket, verdict.distributor) {
            (Bucket::Distribution, Some(d)) => self.sold(d, paid, order, &mut sink),
            (Bucket::Direct, _) if verdict.brought_in => self.brought_in(paid, person, &mut sink),
            _ => {}
        }
    }

    /// What a row below zero counts, where such are refunds: its amount is one, on its own day, and it is no order.
    pub fn refund_row(
        &self,
        row: &Order,
        verdict: Verdict,
        person: Option<u32>,
        mut sink: impl FnMut(Event),
    ) {
        let Some(day) = row.paid.map(|p| p.day) else { return };
        let (slot, amount) = (self.slot_of(row, verdict), Money::from(row.amount));
        for side in &SIDES {
            let apart = apart(side, verdict);
            for leaf in [side.orders, side.gross, side.buyers].into_iter().filter(|leaf| self.wants(*leaf)) {
                sink(event(leaf, Some(apart.unwrap_or(Reason::RefundRow)), 0, day, slot, amount));
            }
            if self.wants(side.refunds) {
                let reason = apart.or_else(|| self.judged(day, slot));
                sink(event(side.refunds, reason, -amount.0, day, slot, Money(-amount.0)));
            }
        }
        // A guest's is nobody's: only with an order a guest is a user.
        if verdict.bucket == Bucket::Direct && verdict.brought_in && person.is_some() {
            self.first_order(day, person, &mut sink);
            self.brought_in(day, person, &mut sink);
        }
    }

    /// The channel in which an order stands: of its user, or of its distributor's own.
    fn slot_of(&self, order: &Order, verdict: Verdict) -> usize {
        let user = match (verdict.distributor, order.buyer) {
            (Some(d), _) => self.world.own_user(d),
            (None, Buyer::Known(person)) => Some(person as usize),
            (None, Buyer::Stranger | Buyer::Guest) => None,
        };
        self.slots.of_user(self.world, user)
    }

    /// What an order counts in the figures of one system.
    fn side(
        &self,
        side: &Side,
        order: &Order,
        verdict: Verdict,
        slot: usize,
        person: Option<u32>,
        sink: &mut impl FnMut(Event),
    ) {
        let apart = apart(side, verdict);
        let paid = order.paid.map(|p| p.day);
        let judged = |day: Option<Day>| apart.or_else(|| day.and_then(|d| self.judged(d, slot)));
        let (amount, goods) = (Money::from(order.amount), Money::from(order.goods_cost));
        let one = |leaf, units, amount| Event {
            day: paid,
            ..event(leaf, judged(paid), units, Day(0), slot, amount)
        };
        if self.wants(side.orders) {
            sink(one(side.orders, 1, amount));
        }
        if self.wants(side.gross) {
            sink(one(side.gross, amount.0, amount));
        }
        if self.wants(side.goods) && !goods.is_zero() {
            sink(one(side.goods, goods.0, goods));
        }
        if self.wants(side.buyers) {
            sink(Event { who: person, ..one(side.buyers, 1, amount) });
        }
        for (i, &(day, refund)) in order.refunds.iter().enumerate().filter(|_| self.wants(side.refunds)) {
            let day = if self.world.rules.refunds_on_order { paid.unwrap_or(day) } else { day };
            let refund = Money::from(refund);
            let of = event(side.refunds, judged(Some(day)), refund.0, day, slot, refund);
            sink(Event { refund: Some(i), ..of });
        }
    }

    /// What an order says of its distributor.
    fn sold(&self, distributor: u32, paid: Day, order: &Order, sink: &mut impl FnMut(Event)) {
        let slot = self.slots.of_user(self.world, self.world.own_user(distributor));
        let who = Some(distributor);
        if self.wants(Key::Active) {
            let reason = self.judged(paid, slot);
            sink(Event { who, ..event(Key::Active, reason, 1, paid, slot, order.amount.into()) });
        }
        let listed = self.world.distributors.get(distributor as usize).is_none_or(|d| d.listed);
        let first = self.counted.get(distributor as usize).copied().flatten() == Some(paid);
        if self.wants(Key::Distributors) && !listed && first {
            let reason = self.judged_by_end(paid, slot);
            sink(Event { who, ..event(Key::Distributors, reason, 1, paid, slot, Money::ZERO) });
        }
    }

    /// Somebody who is a user by an order and stands in no table.
    fn first_order(&self, day: Day, person: Option<u32>, sink: &mut impl FnMut(Event)) {
        let Some(person) = person.filter(|_| self.users_from_orders) else { return };
        if self.joined.users.get(person as usize) == Some(&day) {
            self.joins(day, self.slots.of_user(self.world, Some(person as usize)), Some(person), sink);
        }
    }

    /// Somebody whom a setting makes a user, by an order.
    fn brought_in(&self, paid: Day, person: Option<u32>, sink: &mut impl FnMut(Event)) {
        let slot = self.slots.unknown;
        match person {
            // A user of the table stands there.
            Some(person) if (person as usize) < self.world.users.len() => {}
            Some(person) if self.joined.day_of(person) != Some(paid) => {}
            _ => self.joins(paid, slot, person, sink),
        }
    }

    /// What each level of each order accrued in the period, where that is anything.
    pub fn lines(&self, orders: &DistOrders, mut sink: impl FnMut(Line)) {
        let Some(plan) = &self.world.rules.plan else { return };
        let mut before = vec![Money::ZERO; orders.list.len() * 2];
        each_line(self.world, plan, orders, self.range.begin.plus(-1), |l| {
            before[l.order * 2 + l.level] = l.commission;
        });
        each_line(self.world, plan, orders, self.range.end.plus(-1), |l| {
            let accrued = l.commission - before[l.order * 2 + l.level];
            let o = &orders.list[l.order];
            let slot = self.slots.of_user(self.world, self.world.own_user(o.distributor));
            let elsewhere = self.asked.is_some_and(|asked| asked != slot).then_some(Reason::OtherChannel);
            let payee = match l.payee {
                Payee::Distributor(d) => Some(d),
                Payee::House => None,
            };
            let (reason, amount) = match (accrued.is_zero(), payee) {
                (true, Some(_)) if !l.commission.is_zero() => (Some(Reason::BeforePeriod), l.commission),
                (true, _) => return,
                (false, None) => (Some(Reason::House), accrued),
                (false, Some(_)) => (elsewhere, l.commission),
            };
            let event = event(Key::Commission, reason, accrued.0, o.paid, slot, amount);
            sink(Line { order: l.order, level: l.level, payee, event });
        });
    }
}

/// Why a row is not of a system, whatever its day and channel.
fn apart(side: &Side, verdict: Verdict) -> Option<Reason> {
    match verdict.bucket {
        Bucket::NotPaid => Some(Reason::NotPaid),
        Bucket::Direct if side.is_direct => None,
        Bucket::Distribution if !side.is_direct => None,
        Bucket::UnknownUser if side.is_direct => Some(Reason::UnknownUser),
        Bucket::BeforeJoining if side.is_direct => Some(Reason::BeforeJoining),
        _ => Some(Reason::OtherSystem),
    }
}

/// An event that counts so many units unless there is a reason why not.
fn event(leaf: Key, reason: Option<Reason>, units: i128, day: Day, slot: usize, amount: Money) -> Event {
    let outcome = reason.map_or(Outcome::In(units), Outcome::Out);
    Event { leaf, outcome, day: Some(day), slot, amount, who: None, refund: None }
}
