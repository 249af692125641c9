//! The day of each user's first paid order, read before all else where the settings date users so.
//!
//! Of the orders only whose, when and with which status is looked at; what is wrong with them is said when they are
//! read for their money.

use super::chunks::{PlainRow, Told, Worker, read};
use super::field::date;
use super::field::id::is_plain;
use super::field::money;
use super::intern::Interner;
use super::orders::amount::amount;
use super::schema::orders::{AMOUNT, PAID_AT, SCHEMA, STATUS, USER_ID};
use super::settings::OrderRows;
use super::source::{FileError, Part};
use super::status::{Status, Statuses};
use super::table::{Env, Row};
use scrm_core::date::Day;

/// Everybody who has a paid order, with the day of the first.
#[derive(Debug, Default)]
pub struct FirstOrders {
    ids: Interner,
    days: Vec<Day>,
}

impl FirstOrders {
    /// Lets a user have an order on a day.
    pub fn note(&mut self, user: &[u8], day: Day) {
        let (number, new) = self.ids.intern(user);
        if new {
            self.days.push(day);
        } else {
            let first = &mut self.days[number as usize];
            *first = day.min(*first);
        }
    }

    /// The day of a user's first order.
    pub fn of(&self, user: &[u8]) -> Option<Day> {
        self.ids.find(user).map(|number| self.days[number as usize])
    }

    /// All users with their days.
    pub fn each(&self) -> impl Iterator<Item = (&[u8], Day)> {
        self.days.iter().zip(0..).map(|(day, number)| (self.ids.get(number), *day))
    }

    fn join(mut self, o: &FirstOrders) -> FirstOrders {
        o.each().for_each(|(user, day)| self.note(user, day));
        self
    }
}

struct Reading<'a> {
    statuses: &'a Statuses,
    rows: OrderRows,
    first: FirstOrders,
}

impl Reading<'_> {
    /// Notes a row; one without a status is paid where it has a date.
    fn note(&mut self, user: &[u8], day: Option<Day>, is_paid: bool) {
        if let (false, true, Some(day)) = (user.is_empty(), is_paid, day) {
            self.first.note(user, day);
        }
    }
}

impl Worker for Reading<'_> {
    #[inline(always)]
    fn plain(&mut self, row: &PlainRow) -> Option<Told> {
        let user = row.text(USER_ID).filter(|user| user.is_empty() || is_plain(user))?;
        let day = match row.text(PAID_AT)? {
            [] => None,
            cell => Some(date::plain(cell)?.day),
        };
        let status = row.text(STATUS)?;
        // What is plain is not below zero.
        if self.rows.refunds {
            money::plain(row.text(AMOUNT)?)?;
        }
        let is_paid = match status {
            [] => true,
            word if self.statuses.find(word, row.layout().profile()).is_none() => false,
            word => self.statuses.at_a_glance(word, row.layout())?.is_paid(),
        };
        self.note(user, day, is_paid);
        Some(Told::default())
    }

    fn row(&mut self, row: &mut Row) {
        let user = row.id(USER_ID, false);
        let paid = row.stamp(PAID_AT, false, false);
        let is_refund = self.rows.refunds && amount(row, true).is_ok_and(|amount| amount.0 < 0);
        if let (Ok(user), Ok(paid), false) = (user, paid, is_refund) {
            let word = row.cell(STATUS);
            let is_paid = word.is_empty() || self.statuses.of(row, word).is_some_and(Status::is_paid);
            self.note(user, paid.map(|s| s.day), is_paid);
        }
    }
}

/// Reads the orders for the users' first.
///
/// # Errors
/// [`FileError`].
pub fn first_orders(
    parts: &[Part],
    env: &Env,
    statuses: &Statuses,
    rows: OrderRows,
) -> Result<FirstOrders, FileError> {
    let worker = || Reading { statuses, rows, first: FirstOrders::default() };
    let (workers, _) = read(SCHEMA, parts, env, (0..env.threads).map(|_| worker()).collect())?;
    let all = workers.into_iter().map(|w| w.first).reduce(|all, first| all.join(&first));
    Ok(all.unwrap_or_default())
}
