//! Several files that belong together: all are written, or none.
//!
//! Everything that may fail is done first, beside the places; then the files are put in place one after the other.
//! Where one of these last steps fails, the steps before it are taken back. A `kill -9` between two steps leaves
//! the earlier files in place, so the one that must not stand alone comes last.

use super::target::{self, Target, Through};
use super::{FileId, OutputError, replace, signals};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// What stood at a place, if anything did.
type Before = Option<Box<(Metadata, Vec<u8>)>>;

/// A file that has only to be put in its place.
struct Ready<'a> {
    path: &'a Path,
    step: Step<'a>,
}

enum Step<'a> {
    Rename {
        beside: NamedTempFile,
        place: PathBuf,
        before: Before,
    },
    /// A pipe or a device: what was written there cannot be taken back.
    Through {
        out: Through,
        bytes: &'a [u8],
    },
}

/// How to take a step back.
struct Undo {
    /// What it was asked for as.
    path: PathBuf,
    place: PathBuf,
    before: Before,
}

/// Writes all of `files`, in this order, or none of them.
pub fn to_files(files: &[(&Path, &[u8])], inputs: &[FileId]) -> Result<(), OutputError> {
    let targets = files.iter().map(|(path, _)| target::find(path, inputs));
    let targets = targets.collect::<Result<Vec<_>, _>>()?;
    signals::outlive_file_size_limit();
    let mut ready = Vec::new();
    for ((path, bytes), target) in files.iter().zip(targets) {
        let step = prepare(target, bytes).map_err(|cause| OutputError::file(path, cause))?;
        ready.push(Ready { path, step });
    }
    let mut undo = Vec::new();
    put_all(ready, &mut undo).map_err(|failed| take_back(failed, undo))
}

/// Takes the steps back that were done before one failed. Where that fails too, the failure names what stands there
/// and should not: nobody may take it for done, or for never begun.
fn take_back(failed: OutputError, undo: Vec<Undo>) -> OutputError {
    let mut left: Vec<(PathBuf, io::Error)> = Vec::new();
    for step in undo.into_iter().rev() {
        let path = step.path.clone();
        left.extend(step.restore().err().map(|cause| (path, cause)));
    }
    match (failed, left.is_empty()) {
        (OutputError::File { path, cause }, false) => OutputError::Half { path, cause, left },
        (failed, _) => failed,
    }
}

fn prepare(target: Target, bytes: &[u8]) -> io::Result<Step<'_>> {
    Ok(match target {
        Target::Through(out) => Step::Through { out, bytes },
        Target::Replace { place, old } => {
            let beside = replace::prepare(&place, old.as_ref(), bytes)?;
            let before = old.map(|old| fs::read(&place).map(|bytes| Box::new((old, bytes)))).transpose()?;
            Step::Rename { beside, place, before }
        }
    })
}

fn put_all(ready: Vec<Ready>, undo: &mut Vec<Undo>) -> Result<(), OutputError> {
    // A signal waits for the last rename, so that it does not come between two. It does not wait for the reader of
    // a pipe.
    let all_renames = ready.iter().all(|r| matches!(r.step, Step::Rename { .. }));
    let mut _names = all_renames.then(signals::unfinished);
    for Ready { path, step } in ready {
        let refused = |cause| OutputError::file(path, cause);
        match step {
            Step::Rename { beside, place, before } => {
                beside.persist(&place).map_err(|e| refused(e.error))?;
                undo.push(Undo { path: path.to_owned(), place, before });
            }
            Step::Through { out, bytes } => out.write(bytes).map_err(refused)?,
        }
    }
    Ok(())
}

impl Undo {
    fn restore(self) -> io::Result<()> {
        match self.before {
            Some(before) => replace::replace(&self.place, Some(&before.0), &before.1),
            None => fs::remove_file(self.place),
        }
    }
}

/// Do two paths lead to one file, whether or not it is there?
pub fn are_one(a: &Path, b: &Path) -> bool {
    let place = |path: &Path| {
        let place = target::follow_links(path).ok().flatten()?;
        let directory = fs::canonicalize(target::directory_of(&place).ok()?).ok()?;
        Some(directory.join(place.file_name()?))
    };
    let id = |path: &Path| fs::metadata(path).ok().filter(Metadata::is_file).map(|m| FileId::of(&m));
    a == b || place(a).is_some_and(|p| Some(p) == place(b)) || id(a).is_some_and(|i| Some(i) == id(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    /// Both faults at once: the payment file could not be put in place, nor the rows taken back.
    #[test]
    fn what_cannot_be_taken_back_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let failed = || OutputError::File { path: "pay.csv".into(), cause: io::Error::other("full") };
        let step = |name: &str| {
            let place = dir.path().join(name);
            Undo { path: name.into(), place, before: None }
        };
        fs::write(dir.path().join("rows.csv"), "new").unwrap();
        let told = take_back(failed(), vec![step("rows.csv")]);
        assert!(matches!(told, OutputError::File { .. }));
        assert!(!dir.path().join("rows.csv").exists());
        // It cannot be removed, for it is gone.
        let told = take_back(failed(), vec![step("rows.csv")]).said();
        let [en, zh] = [Lang::En, Lang::Zh].map(|lang| told.in_lang(lang).to_string());
        assert!(en.contains("\"pay.csv\" could not be written: full"), "{en}");
        assert!(en.contains("\"rows.csv\" is written already and could not be taken back"), "{en}");
        assert!(zh.contains("\"rows.csv\" 已经写入，且无法撤回"), "{zh}");
    }
}
