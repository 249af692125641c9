//! The statement as a document: traffic, direct, distribution, total, read from the top down.

mod beside;
pub mod change;
pub mod targets;

use super::document::{Cell, Document, Field, Layout, Node, Record, Role, Section, Table};
use super::problems::Words;
use super::words::{bucket, formula, label, section};
use crate::input::problem::Problem;
use crate::lang::Lang;
use crate::render::number::{human_count, human_money};
use scrm_core::classify::Bucket;
use scrm_core::fold::{Basis, Tally};
use scrm_core::period::Range;
use scrm_core::pnl::{Column, Figure, Key, Reconciliation, Statement, Sums};

/// Makes the document. `warnings` are told below the figures.
pub fn document(s: &Statement, currency: &str, warnings: &[Problem], words: &Words) -> Document {
    let lang = words.lang;
    let range = |f: fn(scrm_core::period::Range) -> scrm_core::date::Day| {
        s.range.map_or(Cell::Null, |r| Cell::Date(f(r)))
    };
    let basis = if s.basis == Basis::Cohort { "cohort" } else { "period" };
    let mut head = vec![
        ("currency", Cell::text(currency)),
        ("basis", Cell::text(basis)),
        ("begin", range(|r| r.begin)),
        ("end", range(|r| r.end)),
    ];
    head.extend(s.joined_by_order.then(|| ("acquired_on", Cell::text(FIRST_ORDER))));
    Document {
        schema: "scrm-calc.pnl/1",
        title: lang.pick("Profit and loss of the two systems", "两套体系损益表").into(),
        subtitle: subtitle(s, currency, lang),
        head,
        tables: vec![table(s, lang)],
        tail: vec![
            ("reconciliation", reconciliation(&s.reconciliation)),
            ("warnings", Node::List(warnings.iter().map(|w| words.json_warning(w)).collect())),
        ],
        notes: notes(s, warnings, words),
    }
}

/// The range, its first and last day, and the currency.
pub(super) fn range_line(range: Option<Range>, currency: &str, lang: Lang) -> String {
    let days = match range {
        None => lang.pick("no dated row", "没有任何带日期的数据").to_string(),
        Some(r) => {
            let n = r.end.0 - r.begin.0;
            let last = r.end.plus(-1);
            match lang {
                Lang::En => format!("{} to {last}, {n} day{}", r.begin, if n == 1 { "" } else { "s" }),
                Lang::Zh => format!("{} 至 {last}，共 {n} 天", r.begin),
            }
        }
    };
    format!("{days} · {currency}")
}

/// The word of the settings for users who joined on the day of their first order.
pub(super) const FIRST_ORDER: &str = "first-order";

/// When users joined, where that is not what their table says.
pub(super) fn joining_line(joined_by_order: bool, lang: Lang) -> Option<String> {
    let line = lang.pick(
        "Users joined on the day of their first paid order (acquired_on = \"first-order\")",
        "用户的加入日期为其首笔已支付订单之日（acquired_on = \"first-order\"）",
    );
    joined_by_order.then(|| line.into())
}

/// The range, and what must be known to read the figures.
fn subtitle(s: &Statement, currency: &str, lang: Lang) -> Vec<String> {
    let mut lines = vec![range_line(s.range, currency, lang)];
    lines.extend(joining_line(s.joined_by_order, lang));
    if s.basis == Basis::Cohort {
        lines.push(
            lang.pick(
                "By cohort: a column holds the users acquired in it and all they brought up to the end of the range",
                "按批次：每列为该期新增用户，以及他们截至期末带来的全部",
            )
            .into(),
        );
        if s.earlier_users > 0 {
            let n = human_count(s.earlier_users);
            lines.push(match lang {
                Lang::En => format!("What {n} users acquired before the range brought is in no column"),
                Lang::Zh => format!("另有 {n} 名用户在此范围之前加入，其带来的收入不在任何一列"),
            });
        }
    }
    lines
}

/// The keys that a statement has rows of.
fn keys(s: &Statement) -> Vec<Key> {
    Key::ALL.iter().copied().filter(|k| s.goods_cost || !k.needs_goods_cost()).collect()
}

fn table(s: &Statement, lang: Lang) -> Table {
    let keys = keys(s);
    let mut fields: Vec<Field> =
        ["period", "begin", "end", "channel"].map(|key| Field::identity(key, label(key, lang))).to_vec();
    let sections = sections(keys.iter().map(|k| k.name()), fields.len(), lang);
    for key in &keys {
        let name = key.name();
        fields.push(Field {
            key: name,
            label: label(name, lang).into(),
            identity: false,
            role: role(*key),
            formula: formula(name, lang).into(),
        });
    }
    let single = s.columns.len() == 1;
    Table {
        key: "columns",
        total_key: "total",
        title: String::new(),
        layout: Layout::Statement,
        fields,
        sections,
        records: s.columns.iter().map(|c| column(c, &keys, lang)).collect(),
        total: Some(total(s, &keys, lang)),
        show_total: !single,
        formula_heading: if single { lang.pick("How", "算法").into() } else { String::new() },
        order: None,
    }
}

/// A section for each system, over fields with these names from the field `first` on.
pub(super) fn sections(names: impl Iterator<Item = &'static str>, first: usize, lang: Lang) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut system = "";
    for (i, name) in names.enumerate() {
        let of = name.split_once('.').map_or(name, |(system, _)| system);
        if of != system {
            system = of;
            sections.push(Section { heading: section(of, lang).into(), from: first + i });
        }
    }
    sections
}

/// The lines that a block of the statement comes to.
pub(super) fn role(key: Key) -> Role {
    match key {
        Key::TrafficCost | Key::Revenue | Key::DirectProfit | Key::DistributionRevenue => Role::Total,
        Key::DistributionProfit | Key::TotalProfit => Role::Total,
        _ => Role::Item,
    }
}

/// The label of the only period of a statement without columns.
const ALL: &str = "all";

fn column(c: &Column, keys: &[Key], lang: Lang) -> Record {
    let mut cells = vec![
        Cell::text(&c.period),
        c.range.map_or(Cell::Null, |r| Cell::Date(r.begin)),
        c.range.map_or(Cell::Null, |r| Cell::Date(r.end)),
        c.channel.as_deref().map_or(Cell::Null, Cell::text),
    ];
    cells.extend(keys.iter().map(|k| cell(*k, &c.sums)));
    // A single period needs no name of its own above its channels.
    let period = match c.period.as_str() {
        ALL if c.channel.is_some() => None,
        ALL => Some(lang.pick("All", "全部").to_string()),
        label => Some(label.to_string()),
    };
    let heading = [period, c.channel.as_deref().map(Into::into)];
    Record { role: Role::Item, heading: heading.into_iter().flatten().collect(), cells }
}

fn total(s: &Statement, keys: &[Key], lang: Lang) -> Record {
    let date = |d: Option<scrm_core::date::Day>| d.map_or(Cell::Null, Cell::Date);
    let mut cells =
        vec![Cell::Null, date(s.range.map(|r| r.begin)), date(s.range.map(|r| r.end)), Cell::Null];
    cells.extend(keys.iter().map(|k| cell(*k, &s.total)));
    Record { role: Role::Total, heading: vec![lang.pick("Total", "合计").into()], cells }
}

pub(super) fn cell(key: Key, sums: &Sums) -> Cell {
    figure_cell(key.of(sums))
}

pub(super) fn figure_cell(figure: Figure) -> Cell {
    match figure {
        Figure::Count(n) => Cell::Count(n),
        Figure::Money(m) => Cell::Money(m),
        Figure::Share(r) => Cell::Share(r),
        Figure::Quotient(r) => Cell::Quotient(r),
        Figure::UnitValue(r) => Cell::UnitValue(r),
    }
}

/// The reconciliation for machines.
pub fn reconciliation(r: &Reconciliation) -> Node {
    let tally = |t: Tally| {
        Node::Object(vec![
            ("orders", Node::Cell(Cell::Count(t.orders))),
            ("amount", Node::Cell(Cell::Money(t.amount))),
        ])
    };
    let mut all = vec![("orders", tally(r.all))];
    all.extend(Bucket::ALL.map(|b| (b.key(), tally(r.bucket(b)))));
    all.extend(r.refund_rows.map(|rows| ("refund_rows", tally(rows))));
    all.push(("residual", Node::Cell(Cell::Money(r.residual))));
    Node::Object(all)
}

/// The reconciliation for people: all orders are the sum of the five buckets.
pub fn reconciliation_lines(r: &Reconciliation, lang: Lang) -> Vec<String> {
    let tally = |t: Tally| match lang {
        Lang::En => format!("{} for {}", human_count(t.orders), human_money(t.amount)),
        Lang::Zh => format!("{} 单 {}", human_count(t.orders), human_money(t.amount)),
    };
    let parts = |buckets: &[Bucket]| {
        let part = |b: &Bucket| format!("{} {}", bucket(b.key(), lang), tally(r.bucket(*b)));
        buckets.iter().map(part).collect::<Vec<_>>().join(" + ")
    };
    let inside = parts(&[Bucket::Direct, Bucket::Distribution]);
    let outside = parts(&[Bucket::NotPaid, Bucket::UnknownUser, Bucket::BeforeJoining]);
    let residual = human_money(r.residual);
    let mut lines = vec![
        format!("{} {}", lang.pick("Reconciliation: all orders", "对账：全部订单"), tally(r.all)),
        format!("  = {inside}"),
        format!("  + {outside}"),
    ];
    let refunds = |t| format!("  + {} {}", lang.pick("refund rows", "负数行（退款）"), tally(t));
    lines.extend(r.refund_rows.map(refunds));
    lines.push(format!("  {} {residual}", lang.pick("residual", "差额")));
    lines
}

fn notes(s: &Statement, warnings: &[Problem], words: &Words) -> Vec<String> {
    let mut notes = reconciliation_lines(&s.reconciliation, words.lang);
    notes.extend(warnings.iter().map(|w| words.line(w)));
    notes
}
