//! The page of one distributor, fit to send to that person: nothing of anybody else stands on it.
//!
//! No other person's id, name or total; of an order its id, and not who bought it or, at level 2, who sold it; no
//! warnings about the data, which are the shop's to know.

use super::document::{Cell, Document, Field, Layout, Node, Record, Role, Table};
use super::payouts::{OWED, Owed, has_rate, line_table};
use super::rules::Rules;
use super::words::label;
use crate::lang::Lang;
use crate::render::number::{human_count, human_money};
use scrm_core::money::Money;
use scrm_core::pages::{Owned, Page};
use scrm_core::payout::Payout;
use scrm_core::plan::{Base, Plan};
use scrm_core::tax::TaxRule;

/// What all pages are made from.
pub struct Statements<'a> {
    pub at: Owed<'a>,
    pub rules: Rules,
    /// The reason of each adjustment of the world.
    pub reasons: &'a [Box<str>],
    pub lang: Lang,
    /// For CSV and TSV, which hold one table: everything on the page in one.
    pub as_ledger: bool,
}

/// The columns of the one table.
const LEDGER: [&str; 13] = [
    "entry",
    "date",
    "order_id",
    "level",
    "rule",
    "base",
    "rate",
    "tier",
    "amount",
    "tax",
    "settles_on",
    "state",
    "text",
];

/// What a kind of rows is called in the one table, and its column there of each column of its own.
type Entry = (&'static str, &'static [(&'static str, &'static str)]);

/// Those of the lines, the adjustments and the payments; columns that are not named here keep their names.
const ENTRIES: [Entry; 3] = [
    ("commission", &[("paid_on", "date"), ("commission", "amount")]),
    ("adjustment", &[("reason", "text")]),
    ("payment", &[("paid_on", "date"), ("status", "state")]),
];

impl Statements<'_> {
    /// One page.
    pub fn page(&self, page: &Page) -> Document {
        let (at, lang) = (&self.at, self.lang);
        let mut tables = vec![self.lines(page), self.adjustments(page), self.payments(page)];
        let figures = OWED.iter().map(|(key, of)| (*key, Node::Cell(of(&page.payout)))).collect();
        let (id, name) = (at.id(page.distributor), at.name(page.distributor));
        let who = [&id, &name].map(|cell| if let Cell::Text(text) = cell { text.as_str() } else { "" });
        let mut subtitle = vec![who.join(" ").trim_end().to_string(), at.as_of_line(lang)];
        if at.for_people {
            tables.retain(|t| !t.records.is_empty());
            tables.insert(0, self.figures(&page.payout));
        } else {
            subtitle.clear();
        }
        if self.as_ledger {
            tables = vec![ledger(&tables, &page.payout)];
        }
        Document {
            schema: "scrm-calc.payouts-statement/1",
            title: lang.pick("Commission statement", "佣金对账单").into(),
            subtitle,
            head: vec![
                ("currency", Cell::text(at.currency)),
                ("as_of", at.as_of_cell()),
                ("distributor_id", id),
                ("name", name),
            ],
            tables,
            tail: vec![("figures", Node::Object(figures))],
            notes: self.notes(page),
        }
    }

    /// The figures from the top down, each with how it follows. Where no tax is withheld, nothing is said of it.
    fn figures(&self, payout: &Payout) -> Table {
        let taxed = self.at.world.rules.tax != TaxRule::None;
        let keys = ["orders", "base", "pending", "settled", "accrued", "adjustments", "paid", "balance"];
        let keys = keys.into_iter().chain(["payable", "carried"]);
        let keys: Vec<&'static str> = keys.chain(["tax", "net"].into_iter().filter(|_| taxed)).collect();
        let field = |key: &&'static str| Field {
            role: if ["accrued", "balance", "payable", "net"].contains(key) {
                Role::Total
            } else {
                Role::Item
            },
            formula: self.how(key),
            ..Field::figure(key, label(key, self.lang))
        };
        let cell = |key: &&str| OWED.iter().find(|(k, _)| k == key).map_or(Cell::Null, |(_, of)| of(payout));
        Table {
            layout: Layout::Statement,
            records: vec![Record {
                role: Role::Item,
                heading: vec![self.at.currency.into()],
                cells: keys.iter().map(cell).collect(),
            }],
            formula_heading: self.lang.pick("How", "算法").into(),
            ..Table::list("figures", keys.iter().map(field).collect(), Vec::new())
        }
    }

    /// How a figure follows, in the words of the plan.
    fn how(&self, key: &str) -> String {
        let plan = self.at.world.rules.plan_or_none();
        let settled = settled_when(plan, self.at.world.completion_known);
        let least = match human_money(plan.min_payout.into()) {
            _ if plan.min_payout.0 == 0 => ["the balance, if above 0".into(), "余额大于 0 时即为余额".into()],
            least => [
                format!("the balance, if above 0 and at least {least}"),
                format!("余额大于 0 且不低于 {least} 时即为余额"),
            ],
        };
        let [en, zh] = match key {
            "orders" => ["orders sold (level 1)", "本人推广成交的订单（一级）"],
            "base" => match plan.base {
                Base::Net => ["their amounts − refunds", "这些订单的金额 − 退款"],
                Base::Paid => ["their amounts", "这些订单的金额"],
                Base::Margin => {
                    ["their amounts − refunds − cost of goods", "这些订单的金额 − 退款 − 商品成本"]
                }
            },
            "pending" => ["commission of orders not settled yet", "尚未结算的订单的佣金"],
            "settled" => [settled[0].as_str(), &settled[1]],
            "accrued" => ["pending + settled", "待结算 + 已结算"],
            "adjustments" => ["corrections and extras", "更正、补发与扣减"],
            "paid" => ["payments that arrived, before tax", "已到账的付款（税前）"],
            "balance" => ["settled + adjustments − paid", "已结算 + 调整 − 已付"],
            "payable" => [least[0].as_str(), &least[1]],
            "carried" => ["balance − payable", "余额 − 本次应付"],
            "tax" => ["withheld from payable", "从本次应付中代扣"],
            "net" => ["payable − tax", "本次应付 − 代扣税"],
            _ => ["", ""],
        };
        self.lang.pick(en, zh).into()
    }

    /// Both levels where they are paid to this person.
    fn lines(&self, page: &Page) -> Table {
        let mut lines = page.lines.iter().filter(|l| has_rate(l));
        let table = line_table(&self.at, &mut lines, &self.rules, false, self.lang);
        let accrued = page.payout.account.accrued();
        self.titled(table, ["Commission, line by line", "佣金明细"], &[("commission", accrued)])
    }

    fn adjustments(&self, page: &Page) -> Table {
        let lang = self.lang;
        let reason = |o: &Owned| &*self.reasons[o.index];
        let rows = ordered(page.adjustments, |o| {
            let a = &self.at.world.adjustments[o.index];
            (a.day, a.amount, reason(o))
        });
        let rows = rows.into_iter().map(|(day, amount, reason)| {
            vec![Cell::Date(day), Cell::Money(amount.into()), Cell::text(reason)]
        });
        let fields = vec![
            Field::identity("date", label("date", lang)),
            Field::figure("amount", label("amount", lang)),
            Field::figure("reason", label("reason", lang)),
        ];
        let table = Table::list("adjustments", fields, rows.collect());
        let total = page.payout.account.adjustments;
        self.titled(table, ["Adjustments", "调整"], &[("amount", total)])
    }

    /// All payments; those that failed are shown as such, and are in no total.
    fn payments(&self, page: &Page) -> Table {
        let lang = self.lang;
        let rows = ordered(page.payments, |o| {
            let p = &self.at.world.payments[o.index];
            (p.day, p.amount, p.tax, p.failed)
        });
        let status = |failed| match (failed, self.at.for_people) {
            (false, true) => lang.pick("paid", "已付"),
            (true, true) => lang.pick("failed, not counted", "失败，不计入"),
            (false, false) => "paid",
            (true, false) => "failed",
        };
        let rows = rows.into_iter().map(|(day, amount, tax, failed)| {
            vec![
                Cell::Date(day),
                Cell::Money(amount.into()),
                Cell::Money(tax.into()),
                Cell::text(status(failed)),
            ]
        });
        let fields = vec![
            Field::identity("paid_on", label("paid_on", lang)),
            Field::figure("amount", label("amount", lang)),
            Field::figure("tax", label("tax", lang)),
            Field::figure("status", label("status", lang)),
        ];
        let table = Table::list("payments", fields, rows.collect());
        let totals = [("amount", page.payout.account.paid), ("tax", page.withheld)];
        self.titled(table, ["Payments", "付款"], &totals)
    }

    /// A table with its title and, for people, its total.
    fn titled(&self, mut table: Table, title: [&str; 2], totals: &[(&str, Money)]) -> Table {
        table.title = self.lang.pick(title[0], title[1]).into();
        if self.at.for_people {
            let total = |key| totals.iter().find(|(k, _)| *k == key);
            let cell = |f: &Field| total(f.key).map_or(Cell::Null, |(_, money)| Cell::Money(*money));
            let cells = table.fields.iter().map(cell).collect();
            table.total = Some(Record::total(self.lang.pick("Total", "合计"), cells));
            table.show_total = true;
        }
        table
    }

    /// The arithmetic of the balance, and what must be known to follow the page.
    fn notes(&self, page: &Page) -> Vec<String> {
        let (lang, account) = (self.lang, &page.payout.account);
        let min_payout = self.at.world.rules.plan_or_none().min_payout;
        let h = human_money;
        let (settled, adjustments, paid) = (h(account.settled), h(account.adjustments), h(account.paid));
        let (balance, least) = (h(account.balance()), h(min_payout.into()));
        let orders = human_count(page.ineligible);
        let said = |yes: bool, en: String, zh: String| yes.then(|| if lang == Lang::En { en } else { zh });
        let carried = page.payout.payable.is_zero();
        let failed = page.payments.iter().any(|o| self.at.world.payments[o.index].failed);
        let notes = [
            said(
                true,
                format!("Balance: settled {settled} + adjustments {adjustments} − paid {paid} = {balance}"),
                format!("余额：已结算 {settled} + 调整 {adjustments} − 已付 {paid} = {balance}"),
            ),
            said(
                account.balance() < Money::ZERO,
                "A balance below 0 is carried forward: later commission settles it first".into(),
                "余额为负时结转，由以后的佣金先行抵扣".into(),
            ),
            said(
                carried && account.balance() > Money::ZERO,
                format!("A balance below {least} is carried to the next payment"),
                format!("余额不足 {least} 时结转至下次付款"),
            ),
            said(
                page.ineligible > 0,
                format!("Orders paid before joining or after leaving, which earn no commission: {orders}"),
                format!("在加入之前或退出之后支付、不计佣金的订单：{orders} 单"),
            ),
            said(
                failed,
                "A payment that failed settles nothing, and is in no total".into(),
                "失败的付款不抵任何应付，也不计入合计".into(),
            ),
        ];
        notes.into_iter().flatten().collect()
    }
}

/// Lines, adjustments, payments, and what they come to, in one table without a total: its rows are not of one kind.
fn ledger(tables: &[Table], payout: &Payout) -> Table {
    let row = |entry: &str, cell: &dyn Fn(&str) -> Option<Cell>| -> Vec<Cell> {
        let cells = LEDGER[1..].iter().map(|column| cell(column).unwrap_or(Cell::Null));
        [Cell::text(entry)].into_iter().chain(cells).collect()
    };
    let mut rows = Vec::new();
    for (table, (entry, renamed)) in tables.iter().zip(ENTRIES) {
        let name = |key: &'static str| renamed.iter().find(|(own, _)| *own == key).map_or(key, |(_, to)| *to);
        let names: Vec<&str> = table.fields.iter().map(|f| name(f.key)).collect();
        rows.extend(table.records.iter().map(|record| {
            row(entry, &|column| names.iter().position(|n| *n == column).map(|i| record.cells[i].clone()))
        }));
    }
    rows.extend(OWED.iter().filter_map(|(key, of)| {
        // The number of orders is no amount; there is a row for each.
        let figure = Some(of(payout)).filter(|cell| matches!(cell, Cell::Money(_)))?;
        Some(row("figure", &|column| match column {
            "amount" => Some(figure.clone()),
            "text" => Some(Cell::text(key)),
            _ => None,
        }))
    }));
    Table::list("entries", LEDGER.iter().map(|key| Field::identity(key, key)).collect(), rows)
}

/// When a commission is settled: in English, in Chinese.
fn settled_when(plan: &Plan, completion_known: bool) -> [String; 2] {
    let [en, zh] = if completion_known { ["completed", "完成"] } else { ["paid", "支付"] };
    match plan.settle_after_days {
        0 => [format!("commission of {en} orders"), format!("已{zh}的订单的佣金")],
        1 => [format!("commission of orders {en} 1 day ago or more"), format!("{zh}满 1 天的订单的佣金")],
        n => {
            [format!("commission of orders {en} {n} days ago or more"), format!("{zh}满 {n} 天的订单的佣金")]
        }
    }
}

/// Rows by what they show, so that the order of the files does not matter.
fn ordered<T: Ord>(rows: &[Owned], shown: impl Fn(&Owned) -> T) -> Vec<T> {
    let mut list: Vec<T> = rows.iter().map(shown).collect();
    list.sort();
    list
}
