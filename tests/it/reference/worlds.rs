//! The program against the reference, and against laws, on random worlds. `SCRM_WORLDS` says how many.
//!
//! A failure names the seed; `SCRM_FIRST=seed SCRM_WORLDS=1` runs that world alone.

use super::pnl::{Options, pnl};
use super::random::{self, Random};
use super::{Base, Q, Status, World, q};
use num_bigint::BigInt;
use scrm_calc::app::{Run, run};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

pub fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The seeds of a test; slow ones take a part.
pub fn seeds(of: u64) -> impl Iterator<Item = u64> {
    let (first, count) = (number("SCRM_FIRST").unwrap_or(0), number("SCRM_WORLDS").unwrap_or(100));
    first..first + count.div_ceil(of)
}

pub fn written(world: &World, spelling: u64) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    world.write(dir.path(), spelling);
    dir
}

fn program(dir: &Path, args: &[String]) -> Run {
    command("pnl", dir, args)
}

pub fn command(name: &str, dir: &Path, args: &[String]) -> Run {
    let fixed = ["-O", "json", "--lang", "en", "--today", "2030-01-01"];
    let mut all = vec!["scrm-calc".into(), name.into(), dir.as_os_str().to_owned()];
    all.extend(fixed.iter().map(Into::into));
    all.extend(args.iter().map(Into::into));
    run(&all)
}

pub fn document(dir: &Path, args: &[String], seed: u64) -> Value {
    let r = program(dir, args);
    assert_eq!(r.status, 0, "seed {seed} {args:?}: {}", r.err);
    serde_json::from_slice(&r.out).unwrap()
}

/// As a document of a plainly spelt world, by options as typed.
fn plain(world: &World, args: &str, seed: u64) -> Value {
    document(written(world, 0).path(), &typed(args), seed)
}

pub fn typed(args: &str) -> Vec<String> {
    args.split_whitespace().map(str::to_string).collect()
}

pub fn units(v: &Value) -> Q {
    let text = v.as_str().unwrap_or_else(|| panic!("{v} is not money"));
    let (whole, part) = text.split_once('.').unwrap();
    Q::new(format!("{whole}{part:0<4}").parse().unwrap(), BigInt::from(10_000))
}

/// Where two documents differ: the path, what was got and what was expected.
pub fn differences(path: &str, got: &Value, want: &Value, found: &mut Vec<String>) {
    match (got, want) {
        (Value::Object(g), Value::Object(w)) => {
            for key in g.keys().chain(w.keys().filter(|k| !g.contains_key(*k))) {
                let of = |m: &serde_json::Map<_, _>| m.get(key).cloned().unwrap_or("absent".into());
                differences(&format!("{path}.{key}"), &of(g), &of(w), found);
            }
        }
        (Value::Array(g), Value::Array(w)) if g.len() == w.len() => {
            for (g, w) in g.iter().zip(w) {
                let names = ["period", "channel", "distributor_id"].map(|key| g[key].to_string());
                differences(&format!("{path}[{}]", names.join("/")), g, w, found);
            }
        }
        _ if got != want => found.push(format!("{path}: got {got}, expected {want}")),
        _ => {}
    }
}

#[test]
fn the_program_equals_the_reference() {
    for seed in seeds(1) {
        let world = random::world(seed);
        let dir = written(&world, seed + 1);
        let mut r = Random::new(seed);
        let mut asked = vec![Options::default()];
        asked.extend((0..4).map(|_| random::options(&world, &mut r)));
        for options in asked {
            let args = options.args();
            let Some(want) = pnl(&world, &options) else {
                assert_eq!(program(dir.path(), &args).status, 2, "seed {seed} {args:?}: holds no day");
                continue;
            };
            let mut got = document(dir.path(), &args, seed);
            assert!(got.as_object_mut().unwrap().remove("warnings").is_some());
            let mut found = Vec::new();
            differences("", &got, &want, &mut found);
            let shown = &found[..found.len().min(12)];
            assert!(found.is_empty(), "seed {seed} {}: {shown:#?}", args.join(" "));
        }
    }
}

#[test]
fn spellings_parts_and_the_order_of_rows_change_nothing() {
    for seed in seeds(2) {
        let world = random::world(seed);
        let args = random::options(&world, &mut Random::new(seed)).args();
        let figures = |spelling: u64| {
            let r = program(written(&world, spelling).path(), &args);
            assert!(matches!(r.status, 0 | 2), "seed {seed} spelling {spelling}: {}", r.err);
            // Warnings count spellings and say where they stand: they are the one part that may differ.
            let text = String::from_utf8(r.out).unwrap();
            (r.status, text.split("\"warnings\"").next().unwrap().to_string())
        };
        let want = figures(0);
        for spelling in [seed + 1, seed + 1_000, seed + 2_000] {
            assert_eq!(figures(spelling), want, "seed {seed} spelling {spelling} {args:?}");
        }
    }
}

#[test]
fn threads_and_pieces_change_no_byte() {
    for seed in seeds(10) {
        let world = random::world(seed);
        let dir = written(&world, seed + 1);
        let base = random::options(&world, &mut Random::new(seed)).args();
        let want = program(dir.path(), &base);
        for threads in [1, 2, 3, 7] {
            for bytes in [1, 7, 64, 4096] {
                let more = typed(&format!("--threads {threads} --chunk-bytes {bytes}"));
                let got = program(dir.path(), &[base.clone(), more.clone()].concat());
                let place = format!("seed {seed} {base:?} {more:?}");
                assert_eq!(String::from_utf8_lossy(&got.out), String::from_utf8_lossy(&want.out), "{place}");
                assert_eq!((got.status, &got.err), (want.status, &want.err), "{place}");
            }
        }
    }
}

const MONEY: &[(&str, &str)] = &[
    ("traffic", "ad_spend"),
    ("traffic", "team_cost"),
    ("traffic", "other_cost"),
    ("traffic", "cost"),
    ("direct", "gross"),
    ("direct", "refunds"),
    ("direct", "revenue"),
    ("direct", "profit"),
    ("distribution", "gross"),
    ("distribution", "refunds"),
    ("distribution", "revenue"),
    ("distribution", "commission"),
    ("distribution", "profit"),
    ("total", "revenue"),
    ("total", "cost"),
    ("total", "profit"),
];

/// The sum of each figure of money over columns.
fn sums(columns: &[Value]) -> Vec<(&'static str, &'static str, Q)> {
    let sum = |s, k| columns.iter().fold(q(0), |sum, c| sum + units(&c[s][k]));
    MONEY.iter().map(|&(s, k)| (s, k, sum(s, k))).collect()
}

fn columns(document: &Value) -> &[Value] {
    document["columns"].as_array().unwrap()
}

#[test]
fn money_adds_up_over_columns() {
    for seed in seeds(3) {
        let dir = written(&random::world(seed), 0);
        let want = sums(&[document(dir.path(), &[], seed)["total"].clone()]);
        for cut in ["", "-W", "-M", "-Q", "-Y", "-M --by channel", "-Q --by channel --allocate orders"] {
            // Over the whole data, cohorts hold the same money.
            for basis in ["period", "cohort"] {
                let r = document(dir.path(), &typed(&format!("{cut} --basis {basis}")), seed);
                assert_eq!(sums(columns(&r)), want, "seed {seed} {cut} {basis}: columns");
                assert_eq!(sums(&[r["total"].clone()]), want, "seed {seed} {cut} {basis}: total");
            }
        }
    }
}

#[test]
fn counts_that_are_of_one_channel_add_up_over_channels() {
    // Not distribution.buyers: one buyer may buy from distributors of several channels.
    let counts = [
        ("traffic", &["new_users"][..]),
        ("direct", &["users", "buyers", "orders"]),
        ("distribution", &["distributors", "active", "orders"]),
    ];
    for seed in seeds(3) {
        let dir = written(&random::world(seed), 0);
        for cut in ["", "-M", "-M --basis cohort"] {
            let whole = document(dir.path(), &typed(cut), seed);
            let parts = document(dir.path(), &typed(&format!("{cut} --by channel")), seed);
            for column in columns(&whole) {
                let period = &column["period"];
                let mine: Vec<_> =
                    columns(&parts).iter().filter(|c| c["period"] == *period).cloned().collect();
                assert_eq!(sums(&mine), sums(std::slice::from_ref(column)), "seed {seed} {cut} {period}");
                for (system, keys) in counts {
                    for key in keys {
                        let sum: u64 = mine.iter().map(|c| c[system][key].as_u64().unwrap()).sum();
                        assert_eq!(sum, column[system][key], "seed {seed} {cut} {period} {system}.{key}");
                    }
                }
            }
        }
    }
}

/// The commission of a range is that of its two halves.
#[test]
fn commission_telescopes() {
    for seed in seeds(3) {
        let world = random::world(seed);
        let dir = written(&world, 0);
        let days = world.days();
        let middle = days[days.len() / 2];
        let of = |range: &str| {
            let r = program(dir.path(), &typed(range));
            let value: Value = serde_json::from_slice(&r.out).unwrap_or_default();
            if r.status == 2 { q(0) } else { units(&value["total"]["distribution"]["commission"]) }
        };
        let halves = of(&format!("-e {middle}")) + of(&format!("-b {middle}"));
        assert_eq!(halves, of(""), "seed {seed} cut at {middle}");
    }
}

#[test]
fn allocation_keeps_the_sum_and_leaves_nothing_shared() {
    let weights = [("users", "direct", "users"), ("revenue", "direct", "revenue")];
    let weights = weights.iter().chain(&[("spend", "traffic", "ad_spend"), ("orders", "direct", "orders")]);
    for seed in seeds(3) {
        let dir = written(&random::world(seed), 0);
        let before = document(dir.path(), &typed("-M --by channel"), seed);
        let periods = document(dir.path(), &typed("-M"), seed);
        for (by, system, key) in weights.clone() {
            let after = document(dir.path(), &typed(&format!("-M --by channel --allocate {by}")), seed);
            assert_eq!(after["total"], before["total"], "seed {seed} {by}");
            for whole in columns(&periods) {
                let mine: Vec<_> =
                    columns(&after).iter().filter(|c| c["period"] == whole["period"]).cloned().collect();
                let place = format!("seed {seed} {by} {}", whole["period"]);
                assert_eq!(sums(&mine), sums(std::slice::from_ref(whole)), "{place}");
                let positive = |c: &&Value| match &c[*system][*key] {
                    Value::Number(n) => n.as_u64() > Some(0),
                    money => units(money) > q(0),
                };
                let (shared, others): (Vec<&Value>, Vec<&Value>) =
                    mine.iter().partition(|c| c["channel"] == "(shared)");
                if others.iter().any(positive) {
                    assert!(shared.is_empty(), "{place}: {shared:?}");
                }
            }
        }
    }
}

#[test]
fn the_buckets_are_all_orders() {
    for seed in seeds(1) {
        let r = plain(&random::world(seed), "", seed)["reconciliation"].take();
        let mut buckets = vec!["not_paid", "distribution", "unknown_user", "before_joining", "direct"];
        buckets.extend((!r["refund_rows"].is_null()).then_some("refund_rows"));
        let orders: u64 = buckets.iter().map(|b| r[b]["orders"].as_u64().unwrap()).sum();
        let amount = buckets.iter().fold(q(0), |sum, b| sum + units(&r[b]["amount"]));
        assert_eq!(
            (orders, amount),
            (r["orders"]["orders"].as_u64().unwrap(), units(&r["orders"]["amount"]))
        );
        assert_eq!(r["residual"], "0.00", "seed {seed}");
    }
}

/// Refunds every order in full, by its own column.
fn refunded(mut world: World) -> World {
    world.refunds = None;
    for o in &mut world.orders {
        o.refund = Some(o.amount.clone());
        // Without a day of its own the refund stands on the order's.
        o.refunded_at = None;
    }
    world
}

#[test]
fn a_full_refund_leaves_no_commission_on_the_net() {
    let mut earned = 0;
    for seed in seeds(2) {
        let mut world = random::world(seed);
        world.adjustments.clear();
        let Some(plan) = &mut world.settings.plan else { continue };
        plan.base = Base::Net;
        earned += u32::from(plain(&world, "", seed)["total"]["distribution"]["commission"] != "0.00");
        let r = plain(&refunded(world), "-M", seed);
        for column in columns(&r).iter().chain([&r["total"]]) {
            assert_eq!(column["distribution"]["commission"], "0.00", "seed {seed}");
        }
    }
    assert!(earned > 0 || number("SCRM_WORLDS").is_some(), "no world earned any commission");
}

#[test]
fn a_higher_rate_never_lowers_the_commission() {
    for seed in seeds(2) {
        let mut world = random::world(seed);
        let before = units(&plain(&world, "", seed)["total"]["distribution"]["commission"]);
        let Some(plan) = &mut world.settings.plan else { continue };
        let lists = plan.rates.iter_mut().map(|r| &mut r.levels).chain([&mut plan.levels]);
        lists.flatten().for_each(|rate| *rate += q(123));
        plan.tiers.iter_mut().for_each(|t| t.1 += q(45));
        let after = units(&plain(&world, "", seed)["total"]["distribution"]["commission"]);
        assert!(after >= before, "seed {seed}: {before} fell to {after}");
    }
}

/// Users whom the setting dates are those with the same dates in their table, whatever stands in that column.
#[test]
fn users_dated_by_their_first_orders_are_those_with_these_dates() {
    for seed in seeds(4) {
        let mut world = random::usual(seed);
        let is_paid = |o: &super::Order| {
            let status = o.status.is_none_or(|s| !matches!(s, Status::Unpaid | Status::Cancelled));
            o.paid.as_ref().filter(|_| status).map(super::Stamp::day)
        };
        for n in 0..world.users.len() {
            let user = world.users[n].clone();
            let own = world.orders.iter().filter(|o| o.user == user.id);
            match own.filter_map(is_paid).min() {
                Some(first) => world.users[n].acquired = first,
                None => {
                    // Nobody is left without an order: one of nothing.
                    let paid = super::Stamp { at: user.acquired.at(0, 0, 0, 0), timed: false };
                    let row = super::RefundRow {
                        id: format!("first of {}", user.id),
                        user: user.id,
                        paid: Some(paid),
                        amount: q(0),
                        status: None,
                    };
                    world.orders.push(World::as_order(&row));
                }
            }
        }
        let given = written(&world, 0);
        let undated = written(&world, 0);
        let change = |name: &str, to: &dyn Fn(String) -> String| {
            let path = undated.path().join(name);
            std::fs::write(&path, to(std::fs::read_to_string(&path).unwrap())).unwrap();
        };
        change("users.csv", &|text| text.replacen("acquired_on", "nobody reads this", 1));
        for grain in ["order", "line"] {
            change("scrm.toml", &|text| {
                let text = text.replace("\n[users]\nacquired_on = \"first-order\"\n", "\n");
                let text = text.replace("[orders]\ngrain = \"order\"\n", "[orders]\n");
                let text = text.replace("[orders]\n", &format!("[orders]\ngrain = \"{grain}\"\n"));
                text.replacen("\n[pnl]\n", "\n[users]\nacquired_on = \"first-order\"\n[pnl]\n", 1)
            });
            for args in ["-M", "-M --by channel --basis cohort"] {
                let want = document(given.path(), &typed(args), seed);
                let mut got = document(undated.path(), &typed(args), seed);
                assert_eq!(got.as_object_mut().unwrap().remove("acquired_on"), Some("first-order".into()));
                assert_eq!(got, want, "seed {seed} {args} {grain}");
            }
        }
    }
}
