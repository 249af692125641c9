//! `plan` against `pnl`, against its own solutions, and by hand; what it refuses.

use super::reference::bridge::money;
use super::reference::random;
use super::reference::{Q, q};
use num_bigint::BigInt;
use scrm_calc::app::{Run, run};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The base of the issue: 10,000 users at 8, 50,000 team, 5,000 other, 3 % who buy for 199.
const FLAGS: &str =
    "--users 10000 --conversion 3% --revenue-per-buyer 199 --cost-per-user 8 --team 50000 --other 5000";

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo-shop")
}

fn ran(words: &[&str]) -> Run {
    let args = ["scrm-calc"].iter().chain(words).chain(&["--lang", "en", "--today", "2030-01-01"]);
    run(&args.map(Into::into).collect::<Vec<std::ffi::OsString>>())
}

fn told(words: &[&str]) -> Value {
    let words: Vec<&str> = words.iter().copied().chain(["-q", "-O", "json"]).collect();
    let r = ran(&words);
    assert_eq!(r.status, 0, "{words:?}: {}", r.err);
    serde_json::from_slice(&r.out).unwrap()
}

/// What `plan` says of the issue's base with more options.
fn flags(more: &str) -> Value {
    told(&["plan"].into_iter().chain(FLAGS.split(' ')).chain(more.split_whitespace()).collect::<Vec<_>>())
}

fn data(command: &str, dir: &Path, more: &str) -> Value {
    let dir = dir.to_str().unwrap();
    told(&[command, dir].into_iter().chain(more.split_whitespace()).collect::<Vec<_>>())
}

fn list<'v>(report: &'v Value, key: &str) -> &'v [Value] {
    report[key].as_array().unwrap()
}

fn column<'v>(report: &'v Value, kind: &str) -> &'v Value {
    list(report, "columns").iter().find(|c| c["column"] == kind).unwrap()
}

fn has(column: &Value, want: &[(&str, &str)]) {
    for (key, value) in want {
        let (system, figure) = key.split_once('.').unwrap();
        let got = &column[system][figure];
        let got = got.as_str().map_or_else(|| got.to_string(), Into::into);
        assert_eq!(got, *value, "{key}");
    }
}

#[test]
fn the_issues_plan_by_hand() {
    let r = flags("--set conversion=+10% --set team_cost=40000");
    has(
        column(&r, "base"),
        &[
            ("traffic.new_users", "10000"),
            ("traffic.cost", "135000.00"), // 10,000 × 8 + 50,000 + 5,000
            ("direct.buyers", "300"),      // 10,000 × 3 %
            ("direct.revenue", "59700.00"),
            ("direct.profit", "-75300.00"),
            ("total.margin", "-1.261307"), // −75,300 ÷ 59,700
            ("distribution.active_rate", "null"),
        ],
    );
    // 330 × 199 = 65,670 against 125,000.
    has(column(&r, "scenario"), &[("direct.revenue", "65670.00"), ("direct.profit", "-59330.00")]);
    has(
        column(&r, "difference"),
        &[("direct.buyers", "30"), ("traffic.cost", "-10000.00"), ("direct.profit", "15970.00")],
    );
}

#[test]
fn solutions_by_hand() {
    let r = flags("--solve conversion --target direct.profit=0");
    let s = &list(&r, "solutions")[0];
    // 135,000 ÷ 1,990,000; 678 × 199 = 134,922 < 135,000 ≤ 679 × 199 = 135,121.
    assert_eq!((&s["driver"], &s["needed"]), (&"conversion".into(), &"0.067839".into()));
    assert_eq!((&s["whole"]["of"], &s["whole"]["value"]), (&"direct.buyers".into(), &679.into()));
    assert_eq!((&s["whole"]["bound"], &s["whole"]["result"]), (&"at_least".into(), &"121.00".into()));
    assert_eq!(s["change"], "1.261307"); // 6.7839… ÷ 3 − 1
    let r = flags("--break-even");
    let of = |name: &str| list(&r, "solutions").iter().find(|s| s["driver"] == name).unwrap();
    assert_eq!(of("users")["no_solution"], "each_user_costs_more"); // 3 % × 199 = 5.97 < 8
    assert_eq!(of("team_cost")["no_solution"], "below_zero");
    assert_eq!(of("cost_per_user")["needed"], "0.470000"); // (59,700 − 55,000) ÷ 10,000
    assert_eq!(of("revenue_per_buyer")["needed"], "450.000000"); // 135,000 ÷ 300
    assert_eq!(of("commission_rate")["no_solution"], "no_effect");
    assert_eq!(list(&r, "solutions").len(), 10, "new users are the users");
    assert_eq!((&r["target"], &r["value"]), (&"total.profit".into(), &"0.00".into()));
    let text =
        ran(&["plan"].into_iter().chain(FLAGS.split(' ')).chain(["--solve", "users"]).collect::<Vec<_>>());
    let text = String::from_utf8(text.out).unwrap();
    assert!(text.contains("no solution: each user costs more than it brings, by 2.03"), "{text}");
}

/// The word does what the option does, wherever it stands; but a directory of that name is a directory.
#[test]
fn break_even_may_be_a_word() {
    let text = |line: &str| {
        let r = ran(&line.split(' ').collect::<Vec<_>>());
        (r.status, String::from_utf8(r.out).unwrap(), r.err)
    };
    let demo = demo();
    let demo = demo.to_str().unwrap();
    let want = text(&format!("plan {demo} --break-even -q"));
    assert!(want.0 == 0 && !want.1.is_empty());
    for line in [format!("plan {demo} break-even -q"), format!("plan break-even {demo} -q")] {
        assert_eq!(text(&line), want, "{line}");
    }
    assert_eq!(text(&format!("plan break-even {FLAGS}")), text(&format!("plan {FLAGS} --break-even")));
    for (line, says) in [
        (format!("plan {demo} break-even --solve users"), "goes with none of --solve"),
        (format!("plan {demo} breakeven"), "there is one directory"),
        (format!("plan {demo} {demo}"), "there is one directory"),
    ] {
        let (status, out, err) = text(&line);
        assert!(status == 2 && out.is_empty() && err.contains(says), "{line}: {err}");
    }
}

#[test]
fn people_read_differences_with_signs_and_shares_in_points() {
    let text = |line: &str| {
        let words = ["plan"].into_iter().chain(FLAGS.split(' ')).chain(line.split(' '));
        let r = ran(&words.collect::<Vec<_>>());
        assert_eq!(r.status, 0, "{line}: {}", r.err);
        let text = String::from_utf8(r.out).unwrap();
        text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    // 3 % + 0.3 points: 30 buyers of 199 more, 10,000 less for the team.
    let set = "--set conversion=+10% --set team_cost=40000";
    let all = text(set);
    for line in [
        "Conversion 3.00% 3.30% +0.30pp",
        "Buyers 300 330 +30",
        "Team cost 50,000.00 40,000.00 -10,000.00",
        "Direct profit -75,300.00 -59,330.00 +15,970.00",
        "pp: percentage points",
    ] {
        assert!(all.iter().any(|l| l == line), "{line}: {all:#?}");
    }
    assert!(text(&format!("{set} -O markdown")).iter().any(|l| l.contains("3.30% | +0.30pp |")));
    // 135,000 ÷ 1,990,000 = 6.7839 %, 126.13 % more than 3 %.
    let line = "Conversion 3.00% 6.78% +3.78pp +126.13% 679 buyers at least";
    assert!(text("--break-even").iter().any(|l| l == line));
    // Machines read fractions.
    assert!(text(&format!("{set} -O csv")).iter().any(|l| l.contains(",0.003000,")));
}

/// Every driver that solves for a target is a plan that has it; whole numbers meet it, and the next does not.
#[test]
fn solve_then_plan_gives_the_target() {
    let mut solved = 0;
    for target in
        ["direct.profit=0", "total.profit=50000", "total.margin=25%", "total.cost=80000", "direct.buyers=400"]
    {
        let r = data("plan", &demo(), &format!("--break-even --target {target}"));
        let (line, value) = (r["target"].as_str().unwrap(), &r["value"]);
        let (system, figure) = line.split_once('.').unwrap();
        for s in list(&r, "solutions").iter().filter(|s| !s["needed"].is_null()) {
            let driver = s["driver"].as_str().unwrap();
            let one = data("plan", &demo(), &format!("--solve {driver} --target {target}"));
            let plan = |name: &str| {
                list(&one, "columns").iter().find(|c| c["column"] == "scenario" && c["scenario"] == name)
            };
            let exact = plan("exact").unwrap();
            assert_eq!(exact[system][figure], *value, "{driver} {target}");
            solved += 1;
            let Some(whole) = plan("whole") else { continue };
            // Set by hand to that whole number, or to the next towards where it began, it is the same plan, or misses.
            let n = &s["whole"]["value"];
            let own = ["users", "new_users", "team_cost", "other_cost"].contains(&driver);
            if own {
                let at = n.as_str().map_or_else(|| n.to_string(), Into::into);
                let set = data("plan", &demo(), &format!("--set {driver}={at}"));
                assert_eq!(column(&set, "scenario")["total"], whole["total"], "{driver}={at}");
            }
            let result = money_or_count(&whole[system][figure]);
            let wanted = money_or_count(value);
            let is_cost = line == "total.cost";
            assert!(if is_cost { result <= wanted } else { result >= wanted }, "{driver} {target}: {whole}");
        }
    }
    assert!(solved > 25, "{solved}");
}

fn money_or_count(v: &Value) -> Q {
    match v.as_u64() {
        Some(n) => Q::from(BigInt::from(n)),
        None if v.as_str().unwrap().split_once('.').unwrap().1.len() == 6 => {
            let digits = v.as_str().unwrap().replace('.', "");
            Q::new(digits.parse().unwrap(), BigInt::from(1_000_000))
        }
        None => money(v),
    }
}

/// Every figure of a base from data is the one of `pnl`.
fn base_is_pnl(dir: &Path, more: &str) -> usize {
    let (plan, pnl) = (data("plan", dir, more), data("pnl", dir, more));
    assert_eq!((&plan["begin"], &plan["end"]), (&pnl["begin"], &pnl["end"]), "{more}");
    let base = column(&plan, "base");
    let mut checked = 0;
    for system in ["traffic", "direct", "distribution", "total"] {
        for (figure, value) in base[system].as_object().unwrap() {
            if figure != "commission_rate" {
                assert_eq!(
                    *value,
                    pnl["total"][system][figure],
                    "{} {more} {system}.{figure}",
                    dir.display()
                );
                checked += 1;
            }
        }
    }
    checked
}

#[test]
fn a_base_from_data_is_the_statement() {
    for more in ["", "-p 2026-03", "-p 2026-W02", "-p 2025-12", "-b 2026-02-10"] {
        assert_eq!(base_is_pnl(&demo(), more), 24, "{more}");
    }
    let worlds = std::env::var("SCRM_WORLDS").ok().and_then(|n| n.parse().ok()).unwrap_or(40);
    for seed in 0..worlds {
        let world = random::world(seed);
        let dir = tempfile::tempdir().unwrap();
        world.write(dir.path(), 0);
        base_is_pnl(dir.path(), "");
        let begin = data("pnl", dir.path(), "-M")["columns"][0]["begin"].as_str().unwrap()[..7].to_string();
        base_is_pnl(dir.path(), &format!("-p {begin}"));
        // And what cannot be worked out is said, never made up.
        for view in ["--break-even", "--tornado", "--vary users=-10%..+10%/10%"] {
            let dir = dir.path().to_str().unwrap();
            let r = ran(&["plan", dir, "-q"].into_iter().chain(view.split(' ')).collect::<Vec<_>>());
            let ok = r.status == 0 || r.err.contains("fewer users");
            assert!(ok, "seed {seed} {view}: {}", r.err);
        }
    }
}

#[test]
fn tables_over_drivers() {
    let r = flags("--vary conversion=1%..5%/2% --vary cost_per_user=5..12/7 --of direct.profit");
    let rows: Vec<String> = list(&r, "values")
        .iter()
        .map(|v| format!("{} {} {}", v["conversion"], v["cost_per_user"], v["result"]).replace('"', ""))
        .collect();
    // 10,000 × 1 % × 199 = 19,900 − 10,000 × 5 − 55,000, and so on.
    let want = [
        "0.010000 5.000000 -85100.00",
        "0.010000 12.000000 -155100.00",
        "0.030000 5.000000 -45300.00",
        "0.030000 12.000000 -115300.00",
        "0.050000 5.000000 -5500.00",
        "0.050000 12.000000 -75500.00",
    ];
    assert_eq!(rows, want);
    let r = flags("--vary users=-50%..+50%/50%");
    let results: Vec<&str> = list(&r, "values").iter().map(|v| v["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["-65150.00", "-75300.00", "-85450.00"]); // 5,000 × −2.03 either way
    let r = flags("--tornado --set conversion=6%");
    let first = &list(&r, "drivers")[0];
    // 119,400 of revenue: a tenth either way is 23,880, more than of any cost.
    assert_eq!((&first["driver"], &first["swing"]), (&"conversion".into(), &"23880.00".into()));
}

#[test]
fn scenarios_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("s.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    write(
        "[[scenario]]\nname = \"dearer\"\nset = { cost_per_user = \"+10%\" }\n[[scenario]]\nname = \"better\"\nset = { conversion = \"+1pp\", team_cost = \"-5000\" }\n",
    );
    let path = file.to_str().unwrap();
    let r = flags(&format!("--scenario {path}"));
    let named: Vec<(&str, &str, &str)> = list(&r, "columns")[1..]
        .iter()
        .map(|c| {
            (
                c["column"].as_str().unwrap(),
                c["scenario"].as_str().unwrap(),
                c["direct"]["profit"].as_str().unwrap(),
            )
        })
        .collect();
    let want = [
        ("scenario", "dearer", "-83300.00"), // 10,000 × 8.80
        ("difference", "dearer", "-8000.00"),
        ("scenario", "better", "-50400.00"), // 79,600 − 130,000
        ("difference", "better", "24900.00"),
    ];
    assert_eq!(named, want);
    let refused = |text: &str| {
        write(text);
        let r = ran(&["plan"]
            .into_iter()
            .chain(FLAGS.split(' '))
            .chain(["--scenario", path])
            .collect::<Vec<_>>());
        (r.status, r.err)
    };
    for (text, says) in [
        (
            "[[scenario]]\nname = \"x\"\nset = { convertion = \"1%\" }\n",
            "x: set: no driver \"convertion\"; did you mean",
        ),
        ("[[scenario]]\nname = \"x\"\nset = { conversion = \"200%\" }\n", "x: conversion would be 200%"),
        ("[[scenario]]\nset = { conversion = \"2%\" }\n", "missing field"),
        ("", "no scenario"),
    ] {
        let (status, err) = refused(text);
        assert!(status == 2 && err.contains(says) && err.contains("s.toml"), "{text:?}: {status} {err}");
    }
    let r = ran(&["plan", "--users", "1", "--scenario", "/nowhere.toml"]);
    assert_eq!(r.status, 4, "{}", r.err);
}

#[test]
fn what_is_refused_and_what_holds() {
    let demo = demo();
    let demo = demo.to_str().unwrap();
    for (line, status, says) in [
        (format!("{demo} --users 5"), 2, "not from both"),
        ("--users ten".into(), 2, "--users: \"ten\" is no number"),
        ("--users -5".into(), 2, "--users: \"-5\" is no number from 0 up"),
        ("--users 99999999999999999999".into(), 2, "of at most 15 digits"),
        ("--users 1,000".into(), 2, "without commas"),
        ("--conversion 3x".into(), 2, "write 3% or 0.03"),
        ("--conversion 300%".into(), 2, "conversion would be 300%, which is more than all"),
        ("--users 5 --new-users 6".into(), 2, "fewer users than 6"),
        ("--users 5 -p 2026".into(), 2, "cannot be used with"),
        ("--users 5 --set conversion".into(), 2, "write a driver, = and a change"),
        ("--users 5 --set orders=5".into(), 2, "no driver \"orders\""),
        ("--users 5 --set users=1 --set users=2".into(), 2, "users is changed twice"),
        ("--users 5 --set users=-6".into(), 2, "users would be -1, which is below zero"),
        ("--users 5 --solve profit".into(), 2, "--solve: no driver \"profit\""),
        ("--users 5 --target direct.profit=0".into(), 2, "--target needs --solve or --break-even"),
        ("--users 5 --of direct.profit".into(), 2, "--of needs --vary or --tornado"),
        ("--users 5 --solve users --target direct.profi=0".into(), 2, "did you mean direct.profit?"),
        ("--users 5 --solve users --tornado".into(), 2, "cannot be used with"),
        ("--users 5 --vary users=1..2/1 --vary users=1..2/1".into(), 2, "two different ones"),
        ("--users 5 --vary users=1..500/1".into(), 2, "more than 200 values"),
        ("--users 5 --vary conversion=90%..110%/10%".into(), 2, "conversion would be 110%"),
        (format!("{demo} --set new_users=-5000"), 2, "new_users would be -3013"),
        (format!("{demo} -p 2025-12 --set conversion=+10%"), 2, "conversion is undefined in the base"),
        (format!("{demo} -p 2026-03 --set users=1000"), 2, "fewer users than 1216"),
        (format!("{demo} --strict"), 1, "--strict: nothing was calculated"),
        ("/nowhere".into(), 4, ""),
        (format!("{demo} --fail-if direct.profit<0"), 3, "direct.profit<0 (base)\n"),
        (format!("{demo} --fail-if direct.profit<-783.79"), 0, ""),
        (format!("{demo} --set conversion=+10% --fail-if direct.profit<0"), 0, ""),
        (format!("{demo} --set conversion=-10% --fail-if direct.profit<0"), 3, "(scenario)\n"),
        (format!("{demo} --fail-if direct.orders<0"), 2, "no key \"direct.orders\""),
    ] {
        let words: Vec<&str> = ["plan"].into_iter().chain(line.split(' ')).chain(["-q"]).collect();
        let r = ran(&words);
        assert_eq!(r.status, status, "{line}: {}", r.err);
        assert!(r.err.contains(says), "{line}: {}", r.err);
        assert_eq!(r.out.is_empty(), !matches!(status, 0 | 3), "{line}");
    }
}

#[test]
fn what_was_not_given_is_said() {
    let said = |line: &str| String::from_utf8(ran(&line.split(' ').collect::<Vec<_>>()).out).unwrap();
    let some = said("plan --users 100 --conversion 3%");
    assert!(
        some.contains(
            "Not given, so counted as 0: Cost per user, Team cost, Other cost, Revenue per buyer\n"
        )
    );
    let more = said("plan --users 100 --distributor-rate 3%");
    assert!(more.contains("Active rate, Revenue per active distributor, Commission rate\n"), "{more}");
    let all = said(&format!("plan {FLAGS}"));
    assert!(!all.contains("Not given"), "{all}");
    let older = told(&"plan --users 100 --new-users 40 --cost-per-user 2".split(' ').collect::<Vec<_>>());
    has(column(&older, "base"), &[("traffic.ad_spend", "80.00"), ("direct.users", "100")]);
    assert_eq!(money(&column(&older, "base")["direct"]["profit"]), q(-800_000));
}

#[test]
fn what_is_undefined_is_said_and_never_zero() {
    // Before the shop opened nobody was there: with users nothing is known of what they would do.
    let demo = demo();
    let demo = demo.to_str().unwrap();
    let line = format!("plan {demo} -p 2025-12 -q --set users=100");
    let text = String::from_utf8(ran(&line.split(' ').collect::<Vec<_>>()).out).unwrap();
    assert!(text.contains("Undefined in the base, so nothing follows from it; --set gives a value: Cost per user, Conversion,"), "{text}");
    let r = data("plan", Path::new(demo), "-p 2025-12 --set users=100");
    has(
        column(&r, "scenario"),
        &[("direct.users", "100"), ("direct.buyers", "null"), ("total.profit", "null")],
    );
    // As soon as it is all given, it all follows: 100 × 10 % × 50 − 100 × 2.
    let sets = "--set users=100 --set conversion=10% --set revenue_per_buyer=50 --set cost_per_user=2 --set distributor_rate=0%";
    let r = data("plan", Path::new(demo), &format!("-p 2025-12 {sets}"));
    has(column(&r, "scenario"), &[("direct.profit", "300.00"), ("total.profit", "300.00")]);
}

#[test]
fn a_report_goes_to_a_file_as_its_ending_says() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("even.csv");
    let words = format!("plan {FLAGS} --break-even -q -o {}", file.to_str().unwrap());
    let r = ran(&words.split(' ').collect::<Vec<_>>());
    assert_eq!((r.status, r.out.len()), (0, 0), "{}", r.err);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with(
        "driver,now,needed,difference,change,whole.of,whole.value,whole.bound,whole.result,no_solution\n"
    ));
    assert_eq!(text.lines().count(), 11);
}
