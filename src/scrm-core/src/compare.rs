//! The same history under another plan: who would have been owed what. Behaviour is held fixed: nobody sells more
//! or less because of it.

use crate::date::Day;
use crate::fold::DistOrders;
use crate::money::Money;
use crate::payout::Payouts;
use crate::world::World;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// A figure under the old plan and under the new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    pub old: Money,
    pub new: Money,
}

impl Effect {
    pub fn difference(&self) -> Money {
        self.new - self.old
    }
}

/// The history as one of the plans has it.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    pub world: &'a World,
    pub orders: &'a DistOrders,
    pub payouts: &'a Payouts,
}

/// How many people gain or lose, and how much together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    pub people: u64,
    pub difference: Money,
}

/// What changes from the old plan to the new one, at the end of a day.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// Commission accrued to each distributor, by its id, in byte order.
    pub rows: Vec<(&'a str, Effect)>,
    pub total: Effect,
    pub house: Effect,
    pub winners: Moved,
    pub losers: Moved,
    pub unchanged: u64,
    /// Revenue of the distribution system. It differs only where the plans see other orders as sold by somebody.
    pub revenue: Effect,
    /// Commission accrued, adjustments included.
    pub commission: Effect,
}

impl Comparison<'_> {
    /// Distribution profit: revenue − commission.
    pub fn profit(&self) -> Effect {
        let of = |pick: fn(&Effect) -> Money| pick(&self.revenue) - pick(&self.commission);
        Effect { old: of(|e| e.old), new: of(|e| e.new) }
    }
}

/// Compares two sides at the end of `as_of`. Distributors are matched by their ids.
pub fn compare<'a>(old: Side<'a>, new: Side<'a>, as_of: Day) -> Comparison<'a> {
    let each = |pick: fn(&Payouts) -> Money| Effect { old: pick(old.payouts), new: pick(new.payouts) };
    let rows = joined(accrued(old), accrued(new));
    let (mut winners, mut losers, mut unchanged) = (Moved::default(), Moved::default(), 0);
    for (_, effect) in &rows {
        let to = match effect.difference().cmp(&Money::ZERO) {
            Ordering::Greater => &mut winners,
            Ordering::Less => &mut losers,
            Ordering::Equal => {
                unchanged += 1;
                continue;
            }
        };
        to.people += 1;
        to.difference += effect.difference();
    }
    Comparison {
        rows,
        total: each(|p| p.total.account.accrued()),
        house: each(|p| p.house),
        winners,
        losers,
        unchanged,
        revenue: Effect { old: revenue(old, as_of), new: revenue(new, as_of) },
        commission: each(|p| p.total.account.accrued() + p.total.account.adjustments),
    }
}

/// Each distributor's id and what accrued to it, in byte order of the ids.
fn accrued(side: Side<'_>) -> impl Iterator<Item = (&str, Money)> {
    let id = |n: u32| &*side.world.distributors[n as usize].id;
    side.payouts.rows.iter().map(move |(n, p)| (id(*n), p.account.accrued()))
}

/// Both lists as one; who stands in one of them alone has nothing in the other.
fn joined<'a>(
    old: impl Iterator<Item = (&'a str, Money)>,
    new: impl Iterator<Item = (&'a str, Money)>,
) -> Vec<(&'a str, Effect)> {
    let (mut old, mut new, mut rows) = (old.peekable(), new.peekable(), Vec::new());
    while let Some(id) = [old.peek(), new.peek()].into_iter().flatten().map(|(id, _)| *id).min() {
        let effect = Effect {
            old: old.next_if(|(other, _)| *other == id).map_or(Money::ZERO, |(_, m)| m),
            new: new.next_if(|(other, _)| *other == id).map_or(Money::ZERO, |(_, m)| m),
        };
        rows.push((id, effect));
    }
    rows
}

/// Revenue of the distribution system up to a day, as the statement has it.
fn revenue(side: Side<'_>, as_of: Day) -> Money {
    let mut sum = Money::ZERO;
    for (i, o) in side.orders.list.iter().enumerate() {
        if o.paid <= as_of {
            sum += o.amount;
        }
        for (day, amount) in side.orders.refunds(i) {
            let day = if side.world.rules.refunds_on_order { o.paid } else { day };
            if day <= as_of {
                sum -= amount.into();
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn people_are_matched_by_their_ids() {
        let yuan = |n: i128| Money::from_cents(n * 100);
        let old = vec![("a", yuan(5)), ("b", yuan(7)), ("d", yuan(1))];
        let new = vec![("a", yuan(6)), ("c", yuan(2)), ("d", yuan(1))];
        let rows = joined(old.into_iter(), new.into_iter());
        let differences: Vec<_> = rows.iter().map(|(id, e)| (*id, e.difference())).collect();
        assert_eq!(differences, [("a", yuan(1)), ("b", yuan(-7)), ("c", yuan(2)), ("d", Money::ZERO)]);
    }
}
