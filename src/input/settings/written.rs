//! The settings as written: the shape of `scrm.toml`, every key optional, none unknown.

use super::super::profile::WrittenProfile;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

pub(super) type Text = Spanned<String>;

/// The file as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Written {
    pub currency: Option<Text>,
    pub timezone: Option<Text>,
    pub input: WrittenInput,
    pub files: BTreeMap<String, Spanned<Names>>,
    pub profile: Vec<WrittenProfile>,
    pub orders: WrittenOrders,
    pub users: WrittenUsers,
    pub ad_spend: WrittenAdSpend,
    pub columns: BTreeMap<String, Spanned<BTreeMap<String, Spanned<Names>>>>,
    pub cost_per_user: BTreeMap<String, Text>,
    pub pnl: WrittenPnl,
    pub commission: Option<WrittenCommission>,
    pub tax: WrittenTax,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenInput {
    pub encoding: Option<Spanned<OfTables>>,
    pub decimal_comma: bool,
    pub date_order: Option<Text>,
    pub sheet: BTreeMap<String, Spanned<Names>>,
    pub profile: Option<Spanned<Names>>,
    pub profiles: Option<Spanned<Names>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a word, or a word for each table")]
pub(super) enum OfTables {
    All(String),
    Each(BTreeMap<String, String>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenOrders {
    pub unknown_user: Option<Text>,
    pub before_joining: Option<Text>,
    pub grain: Option<Text>,
    pub order_amount_repeats: Option<Spanned<bool>>,
    pub negative: Option<Text>,
    pub status: BTreeMap<String, Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenUsers {
    pub acquired_on: Option<Text>,
    pub duplicates: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenAdSpend {
    pub wide: bool,
    pub suffix: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a name or a list of names")]
pub(super) enum Names {
    One(String),
    Many(Vec<String>),
}

impl Names {
    pub fn list(&self) -> &[String] {
        match self {
            Names::One(name) => std::slice::from_ref(name),
            Names::Many(list) => list,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenPnl {
    pub refunds_on: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenCommission {
    pub levels: Option<Spanned<Vec<Text>>>,
    pub base: Option<Text>,
    pub attribution: Option<Text>,
    pub self_purchase: Option<Text>,
    pub settle_after_days: Option<Spanned<i64>>,
    pub min_payout: Option<Text>,
    pub rounding: Option<Text>,
    pub tier_mode: Option<Text>,
    pub tier: Vec<Spanned<WrittenTier>>,
    pub rate: Vec<Spanned<WrittenRate>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenTier {
    pub from: Text,
    pub add: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenRate {
    pub distributor: Option<Text>,
    pub product: Option<Text>,
    pub category: Option<Text>,
    pub grade: Option<Text>,
    pub levels: Spanned<Vec<Text>>,
    pub from: Option<Text>,
    pub until: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenTax {
    pub rule: Option<Text>,
}
