//! `inspect` and what it writes: what a file is taken for, what becomes of its columns and rows, what is shown of it, and
//! that settings written from it change nothing. Expectations are by hand.

use super::exports::{ENCODINGS, dir_with};
use super::profiles::{DOUYIN, WECHAT, YOUZAN, YOUZAN_CUSTOMERS, csv, refs, rows, text};
use super::sheets::of_rows;
use scrm_calc::app::{Run, run};
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn scrm(at: &[&Path], before: &str, after: &str) -> Run {
    let words = |line: &str| line.split_whitespace().map(OsString::from).collect::<Vec<_>>();
    let mut args = words(&format!("scrm-calc {before}"));
    args.extend(at.iter().map(|p| p.as_os_str().to_owned()));
    args.extend(words(after));
    run(&args)
}

fn inspect(at: &[&Path], more: &str) -> Run {
    scrm(at, "inspect", &format!("--today 2026-06-30 --lang en {more}"))
}

/// What is found of one file.
fn found(path: &Path, status: u8) -> Value {
    let run = inspect(&[path], "-O json");
    assert_eq!(run.status, status, "{path:?}: {}", run.err);
    let all: Value = serde_json::from_slice(&run.out).unwrap();
    assert_eq!((&all["schema"], &all["counts"]["files"]), (&"scrm-calc.inspect/1".into(), &1.into()));
    all["files"][0].clone()
}

fn column<'v>(file: &'v Value, header: &str) -> &'v Value {
    let mut all = file["columns"].as_array().unwrap().iter();
    all.find(|c| c["header"] == header).unwrap_or_else(|| panic!("no column {header}"))
}

fn youzan() -> Vec<Vec<String>> {
    let order = |id: &'static str, status, paid, amount, refund, phone| {
        vec![
            ("订单号", id),
            ("订单状态", status),
            ("买家付款时间", paid),
            ("订单实付金额", amount),
            ("订单已退款金额", refund),
            ("买家手机号", phone),
            ("收货人/提货人", "张三丰"),
            ("详细收货地址/提货地址", "浙江省杭州市西湖区文三路 1 号"),
            ("买家备注", "请打电话 13812345678"),
            ("销售导购", "王五"),
            ("分销员", "——"),
            ("分销员#2", "李四"),
            ("桌号", "——"),
        ]
    };
    let all = [
        order("E1", "交易完成", "2026-03-03 10:00:00", "1,135.27", "0.00", "13900000001"),
        order("E2", "交易完成", "2026-03-04 11:30:00", "268.00", "68.00", "13900000002"),
        order("E3", "交易关闭", "", "99.00", "0.00", "13900000001"),
    ];
    rows(YOUZAN, &all.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// By hand: 1,135.27 + 268.00 + 99.00 = 1,502.27, of which 68.00 came back; the dated ones are of 3 and 4 March.
#[test]
fn the_same_export_is_the_same_in_every_encoding() {
    let table = youzan();
    for (name, encode) in ENCODINGS {
        for delimiter in [',', ';', '\t'] {
            let text = text(&table, delimiter);
            let dir = dir_with(&[("导出 (1).csv", &encode(&text))]);
            let f = found(&dir.path().join("导出 (1).csv"), 0);
            assert_eq!(f["encoding"], name.split(' ').next().unwrap());
            assert_eq!(f["delimiter"], delimiter.to_string());
            youzan_is_seen(&f);
        }
    }
    let refs = refs(&table);
    let book = of_rows("订单列表", &refs.iter().map(Vec::as_slice).collect::<Vec<_>>());
    for name in ["any.xlsx", "any.csv"] {
        let dir = dir_with(&[(name, &book)]);
        let f = found(&dir.path().join(name), 0);
        assert_eq!(
            (&f["sheet"], &f["encoding"], &f["delimiter"]),
            (&"订单列表".into(), &Value::Null, &Value::Null)
        );
        youzan_is_seen(&f);
    }
}

fn youzan_is_seen(f: &Value) {
    assert_eq!((&f["state"], &f["table"]), (&"understood".into(), &"orders".into()));
    let fit = |f: &Value| {
        (
            f["table"].clone(),
            f["profile"].clone(),
            f["headers_matched"].clone(),
            f["headers_required"].clone(),
        )
    };
    assert_eq!(fit(&f["fit"]), ("orders".into(), "youzan-orders".into(), 6.into(), 6.into()));
    assert_eq!(fit(&f["next"]), ("orders".into(), "orders-zh".into(), 4.into(), 4.into()));
    let rows = &f["rows"];
    assert_eq!(
        (&rows["used"], &rows["first"], &rows["last"]),
        (&3.into(), &"2026-03-03".into(), &"2026-03-04".into())
    );
    assert_eq!(
        rows["sums"].to_string(),
        r#"[{"column":"amount","sum":"1502.27"},{"column":"refund","sum":"68.00"}]"#
    );
    assert_eq!(
        rows["statuses"].to_string(),
        r#"[{"word":"交易关闭","status":"cancelled","rows":1},{"word":"交易完成","status":"completed","rows":2}]"#
    );
    assert_eq!(column(f, "订单实付金额")["column"], "amount");
    assert_eq!(column(f, "分销员")["column"], "referrals.distributor_id");
    assert_eq!(
        (&column(f, "销售渠道")["use"], &column(f, "销售渠道")["column"]),
        (&"none".into(), &Value::Null)
    );
    let shown = |header: &str| column(f, header)["samples"].to_string();
    assert_eq!(shown("买家手机号"), r#"["139******01","139******02"]"#);
    assert_eq!(shown("收货人/提货人"), r#"["张*"]"#);
    assert_eq!(shown("销售导购"), r#"["王*"]"#);
    assert_eq!(shown("详细收货地址/提货地址"), r#"["***"]"#);
    assert_eq!(shown("买家备注"), r#"["***"]"#);
    assert_eq!(shown("桌号"), "[]", "—— means nothing");
    assert_eq!(shown("订单号"), r#"["E1","E2","E3"]"#);
    let all = f.to_string();
    for private in ["13900000001", "13812345678", "张三", "李四", "王五", "文三路"] {
        assert!(!all.contains(private), "{private}");
    }
}

/// Which table a file is, by its header alone, whatever its name is.
#[test]
fn files_are_known_by_their_headers() {
    let dir = tempfile::tempdir().unwrap();
    for (header, row, table, profile) in [
        (
            WECHAT,
            "订单号=1;订单状态=已完成;收件人手机=13800000001;订单实际收款金额=1.00;支付时间=2026-02-01;商品已退款金额=0",
            "orders",
            "wechat-store",
        ),
        (
            DOUYIN,
            "主订单编号=1;子订单编号=2;收件人手机号=##x;订单应付金额=1.00;订单提交时间=2026-02-01;订单状态=已完成",
            "orders",
            "douyin-orders",
        ),
        (YOUZAN_CUSTOMERS, "客户手机号=13800000001;成为客户时间=2026-02-01", "users", "youzan-customers"),
        (
            "时间-天,项目名称,消耗,展示数,平均千次展现费用(元),点击数",
            "时间-天=2026-02-01;消耗=1.00",
            "ad_spend",
            "ocean-engine",
        ),
        ("外部联系人ID,添加时间,来源", "外部联系人ID=wm1;添加时间=2026-02-01", "users", "users-zh"),
        (
            "订单编号,手机号,付款时间,实付金额",
            "订单编号=1;手机号=u1;付款时间=2026-02-01;实付金额=1.00",
            "orders",
            "orders-zh",
        ),
        ("user_id,acquired_on", "user_id=u1;acquired_on=2026-02-01", "users", ""),
        ("order_id,user_id,paid_at,amount", "order_id=1;paid_at=2026-02-01;amount=1.00", "orders", ""),
        ("order_id,distributor_id", "order_id=1;distributor_id=d1", "referrals", ""),
        (
            "user_id,distributor_id,bound_at",
            "user_id=u1;distributor_id=d1;bound_at=2026-02-01",
            "referrals",
            "",
        ),
        ("distributor_id,joined_on,grade", "distributor_id=d1", "distributors", ""),
        ("date,channel,amount", "date=2026-02-01;channel=A;amount=1.00", "ad_spend", ""),
        ("date,amount,team", "date=2026-02;amount=1.00", "team_cost", ""),
        ("date,amount,category", "date=2026-02;amount=1.00", "other_cost", ""),
        ("order_id,refunded_at,amount", "order_id=1;refunded_at=2026-02-01;amount=1.00", "refunds", ""),
        ("distributor_id,paid_on,amount", "distributor_id=d1;paid_on=2026-02-01;amount=1.00", "payments", ""),
        ("distributor_id,date,amount", "distributor_id=d1;date=2026-02-01;amount=-1.00", "adjustments", ""),
    ] {
        let cells: Vec<(&str, &str)> = row.split(';').map(|c| c.split_once('=').unwrap()).collect();
        let path = dir.path().join("x.csv");
        fs::write(&path, csv(header, &[&cells])).unwrap();
        let f = found(&path, 0);
        let by = f["fit"]["profile"].as_str().unwrap_or_default();
        assert_eq!(
            (f["table"].as_str().unwrap(), by, &f["rows"]["used"]),
            (table, profile, &1.into()),
            "{header}"
        );
    }
}

/// Of our own headers that two tables share nothing tells which it is, but the name of the file or a profile asked for.
#[test]
fn what_may_be_two_tables_is_said() {
    let text = "date,amount\n2026-02,28.00\n";
    let dir = dir_with(&[("a.csv", text.as_bytes()), ("other_cost-1.csv", text.as_bytes())]);
    let f = found(&dir.path().join("a.csv"), 1);
    assert_eq!((&f["state"], &f["next"]["table"]), (&"undecided".into(), &"other_cost".into()));
    let run = inspect(&[&dir.path().join("a.csv")], "");
    let said = String::from_utf8(run.out).unwrap();
    assert!(said.contains("other_cost fits as well, and nothing tells which it is"), "{said}");
    assert_eq!(found(&dir.path().join("other_cost-1.csv"), 0)["table"], "other_cost");
    let zh = dir_with(&[("a.csv", "日期,金额\n2026-02,28.00\n".as_bytes())]);
    let run = inspect(&[&zh.path().join("a.csv")], "-O json --profile other-cost-zh");
    let all: Value = serde_json::from_slice(&run.out).unwrap();
    assert_eq!((run.status, &all["files"][0]["table"]), (0, &"other_cost".into()));
}

#[test]
fn what_is_missing_is_named_with_what_is_near() {
    let orders = "导出时间：2026-04-01\n\n订单号,买家ID,付款的时间,金额,姓名\n1,u1,2026-02-01,1.00,张三丰\n";
    let dir = dir_with(&[("x.csv", orders.as_bytes())]);
    let f = found(&dir.path().join("x.csv"), 1);
    assert_eq!(
        (&f["state"], &f["table"], &f["header_line"], &f["lines_before"]),
        (&"refused".into(), &"orders".into(), &3.into(), &1.into())
    );
    assert_eq!((&f["fit"]["headers_matched"], &f["fit"]["headers_required"]), (&3.into(), &4.into()));
    let [missing] = &f["missing"].as_array().unwrap()[..] else { panic!("{f}") };
    assert_eq!((&missing["column"], &missing["nearest"][0]), (&"paid_at".into(), &"付款的时间".into()));
    assert_eq!((&f["rows"], &column(&f, "金额")["column"]), (&Value::Null, &"amount".into()));
    assert_eq!(column(&f, "姓名")["samples"].to_string(), r#"["张*"]"#, "of what was not read, too");
    // No header at all: the first row is somebody's data.
    fs::write(
        dir.path().join("y.csv"),
        "张三,13800000001,浙江省杭州市西湖区文三路 1 号\n李四,13800000002,x\n",
    )
    .unwrap();
    let f = found(&dir.path().join("y.csv"), 1);
    assert_eq!((&f["table"], &f["encoding"]), (&Value::Null, &"UTF-8".into()));
    let said = f.to_string();
    assert!(
        said.contains("138******01") && !said.contains("13800000001") && !said.contains("文三路"),
        "{said}"
    );
}

/// What is damaged has its section, the others theirs; values in errors are masked too.
#[test]
fn each_file_has_its_section() {
    let good = "order_id,user_id,paid_at,amount\n1,u1,2026-02-01,1.00\n";
    let bad =
        "order_id,user_id,paid_at,amount\n1.03E+19,u1,2026-02-01,1.00\n2,u1,2026-02-01,张三 13800000001\n";
    let dir = dir_with(&[
        ("a.csv", good.as_bytes()),
        ("b.csv", bad.as_bytes()),
        ("c.xlsx", b"PK\x03\x04 no workbook"),
        ("d.csv", b""),
        ("e.csv", b"%PDF-1.4"),
        ("f.csv", b"order_id,user_id,paid_at,amount\n1,u1,2026-02-01\n"),
    ]);
    let run = inspect(&[dir.path()], "-O json");
    let all: Value = serde_json::from_slice(&run.out).unwrap();
    let states: Vec<_> =
        all["files"].as_array().unwrap().iter().map(|f| f["state"].as_str().unwrap()).collect();
    assert_eq!(
        (run.status, &states[..]),
        (1, &["understood", "refused", "refused", "refused", "refused", "refused"][..])
    );
    let codes: Vec<_> =
        all["files"].as_array().unwrap()[1..].iter().map(|f| &f["problems"][0]["code"]).collect();
    assert_eq!(codes, ["scientific-id", "binary-file", "empty-file", "binary-file", "row-length"]);
    assert_eq!((&all["counts"]["files"], &all["counts"]["understood"]), (&6.into(), &1.into()));
    let said = String::from_utf8(run.out).unwrap();
    assert!(said.contains(r#""amount: \"***\" is"#) && !said.contains("13800000001"), "{said}");
    assert!(!said.contains("张三"), "{said}");
    let none = dir.path().join("none.csv");
    let run = inspect(&[&dir.path().join("a.csv"), &none], "");
    let out = String::from_utf8(run.out).unwrap();
    assert_eq!(run.status, 4);
    assert!(out.contains("Taken for: orders") && out.contains("none.csv\nTaken for: nothing"), "{out}");
    assert!(run.err.contains("error: ") && run.err.contains("none.csv"), "{}", run.err);
}

/// By hand: two rows are left out by what stands in 场景, one by its delimiters only, the total is compared: 1.00 + 2.00.
#[test]
fn what_is_left_out_is_counted_by_reason() {
    let settings = "[[profile]]\nname = \"mine\"\ntable = \"ad_spend\"\nrequired = [\"日\", \"费\", \"场景\"]\n\
        columns = { date = \"日\", amount = \"费\" }\nconstants = { channel = \"A\" }\nleave_out = { \"场景\" = [\"测试\"] }\n";
    let spend = "日,费,场景\n2026-02-01,1.00,投放\n2026-02-02,9.00,测试\n2026-02-02,9.00,测试\n,,\n2026-02-03,2.00,投放\n合计,21.00,\n";
    let dir = dir_with(&[
        ("ad_spend.csv", spend.as_bytes()),
        ("scrm.toml", settings.as_bytes()),
        ("notes.csv", b"x\n"),
    ]);
    let run = inspect(&[dir.path()], "-O json");
    assert!(run.err.contains("not read: ") && run.err.contains("notes.csv"), "{}", run.err);
    let all: Value = serde_json::from_slice(&run.out).unwrap();
    let rows = &all["files"][0]["rows"];
    assert_eq!(rows["left_out"].to_string(), r#"[{"header":"场景","value":"测试","rows":2}]"#);
    let count = |key: &str| rows[key].as_u64().unwrap();
    assert_eq!(["used", "empty", "totals", "totals_compared"].map(count), [2, 1, 1, 1]);
    assert_eq!(rows["sums"][0]["sum"], "3.00");
    assert_eq!(all["files"][0]["constants"].to_string(), r#"[{"column":"channel","value":"A"}]"#);
    // A single file of a data directory is read by the settings that lie beside it.
    assert_eq!(found(&dir.path().join("ad_spend.csv"), 0)["fit"]["profile"], "mine");
}

fn pnl(dir: &Path) -> Vec<u8> {
    let run = scrm(&[dir], "pnl", "-M --by channel -O json --today 2026-06-30 --lang en");
    assert_eq!(run.status, 0, "{}", run.err);
    run.out
}

/// Shops in all ways of writing; a header with every sign that a settings file might stumble over.
fn shops() -> Vec<TempDir> {
    let customers = rows(
        YOUZAN_CUSTOMERS,
        &[&[("客户手机号", "13900000001"), ("成为客户时间", "2026-03-01 09:00:00"), ("来源渠道", "视频号")]],
    );
    let (orders, gb) = (text(&youzan(), '\t'), ENCODINGS[2].1);
    let refs = refs(&customers);
    let book = of_rows("客户 '1'", &refs.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let platforms = dir_with(&[
        ("users.xlsx", &book),
        ("orders.csv", &gb(&orders)),
        ("ad_spend.csv", b"date,channel,amount\n2026-03-01,A,5.00\n"),
    ]);
    let generic = dir_with(&[
        ("users.csv", "客户编号,添加时间,来源渠道\nu1,2026-01-05,A\n".as_bytes()),
        ("orders.csv", "订单编号,客户编号,付款时间,\"实付金额（元）\",状态\no1,u1,2026-02-01,10.00,交易完成\no2,u1,2026-02-02,1.00,关闭\n".as_bytes()),
        ("orders-2.csv", "order_id,用户ID,支付时间,金额\no3,u2,2026-02-03,3.00\n".as_bytes()),
        ("team_cost.csv", "月份,金额\n2026-02,28.00\n".as_bytes()),
    ]);
    let odd = "or\"d'er\\ [1]#=é";
    let named = dir_with(&[
        ("users.csv", b"user_id,acquired_on,channel\nu1,2026-01-05,A\n"),
        ("orders-[1]*.csv", format!("\"{}\",user_id,paid_at,amount,状态\no1,u1,2026-02-01,10.00,\"好 \"\"=\"\" 了\"\n", odd.replace('"', "\"\"")).as_bytes()),
        ("scrm.toml", format!("[columns.orders]\norder_id = '''{odd}'''\nstatus = \"状态\"\n[orders.status]\n'好 \"=\" 了' = \"paid\"\n").as_bytes()),
    ]);
    vec![platforms, generic, named, items(), wide()]
}

/// By hand: the order of 100.00 stands on two rows, of which 30.00 came back by one.
fn items() -> TempDir {
    let item = |product, refund| {
        [
            ("订单号", "1"),
            ("订单状态", "已完成"),
            ("收件人手机", "13800000001"),
            ("订单实际收款金额", "100.00"),
            ("支付时间", "2026-02-01 10:00:00"),
            ("商品名称", product),
            ("商品已退款金额", refund),
        ]
    };
    let orders = csv(WECHAT, &[&item("茶", "30.00"), &item("杯", "0")]);
    dir_with(&[
        ("orders.csv", orders.as_bytes()),
        ("users.csv", b"user_id,acquired_on\n13800000001,2026-01-05\n"),
    ])
}

/// Other settings that say how files are read: all of them are kept.
fn wide() -> TempDir {
    let settings = "timezone = \"Asia/Tokyo\"\n[input]\ndecimal_comma = true\ndate_order = \"dmy\"\n\
        [users]\nacquired_on = \"first-order\"\nduplicates = \"first\"\n[ad_spend]\nwide = true\nsuffix = \"_S\"\n\
        [orders]\nnegative = \"refund\"\ngrain = \"line\"\n";
    dir_with(&[
        ("ad_spend.csv", b"date;tv_S;fb_S;sales\n01/02/2026;1,50;2,00;x\n"),
        (
            "orders.csv",
            b"order_id;user_id;paid_at;quantity;unit_price\n1;u1;01/02/2026;2;1,25\n1;u1;01/02/2026;1;1,00\n",
        ),
        ("scrm.toml", settings.as_bytes()),
    ])
}

/// By hand: spend 1.50 + 2.00; orders 2 × 1.25 + 1 × 1.00 = 3.50.
#[test]
fn rows_by_other_settings_are_read_by_them() {
    let dir = wide();
    let run = inspect(&[dir.path()], "-O json");
    assert_eq!(run.status, 0, "{}", run.err);
    let all: Value = serde_json::from_slice(&run.out).unwrap();
    let sums = |i: usize| all["files"][i]["rows"]["sums"].to_string();
    assert_eq!(sums(0), r#"[{"column":"tv_S","sum":"1.50"},{"column":"fb_S","sum":"2.00"}]"#);
    assert_eq!(sums(1), r#"[{"column":"amount","sum":"3.50"}]"#);
    assert_eq!(column(&all["files"][0], "tv_S")["use"], "channel");
    let dir = items();
    let f = found(&dir.path().join("orders.csv"), 0);
    assert_eq!((&f["rows"]["amount_of"], &f["rows"]["used"]), (&"order".into(), &2.into()));
    assert_eq!(
        f["rows"]["sums"].to_string(),
        r#"[{"column":"amount","sum":"200.00"},{"column":"refund","sum":"30.00"}]"#
    );
}

#[test]
fn settings_written_from_it_change_nothing() {
    for dir in shops() {
        let before = pnl(dir.path());
        let (own, new) = (dir.path().join("scrm.toml"), dir.path().join("new.toml"));
        let file = if own.exists() { "new.toml" } else { "scrm.toml" };
        let target = dir.path().join(file);
        let run = scrm(&[dir.path()], "inspect --today 2026-06-30 -q --write-config", "");
        assert_eq!(
            (run.status, run.out.is_empty()),
            (2, true),
            "the directory is no file to write: {}",
            run.err
        );
        let run = inspect(&[dir.path(), Path::new("--write-config"), &target], "-q");
        assert_eq!((run.status, &*run.err), (0, ""));
        if file == "new.toml" {
            fs::rename(&new, &own).unwrap();
        }
        let written = fs::read_to_string(&own).unwrap();
        assert!(written.contains("[files]\n"), "{written}");
        assert_eq!(String::from_utf8(pnl(dir.path())), String::from_utf8(before), "{written}");
        // Not twice: nothing is written over.
        let run = inspect(&[dir.path()], "--write-config");
        assert_eq!((run.status, fs::read_to_string(&own).unwrap()), (2, written));
        assert!(run.err.contains("is there already"), "{}", run.err);
    }
}

#[test]
fn what_is_pinned() {
    let [platforms, generic, _, items, _] = &shops()[..] else { panic!() };
    let written = |dir: &TempDir| {
        let run = inspect(&[dir.path()], "--write-config");
        assert_eq!(run.status, 0, "{}", run.err);
        fs::read_to_string(dir.path().join("scrm.toml")).unwrap()
    };
    let text = written(platforms);
    for part in [
        "[files]\nad_spend = [\"ad_spend.csv\"]\norders = [\"orders.csv\"]\nusers = [\"users.xlsx\"]\n",
        "profile = [\"youzan-customers\", \"youzan-orders\"]\n",
        "[input.encoding]\nad_spend = \"utf-8\"\norders = \"gb18030\"\n",
        "[input.sheet]\nusers = \"客户 '1'\"\n",
        "[orders.status]\n\"交易关闭\" = \"cancelled\"\n\"交易完成\" = \"completed\"\n",
        "orders by youzan-orders (6 of 6 headers)\n#   next best: orders by orders-zh (4 of 4 headers)\n",
        "#   not there: refunded_at, category, goods_cost\n",
    ] {
        assert!(text.contains(part), "{part}\nin\n{text}");
    }
    assert!(!text.contains("[columns"), "a platform's profile says its own: {text}");
    let text = written(items);
    assert!(text.contains("[orders]\ngrain = \"line\"\norder_amount_repeats = true\n"), "{text}");
    let text = written(generic);
    for part in [
        "[columns.users]\nacquired_on = \"添加时间\"\nchannel = \"来源渠道\"\nuser_id = \"客户编号\"\n",
        "[columns.team_cost]\namount = \"金额\"\ndate = \"月份\"\n",
        "profile = [\"users-zh\", \"team-cost-zh\", \"orders-zh\"]\n",
    ] {
        assert!(text.contains(part), "{part}\nin\n{text}");
    }
}

fn exports() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        fs::create_dir_all(dir.path().join("exports")).unwrap();
        fs::write(dir.path().join("exports").join(name), bytes).unwrap();
    };
    let (first, second) = (
        youzan(),
        [
            vec![youzan()[0].clone()],
            vec![{
                let mut row = youzan()[1].clone();
                row[0] = "E9".into();
                row
            }],
        ]
        .concat(),
    );
    put("订单 2026-03.csv", &ENCODINGS[2].1(&text(&first, ',')));
    put("订单 2026-04.csv", &ENCODINGS[2].1(&text(&second, ',')));
    put(
        "消耗.csv",
        "时间-天,消耗,展示数,点击数,平均千次展现费用(元)\n2026-03-01,5.00,1,1,1\n合计,5.00,1,1,1\n"
            .as_bytes(),
    );
    dir
}

/// All orders that were paid are 1,135.27 + 268.00 + 1,135.27, of the distributor 李四 (the first filled 分销员). Their
/// users, of whom there is no export, joined with them: there are two.
#[test]
fn a_data_directory_from_exports() {
    let dir = exports();
    let (shop, from) = (dir.path().join("my shop"), dir.path().join("exports"));
    let before: Vec<_> = fs::read_dir(&from).unwrap().map(|e| fs::read(e.unwrap().path()).unwrap()).collect();
    let run = scrm(&[&shop, Path::new("--from"), &from], "init", "--lang en");
    assert_eq!(run.status, 0, "{}", run.err);
    let text = fs::read_to_string(shop.join("scrm.toml")).unwrap();
    assert!(text.contains("orders = [\"../exports/订单*.csv\"]\n"), "one pattern for both: {text}");
    assert!(text.contains("ad_spend = [\"../exports/消耗.csv\"]\n"), "{text}");
    assert!(text.contains("# No export holds users"), "{text}");
    let own = "#   all of it is on the channel 巨量引擎; where users call it otherwise: [[profile]] name = \"my-ocean-engine\"";
    assert!(text.contains(own), "{text}");
    assert!(text.contains("\n# [commission]\n"), "what is the user's to say: {text}");
    let mut there: Vec<_> =
        fs::read_dir(&shop).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    there.sort();
    assert_eq!(there, ["scrm.toml"], "users are those of the orders");
    assert!(
        text.contains("[users]\nacquired_on = \"first-order\"\n") && text.matches("[users]").count() == 1,
        "{text}"
    );
    assert_eq!(scrm(&[&shop], "check", "-q").status, 0);
    let report: Value = serde_json::from_slice(&pnl(&shop)).unwrap();
    assert_eq!(report["total"]["distribution"]["gross"], "2538.54");
    assert_eq!(report["total"]["traffic"]["ad_spend"], "5.00");
    assert_eq!(report["total"]["traffic"]["new_users"], 2);
    let after: Vec<_> = fs::read_dir(&from).unwrap().map(|e| fs::read(e.unwrap().path()).unwrap()).collect();
    assert_eq!(before, after, "nothing is changed");
    // Not over it, in Chinese too.
    let run = scrm(&[&shop, Path::new("--from"), &from], "init", "--lang zh");
    assert!(run.status == 2 && run.err.contains("已经存在"), "{}", run.err);
}

/// Orders by item (37001, on two rows, of 130.00) beside orders by order (of 1,135.27 and 268.00): each is read by its own
/// profile, and no one word for all is written.
#[test]
fn exports_of_different_rows_stand_beside_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let from = dir.path().join("exports");
    fs::create_dir(&from).unwrap();
    let item = [
        ("订单号", "37001"),
        ("订单状态", "已完成"),
        ("收件人手机", "13800000001"),
        ("订单实际收款金额", "130.00"),
        ("支付时间", "2026-02-01 10:00:00"),
        ("商品已退款金额", "0.00"),
    ];
    fs::write(from.join("小店.csv"), csv(WECHAT, &[&item, &item])).unwrap();
    fs::write(from.join("有赞.csv"), text(&youzan(), ',')).unwrap();
    let shop = dir.path().join("shop");
    let run = scrm(&[&shop, Path::new("--from"), &from], "init", "--lang en");
    assert_eq!(run.status, 0, "{}", run.err);
    let written = fs::read_to_string(shop.join("scrm.toml")).unwrap();
    assert!(!written.contains("\ngrain"), "{written}");
    let report: Value = serde_json::from_slice(&pnl(&shop)).unwrap();
    let gross = |system: &str| report["total"][system]["gross"].clone();
    assert_eq!([gross("direct"), gross("distribution")], ["130.00", "1403.27"]);
    let said = scrm(&[&shop], "pnl", "--lang en").err;
    assert!(
        said.contains(
            "referrals: taken from orders, where 带货ID / 分销员 names the distributor of 3 orders"
        ),
        "{said}"
    );
}

#[test]
fn patterns_meet_exactly_the_exports() {
    let dir = exports();
    let from = dir.path().join("exports");
    // Another file whose name ends and begins so: each by itself then. Signs of patterns are none in names.
    fs::write(from.join("订单 旧.csv"), "x\n").unwrap();
    fs::rename(from.join("消耗.csv"), from.join("消耗[1].csv")).unwrap();
    let names = ["订单 2026-03.csv", "订单 2026-04.csv", "消耗[1].csv"].map(|n| from.join(n));
    let shop = dir.path().join("shop");
    let mut at: Vec<&Path> = vec![&shop, Path::new("--from")];
    at.extend(names.iter().map(|p| p.as_path()));
    let run = scrm(&at, "init", "--lang zh");
    assert_eq!(run.status, 0, "{}", run.err);
    let text = fs::read_to_string(shop.join("scrm.toml")).unwrap();
    assert!(
        text.contains("orders = [\"../exports/订单 2026-03.csv\", \"../exports/订单 2026-04.csv\"]\n"),
        "{text}"
    );
    assert!(text.contains("ad_spend = [\"../exports/消耗[[]1[]].csv\"]\n"), "{text}");
    assert!(text.contains("没有用户的导出文件"), "{text}");
    assert_eq!(scrm(&[&shop], "check", "-q").status, 0);
}

#[test]
fn exports_that_are_not_understood_are_refused() {
    let dir = exports();
    fs::write(dir.path().join("exports/坏.csv"), "订单号,买家ID,金额,备注\no1,u1,1.00,\n").unwrap();
    fs::write(dir.path().join("exports/空.csv"), "a,b\n1,2\n").unwrap();
    let (shop, from) = (dir.path().join("shop"), dir.path().join("exports"));
    let run = scrm(&[&shop, Path::new("--from"), &from], "init", "--lang en");
    assert_eq!((run.status, shop.exists()), (1, false), "{}", run.err);
    assert!(run.err.contains("坏.csv: most like orders, and lacks paid_at"), "{}", run.err);
    assert!(run.err.contains("空.csv: no header of any table is there"), "{}", run.err);
    assert!(!run.err.contains("消耗"), "{}", run.err);
    let none = dir.path().join("none.csv");
    let run = scrm(&[&shop, Path::new("--from"), &none], "init", "--lang en");
    assert_eq!((run.status, shop.exists()), (4, false), "{}", run.err);
}
