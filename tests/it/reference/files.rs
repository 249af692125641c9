//! A world as a data directory: its tables in parts, folders, endings and spellings drawn from a seed, and `scrm.toml`.

use super::pnl::money;
use super::random::Random;
use super::spelling::{Pen, Rows};
use super::{Acquired, Base, Cost, Manner, Plan, Q, Referrals, Rounding, Selector, Tax, When, World};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// A table as cells. The first `required` columns must be in each part.
struct Table {
    name: &'static str,
    required: usize,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl World {
    /// Writes the directory; seed 0 is plain: one file a table, one spelling a value, rows in their order.
    pub fn write(&self, dir: &Path, seed: u64) {
        let (mut r, plain) = (Random::new(seed), seed == 0);
        let rows = match &self.items[..] {
            [] if plain => Rows::Orders,
            [] => *r.pick(&[Rows::Orders, Rows::Orders, Rows::Lines, Rows::RepeatedAmounts]),
            _ => Rows::Lines,
        };
        let mut pen = Pen { r, plain, rows, offset: self.settings.zone.1 };
        for table in self.tables(&mut pen) {
            // An empty table may as well be absent, but for the two that must be there.
            let may_lack = table.rows.is_empty() && !matches!(table.name, "users" | "orders");
            if !(may_lack && pen.r.chance(50)) {
                table.write(dir, &mut pen);
            }
        }
        let settings = toml(self, &mut pen);
        std::fs::write(dir.join("scrm.toml"), settings).expect("the directory is ours");
    }

    fn tables(&self, p: &mut Pen) -> Vec<Table> {
        let mut tables = vec![self.orders(p)];
        if self.manner.acquired != Acquired::ByOrderAlone {
            tables.insert(0, self.users(p));
        }
        if let Some(rows) = &self.refunds {
            let row = |r: &super::Refund| vec![p.id(&r.order), p.day(r.day), p.money(&r.amount), p.remark()];
            let header = ["order_id", "refunded_at", "amount", "remark"];
            tables.push(table("refunds", 3, &header, rows.iter().map(row).collect()));
        }
        tables.push(self.spend(p));
        tables.push(costs("team_cost", &self.team, p));
        tables.push(costs("other_cost", &self.other, p));
        tables.push(self.distributors(p));
        tables.extend(self.referrals(p));
        let row = |a: &super::Adjustment| vec![p.id(&a.distributor), p.day(a.day), p.money(&a.amount)];
        let rows = self.adjustments.iter().map(row).collect();
        tables.push(table("adjustments", 3, &["distributor_id", "date", "amount"], rows));
        tables.push(self.payments(p));
        tables
    }

    fn users(&self, p: &mut Pen) -> Table {
        let by_order = self.manner.acquired == Acquired::ByOrder;
        let row = |u: &super::User| {
            let cost = optional(&u.cost, |m| p.money(m));
            // Where orders date users, nobody looks at what stands here.
            let joined = if by_order { p.r.pick(&["", "soon"]).to_string() } else { p.day(u.acquired) };
            vec![p.id(&u.id), joined, u.channel.clone(), cost, p.remark()]
        };
        let rows = self.users.iter().chain(self.manner.again.iter().flatten()).map(row).collect();
        let required = if by_order { 1 } else { 2 };
        table("users", required, &["user_id", "acquired_on", "channel", "cost", "remark"], rows)
    }

    fn spend(&self, p: &mut Pen) -> Table {
        let Some(suffix) = self.manner.wide_spend else {
            let row = |s: &super::Spend| vec![p.day(s.day), s.channel.clone(), p.money(&s.amount)];
            let rows = self.spend.iter().map(row).collect();
            return table("ad_spend", 3, &["date", "channel", "amount"], rows);
        };
        let mut channels: Vec<&str> = self.spend.iter().map(|s| s.channel.as_str()).collect();
        channels.sort_unstable();
        channels.dedup();
        let mut days: Vec<(super::Day, Vec<Option<&Q>>)> = Vec::new();
        for s in &self.spend {
            let at = channels.iter().position(|c| *c == s.channel).expect("is one of them");
            // In a row of the day that has room for it, or in one of its own.
            let row = days.iter_mut().find(|(day, cells)| *day == s.day && cells[at].is_none());
            match row {
                Some((_, cells)) if p.r.chance(80) => cells[at] = Some(&s.amount),
                _ => {
                    let mut cells = vec![None; channels.len()];
                    cells[at] = Some(&s.amount);
                    days.push((s.day, cells));
                }
            }
        }
        let row = |(day, amounts): (super::Day, Vec<Option<&Q>>)| {
            let mut cells = vec![p.day(day)];
            cells.extend(amounts.iter().map(|m| optional(m, |m| p.money(m))));
            cells
        };
        let rows = days.into_iter().map(row).collect();
        let names = channels.iter().map(|c| format!("{c}{suffix}"));
        let header: Vec<String> = std::iter::once("date".to_string()).chain(names).collect();
        // Each part has all columns.
        Table { name: "ad_spend", required: header.len(), header, rows }
    }

    fn orders(&self, p: &mut Pen) -> Table {
        let mut header = vec!["order_id", "user_id", "paid_at", "amount", "product", "category"];
        header.extend(["refunded_at", "remark"]);
        header.extend(self.has_status.then_some("status"));
        header.extend(self.has_completed.then_some("completed_at"));
        header.extend(self.refunds.is_none().then_some("refund"));
        header.extend(self.has_goods.then_some("goods_cost"));
        let mut rows = Vec::new();
        for o in &self.lines(p) {
            let mut row = vec![p.id(&o.id), p.id(&o.user), optional(&o.paid, |s| p.stamp(s))];
            row.extend([p.money(&o.amount), o.product.clone(), o.category.clone()]);
            row.extend([optional(&o.refunded_at, |d| p.day(*d)), p.remark()]);
            if self.has_status {
                row.push(optional(&o.status, |s| p.status(*s)));
            }
            if self.has_completed {
                row.push(optional(&o.completed, |s| p.stamp(s)));
            }
            if self.refunds.is_none() {
                row.push(optional(&o.refund, |m| p.money(m)));
            }
            if self.has_goods {
                row.push(optional(&o.goods, |m| p.money(m)));
            }
            rows.push(row);
        }
        for r in self.refund_rows.iter().flatten() {
            let mut row = vec![p.id(&r.id), p.id(&r.user), optional(&r.paid, |s| p.stamp(s))];
            row.extend([
                p.money(&-r.amount.clone()),
                String::new(),
                String::new(),
                String::new(),
                p.remark(),
            ]);
            row.resize(header.len(), String::new());
            if let Some(at) = header.iter().position(|name| *name == "status") {
                row[at] = optional(&r.status, |s| p.status(*s));
            }
            rows.push(row);
        }
        table("orders", 4, &header, rows)
    }

    /// The rows of the orders: each an order, or split into lines at random that come to the same.
    fn lines(&self, p: &mut Pen) -> Vec<super::Order> {
        let mut rows = Vec::new();
        for o in &self.orders {
            if let Some((_, items)) = self.items.iter().find(|(id, _)| *id == o.id) {
                rows.extend(items.iter().map(|i| super::Order {
                    product: i.product.clone(),
                    category: i.category.clone(),
                    amount: i.amount.clone(),
                    refund: i.refund.clone(),
                    goods: i.goods.clone(),
                    ..o.clone()
                }));
                continue;
            }
            let count = if p.rows == Rows::Orders { 1 } else { p.r.within(1, 3) as usize };
            let mut cut = |whole: &Option<Q>| split(whole, count, &mut p.r);
            let (refunds, goods) = (cut(&o.refund), cut(&o.goods));
            let mut amounts = cut(&Some(o.amount.clone()));
            if p.rows == Rows::RepeatedAmounts {
                amounts.fill(Some(o.amount.clone()));
            } else if count > 1 && self.refund_rows.is_some() && p.r.chance(20) {
                // One below zero, which takes from another.
                let more = super::q(p.r.within(1, 90_000));
                amounts[0] = amounts[0].as_ref().map(|a| a + &more + amounts[1].as_ref().unwrap_or(&more));
                amounts[1] = Some(-more);
            }
            for n in 0..count {
                let once = |p: &mut Pen| n == 0 || p.r.chance(50);
                rows.push(super::Order {
                    amount: amounts[n].clone().unwrap_or_else(|| super::q(0)),
                    refund: refunds[n].clone(),
                    goods: goods[n].clone(),
                    status: o.status.filter(|_| once(p)),
                    completed: o.completed.clone().filter(|_| once(p)),
                    ..o.clone()
                });
            }
        }
        rows
    }

    fn distributors(&self, p: &mut Pen) -> Table {
        let row = |d: &super::Distributor| {
            let (joined, left) = (optional(&d.joined, |d| p.day(*d)), optional(&d.left, |d| p.day(*d)));
            vec![p.id(&d.id), p.id(&d.user), joined, left, d.grade.clone(), p.id(&d.upline)]
        };
        let header = ["distributor_id", "user_id", "joined_on", "left_on", "grade", "upline_id"];
        table("distributors", 1, &header, self.distributors.iter().map(row).collect())
    }

    fn payments(&self, p: &mut Pen) -> Table {
        let row = |m: &super::Payment| {
            let tax = optional(&m.tax, |t| p.money(t));
            let ids = [p.id(&m.distributor), p.day(m.day), p.money(&m.amount)];
            ids.into_iter().chain([tax, p.payment_status(m.failed), p.remark()]).collect()
        };
        let header = ["distributor_id", "paid_on", "amount", "tax", "status", "remark"];
        table("payments", 3, &header, self.payments.iter().map(row).collect())
    }

    fn referrals(&self, p: &mut Pen) -> Option<Table> {
        match &self.referrals {
            Referrals::Absent => None,
            Referrals::ByOrder(rows) => {
                let rows = rows.iter().map(|(o, d)| vec![p.id(o), p.id(d)]).collect();
                Some(table("referrals", 2, &["order_id", "distributor_id"], rows))
            }
            Referrals::ByBinding(rows) => {
                let row = |b: &super::Binding| {
                    let ids = [p.id(&b.user), p.id(&b.distributor)];
                    let times = [p.stamp(&b.bound), optional(&b.expires, |s| p.stamp(s))];
                    ids.into_iter().chain(times).collect()
                };
                let header = ["user_id", "distributor_id", "bound_at", "expires_at"];
                Some(table("referrals", 3, &header, rows.iter().map(row).collect()))
            }
        }
    }
}

/// An amount in so many pieces, none below zero; none of nothing.
fn split(whole: &Option<Q>, count: usize, r: &mut Random) -> Vec<Option<Q>> {
    let Some(whole) = whole else { return vec![None; count] };
    let mut left = whole.clone();
    let mut pieces = Vec::new();
    for n in 0..count {
        let share = if n + 1 == count { 10_000 } else { r.within(0, 10_000) };
        let piece = super::random::part(&left, share);
        left -= &piece;
        pieces.push(Some(piece));
    }
    r.shuffle(&mut pieces);
    pieces
}

fn table(name: &'static str, required: usize, header: &[&'static str], rows: Vec<Vec<String>>) -> Table {
    Table { name, required, header: header.iter().map(ToString::to_string).collect(), rows }
}

fn costs(name: &'static str, rows: &[Cost], p: &mut Pen) -> Table {
    let row = |c: &Cost| {
        let when = match c.when {
            When::Day(d) => p.day(d),
            When::Month(first) => p.month(first),
        };
        vec![when, p.money(&c.amount), c.channel.clone()]
    };
    table(name, 2, &["date", "amount", "channel"], rows.iter().map(row).collect())
}

fn optional<T>(value: &Option<T>, spell: impl FnOnce(&T) -> String) -> String {
    value.as_ref().map_or_else(String::new, spell)
}

impl Table {
    fn write(&self, dir: &Path, pen: &mut Pen) {
        let mut rows: Vec<&Vec<String>> = self.rows.iter().collect();
        if pen.plain {
            return self.part(&dir.join(format!("{}.csv", self.name)), &rows, true, pen);
        }
        pen.r.shuffle(&mut rows);
        let parts = *pen.r.pick(&[1, 1, 2, 3]);
        let folder = pen.r.chance(20);
        if folder {
            std::fs::create_dir(dir.join(self.name)).expect("the directory is ours");
        }
        for at in 0..parts {
            let mine: Vec<_> = rows.iter().skip(at).step_by(parts).copied().collect();
            let ending = *pen.r.pick(&["csv", "csv", "tsv", "csv.gz", "tsv.gz"]);
            let name = match (folder, at) {
                (true, _) => format!("{}/part {at}.{ending}", self.name),
                (false, 0) => format!("{}.{ending}", self.name),
                (false, _) => format!("{}{}{at}.{ending}", self.name, pen.r.pick(&["-", "_"])),
            };
            self.part(&dir.join(name), &mine, at == 0, pen);
        }
    }

    /// The columns of a part, in their order there: optional ones may be left out where no row fills them.
    fn columns(&self, rows: &[&Vec<String>], first: bool, pen: &mut Pen) -> Vec<usize> {
        let mut columns: Vec<usize> = (0..self.header.len()).collect();
        if !pen.plain {
            // Of these the very column matters, filled or not; that one part has it is enough.
            let telling = ["goods_cost", "status", "completed_at"];
            let tells = |at: usize| self.name == "orders" && telling.contains(&self.header[at].as_str());
            let must = |at: usize| at < self.required || (first && tells(at));
            let filled = |at: usize| rows.iter().any(|r| !r[at].is_empty());
            columns.retain(|&at| must(at) || filled(at) || pen.r.chance(50));
            pen.r.shuffle(&mut columns);
        }
        columns
    }

    fn part(&self, path: &Path, rows: &[&Vec<String>], first: bool, pen: &mut Pen) {
        let name = path.file_name().map(|n| n.to_string_lossy()).expect("we named it");
        let delimiter = if name.contains(".tsv") { '\t' } else { ',' };
        let columns = self.columns(rows, first, pen);
        let mut text = String::new();
        let line_end = if !pen.plain && pen.r.chance(40) { "\r\n" } else { "\n" };
        for row in std::iter::once(&self.header).chain(rows.iter().copied()) {
            let cells: Vec<String> = columns.iter().map(|&at| pen.cell(&row[at], delimiter)).collect();
            text.push_str(&cells.join(&delimiter.to_string()));
            text.push_str(line_end);
            if !pen.plain && pen.r.chance(2) {
                text.push_str(line_end);
            }
        }
        if !pen.plain && pen.r.chance(5) {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        if !pen.plain && pen.r.chance(15) {
            text.insert(0, '\u{feff}');
        }
        let bytes = if name.ends_with(".gz") { zipped(text.as_bytes(), pen) } else { text.into_bytes() };
        std::fs::write(path, bytes).expect("the directory is ours");
    }
}

/// In one member, or two that are joined.
fn zipped(bytes: &[u8], pen: &mut Pen) -> Vec<u8> {
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    let members = if pen.r.chance(40) { vec![head, tail] } else { vec![bytes] };
    let mut out = Vec::new();
    for member in members {
        let mut encoder = GzEncoder::new(&mut out, Compression::fast());
        encoder.write_all(member).and_then(|()| encoder.try_finish()).expect("memory does not fail");
    }
    out
}

fn toml(world: &World, pen: &mut Pen) -> String {
    let s = &world.settings;
    let choice = |yes: bool| if yes { "direct" } else { "exclude" };
    let refunds_on = if s.refunds_on_order { "order" } else { "refund" };
    let mut out = format!("timezone = \"{}\"\n[orders]\n", s.zone.0);
    let _ = writeln!(out, "unknown_user = \"{}\"", choice(s.unknown_user_is_direct));
    let _ = writeln!(out, "before_joining = \"{}\"", choice(s.before_joining_is_direct));
    if pen.rows != Rows::Orders {
        let repeats = pen.rows == Rows::RepeatedAmounts;
        let _ = writeln!(out, "grain = \"line\"\norder_amount_repeats = {repeats}");
    }
    if world.refund_rows.is_some() {
        let _ = writeln!(out, "negative = \"refund\"");
    }
    let _ = out.write_str(&manner(&world.manner));
    let _ = writeln!(out, "[orders.status]\n\"买家已付款\" = \"paid\"");
    let _ = writeln!(out, "[pnl]\nrefunds_on = \"{refunds_on}\"\n[cost_per_user]");
    for (channel, price) in &s.prices {
        let _ = writeln!(out, "'{channel}' = \"{}\"", money(price));
    }
    s.plan.iter().for_each(|p| plan(&mut out, p, pen));
    if s.tax != Tax::None || pen.writes_defaults() {
        let _ = writeln!(out, "[tax]\nrule = \"{}\"", tax_rule(s.tax));
    }
    out
}

fn manner(manner: &Manner) -> String {
    let mut out = String::new();
    if manner.acquired != Acquired::InUsers || manner.again.is_some() {
        out += "[users]\n";
    }
    if manner.acquired != Acquired::InUsers {
        out += "acquired_on = \"first-order\"\n";
    }
    if manner.again.is_some() {
        out += "duplicates = \"first\"\n";
    }
    if let Some(suffix) = manner.wide_spend {
        let _ = writeln!(out, "[ad_spend]\nwide = true\nsuffix = \"{suffix}\"");
    }
    out
}

fn tax_rule(tax: Tax) -> &'static str {
    match tax {
        Tax::None => "none",
        Tax::Labour => "cn-labour-2018",
        Tax::Platform => "cn-platform-2025",
    }
}

fn plan(out: &mut String, p: &Plan, pen: &mut Pen) {
    let base = match p.base {
        Base::Net => "net",
        Base::Paid => "paid",
        Base::Margin => "margin",
    };
    let rounding = match p.rounding {
        Rounding::HalfUp => "half-up",
        Rounding::HalfEven => "half-even",
        Rounding::Down => "down",
    };
    let _ = writeln!(out, "[commission]\nbase = \"{base}\"\nrounding = \"{rounding}\"");
    if !p.levels.is_empty() {
        let _ = writeln!(out, "levels = {}", rates(&p.levels));
    }
    let _ = writeln!(out, "attribution = \"{}\"", if p.last_binding_wins { "last" } else { "first" });
    let _ = writeln!(out, "self_purchase = \"{}\"", if p.pays_self_purchase { "pay" } else { "none" });
    let defaults = Plan::absent();
    if p.settle_after_days != defaults.settle_after_days || pen.writes_defaults() {
        let _ = writeln!(out, "settle_after_days = {}", p.settle_after_days);
    }
    if p.min_payout != defaults.min_payout || pen.writes_defaults() {
        let _ = writeln!(out, "min_payout = \"{}\"", money(&p.min_payout));
    }
    let _ = writeln!(out, "tier_mode = \"{}\"", if p.whole { "whole" } else { "marginal" });
    for (from, add) in &p.tiers {
        let _ = writeln!(out, "[[commission.tier]]\nfrom = \"{}\"\nadd = \"{}\"", money(from), money(add));
    }
    for r in &p.rates {
        let _ = writeln!(out, "[[commission.rate]]\nlevels = {}", rates(&r.levels));
        let _ = match &r.selector {
            Selector::Distributor(d) => writeln!(out, "distributor = \"{d}\""),
            Selector::Product(p) => writeln!(out, "product = \"{p}\""),
            Selector::Category(c) => writeln!(out, "category = \"{c}\""),
            Selector::Grade(g) => writeln!(out, "grade = \"{g}\""),
            Selector::Default => Ok(()),
        };
        for (key, day) in [("from", r.from), ("until", r.until)] {
            let _ = day.map(|d| writeln!(out, "{key} = \"{d}\""));
        }
    }
}

/// As decimals or in percent, by their last digit.
fn rates(levels: &[Q]) -> String {
    let spelt = |rate: &Q| {
        let percent = money(&(rate * super::q(1_000_000)));
        if percent.ends_with('0') { format!("\"{percent}%\"") } else { format!("\"{}\"", money(rate)) }
    };
    format!("[{}]", levels.iter().map(spelt).collect::<Vec<_>>().join(", "))
}
