//! How an effect is worked out, in words: the change of its factor × the other factors, as the method takes them.

use crate::lang::Lang;
use scrm_core::bridge::{Method, Row};

/// A factor's name in English and Chinese.
type Name = (&'static str, &'static str);

/// The other factors of a product, in its order: those before the one whose effect it is, and those behind.
struct Factors {
    row: Row,
    before: &'static [Name],
    behind: &'static [Name],
}

const NEW_USERS: Name = ("new users", "新增用户");
const COST_PER_USER: Name = ("cost per user", "单个用户成本");
const USERS: Name = ("users", "用户量");
const CONVERSION: Name = ("conversion", "转化率");
const REVENUE_PER_USER: Name = ("revenue per user", "每用户收入");
const REVENUE_PER_BUYER: Name = ("revenue per buyer", "客单价");
const ORDERS_PER_BUYER: Name = ("orders per buyer", "人均订单数");
const ORDER_VALUE: Name = ("order value", "笔单价");
const DISTRIBUTORS: Name = ("distributors", "分销员");
const ACTIVE_RATE: Name = ("active rate", "动销率");
const REVENUE_PER_DISTRIBUTOR: Name = ("revenue per distributor", "每分销员收入");
const REVENUE_PER_ACTIVE: Name = ("revenue per active", "人均分销额");

const FACTORS: [Factors; 10] = [
    Factors { row: Row::NewUsers, before: &[], behind: &[COST_PER_USER] },
    Factors { row: Row::CostPerUser, before: &[NEW_USERS], behind: &[] },
    Factors { row: Row::Users, before: &[], behind: &[REVENUE_PER_USER] },
    Factors { row: Row::Conversion, before: &[USERS], behind: &[REVENUE_PER_BUYER] },
    Factors { row: Row::RevenuePerBuyer, before: &[USERS, CONVERSION], behind: &[] },
    Factors { row: Row::OrdersPerBuyer, before: &[USERS, CONVERSION], behind: &[ORDER_VALUE] },
    Factors { row: Row::OrderValue, before: &[USERS, CONVERSION, ORDERS_PER_BUYER], behind: &[] },
    Factors { row: Row::Distributors, before: &[], behind: &[REVENUE_PER_DISTRIBUTOR] },
    Factors { row: Row::ActiveRate, before: &[DISTRIBUTORS], behind: &[REVENUE_PER_ACTIVE] },
    Factors { row: Row::RevenuePerActive, before: &[DISTRIBUTORS, ACTIVE_RATE], behind: &[] },
];

/// What stands above the words.
pub(super) fn heading(method: Method, lang: Lang) -> &'static str {
    match method {
        Method::Shapley => lang.pick("Change × means of", "变动 × 两期平均"),
        Method::Chain => lang.pick("Change ×", "变动 ×"),
    }
}

/// The words for a row; empty where it is no factor of a product.
pub(super) fn how(row: Row, method: Method, lang: Lang) -> String {
    let Some(factors) = FACTORS.iter().find(|f| f.row == row) else { return String::new() };
    let before = factors.before.iter().map(|n| factor(*n, ("after", "报告期"), method, lang));
    let behind = factors.behind.iter().map(|n| factor(*n, ("before", "基期"), method, lang));
    before.chain(behind).collect::<Vec<_>>().join(" × ")
}

/// A factor; the chain takes it of one of the periods.
fn factor((en, zh): Name, (when_en, when_zh): Name, method: Method, lang: Lang) -> String {
    match (method, lang) {
        (Method::Shapley, _) => lang.pick(en, zh).into(),
        (Method::Chain, Lang::En) => format!("{en} {when_en}"),
        (Method::Chain, Lang::Zh) => format!("{when_zh}{zh}"),
    }
}
