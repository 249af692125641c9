//! A case for every code of problem: what `check` says about it, to the letter.
//!
//! `tests/data/errors/base` is a small shop that is clean. A case is a directory that holds only what differs from it:
//! `error/CODE` and `warning/CODE` show that one code and nothing else, `several/NAME` more than one problem.
//!
//! | file of a case | meaning |
//! |---|---|
//! | `expect.txt` | the exit status, then the lines of `check` but for the reconciliation |
//! | `NAME.escaped` | `NAME`, written with escapes where an editor or git would spoil the bytes: see [`unescaped`] |
//! | `NAME.sheets` | `NAME`, a workbook as described there: see [`super::sheets`] |
//! | `NAME.removed` | the directory lacks `NAME` |
//! | any other | replaces the file of that name, or adds one |

use scrm_calc::app::{Run, run};
use scrm_calc::input::problem::{Code, Severity};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The day on which all cases are checked.
const TODAY: &str = "2026-06-30";

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/errors")
}

/// The directories in a directory, in order.
fn names(kind: &str) -> Vec<String> {
    let entries = fs::read_dir(cases().join(kind)).unwrap();
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| !n.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// The directory of a code's case, below the cases.
fn directory(code: Code) -> String {
    let kind = if code.severity() == Severity::Error { "error" } else { "warning" };
    format!("{kind}/{}", code.name())
}

fn all_cases() -> Vec<String> {
    let of = |kind: &str| names(kind).into_iter().map(move |n| format!("{kind}/{n}")).collect::<Vec<_>>();
    ["error", "warning", "several"].iter().flat_map(|kind| of(kind)).collect()
}

/// What a case expects: the exit status, and the lines of `check` but for the reconciliation.
fn expected(case: &str) -> (u8, String) {
    let text = fs::read_to_string(cases().join(case).join("expect.txt")).unwrap();
    let (status, lines) = text.split_once('\n').unwrap();
    (status.strip_prefix("exit ").unwrap().parse().unwrap(), lines.into())
}

/// The shop as a case changes it.
fn shop(case: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
    for from in ["base", case] {
        for entry in fs::read_dir(cases().join(from)).unwrap() {
            let entry = entry.unwrap();
            let (name, bytes) = (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
            if name == "expect.txt" {
                continue;
            } else if let Some(name) = name.strip_suffix(".removed") {
                fs::remove_file(dir.path().join(name)).unwrap();
            } else if let Some(name) = name.strip_suffix(".escaped") {
                put(name, &unescaped(std::str::from_utf8(&bytes).unwrap()));
            } else if let Some(name) = name.strip_suffix(".sheets") {
                put(name, &super::sheets::workbook(std::str::from_utf8(&bytes).unwrap()));
            } else {
                put(&name, &bytes);
            }
        }
    }
    dir
}

/// Text with escapes to bytes: `\r`, `\0`, `\\`, `\xca` for a byte, `\u{200b}` for a character; a backslash at the
/// end of a line takes the line end away.
fn unescaped(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let Some((plain, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(plain.as_bytes());
        let (kind, after) = escape.split_at(1);
        rest = after;
        match kind {
            "r" => bytes.push(b'\r'),
            "0" => bytes.push(0),
            "\\" => bytes.push(b'\\'),
            "\n" => {}
            "x" => {
                bytes.push(u8::from_str_radix(&after[..2], 16).unwrap());
                rest = &after[2..];
            }
            "u" => {
                let (digits, after) = after.strip_prefix('{').and_then(|t| t.split_once('}')).unwrap();
                let c = char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap();
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = after;
            }
            other => panic!("no escape: \\{other}"),
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// Runs a command on a directory.
fn scrm(command: &str, dir: &Path, lang: &str, more: &[&str]) -> Run {
    let head = ["scrm-calc".as_ref(), command.as_ref(), dir.as_os_str()];
    let tail = ["--lang", lang, "--today", TODAY].into_iter().chain(more.iter().copied());
    let args: Vec<_> = head.into_iter().map(Into::into).chain(tail.map(Into::into)).collect();
    run(&args)
}

fn check(case: &str, lang: &str, more: &[&str]) -> Run {
    scrm("check", shop(case).path(), lang, more)
}

/// Standard output without the reconciliation, which stands last and only where nothing was refused.
fn problems(run: &Run) -> String {
    let out = std::str::from_utf8(&run.out).unwrap();
    let end = out.find("Reconciliation: ").or_else(|| out.find("对账：")).unwrap_or(out.len());
    out[..end].into()
}

/// Fails once, with all that is wrong.
fn none(failures: &[String]) {
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn escapes() {
    assert_eq!(unescaped("a\\r\\\nb\n"), b"a\rb\n");
    assert_eq!(unescaped("\\0\\xca\\xE9\\\\x\\u{200b}"), b"\0\xca\xe9\\x\xe2\x80\x8b");
}

#[test]
fn the_base_is_clean() {
    let dir = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(cases().join("base")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
    }
    let run = scrm("check", dir.path(), "en", &["--strict"]);
    assert_eq!((run.status, String::from_utf8(run.out).unwrap(), run.err.as_str()), (0, String::new(), ""));
}

#[test]
fn every_code_has_a_case_and_every_case_a_code() {
    let codes: BTreeSet<String> = Code::ALL.iter().map(|c| directory(*c)).collect();
    let mut found = BTreeSet::new();
    for kind in ["error", "warning"] {
        found.extend(names(kind).iter().map(|n| format!("{kind}/{n}")));
    }
    assert_eq!(codes.len(), Code::ALL.len(), "two codes of one severity have the same name");
    let without: Vec<_> = codes.difference(&found).collect();
    let unknown: Vec<_> = found.difference(&codes).collect();
    assert!(
        without.is_empty() && unknown.is_empty(),
        "codes without a case: {without:?}; no codes: {unknown:?}"
    );
}

#[test]
fn a_case_shows_its_code_and_no_other() {
    let mut failures = Vec::new();
    for &code in Code::ALL {
        let run = check(&directory(code), "en", &["-O", "json"]);
        let json: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
        let of = |key: &str| json[key].as_array().unwrap().clone();
        let problems = [of("problems"), of("legal")].concat();
        assert_eq!(of("legal").is_empty(), !code.is_legal(), "{}", directory(code));
        let found: Vec<_> = problems.iter().map(|p| (p["severity"].as_str(), p["code"].as_str())).collect();
        let severity = if code.severity() == Severity::Error { "error" } else { "warning" };
        if found != [(Some(severity), Some(code.name()))] {
            failures.push(format!("{}: {found:?}", directory(code)));
        }
    }
    none(&failures);
}

#[test]
fn check_says_what_is_expected() {
    let mut failures = Vec::new();
    for case in all_cases() {
        let (status, lines) = expected(&case);
        let run = check(&case, "en", &[]);
        if (run.status, problems(&run)) != (status, lines.clone()) {
            failures.push(format!(
                "{case}: expected exit {status}\n{lines}got exit {}\n{}",
                run.status,
                problems(&run)
            ));
        }
        // By which profile a file is read is said beside the report.
        if run.err.lines().any(|line| !line.contains(": read by the profile ")) {
            failures.push(format!("{case}: on standard error: {}", run.err));
        }
    }
    none(&failures);
}

/// Facts that the law asks about are told by `check` and refuse no report.
fn only_check(case: &str) -> bool {
    Code::ALL.iter().any(|c| c.is_legal() && directory(*c) == case)
}

#[test]
fn strict_refuses_warnings() {
    let mut failures = Vec::new();
    for case in all_cases() {
        for command in ["check", "pnl"].into_iter().filter(|c| *c == "check" || !only_check(&case)) {
            let run = scrm(command, shop(&case).path(), "en", &["--strict"]);
            if run.status != 1 || command == "pnl" && !run.out.is_empty() {
                failures.push(format!("{case}: {command} --strict exits with {}", run.status));
            }
        }
    }
    none(&failures);
}

/// `pnl` on refused data prints no report and says the errors, with the help, on standard error; on other data it
/// says the warnings.
#[test]
fn pnl_says_the_same() {
    let mut failures = Vec::new();
    for case in all_cases() {
        let (status, lines) = expected(&case);
        let run = scrm("pnl", shop(&case).path(), "en", &["-O", "json"]);
        if run.status != status || (status == 1) != run.out.is_empty() {
            failures.push(format!(
                "{case}: pnl exits with {}, {} bytes of report",
                run.status,
                run.out.len()
            ));
        }
        let told = lines
            .lines()
            .filter(|_| !only_check(&case))
            .filter(|l| status == 0 || !l.starts_with("warning: "));
        for line in told.filter(|l| !run.err.lines().any(|e| e == *l)) {
            failures.push(format!("{case}: pnl does not say: {line}\nbut:\n{}", run.err));
        }
    }
    none(&failures);
}

#[test]
fn every_message_exists_in_chinese() {
    let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let mut failures = Vec::new();
    for case in all_cases() {
        let (status, english) = expected(&case);
        let run = check(&case, "zh", &[]);
        let chinese = problems(&run);
        if run.status != status || chinese.lines().count() != english.lines().count() {
            failures.push(format!("{case}: exit {}, other lines than in English:\n{chinese}", run.status));
        }
        for (english, line) in english.lines().zip(chinese.lines()) {
            let prefixes =
                [("error: ", "错误: "), ("warning: ", "警告: "), ("  help: ", "  提示: "), ("", "")];
            let (_, prefix) = prefixes.into_iter().find(|(en, _)| english.starts_with(en)).unwrap();
            // The words of one help are the data's own.
            let own = case == "error/bad-motive" && prefix == "  提示: ";
            match line.strip_prefix(prefix) {
                Some(rest) if own || rest.contains(is_chinese) => {}
                _ => failures.push(format!("{case}: {line}")),
            }
        }
    }
    none(&failures);
}

/// As many errors as are shown, their lines before the count; the count is exact whatever is shown.
#[test]
fn max_errors_limits_what_is_shown_and_not_what_is_counted() {
    let case = "several/tables-files-lines";
    let (_, all) = expected(case);
    let (shown, _) = all.split_once("8 problems").unwrap();
    let two: String = shown.split_inclusive('\n').take(3).collect(); // the second has a help
    for (limit, expect) in [
        (
            "1",
            shown.lines().next().unwrap().to_string() + "\n8 problems, 7 not shown; nothing was calculated\n",
        ),
        ("2", two + "8 problems, 6 not shown; nothing was calculated\n"),
        ("8", all.clone()),
        ("0", all.clone()),
    ] {
        let run = check(case, "en", &["--max-errors", limit]);
        assert_eq!(problems(&run), expect, "check --max-errors {limit}");
        let run = scrm("pnl", shop(case).path(), "en", &["--max-errors", limit]);
        assert_eq!((run.status, run.err), (1, expect), "pnl --max-errors {limit}");
    }
}

/// What is said of dirt depends on no border between pieces: quotes that never close, line ends of all kinds, bytes that
/// are no text, rows too long and too short, at every place.
#[test]
fn dirt_is_the_same_however_it_is_cut() {
    let dirt: [&[u8]; 12] = [
        b"\"",
        b"\"\"",
        b"\r",
        b"\r\n",
        b"\n",
        b"\n\n",
        b",",
        b"\t",
        b"\0",
        b"\xff",
        "字\u{85}".as_bytes(),
        b"\"a\nb\"",
    ];
    let rows = |n: u32| format!("D{n},mei,2026-03-01 12:00:0{},19.90,\"mask, red\"\r\n", n % 10);
    let clean: String = (10..40).map(rows).collect();
    let mut places = (0..clean.len()).step_by(97).cycle();
    for (i, piece) in dirt.iter().enumerate().cycle().take(3 * dirt.len()) {
        let shop = shop("base");
        let mut text = clean.clone().into_bytes();
        for _ in 0..1 + i % 3 {
            let at = places.next().unwrap();
            text.splice(at..at, piece.iter().copied());
        }
        let open = ["", "D99,mei,2026-03-01,19.90,\"open\n", "and,no,end\n"];
        let open = if i % 2 == 0 { open[0].into() } else { open[1].to_string() + &open[2].repeat(50 * i) };
        let text = [b"order_id,user_id,paid_at,amount,product\n", &text[..], open.as_bytes()].concat();
        fs::write(shop.path().join("orders-march.csv"), text).unwrap();
        let said = |more: &[&str]| {
            let run = scrm("check", shop.path(), "en", &[&["--max-errors", "0"], more].concat());
            (run.status, run.out, run.err)
        };
        let want = said(&[]);
        for (threads, chunk) in [("1", "1"), ("2", "33"), ("3", "64"), ("2", "500")] {
            let cut = ["--threads", threads, "--chunk-bytes", chunk];
            assert_eq!(said(&cut), want, "{cut:?} {piece:?}");
        }
    }
}

/// Twenty without `--max-errors`, the first of the file; all with 0. However the file is cut among threads.
#[test]
fn the_first_twenty_are_shown() {
    let shop = shop("base");
    let row = |n: u32| format!("M{n},mei,2026-03-01,free\n");
    let rows: String = (1..=1_234).map(row).collect();
    fs::write(shop.path().join("orders-march.csv"), format!("order_id,user_id,paid_at,amount\n{rows}"))
        .unwrap();
    let errors = |run: &Run| -> Vec<String> {
        problems(run).lines().filter(|l| l.starts_with("error: ")).map(String::from).collect()
    };
    let error =
        |line: u32| format!("error: orders-march.csv:{line}:4: amount: \"free\" is not an amount of money");
    let cut = ["--threads", "4", "--chunk-bytes", "500"];
    for more in [&[][..], &cut] {
        let run = scrm("check", shop.path(), "en", more);
        assert_eq!(errors(&run), (2..=21).map(error).collect::<Vec<_>>(), "{more:?}");
        assert!(
            problems(&run).ends_with("\n1,234 problems, 1,214 not shown; nothing was calculated\n"),
            "{more:?}"
        );
        let run = scrm("check", shop.path(), "en", &[more, &["--max-errors", "0"]].concat());
        assert_eq!(errors(&run), (2..=1_235).map(error).collect::<Vec<_>>(), "{more:?}");
        assert!(problems(&run).ends_with("\n1,234 problems; nothing was calculated\n"), "{more:?}");
    }
}
