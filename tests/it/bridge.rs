//! `bridge` against `pnl` and against a slow second opinion, on the demo and on random worlds; what it refuses.
//! `SCRM_WORLDS` says how many.

use super::reference::bridge::{Column, PRODUCTS, Product, money};
use super::reference::pnl::{Options, columns, pnl};
use super::reference::random::{self, Random};
use super::reference::{Q, World, q};
use scrm_calc::app::{Run, run};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo-shop")
}

fn ran(dir: &Path, command: &str, options: &[&str]) -> Run {
    let mut args = vec!["scrm-calc".into(), command.into(), dir.as_os_str().to_owned()];
    args.extend("--lang en --today 2030-01-01".split(' ').map(Into::into));
    args.extend(options.iter().map(Into::into));
    run(&args)
}

fn told(dir: &Path, command: &str, options: &str) -> Value {
    let options: Vec<&str> = options.split_whitespace().chain(["-q", "-O", "json"]).collect();
    let r = ran(dir, command, &options);
    assert_eq!(r.status, 0, "{command} {options:?}: {}", r.err);
    serde_json::from_slice(&r.out).unwrap()
}

fn list<'v>(report: &'v Value, key: &str) -> &'v [Value] {
    report[key].as_array().unwrap()
}

/// The row of one effect.
fn row<'v>(report: &'v Value, to: &str, channel: &Value, figure: &str) -> &'v Value {
    let its = |r: &&Value| r["to"]["period"] == to && r["channel"] == *channel && r["figure"] == figure;
    list(report, "effects").iter().find(its).unwrap_or_else(|| panic!("no {figure} of {to} {channel}"))
}

/// Effects and figures of each row are the differences of what `pnl` says of the same days, to the unit.
fn equals_pnl(dir: &Path, options: &str) -> usize {
    let r = told(dir, "bridge", options);
    let by = if options.contains("--by") { "--by channel" } else { "" };
    let mut checked = 0;
    for row in list(&r, "effects") {
        let column = |side: &str| {
            let (begin, end) = (row[side]["begin"].as_str().unwrap(), row[side]["end"].as_str().unwrap());
            let pnl = told(dir, "pnl", &format!("-b {begin} -e {end} {by}"));
            let own = if row["channel"].is_null() {
                Some(&pnl["total"])
            } else {
                list(&pnl, "columns").iter().find(|c| c["channel"] == row["channel"])
            };
            let (system, figure) = row["figure"].as_str().unwrap().split_once('.').unwrap();
            own.map(|own| own[system][figure].clone())
        };
        if row["before"].is_null() && row["after"].is_null() {
            continue;
        }
        let (before, after) = (column("from"), column("to"));
        for (own, key) in [(&before, "before"), (&after, "after")] {
            if let Some(own) = own {
                assert_eq!(row[key], *own, "{options}: {row}");
            }
        }
        let parts = list(&r, "effects").iter().filter(|p| {
            ["from", "to", "channel"].iter().all(|key| p[key] == row[key]) && p["part_of"] == row["figure"]
        });
        let parts: Vec<Q> = parts.map(|p| money(&p["effect"])).collect();
        let effect = money(&row["effect"]);
        if !parts.is_empty() {
            assert_eq!(parts.into_iter().fold(q(0), |sum, p| sum + p), effect, "{options}: parts of {row}");
        }
        let costs = ["traffic.ad_spend", "traffic.team_cost", "traffic.other_cost", "traffic.cost"];
        let is_cost =
            costs.contains(&row["figure"].as_str().unwrap()) || row["figure"] == "distribution.commission";
        let is_sum = is_cost
            || ["profit", "revenue"]
                .iter()
                .any(|f| row["figure"].as_str().unwrap().ends_with(&format!(".{f}")));
        if is_sum {
            let of = |v: &Option<Value>| v.as_ref().map_or_else(|| q(0), money);
            let change = of(&after) - of(&before);
            assert_eq!(effect, if is_cost { q(0) - change } else { change }, "{options}: {row}");
            let verdict = match effect.cmp(&q(0)) {
                std::cmp::Ordering::Less => "unfavourable".into(),
                std::cmp::Ordering::Equal => Value::Null,
                std::cmp::Ordering::Greater => "favourable".into(),
            };
            assert_eq!(row["verdict"], verdict, "{options}: {row}");
            checked += 1;
        }
    }
    checked
}

#[test]
fn effects_are_the_differences_of_pnl() {
    for options in ["", "--method chain", "--from 2026-W02 --to 2026-03 --by channel"] {
        assert!(equals_pnl(&demo(), options) >= 8, "{options}");
    }
}

/// The columns of a period, by channel or one.
fn of_period<'v>(pnl: &'v Value, label: &str) -> Vec<&'v Value> {
    list(pnl, "columns").iter().filter(|c| c["period"] == label).collect()
}

/// The same channel of both periods, all channels of both.
type Parts<'v> = (Vec<(Value, [Column<'v>; 2])>, [Vec<Column<'v>>; 2]);

fn parts<'v>(before: &[&'v Value], after: &[&'v Value]) -> Parts<'v> {
    let mut names: Vec<Value> = Vec::new();
    for column in before.iter().chain(after) {
        if !names.contains(&column["channel"]) {
            names.push(column["channel"].clone());
        }
    }
    let find = |columns: &[&'v Value], name: &Value| columns.iter().find(|c| c["channel"] == *name).copied();
    let both: Vec<(Value, [Column; 2])> =
        names.iter().map(|n| (n.clone(), [find(before, n), find(after, n)])).collect();
    let all = [0, 1].map(|p| both.iter().map(|(_, columns)| columns[p]).collect());
    (both, all)
}

/// The rows that a share's effect may stand in.
fn share_rows(product: &Product) -> [String; 3] {
    ["mix", "new_channels", "closed_channels"].map(|name| format!("{}.{name}", product.system))
}

fn absolute(x: Q) -> Q {
    if x < q(0) { q(0) - x } else { x }
}

/// Whether what is shown is the exact effect, rounded to the cent, or where its sum has parts of a cent, finer; `units`
/// of these it may be off.
fn is_near(shown: &Q, exact: &Q, units: i64) -> bool {
    absolute(shown - exact) < q(100 * units)
}

/// A step of the program against the second opinion; returns how many ratios took another period's value.
fn equals_reference(got: &Value, before: &[&Value], after: &[&Value], chain: bool, place: &str) -> usize {
    let to = after[0]["period"].as_str().unwrap();
    let (both, all) = parts(before, after);
    let by_channel = both.iter().any(|(name, _)| !name.is_null());
    let mut taken = 0;
    for product in &PRODUCTS {
        let mut sums: Vec<(&str, Q)> = Vec::new();
        for (name, columns) in &both {
            let shown = |figure: &str| money(&row(got, to, name, figure)["effect"]);
            let effects = product.effects(*columns, [&all[0], &all[1]], chain);
            for (leaf, exact) in &effects {
                match sums.iter_mut().find(|(n, _)| n == leaf) {
                    Some((_, sum)) => *sum += exact,
                    None => sums.push((leaf, exact.clone())),
                }
                let figure = figure_of(product, leaf);
                let shown = match *leaf {
                    "share" if !by_channel => continue,
                    "share" => {
                        let [mix, new, closed] = share_rows(product);
                        let users = columns.map(|c| product.count(c, 0) > q(0));
                        let (own, others) = match users {
                            [false, true] => (new, [mix, closed]),
                            [true, false] => (closed, [mix, new]),
                            _ => (mix, [new, closed]),
                        };
                        assert!(others.iter().all(|o| shown(o) == q(0)), "{place} {name} {others:?}");
                        shown(&own)
                    }
                    _ => shown(&figure),
                };
                let units = if by_channel { 3 } else { 1 };
                assert!(is_near(&shown, exact, units), "{place} {name} {figure}: {shown}, not {exact}");
            }
            taken += undefined(got, product, to, name, columns, place);
        }
        for (leaf, exact) in sums.iter().filter(|_| by_channel) {
            let shown = |figure: &str| money(&row(got, to, &Value::Null, figure)["effect"]);
            let shown = match *leaf {
                "share" => share_rows(product).iter().fold(q(0), |sum, r| sum + shown(r)),
                _ => shown(&figure_of(product, leaf)),
            };
            assert!(is_near(&shown, exact, 1), "{place} all {leaf}: {shown}, not {exact}");
        }
    }
    taken
}

fn figure_of(product: &Product, leaf: &str) -> String {
    match leaf {
        "base" => product.base.into(),
        "unsplit" => format!("{}.unsplit", product.system),
        ratio => ratio.into(),
    }
}

/// The first ratio of a product is told as undefined where `pnl` has none in one of the periods alone.
fn undefined(
    got: &Value,
    product: &Product,
    to: &str,
    name: &Value,
    columns: &[Column; 2],
    place: &str,
) -> usize {
    let figure = product.ratios[0];
    let (system, key) = figure.split_once('.').unwrap();
    let there = columns.map(|c| c.is_some_and(|c| !c[system][key].is_null()));
    let told = list(got, "undefined")
        .iter()
        .filter(|u| u["to"] == to && u["channel"] == *name && u["figure"] == figure);
    let told: Vec<bool> = told.map(|u| u["undefined_in"] == to).collect();
    let want: Vec<bool> = if there[0] == there[1] { vec![] } else { vec![there[0]] };
    assert_eq!(told, want, "{place} {name} {figure}");
    told.len()
}

fn flipped(text: &Value) -> Q {
    q(0) - money(text)
}

/// Backwards every effect has the other sign, and new channels are closed ones.
fn flips(forth: &Value, back: &Value, place: &str) {
    for one in list(forth, "effects") {
        let figure = one["figure"].as_str().unwrap();
        let other = match figure.split_once('.').unwrap() {
            (system, "new_channels") => format!("{system}.closed_channels"),
            (system, "closed_channels") => format!("{system}.new_channels"),
            _ => figure.into(),
        };
        let to = one["from"]["period"].as_str().unwrap();
        let other = row(back, to, &one["channel"], &other);
        assert_eq!(money(&one["effect"]), flipped(&other["effect"]), "{place}: {one} {other}");
        assert_eq!((&one["before"], &one["after"]), (&other["after"], &other["before"]), "{place}");
    }
}

/// What channels may move: all that lies below the first count of a product, and together not.
fn changes_no_parent(by_channel: &Value, plain: &Value, place: &str) {
    for one in list(plain, "effects") {
        let figure = one["figure"].as_str().unwrap();
        let below = PRODUCTS.iter().any(|p| p.ratios.contains(&figure)) || figure.ends_with("unsplit");
        if !below && figure != "direct.revenue_per_buyer" {
            let other = row(by_channel, one["to"]["period"].as_str().unwrap(), &Value::Null, figure);
            assert_eq!(one["effect"], other["effect"], "{place}: {figure}");
        }
    }
}

/// Every step of one kind of period in a world, by everything and by channel.
fn check_world(world: &World, dir: &Path, seed: u64) -> (usize, usize) {
    let mut r = Random::new(seed);
    let flag = *r.pick(&['M', 'M', 'W', 'Q']);
    let chain = r.chance(30);
    let method = if chain { "--method chain" } else { "" };
    let labels: Vec<String> = {
        let o = Options { flag: Some(flag), ..Options::default() };
        columns(world, &o).expect("a world has days").into_iter().map(|c| c.0).collect()
    };
    if labels.len() < 2 {
        assert_eq!(ran(dir, "bridge", &[&format!("-{flag}")]).status, 2, "seed {seed}");
        return (0, 0);
    }
    let (mut steps, mut taken) = (0, 0);
    let mut plain = None;
    for by in ["", "--by channel"] {
        let got = told(dir, "bridge", &format!("-{flag} {by} {method}"));
        let options = Options { flag: Some(flag), by_channel: !by.is_empty(), ..Options::default() };
        let want = pnl(world, &options).expect("a world has days");
        for two in labels.windows(2).take(12) {
            let place = format!("seed {seed} -{flag} {by} {method} {two:?}");
            let (before, after) = (of_period(&want, &two[0]), of_period(&want, &two[1]));
            taken += equals_reference(&got, &before, &after, chain, &place);
            steps += 1;
        }
        // Any two, there and back.
        let (a, b) = (r.pick(&labels).clone(), r.pick(&labels).clone());
        if a != b {
            let two = |a: &str, b: &str| told(dir, "bridge", &format!("--from {a} --to {b} {by} {method}"));
            let forth = two(&a, &b);
            let place = format!("seed {seed} {a} {b} {by} {method}");
            taken += equals_reference(&forth, &of_period(&want, &a), &of_period(&want, &b), chain, &place);
            if !chain {
                flips(&forth, &two(&b, &a), &place);
            }
        }
        match &plain {
            None => plain = Some(got),
            Some(plain) => changes_no_parent(&got, plain, &format!("seed {seed} -{flag} {method}")),
        }
    }
    (steps, taken)
}

#[test]
fn the_program_equals_the_reference_on_random_worlds() {
    let worlds = std::env::var("SCRM_WORLDS").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    let (mut steps, mut taken) = (0, 0);
    for seed in 0..worlds {
        let world = random::world(seed);
        let dir = tempfile::tempdir().unwrap();
        world.write(dir.path(), 0);
        let (s, t) = check_world(&world, dir.path(), seed);
        (steps, taken) = (steps + s, taken + t);
    }
    assert!(
        worlds < 60 || (steps > 2 * 60 && taken > 60),
        "{worlds} worlds: {steps} steps, {taken} undefined"
    );
}

/// Days that the calendar has no name for are read for each period by itself.
#[test]
fn periods_of_any_days_are_what_pnl_says_of_them() {
    for seed in 0..6 {
        let world = random::world(seed);
        let dir = tempfile::tempdir().unwrap();
        world.write(dir.path(), 0);
        let all = columns(&world, &Options::default()).expect("a world has days");
        let (first, after) = (all[0].1, all[0].2);
        let middle = first + jiff::ToSpan::days(i64::from((after - first).get_days()) / 2);
        let (from, to) = (format!("{first}..{middle}"), format!("{middle}..{after}"));
        for by in ["", "--by channel"] {
            let got = told(dir.path(), "bridge", &format!("--from {from} --to {to} {by}"));
            let side = |begin, end| {
                let o = Options {
                    begin: Some(begin),
                    end: Some(end),
                    by_channel: !by.is_empty(),
                    ..Options::default()
                };
                let mut r = pnl(&world, &o).expect("days");
                let label = got["effects"][0][if begin == first { "from" } else { "to" }]["period"].clone();
                r["columns"].as_array_mut().unwrap().iter_mut().for_each(|c| c["period"] = label.clone());
                r
            };
            let (before, after) = (side(first, middle), side(middle, after));
            let columns = |r| list(r, "columns").iter().collect::<Vec<_>>();
            equals_reference(&got, &columns(&before), &columns(&after), false, &format!("seed {seed} {by}"));
        }
    }
}

#[test]
fn threads_and_pieces_change_no_byte() {
    let want = told(&demo(), "bridge", "-M --by channel");
    for pieces in ["--threads 1 --chunk-bytes 64", "--threads 3 --chunk-bytes 4096"] {
        assert_eq!(told(&demo(), "bridge", &format!("-M --by channel {pieces}")), want, "{pieces}");
    }
}

/// The steps of a report, by what they lead from and to.
fn steps(options: &str) -> Vec<(String, String)> {
    let r = told(&demo(), "bridge", options);
    let mut steps: Vec<(String, String)> = Vec::new();
    for row in list(&r, "effects") {
        let period = |side: &str| row[side]["period"].as_str().unwrap().to_string();
        let step = (period("from"), period("to"));
        if steps.last() != Some(&step) {
            steps.push(step);
        }
    }
    steps
}

#[test]
fn periods_that_are_compared() {
    for (options, want) in [
        ("", &[("2026-02", "2026-03")][..]),
        ("-M", &[("2026-01", "2026-02"), ("2026-02", "2026-03")]),
        ("-M --last 1", &[("2026-02", "2026-03")]),
        ("--last 9", &[("2026-01", "2026-02"), ("2026-02", "2026-03")]),
        ("--from 2026-03 --to 2026-01", &[("2026-03", "2026-01")]),
        ("--from 2026-01 --to 2026Q1", &[("2026-01", "2026-Q1")]),
        ("--from 2026-01-05..2026-01-08 --to 2026-01-08", &[("2026-01-05..2026-01-08", "2026-01-08")]),
        // A range's first period has its own before it.
        ("-p 2026-03", &[("2026-02", "2026-03")]),
        ("-p 2026-W10", &[("2026-W09", "2026-W10")]),
        ("-p 2026-03 -M", &[("2026-02", "2026-03")]),
        ("-b 2026-02-10 -e 2026-03-01 -M", &[("2026-01", "2026-02")]),
        ("-p 2026-02-10..2026-02-13", &[("2026-02-07..2026-02-10", "2026-02-10..2026-02-13")]),
        // Before January there is nothing to compare it with.
        ("-p 2026 -M", &[("2026-01", "2026-02"), ("2026-02", "2026-03")]),
    ] {
        let steps = steps(options);
        let steps: Vec<_> = steps.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(steps, want, "{options}");
    }
}

#[test]
fn a_period_that_is_not_over_or_cut_is_left_out_or_told() {
    let text = |options: &str| {
        let mut args: Vec<std::ffi::OsString> = vec!["scrm-calc".into(), "bridge".into(), demo().into()];
        args.extend(options.split_whitespace().map(Into::into));
        let r = run(&args);
        assert_eq!(r.status, 0, "{}", r.err);
        String::from_utf8(r.out).unwrap()
    };
    let left_out = text("--lang en --today 2026-03-31");
    assert!(
        left_out.contains("To 2026-02: ")
            && left_out.contains("2026-03 is not over on 2026-03-31 and left out")
    );
    let over = text("--lang en --today 2026-04-01");
    assert!(over.contains("To 2026-03: ") && !over.contains("not over"));
    let cut = text("--lang en --today 2026-04-15 -M -e 2026-03-15");
    assert!(
        cut.contains("Of 2026-03 only 2026-03-01 to 2026-03-14 is compared") && !over.contains("Of 2026-03")
    );
    let told = text("--lang zh --today 2026-03-31 -M");
    assert!(told.contains("截至 2026-03-31，2026-03 尚未结束，按现有数据比较"));
}

#[test]
fn people_are_told_where_a_ratio_is_undefined_and_what_could_not_be_split() {
    let text = |options: &[&str]| String::from_utf8(ran(&demo(), "bridge", options).out).unwrap();
    // On January 1st nobody of xiaohongshu bought, and on the 4th somebody did.
    let days = text(&["--from", "2026-01-01", "--to", "2026-01-04", "--by", "channel"]);
    let rule = "Undefined, so the other period's value is taken and the effect is 0.00:\n";
    assert!(days.contains(rule), "{days}");
    assert!(days.contains(
        "\n  2026-01-01 · xiaohongshu: Revenue per buyer, Orders per buyer, Average order value\n"
    ));
    // Over many days only the first places are told; programs get all.
    let many = text(&["-D", "--by", "channel"]);
    assert_eq!(many.lines().filter(|l| l.starts_with("  2026-")).count(), 6);
    let more = many.lines().find(|l| l.starts_with("  and in ")).unwrap();
    let all = told(&demo(), "bridge", "-D --by channel");
    let places: std::collections::BTreeSet<String> = list(&all, "undefined")
        .iter()
        .map(|u| format!("{} {} {} {}", u["from"], u["to"], u["channel"], u["undefined_in"]))
        .collect();
    assert_eq!(more, format!("  and in {} more places; -O json has all", places.len() - 6));
    assert!(many.contains("\nNot split: ") && !days.contains("Not split"));
    assert!(many.contains("    of which: Not split"));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    for (options, status, says) in [
        (&["--from", "2026-13", "--to", "2026-02"][..], 2, "--from: \"2026-13\" is not a period"),
        (&["--from", "2026-01", "--to", "March"], 2, "--to: \"March\" is not a period"),
        (&["--from", "2026-01", "--to", "2026-01..2026-02"], 2, "are the same days"),
        (&["--from", "2025-12", "--to", "2026-02"], 2, "nothing lies in 2025-12-01 to 2025-12-31"),
        (&["--from", "0001-01-01", "--to", "2026-01-05"], 2, "nothing lies in 0001-01-01 to 0001-01-01"),
        (&["--from", "2026-01", "--to", "2026-04"], 2, "the data goes from 2026-01-01 to 2026-03-31"),
        (&["--from", "2026-01"], 2, "--to <PERIOD>"),
        (&["--to", "2026-01"], 2, "--from <PERIOD>"),
        (&["--from", "2026-01", "--to", "2026-02", "-M"], 2, "cannot be used with"),
        (&["--from", "2026-01", "--to", "2026-02", "--last", "1"], 2, "cannot be used with"),
        (&["--from", "2026-01", "--to", "2026-02", "-p", "2026"], 2, "cannot be used with"),
        (&["-M", "-W"], 2, "cannot be used with"),
        (&["-Y"], 2, "needs two periods"),
        (&["-p", "2026-01"], 2, "nothing lies in 2025-12-01 to 2025-12-31"),
        (&["-M", "-p", "2020"], 2, "needs two periods"),
        (&["--last", "0"], 2, "invalid value '0'"),
        (&["--method", "shapely"], 2, "invalid value 'shapely'"),
        (&["--by", "staff"], 2, "invalid value 'staff'"),
        (&["--fail-if", "direct.convertion < 0"], 2, "did you mean direct.conversion?"),
        (&["--fail-if", "direct.buyers < 0"], 2, "no key \"direct.buyers\""),
        (&["--strict"], 1, "--strict: nothing was calculated"),
        // March brought 26,600.50 more than February; each user cost more, which is unfavourable.
        (&["-q", "--fail-if", "total.profit < 0"], 0, ""),
        (&["-q", "--fail-if", "total.profit > 26600.49"], 3, "total.profit > 26600.49 (2026-02 → 2026-03)\n"),
        (&["-q", "--fail-if", "total.profit > 26600.50"], 0, ""),
        (&["-q", "--fail-if", "traffic.cost_per_user < 0"], 3, "(2026-02 → 2026-03)"),
        (
            &["-q", "--by", "channel", "--fail-if", "total.profit < -1000"],
            3,
            "(2026-02 → 2026-03, (shared))\n",
        ),
        (&["-q", "--by", "channel", "--fail-if", "total.profit > 26000"], 3, "(2026-02 → 2026-03, total)\n"),
    ] {
        let r = ran(&demo(), "bridge", options);
        assert_eq!(r.status, status, "{options:?}: {}", r.err);
        assert!(r.err.contains(says), "{options:?}: {}", r.err);
        assert_eq!(r.out.is_empty(), !matches!(status, 0 | 3), "{options:?}");
    }
    assert_eq!(ran(Path::new("/nowhere"), "bridge", &[]).status, 4);
}

/// A shop of 1,000 users in January, of whom 120 buy for 300; 500 more in February, when 150 buy for 285.
fn shop_of_the_check_value() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let user = |n: usize| format!("u{n},2026-0{}-01\n", if n < 1_000 { 1 } else { 2 });
    let users: String = (0..1_500).map(user).collect();
    let january = (0..120).map(|n| format!("a{n},u{n},2026-01-10,300.00\n"));
    let february = (0..150).map(|n| format!("b{n},u{},2026-02-10,285.00\n", n * 10));
    let orders: String = january.chain(february).collect();
    std::fs::write(dir.path().join("users.csv"), format!("user_id,acquired_on\n{users}")).unwrap();
    std::fs::write(dir.path().join("orders.csv"), format!("order_id,user_id,paid_at,amount\n{orders}"))
        .unwrap();
    dir
}

#[test]
fn a_shop_whose_effects_are_known_by_hand() {
    let dir = shop_of_the_check_value();
    for (options, users, conversion, per_buyer) in [
        // 500 × (36 + 28.50) ÷ 2, 1,250 × −2 % × 292.50, 1,250 × 11 % × −15; in all 42,750 − 36,000.
        ("--from 2026-01 --to 2026-02", "16125.00", "-7312.50", "-2062.50"),
        ("--from 2026-02 --to 2026-01", "-16125.00", "7312.50", "2062.50"),
        ("-M --by channel", "16125.00", "-7312.50", "-2062.50"),
        // 500 × 36, 1,500 × −2 % × 300, 150 × −15; backwards −500 × 28.50, 1,000 × 2 % × 285, 120 × 15.
        ("-M --method chain", "18000.00", "-9000.00", "-2250.00"),
        ("--from 2026-02 --to 2026-01 --method chain", "-14250.00", "5700.00", "1800.00"),
    ] {
        let r = told(dir.path(), "bridge", options);
        let to = list(&r, "effects")[0]["to"]["period"].as_str().unwrap();
        let effect = |figure| row(&r, to, &Value::Null, figure)["effect"].as_str().unwrap();
        let got = ["direct.users", "direct.conversion", "direct.revenue_per_buyer"].map(effect);
        assert_eq!(got, [users, conversion, per_buyer], "{options}");
        let back = options.starts_with("--from 2026-02");
        assert_eq!(effect("total.profit"), if back { "-6750.00" } else { "6750.00" }, "{options}");
        assert_eq!(effect("direct.order_value"), per_buyer, "{options}: an order each");
    }
}

#[test]
fn a_shop_without_a_row_and_one_that_is_wrong() {
    let shop = |orders: &str| {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("users.csv"), "user_id,acquired_on\n").unwrap();
        std::fs::write(dir.path().join("orders.csv"), orders).unwrap();
        dir
    };
    let r = ran(shop("order_id,user_id,paid_at,amount\n").path(), "bridge", &[]);
    assert_eq!(r.status, 2);
    assert!(r.err.contains("no row of the data has a date"), "{}", r.err);
    let r = ran(shop("order_id,user_id,paid_at,amount\no,u,2026-01-01,x\n").path(), "bridge", &[]);
    assert_eq!((r.status, r.out.len()), (1, 0), "{}", r.err);
}

#[test]
fn a_report_goes_to_a_file_as_its_ending_says() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("why.csv");
    let r = ran(&demo(), "bridge", &["-q", "-o", file.to_str().unwrap()]);
    assert_eq!((r.status, r.out.len()), (0, 0), "{}", r.err);
    let text = std::fs::read_to_string(&file).unwrap();
    // A header, and 23 rows: all but the nine that only channels need.
    assert_eq!(text.lines().count(), 1 + 23);
    assert!(
        text.starts_with("from.period,from.begin,from.end,to.period,to.begin,to.end,channel,figure,part_of,")
    );
}
