//! The settings as meant: each written value checked, with what to write where it is wrong.

use super::super::encoding::Encoding;
use super::super::field::date::{self, DateOrder};
use super::super::field::money;
use super::super::profile::{self, Profiles};
use super::super::schema::schema;
use super::super::source::TableName;
use super::super::status::Status;
use super::written::{
    Names, OfTables, Text, Written, WrittenAdSpend, WrittenCommission, WrittenOrders, WrittenRate,
    WrittenTier,
};
use super::{Fault, RowsSaid, Selectors, Settings, line_of};
use crate::lang::Said;
use crate::said;
use crate::words::near;
use jiff::tz::TimeZone;
use scrm_core::commission::LEVELS;
use scrm_core::date::Day;
use scrm_core::money::{Amount, Rate, RateError, Rounding};
use scrm_core::plan::{Base, Plan, RateBook, RateEntry, Selector, Tier, TierMode};
use scrm_core::tax::TaxRule;
use scrm_core::world::Outside;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use toml::Spanned;

type Meant<T> = Result<T, Fault>;

/// Turns what was written into what was meant.
pub(super) struct Meaning<'a> {
    pub text: &'a str,
}

impl Meaning<'_> {
    pub fn settings(&self, w: &Written) -> Meant<Settings> {
        let (plan, selectors) = match &w.commission {
            None => (None, Selectors::default()),
            Some(c) => {
                let (plan, selectors) = self.plan(c)?;
                (Some(plan), selectors)
            }
        };
        let words = |text: &Option<Text>, key, words: &[&str]| self.word(text.as_ref(), key, words);
        let rows_said = self.rows_said(&w.orders)?;
        let c = w.commission.as_ref();
        let attribution = c.and_then(|c| c.attribution.as_ref());
        let own = c.and_then(|c| c.self_purchase.as_ref());
        let outside = [Outside::Exclude, Outside::Direct, Outside::Error];
        let names = ["exclude", "direct", "error"];
        let tax = [TaxRule::None, TaxRule::CnLabour2018, TaxRule::CnPlatform2025];
        Ok(Settings {
            currency: self.currency(w.currency.as_ref())?,
            zone: self.zone(w.timezone.as_ref())?,
            encodings: self.encodings(w.input.encoding.as_ref())?,
            sheets: self.sheets(&w.input.sheet)?,
            decimal_comma: w.input.decimal_comma,
            date_order: self.date_order(w.input.date_order.as_ref())?,
            rows: rows_said.alone(),
            rows_said,
            joined_by_order: words(&w.users.acquired_on, "acquired_on", &["column", "first-order"])? == 1,
            first_of_user: words(&w.users.duplicates, "duplicates", &["error", "first"])? == 1,
            wide_spend: self.wide_spend(&w.ad_spend)?,
            statuses: self.statuses(&w.orders.status)?,
            columns: self.columns(&w.columns)?,
            unknown_user: outside[words(&w.orders.unknown_user, "unknown_user", &names)?],
            before_joining: outside[words(&w.orders.before_joining, "before_joining", &names)?],
            refunds_on_order: words(&w.pnl.refunds_on, "refunds_on", &["refund", "order"])? == 1,
            last_binding: self.word(attribution, "attribution", &["first", "last"])? == 1,
            pay_self_purchase: self.word(own, "self_purchase", &["none", "pay"])? == 1,
            prices: self.prices(&w.cost_per_user)?,
            price_lines: w.cost_per_user.iter().map(|(c, at)| self.price_line(c, at)).collect(),
            plan,
            selectors,
            tax: tax[words(&w.tax.rule, "rule", &["none", "cn-labour-2018", "cn-platform-2025"])?],
            profiles: self.profiles(w)?,
            profile_files: w.input.profiles.as_ref().map(|p| p.get_ref().list().to_vec()).unwrap_or_default(),
            forced: self.forced(w.input.profile.as_ref()),
            files: self.files(&w.files)?,
            written: Vec::new(),
        })
    }

    /// An error at a written value.
    fn wrong<T>(&self, at: usize, what: Said) -> Meant<T> {
        Err(Fault::Wrong { at: Some(line_of(self.text, at)), what })
    }

    /// Which of the words is written; the first where none is.
    fn word(&self, text: Option<&Text>, key: &str, words: &[&str]) -> Meant<usize> {
        let Some(text) = text else { return Ok(0) };
        match words.iter().position(|w| w == text.get_ref()) {
            Some(i) => Ok(i),
            None => {
                let (word, words) = (text.get_ref(), words.join(", "));
                let what =
                    said!("{key}: {word:?} is none of {words}", "{key}：{word:?} 不在可选值之中：{words}");
                self.wrong(text.span().start, what)
            }
        }
    }

    fn date_order(&self, text: Option<&Text>) -> Meant<Option<DateOrder>> {
        let orders = [DateOrder::MonthFirst, DateOrder::DayFirst];
        match text {
            None => Ok(None),
            some => self.word(some, "date_order", &["mdy", "dmy"]).map(|i| Some(orders[i])),
        }
    }

    fn rows_said(&self, w: &WrittenOrders) -> Meant<RowsSaid> {
        let is_second = |text: &Option<Text>, key, words: &[&str]| {
            text.as_ref().map(|text| Ok(self.word(Some(text), key, words)? == 1)).transpose()
        };
        let lines = is_second(&w.grain, "grain", &["order", "line"])?;
        let refunds = is_second(&w.negative, "negative", &["error", "refund"])?;
        let amount_repeats = w.order_amount_repeats.as_ref().map(|r| *r.get_ref());
        match &w.order_amount_repeats {
            Some(written) if amount_repeats == Some(true) && lines == Some(false) => self.wrong(
                written.span().start,
                said!(
                    "order_amount_repeats: only rows that are items repeat it; set grain = \"line\" too",
                    "order_amount_repeats：只有按商品分行时金额才会重复，请同时设 grain = \"line\""
                ),
            ),
            _ => Ok(RowsSaid { lines, amount_repeats, refunds }),
        }
    }

    fn wide_spend(&self, w: &WrittenAdSpend) -> Meant<Option<String>> {
        match &w.suffix {
            Some(suffix) if !w.wide => self.wrong(
                suffix.span().start,
                said!(
                    "suffix: only a table with a column for each channel has one; set wide = true too",
                    "suffix：只用于每个渠道一列的表，请同时设 wide = true"
                ),
            ),
            suffix => {
                let text = suffix.as_ref().map_or("", |s| s.get_ref().trim_end());
                Ok(w.wide.then(|| text.to_string()))
            }
        }
    }

    fn currency(&self, text: Option<&Text>) -> Meant<String> {
        let Some(text) = text else { return Ok("CNY".into()) };
        let name = text.get_ref();
        if name.is_empty() || name.len() > 16 || name.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return self.wrong(
                text.span().start,
                said!(
                    "currency: {name:?} is not a code such as CNY",
                    "currency：{name:?} 不是 CNY 之类的代码"
                ),
            );
        }
        Ok(name.clone())
    }

    fn zone(&self, text: Option<&Text>) -> Meant<TimeZone> {
        let (name, at) = text.map_or(("Asia/Shanghai", 0), |t| (t.get_ref().as_str(), t.span().start));
        let zone =
            name.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| TimeZone::get(name).ok()).flatten();
        match zone {
            Some(zone) => Ok(zone),
            None => self.wrong(
                at,
                said!(
                    "timezone: {name:?} is not an IANA name such as Asia/Shanghai",
                    "timezone：{name:?} 不是 Asia/Shanghai 之类的 IANA 时区名"
                ),
            ),
        }
    }

    /// The encodings that are named, of one table or of all.
    fn encodings(&self, written: Option<&Spanned<OfTables>>) -> Meant<BTreeMap<TableName, Encoding>> {
        let Some(written) = written else { return Ok(BTreeMap::new()) };
        let at = written.span().start;
        let named = |name: &str| -> Meant<Option<Encoding>> {
            let keys = Encoding::ALL.map(Encoding::key);
            if name == "auto" {
                return Ok(None);
            }
            match keys.iter().position(|key| *key == name) {
                Some(i) => Ok(Some(Encoding::ALL[i])),
                None => {
                    let keys = keys.join(", ");
                    let what = said!(
                        "encoding: {name:?} is none of auto, {keys}",
                        "encoding：{name:?} 不在可选值之中：auto, {keys}"
                    );
                    self.wrong(at, what)
                }
            }
        };
        let mut encodings = BTreeMap::new();
        match written.get_ref() {
            OfTables::All(name) => {
                if let Some(encoding) = named(name)? {
                    encodings.extend(TableName::ALL.map(|table| (table, encoding)));
                }
            }
            OfTables::Each(each) => {
                for (table, name) in each {
                    let table = self.table("input.encoding", table, at)?;
                    encodings.extend(named(name)?.map(|encoding| (table, encoding)));
                }
            }
        }
        Ok(encodings)
    }

    fn sheets(&self, written: &BTreeMap<String, Spanned<Names>>) -> Meant<BTreeMap<TableName, Vec<String>>> {
        let one = |(name, sheets): (&String, &Spanned<Names>)| {
            let at = sheets.span().start;
            let (table, sheets) = (self.table("input.sheet", name, at)?, sheets.get_ref().list());
            // A sheet that was read twice would count twice.
            let again = (1..sheets.len()).find(|i| sheets[..*i].contains(&sheets[*i]));
            if let Some(again) = again.map(|i| &sheets[i]) {
                let what = said!(
                    "input.sheet.{name}: {again:?} stands there twice",
                    "input.sheet.{name}：{again:?} 出现两次"
                );
                return self.wrong(at, what);
            }
            if sheets.is_empty() {
                let what = said!("input.sheet.{name}: no sheet is named", "input.sheet.{name}：没有写工作表");
                return self.wrong(at, what);
            }
            Ok((table, sheets.to_vec()))
        };
        written.iter().map(one).collect()
    }

    /// The table of a name that stands under a key.
    fn table(&self, key: &str, name: &str, at: usize) -> Meant<TableName> {
        let tables = || TableName::ALL.into_iter();
        match tables().find(|t| t.name() == name) {
            Some(table) => Ok(table),
            None => {
                let Said { en, zh } = suggest(name, tables().map(TableName::name));
                let what = said!("{key}.{name}: no such table; {en}", "{key}.{name}：没有这张表；{zh}");
                self.wrong(at, what)
            }
        }
    }

    fn statuses(&self, map: &BTreeMap<String, Text>) -> Meant<Vec<(String, Status)>> {
        let mut statuses = Vec::new();
        for (word, status) in map {
            match Status::named(status.get_ref()) {
                Some(s) => statuses.push((word.trim().to_string(), s)),
                None => {
                    let names = Status::NAMES.join(", ");
                    let ours = status.get_ref();
                    let what = said!(
                        "status {word:?}: {ours:?} is none of {names}",
                        "状态 {word:?}：{ours:?} 不在 {names} 之中"
                    );
                    return self.wrong(status.span().start, what);
                }
            }
        }
        Ok(statuses)
    }

    fn columns(
        &self,
        map: &BTreeMap<String, Spanned<BTreeMap<String, Spanned<Names>>>>,
    ) -> Meant<BTreeMap<(TableName, String), Vec<String>>> {
        let mut columns = BTreeMap::new();
        for (table, mapped) in map {
            let name = self.table("columns", table, mapped.span().start)?;
            let known = || schema(name).columns.iter().map(|c| c.name);
            let mut taken: HashMap<&str, &str> = HashMap::new();
            for (column, names) in mapped.get_ref() {
                let at = names.span().start;
                if !known().any(|k| k == column) {
                    let Said { en, zh } = suggest(column, known());
                    return self.wrong(
                        at,
                        said!(
                            "columns.{table}.{column}: no such column; {en}",
                            "columns.{table}.{column}：没有这一列；{zh}"
                        ),
                    );
                }
                let list = names.get_ref().list();
                if list.is_empty() || list.iter().any(|n| n.trim().is_empty()) {
                    return self.wrong(
                        at,
                        said!(
                            "columns.{table}.{column}: an empty name",
                            "columns.{table}.{column}：名称为空"
                        ),
                    );
                }
                for n in list {
                    if let Some(other) = taken.insert(n.trim(), column).filter(|o| o != column) {
                        let what = said!(
                            "columns.{table}: {n:?} stands for {other} and for {column}",
                            "columns.{table}：{n:?} 同时对应 {other} 与 {column}"
                        );
                        return self.wrong(at, what);
                    }
                }
                // Prices are read only where they are needed.
                let is_price = |n: &str| ["quantity", "unit_price"].contains(&n);
                let unmapped = |n: &&str| *n != column && !mapped.get_ref().contains_key(*n) && !is_price(n);
                if let Some(ours) = known().filter(|k| list.iter().any(|n| n.trim() == *k)).find(unmapped) {
                    let what = said!(
                        "columns.{table}.{column}: {ours:?} is also the name of our column {ours}; map that one too",
                        "columns.{table}.{column}：{ours:?} 也是我们的列名 {ours}，请一并对应"
                    );
                    return self.wrong(at, what);
                }
                columns.insert((name, column.clone()), list.iter().map(|n| n.trim().to_string()).collect());
            }
        }
        Ok(columns)
    }

    fn profiles(&self, w: &Written) -> Meant<Profiles> {
        let mut profiles = Profiles::default();
        for written in &w.profile {
            let known: Vec<_> = profiles.all().cloned().collect();
            match profile::profile(written, &known) {
                Ok(made) => profiles.own.push(Arc::new(made)),
                Err(e) => {
                    return self.wrong(
                        e.at.unwrap_or(0),
                        Said { en: "profile: ".into(), zh: "profile：".into() }.then(e.what),
                    );
                }
            }
        }
        Ok(profiles)
    }

    /// The names of profiles that are to be used, each with its line.
    fn forced(&self, written: Option<&Spanned<Names>>) -> Vec<(String, (usize, String))> {
        let Some(written) = written else { return Vec::new() };
        let line = line_of(self.text, written.span().start);
        written.get_ref().list().iter().map(|name| (name.clone(), line.clone())).collect()
    }

    /// The patterns of a table's files.
    fn files(&self, map: &BTreeMap<String, Spanned<Names>>) -> Meant<BTreeMap<TableName, Vec<String>>> {
        let mut files = BTreeMap::new();
        for (table, patterns) in map {
            let at = patterns.span().start;
            let of = self.table("files", table, at)?;
            for pattern in patterns.get_ref().list() {
                let error = match glob::Pattern::new(pattern) {
                    _ if pattern.trim().is_empty() => "empty".to_string(),
                    Ok(_) => continue,
                    Err(e) => e.msg.to_string(),
                };
                let what = said!(
                    "files.{table}: {pattern:?} is no pattern of files ({error})",
                    "files.{table}：{pattern:?} 不是文件名模式（{error}）"
                );
                return self.wrong(at, what);
            }
            files.insert(of, patterns.get_ref().list().to_vec());
        }
        Ok(files)
    }

    fn prices(&self, map: &BTreeMap<String, Text>) -> Meant<Vec<(String, Amount)>> {
        let price = |(channel, text): (&String, &Text)| {
            let amount = self.money(text, &format!("cost_per_user.{channel}"))?;
            Ok((channel.trim().to_string(), amount))
        };
        map.iter().map(price).collect()
    }

    fn price_line(&self, channel: &str, price: &Text) -> (String, u64) {
        (channel.trim().to_string(), line_of(self.text, price.span().start).0 as u64)
    }

    /// An amount not below zero.
    fn money(&self, text: &Text, key: &str) -> Meant<Amount> {
        match money::parse(text.get_ref()).filter(|a| a.0 >= 0) {
            Some(amount) => Ok(amount),
            None => {
                let t = text.get_ref();
                let what = said!(
                    "{key}: {t:?} is not an amount of money; write \"10.00\"",
                    "{key}：{t:?} 不是金额，请写 \"10.00\""
                );
                self.wrong(text.span().start, what)
            }
        }
    }

    fn rate(&self, text: &Text, key: &str) -> Meant<Rate> {
        let why = match Rate::parse(text.get_ref()) {
            Ok(rate) => return Ok(rate),
            Err(RateError::NotANumber) => ("is not a rate", "不是比率"),
            Err(RateError::OutOfRange) => ("is not between 0 and 100 %", "不在 0 与 100 % 之间"),
            Err(RateError::TooFine) => ("has too many decimals", "小数位过多"),
        };
        let (t, (en, zh)) = (text.get_ref(), why);
        let what = said!(
            "{key}: {t:?} {en}; write \"10%\" or \"0.1\"",
            "{key}：{t:?} {zh}，请写 \"10%\" 或 \"0.1\""
        );
        self.wrong(text.span().start, what)
    }

    fn levels(&self, list: &Spanned<Vec<Text>>) -> Meant<Vec<Rate>> {
        if list.get_ref().len() > LEVELS {
            let what = said!(
                "levels: at most two; pay by the depth of recruiting is pyramid selling (禁止传销条例)",
                "levels：最多两级；按发展层级计酬属于传销（禁止传销条例）"
            );
            return self.wrong(list.span().start, what);
        }
        list.get_ref().iter().map(|t| self.rate(t, "levels")).collect()
    }

    fn date(&self, text: Option<&Text>, key: &str) -> Meant<Option<Day>> {
        let Some(text) = text else { return Ok(None) };
        match date::stamp(text.get_ref().trim().as_bytes(), &TimeZone::UTC) {
            Ok(s) if s.second.is_none() => Ok(Some(s.day)),
            _ => {
                let t = text.get_ref();
                let what = said!(
                    "{key}: {t:?} is not a date; write \"2026-03-01\"",
                    "{key}：{t:?} 不是日期，请写 \"2026-03-01\""
                );
                self.wrong(text.span().start, what)
            }
        }
    }

    fn plan(&self, c: &WrittenCommission) -> Meant<(Plan, Selectors)> {
        let mut selectors = Selectors::default();
        let mut entries = Vec::new();
        for (written, number) in c.rate.iter().zip(1..) {
            entries.push(self.entry(written, number, &mut selectors)?);
        }
        let rates = match RateBook::new(entries) {
            Ok(book) => book,
            Err(o) => {
                let at = c.rate[o.second - 1].span().start;
                let line = |n: usize| line_of(self.text, c.rate[n - 1].span().start).0;
                let (a, b, la, lb) = (o.first, o.second, line(o.first), line(o.second));
                let what = said!(
                    "commission.rate: entries {a} (line {la}) and {b} (line {lb}) hold for the same on the same days",
                    "commission.rate：第 {a} 条（第 {la} 行）与第 {b} 条（第 {lb} 行）对象相同且日期重叠"
                );
                return self.wrong(at, what);
            }
        };
        let base = [Base::Net, Base::Paid, Base::Margin];
        let rounding = [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down];
        let mode = [TierMode::Marginal, TierMode::Whole];
        let days = match &c.settle_after_days {
            None => 7,
            Some(days) => match u32::try_from(*days.get_ref()).ok().filter(|d| *d <= 36_500) {
                Some(d) => d,
                None => {
                    let what = said!(
                        "settle_after_days: a number of days, 0 to 36500",
                        "settle_after_days：天数，0 到 36500"
                    );
                    return self.wrong(days.span().start, what);
                }
            },
        };
        let plan = Plan {
            levels: c.levels.as_ref().map_or(Ok(Vec::new()), |l| self.levels(l))?,
            rates,
            base: base[self.word(c.base.as_ref(), "base", &["net", "paid", "margin"])?],
            tiers: self.tiers(&c.tier)?,
            tier_mode: mode[self.word(c.tier_mode.as_ref(), "tier_mode", &["marginal", "whole"])?],
            rounding: rounding
                [self.word(c.rounding.as_ref(), "rounding", &["half-up", "half-even", "down"])?],
            settle_after_days: days,
            min_payout: match &c.min_payout {
                None => Amount::from_cents(1_000),
                Some(text) => self.money(text, "min_payout")?,
            },
        };
        Ok((plan, selectors))
    }

    fn entry(&self, e: &Spanned<WrittenRate>, number: usize, names: &mut Selectors) -> Meant<RateEntry> {
        let w = e.get_ref();
        let given = [&w.distributor, &w.product, &w.category, &w.grade];
        if given.iter().filter(|g| g.is_some()).count() > 1 {
            let what = said!(
                "commission.rate: at most one of distributor, product, category, grade",
                "commission.rate：distributor、product、category、grade 至多写一个"
            );
            return self.wrong(e.span().start, what);
        }
        fn number_of(map: &mut HashMap<String, u32>, name: &Text) -> u32 {
            let next = u32::try_from(map.len()).unwrap_or(u32::MAX);
            *map.entry(name.get_ref().trim().to_string()).or_insert(next)
        }
        for (name, text) in ["distributor", "product", "category", "grade"].into_iter().zip(given) {
            if let Some(text) = text.as_ref().filter(|t| t.get_ref().trim().is_empty()) {
                return self.wrong(
                    text.span().start,
                    said!("commission.rate.{name}: an empty name", "commission.rate.{name}：名称为空"),
                );
            }
        }
        let selector = match given {
            [Some(d), ..] => Selector::Distributor(number_of(&mut names.distributors, d)),
            [_, Some(p), ..] => Selector::Product(number_of(&mut names.products, p)),
            [_, _, Some(c), _] => Selector::Category(number_of(&mut names.categories, c)),
            [_, _, _, Some(g)] => Selector::Grade(number_of(&mut names.grades, g)),
            _ => Selector::All,
        };
        let (from, until) = (self.date(w.from.as_ref(), "from")?, self.date(w.until.as_ref(), "until")?);
        if let (Some(a), Some(b)) = (from, until)
            && b <= a
        {
            let at = w.until.as_ref().map_or(0, |t| t.span().start);
            return self.wrong(
                at,
                said!(
                    "commission.rate: until {b} is not after from {a}",
                    "commission.rate：until {b} 不晚于 from {a}"
                ),
            );
        }
        Ok(RateEntry { selector, levels: self.levels(&w.levels)?, from, until, number })
    }

    fn tiers(&self, list: &[Spanned<WrittenTier>]) -> Meant<Vec<Tier>> {
        let mut tiers: Vec<Tier> = Vec::new();
        for w in list {
            let from = self.money(&w.get_ref().from, "commission.tier.from")?;
            let add = self.rate(&w.get_ref().add, "commission.tier.add")?;
            if tiers.last().is_some_and(|last| last.from >= from) {
                let what = said!(
                    "commission.tier: each step begins above the one before it",
                    "commission.tier：每一档的起点须高于前一档"
                );
                return self.wrong(w.get_ref().from.span().start, what);
            }
            tiers.push(Tier { from, add });
        }
        Ok(tiers)
    }
}

/// "did you mean", or all that is known.
fn suggest<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> Said {
    match near(word, known.clone()) {
        Some(n) => said!("did you mean {n}?", "是否指 {n}？"),
        None => {
            let known = known.collect::<Vec<_>>().join(", ");
            said!("known are {known}", "可用：{known}")
        }
    }
}
