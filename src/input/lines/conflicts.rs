//! Where lines of one order contradict each other: read once more, in the order of files, so that what is said does not
//! depend on which line came first.

use super::super::chunks::{Outcome, Worker, read};
use super::super::orders::amount::amount;
use super::super::problem::{Code, Place, Problem, Problems};
use super::super::schema::orders::{AMOUNT, ORDER_ID, PAID_AT, SCHEMA, STATUS, USER_ID};
use super::super::source::{FileError, Part};
use super::super::status::Status;
use super::super::table::{Env, Row};
use super::Wanted;
use super::shard::Shard;
use scrm_core::date::Day;
use scrm_core::money::Amount;
use std::collections::{HashMap, HashSet};

/// What the first sound line of an order says.
struct First {
    place: Place,
    user: Box<[u8]>,
    paid: Option<Day>,
    amount: Amount,
    /// The first status that is given, and where.
    status: Option<(Status, Place)>,
}

struct Finding<'a> {
    wanted: Wanted<'a>,
    orders: HashSet<Box<[u8]>>,
    first: HashMap<Box<[u8]>, First>,
    problems: Problems,
}

impl Worker for Finding<'_> {
    fn row(&mut self, row: &mut Row) {
        let Ok(id) = row.id(ORDER_ID, true) else { return };
        if !self.orders.contains(id) {
            return;
        }
        let (user, paid) = (row.id(USER_ID, false), row.stamp(PAID_AT, false, false));
        let amount = amount(row, self.wanted.rows.refunds);
        let word = row.cell(STATUS);
        let status =
            self.wanted.statuses.find(word, row.layout.profile()).map(|status| (status, row.place()));
        let (Ok(user), Ok(paid), Ok(amount)) = (user, paid, amount) else { return };
        if status.is_none() && !word.is_empty() || row.bad {
            return;
        }
        let (paid, place) = (paid.map(|s| s.day), row.place());
        let Some(first) = self.first.get_mut(id) else {
            let first = First { place, user: user.into(), paid, amount, status };
            self.first.insert(id.into(), first);
            return;
        };
        first.status = first.status.or(status);
        let other_amount = self.wanted.rows.amount_repeats && first.amount != amount;
        let other_status = status.zip(first.status).filter(|(a, b)| a.0 != b.0).map(|(_, first)| first.1);
        let found = [
            (USER_ID, (*first.user != *user).then_some(first.place)),
            (PAID_AT, (first.paid != paid).then_some(first.place)),
            (AMOUNT, other_amount.then_some(first.place)),
            (STATUS, other_status),
        ];
        for (column, other) in found {
            if let Some(other) = other {
                let (place, name) = (row.place_of(column), row.layout.name_of(column));
                self.problems.error(place, || {
                    let p = Problem::new(Code::ConflictingLine, place).column(name);
                    p.value(row.cell(column)).related(other)
                });
            }
        }
    }
}

/// Finds the lines that contradict the first one of their order.
pub fn find(
    parts: &[Part],
    env: &Env,
    wanted: Wanted,
    shards: &[Shard],
    outcome: &mut Outcome,
) -> Result<(), FileError> {
    let mut orders = HashSet::new();
    let mut text = Vec::new();
    for shard in shards {
        for order in shard.orders.iter().filter(|o| o.is_conflict() && !o.is_twice()) {
            orders.insert(shard.id(order, &mut text).into());
        }
    }
    if orders.is_empty() {
        return Ok(());
    }
    let problems = Problems::new(env.max_errors);
    let (found, _) =
        read(SCHEMA, parts, env, vec![Finding { wanted, orders, first: HashMap::new(), problems }])?;
    found.into_iter().for_each(|f| outcome.problems.merge(f.problems));
    Ok(())
}
