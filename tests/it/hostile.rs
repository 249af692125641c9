//! A corpus of hostile inputs, where there is one: a good base directory and one change each, with what must come
//! out. It is looked for in `SCRM_HOSTILE`, else beside the checkout; without it the test says that it is skipped.

use scrm_calc::app::{Run, run};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn corpus() -> Option<PathBuf> {
    let set = std::env::var_os("SCRM_HOSTILE").map(PathBuf::from);
    let dir = set.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/hostile"));
    if dir.join("manifest.json").is_file() {
        return Some(dir);
    }
    eprintln!("skipped: no corpus of hostile inputs at {}", dir.display());
    None
}

fn command(name: &str, dir: &Path, more: &[&str]) -> Run {
    let mut args = vec!["scrm-calc".into(), name.into(), dir.as_os_str().to_owned()];
    args.extend(["--today", "2026-01-01", "--lang", "en"].map(Into::into));
    args.extend(more.iter().map(Into::into));
    run(&args)
}

/// The directory of a case: the base with its change.
fn made(corpus: &Path, case: &Value) -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(corpus.join("base")).unwrap().map(Result::unwrap) {
        std::fs::write(temp.path().join(entry.file_name()), std::fs::read(entry.path()).unwrap()).unwrap();
    }
    let also = case["also"].as_array().cloned().unwrap_or_default();
    for change in std::iter::once(case).chain(&also) {
        let target = temp.path().join(change["replaces"].as_str().unwrap());
        match change["file"].as_str() {
            None => std::fs::remove_file(target).unwrap(),
            Some(file) => {
                std::fs::create_dir_all(target.parent().unwrap()).unwrap();
                std::fs::write(target, std::fs::read(corpus.join(file)).unwrap()).unwrap();
            }
        }
    }
    temp
}

fn fits(wanted: &Value, got: &Value) -> bool {
    let same = |key: &str| wanted[key].is_null() || wanted[key] == got[key];
    let related = wanted["related"].as_array().cloned().unwrap_or_default();
    let named = |r: &Value| {
        let all = got["related"].as_array().unwrap();
        all.iter().any(|g| g["file"] == r["file"] && g["line"] == r["line"])
    };
    ["severity", "code", "file", "line", "column"].iter().all(|k| same(k)) && related.iter().all(named)
}

/// A figure as a plain decimal without its trailing zeros.
fn number(v: &Value) -> Option<String> {
    let text = v.as_str().map_or_else(|| v.to_string(), str::to_string);
    let trimmed = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    (!v.is_null()).then(|| trimmed.to_string())
}

fn without_warnings(mut report: Value) -> Value {
    report.as_object_mut().unwrap().remove("warnings");
    report
}

/// What comes out of the cases of files that could not be read when they were written: the encoding, the delimiter and
/// the header are found out now.
fn since_read(id: &str) -> Option<Value> {
    let error = |code: &str, line: u64, column: Option<u64>| {
        let problem =
            json!({"severity": "error", "code": code, "file": "orders.csv", "line": line, "column": column});
        json!({"exit": 1, "problems": [problem]})
    };
    match id.split('-').next()? {
        "A04" | "A05" | "A06" | "A35" | "B40" | "B42" | "B46" | "B47" | "B48" | "P02" => {
            Some(json!({"exit": 0, "problems": [], "clean": true, "same_as_base": true}))
        }
        // A channel of its own.
        "A10" => Some(json!({"exit": 0, "problems": [], "clean": true})),
        // Its header names the columns, and it has two cells less than the rows.
        "A36" => Some(error("row-length", 2, None)),
        // Chinese headers, which a profile knows now.
        "C13" => Some(json!({"exit": 0, "problems": [], "clean": true, "same_as_base": true})),
        // A comma in an amount means decimals only where the settings say so.
        "B41" => Some(error("bad-money", 2, Some(4))),
        _ => None,
    }
}

/// What is wrong with a case.
fn failures(dir: &Path, expect: &Value, base: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let (check, pnl) = (command("check", dir, &["-O", "json"]), command("pnl", dir, &["-O", "json"]));
    let exit = expect["exit"].as_u64().unwrap();
    for (name, r) in [("check", &check), ("pnl", &pnl)] {
        if u64::from(r.status) != exit {
            wrong.push(format!("{name} exits {}, not {exit}: {}", r.status, r.err));
        }
        for text in expect["stderr"].as_array().into_iter().flatten() {
            if !r.err.contains(text.as_str().unwrap()) {
                wrong.push(format!("{name} does not say {text}: {}", r.err));
            }
        }
    }
    let printed = String::from_utf8(pnl.out).unwrap();
    if printed.contains("-0.00\"") || [1, 2, 4].contains(&exit) && !printed.is_empty() {
        wrong.push(format!("pnl printed {printed}"));
    }
    if exit > 1 || !wrong.is_empty() {
        return wrong;
    }
    let found: Value = serde_json::from_slice(&check.out).unwrap();
    let found = found["problems"].as_array().unwrap().clone();
    let wanted = expect["problems"].as_array().cloned().unwrap_or_default();
    for w in wanted.iter().filter(|w| !found.iter().any(|g| fits(w, g))) {
        wrong.push(format!("{w} is not among {found:?}"));
    }
    if expect["clean"] == true {
        let listed = |g: &&Value| !wanted.iter().any(|w| w["code"] == g["code"]);
        wrong.extend(found.iter().filter(listed).map(|g| format!("{g} was not expected")));
    }
    if exit == 0 {
        let report: Value = serde_json::from_str(&printed).unwrap();
        for (key, want) in expect["pnl"].as_object().into_iter().flatten() {
            let (system, figure) = key.split_once('.').unwrap();
            let got = &report["total"][system][figure];
            if number(got) != number(want) {
                wrong.push(format!("{key} is {got}, not {want}"));
            }
        }
        if expect["same_as_base"] == true && without_warnings(report) != *base {
            wrong.push("the report differs from the base's".into());
        }
    }
    wrong
}

#[test]
fn every_case_of_the_corpus_holds() {
    let Some(corpus) = corpus() else { return };
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(corpus.join("manifest.json")).unwrap()).unwrap();
    let base = command("pnl", &corpus.join("base"), &["-O", "json"]);
    let base = without_warnings(serde_json::from_slice(&base.out).unwrap());
    let cases = manifest["cases"].as_array().unwrap();
    assert!(cases.len() > 500, "the corpus has {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let temp = made(&corpus, case);
        let since = since_read(case["id"].as_str().unwrap());
        let found = failures(temp.path(), since.as_ref().unwrap_or(&case["expect"]), &base);
        wrong.extend(found.into_iter().map(|f| format!("{}: {f}", case["id"])));
    }
    assert!(wrong.is_empty(), "{} failures\n{}", wrong.len(), wrong.join("\n"));
}
