//! Profiles: how a platform's export is read, as data. Which header is which column of ours, what its words mean, and
//! how its cells are written.
//!
//! Those that come with the program stand in `profiles/`, one file each; others are the user's, in the same format. A
//! profile knows headers and cells, and no file.

mod read;

use super::schema::schema;
use super::source::TableName;
use super::status::Status;
use super::unit::parted;
use crate::lang::Said;
pub use read::{WrittenProfile, Wrong, parse, profile, unknown};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

/// How one kind of export is read.
#[derive(Clone, Debug)]
pub struct Profile {
    pub name: String,
    pub title: Said,
    /// Whose export it is.
    pub platform: Said,
    pub table: TableName,
    /// Chosen only where no other fits.
    pub generic: bool,
    /// The headers by which it is known, each with its other spellings, folded.
    pub required: Vec<Vec<String>>,
    /// The headers of each of our columns in the order in which they are tried, as written; and folded.
    pub columns: Vec<Names>,
    /// Our columns of which several cells may hold the value: the first that is filled does.
    pub first_filled: Vec<bool>,
    /// What stands in a column of ours that the export lacks.
    pub constants: Vec<Option<Box<str>>>,
    pub statuses: HashMap<Vec<u8>, Status>,
    /// Words for orders that were closed: paid and given back where they have a time of payment, else never paid.
    pub closed: Vec<Vec<u8>>,
    /// Headers of `paid_at` under which stands when it was ordered, folded: no order is paid by them.
    pub ordered: Vec<String>,
    /// Further columns, which tell what was given back while the status stays.
    pub after_sale: Option<AfterSale>,
    /// Cells that mean nothing.
    pub nulls: Vec<String>,
    /// What encrypted values begin with.
    pub ciphertext: Vec<String>,
    pub guards: Guards,
    /// Amounts are in hundredths.
    pub fen: bool,
    pub sign: Option<Sign>,
    /// Rows that are left out by a column's value.
    pub leave_out: Vec<(Names, Vec<String>)>,
    pub referrals: Option<Referrer>,
    /// One row for each line of an order; `None` where it does not say.
    pub lines: Option<bool>,
    /// The order's amount stands on each of its lines.
    pub order_amount_repeats: Option<bool>,
    /// Headers of `refund` under which stands what was given back of the whole order, on each of its lines; folded.
    pub order_refund: Vec<String>,
    /// Rows below zero are refunds.
    pub negative_is_refund: Option<bool>,
}

/// Header names, as written and folded.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub written: Vec<String>,
    pub folded: Vec<String>,
    /// How far back each stands in the order in which they are tried; those of one rank say the same.
    pub ranks: Vec<u8>,
}

impl Names {
    pub fn new(written: Vec<String>) -> Names {
        let ranks = (0..written.len()).map(|n| u8::try_from(n).unwrap_or(u8::MAX)).collect();
        Names::ranked(written, ranks)
    }

    pub fn ranked(written: Vec<String>, ranks: Vec<u8>) -> Names {
        let folded = written.iter().map(|name| fold(name)).collect();
        Names { written, folded, ranks }
    }

    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }
}

/// The column that tells whether money went in or out.
#[derive(Clone, Debug)]
pub struct Sign {
    pub column: Names,
    pub plus: Vec<String>,
    pub minus: Vec<String>,
}

/// What a word for an after-sale status says of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum After {
    /// Nothing was given back, or not yet.
    Nothing,
    /// Something was; how much, a sum says, or nobody.
    Refunded,
    /// A part was, which only a sum can tell.
    Partly,
    /// All of it.
    Full,
}

/// Columns of after-sale statuses and their words.
#[derive(Clone, Debug, Default)]
pub struct AfterSale {
    pub columns: Names,
    /// By their words, folded.
    pub words: HashMap<String, After>,
    /// What was given back without a sum is all of a row.
    pub in_full: bool,
}

/// Where an order's row names its distributor.
#[derive(Clone, Debug)]
pub struct Referrer {
    pub column: Names,
    /// Of several such columns the first that is filled does.
    pub first_filled: bool,
}

/// What is put around values to protect them from spreadsheets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guards {
    pub apostrophe: bool,
    pub backtick: bool,
    /// `="…"`
    pub formula: bool,
}

impl Guards {
    /// A trimmed cell without them.
    pub fn off(self, mut cell: &[u8]) -> &[u8] {
        let opening = |byte: &u8| self.backtick && *byte == b'`' || self.apostrophe && *byte == b'\'';
        while let Some((_, rest)) = cell.split_first().filter(|(first, _)| opening(first)) {
            cell = super::field::trim(rest);
        }
        if self.formula
            && let Some(inner) = cell.strip_prefix(b"=\"").and_then(|rest| rest.strip_suffix(b"\""))
        {
            return super::field::trim(inner);
        }
        cell
    }
}

/// A header name as it is compared: without blanks, marks, brackets' width, case, and a note of what it is in.
pub fn fold(name: &str) -> String {
    parted(name).0
}

/// How well a header is that of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub matched: usize,
    pub of: usize,
}

impl Share {
    /// In thousandths.
    pub fn permille(self) -> usize {
        (self.matched * 1000).checked_div(self.of).unwrap_or(0)
    }
}

impl Profile {
    /// The share of its required headers that are among these, which are folded.
    pub fn share(&self, header: &[String]) -> Share {
        let has = |names: &&Vec<String>| names.iter().any(|name| header.contains(name));
        Share { matched: self.required.iter().filter(has).count(), of: self.required.len() }
    }

    /// How many of our columns it maps.
    pub fn mapped(&self) -> usize {
        let schema = schema(self.table);
        (0..schema.columns.len())
            .filter(|c| !self.columns[*c].is_empty() || self.constants[*c].is_some())
            .count()
    }
}

/// The profiles that come with the program: a later one wins over an earlier one that fits as well.
const BUILT_IN: &[&str] = &[
    include_str!("profiles/orders-en.toml"),
    include_str!("profiles/orders-zh.toml"),
    include_str!("profiles/users-en.toml"),
    include_str!("profiles/users-zh.toml"),
    include_str!("profiles/ad-spend-en.toml"),
    include_str!("profiles/ad-spend-zh.toml"),
    include_str!("profiles/team-cost-en.toml"),
    include_str!("profiles/team-cost-zh.toml"),
    include_str!("profiles/other-cost-en.toml"),
    include_str!("profiles/other-cost-zh.toml"),
    include_str!("profiles/referrals-en.toml"),
    include_str!("profiles/referrals-zh.toml"),
    include_str!("profiles/distributors-en.toml"),
    include_str!("profiles/distributors-zh.toml"),
    include_str!("profiles/refunds-en.toml"),
    include_str!("profiles/refunds-zh.toml"),
    include_str!("profiles/bill-en.toml"),
    include_str!("profiles/bill-zh.toml"),
    include_str!("profiles/payments-en.toml"),
    include_str!("profiles/payments-zh.toml"),
    include_str!("profiles/adjustments-en.toml"),
    include_str!("profiles/adjustments-zh.toml"),
    include_str!("profiles/wechat-store.toml"),
    include_str!("profiles/youzan-orders.toml"),
    include_str!("profiles/youzan-items.toml"),
    include_str!("profiles/youzan-customers.toml"),
    include_str!("profiles/douyin-orders.toml"),
    include_str!("profiles/ocean-engine.toml"),
    include_str!("profiles/tencent-ads.toml"),
    include_str!("profiles/wechat-pay.toml"),
    include_str!("profiles/shopify-orders.toml"),
];

/// The profiles that come with the program.
pub fn built_in() -> &'static [Arc<Profile>] {
    static ALL: OnceLock<Vec<Arc<Profile>>> = OnceLock::new();
    // A test sees to it that none is lost.
    ALL.get_or_init(|| {
        let mut all: Vec<Arc<Profile>> = Vec::new();
        for text in BUILT_IN {
            all.extend(parse(text, &all.clone()).unwrap_or_default());
        }
        all
    })
}

/// The text of a profile that comes with the program.
pub fn text_of(name: &str) -> Option<&'static str> {
    let at = built_in().iter().position(|p| p.name == name)?;
    BUILT_IN.get(at).copied()
}

/// The profiles of a run.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    /// The user's own, in the order in which they were written.
    pub own: Vec<Arc<Profile>>,
    /// Those that are to be used whatever the header is like.
    pub forced: BTreeMap<TableName, Arc<Profile>>,
}

impl Profiles {
    /// All of them, from the first to the last.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Profile>> {
        built_in().iter().chain(&self.own)
    }

    pub fn of_table(&self, table: TableName) -> impl Iterator<Item = &Arc<Profile>> {
        self.all().filter(move |p| p.table == table)
    }

    /// The last of a name.
    pub fn named(&self, name: &str) -> Option<&Arc<Profile>> {
        self.all().filter(|p| p.name == name).last()
    }

    /// Has a table read by the profile of a name, whatever its header is like.
    ///
    /// # Errors
    /// What to say where there is none.
    pub fn force(&mut self, key: &str, name: &str) -> Result<(), Said> {
        match self.named(name).cloned() {
            Some(profile) => drop(self.forced.insert(profile.table, profile)),
            None => return Err(unknown(key, name, &self.all().cloned().collect::<Vec<_>>())),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_what_exports_vary() {
        for (a, b) in [
            ("商品编码（平台）", "商品编码(平台)"),
            ("技术服务费（将以人气卡形式返还)", "技术服务费(将以人气卡形式返还）"),
            (" 实付 金额（元）", "实付金额"),
            ("消耗/元", "消耗"),
            ("平均千次展现费用(元)", "平均千次展现费用"),
            ("Order ID", "order_id"),
            ("ＩＤ", "id"),
            ("订单号：", "订单号"),
            ("*订单号", "订单号"),
            ("收货人手机号/提货人手机号", "收货人手机号 / 提货人手机号"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
        assert_eq!(fold("金额（分）"), fold("金额"), "the unit is told apart");
        assert_eq!(fold("(元)"), "(元)");
    }

    #[test]
    fn all_that_come_with_the_program_are_sound() {
        assert_eq!(built_in().len(), BUILT_IN.len());
        for (i, text) in BUILT_IN.iter().enumerate() {
            let found = parse(text, built_in()).unwrap_or_else(|e| panic!("{}: {}", i, e.what.en));
            let [profile] = &found[..] else { panic!("{i}") };
            assert!(!profile.required.is_empty(), "{}", profile.name);
            assert_eq!(text_of(&profile.name), Some(*text), "two of the name {}", profile.name);
        }
    }

    #[test]
    fn guards_come_off() {
        let all = Guards { apostrophe: true, backtick: true, formula: true };
        for (cell, want) in
            [("`12", "12"), ("'12", "12"), ("=\"12\"", "12"), ("'`12", "12"), ("12'", "12'"), ("=12", "=12")]
        {
            assert_eq!(all.off(cell.as_bytes()), want.as_bytes());
        }
        assert_eq!(Guards::default().off(b"`12"), b"`12");
    }
}
