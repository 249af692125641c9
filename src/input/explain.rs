//! From which rows a figure comes: the tables that it needs once more, each row with its place.
//!
//! What a row means and counts is decided by what read and folded it before; here it only gets its place.

use super::Loading;
use super::chunks::{Worker, read};
use super::intern::Interner;
use super::lines::{self, LineTable};
use super::orders::{self, Traced};
use super::problem::{FileNo, Place};
use super::schema::{self, UNDATED_USERS, users};
use super::source::{Cause, FileError, TableName, shown_path};
use super::table::Row;
use scrm_core::explain::{At, Book, Event, Found, Outcome, Priced, Reason, Scope};
use scrm_core::figures::Key;
use scrm_core::fold::{Fold, Shape};
use scrm_core::money::Money;
use scrm_core::period::Range;
use scrm_core::pnl::range_of;
use std::collections::HashMap;
use std::sync::PoisonError;

/// The number under which a price of the settings has its place.
pub const SETTINGS: FileNo = FileNo::MAX;

/// A figure whose rows are asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    pub key: Key,
    pub channel: Option<String>,
    /// So many rows of each figure and file are kept.
    pub keep: usize,
}

/// The rows of a figure.
#[derive(Debug)]
pub struct Explained {
    pub range: Range,
    pub found: Found,
    /// The names of the channels, by the slots of the rows.
    pub channels: Vec<Box<str>>,
    /// What prices of the settings stand for.
    pub priced: Vec<Priced>,
}

/// The place of a row, or of one part of it.
pub fn at(place: Place, part: u32) -> At {
    At { file: place.file, line: place.line.unwrap_or(0), part }
}

impl Loading<'_> {
    /// Finds the rows of a figure. `None` where there are no days, or where no channel has the name.
    pub(super) fn explain(
        &self,
        ask: &Ask,
        shape: Shape,
        fold: &Fold,
        lines: Option<&LineTable>,
    ) -> Result<Option<Explained>, FileError> {
        let Some(range) = range_of(&self.world, fold, shape.ends) else { return Ok(None) };
        let channel = ask.channel.as_deref();
        let Some(scope) = Scope::new(&self.world, fold, range, channel, ask.key) else { return Ok(None) };
        let scope = match self.dir.parts_of(TableName::Users) {
            [] => scope.with_users_from_orders(),
            _ => scope,
        };
        let mut book = Book::new(ask.keep);
        self.users(&scope, &mut book)?;
        self.costs(&scope, &mut book);
        let priced = self.prices(&scope, fold, &mut book);
        self.people(&scope, &mut book)?;
        if scope.wants_orders() {
            self.trace_orders(&scope, shape, fold, lines, &mut book)?;
        }
        let mut found = book.finish();
        self.name_people(&mut found, lines);
        let channels = (0..scope.channels()).map(|slot| scope.channel(slot).into()).collect();
        Ok(Some(Explained { range, found, channels, priced }))
    }

    /// Gives the rows of people who are counted once their ids.
    fn name_people(&self, found: &mut Found, lines: Option<&LineTable>) {
        let is_distributor = |leaf| matches!(leaf, Key::Active | Key::Distributors);
        let buyers = found.rows_mut().filter(|(leaf, _)| !is_distributor(*leaf));
        let mut names: HashMap<u32, Box<str>> =
            buyers.filter_map(|(_, row)| Some((row.who?, Box::default()))).collect();
        if !names.is_empty() {
            let mut name = |number: u32, id: &[u8]| {
                if let Some(name) = names.get_mut(&number) {
                    *name = String::from_utf8_lossy(id).into();
                }
            };
            self.persons.each_numbered(&mut name);
            let strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
            let strangers = lines.map_or(&*strangers, |lines| &lines.buyers);
            strangers.each_numbered(|number, id| name(self.world.persons + number, id));
        }
        for (leaf, row) in found.rows_mut() {
            row.id = match row.who {
                None => continue,
                Some(who) if is_distributor(leaf) => self.world.distributors[who as usize].id.clone(),
                Some(who) => names.get(&who).cloned().unwrap_or_default(),
            };
        }
    }

    fn users(&self, scope: &Scope, book: &mut Book) -> Result<(), FileError> {
        if !scope.wants_any(&[Key::NewUsers, Key::Users, Key::AdSpend]) {
            return Ok(());
        }
        let kept = &self.places.users[..];
        let worker = || UserRows { scope, persons: &self.persons, kept, book: book.like() };
        let workers = (0..self.env.threads).map(|_| worker()).collect();
        let parts = self.dir.parts_of(TableName::Users);
        let schema = if self.settings.joined_by_order { UNDATED_USERS } else { users::SCHEMA };
        let (workers, _) = read(schema, parts, self.env, workers)?;
        workers.into_iter().for_each(|w| book.merge(w.book));
        Ok(())
    }

    fn costs(&self, scope: &Scope, book: &mut Book) {
        let nothing = || "".into();
        if scope.wants(Key::AdSpend) {
            // Where each channel has a column, a row has several.
            let part = |place: Place| place.column.filter(|_| self.env.wide_spend.is_some()).unwrap_or(0);
            for (&place, spend) in self.places.ad_spend.iter().zip(&self.world.ad_spend) {
                book.add(at(place, part(place)), &scope.spend(spend), nothing);
            }
        }
        let costs = [
            (Key::TeamCost, &self.places.team_cost, &self.world.team_cost),
            (Key::OtherCost, &self.places.other_cost, &self.world.other_cost),
        ];
        for (leaf, places, costs) in costs.into_iter().filter(|c| scope.wants(c.0)) {
            for (&place, cost) in places.iter().zip(costs) {
                scope.cost(leaf, cost, |event| book.add(at(place, 0), &event, nothing));
            }
        }
    }

    /// Prices per user stand in the settings, not in a table.
    fn prices(&self, scope: &Scope, fold: &Fold, book: &mut Book) -> Vec<Priced> {
        if !scope.wants(Key::AdSpend) {
            return Vec::new();
        }
        let priced = scope.priced(fold);
        for (part, p) in (0..).zip(&priced) {
            let line = self.settings.price_lines.get(&*p.channel).copied();
            let place = Place { file: SETTINGS, line, column: None };
            book.add(at(place, part), &p.event, || format!("cost_per_user.{}", p.channel).into());
        }
        priced
    }

    /// Distributors and adjustments.
    fn people(&self, scope: &Scope, book: &mut Book) -> Result<(), FileError> {
        if scope.wants(Key::Distributors) {
            let parts = self.dir.parts_of(TableName::Distributors);
            let ids = &self.distributors.ids.names;
            let worker = vec![DistributorRows { scope, ids, book: book.like() }];
            let (workers, _) = read(schema::schema(TableName::Distributors), parts, self.env, worker)?;
            workers.into_iter().for_each(|w| book.merge(w.book));
        }
        if scope.wants(Key::Commission) {
            for (&place, a) in self.places.adjustments.iter().zip(&self.world.adjustments) {
                let id = || self.world.distributors[a.distributor as usize].id.clone();
                book.add(at(place, 0), &scope.adjustment(a), id);
            }
        }
        Ok(())
    }

    fn trace_orders(
        &self,
        scope: &Scope,
        shape: Shape,
        fold: &Fold,
        lines: Option<&LineTable>,
        book: &mut Book,
    ) -> Result<(), FileError> {
        let (statuses, parts) = (self.statuses(), self.dir.parts_of(TableName::Orders));
        let lookup = self.lookup(&statuses, shape);
        let traced = match lines {
            Some(lines) => lines::trace(lines, self.env, lookup, scope, book.keep()),
            None => orders::trace(parts, self.env, lookup, scope, book.keep())?,
        };
        let Traced { book: found, places, all } = traced;
        if all != fold.all {
            return Err(FileError { path: shown_path(&self.dir.root), cause: Cause::Changed });
        }
        book.merge(found);
        if scope.wants(Key::Commission) {
            let orders = &fold.distribution;
            scope.lines(orders, |line| {
                let id = orders.id(line.order);
                // The order was met: as many were as there are.
                let Some(place) = places.get(id) else { return };
                let id = || String::from_utf8_lossy(id).into();
                book.add(at(*place, line.level as u32 + 1), &line.event, id);
            });
        }
        let refunds = [Key::Refunds, Key::DistributionRefunds];
        for leaf in refunds.into_iter().filter(|leaf| scope.wants(*leaf)) {
            for (day, amount) in self.refunds.iter().flat_map(|table| table.missing()) {
                let outcome = Outcome::Out(Reason::NoOrder);
                let amount = Money::from(amount);
                let nowhere = At { file: 0, line: 0, part: 0 };
                let event = Event { leaf, outcome, day: Some(day), slot: 0, amount, who: None, refund: None };
                book.add(nowhere, &event, || "".into());
            }
        }
        Ok(())
    }
}

struct UserRows<'a> {
    scope: &'a Scope<'a>,
    persons: &'a Interner,
    /// The place of the row that counts, by the user's number; empty where each has only one.
    kept: &'a [Place],
    book: Book,
}

impl Worker for UserRows<'_> {
    fn row(&mut self, row: &mut Row) {
        let Ok(id) = row.id(schema::users::USER_ID, true) else { return };
        let Some(user) = self.persons.find(id) else { return };
        let is_other = self.kept.get(user as usize).is_some_and(|kept| at(*kept, 0) != at(row.place(), 0));
        let cost = if is_other { row.money(users::COST, false, false).ok().flatten() } else { None };
        let (place, book) = (at(row.place(), 0), &mut self.book);
        let text = || String::from_utf8_lossy(id).into();
        if is_other {
            self.scope.user_again(cost.unwrap_or_default().into(), |event| book.add(place, &event, text));
        } else {
            self.scope.user(user as usize, |event| book.add(place, &event, text));
        }
    }
}

struct DistributorRows<'a> {
    scope: &'a Scope<'a>,
    ids: &'a Interner,
    book: Book,
}

impl Worker for DistributorRows<'_> {
    fn row(&mut self, row: &mut Row) {
        let Ok(id) = row.id(schema::distributors::DISTRIBUTOR_ID, true) else { return };
        let event = self.ids.find(id).and_then(|number| self.scope.distributor(number));
        if let Some(event) = event {
            self.book.add(at(row.place(), 0), &event, || String::from_utf8_lossy(id).into());
        }
    }
}
