//! A profile as written, in TOML, and what it means.

use super::super::schema::schema;
use super::super::source::TableName;
use super::super::status::Status;
use super::{After, AfterSale, Guards, Names, Profile, Referrer, Sign, fold};
use crate::lang::Said;
use crate::said;
use crate::words::near;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};
use toml::Spanned;

type Text = Spanned<String>;

/// What is wrong with a profile, and at which byte of its text.
#[derive(Debug)]
pub struct Wrong {
    pub at: Option<usize>,
    pub what: Said,
}

/// A profile as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenProfile {
    name: Text,
    /// Another profile, of which all is taken that is not written here.
    base: Option<Text>,
    title: Option<Both>,
    platform: Option<Both>,
    table: Option<Text>,
    generic: Option<bool>,
    required: Option<Vec<List>>,
    #[serde(default)]
    columns: BTreeMap<String, Spanned<List>>,
    first_filled: Option<Vec<Text>>,
    #[serde(default)]
    constants: BTreeMap<String, Text>,
    #[serde(default)]
    statuses: BTreeMap<String, Text>,
    #[serde(default)]
    closed: Vec<String>,
    #[serde(default)]
    ordered: Vec<String>,
    after_sale: Option<WrittenAfterSale>,
    nulls: Option<Vec<String>>,
    ciphertext: Option<Vec<String>>,
    guards: Option<Vec<Text>>,
    unit: Option<Text>,
    sign: Option<WrittenSign>,
    leave_out: Option<BTreeMap<String, Vec<String>>>,
    referrals: Option<WrittenReferrals>,
    grain: Option<Text>,
    order_amount_repeats: Option<bool>,
    order_refund: Option<List>,
    negative: Option<Text>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a text, or { en = \"…\", zh = \"…\" }")]
enum Both {
    One(String),
    Each { en: String, zh: String },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a name or a list of names")]
enum List {
    One(String),
    Many(Vec<Alike>),
}

/// A name, or several that say the same.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a name or a list of names")]
enum Alike {
    One(String),
    Same(Vec<String>),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAfterSale {
    column: Option<List>,
    in_full: Option<bool>,
    #[serde(default)]
    full: Vec<String>,
    #[serde(default)]
    refunded: Vec<String>,
    #[serde(default)]
    partly: Vec<String>,
    #[serde(default)]
    nothing: Vec<String>,
}

impl WrittenAfterSale {
    fn each(&self) -> impl Iterator<Item = (String, After)> + '_ {
        let all = [
            (&self.full, After::Full),
            (&self.refunded, After::Refunded),
            (&self.partly, After::Partly),
            (&self.nothing, After::Nothing),
        ];
        all.into_iter().flat_map(|(words, after)| words.iter().map(move |word| (fold(word), after)))
    }
}

/// The words that every platform has, which a profile may add to.
fn common_words() -> &'static HashMap<String, After> {
    static WORDS: OnceLock<HashMap<String, After>> = OnceLock::new();
    // A test sees to it that the text is sound.
    let read = || toml::from_str::<WrittenAfterSale>(include_str!("after-sale.toml"));
    WORDS.get_or_init(|| read().map(|words| words.each().collect()).unwrap_or_default())
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSign {
    column: List,
    plus: Vec<String>,
    minus: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenReferrals {
    distributor_id: List,
    #[serde(default)]
    first_filled: bool,
}

/// A file of profiles: one, or several under `[[profile]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Several {
    profile: Vec<WrittenProfile>,
}

impl Both {
    fn said(&self) -> Said {
        match self {
            Both::One(text) => Said { en: text.clone(), zh: text.clone() },
            Both::Each { en, zh } => Said { en: en.clone(), zh: zh.clone() },
        }
    }
}

impl List {
    fn names(&self) -> Names {
        let one = |name: &String| name.trim().to_string();
        let List::Many(list) = self else {
            let List::One(name) = self else { return Names::default() };
            return Names::new(vec![one(name)]);
        };
        let (mut written, mut ranks) = (Vec::new(), Vec::new());
        for (alike, rank) in list.iter().zip(0..) {
            match alike {
                Alike::One(name) => written.push(one(name)),
                Alike::Same(names) => written.extend(names.iter().map(one)),
            }
            ranks.resize(written.len(), rank);
        }
        Names::ranked(written, ranks)
    }
}

/// Reads a text of profiles, which may be based on some that are there already.
///
/// # Errors
/// [`Wrong`].
pub fn parse(text: &str, known: &[Arc<Profile>]) -> Result<Vec<Arc<Profile>>, Wrong> {
    let syntax = |e: toml::de::Error| {
        let message = e.message().replace('\n', " ");
        Wrong { at: e.span().map(|s| s.start), what: said!("{message}", "写法有误（{message}）") }
    };
    let table: toml::Table = toml::from_str(text).map_err(syntax)?;
    let written = match table.contains_key("profile") {
        true => toml::from_str::<Several>(text).map_err(syntax)?.profile,
        false => vec![toml::from_str::<WrittenProfile>(text).map_err(syntax)?],
    };
    let mut all = known.to_vec();
    for w in &written {
        let made = Arc::new(profile(w, &all)?);
        all.push(made);
    }
    Ok(all.split_off(known.len()))
}

type Meant<T> = Result<T, Wrong>;

fn wrong<T>(at: usize, what: Said) -> Meant<T> {
    Err(Wrong { at: Some(at), what })
}

/// Which of some words is written.
fn word(text: &Text, key: &str, words: &[&str]) -> Meant<usize> {
    let (written, known) = (text.get_ref(), words.join(", "));
    words.iter().position(|w| w == written).map_or_else(
        || {
            let what =
                said!("{key}: {written:?} is none of {known}", "{key}：{written:?} 不在可选值之中：{known}");
            wrong(text.span().start, what)
        },
        Ok,
    )
}

/// What a profile means; `known` are those it may be based on.
///
/// # Errors
/// [`Wrong`].
pub fn profile(w: &WrittenProfile, known: &[Arc<Profile>]) -> Meant<Profile> {
    let mut p = match &w.base {
        Some(base) => based_on(base, known)?,
        None => new(w)?,
    };
    p.name = w.name.get_ref().clone();
    if p.name.is_empty() || p.name.len() > 60 || p.name.chars().any(|c| c.is_control() || c.is_whitespace()) {
        let name = &p.name;
        let what = said!("name: {name:?} is no name for a profile", "name：{name:?} 不能作配置名");
        return wrong(w.name.span().start, what);
    }
    let name = || Said { en: p.name.clone(), zh: p.name.clone() };
    let (title, platform) = (w.title.as_ref().map(Both::said), w.platform.as_ref().map(Both::said));
    let title = title.or_else(|| w.base.is_none().then(name));
    (p.title, p.platform) = (title.unwrap_or(p.title), platform.unwrap_or(p.platform));
    p.generic = w.generic.unwrap_or(p.generic && w.base.is_none());
    columns(w, &mut p)?;
    words(w, &mut p)?;
    cells(w, &mut p)?;
    rows(w, &mut p)?;
    if let Some(required) = &w.required {
        p.required = required.iter().map(|list| list.names().folded).collect();
    } else if p.required.is_empty() {
        // Known by the columns that the table must have, under its names or ours.
        let must = schema(p.table)
            .columns
            .iter()
            .zip(&p.columns)
            .filter(|(c, names)| c.required && !names.is_empty());
        let ours = |name: &str| std::iter::once(fold(name));
        p.required =
            must.map(|(c, names)| names.folded.iter().cloned().chain(ours(c.name)).collect()).collect();
    }
    Ok(p)
}

/// There is no profile of a name.
pub fn unknown(key: &str, name: &str, known: &[Arc<Profile>]) -> Said {
    match near(name, known.iter().map(|p| p.name.as_str())) {
        Some(near) => {
            said!(
                "{key}: no profile {name:?}; did you mean {near}?",
                "{key}：没有配置 {name:?}，是否指 {near}？"
            )
        }
        None => said!(
            "{key}: no profile {name:?}; scrm-calc profiles lists them",
            "{key}：没有配置 {name:?}；scrm-calc profiles 会列出全部"
        ),
    }
}

fn based_on(base: &Text, known: &[Arc<Profile>]) -> Meant<Profile> {
    match known.iter().rev().find(|p| p.name == *base.get_ref()) {
        Some(found) => Ok(Profile::clone(found)),
        None => wrong(base.span().start, unknown("base", base.get_ref(), known)),
    }
}

/// An empty profile of the table that is written.
fn new(w: &WrittenProfile) -> Meant<Profile> {
    let names = TableName::ALL.map(TableName::name);
    let table = match &w.table {
        Some(text) => TableName::ALL[word(text, "table", &names)?],
        None => {
            let known = names.join(", ");
            let what = said!("table is missing: one of {known}", "缺少 table，可用：{known}");
            return wrong(w.name.span().start, what);
        }
    };
    let count = schema(table).columns.len();
    let none = || Said { en: String::new(), zh: String::new() };
    let nulls = ["-", "--", "—", "——", "/", "空", "无", "\\N"];
    Ok(Profile {
        name: String::new(),
        title: none(),
        platform: none(),
        table,
        generic: false,
        required: Vec::new(),
        columns: vec![Names::default(); count],
        first_filled: vec![false; count],
        constants: vec![None; count],
        statuses: HashMap::new(),
        closed: Vec::new(),
        ordered: Vec::new(),
        after_sale: None,
        nulls: nulls.map(String::from).to_vec(),
        ciphertext: ["##", "$$"].map(String::from).to_vec(),
        guards: Guards { apostrophe: true, backtick: true, formula: true },
        fen: false,
        sign: None,
        leave_out: Vec::new(),
        referrals: None,
        lines: None,
        order_amount_repeats: None,
        order_refund: Vec::new(),
        negative_is_refund: None,
    })
}

/// The number of one of our columns.
fn column(table: TableName, name: &str, at: usize, key: &str) -> Meant<usize> {
    let known = || schema(table).columns.iter().map(|c| c.name);
    match known().position(|k| k == name) {
        Some(column) => Ok(column),
        None => {
            let all = known().collect::<Vec<_>>().join(", ");
            let what = said!(
                "{key}.{name}: no such column; known are {all}",
                "{key}.{name}：没有这一列，可用：{all}"
            );
            wrong(at, what)
        }
    }
}

fn columns(w: &WrittenProfile, p: &mut Profile) -> Meant<()> {
    for (name, list) in &w.columns {
        let at = list.span().start;
        let names = list.get_ref().names();
        if names.written.iter().any(String::is_empty) {
            return wrong(at, said!("columns.{name}: an empty name", "columns.{name}：名称为空"));
        }
        let column = column(p.table, name, at, "columns")?;
        p.columns[column] = names;
    }
    let taken: Vec<_> =
        (0..).zip(&p.columns).flat_map(|(c, n)| n.folded.iter().map(move |f| (f.clone(), c))).collect();
    for (i, (name, one)) in taken.iter().enumerate() {
        if let Some((_, two)) = taken[..i].iter().find(|(n, c)| n == name && c != one) {
            let of = |c: usize| schema(p.table).columns[c].name;
            let (a, b) = (of(*two), of(*one));
            let what = said!(
                "columns: {name:?} stands for {a} and for {b}",
                "columns：{name:?} 同时对应 {a} 与 {b}"
            );
            return wrong(w.name.span().start, what);
        }
    }
    if let Some(list) = &w.first_filled {
        p.first_filled.fill(false);
        for text in list {
            p.first_filled[column(p.table, text.get_ref(), text.span().start, "first_filled")?] = true;
        }
    }
    for (name, value) in &w.constants {
        let column = column(p.table, name, value.span().start, "constants")?;
        p.constants[column] = Some(value.get_ref().trim().into());
    }
    Ok(())
}

fn statuses(map: &BTreeMap<String, Text>) -> Meant<HashMap<Vec<u8>, Status>> {
    let one = |(said, ours): (&String, &Text)| {
        let index = word(ours, &format!("statuses.{said}"), &Status::NAMES)?;
        let status = Status::named(Status::NAMES[index]).unwrap_or(Status::Unpaid);
        Ok((said.trim().as_bytes().to_vec(), status))
    };
    map.iter().map(one).collect()
}

fn words(w: &WrittenProfile, p: &mut Profile) -> Meant<()> {
    p.statuses.extend(statuses(&w.statuses)?);
    p.closed.extend(w.closed.iter().map(|word| word.trim().as_bytes().to_vec()));
    p.ordered.extend(w.ordered.iter().map(|name| fold(name)));
    // Closed is cancelled, unless a row shows that it was paid.
    let closed = w.closed.iter().map(|word| (word.trim().as_bytes().to_vec(), Status::Cancelled));
    p.statuses.extend(closed);
    if let Some(a) = &w.after_sale {
        let fresh = || AfterSale { words: common_words().clone(), ..AfterSale::default() };
        let mut kept = p.after_sale.take().unwrap_or_else(fresh);
        kept.words.extend(a.each());
        kept.in_full = a.in_full.unwrap_or(kept.in_full);
        if let Some(column) = &a.column {
            kept.columns = column.names();
        }
        p.after_sale = Some(kept);
    }
    Ok(())
}

fn cells(w: &WrittenProfile, p: &mut Profile) -> Meant<()> {
    if let Some(nulls) = &w.nulls {
        p.nulls = nulls.iter().map(|n| n.trim().to_string()).collect();
    }
    if let Some(begin) = &w.ciphertext {
        p.ciphertext = begin.iter().filter(|b| !b.is_empty()).cloned().collect();
    }
    if let Some(guards) = &w.guards {
        p.guards = Guards::default();
        for guard in guards {
            let known = ["'", "`", "=\"", "\t"];
            match word(guard, "guards", &known)? {
                0 => p.guards.apostrophe = true,
                1 => p.guards.backtick = true,
                2 => p.guards.formula = true,
                _ => {} // tabs are trimmed of every cell
            }
        }
    }
    if let Some(unit) = &w.unit {
        p.fen = word(unit, "unit", &["yuan", "fen"])? == 1;
    }
    if let Some(s) = &w.sign {
        p.sign = Some(Sign { column: s.column.names(), plus: s.plus.clone(), minus: s.minus.clone() });
    }
    Ok(())
}

fn rows(w: &WrittenProfile, p: &mut Profile) -> Meant<()> {
    if let Some(map) = &w.leave_out {
        let one = |(name, words): (&String, &Vec<String>)| (Names::new(vec![name.clone()]), words.clone());
        p.leave_out = map.iter().map(one).collect();
    }
    if let Some(r) = &w.referrals {
        if p.table != TableName::Orders {
            let what = said!(
                "[referrals] stands in profiles of orders only",
                "[referrals] 只能写在 orders 的配置中"
            );
            return wrong(w.name.span().start, what);
        }
        p.referrals = Some(Referrer { column: r.distributor_id.names(), first_filled: r.first_filled });
    }
    if let Some(grain) = &w.grain {
        p.lines = Some(word(grain, "grain", &["order", "line"])? == 1);
    }
    p.order_amount_repeats = w.order_amount_repeats.or(p.order_amount_repeats);
    if let Some(names) = &w.order_refund {
        p.order_refund = names.names().folded;
    }
    if let Some(negative) = &w.negative {
        p.negative_is_refund = Some(word(negative, "negative", &["error", "refund"])? == 1);
    }
    Ok(())
}
