//! The only writer: bytes to standard output, to standard error, or to a file.
//!
//! A report that could not be written is never taken for success. A file is written beside its place and
//! renamed, so that a reader sees the old one or the new one, whole; a device, a pipe or a socket is written
//! to and never replaced; a file that the run has read is never replaced either. Files that belong together are all
//! written or none ([`to_files`]); a directory of them is replaced as one ([`to_directory`]).
//!
//! What this module does not do: it formats nothing, reads no data, and knows no exit code. It does not sync
//! the directory (after a power cut the old report may be back), and it does not carry over access lists,
//! extended attributes or further hard links of the file it replaces.

mod closed_fds;
mod directory;
mod obstacle;
mod replace;
mod signals;
mod system;
mod target;
mod together;

use std::ffi::OsString;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::lang::{Lang, Said};
use crate::said;
pub use directory::{Replaceable, check_directory, to_directory};
use obstacle::Obstacle;
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
    /// Wrong usage: the directory that is to be replaced holds something that is not ours.
    Foreign { path: PathBuf, name: OsString },
    /// The file could not be written; what stood there before still stands.
    File { path: PathBuf, cause: io::Error },
    /// The same, but files that belong to it were written before and could not be taken back.
    Half { path: PathBuf, cause: io::Error, left: Vec<(PathBuf, io::Error)> },
    /// The new directory stands in its place; the old one could not be removed.
    OldStays { path: PathBuf, old: PathBuf, cause: io::Error },
    /// Standard output could not be written; a part may have been.
    Stdout { cause: io::Error },
}

impl OutputError {
    fn file(path: &Path, cause: io::Error) -> OutputError {
        OutputError::File { path: path.to_owned(), cause }
    }

    /// The message in both languages; what the system says of a cause stays as it is.
    pub fn said(&self) -> Said {
        let both = |error| [Lang::En, Lang::Zh].map(|lang| obstacle::cause(error, lang));
        match self {
            OutputError::TargetIsInput { path } => said!(
                "{path:?} is one of the inputs; a report never replaces data",
                "{path:?} 是输入文件之一，报表不会覆盖数据"
            ),
            OutputError::Foreign { path, name } => said!(
                "{path:?} would be replaced as a whole, and holds {name:?}, which is not ours; choose another directory",
                "{path:?} 会被整体替换，但其中有不属于本程序的 {name:?}，请换一个目录"
            ),
            OutputError::File { path, cause } => {
                let [en, zh] = both(cause);
                said!("{path:?} could not be written: {en}", "{path:?} 无法写入：{zh}")
            }
            OutputError::Half { path, cause, left } => {
                let [en, zh] = both(cause);
                let failed = said!("{path:?} could not be written: {en}", "{path:?} 无法写入：{zh}");
                left.iter().fold(failed, |told, (path, cause)| {
                    let [en, zh] = both(cause);
                    told.then(said!(
                        "\n{path:?} is written already and could not be taken back ({en}): remove it, or put back what \
                         stood there, before anything is made of it",
                        "\n{path:?} 已经写入，且无法撤回（{zh}）：请先删除它，或恢复原来的文件，再做别的"
                    ))
                })
            }
            OutputError::OldStays { path, old, cause } => {
                let [en, zh] = both(cause);
                said!(
                    "{path:?} is written; what stood there before could not be removed and is now {old:?}: {en}",
                    "{path:?} 已写入；原来的内容无法删除，现为 {old:?}：{zh}"
                )
            }
            OutputError::Stdout { cause } => {
                let [en, zh] = both(cause);
                said!("standard output could not be written: {en}", "标准输出无法写入：{zh}")
            }
        }
    }
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said().en)
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
        Target::Through(through) => through.write(bytes),
        Target::Replace { place, old } => replace::replace(&place, old.as_ref(), bytes),
    };
    written.map_err(|cause| OutputError::file(path, cause))
}

/// Is anything at a path, be it a link that leads nowhere?
pub fn is_there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Makes a directory, and those above it, where they are not there.
pub fn make_directory(path: &Path) -> Result<(), OutputError> {
    std::fs::create_dir_all(path).map_err(|cause| OutputError::file(path, cause))
}

/// The refusals of [`to_file`] that need no writing, to be asked before a long calculation.
pub fn check_target(path: &Path, inputs: &[FileId]) -> Result<(), OutputError> {
    target::find(path, inputs).map(drop)
}

/// Standard output without the buffer of std, which also takes a descriptor that cannot be written for
/// success.
fn stdout_handle() -> io::Result<File> {
    if closed_fds::stdout_was_closed() {
        return Err(Obstacle::Closed.into());
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
            Ok(0) => return Err(Obstacle::Full.into()),
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
