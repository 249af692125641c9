//! Workbooks with several tables: each is read where it is asked for, and none is left out unsaid. Sums are by hand.

use super::exports::{dir_with, first_problem, report, scrm};
use super::sheets::workbook;
use scrm_calc::app::run;
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

const USERS: &str = "[客户]\n用户ID | 注册时间 | 渠道\nu1 | 2026-01-05 | a\nu2 | 2026-01-09 | b\n";
const SPEND: &str = "[投放]\n日期 | 渠道 | 消耗\n2026-01-06 | a | n:7.5\n";
const HEAD: &str = "订单号 | 用户ID | 支付时间 | 实付金额\n";

/// A sheet of orders with one row.
fn orders(name: &str, id: &str, amount: &str) -> String {
    format!("[{name}]\n{HEAD}{id} | u1 | 2026-03-01 | n:{amount}\n")
}

/// The same rows in files of text: 10 + 20.50 = 30.50.
fn plain() -> String {
    let users = "用户ID,注册时间,渠道\nu1,2026-01-05,a\nu2,2026-01-09,b\n";
    let orders = "订单号,用户ID,支付时间,实付金额\no1,u1,2026-03-01,10\no2,u1,2026-03-01,20.5\n";
    let spend = "日期,渠道,消耗\n2026-01-06,a,7.5\n";
    let dir = dir_with(&[
        ("users.csv", users.as_bytes()),
        ("orders.csv", orders.as_bytes()),
        ("ad_spend.csv", spend.as_bytes()),
    ]);
    let all = report(dir.path(), "");
    assert!(all.contains("\"gross\":\"30.50\"") && all.contains("\"ad_spend\":\"7.50\""), "{all}");
    all
}

fn checked(dir: &Path, lang: &str) -> String {
    let run = scrm("check", dir, &format!("--lang {lang}"));
    assert_eq!(run.status, 0, "{}", String::from_utf8_lossy(&run.out));
    String::from_utf8(run.out).unwrap()
}

/// A command with paths for its arguments, without what depends on the day.
fn scrm_at(words: &[&str], at: &[&Path], more: &[&str]) -> (u8, String, String) {
    let words = ["scrm-calc"].iter().chain(words).map(OsString::from);
    let paths = at.iter().map(|path| path.as_os_str().to_owned());
    let more = more.iter().copied().chain(["--lang", "en"]).map(OsString::from);
    let run = run(&words.chain(paths).chain(more).collect::<Vec<_>>());
    (run.status, String::from_utf8(run.out).unwrap(), run.err)
}

#[test]
fn no_sheet_with_a_table_is_left_out_unsaid() {
    let hidden = orders("旧", "o9", "5").replace("[旧]", "[旧] hidden");
    // Neither notes nor a header without rows are anything to speak of.
    let rest = format!("[说明]\n请看\n这里\n[空]\n{HEAD}");
    let book = workbook(&format!("{}{USERS}{hidden}{rest}", orders("订单", "o1", "10")));
    let dir = dir_with(&[("users.csv", b"user_id,acquired_on\nu1,2026-01-05\n"), ("orders.xlsx", &book)]);
    let says = "warning: orders.xlsx[订单]: other sheets hold tables and are not read: \"客户\" (looks like users), \
        \"旧\" (hidden, looks like orders); name them under [files] and [input.sheet] in scrm.toml, or delete them\n";
    let out = checked(dir.path(), "en");
    assert!(out.contains(says) && out.contains("all orders 1 for 10.00"), "{out}");
    let out = checked(dir.path(), "zh");
    assert!(out.contains("\"客户\"（像 users）、\"旧\"（隐藏，像 orders）"), "{out}");
    // `inspect` shows them, whatever the format.
    let (_, out, _) = scrm_at(&["inspect"], &[dir.path()], &["-O", "json"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    let file = json["files"].as_array().unwrap().iter().find(|f| f["file"] == "orders.xlsx").unwrap();
    let unread = serde_json::json!([
        {"sheet": "客户", "table": "users", "shown": "visible"},
        {"sheet": "旧", "table": "orders", "shown": "hidden"},
    ]);
    assert_eq!(file["sheets_not_read"], unread);
    let (_, out, _) = scrm_at(&["inspect"], &[dir.path()], &[]);
    assert!(out.contains("Not read: sheet 旧 (hidden, looks like orders)\n"), "{out}");
    let (_, out, _) = scrm_at(&["inspect"], &[dir.path()], &["-O", "csv"]);
    assert!(out.contains("orders.xlsx,not-read,users,,,,,,客户,"), "{out}");
    // Read by another table, it is not said to be unread.
    fs::remove_file(dir.path().join("users.csv")).unwrap();
    fs::write(dir.path().join("scrm.toml"), "[files]\nusers = \"./orders.xlsx\"\n").unwrap();
    let out = checked(dir.path(), "en");
    assert!(out.contains("\"旧\" (hidden") && !out.contains("\"客户\""), "{out}");
    // Named, what is beside it is still said.
    fs::write(
        dir.path().join("scrm.toml"),
        "[files]\nusers = \"orders.xlsx\"\n[input.sheet]\norders = \"旧\"\n",
    )
    .unwrap();
    let out = checked(dir.path(), "en");
    assert!(out.contains("\"订单\" (looks like orders)") && out.contains("1 for 5.00"), "{out}");
}

#[test]
fn a_header_without_rows_is_no_second_table() {
    let book = workbook(&format!("[模板]\n{HEAD}{}{USERS}{SPEND}", orders("订单", "o1", "10")));
    let settings = b"[files]\norders = \"all.xlsx\"\nusers = \"all.xlsx\"\nad_spend = \"all.xlsx\"\n";
    let dir = dir_with(&[("all.xlsx", &book), ("scrm.toml", settings)]);
    let out = checked(dir.path(), "en");
    assert!(out.contains("all orders 1 for 10.00") && !out.contains("not read"), "{out}");
}

#[test]
fn sheets_that_are_parts_of_one_table_are_listed() {
    let want = plain();
    let book =
        workbook(&format!("{}{USERS}{}{SPEND}", orders("1月", "o1", "10"), orders("2月", "o2", "20.5")));
    let files = "[files]\norders = \"all.xlsx\"\nusers = \"all.xlsx\"\nad_spend = \"all.xlsx\"\n";
    let dir = dir_with(&[("all.xlsx", &book), ("scrm.toml", files.as_bytes())]);
    let set = |more: &str| {
        fs::write(dir.path().join("scrm.toml"), format!("{files}[input.sheet]\n{more}")).unwrap()
    };
    let out = String::from_utf8(scrm("check", dir.path(), "").out).unwrap();
    assert!(
        out.contains(
            "error: all.xlsx: several sheets have the table's columns: \"1月\", \"2月\"\n  help: name the sheet under \
             [input.sheet] in scrm.toml, as orders = \"1月\", or all that are parts of it: orders = [\"1月\", \"2月\"]"
        ),
        "{out}"
    );
    for listed in ["orders = [\"1月\", \"2月\"]", "orders = [\"2月\", \"1月\"]"] {
        set(listed);
        assert_eq!(report(dir.path(), ""), want);
        assert_eq!(report(dir.path(), "--threads 3 --chunk-bytes 1"), want);
    }
    set("orders = \"1月\"");
    assert!(checked(dir.path(), "en").contains("\"2月\" (looks like orders)"));
    set("orders = [\"1月\", \"3月\"]");
    let says =
        "error: all.xlsx: the workbook has no sheet \"3月\"; it has \"1月\", \"客户\", \"2月\", \"投放\"";
    assert_eq!(first_problem(dir.path(), ""), says);
    for (wrong, says) in [("[\"a\", \"b\", \"a\"]", "\"a\" stands there twice"), ("[]", "no sheet is named")]
    {
        set(&format!("orders = {wrong}"));
        let run = scrm("check", dir.path(), "");
        assert!(run.status == 2 && run.err.contains(says), "{}", run.err);
    }
    // One order in two sheets is one too many, and both places are named.
    let book = workbook(&format!("{}{}", orders("1月", "o1", "10"), orders("2月", "o1", "20.5")));
    fs::write(dir.path().join("orders.xlsx"), book).unwrap();
    fs::write(dir.path().join("users.csv"), "user_id,acquired_on\nu1,2026-01-05\n").unwrap();
    fs::write(dir.path().join("scrm.toml"), "[input.sheet]\norders = [\"1月\", \"2月\"]\n").unwrap();
    let says = "error: orders.xlsx[2月]:2:1: order_id: \"o1\" stands already in orders.xlsx[1月]:2";
    assert_eq!(first_problem(dir.path(), ""), says);
    // A file of text has no sheets to choose from.
    fs::write(dir.path().join("orders-b.csv"), "order_id,user_id,paid_at,amount\nb1,u1,2026-03-01,1\n")
        .unwrap();
    fs::write(
        dir.path().join("orders.xlsx"),
        workbook(&format!("{}{}", orders("1月", "o1", "10"), orders("2月", "o2", "20.5"))),
    )
    .unwrap();
    assert!(checked(dir.path(), "en").contains("all orders 3 for 31.50"));
}

#[test]
fn all_tables_of_a_workbook_are_wired_and_pinned() {
    let want = plain();
    let old = orders("旧", "o9", "5").replace("[旧]", "[旧] hidden");
    let one = format!("[订单]\n{HEAD}o1 | u1 | 2026-03-01 | n:10\no2 | u1 | 2026-03-01 | n:20.5\n");
    let two = format!("{}{}", orders("1月", "o1", "10"), orders("2月", "o2", "20.5"));
    for (of_orders, pinned) in
        [(one, "orders = \"订单\"\n"), (two, "orders = [\n    \"1月\",\n    \"2月\",\n]\n")]
    {
        let book = workbook(&format!("[说明]\n请看\n{SPEND}{of_orders}{USERS}"));
        let with_old = workbook(&format!("{SPEND}{of_orders}{USERS}{old}"));
        for name in ["all.xlsx", "orders.xlsx", "users.xlsx"] {
            let desk = dir_with(&[(name, &book)]);
            let (file, shop) = (desk.path().join(name), desk.path().join("shop"));
            let (status, _, err) = scrm_at(&["init"], &[&shop], &["--from", file.to_str().unwrap()]);
            assert_eq!(status, 0, "{err}");
            let written = fs::read_to_string(shop.join("scrm.toml")).unwrap();
            let is_list = pinned.contains(", ") || pinned.contains("2月");
            assert!(is_list && written.contains("\"2月\"") || written.contains(pinned), "{written}");
            assert_eq!(report(&shop, ""), want, "{name}");
            // From settings that work, what is written works as well.
            fs::remove_file(shop.join("scrm.toml")).unwrap();
            let sheets = if is_list { "[input.sheet]\norders = [\"1月\", \"2月\"]\n" } else { "" };
            let of = |table: &str| format!("{table} = \"../{name}\"\n");
            let files = ["orders", "users", "ad_spend"].map(of).concat();
            fs::write(shop.join("scrm.toml"), format!("[files]\n{files}{sheets}")).unwrap();
            assert_eq!(report(&shop, ""), want);
            let config = shop.join("new.toml");
            let (status, _, err) =
                scrm_at(&["inspect"], &[&shop], &["--write-config", config.to_str().unwrap()]);
            assert_eq!(status, 0, "{err}");
            fs::rename(&config, shop.join("scrm.toml")).unwrap();
            assert_eq!(report(&shop, ""), want);
            // What stays out is said.
            fs::write(&file, &with_old).unwrap();
            let shop = desk.path().join("again");
            let (_, _, err) = scrm_at(&["init"], &[&shop], &["--from", file.to_str().unwrap()]);
            let says = format!("{name}[旧]: hidden, looks like orders, and not read");
            assert!(err.matches(&says).count() == 1, "{err}");
        }
        // A directory of which one workbook has a table's name loses no sheet either, where it has all tables.
        for name in ["ad_spend.xlsx", "orders.xlsx"] {
            let desk = dir_with(&[(name, &book)]);
            let shop = desk.path().join("shop");
            let (status, _, err) = scrm_at(&["init"], &[&shop], &["--from", desk.path().to_str().unwrap()]);
            assert_eq!(status, 0, "{err}");
            assert_eq!(report(&shop, ""), want);
        }
    }
}

/// Two tables may have the same columns: a file's name says which it is, and its sheet is not taken for the other as well.
#[test]
fn a_sheet_is_taken_once() {
    let book = workbook("[a]\nmonth | amount\n2026-01 | n:5\n");
    let users = b"user_id,acquired_on\nu1,2026-01-05\n";
    let orders = b"order_id,user_id,paid_at,amount\no1,u1,2026-01-06,9\n";
    let desk = dir_with(&[("other_cost.xlsx", &book), ("users.csv", users), ("orders.csv", orders)]);
    let shop = desk.path().join("shop");
    let (status, _, err) = scrm_at(&["init"], &[&shop], &["--from", desk.path().to_str().unwrap()]);
    assert_eq!(status, 0, "{err}");
    let all: Value = serde_json::from_str(&report(&shop, "")).unwrap();
    let traffic = &all["total"]["traffic"];
    assert_eq!((&traffic["team_cost"], &traffic["other_cost"]), (&"0.00".into(), &"5.00".into()));
    assert!(!all.to_string().contains("unread-sheet"));
}

/// What may be two tables is neither taken by chance nor dropped: hidden, it is only said.
#[test]
fn a_sheet_that_may_be_two_tables_is_asked_about() {
    let cost = "[汇总]\nmonth | amount\n2026-01 | n:5\n";
    for (cost, want) in [(cost.to_string(), 1), (cost.replace("[汇总]", "[汇总] hidden"), 0)] {
        let desk =
            dir_with(&[("all.xlsx", &workbook(&format!("{}{USERS}{cost}", orders("订单", "o1", "10"))))]);
        let (file, shop) = (desk.path().join("all.xlsx"), desk.path().join("shop"));
        let (status, _, err) = scrm_at(&["init"], &[&shop], &["--from", file.to_str().unwrap()]);
        let says = match want {
            1 => "all.xlsx[汇总]: it may be team_cost or other_cost: save it as a file of its own",
            _ => "all.xlsx[汇总]: hidden, looks like team_cost, and not read",
        };
        assert!(status == want && err.contains(says), "{status}: {err}");
        assert_eq!(shop.exists(), want == 0);
    }
}
