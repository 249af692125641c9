//! The data directory: which files are tables, and the only place where bytes are read.
//!
//! Files are opened one after another, never more at once than there are readers. A file that is no regular file is
//! refused before it is opened, and one that changed while it was read is refused after.

mod named;

use super::encoding::{Encoding, Utf16};
use super::form;
use super::problem::FileNo;
use super::workbook::{self, Fault, Merged, Note, Sheet, Wanted};
use crate::lang::Lang;
use flate2::read::MultiGzDecoder;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The tables of the data directory, in the order in which they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableName {
    Users,
    AdSpend,
    TeamCost,
    OtherCost,
    Distributors,
    Referrals,
    Refunds,
    Bill,
    Orders,
    Payments,
    Adjustments,
    Targets,
}

impl TableName {
    pub const ALL: [TableName; 12] = [
        TableName::Users,
        TableName::AdSpend,
        TableName::TeamCost,
        TableName::OtherCost,
        TableName::Distributors,
        TableName::Referrals,
        TableName::Refunds,
        TableName::Bill,
        TableName::Orders,
        TableName::Payments,
        TableName::Adjustments,
        TableName::Targets,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            TableName::Users => "users",
            TableName::AdSpend => "ad_spend",
            TableName::TeamCost => "team_cost",
            TableName::OtherCost => "other_cost",
            TableName::Distributors => "distributors",
            TableName::Referrals => "referrals",
            TableName::Refunds => "refunds",
            TableName::Bill => "bill",
            TableName::Orders => "orders",
            TableName::Payments => "payments",
            TableName::Adjustments => "adjustments",
            TableName::Targets => "targets",
        }
    }
}

/// One file of a table.
#[derive(Clone, Debug)]
pub struct Part {
    pub table: TableName,
    pub number: FileNo,
    pub path: PathBuf,
    /// The name shown: relative to the data directory, with what a terminal would act on escaped.
    pub name: String,
    pub delimiter: u8,
    pub gzip: bool,
    /// The sheet of a workbook that this part is, where it is said of the part alone.
    pub sheet: Option<String>,
}

/// A file or directory that could not be read.
#[derive(Debug)]
pub struct FileError {
    pub path: String,
    pub cause: Cause,
}

#[derive(Debug)]
pub enum Cause {
    Io(io::Error),
    /// A device, pipe, socket or directory where a file is needed.
    NotAFile,
    NotADirectory,
    /// No failure: the file shows only behind its beginning in which encoding it is.
    Written(FileNo, Encoding),
    /// The gzip data is broken.
    Gzip(io::Error),
    /// The file was written to while it was read.
    Changed,
    /// Files of orders whose profiles contradict each other.
    Rows {
        profiles: [String; 2],
    },
    /// The settings say that orders' amounts repeat on their rows, and nothing says that rows are items.
    NoLines,
    /// None of these files is there.
    NoTable {
        tried: Vec<String>,
    },
}

impl FileError {
    /// What went wrong, in a language.
    pub fn in_lang(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        let what = match &self.cause {
            Cause::Io(e) => format!("无法读取：{e}"),
            Cause::NotAFile => "不是普通文件".into(),
            Cause::NotADirectory => "不是目录".into(),
            Cause::Written(_, encoding) => format!("编码为 {}", encoding.name()),
            Cause::Gzip(e) => format!("gzip 数据损坏（{e}），请重新下载"),
            Cause::Changed => "读取期间被改动，请在无人写入时重试".into(),
            Cause::Rows { profiles: [a, b] } => format!(
                "配置 {a} 与 {b} 对每行是否重复整单金额说法不一；请分放两个数据目录，或在 scrm.toml 写明 [orders] grain 与 order_amount_repeats"
            ),
            Cause::NoLines => {
                "order_amount_repeats：只有按商品分行时金额才会重复，请同时设 grain = \"line\"".into()
            }
            Cause::NoTable { tried } => format!("没有这张表，找过 {}", tried.join("、")),
        };
        format!("{}：{what}", self.path)
    }
}

impl std::error::Error for FileError {}
impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path)?;
        match &self.cause {
            Cause::Io(e) => write!(f, "{e}"),
            Cause::NotAFile => f.write_str("not a regular file"),
            Cause::NotADirectory => f.write_str("not a directory"),
            Cause::Written(_, encoding) => write!(f, "written in {}", encoding.name()),
            Cause::Gzip(e) => write!(f, "broken gzip data ({e}); fetch the file again"),
            Cause::Changed => f.write_str("changed while it was read; run again when nothing writes to it"),
            Cause::Rows { profiles: [a, b] } => write!(
                f,
                "the profiles {a} and {b} differ in whether an order's amount repeats on its rows; keep them in data \
                 directories of their own, or say so by [orders] grain and order_amount_repeats in scrm.toml"
            ),
            Cause::NoLines => f.write_str(
                "order_amount_repeats: only rows that are items repeat it; set grain = \"line\" too",
            ),
            Cause::NoTable { tried } => write!(f, "no such table; tried {}", tried.join(", ")),
        }
    }
}

/// A path as it may be shown: control and invisible characters escaped, bytes that are no UTF-8 replaced.
pub fn shown_path(path: &Path) -> String {
    let text = path.to_string_lossy();
    let harmless = |c: char| !c.is_control() && !super::field::text::is_invisible(c);
    text.chars().map(|c| if harmless(c) { c.to_string() } else { c.escape_default().to_string() }).collect()
}

/// A directory, with its tables' files.
#[derive(Debug)]
pub struct DataDir {
    pub root: PathBuf,
    /// All parts in the order in which they are read; a part's number is its index.
    pub parts: Vec<Part>,
    /// The patterns of tables whose files are named.
    named: BTreeMap<TableName, Vec<String>>,
}

impl DataDir {
    /// The bytes of all tables; `None` where some are compressed, so that nobody knows.
    pub fn bytes(&self) -> Option<u64> {
        if self.parts.iter().any(|part| part.gzip) {
            return None;
        }
        let sizes = self.parts.iter().map(|part| std::fs::metadata(&part.path).map_or(0, |m| m.len()));
        Some(sizes.sum())
    }

    /// Is this a directory?
    ///
    /// # Errors
    /// [`FileError`] where it is none.
    pub fn check(root: &Path) -> Result<(), FileError> {
        let cause = match std::fs::metadata(root).map(|m| m.is_dir()) {
            Ok(true) => return Ok(()),
            Ok(false) => Cause::NotADirectory,
            Err(e) => Cause::Io(e),
        };
        Err(FileError { path: shown_path(root), cause })
    }

    /// Finds the files of every table: those that are named, else those whose names say so.
    ///
    /// # Errors
    /// [`FileError`] where the directory, or a table's folder, cannot be listed, or named files are not there.
    pub fn open(root: &Path, named: &BTreeMap<TableName, Vec<String>>) -> Result<DataDir, FileError> {
        DataDir::check(root)?;
        let mut found = Vec::new();
        let is_dir = |p: &Path| std::fs::metadata(p).map(|m| m.is_dir());
        for (table, patterns) in named {
            for file in named::find(root, *table, patterns)? {
                let (tsv, gzip) = named::ending(&file.name);
                // In the same order as where they are found by their names.
                let stem = without_ending(&file.name).map_or(&file.name[..], |(stem, ..)| stem).to_vec();
                found.push((*table, stem, file.name, file.path, tsv, gzip));
            }
        }
        let tables = || TableName::ALL.into_iter().filter(|t| !named.contains_key(t));
        for (name, path) in list(root)? {
            if let Some((table, part)) = tables().find_map(|t| Some((t, t.part_of(&name)?))) {
                found.push((table, part.stem, name, path, part.tsv, part.gzip));
            } else if let Some(table) = tables().find(|t| name == t.name().as_bytes())
                && is_dir(&path).unwrap_or(false)
            {
                for (inner, path) in list(&path)? {
                    // Only files directly in the folder: a folder in it is not entered, whatever its name.
                    if let Some((stem, tsv, gzip)) = stem(&inner).filter(|_| !is_dir(&path).unwrap_or(false))
                    {
                        let full = |tail: &[u8]| [&name[..], b"/", tail].concat();
                        found.push((table, full(stem), full(&inner), path, tsv, gzip));
                    }
                }
            }
        }
        found.sort_by(|a, b| (a.0, &a.1, &a.2).cmp(&(b.0, &b.1, &b.2)));
        let parts = found.into_iter().zip(0..).map(|((table, _, name, path, tsv, gzip), number)| Part {
            table,
            number,
            name: shown_path(Path::new(&*String::from_utf8_lossy(&name))),
            path,
            delimiter: if tsv { b'\t' } else { b',' },
            gzip,
            sheet: None,
        });
        Ok(DataDir { root: root.to_owned(), parts: parts.collect(), named: named.clone() })
    }

    /// The same, where a workbook of a table with several sheets is a part for each of them.
    ///
    /// # Errors
    /// [`FileError`] where such a file cannot be read.
    pub fn with_sheets(mut self, sheets: &BTreeMap<TableName, Vec<String>>) -> Result<DataDir, FileError> {
        let mut parts: Vec<Part> = Vec::new();
        for part in self.parts {
            match sheets.get(&part.table).filter(|names| names.len() > 1) {
                Some(names) if part.is_workbook()? => {
                    parts.extend(names.iter().map(|name| Part { sheet: Some(name.clone()), ..part.clone() }));
                }
                _ => parts.push(part),
            }
        }
        parts.iter_mut().zip(0..).for_each(|(part, number)| part.number = number);
        self.parts = parts;
        Ok(self)
    }

    /// Would a file at this path be read as a part of a table by the next run? The path is taken as it is, and no
    /// link at its end is followed.
    pub fn would_be_a_part(&self, path: &Path) -> bool {
        let Some(name) = path.file_name().map(|n| n.as_encoded_bytes()) else { return false };
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let same = |dir: &Path| {
            let there = std::fs::canonicalize(parent).ok();
            there.is_some() && there == std::fs::canonicalize(dir).ok()
        };
        let mut patterns = self.named.values().flatten();
        if patterns.any(|pattern| named::would_match(&self.root, pattern, path)) {
            return true;
        }
        let in_root = TableName::ALL.iter().any(|t| t.part_of(name).is_some()) && same(&self.root);
        in_root || stem(name).is_some() && self.folders().any(|folder| same(&folder))
    }

    /// The folders in which a table's files may stand, whether they are there or not.
    pub fn folders(&self) -> impl Iterator<Item = PathBuf> + '_ {
        TableName::ALL.iter().map(|t| self.root.join(t.name()))
    }

    /// Is this directory a table's folder?
    pub fn is_a_folder(&self, path: &Path) -> bool {
        let real = |path: &Path| std::fs::canonicalize(path).ok();
        real(path).is_some_and(|there| self.folders().any(|folder| real(&folder).as_ref() == Some(&there)))
    }

    pub fn parts_of(&self, table: TableName) -> &[Part] {
        let from = self.parts.partition_point(|p| p.table < table);
        let to = self.parts.partition_point(|p| p.table <= table);
        &self.parts[from..to]
    }

    /// The parts of a table that must exist.
    ///
    /// # Errors
    /// [`FileError`] with the names tried.
    pub fn required(&self, table: TableName) -> Result<&[Part], FileError> {
        let parts = self.parts_of(table);
        if parts.is_empty() {
            let n = table.name();
            let tried = [".csv", "-*.csv", "_*.csv", "/*.csv"].map(|end| format!("{n}{end}"));
            let tried =
                [tried.to_vec(), vec!["the same with .tsv, .csv.gz, .tsv.gz, .xlsx, .xls".into()]].concat();
            return Err(FileError { path: shown_path(&self.root.join(n)), cause: Cause::NoTable { tried } });
        }
        Ok(parts)
    }

    /// The name of a file by its number.
    pub fn name(&self, file: FileNo) -> &str {
        self.parts.get(file as usize).map_or("", |p| &p.name)
    }
}

/// A file wherever it lies, as a part of a table.
pub fn part_at(path: &Path, table: TableName, number: FileNo) -> Part {
    let name = path.file_name().map(|n| n.as_encoded_bytes().to_vec()).unwrap_or_default();
    let (tsv, gzip) = named::ending(&name);
    let delimiter = if tsv { b'\t' } else { b',' };
    Part { table, number, name: shown_path(path), path: path.to_owned(), delimiter, gzip, sheet: None }
}

/// The files directly in a directory whose endings are those of tables, in byte order of their names.
///
/// # Errors
/// [`FileError`] where it cannot be listed.
pub fn files_in(dir: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut all = list(dir)?;
    all.retain(|(name, path)| stem(name).is_some() && !path.is_dir());
    all.sort();
    Ok(all.into_iter().map(|(_, path)| path).collect())
}

/// The names of all files directly in a directory that a pattern may meet.
///
/// # Errors
/// [`FileError`] where it cannot be listed.
pub fn names_in(dir: &Path) -> Result<Vec<String>, FileError> {
    let files = list(dir)?.into_iter().filter(|(_, path)| !path.is_dir());
    let names = files.filter_map(|(name, _)| String::from_utf8(name).ok());
    Ok(names.filter(|name| !name.starts_with('.') && !name.starts_with("~$")).collect())
}

/// The table whose part a file of this name would be in a data directory.
pub fn table_of_name(path: &Path) -> Option<TableName> {
    let name = path.file_name()?.as_encoded_bytes();
    TableName::ALL.into_iter().find(|table| table.part_of(name).is_some())
}

type Named = (Vec<u8>, PathBuf);

fn list(dir: &Path) -> Result<Vec<Named>, FileError> {
    let fail = |e| FileError { path: shown_path(dir), cause: Cause::Io(e) };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        names.push((entry.file_name().into_encoded_bytes(), entry.path()));
    }
    Ok(names)
}

/// The name without its endings, whether it is tab-separated, and whether it is gzip; `None` for a file that is no
/// table's.
fn stem(name: &[u8]) -> Option<(&[u8], bool, bool)> {
    // What a spreadsheet leaves beside a workbook that is open there begins so, too.
    if name.starts_with(b".") || name.starts_with(b"~$") {
        return None;
    }
    without_ending(name)
}

fn without_ending(name: &[u8]) -> Option<(&[u8], bool, bool)> {
    const ENDS: [(&str, bool, bool); 6] = [
        (".csv", false, false),
        (".tsv", true, false),
        (".csv.gz", false, true),
        (".tsv.gz", true, true),
        (".xlsx", false, false),
        (".xls", false, false),
    ];
    ENDS.into_iter().find_map(|(end, tsv, gzip)| Some((name.strip_suffix(end.as_bytes())?, tsv, gzip)))
}

struct PartName {
    stem: Vec<u8>,
    tsv: bool,
    gzip: bool,
}

impl TableName {
    /// Is a file of this name a part of the table: `NAME.csv`, `NAME-….csv`, `NAME_….csv`?
    fn part_of(self, name: &[u8]) -> Option<PartName> {
        let (stem, tsv, gzip) = stem(name)?;
        let rest = stem.strip_prefix(self.name().as_bytes())?;
        let part = rest.is_empty() || rest[0] == b'-' || rest[0] == b'_';
        part.then(|| PartName { stem: stem.to_vec(), tsv, gzip })
    }
}

/// Where the bytes of a part come from.
enum Bytes {
    File(Box<dyn Read + Send>),
    Sheet(Box<Sheet>),
}

/// An open part: bytes, unpacked, UTF-8 where it is in UTF-16, and text where it is a sheet of a workbook.
pub struct Open {
    reader: Bytes,
    file: File,
    before: Metadata,
    name: String,
    gzip: bool,
}

impl Part {
    /// Is it a file of no more bytes?
    pub fn is_at_most(&self, bytes: u64) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|m| m.is_file() && m.len() <= bytes)
    }

    /// Opens the file for reading.
    ///
    /// # Errors
    /// [`FileError`]; a pipe or device is refused at once, where opening or reading it would wait for ever.
    pub fn open(&self) -> Result<Open, FileError> {
        self.open_as(Encoding::Utf8)
    }

    /// The same of a file in an encoding.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn open_as(&self, encoding: Encoding) -> Result<Open, FileError> {
        let (file, before) = self.file()?;
        let reader =
            file.try_clone().map_err(|e| FileError { path: self.name.clone(), cause: Cause::Io(e) })?;
        let reader: Box<dyn Read + Send> = match self.gzip {
            true => Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(128 * 1024, reader))),
            false => Box::new(reader),
        };
        let reader: Box<dyn Read + Send> = match encoding.is_utf16() {
            true => Box::new(Utf16::new(reader, encoding == Encoding::Utf16Le)),
            false => reader,
        };
        Ok(Open { reader: Bytes::File(reader), file, before, name: self.name.clone(), gzip: self.gzip })
    }

    /// Opens the sheet of a workbook that is wanted; the inner error says why there is none.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn open_sheet(&self, wanted: &Wanted) -> Result<Result<Open, Fault>, FileError> {
        let (file, before) = self.file()?;
        let reader =
            file.try_clone().map_err(|e| FileError { path: self.name.clone(), cause: Cause::Io(e) })?;
        Ok(workbook::open(reader, wanted).map(|sheet| Open {
            reader: Bytes::Sheet(Box::new(sheet)),
            file,
            before,
            name: self.name.clone(),
            gzip: false,
        }))
    }

    /// Where it is, by whatever path it is named.
    pub fn place(&self) -> PathBuf {
        std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone())
    }

    /// Is it a workbook inside, whatever its name?
    ///
    /// # Errors
    /// [`FileError`].
    pub fn is_workbook(&self) -> Result<bool, FileError> {
        let (mut open, mut start) = (self.open()?, Vec::new());
        open.fill(&mut start, 512)?;
        Ok(form::of(&start) == form::Form::Workbook && !self.gzip)
    }

    /// The beginnings of the sheets of a workbook; the inner error says why there are none.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn sheet_heads(&self) -> Result<Result<Vec<workbook::Head>, Fault>, FileError> {
        Ok(workbook::heads(self.file()?.0))
    }

    /// The file, and what it is like before it is read.
    fn file(&self) -> Result<(File, Metadata), FileError> {
        let fail = |cause| FileError { path: self.name.clone(), cause };
        let there = std::fs::metadata(&self.path).map_err(|e| fail(Cause::Io(e)))?;
        if !there.is_file() {
            return Err(fail(Cause::NotAFile));
        }
        let file = File::open(&self.path).map_err(|e| fail(Cause::Io(e)))?;
        let before = file.metadata().map_err(|e| fail(Cause::Io(e)))?;
        Ok((file, before))
    }
}

impl Open {
    /// Reads until the buffer holds `upto` bytes or the file ends; `true` at its end.
    ///
    /// # Errors
    /// [`FileError`], also for a file that changed since it was opened.
    pub fn fill(&mut self, buffer: &mut Vec<u8>, upto: usize) -> Result<bool, FileError> {
        let wanted = upto.saturating_sub(buffer.len()) as u64;
        // Not through one reader for both: what is in between would have the buffer filled with zeros first.
        let got = match &mut self.reader {
            Bytes::File(reader) => reader.by_ref().take(wanted).read_to_end(buffer),
            Bytes::Sheet(sheet) => sheet.by_ref().take(wanted).read_to_end(buffer),
        };
        let got = got.map_err(|e| self.fail(e))?;
        if (got as u64) < wanted {
            self.unchanged()?;
            return Ok(true);
        }
        Ok(false)
    }

    /// The sheet, where it is one, with its merged cells.
    pub fn sheet(&self) -> Option<(&str, &[Merged])> {
        match &self.reader {
            Bytes::Sheet(sheet) => Some((&sheet.name, &sheet.merged)),
            Bytes::File(_) => None,
        }
    }

    /// The beginnings of the other sheets of the workbook.
    pub fn take_others(&mut self) -> Vec<workbook::Head> {
        match &mut self.reader {
            Bytes::Sheet(sheet) => std::mem::take(&mut sheet.others),
            Bytes::File(_) => Vec::new(),
        }
    }

    /// What there is to say about the cells of a sheet that were read since it was asked last, and what ended it too
    /// early.
    pub fn take_notes(&mut self) -> (Vec<Note>, Option<Fault>) {
        match &mut self.reader {
            Bytes::Sheet(sheet) => (sheet.take_notes(), sheet.take_fault()),
            Bytes::File(_) => (Vec::new(), None),
        }
    }

    fn fail(&self, e: io::Error) -> FileError {
        let broken = self.gzip
            && matches!(
                e.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            );
        FileError { path: self.name.clone(), cause: if broken { Cause::Gzip(e) } else { Cause::Io(e) } }
    }

    /// The file is as long and as old as it was when it was opened.
    fn unchanged(&self) -> Result<(), FileError> {
        let now = self.file.metadata().map_err(|e| self.fail(e))?;
        let same = now.len() == self.before.len() && now.modified().ok() == self.before.modified().ok();
        if same { Ok(()) } else { Err(FileError { path: self.name.clone(), cause: Cause::Changed }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parts() {
        for (name, is) in [
            ("orders.csv", true),
            ("orders-2026-01.csv", true),
            ("orders_2026_02.tsv.gz", true),
            ("orders2.csv", false),
            ("orders (1).csv", false),
            ("Orders.csv", false),
            (".orders.csv", false),
            ("orders.csv.bak", false),
            ("orders.txt", false),
            ("orders-1.xlsx", true),
            ("orders.xls", true),
            ("orders.xlsx.gz", false),
            ("~$orders.xlsx", false),
        ] {
            assert_eq!(TableName::Orders.part_of(name.as_bytes()).is_some(), is, "{name}");
        }
    }

    #[test]
    fn parts_are_read_in_byte_order_of_the_name_without_endings() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["orders-b.csv", "orders.tsv", "orders.csv", "orders-a.csv.gz", "users.csv", "notes.csv"]
        {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        std::fs::create_dir_all(dir.path().join("orders/deep.csv")).unwrap();
        std::fs::write(dir.path().join("orders/2026.csv"), "").unwrap();
        std::fs::write(dir.path().join("orders/.hidden.csv"), "").unwrap();
        let data = DataDir::open(dir.path(), &BTreeMap::new()).unwrap();
        let names: Vec<&str> = data.parts_of(TableName::Orders).iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["orders.csv", "orders.tsv", "orders-a.csv.gz", "orders-b.csv", "orders/2026.csv"]);
        assert!(data.required(TableName::Referrals).is_err());
    }
}
