//! Whole orders, put in their buckets and folded.

use super::super::chunks::Outcome;
use super::super::intern::Interner;
use super::super::orders::{Lookup, Orders, Trace, Traced, two_sources};
use super::super::problem::{Code, Detail, Place, Problem, Problems};
use super::super::proof::{Seen, repeated};
use super::super::referrals::Marks;
use super::super::schema::orders::{AMOUNT, GOODS_COST, PAID_AT, REFUND, SCHEMA, USER_ID};
use super::super::status::Status;
use super::super::table::{Env, Layout};
use super::super::watch::Watched;
use super::shard::{GUEST, Item, Order, Refund, Shard};
use super::{LineTable, WatchedLine};
use scrm_core::classify::{Bucket, Buyer, Verdict};
use scrm_core::date::{Day, Stamp};
use scrm_core::explain::Scope;
use scrm_core::fold::{self, BuyerBits, Fold, NONE, OrderPart};
use scrm_core::money::{Amount, Money};
use scrm_core::spread::by_largest_remainder;
use scrm_core::why::Asked;
use scrm_core::world::Outside;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What all orders are folded by.
struct Folding<'a> {
    at: Lookup<'a>,
    buyers: &'a Interner,
    /// From a buyer's number to a person's; [`NONE`] where no table names it.
    persons: Vec<u32>,
    layouts: BTreeMap<u32, Arc<Layout>>,
    watched: &'a [WatchedLine],
}

/// What a worker found.
struct Found<'a> {
    fold: Fold,
    met: Marks,
    problems: Problems,
    watched: Option<Watched>,
    /// An id, and the refunds, parts and parts' refunds of an order.
    text: Vec<u8>,
    refunds: Vec<(Day, Amount)>,
    parts: Vec<OrderPart>,
    part_refunds: Vec<(usize, Day, Amount)>,
    /// Asked for in place of the sums.
    trace: Option<Trace<'a>>,
}

/// Folds all orders of a table. What reading it told is taken out of it.
pub fn fold(table: &mut LineTable, env: &Env, at: Lookup, buyers: &BuyerBits) -> Orders {
    let nothing = Outcome::nothing(env);
    let mut outcome = std::mem::replace(&mut table.outcome, nothing);
    let LineTable { shards, unlike, layouts, .. } = &mut *table;
    *layouts = outcome.layouts.clone();
    let unlike = *unlike;
    let seen = if unlike { vec![seen(shards, &at)] } else { Vec::new() };
    let all = each(table, env, at, buyers, || None);
    let (mut fold, mut met, mut watched) = (None::<Fold>, at.referrals.marks(), None);
    for found in all {
        met = met.join(&found.met);
        watched = watched.or(found.watched);
        outcome.problems.merge(found.problems);
        match &mut fold {
            Some(fold) => fold.merge(found.fold),
            none => *none = Some(found.fold),
        }
    }
    let mut fold = fold.unwrap_or_default();
    finish(&mut fold, &at, &met, &mut outcome);
    // No id stands twice; but some may look alike.
    let repeated = repeated(seen, env.threads);
    Orders { fold, watched, repeated, outcome }
}

/// What all orders of a table count in the figures of a scope; each stands at its first line.
pub fn trace(table: &LineTable, env: &Env, at: Lookup, scope: &Scope, keep: usize) -> Traced {
    let all = each(table, env, at, &BuyerBits::default(), || Some(Trace::new(scope, keep)));
    let mut traced = Trace::new(scope, keep).found;
    all.into_iter().filter_map(|found| found.trace).for_each(|trace| traced.join(trace.found));
    traced
}

/// Has all orders looked at, by every worker; what each found.
fn each<'t>(
    table: &LineTable,
    env: &Env,
    at: Lookup,
    buyers: &BuyerBits,
    trace: impl Fn() -> Option<Trace<'t>> + Sync,
) -> Vec<Found<'t>> {
    let LineTable { shards, buyers: ids, watched, layouts, .. } = table;
    let number = |n: u32| at.persons.find(ids.get(n)).unwrap_or(NONE);
    let folding = Folding {
        at,
        buyers: ids,
        persons: (0..ids.len() as u32).map(number).collect(),
        layouts: layouts.iter().map(|l| (l.file, l.clone())).collect(),
        watched,
    };
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Found {
            trace: trace(),
            fold: Fold::new(buyers.clone()),
            met: at.referrals.marks(),
            problems: Problems::new(env.max_errors),
            watched: None,
            text: Vec::new(),
            refunds: Vec::new(),
            parts: Vec::new(),
            part_refunds: Vec::new(),
        };
        while let Some(shard) = shards.get(next.fetch_add(1, Ordering::Relaxed)) {
            for (n, order) in shard.orders.iter().enumerate().filter(|(_, o)| o.is_sound()) {
                folding.order(shard, n, order, &mut found);
            }
        }
        found
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (1..env.threads).map(|_| scope.spawn(work)).collect();
        let others = running.into_iter().map(|t| t.join().unwrap_or_else(|p| std::panic::resume_unwind(p)));
        [work()].into_iter().chain(others).collect()
    })
}

fn finish(fold: &mut Fold, at: &Lookup, met: &Marks, outcome: &mut Outcome) {
    if let Some(table) = at.refunds {
        if let Some((first, last)) = table.days {
            fold.note_day(first);
            fold.note_day(last);
        }
        table.warn_of_missing(&mut outcome.problems);
        two_sources(outcome);
    }
    at.referrals.warn_of_missing(met, &mut outcome.problems);
}

/// The keys of all ids.
fn seen(shards: &[Shard], at: &Lookup) -> Seen {
    let (mut seen, mut text) = (Seen::default(), Vec::new());
    for shard in shards {
        for order in &shard.orders {
            seen.add(at.keys.of(shard.id(order, &mut text)).0);
        }
    }
    seen
}

impl Folding<'_> {
    /// Puts an order in its bucket and adds it to the fold.
    fn order(&self, shard: &Shard, n: usize, order: &Order, found: &mut Found) {
        let mut text = std::mem::take(&mut found.text);
        let id = shard.id(order, &mut text);
        if let Some(whole) = self.whole(shard, n, order, id, found) {
            if let Some(bill) = self.at.bill {
                let given_back = found.refunds.iter().map(|(_, amount)| (*amount).into()).sum();
                bill.meet(id, if order.is_paid() { order.amount().into() } else { Money::ZERO }, given_back);
            }
            let referred = self.referred(order, id, found);
            self.add(shard, n, order, id, &whole, referred, found);
        }
        found.text = text;
    }

    /// What the lines of an order come to, its refunds with the days on which they are recognised; `None` where
    /// something is wrong with it, which is noted.
    fn whole(&self, shard: &Shard, n: usize, order: &Order, id: &[u8], found: &mut Found) -> Option<Whole> {
        let refunds = &mut found.refunds;
        refunds.clear();
        let of_table = self.at.refunds.and_then(|t| t.of_order(id));
        let all = shard.refunds_of(n);
        let once = match once(all) {
            Ok(once) => once,
            Err((one, other)) => {
                self.refunds_differ(order, one, other, &mut found.problems);
                return None;
            }
        };
        let own = || once.as_slice().iter().chain(all.iter().filter(|r| !r.is_of_order || r.amount.0 == 0));
        let given: i128 = own().map(|r| i128::from(r.amount.0)).sum();
        match of_table {
            Some(of) => refunds.extend_from_slice(&of.refunds),
            // An order below zero is itself what was given back.
            None if order.amount().0 < 0 => {}
            None if order.status() == Some(Status::Refunded) && given == 0 => {
                // All of it, since the last day that a line names.
                let last = own().map(|r| r.day).max().or(order.paid_at().map(|s| s.day));
                refunds.extend(last.map(|day| (day, order.amount())));
            }
            None => refunds.extend(own().filter(|r| r.amount.0 > 0).map(|r| (r.day, r.amount))),
        }
        let goods_cost = shard.goods_cost(n);
        let sum = if of_table.is_some() { refunds.iter().map(|r| i128::from(r.1.0)).sum() } else { given };
        let bad = if !order.is_in_range() || goods_cost.abs() > i128::from(Amount::MAX.0) {
            Some((Code::MoneyRange, AMOUNT, Detail::None))
        } else if sum > i128::from(order.amount().0.max(0)) {
            let detail = Detail::Exceeds { refunds: Money(sum), amount: order.amount().into() };
            Some((Code::RefundExceeds, REFUND, detail))
        } else if goods_cost < 0 && order.amount().0 >= 0 {
            Some((Code::Negative, GOODS_COST, Detail::None))
        } else {
            None
        };
        let Some((code, column, detail)) = bad else {
            return Some(Whole {
                goods_cost: Amount(goods_cost as i64),
                of_no_line: of_table.is_some() || once.is_some(),
            });
        };
        let (place, name) = self.cell(order, column);
        let (place, name, related) = match of_table.and_then(|of| of.last) {
            Some(last) if code == Code::RefundExceeds => (last, "amount".into(), Some(order.place())),
            _ => (place, name, None),
        };
        found.problems.error(place, || {
            let p = Problem::new(code, place).column(name).detail(detail);
            related.into_iter().fold(p, Problem::related)
        });
        None
    }

    /// Refuses an order whose lines say each something else of what was given back of all of it.
    fn refunds_differ(&self, order: &Order, one: Amount, other: Amount, problems: &mut Problems) {
        let (place, name) = self.cell(order, REFUND);
        let detail = Detail::Totals { stated: one.into(), ours: other.into() };
        problems.error(place, || Problem::new(Code::ConflictingLine, place).column(name).detail(detail));
    }

    /// Where a column of an order's first line stands, and its name.
    fn cell(&self, order: &Order, column: usize) -> (Place, String) {
        let place = order.place();
        match self.layouts.get(&place.file) {
            Some(layout) => {
                (layout.place(place.line.unwrap_or(0), layout.cell_of(column)), layout.name_of(column).into())
            }
            None => (place, SCHEMA.columns[column].name.into()),
        }
    }

    fn referred(&self, order: &Order, id: &[u8], found: &mut Found) -> Option<u32> {
        let referrals = self.at.referrals;
        match Shard::number(order).map(|number| referrals.key(number)) {
            Some(key) if !referrals.is_likely(key) => None,
            Some(key) => referrals.find(key).map(|number| referrals.meet(number, &mut found.met)),
            None => referrals.of_order(id, &mut found.met),
        }
    }

    #[allow(clippy::too_many_arguments)] // an order, and all that was found out about it
    fn add(
        &self,
        shard: &Shard,
        n: usize,
        order: &Order,
        id: &[u8],
        whole: &Whole,
        referred: Option<u32>,
        found: &mut Found,
    ) {
        let buyer = match order.user {
            GUEST => Buyer::Guest,
            user => match self.persons[user as usize] {
                NONE => Buyer::Stranger,
                person => Buyer::Known(person),
            },
        };
        let completed = shard.completed(n);
        order.paid_at().into_iter().for_each(|paid| found.fold.note_day(paid.day));
        found.refunds.iter().for_each(|(day, _)| found.fold.note_day(*day));
        found.fold.last_completed = found.fold.last_completed.max(completed);
        let cx = &self.at.cx;
        let paid = order.paid_at().filter(|_| order.is_paid());
        let verdict = cx.world.classify(buyer, paid, referred);
        let stranger = || order.user;
        if found.trace.is_some() {
            return self.traced(order, id, whole, (buyer, paid, verdict), found);
        }
        if matches!(verdict.bucket, Bucket::UnknownUser | Bucket::BeforeJoining) {
            self.outside(order, verdict.bucket, &mut found.problems);
        }
        if self.at.watch == Some(id) {
            found.watched = self.watch(order, id, Asked { buyer, paid, referred }, verdict);
        }
        if let (true, Some(paid)) = (order.amount().0 < 0, paid) {
            let amount = Amount(-order.amount().0);
            if verdict.bucket == Bucket::Distribution {
                self.warn(Code::RefundWithoutCommission, AMOUNT, order, amount, &mut found.problems);
            }
            return found.fold.add_refund_row(cx, buyer, paid, amount, verdict, stranger);
        }
        let by_status = matches!(order.status(), Some(Status::Completed | Status::Refunded));
        let parts = match verdict.bucket {
            Bucket::Distribution => {
                split(shard.items_of(n), order, self.at.rows.amount_repeats, whole, found)
            }
            _ => 0,
        };
        let (product, category) = match &found.parts[..] {
            [only] if parts == 1 => (only.product, only.category),
            _ => (NONE, NONE),
        };
        let order = fold::Order {
            id: if cx.shape.keep_ids { id } else { &[] },
            buyer,
            paid,
            amount: order.amount(),
            refunds: &found.refunds,
            goods_cost: whole.goods_cost,
            completed: completed.or(paid.map(|p| p.day).filter(|_| by_status)),
            product,
            category,
        };
        found.fold.add(cx, &order, verdict, stranger);
        if parts > 1 {
            found.fold.distribution.split_last(&found.parts, &found.part_refunds);
        }
    }

    /// Takes what an order counts in place of adding it to the sums.
    fn traced(
        &self,
        order: &Order,
        id: &[u8],
        whole: &Whole,
        (buyer, paid, verdict): (Buyer, Option<Stamp>, Verdict),
        found: &mut Found,
    ) {
        let Some(trace) = &mut found.trace else { return };
        if !whole.of_no_line {
            // Lines come in any order.
            found.refunds.sort_unstable_by_key(|(day, amount)| (*day, amount.0));
        }
        let told = fold::Order {
            id,
            buyer,
            paid,
            amount: order.amount(),
            refunds: &found.refunds,
            goods_cost: whole.goods_cost,
            completed: None,
            product: NONE,
            category: NONE,
        };
        trace.row(&self.at, order.place(), &told, order.amount().0 < 0, verdict, || order.user);
    }

    /// Orders outside the private domain are refused or counted, and said.
    fn outside(&self, order: &Order, bucket: Bucket, problems: &mut Problems) {
        let rules = &self.at.cx.world.rules;
        let (policy, column, error, warning) = match bucket {
            Bucket::UnknownUser => (rules.unknown_user, USER_ID, Code::UnknownUserRefused, Code::UnknownUser),
            _ => (rules.before_joining, PAID_AT, Code::BeforeJoiningRefused, Code::BeforeJoining),
        };
        if policy == Outside::Error {
            let (place, name) = self.cell(order, column);
            problems
                .error(place, || Problem::new(error, place).column(name).value(&self.shown(order, column)));
        } else {
            self.warn(warning, column, order, order.amount(), problems);
        }
    }

    fn warn(&self, code: Code, column: usize, order: &Order, amount: Amount, problems: &mut Problems) {
        let (place, name) = self.cell(order, column);
        problems.warn_at(code, place, Some(amount.into()), || {
            let p = Problem::new(code, place).column(name);
            // Of an amount no line says what the order has.
            if column == AMOUNT { p } else { p.value(&self.shown(order, column)) }
        });
    }

    /// What an order says in the column of its user or its date.
    fn shown(&self, order: &Order, column: usize) -> Vec<u8> {
        match (column, order.user) {
            (USER_ID, GUEST) => Vec::new(),
            (USER_ID, user) => self.buyers.get(user).to_vec(),
            _ => order.paid_at().map(|s| s.to_string()).unwrap_or_default().into_bytes(),
        }
    }

    /// Keeps the order that is asked for.
    fn watch(&self, order: &Order, id: &[u8], asked: Asked, verdict: Verdict) -> Option<Watched> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned().into();
        let names = |of: fn(&WatchedLine) -> &str| {
            let mut names: Vec<&str> = Vec::new();
            for name in self.watched.iter().map(of).filter(|name| !name.is_empty()) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names.join(" + ").into()
        };
        let word = self.watched.iter().map(|l| &l.status_word).find(|word| !word.is_empty());
        Some(Watched {
            id: text(id),
            place: self.watched.first()?.place,
            user: text(&self.shown(order, USER_ID)),
            asked,
            verdict,
            paid_at: order.paid_at(),
            amount: order.amount(),
            status_word: word.cloned().unwrap_or_default(),
            status: order.status(),
            completed_at: self.watched.iter().filter_map(|l| l.completed).max_by_key(|s| s.order_key()),
            product: names(|l| &l.product),
            category: names(|l| &l.category),
        })
    }
}

/// What was given back of a whole order, once, on the last day that a line says; else two amounts that differ.
fn once(refunds: &[Refund]) -> Result<Option<Refund>, (Amount, Amount)> {
    let said = || refunds.iter().filter(|r| r.is_of_order && r.amount.0 > 0);
    let amounts = || said().map(|r| r.amount);
    match (amounts().min(), amounts().max()) {
        (Some(least), Some(most)) if least != most => Err((least, most)),
        _ => Ok(said().max_by_key(|r| r.day).copied()),
    }
}

/// What the lines of an order come to.
struct Whole {
    goods_cost: Amount,
    /// Its refunds are those of the whole order, and of no single line.
    of_no_line: bool,
}

/// The parts of an order with rates of their own, and how many there are: its items by product and category. Where the
/// order's amount stands on each line, it is split over the parts by what their prices say they are worth, or by the
/// number of their lines.
fn split(items: &[Item], order: &Order, amount_repeats: bool, whole: &Whole, found: &mut Found) -> usize {
    let (parts, refunds) = (&mut found.parts, &mut found.part_refunds);
    parts.clear();
    refunds.clear();
    let mut weights: Vec<[i128; 2]> = Vec::new();
    for same in items.chunk_by(|a, b| (a.product, a.category) == (b.product, b.category)) {
        let sum = |of: fn(&Item) -> i64| same.iter().map(|i| i128::from(of(i))).sum::<i128>();
        let amount = |units: i128| Amount(i64::try_from(units).unwrap_or(Amount::MAX.0));
        let part = parts.len();
        if !whole.of_no_line && !order.is_returned_as_a_whole() {
            refunds.extend(same.iter().filter_map(|i| i.refund).map(|(day, back)| (part, day, back)));
        }
        weights.push([sum(|i| i.worth.0).max(0), same.len() as i128]);
        parts.push(OrderPart {
            product: same[0].product,
            category: same[0].category,
            amount: amount(sum(|i| i.amount.0)),
            goods_cost: amount(sum(|i| i.goods_cost.0)),
        });
    }
    if amount_repeats {
        let by = |n: usize| weights.iter().map(|w| w[n]).collect::<Vec<_>>();
        let split = by_largest_remainder(order.amount().into(), &by(0));
        let split = split.or_else(|| by_largest_remainder(order.amount().into(), &by(1)));
        for (part, amount) in parts.iter_mut().zip(split.unwrap_or_default()) {
            part.amount = Amount(amount.0 as i64);
        }
    }
    parts.len()
}
