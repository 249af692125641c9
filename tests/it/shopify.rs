//! Orders as Shopify exports them: a row for each item, what is the order's on the first of them alone. Figures are worked
//! out by hand.

use super::exports::{dir_with, scrm};
use super::profiles::{csv, figures, pnl, said};

const SHOPIFY: &str = "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,\
Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,\
Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,\
Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,\
Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,\
Note Attributes,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,\
Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,\
Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,\
Next Payment Due At,Payment References";

type Cells = Vec<(&'static str, &'static str)>;

/// The first row of an order.
fn head(
    id: &'static str,
    email: &'static str,
    status: &'static str,
    paid: &'static str,
    total: &'static str,
) -> Cells {
    vec![
        ("Name", id),
        ("Email", email),
        ("Financial Status", status),
        ("Paid at", paid),
        ("Fulfillment Status", "fulfilled"),
        ("Currency", "CNY"),
        ("Total", total),
        ("Created at", "2026-03-01 09:59:00 +0800"),
        ("Refunded Amount", "0.00"),
        ("Billing Name", "Ann Lee"),
        ("Shipping Phone", "'+86 138 0013 8000"),
        ("Lineitem quantity", "1"),
        ("Lineitem name", "Matcha 100 g"),
        ("Lineitem price", "60.00"),
        ("Lineitem sku", "MAT-100"),
    ]
}

/// A further item of an order.
fn item(
    id: &'static str,
    email: &'static str,
    quantity: &'static str,
    price: &'static str,
    sku: &'static str,
) -> Cells {
    vec![
        ("Name", id),
        ("Email", email),
        ("Lineitem quantity", quantity),
        ("Lineitem name", "Whisk"),
        ("Lineitem price", price),
        ("Lineitem sku", sku),
    ]
}

fn with(mut cells: Cells, more: &[(&'static str, &'static str)]) -> Cells {
    for (name, value) in more {
        match cells.iter_mut().find(|(n, _)| n == name) {
            Some(cell) => cell.1 = value,
            None => cells.push((name, value)),
        }
    }
    cells
}

fn shop(rows: &[Cells]) -> tempfile::TempDir {
    let orders = csv(SHOPIFY, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let users =
        "user_id,acquired_on,channel\nann@example.com,2026-01-05,抖音\nbo@example.com,2026-01-06,抖音\n";
    let settings = "timezone = \"Asia/Shanghai\"\n";
    dir_with(&[
        ("users.csv", users.as_bytes()),
        ("orders.csv", orders.as_bytes()),
        ("scrm.toml", settings.as_bytes()),
    ])
}

/// #1001 is one order of 110.00: 60.00 + 2 × 20.00 + 10.00 shipping, of which 20.00 came back. #1002, 60.00, all came back.
/// #1003 was let go, #1004 and #1005 are not paid: 60.00 each, 180.00 in all. #1006, of 65.00, has its item before its head.
/// Gross 110 + 60 + 65 = 235.00; refunds 20 + 60 = 80.00; two users bought.
fn orders() -> Vec<Cells> {
    let (ann, bo) = ("ann@example.com", "bo@example.com");
    let part = [("Refunded Amount", "20.00")];
    let cancelled = [("Cancelled at", "2026-03-02 08:00:00 +0800")];
    vec![
        with(head("#1001", ann, "partially_refunded", "2026-03-01 10:00:00 +0800", "110.00"), &part),
        item("#1001", ann, "2", "20.00", "WHISK"),
        with(
            head("#1002", bo, "refunded", "2026-03-02 10:00:00 +0800", "60.00"),
            &[("Refunded Amount", "60.00")],
        ),
        with(head("#1003", bo, "voided", "", "60.00"), &cancelled),
        head("#1004", bo, "pending", "", "60.00"),
        head("#1005", bo, "authorized", "", "60.00"),
        item("#1006", bo, "1", "5.00", "WHISK"),
        // 23:30 in New York is the next day in Shanghai.
        head("#1006", bo, "paid", "2026-03-31 23:30:00 -0400", "65.00"),
    ]
}

#[test]
fn items_refunds_and_cancellations() {
    let dir = shop(&orders());
    figures(
        &pnl(dir.path(), ""),
        &[
            ("total.direct.gross", "235.00"),
            ("total.direct.refunds", "80.00"),
            ("total.direct.buyers", "2"),
            ("reconciliation.not_paid.amount", "180.00"),
            ("reconciliation.unknown_user.amount", "0.00"),
        ],
    );
    let said = said(dir.path());
    assert!(said.contains("read by the profile shopify-orders (Shopify orders; 5 of 5 headers)"), "{said}");
    // 65.00 was paid in April, in Shanghai.
    figures(&pnl(dir.path(), "-b 2026-04-01 -e 2026-05-01"), &[("total.direct.gross", "65.00")]);
}

/// Rates by product: #1001 is worth 60 and 2 × 20, so its base of 110 − 20 = 90.00 is split 54.00 and 36.00.
#[test]
fn an_orders_base_is_split_over_its_items() {
    let dir = shop(&orders()[..2]);
    std::fs::write(dir.path().join("referrals.csv"), "order_id,distributor_id\n#1001,d1\n").unwrap();
    let settings = "timezone = \"Asia/Shanghai\"\n[commission]\nlevels = [\"0%\"]\n\
                    [[commission.rate]]\nproduct = \"MAT-100\"\nlevels = [\"10%\"]\n\
                    [[commission.rate]]\nproduct = \"WHISK\"\nlevels = [\"50%\"]\n";
    std::fs::write(dir.path().join("scrm.toml"), settings).unwrap();
    // 54.00 × 10 % + 36.00 × 50 % = 5.40 + 18.00 = 23.40
    figures(&pnl(dir.path(), ""), &[("total.distribution.commission", "23.40")]);
}

fn refused(rows: &[Cells]) -> String {
    let dir = shop(rows);
    let run = scrm("pnl", dir.path(), "--lang en");
    assert_eq!(run.status, 1, "{}", run.err);
    run.err
}

#[test]
fn what_no_row_says_or_two_say_otherwise_is_refused() {
    let all = orders();
    let err = refused(&[item("#1", "ann@example.com", "1", "5.00", "W"), item("#1", "", "1", "5.00", "W")]);
    assert!(err.starts_with("error: orders.csv:2:12: amount: no amount"), "{err}");
    assert!(err.contains("here no row of the order has any") && err.contains("\n1 problem"), "{err}");
    let err = refused(&[all[0].clone(), item("#1001", "bo@example.com", "1", "5.00", "W")]);
    let want =
        "error: orders.csv:3:2: user_id: \"bo@example.com\" is not what the same order has in orders.csv:2";
    assert!(err.starts_with(want), "{err}");
    // Half of what is the order's is no item.
    let half = with(item("#1001", "ann@example.com", "1", "5.00", "W"), &[("Financial Status", "paid")]);
    let err = refused(&[all[0].clone(), half]);
    assert!(err.starts_with("error: orders.csv:3:12: amount: no amount"), "{err}");
}

#[test]
fn currencies_are_not_mixed() {
    let mut rows = orders();
    rows[3] = with(rows[3].clone(), &[("Currency", "usd")]);
    rows[4] = with(rows[4].clone(), &[("Currency", "cny")]);
    let err = refused(&rows);
    let want = "error: orders.csv:5:8: Currency: \"usd\"";
    assert!(err.starts_with(want) && err.contains("\n1 problem"), "{err}");
    // Two files of which each is in one.
    let dir = shop(&orders());
    let other = csv(
        SHOPIFY,
        &[&with(head("#7", "", "paid", "2026-03-01 10:00:00 +0800", "1.00"), &[("Currency", "EUR")])],
    );
    std::fs::write(dir.path().join("orders-2.csv"), other).unwrap();
    let run = scrm("check", dir.path(), "--lang zh");
    assert_eq!(run.status, 1);
    let out = String::from_utf8(run.out).unwrap();
    assert!(out.contains("币种") && out.contains("orders-2.csv"), "{out}");
}

/// Nothing of whom the order goes to is shown.
#[test]
fn inspect_understands_it_and_shows_nobody() {
    let dir = shop(&orders());
    let file = dir.path().join("orders.csv");
    let args: Vec<std::ffi::OsString> = ["scrm-calc", "inspect", "--today", "2026-06-30", "--lang", "en"]
        .map(Into::into)
        .into_iter()
        .chain([file.into()])
        .collect();
    let run = scrm_calc::app::run(&args);
    let out = String::from_utf8(run.out).unwrap();
    assert_eq!(run.status, 0, "{out}{}", run.err);
    assert!(out.contains("by the profile shopify-orders") && out.contains("#1001"), "{out}");
    for hidden in ["Ann", "ann@", "138 0013", "8000"] {
        assert!(!out.contains(hidden), "{hidden}: {out}");
    }
}
