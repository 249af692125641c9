//! Laws that hold whatever the data: how it is read, how it is cut into columns, how it is bucketed.

use scrm_calc::app::run;
use serde_json::Value;
use std::path::Path;

fn pnl(dir: &Path, more: &str) -> Vec<u8> {
    let mut args = vec!["scrm-calc".into(), "pnl".into(), dir.as_os_str().to_owned()];
    args.extend("-q -O json --today 2026-04-15".split(' ').map(Into::into));
    args.extend(more.split_whitespace().map(Into::into));
    let r = run(&args);
    assert_eq!(r.status, 0, "{more}: {}", r.err);
    r.out
}

fn demo() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo-shop")
}

fn json(dir: &Path, more: &str) -> Value {
    serde_json::from_slice(&pnl(dir, more)).unwrap()
}

/// Money in 1/10,000.
fn money(v: &Value) -> i128 {
    let text = v.as_str().unwrap();
    let (whole, part) = text.split_once('.').unwrap();
    let units: i128 = format!("{}{part:0<4}", whole.trim_start_matches('-')).parse().unwrap();
    if text.starts_with('-') { -units } else { units }
}

const MONEY: [(&str, &str); 12] = [
    ("traffic", "ad_spend"),
    ("traffic", "team_cost"),
    ("traffic", "other_cost"),
    ("traffic", "cost"),
    ("direct", "gross"),
    ("direct", "refunds"),
    ("direct", "profit"),
    ("distribution", "gross"),
    ("distribution", "refunds"),
    ("distribution", "commission"),
    ("distribution", "profit"),
    ("total", "profit"),
];

fn sums(columns: &[Value]) -> Vec<i128> {
    MONEY.map(|(s, f)| columns.iter().map(|c| money(&c[s][f])).sum()).to_vec()
}

#[test]
fn money_adds_up_over_periods_and_channels() {
    let whole = json(&demo(), "");
    let want = sums(std::slice::from_ref(&whole["total"]));
    for cut in ["-D", "-W", "-M", "-Q", "-Y"] {
        for by in ["", "--by channel", "--by channel --allocate users", "--by channel --allocate revenue"] {
            for basis in ["", "--basis cohort"] {
                let r = json(&demo(), &format!("{cut} {by} {basis}"));
                assert_eq!(sums(r["columns"].as_array().unwrap()), want, "{cut} {by} {basis}");
                assert_eq!(sums(&[r["total"].clone()]), want, "{cut} {by} {basis}: the total");
                assert_eq!(r["reconciliation"], whole["reconciliation"]);
            }
        }
    }
}

#[test]
fn the_buckets_are_all_orders() {
    let r = &json(&demo(), "")["reconciliation"];
    let buckets = ["not_paid", "distribution", "unknown_user", "before_joining", "direct"];
    assert_eq!(buckets.iter().map(|b| money(&r[b]["amount"])).sum::<i128>(), money(&r["orders"]["amount"]));
    assert_eq!(r["residual"], "0.00");
}

/// A copy of the demo whose orders are awkward to cut: quoted remarks with line breaks, CRLF, many parts.
fn awkward(reverse: bool, parts: usize) -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(demo()).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let Some(stem) = name.strip_suffix(".csv") else {
            std::fs::write(temp.path().join(name), text).unwrap();
            continue;
        };
        let mut lines = text.lines();
        let header = lines.next().unwrap();
        let mut rows: Vec<&str> = lines.collect();
        if reverse {
            rows.reverse();
        }
        for (n, part) in rows.chunks(rows.len().div_ceil(parts).max(1)).enumerate() {
            let mut body = format!("remark,{header}\r\n");
            for (i, row) in part.iter().enumerate() {
                let remark = if i % 7 == 3 { "\"two\nlines, \"\"quoted\"\"\"" } else { "x" };
                body += &format!("{remark},{row}\r\n");
            }
            std::fs::write(temp.path().join(format!("{stem}_{n}.csv")), body).unwrap();
        }
    }
    temp
}

#[test]
fn neither_pieces_nor_threads_nor_the_order_of_rows_change_a_byte() {
    let figures = |dir: &Path, more: &str| {
        let mut r = json(dir, more);
        r.as_object_mut().unwrap().remove("warnings");
        r
    };
    let want = figures(&demo(), "-M --by channel");
    for (reverse, parts) in [(false, 1), (true, 1), (true, 5)] {
        let temp = awkward(reverse, parts);
        for (threads, chunk) in [(1, 1), (2, 7), (3, 64), (7, 4096), (2, 1 << 20)] {
            let more = format!("-M --by channel --threads {threads} --chunk-bytes {chunk}");
            assert_eq!(figures(temp.path(), &more), want, "{more}, reversed {reverse}, {parts} parts");
        }
    }
}

#[test]
fn real_public_data() {
    let Some(data) = super::shop::public("") else { return };
    let cdnow = json(&data.join("cdnow"), "-M");
    assert_eq!(
        (&cdnow["total"]["direct"]["gross"], &cdnow["total"]["direct"]["buyers"]),
        (&"2500315.63".into(), &23_570.into())
    );
    let fintech = &json(&data.join("fintech"), "-M")["reconciliation"];
    assert_eq!(fintech["not_paid"]["orders"], 412);
    assert_eq!(money(&fintech["orders"]["amount"]) - money(&fintech["not_paid"]["amount"]), 91_586_688_400);
    let igaming = &json(&data.join("igaming"), "-M")["reconciliation"];
    assert_eq!(igaming["orders"]["amount"], "402988.44");
}
