//! What stands at the path of a report, and so how it is to be written. Looks, and writes nothing.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use super::obstacle::Obstacle;
use super::{FileId, OutputError, handle_of, stdout_handle, write_through};

/// As many links in a row as the kernel follows.
const MAX_LINKS: usize = 40;

pub enum Target {
    Through(Through),
    /// A regular file, or nothing yet, at a place that is no link.
    Replace {
        place: PathBuf,
        old: Option<Metadata>,
    },
}

/// Something to write into and never to replace.
pub enum Through {
    /// It is our own standard output or error under another name: to be written there, at its position.
    Open(File),
    /// A device, a pipe, a link of the kernel's to an open file.
    InPlace(PathBuf),
}

impl Through {
    pub fn write(self, bytes: &[u8]) -> io::Result<()> {
        let file = match self {
            Through::Open(file) => file,
            // Appending, for /dev/fd/3 may be a file that holds something already.
            Through::InPlace(place) => File::options().append(true).open(place)?,
        };
        write_through(file, bytes)
    }
}

/// Finds out how to write to `path`, or why not: it is one of `inputs`, a directory, or has no directory.
pub fn find(path: &Path, inputs: &[FileId]) -> Result<Target, OutputError> {
    let refused = |cause| OutputError::file(path, cause);
    let old = stat(path).map_err(refused)?;
    if let Some(old) = &old
        && old.is_file()
        && inputs.contains(&FileId::of(old))
    {
        return Err(OutputError::TargetIsInput { path: path.to_owned() });
    }
    classify(path, old).map_err(refused)
}

/// Metadata of what `path` leads to, `None` if that is not there.
///
/// Comes before any link is followed by hand: the kernel refuses links that somebody else has laid into a
/// directory open to all (`fs.protected_symlinks`), and this is where it can.
fn stat(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn classify(path: &Path, old: Option<Metadata>) -> io::Result<Target> {
    if let Some(old) = &old {
        if old.is_dir() {
            return Err(Obstacle::Directory.into());
        }
        if old.file_type().is_block_device() {
            return Err(Obstacle::BlockDevice.into());
        }
        if let Some(handle) = standard_handle(path, FileId::of(old))? {
            return Ok(Target::Through(Through::Open(handle)));
        }
        if !old.is_file() {
            return Ok(Target::Through(Through::InPlace(path.to_owned())));
        }
    }
    match follow_links(path)? {
        Some(place) => Ok(Target::Replace { place, old }),
        None => Ok(Target::Through(Through::InPlace(path.to_owned()))),
    }
}

/// Our standard output or error, where `id` is the same. Opening `/dev/stdout` anew would lose its position,
/// and does not work for a socket.
fn standard_handle(path: &Path, id: FileId) -> io::Result<Option<File>> {
    if path == Path::new("/dev/stdout") {
        return stdout_handle().map(Some);
    }
    let handles = [stdout_handle(), handle_of(io::stderr().as_fd())];
    Ok(handles.into_iter().flatten().find(|handle| handle.metadata().is_ok_and(|m| FileId::of(&m) == id)))
}

/// The place behind the links at the end of `path`, where a file can be replaced or made; the last link may
/// lead to nothing yet. `None` if a link is the kernel's own name of an open file (`/dev/fd/3`): to replace
/// what it is called would not reach the one who holds it open.
pub fn follow_links(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut place = path.to_owned();
    for _ in 0..MAX_LINKS {
        let directory = directory_of(&place)?;
        match fs::symlink_metadata(&place) {
            Ok(metadata) if metadata.is_symlink() => {
                if fs::canonicalize(directory)?.starts_with("/proc") {
                    return Ok(None);
                }
                place = directory.join(fs::read_link(&place)?);
            }
            Ok(_) => return Ok(Some(place)),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some(place)),
            Err(error) => return Err(error),
        }
    }
    Err(Obstacle::Links.into())
}

/// Where a file at `path` would come to stand: behind its links, even if nothing is there yet. A path that cannot be
/// followed is returned as it is; to write there is refused anyway.
pub fn place_of(path: &Path) -> PathBuf {
    follow_links(path).ok().flatten().unwrap_or_else(|| path.to_owned())
}

/// The directory that `place` stands in, which must be there. `x/` and `x/.` can only name a directory,
/// though `Path` takes them for `x`.
pub fn directory_of(place: &Path) -> io::Result<&Path> {
    let bytes = place.as_os_str().as_bytes();
    if bytes.ends_with(b"/") || bytes.ends_with(b"/.") {
        return Err(Obstacle::Directory.into());
    }
    let (Some(directory), Some(_)) = (place.parent(), place.file_name()) else {
        return Err(Obstacle::NoName.into());
    };
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    match fs::metadata(directory) {
        Ok(metadata) if metadata.is_dir() => Ok(directory),
        Ok(_) => Err(Obstacle::NoDirectory.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Obstacle::Nowhere.into()),
        Err(error) => Err(error),
    }
}
