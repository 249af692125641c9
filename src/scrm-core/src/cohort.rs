//! Cohorts: the users acquired in a month, what they cost, and what they brought in each month since.
//!
//! Months are the calendar's: month 0 is the month of acquisition, so that every month of a cohort is a month of the
//! statement, and all cohorts together are the statement: the sums of a cohort are its column on the cohort basis, those
//! of one calendar month over all cohorts the column of that month.
//!
//! What was brought before the month of acquisition (an order that somebody sold who became a user later, a refund dated
//! before its order's user joined) stands in months without a number, and counts in all that was brought so far. Quarters
//! and years are sums of their months' cohorts, month since by month since.
//!
//! A month is [over](Month::is_over) or its figures are not known: nothing is low because time is missing.

mod fill;
#[cfg(test)]
mod tests;

use crate::date::Day;
use crate::figures::{Figure, Sums};
use crate::fold::{Basis, DirectCell, Fold, Shape};
use crate::money::{Money, Ratio};
use crate::period::{Ends, Grain, Periods, PeriodsError, Range};
use crate::pnl::{Slots, acquired, data_days, effective_joining};
use crate::world::{UNKNOWN, World};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use fill::Filled;

/// What was brought in one month, or up to the end of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// Different users with a direct order.
    pub buyers: u64,
    /// Of one month: those whose second direct order was in it. So far: those with two or more.
    pub repeat_buyers: u64,
    /// What the cohort's users bought.
    pub direct: DirectCell,
    /// What they sold as distributors.
    pub sold: DirectCell,
    /// Accrued for what they sold, and adjustments.
    pub commission: Money,
}

impl Brought {
    fn add(&mut self, o: &Brought) {
        self.buyers += o.buyers;
        self.repeat_buyers += o.repeat_buyers;
        self.direct.merge(&o.direct);
        self.sold.merge(&o.sold);
        self.commission += o.commission;
    }

    pub fn orders(&self, system: System) -> u64 {
        match system {
            System::Direct => self.direct.orders,
            System::Distribution => self.sold.orders,
            System::Both => self.direct.orders + self.sold.orders,
        }
    }

    /// Is there anything of a system in it?
    pub fn holds(&self, system: System) -> bool {
        self.orders(system) > 0 || self.revenue(system) != Money::ZERO
    }

    /// Gross − refunds; of distribution, less commission.
    pub fn revenue(&self, system: System) -> Money {
        let direct = self.direct.gross - self.direct.refunds;
        let sold = self.sold.gross - self.sold.refunds - self.commission;
        match system {
            System::Direct => direct,
            System::Distribution => sold,
            System::Both => direct + sold,
        }
    }
}

/// Whose orders and revenue are counted. Buyers are those of direct orders in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum System {
    /// What the users of a cohort bought.
    #[default]
    Direct,
    /// What they sold as distributors, its revenue less commission.
    Distribution,
    Both,
}

impl System {
    pub const ALL: [System; 3] = [System::Direct, System::Distribution, System::Both];

    pub const fn name(self) -> &'static str {
        match self {
            System::Direct => "direct",
            System::Distribution => "distribution",
            System::Both => "both",
        }
    }
}

/// One month of a cohort.
#[derive(Clone, Debug)]
pub struct Month {
    /// Months since the month of acquisition; `None` before it, and where no acquisition is known.
    pub since: Option<u32>,
    /// The calendar's month; `None` for a quarter or a year, where it is several.
    pub label: Option<String>,
    pub is_over: bool,
    pub brought: Brought,
    /// Users whose first direct order was in this month.
    pub new_buyers: u64,
    /// Up to the end of this month.
    pub so_far: Brought,
}

/// The users acquired in one period, or of one channel in it.
#[derive(Clone, Debug)]
pub struct Cohort {
    /// The period's label; [`UNKNOWN`] for distributors whose own user is not known.
    pub label: String,
    pub range: Option<Range>,
    /// By channel, the channel's name.
    pub channel: Option<Box<str>>,
    /// The users, and what they cost: ad spend, and team and other cost of the period.
    pub acquired: Sums,
    /// In their order, those before joining first.
    pub months: Vec<Month>,
    /// Up to the end of the range, in months that are over or not.
    pub brought: Brought,
}

impl Cohort {
    pub fn users(&self) -> u64 {
        let Sums { new_users, .. } = self.acquired;
        new_users
    }

    /// Of ad spend alone: ad spend ÷ users.
    pub fn cost_per_user(&self) -> Option<Ratio> {
        self.acquired.ad_spend.per(self.users())
    }

    /// With team and other cost: traffic cost ÷ users.
    pub fn loaded_cost_per_user(&self) -> Option<Ratio> {
        self.acquired.traffic_cost().per(self.users())
    }

    /// The cost that is meant: ad spend alone, or all of it.
    fn cost(&self, loaded: bool) -> Money {
        if loaded { self.acquired.traffic_cost() } else { self.acquired.ad_spend }
    }

    /// The months since acquisition that are over.
    fn over(&self) -> impl Iterator<Item = (u32, &Month)> {
        self.months.iter().filter(|m| m.is_over).filter_map(|m| Some((m.since?, m)))
    }

    /// 回本周期: the first month since at whose end revenue per user had reached the cost per user. `None`: not yet, or
    /// nobody was acquired.
    pub fn payback_months(&self, system: System, loaded: bool) -> Option<u32> {
        let cost = self.cost(loaded);
        let paid_back = |m: &Month| self.users() > 0 && m.so_far.revenue(system) >= cost;
        self.over().find(|(_, m)| paid_back(m)).map(|(since, _)| since)
    }

    /// 历史 LTV: revenue per user up to the end of the last month that is over.
    pub fn ltv(&self, system: System) -> Option<Ratio> {
        self.last_revenue(system)?.per(self.users())
    }

    /// LTV ÷ cost per user; undefined without users, without cost, and before any month is over.
    pub fn ltv_to_cost(&self, system: System, loaded: bool) -> Option<Ratio> {
        let revenue = self.last_revenue(system).filter(|_| self.users() > 0)?;
        revenue.over(self.cost(loaded))
    }

    fn last_revenue(&self, system: System) -> Option<Money> {
        self.over().last().map(|(_, m)| m.so_far.revenue(system))
    }

    /// A figure of a month; `None` where the month is not over.
    pub fn value(&self, month: &Month, value: Value, system: System, cumulative: bool) -> Option<Figure> {
        let of = if cumulative { &month.so_far } else { &month.brought };
        month.is_over.then(|| self.value_of(of, &month.so_far, value, system))
    }

    /// A figure of all that was brought up to the end of the range.
    pub fn value_so_far(&self, value: Value, system: System) -> Figure {
        self.value_of(&self.brought, &self.brought, value, system)
    }

    fn value_of(&self, of: &Brought, so_far: &Brought, value: Value, system: System) -> Figure {
        match value {
            Value::Ltv => Figure::UnitValue(so_far.revenue(system).per(self.users())),
            Value::RevenuePerUser => Figure::UnitValue(of.revenue(system).per(self.users())),
            Value::Revenue => Figure::Money(of.revenue(system)),
            Value::Orders => Figure::Count(of.orders(system)),
            Value::Buyers => Figure::Count(of.buyers),
            Value::Conversion => Figure::Share(Ratio::of_counts(of.buyers, self.users())),
            Value::RepeatShare => Figure::Share(Ratio::of_counts(so_far.repeat_buyers, so_far.buyers)),
        }
    }

    /// Was anything brought in any month?
    pub fn has_brought(&self) -> bool {
        self.months.iter().any(|m| m.brought != Brought::default())
    }
}

/// A figure that months have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// 历史 LTV: all revenue so far ÷ users.
    #[default]
    Ltv,
    /// Revenue ÷ users.
    RevenuePerUser,
    Revenue,
    Orders,
    /// Different users with a direct order in the month, or so far.
    Buyers,
    /// Buyers ÷ users.
    Conversion,
    /// 复购率: of the buyers so far, those with two or more direct orders so far.
    RepeatShare,
}

impl Value {
    pub const ALL: [Value; 7] = [
        Value::Ltv,
        Value::RevenuePerUser,
        Value::Revenue,
        Value::Orders,
        Value::Buyers,
        Value::Conversion,
        Value::RepeatShare,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Value::Ltv => "ltv",
            Value::RevenuePerUser => "revenue_per_user",
            Value::Revenue => "revenue",
            Value::Orders => "orders",
            Value::Buyers => "buyers",
            Value::Conversion => "conversion",
            Value::RepeatShare => "repeat_share",
        }
    }

    /// Goes from the beginning in any case.
    pub const fn is_cumulative(self) -> bool {
        matches!(self, Value::Ltv | Value::RepeatShare)
    }
}

/// A figure that a cohort has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Users,
    AdSpend,
    /// Ad spend + team cost + other cost.
    TrafficCost,
    /// Ad spend ÷ users.
    AdCostPerUser,
    /// Traffic cost ÷ users.
    LoadedCostPerUser,
    /// 回本周期, by ad spend alone.
    PaybackMonths,
    LoadedPaybackMonths,
    Ltv,
    /// LTV ÷ ad cost per user.
    LtvToCost,
    LtvToLoadedCost,
    /// Up to the end of the range, as are those below.
    Buyers,
    Conversion,
    RepeatShare,
    Orders,
    Revenue,
}

impl Measure {
    pub const ALL: [Measure; 15] = [
        Measure::Users,
        Measure::AdSpend,
        Measure::TrafficCost,
        Measure::AdCostPerUser,
        Measure::LoadedCostPerUser,
        Measure::PaybackMonths,
        Measure::LoadedPaybackMonths,
        Measure::Ltv,
        Measure::LtvToCost,
        Measure::LtvToLoadedCost,
        Measure::Buyers,
        Measure::Conversion,
        Measure::RepeatShare,
        Measure::Orders,
        Measure::Revenue,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Measure::Users => "users",
            Measure::AdSpend => "ad_spend",
            Measure::TrafficCost => "traffic_cost",
            Measure::AdCostPerUser => "ad_cost_per_user",
            Measure::LoadedCostPerUser => "loaded_cost_per_user",
            Measure::PaybackMonths => "payback_months",
            Measure::LoadedPaybackMonths => "loaded_payback_months",
            Measure::Ltv => "ltv",
            Measure::LtvToCost => "ltv_to_cost",
            Measure::LtvToLoadedCost => "ltv_to_loaded_cost",
            Measure::Buyers => "so_far.buyers",
            Measure::Conversion => "so_far.conversion",
            Measure::RepeatShare => "so_far.repeat_share",
            Measure::Orders => "so_far.orders",
            Measure::Revenue => "so_far.revenue",
        }
    }

    /// The figure of a cohort; `None` where it is not paid back yet.
    pub fn of(self, c: &Cohort, system: System) -> Option<Figure> {
        let months = |loaded| c.payback_months(system, loaded).map(|n| Figure::Count(n.into()));
        Some(match self {
            Measure::Users => Figure::Count(c.users()),
            Measure::AdSpend => Figure::Money(c.cost(false)),
            Measure::TrafficCost => Figure::Money(c.cost(true)),
            Measure::AdCostPerUser => Figure::UnitValue(c.cost_per_user()),
            Measure::LoadedCostPerUser => Figure::UnitValue(c.loaded_cost_per_user()),
            Measure::PaybackMonths => months(false)?,
            Measure::LoadedPaybackMonths => months(true)?,
            Measure::Ltv => Figure::UnitValue(c.ltv(system)),
            Measure::LtvToCost => Figure::Quotient(c.ltv_to_cost(system, false)),
            Measure::LtvToLoadedCost => Figure::Quotient(c.ltv_to_cost(system, true)),
            Measure::Buyers => c.value_so_far(Value::Buyers, system),
            Measure::Conversion => c.value_so_far(Value::Conversion, system),
            Measure::RepeatShare => c.value_so_far(Value::RepeatShare, system),
            Measure::Orders => c.value_so_far(Value::Orders, system),
            Measure::Revenue => c.value_so_far(Value::Revenue, system),
        })
    }
}

/// All cohorts of a range.
#[derive(Clone, Debug)]
pub struct Cohorts {
    /// `None` where neither the data nor the ends name a day.
    pub range: Option<Range>,
    /// By period, then channel; [`UNKNOWN`] last, where it brought anything.
    pub list: Vec<Cohort>,
    /// Users acquired before the range, whose orders are in no cohort.
    pub earlier_users: u64,
    /// Months that end by this day are over.
    pub over_by: Option<Day>,
    /// Distribution orders of which a level's distributor was not eligible.
    pub ineligible: u64,
}

/// How a fold for cohorts is laid out: by months, whatever period the cohorts are to be of.
pub fn shape(shape: Shape) -> Shape {
    Shape { grain: Grain::Month, basis: Basis::Lives, ..shape }
}

/// Makes the cohorts from a finished fold of such a [`shape`]: of months, quarters or years. A month is over if it ended
/// by `today` and the data goes to its end: has a row dated on its last day or later, or the end that was asked for lies
/// there.
///
/// # Errors
/// [`PeriodsError`] where the range holds no day, or where there are more months than `limit` in all cohorts.
pub fn cohorts(
    world: &World,
    fold: &Fold,
    shape: Shape,
    grain: Grain,
    today: Day,
    limit: u64,
) -> Result<Cohorts, PeriodsError> {
    let slots = Slots::new(world, shape.by_channel);
    let days = data_days(world, fold);
    let range = Periods::lay_out(grain, shape.ends, days, limit)?.range;
    let ends = range.map_or(shape.ends, |r| Ends { begin: Some(r.begin), end: Some(r.end) });
    let periods = Periods::lay_out(Grain::Month, ends, days, limit)?;
    let months = periods.list.len() as u64;
    let cells = months.saturating_mul(months + 1) / 2 * slots.names.len() as u64;
    if cells > limit {
        return Err(PeriodsError::TooMany { columns: cells, limit });
    }
    let joined = effective_joining(world, fold);
    let (acquired, earlier_users) = acquired(world, fold, shape, &periods, &slots, &joined);
    let filled = Filled::new(world, fold, shape, &periods, &slots, &joined);
    let over_by = over_by(world, fold, shape, today);
    let mut list = Vec::new();
    for (place, acquired) in acquired.into_iter().enumerate() {
        let (period, slot) = (periods.list.get(place / slots.len()), place % slots.len());
        let channel = shape.by_channel.then(|| slots.names[slot].clone());
        let months = filled.months(place, over_by);
        let brought = months.last().map(|m| m.so_far).unwrap_or_default();
        let (label, range) = match period {
            Some(p) => (p.label.clone(), Some(p.range)),
            None => (UNKNOWN.into(), None),
        };
        let cohort = Cohort { label, range, channel, acquired, months, brought };
        if period.is_some() && slots.always[slot] || !cohort.acquired.is_empty() || cohort.has_brought() {
            list.push(cohort);
        }
    }
    if let Some(range) = periods.range.filter(|_| grain != Grain::Month) {
        list = together(list, grain, range);
    }
    Ok(Cohorts { range: periods.range, list, earlier_users, over_by, ineligible: filled.ineligible })
}

/// Months that end by this day are over. A cost of a whole month says nothing of where the data ends.
fn over_by(world: &World, fold: &Fold, shape: Shape, today: Day) -> Option<Day> {
    let users = world.users.list.iter().map(|u| u.acquired);
    let rows = world.ad_spend.iter().map(|s| s.day).chain(world.adjustments.iter().map(|a| a.day));
    let last = users.chain(rows).chain(fold.days.map(|d| d.1)).max()?;
    let end = match shape.ends.end {
        Some(end) => end.min(last.month().end()),
        None => last.plus(1),
    };
    Some(end.min(today))
}

/// Puts the cohorts of months together to those of longer periods of a range, which stand in the same order.
fn together(list: Vec<Cohort>, grain: Grain, range: Range) -> Vec<Cohort> {
    let number = |c: &Cohort| c.range.map(|r| grain.number(r.begin));
    let mut groups: Vec<(Option<i32>, Vec<Vec<Cohort>>)> = Vec::new();
    for cohort in list {
        let number = number(&cohort);
        if groups.last().is_none_or(|(n, _)| *n != number) {
            groups.push((number, Vec::new()));
        }
        let Some((_, channels)) = groups.last_mut() else { continue };
        match channels.iter_mut().find(|c| c.first().is_some_and(|first| first.channel == cohort.channel)) {
            Some(channel) => channel.push(cohort),
            None => channels.push(alloc::vec![cohort]),
        }
    }
    let merged = |(number, channels): (Option<i32>, Vec<Vec<Cohort>>)| {
        channels.into_iter().filter_map(move |cohorts| merged(&cohorts, number, grain, range))
    };
    groups.into_iter().flat_map(merged).collect()
}

/// One cohort of those of its months.
fn merged(cohorts: &[Cohort], number: Option<i32>, grain: Grain, range: Range) -> Option<Cohort> {
    let first = cohorts.first()?;
    let Some(number) = number else { return Some(first.clone()) };
    let mut whole = Cohort { label: grain.label(number), months: Vec::new(), ..first.clone() };
    let own = grain.range(number);
    whole.range = Some(Range { begin: own.begin.max(range.begin), end: own.end.min(range.end) });
    (whole.acquired, whole.brought) = (Sums::default(), Brought::default());
    let mut months: BTreeMap<(Option<u32>, Option<&str>), Month> = BTreeMap::new();
    for cohort in cohorts {
        whole.acquired.merge(&cohort.acquired);
        whole.brought.add(&cohort.brought);
        for m in &cohort.months {
            let label = m.label.as_deref().filter(|_| m.since.is_none());
            let month = months.entry((m.since, label)).or_insert_with(|| Month::new(m.since, label));
            month.is_over &= m.is_over;
            month.new_buyers += m.new_buyers;
            month.brought.add(&m.brought);
        }
    }
    // A cohort of nobody that brought nothing holds no month up, once its own is over.
    let waits = |c: &&Cohort| c.users() > 0 || c.has_brought() || c.over().next().is_none();
    let over = |since| cohorts.iter().filter(waits).all(|c| c.over().any(|(n, _)| n == since));
    for month in months.values_mut() {
        month.is_over = month.since.map_or(month.is_over, over);
    }
    whole.months = months.into_values().collect();
    add_up(&mut whole.months);
    Some(whole)
}

impl Month {
    /// A month in which nothing was brought, over until it is found not to be.
    fn new(since: Option<u32>, label: Option<&str>) -> Month {
        let nothing = Brought::default();
        let label = label.map(Into::into);
        Month { since, label, is_over: true, brought: nothing, new_buyers: 0, so_far: nothing }
    }
}

/// Fills what was brought so far. Of buyers only those count who had not bought before.
fn add_up(months: &mut [Month]) {
    let mut so_far = Brought::default();
    for month in months {
        so_far.add(&Brought { buyers: month.new_buyers, ..month.brought });
        month.so_far = so_far;
    }
}
