//! What a row of `orders` and of `users` is, by the settings: a refund, an item of an order, a user dated by an order.
//!
//! Small shops with figures that were worked out by hand, and public data with known sums.

use super::shop::Shop;

/// Two users of `douyin`; `kim` and guests are unknown. `d` sells to whom it is bound.
const USERS: &str = "user_id,acquired_on,channel\nmei,2026-01-05,douyin\ntom,2026-01-20,douyin\n";

#[test]
fn a_row_below_zero_is_a_refund_in_the_bucket_its_row_would_have_had() {
    let shop = Shop::new(&[
        ("users.csv", USERS),
        (
            "orders.csv",
            "order_id,user_id,paid_at,amount,status\n\
             O1,mei,2026-01-10,100.00,paid\n\
             O2,mei,2026-02-01,40.00,paid\n\
             C1,mei,2026-02-03,-30.00,paid\n\
             O3,tom,2026-02-04,50.00,paid\n\
             C2,tom,2026-02-05,-20.00,refunded\n\
             C3,kim,2026-02-06,-5.00,paid\n\
             C4,tom,2026-01-10,-7.00,paid\n\
             C5,,2026-02-07,-1.50,paid\n\
             C6,mei,2026-02-08,-9.00,cancelled\n",
        ),
        ("referrals.csv", "user_id,distributor_id,bound_at\ntom,d,2026-01-25\n"),
        ("scrm.toml", "[orders]\nnegative = \"refund\"\n[commission]\nlevels = [\"10%\"]\n"),
    ]);
    let r = shop.json("pnl -M");
    let feb = &r["columns"][1];
    // January: 100. February: 40, of which 30 came back in a row of its own.
    assert_eq!(r["columns"][0]["direct"]["revenue"], "100.00");
    assert_eq!([&feb["direct"]["gross"], &feb["direct"]["refunds"]], ["40.00", "30.00"]);
    assert_eq!([&feb["direct"]["orders"], &feb["direct"]["buyers"]], [1, 1]);
    // tom is bound to d since January 25: 50 − 20. The commission is that of the order alone, 50 × 10 %.
    assert_eq!([&feb["distribution"]["gross"], &feb["distribution"]["refunds"]], ["50.00", "20.00"]);
    assert_eq!([&feb["distribution"]["commission"], &feb["distribution"]["profit"]], ["5.00", "25.00"]);
    // C1 30 + C2 20 + C3 5 + C4 7 + C5 1.50 = 63.50; C6 is not paid. 190 − 63.50 − 9 = 117.50.
    let sums = &r["reconciliation"];
    let tally = |key: &str| (sums[key]["orders"].as_u64().unwrap(), sums[key]["amount"].as_str().unwrap());
    assert_eq!(tally("orders"), (9, "117.50"));
    assert_eq!(tally("refund_rows"), (5, "-63.50"));
    assert_eq!([tally("direct"), tally("distribution")], [(2, "140.00"), (1, "50.00")]);
    assert_eq!(
        [tally("not_paid"), tally("unknown_user"), tally("before_joining")],
        [(1, "-9.00"), (0, "0.00"), (0, "0.00")]
    );
    assert_eq!(sums["residual"], "0.00");
    // What stays outside is said, with its money.
    let said = |code: &str| {
        let all = r["warnings"].as_array().unwrap();
        all.iter().find(|w| w["code"] == code).unwrap_or_else(|| panic!("no {code}"))["message"].to_string()
    };
    assert!(said("unknown-user").contains("2 orders of users not in users (-6.50)"));
    assert!(said("before-joining").contains("(-7.00)"));
    assert!(said("refund-without-commission").contains("(20.00)"));
}

#[test]
fn the_date_of_a_row_below_zero_is_its_own_either_way() {
    let shop = |refunds_on: &str| {
        let toml = format!("[orders]\nnegative = \"refund\"\n[pnl]\nrefunds_on = \"{refunds_on}\"\n");
        Shop::new(&[
            ("users.csv", USERS),
            (
                "orders.csv",
                "order_id,user_id,paid_at,amount\nO1,mei,2026-01-10,100.00\nC1,mei,2026-03-03,-30.00\n",
            ),
            ("scrm.toml", &toml),
        ])
    };
    for refunds_on in ["refund", "order"] {
        let r = shop(refunds_on).json("pnl -M");
        assert_eq!(r["columns"][2]["direct"]["refunds"], "30.00", "{refunds_on}");
        assert_eq!(r["columns"][2]["direct"]["orders"], 0, "{refunds_on}");
        let cohort = shop(refunds_on).json("pnl -M --basis cohort");
        assert_eq!(cohort["columns"][0]["direct"]["revenue"], "70.00", "{refunds_on}");
    }
}

#[test]
fn rows_below_zero_bring_in_whom_a_setting_brings_in() {
    let shop = Shop::new(&[
        ("users.csv", USERS),
        (
            "orders.csv",
            "order_id,user_id,paid_at,amount\nC1,kim,2026-02-01,-5.00\nO1,kim,2026-02-03,9.00\n\
             C2,,2026-02-04,-2.00\nC3,mei,2026-01-02,-1.00\n",
        ),
        (
            "scrm.toml",
            "[orders]\nnegative = \"refund\"\nunknown_user = \"direct\"\nbefore_joining = \"direct\"\n",
        ),
    ]);
    for basis in ["period", "cohort"] {
        let r = shop.json(&format!("pnl -M --by channel --basis {basis}"));
        let of = |period: &str, channel: &str| {
            let columns = r["columns"].as_array().unwrap();
            columns.iter().find(|c| c["period"] == period && c["channel"] == channel).cloned().unwrap()
        };
        // kim counts as a user since the first row, of whatever sign; a guest who gives back is nobody new.
        let feb = of("2026-02", "(unknown)");
        assert_eq!([&feb["traffic"]["new_users"], &feb["direct"]["buyers"]], [1, 1], "{basis}");
        assert_eq!(feb["direct"]["revenue"], "2.00", "9 − 5 − 2; {basis}");
        let jan = of("2026-01", "douyin");
        assert_eq!([&jan["traffic"]["new_users"], &jan["direct"]["buyers"]], [2, 0], "{basis}");
        assert_eq!(jan["direct"]["revenue"], "-1.00", "{basis}");
    }
}

#[test]
fn a_row_below_zero_and_a_refund_of_it_contradict_each_other() {
    let shop = Shop::new(&[
        ("users.csv", USERS),
        ("orders.csv", "order_id,user_id,paid_at,amount,refund\nC1,mei,2026-02-01,-5.00,1.00\n"),
        ("scrm.toml", "[orders]\nnegative = \"refund\"\n"),
    ]);
    let said = shop.refused("pnl");
    assert!(
        said.contains("orders.csv:2:5: refund: refunds of 1.00 exceed the order's amount -5.00"),
        "{said}"
    );
}

#[test]
fn why_a_row_below_zero_pays_nothing() {
    let shop = Shop::new(&[
        ("users.csv", USERS),
        (
            "orders.csv",
            "order_id,user_id,paid_at,amount\nO1,tom,2026-02-01,50.00\nC1,tom,2026-02-05,-20.00\n",
        ),
        ("referrals.csv", "user_id,distributor_id,bound_at\ntom,d,2026-01-25\n"),
        ("scrm.toml", "[orders]\nnegative = \"refund\"\n[commission]\nlevels = [\"10%\"]\n"),
    ]);
    let (out, _) = shop.text("payouts --why C1");
    assert!(out.contains("-20.00, paid 2026-02-05: below zero, a refund and no order"), "{out}");
    assert!(
        out.contains("distribution: a refund of d's sales; it names no order, so it lowers no commission")
    );
    let d = &shop.json("payouts --as-of 2026-03-31")["distributors"][0];
    assert_eq!([&d["base"], &d["settled"]], ["50.00", "5.00"]);
}

#[test]
fn users_who_joined_with_their_first_order() {
    let orders = "order_id,user_id,paid_at,amount,status\n\
                  O1,mei,2026-02-10,10.00,paid\nO2,mei,2026-01-31 23:59,0.00,paid\nO3,mei,2026-01-02,5.00,cancelled\n\
                  O4,tom,2026-02-11,20.00,completed\nO5,kim,2026-02-12,30.00,paid\nO6,,2026-02-13,40.00,paid\n\
                  O7,ann,2026-02-14,50.00,unpaid\n";
    let toml = "[users]\nacquired_on = \"first-order\"\n";
    let with = Shop::new(&[
        ("users.csv", "user_id,channel\nmei,douyin\ntom,wechat\nann,wechat\n"),
        ("orders.csv", orders),
        ("scrm.toml", toml),
    ]);
    let r = with.json("pnl -M");
    let new = |r: &serde_json::Value, i: usize| r["columns"][i]["traffic"]["new_users"].clone();
    // mei with an order of 0 on January 31, what was cancelled before does not count; tom in February; ann never paid.
    assert_eq!((new(&r, 0), new(&r, 1), &r["acquired_on"]), (1.into(), 1.into(), &"first-order".into()));
    assert_eq!(r["columns"][1]["direct"]["users"], 2);
    assert_eq!(r["reconciliation"]["unknown_user"]["amount"], "70.00", "kim and a guest");
    assert!(r["warnings"].to_string().contains("1 user without a paid order"));
    // Without a table of users they are all who paid for an order.
    let without = Shop::new(&[("orders.csv", orders), ("scrm.toml", toml)]);
    let r = without.json("pnl -M --by channel");
    let channels: Vec<_> = r["columns"].as_array().unwrap().iter().map(|c| c["channel"].clone()).collect();
    assert_eq!((new(&r, 0), new(&r, 1)), (1.into(), 2.into()), "tom and kim in February");
    assert_eq!(channels, ["(none)", "(none)"]);
    assert_eq!(r["reconciliation"]["unknown_user"]["amount"], "40.00", "a guest is nobody");
    let (out, _) = without.text("pnl");
    assert!(out.contains("Users joined on the day of their first paid order"), "{out}");
    let (out, _) = without.text("pnl --lang zh");
    assert!(out.contains("用户的加入日期为其首笔已支付订单之日"), "{out}");
}

#[test]
fn a_user_without_an_order_is_in_no_figure_but_still_somebodys_own_user() {
    let shop = Shop::new(&[
        ("users.csv", "user_id,channel,cost\nmei,douyin,\nann,wechat,8.00\n"),
        ("orders.csv", "order_id,user_id,paid_at,amount\nO1,mei,2026-02-10,10.00\n"),
        ("distributors.csv", "distributor_id,user_id\nd,ann\n"),
        ("referrals.csv", "order_id,distributor_id\nO1,d\n"),
        ("scrm.toml", "[users]\nacquired_on = \"first-order\"\n"),
    ]);
    let r = shop.json("pnl -M --by channel");
    let of = |r: &serde_json::Value, channel: &str| {
        r["columns"].as_array().unwrap().iter().find(|c| c["channel"] == channel).cloned().unwrap()
    };
    assert_eq!(of(&r, "wechat")["distribution"]["gross"], "10.00");
    assert_eq!(of(&r, "wechat")["direct"]["users"], 0);
    assert_eq!(r["total"]["traffic"]["ad_spend"], "0.00", "the 8.00 are in the warning");
    assert!(r["warnings"].to_string().contains("in no figure (8.00)"));
    let r = shop.json("pnl -M --by channel --basis cohort");
    let unknown = of(&r, "wechat");
    assert_eq!([&unknown["period"], &unknown["distribution"]["gross"]], ["2026-02", "0.00"]);
    assert_eq!(r["total"]["distribution"]["gross"], "10.00", "it stands in a column without a cohort");
}

#[test]
fn of_several_rows_about_a_user_the_earliest_counts() {
    let rows = [
        "mei,2026-02-02,wechat,3.00",
        "mei,2026-01-05,douyin,1.00",
        "mei,2026-01-05,wechat,9.00",
        "tom,2026-01-07,douyin,",
    ];
    for turn in 0..4 {
        let mut rows = rows.to_vec();
        rows.rotate_left(turn);
        let text = format!("user_id,acquired_on,channel,cost\n{}\n", rows.join("\n"));
        let shop = Shop::new(&[
            ("users.csv", &text),
            ("orders.csv", "order_id,user_id,paid_at,amount\n"),
            ("scrm.toml", "[users]\nduplicates = \"first\"\n"),
        ]);
        // Of the two of January 5 the one that stands first.
        let first = rows.iter().find(|r| r.starts_with("mei,2026-01-05")).unwrap();
        let (channel, cost) = first.strip_prefix("mei,2026-01-05,").unwrap().split_once(',').unwrap();
        for more in ["", "--threads 3 --chunk-bytes 1"] {
            let r = shop.json(&format!("pnl --by channel {more}"));
            let columns = r["columns"].as_array().unwrap();
            let of = |name: &str| columns.iter().find(|c| c["channel"] == name).cloned();
            let spend = |name: &str| of(name).map_or("0.00".into(), |c| c["traffic"]["ad_spend"].clone());
            assert_eq!(r["total"]["traffic"]["new_users"], 2);
            assert_eq!(spend(channel), *cost, "{rows:?}");
            assert_eq!(r["total"]["traffic"]["ad_spend"], *cost, "{rows:?}");
            let left_out = 13.0 - cost.parse::<f64>().unwrap();
            let said =
                format!("2 more rows about users, left out: the earliest acquired_on counts ({left_out:.2})");
            assert!(r["warnings"].to_string().contains(&said), "{}", r["warnings"]);
        }
    }
    let twice = Shop::new(&[
        ("users.csv", "user_id,acquired_on\nmei,2026-01-05\nmei,2026-01-06\n"),
        ("orders.csv", "order_id,user_id,paid_at,amount\n"),
    ]);
    assert!(twice.refused("pnl").contains("stands already in users.csv:2"));
}

/// The users of this data are dated by their first purchase, so the setting finds the same dates.
#[test]
fn cdnow_by_first_orders_is_cdnow() {
    let Some(data) = super::shop::public("cdnow") else { return };
    let orders = std::fs::read(data.join("orders.csv")).unwrap();
    let users = std::fs::read_to_string(data.join("users.csv")).unwrap();
    let ids: String = users.lines().map(|l| l.split(',').next().unwrap().to_string() + "\n").collect();
    let toml = "[users]\nacquired_on = \"first-order\"\n";
    let undated = Shop::of_bytes(&[
        ("orders.csv", &orders),
        ("users.csv", ids.as_bytes()),
        ("scrm.toml", toml.as_bytes()),
    ]);
    let none = Shop::of_bytes(&[("orders.csv", &orders), ("scrm.toml", toml.as_bytes())]);
    let given = Shop::of_bytes(&[("orders.csv", &orders), ("users.csv", users.as_bytes())]);
    for args in ["pnl -M", "pnl -M --basis cohort"] {
        let want = given.json(args);
        for shop in [&undated, &none] {
            let mut got = shop.json(args);
            assert_eq!(got.as_object_mut().unwrap().remove("acquired_on"), Some("first-order".into()));
            assert_eq!(got, want, "{args}");
        }
    }
}
