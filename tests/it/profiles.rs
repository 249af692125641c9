//! Exports as platforms write them: the full headers, with invented rows, read by the profiles that come with the
//! program or the user's own. Figures are worked out by hand.

use super::exports::{ENCODINGS, delimited, dir_with, first_problem, scrm};
use super::sheets::of_rows;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

pub const WECHAT: &str = "订单号,订单下单时间,订单发货时间,订单确认收货时间,订单完成结算时间,订单状态,发货方式,收件人姓名,收件人地址,省,市,区,收件人手机,\
买家备注,商家备注,打标颜色,商品总价,订单实际支付金额,订单实际收款金额,订单运费,商品优惠,跨店优惠,商品改价,积分抵扣,支付方式,支付时间,交易单号,物流公司,\
快递单号,技术服务费,技术服务费（将以人气卡形式返还）,运费险预计投保费用,带货方式,带货账号类型,带货账号昵称,带货ID,带货费用渠道,带货费用类型,带货费用,\
带货佣金率,企微企业ID,企微工号,导购最近分享时间,企业微信加密id,企微备注,礼物单号,商品名称,商品编码(平台),商品编码（自定义）,SKU编码(自定义),商品属性,\
商品价格(单件),商品实际价格(单件),商品实际价格(总共),是否预售,商品数量,商品平台券优惠,商品平均运费,活动商家补贴,定制信息,定制预览图,商品发货,商品售后,商品已退款金额";
pub const YOUZAN: &str = "订单号,销售渠道,归属店铺,订单类型,订单状态,推广方式,订单来源,订单创建时间,买家付款时间,交易成功时间,付款方式,支付流水号,商品金额合计,\
运费,店铺优惠合计,应收订单金额,订单实付金额,支付优惠合计,订单实收金额,订单抵用积分数,店铺优惠方式,支付优惠方式,全部商品名称,商品种类数,订单配送方式,\
同城送达时间/提货时间,收货人省份,收货人城市,收货人地区,详细收货地址/提货地址,收货人/提货人,收货人手机号/提货人手机号,买家备注,订单星级,买家昵称,买家是否会员,\
买家手机号,下单网点,收银员,分销员,销售导购,专属导购,订单退款状态,订单已退款金额,商家订单备注,桌号,挂账主体,挂账手机号,团长订单,订单风险标签,分销员,\
分销员手机号,分销员所属店铺,分销员所属团队,分销员所属分组,分销员等级,订单佣金类型,订单佣金金额,订单下级卖货提成类型,订单下级卖货提成金额";
pub const YOUZAN_CUSTOMERS: &str = "客户姓名,客户昵称,客户手机号,客户生日,客户性别,标签,是否会员,成长值,免费等级,付费等级,权益卡,客户积分,客户储值余额,消费次数,\
消费金额,累计退款金额,累计退款订单数,笔单价,上次消费时间,分销员,导购员,企微好友,来源渠道,来源方式,成为客户时间,成为会员时间,成为会员店铺,公众号,\
公众号关注时间,最近浏览时间,微信地域,所属区域,指定时间消费次数,指定时间消费金额,";
pub const DOUYIN: &str = "主订单编号,子订单编号,选购商品,商品规格,商品数量,商家编码,订单应付金额,运费,收件人,收件人手机号,详细地址,订单提交时间,商家备注,\
订单完成时间,订单状态,售后状态,取消原因,发货时间,平台实际承担优惠金额,商家实际承担优惠金额,达人实际承担优惠金额";

/// Rows under a header, each by the names of its columns; `NAME#2` is the second of a name. Other cells are empty.
pub fn rows(header: &str, rows: &[&[(&str, &str)]]) -> Vec<Vec<String>> {
    let names: Vec<&str> = header.split(',').collect();
    let mut all = vec![names.iter().map(ToString::to_string).collect::<Vec<_>>()];
    for row in rows {
        let mut cells = vec![String::new(); names.len()];
        for (name, value) in *row {
            let (name, nth) = name.strip_suffix("#2").map_or((*name, 0), |name| (name, 1));
            let mut at = (0..names.len()).filter(|i| names[*i] == name);
            cells[at.nth(nth).unwrap_or_else(|| panic!("no column {name}"))] = (*value).into();
        }
        all.push(cells);
    }
    all
}

pub fn refs(rows: &[Vec<String>]) -> Vec<Vec<&str>> {
    rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect()
}

/// Rows as delimited text.
pub fn text(rows: &[Vec<String>], delimiter: char) -> String {
    let rows = refs(rows);
    delimited(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>(), delimiter)
}

pub fn csv(header: &str, of: &[&[(&str, &str)]]) -> String {
    text(&rows(header, of), ',')
}

pub fn pnl(dir: &Path, more: &str) -> Value {
    let run = scrm("pnl", dir, &format!("-O json {more}"));
    assert_eq!(run.status, 0, "{}", run.err);
    serde_json::from_slice(&run.out).unwrap()
}

/// What is said beside a report.
pub fn said(dir: &Path) -> String {
    let run = scrm("pnl", dir, "");
    assert_eq!(run.status, 0, "{}", run.err);
    run.err
}

pub fn figures(report: &Value, keys: &[(&str, &str)]) {
    for (key, want) in keys {
        let got = key.split('.').fold(report, |value, key| &value[key]);
        assert_eq!(got.as_str().map_or_else(|| got.to_string(), str::to_string), *want, "{key}");
    }
}

fn put(dir: &TempDir, name: &str, bytes: impl AsRef<[u8]>) {
    let path = dir.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

const USERS: &str =
    "user_id,acquired_on,channel\n13800000001,2026-01-05,视频号\n13800000002,2026-01-06,抖音\n";

/// 100.00 of the first user, of which 30.00 came back; 59.90 of the second, sold by SPHA; one not paid, one that was all
/// sent back (20.00). Direct: gross 100.00 + 20.00, refunds 30.00 + 20.00. Distribution: 59.90.
#[test]
fn wechat_store_orders() {
    let orders = csv(
        WECHAT,
        &[
            &[
                ("订单号", "3700000000000000001"),
                ("订单状态", "已完成"),
                ("收件人手机", "13800000001"),
                ("订单实际支付金额", "105.00"),
                ("订单实际收款金额", "100.00"),
                ("支付时间", "2026-02-01 10:00:00"),
                ("商品已退款金额", "30.00"),
                ("带货ID", "-"),
            ],
            &[
                ("订单号", "3700000000000000002"),
                ("订单状态", "待收货"),
                ("收件人手机", "13800000002"),
                ("订单实际支付金额", "59.90"),
                ("订单实际收款金额", "59.90"),
                ("支付时间", "2026-02-02 10:00:00"),
                ("商品已退款金额", "0"),
                ("带货ID", "SPHA"),
            ],
            &[
                ("订单号", "3700000000000000003"),
                ("订单状态", "待付款"),
                ("收件人手机", "13800000002"),
                ("订单实际支付金额", "7.00"),
                ("订单实际收款金额", "7.00"),
            ],
            &[
                ("订单号", "3700000000000000004"),
                ("订单状态", "售后取消"),
                ("收件人手机", "13800000001"),
                ("订单实际支付金额", "20.00"),
                ("订单实际收款金额", "20.00"),
                ("支付时间", "2026-02-03 10:00:00"),
            ],
        ],
    );
    let dir = dir_with(&[("users.csv", USERS.as_bytes()), ("orders.csv", orders.as_bytes())]);
    figures(
        &pnl(dir.path(), ""),
        &[
            ("total.direct.gross", "120.00"),
            ("total.direct.refunds", "50.00"),
            ("total.distribution.gross", "59.90"),
            ("reconciliation.not_paid.amount", "7.00"),
            ("reconciliation.unknown_user.amount", "0.00"),
        ],
    );
    let said = said(dir.path());
    assert!(
        said.contains("orders.csv: read by the profile wechat-store (WeChat Store orders; 5 of 5 headers)"),
        "{said}"
    );
    assert!(said.contains("amount = 订单实际收款金额, refund = 商品已退款金额"), "{said}");
    assert!(
        said.contains("referrals: taken from orders, where 带货ID names the distributor of 1 order\n"),
        "{said}"
    );
}

/// An order of two items stands on two rows, its amounts on both: it is one order of 130.00, of which 30.00 came back for
/// one item.
#[test]
fn wechat_store_orders_of_several_items() {
    let row = |id: &'static str, product: &'static str, amount: &'static str, refunded: &'static str| {
        vec![
            ("订单号", id),
            ("订单状态", "已完成"),
            ("收件人手机", "13800000001"),
            ("订单实际收款金额", amount),
            ("支付时间", "2026-02-01 10:00:00"),
            ("商品编码(平台)", product),
            ("商品已退款金额", refunded),
            ("带货ID", "SPHA"),
        ]
    };
    let all = [
        row("37001", "A", "130.00", "30.00"),
        row("37001", "B", "130.00", "0.00"),
        row("37002", "B", "50.00", "0.00"),
    ];
    let orders = csv(WECHAT, &all.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let dir = dir_with(&[("users.csv", USERS.as_bytes()), ("orders.csv", orders.as_bytes())]);
    for more in ["", "--chunk-bytes 1 --threads 3"] {
        figures(
            &pnl(dir.path(), more),
            &[
                ("total.distribution.orders", "2"),
                ("total.distribution.gross", "180.00"),
                ("total.distribution.refunds", "30.00"),
            ],
        );
    }
    // The settings say more than a profile: a row is an order then, and one stands twice.
    put(&dir, "scrm.toml", "[orders]\ngrain = \"order\"\n");
    assert!(first_problem(dir.path(), "").contains("stands already in orders.csv:2"));
    // A profile by which amounts do not repeat cannot be read into the same table.
    put(
        &dir,
        "scrm.toml",
        "[[profile]]\nname = \"mine\"\nbase = \"youzan-items\"\norder_amount_repeats = false\nrequired = [\"我的单号\"]\n\
        columns = { order_id = \"我的单号\" }\n",
    );
    put(
        &dir,
        "orders-2.csv",
        "我的单号,买家手机号,买家付款时间,订单实付金额\nx1,13800000001,2026-02-01,1.00\n",
    );
    let run = scrm("pnl", dir.path(), "");
    assert!(
        run.status == 4 && run.err.contains("the profiles wechat-store and mine differ"),
        "{} {}",
        run.status,
        run.err
    );
}

fn youzan(delimiter: char) -> (String, String) {
    let customers = rows(
        YOUZAN_CUSTOMERS,
        &[
            &[
                ("客户姓名", " "),
                ("客户手机号", "13800000001"),
                ("来源渠道", "视频号"),
                ("成为客户时间", "2026-01-05 09:00:00"),
                ("导购员", "李导"),
            ],
            &[
                ("客户昵称", "小,李"),
                ("客户手机号", "13800000002"),
                ("来源渠道", "——"),
                ("成为客户时间", "2026/1/6 9:00"),
            ],
        ],
    );
    let orders = rows(
        YOUZAN,
        &[
            &[
                ("订单号", "E2026020100000000001"),
                ("订单状态", "交易完成"),
                ("买家付款时间", "2026-02-01 10:00:00"),
                ("交易成功时间", "2026-02-09 10:00:00"),
                ("订单实付金额", "99.00"),
                ("买家手机号", "13800000001"),
                ("分销员", "——"),
                ("分销员#2", "张三"),
                ("订单已退款金额", "9.00"),
            ],
            &[
                ("订单号", "E2026020100000000002"),
                ("订单状态", "已发货"),
                ("买家付款时间", "2026-02-02 10:00:00"),
                ("交易成功时间", "——"),
                ("订单实付金额", "1,135.27"),
                ("买家手机号", "13800000002"),
                ("分销员", "——"),
                ("分销员#2", "——"),
                ("订单已退款金额", "0.00"),
            ],
            &[
                ("订单号", "E2026020100000000003"),
                ("订单状态", "交易关闭"),
                ("买家付款时间", "——"),
                ("订单实付金额", "0.00"),
                ("买家手机号", " "),
                ("分销员", "李四"),
                ("分销员#2", "王五"),
            ],
            &[
                ("订单号", "E2026020100000000004"),
                ("订单状态", "待发货"),
                ("买家付款时间", "2026-02-04 10:00:00"),
                ("订单实付金额", "28.16元"),
                ("收货人手机号/提货人手机号", "13800000001"),
                ("买家手机号", "——"),
                ("分销员", "李四"),
                ("分销员#2", "王五"),
            ],
        ],
    );
    (text(&customers, delimiter), text(&orders, delimiter))
}

/// By hand: 张三 sold 99.00 − 9.00, 李四 (whose name is filled first) 28.16; direct is 1,135.27 of the second customer,
/// whose channel is none. The fourth order has no phone of its buyer, so it is a guest's, and still 李四's.
#[test]
fn youzan_orders_and_customers() {
    let (customers, orders) = youzan(',');
    let settings = "[commission]\nlevels = [\"10%\"]\n";
    let dir = dir_with(&[
        ("users.csv", customers.as_bytes()),
        ("orders.csv", orders.as_bytes()),
        ("scrm.toml", settings.as_bytes()),
    ]);
    figures(
        &pnl(dir.path(), ""),
        &[
            ("total.traffic.new_users", "2"),
            ("total.direct.revenue", "1135.27"),
            ("total.distribution.gross", "127.16"),
            ("total.distribution.refunds", "9.00"),
            // 90.00 × 10 % + 28.16 × 10 % = 9.00 + 2.82
            ("total.distribution.commission", "11.82"),
            ("total.distribution.active", "2"),
            ("reconciliation.not_paid.orders", "1"),
        ],
    );
    let payouts = scrm("payouts", dir.path(), "-O csv");
    let rows = String::from_utf8(payouts.out).unwrap();
    assert!(rows.contains("张三,") && rows.contains("李四,") && !rows.contains("王五"), "{rows}");
    let said = said(dir.path());
    assert!(said.contains("profile youzan-customers") && said.contains("profile youzan-orders"), "{said}");
}

/// The same rows in every encoding, with every delimiter, in pieces of any size and in a workbook, are the same report.
#[test]
fn an_export_is_the_same_however_it_is_written() {
    let (customers, orders) = youzan(',');
    let plain = dir_with(&[("users.csv", customers.as_bytes()), ("orders.csv", orders.as_bytes())]);
    let want = pnl(plain.path(), "-M --by channel");
    for (name, encode) in ENCODINGS {
        for delimiter in [',', ';', '\t'] {
            let (customers, orders) = youzan(delimiter);
            let dir = dir_with(&[("users.csv", &encode(&customers)), ("orders.csv", &encode(&orders))]);
            for more in ["", "--chunk-bytes 1 --threads 3", "--chunk-bytes 777"] {
                assert_eq!(
                    pnl(dir.path(), &format!("-M --by channel {more}")),
                    want,
                    "{name} {delimiter:?} {more}"
                );
            }
        }
    }
    let of = |text: &str| -> Vec<u8> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let rows: Vec<Vec<String>> =
            reader.records().map(|r| r.unwrap().iter().map(String::from).collect()).collect();
        let rows = refs(&rows);
        of_rows("订单", &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    let dir = dir_with(&[("users.xlsx", &of(&customers)), ("orders.csv", &of(&orders))]);
    assert_eq!(pnl(dir.path(), "-M --by channel"), want);
}

/// 抖店: ids guarded with tabs, personal data encrypted, refunds told by the second status. By hand: 60.00 paid and kept,
/// 20.00 paid and given back; 5.00 is closed. Nobody knows the buyers, so all are guests: outside by default, and users of
/// `(unknown)` where the settings say so.
#[test]
fn douyin_orders() {
    let row = |id: &'static str, amount: &'static str, status: &'static str, after: &'static str| {
        vec![
            ("主订单编号", "\t6917900000000000000"),
            ("子订单编号", id),
            ("订单应付金额", amount),
            ("收件人手机号", "$$Kx1=="),
            ("收件人", "##aB"),
            ("订单提交时间", "2026-02-01 10:00:00"),
            ("订单状态", status),
            ("售后状态", after),
            ("订单完成时间", "-"),
        ]
    };
    let all = [
        row("\t6917900000000000001", "60.00", "已完成", "-"),
        row("\t6917900000000000002", "20.00", "已完成", "退款成功"),
        row("\t6917900000000000003", "5.00", "已关闭", "-"),
    ];
    let orders = csv(DOUYIN, &all.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let settings = b"[orders]\nunknown_user = \"direct\"\n";
    let dir = dir_with(&[
        ("users.csv", USERS.as_bytes()),
        ("orders.csv", format!("\u{feff}{orders}").as_bytes()),
        ("scrm.toml", settings),
    ]);
    figures(
        &pnl(dir.path(), ""),
        &[
            ("total.direct.gross", "80.00"),
            ("total.direct.refunds", "20.00"),
            ("reconciliation.not_paid.amount", "5.00"),
        ],
    );
}

/// 巨量引擎 and 腾讯广告: no channel in the reports, so it is the platform's name; a totals row is compared and dropped; a report
/// that has only a header has no rows.
#[test]
fn ad_spend_of_two_platforms() {
    let ocean = "时间-天,项目ID,项目名称,消耗,展示数,平均千次展现费用(元),点击数,点击率%,平均点击单价(元),转化数\n\
        2026-02-01,1,春季,100.50,1000,3.5,10,1.00%,1.2,1\n2026-02-02,1,春季,49.50,1000,3.5,10,1.00%,1.2,1\n合计,-,-,150.00,2000,3.5,20,1.00%,1.2,2\n";
    let tencent = "日期\t营销单元名称\t曝光次数\t点击次数\t花费\t点击率\n2026-02-01\t单元一\t24,993\t321\t1,135.27\t4.27%\n";
    let empty = "时间-天,消耗,展示数,点击数\n";
    let dir = dir_with(&[
        ("users.csv", USERS.as_bytes()),
        ("orders.csv", b"order_id,user_id,paid_at,amount\n"),
        ("ad_spend-1.csv", &ENCODINGS[2].1(ocean)),
        ("ad_spend-2.csv", tencent.as_bytes()),
        ("ad_spend-3.csv", empty.as_bytes()),
    ]);
    let report = pnl(dir.path(), "--by channel");
    figures(&report, &[("total.traffic.ad_spend", "1285.27")]); // 100.50 + 49.50 + 1,135.27
    let of = |channel: &str| {
        let all = report["columns"].as_array().unwrap();
        all.iter().find(|c| c["channel"] == channel).map(|c| c["traffic"]["ad_spend"].clone())
    };
    assert_eq!((of("巨量引擎"), of("腾讯广告")), (Some("150.00".into()), Some("1135.27".into())));
    assert!(said(dir.path()).contains("ad_spend-1.csv: left aside: 1 line of totals, equal to ours\n"));
}

/// A profile of one's own, based on one that comes with the program: the channel is the one that the users have. It may
/// stand in scrm.toml or in a file.
#[test]
fn a_profile_of_ones_own() {
    let ocean = "时间-天,消耗,展示数,点击数\n2026-02-01,100.50,1000,10\n";
    let own = "name = \"my-ocean\"\nbase = \"ocean-engine\"\nconstants = { channel = \"抖音\" }\n";
    for (settings, file) in [
        (format!("[[profile]]\n{own}"), String::new()),
        ("[input]\nprofiles = [\"my.toml\"]\n".into(), own.into()),
        ("[input]\nprofiles = \"my.toml\"\nprofile = \"my-ocean\"\n".into(), format!("[[profile]]\n{own}")),
    ] {
        let dir = dir_with(&[
            ("users.csv", USERS.as_bytes()),
            ("orders.csv", b"order_id,user_id,paid_at,amount\n"),
            ("ad_spend.csv", ocean.as_bytes()),
            ("scrm.toml", settings.as_bytes()),
            ("my.toml", file.as_bytes()),
        ]);
        let report = pnl(dir.path(), "--by channel");
        let spend =
            |c: &Value| (c["channel"].as_str().unwrap().to_string(), c["traffic"]["ad_spend"].clone());
        let all: Vec<_> = report["columns"].as_array().unwrap().iter().map(spend).collect();
        assert!(all.contains(&("抖音".into(), "100.50".into())), "{settings}: {all:?}");
    }
}

/// Units, signs and rows that are left out. By hand: 12345 fen are 123.45; of the ledger 10.00 in and 4.00 out are 10.00
/// and −4.00, of which the test row of 9.99 is left out.
#[test]
fn fen_signs_and_rows_left_out() {
    let settings = "[[profile]]\nname = \"api\"\ntable = \"ad_spend\"\nunit = \"fen\"\nrequired = [\"day\", \"cost_in_fen\"]\n\
        columns = { date = \"day\", amount = \"cost_in_fen\" }\nconstants = { channel = \"腾讯广告\" }\n\
        [[profile]]\nname = \"ledger\"\ntable = \"adjustments\"\nrequired = [\"动账时间\", \"动账方向\"]\n\
        columns = { distributor_id = \"达人\", date = \"动账时间\", amount = \"动账金额\" }\n\
        sign = { column = \"动账方向\", plus = [\"入账\"], minus = [\"出账\"] }\nleave_out = { \"场景\" = [\"测试\"] }\n";
    let ledger = "动账时间,动账方向,动账金额,达人,场景\n2026-02-01,入账,10.00,d1,结算\n2026-02-02,出账,4.00,d1,结算\n2026-02-03,入账,9.99,d1,测试\n";
    let files: [(&str, &[u8]); 6] = [
        ("users.csv", USERS.as_bytes()),
        ("orders.csv", b"order_id,user_id,paid_at,amount\n"),
        ("ad_spend.csv", b"day,cost_in_fen\n20260201,12345\n"),
        ("distributors.csv", b"distributor_id\nd1\n"),
        ("adjustments.csv", ledger.as_bytes()),
        ("scrm.toml", settings.as_bytes()),
    ];
    let dir = dir_with(&files);
    figures(&pnl(dir.path(), ""), &[("total.traffic.ad_spend", "123.45")]);
    let owed: Value = serde_json::from_slice(&scrm("payouts", dir.path(), "-O json").out).unwrap();
    figures(&owed, &[("total.adjustments", "6.00")]);
    let warned = String::from_utf8(scrm("pnl", dir.path(), "").out).unwrap();
    assert!(
        warned.contains("adjustments.csv:4:5: 场景: 1 row left out by the profile (9.99); first: \"测试\""),
        "{warned}"
    );
    put(&dir, "adjustments.csv", ledger.replace("出账", "退回"));
    assert_eq!(
        first_problem(dir.path(), ""),
        "error: adjustments.csv:3:3: amount: \"4.00\" is not an amount of money"
    );
}

/// What is wrong with a file of profiles is told with its line; so is a profile that is not there.
#[test]
fn profiles_that_are_wrong_are_told() {
    for (settings, file, says) in [
        (
            "[input]\nprofiles = \"my.toml\"\n",
            "name = \"mine\"\ntable = \"order\"\n",
            "my.toml:2: table: \"order\" is none of users",
        ),
        ("[input]\nprofiles = \"my.toml\"\n", "name = \"mine\"\n[columns\n", "my.toml:2: "),
        (
            "[input]\nprofiles = \"my.toml\"\nprofile = \"mime\"\n",
            "name = \"mine\"\ntable = \"users\"\n",
            "scrm.toml:3: profile: no profile \"mime\"; did you mean mine?",
        ),
        ("[input]\nprofiles = \"none.toml\"\n", "", "none.toml: "),
    ] {
        let dir = dir_with(&[
            ("users.csv", USERS.as_bytes()),
            ("orders.csv", b"order_id,user_id,paid_at,amount\n"),
            ("scrm.toml", settings.as_bytes()),
            ("my.toml", file.as_bytes()),
        ]);
        let run = scrm("pnl", dir.path(), "");
        assert!(
            [2, 4].contains(&run.status) && run.err.contains(says),
            "{settings}: {} {}",
            run.status,
            run.err
        );
    }
}

/// A table under common Chinese or English headers needs no settings; our own names win where they stand beside others.
#[test]
fn generic_headers() {
    let plain = dir_with(&[
        ("users.csv", b"user_id,acquired_on,channel\nu1,2026-01-05,A\n"),
        (
            "orders.csv",
            b"order_id,user_id,paid_at,amount,refund,status\no1,u1,2026-02-01,10.00,1.00,completed\n",
        ),
        ("ad_spend.csv", b"date,channel,amount\n2026-02-01,A,3.00\n"),
        ("team_cost.csv", b"date,amount\n2026-02,28.00\n"),
    ]);
    let want = pnl(plain.path(), "-M");
    for (users, orders, spend, team) in [
        (
            "客户编号,添加时间,来源渠道\n",
            "订单编号,客户编号,付款时间,实付金额（元）,已退款金额,订单状态\n",
            "日期,渠道,消耗\n",
            "月份,金额\n",
        ),
        (
            "Customer ID,Created At,Source\n",
            "Order Number,Customer ID,Payment Time,Paid Amount,Refund Amount,Order Status\n",
            "Day,Platform,Spend\n",
            "Month,Cost\n",
        ),
        (
            "user_id,添加时间,channel\n",
            "订单号,user_id,paid_at,amount,退款金额,状态\n",
            "统计日期,channel,花费金额\n",
            "所属月份,工资\n",
        ),
    ] {
        let dir = dir_with(&[
            ("users.csv", format!("{users}u1,2026-01-05,A\n").as_bytes()),
            ("orders.csv", format!("{orders}o1,u1,2026-02-01,10.00,1.00,completed\n").as_bytes()),
            ("ad_spend.csv", format!("{spend}2026-02-01,A,3.00\n").as_bytes()),
            ("team_cost.csv", format!("{team}2026-02,28.00\n").as_bytes()),
        ]);
        assert_eq!(pnl(dir.path(), "-M"), want, "{orders}");
    }
}

/// Where what was paid and what was payable both stand in a header, what was paid is taken, and said.
#[test]
fn of_several_headers_the_first_by_the_profile_is_taken() {
    let dir = dir_with(&[
        ("users.csv", USERS.as_bytes()),
        ("orders.csv", "订单金额,实付金额,下单时间,付款时间,手机号,订单号\n9.00,8.00,2026-01-31,2026-02-01,13800000001,o1\n".as_bytes()),
    ]);
    figures(&pnl(dir.path(), ""), &[("total.direct.gross", "8.00")]);
    let said = said(dir.path());
    assert!(
        said.contains("order_id = 订单号, user_id = 手机号, paid_at = 付款时间, amount = 实付金额\n"),
        "{said}"
    );
}

/// A header that no profile fits is refused, with the most like one; a profile that is asked for is taken.
#[test]
fn what_fits_nothing_says_what_it_is_like() {
    let dir = dir_with(&[
        ("users.csv", USERS.as_bytes()),
        ("orders.csv", "订单号,买家ID,金额,备注\no1,u1,1.00,\n".as_bytes()),
    ]);
    let said = first_problem(dir.path(), "");
    assert!(
        said.starts_with(
            "error: orders.csv:1: paid_at: the header lacks this column; looked for \"paid_at\", \"支付时间\""
        ),
        "{said}"
    );
    assert!(said.ends_with("it is most like the profile orders-zh (3 of 4 headers)"), "{said}");
    put(&dir, "orders.csv", "订单号,买家ID,金额,支付时间\no1,u1,1.00,2026-02-01\n");
    let run = scrm("pnl", dir.path(), "--profile orders-zh");
    assert!(run.status == 0 && run.err.contains("profile orders-zh"), "{}", run.err);
    let run = scrm("pnl", dir.path(), "--profile orders-zhh");
    assert!(run.status == 2 && run.err.contains("did you mean orders-zh?"), "{}", run.err);
}

/// Ids that a spreadsheet destroyed are refused in exports too, and so are rows that were cut.
#[test]
fn damage_in_exports_is_refused() {
    let orders = "订单号,买家手机号,支付时间,实付金额,备注\n4.00123E+27,13800000001,2026-02-01,1.00,\n";
    let dir = dir_with(&[("users.csv", USERS.as_bytes()), ("orders.csv", orders.as_bytes())]);
    assert!(
        first_problem(dir.path(), "")
            .starts_with("error: orders.csv:2:1: order_id: \"4.00123E+27\" is what a spreadsheet")
    );
    put(&dir, "orders.csv", "订单号,买家手机号,支付时间,实付金额,备注\no1,13800000001,2026-02-01,1.00\n");
    assert_eq!(first_problem(dir.path(), ""), "error: orders.csv:2: 4 cells, the header has 5");
}

/// The formula around an id, unquoted or quoted as CSV asks for, is a guard in exports.
#[test]
fn guards_around_ids() {
    let orders = "订单号,买家手机号,支付时间,实付金额\n=\"0017\",\"=\"\"13800000001\"\"\",2026-02-01,1.00\n`0018,'13800000001,2026-02-01,¥2.00\n\t0019\t,13800000001,2026-02-01  08:00:00,4.00\n";
    let dir = dir_with(&[("users.csv", USERS.as_bytes()), ("orders.csv", orders.as_bytes())]);
    figures(&pnl(dir.path(), ""), &[("total.direct.gross", "7.00"), ("total.direct.orders", "3")]);
    assert_eq!(scrm("payouts", dir.path(), "--why 0017").status, 0);
    put(&dir, "orders.csv", "订单号,买家手机号,支付时间,实付金额\n=\"0017\"x,13800000001,2026-02-01,1.00\n");
    assert!(first_problem(dir.path(), "").contains("a quote where none may stand"));
}

/// Our own names stay as they are written: in another case, or with a sign that nobody sees, they are misspelt, and no
/// profile takes them for others.
#[test]
fn our_own_names_misspelt_are_refused() {
    for header in [
        "ORDER_ID,USER_ID,PAID_AT,AMOUNT",
        "\u{200b}order_id,user_id,paid_at,amount",
        "order_id,user_id,paid_at,\"amount\n\"",
    ] {
        let dir = dir_with(&[
            ("users.csv", USERS.as_bytes()),
            ("orders.csv", format!("{header}\no1,13800000001,2026-02-01,1.00\n").as_bytes()),
        ]);
        let said = first_problem(dir.path(), "");
        assert!(said.contains("the header lacks this column"), "{header}: {said}");
    }
}

/// The list in every format and both languages; each text that is shown is read back as that profile.
#[test]
fn the_profiles_are_listed_and_shown() {
    let list = |more: &str| {
        let args = format!("scrm-calc profiles {more}");
        scrm_calc::app::run(&args.split_whitespace().map(Into::into).collect::<Vec<_>>())
    };
    for format in ["table", "markdown", "csv", "tsv", "json"] {
        for lang in ["en", "zh"] {
            let out = String::from_utf8(list(&format!("-O {format} --lang {lang}")).out).unwrap();
            assert!(out.contains("wechat-store") && out.contains("douyin-orders"), "{out}");
        }
    }
    let json: Value = serde_json::from_slice(&list("-O json").out).unwrap();
    for profile in json["profiles"].as_array().unwrap() {
        let name = profile["name"].as_str().unwrap();
        let shown = list(&format!("show {name}"));
        assert_eq!(shown.status, 0, "{}", shown.err);
        assert!(String::from_utf8(shown.out).unwrap().contains(&format!("name = \"{name}\"\n")));
    }
    assert_eq!(list("show wechat-stor").status, 2);
    assert_eq!(list("shaw wechat-store").status, 2);
}

const WECHAT_PAY: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,\
代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";

/// A trade bill: every value behind a backtick, its totals under a header of their own. By hand: o1 agrees, of o2 the bill
/// has 5.60 and the orders 5.50; of o3's 3.00 the bill gives back 1.00, which the orders do not know; o9 is nowhere.
#[test]
fn a_bill_is_a_check_on_what_was_paid() {
    let row = |id: &str, status: &str, amount: &str, refund: &str| {
        let value = |name: &str| match name {
            "交易时间" => "2026-02-01  10:00:00".to_string(),
            "商户订单号" => id.to_string(),
            "微信订单号" => format!("42000000000000000000{id}"),
            "交易状态" => status.to_string(),
            "订单金额" | "应结订单金额" => amount.to_string(),
            "退款金额" | "申请退款金额" => refund.to_string(),
            "手续费" => "0.05940".into(),
            "费率" => "0.60%".into(),
            _ => String::new(),
        };
        WECHAT_PAY.split(',').map(|name| format!("`{}", value(name))).collect::<Vec<_>>().join(",") + "\r\n"
    };
    let bill = format!(
        "\u{feff}{WECHAT_PAY}\r\n{}{}{}{}{}总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n\
         `5,`27.60,`1.00,`0.00,`0.29700,`27.60,`1.00\r\n",
        row("o1", "SUCCESS", "10.00", "0.00"),
        row("o2", "SUCCESS", "5.60", "0.00"),
        row("o3", "SUCCESS", "3.00", "0.00"),
        row("o3", "REFUND", "0.00", "1.00"),
        row("o9", "SUCCESS", "9.00", "0.00"),
    );
    let orders = "order_id,user_id,paid_at,amount\no1,13800000001,2026-02-01,10.00\no2,13800000001,2026-02-01,5.50\no3,13800000002,2026-02-01,3.00\n";
    let dir = dir_with(&[
        ("users.csv", USERS.as_bytes()),
        ("orders.csv", orders.as_bytes()),
        ("bill.csv", bill.as_bytes()),
    ]);
    let run = scrm("pnl", dir.path(), "");
    let out = String::from_utf8(run.out).unwrap();
    assert!(out.contains("bill.csv:3:7: amount: 2 orders of which the bill says otherwise; first: 5.60 in the bill, 5.50 in orders\n"), "{out}");
    assert!(
        out.contains("bill.csv:6:7: order_id: 1 order in the bill that is not in orders (9.00)\n"),
        "{out}"
    );
    assert!(run.err.contains("bill.csv: left aside: 2 lines of totals, equal to ours\n"), "{}", run.err);
    // It is in no figure, whatever pieces it is read in.
    let want = pnl(dir.path(), "");
    figures(&want, &[("total.direct.gross", "18.50"), ("total.direct.refunds", "0.00")]);
    assert_eq!(pnl(dir.path(), "--chunk-bytes 1 --threads 3"), want);
    for (from, to, says) in [
        (
            "`27.60,`1.00\r\n",
            "`27.61,`1.00\r\n",
            "error: bill.csv:8:6: amount: the file's total is 27.61, its rows add up to 27.60",
        ),
        ("\r\n`5,", "\r\n`6,", "error: bill.csv:8:1: the file says it has 6 rows, and has 5"),
        (
            "`o1,",
            "`4.00123E+27,",
            "error: bill.csv:2:7: order_id: \"4.00123E+27\" is what a spreadsheet makes of a long number; its digits are lost",
        ),
    ] {
        put(&dir, "bill.csv", bill.replacen(from, to, 1));
        assert_eq!(first_problem(dir.path(), ""), says);
    }
}

/// An order whose bill is checked may stand on several rows: it is the order that was paid.
#[test]
fn a_bill_meets_orders_of_several_items() {
    let orders = "订单号,买家手机号,支付时间,实付金额,商品编码\no1,13800000001,2026-02-01,4.00,A\no1,13800000001,2026-02-01,6.00,B\n";
    let dir = dir_with(&[
        ("users.csv", USERS.as_bytes()),
        ("orders.csv", orders.as_bytes()),
        ("bill.csv", b"order_id,amount\no1,10.00\n"),
        ("scrm.toml", b"[orders]\ngrain = \"line\"\n"),
    ]);
    let report = pnl(dir.path(), "");
    figures(&report, &[("total.direct.orders", "1"), ("total.direct.gross", "10.00")]);
    assert!(report["warnings"].as_array().unwrap().iter().all(|w| w["code"] != "bill-amount"), "{report}");
    put(&dir, "bill.csv", "order_id,amount\no1,10.01\n");
    let report = pnl(dir.path(), "");
    assert!(report["warnings"].as_array().unwrap().iter().any(|w| w["code"] == "bill-amount"), "{report}");
}

/// The public invoice lines, read by the English headers alone: no column is mapped. Sums by the data's own README.
#[test]
fn public_invoices_need_no_mapping() {
    let Some(data) = super::shop::public("online-retail-raw") else { return };
    let orders = fs::read(data.join("online_retail.csv.gz")).unwrap();
    let settings = b"[input]\ndate_order = \"mdy\"\n[orders]\ngrain = \"line\"\nnegative = \"refund\"\nunknown_user = \"direct\"\n\
        [users]\nacquired_on = \"first-order\"\n";
    let dir = dir_with(&[("orders.csv.gz", &orders), ("scrm.toml", settings)]);
    let report = pnl(dir.path(), "");
    figures(
        &report,
        &[("total.direct.gross", "1515110.70"), ("reconciliation.refund_rows.amount", "-206153.42")],
    );
}
