//! What stands on the page of one distributor: the lines, adjustments and payments its figures are made of.
//!
//! A page holds what is its person's own and nothing of anybody else. Before any is shown, all are proven to add
//! up to the accounts.

use crate::commission::Payee;
use crate::date::Day;
use crate::fold::DistOrders;
use crate::money::Money;
use crate::payout::{Broken, Line, Payout, Payouts, lines_of, prove};
use crate::world::World;
use alloc::vec::Vec;

/// One distributor's page.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    pub distributor: u32,
    pub payout: Payout,
    /// Lines paid to this person, in the sequence (paid_at, order_id, level).
    pub lines: &'a [Line],
    /// Indexes into the world's adjustments and payments up to the day, failed payments too.
    pub adjustments: &'a [Owned],
    pub payments: &'a [Owned],
    /// Tax withheld from the payments that did not fail.
    pub withheld: Money,
    /// Orders that this person sold while not eligible: they are counted, and pay nothing.
    pub ineligible: u64,
}

/// A row of the world that is somebody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owned {
    pub owner: u32,
    pub index: usize,
}

/// The pages of all distributors, or of one.
#[derive(Debug)]
pub struct Pages<'a> {
    world: &'a World,
    payouts: &'a Payouts,
    /// By payee, and in their sequence.
    lines: Vec<Line>,
    adjustments: Vec<Owned>,
    payments: Vec<Owned>,
    /// The sellers of orders for which they were not eligible, one element for each order.
    ineligible: Vec<u32>,
}

impl<'a> Pages<'a> {
    /// Gathers what `payouts`, those of the same day, are made of; where `only` is given, its page alone.
    ///
    /// # Errors
    /// [`Broken`] where a proof fails: the program is wrong.
    pub fn new(
        world: &'a World,
        orders: &DistOrders,
        as_of: Day,
        payouts: &'a Payouts,
        only: Option<u32>,
    ) -> Result<Pages<'a>, Broken> {
        let wanted = |n: u32| only.is_none_or(|o| o == n);
        let mut ineligible = Vec::new();
        let mut lines = lines_of(world, orders, as_of, |line| {
            if let (0, Payee::House, Some(seller)) = (line.level, line.payee, line.holder)
                && wanted(seller)
            {
                ineligible.push(seller);
            }
            payee(line).is_some_and(wanted)
        });
        lines.sort_by_key(payee);
        ineligible.sort_unstable();
        let owned = |rows: &mut dyn Iterator<Item = (u32, Day)>| {
            let rows = rows.enumerate().filter(|(_, (owner, day))| *day <= as_of && wanted(*owner));
            let mut list: Vec<Owned> = rows.map(|(index, (owner, _))| Owned { owner, index }).collect();
            list.sort_unstable();
            list
        };
        let adjustments = owned(&mut world.adjustments.iter().map(|a| (a.distributor, a.day)));
        let payments = owned(&mut world.payments.iter().map(|p| (p.distributor, p.day)));
        let pages = Pages { world, payouts, lines, adjustments, payments, ineligible };
        payouts.rows.iter().filter(|(n, _)| wanted(*n)).try_for_each(|(n, _)| pages.of(*n).prove(world))?;
        Ok(pages)
    }

    /// The page of a distributor; of one that has no figure and is not listed, with nothing on it.
    pub fn of(&self, distributor: u32) -> Page<'_> {
        let owner = |o: &Owned| o.owner;
        let payments = run_of(&self.payments, distributor, owner);
        let paid = payments.iter().map(|o| &self.world.payments[o.index]).filter(|p| !p.failed);
        Page {
            distributor,
            payout: self.payouts.of(self.world, distributor),
            lines: run_of(&self.lines, Some(distributor), payee),
            adjustments: run_of(&self.adjustments, distributor, owner),
            payments,
            withheld: paid.map(|p| Money::from(p.tax)).sum(),
            ineligible: run_of(&self.ineligible, distributor, |n| *n).len() as u64,
        }
    }
}

impl Page<'_> {
    fn prove(&self, world: &World) -> Result<(), Broken> {
        let account = &self.payout.account;
        let accrued = self.lines.iter().map(|l| l.commission).sum();
        prove("a page's lines = accrued", accrued, account.accrued())?;
        let adjusted = self.adjustments.iter().map(|o| world.adjustments[o.index].amount.into()).sum();
        prove("a page's adjustments = those of the account", adjusted, account.adjustments)?;
        let paid = self.payments.iter().map(|o| &world.payments[o.index]).filter(|p| !p.failed);
        prove("a page's payments = paid", paid.map(|p| p.amount.into()).sum(), account.paid)
    }
}

fn payee(line: &Line) -> Option<u32> {
    match line.payee {
        Payee::Distributor(n) => Some(n),
        Payee::House => None,
    }
}

/// The elements of a sorted list that have this key.
fn run_of<T, K: Ord + Copy>(list: &[T], wanted: K, key: impl Fn(&T) -> K) -> &[T] {
    let from = list.partition_point(|t| key(t) < wanted);
    let to = list.partition_point(|t| key(t) <= wanted);
    &list[from..to]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Amount;
    use crate::payout::payouts;
    use crate::world::{Adjustment, Distributor, Payment};
    use alloc::vec;

    #[test]
    fn a_page_holds_what_is_its_persons_up_to_the_day() {
        let mut people = vec![Distributor::new("b"), Distributor::new("a"), Distributor::new("c")];
        people[2].listed = false;
        let mut world = World { distributors: people, ..World::default() };
        let adjust = |distributor, day, cents| Adjustment {
            distributor,
            day: Day(day),
            amount: Amount::from_cents(cents),
        };
        world.adjustments =
            vec![adjust(1, 10, 900), adjust(0, 10, 500), adjust(1, 9, -100), adjust(1, 12, 1)];
        let pay = |distributor, day, cents, tax, failed| Payment {
            distributor,
            day: Day(day),
            amount: Amount::from_cents(cents),
            tax: Amount::from_cents(tax),
            failed,
        };
        world.payments =
            vec![pay(1, 11, 300, 20, true), pay(1, 11, 200, 10, false), pay(1, 12, 50, 5, false)];
        let orders = DistOrders::default();
        let p = payouts(&world, &orders, Day(11)).unwrap();
        for only in [None, Some(1)] {
            let pages = Pages::new(&world, &orders, Day(11), &p, only).unwrap();
            let page = pages.of(1);
            // 9.00 − 1.00 were adjusted and 2.00 paid; the rows of day 12 come later, and 3.00 failed.
            assert_eq!(page.payout.account.balance(), Money::from_cents(600));
            assert_eq!(page.adjustments.iter().map(|o| o.index).collect::<Vec<_>>(), [0, 2]);
            assert_eq!(page.payments.iter().map(|o| o.index).collect::<Vec<_>>(), [0, 1]);
            assert_eq!(page.withheld, Money::from_cents(10));
            // Who is known by name only has a page with nothing on it.
            assert_eq!(pages.of(2).payout, Payout::default());
        }
    }
}
