//! `cohort` against `pnl` and against a slow second opinion, on the demo and on random worlds; what it refuses.
//! `SCRM_WORLDS` says how many.

use super::reference::bridge::money;
use super::reference::random;
use super::reference::{Q, World, q};
use jiff::ToSpan;
use jiff::civil::Date;
use num_bigint::BigInt;
use scrm_calc::app::{Run, run};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo-shop")
}

fn ran(dir: &Path, command: &str, options: &[&str]) -> Run {
    let mut args = vec!["scrm-calc".into(), command.into(), dir.as_os_str().to_owned()];
    args.extend("--lang en".split(' ').map(Into::into));
    if !options.contains(&"--today") {
        args.extend("--today 2030-01-01".split(' ').map(Into::into));
    }
    args.extend(options.iter().map(Into::into));
    run(&args)
}

fn told(dir: &Path, command: &str, options: &str) -> Value {
    let options: Vec<&str> = options.split_whitespace().chain(["-q", "-O", "json"]).collect();
    let r = ran(dir, command, &options);
    assert_eq!(r.status, 0, "{command} {options:?}: {}", r.err);
    serde_json::from_slice(&r.out).unwrap()
}

fn list<'v>(report: &'v Value, key: &str) -> &'v [Value] {
    report[key].as_array().unwrap()
}

fn count(v: &Value) -> u64 {
    v.as_u64().unwrap_or_else(|| panic!("{v} is no count"))
}

/// Orders and revenue of a column of `pnl`, as a system counts them.
fn of_system(column: &Value, system: &str) -> (u64, Q) {
    let direct = (count(&column["direct"]["orders"]), money(&column["direct"]["revenue"]));
    let sold = (count(&column["distribution"]["orders"]), money(&column["distribution"]["profit"]));
    match system {
        "direct" => direct,
        "distribution" => sold,
        _ => (direct.0 + sold.0, direct.1 + sold.1),
    }
}

/// Each cohort is its column of `pnl --basis cohort`.
fn cohorts_are_columns(dir: &Path, options: &str, system: &str) {
    let got = told(dir, "cohort", &format!("{options} --system {system}"));
    let flag = if options.contains("-Q") || options.contains("-Y") { "" } else { "-M" };
    let pnl = told(dir, "pnl", &format!("{flag} {options} --basis cohort"));
    assert_eq!((&got["begin"], &got["end"]), (&pnl["begin"], &pnl["end"]), "{options}");
    let columns = list(&pnl, "columns");
    let mut met = 0;
    for cohort in list(&got, "cohorts") {
        let place = format!("{options} {system} {} {}", cohort["cohort"], cohort["channel"]);
        let own = columns
            .iter()
            .find(|c| c["period"] == cohort["cohort"] && c["channel"] == cohort["channel"])
            .unwrap_or_else(|| panic!("{place}: no such column"));
        met += 1;
        assert_eq!((&own["begin"], &own["end"]), (&cohort["begin"], &cohort["end"]), "{place}");
        let traffic = &own["traffic"];
        assert_eq!(cohort["users"], traffic["new_users"], "{place}");
        assert_eq!(cohort["ad_spend"], traffic["ad_spend"], "{place}");
        assert_eq!(cohort["ad_cost_per_user"], traffic["cost_per_user"], "{place}");
        assert_eq!(cohort["traffic_cost"], traffic["cost"], "{place}");
        follows_from_cells(cohort, &place);
        let so_far = &cohort["so_far"];
        assert_eq!(so_far["buyers"], own["direct"]["buyers"], "{place}");
        assert_eq!(so_far["conversion"], own["direct"]["conversion"], "{place}");
        let sums = (count(&so_far["orders"]), money(&so_far["revenue"]));
        assert_eq!(sums, of_system(own, system), "{place}");
    }
    // Columns that are no cohort hold distributors and nothing they brought.
    let left = columns.iter().filter(|c| {
        !list(&got, "cohorts").iter().any(|g| g["cohort"] == c["period"] && g["channel"] == c["channel"])
    });
    left.for_each(|c| assert_eq!(of_system(c, "both"), (0, q(0)), "{options} {c}"));
    assert!(met > 0, "{options}");
}

/// What a cohort's own cells say of its LTV and of when it paid back; returns whether it did.
fn follows_from_cells(cohort: &Value, place: &str) -> bool {
    let (mut orders, mut revenue) = (0, q(0));
    let mut paid_back = [None, None];
    let users = count(&cohort["users"]);
    let costs = ["ad_spend", "traffic_cost"].map(|cost| money(&cohort[cost]));
    for cell in list(cohort, "cells").iter().filter(|m| !m["orders"].is_null()) {
        orders += count(&cell["orders"]);
        revenue += money(&cell["revenue"]);
        let so_far = &cell["cumulative"];
        assert_eq!(
            (count(&so_far["orders"]), money(&so_far["revenue"])),
            (orders, revenue.clone()),
            "{place}"
        );
        for (month, cost) in paid_back.iter_mut().zip(&costs) {
            if month.is_none() && users > 0 && revenue >= *cost {
                *month = cell["months_since"].as_u64();
            }
        }
    }
    let told = ["payback_months", "loaded_payback_months"].map(|key| cohort[key].as_u64());
    assert_eq!(told, paid_back, "{place}");
    let any = list(cohort, "cells").iter().rfind(|m| !m["orders"].is_null() && !m["months_since"].is_null());
    let last = any.map_or(&Value::Null, |m| &m["cumulative"]["revenue_per_user"]);
    assert_eq!(cohort["ltv"], *last, "{place}");
    paid_back[0].is_some()
}

/// The cells of all cohorts in one calendar month are the month's column of `pnl`.
fn cells_are_periods(dir: &Path, options: &str, system: &str) -> usize {
    let pnl = told(dir, "pnl", &format!("-M {options}"));
    let end = pnl["end"].as_str().unwrap();
    let got = told(dir, "cohort", &format!("{options} -e {end} --system {system}"));
    let mut checked = 0;
    for column in list(&pnl, "columns") {
        let own = list(&got, "cohorts").iter().filter(|c| c["channel"] == column["channel"]);
        let cells = own.flat_map(|c| list(c, "cells")).filter(|m| m["period"] == column["period"]);
        let cells: Vec<&Value> = cells.collect();
        let place = format!("{options} {system} {} {}", column["period"], column["channel"]);
        if cells.iter().any(|m| m["orders"].is_null()) {
            // Behind the last row of the data only costs lie.
            assert!(cells.iter().all(|m| m["orders"].is_null() && m["cumulative"]["revenue"].is_null()));
            assert_eq!(of_system(column, system), (0, q(0)), "{place}");
            continue;
        }
        let orders = cells.iter().map(|m| count(&m["orders"])).sum::<u64>();
        let revenue = cells.iter().fold(q(0), |sum, m| sum + money(&m["revenue"]));
        assert_eq!((orders, revenue), of_system(column, system), "{place}");
        let buyers = cells.iter().map(|m| count(&m["buyers"])).sum::<u64>();
        assert_eq!(buyers, count(&column["direct"]["buyers"]), "{place}");
        checked += 1;
    }
    checked
}

const SYSTEMS: [&str; 3] = ["direct", "distribution", "both"];

#[test]
fn cohorts_sum_to_the_statement() {
    for options in ["", "--by channel", "-Q", "-Q --by channel", "-Y", "-b 2026-01-20", "-p 2026-02"] {
        for system in SYSTEMS {
            cohorts_are_columns(&demo(), options, system);
        }
    }
    for system in SYSTEMS {
        assert_eq!(cells_are_periods(&demo(), "", system), 3);
        assert!(cells_are_periods(&demo(), "--by channel", system) >= 15);
    }
}

/// The buyers of a cohort by the number of months since, and of all up to then: how many, and how many of them with two
/// orders or more.
type Buyers = BTreeMap<i64, (BTreeSet<String>, usize, usize)>;

/// What the reference knows of a cohort's buyers, by looking through all sales for each month.
fn buyers(world: &World, cohort: Date, channel: Option<&str>, end: Date) -> Buyers {
    let of_cohort = |s: &super::reference::facts::Sale| {
        s.distributor.is_none()
            && s.place.cohort.is_some_and(|d| d.first_of_month() == cohort)
            && channel.is_none_or(|c| s.place.channel == c)
    };
    let sales: Vec<_> = world.sales().into_iter().filter(of_cohort).collect();
    let mut months = Buyers::new();
    let mut month = cohort;
    for since in 0.. {
        if month >= end {
            break;
        }
        let next = month + 1.month();
        let inside = sales.iter().filter(|s| s.paid.day() >= month && s.paid.day() < next);
        let in_month = inside.map(|s| s.buyer.clone()).collect();
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for s in sales.iter().filter(|s| s.paid.day() < next) {
            *times.entry(&s.buyer).or_default() += 1;
        }
        let again = times.values().filter(|n| **n > 1).count();
        months.insert(since, (in_month, times.len(), again));
        month = next;
    }
    months
}

/// The program's figures of buyers against the reference's; returns how many buyers bought again.
fn buyers_are_the_references(world: &World, dir: &Path, by: &str, place: &str) -> usize {
    let end = told(dir, "pnl", "-M")["end"].as_str().unwrap().to_string();
    let got = told(dir, "cohort", &format!("{by} -e {end}"));
    let mut again = 0;
    for c in list(&got, "cohorts").iter().filter(|c| !c["begin"].is_null()) {
        let cohort: Date = c["begin"].as_str().unwrap().parse().unwrap();
        let want = buyers(world, cohort, c["channel"].as_str(), end.parse().unwrap());
        for cell in list(c, "cells").iter().filter(|m| !m["buyers"].is_null()) {
            let Some(since) = cell["months_since"].as_i64() else { continue };
            let (in_month, so_far, twice) = &want[&since];
            let place = format!("{place} {cohort} {} month {since}", c["channel"]);
            assert_eq!(count(&cell["buyers"]) as usize, in_month.len(), "{place}");
            assert_eq!(count(&cell["cumulative"]["buyers"]) as usize, *so_far, "{place}");
            let share = |part: usize, whole: u64| {
                let exact = BigInt::from(part * 2_000_000 + whole as usize) / BigInt::from(2 * whole.max(1));
                let text = format!("{exact:0>7}");
                let (whole_part, part) = text.split_at(text.len() - 6);
                if whole == 0 { Value::Null } else { Value::from(format!("{whole_part}.{part}")) }
            };
            assert_eq!(cell["repeat_share"], share(*twice, *so_far as u64), "{place}");
            assert_eq!(cell["conversion"], share(in_month.len(), count(&c["users"])), "{place}");
            again += twice;
        }
    }
    again
}

#[test]
fn random_worlds_are_the_statement_and_the_references() {
    let worlds = std::env::var("SCRM_WORLDS").ok().and_then(|n| n.parse().ok()).unwrap_or(40);
    let (mut checked, mut again) = (0, 0);
    for seed in 0..worlds {
        let world = random::world(seed);
        let dir = tempfile::tempdir().unwrap();
        world.write(dir.path(), 0);
        let by = if seed % 2 == 0 { "" } else { "--by channel" };
        let system = SYSTEMS[seed as usize % 3];
        cohorts_are_columns(dir.path(), by, system);
        cohorts_are_columns(dir.path(), &format!("-Q {by}"), system);
        checked += cells_are_periods(dir.path(), by, system);
        again += buyers_are_the_references(&world, dir.path(), by, &format!("seed {seed}"));
    }
    assert!(worlds < 40 || (checked > 100 && again > 40), "{checked} columns, {again} again");
}

#[test]
fn threads_and_pieces_change_no_byte() {
    for options in ["--by channel", "-Q --system both"] {
        let want = told(&demo(), "cohort", options);
        for pieces in ["--threads 1 --chunk-bytes 64", "--threads 3 --chunk-bytes 4096"] {
            assert_eq!(told(&demo(), "cohort", &format!("{options} {pieces}")), want, "{pieces}");
        }
    }
}

#[test]
fn a_month_that_is_not_over_is_blank() {
    // On March 31st March is not over, nor is it in data that ends before.
    for options in ["--today 2026-03-31", "-e 2026-03-31"] {
        let got = told(&demo(), "cohort", options);
        let january = &list(&got, "cohorts")[0];
        let cells = list(january, "cells");
        assert_eq!(cells.len(), 3);
        assert_eq!(cells[1]["cumulative"]["revenue"], "26802.24", "{options}");
        let blank = cells[2].as_object().unwrap();
        let known: Vec<&str> = blank.iter().filter(|(_, v)| !v.is_null()).map(|(k, _)| k.as_str()).collect();
        assert_eq!(known, ["months_since", "period", "cumulative"], "{options}");
        assert!(blank["cumulative"].as_object().unwrap().values().all(Value::is_null));
        // 26,802.24 ÷ 687; nothing that is not over counts.
        assert_eq!(january["ltv"], "39.013450", "{options}");
        let march = &list(&got, "cohorts")[2];
        assert_eq!((&march["ltv"], &march["payback_months"]), (&Value::Null, &Value::Null), "{options}");
        let table = String::from_utf8(ran(&demo(), "cohort", &options.split(' ').collect::<Vec<_>>()).out);
        let line = table.unwrap().lines().find(|l| l.starts_with("2026-03 ")).unwrap().to_string();
        assert!(line.split_whitespace().skip(4).all(|w| w == "–"), "{line}");
    }
}

#[test]
fn every_value_fills_the_triangle() {
    for (options, cells) in [
        ("", ["28.10", "39.01", "50.42"]),
        ("--value revenue_per_user", ["28.10", "10.92", "11.40"]),
        ("--value revenue_per_user --cumulative", ["28.10", "39.01", "50.42"]),
        ("--value revenue", ["19,301.66", "7,500.58", "7,834.32"]),
        ("--value revenue --cumulative", ["19,301.66", "26,802.24", "34,636.56"]),
        ("--value orders", ["103", "39", "38"]),
        ("--value buyers --cumulative", ["101", "134", "146"]),
        ("--value conversion", ["14.70%", "5.68%", "5.09%"]),
        // 8 ÷ 134 and 32 ÷ 146.
        ("--value repeat_share", ["1.98%", "5.97%", "21.92%"]),
    ] {
        let r = ran(&demo(), "cohort", &options.split_whitespace().collect::<Vec<_>>());
        let text = String::from_utf8(r.out).unwrap();
        let line = text.lines().find(|l| l.starts_with("2026-01 ")).unwrap();
        let words: Vec<&str> = line.split_whitespace().skip(4).take(3).collect();
        assert_eq!(words, cells, "{options}");
    }
}

#[test]
fn what_is_refused_and_what_holds() {
    for (options, status, says) in [
        (&["--value", "profit"][..], 2, "invalid value 'profit'"),
        (&["--system", "all"], 2, "invalid value 'all'"),
        (&["--by", "staff"], 2, "invalid value 'staff'"),
        (&["-M", "-Q"], 2, "cannot be used with"),
        (&["-W"], 2, "unexpected argument '-W'"),
        (&["-p", "March"], 2, "is not a period"),
        (&["-b", "2027-01-01"], 2, "holds no day"),
        (&["-b", "0001-01-01"], 2, "are more than the 500000"),
        (&["--fail-if", "payback_month > 3"], 2, "did you mean payback_months?"),
        (&["--fail-if", "direct.profit < 0"], 2, "no key \"direct.profit\""),
        (&["--strict"], 1, "--strict: nothing was calculated"),
        (&["-q", "--fail-if", "ltv_to_cost < 1"], 0, ""),
        (&["-q", "--fail-if", "ltv_to_loaded_cost < 1"], 3, "ltv_to_loaded_cost < 1 (2026-03)\n"),
        (&["-q", "--fail-if", "loaded_payback_months >= 1"], 3, "(2026-02)\n"),
        (&["-q", "--fail-if", "so_far.revenue < 20000"], 3, "so_far.revenue < 20000 (2026-03)\n"),
        (&["-q", "--by", "channel", "--fail-if", "ltv_to_cost < 0.3"], 3, "(2026-03, wechat-ads)\n"),
    ] {
        let r = ran(&demo(), "cohort", options);
        assert_eq!(r.status, status, "{options:?}: {}", r.err);
        assert!(r.err.contains(says), "{options:?}: {}", r.err);
        assert_eq!(r.out.is_empty(), !matches!(status, 0 | 3), "{options:?}");
    }
    assert_eq!(ran(Path::new("/nowhere"), "cohort", &[]).status, 4);
}

/// Who bought again among the customers of CDNOW, counted once from its files by a script that knows no month: 3,917 of
/// 7,846, 4,135 of 8,476 and 3,610 of 7,248.
#[test]
fn real_public_data() {
    let Some(data) = super::shop::public("cdnow") else { return };
    let got = told(&data, "cohort", "");
    let shares =
        list(&got, "cohorts")[..3].iter().map(|c| (count(&c["users"]), &c["so_far"]["repeat_share"]));
    let want = [(7_846, "0.499235"), (8_476, "0.487848"), (7_248, "0.498068")];
    let shares: Vec<_> = shares.map(|(n, share)| (n, share.as_str().unwrap())).collect();
    assert_eq!(shares, want);
    // Months in which nobody came are for programs alone.
    let text = String::from_utf8(ran(&data, "cohort", &["-q"]).out).unwrap();
    assert_eq!(text.lines().filter(|l| l.starts_with("199") && l.contains('.')).count(), 3, "{text}");
    assert_eq!(list(&got, "cohorts").len(), 18);
}

#[test]
fn a_shop_without_a_row() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("users.csv"), "user_id,acquired_on\n").unwrap();
    std::fs::write(dir.path().join("orders.csv"), "order_id,user_id,paid_at,amount\n").unwrap();
    let got = told(dir.path(), "cohort", "");
    assert_eq!((list(&got, "cohorts").len(), &got["begin"]), (0, &Value::Null));
    let r = ran(dir.path(), "cohort", &[]);
    assert_eq!(r.status, 0, "{}", r.err);
}
