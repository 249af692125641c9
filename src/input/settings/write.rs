//! Settings that pin what was found of files: where they lie, how they are written, by which profile, which header is
//! which column, what the words mean. What somebody should look at stands beside it as a comment.

use super::super::field::date::DateOrder;
use super::super::inspect::{Inspected, Use};
use super::super::profile::text_of;
use super::super::source::{TableName, names_in};
use super::super::status::{Status, Statuses};
use super::Settings;
use crate::lang::Lang;
use glob::Pattern;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use toml::{Table, Value};

/// The files of one table.
#[derive(Debug)]
pub struct Pinned<'a> {
    pub table: TableName,
    /// As they stand under `[files]`.
    pub patterns: Vec<String>,
    pub files: Vec<&'a Inspected>,
}

/// How much is pinned of tables; the rest is found anew by every run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loose {
    /// Their columns are left to the profile.
    pub columns: BTreeSet<TableName>,
    /// The profile as well.
    pub profile: BTreeSet<TableName>,
}

/// The files by their tables.
pub fn by_table<'a>(
    files: &'a [Inspected],
    patterns: impl Fn(&[&'a Inspected]) -> Option<Vec<String>>,
) -> Option<Vec<Pinned<'a>>> {
    let of = |table| files.iter().filter(|f| f.table() == Some(table)).collect::<Vec<_>>();
    let all =
        TableName::ALL.into_iter().map(|table| (table, of(table))).filter(|(_, files)| !files.is_empty());
    let one = |(table, files): (TableName, Vec<&'a Inspected>)| {
        // A file of which several sheets are read is one.
        let mut each: Vec<&Inspected> = Vec::new();
        for file in &files {
            if !each.iter().any(|other| other.part.path == file.part.path) {
                each.push(file);
            }
        }
        Some(Pinned { table, patterns: patterns(&each)?, files })
    };
    all.map(one).collect()
}

/// The text of the settings, with comments in a language.
pub fn text(tables: &[Pinned], settings: &Settings, loose: &Loose, lang: Lang) -> String {
    let mut text = String::new();
    for pinned in tables {
        pinned.files.iter().for_each(|file| text += &comment(&about(file, lang)));
    }
    let zone = settings.zone.iana_name().filter(|name| *name != "Asia/Shanghai");
    section(
        &mut text,
        &[],
        zone.map(|name| ("timezone".to_string(), Value::String(name.into()))).into_iter().collect(),
    );
    let files = tables.iter().map(|p| (p.table.name().to_string(), list(p.patterns.iter().cloned())));
    section(&mut text, &["files"], files.collect());
    let profiles: Vec<String> = tables.iter().filter_map(|p| one_profile(p, loose)).collect();
    let mut input = Table::new();
    if !profiles.is_empty() {
        input.insert("profile".into(), list(profiles.into_iter()));
    }
    if settings.decimal_comma {
        input.insert("decimal_comma".into(), Value::Boolean(true));
    }
    if let Some(order) = settings.date_order {
        let word = if order == DateOrder::DayFirst { "dmy" } else { "mdy" };
        input.insert("date_order".into(), Value::String(word.into()));
    }
    section(&mut text, &["input"], input);
    let encoding = tables.iter().filter_map(|p| Some((p.table.name().into(), one_encoding(p)?)));
    section(&mut text, &["input", "encoding"], encoding.collect());
    let sheet = tables.iter().filter_map(|p| Some((p.table.name().into(), sheets(p)?)));
    section(&mut text, &["input", "sheet"], sheet.collect());
    for pinned in tables {
        section(&mut text, &["columns", pinned.table.name()], columns(pinned, loose));
    }
    section(&mut text, &["users"], users(settings));
    section(&mut text, &["ad_spend"], spend(settings));
    let orders = tables.iter().find(|p| p.table == TableName::Orders);
    if let Some(orders) = orders {
        section(&mut text, &["orders"], order_rows(orders));
        statuses(&mut text, orders, lang);
    }
    text
}

/// A part of the settings: its keys and values; nothing where there are none.
fn section(text: &mut String, path: &[&str], table: Table) {
    if table.is_empty() {
        return;
    }
    let inner = path
        .iter()
        .rev()
        .fold(table, |inner, key| Table::from_iter([((*key).to_string(), Value::Table(inner))]));
    // Tables of texts and lists can be written, whatever the texts are.
    let written = toml::to_string(&inner).unwrap_or_default();
    text.push('\n');
    text.push_str(&written);
}

fn list(all: impl Iterator<Item = String>) -> Value {
    Value::Array(all.map(Value::String).collect())
}

/// Lines behind `#`, of which none can end too early.
pub fn comment(lines: &[String]) -> String {
    let safe = |line: &String| line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    lines.iter().map(|line| format!("# {}\n", safe(line))).collect()
}

/// What was found of a file and should be looked at.
fn about(file: &Inspected, lang: Lang) -> Vec<String> {
    let name = file.name();
    let Some(fit) = &file.fit else { return vec![name] };
    let by = |fit: &super::super::inspect::Fit| {
        let (n, of) = (fit.share.matched, fit.share.of);
        match (&fit.profile, lang) {
            (Some(p), Lang::En) => format!("{} by {} ({n} of {of} headers)", fit.table.name(), p.name),
            (Some(p), Lang::Zh) => {
                format!("{}，按配置 {}（{of} 个表头中有 {n} 个）", fit.table.name(), p.name)
            }
            (None, Lang::En) => format!("{} by its own headers ({n} of {of})", fit.table.name()),
            (None, Lang::Zh) => format!("{}，按本程序的列名（{of} 个中有 {n} 个）", fit.table.name()),
        }
    };
    let mut lines = vec![format!("{name}{}{}", lang.pick(": ", "："), by(fit))];
    if let Some(next) = &file.next {
        lines.push(format!("  {}{}", lang.pick("next best: ", "其次："), by(next)));
    }
    if let Some(own) = file.profile().filter(|p| text_of(&p.name).is_none()) {
        let name = &own.name;
        lines.push(match lang {
            Lang::En => format!(
                "  {name} is a profile of your own: its [[profile]], or the file of it, belongs here too"
            ),
            Lang::Zh => format!("  {name} 是您自己的配置：请把 [[profile]]（或其文件）一并写在这里"),
        });
    }
    // All of a platform's spend is on one channel, which users may call otherwise.
    let channel = file.constants.iter().find(|(column, _)| *column == "channel");
    if let Some(((_, channel), profile)) = channel.zip(file.profile()) {
        let name = &profile.name;
        let own =
            format!("[[profile]] name = \"my-{name}\", base = \"{name}\", constants = {{ channel = \"…\" }}");
        lines.push(match lang {
            Lang::En => {
                format!("  all of it is on the channel {channel}; where users call it otherwise: {own}")
            }
            Lang::Zh => format!("  渠道一律记为 {channel}；若 users 中另有叫法，可写：{own}"),
        });
    }
    if !file.absent.is_empty() {
        let none = lang.pick("  not there: ", "  没有的列：");
        lines.push(format!("{none}{}", file.absent.join(", ")));
    }
    lines
}

/// The one profile by which all files of a table are read.
fn one_profile(pinned: &Pinned, loose: &Loose) -> Option<String> {
    let names: BTreeSet<Option<&str>> =
        pinned.files.iter().map(|f| f.profile().map(|p| p.name.as_str())).collect();
    let only = names.into_iter().collect::<Vec<_>>();
    // One of the user's own stands elsewhere, and is found by those who have it.
    match only[..] {
        [Some(name)] if !loose.profile.contains(&pinned.table) && text_of(name).is_some() => {
            Some(name.into())
        }
        _ => None,
    }
}

fn one_encoding(pinned: &Pinned) -> Option<Value> {
    let written = pinned.files.iter().filter_map(|f| f.written.as_ref()).filter(|w| w.sheet.is_none());
    let mut keys: Vec<&str> = written.map(|w| w.encoding.key()).collect();
    keys.dedup();
    if let [only] = keys[..] { Some(Value::String(only.into())) } else { None }
}

/// The sheets of workbooks, where they are the same ones in all of them.
fn sheets(pinned: &Pinned) -> Option<Value> {
    let mut by_file: BTreeMap<&Path, Vec<&String>> = BTreeMap::new();
    for file in &pinned.files {
        if let Some(sheet) = file.written.as_ref().and_then(|w| w.sheet.as_ref()) {
            by_file.entry(&file.part.path).or_default().push(sheet);
        }
    }
    let mut sets: Vec<Vec<&String>> = by_file.into_values().collect();
    sets.dedup();
    let [only] = &sets[..] else { return None };
    Some(match only[..] {
        [sheet] => Value::String(sheet.clone()),
        _ => list(only.iter().map(|sheet| (*sheet).clone())),
    })
}

/// The headers of our columns, where they were found by common names or by other settings: what a platform's profile
/// says is its own to say.
fn columns(pinned: &Pinned, loose: &Loose) -> Table {
    let is_platform = |f: &&Inspected| f.profile().is_some_and(|p| !p.generic);
    let is_loose = loose.columns.contains(&pinned.table) || loose.profile.contains(&pinned.table);
    if is_loose || pinned.files.iter().any(is_platform) {
        return Table::new();
    }
    let mut names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in &pinned.files {
        let further = |ours| file.columns.iter().any(|c| c.used == Use::Further(ours));
        let again = |raw: &String| file.columns.iter().filter(|c| c.raw == *raw).count() > 1;
        for column in &file.columns {
            let Use::Value(ours) = column.used else { continue };
            if further(ours) || again(&column.raw) || column.raw.is_empty() {
                continue;
            }
            let of = names.entry(ours).or_default();
            if !of.contains(&column.raw) {
                of.push(column.raw.clone());
            }
        }
    }
    let value = |mut names: Vec<String>| match names.len() {
        1 => Value::String(names.remove(0)),
        _ => list(names.into_iter()),
    };
    let is_ours = |(ours, names): &(&str, Vec<String>)| names[..] == [(*ours).to_string()];
    let others = names.into_iter().filter(|column| !is_ours(column));
    others.map(|(ours, names)| (ours.to_string(), value(names))).collect()
}

fn users(settings: &Settings) -> Table {
    let word = |is: bool, key: &str, word: &str| is.then(|| (key.to_string(), Value::String(word.into())));
    let by_order = word(settings.joined_by_order, "acquired_on", "first-order");
    [by_order, word(settings.first_of_user, "duplicates", "first")].into_iter().flatten().collect()
}

fn spend(settings: &Settings) -> Table {
    let Some(suffix) = &settings.wide_spend else { return Table::new() };
    let wide = ("wide".to_string(), Value::Boolean(true));
    let suffix = (!suffix.is_empty()).then(|| ("suffix".to_string(), Value::String(suffix.clone())));
    [wide].into_iter().chain(suffix).collect()
}

/// What the rows of all files of orders are, where that is not the common way. Where files differ in it, the profiles by
/// which they are read say it better than one word for all.
fn order_rows(orders: &Pinned) -> Table {
    let rows = || orders.files.iter().map(|f| f.order_rows);
    let repeats = rows().find(|r| r.lines).is_some_and(|r| r.amount_repeats);
    let mut table = Table::new();
    // Where only some are items, or repeat amounts, their profiles say so: said of all, orders that stand twice would be
    // items as well.
    if !orders.files.is_empty() && rows().all(|r| (r.lines, r.amount_repeats) == (true, repeats)) {
        table.insert("grain".into(), Value::String("line".into()));
        table.insert("order_amount_repeats".into(), Value::Boolean(repeats));
    }
    if rows().any(|r| r.refunds) {
        table.insert("negative".into(), Value::String("refund".into()));
    }
    table
}

/// The words for statuses that stand in orders; those that nobody knows as comments.
fn statuses(text: &mut String, orders: &Pinned, lang: Lang) {
    let (mut known, mut clash) = (BTreeMap::<&String, Status>::new(), BTreeSet::new());
    let mut unknown: BTreeMap<&String, u64> = BTreeMap::new();
    // A closed order that was given back is so by its row, and not by its word.
    let by_row = |f: &Inspected, word: &String, ours: &Option<Status>| {
        let of_profile = f.profile().and_then(|p| p.statuses.get(word.as_bytes()).copied());
        let of_word = of_profile.or_else(|| Statuses::ours(word.as_bytes()));
        *ours == Some(Status::Refunded) && of_word == Some(Status::Cancelled)
    };
    let words = |f: &Inspected| {
        let all = f.rows.iter().flat_map(|rows| rows.words.clone());
        all.filter(|((word, ours), _)| !by_row(f, word, ours)).collect::<Vec<_>>()
    };
    let all: Vec<_> = orders.files.iter().flat_map(|f| words(f)).collect();
    for ((word, ours), count) in &all {
        match ours {
            Some(status) if known.insert(word, *status).is_some_and(|before| before != *status) => {
                clash.insert(word);
            }
            Some(_) => {}
            None => *unknown.entry(word).or_default() += count,
        }
    }
    let is_ours = |word: &str| Status::NAMES.contains(&word);
    let pairs = known.into_iter().filter(|(word, _)| !clash.contains(word) && !is_ours(word));
    let table: Table =
        pairs.map(|(word, status)| (word.clone(), Value::String(status.name().into()))).collect();
    section(text, &["orders", "status"], table);
    for (word, count) in unknown {
        let key = Table::from_iter([(word.clone(), Value::String("paid".into()))]).to_string();
        let what = match lang {
            Lang::En => format!("{count} rows; say what it means: {}", Status::NAMES.join(" | ")),
            Lang::Zh => format!("{count} 行；请写明含义：{}", Status::NAMES.join(" | ")),
        };
        text.push_str(&comment(&[format!("{}  # {what}", key.trim_end())]));
    }
}

/// A path as it is written under `[files]`, from a directory that may not be there yet; `None` where its name is no text.
pub fn from_directory(path: &Path, directory: &Path) -> Option<PathBuf> {
    let (parent, name) = (path.parent()?, path.file_name()?);
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let (file, from) = (parent.canonicalize().ok()?, resolved(directory)?);
    let same = file.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    if same == 0 {
        return Some(file.join(name));
    }
    let up = from.components().skip(same).map(|_| Component::ParentDir);
    let down = file.components().skip(same);
    Some(up.chain(down).collect::<PathBuf>().join(name))
}

/// A directory's real path, of which the end may not be there yet.
fn resolved(directory: &Path) -> Option<PathBuf> {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    match directory.canonicalize() {
        Ok(real) => Some(real),
        Err(_) => {
            let name = directory.file_name()?;
            Some(resolved(directory.parent()?)?.join(name))
        }
    }
}

/// A pattern that meets one file.
fn exactly(path: &Path) -> Option<String> {
    Some(Pattern::escape(path.to_str()?))
}

/// Patterns that meet these files one by one.
pub fn one_by_one(files: &[&Inspected], directory: &Path) -> Option<Vec<String>> {
    files.iter().map(|f| exactly(&from_directory(&f.part.path, directory)?)).collect()
}

/// Patterns that meet these files and no others, now: one for those that lie together under names that end alike and
/// are laid out alike, else one for each.
pub fn together(files: &[&Inspected], directory: &Path) -> Option<Vec<String>> {
    let mut groups: BTreeMap<(PathBuf, String), Vec<&Inspected>> = BTreeMap::new();
    for file in files {
        let path = &file.part.path;
        let name = path.file_name().and_then(OsStr::to_str)?;
        let end = name.find('.').map_or("", |i| &name[i..]);
        let parent = from_directory(path, directory)?.parent()?.to_path_buf();
        groups.entry((parent, end.into())).or_default().push(file);
    }
    let mut all = Vec::new();
    for ((parent, end), group) in groups {
        let alike = group.windows(2).all(|pair| super::super::inspect::same_layout(pair[0], pair[1]));
        match common(&group, &end).filter(|_| group.len() > 1 && alike) {
            Some(name) => {
                let parent = Pattern::escape(parent.to_str()?);
                all.push(if parent.is_empty() { name } else { format!("{parent}/{name}") });
            }
            None => all.extend(one_by_one(&group, directory)?),
        }
    }
    Some(all)
}

/// `orders-*.csv`, or `*.csv`, whichever meets exactly these files of a directory.
fn common(group: &[&Inspected], end: &str) -> Option<String> {
    let names: BTreeSet<&str> =
        group.iter().filter_map(|f| f.part.path.file_name().and_then(OsStr::to_str)).collect();
    let parent = group[0].part.path.parent()?;
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let there = names_in(parent).ok()?;
    let first = names.iter().next()?.strip_suffix(end)?;
    let same = |n: usize| names.iter().all(|name| name.starts_with(&first[..n]));
    let shared = first.char_indices().map(|(i, _)| i).chain([first.len()]).take_while(|i| same(*i)).last()?;
    // What counts or dates the files goes on counting.
    let begin = first[..shared].trim_end_matches(|c: char| c.is_ascii_digit() || "-_. (".contains(c));
    [begin, ""].into_iter().find_map(|begin| {
        let met = there.iter().filter(|name| {
            name.len() >= begin.len() + end.len() && name.starts_with(begin) && name.ends_with(end)
        });
        let is_exact = met.map(String::as_str).collect::<BTreeSet<_>>() == names;
        is_exact.then(|| format!("{}*{}", Pattern::escape(begin), Pattern::escape(end)))
    })
}
