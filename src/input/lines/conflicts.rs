//! Where lines of one order contradict each other: read once more, in the order of files, so that what is said does not
//! depend on which line came first. So are orders of which no line says what they are.

use super::super::chunks::{Outcome, Worker, read};
use super::super::orders::amount::{amount, is_item};
use super::super::problem::{Code, Detail, Place, Problem, Problems};
use super::super::schema::orders::{AMOUNT, ORDER_ID, PAID_AT, SCHEMA, STATUS, USER_ID};
use super::super::source::{FileError, Part};
use super::super::status::Status;
use super::super::table::{Env, Row};
use super::Wanted;
use super::shard::{Order, Shard};
use scrm_core::date::Day;
use scrm_core::money::Amount;
use std::collections::{HashMap, HashSet};

/// What the first sound line of an order says.
struct First {
    /// It says no more than which order it is of, and perhaps whose.
    is_item: bool,
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
    /// Orders of which no line says what they are.
    headless: HashSet<Box<[u8]>>,
    first: HashMap<Box<[u8]>, First>,
    problems: Problems,
}

impl Worker for Finding<'_> {
    fn row(&mut self, row: &mut Row) {
        let Ok(id) = row.id(ORDER_ID, true) else { return };
        if self.headless.remove(id) {
            let (place, name) = (row.place_of(AMOUNT), row.layout.name_of(AMOUNT));
            self.problems.error(place, || {
                Problem::new(Code::BadMoney, place).column(name).value(b"").detail(Detail::OfOrder)
            });
        }
        if !self.orders.contains(id) {
            return;
        }
        let is_item = is_item(row, self.wanted.rows.amount_repeats);
        let (user, paid) = (row.id(USER_ID, false), row.stamp(PAID_AT, false, false));
        let amount = if is_item { Ok(Amount::ZERO) } else { amount(row, self.wanted.rows.refunds) };
        let word = row.cell(STATUS);
        let status = self.wanted.statuses.of(row, word).map(|status| (status, row.place()));
        let (Ok(user), Ok(paid), Ok(amount)) = (user, paid, amount) else { return };
        if status.is_none() && !word.is_empty() || row.bad {
            return;
        }
        let (paid, place) = (paid.map(|s| s.day), row.place());
        let Some(first) = self.first.get_mut(id) else {
            let first = First { is_item, place, user: user.into(), paid, amount, status };
            self.first.insert(id.into(), first);
            return;
        };
        let is_silent = is_item && user.is_empty() || first.is_item && first.user.is_empty();
        let other_user = (*first.user != *user && !is_silent).then_some(first.place);
        if is_item || first.is_item {
            if let Some(other) = other_user {
                conflict(&mut self.problems, row, USER_ID, other);
            } else if first.is_item && !(is_item && user.is_empty()) {
                *first = First { is_item, place, user: user.into(), paid, amount, status };
            }
            return;
        }
        first.status = first.status.or(status);
        let other_amount = self.wanted.rows.amount_repeats && first.amount != amount;
        let may_close = |a: Status, b: Status| row.layout.manner.is_some() && a.is_closing_with(b);
        let other_status = status.zip(first.status).filter(|(a, b)| a.0 != b.0 && !may_close(a.0, b.0));
        let other_status = other_status.map(|(_, first)| first.1);
        let found = [
            (USER_ID, other_user),
            (PAID_AT, (first.paid != paid).then_some(first.place)),
            (AMOUNT, other_amount.then_some(first.place)),
            (STATUS, other_status),
        ];
        for (column, other) in found {
            if let Some(other) = other {
                conflict(&mut self.problems, row, column, other);
            }
        }
    }
}

/// Notes that a cell is not what the same order has elsewhere.
fn conflict(problems: &mut Problems, row: &Row, column: usize, other: Place) {
    let (place, name) = (row.place_of(column), row.layout.name_of(column));
    problems.error(place, || {
        let p = Problem::new(Code::ConflictingLine, place).column(name);
        // An amount that differs may be the item's own.
        let detail = if column == AMOUNT { Detail::OfOrder } else { Detail::None };
        p.value(row.cell(column)).related(other).detail(detail)
    });
}

/// Finds the lines that contradict the first one of their order.
pub fn find(
    parts: &[Part],
    env: &Env,
    wanted: Wanted,
    shards: &[Shard],
    outcome: &mut Outcome,
) -> Result<(), FileError> {
    let ids = |is: fn(&Order) -> bool| {
        let (mut text, mut ids) = (Vec::new(), HashSet::<Box<[u8]>>::new());
        for shard in shards {
            ids.extend(shard.orders.iter().filter(|o| is(o)).map(|o| shard.id(o, &mut text).into()));
        }
        ids
    };
    let (orders, headless) = (ids(|o| o.is_conflict() && !o.is_twice()), ids(Order::is_headless));
    if orders.is_empty() && headless.is_empty() {
        return Ok(());
    }
    let problems = Problems::new(env.max_errors);
    let finding = Finding { wanted, orders, headless, first: HashMap::new(), problems };
    let (found, _) = read(SCHEMA, parts, env, vec![finding])?;
    found.into_iter().for_each(|f| outcome.problems.merge(f.problems));
    Ok(())
}
