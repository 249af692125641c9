//! The house keeps itself in order: what cannot be seen by the compiler is checked here.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The lines of a source before its tests.
fn code(path: &Path) -> Vec<String> {
    text(path).lines().take_while(|l| *l != "#[cfg(test)]").map(str::to_string).collect()
}

#[test]
fn every_source_says_what_it_is_for() {
    for path in sources(&root().join("src")) {
        assert!(text(&path).starts_with("//! "), "{path:?} has no header");
    }
}

#[test]
fn functions_fit_on_a_screen() {
    const LONGEST: usize = 75;
    // One is a table of words, an arm for each code; the other is test data.
    let tables = ["src/report/problems.rs", "src/render/sample.rs"].map(|p| root().join(p));
    let mut long = Vec::new();
    for path in sources(&root().join("src")).into_iter().filter(|p| !tables.contains(p)) {
        let lines = code(&path);
        let mut open: Option<(usize, usize)> = None;
        for (i, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let is_fn = ["fn ", "pub fn ", "pub(crate) fn ", "pub(super) fn ", "const fn ", "pub const fn "]
                .iter()
                .any(|f| line.trim_start().starts_with(f));
            if is_fn && open.is_none() {
                open = Some((i, indent));
            }
            if let Some((from, at)) = open.filter(|(_, at)| *line == format!("{}}}", " ".repeat(*at))) {
                let _ = at;
                if i - from > LONGEST {
                    long.push(format!("{}:{} {} lines", path.display(), from + 1, i - from));
                }
                open = None;
            }
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn the_core_is_pure() {
    for path in sources(&root().join("src/scrm-core/src")) {
        let code = code(&path).join("\n");
        for word in ["std::", "println", "f64", "f32", "jiff", "serde"] {
            assert!(!code.contains(word), "{path:?} knows {word}");
        }
    }
}

#[test]
fn layers_know_only_what_is_below_them() {
    let knows = |dir: &str, word: &str| {
        sources(&root().join(dir))
            .into_iter()
            .filter(|p| code(p).iter().any(|l| l.contains(word)))
            .collect::<Vec<_>>()
    };
    for (dir, words) in [
        ("src/input", &["crate::report", "crate::render", "crate::app", "crate::cli", "crate::output"][..]),
        ("src/report", &["crate::app", "crate::cli", "crate::output", "crate::request"]),
        ("src/render", &["crate::app", "crate::cli", "crate::output", "crate::request", "crate::input"]),
    ] {
        for word in words {
            assert_eq!(knows(dir, word), Vec::<PathBuf>::new(), "{dir} knows {word}");
        }
    }
}

#[test]
fn the_file_system_is_touched_in_few_places() {
    let may = [
        "src/input/source.rs",
        "src/input/settings.rs",
        "src/input/chunks.rs",
        "src/app.rs",
        "src/request.rs",
    ];
    for path in sources(&root().join("src")) {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let touches = code(&path).iter().any(|l| l.contains("std::fs") || l.contains("File::open"));
        assert!(
            !touches || may.contains(&name.as_str()) || name.starts_with("src/output"),
            "{name} touches files"
        );
    }
}
