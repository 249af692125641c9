//! Several files that belong together: all are written, or none.
//!
//! Everything that may fail is done first, beside the places; then the files are put in place one after the other.
//! Where one of these last steps fails, the steps before it are taken back. A `kill -9` between two steps leaves
//! the earlier files in place, so the one that must not stand alone comes last.

use super::target::{self, Target};
use super::{FileId, OutputError, replace, signals, write_through};
use std::fs::{self, File, Metadata};
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
        out: Out,
        bytes: &'a [u8],
    },
}

enum Out {
    Open(File),
    InPlace(PathBuf),
}

/// How to take a step back.
struct Undo {
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
        let step =
            prepare(target, bytes).map_err(|cause| OutputError::File { path: path.to_path_buf(), cause })?;
        ready.push(Ready { path, step });
    }
    let mut undo = Vec::new();
    let put = put_all(ready, &mut undo);
    if put.is_err() {
        // The first failure is the one to tell.
        undo.into_iter().rev().for_each(|u| drop(u.restore()));
    }
    put
}

fn prepare(target: Target, bytes: &[u8]) -> io::Result<Step<'_>> {
    Ok(match target {
        Target::Open(file) => Step::Through { out: Out::Open(file), bytes },
        Target::InPlace(place) => Step::Through { out: Out::InPlace(place), bytes },
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
        let refused = |cause| OutputError::File { path: path.to_owned(), cause };
        match step {
            Step::Rename { beside, place, before } => {
                beside.persist(&place).map_err(|e| refused(e.error))?;
                undo.push(Undo { place, before });
            }
            Step::Through { out: Out::Open(file), bytes } => write_through(file, bytes).map_err(refused)?,
            Step::Through { out: Out::InPlace(place), bytes } => {
                let file = File::options().append(true).open(place).map_err(refused)?;
                write_through(file, bytes).map_err(refused)?;
            }
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
