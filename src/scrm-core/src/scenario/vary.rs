//! One or two drivers at many values, and each driver a little up and down.

use super::{Change, largest};
use super::{Driver, Exact, Kind, Line, Plan, Refused, whole, zero};
use alloc::vec::Vec;

/// A line at each combination of values of one or two drivers.
#[derive(Clone, Debug)]
pub struct Grid {
    pub line: Line,
    /// Each driver, and its values.
    pub axes: Vec<(Driver, Vec<Exact>)>,
    /// For each value of the first axis one for each of the second, or one alone.
    pub rows: Vec<Vec<Option<Exact>>>,
}

/// Changes one or two drivers, each through all its changes.
///
/// # Errors
/// [`Refused`].
pub fn vary(plan: &Plan, axes: &[(Driver, Vec<Change>)], line: Line) -> Result<Grid, Refused> {
    let mut values = Vec::new();
    for (driver, changes) in axes {
        let all: Result<Vec<Exact>, Refused> = changes.iter().map(|c| plan.changed(*driver, c)).collect();
        values.push((*driver, all?));
    }
    let mut rows = Vec::new();
    let Some(((first, outer), inner)) = values.split_first() else {
        return Ok(Grid { line, axes: values, rows });
    };
    for value in outer {
        let set = (*first, Change::To(value.clone()));
        let at = |more: Option<(Driver, Change)>| {
            let sets: Vec<(Driver, Change)> = [set.clone()].into_iter().chain(more).collect();
            Ok(plan.with(&sets)?.outcome().get(line).cloned())
        };
        let row: Result<Vec<Option<Exact>>, Refused> = match inner.first() {
            None => [None].into_iter().map(at).collect(),
            Some((second, values)) => {
                values.iter().map(|v| at(Some((*second, Change::To(v.clone()))))).collect()
            }
        };
        rows.push(row?);
    }
    Ok(Grid { line, axes: values, rows })
}

/// What a line is with a driver a little lower and a little higher.
#[derive(Clone, Debug)]
pub struct Bar {
    pub driver: Driver,
    /// The driver's values, below and above.
    pub values: [Exact; 2],
    /// The line with each.
    pub lines: [Option<Exact>; 2],
    /// How far these are apart.
    pub swing: Option<Exact>,
}

/// Changes each driver alone by this share down and up, as far as it may go; the widest first, and of equals in the
/// order of the drivers. New users stand for themselves only where they are not all users; what is undefined or zero
/// has no share to change by.
pub fn tornado(plan: &Plan, by: &Exact, line: Line) -> Vec<Bar> {
    let mut bars = Vec::new();
    for driver in Driver::ALL.into_iter().filter(|d| *d != Driver::NewUsers || plan.has_earlier_users()) {
        let Some(now) = plan.driver(driver).filter(|now| **now != zero()) else { continue };
        let values = [whole(1) - by, whole(1) + by].map(|times| within(plan, driver, now * times));
        let lines = values.clone().map(|v| plan.at(driver, v).outcome().get(line).cloned());
        let swing = match &lines {
            [Some(low), Some(high)] => Some(if low > high { low - high } else { high - low }),
            _ => None,
        };
        bars.push(Bar { driver, values, lines, swing });
    }
    bars.sort_by(|a, b| b.swing.cmp(&a.swing));
    bars
}

/// The nearest value that a driver may have.
fn within(plan: &Plan, driver: Driver, value: Exact) -> Exact {
    let least = if driver == Driver::Users { plan.earlier() } else { zero() };
    let most = if driver.kind() == Kind::Share { whole(1) } else { largest() };
    let now = plan.driver(driver).cloned().unwrap_or_else(zero);
    // What is beyond a bound already may stay.
    value.max(least.min(now.clone())).min(most.max(now))
}
