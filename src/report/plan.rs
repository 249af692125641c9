//! Plans as a document: base, scenarios and differences as a statement; what drivers must be; tables over drivers.

use super::document::{Cell, Change, Document, Field, Layout, Node, Record, Role, Table};
use super::pnl::{FIRST_ORDER, figure_cell, joining_line, range_line, role, sections};
use super::problems::Words;
use super::words::{formula, label};
use crate::input::problem::Problem;
use crate::lang::Lang;
use scrm_core::date::Day;
use scrm_core::figures::Figure;
use scrm_core::period::Range;
use scrm_core::scenario::{
    Bar, Driver, Exact, Grid, Kind, Line, NoSolution, Outcome, Plan, Solution, Target, Whole, figure, whole,
};

/// Where the base comes from.
#[derive(Clone, Debug)]
pub enum Source {
    Data(Option<Range>),
    /// These drivers were typed.
    Given(Vec<Driver>),
}

/// A scenario; that of changes which were typed has no name.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: Option<String>,
    pub plan: Plan,
}

/// What was found out.
#[derive(Clone, Debug)]
pub enum View {
    /// Nothing but what the plans come to.
    Compare,
    /// What drivers must be for a target; of one alone its plan is shown too.
    Solved(Target, Vec<(Driver, Solution)>, bool),
    Varied(Grid),
    Tornado(Line, Vec<Bar>),
}

/// What the report is made from.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    pub source: Source,
    pub base: &'a Plan,
    pub scenarios: &'a [Column],
    pub view: &'a View,
    pub currency: &'a str,
    pub for_people: bool,
    /// The users of the data joined on the day of their first order.
    pub joined_by_order: bool,
    pub warnings: &'a [Problem],
}

/// Makes the document.
pub fn document(found: &Found, words: &Words) -> Document {
    let lang = words.lang;
    let range = match &found.source {
        Source::Data(range) => *range,
        Source::Given(_) => None,
    };
    let date = |f: fn(Range) -> Day| range.map_or(Cell::Null, |r| Cell::Date(f(r)));
    let base = if matches!(found.source, Source::Data(_)) { "data" } else { "flags" };
    let mut head = vec![
        ("currency", Cell::text(found.currency)),
        ("base", Cell::text(base)),
        ("begin", date(|r| r.begin)),
        ("end", date(|r| r.end)),
    ];
    head.extend(found.joined_by_order.then(|| ("acquired_on", Cell::text(FIRST_ORDER))));
    head.extend(found.asked());
    Document {
        schema: "scrm-calc.plan/1",
        title: found.title(lang),
        subtitle: found.subtitle(range, lang),
        head,
        tables: found.tables(lang),
        tail: vec![("warnings", Node::List(found.warnings.iter().map(|w| words.json_warning(w)).collect()))],
        notes: found.notes(words),
    }
}

/// A difference: for people with its sign, and of shares in percentage points.
fn change(kind: Kind, x: Option<&Exact>, for_people: bool) -> Cell {
    let count =
        x.filter(|x| kind == Kind::Count && x.is_integer()).and_then(|x| x.to_integer().try_into().ok());
    match (for_people, count, figure(kind, x)) {
        (false, _, figure) => figure_cell(figure),
        (true, Some(count), _) => Cell::Change(Change::Count(count)),
        (true, None, Figure::Count(n)) => Cell::Change(Change::Count(n.into())),
        (true, None, Figure::Money(m)) => Cell::Change(Change::Money(m)),
        (true, None, Figure::Share(r)) => Cell::Change(Change::Points(r)),
        (true, None, Figure::Quotient(r) | Figure::UnitValue(r)) => Cell::Change(Change::Quotient(r)),
    }
}

/// An exact number as a cell of its kind.
fn number(kind: Kind, x: Option<&Exact>) -> Cell {
    figure_cell(figure(kind, x))
}

impl Found<'_> {
    /// What the report is about, for programs.
    fn asked(&self) -> Vec<(&'static str, Cell)> {
        match self.view {
            View::Compare => Vec::new(),
            View::Solved(target, ..) => vec![
                ("target", Cell::text(target.line.name())),
                ("value", number(target.line.kind(), Some(&target.value))),
            ],
            View::Varied(grid) => vec![("of", Cell::text(grid.line.name()))],
            View::Tornado(line, _) => vec![("of", Cell::text(line.name()))],
        }
    }

    fn title(&self, lang: Lang) -> String {
        let line = |l: Line| line_name(l, lang);
        match (self.view, lang) {
            (View::Compare, _) => lang.pick("Plan", "测算").into(),
            (View::Solved(t, ..), Lang::En) => format!("What it takes: {}", wanted(t, lang)),
            (View::Solved(t, ..), Lang::Zh) => format!("达到 {} 所需", wanted(t, lang)),
            (View::Varied(g), Lang::En) => format!("What if: {}", line(g.line)),
            (View::Varied(g), Lang::Zh) => format!("敏感性：{}", line(g.line)),
            (View::Tornado(l, _), Lang::En) => format!("What matters most: {}", line(*l)),
            (View::Tornado(l, _), Lang::Zh) => format!("各因素的影响：{}", line(*l)),
        }
    }

    fn subtitle(&self, range: Option<Range>, lang: Lang) -> Vec<String> {
        let base = match self.source {
            Source::Data(_) => range_line(range, self.currency, lang),
            Source::Given(_) => {
                format!("{} · {}", lang.pick("From the numbers given", "按给出的数字"), self.currency)
            }
        };
        let changed = !self.scenarios.is_empty() && !matches!(self.view, View::Compare);
        let changed =
            changed.then(|| lang.pick("After the changes of --set", "在 --set 改动之后").to_string());
        let joining = joining_line(self.joined_by_order, lang);
        [base].into_iter().chain(joining).chain(changed).collect()
    }

    fn tables(&self, lang: Lang) -> Vec<Table> {
        let own = match self.view {
            View::Compare => return vec![self.statement(self.scenarios, lang)],
            View::Solved(target, all, alone) => {
                let mut tables = vec![solutions(self.now(), target, all, self.for_people, lang)];
                let plans = all.iter().filter(|_| *alone).flat_map(|(_, s)| solved(s, self.for_people, lang));
                let plans: Vec<Column> = self.scenarios.iter().cloned().chain(plans).collect();
                if !self.for_people || *alone {
                    tables.push(self.statement(&plans, lang));
                }
                return tables;
            }
            View::Varied(grid) if self.for_people && grid.axes.len() == 2 => crossed(grid, lang),
            View::Varied(grid) => varied(grid, self.now(), lang),
            View::Tornado(line, bars) => self.ranked(*line, bars, lang),
        };
        // Programs get the plans themselves as well.
        let more = (!self.for_people).then(|| self.statement(self.scenarios, lang));
        [own].into_iter().chain(more).collect()
    }

    /// The plan that is asked about: after the changes that were typed.
    fn now(&self) -> &Plan {
        self.scenarios.last().map_or(self.base, |s| &s.plan)
    }

    /// Figures down; the base, and each scenario with its difference, across.
    fn statement(&self, scenarios: &[Column], lang: Lang) -> Table {
        let plans = || [self.base].into_iter().chain(scenarios.iter().map(|s| &s.plan));
        let distributes = plans().any(Plan::distributes);
        let is_shown = |l: &&Line| !self.for_people || distributes || !l.name().starts_with("distribution.");
        let lines: Vec<Line> = Line::ALL.iter().filter(is_shown).copied().collect();
        let mut fields = ["column", "scenario"].map(|key| Field::identity(key, key)).to_vec();
        let sections = sections(lines.iter().map(|l| l.name()), fields.len(), lang);
        fields.extend(lines.iter().map(|l| Field {
            role: l.key().map_or(Role::Item, role),
            formula: formula(l.name(), lang).into(),
            ..Field::figure(l.name(), label(l.name(), lang))
        }));
        let base = self.base.outcome();
        let column = |kind: &str, name: Option<&str>, heading: Vec<String>, of: &dyn Fn(Line) -> Cell| {
            let mut cells = vec![Cell::text(kind), name.map_or(Cell::Null, Cell::text)];
            cells.extend(lines.iter().map(|l| of(*l)));
            Record { role: Role::Item, heading, cells }
        };
        let mut records = vec![column("base", None, vec![lang.pick("Base", "基准").into()], &|l| {
            figure_cell(base.statement_figure(l))
        })];
        for scenario in scenarios {
            let outcome: Outcome = scenario.plan.outcome();
            let name = scenario.name.as_deref();
            let shown = name.unwrap_or(lang.pick("Scenario", "方案")).to_string();
            let difference = lang.pick("Difference", "差额").to_string();
            records.push(column("scenario", name, vec![shown], &|l| figure_cell(outcome.figure(l))));
            let by = |l: Line| outcome.get(l).zip(base.get(l)).map(|(a, b)| a - b);
            let of = |l: Line| change(l.kind(), by(l).as_ref(), self.for_people);
            records.push(column("difference", name, vec![difference], &of));
        }
        let alone = scenarios.is_empty();
        Table {
            layout: Layout::Statement,
            sections,
            records,
            formula_heading: if alone { lang.pick("How", "算法").into() } else { String::new() },
            ..Table::list("columns", fields, Vec::new())
        }
    }

    /// Drivers a tenth lower and higher, the widest first.
    fn ranked(&self, line: Line, bars: &[Bar], lang: Lang) -> Table {
        let name = |key| label(key, lang);
        let mut fields = vec![Field::identity("driver", name("driver"))];
        for (key, en, zh) in [
            ("low", "−10 %", "−10 %"),
            ("high", "+10 %", "+10 %"),
            ("of_low", "with −10 %", "−10 % 时"),
            ("of_high", "with +10 %", "+10 % 时"),
            ("swing", "Swing", "相差"),
        ] {
            fields.push(Field::figure(key, lang.pick(en, zh)));
        }
        let row = |bar: &Bar| {
            let [low, high] = &bar.values;
            let [of_low, of_high] = &bar.lines;
            let (own, of) = (bar.driver.kind(), line.kind());
            vec![
                driver_cell(bar.driver, self.for_people, lang),
                number(own, Some(low)),
                number(own, Some(high)),
                number(of, of_low.as_ref()),
                number(of, of_high.as_ref()),
                match self.for_people && of == Kind::Share {
                    true => change(of, bar.swing.as_ref(), true),
                    false => number(of, bar.swing.as_ref()),
                },
            ]
        };
        Table::list("drivers", fields, bars.iter().map(row).collect())
    }

    fn notes(&self, words: &Words) -> Vec<String> {
        let lang = words.lang;
        let mut notes = Vec::new();
        let mut say = |en: &str, zh: &str| notes.push(lang.pick(en, zh).to_string());
        match self.view {
            View::Solved(..) => say(
                "Each driver alone, all others as they are. Whole: the nearest number of people or cents that reaches it",
                "每个因素单独变动，其余不变。取整：达到目标的最接近的人数或分",
            ),
            View::Tornado(..) => {
                say("Each driver alone; shares go to 100 % at most", "每个因素单独变动；比率至多到 100 %");
            }
            View::Compare | View::Varied(_) => {}
        }
        if !matches!(self.view, View::Compare) || !self.scenarios.is_empty() {
            say(
                "A user more is a new user more, who costs the cost per user",
                "用户量每多一人，新增用户也多一人，并按单个用户成本计",
            );
            if matches!(self.view, View::Compare | View::Solved(..)) {
                say("pp: percentage points", "pp：百分点");
            }
            say("Money is rounded to the cent, only where it is shown", "金额仅在显示时四舍五入到分");
        }
        if let Source::Given(given) = &self.source {
            notes.extend(not_given(given, lang));
        }
        notes.extend(self.undefined(lang));
        notes.extend(self.warnings.iter().map(|w| words.line(w)));
        notes
    }
}

impl Found<'_> {
    /// Drivers that are undefined in the base, where a scenario would need them.
    fn undefined(&self, lang: Lang) -> Option<String> {
        let is_undefined = |s: &Column| s.plan.outcome().get(Line::TotalProfit).is_none();
        let missing = Driver::ALL.into_iter().filter(|d| self.now().driver(*d).is_none());
        let names: Vec<&str> = missing.map(|d| label(d.line().name(), lang)).collect();
        self.scenarios.iter().any(is_undefined).then(|| match lang {
            Lang::En => format!(
                "Undefined in the base, so nothing follows from it; --set gives a value: {}",
                names.join(", ")
            ),
            Lang::Zh => format!("在基准中无定义，无从推算，可用 --set 给出数值：{}", names.join("、")),
        })
    }
}

/// Drivers that count as zero since nobody gave them; those of distribution only where any of them was given.
fn not_given(given: &[Driver], lang: Lang) -> Option<String> {
    let of_distribution = |d: &Driver| d.line().name().starts_with("distribution.");
    let distributes = given.iter().any(of_distribution);
    let missing =
        Driver::ALL.into_iter().filter(|d| !given.contains(d) && (distributes || !of_distribution(d)));
    let people = [Driver::Users, Driver::NewUsers].iter().any(|d| given.contains(d));
    let missing = missing.filter(|d| !(people && matches!(d, Driver::Users | Driver::NewUsers)));
    let names: Vec<&str> = missing.map(|d| label(d.line().name(), lang)).collect();
    (!names.is_empty()).then(|| match lang {
        Lang::En => format!("Not given, so counted as 0: {}", names.join(", ")),
        Lang::Zh => format!("未给出，按 0 计：{}", names.join("、")),
    })
}

/// A line's name; one that stands in several parts of the statement with the part's.
fn line_name(line: Line, lang: Lang) -> String {
    let name = label(line.name(), lang);
    let system = match line {
        Line::DistributionRevenue => lang.pick("Distribution", "分销"),
        Line::Revenue => lang.pick("Direct", "直销"),
        Line::TotalRevenue | Line::TotalCost | Line::TotalProfit => lang.pick("Total", "合计"),
        _ => return name.into(),
    };
    match lang {
        Lang::En => format!("{system} {}", name.to_lowercase()),
        Lang::Zh => format!("{system}{name}"),
    }
}

/// A target in words.
fn wanted(target: &Target, lang: Lang) -> String {
    let value = crate::render::number::told(&number(target.line.kind(), Some(&target.value)));
    format!("{} = {value}", line_name(target.line, lang))
}

/// A driver's name: for programs the one that they type.
fn driver_cell(driver: Driver, for_people: bool, lang: Lang) -> Cell {
    match for_people {
        true => Cell::text(label(driver.line().name(), lang)),
        false => Cell::text(driver.name()),
    }
}

/// What each driver must be.
fn solutions(now: &Plan, target: &Target, all: &[(Driver, Solution)], for_people: bool, lang: Lang) -> Table {
    let mut fields = vec![Field::identity("driver", label("driver", lang))];
    fields.extend(["now", "needed", "difference", "change"].map(|key| Field::figure(key, label(key, lang))));
    fields.extend((!for_people).then(|| Field::figure("whole.of", "")));
    fields.push(Field::figure("whole.value", lang.pick("Whole", "取整")));
    fields.extend((!for_people).then(|| Field::figure("whole.bound", "")));
    fields.extend((!for_people).then(|| Field::figure("whole.result", "")));
    fields.push(Field::figure(if for_people { "" } else { "no_solution" }, ""));
    // Where nobody distributes, people are not told what distribution would have to be.
    let distributes = now.distributes();
    let is_told = |(driver, solution): &&(Driver, Solution)| {
        let of_distribution = driver.line().name().starts_with("distribution.");
        !for_people
            || distributes
            || !of_distribution
            || matches!(solution, Solution::Found(_))
            || all.len() == 1
    };
    let row = |(driver, solution): &(Driver, Solution)| {
        let (kind, at) = (driver.kind(), now.driver(*driver));
        let found = match solution {
            Solution::Found(found) => Some(found),
            _ => None,
        };
        let needed = found.map(|f| &f.value);
        let difference = needed.zip(at).map(|(a, b)| a - b);
        let relative = needed.zip(at.filter(|b| **b != whole(0))).map(|(a, b)| a / b - whole(1));
        let n = found.and_then(|f| f.whole.as_ref());
        let blank = |c: Cell| if for_people && found.is_none() { Cell::text("") } else { c };
        let mut cells = vec![driver_cell(*driver, for_people, lang), number(kind, at)];
        cells.push(blank(number(kind, needed)));
        cells.push(blank(change(kind, difference.as_ref(), for_people)));
        cells.push(blank(match (for_people, figure(Kind::Share, relative.as_ref())) {
            (true, Figure::Share(ratio)) => Cell::Change(Change::Percent(ratio)),
            (_, relative) => figure_cell(relative),
        }));
        if for_people {
            cells.push(n.map_or(Cell::text(""), |n| number(n.line.kind(), Some(&n.value))));
            cells.push(Cell::Text(n.map_or_else(|| why_not(solution, *driver, lang), |n| bound(n, lang))));
        } else {
            cells.extend(whole_cells(n, target));
            cells.push(no_solution(solution));
        }
        cells
    };
    Table::list("solutions", fields, all.iter().filter(is_told).map(row).collect())
}

/// What programs read of the nearest whole number.
fn whole_cells(n: Option<&Whole>, target: &Target) -> Vec<Cell> {
    let Some(n) = n else { return vec![Cell::Null; 4] };
    vec![
        Cell::text(n.line.name()),
        number(n.line.kind(), Some(&n.value)),
        Cell::text(if n.is_smallest { "at_least" } else { "at_most" }),
        figure_cell(n.plan.outcome().figure(target.line)),
    ]
}

/// Of what a whole number is, and which way it bounds.
fn bound(n: &Whole, lang: Lang) -> String {
    let name = label(n.line.name(), lang);
    match (lang, n.is_smallest, n.line.kind()) {
        (Lang::En, true, Kind::Count) => format!("{} at least", name.to_lowercase()),
        (Lang::En, false, Kind::Count) => format!("{} at most", name.to_lowercase()),
        (Lang::En, true, _) => "at least".into(),
        (Lang::En, false, _) => "at most".into(),
        (Lang::Zh, true, Kind::Count) => format!("{name}至少"),
        (Lang::Zh, false, Kind::Count) => format!("{name}至多"),
        (Lang::Zh, true, _) => "至少".into(),
        (Lang::Zh, false, _) => "至多".into(),
    }
}

/// Why there is no solution, for people.
fn why_not(solution: &Solution, driver: Driver, lang: Lang) -> String {
    let none = lang.pick("no solution: ", "无解：");
    let told = |x: &Exact| crate::render::number::told(&number(driver.kind(), Some(x)));
    let money = |x: &Exact| crate::render::number::told(&number(Kind::Money, Some(x)));
    let would = |x: &Exact| match lang {
        Lang::En => format!("{none}it would have to be {}", told(x)),
        Lang::Zh => format!("{none}须为 {}", told(x)),
    };
    let say = |en: &str, zh: &str| format!("{none}{}", lang.pick(en, zh));
    match solution {
        Solution::Found(_) => String::new(),
        Solution::Any => lang.pick("it is so whatever this is", "无论取何值均已达到").into(),
        Solution::None(why) => match why {
            NoSolution::NoEffect => say("it has no effect on this", "对此没有影响"),
            NoSolution::CostsMore(x) if *x == whole(0) => {
                say("each user costs what it brings", "每个用户的成本等于其带来的收益")
            }
            NoSolution::CostsMore(x) => match lang {
                Lang::En => format!("{none}each user costs more than it brings, by {}", money(x)),
                Lang::Zh => format!("{none}每个用户的成本高于其带来的收益，差 {}", money(x)),
            },
            NoSolution::BelowZero(x) | NoSolution::AboveOne(x) | NoSolution::FewerThanBefore(x) => would(x),
            NoSolution::TooLarge => say("it would have to be beyond all measure", "所需数值过大"),
            NoSolution::Undefined => say("other drivers are undefined", "其它因素无定义"),
        },
    }
}

/// The same for programs.
fn no_solution(solution: &Solution) -> Cell {
    Cell::text(match solution {
        Solution::Found(_) => return Cell::Null,
        Solution::Any => "any",
        Solution::None(NoSolution::NoEffect) => "no_effect",
        Solution::None(NoSolution::CostsMore(_)) => "each_user_costs_more",
        Solution::None(NoSolution::BelowZero(_)) => "below_zero",
        Solution::None(NoSolution::AboveOne(_)) => "above_100_percent",
        Solution::None(NoSolution::FewerThanBefore(_)) => "fewer_users_than_before",
        Solution::None(NoSolution::TooLarge) => "too_large",
        Solution::None(NoSolution::Undefined) => "undefined",
    })
}

/// The plans of a solution: the exact one, and that of the nearest whole number.
fn solved(solution: &Solution, for_people: bool, lang: Lang) -> Vec<Column> {
    let Solution::Found(found) = solution else { return Vec::new() };
    let names = if for_people {
        [lang.pick("Exactly", "恰好"), lang.pick("Whole", "取整")]
    } else {
        ["exact", "whole"]
    };
    let [exact, whole] = names.map(|name| Some(name.to_string()));
    let exact = Column { name: exact, plan: found.plan.clone() };
    let n = found.whole.as_ref().filter(|n| n.plan != found.plan);
    let n = n.map(|n| Column { name: whole, plan: n.plan.clone() });
    [exact].into_iter().chain(n).collect()
}

/// A row for each value, or for each two.
fn varied(grid: &Grid, now: &Plan, lang: Lang) -> Table {
    let kind = grid.line.kind();
    let field = |driver: &Driver| Field::figure(driver.name(), label(driver.line().name(), lang));
    let mut fields: Vec<Field> = grid.axes.iter().map(|(driver, _)| field(driver)).collect();
    fields.push(Field { label: line_name(grid.line, lang), ..Field::figure("result", "") });
    fields.push(Field::figure("difference", label("difference", lang)));
    let outcome = now.outcome();
    let base = outcome.get(grid.line);
    let mut rows = Vec::new();
    let axis = |i: usize, at: usize| {
        let (driver, values) = &grid.axes[i];
        number(driver.kind(), values.get(at))
    };
    for (a, row) in grid.rows.iter().enumerate() {
        for (b, result) in row.iter().enumerate() {
            let mut cells: Vec<Cell> = vec![axis(0, a)];
            cells.extend((grid.axes.len() > 1).then(|| axis(1, b)));
            let difference = result.as_ref().zip(base).map(|(x, y)| x - y);
            cells.extend([number(kind, result.as_ref()), number(kind, difference.as_ref())]);
            rows.push(cells);
        }
    }
    Table::list("values", fields, rows)
}

/// The values of one driver down, those of the other across.
fn crossed(grid: &Grid, lang: Lang) -> Table {
    let [(first, outer), (second, inner)] = &grid.axes[..] else {
        return Table::list("values", Vec::new(), Vec::new());
    };
    let told = |driver: &Driver, x: &Exact| crate::render::number::told(&number(driver.kind(), Some(x)));
    let names = [first, second].map(|d| label(d.line().name(), lang));
    let mut fields = vec![Field::figure("", &format!("{} \\ {}", names[0], names[1]))];
    fields.extend(inner.iter().map(|x| Field::figure("", &told(second, x))));
    let rows = outer.iter().zip(&grid.rows).map(|(x, row)| {
        let results = row.iter().map(|r| number(grid.line.kind(), r.as_ref()));
        [number(first.kind(), Some(x))].into_iter().chain(results).collect()
    });
    Table::list("values", fields, rows.collect())
}
