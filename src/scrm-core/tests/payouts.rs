//! Payouts in worked examples, a rule each, with the arithmetic beside the figures.
#![allow(clippy::unwrap_used)]

mod story;

use story::tell;

#[test]
fn two_levels_are_paid_and_what_nobody_has_is_the_houses() {
    tell(
        "
        plan levels 10% 2%
        distributor top
        distributor up under top
        distributor d under up
        distributor alone
        order o1 d     01-05 100.00 done 01-05
        order o2 alone 01-06  50.00 done 01-06
        as of 01-31
        d     orders 1 base 100.00 settled 10.00     # 100 × 10 %
        up    orders 0 base   0.00 settled  2.00     # 100 × 2 %
        top   settled 0.00                           # there is no third level
        alone settled 5.00                           # 50 × 10 %
        house 1.00                                   # 50 × 2 %: nobody is above
        total orders 2 base 150.00 accrued 17.00
        ",
    );
}

#[test]
fn an_order_settles_some_days_after_it_is_complete() {
    tell(
        "
        plan levels 10% | settle 7
        distributor d
        order o1 d 01-05 100.00 done 01-10
        order o2 d 01-05 200.00                      # not complete: never settled
        as of 01-04
        d orders 0 accrued 0.00
        as of 01-05
        d orders 2 pending 30.00 settled 0.00
        as of 01-16
        d pending 30.00 settled 0.00 payable 0.00
        as of 01-17                                  # 10 + 7
        d pending 20.00 settled 10.00 payable 10.00
        ",
    );
    tell(
        "
        plan levels 10% | settle 0
        completion unknown                           # no status, no completed_at: complete when paid
        distributor d
        order o1 d 01-05 100.00
        as of 01-05
        d settled 10.00
        ",
    );
}

#[test]
fn a_refund_lowers_the_base_from_its_day_on() {
    tell(
        "
        plan levels 10%
        distributor d
        order o1 d 01-05 100.00 done 01-05           # settled on the 12th
        refund o1 01-08 30.00
        refund o1 01-20 70.00
        as of 01-07
        d base 100.00 pending 10.00
        as of 01-08
        d base  70.00 pending  7.00                  # before it was settled
        as of 01-12
        d base  70.00 settled  7.00
        as of 01-20
        d base   0.00 settled  0.00 orders 1         # a full refund undoes it; the order was one
        ",
    );
}

#[test]
fn a_refund_after_the_payment_is_a_debt_carried_forward() {
    tell(
        "
        plan levels 10%
        distributor d
        order o1 d 01-05 500.00 done 01-05
        pay d 01-31 50.00
        refund o1 02-03 200.00
        as of 01-31
        d settled 50.00 paid 50.00 balance 0.00 payable 0.00 carried 0.00
        as of 02-03
        d settled 30.00 balance -20.00 payable 0.00 carried -20.00
        order o2 d 02-10 350.00 done 02-10           # 35.00, settled on the 17th
        as of 02-17
        d settled 65.00 balance 15.00 payable 15.00 carried 0.00
        from 02-01 to 02-28
        d opening 0.00 settled 35.00 reversed 20.00 adjustments 0.00 paid 0.00 closing 15.00
        ",
    );
}

#[test]
fn a_failed_payment_settles_nothing() {
    tell(
        "
        plan levels 10%
        distributor d
        order o1 d 01-05 500.00 done 01-05
        failed d 01-31 50.00
        as of 01-31
        d paid 0.00 payable 50.00
        pay d 02-02 50.00
        as of 02-02
        d paid 50.00 payable 0.00
        ",
    );
}

#[test]
fn a_small_balance_is_carried_and_one_on_the_minimum_is_paid() {
    tell(
        "
        plan levels 10% | minimum 10.00
        distributor d
        distributor e
        order o1 d 01-05  99.99 done 01-05           # 9.999 → 10.00
        order o2 e 01-05  99.94 done 01-05           # 9.994 →  9.99
        as of 01-31
        d balance 10.00 payable 10.00 carried 0.00
        e balance  9.99 payable  0.00 carried 9.99
        total balance 19.99 payable 10.00 carried 9.99
        ",
    );
    tell(
        "
        plan minimum 0.00
        distributor d
        adjust d 01-05 -1.00                         # never paid below zero, whatever the minimum
        adjust e 01-05 0.0045                        # not listed; its balance is shown to the last digit
        as of 01-31
        d payable 0.00 carried -1.00
        e payable 0.0045
        ",
    );
}

#[test]
fn without_a_plan_adjustments_and_payments_still_count() {
    tell(
        "
        no plan
        distributor d
        order o1 d 01-05 100.00 done 01-05
        adjust d 01-08 25.00
        pay d 01-09 5.00
        as of 01-31
        d orders 1 base 100.00 accrued 0.00 adjustments 25.00 paid 5.00 balance 20.00 payable 20.00
        ",
    );
}

#[test]
fn eligibility_is_that_of_the_orders_date() {
    tell(
        "
        plan levels 10% 5%
        distributor up left 01-10
        distributor d under up joined 01-05
        order early d 01-04 100.00 done 01-04        # d had not joined: 10.00 to the house; up was there
        order first d 01-05 100.00 done 01-05        # both
        order last  d 01-09 100.00 done 01-09        # both
        order after d 01-10 100.00 done 01-10        # up left that day: 5.00 to the house
        as of 02-28
        d  orders 4 base 400.00 settled 30.00        # the early order is d's, if not its commission
        up settled 15.00                             # early, first, last
        house 15.00
        ",
    );
}

#[test]
fn the_most_specific_rate_of_the_day_decides() {
    tell(
        "
        plan levels 10% 1%
        rate default 11% 2% from 02-01 until 03-01
        rate grade gold 12%                          # no second rate: level 2 gets none by it
        rate category C 13% 3%
        rate product P 14% 4%
        rate distributor d 15% 5% until 01-15
        distributor up grade gold
        distributor d under up
        order o1 d 01-10 100.00 done 01-10 product P category C     # distributor d: 15.00
        order o2 d 01-15 100.00 done 01-15 product P category C     # product P: 14.00
        order o3 d 01-16 100.00 done 01-16 category C               # category C: 13.00
        order o4 d 01-17 100.00 done 01-17                          # levels: 10.00
        order o5 d 02-10 100.00 done 02-10                          # default: 11.00
        as of 02-28
        d  settled 63.00                             # 15 + 14 + 13 + 10 + 11
        up settled 11.00     # o1, o2: product P 4 + 4; o3: category C 3; o4, o5: its own grade, 0 + 0
        ",
    );
}

#[test]
fn three_bases() {
    let story = |base: &str, rest: &str| {
        tell(&format!(
            "
            plan levels 10% | base {base}
            distributor d
            order o1 d 01-05 100.00 done 01-05 cost 60.00
            order o2 d 01-06  50.00 done 01-06 cost 80.00
            refund o1 01-08 20.00
            as of 01-31
            {rest}
            "
        ));
    };
    story("net", "d base 130.00 settled 13.00"); // 80 + 50
    story("paid", "d base 150.00 settled 15.00"); // refunds do not matter
    story("margin", "d base 20.00 settled 2.00"); // 80 − 60, and max(0, 50 − 80)
}

#[test]
fn each_order_and_level_is_rounded_once() {
    let story = |rounding: &str, want: &str| {
        tell(&format!(
            "
            plan levels 10% 10% | rounding {rounding} | settle 0
            distributor up
            distributor d under up
            order o1 d 01-05 0.05 done 01-05     # 0.005
            order o2 d 01-05 0.15 done 01-05     # 0.015
            order o3 d 01-05 0.16 done 01-05     # 0.016
            as of 01-05
            d settled {want}
            up settled {want}
            "
        ));
    };
    story("half-up", "0.05"); // 0.01 + 0.02 + 0.02
    story("half-even", "0.04"); // 0.00 + 0.02 + 0.02
    story("down", "0.02"); // 0.00 + 0.01 + 0.01
}

#[test]
fn a_whole_tier_holds_for_every_order_of_the_month() {
    tell(
        "
        plan levels 5% 1%
        tier whole 10000.00 3%
        distributor up
        distributor d under up
        order o1 d 01-10 8000.00 done 01-10
        order o2 d 01-20 2000.00 done 01-20          # 10,000: the boundary has reached it
        order o3 d 02-01 9999.00 done 02-01          # another month
        as of 01-19
        d accrued 400.00                             # 8,000 × 5 %
        as of 01-20
        d accrued 800.00                             # 10,000 × 8 %
        up accrued 100.00                            # the addition is for level 1 only
        as of 02-28
        d accrued 1299.95                            # + 9,999 × 5 % = 499.95
        refund o2 03-01 0.01
        as of 03-01
        d accrued 999.95     # 8,000 × 5 % + 1,999.99 × 5 % = 99.9995 → 100.00, + 499.95
        from 03-01 to 03-31
        d opening 1299.95 settled 0.00 reversed 300.00 closing 999.95
        ",
    );
}

#[test]
fn the_parts_of_a_marginal_tier_earn_their_own_steps() {
    tell(
        "
        plan levels 5%
        tier marginal 1000.00 2%
        tier marginal 2000.00 10%
        distributor d left 01-25
        order o2 d 01-20 1500.00 done 01-20          # the second: 900 to 2,400
        order o1 d 01-10  900.00 done 01-10          # the first: 0 to 900
        order o3 d 01-25  100.00 done 01-25          # not eligible any more: 2,400 to 2,500
        as of 02-28
        # o1: 900 × 5 % = 45. o2: 1,500 × 5 % + 1,000 × 2 % + 400 × 10 % = 75 + 20 + 40 = 135.
        d orders 3 base 2500.00 settled 180.00
        house 15.00                                  # o3: 100 × 5 % + 100 × 10 %, the addition too
        ",
    );
}

#[test]
fn two_orders_of_one_moment_fill_the_steps_by_their_ids() {
    tell(
        "
        plan levels 0%
        tier marginal 100.00 10%
        rate product B 50%
        distributor d
        order b d 01-10 100.00 done 01-10 product B  # after a: 50 + 10
        order a d 01-10 100.00 done 01-10            # first: nothing
        as of 02-28
        d settled 60.00
        ",
    );
}

#[test]
fn the_month_of_a_payout_is_taxed_once() {
    tell(
        "
        plan levels 10% | tax cn-labour-2018
        distributor d
        order o1 d 01-05 50000.00 done 01-05         # 5,000 settled on the 12th
        as of 01-15
        d payable 5000.00 tax 800.00 net 4200.00     # 5,000 × 80 % × 20 %
        pay d 01-15 5000.00 tax 800.00
        order o2 d 01-10 15000.00 done 01-10         # 1,500 settled on the 17th
        as of 01-31
        d payable 1500.00 tax 240.00 net 1260.00     # 6,500 × 80 % × 20 % = 1,040, less 800
        as of 02-01
        d payable 1500.00 tax 140.00                 # another month: (1,500 − 800) × 20 %
        ",
    );
}

#[test]
fn nothing_payable_is_not_taxed_and_net_can_be_below_zero() {
    tell(
        "
        plan levels 10% | tax cn-labour-2018
        distributor d
        distributor e
        pay d 01-10 60000.00                         # nothing was withheld
        pay e 01-10 60000.00
        adjust d 01-09 60000.00
        adjust e 01-09 60000.00
        adjust d 01-20 10.00
        as of 01-31
        d payable 10.00 tax 12402.40 net -12392.40   # 60,010 × 80 % = 48,008; × 30 % − 2,000
        e payable 0.00 tax 0.00
        ",
    );
}

#[test]
fn movements_keep_up_and_down_apart() {
    tell(
        "
        plan levels 10%
        distributor d
        order o1 d 01-05 100.00 done 01-05           # settled on the 12th
        order o2 d 02-05 300.00 done 02-05
        order o3 d 01-20 200.00 done 02-20           # settled on the 27th, for 150 by then
        refund o1 02-08 100.00
        refund o3 02-22 50.00
        adjust d 02-10 -4.00
        pay d 02-11 6.00
        failed d 02-12 99.00
        from 02-01 to 02-28
        d opening 10.00 settled 45.00 reversed 10.00 adjustments -4.00 paid 6.00 closing 35.00
        total opening 10.00 settled 45.00 reversed 10.00 adjustments -4.00 paid 6.00 closing 35.00
        from 02-08 to 02-08
        d opening 10.00 settled 0.00 reversed 10.00 closing 0.00
        ",
    );
}
