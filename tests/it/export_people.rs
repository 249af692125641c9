//! Exports whose rows say more than an amount: in which currency, less which discount, by which distributor, of whom
//! nobody knows the id. Figures are worked out by hand.

use super::exports::{dir_with, first_problem, scrm};
use super::profiles::{DOUYIN, WECHAT, YOUZAN, csv, figures, pnl};
use serde_json::Value;
use tempfile::TempDir;

const USERS: &str = "user_id,acquired_on,channel\n13800000001,2026-01-05,A\n13800000002,2026-01-06,B\n";
const PLAN: &str = "[commission]\nlevels = [\"10%\"]\n";

fn shop(files: &[(&str, &str)]) -> TempDir {
    let all = [("users.csv", USERS), ("orders.csv", "order_id,user_id,paid_at,amount\n")];
    let all = all.into_iter().filter(|(name, _)| files.iter().all(|(other, _)| other != name));
    let files = all.chain(files.iter().copied()).map(|(name, text)| (name, text.as_bytes()));
    dir_with(&files.collect::<Vec<_>>())
}

fn warned(report: &Value, code: &str) -> Option<u64> {
    report["warnings"].as_array().unwrap().iter().find(|w| w["code"] == code)?["count"].as_u64()
}

fn first(files: &[(&str, &str)]) -> String {
    first_problem(shop(files).path(), "")
}

/// 有赞 by item, where only the order says what was given back: 90.00 − 20.00, once, whatever an item's status is.
/// By product 90.00 is split as 30 : 60, and so is what came back: 10 % of 30.00 − 6.67 and 20 % of 60.00 − 13.33 are 2.333
/// and 9.334, together 11.67.
#[test]
fn what_was_given_back_of_an_order_stands_on_each_of_its_items() {
    let header = format!("{YOUZAN},商品编码,商品名称,商品单价,商品数量,商品退款状态");
    let row = |order, product, price, refund, after| {
        let cells = [
            ("订单号", order),
            ("买家手机号", "13800000001"),
            ("买家付款时间", "2026-02-01 10:00:00"),
            ("订单状态", "交易完成"),
            ("订单实付金额", "90"),
            ("订单已退款金额", refund),
            ("分销员", "D1"),
            ("商品编码", product),
            ("商品单价", price),
            ("商品数量", "1"),
            ("商品退款状态", after),
        ];
        cells.to_vec()
    };
    let orders =
        |rows: &[Vec<(&str, &str)>]| csv(&header, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let plan = format!("{PLAN}[[commission.rate]]\nproduct = \"q\"\nlevels = [\"20%\"]\n");
    let text = orders(&[row("E1", "p", "30", "20", "退款成功"), row("E1", "q", "60", "20", "——")]);
    for more in ["", "--chunk-bytes 1 --threads 3"] {
        let report = pnl(shop(&[("orders.csv", &text), ("scrm.toml", &plan)]).path(), more);
        figures(
            &report,
            &[
                ("total.distribution.gross", "90.00"),
                ("total.distribution.refunds", "20.00"),
                ("total.distribution.commission", "11.67"),
            ],
        );
    }
    let text = orders(&[row("E1", "p", "30", "20", "——"), row("E1", "q", "60", "30", "——")]);
    assert!(
        first(&[("orders.csv", &text)])
            .contains("refund: rows of the order say that 20.00 and that 30.00 was given back of all of it")
    );
    // All of it was.
    let text = orders(&[row("E1", "p", "30", "90", "退款成功"), row("E1", "q", "60", "90", "退款成功")]);
    let report = pnl(shop(&[("orders.csv", &text)]).path(), "");
    figures(&report, &[("total.distribution.refunds", "90.00"), ("total.distribution.revenue", "0.00")]);
}

/// A header in two rows is refused where the second names columns; where it says the same in another language, or explains,
/// it is a note.
#[test]
fn a_second_row_of_names_is_no_note() {
    let second = "error: orders.csv:2: a second row of names under the header";
    let row = "A,13800000001,2026-02-01,100,80,已完成\n";
    for names in [",,,应付金额,实付金额,", ",,,实付金额,退款金额,"] {
        let text = format!("订单号,用户ID,支付时间,金额,,订单状态\n{names}\n{row}");
        assert_eq!(first(&[("orders.csv", &text)]), second, "{names}");
    }
    for note in [",,payment time,amount,remark,", "(编号),,(时间),买家付的钱,说明,"] {
        let text = format!("订单号,用户ID,支付时间,实付金额,备注,订单状态\n{note}\n{row}");
        figures(&pnl(shop(&[("orders.csv", &text)]).path(), ""), &[("total.direct.gross", "100.00")]);
    }
}

/// What says that an order has no distributor names none: of 100.00 from each of nine orders one has a distributor.
#[test]
fn nobody_distributes_orders_of_nobody() {
    let words = ["0", "NULL", "N/A", "None", "nan", "暂无", "未知", "", "D1"];
    for name in ["达人ID", "带货ID", "分销员", "Affiliate ID"] {
        let head = if name.is_ascii() {
            "Order Number,Customer ID,Order Date,Total"
        } else {
            "订单号,用户ID,支付时间,实付金额"
        };
        let rows: String =
            words.iter().enumerate().map(|(i, w)| format!("{i}7,13800000001,2026-02-01,100,{w}\n")).collect();
        let report = pnl(shop(&[("orders.csv", &format!("{head},{name}\n{rows}"))]).path(), "");
        figures(&report, &[("total.direct.gross", "800.00"), ("total.distribution.gross", "100.00")]);
    }
    // In a table of their own such rows refer nothing, and are counted.
    let rows: String = words.iter().enumerate().map(|(i, w)| format!("{i}7,{w}\n")).collect();
    let orders =
        "order_id,user_id,paid_at,amount\n07,13800000001,2026-02-01,100\n87,13800000001,2026-02-01,40\n";
    let files = [("orders.csv", orders), ("referrals.csv", &format!("订单号,分销员编号\n{rows}"))];
    let report = pnl(shop(&files).path(), "");
    figures(&report, &[("total.direct.gross", "100.00"), ("total.distribution.gross", "40.00")]);
    assert_eq!(warned(&report, "row-left-out"), Some(8));
    // Nor is nobody an upline: 10 % of 40.00 and no second level.
    let files = [
        ("orders.csv", orders),
        ("referrals.csv", "order_id,distributor_id\n87,D1\n"),
        ("distributors.csv", "分销员编号,姓名,上级编号\nD1,甲,0\n"),
        ("scrm.toml", "[commission]\nlevels = [\"10%\", \"5%\"]\n"),
    ];
    figures(&pnl(shop(&files).path(), ""), &[("total.distribution.commission", "4.00")]);
}

/// Where a row has no id of its distributor, its name stands for it.
#[test]
fn the_first_filled_of_several_names_the_distributor() {
    let rows = "A,13800000001,2026-02-01,5,张三,D1\nB,13800000001,2026-02-01,7,李四,\n";
    let dir = shop(&[("orders.csv", &format!("订单号,用户ID,支付时间,实付金额,分销员,分销员ID\n{rows}"))]);
    figures(
        &pnl(dir.path(), ""),
        &[("total.distribution.gross", "12.00"), ("total.distribution.active", "2")],
    );
    let run = scrm("distributors", dir.path(), "-O csv --by distributor");
    let text = String::from_utf8_lossy(&run.out).into_owned() + &run.err;
    assert!(text.contains("D1") && !text.contains("张三"), "the id wins over the name: {text}");
    let own = shop(&[(
        "orders.csv",
        "order_id,user_id,paid_at,amount,distributor_id\nA,13800000001,2026-02-01,5,D1\n",
    )]);
    assert_eq!(warned(&pnl(own.path(), ""), "unread-column"), Some(1));
}

/// 20.00 given, 5.00 and 3.00 taken: 12.00. A word that says neither is refused, and so is one that contradicts a sign.
#[test]
fn adjustments_by_a_word() {
    let table = |rows: &str| format!("分销员,日期,金额,类型,原因\n{rows}");
    let base = "甲,2026-02-01,20,奖励,\n甲,2026-02-02,5,扣款,x\n甲,2026-02-03,-3,手工,\n";
    let files = |text: &str| shop(&[("adjustments.csv", text), ("scrm.toml", PLAN)]);
    let run = scrm("payouts", files(&table(base)).path(), "-O json");
    figures(&serde_json::from_slice(&run.out).unwrap(), &[("total.adjustments", "12.00")]);
    for (row, word) in [("甲,2026-02-04,1,手工,\n", "手工"), ("甲,2026-02-04,-1,奖励,\n", "奖励")] {
        let run = scrm("payouts", files(&table(row)).path(), "");
        let want = format!(
            "adjustments.csv:2:4: 类型: \"{word}\" does not say whether the amount was given or taken"
        );
        assert!(run.status == 1 && run.err.contains(&want), "{}", run.err);
    }
}

/// Who was turned out earns nothing more, so it must be known since when: of two orders the one before that day counts.
#[test]
fn distributors_who_left() {
    let orders =
        "order_id,user_id,paid_at,amount\no1,13800000001,2026-02-01,100\no2,13800000001,2026-03-01,100\n";
    let files = |list| {
        let referrals = ("referrals.csv", "order_id,distributor_id\no1,D1\no2,D1\n");
        [("orders.csv", orders), referrals, ("distributors.csv", list), ("scrm.toml", PLAN)]
    };
    let refused = first(&files("分销员编号,姓名,状态,加入时间\nD1,甲,已清退,2026-01-01\n"));
    let want = "error: distributors.csv:2:3: 状态: \"已清退\" says that somebody does not distribute, and left_on does not say \
        since when";
    assert_eq!(refused, want);
    for (list, commission) in [
        ("分销员编号,状态,加入时间,清退时间\nD1,已清退,2026-01-01,2026-02-15\n", "10.00"),
        ("分销员编号,状态,加入时间\nD1,正常,2026-01-01\n", "20.00"),
    ] {
        let report = pnl(shop(&files(list)).path(), "");
        figures(&report, &[("total.distribution.commission", commission)]);
        assert_eq!(warned(&report, "unread-column"), None);
    }
    let report = pnl(shop(&files("分销员编号,状态\nD1,金牌\n")).path(), "");
    assert_eq!(warned(&report, "unread-column"), Some(1));
}

/// 2 × 100.00 is not what was paid where a discount stands beside it; with what was paid nobody needs the price.
#[test]
fn a_price_less_a_discount() {
    let table = |header: &str, rows: &str| format!("订单编号,会员号,交易日期,数量,单价,{header}\n{rows}");
    let row = |cell: &str| format!("A1,13800000001,2026-02-01,2,100,{cell}\n");
    for (header, cell) in [("折扣", "0.8"), ("优惠金额", "30"), ("折后金额", "160"), ("优惠券抵扣", "-5")]
    {
        assert_eq!(
            first(&[("orders.csv", &table(header, &row(cell)))]),
            format!(
                "error: orders.csv:2:6: {header}: \"{cell}\" is a discount that quantity × unit price does not have off"
            )
        );
    }
    for (header, cell) in
        [("折扣", "1"), ("折扣", "10折"), ("优惠金额", "0.00"), ("优惠金额", ""), ("优惠券名称", "满减")]
    {
        let report = pnl(shop(&[("orders.csv", &table(header, &row(cell)))]).path(), "");
        figures(&report, &[("total.direct.gross", "200.00")]);
    }
    let paid = table("折扣,实付金额", &row("0.8,160"));
    figures(&pnl(shop(&[("orders.csv", &paid)]).path(), ""), &[("total.direct.gross", "160.00")]);
}

/// Amounts in another currency than the report's are not added, under whatever headers.
#[test]
fn one_currency() {
    for (header, ours, other) in [
        ("Order ID,Customer ID,Paid at,Total,Currency", "cny", "USD"),
        ("订单号,用户ID,支付时间,实付金额,币种", "人民币", "美元"),
        ("order_id,user_id,paid_at,amount,currency", "CNY", "EUR"),
    ] {
        let table = |word: &str| {
            format!("{header}\nA1,13800000001,2026-02-01,100,{ours}\nA2,13800000001,2026-02-01,50,{word}\n")
        };
        figures(&pnl(shop(&[("orders.csv", &table(""))]).path(), ""), &[("total.direct.gross", "150.00")]);
        let name = header.rsplit(',').next().unwrap();
        assert_eq!(
            first(&[("orders.csv", &table(other))]),
            format!(
                "error: orders.csv:3:5: {name}: \"{other}\" is another currency than CNY, in which all is counted"
            )
        );
    }
    let dollars = "order_id,user_id,paid_at,amount,currency\nA1,13800000001,2026-02-01,100,美元\n";
    let files = [("orders.csv", dollars), ("scrm.toml", "currency = \"USD\"\n")];
    figures(&pnl(shop(&files).path(), ""), &[("total.direct.gross", "100.00")]);
    let spend = [("ad_spend.csv", "date,channel,amount,currency\n2026-02-01,A,5,USD\n")];
    assert!(first(&spend).contains("ad_spend.csv:2:4: currency: \"USD\" is another currency than CNY"));
}

/// With all columns given by the settings no profile is chosen, and what that would have read is named.
#[test]
fn what_no_profile_reads() {
    let header = "订单号,买家手机号,买家付款时间,订单实付金额,订单状态,订单已退款金额,分销员";
    let settings = "[columns.orders]\norder_id = \"订单号\"\nuser_id = \"买家手机号\"\npaid_at = \"买家付款时间\"\n\
        amount = \"订单实付金额\"\n";
    let orders = format!("{header}\nA,13800000001,2026-02-01,10,交易完成,,\n");
    let report = pnl(shop(&[("orders.csv", &orders), ("scrm.toml", settings)]).path(), "");
    let warning =
        report["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "unread-column").unwrap();
    assert_eq!(warning["count"], 3);
    let message = warning["message"].as_str().unwrap();
    assert!(message.ends_with(": \"订单状态\", \"订单已退款金额\", \"分销员\""), "{message}");
}

/// Names are no ids, which is said; a user without a phone is in no figure, so of two there is one.
#[test]
fn people_without_ids() {
    let named = "客户名称,添加人,添加时间,来源\n小红,张三,2026-01-03,扫码\n";
    assert_eq!(warned(&pnl(shop(&[("users.csv", named)]).path(), ""), "name-as-id"), Some(1));
    let settings = "[columns.users]\nuser_id = \"客户名称\"\n";
    let report = pnl(shop(&[("users.csv", named), ("scrm.toml", settings)]).path(), "");
    assert_eq!(warned(&report, "name-as-id"), None, "as the settings say");
    let orders = "订单号,买家昵称,支付时间,实付金额\nA,小红,2026-02-01,10\n";
    assert_eq!(warned(&pnl(shop(&[("orders.csv", orders)]).path(), ""), "name-as-id"), Some(1));
    let blank = "手机号,添加时间,渠道,获客成本\n13800000001,2026-01-05,A,3\n,2026-01-05,A,4\n";
    for settings in ["", "[users]\nduplicates = \"first\"\n", "[users]\nacquired_on = \"first-order\"\n"] {
        let orders = "order_id,user_id,paid_at,amount\no1,13800000001,2026-02-01,10\n";
        let files = [("users.csv", blank), ("orders.csv", orders), ("scrm.toml", settings)];
        let report = pnl(shop(&files).path(), "");
        figures(&report, &[("total.traffic.new_users", "1")]);
        assert_eq!(warned(&report, "user-without-id"), Some(1), "{settings}");
    }
    let own = "user_id,acquired_on\n,2026-01-05\n";
    assert_eq!(first(&[("users.csv", own)]), "error: users.csv:2:1: user_id: no id");
}

/// Errors about rows that repeat name the setting under which they may.
#[test]
fn what_may_repeat_is_told() {
    let dir = shop(&[("users.csv", "user_id,acquired_on\nu,2026-01-05\nu,2026-01-06\n")]);
    assert!(scrm("pnl", dir.path(), "").err.contains("[users] duplicates = \"first\""));
    let dir =
        shop(&[("orders.csv", "order_id,user_id,paid_at,amount\no,u,2026-02-01,1\no,u,2026-02-01,2\n")]);
    assert!(scrm("pnl", dir.path(), "").err.contains("[orders] grain = \"line\""));
}

/// A report of 抖店 without buyers: 8.00 of guests are outside the private domain, 8.00 are 777's.
#[test]
fn douyin_without_buyers() {
    let header = "主订单编号,商品ID,商品金额,订单应付金额,商家收入金额,支付完成时间,订单状态,售后状态,达人ID,达人昵称,流量来源";
    let row = |id: u8, who: &str| format!("\t{id},\t9,10,8,7.5,2026-02-01 10:00:00,已完成,-,{who},-,x\n");
    let text = format!("{header}\n{}{}{}", row(1, "0"), row(2, "-"), row(3, "777"));
    let report = pnl(shop(&[("orders.csv", &text)]).path(), "");
    figures(&report, &[("total.distribution.gross", "8.00"), ("reconciliation.unknown_user.orders", "2")]);
    assert_eq!(warned(&report, "no-buyer"), Some(1));
    assert_eq!(warned(&pnl(shop(&[("orders.csv", &format!("{DOUYIN}\n"))]).path(), ""), "no-buyer"), None);
}

/// What was never paid needs no amount: 50.00 of two orders. What was paid does.
#[test]
fn an_unpaid_order_without_an_amount() {
    let row = |id, amount, status, paid| {
        let phone = ("收件人手机", "13800000001");
        vec![("订单号", id), ("订单状态", status), ("支付时间", paid), ("订单实际收款金额", amount), phone]
    };
    let orders =
        |rows: &[Vec<(&str, &str)>]| csv(WECHAT, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let good = row("1", "50", "已完成", "2026-02-01 10:00:00");
    let text = orders(&[good.clone(), row("2", "-", "待付款", "-"), row("3", "", "已取消", "")]);
    figures(&pnl(shop(&[("orders.csv", &text)]).path(), ""), &[("total.direct.gross", "50.00")]);
    let text = orders(&[good, row("2", "-", "已完成", "2026-02-01 10:00:00")]);
    assert!(first(&[("orders.csv", &text)]).contains("amount: no amount"));
}

/// A day of a report on which nothing was spent is left out and counted; one that says nothing at all is refused.
#[test]
fn spend_of_nothing() {
    let header = "时间-天,单元名称,消耗,展示数,点击数";
    let table = |cell: &str| format!("{header}\n2026-02-01,a,\"1,000.50\",1,1\n2026-02-02,b,{cell},0,0\n");
    let report = pnl(shop(&[("ad_spend.csv", &table("-"))]).path(), "");
    figures(&report, &[("total.traffic.ad_spend", "1000.50")]);
    assert_eq!(warned(&report, "row-left-out"), Some(1));
    assert!(first(&[("ad_spend.csv", &table(""))]).contains("amount: no amount"));
}

/// A bill's closed orders were not paid, or were given back: o2 is no matter, o3 was closed and given back here too, and o4
/// is paid here and not in the bill.
#[test]
fn closed_orders_of_a_bill() {
    let orders = "order_id,user_id,paid_at,amount,refund\no1,13800000001,2026-02-01,100,\no3,13800000001,2026-02-01,50,50\n\
        o4,13800000001,2026-02-01,70,\n";
    let bill = "商户订单号,交易时间,交易金额,交易状态\no1,2026-02-01,100,支付成功\no2,2026-02-01,100,已关闭\n\
        o3,2026-02-01,50,交易关闭\no4,2026-02-01,70,交易关闭\n";
    let report = pnl(shop(&[("orders.csv", orders), ("bill.csv", bill)]).path(), "");
    assert_eq!((warned(&report, "bill-amount"), warned(&report, "bill-without-order")), (Some(1), None));
}
