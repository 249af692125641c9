//! `scrm.toml`: what was written becomes what was meant, or an error that names the line, the key and what to write.

mod meaning;
pub mod write;
mod written;

use super::encoding::Encoding;
use super::field::date::DateOrder;
use super::profile::{self, Profiles};
use super::source::TableName;
use super::status::Status;
use super::table::ColumnNames;
use crate::lang::{Lang, Said};
use crate::said;
use crate::words::near;
use jiff::tz::TimeZone;
use meaning::Meaning;
use scrm_core::money::Amount;
use scrm_core::plan::Plan;
use scrm_core::tax::TaxRule;
use scrm_core::world::Outside;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::Read;
use std::path::Path;
use toml::Spanned;
use written::Written;

/// The longest settings file, in bytes; a longer one is something else.
const LONGEST: u64 = 1 << 20;

/// The name of the settings file in the data directory.
pub const FILE: &str = "scrm.toml";

/// Names that have a rate of their own, numbered by kind in the order in which they are written.
#[derive(Clone, Debug, Default)]
pub struct Selectors {
    pub distributors: HashMap<String, u32>,
    pub products: HashMap<String, u32>,
    pub categories: HashMap<String, u32>,
    pub grades: HashMap<String, u32>,
}

/// What a row of `orders` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderRows {
    /// A row is an item of an order, and all rows of one id are one order.
    pub lines: bool,
    /// ... and the order's amount stands again on each of them.
    pub amount_repeats: bool,
    /// A row below zero is a refund.
    pub refunds: bool,
}

/// What the settings say of rows of `orders`; where they are silent, profiles may speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowsSaid {
    pub lines: Option<bool>,
    pub amount_repeats: Option<bool>,
    pub refunds: Option<bool>,
}

impl RowsSaid {
    /// What a row is where nobody else says anything.
    pub fn alone(self) -> OrderRows {
        self.over(OrderRows::default())
    }

    /// What a row is by the settings, and by others in all that they leave open. An order of one row repeats nothing.
    pub fn over(self, others: OrderRows) -> OrderRows {
        let lines = self.lines.unwrap_or(others.lines);
        OrderRows {
            lines,
            amount_repeats: lines && self.amount_repeats.unwrap_or(others.amount_repeats),
            refunds: self.refunds.unwrap_or(others.refunds),
        }
    }
}

/// The settings as meant.
#[derive(Clone, Debug)]
pub struct Settings {
    pub currency: String,
    pub zone: TimeZone,
    /// The encoding of files without a byte order mark, by table, where it is not to be found out.
    pub encodings: BTreeMap<TableName, Encoding>,
    /// The sheets of workbooks, by table.
    pub sheets: BTreeMap<TableName, Vec<String>>,
    /// In amounts a comma stands before the decimals.
    pub decimal_comma: bool,
    /// Whether day or month stands first in dates such as `01/02/2026`; without it they are refused.
    pub date_order: Option<DateOrder>,
    /// How the rows of `orders` are orders, and how much of it the settings say; the rest is the profiles' to say.
    pub rows: OrderRows,
    pub rows_said: RowsSaid,
    /// Users joined on the day of their first order.
    pub joined_by_order: bool,
    /// Of several rows about one user the earliest counts.
    pub first_of_user: bool,
    /// Ad spend has a column for each channel: those whose names end with this (empty: all but the date).
    pub wide_spend: Option<String>,
    pub statuses: Vec<(String, Status)>,
    pub columns: ColumnNames,
    pub unknown_user: Outside,
    pub before_joining: Outside,
    pub refunds_on_order: bool,
    pub last_binding: bool,
    pub pay_self_purchase: bool,
    pub prices: Vec<(String, Amount)>,
    /// The line on which each of them is written.
    pub price_lines: BTreeMap<String, u64>,
    pub plan: Option<Plan>,
    pub selectors: Selectors,
    pub tax: TaxRule,
    pub profiles: Profiles,
    /// Files of profiles, from the data directory; and the names of those that are to be used, each with its line.
    pub(super) profile_files: Vec<String>,
    pub(super) forced: Vec<(String, (usize, String))>,
    /// The files of tables that are named, as patterns from the data directory.
    pub files: BTreeMap<TableName, Vec<String>>,
    /// The top-level keys that are written.
    pub written: Vec<String>,
}

impl Settings {
    /// The same settings with what others say of how files are read.
    pub fn pinned_by(&self, other: &Settings) -> Settings {
        let mut all = self.clone();
        (all.encodings, all.sheets) = (other.encodings.clone(), other.sheets.clone());
        (all.columns, all.statuses) = (other.columns.clone(), other.statuses.clone());
        all.profiles.forced = other.profiles.forced.clone();
        (all.decimal_comma, all.date_order) = (other.decimal_comma, other.date_order);
        (all.rows, all.rows_said) = (other.rows, other.rows_said);
        (all.joined_by_order, all.first_of_user) = (other.joined_by_order, other.first_of_user);
        (all.wide_spend, all.zone) = (other.wide_spend.clone(), other.zone.clone());
        all
    }
}

/// Why a file of settings cannot be used.
#[derive(Debug)]
pub struct SettingsError {
    /// As it is called in messages.
    pub file: String,
    pub fault: Fault,
}

/// What is wrong with settings.
#[derive(Debug)]
pub enum Fault {
    /// What the file says is wrong: the exit is that of wrong usage.
    Wrong {
        /// The line, with its text.
        at: Option<(usize, String)>,
        what: Said,
    },
    /// A device, pipe, socket or directory where the file should be.
    NotAFile,
    /// The file is there and cannot be read.
    Io(std::io::Error),
}

impl std::error::Error for SettingsError {}
impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_lang(Lang::En))
    }
}

impl SettingsError {
    /// What is wrong, in a language.
    pub fn in_lang(&self, lang: Lang) -> String {
        let file = &self.file;
        match &self.fault {
            Fault::Wrong { at: None, what } => format!("{file}: {}", what.in_lang(lang)),
            Fault::Wrong { at: Some((line, text)), what } if text.is_empty() => {
                format!("{file}:{line}: {}", what.in_lang(lang))
            }
            Fault::Wrong { at: Some((line, text)), what } => {
                format!("{file}:{line}: {}\n  | {text}", what.in_lang(lang))
            }
            Fault::NotAFile => format!("{file}: {}", lang.pick("not a regular file", "不是普通文件")),
            Fault::Io(e) => format!("{file}: {e}"),
        }
    }
}

/// Reads the settings of a data directory; without a file they are the defaults.
///
/// # Errors
/// [`SettingsError`].
pub fn read(root: &Path) -> Result<Settings, SettingsError> {
    let told = |fault| SettingsError { file: FILE.into(), fault };
    let mut settings = read_path(&root.join(FILE), true).map_err(told)?;
    for file in settings.profile_files.clone() {
        let told = |fault| SettingsError { file: file.clone(), fault };
        let text = text_of(&root.join(&file), false).map_err(told)?;
        let known: Vec<_> = settings.profiles.all().cloned().collect();
        let wrong = |e: profile::Wrong| Fault::Wrong { at: e.at.map(|at| line_of(&text, at)), what: e.what };
        settings.profiles.own.extend(profile::parse(&text, &known).map_err(|e| told(wrong(e)))?);
    }
    for (name, line) in settings.forced.clone() {
        let wrong = |what| told(Fault::Wrong { at: Some(line), what });
        settings.profiles.force("profile", &name).map_err(wrong)?;
    }
    Ok(settings)
}

/// The settings of a text, as those of a file of it: with the profiles that come with the program.
///
/// # Errors
/// [`SettingsError`].
pub fn of_text(text: &str) -> Result<Settings, SettingsError> {
    let told = |fault| SettingsError { file: FILE.into(), fault };
    let mut settings = parse(text).map_err(told)?;
    for (name, line) in settings.forced.clone() {
        let wrong = |what| told(Fault::Wrong { at: Some(line), what });
        settings.profiles.force("profile", &name).map_err(wrong)?;
    }
    Ok(settings)
}

/// Settings to begin with: every key, none of them in force.
pub fn example(lang: Lang) -> &'static str {
    lang.pick(include_str!("settings/example.toml"), include_str!("settings/example.zh.toml"))
}

/// The keys of settings that are no part of another plan.
pub type Ignored = Vec<String>;

/// The same settings with the commission of another file; what else stands there is named and not used.
///
/// # Errors
/// [`SettingsError`], also where the file has no `[commission]`.
pub fn with_plan_of(settings: &Settings, path: &Path) -> Result<(Settings, Ignored), SettingsError> {
    let told = |fault| SettingsError { file: path.display().to_string(), fault };
    let other = read_path(path, false).map_err(told)?;
    if other.plan.is_none() {
        let what = said!("there is no [commission] to compare with", "没有可供比较的 [commission]");
        return Err(told(Fault::Wrong { at: None, what }));
    }
    let ignored = other.written.iter().filter(|k| *k != "commission").cloned().collect();
    let settings = Settings {
        plan: other.plan,
        selectors: other.selectors,
        last_binding: other.last_binding,
        pay_self_purchase: other.pay_self_purchase,
        ..settings.clone()
    };
    Ok((settings, ignored))
}

fn read_path(path: &Path, may_be_absent: bool) -> Result<Settings, Fault> {
    parse(&text_of(path, may_be_absent)?)
}

/// The text of a file of settings; of one that may be absent and is, none.
pub(super) fn text_of(path: &Path, may_be_absent: bool) -> Result<String, Fault> {
    let there = match std::fs::metadata(path) {
        Ok(m) => m,
        Err(e)
            if may_be_absent
                && e.kind() == std::io::ErrorKind::NotFound
                && std::fs::symlink_metadata(path).is_err() =>
        {
            return Ok(String::new());
        }
        Err(e) => return Err(Fault::Io(e)),
    };
    if !there.is_file() {
        return Err(Fault::NotAFile);
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(Fault::Io)?;
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(Fault::Io)?;
    if bytes.len() as u64 > LONGEST {
        return Err(Fault::Wrong {
            at: None,
            what: said!(
                "longer than {LONGEST} bytes, which no settings are",
                "超过 {LONGEST} 字节，不像是设置文件"
            ),
        });
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        let what = said!("not UTF-8; save the file again as UTF-8", "不是 UTF-8，请另存为 UTF-8");
        Fault::Wrong { at: Some((line, String::new())), what }
    })?;
    Ok(text.strip_prefix('\u{feff}').map(Into::into).unwrap_or(text))
}

/// Makes settings from a text.
///
/// # Errors
/// [`Fault::Wrong`] with the line, the key and what was expected.
pub fn parse(text: &str) -> Result<Settings, Fault> {
    let keys = tables_are_tables(text)?;
    let written: Written = toml::from_str(text).map_err(|e| syntax(text, &e))?;
    let settings = Meaning { text }.settings(&written)?;
    Ok(Settings { written: keys, ..settings })
}

/// What is a table here is written as one; returns the keys. (A list would else be taken for its fields in their order.)
fn tables_are_tables(text: &str) -> Result<Vec<String>, Fault> {
    let top: BTreeMap<String, Spanned<toml::Value>> = match toml::from_str(text) {
        Ok(top) => top,
        Err(e) => return Err(syntax(text, &e)),
    };
    let wrong = |at: usize, what: Said| Err(Fault::Wrong { at: Some(line_of(text, at)), what });
    for (key, value) in &top {
        let at = value.span().start;
        let table = value.get_ref().as_table();
        match key.as_str() {
            "input" | "files" | "orders" | "users" | "ad_spend" | "columns" | "cost_per_user" | "pnl"
            | "commission" | "tax"
                if table.is_none() =>
            {
                return wrong(
                    at,
                    said!("{key}: a table is needed; write [{key}]", "{key}：应为一张表，请写 [{key}]"),
                );
            }
            "profile" => {
                let items = value.get_ref().as_array().map_or(&[][..], Vec::as_slice);
                if items.is_empty() || items.iter().any(|i| !i.is_table()) {
                    return wrong(
                        at,
                        said!(
                            "profile: tables are needed; write [[profile]]",
                            "profile：应为若干张表，请写 [[profile]]"
                        ),
                    );
                }
            }
            "commission" => {
                for list in ["tier", "rate"] {
                    let items =
                        table.and_then(|t| t.get(list)).map(|v| v.as_array().map_or(&[][..], Vec::as_slice));
                    if items.is_some_and(|items| items.iter().any(|i| !i.is_table())) {
                        let key = format!("commission.{list}");
                        return wrong(
                            at,
                            said!(
                                "{key}: tables are needed; write [[{key}]]",
                                "{key}：应为若干张表，请写 [[{key}]]"
                            ),
                        );
                    }
                }
            }
            _ => {}
        }
    }
    Ok(top.into_keys().collect())
}

/// An error of the TOML reader, with its line and a suggestion for a misspelt key.
pub(super) fn syntax(text: &str, e: &toml::de::Error) -> Fault {
    let message = e.message();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let said = match (&quoted[..], message.starts_with("unknown field")) {
        ([key, known @ ..], true) => {
            let near = near(key, known.iter().copied());
            let key: String = key.chars().take(60).collect();
            match near {
                Some(n) => {
                    said!("unknown key {key:?}; did you mean {n}?", "不认识的键 {key:?}，是否指 {n}？")
                }
                None => {
                    let known = known.join(", ");
                    said!("unknown key {key:?}; known are {known}", "不认识的键 {key:?}，可用：{known}")
                }
            }
        }
        _ => {
            let message = message.replace('\n', " ");
            said!("{message}", "写法有误（{message}）")
        }
    };
    Fault::Wrong { at: e.span().map(|s| line_of(text, s.start)), what: said }
}

/// The number and the text of the line at an offset.
fn line_of(text: &str, at: usize) -> (usize, String) {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    let source = text[start..].lines().next().unwrap_or("");
    let shown = source.chars().take(100).flat_map(|c| {
        let s: Vec<char> = if c.is_control() && c != '\t' { c.escape_default().collect() } else { vec![c] };
        s
    });
    (1 + before.matches('\n').count(), shown.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrm_core::money::Rounding;
    use scrm_core::plan::{Base, TierMode};

    fn told(fault: Fault, lang: Lang) -> String {
        SettingsError { file: FILE.into(), fault }.in_lang(lang)
    }

    fn error(text: &str) -> String {
        told(parse(text).map(|_| ()).unwrap_err(), Lang::En)
    }

    #[test]
    fn an_empty_file_is_all_defaults() {
        let s = parse("").unwrap();
        assert_eq!((s.currency.as_str(), s.zone.iana_name()), ("CNY", Some("Asia/Shanghai")));
        assert!(s.plan.is_none() && s.unknown_user == Outside::Exclude && !s.refunds_on_order);
    }

    #[test]
    fn every_key_can_be_set() {
        let s = parse(
            r#"
            currency = "USD"
            timezone = "Europe/Berlin"
            [input]
            decimal_comma = true
            date_order = "dmy"
            [input.encoding]
            users = "latin-1"
            orders = "auto"
            [input.sheet]
            orders = "订单"
            [orders]
            unknown_user = "direct"
            before_joining = "error"
            grain = "line"
            order_amount_repeats = true
            negative = "refund"
            [users]
            acquired_on = "first-order"
            duplicates = "first"
            [ad_spend]
            wide = true
            suffix = "_S"
            [orders.status]
            "买家已付款" = "paid"
            [columns.orders]
            order_id = "订单编号"
            amount = ["实付", "amount"]
            [cost_per_user]
            douyin = "8.50"
            [pnl]
            refunds_on = "order"
            [commission]
            levels = ["10%", "0.02"]
            base = "margin"
            attribution = "last"
            self_purchase = "pay"
            settle_after_days = 14
            min_payout = "1.00"
            rounding = "half-even"
            tier_mode = "whole"
            [[commission.tier]]
            from = "20000"
            add = "2%"
            [[commission.rate]]
            product = "SKU-1"
            levels = ["15%", "3%"]
            from = "2026-03-01"
            until = "2026-04-01"
            [tax]
            rule = "cn-labour-2018"
            "#,
        )
        .unwrap();
        assert_eq!(s.encodings, BTreeMap::from([(TableName::Users, Encoding::Latin1)]));
        assert_eq!(s.sheets, BTreeMap::from([(TableName::Orders, vec!["订单".to_string()])]));
        assert!(s.decimal_comma && parse("").unwrap().encodings.is_empty());
        assert_eq!(parse("[input]\nencoding = \"gb18030\"").unwrap().encodings.len(), TableName::ALL.len());
        assert_eq!(s.rows, OrderRows { lines: true, amount_repeats: true, refunds: true });
        assert_eq!((s.date_order, s.wide_spend.as_deref()), (Some(DateOrder::DayFirst), Some("_S")));
        assert!(s.joined_by_order && s.first_of_user);
        let plan = s.plan.unwrap();
        assert_eq!(
            (s.currency.as_str(), s.unknown_user, s.before_joining),
            ("USD", Outside::Direct, Outside::Error)
        );
        assert_eq!(s.columns[&(TableName::Orders, "amount".into())], ["实付", "amount"]);
        assert_eq!(s.prices, [("douyin".to_string(), Amount(85_000))]);
        assert_eq!(
            (plan.base, plan.rounding, plan.tier_mode),
            (Base::Margin, Rounding::HalfEven, TierMode::Whole)
        );
        assert_eq!((plan.settle_after_days, plan.min_payout), (14, Amount(10_000)));
        assert!(s.refunds_on_order && s.last_binding && s.pay_self_purchase);
        assert_eq!((s.selectors.products["SKU-1"], s.tax), (0, TaxRule::CnLabour2018));
    }

    #[test]
    fn errors_name_line_key_and_what_to_write() {
        for (text, says) in [
            ("a\n", "scrm.toml:1: "),
            ("\ncurency = \"CNY\"", "scrm.toml:2: unknown key \"curency\"; did you mean currency?"),
            ("[comission]\nlevels = []", "did you mean commission?"),
            ("[commission]\nlevles = []", "did you mean levels?"),
            ("currency = 5", "currency = 5"),
            ("timezone = \"+08:00\"", "scrm.toml:1: timezone: \"+08:00\" is not an IANA name"),
            ("timezone = \"Mars/Olympus\"", "Mars/Olympus"),
            ("[orders]\nunknown_user = \"drop\"", "is none of exclude, direct, error"),
            ("[orders]\ngrain = \"item\"", "grain: \"item\" is none of order, line"),
            ("[orders]\nnegative = \"keep\"", "negative: \"keep\" is none of error, refund"),
            (
                "[orders]\ngrain = \"order\"\norder_amount_repeats = true",
                "scrm.toml:3: order_amount_repeats: only rows that are items",
            ),
            ("[users]\nacquired_on = \"first\"", "acquired_on: \"first\" is none of column, first-order"),
            ("[users]\nduplicates = \"last\"", "duplicates: \"last\" is none of error, first"),
            (
                "[ad_spend]\nsuffix = \"_S\"",
                "scrm.toml:2: suffix: only a table with a column for each channel",
            ),
            ("[input]\ndate_order = \"ymd\"", "date_order: \"ymd\" is none of mdy, dmy"),
            ("users = 5", "write [users]"),
            ("ad_spend = 5", "write [ad_spend]"),
            ("[columns.order]\nid = \"a\"", "columns.order: no such table; did you mean orders?"),
            ("[columns.orders]\noder_id = \"a\"", "did you mean order_id?"),
            (
                "[columns.orders]\norder_id = \"a\"\nuser_id = \"a\"",
                "\"a\" stands for order_id and for user_id",
            ),
            ("[orders.status]\n\"x\" = \"done\"", "\"done\" is none of unpaid"),
            ("[commission]\nlevels = [\"10\"]", "\"10\" is not between 0 and 100 %"),
            ("[commission]\nlevels = [0.1]", "levels = [0.1]"),
            ("[commission]\nlevels = [\"1%\",\"1%\",\"1%\"]", "at most two"),
            ("[commission]\nmin_payout = \"ten\"", "min_payout"),
            ("[commission]\nsettle_after_days = -1", "settle_after_days"),
            (
                "[[commission.tier]]\nfrom = \"5\"\nadd = \"1%\"\n[[commission.tier]]\nfrom = \"5\"\nadd = \"1%\"",
                "above",
            ),
            ("[[commission.rate]]\nproduct = \"a\"\ngrade = \"b\"\nlevels = []", "at most one of"),
            ("[[commission.rate]]\nlevels = []\nfrom = \"2026-02-30\"", "2026-02-30"),
            (
                "[[commission.rate]]\nlevels = []\nfrom = \"2026-03-01\"\nuntil = \"2026-03-01\"",
                "is not after",
            ),
            (
                "[[commission.rate]]\nlevels = []\n[[commission.rate]]\nlevels = []",
                "entries 1 (line 1) and 2 (line 3)",
            ),
            ("[cost_per_user]\ndouyin = \"cheap\"", "cost_per_user.douyin"),
            ("[tax]\nrule = \"us\"", "is none of none, cn-labour-2018"),
            ("input = 5", "scrm.toml:1: input: a table is needed"),
            ("[input]\nencodng = \"gbk\"", "did you mean encoding?"),
            ("[input]\nencoding = \"gbk\"", "scrm.toml:2: encoding: \"gbk\" is none of auto, utf-8, gb18030"),
            ("[input]\nencoding = 5", "a word, or a word for each table"),
            (
                "[input.encoding]\norder = \"gb18030\"",
                "input.encoding.order: no such table; did you mean orders?",
            ),
            ("[input.sheet]\nuser = \"a\"", "input.sheet.user: no such table; did you mean users?"),
            ("[[profile]]\nname = \"a\"", "scrm.toml:2: profile: table is missing"),
            (
                "[[profile]]\nname = \"a\"\ntable = \"order\"",
                "scrm.toml:3: profile: table: \"order\" is none of users",
            ),
            (
                "[[profile]]\nname = \"a\"\ntable = \"orders\"\ncolumns = { order = \"x\" }",
                "columns.order: no such column; known are order_id",
            ),
            (
                "[[profile]]\nname = \"a\"\ntable = \"orders\"\ncolumns = { order_id = \"x\", user_id = \"X\" }",
                "\"x\" stands for order_id and for user_id",
            ),
            (
                "[[profile]]\nname = \"a\"\nbase = \"wechat-stor\"",
                "scrm.toml:3: profile: base: no profile \"wechat-stor\"; did you mean wechat-store?",
            ),
            ("[[profile]]\nname = \"a\"\ntable = \"orders\"\nunits = \"fen\"", "did you mean unit?"),
            ("[[profile]]\nname = \"a b\"\ntable = \"orders\"", "is no name for a profile"),
            (
                "[[profile]]\nname = \"a\"\ntable = \"users\"\nreferrals = { distributor_id = \"x\" }",
                "in profiles of orders only",
            ),
            ("profile = 5", "scrm.toml:1: profile: tables are needed; write [[profile]]"),
            ("[files]\nuser = \"a.csv\"", "files.user: no such table; did you mean users?"),
            ("commission = [[\"50%\"]]", "scrm.toml:1: commission: a table is needed"),
            ("\npnl = [\"order\"]", "scrm.toml:2: pnl: a table is needed"),
            ("[commission]\ntier = [[\"0\", \"5%\"]]", "commission.tier: tables are needed"),
            ("[[commission.rate]]\nproduct = \"\"\nlevels = []", "product: an empty name"),
            ("[columns.orders]\namount = [\"amount\", \"refund\"]", "also the name of our column refund"),
        ] {
            let zh = told(parse(text).map(|_| ()).unwrap_err(), Lang::Zh);
            let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
            assert!(zh.contains(chinese), "{text:?} says {zh:?}");
            let said = error(text);
            assert!(said.contains(says), "{text:?} says {said:?}");
        }
    }

    /// The keys that a section may have, as the error for another one tells them; none where it takes any.
    fn known_keys(section: &str) -> Vec<String> {
        let header = if section.is_empty() { String::new() } else { format!("[{section}]\n") };
        let Err(fault) = parse(&format!("{header}zzqqzzqq = 1")) else { return Vec::new() };
        let said = told(fault, Lang::En);
        let known = said.split_once("; known are ").map(|(_, known)| known.lines().next().unwrap_or(""));
        known.into_iter().flat_map(|known| known.split(", ")).map(String::from).collect()
    }

    #[test]
    fn the_example_has_every_key_and_sets_none() {
        for lang in [Lang::En, Lang::Zh] {
            let text = example(lang);
            assert_eq!(
                format!("{:?}", Settings { written: Vec::new(), ..parse(text).unwrap() }),
                format!("{:?}", parse("").unwrap())
            );
            // All of it in force: what stands behind # is a line of settings, or a remark.
            let is_setting = |line: &str| line.starts_with('[') || line.contains(" = ");
            let lines =
                text.lines().map(|line| line.strip_prefix("# ").filter(|l| is_setting(l)).unwrap_or(line));
            let all: String = lines.map(|line| line.to_string() + "\n").collect();
            let settings = parse(&all).unwrap();
            let plan = settings.plan.unwrap();
            assert_eq!((plan.levels.len(), plan.tiers.len(), settings.prices.len()), (2, 1, 1));
            let key_is_there = |key: &str| {
                all.lines().any(|l| {
                    l.starts_with(&format!("{key} = "))
                        || l.contains(&format!("[{key}"))
                        || l.contains(&format!(".{key}]"))
                })
            };
            let mut sections = vec![String::new()];
            while let Some(section) = sections.pop() {
                for key in known_keys(&section) {
                    assert!(key_is_there(&key), "{lang:?}: {section}.{key}");
                    sections.push(if section.is_empty() { key } else { format!("{section}.{key}") });
                }
            }
        }
    }
}
