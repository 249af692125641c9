//! Totals that an export carries, compared with what its rows add up to.
//!
//! A file in which something stands beside the rows is read once more, by itself: where its totals stand, how many rows
//! there are, and what each column of amounts adds up to. Rows that a profile leaves out are counted here, since the
//! export counted them.

mod adding;
mod claims;

use super::aside::{Aside, Kind};
use super::chunks::read;
use super::layout::Layout;
use super::problem::{Code, Detail, Place, Problem, Problems};
use super::source::{FileError, Part};
use super::table::{Env, FileStats};
use adding::Adding;
pub use adding::Sum;
use claims::{Claims, Run};

/// What was found beside the rows of a file, in lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Totals, with the names over them.
    pub totals: u64,
    /// Totals of some rows.
    pub subtotals: u64,
    /// Averages and the like, which rows do not add up to.
    pub averages: u64,
    pub notes: u64,
    /// Numbers of totals that were compared with ours, those of subtotals, and how many are not equal.
    pub compared: u64,
    pub subtotals_compared: u64,
    pub unequal: u64,
    /// Numbers of totals that nothing of ours stands against.
    pub uncompared: u64,
    /// Columns of totals over those of the channels, compared row by row.
    pub columns: u64,
}

/// Compares what a file states with what its rows are.
///
/// # Errors
/// [`FileError`].
pub fn compare(
    part: &Part,
    env: &Env,
    layout: &Layout,
    stats: &FileStats,
    problems: &mut Problems,
) -> Result<Beside, FileError> {
    let mut beside = Beside { columns: layout.totals().count() as u64, ..Beside::default() };
    let mut asides: Vec<&Aside> = layout.found.totals.iter().chain(&stats.asides.all).collect();
    asides.sort();
    if stats.asides.are_too_many() {
        let place = Place::file(part.number);
        problems.error(place, || {
            Problem::new(Code::MisplacedTotal, place).detail(Detail::Limit(stats.asides.all.len()))
        });
        return Ok(beside);
    }
    if asides.is_empty() && layout.found.promised.is_none() {
        return Ok(beside);
    }
    let claims = claims::all(&asides, layout, env);
    let env = Env { is_audit: true, threads: 1, max_errors: 0, ..env.clone() };
    let adding = Adding::new(claims.wanted(&asides, layout), layout, &env);
    let (mut adding, _) = read(layout.schema, std::slice::from_ref(part), &env, vec![adding])?;
    let Some(adding) = adding.pop().map(Adding::finished) else { return Ok(beside) };
    // Where some row could not be read, that is what is wrong.
    let errors = problems.errors;
    for aside in &stats.asides.all {
        match aside.kind {
            Kind::Subtotal => beside.subtotals += 1,
            Kind::Average => beside.averages += 1,
            Kind::Note => beside.notes += 1,
            _ => beside.totals += 1,
        }
        refuse_misplaced(aside, &adding, part, problems);
    }
    claims.nameless.iter().for_each(|aside| refuse_nameless(aside, layout, problems));
    if problems.errors > 0 {
        return Ok(beside);
    }
    if let Some((rows, line)) = layout.found.promised {
        beside.compared += 1;
        claims::refuse_rows(rows, adding.all.rows, Place::line(part.number, line), problems);
    }
    compare_claims(&claims, &asides, &adding, layout, &mut beside, problems);
    beside.unequal = problems.errors - errors;
    Ok(beside)
}

/// Totals of all rows end a file, or stand before all rows. Those of some rows, and of a day, may stand anywhere.
fn refuse_misplaced(aside: &Aside, adding: &Adding, part: &Part, problems: &mut Problems) {
    let is_between = adding.first.is_some_and(|first| aside.line > first) && aside.line < adding.last;
    let may_be = matches!(aside.kind, Kind::Subtotal | Kind::Average) || aside.is_dated;
    if is_between && !may_be {
        let place = Place::line(part.number, aside.line);
        let first = aside.cells.first();
        problems.error(place, || {
            let p = Problem::new(Code::MisplacedTotal, place).related(Place::line(part.number, adding.last));
            first.map_or_else(|| p.clone(), |(_, text)| p.clone().value(text))
        });
    }
}

/// Numbers in a row that is too short, and no names over them.
fn refuse_nameless(aside: &Aside, layout: &Layout, problems: &mut Problems) {
    let place = Place::line(layout.file, aside.line);
    let found = aside.cells.last().map_or(0, |(i, _)| i + 1);
    let detail = Detail::Cells { expected: layout.cells(), found };
    problems.error(place, || Problem::new(Code::RowLength, place).detail(detail));
}

/// So many runs of rows before a subtotal, and behind it, are tried.
const RUNS: usize = 64;

/// Compares the numbers of each row with those of the rows that it is of: all of them, or of a subtotal those between it
/// and another, of a total with a date those of that day. Where several may be meant, one of them must have all numbers.
fn compare_claims(
    claims: &Claims,
    asides: &[&Aside],
    adding: &Adding,
    layout: &Layout,
    beside: &mut Beside,
    problems: &mut Problems,
) {
    for (n, of) in claims.of.iter().enumerate().filter(|(_, of)| !of.is_empty()) {
        let aside = asides[n];
        let is_part = aside.is_dated || aside.kind == Kind::Subtotal;
        if is_part && adding.before.is_empty() {
            beside.uncompared += of.len() as u64; // more than can be kept
            continue;
        }
        let runs = runs(n, aside, adding, layout);
        let is_named = aside.is_dated;
        let holds = |run: &Run| of.iter().all(|claim| claim.holds(run, adding) != Some(false));
        let run = runs.iter().find(|run| holds(run)).or(runs.first());
        let Some(run) = run else { continue };
        for claim in of {
            match claim.holds(run, adding) {
                None => beside.uncompared += 1,
                _ if aside.kind == Kind::Subtotal => beside.subtotals_compared += 1,
                Some(_) => beside.compared += 1,
            }
            if claim.holds(run, adding) == Some(false) {
                claim.refuse(run, adding, layout, is_named, problems);
            }
        }
    }
    beside.uncompared += claims.uncompared;
}

/// The rows that a row of totals may be of, the likeliest first.
fn runs<'a>(n: usize, aside: &Aside, adding: &'a Adding, layout: &Layout) -> Vec<Run<'a>> {
    let all = Run::all(&adding.all);
    if !aside.is_dated && aside.kind != Kind::Subtotal {
        return vec![all];
    }
    let day = super::aside::date_of(aside, layout).filter(|_| aside.is_dated);
    let of_day = day.and_then(|day| adding.of_day(day)).filter(|sums| sums.rows > 0).map(Run::part);
    let Some(here) = adding.before.get(n) else { return of_day.into_iter().chain([all]).collect() };
    let start = adding::Sums::default();
    let before = adding.before[..n].iter().rev().take(RUNS).chain([&start]).map(|from| here.less(from));
    let after = adding.before[n + 1..].iter().take(RUNS).chain([&adding.all]).map(|to| to.less(here));
    let (before, after): (Vec<_>, Vec<_>) = (before.collect(), after.collect());
    let has_rows = |sums: &adding::Sums| sums.rows > 0;
    let between = before.into_iter().filter(has_rows).chain(after.into_iter().filter(has_rows)).map(Run::of);
    of_day.into_iter().chain(between).chain([all]).collect()
}
