//! The program as a process: exit statuses, pipes, files, and what must never happen to either.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_scrm-calc");

/// A small shop in a directory of its own.
fn shop() -> (TempDir, PathBuf) {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("shop");
    std::fs::create_dir(&dir).unwrap();
    for (name, text) in [
        ("users.csv", "user_id,acquired_on,channel\nu1,2026-01-01,douyin\nu2,2026-02-01,小红书\n"),
        ("orders.csv", "order_id,user_id,paid_at,amount\no1,u1,2026-01-05,100.00\no2,u2,2026-02-05,50.00\n"),
        ("ad_spend.csv", "date,channel,amount\n2026-01-01,douyin,120.00\n"),
        ("team_cost.csv", "date,amount\n2026-01,10.00\n"),
    ] {
        std::fs::write(dir.join(name), text).unwrap();
    }
    (temp, dir)
}

fn program(dir: &Path, args: &[&str]) -> Command {
    let mut c = Command::new(PROGRAM);
    c.current_dir(dir).args(args).env_remove("SCRM_CALC_LANG").env("LC_ALL", "C").env_remove("COLUMNS");
    c
}

fn run(dir: &Path, args: &[&str]) -> Output {
    program(dir, args).output().unwrap()
}

fn status(dir: &Path, args: &[&str]) -> i32 {
    run(dir, args).status.code().expect("no signal")
}

/// A shell with the program as `$P`.
fn shell(dir: &Path, script: &str) -> Output {
    let mut c = Command::new("sh");
    c.current_dir(dir).env("P", PROGRAM).env("LC_ALL", "C").args(["-c", script]).output().unwrap()
}

fn err(o: &Output) -> String {
    String::from_utf8_lossy(&o.stderr).into_owned()
}

#[test]
fn exit_statuses() {
    let (_t, d) = shop();
    for (args, want) in [
        (&["pnl"][..], 0),
        (&["pnl", ".", "-M", "-O", "json"], 0),
        (&["check", "-q"], 0),
        (&["pnl", "--fail-if", "direct.profit < 100"], 3),
        (&["pnl", "--fail-if", "direct.profit < -100"], 0),
        (&["pnl", "--fail-if", "direct.prof < 0"], 2),
        (&["pnl", "-M", "-W"], 2),
        (&["explain", ".", "direct.profit"], 0),
        (&["explain", "direct.profit"], 0),
        (&["explain"], 2),
        (&["explain", "nowhere", "direct.profit"], 4),
        (&["define", "average", "order", "value"], 0),
        (&["define", "no such word"], 2),
        (&["define", "-o", "glossary.doc"], 2),
        (&["pnl", "-p", "2026-01", "-b", "2026-01-01"], 2),
        (&["pnl", "-b", "2026-02-01", "-e", "2026-01-01"], 2),
        (&["pnl", "-b", "2026-01-01", "-e", "2026-01-01"], 2),
        (&["pnl", "-b", "2030-01-01"], 2),
        (&["pnl", "--allocate", "users"], 2),
        (&["pnl", "--threads", "0"], 2),
        (&["pnl", "-o", "report"], 2),
        (&["pnl", "-o", "orders.csv", "-O", "csv"], 2),
        (&["pnl", "-o", "orders-report.csv"], 2),
        (&["pnl", "no-such-dir"], 4),
        (&["pnl", "orders.csv"], 4),
        (&["pnl", "-o", "no/such/dir/r.csv"], 4),
        (&["nonsense"], 2),
        (&["--version"], 0),
    ] {
        let o = run(&d, args);
        assert_eq!(o.status.code(), Some(want), "{args:?}: {}", err(&o));
        assert!(want == 0 || want == 3 || o.stdout.is_empty(), "{args:?} printed a report");
        assert!(want == 0 || !o.stderr.is_empty(), "{args:?} said nothing");
    }
}

#[test]
fn refused_data_prints_nothing_and_touches_no_file() {
    let (_t, d) = shop();
    std::fs::write(d.join("report.csv"), "old").unwrap();
    let mut text = std::fs::read_to_string(d.join("orders.csv")).unwrap();
    text += "o3,u1,2026-01-06,12.5O\n";
    std::fs::write(d.join("orders.csv"), text).unwrap();
    for format in ["table", "markdown", "csv", "tsv", "json"] {
        let o = run(&d, &["pnl", "-O", format]);
        assert_eq!((o.status.code(), o.stdout.len()), (Some(1), 0), "{format}");
        assert!(err(&o).contains("error: orders.csv:4:4: amount: \"12.5O\" is not an amount of money"));
        assert!(err(&o).contains("1 problem; nothing was calculated"));
    }
    assert_eq!(status(&d, &["pnl", "-o", "report.csv"]), 1);
    assert_eq!(std::fs::read_to_string(d.join("report.csv")).unwrap(), "old");
}

#[test]
fn strict_refuses_warnings() {
    let (_t, d) = shop();
    assert_eq!(status(&d, &["pnl", "--strict", "--today", "2026-04-01"]), 0);
    let o = run(&d, &["pnl", "--strict", "--today", "2026-02-01"]);
    assert_eq!((o.status.code(), o.stdout.len()), (Some(1), 0));
    assert!(err(&o).contains("after today"), "{}", err(&o));
}

#[test]
fn check_is_silent_when_all_is_well() {
    let (_t, d) = shop();
    let o = run(&d, &["check", "--today", "2026-04-01"]);
    assert_eq!((o.status.code(), o.stdout.len(), o.stderr.len()), (Some(0), 0, 0));
}

#[test]
fn a_column_mapped_in_vain_is_named() {
    let (_t, d) = shop();
    std::fs::write(d.join("scrm.toml"), "[columns.orders]\nrefund = \"amuont\"\n").unwrap();
    for command in ["pnl", "check"] {
        let o = run(&d, &[command, ".", "--today", "2026-04-01"]);
        assert_eq!(o.status.code(), Some(0));
        assert!(err(&o).contains("no header is amuont, to which scrm.toml maps refund"), "{}", err(&o));
        assert!(err(&o).contains("the nearest is amount"), "{}", err(&o));
    }
}

#[test]
fn pipes_and_full_disks() {
    let (_t, d) = shop();
    for command in ["pnl . -M -q", "check . -v -q"] {
        let o = shell(&d, &format!("$P {command} > /dev/full; echo $?"));
        assert_eq!(String::from_utf8_lossy(&o.stdout), "4\n", "{command}");
        assert!(err(&o).contains("could not be written"), "{command}");
        let o = shell(&d, &format!("{{ $P {command}; echo $? >&2; }} | true"));
        assert_eq!(err(&o), "0\n", "{command}");
        let o = shell(&d, &format!("$P {command} >&-; echo $? >&2"));
        assert!(err(&o).ends_with("4\n"), "{command}: {}", err(&o));
        let o = shell(&d, &format!("$P {command} 2>&- >/dev/null; echo $?"));
        assert_eq!(String::from_utf8_lossy(&o.stdout), "0\n", "{command}");
    }
    let o = program(&d, &["pnl"]).stdout(Stdio::null()).output().unwrap();
    assert_eq!(o.status.code(), Some(0));
}

/// What we say ourselves is in the language of the run; what the system says stays as it is.
#[test]
fn what_goes_wrong_outside_is_said_in_chinese_too() {
    let (_t, d) = shop();
    for (script, want) in [
        ("$P pnl . -q --lang zh >&-", "错误: 标准输出无法写入：它已关闭\n"),
        ("$P pnl . -q --lang zh >/dev/full", "错误: 标准输出无法写入：No space left"),
        ("LC_ALL=zh_CN.UTF-8 $P --help >/dev/full", "错误: 标准输出无法写入：No space left"),
        ("$P pnl . -q --lang zh -o no/r.md", "错误: \"no/r.md\" 无法写入：它所在的目录不存在\n"),
        ("mkdir m && $P pnl . -q --lang zh -o m -O csv", "错误: \"m\" 无法写入：它是目录\n"),
        ("$P payouts . --lang zh --statements users.csv", "错误: \"users.csv\" 无法写入：它不是目录\n"),
        ("$P pnl users.csv --lang zh", "错误: users.csv：不是目录\n"),
        ("mkdir scrm.toml && $P pnl . --lang zh", "错误: scrm.toml: 不是普通文件\n"),
    ] {
        let o = shell(&d, &format!("{script}; echo $?"));
        assert!(err(&o).starts_with(want), "{script}: {}", err(&o));
    }
}

#[test]
fn a_file_is_replaced_whole_and_keeps_what_it_is() {
    let (_t, d) = shop();
    std::fs::write(d.join("old.json"), "old").unwrap();
    std::fs::set_permissions(d.join("old.json"), std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("old.json", d.join("link.json")).unwrap();
    assert_eq!(status(&d, &["pnl", "-q", "-o", "link.json"]), 0);
    let there = std::fs::metadata(d.join("old.json")).unwrap();
    assert_eq!(there.permissions().mode() & 0o777, 0o640);
    assert!(std::fs::symlink_metadata(d.join("link.json")).unwrap().file_type().is_symlink());
    let direct = run(&d, &["pnl", "-q", "-O", "json"]).stdout;
    assert_eq!(std::fs::read(d.join("old.json")).unwrap(), direct);
    let left: Vec<_> = std::fs::read_dir(&d).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|n| !n.to_string_lossy().contains(".tmp")), "{left:?}");
    // A hard link to an input is the input.
    std::fs::hard_link(d.join("orders.csv"), d.join("hard.csv")).unwrap();
    assert_eq!(status(&d, &["pnl", "-o", "hard.csv"]), 2);
    assert_eq!(std::fs::metadata(d.join("hard.csv")).unwrap().nlink(), 2);
}

#[test]
fn files_that_are_none() {
    let (_t, d) = shop();
    let table = d.join("ad_spend.csv");
    for make in [
        "mkfifo ad_spend.csv",
        "mkdir ad_spend.csv",
        "ln -s nowhere ad_spend.csv",
        "ln -s /dev/zero ad_spend.csv",
        "ln -s ad_spend.csv ad_spend.csv",
    ] {
        let o = shell(&d, &format!("rm -rf ad_spend.csv && {make} && timeout 10 $P pnl .; echo $?"));
        assert_eq!(String::from_utf8_lossy(&o.stdout), "4\n", "{make}");
        assert!(err(&o).contains("ad_spend.csv"), "{make}: {}", err(&o));
    }
    assert!(std::fs::symlink_metadata(&table).is_ok());
}

#[test]
fn languages_do_not_touch_what_machines_read() {
    let (_t, d) = shop();
    let figures = |lang: &str| {
        let o = program(&d, &["pnl", "-M", "-O", "csv", "-q"]).env("LC_ALL", lang).output().unwrap();
        assert_eq!(o.status.code(), Some(0));
        o.stdout
    };
    for lang in ["zh_CN.UTF-8", "tr_TR.UTF-8", "de_DE", "nonsense"] {
        assert_eq!(figures(lang), figures("C"), "{lang}");
    }
    let o = program(&d, &["pnl", "-q"]).env("LC_ALL", "zh_CN.UTF-8").output().unwrap();
    assert!(String::from_utf8_lossy(&o.stdout).contains("直销收益"));
}

#[test]
fn nothing_is_coloured_where_nobody_sees_it() {
    let (_t, d) = shop();
    let colours = |args: &[&str]| run(&d, args).stdout.contains(&0x1b);
    assert!(!colours(&["pnl"]));
    assert!(colours(&["pnl", "--color", "always"]));
    assert!(!colours(&["pnl", "--color", "never"]));
}

/// The shop with two distributors, D over C, and an order of each.
fn sellers(d: &Path, plan: &str) {
    for (name, text) in [
        ("distributors.csv", "distributor_id,upline_id\nC,D\nD,\n"),
        ("referrals.csv", "order_id,distributor_id\no1,C\no2,D\n"),
        ("scrm.toml", plan),
    ] {
        std::fs::write(d.join(name), text).unwrap();
    }
}

#[test]
fn two_rules_may_exceed_the_half_together() {
    let (_t, d) = shop();
    // o1 pays C by entry 1, 30 %, and D by entry 2, 25 %; o2 pays D 5 % and nobody above.
    let plan = "[commission]\n[[commission.rate]]\ndistributor = \"C\"\nlevels = [\"30%\"]\n\
                [[commission.rate]]\ndistributor = \"D\"\nlevels = [\"5%\", \"25%\"]\n";
    sellers(&d, plan);
    let out = String::from_utf8(run(&d, &["check"]).stdout).unwrap();
    let want = "both levels of 1 order together exceed 50 %; the most: rate[1] distributor C 30% + rate[2] distributor \
                D 25% = 55%";
    assert!(out.contains(want), "{out}");
    sellers(&d, &plan.replace("30%", "25%"));
    let out = String::from_utf8(run(&d, &["check"]).stdout).unwrap();
    assert!(out.is_empty(), "50 % is not more than the half: {out}");
}

#[test]
fn what_belongs_to_a_payment_run_is_not_ignored() {
    let (_t, d) = shop();
    sellers(&d, "[commission]\nlevels = [\"10%\"]\n");
    for args in [
        &["payouts", "--run", "r", "-O", "csv"][..],
        &["payouts", "--run", "r", "-o", "pay.csv"],
        &["payouts", "--run", "r", "--payments-csv", "rows.csv", "--lines"],
        &["payouts", "--run", "r", "-p", "2026-01"],
        &["payouts", "--run", "r", "--why", "o1"],
    ] {
        let o = run(&d, args);
        assert_eq!((o.status.code(), o.stdout.len()), (Some(2), 0), "{args:?}");
        assert!(err(&o).contains("needs --payment-file"), "{args:?}: {}", err(&o));
    }
    assert!(!d.join("pay.csv").exists() && !d.join("rows.csv").exists());
}

#[test]
fn a_payment_run_does_not_follow_a_date_into_the_future() {
    let (_t, d) = shop();
    sellers(&d, "[commission]\nlevels = [\"10%\"]\n");
    let args = ["payouts", "--run", "r", "--payment-file", "pay.csv", "--today", "2026-02-04"];
    let o = run(&d, &args);
    assert_eq!(o.status.code(), Some(1), "{}", err(&o));
    assert!(err(&o).contains("2026-02-05, after today, 2026-02-04") && !d.join("pay.csv").exists());
    assert_eq!(status(&d, &[&args[..], &["--as-of", "2026-02-05"]].concat()), 0, "asked for, it is meant");
    assert_eq!(status(&d, &[&args[..5], &["--today", "2026-02-05"]].concat()), 0);
}
