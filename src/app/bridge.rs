//! `bridge`: why total profit changed, between two periods or from each to the next.

use super::payouts::defect;
use super::{MOST_COLUMNS, Run, Start, columns_error, refuse, start, strict, warnings};
use crate::cli::BridgeArgs;
use crate::error::{UsageError, exit};
use crate::input::Data;
use crate::input::source::{Cause, FileError, TableName, shown_path};
use crate::lang::{Lang, Said};
use crate::render::number::{UNDEFINED, human_count, human_money, human_quotient, human_share};
use crate::report::bridge::{Found, Side, Step, document};
use crate::report::problems::Words;
use crate::request::{self, Compared, Condition};
use crate::said;
use scrm_core::bridge::{Aims, Method, Row, Unfit, UnfitChannels, bridge, bridge_to, bridge_to_channels};
use scrm_core::date::Day;
use scrm_core::figures::{Figure, Key};
use scrm_core::fold::Shape;
use scrm_core::period::Range;
use scrm_core::pnl::{Column, Statement, data_days, statement};

pub fn run(args: &BridgeArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let common = &args.common;
    let start = start(common, lang)?;
    let meant = request::bridge(args, start.today)?;
    let file = |n| start.file(n);
    if matches!(meant.compared, Compared::Targets { .. }) {
        start.dir.required(TableName::Targets)?;
    }
    let Read { data, statements } = read(&start, &meant)?;
    let words = Words { lang, file: &file, sheets: &data.sheets };
    if data.refused() {
        return Ok(refuse(&data, &words, run));
    }
    let ineligible = statements.iter().map(|s| s.ineligible).max().unwrap_or(0);
    let warnings = warnings(&data, ineligible);
    if common.strict && !warnings.is_empty() {
        return Ok(strict(&warnings, &words, run));
    }
    if meant.by_channel && statements.iter().all(|s| s.columns.is_empty()) {
        return Err(UsageError(said!(
            "--by channel: the data names no channel",
            "--by channel：数据中没有任何渠道"
        ))
        .into());
    }
    let days = data_days(&data.world, &data.fold);
    let asked = Asked { periods: periods(&statements), days, today: start.today };
    let (pairs, left_out) = match meant.compared {
        Compared::Two { from, to } => (vec![[asked.period(from)?, asked.period(to)?]], None),
        Compared::Each { last, .. } => asked.in_turn(last)?,
        Compared::Targets { .. } => (Vec::new(), None),
    };
    let steps = match meant.compared {
        Compared::Targets { from } => vec![to_targets(asked.period(from)?, &data, &meant)?],
        _ => steps(&pairs, meant.method)?,
    };
    let found = Found {
        steps: &steps,
        left_out,
        method: meant.method,
        by_channel: meant.by_channel,
        shop_target: match meant.compared {
            Compared::Targets { from } if meant.by_channel => {
                Aims::profit_of_shop(&data.targets, from.begin.month())
            }
            _ => None,
        },
        currency: &start.settings.currency,
        today: start.today,
        for_people: start.for_people(),
        joined_by_order: start.settings.joined_by_order,
        warnings: &warnings,
    };
    start.publish(&document(&found, &words), &data, &warnings, common, &words, run)?;
    let held = held(&steps, &meant.conditions);
    held.iter().for_each(|h| run.say(&format!("--fail-if: {h}")));
    Ok(if held.is_empty() { exit::DONE } else { exit::CONDITION })
}

/// The bridge of each pair, proved.
fn steps(pairs: &[[&Period; 2]], method: Method) -> anyhow::Result<Vec<Step>> {
    let mut steps = Vec::with_capacity(pairs.len());
    for [from, to] in pairs {
        let bridge = bridge(from.1, to.1, method);
        bridge.prove().map_err(defect)?;
        steps.push(Step { from: from.0.clone(), to: to.0.clone(), bridge });
    }
    Ok(steps)
}

/// The bridge from a month to its targets, proved.
fn to_targets((side, columns): &Period, data: &Data, meant: &request::Bridge) -> anyhow::Result<Step> {
    let (month, method) = (side.range.begin.month(), meant.method);
    let bridge = if meant.by_channel {
        bridge_to_channels(columns, &data.targets, month, method)
            .map_err(|all| UsageError(unfit_channels(&side.label, &all)))?
    } else {
        let actual = columns.first().map(|c| c.sums).unwrap_or_default();
        let aims = Aims::of(&data.targets, month, None, &actual);
        bridge_to(actual, aims.map_err(|why| UsageError(unfit(&side.label, &why)))?, method)
    };
    bridge.prove().map_err(defect)?;
    Ok(Step::to_targets(side.clone(), bridge))
}

/// Keys that are missing, a line each, or one of those that each follows from.
fn missing(keys: &[(Key, &'static [Key])], before: &str, or: &str) -> String {
    let name = |(key, others): &(Key, &'static [Key])| {
        let others = others.iter().map(|k| format!("{or}{}", k.name())).collect::<String>();
        format!("\n  {before}{}{others}", key.name())
    };
    keys.iter().map(name).collect()
}

/// Why the targets of channels do not determine the tree: the rows that are missing, then what is wrong.
fn unfit_channels(month: &str, all: &UnfitChannels) -> Said {
    let rows = |or: &str| -> String {
        let of = |(channel, why): &(Box<str>, Unfit)| match why {
            Unfit::Missing(keys) => missing(keys, &format!("{month},{channel},"), or),
            Unfit::Contradiction { .. } | Unfit::Negative(_) => String::new(),
        };
        all.iter().map(of).collect()
    };
    let (en, zh) = (rows(" or "), rows(" 或 "));
    let mut parts = Vec::new();
    if !en.is_empty() {
        parts.push(said!(
            "the targets of {month} for each channel do not say what profit should have come from (without --by \
             channel those of the whole shop are explained); missing in targets:{en}",
            "{month} 各渠道的目标不足以按渠道分解收益（去掉 --by channel 则分解全店的目标），targets 还缺：{zh}"
        ));
    }
    let wrong = all.iter().filter(|(_, why)| !matches!(why, Unfit::Missing(_)));
    parts.extend(wrong.map(|(channel, why)| unfit(&format!("{month} · {channel}"), why)));
    let mut parts = parts.into_iter();
    let first = parts.next().unwrap_or_else(|| said!("", ""));
    parts.fold(first, |all, part| all.then(said!("\n", "\n")).then(part))
}

/// Why the targets of a month do not determine the tree.
fn unfit(month: &str, why: &Unfit) -> Said {
    match why {
        Unfit::Missing(keys) => {
            let (en, zh) = (missing(keys, "", " or "), missing(keys, "", " 或 "));
            said!(
                "the targets of {month} for the whole shop do not say what profit should have come from; missing:{en}",
                "{month} 的全店目标不足以分解收益，还缺：{zh}"
            )
        }
        Unfit::Contradiction { key, given, follows } => {
            let (key, given, follows) = (key.name(), said_figure(**given), said_figure(**follows));
            said!(
                "the targets of {month} contradict each other: {key} is {given}, and {follows} by the others; \
                 mend or leave out one of them",
                "{month} 的目标互相矛盾：{key} 为 {given}，而由其它目标推得 {follows}；请更正或删去其一"
            )
        }
        Unfit::Negative(key) => {
            let key = key.name();
            said!(
                "by the targets of {month}, {key} would be below zero; mend one of them",
                "按 {month} 的目标，{key} 将小于零；请更正"
            )
        }
    }
}

fn said_figure(figure: Figure) -> String {
    match figure {
        Figure::Count(n) => human_count(n),
        Figure::Money(m) => human_money(m),
        Figure::Share(Some(r)) => human_share(r),
        Figure::Quotient(Some(r)) | Figure::UnitValue(Some(r)) => human_quotient(r),
        Figure::Share(None) | Figure::Quotient(None) | Figure::UnitValue(None) => UNDEFINED.into(),
    }
}

/// The data, and its statements by period.
struct Read {
    data: Data,
    statements: Vec<Statement>,
}

/// Reads the data, twice where one layout does not hold both periods. Data that is refused has no statement.
fn read(start: &Start, meant: &request::Bridge) -> anyhow::Result<Read> {
    let (shape, other) = meant.shapes();
    let first = read_once(start, shape)?;
    let Some(shape) = other.filter(|_| !first.data.refused()) else { return Ok(first) };
    let mut second = read_once(start, shape)?;
    if !second.data.refused() && first.data.reconciliation() != second.data.reconciliation() {
        return Err(FileError { path: shown_path(&start.dir.root), cause: Cause::Changed }.into());
    }
    second.statements.extend(first.statements);
    Ok(second)
}

fn read_once(start: &Start, shape: Shape) -> anyhow::Result<Read> {
    let data = start.load(shape)?;
    if data.refused() {
        return Ok(Read { data, statements: Vec::new() });
    }
    let made = statement(&data.world, &data.fold, shape, None, data.goods_cost, MOST_COLUMNS);
    let statements = vec![made.map_err(|e| columns_error(&e))?];
    Ok(Read { data, statements })
}

/// A period and its columns.
type Period<'a> = (Side, &'a [Column]);

fn periods(statements: &[Statement]) -> Vec<Period<'_>> {
    let mut periods = Vec::new();
    for columns in statements.iter().flat_map(|s| s.columns.chunk_by(|a, b| a.period == b.period)) {
        if let Some((first, range)) = columns.first().and_then(|first| Some((first, first.range?))) {
            periods.push((Side::new(&first.period, range), columns));
        }
    }
    periods
}

/// The periods between which bridges are to be made, and the days of the data.
struct Asked<'a> {
    periods: Vec<Period<'a>>,
    days: Option<(Day, Day)>,
    today: Day,
}

/// Pairs of periods, and a period at the end that was left out because it is not over.
type Pairs<'p, 'a> = (Vec<[&'p Period<'a>; 2]>, Option<&'p Side>);

impl<'a> Asked<'a> {
    fn hold_data(&self, range: Range) -> bool {
        self.days.is_some_and(|(first, last)| range.begin <= last && first < range.end)
    }

    fn period(&self, range: Range) -> Result<&Period<'a>, UsageError> {
        let found = self.periods.iter().find(|(side, _)| side.range == range);
        found.filter(|_| self.hold_data(range)).ok_or_else(|| UsageError(self.nothing_in(range)))
    }

    /// Each period that holds data with the one before it. Where only the last are asked for, one that is not over is
    /// none of them.
    fn in_turn(&self, last: Option<usize>) -> Result<Pairs<'_, 'a>, UsageError> {
        let mut periods: Vec<&Period> =
            self.periods.iter().filter(|(s, _)| self.hold_data(s.range)).collect();
        let open = periods.last().filter(|(side, _)| side.range.end > self.today).map(|(side, _)| side);
        let open = open.filter(|_| last.is_some() && periods.len() > 2);
        if open.is_some() {
            periods.pop();
        }
        // A period without any channel has no column, and what is around it is no step.
        let pairs = periods.windows(2).filter(|two| two[0].0.range.end == two[1].0.range.begin);
        let mut pairs: Vec<[&Period; 2]> = pairs.map(|two| [two[0], two[1]]).collect();
        if pairs.is_empty() {
            return Err(UsageError(self.too_few()));
        }
        pairs.drain(..pairs.len() - last.unwrap_or(usize::MAX).min(pairs.len()));
        Ok((pairs, open))
    }

    /// From when to when the data goes.
    fn extent(&self) -> Said {
        match self.days {
            Some((first, last)) => said!("the data goes from {first} to {last}", "数据自 {first} 至 {last}"),
            None => said!("no row of the data has a date", "数据中没有任何日期"),
        }
    }

    fn nothing_in(&self, range: Range) -> Said {
        let (begin, last) = (range.begin, range.end.plus(-1));
        said!("nothing lies in {begin} to {last}: ", "{begin} 至 {last} 之间没有数据：").then(self.extent())
    }

    fn too_few(&self) -> Said {
        let what = said!(
            "a bridge needs two periods with data, and here are fewer; choose others or shorter ones: ",
            "至少需要两个有数据的期间，这里不足两个，请另选或改用更短的期间："
        );
        what.then(self.extent())
    }
}

/// The conditions that hold, each with the step, and the channel or the total, where it does.
fn held(steps: &[Step], conditions: &[Condition<Row>]) -> Vec<String> {
    let mut held = Vec::new();
    for c in conditions {
        for step in steps {
            let channels = step.bridge.channels.iter();
            let total = (&step.bridge.total, (!step.bridge.channels.is_empty()).then_some("total"));
            let parts = channels.map(|p| (p, p.channel.as_deref())).chain([total]);
            for (_, name) in parts.filter(|(part, _)| c.holds_for_effect(part)) {
                let place = name.map(|n| format!(", {n}")).unwrap_or_default();
                held.push(format!("{} ({} → {}{place})", c.text, step.from.label, step.to.label));
            }
        }
    }
    held
}
