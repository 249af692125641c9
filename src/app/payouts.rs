//! `payouts`: what each distributor is owed, how that moved, and from which orders it came.

use super::{Run, Start, compare, payment_file, refuse, start, statements, strict, warnings, why};
use crate::cli::{Common, PayoutsArgs};
use crate::error::{Defect, UsageError, exit};
use crate::input::Data;
use crate::input::problem::Problem;
use crate::lang::Lang;
use crate::report::document::{Document, UnknownColumn};
use crate::report::payouts::{Owed, line_list, movement_list, owed_list};
use crate::report::problems::Words;
use crate::report::rules::Rules;
use crate::request::{self, Arrange, PayoutsView};
use crate::said;
use scrm_core::date::Day;
use scrm_core::payout::{self, Broken, Payouts};
use scrm_core::period::Range;
use std::path::Path;

pub fn run(args: &PayoutsArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let common = &args.common;
    let mut start = start(common, lang)?;
    let meant = request::payouts(args, start.today)?;
    match &meant.view {
        PayoutsView::Statements(directory, _) => statements::check(directory, common, &mut start)?,
        PayoutsView::PaymentRun(asked) => payment_file::check(asked, &start)?,
        _ => {}
    }
    let mut shape = request::whole();
    shape.keep_ids = meant.view.shows_orders();
    start.options.watch = meant.view.order().map(|id| id.as_bytes().to_vec());
    let data = start.load(shape)?;
    let file = |n| start.file(n);
    let words = &Words { lang, file: &file, sheets: &data.sheets };
    if data.refused() {
        return Ok(refuse(&data, words, run));
    }
    let desk = Desk { start: &start, data: &data, common, words };
    let made = match &meant.view {
        PayoutsView::Statement(id, as_of) => return statements::one(&desk, id, *as_of, run),
        PayoutsView::Statements(directory, as_of) => return statements::all(&desk, directory, *as_of, run),
        PayoutsView::PaymentRun(asked) => return payment_file::run(&desk, asked, run),
        PayoutsView::Owed(as_of) => owed(&desk, *as_of, run)?,
        PayoutsView::Lines(as_of) => lines(&desk, *as_of, run)?,
        PayoutsView::Movement(range) => movement(&desk, *range, run)?,
        PayoutsView::Compare(file, as_of) => compared(&desk, file, *as_of, run)?,
        PayoutsView::Why { order, as_of } => explained(&desk, order, *as_of, run)?,
    };
    let Some(Made { mut document, warnings }) = made else { return Ok(exit::REFUSED) };
    arrange(&mut document, 1, &meant.arrange, start.for_people(), lang)?;
    start.publish(&document, &data, &warnings, common, words, run)?;
    Ok(exit::DONE)
}

/// A run whose data has been read and accepted.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub start: &'a Start,
    pub data: &'a Data,
    pub common: &'a Common,
    pub words: &'a Words<'a>,
}

/// What everybody is owed, and the warnings that go with it.
pub(super) struct Accounts {
    /// `None` where no row has a date.
    pub as_of: Option<Day>,
    pub payouts: Payouts,
    pub warnings: Vec<Problem>,
}

impl Accounts {
    /// Where no row has a date there is nothing to know, on whatever day.
    pub fn day(&self) -> Day {
        self.as_of.unwrap_or(Day(0))
    }
}

impl<'a> Desk<'a> {
    /// What is owed at the end of a day, or of the data's last. `None` where `--strict` refuses it, which is said.
    pub fn accounts(&self, as_of: Option<Day>, run: &mut Run) -> anyhow::Result<Option<Accounts>> {
        let (world, fold) = (&self.data.world, &self.data.fold);
        let as_of = as_of.or_else(|| payout::last_day(world, fold));
        let payouts = payout::payouts(world, &fold.distribution, as_of.unwrap_or(Day(0))).map_err(defect)?;
        let warnings = self.accepted(payouts.ineligible, run);
        Ok(warnings.map(|warnings| Accounts { as_of, payouts, warnings }))
    }

    /// All warnings, unless `--strict` refuses the data for them.
    fn accepted(&self, ineligible: u64, run: &mut Run) -> Option<Vec<Problem>> {
        let warnings = warnings(self.data, ineligible);
        if self.common.strict && !warnings.is_empty() {
            strict(&warnings, self.words, run);
            return None;
        }
        Some(warnings)
    }

    pub fn owed<'w>(&self, as_of: Option<Day>, warnings: &'w [Problem]) -> Owed<'w>
    where
        'a: 'w,
    {
        Owed {
            world: &self.data.world,
            orders: &self.data.fold.distribution,
            as_of,
            currency: &self.start.settings.currency,
            for_people: self.start.for_people(),
            warnings,
        }
    }

    /// Says beside what is written what must be known.
    pub fn notes(&self, warnings: &[Problem], run: &mut Run) {
        self.start.say_beside(self.data, warnings, self.common, self.words, run);
    }
}

/// A report, and the warnings that go with it.
struct Made {
    document: Document,
    warnings: Vec<Problem>,
}

fn owed(desk: &Desk, as_of: Option<Day>, run: &mut Run) -> anyhow::Result<Option<Made>> {
    let Some(Accounts { as_of, payouts, warnings }) = desk.accounts(as_of, run)? else { return Ok(None) };
    Ok(Some(Made { document: owed_list(&desk.owed(as_of, &warnings), &payouts, desk.words), warnings }))
}

fn lines(desk: &Desk, as_of: Option<Day>, run: &mut Run) -> anyhow::Result<Option<Made>> {
    let Some(accounts) = desk.accounts(as_of, run)? else { return Ok(None) };
    let (world, orders) = (&desk.data.world, &desk.data.fold.distribution);
    let lines = payout::lines(world, orders, accounts.day());
    let rules = Rules::of(world.rules.plan.as_ref(), &desk.start.settings.selectors);
    let Accounts { as_of, payouts, warnings } = accounts;
    let document = line_list(&desk.owed(as_of, &warnings), &payouts, &lines, &rules, desk.words);
    Ok(Some(Made { document, warnings }))
}

fn movement(desk: &Desk, range: Range, run: &mut Run) -> anyhow::Result<Option<Made>> {
    let m = payout::movements(&desk.data.world, &desk.data.fold.distribution, range).map_err(defect)?;
    let Some(warnings) = desk.accepted(m.ineligible, run) else { return Ok(None) };
    Ok(Some(Made { document: movement_list(&desk.owed(None, &warnings), range, &m, desk.words), warnings }))
}

fn compared(desk: &Desk, file: &Path, as_of: Option<Day>, run: &mut Run) -> anyhow::Result<Option<Made>> {
    let Some(accounts) = desk.accounts(as_of, run)? else { return Ok(None) };
    let owed = desk.owed(accounts.as_of, &accounts.warnings);
    let document = compare::document(desk, &owed, &accounts, file)?;
    Ok(Some(Made { document, warnings: accounts.warnings }))
}

fn explained(desk: &Desk, order: &str, as_of: Option<Day>, run: &mut Run) -> anyhow::Result<Option<Made>> {
    let Some(Accounts { as_of, warnings, .. }) = desk.accounts(as_of, run)? else { return Ok(None) };
    let document = why::document(desk.start, desk.data, &desk.owed(as_of, &warnings), order, desk.words)?;
    Ok(Some(Made { document, warnings }))
}

pub(super) fn defect(broken: Broken) -> Defect {
    Defect(broken.to_string())
}

/// Puts the rows of the first `own` tables in the order that was asked for, and leaves out those that were not.
pub(super) fn arrange(
    document: &mut Document,
    own: usize,
    asked: &Arrange,
    for_people: bool,
    lang: Lang,
) -> anyhow::Result<()> {
    let (mut sorted, mut unknown, mut hidden) = (false, None, 0);
    for table in document.tables.iter_mut().take(own) {
        let Some(key) = asked.sort.as_deref().or(table.order.filter(|_| for_people)) else { continue };
        match table.sort_by(key) {
            Ok(()) => sorted = true,
            Err(e) => unknown = unknown.or(Some(e)),
        }
    }
    // A column that one of several tables has is no mistake.
    if let (Some(key), Some(e), false) = (&asked.sort, unknown, sorted) {
        return Err(no_column(key, &e).into());
    }
    for table in document.tables.iter_mut().take(own) {
        hidden += table.keep(asked.top.unwrap_or(usize::MAX));
    }
    if hidden > 0 {
        document.notes.insert(
            0,
            match lang {
                Lang::En if hidden == 1 => "1 more row is not shown; the total is that of all".into(),
                Lang::En => format!("{hidden} more rows are not shown; the total is that of all"),
                Lang::Zh => format!("另有 {hidden} 行未列出；合计为全部"),
            },
        );
    }
    Ok(())
}

fn no_column(key: &str, e: &UnknownColumn) -> UsageError {
    let known = e.known.join(", ");
    UsageError(match &e.near {
        Some(n) => {
            said!("--sort: no column {key:?}; did you mean {n}?", "--sort：没有列 {key:?}，是否指 {n}？")
        }
        None => {
            said!("--sort: no column {key:?}; there are {known}", "--sort：没有列 {key:?}，可用：{known}")
        }
    })
}
