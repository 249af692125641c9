//! Why total profit changed, as a document: for people a statement of effects, for programs a row for each effect.

use super::document::{Cell, Document, Field, Layout, Node, Record, Role, Table};
use super::pnl::{FIRST_ORDER, cell, figure_cell, joining_line, range_line, role, sections};
use super::problems::Words;
use super::words::label;
use crate::input::problem::Problem;
use crate::lang::Lang;
use crate::render::number::human_money;
use how::how;
use scrm_core::bridge::{Bridge, Method, Part, Row};
use scrm_core::date::Day;
use scrm_core::figures::{Key, Sums};
use scrm_core::money::Money;
use scrm_core::period::{Grain, Range};

mod how;

/// One of the two periods of a step.
#[derive(Clone, Debug)]
pub struct Side {
    /// The calendar's name of it, such as `2026-03`, or else its ends, half-open.
    pub label: String,
    pub range: Range,
}

impl Side {
    /// `named` is the label of a column; the column over a whole range has none of its own.
    pub fn new(named: &str, range: Range) -> Side {
        let label = match Grain::of(range) {
            _ if named != ALL => named.into(),
            Some(grain) => grain.label(grain.number(range.begin)),
            None => format!("{}..{}", range.begin, range.end),
        };
        Side { label, range }
    }

    fn is_named(&self) -> bool {
        !self.label.contains("..")
    }
}

/// The label of the only column of a statement.
const ALL: &str = "all";

/// The label of what is no period: the targets of one.
const TARGETS: &str = "targets";

/// The bridge between two periods.
#[derive(Clone, Debug)]
pub struct Step {
    pub from: Side,
    pub to: Side,
    pub bridge: Bridge,
}

impl Step {
    /// The step to the targets of a month.
    pub fn to_targets(from: Side, bridge: Bridge) -> Step {
        let to = Side { label: TARGETS.into(), ..from.clone() };
        Step { from, to, bridge }
    }

    fn is_to_targets(&self) -> bool {
        self.bridge.total.aims.is_some()
    }

    /// The channels, and everything behind them.
    fn parts(&self) -> impl Iterator<Item = &Part> {
        self.bridge.channels.iter().chain([&self.bridge.total])
    }
}

/// What the report is made from. There is a step at least.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    pub steps: &'a [Step],
    /// A period behind the last that is not over yet.
    pub left_out: Option<&'a Side>,
    pub method: Method,
    pub by_channel: bool,
    /// The profit that the targets of the whole shop come to, beside those of its channels.
    pub shop_target: Option<Money>,
    pub currency: &'a str,
    pub today: Day,
    pub for_people: bool,
    /// Users joined on the day of their first order.
    pub joined_by_order: bool,
    pub warnings: &'a [Problem],
}

/// Makes the document.
pub fn document(found: &Found, words: &Words) -> Document {
    let lang = words.lang;
    let table = if found.for_people { found.statement(lang) } else { found.effects(lang) };
    let mut head =
        vec![("currency", Cell::text(found.currency)), ("method", Cell::text(found.method.name()))];
    head.extend(found.joined_by_order.then(|| ("acquired_on", Cell::text(FIRST_ORDER))));
    Document {
        schema: "scrm-calc.bridge/1",
        title: match found.is_to_targets() {
            true => lang.pick("What total profit lacks to its targets", "合计收益与目标的差距").into(),
            false => lang.pick("Why total profit changed", "合计收益为何变化").into(),
        },
        subtitle: found.subtitle(lang),
        head,
        tables: vec![table],
        tail: vec![
            ("undefined", found.undefined()),
            ("warnings", Node::List(found.warnings.iter().map(|w| words.json_warning(w)).collect())),
        ],
        notes: notes(found, words),
    }
}

impl Found<'_> {
    fn is_to_targets(&self) -> bool {
        self.steps.iter().any(Step::is_to_targets)
    }

    fn subtitle(&self, lang: Lang) -> Vec<String> {
        let mut lines = match self.steps {
            [step] => {
                let line = |word: &str, side: &Side, currency| {
                    let name = if side.is_named() { format!(" {}", side.label) } else { String::new() };
                    let colon = lang.pick(": ", "：");
                    format!("{word}{name}{colon}{}", range_line(Some(side.range), currency, lang))
                };
                let from = line(lang.pick("From", "基期"), &step.from, self.currency);
                match step.is_to_targets() {
                    true => vec![from, lang.pick("To the targets of that month", "到当月目标").into()],
                    false => vec![from, line(lang.pick("To", "报告期"), &step.to, self.currency)],
                }
            }
            steps => {
                let ends = steps.first().zip(steps.last());
                let range = ends.map(|(a, b)| Range { begin: a.from.range.begin, end: b.to.range.end });
                let each = lang.pick("Each period against the one before it", "每期与上一期相比");
                vec![range_line(range, self.currency, lang), each.into()]
            }
        };
        lines.extend(joining_line(self.joined_by_order, lang));
        lines.push(method_line(self.method, lang).into());
        lines
    }

    /// The rows that people see: those of channels, and what could not be split, only where they say something.
    fn rows(&self) -> Vec<Row> {
        let parts = || self.steps.iter().flat_map(Step::parts);
        let says = |row: Row| parts().any(|p| p.effect(row) != Money::ZERO);
        let always = |row: Row| !row.needs_channels() && !row.is_unsplit();
        Row::ALL.iter().copied().filter(|row| always(*row) || says(*row)).collect()
    }

    /// Rows down, periods and channels across.
    fn statement(&self, lang: Lang) -> Table {
        let rows = self.rows();
        let single = match self.steps {
            [step] if !self.by_channel => Some(step),
            _ => None,
        };
        let field = |row: &Row| Field {
            label: row_label(*row, lang),
            role: row.figure().map_or(Role::Item, role),
            formula: how(*row, self.method, lang),
            ..Field::figure(row.name(), "")
        };
        let mut fields: Vec<Field> = rows.iter().map(field).collect();
        let sections = sections(rows.iter().map(|r| r.name()), 0, lang);
        let records = match single {
            Some(step) => two_periods(step, &rows, lang),
            None => {
                let profit = |en, zh, role| Field { role, ..Field::figure("", lang.pick(en, zh)) };
                // Total profit is the last row: here it stands between what it was and what it is.
                fields.pop();
                let (before, change, after) = match self.is_to_targets() {
                    false => {
                        (("Profit before", "基期收益"), ("Change", "变动"), ("Profit after", "报告期收益"))
                    }
                    true => (("Profit", "收益"), ("To the target", "距目标"), ("Target", "目标收益")),
                };
                fields.push(profit(before.0, before.1, Role::Item));
                fields.push(profit(change.0, change.1, Role::Item));
                fields.push(profit(after.0, after.1, Role::Total));
                self.columns(&rows, lang)
            }
        };
        Table {
            layout: Layout::Statement,
            sections,
            records,
            formula_heading: single.map(|_| how::heading(self.method, lang).into()).unwrap_or_default(),
            ..Table::list("effects", fields, Vec::new())
        }
    }

    /// A column of effects for each step and channel.
    fn columns(&self, rows: &[Row], lang: Lang) -> Vec<Record> {
        let profit = |s: &Sums| Cell::Money(s.profit());
        let column = |step: &Step, part: &Part| {
            let mut cells: Vec<Cell> = rows.iter().map(|r| Cell::Money(part.effect(*r))).collect();
            cells.insert(rows.len() - 1, profit(&part.before));
            cells.push(profit(&part.after));
            let is_total = part.channel.is_none();
            let channel = match &part.channel {
                Some(name) => Some(name.to_string()),
                None => self.by_channel.then(|| lang.pick("Total", "合计").into()),
            };
            let period = (self.steps.len() > 1).then(|| step.to.label.clone());
            let role = if is_total && self.by_channel { Role::Total } else { Role::Item };
            Record { role, heading: [period, channel].into_iter().flatten().collect(), cells }
        };
        let columns = self.steps.iter().flat_map(|s| s.parts().map(move |p| (s, p)));
        columns.map(|(step, part)| column(step, part)).collect()
    }

    /// A record for each step, channel and row.
    fn effects(&self, lang: Lang) -> Table {
        let ids = ["from.period", "from.begin", "from.end", "to.period", "to.begin", "to.end", "channel"];
        let mut fields: Vec<Field> = ids.map(|key| Field::identity(key, label(key, lang))).to_vec();
        fields.extend(["figure", "part_of"].map(|key| Field::identity(key, label(key, lang))));
        fields
            .extend(["before", "after", "effect", "verdict"].map(|key| Field::figure(key, label(key, lang))));
        let rows = Row::ALL.iter().filter(|row| self.by_channel || !row.needs_channels());
        let mut records = Vec::new();
        for step in self.steps {
            for part in step.parts() {
                records.extend(rows.clone().map(|row| record(step, part, *row)));
            }
        }
        Table::list("effects", fields, records)
    }

    /// Where a ratio took the other period's value.
    fn undefined(&self) -> Node {
        let text = |t: &str| Node::text(t);
        let mut list = Vec::new();
        for step in self.steps {
            for part in step.parts() {
                list.extend(part.taken.iter().map(|taken| {
                    let side = if taken.in_after { &step.to } else { &step.from };
                    Node::Object(vec![
                        ("from", text(&step.from.label)),
                        ("to", text(&step.to.label)),
                        ("channel", Node::Cell(part.channel.as_deref().map_or(Cell::Null, Cell::text))),
                        ("figure", text(taken.row.name())),
                        ("undefined_in", text(&side.label)),
                    ])
                }));
            }
        }
        Node::List(list)
    }
}

/// The label of a row; one that is drilled down from the row above says so.
fn row_label(row: Row, lang: Lang) -> String {
    let name = label(row.name(), lang);
    match row.parent() {
        Some(Row::AdSpend | Row::RevenuePerBuyer) => {
            format!("  {}{name}", lang.pick("of which: ", "其中："))
        }
        _ => name.into(),
    }
}

/// The figures of both periods, the effects, and whether they are favourable.
fn two_periods(step: &Step, rows: &[Row], lang: Lang) -> Vec<Record> {
    let total = &step.bridge.total;
    let figures = |of: &dyn Fn(Key) -> Cell| {
        rows.iter().map(|row| row.figure().map_or(Cell::text(""), of)).collect::<Vec<_>>()
    };
    let side = |word: &str, side: &Side| match side.is_named() {
        true => vec![word.to_string(), side.label.clone()],
        false => vec![word.to_string(), side.range.begin.to_string(), side.range.end.plus(-1).to_string()],
    };
    let column = |heading, cells| Record { role: Role::Item, heading, cells };
    let to = match step.is_to_targets() {
        true => vec![lang.pick("Targets", "目标").into()],
        false => side(lang.pick("To", "报告期"), &step.to),
    };
    let effects = rows.iter().map(|r| Cell::Money(total.effect(*r))).collect();
    let words = match step.is_to_targets() {
        true => [lang.pick("less earned", "少赚"), lang.pick("more earned", "多赚")],
        false => [lang.pick("favourable", "有利"), lang.pick("unfavourable", "不利")],
    };
    let verdicts = rows.iter().map(|r| {
        let word = verdict(total.effect(*r)).map(|good| words[usize::from(!good)]);
        Cell::text(word.unwrap_or_default())
    });
    let on_profit = lang.pick("Effect on|profit", "对收益|的影响").split('|').map(Into::into).collect();
    vec![
        column(side(lang.pick("From", "基期"), &step.from), figures(&|key| cell(key, &total.before))),
        column(to, figures(&|key| figure_cell(total.arrived(key)))),
        column(on_profit, effects),
        column(Vec::new(), verdicts.collect()),
    ]
}

/// Whether an effect on profit is favourable; the row's kind has decided already what it does to profit.
fn verdict(effect: Money) -> Option<bool> {
    (effect != Money::ZERO).then_some(effect > Money::ZERO)
}

/// One effect for programs.
fn record(step: &Step, part: &Part, row: Row) -> Vec<Cell> {
    let mut cells = Vec::new();
    for side in [&step.from, &step.to] {
        cells.extend([Cell::text(&side.label), Cell::Date(side.range.begin), Cell::Date(side.range.end)]);
    }
    let figure = |of: &dyn Fn(Key) -> Cell| row.figure().map_or(Cell::Null, of);
    let effect = part.effect(row);
    cells.extend([
        part.channel.as_deref().map_or(Cell::Null, Cell::text),
        Cell::text(row.name()),
        row.parent().map_or(Cell::Null, |parent| Cell::text(parent.name())),
        figure(&|key| cell(key, &part.before)),
        figure(&|key| figure_cell(part.arrived(key))),
        Cell::Money(effect),
        match verdict(effect) {
            Some(true) => Cell::text("favourable"),
            Some(false) => Cell::text("unfavourable"),
            None => Cell::Null,
        },
    ]);
    cells
}

fn method_line(method: Method, lang: Lang) -> &'static str {
    match method {
        Method::Shapley => lang.pick(
            "Shapley: each factor's change, the others at the mean of both periods",
            "Shapley 分解：逐项计算各因素的变动，其余因素取两期平均",
        ),
        Method::Chain => lang.pick(
            "Chain: one factor after the other; the result depends on their order",
            "连环替代法：按次序逐个替代，结果取决于次序",
        ),
    }
}

/// So many places of undefined ratios are told to people; programs get all.
const TOLD: usize = 6;

fn notes(found: &Found, words: &Words) -> Vec<String> {
    let lang = words.lang;
    let mut notes: Vec<String> = Vec::new();
    let mut say = |en: &str, zh: &str| notes.push(lang.pick(en, zh).to_string());
    match found.is_to_targets() {
        true => say(
            "An effect is what reaching the target would do to profit: above 0, less was earned; a row is the sum of its parts",
            "影响即达到目标会使收益变动多少：大于 0 即比目标少赚；各行等于其下各项之和",
        ),
        false => say(
            "An effect is on profit: above 0 is favourable, whatever rose or fell; a row is the sum of its parts",
            "影响是对收益而言：大于 0 即有利，无论指标是升是降；各行等于其下各项之和",
        ),
    }
    let shown = found.rows();
    if shown.iter().any(|r| r.needs_channels()) {
        say(
            "Channel mix: more or fewer users, new users or distributors in channels that bring or cost more than others",
            "渠道结构：用户、新增用户或分销员在产出或成本不同的渠道之间此消彼长",
        );
    }
    if shown.iter().any(|r| r.is_unsplit()) {
        say(
            "Not split: spend without new users, revenue without buyers or active distributors (refunds of earlier orders)",
            "无法分解：没有新增用户的投放，没有付费用户或动销分销员的收入（如以前订单的退款）",
        );
    }
    notes.extend(shop_target(found, lang));
    notes.extend(undefined_lines(found, lang));
    notes.extend(unfinished(found, lang));
    notes.extend(cut(found, lang));
    notes.extend(found.warnings.iter().map(|w| words.line(w)));
    notes
}

/// The targets of the whole shop, where those of the channels come to something else.
fn shop_target(found: &Found, lang: Lang) -> Option<String> {
    let channels = found.steps.first()?.bridge.total.after.profit();
    let shop = found.shop_target.filter(|shop| *shop != channels)?;
    let (shop, channels) = (human_money(shop), human_money(channels));
    Some(match lang {
        Lang::En => {
            format!(
                "The targets of the channels come to a total profit of {channels}, that of the whole shop is {shop}"
            )
        }
        Lang::Zh => format!("各渠道目标的合计收益为 {channels}，全店目标为 {shop}"),
    })
}

/// Which ratios took the other period's value, a line for each period and channel.
fn undefined_lines(found: &Found, lang: Lang) -> Vec<String> {
    let mut places = Vec::new();
    for step in found.steps {
        for part in step.parts() {
            for (side, in_after) in [(&step.from, false), (&step.to, true)] {
                let taken = part.taken.iter().filter(|t| t.in_after == in_after);
                let names: Vec<&str> = taken.map(|t| label(t.row.name(), lang)).collect();
                let place = [Some(side.label.as_str()), part.channel.as_deref()];
                let place = place.into_iter().flatten().collect::<Vec<_>>().join(" · ");
                if !names.is_empty() {
                    let [colon, comma] = [lang.pick(": ", "："), lang.pick(", ", "、")];
                    places.push(format!("  {place}{colon}{}", names.join(comma)));
                }
            }
        }
    }
    let more = places.len().saturating_sub(TOLD);
    places.truncate(TOLD);
    if more > 0 {
        places.push(match lang {
            Lang::En => format!("  and in {more} more places; -O json has all"),
            Lang::Zh => format!("  另有 {more} 处，见 -O json"),
        });
    }
    if !places.is_empty() {
        let rule = lang.pick(
            "Undefined, so the other period's value is taken and the effect is 0.00:",
            "以下指标无定义，取另一期的值，故其影响为 0.00：",
        );
        places.insert(0, rule.into());
    }
    places
}

/// A period of the calendar of which only a part was asked for. Only the last can be one.
fn cut(found: &Found, lang: Lang) -> Option<String> {
    let to = found.steps.last().filter(|step| !step.is_to_targets()).map(|step| &step.to)?;
    let Side { label, range } = to;
    let whole = Grain::of(*range).is_some_and(|grain| grain.label(grain.number(range.begin)) == *label);
    let (begin, last) = (range.begin, range.end.plus(-1));
    (to.is_named() && !whole).then(|| match lang {
        Lang::En => format!("Of {label} only {begin} to {last} is compared, as asked for"),
        Lang::Zh => format!("{label} 只取 {begin} 至 {last} 参与比较"),
    })
}

/// A period that is not over is compared as far as it goes, or left out.
fn unfinished(found: &Found, lang: Lang) -> Option<String> {
    if let Some(Side { label, .. }) = found.left_out {
        return Some(match lang {
            Lang::En => format!("{label} is not over on {} and left out", found.today),
            Lang::Zh => format!("截至 {}，{label} 尚未结束，未列入", found.today),
        });
    }
    let mut sides = found.steps.iter().flat_map(|s| [&s.from, &s.to]);
    let open = sides.rfind(|side| side.range.end > found.today)?;
    let (label, today) = (&open.label, found.today);
    Some(match lang {
        Lang::En => format!("{label} is not over on {today}: it is compared as far as it goes"),
        Lang::Zh => format!("截至 {today}，{label} 尚未结束，按现有数据比较"),
    })
}
