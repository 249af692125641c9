//! The bridge: why total profit changed from one period to another, driver by driver and without a remainder.
//!
//! One fixed tree, of the statement's own keys. Total profit is direct profit + distribution profit; these are sums of
//! revenues less costs; and three of those are products:
//!
//! - `traffic.ad_spend` = `new_users` × `cost_per_user`
//! - `direct.revenue` = `users` × `conversion` × `revenue_per_buyer` (= `orders_per_buyer` × `order_value`)
//! - `distribution.revenue` = `distributors` × `active_rate` × `revenue_per_active`
//!
//! A sum's change is its parts' changes. A product's change is split at each link into two, `Δ(n·q) = Δn·q̄ + n̄·Δq` with
//! bars for the mean of both periods: the Shapley value of two factors (L. S. Shapley, "A value for n-person games",
//! 1953). Since `q` is split in its turn, and never all factors at once, drilling down does not change the parent: the
//! Owen value of nested coalitions (G. Owen, "Values of games with a priori unions", 1977). [`Method::Chain`] is the
//! successive substitution of auditors (连环替代法), which depends on the order of the factors.
//!
//! By channel, a product over counts `b` is one over `T = Σₖ bₖ` and the shares `sₖ = bₖ/T`: `X = T · Σₖ sₖ · xₖ`. The
//! effect of `T` stays what it is without channels; what the shares do is the mix, where a channel that is in one period
//! alone stands apart.
//!
//! Effects are on profit: a cost's rise is below zero. Amounts are of 1/10,000 of the currency and of any size; effects
//! are exact rationals, rounded last: to the cent, or to 1/10,000 where an amount has parts of a cent, by largest
//! remainder, so that rows, columns and drill-downs add up as they are shown.

mod aims;
#[cfg(test)]
mod aims_tests;
mod rounding;
mod rows;
mod split;
#[cfg(test)]
mod tests;

pub use aims::{Aims, Unfit};
pub use rows::{Kind, Row};

use crate::date::Month;
use crate::figures::{Figure, Key, Sums};
use crate::money::Money;
use crate::payout::{Broken, prove};
use crate::pnl::Column;
use crate::targets::Targets;
use crate::world::{SHARED, UNKNOWN};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use rounding::rounded;
use rows::{PRODUCTS, Product};
use split::{Chain, Exact, Links, exact};

/// How the change of a product is shared out among its factors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// The other factor at the mean of both periods. Reversing the periods flips every sign.
    #[default]
    Shapley,
    /// One factor after the other in the order of the tree (连环替代法): those before it as they are after the change,
    /// those behind it as they were before.
    Chain,
}

impl Method {
    pub const ALL: [Method; 2] = [Method::Shapley, Method::Chain];

    pub const fn name(self) -> &'static str {
        match self {
            Method::Shapley => "shapley",
            Method::Chain => "chain",
        }
    }
}

/// A ratio that is undefined in one of the periods, so that the other's value is taken and its effect is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    pub row: Row,
    /// Undefined in the second period, not in the first.
    pub in_after: bool,
}

/// The bridge of everything or of one channel.
#[derive(Clone, Debug)]
pub struct Part {
    /// `None` for everything.
    pub channel: Option<Box<str>>,
    pub before: Sums,
    /// Of targets the amounts alone.
    pub after: Sums,
    /// Where it is no period at which the bridge arrives.
    pub aims: Option<Aims>,
    effects: [Money; Row::ALL.len()],
    /// In the order of the rows; of everything: only where channels do not tell it.
    pub taken: Vec<Taken>,
}

impl Part {
    fn new(channel: Option<Box<str>>, before: Sums, after: Sums) -> Part {
        let effects = [Money::ZERO; Row::ALL.len()];
        Part { channel, before, after, aims: None, effects, taken: Vec::new() }
    }

    fn to(channel: Option<Box<str>>, before: Sums, aims: Aims) -> Part {
        let assumed = Taken { row: Row::OrdersPerBuyer, in_after: true };
        let taken = aims.orders_as_they_were.then_some(assumed).into_iter().collect();
        let after = aims.amounts();
        Part { taken, aims: Some(aims), ..Part::new(channel, before, after) }
    }

    /// What the row's change did to profit: above zero is favourable, whatever rose or fell.
    pub fn effect(&self, row: Row) -> Money {
        self.effects[row as usize]
    }

    /// The figure of the second period, or the aim.
    pub fn arrived(&self, key: Key) -> Figure {
        self.aims.as_ref().map_or_else(|| key.of(&self.after), |aims| aims.figure(key))
    }

    /// A count before and after.
    fn counts(&self, key: Key) -> [Exact; 2] {
        let count = |s: &Sums| match key.of(s) {
            Figure::Count(n) => exact(n),
            _ => exact(0),
        };
        let after = self
            .aims
            .as_ref()
            .map_or_else(|| count(&self.after), |a| a.value(key).cloned().unwrap_or(exact(0)));
        [count(&self.before), after]
    }

    /// What the statement's figure of a row changed by, where it is money.
    fn change_of(&self, row: Row) -> Option<Money> {
        let of = |s: &Sums| match row.figure()?.of(s) {
            Figure::Money(m) => Some(m),
            _ => None,
        };
        Some(of(&self.after)? - of(&self.before)?)
    }

    /// Sets what a row's amount changed by; its kind says what that does to profit.
    fn set(&mut self, row: Row, change: Money) {
        self.effects[row as usize] = match row.kind() {
            Kind::Income => change,
            Kind::Cost => -change,
        };
    }

    /// Fills the rows that others come to.
    fn add_up(&mut self) {
        // From the deepest up.
        for depth in (0..Row::DEPTH).rev() {
            for row in Row::ALL.iter().filter(|r| r.depth() == depth && r.has_parts()) {
                self.effects[*row as usize] = row.parts().map(|r| self.effect(r)).sum();
            }
        }
    }

    /// Proves that each row of money is what the statements of both periods differ by.
    fn prove(&self) -> Result<(), Broken> {
        for row in Row::ALL {
            let Some(change) = self.change_of(*row) else { continue };
            let on_profit = if row.kind() == Kind::Cost { -change } else { change };
            prove("the effects of an amount = its change", self.effect(*row), on_profit)?;
        }
        Ok(())
    }
}

/// Why total profit changed.
#[derive(Clone, Debug)]
pub struct Bridge {
    pub method: Method,
    /// By channel: one for each, `(shared)` and `(unknown)` last; else empty.
    pub channels: Vec<Part>,
    pub total: Part,
}

/// Splits the change between the columns of two periods; with columns by channel, by channel too. A channel that only
/// one of them has had nothing in the other.
pub fn bridge(before: &[Column], after: &[Column], method: Method) -> Bridge {
    let by_channel = before.iter().chain(after).any(|c| c.channel.is_some());
    assembled(aligned(before, after), by_channel, method)
}

/// Splits what is missing to the targets of a month, or was more. Where nothing was said of orders, orders per buyer
/// are taken to be as they were.
pub fn bridge_to(before: Sums, aims: Aims, method: Method) -> Bridge {
    assembled(vec![Part::to(None, before, aims)], false, method)
}

/// The channels whose targets do not determine the tree, and why.
pub type UnfitChannels = Vec<(Box<str>, Unfit)>;

/// The same by channel: `columns` are a month's, and each channel of them, and each that has a target, needs its own.
///
/// # Errors
/// All channels whose targets do not determine the tree.
pub fn bridge_to_channels(
    columns: &[Column],
    targets: &Targets,
    month: Month,
    method: Method,
) -> Result<Bridge, UnfitChannels> {
    let of_targets = targets.channels_of(month).map(|channel| Column {
        period: "".into(),
        range: None,
        channel: Some(channel.into()),
        sums: Sums::default(),
    });
    let (mut parts, mut unfit) = (Vec::new(), Vec::new());
    for part in aligned(columns, &of_targets.collect::<Vec<_>>()) {
        match Aims::of(targets, month, part.channel.as_deref(), &part.before) {
            Ok(aims) => parts.push(Part::to(part.channel, part.before, aims)),
            Err(why) => unfit.push((part.channel.unwrap_or_default(), why)),
        }
    }
    if unfit.is_empty() { Ok(assembled(parts, true, method)) } else { Err(unfit) }
}

fn assembled(mut parts: Vec<Part>, by_channel: bool, method: Method) -> Bridge {
    for product in &PRODUCTS {
        split(product, &mut parts, method);
    }
    let sum = |of: fn(&Part) -> Sums| parts.iter().map(of).fold(Sums::default(), together);
    let mut total = Part::new(None, sum(|p| p.before), sum(|p| p.after));
    for part in &mut parts {
        for row in [Row::TeamCost, Row::OtherCost, Row::Commission] {
            part.set(row, part.change_of(row).unwrap_or_default());
        }
        part.add_up();
    }
    for row in Row::ALL {
        total.effects[*row as usize] = parts.iter().map(|p| p.effect(*row)).sum();
    }
    let aims = parts.iter().filter_map(|p| p.aims.as_ref());
    if aims.clone().next().is_some() {
        total.aims = Some(Aims::together(aims));
    }
    if !by_channel {
        total.taken = parts.iter().flat_map(|p| p.taken.iter().copied()).collect();
        total.aims = parts.first().and_then(|p| p.aims.clone());
        parts.clear();
    }
    Bridge { method, channels: parts, total }
}

impl Bridge {
    /// Proves that nothing is left over: the effects of everything and of each channel are the changes of the
    /// statement's figures, and the channels are the whole.
    ///
    /// # Errors
    /// [`Broken`]: the program is wrong.
    pub fn prove(&self) -> Result<(), Broken> {
        for part in self.channels.iter().chain([&self.total]) {
            part.prove()?;
        }
        for row in Row::ALL.iter().filter(|_| !self.channels.is_empty()) {
            let sum = self.channels.iter().map(|p| p.effect(*row)).sum();
            prove("the effects of all channels = the effect", sum, self.total.effect(*row))?;
        }
        Ok(())
    }
}

/// Both periods' columns, channel by channel.
fn aligned(before: &[Column], after: &[Column]) -> Vec<Part> {
    let last =
        |channel: &Option<Box<str>>| [SHARED, UNKNOWN].iter().position(|n| channel.as_deref() == Some(*n));
    let mut both: BTreeMap<_, [Sums; 2]> = BTreeMap::new();
    for (period, columns) in [before, after].into_iter().enumerate() {
        for c in columns {
            both.entry((last(&c.channel), c.channel.clone())).or_default()[period] = c.sums;
        }
    }
    both.into_iter().map(|((_, channel), [before, after])| Part::new(channel, before, after)).collect()
}

/// The sums of two channels. A user, buyer or distributor stands in one of them; a buyer of distribution orders may stand
/// in both, is in no row of the bridge, and is not counted.
fn together(mut a: Sums, b: Sums) -> Sums {
    a.merge(&b);
    Sums { distribution_buyers: 0, ..a }
}

/// Splits one product of all parts.
fn split(product: &Product, parts: &mut [Part], method: Method) {
    if parts.is_empty() {
        return;
    }
    let whole =
        [0, 1].map(|side| parts.iter().map(|p| p.counts(product.counts[0])[side].clone()).sum::<Exact>());
    let chain = |part: &Part, side: usize| Chain {
        counts: [whole[side].clone()]
            .into_iter()
            .chain(product.counts.iter().map(|key| part.counts(*key)[side].clone()))
            .collect(),
        amount: (product.amount)([&part.before, &part.after][side]),
    };
    // Base and share stand before the ratios, and what is not split behind them.
    let mut cells = vec![Vec::new(); 2 + product.ratios.len() + 1];
    let (mut sums, mut shares) = (Vec::new(), Vec::new());
    for part in parts.iter_mut() {
        let (before, after) = (chain(part, 0), chain(part, 1));
        let effects = Links { before: &before, after: &after, method }.effects();
        cells.iter_mut().zip(effects.in_order()).for_each(|(row, effect)| row.push(effect));
        shares.push(share(product, &before, &after));
        sums.push(after.amount - before.amount);
        part.taken.extend(taken(product, &before, &after));
    }
    let inner = product.inner.start + 2..product.inner.end + 2;
    let cells = rounded(&cells, inner, &sums);
    for (k, part) in parts.iter_mut().enumerate() {
        let rows = [product.base, shares[k]].into_iter().chain(product.ratios.iter().copied());
        for (row, cells) in rows.chain([product.unsplit]).zip(&cells) {
            part.set(row, cells[k]);
        }
    }
}

/// The row for the effect of a part's share: the mix, or apart where the part is in one period alone.
fn share(product: &Product, before: &Chain, after: &Chain) -> Row {
    match [before, after].map(|chain| chain.counts[1] > exact(0)) {
        [false, true] => product.shares[1],
        [true, false] => product.shares[2],
        _ => product.shares[0],
    }
}

/// The ratios that only one of the periods defines.
fn taken(product: &Product, before: &Chain, after: &Chain) -> impl Iterator<Item = Taken> {
    let (before, after) = (before.defined(), after.defined());
    let inner = product.inner.start;
    let ratios = product.ratios.iter().enumerate().map(|(i, row)| (i + 1, *row));
    // What is drilled down stands before its parts, and is undefined with the first of them.
    let mut ratios: Vec<(usize, Row)> = ratios.collect();
    ratios.splice(inner..inner, product.outer.map(|row| (inner + 1, row)));
    ratios
        .into_iter()
        .filter(move |(link, _)| (before > *link) != (after > *link))
        .map(move |(link, row)| Taken { row, in_after: before > link })
}
