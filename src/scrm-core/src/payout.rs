//! Payouts: what each distributor is owed at the end of a day, and how that came to be.
//!
//! A pure function of the data and the day. Nothing is remembered between runs: what was already paid comes in as
//! payments, so nobody is paid twice. Every result carries its proofs ([`Broken`] where one fails): what people
//! and the house get is what the plan pays for the orders, the accounts are the lines, and what was opened and
//! moved is what was closed.

use crate::commission::{Payee, Terms, each_group};
use crate::date::Day;
use crate::fold::{DistOrders, Fold};
use crate::money::{Amount, Money, Rate, Ratio, UNITS};
use crate::period::Range;
use crate::plan::{Plan, Rule};
use crate::world::{Distributor, Payment, World};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

/// A proof that does not hold: the program is wrong, and its result must not be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// What was to be equal.
    pub what: &'static str,
    pub one: Money,
    pub other: Money,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} against {} (in 1/10,000)", self.what, self.one.0, self.other.0)
    }
}

pub(crate) fn prove(what: &'static str, one: Money, other: Money) -> Result<(), Broken> {
    if one == other { Ok(()) } else { Err(Broken { what, one, other }) }
}

/// Where the commission of a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Owed once it is settled.
    Pending,
    Settled,
    /// Nobody was there or eligible: the company keeps it.
    House,
}

impl State {
    /// The state's name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Settled => "settled",
            State::House => "house",
        }
    }
}

/// One level of one order at the end of a day.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// An index into the distribution orders.
    pub order: usize,
    /// 0 is the first.
    pub level: usize,
    /// Whose the level would be, eligible or not.
    pub holder: Option<u32>,
    pub payee: Payee,
    pub rule: Rule,
    pub rate: Rate,
    pub base: Amount,
    /// The order has several parts with rates of their own; `rule` and `rate` are then those of one of them.
    pub split: bool,
    /// As of [`Share`](crate::commission::Share).
    pub volume: Money,
    /// What the tier adds, in money × rate, before rounding.
    pub addition: i128,
    /// The commission in money × rate, before rounding.
    pub product: i128,
    /// Whole cents.
    pub commission: Money,
    /// The day from which on it is settled; `None` while the order is not complete.
    pub settles: Option<Day>,
    pub state: State,
}

impl Line {
    /// What the tier adds to the commission, in money; `None` where it adds nothing.
    pub fn tier(&self) -> Option<Ratio> {
        let units = i128::from(Rate::SCALE) * i128::from(UNITS);
        Ratio::of(self.addition, units).filter(|_| self.addition != 0)
    }
}

/// The day since which order `i` is complete: where the orders do not say it, the day it was paid.
pub fn complete_since(world: &World, orders: &DistOrders, i: usize) -> Option<Day> {
    let paid = (!world.completion_known).then_some(orders.list[i].paid);
    orders.completed(i).or(paid)
}

/// The day from which on order `i` is settled: it is complete since some day, and the plan's days have passed.
pub fn settles_on(world: &World, plan: &Plan, orders: &DistOrders, i: usize) -> Option<Day> {
    let days = i32::try_from(plan.settle_after_days).unwrap_or(i32::MAX);
    complete_since(world, orders, i).map(|day| day.plus(days))
}

/// Every level of every order paid by the end of `as_of`, both levels of an order one after the other. Returns what
/// [`each_group`] does.
pub fn each_line(
    world: &World,
    plan: &Plan,
    orders: &DistOrders,
    as_of: Day,
    mut sink: impl FnMut(&Line),
) -> u64 {
    each_group(world, plan, orders, |group, _, terms| {
        group.at(as_of, |s| {
            let terms: &Terms = &terms[s.member];
            let settles = settles_on(world, plan, orders, s.order);
            let state = match terms.payee[s.level] {
                Payee::House => State::House,
                Payee::Distributor(_) if settles.is_some_and(|day| day <= as_of) => State::Settled,
                Payee::Distributor(_) => State::Pending,
            };
            sink(&Line {
                order: s.order,
                level: s.level,
                holder: terms.holder[s.level],
                payee: terms.payee[s.level],
                rule: terms.rule[s.level],
                rate: terms.rate[s.level],
                base: s.base,
                split: orders.parts(s.order).len() > 0,
                volume: s.volume,
                addition: s.addition,
                product: s.product,
                commission: Money::from_cents(i128::from(s.cents)),
                settles,
                state,
            });
        });
    })
}

/// All lines in the sequence (paid_at, order_id, level). Order ids must have been kept.
pub fn lines(world: &World, orders: &DistOrders, as_of: Day) -> Vec<Line> {
    lines_of(world, orders, as_of, |_| true)
}

/// Those lines that are `wanted`, in the same sequence.
pub fn lines_of(
    world: &World,
    orders: &DistOrders,
    as_of: Day,
    mut wanted: impl FnMut(&Line) -> bool,
) -> Vec<Line> {
    let mut lines = Vec::new();
    each_line(world, world.rules.plan_or_none(), orders, as_of, |line| {
        if wanted(line) {
            lines.push(*line);
        }
    });
    lines.sort_by(|a, b| {
        let key = |l: &Line| (orders.list[l.order].paid, orders.list[l.order].second);
        let ids = || orders.id(a.order).cmp(orders.id(b.order));
        key(a).cmp(&key(b)).then_with(ids).then(a.level.cmp(&b.level))
    });
    lines
}

/// What stands for one distributor, from which all figures of a payout follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Orders sold as level 1, eligible or not, and their base.
    pub orders: u64,
    pub base: Money,
    /// Commission of both levels that is not settled yet.
    pub pending: Money,
    pub settled: Money,
    pub adjustments: Money,
    /// Gross, failed payments left out.
    pub paid: Money,
}

impl Account {
    /// Commission, adjustments left out: pending + settled.
    pub fn accrued(&self) -> Money {
        self.pending + self.settled
    }

    /// Settled + adjustments − paid. Below zero it is a debt, carried forward.
    pub fn balance(&self) -> Money {
        self.settled + self.adjustments - self.paid
    }

    fn add(&mut self, o: &Account) {
        self.orders += o.orders;
        self.base += o.base;
        self.pending += o.pending;
        self.settled += o.settled;
        self.adjustments += o.adjustments;
        self.paid += o.paid;
    }
}

/// What one distributor is owed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Payout {
    pub account: Account,
    /// The balance where it is above 0 and reaches the plan's minimum, else 0.
    pub payable: Money,
    /// Withheld from what is payable.
    pub tax: Money,
}

impl Payout {
    /// What stays for the next run: balance − payable.
    pub fn carried(&self) -> Money {
        self.account.balance() - self.payable
    }

    /// What is transferred: payable − tax. Below zero where too little was withheld before.
    pub fn net(&self) -> Money {
        self.payable - self.tax
    }
}

/// What everybody is owed at the end of a day.
#[derive(Clone, Debug)]
pub struct Payouts {
    /// Distributors and what they are owed, in byte order of their ids: all that are listed or have any figure.
    pub rows: Vec<(u32, Payout)>,
    pub total: Payout,
    /// The commission of all lines: accrued to distributors and the house's.
    pub lines: Money,
    /// Commission that nobody was eligible for.
    pub house: Money,
    /// Distribution orders of which a level's distributor was not eligible, whenever they were paid.
    pub ineligible: u64,
}

impl Payouts {
    /// What one distributor is owed: nothing, where it has no row.
    pub fn of(&self, world: &World, distributor: u32) -> Payout {
        let id = |n: u32| &world.distributors[n as usize].id;
        let found = self.rows.binary_search_by(|(n, _)| id(*n).cmp(id(distributor)));
        found.map_or_else(|_| Payout::default(), |i| self.rows[i].1)
    }
}

/// The day up to which the data knows anything: the latest of orders, completions, refunds, payments and
/// adjustments, whatever their status. `None` where there is none of them.
pub fn last_day(world: &World, fold: &Fold) -> Option<Day> {
    let payments = world.payments.iter().map(|p| p.day);
    let adjustments = world.adjustments.iter().map(|a| a.day);
    let orders = fold.days.map(|d| d.1).into_iter().chain(fold.last_completed);
    payments.chain(adjustments).chain(orders).max()
}

/// What each distributor is owed at the end of `as_of`.
///
/// # Errors
/// [`Broken`] where a proof fails: the program is wrong.
pub fn payouts(world: &World, orders: &DistOrders, as_of: Day) -> Result<Payouts, Broken> {
    let Ledger { accounts, house, lines, ineligible } = ledger(world, orders, as_of, |_| {})?;
    let min_payout = Money::from(world.rules.plan_or_none().min_payout);
    let payments = Payments::new(world);
    let mut total = Payout::default();
    let mut rows = Vec::new();
    for n in in_byte_order(&world.distributors) {
        let account = accounts[n as usize];
        if account == Account::default() && !world.distributors[n as usize].listed {
            continue;
        }
        let balance = account.balance();
        let reached = balance > Money::ZERO && balance >= min_payout;
        let payable = if reached { balance } else { Money::ZERO };
        let before = world.rules.tax.before(as_of, payments.of(n));
        let tax = world.rules.tax.withhold(payable, &before);
        total.account.add(&account);
        total.payable += payable;
        total.tax += tax;
        rows.push((n, Payout { account, payable, tax }));
    }
    let known = |day: Day| day <= as_of;
    let adjusted = world.adjustments.iter().filter(|a| known(a.day)).map(|a| a.amount.into()).sum();
    let paid = world.payments.iter().filter(|p| known(p.day) && !p.failed).map(|p| p.amount.into());
    prove("adjustments of all distributors = all adjustments", total.account.adjustments, adjusted)?;
    prove("paid to all distributors = all payments", total.account.paid, paid.sum())?;
    let carried = rows.iter().map(|(_, p)| p.carried()).sum::<Money>();
    prove("payable + carried = balance", total.payable + carried, total.account.balance())?;
    prove("commission of all lines = accrued + house", lines, total.account.accrued() + house)?;
    Ok(Payouts { rows, total, lines, house, ineligible })
}

/// The numbers of the distributors in byte order of their ids.
pub fn in_byte_order(distributors: &[Distributor]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..distributors.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| distributors[a as usize].id.cmp(&distributors[b as usize].id));
    order
}

/// All accounts at the end of a day, by the numbers of the distributors.
struct Ledger {
    accounts: Vec<Account>,
    house: Money,
    lines: Money,
    /// As of [`Payouts`].
    ineligible: u64,
}

/// The accounts; `settled` is shown every line that is settled and somebody's.
fn ledger(
    world: &World,
    orders: &DistOrders,
    as_of: Day,
    mut settled: impl FnMut(&Line),
) -> Result<Ledger, Broken> {
    let plan = world.rules.plan_or_none();
    let mut accounts = vec![Account::default(); world.distributors.len()];
    let (mut house, mut all, mut broken) = (Money::ZERO, Money::ZERO, None);
    // Both levels of an order come one after the other: its own proof closes with the second.
    let mut of_order = [Money::ZERO; 3];
    let ineligible = each_line(world, plan, orders, as_of, |line| {
        all += line.commission;
        if line.level == 0 {
            let seller = &mut accounts[orders.list[line.order].distributor as usize];
            seller.orders += 1;
            seller.base += line.base;
            of_order = [Money::ZERO; 3];
        }
        of_order[0] += line.commission;
        match line.payee {
            Payee::House => {
                house += line.commission;
                of_order[1] += line.commission;
            }
            Payee::Distributor(d) => {
                let account = &mut accounts[d as usize];
                of_order[2] += line.commission;
                match line.state {
                    State::Settled => {
                        account.settled += line.commission;
                        settled(line);
                    }
                    _ => account.pending += line.commission,
                }
            }
        }
        if line.level == 1 && of_order[0] != of_order[1] + of_order[2] {
            broken = Some((of_order[0], of_order[1] + of_order[2]));
        }
    });
    if let Some((one, other)) = broken {
        prove("an order's commission = to people + house", one, other)?;
    }
    let people = accounts.iter().map(Account::accrued).sum::<Money>();
    prove("commission of all lines = distributors + house", all, people + house)?;
    for a in world.adjustments.iter().filter(|a| a.day <= as_of) {
        accounts[a.distributor as usize].adjustments += a.amount;
    }
    for p in world.payments.iter().filter(|p| p.day <= as_of && !p.failed) {
        accounts[p.distributor as usize].paid += p.amount;
    }
    // Where no plan pays anybody, it is no matter who may be paid.
    let ineligible = if world.rules.plan.is_some() { ineligible } else { 0 };
    Ok(Ledger { accounts, house, lines: all, ineligible })
}

/// Payments, found by distributor, in the order of their days.
#[derive(Debug)]
pub struct Payments<'a>(Vec<&'a Payment>);

impl<'a> Payments<'a> {
    pub fn new(world: &'a World) -> Payments<'a> {
        let mut list: Vec<&Payment> = world.payments.iter().collect();
        list.sort_by_key(|p| (p.distributor, p.day));
        Payments(list)
    }

    /// All payments to a distributor, failed ones too.
    pub fn of(&self, distributor: u32) -> impl Iterator<Item = &'a Payment> + '_ {
        let from = self.0.partition_point(|p| p.distributor < distributor);
        self.0[from..].iter().take_while(move |p| p.distributor == distributor).copied()
    }
}

/// How the balance of one distributor moved over a range of days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Movement {
    /// The balance before the first day.
    pub opening: Money,
    /// Commission newly settled, or settled and raised.
    pub settled: Money,
    /// Settled before and lowered since, as a figure that is not below 0.
    pub reversed: Money,
    pub adjustments: Money,
    pub paid: Money,
    /// The balance at the end of the last day.
    pub closing: Money,
}

impl Movement {
    fn add(&mut self, o: &Movement) {
        self.opening += o.opening;
        self.settled += o.settled;
        self.reversed += o.reversed;
        self.adjustments += o.adjustments;
        self.paid += o.paid;
        self.closing += o.closing;
    }

    /// opening + settled − reversed + adjustments − paid = closing.
    fn prove(&self) -> Result<(), Broken> {
        let moved = self.opening + self.settled - self.reversed + self.adjustments - self.paid;
        prove("opening + settled − reversed + adjustments − paid = closing", moved, self.closing)
    }
}

/// How all balances moved.
#[derive(Clone, Debug)]
pub struct Movements {
    /// In byte order of the ids: all distributors that are listed or have any figure.
    pub rows: Vec<(u32, Movement)>,
    pub total: Movement,
    /// As of [`Payouts`].
    pub ineligible: u64,
}

/// How each balance moved from the day before `range` begins to its last day: per order, level and payee the
/// difference of what is settled at both ends, and what was adjusted and paid between them.
///
/// # Errors
/// [`Broken`] where a proof fails: the program is wrong.
pub fn movements(world: &World, orders: &DistOrders, range: Range) -> Result<Movements, Broken> {
    let mut moved = vec![Movement::default(); world.distributors.len()];
    // For each order and level what was settled before.
    let mut earlier = vec![Money::ZERO; orders.list.len() * 2];
    let before = ledger(world, orders, range.begin.plus(-1), |line| {
        earlier[line.order * 2 + line.level] = line.commission;
    })?;
    let after = ledger(world, orders, range.end.plus(-1), |line| {
        let Payee::Distributor(d) = line.payee else { return };
        let change = line.commission - earlier[line.order * 2 + line.level];
        let m = &mut moved[d as usize];
        if change > Money::ZERO {
            m.settled += change;
        } else {
            m.reversed += -change;
        }
    })?;
    for (m, (a, b)) in moved.iter_mut().zip(before.accounts.iter().zip(&after.accounts)) {
        (m.opening, m.closing) = (a.balance(), b.balance());
    }
    for a in world.adjustments.iter().filter(|a| range.contains(a.day)) {
        moved[a.distributor as usize].adjustments += a.amount;
    }
    for p in world.payments.iter().filter(|p| range.contains(p.day) && !p.failed) {
        moved[p.distributor as usize].paid += p.amount;
    }
    let mut total = Movement::default();
    let mut rows = Vec::new();
    for n in in_byte_order(&world.distributors) {
        let movement = moved[n as usize];
        movement.prove()?;
        if movement != Movement::default() || world.distributors[n as usize].listed {
            total.add(&movement);
            rows.push((n, movement));
        }
    }
    total.prove()?;
    Ok(Movements { rows, total, ineligible: after.ineligible })
}
