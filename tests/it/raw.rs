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
        ("day,tv\n2026-01-01,5\n", all, "ad_spend.csv:1: date: the header lacks this column"),
    ] {
        let said = wide(text, toml).refused("pnl");
        assert!(said.contains(says), "{said}");
    }
    let r = wide("date,tv\n2026-01-01,5\n2026-01-01,5\n2026-01-02,0\n2026-01-02,0\n", all).json("pnl");
    let again = r["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "repeated-spend").unwrap();
    assert_eq!((&again["count"], &r["total"]["traffic"]["ad_spend"]), (&1.into(), &"10.00".into()));
}
