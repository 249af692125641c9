//! What one driver must be so that a line has a value, all else as it is.
//!
//! Every line that is a sum of products is affine in each driver, since no product has a driver twice, and a quotient
//! `a/b` has the value `t` where `a − t·b` is zero, which is affine too: there is one solution, in closed form.

use super::{Driver, Exact, Kind, Line, Plan, largest, whole, zero};
use crate::money::{CENT, UNITS};
use alloc::boxed::Box;

/// A line and the value it is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub line: Line,
    pub value: Exact,
}

impl Target {
    /// Is the line at its value or better? Of a cost less is better.
    pub fn is_met(&self, plan: &Plan) -> bool {
        let outcome = plan.outcome();
        let value = outcome.get(self.line);
        value.is_some_and(|v| if self.line.is_cost() { *v <= self.value } else { *v >= self.value })
    }

    /// By how much a plan misses it: zero where the line has its value.
    fn missed(&self, plan: &Plan) -> Option<Exact> {
        let all = plan.outcome();
        match self.line.quotient() {
            Some([part, base]) => Some(all.get(part)? - &self.value * all.get(base)?),
            None => Some(all.get(self.line)? - &self.value),
        }
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Solution {
    Found(Box<Found>),
    /// The line has its value, whatever the driver is.
    Any,
    None(NoSolution),
}

/// The driver's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub value: Exact,
    /// The plan with it, whose line is at its value exactly.
    pub plan: Plan,
    /// The nearest that can really be and meets the target.
    pub whole: Option<Whole>,
}

/// The nearest whole number of people, or of cents, that meets a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// What is whole: a count that the driver decides, or the driver itself in cents.
    pub line: Line,
    pub value: Exact,
    /// The plan with it.
    pub plan: Plan,
    /// It is the smallest that meets the target; else the largest.
    pub is_smallest: bool,
}

/// Why no value of the driver will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSolution {
    /// The line does not depend on it as things are.
    NoEffect,
    /// Each user costs so much more than it brings, so that no number of them is enough; zero: as much as it brings.
    CostsMore(Exact),
    /// It would have to be this.
    BelowZero(Exact),
    /// It would have to be this, and is a share.
    AboveOne(Exact),
    /// It would have to be this, and so many users were there before.
    FewerThanBefore(Exact),
    TooLarge,
    /// Other drivers are undefined, or the line would be.
    Undefined,
}

/// Finds the value of a driver with which a target is reached.
pub fn solve(plan: &Plan, driver: Driver, target: &Target) -> Solution {
    let missed = |x: Exact| target.missed(&plan.at(driver, x));
    let (Some(at_zero), Some(at_one)) = (missed(zero()), missed(whole(1))) else {
        return Solution::None(NoSolution::Undefined);
    };
    let slope = at_one - &at_zero;
    let is_people = matches!(driver, Driver::Users | Driver::NewUsers);
    let of_profit = matches!(target.line, Line::DirectProfit | Line::TotalProfit);
    let asks_for_more = is_people && of_profit && slope <= zero() && !target.is_met(plan);
    if slope == zero() {
        let reached = at_zero == zero() && target.missed(plan).is_some_and(|m| m == zero());
        // A quotient over zero misses no value, and has none.
        let has_it = |plan: &Plan| plan.outcome().get(target.line) == Some(&target.value);
        return match reached {
            true if has_it(plan) || has_it(&plan.at(driver, whole(1))) => Solution::Any,
            true => Solution::None(NoSolution::Undefined),
            false if asks_for_more => Solution::None(NoSolution::CostsMore(zero())),
            false => Solution::None(NoSolution::NoEffect),
        };
    }
    let value = -at_zero / &slope;
    let least = match driver {
        Driver::Users => plan.earlier(),
        _ => zero(),
    };
    if value < least {
        return Solution::None(match value < zero() {
            _ if asks_for_more => NoSolution::CostsMore(-slope),
            true => NoSolution::BelowZero(value),
            false => NoSolution::FewerThanBefore(value),
        });
    }
    if driver.kind() == Kind::Share && value > whole(1) {
        return Solution::None(NoSolution::AboveOne(value));
    }
    if value > largest() {
        return Solution::None(NoSolution::TooLarge);
    }
    let solved = plan.at(driver, value.clone());
    if solved.outcome().get(target.line) != Some(&target.value) {
        // The quotient's base is zero there.
        return Solution::None(NoSolution::Undefined);
    }
    let more_is_better = (slope > zero()) != target.line.is_cost();
    let whole = nearest(plan, driver, target, &solved, more_is_better);
    Solution::Found(Box::new(Found { value, plan: solved, whole }))
}

/// The nearest whole number that meets the target: of people, or of cents; of a commission rate there is none.
fn nearest(
    plan: &Plan,
    driver: Driver,
    target: &Target,
    solved: &Plan,
    more_is_better: bool,
) -> Option<Whole> {
    let (line, unit) = match driver {
        Driver::Conversion => (Line::Buyers, whole(1)),
        Driver::DistributorRate => (Line::Distributors, whole(1)),
        Driver::ActiveRate => (Line::Active, whole(1)),
        Driver::CommissionRate => return None,
        Driver::Users | Driver::NewUsers => (driver.line(), whole(1)),
        _ => (driver.line(), Exact::new(CENT.into(), UNITS.into())),
    };
    let exact = match line.kind() {
        Kind::Count => solved.outcome().get(line)?.clone(),
        _ => solved.driver(driver)?.clone(),
    };
    let units = exact / &unit;
    let (value, beyond) = match more_is_better {
        true => (units.ceil() * &unit, (units.ceil() - whole(1)) * &unit),
        false => (units.floor() * &unit, (units.floor() + whole(1)) * &unit),
    };
    let with = driver_for(plan, driver, line, &value)?;
    let possible = with >= zero() && (driver.kind() != Kind::Share || with <= whole(1));
    // Both are run: this one reaches the target, and the one beyond does not.
    let next = plan.at(driver, driver_for(plan, driver, line, &beyond)?);
    let plan = plan.at(driver, with);
    let possible = possible && plan.people(Driver::NewUsers) >= zero();
    let is_nearest = target.is_met(&plan) && !target.is_met(&next);
    (possible && is_nearest).then_some(Whole { line, value, plan, is_smallest: more_is_better })
}

/// The value of a driver with which a line that it decides has a value.
fn driver_for(plan: &Plan, driver: Driver, line: Line, value: &Exact) -> Option<Exact> {
    if line == driver.line() {
        return Some(value.clone());
    }
    let at = |x| plan.at(driver, x).outcome().get(line).cloned();
    let (at_zero, at_one) = (at(zero())?, at(whole(1))?);
    let slope = at_one - &at_zero;
    (slope != zero()).then(|| (value - at_zero) / slope)
}
