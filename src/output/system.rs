//! What the standard library has no name for. Linux only: elsewhere nothing can be exchanged, and each file is synced
//! by itself.

use std::fs::File;
use std::io;
use std::path::Path;

/// Exchanges two names in one step, whatever they are names of.
#[cfg(target_os = "linux")]
pub fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
pub fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Writes all of the file system that `file` is on to its disk. It does the work of `fsync` for many files at once,
/// and fails as they would: since Linux 5.8 for whatever could not be written since `file` was opened.
#[cfg(target_os = "linux")]
pub fn sync_all_of(file: &File) -> io::Result<()> {
    Ok(rustix::fs::syncfs(file)?)
}

#[cfg(not(target_os = "linux"))]
pub fn sync_all_of(_: &File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// May files be made and removed in this directory?
#[cfg(target_os = "linux")]
pub fn may_write_in(directory: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(directory, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

#[cfg(not(target_os = "linux"))]
pub fn may_write_in(_: &Path) -> bool {
    true
}
