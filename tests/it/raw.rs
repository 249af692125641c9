//! Public data read straight from the raw files that other programs wrote, against sums computed apart from this one.

use super::shop::{Shop, public};
use serde_json::Value;

/// The columns of a report whose channel is not `(shared)`, as (channel, figure).
fn by_channel(r: &Value, system: &str, key: &str) -> Vec<(String, String)> {
    let columns = r["columns"].as_array().unwrap().iter();
    columns
        .map(|c| (c["channel"].as_str().unwrap().into(), c[system][key].as_str().unwrap().into()))
        .collect()
}

fn strings(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
}

/// One column for each channel, up to 13 decimals, and columns that are no channels.
#[test]
fn weekly_spend_with_a_column_for_each_channel() {
    let Some(data) = public("robyn-raw") else { return };
    let spend = std::fs::read(data.join("dt_simulated_weekly.csv")).unwrap();
    let toml = "[columns.ad_spend]\ndate = \"DATE\"\n[ad_spend]\nwide = true\nsuffix = \"_S\"\n";
    let shop = Shop::of_bytes(&[
        ("ad_spend.csv", &spend),
        ("users.csv", b"user_id,acquired_on,channel\nu,2016-01-01,tv\n"),
        ("orders.csv", b"order_id,user_id,paid_at,amount\n"),
        ("scrm.toml", toml.as_bytes()),
    ]);
    let r = shop.json("pnl --by channel");
    // Each cell rounded to 4 decimals, half up, and added.
    let want = [
        ("facebook", "446296.828"),
        ("ooh", "8989331.733"),
        ("print", "775555.5109"),
        ("search", "1230426.6666"),
        ("tv", "3087487.7732"),
    ];
    assert_eq!(by_channel(&r, "traffic", "ad_spend"), strings(&want));
    assert_eq!(r["total"]["traffic"]["ad_spend"], "14529098.5117");
    assert_eq!((&r["begin"], &r["end"]), (&"2015-11-23".into(), &"2019-11-12".into()));
    let rounded = r["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "money-rounded").unwrap();
    assert_eq!(rounded["count"], 408);
}

#[test]
fn a_wide_table_is_the_long_one() {
    let wide = |text: &str, toml: &str| {
        Shop::new(&[
            ("users.csv", "user_id,acquired_on,channel\nu,2026-01-01,tv\n"),
            ("orders.csv", "order_id,user_id,paid_at,amount\n"),
            ("ad_spend.csv", text),
            ("scrm.toml", toml),
        ])
    };
    let long = wide("date,channel,amount\n2026-01-01,tv,5\n2026-01-01,web,0\n2026-01-02,web,7.50\n", "");
    let all = "[ad_spend]\nwide = true\n";
    let some = "[ad_spend]\nwide = true\nsuffix = \" cost\"\n";
    let want = long.json("pnl -D --by channel");
    for shop in [
        wide("tv,date,web\n5,2026-01-01,0\n,2026-01-02,7.50\n", all),
        wide("tv cost,clicks,date,web cost\n5,na,2026-01-01,0\n,\"a\nb\",2026-01-02,7.50\n", some),
        wide("date,tv,web\n2026-01-01,5,0\n2026-01-02,,7.50\n合计,5,7.50\n", all),
        // Dates under the names that exports have for them.
        wide("日期,tv,web\n2026-01-01,5,0\n2026-01-02,,7.50\n合计,5,7.50\n", all),
        wide("tv,时间,web\n5,2026/1/1,0\n,2026/1/2,7.50\n", all),
        wide("Day,tv cost,web cost\n20260101,5,0\n20260102,,7.50\n", some),
        wide("统计时间,2026-01-01,\n渠道投放,,\n\nDate,tv,web\n2026-01-01,5,0\n2026-01-02,,7.50\n", all),
    ] {
        assert_eq!(shop.json("pnl -D --by channel"), want);
    }
    for (text, toml, says) in [
        (
            "date,tv\n2026-01-01,5\n",
            some,
            "ad_spend.csv:1: channel: the header lacks this column; looked for \"… cost\"",
        ),
        ("date,tv,tv\n2026-01-01,5,6\n", all, "ad_spend.csv:1:3: tv: the header names this column twice"),
        ("date,tv,web\n2026-01-01,5,na\n", all, "ad_spend.csv:2:3: web: \"na\" is not an amount of money"),
        ("date,tv,web\n2026-01-01,-5,1\n", all, "ad_spend.csv:2:2: tv: \"-5\" is below zero"),
        (
            "日期,tv\n46082,5\n",
            all,
            "ad_spend.csv:2:1: date: \"46082\" is not a date but the number by which Excel stores 2026-03-01\n  help: in the",
        ),
        // What the settings name is what is looked for.
        (
            "日期,tv\n2026-01-01,5\n",
            "[columns.ad_spend]\ndate = \"DATE\"\n[ad_spend]\nwide = true\n",
            "ad_spend.csv:1: date: the header lacks this column; looked for \"DATE\"",
        ),
        ("date,tv,web\n2026-01-01,5,1\n合计,5,2\n", all, "ad_spend.csv:3:3: web: the file's total is 2.00"),
        ("dag,tv\n2026-01-01,5\n", all, "ad_spend.csv:1: date: the header lacks this column"),
    ] {
        let said = wide(text, toml).refused("pnl");
        assert!(said.contains(says), "{said}");
    }
    let r = wide("date,tv\n2026-01-01,5\n2026-01-01,5\n2026-01-02,0\n2026-01-02,0\n", all).json("pnl");
    let again = r["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "repeated-spend").unwrap();
    assert_eq!((&again["count"], &r["total"]["traffic"]["ad_spend"]), (&1.into(), &"10.00".into()));
}

/// Two months of invoices by their lines, users as the invoices have them. Cancelled invoices are below zero.
fn retail(file: &str, input: &str) -> Option<Shop> {
    let data = public("online-retail-raw")?;
    let orders = std::fs::read(data.join(file)).unwrap();
    let toml = format!(
        "currency = \"GBP\"\ntimezone = \"Europe/London\"\n[input]\ndate_order = \"mdy\"\n{input}\n\
         [orders]\ngrain = \"line\"\nnegative = \"refund\"\n[users]\nacquired_on = \"first-order\"\n\
         [columns.orders]\norder_id = \"InvoiceNo\"\nuser_id = \"CustomerID\"\npaid_at = \"InvoiceDate\"\n\
         quantity = \"Quantity\"\nunit_price = \"UnitPrice\"\nproduct = \"StockCode\"\n"
    );
    Some(Shop::of_bytes(&[("orders.csv.gz", &orders), ("scrm.toml", toml.as_bytes())]))
}

#[test]
fn invoices_by_their_lines_in_two_spellings() {
    let Some(us) = retail("online_retail.csv.gz", "") else { return };
    let latin = "encoding = \"latin-1\"\ndecimal_comma = true";
    let Some(other) = retail("online_retail_latin1_semicolon.csv.gz", latin) else { return };
    let r = us.json("pnl -M");
    let tally = |key: &str| {
        let of = &r["reconciliation"][key];
        (of["orders"].as_u64().unwrap(), of["amount"].as_str().unwrap())
    };
    // 3,501 invoices: 1,515,110.70 of those that are not below zero (270 are 0.00), 206,153.42 of those that are.
    assert_eq!((tally("orders"), tally("refund_rows")), ((3_501, "1308957.28"), (586, "-206153.42")));
    // Guests, and customers with nothing but a cancelled invoice, are no users: 1,142,158.93 + 372,951.77 = 1,515,110.70.
    assert_eq!((tally("direct"), tally("unknown_user")), ((2_387, "1142158.93"), (528, "372951.77")));
    assert_eq!(
        (tally("before_joining"), tally("distribution"), tally("not_paid")),
        ((0, "0.00"), (0, "0.00"), (0, "0.00"))
    );
    let month = |i: usize| {
        let (direct, new) = (&r["columns"][i]["direct"], &r["columns"][i]["traffic"]["new_users"]);
        let text = |key: &str| direct[key].as_str().unwrap().to_string();
        (new.as_u64().unwrap(), direct["buyers"].as_u64().unwrap(), text("gross"), text("refunds"))
    };
    // What was cancelled before a customer's first invoice (2,359.98) is before joining.
    assert_eq!(month(0), (885, 885, "572713.89".into(), "12578.25".into()));
    assert_eq!(month(1), (417, 741, "569445.04".into(), "92367.24".into()));
    assert_eq!(r["total"]["direct"]["revenue"], "1037213.44", "1,142,158.93 − 104,945.49");
    for args in ["pnl -M -O json", "pnl -D --basis cohort -O csv", "check -v -O json"] {
        let (a, b) = (us.run(args), other.run(args));
        assert_eq!((a.status, b.status), (0, 0), "{args}: {}{}", a.err, b.err);
        let text = |bytes: Vec<u8>| {
            // How a file is written is the one thing that differs.
            let text = String::from_utf8(bytes).unwrap();
            text.replace("\"Latin-1\"", "\"UTF-8\"").replace("\";\"", "\",\"")
        };
        assert_eq!(text(a.out), text(b.out), "{args}");
    }
    let cut = us.run("pnl -M -O json --threads 3 --chunk-bytes 5000").out;
    assert_eq!(cut, us.run("pnl -M -O json").out);
}
