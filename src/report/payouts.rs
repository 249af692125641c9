//! What distributors are owed, as documents: the accounts, how they moved, and the lines they are made of.

use super::document::{Cell, Document, Field, Node, Record, Role, Table};
use super::people::People;
use super::problems::Words;
use super::rules::Rules;
use super::words::label;
use crate::input::problem::Problem;
use crate::lang::Lang;
use crate::render::number::{human_count, human_money};
use scrm_core::commission::{Payee, part_shares};
use scrm_core::date::Day;
use scrm_core::fold::DistOrders;
use scrm_core::money::{Rate, Ratio};
use scrm_core::payout::{Line, Movement, Movements, Payout, Payouts, State};
use scrm_core::period::Range;
use scrm_core::tax::TaxRule;
use scrm_core::world::World;

/// What all reports about payouts are made from.
#[derive(Clone, Copy)]
pub struct Owed<'a> {
    pub world: &'a World,
    pub orders: &'a DistOrders,
    /// `None` where the data knows no day.
    pub as_of: Option<Day>,
    pub currency: &'a str,
    /// With names, without columns that say nothing; programs get the contract's keys and no others.
    pub for_people: bool,
    pub warnings: &'a [Problem],
}

impl Owed<'_> {
    pub fn id(&self, distributor: u32) -> Cell {
        Cell::text(&self.world.distributors[distributor as usize].id)
    }

    /// The name, where there is one.
    pub fn name(&self, distributor: u32) -> Cell {
        match &*self.world.distributors[distributor as usize].name {
            "" => Cell::Null,
            name => Cell::text(name),
        }
    }

    pub fn people(&self) -> People<'_> {
        People::of(self.world, self.for_people)
    }

    pub fn as_of_cell(&self) -> Cell {
        self.as_of.map_or(Cell::Null, Cell::Date)
    }

    /// The day at whose end this holds, and the currency.
    pub fn as_of_line(&self, lang: Lang) -> String {
        let day = match (self.as_of, lang) {
            (Some(day), Lang::En) => format!("At the end of {day}"),
            (Some(day), Lang::Zh) => format!("截至 {day} 终了"),
            (None, _) => lang.pick("no dated row", "没有任何带日期的数据").into(),
        };
        format!("{day} · {}", self.currency)
    }

    pub fn warnings_node(&self, words: &Words) -> Node {
        Node::List(self.warnings.iter().map(|w| words.json_warning(w)).collect())
    }

    pub fn warning_lines(&self, words: &Words) -> impl Iterator<Item = String> {
        self.warnings.iter().map(|w| words.line(w)).collect::<Vec<_>>().into_iter()
    }
}

/// A column of figures: its key, and its cell of a row.
pub type Column<T> = (&'static str, fn(&T) -> Cell);

pub(super) const OWED: [Column<Payout>; 12] = [
    ("orders", |p| Cell::Count(p.account.orders)),
    ("base", |p| Cell::Money(p.account.base)),
    ("accrued", |p| Cell::Money(p.account.accrued())),
    ("pending", |p| Cell::Money(p.account.pending)),
    ("settled", |p| Cell::Money(p.account.settled)),
    ("adjustments", |p| Cell::Money(p.account.adjustments)),
    ("paid", |p| Cell::Money(p.account.paid)),
    ("balance", |p| Cell::Money(p.account.balance())),
    ("payable", |p| Cell::Money(p.payable)),
    ("carried", |p| Cell::Money(p.carried())),
    ("tax", |p| Cell::Money(p.tax)),
    ("net", |p| Cell::Money(p.net())),
];

const MOVED: [Column<Movement>; 6] = [
    ("opening", |m| Cell::Money(m.opening)),
    ("settled", |m| Cell::Money(m.settled)),
    ("reversed", |m| Cell::Money(m.reversed)),
    ("adjustments", |m| Cell::Money(m.adjustments)),
    ("paid", |m| Cell::Money(m.paid)),
    ("closing", |m| Cell::Money(m.closing)),
];

/// A list of distributors with their figures and a total. People are not shown rows without any figure.
fn list<T: Default + PartialEq>(
    at: &Owed,
    columns: &[Column<T>],
    rows: &[(u32, T)],
    total: &T,
    order: &'static str,
    lang: Lang,
) -> Table {
    let people = at.people();
    let mut fields = people.fields("distributor_id", lang);
    fields.extend(columns.iter().map(|(key, _)| Field::figure(key, label(key, lang))));
    let shown = rows.iter().filter(|(_, row)| !at.for_people || *row != T::default());
    let cells = |n: Option<u32>, row: &T| {
        let mut cells = n.map_or_else(|| people.nobody(Cell::Null), |n| people.cells(n));
        cells.extend(columns.iter().map(|(_, of)| of(row)));
        cells
    };
    let mut table = Table::list("distributors", fields, shown.map(|(n, row)| cells(Some(*n), row)).collect());
    table.total = Some(Record::total(lang.pick("Total", "合计"), cells(None, total)));
    table.show_total = true;
    table.order = Some(order);
    table
}

/// How many distributors have no figure, and so no row for people.
fn without_figures<T: Default + PartialEq>(rows: &[(u32, T)], lang: Lang) -> Option<String> {
    let n = rows.iter().filter(|(_, row)| *row == T::default()).count() as u64;
    let count = human_count(n);
    (n > 0).then(|| match lang {
        Lang::En if n == 1 => "1 distributor without any figure is not shown".into(),
        Lang::En => format!("{count} distributors without any figure are not shown"),
        Lang::Zh => format!("另有 {count} 名分销员没有任何数字，未列出"),
    })
}

/// What each distributor is owed.
pub fn owed_list(at: &Owed, p: &Payouts, words: &Words) -> Document {
    let lang = words.lang;
    let taxed = at.world.rules.tax != TaxRule::None;
    let shown = |(key, _): &&Column<Payout>| taxed || !at.for_people || !["tax", "net"].contains(key);
    let columns: Vec<Column<Payout>> = OWED.iter().filter(shown).copied().collect();
    let mut notes: Vec<String> = without_figures(&p.rows, lang).into_iter().collect();
    notes.extend(proof_lines(p, lang));
    notes.extend(at.warning_lines(words));
    Document {
        schema: "scrm-calc.payouts/1",
        title: lang.pick("Payouts", "分销员应付佣金").into(),
        subtitle: vec![at.as_of_line(lang)],
        head: vec![("currency", Cell::text(at.currency)), ("as_of", at.as_of_cell())],
        tables: vec![list(at, &columns, &p.rows, &p.total, "payable", lang)],
        tail: vec![("house", Node::Cell(Cell::Money(p.house))), ("warnings", at.warnings_node(words))],
        notes,
    }
}

/// What was proved, with the figures: the lines are the accounts, and the accounts are the balance.
fn proof_lines(p: &Payouts, lang: Lang) -> Vec<String> {
    let a = &p.total.account;
    let m = human_money;
    let (lines, accrued, house) = (m(p.lines), m(a.accrued()), m(p.house));
    let (pending, settled, adjustments, paid) = (m(a.pending), m(a.settled), m(a.adjustments), m(a.paid));
    let (balance, payable, carried) = (m(a.balance()), m(p.total.payable), m(p.total.carried()));
    match lang {
        Lang::En => vec![
            format!("Reconciliation: commission of all lines {lines} = accrued {accrued} + house {house}"),
            format!("  accrued {accrued} = pending {pending} + settled {settled}"),
            format!("  balance {balance} = settled {settled} + adjustments {adjustments} − paid {paid}"),
            format!("  balance {balance} = payable {payable} + carried {carried}"),
        ],
        Lang::Zh => vec![
            format!("对账：全部明细佣金 {lines} = 应计 {accrued} + 归公司 {house}"),
            format!("  应计 {accrued} = 待结算 {pending} + 已结算 {settled}"),
            format!("  余额 {balance} = 已结算 {settled} + 调整 {adjustments} − 已付 {paid}"),
            format!("  余额 {balance} = 本次应付 {payable} + 结转 {carried}"),
        ],
    }
}

/// How each balance moved.
pub fn movement_list(at: &Owed, range: Range, m: &Movements, words: &Words) -> Document {
    let lang = words.lang;
    let (begin, last) = (range.begin, range.end.plus(-1));
    let t = &m.total;
    let h = human_money;
    let (opening, settled, reversed) = (h(t.opening), h(t.settled), h(t.reversed));
    let (adjustments, paid, closing) = (h(t.adjustments), h(t.paid), h(t.closing));
    let mut notes: Vec<String> = without_figures(&m.rows, lang).into_iter().collect();
    notes.push(match lang {
        Lang::En => format!(
            "Reconciliation: opening {opening} + settled {settled} − reversed {reversed} + adjustments {adjustments} \
             − paid {paid} = closing {closing}"
        ),
        Lang::Zh => format!(
            "对账：期初 {opening} + 新结算 {settled} − 冲回 {reversed} + 调整 {adjustments} − 已付 {paid} = 期末 {closing}"
        ),
    });
    notes.extend(at.warning_lines(words));
    let mut table = list(at, &MOVED, &m.rows, t, "closing", lang);
    if let Some(field) = table.fields.iter_mut().find(|f| f.key == "settled") {
        field.label = lang.pick("Newly settled", "新结算").into();
    }
    Document {
        schema: "scrm-calc.payouts-movement/1",
        title: lang.pick("Movement of balances", "余额变动").into(),
        subtitle: vec![match lang {
            Lang::En => format!("{begin} to {last} · {}", at.currency),
            Lang::Zh => format!("{begin} 至 {last} · {}", at.currency),
        }],
        head: vec![
            ("currency", Cell::text(at.currency)),
            ("begin", Cell::Date(range.begin)),
            ("end", Cell::Date(range.end)),
        ],
        tables: vec![table],
        tail: Vec::new(),
        notes,
    }
}

/// A row for each order and level that has a rate.
pub fn line_list(at: &Owed, p: &Payouts, lines: &[Line], rules: &Rules, words: &Words) -> Document {
    let lang = words.lang;
    let mut table = line_table(at, &mut lines.iter().filter(|l| has_rate(l)), rules, true, lang);
    let i = table.fields.iter().position(|f| f.key == "commission").unwrap_or_default();
    let mut total: Vec<Cell> = table.fields.iter().map(|_| Cell::Null).collect();
    total[i] = Cell::Money(p.lines);
    table.total = Some(Record::total(lang.pick("Total", "合计"), total));
    table.show_total = true;
    let mut notes = proof_lines(p, lang);
    notes.truncate(2);
    notes.extend(at.warning_lines(words));
    Document {
        schema: "scrm-calc.payouts-lines/1",
        title: lang.pick("Commission, line by line", "佣金明细").into(),
        subtitle: vec![at.as_of_line(lang)],
        head: vec![("currency", Cell::text(at.currency)), ("as_of", at.as_of_cell())],
        tables: vec![table],
        tail: vec![
            ("accrued", Node::Cell(Cell::Money(p.total.account.accrued()))),
            ("house", Node::Cell(Cell::Money(p.house))),
            ("warnings", at.warnings_node(words)),
        ],
        notes,
    }
}

/// A level without a rate, which pays nobody anything, needs no line.
pub fn has_rate(line: &Line) -> bool {
    line.level == 0 || !line.rate.is_zero() || line.product != 0
}

/// The lines of orders, with or without the people they are paid to.
pub fn line_table(
    at: &Owed,
    lines: &mut dyn Iterator<Item = &Line>,
    rules: &Rules,
    with_payee: bool,
    lang: Lang,
) -> Table {
    let id = |key| Field::identity(key, label(key, lang));
    let figure = |key| Field::figure(key, label(key, lang));
    let mut fields = vec![id("order_id"), id("paid_on"), id("level")];
    fields.extend(with_payee.then(|| id("distributor_id")));
    fields.extend([figure("rule"), figure("base"), figure("rate")]);
    // A column that says nothing is not for people.
    let tiered = !at.for_people || at.world.rules.plan.as_ref().is_some_and(|p| !p.tiers.is_empty());
    fields.extend(tiered.then(|| figure("tier")));
    fields.push(figure("commission"));
    fields.extend([figure("settles_on"), figure("state")]);
    let row = |l: &Line| {
        let order_id = String::from_utf8_lossy(at.orders.id(l.order)).into_owned();
        let mut cells = vec![Cell::Text(order_id), Cell::Date(at.orders.list[l.order].paid)];
        cells.push(Cell::Count(l.level as u64 + 1));
        if with_payee {
            cells.push(match l.payee {
                Payee::Distributor(d) => at.id(d),
                Payee::House => Cell::Null,
            });
        }
        cells.extend([
            Cell::Text(rule_of(at, l, rules)),
            Cell::Money(l.base.into()),
            Cell::Share(rate_of(l)),
        ]);
        cells.extend(tiered.then(|| Cell::UnitValue(l.tier())));
        cells.extend([
            Cell::Money(l.commission),
            l.settles.map_or(Cell::Null, Cell::Date),
            Cell::Text(state(l.state, at.for_people, lang)),
        ]);
        cells
    };
    Table::list("lines", fields, lines.map(row).collect())
}

/// What decided the rate of a line; of an order of several parts, of each.
fn rule_of(at: &Owed, l: &Line, rules: &Rules) -> String {
    if !l.split {
        return rules.text(l.rule, l.level);
    }
    let (plan, as_of) = (at.world.rules.plan_or_none(), at.as_of.unwrap_or(Day(i32::MAX)));
    let mut texts: Vec<String> = Vec::new();
    for part in part_shares(at.world, plan, at.orders, l.order, l.level, l.holder, as_of) {
        let text = rules.text(part.rule, l.level);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts.join(" + ")
}

/// The rate of a line; of an order of several parts, what they come to of the whole.
fn rate_of(l: &Line) -> Option<Ratio> {
    let scale = i128::from(Rate::SCALE);
    match l.split {
        false => Ratio::of(l.rate.units().into(), scale),
        true => Ratio::of(l.product - l.addition, i128::from(l.base.0) * scale),
    }
}

/// The name of a state; machines get the contract's word.
pub fn state(state: State, for_people: bool, lang: Lang) -> String {
    match (state, for_people) {
        (State::Pending, true) => lang.pick("pending", "待结算"),
        (State::Settled, true) => lang.pick("settled", "已结算"),
        (State::House, true) => lang.pick("house", "归公司"),
        (state, false) => state.name(),
    }
    .into()
}

impl Record {
    /// The total of a list.
    pub fn total(heading: &str, cells: Vec<Cell>) -> Record {
        Record { role: Role::Total, heading: vec![heading.into()], cells }
    }
}
