//! Random worlds: small, valid, deterministic in their seed, with every feature that `pnl` and `payouts` know.
//!
//! What the contract leaves open is not drawn: a `refunded_at` without any refund, a refund row of 0, a channel with a
//! reserved name, a payment with more tax than it holds.

use super::payouts;
use super::pnl::{Options, columns};
use super::{
    Adjustment, Base, Binding, Cost, Day, Distributor, Manner, Order, Payment, Plan, Q, Rate, Referrals,
    Refund, RefundRow, Rounding, Selector, Settings, Spend, Stamp, Status, Tax, User, When, World, manner, q,
};
use jiff::ToSpan;

/// SplitMix64: every seed gives a stream of its own.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` up to and including `high`.
    pub fn within(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).expect("low is not above high");
        low + i64::try_from(self.next() % span).expect("is below the span")
    }

    pub fn chance(&mut self, percent: i64) -> bool {
        self.within(1, 100) <= percent
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let at = self.within(0, of.len() as i64 - 1);
        &of[at as usize]
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.within(0, at as i64) as usize);
        }
    }

    pub fn maybe<T>(&mut self, percent: i64, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.chance(percent).then(|| make(self))
    }
}

/// A world in the making: what its tables are drawn from.
struct Maker {
    r: Random,
    start: Day,
    days: i64,
    /// Few round amounts, so that sums stand on the steps of tiers and halves of a cent are met.
    round: bool,
    /// How many times as much everything costs as in a small shop: a tax has steps that few reach.
    scale: i64,
    channels: Vec<String>,
    users: Vec<String>,
    listed: Vec<String>,
    /// Listed and not.
    sellers: Vec<String>,
}

/// A world of any kind.
pub fn world(seed: u64) -> World {
    let mut world = usual(seed);
    // Drawn apart, so that all else of a world is the same.
    manner::draw(&mut world, &mut Random::new(seed ^ 0x00ac_0e4e_d04d));
    world
}

/// A world in which no setting says what a row of users or ad spend is.
pub fn usual(seed: u64) -> World {
    let mut r = Random::new(seed);
    let start = Day::constant(2023, 1, 1) + r.within(0, 1_000).days();
    let days = *r.pick(&[10, 40, 100, 250, 420]);
    let names = ["douyin", "wechat", "小红书", "Weibo, ads", "the \"old\" shop", ""];
    let mut channels: Vec<String> = names.iter().map(ToString::to_string).collect();
    r.shuffle(&mut channels);
    channels.truncate(r.within(1, 5) as usize);
    let users = (0..r.within(3, 30)).map(|n| format!("{:03}", n * 7)).collect();
    let round = r.chance(40);
    let scale = *r.pick(&[1, 1, 1, 100, 1_000]);
    let (listed, sellers) = (Vec::new(), Vec::new());
    let mut maker = Maker { r, start, days, round, scale, channels, users, listed, sellers };
    maker.people();
    let mut world = maker.world();
    maker.pay(&mut world);
    maker.adjust_to_a_step(&mut world);
    maker.pay_from_a_balance(&mut world);
    // Drawn apart, so that all else of a world is the same with such rows and without.
    maker.r = Random::new(seed ^ 0x5eed_0f4e_f04d);
    if maker.r.chance(40) {
        maker.give_back(&mut world);
    }
    world
}

impl Maker {
    fn world(&mut self) -> World {
        let has_goods = self.r.chance(50);
        let refund_rows = self.r.chance(40);
        let users: Vec<User> = self.users.clone().into_iter().map(|id| self.user(id)).collect();
        let mut distributors = self.distributors();
        let with_status = self.r.chance(75);
        let mut orders = self.orders(&users, has_goods, with_status);
        let referrals = self.referrals(&mut orders);
        let refunds = self.refunds(&mut orders, refund_rows);
        let has_completed = self.r.chance(55);
        orders.iter_mut().filter(|_| has_completed).for_each(|o| o.completed = self.completion(o));
        self.come_and_go_with(&orders, &mut distributors);
        World {
            users,
            distributors,
            has_goods,
            // Now and then a column that no row fills.
            has_status: with_status || self.r.chance(25),
            has_completed,
            refunds,
            orders,
            refund_rows: None,
            items: Vec::new(),
            referrals,
            manner: Manner::default(),
            spend: self.spend(),
            team: self.costs(),
            other: self.costs(),
            adjustments: self.adjustments(),
            payments: Vec::new(),
            settings: self.settings(),
        }
    }

    /// Rows below zero: of users and strangers and guests, some of them referred, some not paid.
    fn give_back(&mut self, world: &mut World) {
        let mut rows = Vec::new();
        for n in 0..self.r.within(0, 9) {
            let user = match self.r.within(1, 10) {
                1 => String::new(),
                2 => format!("stranger{}", self.r.within(1, 5)),
                _ => self.r.pick(&world.users).id.clone(),
            };
            let (paid, amount) = (self.stamp(12), self.amount(90));
            let status = if world.has_status { self.status() } else { None };
            let row = RefundRow { id: format!("C{n}"), user, paid: Some(paid), amount, status };
            if let Referrals::ByOrder(referred) = &mut world.referrals
                && !self.sellers.is_empty()
                && self.r.chance(40)
            {
                referred.push((row.id.clone(), self.r.pick(&self.sellers).clone()));
            }
            rows.extend((row.amount > q(0)).then_some(row));
        }
        world.refund_rows = Some(rows);
    }

    fn people(&mut self) {
        for n in 0..self.r.within(0, 6) {
            // Some distributors have a user's id: that user is their own.
            let id = if self.r.chance(25) { self.users[n as usize % 3].clone() } else { format!("d{n}") };
            if !self.listed.contains(&id) {
                self.listed.push(id);
            }
        }
        self.sellers = self.listed.clone();
        self.sellers.extend((0..self.r.within(0, 2)).map(|n| format!("x{n}")));
        // An unlisted one that has a user's id.
        let own = self.users.last().expect("has users").clone();
        if self.r.chance(30) && !self.sellers.contains(&own) {
            self.sellers.push(own);
        }
    }

    fn day(&mut self, slack: i64) -> Day {
        self.start + self.r.within(-slack, self.days + slack).days()
    }

    fn stamp(&mut self, slack: i64) -> Stamp {
        let day = self.day(slack);
        let timed = self.r.chance(50);
        let (h, m, s) = match self.r.within(0, 3) {
            0 => (0, 0, 0),
            1 => (23, 59, 59),
            _ => (self.r.within(0, 23), self.r.within(0, 59), self.r.within(0, 59)),
        };
        let at = if timed { day.at(h as i8, m as i8, s as i8, 0) } else { day.at(0, 0, 0, 0) };
        Stamp { at, timed }
    }

    fn amount(&mut self, top: i64) -> Q {
        if self.round && self.r.chance(97) {
            return q(*self.r.pick(&[1, 1, 2, 3, 4]) * 500_000 * self.scale);
        }
        let top = top * self.scale;
        q(match self.r.within(1, 20) {
            1 => 0,
            2..=8 => self.r.within(1, top) * 10_000,
            9..=16 => self.r.within(1, top * 100) * 100,
            17 => self.r.within(1, 100),
            _ => self.r.within(1, top * 10_000),
        })
    }

    fn user(&mut self, id: String) -> User {
        let (acquired, channel) = (self.day(0), self.r.pick(&self.channels).clone());
        let bought = self.r.chance(30);
        User { id, acquired, channel, cost: bought.then(|| self.amount(9)) }
    }

    fn orders(&mut self, users: &[User], has_goods: bool, with_status: bool) -> Vec<Order> {
        let most = *self.r.pick(&[0, 20, 50, 80]);
        let early = *self.r.pick(&[0, 10, 40]);
        let mut orders: Vec<Order> = Vec::new();
        for n in 0..self.r.within(most / 2, most) {
            let mut order = self.order(n, users, has_goods, with_status, early);
            let day = orders.last().and_then(|o| o.paid.as_ref()).map(Stamp::day);
            if let (Some(day), Some(paid)) = (day.filter(|_| self.r.chance(30)), &mut order.paid) {
                // Several on a day, so that their times and ids decide a sequence.
                paid.at = day.to_datetime(paid.at.time());
            }
            orders.push(order);
        }
        orders
    }

    /// `early` percent of what was drawn before its user's joining stays there.
    fn order(&mut self, n: i64, users: &[User], has_goods: bool, with_status: bool, early: i64) -> Order {
        let buyer = self.r.pick(users).clone();
        let mut paid = self.stamp(12);
        if paid.day() < buyer.acquired && !self.r.chance(early) {
            paid.at = (buyer.acquired + self.r.within(0, 40).days()).to_datetime(paid.at.time());
        }
        let user = match self.r.within(1, 20) {
            1 => String::new(),
            2 | 3 => format!("stranger{}", self.r.within(1, 3)),
            _ => buyer.id,
        };
        let amount = self.amount(500);
        let goods = self.r.maybe(70, |r| part(&amount, r.within(0, 13_000))).filter(|_| has_goods);
        let status = if with_status { self.status() } else { None };
        let may_lack_date = matches!(status, None | Some(Status::Unpaid | Status::Cancelled));
        Order {
            // Not in byte order of their making.
            id: format!("o{}", n * 37 % 101),
            user,
            paid: if may_lack_date && self.r.chance(25) { None } else { Some(paid) },
            amount,
            refund: None,
            refunded_at: None,
            status,
            completed: None,
            product: self.r.pick(&["", "SKU-1", "SKU-2", "茶"]).to_string(),
            category: self.r.pick(&["", "tea", "cup"]).to_string(),
            goods,
        }
    }

    /// Mostly some days after the payment; now and then before it, or of an order that nobody paid.
    fn completion(&mut self, o: &Order) -> Option<Stamp> {
        let mut stamp = self.stamp(30);
        if let Some(paid) = &o.paid {
            let days = if self.r.chance(8) { self.r.within(-9, 0) } else { self.r.within(0, 25) };
            stamp.at = (paid.day() + days.days()).to_datetime(stamp.at.time());
        }
        let likely = if o.paid.is_some() { 65 } else { 20 };
        self.r.maybe(likely, |_| stamp)
    }

    fn status(&mut self) -> Option<Status> {
        use Status::{Cancelled, Completed, Paid, Refunded, Shipped, Unpaid};
        let all = [Paid, Paid, Shipped, Completed, Completed, Completed, Refunded, Unpaid, Cancelled];
        let drawn = *self.r.pick(&all);
        self.r.maybe(85, |_| drawn)
    }

    /// In the orders' own columns, or in a table where an order may have several.
    fn refunds(&mut self, orders: &mut [Order], in_rows: bool) -> Option<Vec<Refund>> {
        let often = *self.r.pick(&[10, 30, 60]);
        let mut rows = Vec::new();
        for o in orders.iter_mut() {
            let on = o.paid.as_ref().map_or(self.start, Stamp::day) + self.r.within(-2, 70).days();
            let some = o.amount > q(0) && self.r.chance(often);
            let third = part(&o.amount, 3_333);
            let count = if some && in_rows && third > q(0) { self.r.within(1, 3) } else { 0 };
            for _ in 0..count {
                let day = on + self.r.within(0, 40).days();
                rows.push(Refund { order: o.id.clone(), day, amount: third.clone() });
            }
            if some && !in_rows {
                let share = if self.r.chance(50) { 10_000 } else { self.r.within(1, 10_000) };
                o.refund = Some(part(&o.amount, share));
            }
            if !in_rows && !some && o.status == Some(Status::Refunded) {
                // A refund of 0 says no more than none.
                o.refund = self.r.maybe(50, |_| q(0));
            }
            let given = o.refund.as_ref().is_some_and(|r| *r > q(0));
            if given || (o.status == Some(Status::Refunded) && count == 0) {
                o.refunded_at = self.r.maybe(70, |_| on);
            }
        }
        if in_rows && self.r.chance(30) {
            rows.push(Refund { order: "nowhere".into(), day: self.day(30), amount: q(30_000) });
        }
        in_rows.then_some(rows)
    }

    fn spend(&mut self) -> Vec<Spend> {
        let mut channels = self.channels.clone();
        channels.push("tiktok".into());
        let n = *self.r.pick(&[0, 3, 15]);
        let spend = |_| {
            let (day, channel) = (self.day(12), self.r.pick(&channels).clone());
            Spend { day, channel, amount: self.amount(90) }
        };
        (0..n).map(spend).collect()
    }

    fn costs(&mut self) -> Vec<Cost> {
        let mut channels = self.channels.clone();
        channels.push("office".into());
        let shared = *self.r.pick(&[20, 60, 100]);
        let n = *self.r.pick(&[0, 2, 6]);
        let cost = |_| {
            let day = self.day(5);
            let when = if self.r.chance(60) { When::Month(day.first_of_month()) } else { When::Day(day) };
            let no_channel = self.r.chance(shared);
            let channel = if no_channel { String::new() } else { self.r.pick(&channels).clone() };
            Cost { when, channel, amount: self.amount(900) }
        };
        (0..n).map(cost).collect()
    }

    fn distributors(&mut self) -> Vec<Distributor> {
        let mut all: Vec<Distributor> = Vec::new();
        for id in self.listed.clone() {
            let user = match self.r.within(1, 10) {
                1..=5 => self.r.pick(&self.users).clone(),
                6 => "stranger1".into(),
                _ => String::new(),
            };
            // An upline that stands above in the list, so that none turns in a circle; or one nobody listed.
            let above: Vec<&str> = all.iter().map(|d| d.id.as_str()).chain(["x0", ""]).collect();
            let upline = self.r.pick(&above).to_string();
            let joined = if self.r.chance(50) { Some(self.day(20)) } else { None };
            let left = if self.r.chance(25) { Some(self.day(20)) } else { None };
            let left = left.map(|l| l.max(joined.unwrap_or(l)));
            let grade = self.r.pick(&["", "gold", "silver"]).to_string();
            all.push(Distributor { id, user, joined, left, grade, upline });
        }
        all
    }

    /// Moves some distributors' first and last days to the very day of an order.
    fn come_and_go_with(&mut self, orders: &[Order], distributors: &mut [Distributor]) {
        let days: Vec<Day> = orders.iter().filter_map(|o| o.paid.as_ref()).map(Stamp::day).collect();
        for d in distributors.iter_mut().filter(|_| !days.is_empty()) {
            let day = *self.r.pick(&days);
            match self.r.within(1, 6) {
                1 => d.joined = Some(d.left.map_or(day, |left| left.min(day))),
                2 | 3 => d.left = Some(d.joined.map_or(day, |joined| joined.max(day))),
                _ => {}
            }
        }
    }

    fn referrals(&mut self, orders: &mut [Order]) -> Referrals {
        let kind = self.r.within(1, 10);
        if self.sellers.is_empty() || kind == 1 {
            return Referrals::Absent;
        }
        if kind > 5 {
            return Referrals::ByBinding(self.bindings(orders));
        }
        let often = *self.r.pick(&[20, 50, 90]);
        let mut rows = vec![("nowhere".to_string(), self.sellers[0].clone())];
        for o in orders.iter() {
            let row = (o.id.clone(), self.r.pick(&self.sellers).clone());
            let times = if self.r.chance(5) { 2 } else { 1 };
            if self.r.chance(often) {
                rows.extend(std::iter::repeat_n(row, times));
            }
        }
        Referrals::ByOrder(rows)
    }

    fn bindings(&mut self, orders: &mut [Order]) -> Vec<Binding> {
        let mut rows: Vec<Binding> = Vec::new();
        for user in self.users.clone().into_iter().chain(["stranger1".into(), "stranger2".into()]) {
            for _ in 0..*self.r.pick(&[0, 1, 1, 2]) {
                let bound = self.stamp(20);
                let mut end = self.stamp(20);
                end.at = (bound.day() + self.r.within(0, 120).days()).to_datetime(end.at.time());
                let expires = if self.r.chance(50) { None } else { Some(end) };
                let distributor = self.r.pick(&self.sellers).clone();
                let binding = Binding { user: user.clone(), distributor, bound, expires };
                if self.r.chance(20) {
                    // A tie, perhaps between midnight and a stamp without a time.
                    let mut twin = binding.clone();
                    twin.distributor = self.r.pick(&self.sellers).clone();
                    twin.bound.timed |= self.r.chance(30);
                    rows.push(twin);
                }
                rows.push(binding);
            }
        }
        // Orders on the very day, the very moment or the last day of a binding.
        for o in orders.iter_mut().filter(|o| o.paid.is_some()) {
            if !rows.is_empty() && self.r.chance(25) {
                let b = self.r.pick(&rows).clone();
                o.paid = Some(b.expires.filter(|_| self.r.chance(50)).unwrap_or(b.bound));
                o.user = b.user;
            }
        }
        rows
    }

    fn adjustments(&mut self) -> Vec<Adjustment> {
        let mut people = self.sellers.clone();
        people.push("nobody".into());
        let n = *self.r.pick(&[0, 0, 3, 8]);
        let adjustment = |_| {
            let sign = if self.r.chance(30) { q(-10_000) } else { q(10_000) };
            let (distributor, day) = (self.r.pick(&people).clone(), self.day(20));
            Adjustment { distributor, day, amount: self.amount(40) * sign }
        };
        (0..n).map(adjustment).collect()
    }

    /// As a company pays: what is due on some days, or something like it; and payments that nothing explains.
    fn pay(&mut self, world: &mut World) {
        let mut days: Vec<Day> = (0..*self.r.pick(&[0, 1, 3, 5])).map(|_| self.day(30)).collect();
        days.sort();
        for day in days {
            // What is due today knows what was paid before.
            for (id, payable, tax) in payouts::due(world, day) {
                if self.r.chance(80) {
                    let amount = if self.r.chance(75) { payable } else { part(&payable, 7_777) };
                    let tax = self.r.maybe(80, |_| tax.min(amount.clone()));
                    let failed = self.r.chance(15);
                    world.payments.push(Payment { distributor: id, day, amount, tax, failed });
                }
            }
        }
        let mut people = self.sellers.clone();
        people.extend(["nobody".into(), "x0".into()]);
        for _ in 0..*self.r.pick(&[0, 0, 1, 3]) {
            let (id, day) = (self.r.pick(&people).clone(), self.day(40));
            let payment = self.payment(id, day);
            world.payments.push(payment);
        }
        let often = if world.settings.tax == Tax::Platform { 80 } else { 30 };
        if self.r.chance(often) {
            let id = self.r.pick(&people).clone();
            self.pay_month_by_month(id, world);
        }
    }

    fn payment(&mut self, distributor: String, day: Day) -> Payment {
        let amount = if self.scale > 1 && self.r.chance(60) {
            // Near the steps of the taxes.
            q(*self.r.pick(&[800, 801, 4_000, 4_001, 6_250, 10_000, 25_000, 62_500, 80_000]) * 10_000)
        } else {
            self.amount(60)
        };
        let share = *self.r.pick(&[0, 300, 1_600, 2_000, 4_000]);
        let tax = self.r.maybe(60, |_| part(&amount, share));
        Payment { distributor, day, amount, tax, failed: self.r.chance(15) }
    }

    /// Up to two payments in each of the last months, so that there are gaps and a new year's beginning.
    fn pay_month_by_month(&mut self, id: String, world: &mut World) {
        let last = payouts::days(world).into_iter().max().unwrap_or(self.start);
        let months = self.r.within(2, 18);
        let mut month = last.first_of_month() - months.months();
        for _ in 0..months + self.r.within(0, 1) {
            for _ in 0..*self.r.pick(&[0, 1, 1, 2]) {
                let day = month + self.r.within(0, 27).days();
                world.payments.push(self.payment(id.clone(), day));
            }
            month += 1.month();
        }
    }

    /// Now and then one who was paid before is owed an amount that stands on a step of a tax, or next to nothing.
    fn adjust_to_a_step(&mut self, world: &mut World) {
        let Some(last) = payouts::days(world).into_iter().max() else { return };
        if world.payments.is_empty() || world.settings.tax == Tax::None || self.r.chance(40) {
            return;
        }
        // The last is one who was paid month by month, if anybody was.
        let paid = if self.r.chance(60) { world.payments.last() } else { None };
        let distributor = paid.unwrap_or_else(|| self.r.pick(&world.payments)).distributor.clone();
        if self.r.chance(50) {
            // Too little was withheld from this, so that the tax may be more than what is paid now.
            let most = *self.r.pick(&[10_000, 90_000, 300_000, 500_000, 800_000, 1_000_000, 1_500_000]);
            let (distributor, amount) = (distributor.clone(), q(self.r.within(most / 2, most) * 10_000));
            world.payments.push(Payment { distributor, day: last, amount, tax: None, failed: false });
        }
        let owed = *self
            .r
            .pick(&[1, 10, 20, 100, 300, 800, 801, 4_000, 4_001, 6_250, 10_000, 25_000, 30_000, 62_500]);
        // Some in the month of the last payment, some in a later one.
        let day = last + self.r.pick(&[0, 0, 0, 1, 12]).days();
        let amount = q(owed * 10_000) - payouts::balance(world, &distributor, day);
        world.adjustments.push(Adjustment { distributor, day, amount });
    }

    /// Now and then somebody's balance is just enough to be paid, or not quite.
    fn pay_from_a_balance(&mut self, world: &mut World) {
        let Some(last) = payouts::days(world).into_iter().max() else { return };
        let people = payouts::everybody(world);
        let balances = people.iter().map(|id| payouts::balance(world, id, last));
        let balances: Vec<Q> = balances.filter(|b| *b > q(0)).collect();
        if let (Some(plan), true) = (&mut world.settings.plan, !balances.is_empty() && self.r.chance(35)) {
            plan.min_payout = self.r.pick(&balances) + q(*self.r.pick(&[0, 0, 1, 100]));
        }
    }

    fn settings(&mut self) -> Settings {
        let zones = [("Asia/Shanghai", 480), ("UTC", 0), ("Asia/Kolkata", 330), ("Pacific/Kiritimati", 840)];
        let mut prices = Vec::new();
        for channel in self.channels.clone().into_iter().filter(|c| !c.is_empty()) {
            if self.r.chance(30) {
                prices.push((channel, q(*self.r.pick(&[85_000, 12_345, 700]))));
            }
        }
        Settings {
            zone: *self.r.pick(&zones),
            unknown_user_is_direct: self.r.chance(50),
            before_joining_is_direct: self.r.chance(50),
            refunds_on_order: self.r.chance(30),
            prices,
            plan: if self.r.chance(90) { Some(self.plan()) } else { None },
            tax: *self.r.pick(&[Tax::None, Tax::Labour, Tax::Platform]),
        }
    }

    fn rate(&mut self, top: i64) -> Q {
        q(if self.r.chance(50) { self.r.within(0, top) * 100 } else { self.r.within(0, top * 100) })
    }

    fn levels(&mut self) -> Vec<Q> {
        (0..*self.r.pick(&[1, 2, 2, 2])).map(|_| self.rate(15)).collect()
    }

    fn plan(&mut self) -> Plan {
        let mut steps: Vec<i64> =
            (0..*self.r.pick(&[0, 0, 1, 2, 3])).map(|_| self.r.within(0, 900)).collect();
        if self.round {
            steps = (0..self.r.within(0, 3)).map(|_| self.r.within(0, 6) * 50).collect();
        }
        steps.sort_unstable();
        steps.dedup();
        Plan {
            levels: if self.r.chance(93) { self.levels() } else { Vec::new() },
            base: *self.r.pick(&[Base::Net, Base::Net, Base::Paid, Base::Margin]),
            last_binding_wins: self.r.chance(40),
            pays_self_purchase: self.r.chance(40),
            rounding: *self.r.pick(&[Rounding::HalfUp, Rounding::HalfEven, Rounding::Down]),
            whole: self.r.chance(50),
            tiers: steps.into_iter().map(|from| (q(from * 10_000 * self.scale), self.rate(8))).collect(),
            rates: self.rates(),
            settle_after_days: *self.r.pick(&[0, 0, 1, 7, 7, 15, 40]),
            min_payout: q(*self.r.pick(&[0, 100, 100_000, 100_000, 500_000])),
        }
    }

    fn rates(&mut self) -> Vec<Rate> {
        let mut selectors: Vec<Selector> = ["SKU-1", "茶"].map(|p| Selector::Product(p.into())).into();
        selectors.extend(["tea", "cup"].map(|c| Selector::Category(c.into())));
        selectors.extend(["gold", "silver"].map(|g| Selector::Grade(g.into())));
        selectors.extend(self.sellers.iter().map(|d| Selector::Distributor(d.clone())));
        selectors.push(Selector::Default);
        let often = *self.r.pick(&[0, 20, 60]);
        let mut rates = Vec::new();
        for selector in selectors {
            let cut = self.day(0);
            let then = cut + self.r.within(1, 90).days();
            let spans: &[_] = match self.r.within(0, 4) {
                0 => &[(None, None)],
                1 => &[(Some(cut), None)],
                2 => &[(Some(cut), Some(then))],
                3 => &[(None, Some(cut)), (Some(cut), None)],
                _ => &[(Some(then), None), (None, Some(cut))],
            };
            if self.r.chance(often) {
                let rate = |&(from, until)| (selector.clone(), from, until);
                for (selector, from, until) in spans.iter().map(rate) {
                    rates.push(Rate { selector, from, until, levels: self.levels() });
                }
            }
        }
        rates
    }
}

/// So many 1/10,000 of an amount, down to 0.0001.
pub fn part(amount: &Q, share: i64) -> Q {
    let units = amount * q(share) * q(100_000_000);
    units.floor() / q(100_000_000)
}

/// Options for a report on the world; now and then a range that holds no day.
pub fn options(world: &World, r: &mut Random) -> Options {
    let whole = columns(world, &Options::default()).expect("a world has days");
    let (first, after) = (whole[0].1, whole[0].2);
    let length = i64::from((after - first).get_days());
    let flag = *r.pick(&[None, Some('D'), Some('W'), Some('M'), Some('M'), Some('Q'), Some('Y')]);
    // A day per column over years would only be slow.
    let flag = if flag == Some('D') && length > 130 { Some('W') } else { flag };
    let begin = r.maybe(25, |r| first + r.within(-3, length - 1).days());
    let end = r.maybe(25, |r| first + r.within(1, length + 3).days());
    let by_channel = r.chance(60);
    let allocate = r.maybe(60, |r| *r.pick(&["users", "revenue", "revenue", "spend", "orders"]));
    let allocate = allocate.filter(|_| by_channel);
    Options { flag, begin, end, by_channel, allocate, cohort: r.chance(35) }
}

/// A day on which something happens or settles, or the day before or after.
pub fn moment(world: &World, r: &mut Random) -> Day {
    let days = payouts::days(world);
    let day = if days.is_empty() { Day::constant(2024, 2, 29) } else { *r.pick(&days) };
    let wait = if r.chance(40) { world.plan().settle_after_days } else { 0 };
    day + (wait + r.within(-1, 1)).days()
}

/// A range of days for a movement: whole months, a few days, or long.
pub fn range(world: &World, r: &mut Random) -> (Day, Day) {
    let (a, b) = (moment(world, r), moment(world, r));
    let (begin, end) = (a.min(b), a.max(b));
    match r.within(0, 2) {
        0 => (begin.first_of_month(), begin.first_of_month() + r.within(1, 3).months()),
        1 => (begin, begin + r.within(1, 9).days()),
        _ => (begin, end + 1.day()),
    }
}
