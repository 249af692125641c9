//! Cohorts as a document: for people a triangle of one figure, for programs a row for each month of each cohort, and in
//! JSON the months within their cohorts.

use super::document::{Cell, Document, Field, Node, Section, Table};
use super::pnl::{FIRST_ORDER, figure_cell, joining_line, range_line};
use super::problems::Words;
use super::words::label;
use crate::input::problem::Problem;
use crate::lang::Lang;
use crate::render::number::{human_count, human_money};
use scrm_core::cohort::{Cohort, Cohorts, Measure, Month, System, Value};
use scrm_core::date::Day;
use scrm_core::period::Range;
use scrm_core::world::SHARED;
use std::collections::BTreeSet;

/// Who reads the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Person,
    /// A program that reads a table.
    Rows,
    /// A program that reads JSON.
    Tree,
}

/// What the report is made from.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    pub all: &'a Cohorts,
    pub system: System,
    pub value: Value,
    pub cumulative: bool,
    pub by_channel: bool,
    pub currency: &'a str,
    pub reader: Reader,
    pub warnings: &'a [Problem],
}

/// Makes the document.
pub fn document(found: &Found, words: &Words) -> Document {
    let lang = words.lang;
    let date = |f: fn(Range) -> Day| found.all.range.map_or(Cell::Null, |r| Cell::Date(f(r)));
    let warnings = Node::List(found.warnings.iter().map(|w| words.json_warning(w)).collect());
    let (tables, tail) = match found.reader {
        Reader::Person => (vec![found.triangle(lang)], Vec::new()),
        Reader::Rows => (vec![found.rows(lang)], Vec::new()),
        Reader::Tree => (Vec::new(), vec![("cohorts", found.tree()), ("warnings", warnings)]),
    };
    let mut head = vec![
        ("currency", Cell::text(found.currency)),
        ("begin", date(|r| r.begin)),
        ("end", date(|r| r.end)),
        ("complete_to", found.all.over_by.map_or(Cell::Null, |by| Cell::Date(by.plus(-1)))),
        ("system", Cell::text(found.system.name())),
    ];
    head.extend(found.all.joined_by_order.then(|| ("acquired_on", Cell::text(FIRST_ORDER))));
    Document {
        schema: "scrm-calc.cohort/1",
        title: found.title(lang),
        subtitle: found.subtitle(lang),
        head,
        tables,
        tail,
        notes: found.notes(words),
    }
}

/// What programs read of a month: of the month alone, and in the second list of all up to its end.
const OF_MONTH: [(&str, Value); 6] = [
    ("buyers", Value::Buyers),
    ("conversion", Value::Conversion),
    ("orders", Value::Orders),
    ("revenue", Value::Revenue),
    ("revenue_per_user", Value::RevenuePerUser),
    ("repeat_share", Value::RepeatShare),
];
const SO_FAR: [(&str, Value); 5] = [
    ("cumulative.buyers", Value::Buyers),
    ("cumulative.conversion", Value::Conversion),
    ("cumulative.orders", Value::Orders),
    ("cumulative.revenue", Value::Revenue),
    ("cumulative.revenue_per_user", Value::RevenuePerUser),
];

impl Found<'_> {
    fn title(&self, lang: Lang) -> String {
        let value = label(self.value.name(), lang);
        let so_far = self.cumulative && !self.value.is_cumulative();
        match (lang, so_far) {
            (Lang::En, false) => format!("Cohorts: {value}"),
            (Lang::En, true) => format!("Cohorts: {value}, cumulative"),
            (Lang::Zh, false) => format!("批次：{value}"),
            (Lang::Zh, true) => format!("批次：累计{value}"),
        }
    }

    fn subtitle(&self, lang: Lang) -> Vec<String> {
        let system = match self.system {
            System::Direct => lang.pick("What the users of a cohort bought", "各批次用户自己购买的"),
            System::Distribution => lang.pick(
                "What the users of a cohort sold as distributors, revenue less commission",
                "各批次用户作为分销员卖出的，收入已减佣金",
            ),
            System::Both => lang.pick(
                "What the users of a cohort bought, and sold as distributors less commission",
                "各批次用户自己购买的，加上作为分销员卖出并减去佣金的",
            ),
        };
        let joining = joining_line(self.all.joined_by_order, lang);
        let range = range_line(self.all.range, self.currency, lang);
        [range].into_iter().chain(joining).chain([system.into()]).collect()
    }

    /// The cohorts in rows, the months since across.
    fn triangle(&self, lang: Lang) -> Table {
        let list: Vec<&Cohort> = self.shown().collect();
        let months = || list.iter().flat_map(|c| &c.months);
        let since: BTreeSet<u32> = months().filter(|m| m.is_over).filter_map(|m| m.since).collect();
        let has_before = months().any(|m| m.since.is_none() && m.brought.holds(self.system));
        let mut fields = vec![Field::identity("cohort", label("cohort", lang))];
        fields.extend(self.by_channel.then(|| Field::identity("channel", label("channel", lang))));
        let mut sections = vec![Section { heading: String::new(), from: 0 }];
        fields.push(Field::figure("users", label("users", lang)));
        let mut section = |heading: &str, labels: &[String], fields: &mut Vec<Field>| {
            sections.push(Section { heading: heading.into(), from: fields.len() });
            fields.extend(labels.iter().map(|label| Field::figure("", label)));
        };
        let two = |en: &str, zh: &str| [lang.pick(en, zh), lang.pick("loaded", "含团队")].map(String::from);
        section(lang.pick("Per user", "单个用户"), &two("cost", "成本"), &mut fields);
        let before = has_before.then(|| lang.pick("before", "之前").to_string());
        let numbers: Vec<String> = before.into_iter().chain(since.iter().map(u32::to_string)).collect();
        section(lang.pick("Month", "月份"), &numbers, &mut fields);
        section(lang.pick("Payback", "回本月"), &two("cost", "成本"), &mut fields);
        section("LTV ÷", &two("cost", "成本"), &mut fields);
        let rows = list.iter().map(|c| self.row(c, has_before, &since)).collect();
        Table { sections, ..Table::list("cohorts", fields, rows) }
    }

    /// The cohorts that people see: those in which there is anybody or anything, or a cost that is no channel's.
    fn shown(&self) -> impl Iterator<Item = &Cohort> {
        let lives = |c: &Cohort| c.users() > 0 || c.has_brought();
        let has_cost = |c: &Cohort| !self.by_channel && !c.acquired.is_empty();
        self.all.list.iter().filter(move |c| c.range.is_some() && (lives(c) || has_cost(c)))
    }

    fn row(&self, c: &Cohort, has_before: bool, since: &BTreeSet<u32>) -> Vec<Cell> {
        let measure = |m: Measure| m.of(c, self.system).map_or(Cell::Null, figure_cell);
        let mut cells = vec![Cell::text(&c.label)];
        cells.extend(self.by_channel.then(|| c.channel.as_deref().map_or(Cell::Null, Cell::text)));
        cells.extend([Measure::Users, Measure::AdCostPerUser, Measure::LoadedCostPerUser].map(measure));
        let value = |m: &Month| c.value(m, self.value, self.system, self.cumulative);
        let blank = || Cell::text("");
        if has_before {
            let mut before = c.months.iter().filter(|m| m.since.is_none());
            cells.push(before.next_back().and_then(value).map_or_else(blank, figure_cell));
        }
        let month = |n: &u32| c.months.iter().find(|m| m.since == Some(*n));
        cells.extend(since.iter().map(|n| month(n).and_then(value).map_or_else(blank, figure_cell)));
        let last = [
            Measure::PaybackMonths,
            Measure::LoadedPaybackMonths,
            Measure::LtvToCost,
            Measure::LtvToLoadedCost,
        ];
        cells.extend(last.map(measure));
        cells
    }

    fn name(&self, c: &Cohort) -> Vec<Cell> {
        let date = |day: Option<Day>| day.map_or(Cell::Null, Cell::Date);
        let mut cells = vec![
            Cell::text(&c.label),
            date(c.range.map(|r| r.begin)),
            date(c.range.map(|r| r.end)),
            c.channel.as_deref().map_or(Cell::Null, Cell::text),
        ];
        cells.extend(Measure::ALL.map(|m| m.of(c, self.system).map_or(Cell::Null, figure_cell)));
        cells
    }

    fn month(&self, c: &Cohort, m: &Month) -> Vec<Cell> {
        let value =
            |value, cumulative| c.value(m, value, self.system, cumulative).map_or(Cell::Null, figure_cell);
        let mut cells = vec![
            m.since.map_or(Cell::Null, |n| Cell::Count(n.into())),
            m.label.as_deref().map_or(Cell::Null, Cell::text),
        ];
        cells.extend(OF_MONTH.map(|(_, v)| value(v, false)));
        cells.extend(SO_FAR.map(|(_, v)| value(v, true)));
        cells
    }

    /// A row for each month, the cohort's own figures before it.
    fn rows(&self, lang: Lang) -> Table {
        let ids = ["cohort", "begin", "end", "channel"].map(|key| Field::identity(key, label(key, lang)));
        let measures = Measure::ALL.map(|m| Field::identity(m.name(), m.name()));
        let month = ["months_since", "period"].map(|key| Field::identity(key, key));
        let values = OF_MONTH.iter().chain(&SO_FAR).map(|(key, _)| Field::figure(key, key));
        let fields = ids.into_iter().chain(measures).chain(month).chain(values).collect();
        let mut rows = Vec::new();
        for c in &self.all.list {
            rows.extend(c.months.iter().map(|m| [self.name(c), self.month(c, m)].concat()));
        }
        Table::list("cohorts", fields, rows)
    }

    fn tree(&self) -> Node {
        let node = |cells: Vec<Cell>, keys: &[&'static str]| object(keys, cells);
        let mut keys = vec!["cohort", "begin", "end", "channel"];
        keys.extend(Measure::ALL.map(Measure::name));
        let mut of_month = vec!["months_since", "period"];
        of_month.extend(OF_MONTH.iter().chain(&SO_FAR).map(|(key, _)| key));
        let cohort = |c: &Cohort| {
            let mut members = node(self.name(c), &keys);
            let months = c.months.iter().map(|m| Node::Object(node(self.month(c, m), &of_month)));
            members.push(("cells", Node::List(months.collect())));
            Node::Object(members)
        };
        Node::List(self.all.list.iter().map(cohort).collect())
    }

    fn notes(&self, words: &Words) -> Vec<String> {
        let lang = words.lang;
        let mut notes = vec![
            lang.pick(
                "Months are the calendar's; 0 is the month of acquisition. Blank: the month is not over",
                "月份为自然月，0 为加入当月；空白表示该月尚未结束",
            )
            .to_string(),
            lang.pick(
                "Cost: ad spend ÷ users; loaded: with team and other cost. LTV: all revenue so far ÷ users",
                "成本：投放 ÷ 用户；“含团队”另加团队与其它成本。LTV：至今全部收入 ÷ 用户",
            )
            .to_string(),
            lang.pick(
                "Payback: the first month at whose end LTV had reached that; –: not yet",
                "回本月：LTV 首次达到该成本的月份；–：尚未回本",
            )
            .to_string(),
        ];
        notes.extend(self.all.over_by.map(|by| {
            let last = by.plus(-1);
            let more = self.all.range.is_some_and(|r| by < r.end);
            let otherwise =
                if more { lang.pick("; -e says otherwise", "，可用 -e 另行指定") } else { "" };
            match lang {
                Lang::En => format!("The data is taken to be complete up to {last}{otherwise}"),
                Lang::Zh => format!("数据视为完整至 {last}{otherwise}"),
            }
        }));
        notes.extend(self.left_out(lang));
        notes.extend(self.warnings.iter().map(|w| words.line(w)));
        notes
    }

    /// What stands in no cohort.
    fn left_out(&self, lang: Lang) -> Vec<String> {
        let mut lines = Vec::new();
        if self.all.earlier_users > 0 {
            let n = human_count(self.all.earlier_users);
            lines.push(match lang {
                Lang::En => format!("What {n} users acquired before the range brought is in no cohort"),
                Lang::Zh => format!("另有 {n} 名用户在此范围之前加入，不在任何批次"),
            });
        }
        if self.by_channel && self.all.list.iter().any(|c| c.channel.as_deref() == Some(SHARED)) {
            let line = "Cost that belongs to no channel is in no cost per user";
            lines.push(lang.pick(line, "不属于任何渠道的成本未计入单个用户成本").into());
        }
        let unknown = self.all.list.iter().filter(|c| c.range.is_none());
        let orders = unknown.clone().map(|c| c.brought.orders(self.system)).sum::<u64>();
        let revenue = unknown.map(|c| c.brought.revenue(self.system)).sum();
        if self.system != System::Direct
            && (orders > 0 || human_money(revenue) != human_money(Default::default()))
        {
            let (n, money) = (human_count(orders), human_money(revenue));
            lines.push(match lang {
                Lang::En => format!("{n} orders for {money} less commission were sold by distributors who are no known user, and are in no cohort"),
                Lang::Zh => format!("另有 {n} 单、减佣金后 {money}，由查不到用户身份的分销员卖出，不在任何批次"),
            });
        }
        lines
    }
}

/// Members under their keys; those of keys with a point stand in an object under what is before it.
fn object(keys: &[&'static str], cells: Vec<Cell>) -> Vec<(&'static str, Node)> {
    let mut members: Vec<(&'static str, Node)> = Vec::new();
    for (key, cell) in keys.iter().zip(cells) {
        let Some((outer, inner)) = key.split_once('.') else {
            members.push((key, Node::Cell(cell)));
            continue;
        };
        match members.last_mut() {
            Some((name, Node::Object(within))) if *name == outer => within.push((inner, Node::Cell(cell))),
            _ => members.push((outer, Node::Object(vec![(inner, Node::Cell(cell))]))),
        }
    }
    members
}
