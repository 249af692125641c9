//! Puts a whole file in the place of another, or of none, in one step.
//!
//! The new file is made beside its place: exclusively, under a random name, so that nothing laid there in
//! advance is followed or overwritten. On any error it is removed, and the old file has not been touched. A
//! `kill -9` may leave one behind, named `.scrm-calc-….tmp`, which nothing reads.

use std::fs::{File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

use tempfile::NamedTempFile;

use super::{signals, target};

/// Any program's file; the umask takes its part when the file is opened.
const MODE_OF_A_NEW_FILE: u32 = 0o666;

/// Makes `place`, which must be no link, a file that holds `bytes`. `old` is what stands there.
pub fn replace(place: &Path, old: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
    let beside = prepare(place, old, bytes)?;
    // From here to the rename a signal waits, so that it cannot take the file away from under it.
    let _names = signals::unfinished();
    beside.persist(place).map(drop).map_err(|error| error.error)
}

/// The whole file beside its place, which it has only to be given.
pub fn prepare(place: &Path, old: Option<&Metadata>, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let beside = create_beside(place, old)?;
    fill(beside.as_file(), old, bytes)?;
    Ok(beside)
}

/// Opened by hand and not by `tempfile`: its files have the mode 0600, and its errors name a random path.
fn create_beside(place: &Path, old: Option<&Metadata>) -> io::Result<NamedTempFile> {
    signals::watch();
    let mode = old.map_or(MODE_OF_A_NEW_FILE, permission_bits);
    // A signal that comes between the file and its entry in the list waits for both.
    let mut names = signals::unfinished();
    let beside = make_beside(target::directory_of(place)?, |name| {
        File::options().write(true).create_new(true).mode(mode).open(name)
    })?;
    names.push(beside.path().to_owned());
    Ok(beside)
}

/// Makes something under a random name that nothing reads.
pub fn make_beside<T>(
    directory: &Path,
    make: impl FnMut(&Path) -> io::Result<T>,
) -> io::Result<NamedTempFile<T>> {
    tempfile::Builder::new().prefix(".scrm-calc-").suffix(".tmp").rand_bytes(12).make_in(directory, make)
}

fn fill(mut file: &File, old: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    if let Some(old) = old {
        keep_owner_and_mode(file, old)?;
    }
    file.sync_all()
}

/// The owner as far as we may; the mode exactly, except that rights of a group do not pass to another group.
pub fn keep_owner_and_mode(file: &File, old: &Metadata) -> io::Result<()> {
    let new = file.metadata()?;
    if new.uid() != old.uid() {
        let _ = fchown(file, Some(old.uid()), None);
    }
    let same_group = new.gid() == old.gid() || fchown(file, None, Some(old.gid())).is_ok();
    let mode = if same_group { permission_bits(old) } else { permission_bits(old) & !0o2070 };
    // Only where it differs: file systems without modes refuse the call.
    if permission_bits(&new) != mode {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// Of a directory also the bits that say what is made in it, and who may remove it.
pub fn permission_bits(metadata: &Metadata) -> u32 {
    metadata.mode() & if metadata.is_dir() { 0o7777 } else { 0o777 }
}
