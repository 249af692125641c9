//! `pnl --targets` and `bridge --to targets`: worked by hand, and against a second reading of the same file.

use super::changes::{number, q, six};
use super::reference::Q;
use scrm_calc::app::{Run, run};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo-shop")
}

fn ran(command: &str, dir: &Path, options: &str) -> Run {
    let mut args =
        vec!["scrm-calc".into(), command.into(), dir.as_os_str().to_owned(), "--lang".into(), "en".into()];
    if !options.contains("--today") {
        args.extend(["--today".into(), "2030-01-01".into()]);
    }
    args.extend(options.split_whitespace().map(Into::into));
    run(&args)
}

fn told(command: &str, dir: &Path, options: &str) -> Value {
    let r = ran(command, dir, &format!("{options} -q -O json"));
    assert_eq!(r.status, 0, "{options}: {}", r.err);
    serde_json::from_slice(&r.out).unwrap()
}

/// Target, difference and percent of a key, of a column or, where it is `None`, of the total.
fn goal(report: &Value, column: Option<usize>, key: &str) -> [String; 3] {
    let of = column.map_or(&report["total"], |i| &report["columns"][i]);
    let (system, figure) = key.split_once('.').unwrap();
    let goal = &of["targets"][system][figure];
    ["target", "difference", "percent"].map(|part| match &goal[part] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// The demo with other targets.
fn shop(targets: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(demo()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
    }
    std::fs::write(dir.path().join("targets.csv"), targets).unwrap();
    dir
}

#[test]
fn goals_by_hand() {
    for (options, column, key, want) in [
        // 771 − 790; 771 ÷ 790 = 97.594937 %.
        ("-p 2026-03", None, "traffic.new_users", ["790", "-19", "97.594937"]),
        // 38,763.71 − 41,800.00; ÷ 41,800.
        ("-p 2026-03", None, "direct.revenue", ["41800.00", "-3036.29", "92.736148"]),
        // 220 ÷ 2,000 = 11 %; 199 ÷ 1,987 = 10.015098 %, of 11 %: 91.046347 %.
        ("-p 2026-03", None, "direct.conversion", ["0.110000", "-0.009849", "91.046347"]),
        // 13,430 ÷ 790 = 17; 18.000999 − 17 = 1.000999.
        ("-p 2026-03", None, "traffic.cost_per_user", ["17.000000", "1.000999", "105.888228"]),
        // A loss that was planned: 271.77 more was lost than 6,630, and no percentage of it.
        ("-p 2026-01", None, "direct.profit", ["-6630.00", "-272.77", "null"]),
        // 18,620 + 22,990 + 41,800 = 83,410 of the quarter; 78,225.66 ÷ 83,410.
        ("-M", None, "direct.revenue", ["83410.00", "-5184.34", "93.784510"]),
        ("-M", Some(1), "direct.revenue", ["22990.00", "-2829.71", "87.691562"]),
        // The pool at the end; of distinct buyers of a quarter nobody said anything.
        ("-M", None, "direct.users", ["2000", "-13", "99.350000"]),
        ("-M", None, "direct.buyers", ["null", "null", "null"]),
        ("-M", None, "direct.conversion", ["null", "null", "null"]),
        // 34,000 of spend for 2,000 users in the quarter; 35,220.10 ÷ 1,987 = 17.725264.
        ("-M", None, "traffic.cost_per_user", ["17.000000", "0.725264", "104.266260"]),
        ("-M", None, "direct.gross", ["null", "null", "null"]),
        // Of 9 days: ⌊790 × 9 ÷ 31⌋ = ⌊229.35⌋; ⌊418,000,000 × 9 ÷ 31⌋ = 121,354,838 in units of 1/10,000.
        ("-p 2026-03 --today 2026-03-10", None, "traffic.new_users", ["229", "125", "154.585153"]),
        ("-p 2026-03 --today 2026-03-10", None, "direct.revenue", ["12135.4838", "6480.1362", "153.398252"]),
        // As they are: users, buyers, ratios.
        ("-p 2026-03 --today 2026-03-10", None, "direct.buyers", ["220", "-126", "42.727273"]),
        (
            "-p 2026-03 --today 2026-03-10",
            None,
            "direct.revenue_per_buyer",
            ["190.000000", "8.038511", "104.230795"],
        ),
        // The total is that of January, February and 9 days of March: 18,620 + 22,990 + 12,135.4838.
        ("-M --today 2026-03-10", None, "direct.revenue", ["53745.4838", "4332.0862", "108.060373"]),
        // A week of February and March: ⌊22,990 × 2 ÷ 28⌋ … of 27 and 28 February, and 5 days of March.
        // 1,642.1429 (22,990 − ⌊22,990 × 26 ÷ 28⌋) + 6,741.9354 (⌊41,800 × 5 ÷ 31⌋).
        ("-b 2026-02-27 -e 2026-03-06", None, "direct.revenue", ["8384.0783", "4227.4217", "150.422021"]),
    ] {
        let report = told("pnl", &demo(), &format!("{options} --targets"));
        let got = goal(&report, column, key);
        assert_eq!(got, want, "{options} {key}");
    }
    let report = told("pnl", &demo(), "-p 2026-03 --targets --by channel");
    let column =
        |name: &str| report["columns"].as_array().unwrap().iter().position(|c| c["channel"] == name).unwrap();
    // 95 of 100 users; −2,417.24 of −500: 1,917.24 worse.
    let wechat = Some(column("wechat-ads"));
    assert_eq!(goal(&report, wechat, "traffic.new_users"), ["100", "-5", "95.000000"]);
    assert_eq!(goal(&report, wechat, "direct.profit"), ["-500.00", "-1917.24", "null"]);
    assert_eq!(goal(&report, wechat, "direct.revenue"), ["null"; 3]);
    assert_eq!(goal(&report, Some(column("offline")), "direct.profit"), ["null"; 3]);
    assert_eq!(goal(&report, None, "traffic.new_users"), ["790", "-19", "97.594937"]);
}

/// Every figure of money and every count beside its target, in each column: the difference and the percentage follow.
#[test]
fn differences_and_percentages_follow() {
    let mut compared = 0;
    for options in [
        "-p 2026-03",
        "-M",
        "-W",
        "-M --by channel",
        "-Q --today 2026-02-11",
        "-M --by channel --allocate users",
    ] {
        let report = told("pnl", &demo(), &format!("{options} --targets"));
        for column in report["columns"].as_array().unwrap().iter().chain([&report["total"]]) {
            for (system, figures) in column["targets"].as_object().unwrap() {
                for (figure, goal) in figures.as_object().unwrap() {
                    let of_sum = goal["target"].is_number()
                        || goal["target"].as_str().is_some_and(|t| t.split_once('.').unwrap().1.len() < 5);
                    if !of_sum {
                        continue;
                    }
                    let (own, target) = (number(&column[system][figure]), number(&goal["target"]));
                    assert_eq!(number(&goal["difference"]), &own - &target, "{options} {system}.{figure}");
                    let percent = (target > q(0)).then(|| six(&(own * q(100) / target)));
                    assert_eq!(goal["percent"].as_str(), percent.as_deref(), "{options} {system}.{figure}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 300, "{compared}");
}

/// The targets of a month's days, weeks and parts add up to it.
#[test]
fn the_targets_of_days_add_up_to_the_month() {
    let month = told("pnl", &demo(), "-p 2026-03 --targets");
    for key in ["traffic.new_users", "traffic.cost", "direct.revenue", "direct.profit", "total.profit"] {
        let whole = goal(&month, None, key)[0].clone();
        for options in ["-D -p 2026-03", "-W -p 2026-03"] {
            let report = told("pnl", &demo(), &format!("{options} --targets"));
            let columns = report["columns"].as_array().unwrap().len();
            let each = (0..columns).map(|i| goal(&report, Some(i), key)[0].clone());
            let sum = each.fold(q(0), |sum, t| sum + text(&t));
            assert_eq!(sum, text(&whole), "{options} {key}");
            assert_eq!(goal(&report, None, key)[0], whole, "{options} {key}");
        }
    }
}

fn text(number: &str) -> Q {
    match number.contains('.') {
        true => self::number(&number.into()),
        false => q(number.parse().unwrap()),
    }
}

#[test]
fn what_has_no_targets_or_no_days() {
    let dir = shop("month,key,value\n2026-03,direct.conversion,12%\n2026-03,direct.order_value,200\n");
    let report = told("pnl", dir.path(), "-p 2026-03 --targets");
    // 10.015098 % − 12 %.
    assert_eq!(goal(&report, None, "direct.conversion"), ["0.120000", "-0.019849", "83.459151"]);
    assert_eq!(goal(&report, None, "direct.revenue"), ["null"; 3]);
    let r = told("pnl", dir.path(), "-p 2026-02 --targets");
    assert_eq!(goal(&r, None, "direct.conversion"), ["null"; 3]);
    // Without --targets nothing is said of them, and without the file nothing is missed.
    let plain = ran("pnl", &demo(), "-M");
    assert_eq!(plain.out, ran("pnl", dir.path(), "-M").out);
    std::fs::remove_file(dir.path().join("targets.csv")).unwrap();
    let without = ran("pnl", dir.path(), "-M");
    assert_eq!((&plain.out, &plain.err), (&without.out, &without.err));
    for (options, status, says) in [
        ("-p 2026-03 --targets", 4, "targets: no such table; tried targets.csv, targets-*.csv"),
        ("--targets", 2, "--targets: of which days?"),
        ("-M --basis cohort --targets", 2, "not of a cohort"),
        ("-M --targets --compare year", 2, "cannot be used with"),
    ] {
        let r = ran("pnl", dir.path(), options);
        assert_eq!((r.status, r.out.len()), (status, 0), "{options}");
        assert!(r.err.contains(says), "{options}: {}", r.err);
    }
    let r = ran("pnl", &demo(), "-p 2026-05 --targets --today 2026-03-10");
    assert!(r.status == 2 && r.err.contains("no day from 2026-05-01 on is over on 2026-03-10"), "{}", r.err);
    let held = ran("pnl", &demo(), "-p 2026-03 -q --targets --fail-if direct.profit>0");
    assert_eq!((held.status, held.err.as_str()), (3, "--fail-if: direct.profit>0 (all)\n"));
}

/// The effect of a figure.
fn effect<'v>(report: &'v Value, figure: &str) -> &'v Value {
    report["effects"].as_array().unwrap().iter().find(|e| e["figure"] == figure).unwrap()
}

#[test]
fn the_gap_to_the_targets_by_hand() {
    let report = told("bridge", &demo(), "--from 2026-03 --to targets");
    for (figure, after, want) in [
        // −1 × 13 × the mean of 38,763.71 ÷ 1,987 and 41,800 ÷ 2,000, as for two periods: 13 × 20.204331.
        ("direct.users", Value::from(2000), "262.66"),
        // 1,993.5 × (11 % − 10.015098 %) × (194.792513 + 190) ÷ 2.
        ("direct.conversion", "0.110000".into(), "3777.51"),
        // 1,993.5 × (10.015098 % + 11 %) ÷ 2 × (190 − 194.792513).
        ("direct.revenue_per_buyer", "190.000000".into(), "-1003.88"),
        ("direct.revenue", "41800.00".into(), "3036.29"),
        // 19 users × (18.000999 + 17) ÷ 2 more to pay, 780.5 × 1.000999 less.
        ("traffic.new_users", 790.into(), "-332.51"),
        ("traffic.cost_per_user", "17.000000".into(), "781.28"),
        ("traffic.other_cost", "2600.00".into(), "370.20"),
        ("distribution.commission", "2760.00".into(), "565.57"),
        // 33,610.00 − 32,386.79.
        ("total.profit", "33610.00".into(), "1223.21"),
    ] {
        let effect = effect(&report, figure);
        assert_eq!((&effect["after"], effect["effect"].as_str()), (&after, Some(want)), "{figure}");
        assert_eq!(effect["to"]["period"], "targets");
    }
    // The same month beside its targets says the same of each figure.
    let pnl = told("pnl", &demo(), "-p 2026-03 --targets");
    for effect in report["effects"].as_array().unwrap() {
        let (system, figure) = effect["figure"].as_str().unwrap().split_once('.').unwrap();
        let goal = &pnl["total"]["targets"][system][figure];
        if goal.is_object() {
            assert_eq!(effect["after"], goal["target"], "{system}.{figure}");
            assert_eq!(effect["before"], pnl["total"][system][figure], "{system}.{figure}");
        }
    }
    assert_eq!(report["undefined"], serde_json::json!([]));
}

/// The effects of a channel, or with none of all.
fn effects_of<'v>(report: &'v Value, channel: Option<&str>, figure: &str) -> &'v Value {
    let effects = report["effects"].as_array().unwrap();
    effects.iter().find(|e| e["figure"] == figure && e["channel"].as_str() == channel).unwrap()
}

#[test]
fn the_gap_to_the_targets_of_each_channel_by_hand() {
    let report = told("bridge", &demo(), "--from 2026-03 --to targets --by channel");
    for (channel, figure, want) in [
        // wechat-ads has 375 of 1,987 users and is to have 380 of 2,000: 1,993.5 × (380 ÷ 2,000 − 375 ÷ 1,987) is
        // 2.5392, × the mean of 2,853.10 ÷ 375 = 7.608267 and 3,950 ÷ 380 = 10.394737 is 22.85.
        (Some("wechat-ads"), "direct.mix", "22.85"),
        // Its revenue follows from −500 + 3,800 + 650. 1,993.5 × 18.9363 % × (22 ÷ 380 − 15 ÷ 375) × 184.8748.
        (Some("wechat-ads"), "direct.conversion", "1248.87"),
        (Some("wechat-ads"), "direct.revenue", "1096.90"),
        (Some("wechat-ads"), "traffic.team_cost", "0.00"),
        (Some("(shared)"), "traffic.other_cost", "370.20"),
        (Some("referral"), "distribution.revenue", "0.00"),
        // What more users bring does not depend on channels, and nor does profit.
        (None, "direct.users", "262.66"),
        (None, "direct.revenue", "3036.29"),
        (None, "total.profit", "1223.21"),
    ] {
        assert_eq!(effects_of(&report, channel, figure)["effect"], want, "{channel:?} {figure}");
    }
    // Each channel arrives at its targets, and all together at those of the shop.
    let pnl = told("pnl", &demo(), "-p 2026-03 --targets --by channel");
    let mut met = 0;
    for column in pnl["columns"].as_array().unwrap().iter().chain([&pnl["total"]]) {
        let channel = column["channel"].as_str();
        for effect in
            report["effects"].as_array().unwrap().iter().filter(|e| e["channel"].as_str() == channel)
        {
            let (system, figure) = effect["figure"].as_str().unwrap().split_once('.').unwrap();
            let goal = &column["targets"][system][figure];
            if goal.is_object() && !goal["target"].is_null() {
                assert_eq!(effect["after"], goal["target"], "{channel:?} {system}.{figure}");
                met += 1;
            }
        }
    }
    assert!(met > 50, "only {met} targets were looked at");
    // Another target of the shop is told beside those of its channels.
    let all = std::fs::read_to_string(demo().join("targets.csv")).unwrap();
    let kept = all.lines().filter(|l| !l.starts_with("2026-03,,"));
    let more = kept.map(|l| format!("{l}\n")).collect::<String>() + "2026-03,,total.profit,40000\n";
    let r = ran("bridge", shop(&more).path(), "--from 2026-03 --to targets --by channel -O table");
    let says = "The targets of the channels come to a total profit of 33,610.00, that of the whole shop is 40,000.00";
    assert!(r.status == 0 && String::from_utf8_lossy(&r.out).contains(says), "{}", r.err);
}

#[test]
fn a_gap_that_cannot_be_explained() {
    let all = std::fs::read_to_string(demo().join("targets.csv")).unwrap();
    let without = |keys: &[&str]| {
        let kept = all.lines().filter(|l| !keys.iter().any(|k| l.starts_with(&format!("2026-03,,{k},"))));
        kept.map(|l| format!("{l}\n")).collect::<String>()
    };
    for (targets, options, status, says) in [
        // Only two channels have targets of February, and they say little.
        (
            all.clone(),
            "--from 2026-02 --to targets --by channel",
            2,
            "missing in targets:\n  2026-02,douyin,traffic.ad_spend or traffic.cost_per_user\n",
        ),
        (
            all.clone(),
            "--from 2026-02 --to targets --by channel",
            2,
            "\n  2026-02,(shared),traffic.team_cost\n",
        ),
        (
            all.clone() + "2026-03,offline,direct.conversion,30%\n",
            "--from 2026-03 --to targets --by channel",
            2,
            "the targets of 2026-03 · offline contradict each other: direct.buyers is 24, and 61.50 by the others",
        ),
        (all.clone(), "--from 2026Q1 --to targets", 2, "targets are of months"),
        (
            all.clone(),
            "--from 2026-03 --to targets --today 2026-03-31",
            2,
            "the month is not over on 2026-03-31",
        ),
        (all.clone(), "--from 2025-12 --to targets", 2, "nothing lies in 2025-12-01 to 2025-12-31"),
        (all.clone(), "-q -p 2026-03 --to targets", 0, ""),
        (all.clone(), "-M --to targets", 2, "from which period?"),
        (all.clone(), "-p 2026-03 --to 2026-02", 2, "from which period?"),
        (
            all.clone(),
            "-q --from 2026-03 --to targets --fail-if direct.conversion>3777.50",
            3,
            "(2026-03 → targets)",
        ),
        // Revenue and profit of the direct system say what its cost is; the cost what its parts are.
        (without(&["traffic.cost", "direct.profit"]), "-q --from 2026-03 --to targets", 0, ""),
        (without(&["traffic.other_cost"]), "-q --from 2026-03 --to targets", 0, ""),
        (
            without(&["direct.buyers", "traffic.new_users"]),
            "--from 2026-03 --to targets",
            2,
            "missing:\n  traffic.new_users\n  direct.buyers or direct.conversion\n",
        ),
        (
            all.clone() + "2026-03,,direct.conversion,12%\n",
            "--from 2026-03 --to targets",
            2,
            "direct.buyers is 220, and 240 by the others",
        ),
        (
            String::from("month,key,value\n"),
            "--from 2026-03 --to targets",
            2,
            "missing:\n  traffic.new_users\n",
        ),
    ] {
        let r = ran("bridge", shop(&targets).path(), options);
        assert_eq!(r.status, status, "{options}: {}", r.err);
        assert!(r.err.contains(says), "{options}: {}", r.err);
        assert_eq!(r.out.is_empty(), status == 2, "{options}");
    }
    let dir = shop("");
    std::fs::remove_file(dir.path().join("targets.csv")).unwrap();
    let r = ran("bridge", dir.path(), "--from 2026-03 --to targets");
    assert!(r.status == 4 && r.err.contains("no such table; tried targets.csv"), "{}", r.err);
    // Without a word about orders they are as they were.
    let orders = shop(&without(&["direct.orders"]));
    let report = told("bridge", orders.path(), "--from 2026-03 --to targets");
    assert_eq!(effect(&report, "direct.orders_per_buyer")["effect"], "0.00");
    assert_eq!(effect(&report, "direct.order_value")["effect"], "-1003.88");
    assert_eq!(report["undefined"][0]["figure"], "direct.orders_per_buyer");
    assert_eq!(report["undefined"][0]["undefined_in"], "targets");
}

/// Targets as spreadsheets keep them: a month is a date, a share a number.
#[test]
fn targets_of_a_workbook_are_those_of_text() {
    let text = shop(
        "month,channel,key,value\n2026-03,,direct.conversion,11%\n2026年3月,douyin,traffic.new_users,\"1,260\"\n",
    );
    let book = shop("");
    std::fs::remove_file(book.path().join("targets.csv")).unwrap();
    let sheets = "[targets]\nmonth | channel | key | value\nm:46082 |  | direct.conversion | n:0.11\n\
                  m:46082 | douyin | traffic.new_users | n:1260\n";
    std::fs::write(book.path().join("targets.xlsx"), super::sheets::workbook(sheets)).unwrap();
    for options in ["-p 2026-03 --targets", "-p 2026-03 --targets --by channel"] {
        let (one, other) = (told("pnl", text.path(), options), told("pnl", book.path(), options));
        assert_eq!(one, other, "{options}");
        // 199 of 1,987 are 10.015098 %.
        assert_eq!(goal(&one, None, "direct.conversion"), ["0.110000", "-0.009849", "91.046347"]);
    }
}
