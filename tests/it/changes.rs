//! `pnl --compare`: the figures of both periods are those that `pnl` has of their days, and the changes follow from
//! them; what it refuses. `SCRM_WORLDS` says how many worlds.

use super::reference::Q;
use super::reference::pnl::{Options, columns};
use super::reference::random::{self, Random};
use num_bigint::BigInt;
use scrm_calc::app::{Run, run};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo-shop")
}

fn ran(dir: &Path, options: &[&str]) -> Run {
    let mut args =
        vec!["scrm-calc".into(), "pnl".into(), dir.as_os_str().to_owned(), "--lang".into(), "en".into()];
    if !options.contains(&"--today") {
        args.extend(["--today".into(), "2030-01-01".into()]);
    }
    args.extend(options.iter().map(Into::into));
    run(&args)
}

fn told(dir: &Path, options: &str) -> Value {
    let options: Vec<&str> = options.split_whitespace().chain(["-q", "-O", "json"]).collect();
    let r = ran(dir, &options);
    assert_eq!(r.status, 0, "{options:?}: {}", r.err);
    serde_json::from_slice(&r.out).unwrap()
}

fn list<'v>(report: &'v Value, key: &str) -> &'v [Value] {
    report[key].as_array().unwrap()
}

fn absolute(x: &Q) -> Q {
    if *x < q(0) { q(0) - x } else { x.clone() }
}

pub fn q(n: i64) -> Q {
    Q::from(BigInt::from(n))
}

/// A number of a report.
pub fn number(value: &Value) -> Q {
    let Some(text) = value.as_str() else { return q(value.as_i64().expect("a number")) };
    let (whole, part) = text.split_once('.').expect("decimals");
    Q::new(format!("{whole}{part}").parse().expect("digits"), BigInt::from(10).pow(part.len() as u32))
}

/// Six decimals of a number, rounded half away from zero.
pub fn six(x: &Q) -> String {
    let scaled = absolute(x) * q(1_000_000);
    let n = (scaled + q(1) / q(2)).floor().to_integer();
    let text = format!("{n:0>7}");
    let (whole, part) = text.split_at(text.len() - 6);
    let sign = if *x < q(0) && n != 0.into() { "-" } else { "" };
    format!("{sign}{whole}.{part}")
}

const SYSTEMS: [&str; 4] = ["traffic", "direct", "distribution", "total"];
const SHARES: [&str; 4] = ["conversion", "distributor_rate", "active_rate", "margin"];
const QUOTIENTS: [&str; 5] =
    ["cost_per_user", "revenue_per_buyer", "orders_per_buyer", "order_value", "revenue_per_active"];

/// One figure's change against what `pnl` says of it in both periods.
fn follows(name: &str, own: &Value, from: &Value, change: &Value, place: &str) {
    assert_eq!(change["from"], *from, "{place}");
    if SHARES.contains(&name) || QUOTIENTS.contains(&name) {
        // Shown to six decimals, so the difference is off by one of the last at most.
        let difference = &change["difference"];
        assert_eq!(difference.is_null(), own.is_null() || from.is_null(), "{place}");
        if !difference.is_null() {
            let off = number(own) - number(from) - number(difference);
            assert!(absolute(&off) * q(2_000_000) <= q(3), "{place}: {change}");
        }
        return;
    }
    let (to, was) = (number(own), number(from));
    let difference = &to - &was;
    assert_eq!(number(&change["difference"]), difference, "{place}: {change}");
    let percent = (was != q(0)).then(|| six(&(difference * q(100) / absolute(&was))));
    assert_eq!(change["percent"].as_str(), percent.as_deref(), "{place}: {change}");
}

/// What `pnl` has of some days, by channel, and of all channels under `null`.
fn plain(dir: &Path, begin: &Value, end: &Value, more: &str) -> BTreeMap<String, Value> {
    let (begin, end) = (begin.as_str().unwrap(), end.as_str().unwrap());
    let pnl = told(dir, &format!("-b {begin} -e {end} {more}"));
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for column in list(&pnl, "columns").iter().filter(|c| !c["begin"].is_null()) {
        all.insert(column["channel"].to_string(), column.clone());
    }
    all.insert("null".into(), pnl["total"].clone());
    all
}

/// Every column and the total of a report; returns how many had something to compare with.
fn equals_pnl(dir: &Path, options: &str, more: &str) -> usize {
    let report = told(dir, &format!("{options} {more}"));
    let mut known: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    let mut compared = 0;
    for column in list(&report, "columns").iter().chain([&report["total"]]) {
        let with = &column["compare"];
        let place = format!("{options} {more} {} {}", column["period"], column["channel"]);
        if with["change"]["total"]["profit"]["difference"].is_null() {
            assert_eq!(with["change"]["direct"]["users"]["from"], Value::Null, "{place}");
            continue;
        }
        let days = |of: &Value| (of["begin"].clone(), of["end"].clone());
        let channel = column["channel"].to_string();
        for (begin, end) in [days(column), days(with)] {
            known.entry(format!("{begin} {end}")).or_insert_with(|| plain(dir, &begin, &end, more));
        }
        let own = &known[&format!("{} {}", column["begin"], column["end"])][&channel];
        let none = Value::Null;
        let from = known[&format!("{} {}", with["begin"], with["end"])].get(&channel).unwrap_or(&none);
        compared += 1;
        for system in SYSTEMS {
            for (name, change) in with["change"][system].as_object().unwrap() {
                let place = format!("{place} {system}.{name}");
                assert_eq!(column[system][name], own[system][name], "{place}");
                // A channel that had nothing has no column: nothing of everything, and its ratios are undefined.
                let nothing = match &own[system][name] {
                    _ if SHARES.contains(&name.as_str()) || QUOTIENTS.contains(&name.as_str()) => Value::Null,
                    Value::Number(_) => 0.into(),
                    _ => "0.00".into(),
                };
                let was = if from.is_null() { &nothing } else { &from[system][name] };
                follows(name, &column[system][name], was, change, &place);
            }
        }
    }
    compared
}

#[test]
fn changes_follow_from_what_pnl_says_of_both_periods() {
    for (options, least) in [
        ("-p 2026-03 --compare previous", 2),
        ("-p 2026-02 --compare 2026-01", 2),
        ("-p 2026Q1 --compare 2026-01", 2),
        ("-b 2026-02-10 -e 2026-02-20 --compare previous", 2),
        ("-b 2026-02-10 --compare previous --today 2026-03-02", 2),
        ("-p 2026-03 --compare previous --today 2026-03-10", 2),
        ("-p 2026-02 --compare 2026-03 --today 2026-03-10", 2),
        ("-M --compare previous", 2),
        ("-M --compare previous --today 2026-03-20", 2),
        ("-M -b 2026-01-15 --compare previous --today 2026-03-20", 3),
        ("-W -p 2026-02 --compare previous", 5),
        ("-D -b 2026-03-01 -e 2026-03-05 --compare previous", 5),
        ("-Q --compare previous", 0),
        ("-M --compare year", 0),
        ("-e 2026-03-01 -M --compare previous", 1),
    ] {
        for more in ["", "--by channel", "--by channel --allocate users"] {
            let compared = equals_pnl(&demo(), options, more);
            assert!(compared >= least, "{options} {more}: {compared}");
        }
    }
    // A cohort with all that it brought in as many days.
    for options in ["-p 2026-03 --compare previous", "-p 2026-03 --compare 2026-01 --today 2026-03-09"] {
        assert_eq!(equals_pnl(&demo(), options, "--basis cohort"), 2);
    }
}

/// Cohorts of several months, each beside the one before as it was a month earlier.
#[test]
fn cohorts_are_compared_at_the_same_age() {
    let report = told(&demo(), "-M -b 2026-02-01 --basis cohort --compare previous");
    let before = told(&demo(), "-M -b 2026-01-01 -e 2026-03-01 --basis cohort");
    for i in 0..2 {
        let (change, was) = (&list(&report, "columns")[i]["compare"]["change"], &list(&before, "columns")[i]);
        for system in SYSTEMS {
            for (name, change) in change[system].as_object().unwrap() {
                assert_eq!(change["from"], was[system][name], "{i} {system}.{name}");
            }
        }
    }
    // On 10 March the cohort of March is nine days old, and so is that of February beside it.
    let report = told(&demo(), "-M -b 2026-02-01 --basis cohort --compare previous --today 2026-03-10");
    let before = told(&demo(), "-M -b 2026-01-01 -e 2026-02-10 --basis cohort");
    let from = &list(&report, "columns")[1]["compare"]["change"]["direct"]["revenue"]["from"];
    assert_eq!(*from, list(&before, "columns")[1]["direct"]["revenue"]);
}

#[test]
fn changes_follow_on_random_worlds() {
    let worlds = std::env::var("SCRM_WORLDS").ok().and_then(|n| n.parse().ok()).unwrap_or(25);
    let mut compared = 0;
    for seed in 0..worlds {
        let world = random::world(seed);
        let dir = tempfile::tempdir().unwrap();
        world.write(dir.path(), 0);
        let mut r = Random::new(seed);
        let flag = *r.pick(&['M', 'M', 'W', 'Q', 'Y']);
        let options = Options { flag: Some(flag), ..Options::default() };
        let all = columns(&world, &options).expect("a world has days");
        let (last, middle) = (all[all.len() - 1].2, all[all.len() / 2].1);
        let today = if r.chance(50) { last } else { last - jiff::ToSpan::days(3) };
        let with = *r.pick(&["previous", "previous", "year"]);
        let more = *r.pick(&["", "--by channel", "--by channel --allocate spend"]);
        let begin = if r.chance(40) { format!("-b {middle}") } else { String::new() };
        let line = format!("-{flag} {begin} --compare {with} --today {today}");
        if all.len() < 40 {
            compared += equals_pnl(dir.path(), &line, more);
        }
        let line = format!("-b {middle} -e {last} --compare {with} --today {today}");
        if middle < today {
            compared += equals_pnl(dir.path(), &line, more);
        }
    }
    assert!(worlds < 25 || compared > 60, "{compared}");
}

/// A figure of the total or, by its label, of a column.
fn at<'v>(report: &'v Value, column: Option<usize>, system: &str, name: &str) -> &'v Value {
    let of = column.map_or(&report["total"], |i| &list(report, "columns")[i]);
    &of["compare"]["change"][system][name]
}

#[test]
fn a_period_beside_itself_does_not_change() {
    for options in ["-p 2026-03 --compare 2026-03", "-p 2026-03 --compare 2026-03 --by channel"] {
        let report = told(&demo(), options);
        for column in list(&report, "columns").iter().chain([&report["total"]]) {
            for system in SYSTEMS {
                for (name, change) in column["compare"]["change"][system].as_object().unwrap() {
                    let zero = |v: &Value| v.is_null() || number(v) == q(0);
                    let last = change.get("percent").or(change.get("points")).unwrap();
                    assert!(zero(&change["difference"]) && zero(last), "{options} {name}: {change}");
                }
            }
        }
    }
}

#[test]
fn reversed_every_difference_has_the_other_sign() {
    let forth = told(&demo(), "-p 2026-03 --compare 2026-02 --by channel");
    let back = told(&demo(), "-p 2026-02 --compare 2026-03 --by channel");
    for i in 0..list(&forth, "columns").len() {
        for system in SYSTEMS {
            for (name, change) in list(&forth, "columns")[i]["compare"]["change"][system].as_object().unwrap()
            {
                let other = at(&back, Some(i), system, name);
                if change["difference"].is_null() {
                    assert!(other["difference"].is_null());
                } else {
                    let sum = number(&change["difference"]) + number(&other["difference"]);
                    assert_eq!(sum, q(0), "{system}.{name}");
                }
            }
        }
    }
}

/// Money of all channels changes by what it does in each, allocated or not.
#[test]
fn changes_of_the_channels_add_up() {
    for options in
        ["-p 2026-03 --compare previous --by channel", "-M --compare previous --by channel --allocate orders"]
    {
        let report = told(&demo(), options);
        let periods: Vec<&Value> = list(&report, "columns").iter().map(|c| &c["period"]).collect();
        let last: Vec<usize> =
            (0..periods.len()).filter(|i| periods[*i] == periods[periods.len() - 1]).collect();
        let whole = told(&demo(), "-p 2026-03 --compare previous");
        for (system, name) in
            [("traffic", "cost"), ("direct", "profit"), ("distribution", "profit"), ("total", "profit")]
        {
            let each = last.iter().map(|i| number(&at(&report, Some(*i), system, name)["difference"]));
            let sum = each.fold(q(0), |a, b| a + b);
            assert_eq!(
                sum,
                number(&at(&whole, None, system, name)["difference"]),
                "{options} {system}.{name}"
            );
        }
    }
}

/// A shop of which every figure is known: in 2023 and 2024 an order of 10.00 on each day, in 2024 of 11.00; one user.
fn shop_of_an_order_a_day() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut orders = String::from("order_id,user_id,paid_at,amount\n");
    let mut day = jiff::civil::date(2023, 1, 1);
    while day < jiff::civil::date(2025, 1, 1) {
        let amount = if day.year() == 2024 { "11.00" } else { "10.00" };
        orders += &format!("o{day},u,{day},{amount}\n");
        day = day.tomorrow().unwrap();
    }
    std::fs::write(dir.path().join("users.csv"), "user_id,acquired_on\nu,2023-01-01\n").unwrap();
    std::fs::write(dir.path().join("orders.csv"), orders).unwrap();
    dir
}

#[test]
fn a_shop_whose_changes_are_known_by_hand() {
    let dir = shop_of_an_order_a_day();
    for (options, begin, end, difference, percent) in [
        // 31 × 11 − 29 × 11 = 22; ÷ 319.
        ("-p 2024-03 --compare previous", "2024-02-01", "2024-03-01", "22.00", "6.896552"),
        // 29 × 11 − 28 × 10 = 39; ÷ 280.
        ("-p 2024-02 --compare year", "2023-02-01", "2023-03-01", "39.00", "13.928571"),
        // On the 29th of February 28 days of it are over: 28 × 11 − 28 × 10 = 28; ÷ 280.
        ("-p 2024-02 --compare year --today 2024-02-29", "2023-02-01", "2023-03-01", "28.00", "10.000000"),
        // 9 days of March beside 9 of February, of the same price.
        ("-p 2024-03 --compare previous --today 2024-03-10", "2024-02-01", "2024-02-10", "0.00", "0.000000"),
        // January: 31 × 11 − 31 × 10; it lies in another year.
        ("-p 2024-01 --compare previous", "2023-12-01", "2024-01-01", "31.00", "10.000000"),
        // Week 1 of 2024 begins with Monday, the 1st; that of 2023 with the 2nd: 77 − 70.
        ("-p 2024-W01 --compare year", "2023-01-02", "2023-01-09", "7.00", "10.000000"),
        // The quarter of 91 days beside 90: 91 × 11 − 90 × 10 = 101; ÷ 900.
        ("-p 2024Q1 --compare year", "2023-01-01", "2023-04-01", "101.00", "11.222222"),
        // 60 days of it, up to the 29th of February, beside those of the same dates: 660 − 59 × 10 = 70; ÷ 590.
        ("-p 2024Q1 --compare year --today 2024-03-01", "2023-01-01", "2023-03-01", "70.00", "11.864407"),
        ("-b 2024-01-06 -e 2024-01-11 --compare previous", "2024-01-01", "2024-01-06", "0.00", "0.000000"),
    ] {
        let report = told(dir.path(), options);
        let with = &report["total"]["compare"];
        let change = at(&report, None, "direct", "revenue");
        let got = [&with["begin"], &with["end"], &change["difference"], &change["percent"]];
        assert_eq!(got.map(|v| v.as_str().unwrap()), [begin, end, difference, percent], "{options}");
    }
    // A day that the year before does not have, and days of which the data has none.
    for (options, begin) in [
        ("-p 2024-02-29 --compare year", Value::Null),
        ("-p 2023-01 --compare previous", "2022-12-01".into()),
        ("-p 2023-01 --compare year", "2022-01-01".into()),
        ("-p 2025-05 --compare 2025-04", "2025-04-01".into()),
    ] {
        let report = told(dir.path(), options);
        assert_eq!(report["total"]["compare"]["begin"], begin, "{options}");
        let nothing = serde_json::json!({"from": null, "difference": null, "percent": null});
        assert_eq!(*at(&report, None, "direct", "revenue"), nothing, "{options}");
    }
}

#[test]
fn conditions_on_changes() {
    for (options, status, says) in [
        // Direct profit of February: −2,395.76 after −6,902.77 in January: 4,507.01 more, 65.29 %.
        ("-p 2026-02 --compare previous --fail-if change(direct.profit)<-20%", 0, ""),
        ("-p 2026-02 --compare previous --fail-if change(direct.profit)>65.29%", 3, "(all)"),
        ("-p 2026-02 --compare previous --fail-if change(direct.profit)>65.3%", 0, ""),
        ("-p 2026-02 --compare previous --fail-if change(direct.profit)==4507.01", 3, "(all)"),
        // 110 of 1,216 after 101 of 687: 9.0461 % after 14.7016 %.
        ("-p 2026-02 --compare previous --fail-if change(direct.conversion)<-5.65pp", 3, "(all)"),
        ("-p 2026-02 --compare previous --fail-if change(direct.conversion)<-5.66pp", 0, ""),
        (
            "-M --compare previous --fail-if change(direct.users)>700",
            3,
            "change(direct.users)>700 (2026-03)\n",
        ),
        (
            "-p 2026-02 --compare previous --by channel --fail-if change(traffic.cost_per_user)>=7.84",
            3,
            "(all, wechat-ads)\n",
        ),
        // 4,554.09 ÷ 120 after 4,816.55 ÷ 160: 37.9508 − 30.1034 = 7.8473.
        // Nothing before January, so nothing is met; the value of the same key may be.
        ("-p 2026-01 --compare previous --fail-if change(direct.profit)<9999999", 0, ""),
        ("-p 2026-01 --compare previous --fail-if direct.profit<0", 3, "direct.profit<0 (all)"),
        (
            "-p 2026-02 --fail-if change(direct.profit)<0",
            2,
            "is about a change: say since when with --compare",
        ),
        (
            "-p 2026-02 --compare previous --fail-if change(direct.profit)<-20pp",
            2,
            "write a percentage such as -20%",
        ),
        (
            "-p 2026-02 --compare previous --fail-if change(direct.conversion)<-20%",
            2,
            "write -0.5pp or -0.005",
        ),
        ("-p 2026-02 --compare previous --fail-if change(direct.profti)<0", 2, "did you mean direct.profit?"),
        ("--compare previous", 2, "--compare: of which days?"),
        ("-M --compare 2026-01", 2, "columns take previous or year"),
        ("-D -b 0001-01-01 -e 9999-12-31 --compare year", 2, "periods are more than the 500000"),
        ("-p 2026-02 --compare lastmonth", 2, "--compare: \"lastmonth\" is not a period"),
        (
            "-p 2026-03 --compare previous --today 2026-03-01",
            2,
            "no day from 2026-03-01 on is over on 2026-03-01",
        ),
        (
            "-p 2026-02 --compare 2026-03 --today 2026-03-01",
            2,
            "none of its days, from 2026-03-01 on, is over",
        ),
        ("-b 2027-01-01 --compare previous --today 2026-05-01", 2, "no day from 2027-01-01 on is over"),
    ] {
        let options: Vec<&str> = options.split_whitespace().chain(["-q"]).collect();
        let r = ran(&demo(), &options);
        assert_eq!(r.status, status, "{options:?}: {}", r.err);
        assert!(r.err.contains(says), "{options:?}: {}", r.err);
        assert_eq!(r.err.is_empty(), says.is_empty(), "{options:?}: {}", r.err);
        assert_eq!(r.out.is_empty(), status == 2, "{options:?}");
    }
    let bridge = ["scrm-calc", "bridge", demo().to_str().unwrap(), "--fail-if", "change(total.profit)<0"]
        .map(Into::into);
    let r = run(&bridge);
    assert!(r.status == 2 && r.err.contains("changes are those of pnl --compare"), "{}", r.err);
}
