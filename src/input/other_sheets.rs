//! Sheets of workbooks that hold tables and are not read.

use super::inspect::looks_like;
use super::problem::{Code, Detail, FileNo, Place, Problem};
use super::settings::Settings;
use super::source::{Part, TableName};
use super::table::Env;
use super::workbook::Head;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A sheet with the header of a table, and rows under it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    pub name: String,
    pub hidden: bool,
    /// The table it looks like.
    pub table: TableName,
}

/// Those of these sheets that hold tables: the one that is told, where they have its columns.
pub fn tables(heads: &[Head], told: Option<TableName>, settings: &Settings, env: &Env) -> Vec<Unread> {
    let one = |head: &Head| {
        let table = looks_like(&head.rows, told, settings, env)?;
        Some(Unread { name: head.name.clone(), hidden: head.hidden, table })
    };
    heads.iter().filter_map(one).collect()
}

/// A warning for each workbook of which a sheet holds a table and is read by no table; `sheets` are those that were read.
pub fn warnings(
    parts: &[Part],
    sheets: &BTreeMap<FileNo, String>,
    others: &BTreeMap<FileNo, Vec<Head>>,
    settings: &Settings,
    env: &Env,
) -> Vec<Problem> {
    let (mut said, mut all): (Vec<PathBuf>, _) = (Vec::new(), Vec::new());
    for part in parts {
        let Some(heads) = others.get(&part.number).filter(|heads| !heads.is_empty()) else { continue };
        let path = part.place();
        if said.contains(&path) {
            continue;
        }
        let of_file = || parts.iter().filter(|p| p.place() == path);
        let is_read = |u: &Unread| {
            let by = |p: &Part| match sheets.get(&p.number) {
                Some(name) => *name == u.name,
                // It was refused, which is told.
                None => p.table == u.table,
            };
            of_file().any(by)
        };
        let mut unread = tables(heads, Some(part.table), settings, env);
        unread.retain(|u| !is_read(u));
        said.push(path.clone());
        if !unread.is_empty() {
            let count = unread.len() as u64;
            let p = Problem::new(Code::UnreadSheet, Place::file(part.number));
            all.push(p.detail(Detail::Sheets(unread)).count(count));
        }
    }
    all
}
