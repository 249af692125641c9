//! The only writer: bytes to standard output, to standard error, or to a file.
//!
//! A report that could not be written is never taken for success. A file is written beside its place and
//! renamed, so that a reader sees the old one or the new one, whole; a device, a pipe or a socket is written
//! to and never replaced; a file that the run has read is never replaced either. Files that belong together are all
//! written or none ([`to_files`]); a new directory appears with all that is in it ([`to_directory`]).
//!
//! What this module does not do: it formats nothing, reads no data, and knows no exit code. It does not sync
//! the directory (after a power cut the old report may be back), and it does not carry over access lists,
//! extended attributes or further hard links of the file it replaces.

mod closed_fds;
mod directory;
mod replace;
mod signals;
mod target;
mod together;

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

pub use directory::{check_directory, to_directory};
use target::Target;
pub use target::place_of;
pub use together::{are_one, to_files};

/// What a file is, whatever it is called: the same for a hard link and for what a symbolic link points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    dev: u64,
    ino: u64,
}

impl FileId {
    pub fn of(metadata: &Metadata) -> FileId {
        FileId { dev: metadata.dev(), ino: metadata.ino() }
    }
}

/// Why a report did not arrive. The message names the path and the cause, with control characters escaped.
#[derive(Debug)]
pub enum OutputError {
    /// Wrong usage: the target is a file that the run reads.
    TargetIsInput { path: PathBuf },
    /// The file could not be written; what stood there before still stands.
    File { path: PathBuf, cause: io::Error },
    /// Standard output could not be written; a part may have been.
    Stdout { cause: io::Error },
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutputError::TargetIsInput { path } => {
                write!(f, "{path:?} is one of the inputs; a report never replaces data")
            }
            OutputError::File { path, cause } => write!(f, "{path:?} could not be written: {cause}"),
            OutputError::Stdout { cause } => write!(f, "standard output could not be written: {cause}"),
        }
    }
}

/// No `source`: the message has the cause already, and a chain of causes would show it twice.
impl std::error::Error for OutputError {}

/// Writes all of `bytes` to standard output. A reader that went away (`| head`) is no error; a full disk is,
/// and so is a closed standard output (`>&-`) when there is something to write.
pub fn to_stdout(bytes: &[u8]) -> Result<(), OutputError> {
    if bytes.is_empty() {
        return Ok(());
    }
    signals::outlive_file_size_limit();
    stdout_handle().and_then(|out| write_through(out, bytes)).map_err(|cause| OutputError::Stdout { cause })
}

/// Writes to standard error as far as that goes: where it does not, there is nobody left to tell.
pub fn to_stderr(bytes: &[u8]) {
    let _ = io::stderr().lock().write_all(bytes);
}

/// Writes `bytes` to `path`, whole or not at all. `inputs` are the files that the run has read.
pub fn to_file(path: &Path, bytes: &[u8], inputs: &[FileId]) -> Result<(), OutputError> {
    let target = target::find(path, inputs)?;
    signals::outlive_file_size_limit();
    let written = match target {
        Target::Open(handle) => write_through(handle, bytes),
        // Appending, for /dev/fd/3 may be a file that holds something already.
        Target::InPlace(place) => {
            File::options().append(true).open(place).and_then(|file| write_through(file, bytes))
        }
        Target::Replace { place, old } => replace::replace(&place, old.as_ref(), bytes),
    };
    written.map_err(|cause| OutputError::File { path: path.to_owned(), cause })
}

/// The refusals of [`to_file`] that need no writing, to be asked before a long calculation.
pub fn check_target(path: &Path, inputs: &[FileId]) -> Result<(), OutputError> {
    target::find(path, inputs).map(drop)
}

/// Standard output without the buffer of std, which also takes a descriptor that cannot be written for
/// success.
fn stdout_handle() -> io::Result<File> {
    if closed_fds::stdout_was_closed() {
        return Err(io::Error::other("it is closed"));
    }
    handle_of(io::stdout().as_fd())
}

fn handle_of(fd: BorrowedFd<'_>) -> io::Result<File> {
    fd.try_clone_to_owned().map(File::from)
}

/// Writes into something that is already there, to the last byte or to the reader's last wish.
fn write_through(mut out: impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Another process that shares our pipe or terminal has made it non-blocking: wait for its reader.
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(Duration::from_millis(1)),
            Err(error) => return Err(error),
        }
    }
    out.flush()
}

#[cfg(test)]
mod tests;
