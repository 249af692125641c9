//! `init`: what it writes is a data directory, and nothing that was there is touched.

use std::path::Path;
use std::process::{Command, Output};

fn run(at: &Path, args: &[&str]) -> Output {
    let mut c = Command::new(env!("CARGO_BIN_EXE_scrm-calc"));
    c.current_dir(at).args(args).env_remove("SCRM_CALC_LANG").env("LC_ALL", "C").output().unwrap()
}

fn text(at: &Path, name: &str) -> String {
    std::fs::read_to_string(at.join(name)).unwrap()
}

#[test]
fn what_is_begun_can_be_filled_in_and_read() {
    for lang in ["en", "zh"] {
        let desk = tempfile::tempdir().unwrap();
        let made = run(desk.path(), &["init", "new/shop", "--lang", lang]);
        assert_eq!(made.status.code(), Some(0), "{made:?}");
        let shop = desk.path().join("new/shop");
        let mut listed: Vec<String> =
            String::from_utf8(made.stdout).unwrap().lines().map(|l| l.replace("new/shop/", "")).collect();
        listed.sort();
        let mut there: Vec<String> =
            shop.read_dir().unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        there.sort();
        assert_eq!(listed, there);
        assert_eq!(text(&shop, "users.csv"), "user_id,acquired_on,channel,cost,staff\n");
        assert_eq!(text(&shop, "referrals.csv"), "order_id,distributor_id\n");
        assert!(!there.contains(&"refunds.csv".to_string()), "orders has a refund column");
        // Empty, it is read without an error or a warning.
        let checked = run(&shop, &["check", "--strict"]);
        assert_eq!((checked.status.code(), &*checked.stdout), (Some(0), &b""[..]), "{checked:?}");
        // Filled in: 199.00 + 99.00 − 99.00 refunded, of which d1 sold 199.00 for a share of 10 %.
        let add = |name: &str, rows: &str| std::fs::write(shop.join(name), text(&shop, name) + rows).unwrap();
        add("users.csv", "u1,2026-03-01,douyin,,\nu2,2026-03-02,douyin,,\n");
        assert_eq!(
            text(&shop, "orders.csv"),
            "order_id,user_id,paid_at,amount,refund,refunded_at,product,category,goods_cost\n"
        );
        add("orders.csv", "o1,u1,2026-03-03,199.00,,,,,\no2,u2,2026-03-04,99.00,99.00,,,,\n");
        add("distributors.csv", "d1,,2026-03-01,,,,,\n");
        add("referrals.csv", "o1,d1\n");
        let settings = text(&shop, "scrm.toml");
        let levels = "# [commission]\n# levels = [\"10%\", \"2%\"]";
        assert!(settings.contains(levels));
        std::fs::write(shop.join("scrm.toml"), settings.replace(levels, "[commission]\nlevels = [\"10%\"]"))
            .unwrap();
        let paid = run(&shop, &["payouts", "--as-of", "2026-03-31", "-O", "csv", "-q"]);
        let paid = String::from_utf8(paid.stdout).unwrap();
        assert!(paid.lines().any(|l| l.starts_with("d1,1,199.00,19.90,0.00,19.90,")), "{paid}");
    }
}

#[test]
fn nothing_is_written_over_or_beside_data() {
    for there in [
        "scrm.toml",
        "orders.csv",
        "orders-2026-03.csv",
        "orders_2026.xlsx",
        "users/a.csv",
        "payments.tsv.gz",
    ] {
        let desk = tempfile::tempdir().unwrap();
        let place = desk.path().join("shop").join(there);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, "mine").unwrap();
        let made = run(desk.path(), &["init", "shop"]);
        let said = String::from_utf8(made.stderr).unwrap();
        assert_eq!(made.status.code(), Some(2), "{there}: {said}");
        assert!(said.contains(there) && said.contains("is there already"), "{said}");
        assert!(made.stdout.is_empty() && std::fs::read_to_string(&place).unwrap() == "mine");
        let files = walk(&desk.path().join("shop"));
        assert_eq!(files, 1, "{there}");
    }
    // Anything else may be there.
    let desk = tempfile::tempdir().unwrap();
    std::fs::write(desk.path().join("notes.txt"), "mine").unwrap();
    assert_eq!(run(desk.path(), &["init", "-q"]).status.code(), Some(0));
    assert_eq!(run(desk.path(), &["init", "-q"]).status.code(), Some(2), "not twice");
    // A file in the place of the directory.
    assert_eq!(run(desk.path(), &["init", "notes.txt"]).status.code(), Some(4));
    assert_eq!(run(desk.path(), &["init", "notes.txt/in"]).status.code(), Some(4));
}

fn walk(dir: &Path) -> usize {
    let entries = dir.read_dir().unwrap().map(|e| e.unwrap().path());
    entries.map(|path| if path.is_dir() { walk(&path) } else { 1 }).sum()
}

/// A directory of exports of which one is named as a table is: all of them are taken, not that one alone.
#[test]
fn exports_beside_one_that_has_the_name_of_a_table() {
    let desk = tempfile::tempdir().unwrap();
    let exports = desk.path().join("exports");
    std::fs::create_dir(&exports).unwrap();
    let put = |name: &str, text: &str| std::fs::write(exports.join(name), text).unwrap();
    put(
        "orders.csv",
        "订单号,买家付款时间,订单状态,订单实付金额,买家手机号,全部商品名称\n\
         Y1,2026-03-03 09:00:00,交易完成,30.00,13900000001,茶\n",
    );
    put("花费.csv", "时间-天,消耗,展示数,点击数\n2026-03-01,5.00,100,3\n");
    let made = run(desk.path(), &["init", "shop", "--from", "exports"]);
    let said = String::from_utf8(made.stderr).unwrap();
    assert_eq!(made.status.code(), Some(0), "{said}");
    assert!(said.contains("花费.csv: ad_spend, 1 rows"), "{said}");
    let settings = text(&desk.path().join("shop"), "scrm.toml");
    assert!(settings.contains("ad_spend = [\"../exports/花费.csv\"]"), "{settings}");
    // 30.00 less 5.00 that was spent.
    let profit = run(desk.path(), &["pnl", "shop", "-O", "json"]);
    let report = String::from_utf8(profit.stdout).unwrap();
    assert!(report.contains("\"revenue\":\"30.00\"") && report.contains("\"ad_spend\":\"5.00\""), "{report}");
    // Where settings say which files are tables, others are not taken, and that is said.
    put("scrm.toml", "");
    let made = run(desk.path(), &["init", "other", "--from", "exports"]);
    let said = String::from_utf8(made.stderr).unwrap();
    assert!(said.contains("花费.csv") && said.contains("not read"), "{said}");
}
