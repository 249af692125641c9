//! Tables in workbooks: the same rows are the same report, and what a spreadsheet spoilt is refused.

use super::exports::{
    ORDERS, REFERRALS, SETTINGS, USERS, delimited, dir_with, first_problem, report, scrm, utf8,
};
use super::reference::random;
use super::sheets::{name_of, of_rows, old, old_with, parts, workbook, zipped};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const PLAIN_USERS: &[u8] = b"user_id,acquired_on\nu1,2026-01-05\nu2,2026-01-09\n";

/// A shop whose orders are a file of these bytes.
fn shop(name: &str, orders: &[u8]) -> TempDir {
    dir_with(&[("users.csv", PLAIN_USERS), (name, orders)])
}

fn problems(dir: &Path, more: &str) -> String {
    let run = scrm("check", dir, more);
    assert_eq!(run.status, 1, "{}{}", String::from_utf8_lossy(&run.out), run.err);
    String::from_utf8(run.out).unwrap()
}

#[test]
fn the_same_rows_in_a_workbook_are_the_same_report() {
    let csv = |rows| utf8(&delimited(rows, ','));
    let plain = dir_with(&[
        ("users.csv", &csv(USERS)),
        ("orders.csv", &csv(ORDERS)),
        ("referrals.csv", &csv(REFERRALS)),
        ("scrm.toml", SETTINGS.as_bytes()),
    ]);
    let want = report(plain.path(), "");
    let xlsx = |rows| of_rows("工作表 1", rows);
    let xls = |rows| old("表", rows, &[]);
    for (how, users, orders, referrals) in [
        ("xlsx", xlsx(USERS), xlsx(ORDERS), xlsx(REFERRALS)),
        ("xls", xls(USERS), xls(ORDERS), xls(REFERRALS)),
    ] {
        for end in [how, "csv"] {
            let dir = dir_with(&[
                (&format!("users.{end}"), &users),
                (&format!("orders.{end}"), &orders),
                (&format!("referrals.{end}"), &referrals),
                ("scrm.toml", SETTINGS.as_bytes()),
            ]);
            for more in ["", "--threads 3 --chunk-bytes 1", "--chunk-bytes 100"] {
                assert_eq!(report(dir.path(), more), want, "{how} named {end}, {more}");
            }
        }
    }
}

#[test]
fn random_worlds_are_the_same_in_workbooks() {
    for seed in 0..12 {
        let (world, plain) = (random::world(seed), tempfile::tempdir().unwrap());
        world.write(plain.path(), 0);
        let dir = tempfile::tempdir().unwrap();
        for file in fs::read_dir(plain.path()).unwrap().map(|f| f.unwrap()) {
            let (name, bytes) = (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap());
            if name.ends_with(".toml") {
                fs::write(dir.path().join(name), bytes).unwrap();
                continue;
            }
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
            let rows: Vec<Vec<String>> =
                reader.records().map(|r| r.unwrap().iter().map(str::to_string).collect()).collect();
            let rows: Vec<Vec<&str>> = rows.iter().map(|r| r.iter().map(String::as_str).collect()).collect();
            let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
            fs::write(dir.path().join(name), of_rows("s", &rows)).unwrap();
        }
        assert_eq!(report(dir.path(), "--chunk-bytes 3000"), report(plain.path(), ""), "seed {seed}");
    }
}

/// By hand: 2026-03-01 is day 46,082 and noon half a day; 10 + 28.16 + 0.3 (which a computer keeps as 0.30000000000000004)
/// + 7.5 of a formula = 45.96. A row in which no cell stands is one of delimiters only.
#[test]
fn numbers_dates_and_formulas_are_read_as_they_are_shown() {
    let orders = workbook(
        "[orders]
        order_id | user_id | paid_at | amount | remark

        n:1001 | u1 | d:46082 | n:10 | b:1
        n:1002.0 | u1 | d:46082.5 | n:28.16 | d:46082
        i:a&b | u2 | 2026-03-01 12:00:05 | n:0.30000000000000004 | two\\nlines, \"quoted\"
        n:20260301 | i:u2 | n:20260301 | f:7.5 | e:#N/A",
    );
    let csv = "order_id,user_id,paid_at,amount,remark\n,,,,\n1001,u1,2026-03-01,10,\n\
        1002,u1,2026-03-01 12:00:00,28.16,\na&b,u2,2026-03-01 12:00:05,0.3,\n20260301,u2,20260301,7.5,\n";
    let want = report(shop("orders.csv", csv.as_bytes()).path(), "");
    assert!(want.contains("\"gross\":\"45.96\""));
    for more in ["", "--chunk-bytes 1"] {
        assert_eq!(report(shop("orders.xlsx", &orders).path(), more), want);
    }
}

/// `2026-03` typed into a spreadsheet is a date of which the month is shown: a month's cost, not that of its first day.
#[test]
fn a_month_stays_a_month() {
    let cost = workbook("[cost]\ndate | amount\nm:46082 | n:310\nd:46113 | n:7");
    let dir = shop("orders.csv", b"order_id,user_id,paid_at,amount\no1,u1,2026-03-05,1\n");
    fs::write(dir.path().join("team_cost.xlsx"), cost).unwrap();
    let run = scrm("pnl", dir.path(), "-O json -p 2026-03-01..2026-03-11");
    let json: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
    // 310 over 31 days is 10 a day, for ten days.
    assert_eq!(json["total"]["traffic"]["team_cost"], "100.00", "{}", run.err);
    let run = scrm("pnl", dir.path(), "-O json -p 2026-04");
    let json: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
    assert_eq!(json["total"]["traffic"]["team_cost"], "7.00", "day 46,113 is 2026-04-01");
}

#[test]
fn what_a_spreadsheet_spoilt_is_refused_with_its_place() {
    let head = "[订单]\norder_id | user_id | paid_at | amount | product | remark\n";
    for (row, says) in [
        (
            "n:4200000000000000017 | u1 | d:46082 | n:1",
            "3:1: order_id: \"4.2E+18\" is what a spreadsheet makes of a long",
        ),
        (
            "n:1234567890123456 | u1 | d:46082 | n:1",
            "3:1: order_id: \"1.23456789012346E+15\" is what a spreadsheet",
        ),
        (
            "d:46082 | u1 | d:46082 | n:1",
            "3:1: order_id: \"2026-03-01\" is a date in the workbook, and no id or text",
        ),
        ("o2 | e:#N/A | d:46082 | n:1", "3:2: user_id: \"#N/A\" is the error of a formula"),
        ("o2 | u1 | e:#REF! | n:1", "3:3: paid_at: \"#REF!\" is not a date"),
        ("o2 | u1 | d:0.5 | n:1", "3:3: paid_at: \"0.5\" is not a date"),
        ("o2 | u1 | n:46082 | n:1", "3:3: paid_at: \"46082\" is not a date"),
        ("o2 | u1 | d:46082 | e:#DIV/0!", "3:4: amount: \"#DIV/0!\" is not an amount of money"),
        ("o2 | u1 | d:46082 | d:46082", "3:4: amount: \"2026-03-01\" is not an amount of money"),
        ("o2 | u1 | d:46082 | b:1", "3:4: amount: \"TRUE\" is not an amount of money"),
        ("o2 | u1 | d:46082 | f:", "3:4: amount: a formula without a result"),
        ("o2 | u1 | d:46082 | n:1 | d:46082", "3:5: product: \"2026-03-01\" is a date in the workbook"),
        ("o2 | u1 | d:46082 | n:1 | n:6901234567890123456", "3:5: product: \"6.90123456789012E+18\" is what"),
        ("o2 | u1 | d:46082 | n:1 | a\\nb", "3:5: product: a line break in a column that is read"),
        ("o2 | u1 | d:46082 | n:1 | p | r | more", "3: 7 cells, the header has 6"),
        (
            "o2 | u1 | d:46082 | n:1\nmerge B2:B3",
            "2:2: user_id: merged cells, of which all but the first are empty",
        ),
    ] {
        let orders = workbook(&format!("{head}o1 | u1 | d:46082 | n:1\n{row}"));
        for more in ["", "--chunk-bytes 1"] {
            let out = problems(shop("orders-a.xlsx", &orders).path(), more);
            assert!(out.contains(&format!("error: orders-a.xlsx[订单]:{says}")), "{row}: {out}");
        }
    }
    // Where nobody reads, nothing is refused; nor are merged titles above the header.
    let fine =
        "o1 | u1 | d:46082 | n:1 | p | e:#N/A\no2 | u1 | d:46082 | n:1 | p | f:\nmerge F2:F3\nmerge A1:B1";
    report(shop("orders.xlsx", &workbook(&format!("{head}{fine}"))).path(), "");
}

#[test]
fn the_sheet_is_chosen_by_its_header_or_by_its_name() {
    let fits = |name: &str, id: &str| {
        format!("[{name}]\norder_id | user_id | paid_at | amount\n{id} | u1 | d:46082 | n:1\n")
    };
    let other = "[notes]\nhow to read\nthis\n[empty]\n";
    let one = workbook(&format!("{other}{}", fits("data", "o1")));
    let want =
        report(shop("orders.csv", b"order_id,user_id,paid_at,amount\no1,u1,2026-03-01,1\n").path(), "");
    assert_eq!(report(shop("orders.xlsx", &one).path(), ""), want);
    // Neither are a hidden sheet and one that is not named, but they are said.
    let told = |dir: &Path| {
        let all = report(dir, "");
        let (before, said) = all.rsplit_once(",\n    {\"code\":\"unread-sheet\"").unwrap();
        format!("{before}{}", said.split_once('}').unwrap().1)
    };
    let hidden = workbook(&format!("{}{}", fits("data", "o1"), fits("x", "o2").replace("[x]", "[x] hidden")));
    assert_eq!(told(shop("orders.xlsx", &hidden).path()), want);
    let two = workbook(&format!("{}{}", fits("a", "o1"), fits("b", "o2")));
    let dir = shop("orders.xlsx", &two);
    assert_eq!(
        first_problem(dir.path(), ""),
        "error: orders.xlsx: several sheets have the table's columns: \"a\", \"b\""
    );
    fs::write(dir.path().join("scrm.toml"), "[input.sheet]\norders = \"a\"\n").unwrap();
    assert_eq!(told(dir.path()), want);
    fs::write(dir.path().join("scrm.toml"), "[input.sheet]\norders = \"c\"\n").unwrap();
    assert_eq!(
        first_problem(dir.path(), ""),
        "error: orders.xlsx: the workbook has no sheet \"c\"; it has \"a\", \"b\""
    );
    fs::write(dir.path().join("scrm.toml"), "[input.sheet]\norder = \"c\"\n").unwrap();
    let run = scrm("check", dir.path(), "");
    assert!(run.status == 2 && run.err.contains("no such table; did you mean orders?"), "{}", run.err);
    let none = workbook(&format!("{other}[more]\na | b\n"));
    assert_eq!(
        first_problem(shop("orders.xlsx", &none).path(), ""),
        "error: orders.xlsx: no sheet has the table's columns: \"notes\", \"more\""
    );
    // The only sheet there is says what it lacks.
    let lacks = workbook("[a]\norder_id | user_id | paid_at | 数目\n");
    assert_eq!(
        first_problem(shop("orders.xlsx", &lacks).path(), ""),
        "error: orders.xlsx[a]:1: amount: the header lacks this column; looked for \"amount\""
    );
    let empty = first_problem(shop("orders.xlsx", &workbook("[a]\n")).path(), "");
    assert_eq!(empty, "error: orders.xlsx: no sheet of the workbook holds anything");
    let only_header = workbook("[a]\norder_id | user_id | paid_at | amount\n");
    assert_eq!(scrm("pnl", shop("orders.xlsx", &only_header).path(), "-q").status, 0);
}

#[test]
fn check_names_the_sheet() {
    let orders = workbook("[订单]\norder_id | user_id | paid_at | amount\no1 | u1 | d:46082 | n:1\n");
    let dir = shop("orders.xlsx", &orders);
    let out = String::from_utf8(scrm("check", dir.path(), "-v").out).unwrap();
    assert!(out.contains("orders.xlsx[订单]: 1 rows, 2026-03-01 to 2026-03-01, sum 1.00"), "{out}");
    let json: serde_json::Value =
        serde_json::from_slice(&scrm("check", dir.path(), "-v -O json").out).unwrap();
    let file = json["files"].as_array().unwrap().iter().find(|f| f["file"] == "orders.xlsx").unwrap();
    assert_eq!((&file["sheet"], &file["encoding"]), (&"订单".into(), &serde_json::Value::Null));
}

/// A workbook whose one sheet is this XML.
fn with_sheet(rows: &str) -> Vec<u8> {
    let mut all = parts("[a]\norder_id | user_id | paid_at | amount\n");
    let sheet = all.iter_mut().find(|(name, _)| *name == "xl/worksheets/sheet1.xml").unwrap();
    sheet.1 = sheet.1.replace("</sheetData>", &format!("{rows}</sheetData>"));
    zipped(&all)
}

/// Small files that ask for much are refused, or read with little: none takes long or much memory.
#[test]
fn a_small_workbook_cannot_ask_for_much() {
    let begun = std::time::Instant::now();
    let row = |n: usize| {
        let text = |c: usize, t: &str| format!("<c r=\"{}\" t=\"str\"><v>{t}</v></c>", name_of(n - 1, c));
        format!(
            "<row r=\"{n}\">{}{}{}<c r=\"D{n}\"><v>1</v></c></row>",
            text(0, &format!("o{n}")),
            text(1, "u1"),
            text(2, "2026-03-01")
        )
    };
    // The last row there is, and a dimension that is a lie.
    let far = with_sheet(&row(1_048_576)).to_vec();
    report(shop("orders.xlsx", &far).path(), "");
    let mut all = parts("[a]\norder_id | user_id | paid_at | amount\n");
    let sheet = all.iter_mut().find(|(name, _)| *name == "xl/worksheets/sheet1.xml").unwrap();
    sheet.1 = sheet.1.replace("<sheetData>", "<dimension ref=\"A1:XFD1048576\"/><sheetData>");
    report(shop("orders.xlsx", &zipped(&all)).path(), "");
    let beyond = |rows: &str, says: &str| {
        let out = problems(shop("orders.xlsx", &with_sheet(rows)).path(), "");
        assert!(out.contains(says), "{out}");
    };
    beyond(&row(1_048_577).replace("1048577", "4294967295"), "it has more than 1,048,576 rows");
    beyond(
        "<row r=\"2\"><c r=\"XFD2\"><v>1</v></c></row>",
        "[a]: the workbook is not read: a cell stands beyond column 1,024",
    );
    let long = "x".repeat(2 << 20);
    beyond(
        &format!("<row r=\"2\"><c r=\"A2\" t=\"str\"><v>{long}</v></c></row>"),
        "a cell is longer than any can be",
    );
    beyond(&format!("{}{}", row(3), row(2)), "its cells are not in order");
    beyond("<row r=\"2\"><c r=\"A2\" t=\"s\"><v>7</v></c></row>", "cannot be read");
    let mut cut = parts("[a]\norder_id | user_id | paid_at | amount\no1 | u1 | d:46082 | n:1\n");
    let length = cut[0].1.len() - 60;
    cut[0].1.truncate(length);
    assert!(problems(shop("orders.xlsx", &zipped(&cut)).path(), "").contains("cannot be read"));
    // Shared texts: as many as nobody has, and more than the file could hold.
    let mut many = parts("[a]\norder_id | user_id | paid_at | amount\n");
    let strings = many.iter_mut().find(|(name, _)| *name == "xl/sharedStrings.xml").unwrap();
    strings.1 = strings.1.replace("uniqueCount=\"4\"", "uniqueCount=\"99999999999\"");
    assert!(
        problems(shop("orders.xlsx", &zipped(&many)).path(), "")
            .contains("it unpacks to far more than its size")
    );
    let blank = format!("<si><t>{}</t></si>", " ".repeat(900_000));
    let mut bomb = parts("[a]\norder_id | user_id | paid_at | amount\n");
    let strings = bomb.iter_mut().find(|(name, _)| *name == "xl/sharedStrings.xml").unwrap();
    strings.1 = strings.1.replace("</sst>", &format!("{}</sst>", blank.repeat(130)));
    let bomb = zipped(&bomb);
    assert!(bomb.len() < 1_000_000, "{} bytes", bomb.len());
    let out = problems(shop("orders.xlsx", &bomb).path(), "");
    assert!(out.contains("it unpacks to far more than its size"), "{out}");
    assert!(begun.elapsed().as_secs() < 60);
}

#[test]
fn old_workbooks_are_held_to_the_same() {
    let rows: &[&[&str]] = &[
        &["order_id", "user_id", "paid_at", "amount"],
        &["n:1001", "u1", "2026-03-01", "n:12.5"],
        &["n:4200000000000000017", "u1", "2026-03-01", "n:1"],
    ];
    let fine = old("s", &rows[..2], &[]);
    let want =
        report(shop("orders.csv", b"order_id,user_id,paid_at,amount\n1001,u1,2026-03-01,12.5\n").path(), "");
    assert_eq!(report(shop("orders.xls", &fine).path(), ""), want);
    let out = problems(shop("orders.xls", &old("s", rows, &[])).path(), "");
    assert!(out.contains("orders.xls[s]:3:1: order_id: \"4.2E+18\" is what a spreadsheet makes"), "{out}");
    // A format is not to be had: the first of a month may be the month.
    let format = (0xe0, [0u16, 17, 0, 0].into_iter().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    let dated = old_with(&[format], "s", &[&["date", "amount"], &["d:46082", "n:310"]], &[]);
    let dir = shop("orders.xls", &fine);
    fs::write(dir.path().join("team_cost.xls"), dated).unwrap();
    let out = problems(dir.path(), "");
    assert!(out.contains("team_cost.xls[s]:2:1: date: \"2026-03-01\" is a month or its first day"), "{out}");
    // A dimension of all rows and columns there can be, and a cell in the farthest corner.
    let dimension = [0u32.to_le_bytes(), u32::MAX.to_le_bytes()].concat();
    let dimension = [&dimension[..], &[0, 0, 0xff, 0xff, 0, 0]].concat();
    let corner = [&[0xff, 0xff, 0xff, 0xff, 0, 0][..], &1f64.to_le_bytes()].concat();
    for more in [(0x200, dimension), (0x203, corner)] {
        let out = problems(shop("orders.xls", &old("s", &rows[..2], &[more])).path(), "");
        assert!(out.contains("its sheets span more than 8 million cells"), "{out}");
    }
}

#[test]
fn damaged_workbooks_are_refused() {
    let good = workbook("[a]\norder_id | user_id | paid_at | amount\no1 | u1 | d:46082 | n:1\n");
    for cut in [4, 30, good.len() / 2, good.len() - 5] {
        let out = problems(shop("orders.xlsx", &good[..cut]).path(), "");
        assert!(out.contains("error: orders.xlsx: this looks like a workbook and cannot be read: "), "{out}");
    }
    // Each byte of it changed by itself: read or refused, and never a defect.
    for at in (0..good.len()).step_by(3) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x55;
        let run = scrm("check", shop("orders.xlsx", &bytes).path(), "");
        assert!(run.status <= 1, "{at}: {}", run.err);
    }
    let no_book = zipped(&[("readme.txt", "hello".into())]);
    assert!(
        problems(shop("orders.csv", &no_book).path(), "")
            .contains("this looks like a workbook and cannot be read")
    );
    let mut locked = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    locked.create_stream("/EncryptedPackage").unwrap();
    let locked = locked.into_inner().into_inner();
    assert!(problems(shop("orders.xlsx", &locked).path(), "").contains("it is locked with a password"));
}
