//! Merit: who sold and who earned in a range of days, by person and by kind of person (多劳多得, 不劳不得).
//!
//! What was sold stands with the seller of the order, what was earned with whoever it is paid to: so a person's
//! commission also holds what the sales of those below brought, and the two sides can be told apart. The house's
//! commission is nobody's. All figures are sums of rows of persons; a ratio is computed from the sums of its group.

use crate::commission::Payee;
use crate::date::Day;
use crate::figures::Sums;
use crate::fold::DistOrders;
use crate::money::{Money, Ratio, UNITS};
use crate::payout::{Broken, each_line, in_byte_order, prove};
use crate::period::Range;
use crate::pnl::counted_from;
use crate::world::{Distributor, Motive, World};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

/// The name of the group of those who have no grade or nobody above.
pub const NO_GROUP: &str = "(none)";

/// What one person, or a group of them, sold and earned in the range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merit {
    /// How many are distributors at the end of the range.
    pub distributors: u64,
    /// How many have an order of their own paid in it.
    pub active: u64,
    /// Orders sold, paid in the range; eligible for a commission or not.
    pub orders: u64,
    /// Those of `orders` of which a refund is recognised by the end of the range.
    pub refunded_orders: u64,
    pub gross: Money,
    /// Refunds recognised in the range, of whatever orders: they may exceed `gross`.
    pub refunds: Money,
    /// Commission of own orders accrued in the range; below zero where earlier orders were refunded.
    pub level_1: Money,
    /// Commission of the orders of those directly below.
    pub level_2: Money,
    pub adjustments: Money,
}

impl Merit {
    pub fn revenue(&self) -> Money {
        self.gross - self.refunds
    }

    /// Level 1 + level 2 + adjustments, settled or not.
    pub fn commission(&self) -> Money {
        self.level_1 + self.level_2 + self.adjustments
    }

    /// Refunds ÷ gross; undefined where nothing was sold.
    pub fn refund_rate(&self) -> Option<Ratio> {
        self.refunds.over(self.gross)
    }

    /// Commission ÷ revenue; undefined where revenue is not above 0.
    pub fn commission_rate(&self) -> Option<Ratio> {
        (self.revenue() > Money::ZERO).then(|| self.commission().over(self.revenue())).flatten()
    }

    pub fn revenue_per_active(&self) -> Option<Ratio> {
        self.revenue().per(self.active)
    }

    fn add(&mut self, o: &Merit) {
        self.distributors += o.distributors;
        self.active += o.active;
        self.orders += o.orders;
        self.refunded_orders += o.refunded_orders;
        self.gross += o.gross;
        self.refunds += o.refunds;
        self.level_1 += o.level_1;
        self.level_2 += o.level_2;
        self.adjustments += o.adjustments;
    }
}

/// How much of the revenue some of the largest brought.
#[derive(Clone, Copy, Debug)]
pub struct Concentration {
    pub of: ShareOf,
    /// How many they are, of those with revenue above 0.
    pub distributors: u64,
    /// Their share of the active distributors.
    pub of_active: Option<Ratio>,
    pub revenue: Money,
    /// Their share of all revenue above 0.
    pub share: Option<Ratio>,
}

/// Whose share of the revenue it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareOf {
    /// The largest one's.
    Top1,
    /// A tenth of the active ones, rounded up.
    Top10Percent,
    /// As few as bring 80 % of the revenue.
    For80Percent,
}

impl ShareOf {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            ShareOf::Top1 => "top_1",
            ShareOf::Top10Percent => "top_10_percent",
            ShareOf::For80Percent => "for_80_percent",
        }
    }
}

/// Somebody who earned from the sales of others and sold nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelTwoOnly {
    pub distributor: u32,
    /// How many of those below sold something in the range that paid this one a commission.
    pub sellers: u64,
    /// The orders that did.
    pub orders: u64,
    pub level_2: Money,
}

/// Somebody whose orders are refunded far more, or far less, often than those of all others.
#[derive(Clone, Copy, Debug)]
pub struct Outlier {
    pub distributor: u32,
    pub orders: u64,
    pub refunded_orders: u64,
    /// Refunded orders ÷ orders: this one's, and of all others together.
    pub rate: Option<Ratio>,
    pub rate_of_the_rest: Option<Ratio>,
    pub above: bool,
}

/// Who sold and who earned in a range.
#[derive(Clone, Debug, Default)]
pub struct Merits {
    /// In byte order of the ids: everybody who is a distributor at the end of the range or has any figure in it.
    pub people: Vec<(u32, Merit)>,
    pub total: Merit,
    /// The sum of all persons' revenue above 0, of which concentration is a share.
    pub positive_revenue: Money,
    /// Empty where nobody has revenue above 0.
    pub concentration: Vec<Concentration>,
    /// In byte order of the ids, as are the outliers.
    pub level_2_only: Vec<LevelTwoOnly>,
    pub outliers: Vec<Outlier>,
}

impl Merits {
    /// Works out who sold and who earned. Without a range nothing happened and nobody is there.
    pub fn of(world: &World, orders: &DistOrders, range: Option<Range>) -> Merits {
        let mut all = vec![Merit::default(); world.distributors.len()];
        let mut passed_up = vec![0u64; world.distributors.len()];
        if let Some(range) = range {
            there(world, orders, range.end, &mut all);
            sold(world, orders, range, &mut all);
            passed_up = earned(world, orders, range, &mut all);
        }
        let mut merits = Merits::default();
        for n in in_byte_order(&world.distributors) {
            let merit = all[n as usize];
            if merit != Merit::default() {
                merits.total.add(&merit);
                merits.people.push((n, merit));
            }
        }
        merits.concentrate();
        merits.level_2_only = level_2_only(world, &merits.people, &passed_up);
        merits.outliers = outliers(&merits.people, &merits.total);
        merits
    }

    /// Proves that all persons together are the distribution system of the statement of the same range.
    ///
    /// # Errors
    /// [`Broken`] where they are not: the program is wrong.
    pub fn prove(&self, s: &Sums) -> Result<(), Broken> {
        let count = |n: u64| Money(i128::from(n) * i128::from(UNITS));
        let t = &self.total;
        prove("distributors of all groups = the statement's", count(t.distributors), count(s.distributors))?;
        prove("active distributors of all groups = the statement's", count(t.active), count(s.active))?;
        prove("orders of all persons = the statement's", count(t.orders), count(s.distribution.orders))?;
        prove("gross of all persons = the statement's", t.gross, s.distribution.gross)?;
        prove("refunds of all persons = the statement's", t.refunds, s.distribution.refunds)?;
        prove("commission of all persons = the statement's", t.commission(), s.commission)
    }

    /// The groups of a key that hold any distributor or figure, in the order of their keys.
    fn grouped<K: Ord>(&self, key: impl Fn(u32) -> K) -> Vec<(K, Merit)> {
        let mut groups: BTreeMap<K, Merit> = BTreeMap::new();
        for (n, merit) in &self.people {
            groups.entry(key(*n)).or_default().add(merit);
        }
        groups.into_iter().filter(|(_, m)| *m != Merit::default()).collect()
    }

    /// By why they distribute; those of whom nobody knows it (`None`) last.
    pub fn by_motive(&self, world: &World) -> Vec<(Option<Motive>, Merit)> {
        let motive = |n: u32| world.distributors[n as usize].motive;
        let groups = self.grouped(|n| (motive(n).is_none(), motive(n)));
        groups.into_iter().map(|((_, motive), m)| (motive, m)).collect()
    }

    /// By grade in byte order, [`NO_GROUP`] last.
    pub fn by_grade(&self, world: &World) -> Vec<(Box<str>, Merit)> {
        let grade = |n: u32| match &*world.distributors[n as usize].grade_name {
            "" => NO_GROUP,
            name => name,
        };
        let groups = self.grouped(|n| (grade(n) == NO_GROUP, grade(n)));
        groups.into_iter().map(|((_, grade), m)| (grade.into(), m)).collect()
    }

    /// The people directly below each other, in byte order of the id above; those below nobody (`None`) last.
    pub fn by_upline(&self, world: &World) -> Vec<(Option<u32>, Merit)> {
        let of = |n: u32| world.distributors[n as usize].upline;
        let id = |n: Option<u32>| n.map(|n| &*world.distributors[n as usize].id);
        let groups = self.grouped(|n| (of(n).is_none(), id(of(n)), of(n)));
        groups.into_iter().map(|((_, _, upline), m)| (upline, m)).collect()
    }

    fn concentrate(&mut self) {
        let revenue = self.people.iter().map(|(_, m)| m.revenue());
        let mut ranked: Vec<Money> = revenue.filter(|r| *r > Money::ZERO).collect();
        ranked.sort_unstable_by(|a, b| b.cmp(a));
        let all: Money = ranked.iter().copied().sum();
        let tenth = usize::try_from(self.total.active.div_ceil(10)).unwrap_or(usize::MAX);
        // As few as bring 80 %: another one for as long as less than four fifths have come together.
        let (mut for_80, mut sum) = (0, Money::ZERO);
        while sum.0 * 5 < all.0 * 4 {
            sum += ranked[for_80];
            for_80 += 1;
        }
        let row = |(of, n): (ShareOf, usize)| {
            let distributors = n.min(ranked.len()) as u64;
            let revenue = ranked.iter().take(n).copied().sum::<Money>();
            let of_active = Ratio::of_counts(distributors, self.total.active);
            Concentration { of, distributors, of_active, revenue, share: revenue.over(all) }
        };
        let rows = [(ShareOf::Top1, 1), (ShareOf::Top10Percent, tenth), (ShareOf::For80Percent, for_80)];
        self.concentration = rows.into_iter().filter(|_| !ranked.is_empty()).map(row).collect();
        self.positive_revenue = all;
    }
}

/// Who is a distributor at the end of the range: the statement's rule.
fn there(world: &World, orders: &DistOrders, end: Day, all: &mut [Merit]) {
    let from = counted_from(world, orders);
    for (merit, (d, from)) in all.iter_mut().zip(world.distributors.iter().zip(from)) {
        let is = |d: &Distributor| from.is_some_and(|day| day < end) && d.left.is_none_or(|left| left >= end);
        merit.distributors = u64::from(is(d));
    }
}

/// What everybody sold in the range, and what of it came back.
fn sold(world: &World, orders: &DistOrders, range: Range, all: &mut [Merit]) {
    for (i, o) in orders.list.iter().enumerate() {
        let merit = &mut all[o.distributor as usize];
        let sold = range.contains(o.paid);
        if sold {
            merit.orders += 1;
            merit.active = 1;
            merit.gross += o.amount;
        }
        let mut refunded = false;
        for (day, amount) in orders.refunds(i) {
            let day = if world.rules.refunds_on_order { o.paid } else { day };
            if range.contains(day) {
                merit.refunds += amount;
            }
            refunded |= day < range.end && amount.0 > 0;
        }
        merit.refunded_orders += u64::from(sold && refunded);
    }
    for &(distributor, _, amount) in orders.refund_rows().iter().filter(|row| range.contains(row.1)) {
        all[distributor as usize].refunds += amount;
    }
}

/// What accrued to everybody in the range: what stood at its end less what stood before it, and the adjustments.
/// Returns for each seller the orders of the range that pay the one above.
fn earned(world: &World, orders: &DistOrders, range: Range, all: &mut [Merit]) -> Vec<u64> {
    let mut passed_up = vec![0u64; all.len()];
    for (end, day) in [(false, range.begin.plus(-1)), (true, range.end.plus(-1))] {
        each_line(world, world.rules.plan_or_none(), orders, day, |line| {
            let Payee::Distributor(payee) = line.payee else { return };
            let merit = &mut all[payee as usize];
            let level = if line.level == 0 { &mut merit.level_1 } else { &mut merit.level_2 };
            *level += if end { line.commission } else { -line.commission };
            let order = &orders.list[line.order];
            let pays_up = line.level == 1 && !line.commission.is_zero() && range.contains(order.paid);
            passed_up[order.distributor as usize] += u64::from(end && pays_up);
        });
    }
    for a in world.adjustments.iter().filter(|a| range.contains(a.day)) {
        all[a.distributor as usize].adjustments += a.amount;
    }
    passed_up
}

/// Those who earned from the sales of others and sold nothing. `passed_up`: for each seller, the orders that paid
/// the one above.
fn level_2_only(world: &World, people: &[(u32, Merit)], passed_up: &[u64]) -> Vec<LevelTwoOnly> {
    let mut below = vec![(0u64, 0u64); passed_up.len()];
    for (d, &orders) in world.distributors.iter().zip(passed_up) {
        if let Some(upline) = d.upline.filter(|_| orders > 0) {
            let (sellers, all) = &mut below[upline as usize];
            *sellers += 1;
            *all += orders;
        }
    }
    let only = people.iter().filter(|(_, m)| m.orders == 0 && m.level_2 > Money::ZERO);
    only.map(|&(distributor, m)| {
        let (sellers, orders) = below[distributor as usize];
        LevelTwoOnly { distributor, sellers, orders, level_2: m.level_2 }
    })
    .collect()
}

/// With fewer orders than this nobody's share says anything.
const LEAST_ORDERS: u64 = 5;
/// One refund happens to anybody.
const LEAST_REFUNDED: u64 = 2;

fn outliers(people: &[(u32, Merit)], total: &Merit) -> Vec<Outlier> {
    let outlier = |&(distributor, m): &(u32, Merit)| {
        let (n, r) = (m.orders, m.refunded_orders);
        let (rest_n, rest_r) = (total.orders - n, total.refunded_orders - r);
        let above = i128::from(r) * i128::from(rest_n) > i128::from(n) * i128::from(rest_r);
        let enough = n >= LEAST_ORDERS && (!above || r >= LEAST_REFUNDED);
        (enough && is_far(r, n, rest_r, rest_n)).then(|| Outlier {
            distributor,
            orders: n,
            refunded_orders: r,
            rate: Ratio::of_counts(r, n),
            rate_of_the_rest: Ratio::of_counts(rest_r, rest_n),
            above,
        })
    };
    people.iter().filter_map(outlier).collect()
}

/// Are `r` of `n` far from what `rest_r` of `rest_n` would let one expect?
///
/// With the rest's share p = R′ ÷ N′ one expects n·p refunded orders, with the standard deviation √(n·p·(1 − p)) of a
/// binomial. Far is more than three of these: |r − n·p| > 3·√(n·p·(1 − p)). Squared, and times N′², all is whole:
/// (r·N′ − n·R′)² > 9·n·R′·(N′ − R′). Exact up to 10⁹ orders. Where the rest has no order, nothing is far.
fn is_far(r: u64, n: u64, rest_r: u64, rest_n: u64) -> bool {
    let [r, n, rest_r, rest_n] = [r, n, rest_r, rest_n].map(i128::from);
    let distance = r * rest_n - n * rest_r;
    distance * distance > 9 * n * rest_r * (rest_n - rest_r)
}

#[cfg(test)]
mod tests;
