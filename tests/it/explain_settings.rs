//! `explain` where a setting says what a row of users or of ad spend is, by hand.

use super::explain::{lists, ran, told};
use tempfile::TempDir;

fn shop(files: &[(&str, &str)]) -> TempDir {
    let temp = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, text)| std::fs::write(temp.path().join(name), text).unwrap());
    temp
}

fn check(dir: &TempDir, want: &[(&str, &[&str], &[&str])]) {
    for (key, rows, out) in want {
        let (listed, left) = lists(dir.path(), key, &["-b", "2026-03-01", "-e", "2026-03-11"]);
        assert_eq!(listed, *rows, "{key}");
        assert_eq!(left, *out, "{key}");
    }
}

/// Nobody stands in a channel where there are strangers alone.
#[test]
fn a_shop_that_names_no_channel() {
    let orders = "order_id,user_id,paid_at,amount\no1,U1,2026-01-04,20.00\no2,,2026-02-04,20.00\n";
    let dir = shop(&[("users.csv", "user_id,acquired_on\n"), ("orders.csv", orders)]);
    let r = ran(dir.path(), "direct.profit", &["--channel", "ads"]);
    assert!(r.status == 2 && r.err.contains("there is no channel \"ads\"; the data names none"), "{}", r.err);
    let words = ["scrm-calc".into(), "bridge".into(), dir.path().as_os_str().to_owned()];
    for (options, status, says) in
        [("-q -M", 0, ""), ("-M --by channel --lang en", 2, "--by channel: the data names no channel\n")]
    {
        let args: Vec<std::ffi::OsString> =
            words.iter().cloned().chain(options.split(' ').map(Into::into)).collect();
        let r = scrm_calc::app::run(&args);
        assert!(r.status == status && r.err.contains(says), "{options}: {}", r.err);
    }
}

/// Of U1 three rows stand there: the earliest counts, and of two of one day the one whose channel is named first by name.
/// Each cell of spend is a row.
#[test]
fn a_row_about_somebody_counted_and_a_cell_of_spend() {
    let dir = shop(&[
        (
            "users.csv",
            "user_id,acquired_on,channel,cost\n\
             U1,2026-03-05,ads,4.00\n\
             U2,2026-03-02,wom,\n\
             U1,2026-03-01,wom,2.50\n\
             U1,2026-03-01,ads,7.00\n",
        ),
        (
            "ad_spend.csv",
            "date,ads,wom\n2026-03-01,10.00,-\n2026-03-02,,5.00\n2026-03-11,9.00,0\n2026-03-03,1.00,2.00\n",
        ),
        ("orders.csv", "order_id,user_id,paid_at,amount\no1,U1,2026-03-04,20.00\n"),
        ("scrm.toml", "[users]\nduplicates = \"first\"\n[ad_spend]\nwide = true\n"),
    ]);
    check(
        &dir,
        &[
            (
                "traffic.ad_spend",
                // 7 + 10 + 5 + 1 + 2
                &[
                    "users.csv:5 7.00",
                    "ad_spend.csv:2 10.00",
                    "ad_spend.csv:3 5.00",
                    "ad_spend.csv:5 1.00",
                    "ad_spend.csv:5 2.00",
                ],
                // 4 + 2.50
                &["after_period 2 9.00", "repeated_user 2 6.50"],
            ),
            ("traffic.new_users", &["users.csv:3 1", "users.csv:5 1"], &["repeated_user 2"]),
            ("direct.buyers", &["orders.csv:2 1"], &[]),
        ],
    );
    let march = ["-b", "2026-03-01", "-e", "2026-03-11"];
    // Each cell has its own place.
    let page = told(dir.path(), "traffic.ad_spend", &march);
    assert!(page.contains("ad_spend.csv:5:2 ") && page.contains("ad_spend.csv:5:3 "), "{page}");
    let (listed, out) = lists(dir.path(), "traffic.ad_spend", &[&march[..], &["--channel", "wom"]].concat());
    assert_eq!(listed, ["ad_spend.csv:3 5.00", "ad_spend.csv:5 2.00"]);
    // Of ads: 10 + 1, and U1's 7.
    assert_eq!(out, ["after_period 2 9.00", "other_channel 3 18.00", "repeated_user 2 6.50"]);
}

/// A day without any spend, which an export marks, moves no row: 5 and 7 in lines 3 and 4.
#[test]
fn a_day_without_spend_is_no_row_of_it() {
    let spend = "时间-天,项目名称,消耗,展示数,点击数\n2026-03-01,x,-,0,0\n2026-03-02,y,5.00,1,1\n2026-03-03,z,7.00,1,1\n";
    let users = "user_id,acquired_on,channel\nU1,2026-03-01,a\n";
    let orders = "order_id,user_id,paid_at,amount\n";
    let dir = shop(&[("users.csv", users), ("ad_spend.csv", spend), ("orders.csv", orders)]);
    check(&dir, &[("traffic.ad_spend", &["ad_spend.csv:3 5.00", "ad_spend.csv:4 7.00"], &[])]);
}

const ORDERS: &str = "order_id,user_id,paid_at,amount,status,product\n\
                      o1,U1,2026-03-04,20.00,,tea\n\
                      o2,U1,2026-03-02,-3.00,,tea\n\
                      o3,U2,2026-03-03,7.00,cancelled,tea\n\
                      o4,U1,2026-03-09,5.00,,tea\n\
                      o5,U9,2026-03-05,6.00,,tea\n\
                      o5,U9,2026-03-05,1.00,,cup\n\
                      o6,U8,2026-03-20,6.00,,tea\n\
                      o7,,2026-03-05,6.00,,tea\n";

/// U1 joins with o1: what was given back two days before is no order. U2 paid for nothing and costs nothing; U9 is in no
/// table.
#[test]
fn a_user_joins_with_the_first_order() {
    let dir = shop(&[
        ("users.csv", "user_id,channel,cost\nU1,ads,3.00\nU2,ads,4.00\n"),
        ("orders.csv", ORDERS),
        (
            "scrm.toml",
            "[orders]\ngrain = \"line\"\nnegative = \"refund\"\n[users]\nacquired_on = \"first-order\"\n",
        ),
    ]);
    check(
        &dir,
        &[
            ("traffic.new_users", &["users.csv:2 1"], &["user_without_order 1"]),
            ("direct.users", &["users.csv:2 1"], &["user_without_order 1"]),
            ("traffic.ad_spend", &["users.csv:2 3.00"], &["user_without_order 1 4.00"]),
            // The row below zero is before its user's joining.
            ("direct.refunds", &[], &["before_joining 1 3.00"]),
        ],
    );
}

/// Without a table users stand where their first orders do: U1 in o1, U9 in the first line of o5, U8 only later.
#[test]
fn a_user_of_no_table_stands_in_the_first_order() {
    let toml = "[orders]\ngrain = \"line\"\nnegative = \"refund\"\nbefore_joining = \"exclude\"\n\
                [users]\nacquired_on = \"first-order\"\n";
    let dir = shop(&[("orders.csv", ORDERS), ("scrm.toml", toml)]);
    let both = ["orders.csv:2 1", "orders.csv:6 1"];
    check(
        &dir,
        &[
            ("traffic.new_users", &both, &["after_period 1"]),
            ("direct.users", &both, &["after_period 1"]),
            (
                "direct.buyers",
                &both,
                &[
                    "not_paid 1 7.00",
                    "unknown_user 1 6.00",
                    "before_joining 1 -3.00",
                    "after_period 1 6.00",
                    "counted_already 1 5.00",
                ],
            ),
        ],
    );
    let csv = told(dir.path(), "traffic.new_users", &["-O", "csv", "-b", "2026-03-01", "-e", "2026-03-11"]);
    assert!(csv.contains("orders.csv,2,U1,,2026-03-04,(none)") && csv.contains("orders.csv,6,U9,"), "{csv}");
    // Where it counts, what was given back before makes U1 a user two days earlier.
    let toml = toml.replace("\"exclude\"", "\"direct\"");
    std::fs::write(dir.path().join("scrm.toml"), toml).unwrap();
    let both = ["orders.csv:3 1", "orders.csv:6 1"];
    check(&dir, &[("traffic.new_users", &both, &["after_period 1"])]);
}
