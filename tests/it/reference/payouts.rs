//! Section 5: everybody's account at the end of a day, its movement over a range, and the tax; as the documents of
//! `payouts -O json` without their warnings.

use super::commission::{base, lines, rounded};
use super::facts::Sale;
use super::pnl::money;
use super::{Day, Payment, Q, Rounding, Stamp, Status, Tax, World, q};
use jiff::ToSpan;
use num_bigint::BigInt;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One's share in one order at the end of a day.
struct Share {
    payee: Option<String>,
    amount: Q,
    settled: bool,
}

/// What there is to know at the end of `last`.
struct Book<'w> {
    world: &'w World,
    sales: Vec<Sale<'w>>,
    last: Day,
    /// Two for each sale that has a distributor, in the same order for every day.
    shares: Vec<Share>,
}

/// The keys of a row with their figures, in the document's order.
type Row = Vec<(&'static str, Q)>;

impl<'w> Book<'w> {
    fn open(world: &'w World, last: Day) -> Self {
        let sales = world.sales();
        let shares = lines(world, &sales, last).into_iter().map(|l| {
            let settled = settled(world, &sales[l.sale], last);
            Share { payee: l.payee, amount: l.amount, settled }
        });
        let shares = shares.collect();
        Book { world, sales, last, shares }
    }

    fn sum_of_shares(&self, of: impl Fn(&Share) -> bool) -> Q {
        self.shares.iter().filter(|s| of(s)).fold(q(0), |sum, s| sum + &s.amount)
    }

    fn settled(&self, id: &str) -> Q {
        self.sum_of_shares(|s| s.settled && s.payee.as_deref() == Some(id))
    }

    fn pending(&self, id: &str) -> Q {
        self.sum_of_shares(|s| !s.settled && s.payee.as_deref() == Some(id))
    }

    fn adjustments(&self, id: &str) -> Q {
        let known = self.world.adjustments.iter().filter(|a| a.distributor == id && a.day <= self.last);
        known.fold(q(0), |sum, a| sum + &a.amount)
    }

    /// Those that count: known by then, and not failed.
    fn payments(&self, id: &str) -> Vec<&'w Payment> {
        let its = self.world.payments.iter().filter(|p| p.distributor == id && !p.failed);
        its.filter(|p| p.day <= self.last).collect()
    }

    fn paid(&self, id: &str) -> Q {
        self.payments(id).into_iter().fold(q(0), |sum, p| sum + &p.amount)
    }

    fn balance(&self, id: &str) -> Q {
        self.settled(id) + self.adjustments(id) - self.paid(id)
    }

    fn payable(&self, id: &str) -> Q {
        let balance = self.balance(id);
        if balance >= self.world.plan().min_payout && balance > q(0) { balance } else { q(0) }
    }

    fn tax(&self, id: &str) -> Q {
        tax(self.world.settings.tax, &self.payments(id), self.last, &self.payable(id))
    }

    /// The orders that this distributor sold by now, eligible or not, as their count and their base.
    fn sold(&self, id: &str) -> (Q, Q) {
        let plan = self.world.plan();
        let its = self.sales.iter().filter(|s| s.distributor.as_deref() == Some(id));
        let known = its.filter(|s| s.paid.day() <= self.last);
        known.fold((q(0), q(0)), |(n, sum), s| (n + q(10_000), sum + base(&plan, s, self.last)))
    }

    fn row(&self, id: &str) -> Row {
        let (orders, base) = self.sold(id);
        let (pending, settled) = (self.pending(id), self.settled(id));
        let (balance, payable, tax) = (self.balance(id), self.payable(id), self.tax(id));
        vec![
            ("orders", orders),
            ("base", base),
            ("accrued", &pending + &settled),
            ("pending", pending),
            ("settled", settled),
            ("adjustments", self.adjustments(id)),
            ("paid", self.paid(id)),
            ("carried", &balance - &payable),
            ("balance", balance),
            ("net", &payable - &tax),
            ("payable", payable),
            ("tax", tax),
        ]
    }
}

/// Whether the order is complete, and the days to wait are over.
fn settled(world: &World, sale: &Sale, last: Day) -> bool {
    let order = sale.order;
    let says_nothing = !world.has_status && !world.has_completed;
    let by_status = matches!(order.status, Some(Status::Completed | Status::Refunded));
    let from = order.completed.as_ref().unwrap_or(sale.paid).day();
    let complete = order.completed.is_some() || by_status || says_nothing;
    complete && from + world.plan().settle_after_days.days() <= last
}

/// Everybody who is named anywhere, in byte order.
pub fn everybody(world: &World) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = world.distributors.iter().map(|d| d.id.clone()).collect();
    all.extend(world.distributors.iter().map(|d| d.upline.clone()));
    all.extend(world.sales().into_iter().filter_map(|s| s.distributor));
    all.extend(world.adjustments.iter().map(|a| a.distributor.clone()));
    all.extend(world.payments.iter().map(|p| p.distributor.clone()));
    all.remove("");
    all
}

/// The rows to show, those who are listed or have any figure; and the total.
fn rows(world: &World, row: impl Fn(&str) -> Row) -> (Vec<Value>, Value) {
    // A row of nobody has all keys, and zeros.
    let mut total = row("");
    let mut shown = Vec::new();
    for id in everybody(world) {
        let figures = row(&id);
        total.iter_mut().zip(&figures).for_each(|(sum, figure)| sum.1 += &figure.1);
        if world.distributor(&id).is_some() || figures.iter().any(|f| f.1 != q(0)) {
            shown.push(element(json!(id), &figures));
        }
    }
    (shown, element(Value::Null, &total))
}

fn element(id: Value, row: &Row) -> Value {
    let mut out = json!({ "distributor_id": id });
    for (key, figure) in row {
        let count = || figure.to_integer().to_string().parse::<u64>().expect("a count");
        out[key] = if *key == "orders" { json!(count()) } else { json!(money(figure)) };
    }
    out
}

/// Every dated row that the state of a default run comes from.
pub fn days(world: &World) -> Vec<Day> {
    let mut days = Vec::new();
    for o in &world.orders {
        days.extend(o.paid.iter().chain(&o.completed).map(Stamp::day));
        days.extend(world.refunds_of(o).into_iter().map(|r| r.0));
    }
    days.extend(world.refunds.iter().flatten().map(|r| r.day));
    days.extend(world.refund_rows.iter().flatten().filter_map(|r| r.paid.as_ref()).map(Stamp::day));
    days.extend(world.payments.iter().map(|p| p.day));
    days.extend(world.adjustments.iter().map(|a| a.day));
    days
}

/// The document; none where no day is given and the data has none.
pub fn payouts(world: &World, as_of: Option<Day>) -> Option<Value> {
    let last = as_of.or_else(|| days(world).into_iter().max())?;
    let book = Book::open(world, last);
    let (shown, total) = rows(world, |id| book.row(id));
    Some(json!({
        "schema": "scrm-calc.payouts/1", "currency": "CNY", "as_of": last.to_string(),
        "distributors": shown, "total": total, "house": money(&book.sum_of_shares(|s| s.payee.is_none())),
    }))
}

/// The document of what moved in `[begin, end)`.
pub fn movement(world: &World, begin: Day, end: Day) -> Value {
    let (before, after) = (Book::open(world, begin - 1.day()), Book::open(world, end - 1.day()));
    let row = |id: &str| {
        let (settled, reversed) = moved(&before, &after, id);
        vec![
            ("opening", before.balance(id)),
            ("settled", settled),
            ("reversed", reversed),
            ("adjustments", after.adjustments(id) - before.adjustments(id)),
            ("paid", after.paid(id) - before.paid(id)),
            ("closing", after.balance(id)),
        ]
    };
    let (shown, total) = rows(world, row);
    json!({
        "schema": "scrm-calc.payouts-movement/1", "currency": "CNY",
        "begin": begin.to_string(), "end": end.to_string(), "distributors": shown, "total": total,
    })
}

/// Share by share the difference of what was settled: upwards, and downwards.
fn moved(before: &Book, after: &Book, id: &str) -> (Q, Q) {
    let (mut up, mut down) = (q(0), q(0));
    let amount = |s: &Share| if s.settled { s.amount.clone() } else { q(0) };
    for (b, a) in before.shares.iter().zip(&after.shares).filter(|(b, _)| b.payee.as_deref() == Some(id)) {
        up += (amount(a) - amount(b)).max(q(0));
        down += (amount(b) - amount(a)).max(q(0));
    }
    (up, down)
}

/// Who is to be paid at the end of `last`: payable and its tax.
pub fn due(world: &World, last: Day) -> Vec<(String, Q, Q)> {
    let book = Book::open(world, last);
    let all = everybody(world).into_iter().map(|id| (book.payable(&id), book.tax(&id), id));
    all.filter(|(payable, _, _)| *payable > q(0)).map(|(payable, tax, id)| (id, payable, tax)).collect()
}

/// What somebody is owed at the end of `last`, or owes.
pub fn balance(world: &World, id: &str, last: Day) -> Q {
    Book::open(world, last).balance(id)
}

/// To withhold from `payable`, after payments to the same person that did not fail, none later than `day`.
pub fn tax(rule: Tax, payments: &[&Payment], day: Day, payable: &Q) -> Q {
    if *payable == q(0) {
        return q(0);
    }
    let same_month = |p: &Payment| p.day.first_of_month() == day.first_of_month();
    let same_year = |p: &Payment| p.day.year() == day.year();
    let sums = |of: &dyn Fn(&Payment) -> bool| {
        let mine = payments.iter().filter(|p| of(p));
        mine.fold((payable.clone(), q(0)), |(income, tax), p| {
            (income + &p.amount, tax + p.tax.clone().unwrap_or_else(|| q(0)))
        })
    };
    let due = match rule {
        Tax::None => q(0),
        Tax::Labour => {
            let (income, withheld) = sums(&same_month);
            labour(&income) - withheld
        }
        Tax::Platform => {
            let (income, withheld) = sums(&same_year);
            platform(&income, consecutive_months(payments, day)) - withheld
        }
    };
    rounded(due.max(q(0)), Rounding::HalfUp)
}

/// The month of `day`, and those before it in its year without a gap in which there was a payment.
fn consecutive_months(payments: &[&Payment], day: Day) -> i64 {
    let in_month = |month: i8| payments.iter().any(|p| p.day.year() == day.year() && p.day.month() == month);
    let before = (1..day.month()).rev().take_while(|month| in_month(*month));
    1 + before.count() as i64
}

fn yuan(n: i64) -> Q {
    Q::from(BigInt::from(n))
}

/// From, percent and deduction, of the last step that begins below `taxable`.
fn step(taxable: &Q, steps: &[(i64, i64, i64)]) -> Q {
    let reached = steps.iter().rfind(|s| *taxable > yuan(s.0));
    reached.map_or(q(0), |(_, percent, less)| taxable * q(percent * 100) - yuan(*less))
}

/// On a month's income.
fn labour(income: &Q) -> Q {
    let taxable = if *income <= yuan(4_000) { income - yuan(800) } else { income * q(8_000) };
    step(&taxable, &[(0, 20, 0), (20_000, 30, 2_000), (50_000, 40, 7_000)])
}

/// On a year's income so far.
fn platform(income: &Q, months: i64) -> Q {
    let taxable = income * q(8_000) - yuan(5_000 * months);
    let steps = [
        (0, 3, 0),
        (36_000, 10, 2_520),
        (144_000, 20, 16_920),
        (300_000, 25, 31_920),
        (420_000, 30, 52_920),
        (660_000, 35, 85_920),
        (960_000, 45, 181_920),
    ];
    step(&taxable, &steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(day: Day, amount: &Q, tax: &Q) -> Payment {
        Payment {
            distributor: "d".into(),
            day,
            amount: amount.clone(),
            tax: Some(tax.clone()),
            failed: false,
        }
    }

    /// Pays `amounts` in the months from January on, each on its month's tenth, and says what was withheld.
    fn month_by_month(rule: Tax, amounts: &[i64]) -> Vec<String> {
        let mut payments: Vec<Payment> = Vec::new();
        for (at, amount) in amounts.iter().enumerate() {
            let day = Day::constant(2026, 1 + at as i8, 10);
            let withheld = tax(rule, &payments.iter().collect::<Vec<_>>(), day, &yuan(*amount));
            payments.push(payment(day, &yuan(*amount), &withheld));
        }
        payments.iter().flat_map(|p| &p.tax).map(money).collect()
    }

    #[test]
    fn labour_is_taxed_as_the_contract_says() {
        let vectors = [
            (800, "0.00"),
            (801, "0.20"),
            (4_000, "640.00"),
            (6_250, "1000.00"),
            (25_000, "4000.00"),
            (30_000, "5200.00"),
            (62_500, "13000.00"),
            (80_000, "18600.00"),
        ];
        for (income, want) in vectors {
            assert_eq!(month_by_month(Tax::Labour, &[income]), [want], "{income}");
            // A month's tax does not depend on how it was paid.
            let day = Day::constant(2026, 1, 31);
            let first = tax(Tax::Labour, &[], day, &yuan(300));
            let paid = payment(day, &yuan(300), &first);
            let second = tax(Tax::Labour, &[&paid], day, &yuan(income - 300));
            assert_eq!(money(&(first + second)), want, "{income} in two");
        }
        // Every month begins anew.
        assert_eq!(month_by_month(Tax::Labour, &[801, 801]), ["0.20", "0.20"]);
    }

    #[test]
    fn platforms_withhold_over_the_year_as_the_contract_says() {
        let of = |amounts: &[i64]| month_by_month(Tax::Platform, amounts);
        assert_eq!(of(&[10_000; 4]), ["90.00"; 4]);
        assert_eq!(of(&[6_250; 3]), ["0.00"; 3]);
        assert_eq!(of(&[60_000, 60_000]), ["1780.00", "4300.00"]);
    }

    #[test]
    fn a_gap_and_a_new_year_begin_the_months_anew() {
        let (january, march) = (Day::constant(2026, 1, 5), Day::constant(2026, 3, 5));
        let first = payment(january, &yuan(10_000), &yuan(90));
        // 20,000 − 20 % − 5,000 × 1 = 11,000, at 3 % 330, less 90.
        assert_eq!(money(&tax(Tax::Platform, &[&first], march, &yuan(10_000))), "240.00");
        let next_year = Day::constant(2027, 1, 5);
        assert_eq!(money(&tax(Tax::Platform, &[&first], next_year, &yuan(10_000))), "90.00");
    }

    #[test]
    fn nothing_payable_is_not_taxed_and_no_tax_is_given_back() {
        let day = Day::constant(2026, 1, 5);
        let untaxed = payment(day, &yuan(50_000), &q(0));
        let overtaxed = payment(day, &yuan(1_000), &yuan(900));
        for rule in [Tax::Labour, Tax::Platform] {
            assert_eq!(tax(rule, &[&untaxed], day, &q(0)), q(0));
            assert_eq!(tax(rule, &[&overtaxed], day, &yuan(10)), q(0));
        }
        // 50,010 × 80 % = 40,008, at 30 % − 2,000.
        assert_eq!(money(&tax(Tax::Labour, &[&untaxed], day, &yuan(10))), "10002.40");
    }
}
