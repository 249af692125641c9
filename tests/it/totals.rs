//! Totals that an export carries, whatever they are called and wherever they stand: no rows, and compared with the rows.
//! And rows that only have such a word in a name.

use super::exports::{ENCODINGS, dir_with, first_problem, scrm};
use super::profiles::{csv, figures, pnl, said};
use super::sheets::{parts, workbook, zipped};
use serde_json::Value;
use tempfile::TempDir;

const USERS: &[u8] = b"user_id,acquired_on,channel\nu1,2026-01-05,A\nu2,2026-01-06,B\n";
const OWN: &str = "order_id,user_id,paid_at,amount\n";
const EXPORT: &str = "订单号,用户ID,支付时间,金额\n";
/// 10.00 + 5.50 = 15.50
const ROWS: &str = "o1,u1,2026-02-01,10.00\no2,u2,2026-02-02,5.50\n";

fn orders(text: &str) -> TempDir {
    dir_with(&[("users.csv", USERS), ("orders.csv", text.as_bytes())])
}

fn spend(text: &str, toml: &str) -> TempDir {
    dir_with(&[
        ("users.csv", USERS),
        ("orders.csv", format!("{OWN}{ROWS}").as_bytes()),
        ("ad_spend.csv", text.as_bytes()),
        ("scrm.toml", toml.as_bytes()),
    ])
}

/// Orders without what stands behind them: two, of 15.50, and none that is not paid.
fn are_two_orders(report: &Value) {
    let keys = [("reconciliation.orders.orders", "2"), ("reconciliation.orders.amount", "15.50")];
    figures(report, &[&keys[..], &[("reconciliation.not_paid.orders", "0")]].concat());
}

/// Words for totals and averages, in our own files as in exports: none is an order without payment.
#[test]
fn a_row_is_what_its_word_says() {
    let kinds = [
        (
            "1 line of totals, equal to ours",
            &[
                "合计",
                "总计",
                "共计",
                "汇总",
                "总和",
                "支付合计",
                "订单合计",
                "账户合计",
                "合计（元）",
                "全部",
                "【合计】",
                "总计/Total",
                "Total",
                "total:",
                "Totals",
                "Grand total",
                "GRAND TOTAL",
                "Sum",
            ][..],
        ),
        ("1 line of subtotals, equal to ours", &["小计", "本页合计", "Subtotal", "sub-total"]),
        ("1 line of averages\n", &["平均", "均值", "平均值", "日均", "Average", "Avg", "Mean"]),
    ];
    for (says, words) in kinds {
        for word in words {
            for header in [OWN, EXPORT] {
                let amount = if says.contains("averages") { "7.75" } else { "15.50" };
                for row in [format!("{word},,,{amount}\n"), format!(",{word},,{amount}\n")] {
                    let dir = orders(&format!("{header}{ROWS}{row}"));
                    are_two_orders(&pnl(dir.path(), "--chunk-bytes 1"));
                    assert!(said(dir.path()).contains(says), "{row}: {}", said(dir.path()));
                }
            }
        }
    }
    // With a date, in place of an id, and nobody's.
    for header in [OWN, EXPORT] {
        let dir = orders(&format!("{header}{ROWS}合计,,2026-02-28,15.50\nTotal,,2026-02-28,15.50\n"));
        are_two_orders(&pnl(dir.path(), "--chunk-bytes 1"));
        assert!(said(dir.path()).contains("2 lines of totals, equal to ours"));
        let told = first_problem(orders(&format!("{header}{ROWS}合计,,2026-02-28,15.51\n")).path(), "");
        assert!(told.ends_with("the file's total is 15.51, its rows add up to 15.50"), "{told}");
    }
    for word in ["支付合计", "Grand total", "小计"] {
        let dir = orders(&format!("{OWN}{ROWS}{word},,,15.51\n"));
        let want = "error: orders.csv:4:4: amount: the file's total is 15.51, its rows add up to 15.50";
        assert_eq!(first_problem(dir.path(), ""), want, "{word}");
    }
}

/// Totals as people write them: with signs and units, in one cell, under another column, twice.
#[test]
fn totals_are_compared_however_they_are_written() {
    for equal in [
        "总计:15.50元",
        "总计：15.50",
        "合计 15.5",
        "合计15.5",
        "合计 2",
        "合计：2笔，15.50元",
        "共2笔，合计15.50元",
        "合计,2,,15.50",
        "合计,15.50",
        "合计,15.50,,",
        "合计,2笔,,15.50",
        "合 计,,,15.50",
        "合　计：,,,１５．５０",
        "合计,,,¥15.50",
        "合计,,,15.50元",
        "合计,,,\"15.5\"",
        "Total: 15.50",
        "Total (2 orders)",
        "合计,,,15.50\n合计,,,15.50",
        "合计,2,2,15.50",
    ] {
        for header in [OWN, EXPORT] {
            let dir = orders(&format!("{header}{ROWS}{equal}\n"));
            // Of a row that begins with a count only exports know.
            if header == OWN && equal.starts_with("共2笔，合计") {
                continue;
            }
            are_two_orders(&pnl(dir.path(), ""));
            assert!(said(dir.path()).contains("of totals, equal to ours"), "{equal}: {}", said(dir.path()));
        }
    }
    for (row, says) in [
        ("总计:300元", "4:1: amount: the file's total is 300.00, its rows add up to 15.50"),
        ("总计：15.05", "4:1: amount: the file's total is 15.05, its rows add up to 15.50"),
        ("合计 3", "4:1: the file says it has 3 rows, and has 2"),
        ("合计：3笔，15.50元", "4:1: the file says it has 3 rows, and has 2"),
        ("合计,5,,15.50", "4:2: the file says it has 5 rows, and has 2"),
        ("合计,16", "4:2: amount: the file's total is 16.00, its rows add up to 15.50"),
        ("合计,,,\"1,015.50\"", "4:4: amount: the file's total is 1,015.50, its rows add up to 15.50"),
        ("合计,,,15.50\n合计,,,15.60", "5:4: amount: the file's total is 15.60, its rows add up to 15.50"),
    ] {
        for header in [OWN, EXPORT] {
            let dir = orders(&format!("{header}{ROWS}{row}\n"));
            assert_eq!(first_problem(dir.path(), ""), format!("error: orders.csv:{says}"), "{row}");
        }
    }
    // A count may be of different users: u1 twice is one.
    let rows = "o1,u1,2026-02-01,10.00\no2,u1,2026-02-02,5.50\n";
    are_two_orders(&pnl(orders(&format!("{EXPORT}{rows}合计,1,,15.50\n")).path(), ""));
}

/// What only has such a word in it, is what it was: an order that is not paid, a user, a channel.
#[test]
fn names_that_hold_a_word_are_names() {
    let rows = "合计套餐,u1,2026-02-03,1.00\nTotal123,u1,,2.00\nTotally,u1,,4.00\n平均价活动,u1,,8.00\nsum41x,Total,,16.00\n";
    for header in [OWN, EXPORT] {
        // Total, a buyer: where an export has such a row, it is a total; so it is left out of this.
        let rows = rows.replace("sum41x,Total", "sum41x,Total7");
        let dir = orders(&format!("{header}{ROWS}{rows}"));
        // 15.50 + 1 + 2 + 4 + 8 + 16
        let keys = [("reconciliation.orders.orders", "7"), ("reconciliation.orders.amount", "46.50")];
        figures(&pnl(dir.path(), ""), &keys);
        assert!(!said(dir.path()).contains("left aside: 1 line of"), "{}", said(dir.path()));
    }
    for header in ["date,channel,amount,campaign\n", "日期,渠道,消耗,计划\n"] {
        let text = format!(
            "{header}2026-02-01,平均价活动,1,合计套餐\n2026-02-01,汇总报表,2,\n2026-02-01,Totally,4,全部\n"
        );
        let report = pnl(spend(&text, "").path(), "");
        assert_eq!(report["total"]["traffic"]["ad_spend"], "7.00");
    }
    let users = "user_id,acquired_on,channel\nTotal123,2026-01-05,合计套餐\n合计,2026-01-05,Total\n";
    let text = format!("{OWN}o1,Total123,2026-02-01,10.00\n");
    let dir = dir_with(&[("users.csv", users.as_bytes()), ("orders.csv", text.as_bytes())]);
    figures(&pnl(dir.path(), ""), &[("total.traffic.new_users", "2"), ("total.direct.gross", "10.00")]);
}

/// 100 + 50 + 30 = 180, of which 150 on the first day.
const SPEND: [&str; 3] = ["2026-02-01,A,100,a\n", "2026-02-01,B,50,b\n", "2026-02-02,A,30,a\n"];
const SPEND_HEADERS: [&str; 2] = ["date,channel,amount,campaign\n", "日期,渠道,消耗,计划\n"];

/// Totals of spend with a date, with a period, with neither; before all rows and behind them.
#[test]
fn totals_of_spend_are_no_spend() {
    let totals = [
        "2026-02-02,合计,180,",
        "2026-02-02,Total,180,",
        "2026-02-02,A,180,合计",
        "2026-02-01,合计,150,",
        "合计,2026-02-01,180,",
        "2026-02,总计,180,",
        "合计,,180,",
        "全部,,180,",
        "账户合计,-,180,-",
        "-,汇总,180,",
        "2026-02-01~2026-02-02,合计,180,",
        "2026-02-01 至 2026-02-28,全部,180.00,",
        "2026/2/1-2026/2/28,-,180,-",
        "20260201-20260228,总计,¥180,",
        "合计：180元,,,",
    ];
    for header in SPEND_HEADERS {
        for total in totals {
            let (rows, total) = (SPEND.concat(), format!("{total}\n"));
            for text in [format!("{header}{rows}{total}"), format!("{header}{total}{rows}")] {
                let dir = spend(&text, "");
                assert_eq!(pnl(dir.path(), "")["total"]["traffic"]["ad_spend"], "180.00", "{text}");
                assert!(said(dir.path()).contains("1 line of totals, equal to ours"), "{text}");
            }
            let wrong = total.replace("180", "181").replace(",150,", ",151,");
            let refused = scrm("pnl", spend(&format!("{header}{rows}{wrong}"), "").path(), "");
            assert_eq!(refused.status, 1, "{wrong}");
            assert!(refused.err.contains("the file's total is 1"), "{wrong}: {}", refused.err);
        }
        let dir = spend(&format!("{header}{}2026-02-02,平均,90,\n", SPEND.concat()), "");
        assert_eq!(pnl(dir.path(), "")["total"]["traffic"]["ad_spend"], "180.00");
        assert!(said(dir.path()).contains("1 line of averages"));
    }
    // What has nothing but totals has no rows, and is not believed to be without spend.
    let dir = spend("date,channel,amount\n2026-02-01,合计,150\n", "");
    assert!(first_problem(dir.path(), "").ends_with("the file's total is 150.00, its rows add up to 0.00"));
    let refused = scrm("check", dir.path(), "");
    let help = "where it is a row, give its channel, team or category another name";
    assert!(String::from_utf8(refused.out).unwrap().contains(help));
}

/// Subtotals are of the rows between them, before or behind them, or of a day; one in another is no matter.
#[test]
fn subtotals_are_compared() {
    let [a, b, c] = SPEND;
    for header in SPEND_HEADERS {
        for (text, want) in [
            (
                format!("{a}{b}小计,,150,\n{c}小计,,30,\n合计,,180,\n"),
                "1 line of totals, equal to ours; 2 lines of subtotals, equal",
            ),
            (
                format!("小计,,150,\n{a}{b}小计,,30,\n{c}合计,,180,\n"),
                "1 line of totals, equal to ours; 2 lines of subtotals, equal",
            ),
            (
                format!("{a}小计,,100,\n{b}小计,,50,\n小计,,150,\n{c}小计,,30,\n"),
                "4 lines of subtotals, equal to ours",
            ),
            (
                format!("{a}{b}2026-02-01,合计,150,\n{c}2026-02-02,合计,30,\n2026-02-02,合计,180,\n"),
                "3 lines of totals, equal",
            ),
            (format!("{a}{b}日合计,,150,\n{c}日合计,,30,\n"), "2 lines of subtotals, equal to ours"),
        ] {
            let dir = spend(&format!("{header}{text}"), "");
            assert_eq!(pnl(dir.path(), "")["total"]["traffic"]["ad_spend"], "180.00", "{text}");
            assert!(said(dir.path()).contains(want), "{text}: {}", said(dir.path()));
        }
        for (text, says) in [
            (
                format!("{a}{b}小计,,149,\n{c}小计,,30,\n"),
                "4:3: amount: the file's total is 149.00, its rows add up to 150.00",
            ),
            (
                format!("{a}{b}小计,,150,\n{c}小计,,31,\n"),
                "6:3: amount: the file's total is 31.00, its rows add up to 30.00",
            ),
            (
                format!("{a}{b}2026-02-01,合计,151,\n{c}"),
                "4:3: amount: the file's total is 151.00, its rows add up to 150.00",
            ),
            (
                format!("{a}{b}小计,,150,\n{c}合计,,100,\n"),
                "6:3: amount: the file's total is 100.00, its rows add up to 180.00",
            ),
            (
                format!("{a}合计,,100,\n{b}"),
                "3: \"合计\" stands before other rows, the last at ad_spend.csv:4; totals end a file",
            ),
        ] {
            let dir = spend(&format!("{header}{text}"), "");
            assert_eq!(first_problem(dir.path(), ""), format!("error: ad_spend.csv:{says}"), "{text}");
        }
    }
    // Of a channel: 100 + 30 = 130 and 50.
    for header in SPEND_HEADERS {
        let dir =
            spend(&format!("{header}{a}{c}A小计,,130,\n{b}抖音合计,,50,\n合计,,180,\n占比,,100%,\n"), "");
        assert_eq!(pnl(dir.path(), "")["total"]["traffic"]["ad_spend"], "180.00");
        let told = said(dir.path());
        let says = "1 line of totals, equal to ours; 2 lines of subtotals, equal to ours; 1 line of averages";
        assert!(told.contains(says), "{told}");
    }
    // Of a shop, in place of a buyer: 10.00 and 5.50.
    let [one, two] = ["o1,u1,2026-02-01,10.00\n", "o2,u2,2026-02-02,5.50\n"];
    let dir = orders(&format!("{EXPORT}{one}甲店,合计,,10.00\n{two}乙店,合计,,5.50\n"));
    are_two_orders(&pnl(dir.path(), ""));
    assert!(said(dir.path()).contains("2 lines of subtotals, equal to ours"));
}

/// More rows of totals than anybody writes are refused, and none is lost on the way.
#[test]
fn very_many_subtotals() {
    let shop = |count: usize| {
        let rows = (0..count).map(|i| format!("o{i},u1,2026-02-01,1.00\n小计,,,1.00\n"));
        orders(&format!("{EXPORT}{}合计,,,{count}.00\n", rows.collect::<String>()))
    };
    let dir = shop(3_000);
    figures(&pnl(dir.path(), "--threads 2 --chunk-bytes 4000"), &[("total.direct.gross", "3000.00")]);
    assert!(said(dir.path()).contains("3,000 lines of subtotals, equal to ours"));
    let says = "error: orders.csv: more than 20,000 rows of totals stand beside its rows";
    assert_eq!(first_problem(shop(20_001).path(), ""), says);
}

/// A column of totals in a table with one for each channel: no channel, and compared row by row.
#[test]
fn a_column_of_totals_is_no_channel() {
    let wide = "[ad_spend]\nwide = true\n";
    let spent = |text: &str, toml: &str| {
        let report = pnl(spend(text, toml).path(), "--by channel");
        let all = report["columns"].as_array().unwrap().iter();
        let named: Vec<String> = all
            .filter(|c| c["traffic"]["ad_spend"] != "0.00")
            .map(|c| {
                format!("{} {}", c["channel"].as_str().unwrap(), c["traffic"]["ad_spend"].as_str().unwrap())
            })
            .collect();
        named.join(", ")
    };
    for name in ["合计", "总计", "Total", "合计(元)", "总消耗", "Total spend", "汇总", "sum"] {
        let text = format!(
            "date,tv,web,{name}\n2026-02-01,5,1.50,6.50\n2026-02-02,7.50,,7.5\n2026-02-03,1,1,\n合计,13.50,2.50,16\n"
        );
        // 5 + 7.50 + 1 and 1.50 + 1
        assert_eq!(spent(&text, wide), "tv 13.50, web 2.50", "{name}");
    }
    let text = "date,a,b,小计,c,小计,Total,平均\n2026-02-01,1,2,3,4,4,7,2.33\n";
    assert_eq!(spent(text, wide), "a 1.00, b 2.00, c 4.00");
    let told = said(spend(text, wide).path());
    let says = "left aside: 4 columns of totals or averages (小计, 小计, Total, 平均), no channel, equal to ours in each row";
    assert!(told.contains(says), "{told}");
    let suffixed = "date,tv_S,Total_S,Total\n2026-02-01,5,5,9\n";
    assert_eq!(spent(suffixed, "[ad_spend]\nwide = true\nsuffix = \"_S\"\n"), "tv 5.00");
    // 1.3333 + 2.3333 = 3.6666, and the export says 3.6667: what was rounded may differ by half a unit each.
    let long = "date,a,b,Total\n2026-02-01,1.33333333,2.33333334,3.66666667\n";
    assert_eq!(spent(long, wide), "a 1.3333, b 2.3333");
    // Words in names, and one that is alone, are channels.
    assert_eq!(spent("date,合计套餐,平均价活动\n2026-02-01,1,2\n", wide), "合计套餐 1.00, 平均价活动 2.00");
    assert_eq!(spent("date,Total\n2026-02-01,5\n", wide), "Total 5.00");
    for (text, says) in [
        (
            "date,tv,web,合计\n2026-02-01,5,1,7\n",
            "2:4: 合计: the row's total is 7.00, its channels add up to 6.00",
        ),
        (
            "date,a,小计,b,小计\n2026-02-01,5,5,1,6\n",
            "2:5: 小计: the row's total is 6.00, its channels add up to 1.00",
        ),
        ("date,tv,合计\n2026-02-01,5,na\n", "2:3: 合计: \"na\" is not an amount of money"),
        (
            "date,tv,合计\n2026-02-01,5,5\n合计,5,6\n",
            "3:3: amount: the file's total is 6.00, its rows add up to 5.00",
        ),
    ] {
        let dir = spend(text, wide);
        assert_eq!(first_problem(dir.path(), ""), format!("error: ad_spend.csv:{says}"));
    }
    let inspected = scrm("inspect", spend("date,tv,合计\n2026-02-01,5,5\n", wide).path(), "-O json");
    assert!(String::from_utf8(inspected.out).unwrap().contains("\"header\":\"合计\",\"use\":\"total\""));
}

/// Costs have totals as spend has.
#[test]
fn totals_of_other_costs() {
    for (table, header) in [("team_cost", "date,amount,team"), ("other_cost", "date,amount,category")] {
        let rows = format!("{header}\n2026-02,100,x\n2026-02,50,y\n");
        for (total, is_equal) in [
            ("2026-02,150,合计", true),
            ("合计,150,", true),
            ("2026-02,151,total", false),
            ("2026-02-01~2026-02-28,151,", false),
        ] {
            let text = format!("{rows}{total}\n");
            let orders = format!("{OWN}{ROWS}");
            let file = format!("{table}.csv");
            let dir = dir_with(&[
                ("users.csv", USERS),
                ("orders.csv", orders.as_bytes()),
                (&file, text.as_bytes()),
            ]);
            let run = scrm("pnl", dir.path(), "-O json");
            assert_eq!(run.status == 0, is_equal, "{total}: {}", run.err);
            if is_equal {
                let report: Value = serde_json::from_slice(&run.out).unwrap();
                assert_eq!(report["total"]["traffic"][table], "150.00");
            } else {
                assert!(
                    run.err.contains("the file's total is 151.00, its rows add up to 150.00"),
                    "{}",
                    run.err
                );
            }
        }
    }
}

/// Tables in which no row needs a date: a row that is called 合计 is nobody.
#[test]
fn totals_of_tables_without_dates() {
    let shop = |distributors: &str, referrals: &str| {
        let orders = format!("{OWN}{ROWS}");
        dir_with(&[
            ("users.csv", USERS),
            ("orders.csv", orders.as_bytes()),
            ("distributors.csv", distributors.as_bytes()),
            ("referrals.csv", referrals.as_bytes()),
        ])
    };
    let dir = shop("distributor_id,name\nd1,x\n合计,1\n", "order_id,distributor_id\no1,d1\nTotal,1\n");
    let report = pnl(dir.path(), "");
    figures(&report, &[("total.distribution.distributors", "1"), ("total.distribution.orders", "1")]);
    assert!(!report["warnings"].to_string().contains("referral-without-order"));
    let dir = shop("distributor_id,name\nd1,x\n合计,2\n", "order_id,distributor_id\no1,d1\n");
    let says = "error: distributors.csv:3:2: the file says it has 2 rows, and has 1";
    assert_eq!(first_problem(dir.path(), ""), says);
}

/// Totals in words before the header.
#[test]
fn totals_before_the_header() {
    for (before, is_equal) in [
        ("订单导出\n合计：2笔，15.50元\n", true),
        ("总金额,15.50\n", true),
        ("合计,2,,15.50\n", true),
        ("累计消费：99元\n账户总额,99\n2月订单合计\n", true),
        ("合计：2笔，15.51元\n", false),
        ("总金额,15.51\n", false),
    ] {
        let dir = orders(&format!("{before}{EXPORT}{ROWS}"));
        if is_equal {
            are_two_orders(&pnl(dir.path(), ""));
            assert_eq!(
                said(dir.path()).contains("with totals equal to ours"),
                !before.contains("累计"),
                "{before}"
            );
        } else {
            assert!(
                first_problem(dir.path(), "")
                    .ends_with("the file's total is 15.51, its rows add up to 15.50")
            );
        }
    }
}

const BILL: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,\
代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";

/// Every total of a bill is compared, of columns that nothing else reads too: fees 0.05940 + 0.03300 − 0.03300 = 0.05940.
#[test]
fn a_bill_is_compared_in_all_its_totals() {
    let row = |id, state, settled, refund, coupon, fee, amount, asked| {
        [
            ("交易时间", "`2026-02-01 10:00:00"),
            ("微信订单号", "`42000"),
            ("商户订单号", id),
            ("交易状态", state),
            ("应结订单金额", settled),
            ("退款金额", refund),
            ("充值券退款金额", coupon),
            ("手续费", fee),
            ("订单金额", amount),
            ("申请退款金额", asked),
        ]
    };
    let rows = [
        row("`o1", "`SUCCESS", "`9.90", "`0.00", "`0.00", "`0.05940", "`10.00", "`0.00"),
        row("`o2", "`SUCCESS", "`5.50", "`0.00", "`0.00", "`0.03300", "`5.50", "`0.00"),
        row("`o2", "`REFUND", "`0.00", "`5.40", "`0.10", "`-0.03300", "`0.00", "`5.50"),
    ];
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(|row| &row[..]).collect();
    let names =
        "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
    let right = ["3", "15.40", "5.40", "0.10", "0.05940", "15.50", "5.50"];
    let shop = |totals: [&str; 7]| {
        let bill = format!("{}{names}\n`{}\n", csv(BILL, &rows), totals.join(",`"));
        let orders = format!(
            "{}o1,u1,2026-02-01,10.00,\no2,u2,2026-02-01,5.50,5.50\n",
            "order_id,user_id,paid_at,amount,refund\n"
        );
        dir_with(&[("users.csv", USERS), ("orders.csv", orders.as_bytes()), ("bill.csv", bill.as_bytes())])
    };
    let dir = shop(right);
    are_two_orders(&pnl(dir.path(), ""));
    let checked: Value = serde_json::from_slice(&scrm("check", dir.path(), "-v -O json").out).unwrap();
    let files = checked["files"].as_array().unwrap();
    let bill = files.iter().find(|f| f["file"] == "bill.csv").unwrap();
    figures(&bill["export"], &[("totals_compared", "7"), ("totals_not_compared", "0")]);
    // A fee with as many decimals as it has cents: 0.0594 is 0.06 there.
    are_two_orders(&pnl(shop(["3", "15.40", "5.40", "0.10", "0.06", "15.50", "5.50"]).path(), ""));
    for (i, ours) in right.iter().enumerate() {
        let mut wrong = right;
        wrong[i] = "7.77";
        if i == 0 {
            wrong[i] = "4";
        }
        let told = first_problem(shop(wrong).path(), "");
        assert!(told.starts_with(&format!("error: bill.csv:6:{}: ", i + 1)), "{told}");
        let shown = if i == 0 { "has 3" } else { ours.trim_end_matches('0') };
        assert!(told.contains(shown), "{told}: {shown}");
    }
}

/// The amount of an order on each of its rows: its total is that of the orders, or that of the cells.
#[test]
fn totals_of_amounts_that_repeat() {
    let shop = |total: &str| {
        let text = format!(
            "{OWN}o1,u1,2026-02-01,10.00\no1,u1,2026-02-01,10.00\no2,u2,2026-02-02,5.50\n合计,,,{total}\n"
        );
        let toml = b"[orders]\ngrain = \"line\"\norder_amount_repeats = true\n";
        dir_with(&[("users.csv", USERS), ("orders.csv", text.as_bytes()), ("scrm.toml", toml)])
    };
    for total in ["15.50", "25.50"] {
        are_two_orders(&pnl(shop(total).path(), ""));
    }
    assert!(first_problem(shop("20.50").path(), "").contains("the file's total is 20.50"));
}

/// Where commas stand before decimals, they do in totals: 1.010,00 + 5,50 = 1.015,50.
#[test]
fn totals_with_a_decimal_comma() {
    let shop = |total: &str| {
        let text = format!(
            "order_id;user_id;paid_at;amount\no1;u1;2026-02-01;1.010,00\no2;u2;2026-02-02;5,50\n合计;;;{total}\n"
        );
        dir_with(&[
            ("users.csv", USERS),
            ("orders.csv", text.as_bytes()),
            ("scrm.toml", b"[input]\ndecimal_comma = true\n"),
        ])
    };
    figures(&pnl(shop("1.015,50").path(), ""), &[("total.direct.gross", "1015.50")]);
    assert!(first_problem(shop("1.015,51").path(), "").contains("the file's total is 1,015.51"));
}

/// The same rows with the same beside them, in every spelling: byte for byte the same report.
#[test]
fn what_stands_beside_the_rows_is_the_same_in_every_spelling() {
    let rows: &[&[&str]] = &[
        &["订单导出", "", "", ""],
        &["", "", "", ""],
        &["订单号", "用户ID", "支付时间", "金额"],
        &["合计", "2", "", "15.50"],
        &["o1", "u1", "2026-02-01 10:00:00", "10.00"],
        &["小计", "", "", "10.00"],
        &["", "", "", ""],
        &["o2", "u2", "2026-02-02", "5.50"],
        &["小计", "", "", "5.50"],
        &["平均", "", "", "7.75"],
        &["总计：15.50元", "", "", ""],
        &["", "", "", ""],
    ];
    let report = |name: &str, bytes: &[u8], more: &str| {
        let dir = dir_with(&[("users.csv", USERS), (name, bytes)]);
        let run = scrm("pnl", dir.path(), &format!("-O json {more}"));
        assert_eq!(run.status, 0, "{name}: {}", run.err);
        let left = "left aside: 1 line before the header; 2 lines of totals, equal to ours; 2 lines of subtotals, equal to ours; 1 line of averages";
        assert!(run.err.contains(left), "{}", run.err);
        String::from_utf8(run.out).unwrap()
    };
    let text = |delimiter: &str| rows.iter().map(|row| row.join(delimiter) + "\n").collect::<String>();
    let want = report("orders.csv", text(",").as_bytes(), "");
    assert!(want.contains("{\"code\":\"empty-row\",\"count\":2,"), "{want}");
    for (name, encode) in ENCODINGS {
        for delimiter in [",", ";", "\t"] {
            let bytes = encode(&text(delimiter));
            for more in ["", "--chunk-bytes 1 --threads 2"] {
                assert_eq!(report("orders.csv", &bytes, more), want, "{name} {delimiter:?}");
            }
        }
    }
    // The last row of the sheet has a cell that holds nothing, or the sheet says that it has one more row.
    let cells =
        |row: &&[&str]| row.iter().map(|c| c.replace("10.00", "n:10")).collect::<Vec<_>>().join(" | ");
    let sheet = format!("[s]\n{}", rows.iter().map(|row| cells(row) + "\n").collect::<String>());
    let with_cell = sheet.trim_end_matches([' ', '|', '\n']).to_string() + "\ni: | | |\n";
    assert_eq!(report("orders.xlsx", &workbook(&with_cell), ""), want);
    let mut said = parts(&sheet);
    for (_, text) in said.iter_mut().filter(|(name, _)| name.ends_with("sheet1.xml")) {
        *text = text.replacen("<sheetData", "<dimension ref=\"A1:D12\"/><sheetData", 1);
    }
    assert_eq!(report("orders.xlsx", &zipped(&said), ""), want);
}

/// Cells that are merged hide nothing in a row that is none of the table's; in others they do.
#[test]
fn merged_cells_beside_the_rows() {
    let book = |merged: &str| {
        workbook(&format!(
            "[s]\n订单导出 | | | \n订单号 | 用户ID | 支付时间 | 金额\n注：金额为实付，含运费 | | | \no1 | u1 | 2026-02-01 | n:10\n小计 | | | n:10\no2 | u2 | 2026-02-02 | n:5.5\n合计 | | | n:15.5\n{merged}"
        ))
    };
    let shop = |merged: &str| dir_with(&[("users.csv", USERS), ("orders.xlsx", &book(merged))]);
    are_two_orders(&pnl(shop("merge A1:D1\nmerge A3:D3\nmerge A5:C5\nmerge A7:C7").path(), ""));
    for (merged, at) in [("A4:B4", "4:1"), ("A6:A7", "6:1"), ("B4:B6", "4:2"), ("A3:A4", "4:1")] {
        let told = first_problem(shop(&format!("merge {merged}")).path(), "");
        assert!(told.starts_with(&format!("error: orders.xlsx[s]:{at}: ")), "{merged}: {told}");
    }
}

/// A workbook of several sheets, each with totals: the sheet that is read is compared with its own.
#[test]
fn totals_of_the_sheet_that_is_read() {
    let sheet = "订单号 | 用户ID | 支付时间 | 金额\no1 | u1 | 2026-02-01 | n:10\no2 | u2 | 2026-02-02 | n:5.5\n合计 | | | n:15.5\n";
    let book = workbook(&format!("[一月]\n{}[二月]\n{sheet}", sheet.replace("15.5", "99")));
    let shop = |name: &str| {
        let toml =
            if name.is_empty() { String::new() } else { format!("[input.sheet]\norders = \"{name}\"\n") };
        dir_with(&[("users.csv", USERS), ("orders.xlsx", &book), ("scrm.toml", toml.as_bytes())])
    };
    are_two_orders(&pnl(shop("二月").path(), ""));
    assert!(
        first_problem(shop("一月").path(), "")
            .contains("the file's total is 99.00, its rows add up to 15.50")
    );
    assert!(first_problem(shop("").path(), "").contains("一月"));
}
