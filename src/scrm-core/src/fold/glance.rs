//! Most orders are plain: a user paid for them, and no distributor sold them. Where nothing else is to be asked about
//! them, they are added by a way of their own, on which what is the same for all is asked once.

use super::{Basis, Context, Fold, PAGE, Tally};
use crate::classify::Bucket;
use crate::date::Day;
use crate::money::Amount;
use crate::period::{Ends, Grain};
use crate::users::{User, Users};

const KNOWN_DAYS: usize = 64;

/// Where the orders of a few days stand.
#[derive(Debug)]
pub(super) struct Places([Place; KNOWN_DAYS]);

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

/// Adds plain orders to a fold. Their count and their sum are in it when this is [done](Glance::done).
#[derive(Debug)]
#[must_use]
pub struct Glance<'f, 'a> {
    fold: &'f mut Fold,
    users: &'a Users,
    ends: Ends,
    grain: Grain,
    by_channel: bool,
    refunds_on_order: bool,
    sum: Tally,
}

impl Fold {
    /// The way of plain orders; `None` where more is to be asked about each order.
    pub fn at_a_glance<'f, 'a>(&'f mut self, cx: &Context<'a>) -> Option<Glance<'f, 'a>> {
        if cx.shape.basis != Basis::Period || !cx.world.bindings.is_empty() {
            return None;
        }
        Some(Glance {
            fold: self,
            users: &cx.world.users,
            ends: cx.shape.ends,
            grain: cx.shape.grain,
            by_channel: cx.shape.by_channel,
            refunds_on_order: cx.world.rules.refunds_on_order,
            sum: Tally::default(),
        })
    }
}

impl Glance<'_, '_> {
    /// Adds an order that a user paid for on a day and that no distributor sold, as [`Fold::add`] does; `false` where more
    /// is to be asked, and nothing is added then.
    #[inline(always)]
    pub fn add(
        &mut self,
        user: u32,
        paid: Day,
        amount: Amount,
        goods_cost: Amount,
        refunds: &[(Day, Amount)],
    ) -> bool {
        let Some(User { acquired, channel }) = self.users.get(user as usize) else { return false };
        let channel = if self.by_channel { channel } else { 0 };
        if paid < acquired || channel as usize >= PAGE || !self.ends.contain(paid) {
            return false;
        }
        let Place { number, page, .. } = self.place(paid);
        if !self.fold.buyers.mark(user, number) {
            self.fold.more_buyers.insert((user, number));
        }
        self.sum.add(amount);
        let cell = &mut self.fold.cells.pages[page as usize][channel as usize % PAGE];
        cell.orders += 1;
        cell.gross += amount;
        if goods_cost != Amount::ZERO {
            cell.goods_cost += goods_cost;
        }
        for &(day, amount) in refunds {
            let day = if self.refunds_on_order { paid } else { day };
            if self.ends.contain(day) {
                let number = self.fold.numbers.of(self.grain, day);
                self.fold.cells.at(number, channel).refunds += amount;
            }
        }
        true
    }

    /// Adds the orders to the tallies.
    pub fn done(self) {
        self.fold.all.merge(self.sum);
        self.fold.buckets[Bucket::Direct as usize].merge(self.sum);
    }

    #[inline(always)]
    fn place(&mut self, day: Day) -> Place {
        let known = self.fold.places.0[day.0 as usize % KNOWN_DAYS];
        if known.day == day { known } else { self.new_place(day) }
    }

    #[inline(never)]
    fn new_place(&mut self, day: Day) -> Place {
        let number = self.fold.numbers.of(self.grain, day);
        // A page for each column: far fewer than the numbers are for.
        let place = Place { day, number, page: self.fold.cells.page(number, 0) as u32 };
        self.fold.places.0[day.0 as usize % KNOWN_DAYS] = place;
        place
    }
}
