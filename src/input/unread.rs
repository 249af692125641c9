//! Columns that nobody reads though their names say that they change a figure: money given back, what was really paid,
//! whether a row counts at all. They are warned of, since a figure would else be wrong without a word.

use super::layout::Layout;
use super::problem::{Code, Place, Problem, Problems};
use super::profile::fold;
use super::schema::{distributors, orders, payments};
use super::source::TableName;

/// Warns of the columns of a file that are not read and sound as if they should be.
pub fn warn(layout: &Layout, problems: &mut Problems) {
    for cell in (0..layout.header().len()).filter(|cell| !layout.reads(*cell)) {
        let name = fold(&layout.name(cell));
        if matters(layout, &name) {
            let place: Place = layout.place(layout.line, Some(cell));
            problems.warn_at(Code::UnreadColumn, place, None, || {
                Problem::new(Code::UnreadColumn, place).value(layout.name(cell).as_bytes())
            });
        }
    }
}

fn matters(layout: &Layout, name: &str) -> bool {
    match layout.schema.table {
        TableName::Orders => {
            !layout.has(orders::REFUND) && (is_sum_given_back(name) || is_status_given_back(name))
                || !layout.is_first(orders::AMOUNT) && is_paid(name) && !is_known(layout, name)
        }
        TableName::Refunds => is_status_given_back(name),
        TableName::Payments => !layout.has(payments::STATUS) && is_status(name),
        // Under our own headers further columns are nobody's.
        TableName::Referrals => layout.manner.is_some() && is_status(name),
        TableName::Distributors => {
            layout.manner.is_some() && !layout.has(distributors::LEFT_ON) && is_status(name)
        }
        TableName::Adjustments | TableName::OtherCost | TableName::TeamCost => {
            layout.manner.is_some() && has_any(name, &["方向", "收支", "增减", "direction"])
        }
        _ => false,
    }
}

fn has_any(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| name.contains(word))
}

fn is_about_refunds(name: &str) -> bool {
    has_any(name, &["退款", "退费", "已退", "退还", "退货", "refund"])
}

fn is_sum_given_back(name: &str) -> bool {
    const NO_SUM: [&str; 24] = [
        "时间",
        "日期",
        "状态",
        "原因",
        "单号",
        "编号",
        "流水",
        "数量",
        "件数",
        "笔数",
        "次数",
        "订单数",
        "类型",
        "方式",
        "说明",
        "备注",
        "人",
        "地址",
        "率",
        "date",
        "time",
        "status",
        "reason",
        "type",
    ];
    const NO_SUM_EN: [&str; 8] = [
        "refundid",
        "refundno",
        "refundnumber",
        "refundnote",
        "refundmethod",
        "refundedat",
        "refundedon",
        "refundrate",
    ];
    is_about_refunds(name) && !has_any(name, &NO_SUM) && !has_any(name, &NO_SUM_EN)
}

fn is_status_given_back(name: &str) -> bool {
    (is_about_refunds(name) || has_any(name, &["售后", "维权", "aftersale", "return"])) && is_status(name)
}

fn is_status(name: &str) -> bool {
    has_any(name, &["状态", "status", "是否有效", "是否成功", "处理结果", "付款结果", "打款结果"])
}

/// What the buyer really paid, or the shop really had.
fn is_paid(name: &str) -> bool {
    const PAID: [&str; 9] = [
        "实付",
        "实收",
        "实际支付",
        "实际付款",
        "实际收款",
        "已付金额",
        "amountpaid",
        "paidamount",
        "actualpayment",
    ];
    has_any(name, &PAID) && !has_any(name, &["运费", "商品", "时间", "优惠", "积分", "税", "tax", "shipping"])
}

/// Is a name one of those that the profile tries for the amount, and stands behind the one it took?
fn is_known(layout: &Layout, name: &str) -> bool {
    layout.profile().is_some_and(|p| p.columns[orders::AMOUNT].folded.iter().any(|known| known == name))
}
