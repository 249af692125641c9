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
    for command in ["pnl", "pnl -O markdown", "check"] {
        let (out, _) = shop.text(command);
        assert!(out.contains("+ refund rows 5 for -63.50"), "{command}: {out}");
        let (out, _) = shop.text(&format!("{command} --lang zh"));
        assert!(out.contains("+ 负数行（退款） 5 单 -63.50"), "{command}: {out}");
    }
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
    for command in ["pnl", "bridge", "distributors", "cohort", "plan"] {
        assert_eq!(without.json(command)["acquired_on"], "first-order", "{command}");
        for more in ["", " -O markdown"] {
            let (out, _) = without.text(&format!("{command}{more}"));
            assert!(out.contains("Users joined on the day of their first paid order"), "{out}");
            let (out, _) = without.text(&format!("{command}{more} --lang zh"));
            assert!(out.contains("用户的加入日期为其首笔已支付订单之日"), "{out}");
        }
    }
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
        // Of the two of January 5 that of the first channel by name, wherever it stands.
        let (channel, cost) = ("douyin", "1.00");
        for more in ["", "--threads 3 --chunk-bytes 1"] {
            let r = shop.json(&format!("pnl --by channel {more}"));
            let columns = r["columns"].as_array().unwrap();
            let of = |name: &str| columns.iter().find(|c| c["channel"] == name).cloned();
            let spend = |name: &str| of(name).map_or("0.00".into(), |c| c["traffic"]["ad_spend"].clone());
            assert_eq!(r["total"]["traffic"]["new_users"], 2);
            assert_eq!(spend(channel), cost, "{rows:?}");
            assert_eq!(r["total"]["traffic"]["ad_spend"], cost, "{rows:?}");
            // 3 + 9.
            let said = "2 more rows about users, left out: the earliest acquired_on counts (12.00)";
            assert!(r["warnings"].to_string().contains(said), "{}", r["warnings"]);
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

/// With products that have rates of their own; `tom` is bound to d, `up` stands above d.
fn lines(orders: &str, toml: &str) -> Shop {
    Shop::new(&[
        ("users.csv", USERS),
        ("orders.csv", orders),
        ("distributors.csv", "distributor_id,upline_id\nd,up\nup,\n"),
        ("referrals.csv", "user_id,distributor_id,bound_at\ntom,d,2026-01-25\n"),
        (
            "scrm.toml",
            &format!(
                "[orders]\ngrain = \"line\"\n{toml}\n[commission]\nlevels = [\"10%\", \"2%\"]\n\
                 [[commission.rate]]\nproduct = \"SKU-1\"\nlevels = [\"15%\"]\n"
            ),
        ),
    ])
}

#[test]
fn lines_of_one_id_are_one_order_wherever_they_lie() {
    let rows = [
        "O1,mei,2026-02-01 10:00,60.00,,,4.00,",
        "O2,mei,2026-02-02,7.00,,,,",
        "O1,mei,2026-02-01 09:59:30,40.00,10.00,2026-03-05,1.50,paid",
        "X-9,tom,2026-02-03,1.00,,,,refunded",
        "X-9,tom,2026-02-03,2.00,,2026-04-01,,",
        "O1,mei,2026-02-01 10:00,0.50,,,,",
    ];
    let header = "order_id,user_id,paid_at,amount,refund,refunded_at,goods_cost,status\n";
    let want = Shop::new(&[
        ("users.csv", USERS),
        (
            "orders.csv",
            // 60 + 40 + 0.50, 4 + 1.50 of goods; of X-9 all of 1 + 2 is back on the day that one line names.
            &format!(
                "{header}O1,mei,2026-02-01 09:59:30,100.50,10.00,2026-03-05,5.50,paid\n\
                 O2,mei,2026-02-02,7.00,,,,\nX-9,tom,2026-02-03,3.00,,2026-04-01,,refunded\n"
            ),
        ),
    ])
    .json("pnl -M");
    for turn in 0..rows.len() {
        let mut rows = rows;
        rows.rotate_left(turn);
        let (one, other) = rows.split_at(turn);
        let (one, other) = (one.join("\n"), other.join("\n"));
        let shop = Shop::new(&[
            ("users.csv", USERS),
            ("orders.csv", &format!("{header}{one}{}", if one.is_empty() { "" } else { "\n" })),
            ("orders-2.csv", &format!("{header}{other}\n")),
            ("scrm.toml", "[orders]\ngrain = \"line\"\n"),
        ]);
        for more in ["", " --threads 3 --chunk-bytes 1"] {
            assert_eq!(shop.json(&format!("pnl -M{more}")), want, "{turn}{more}");
        }
    }
}

#[test]
fn each_line_earns_its_rate() {
    let header = "order_id,user_id,paid_at,amount,product,refund,refunded_at\n";
    let shop = lines(
        &format!(
            "{header}O1,tom,2026-02-01,80.00,SKU-1,30.00,2026-02-20\nO2,tom,2026-02-02,9.99,SKU-2,,\n\
             O1,tom,2026-02-01,33.33,SKU-2,,\nO1,tom,2026-02-01,16.67,,,\nO2,tom,2026-02-02,0.01,SKU-3,,\n"
        ),
        "",
    );
    let owed = |day: &str| {
        let r = shop.json(&format!("payouts --as-of {day}"));
        let of = |id: &str| {
            let rows = r["distributors"].as_array().unwrap();
            let row = rows.iter().find(|row| row["distributor_id"] == id).unwrap();
            [row["base"].clone(), row["accrued"].clone()].map(|v| v.as_str().unwrap().to_string())
        };
        [of("d"), of("up")]
    };
    // 80 × 15 % + 50 × 10 % = 17, above 50 × 2 % = 1; O2: 10 × 10 % = 1 and 0.20.
    assert_eq!(owed("2026-02-19"), [["140.00", "18.00"], ["0.00", "1.20"]]);
    // 30 of SKU-1 are back: 50 × 15 % + 50 × 10 % = 12.50.
    assert_eq!(owed("2026-02-28"), [["110.00", "13.50"], ["0.00", "1.20"]]);
    let r = shop.json("payouts --lines --as-of 2026-02-28");
    let rows: Vec<[&str; 4]> = r["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| ["order_id", "rule", "rate", "commission"].map(|key| l[key].as_str().unwrap()))
        .collect();
    assert_eq!(
        rows,
        [
            ["O1", "rate[1] product SKU-1 15% + levels 10%", "0.125000", "12.50"],
            ["O1", "rate[1] product SKU-1 0% + levels 2%", "0.010000", "1.00"],
            ["O2", "levels 10%", "0.100000", "1.00"],
            ["O2", "levels 2%", "0.020000", "0.20"],
        ]
    );
    let (out, _) = shop.text("payouts --why O1 --as-of 2026-02-28");
    for line in [
        "product SKU-1 + SKU-2",
        "level 1: product SKU-1: rate[1] product SKU-1 15%: won, the most specific on 2026-02-01",
        "level 1: other items: levels 10%: won",
        "130.00 − 30.00 refunds = 100.00",
        "  product SKU-1: 50.00",
        "level 1: 50.00 × 15% + 50.00 × 10% = 12.50 → 12.50 (half-up)",
        "level 2: 50.00 × 0% + 50.00 × 2% = 1.00 → 1.00 (half-up)",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    let (out, _) = shop.text("payouts --why O1 --as-of 2026-02-28 --lang zh");
    assert!(out.contains("第 1 级：50.00 × 15% + 50.00 × 10% = 12.50 → 12.50（四舍五入）"), "{out}");
}

#[test]
fn an_amount_that_repeats_counts_once_and_is_split_by_what_lines_are_worth() {
    let orders = "order_id,user_id,paid_at,amount,product,refund,quantity,unit_price\n\
                  O1,tom,2026-02-01,90.00,SKU-1,,2,30\nO1,tom,2026-02-01,90.00,SKU-2,5.00,1,40\n\
                  O2,mei,2026-02-02,8.00,,1.00,1,9\nO2,mei,2026-02-02,8.00,,2.00,1,9\n";
    let shop = lines(orders, "order_amount_repeats = true");
    let r = shop.json("pnl");
    // The order's amount once; what was given back of each item adds up: 8 − 1 − 2.
    assert_eq!([&r["total"]["direct"]["revenue"], &r["total"]["distribution"]["revenue"]], ["5.00", "85.00"]);
    // 90 over 60 and 40 is 54 and 36, of which 5 are back: 54 × 15 % + 31 × 10 % = 11.20, and 31 × 2 % = 0.62.
    assert_eq!(r["total"]["distribution"]["commission"], "11.82");
    // What is the order's may stand on one of its rows alone, whichever.
    let sparse = orders.replace("O1,tom,2026-02-01,90.00,SKU-2", "O1,,,,SKU-2");
    let sparse = sparse.replace("O2,mei,2026-02-02,8.00,,1.00", "O2,mei,,,,1.00");
    assert_eq!(lines(&sparse, "order_amount_repeats = true").json("pnl"), r);
    let said = lines(&sparse, "order_amount_repeats = false").refused("pnl");
    assert!(said.contains("orders.csv:3:4: amount: no amount"), "{said}");
    // Without prices by the number of lines: 45 and 45: 45 × 15 % + 40 × 10 % = 10.75, and 40 × 2 % = 0.80.
    let plain = orders.replace("quantity,unit_price", "a,b");
    let r = lines(&plain, "order_amount_repeats = true").json("pnl");
    assert_eq!(r["total"]["distribution"]["commission"], "11.55");
    let other = orders.replace("O2,mei,2026-02-02,8.00,,2.00", "O2,mei,2026-02-02,8.01,,2.00");
    let said = lines(&other, "order_amount_repeats = true").refused("pnl");
    assert!(
        said.contains("orders.csv:5:4: amount: \"8.01\" is not what the same order has in orders.csv:4"),
        "{said}"
    );
    assert!(said.contains("set [orders] grain = \"line\" and order_amount_repeats = false"), "{said}");
}

#[test]
fn lines_below_zero_lower_their_order_and_whole_orders_below_zero_are_refunds() {
    let orders = "order_id,user_id,paid_at,amount,goods_cost\n\
                  O1,mei,2026-02-01,50.00,20\nO1,mei,2026-02-01,-20.00,-8\n\
                  C1,mei,2026-02-03,-9.00,-3\nC1,mei,2026-02-03,4.00,1\nC2,mei,2026-02-04,-1.00,\nC2,mei,2026-02-04,1.00,\n";
    let r = lines(orders, "negative = \"refund\"").json("pnl");
    // 50 − 20 is an order, −9 + 4 a refund of 5, −1 + 1 an order of nothing.
    let direct = &r["total"]["direct"];
    assert_eq!([&direct["orders"], &direct["buyers"]], [2, 1]);
    assert_eq!([&direct["gross"], &direct["refunds"], &direct["goods_cost"]], ["30.00", "5.00", "12.00"]);
    assert_eq!(r["reconciliation"]["refund_rows"], serde_json::json!({"orders": 1, "amount": "-5.00"}));
    let said = lines(orders, "").refused("pnl");
    assert!(said.contains("orders.csv:3:4: amount: \"-20.00\" is below zero"), "{said}");
}

#[test]
fn what_is_wrong_with_a_whole_order_is_told_at_its_first_line() {
    for (rows, toml, says) in [
        (
            "O1,mei,2026-02-01,5.00,9.00,,\nO1,mei,2026-02-01,5.00,2.00,,",
            "",
            &["orders.csv:2:5: refund: refunds of 11.00 exceed the order's amount 10.00"][..],
        ),
        (
            "O1,mei,2026-02-01,5.00,,,\nO1,,2026-02-02,5.00,,,paid\nO1,mei,2026-02-01,5.00,,,shipped",
            "",
            &[
                "orders.csv:3:2: user_id: \"\" is not what the same order has in orders.csv:2",
                "orders.csv:3:3: paid_at: \"2026-02-02\" is not what the same order has in orders.csv:2",
                "orders.csv:4:7: status: \"shipped\" is not what the same order has in orders.csv:3",
                "3 problems",
            ],
        ),
        (
            "O1,mei,2026-02-01,999999999999.00,,,\nO1,mei,2026-02-01,1.00,,,",
            "",
            &["orders.csv:2:4: amount: it has more than 12 digits before the point"],
        ),
        // What is wrong with one line says nothing about the order.
        (
            "O1,mei,2026-02-01,x,,,\nO1,mei,2026-02-01,1.00,9.00,,\nO2,mei,,1.00,,,paid",
            "",
            &[
                "orders.csv:2:4: amount: \"x\"",
                "orders.csv:4:3: paid_at: a paid order without a date",
                "2 problems",
            ],
        ),
        (
            "O1,kim,2026-02-01,1.00,,,\nO1,kim,2026-02-01,1.00,,,",
            "unknown_user = \"error\"",
            &["orders.csv:2:2: user_id: the order's user is not in users", "1 problem;"],
        ),
    ] {
        let header = "order_id,user_id,paid_at,amount,refund,refunded_at,status\n";
        let shop = lines(&format!("{header}{rows}\n"), toml);
        for more in ["", " --threads 3 --chunk-bytes 1"] {
            let said = shop.refused(&format!("pnl{more}"));
            says.iter().for_each(|line| assert!(said.contains(line), "{line}\n{said}"));
        }
    }
}

#[test]
fn order_ids_of_lines_that_only_look_alike() {
    let rows = "a1,mei,2026-02-01,1.00\nA1,mei,2026-02-01,1.00\na1,mei,2026-02-01,1.00\n";
    let r = lines(&format!("order_id,user_id,paid_at,amount\n{rows}"), "").json("pnl");
    let said = r["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "lookalike-id").unwrap();
    assert_eq!((&said["count"], &r["total"]["direct"]["orders"]), (&1.into(), &2.into()));
}

#[test]
fn amounts_by_quantity_and_unit_price() {
    let orders = |header: &str| {
        format!(
            "order_id,user_id,paid_at,{header}\nO1,mei,2026-02-01,3,0.3333\nO2,mei,2026-02-02,1.5,0.0001\n"
        )
    };
    let shop = |orders: &str, toml: &str| {
        Shop::new(&[("users.csv", USERS), ("orders.csv", orders), ("scrm.toml", toml)])
    };
    let r = shop(&orders("quantity,unit_price"), "").json("pnl");
    // 0.9999 + 0.00015, which is rounded to 0.0002.
    assert_eq!(r["total"]["direct"]["gross"], "1.0001");
    assert!(r["warnings"].to_string().contains("1 amount rounded to 4 decimals"));
    // An amount wins, and prices beside it are read by nobody.
    let both = "order_id,user_id,paid_at,amount,quantity,unit_price\nO1,mei,2026-02-01,5,\"a\nb\",x\n";
    assert_eq!(shop(both, "").json("pnl")["total"]["direct"]["gross"], "5.00");
    for (header, says) in [
        ("quantity,price", "orders.csv:1: amount: the header lacks this column"),
        ("number,unit_price", "orders.csv:1: amount: the header lacks this column"),
    ] {
        assert!(shop(&orders(header), "").refused("pnl").contains(says));
    }
    let toml = "[orders]\nnegative = \"refund\"\n";
    for (cells, negative, says) in [
        ("-1,5", "", "orders.csv:2:4: quantity: \"-1\" is below zero"),
        ("1,-5", "", "orders.csv:2:5: unit_price: \"-5\" is below zero"),
        ("-1,-5", toml, "orders.csv:2:5: unit_price: \"-5\" is below zero"),
        (
            "999999999999,999999999999",
            "",
            "orders.csv:2:5: unit_price: \"999999999999\" has more than 12 digits",
        ),
        ("one,x", "", "orders.csv:2:4: quantity: \"one\" is not an amount"),
        (",1", "", "orders.csv:2:4: quantity: no amount"),
    ] {
        let text = format!("order_id,user_id,paid_at,quantity,unit_price\nO1,mei,2026-02-01,{cells}\n");
        let said = shop(&text, negative).refused("pnl");
        assert!(said.contains(says), "{said}");
    }
}
