//! `init`: a data directory to begin with. What stands there already is never touched.

use super::Run;
use crate::cli::InitArgs;
use crate::error::{UsageError, exit};
use crate::input::schema::beginning;
use crate::input::settings;
use crate::input::source::{DataDir, TableName, shown_path};
use crate::lang::Lang;
use crate::output;
use crate::said;
use std::path::{Path, PathBuf};

pub fn run(args: &InitArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let files = files(&args.dir, lang);
    refuse_what_is_there(&args.dir, &files)?;
    output::make_directory(&args.dir)?;
    let all: Vec<(&Path, &[u8])> = files.iter().map(|(path, text)| (&**path, text.as_bytes())).collect();
    output::to_files(&all, &[])?;
    for (path, _) in &files {
        run.out.extend_from_slice(format!("{}\n", shown_path(path)).as_bytes());
    }
    if !args.quiet {
        let dir = shown_path(&args.dir);
        run.say(said!(
            "note: fill in users.csv and orders.csv, delete what you have no use for, then: scrm-calc check {dir}",
            "说明：请填写 users.csv 与 orders.csv，用不到的表可以删去，然后运行：scrm-calc check {dir}"
        ).in_lang(lang));
    }
    Ok(exit::DONE)
}

/// The files of a new data directory: an empty table each, and the settings.
fn files(dir: &Path, lang: Lang) -> Vec<(PathBuf, String)> {
    let table = |table: TableName| {
        let header = beginning(table)?.join(",");
        Some((dir.join(format!("{}.csv", table.name())), format!("{header}\n")))
    };
    let settings = (dir.join(settings::FILE), settings::example(lang).to_string());
    TableName::ALL.into_iter().filter_map(table).chain([settings]).collect()
}

/// Nothing is written over, nor beside a table that is there under another name.
fn refuse_what_is_there(dir: &Path, files: &[(PathBuf, String)]) -> anyhow::Result<()> {
    if !output::is_there(dir) {
        return Ok(());
    }
    let of_tables = DataDir::open(dir)?.parts.into_iter().map(|part| part.path);
    let ours = files.iter().map(|(path, _)| path.clone()).filter(|path| output::is_there(path));
    match of_tables.chain(ours).next() {
        None => Ok(()),
        Some(path) => {
            let path = shown_path(&path);
            Err(UsageError(said!(
                "{path} is there already, and init writes nothing over or beside data; take a new directory",
                "{path} 已经存在；init 不会覆盖数据，也不会写到数据旁边，请换一个新目录"
            ))
            .into())
        }
    }
}
