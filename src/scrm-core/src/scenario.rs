//! The formulas of the two systems run forward: from drivers to the statement that they would make.
//!
//! - ad spend = new users × cost per user; traffic cost = ad spend + team cost + other cost
//! - direct revenue = users × conversion × revenue per buyer; direct profit = revenue − traffic cost
//! - distribution revenue = users × distributor rate × active rate × revenue per active; commission = revenue ×
//!   commission rate
//!
//! A plan made from a statement has the statement's figures, all of them, exactly: drivers are quotients of its sums and
//! kept as such. What stands over a count of zero (refunds without a buyer, spend without a new user) is in no product;
//! it is kept beside it and stays what it is.
//!
//! Users and new users are one lever: the pool is those from before and the new ones, so one more user of either is one
//! more of both, and costs what a new user costs. Setting both says how many were there before.
//!
//! Numbers are exact rationals of any size; [`figure`] rounds them, once, for whoever shows them.

mod solve;
#[cfg(test)]
mod tests;
mod vary;

pub use num_rational::BigRational as Exact;
pub use solve::{Found, NoSolution, Solution, Target, Whole, solve};
pub use vary::{Bar, Grid, tornado, vary};

use crate::figures::{Figure, Key, Sums};
use crate::money::{CENT, Money, Ratio, UNITS};
use alloc::vec::Vec;
use num_bigint::BigInt;

/// What a number is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// People, perhaps a fraction of one: half a buyer is meaningful in a plan.
    Count,
    Money,
    /// Money per thing.
    UnitValue,
    /// A share of something; 1 is 100 %.
    Share,
}

/// What can be changed in a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Driver {
    /// The pool.
    Users,
    NewUsers,
    CostPerUser,
    TeamCost,
    OtherCost,
    Conversion,
    RevenuePerBuyer,
    DistributorRate,
    ActiveRate,
    RevenuePerActive,
    /// Commission ÷ distribution revenue.
    CommissionRate,
}

impl Driver {
    /// All, in the order of the formulas.
    pub const ALL: [Driver; 11] = [
        Driver::Users,
        Driver::NewUsers,
        Driver::CostPerUser,
        Driver::TeamCost,
        Driver::OtherCost,
        Driver::Conversion,
        Driver::RevenuePerBuyer,
        Driver::DistributorRate,
        Driver::ActiveRate,
        Driver::RevenuePerActive,
        Driver::CommissionRate,
    ];

    /// The name, which is the end of its line's.
    pub fn name(self) -> &'static str {
        let name = self.line().name();
        name.split_once('.').map_or(name, |(_, end)| end)
    }

    /// The driver with this name, alone or with its system.
    pub fn named(name: &str) -> Option<Driver> {
        Driver::ALL.into_iter().find(|d| d.name() == name || d.line().name() == name)
    }

    /// The line of the statement that it is.
    pub const fn line(self) -> Line {
        match self {
            Driver::Users => Line::Users,
            Driver::NewUsers => Line::NewUsers,
            Driver::CostPerUser => Line::CostPerUser,
            Driver::TeamCost => Line::TeamCost,
            Driver::OtherCost => Line::OtherCost,
            Driver::Conversion => Line::Conversion,
            Driver::RevenuePerBuyer => Line::RevenuePerBuyer,
            Driver::DistributorRate => Line::DistributorRate,
            Driver::ActiveRate => Line::ActiveRate,
            Driver::RevenuePerActive => Line::RevenuePerActive,
            Driver::CommissionRate => Line::CommissionRate,
        }
    }

    pub const fn kind(self) -> Kind {
        self.line().kind()
    }
}

// One table makes the enum, the names and what each is.
macro_rules! line_table {
    ($($name:ident $key:literal $kind:ident $is_cost:literal;)*) => {
        /// A line of a plan: a figure of the statement, under the statement's key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Line { $($name,)* }

        impl Line {
            /// All, in the order of the statement.
            pub const ALL: &'static [Line] = &[$(Line::$name,)*];

            pub const fn name(self) -> &'static str {
                match self { $(Line::$name => $key,)* }
            }
            pub const fn kind(self) -> Kind {
                match self { $(Line::$name => Kind::$kind,)* }
            }
            /// Is less of it better?
            pub const fn is_cost(self) -> bool {
                match self { $(Line::$name => $is_cost,)* }
            }
        }
    };
}

line_table! {
    NewUsers "traffic.new_users" Count false;
    AdSpend "traffic.ad_spend" Money true;
    CostPerUser "traffic.cost_per_user" UnitValue true;
    TeamCost "traffic.team_cost" Money true;
    OtherCost "traffic.other_cost" Money true;
    TrafficCost "traffic.cost" Money true;
    Users "direct.users" Count false;
    Buyers "direct.buyers" Count false;
    Conversion "direct.conversion" Share false;
    RevenuePerBuyer "direct.revenue_per_buyer" UnitValue false;
    Revenue "direct.revenue" Money false;
    DirectProfit "direct.profit" Money false;
    Distributors "distribution.distributors" Count false;
    DistributorRate "distribution.distributor_rate" Share false;
    Active "distribution.active" Count false;
    ActiveRate "distribution.active_rate" Share false;
    DistributionRevenue "distribution.revenue" Money false;
    RevenuePerActive "distribution.revenue_per_active" UnitValue false;
    CommissionRate "distribution.commission_rate" Share true;
    Commission "distribution.commission" Money true;
    DistributionProfit "distribution.profit" Money false;
    TotalRevenue "total.revenue" Money false;
    TotalCost "total.cost" Money true;
    TotalProfit "total.profit" Money false;
    TotalMargin "total.margin" Share false;
}

impl Line {
    /// The line with this name.
    pub fn named(name: &str) -> Option<Line> {
        Line::ALL.iter().copied().find(|l| l.name() == name)
    }

    /// The statement's key of the same name; the commission rate has none.
    pub fn key(self) -> Option<Key> {
        Key::named(self.name())
    }

    /// The line's two lines, where it is a quotient.
    const fn quotient(self) -> Option<[Line; 2]> {
        Some(match self {
            Line::CostPerUser => [Line::AdSpend, Line::NewUsers],
            Line::Conversion => [Line::Buyers, Line::Users],
            Line::RevenuePerBuyer => [Line::Revenue, Line::Buyers],
            Line::DistributorRate => [Line::Distributors, Line::Users],
            Line::ActiveRate => [Line::Active, Line::Distributors],
            Line::RevenuePerActive => [Line::DistributionRevenue, Line::Active],
            Line::CommissionRate => [Line::Commission, Line::DistributionRevenue],
            Line::TotalMargin => [Line::TotalProfit, Line::TotalRevenue],
            _ => return None,
        })
    }
}

/// A whole number, exactly.
pub fn whole(n: impl Into<BigInt>) -> Exact {
    Exact::from_integer(n.into())
}

/// A plain decimal: at most 15 digits before the point and 10 behind it; `None` for anything else.
pub fn decimal(text: &str) -> Option<Exact> {
    let (before, behind) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |t: &str, most| (1..=most).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
    if !digits(before, 15) || !digits(behind, 10) {
        return None;
    }
    let scale = 10i128.pow(u32::try_from(behind.len()).ok()?);
    let units = before.parse::<i128>().ok()? * scale + behind.parse::<i128>().ok()?;
    Some(Exact::new(units.into(), scale.into()))
}

fn money(m: Money) -> Exact {
    Exact::new(m.0.into(), UNITS.into())
}

fn zero() -> Exact {
    whole(0)
}

/// No driver may be larger: with it every figure fits what [`figure`] makes.
fn largest() -> Exact {
    whole(1_000_000_000_000_000i64)
}

/// What is in no product, at each of them, since it stands over a count of zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rests {
    ad_spend: Exact0,
    buyers: Exact0,
    revenue: Exact0,
    distributors: Exact0,
    active: Exact0,
    sold: Exact0,
    commission: Exact0,
}

/// An exact number that is zero unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Exact0(Exact);

impl Default for Exact0 {
    fn default() -> Exact0 {
        Exact0(zero())
    }
}

/// Drivers, and what they come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In the order of [`Driver::ALL`]; `None` is undefined.
    drivers: [Option<Exact>; Driver::ALL.len()],
    rests: Rests,
}

/// A change of a driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    To(Exact),
    /// This much more, or less where it is below zero.
    By(Exact),
    /// So many times as much.
    Times(Exact),
}

/// Why a plan cannot be changed so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is undefined, so there is nothing to change.
    Undefined(Driver),
    BelowZero(Driver, Exact),
    /// A share above 100 %.
    AboveOne(Driver, Exact),
    /// So many users were there before: the pool cannot be smaller, nor can there be fewer than no new ones.
    FewerThanBefore(Driver, Exact),
    TooLarge(Driver),
    /// It is changed twice.
    Twice(Driver),
}

impl Plan {
    /// A plan of these drivers; what is not given is zero. Users and new users are the same where only one is given.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn of(given: &[(Driver, Exact)]) -> Result<Plan, Refused> {
        let nothing = Plan { drivers: Driver::ALL.map(|_| Some(zero())), rests: Rests::default() };
        let sets: Vec<(Driver, Change)> = given.iter().map(|(d, x)| (*d, Change::To(x.clone()))).collect();
        nothing.with(&sets)
    }

    /// The plan that a statement's sums are.
    pub fn from_sums(s: &Sums) -> Plan {
        let count = |n: u64| whole(n);
        // What is below a count of zero is in no product.
        let link = |below: Exact, above: &Exact| match *above == zero() {
            true => (None, Exact0(below)),
            false => (Some(below / above), Exact0::default()),
        };
        let (revenue, sold) = (money(s.direct_revenue()), money(s.distribution_revenue()));
        let (cost_per_user, ad_spend) = link(money(s.ad_spend), &count(s.new_users));
        let (conversion, buyers) = link(count(s.buyers), &count(s.users));
        let (revenue_per_buyer, revenue) = link(revenue, &count(s.buyers));
        let (distributor_rate, distributors) = link(count(s.distributors), &count(s.users));
        let (active_rate, active) = link(count(s.active), &count(s.distributors));
        let (revenue_per_active, over_none) = link(sold.clone(), &count(s.active));
        let (commission_rate, commission) = link(money(s.commission), &sold);
        let drivers = [
            Some(count(s.users)),
            Some(count(s.new_users)),
            cost_per_user,
            Some(money(s.team_cost)),
            Some(money(s.other_cost)),
            conversion,
            revenue_per_buyer,
            distributor_rate,
            active_rate,
            revenue_per_active,
            commission_rate,
        ];
        let sold = over_none;
        Plan { drivers, rests: Rests { ad_spend, buyers, revenue, distributors, active, sold, commission } }
    }

    /// A driver's value; `None` where it is undefined.
    pub fn driver(&self, driver: Driver) -> Option<&Exact> {
        self.drivers[driver as usize].as_ref()
    }

    /// Users who are no new ones.
    fn earlier(&self) -> Exact {
        self.people(Driver::Users) - self.people(Driver::NewUsers)
    }

    /// Users or new users, which are never undefined.
    fn people(&self, driver: Driver) -> Exact {
        self.driver(driver).cloned().unwrap_or_else(zero)
    }

    /// Are users and new users different numbers, so that both are worth telling?
    pub fn has_earlier_users(&self) -> bool {
        self.earlier() != zero()
    }

    /// Does anybody distribute?
    pub fn distributes(&self) -> bool {
        let all = self.outcome();
        let lines = [Line::Distributors, Line::Active, Line::DistributionRevenue, Line::Commission];
        lines.into_iter().any(|line| all.get(line).is_none_or(|x| *x != zero()))
    }

    /// The plan with one driver at a value, whether that can be or not.
    fn at(&self, driver: Driver, value: Exact) -> Plan {
        let mut plan = self.clone();
        let other = match driver {
            Driver::Users => Some((Driver::NewUsers, &value - self.earlier())),
            Driver::NewUsers => Some((Driver::Users, &value + self.earlier())),
            _ => None,
        };
        if let Some((other, number)) = other {
            plan.drivers[other as usize] = Some(number);
        }
        plan.drivers[driver as usize] = Some(value);
        plan
    }

    /// The plan after these changes, each of the plan as it is before.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn with(&self, sets: &[(Driver, Change)]) -> Result<Plan, Refused> {
        let mut plan = self.clone();
        let is_set = |driver| sets.iter().any(|(d, _)| *d == driver);
        let both = is_set(Driver::Users) && is_set(Driver::NewUsers);
        for (i, (driver, change)) in sets.iter().enumerate() {
            if sets[..i].iter().any(|(d, _)| d == driver) {
                return Err(Refused::Twice(*driver));
            }
            let value = self.changed(*driver, change)?;
            match both {
                true => plan.drivers[*driver as usize] = Some(value),
                false => plan = plan.at(*driver, value),
            }
        }
        let people = [Driver::Users, Driver::NewUsers].into_iter().find(|d| is_set(*d));
        match people {
            Some(driver) if both && plan.earlier() < zero() => {
                Err(Refused::FewerThanBefore(driver, plan.people(Driver::NewUsers)))
            }
            Some(driver) if plan.people(Driver::NewUsers) < zero() => {
                Err(Refused::FewerThanBefore(driver, self.earlier()))
            }
            _ => Ok(plan),
        }
    }

    /// The value of a driver after a change, where it may have that.
    fn changed(&self, driver: Driver, change: &Change) -> Result<Exact, Refused> {
        let now = self.driver(driver);
        let value = match (change, now) {
            (Change::To(value), _) => value.clone(),
            (Change::By(more), Some(now)) => now + more,
            (Change::Times(times), Some(now)) => now * times,
            (_, None) => return Err(Refused::Undefined(driver)),
        };
        // What refunds have made less than nothing, or members who left more than all, may stay so.
        let was = |beyond: fn(&Exact) -> bool| now.is_some_and(beyond);
        if value < zero() && !was(|now| *now < zero()) {
            return Err(Refused::BelowZero(driver, value));
        }
        if driver.kind() == Kind::Share && value > whole(1) && !was(|now| *now > whole(1)) {
            return Err(Refused::AboveOne(driver, value));
        }
        if value > largest() {
            return Err(Refused::TooLarge(driver));
        }
        Ok(value)
    }

    /// All lines.
    pub fn outcome(&self) -> Outcome {
        // A product of a count and what each brings, and what is beside it.
        let product = |count: Option<&Exact>, driver: Driver, rest: &Exact0| {
            let count = count?;
            if *count == zero() { Some(rest.0.clone()) } else { Some(count * self.driver(driver)? + &rest.0) }
        };
        let sum = |a: Option<&Exact>, b: Option<&Exact>| Some(a? + b?);
        let less = |a: Option<&Exact>, b: Option<&Exact>| Some(a? - b?);
        let mut all = Outcome { lines: Line::ALL.iter().map(|_| None).collect() };
        for driver in [Driver::Users, Driver::NewUsers, Driver::TeamCost, Driver::OtherCost] {
            all.set(driver.line(), self.driver(driver).cloned());
        }
        for (line, above, driver, rest) in [
            (Line::AdSpend, Line::NewUsers, Driver::CostPerUser, &self.rests.ad_spend),
            (Line::Buyers, Line::Users, Driver::Conversion, &self.rests.buyers),
            (Line::Revenue, Line::Buyers, Driver::RevenuePerBuyer, &self.rests.revenue),
            (Line::Distributors, Line::Users, Driver::DistributorRate, &self.rests.distributors),
            (Line::Active, Line::Distributors, Driver::ActiveRate, &self.rests.active),
            (Line::DistributionRevenue, Line::Active, Driver::RevenuePerActive, &self.rests.sold),
            (Line::Commission, Line::DistributionRevenue, Driver::CommissionRate, &self.rests.commission),
        ] {
            all.set(line, product(all.get(above), driver, rest));
        }
        let acquired = sum(all.get(Line::AdSpend), all.get(Line::TeamCost));
        all.set(Line::TrafficCost, sum(acquired.as_ref(), all.get(Line::OtherCost)));
        for (line, [a, b]) in [
            (Line::DirectProfit, [Line::Revenue, Line::TrafficCost]),
            (Line::DistributionProfit, [Line::DistributionRevenue, Line::Commission]),
        ] {
            all.set(line, less(all.get(a), all.get(b)));
        }
        for (line, [a, b]) in [
            (Line::TotalRevenue, [Line::Revenue, Line::DistributionRevenue]),
            (Line::TotalCost, [Line::TrafficCost, Line::Commission]),
            (Line::TotalProfit, [Line::DirectProfit, Line::DistributionProfit]),
        ] {
            all.set(line, sum(all.get(a), all.get(b)));
        }
        all.quotients();
        all
    }
}

/// The lines that a plan comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    lines: Vec<Option<Exact>>,
}

impl Outcome {
    /// A line's value; `None` where it is undefined.
    pub fn get(&self, line: Line) -> Option<&Exact> {
        self.lines[line as usize].as_ref()
    }

    fn set(&mut self, line: Line, value: Option<Exact>) {
        self.lines[line as usize] = value;
    }

    /// Fills the quotients. A margin is defined where revenue is above zero.
    fn quotients(&mut self) {
        for line in Line::ALL {
            let Some([part, base]) = line.quotient() else { continue };
            let defined = |base: &Exact| *base > zero() || (*line != Line::TotalMargin && *base != zero());
            let value = self.get(part).zip(self.get(base).filter(|b| defined(b))).map(|(a, b)| a / b);
            self.set(*line, value);
        }
    }

    /// The line as a quotient of two numbers, for who compares it.
    pub fn ratio(&self, line: Line) -> Option<Ratio> {
        self.get(line).and_then(ratio)
    }

    /// The line's figure, rounded for showing.
    pub fn figure(&self, line: Line) -> Figure {
        figure(line.kind(), self.get(line))
    }

    /// The same of a plan that is a statement, whose money is as fine as the statement's.
    pub fn statement_figure(&self, line: Line) -> Figure {
        let units = self.get(line).map(|x| x * whole(UNITS)).filter(|x| x.is_integer());
        match units.and_then(|x| i128::try_from(x.numer()).ok()) {
            Some(units) if line.kind() == Kind::Money => Figure::Money(Money(units)),
            _ => self.figure(line),
        }
    }
}

/// A number as a figure. Money is rounded to the cent, half away from zero; a count that is no whole number, or below
/// zero, is a quotient. Quotients are rounded where they are shown.
pub fn figure(kind: Kind, value: Option<&Exact>) -> Figure {
    let quotient = value.and_then(ratio);
    match kind {
        Kind::Count => match value.filter(|x| x.is_integer()).and_then(|x| u64::try_from(x.numer()).ok()) {
            Some(n) => Figure::Count(n),
            None => Figure::Quotient(quotient),
        },
        Kind::Money => match value.and_then(rounded) {
            Some(money) => Figure::Money(money),
            None => Figure::UnitValue(quotient),
        },
        Kind::UnitValue => Figure::UnitValue(quotient),
        Kind::Share => Figure::Share(quotient),
    }
}

fn rounded(value: &Exact) -> Option<Money> {
    let cents = (value * whole(UNITS / CENT)).round();
    i128::try_from(cents.numer()).ok()?.checked_mul(CENT.into()).map(Money)
}

/// The same number, or to 12 decimals where its digits are too many.
fn ratio(value: &Exact) -> Option<Ratio> {
    const MOST: i128 = 10i128.pow(31);
    let small = |n: &BigInt| i128::try_from(n).ok().filter(|n| (-MOST..MOST).contains(n));
    let exact = small(value.numer()).zip(small(value.denom()));
    let (numer, denom) = exact.or_else(|| {
        let scale = 10i128.pow(12);
        Some((i128::try_from((value * whole(scale)).round().numer()).ok()?, scale))
    })?;
    Ratio::of(numer, denom)
}
