//! Rows that are no orders but refunds: an export gives back what it sold in a row of its own, below zero, and names no
//! order.

use super::lives::Life;
use super::{Basis, Context, Fold};
use crate::classify::{Bucket, Buyer, Verdict};
use crate::date::{Day, Stamp};
use crate::money::Amount;
use crate::world::Outside;

impl Fold {
    /// Adds a row below zero as a refund of that `amount` (above zero) on its day, in the bucket that an order in its
    /// place would have. It is no order and its user no buyer of it; it has no commission, since it names no order of
    /// which one could be lowered. One that is not paid, or outside the private domain, is in no figure.
    ///
    /// Whom a setting brings in, it brings in with such a row, too. `stranger` is as for [`add`](Fold::add).
    pub fn add_refund_row(
        &mut self,
        cx: &Context,
        buyer: Buyer,
        paid: Stamp,
        amount: Amount,
        verdict: Verdict,
        stranger: impl FnOnce() -> u32,
    ) {
        let row = Amount(-amount.0);
        self.all.add(row);
        self.refund_rows.add(row);
        self.ties += u64::from(verdict.tie);
        let day = paid.day;
        let unknown = cx.world.unknown_channel();
        match (verdict.bucket, verdict.distributor) {
            (Bucket::Distribution, Some(d)) => self.distribution.push_refund_row(d, day, amount),
            (Bucket::Direct, _) => match buyer {
                Buyer::Known(person) => self.refund_of(cx, person, day, amount, verdict.brought_in),
                Buyer::Stranger => self.refund_of(cx, cx.world.persons + stranger(), day, amount, true),
                Buyer::Guest => self.direct_refund(cx, day, amount, day, unknown),
            },
            _ => {}
        }
    }

    /// A refund of somebody with an id.
    fn refund_of(&mut self, cx: &Context, person: u32, day: Day, amount: Amount, brought_in: bool) {
        if brought_in {
            self.brought_in.entry(person).and_modify(|d| *d = day.min(*d)).or_insert(day);
        }
        let user = cx.world.users.get(person as usize);
        // By cohorts a day of joining that a setting may move is only known at the end.
        let may_move = cx.shape.basis != Basis::Period && cx.world.rules.before_joining == Outside::Direct;
        let acquired = user.filter(|_| !may_move);
        match (acquired, cx.shape.basis) {
            (Some(user), _) => self.direct_refund(cx, day, amount, user.acquired, user.channel),
            (None, Basis::Period) => self.direct_refund(cx, day, amount, day, cx.world.unknown_channel()),
            (None, _) if cx.shape.ends.end.is_some_and(|e| day >= e) => {}
            (None, Basis::Cohort) => self.by_person.entry(person).or_default().refunds += amount,
            (None, Basis::Lives) => {
                let number = self.numbers.of(cx.shape.grain, day);
                self.lives.at(Life::Person(person), number).refunds += amount;
            }
        }
    }

    /// Adds a refund to the cells; by cohorts to that of the day its user was `acquired`.
    fn direct_refund(&mut self, cx: &Context, day: Day, amount: Amount, acquired: Day, channel: u32) {
        let (grain, ends, basis) = (cx.shape.grain, cx.shape.ends, cx.shape.basis);
        let channel = if cx.shape.by_channel { channel } else { 0 };
        let counts = match basis {
            Basis::Period => ends.contain(day),
            Basis::Cohort | Basis::Lives => ends.contain(acquired) && ends.end.is_none_or(|e| day < e),
        };
        if !counts {
            return;
        }
        let number = self.numbers.of(grain, day);
        // On the basis of periods the day of joining may be none.
        let joined = |fold: &mut Fold| fold.numbers.of(grain, acquired);
        let cell = match basis {
            Basis::Period => self.cells.at(number, channel),
            Basis::Cohort => {
                let joined = joined(self);
                self.cells.at(joined, channel)
            }
            Basis::Lives => {
                let joined = joined(self);
                self.lives.at(Life::Joined(joined, channel), number)
            }
        };
        cell.refunds += amount;
    }
}
