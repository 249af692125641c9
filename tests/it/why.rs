//! `payouts --why`: what it says of a shop made by hand, and that its lines are those of `--lines`.

use scrm_calc::app::{Run, run};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use tempfile::TempDir;

/// U2 is bound to three distributors, U1 is D1 and bound to it; what sells is product A. D1's upline D3 leaves.
const SHOP: [(&str, &str); 5] = [
    ("users.csv", "user_id,acquired_on\nU1,2026-01-01\nU2,2026-01-01\n"),
    (
        "distributors.csv",
        "distributor_id,user_id,joined_on,left_on,upline_id,grade\n\
         D1,U1,2026-01-01,,D3,gold\n\
         D2,,2026-02-20,,,\n\
         D3,,2026-01-01,2026-02-07,,\n",
    ),
    (
        "referrals.csv",
        "user_id,distributor_id,bound_at,expires_at\n\
         U2,D3,2026-01-01,2026-01-31\n\
         U2,D1,2026-01-10,\n\
         U2,D2,2026-01-10,\n\
         U2,D2,2026-02-05 12:00:00,\n\
         U2,D3,2026-03-01,\n\
         U1,D1,2026-01-02,\n\
         U1,D2,2026-01-03,\n",
    ),
    (
        "orders.csv",
        "order_id,user_id,paid_at,amount,status,goods_cost,product,refund,refunded_at\n\
         o1,U2,2026-02-03 10:00:00,800.00,completed,,,,\n\
         o2,U2,2026-02-06 10:00:00,1500.05,completed,200.00,A,700.05,2026-02-20\n\
         o3,U1,2026-02-07 10:00:00,100.00,shipped,,A,,\n\
         o4,,2026-02-07 10:00:00,100.00,completed,,A,,\n\
         o5,U2,,100.00,unpaid,,A,,\n\
         o6,U2,2026-02-08 10:00:00,50.00,shipped,,A,,\n",
    ),
    (
        "scrm.toml",
        "[commission]\n\
         levels = [\"10%\", \"1%\"]\n\
         [[commission.tier]]\nfrom = \"1000\"\nadd = \"2%\"\n\
         [[commission.tier]]\nfrom = \"2000\"\nadd = \"5%\"\n\
         [[commission.rate]]\nproduct = \"A\"\nlevels = [\"12%\"]\nfrom = \"2026-02-01\"\nuntil = \"2026-02-08\"\n\
         [[commission.rate]]\ngrade = \"gold\"\nlevels = [\"11%\", \"1%\"]\n\
         [[commission.rate]]\ndistributor = \"D1\"\nlevels = [\"20%\"]\nfrom = \"2026-03-01\"\n",
    ),
];

/// The shop, with further keys for its plan.
fn shop(plan: &str) -> TempDir {
    let temp = tempfile::tempdir().unwrap();
    for (name, text) in SHOP {
        let text = text.replace("[commission]\n", &format!("[commission]\n{plan}\n"));
        std::fs::write(temp.path().join(name), text).unwrap();
    }
    temp
}

fn payouts(dir: &Path, more: &[&str]) -> Run {
    let mut args = vec!["scrm-calc".into(), "payouts".into(), dir.as_os_str().to_owned()];
    args.extend(["-q", "--today", "2026-04-15", "--lang", "en"].map(Into::into));
    args.extend(more.iter().map(Into::into));
    run(&args)
}

fn json(dir: &Path, more: &[&str]) -> Value {
    let r = payouts(dir, &[more, &["-O", "json"]].concat());
    assert_eq!(r.status, 0, "{more:?}: {}", r.err);
    serde_json::from_slice(&r.out).unwrap()
}

/// The steps as `step level subject outcome: text`, without what is not there.
fn steps(dir: &Path, more: &[&str]) -> Vec<String> {
    let told = json(dir, more);
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_string);
    let step = |s: &Value| {
        let keys = ["step", "level", "subject", "outcome"].iter();
        let head: Vec<String> = keys.filter(|k| !s[**k].is_null()).map(|k| text(&s[*k])).collect();
        format!("{}: {}", head.join(" "), text(&s["text"]))
    };
    told["steps"].as_array().unwrap().iter().map(step).collect()
}

#[track_caller]
fn says(steps: &[String], lines: &[&str]) {
    for line in lines {
        assert!(steps.iter().any(|s| s == line), "not said: {line}\n{steps:#?}");
    }
}

#[test]
fn each_binding_has_its_verdict() {
    let temp = shop("");
    let told = steps(temp.path(), &["--why", "o2"]);
    let of = |step: &str| told.iter().filter(|s| s.starts_with(step)).map(String::as_str).collect::<Vec<_>>();
    assert_eq!(
        of("attribution"),
        [
            "attribution D3 expired: D3, bound 2026-01-01, expires 2026-01-31: lost, expired when it was paid",
            "attribution D1 won: D1, bound 2026-01-10: won, the first bound in force",
            "attribution D2 larger_id: D2, bound 2026-01-10: lost, bound at the same moment, the larger id",
            "attribution D2 bound_later: D2, bound 2026-02-05 12:00:00: lost, bound later",
            "attribution D3 not_begun: D3, bound 2026-03-01: lost, not begun when it was paid",
        ]
    );
    let temp = shop("attribution = \"last\"");
    says(
        &steps(temp.path(), &["--why", "o2"]),
        &[
            "attribution D1 bound_earlier: D1, bound 2026-01-10: lost, bound earlier (attribution = \"last\")",
            "attribution D2 won: D2, bound 2026-02-05 12:00:00: won, the last bound in force",
            "eligibility 1 D2 not_joined: level 1: seller D2: not eligible \
             (joined 2026-02-20; paid 2026-02-06), the share is the house's",
            "result 1 house: level 1: 96.00 stays with the house", // 800 × 12 %
        ],
    );
}

#[test]
fn each_rate_has_its_verdict() {
    let temp = shop("");
    says(
        &steps(temp.path(), &["--why", "o2"]),
        &[
            "rate 1 rate[3] distributor D1 20% begins_later: level 1: rate[3] distributor D1 20%: lost, begins only \
             on 2026-03-01",
            "rate 1 rate[1] product A 12% won: level 1: rate[1] product A 12%: won, the most specific on \
             2026-02-06",
            "rate 1 rate[2] grade gold 11% less_specific: level 1: rate[2] grade gold 11%: lost, less specific",
            "rate 2 rate[1] product A 0% won: level 2: rate[1] product A 0%: won, the most specific on \
             2026-02-06; it lists no rate for level 2",
            "result 2 none: level 2: no rate, so no commission",
        ],
    );
    // On February 8th the product's rate has ended, and D3 has left: 1 % of 50 is the house's.
    says(
        &steps(temp.path(), &["--why", "o6"]),
        &[
            "rate 1 rate[1] product A 12% ended: level 1: rate[1] product A 12%: lost, ended before 2026-02-08",
            "eligibility 2 D3 left: level 2: upline D3: not eligible \
             (joined 2026-01-01, left 2026-02-07; paid 2026-02-08), the share is the house's",
            "result 2 house: level 2: 0.50 stays with the house",
            "settlement pending: not complete: pending on 2026-02-20",
        ],
    );
}

#[test]
fn the_tier_the_refund_and_the_rounding_are_told() {
    let temp = shop("");
    // At the 19th nothing is refunded: 800.00 to 2,300.05 fill 200 below the steps, 1,000 at 2 %, 300.05 at 5 %.
    // 1,500.05 × 12 % = 180.006, + 20 + 15.0025 = 215.0085.
    says(
        &steps(temp.path(), &["--why", "o2", "--as-of", "2026-02-19"]),
        &[
            "refund 2026-02-20 later: refund 700.05 on 2026-02-20: later than 2026-02-19, not known yet",
            "base net: 1,500.05 − 0.00 refunds = 1,500.05",
            "tier 2026-02 marginal: own volume of 2026-02: this order fills 800.00 to 2,300.05",
            "tier below: 200.00 below the first step: nothing added",
            "tier 1000.00 step: 1,000.00 in the step from 1,000.00: × 2% = 20.00",
            "tier 2000.00 step: 300.05 in the step from 2,000.00: × 5% = 15.0025",
            "commission 1 half-up: level 1: 1,500.05 × 12% + 35.0025 tier = 215.0085 → 215.01 (half-up)",
            "settlement 2026-02-13 settled: complete by its status, without completed_at; paid 2026-02-06, \
             + 7 days = 2026-02-13: settled on 2026-02-19",
            "result 1 D1 settled: level 1: D1 gets 215.01, settled since 2026-02-13",
        ],
    );
    // Whole, of the margin, rounded down: 1,500.05 − 700.05 − 200 = 600. The month is 800 + 600 + 50 = 1,450 and has
    // reached 2 %: 600 × 14 % = 84.
    let temp = shop("tier_mode = \"whole\"\nbase = \"margin\"\nrounding = \"down\"");
    says(
        &steps(temp.path(), &["--why", "o2"]),
        &[
            "base margin: max(0, 1,500.05 − 700.05 refunds − 200.00 goods cost) = 600.00",
            "tier 2026-02 whole: own volume of 2026-02: 1,450.00 (tier_mode = \"whole\")",
            "tier 1000.00 step: 600.00 in the step from 1,000.00: × 2% = 12.00",
            "commission 1 down: level 1: 600.00 × 12% + 12.00 tier = 84.00 → 84.00 (down)",
        ],
    );
    let temp = shop("base = \"paid\"");
    says(
        &steps(temp.path(), &["--why", "o2"]),
        &[
            "refund 2026-02-20 left_out: refund 700.05 on 2026-02-20: left out, base = \"paid\"",
            "base paid: 1,500.05, whatever is refunded (base = \"paid\")",
        ],
    );
}

#[test]
fn orders_that_pay_nobody_say_why() {
    let temp = shop("");
    let none = "result none: no commission";
    for (order, lines) in [
        (
            "o3",
            [
                "attribution D1 won: D1, bound 2026-01-02: won, the first bound in force",
                "self_purchase D1 none: U1 is D1's own user: no distributor, and no other takes its place",
                "bucket direct: direct: the company's own sale",
            ],
        ),
        (
            "o4",
            [
                "buyer guest: by a guest, without a user_id",
                "attribution nobody: a guest is bound to nobody",
                "bucket unknown_user: unknown user: outside the private domain, in no revenue",
            ],
        ),
        (
            "o5",
            [
                "order o5 not_paid: 100.00, unpaid: it does not count as paid",
                "buyer U2 user: by user U2, acquired on 2026-01-01",
                "bucket not_paid: not paid: in no revenue, and so are its refunds",
            ],
        ),
    ] {
        let told = steps(temp.path(), &["--why", order]);
        says(&told, &lines);
        assert_eq!(told.last().map(String::as_str), Some(none));
        assert_eq!(json(temp.path(), &["--why", order])["lines"], Value::Array(vec![]));
    }
    says(
        &steps(temp.path(), &["--why", "o2", "--as-of", "2026-02-05"]),
        &[
            "order o2 later: 1,500.05, paid 2026-02-06 10:00:00, completed: later than 2026-02-05",
            "result later: paid after 2026-02-05: no commission yet",
        ],
    );
    // self_purchase = "pay": 100 fill 1,600 to 1,700 of the month's volume: 100 × (12 % + 2 %) = 14.
    let temp = shop("self_purchase = \"pay\"");
    says(
        &steps(temp.path(), &["--why", "o3"]),
        &[
            "self_purchase D1 kept: U1 is D1's own user; self_purchase = \"pay\" keeps it",
            "result 1 D1 pending: level 1: D1 gets 14.00, pending",
        ],
    );
}

#[test]
fn what_cannot_be_explained() {
    let temp = shop("");
    let dir = temp.path();
    let r = payouts(dir, &["--why", "o9"]);
    assert_eq!((r.status, r.out.len()), (2, 0));
    assert!(r.err.contains("--why: there is no order \"o9\" in orders"), "{}", r.err);
    for more in [
        &["--why", ""][..],
        &["--why", "1.2E+15"],
        &["--why", "o1", "--lines"],
        &["--why", "o1", "--top", "1"],
    ] {
        assert_eq!(payouts(dir, more).status, 2, "{more:?}");
    }
    let r = payouts(dir, &["--why", "o1", "--strict"]);
    assert_eq!((r.status, r.out.len()), (1, 0), "two bindings of one moment are a warning");
    // A guard that a spreadsheet adds is none of the id.
    assert_eq!(payouts(dir, &["--why", " 'o1"]).status, 0);
    let orders = std::fs::read_to_string(dir.join("orders.csv")).unwrap();
    std::fs::write(dir.join("orders.csv"), orders + "o7,U2,2026-02-09,12.5O,,,,,\n").unwrap();
    let r = payouts(dir, &["--why", "o1"]);
    assert_eq!((r.status, r.out.len()), (1, 0));
    assert!(r.err.contains("1 problem; nothing was calculated"), "{}", r.err);
}

#[test]
fn nothing_from_the_data_runs_or_hides() {
    let temp = shop("");
    let dir = temp.path();
    for name in ["orders.csv", "scrm.toml"] {
        let text = std::fs::read_to_string(dir.join(name)).unwrap();
        let text = text.replace(",A,", ",=1+1,").replace("\"A\"", "\"=1+1\"");
        std::fs::write(dir.join(name), text).unwrap();
    }
    let people = std::fs::read_to_string(dir.join("distributors.csv")).unwrap();
    let people = people.replace("grade\n", "grade,name\n").replace("gold\n", "gold,\u{202e}*x*\n");
    let people = people.replace(",,,\n", ",,,,\n").replace("02-07,,\n", "02-07,,,\n");
    std::fs::write(dir.join("distributors.csv"), people).unwrap();
    let text = |format| {
        let r = payouts(dir, &["--why", "o2", "-O", format]);
        assert_eq!(r.status, 0, "{}", r.err);
        String::from_utf8(r.out).unwrap()
    };
    assert!(text("csv").contains("\nproduct,,'=1+1,given,"));
    assert!(text("table").contains("D1 (\\u{202e}*x*)"));
    assert!(text("markdown").contains("D1 (\\u{202e}\\*x\\*)"));
    assert!(text("json").contains("D1 (\\u202e*x*)"));
}

#[test]
fn the_lines_of_every_order_are_those_of_the_list() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo-shop");
    let mut listed: HashMap<String, Vec<Value>> = HashMap::new();
    for line in json(&demo, &["--lines"])["lines"].as_array().unwrap() {
        let id = line["order_id"].as_str().unwrap().to_string();
        listed.entry(id).or_default().push(line.clone());
    }
    let orders = std::fs::read_to_string(demo.join("orders.csv")).unwrap();
    for id in orders.lines().skip(1).filter_map(|row| row.split(',').next()) {
        let told = json(&demo, &["--why", id]);
        let lines = listed.remove(id).unwrap_or_default();
        assert_eq!(told["lines"], Value::Array(lines), "{id}");
        assert_eq!(told["order"]["bucket"] == "distribution", told["lines"] != Value::Array(vec![]), "{id}");
    }
    assert!(listed.is_empty());
}
