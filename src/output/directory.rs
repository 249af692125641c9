//! Many files into one directory.
//!
//! Where there is no such directory, all are written into a new one beside its place, which then gets its name in
//! one step: a reader sees all of them or none. Where there is one, each file is replaced by itself, as any report
//! is, and whatever else stands in it stays.

use super::{FileId, OutputError, check_target, signals, target, to_file};
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Any program's directory and file; the umask takes its part.
const MODE_OF_A_DIRECTORY: u32 = 0o777;
const MODE_OF_A_FILE: u32 = 0o666;

/// Writes the files `names` into the directory `path`; `bytes` makes the content of the file with that index, and
/// may be asked for it twice.
pub fn to_directory(
    path: &Path,
    names: &[String],
    inputs: &[FileId],
    bytes: impl Fn(usize) -> Vec<u8>,
) -> Result<(), OutputError> {
    check_directory(path)?;
    signals::outlive_file_size_limit();
    if !path.is_dir() {
        match write_new(path, names, &bytes) {
            // Another run was faster: then its directory is the one that is there.
            Err(_) if path.is_dir() => {}
            written => return written.map_err(|cause| refused(path, cause)),
        }
    }
    // All are looked at before the first is written.
    names.iter().try_for_each(|name| check_target(&path.join(name), inputs))?;
    names.iter().enumerate().try_for_each(|(i, name)| to_file(&path.join(name), &bytes(i), inputs))
}

/// The refusals of [`to_directory`] that need no writing.
pub fn check_directory(path: &Path) -> Result<(), OutputError> {
    let found = match fs::metadata(path) {
        Ok(there) if there.is_dir() => Ok(()),
        Ok(_) => Err(ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            place_of(path).and_then(|place| target::directory_of(&place).map(drop))
        }
        Err(error) => Err(error),
    };
    found.map_err(|cause| refused(path, cause))
}

fn refused(path: &Path, cause: io::Error) -> OutputError {
    OutputError::File { path: path.to_owned(), cause }
}

/// Where the directory is to be made: `path` without slashes at its end, behind its links.
fn place_of(path: &Path) -> io::Result<PathBuf> {
    let path: PathBuf = path.components().collect();
    target::follow_links(&path)?.ok_or_else(|| ErrorKind::NotADirectory.into())
}

fn write_new(path: &Path, names: &[String], bytes: impl Fn(usize) -> Vec<u8>) -> io::Result<()> {
    let place = place_of(path)?;
    let beside = Beside::create(target::directory_of(&place)?)?;
    for (i, name) in names.iter().enumerate() {
        let bytes = bytes(i);
        // A signal waits for the file, so that it does not find the directory filling while it empties it.
        let _names = signals::unfinished();
        let mut options = File::options();
        let file = options.write(true).create_new(true).mode(MODE_OF_A_FILE).open(beside.0.join(name));
        file?.write_all(&bytes)?;
    }
    // Only when all are written, so that the file system may write them together.
    names.iter().try_for_each(|name| File::open(beside.0.join(name))?.sync_all())?;
    let _names = signals::unfinished();
    fs::rename(&beside.0, &place)?;
    std::mem::forget(beside);
    Ok(())
}

/// A new directory, which goes with all that is in it unless it gets its name.
struct Beside(PathBuf);

impl Beside {
    fn create(directory: &Path) -> io::Result<Beside> {
        signals::watch();
        // A signal that comes between the directory and its entry in the list waits for both.
        let mut names = signals::unfinished();
        let made = tempfile::Builder::new().prefix(".scrm-calc-").suffix(".tmp").rand_bytes(12).make_in(
            directory,
            |name| {
                DirBuilder::new().mode(MODE_OF_A_DIRECTORY).create(name)?;
                Ok(name.to_owned())
            },
        )?;
        // It would be removed as a file; from here on it is ours to remove.
        let path = made.keep().map_err(|error| error.error)?.1;
        names.push(path.clone());
        Ok(Beside(path))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // A signal that is removing it already ends the process: nobody is to hear of a directory that vanished.
        let _names = signals::unfinished();
        let _ = fs::remove_dir_all(&self.0);
    }
}
