//! From a fold to what each cohort brought in each month.

use super::{Brought, Month, add_up};
use crate::commission::accrue;
use crate::date::Day;
use crate::fold::{Fold, Shape};
use crate::money::Money;
use crate::period::{Grain, Periods};
use crate::pnl::{Joined, Slots};
use crate::world::World;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// What was brought in one month, and how many bought for the first time.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    brought: Brought,
    new_buyers: u64,
}

/// The cohorts' months as far as anything was brought in them, by the cohort's place (its period and slot) and the
/// number of the month.
pub(super) struct Filled<'a> {
    world: &'a World,
    fold: &'a Fold,
    periods: &'a Periods,
    slots: &'a Slots,
    joined: &'a Joined,
    end: Day,
    cells: BTreeMap<(usize, i32), Cell>,
    pub ineligible: u64,
}

impl<'a> Filled<'a> {
    pub fn new(
        world: &'a World,
        fold: &'a Fold,
        shape: Shape,
        periods: &'a Periods,
        slots: &'a Slots,
        joined: &'a Joined,
    ) -> Filled<'a> {
        let end = periods.range.map_or(Day(i32::MAX), |r| r.end);
        let cells = BTreeMap::new();
        let mut filled = Filled { world, fold, periods, slots, joined, end, cells, ineligible: 0 };
        filled.buyers();
        filled.bought(shape.by_channel);
        filled.sold();
        filled.commission();
        filled
    }

    fn at(&mut self, place: usize, number: i32) -> &mut Cell {
        self.cells.entry((place, number)).or_default()
    }

    /// The place of the cohort that somebody joined; `None` outside the range.
    fn place(&self, joined: Day, slot: usize) -> Option<usize> {
        Some(self.periods.index(joined)? * self.slots.len() + slot)
    }

    fn slot_of_user(&self, user: Option<usize>) -> usize {
        let user = user.and_then(|u| self.world.users.get(u));
        user.map_or(self.slots.unknown, |user| self.slots.of(user.channel))
    }

    /// Who bought in which months, and in which for the first and the second time.
    fn buyers(&mut self) {
        let (fold, joined) = (self.fold, self.joined);
        let mut more = fold.more_buyers.iter().copied().peekable();
        let mut numbers: Vec<i32> = Vec::new();
        for (user, day) in joined.users.iter().enumerate() {
            let person = user as u32;
            numbers.clear();
            numbers.extend(fold.buyers().columns_of(person));
            while let Some((_, number)) = more.next_if(|(p, _)| *p == person) {
                numbers.push(number);
            }
            if !numbers.is_empty() {
                numbers.sort_unstable();
                numbers.dedup();
                self.buyer(person, &numbers, *day, self.slot_of_user(Some(user)));
            }
        }
        for &(person, day) in &joined.others {
            numbers.clear();
            while let Some((p, number)) = more.next_if(|(p, _)| *p <= person) {
                numbers.extend((p == person).then_some(number));
            }
            self.buyer(person, &numbers, day, self.slots.unknown);
        }
        for (&day, &n) in &fold.guests {
            if let Some(place) = self.place(day, self.slots.unknown) {
                let cell = self.at(place, Grain::Month.number(day));
                cell.brought.buyers += n;
                cell.new_buyers += n;
            }
        }
    }

    /// One buyer, with the numbers of the months in their order.
    fn buyer(&mut self, person: u32, numbers: &[i32], joined: Day, slot: usize) {
        let (Some(place), Some(&first)) = (self.place(joined, slot), numbers.first()) else { return };
        for &number in numbers {
            self.at(place, number).brought.buyers += 1;
        }
        self.at(place, first).new_buyers += 1;
        // The second order is of the first month, or of the next in which there was one.
        let second =
            if self.fold.lives.bought_again(person, first) { Some(first) } else { numbers.get(1).copied() };
        if let Some(number) = second {
            self.at(place, number).brought.repeat_buyers += 1;
        }
    }

    /// The sums of direct orders.
    fn bought(&mut self, by_channel: bool) {
        let (fold, joined) = (self.fold, self.joined);
        for (cohort, channel, number, cell) in fold.lives.joined() {
            let slot = if by_channel { self.slots.of(channel) } else { 0 };
            if let Some(period) = self.periods.index_of_number(cohort) {
                self.at(period * self.slots.len() + slot, number).brought.direct.merge(cell);
            }
        }
        for (person, number, cell) in fold.lives.of_persons() {
            let slot = self.slot_of_user(Some(person as usize));
            // Nobody is summed by person without a day of joining.
            if let Some(place) = joined.day_of(person).and_then(|day| self.place(day, slot)) {
                self.at(place, number).brought.direct.merge(cell);
            }
        }
    }

    /// The place of the cohort of a distributor's own user, behind all periods where that is not known; `None` outside
    /// the range.
    fn place_of_seller(&self, distributor: u32) -> Option<usize> {
        let slot = self.slot_of_user(self.world.own_user(distributor));
        let person = self.world.distributors.get(distributor as usize).and_then(|d| d.own_person);
        match person.and_then(|p| self.joined.day_of(p)) {
            Some(joined) => self.place(joined, slot),
            None => Some(self.periods.list.len() * self.slots.len() + slot),
        }
    }

    /// What distributors sold.
    fn sold(&mut self) {
        let orders = &self.fold.distribution;
        for (i, o) in orders.list.iter().enumerate() {
            let Some(place) = self.place_of_seller(o.distributor) else { continue };
            if o.paid < self.end {
                let goods = orders.goods_cost(i);
                let sold = &mut self.at(place, Grain::Month.number(o.paid)).brought.sold;
                sold.orders += 1;
                sold.gross += o.amount;
                sold.goods_cost += goods;
            }
            for (day, amount) in orders.refunds(i) {
                let day = if self.world.rules.refunds_on_order { o.paid } else { day };
                if day < self.end {
                    self.at(place, Grain::Month.number(day)).brought.sold.refunds += amount;
                }
            }
        }
        let end = self.end;
        for &(distributor, day, amount) in orders.refund_rows().iter().filter(|row| row.1 < end) {
            if let Some(place) = self.place_of_seller(distributor) {
                self.at(place, Grain::Month.number(day)).brought.sold.refunds += amount;
            }
        }
    }

    fn commission(&mut self) {
        let world = self.world;
        for a in &world.adjustments {
            self.accrued(a.distributor, a.day, a.amount.into());
        }
        let Some(plan) = &world.rules.plan else { return };
        self.ineligible = accrue(world, plan, &self.fold.distribution, |distributor, day, cents| {
            self.accrued(distributor, day, Money::from_cents(i128::from(cents)));
        });
    }

    fn accrued(&mut self, distributor: u32, day: Day, amount: Money) {
        if let Some(place) = self.place_of_seller(distributor).filter(|_| day < self.end) {
            self.at(place, Grain::Month.number(day)).brought.commission += amount;
        }
    }

    /// The months of the cohort at a place: those before joining in which anything was brought, and all since.
    pub fn months(&self, place: usize, over_by: Option<Day>) -> Vec<Month> {
        let joined = self.periods.list.get(place / self.slots.len()).map(|p| p.number);
        let last = self.periods.list.last().map_or(i32::MIN, |p| p.number);
        let before = joined.unwrap_or(i32::MAX);
        let rows = self.cells.range((place, i32::MIN)..(place, before)).map(|((_, number), _)| *number);
        let since = joined.map(|joined| joined..=last).into_iter().flatten();
        let month = |number: i32| {
            let of = joined.filter(|joined| number >= *joined);
            let label = Grain::Month.label(number);
            let mut month = Month::new(of.map(|joined| number.abs_diff(joined)), Some(&label));
            let cell = self.cells.get(&(place, number)).copied().unwrap_or_default();
            (month.brought, month.new_buyers) = (cell.brought, cell.new_buyers);
            month.is_over = over_by.is_some_and(|by| Grain::Month.range(number).end <= by);
            month
        };
        let mut months: Vec<Month> = rows.chain(since).map(month).collect();
        add_up(&mut months);
        months
    }
}
