//! What rows of totals state: each number, and of what it is.

use super::adding::{Adding, Sum, Sums, Wanted};
use crate::input::aside::{self, Aside, Kind, bare, means_nothing};
use crate::input::field::money::Read;
use crate::input::layout::{Layout, folded, hundredth};
use crate::input::problem::{Code, Detail, Place, Problem, Problems};
use crate::input::schema::{self, orders};
use crate::input::source::TableName;
use crate::input::table::Env;
use crate::input::totals::{Figure, Word, rows_in, says};
use crate::input::unit::{Unit, parted};
use scrm_core::money::Money;

/// A number that may be a count, or an amount.
#[derive(Clone, Copy, Debug)]
struct Number {
    /// As it is written.
    count: Read,
    /// In yuan.
    amount: Read,
}

/// What a number is. Amounts are in yuan, but for those of a column that is none of ours.
#[derive(Clone, Copy, Debug)]
enum What {
    Rows(u64),
    /// The sum of the column in which it stands, or that a name over it is of.
    Sum(usize, Read),
    /// The sum of the amounts.
    Amount(Read),
    /// Either, as far as can be told.
    Either(Number),
    /// It stands under a column that holds no amounts: that sum, or how many cells of the column are filled.
    Under(usize, Number),
}

/// A number that a file states.
#[derive(Clone, Debug)]
pub struct Claim {
    what: What,
    /// As an amount it is written in fen.
    is_fen: bool,
    place: Place,
    text: Box<[u8]>,
}

/// What a file states.
#[derive(Default)]
pub struct Claims<'a> {
    /// Of each row that stands beside the others.
    pub of: Vec<Vec<Claim>>,
    /// Numbers in a row that is too short, and no names over them.
    pub nameless: Vec<&'a Aside>,
    /// Numbers that nothing of ours stands against.
    pub uncompared: u64,
}

/// The names of totals that are the number of rows.
const COUNTS: [&str; 9] =
    ["总交易单数", "总笔数", "总单数", "总条数", "总行数", "总记录数", "记录总数", "交易总笔数", "总订单数"];

/// Reads the rows beside the others.
struct Reading<'a> {
    layout: &'a Layout,
    env: &'a Env,
    /// Folded.
    header: Vec<String>,
}

/// The numbers that rows beside the others state.
pub fn all<'a>(asides: &[&'a Aside], layout: &Layout, env: &Env) -> Claims<'a> {
    let reading = Reading { layout, env, header: folded(layout.header()) };
    let (mut claims, mut names): (Claims, Option<&Aside>) = (Claims::default(), None);
    for aside in asides {
        let before = names.take();
        let found: Vec<Option<Claim>> = match aside.kind {
            Kind::Names => {
                names = Some(aside);
                Vec::new()
            }
            Kind::Values => match before {
                Some(names) => {
                    let name = |i: usize| String::from_utf8_lossy(bare(names.cell(i))).into_owned();
                    let values = aside.cells.iter().filter(|(_, text)| !means_nothing(text));
                    values.map(|(i, text)| reading.named(&name(*i), aside, *i, text)).collect()
                }
                None => {
                    claims.nameless.push(aside);
                    Vec::new()
                }
            },
            Kind::Pair => match &aside.cells[..] {
                [(_, name), (i, text)] => {
                    vec![reading.named(&String::from_utf8_lossy(name), aside, *i, text)]
                }
                _ => Vec::new(),
            },
            Kind::Total | Kind::Subtotal => reading.total(aside),
            Kind::Note | Kind::Average => {
                names = before.filter(|_| aside.kind == Kind::Note);
                Vec::new()
            }
        };
        claims.uncompared += found.iter().filter(|claim| claim.is_none()).count() as u64;
        claims.of.push(found.into_iter().flatten().collect());
    }
    claims
}

impl Reading<'_> {
    fn claim(&self, what: What, is_fen: bool, aside: &Aside, cell: usize, text: &[u8]) -> Claim {
        Claim { what, is_fen, place: self.layout.place(aside.line, Some(cell)), text: text.into() }
    }

    /// A number with a name, which may say its unit; nothing where there is nothing to compare.
    fn named(&self, name: &str, aside: &Aside, cell: usize, text: &[u8]) -> Option<Claim> {
        let (name, unit) = parted(name);
        if COUNTS.contains(&&*name) {
            let digits = std::str::from_utf8(text).ok()?.replace(',', "");
            let rows = rows_in(text).or_else(|| digits.parse().ok())?;
            return Some(self.claim(What::Rows(rows), false, aside, cell, text));
        }
        let (layout, of) = (self.layout, self.of_name(&name)?);
        let is_fen = match layout.column_at(of) {
            Some(column) if layout.is_money(column) => {
                unit.map_or(layout.is_fen(column), |unit| unit == Unit::Fen) && !says_yuan(text)
            }
            // What is not ours is added up as it is written.
            None if unit.is_none() || unit == layout.unit_at(of) => false,
            _ => return None,
        };
        let read = in_yuan(self.env.money(text).ok()?, is_fen);
        Some(self.claim(What::Sum(of, read), is_fen, aside, cell, text))
    }

    /// The column of the rows that a total is of: `应结订单总金额` is that of `应结订单金额`.
    fn of_name(&self, name: &str) -> Option<usize> {
        let words = ["总", "合计", "total"];
        let bare = words.iter().fold(name.to_string(), |name, word| name.replacen(word, "", 1));
        // 手续费总金额 is that of 手续费, 总交易额 that of 交易金额 or 订单金额.
        let of_amount = bare.strip_suffix("金额").unwrap_or(&bare).to_string();
        let amount = bare.strip_suffix('额').filter(|short| !short.ends_with('金'));
        let tried = [name.to_string(), bare.clone(), of_amount]
            .into_iter()
            .chain(amount.map(|short| format!("{short}金额")))
            .chain((bare == "交易额").then(|| "订单金额".into()))
            .chain((bare == "交易额").then(|| "总金额".into()));
        tried.filter(|name| !name.is_empty()).find_map(|name| self.header.iter().position(|h| *h == name))
    }

    /// The numbers in a row that begins with a word for a total.
    fn total(&self, aside: &Aside) -> Vec<Option<Claim>> {
        let layout = self.layout;
        let promised = layout.found.promised.is_some_and(|(_, line)| line == aside.line);
        let mut claims = Vec::new();
        for (cell, text) in aside.cells.iter().filter(|(_, text)| !means_nothing(text)) {
            let column = layout.column_at(*cell);
            let is_date = column.is_some_and(|column| layout.kind_of(column) == schema::Kind::Date);
            if is_date && (aside.is_dated || aside::is_dated(text)) {
                continue;
            }
            if let Some(says) = says(text) {
                let figures = says.figures.iter().filter(|f| !(promised && matches!(f, Figure::Rows(_))));
                let is_fen = layout.amounts_are_fen() && !says_yuan(text);
                claims.extend(figures.map(|figure| {
                    let is_fen = is_fen || matches!(figure, Figure::Fen(_));
                    let what = match *figure {
                        Figure::Rows(rows) => What::Rows(rows),
                        Figure::Money(read) | Figure::Fen(read) => What::Amount(in_yuan(read, is_fen)),
                        Figure::Number(read) => What::Either(number(read, is_fen)),
                        Figure::Other => return None,
                    };
                    Some(self.claim(what, is_fen, aside, *cell, text))
                }));
            } else if let Some(rows) = rows_in(text) {
                claims.push(Some(self.claim(What::Rows(rows), false, aside, *cell, text)));
            } else if self.env.money(text).is_ok() {
                claims.push(self.number(aside, *cell, text));
            }
        }
        claims
    }

    /// A number in a column of the rows.
    fn number(&self, aside: &Aside, cell: usize, text: &[u8]) -> Option<Claim> {
        let layout = self.layout;
        let name = self.header.get(cell)?;
        if COUNTS.contains(&name.as_str()) {
            return self.named(name, aside, cell, text);
        }
        let column = layout.column_at(cell)?;
        let written = self.env.money(text).ok()?;
        let is_fen = if layout.is_money(column) { layout.is_fen(column) } else { layout.amounts_are_fen() };
        let is_fen = is_fen && !says_yuan(text);
        let read = in_yuan(written, is_fen);
        let of_channels = layout.totals().find(|(total, _)| *total == column).map(|(_, word)| word);
        // What prices of one thing come to, means nothing.
        let is_price = layout.schema.table == TableName::Orders && column == orders::UNIT_PRICE;
        let what = match of_channels {
            Some(Word::Total) => What::Amount(read),
            Some(Word::Subtotal) => What::Sum(cell, read),
            Some(Word::Average) => return None,
            None if is_price => return None,
            None if layout.is_money(column) => What::Sum(cell, read),
            None => What::Under(cell, number(written, is_fen)),
        };
        Some(self.claim(what, is_fen, aside, cell, text))
    }
}

fn in_yuan(read: Read, is_fen: bool) -> Read {
    if is_fen { hundredth(read) } else { read }
}

fn number(read: Read, is_fen: bool) -> Number {
    Number { count: read, amount: in_yuan(read, is_fen) }
}

/// Is a total in yuan, whatever its rows are in?
fn says_yuan(text: &[u8]) -> bool {
    const YUAN: [&str; 8] = ["元", "圆", "人民币", "¥", "￥", "rmb", "cny", "yuan"];
    let text = String::from_utf8_lossy(text).to_lowercase();
    YUAN.iter().any(|word| text.contains(word))
}

impl Claims<'_> {
    /// What is to be added up to compare them.
    pub fn wanted(&self, asides: &[&Aside], layout: &Layout) -> Wanted {
        // So many sums are kept at most.
        const MOST: usize = 1 << 21;
        let all = || self.of.iter().flatten();
        let mut cells: Vec<usize> = all().filter_map(Claim::cell).collect();
        let under = |claim: &Claim| match claim.what {
            What::Under(cell, _) => Some(cell),
            _ => None,
        };
        let mut counts: Vec<usize> = all().filter_map(under).collect();
        for list in [&mut cells, &mut counts] {
            list.sort_unstable();
            list.dedup();
        }
        let is_part = |aside: &&&Aside| aside.kind == Kind::Subtotal || aside.is_dated;
        let dates =
            asides.iter().filter(is_part).filter(|a| a.is_dated).filter_map(|a| aside::date_of(a, layout));
        let is_kept = asides.iter().any(|a| is_part(&a)) && asides.len() * (cells.len() + 1) <= MOST;
        let lines = if is_kept { asides.iter().map(|aside| aside.line).collect() } else { Vec::new() };
        Wanted { dates: dates.collect(), cells, counts, lines }
    }
}

/// Rows that a total may be of.
pub struct Run<'a> {
    sums: std::borrow::Cow<'a, Sums>,
    is_all: bool,
}

impl<'a> Run<'a> {
    pub fn all(sums: &'a Sums) -> Run<'a> {
        Run { sums: std::borrow::Cow::Borrowed(sums), is_all: true }
    }
    pub fn part(sums: &'a Sums) -> Run<'a> {
        Run { sums: std::borrow::Cow::Borrowed(sums), is_all: false }
    }
    pub fn of(sums: Sums) -> Run<'a> {
        Run { sums: std::borrow::Cow::Owned(sums), is_all: false }
    }
}

impl Claim {
    /// The cell whose column is added up for it.
    fn cell(&self) -> Option<usize> {
        match self.what {
            What::Sum(cell, _) => Some(cell),
            _ => None,
        }
    }

    /// Is it what the rows come to? `None` where nothing of ours stands against it.
    pub fn holds(&self, run: &Run, adding: &Adding) -> Option<bool> {
        let sums = &*run.sums;
        let is_rows = |read: Read| Money::from(read.amount) == Money(i128::from(sums.rows) * 10_000);
        let is_amount = |read| {
            let once = adding.once.filter(|_| run.is_all);
            let is = |sum: Sum| sum.is(read, &self.text, self.is_fen);
            is(sums.amount) || once.is_some_and(is)
        };
        match self.what {
            What::Rows(rows) => Some(rows == sums.rows),
            What::Sum(cell, read) => {
                let ours = adding.sum_of(sums, cell).filter(|sum| !sum.is_no_amount)?;
                let is_once = ours == sums.amount && is_amount(read);
                Some(ours.is(read, &self.text, self.is_fen) || is_once)
            }
            What::Amount(read) => adding.has_amount().then(|| is_amount(read)),
            What::Either(n) => Some(is_rows(n.count) || adding.has_amount() && is_amount(n.amount)),
            What::Under(cell, Number { count: read, amount }) => {
                let counted = adding.counted(cell).filter(|_| run.is_all);
                let is = |count: u64| Money::from(read.amount) == Money(i128::from(count) * 10_000);
                let is_count = counted.is_some_and(|c| is(c.filled) || is(c.different()));
                Some(is_count || is_rows(read) || adding.has_amount() && is_amount(amount))
            }
        }
    }

    /// Notes that it is not what the rows come to.
    pub fn refuse(
        &self,
        run: &Run,
        adding: &Adding,
        layout: &Layout,
        is_named: bool,
        problems: &mut Problems,
    ) {
        let sums = &*run.sums;
        let amount =
            || layout.schema.amount.map_or("amount".into(), |column| layout.name_of(column).into_owned());
        let (read, ours, name): (Read, Sum, String) = match self.what {
            What::Rows(rows) => return refuse_rows(rows, sums.rows, self.place, problems),
            What::Sum(cell, read) => {
                let name = layout.column_at(cell).map(|column| layout.name_of(column).into_owned());
                let ours = adding.sum_of(sums, cell).unwrap_or_default();
                (read, ours, name.unwrap_or_else(|| layout.name(cell)))
            }
            What::Amount(read) => (read, sums.amount, amount()),
            What::Either(n) | What::Under(_, n) => {
                // Whichever it is nearer to is meant.
                let off = |stated: Read, ours: i128| (i128::from(stated.amount.0) - ours).abs();
                let count = n.count.amount.0;
                let rows = u64::try_from(count / 10_000).ok().filter(|_| count % 10_000 == 0);
                let is_count =
                    off(n.count, i128::from(sums.rows) * 10_000) < off(n.amount, sums.amount.sum.0);
                match rows.filter(|_| is_count || !adding.has_amount()) {
                    Some(rows) => return refuse_rows(rows, sums.rows, self.place, problems),
                    None => (n.amount, sums.amount, amount()),
                }
            }
        };
        let (stated, ours) = (Money::from(read.amount), ours.sum);
        let detail =
            if is_named { Detail::NamedTotals { stated, ours } } else { Detail::Totals { stated, ours } };
        let place = self.place;
        problems.error(place, || {
            Problem::new(Code::ControlTotal, place).column(name).value(&self.text).detail(detail)
        });
    }
}

/// Notes that there are more or fewer rows than a file says.
pub fn refuse_rows(stated: u64, ours: u64, place: Place, problems: &mut Problems) {
    if stated != ours {
        let detail = Detail::Rows { stated, ours };
        problems.error(place, || Problem::new(Code::ControlTotal, place).detail(detail));
    }
}
