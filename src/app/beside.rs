//! `pnl --compare`: the statement beside what each of its columns is compared with.
//!
//! Only days before today are compared. The other days come from the same reading where their columns are whole ones
//! of it, else from a reading of their own.

use super::{AtOnce, MOST_COLUMNS, Start, columns_error};
use crate::error::UsageError;
use crate::input::Data;
use crate::input::source::{Cause, FileError, shown_path};
use crate::request::{AT_ONCE, Pnl};
use crate::said;
use scrm_core::against::{Against, Agenda};
use scrm_core::change::Beside;
use scrm_core::date::Day;
use scrm_core::fold::{Basis, Shape};
use scrm_core::period::{Ends, Grain, Periods, Range};
use scrm_core::pnl::{Statement, data_days, statement_by};

/// The data and what was found in it; nothing where the data is refused.
pub(super) struct Read {
    pub data: Data,
    pub found: Option<(Beside, Agenda)>,
}

pub(super) fn read(start: &Start, meant: &Pnl, against: Against) -> anyhow::Result<Read> {
    let asked = Asked { shape: meant.shape, against, today: start.today };
    let reading = asked.reading()?;
    let data = start.load(reading.shape)?;
    if data.refused() {
        return Ok(Read { data, found: None });
    }
    let agenda = asked.agenda(data_days(&data.world, &data.fold))?;
    let source = Source { start, meant, data: &data, reading, agenda: &agenda };
    let own = source.own()?;
    let others = agenda.others().map(|range| source.other(range)).transpose()?;
    let total = match (agenda.total.other, &others) {
        (Some(range), Some(others)) if others.range == Some(range) => Some(others.total),
        (Some(range), _) => Some(source.other(range)?.total),
        (None, _) => None,
    };
    let days = data_days(&data.world, &data.fold);
    let known = |range: Range| days.is_some_and(|(first, last)| range.begin <= last && first < range.end);
    let beside = Beside::new(own, &agenda, others.as_ref(), total, known);
    Ok(Read { data, found: Some((beside, agenda)) })
}

/// What was asked for.
struct Asked {
    shape: Shape,
    against: Against,
    today: Day,
}

/// How the data is read first.
#[derive(Clone, Copy)]
struct Reading {
    shape: Shape,
    /// The grain by which it is laid out, which may be finer than what was asked for, so that it holds more.
    grain: Grain,
}

impl Asked {
    fn new_agenda(&self, whole: Range) -> Result<Agenda, UsageError> {
        let ends = Ends { begin: Some(whole.begin), end: Some(whole.end) };
        // Too many columns are refused before any is built.
        Periods::lay_out(self.shape.grain, ends, None, MOST_COLUMNS).map_err(|e| columns_error(&e))?;
        Agenda::new(self.shape.grain, whole, self.against, self.today).ok_or_else(|| self.nothing_over(whole))
    }

    /// The first reading holds the days asked for and, where it can, those that they are compared with.
    fn reading(&self) -> Result<Reading, UsageError> {
        let Shape { grain, ends, .. } = self.shape;
        let end = Some(ends.end.map_or(self.today, |end| end.min(self.today)));
        let alone = Shape { ends: Ends { end, ..ends }, ..self.shape };
        let Some(begin) = ends.begin else { return Ok(Reading { shape: alone, grain }) };
        // An end that comes from the data is not after today.
        let agenda =
            self.new_agenda(Range { begin, end: ends.end.unwrap_or(self.today).max(begin.plus(1)) })?;
        let end = ends.end.map_or(end, |_| Some(agenda.range.end));
        let grain = if ends.end.is_some() { self.named(&agenda).unwrap_or(grain) } else { grain };
        let shared = grain != Grain::All && self.shape.basis == Basis::Period && starts(grain, begin);
        let others = [agenda.others(), agenda.total.other].into_iter().flatten().filter(|_| shared);
        let (from, to) = others
            .fold((begin, end), |(from, to), other| (from.min(other.begin), to.map(|to| to.max(other.end))));
        // Days behind the statement's are read only where they are whole columns.
        let to =
            to.filter(|to| Some(*to) == end || starts(grain, *to) && end.is_some_and(|e| starts(grain, e)));
        let ends = Ends { begin: Some(from), end: to.or(end) };
        Ok(Reading { shape: Shape { grain, ends, ..self.shape }, grain })
    }

    /// The kind of two single periods that are of one kind, so that one reading holds both.
    fn named(&self, agenda: &Agenda) -> Option<Grain> {
        let other = agenda.total.other.filter(|_| self.shape.grain == Grain::All && !agenda.is_cut())?;
        let grain = Grain::of(agenda.range).filter(|grain| Grain::of(other) == Some(*grain))?;
        let apart = grain.number(agenda.range.begin) - grain.number(other.begin);
        (self.shape.basis == Basis::Period && apart.abs() < AT_ONCE).then_some(grain)
    }

    fn agenda(&self, days: Option<(Day, Day)>) -> Result<Agenda, UsageError> {
        let Shape { grain, ends, .. } = self.shape;
        let laid_out = Periods::lay_out(grain, ends, days, MOST_COLUMNS).map_err(|e| columns_error(&e))?;
        let whole = laid_out.range.ok_or_else(|| {
            UsageError(said!(
                "--compare: no row of the data has a date, so there is nothing to compare",
                "--compare：数据中没有任何日期，无从比较"
            ))
        })?;
        self.new_agenda(whole)
    }

    fn nothing_over(&self, whole: Range) -> UsageError {
        let (begin, today) = (whole.begin, self.today);
        UsageError(match self.against {
            Against::Period(other) if whole.begin < today => {
                let begin = other.begin;
                said!(
                    "--compare: none of its days, from {begin} on, is over on {today}; only whole days are compared",
                    "--compare：截至 {today}，自 {begin} 起尚无一天结束；只比较已结束的日子"
                )
            }
            _ => said!(
                "--compare: no day from {begin} on is over on {today}, and only days that are over are compared",
                "--compare：截至 {today}，自 {begin} 起尚无一天结束；只比较已结束的日子"
            ),
        })
    }
}

/// Does a period of this kind begin with the day?
fn starts(grain: Grain, day: Day) -> bool {
    grain.first_day(grain.number(day)) == day
}

/// Makes statements of the days on the agenda.
struct Source<'a> {
    start: &'a Start,
    meant: &'a Pnl,
    data: &'a Data,
    reading: Reading,
    agenda: &'a Agenda,
}

impl Source<'_> {
    fn shape(&self, range: Range, grain: Grain) -> Shape {
        let ends = Ends { begin: Some(range.begin), end: Some(range.end) };
        Shape { grain, ends, ..self.meant.shape }
    }

    fn made(&self, data: &Data, shape: Shape) -> anyhow::Result<Statement> {
        let (both, most) = (AtOnce(self.start.options.threads), MOST_COLUMNS);
        let Data { world, fold, goods_cost, .. } = data;
        let made = statement_by(&both, world, fold, shape, self.meant.allocate, *goods_cost, most);
        Ok(made.map_err(|e| columns_error(&e))?)
    }

    /// The statement of the days that are compared, its only period without a name where none was asked for.
    fn own(&self) -> anyhow::Result<Statement> {
        let mut own = self.made(self.data, self.shape(self.agenda.range, self.reading.grain))?;
        if self.meant.shape.grain == Grain::All {
            own.columns.iter_mut().filter(|c| c.range.is_some()).for_each(|c| c.period = Grain::All.label(0));
        }
        Ok(own)
    }

    /// The statement of other days.
    fn other(&self, range: Range) -> anyhow::Result<Statement> {
        if self.reading_holds(range) {
            return self.made(self.data, self.shape(range, self.reading.grain));
        }
        let shape = self.shape(range, self.meant.shape.grain);
        let other = self.start.load(shape)?;
        if other.refused() || other.reconciliation() != self.data.reconciliation() {
            return Err(FileError { path: shown_path(&self.start.dir.root), cause: Cause::Changed }.into());
        }
        self.made(&other, shape)
    }

    /// Does the first reading know these days? It sums whole columns, or what its own ends cut from them.
    fn reading_holds(&self, range: Range) -> bool {
        let Reading { grain, shape: Shape { ends, basis, .. } } = self.reading;
        let begins = ends.begin == Some(range.begin)
            || ends.begin.is_none_or(|b| b < range.begin) && starts(grain, range.begin);
        let stops =
            ends.end == Some(range.end) || ends.end.is_none_or(|e| e > range.end) && starts(grain, range.end);
        grain != Grain::All && basis == Basis::Period && begins && stops
    }
}
