//! The files of tables that the settings name, wherever they lie: patterns such as `../exports/*.xlsx`, taken from the
//! data directory.

use super::{Cause, FileError, TableName, shown_path, stem};
use glob::{MatchOptions, Pattern};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Names that begin with a dot are met by a pattern that begins so, and `*` stays in its directory.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// A file that is found, under the name by which it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    pub name: Vec<u8>,
    pub path: PathBuf,
}

/// The pattern of a path, from the data directory, whose own name may hold signs of patterns.
fn from_root(root: &Path, pattern: &str) -> String {
    let root = Pattern::escape(&root.to_string_lossy());
    match Path::new(pattern).is_absolute() {
        true => pattern.to_string(),
        false if root.is_empty() => pattern.to_string(),
        false => format!("{}/{pattern}", root.trim_end_matches('/')),
    }
}

fn matches(pattern: &str) -> Vec<PathBuf> {
    // A directory on the way that cannot be listed holds nothing that is found; a file that cannot be read is told
    // when it is opened.
    let paths = glob::glob_with(pattern, OPTIONS).into_iter().flatten();
    paths.map(|found| found.unwrap_or_else(|e| e.path().to_path_buf())).collect()
}

/// The files of a table by their patterns, each once, in byte order of their names.
///
/// # Errors
/// [`FileError`] where there is none.
pub fn find(root: &Path, table: TableName, patterns: &[String]) -> Result<Vec<Named>, FileError> {
    let (mut all, mut met) = (BTreeSet::new(), BTreeSet::new());
    for pattern in patterns {
        // The name of a file that is there is that file, whatever signs of patterns stand in it.
        let literal = Some(root.join(pattern)).filter(|path| path.is_file());
        for path in literal.map_or_else(|| matches(&from_root(root, pattern)), |path| vec![path]) {
            let is_lock = path.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"~$"));
            if is_lock || path.is_dir() || !met.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
                continue;
            }
            let shown = path.strip_prefix(root).unwrap_or(&path);
            all.insert(Named { name: shown.as_os_str().as_encoded_bytes().to_vec(), path: path.clone() });
        }
    }
    if all.is_empty() {
        let cause = Cause::NoTable { tried: patterns.to_vec() };
        return Err(FileError { path: format!("[files] {} ({})", table.name(), shown_path(root)), cause });
    }
    Ok(all.into_iter().collect())
}

/// Is a name's ending that of tabs, and is it gzip? Whatever the ending is, the file is read: it was named.
pub fn ending(name: &[u8]) -> (bool, bool) {
    match stem(name) {
        Some((_, tsv, gzip)) => (tsv, gzip),
        None => (false, name.ends_with(b".gz")),
    }
}

/// Would a file at this path be met by a pattern?
pub fn would_match(root: &Path, pattern: &str, path: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    if real(path).is_some_and(|there| real(&root.join(pattern)) == Some(there)) {
        return true;
    }
    let pattern = PathBuf::from(from_root(root, pattern));
    let (Some(last), Some(name)) = (pattern.file_name(), path.file_name()) else { return false };
    let of_name = Pattern::new(&last.to_string_lossy());
    if !of_name.is_ok_and(|p| p.matches_with(&name.to_string_lossy(), OPTIONS)) {
        return false;
    }
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(there) = parent.canonicalize() else { return false };
    let folder = pattern.parent().unwrap_or(Path::new("."));
    let folders = matches(&folder.to_string_lossy());
    folders
        .iter()
        .chain([&folder.to_path_buf()])
        .any(|folder| folder.canonicalize().is_ok_and(|f| f == there))
}
