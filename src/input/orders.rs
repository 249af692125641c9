//! `orders`: streamed once, in chunks, by every worker into a fold of its own.

use super::chunks::{Outcome, Rows, Worker, read};
use super::field::id::is_plain;
use super::field::text::CELL_BYTES;
use super::field::{date, money, trim};
use super::intern::{Glance, Interner};
use super::problem::{Code, Detail, Place, Problem};
use super::proof::{Key, Keys, Seen, canonical_number, repeated};
use super::referrals::ReferralTable;
use super::refunds::RefundTable;
use super::schema::orders::{
    AMOUNT, CATEGORY, COMPLETED_AT, GOODS_COST, ORDER_ID, PAID_AT, PRODUCT, REFUND, REFUNDED_AT, SCHEMA,
    STATUS, USER_ID,
};
use super::settings::Selectors;
use super::source::{FileError, Part};
use super::status::{Status, Statuses};
use super::table::{Bad, Env, FileStats, Row};
use super::watch::Watched;
use scrm_core::classify::{Bucket, Buyer};
use scrm_core::date::{Day, Stamp};
use scrm_core::fold::{Context, Fold, NONE, Order};
use scrm_core::money::{Amount, Money};
use scrm_core::why::Asked;
use scrm_core::world::Outside;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// What an order is looked up in.
#[derive(Clone, Copy)]
pub struct Lookup<'a> {
    pub cx: Context<'a>,
    pub persons: &'a Interner,
    pub referrals: &'a ReferralTable,
    pub refunds: Option<&'a RefundTable>,
    pub statuses: &'a Statuses,
    pub selectors: &'a Selectors,
    pub keys: &'a Keys,
    /// Buyers that no table names, where they must be told apart.
    pub strangers: &'a Mutex<Interner>,
    /// The id of the order whose row is to be kept.
    pub watch: Option<&'a [u8]>,
}

struct Reading<'a> {
    at: Lookup<'a>,
    fold: Fold,
    seen: Seen,
    /// Statuses this worker met last, by their text: there are few, and they repeat.
    recent: Option<(Vec<u8>, Status)>,
    /// The refunds of the rows that are looked at together, one row's behind the other's.
    refunds: Vec<(Day, Amount)>,
    ahead: Ahead,
    days: date::Days,
    watched: Option<Watched>,
}

/// What is read ahead for the rows that are looked at together, a list of each kind.
#[derive(Default)]
struct Ahead {
    /// The hash of each row's user.
    hashes: Vec<u64>,
    /// The hash of each row's id, where it is a whole number.
    order_hashes: Vec<u64>,
    /// A first glance at each user, and at each order among the referrals.
    persons: Vec<Glance>,
    orders: Vec<Glance>,
    /// The persons that were found.
    known: Vec<u32>,
}

/// The cells of a row that have a value of their own.
struct Cells {
    paid: Option<Stamp>,
    amount: Amount,
    refund: Option<Amount>,
    refunded: Option<Stamp>,
    status: Option<Status>,
    completed: Option<Stamp>,
    goods_cost: Amount,
}

// Inlined whatever it costs: they stand in the loop over all rows, where calls are felt.
impl Cells {
    #[inline(always)]
    fn is_paid(&self) -> bool {
        self.status.map_or(self.paid.is_some(), Status::is_paid)
    }

    /// All of it is given back, as its status says and no sum does.
    #[inline(always)]
    fn is_given_back(&self) -> bool {
        self.status == Some(Status::Refunded) && self.refund.is_none_or(|r| r.0 == 0)
    }

    /// The refund that the row itself names, on the day on which it is recognised.
    #[inline(always)]
    fn own_refund(&self) -> Option<(Day, Amount)> {
        let day = self.refunded.or(self.paid)?.day;
        let amount =
            if self.is_given_back() { self.amount } else { self.refund.filter(|amount| amount.0 > 0)? };
        Some((day, amount))
    }

    /// The day since which it is complete: one that is by its status alone, since it was paid.
    #[inline(always)]
    fn completed_on(&self) -> Option<Day> {
        let by_status = || self.status.is_some_and(|s| matches!(s, Status::Completed | Status::Refunded));
        self.completed.or_else(|| self.paid.filter(|_| by_status())).map(|s| s.day)
    }
}

/// Whose a row is and what of.
struct Names<'r> {
    id: &'r [u8],
    /// The id, where it is a whole number.
    numeric: Option<u64>,
    user: &'r [u8],
    product: &'r str,
    category: &'r str,
}

/// A row whose cells all have a value and agree, before it is looked up who bought and who sold.
struct Parsed<'r> {
    /// Its number among the rows looked at together.
    row: usize,
    names: Names<'r>,
    paid: Option<Stamp>,
    amount: Amount,
    goods_cost: Amount,
    completed: Option<Day>,
    /// The end of its refunds; they begin where those of the row before end.
    refunds_end: usize,
    buyer: Buyer,
    referred: Option<u32>,
}

impl Worker for Reading<'_> {
    /// First what each row says, then what all of them are looked up in, then the fold.
    fn rows(&mut self, rows: &mut Rows) {
        self.refunds.clear();
        self.ahead.hashes.clear();
        let mut parsed = Vec::with_capacity(rows.len());
        let mut told = FileStats::default();
        for i in 0..rows.len() {
            let quick = self.quick(rows, i, &mut told);
            let Some(p) = quick.or_else(|| rows.sound(i).and_then(|mut row| self.parse(&mut row, i))) else {
                continue;
            };
            self.ahead.hashes.push(self.at.persons.hash(p.names.user));
            parsed.push(p);
        }
        rows.count(&told);
        self.look_up(&mut parsed);
        let mut from = 0;
        for p in &parsed {
            self.order(p, from..p.refunds_end, rows);
            from = p.refunds_end;
        }
    }
}

impl Reading<'_> {
    /// Every cell is read whatever is wrong with the others, so that all that is wrong is said at once.
    fn cells(&mut self, row: &mut Row) -> Result<Cells, Bad> {
        let paid = row.stamp(PAID_AT, false, false);
        let amount = row.money(AMOUNT, true, false);
        let refund = row.money(REFUND, false, false);
        let refunded = row.stamp(REFUNDED_AT, false, false);
        let status = self.status(row);
        let completed = row.stamp(COMPLETED_AT, false, false);
        let goods_cost = row.money(GOODS_COST, false, false);
        Ok(Cells {
            paid: paid?,
            amount: amount?.unwrap_or_default(),
            refund: refund?,
            refunded: refunded?,
            status: status?,
            completed: completed?,
            goods_cost: goods_cost?.unwrap_or_default(),
        })
    }

    fn status(&mut self, row: &mut Row) -> Result<Option<Status>, Bad> {
        let word = row.cell(STATUS);
        if word.is_empty() {
            return Ok(None);
        }
        if let Some((last, status)) = &self.recent
            && last == word
        {
            return Ok(Some(*status));
        }
        match self.at.statuses.find(word) {
            Some(status) => {
                self.recent = Some((word.to_vec(), status));
                Ok(Some(status))
            }
            None => {
                row.text(STATUS)?;
                let words = Status::NAMES.map(String::from).to_vec();
                Err(row.error_with(Code::BadStatus, STATUS, Detail::Expected(words)))
            }
        }
    }

    /// Reads a row whose cells are all written in the plain way; `None` where one is not, or where there is more to
    /// look at, and nothing is noted then. What it reads, [`parse`](Reading::parse) reads alike.
    #[inline(always)]
    fn quick<'r>(&mut self, rows: &Rows<'r, '_>, i: usize, told: &mut FileStats) -> Option<Parsed<'r>> {
        if self.at.refunds.is_some() || self.at.watch.is_some() {
            return None;
        }
        let (cells, layout) = rows.simple(i)?;
        let cell = |column: usize| layout.cell_of(column).map_or(&[][..], |c| cells.cell(c));
        let (id, user) = (cell(ORDER_ID), cell(USER_ID));
        let numeric = canonical_number(id);
        if numeric.is_none() && !is_plain(id) || !user.is_empty() && !is_plain(user) {
            return None;
        }
        let days = &mut self.days;
        let mut stamp = |cell: &[u8]| match cell {
            [] => Some(None),
            cell => days.stamp(cell).filter(|s| s.day <= rows.today()).map(Some),
        };
        let money = |cell: &[u8]| if cell.is_empty() { Some(None) } else { money::plain(cell).map(Some) };
        let (paid, amount, refund) =
            (stamp(cell(PAID_AT))?, money::plain(cell(AMOUNT))?, money(cell(REFUND))?);
        let (refunded, completed) = (stamp(cell(REFUNDED_AT))?, stamp(cell(COMPLETED_AT))?);
        let goods_cost = money(cell(GOODS_COST))?.unwrap_or_default();
        let status = match (cell(STATUS), &self.recent) {
            ([], _) => None,
            (word, Some((last, status))) if last == word => Some(*status),
            _ => return None,
        };
        let c = Cells { paid, amount, refund, refunded, status, completed, goods_cost };
        if c.is_paid() && paid.is_none() || refund.is_some_and(|r| r > amount) {
            return None;
        }
        let (product, category) = self.plain_names(cell(PRODUCT), cell(CATEGORY))?;
        // From here on the row is taken.
        self.seen.add(numeric.map_or_else(|| self.at.keys.of(id).0, Key::Number));
        if let Some((day, amount)) = c.own_refund() {
            self.refunds.push((day, amount));
            self.fold.note_day(day);
        }
        if let Some(paid) = paid {
            let (first, last) = told.span.unwrap_or((paid.day, paid.day));
            told.span = Some((first.min(paid.day), last.max(paid.day)));
        }
        told.rows += 1;
        told.sum += amount;
        Some(self.taken(i, Names { id, numeric, user, product, category }, &c))
    }

    /// Notes the days of a row without a fault; its refunds stand at the end of the list already.
    #[inline(always)]
    fn taken<'r>(&mut self, row: usize, names: Names<'r>, c: &Cells) -> Parsed<'r> {
        if let Some(paid) = c.paid {
            self.fold.note_day(paid.day);
        }
        self.fold.last_completed = self.fold.last_completed.max(c.completed.map(|s| s.day));
        Parsed {
            row,
            names,
            paid: c.paid.filter(|_| c.is_paid()),
            amount: c.amount,
            goods_cost: c.goods_cost,
            completed: c.completed_on(),
            refunds_end: self.refunds.len(),
            buyer: Buyer::Guest,
            referred: None,
        }
    }

    /// The names of product and category, empty where no rate asks for one.
    #[inline]
    fn plain_names<'r>(&self, product: &'r [u8], category: &'r [u8]) -> Option<(&'r str, &'r str)> {
        let Selectors { products, categories, .. } = self.at.selectors;
        if product.len().max(category.len()) > CELL_BYTES {
            return None;
        }
        if products.is_empty() && categories.is_empty() {
            return Some(("", ""));
        }
        let text = |cell: &'r [u8]| std::str::from_utf8(trim(cell)).ok();
        Some((text(product)?, text(category)?))
    }

    /// Reads a row; `None` where something is wrong with it, which is noted.
    #[inline]
    fn parse<'r>(&mut self, row: &mut Row<'r, '_>, number: usize) -> Option<Parsed<'r>> {
        let id = row.id(ORDER_ID, true);
        let mut numeric = None;
        if let Ok(id) = id {
            let (key, own) = self.at.keys.of(id);
            self.seen.add(key);
            if let (Key::Number(n), true) = (key, own) {
                numeric = Some(n);
            }
        }
        let user = row.id(USER_ID, false);
        let cells = self.cells(row);
        let (product, category) = (self.name(row, PRODUCT), self.name(row, CATEGORY));
        let (Ok(id), Ok(user), Ok(c)) = (id, user, cells) else { return None };
        let (Ok(product), Ok(category)) = (product, category) else { return None };
        if c.is_paid() && c.paid.is_none() {
            row.error(Code::PaidWithoutDate, PAID_AT);
        }
        let from = self.refunds.len();
        self.resolve_refunds(row, id, &c);
        if row.bad {
            self.refunds.truncate(from);
            return None;
        }
        let names = Names { id, numeric, user, product, category };
        if self.at.watch == Some(id) {
            self.watch(row, &names, &c);
        }
        self.refunds[from..].iter().for_each(|(day, _)| self.fold.note_day(*day));
        Some(self.taken(number, names, &c))
    }

    /// The name of a product or category. Where no rate asks for one and no order is watched, it is only checked.
    #[inline]
    fn name<'r>(&self, row: &mut Row<'r, '_>, column: usize) -> Result<&'r str, Bad> {
        let Selectors { products, categories, .. } = self.at.selectors;
        if products.is_empty() && categories.is_empty() && self.at.watch.is_none() {
            return row.check_text(column).map(|()| "");
        }
        row.text(column)
    }

    /// Finds buyers and distributors. The tables are far larger than the caches, so all rows wait for their memory
    /// together: each loop does nothing but read, for every row, what the next one needs.
    fn look_up(&mut self, parsed: &mut [Parsed]) {
        let Lookup { persons, referrals, cx, .. } = self.at;
        let Ahead { hashes, order_hashes, persons: ahead, orders, known } = &mut self.ahead;
        order_hashes.clear();
        // An id that is no whole number is looked up by itself.
        order_hashes
            .extend(parsed.iter().map(|p| referrals.orders().hash(p.names.numeric.unwrap_or_default())));
        let lines = persons.touch(hashes) ^ referrals.orders().touch_lines(order_hashes);
        ahead.clear();
        ahead.extend(hashes.iter().map(|hash| persons.glance(*hash)));
        let mut seen = u64::from(lines);
        seen ^= ahead.iter().fold(0u64, |seen, glance| seen ^ u64::from(persons.touch_text(*glance)));
        orders.clear();
        orders.extend(order_hashes.iter().map(|hash| referrals.orders().glance(*hash)));
        seen ^= orders.iter().fold(0, |seen, glance| seen ^ referrals.touch(*glance));
        known.clear();
        for (p, (glance, hash)) in parsed.iter_mut().zip(ahead.iter().zip(&*hashes)) {
            if !p.names.user.is_empty() {
                let found = persons.find_after(*glance, *hash, p.names.user);
                p.buyer = found.map_or(Buyer::Stranger, Buyer::Known);
                known.extend(found);
            }
        }
        seen ^= cx.touch(known);
        for (p, (glance, hash)) in parsed.iter_mut().zip(orders.iter().zip(&*order_hashes)) {
            p.referred = match p.names.numeric {
                Some(numeric) => referrals.of_number(*glance, *hash, numeric),
                None => referrals.of_order(p.names.id),
            };
        }
        std::hint::black_box(seen);
    }

    /// Keeps the row that is asked for, but for what it is looked up in.
    fn watch(&mut self, row: &Row, names: &Names, c: &Cells) {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned().into();
        self.watched = Some(Watched {
            id: text(names.id),
            place: row.place(),
            user: text(names.user),
            asked: Asked { buyer: Buyer::Guest, paid: c.paid.filter(|_| c.is_paid()), referred: None },
            verdict: self.at.cx.world.classify(Buyer::Guest, None, None),
            paid_at: c.paid,
            amount: c.amount,
            status_word: text(row.cell(STATUS)),
            status: c.status,
            completed_at: c.completed,
            product: names.product.into(),
            category: names.category.into(),
        });
    }

    /// Puts an order in its bucket and adds it to the fold.
    fn order(&mut self, p: &Parsed, refunds: Range<usize>, rows: &mut Rows) {
        let verdict = self.at.cx.world.classify(p.buyer, p.paid, p.referred);
        self.outside(p.row, rows, verdict.bucket, p.amount);
        let names = &p.names;
        if self.at.watch == Some(names.id)
            && let Some(watched) = &mut self.watched
        {
            let Parsed { buyer, paid, referred, .. } = *p;
            (watched.asked, watched.verdict) = (Asked { buyer, paid, referred }, verdict);
        }
        let known =
            |map: &std::collections::HashMap<String, u32>, name: &str| map.get(name).copied().unwrap_or(NONE);
        let of_plan = verdict.bucket == Bucket::Distribution;
        let selectors = self.at.selectors;
        let order = Order {
            id: names.id,
            buyer: p.buyer,
            paid: p.paid,
            amount: p.amount,
            refunds: &self.refunds[refunds],
            goods_cost: p.goods_cost,
            completed: p.completed,
            product: if of_plan { known(&selectors.products, names.product) } else { NONE },
            category: if of_plan { known(&selectors.categories, names.category) } else { NONE },
        };
        let stranger =
            || self.at.strangers.lock().unwrap_or_else(PoisonError::into_inner).intern(names.user).0;
        self.fold.add(&self.at.cx, &order, verdict, stranger);
    }

    /// The refunds of a row with the days on which they are recognised, from its own cells or from `refunds`.
    fn resolve_refunds(&mut self, row: &mut Row, id: &[u8], c: &Cells) {
        let from = self.refunds.len();
        let of_table = self.at.refunds.and_then(|t| t.of_order(id));
        match of_table {
            Some(of) => self.refunds.extend_from_slice(&of.refunds),
            None => self.refunds.extend(c.own_refund()),
        }
        let sum: i128 = match of_table {
            Some(_) => self.refunds[from..].iter().map(|r| i128::from(r.1.0)).sum(),
            None => i128::from(c.refund.unwrap_or_default().0),
        };
        if sum > i128::from(c.amount.0) {
            let detail = Detail::Exceeds { refunds: Money(sum), amount: c.amount.into() };
            match of_table.and_then(|of| of.last) {
                None => {
                    row.error_with(Code::RefundExceeds, REFUND, detail);
                }
                Some(place) => {
                    let order = row.place();
                    let make = || Problem::new(Code::RefundExceeds, place).column("amount").value(id);
                    row.problems.error(place, || make().detail(detail).related(order));
                    row.bad = true;
                }
            }
        }
    }

    /// Orders outside the private domain are refused or counted, and said.
    fn outside(&self, row: usize, rows: &mut Rows, bucket: Bucket, amount: Amount) {
        let rules = &self.at.cx.world.rules;
        let (policy, column, error, warning) = match bucket {
            Bucket::UnknownUser => (rules.unknown_user, USER_ID, Code::UnknownUserRefused, Code::UnknownUser),
            Bucket::BeforeJoining => {
                (rules.before_joining, PAID_AT, Code::BeforeJoiningRefused, Code::BeforeJoining)
            }
            _ => return,
        };
        let mut row = rows.row(row);
        if policy == Outside::Error {
            row.error(error, column);
        } else {
            row.warn(warning, column, Some(amount.into()));
        }
    }
}

/// The orders, folded.
pub struct Orders {
    pub fold: Fold,
    pub watched: Option<Watched>,
    pub repeated: Vec<Key>,
    pub outcome: Outcome,
}

/// Reads and folds all orders.
///
/// # Errors
/// [`FileError`].
pub fn orders(parts: &[Part], env: &Env, at: Lookup) -> Result<Orders, FileError> {
    let worker = || Reading {
        at,
        fold: Fold::default(),
        seen: Seen::default(),
        recent: None,
        refunds: Vec::new(),
        ahead: Ahead::default(),
        days: date::Days::default(),
        watched: None,
    };
    let (workers, mut outcome) = read(SCHEMA, parts, env, (0..env.threads).map(|_| worker()).collect())?;
    let mut fold = Fold::default();
    let (mut seen, mut watched) = (Vec::new(), None);
    for w in workers {
        fold.merge(w.fold);
        watched = watched.or(w.watched);
        seen.push(w.seen);
    }
    if let Some(table) = at.refunds {
        if let Some((first, last)) = table.days {
            fold.note_day(first);
            fold.note_day(last);
        }
        table.warn_of_missing(&mut outcome.problems);
        two_sources(&mut outcome);
    }
    at.referrals.warn_of_missing(&mut outcome.problems);
    Ok(Orders { fold, watched, repeated: repeated(seen, env.threads), outcome })
}

/// Refunds stand in `orders` or in `refunds`, not in both.
fn two_sources(outcome: &mut Outcome) {
    let places: Vec<_> =
        outcome.layouts.iter().filter(|l| l.has(REFUND)).map(|l| Place::line(l.file, l.line)).collect();
    for place in places {
        outcome.problems.error(place, || Problem::new(Code::TwoRefundSources, place).column("refund"));
    }
}
