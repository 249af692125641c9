//! The names of figures, in the order (key, 中文, English, how it follows from others).

use crate::lang::Lang;

/// A figure's names.
struct Words {
    key: &'static str,
    zh: &'static str,
    en: &'static str,
    how_zh: &'static str,
    how_en: &'static str,
}

const fn w(
    key: &'static str,
    zh: &'static str,
    en: &'static str,
    how_zh: &'static str,
    how_en: &'static str,
) -> Words {
    Words { key, zh, en, how_zh, how_en }
}

const FIGURES: [Words; 121] = [
    w("traffic.new_users", "新增用户", "New users", "", ""),
    w("traffic.ad_spend", "投放成本", "Ad spend", "", ""),
    w(
        "traffic.cost_per_user",
        "单个用户成本",
        "Cost per user",
        "投放成本 ÷ 新增用户",
        "ad spend ÷ new users",
    ),
    w("traffic.team_cost", "团队成本", "Team cost", "", ""),
    w("traffic.other_cost", "其它成本", "Other cost", "", ""),
    w("traffic.cost", "流量成本", "Traffic cost", "投放 + 团队 + 其它", "ad spend + team + other"),
    w("direct.users", "用户量", "Users", "期末用户池", "the pool at the end"),
    w("direct.buyers", "付费用户", "Buyers", "", ""),
    w("direct.conversion", "转化率", "Conversion", "付费用户 ÷ 用户量", "buyers ÷ users"),
    w("direct.revenue_per_buyer", "客单价", "Revenue per buyer", "销售收入 ÷ 付费用户", "revenue ÷ buyers"),
    w("direct.orders", "订单数", "Orders", "", ""),
    w("direct.orders_per_buyer", "人均订单数", "Orders per buyer", "订单数 ÷ 付费用户", "orders ÷ buyers"),
    w("direct.order_value", "笔单价", "Average order value", "销售收入 ÷ 订单数", "revenue ÷ orders"),
    w("direct.gross", "订单收入", "Gross sales", "", ""),
    w("direct.refunds", "退款", "Refunds", "", ""),
    w(
        "direct.revenue",
        "销售收入",
        "Revenue",
        "订单收入 − 退款 = 用户量 × 转化率 × 客单价",
        "gross − refunds = users × conversion × revenue per buyer",
    ),
    w("direct.profit", "直销收益", "Direct profit", "销售收入 − 流量成本", "revenue − traffic cost"),
    w("direct.goods_cost", "商品成本", "Goods cost", "", ""),
    w(
        "direct.contribution",
        "商品成本后收益",
        "Contribution",
        "直销收益 − 商品成本",
        "direct profit − goods cost",
    ),
    w("distribution.distributors", "分销员", "Distributors", "期末在册", "at the end"),
    w(
        "distribution.distributor_rate",
        "分销员占比",
        "Distributor rate",
        "分销员 ÷ 用户量",
        "distributors ÷ users",
    ),
    w("distribution.active", "动销分销员", "Active distributors", "", ""),
    w("distribution.active_rate", "动销率", "Active rate", "动销 ÷ 分销员", "active ÷ distributors"),
    w("distribution.buyers", "付费用户", "Buyers", "", ""),
    w("distribution.orders", "订单数", "Orders", "", ""),
    w("distribution.gross", "订单收入", "Gross sales", "", ""),
    w("distribution.refunds", "退款", "Refunds", "", ""),
    w(
        "distribution.revenue",
        "销售收入",
        "Revenue",
        "用户量 × 分销员占比 × 动销率 × 人均分销额",
        "users × distributor rate × active rate × revenue per active",
    ),
    w(
        "distribution.revenue_per_active",
        "人均分销额",
        "Revenue per active distributor",
        "销售收入 ÷ 动销分销员",
        "revenue ÷ active",
    ),
    w("distribution.commission", "佣金", "Commission", "", ""),
    w("distribution.profit", "分销收益", "Distribution profit", "销售收入 − 佣金", "revenue − commission"),
    w("distribution.goods_cost", "商品成本", "Goods cost", "", ""),
    w(
        "distribution.contribution",
        "商品成本后收益",
        "Contribution",
        "分销收益 − 商品成本",
        "distribution profit − goods cost",
    ),
    w("total.revenue", "收入", "Revenue", "直销 + 分销", "direct + distribution"),
    w("total.cost", "成本", "Cost", "流量成本 + 佣金", "traffic cost + commission"),
    w("total.profit", "收益", "Profit", "收入 − 成本", "revenue − cost"),
    w("total.margin", "利润率", "Margin", "收益 ÷ 收入", "profit ÷ revenue"),
    w("total.goods_cost", "商品成本", "Goods cost", "", ""),
    w("total.contribution", "商品成本后收益", "Contribution", "收益 − 商品成本", "profit − goods cost"),
    w("traffic.mix", "渠道结构", "Channel mix", "", ""),
    w("traffic.new_channels", "新渠道", "New channels", "", ""),
    w("traffic.closed_channels", "停投渠道", "Closed channels", "", ""),
    w("traffic.unsplit", "无法分解", "Not split", "", ""),
    w("direct.mix", "渠道结构", "Channel mix", "", ""),
    w("direct.new_channels", "新渠道", "New channels", "", ""),
    w("direct.closed_channels", "关闭渠道", "Closed channels", "", ""),
    w("direct.unsplit", "无法分解", "Not split", "", ""),
    w("distribution.mix", "渠道结构", "Channel mix", "", ""),
    w("distribution.new_channels", "新渠道", "New channels", "", ""),
    w("distribution.closed_channels", "关闭渠道", "Closed channels", "", ""),
    w("distribution.unsplit", "无法分解", "Not split", "", ""),
    w("effect", "影响", "Effect", "", ""),
    w("verdict", "有利与否", "Verdict", "", ""),
    w("period", "期间", "Period", "", ""),
    w("channel", "渠道", "Channel", "", ""),
    w("distributor_id", "分销员", "Distributor", "", ""),
    w("name", "姓名", "Name", "", ""),
    w("orders", "订单数", "Orders", "", ""),
    w("base", "计佣基数", "Base", "", ""),
    w("accrued", "应计佣金", "Accrued", "", ""),
    w("pending", "待结算", "Pending", "", ""),
    w("settled", "已结算", "Settled", "", ""),
    w("adjustments", "调整", "Adjustments", "", ""),
    w("paid", "已付", "Paid", "", ""),
    w("balance", "余额", "Balance", "", ""),
    w("payable", "本次应付", "Payable", "", ""),
    w("carried", "结转", "Carried", "", ""),
    w("tax", "代扣税", "Tax", "", ""),
    w("net", "实付", "Net", "", ""),
    w("opening", "期初余额", "Opening", "", ""),
    w("reversed", "冲回", "Reversed", "", ""),
    w("closing", "期末余额", "Closing", "", ""),
    w("order_id", "订单", "Order", "", ""),
    w("paid_on", "支付日", "Paid on", "", ""),
    w("level", "级", "Level", "", ""),
    w("rule", "依据", "Rule", "", ""),
    w("rate", "费率", "Rate", "", ""),
    w("tier", "阶梯加成", "Tier", "", ""),
    w("commission", "佣金", "Commission", "", ""),
    w("settles_on", "结算日", "Settles on", "", ""),
    w("state", "状态", "State", "", ""),
    w("old", "原方案", "Old", "", ""),
    w("new", "新方案", "New", "", ""),
    w("difference", "差额", "Difference", "", ""),
    w("figure", "指标", "Figure", "", ""),
    w("date", "日期", "Date", "", ""),
    w("amount", "金额", "Amount", "", ""),
    w("reason", "原因", "Reason", "", ""),
    w("status", "状态", "Status", "", ""),
    w("motive", "动机", "Motive", "", ""),
    w("grade", "等级", "Grade", "", ""),
    w("upline_id", "上级", "Upline", "", ""),
    w("distributors", "分销员", "Distributors", "", ""),
    w("active", "动销", "Active", "", ""),
    w("gross", "订单收入", "Gross", "", ""),
    w("refunds", "退款", "Refunds", "", ""),
    w("refund_rate", "退款率", "Refund rate", "", ""),
    w("revenue", "销售收入", "Revenue", "", ""),
    w("commission_rate", "佣金率", "Commission rate", "", ""),
    w("revenue_per_active", "人均分销额", "Revenue per active", "", ""),
    w("level_1", "一级佣金", "Level 1", "", ""),
    w("level_2", "二级佣金", "Level 2", "", ""),
    w("share_of", "范围", "Who", "", ""),
    w("of_active", "占动销", "Of the active", "", ""),
    w("share", "占收入", "Of the revenue", "", ""),
    w("sellers", "下级出单人数", "Sellers below", "", ""),
    w("refunded_orders", "退款单数", "Refunded", "", ""),
    w("rate_of_the_rest", "其他人占比", "Of all others", "", ""),
    w("direction", "偏离", "Direction", "", ""),
    w("driver", "因素", "Driver", "", ""),
    w("now", "现值", "Now", "", ""),
    w("needed", "所需", "Needed", "", ""),
    w("change", "变动", "Change", "", ""),
    w("distribution.commission_rate", "佣金率", "Commission rate", "佣金 ÷ 分销收入", "commission ÷ revenue"),
    w("cohort", "批次", "Cohort", "", ""),
    w("users", "用户", "Users", "", ""),
    w("ltv", "历史 LTV", "LTV (revenue per user so far)", "", ""),
    w("revenue_per_user", "人均收入", "Revenue per user", "", ""),
    w("buyers", "付费用户", "Buyers", "", ""),
    w("conversion", "转化率", "Conversion", "", ""),
    w("repeat_share", "复购率", "Repeat share", "", ""),
];

fn of(key: &str) -> Option<&'static Words> {
    FIGURES.iter().find(|w| w.key == key)
}

/// The name of a figure.
pub fn label(key: &'static str, lang: Lang) -> &'static str {
    of(key).map_or(key, |w| lang.pick(w.en, w.zh))
}

/// How a figure follows from others; empty where it is counted or summed from rows.
pub fn formula(key: &str, lang: Lang) -> &'static str {
    of(key).map_or("", |w| lang.pick(w.how_en, w.how_zh))
}

/// The name of a part of the statement.
pub fn section(system: &str, lang: Lang) -> &'static str {
    match system {
        "traffic" => lang.pick("Traffic", "流量"),
        "direct" => lang.pick("Direct", "直销体系"),
        "distribution" => lang.pick("Distribution", "分销体系"),
        _ => lang.pick("Total", "合计"),
    }
}

/// The name of a bucket in the reconciliation.
pub fn bucket(key: &str, lang: Lang) -> &'static str {
    match key {
        "not_paid" => lang.pick("not paid", "未支付"),
        "distribution" => lang.pick("distribution", "分销"),
        "unknown_user" => lang.pick("unknown user", "用户不明"),
        "before_joining" => lang.pick("before joining", "加入前下单"),
        _ => lang.pick("direct", "直销"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrm_core::bridge::Row;
    use scrm_core::pnl::Key;

    #[test]
    fn every_key_has_its_names() {
        for key in Key::ALL {
            assert!(of(key.name()).is_some(), "{}", key.name());
        }
        for row in Row::ALL {
            assert!(of(row.name()).is_some(), "{}", row.name());
        }
    }
}
