//! How many different people, in each column and in all.

use alloc::vec;
use alloc::vec::Vec;

/// So many bits for people and columns are kept at once.
const MOST: usize = 1 << 24;

/// A bit for each number.
struct Met(Vec<u64>);

impl Met {
    fn new(numbers: usize) -> Met {
        Met(vec![0; numbers.div_ceil(64)])
    }

    /// Marks a number; was it unmarked?
    #[inline]
    fn is_new(&mut self, number: usize) -> bool {
        let (word, bit) = (&mut self.0[number / 64], 1 << (number % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

/// How many different people were met in each of so many columns, and in all of them. `met` says who was met in which
/// column, each time it is asked.
pub(super) fn distinct(
    columns: usize,
    met: impl Iterator<Item = Option<(u32, usize)>> + Clone,
) -> (Vec<u64>, u64) {
    let met = met.flatten();
    let mut ends = vec![0usize; columns + 1];
    let mut people = 0;
    met.clone().for_each(|(who, column)| {
        ends[column + 1] += 1;
        people = people.max(who as usize + 1);
    });
    match people.checked_mul(columns) {
        Some(bits) if bits <= MOST => at_once(columns, people, met),
        _ => dealt(ends, people, met),
    }
}

/// With a bit for each of the people and columns.
fn at_once(columns: usize, people: usize, met: impl Iterator<Item = (u32, usize)>) -> (Vec<u64>, u64) {
    let (mut in_column, mut ever) = (Met::new(columns * people), Met::new(people));
    let (mut counts, mut total) = (vec![0u64; columns], 0);
    met.for_each(|(who, column)| {
        counts[column] += u64::from(in_column.is_new(column * people + who as usize));
        total += u64::from(ever.is_new(who as usize));
    });
    (counts, total)
}

/// One column after the other: the people are dealt out by their columns, of which each has those up to its end.
fn dealt(mut ends: Vec<usize>, people: usize, met: impl Iterator<Item = (u32, usize)>) -> (Vec<u64>, u64) {
    let columns = ends.len() - 1;
    (0..columns).for_each(|c| ends[c + 1] += ends[c]);
    let mut dealt = vec![0u32; ends[columns]];
    met.for_each(|(who, column)| {
        dealt[ends[column]] = who;
        ends[column] += 1;
    });
    let (mut in_column, mut ever) = (Met::new(people), Met::new(people));
    let (mut counts, mut total, mut from) = (vec![0u64; columns], 0, 0);
    for (count, &end) in counts.iter_mut().zip(&ends) {
        let people = &dealt[from..end];
        for &who in people {
            *count += u64::from(in_column.is_new(who as usize));
            total += u64::from(ever.is_new(who as usize));
        }
        people.iter().for_each(|&who| in_column.0[who as usize / 64] = 0);
        from = end;
    }
    (counts, total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_met_twice_counts_once_in_a_column_and_once_in_all() {
        // 7 is met twice in column 0 and once in 2; 3 in columns 0 and 2; 0 and 70 in column 2; nobody in 1 and 3.
        let met = [Some((7, 0)), None, Some((3, 0)), Some((7, 0)), Some((0, 2)), Some((7, 2)), Some((3, 2))];
        let met = met.into_iter().chain([Some((70, 2))]);
        let want = (vec![2, 0, 4, 0], 4);
        assert_eq!(distinct(4, met.clone()), want);
        assert_eq!(dealt(vec![0, 3, 0, 4, 0], 71, met.flatten()), want);
        assert_eq!(distinct(2, [None].into_iter()), (vec![0, 0], 0));
        assert_eq!(distinct(0, [None].into_iter()), (vec![], 0));
    }
}
