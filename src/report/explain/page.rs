//! The page for people: the formula as a tree, the files, the first rows of each figure, and what is left out.

use super::{Figures, Leaf, heading, level, named, place, reason, rest};
use crate::lang::Lang;
use crate::render::number::human_count;
use crate::report::document::{Cell, Field, Record, Role, Table};
use crate::report::pnl::{cell, range_line};
use crate::report::problems::Words;
use crate::report::words::label;
use scrm_core::explain::{Formula, Part, Row, Source};
use scrm_core::figures::Key;

impl Figures<'_> {
    pub(super) fn title(&self, lang: Lang) -> String {
        format!("{}{}{}", named(self.key, lang), lang.pick(": ", "："), self.human(self.key))
    }

    /// The days, the channel, and the formula in words and numbers.
    pub(super) fn subtitle(&self, lang: Lang) -> Vec<String> {
        let channel = self.channel.map(|c| format!("{} {c} · ", lang.pick("channel", "渠道")));
        let name = label(self.key.name(), lang);
        let mut line = format!("{name} = {}", self.formula(self.key, lang));
        if let Some(numbers) = self.calculation(self.key) {
            line += &format!(" = {numbers} = {}", self.human(self.key));
        }
        vec![channel.unwrap_or_default() + &range_line(self.range, self.currency, lang), line]
    }

    /// The tables of the page; none is empty.
    pub(super) fn page(&self, words: &Words) -> Vec<Table> {
        let mut tables = vec![self.tree_table(words.lang), self.files(words)];
        tables.extend(self.each_leaf().into_iter().map(|leaf| self.first_rows(leaf, words)));
        tables.push(self.left_out_table(words.lang));
        tables.retain(|t| !t.records.is_empty());
        tables
    }

    /// What the figure is made of, one below the other; nothing for what comes from rows.
    fn tree_table(&self, lang: Lang) -> Table {
        let fields = vec![
            Field::identity("figure", lang.pick("Figure", "指标")),
            Field::figure("value", lang.pick("Value", "数值")),
            Field::figure("how", lang.pick("How", "算法")),
        ];
        let tree = self.tree();
        let row = |&(depth, part): &(usize, Part)| {
            let sign = if part.minus { "− " } else { "" };
            let name = format!("{}{sign}{}", "  ".repeat(depth), self.name(part.key, lang));
            let how = self.calculation(part.key).unwrap_or_else(|| self.rows_of(part.key, lang));
            vec![Cell::Text(name), cell(part.key, self.sums), Cell::Text(how)]
        };
        let rows = if tree.len() > 1 { tree.iter().map(row).collect() } else { Vec::new() };
        Table::list("tree", fields, rows)
    }

    /// A figure's name, with its system where others of the name stand beside it.
    fn name(&self, key: Key, lang: Lang) -> String {
        let name = label(key.name(), lang);
        let shared = |k: &Key| *k != key && label(k.name(), lang) == name;
        let system = key.name().split_once('.').map_or("", |(system, _)| system);
        if !Key::ALL.iter().any(shared) {
            return name.into();
        }
        match (lang, system) {
            (Lang::En, "direct") => format!("Direct {}", name.to_lowercase()),
            (Lang::En, "distribution") => format!("Distribution {}", name.to_lowercase()),
            (Lang::En, _) => format!("Total {}", name.to_lowercase()),
            (Lang::Zh, "direct") => format!("直销{name}"),
            (Lang::Zh, "distribution") => format!("分销{name}"),
            (Lang::Zh, _) => format!("合计{name}"),
        }
    }

    /// From how many rows a figure comes.
    fn rows_of(&self, key: Key, lang: Lang) -> String {
        let sources = self.explained.map_or(&[][..], |e| e.found.sources(key));
        let rows = human_count(sources.iter().map(|(_, s)| s.rows).sum());
        let plural = if rows == "1" { "" } else { "s" };
        match lang {
            Lang::En => format!("{rows} row{plural}"),
            Lang::Zh => format!("{rows} 行"),
        }
    }

    /// The files of all figures from rows: how many rows, and what they add up to.
    fn files(&self, words: &Words) -> Table {
        let lang = words.lang;
        let fields = vec![
            Field::identity("figure", lang.pick("From the files", "来自文件")),
            Field::identity("file", heading("file", lang)),
            Field::figure("rows", heading("rows", lang)),
            Field::figure("sum", lang.pick("Sum", "合计")),
        ];
        let rows = self.each_leaf().into_iter().flat_map(|leaf| {
            self.sources(leaf).iter().map(move |(file, source)| {
                vec![
                    Cell::Text(self.name(leaf.part.key, lang)),
                    Cell::Text((words.file)(*file)),
                    Cell::Count(source.rows),
                    self.units(leaf, source.units),
                ]
            })
        });
        Table::list("files", fields, rows.collect())
    }

    /// The first rows of a figure, what the others of each file come to, and the figure.
    fn first_rows(&self, leaf: Leaf, words: &Words) -> Table {
        let (lang, sources) = (words.lang, self.sources(leaf));
        // Where no row is to be listed, the files say it all.
        let sources = if sources.iter().all(|(_, s)| s.first.is_empty()) { &[][..] } else { sources };
        let columns = Columns::of(leaf, sources);
        let mut rows = Vec::new();
        for (_, source) in sources {
            rows.extend(source.first.iter().map(|row| {
                let level = level(leaf, row).map_or_else(String::new, |n| n.to_string());
                let date = row.day.map_or(Cell::text(""), Cell::Date);
                let channel = Cell::text(self.channel_of(row));
                let cells = [Cell::text(&row.id), Cell::Text(level), date, channel, Cell::Money(row.amount)];
                columns.cells(Cell::Text(place(leaf, row, words)), cells, self.units(leaf, row.units))
            }));
            rows.extend(rest(source).map(|(more, units)| {
                // They stand in the same file as the rows above.
                let more = human_count(more);
                let text = match lang {
                    Lang::En => format!("… {more} more"),
                    Lang::Zh => format!("… 另 {more} 行"),
                };
                let blank = std::array::from_fn(|_| Cell::text(""));
                columns.cells(Cell::Text(text), blank, self.units(leaf, units))
            }));
        }
        let sum = self.units(leaf, sources.iter().map(|(_, s)| s.units).sum());
        let mut table = Table::list("rows", columns.fields(leaf.part.key, lang), rows);
        table.title = format!(
            "{}{}{}",
            self.name(leaf.part.key, lang),
            lang.pick(": ", "："),
            self.formula(leaf.part.key, lang)
        );
        let heading = vec![lang.pick("Total", "合计").to_string()];
        let cells = columns.cells(Cell::Null, std::array::from_fn(|_| Cell::Null), sum);
        table.total = Some(Record { role: Role::Total, heading, cells });
        table.show_total = table.records.len() > 1;
        table
    }

    fn left_out_table(&self, lang: Lang) -> Table {
        let fields = vec![
            Field::identity("figure", lang.pick("Left out of", "未计入")),
            Field::identity("reason", lang.pick("Why", "原因")),
            Field::figure("rows", heading("rows", lang)),
            Field::figure("amount", heading("amount", lang)),
        ];
        let rows = self.each_leaf().into_iter().flat_map(|leaf| {
            self.left_out(leaf).iter().map(move |(why, out)| {
                vec![
                    Cell::Text(self.name(leaf.part.key, lang)),
                    Cell::text(reason(*why, lang)),
                    Cell::Count(out.rows),
                    match self.amount(leaf, out.amount) {
                        Cell::Null => Cell::text(""),
                        amount => amount,
                    },
                ]
            })
        });
        Table::list("left_out", fields, rows.collect())
    }

    pub(super) fn notes(&self, words: &Words) -> Vec<String> {
        let lang = words.lang;
        let mut notes = Vec::new();
        for p in self.explained.map_or(&[][..], |e| &e.priced) {
            let (users, price) = (human_count(p.users), crate::render::number::human_money(p.price));
            let channel = &p.channel;
            notes.push(match lang {
                Lang::En => format!("{channel} has no row of ad spend: {users} new users × {price} by cost_per_user in scrm.toml"),
                Lang::Zh => format!("{channel} 没有投放记录：按 scrm.toml 的 cost_per_user 计 {users} 名新增用户 × {price}"),
            });
        }
        let is_commission = self.each_leaf().iter().any(|l| l.part.key == Key::Commission);
        if is_commission {
            notes.push(
                lang.pick(
                    "Of an order's commission counts what it accrued in the period: at its end − before it",
                    "每单佣金计入的是期间内的应计增量：期末应计 − 期初应计",
                )
                .into(),
            );
        }
        if !matches!(self.key.formula(), Formula::Rows) || self.explained.is_some() {
            notes.push(
                lang.pick(
                    "Checked: each figure is the sum of its rows; --rows all -O csv lists all of them",
                    "已核对：各指标等于其各行之和；--rows all -O csv 列出全部行",
                )
                .into(),
            );
        }
        notes.extend(self.warnings.iter().map(|w| words.line(w)));
        notes
    }
}

/// Which columns the rows of a figure have between their place and what counts: the id, the level, the date, the channel
/// and what the row itself holds.
struct Columns([bool; 5]);

impl Columns {
    fn of(leaf: Leaf, sources: &[(u32, Source)]) -> Columns {
        let key = leaf.part.key;
        let any = |of: fn(&Row) -> bool| sources.iter().flat_map(|(_, s)| &s.first).any(of);
        let is_commission = key == Key::Commission;
        let shares = is_commission || matches!(key, Key::TeamCost | Key::OtherCost);
        let levels = is_commission && any(|row| row.at.part > 0);
        // A line of commission is wide enough without its channel.
        Columns([any(|row| !row.id.is_empty()), levels, any(|row| row.day.is_some()), !is_commission, shares])
    }

    fn fields(&self, key: Key, lang: Lang) -> Vec<Field> {
        let between = [
            Field::identity("id", id_heading(key, lang)),
            Field::figure("level", heading("level", lang)),
            Field::figure("date", heading("date", lang)),
            Field::figure("channel", heading("channel", lang)),
            Field::figure("amount", amount_heading(key, lang)),
        ];
        let mut fields = vec![Field::identity("row", lang.pick("Row", "所在行"))];
        fields.extend(between.into_iter().zip(self.0).filter_map(|(field, shown)| shown.then_some(field)));
        fields.push(Field::figure("contribution", heading("contribution", lang)));
        fields
    }

    fn cells(&self, place: Cell, between: [Cell; 5], counts: Cell) -> Vec<Cell> {
        let mut cells = vec![place];
        cells.extend(between.into_iter().zip(self.0).filter_map(|(cell, shown)| shown.then_some(cell)));
        cells.push(counts);
        cells
    }
}

/// Whose number stands beside a row.
fn id_heading(key: Key, lang: Lang) -> &'static str {
    match key {
        Key::NewUsers | Key::Users | Key::Buyers | Key::DistributionBuyers => lang.pick("User", "用户"),
        Key::Distributors | Key::Active => lang.pick("Distributor", "分销员"),
        Key::AdSpend => lang.pick("User", "用户"),
        _ => lang.pick("Order", "订单"),
    }
}

/// What the row itself holds.
fn amount_heading(key: Key, lang: Lang) -> &'static str {
    match key {
        Key::Commission => lang.pick("By the end", "期末应计"),
        _ => lang.pick("Amount", "金额"),
    }
}
