//! What says the same twice, or in two ways: files that overlap, settings beside profiles, an export beside a table.
//!
//! Small shops with figures that were worked out by hand.

use super::sheets::workbook;
use super::shop::Shop;

const USERS: &str = "user_id,acquired_on,channel\nmei,2026-01-05,douyin\ntom,2026-01-20,douyin\n";
const LINES: &str = "[orders]\ngrain = \"line\"\n";
const HEADER: &str = "order_id,user_id,paid_at,amount,refund,product\n";

/// An export of WeChat Store: an order of 100.00 on two rows, of whose first 40.00 came back, and one of 20.00.
const WECHAT: &str = "订单号,订单下单时间,订单状态,收件人手机,订单实际收款金额,支付时间,商品名称,商品编码(平台),商品已退款金额\n\
    W1,2026-03-01 10:00:00,完成,mei,100.00,2026-03-01 10:00:00,茶,T1,40.00\n\
    W1,2026-03-01 10:00:00,完成,mei,100.00,2026-03-01 10:00:00,杯,T2,0\n\
    W2,2026-03-02 10:00:00,完成,tom,20.00,2026-03-02 10:00:00,茶,T1,0\n";

fn revenue(shop: &Shop) -> String {
    shop.json("pnl")["columns"][0]["direct"]["revenue"].as_str().unwrap().to_string()
}

fn of_lines(files: &[(&str, &str)]) -> Shop {
    Shop::new(&[&[("users.csv", USERS), ("scrm.toml", LINES)], files].concat())
}

#[test]
fn files_that_overlap_are_refused_where_rows_are_items() {
    let rows = format!("{HEADER}o1,mei,2026-03-01,10,,A\no1,mei,2026-03-01,20,5,B\n");
    // 10 + 20 − 5.
    assert_eq!(revenue(&of_lines(&[("orders-1.csv", &rows)])), "25.00");
    let twice = of_lines(&[("orders-1.csv", &rows), ("orders-2.csv", &rows)]);
    let said = twice.refused("pnl");
    let want =
        "orders-2.csv:2:1: order_id: the same rows of order \"o1\" (30.00) stand already at orders-1.csv:2";
    assert!(said.contains(want), "{said}");
    let said = twice.refused("pnl --lang zh");
    assert!(said.contains("订单 \"o1\" 的相同行（30.00）已出现在"), "{said}");
    // Two orders of one row each, beside others of their own; rows in another order, and with blanks.
    let march = format!("{HEADER}o1,mei,2026-03-01,10,,A\no2,tom,2026-03-31,7,,A\no3,tom,2026-03-31,8,,A\n");
    let april = format!("{HEADER}o3,tom,2026-03-31, 8 ,,A\no2,tom,2026-03-31,7,,A\no4,mei,2026-04-01,9,,A\n");
    let said = of_lines(&[("orders-03.csv", &march), ("orders-04.csv", &april)]).refused("pnl");
    assert!(said.contains("orders-04.csv:2:1") && said.contains("orders-04.csv:3:1"), "{said}");
    assert!(!said.contains("o4") && !said.contains("o1\""), "{said}");
    // The same of an export whose amounts repeat: of W1 only the refund would add up.
    let wechat = Shop::new(&[("users.csv", USERS), ("orders-1.csv", WECHAT), ("orders-1b.csv", WECHAT)]);
    let said = wechat.refused("pnl");
    assert!(said.contains("orders-1b.csv:2:1: order_id: the same rows of order \"W1\" (40.00)"), "{said}");
}

#[test]
fn lines_that_lie_apart_and_are_alike_are_counted_and_said() {
    // Two items alike, each in its own file, beside an order that lies apart: nothing says that the files overlap.
    let one = format!("{HEADER}o1,mei,2026-03-01,10,,A\no2,tom,2026-03-02,5,,A\n");
    let two = format!("{HEADER}o1,mei,2026-03-01,10,,A\no2,tom,2026-03-02,6,,B\n");
    let shop = of_lines(&[("orders-1.csv", &one), ("orders-2.csv", &two)]);
    let r = shop.json("pnl");
    assert_eq!(r["columns"][0]["direct"]["revenue"], "31.00", "10 + 10 + 5 + 6");
    let said = r["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "repeated-line").unwrap();
    assert_eq!(said["count"], 1);
    assert!(said["message"].as_str().unwrap().contains("(10.00)"), "{said}");
    // Two items alike in one file are nothing to speak of.
    let all = format!("{HEADER}o1,mei,2026-03-01,10,,A\no1,mei,2026-03-01,10,,A\n");
    let r = of_lines(&[("orders.csv", &all)]).json("pnl");
    assert_eq!(r["columns"][0]["direct"]["revenue"], "20.00");
    assert!(!r["warnings"].to_string().contains("repeated-line"));
}

#[test]
fn whole_orders_beside_lines_stand_once() {
    let youzan = "订单号,买家付款时间,订单状态,订单实付金额,买家手机号,订单已退款金额,全部商品名称\n\
        Y1,2026-03-03 09:00:00,交易完成,50.00,tom,8.00,茶\n";
    let files = [("users.csv", USERS), ("orders-1.csv", WECHAT), ("orders-2.csv", youzan)];
    // 100 − 40 + 20 + 50 − 8.
    assert_eq!(revenue(&Shop::new(&files)), "122.00");
    let said = Shop::new(&[&files[..], &[("orders-3.csv", youzan)]].concat()).refused("pnl");
    assert!(said.contains("orders-3.csv:2:1: order_id: \"Y1\" stands already in orders-2.csv:2"), "{said}");
}

#[test]
fn each_setting_of_orders_overrules_itself_alone() {
    let of = |toml: &str| Shop::new(&[("users.csv", USERS), ("orders.csv", WECHAT), ("scrm.toml", toml)]);
    // 100 once − 40 + 20.
    for toml in [
        "",
        "[orders]\ngrain = \"line\"\n",
        "[orders]\nnegative = \"error\"\n",
        "[orders]\nnegative = \"refund\"\n",
        "[orders]\norder_amount_repeats = true\n",
    ] {
        assert_eq!(revenue(&of(toml)), "80.00", "{toml}");
    }
    // Its own word counts: 100 + 100 − 40 + 20; and an order on a row is there twice.
    assert_eq!(revenue(&of("[orders]\norder_amount_repeats = false\n")), "180.00");
    assert!(of("[orders]\ngrain = \"order\"\n").refused("pnl").contains("\"W1\" stands already"));
    // Where no profile and no setting speaks of items, nothing repeats.
    let own = "order_id,user_id,paid_at,amount\no1,mei,2026-03-01,10\n";
    let toml = "[orders]\norder_amount_repeats = true\n";
    let run = Shop::new(&[("users.csv", USERS), ("orders.csv", own), ("scrm.toml", toml)]).run("pnl");
    assert_eq!(run.status, 2, "{}", run.err);
    assert!(run.err.contains("only rows that are items repeat it"), "{}", run.err);
}

/// Number cells have no decimal mark: 12.345 + 0.125 = 12.47; a text is read by the setting: 1.000,5.
#[test]
fn a_decimal_comma_is_none_in_the_numbers_of_a_workbook() {
    let orders = workbook(
        "[orders]
        order_id | user_id | paid_at | amount
        o1 | mei | 2026-03-01 | n:12.345
        o2 | tom | 2026-03-02 | n:0.125
        o3 | tom | 2026-03-02 | n:1234.5
        o4 | tom | 2026-03-02 | 1.000,5
        合计 |  |  | n:2247.47",
    );
    let toml = "[input]\ndecimal_comma = true\n";
    let files = [("users.csv", USERS.as_bytes()), ("orders.xlsx", &orders), ("scrm.toml", toml.as_bytes())];
    // 12.345 + 0.125 + 1234.5 + 1000.5 = 2247.47, as the total of the workbook says.
    assert_eq!(revenue(&Shop::of_bytes(&files)), "2,247.47".replace(',', ""));
}

#[test]
fn of_rows_about_one_user_neither_names_of_files_nor_rows_choose() {
    let row = |rows: &str| format!("user_id,acquired_on,channel,cost\n{rows}");
    let orders = "order_id,user_id,paid_at,amount\no1,mei,2026-03-01,10\n";
    let channel = |a: &str, b: &str, more: &str| {
        let toml = format!("[users]\nduplicates = \"first\"\n{more}");
        let shop = Shop::new(&[
            ("users-1.csv", &row(a)),
            ("users-2.csv", &row(b)),
            ("orders.csv", orders),
            ("scrm.toml", &toml),
        ]);
        let r = shop.json("pnl --by channel");
        let of = r["columns"].as_array().unwrap().iter().find(|c| c["traffic"]["new_users"] == 1).unwrap();
        (of["channel"].as_str().unwrap().to_string(), of["traffic"]["cost"].as_str().unwrap().to_string())
    };
    let by_order = "acquired_on = \"first-order\"\n";
    for (late, early, more) in [
        // The time of a day, then a channel that is known, then its name, then the cost.
        ("mei,2026-02-01 10:00:00,late,3\n", "mei,2026-02-01 08:00:00,early,4\n", ""),
        ("mei,2026-02-01,,1\n", "mei,2026-02-01,early,4\n", ""),
        ("mei,2026-02-01,late,3\n", "mei,2026-02-01,early,4\n", ""),
        ("mei,2026-02-01,early,5\n", "mei,2026-02-01,early,4\n", ""),
        // Dated by orders, the rows' own dates still say which is the earliest, and one without is not.
        ("mei,2026-02-05,a,3\n", "mei,2026-01-05,early,4\n", by_order),
        ("mei,,a,3\n", "mei,2026-01-05,early,4\n", by_order),
    ] {
        for (one, two) in [(late, early), (early, late)] {
            assert_eq!(channel(one, two, more), ("early".into(), "4.00".into()), "{one}{two}{more}");
        }
    }
}

const WITH_DISTRIBUTOR: &str = "订单号,买家付款时间,订单状态,订单实付金额,买家手机号,分销员\n\
    Y1,2026-03-03 09:00:00,交易完成,30.00,tom,李四\nY2,2026-03-04 09:00:00,交易完成,7.00,mei,\n";

#[test]
fn an_empty_table_of_referrals_says_nothing() {
    for referrals in ["order_id,distributor_id\n", "user_id,distributor_id,bound_at\n"] {
        let r = Shop::new(&[
            ("users.csv", USERS),
            ("orders.csv", WITH_DISTRIBUTOR),
            ("referrals.csv", referrals),
            ("refunds.csv", "order_id,refunded_at,amount\n"),
        ])
        .json("pnl");
        let column = &r["columns"][0];
        assert_eq!([&column["distribution"]["revenue"], &column["direct"]["revenue"]], ["30.00", "7.00"]);
    }
    // One that says something counts alone, and that is said.
    let r = Shop::new(&[
        ("users.csv", USERS),
        ("orders.csv", WITH_DISTRIBUTOR),
        ("referrals.csv", "order_id,distributor_id\nY2,d1\n"),
    ])
    .json("pnl");
    let column = &r["columns"][0];
    assert_eq!([&column["distribution"]["revenue"], &column["direct"]["revenue"]], ["7.00", "30.00"]);
    let said = r["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "unused-referrals").unwrap();
    assert_eq!(said["count"], 1, "{said}");
    assert!(said["message"].as_str().unwrap().contains("分销员"), "{said}");
}

#[test]
fn masked_ids_of_buyers_are_said() {
    let orders = "order_id,user_id,paid_at,amount\n\
        o1,139****0001,2026-03-01,10\no2,139****0001,2026-03-02,10\n";
    for toml in ["[users]\nacquired_on = \"first-order\"\n", "[orders]\nunknown_user = \"direct\"\n"] {
        for grain in ["", "grain = \"line\"\n"] {
            let toml = if toml.contains("[orders]") || grain.is_empty() {
                format!("{toml}{grain}")
            } else {
                format!("{toml}[orders]\n{grain}")
            };
            let users = "user_id,acquired_on\nmei,2026-01-01\n";
            let mut files = vec![("orders.csv", orders), ("scrm.toml", &toml)];
            if toml.contains("unknown_user") {
                files.push(("users.csv", users));
            }
            let r = Shop::new(&files).json("pnl");
            let said = r["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "masked-id");
            assert_eq!(said.unwrap_or_else(|| panic!("{toml}"))["count"], 1, "{toml}");
        }
    }
}

/// With the day first, 03/01/2026 is January 3; a spreadsheet that takes the month first makes March 1 of it, and leaves
/// 13/01/2026 as text.
#[test]
fn dates_that_a_spreadsheet_swapped_are_refused() {
    let check = |dates: [&str; 3]| {
        let [a, b, c] = dates;
        let orders = workbook(&format!(
            "[orders]
            order_id | user_id | paid_at | amount
            o1 | mei | {a} | 1
            o2 | mei | {b} | 1
            o3 | mei | {c} | 1"
        ));
        let toml = b"[input]\ndate_order = \"dmy\"\n";
        let shop =
            Shop::of_bytes(&[("users.csv", USERS.as_bytes()), ("orders.xlsx", &orders), ("scrm.toml", toml)]);
        let run = shop.run("check");
        (run.status, String::from_utf8(run.out).unwrap())
    };
    // 46082 is 2026-03-01, 46081 is 2026-02-28.
    let (status, said) = check(["d:46082", "13/01/2026", "25/02/2026"]);
    assert_eq!(status, 1);
    assert!(said.contains("orders.xlsx") && said.contains("swapped"), "{said}");
    // A day that can be no month was not swapped, and texts that can be either say nothing.
    assert_eq!(check(["d:46081", "13/01/2026", "d:46082"]).0, 0);
    assert_eq!(check(["d:46082", "03/02/2026", "04/02/2026"]).0, 0);
}

#[test]
fn a_day_under_a_header_of_months_is_a_month() {
    let daily = |header: &str, date: &str| {
        let cost = format!("{header},金额\n{date},310\n");
        let shop = Shop::new(&[
            ("users.csv", USERS),
            ("orders.csv", "order_id,user_id,paid_at,amount\no1,mei,2026-03-01,10\n"),
            ("team_cost.csv", &cost),
        ]);
        shop.run("pnl -D -O json")
    };
    // Of 310.00 for the 31 days of March each has 10.00; a day has all.
    let month = daily("月份", "2026-03");
    assert_eq!(month.status, 0, "{}", month.err);
    assert_eq!(daily("月份", "2026-03-01").out, month.out);
    let text = String::from_utf8(month.out).unwrap();
    assert!(text.contains("\"10.00\"") && text.contains("2026-03-31"), "{text}");
    assert!(!String::from_utf8(daily("日期", "2026-03-01").out).unwrap().contains("2026-03-31"));
    let other = daily("月份", "2026-03-02");
    assert!(other.status == 1 && other.err.contains("is not a month"), "{}", other.err);
}

#[test]
fn a_table_with_an_amount_in_each_row_is_not_one_with_a_column_for_each_channel() {
    let of = |spend: &str| {
        Shop::new(&[
            ("users.csv", USERS),
            ("orders.csv", "order_id,user_id,paid_at,amount\no1,mei,2026-03-01,10\n"),
            ("ad_spend.csv", spend),
            ("scrm.toml", "[ad_spend]\nwide = true\n"),
        ])
    };
    for long in ["时间-天,消耗,展示数,点击数\n2026-03-01,5,100,3\n", "date,channel,amount\n2026-03-01,a,5\n"]
    {
        let said = of(long).refused("pnl");
        assert!(said.contains("[ad_spend] wide says that each column is a channel"), "{said}");
    }
    let r = of("date,douyin,wechat\n2026-03-01,5,3\n").json("pnl");
    assert_eq!(r["columns"][0]["traffic"]["cost"], "8.00");
}

#[test]
fn files_that_are_named_with_signs_of_patterns_and_pages_with_the_ending_of_a_workbook() {
    let orders = "order_id,user_id,paid_at,amount\no1,mei,2026-03-01,10\n";
    let toml = "[files]\norders = \"导出(1) [1].csv\"\n";
    let shop = Shop::new(&[("users.csv", USERS), ("导出(1) [1].csv", orders), ("scrm.toml", toml)]);
    assert_eq!(revenue(&shop), "10.00");
    for page in
        ["<html><table><tr><td>order_id</td></tr></table></html>", "\u{feff}\n<!DOCTYPE HTML>\n<html>"]
    {
        let said = Shop::new(&[("users.csv", USERS), ("orders.xls", page)]).refused("pnl");
        assert!(said.contains("orders.xls: no header is there: this is HTML, a web page"), "{said}");
    }
}

#[test]
fn a_formula_without_a_result_is_one_problem() {
    let orders = workbook("[orders]\norder_id | user_id | paid_at | amount\no1 | mei | 2026-03-01 | f:\n");
    let shop = Shop::of_bytes(&[("users.csv", USERS.as_bytes()), ("orders.xlsx", &orders)]);
    let said = shop.refused("pnl");
    assert!(said.contains("a formula without a result"), "{said}");
    assert_eq!(said.matches("error:").count(), 1, "{said}");
}
