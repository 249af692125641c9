//! `[files]`: tables whose files lie anywhere.

use super::exports::scrm;
use super::profiles::{figures, pnl};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// A data directory beside a directory of exports.
fn desk(settings: &str, exports: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let desk = tempfile::tempdir().unwrap();
    let (data, out) = (desk.path().join("data"), desk.path().join("exports [1]"));
    fs::create_dir_all(&data).unwrap();
    fs::create_dir_all(&out).unwrap();
    fs::write(data.join("scrm.toml"), settings).unwrap();
    fs::write(data.join("users.csv"), "user_id,acquired_on\nu1,2026-01-05\n").unwrap();
    for (name, text) in exports {
        fs::write(out.join(name), text).unwrap();
    }
    (desk, data)
}

const HEADER: &str = "order_id,user_id,paid_at,amount\n";

#[test]
fn files_are_read_where_they_lie() {
    let settings = "[files]\norders = [\"../exports [[]1]/*.csv\", \"../exports [[]1]/订单导出*.txt\"]\n";
    let one = format!("{HEADER}o1,u1,2026-02-01,1.00\n");
    let two = format!("{HEADER}o2,u1,2026-02-02,2.00\n");
    let (_desk, data) = desk(
        settings,
        &[("a.csv", &one), ("订单导出 (2).txt", &two), (".hidden.csv", "x"), ("~$a.csv", "x")],
    );
    // Where files are named, those in the directory are none of the table's.
    fs::write(data.join("orders.csv"), format!("{HEADER}o9,u1,2026-02-01,100.00\n")).unwrap();
    figures(&pnl(&data, ""), &[("total.direct.gross", "3.00")]);
    let told = String::from_utf8(scrm("check", &data, "-v").out).unwrap();
    let first = told.find("../exports [1]/a.csv: 1 rows").unwrap();
    assert!(first < told.find("../exports [1]/订单导出 (2).txt: 1 rows").unwrap(), "{told}");
}

/// A file is read once, whatever patterns and links lead to it.
#[test]
fn a_file_is_one_however_it_is_reached() {
    let settings = "[files]\nad_spend = [\"spend/*.csv\", \"./spend/a.csv\", \"spend/../spend/a*\"]\n";
    let (_desk, data) = desk(settings, &[]);
    fs::create_dir(data.join("spend")).unwrap();
    fs::write(data.join("orders.csv"), HEADER).unwrap();
    fs::write(data.join("spend/a.csv"), "date,channel,amount\n2026-02-01,A,5.00\n").unwrap();
    std::os::unix::fs::symlink("a.csv", data.join("spend/b.csv")).unwrap();
    figures(&pnl(&data, ""), &[("total.traffic.ad_spend", "5.00")]);
}

#[test]
fn patterns_that_meet_nothing_are_told() {
    for (settings, status, says) in [
        ("[files]\norders = \"../none/*.csv\"\n", 4, "tried ../none/*.csv"),
        ("[files]\nad_spend = \"../none/*.csv\"\n", 4, "[files] ad_spend"),
        ("[files]\norder = \"a.csv\"\n", 2, "files.order: no such table; did you mean orders?"),
        ("[files]\norders = \"a[.csv\"\n", 2, "is no pattern of files"),
        ("[files]\norders = \"\"\n", 2, "is no pattern of files"),
        ("files = \"a\"\n", 2, "files: a table is needed"),
    ] {
        let (_desk, data) = desk(settings, &[]);
        fs::write(data.join("orders.csv"), HEADER).unwrap();
        let run = scrm("pnl", &data, "");
        assert!(run.status == status && run.err.contains(says), "{settings}: {} {}", run.status, run.err);
    }
}

/// A report is not written where the next run would read it, and no pipe is waited for.
#[test]
fn files_that_are_named_are_inputs() {
    let settings = "[files]\norders = \"../exports [[]1]/*.csv\"\n";
    let (desk, data) = desk(settings, &[("a.csv", HEADER)]);
    let target = desk.path().join("exports [1]/report.csv");
    let args: Vec<_> = ["scrm-calc", "pnl"]
        .map(Into::into)
        .into_iter()
        .chain([data.clone().into(), "-o".into(), target.into()])
        .collect();
    let run = scrm_calc::app::run(&args);
    assert!(run.status == 2 && run.err.contains("the next run would read this name as data"), "{}", run.err);
    let pipe = desk.path().join("exports [1]/pipe.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let run = scrm("pnl", &data, "");
    assert!(run.status == 4 && run.err.contains("not a regular file"), "{}", run.err);
}
