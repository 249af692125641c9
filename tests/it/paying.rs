//! Paying people: their pages, the file that finance uploads, and that nobody is ever paid twice.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_scrm-calc");
const FORMATS: [&str; 5] = ["table", "markdown", "csv", "tsv", "json"];

/// A directory to work in, with the shop as `shop`.
struct Desk(TempDir);

impl Desk {
    /// The demo shop.
    fn demo() -> Desk {
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo-shop");
        let desk = Desk::of(&[]);
        for entry in std::fs::read_dir(demo).unwrap().map(Result::unwrap) {
            std::fs::copy(entry.path(), desk.path("shop").join(entry.file_name())).unwrap();
        }
        desk
    }

    fn of(files: &[(&str, &str)]) -> Desk {
        let desk = Desk(tempfile::tempdir().unwrap());
        std::fs::create_dir(desk.path("shop")).unwrap();
        files.iter().for_each(|(name, text)| desk.write(&format!("shop/{name}"), text));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names in the directory, hidden ones too.
    fn names(&self, name: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(name)).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn run(&self, line: &str) -> Output {
        self.run_with(line, &[])
    }

    /// `payouts shop`, the words of a line, and arguments as they are.
    fn run_with(&self, line: &str, more: &[&str]) -> Output {
        let mut c = Command::new(PROGRAM);
        c.current_dir(self.0.path()).env("LC_ALL", "C").env_remove("SCRM_CALC_LANG").env_remove("COLUMNS");
        c.args(["payouts", "shop", "--today", "2026-12-31"]).args(line.split_whitespace()).args(more);
        c.output().unwrap()
    }

    /// What a good run says on standard output.
    fn out(&self, line: &str) -> Vec<u8> {
        let o = self.run(line);
        assert_eq!(o.status.code(), Some(0), "{line}: {}", err(&o));
        o.stdout
    }

    /// Runs, expects the status, and returns what was said on standard error.
    fn said(&self, line: &str, status: i32) -> String {
        let o = self.run(line);
        assert_eq!(o.status.code(), Some(status), "{line}: {}", err(&o));
        assert!(o.stdout.is_empty(), "{line}");
        err(&o)
    }

    /// Runs what must be refused, and sees to it that nothing is written.
    fn refused(&self, line: &str, status: i32, because: &str) {
        let before = self.names(".");
        let said = self.said(line, status);
        assert!(said.contains(because), "{line}: {said}");
        assert_eq!(self.names("."), before, "{line}");
    }

    /// The payouts by distributor, from JSON.
    fn owed(&self) -> BTreeMap<String, serde_json::Value> {
        let all: serde_json::Value = serde_json::from_slice(&self.out("-O json -q")).unwrap();
        let rows = all["distributors"].as_array().unwrap().iter();
        rows.map(|d| (d["distributor_id"].as_str().unwrap().to_string(), d.clone())).collect()
    }
}

fn err(o: &Output) -> String {
    String::from_utf8_lossy(&o.stderr).into_owned()
}

/// The rows of a file, by the names in its header.
fn table(text: &str, delimiter: u8) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// An amount in units of 1/10,000.
fn units(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{part:0<4}").parse().unwrap()
}

const ORDERS: &str = "order_id,user_id,paid_at,amount,completed_at\n";

/// Two people and orders: d1 sells 1,000.00 and 500.00, of which d2 above has 2 %.
fn small() -> Desk {
    let orders = "o1,u1,2026-01-05,1000.00,2026-01-06\no2,u2,2026-01-07,500.00,2026-01-08\n";
    Desk::of(&[
        ("users.csv", "user_id,acquired_on\nu1,2026-01-01\nu2,2026-01-01\n"),
        ("orders.csv", &format!("{ORDERS}{orders}")),
        ("referrals.csv", "order_id,distributor_id\no1,d1\no2,d1\n"),
        ("distributors.csv", "distributor_id,upline_id,name\nd1,d2,Ann\nd2,,Bea\n"),
        (
            "scrm.toml",
            "[commission]\nlevels = [\"10%\", \"2%\"]\nsettle_after_days = 0\nmin_payout = \"0\"\n",
        ),
    ])
}

#[test]
fn a_run_pays_what_is_payable_once() {
    let desk = Desk::demo();
    let before = desk.owed();
    let said = desk.said("--payment-file pay.csv --run 2026-03 --payments-csv rows.csv -q", 0);
    // 4,062.72 is the total of payable in the README.
    assert_eq!(
        said,
        "run 2026-03: 28 payments, gross 4,062.72 − tax 0.00 = net 4,062.72 CNY, at the end of 2026-03-31\n"
    );
    let pay = table(&desk.read("pay.csv"), b',');
    assert_eq!(pay.len(), 28);
    for row in &pay {
        let id = &row["distributor_id"];
        assert_eq!(row["amount"], before[id]["payable"].as_str().unwrap(), "{id}");
        assert_eq!(row["reference"], format!("2026-03.{id}"));
    }
    assert!(pay.is_sorted_by_key(|row| row["distributor_id"].clone()));
    assert!(desk.read("pay.csv").contains("\n2026-03.D005,D005,佳宁,253.93\n"), "its failed payment is owed");
    // The same run is the same file.
    let again = desk.said("--payment-file again.csv --run 2026-03 -q --threads 1 --lang zh", 0);
    assert_eq!(
        again,
        "批次 2026-03：28 笔，应付 4,062.72 − 代扣税 0.00 = 实付 4,062.72 CNY，截至 2026-03-31 终了\n"
    );
    assert_eq!(desk.read("again.csv"), desk.read("pay.csv"));
    // Once paid, the rows come back as a part of payments.
    std::fs::rename(desk.path("rows.csv"), desk.path("shop/payments-2026-03.csv")).unwrap();
    for (id, d) in desk.owed() {
        assert_eq!(d["payable"], "0.00", "{id}");
        assert_eq!(d["carried"], if id == "D004" { "-19.90" } else { "0.00" }, "{id}");
    }
    desk.refused("--payment-file no.csv --run 2026-03", 1, "run \"2026-03\" stands already in payments: 28");
    desk.refused("--payment-file no.csv --run 2026-03", 1, "the first is \"2026-03.D001\"");
    let said = desk.said("--payment-file next.csv --run 2026-03b -q", 0);
    assert!(said.starts_with("run 2026-03b: 0 payments, gross 0.00 − tax 0.00 = net 0.00 CNY"), "{said}");
    assert_eq!(desk.read("next.csv"), "reference,distributor_id,name,amount\n");
    // One of them fails: it is owed again, and only a new run may pay it.
    let rows = desk.read("shop/payments-2026-03.csv");
    let failed = rows.replace("253.93,0.00,paid,2026-03.D005", "253.93,0.00,failed,2026-03.D005");
    assert_ne!(rows, failed);
    desk.write("shop/payments-2026-03.csv", &failed);
    desk.refused("--payment-file no.csv --run 2026-03", 1, "28 references");
    desk.said("--payment-file next.csv --run 2026-03b -q", 0);
    assert_eq!(
        desk.read("next.csv"),
        "reference,distributor_id,name,amount\n2026-03b.D005,D005,佳宁,253.93\n"
    );
}

/// Ids that a careless writer or a spreadsheet would change.
fn hostile_ids() -> Vec<String> {
    let plain = [
        "a,b",
        "q\"uote",
        "\"",
        "=1+1",
        "+86",
        "-5",
        "@x",
        "'apostrophe",
        "''two",
        "'",
        "'=x",
        "in side",
        "分销员一",
        "D.1",
        "D%2E1",
        "D1",
        "d1",
        "a;b",
        "semi\u{a0}",
        "é",
        "e\u{301}",
        "#x",
        "TRUE",
        "007",
    ];
    let long = ["x".repeat(256), "字".repeat(85), format!("={}", "y".repeat(255))];
    plain.iter().map(|s| s.to_string()).chain(long).collect()
}

/// A cell that reads as this id.
fn cell(id: &str) -> String {
    let guard = if id.starts_with('\'') { "'" } else { "" };
    format!("\"{guard}{}\"", id.replace('"', "\"\""))
}

#[test]
fn rows_come_back_exactly_whatever_the_ids_and_rules() {
    // 6,250.0099 less 1.0055 each: 6,249.0044, paid as 6,249.00.
    let rows: String = hostile_ids()
        .iter()
        .map(|id| format!("{0},2026-03-02,6250.0099,\n{0},2026-03-03,-1.0055,\n", cell(id)))
        .collect();
    let adjustments = format!("distributor_id,date,amount,reason\n{rows}");
    for (rule, tax) in [
        ("none", 0),
        // 6,249 × 80 % × 20 % = 999.84
        ("cn-labour-2018", 9_998_400),
        // 6,249 × 80 % − 5,000 = −0.80: nothing is due.
        ("cn-platform-2025", 0),
    ] {
        let settings = format!("[commission]\nlevels = []\nmin_payout = \"0\"\n[tax]\nrule = \"{rule}\"\n");
        let desk = Desk::of(&[
            ("users.csv", "user_id,acquired_on\n"),
            ("orders.csv", ORDERS),
            ("adjustments.csv", &adjustments),
            ("payments.csv", "distributor_id,paid_on,amount,tax,status,reference\n"),
            ("scrm.toml", &settings),
        ]);
        for (ending, delimiter) in [("csv", b','), ("tsv", b'\t')] {
            let files = format!("--payment-file pay.{ending} --payments-csv rows.{ending}");
            let said = desk.said(&format!("{files} --run r1 -q"), 0);
            let n = hostile_ids().len() as i64;
            assert!(said.starts_with(&format!("run r1: {n} payments, ")), "{said}");
            let pay = table(&desk.read(&format!("pay.{ending}")), delimiter);
            let net: i64 = pay.iter().map(|r| units(&r["amount"])).sum();
            assert_eq!(net, n * (62_490_000 - tax));
            for row in &pay {
                assert!(!row["distributor_id"].starts_with(['=', '+', '-', '@']), "{row:?}");
                assert!(row["reference"].strip_prefix("r1.").is_some_and(|r| r.is_ascii()), "{row:?}");
            }
            let mut references: Vec<&String> = pay.iter().map(|r| &r["reference"]).collect();
            references.dedup();
            assert_eq!(references.len(), pay.len());
            // As a part, and added to the file: the same people are paid.
            let rows = desk.read(&format!("rows.{ending}"));
            let part = format!("shop/payments-r1.{ending}");
            let added = rows.replace('\t', ",").split_once('\n').unwrap().1.to_string();
            let empty = desk.read("shop/payments.csv");
            for as_part in [true, false] {
                if as_part {
                    desk.write(&part, &rows);
                } else if ending == "csv" {
                    desk.write("shop/payments.csv", &(empty.clone() + &added));
                } else {
                    continue;
                }
                let owed = desk.owed();
                assert_eq!(owed.len() as i64, n);
                for id in hostile_ids() {
                    let d = &owed[&id];
                    let figures = ["paid", "balance", "payable"].map(|k| d[k].as_str().unwrap());
                    assert_eq!(figures, ["6249.00", "0.0044", "0.0044"], "{id}");
                }
                let said = desk.said("--payment-file next.csv --run r2 -q", 0);
                assert!(said.contains("r2: 0 payments, gross 0.00"), "{said}");
                // Under a cent each.
                assert!(said.contains(&format!("would be transferred: {n}; ")), "{said}");
                desk.refused("--payment-file no.csv --run r1", 1, &format!("{n} references"));
                let _ = std::fs::remove_file(desk.path(&part));
                desk.write("shop/payments.csv", &empty);
            }
        }
    }
}

#[test]
fn what_is_left_out_is_counted_and_stays_owed() {
    let desk = small();
    desk.write(
        "shop/adjustments.csv",
        "distributor_id,date,amount,reason\nd3,2026-01-09,0.0099,\nd1,2026-01-09,0.0149,\n",
    );
    // d1: 150.00 + 0.0149, of which 150.01 is paid; d2: 30.00; d3: nothing.
    let said = desk.said("--payment-file pay.csv --run r --payments-csv rows.csv", 0);
    let line = "run r: 2 payments, gross 180.01 − tax 0.00 = net 180.01 CNY, at the end of 2026-01-09; left out, as nothing \
         would be transferred: 1; 0.0148 stays owed\n";
    assert!(said.ends_with(line), "{said}");
    assert_eq!(
        desk.read("pay.csv"),
        "reference,distributor_id,name,amount\nr.d1,d1,Ann,150.01\nr.d2,d2,Bea,30.00\n"
    );
    assert_eq!(
        desk.read("rows.csv"),
        "distributor_id,paid_on,amount,tax,status,reference\nd1,2026-01-09,150.01,0.00,paid,r.d1\n\
         d2,2026-01-09,30.00,0.00,paid,r.d2\n"
    );
}

#[test]
fn a_run_that_would_overlook_payments_is_refused() {
    let desk = small();
    let rows = "distributor_id,paid_on,amount,status\nd1,2026-02-01,10.00,paid\nd1,2026-03-01,5.00,paid\n\
                d2,2026-04-01,7.00,failed\n";
    desk.write("shop/payments.csv", rows);
    desk.refused("--payment-file pay.csv --run r --as-of 2026-01-31", 1, "take --as-of 2026-03-01 or later");
    // A failed payment settles nothing, whenever it was.
    let said = desk.said("--payment-file pay.csv --run r --payments-csv rows.csv --as-of 2026-03-01", 0);
    assert!(said.contains("gross 165.00"), "150 + 30 − 15: {said}");
    assert!(said.contains("note: no file of payments has the column reference"), "{said}");
    assert!(said.contains("as payments-r.csv"), "{said}");
    assert!(!desk.said("--payment-file pay.csv --run r --payments-csv rows.csv -q", 0).contains("note"));
}

#[test]
fn wrong_usage_of_a_run() {
    let desk = small();
    std::fs::create_dir(desk.path("shop/payments")).unwrap();
    desk.write("shop/payments/a.csv", "distributor_id,paid_on,amount\n");
    desk.write("rows.csv", "old");
    std::fs::hard_link(desk.path("rows.csv"), desk.path("hard.csv")).unwrap();
    symlink("shop/orders.csv", desk.path("link.csv")).unwrap();
    for (line, status, because) in [
        ("--payment-file p.csv", 2, "--run"),
        ("--run r", 2, "--payment-file"),
        ("--payments-csv p.csv", 2, "--payment-file"),
        ("--payment-file p.csv --run a.b", 2, "no id of a run"),
        ("--payment-file p.csv --run=-a", 2, "no id of a run"),
        ("--payment-file p.csv --run 三月", 2, "no id of a run"),
        ("--payment-file p.csv --run 12345678901234567890123456789012345678901", 2, "no id of a run"),
        ("--payment-file p.csv --run r --lines", 2, "--lines"),
        ("--payment-file p.csv --run r -p 2026-01", 2, "--period"),
        ("--payment-file p.csv --run r --top 1", 2, "--top"),
        ("--payment-file p.csv --run r --sort net", 2, "--sort"),
        ("--payment-file p.csv --run r -O csv", 2, "--format"),
        ("--payment-file p.csv --run r -o q.csv", 2, "--output"),
        ("--payment-file p.csv --run r --statement d1", 2, "--statement"),
        ("--payment-file p.csv --run r --statements out", 2, "--statements"),
        ("--payment-file p.json --run r", 2, "written as .csv or .tsv"),
        ("--payment-file p.csv.gz --run r", 2, "written as .csv or .tsv"),
        ("--payment-file p.csv --run r --payments-csv r.xlsx", 2, "written as .csv or .tsv"),
        ("--payment-file p.csv --run r --payments-csv ./p.csv", 2, "lead to one file"),
        ("--payment-file rows.csv --run r --payments-csv hard.csv", 2, "lead to one file"),
        ("--payment-file link.csv --run r", 2, "one of the inputs"),
        ("--payment-file shop/orders.csv --run r", 2, "one of the inputs"),
        ("--payment-file shop/payments-r.csv --run r", 2, "choose another"),
        ("--payment-file shop/payments/r.csv --run r", 2, "choose another"),
        ("--payment-file p.csv --run r --payments-csv shop/payments-r.csv", 2, "once it is paid"),
        ("--payment-file p.csv --run r --payments-csv shop/payments/r.csv", 2, "once it is paid"),
        ("--payment-file no/p.csv --run r", 4, "its directory is not there"),
        ("--payment-file p.csv --run r --payments-csv no/r.csv", 4, "its directory is not there"),
        ("--payment-file shop --run r", 4, "could not be written"),
        ("--payment-file p.csv --run r --as-of 2026-13-01", 2, "--as-of"),
    ] {
        desk.refused(line, status, because);
    }
    assert_eq!(desk.read("rows.csv"), "old");
    // Where there are warnings, --strict writes nothing.
    desk.write("shop/payments/a.csv", "distributor_id,paid_on,amount\nd9,2026-01-01,1.00\n");
    desk.refused("--payment-file p.csv --run r --strict", 1, "--strict");
}

#[test]
fn both_files_or_none() {
    let desk = small();
    // The rows come first: a payment file that fails takes them along.
    let o = desk.run("--payment-file /dev/full --run r --payments-csv rows.csv");
    assert_eq!(o.status.code(), Some(4), "{}", err(&o));
    assert_eq!(desk.names("."), ["shop"]);
    desk.write("rows.csv", "old");
    assert_eq!(desk.run("--payment-file /dev/full --run r --payments-csv rows.csv").status.code(), Some(4));
    assert_eq!(
        (desk.read("rows.csv").as_str(), desk.names(".")),
        ("old", vec!["rows.csv".into(), "shop".into()])
    );
    // Data that is refused touches neither.
    desk.write("pay.csv", "old");
    let orders = desk.read("shop/orders.csv");
    desk.write("shop/orders.csv", &(orders + "o3,u1,2026-01-06,12.5O,\n"));
    desk.refused("--payment-file pay.csv --run r --payments-csv rows.csv", 1, "nothing was calculated");
    assert_eq!((desk.read("pay.csv").as_str(), desk.read("rows.csv").as_str()), ("old", "old"));
}

#[test]
fn a_payment_file_may_be_a_pipe() {
    let desk = small();
    let o = desk.run("--payment-file /dev/stdout --run r -q");
    assert_eq!(
        String::from_utf8(o.stdout).unwrap(),
        "reference,distributor_id,name,amount\nr.d1,d1,Ann,150.00\nr.d2,d2,Bea,30.00\n"
    );
}

#[test]
fn rows_have_the_names_that_the_settings_read() {
    let desk = small();
    let settings = desk.read("shop/scrm.toml");
    let mapped = "[columns.payments]\ndistributor_id = \"编号\"\nreference = [\"流水号\", \"reference\"]\n";
    desk.write("shop/scrm.toml", &(settings + mapped));
    desk.said("--payment-file pay.csv --run r --payments-csv rows.csv", 0);
    assert!(desk.read("rows.csv").starts_with("编号,paid_on,amount,tax,status,流水号\nd1,"));
    std::fs::rename(desk.path("rows.csv"), desk.path("shop/payments-r.csv")).unwrap();
    desk.refused("--payment-file no.csv --run r", 1, "2 references");
}

/// Whatever the columns of payments are, the rows fit the file that they can be added to.
#[test]
fn rows_have_the_columns_of_the_payments_they_are_added_to() {
    let desk = small();
    let settings = desk.read("shop/scrm.toml");
    desk.write("shop/scrm.toml", &(settings.clone() + "[columns.payments]\nreference = \"流水号\"\n"));
    // Without the column for references, with it, and with it elsewhere: the second can be added to.
    let first = "amount,distributor_id,paid_on\n";
    let second =
        "备注,tax,distributor_id,paid_on,,amount,\"a,b\",status,流水号\nx,,d1,2026-01-09,,1.00,,,0\n";
    desk.write("shop/payments-1.csv", first);
    desk.write("shop/payments-2.csv", second);
    desk.write("shop/payments-3.csv", "流水号,distributor_id,paid_on,amount\n");
    let said = desk.said("--payment-file pay.csv --run r --payments-csv rows.csv", 0);
    assert!(said.contains("the rows have those of payments-2.csv, so that they can be added"), "{said}");
    assert_eq!(
        desk.read("rows.csv"),
        "备注,tax,distributor_id,paid_on,,amount,\"a,b\",status,流水号\n\
         ,0.00,d1,2026-01-09,,149.00,,paid,r.d1\n,0.00,d2,2026-01-09,,30.00,,paid,r.d2\n"
    );
    desk.said("--payment-file pay.tsv --run r --payments-csv rows.tsv -q", 0);
    assert!(desk.read("rows.tsv").starts_with("备注\ttax\tdistributor_id\t"));
    let rows = desk.read("rows.csv");
    desk.write("shop/payments-2.csv", &(second.to_string() + rows.split_once('\n').unwrap().1));
    assert!(desk.owed().values().all(|d| d["balance"] == "0.00"));
    desk.refused("--payment-file no.csv --run r", 1, "2 references");
    // The rows say what was withheld; a file without tax cannot take them.
    let taxed = settings + "[columns.payments]\nreference = \"流水号\"\n[tax]\nrule = \"cn-labour-2018\"\n";
    desk.write("shop/scrm.toml", &taxed);
    desk.write("shop/adjustments.csv", "distributor_id,date,amount\nd1,2026-01-09,1000.00\n");
    let said = |lang: &str| {
        desk.said(&format!("--payment-file pay.csv --run r2 --payments-csv rows.csv --lang {lang}"), 0)
    };
    assert!(said("en").contains("those of payments-2.csv"));
    std::fs::remove_file(desk.path("shop/payments-2.csv")).unwrap();
    desk.write("shop/payments-1.csv", "amount,distributor_id,paid_on,tax\n");
    assert!(said("en").contains("note: no file of payments has the columns reference and tax: "));
    assert!(said("zh").contains("说明：payments 没有一个文件有齐 reference、tax 两列；"));
    assert!(desk.read("rows.csv").starts_with("distributor_id,paid_on,amount,tax,status,流水号\n"));
    // One file, or several with the same columns, needs no word.
    desk.write("shop/payments-1.csv", "tax,amount,distributor_id,paid_on,流水号\n");
    desk.write("shop/payments-3.csv", "tax,amount,distributor_id,paid_on,流水号\n");
    assert!(!said("en").contains("payments-"));
    assert!(desk.read("rows.csv").starts_with("tax,amount,distributor_id,paid_on,流水号\n"));
}

#[test]
fn an_empty_shop_pays_nothing() {
    let desk = Desk::of(&[("users.csv", "user_id,acquired_on\n"), ("orders.csv", ORDERS)]);
    let said = desk.said("--payment-file pay.csv --run r --payments-csv rows.csv -q", 0);
    assert_eq!(said, "run r: 0 payments, gross 0.00 − tax 0.00 = net 0.00 CNY, no dated row\n");
    assert_eq!(desk.read("pay.csv"), "reference,distributor_id,name,amount\n");
    assert_eq!(desk.read("rows.csv"), "distributor_id,paid_on,amount,tax,status,reference\n");
    assert!(desk.said("--statements out", 0).contains("statements written to \"out\": 0"));
    assert!(desk.names("out").is_empty());
}

#[test]
fn a_page_knows_nobody_else() {
    let desk = Desk::demo();
    let listed = table(&desk.read("shop/distributors.csv"), b',');
    let orders: BTreeMap<String, String> = table(&desk.read("shop/orders.csv"), b',')
        .into_iter()
        .map(|o| (o["order_id"].clone(), o["user_id"].clone()))
        .collect();
    for me in ["D001", "D003", "D004", "D005"] {
        for format in FORMATS {
            for lang in ["en", "zh"] {
                let page = desk.out(&format!("--statement {me} -O {format} --lang {lang}"));
                let page = String::from_utf8(page).unwrap();
                assert!(!page.contains("U1") && !page.contains("U3"), "a buyer's id: {me} {format}");
                for d in listed.iter().filter(|d| d["distributor_id"] != me) {
                    let (id, name) = (&d["distributor_id"], &d["name"]);
                    assert!(!page.contains(id) && !page.contains(name), "{me} {format} names {id}");
                }
                for word in ["warning", "警告", "house", "601.05", "5,819.23", "5,218.18"] {
                    assert!(!page.contains(word), "{me} {format}: {word}");
                }
            }
        }
        let page: serde_json::Value =
            serde_json::from_slice(&desk.out(&format!("--statement {me} -O json"))).unwrap();
        let keys: Vec<&str> = page.as_object().unwrap().keys().map(String::as_str).collect();
        let mut want =
            ["schema", "currency", "as_of", "distributor_id", "name", "lines", "adjustments"].to_vec();
        want.extend(["payments", "figures"]);
        assert!(want.iter().all(|k| keys.contains(k)) && keys.len() == want.len(), "{keys:?}");
        // The figures are those of the list, and the lines add up to them.
        let owed = &desk.owed()[me];
        for (key, figure) in page["figures"].as_object().unwrap() {
            assert_eq!(figure, &owed[key], "{me} {key}");
        }
        let lines = page["lines"].as_array().unwrap();
        let sum: i64 = lines.iter().map(|l| units(l["commission"].as_str().unwrap())).sum();
        assert_eq!(sum, units(owed["accrued"].as_str().unwrap()));
        assert!(lines.iter().all(|l| orders.contains_key(l["order_id"].as_str().unwrap())));
    }
}

/// One table that holds all that is on the page: its entries make its figures.
#[test]
fn a_page_for_a_spreadsheet_is_complete() {
    let desk = small();
    desk.write("shop/adjustments.csv", "distributor_id,date,amount,reason\nd1,2026-01-09,-1.50,=1+1\n");
    let payments = "d1,2026-01-08,20.00,2.00,paid\nd1,2026-01-09,30.00,3.00,failed\n";
    desk.write("shop/payments.csv", &format!("distributor_id,paid_on,amount,tax,status\n{payments}"));
    let page = String::from_utf8(desk.out("--statement d1 -O csv")).unwrap();
    // 150.00 settled − 1.50 − 20.00 paid.
    let want = "entry,date,order_id,level,rule,base,rate,tier,amount,tax,settles_on,state,text
commission,2026-01-05,o1,1,levels 10%,1000.00,0.100000,,100.00,,2026-01-06,settled,
commission,2026-01-07,o2,1,levels 10%,500.00,0.100000,,50.00,,2026-01-08,settled,
adjustment,2026-01-09,,,,,,,-1.50,,,,'=1+1
payment,2026-01-08,,,,,,,20.00,2.00,,paid,
payment,2026-01-09,,,,,,,30.00,3.00,,failed,
figure,,,,,,,,1500.00,,,,base
figure,,,,,,,,150.00,,,,accrued
figure,,,,,,,,0.00,,,,pending
figure,,,,,,,,150.00,,,,settled
figure,,,,,,,,-1.50,,,,adjustments
figure,,,,,,,,20.00,,,,paid
figure,,,,,,,,128.50,,,,balance
figure,,,,,,,,128.50,,,,payable
figure,,,,,,,,0.00,,,,carried
figure,,,,,,,,0.00,,,,tax
figure,,,,,,,,128.50,,,,net
";
    assert_eq!(page, want);
    assert_eq!(String::from_utf8(desk.out("--statement d1 -O tsv")).unwrap(), want.replace(',', "\t"));
    desk.said("--statements out -O csv", 0);
    assert_eq!(desk.read("out/statement-d1.csv"), want);
}

#[test]
fn everybody_who_is_known_has_a_page() {
    let desk = small();
    desk.write(
        "shop/payments.csv",
        "distributor_id,paid_on,amount,tax,status\nd7,2026-01-09,5.00,1.00,failed\n",
    );
    desk.write("shop/adjustments.csv", "distributor_id,date,amount\n-6,2026-01-09,1.00\n");
    desk.write("shop/distributors.csv", "distributor_id,upline_id,name\nd1,d5,Ann\n");
    for (id, payable) in [("d1", "150.00"), ("d5", "30.00"), ("d7", "0.00"), ("-6", "1.00")] {
        let o = desk.run_with("-O json", &[&format!("--statement={id}")]);
        let page: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
        assert_eq!((&page["distributor_id"], &page["figures"]["payable"]), (&id.into(), &payable.into()));
    }
    let page: serde_json::Value = serde_json::from_slice(&desk.out("--statement d7 -O json")).unwrap();
    assert_eq!(page["payments"][0]["status"], "failed");
    assert_eq!((&page["figures"]["paid"], &page["name"]), (&"0.00".into(), &serde_json::Value::Null));
    desk.refused("--statement d8", 2, "no distributor \"d8\"; did you mean");
    desk.refused("--statement nobody", 2, "no distributor \"nobody\"; payouts lists them all");
    desk.refused("--statement d1 --lines", 2, "--lines");
    desk.refused("--statement d1 --statements out", 2, "--statement");
    // The page goes to a file like any report, and the warnings to the shop.
    let said = desk.said("--statement d1 -o d1.md", 0);
    assert!(said.contains("warning") && !desk.read("d1.md").contains("warning"), "{said}");
    assert!(desk.said("--statement d1 -o d1.md -q", 0).is_empty());
}

#[test]
fn a_page_does_not_depend_on_the_order_of_rows() {
    let desk = small();
    let (adjustments, payments) = (
        ["d1,2026-01-09,1.00,b", "d1,2026-01-09,1.00,a", "d1,2026-01-08,9.00,", "d1,2026-01-09,-1.00,c"],
        ["d1,2026-01-09,1.00,0.10,paid", "d1,2026-01-09,1.00,0.10,failed", "d1,2026-01-08,2.00,0.20,"],
    );
    let write = |turn: usize| {
        let turned = |rows: &[&str]| {
            let mut rows = rows.to_vec();
            let by = turn % rows.len();
            rows.rotate_left(by);
            rows.join("\n") + "\n"
        };
        desk.write(
            "shop/adjustments.csv",
            &format!("distributor_id,date,amount,reason\n{}", turned(&adjustments)),
        );
        desk.write(
            "shop/payments.csv",
            &format!("distributor_id,paid_on,amount,tax,status\n{}", turned(&payments)),
        );
    };
    write(0);
    let pages: Vec<_> = FORMATS.iter().map(|f| desk.out(&format!("--statement d1 -O {f}"))).collect();
    let page = String::from_utf8_lossy(&pages[0]);
    for line in [
        "Total         3.00  0.30\n", // the failed one is in no total
        "2026-01-09    1.00  0.10  failed, not counted\n",
        "Balance: settled 150.00 + adjustments 10.00 − paid 3.00 = 157.00\n",
    ] {
        assert!(page.contains(line), "{line}{page}");
    }
    for turn in 1..4 {
        write(turn);
        for (format, want) in FORMATS.iter().zip(&pages) {
            assert_eq!(&desk.out(&format!("--statement d1 -O {format}")), want, "{turn} {format}");
        }
    }
}

#[test]
fn tax_stands_on_a_page_where_it_is_withheld() {
    let desk = small();
    let page = |desk: &Desk| String::from_utf8(desk.out("--statement d1")).unwrap();
    assert!(!page(&desk).contains("payable − tax"));
    let settings = desk.read("shop/scrm.toml") + "[tax]\nrule = \"cn-labour-2018\"\n";
    desk.write("shop/scrm.toml", &settings);
    // 150.00 + 1,000.00: (1,150 − 800) × 20 % = 70.00.
    desk.write("shop/adjustments.csv", "distributor_id,date,amount\nd1,2026-01-09,1000.00\n");
    let page = page(&desk);
    assert!(page.contains("Tax             70.00  withheld from payable\n"), "{page}");
    assert!(page.contains("Net          1,080.00  payable − tax\n"), "{page}");
}

#[test]
fn orders_out_of_time_are_told_of() {
    let desk = small();
    desk.write("shop/distributors.csv", "distributor_id,joined_on,upline_id\nd1,2026-01-06,d2\nd2,,\n");
    let page = String::from_utf8(desk.out("--statement d1 -q")).unwrap();
    // o1 was paid the day before; o2 earns 50.00.
    assert!(page.contains("Orders              2 "), "{page}");
    assert!(page.contains("before joining or after leaving, which earn no commission: 1\n"), "{page}");
    assert!(page.contains("settled 50.00 "), "{page}");
    assert!(!String::from_utf8(desk.out("--statement d2 -q")).unwrap().contains("before joining"));
}

#[test]
fn all_pages_appear_at_once() {
    let desk = Desk::demo();
    for (format, ending) in [("", "md"), ("-O table", "txt"), ("-O csv", "csv"), ("-O json", "json")] {
        let out = format!("out-{ending}");
        let said = desk.said(&format!("--statements {out}/ {format} --lang zh"), 0);
        assert!(said.ends_with(&format!("已写入 \"{out}/\" 的对账单：40 份\n")), "{said}");
        assert_eq!(desk.names(&out).len(), 40);
        let format = if format.is_empty() { "-O markdown" } else { format };
        for id in ["D001", "D004", "D006"] {
            let one = desk.out(&format!("--statement {id} {format} --lang zh"));
            let file = std::fs::read(desk.path(&out).join(format!("statement-{id}.{ending}"))).unwrap();
            assert_eq!(file, one, "{id} {ending}");
        }
    }
    assert_eq!(desk.names("."), ["out-csv", "out-json", "out-md", "out-txt", "shop"]);
    let other = desk.path("other");
    std::fs::create_dir(&other).unwrap();
    let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode();
    assert_eq!(mode(&desk.path("out-md")), mode(&other));
    // Pages that stand there already are replaced, all of them.
    std::fs::write(other.join("statement-D001.md"), "old").unwrap();
    std::fs::write(other.join("statement-Z999.csv"), "old").unwrap();
    std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o750)).unwrap();
    assert!(desk.said("--statements other -q", 0).is_empty());
    assert_eq!((desk.names("other"), mode(&other) & 0o777), (desk.names("out-md"), 0o750));
    assert!(desk.read("other/statement-D001.md").starts_with("## Commission statement\n\nD001 晓芸\n"));
    // Whatever else stands there is not lost: nothing is written.
    std::fs::write(other.join("letter.md"), "mine").unwrap();
    std::fs::write(other.join("statement-D001.md"), "old").unwrap();
    desk.refused("--statements other", 2, "\"other\" would be replaced as a whole, and holds \"letter.md\"");
    assert_eq!(desk.read("other/statement-D001.md"), "old");
    let said = desk.said("--statements shop --lang zh", 2);
    assert!(said.starts_with("错误: \"shop\" 会被整体替换，但其中有不属于本程序的"), "{said}");
}

/// The directory in which it was called is filled, so that the caller's does not vanish.
#[test]
fn pages_may_be_written_where_we_are() {
    let desk = small();
    std::fs::create_dir(desk.path("here")).unwrap();
    desk.write("here/statement-old.md", "old");
    let before = std::fs::metadata(desk.path("here")).unwrap().ino();
    let mut c = Command::new(PROGRAM);
    c.current_dir(desk.path("here")).args(["payouts", "../shop", "--statements", ".", "-q"]);
    assert_eq!(c.status().unwrap().code(), Some(0));
    assert_eq!(desk.names("here"), ["statement-d1.md", "statement-d2.md"]);
    assert_eq!(std::fs::metadata(desk.path("here")).unwrap().ino(), before);
}

/// A link to what is not there yet leads into the data all the same.
#[test]
fn links_into_the_data_are_followed_to_their_end() {
    let desk = small();
    let link = |to: &str, from: &str| symlink(to, desk.path(from)).unwrap();
    std::fs::create_dir(desk.path("shop/payments")).unwrap();
    link("shop/payments-x.csv", "part");
    link("part", "part2.csv");
    link("shop/payments/x.csv", "inner.csv");
    link("shop/orders", "folder");
    link("folder", "folder2");
    link("../later", "shop/adjustments");
    link("shop/refunds.csv", "refunds.csv");
    let p = "--payment-file p.csv --run r";
    for (line, status, because) in [
        ("-o part -O csv".to_string(), 2, "read this name as data"),
        ("-o part2.csv".into(), 2, "read this name as data"),
        ("--statement d1 -o inner.csv".into(), 2, "read this name as data"),
        ("--payment-file part2.csv --run r".into(), 2, "read this name as data"),
        (format!("{p} --payments-csv part"), 2, "once it is paid"),
        (format!("{p} --payments-csv ./part2.csv"), 2, "once it is paid"),
        (format!("{p} --payments-csv inner.csv"), 2, "once it is paid"),
        (format!("{p} --payments-csv refunds.csv"), 2, "once it is paid"),
        ("--statements folder".into(), 2, "a table's folder"),
        ("--statements folder2/ -O csv".into(), 2, "a table's folder"),
        ("--statements later".into(), 2, "a table's folder"),
        ("--statements shop/adjustments".into(), 2, "a table's folder"),
        ("--statements shop/payments/.".into(), 2, "a table's folder"),
    ] {
        desk.refused(&line, status, because);
    }
    assert!(!desk.path("later").exists() && desk.names("shop/payments").is_empty());
    // What is no name of a table may be there.
    link("shop/pages", "pages");
    link("shop/report.csv", "report");
    desk.said("--statements pages -q", 0);
    desk.said("-o report -O csv -q", 0);
    assert!(desk.path("shop/report.csv").exists() && desk.names("shop/pages").len() == 2);
}

#[test]
fn file_names_hold_whatever_an_id_holds() {
    let ids = ["a/b", "..", "A", "a", "Ａ", "分 销", "x\"y", &"字".repeat(80)];
    let rows: String = ids.iter().map(|id| format!("{},2026-01-01,1.00\n", cell(id))).collect();
    let desk = Desk::of(&[
        ("users.csv", "user_id,acquired_on\n"),
        ("orders.csv", ORDERS),
        ("adjustments.csv", &format!("distributor_id,date,amount\n{rows}")),
    ]);
    desk.said("--statements out -O json", 0);
    // In byte order: .. A a a/b x"y, the eighty, 分 销, Ａ.
    let mut want: Vec<String> =
        ["...json", "A~2.json", "a~3.json", "a%2Fb.json", "x%22y.json", "分%20销.json", "Ａ~8.json"]
            .iter()
            .map(|n| format!("statement-{n}"))
            .collect();
    want.push(format!("statement-{}~7.json", "字".repeat(50)));
    want.sort();
    let mut names = desk.names("out");
    names.sort();
    // The order of the two Chinese ids is that of their bytes.
    let unnumbered = |n: &String| n.replace("~6.", "~7.");
    assert_eq!(names.iter().map(unnumbered).collect::<Vec<_>>(), want);
    for name in names {
        let page: serde_json::Value = serde_json::from_str(&desk.read(&format!("out/{name}"))).unwrap();
        assert_eq!(page["figures"]["payable"], "0.00", "1.00 is below the minimum of 10.00");
    }
}

#[test]
fn pages_never_replace_data() {
    let desk = small();
    std::fs::create_dir(desk.path("shop/orders")).unwrap();
    desk.write("file", "old");
    for (line, status, because) in [
        ("--statements shop/orders", 2, "a table's folder"),
        ("--statements shop/./payments/ -O csv", 2, "a table's folder"),
        ("--statements file", 4, "could not be written"),
        ("--statements no/out", 4, "its directory is not there"),
        ("--statements out -o r.md", 2, "--output"),
        ("--statements out --top 3", 2, "--top"),
    ] {
        desk.refused(line, status, because);
    }
    desk.write("shop/payments.csv", "distributor_id,paid_on,amount\nd9,2026-01-09,1.00\n");
    desk.refused("--statements out --strict", 1, "--strict");
    desk.write("shop/payments.csv", "distributor_id,paid_on,amount\n");
    // A page's name that is another name of an input.
    std::fs::create_dir(desk.path("out")).unwrap();
    std::fs::hard_link(desk.path("shop/orders.csv"), desk.path("out/statement-d2.md")).unwrap();
    desk.refused("--statements out", 2, "one of the inputs");
    assert_eq!(desk.names("out"), ["statement-d2.md"]);
    // Beside the data is a good place.
    desk.said("--statements shop/pages", 0);
    assert_eq!(desk.names("shop/pages"), ["statement-d1.md", "statement-d2.md"]);
}
