//! Cells that are in none of our columns, and yet say that a row cannot be counted as it stands: amounts in another
//! currency, a discount that a price does not have off, somebody who no longer distributes.

use super::layout::Mapping;
use super::problem::{Code, Detail, Problem};
use super::profile::fold;
use super::schema::{Kind, orders};
use super::source::TableName;
use super::table::{Row, Schema};

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    Currency,
    /// An amount, or what an amount came to after it.
    Discount,
    /// A discount as a share of the price: 1 and 10 (折) are none.
    Share,
    /// Whether a distributor still is one.
    Standing,
}

/// The names under which the currency stands, that of what was paid first.
const CURRENCY: [&str; 22] = [
    "支付币种",
    "付款币种",
    "支付货币",
    "付款货币",
    "订单币种",
    "交易币种",
    "币种",
    "货币",
    "货币种类",
    "货币类型",
    "货币单位",
    "货币代码",
    "币种代码",
    "币别",
    "订单货币",
    "结算币种",
    "结算货币",
    "paymentcurrency",
    "ordercurrency",
    "currency",
    "currencycode",
    "transactioncurrency",
];

/// The cells of a header that say such things.
pub fn find(schema: Schema, folded: &[String], mapping: &Mapping, is_export: bool) -> Vec<(usize, Says)> {
    let has_money =
        schema.table == TableName::AdSpend || schema.columns.iter().any(|c| c.kind() == Kind::Money);
    let is_free = |cell: &usize| !mapping.at.contains(&Some(*cell));
    let at = |name: &&str| folded.iter().position(|f| f == name);
    let currency = CURRENCY.iter().find_map(at).filter(is_free).filter(|_| has_money);
    let mut all: Vec<_> = currency.map(|cell| (cell, Says::Currency)).into_iter().collect();
    let by_price = schema.table == TableName::Orders
        && mapping.at[orders::AMOUNT].is_none()
        && mapping.at[orders::UNIT_PRICE].is_some();
    let is_distributors = schema.table == TableName::Distributors && is_export;
    for (cell, name) in folded.iter().enumerate().filter(|(cell, _)| is_free(cell)) {
        match () {
            () if by_price => all.extend(discount(name).map(|says| (cell, says))),
            () if is_distributors && is_standing(name) => all.push((cell, Says::Standing)),
            () => {}
        }
    }
    all
}

fn has_any(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| name.contains(word))
}

fn discount(name: &str) -> Option<Says> {
    const WORDS: [&str; 11] =
        ["折扣", "折后", "优惠", "立减", "满减", "减免", "抵扣", "改价", "discount", "coupon", "rebate"];
    const NONE: [&str; 14] = [
        "码", "编号", "名称", "方式", "类型", "说明", "备注", "时间", "前", "id", "code", "name", "type",
        "before",
    ];
    if !has_any(name, &WORDS) || has_any(name, &NONE) {
        return None;
    }
    let is_share = name.contains("折扣") && !name.contains('额') || has_any(name, &["rate", "percent"]);
    Some(if is_share { Says::Share } else { Says::Discount })
}

fn is_standing(name: &str) -> bool {
    has_any(name, &["状态", "status", "是否有效", "是否启用", "是否在职"])
        && !has_any(name, &["提现", "结算", "打款", "支付", "佣金"])
}

/// The code of a currency, of the ways in which exports write it.
pub fn code(word: &str) -> String {
    const NAMES: [(&str, &[&str]); 13] = [
        ("CNY", &["人民币", "RMB", "CNY", "元", "¥", "￥", "YUAN", "CNH", "156"]),
        ("USD", &["美元", "美金", "US$", "USD", "$", "840"]),
        ("EUR", &["欧元", "EUR", "€"]),
        ("HKD", &["港币", "港元", "HKD", "HK$"]),
        ("JPY", &["日元", "日圆", "JPY", "円"]),
        ("GBP", &["英镑", "GBP", "£"]),
        ("TWD", &["新台币", "台币", "TWD", "NT$"]),
        ("SGD", &["新加坡元", "新币", "SGD", "S$"]),
        ("MOP", &["澳门元", "澳门币", "MOP"]),
        ("AUD", &["澳元", "澳大利亚元", "AUD", "A$"]),
        ("CAD", &["加元", "加拿大元", "CAD", "C$"]),
        ("KRW", &["韩元", "韩币", "KRW", "₩"]),
        ("THB", &["泰铢", "THB", "฿"]),
    ];
    let word = word.trim().to_uppercase();
    let named = NAMES.iter().find(|(_, names)| names.contains(&&*word));
    // 人民币(CNY), CNY-人民币
    let within = || NAMES.iter().find(|(code, names)| word.contains(code) && has_any(&word, &names[..1]));
    named.or_else(within).map_or(word.clone(), |(code, _)| (*code).to_string())
}

/// Is it a discount of nothing?
fn is_no_discount(text: &str, is_share: bool) -> bool {
    let text = text.trim_end_matches(['%', '折', '元']).trim_start_matches(['-', '¥', '￥']);
    let digits = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    matches!(digits, "" | "0" | "无" | "无优惠" | "不打折" | "原价" | "none" | "no" | "None" | "No")
        || is_share && matches!(digits, "1" | "10" | "100")
}

/// Refuses a row whose amounts are not what they seem to be.
pub fn check(row: &mut Row) {
    let layout = row.layout;
    for &(cell, says) in layout.beside_ours() {
        if cell >= row.record.spans.len() {
            continue;
        }
        let bytes = match &layout.manner {
            Some(manner) => manner.text(row.record.cell(cell)),
            None => super::field::trim(row.record.cell(cell)),
        };
        let text = String::from_utf8_lossy(bytes);
        let (code, detail) = match says {
            _ if text.is_empty() => continue,
            Says::Currency if code(&text) != code(&row.env.currency) => {
                (Code::Currency, Detail::Other(row.env.currency.clone()))
            }
            Says::Discount | Says::Share if !is_no_discount(&text, says == Says::Share) => {
                (Code::UnappliedDiscount, Detail::None)
            }
            _ => continue,
        };
        let (place, name) = (layout.place(row.record.line, Some(cell)), layout.name(cell));
        row.problems.error(place, || Problem::new(code, place).column(name).value(bytes).detail(detail));
        row.bad = true;
    }
}

/// Whether somebody distributes, as a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Does,
    /// No longer, or not yet.
    DoesNot,
    Unknown,
}

/// Parts of words for those who no longer distribute, or not yet; these are looked for first.
const NOT: [&str; 46] = [
    "清退",
    "离职",
    "退出",
    "冻结",
    "禁用",
    "停用",
    "封禁",
    "失效",
    "注销",
    "解约",
    "解除",
    "终止",
    "取消",
    "拉黑",
    "离开",
    "删除",
    "暂停",
    "关闭",
    "停止",
    "无效",
    "过期",
    "待审",
    "审核中",
    "未通过",
    "不通过",
    "拒绝",
    "驳回",
    "未激活",
    "未启用",
    "未生效",
    "inactive",
    "disabled",
    "left",
    "terminated",
    "banned",
    "suspended",
    "removed",
    "quit",
    "closed",
    "frozen",
    "expired",
    "pending",
    "rejected",
    "deleted",
    "resigned",
    "blocked",
];
/// Parts of words for those who do.
const DOES: [&str; 17] = [
    "正常",
    "启用",
    "通过",
    "生效",
    "有效",
    "合作中",
    "在职",
    "活跃",
    "激活",
    "开通",
    "签约",
    "active",
    "enabled",
    "approved",
    "normal",
    "ok",
    "valid",
];

/// What a word under a header says of it.
pub fn standing(word: &str, header: &str) -> Standing {
    let (word, is_question) = (fold(word), fold(header).starts_with("是否"));
    match &*word {
        "是" | "yes" | "true" | "1" if is_question => Standing::Does,
        "否" | "no" | "false" | "0" if is_question => Standing::DoesNot,
        _ if has_any(&word, &NOT) => Standing::DoesNot,
        _ if has_any(&word, &DOES) => Standing::Does,
        _ => Standing::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_by_any_name() {
        for (word, want) in [
            ("人民币", "CNY"),
            ("rmb", "CNY"),
            ("人民币(CNY)", "CNY"),
            ("美元", "USD"),
            ("HK$", "HKD"),
            ("xxx", "XXX"),
        ] {
            assert_eq!(code(word), want);
        }
    }

    #[test]
    fn discounts_of_nothing() {
        for (text, is_share) in
            [("0", false), ("0.00", true), ("-0", false), ("1.00", true), ("100%", true), ("10折", true)]
        {
            assert!(is_no_discount(text, is_share), "{text}");
        }
        for (text, is_share) in
            [("1", false), ("0.8", true), ("8折", true), ("30", false), ("-30.00", false), ("满减", true)]
        {
            assert!(!is_no_discount(text, is_share), "{text}");
        }
        assert_eq!(discount("折扣金额"), Some(Says::Discount));
        assert_eq!((discount("折扣率"), discount("优惠券码")), (Some(Says::Share), None));
    }

    #[test]
    fn who_still_distributes() {
        assert_eq!(standing("已清退", "状态"), Standing::DoesNot);
        assert_eq!(standing("Inactive", "status"), Standing::DoesNot);
        assert_eq!(standing("审核通过", "审核状态"), Standing::Does);
        assert_eq!(standing("否", "是否有效"), Standing::DoesNot);
        assert_eq!(standing("金牌", "状态"), Standing::Unknown);
    }
}
