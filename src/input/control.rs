//! Totals that an export carries, compared with what its rows add up to.
//!
//! A file in which something stands beside the rows is read once more, by itself: where its totals stand, how many rows
//! there are, and what each column of amounts adds up to. Rows that a profile leaves out are counted here, since the
//! export counted them.

use super::aside::{self, Aside, Kind, bare};
use super::chunks::{Worker, read};
use super::layout::Layout;
use super::problem::{Code, Detail, Place, Problem, Problems};
use super::profile::fold;
use super::source::{FileError, Part, TableName};
use super::table::{Env, FileStats, Row};
use scrm_core::money::Money;

/// What was found beside the rows of a file, in lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Totals, with the names over them.
    pub totals: u64,
    /// Totals of some rows.
    pub subtotals: u64,
    pub notes: u64,
    /// Totals that were compared with ours, and how many are not equal.
    pub compared: u64,
    pub unequal: u64,
}

/// Adds up the rows of a file.
#[derive(Default)]
struct Adding {
    rows: u64,
    first: Option<u64>,
    last: u64,
    /// By our columns.
    sums: Vec<Money>,
}

impl Worker for Adding {
    fn row(&mut self, row: &mut Row) {
        self.rows += 1;
        self.first.get_or_insert(row.record.line);
        self.last = row.record.line;
        let columns = row.layout.width();
        self.sums.resize(columns, Money::ZERO);
        for column in (0..columns).filter(|c| row.layout.is_money(*c)) {
            // What is wrong with a cell was told before; the sign of an amount is its own.
            if let Ok(Some(amount)) = row.money(column, false, true) {
                self.sums[column] += amount;
            }
        }
    }
}

/// A number that a file states.
struct Stated<'a> {
    place: Place,
    /// The name over it, folded; of a total in the column of the rows, that of the column.
    name: String,
    /// The cell of the rows in whose column it stands.
    cell: Option<usize>,
    text: &'a [u8],
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
    let mut asides: Vec<&Aside> = stats.asides.iter().collect();
    asides.sort();
    let promised = layout.found.promised;
    if asides.is_empty() && promised.is_none() {
        return Ok(Beside::default());
    }
    let env = Env { is_audit: true, threads: 1, max_errors: 0, ..env.clone() };
    let (mut adding, _) = read(layout.schema, std::slice::from_ref(part), &env, vec![Adding::default()])?;
    let adding = adding.pop().unwrap_or_default();
    let mut beside = Beside::default();
    // Where some row could not be read, that is what is wrong.
    let errors = problems.errors;
    for aside in &asides {
        match aside.kind {
            Kind::Subtotal => beside.subtotals += 1,
            Kind::Note => beside.notes += 1,
            _ => beside.totals += 1,
        }
        let is_between = adding.first.is_some_and(|first| aside.line > first) && aside.line < adding.last;
        if is_between && aside.kind != Kind::Subtotal {
            let place = Place::line(part.number, aside.line);
            let first = aside.cells.iter().find(|c| !c.is_empty());
            problems.error(place, || {
                let p =
                    Problem::new(Code::MisplacedTotal, place).related(Place::line(part.number, adding.last));
                first.map_or_else(|| p.clone(), |text| p.clone().value(text))
            });
        }
    }
    if problems.errors > 0 {
        return Ok(beside);
    }
    if let Some((rows, line)) = promised {
        beside.compared += 1;
        refuse_rows(rows, adding.rows, Place::line(part.number, line), problems);
    }
    for stated in stated(&asides, layout, part, problems) {
        beside.compared += u64::from(compare_one(&stated, layout, &env, &adding, problems));
    }
    beside.unequal = problems.errors - errors;
    Ok(beside)
}

/// The numbers that rows beside the others state.
fn stated<'a>(
    asides: &[&'a Aside],
    layout: &Layout,
    part: &Part,
    problems: &mut Problems,
) -> Vec<Stated<'a>> {
    let mut all = Vec::new();
    let mut names: Option<&Aside> = None;
    let header = super::layout::folded(layout.header());
    for aside in asides {
        let place = |cell: usize| layout.place(aside.line, Some(cell));
        let filled = aside.cells.iter().enumerate().filter(|(_, text)| !text.is_empty());
        match (aside.kind, names.take()) {
            (Kind::Names, _) => names = Some(*aside),
            (Kind::Values, Some(names)) => all.extend(filled.filter_map(|(i, text)| {
                let name = fold(std::str::from_utf8(bare(names.cells.get(i)?)).ok()?);
                let cell = of_name(&name, &header);
                Some(Stated { place: place(i), name, cell, text })
            })),
            (Kind::Values, None) => {
                let place = Place::line(part.number, aside.line);
                let detail = Detail::Cells { expected: layout.cells(), found: aside.cells.len() };
                problems.error(place, || Problem::new(Code::RowLength, place).detail(detail));
            }
            (Kind::Pair, _) => {
                let pair: Vec<_> = filled.collect();
                if let [(_, name), (i, text)] = pair[..] {
                    let name = fold(&String::from_utf8_lossy(name));
                    all.push(Stated { place: place(i), cell: of_name(&name, &header), name, text });
                }
            }
            (Kind::Total, _) => all.extend(filled.filter(|(i, _)| *i < header.len()).map(|(i, text)| {
                let counts = std::str::from_utf8(text).ok().and_then(aside::count_in).is_some();
                let name = if counts { COUNTS[0].to_string() } else { header[i].clone() };
                Stated { place: place(i), name, cell: Some(i), text }
            })),
            (Kind::Subtotal | Kind::Note, kept) => names = kept,
        }
    }
    all
}

/// The column of the rows that a total is of: `应结订单总金额` is that of `应结订单金额`.
fn of_name(name: &str, header: &[String]) -> Option<usize> {
    let bare = ["总", "合计", "total"].iter().fold(name.to_string(), |name, word| name.replacen(word, "", 1));
    header.iter().position(|h| !h.is_empty() && (*h == bare || *h == name))
}

/// The names of totals that are the number of rows.
const COUNTS: [&str; 8] =
    ["总交易单数", "总笔数", "总单数", "总条数", "总行数", "总记录数", "记录总数", "交易总笔数"];

/// Compares one number with ours, where we have one; `true` where it was compared.
fn compare_one(
    stated: &Stated,
    layout: &Layout,
    env: &Env,
    adding: &Adding,
    problems: &mut Problems,
) -> bool {
    if COUNTS.contains(&stated.name.as_str()) {
        let text = std::str::from_utf8(stated.text).unwrap_or_default();
        let rows = aside::count_in(text).or_else(|| text.replace(',', "").parse().ok());
        if let Some(rows) = rows {
            refuse_rows(rows, adding.rows, stated.place, problems);
        }
        return rows.is_some();
    }
    let column = stated.cell.and_then(|cell| layout.column_at(cell)).filter(|c| layout.is_money(*c));
    let (Some(column), Ok(read)) = (column, env.amount(stated.text)) else { return false };
    let repeats = layout.schema.table == TableName::Orders && env.amount_repeats;
    if layout.schema.amount == Some(column) && repeats {
        return false; // nobody knows whether its repeats were added up
    }
    let ours = adding.sums.get(column).copied().unwrap_or(Money::ZERO);
    let in_yuan = layout.manner.as_ref().map_or(read, |m| m.in_yuan(read));
    let theirs = Money::from(in_yuan.amount);
    if theirs != ours {
        let detail = Detail::Totals { stated: theirs, ours };
        problems.error(stated.place, || {
            let name = layout.name_of(column).into_owned();
            let p = Problem::new(Code::ControlTotal, stated.place).column(name).value(stated.text);
            p.detail(detail)
        });
    }
    true
}

fn refuse_rows(stated: u64, ours: u64, place: Place, problems: &mut Problems) {
    if stated != ours {
        let detail = Detail::Rows { stated, ours };
        problems.error(place, || Problem::new(Code::ControlTotal, place).detail(detail));
    }
}
