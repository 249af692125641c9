//! `payouts --statement` and `--statements`: pages to send to the people they are about.

use super::payouts::Desk;
use super::{Run, Start, screen};
use crate::cli::Common;
use crate::error::{UsageError, exit};
use crate::input::field::{id, text};
use crate::lang::Lang;
use crate::output::{self, Replaceable};
use crate::render::text::push_percent;
use crate::render::{Format, Screen, render};
use crate::report::rules::Rules;
use crate::report::statement::Statements;
use crate::said;
use scrm_core::date::Day;
use scrm_core::pages::Pages;
use scrm_core::world::World;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;

/// The longest part of a file's name that stands for an id, in bytes.
const LONGEST_NAME: usize = 150;

/// What the name of a page's file begins with.
const PAGE: &str = "statement-";

/// The page of one distributor.
pub fn one(desk: &Desk, id: &str, as_of: Option<Day>, run: &mut Run) -> anyhow::Result<u8> {
    let world = &desk.data.world;
    let distributor = find(world, id)?;
    let Some(accounts) = desk.accounts(as_of, run)? else { return Ok(exit::REFUSED) };
    let orders = &desk.data.fold.distribution;
    let pages = Pages::new(world, orders, accounts.day(), &accounts.payouts, Some(distributor))
        .map_err(super::payouts::defect)?;
    let document = statements(desk, accounts.as_of).page(&pages.of(distributor));
    desk.notes(&accounts.warnings, run);
    desk.start.deliver(render(&document, desk.start.format, screen(desk.common)), desk.common, run)?;
    Ok(exit::DONE)
}

/// The distributor of an id, as it is written in the data or in a cell of it.
fn find(world: &World, typed: &str) -> Result<u32, UsageError> {
    let ids = || world.distributors.iter().map(|d| &*d.id);
    let cell = id::id(typed.as_bytes()).unwrap_or_default();
    let found = ids().position(|id| id == typed).or_else(|| ids().position(|id| id.as_bytes() == cell));
    found.and_then(|n| u32::try_from(n).ok()).ok_or_else(|| {
        UsageError(match crate::words::near(typed, ids()) {
            Some(near) => said!(
                "--statement: no distributor {typed:?}; did you mean {near:?}?",
                "--statement：没有分销员 {typed:?}，是否指 {near:?}？"
            ),
            None => said!(
                "--statement: no distributor {typed:?}; payouts lists them all",
                "--statement：没有分销员 {typed:?}；payouts 会列出全部"
            ),
        })
    })
}

fn statements<'a>(desk: &Desk<'a>, as_of: Option<Day>) -> Statements<'a> {
    Statements {
        at: desk.owed(as_of, &[]),
        rules: Rules::of(desk.data.world.rules.plan.as_ref(), &desk.start.settings.selectors),
        reasons: &desk.data.reasons,
        lang: desk.words.lang,
        as_ledger: matches!(desk.start.format, Format::Csv | Format::Tsv),
    }
}

/// Before anything is read: may the pages be written there? Files are Markdown where nothing else is asked for.
pub fn check(directory: &Path, common: &Common, start: &mut Start) -> anyhow::Result<()> {
    if common.format.is_none() {
        start.format = Format::Markdown;
    }
    if start.would_be_a_folder(directory) {
        return Err(UsageError(said!(
            "--statements {directory:?}: it is a table's folder, which the next run reads as data; choose another",
            "--statements {directory:?}：这是数据表的文件夹，下次运行会读入，请换一个"
        ))
        .into());
    }
    Ok(output::check_directory(directory, may_be_replaced(start))?)
}

/// A directory of pages is replaced by the next, and one that holds anything else is not touched.
fn may_be_replaced(start: &Start) -> Replaceable<'_> {
    Replaceable { ours: is_a_page, inputs: &start.inputs }
}

/// Is this the name of a page, of whomever and in whatever format?
fn is_a_page(name: &OsStr) -> bool {
    let name = Path::new(name);
    let ending = name.extension().and_then(OsStr::to_str).unwrap_or_default();
    let ours = Format::from_ending(ending).is_some_and(|format| format.ending() == ending);
    ours && name.as_os_str().as_encoded_bytes().starts_with(PAGE.as_bytes())
}

/// The pages of all that have a row in `payouts`.
pub fn all(desk: &Desk, directory: &Path, as_of: Option<Day>, run: &mut Run) -> anyhow::Result<u8> {
    let Some(accounts) = desk.accounts(as_of, run)? else { return Ok(exit::REFUSED) };
    let (world, orders) = (&desk.data.world, &desk.data.fold.distribution);
    let pages =
        Pages::new(world, orders, accounts.day(), &accounts.payouts, None).map_err(super::payouts::defect)?;
    let statements = statements(desk, accounts.as_of);
    let rows = &accounts.payouts.rows;
    let ids: Vec<&str> = rows.iter().map(|(n, _)| &*world.distributors[*n as usize].id).collect();
    let names = file_names(&ids, desk.start.format);
    output::to_directory(directory, &names, may_be_replaced(desk.start), |i| {
        render(&statements.page(&pages.of(rows[i].0)), desk.start.format, Screen::default())
    })?;
    desk.notes(&accounts.warnings, run);
    if !desk.common.quiet {
        let n = names.len();
        run.say(&match desk.words.lang {
            Lang::En => format!("statements written to {directory:?}: {n}"),
            Lang::Zh => format!("已写入 {directory:?} 的对账单：{n} 份"),
        });
    }
    Ok(exit::DONE)
}

/// A name for the page of each id, no two of them equal on any file system. The ids are in byte order.
fn file_names(ids: &[&str], format: Format) -> Vec<String> {
    let safe: Vec<(String, bool)> = ids.iter().map(|id| safe_name(id)).collect();
    let mut alike: HashMap<String, u32> = HashMap::new();
    for (name, _) in &safe {
        *alike.entry(folded(name)).or_default() += 1;
    }
    let one = |(number, (name, cut)): (usize, &(String, bool))| {
        let unsure = *cut || alike.get(&folded(name)).is_some_and(|n| *n > 1);
        // No name holds a `~` but this one, and no two have the same number behind it.
        let tail = if unsure { format!("~{number}") } else { String::new() };
        format!("{PAGE}{name}{tail}.{}", format.ending())
    };
    (1..).zip(&safe).map(one).collect()
}

/// An id as a part of a file's name: letters and digits of any script, `.`, `_` and `-` stay, all else is `%XX` by
/// its bytes. Whether it was cut because it is too long.
fn safe_name(id: &str) -> (String, bool) {
    let mut name = String::new();
    for c in id.chars() {
        let from = name.len();
        if c.is_alphanumeric() || ['.', '_', '-'].contains(&c) {
            name.push(c);
        } else {
            push_percent(&mut name, c);
        }
        if name.len() > LONGEST_NAME {
            name.truncate(from);
            return (name, true);
        }
    }
    (name, false)
}

/// The same for all names that a file system might take for one: whatever differs in case, width or normal form.
fn folded(name: &str) -> String {
    // Upper case first: some letters, such as ς and σ, meet only there.
    let upper = name.to_uppercase();
    text::likeness(&upper).unwrap_or(upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_no_two_are_one() {
        let long_a = format!("{}x", "字".repeat(50));
        let long_b = format!("{}y", "字".repeat(50));
        let percent = format!("{}/", "a".repeat(148));
        let ids = [
            "..",
            "../x",
            ".a",
            "D-1_b",
            "a b",
            "分销员1",
            "d1",
            "D1",
            "Ｄ1",
            "é",
            "e\u{301}",
            "ς",
            "σ",
            &long_a,
            &long_b,
            &percent,
        ];
        let cut = "字".repeat(50);
        let want = [
            "...md".into(),
            "..%2Fx.md".into(),
            ".a.md".into(),
            "D-1_b.md".into(),
            "a%20b.md".into(),
            "分销员1.md".into(),
            "d1~7.md".into(),
            "D1~8.md".into(),
            "Ｄ1~9.md".into(),
            "é.md".into(),
            "e%CC%81.md".into(),
            "ς~12.md".into(),
            "σ~13.md".into(),
            format!("{cut}~14.md"),
            format!("{cut}~15.md"),
            format!("{}~16.md", "a".repeat(148)),
        ];
        let names = file_names(&ids, Format::Markdown);
        for (name, want) in names.iter().zip(want) {
            assert_eq!(*name, format!("statement-{want}"));
            assert!(is_a_page(OsStr::new(name)), "{name}");
        }
        for name in ["letter.md", "statement-D1.MD", "statement-D1", "statement-", "statement-D1.pdf", ".md"]
        {
            assert!(!is_a_page(OsStr::new(name)), "{name}");
        }
    }
}
