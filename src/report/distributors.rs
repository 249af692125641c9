//! Who sells and who earns, as a document: groups of distributors, the funnel, the concentration, and two lists of
//! people to look at.

use super::document::{Cell, Document, Field, Layout, Node, Record, Table};
use super::payouts::Column;
use super::people::People;
use super::pnl::{FIRST_ORDER, cell, joining_line, range_line};
use super::problems::Words;
use super::words::{formula, label};
use crate::input::problem::Problem;
use crate::lang::Lang;
use crate::render::number::human_money;
use scrm_core::merit::{Concentration, LevelTwoOnly, Merit, Merits, NO_GROUP, Outlier, ShareOf};
use scrm_core::pnl::{Key, Statement};
use scrm_core::world::{Motive, UNKNOWN, World};

/// What a table of the report has a row for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Motive,
    Grade,
    Upline,
    Distributor,
}

impl By {
    /// The one with this name on the command line.
    pub fn named(name: &str) -> Option<By> {
        Some(match name {
            "motive" => By::Motive,
            "grade" => By::Grade,
            "upline" => By::Upline,
            "distributor" => By::Distributor,
            _ => return None,
        })
    }
}

/// What the report is made from.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    pub world: &'a World,
    pub merits: &'a Merits,
    /// Of the same range, in one column: it has the funnel.
    pub statement: &'a Statement,
    pub currency: &'a str,
    /// With names and without empty tables; programs get every key.
    pub for_people: bool,
    pub warnings: &'a [Problem],
}

/// What is sold and earned by a group.
const OF_GROUP: [Column<Merit>; 10] = [
    ("distributors", |m| Cell::Count(m.distributors)),
    ("active", |m| Cell::Count(m.active)),
    ("orders", |m| Cell::Count(m.orders)),
    ("gross", |m| Cell::Money(m.gross)),
    ("refunds", |m| Cell::Money(m.refunds)),
    ("refund_rate", |m| Cell::Share(m.refund_rate())),
    ("revenue", |m| Cell::Money(m.revenue())),
    ("commission", |m| Cell::Money(m.commission())),
    ("commission_rate", |m| Cell::Share(m.commission_rate())),
    ("revenue_per_active", |m| Cell::UnitValue(m.revenue_per_active())),
];

/// What is sold and earned by one person.
const OF_PERSON: [Column<Merit>; 10] = [
    ("orders", |m| Cell::Count(m.orders)),
    ("gross", |m| Cell::Money(m.gross)),
    ("refunds", |m| Cell::Money(m.refunds)),
    ("refund_rate", |m| Cell::Share(m.refund_rate())),
    ("revenue", |m| Cell::Money(m.revenue())),
    ("level_1", |m| Cell::Money(m.level_1)),
    ("level_2", |m| Cell::Money(m.level_2)),
    ("adjustments", |m| Cell::Money(m.adjustments)),
    ("commission", |m| Cell::Money(m.commission())),
    ("commission_rate", |m| Cell::Share(m.commission_rate())),
];

/// The steps from users to those who sell, by the keys of the statement.
const FUNNEL: [(&str, Key); 7] = [
    ("users", Key::Users),
    ("buyers", Key::Buyers),
    ("conversion", Key::Conversion),
    ("distributors", Key::Distributors),
    ("distributor_rate", Key::DistributorRate),
    ("active", Key::Active),
    ("active_rate", Key::ActiveRate),
];

/// The titles of the two lists, in English and Chinese.
const LEVEL_2_ONLY: (&str, &str) =
    ("Earned from level 2 without a sale of their own", "自己未出单、只得二级佣金");
const OUTLIERS: (&str, &str) = ("Refunds far from the rest's", "退款明显偏离他人");
/// People get no more of either; programs get all.
const LISTED: usize = 20;

/// The document: first the tables asked for by `by` (none: by motive and by grade), then what belongs to every view.
pub fn document(found: &Found, by: Option<By>, words: &Words) -> Document {
    let lang = words.lang;
    let mut tables: Vec<Table> = match by {
        Some(by) => vec![found.table(by, lang)],
        None => vec![found.table(By::Motive, lang), found.table(By::Grade, lang)],
    };
    if found.for_people {
        tables.push(found.funnel_table(lang));
    } else {
        // The total is the same in every table, and a key stands once.
        tables.iter_mut().skip(1).for_each(|table| table.total = None);
    }
    tables.push(concentration(&found.merits.concentration, found.for_people, lang));
    tables.push(found.level_2_only(lang));
    tables.push(found.outliers(lang));
    let range = found.statement.range;
    let by_order = found.statement.joined_by_order;
    let mut subtitle = vec![range_line(range, found.currency, lang)];
    subtitle.extend(joining_line(by_order, lang));
    let mut head = vec![
        ("currency", Cell::text(found.currency)),
        ("begin", range.map_or(Cell::Null, |r| Cell::Date(r.begin))),
        ("end", range.map_or(Cell::Null, |r| Cell::Date(r.end))),
    ];
    head.extend(by_order.then(|| ("acquired_on", Cell::text(FIRST_ORDER))));
    Document {
        schema: "scrm-calc.distributors/1",
        title: lang.pick("Distributors", "分销员贡献").into(),
        subtitle,
        head,
        tables,
        tail: vec![
            ("funnel", found.funnel()),
            ("warnings", Node::List(found.warnings.iter().map(|w| words.json_warning(w)).collect())),
        ],
        notes: notes(found, words),
    }
}

impl Found<'_> {
    /// The table by motive, grade, upline or distributor.
    fn table(&self, by: By, lang: Lang) -> Table {
        let (world, merits) = (self.world, self.merits);
        let id = |key| Field::identity(key, label(key, lang));
        match by {
            By::Motive => {
                let name = |m| Cell::text(motive(m, self.for_people, lang));
                let rows = merits.by_motive(world).into_iter().map(|(m, merit)| (vec![name(m)], merit));
                let title = lang.pick("By motive", "按动机");
                self.list("by_motive", title, vec![id("motive")], &OF_GROUP, rows, lang)
            }
            By::Grade => {
                let rows = merits.by_grade(world).into_iter().map(|(g, merit)| (vec![Cell::text(&g)], merit));
                let title = lang.pick("By grade", "按等级");
                self.list("by_grade", title, vec![id("grade")], &OF_GROUP, rows, lang)
            }
            By::Upline => {
                let people = self.people();
                let nobody = || people.nobody(Cell::text(NO_GROUP));
                let names = |n: Option<u32>| n.map_or_else(nobody, |n| people.cells(n));
                let rows = merits.by_upline(world).into_iter().map(|(n, merit)| (names(n), merit));
                let title = lang.pick("By upline", "按上级");
                self.list("by_upline", title, people.fields("upline_id", lang), &OF_GROUP, rows, lang)
            }
            By::Distributor => self.one_by_one(lang),
        }
    }

    /// A row for each distributor.
    fn one_by_one(&self, lang: Lang) -> Table {
        let people = self.people();
        let mut fields = people.fields("distributor_id", lang);
        // Only what names a row is repeated where the columns continue below.
        fields.extend(["motive", "grade", "upline_id"].map(|key| Field::figure(key, label(key, lang))));
        let given = |text: &str| if text.is_empty() { Cell::Null } else { Cell::text(text) };
        let row = |&(n, merit): &(u32, Merit)| {
            let d = &self.world.distributors[n as usize];
            let mut cells = people.cells(n);
            cells.push(d.motive.map_or(Cell::Null, |m| Cell::text(motive(Some(m), self.for_people, lang))));
            cells.push(given(&d.grade_name));
            cells.push(d.upline.map_or(Cell::Null, |n| Cell::text(&self.world.distributors[n as usize].id)));
            (cells, merit)
        };
        let rows = self.merits.people.iter().map(row);
        let title = lang.pick("By distributor", "按分销员");
        let mut table = self.list("by_distributor", title, fields, &OF_PERSON, rows, lang);
        table.order = Some("revenue");
        table
    }

    /// Rows with their figures, and the total of all.
    fn list(
        &self,
        key: &'static str,
        title: &str,
        mut fields: Vec<Field>,
        columns: &[Column<Merit>],
        rows: impl Iterator<Item = (Vec<Cell>, Merit)>,
        lang: Lang,
    ) -> Table {
        let figures = |m: &Merit| columns.iter().map(|(_, of)| of(m)).collect::<Vec<_>>();
        let mut total = vec![Cell::Null; fields.len()];
        total.extend(figures(&self.merits.total));
        fields.extend(columns.iter().map(|(key, _)| Field::figure(key, label(key, lang))));
        let rows = rows.map(|(mut cells, merit)| {
            cells.extend(figures(&merit));
            cells
        });
        let mut table = Table::list(key, fields, rows.collect());
        table.title = title.into();
        table.total = Some(Record::total(lang.pick("Total", "合计"), total));
        table.show_total = true;
        table
    }

    fn people(&self) -> People<'_> {
        People::of(self.world, self.for_people)
    }

    fn funnel(&self) -> Node {
        let total = &self.statement.total;
        Node::Object(FUNNEL.map(|(name, key)| (name, Node::Cell(cell(key, total)))).to_vec())
    }

    /// The funnel for people: from the top down, each rate with what it is of.
    fn funnel_table(&self, lang: Lang) -> Table {
        let field = |(_, key): (_, Key)| Field {
            formula: formula(key.name(), lang).into(),
            ..Field::figure(key.name(), label(key.name(), lang))
        };
        let cells = FUNNEL.map(|(_, key)| cell(key, &self.statement.total)).to_vec();
        Table {
            title: lang.pick("Funnel", "漏斗").into(),
            layout: Layout::Statement,
            formula_heading: lang.pick("How", "算法").into(),
            ..Table::list("funnel", FUNNEL.map(field).to_vec(), vec![cells])
        }
    }

    /// Those who earned from the sales of others and sold nothing; people get the largest.
    fn level_2_only(&self, lang: Lang) -> Table {
        let mut list: Vec<&LevelTwoOnly> = self.merits.level_2_only.iter().collect();
        if self.for_people {
            list.sort_by_key(|l| std::cmp::Reverse(l.level_2));
            list.truncate(LISTED);
        }
        let people = self.people();
        let mut fields = people.fields("distributor_id", lang);
        fields.extend(["sellers", "orders", "level_2"].map(|key| Field::figure(key, label(key, lang))));
        if let Some(orders) = fields.iter_mut().find(|f| f.key == "orders") {
            orders.label = lang.pick("Their orders", "其订单数").into();
        }
        let row = |l: &&LevelTwoOnly| {
            let mut cells = people.cells(l.distributor);
            cells.extend([Cell::Count(l.sellers), Cell::Count(l.orders), Cell::Money(l.level_2)]);
            cells
        };
        let mut table = Table::list("level_2_only", fields, list.iter().map(row).collect());
        table.title = lang.pick(LEVEL_2_ONLY.0, LEVEL_2_ONLY.1).into();
        table
    }

    /// Those whose refunds are far from the rest's; people get the highest rates.
    fn outliers(&self, lang: Lang) -> Table {
        let mut list: Vec<&Outlier> = self.merits.outliers.iter().collect();
        if self.for_people {
            let rate = |o: &Outlier| o.rate.map(|r| r.rounded(9));
            list.sort_by_key(|o| std::cmp::Reverse(rate(o)));
            list.truncate(LISTED);
        }
        let people = self.people();
        let mut fields = people.fields("distributor_id", lang);
        let keys = ["orders", "refunded_orders", "rate", "rate_of_the_rest", "direction"];
        fields.extend(keys.map(|key| Field::figure(key, label(key, lang))));
        if let Some(rate) = fields.iter_mut().find(|f| f.key == "rate") {
            rate.label = lang.pick("Share refunded", "退款单占比").into();
        }
        let row = |o: &&Outlier| {
            let mut cells = people.cells(o.distributor);
            cells.extend([Cell::Count(o.orders), Cell::Count(o.refunded_orders), Cell::Share(o.rate)]);
            cells.push(Cell::Share(o.rate_of_the_rest));
            cells.push(Cell::text(direction(o.above, self.for_people, lang)));
            cells
        };
        let mut table = Table::list("refund_outliers", fields, list.iter().map(row).collect());
        table.title = lang.pick(OUTLIERS.0, OUTLIERS.1).into();
        table
    }
}

/// How much the largest bring.
fn concentration(rows: &[Concentration], for_people: bool, lang: Lang) -> Table {
    let id = Field::identity("share_of", label("share_of", lang));
    let figure = |key| Field::figure(key, label(key, lang));
    let fields = [id].into_iter().chain(["distributors", "of_active", "revenue", "share"].map(figure));
    let row = |c: &Concentration| {
        vec![
            Cell::text(share_of(c.of, for_people, lang)),
            Cell::Count(c.distributors),
            Cell::Share(c.of_active),
            Cell::Money(c.revenue),
            Cell::Share(c.share),
        ]
    };
    let mut table = Table::list("concentration", fields.collect(), rows.iter().map(row).collect());
    table.title = lang.pick("Concentration", "集中度").into();
    table
}

/// The name of a motive; machines get the contract's word.
fn motive(motive: Option<Motive>, for_people: bool, lang: Lang) -> &'static str {
    match (motive, for_people) {
        (Some(Motive::Interest), true) => lang.pick("Interest", "利益"),
        (Some(Motive::Affinity), true) => lang.pick("Affinity", "情感"),
        (Some(Motive::Brand), true) => lang.pick("Brand", "品牌"),
        (None, true) => lang.pick("Unknown", "未知"),
        (Some(Motive::Interest), false) => "interest",
        (Some(Motive::Affinity), false) => "affinity",
        (Some(Motive::Brand), false) => "brand",
        (None, false) => UNKNOWN,
    }
}

fn share_of(of: ShareOf, for_people: bool, lang: Lang) -> &'static str {
    match (of, for_people) {
        (of, false) => of.name(),
        (ShareOf::Top1, true) => lang.pick("The largest", "贡献最大者"),
        (ShareOf::Top10Percent, true) => lang.pick("The largest 10 %", "前 10%"),
        (ShareOf::For80Percent, true) => lang.pick("Those that bring 80 %", "合计达 80% 者"),
    }
}

fn direction(above: bool, for_people: bool, lang: Lang) -> &'static str {
    match (above, for_people) {
        (true, true) => lang.pick("above", "偏高"),
        (false, true) => lang.pick("below", "偏低"),
        (true, false) => "above",
        (false, false) => "below",
    }
}

/// What was proved, how it is counted, and what there is none of.
fn notes(found: &Found, words: &Words) -> Vec<String> {
    let (lang, m) = (words.lang, found.merits);
    let (revenue, commission) = (human_money(m.total.revenue()), human_money(m.total.commission()));
    let mut notes = Vec::new();
    let mut say = |en: &str, zh: &str| notes.push(lang.pick(en, zh).to_string());
    say(
        &format!(
            "Reconciliation: revenue {revenue} and commission {commission} = those of the distribution system in pnl"
        ),
        &format!("对账：销售收入 {revenue}、佣金 {commission} = 损益表（pnl）分销体系的同名两项"),
    );
    if m.people.is_empty() {
        say(
            "No distributor was there, and nobody sold or earned anything",
            "此期间没有分销员，也没有任何分销收支",
        );
    } else {
        say(
            "Orders and revenue: what people sold themselves; commission: what accrued to them, levels 1 and 2 and \
             adjustments",
            "订单与收入：本人卖出的；佣金：归其所得的应计佣金（一级、二级与调整），不论是否已结算",
        );
        note_on_concentration(m, &mut say);
        notes_on_lists(m, &mut say);
    }
    notes.extend(found.warnings.iter().map(|w| words.line(w)));
    notes
}

/// Of what its shares are.
fn note_on_concentration(m: &Merits, say: &mut impl FnMut(&str, &str)) {
    let whole = human_money(m.positive_revenue);
    if m.concentration.is_empty() {
        say("Concentration: nobody has revenue above 0", "集中度：无人销售收入为正");
    } else {
        say(
            &format!(
                "Concentration: shares of the {whole} of all whose revenue is above 0; 10 % of the active, rounded up"
            ),
            &format!("集中度：占销售收入为正者合计 {whole} 的比例；前 10% 按动销人数计，进位取整"),
        );
    }
}

/// How the people in the lists are chosen, that there are none, and how many more there are.
fn notes_on_lists(m: &Merits, say: &mut impl FnMut(&str, &str)) {
    if m.level_2_only.is_empty() {
        say("Nobody earned from level 2 without a sale of their own", "没有自己未出单、只得二级佣金的人");
    }
    if m.outliers.is_empty() {
        say(
            "Nobody's refunds are far from the rest's (of those with 5 orders or more)",
            "没有人的退款明显偏离他人（至少 5 单者）",
        );
    } else {
        say(
            "Far from the rest's: 5 orders or more, and over 3 standard deviations from the share refunded of all others",
            "明显偏离：至少 5 单，且退款单占比与其他所有人相差超过 3 个标准差",
        );
    }
    for ((en, zh), n) in [(LEVEL_2_ONLY, m.level_2_only.len()), (OUTLIERS, m.outliers.len())] {
        if n > LISTED {
            say(
                &format!("{en}: {LISTED} of {n} people are shown; -O json has all"),
                &format!("{zh}：共 {n} 人，只列出 {LISTED} 人；-O json 为全部"),
            );
        }
    }
}

/// Leaves out what holds nothing: people need no empty table.
pub fn without_empty_tables(document: &mut Document) {
    document.tables.retain(|table| !table.records.is_empty());
}
