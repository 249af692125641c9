//! Section 3: the bucket of each order, and where in channels and cohorts everything stands.

use super::{
    Binding, Cost, Day, Distributor, NEVER, Order, Q, Referrals, RefundRow, Stamp, Status, When, World, q,
};
use jiff::ToSpan;
use num_bigint::BigInt;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bucket {
    NotPaid,
    Distribution,
    UnknownUser,
    BeforeJoining,
    Direct,
}

/// The channel something stands in, and the day that puts it into a cohort: none where the user is not known.
#[derive(Clone, Debug)]
pub struct Place {
    pub channel: String,
    pub cohort: Option<Day>,
}

/// An order of bucket distribution (with a distributor) or direct (without).
#[derive(Debug)]
pub struct Sale<'w> {
    pub order: &'w Order,
    pub paid: &'w Stamp,
    pub distributor: Option<String>,
    pub place: Place,
    /// A buyer without an id is one buyer per order.
    pub buyer: String,
    pub refunds: Vec<(Day, Q)>,
}

/// A refund that is a row of its own and names no order, of bucket distribution (with a distributor) or direct.
#[derive(Debug)]
pub struct Returned {
    pub day: Day,
    pub amount: Q,
    pub distributor: Option<String>,
    pub place: Place,
    pub user: String,
}

/// One of the pool: a user, or one whom the settings count as one.
#[derive(Debug)]
pub struct Member {
    pub joined: Day,
    pub channel: String,
    pub cost: Q,
}

/// A distributor as counted, in its place.
#[derive(Debug)]
pub struct Seller {
    pub joined: Option<Day>,
    pub left: Option<Day>,
    pub place: Place,
}

impl World {
    pub fn distributor(&self, id: &str) -> Option<&Distributor> {
        self.distributors.iter().find(|d| d.id == id)
    }

    /// A distributor's own user: its `user_id`, else the user of the same id.
    fn own_user(&self, distributor: &str) -> Option<&str> {
        match self.distributor(distributor) {
            Some(d) if !d.user.is_empty() => Some(&d.user),
            _ => self.users.iter().find(|u| u.id == distributor).map(|u| u.id.as_str()),
        }
    }

    /// The one in force at `paid` that wins.
    fn bound<'w>(&self, bindings: &'w [Binding], user: &str, paid: &Stamp) -> Option<&'w str> {
        let last = self.settings.plan.as_ref().is_some_and(|p| p.last_binding_wins);
        let running = |b: &&Binding| b.expires.as_ref().is_none_or(|e| runs(paid, e));
        let mine = bindings.iter().filter(|b| !user.is_empty() && b.user == user);
        let in_force: Vec<_> = mine.filter(|b| begun(&b.bound, paid)).filter(running).collect();
        let moments = in_force.iter().map(|b| b.bound.at);
        let best = if last { moments.max() } else { moments.min() }?;
        in_force.into_iter().filter(|b| b.bound.at == best).map(|b| b.distributor.as_str()).min()
    }

    pub fn winner(&self, o: &Order, paid: &Stamp) -> Option<String> {
        let named = match &self.referrals {
            Referrals::Absent => None,
            Referrals::ByOrder(rows) => rows.iter().find(|r| r.0 == o.id).map(|r| r.1.as_str()),
            Referrals::ByBinding(rows) => self.bound(rows, &o.user, paid),
        }?;
        let pays_self = self.settings.plan.as_ref().is_some_and(|p| p.pays_self_purchase);
        let for_itself = !o.user.is_empty() && self.own_user(named) == Some(o.user.as_str());
        (pays_self || !for_itself).then(|| named.to_string())
    }

    /// The first of the five that holds, before the settings move any.
    fn tested(&self, o: &Order) -> Bucket {
        let Some(paid) = &o.paid else { return Bucket::NotPaid };
        if matches!(o.status, Some(Status::Unpaid | Status::Cancelled)) {
            return Bucket::NotPaid;
        }
        if self.winner(o, paid).is_some() {
            return Bucket::Distribution;
        }
        match self.users.iter().find(|u| u.id == o.user) {
            None => Bucket::UnknownUser,
            Some(u) if paid.day() < u.acquired => Bucket::BeforeJoining,
            Some(_) => Bucket::Direct,
        }
    }

    pub fn bucket(&self, o: &Order) -> Bucket {
        match self.tested(o) {
            Bucket::UnknownUser if self.settings.unknown_user_is_direct => Bucket::Direct,
            Bucket::BeforeJoining if self.settings.before_joining_is_direct => Bucket::Direct,
            b => b,
        }
    }

    /// The order that a refund row would be, which is in the same bucket.
    pub fn as_order(row: &RefundRow) -> Order {
        Order {
            id: row.id.clone(),
            user: row.user.clone(),
            paid: row.paid.clone(),
            amount: q(0),
            refund: None,
            refunded_at: None,
            status: row.status,
            completed: None,
            product: String::new(),
            category: String::new(),
            goods: None,
        }
    }

    /// The first day on which an order or a refund row of this user stands in `bucket`.
    fn first(&self, user: &str, bucket: Bucket) -> Option<Day> {
        let rows = self.refund_rows.iter().flatten().map(Self::as_order);
        let its = self.orders.iter().cloned().chain(rows).filter(|o| o.user == user);
        its.filter(|o| self.tested(o) == bucket).filter_map(|o| o.paid).map(|paid| paid.day()).min()
    }

    /// The refund rows that are in a figure.
    pub fn returned(&self) -> Vec<Returned> {
        let mut all = Vec::new();
        for row in self.refund_rows.iter().flatten() {
            let order = Self::as_order(row);
            let Some(paid) = &row.paid else { continue };
            let (distributor, place) = match self.bucket(&order) {
                Bucket::Distribution => {
                    let d = self.winner(&order, paid).expect("the bucket says so");
                    let place = self.place_of_distributor(&d);
                    (Some(d), place)
                }
                Bucket::Direct if row.user.is_empty() => {
                    (None, Place { channel: "(unknown)".into(), cohort: Some(paid.day()) })
                }
                Bucket::Direct => (None, self.place_of_user(&row.user)),
                _ => continue,
            };
            let (day, amount, user) = (paid.day(), row.amount.clone(), row.user.clone());
            all.push(Returned { day, amount, distributor, place, user });
        }
        all
    }

    fn place_of_user(&self, user: &str) -> Place {
        let Some(u) = self.users.iter().find(|u| u.id == user) else {
            let brought = if self.settings.unknown_user_is_direct && !user.is_empty() {
                self.first(user, Bucket::UnknownUser)
            } else {
                None
            };
            return Place { channel: "(unknown)".into(), cohort: brought };
        };
        let before =
            self.first(user, Bucket::BeforeJoining).filter(|_| self.settings.before_joining_is_direct);
        let joined = before.map_or(u.acquired, |b| b.min(u.acquired));
        Place { channel: channel(&u.channel), cohort: Some(joined).filter(|day| *day != NEVER) }
    }

    pub fn place_of_distributor(&self, id: &str) -> Place {
        match self.own_user(id) {
            Some(user) => self.place_of_user(user),
            None => Place { channel: "(unknown)".into(), cohort: None },
        }
    }

    pub fn sales(&self) -> Vec<Sale<'_>> {
        let mut sales = Vec::new();
        for order in &self.orders {
            let Some(paid) = &order.paid else { continue };
            let guest = order.user.is_empty();
            let (distributor, place) = match self.bucket(order) {
                Bucket::Distribution => {
                    let d = self.winner(order, paid).expect("the bucket says so");
                    let place = self.place_of_distributor(&d);
                    (Some(d), place)
                }
                Bucket::Direct if guest => {
                    (None, Place { channel: "(unknown)".into(), cohort: Some(paid.day()) })
                }
                Bucket::Direct => (None, self.place_of_user(&order.user)),
                _ => continue,
            };
            let buyer = if guest { format!("guest of {}", order.id) } else { format!("user {}", order.user) };
            let refunds = self.refunds_of(order);
            sales.push(Sale { order, paid, distributor, place, buyer, refunds });
        }
        sales
    }

    /// Day and amount. Without a day of its own a refund stands on the order's.
    pub fn refunds_of(&self, o: &Order) -> Vec<(Day, Q)> {
        let rows = self.refunds.iter().flatten().filter(|r| r.order == o.id);
        let listed: Vec<_> = rows.map(|r| (r.day, r.amount.clone())).collect();
        let Some(day) = o.refunded_at.or(o.paid.as_ref().map(Stamp::day)) else { return listed };
        match &o.refund {
            _ if !listed.is_empty() => listed,
            Some(given) if *given > q(0) => vec![(day, given.clone())],
            _ if o.status == Some(Status::Refunded) => vec![(day, o.amount.clone())],
            _ => Vec::new(),
        }
    }

    pub fn pool(&self, sales: &[Sale]) -> Vec<Member> {
        let cost = |u: &super::User| u.cost.clone().unwrap_or_else(|| q(0));
        let mut pool = Vec::new();
        for u in &self.users {
            let place = self.place_of_user(&u.id);
            if let Some(joined) = place.cohort {
                pool.push(Member { joined, channel: place.channel, cost: cost(u) });
            }
        }
        let mut seen = Vec::new();
        for s in sales.iter().filter(|s| s.distributor.is_none() && s.place.channel == "(unknown)") {
            if !seen.contains(&&s.buyer) {
                seen.push(&s.buyer);
                let joined = s.place.cohort.expect("brought in by this order or an earlier one");
                pool.push(Member { joined, channel: "(unknown)".into(), cost: q(0) });
            }
        }
        // Whom a setting brings in with nothing but a refund row.
        let mut others: Vec<String> = Vec::new();
        for r in self.returned().into_iter().filter(|r| r.distributor.is_none() && !r.user.is_empty()) {
            let known = seen.iter().any(|buyer| **buyer == format!("user {}", r.user));
            if r.place.channel == "(unknown)" && !known && !others.contains(&r.user) {
                let joined = r.place.cohort.expect("brought in by this row or an earlier one");
                pool.push(Member { joined, channel: "(unknown)".into(), cost: q(0) });
                others.push(r.user);
            }
        }
        pool
    }

    pub fn sellers(&self, sales: &[Sale]) -> Vec<Seller> {
        let listed = self.distributors.iter();
        let mut all: Vec<_> = listed
            .map(|d| Seller { joined: d.joined, left: d.left, place: self.place_of_distributor(&d.id) })
            .collect();
        let mut unlisted: Vec<&String> = sales.iter().filter_map(|s| s.distributor.as_ref()).collect();
        unlisted.retain(|id| self.distributor(id).is_none());
        unlisted.sort();
        unlisted.dedup();
        for id in unlisted {
            let its = sales.iter().filter(|s| s.distributor.as_ref() == Some(id));
            let first = its.map(|s| s.paid.day()).min();
            all.push(Seller { joined: first, left: None, place: self.place_of_distributor(id) });
        }
        all
    }

    /// Every dated row that the range of a report comes from.
    pub fn days(&self) -> Vec<Day> {
        let mut days: Vec<Day> = self.users.iter().map(|u| u.acquired).filter(|day| *day != NEVER).collect();
        days.extend(self.orders.iter().filter_map(|o| o.paid.as_ref()).map(Stamp::day));
        days.extend(self.orders.iter().flat_map(|o| self.refunds_of(o)).map(|r| r.0));
        days.extend(self.refund_rows.iter().flatten().filter_map(|r| r.paid.as_ref()).map(Stamp::day));
        days.extend(self.refunds.iter().flatten().map(|r| r.day));
        days.extend(self.spend.iter().map(|s| s.day));
        days.extend(self.team.iter().chain(&self.other).flat_map(shares).map(|s| s.0));
        days.extend(self.adjustments.iter().map(|a| a.day));
        days
    }
}

/// The channel that an empty cell means.
pub fn channel(cell: &str) -> String {
    if cell.is_empty() { "(none)".into() } else { cell.into() }
}

/// `bound_at ≤ paid_at`, as dates where either has no time.
fn begun(bound: &Stamp, paid: &Stamp) -> bool {
    if bound.timed && paid.timed { bound.at <= paid.at } else { bound.day() <= paid.day() }
}

/// `paid_at < expires_at`, or up to and including the last day where either has no time.
fn runs(paid: &Stamp, expires: &Stamp) -> bool {
    if expires.timed && paid.timed { paid.at < expires.at } else { paid.day() <= expires.day() }
}

/// A cost by days: a month's k-th of n days gets floor(k·A/n) − floor((k−1)·A/n) in units of 0.0001.
pub fn shares(cost: &Cost) -> Vec<(Day, Q)> {
    let first = match cost.when {
        When::Day(day) => return vec![(day, cost.amount.clone())],
        When::Month(first) => first,
    };
    let n = i64::from(first.days_in_month());
    let unit = Q::from(BigInt::from(10_000));
    let up_to = |k: i64| (&cost.amount * &unit * Q::from(BigInt::from(k)) / Q::from(BigInt::from(n))).floor();
    (1..=n).map(|k| (first + (k - 1).days(), (up_to(k) - up_to(k - 1)) / &unit)).collect()
}
