//! Where the header of a file is, and what stands beside its rows: left aside, counted, and compared.

use super::exports::{ENCODINGS, dir_with, first_problem, scrm};
use super::profiles::{figures, pnl, said};
use super::sheets::workbook;
use std::fs;
use tempfile::TempDir;

const USERS: &[u8] = b"user_id,acquired_on,channel\nu1,2026-01-05,A\nu2,2026-01-06,B\n";
const PLAIN: &str =
    "order_id,user_id,paid_at,amount\no1,u1,2026-02-01 10:00:00,10.00\no2,u2,2026-02-02,5.50\n";

fn shop(orders: &[u8]) -> TempDir {
    dir_with(&[("users.csv", USERS), ("orders.csv", orders)])
}

/// What may stand before a header, under it, and behind the rows: the same report as without.
const BEFORE: [&str; 6] = [
    "",
    "sep=,\n",
    "订单导出\n\n",
    "导出时间：2026-03-01 10:00:00,,,\n门店：全部\n共2笔记录\n--------------------\n",
    "# 订单\n时间范围,2026-02-01,2026-02-28\n\n\n",
    "\"一行, 在引号里\"\n",
];
const UNDER: [&str; 6] = [
    "",
    "（说明：金额为实付，含运费）,,,\n",
    "备注：以下为 2026 年 2 月数据,,,\n",
    "(不含测试),,(付款成功),(元)\n",
    ",,,收入+支出\n",
    "注：金额为实付，含运费\n",
];
const BEHIND: [&str; 7] = [
    "",
    "合计,,,15.50\n",
    "总计：,,,\"15.50\"\n,,,\n",
    "共2笔,,,¥15.50\n导出完毕：1\n",
    "总笔数,总金额\n2,15.50\n",
    "总笔数,2\n",
    "------\n说明：金额为实付\n",
];

#[test]
fn rows_are_the_same_whatever_stands_beside_them() {
    let plain = shop(PLAIN.as_bytes());
    let want = pnl(plain.path(), "-M");
    let headers = ["order_id,user_id,paid_at,amount\n", "订单号,用户ID,支付时间,金额\n"];
    let rows = PLAIN.split_once('\n').unwrap().1;
    for header in headers {
        for before in BEFORE {
            for under in UNDER {
                for behind in BEHIND {
                    // A file that is as ours are has nothing but a total beside its rows.
                    let is_ours = header == headers[0] && before.is_empty();
                    if is_ours && (!under.is_empty() || !behind.is_empty() && !behind.starts_with("合计")) {
                        continue;
                    }
                    let text = format!("{before}{header}{under}{rows}{behind}");
                    let dir = shop(text.as_bytes());
                    for more in ["", "--chunk-bytes 1 --threads 2"] {
                        let run = scrm("pnl", dir.path(), &format!("-M -O json {more}"));
                        assert_eq!(run.status, 0, "{text}\n{}", run.err);
                        let mut got: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
                        let mut want = want.clone();
                        // A row of delimiters only is warned of.
                        got["warnings"].as_array_mut().unwrap().retain(|w| w["code"] != "empty-row");
                        want["warnings"].as_array_mut().unwrap().retain(|w| w["code"] != "empty-row");
                        assert_eq!(got, want, "{text}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_header_is_found_in_every_encoding_and_delimiter() {
    let want = pnl(shop(PLAIN.as_bytes()).path(), "");
    for (name, encode) in ENCODINGS {
        for delimiter in [",", ";", "\t"] {
            let text = "门店订单导出表\n导出人：某某\n订单号,用户ID,支付时间,金额\no1,u1,2026-02-01 10:00:00,10.00\no2,u2,2026-02-02,5.50\n合计,,,15.50\n";
            let dir = shop(&encode(&text.replace(',', delimiter)));
            for more in ["", "--chunk-bytes 9"] {
                assert_eq!(pnl(dir.path(), more), want, "{name} {delimiter:?}");
            }
        }
    }
}

#[test]
fn the_header_is_found_in_a_workbook() {
    let want = pnl(shop(PLAIN.as_bytes()).path(), "");
    let book = workbook(
        "[说明]\n本表由系统导出\n[订单]\n订单导出\n\n导出时间：2026-03-01\n订单号 | 用户ID | 支付时间 | 金额\no1 | u1 | 2026-02-01 10:00:00 | n:10\no2 | u2 | 2026-02-02 | n:5.5\n合计 |  |  | n:15.5\nmerge A1:D1",
    );
    let dir = dir_with(&[("users.csv", USERS), ("orders.xlsx", &book)]);
    assert_eq!(pnl(dir.path(), ""), want);
    assert!(
        said(dir.path()).contains("left aside: 2 lines before the header; 1 line of totals, equal to ours")
    );
}

/// A title of more than a piece's bytes, before a header in GB18030: the same in pieces of any size.
#[test]
fn the_header_is_found_behind_a_long_title() {
    let text = format!(
        "{}\n订单号,用户ID,支付时间,金额\no1,u1,2026-02-01 10:00:00,10.00\no2,u2,2026-02-02,5.50\n",
        "x".repeat(5_000)
    );
    let dir = shop(&ENCODINGS[2].1(&text));
    let want = pnl(shop(PLAIN.as_bytes()).path(), "");
    for more in ["", "--chunk-bytes 1", "--chunk-bytes 4500"] {
        assert_eq!(pnl(dir.path(), more), want, "{more}");
    }
}

/// Subtotals of each day, hundreds of them, whatever worker meets them.
#[test]
fn many_subtotals_are_no_rows() {
    let mut text = String::from("订单号,用户ID,支付时间,金额\n");
    for day in 0..300 {
        text += &format!("o{day},u1,2026-02-01,1.00\n小计,,,1.00\n");
    }
    text += "合计,,,300.00\n";
    let dir = shop(text.as_bytes());
    for more in ["", "--chunk-bytes 1 --threads 3"] {
        figures(&pnl(dir.path(), more), &[("total.direct.gross", "300.00")]);
    }
    assert!(said(dir.path()).contains("1 line of totals, equal to ours; 300 lines of subtotals"));
}

/// What was left aside is said, line for line; what was read, not.
#[test]
fn what_is_left_aside_is_counted() {
    let text = format!(
        "{}订单号,用户ID,支付时间,金额\n{}o1,u1,2026-02-01,10.00\no2,u2,2026-02-02,5.50\n{}",
        BEFORE[3], UNDER[1], BEHIND[3]
    );
    let dir = shop(text.as_bytes());
    let said = said(dir.path());
    let want = "note: orders.csv: left aside: 4 lines before the header, one with our number of rows; 1 line of notes under it; 1 line of totals, equal to ours; 1 line of notes behind the rows\n";
    assert!(said.contains(want), "{said}");
    assert!(!scrm("pnl", dir.path(), "-q").err.contains("left aside"));
    let zh = scrm("pnl", dir.path(), "--lang zh").err;
    assert!(
        zh.contains("另置：4 行在表头之前，其中写明的行数相符；1 行为表头下的说明；1 行为合计，与各行相符；1 行为表尾说明"),
        "{zh}"
    );
    let verbose: serde_json::Value =
        serde_json::from_slice(&scrm("check", dir.path(), "-v -O json").out).unwrap();
    let export = &verbose["files"][1]["export"];
    figures(
        export,
        &[
            ("header_line", "5"),
            ("lines_before", "4"),
            ("notes_under", "1"),
            ("totals", "1"),
            ("totals_compared", "3"),
            ("profile", "orders-zh"),
        ],
    );
}

/// Totals are control totals: an export from which a row was lost, or in which one was changed, is refused.
#[test]
fn totals_that_are_not_ours_refuse_the_data() {
    let head = "订单号,用户ID,支付时间,金额,退款金额\n";
    let rows = "o1,u1,2026-02-01,10.00,1.00\no2,u2,2026-02-02,5.50,\n";
    for (behind, says) in [
        (
            "合计,,,15.51,1.00\n",
            "error: orders.csv:4:4: amount: the file's total is 15.51, its rows add up to 15.50",
        ),
        (
            "合计,,,15.50,2.00\n",
            "error: orders.csv:4:5: refund: the file's total is 2.00, its rows add up to 1.00",
        ),
        (
            "总交易单数,退款总金额,总金额\n3,1.00,15.50\n",
            "error: orders.csv:5:1: the file says it has 3 rows, and has 2",
        ),
        (
            "总交易单数,退款总金额,总金额\n2,1.00,16.50\n",
            "error: orders.csv:5:3: amount: the file's total is 16.50, its rows add up to 15.50",
        ),
        (
            "合计,,,15.50,1.00\no3,u1,2026-02-01,1.00,\n",
            "error: orders.csv:4: \"合计\" stands before other rows, the last at orders.csv:5; totals end a file",
        ),
        ("2,1.00,15.50\n", "error: orders.csv:4: 3 cells, the header has 5"),
    ] {
        let dir = shop(format!("{head}{rows}{behind}").as_bytes());
        for more in ["", "--chunk-bytes 1"] {
            assert_eq!(first_problem(dir.path(), more), says, "{behind}");
        }
    }
    let dir = shop(format!("共3条\n{head}{rows}").as_bytes());
    assert_eq!(first_problem(dir.path(), ""), "error: orders.csv:1: the file says it has 3 rows, and has 2");
    // A total that stands right under the header is one, too; subtotals may stand anywhere.
    let dir = shop(format!("{head}合计,,,15.50,1.00\no1,u1,2026-02-01,10.00,1.00\n小计,,,10.00,1.00\no2,u2,2026-02-02,5.50,\n").as_bytes());
    assert!(said(dir.path()).contains("1 line of totals, equal to ours; 1 line of subtotals"));
}

/// Rows of our own files that only look a little like totals are rows.
/// A total of spend may have a date: in an export that no id tells a row by, the word alone does.
#[test]
fn a_total_with_a_date_is_one() {
    let shop = |total: &str| {
        let spend = format!(
            "项目名称,时间-天,消耗,展示数,点击数\na,2026-02-01,100,1,1\nb,2026-02-01,100,1,1\n合计,2026-02-01,{total},2,2\n"
        );
        dir_with(&[
            ("users.csv", USERS),
            ("orders.csv", PLAIN.as_bytes()),
            ("ad_spend.csv", spend.as_bytes()),
        ])
    };
    // 100 + 100
    assert_eq!(pnl(shop("200").path(), "")["total"]["traffic"]["ad_spend"], "200.00");
    let refused = scrm("pnl", shop("201").path(), "");
    assert_eq!(refused.status, 1, "{}", refused.err);
    assert!(refused.err.contains("ad_spend.csv:4:3: amount: the file's total is 201.00"), "{}", refused.err);
}

#[test]
fn rows_are_no_totals() {
    let rows = "total,u1,2026-02-01,1.00\n合计,u2,2026-02-01,2.00\ntotal-2,u1,2026-02-02,4.00\n合计划,u1,2026-02-02,8.00\n";
    let dir = shop(format!("order_id,user_id,paid_at,amount\n{rows}").as_bytes());
    figures(&pnl(dir.path(), ""), &[("total.direct.gross", "15.00")]);
    // ... while a row without a date that is called so is one.
    let dir = shop(format!("order_id,user_id,paid_at,amount\n{rows}Total,,,15.00\n").as_bytes());
    figures(&pnl(dir.path(), ""), &[("total.direct.gross", "15.00"), ("reconciliation.orders.orders", "4")]);
}

/// What was cut off a file is an error of its row, and no note.
#[test]
fn rows_that_were_cut_are_no_notes() {
    let head = "订单号,用户ID,支付时间,金额\no1,u1,2026-02-01 10:00:00,10.00\n";
    for cut in ["o2,u2,2026-02-02 11:0", "o2,2026-02-02 11:00:00\n", "4200017,5.50\n", "o2\n"] {
        let dir = shop(format!("{head}{cut}").as_bytes());
        assert!(first_problem(dir.path(), "").starts_with("error: orders.csv:3: "), "{cut}");
        assert!(first_problem(dir.path(), "").contains("the header has 4"), "{cut}");
    }
}

/// A first row whose date or amount is wrong is no note: it has an id, or nothing that explains.
#[test]
fn a_first_row_that_is_wrong_is_no_note() {
    for (row, code) in [("张三,u1,昨天,很多", "昨天"), ("o1,u1,——,很多", "很多"), ("o1,u1,昨天,1.00", "昨天")]
    {
        let dir = shop(format!("订单号,用户ID,支付时间,金额\n{row}\no2,u2,2026-02-01,1.00\n").as_bytes());
        let said = first_problem(dir.path(), "");
        assert!(said.starts_with("error: orders.csv:2:") && said.contains(code), "{said}");
    }
}

/// A word for a total in a column that nobody reads makes no total of a row, wherever it stands.
#[test]
fn a_row_with_an_id_is_one() {
    let mut text = String::from("remark,order_id,user_id,paid_at,amount\n");
    for i in 0..40 {
        text += &format!("合计,o{i},u1,,1.00\nTotals,p{i},u1,2026-02-01,1.00\n\"a\nb\",q{i},u1,,1.00\n");
    }
    let dir = shop(text.as_bytes());
    for more in ["", "--chunk-bytes 1", "--chunk-bytes 90 --threads 2"] {
        figures(
            &pnl(dir.path(), more),
            &[("reconciliation.not_paid.orders", "80"), ("total.direct.orders", "40")],
        );
    }
}

/// Only the beginning of a file is looked at for a header.
#[test]
fn a_header_far_down_is_none() {
    let far = "一行说明\n".repeat(100) + "订单号,用户ID,支付时间,金额\no1,u1,2026-02-01,10.00\n";
    let dir = shop(far.as_bytes());
    let said = first_problem(dir.path(), "");
    assert!(said.starts_with("error: orders.csv:1: amount: the header lacks this column"), "{said}");
}

/// Blank columns at the end of the header or of the rows, and a name that stands twice unread, are no matter.
#[test]
fn trailing_blanks_and_unread_repeats() {
    for text in [
        "订单号,用户ID,支付时间,金额,\no1,u1,2026-02-01,10.00\no2,u2,2026-02-02,5.50,\n",
        "订单号,用户ID,支付时间,金额\no1,u1,2026-02-01,10.00,,\no2,u2,2026-02-02,5.50\n,\n",
        "订单号,备注,用户ID,支付时间,金额,备注,,\no1,x,u1,2026-02-01,10.00,y,,\no2,,u2,2026-02-02,5.50,,,\n",
    ] {
        let dir = shop(text.as_bytes());
        figures(&pnl(dir.path(), ""), &[("total.direct.gross", "15.50")]);
    }
    let dir = shop("订单号,用户ID,支付时间,金额,金额\no1,u1,2026-02-01,10.00,11.00\n".as_bytes());
    let said = first_problem(dir.path(), "");
    assert!(said.contains("names this column twice"), "{said}");
    fs::remove_file(dir.path().join("orders.csv")).unwrap();
}
