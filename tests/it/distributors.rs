//! `distributors` against `pnl`, `payouts` and the orders themselves, on the demo and on random worlds.
//! `SCRM_WORLDS` says how many.

use super::reference::facts::Sale;
use super::reference::random::{self, Random};
use super::reference::{Day, Q, World, q};
use num_bigint::BigInt;
use scrm_calc::app::run;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo-shop")
}

/// What a command said, or `None` where its range holds no day.
fn told(dir: &Path, command: &str, options: &str) -> Option<Value> {
    let mut args = vec!["scrm-calc".into(), command.into(), dir.as_os_str().to_owned()];
    args.extend("-q -O json --lang en --today 2030-01-01".split(' ').map(Into::into));
    args.extend(options.split_whitespace().map(Into::into));
    let r = run(&args);
    assert!(matches!(r.status, 0 | 2), "{command} {options}: {}", r.err);
    (r.status == 0).then(|| serde_json::from_slice(&r.out).unwrap())
}

fn money(v: &Value) -> Q {
    let (whole, part) = v.as_str().unwrap().split_once('.').unwrap();
    Q::new(format!("{whole}{part:0<4}").parse().unwrap(), BigInt::from(10_000))
}

fn rows<'v>(report: &'v Value, list: &str) -> &'v [Value] {
    report[list].as_array().unwrap()
}

fn sum(rows: &[Value], key: &str) -> Q {
    rows.iter().fold(q(0), |sum, row| sum + money(&row[key]))
}

fn count(rows: &[Value], key: &str) -> u64 {
    rows.iter().map(|row| row[key].as_u64().unwrap()).sum()
}

const TABLES: [(&str, &str); 5] = [
    ("", "by_motive"),
    ("", "by_grade"),
    ("--by grade", "by_grade"),
    ("--by upline", "by_upline"),
    ("--by distributor", "by_distributor"),
];
const MONEY: [&str; 4] = ["gross", "refunds", "revenue", "commission"];

/// Total, groups and funnel are those of `pnl` over the same range, and it says whether there is such a range.
fn equals_pnl(dir: &Path, range: &str) -> bool {
    let Some(pnl) = told(dir, "pnl", range) else {
        assert_eq!(told(dir, "distributors", range), None, "{range}: holds no day");
        return false;
    };
    let (all, want) = (&pnl["total"], &pnl["total"]["distribution"]);
    for (by, list) in TABLES {
        let r = told(dir, "distributors", &format!("{by} {range}")).unwrap();
        let (rows, total) = (rows(&r, list), &r["total"]);
        assert_eq!((&r["begin"], &r["end"]), (&pnl["begin"], &pnl["end"]));
        assert_eq!(total["orders"], want["orders"], "{by} {range}");
        assert_eq!(count(rows, "orders"), want["orders"].as_u64().unwrap(), "{by} {range}");
        for key in MONEY {
            assert_eq!(total[key], want[key], "{by} {range}: the total's {key}");
            assert_eq!(sum(rows, key), money(&want[key]), "{by} {range}: {key} of all {list}");
        }
        for key in ["distributors", "active"] {
            assert_eq!(r["funnel"][key], want[key], "{by} {range}: the funnel's {key}");
            if list != "by_distributor" {
                assert_eq!(total[key], want[key], "{by} {range}: the total's {key}");
                assert_eq!(count(rows, key), want[key].as_u64().unwrap(), "{by} {range}: {key}");
                assert_eq!(total["revenue_per_active"], want["revenue_per_active"]);
            }
        }
        for key in ["users", "buyers", "conversion"] {
            assert_eq!(r["funnel"][key], all["direct"][key], "{by} {range}: the funnel's {key}");
        }
        for key in ["distributor_rate", "active_rate"] {
            assert_eq!(r["funnel"][key], want[key], "{by} {range}: the funnel's {key}");
        }
    }
    true
}

#[test]
fn all_distributors_are_the_distribution_system_of_the_demo() {
    for range in ["", "-p 2026-01", "-b 2026-02-10", "-e 2026-02-10", "-p 2026-03-08", "-p 2025", "-b 2027"] {
        let day_is_there = equals_pnl(&demo(), range);
        assert_eq!(day_is_there, range != "-b 2027", "{range}");
    }
}

/// Each person's figures by the orders, one after the other; commission by what `payouts` had accrued at both ends.
fn equals_orders_and_payouts(world: &World, dir: &Path, (begin, end): (Day, Day), seed: u64) {
    let r = told(dir, "distributors", &format!("--by distributor -b {begin} -e {end}")).unwrap();
    let (sales, returned) = (world.sales(), world.returned());
    let inside = |day: Day| begin <= day && day < end;
    let day_of_refund = |s: &Sale, day: Day| match world.settings.refunds_on_order {
        true => s.paid.day(),
        false => day,
    };
    let payouts = |day: Day| told(dir, "payouts", &format!("--as-of {day}")).unwrap();
    let (before, after) = (payouts(begin.yesterday().unwrap()), payouts(end.yesterday().unwrap()));
    let accrued = |r: &Value, id: &Value| {
        let row = rows(r, "distributors").iter().find(|row| row["distributor_id"] == *id);
        row.map_or_else(|| q(0), |row| money(&row["accrued"]) + money(&row["adjustments"]))
    };
    let mut counts = Vec::new();
    for row in rows(&r, "by_distributor") {
        let id = &row["distributor_id"];
        let its: Vec<&Sale> = sales.iter().filter(|s| s.distributor.as_deref() == id.as_str()).collect();
        let sold: Vec<&&Sale> = its.iter().filter(|s| inside(s.paid.day())).collect();
        let gross = sold.iter().fold(q(0), |sum, s| sum + &s.order.amount);
        let refunds = its.iter().flat_map(|s| s.refunds.iter().map(|r| (day_of_refund(s, r.0), &r.1)));
        let refunds = refunds.filter(|r| inside(r.0)).fold(q(0), |sum, r| sum + r.1);
        let rows_of = returned.iter().filter(|r| r.distributor.as_deref() == id.as_str() && inside(r.day));
        let refunds = rows_of.fold(refunds, |sum, r| sum + &r.amount);
        assert_eq!(row["orders"], sold.len(), "seed {seed} {id}");
        assert_eq!((money(&row["gross"]), money(&row["refunds"])), (gross, refunds), "seed {seed} {id}");
        let commission = accrued(&after, id) - accrued(&before, id);
        assert_eq!(money(&row["commission"]), commission, "seed {seed} {id}");
        let parts = money(&row["level_1"]) + money(&row["level_2"]) + money(&row["adjustments"]);
        assert_eq!(parts, commission, "seed {seed} {id}");
        let known = |s: &&&&Sale| s.refunds.iter().any(|r| day_of_refund(s, r.0) < end && r.1 > q(0));
        counts.push((id.clone(), sold.len(), sold.iter().filter(known).count()));
        let only = rows(&r, "level_2_only").iter().any(|l| l["distributor_id"] == *id);
        assert_eq!(only, sold.is_empty() && money(&row["level_2"]) > q(0), "seed {seed} {id}");
    }
    assert_eq!(rows(&r, "refund_outliers"), far_from_the_rest(&counts), "seed {seed}");
    // Nobody who sold anything is missing.
    let listed = |id: &str| rows(&r, "by_distributor").iter().any(|row| row["distributor_id"] == id);
    assert!(
        sales.iter().filter(|s| inside(s.paid.day())).filter_map(|s| s.distributor.as_deref()).all(listed)
    );
}

/// The outliers of (id, orders, refunded orders), in fractions: more than 3 × √(n·p·(1 − p)) from n·p.
fn far_from_the_rest(counts: &[(Value, usize, usize)]) -> Vec<Value> {
    let whole = |n: usize| q(n as i64 * 10_000);
    let ratio = |r: usize, n: usize| {
        let millionths = (r * 2_000_000 + n) / (n * 2);
        format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
    };
    let mut far = Vec::new();
    for (id, n, r) in counts {
        let others = || counts.iter().filter(|c| c.0 != *id);
        let (rest_n, rest_r) = (others().map(|c| c.1).sum::<usize>(), others().map(|c| c.2).sum::<usize>());
        if *n < 5 || rest_n == 0 {
            continue;
        }
        let p = whole(rest_r) / whole(rest_n);
        let distance = whole(*r) - whole(*n) * &p;
        let above = distance > q(0);
        let is_far = &distance * &distance > whole(9 * n) * &p * (whole(1) - &p);
        if is_far && (!above || *r >= 2) {
            far.push(serde_json::json!({
                "distributor_id": id, "orders": n, "refunded_orders": r, "rate": ratio(*r, *n),
                "rate_of_the_rest": ratio(rest_r, rest_n), "direction": if above { "above" } else { "below" },
            }));
        }
    }
    far
}

#[test]
fn all_distributors_are_the_distribution_system_of_random_worlds() {
    let worlds = std::env::var("SCRM_WORLDS").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    let (mut checked, mut outliers, mut only) = (0, 0, 0);
    for seed in 0..worlds {
        let world = random::world(seed);
        let dir = tempfile::tempdir().unwrap();
        world.write(dir.path(), 0);
        let mut r = Random::new(seed);
        let asked = random::options(&world, &mut r);
        let ends = [asked.begin.map(|d| format!("-b {d}")), asked.end.map(|d| format!("-e {d}"))];
        let range = ends.into_iter().flatten().collect::<Vec<_>>().join(" ");
        for range in ["", range.as_str()] {
            if equals_pnl(dir.path(), range) {
                let r = told(dir.path(), "distributors", range).unwrap();
                let day = |key: &str| r[key].as_str().unwrap().parse::<Day>().unwrap();
                equals_orders_and_payouts(&world, dir.path(), (day("begin"), day("end")), seed);
                checked += 1;
                outliers += rows(&r, "refund_outliers").len();
                only += rows(&r, "level_2_only").len();
            }
        }
    }
    let met =
        format!("of {worlds} worlds {checked} ranges with days, {outliers} outliers, {only} on level 2 only");
    assert!(worlds < 60 || (checked > worlds && outliers > 0 && only > 0), "{met}");
}

/// Nothing but the order of rows differs between what is read in pieces and whole.
#[test]
fn threads_and_pieces_change_no_byte() {
    let want = told(&demo(), "distributors", "--by distributor");
    for pieces in ["--threads 1 --chunk-bytes 64", "--threads 3 --chunk-bytes 4096"] {
        assert_eq!(told(&demo(), "distributors", &format!("--by distributor {pieces}")), want, "{pieces}");
    }
}

#[test]
fn sort_and_top_go_for_every_table_of_the_view() {
    let ids = |options: &str, list: &str, key: &str| {
        let r = told(&demo(), "distributors", options).unwrap();
        rows(&r, list).iter().map(|row| row[key].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids("--sort revenue --top 1", "by_motive", "motive"), ["affinity"]);
    assert_eq!(ids("--sort revenue --top 1", "by_grade", "grade"), ["silver"]);
    // A column that only one of two tables has orders that one.
    assert_eq!(ids("--sort grade --top 2", "by_grade", "grade"), ["bronze", "gold"]);
    assert_eq!(ids("--sort grade --top 2", "by_motive", "motive"), ["interest", "affinity"]);
    assert_eq!(told(&demo(), "distributors", "--sort reven"), None, "is no column of any");
    assert_eq!(told(&demo(), "distributors", "--by motive --sort grade"), None);
}
