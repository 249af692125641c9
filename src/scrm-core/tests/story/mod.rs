//! A few lines in the domain's words become a world with its orders, and expectations of its payouts.
//!
//! ```text
//! plan levels 10% 2% | base margin | rounding down | settle 14 | minimum 1.00 | tax cn-labour-2018
//! tier whole 20000.00 2%
//! rate distributor d1 15% 3% from 02-01 until 03-01      (or product, category, grade, default)
//! distributor d1 under up joined 01-01 left 06-01 grade gold
//! order o1 d1 01-05 100.00 done 01-09 product P category C cost 40.00
//! refund o1 02-01 20.00
//! adjust d1 02-03 -5.00
//! pay d1 02-10 100.00 tax 3.00          failed d1 02-11 100.00
//! as of 02-28
//! d1 settled 8.00 payable 0.00          house 1.00
//! from 02-01 to 02-28                    then: d1 opening 0.00 settled 8.00 …
//! ```
//! Days are those of 2026 unless a year stands before them.

use scrm_core::classify::Buyer;
use scrm_core::date::{Day, Stamp};
use scrm_core::fold::{Basis, Context, Fold, NONE, Order, Shape};
use scrm_core::money::{Amount, CENT, Money, Rate, Rounding};
use scrm_core::payout::{Movements, Payouts, movements, payouts};
use scrm_core::period::{Ends, Grain, Range};
use scrm_core::plan::{Base, Plan, RateBook, RateEntry, Selector, Tier, TierMode};
use scrm_core::tax::TaxRule;
use scrm_core::world::{Adjustment, Distributor, Payment, World};
use std::collections::BTreeMap;

#[derive(Default)]
struct Sale {
    id: String,
    distributor: u32,
    paid: Day,
    amount: Amount,
    refunds: Vec<(Day, Amount)>,
    completed: Option<Day>,
    cost: Amount,
    product: u32,
    category: u32,
}

/// A story as far as it is told.
#[derive(Default)]
pub struct Story {
    world: World,
    sales: Vec<Sale>,
    rates: Vec<RateEntry>,
    names: BTreeMap<String, u32>,
    owed: Option<Payouts>,
    moved: Option<Movements>,
}

pub fn day(text: &str) -> Day {
    let full = if text.len() == 5 { format!("2026-{text}") } else { text.to_string() };
    let n: Vec<i32> = full.split('-').map(|p| p.parse().unwrap()).collect();
    Day::from_ymd(n[0], n[1] as u32, n[2] as u32).unwrap()
}

pub fn money(text: &str) -> Amount {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |t| (-1, t));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let part: i64 = format!("{part:0<4}").parse().unwrap();
    Amount(sign * (whole.parse::<i64>().unwrap() * 100 * CENT + part))
}

fn rate(text: &str) -> Rate {
    Rate::parse(text).unwrap()
}

/// Tells a story and checks what it expects.
pub fn tell(text: &str) {
    let mut story = Story::default();
    story.world.rules.plan = Some(Plan::default());
    story.world.completion_known = true;
    for line in text.lines().map(|l| l.split('#').next().unwrap_or("").trim()).filter(|l| !l.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        story.line(&words, line);
    }
}

impl Story {
    fn line(&mut self, words: &[&str], line: &str) {
        match words {
            ["no", "plan"] => self.world.rules.plan = None,
            ["completion", "unknown"] => self.world.completion_known = false,
            ["plan", rest @ ..] => rest.split(|w| *w == "|").for_each(|setting| self.setting(setting)),
            ["tier", mode, from, add] => {
                let plan = self.plan();
                plan.tier_mode = if *mode == "whole" { TierMode::Whole } else { TierMode::Marginal };
                plan.tiers.push(Tier { from: money(from), add: rate(add) });
            }
            ["rate", rest @ ..] => self.rate(rest),
            ["distributor", id, rest @ ..] => self.distributor(id, rest),
            ["order", id, distributor, paid, amount, rest @ ..] => {
                self.order(id, distributor, paid, amount, rest);
            }
            ["refund", id, on, amount] => {
                let sale = self.sales.iter_mut().find(|s| s.id == *id).unwrap();
                sale.refunds.push((day(on), money(amount)));
            }
            ["adjust", id, on, amount] => {
                let distributor = self.number(id);
                self.world.adjustments.push(Adjustment { distributor, day: day(on), amount: money(amount) });
            }
            [kind @ ("pay" | "failed"), id, on, amount, tax @ ..] => {
                let distributor = self.number(id);
                let tax = if let ["tax", tax] = tax { money(tax) } else { Amount::ZERO };
                let failed = *kind == "failed";
                let (day, amount) = (day(on), money(amount));
                self.world.payments.push(Payment { distributor, day, amount, tax, failed });
            }
            ["as", "of", on] => {
                let orders = self.fold();
                self.owed = Some(payouts(&self.world, &orders.distribution, day(on)).unwrap());
            }
            ["from", first, "to", last] => {
                let orders = self.fold();
                let range = Range { begin: day(first), end: day(last).plus(1) };
                self.moved = Some(movements(&self.world, &orders.distribution, range).unwrap());
                self.owed = None;
            }
            ["house", amount] => {
                assert_eq!(self.owed.as_ref().unwrap().house, money(amount).into(), "{line}");
            }
            [who, figures @ ..] => self.expect(who, figures, line),
            [] => {}
        }
    }

    fn plan(&mut self) -> &mut Plan {
        self.world.rules.plan.as_mut().unwrap()
    }

    fn setting(&mut self, words: &[&str]) {
        match words {
            ["levels", rates @ ..] => self.plan().levels = rates.iter().map(|r| rate(r)).collect(),
            ["base", base] => {
                self.plan().base = match *base {
                    "net" => Base::Net,
                    "paid" => Base::Paid,
                    _ => Base::Margin,
                };
            }
            ["rounding", rounding] => {
                self.plan().rounding = match *rounding {
                    "half-up" => Rounding::HalfUp,
                    "half-even" => Rounding::HalfEven,
                    _ => Rounding::Down,
                };
            }
            ["settle", days] => self.plan().settle_after_days = days.parse().unwrap(),
            ["minimum", amount] => self.plan().min_payout = money(amount),
            ["tax", rule] => {
                self.world.rules.tax = match *rule {
                    "cn-labour-2018" => TaxRule::CnLabour2018,
                    _ => TaxRule::CnPlatform2025,
                };
            }
            other => panic!("no setting: {other:?}"),
        }
    }

    /// The number of a name; distributors, products, categories and grades share them.
    fn name(&mut self, name: &str) -> u32 {
        let next = self.names.len() as u32;
        *self.names.entry(name.into()).or_insert(next)
    }

    fn rate(&mut self, words: &[&str]) {
        let (selector, rest) = match words {
            ["default", rest @ ..] => (Selector::All, rest),
            [kind, name, rest @ ..] => {
                let n = self.name(name);
                let selector = match *kind {
                    "distributor" => Selector::Distributor(n),
                    "product" => Selector::Product(n),
                    "category" => Selector::Category(n),
                    _ => Selector::Grade(n),
                };
                (selector, rest)
            }
            _ => panic!("no rate: {words:?}"),
        };
        let dates = rest.iter().position(|w| !w.ends_with('%')).unwrap_or(rest.len());
        let after = |word: &str| rest.iter().position(|w| *w == word).map(|i| day(rest[i + 1]));
        let entry = RateEntry {
            selector,
            levels: rest[..dates].iter().map(|r| rate(r)).collect(),
            from: after("from"),
            until: after("until"),
            number: self.rates.len() + 1,
        };
        self.rates.push(entry);
        self.plan().rates = RateBook::new(self.rates.clone()).unwrap();
    }

    /// The number of a distributor, listed or not.
    fn number(&mut self, id: &str) -> u32 {
        let found = self.world.distributors.iter().position(|d| &*d.id == id);
        found.unwrap_or_else(|| {
            let own_rate = Some(self.name(id));
            self.world.distributors.push(Distributor { listed: false, own_rate, ..Distributor::new(id) });
            self.world.distributors.len() - 1
        }) as u32
    }

    fn distributor(&mut self, id: &str, words: &[&str]) {
        let n = self.number(id) as usize;
        self.world.distributors[n].listed = true;
        for pair in words.chunks(2) {
            match pair {
                ["under", upline] => self.world.distributors[n].upline = Some(self.number(upline)),
                ["joined", on] => self.world.distributors[n].joined = Some(day(on)),
                ["left", on] => self.world.distributors[n].left = Some(day(on)),
                ["grade", grade] => self.world.distributors[n].grade = Some(self.name(grade)),
                other => panic!("no distributor has {other:?}"),
            }
        }
    }

    fn order(&mut self, id: &str, distributor: &str, paid: &str, amount: &str, words: &[&str]) {
        let distributor = self.number(distributor);
        let mut sale = Sale { id: id.into(), distributor, paid: day(paid), ..Sale::default() };
        (sale.amount, sale.product, sale.category) = (money(amount), NONE, NONE);
        for pair in words.chunks(2) {
            match pair {
                ["done", on] => sale.completed = Some(day(on)),
                ["cost", amount] => sale.cost = money(amount),
                ["product", name] => sale.product = self.name(name),
                ["category", name] => sale.category = self.name(name),
                other => panic!("no order has {other:?}"),
            }
        }
        self.sales.push(sale);
    }

    fn fold(&self) -> Fold {
        let shape = Shape {
            grain: Grain::All,
            ends: Ends::default(),
            basis: Basis::Period,
            by_channel: false,
            keep_ids: true,
        };
        let cx = Context { world: &self.world, shape };
        let mut fold = Fold::default();
        for sale in &self.sales {
            let paid = Some(Stamp::date(sale.paid));
            let order = Order {
                id: sale.id.as_bytes(),
                buyer: Buyer::Guest,
                paid,
                amount: sale.amount,
                refunds: &sale.refunds,
                goods_cost: sale.cost,
                completed: sale.completed,
                product: sale.product,
                category: sale.category,
            };
            let verdict = self.world.classify(Buyer::Guest, paid, Some(sale.distributor));
            fold.add(&cx, &order, verdict, || 0);
        }
        fold
    }

    fn expect(&mut self, who: &str, figures: &[&str], line: &str) {
        let n = self.number(who);
        for pair in figures.chunks(2) {
            let [figure, want] = pair else { panic!("{line}: a figure without its value") };
            let got = match (&self.owed, &self.moved) {
                (Some(owed), _) => owed_figure(owed, who, n, figure),
                (None, Some(moved)) => moved_figure(moved, who, n, figure),
                _ => panic!("{line}: before any day"),
            };
            let want = if *figure == "orders" { Money(want.parse().unwrap()) } else { money(want).into() };
            assert_eq!(got, want, "{line}: {figure}");
        }
        if figures.is_empty() {
            panic!("{line}: nothing is expected");
        }
    }
}

fn owed_figure(owed: &Payouts, who: &str, n: u32, figure: &str) -> Money {
    let p = match who {
        "total" => owed.total,
        _ => owed.rows.iter().find(|r| r.0 == n).map(|r| r.1).unwrap_or_default(),
    };
    match figure {
        "orders" => Money(p.account.orders.into()),
        "base" => p.account.base,
        "pending" => p.account.pending,
        "settled" => p.account.settled,
        "accrued" => p.account.accrued(),
        "adjustments" => p.account.adjustments,
        "paid" => p.account.paid,
        "balance" => p.account.balance(),
        "payable" => p.payable,
        "carried" => p.carried(),
        "tax" => p.tax,
        "net" => p.net(),
        other => panic!("no figure: {other}"),
    }
}

fn moved_figure(moved: &Movements, who: &str, n: u32, figure: &str) -> Money {
    let m = match who {
        "total" => moved.total,
        _ => moved.rows.iter().find(|r| r.0 == n).map(|r| r.1).unwrap_or_default(),
    };
    match figure {
        "opening" => m.opening,
        "settled" => m.settled,
        "reversed" => m.reversed,
        "adjustments" => m.adjustments,
        "paid" => m.paid,
        "closing" => m.closing,
        other => panic!("no figure: {other}"),
    }
}
