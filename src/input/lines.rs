//! `orders` whose rows are items: all rows of one `order_id` are one order.
//!
//! Lines of an order may lie anywhere, in any file. They are streamed once, by every worker, into a compact record per
//! order ([`shard`]); what the records say is then put in its bucket and folded as whole orders ([`whole`]). This is read
//! before all other tables, and knows nothing of them.

mod conflicts;
mod repeats;
mod shard;
mod whole;

pub use whole::{fold, trace};

use super::after_sale;
use super::chunks::{Outcome, PlainRow, Share, Told, Worker, read};
use super::field::date::{Days, When};
use super::field::id::is_plain;
use super::field::text::CELL_BYTES;
use super::field::{money, trim};
use super::first_orders::FirstOrders;
use super::intern::Interner;
use super::orders::amount::{amount, is_item, worth};
use super::problem::{Code, FileNo, Place};
use super::proof::Keys;
use super::schema::orders::{
    AMOUNT, CATEGORY, COMPLETED_AT, GOODS_COST, ORDER_ID, PAID_AT, PRODUCT, REFUND, REFUNDED_AT, SCHEMA,
    STATUS, USER_ID,
};
use super::settings::{OrderRows, Selectors};
use super::source::{FileError, Part};
use super::status::{Status, Statuses};
use super::table::{Bad, Env, Layout, Row};
use foldhash::fast::RandomState;
use scrm_core::date::Stamp;
use scrm_core::fold::NONE;
use scrm_core::money::Amount;
use shard::{DAY_OF_PAYMENT, GUEST, Joining, Line, NO_DAY, Shard};
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// What lines are read by.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    pub statuses: &'a Statuses,
    pub selectors: &'a Selectors,
    pub rows: OrderRows,
    /// The files whose rows are whole orders.
    pub whole_orders: &'a [FileNo],
    pub keys: &'a Keys,
    /// The id of the order of which more is to be kept.
    pub watch: Option<&'a [u8]>,
}

impl Wanted<'_> {
    fn joining(&self) -> Joining {
        let keep_items = !(self.selectors.products.is_empty() && self.selectors.categories.is_empty());
        Joining { amount_repeats: self.rows.amount_repeats, keep_items }
    }
}

/// What is kept of a line of the order that is asked for.
struct WatchedLine {
    place: Place,
    product: Box<str>,
    category: Box<str>,
    status_word: Box<str>,
    completed: Option<Stamp>,
}

/// All orders, by their lines.
pub struct LineTable {
    shards: Vec<Shard>,
    /// Everybody who bought, by the ids.
    pub buyers: Interner,
    watched: Vec<WatchedLine>,
    /// Some order's id has another likeness than itself.
    unlike: bool,
    pub outcome: Outcome,
    /// How its files are laid out.
    layouts: Vec<Arc<Layout>>,
}

/// So many that two workers seldom want the same one, and each is small.
const SHARDS: usize = 128;

/// What the workers fill together.
struct Shared {
    shards: Vec<Mutex<Shard>>,
    buyers: Mutex<Interner>,
    /// Deals ids to shards.
    dealer: RandomState,
}

struct Reading<'a> {
    wanted: Wanted<'a>,
    shared: &'a Shared,
    days: Days,
    /// The ids of the chunk's lines, of orders and of users, and the lines.
    text: Vec<u8>,
    lines: Vec<OfChunk>,
    watched: Vec<WatchedLine>,
    unlike: bool,
}

/// A line with the places of its ids; without the line where something is wrong with it.
struct OfChunk {
    shard: u32,
    id: Range<usize>,
    user: Range<usize>,
    line: Option<Line>,
}

/// What the cells of a line say that have a value of their own.
#[derive(Default)]
struct Values {
    paid: When,
    amount: Amount,
    worth: Amount,
    refund: Amount,
    refunded: When,
    status: Option<Status>,
    /// An export's word for it is one for closed orders.
    is_closed: bool,
    completed: When,
    goods_cost: Amount,
    /// It says no more of its order than which one it is.
    is_item: bool,
    /// The refund is that of the whole order.
    refund_is_of_order: bool,
}

impl Values {
    fn is_paid(&self) -> bool {
        self.status.map_or(self.paid.is_given(), Status::is_paid)
    }
}

impl Worker for Reading<'_> {
    #[inline(always)]
    fn plain(&mut self, row: &PlainRow) -> Option<Told> {
        let (id, user) = (row.text(ORDER_ID).filter(|id| is_plain(id))?, row.text(USER_ID)?);
        if !user.is_empty() && !is_plain(user) || self.wanted.watch == Some(id) {
            return None;
        }
        let money = |cell: &[u8]| if cell.is_empty() { Some(Amount::ZERO) } else { money::plain(cell) };
        let mut v = Values {
            paid: self.days.read(row.text(PAID_AT)?)?,
            amount: money::plain(row.text(AMOUNT)?)?,
            refund: money(row.text(REFUND)?)?,
            refunded: self.days.read(row.text(REFUNDED_AT)?)?,
            completed: self.days.read(row.text(COMPLETED_AT)?)?,
            goods_cost: money(row.text(GOODS_COST)?)?,
            ..Values::default()
        };
        v.status = match row.text(STATUS)? {
            [] => None,
            word => Some(self.wanted.statuses.at_a_glance(word, row.layout())?),
        };
        let (product, category) = (trim(row.text(PRODUCT)?), trim(row.text(CATEGORY)?));
        let after_today = [v.paid, v.refunded, v.completed].iter().any(|day| day.is_after(row.today));
        let undated = v.is_paid() && !v.paid.is_given();
        // Prices beside an amount are read the strict way.
        let priced = self.wanted.rows.amount_repeats || row.layout().refund_is_of_order();
        if after_today || undated || priced || product.len().max(category.len()) > CELL_BYTES {
            return None;
        }
        self.add(id, user, [product, category], row.place_of(ORDER_ID), Some(&v));
        Some(Told { day: v.paid.day(), amount: v.amount })
    }

    fn row(&mut self, row: &mut Row) {
        let id = row.id(ORDER_ID, true);
        let user = row.id(USER_ID, false);
        let values = self.values(row);
        let (product, category) = (row.text(PRODUCT), row.text(CATEGORY));
        if let Ok(v) = &values
            && v.is_paid()
            && !v.paid.is_given()
        {
            row.error(Code::PaidWithoutDate, PAID_AT);
        }
        let Ok(id) = id else { return };
        let place = row.place_of(ORDER_ID);
        if let (Ok(user), Ok(v), Ok(product), Ok(category), false) =
            (user, values, product, category, row.bad)
        {
            self.add(id, user, [product.as_bytes(), category.as_bytes()], place, Some(&v));
            if self.wanted.watch == Some(id) {
                self.watched.push(WatchedLine {
                    place: row.place(),
                    product: product.into(),
                    category: category.into(),
                    status_word: String::from_utf8_lossy(row.cell(STATUS)).into(),
                    completed: v.completed.stamp(),
                });
            }
        } else {
            self.add(id, &[], [&[], &[]], place, None);
        }
    }

    fn end_of_chunk(&mut self, _of: Share) {
        let whole = |p: PoisonError<_>| p.into_inner();
        let mut buyers = self.shared.buyers.lock().unwrap_or_else(whole);
        for of in &mut self.lines {
            if let Some(line) = of.line.as_mut().filter(|_| !of.user.is_empty()) {
                line.user = buyers.intern(&self.text[of.user.clone()]).0;
            }
        }
        drop(buyers);
        self.lines.sort_unstable_by_key(|of| of.shard);
        for lines in self.lines.chunk_by(|a, b| a.shard == b.shard) {
            let shard = &self.shared.shards[lines[0].shard as usize];
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            for of in lines {
                shard.add(&self.text[of.id.clone()], of.line.as_ref(), self.wanted.joining());
            }
        }
        self.lines.clear();
        self.text.clear();
    }
}

impl Reading<'_> {
    /// Every cell is read whatever is wrong with the others, so that all that is wrong is said at once.
    fn values(&self, row: &mut Row) -> Result<Values, Bad> {
        let OrderRows { refunds: signed, amount_repeats, .. } = self.wanted.rows;
        let is_item = is_item(row, amount_repeats);
        let paid = row.stamp(PAID_AT, false, false);
        let amount = if is_item { Ok(Amount::ZERO) } else { amount(row, signed) };
        let worth = if amount_repeats { worth(row, signed) } else { Ok(None) };
        let refund = row.money(REFUND, false, false);
        let refunded = row.stamp(REFUNDED_AT, false, false);
        let status = self.wanted.statuses.read(row, STATUS);
        let status_read = *status.as_ref().unwrap_or(&None);
        let completed = row.stamp(COMPLETED_AT, false, false);
        let may_return = amount.as_ref().is_ok_and(|amount| amount.0 < 0);
        let goods_cost = row.money(GOODS_COST, false, may_return);
        let refund = match (&amount, refund) {
            (Ok(amount), Ok(refund)) => after_sale::refund(row, refund, *amount, status_read),
            (_, refund) => refund,
        };
        Ok(Values {
            paid: paid?.into(),
            amount: amount?,
            worth: worth?.unwrap_or_default(),
            refund: refund?.unwrap_or_default(),
            refunded: refunded?.into(),
            status: status?,
            is_closed: row.layout.manner.is_some()
                && self.wanted.statuses.find(row.cell(STATUS), row.layout.profile())
                    == Some(Status::Cancelled),
            completed: completed?.into(),
            goods_cost: goods_cost?.unwrap_or_default(),
            is_item,
            refund_is_of_order: row.layout.refund_is_of_order(),
        })
    }

    /// Adds a line to the chunk's; nothing but its order's id where something is wrong with it.
    #[inline]
    fn add(&mut self, id: &[u8], user: &[u8], names: [&[u8]; 2], place: Place, values: Option<&Values>) {
        let mut keep = |text: &[u8]| {
            self.text.extend_from_slice(text);
            self.text.len() - text.len()..self.text.len()
        };
        let (id_text, user) = (keep(id), keep(user));
        let [products, categories] = [&self.wanted.selectors.products, &self.wanted.selectors.categories];
        self.unlike |= !self.wanted.keys.of(id).1;
        let line = values.map(|v| {
            let stamp = v.paid.stamp();
            let refunded = if v.refund.0 > 0 { v.refunded.or(v.paid) } else { v.refunded };
            let on_payment = if v.is_item && v.refund.0 > 0 { DAY_OF_PAYMENT } else { NO_DAY };
            Line {
                user: GUEST,
                day: stamp.map_or(NO_DAY, |s| s.day.0),
                second: stamp.and_then(|s| s.second).map_or(0, |s| s + 1),
                amount: v.amount,
                refund: v.refund,
                refunded: refunded.day().map_or(on_payment, |day| day.0),
                refund_is_of_order: v.refund_is_of_order,
                goods_cost: v.goods_cost,
                completed: v.completed.day().map_or(NO_DAY, |day| day.0),
                status: v.status,
                is_closed: v.is_closed,
                product: number_of(products, names[0]),
                category: number_of(categories, names[1]),
                worth: v.worth,
                is_item: v.is_item,
                file: place.file,
                line: u32::try_from(place.line.unwrap_or(0)).unwrap_or(u32::MAX),
                is_whole: self.wanted.whole_orders.contains(&place.file),
            }
        });
        let shard = (self.shared.dealer.hash_one(id) >> 32) as u32 % SHARDS as u32;
        self.lines.push(OfChunk { shard, id: id_text, user, line });
    }
}

/// The number of a product or category that has a rate of its own.
fn number_of(rates: &HashMap<String, u32>, name: &[u8]) -> u32 {
    if rates.is_empty() {
        return NONE;
    }
    // A name that is no text is no name of a rate; it was checked where it was read.
    let name = std::str::from_utf8(name).unwrap_or_default();
    rates.get(name).copied().unwrap_or(NONE)
}

/// Reads all lines.
///
/// # Errors
/// [`FileError`].
pub fn lines(parts: &[Part], env: &Env, wanted: Wanted) -> Result<LineTable, FileError> {
    let shared = Shared {
        shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        buyers: Mutex::default(),
        dealer: RandomState::default(),
    };
    let worker = || Reading {
        wanted,
        shared: &shared,
        days: Days::default(),
        text: Vec::new(),
        lines: Vec::new(),
        watched: Vec::new(),
        unlike: false,
    };
    let (workers, mut outcome) = read(SCHEMA, parts, env, (0..env.threads).map(|_| worker()).collect())?;
    let unlike = workers.iter().any(|w| w.unlike);
    let mut watched: Vec<WatchedLine> = workers.into_iter().flat_map(|w| w.watched).collect();
    watched.sort_by_key(|line| line.place);
    let Shared { shards, buyers, .. } = shared;
    let mut shards: Vec<Shard> =
        shards.into_iter().map(|s| s.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
    shards.iter_mut().for_each(Shard::sort);
    let buyers = buyers.into_inner().unwrap_or_else(PoisonError::into_inner);
    conflicts::find(parts, env, wanted, &shards, &mut outcome)?;
    repeats::find(parts, env, wanted, &shards, &mut outcome)?;
    Ok(LineTable { shards, buyers, watched, unlike, outcome, layouts: Vec::new() })
}

impl LineTable {
    /// The users' first orders. Orders below zero are none.
    pub fn first_orders(&self) -> FirstOrders {
        let mut first = FirstOrders::default();
        for order in self.shards.iter().flat_map(|shard| &shard.orders).filter(|o| o.is_sound()) {
            if let (Some(paid), true) = (order.paid_at(), order.is_paid() && order.user != GUEST)
                && order.amount().0 >= 0
            {
                first.note(self.buyers.get(order.user), paid.day);
            }
        }
        first
    }
}
