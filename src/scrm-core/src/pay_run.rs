//! A payment run: what is transferred to whom, out of what is payable at the end of a day.
//!
//! Money is transferred in whole cents; what is under a cent, and what nothing would be left of after tax, is not
//! in the run and stays owed. Like all of payouts it remembers nothing: the rows of a run must come back as
//! payments before the next one is made, and [`paid_later`] finds those that a run of that day would overlook.

use crate::date::Day;
use crate::money::{Amount, CENT, Money};
use crate::payout::{Broken, Payments, Payouts, prove};
use crate::world::World;
use alloc::vec::Vec;

/// What is settled with somebody, and the part of it that is withheld.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// Whole cents, at most what one row of payments may hold.
    pub gross: Money,
    pub tax: Money,
}

impl Transfer {
    /// What is transferred: gross − tax.
    pub fn net(&self) -> Money {
        self.gross - self.tax
    }
}

/// All transfers of a run.
#[derive(Clone, Debug, Default)]
pub struct PayRun {
    /// In byte order of the ids; the net of each is above 0.
    pub rows: Vec<(u32, Transfer)>,
    pub total: Transfer,
    /// Distributors to whom something is payable and nothing is transferred.
    pub left_out: u64,
    /// Payable and not in the run: theirs, and what is under a cent.
    pub stays: Money,
}

/// The run that pays what is payable at the end of `as_of`.
///
/// # Errors
/// [`Broken`] where a proof fails: the program is wrong.
pub fn pay_run(world: &World, payouts: &Payouts, as_of: Day) -> Result<PayRun, Broken> {
    let payments = Payments::new(world);
    let mut run = PayRun::default();
    for (n, p) in payouts.rows.iter().filter(|(_, p)| p.payable > Money::ZERO) {
        let gross = in_cents(p.payable.min(Amount::MAX.into()));
        let before = world.rules.tax.before(as_of, payments.of(*n));
        let transfer = Transfer { gross, tax: world.rules.tax.withhold(gross, &before) };
        if transfer.net() <= Money::ZERO {
            run.left_out += 1;
            run.stays += p.payable;
            continue;
        }
        run.stays += p.payable - gross;
        run.total.gross += gross;
        run.total.tax += transfer.tax;
        run.rows.push((*n, transfer));
    }
    prove("gross + what stays owed = payable", run.total.gross + run.stays, payouts.total.payable)?;
    let net = run.rows.iter().map(|(_, t)| t.net()).sum();
    prove("gross − tax = net of all transfers", run.total.net(), net)?;
    Ok(run)
}

/// Whole cents of what is not below 0; the rest is dropped.
fn in_cents(money: Money) -> Money {
    Money::from_cents(money.0 / i128::from(CENT))
}

/// The last day on which something was paid after `as_of`: a run of `as_of` would not count it, and pay it twice.
pub fn paid_later(world: &World, as_of: Day) -> Option<Day> {
    world.payments.iter().filter(|p| !p.failed && p.day > as_of).map(|p| p.day).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::DistOrders;
    use crate::payout::payouts;
    use crate::plan::Plan;
    use crate::tax::TaxRule;
    use crate::world::{Adjustment, Distributor, Payment};
    use alloc::vec;

    fn day(d: u32) -> Day {
        Day::from_ymd(2026, 3, d).unwrap()
    }

    /// People who are owed these amounts, in 1/10,000, since the first of March.
    fn world(tax: TaxRule, min_payout: i64, owed: &[(&str, i64)]) -> World {
        let mut world = World::default();
        world.rules.tax = tax;
        world.rules.plan = Some(Plan { min_payout: Amount(min_payout), ..Plan::default() });
        for (n, (id, amount)) in (0..).zip(owed) {
            world.distributors.push(Distributor::new(id));
            world.adjustments.push(Adjustment { distributor: n, day: day(1), amount: Amount(*amount) });
        }
        world
    }

    fn run(world: &World) -> PayRun {
        let p = payouts(world, &DistOrders::default(), day(31)).unwrap();
        pay_run(world, &p, day(31)).unwrap()
    }

    /// What the run pays comes back as payments of its day.
    fn pay(world: &mut World, run: &PayRun) {
        let amount = |m: Money| Amount(i64::try_from(m.0).unwrap());
        for (n, t) in &run.rows {
            let (amount, tax) = (amount(t.gross), amount(t.tax));
            world.payments.push(Payment { distributor: *n, day: day(31), amount, tax, failed: false });
        }
    }

    fn transfer(gross: i128, tax: i128) -> Transfer {
        Transfer { gross: Money::from_cents(gross), tax: Money::from_cents(tax) }
    }

    #[test]
    fn whole_cents_are_paid_in_byte_order_and_the_rest_stays_owed() {
        // b: 12.3456, of which 12.34 is paid and 0.0056 stays; a: 10.00; c: 9.99, under the minimum of 10.00;
        // d: a debt.
        let w =
            world(TaxRule::None, 100_000, &[("b", 123_456), ("a", 100_000), ("c", 99_900), ("d", -50_000)]);
        let r = run(&w);
        assert_eq!(r.rows, [(1, transfer(1_000, 0)), (0, transfer(1_234, 0))]);
        assert_eq!((r.total, r.left_out, r.stays), (transfer(2_234, 0), 0, Money(56)));
    }

    #[test]
    fn what_is_under_a_cent_is_left_out() {
        let w = world(TaxRule::None, 0, &[("a", 99), ("b", 100)]);
        let r = run(&w);
        assert_eq!(r.rows, [(1, transfer(1, 0))]);
        assert_eq!((r.left_out, r.stays), (1, Money(99)));
    }

    #[test]
    fn tax_is_that_of_what_is_paid() {
        // 6,250.0099 is cut to 6,250.00: × 80 % × 20 % = 1,000.00. 800.00 is free.
        let w = world(TaxRule::CnLabour2018, 0, &[("a", 62_500_099), ("b", 8_000_000)]);
        let r = run(&w);
        assert_eq!(r.rows, [(0, transfer(625_000, 100_000)), (1, transfer(80_000, 0))]);
        assert_eq!((r.total, r.total.net()), (transfer(705_000, 100_000), Money::from_cents(605_000)));
    }

    #[test]
    fn who_would_get_nothing_after_tax_is_left_out() {
        // 9,000.00 was paid this month with nothing withheld; with 100.00 more 9,100 × 80 % × 20 % = 1,456.00 are due.
        let mut w = world(TaxRule::CnLabour2018, 0, &[("a", 91_000_000)]);
        let amount = Amount::from_cents(900_000);
        w.payments.push(Payment { distributor: 0, day: day(2), amount, tax: Amount::ZERO, failed: false });
        let r = run(&w);
        assert!(r.rows.is_empty());
        assert_eq!((r.left_out, r.stays), (1, Money::from_cents(10_000)));
    }

    #[test]
    fn a_row_holds_no_more_than_it_can() {
        let mut w = world(TaxRule::None, 0, &[("a", Amount::MAX.0)]);
        w.adjustments.push(Adjustment { distributor: 0, day: day(1), amount: Amount::from_cents(5) });
        // 999,999,999,999.9999 + 0.05 are owed; the most in whole cents is 999,999,999,999.99, and 0.0599 stays.
        let r = run(&w);
        assert_eq!(r.rows, [(0, transfer(99_999_999_999_999, 0))]);
        assert_eq!(r.stays, Money(599));
    }

    #[test]
    fn a_second_run_pays_nothing() {
        for tax in [TaxRule::None, TaxRule::CnLabour2018, TaxRule::CnPlatform2025] {
            let mut w = world(tax, 0, &[("a", 62_500_099), ("b", 1_234), ("c", 99)]);
            let first = run(&w);
            assert_eq!(first.rows.len(), 2);
            pay(&mut w, &first);
            let second = run(&w);
            assert!(second.rows.is_empty(), "{tax:?}");
            // 0.0099 of a, 0.0034 of b, 0.0099 of c.
            assert_eq!((second.left_out, second.stays, first.stays), (3, Money(232), Money(232)));
        }
    }

    #[test]
    fn payments_after_the_day_are_found() {
        let mut w = world(TaxRule::None, 0, &[("a", 10_000)]);
        let payment =
            |d, failed| Payment { distributor: 0, day: day(d), amount: Amount(1), tax: Amount::ZERO, failed };
        w.payments = vec![payment(10, false), payment(12, false), payment(11, false), payment(20, true)];
        assert_eq!(paid_later(&w, day(12)), None);
        assert_eq!(paid_later(&w, day(11)), Some(day(12)));
        assert_eq!(paid_later(&w, day(9)), Some(day(12)));
    }
}
