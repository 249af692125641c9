//! Small shops in directories of their own, and public data where it is there.

use scrm_calc::app::{Run, run};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A data directory.
pub struct Shop(TempDir);

impl Shop {
    /// With files of these names.
    pub fn new(files: &[(&str, &str)]) -> Shop {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        Shop::of_bytes(&files)
    }

    pub fn of_bytes(files: &[(&str, &[u8])]) -> Shop {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(dir.path().join(name), bytes).unwrap();
        }
        Shop(dir)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs a command line; the directory stands behind the command.
    pub fn run(&self, line: &str) -> Run {
        let mut args = vec!["scrm-calc".into()];
        let mut words = line.split_whitespace();
        args.extend(words.next().map(Into::into));
        args.push(self.path().as_os_str().to_owned());
        args.extend("--today 2026-06-30".split(' ').chain(words).map(Into::into));
        run(&args)
    }

    /// The report for machines.
    pub fn json(&self, line: &str) -> Value {
        let r = self.run(&format!("{line} -O json"));
        assert_eq!(r.status, 0, "{line}: {}", r.err);
        serde_json::from_slice(&r.out).unwrap()
    }

    /// What a person reads, and what is said beside it.
    pub fn text(&self, line: &str) -> (String, String) {
        let r = self.run(line);
        assert_eq!(r.status, 0, "{line}: {}", r.err);
        (String::from_utf8(r.out).unwrap(), r.err)
    }

    /// What is said where the data is refused.
    pub fn refused(&self, line: &str) -> String {
        let r = self.run(line);
        assert_eq!((r.status, r.out.len()), (1, 0), "{line}: {}", r.err);
        r.err
    }
}

/// A directory of public data; says so where it is not there.
pub fn public(name: &str) -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if !data.is_dir() {
        eprintln!("skipped: no public data at {}", data.display());
    }
    data.is_dir().then_some(data)
}
