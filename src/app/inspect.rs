//! `inspect`: what files are. Nothing is calculated.

use super::{Run, ids, screen_for};
use crate::cli::InspectArgs;
use crate::error::{Refused, UsageError, exit};
use crate::input::ReadOptions;
use crate::input::inspect::{Inspected, inspect, tables_in};
use crate::input::other_sheets::Unread;
use crate::input::settings::write::{self, Loose, Pinned};
use crate::input::settings::{self, Settings};
use crate::input::source::{
    Cause, DataDir, FileError, Part, TableName, files_in, part_at, shown_path, table_of_name,
};
use crate::lang::Lang;
use crate::output;
use crate::render::{Format, Screen, render, text};
use crate::report::inspect as report;
use crate::report::problems::Words;
use crate::request;
use crate::said;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// So many errors of a file are shown.
const ERRORS: usize = 5;

pub fn run(args: &InspectArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let format = request::format_of(args.format.as_deref(), args.output.as_deref())?;
    let target = args.write_config.as_ref().map(|file| target(file.as_deref(), &args.paths)).transpose()?;
    let subjects = subjects(&args.paths, &args.profile, Among::Tables)?;
    let inputs = ids(subjects.all.iter().map(|s| s.part.path.clone()));
    if let Some(path) = &args.output {
        output::check_target(path, &inputs)?;
    }
    let looked = subjects.look(args.today.as_deref())?;
    let files = &looked.files;
    let words = looked.words();
    let file = |n| words.0.get(n as usize).cloned().unwrap_or_default();
    let words = Words { lang, file: &file, sheets: &words.1 };
    let bytes = match format {
        Format::Table | Format::Markdown => {
            let screen = screen_for(args.output.as_deref(), &args.color);
            people(&report::sections(files, &words), format, screen)
        }
        Format::Csv | Format::Tsv => render(&report::rows(files, &words), format, Screen::default()),
        Format::Json => render(&report::document(files, &words), format, Screen::default()),
    };
    if !args.quiet {
        looked.note(lang, run);
    }
    let status = looked.status();
    if let Some(target) = target {
        if status != exit::DONE {
            run.say(
                said!(
                    "note: {target:?} is not written, as not every file is understood",
                    "说明：有文件未能看懂，因此没有写 {target:?}"
                )
                .in_lang(lang),
            );
        } else {
            let base = target.parent().unwrap_or(Path::new("."));
            let text = looked.pinned("", lang, &|files| write::one_by_one(files, base))?;
            output::to_file(&target, head(&text, lang).as_bytes(), &inputs)?;
            if !args.quiet {
                run.say(said!("note: {target:?} is written", "说明：已写入 {target:?}").in_lang(lang));
            }
        }
    }
    match &args.output {
        Some(path) => output::to_file(path, &bytes, &inputs)?,
        None => run.out = bytes,
    }
    Ok(status)
}

fn people(sections: &[crate::report::document::Document], format: Format, screen: Screen) -> Vec<u8> {
    let all: Vec<Vec<u8>> = sections.iter().map(|section| render(section, format, screen)).collect();
    all.join(&b"\n"[..])
}

fn head(text: &str, lang: Lang) -> String {
    let first = lang.pick(
        "# What scrm-calc inspect found, pinned: no run guesses any of it again.",
        "# scrm-calc inspect 的结论，写成设置后不再逐次识别。",
    );
    format!("{first}\n{text}")
}

/// Where the settings are to be written: nothing that is there is written over.
fn target(file: Option<&Path>, paths: &[PathBuf]) -> anyhow::Result<PathBuf> {
    let target = match file {
        Some(file) => file.to_owned(),
        None => match paths {
            [dir] if dir.is_dir() => dir.join(settings::FILE),
            _ => PathBuf::from(settings::FILE),
        },
    };
    if target.is_dir() {
        return Err(UsageError(said!(
            "--write-config {target:?}: a directory; put --write-config behind the files, or name a file",
            "--write-config {target:?}：这是目录；请把 --write-config 写在文件之后，或给出文件名"
        ))
        .into());
    }
    if output::is_there(&target) {
        return Err(UsageError(said!(
            "--write-config: {target:?} is there already, and is not written over; name another file",
            "--write-config：{target:?} 已经存在，不会覆盖；请换一个文件名"
        ))
        .into());
    }
    Ok(target)
}

/// A file to look at, the table that it is known to be, and by which of the settings it is read.
struct Subject {
    part: Part,
    told: Option<TableName>,
    by: usize,
}

impl Subject {
    /// Is it a part of a table, as far as is known before it is looked at?
    fn is_of(&self, table: TableName) -> bool {
        self.told.or_else(|| table_of_name(&self.part.path)) == Some(table)
    }
}

/// The files to look at.
pub struct Subjects {
    all: Vec<Subject>,
    settings: Vec<Settings>,
    /// Files beside those of a data directory, which nothing reads.
    beside: Vec<PathBuf>,
    /// Sheets of tables whose file's name is another's are taken as well.
    takes_all: bool,
}

/// What was seen.
pub struct Looked {
    pub files: Vec<Inspected>,
    subjects: Subjects,
    options: ReadOptions,
}

/// Which files of a directory are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// Those that a report would read; all, where it would read none.
    Tables,
    /// All, unless settings there say which.
    All,
}

/// The files at these paths: those of a data directory as it is read, all exports of another, and single ones.
pub fn subjects(paths: &[PathBuf], profiles: &[String], among: Among) -> anyhow::Result<Subjects> {
    let mut subjects = Subjects {
        all: Vec::new(),
        settings: Vec::new(),
        beside: Vec::new(),
        takes_all: among == Among::All,
    };
    for path in paths {
        if path.is_dir() { subjects.add_directory(path, among)? } else { subjects.add_file(path)? }
    }
    for settings in &mut subjects.settings {
        for name in profiles {
            settings.profiles.force("--profile", name).map_err(UsageError)?;
        }
    }
    // A single file is what it is asked to be.
    if let ([only], [settings], [_]) = (&mut subjects.all[..], &subjects.settings[..], profiles) {
        only.told = only.told.or(settings.profiles.forced.keys().next().copied());
    }
    for (subject, number) in subjects.all.iter_mut().zip(0..) {
        subject.part.number = number;
    }
    Ok(subjects)
}

impl Subjects {
    fn by(&mut self, settings: Settings) -> usize {
        self.settings.push(settings);
        self.settings.len() - 1
    }

    fn add(&mut self, part: Part, told: Option<TableName>, by: usize) {
        // A file that is named twice is one; a workbook may be of several tables.
        let is_there = |s: &Subject| {
            output::are_one(&s.part.path, &part.path)
                && (s.told.is_none() || told.is_none() || (s.told, &s.part.sheet) == (told, &part.sheet))
        };
        if !self.all.iter().any(is_there) {
            self.all.push(Subject { part, told, by });
        }
    }

    fn add_directory(&mut self, path: &Path, among: Among) -> anyhow::Result<()> {
        let settings = settings::read(path)?;
        let is_set = output::is_there(&path.join(settings::FILE));
        let dir = DataDir::open(path, &settings.files)?.with_sheets(&settings.sheets)?;
        let files = files_in(path)?;
        let by = self.by(settings);
        if is_set || !dir.parts.is_empty() {
            let is_part = |file: &PathBuf| dir.parts.iter().any(|p| output::are_one(&p.path, file));
            let beside: Vec<PathBuf> = files.into_iter().filter(|file| !is_part(file)).collect();
            dir.parts.into_iter().for_each(|part| self.add(part.clone(), Some(part.table), by));
            if among == Among::All && !is_set {
                beside.iter().for_each(|file| self.add(part_at(file, TableName::Orders, 0), None, by));
            } else {
                self.beside.extend(beside);
            }
            return Ok(());
        }
        if files.is_empty() {
            let tried =
                ["*.csv", "*.tsv", "*.csv.gz", "*.tsv.gz", "*.xlsx", "*.xls"].map(String::from).to_vec();
            return Err(FileError { path: shown_path(path), cause: Cause::NoTable { tried } }.into());
        }
        files.iter().for_each(|file| self.add(part_at(file, TableName::Orders, 0), None, by));
        Ok(())
    }

    /// A file of a data directory is read by the settings there, any other by none.
    fn add_file(&mut self, path: &Path) -> anyhow::Result<()> {
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if output::is_there(&parent.join(settings::FILE)) {
            let settings = settings::read(parent)?;
            // Files that are named there and missing are not what was asked about.
            let dir =
                DataDir::open(parent, &settings.files).and_then(|dir| dir.with_sheets(&settings.sheets)).ok();
            let parts = dir.into_iter().flat_map(|dir| dir.parts);
            let parts: Vec<Part> = parts.filter(|p| output::are_one(&p.path, path)).collect();
            if !parts.is_empty() {
                let by = self.by(settings);
                for part in parts {
                    let told = Some(part.table);
                    self.add(Part { name: shown_path(path), ..part }, told, by);
                }
                return Ok(());
            }
        }
        let plain = settings::of_text("").map_err(anyhow::Error::from)?;
        let by = self.by(plain);
        self.add(part_at(path, TableName::Orders, 0), None, by);
        Ok(())
    }

    /// Workbooks of which several sheets hold tables are looked at sheet by sheet, unless settings say what they are.
    fn apart(&mut self, options: &ReadOptions) {
        let mut all = Vec::new();
        for subject in std::mem::take(&mut self.all) {
            let settings = &self.settings[subject.by];
            let is_open = settings.written.is_empty() && subject.part.sheet.is_none();
            let sheets =
                if is_open { tables_in(&subject.part, subject.told, settings, options) } else { Vec::new() };
            let shown: Vec<Unread> = sheets.into_iter().filter(|sheet| !sheet.hidden).collect();
            let of = |sheet: &Unread| {
                let part = Part { sheet: Some(sheet.name.clone()), ..subject.part.clone() };
                let told = subject.told.filter(|told| *told == sheet.table);
                Subject { part, told, by: subject.by }
            };
            let is_told = |sheet: &&Unread| Some(sheet.table) == subject.told;
            match subject.told {
                None if shown.len() > 1 => all.extend(shown.iter().map(of)),
                Some(_) if self.takes_all && shown.iter().filter(is_told).count() > 1 => {
                    all.extend(shown.iter().map(of));
                }
                // Its name says which table it is; the sheets of others are theirs.
                Some(_) if self.takes_all => {
                    let others: Vec<Subject> = shown.iter().filter(|s| !is_told(s)).map(of).collect();
                    all.push(subject);
                    all.extend(others);
                }
                _ => all.push(subject),
            }
        }
        all.iter_mut().zip(0..).for_each(|(subject, number)| subject.part.number = number);
        self.all = all;
    }

    pub fn look(mut self, today: Option<&str>) -> anyhow::Result<Looked> {
        let zone = self.settings.first().map(|s| s.zone.clone()).unwrap_or(jiff::tz::TimeZone::UTC);
        let options = ReadOptions {
            shape: request::whole(),
            today: request::today_of(today, &zone)?,
            max_errors: ERRORS,
            threads: 1,
            chunk_bytes: 512 << 10,
            watch: None,
            explain: None,
            read: Arc::default(),
            has_refunds: self.all.iter().any(|s| s.is_of(TableName::Refunds)),
        };
        self.apart(&options);
        let one = |s: &Subject| inspect(&s.part, s.told, &self.settings[s.by], &options);
        let mut files: Vec<Inspected> = self.all.iter().map(one).collect();
        // What one table leaves is read by another.
        let sheet = |f: &Inspected| Some((f.part.path.clone(), f.written.as_ref()?.sheet.clone()?));
        let read: Vec<(PathBuf, String)> = files.iter().filter_map(sheet).collect();
        let mut said: Vec<PathBuf> = Vec::new();
        for file in &mut files {
            let path = &file.part.path;
            let is_said = said.iter().any(|p| output::are_one(p, path));
            let is_read =
                |u: &Unread| read.iter().any(|(p, name)| *name == u.name && output::are_one(p, path));
            file.others.retain(|u| !is_said && !is_read(u));
            if !file.others.is_empty() {
                said.push(path.clone());
            }
        }
        Ok(Looked { files, options, subjects: self })
    }
}

impl Looked {
    /// The names of all files, and the sheets of workbooks, for the words of problems.
    pub fn words(&self) -> (Vec<String>, BTreeMap<u32, String>) {
        let names = self.files.iter().map(|f| f.part.name.clone()).collect();
        let sheet = |f: &Inspected| Some((f.part.number, f.written.as_ref()?.sheet.clone()?));
        (names, self.files.iter().filter_map(sheet).collect())
    }

    pub fn status(&self) -> u8 {
        let any = |is: &dyn Fn(&Inspected) -> bool| self.files.iter().any(is);
        match (any(&|f| f.failed.is_some()), any(&|f| !f.is_understood())) {
            (true, _) => exit::FILE,
            (_, true) => exit::REFUSED,
            _ => exit::DONE,
        }
    }

    fn note(&self, lang: Lang, run: &mut Run) {
        let failed = self.files.iter().filter_map(|f| f.failed.as_ref());
        for e in failed {
            run.say(&super::error_line(&e.in_lang(lang), lang));
        }
        self.note_beside(lang, run);
    }

    /// Files that are not looked at.
    pub fn note_beside(&self, lang: Lang, run: &mut Run) {
        let beside: Vec<String> = self.subjects.beside.iter().map(|path| shown_path(path)).collect();
        if !beside.is_empty() {
            run.say(&match lang {
                Lang::En => format!("note: no table's files, and not read: {}", beside.join(", ")),
                Lang::Zh => format!("说明：不是任何表的文件，不读取：{}", beside.join("、")),
            });
        }
    }

    /// Settings by which the same files are read in the same way, and `also` where none of them had any. What cannot be pinned without changing anything is
    /// left to be found.
    pub fn pinned(
        &self,
        also: &str,
        lang: Lang,
        patterns: &dyn Fn(&[&Inspected]) -> Option<Vec<String>>,
    ) -> anyhow::Result<String> {
        let Some(tables) = write::by_table(&self.files, patterns) else {
            return Err(Refused(said!(
                "a file's name is no text, and cannot stand in settings; rename it",
                "有文件名不是文本，无法写入设置；请改名"
            ))
            .into());
        };
        let plain = settings::of_text(also).map_err(anyhow::Error::from)?;
        let given = self.subjects.settings.iter().find(|s| !s.written.is_empty()).unwrap_or(&plain);
        let mut loose = Loose::default();
        loop {
            let text = write::text(&tables, given, &loose, lang);
            let changed = self.changed_by(&text, &tables);
            let before = loose.clone();
            for table in &changed {
                if !loose.columns.insert(*table) {
                    loose.profile.insert(*table);
                }
            }
            if changed.is_empty() {
                return Ok(self.not_repeated(lang) + &text);
            }
            if loose == before {
                let names: Vec<&str> = changed.iter().map(|t| t.name()).collect();
                let names = names.join(", ");
                return Err(Refused(said!(
                    "no settings could be written by which {names} is read as it is now",
                    "写不出与现在读法相同的设置：{names}"
                ))
                .into());
            }
        }
    }

    /// What settings there are that do not say how files are read.
    fn not_repeated(&self, lang: Lang) -> String {
        let is_more = |s: &&Settings| {
            s.written.iter().any(|key| !["files", "input", "columns"].contains(&key.as_str()))
        };
        let more = self.subjects.settings.iter().find(is_more);
        let line = lang.pick(
            "Other settings that the files had so far (commission and the like) are not repeated here.",
            "这些文件原有的其它设置（佣金等）没有抄录在这里。",
        );
        more.map_or(String::new(), |_| write::comment(&[line.to_string()]))
    }

    /// The tables of which something would be read in another way.
    fn changed_by(&self, text: &str, tables: &[Pinned]) -> Vec<TableName> {
        let all = || tables.iter().map(|p| p.table).collect();
        let Ok(new) = settings::of_text(text) else { return all() };
        let mut changed = Vec::new();
        for (file, subject) in self.files.iter().zip(&self.subjects.all) {
            let old = &self.subjects.settings[subject.by];
            let both = old.pinned_by(&new);
            // Of a part the sheet is said by the settings alone.
            let is_named = |sheet: &String| {
                let names = file.table().and_then(|table| both.sheets.get(&table));
                names.is_some_and(|names| names.len() > 1 && names.contains(sheet))
            };
            let part = Part { sheet: file.part.sheet.clone().filter(is_named), ..file.part.clone() };
            let again = inspect(&part, file.table(), &both, &self.options);
            changed.extend(file.table().filter(|_| !is_same(file, &again)));
        }
        changed.sort_unstable();
        changed.dedup();
        changed
    }
}

/// Were all rows of a file read in the same way?
fn is_same(a: &Inspected, b: &Inspected) -> bool {
    let name = |f: &Inspected| f.profile().map(|p| p.name.clone());
    (name(a), &a.written, &a.header, &a.columns, &a.constants, &a.rows)
        == (name(b), &b.written, &b.header, &b.columns, &b.constants, &b.rows)
        && a.error_count == b.error_count
}

/// Why a file is not understood, in a line.
pub fn reason(file: &Inspected, words: &Words) -> String {
    let lang = words.lang;
    if file.is_undecided() {
        let tables = [&file.fit, &file.next].map(|f| f.as_ref().map_or("", |fit| fit.table.name()));
        let tables = tables.join(lang.pick(" or ", " 或 "));
        return match lang {
            Lang::En if file.part.sheet.is_some() => format!(
                "it may be {tables}: save it as a file of its own, named such as team_cost-2026.csv, or hide the sheet"
            ),
            Lang::Zh if file.part.sheet.is_some() => {
                format!("可能是 {tables}：请另存为单独的文件并命名如 team_cost-2026.csv，或隐藏该工作表")
            }
            Lang::En => format!(
                "it may be {tables}: say which by --profile, or by its name, such as team_cost-2026.csv"
            ),
            Lang::Zh => format!("可能是 {tables}：请用 --profile 指明，或改名，如 team_cost-2026.csv"),
        };
    }
    let missing: Vec<&str> = file.missing.iter().map(|m| m.column).collect();
    match file.errors.first() {
        _ if !missing.is_empty() => match lang {
            Lang::En => format!(
                "most like {}, and lacks {}",
                file.table().map_or("", |t| t.name()),
                missing.join(", ")
            ),
            Lang::Zh => {
                format!("最像 {}，但缺少 {}", file.table().map_or("", |t| t.name()), missing.join("、"))
            }
        },
        Some(problem) => text::screen(&words.message(problem)).into_owned(),
        None => lang.pick("no header of any table is there", "找不到任何一张表的表头").into(),
    }
}
