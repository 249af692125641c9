//! Money in exports that was once read wrong without a word: units by column, which of several columns is meant, what
//! after-sale statuses say, orders that were closed after they were paid, and what stands where there is no id. Figures
//! are worked out by hand.

use super::exports::{dir_with, first_problem, scrm};
use super::profiles::{DOUYIN, WECHAT, YOUZAN, csv, figures, pnl};
use serde_json::Value;
use tempfile::TempDir;

const USERS: &str = "user_id,acquired_on,channel\n13800000001,2026-01-05,A\n13800000002,2026-01-06,B\n";

/// A shop with these orders, whose users are two.
fn shop(orders: &str) -> TempDir {
    dir_with(&[("users.csv", USERS.as_bytes()), ("orders.csv", orders.as_bytes())])
}

fn shop_by(orders: &str, settings: &str) -> TempDir {
    let files: [(&str, &[u8]); 3] = [
        ("users.csv", USERS.as_bytes()),
        ("orders.csv", orders.as_bytes()),
        ("scrm.toml", settings.as_bytes()),
    ];
    dir_with(&files)
}

/// What is sold directly and given back, in the whole of the data.
fn direct(dir: &TempDir, gross: &str, refunds: &str) {
    for more in ["", "--chunk-bytes 1 --threads 3"] {
        let report = pnl(dir.path(), more);
        figures(&report, &[("total.direct.gross", gross), ("total.direct.refunds", refunds)]);
    }
}

fn warned(report: &Value, code: &str) -> Option<u64> {
    report["warnings"].as_array().unwrap().iter().find(|w| w["code"] == code)?["count"].as_u64()
}

/// 100.00 yuan of which 2,550 fen came back: 74.50 is left. A header says its unit in any bracket.
#[test]
fn each_column_has_the_unit_of_its_own_header() {
    for header in [
        "订单号,买家手机号,支付时间,实付金额(元),退款金额(分)",
        "订单号,买家手机号,支付时间,实付金额,退款金额（分）",
        "订单号,买家手机号,支付时间,实付金额【单位：元】,退款金额【单位：分】",
        "订单号,买家手机号,支付时间,实付金额/元,退款金额/分",
        "order number,phone,payment time,paid amount,refund amount (in cents)",
        "order_id,user_id,paid_at,amount,refund(分)",
    ] {
        direct(&shop(&format!("{header}\no1,13800000001,2026-02-01,100.00,2550\n")), "100.00", "25.50");
    }
    // 10,000 fen are 100.00; what came back is in yuan.
    let header = "订单号,买家手机号,支付时间,实付金额（分）,已退款金额（元）";
    direct(&shop(&format!("{header}\no1,13800000001,2026-02-01,10000,25.50\n")), "100.00", "25.50");
    // Mapped by the settings, and under our own names.
    let settings = "[columns.orders]\norder_id = \"单\"\nuser_id = \"人\"\npaid_at = \"时\"\namount = \"付（分）\"\nrefund = \"退\"\n";
    direct(
        &shop_by("单,人,时,付（分）,退\no1,13800000001,2026-02-01,10000,25.50\n", settings),
        "100.00",
        "25.50",
    );
    direct(
        &shop("order_id,user_id,paid_at,amount(分),refund\no1,13800000001,2026-02-01,10000,25.50\n"),
        "100.00",
        "25.50",
    );
}

/// A profile in fen holds where a header says nothing, and a quantity is never in fen: 3 × 12.50 = 37.50.
#[test]
fn a_profile_in_fen_yields_to_headers() {
    let settings = "[[profile]]\nname = \"api\"\ntable = \"orders\"\nunit = \"fen\"\nrequired = [\"oid\"]\n\
        columns = { order_id = \"oid\", user_id = \"uid\", paid_at = \"t\", quantity = \"n\", unit_price = \"p\", refund = \"back (元)\" }\n";
    direct(
        &shop_by("oid,uid,t,n,p,back (元)\no1,13800000001,2026-02-01,3,1250,7.50\n", settings),
        "37.50",
        "7.50",
    );
}

/// A line above the header may say the unit of all amounts, those apart whose header says its own. What is in 万元 was rounded
/// and is refused, by whatever it is said or mapped.
#[test]
fn the_unit_of_a_whole_file() {
    let rows = "订单号,买家手机号,支付时间,实付金额,退款金额(元)\no1,13800000001,2026-02-01,10000,25.50\n";
    direct(&shop(&format!("订单报表,,,,\n单位：分,,,,\n{rows}")), "100.00", "25.50");
    let gbk = super::exports::gb18030(&format!("金额单位：分\n{rows}"));
    direct(&dir_with(&[("users.csv", USERS.as_bytes()), ("orders.csv", &gbk)]), "100.00", "25.50");
    direct(&shop(&format!("单位：元\n{rows}")), "10000.00", "25.50");
    assert_eq!(
        first_problem(shop(&format!("单位：万元\n{rows}")).path(), ""),
        "error: orders.csv:2:4: 实付金额: amounts in 万元, which were rounded"
    );
    let mapped = "[columns.team_cost]\namount = \"工资（万元）\"\n";
    let dir = shop_by("order_id,user_id,paid_at,amount\n", mapped);
    std::fs::write(dir.path().join("team_cost.csv"), "date,工资（万元）\n2026-02,1.2\n").unwrap();
    assert_eq!(
        first_problem(dir.path(), ""),
        "error: team_cost.csv:1:2: 工资（万元）: amounts in 万元, which were rounded"
    );
}

/// Spend: 123.45 in one column in fen, 6.55 in another in yuan; a column for each channel may be in fen as well.
#[test]
fn spend_and_its_totals_in_fen() {
    let mut dir = shop("order_id,user_id,paid_at,amount\n");
    let put = |dir: &TempDir, name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    put(&dir, "ad_spend-1.csv", "日期,渠道,花费(分)\n2026-02-01,A,12345\n合计,,12345\n");
    put(&dir, "ad_spend-2.csv", "日期,渠道,花费(元)\n2026-02-01,A,6.55\n");
    figures(&pnl(dir.path(), ""), &[("total.traffic.ad_spend", "130.00")]);
    put(&dir, "ad_spend-1.csv", "日期,渠道,花费(分)\n2026-02-01,A,12345\n合计,,12346\n");
    assert!(first_problem(dir.path(), "").contains("the file's total is 123.46, its rows add up to 123.45"));
    dir = shop_by("order_id,user_id,paid_at,amount\n", "[ad_spend]\nwide = true\nsuffix = \"(分)\"\n");
    put(&dir, "ad_spend.csv", "date,A(分),B(分)\n2026-02-01,100,250\n");
    figures(&pnl(dir.path(), ""), &[("total.traffic.ad_spend", "3.50")]);
}

/// A column of totals has its own unit, as the channels have: 1.00 + 2.50 = 3.50 is 350 fen.
#[test]
fn columns_of_totals_have_their_own_unit() {
    let shop = |spend: &str, suffix: &str| {
        let settings = format!("[ad_spend]\nwide = true\nsuffix = \"{suffix}\"\n");
        let dir = shop_by("order_id,user_id,paid_at,amount\n", &settings);
        std::fs::write(dir.path().join("ad_spend.csv"), spend).unwrap();
        dir
    };
    for (spend, suffix) in [
        ("date,A(分),B(分),合计(分)\n2026-02-01,100,250,350\n合计,100,250,350\n", "(分)"),
        ("date,A(分),B(分),合计(分)\n2026-02-01,100,250,350\n合计（分）,,,350\n", ""),
        ("date,A(分),B(分),合计(元)\n2026-02-01,100,250,3.50\n合计,100,250,3.50\n", ""),
        ("date,A,B,合计(分)\n2026-02-01,1.00,2.5,350\n合计,1,2.50,350\n", ""),
        ("date,A,B,合计/分\n2026-02-01,1.00,2.5,350\n合计：350分,,,\n", ""),
        ("单位：分\ndate,A,B,合计,合计(元)\n2026-02-01,100,250,350,3.50\n合计,100,250,350,3.50\n", ""),
    ] {
        let dir = shop(spend, suffix);
        figures(&pnl(dir.path(), ""), &[("total.traffic.ad_spend", "3.50")]);
        let columns = "of totals or averages (合计";
        let told = super::profiles::said(dir.path());
        assert!(told.contains(columns) && told.contains("1 line of totals"), "{spend}: {told}");
    }
    for (spend, says) in [
        (
            "date,A(分),B(分),合计(分)\n2026-02-01,100,250,351\n",
            "2:4: 合计(分): the row's total is 3.51, its channels add up to 3.50",
        ),
        (
            "date,A(分),B(分),合计(元)\n2026-02-01,100,250,350\n",
            "2:4: 合计(元): the row's total is 350.00, its channels add up to 3.50",
        ),
        (
            "date,A(分),B(分),合计(分)\n2026-02-01,100,250,350\n合计,100,251,350\n",
            "3:3: B(分): the file's total is 2.51, its rows add up to 2.50",
        ),
        (
            "date,A(分),B(分),合计(分)\n2026-02-01,100,250,350\n合计,,,3.50\n",
            "3:4: amount: the file's total is 0.035, its rows add up to 3.50",
        ),
    ] {
        assert_eq!(first_problem(shop(spend, "").path(), ""), format!("error: ad_spend.csv:{says}"));
    }
}

/// A total of a column in fen: 10.00 + 5.50 = 15.50 is 1,550 fen, unless it says that it is in yuan. Of what came back, which
/// is in yuan, it is 2.50; and there are two rows.
#[test]
fn totals_of_columns_in_fen() {
    let header = "订单号,买家手机号,支付时间,实付金额(分),退款金额(元)";
    let rows = "o1,13800000001,2026-02-01,1000,2.50\no2,13800000002,2026-02-02,550,0\n";
    let with = |before: &str, total: &str| shop(&format!("{before}{header}\n{rows}{total}"));
    let lines = [
        "合计,,,1550,2.50\n",
        "合计,2,,1550,2.5\n",
        "合计（分）,,,1550,\n",
        "合计,1550,,,\n",
        "合计：1550,,,,\n",
        "合计：2笔，金额1550,,,,\n",
        "合计：2笔，15.50元,,,,\n",
        "合计：1550分,,,,\n",
        "合计,,,15.50元,\n",
        "合计,,2026-02-02,550,0\n",
        "总笔数,实付总金额\n2,1550\n",
        "总笔数,实付总金额(分),退款总金额\n2,1550,2.50\n",
        "总笔数,实付总金额(元),退款总金额(分)\n2,15.50,250\n",
    ];
    for line in lines {
        let dir = with("", line);
        direct(&dir, "15.50", "2.50");
        let told = super::profiles::said(dir.path());
        assert!(told.contains("of totals, equal to ours"), "{line}: {told}");
    }
    direct(&with("实付总金额(元),15.50\n", ""), "15.50", "2.50");
    direct(&with("实付总金额,1550\n", ""), "15.50", "2.50");
    direct(&with("实付总金额,15.50元\n", ""), "15.50", "2.50");
    for (line, stated) in [
        ("合计,,,1551,2.50\n", "15.51"),
        ("合计,,,15.50,2.50\n", "0.155"),
        ("合计,,,1550元,\n", "1,550.00"),
        ("合计：1551分,,,,\n", "15.51"),
        ("合计：1550元,,,,\n", "1,550.00"),
        ("总笔数,实付总金额(元)\n2,1550\n", "1,550.00"),
        // A tenth of a fen is no fen.
        ("合计,,,1550.1,\n", "15.501"),
    ] {
        let told = first_problem(with("", line).path(), "");
        let says = format!("the file's total is {stated}, its rows add up to 15.50");
        assert!(told.ends_with(&says), "{line}: {told}");
    }
    // A part of a fen that an export keeps: 1,000.4 + 550.4 = 1,550.8, which is 1,551 where it is rounded.
    for total in ["1550.8", "1551"] {
        let rows = "o1,13800000001,2026-02-01,1000.4,0\no2,13800000002,2026-02-02,550.4,0\n";
        let dir = shop(&format!("{header}\n{rows}合计,,,{total},\n"));
        assert!(super::profiles::said(dir.path()).contains("1 line of totals, equal to ours"), "{total}");
    }
}

/// Where an order's amount stands once for it, its items have their own words: 4.00 of 10.00 came back, and without a sum
/// nobody knows how much.
#[test]
fn words_of_items_whose_amount_stands_elsewhere() {
    let settings = "[[profile]]\nname = \"own\"\ntable = \"orders\"\nrequired = [\"oid\"]\ngrain = \"line\"\n\
        order_amount_repeats = true\nafter_sale = { column = \"售后\" }\nstatuses = { ok = \"paid\" }\n\
        columns = { order_id = \"oid\", user_id = \"uid\", paid_at = \"t\", amount = \"a\", refund = \"back\", status = \"s\" }\n";
    let items = |back: &str, word: &str| {
        let rows = format!("o1,13800000001,2026-02-01,10.00,,ok,无\no1,,,,{back},,{word}\n");
        shop_by(&format!("oid,uid,t,a,back,s,售后\n{rows}"), settings)
    };
    direct(&items("4.00", "退款成功"), "10.00", "4.00");
    direct(&items("", "无"), "10.00", "0.00");
    for word in ["退款成功", "全额退款", "部分退款"] {
        let told = first_problem(items("", word).path(), "");
        let says = format!(
            "error: orders.csv:3:7: 售后: \"{word}\" says that money was given back, and no sum says how much"
        );
        assert_eq!(told, says);
    }
}

/// What the buyer paid (90.00) wins over what the order is worth in a list (120.00), whatever stands first.
#[test]
fn what_was_paid_wins_over_what_was_ordered() {
    for (list, paid) in [
        ("订单金额", "商家实收金额"),
        ("订单金额", "实付金额"),
        ("订单金额（元）", "实收金额（元）"),
        ("订单总额", "买家实付"),
        ("应付金额", "用户实付金额(元)"),
        ("总金额", "订单支付金额"),
        ("Order Total", "Amount Paid"),
        ("Amount", "Paid Amount"),
    ] {
        let first = if list.is_ascii() {
            "Order No,Phone,Payment Time"
        } else {
            "订单号,买家手机号,支付时间"
        };
        let row = "o1,13800000001,2026-02-01";
        direct(&shop(&format!("{first},{list},{paid}\n{row},120.00,90.00\n")), "90.00", "0.00");
        if !paid.contains('元') {
            direct(&shop(&format!("{first},{paid}(分),{list}\n{row},9000,120.00\n")), "90.00", "0.00");
        }
    }
    // 抖店: paid before payable.
    let header = format!("{DOUYIN},用户实付金额");
    let row = [
        ("主订单编号", "1"),
        ("子订单编号", "2"),
        ("订单应付金额", "120.00"),
        ("用户实付金额", "90.00"),
        ("收件人手机号", "13800000001"),
        ("订单提交时间", "2026-02-01"),
        ("订单状态", "已完成"),
    ];
    direct(&shop(&csv(&header, &[&row])), "90.00", "0.00");
}

/// Two columns that mean the same: equal in every row they are one, and where they differ the row is refused, naming both,
/// until the settings say which it is.
#[test]
fn columns_that_mean_the_same_must_agree() {
    let header = "订单号,买家手机号,支付时间,实付金额,买家实付";
    direct(
        &shop(&format!("{header}\no1,13800000001,2026-02-01,90.00,¥90\no2,13800000001,2026-02-01,5.00,\n")),
        "95.00",
        "0.00",
    );
    let differing = format!("{header}\no1,13800000001,2026-02-01,90.00,80.00\n");
    assert_eq!(
        first_problem(shop(&differing).path(), ""),
        "error: orders.csv:2:4: amount: \"实付金额\" is \"90.00\" and \"买家实付\" is \"80.00\"; either could be meant"
    );
    direct(&shop_by(&differing, "[columns.orders]\namount = \"买家实付\"\n"), "80.00", "0.00");
    // The same in two units.
    let units = "订单号,买家手机号,支付时间,实付金额(元),实付金额(分)";
    direct(&shop(&format!("{units}\no1,13800000001,2026-02-01,90.00,9000\n")), "90.00", "0.00");
    let run = first_problem(shop(&format!("{units}\no1,13800000001,2026-02-01,90.00,9001\n")).path(), "");
    assert!(run.contains("\"实付金额(分)\" is \"9001\""), "{run}");
    // Refunds: what was given back is before what was asked for.
    let refunds = "订单号,买家手机号,支付时间,实付金额,退款金额,实际退款金额";
    direct(&shop(&format!("{refunds}\no1,13800000001,2026-02-01,90.00,40.00,30.00\n")), "90.00", "30.00");
}

/// Generic Chinese headers. By hand: of 100.00 all came back (全额退款), of 80.00 30.00 (the sum stands there), of 60.00
/// nothing (closed, still going on, never asked for): gross 300.00, refunds 130.00.
#[test]
fn after_sale_statuses_under_common_headers() {
    for column in ["退款状态", "售后状态", "订单退款状态"] {
        let orders = format!(
            "订单号,买家手机号,支付时间,实付金额,订单状态,{column},退款金额\n\
             o1,13800000001,2026-02-01,100.00,已完成,全额退款,\no2,13800000001,2026-02-01,80.00,已完成,部分退款成功,30.00\n\
             o3,13800000001,2026-02-01,60.00,已完成,售后关闭,\no4,13800000002,2026-02-01,50.00,已完成,退款中,0\n\
             o5,13800000002,2026-02-01,10.00,已完成,无售后,—\n"
        );
        direct(&shop(&orders), "300.00", "130.00");
    }
    let one = |word: &str, sum: &str| {
        shop(&format!(
            "订单号,买家手机号,支付时间,实付金额,售后状态,退款金额\no1,13800000001,2026-02-01,80.00,{word},{sum}\n"
        ))
    };
    // A part without a sum, and a sum that the status denies.
    assert_eq!(
        first_problem(one("部分退款成功", "0.00").path(), ""),
        "error: orders.csv:2:5: 售后状态: \"部分退款成功\" says that money was given back, and no sum says how much"
    );
    assert_eq!(
        first_problem(one("售后关闭", "30.00").path(), ""),
        "error: orders.csv:2:5: 售后状态: \"售后关闭\" says that nothing was given back, and the refund is 30.00"
    );
    // A success whose sum is empty is all of it, which is said.
    let dir = one("退款成功", "");
    direct(&dir, "80.00", "80.00");
    assert_eq!(warned(&pnl(dir.path(), ""), "refund-in-full"), Some(1));
    // A word that nobody knows.
    let run = scrm("pnl", one("退了一些", "").path(), "");
    assert!(
        run.status == 1 && run.err.contains("orders.csv:2:5: 售后状态: \"退了一些\" is not a status"),
        "{}",
        run.err
    );
    assert!(run.err.contains("one of 全额退款, 部分退款, 退款成功"), "{}", run.err);
}

/// Without any sum a success does not say how much: refused, until a table of refunds does, or the settings say what the
/// word means.
#[test]
fn a_refund_without_any_sum_is_refused() {
    let orders = "订单号,买家手机号,支付时间,实付金额,退款状态\no1,13800000001,2026-02-01,80.00,退款成功\no2,13800000001,2026-02-01,20.00,\n";
    assert_eq!(
        first_problem(shop(orders).path(), ""),
        "error: orders.csv:2:5: 退款状态: \"退款成功\" says that money was given back, and no sum says how much"
    );
    let dir = shop(orders);
    // An empty one says nothing.
    std::fs::write(dir.path().join("refunds.csv"), "订单号,退款时间,退款金额\n").unwrap();
    assert!(first_problem(dir.path(), "").contains("no sum says how much"));
    std::fs::write(dir.path().join("refunds.csv"), "订单号,退款时间,退款金额\no1,2026-02-03,15.00\n")
        .unwrap();
    direct(&dir, "100.00", "15.00");
    assert_eq!(scrm("inspect", dir.path(), "").status, 0);
    assert_eq!(scrm("inspect", &dir.path().join("orders.csv"), "").status, 1, "by itself it says too little");
    direct(&shop_by(orders, "[orders.status]\n\"退款成功\" = \"refunded\"\n"), "100.00", "80.00");
    direct(&shop_by(orders, "[orders.status]\n\"退款成功\" = \"completed\"\n"), "100.00", "0.00");
}

/// A profile of one's own names columns and words, beside the common ones: 100.00 − 100.00 and 50.00 − 20.00.
#[test]
fn after_sale_words_of_ones_own() {
    let settings = "[[profile]]\nname = \"mine\"\nbase = \"orders-en\"\nrequired = [\"Order No\", \"Money back\"]\n\
        [profile.after_sale]\ncolumn = \"Money back\"\nfull = [\"everything\"]\nnothing = [\"keeps it\"]\n";
    let orders = "Order No,Phone,Payment Time,Paid,Refunded,Money back\no1,13800000001,2026-02-01,100.00,,everything\n\
        o2,13800000001,2026-02-01,50.00,20.00,Partially Refunded\no3,13800000001,2026-02-01,5.00,,keeps it\n";
    direct(&shop_by(orders, settings), "155.00", "120.00");
    direct(
        &shop(
            &orders
                .replace("Money back", "Refund Status")
                .replace("everything", "Full Refund")
                .replace("keeps it", "None"),
        ),
        "155.00",
        "120.00",
    );
}

/// 抖店: a part needs its sum, all of a 子订单 was given back where no sum is exported, words nobody knows are refused. By
/// hand: 100.00 + 40.00 + 60.00, of which 40.00 (all) and 25.00 came back.
#[test]
fn after_sale_statuses_of_douyin() {
    let header = format!("{DOUYIN},退款金额,退款成功时间");
    let row = |id: &'static str,
               amount: &'static str,
               status: &'static str,
               after: &'static str,
               sum: &'static str| {
        [
            ("主订单编号", "m1"),
            ("子订单编号", id),
            ("订单应付金额", amount),
            ("收件人手机号", "13800000001"),
            ("订单提交时间", "2026-02-01 10:00:00"),
            ("订单状态", status),
            ("售后状态", after),
            ("退款金额", sum),
            ("退款成功时间", "2026-03-05"),
        ]
    };
    let all = [
        row("s1", "100.00", "已完成", "售后关闭", "0"),
        row("s2", "40.00", "已关闭", "退款成功", "40.00"),
        row("s3", "60.00", "已完成", "部分退款成功", "25.00"),
        row("s4", "9.00", "已关闭", "-", "-"),
    ];
    let dir = shop(&csv(&header, &all.each_ref().map(|row| &row[..])));
    direct(&dir, "200.00", "65.00");
    let report = pnl(dir.path(), "-M");
    // On the day on which it was given back.
    figures(&report["columns"][2], &[("period", "2026-03"), ("direct.refunds", "65.00")]);
    figures(&report, &[("reconciliation.not_paid.amount", "9.00")]);
    for (after, sum, says) in [
        ("部分退款成功", "-", "says that money was given back, and no sum says how much"),
        ("某种新状态", "-", "is not a status"),
    ] {
        let said =
            first_problem(shop(&csv(&header, &[&row("s1", "60.00", "已完成", after, sum)])).path(), "");
        assert!(said.starts_with("error: orders.csv:2:16: 售后状态: ") && said.ends_with(says), "{said}");
    }
}

fn youzan(
    id: &'static str,
    status: &'static str,
    paid: &'static str,
    after: &'static str,
    back: &'static str,
) -> Vec<(&'static str, &'static str)> {
    vec![
        ("订单号", id),
        ("订单状态", status),
        ("买家付款时间", paid),
        ("订单实付金额", "100.00"),
        ("买家手机号", "13800000001"),
        ("订单退款状态", after),
        ("订单已退款金额", back),
        ("分销员", "——"),
    ]
}

/// 有赞: an order that was closed after it was paid was given back: the sum that stands there, or all of it. One that was
/// never paid is not paid. By hand: three of 100.00 were paid, of which 30.00, 100.00 and 100.00 came back.
#[test]
fn youzan_orders_that_were_closed() {
    let rows = [
        youzan("e1", "交易关闭", "2026-02-01 10:00:00", "退款成功", "30.00"),
        youzan("e2", "交易关闭", "2026-02-01 10:00:00", "全额退款成功", "100.00"),
        youzan("e3", "交易关闭", "2026-02-01 10:00:00", "——", "0.00"),
        youzan("e4", "交易关闭", "——", "——", "0.00"),
    ];
    let dir = shop(&csv(YOUZAN, &rows.each_ref().map(Vec::as_slice)));
    direct(&dir, "300.00", "230.00");
    let report = pnl(dir.path(), "");
    figures(
        &report,
        &[("reconciliation.not_paid.orders", "1"), ("reconciliation.not_paid.amount", "100.00")],
    );
    assert_eq!(warned(&report, "refund-in-full"), Some(1), "e3, whose sum is 0.00");
    // What users are dated by is paid as well.
    let dir = shop_by(
        &csv(YOUZAN, &rows.each_ref().map(Vec::as_slice)),
        "[users]\nacquired_on = \"first-order\"\n",
    );
    figures(&pnl(dir.path(), ""), &[("total.direct.buyers", "1"), ("total.direct.gross", "300.00")]);
    // inspect says which is which, and pins neither as the word's meaning.
    let run = scrm("inspect", dir.path(), "");
    let said = String::from_utf8(run.out).unwrap();
    assert!(said.contains("交易关闭 = refunded (3), 交易关闭 = cancelled (1)"), "{said}");
    let run =
        scrm("inspect", dir.path(), &format!("--write-config {}", dir.path().join("pinned.toml").display()));
    assert_eq!(run.status, 0, "{}", run.err);
    assert!(!std::fs::read_to_string(dir.path().join("pinned.toml")).unwrap().contains("\"refunded\""));
    // A part of which nobody says how much.
    let said = first_problem(
        shop(&csv(YOUZAN, &[&youzan("e1", "交易完成", "2026-02-01", "部分退款成功", "0.00")])).path(),
        "",
    );
    assert!(said.ends_with("no sum says how much"), "{said}");
}

/// Under common headers 交易关闭 is not paid, as in the contract, but where something was given back: 30.00 of 100.00.
#[test]
fn closed_orders_under_common_headers() {
    let orders = "订单号,买家手机号,支付时间,实付金额,订单状态,已退款金额\no1,13800000001,2026-02-01,100.00,交易关闭,30.00\n\
        o2,13800000001,2026-02-01,50.00,交易关闭,0.00\n";
    let dir = shop(orders);
    direct(&dir, "100.00", "30.00");
    figures(&pnl(dir.path(), ""), &[("reconciliation.not_paid.amount", "50.00")]);
}

/// Where an order was closed because money went back, or its status says that all of it did, no sum is needed: 3 × 50.00.
#[test]
fn a_status_may_say_that_all_went_back() {
    let orders = "订单号,买家手机号,支付时间,实付金额,订单状态,退款状态\no1,13800000001,2026-02-01,50.00,交易关闭,退款成功\n\
        o2,13800000001,2026-02-01,50.00,已退款,退款成功\no3,13800000001,2026-02-01,50.00,已取消,全额退款\n";
    let dir = shop(orders);
    direct(&dir, "150.00", "150.00");
    assert_eq!(warned(&pnl(dir.path(), ""), "refund-in-full"), Some(2), "o1 and o3");
    let said = first_problem(shop(&orders.replace("全额退款", "部分退款")).path(), "");
    assert!(
        said.starts_with("error: orders.csv:4:6: 退款状态: ") && said.ends_with("no sum says how much"),
        "{said}"
    );
}

/// 微信小店: the words of 商品售后 beside the sums of items.
#[test]
fn wechat_items_that_came_back() {
    let row = |after: &'static str, back: &'static str| {
        [
            ("订单号", "37001"),
            ("订单状态", "已完成"),
            ("收件人手机", "13800000001"),
            ("订单实际收款金额", "100.00"),
            ("支付时间", "2026-02-01 10:00:00"),
            ("商品售后", after),
            ("商品已退款金额", back),
        ]
    };
    direct(&shop(&csv(WECHAT, &[&row("退款完成", "30.00"), &row("无", "0.00")])), "100.00", "30.00");
    // A word of its own beside a sum: the sum says all.
    direct(&shop(&csv(WECHAT, &[&row("退啦", "30.00"), &row("", "0.00")])), "100.00", "30.00");
    // The amount is the order's, so an item cannot be given back without a sum of its own.
    let said = first_problem(shop(&csv(WECHAT, &[&row("退款完成", "0.00"), &row("", "0.00")])).path(), "");
    assert!(said.ends_with("no sum says how much"), "{said}");
}

/// A table of refunds whose rows say what became of them: 15.00 went back, 40.00 and 7.00 did not.
#[test]
fn refunds_that_were_not_given() {
    let dir = shop("order_id,user_id,paid_at,amount\no1,13800000001,2026-02-01,100.00\n");
    let refunds = "订单号,退款金额,实际退款金额,退款状态,退款时间\no1,20.00,15.00,退款成功,2026-02-03\no1,40.00,,退款关闭,\no1,7.00,,退款中,\n";
    std::fs::write(dir.path().join("refunds.csv"), refunds).unwrap();
    direct(&dir, "100.00", "15.00");
    assert_eq!(warned(&pnl(dir.path(), ""), "row-left-out"), Some(2));
    std::fs::write(dir.path().join("refunds.csv"), refunds.replace("退款中", "不明")).unwrap();
    let run = scrm("pnl", dir.path(), "");
    assert!(run.status == 1 && run.err.contains("退款状态: \"不明\" is not a status"), "{}", run.err);
}

/// Payments that failed pay nobody: of 12.00 and 5.00 the second did.
#[test]
fn payments_that_failed_in_chinese() {
    let dir = shop("order_id,user_id,paid_at,amount\n");
    let payments =
        "分销员ID,打款时间,打款金额,打款状态\nd1,2026-02-01,12.00,打款失败\nd1,2026-02-02,5.00,打款成功\n";
    std::fs::write(dir.path().join("distributors.csv"), "distributor_id\nd1\n").unwrap();
    std::fs::write(dir.path().join("payments.csv"), payments).unwrap();
    let owed: Value = serde_json::from_slice(&scrm("payouts", dir.path(), "-O json").out).unwrap();
    figures(&owed, &[("total.paid", "5.00")]);
    std::fs::write(dir.path().join("payments.csv"), payments.replace("打款失败", "处理中")).unwrap();
    let run = scrm("payouts", dir.path(), "");
    assert!(run.status == 1 && run.err.contains("\"处理中\" is not a status"), "{}", run.err);
}

/// Under our own headers any text is an id, as the contract has it; what usually means that there is none is warned of.
/// Under a profile it means nothing, so both orders are guests'.
#[test]
fn ids_that_mean_nothing() {
    let rows = "o1,——,2026-02-01,10.00\no2,/,2026-02-01,20.00\no3,——,2026-02-01,30.00\n";
    let report = pnl(shop(&format!("order_id,user_id,paid_at,amount\n{rows}")).path(), "");
    assert_eq!(warned(&report, "placeholder-id"), Some(3));
    let report = pnl(shop(&format!("订单号,买家手机号,支付时间,实付金额\n{rows}")).path(), "");
    assert_eq!(warned(&report, "placeholder-id"), None);
    figures(&report, &[("reconciliation.unknown_user.orders", "3")]);
    let dir = shop("order_id,user_id,paid_at,amount\n");
    std::fs::write(dir.path().join("users.csv"), "user_id,acquired_on\n/,2026-01-05\n").unwrap();
    assert_eq!(warned(&pnl(dir.path(), ""), "placeholder-id"), Some(1));
}

/// Words that begin like any id are read at a glance, and are warned of where somebody counts by them.
#[test]
fn null_is_nobody() {
    let orders = "order_id,user_id,paid_at,amount\no1,null,2026-02-01,10.00\no2,null,2026-02-01,20.00\n";
    assert_eq!(
        warned(&pnl(shop(orders).path(), ""), "placeholder-id"),
        None,
        "they are outside, which is warned of"
    );
    for grain in ["order", "line"] {
        let dir = shop_by(orders, &format!("[orders]\nunknown_user = \"direct\"\ngrain = \"{grain}\"\n"));
        let report = pnl(dir.path(), "");
        figures(&report, &[("total.direct.buyers", "1")]);
        assert_eq!(warned(&report, "placeholder-id"), Some(1), "{grain}");
    }
    let dir = shop("order_id,user_id,paid_at,amount\n");
    std::fs::write(dir.path().join("users.csv"), "user_id,acquired_on\nnull,2026-01-05\n").unwrap();
    assert_eq!(warned(&pnl(dir.path(), ""), "placeholder-id"), Some(1));
}

/// What is not read and sounds as if it changed a figure is warned of; what has its column is not.
#[test]
fn columns_that_are_not_read_and_matter() {
    let count = |header: &str| {
        let cells = header.split(',').count() - 4;
        let orders = format!("{header}\no1,13800000001,2026-02-01,10.00{}\n", ",".repeat(cells));
        warned(&pnl(shop(&orders).path(), ""), "unread-column")
    };
    for (header, want) in [
        ("order_id,user_id,paid_at,amount,refund_amount", Some(1)),
        ("order_id,user_id,paid_at,amount,退款金额（万元）,售后状态", Some(2)),
        ("订单号,买家手机号,支付时间,订单金额,本单实付", Some(1)),
        ("订单号,买家手机号,支付时间,实付金额,退款金额(美元)", Some(1)),
        ("订单号,买家手机号,支付时间,实付金额,退款金额,退款原因,退款单号,实收金额", None),
        ("order_id,user_id,paid_at,amount,refund,refund_reason,note", None),
    ] {
        assert_eq!(count(header), want, "{header}");
    }
}
