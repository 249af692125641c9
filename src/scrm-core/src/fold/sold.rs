//! The orders of distributors, which commission needs one by one.

use super::{NONE, Order, Shape};
use crate::date::{Day, Stamp};
use crate::money::Amount;
use alloc::vec::Vec;

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

/// The items of an order that have one product and category, where the order has items of several with rates of their
/// own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderPart {
    /// As of [`Order`].
    pub product: u32,
    pub category: u32,
    /// What these items cost the buyer; below zero where more was given back in rows of the order.
    pub amount: Amount,
    pub goods_cost: Amount,
}

const NEVER: Day = Day(i32::MAX);

/// So many orders are believed to come whatever came until then.
const BELIEVED: usize = 4 << 20;

/// The orders of the distribution system, with what belongs to them. There may be millions: what few have stands in
/// lists of its own.
#[derive(Debug, Default)]
pub struct DistOrders {
    pub list: Vec<DistOrder>,
    /// Refunds with the numbers of their orders, in the order of these.
    refunds: Vec<(u32, Day, Amount)>,
    /// For 64 orders each.
    refunded: Vec<Refunded>,
    /// [`NEVER`] for an order that is not complete; empty while none is.
    completed: Vec<Day>,
    ids: Vec<u8>,
    id_ends: Vec<usize>,
    goods_cost: Vec<Amount>,
    /// Products and categories.
    kinds: Vec<(u32, u32)>,
    /// Refunds that name no order: whose, when, how much.
    refund_rows: Vec<(u32, Day, Amount)>,
    /// The parts of those few orders that have several, with the numbers of their orders, in the order of these; and the
    /// refunds of single parts, with the numbers of the parts.
    parts: Vec<(u32, OrderPart)>,
    part_refunds: Vec<(u32, Day, Amount)>,
}

/// Which of 64 orders have refunds, a bit for each, and where the first of these stands.
#[derive(Clone, Copy, Debug)]
struct Refunded {
    bits: u64,
    first: u32,
}

impl DistOrders {
    /// Was anything of order `i` given back?
    #[inline]
    pub fn is_refunded(&self, i: usize) -> bool {
        self.refunded.get(i / 64).is_some_and(|orders| orders.bits >> (i % 64) & 1 == 1)
    }

    /// The refunds of order `i`, each with the day on which it is recognised.
    pub fn refunds(&self, i: usize) -> impl Iterator<Item = (Day, Amount)> + '_ {
        let order = i as u32;
        let first = match self.refunded.get(i / 64) {
            Some(orders) if self.is_refunded(i) => orders.first as usize,
            _ => self.refunds.len(),
        };
        let from = self.refunds[first..].iter().skip_while(move |refund| refund.0 < order);
        let own = from.take_while(move |refund| refund.0 == order);
        own.map(|&(_, day, amount)| (day, amount))
    }

    /// The refunds of all orders, each with the number of its order and the day on which it is recognised.
    pub fn all_refunds(&self) -> impl Iterator<Item = (usize, Day, Amount)> + '_ {
        self.refunds.iter().map(|&(order, day, amount)| (order as usize, day, amount))
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

    /// Refunds that stand in rows of their own and name no order: the distributor to whom such a row belongs, its day
    /// and its amount. They lower the revenue and no commission.
    pub fn refund_rows(&self) -> &[(u32, Day, Amount)] {
        &self.refund_rows
    }

    /// The parts of order `i`, each with its number; none where all of it is paid by one rate.
    pub fn parts(&self, i: usize) -> impl ExactSizeIterator<Item = (usize, &OrderPart)> + '_ {
        let order = i as u32;
        // Most data has none.
        let from = match self.parts.is_empty() {
            true => 0,
            false => self.parts.partition_point(|part| part.0 < order),
        };
        let count = self.parts[from..].iter().take_while(|part| part.0 == order).count();
        (from..from + count).zip(self.parts[from..from + count].iter().map(|(_, part)| part))
    }

    /// What was given back of a part, by its number, each with its day.
    pub fn part_refunds(&self, part: usize) -> impl Iterator<Item = (Day, Amount)> + '_ {
        let number = part as u32;
        let from = self.part_refunds.partition_point(|refund| refund.0 < number);
        let own = self.part_refunds[from..].iter().take_while(move |refund| refund.0 == number);
        own.map(|&(_, day, amount)| (day, amount))
    }

    /// Lets the order that was added last consist of parts. `refunds` are those of its refunds that are of one part, by
    /// the part's place in `parts`, in the order of these places.
    pub fn split_last(&mut self, parts: &[OrderPart], refunds: &[(usize, Day, Amount)]) {
        let Some(order) = self.list.len().checked_sub(1) else { return };
        let first = self.parts.len();
        self.parts.extend(parts.iter().map(|part| (order as u32, *part)));
        self.part_refunds.extend(refunds.iter().map(|&(at, day, amount)| ((first + at) as u32, day, amount)));
    }

    pub(super) fn push_refund_row(&mut self, distributor: u32, day: Day, amount: Amount) {
        self.refund_rows.push((distributor, day, amount));
    }

    pub(super) fn push(&mut self, shape: Shape, order: &Order, distributor: u32, buyer: u32, paid: Stamp) {
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
        self.list.push(DistOrder { distributor, buyer, paid: day, second, amount: order.amount });
    }

    fn add_refund(&mut self, order: u32, day: Day, amount: Amount) {
        let (at, first) = (order as usize / 64, self.refunds.len() as u32);
        if self.refunded.len() <= at {
            self.refunded.resize(at + 1, Refunded { bits: 0, first });
        }
        self.refunded[at].bits |= 1 << (order % 64);
        self.refunds.push((order, day, amount));
    }

    /// Takes all orders of another, which keeps its room for more.
    pub fn take(&mut self, o: &mut DistOrders) {
        let (base, text) = (self.list.len(), self.ids.len());
        self.list.append(&mut o.list);
        o.refunded.clear();
        for (i, day, amount) in o.refunds.drain(..) {
            self.add_refund(base as u32 + i, day, amount);
        }
        if !o.completed.is_empty() {
            self.completed.resize(base, NEVER);
            self.completed.append(&mut o.completed);
        }
        self.ids.append(&mut o.ids);
        self.id_ends.extend(o.id_ends.drain(..).map(|e| text + e));
        if !o.goods_cost.is_empty() {
            self.goods_cost.resize(base, Amount::ZERO);
            self.goods_cost.append(&mut o.goods_cost);
        }
        if !o.kinds.is_empty() {
            self.kinds.resize(base, (NONE, NONE));
            self.kinds.append(&mut o.kinds);
        }
        self.refund_rows.append(&mut o.refund_rows);
        let parts = self.parts.len() as u32;
        self.parts.extend(o.parts.drain(..).map(|(order, part)| (base as u32 + order, part)));
        let refunds = o.part_refunds.drain(..);
        self.part_refunds.extend(refunds.map(|(part, day, amount)| (parts + part, day, amount)));
    }

    /// Makes room for so many orders in all, as far as that can be believed.
    pub fn expect(&mut self, orders: usize) {
        let orders = orders.min(self.list.len() * 8 + BELIEVED);
        self.list.reserve_exact(orders.saturating_sub(self.list.len()));
    }
}
