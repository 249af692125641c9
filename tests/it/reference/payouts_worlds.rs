//! The program's `payouts` against the reference, and against laws, on random worlds; seeds as in `worlds`.

use super::payouts::{days, movement, payouts};
use super::random::{self, Random};
use super::worlds::{command, differences, document, number, seeds, typed, units, written};
use super::{Adjustment, Base, Day, Payment, Q, Referrals, Refund, Stamp, Status, Tax, World, q};
use jiff::ToSpan;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// As the program says, without its warnings.
fn said(dir: &Path, args: &str, place: &str) -> Value {
    let r = command("payouts", dir, &typed(args));
    assert_eq!(r.status, 0, "{place} {args}: {}", r.err);
    let mut value: Value = serde_json::from_slice(&r.out).unwrap();
    value.as_object_mut().unwrap().remove("warnings");
    value
}

fn as_of(dir: &Path, day: Day, seed: u64) -> Value {
    said(dir, &format!("--as-of {day}"), &format!("seed {seed}"))
}

/// As the accounts of a plainly spelt world.
fn state(world: &World, day: Day, seed: u64) -> Value {
    as_of(written(world, 0).path(), day, seed)
}

fn moved(dir: &Path, begin: Day, end: Day, seed: u64) -> Value {
    said(dir, &format!("-b {begin} -e {end}"), &format!("seed {seed}"))
}

fn same(got: &Value, want: &Value, place: &str) {
    let mut found = Vec::new();
    differences("", got, want, &mut found);
    assert!(found.is_empty(), "{place}: {:#?}", &found[..found.len().min(12)]);
}

/// One figure of everybody who has any, the total under no name.
fn figures(document: &Value, key: &str) -> BTreeMap<String, Q> {
    let rows = document["distributors"].as_array().unwrap();
    let named = rows.iter().map(|r| (r["distributor_id"].as_str().unwrap().to_string(), &r[key]));
    let all = named.chain([(String::new(), &document["total"][key])]);
    all.map(|(id, figure)| (id, units(figure))).filter(|(_, figure)| *figure != q(0)).collect()
}

/// Money in a row of `payouts`, but for what a minimum and a tax make of it.
const STATE: &[&str] = &["base", "accrued", "pending", "settled", "adjustments", "paid", "balance"];

fn states(document: &Value) -> Vec<BTreeMap<String, Q>> {
    STATE.iter().map(|key| figures(document, key)).collect()
}

/// The latest day on which the world knows of anything.
fn last_day(world: &World) -> Day {
    days(world).into_iter().chain(world.days()).max().expect("a world has users")
}

#[test]
fn the_program_equals_the_reference_on_payouts() {
    for seed in seeds(1) {
        let world = random::world(seed);
        let dir = written(&world, seed + 1);
        let mut r = Random::new(seed);
        let place = |what: &str| format!("seed {seed} {what}");
        if let Some(want) = payouts(&world, None) {
            same(&said(dir.path(), "", &place("")), &want, &place(""));
        }
        for _ in 0..4 {
            let day = random::moment(&world, &mut r);
            let want = payouts(&world, Some(day)).expect("a day is given");
            same(&as_of(dir.path(), day, seed), &want, &place(&format!("--as-of {day}")));
        }
        for _ in 0..3 {
            let (begin, end) = random::range(&world, &mut r);
            let range = place(&format!("-b {begin} -e {end}"));
            same(&moved(dir.path(), begin, end, seed), &movement(&world, begin, end), &range);
        }
        let month = random::moment(&world, &mut r).first_of_month();
        let period = format!("-p {}", month.strftime("%Y-%m"));
        let got = said(dir.path(), &period, &place(""));
        same(&got, &movement(&world, month, month + 1.month()), &place(&period));
    }
}

/// Random worlds meet what they are meant to meet; else the comparison above says little.
#[test]
fn worlds_hold_the_nasty_cases_of_payouts() {
    let mut met: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 0..150 {
        let world = random::world(seed);
        let Some(state) = payouts(&world, None) else { continue };
        let rows = state["distributors"].as_array().unwrap();
        let any = |of: &dyn Fn(&Value) -> bool| rows.iter().any(of);
        let figure = |row: &Value, key: &str| units(&row[key]);
        let taxed = |r: &Value| figure(r, "tax") > q(0);
        let first = days(&world).into_iter().min().unwrap();
        let whole = movement(&world, first, last_day(&world) + 1.day());
        let unlisted = |p: &Payment| world.distributor(&p.distributor).is_none();
        let cases = [
            ("a balance below zero", any(&|r| figure(r, "balance") < q(0))),
            ("carried below the minimum", any(&|r| figure(r, "carried") > q(0))),
            ("just the minimum", any(&|r| figure(r, "payable") == world.plan().min_payout)),
            ("pending", any(&|r| figure(r, "pending") > q(0))),
            ("payable", any(&|r| figure(r, "payable") > q(0))),
            ("a tax by month", any(&taxed) && world.settings.tax == Tax::Labour),
            ("a tax by year", any(&taxed) && world.settings.tax == Tax::Platform),
            ("net below zero", any(&|r| figure(r, "net") < q(0))),
            ("the house's share", units(&state["house"]) > q(0)),
            ("paid to an unlisted one", world.payments.iter().any(unlisted)),
            ("a failed payment", world.payments.iter().any(|p| p.failed)),
            ("neither column", !world.has_status && !world.has_completed),
            ("no plan", world.settings.plan.is_none() && !world.payments.is_empty()),
            ("newly settled", units(&whole["total"]["settled"]) > q(0)),
            ("reversed in some month", reversed_in_some_month(&world)),
        ];
        cases.into_iter().for_each(|(case, here)| *met.entry(case).or_default() += u32::from(here));
    }
    let rare: Vec<_> = met.iter().filter(|(_, n)| **n < 4).collect();
    assert!(rare.is_empty(), "hardly ever met: {rare:?} of {met:?}");
}

fn reversed_in_some_month(world: &World) -> bool {
    let mut refunds: Vec<Day> = world.orders.iter().flat_map(|o| world.refunds_of(o)).map(|r| r.0).collect();
    refunds.sort();
    let months = refunds.iter().rev().take(3).map(|d| d.first_of_month());
    months.into_iter().any(|m| movement(world, m, m + 1.month())["total"]["reversed"] != "0.00")
}

#[test]
fn spellings_parts_and_the_order_of_rows_change_no_payout() {
    for seed in seeds(2) {
        let world = random::world(seed);
        let mut r = Random::new(seed);
        let day = random::moment(&world, &mut r);
        let (begin, end) = random::range(&world, &mut r);
        let text = |spelling: u64| {
            let dir = written(&world, spelling);
            let asked = [format!("--as-of {day}"), format!("-b {begin} -e {end}")];
            asked.map(|args| said(dir.path(), &args, &format!("seed {seed} spelling {spelling}")).to_string())
        };
        let want = text(0);
        for spelling in [seed + 1, seed + 1_000, seed + 2_000] {
            assert_eq!(text(spelling), want, "seed {seed} spelling {spelling}");
        }
    }
}

#[test]
fn threads_and_pieces_change_no_payout() {
    for seed in seeds(10) {
        let world = random::world(seed);
        let dir = written(&world, seed + 1);
        let (begin, end) = random::range(&world, &mut Random::new(seed));
        for asked in [format!("--as-of {end}"), format!("-b {begin} -e {end}")] {
            let of = |more: &str| command("payouts", dir.path(), &typed(&format!("{asked} {more}")));
            let want = of("");
            for more in ["--threads 1", "--threads 2 --chunk-bytes 1", "--threads 7 --chunk-bytes 64"] {
                let (got, place) = (of(more), format!("seed {seed} {asked} {more}"));
                assert_eq!(String::from_utf8_lossy(&got.out), String::from_utf8_lossy(&want.out), "{place}");
                assert_eq!((got.status, &got.err), (0, &want.err), "{place}");
            }
        }
    }
}

/// The commission of the P&L's columns, and of its total.
fn commission(dir: &Path, args: &str, seed: u64) -> (Q, Q) {
    let r = document(dir, &typed(args), seed);
    let of = |column: &Value| units(&column["distribution"]["commission"]);
    let columns = r["columns"].as_array().unwrap();
    (columns.iter().fold(q(0), |sum, c| sum + of(c)), of(&r["total"]))
}

#[test]
fn the_commission_of_the_pnl_is_what_accrued_and_was_adjusted() {
    for seed in seeds(3) {
        let world = random::world(seed);
        let dir = written(&world, 0);
        let first = *world.days().iter().min().unwrap();
        let last = last_day(&world);
        let accrued = |day: Day| {
            let total = as_of(dir.path(), day, seed)["total"].take();
            units(&total["accrued"]) + units(&total["adjustments"])
        };
        let some = random::moment(&world, &mut Random::new(seed)).max(first);
        for (day, cut) in [
            (some, ""),
            (some, "-W"),
            (some, "-M"),
            (some, "-M --by channel"),
            (last, "-M --by channel"),
            // A cohort that joins later would hold orders that its members sold before.
            (last, "-M --basis cohort"),
            (last, "-Q --by channel --basis cohort"),
        ] {
            let args = format!("{cut} -b {} -e {}", first - 1.day(), day + 1.day());
            let (columns, total) = commission(dir.path(), &args, seed);
            assert_eq!(columns, total, "seed {seed} {args}");
            assert_eq!(total, accrued(day), "seed {seed} {args}");
        }
    }
}

#[test]
fn a_higher_rate_lowers_nobodys_share() {
    for seed in seeds(2) {
        let mut world = random::world(seed);
        let mut r = Random::new(seed);
        let day = random::moment(&world, &mut r);
        let before = world.clone();
        let Some(plan) = &mut world.settings.plan else { continue };
        let lists = plan.rates.iter_mut().map(|r| &mut r.levels).chain([&mut plan.levels]);
        let mut rates: Vec<&mut Q> = lists.flatten().chain(plan.tiers.iter_mut().map(|t| &mut t.1)).collect();
        if rates.is_empty() {
            continue;
        }
        // One, and whichever: with tiers too nobody's volume depends on a rate.
        let one = r.within(0, rates.len() as i64 - 1) as usize;
        *rates[one] += q(123);
        let (before, after) = (state(&before, day, seed), state(&world, day, seed));
        assert!(units(&after["house"]) >= units(&before["house"]), "seed {seed} --as-of {day}: the house");
        for key in ["accrued", "pending", "settled"] {
            let higher = figures(&after, key);
            for (id, was) in figures(&before, key) {
                let is = higher.get(&id).cloned().unwrap_or_else(|| q(0));
                assert!(is >= was, "seed {seed} --as-of {day} {id} {key}: {was} fell to {is}");
            }
        }
    }
}

/// Without the order; what else names it, names nothing.
fn without(mut world: World, id: &str) -> World {
    world.orders.retain(|o| o.id != id);
    world
}

/// Given back in full on `day`.
fn refunded(mut world: World, id: &str, day: Day) -> World {
    let order = world.orders.iter_mut().find(|o| o.id == id).unwrap();
    match &mut world.refunds {
        Some(rows) => {
            rows.retain(|r| r.order != id);
            rows.push(Refund { order: id.into(), day, amount: order.amount.clone() });
        }
        None => (order.refund, order.refunded_at) = (Some(order.amount.clone()), Some(day)),
    }
    world
}

#[test]
fn a_full_refund_undoes_its_order_and_no_other() {
    let mut undone = 0;
    for seed in seeds(1) {
        let mut world = random::world(seed);
        let mut r = Random::new(seed);
        // After the refund too.
        let day = last_day(&world) + 3.days();
        let Some(plan) = &mut world.settings.plan else { continue };
        // Under these it holds with tiers too: what is given back fills no step.
        plan.base = *r.pick(&[Base::Net, Base::Margin]);
        let sales = world.sales();
        let sold = sales.iter().filter(|s| s.distributor.is_some() && s.order.amount > q(0));
        let mut sold = sold.map(|s| (&s.order.id, s.paid.day()));
        let nth = r.within(0, 5) as usize;
        let Some((id, paid)) = sold.nth(nth) else { continue };
        let full = refunded(world.clone(), id, paid + r.within(0, 3).days());
        let (want, got) = (state(&without(world.clone(), id), day, seed), state(&full, day, seed));
        // All but the count of orders, which stays.
        for (at, key) in STATE.iter().enumerate() {
            assert_eq!(states(&got)[at], states(&want)[at], "seed {seed} {id} --as-of {day}: {key}");
        }
        for key in ["payable", "carried", "tax", "net"] {
            assert_eq!(figures(&got, key), figures(&want, key), "seed {seed} {id} --as-of {day}: {key}");
        }
        assert_eq!(got["house"], want["house"], "seed {seed} {id} --as-of {day}");
        undone += u32::from(states(&state(&world, day, seed)) != states(&want));
    }
    assert!(undone > 0 || number("SCRM_WORLDS").is_some(), "no order ever earned anything");
}

/// Opening + settled − reversed + adjustments − paid.
fn carried_on(movement: &Value) -> BTreeMap<String, Q> {
    let mut sums: BTreeMap<String, Q> = BTreeMap::new();
    let signed = [("opening", 1), ("settled", 1), ("reversed", -1), ("adjustments", 1), ("paid", -1)];
    for (key, sign) in signed {
        for (id, figure) in figures(movement, key) {
            *sums.entry(id).or_insert_with(|| q(0)) += figure * q(sign * 10_000);
        }
    }
    sums.retain(|_, sum| *sum != q(0));
    sums
}

#[test]
fn movements_telescope_day_after_day() {
    for seed in seeds(3) {
        let world = random::world(seed);
        let dir = written(&world, 0);
        let first = random::moment(&world, &mut Random::new(seed)) - 2.days();
        let balances = |day: Day| figures(&as_of(dir.path(), day, seed), "balance");
        let mut standing = balances(first - 1.day());
        let whole = moved(dir.path(), first, first + 5.days(), seed);
        assert_eq!(figures(&whole, "opening"), standing, "seed {seed} {first}: the whole's opening");
        for k in 0..5 {
            let day = first + k.days();
            let m = moved(dir.path(), day, day + 1.day(), seed);
            assert_eq!(figures(&m, "opening"), standing, "seed {seed} {day}: opening");
            standing = figures(&m, "closing");
            assert_eq!(standing, carried_on(&m), "seed {seed} {day}: closing");
            assert_eq!(standing, balances(day), "seed {seed} {day}: balance");
        }
        assert_eq!(figures(&whole, "closing"), standing, "seed {seed} {first}: the whole's closing");
        assert_eq!(carried_on(&whole), standing, "seed {seed} {first}: the whole");
    }
}

/// The world as somebody knows it who knows more of the days after `day`, and no more of those before.
fn told_more(mut world: World, day: Day, r: &mut Random) -> World {
    let mut later = || day + r.within(1, 40).days();
    let (paid, completed, refund, payment, adjustment) = (later(), later(), later(), later(), later());
    add_refund(&mut world, refund);
    let stamp = |day: Day| Stamp { at: day.at(12, 0, 0, 0), timed: true };
    if !world.orders.is_empty() {
        let mut order = r.pick(&world.orders).clone();
        if let Referrals::ByOrder(rows) = &mut world.referrals {
            rows.push(("later".into(), r.pick(rows).1.clone()));
        }
        order.id = "later".into();
        order.paid = Some(stamp(paid));
        order.completed = world.has_completed.then(|| stamp(completed));
        order.status = world.has_status.then_some(Status::Completed);
        (order.refund, order.refunded_at) = (None, None);
        world.orders.push(order);
    }
    let someone = world.distributors.first().map_or("nobody", |d| &d.id).to_string();
    let (amount, tax) = (q(1_230_000), Some(q(10_000)));
    let failed = r.chance(30);
    let payments = [&someone, "unheard-of"].map(|id| (id.to_string(), amount.clone(), tax.clone()));
    for (distributor, amount, tax) in payments {
        world.payments.push(Payment { distributor, day: payment, amount, tax, failed });
    }
    world.adjustments.push(Adjustment { distributor: someone, day: adjustment, amount: q(-770_000) });
    world
}

/// To the first order that has something left to give back.
fn add_refund(world: &mut World, day: Day) {
    let left = |o: &super::Order| world.refunds_of(o).iter().fold(o.amount.clone(), |sum, r| sum - &r.1);
    // Without a refund of its own, `refunded` says when all was given back: a row would say otherwise.
    let may = |o: &&super::Order| o.status != Some(Status::Refunded) && left(o) > q(0);
    let may = |o: &&super::Order| may(o) && (world.refunds.is_some() || left(o) == o.amount);
    let Some(at) = world.orders.iter().position(|o| may(&o)) else { return };
    let (order, amount) = (world.orders[at].id.clone(), left(&world.orders[at]));
    match &mut world.refunds {
        Some(rows) => rows.push(Refund { order, day, amount }),
        None => {
            (world.orders[at].refund, world.orders[at].refunded_at) = (Some(amount), Some(day));
        }
    }
}

#[test]
fn what_comes_later_changes_nothing_before() {
    for seed in seeds(2) {
        let world = random::world(seed);
        let mut r = Random::new(seed);
        let day = random::moment(&world, &mut r);
        let more = told_more(world.clone(), day, &mut r);
        let (want, got) = (state(&world, day, seed), state(&more, day, seed));
        same(&got, &want, &format!("seed {seed} --as-of {day}"));
        let (begin, end) = (day - 20.days(), day + 1.day());
        let of = |world: &World| moved(written(world, 0).path(), begin, end, seed);
        same(&of(&more), &of(&world), &format!("seed {seed} -b {begin} -e {end}"));
    }
}

#[test]
fn nobody_is_paid_twice() {
    let mut paid = 0;
    for seed in seeds(2) {
        let mut world = random::world(seed);
        let day = random::moment(&world, &mut Random::new(seed));
        let due = state(&world, day, seed);
        let taxes = figures(&due, "tax");
        for (distributor, amount) in figures(&due, "payable") {
            if !distributor.is_empty() {
                let tax = taxes.get(&distributor).cloned();
                world.payments.push(Payment { distributor, day, amount, tax, failed: false });
                paid += 1;
            }
        }
        let after = state(&world, day, seed);
        for key in ["payable", "tax", "net"] {
            assert_eq!(figures(&after, key), BTreeMap::new(), "seed {seed} --as-of {day}: {key}");
        }
        assert_eq!(figures(&after, "carried"), figures(&due, "carried"), "seed {seed} --as-of {day}");
    }
    assert!(paid > 0 || number("SCRM_WORLDS").is_some(), "nobody was ever paid");
}
