//! Many files as one directory: a reader sees all of the old ones or all of the new ones.
//!
//! All are written into a new directory beside its place. Where nothing stands there, it gets its name in one step;
//! where one stands already, both names are exchanged in one step, and the old one goes with all that is in it. So
//! only a directory that holds nothing but files of ours is replaced, and whatever else stands in it is never lost.
//! A `kill -9` may leave one directory behind, named `.scrm-calc-….tmp`.
//!
//! Where two names cannot be exchanged (an old or a foreign file system, a mount, a directory that others own, the
//! one we are called in), each file is replaced by itself, as any report is.

use super::obstacle::Obstacle;
use super::{FileId, OutputError, check_target, replace, signals, system, target, to_file};
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Any program's directory and file; the umask takes its part.
const MODE_OF_A_DIRECTORY: u32 = 0o777;
const MODE_OF_A_FILE: u32 = 0o666;

/// What a directory may hold that is replaced.
#[derive(Clone, Copy)]
pub struct Replaceable<'a> {
    /// The names of files that are ours.
    pub ours: fn(&OsStr) -> bool,
    /// The files that the run has read: none of them is touched, whatever its name.
    pub inputs: &'a [FileId],
}

/// Makes `path` a directory of the files `names`; `bytes` makes the content of the file with that index, and may be
/// asked for it twice.
pub fn to_directory(
    path: &Path,
    names: &[String],
    may: Replaceable,
    bytes: impl Fn(usize) -> Vec<u8>,
) -> Result<(), OutputError> {
    check_directory(path, may)?;
    signals::outlive_file_size_limit();
    if as_a_whole(path, names, may, &bytes)? {
        return Ok(());
    }
    one_by_one(path, names, may, &bytes)
}

/// The refusals of [`to_directory`] that need no writing.
pub fn check_directory(path: &Path, may: Replaceable) -> Result<(), OutputError> {
    match find(path).map_err(|cause| OutputError::file(path, cause))? {
        (place, Some(_)) => contents(path, &place, may).map(drop),
        (_, None) => Ok(()),
    }
}

/// Where the directory is or is to be made, behind all links, and what stands there.
fn find(path: &Path) -> io::Result<(PathBuf, Option<Metadata>)> {
    match fs::metadata(path) {
        Ok(old) if old.is_dir() => Ok((fs::canonicalize(path)?, Some(old))),
        Ok(_) => Err(Obstacle::NoDirectory.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // Without slashes at its end.
            let path: PathBuf = path.components().collect();
            let place = target::follow_links(&path)?.ok_or(Obstacle::NoDirectory)?;
            target::directory_of(&place)?;
            Ok((place, None))
        }
        Err(error) => Err(error),
    }
}

/// The names in a directory that may be replaced; `path` is what it was asked for as.
fn contents(path: &Path, directory: &Path, may: Replaceable) -> Result<Vec<OsString>, OutputError> {
    let fail = |cause| OutputError::file(path, cause);
    if !fs::symlink_metadata(directory).map_err(fail)?.is_dir() {
        return Err(fail(Obstacle::NoDirectory.into()));
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let (name, metadata) = (entry.file_name(), entry.metadata().map_err(fail)?);
        if !metadata.is_file() || !(may.ours)(&name) {
            return Err(OutputError::Foreign { path: path.to_owned(), name });
        }
        if may.inputs.contains(&FileId::of(&metadata)) {
            return Err(OutputError::TargetIsInput { path: path.join(name) });
        }
        names.push(name);
    }
    Ok(names)
}

/// Writes all files beside, and puts them in place in one step. `false` where that cannot be; then nothing is done.
fn as_a_whole(
    path: &Path,
    names: &[String],
    may: Replaceable,
    bytes: impl Fn(usize) -> Vec<u8>,
) -> Result<bool, OutputError> {
    let fail = |cause| OutputError::file(path, cause);
    let (place, old) = find(path).map_err(fail)?;
    if old.is_some() && (is_where_we_are(&place) || !system::may_write_in(&place)) {
        return Ok(false);
    }
    let directory = target::directory_of(&place).map_err(fail)?;
    let made = Beside::create(directory, old.as_ref())
        .and_then(|beside| beside.fill(names, old.as_ref().map(|_| &*place), bytes).map(|()| beside));
    match made {
        Ok(mut beside) => beside.put(path, &place, may),
        Err(cause) if old.is_some() && cannot_be_whole(&cause) => Ok(false),
        Err(cause) => Err(fail(cause)),
    }
}

/// The directory in which the program was called would be gone from under the one who called it.
fn is_where_we_are(place: &Path) -> bool {
    std::env::current_dir().and_then(fs::canonicalize).is_ok_and(|here| here == place)
}

/// Is it the file system, or who owns the directory around it, that stands in the way?
fn cannot_be_whole(error: &io::Error) -> bool {
    use ErrorKind::{
        CrossesDevices, InvalidInput, PermissionDenied, ReadOnlyFilesystem, ResourceBusy, Unsupported,
    };
    [CrossesDevices, InvalidInput, PermissionDenied, ReadOnlyFilesystem, ResourceBusy, Unsupported]
        .contains(&error.kind())
}

/// Replaces each file by itself, and then removes those of ours that are not among `names`.
pub(super) fn one_by_one(
    path: &Path,
    names: &[String],
    may: Replaceable,
    bytes: impl Fn(usize) -> Vec<u8>,
) -> Result<(), OutputError> {
    // All are looked at before the first is written.
    let stale = contents(path, &find(path).map_err(|cause| OutputError::file(path, cause))?.0, may)?;
    names.iter().try_for_each(|name| check_target(&path.join(name), may.inputs))?;
    names.iter().enumerate().try_for_each(|(i, name)| to_file(&path.join(name), &bytes(i), may.inputs))?;
    let kept: std::collections::HashSet<&OsStr> = names.iter().map(OsStr::new).collect();
    for name in stale.iter().filter(|name| !kept.contains(name.as_os_str())) {
        fs::remove_file(path.join(name)).map_err(|cause| OutputError::file(&path.join(name), cause))?;
    }
    Ok(())
}

/// A new directory, which goes with all that is in it unless it gets its name.
struct Beside {
    path: PathBuf,
    /// Nothing stands there any more that is ours to remove.
    gone: bool,
}

impl Beside {
    /// Makes it with the owner and the mode of the old one, so that nobody sees a page who did not see the old.
    fn create(directory: &Path, old: Option<&Metadata>) -> io::Result<Beside> {
        signals::watch();
        // A signal that comes between the directory and its entry in the list waits for both.
        let mut names = signals::unfinished();
        let mode = old.map_or(MODE_OF_A_DIRECTORY, replace::permission_bits);
        let made = replace::make_beside(directory, |name| {
            DirBuilder::new().mode(mode).create(name)?;
            Ok(name.to_owned())
        })?;
        // It would be removed as a file; from here on it is ours to remove.
        let path = made.keep().map_err(|error| error.error)?.1;
        names.push(path.clone());
        drop(names);
        let beside = Beside { path, gone: false };
        if let Some(old) = old {
            replace::keep_owner_and_mode(&File::open(&beside.path)?, old)?;
        }
        Ok(beside)
    }

    /// Writes the files into it, and to the disk; one that stands in the old directory keeps its owner and mode.
    fn fill(&self, names: &[String], old: Option<&Path>, bytes: impl Fn(usize) -> Vec<u8>) -> io::Result<()> {
        let directory = File::open(&self.path)?;
        for (i, name) in names.iter().enumerate() {
            let bytes = bytes(i);
            let old = old.and_then(|old| fs::symlink_metadata(old.join(name)).ok());
            // A signal waits for the file, so that it does not find the directory filling while it empties it.
            let _names = signals::unfinished();
            let mode = old.as_ref().map_or(MODE_OF_A_FILE, replace::permission_bits);
            let mut options = File::options();
            let file = options.write(true).create_new(true).mode(mode).open(self.path.join(name));
            let mut file = file?;
            file.write_all(&bytes)?;
            if let Some(old) = &old {
                replace::keep_owner_and_mode(&file, old)?;
            }
        }
        // For all at once, since one by one takes most of the run. Where that is not possible, or fails for what may
        // be another's file, each of ours is asked.
        system::sync_all_of(&directory)
            .or_else(|_| names.iter().try_for_each(|name| File::open(self.path.join(name))?.sync_all()))
    }

    /// Puts it in its place in one step, and removes what stood there. `false` where names cannot be exchanged.
    fn put(&mut self, path: &Path, place: &Path, may: Replaceable) -> Result<bool, OutputError> {
        let fail = |cause| OutputError::file(path, cause);
        // A signal waits until there is one directory again.
        let mut names = signals::unfinished();
        let nothing_there = fs::symlink_metadata(place).is_err_and(|e| e.kind() == ErrorKind::NotFound);
        if nothing_there {
            match fs::rename(&self.path, place) {
                Ok(()) => {
                    self.gone = true;
                    return Ok(true);
                }
                // Another run was faster: then its directory is the old one.
                Err(e) if [ErrorKind::DirectoryNotEmpty, ErrorKind::AlreadyExists].contains(&e.kind()) => {}
                Err(e) => return Err(fail(e)),
            }
        }
        match system::exchange(&self.path, place) {
            Ok(()) => {}
            Err(e) if cannot_be_whole(&e) => return Ok(false),
            Err(e) => return Err(fail(e)),
        }
        // Something may have been put there since it was looked at.
        let there = match contents(path, &self.path, may) {
            Ok(there) => there,
            Err(foreign) => {
                return match system::exchange(&self.path, place) {
                    Ok(()) => Err(foreign),
                    Err(cause) => Err(self.stays(path, cause, &mut names)),
                };
            }
        };
        let mut removed = there.iter().try_for_each(|name| fs::remove_file(self.path.join(name)));
        removed = removed.and_then(|()| fs::remove_dir(&self.path));
        self.gone = removed.is_ok();
        removed.map(|()| true).map_err(|cause| self.stays(path, cause, &mut names))
    }

    /// What stands there now is not ours to remove, for us or for a signal.
    fn stays(&mut self, path: &Path, cause: io::Error, names: &mut Vec<PathBuf>) -> OutputError {
        self.gone = true;
        names.retain(|name| *name != self.path);
        OutputError::OldStays { path: path.to_owned(), old: self.path.clone(), cause }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if self.gone {
            return;
        }
        // A signal that is removing it already ends the process: nobody is to hear of a directory that vanished.
        let _names = signals::unfinished();
        let _ = fs::remove_dir_all(&self.path);
    }
}
