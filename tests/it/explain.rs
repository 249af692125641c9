//! `explain`: the rows that it lists are those that count, by hand and on random worlds. `SCRM_WORLDS` says how many.

use super::reference::pnl::Options;
use super::reference::random::{self, Random};
use super::reference::worlds::{document, seeds, units, written};
use super::reference::{Q, q};
use num_bigint::BigInt;
use scrm_calc::app::{Run, run};
use scrm_core::figures::Key;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

pub fn ran(dir: &Path, key: &str, options: &[&str]) -> Run {
    let mut args = vec!["scrm-calc".into(), "explain".into(), dir.as_os_str().to_owned(), key.into()];
    args.extend("-q --today 2030-01-01".split(' ').map(Into::into));
    if !options.contains(&"--lang") {
        args.extend(["--lang".into(), "en".into()]);
    }
    args.extend(options.iter().map(Into::into));
    run(&args)
}

pub fn told(dir: &Path, key: &str, options: &[&str]) -> String {
    let r = ran(dir, key, options);
    assert_eq!(r.status, 0, "{key} {options:?}: {}", r.err);
    String::from_utf8(r.out).unwrap()
}

/// The report of a key in the first days of March, as programs get it.
fn report(dir: &Path, key: &str) -> Value {
    let json = told(dir, key, &[&["-O", "json"][..], &MARCH].concat());
    serde_json::from_str(&json).unwrap()
}

/// The records of a report in CSV, by the names of their columns.
fn records(csv: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let record =
        |r: csv::StringRecord| header.iter().map(String::from).zip(r.iter().map(String::from)).collect();
    reader.records().map(|r| record(r.unwrap())).collect()
}

/// A count or money.
fn number(text: &str) -> Q {
    match text.split_once('.') {
        Some((whole, part)) => Q::new(format!("{whole}{part:0<4}").parse().unwrap(), BigInt::from(10_000)),
        None => Q::from(text.parse::<BigInt>().unwrap()),
    }
}

const MARCH: [&str; 4] = ["-b", "2026-03-01", "-e", "2026-03-11"];

/// Ten days of a shop, of which every row is listed in the tests below.
fn shop() -> TempDir {
    let temp = tempfile::tempdir().unwrap();
    for (name, text) in [
        (
            "users.csv",
            "user_id,acquired_on,channel,cost\n\
             U1,2026-02-20,ads,3.00\n\
             U2,2026-03-05,ads,\n\
             U3,2026-03-10,wom,2.50\n\
             U4,2026-04-01,ads,\n",
        ),
        ("ad_spend.csv", "date,channel,amount\n2026-02-28,tv,10.00\n2026-03-01,tv,100.00\n"),
        ("team_cost.csv", "date,amount,channel\n2026-02,50.00,\n2026-03,310.00,\n2026-03-20,7.00,\n"),
        ("other_cost.csv", "date,amount,channel\n2026-03-11,5.00,\n2026-03-10,4.00,ads\n"),
        (
            "orders.csv",
            "order_id,user_id,paid_at,amount,status,goods_cost\n\
             o1,U1,2026-03-01,100.00,completed,40.00\n\
             o2,U1,2026-03-02 10:00:00,50.00,completed,\n\
             o3,U2,2026-03-06,30.00,completed,10.00\n\
             o4,U2,2026-03-04,20.00,completed,\n\
             o5,U9,2026-03-04,15.00,completed,\n\
             o6,U3,2026-03-10,80.00,completed,\n\
             o7,U3,,60.00,unpaid,\n\
             o8,U1,2026-02-25,200.00,completed,\n\
             o9,U1,2026-03-11,70.00,completed,\n\
             o10,,2026-03-03,90.00,completed,\n\
             o11,U1,2026-02-27,40.00,completed,\n",
        ),
        (
            "refunds.csv",
            "order_id,refunded_at,amount\n\
             o1,2026-03-05,10.00\n\
             o8,2026-03-09,25.00\n\
             o8,2026-03-12,5.00\n\
             o11,2026-03-08,40.00\n\
             o7,2026-03-03,1.00\n\
             o99,2026-03-03,2.00\n",
        ),
        ("referrals.csv", "order_id,distributor_id\no6,D1\no10,D1\no11,D1\n"),
        (
            "distributors.csv",
            "distributor_id,user_id,joined_on,left_on\n\
             D1,U2,2026-02-01,\n\
             D2,,2026-03-20,\n\
             D3,,2026-01-01,2026-03-02\n",
        ),
        ("adjustments.csv", "distributor_id,date,amount\nD1,2026-03-03,1.50\nD1,2026-03-30,9.00\n"),
        ("scrm.toml", "[cost_per_user]\nads = \"8.00\"\n\n[commission]\nlevels = [\"10%\"]\n"),
    ] {
        std::fs::write(temp.path().join(name), text).unwrap();
    }
    temp
}

/// The rows that count, as `file:line contribution`, and what is left out, as `reason rows amount`.
pub fn lists(dir: &Path, key: &str, options: &[&str]) -> (Vec<String>, Vec<String>) {
    let csv = told(dir, key, &[&["--rows", "all", "-O", "csv"], options].concat());
    let (out, rows): (Vec<_>, Vec<_>) = records(&csv).into_iter().partition(|r| !r["left_out"].is_empty());
    let row = |r: BTreeMap<String, String>| format!("{}:{} {}", r["file"], r["line"], r["contribution"]);
    let left = |r: BTreeMap<String, String>| format!("{} {} {}", r["left_out"], r["rows"], r["amount"]);
    (rows.into_iter().map(row).collect(), out.into_iter().map(|r| left(r).trim_end().into()).collect())
}

/// Each figure from rows: what counts and what does not, worked out from the rows above.
#[test]
fn every_row_that_counts_is_listed_and_every_other_has_its_reason() {
    let dir = shop();
    let cases: [(&str, &str, &[&str], &[&str]); 16] = [
        // U1 came before, U4 comes after.
        (
            "traffic.new_users",
            "2",
            &["users.csv:3 1", "users.csv:4 1"],
            &["before_period 1", "after_period 1"],
        ),
        // 2.50 + 100.00 + the price of U2, the only new user of a channel that has one: 8.00.
        (
            "traffic.ad_spend",
            "110.50",
            &["users.csv:4 2.50", "ad_spend.csv:3 100.00", "scrm.toml:2 8.00"],
            &["before_period 2 13.00"],
        ),
        // 310.00 over 31 days is 10.00 a day, of which 10 days are in.
        (
            "traffic.team_cost",
            "100.00",
            &["team_cost.csv:3 100.00"],
            &["before_period 1 50.00", "after_period 1 7.00", "other_days 1 210.00"],
        ),
        ("traffic.other_cost", "4.00", &["other_cost.csv:3 4.00"], &["after_period 1 5.00"]),
        ("direct.users", "3", &["users.csv:2 1", "users.csv:3 1", "users.csv:4 1"], &["after_period 1"]),
        // o2 is one more of U1.
        (
            "direct.buyers",
            "2",
            &["orders.csv:2 1", "orders.csv:4 1"],
            &[
                "not_paid 1 60.00",
                "other_system 3 210.00",
                "unknown_user 1 15.00",
                "before_joining 1 20.00",
                "before_period 1 200.00",
                "after_period 1 70.00",
                "counted_already 1 50.00",
            ],
        ),
        (
            "direct.orders",
            "3",
            &["orders.csv:2 1", "orders.csv:3 1", "orders.csv:4 1"],
            &[
                "not_paid 1 60.00",
                "other_system 3 210.00",
                "unknown_user 1 15.00",
                "before_joining 1 20.00",
                "before_period 1 200.00",
                "after_period 1 70.00",
            ],
        ),
        (
            "direct.gross",
            "180.00",
            &["orders.csv:2 100.00", "orders.csv:3 50.00", "orders.csv:4 30.00"],
            &[
                "not_paid 1 60.00",
                "other_system 3 210.00",
                "unknown_user 1 15.00",
                "before_joining 1 20.00",
                "before_period 1 200.00",
                "after_period 1 70.00",
            ],
        ),
        // 10.00 and, of an order of February, 25.00.
        (
            "direct.refunds",
            "35.00",
            &["refunds.csv:2 10.00", "refunds.csv:3 25.00"],
            &["not_paid 1 1.00", "other_system 1 40.00", "after_period 1 5.00", "no_order 1 2.00"],
        ),
        ("direct.goods_cost", "50.00", &["orders.csv:2 40.00", "orders.csv:4 10.00"], &[]),
        ("distribution.distributors", "1", &["distributors.csv:2 1"], &["after_period 1", "left 1"]),
        // The first row of D1 in the file; o10 is one more, o11 is of February.
        (
            "distribution.active",
            "1",
            &["orders.csv:7 1"],
            &["before_period 1 40.00", "counted_already 1 90.00"],
        ),
        // U3, and a guest.
        (
            "distribution.buyers",
            "2",
            &["orders.csv:7 1", "orders.csv:11 1"],
            &["not_paid 1 60.00", "other_system 7 485.00", "before_period 1 40.00"],
        ),
        (
            "distribution.gross",
            "170.00",
            &["orders.csv:7 80.00", "orders.csv:11 90.00"],
            &["not_paid 1 60.00", "other_system 7 485.00", "before_period 1 40.00"],
        ),
        (
            "distribution.refunds",
            "40.00",
            &["refunds.csv:5 40.00"],
            &["not_paid 1 1.00", "other_system 3 40.00", "no_order 1 2.00"],
        ),
        // 10 % of 80.00 and of 90.00; 10 % of 40.00 is given back; an adjustment of 1.50.
        (
            "distribution.commission",
            "14.50",
            &["orders.csv:7 8.00", "orders.csv:11 9.00", "orders.csv:12 -4.00", "adjustments.csv:2 1.50"],
            &["after_period 1 9.00"],
        ),
    ];
    for (key, value, rows, out) in cases {
        let (listed, left) = lists(dir.path(), key, &MARCH);
        assert_eq!(listed, rows, "{key}");
        assert_eq!(left, out, "{key}");
        let report = report(dir.path(), key);
        assert_eq!(report["value"].to_string().trim_matches('"'), value, "{key}");
    }
}

/// What is made of them: the formula in numbers.
#[test]
fn formulas_are_told_in_numbers() {
    let dir = shop();
    for (key, calculation, value) in [
        ("traffic.cost_per_user", "110.50 ÷ 2", "55.250000"),
        ("traffic.cost", "110.50 + 100.00 + 4.00", "214.50"),
        ("direct.conversion", "2 ÷ 3", "0.666667"),
        ("direct.revenue", "180.00 − 35.00", "145.00"),
        ("direct.profit", "145.00 − 214.50", "-69.50"),
        ("direct.contribution", "(-69.50) − 50.00", "-119.50"),
        ("distribution.revenue", "170.00 − 40.00", "130.00"),
        ("distribution.profit", "130.00 − 14.50", "115.50"),
        ("distribution.revenue_per_active", "130.00 ÷ 1", "130.000000"),
        ("total.revenue", "145.00 + 130.00", "275.00"),
        ("total.cost", "214.50 + 14.50", "229.00"),
        ("total.profit", "275.00 − 229.00", "46.00"),
        ("total.margin", "46.00 ÷ 275.00", "0.167273"),
    ] {
        let report = report(dir.path(), key);
        assert_eq!((&report["calculation"], &report["value"]), (&calculation.into(), &value.into()), "{key}");
    }
    // The parts of profit, and theirs, down to the rows.
    let report = report(dir.path(), "direct.profit");
    let part = |v: &Value| (v["key"].as_str().unwrap().to_string(), v["sign"].as_str().unwrap().to_string());
    let parts = |v: &Value| v["parts"].as_array().unwrap().iter().map(part).collect::<Vec<_>>();
    let pairs =
        |all: &[(&str, &str)]| all.iter().map(|(k, s)| (k.to_string(), s.to_string())).collect::<Vec<_>>();
    assert_eq!(parts(&report), pairs(&[("direct.revenue", "+"), ("traffic.cost", "-")]));
    assert_eq!(parts(&report["parts"][0]), pairs(&[("direct.gross", "+"), ("direct.refunds", "-")]));
    assert_eq!(report["parts"][0]["parts"][0]["value"], "180.00");
}

/// U3 alone is of `wom`, D1 is U2 and sells for `ads`, and the cost of the team belongs to nobody.
#[test]
fn a_channel_has_its_own_rows() {
    let dir = shop();
    for (key, channel, rows, out) in [
        (
            "traffic.ad_spend",
            "wom",
            &["users.csv:4 2.50"][..],
            &["before_period 2 13.00", "other_channel 1 100.00"][..],
        ),
        (
            "traffic.new_users",
            "ads",
            &["users.csv:3 1"],
            &["before_period 1", "after_period 1", "other_channel 1"],
        ),
        (
            "distribution.gross",
            "wom",
            &[],
            &["not_paid 1 60.00", "other_system 7 485.00", "before_period 1 40.00", "other_channel 2 170.00"],
        ),
        (
            "distribution.orders",
            "ads",
            &["orders.csv:7 1", "orders.csv:11 1"],
            &["not_paid 1 60.00", "other_system 7 485.00", "before_period 1 40.00"],
        ),
        (
            "traffic.team_cost",
            "(shared)",
            &["team_cost.csv:3 100.00"],
            &["before_period 1 50.00", "after_period 1 7.00", "other_days 1 210.00"],
        ),
        (
            "traffic.team_cost",
            "ads",
            &[],
            &["before_period 1 50.00", "after_period 1 7.00", "other_channel 1 310.00"],
        ),
    ] {
        let (listed, left) = lists(dir.path(), key, &[&MARCH[..], &["--channel", channel]].concat());
        assert_eq!(listed, rows, "{key} {channel}");
        assert_eq!(left, out, "{key} {channel}");
    }
}

/// Settings make users of whoever buys, and an order a distributor of who is in no list: they stand where they come from.
#[test]
fn who_is_counted_by_an_order_stands_in_its_row() {
    let temp = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("users.csv", "user_id,acquired_on\nU1,2026-03-05\n"),
        (
            "orders.csv",
            "order_id,user_id,paid_at,amount,status,refund,refunded_at\n\
             o1,U1,2026-03-02,10.00,,,\n\
             o2,U9,2026-03-04,20.00,,,\n\
             o3,U9,2026-03-03,30.00,,5.00,2026-03-20\n\
             o4,,2026-03-03,40.00,refunded,,\n\
             o5,U1,2026-03-07,50.00,,,\n\
             o6,U1,2026-03-06,60.00,,,\n",
        ),
        ("referrals.csv", "order_id,distributor_id\no5,D8\no6,D8\n"),
        ("scrm.toml", "[orders]\nunknown_user = \"direct\"\nbefore_joining = \"direct\"\n"),
    ] {
        std::fs::write(temp.path().join(name), text).unwrap();
    }
    let range = ["-b", "2026-03-01", "-e", "2026-03-11"];
    for (key, rows, out) in [
        // U9 first buys by o3, the second row; the guest by o4.
        ("traffic.new_users", &["users.csv:2 1", "orders.csv:4 1", "orders.csv:5 1"][..], &[][..]),
        ("direct.users", &["users.csv:2 1", "orders.csv:4 1", "orders.csv:5 1"], &[]),
        // In the order of the file the first order of U9 is o2.
        (
            "direct.buyers",
            &["orders.csv:2 1", "orders.csv:3 1", "orders.csv:5 1"],
            &["other_system 2 110.00", "counted_already 1 30.00"],
        ),
        // Given back in full on its own day; 5.00 comes later.
        ("direct.refunds", &["orders.csv:5 40.00"], &["after_period 1 5.00"]),
        // D8 is one since o6, its first order.
        ("distribution.distributors", &["orders.csv:7 1"], &[]),
        ("distribution.active", &["orders.csv:6 1"], &["counted_already 1 60.00"]),
    ] {
        let (listed, left) = lists(temp.path(), key, &range);
        assert_eq!(listed, rows, "{key}");
        assert_eq!(left, out, "{key}");
    }
    let csv = told(temp.path(), "direct.buyers", &[&["--rows", "all", "-O", "csv"][..], &range].concat());
    let ids: Vec<String> =
        records(&csv).iter().map(|r| r["id"].clone()).filter(|id| !id.is_empty()).collect();
    // A guest has no name but the order's.
    assert_eq!(ids, ["U1", "U9", "o4"]);
}

#[test]
fn what_is_asked_for_must_be_there() {
    let dir = shop();
    for (key, options, want) in [
        ("销售收入", "", "may be any of direct.revenue, distribution.revenue"),
        ("direct.convresion", "", "did you mean \"direct.conversion\""),
        ("CAC", "", "near it are: traffic.cost_per_user"),
        ("direct.gross", "--channel asd", "did you mean \"ads\""),
        ("direct.gross", "--channel elsewhere", "there are ads, tv, wom"),
        ("direct.gross", "--rows some", "neither a number nor all"),
        ("direct.gross", "-p 2026-13", "--period"),
    ] {
        let r = ran(dir.path(), key, &options.split_whitespace().collect::<Vec<_>>());
        assert_eq!((r.status, r.out.len()), (2, 0), "{key} {options}: {}", r.err);
        assert!(r.err.contains(want), "{key} {options}: {}", r.err);
    }
    let without = dir.path().join("orders.csv");
    let text = std::fs::read_to_string(&without).unwrap().replace("goods_cost", "remark");
    std::fs::write(&without, text).unwrap();
    let r = ran(dir.path(), "total.goods_cost", &[]);
    assert!(r.status == 2 && r.err.contains("no file of orders has a column goods_cost"), "{}", r.err);
    let zh = told(dir.path(), "转化率", &["--lang", "zh"]);
    assert!(zh.starts_with("转化率 (direct.conversion)"), "{zh}");
}

/// The sums to which the rows of a figure add up: its own, or those that a ratio divides.
fn sums_of(key: Key) -> Vec<&'static str> {
    match key.name() {
        "traffic.cost_per_user" => vec!["traffic.ad_spend", "traffic.new_users"],
        "direct.conversion" => vec!["direct.buyers", "direct.users"],
        "direct.revenue_per_buyer" => vec!["direct.revenue", "direct.buyers"],
        "direct.orders_per_buyer" => vec!["direct.orders", "direct.buyers"],
        "direct.order_value" => vec!["direct.revenue", "direct.orders"],
        "distribution.distributor_rate" => vec!["distribution.distributors", "direct.users"],
        "distribution.active_rate" => vec!["distribution.active", "distribution.distributors"],
        "distribution.revenue_per_active" => vec!["distribution.revenue", "distribution.active"],
        "total.margin" => vec!["total.profit", "total.revenue"],
        own => vec![own],
    }
}

/// A figure of a column of `pnl`.
fn figure<'v>(column: &'v Value, key: &str) -> &'v Value {
    let (system, name) = key.split_once('.').unwrap();
    &column[system][name]
}

fn figure_number(v: &Value) -> Q {
    v.as_u64().map_or_else(|| units(v), |n| Q::from(BigInt::from(n)))
}

/// A random period and, now and then, a channel; with what `pnl` says of it.
fn asked(dir: &Path, world: &super::reference::World, seed: u64) -> Option<(Vec<String>, Value)> {
    let mut r = Random::new(seed ^ 0x5eed);
    let options = random::options(world, &mut r);
    let options = Options { flag: None, allocate: None, cohort: false, ..options };
    let mut args = options.args();
    // Some ranges hold no day.
    super::reference::pnl::pnl(world, &options)?;
    let report = document(dir, &args, seed);
    if !options.by_channel {
        return Some((args, report["total"].clone()));
    }
    args.retain(|a| a != "--by" && a != "channel");
    let columns = report["columns"].as_array().unwrap();
    let column = if columns.is_empty() { return None } else { r.pick(columns) };
    args.extend(["--channel".into(), column["channel"].as_str().unwrap().into()]);
    Some((args, column.clone()))
}

#[test]
fn the_rows_of_every_figure_add_up_to_it() {
    let mut channels = 0;
    for seed in seeds(10) {
        let world = random::world(seed);
        let dir = written(&world, seed + 1);
        let Some((args, column)) = asked(dir.path(), &world, seed) else { continue };
        channels += u32::from(args.contains(&"--channel".into()));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        for &key in Key::ALL.iter().filter(|k| world.has_goods || !k.needs_goods_cost()) {
            let place = format!("seed {seed} {} {args:?}", key.name());
            for rows in ["all", "2"] {
                let csv = told(dir.path(), key.name(), &[&["--rows", rows, "-O", "csv"], &args[..]].concat());
                let mut found: BTreeMap<String, Q> = BTreeMap::new();
                for r in records(&csv).iter().filter(|r| r["left_out"].is_empty()) {
                    *found.entry(r["of"].clone()).or_insert_with(|| q(0)) += number(&r["contribution"]);
                    assert!(rows != "all" || r["rows"] == "1" && !r["line"].is_empty(), "{place}: {r:?}");
                }
                for sum in sums_of(key) {
                    let want = figure_number(figure(&column, sum));
                    assert_eq!(found.remove(sum).unwrap_or_else(|| q(0)), want, "{place}: {sum}");
                }
                assert!(found.is_empty(), "{place}: {found:?}");
            }
            let json: Value =
                serde_json::from_str(&told(dir.path(), key.name(), &[&["-O", "json"], &args[..]].concat()))
                    .unwrap();
            assert_eq!(json["value"], *figure(&column, key.name()), "{place}");
        }
    }
    assert!(channels > 1 || std::env::var("SCRM_WORLDS").is_ok(), "few worlds were asked for a channel");
}

/// Every order counts or has its reason: both together are all orders, as the reconciliation has them.
#[test]
fn what_counts_and_what_does_not_are_all_orders() {
    for seed in seeds(8) {
        let world = random::world(seed);
        let dir = written(&world, seed + 1);
        let Some((args, _)) = asked(dir.path(), &world, seed) else { continue };
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let all = &document(dir.path(), &[], seed)["reconciliation"]["orders"];
        for key in ["direct.orders", "direct.gross", "distribution.orders", "distribution.gross"] {
            let csv = told(dir.path(), key, &[&["--rows", "all", "-O", "csv"], &args[..]].concat());
            let rows = records(&csv);
            let count: u64 = rows.iter().map(|r| r["rows"].parse::<u64>().unwrap()).sum();
            let amount = rows.iter().fold(q(0), |sum, r| sum + number(&r["amount"]));
            assert_eq!(
                (count, amount),
                (all["orders"].as_u64().unwrap(), units(&all["amount"])),
                "seed {seed} {key}"
            );
        }
    }
}

/// In a plainly spelt world the line of a row has the id of the row.
#[test]
fn a_row_stands_where_it_is_said_to_stand() {
    let mut looked = 0;
    for seed in seeds(8) {
        let world = random::world(seed);
        let dir = written(&world, 0);
        let keys = [
            "traffic.new_users",
            "direct.buyers",
            "direct.gross",
            "direct.refunds",
            "distribution.distributors",
            "distribution.gross",
            "distribution.commission",
        ];
        for key in keys {
            let csv = told(dir.path(), key, &["--rows", "all", "-O", "csv"]);
            for r in records(&csv).iter().filter(|r| r["left_out"].is_empty() && !r["id"].is_empty()) {
                // One that is not listed counts from its first order on.
                if key == "distribution.distributors" && r["file"] == "orders.csv" {
                    continue;
                }
                let text = std::fs::read_to_string(dir.path().join(&r["file"])).unwrap();
                let line = text.lines().nth(r["line"].parse::<usize>().unwrap() - 1).unwrap();
                // What a sheet might take for a formula has an apostrophe in front, and quotes are doubled in a line.
                let id = r["id"].trim_start_matches('\'').replace('"', "\"\"");
                assert!(line.contains(&id), "seed {seed} {key}: {r:?} is not {line}");
                looked += 1;
            }
        }
    }
    assert!(looked > 100, "only {looked} rows were looked at");
}

#[test]
fn threads_and_pieces_change_no_byte() {
    for seed in seeds(40) {
        let world = random::world(seed);
        let dir = written(&world, seed + 1);
        for key in ["total.margin", "direct.conversion", "distribution.active_rate"] {
            let want = told(dir.path(), key, &["--rows", "3", "-O", "json"]);
            for (threads, bytes) in [("1", "7"), ("3", "64"), ("7", "1")] {
                let more = ["--rows", "3", "-O", "json", "--threads", threads, "--chunk-bytes", bytes];
                assert_eq!(told(dir.path(), key, &more), want, "seed {seed} {key} {threads} {bytes}");
            }
        }
    }
}
