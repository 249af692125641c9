//! A case of the project's own for every code: a small good tea shop, one change, and where `check` must see it.

use scrm_calc::app::run;
use scrm_calc::input::problem::{Code, Severity};
use serde_json::Value;
use std::path::Path;

const BASE: [(&str, &str); 8] = [
    ("users.csv", "user_id,acquired_on,channel,note\nu1,2026-01-01,shop,\nu2,2026-01-02,shop,\n"),
    (
        "orders.csv",
        "order_id,user_id,paid_at,amount,refund,status\no1,u1,2026-01-05,80.00,,completed\no2,u2,2026-01-06,45.50,5.50,paid\n",
    ),
    ("ad_spend.csv", "date,channel,amount\n2026-01-01,shop,30.00\n"),
    ("team_cost.csv", "date,amount\n2026-01,100.00\n"),
    ("distributors.csv", "distributor_id,motive,upline_id,joined_on\nd1,brand,,\nd2,,d1,2026-01-01\n"),
    ("referrals.csv", "order_id,distributor_id\no2,d2\n"),
    ("payments.csv", "distributor_id,paid_on,amount\nd2,2026-01-31,1.00\n"),
    ("scrm.toml", "[commission]\nlevels = [\"10%\"]\n"),
];

/// The code, the file changed, its new bytes (`None`: removed), and where the problem is: `file:line:column`.
type Case = (Code, &'static str, Option<&'static [u8]>, &'static str);

const ORDERS: &str = "order_id,user_id,paid_at,amount,refund,status\n";

fn orders(row: &str) -> Vec<u8> {
    format!("{ORDERS}{row}\no2,u2,2026-01-06,45.50,5.50,paid\n").into_bytes()
}

/// Changes of the first order's row: the code, the row, the place.
const ROWS: [(Code, &str, &str); 21] = [
    (Code::Nul, "o\x001,u1,2026-01-05,80.00,,completed", "orders.csv:2:1"),
    (Code::ControlChar, "o\x071,u1,2026-01-05,80.00,,completed", "orders.csv:2:1"),
    (Code::InvisibleChar, "o\u{200b}1,u1,2026-01-05,80.00,,completed", "orders.csv:2:1"),
    (Code::BareCr, "o1,u1\r,2026-01-05,80.00,,completed", "orders.csv:2"),
    (Code::StrayQuote, "o1,u\"1,2026-01-05,80.00,,completed", "orders.csv:2:2"),
    (Code::UnclosedQuote, "o1,\"u1,2026-01-05,80.00,,completed", "orders.csv:2:2"),
    (Code::LineBreak, "o1,u1,2026-01-05,\"80.00\n\",,completed", "orders.csv:2:4"),
    (Code::RowLength, "o1,u1,2026-01-05,1,080.00,,completed", "orders.csv:2"),
    (Code::RepeatedHeader, "order_id,user_id,paid_at,amount,refund,status", "orders.csv:2"),
    (Code::EmptyId, ",u1,2026-01-05,80.00,,completed", "orders.csv:2:1"),
    (Code::ScientificId, "1.03E+19,u1,2026-01-05,80.00,,completed", "orders.csv:2:1"),
    (Code::BadMoney, "o1,u1,2026-01-05,8O.00,,completed", "orders.csv:2:4"),
    (Code::MoneyRange, "o1,u1,2026-01-05,1234567890123,,completed", "orders.csv:2:4"),
    (Code::Negative, "o1,u1,2026-01-05,-80.00,,completed", "orders.csv:2:4"),
    (Code::BadDate, "o1,u1,2026-02-30,80.00,,completed", "orders.csv:2:3"),
    (Code::AmbiguousDate, "o1,u1,05/01/2026,80.00,,completed", "orders.csv:2:3"),
    (Code::BadStatus, "o1,u1,2026-01-05,80.00,,done", "orders.csv:2:6"),
    (Code::RefundExceeds, "o1,u1,2026-01-05,80.00,80.01,completed", "orders.csv:2:5"),
    (Code::PaidWithoutDate, "o1,u1,,80.00,,completed", "orders.csv:2:3"),
    (Code::DuplicateId, "o2,u1,2026-01-05,80.00,,completed", "orders.csv:3:1"),
    (Code::MoneyRounded, "o1,u1,2026-01-05,80.00001,,completed", "orders.csv:2:4"),
];

const FILES: [Case; 32] = [
    (
        Code::Encoding,
        "users.csv",
        Some(b"user_id,acquired_on\nu1,2026-01-01\nu2\xff,2026-01-02\n"),
        "users.csv:3",
    ),
    (Code::BinaryFile, "users.csv", Some(b"PK\x03\x04rest"), "users.csv"),
    (Code::EmptyFile, "users.csv", Some(b""), "users.csv"),
    (Code::Delimiter, "users.csv", Some(b"user_id;acquired_on\nu1;2026-01-01\n"), "users.csv:1"),
    (Code::MissingColumn, "users.csv", Some(b"user_id,aquired_on\nu1,2026-01-01\n"), "users.csv:1"),
    (
        Code::DuplicateColumn,
        "users.csv",
        Some(b"user_id,acquired_on,user_id\nu1,2026-01-01,u1\n"),
        "users.csv:1:3",
    ),
    (Code::CellTooLong, "referrals.csv", None, ""), // made below: too long to be written here
    (Code::BadMotive, "distributors.csv", Some(b"distributor_id,motive\nd2,money\n"), "distributors.csv:2:2"),
    (
        Code::TwoRefundSources,
        "refunds.csv",
        Some(b"order_id,refunded_at,amount\no1,2026-01-07,1.00\n"),
        "orders.csv:1",
    ),
    (
        Code::ConflictingReferral,
        "referrals.csv",
        Some(b"order_id,distributor_id\no2,d2\no2,d1\n"),
        "referrals.csv:3:2",
    ),
    (
        Code::MixedReferrals,
        "referrals.csv",
        Some(b"order_id,user_id,distributor_id\no2,u2,d2\n"),
        "referrals.csv:1",
    ),
    (
        Code::UplineCycle,
        "distributors.csv",
        Some(b"distributor_id,upline_id\nd1,d2\nd2,d1\n"),
        "distributors.csv:2:2",
    ),
    (
        Code::UplineSelf,
        "distributors.csv",
        Some(b"distributor_id,upline_id\nd1,\nd2,d2\n"),
        "distributors.csv:3:2",
    ),
    (Code::UnknownUserRefused, "scrm.toml", Some(b"[orders]\nunknown_user = \"error\"\n"), "orders.csv:4:2"),
    (
        Code::BeforeJoiningRefused,
        "scrm.toml",
        Some(b"[orders]\nbefore_joining = \"error\"\n"),
        "orders.csv:5:3",
    ),
    (Code::MissingFile, "ad_spend.csv", None, ""),
    (Code::NoFinalNewline, "team_cost.csv", Some(b"date,amount\n2026-01,100.00"), "team_cost.csv:2"),
    (
        Code::UnknownUser,
        "users.csv",
        Some(b"user_id,acquired_on,channel\nu2,2026-01-02,shop\n"),
        "orders.csv:2:2",
    ),
    (
        Code::BeforeJoining,
        "users.csv",
        Some(b"user_id,acquired_on,channel\nu1,2026-01-06,shop\nu2,2026-01-02,shop\n"),
        "orders.csv:2:3",
    ),
    (
        Code::ReferralWithoutOrder,
        "referrals.csv",
        Some(b"order_id,distributor_id\no2,d2\no9,d2\n"),
        "referrals.csv:3",
    ),
    (
        Code::RefundWithoutOrder,
        "refunds.csv",
        Some(b"order_id,refunded_at,amount\no9,2026-01-07,1.00\n"),
        "refunds.csv:2:1",
    ),
    (
        Code::UnlistedDistributor,
        "referrals.csv",
        Some(b"order_id,distributor_id\no2,d7\n"),
        "referrals.csv:2:2",
    ),
    (
        Code::UnknownDistributor,
        "payments.csv",
        Some(b"distributor_id,paid_on,amount\nd7,2026-01-31,1.00\n"),
        "payments.csv:2:1",
    ),
    (Code::IneligibleDistributor, "distributors.csv", Some(b"distributor_id,joined_on\nd2,2026-01-07\n"), ""),
    (Code::NoCommissionPlan, "scrm.toml", None, ""),
    (
        Code::LookalikeId,
        "users.csv",
        Some(b"user_id,acquired_on,channel\nu1,2026-01-01,shop\nu2,2026-01-02,shop\nU2,2026-01-02,shop\n"),
        "users.csv:4:1",
    ),
    (
        Code::RepeatedSpend,
        "ad_spend.csv",
        Some(b"date,channel,amount\n2026-01-01,shop,30.00\n2026-01-01,shop,30.00\n"),
        "ad_spend.csv:3:3",
    ),
    (
        Code::EmptyRow,
        "users.csv",
        Some(b"user_id,acquired_on,channel\nu1,2026-01-01,shop\n,,\nu2,2026-01-02,shop\n"),
        "users.csv:3",
    ),
    (
        Code::UnknownChannel,
        "ad_spend.csv",
        Some(b"date,channel,amount\n2026-01-01,fair,30.00\n"),
        "ad_spend.csv:2:2",
    ),
    (
        Code::FutureDate,
        "ad_spend.csv",
        Some(b"date,channel,amount\n2026-03-01,shop,30.00\n"),
        "ad_spend.csv:2:1",
    ),
    (
        Code::BindingTie,
        "referrals.csv",
        Some(b"user_id,distributor_id,bound_at\nu2,d2,2026-01-03\nu2,d1,2026-01-03\n"),
        "",
    ),
    (Code::CellTooLong, "payments.csv", None, ""), // the same
];

fn shop() -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    for (name, text) in BASE {
        std::fs::write(temp.path().join(name), text).unwrap();
    }
    temp
}

fn said(command: &str, dir: &Path, more: &[&str]) -> scrm_calc::app::Run {
    let mut args = vec!["scrm-calc".into(), command.into(), dir.as_os_str().to_owned()];
    args.extend(["--today", "2026-02-01"].into_iter().chain(more.iter().copied()).map(Into::into));
    run(&args)
}

/// Checks that `code` is found at `place`, in both languages, and that `pnl` ends as it must.
fn check(code: Code, dir: &Path, place: &str) {
    let r = said("check", dir, &["-O", "json"]);
    let report: Value = serde_json::from_slice(&r.out).unwrap_or_else(|e| panic!("{code:?}: {e}: {}", r.err));
    let at = |p: &Value| {
        let numbers = [&p["line"], &p["column"]].into_iter().filter(|n| !n.is_null());
        let file = p["file"].as_str().unwrap_or_default().to_string();
        numbers.fold(file, |all, n| format!("{all}:{n}"))
    };
    let severity = if code.severity() == Severity::Error { "error" } else { "warning" };
    let found = report["problems"].as_array().unwrap();
    let there =
        |p: &&Value| p["code"] == code.name() && p["severity"] == severity && at(p).starts_with(place);
    assert!(found.iter().any(|p| there(&p)), "{code:?} is not at {place:?}: {found:#?}");
    let refused = code.severity() == Severity::Error;
    let pnl = said("pnl", dir, &["-O", "csv"]);
    assert_eq!((r.status, pnl.status), if refused { (1, 1) } else { (0, 0) }, "{code:?}: {}", pnl.err);
    assert_eq!(pnl.out.is_empty(), refused, "{code:?}");
    let zh = String::from_utf8(said("check", dir, &["--lang", "zh"]).out).unwrap();
    let lines = zh.lines().filter(|l| l.starts_with("错误: ") || l.starts_with("警告: "));
    let chinese = |l: &str| l.chars().skip(4).any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    assert!(lines.clone().count() > 0 && lines.clone().all(chinese), "{code:?}: {zh}");
}

#[test]
fn the_base_is_clean() {
    let temp = shop();
    let r = said("check", temp.path(), &[]);
    assert_eq!((r.status, String::from_utf8(r.out).unwrap().as_str()), (0, ""));
}

#[test]
fn every_code_has_a_case_and_is_found_at_its_place() {
    let mut met: Vec<Code> = Vec::new();
    for (code, row, place) in ROWS {
        let temp = shop();
        std::fs::write(temp.path().join("orders.csv"), orders(row)).unwrap();
        check(code, temp.path(), place);
        met.push(code);
    }
    for (code, file, bytes, place) in FILES {
        let temp = shop();
        let target = temp.path().join(file);
        match (code, bytes) {
            (Code::CellTooLong, _) => {
                let long = format!("order_id,distributor_id\n{},d2\n", "x".repeat(257));
                std::fs::write(temp.path().join("referrals.csv"), long).unwrap();
            }
            (_, Some(bytes)) => std::fs::write(target, bytes).unwrap(),
            (_, None) => std::fs::remove_file(target).unwrap(),
        }
        if matches!(code, Code::RefundWithoutOrder) {
            let without = "order_id,user_id,paid_at,amount\no1,u1,2026-01-05,80.00\no2,u2,2026-01-06,45.50\n";
            std::fs::write(temp.path().join("orders.csv"), without).unwrap();
        }
        if matches!(code, Code::UnknownUserRefused | Code::BeforeJoiningRefused) {
            let more = "o1,u1,2026-01-05,80.00,,\no2,u2,2026-01-06,45.50,5.50,\no3,u9,2026-01-06,1.00,,\no4,u1,2025-12-31,1.00,,\n";
            std::fs::write(temp.path().join("orders.csv"), format!("{ORDERS}{more}")).unwrap();
        }
        check(code, temp.path(), place);
        met.push(code);
    }
    let missing: Vec<_> = Code::ALL.iter().filter(|c| !met.contains(c)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn errors_are_sorted_counted_and_cut_at_a_limit() {
    let temp = shop();
    let rows = "o1,u1,2026-01-05,x,,\no2,u2,2026-13-06,45.50,,\no3,u2,2026-01-06,-1,,\n";
    std::fs::write(temp.path().join("orders.csv"), format!("{ORDERS}{rows}")).unwrap();
    std::fs::write(temp.path().join("ad_spend.csv"), "date,channel,amount\n2026-01-01,shop,thirty\n")
        .unwrap();
    let places = |limit: &str| {
        let out = String::from_utf8(said("check", temp.path(), &["--max-errors", limit]).out).unwrap();
        let shown = out.lines().filter_map(|l| l.strip_prefix("error: "));
        let at = shown.map(|l| l.split(": ").next().unwrap_or_default().to_string()).collect::<Vec<_>>();
        (at, out.lines().last().unwrap_or_default().to_string())
    };
    let all = ["ad_spend.csv:2:3", "orders.csv:2:4", "orders.csv:3:3", "orders.csv:4:4"];
    assert_eq!(places("0"), (all.map(String::from).to_vec(), "4 problems; nothing was calculated".into()));
    let (two, last) = places("2");
    assert_eq!(
        (two, last.as_str()),
        (
            all[..2].to_vec().iter().map(ToString::to_string).collect(),
            "4 problems, 2 not shown; nothing was calculated"
        )
    );
}
