//! `init`: a data directory to begin with. What stands there already is never touched.

use super::Run;
use super::inspect::{Among, Looked, reason, subjects};
use crate::cli::InitArgs;
use crate::error::{Refused, UsageError, exit};
use crate::input::inspect::Inspected;
use crate::input::schema::beginning;
use crate::input::settings::{self, write};
use crate::input::source::{DataDir, TableName, shown_path};
use crate::lang::{Lang, Said};
use crate::output;
use crate::render::text;
use crate::report::problems::Words;
use crate::report::workbook::look_of;
use crate::said;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub fn run(args: &InitArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let from = if args.from.is_empty() { None } else { Some(exports(args)?) };
    let files = match &from {
        None => files(&args.dir, lang),
        Some(looked) => files_beside(looked, &args.dir, lang)?,
    };
    let exports = from.iter().flat_map(|l| &l.files).map(|f| f.part.path.clone()).collect::<Vec<_>>();
    refuse_what_is_there(&args.dir, &files, &exports)?;
    output::make_directory(&args.dir)?;
    let all: Vec<(&Path, &[u8])> = files.iter().map(|(path, text)| (&**path, text.as_bytes())).collect();
    output::to_files(&all, &super::ids(exports.into_iter()))?;
    for (path, _) in &files {
        run.out.extend_from_slice(format!("{}\n", shown_path(path)).as_bytes());
    }
    if !args.quiet {
        from.iter().flat_map(|looked| &looked.files).for_each(|file| run.say(&taken(file, lang)));
        from.iter().flat_map(|looked| &looked.files).for_each(|file| note_others(file, lang, run));
        from.iter().for_each(|looked| looked.note_beside(lang, run));
        run.say(what_next(&args.dir, from.as_ref()).in_lang(lang));
    }
    Ok(exit::DONE)
}

/// The exports, all of them understood.
fn exports(args: &InitArgs) -> anyhow::Result<Looked> {
    let mut looked = subjects(&args.from, &args.profile, Among::All)?.look(None)?;
    if let Some(at) = looked.files.iter().position(|f| f.failed.is_some())
        && let Some(failed) = looked.files.remove(at).failed
    {
        return Err(failed.into());
    }
    let (names, sheets) = looked.words();
    let file = |n: u32| names.get(n as usize).cloned().unwrap_or_default();
    let told = |lang| {
        let words = Words { lang, file: &file, sheets: &sheets };
        let bad = looked.files.iter().filter(|f| !f.is_understood());
        let lines = bad.map(|f| {
            format!("\n  {}{}{}", text::screen(&f.name()), lang.pick(": ", "："), reason(f, &words))
        });
        lines.collect::<String>()
    };
    if looked.files.iter().all(Inspected::is_understood) {
        return Ok(looked);
    }
    let begin = said!(
        "nothing is written, since these exports cannot be used as they are (scrm-calc inspect says more):",
        "没有写入任何文件，因为以下导出文件不能直接使用（详见 scrm-calc inspect）："
    );
    Err(Refused(begin.then(Said { en: told(Lang::En), zh: told(Lang::Zh) })).into())
}

/// What a file was taken for.
fn taken(file: &Inspected, lang: Lang) -> String {
    let (name, rows) =
        (text::screen(&file.name()).into_owned(), file.rows.as_ref().map_or(0, |rows| rows.used));
    let table = file.table().map_or("", TableName::name);
    let by = file.profile().map(|p| p.name.clone());
    match (by, lang) {
        (Some(by), Lang::En) => format!("note: {name}: {table}, {rows} rows, by the profile {by}"),
        (Some(by), Lang::Zh) => format!("说明：{name}：{table}，{rows} 行，按配置 {by}"),
        (None, Lang::En) => format!("note: {name}: {table}, {rows} rows"),
        (None, Lang::Zh) => format!("说明：{name}：{table}，{rows} 行"),
    }
}

/// The sheets of a workbook that hold tables and are not taken.
fn note_others(file: &Inspected, lang: Lang, run: &mut Run) {
    for sheet in &file.others {
        let (name, look) = (format!("{}[{}]", file.part.name, sheet.name), look_of(sheet, lang));
        let name = text::screen(&name);
        run.say(&match lang {
            Lang::En => format!("note: {name}: {look}, and not read; name it under [input.sheet]"),
            Lang::Zh => format!("说明：{name}：{look}，不读取；请在 [input.sheet] 中写明"),
        });
    }
}

fn what_next(dir: &Path, from: Option<&Looked>) -> Said {
    let dir = shown_path(dir);
    match from {
        None => said!(
            "note: fill in users.csv and orders.csv, delete what you have no use for, then: scrm-calc check {dir}",
            "说明：请填写 users.csv 与 orders.csv，用不到的表可以删去，然后运行：scrm-calc check {dir}"
        ),
        Some(_) => said!(
            "note: look through the comments in scrm.toml, then: scrm-calc check {dir}",
            "说明：请查看 scrm.toml 中的注释，然后运行：scrm-calc check {dir}"
        ),
    }
}

/// An empty table.
fn empty(dir: &Path, table: TableName) -> Option<(PathBuf, String)> {
    let header = beginning(table)?.join(",");
    Some((dir.join(format!("{}.csv", table.name())), format!("{header}\n")))
}

/// The files of a new data directory: an empty table each, and the settings.
fn files(dir: &Path, lang: Lang) -> Vec<(PathBuf, String)> {
    let settings = (dir.join(settings::FILE), settings::example(lang).to_string());
    TableName::ALL.into_iter().filter_map(|table| empty(dir, table)).chain([settings]).collect()
}

/// The files of a data directory whose tables lie elsewhere: the settings, and those tables empty that must be there.
fn files_beside(looked: &Looked, dir: &Path, lang: Lang) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let has = |table| looked.files.iter().any(|f| f.table() == Some(table));
    let without_users = if has(TableName::Users) { "" } else { "[users]\nacquired_on = \"first-order\"\n" };
    let pinned = looked.pinned(without_users, lang, &|files| write::together(files, dir))?;
    let mut text = write::comment(&[lang
        .pick(
            "Tables are read from exports where they lie. Please check what each was taken for.",
            "各表直接读自原处的导出文件，请核对每个文件的识别结果。",
        )
        .to_string()]);
    text += &pinned;
    let missing = [(TableName::Users, NO_USERS), (TableName::Orders, NO_ORDERS)];
    let missing: Vec<(TableName, [&str; 2])> =
        missing.into_iter().filter(|(table, _)| !has(*table)).collect();
    let notes: Vec<String> = missing.iter().map(|(_, [en, zh])| lang.pick(en, zh).to_string()).collect();
    if !notes.is_empty() {
        text.push('\n');
        text += &write::comment(&notes);
    }
    // What is the user's to say, as `init` begins it.
    let (_, rest) = settings::example(lang).split_once("[cost_per_user]").unwrap_or_default();
    for part in format!("[cost_per_user]{rest}").trim_end().split("\n\n") {
        let section = part.split(']').next().unwrap_or_default();
        if !text.contains(&format!("\n{section}]")) {
            text += &format!("\n{part}\n");
        }
    }
    let tables = missing.into_iter().map(|(table, _)| table).filter(|table| *table == TableName::Orders);
    let tables = tables.filter_map(|table| empty(dir, table));
    Ok(tables.chain([(dir.join(settings::FILE), text)]).collect())
}

const NO_USERS: [&str; 2] = [
    "No export holds users, so each joined on the day of the first paid order: acquired_on, above.",
    "没有用户的导出文件，因此以首笔已付订单之日为加入日：见上面的 acquired_on。",
];
const NO_ORDERS: [&str; 2] =
    ["No export holds orders, so orders.csv is empty.", "没有订单的导出文件，orders.csv 是空表。"];

/// Nothing is written over, nor beside a table that is there under another name and is none of the exports.
fn refuse_what_is_there(dir: &Path, files: &[(PathBuf, String)], exports: &[PathBuf]) -> anyhow::Result<()> {
    if !output::is_there(dir) {
        return Ok(());
    }
    let of_tables = DataDir::open(dir, &BTreeMap::new())?.parts.into_iter().map(|part| part.path);
    let of_tables = of_tables.filter(|path| !exports.iter().any(|export| output::are_one(export, path)));
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
