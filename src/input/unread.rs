//! Columns that nobody reads though their names say that they change a figure: money given back, what was really paid,
//! whether a row counts at all. They are warned of, since a figure would else be wrong without a word.

use super::layout::Layout;
use super::problem::{Code, Detail, Place, Problem, Problems};
use super::profile::fold;
use super::schema::{orders, payments, users};
use super::source::TableName;
use super::table::ColumnNames;

/// Warns of the columns of a file that are not read and sound as if they should be, and of ids that are none.
/// `has_referrals` says that distributors stand elsewhere.
pub fn warn(layout: &Layout, has_referrals: bool, given: &ColumnNames, problems: &mut Problems) {
    let told = has_referrals || layout.of_referrals().is_some();
    for cell in (0..layout.header().len()).filter(|cell| !layout.reads(*cell)) {
        let name = fold(&layout.name(cell));
        if matters(layout, &name) || !told && names_distributor(layout, &name) {
            let place: Place = layout.place(layout.line, Some(cell));
            let p = Problem::new(Code::UnreadColumn, place);
            problems.warn(p.detail(Detail::Names(vec![layout.name(cell)])));
        }
    }
    warn_of_ids(layout, given, problems);
}

/// Warns of names of people that are taken for their ids, unless the settings say so, and where orders have no buyers.
fn warn_of_ids(layout: &Layout, given: &ColumnNames, problems: &mut Problems) {
    let table = layout.schema.table;
    let column = match table {
        TableName::Users => users::USER_ID,
        TableName::Orders => orders::USER_ID,
        _ => return,
    };
    match layout.cell_of(column) {
        None if table == TableName::Orders => {
            problems.warn(Problem::new(Code::NoBuyer, Place::line(layout.file, layout.line)));
        }
        Some(cell)
            if is_name(&fold(&layout.name(cell))) && !given.contains_key(&(table, "user_id".into())) =>
        {
            let p = Problem::new(Code::NameAsId, layout.place(layout.line, Some(cell))).column("user_id");
            problems.warn(p.value(layout.name(cell).as_bytes()));
        }
        _ => {}
    }
}

/// Is a header one of names, which people share?
fn is_name(header: &str) -> bool {
    ["名称", "姓名", "昵称", "备注名", "nickname", "fullname"].iter().any(|end| header.ends_with(end))
        || ["name", "customername", "buyername"].contains(&header)
}

/// Does a header of orders name distributors?
fn names_distributor(layout: &Layout, name: &str) -> bool {
    const WORDS: [&str; 9] = [
        "分销员",
        "推广员",
        "带货id",
        "达人id",
        "distributor",
        "affiliateid",
        "promoterid",
        "influencerid",
        "affiliate",
    ];
    const ENDS: [&str; 6] = ["id", "编号", "员", "distributor", "affiliate", "手机号"];
    layout.schema.table == TableName::Orders
        && has_any(name, &WORDS)
        && ENDS.iter().any(|end| name.ends_with(end))
}

fn matters(layout: &Layout, name: &str) -> bool {
    match layout.schema.table {
        TableName::Orders => {
            !layout.has(orders::REFUND) && (is_sum_given_back(name) || is_status_given_back(name))
                || !layout.is_first(orders::AMOUNT) && is_paid(name) && !is_known(layout, name)
                || !layout.has(orders::STATUS) && is_status_of_order(name)
        }
        TableName::Refunds => is_status_given_back(name),
        TableName::Payments => !layout.has(payments::STATUS) && is_status(name),
        // Under our own headers further columns are nobody's.
        TableName::Referrals => layout.manner.is_some() && is_status(name),
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

/// Whether an order was paid.
fn is_status_of_order(name: &str) -> bool {
    ["订单状态", "交易状态", "支付状态", "付款状态", "orderstatus", "paymentstatus", "financialstatus"]
        .contains(&name)
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
