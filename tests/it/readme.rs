//! The README stays true: its commands run, its figures can be redone and are the program's, its tables are complete.
//!
//! Commands run as processes with nothing on the screen, because a report in the tester's own terminal would take that
//! terminal's width and colours.

use num_bigint::BigInt;
use num_rational::BigRational;
use scrm_calc::error::exit;
use scrm_calc::input::problem::{Code, Severity};
use scrm_calc::input::settings;
use scrm_core::money::Money;
use scrm_core::tax::{Before, TaxRule};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("there is a README.md")
}

/// The text under a heading, up to the next heading of any level.
fn section(text: &str, heading: &str) -> String {
    let mut fenced = false;
    let inside = |line: &&str| {
        fenced ^= line.starts_with("```");
        fenced || !line.starts_with('#')
    };
    let after =
        text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no section {heading:?}")).1;
    after.lines().take_while(inside).collect::<Vec<_>>().join("\n")
}

/// The fenced blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("\n```{language}\n");
    let block = |after: &str| format!("{}\n", after.split("\n```").next().unwrap_or_default());
    text.split(&fence).skip(1).map(block).collect()
}

/// What stands in `code` marks, outside of fenced blocks.
fn code_spans(text: &str) -> Vec<&str> {
    text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2)).collect()
}

/// The rows of the tables in a text, by their cells.
fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines()
        .filter_map(|l| l.strip_prefix('|')?.strip_suffix('|'))
        .map(|l| l.split('|').map(str::trim).collect())
        .collect()
}

/// A directory in which `examples` is the crate's, and where reports may be written.
fn desk() -> TempDir {
    let desk = tempfile::tempdir().expect("a directory");
    std::os::unix::fs::symlink(root().join("examples"), desk.path().join("examples")).expect("a link");
    desk
}

fn program(at: &Path, args: &[String]) -> Output {
    let mut c = Command::new(env!("CARGO_BIN_EXE_scrm-calc"));
    c.current_dir(at).args(args).stdin(Stdio::null());
    c.env_remove("SCRM_CALC_LANG").env_remove("COLUMNS").env("LC_ALL", "C");
    // The demo ends with March 2026; a clock that stands earlier would only add warnings. Some commands know no day.
    if !args.iter().any(|a| ["--today", "init", "define"].contains(&&**a)) {
        c.args(["--today", "2026-04-15"]);
    }
    c.output().expect("the program runs")
}

fn printed(args: &str) -> String {
    let o = program(desk().path(), &words(args));
    assert_eq!(o.status.code(), Some(0), "{args}: {}", String::from_utf8_lossy(&o.stderr));
    String::from_utf8(o.stdout).expect("UTF-8")
}

/// A command line as a shell would split it, up to a pipe or a comment.
fn words(line: &str) -> Vec<String> {
    let (mut all, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (c, quote) {
            ('|' | '#', None) if word.is_none() => break,
            (' ', None) => all.extend(word.take()),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(q)) if c == q => quote = None,
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    all.extend(word);
    all
}

/// The program's command lines in the README, each with the exit status it states.
fn commands(text: &str) -> Vec<(Vec<String>, i32)> {
    let starts = ["scrm-calc ", "cargo run --release -- "];
    let one = |line: &str| {
        let args = starts.iter().find_map(|s| line.strip_prefix(s))?;
        let status = args.split_once("# exits ").map_or("0", |(_, s)| s);
        Some((words(args), status.trim().parse().expect("an exit status")))
    };
    blocks(text, "sh").iter().flat_map(|b| b.lines().filter_map(one).collect::<Vec<_>>()).collect()
}

#[test]
fn every_command_runs_and_exits_as_stated() {
    let desk = desk();
    let commands = commands(&readme());
    assert!(commands.len() > 10, "only {} commands found", commands.len());
    for (args, status) in commands {
        let o = program(desk.path(), &args);
        let err = String::from_utf8_lossy(&o.stderr);
        assert_eq!(o.status.code(), Some(status), "{args:?}\n{err}");
        let to_file = args.iter().position(|a| a == "-o").map(|i| desk.path().join(&args[i + 1]));
        assert!(to_file.is_none_or(|f| f.exists()), "{args:?} wrote no file");
    }
}

#[test]
fn the_quick_start_is_two_commands() {
    let quick = section(&readme(), "## Quick start");
    assert_eq!(blocks(&quick, "sh")[0], "cargo run --release -- pnl examples/demo-shop\ncargo test\n");
}

/// Is this what was printed, but for lines left out where `⋮` stands?
fn is_abridged(shown: &str, printed: &str) {
    let mut rest = printed;
    for (n, piece) in shown.split("⋮\n").enumerate() {
        let at = if n == 0 { rest.starts_with(piece).then_some(0) } else { rest.find(piece) };
        let at = at.unwrap_or_else(|| panic!("the program does not print\n{piece}\nbut\n{rest}"));
        rest = &rest[at + piece.len()..];
    }
    assert!(rest.is_empty() || shown.ends_with("⋮\n"), "this is printed as well:\n{rest}");
}

#[test]
fn what_is_shown_is_what_the_program_prints() {
    let text = readme();
    is_abridged(&blocks(&section(&text, "## What comes out"), "text")[0], &printed("pnl examples/demo-shop"));
    for heading in [
        "### What changed",
        "### Targets",
        "### From a month to its targets",
        "## Paying distributors",
        "### Why this amount?",
        "### Under another plan",
        "## Who sells, and who earns",
        "## Why profit changed",
        "## When users pay back",
        "## What if, and what it takes",
        "## Where a number comes from",
        "### What a word means",
        "### What the law may ask",
    ] {
        let part = section(&text, heading);
        is_abridged(&blocks(&part, "text")[0], &printed(&commands(&part)[0].0.join(" ")));
    }
}

#[test]
fn the_payment_run_is_what_the_program_writes() {
    let part = section(&readme(), "### The payment run");
    let desk = desk();
    let o = program(desk.path(), &commands(&part)[0].0);
    let said = String::from_utf8(o.stderr).expect("UTF-8");
    let line = said.lines().find(|l| l.starts_with("run ")).expect("a control line");
    assert!(part.contains(&format!("`{line}`")), "{line}");
    let file = std::fs::read_to_string(desk.path().join("pay-2026-03.csv")).expect("a payment file");
    let row = file.lines().nth(1).expect("a row");
    assert!(part.contains(&format!("`{row}`")), "{row}");
}

/// A number or a sign of a formula.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(BigRational),
    Sign(char),
}

fn ten_to(n: usize) -> BigInt {
    BigInt::from(10).pow(u32::try_from(n).expect("few decimals"))
}

fn decimals(number: &str) -> usize {
    number.split_once('.').map_or(0, |(_, d)| d.len())
}

fn number(text: &str) -> BigRational {
    let digits: BigInt =
        text.replace([',', '.'], "").parse().unwrap_or_else(|_| panic!("{text:?} is no number"));
    BigRational::new(digits, ten_to(decimals(text)))
}

/// The numbers of a formula as they are written.
fn numerals(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').filter(|t| !t.is_empty()).collect()
}

fn tokens(text: &str) -> Vec<Token> {
    let mut all = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(rest.len());
        if length > 0 {
            all.push(Token::Number(number(&rest[..length])));
            rest = rest[length..].trim_start();
        } else {
            all.push(Token::Sign(c));
            rest = rest[c.len_utf8()..].trim_start();
        }
    }
    all
}

/// Works a formula out exactly: sums of products of numbers, percentages and brackets.
struct Sum<'a>(std::iter::Peekable<std::slice::Iter<'a, Token>>);

impl Sum<'_> {
    fn of(text: &str) -> BigRational {
        let tokens = tokens(text);
        let mut sum = Sum(tokens.iter().peekable());
        let value = sum.sum();
        assert_eq!(sum.0.next(), None, "{text}");
        value
    }
    fn next_is(&mut self, sign: char) -> bool {
        self.0.next_if(|t| **t == Token::Sign(sign)).is_some()
    }
    fn sum(&mut self) -> BigRational {
        let mut value = self.product();
        loop {
            if self.next_is('+') {
                value += self.product();
            } else if self.next_is('−') {
                value -= self.product();
            } else {
                return value;
            }
        }
    }
    fn product(&mut self) -> BigRational {
        let mut value = self.factor();
        loop {
            if self.next_is('×') {
                value *= self.factor();
            } else if self.next_is('÷') {
                value /= self.factor();
            } else if self.next_is('%') {
                value /= number("100");
            } else {
                return value;
            }
        }
    }
    fn factor(&mut self) -> BigRational {
        if self.next_is('−') {
            return -self.factor();
        }
        if self.next_is('(') {
            let value = self.sum();
            assert!(self.next_is(')'), "a bracket is open");
            return value;
        }
        match self.0.next() {
            Some(Token::Number(n)) => n.clone(),
            other => panic!("{other:?} where a number should be"),
        }
    }
}

/// Checks `formula = result`: the result is the formula's value, rounded half away from zero as far as it is shown.
fn redo(line: &str) {
    let (formula, result) = line.split_once(" = ").expect("an equation");
    let shown = numerals(result).first().copied().unwrap_or_default();
    let places = decimals(shown) + if result.contains('%') { 2 } else { 0 };
    let scaled = Sum::of(formula) * BigRational::from(ten_to(places));
    let want = Sum::of(result) * BigRational::from(ten_to(places));
    assert_eq!(scaled.round(), want, "{line}");
}

/// All numbers in what the program prints about the demo, as they stand there.
fn printed_numerals(of_data: bool) -> BTreeSet<String> {
    let mut texts: Vec<String> = [
        "pnl examples/demo-shop",
        "pnl examples/demo-shop -M",
        "pnl examples/demo-shop -M --basis cohort",
        "pnl examples/demo-shop --by channel",
        "pnl examples/demo-shop -M --by channel",
        "pnl examples/demo-shop -p 2026-03 --targets",
        "pnl examples/demo-shop -p 2026-W02",
        "pnl examples/demo-shop -p 2026-03 --by channel",
        "pnl examples/demo-shop -p 2026-03 --by channel --allocate revenue",
        "check examples/demo-shop -v",
        "payouts examples/demo-shop",
        "payouts examples/demo-shop -p 2026-03",
        "distributors examples/demo-shop",
        "bridge examples/demo-shop",
        "bridge examples/demo-shop --by channel",
        "bridge examples/demo-shop --method chain",
        "cohort examples/demo-shop",
        "cohort examples/demo-shop --value revenue --cumulative",
        "cohort examples/demo-shop --value buyers --cumulative",
        "cohort examples/demo-shop --value conversion",
        "cohort examples/demo-shop --value repeat_share",
        "plan examples/demo-shop --break-even --target direct.profit=0",
        "plan --users 10000 --conversion 3% --revenue-per-buyer 199 --cost-per-user 8 --team 50000 --other 5000",
        "plan --users 10000 --conversion 3% --revenue-per-buyer 199 --cost-per-user 8 --team 50000 --other 5000 --break-even",
        "plan --users 10000 --conversion 3% --revenue-per-buyer 199 --cost-per-user 8 --team 50000 --other 5000 --solve conversion",
    ]
    .map(printed)
    .to_vec();
    if of_data {
        for name in ["orders.csv", "adjustments.csv", "payments.csv", "scrm.toml"] {
            let text = std::fs::read_to_string(root().join("examples/demo-shop").join(name));
            texts.push(text.expect("a file of the demo").replace(',', " "));
        }
    }
    texts
        .iter()
        .flat_map(|t| numerals(t).into_iter().map(|n| n.trim_end_matches([',', '.']).into()))
        .collect()
}

fn is_equation(text: &str) -> bool {
    text.contains(" = ") && text.chars().all(|c| c.is_ascii_digit() || " ,.=+−×÷%()".contains(c))
}

/// The equations in the last column of a section's tables.
fn worked(part: &str) -> Vec<&str> {
    rows(part).iter().filter_map(|r| r.last().copied()).filter(|c| is_equation(c)).collect()
}

#[test]
fn the_formulas_can_be_redone_and_are_the_programs() {
    let text = readme();
    for (heading, of_data, least) in [
        ("## The formulas, with the demo's figures", false, 20),
        ("## Paying distributors", true, 8),
        ("## Why profit changed", false, 7),
        ("## When users pay back", false, 5),
        ("## What if, and what it takes", false, 5),
    ] {
        let (known, part) = (printed_numerals(of_data), section(&text, heading));
        assert!(worked(&part).len() >= least, "{heading}");
        for line in worked(&part) {
            redo(line);
            for n in numerals(line) {
                assert!(known.contains(n), "{line}: nobody says {n}");
            }
        }
    }
}

/// A sum of whole yuan, or none.
fn yuan(text: Option<&&str>) -> Money {
    text.map_or(Money::ZERO, |t| Money::from_cents(t.replace(',', "").parse::<i128>().expect("yuan") * 100))
}

#[test]
fn the_tax_worked_out_is_what_the_program_withholds() {
    let part = section(&readme(), "### Tax");
    let all = rows(&part);
    let examples: Vec<_> = all.iter().filter(|r| r.last().is_some_and(|c| is_equation(c))).collect();
    assert_eq!(examples.len(), 4);
    for row in examples {
        let rule = match row[0] {
            "`cn-labour-2018`" => TaxRule::CnLabour2018,
            "`cn-platform-2025`" => TaxRule::CnPlatform2025,
            other => panic!("{other}"),
        };
        // What was paid, and what was withheld of it, last month.
        let mut paid = numerals(row[1]);
        paid.retain(|n| *n != ",");
        let months = if paid.is_empty() { 1 } else { 2 };
        let before = Before { income: yuan(paid.first()), withheld: yuan(paid.get(1)), months };
        let tax =
            rule.withhold(yuan(row.get(2)), &before).to_decimal().expect("a sum").round_dp(2).to_string();
        redo(row[3]);
        assert!(row[3].replace(',', "").ends_with(&format!("= {tax}")), "{row:?}: {tax}");
    }
}

#[test]
fn sums_in_the_prose_are_right() {
    let text = readme();
    let known = printed_numerals(true);
    // The days of a week and of a January are known without the program.
    let calendar = ["7", "31"];
    let spans: Vec<&str> = code_spans(&text).into_iter().filter(|s| is_equation(s)).collect();
    assert!(spans.len() >= 7, "{spans:#?}");
    for line in spans {
        redo(line);
        let formula = line.split(" = ").next().unwrap_or_default();
        for n in numerals(formula).into_iter().filter(|n| !calendar.contains(n)) {
            assert!(known.contains(n), "{line}: nobody says {n}");
        }
    }
}

#[test]
fn figures_in_tables_of_the_data_are_the_programs() {
    let printed = printed_numerals(false);
    let buckets = section(&readme(), "### Where each order goes");
    let figures: Vec<String> =
        rows(&buckets).iter().flat_map(|r| r[2..].to_vec()).map(|c| c.replace('*', "")).collect();
    let figures: Vec<&String> = figures.iter().filter(|f| f.chars().any(|c| c.is_ascii_digit())).collect();
    assert_eq!(figures.len(), 12);
    figures.iter().for_each(|f| assert!(printed.contains(*f), "{f}"));
}

#[test]
fn every_code_is_in_its_table() {
    let text = readme();
    for (severity, heading) in
        [(Severity::Error, "### What is refused"), (Severity::Warning, "### What is warned of")]
    {
        let part = section(&text, heading);
        let told: BTreeSet<&str> =
            rows(&part).iter().skip(2).flat_map(|r| r[0].split(", ")).map(|c| c.trim_matches('`')).collect();
        let ours: BTreeSet<&str> =
            Code::ALL.iter().filter(|c| c.severity() == severity).map(|c| c.name()).collect();
        assert_eq!(told, ours, "{heading}");
    }
}

#[test]
fn the_error_shown_is_the_programs() {
    let desk = tempfile::tempdir().expect("a directory");
    let demo = root().join("examples/demo-shop");
    for entry in std::fs::read_dir(&demo).expect("the demo").map(|e| e.expect("an entry")) {
        std::fs::copy(entry.path(), desk.path().join(entry.file_name())).expect("a copy");
    }
    let orders = desk.path().join("orders.csv");
    let text = std::fs::read_to_string(&orders).expect("orders");
    let broken =
        |(i, l): (usize, &str)| if i == 12 { l.replacen(",169.00,", ",\"12,5O\",", 1) } else { l.into() };
    let lines: Vec<String> = text.lines().enumerate().map(broken).collect();
    std::fs::write(&orders, lines.join("\n") + "\n").expect("written");
    let o = program(desk.path(), &words("pnl ."));
    assert_eq!((o.status.code(), o.stdout.len()), (Some(1), 0));
    let shown = blocks(&section(&readme(), "### What is refused"), "text");
    assert_eq!(String::from_utf8_lossy(&o.stderr), shown[0]);
}

#[test]
fn every_exit_status_is_listed() {
    let part = section(&readme(), "## Exit status");
    let listed: Vec<u8> = rows(&part).iter().filter_map(|r| r[0].parse().ok()).collect();
    let ours = [exit::DONE, exit::REFUSED, exit::USAGE, exit::CONDITION, exit::FILE, exit::DEFECT];
    assert_eq!(listed, ours);
}

#[test]
fn the_settings_shown_are_settings() {
    let shown = blocks(&section(&readme(), "## Settings"), "toml");
    settings::parse(&shown[0]).expect("the settings of the README");
}

#[test]
fn what_the_code_map_names_is_there() {
    let map = section(&readme(), "## Code map");
    let paths: Vec<&str> = code_spans(&map).into_iter().filter(|s| s.contains('/')).collect();
    assert!(paths.len() > 15);
    for path in paths {
        assert!(root().join(path).exists(), "{path}");
    }
    // And every part of the program is on the map.
    for entry in std::fs::read_dir(root().join("src")).expect("src").map(|e| e.expect("an entry")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let small = ["lib.rs", "lang.rs", "help_zh.rs", "words.rs", "output"];
        assert!(
            small.contains(&name.as_str()) || map.contains(&format!("src/{name}")),
            "src/{name} is not on the map"
        );
    }
}

#[test]
fn links_and_files_named_are_there() {
    let text = readme();
    let targets = text.split("](").skip(1).filter_map(|t| t.split(')').next());
    for target in targets.filter(|t| !t.starts_with("http") && !t.starts_with('#')) {
        assert!(PathBuf::from(root()).join(target).exists(), "{target}");
    }
}
