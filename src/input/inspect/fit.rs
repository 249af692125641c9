//! Which table a file is, by its header alone: of all tables and profiles, which fits best, and which next.

use crate::input::head::{self, Candidate, Line};
use crate::input::layout::{Mapping, folded};
use crate::input::profile::{Profile, Share};
use crate::input::source::TableName;
use crate::input::table::{Env, Schema};
use std::sync::Arc;

/// What a header may be.
#[derive(Clone, Debug)]
pub struct Fit {
    pub table: TableName,
    /// `None` where it has our own names, or those of the settings.
    pub profile: Option<Arc<Profile>>,
    /// How many of the headers by which it is known are there.
    pub share: Share,
    /// All columns are there that must be.
    pub whole: bool,
    /// The line of the header, counted from that of the text's first byte, which is 0.
    pub at: u64,
    pub delimiter: u8,
    /// Our columns that are there.
    mapped: usize,
    /// The file's name is one of this table's.
    of_name: bool,
}

/// The larger the better: whole, ours before a platform's before any, named so, and how much of it.
type Rank = (bool, u8, bool, usize, usize, usize);

impl Fit {
    fn rank(&self) -> Rank {
        let class = match (&self.profile, self.whole) {
            (_, false) => 0,
            (None, true) => 3,
            (Some(profile), true) => 2 - u8::from(profile.generic),
        };
        let share = self.share;
        (self.whole, class, self.of_name, share.permille(), share.matched, self.mapped)
    }

    /// Is it the same table, read by the same profile?
    pub fn is(&self, table: TableName, profile: Option<&Profile>) -> bool {
        self.table == table && self.profile.as_ref().map(|p| &p.name) == profile.map(|p| &p.name)
    }

    /// Has it more headers of its table, though not all, where another table has all of the few that it must have? Orders
    /// without a date are no bill.
    fn is_more_of(&self, whole: &Fit) -> bool {
        let are_ours = self.profile.is_none() && whole.profile.is_none();
        let is_generic = whole.profile.as_ref().is_none_or(|p| p.generic);
        let is_bill = whole.table == TableName::Bill && self.table == TableName::Orders && is_generic;
        let is_weak = whole.whole && !whole.of_name && (are_ours || is_bill);
        is_weak && !self.whole && self.table != whole.table && self.share.matched > whole.share.matched
    }

    /// Do both fit so equally that nothing in the file tells them apart?
    pub fn ties_with(&self, other: &Fit) -> bool {
        self.table != other.table && self.rank() == other.rank()
    }
}

/// Of a header that has none of our names but some, half is the least.
const LIKE: usize = 500;

/// What one of these rows may be, of some tables; the best first, and of each table and profile its best row.
pub fn of_lines(
    lines: &[Line],
    delimiter: u8,
    of_name: Option<TableName>,
    schema_of: &dyn Fn(TableName) -> Schema,
    env: &Env,
) -> Vec<Fit> {
    let forced: Vec<TableName> = env.profiles.forced.keys().copied().collect();
    let mut all: Vec<Fit> = Vec::new();
    for table in TableName::ALL {
        for line in lines {
            all.extend(of_line(line, delimiter, schema_of(table), env));
        }
    }
    // A profile that was asked for says the table, where no other fits better.
    let most =
        |is: &dyn Fn(&Fit) -> bool| all.iter().filter(|f| f.whole && is(f)).map(|f| f.share.matched).max();
    let (asked, any) = (most(&|f| forced.contains(&f.table)), most(&|_| true));
    if asked.is_some() && asked == any {
        all.retain(|fit| forced.contains(&fit.table));
    }
    all.iter_mut().for_each(|fit| fit.of_name = of_name == Some(fit.table));
    best_first(all)
}

/// The best first, and of each table and profile its best row.
pub fn best_first(mut all: Vec<Fit>) -> Vec<Fit> {
    // Of equals the higher row, then the earlier table.
    all.sort_by(|a, b| b.rank().cmp(&a.rank()).then(a.at.cmp(&b.at)));
    let mut kept: Vec<Fit> = Vec::new();
    for fit in all {
        if !kept.iter().any(|k| k.is(fit.table, fit.profile.as_deref())) {
            kept.push(fit);
        }
    }
    if let Some(better) = kept.iter().skip(1).position(|fit| fit.is_more_of(&kept[0])) {
        kept[..better + 2].rotate_right(1);
    }
    kept
}

fn of_line(line: &Line, delimiter: u8, schema: Schema, env: &Env) -> Vec<Fit> {
    let table = schema.table;
    let fit = |profile: Option<Arc<Profile>>, share, whole, mapping: &Mapping| Fit {
        table,
        profile,
        share,
        whole,
        at: line.at,
        delimiter,
        mapped: mapping.at.iter().flatten().count(),
        of_name: false,
    };
    let by_profile = |c: Candidate| {
        let (profile, share) = c.profile?;
        let mapping = Mapping::of(schema, &line.cells, env, Some(&profile));
        Some(fit(Some(profile), share, c.rank.0, &mapping))
    };
    // A later profile wins over an earlier one that fits as well, as it does where tables are read.
    let found = head::candidates(line, delimiter, schema, env).into_iter().rev();
    let mut all: Vec<Fit> = found.filter_map(by_profile).collect();
    let ours = Mapping::of(schema, &line.cells, env, None);
    let of = schema.columns.iter().filter(|c| c.required).count();
    let share = Share { matched: of - ours.missing(schema, None).len(), of };
    let is_forced = env.profiles.forced.contains_key(&table);
    if share.matched > 0 && share.permille() >= LIKE && !is_forced {
        all.push(fit(None, share, share.matched == of && ours.again.is_empty(), &ours));
    }
    all
}

/// What the names of one of our columns speak of, whatever they are in an export.
fn hints(column: &str) -> &'static [&'static str] {
    match column {
        "order_id" => &["订单", "单号", "流水", "交易号", "order", "invoice"],
        "user_id" => &[
            "用户", "客户", "会员", "买家", "顾客", "手机", "user", "customer", "member", "buyer", "phone",
            "email",
        ],
        "distributor_id" => &["分销", "推广", "达人", "导购", "distributor", "agent", "affiliate"],
        "channel" => &["渠道", "媒体", "平台", "来源", "账户", "channel", "source", "media", "platform"],
        "amount" | "cost" | "refund" => &[
            "金额", "实付", "实收", "应付", "费用", "消耗", "花费", "总价", "amount", "total", "paid",
            "price", "spend",
        ],
        "date" | "month" => &["时间", "日期", "月份", "date", "time", "day", "month"],
        _ if column.ends_with("_at") || column.ends_with("_on") => &["时间", "日期", "date", "time", "day"],
        _ => &[],
    }
}

/// Names in a header that are most like those that were looked for, the most like first; then those that speak of the
/// same thing.
pub fn nearest(column: &str, wanted: &[String], header: &[String]) -> Vec<String> {
    const MOST: usize = 3;
    const LEAST: usize = 400;
    let speaks_of_it = |name: &String| hints(column).iter().any(|hint| name.contains(hint));
    let folded = folded(&header.iter().map(|h| h.as_bytes().to_vec()).collect::<Vec<_>>());
    let like = |name: &String| wanted.iter().map(|w| likeness(w, name)).max().unwrap_or(0);
    let rank = |name: &String| match like(name) {
        like if like >= LEAST => like,
        like if speaks_of_it(name) => like.max(1),
        _ => 0,
    };
    let all = header.iter().zip(folded).map(|(name, folded)| (rank(&folded), name));
    let mut all: Vec<(usize, &String)> = all.filter(|(rank, _)| *rank > 0).collect();
    all.sort_by_key(|(like, _)| std::cmp::Reverse(*like));
    all.into_iter().take(MOST).map(|(_, name)| name.clone()).collect()
}

/// How many of the pairs of neighbouring characters of two names are the same, in thousandths; a slip of the hand is as
/// good as half of them.
fn likeness(a: &str, b: &str) -> usize {
    let pairs = |text: &str| {
        let chars: Vec<char> = text.chars().collect();
        chars.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()
    };
    let (of_a, mut of_b) = (pairs(a), pairs(b));
    let all = of_a.len() + of_b.len();
    let shared = of_a.iter().filter(|pair| {
        let at = of_b.iter().position(|other| other == *pair);
        at.map(|at| of_b.swap_remove(at)).is_some()
    });
    let shared = (2000 * shared.count()).checked_div(all).unwrap_or(0);
    let is_slip = b.chars().count() > 3 && crate::words::near(a, std::iter::once(b)).is_some();
    if is_slip { shared.max(500) } else { shared }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_like_a_name_and_what_is_not() {
        let header = ["付款的时间", "金额", "备注", "tv_S", "competitor_sales_B", ""].map(String::from);
        let near = |wanted: &[&str]| {
            nearest(
                wanted[0],
                &wanted.iter().map(|w| crate::input::profile::fold(w)).collect::<Vec<_>>(),
                &header,
            )
        };
        assert_eq!(near(&["paid_at", "付款时间", "支付时间"]), ["付款的时间"]);
        assert_eq!(near(&["amount", "实付金额"]), ["金额"]);
        assert_eq!(near(&["order_id", "order number", "transaction id"]), Vec::<String>::new());
        // The most like first, then what speaks of the same; no more than three.
        let header =
            ["下单日期", "付款时刻", "退款时间", "支付时间点", "完成时间", "货款", "单价"].map(String::from);
        let wanted = ["paid_at", "付款时间", "支付时间"].map(crate::input::profile::fold);
        assert_eq!(nearest("paid_at", &wanted, &header), ["支付时间点", "付款时刻", "退款时间"]);
        assert_eq!(nearest("channel", &wanted[..1], &header), Vec::<String>::new());
    }
}
