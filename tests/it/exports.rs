//! Files as exports write them: whatever the encoding and the delimiter, the same rows are the same report.

use super::reference::random;
use encoding_rs::GB18030;
use scrm_calc::app::{Run, run};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A small shop with Chinese headers, channels, words and names; a character of four bytes in GB18030 (㐂, 😀), cells in
/// quotes, with delimiters and doubled quotes in them, and a line break in a remark that nobody reads.
pub const USERS: &[&[&str]] = &[
    &["用户", "acquired_on", "渠道", "备注"],
    &["u1", "2026-01-05", "抖音", "喜欢喝茶"],
    &["u2", "2026-01-09", "视频号", "常客；说,\"好\""],
    &["用户三", "2026-02-01", "抖音", ""],
    &["u4", "2026-02-11", "㐂茶😀", "两行\n备注\t"],
];
pub const ORDERS: &[&[&str]] = &[
    &["订单号", "用户", "支付时间", "实付金额（元）", "订单状态", "product"],
    &["4200000000000000001", "u1", "2026-02-01 10:00:05", "100.00", "已完成", "礼盒"],
    &["4200000000000000002", "u2", "2026-02-02 11:30:00", "1,250.50", "已发货", "面膜"],
    &["4200000000000000003", "用户三", "2026-02-03 12:00:00", "¥80.25", "待付款", "面膜"],
    &["4200000000000000004", "u4", "2026-02-28 23:59:59", "60.00", "交易成功", "礼盒😀"],
    &["4200000000000000005", "", "2026-02-28", "9.90", "已完成", ""],
];
pub const REFERRALS: &[&[&str]] =
    &[&["order_id", "distributor_id"], &["4200000000000000004", "分销员一"], &["4200000000000000001", "d2"]];
pub const SETTINGS: &str = "[columns.users]\nuser_id = \"用户\"\nchannel = \"渠道\"\n\
    [columns.orders]\norder_id = \"订单号\"\nuser_id = \"用户\"\npaid_at = \"支付时间\"\namount = \"实付金额（元）\"\n\
    status = \"订单状态\"\n[commission]\nlevels = [\"10%\"]\n[[commission.rate]]\nproduct = \"礼盒😀\"\nlevels = [\"20%\"]\n";

/// Rows as delimited text.
pub fn delimited(rows: &[&[&str]], delimiter: char) -> String {
    let cell = |text: &&str| match text.contains(['"', '\n', '\r', delimiter]) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => (*text).to_string(),
    };
    let line = |row: &&[&str]| row.iter().map(cell).collect::<Vec<_>>().join(&delimiter.to_string()) + "\n";
    rows.iter().map(line).collect()
}

/// How text becomes the bytes of a file.
pub type Encode = fn(&str) -> Vec<u8>;

pub fn utf8(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}
fn utf8_mark(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").into_bytes()
}
pub fn gb18030(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}
fn gb18030_mark(text: &str) -> Vec<u8> {
    [b"\x84\x31\x95\x33", &gb18030(text)[..]].concat()
}
fn utf16le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
fn utf16be(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}
fn utf16le_mark(text: &str) -> Vec<u8> {
    utf16le(&format!("\u{feff}{text}"))
}
fn utf16be_mark(text: &str) -> Vec<u8> {
    utf16be(&format!("\u{feff}{text}"))
}

pub const ENCODINGS: [(&str, Encode); 8] = [
    ("UTF-8", utf8),
    ("UTF-8 with BOM", utf8_mark),
    ("GB18030", gb18030),
    ("GB18030 with BOM", gb18030_mark),
    ("UTF-16LE", utf16le),
    ("UTF-16LE with BOM", utf16le_mark),
    ("UTF-16BE", utf16be),
    ("UTF-16BE with BOM", utf16be_mark),
];

pub fn dir_with(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

pub fn scrm(command: &str, dir: &Path, more: &str) -> Run {
    let mut args = vec!["scrm-calc".into(), command.into(), dir.as_os_str().to_owned()];
    args.extend(["--today", "2026-06-30"].map(Into::into));
    if !more.contains("--lang") {
        args.extend(["--lang", "en"].map(Into::into));
    }
    args.extend(more.split_whitespace().map(Into::into));
    run(&args)
}

/// A report that must come out.
pub fn report(dir: &Path, more: &str) -> String {
    let run = scrm("pnl", dir, &format!("-M --by channel -O json {more}"));
    assert_eq!(run.status, 0, "{more}: {}", run.err);
    String::from_utf8(run.out).unwrap()
}

/// The first line of what `check` finds.
pub fn first_problem(dir: &Path, more: &str) -> String {
    let run = scrm("check", dir, more);
    assert_eq!(run.status, 1, "{}", String::from_utf8_lossy(&run.out));
    String::from_utf8(run.out).unwrap().lines().next().unwrap().to_string()
}

/// The shop in an encoding, with a delimiter.
fn shop(encode: Encode, delimiter: char) -> TempDir {
    let of = |rows| encode(&delimited(rows, delimiter));
    let (users, orders, referrals) = (of(USERS), of(ORDERS), of(REFERRALS));
    let [users, orders, referrals] = [&users[..], &orders, &referrals];
    let settings = SETTINGS.as_bytes();
    let names = ["users.csv", "orders.csv", "referrals.csv", "scrm.toml"];
    dir_with(&names.into_iter().zip([users, orders, referrals, settings]).collect::<Vec<_>>())
}

/// By hand: in February 1,250.50 of u2 is direct. u1's and u4's orders are distribution, 100.00 + 60.00, with commission
/// 100.00 × 10 % + 60.00 × 20 % (the box has a rate of its own) = 22.00; one is not paid, and one is a guest's.
#[test]
fn the_shop_is_read_as_it_is_meant() {
    let json: serde_json::Value =
        serde_json::from_str(&report(shop(utf8, ',').path(), "")).expect("a report is JSON");
    let total = &json["total"];
    assert_eq!(total["direct"]["gross"], "1250.50");
    assert_eq!(total["distribution"]["gross"], "160.00");
    assert_eq!(total["distribution"]["commission"], "22.00");
    assert_eq!(json["reconciliation"]["not_paid"]["amount"], "80.25");
    assert_eq!(json["reconciliation"]["unknown_user"]["amount"], "9.90");
    let channels: Vec<&str> =
        json["columns"].as_array().unwrap().iter().filter_map(|c| c["channel"].as_str()).collect();
    assert!(channels.contains(&"抖音") && channels.contains(&"㐂茶😀"), "{channels:?}");
}

#[test]
fn the_same_rows_in_every_encoding_and_delimiter_are_the_same_report() {
    let want = report(shop(utf8, ',').path(), "");
    for (name, encode) in ENCODINGS {
        for delimiter in [',', ';', '\t'] {
            let dir = shop(encode, delimiter);
            for more in ["", "--threads 3 --chunk-bytes 1", "--chunk-bytes 7", "--chunk-bytes 50 --threads 2"]
            {
                assert_eq!(report(dir.path(), more), want, "{name}, {delimiter:?}, {more}");
            }
        }
    }
}

/// Bytes that the standard gives, not this program nor its decoder.
#[test]
fn the_bytes_are_those_of_the_standards() {
    assert_eq!(gb18030("抖音"), b"\xb6\xb6\xd2\xf4");
    assert_eq!(gb18030("\u{80}\u{1f600}\u{10ffff}"), b"\x81\x30\x81\x30\x94\x39\xfc\x36\xe3\x32\x9a\x35");
    assert_eq!(utf16le_mark("抖"), b"\xff\xfe\x96\x62");
}

/// Random worlds, plainly spelt, in each encoding.
#[test]
fn random_worlds_are_the_same_in_every_encoding() {
    for seed in 0..12 {
        let (world, plain) = (random::world(seed), tempfile::tempdir().unwrap());
        world.write(plain.path(), 0);
        let want = report(plain.path(), "");
        for (name, encode) in &ENCODINGS[1..] {
            let dir = tempfile::tempdir().unwrap();
            for file in fs::read_dir(plain.path()).unwrap().map(|f| f.unwrap()) {
                let text = fs::read_to_string(file.path()).unwrap();
                let of_table = file.path().extension().is_some_and(|e| e == "csv");
                let bytes = if of_table { encode(&text) } else { text.into_bytes() };
                fs::write(dir.path().join(file.file_name()), bytes).unwrap();
            }
            assert_eq!(report(dir.path(), "--chunk-bytes 3000"), want, "seed {seed}, {name}");
        }
    }
}

/// A table of orders whose remark is in GB18030 from some row on, and ASCII before it.
fn late(rows: usize, from: usize) -> (String, Vec<u8>) {
    let row = |i: usize| {
        let remark = if i < from { "none" } else { "尽快发货，谢谢" };
        format!("{},u1,2026-02-01,1.00,已完成{remark}\n", 4_200_000 + i)
            .replace("已完成none", "completed,none")
    };
    let text: String = (0..rows).map(|i| row(i).replace("已完成尽", "completed,尽")).collect();
    let text = format!("order_id,user_id,paid_at,amount,status,remark\n{text}");
    let bytes = gb18030(&text);
    (text, bytes)
}

/// Where the first Chinese character stands far behind the beginning, the file is still one of GB18030, and the report
/// that of the same file in UTF-8.
#[test]
fn gb18030_is_found_out_wherever_it_begins() {
    let users: &[u8] = b"user_id,acquired_on\nu1,2026-01-05\n";
    for (rows, from) in [(10, 3), (6_000, 5_990), (6_000, 5_999), (3_000, 1)] {
        let (text, bytes) = late(rows, from);
        let plain = dir_with(&[("users.csv", users), ("orders.csv", text.as_bytes())]);
        let want = report(plain.path(), "");
        let dir = dir_with(&[("users.csv", users), ("orders.csv", &bytes)]);
        for more in ["", "--threads 4 --chunk-bytes 5000", "--chunk-bytes 100"] {
            assert_eq!(report(dir.path(), more), want, "{rows} rows, from {from}, {more}");
        }
    }
}

/// The row and column of an error are those of the text, whatever its bytes.
#[test]
fn errors_name_file_line_and_column_in_every_encoding() {
    let mut orders = ORDERS.to_vec();
    orders[4] = &["4200000000000000004", "u4", "2026-02-28 23:59:59", "六十", "交易成功", "礼盒"];
    for (name, encode) in ENCODINGS {
        for delimiter in [',', ';', '\t'] {
            let dir = shop(encode, delimiter);
            fs::write(dir.path().join("orders.csv"), encode(&delimited(&orders, delimiter))).unwrap();
            for more in ["", "--chunk-bytes 1"] {
                assert_eq!(
                    first_problem(dir.path(), more),
                    "error: orders.csv:5:4: amount: \"六十\" is not an amount of money",
                    "{name} {delimiter:?}"
                );
            }
        }
    }
}

/// A character cut at the end of a cell, a row or the file is an error of its row, and swallows no delimiter; other rows
/// are read.
#[test]
fn characters_that_are_cut_are_errors_of_their_row() {
    let users = |remark: &[u8], end: &[u8]| -> Vec<u8> {
        let head =
            gb18030("user_id,acquired_on,channel,备注\nu1,2026-01-05,抖音,喜欢喝茶\nu2,2026-01-09,抖音,");
        [&head, remark, b"\nu3,2026-01-10,", &gb18030("视频号")[..], b",", end].concat()
    };
    for (remark, end, line) in [
        (&b"\xb6"[..], &b"\n"[..], 3),
        (b"\x81\x30\x81", b"\n", 3),
        (b"\xff", b"\n", 3),
        (b"x", b"\xb6\n", 4),
        (b"x", b"\x81\x30\x81\x30\x81", 4),
    ] {
        let dir = dir_with(&[
            ("users.csv", &users(remark, end)),
            ("orders.csv", b"order_id,user_id,paid_at,amount\no1,u1,2026-02-01,1.00\n"),
        ]);
        for more in ["", "--chunk-bytes 1", "--chunk-bytes 30"] {
            let want = format!("error: users.csv:{line}: not GB18030");
            assert_eq!(first_problem(dir.path(), more), want, "{remark:x?} {end:x?} {more}");
        }
    }
}

/// Latin-1 is never guessed; the setting names it, and then what no mark contradicts is in it.
#[test]
fn latin_1_and_any_other_by_the_setting() {
    let users = b"user_id,acquired_on,channel\nu1,2026-01-05,Caf\xe9 M\xfcller\n";
    let orders = b"order_id,user_id,paid_at,amount\no1,u1,2026-02-01,1.00\n";
    let plain = dir_with(&[("users.csv", users), ("orders.csv", orders)]);
    assert_eq!(first_problem(plain.path(), ""), "error: users.csv:2: not UTF-8");
    let with = |encoding: &str, users: &[u8]| {
        let settings = format!("[input]\nencoding = \"{encoding}\"\n");
        dir_with(&[("users.csv", users), ("orders.csv", orders), ("scrm.toml", settings.as_bytes())])
    };
    let text = "user_id,acquired_on,channel\nu1,2026-01-05,Café Müller\n";
    let want = report(dir_with(&[("users.csv", text.as_bytes()), ("orders.csv", orders)]).path(), "");
    for more in ["", "--chunk-bytes 1"] {
        assert_eq!(report(with("latin-1", users).path(), more), want);
        assert_eq!(report(with("latin-1", &utf8_mark(text)).path(), more), want, "a mark says more");
        assert_eq!(report(with("gb18030", &gb18030(text)).path(), more), want);
    }
    let settings = b"[input.encoding]\nusers = \"latin-1\"\norders = \"auto\"\n";
    let by_table = dir_with(&[("users.csv", users), ("orders.csv", orders), ("scrm.toml", settings)]);
    assert_eq!(report(by_table.path(), ""), want);
    assert_eq!(first_problem(with("utf-8", &gb18030(text)).path(), ""), "error: users.csv:2: not UTF-8");
    let run = scrm("check", with("latin1", users).path(), "");
    assert_eq!(run.status, 2);
    assert!(run.err.contains("is none of auto, utf-8, gb18030, utf-16le, utf-16be, latin-1"), "{}", run.err);
}

/// A remark of a megabyte that nobody reads is no hindrance, in whatever encoding; in a column we read it is too long.
#[test]
fn giant_cells_are_read_in_every_encoding() {
    let long = "茶水,分😀".repeat(40_000);
    let users = [USERS[0], &["u1", "2026-01-05", "抖音", &long], USERS[2], USERS[3], USERS[4]];
    let refused = [USERS[0], &["u1", "2026-01-05", &long, ""], USERS[2], USERS[3], USERS[4]];
    let want = report(shop(utf8, ',').path(), "");
    for (name, encode) in ENCODINGS {
        let dir = shop(encode, ',');
        fs::write(dir.path().join("users.csv"), encode(&delimited(&users, ','))).unwrap();
        for more in ["", "--chunk-bytes 1000"] {
            assert_eq!(report(dir.path(), more), want, "{name} {more}");
        }
        fs::write(dir.path().join("users.csv"), encode(&delimited(&refused, ','))).unwrap();
        let problem = first_problem(dir.path(), "--chunk-bytes 1000");
        assert_eq!(problem, "error: users.csv:2:3: channel: longer than 4096 bytes", "{name}");
    }
}

/// Text in UTF-8 with a slip in it stays UTF-8, though its bytes may be characters of GB18030 as well.
#[test]
fn a_slip_in_utf8_makes_no_gb18030_of_it() {
    let text = delimited(USERS, ',').replace("喜欢喝茶", "喜欢\u{0}喝茶");
    let bytes: Vec<u8> = text.into_bytes().into_iter().map(|b| if b == 0 { 0xe4 } else { b }).collect();
    let dir = shop(utf8, ',');
    fs::write(dir.path().join("users.csv"), bytes).unwrap();
    for more in ["", "--chunk-bytes 1"] {
        assert_eq!(first_problem(dir.path(), more), "error: users.csv:2: not UTF-8");
    }
}

#[test]
fn check_says_how_a_file_is_written() {
    let line = |encode: Encode, delimiter, lang: &str| {
        let run = scrm("check", shop(encode, delimiter).path(), &format!("-v --lang {lang}"));
        let out = String::from_utf8(run.out).unwrap();
        out.lines().find(|l| l.starts_with("orders.csv") && l.contains('5')).unwrap().to_string()
    };
    assert!(line(utf8, ',', "en").starts_with("orders.csv: 5 rows, 2026-02-01 to 2026-02-28, sum 1,500.65"));
    assert!(line(gb18030, ';', "en").starts_with("orders.csv (GB18030, ;): 5 rows"));
    assert!(line(utf16be_mark, '\t', "zh").starts_with("orders.csv（UTF-16BE，制表符）：5 行"));
    let run = scrm("check", shop(gb18030, ',').path(), "-v -O json");
    let json: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
    let files = json["files"].as_array().unwrap();
    let orders = files.iter().find(|f| f["file"] == "orders.csv").unwrap();
    assert_eq!((&orders["encoding"], &orders["delimiter"]), (&"GB18030".into(), &",".into()));
}

/// By hand: 1.234,50 + 80,5 + 1.000 + 0,05 = 2,315.05; the same with points, and no word of commas, is refused.
#[test]
fn commas_before_decimals_by_the_setting_alone() {
    let users: &[u8] = b"user_id,acquired_on,cost\nu1,2026-01-05,\"2,50\"\n";
    let orders = b"order_id;user_id;paid_at;amount\no1;u1;2026-02-01;1.234,50\no2;u1;2026-02-01;80,5\n\
        o3;u1;2026-02-01;1.000\no4;u1;2026-02-01;0,05\n";
    let comma: &[u8] = b"[input]\ndecimal_comma = true\n";
    let dir = dir_with(&[("users.csv", users), ("orders.csv", orders), ("scrm.toml", comma)]);
    let json: serde_json::Value = serde_json::from_str(&report(dir.path(), "")).unwrap();
    assert_eq!(json["total"]["direct"]["gross"], "2315.05");
    assert_eq!(json["total"]["traffic"]["ad_spend"], "2.50");
    fs::remove_file(dir.path().join("scrm.toml")).unwrap();
    let out = String::from_utf8(scrm("check", dir.path(), "").out).unwrap();
    assert!(
        out.contains(
            "orders.csv:2:4: amount: \"1.234,50\" is not an amount of money\n  help: digits with at most 4 \
        decimals, like 1234.50; for decimals behind commas set [input] decimal_comma = true\n"
        ),
        "{out}"
    );
    let points = b"order_id,user_id,paid_at,amount\no1,u1,2026-02-01,1234.50\n";
    let dir = dir_with(&[
        ("users.csv", b"user_id,acquired_on\nu1,2026-01-05\n"),
        ("orders.csv", points),
        ("scrm.toml", comma),
    ]);
    assert_eq!(
        first_problem(dir.path(), ""),
        "error: orders.csv:2:4: amount: \"1234.50\" is not an amount of money"
    );
}

/// Text that was opened in the wrong encoding and saved: in a channel, an id, a header, a product with a rate.
#[test]
fn mojibake_is_refused_with_what_it_was() {
    let wrong = |text: &str| GB18030.decode_without_bom_handling(text.as_bytes()).0.into_owned();
    let latin =
        |text: &str| encoding_rs::WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned();
    let users = delimited(USERS, ',');
    let orders = delimited(ORDERS, ',');
    for (file, text, want) in [
        ("users.csv", users.replace("视频号", &latin("视频号")), "users.csv:3:3: channel"),
        (
            "users.csv",
            users.replace("抖音", "抖\u{fffd}"),
            "users.csv:2:3: channel: \"抖\u{fffd}\" holds characters that were lost",
        ),
        (
            "orders.csv",
            orders.replace("用户三", &wrong("用户")),
            "orders.csv:4:2: user_id: \"鐢ㄦ埛\" is UTF-8 that was read as GB18030; it was \"用户\"",
        ),
        (
            "orders.csv",
            orders.replace("礼盒😀", "礼盒\u{fffd}"),
            "orders.csv:5:6: product: \"礼盒\u{fffd}\" holds",
        ),
        (
            "orders.csv",
            orders.replace("支付时间", &wrong("支付时间")),
            "orders.csv:1:3: \"鏀粯鏃堕棿\" is UTF-8 that was read as GB18030; it was \"支付时间\"",
        ),
    ] {
        let dir = shop(utf8, ',');
        fs::write(dir.path().join(file), text).unwrap();
        for more in ["", "--chunk-bytes 1"] {
            let out = String::from_utf8(scrm("check", dir.path(), more).out).unwrap();
            assert!(out.contains(&format!("error: {want}")), "{want}: {out}");
        }
    }
    // Nobody reads the remarks.
    let dir = shop(utf8, ',');
    fs::write(dir.path().join("users.csv"), users.replace("喜欢喝茶", &wrong("喜欢喝茶"))).unwrap();
    assert_eq!(report(dir.path(), ""), report(shop(utf8, ',').path(), ""));
}

/// Where files were joined, the mark of the second stands in the midst; Latin-1 is text only where the settings say so.
#[test]
fn marks_in_the_midst_and_latin_1_are_explained() {
    let users = "user_id,acquired_on,channel\nu1,2026-01-05,A\n";
    let rows = "order_id,user_id,paid_at,amount\n1,u1,2026-02-01,10.00\n";
    let refused = |orders: &[u8], more: &str| {
        let dir = dir_with(&[("users.csv", users.as_bytes()), ("orders.csv", orders)]);
        let run = scrm("check", dir.path(), more);
        assert_eq!(run.status, 1);
        String::from_utf8(run.out).unwrap()
    };
    let joined = "is the byte order mark with which a file begins: two files were joined here";
    for row in
        ["\u{feff}2,u1,2026-02-03,1.00\n", "2,u1,\u{feff}2026-02-03,1.00\n", "2,u1,2026-02-03,\u{feff}1.00\n"]
    {
        let said = refused(format!("{rows}{row}").as_bytes(), "--lang en");
        assert!(said.contains("orders.csv:3:") && said.contains(joined), "{said}");
    }
    let said = refused(format!("{rows}\u{feff}{rows}").as_bytes(), "--lang en");
    assert!(said.contains("orders.csv:3: the header again\n  help: files were joined here"), "{said}");
    let said = refused(format!("\u{feff}\u{feff}{rows}").as_bytes(), "--lang zh");
    assert!(said.contains("而是 两个字节顺序标记"), "{said}");
    let latin: Vec<u8> = "order_id,user_id,paid_at,amount,product\n1,u1,2026-02-01,10.00,Caf\u{e9}\n"
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    let said = refused(&latin, "--lang en");
    assert!(
        said.contains("orders.csv:2: not UTF-8") && said.contains("[input.encoding] orders = \"latin-1\""),
        "{said}"
    );
    let settings = b"[input.encoding]\norders = \"latin-1\"\n";
    let dir = dir_with(&[("users.csv", users.as_bytes()), ("orders.csv", &latin), ("scrm.toml", settings)]);
    assert_eq!(scrm("check", dir.path(), "").status, 0);
}
