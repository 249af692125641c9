//! Orders whose rows are items, closed after some of these were given back; and words and marks beside sums of nothing.

use super::exports::dir_with;
use super::profiles::{WECHAT, csv, figures, pnl};

const USERS: &str = "user_id,acquired_on,channel\n13800000001,2026-01-05,A\n";

/// What is sold, given back and not paid, in whatever order the rows and chunks come.
fn direct(rows: &[String], header: &str, settings: &str, [gross, refunds, not_paid]: [&str; 3]) {
    let back: Vec<_> = rows.iter().rev().cloned().collect();
    for rows in [rows, &back] {
        let orders = format!("{header}\n{}\n", rows.join("\n"));
        let dir = dir_with(&[
            ("users.csv", USERS.as_bytes()),
            ("orders.csv", orders.as_bytes()),
            ("scrm.toml", settings.as_bytes()),
        ]);
        for more in ["", "--chunk-bytes 1 --threads 3"] {
            let want = [
                ("total.direct.gross", gross),
                ("total.direct.refunds", refunds),
                ("reconciliation.not_paid.amount", not_paid),
            ];
            figures(&pnl(dir.path(), more), &want);
        }
    }
}

/// One item of 100.00 came back for 30.00: the order was paid. Of another, nothing: 50.00 were not.
#[test]
fn an_order_closed_after_some_items_came_back() {
    let row = |id: &'static str, amount: &'static str, back: &'static str| {
        let cells = [
            ("订单号", id),
            ("订单状态", "取消"),
            ("收件人手机", "13800000001"),
            ("订单实际收款金额", amount),
            ("支付时间", "2026-02-01 10:00:00"),
            ("商品售后", ""),
            ("商品已退款金额", back),
        ];
        csv(WECHAT, &[&cells]).lines().nth(1).unwrap().to_string()
    };
    let header = csv(WECHAT, &[]).lines().next().unwrap().to_string();
    let rows =
        [row("37001", "100.00", "30.00"), row("37001", "100.00", "0.00"), row("37002", "50.00", "0.00")];
    direct(&rows, &header, "", ["100.00", "30.00", "50.00"]);
    // By the rows of any export: 10.00 + 20.00 of which 3.00 came back, and 7.00 never paid.
    let rows = ["o1,13800000001,2026-02-01,10.00,3.00,已取消", "o1,13800000001,2026-02-01,20.00,0,已取消"];
    let rows = [rows[0], rows[1], "o2,13800000001,2026-02-01,7.00,0,已取消"].map(String::from);
    let header = "订单号,买家手机号,支付时间,实付金额,已退款金额,订单状态";
    direct(&rows, header, "[orders]\ngrain = \"line\"\n", ["30.00", "3.00", "7.00"]);
}

/// Where a column says how much was given back, and be it nothing, no word need be known.
#[test]
fn a_sum_of_nothing_says_what_a_word_does_not() {
    let rows = ["o1,13800000001,2026-02-01,10.00,商家受理中,0.00".to_string()];
    direct(&rows, "订单号,买家手机号,支付时间,实付金额,售后状态,已退款金额", "", ["10.00", "0.00", "0.00"]);
}

/// A mark for nothing in a column of a channel is no spend: 1.00 + 2.00.
#[test]
fn a_mark_for_nothing_in_a_column_of_spend() {
    let spend = "date,A,B\n2026-02-01,1.00,-\n2026-02-02,——,2.00\n";
    let dir = dir_with(&[
        ("users.csv", USERS.as_bytes()),
        ("orders.csv", b"order_id,user_id,paid_at,amount\n"),
        ("ad_spend.csv", spend.as_bytes()),
        ("scrm.toml", b"[ad_spend]\nwide = true\n"),
    ]);
    figures(&pnl(dir.path(), ""), &[("total.traffic.ad_spend", "3.00")]);
}
