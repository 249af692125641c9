//! Section 5: what had accrued at the end of a day, order by order and level by level.

use super::facts::Sale;
use super::items;
use super::{Base, Day, Plan, Q, Rate, Rounding, Selector, World, q};
use num_bigint::BigInt;

/// A commission, by the sale's index. Without a payee, because there is none or none who was eligible, it is the house's.
pub struct Line {
    pub sale: usize,
    pub payee: Option<String>,
    pub amount: Q,
}

/// What both levels of all sales had accrued at the end of `last`: two lines for each that has a distributor.
pub fn lines(world: &World, sales: &[Sale], last: Day) -> Vec<Line> {
    let mut lines = Vec::new();
    let plan = &world.plan();
    for (at, sale) in sales.iter().enumerate() {
        let Some(seller) = &sale.distributor else { continue };
        let upline = world.distributor(seller).map_or("", |d| &d.upline);
        for (level, payee) in [(1, seller.as_str()), (2, upline)] {
            let share = match items::parts(world, plan, sale, last) {
                None => {
                    let kind = (sale.order.product.as_str(), sale.order.category.as_str());
                    base(plan, sale, last) * rate(world, plan, sale, level, payee, kind)
                }
                Some(parts) => parts.into_iter().fold(q(0), |sum, (product, category, base)| {
                    sum + base * rate(world, plan, sale, level, payee, (&product, &category))
                }),
            };
            let extra = if level == 1 { tier_addition(plan, sales, sale, last) } else { q(0) };
            let amount = rounded(share + extra, plan.rounding);
            let payee = eligible(world, payee, sale.paid.day()).then(|| payee.to_string());
            lines.push(Line { sale: at, payee, amount });
        }
    }
    lines
}

fn eligible(world: &World, payee: &str, day: Day) -> bool {
    match world.distributor(payee) {
        Some(d) => d.joined.is_none_or(|j| j <= day) && d.left.is_none_or(|l| day < l),
        None => !payee.is_empty(),
    }
}

pub fn base(plan: &Plan, sale: &Sale, last: Day) -> Q {
    if sale.paid.day() > last {
        return q(0);
    }
    let known = sale.refunds.iter().filter(|r| r.0 <= last);
    let net = known.fold(sale.order.amount.clone(), |net, r| net - &r.1);
    match plan.base {
        Base::Paid => sale.order.amount.clone(),
        Base::Net => net,
        Base::Margin => (net - sale.order.goods.clone().unwrap_or_else(|| q(0))).max(q(0)),
    }
}

/// By the most specific matching entry that is valid on the order's date.
fn rate(world: &World, plan: &Plan, sale: &Sale, level: usize, payee: &str, kind: (&str, &str)) -> Q {
    let day = sale.paid.day();
    let valid = |r: &&Rate| r.from.is_none_or(|f| f <= day) && r.until.is_none_or(|u| day < u);
    let grade = world.distributor(payee).map_or("", |d| &d.grade);
    let rank = |r: &&Rate| match &r.selector {
        Selector::Distributor(id) => (id == payee).then_some(1),
        Selector::Product(p) => (p == kind.0).then_some(2),
        Selector::Category(c) => (c == kind.1).then_some(3),
        Selector::Grade(g) => (g == grade).then_some(4),
        Selector::Default => Some(5),
    };
    let matching = plan.rates.iter().filter(valid).filter(|r| rank(r).is_some());
    let levels = matching.min_by_key(rank).map_or(&plan.levels, |r| &r.levels);
    levels.get(level - 1).cloned().unwrap_or_else(|| q(0))
}

/// What the steps of the distributor's month add to this order, before rounding.
fn tier_addition(plan: &Plan, sales: &[Sale], sale: &Sale, last: Day) -> Q {
    let month = |s: &Sale| s.paid.day().first_of_month();
    let own = base(plan, sale, last);
    let (mut before, mut volume) = (q(0), q(0));
    for s in sales.iter().filter(|s| s.distributor == sale.distributor && month(s) == month(sale)) {
        volume += base(plan, s, last);
        if (s.paid.at, &s.order.id) < (sale.paid.at, &sale.order.id) {
            before += base(plan, s, last);
        }
    }
    if plan.whole {
        let reached = plan.tiers.iter().rfind(|t| t.0 <= volume);
        return reached.map_or(q(0), |t| own * &t.1);
    }
    let after = &before + &own;
    let mut addition = q(0);
    for (at, (from, add)) in plan.tiers.iter().enumerate() {
        let top = plan.tiers.get(at + 1).map_or(after.clone(), |next| next.0.clone().min(after.clone()));
        let bottom = from.clone().max(before.clone());
        if top > bottom {
            addition += (top - bottom) * add;
        }
    }
    addition
}

/// To 0.01. The amounts are never negative.
pub fn rounded(amount: Q, rounding: Rounding) -> Q {
    let hundred = Q::from(BigInt::from(100));
    let half = q(5_000);
    let cents = amount * &hundred;
    let (low, rest) = (cents.floor(), cents.fract());
    let odd = !(&low / Q::from(BigInt::from(2))).is_integer();
    let up = match rounding {
        Rounding::Down => false,
        Rounding::HalfUp => rest >= half,
        Rounding::HalfEven => rest > half || (rest == half && odd),
    };
    (low + if up { q(10_000) } else { q(0) }) / hundred
}
