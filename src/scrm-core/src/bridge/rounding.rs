//! Exact effects to sums of money that add up: down every column, across every row, and from part to whole.
//!
//! What is split further is rounded first and its parts to its sum, so that no effect depends on how far one drills
//! down. Reversed signs are rounded to reversed signs: the first number that is not zero is rounded as if above zero.

use super::split::{Exact, exact};
use crate::money::{CENT, Money};
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::ops::Range;
use num_bigint::BigInt;

/// So finely is it known how far a rounded number is from the exact one.
const FINE: i128 = 1_000_000_000_000;
/// So many units are moved for each cell at most: those of 1/10,000 in a cent, twice.
const MOST_MOVES: usize = 200;
/// A whole number is moved only where nothing else can be.
const WHOLE: i128 = 100 * FINE;

/// The unit in which the parts of these sums are shown: the cent, or 1/10,000 where a sum has a part of a cent.
fn unit(sums: &[Money]) -> i128 {
    if sums.iter().all(|m| m.0 % i128::from(CENT) == 0) { i128::from(CENT) } else { 1 }
}

/// Rounds the effects on one product: `exact[row][part]`, of which each part adds up to its sum in `sums`. `inner` are
/// the rows that are drilled down from one row.
pub(super) fn rounded(exact: &[Vec<Exact>], inner: Range<usize>, sums: &[Money]) -> Vec<Vec<Money>> {
    let rows: Vec<Exact> = exact.iter().map(|row| row.iter().sum()).collect();
    let total: Money = sums.iter().copied().sum();
    let unit_of_rows = unit(&[total]);
    let of_rows = nested(&in_units(&rows, unit_of_rows), inner, total.0 / unit_of_rows);
    if let [_] = sums {
        return of_rows.into_iter().map(|n| vec![Money(n * unit_of_rows)]).collect();
    }
    let unit = unit(sums).min(unit_of_rows);
    let of_rows: Vec<i128> = of_rows.into_iter().map(|n| n * (unit_of_rows / unit)).collect();
    let mut exact: Vec<Vec<Exact>> = exact.iter().map(|row| in_units(row, unit)).collect();
    if unit < unit_of_rows {
        exact.iter_mut().zip(&of_rows).for_each(|(row, sum)| fit_largest(row, *sum));
    }
    let of_parts: Vec<i128> = sums.iter().map(|m| m.0 / unit).collect();
    let cells = crosswise(&exact, &of_rows, &of_parts);
    cells.into_iter().map(|row| row.into_iter().map(|n| Money(n * unit)).collect()).collect()
}

/// Where channels have parts of a cent and all together none: what a row was rounded by stands in its largest cell.
fn fit_largest(row: &mut [Exact], sum: i128) {
    let missing = exact(sum) - row.iter().sum::<Exact>();
    if let Some(i) = (0..row.len()).max_by_key(|&i| (magnitude(&row[i]), Reverse(i))) {
        row[i] += missing;
    }
}

fn magnitude(x: &Exact) -> Exact {
    if *x < exact(0) { -x } else { x.clone() }
}

fn in_units(numbers: &[Exact], unit: i128) -> Vec<Exact> {
    numbers.iter().map(|x| x / exact(unit)).collect()
}

/// Rounds the rows to a sum: the first against all others, those one by one, and `inner` to what is theirs.
fn nested(rows: &[Exact], inner: Range<usize>, sum: i128) -> Vec<i128> {
    let of = |r: &Range<usize>| rows[r.clone()].iter().sum::<Exact>();
    let first = shares(&[rows[0].clone(), of(&(1..rows.len()))], sum);
    let singly = |r: Range<usize>| r.map(|i| i..i + 1);
    let others: Vec<Range<usize>> =
        singly(1..inner.start).chain([inner.clone()]).chain(singly(inner.end..rows.len())).collect();
    let of_others = shares(&others.iter().map(of).collect::<Vec<_>>(), first[1]);
    let mut whole = vec![first[0]];
    for (range, sum) in others.into_iter().zip(of_others) {
        whole.extend(shares(&rows[range], sum));
    }
    whole
}

/// Whole numbers that add up to `sum`, each the one below or above the exact number, by largest remainder; ties go to
/// the earlier. A number that is whole stays. `sum` is less than one away from the exact sum.
fn shares(numbers: &[Exact], sum: i128) -> Vec<i128> {
    let sign = sign(numbers.iter());
    let numbers: Vec<Exact> = numbers.iter().map(|x| x * exact(sign)).collect();
    let mut whole: Vec<i128> = numbers.iter().map(floor).collect();
    let up = sum * sign - whole.iter().sum::<i128>();
    let mut line: Vec<usize> = (0..numbers.len()).filter(|&i| !numbers[i].is_integer()).collect();
    line.sort_by_cached_key(|&i| Reverse(&numbers[i] - exact(whole[i])));
    for i in line.into_iter().take(usize::try_from(up).unwrap_or(0)) {
        whole[i] += 1;
    }
    whole.into_iter().map(|n| n * sign).collect()
}

/// −1 where the first number that is not zero is below it, else 1.
fn sign<'a>(mut numbers: impl Iterator<Item = &'a Exact>) -> i128 {
    let zero = exact(0);
    numbers.find(|x| **x != zero).map_or(1, |x| if *x < zero { -1 } else { 1 })
}

fn floor(x: &Exact) -> i128 {
    saturated(&x.floor().to_integer())
}

/// No sum of rows comes near the limits of 128 bits; where one did, the proof of the bridge would fail.
fn saturated(n: &BigInt) -> i128 {
    i128::try_from(n).unwrap_or(i128::MAX)
}

/// Rounds every cell so that rows and columns add up to theirs: each row by largest remainder, then units are moved
/// along the rows to where columns lack them, always the one that leaves the cells nearest to the exact numbers.
fn crosswise(exact_cells: &[Vec<Exact>], rows: &[i128], columns: &[i128]) -> Vec<Vec<i128>> {
    let sign = sign(exact_cells.iter().flatten());
    let mut grid = Grid { cells: Vec::new(), off: Vec::new(), whole: Vec::new() };
    for (numbers, sum) in exact_cells.iter().zip(rows) {
        let numbers: Vec<Exact> = numbers.iter().map(|x| x * exact(sign)).collect();
        let cells = shares(&numbers, sum * sign);
        let off = |(n, x): (&i128, &Exact)| floor(&((exact(*n) - x) * exact(FINE)));
        grid.off.push(cells.iter().zip(&numbers).map(off).collect());
        grid.whole.push(numbers.iter().map(Exact::is_integer).collect());
        grid.cells.push(cells);
    }
    let over = |(c, sum): (usize, &i128)| grid.cells.iter().map(|row| row[c]).sum::<i128>() - sum * sign;
    let mut over: Vec<i128> = columns.iter().enumerate().map(over).collect();
    // A row is off by less than a unit in each of its cells. Were more to be moved, the proof of the bridge would fail.
    for _ in 0..MOST_MOVES * over.len() * rows.len() {
        let Some((row, from, to)) = grid.best_move(&over) else { break };
        for (column, by) in [(from, -1), (to, 1)] {
            grid.cells[row][column] += by;
            grid.off[row][column] += by * FINE;
            over[column] += by;
        }
    }
    grid.cells.into_iter().map(|row| row.into_iter().map(|n| n * sign).collect()).collect()
}

/// Rounded cells by row and column.
struct Grid {
    cells: Vec<Vec<i128>>,
    /// How far above the exact number each is.
    off: Vec<Vec<i128>>,
    /// Whether the exact number is a whole one.
    whole: Vec<Vec<bool>>,
}

impl Grid {
    /// The row, the column with too much and the one with too little between which a unit is best moved; `None` where
    /// all columns add up.
    fn best_move(&self, over: &[i128]) -> Option<(usize, usize, usize)> {
        let mut best: Option<(i128, (usize, usize, usize))> = None;
        for (row, off) in self.off.iter().enumerate() {
            let cost = |c: usize| if self.whole[row][c] { WHOLE } else { 0 };
            let too_much = (0..over.len()).filter(|&c| over[c] > 0);
            let too_little = (0..over.len()).filter(|&c| over[c] < 0);
            let from = too_much.min_by_key(|&c| (cost(c) - off[c], c))?;
            let to = too_little.min_by_key(|&c| (cost(c) + off[c], c))?;
            let gain = off[from] - cost(from) - off[to] - cost(to);
            if best.is_none_or(|(most, _)| gain > most) {
                best = Some((gain, (row, from, to)));
            }
        }
        best.map(|(_, place)| place)
    }
}
