//! The distribution system in columns: distributors, what they sold, and commission.

use super::distinct::distinct;
use super::{Book, Joined, Slots};
use crate::commission::accrue;
use crate::date::Day;
use crate::fold::{Basis, DirectCell, DistOrders, NONE, Shape};
use crate::money::Money;
use crate::period::Periods;
use crate::world::{Distributor, World};
use alloc::vec;
use alloc::vec::Vec;

/// Where the figures of each distributor stand: in the slot of its own user, and on the cohort basis in that user's
/// period.
#[derive(Debug)]
pub(super) struct Homes<'a> {
    periods: &'a Periods,
    slots: usize,
    list: Vec<Home>,
    /// Of who is no distributor.
    other: Home,
}

#[derive(Clone, Copy, Debug)]
struct Home {
    slot: usize,
    /// On the cohort basis.
    fixed: Option<Fixed>,
}

/// The period of the own user; `None` outside the range.
#[derive(Clone, Copy, Debug)]
struct Fixed {
    period: Option<usize>,
    /// Days from this one on are not known yet.
    end: Day,
}

impl<'a> Homes<'a> {
    pub fn new(
        world: &World,
        shape: Shape,
        periods: &'a Periods,
        slots: &Slots,
        joined: &Joined,
    ) -> Homes<'a> {
        let fixed = |person: Option<u32>| {
            let period = match person.and_then(|p| joined.day_of(p)) {
                Some(joined) => periods.index(joined),
                // Behind the periods stands the column of those without a cohort.
                None => Some(periods.list.len()),
            };
            let end = periods.range.map_or(Day(i32::MAX), |r| r.end);
            (shape.basis == Basis::Cohort).then_some(Fixed { period, end })
        };
        let home = |number: usize| Home {
            slot: slots.of_user(world, world.own_user(number as u32)),
            fixed: fixed(world.distributors.get(number).and_then(|d| d.own_person)),
        };
        let list = (0..world.distributors.len()).map(home).collect();
        let other = Home { slot: slots.unknown, fixed: fixed(None) };
        Homes { periods, slots: slots.len(), list, other }
    }

    fn of(&self, distributor: u32) -> &Home {
        self.list.get(distributor as usize).unwrap_or(&self.other)
    }

    /// The cell in which something of a day stands; `None` outside the range.
    #[inline]
    fn cell(&self, distributor: u32, day: Day) -> Option<usize> {
        let home = self.of(distributor);
        let period = match home.fixed {
            None => self.periods.index(day),
            Some(fixed) => fixed.period.filter(|_| day < fixed.end),
        };
        Some(period? * self.slots + home.slot)
    }
}

/// The day from which on each distributor counts as one: the day of joining, always where that is not known, and for
/// who is not listed the day of the first order; `None`: never.
pub(crate) fn counted_from(world: &World, orders: &DistOrders) -> Vec<Option<Day>> {
    let mut first_order = vec![None::<Day>; world.distributors.len()];
    for o in &orders.list {
        let first = &mut first_order[o.distributor as usize];
        *first = Some(first.map_or(o.paid, |d| d.min(o.paid)));
    }
    let listed = |d: &Distributor| d.listed.then(|| d.joined.unwrap_or(Day(i32::MIN)));
    world.distributors.iter().zip(first_order).map(|(d, first)| listed(d).or(first)).collect()
}

impl Book<'_> {
    /// The number of distributors at the end of each column, and of those who sold something in it.
    pub(super) fn distributors(&mut self, homes: &Homes) {
        let world = self.world;
        let counted = counted_from(world, &self.fold.distribution);
        let (periods, slots) = (self.periods.list.len(), self.slots.len());
        // Differences by period: +1 where a distributor is first counted, −1 where no longer.
        let mut change = vec![0i64; (periods + 1) * slots];
        for (number, d) in world.distributors.iter().enumerate() {
            let Some(joined) = counted[number] else { continue };
            let there = |end: Day| joined < end && d.left.is_none_or(|left| left >= end);
            self.total.distributors += u64::from(!self.cohort() && periods > 0 && there(self.end()));
            if self.cohort() {
                let cell = homes.cell(number as u32, Day(i32::MIN)).filter(|_| there(self.end()));
                if let Some(cell) = cell {
                    self.cells[cell].distributors += 1;
                    self.total.distributors += 1;
                }
                continue;
            }
            let slot = homes.of(number as u32).slot;
            let from = self.periods.first_ending_after(joined);
            let until = d.left.map_or(periods, |left| self.periods.first_ending_after(left));
            if from < until {
                change[from * slots + slot] += 1;
                change[until * slots + slot] -= 1;
            }
        }
        if !self.cohort() {
            for i in 0..periods * slots {
                if i >= slots {
                    change[i] += change[i - slots];
                }
                self.cells[i].distributors = change[i].unsigned_abs();
            }
        }
        let orders = &self.fold.distribution.list;
        let met = orders.iter().map(|o| Some((o.distributor, homes.cell(o.distributor, o.paid)?)));
        let (active, total) = distinct(self.cells.len(), met);
        self.cells.iter_mut().zip(active).for_each(|(cell, n)| cell.active += n);
        self.total.active += total;
    }

    /// Orders and buyers of the distribution system.
    pub(super) fn distribution(&mut self, homes: &Homes) {
        let orders = &self.fold.distribution;
        let mut sums = vec![DirectCell::default(); self.cells.len()];
        let mut guests = vec![0u64; self.cells.len()];
        for (i, o) in orders.list.iter().enumerate() {
            if let Some(at) = homes.cell(o.distributor, o.paid) {
                sums[at].orders += 1;
                sums[at].gross += o.amount;
                sums[at].goods_cost += orders.goods_cost(i);
                guests[at] += u64::from(o.buyer == NONE);
            }
        }
        let on_order = self.world.rules.refunds_on_order;
        for (i, day, amount) in orders.all_refunds() {
            let o = &orders.list[i];
            if let Some(at) = homes.cell(o.distributor, if on_order { o.paid } else { day }) {
                sums[at].refunds += amount;
            }
        }
        for &(distributor, day, amount) in orders.refund_rows() {
            if let Some(at) = homes.cell(distributor, day) {
                sums[at].refunds += amount;
            }
        }
        let met = orders.list.iter().map(|o| match o.buyer {
            NONE => None,
            buyer => Some((buyer, homes.cell(o.distributor, o.paid)?)),
        });
        let (buyers, mut total) = distinct(self.cells.len(), met);
        for (i, cell) in self.cells.iter_mut().enumerate() {
            cell.distribution.merge(&sums[i]);
            self.total.distribution.merge(&sums[i]);
            // Each guest is a buyer of its own.
            cell.distribution_buyers += buyers[i] + guests[i];
            total += guests[i];
        }
        self.total.distribution_buyers += total;
    }

    /// Commission accrued, adjustments included. Without a plan only those count.
    pub(super) fn commission(&mut self, homes: &Homes) -> u64 {
        let world = self.world;
        let mut sums = vec![Money::ZERO; self.cells.len()];
        for a in &world.adjustments {
            if let Some(at) = homes.cell(a.distributor, a.day) {
                sums[at] += a.amount;
            }
        }
        let ineligible = world.rules.plan.as_ref().map_or(0, |plan| {
            accrue(world, plan, &self.fold.distribution, |distributor, day, cents| {
                if let Some(at) = homes.cell(distributor, day) {
                    sums[at] += Money::from_cents(i128::from(cents));
                }
            })
        });
        self.cells.iter_mut().zip(&sums).for_each(|(cell, sum)| cell.commission += *sum);
        self.total.commission += sums.into_iter().sum::<Money>();
        ineligible
    }
}
