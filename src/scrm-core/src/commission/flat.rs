//! Plans by which every order has the same rates: no tiers, and no rate but the levels. Most plans are such, and of an order
//! nothing need be found then but who is eligible.

use super::{LEVELS, base};
use crate::date::Day;
use crate::fold::DistOrders;
use crate::money::Rate;
use crate::plan::{Base, Plan};
use crate::world::{Distributor, World};
use alloc::vec::Vec;

/// Such a plan, and who may be paid by it.
pub(super) struct Flat<'p> {
    plan: &'p Plan,
    rates: [Rate; LEVELS],
    /// By the numbers of the sellers: who has their orders' levels.
    levels: Vec<[Days; LEVELS]>,
}

/// The days on which who has a level is eligible: from the first up to, not including, the second.
#[derive(Clone, Copy)]
struct Days {
    from: Day,
    until: Day,
    /// Somebody has the level.
    held: bool,
}

impl Days {
    const NOBODY: Days = Days { from: Day(i32::MAX), until: Day(i32::MIN), held: false };

    /// As [`Distributor::eligible_on`] has it.
    fn of(who: Option<&Distributor>) -> Days {
        let Some(who) = who else { return Days::NOBODY };
        let (from, until) = (who.joined.unwrap_or(Day(i32::MIN)), who.left.unwrap_or(Day(i32::MAX)));
        Days { from, until, held: true }
    }

    fn contain(self, day: Day) -> bool {
        self.from <= day && day < self.until
    }
}

impl<'p> Flat<'p> {
    /// `None` where the plan is not such.
    pub fn of(world: &World, plan: &'p Plan) -> Option<Flat<'p>> {
        if !plan.tiers.is_empty() || !plan.rates.is_empty() {
            return None;
        }
        let rates = core::array::from_fn(|level| plan.levels.get(level).copied().unwrap_or_default());
        let above = |d: &Distributor| d.upline.and_then(|n| world.distributors.get(n as usize));
        let levels = world.distributors.iter().map(|d| [Days::of(Some(d)), Days::of(above(d))]).collect();
        Some(Flat { plan, rates, levels })
    }

    /// What [`accrue`](super::accrue) says.
    pub fn accrue(&self, orders: &DistOrders, sink: &mut impl FnMut(u32, Day, i64)) -> u64 {
        let mut ineligible = 0;
        for (i, o) in orders.list.iter().enumerate() {
            let levels = self.levels.get(o.distributor as usize).copied().unwrap_or([Days::NOBODY; LEVELS]);
            let eligible = levels.map(|days| days.contain(o.paid));
            ineligible += u64::from((0..LEVELS).any(|level| levels[level].held && !eligible[level]));
            let cents_at = |day: Day| {
                let base = base(orders, i, self.plan.base, day).map_or(0, |base| i128::from(base.0));
                let cents =
                    |level: usize| self.plan.rounding.cents(base * i128::from(self.rates[level].units()));
                (0..LEVELS).filter(|level| eligible[*level]).map(cents).sum::<i64>()
            };
            let mut before = 0;
            let mut tell = |day: Day| {
                let now = cents_at(day);
                if now != before {
                    sink(o.distributor, day, now - before);
                    before = now;
                }
            };
            tell(o.paid);
            if self.plan.base != Base::Paid && orders.is_refunded(i) {
                // A day that comes again, or before the order, finds nothing changed.
                let mut days: Vec<Day> =
                    orders.refunds(i).map(|(day, _)| day).filter(|day| *day > o.paid).collect();
                days.sort_unstable();
                days.into_iter().for_each(tell);
            }
        }
        ineligible
    }
}

#[cfg(test)]
mod tests {
    use super::super::accrue;
    use super::*;
    use crate::classify::Buyer;
    use crate::date::Stamp;
    use crate::fold::{Basis, Context, Fold, NONE, Order, Shape};
    use crate::money::{Amount, Rounding};
    use crate::period::{Ends, Grain};
    use crate::plan::{RateBook, RateEntry, Selector};
    use alloc::vec;
    use proptest::prelude::*;

    /// An order: its distributor, its day, cents, cents of goods cost, and refunds.
    type Sold = (u32, i32, i64, i64, Vec<(i32, i64)>);

    /// "a" joined on day 5 and left on day 15, with "b" above; "b" joined on day 8; "c" has no dates, with "a" above.
    fn shop() -> World {
        let [mut a, mut b, mut c] = ["a", "b", "c"].map(Distributor::new);
        (a.joined, a.left, a.upline) = (Some(Day(5)), Some(Day(15)), Some(1));
        (b.joined, c.upline) = (Some(Day(8)), Some(0));
        World { distributors: vec![a, b, c], ..World::default() }
    }

    fn fold(world: &World, orders: &[Sold]) -> Fold {
        let ends = Ends::default();
        let shape =
            Shape { grain: Grain::All, ends, basis: Basis::Period, by_channel: false, keep_ids: false };
        let (cx, mut fold) = (Context { world, shape }, Fold::default());
        let cents = |n: &i64| Amount::from_cents(*n);
        for (distributor, day, amount, goods, refunds) in orders {
            let refunds: Vec<_> = refunds.iter().map(|(day, amount)| (Day(*day), cents(amount))).collect();
            let (paid, amount, goods_cost) = (Some(Stamp::date(Day(*day))), cents(amount), cents(goods));
            let (id, completed, buyer, refunds) = (&b""[..], None, Buyer::Guest, &refunds[..]);
            let (product, category) = (NONE, NONE);
            let order = Order { id, buyer, paid, amount, refunds, goods_cost, completed, product, category };
            fold.add(&cx, &order, world.classify(buyer, paid, Some(*distributor)), || 0);
        }
        fold
    }

    /// All that is told, and how many orders had somebody who was not eligible.
    fn told(world: &World, plan: &Plan, fold: &Fold) -> (Vec<(u32, Day, i64)>, u64) {
        let mut told = Vec::new();
        let ineligible =
            accrue(world, plan, &fold.distribution, |who, day, cents| told.push((who, day, cents)));
        (told, ineligible)
    }

    fn plan(base: Base, rounding: Rounding) -> Plan {
        let levels = ["12.5%", "3%"].map(|rate| Rate::parse(rate).unwrap()).into();
        Plan { levels, base, rounding, ..Plan::default() }
    }

    #[test]
    fn who_is_eligible_gets_each_level_rounded_by_itself() {
        let world = shop();
        // Day 4: "a" has not joined, nor has "b". Day 6: "a" gets 12.5 % of 1.00 = 0.125, so 0.13; "b" has not joined.
        // Day 9: both, 0.13 + 0.03. Day 15: "a" has left, "b" gets 0.03.
        // "c" on day 9: 12.5 % of 10.00 = 1.25, "a" above it 0.30. On day 12 half is given back: 0.63 (0.625) + 0.15.
        let orders = [(0, 4), (0, 6), (0, 9), (0, 15)].map(|(who, day)| (who, day, 100, 0, vec![]));
        let orders = orders.into_iter().chain([(2, 9, 1_000, 0, vec![(12, 500)])]).collect::<Vec<Sold>>();
        let want = [(0, 6, 13), (0, 9, 16), (0, 15, 3), (2, 9, 155), (2, 12, 78 - 155)];
        let want = want.map(|(who, day, cents)| (who, Day(day), cents)).to_vec();
        assert_eq!(told(&world, &plan(Base::Net, Rounding::HalfUp), &fold(&world, &orders)), (want, 3));
    }

    proptest! {
        #[test]
        fn it_is_what_any_plan_says(
            orders in proptest::collection::vec(
                (0u32..3, 0i32..20, 0i64..1_000, 0i64..300, proptest::collection::vec((-3i32..30, 0i64..400), 0..4)),
                0..40,
            ),
            base in proptest::sample::select(vec![Base::Net, Base::Paid, Base::Margin]),
            rounding in proptest::sample::select(vec![Rounding::HalfUp, Rounding::Down, Rounding::HalfEven]),
        ) {
            let (world, flat) = (shop(), plan(base, rounding));
            // A rate for a product that nobody sells changes nothing but the way.
            let entry =
                RateEntry { selector: Selector::Product(7), levels: vec![], from: None, until: None, number: 1 };
            let other = Plan { rates: RateBook::new(vec![entry]).unwrap(), ..flat.clone() };
            prop_assert!(Flat::of(&world, &flat).is_some() && Flat::of(&world, &other).is_none());
            let fold = fold(&world, &orders);
            prop_assert_eq!(told(&world, &flat, &fold), told(&world, &other, &fold));
        }
    }
}
