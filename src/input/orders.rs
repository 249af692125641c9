//! `orders`: streamed once, in chunks, by every worker into a fold of its own.

mod abreast;
pub mod amount;
mod plain;
mod strict;
mod trace;

use super::bill::Bill;
use super::chunks::{Outcome, Rows, Share, Worker, read};
use super::field::date::{Days, When};
use super::field::trim;
use super::intern::{IdKey, Interner, Near, same};
use super::machine::{prefetch, scattered};
use super::problem::{Code, FileNo, Place, Problem};
use super::proof::{Key, Keys, Seen, repeated};
use super::referrals::{Marks, ReferralTable};
use super::refunds::RefundTable;
use super::schema::orders::{AMOUNT, CATEGORY, ORDER_ID, PAID_AT, PRODUCT, REFUND, SCHEMA, USER_ID};
use super::settings::{OrderRows, Selectors};
use super::source::{FileError, Part};
use super::status::{Status, Statuses};
use super::table::Env;
use super::watch::Watched;
use scrm_core::classify::{Bucket, Buyer, Verdict};
use scrm_core::date::{Day, Stamp};
use scrm_core::fold::{BuyerBits, Context, DistOrders, Fold, NONE, Order};
use scrm_core::money::Amount;
use scrm_core::why::Asked;
use scrm_core::world::Outside;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
pub use trace::{Trace, Traced, trace};

/// What an order is looked up in.
#[derive(Clone, Copy)]
pub struct Lookup<'a> {
    pub cx: Context<'a>,
    pub persons: &'a Interner,
    pub referrals: &'a ReferralTable,
    pub refunds: Option<&'a RefundTable>,
    pub bill: Option<&'a Bill>,
    pub statuses: &'a Statuses,
    pub selectors: &'a Selectors,
    pub rows: OrderRows,
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
    /// Statuses this worker has met, by their text: there are few, and they repeat.
    recent: Vec<(Vec<u8>, Status)>,
    /// The file of whose words these are.
    file: Option<FileNo>,
    /// The rows that are looked at together, and what else those of them have that have more; for all up to the last
    /// of these.
    parsed: Vec<Parsed>,
    extra: Vec<Extra>,
    /// Those of them that are not plain, and their texts.
    rest: Vec<u32>,
    texts: Texts,
    found: Found,
    /// The refunds of all, one row's behind the other's.
    refunds: Vec<(Day, Amount)>,
    days: Days,
    lanes: Option<Box<abreast::Lanes>>,
    /// The orders of distributors of all workers, each of which keeps its own no longer than a chunk.
    sold: &'a Mutex<DistOrders>,
    /// The referrals whose orders were met.
    met: Marks,
    watched: Option<Watched>,
    /// What each row counts is asked for, and not their sums.
    trace: Option<Trace<'a>>,
    /// Every order is looked at, and none is only added up.
    closely: bool,
}

/// What the cells of a row say that have a value of their own.
#[derive(Default)]
struct Values {
    paid: When,
    amount: Amount,
    refund: Option<Amount>,
    refunded: When,
    status: Option<Status>,
    completed: When,
    goods_cost: Amount,
}

// Inlined whatever it costs: they stand in the loop over all rows, where calls are felt.
impl Values {
    #[inline(always)]
    fn is_paid(&self) -> bool {
        self.status.map_or(self.paid.is_given(), Status::is_paid)
    }

    /// All of it is given back, as its status says and no sum does.
    #[inline(always)]
    fn is_given_back(&self) -> bool {
        self.status == Some(Status::Refunded) && self.refund.is_none_or(|r| r.0 == 0)
    }

    /// The refund that the row itself names, on the day on which it is recognised.
    #[inline(always)]
    fn own_refund(&self) -> Option<(Day, Amount)> {
        let day = self.refunded.or(self.paid).day()?;
        let amount =
            if self.is_given_back() { self.amount } else { self.refund.filter(|amount| amount.0 > 0)? };
        Some((day, amount))
    }

    /// The day since which it is complete: one that is by its status alone, since it was paid.
    #[inline(always)]
    fn completed_on(&self) -> Option<Day> {
        let by_status = || self.status.is_some_and(|s| matches!(s, Status::Completed | Status::Refunded));
        self.completed.day().or_else(|| self.paid.day().filter(|_| by_status()))
    }
}

/// A row whose cells all have a value and agree.
#[derive(Clone, Copy)]
struct Parsed {
    /// Its number among the rows looked at together, or among the strict ones.
    at: u32,
    /// The end of its refunds; they begin where those of the row before end.
    refunds_end: u32,
    user: IdKey,
    /// Its id as it is [spread](Keys::spread), where that is a whole number, else [`NO_NUMBER`] spread.
    spread: u64,
    when: When,
    amount: Amount,
    is_strict: bool,
    kind: Kind,
    has_user: bool,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    NotPaid,
    Paid,
    /// Below zero: no order but a refund.
    Refund,
}

/// No id is this number: those that are numbers have at most 19 digits.
const NO_NUMBER: u64 = u64::MAX;

/// What few rows have.
#[derive(Clone, Copy, Default)]
struct Extra {
    goods_cost: Amount,
    completed: Option<Day>,
}

/// A text among those that are kept of rows that are not plain.
type Piece = Range<usize>;

/// The texts of a row that is not plain.
struct Strict {
    row: u32,
    id: Piece,
    user: Piece,
    product: Piece,
    category: Piece,
}

/// The texts of all rows that are not plain.
#[derive(Default)]
struct Texts {
    strict: Vec<Strict>,
    made: Vec<u8>,
}

impl Texts {
    fn keep(&mut self, text: &[u8]) -> Piece {
        self.made.extend_from_slice(text);
        self.made.len() - text.len()..self.made.len()
    }

    /// The text of a row's cell.
    #[inline]
    fn of<'t>(&'t self, p: &Parsed, column: usize, rows: &Rows<'t, '_>) -> &'t [u8] {
        if !p.is_strict {
            return rows.text(p.at as usize, column);
        }
        let strict = &self.strict[p.at as usize];
        let piece = match column {
            ORDER_ID => &strict.id,
            USER_ID => &strict.user,
            PRODUCT => &strict.product,
            _ => &strict.category,
        };
        &self.made[piece.clone()]
    }
}

/// What the rows are looked up in, and what was found.
#[derive(Default)]
struct Found {
    buyers: Vec<Buyer>,
    /// Who has the key of a buyer with a long id; there is none where no row has one.
    likely_buyers: Vec<Option<u32>>,
    referred: Vec<Option<u32>>,
    /// The orders that may be referred: the key of each among the referrals, its place there, and its own number.
    likely: Vec<(u64, u32, u32)>,
    /// Those of which the first look does not tell.
    further: Vec<u32>,
}

impl Worker for Reading<'_> {
    /// First what each row says, then what all of them are looked up in, then the fold.
    fn rows(&mut self, rows: &mut Rows) {
        let file = Some(rows.layout().file);
        if self.file != file {
            // A profile's words are those of its files.
            self.recent.clear();
            self.file = file;
        }
        self.parsed.clear();
        self.extra.clear();
        self.refunds.clear();
        self.plain_rows(rows);
        self.strict_rows(rows);
        self.look_up(rows);
        self.add_plain();
        let left = std::mem::take(&mut self.found.further);
        for &i in &left {
            self.order(i as usize, rows);
        }
        self.found.further = left;
    }

    fn end_of_chunk(&mut self, of: Share) {
        let own = &mut self.fold.distribution;
        let mut all = self.sold.lock().unwrap_or_else(PoisonError::into_inner);
        all.expect(of.expected(own.list.len() * 9 / 8));
        all.take(own);
    }
}

impl<'a> Reading<'a> {
    fn new(at: Lookup<'a>, buyers: BuyerBits, sold: &'a Mutex<DistOrders>) -> Reading<'a> {
        Reading {
            at,
            fold: Fold::new(buyers),
            seen: Seen::default(),
            recent: Vec::new(),
            file: None,
            parsed: Vec::new(),
            extra: Vec::new(),
            rest: Vec::new(),
            texts: Texts::default(),
            found: Found::default(),
            refunds: Vec::new(),
            days: Days::default(),
            lanes: None,
            sold,
            met: at.referrals.marks(),
            watched: None,
            trace: None,
            closely: at.watch.is_some(),
        }
    }
}

impl Reading<'_> {
    /// Adds a row to those that are looked at together; its refunds stand at the end of their list already.
    #[inline(always)]
    fn take(&mut self, at: u32, is_strict: bool, number: Option<u64>, user: &[u8], v: &Values) {
        let extra = Extra { goods_cost: v.goods_cost, completed: v.completed_on() };
        if extra.goods_cost.0 != 0 || extra.completed.is_some() {
            self.extra.resize(self.parsed.len(), Extra::default());
            self.extra.push(extra);
        }
        self.fold.last_completed = self.fold.last_completed.max(v.completed.day());
        self.parsed.push(Parsed {
            at,
            refunds_end: self.refunds.len() as u32,
            user: self.at.persons.key(user),
            spread: self.at.keys.spread(number.unwrap_or(NO_NUMBER)),
            when: v.paid,
            amount: v.amount,
            is_strict,
            kind: if v.is_paid() { Kind::Paid } else { Kind::NotPaid },
            has_user: !user.is_empty(),
        });
    }

    /// Must this row be looked at more closely, whatever it holds?
    #[inline(always)]
    fn asks_for(&self, id: &[u8]) -> bool {
        self.at.watch == Some(id)
            || self.at.refunds.is_some_and(|refunds| refunds.has(id))
            || self.at.bill.is_some_and(|bill| bill.has(id))
    }

    /// Finds buyers and distributors. Each step asks for the memory that the next one reads: it is far away, and on its
    /// way while other rows are looked at.
    fn look_up(&mut self, rows: &Rows) {
        let Lookup { persons, referrals, cx, .. } = self.at;
        // Loops of their own: a prefetch waits for its page to be found, and only what is near it goes on meanwhile.
        self.parsed.iter().for_each(|p| persons.prefetch(p.user));
        self.parsed.iter().for_each(|p| referrals.prefetch_filter(p.spread));
        self.found.likely_buyers.clear();
        if self.parsed.iter().any(|p| !p.user.is_whole()) {
            self.found.likely_buyers.extend(self.parsed.iter().map(|p| persons.likely(p.user)));
        }
        self.find_likely();
        self.find_buyers(rows);
        self.found.referred.clear();
        self.found.referred.resize(self.parsed.len(), None);
        self.find_referrals();
        for &(_, number, i) in &self.found.likely {
            if number != NONE {
                let distributor = referrals.meet(number, &mut self.met);
                self.found.referred[i as usize] = Some(distributor);
                cx.world
                    .distributors
                    .get(distributor as usize)
                    .into_iter()
                    .for_each(|d| prefetch(&d.own_person));
            }
        }
        let no_number = self.at.keys.spread(NO_NUMBER);
        if self.parsed.iter().any(|p| p.spread == no_number) {
            for (p, referred) in self.parsed.iter().zip(&mut self.found.referred) {
                if p.spread == no_number {
                    *referred = referrals.of_order(self.texts.of(p, ORDER_ID, rows), &mut self.met);
                }
            }
        }
    }

    /// Lists the orders that may be referred. No branch waits for an answer.
    #[inline(never)]
    fn find_likely(&mut self) {
        let (referrals, no_number) = (self.at.referrals, self.at.keys.spread(NO_NUMBER));
        let likely = &mut self.found.likely;
        likely.clear();
        likely.resize(self.parsed.len(), (0, 0, 0));
        let mut count = 0;
        for (i, p) in self.parsed.iter().enumerate() {
            likely[count] = (p.spread, 0, i as u32);
            count += usize::from(referrals.is_likely(p.spread) & (p.spread != no_number));
        }
        likely.truncate(count);
        likely.iter().for_each(|(key, ..)| referrals.prefetch(*key));
    }

    /// The places of the likely referrals, or [`NONE`].
    #[inline(never)]
    fn find_referrals(&mut self) {
        let referrals = self.at.referrals;
        let Found { likely, further, .. } = &mut self.found;
        further.clear();
        for (i, one) in likely.iter_mut().enumerate() {
            one.1 = match referrals.near(one.0) {
                Near::Found(number) => number,
                Near::Nowhere => NONE,
                Near::Further => {
                    further.push(i as u32);
                    NONE
                }
            };
            referrals.prefetch_at(one.1);
        }
        for i in further {
            let one = &mut likely[*i as usize];
            one.1 = referrals.find(one.0).unwrap_or(NONE);
            referrals.prefetch_at(one.1);
        }
    }

    #[inline(never)]
    fn find_buyers(&mut self, rows: &Rows) {
        let Lookup { persons, cx, .. } = self.at;
        let (texts, fold) = (&self.texts, &self.fold);
        let same = |known: &[u8], p: &Parsed| same(known, texts.of(p, USER_ID, rows));
        let known = |person: u32| {
            let (user, bits) = fold.memory_of(cx.world, person);
            user.into_iter().for_each(prefetch);
            bits.into_iter().for_each(prefetch);
            Buyer::Known(person)
        };
        let Found { buyers, likely_buyers, further, .. } = &mut self.found;
        buyers.clear();
        further.clear();
        buyers.extend(self.parsed.iter().enumerate().map(|(i, p)| {
            if !p.has_user {
                return Buyer::Guest;
            }
            if let Some(Some(person)) = likely_buyers.get(i)
                && same(persons.get(*person), p)
            {
                return known(*person);
            }
            match persons.near(p.user, |id| same(id, p)) {
                Near::Found(person) => return known(person),
                Near::Nowhere => {}
                Near::Further => further.push(i as u32),
            }
            Buyer::Stranger
        }));
        for i in further {
            let p = &self.parsed[*i as usize];
            if let Some(person) = persons.find_by(p.user, |id| same(id, p)) {
                buyers[*i as usize] = known(person);
            }
        }
    }

    /// Adds the plain orders to the fold, and lists the others as what is looked at further.
    #[inline(never)]
    fn add_plain(&mut self) {
        let Found { buyers, referred, further, .. } = &mut self.found;
        further.clear();
        let way = if self.closely { None } else { self.fold.at_a_glance(&self.at.cx) };
        let Some(mut way) = way else { return further.extend(0..self.parsed.len() as u32) };
        let mut from = 0;
        for (i, ((p, buyer), referred)) in self.parsed.iter().zip(buyers).zip(referred).enumerate() {
            let refunds = &self.refunds[from..p.refunds_end as usize];
            from = p.refunds_end as usize;
            let added = match (buyer, referred, p.kind, p.when.day()) {
                (Buyer::Known(person), None, Kind::Paid, Some(day)) => {
                    let goods_cost = self.extra.get(i).map_or(Amount::ZERO, |extra| extra.goods_cost);
                    way.add(*person, day, p.amount, goods_cost, refunds)
                }
                _ => false,
            };
            if !added {
                further.push(i as u32);
            }
        }
        way.done();
    }

    /// Puts an order in its bucket and adds it to the fold.
    fn order(&mut self, i: usize, rows: &mut Rows) {
        let p = &{ self.parsed[i] };
        let (buyer, referred) = (self.found.buyers[i], self.found.referred[i]);
        let extra = self.extra.get(i).copied().unwrap_or_default();
        let refunds_from = i.checked_sub(1).map_or(0, |before| self.parsed[before].refunds_end);
        let refunds = &self.refunds[refunds_from as usize..p.refunds_end as usize];
        let paid = if p.kind == Kind::NotPaid { None } else { p.when.stamp() };
        let verdict = self.at.cx.world.classify(buyer, paid, referred);
        if self.trace.is_some() {
            return self.traced(p, i, refunds_from, rows, verdict);
        }
        if matches!(verdict.bucket, Bucket::UnknownUser | Bucket::BeforeJoining) {
            let row = if p.is_strict { self.texts.strict[p.at as usize].row } else { p.at };
            self.outside(row as usize, rows, verdict.bucket, p.amount);
        }
        if let Some(id) = self.at.watch
            && p.is_strict
            && self.texts.of(p, ORDER_ID, rows) == id
            && let Some(watched) = &mut self.watched
        {
            (watched.asked, watched.verdict) = (Asked { buyer, paid, referred }, verdict);
        }
        if let (Kind::Refund, Some(paid)) = (p.kind, paid) {
            return self.refund_row(p, buyer, paid, verdict, rows);
        }
        let (mut id, mut product, mut category) = (&[][..], NONE, NONE);
        if verdict.bucket == Bucket::Distribution {
            if self.at.cx.shape.keep_ids {
                id = self.texts.of(p, ORDER_ID, rows);
            }
            product = self.named(&self.at.selectors.products, p, PRODUCT, rows);
            category = self.named(&self.at.selectors.categories, p, CATEGORY, rows);
        }
        let order = Order {
            id,
            buyer,
            paid,
            amount: p.amount,
            refunds,
            goods_cost: extra.goods_cost,
            completed: extra.completed,
            product,
            category,
        };
        let strangers = self.at.strangers;
        let stranger = || number_of(strangers, self.texts.of(p, USER_ID, rows));
        self.fold.add(&self.at.cx, &order, verdict, stranger);
    }

    /// Adds a row below zero.
    #[inline(never)]
    fn refund_row(&mut self, p: &Parsed, buyer: Buyer, paid: Stamp, verdict: Verdict, rows: &mut Rows) {
        let amount = Amount(-p.amount.0);
        if verdict.bucket == Bucket::Distribution {
            // Only the strict way reads such rows.
            let mut row = rows.row(self.texts.strict[p.at as usize].row as usize);
            row.warn(Code::RefundWithoutCommission, AMOUNT, Some(amount.into()));
        }
        let strangers = self.at.strangers;
        let stranger = || number_of(strangers, self.texts.of(p, USER_ID, rows));
        self.fold.add_refund_row(&self.at.cx, buyer, paid, amount, verdict, stranger);
    }

    /// The number of a product or category that has a rate of its own.
    fn named(&self, rates: &HashMap<String, u32>, p: &Parsed, column: usize, rows: &Rows) -> u32 {
        if rates.is_empty() {
            return NONE;
        }
        // A name that is no text is no name of a rate; it was checked where it was read.
        let name = std::str::from_utf8(trim(self.texts.of(p, column, rows))).unwrap_or_default();
        rates.get(name).copied().unwrap_or(NONE)
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

/// The number of a buyer that no table names.
fn number_of(strangers: &Mutex<Interner>, user: &[u8]) -> u32 {
    strangers.lock().unwrap_or_else(PoisonError::into_inner).intern(user).0
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
pub fn orders(parts: &[Part], env: &Env, at: Lookup, buyers: &BuyerBits) -> Result<Orders, FileError> {
    let sold = Mutex::new(DistOrders::default());
    let worker = || Reading::new(at, buyers.like(scattered(buyers.words())), &sold);
    let (workers, mut outcome) = read(SCHEMA, parts, env, (0..env.threads).map(|_| worker()).collect())?;
    let (mut seen, mut folds, mut watched) = (Vec::new(), Vec::new(), None);
    let mut met = at.referrals.marks();
    for w in workers {
        met = met.join(&w.met);
        watched = watched.or(w.watched);
        seen.push(w.seen);
        folds.push(w.fold);
    }
    // First the proof, whose memory is free then.
    let repeated = repeated(seen, env.threads);
    let merged = folds.into_iter().reduce(|mut all, fold| {
        all.merge(fold);
        all
    });
    let mut fold = merged.unwrap_or_default();
    fold.distribution = sold.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(table) = at.refunds {
        if let Some((first, last)) = table.days {
            fold.note_day(first);
            fold.note_day(last);
        }
        table.warn_of_missing(&mut outcome.problems);
        two_sources(&mut outcome);
    }
    at.referrals.warn_of_missing(&met, &mut outcome.problems);
    Ok(Orders { fold, watched, repeated, outcome })
}

/// Refunds stand in `orders` or in `refunds`, not in both.
pub fn two_sources(outcome: &mut Outcome) {
    let places: Vec<_> =
        outcome.layouts.iter().filter(|l| l.has(REFUND)).map(|l| Place::line(l.file, l.line)).collect();
    for place in places {
        outcome.problems.error(place, || Problem::new(Code::TwoRefundSources, place).column("refund"));
    }
}
