//! Sections 2 and 4: the columns, each figure by its definition, and the document of `pnl -O json` without its warnings.

use super::commission::{Line, lines};
use super::facts::{Bucket, Member, Place, Returned, Sale, Seller, channel, shares};
use super::{Acquired, Adjustment, Cost, Day, Q, World, q};
use jiff::ToSpan;
use num_bigint::BigInt;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What was asked for. `flag` is the letter of a column flag.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub flag: Option<char>,
    pub begin: Option<Day>,
    pub end: Option<Day>,
    pub by_channel: bool,
    pub allocate: Option<&'static str>,
    pub cohort: bool,
}

impl Options {
    /// As typed.
    pub fn args(&self) -> Vec<String> {
        let mut args: Vec<String> = self.flag.iter().map(|f| format!("-{f}")).collect();
        args.extend(self.begin.iter().flat_map(|d| ["-b".into(), d.to_string()]));
        args.extend(self.end.iter().flat_map(|d| ["-e".into(), d.to_string()]));
        if self.by_channel {
            args.extend(["--by".into(), "channel".into()]);
        }
        args.extend(self.allocate.iter().flat_map(|a| ["--allocate".into(), (*a).into()]));
        if self.cohort {
            args.extend(["--basis".into(), "cohort".into()]);
        }
        args
    }
}

/// The first day of the period that holds `day`.
pub fn start_of(flag: char, day: Day) -> Day {
    match flag {
        'D' => day,
        'W' => day - i64::from(day.weekday().to_monday_zero_offset()).days(),
        'M' => day.first_of_month(),
        'Q' => Day::constant(day.year(), (day.month() - 1) / 3 * 3 + 1, 1),
        _ => day.first_of_year(),
    }
}

/// The first day of the next one.
pub fn next(flag: char, start: Day) -> Day {
    match flag {
        'D' => start + 1.day(),
        'W' => start + 7.days(),
        'M' => start + 1.month(),
        'Q' => start + 3.months(),
        _ => start + 1.year(),
    }
}

fn label(flag: char, start: Day) -> String {
    let week = start.iso_week_date();
    match flag {
        'D' => start.to_string(),
        'W' => format!("{:04}-W{:02}", week.year(), week.week()),
        'M' => format!("{:04}-{:02}", start.year(), start.month()),
        'Q' => format!("{:04}-Q{}", start.year(), (start.month() + 2) / 3),
        _ => format!("{:04}", start.year()),
    }
}

/// A column to be filled. Without days it holds only what no cohort is known of.
#[derive(Clone, Debug)]
struct Column {
    label: Option<String>,
    days: Option<(Day, Day)>,
    channel: Option<String>,
    no_cohort: bool,
}

impl Column {
    fn here(&self, channel: &str) -> bool {
        self.channel.as_ref().is_none_or(|c| c == channel)
    }

    fn covers(&self, day: Day) -> bool {
        self.days.is_some_and(|(b, e)| b <= day && day < e)
    }
}

/// The counts and sums of a column; all else follows from them.
#[derive(Clone, Debug)]
struct System {
    buyers: usize,
    orders: usize,
    gross: Q,
    refunds: Q,
    goods: Q,
}

#[derive(Clone, Debug)]
struct Figures {
    new_users: usize,
    users: usize,
    spend: Q,
    team: Q,
    other: Q,
    direct: System,
    sold: System,
    distributors: usize,
    active: usize,
    commission: Q,
}

impl System {
    fn revenue(&self) -> Q {
        &self.gross - &self.refunds
    }

    fn empty(&self) -> bool {
        self.orders == 0 && [&self.gross, &self.refunds, &self.goods].iter().all(|m| **m == q(0))
    }
}

impl Figures {
    fn empty(&self) -> bool {
        let counts = self.new_users + self.users + self.distributors + self.active;
        let money = [&self.spend, &self.team, &self.other, &self.commission];
        counts == 0 && money.iter().all(|m| **m == q(0)) && self.direct.empty() && self.sold.empty()
    }
}

/// Costs spread over their days; those without a channel are shared.
fn by_day(costs: &[Cost]) -> Vec<(String, Day, Q)> {
    let mut all = Vec::new();
    for c in costs {
        let channel = if c.channel.is_empty() { "(shared)" } else { &c.channel };
        all.extend(shares(c).into_iter().map(|(day, amount)| (channel.to_string(), day, amount)));
    }
    all
}

fn cost(column: &Column, days: &[(String, Day, Q)]) -> Q {
    let here = days.iter().filter(|(channel, day, _)| column.here(channel) && column.covers(*day));
    here.fold(q(0), |sum, (_, _, amount)| sum + amount)
}

/// Everything a column is counted from.
struct Book<'w> {
    world: &'w World,
    sales: Vec<Sale<'w>>,
    returned: Vec<Returned>,
    pool: Vec<Member>,
    sellers: Vec<Seller>,
    cohort: bool,
    end: Day,
    /// What had accrued at the end of each day that columns begin or end with: it is the slow part.
    accrued: Vec<(Day, Vec<Line>)>,
    adjustments: Vec<(Place, Day, Q)>,
    team: Vec<(String, Day, Q)>,
    other: Vec<(String, Day, Q)>,
}

impl<'w> Book<'w> {
    fn open(world: &'w World, cohort: bool, columns: &[(String, Day, Day)]) -> Self {
        let sales = world.sales();
        let mut ends: Vec<Day> = columns.iter().flat_map(|c| [c.1, c.2]).map(|d| d - 1.day()).collect();
        ends.sort();
        ends.dedup();
        let accrued = ends.into_iter().map(|last| (last, lines(world, &sales, last))).collect();
        let end = columns.last().expect("a range has a column").2;
        let adjustments = world.adjustments.iter();
        let place = |a: &Adjustment| (world.place_of_distributor(&a.distributor), a.day, a.amount.clone());
        Book {
            world,
            returned: world.returned(),
            pool: world.pool(&sales),
            sellers: world.sellers(&sales),
            sales,
            cohort,
            end,
            accrued,
            adjustments: adjustments.map(place).collect(),
            team: by_day(&world.team),
            other: by_day(&world.other),
        }
    }

    /// Whether something dated `day`, of the users of `cohort`, falls in the column's time.
    fn falls(&self, column: &Column, day: Day, cohort: Option<Day>) -> bool {
        match (self.cohort, cohort) {
            (false, _) => column.covers(day),
            (true, Some(joined)) => day < self.end && column.covers(joined),
            (true, None) => day < self.end && column.no_cohort,
        }
    }

    fn figures(&self, column: &Column) -> Figures {
        let joined = self.pool.iter().filter(|m| column.here(&m.channel));
        let new_users = joined.clone().filter(|m| column.covers(m.joined)).count();
        let pool = joined.filter(|m| column.days.is_some_and(|(_, end)| m.joined < end)).count();
        Figures {
            new_users,
            users: if self.cohort { new_users } else { pool },
            spend: self.spend(column),
            team: cost(column, &self.team),
            other: cost(column, &self.other),
            direct: self.system(column, false),
            sold: self.system(column, true),
            distributors: self.distributors(column),
            active: self.active(column),
            commission: self.commission(column),
        }
    }

    fn spend(&self, column: &Column) -> Q {
        let mut sum = q(0);
        for s in &self.world.spend {
            if column.here(&channel(&s.channel)) && column.covers(s.day) {
                sum += &s.amount;
            }
        }
        for m in self.pool.iter().filter(|m| column.here(&m.channel) && column.covers(m.joined)) {
            sum += &m.cost;
            let has_rows = self.world.spend.iter().any(|s| channel(&s.channel) == m.channel);
            let price = self.world.settings.prices.iter().find(|p| p.0 == m.channel && !has_rows);
            sum += price.map_or(q(0), |p| p.1.clone());
        }
        sum
    }

    /// The sales of one of the systems that stand in the column's channel.
    fn of_channel<'s>(&'s self, column: &Column, sold: bool) -> Vec<&'s Sale<'w>> {
        let mine = self.sales.iter().filter(|s| s.distributor.is_some() == sold);
        mine.filter(|s| column.here(&s.place.channel)).collect()
    }

    fn system(&self, column: &Column, sold: bool) -> System {
        let (mut buyers, mut orders) = (BTreeSet::new(), 0);
        let (mut gross, mut refunds, mut goods) = (q(0), q(0), q(0));
        for s in self.of_channel(column, sold) {
            if self.falls(column, s.paid.day(), s.place.cohort) {
                buyers.insert(&s.buyer);
                orders += 1;
                gross += &s.order.amount;
                goods += s.order.goods.clone().unwrap_or_else(|| q(0));
            }
            for (day, amount) in &s.refunds {
                let day = if self.world.settings.refunds_on_order { s.paid.day() } else { *day };
                if self.falls(column, day, s.place.cohort) {
                    refunds += amount;
                }
            }
        }
        let mine = self.returned.iter().filter(|r| r.distributor.is_some() == sold);
        for r in mine.filter(|r| column.here(&r.place.channel) && self.falls(column, r.day, r.place.cohort)) {
            refunds += &r.amount;
        }
        System { buyers: buyers.len(), orders, gross, refunds, goods }
    }

    fn distributors(&self, column: &Column) -> usize {
        let stand = if self.cohort { self.end } else { column.days.map_or(self.end, |(_, end)| end) };
        let there = |s: &&Seller| {
            let cohort = s.place.cohort;
            let counted = !self.cohort || cohort.map_or(column.no_cohort, |c| column.covers(c));
            counted && s.joined.is_none_or(|j| j < stand) && s.left.is_none_or(|l| l >= stand)
        };
        self.sellers.iter().filter(|s| column.here(&s.place.channel)).filter(there).count()
    }

    fn active(&self, column: &Column) -> usize {
        let sold = self.of_channel(column, true).into_iter();
        let paid = sold.filter(|s| self.falls(column, s.paid.day(), s.place.cohort));
        paid.map(|s| &s.distributor).collect::<BTreeSet<_>>().len()
    }

    fn commission(&self, column: &Column) -> Q {
        match column.days {
            Some((begin, end)) if !self.cohort => self.accrued(column, end) - self.accrued(column, begin),
            _ => self.accrued(column, self.end),
        }
    }

    /// Accrued before `end`, adjustments included, in the column's channel and cohort.
    fn accrued(&self, column: &Column, end: Day) -> Q {
        let last = end - 1.day();
        let counted = |place: &Place| {
            let cohort = place.cohort.map_or(column.no_cohort, |c| column.covers(c));
            column.here(&place.channel) && (!self.cohort || cohort)
        };
        let (_, lines) = self.accrued.iter().find(|a| a.0 == last).expect("an end of a column");
        let mut sum = q(0);
        // The house's part is nobody's commission.
        let owed = lines.iter().filter(|l| l.payee.is_some());
        for line in owed.filter(|l| counted(&self.sales[l.sale].place)) {
            sum += &line.amount;
        }
        for (_, _, amount) in self.adjustments.iter().filter(|a| a.1 <= last && counted(&a.0)) {
            sum += amount;
        }
        sum
    }
}

/// The range and its columns; none where the range holds no day.
pub fn columns(world: &World, o: &Options) -> Option<Vec<(String, Day, Day)>> {
    let days = world.days();
    let (first, last) = (*days.iter().min()?, *days.iter().max()?);
    let begin = o.begin.unwrap_or_else(|| o.flag.map_or(first, |f| start_of(f, first)));
    let end = o.end.unwrap_or_else(|| o.flag.map_or(last + 1.day(), |f| next(f, start_of(f, last))));
    if begin >= end {
        return None;
    }
    let Some(flag) = o.flag else { return Some(vec![("all".into(), begin, end)]) };
    let (mut all, mut start) = (Vec::new(), start_of(flag, begin));
    while start < end {
        let following = next(flag, start);
        all.push((label(flag, start), start.max(begin), following.min(end)));
        start = following;
    }
    Some(all)
}

/// The document; none where the range holds no day.
pub fn pnl(world: &World, o: &Options) -> Option<Value> {
    let periods = columns(world, o)?;
    let book = Book::open(world, o.cohort, &periods);
    let (begin, end) = (periods[0].1, book.end);
    let mut spans: Vec<(String, Option<(Day, Day)>)> =
        periods.iter().map(|p| (p.0.clone(), Some((p.1, p.2)))).collect();
    if o.cohort {
        spans.push(("(unknown)".into(), None));
    }
    let mut shown = Vec::new();
    for (label, days) in spans {
        let column = Column { label: Some(label), days, channel: None, no_cohort: days.is_none() };
        if o.by_channel {
            by_channel(&book, &column, o.allocate, &mut shown);
        } else {
            let f = book.figures(&column);
            if days.is_some() || !f.empty() {
                shown.push(element(world, &column, &f));
            }
        }
    }
    let whole = Column { label: None, days: Some((begin, end)), channel: None, no_cohort: true };
    // The total's ends are ends of columns, so what had accrued by them is known.
    let total = element(world, &whole, &book.figures(&whole));
    let mut document = json!({
        "schema": "scrm-calc.pnl/1", "currency": "CNY", "basis": if o.cohort { "cohort" } else { "period" },
        "begin": begin.to_string(), "end": end.to_string(),
        "columns": shown, "total": total, "reconciliation": reconciliation(world),
    });
    if world.manner.acquired != Acquired::InUsers {
        document["acquired_on"] = json!("first-order");
    }
    Some(document)
}

/// One period's columns, a channel each.
fn by_channel(book: &Book, period: &Column, allocate_by: Option<&str>, shown: &mut Vec<Value>) {
    let mut named: BTreeSet<String> = book.world.users.iter().map(|u| channel(&u.channel)).collect();
    named.extend(book.world.spend.iter().map(|s| channel(&s.channel)));
    let costs = book.world.team.iter().chain(&book.world.other);
    named.extend(costs.filter(|c| !c.channel.is_empty()).map(|c| c.channel.clone()));
    let mut group = Vec::new();
    for name in named.iter().map(String::as_str).chain(["(shared)", "(unknown)"]) {
        let column = Column { channel: Some(name.into()), ..period.clone() };
        group.push((column.clone(), book.figures(&column)));
    }
    if let Some(by) = allocate_by {
        allocate(&mut group, by, |f| &mut f.team);
        allocate(&mut group, by, |f| &mut f.other);
    }
    for (column, f) in &group {
        let always = column.days.is_some() && named.contains(column.channel.as_deref().unwrap_or(""));
        if always || !f.empty() {
            shown.push(element(book.world, column, f));
        }
    }
}

fn weight(f: &Figures, by: &str) -> Q {
    let count = |n: usize| Q::from(BigInt::from(n));
    match by {
        "users" => count(f.users),
        "orders" => count(f.direct.orders),
        "spend" => f.spend.clone(),
        _ => f.direct.revenue().max(q(0)),
    }
}

/// By largest remainder in 0.01: whole cents of each quota first, then a cent each in line, the last perhaps less.
fn allocate(group: &mut [(Column, Figures)], by: &str, cost: fn(&mut Figures) -> &mut Q) {
    let is_shared = |c: &Column| c.channel.as_deref() == Some("(shared)");
    let shared = group.iter().position(|(c, _)| is_shared(c)).expect("always built");
    let amount = cost(&mut group[shared].1).clone();
    let weights: Vec<Q> =
        group.iter().map(|(c, f)| if is_shared(c) { q(0) } else { weight(f, by) }).collect();
    let sum = weights.iter().fold(q(0), |a, w| a + w);
    if sum == q(0) {
        return;
    }
    let (hundred, cent) = (Q::from(BigInt::from(100)), q(100));
    let mut left = amount.clone();
    let mut line = Vec::new();
    for (at, w) in weights.iter().enumerate().filter(|(_, w)| **w > q(0)) {
        let quota = &amount * w / &sum;
        let whole = (&quota * &hundred).floor() / &hundred;
        *cost(&mut group[at].1) += &whole;
        left -= &whole;
        line.push((q(0) - (quota - whole), group[at].0.channel.clone(), at));
    }
    line.sort();
    for (_, _, at) in line {
        let given = left.clone().min(cent.clone());
        *cost(&mut group[at].1) += &given;
        left -= given;
    }
    *cost(&mut group[shared].1) = left;
}

/// At least 2 and at most 4 decimals.
pub fn money(m: &Q) -> String {
    let units = m * Q::from(BigInt::from(10_000));
    assert!(units.is_integer(), "{m} is finer than money");
    let units = units.to_integer();
    let sign = if units < BigInt::from(0) { "-" } else { "" };
    let digits = format!("{:0>5}", units.magnitude().to_string());
    let (whole, part) = digits.split_at(digits.len() - 4);
    let cents = &part[..2];
    let finer = part[2..].trim_end_matches('0');
    format!("{sign}{whole}.{cents}{finer}")
}

/// Exactly 6 decimals, half away from zero; undefined over zero.
fn ratio(over: &Q, under: &Q) -> Value {
    if *under == q(0) {
        return Value::Null;
    }
    let millionths = (over / under * Q::from(BigInt::from(1_000_000))).round().to_integer();
    let sign = if millionths < BigInt::from(0) { "-" } else { "" };
    let digits = format!("{:0>7}", millionths.magnitude().to_string());
    let (whole, part) = digits.split_at(digits.len() - 6);
    json!(format!("{sign}{whole}.{part}"))
}

fn element(world: &World, column: &Column, f: &Figures) -> Value {
    let n = |count: usize| Q::from(BigInt::from(count));
    let cost = &f.spend + &f.team + &f.other;
    let (direct, sold) = (f.direct.revenue(), f.sold.revenue());
    let (direct_profit, sold_profit) = (&direct - &cost, &sold - &f.commission);
    let (revenue, all_cost) = (&direct + &sold, &cost + &f.commission);
    let profit = &revenue - &all_cost;
    let margin = if revenue > q(0) { ratio(&profit, &revenue) } else { Value::Null };
    let mut out = json!({
        "period": column.label, "channel": column.channel,
        "begin": column.days.map(|d| d.0.to_string()), "end": column.days.map(|d| d.1.to_string()),
        "traffic": {
            "new_users": f.new_users, "ad_spend": money(&f.spend),
            "cost_per_user": ratio(&f.spend, &n(f.new_users)),
            "team_cost": money(&f.team), "other_cost": money(&f.other), "cost": money(&cost),
        },
        "direct": {
            "users": f.users, "conversion": ratio(&n(f.direct.buyers), &n(f.users)),
            "revenue_per_buyer": ratio(&direct, &n(f.direct.buyers)),
            "orders_per_buyer": ratio(&n(f.direct.orders), &n(f.direct.buyers)),
            "order_value": ratio(&direct, &n(f.direct.orders)), "profit": money(&direct_profit),
        },
        "distribution": {
            "distributors": f.distributors, "distributor_rate": ratio(&n(f.distributors), &n(f.users)),
            "active": f.active, "active_rate": ratio(&n(f.active), &n(f.distributors)),
            "revenue_per_active": ratio(&sold, &n(f.active)), "commission": money(&f.commission),
            "profit": money(&sold_profit),
        },
        "total": { "revenue": money(&revenue), "cost": money(&all_cost), "profit": money(&profit), "margin": margin },
    });
    for (key, s) in [("direct", &f.direct), ("distribution", &f.sold)] {
        out[key]["buyers"] = json!(s.buyers);
        out[key]["orders"] = json!(s.orders);
        out[key]["gross"] = json!(money(&s.gross));
        out[key]["refunds"] = json!(money(&s.refunds));
        out[key]["revenue"] = json!(money(&s.revenue()));
    }
    if world.has_goods {
        let (g1, g2) = (f.direct.goods.clone(), f.sold.goods.clone());
        let all = &g1 + &g2;
        for (key, goods, profit) in
            [("direct", g1, direct_profit), ("distribution", g2, sold_profit), ("total", all, profit)]
        {
            out[key]["goods_cost"] = json!(money(&goods));
            out[key]["contribution"] = json!(money(&(profit - goods)));
        }
    }
    out
}

fn reconciliation(world: &World) -> Value {
    let rows = world.refund_rows.iter().flatten();
    // A refund row that is not paid stands with what is not paid.
    let of_rows: Vec<(bool, &Q)> =
        rows.map(|r| (world.bucket(&World::as_order(r)) == Bucket::NotPaid, &r.amount)).collect();
    let tally = |orders: usize, amount: Q| json!({ "orders": orders, "amount": money(&amount) });
    let refunds = |counts: &dyn Fn(bool) -> bool| {
        let mine = of_rows.iter().filter(|(unpaid, _)| counts(*unpaid));
        (mine.clone().count(), mine.fold(q(0), |sum, (_, amount)| sum - *amount))
    };
    let of = |bucket: Option<Bucket>| {
        let mine = world.orders.iter().filter(|o| bucket.is_none_or(|b| world.bucket(o) == b));
        let amount = mine.clone().fold(q(0), |sum, o| sum + &o.amount);
        let (more, back) = refunds(&|unpaid| match bucket {
            None => true,
            Some(bucket) => bucket == Bucket::NotPaid && unpaid,
        });
        tally(mine.count() + more, amount + back)
    };
    let mut all = json!({
        "orders": of(None), "not_paid": of(Some(Bucket::NotPaid)), "distribution": of(Some(Bucket::Distribution)),
        "unknown_user": of(Some(Bucket::UnknownUser)), "before_joining": of(Some(Bucket::BeforeJoining)),
        "direct": of(Some(Bucket::Direct)), "residual": "0.00",
    });
    if world.refund_rows.is_some() {
        let (rows, amount) = refunds(&|unpaid| !unpaid);
        all["refund_rows"] = tally(rows, amount);
    }
    all
}
