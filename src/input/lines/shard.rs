//! Whole orders as far as their lines have come: a compact record of each, dealt into shards by their ids so that every
//! core can add to them. In whatever order lines come, the same orders come of them.

use super::super::intern::OrderIds;
use super::super::problem::{FileNo, Place};
use super::super::proof::canonical_number;
use super::super::status::Status;
use scrm_core::date::{Day, Stamp};
use scrm_core::money::Amount;

/// No day.
pub const NO_DAY: i32 = i32::MIN;
/// The day on which the order was paid, which another line names.
pub const DAY_OF_PAYMENT: i32 = i32::MIN + 1;
/// A buyer without an id.
pub const GUEST: u32 = u32::MAX;

/// What one row says.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub user: u32,
    pub day: i32,
    /// The second of the day, from 1; 0 where the stamp has no time.
    pub second: u32,
    pub amount: Amount,
    /// What was given back of it, and when; [`NO_DAY`] where it says neither.
    pub refund: Amount,
    pub refunded: i32,
    /// It is what was given back of the whole order, which stands on each of its lines.
    pub refund_is_of_order: bool,
    pub goods_cost: Amount,
    pub completed: i32,
    pub status: Option<Status>,
    /// An export's word for its status is one for closed orders.
    pub is_closed: bool,
    pub product: u32,
    pub category: u32,
    /// What it is worth beside an amount that is the order's.
    pub worth: Amount,
    /// It says no more of its order than which one it is, and perhaps whose.
    pub is_item: bool,
    pub file: FileNo,
    pub line: u32,
    /// It is a whole order, not an item of one.
    pub is_whole: bool,
}

/// An order, in 40 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// A whole number, or the number of a text.
    id: u64,
    amount: i64,
    pub user: u32,
    pub day: i32,
    /// The earliest.
    second: u32,
    /// Where its first line stands.
    file: FileNo,
    line: u32,
    status: u8,
    flags: u16,
}

const NO_STATUS: u8 = u8::MAX;

/// Its id is a text.
const TEXT: u16 = 1;
/// Lines of it contradict each other.
const CONFLICT: u16 = 2;
/// Something is wrong with one of its lines.
const SPOILT: u16 = 4;
/// No sound line of it came yet.
const EMPTY: u16 = 8;
/// Its lines add up to more than an amount can be.
const RANGE: u16 = 16;
/// No line yet says what the order is.
const HEADLESS: u16 = 32;
/// Some lines say no more than which order they are of; and some of these what was given back.
const ITEMS: u16 = 64;
const ITEMS_RETURNED: u16 = 128;
/// Its lines lie in several files.
const SPREAD: u16 = 256;
/// A row of it is a whole order; another row of it makes two.
const WHOLE: u16 = 512;
const TWICE: u16 = 1024;
/// Some of its rows says that it was closed, whatever that means beside what was given back.
const CLOSED: u16 = 2048;

impl Order {
    fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    pub fn is_conflict(&self) -> bool {
        self.has(CONFLICT)
    }

    /// Is there no line that says what the order is, though none of them is spoilt?
    pub fn is_headless(&self) -> bool {
        self.has(HEADLESS) && !self.has(SPOILT | EMPTY)
    }

    /// Does what was given back stand with the order's amount, where its items say nothing of either?
    pub fn is_returned_as_a_whole(&self) -> bool {
        self.has(ITEMS) && !self.has(ITEMS_RETURNED)
    }

    /// Do its lines lie in several files?
    pub fn is_spread(&self) -> bool {
        self.has(SPREAD)
    }

    /// Is one of its rows a whole order, and there are others?
    pub fn is_twice(&self) -> bool {
        self.has(TWICE)
    }

    /// Its lines are sound, so that it can be looked at as a whole.
    pub fn is_sound(&self) -> bool {
        !self.has(SPOILT | EMPTY | CONFLICT | HEADLESS)
    }

    pub fn is_in_range(&self) -> bool {
        !self.has(RANGE) && self.amount.abs() <= Amount::MAX.0
    }

    pub fn amount(&self) -> Amount {
        Amount(self.amount)
    }

    pub fn status(&self) -> Option<Status> {
        Status::ALL.get(usize::from(self.status)).copied()
    }

    pub fn is_paid(&self) -> bool {
        self.status().map_or(self.day != NO_DAY, Status::is_paid)
    }

    /// When it was paid, whatever its status: the earliest of its lines.
    pub fn paid_at(&self) -> Option<Stamp> {
        (self.day != NO_DAY).then_some(Stamp { day: Day(self.day), second: self.second.checked_sub(1) })
    }

    /// Where its first line stands.
    pub fn place(&self) -> Place {
        Place::line(self.file, self.line.into())
    }

    fn of(id: u64, flags: u16, line: &Line) -> Order {
        Order {
            id,
            amount: line.amount.0,
            user: line.user,
            day: line.day,
            second: line.second,
            file: line.file,
            line: line.line,
            status: line.status.map_or(NO_STATUS, |s| s as u8),
            flags: flags | line.flags() | if line.is_item { HEADLESS } else { 0 },
        }
    }

    /// Joins one more line where either says no more than which order it is of, and perhaps whose.
    fn join_item(&mut self, line: &Line) {
        let agrees = |item: u32, with: u32| item == GUEST || item == with;
        let is_same = match (self.has(HEADLESS), line.is_item) {
            (true, true) => self.user == GUEST || agrees(line.user, self.user),
            (true, false) => agrees(self.user, line.user),
            (false, _) => agrees(line.user, self.user),
        };
        if !is_same {
            self.flags |= CONFLICT;
        }
        self.flags |= line.flags();
        let first = (self.file, self.line).min((line.file, line.line));
        if !line.is_item {
            *self = Order::of(self.id, self.flags & !HEADLESS, line);
        } else if self.user == GUEST && self.has(HEADLESS) {
            self.user = line.user;
        }
        (self.file, self.line) = first;
    }

    /// Joins one more line.
    fn join(&mut self, line: &Line, amount_repeats: bool) {
        if self.has(EMPTY) {
            *self = Order::of(self.id, self.flags & !EMPTY, line);
            return;
        }
        if self.file != line.file {
            self.flags |= SPREAD;
        }
        if line.is_whole || self.has(WHOLE) {
            self.flags |= WHOLE | TWICE;
        }
        if line.is_item || self.has(HEADLESS) {
            return self.join_item(line);
        }
        let status = line.status.map_or(NO_STATUS, |s| s as u8);
        // An order that an export closed and of which some items were given back, as their rows alone say, was given back.
        let is_closed = (self.has(CLOSED) || line.is_closed)
            && self.status().zip(line.status).is_some_and(|(a, b)| a.is_closing_with(b));
        let status = if is_closed { Status::Refunded as u8 } else { status };
        let other_status =
            ![self.status, NO_STATUS].contains(&status) && self.status != NO_STATUS && !is_closed;
        let other_amount = amount_repeats && self.amount != line.amount.0;
        if self.user != line.user || self.day != line.day || other_status || other_amount {
            self.flags |= CONFLICT;
        }
        self.flags |= line.flags() & CLOSED;
        self.second = self.second.min(line.second);
        if status != NO_STATUS {
            self.status = status;
        }
        (self.file, self.line) = (self.file, self.line).min((line.file, line.line));
        if !amount_repeats {
            match self.amount.checked_add(line.amount.0) {
                Some(sum) => self.amount = sum,
                None => self.flags |= RANGE,
            }
        }
    }
}

/// A refund that a line names, with the number of its order; an amount of 0 where the line only has the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refund {
    pub order: u32,
    pub day: Day,
    pub amount: Amount,
    /// Of the whole order, and said again on its other lines.
    pub is_of_order: bool,
}

/// What a line has of its order where products or categories have rates, with the number of its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    pub order: u32,
    pub product: u32,
    pub category: u32,
    pub amount: Amount,
    pub worth: Amount,
    pub goods_cost: Amount,
    pub refund: Option<(Day, Amount)>,
}

/// What the settings say of lines.
#[derive(Clone, Copy, Debug)]
pub struct Joining {
    pub amount_repeats: bool,
    /// Products or categories have rates, so that items are kept.
    pub keep_items: bool,
}

/// Some of the orders.
#[derive(Debug, Default)]
pub struct Shard {
    ids: OrderIds,
    pub orders: Vec<Order>,
    pub refunds: Vec<Refund>,
    pub items: Vec<Item>,
    /// By order; empty while none has any.
    goods_cost: Vec<i128>,
    completed: Vec<i32>,
}

impl Shard {
    /// Adds a row; `line` is `None` where something is wrong with it.
    pub fn add(&mut self, id: &[u8], line: Option<&Line>, how: Joining) {
        let (number, new) = self.ids.add(id);
        let n = number as usize;
        if new {
            let (id, kind) = match canonical_number(id) {
                Some(id) => (id, 0),
                None => (self.ids.texts().len() as u64 - 1, TEXT),
            };
            self.orders.push(match line {
                Some(line) => Order::of(id, kind, line),
                None => Order::of(id, kind | EMPTY | SPOILT, &Line::NONE),
            });
        } else {
            match line {
                Some(line) => self.orders[n].join(line, how.amount_repeats),
                None => self.orders[n].flags |= SPOILT,
            }
        }
        if let Some(line) = line {
            self.add_rest(number, line, how);
        }
    }

    /// What few lines have.
    fn add_rest(&mut self, order: u32, line: &Line, how: Joining) {
        let n = order as usize;
        let refund = (line.refunded != NO_DAY).then_some((Day(line.refunded), line.refund));
        if let Some((day, amount)) = refund {
            self.refunds.push(Refund { order, day, amount, is_of_order: line.refund_is_of_order });
        }
        if line.goods_cost.0 != 0 {
            self.goods_cost.resize(self.goods_cost.len().max(n + 1), 0);
            self.goods_cost[n] += i128::from(line.goods_cost.0);
        }
        if line.completed != NO_DAY {
            self.completed.resize(self.completed.len().max(n + 1), NO_DAY);
            self.completed[n] = self.completed[n].max(line.completed);
        }
        if how.keep_items {
            let Line { product, category, amount, worth, goods_cost, .. } = *line;
            let refund = refund.filter(|(_, amount)| amount.0 > 0 && !line.refund_is_of_order);
            self.items.push(Item { order, product, category, amount, worth, goods_cost, refund });
        }
    }

    /// Puts what belongs to orders in the order of these.
    pub fn sort(&mut self) {
        let paid = |order: u32| self.orders[order as usize].paid_at().map(|stamp| stamp.day);
        self.refunds.retain_mut(|r| on_payment(&mut r.day, paid(r.order)));
        for item in &mut self.items {
            item.refund = item.refund.and_then(|(mut day, amount)| {
                on_payment(&mut day, paid(item.order)).then_some((day, amount))
            });
        }
        self.refunds.sort_unstable();
        self.items.sort_unstable();
    }

    /// The sum of what an order's goods cost.
    pub fn goods_cost(&self, order: usize) -> i128 {
        self.goods_cost.get(order).copied().unwrap_or(0)
    }

    /// The last day on which a line of an order was completed.
    pub fn completed(&self, order: usize) -> Option<Day> {
        self.completed.get(order).copied().filter(|day| *day != NO_DAY).map(Day)
    }

    /// What the lines of an order name as given back.
    pub fn refunds_of(&self, order: usize) -> &[Refund] {
        let from = self.refunds.partition_point(|r| (r.order as usize) < order);
        let len = self.refunds[from..].partition_point(|r| r.order as usize == order);
        &self.refunds[from..from + len]
    }

    /// The items of an order, those of one product and category together.
    pub fn items_of(&self, order: usize) -> &[Item] {
        let from = self.items.partition_point(|i| (i.order as usize) < order);
        let len = self.items[from..].partition_point(|i| i.order as usize == order);
        &self.items[from..from + len]
    }

    /// The id of an order, which is written to `text`.
    pub fn id<'t>(&'t self, order: &Order, text: &'t mut Vec<u8>) -> &'t [u8] {
        if order.has(TEXT) {
            return self.ids.texts().get(order.id as u32);
        }
        text.clear();
        text.extend_from_slice(order.id.to_string().as_bytes());
        text
    }

    /// The id of an order that is a whole number.
    pub fn number(order: &Order) -> Option<u64> {
        (!order.has(TEXT)).then_some(order.id)
    }
}

/// Makes a day that of the payment where it is to be; `false` where there was none.
fn on_payment(day: &mut Day, paid: Option<Day>) -> bool {
    if day.0 != DAY_OF_PAYMENT {
        return true;
    }
    paid.map(|paid| *day = paid).is_some()
}

impl Line {
    fn flags(&self) -> u16 {
        let closed = if self.is_closed { CLOSED } else { 0 };
        closed
            | match (self.is_item, self.refund.0 > 0) {
                (false, _) => 0,
                (true, false) => ITEMS,
                (true, true) => ITEMS | ITEMS_RETURNED,
            }
    }

    const NONE: Line = Line {
        user: GUEST,
        day: NO_DAY,
        second: 0,
        amount: Amount::ZERO,
        refund: Amount::ZERO,
        refunded: NO_DAY,
        refund_is_of_order: false,
        goods_cost: Amount::ZERO,
        completed: NO_DAY,
        status: None,
        is_closed: false,
        product: 0,
        category: 0,
        worth: Amount::ZERO,
        is_item: false,
        file: FileNo::MAX,
        line: u32::MAX,
        is_whole: false,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(day: i32, second: u32, cents: i64, at: u32) -> Line {
        Line { day, second, amount: Amount::from_cents(cents), file: 3, line: at, user: 7, ..Line::NONE }
    }

    #[test]
    fn an_order_takes_forty_bytes() {
        assert_eq!(size_of::<Order>(), 40);
    }

    #[test]
    fn lines_make_the_same_order_in_whatever_order_they_come() {
        let how = Joining { amount_repeats: false, keep_items: true };
        let mut lines = [
            Line { status: Some(Status::Paid), ..line(9, 61, 1_000, 8) },
            Line { goods_cost: Amount(5), ..line(9, 60, 250, 4) },
            Line { completed: 12, refunded: 11, refund: Amount(70), ..line(9, 0, -100, 9) },
        ];
        for turn in 0..6 {
            lines.rotate_left(1);
            if turn == 3 {
                lines.swap(0, 1);
            }
            let mut shard = Shard::default();
            lines.iter().for_each(|l| shard.add(b"A-1", Some(l), how));
            shard.add(b"77", None, how);
            shard.add(b"77", Some(&line(1, 0, 5, 2)), how);
            shard.sort();
            let order = shard.orders[0];
            assert!(order.is_sound() && order.is_in_range() && order.is_paid());
            assert_eq!((order.amount(), order.place()), (Amount::from_cents(1_150), Place::line(3, 4)));
            assert_eq!(order.paid_at(), Some(Stamp { day: Day(9), second: None }), "without a time is first");
            assert_eq!((shard.goods_cost(0), shard.completed(0)), (5, Some(Day(12))));
            assert_eq!(
                shard.refunds_of(0),
                [Refund { order: 0, day: Day(11), amount: Amount(70), is_of_order: false }]
            );
            assert_eq!((shard.items_of(0).len(), shard.items_of(1).len()), (3, 1));
            assert_eq!(shard.id(&order, &mut Vec::new()), b"A-1");
            let other = shard.orders[1];
            assert!(!other.is_sound() && !other.is_conflict() && other.amount() == Amount::from_cents(5));
            assert_eq!((Shard::number(&other), shard.id(&other, &mut Vec::new())), (Some(77), &b"77"[..]));
        }
    }

    #[test]
    fn lines_that_contradict_each_other() {
        let one = Line { status: Some(Status::Paid), ..line(9, 0, 100, 2) };
        for (repeats, other, conflict) in [
            (false, Line { user: 8, ..one }, true),
            (false, Line { day: 10, ..one }, true),
            (false, Line { status: Some(Status::Shipped), ..one }, true),
            (false, Line { status: None, second: 5, amount: Amount(1), ..one }, false),
            (true, Line { amount: Amount(1), ..one }, true),
            (true, one, false),
        ] {
            for pair in [[one, other], [other, one]] {
                let mut shard = Shard::default();
                let how = Joining { amount_repeats: repeats, keep_items: false };
                pair.iter().for_each(|l| shard.add(b"1", Some(l), how));
                assert_eq!(shard.orders[0].is_conflict(), conflict, "{pair:?}");
            }
        }
    }

    #[test]
    fn what_is_the_orders_may_stand_in_one_of_its_lines() {
        let how = Joining { amount_repeats: true, keep_items: true };
        let head = Line { status: Some(Status::Paid), ..line(9, 61, 1_000, 8) };
        let item = |user, at| Line { is_item: true, user, ..line(NO_DAY, 0, 0, at) };
        let sent_back = Line { refund: Amount(70), refunded: DAY_OF_PAYMENT, ..item(7, 9) };
        for (lines, sound, headless) in [
            ([head, item(GUEST, 4), sent_back], true, false),
            ([head, item(7, 4), item(8, 9)], false, false),
            ([item(GUEST, 3), item(7, 4), item(GUEST, 9)], false, true),
            ([head, head, item(7, 9)], true, false),
            ([head, Line { amount: Amount(1), ..head }, item(7, 9)], false, false),
            ([Line { user: GUEST, ..head }, item(7, 9), item(GUEST, 4)], false, false),
        ] {
            let mut lines = lines;
            for turn in 0..6 {
                lines.rotate_left(1);
                if turn == 3 {
                    lines.swap(0, 1);
                }
                let mut shard = Shard::default();
                lines.iter().for_each(|l| shard.add(b"A-1", Some(l), how));
                shard.sort();
                let order = shard.orders[0];
                assert_eq!((order.is_sound(), order.is_headless()), (sound, headless), "{lines:?}");
                let first = lines.iter().map(|l| l.line).min().unwrap();
                assert_eq!(order.place(), Place::line(3, first.into()));
                if sound {
                    assert_eq!((order.amount(), order.user), (Amount::from_cents(1_000), 7));
                    assert_eq!(order.paid_at(), Some(Stamp { day: Day(9), second: Some(60) }));
                    let refund = Refund { order: 0, day: Day(9), amount: Amount(70), is_of_order: false };
                    let is_sent_back = lines.iter().any(|l| l.refund.0 > 0);
                    assert_eq!(shard.refunds_of(0).first(), is_sent_back.then_some(&refund));
                }
            }
        }
    }
}
