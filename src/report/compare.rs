//! The same history under two plans, as a document: who gains, who loses, and what it does to the profit.

use super::document::{Cell, Document, Field, Node, Record, Table};
use super::payouts::{Column, Owed};
use super::problems::Words;
use super::words::label;
use crate::lang::Lang;
use crate::render::number::{human_count, human_money};
use scrm_core::compare::{Comparison, Effect, Moved};
use std::collections::HashMap;

/// Makes the document. `plan` is the name of the new plan's file, `ignored` what else stands in it.
pub fn document(at: &Owed, c: &Comparison, plan: &str, ignored: &[String], words: &Words) -> Document {
    let lang = words.lang;
    let mut notes = notes(c, lang);
    if !ignored.is_empty() {
        let names = ignored.join(", ");
        notes.push(match lang {
            Lang::En => format!("Not used of {plan}: {names}"),
            Lang::Zh => format!("{plan} 中未使用的部分：{names}"),
        });
    }
    notes.extend(at.warning_lines(words));
    let fixed = lang.pick(
        "Behaviour is held fixed: the same people sell the same orders",
        "假定行为不变：同样的人卖出同样的订单",
    );
    let against = match lang {
        Lang::En => format!("Old: scrm.toml. New: {plan}"),
        Lang::Zh => format!("原方案：scrm.toml。新方案：{plan}"),
    };
    Document {
        schema: "scrm-calc.payouts-comparison/1",
        title: lang.pick("Commission under another plan", "换一套佣金方案").into(),
        subtitle: vec![at.as_of_line(lang), against, fixed.into()],
        head: vec![
            ("currency", Cell::text(at.currency)),
            ("as_of", at.as_of_cell()),
            ("new_plan", Cell::text(plan)),
            ("behaviour", Cell::text("fixed")),
        ],
        tables: vec![people(at, c, lang), system(c, at.for_people, lang)],
        tail: vec![
            ("house", node(&c.house)),
            ("winners", moved(c.winners)),
            ("losers", moved(c.losers)),
            ("unchanged", Node::count(c.unchanged)),
            ("ignored", Node::List(ignored.iter().map(|k| Node::text(k)).collect())),
            ("warnings", at.warnings_node(words)),
        ],
        notes,
    }
}

const FIGURES: [Column<Effect>; 3] = [
    ("old", |e| Cell::Money(e.old)),
    ("new", |e| Cell::Money(e.new)),
    ("difference", |e| Cell::Money(e.difference())),
];

fn figures(lang: Lang) -> impl Iterator<Item = Field> {
    FIGURES.into_iter().map(move |(key, _)| Field::figure(key, label(key, lang)))
}

fn cells(e: &Effect) -> impl Iterator<Item = Cell> {
    FIGURES.into_iter().map(|(_, of)| of(e))
}

/// Commission accrued to each, with the largest gain first for people.
fn people(at: &Owed, c: &Comparison, lang: Lang) -> Table {
    let people = at.people();
    let names: HashMap<&str, &str> = at.world.distributors.iter().map(|d| (&*d.id, &*d.name)).collect();
    let mut fields = people.fields("distributor_id", lang);
    fields.extend(figures(lang));
    let row = |id: Option<&str>, e: &Effect| {
        let name = |id| names.get(id).copied().unwrap_or_default();
        let mut row =
            id.map_or_else(|| people.nobody(Cell::Null), |id| people.cells_of(Cell::text(id), name(id)));
        row.extend(cells(e));
        row
    };
    let rows = c.rows.iter().map(|(id, e)| row(Some(id), e)).collect();
    let mut table = Table::list("distributors", fields, rows);
    table.title = lang.pick("Commission accrued", "应计佣金").into();
    table.total = Some(Record::total(lang.pick("Total", "合计"), row(None, &c.total)));
    table.show_total = true;
    table.order = Some("difference");
    table
}

/// The effect on the distribution system.
fn system(c: &Comparison, for_people: bool, lang: Lang) -> Table {
    let mut fields = vec![Field::identity("figure", label("figure", lang))];
    fields.extend(figures(lang));
    let rows = [
        ("distribution.revenue", c.revenue),
        ("distribution.commission", c.commission),
        ("distribution.profit", c.profit()),
    ];
    let row = |(key, e): (&'static str, Effect)| {
        let name = if for_people { label(key, lang) } else { key };
        std::iter::once(Cell::text(name)).chain(cells(&e)).collect()
    };
    let mut table = Table::list("distribution", fields, rows.into_iter().map(row).collect());
    table.title = lang.pick("Distribution", "分销体系").into();
    table
}

fn node(e: &Effect) -> Node {
    Node::Object(FIGURES.iter().map(|(key, of)| (*key, Node::Cell(of(e)))).collect())
}

fn moved(m: Moved) -> Node {
    Node::Object(vec![
        ("distributors", Node::count(m.people)),
        ("difference", Node::Cell(Cell::Money(m.difference))),
    ])
}

fn notes(c: &Comparison, lang: Lang) -> Vec<String> {
    let n = human_count;
    let m = human_money;
    let (win, lose, same) = (n(c.winners.people), n(c.losers.people), n(c.unchanged));
    let (gain, loss) = (m(c.winners.difference), m(c.losers.difference));
    let (house_old, house_new) = (m(c.house.old), m(c.house.new));
    let mut notes = vec![
        match lang {
            Lang::En => format!("{win} gain {gain}, {lose} lose {loss}, {same} are unchanged"),
            Lang::Zh => format!("{win} 人增加 {gain}，{lose} 人减少 {loss}，{same} 人不变"),
        },
        match lang {
            Lang::En => format!("House: {house_old} by the old plan, {house_new} by the new one"),
            Lang::Zh => format!("归公司：原方案 {house_old}，新方案 {house_new}"),
        },
    ];
    if !c.revenue.difference().is_zero() {
        let moved = m(c.revenue.difference());
        notes.push(match lang {
            Lang::En => {
                format!("Revenue of {moved} moves here from outside distribution, most of it from direct")
            }
            Lang::Zh => format!("有 {moved} 的销售收入从分销之外（多为直销）移入，该处相应减少"),
        });
    }
    notes
}
