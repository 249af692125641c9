//! The command line as meant: what was typed, parsed once and without contradictions.

mod beside;
mod condition;
mod period;
pub mod plan;

use crate::cli::{
    ArrangeArgs, BridgeArgs, CheckArgs, CohortArgs, Common, DistributorsArgs, ExplainArgs, PayoutsArgs,
    PnlArgs, RangeArgs,
};
use crate::error::UsageError;
use crate::input::Ask;
use crate::input::field::date::stamp;
use crate::input::field::id::id;
use crate::lang::{Lang, Said};
use crate::render::Format;
use crate::report::distributors::By;
use crate::said;
use jiff::tz::TimeZone;
use scrm_core::against::Against;
use scrm_core::bridge::{Method, Row};
use scrm_core::cohort::{self, Measure, System, Value};
use scrm_core::date::Day;
use scrm_core::fold::{Basis, Shape};
use scrm_core::period::{Ends, Grain, Range};
use scrm_core::pnl::{Allocate, Key};
use std::path::{Path, PathBuf};

use beside::{against, dated, to_targets};
pub use condition::Condition;
use period::period;

type Meant<T> = Result<T, UsageError>;

fn wrong<T>(what: Said) -> Meant<T> {
    Err(UsageError(what))
}

/// What `pnl` is to show.
#[derive(Clone, Debug)]
pub struct Pnl {
    pub shape: Shape,
    pub allocate: Option<Allocate>,
    pub against: Option<Against>,
    /// Beside the targets.
    pub targets: bool,
    pub conditions: Vec<Condition<Key>>,
}

/// What `payouts` is to show.
#[derive(Clone, Debug)]
pub struct Payouts {
    pub view: PayoutsView,
    pub arrange: Arrange,
}

/// The reports of `payouts`.
#[derive(Clone, Debug)]
pub enum PayoutsView {
    /// What each is owed at the end of a day; `None` is the last of the data.
    Owed(Option<Day>),
    Movement(Range),
    Lines(Option<Day>),
    /// The same under the plan of another file.
    Compare(PathBuf, Option<Day>),
    /// Why one order pays what it pays.
    Why {
        order: String,
        as_of: Option<Day>,
    },
    /// The page of the distributor with this id.
    Statement(String, Option<Day>),
    /// The pages of all, as files of this directory.
    Statements(PathBuf, Option<Day>),
    PaymentRun(PaymentRun),
}

impl PayoutsView {
    /// Does it show orders, so that their ids are needed?
    pub fn shows_orders(&self) -> bool {
        match self {
            PayoutsView::Lines(_) | PayoutsView::Why { .. } => true,
            PayoutsView::Statement(..) | PayoutsView::Statements(..) => true,
            PayoutsView::Owed(_) | PayoutsView::Movement(_) => false,
            PayoutsView::Compare(..) | PayoutsView::PaymentRun(_) => false,
        }
    }

    /// The order that is asked for.
    pub fn order(&self) -> Option<&str> {
        match self {
            PayoutsView::Why { order, .. } => Some(order),
            _ => None,
        }
    }
}

/// A payment run: its id and the files it is written to.
#[derive(Clone, Debug)]
pub struct PaymentRun {
    pub id: String,
    pub file: Sheet,
    /// For the rows that go to the payments once they are paid.
    pub rows: Option<Sheet>,
    pub as_of: Option<Day>,
}

/// A file of rows.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What was typed for it.
    pub option: &'static str,
    pub path: PathBuf,
    pub delimiter: u8,
}

/// What `distributors` is to show.
#[derive(Clone, Debug)]
pub struct Distributors {
    pub shape: Shape,
    /// One table; `None`: one by motive and one by grade.
    pub by: Option<By>,
    pub arrange: Arrange,
}

/// Which rows of a list, and in what order.
#[derive(Clone, Debug, Default)]
pub struct Arrange {
    pub sort: Option<String>,
    pub top: Option<usize>,
}

/// What `bridge` is to show.
#[derive(Clone, Debug)]
pub struct Bridge {
    pub compared: Compared,
    pub method: Method,
    pub by_channel: bool,
    pub conditions: Vec<Condition<Row>>,
}

/// The periods between which bridges are made.
#[derive(Clone, Copy, Debug)]
pub enum Compared {
    /// Each with the one before it; of these the last so many, or all.
    Each { grain: Grain, ends: Ends, last: Option<usize> },
    /// Any two.
    Two { from: Range, to: Range },
    /// A month with its targets.
    Targets { from: Range },
}

/// Two periods of one kind are read at once where no more than so many of them lie from one to the other.
pub(crate) const AT_ONCE: i32 = 400;

impl Bridge {
    /// How the data is to be laid out, and once more where one layout does not hold both of two periods.
    pub fn shapes(&self) -> (Shape, Option<Shape>) {
        let shape = |grain, ends| Shape { grain, ends, by_channel: self.by_channel, ..whole() };
        let over = |begin, end| Ends { begin: Some(begin), end: Some(end) };
        let (from, to) = match self.compared {
            Compared::Each { grain, ends, .. } => return (shape(grain, ends), None),
            Compared::Two { from, to } => (from, to),
            Compared::Targets { from } => return (shape(Grain::Month, over(from.begin, from.end)), None),
        };
        match Grain::of(from).filter(|grain| Grain::of(to) == Some(*grain)) {
            Some(grain) if (grain.number(from.begin) - grain.number(to.begin)).abs() < AT_ONCE => {
                (shape(grain, over(from.begin.min(to.begin), from.end.max(to.end))), None)
            }
            _ => {
                let alone = |r: Range| shape(Grain::All, over(r.begin, r.end));
                (alone(from), Some(alone(to)))
            }
        }
    }
}

/// What `cohort` is to show.
#[derive(Clone, Debug)]
pub struct Cohort {
    pub shape: Shape,
    /// Of what period a cohort is.
    pub grain: Grain,
    pub system: System,
    pub value: Value,
    pub cumulative: bool,
    pub conditions: Vec<Condition<Measure>>,
}

/// What `check` is to show.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    pub verbose: bool,
}

/// What `explain` is to show.
#[derive(Clone, Debug)]
pub struct Explain {
    pub shape: Shape,
    pub ask: Ask,
}

/// The format of a report.
pub fn format(common: &Common) -> Meant<Format> {
    format_of(common.format.as_deref(), common.output.as_deref())
}

/// The format of a report: named, told by the ending of its file, or the terminal's.
pub fn format_of(asked: Option<&str>, output: Option<&Path>) -> Meant<Format> {
    if let Some(name) = asked {
        return Format::from_name(name).ok_or_else(|| {
            UsageError(said!("--format: {name:?} is no format", "--format：没有格式 {name:?}"))
        });
    }
    let Some(path) = output else { return Ok(Format::Table) };
    let ending = path.extension().and_then(|e| e.to_str());
    // Devices and pipes have no ending to go by.
    let special = std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir());
    match ending.and_then(Format::from_ending) {
        Some(format) => Ok(format),
        None if special => Ok(Format::Table),
        None => {
            let names = Format::NAMES.join(", ");
            wrong(said!(
                "-o {path:?}: its ending names no format; add -O with one of {names}",
                "-o {path:?}：从扩展名看不出格式，请加 -O：{names}"
            ))
        }
    }
}

/// The language: asked for, or the environment's.
pub fn lang(asked: Option<&str>, env: impl Fn(&str) -> Option<String>) -> Lang {
    if let Some(lang) = asked.and_then(Lang::from_name) {
        return lang;
    }
    let set = ["SCRM_CALC_LANG", "LC_ALL", "LANG"].into_iter().find_map(|v| env(v).filter(|t| !t.is_empty()));
    set.map_or(Lang::En, |l| Lang::of_locale(&l))
}

/// Today: asked for, or by the clock in the shop's time zone.
pub fn today(common: &Common, zone: &TimeZone) -> Meant<Day> {
    today_of(common.today.as_deref(), zone)
}

/// The same of what was typed behind `--today`, if anything was.
pub fn today_of(typed: Option<&str>, zone: &TimeZone) -> Meant<Day> {
    match typed {
        Some(text) => date(text, "--today"),
        None => {
            let now = zone.to_datetime(jiff::Timestamp::now()).date();
            let day = Day::from_ymd(i32::from(now.year()), now.month() as u32, now.day() as u32);
            day.ok_or_else(|| {
                UsageError(said!("the clock shows no date; give --today", "时钟没有日期，请给出 --today"))
            })
        }
    }
}

fn date(text: &str, option: &str) -> Meant<Day> {
    match stamp(text.trim().as_bytes(), &TimeZone::UTC) {
        Ok(s) if s.second.is_none() => Ok(s.day),
        _ => wrong(said!(
            "{option}: {text:?} is not a date; write 2026-03-01",
            "{option}：{text:?} 不是日期，请写 2026-03-01"
        )),
    }
}

/// What the arguments of `check` mean.
pub fn check(args: &CheckArgs) -> Check {
    Check { verbose: args.verbose }
}

/// The shape of data that is only checked.
pub fn whole() -> Shape {
    let (grain, basis) = (Grain::All, Basis::Period);
    Shape { grain, ends: Ends::default(), basis, by_channel: false, keep_ids: false }
}

/// The ends asked for, by dates or as a period.
fn ends(begin: Option<&str>, end: Option<&str>, named: Option<&str>, today: Day) -> Meant<Ends> {
    let ends = match named {
        Some(text) => {
            let range = period(text, "--period", today)?;
            Ends { begin: Some(range.begin), end: Some(range.end) }
        }
        None => Ends {
            begin: begin.map(|t| date(t, "--begin")).transpose()?,
            end: end.map(|t| date(t, "--end")).transpose()?,
        },
    };
    if let Ends { begin: Some(b), end: Some(e) } = ends
        && b >= e
    {
        return wrong(said!(
            "--begin {b} is not before --end {e}; the end is not included",
            "--begin {b} 不早于 --end {e}（末端不含）"
        ));
    }
    Ok(ends)
}

fn range_of(args: &RangeArgs, today: Day) -> Meant<Ends> {
    ends(args.begin.as_deref(), args.end.as_deref(), args.period.as_deref(), today)
}

/// What the arguments of `payouts` mean.
pub fn payouts(args: &PayoutsArgs, today: Day) -> Meant<Payouts> {
    let ends = ends(args.begin.as_deref(), args.end.as_deref(), args.period.as_deref(), today)?;
    let as_of = args.as_of.as_ref().map(|t| date(t, "--as-of")).transpose()?;
    // Whoever asks for the rows of a run and not for its payments has left something out.
    let of_a_run = [("--run", args.run.is_some()), ("--payments-csv", args.payments_csv.is_some())];
    if let (None, Some((option, _))) = (&args.payment_file, of_a_run.into_iter().find(|(_, given)| *given)) {
        return wrong(said!("{option} needs --payment-file", "{option} 须与 --payment-file 同用"));
    }
    let view = match (ends, &args.statement, &args.statements, &args.payment_file) {
        _ if args.why.is_some() => PayoutsView::Why { order: order_id(args.why.as_deref())?, as_of },
        (Ends { begin: Some(begin), end: Some(end) }, ..) => PayoutsView::Movement(Range { begin, end }),
        (_, Some(id), ..) => PayoutsView::Statement(id.clone(), as_of),
        (_, _, Some(directory), _) => PayoutsView::Statements(directory.clone(), as_of),
        (_, _, _, Some(file)) => PayoutsView::PaymentRun(PaymentRun {
            id: run_id(args.run.as_deref().unwrap_or_default())?,
            file: sheet(file, "--payment-file")?,
            rows: args.payments_csv.as_ref().map(|path| sheet(path, "--payments-csv")).transpose()?,
            as_of,
        }),
        _ if args.lines => PayoutsView::Lines(as_of),
        _ => match &args.compare_plan {
            Some(file) => PayoutsView::Compare(file.clone(), as_of),
            None => PayoutsView::Owed(as_of),
        },
    };
    Ok(Payouts { view, arrange: arrange(&args.arrange) })
}

/// An order's id as typed, trimmed like those in the data.
fn order_id(text: Option<&str>) -> Meant<String> {
    let text = text.unwrap_or_default();
    match id(text.as_bytes()) {
        Ok(id) if !id.is_empty() => Ok(String::from_utf8_lossy(id).into_owned()),
        _ => wrong(said!("--why: {text:?} is no order id", "--why：{text:?} 不是订单号")),
    }
}

/// The id of a payment run. It begins a cell, so it does not begin as a formula might.
fn run_id(text: &str) -> Meant<String> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if (1..=40).contains(&text.len()) && text.bytes().all(good) && !text.starts_with('-') {
        return Ok(text.into());
    }
    wrong(said!(
        "--run: {text:?} is no id of a run; write 1 to 40 letters, digits, - or _, such as 2026-03",
        "--run：{text:?} 不能作批次编号；请用 1 到 40 个字母、数字、- 或 _，如 2026-03"
    ))
}

/// A file of rows: its ending says what divides the cells; pipes and devices have none.
fn sheet(path: &Path, option: &'static str) -> Meant<Sheet> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    let delimiter = match ending.as_deref() {
        None | Some("csv" | "txt") => b',',
        Some("tsv") => b'\t',
        Some(_) => {
            return wrong(said!(
                "{option} {path:?}: it is written as .csv or .tsv",
                "{option} {path:?}：只能写成 .csv 或 .tsv"
            ));
        }
    };
    Ok(Sheet { option, path: path.to_path_buf(), delimiter })
}

/// What the arguments of `distributors` mean.
pub fn distributors(args: &DistributorsArgs, today: Day) -> Meant<Distributors> {
    Ok(Distributors {
        shape: Shape { ends: range_of(&args.range, today)?, ..whole() },
        by: args.by.as_deref().and_then(By::named),
        arrange: arrange(&args.arrange),
    })
}

fn arrange(args: &ArrangeArgs) -> Arrange {
    Arrange { sort: args.sort.clone(), top: args.top.map(|n| usize::try_from(n).unwrap_or(usize::MAX)) }
}

/// What the arguments of `pnl` mean.
pub fn pnl(args: &PnlArgs, today: Day) -> Meant<Pnl> {
    let ends = range_of(&args.range, today)?;
    let grain = grain([args.daily, args.weekly, args.monthly, args.quarterly, args.yearly]);
    if args.targets || args.compare.is_some() {
        dated(args, grain, ends)?;
    }
    let against = args.compare.as_ref().map(|text| against(text, grain, today)).transpose()?;
    let conditions =
        args.fail_if.iter().map(|text| Condition::of_statement(text)).collect::<Meant<Vec<_>>>()?;
    if let (None, Some(c)) = (against, conditions.iter().find(|c| c.is_of_change())) {
        let text = &c.text;
        return wrong(said!(
            "--fail-if {text:?} is about a change: say since when with --compare",
            "--fail-if {text:?} 涉及变动：请用 --compare 指明与哪一期相比"
        ));
    }
    Ok(Pnl {
        shape: Shape {
            grain: grain.unwrap_or(Grain::All),
            ends,
            basis: if args.basis == "cohort" { Basis::Cohort } else { Basis::Period },
            by_channel: args.by.is_some(),
            keep_ids: false,
        },
        allocate: args.allocate.as_deref().and_then(|by| match by {
            "users" => Some(Allocate::Users),
            "revenue" => Some(Allocate::Revenue),
            "spend" => Some(Allocate::Spend),
            "orders" => Some(Allocate::Orders),
            _ => None,
        }),
        against,
        targets: args.targets,
        conditions,
    })
}

/// The periods of the column flag that was given, of those from day to year.
fn grain(given: [bool; 5]) -> Option<Grain> {
    let grains = [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year];
    given.into_iter().zip(grains).find(|(given, _)| *given).map(|(_, grain)| grain)
}

fn conditions<K: Copy>(
    texts: &[String],
    keys: &[K],
    name: fn(K) -> &'static str,
) -> Meant<Vec<Condition<K>>> {
    texts.iter().map(|text| Condition::parse(text, keys, name)).collect()
}

/// What the arguments of `explain` mean, the name of the figure apart.
pub fn explain(args: &ExplainArgs, key: Key, today: Day) -> Meant<Explain> {
    let keep = match (args.rows.trim(), args.rows.trim().parse::<u64>()) {
        ("all", _) => usize::MAX,
        (_, Ok(n)) => usize::try_from(n).unwrap_or(usize::MAX),
        (text, Err(_)) => {
            return wrong(said!(
                "--rows: {text:?} is neither a number nor all",
                "--rows：{text:?} 既不是数字也不是 all"
            ));
        }
    };
    let (ends, channel) = (range_of(&args.range, today)?, args.channel.clone());
    // Ids, because commission is told by order.
    let shape = Shape { ends, by_channel: channel.is_some(), keep_ids: true, ..whole() };
    Ok(Explain { shape, ask: Ask { key, channel, keep } })
}

/// What the arguments of `bridge` mean.
pub fn bridge(args: &BridgeArgs, today: Day) -> Meant<Bridge> {
    let compared = match (&args.from, &args.to) {
        (Some(from), Some(to)) if to.trim() == "targets" => to_targets(from, today)?,
        (Some(from), Some(to)) => two(from, to, today)?,
        (None, Some(to)) => match &args.range.period {
            Some(month) if to.trim() == "targets" => to_targets(month, today)?,
            _ => {
                return wrong(said!(
                    "--to {to:?}: from which period? Give it with --from, and nothing else that names periods",
                    "--to {to:?}：从哪一期？请用 --from 给出，且不再以其它选项指定期间"
                ));
            }
        },
        _ => in_turn(args, today)?,
    };
    Ok(Bridge {
        compared,
        method: Method::ALL.into_iter().find(|m| m.name() == args.method).unwrap_or_default(),
        by_channel: args.by.is_some(),
        conditions: conditions(&args.fail_if, Row::ALL, Row::name)?,
    })
}

/// What the arguments of `cohort` mean.
pub fn cohort(args: &CohortArgs, today: Day) -> Meant<Cohort> {
    let ends = range_of(&args.range, today)?;
    Ok(Cohort {
        shape: cohort::shape(Shape { ends, by_channel: args.by.is_some(), ..whole() }),
        grain: grain([false, false, false, args.quarterly, args.yearly]).unwrap_or(Grain::Month),
        system: System::ALL.into_iter().find(|s| s.name() == args.system).unwrap_or_default(),
        value: Value::ALL.into_iter().find(|v| v.name() == args.value).unwrap_or_default(),
        cumulative: args.cumulative,
        conditions: conditions(&args.fail_if, &Measure::ALL, Measure::name)?,
    })
}

/// Periods, each to be compared with the one before it. That of the first lies before the range.
fn in_turn(args: &BridgeArgs, today: Day) -> Meant<Compared> {
    let ends = range_of(&args.range, today)?;
    let flag = grain([args.daily, args.weekly, args.monthly, args.quarterly, args.yearly]);
    let last = args.last.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    if let (None, None, Ends { begin: Some(begin), end: Some(end) }) = (flag, last, ends) {
        let to = Range { begin, end };
        return Ok(Compared::Two { from: to.before(), to });
    }
    let grain = flag.unwrap_or(Grain::Month);
    // Without anything that says which: the last month.
    let bare = flag.is_none() && ends == Ends::default();
    let begin = ends.begin.map(|day| grain.first_day(grain.number(day) - 1));
    Ok(Compared::Each { grain, ends: Ends { begin, ..ends }, last: last.or_else(|| bare.then_some(1)) })
}

fn two(from: &str, to: &str, today: Day) -> Meant<Compared> {
    let (first, second) = (period(from, "--from", today)?, period(to, "--to", today)?);
    if first == second {
        return wrong(said!(
            "--from {from:?} and --to {to:?} are the same days; there is nothing to compare",
            "--from {from:?} 与 --to {to:?} 是同一段日期，无从比较"
        ));
    }
    Ok(Compared::Two { from: first, to: second })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_run_is_plain() {
        for good in ["1", "2026-03", "_a-Z9", &"x".repeat(40)] {
            assert_eq!(run_id(good).unwrap(), good);
        }
        for bad in ["", "-a", "a.b", "a b", "三月", "a/b", &"x".repeat(41)] {
            assert!(run_id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_language_is_asked_for_or_the_environments() {
        let env = |set: &'static [(&str, &str)]| {
            move |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, v)| v.to_string())
        };
        assert_eq!(lang(Some("en"), env(&[("LANG", "zh_CN.UTF-8")])), Lang::En);
        assert_eq!(lang(None, env(&[("LANG", "zh_CN.UTF-8")])), Lang::Zh);
        assert_eq!(lang(None, env(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")])), Lang::En);
        assert_eq!(lang(None, env(&[("LANG", "de_DE"), ("SCRM_CALC_LANG", "zh")])), Lang::Zh);
        assert_eq!(lang(None, env(&[])), Lang::En);
    }
}
