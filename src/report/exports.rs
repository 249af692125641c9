//! What was made of exports: by which profile a file is read, which of its columns are ours, and what stands in it
//! beside its rows. And the profiles that there are.

use super::document::{Cell, Document, Field, Node, Table};
use crate::input::profile::Profile;
use crate::input::{Beside, Data, Derived, FileReport, Found};
use crate::lang::Lang;
use crate::render::number::human_count;

/// Is there more to say of a file than of one of our own?
fn is_export(f: &FileReport) -> bool {
    f.found.profile.is_some() || f.found.before > 0 || f.found.under > 0 || f.beside != Beside::default()
}

/// What everybody is told who reads a report: for each profile what it took for our columns, and for each file what is
/// none of its rows.
pub fn notes(data: &Data, lang: Lang) -> Vec<String> {
    let files = &data.files;
    let mut read: Vec<(String, Vec<&str>)> = Vec::new();
    for file in files.iter().filter(|f| f.found.profile.is_some()) {
        let how = by_profile(file, lang);
        match read.iter_mut().find(|(h, _)| *h == how) {
            Some((_, names)) => names.push(&file.name),
            None => read.push((how, vec![&file.name])),
        }
    }
    let colon = lang.pick(": ", "：");
    let of = |(how, names): (String, Vec<&str>)| format!("{}{colon}{how}", several(&names, lang));
    // Of data that is refused it is known what is wrong.
    let aside = |f: &FileReport| {
        let said = beside(f, lang).filter(|_| !data.refused())?;
        Some(format!("{}{colon}{said}", f.name))
    };
    let all = read.into_iter().map(of).chain(files.iter().filter_map(aside));
    all.chain(data.derived.as_ref().map(|d| derived(d, lang))).collect()
}

/// From where the referrals are.
pub fn derived(d: &Derived, lang: Lang) -> String {
    let (column, n) = (&d.column, human_count(d.orders));
    match lang {
        Lang::En => {
            let s = if d.orders == 1 { "" } else { "s" };
            format!("referrals: taken from orders, where {column} names the distributor of {n} order{s}")
        }
        Lang::Zh => format!("referrals：取自订单，由 {column} 指明 {n} 笔订单的分销员"),
    }
}

/// The first of some files, and how many more.
fn several(names: &[&str], lang: Lang) -> String {
    match (names, lang) {
        ([only], _) => (*only).to_string(),
        ([first, rest @ ..], Lang::En) => format!("{first} and {} more", human_count(rest.len() as u64)),
        ([first, rest @ ..], Lang::Zh) => format!("{first} 等 {} 个文件", human_count(rest.len() as u64 + 1)),
        ([], _) => String::new(),
    }
}

/// The profile by which a file is read, and which headers it took for our columns.
fn by_profile(f: &FileReport, lang: Lang) -> String {
    let Some((profile, share)) = &f.found.profile else { return String::new() };
    let (name, title) = (&profile.name, profile.title.in_lang(lang));
    let (n, of) = (share.matched, share.of);
    let mapped: Vec<String> =
        f.columns.iter().map(|(c, names)| format!("{c} = {}", names.join(" / "))).collect();
    match lang {
        Lang::En => {
            format!("read by the profile {name} ({title}; {n} of {of} headers): {}", mapped.join(", "))
        }
        Lang::Zh => format!("按配置 {name} 读取（{title}，{of} 个表头中有 {n} 个）：{}", mapped.join("，")),
    }
}

/// What stands in a file and is none of its rows; `None` where nothing does.
fn beside(f: &FileReport, lang: Lang) -> Option<String> {
    let (Found { before, under, .. }, b) = (&f.found, &f.beside);
    let is_equal = b.compared > 0 && b.unequal == 0;
    let promised = match (f.found.promised, f.found.totals.is_empty()) {
        _ if !is_equal => "",
        (Some(_), true) => lang.pick(", one with our number of rows", "，其中写明的行数相符"),
        (None, true) => "",
        (_, false) => lang.pick(", with totals equal to ours", "，其中的合计与各行相符"),
    };
    let compared = |n| compared(n, b, lang);
    let said = [
        (*before, lang.pick("before the header", "在表头之前"), promised),
        (*under, lang.pick("of notes under it", "为表头下的说明"), ""),
        (b.totals, lang.pick("of totals", "为合计"), compared(b.compared)),
        (b.subtotals, lang.pick("of subtotals", "为小计"), compared(b.subtotals_compared)),
        (b.averages, lang.pick("of averages", "为平均值"), ""),
        (b.notes, lang.pick("of notes behind the rows", "为表尾说明"), ""),
    ];
    let line = |(n, what, more): (u64, &str, &str)| {
        let count = human_count(n);
        let noun = if n == 1 { "line" } else { "lines" };
        (n > 0).then(|| match lang {
            Lang::En => format!("{count} {noun} {what}{more}"),
            Lang::Zh => format!("{count} 行{what}{more}"),
        })
    };
    let columns = (b.columns > 0).then(|| {
        let (n, s) = (human_count(b.columns), if b.columns == 1 { "" } else { "s" });
        let names = f.total_columns.join(lang.pick(", ", "、"));
        match lang {
            Lang::En => format!(
                "{n} column{s} of totals or averages ({names}), no channel, equal to ours in each row"
            ),
            Lang::Zh => format!("{n} 列为合计或平均（{names}），不作渠道，逐行相符"),
        }
    });
    let said: Vec<String> = said.into_iter().filter_map(line).chain(columns).collect();
    (!said.is_empty()).then(|| {
        let all = said.join(lang.pick("; ", "；"));
        match lang {
            Lang::En => format!("left aside: {all}"),
            Lang::Zh => format!("另置：{all}"),
        }
    })
}

/// How rows of totals were compared, of which so many numbers were.
pub fn compared(n: u64, b: &Beside, lang: Lang) -> &'static str {
    match n {
        _ if b.unequal > 0 => lang.pick(", not equal to ours", "，与各行不符"),
        0 => lang.pick(", with nothing to compare", "，无可比对"),
        _ => lang.pick(", equal to ours", "，与各行相符"),
    }
}

/// The columns that are not read; of an export, which has dozens, the first.
pub fn unread(f: &FileReport, lang: Lang) -> String {
    const FEW: usize = 4;
    let names = &f.unknown_columns;
    if f.found.profile.is_none() || names.len() <= FEW {
        return names.join(", ");
    }
    let rest = human_count((names.len() - FEW) as u64);
    match lang {
        Lang::En => format!("{} and {rest} more", names[..FEW].join(", ")),
        Lang::Zh => format!("{} 等，另有 {rest} 列", names[..FEW].join("、")),
    }
}

/// What `check --verbose` says more of an export.
pub fn more(f: &FileReport, lang: Lang) -> String {
    let profile = f.found.profile.is_some().then(|| by_profile(f, lang));
    let all: Vec<String> = profile.into_iter().chain(beside(f, lang)).collect();
    all.iter().map(|said| format!("{}{said}", lang.pick("; ", "；"))).collect()
}

/// The same for machines.
pub fn node(f: &FileReport) -> Option<(&'static str, Node)> {
    let (found, b) = (&f.found, &f.beside);
    let name = |p: &Option<_>| {
        p.as_ref().map_or(Node::Cell(Cell::Null), |(p, _): &(std::sync::Arc<Profile>, _)| Node::text(&p.name))
    };
    let share = |n: Option<usize>| n.map_or(Node::Cell(Cell::Null), |n| Node::count(n as u64));
    let columns = f.columns.iter().map(|(column, names)| {
        let names = names.iter().map(|name| Node::text(name)).collect();
        Node::Object(vec![("column", Node::text(column)), ("headers", Node::List(names))])
    });
    let of = found.profile.as_ref().map(|(_, share)| *share);
    is_export(f).then(|| {
        let all = vec![
            ("header_line", Node::count(found.line)),
            ("lines_before", Node::count(found.before)),
            ("notes_under", Node::count(found.under)),
            ("totals", Node::count(b.totals)),
            ("totals_compared", Node::count(b.compared)),
            ("totals_not_compared", Node::count(b.uncompared)),
            ("subtotals", Node::count(b.subtotals)),
            ("subtotals_compared", Node::count(b.subtotals_compared)),
            ("averages", Node::count(b.averages)),
            ("total_columns", Node::List(f.total_columns.iter().map(|name| Node::text(name)).collect())),
            ("notes_behind", Node::count(b.notes)),
            ("profile", name(&found.profile)),
            ("headers_matched", share(of.map(|s| s.matched))),
            ("headers_required", share(of.map(|s| s.of))),
            ("columns", Node::List(columns.collect())),
        ];
        ("export", Node::Object(all))
    })
}

/// The profiles, one in a row.
pub fn profiles<'p>(all: impl Iterator<Item = &'p Profile>, lang: Lang) -> Document {
    // Those of platforms first.
    let (generic, own): (Vec<&Profile>, Vec<_>) = all.partition(|p| p.generic);
    let fields = vec![
        Field::identity("name", lang.pick("Name", "名称")),
        Field::identity("table", lang.pick("Table", "表")),
        Field::identity("platform", lang.pick("Platform", "平台")),
        Field::identity("title", lang.pick("What it reads", "所读内容")),
        Field::figure("columns", lang.pick("Columns", "列数")),
    ];
    let row = |p: &Profile| {
        vec![
            Cell::text(&p.name),
            Cell::text(p.table.name()),
            Cell::text(p.platform.in_lang(lang)),
            Cell::text(p.title.in_lang(lang)),
            Cell::Count(p.mapped() as u64),
        ]
    };
    Document {
        schema: "scrm-calc.profiles/1",
        title: lang.pick("Profiles", "导出配置").into(),
        subtitle: Vec::new(),
        head: Vec::new(),
        tables: vec![Table::list("profiles", fields, own.into_iter().chain(generic).map(row).collect())],
        tail: Vec::new(),
        notes: Vec::new(),
    }
}
