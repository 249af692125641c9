//! The rows of each figure, as many as are to be shown, and sums of all.
//!
//! Each worker has a [`Book`] of its own; at the end they are merged, and nothing depends on how the rows were dealt out.

use super::scope::{Event, Outcome, Reason};
use crate::date::Day;
use crate::figures::{Figure, Key, Sums};
use crate::money::Money;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

/// Where a row stands: the numbers of its file and line, in the order in which people read them, and which of a
/// line's parts it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    pub file: u32,
    pub line: u64,
    pub part: u32,
}

/// A row that counts in a figure.
#[derive(Clone, Debug)]
pub struct Row {
    pub at: At,
    /// What it is called: an order, a user, a distributor; empty for a cost.
    pub id: Box<str>,
    /// The person that it counts, where the figure counts people; it has no id then, until it is given one.
    pub who: Option<u32>,
    pub day: Option<Day>,
    pub slot: usize,
    /// What the row itself holds.
    pub amount: Money,
    /// What of it counts: things, or 1/10,000 of money.
    pub units: i128,
}

/// The rows of one figure in one file.
#[derive(Clone, Debug, Default)]
pub struct Source {
    pub rows: u64,
    pub units: i128,
    /// The first of them, in order.
    pub first: Vec<Row>,
}

/// Rows that do not count, for one reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    pub rows: u64,
    pub amount: Money,
}

impl LeftOut {
    fn add(&mut self, rows: u64, amount: Money) {
        self.rows += rows;
        self.amount += amount;
    }
}

/// What a worker has seen of each figure.
#[derive(Debug)]
pub struct Book {
    /// So many rows of a figure and file are kept.
    keep: usize,
    /// By the key's number.
    leaves: BTreeMap<usize, Leaf>,
}

#[derive(Debug, Default)]
struct Leaf {
    files: BTreeMap<u32, File>,
    /// The first row of each person that counts once.
    people: BTreeMap<u32, Seen>,
    out: BTreeMap<Reason, LeftOut>,
}

#[derive(Debug, Default)]
struct File {
    rows: u64,
    units: i128,
    /// The first of them and some more, in no order.
    first: Vec<Row>,
    /// Where the last of the first stands, as far as that is known.
    last: Option<At>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    at: At,
    day: Option<Day>,
    slot: u32,
    amount: Money,
}

impl File {
    fn add(&mut self, row: Row, keep: usize) {
        self.rows += 1;
        self.units += row.units;
        self.first.push(row);
        // Not at each row, so that few are moved.
        if self.first.len() / 2 > keep.max(64) {
            self.cut(keep);
        }
    }

    /// Keeps the first rows, in order.
    fn cut(&mut self, keep: usize) {
        self.first.sort_unstable_by_key(|row| row.at);
        self.first.truncate(keep);
        self.last = self.first.last().map(|row| row.at).filter(|_| self.first.len() == keep);
    }

    /// Might a row at this place be kept?
    fn takes(&self, at: At, keep: usize) -> bool {
        keep > 0 && self.last.is_none_or(|last| at < last)
    }
}

impl Leaf {
    /// Keeps the first row of a person; the other is one more of somebody who is counted already.
    fn meet(&mut self, who: u32, seen: Seen) {
        let first = self.people.entry(who).or_insert(seen);
        if first.at == seen.at {
            return;
        }
        let later = if seen.at < first.at { core::mem::replace(first, seen) } else { seen };
        self.out.entry(Reason::CountedAlready).or_default().add(1, later.amount);
    }
}

impl Book {
    /// An empty book that keeps the first `keep` rows of each figure and file.
    pub fn new(keep: usize) -> Book {
        Book { keep, leaves: BTreeMap::new() }
    }

    /// An empty book that keeps as many.
    pub fn like(&self) -> Book {
        Book::new(self.keep)
    }

    pub fn keep(&self) -> usize {
        self.keep
    }

    /// Adds what a row counts; its id is asked for only where the row is kept. No two events of a figure may have the
    /// same place.
    pub fn add(&mut self, at: At, event: &Event, id: impl FnOnce() -> Box<str>) {
        let (keep, leaf) = (self.keep, self.leaves.entry(event.leaf as usize).or_default());
        let &Event { day, slot, amount, who, .. } = event;
        let units = match event.outcome {
            Outcome::In(units) => units,
            Outcome::Out(reason) => return leaf.out.entry(reason).or_default().add(1, amount),
        };
        if let Some(who) = who {
            let slot = u32::try_from(slot).unwrap_or(u32::MAX);
            return leaf.meet(who, Seen { at, day, slot, amount });
        }
        let file = leaf.files.entry(at.file).or_default();
        if file.takes(at, keep) {
            file.add(Row { at, id: id(), who, day, slot, amount, units }, keep);
        } else {
            file.rows += 1;
            file.units += units;
        }
    }

    /// Adds what another worker saw.
    pub fn merge(&mut self, other: Book) {
        for (key, theirs) in other.leaves {
            let leaf = self.leaves.entry(key).or_default();
            for (number, file) in theirs.files {
                let own = leaf.files.entry(number).or_default();
                own.rows += file.rows;
                own.units += file.units;
                own.first.extend(file.first);
                if own.first.len() > self.keep {
                    own.cut(self.keep);
                }
            }
            for (reason, out) in theirs.out {
                leaf.out.entry(reason).or_default().add(out.rows, out.amount);
            }
            theirs.people.into_iter().for_each(|(who, seen)| leaf.meet(who, seen));
        }
    }

    /// All that was found.
    pub fn finish(self) -> Found {
        let keep = self.keep;
        let leaves = self.leaves.into_iter().map(|(key, mut leaf)| {
            let mut people: Vec<(u32, Seen)> = leaf.people.into_iter().collect();
            people.sort_unstable_by_key(|(_, seen)| seen.at);
            for (who, Seen { at, day, slot, amount }) in people {
                let file = leaf.files.entry(at.file).or_default();
                let (slot, who) = (slot as usize, Some(who));
                if file.takes(at, keep) {
                    file.add(Row { at, id: "".into(), who, day, slot, amount, units: 1 }, keep);
                } else {
                    file.rows += 1;
                    file.units += 1;
                }
            }
            let files = leaf.files.into_iter();
            let sources = files.map(|(number, mut file)| {
                file.cut(keep);
                let File { rows, units, first, .. } = file;
                (number, Source { rows, units, first })
            });
            (key, FoundLeaf { sources: sources.collect(), left_out: leaf.out.into_iter().collect() })
        });
        Found { leaves: leaves.collect() }
    }
}

/// The rows of all figures.
#[derive(Debug, Default)]
pub struct Found {
    leaves: BTreeMap<usize, FoundLeaf>,
}

#[derive(Debug, Default)]
struct FoundLeaf {
    sources: Vec<(u32, Source)>,
    left_out: Vec<(Reason, LeftOut)>,
}

/// The rows of a figure do not add up to it: the program is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unproved {
    pub key: Key,
    pub rows: i128,
    pub figure: i128,
}

impl fmt::Display for Unproved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the rows of {} add up to {}, not to {}", self.key.name(), self.rows, self.figure)
    }
}

impl Found {
    /// The files in which rows of a figure stand, in order.
    pub fn sources(&self, leaf: Key) -> &[(u32, Source)] {
        self.leaves.get(&(leaf as usize)).map_or(&[], |l| &l.sources)
    }

    /// All rows that are kept, with their figures, so that those of people can be given ids.
    pub fn rows_mut(&mut self) -> impl Iterator<Item = (Key, &mut Row)> {
        let leaves = self.leaves.iter_mut().filter_map(|(key, leaf)| Some((*Key::ALL.get(*key)?, leaf)));
        leaves.flat_map(|(key, leaf)| {
            leaf.sources.iter_mut().flat_map(|(_, s)| &mut s.first).map(move |row| (key, row))
        })
    }

    /// What does not count in a figure, and why.
    pub fn left_out(&self, leaf: Key) -> &[(Reason, LeftOut)] {
        self.leaves.get(&(leaf as usize)).map_or(&[], |l| &l.left_out)
    }

    /// What all rows of a figure add up to.
    pub fn sum(&self, leaf: Key) -> i128 {
        self.sources(leaf).iter().map(|(_, s)| s.units).sum()
    }

    /// Shows that the rows of a figure that is counted or summed from rows are the statement's.
    ///
    /// # Errors
    /// [`Unproved`].
    pub fn prove(&self, leaf: Key, sums: &Sums) -> Result<(), Unproved> {
        let figure = match leaf.of(sums) {
            Figure::Count(n) => i128::from(n),
            Figure::Money(m) => m.0,
            // A ratio has no rows of its own.
            Figure::Share(_) | Figure::Quotient(_) | Figure::UnitValue(_) => return Ok(()),
        };
        let rows = self.sum(leaf);
        if rows == figure { Ok(()) } else { Err(Unproved { key: leaf, rows, figure }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec;
    use proptest::prelude::*;

    /// What one row is: its file, whom it counts, and whether it counts at all.
    type Drawn = (u32, Option<u32>, bool, i64);

    fn event(&(_, who, counts, units): &Drawn) -> Event {
        let leaf = if who.is_some() { Key::Buyers } else { Key::Gross };
        let units = if who.is_some() { 1 } else { i128::from(units) };
        let outcome = if counts { Outcome::In(units) } else { Outcome::Out(Reason::NotPaid) };
        Event { leaf, outcome, day: Some(Day(1)), slot: 0, amount: Money(units), who, refund: None }
    }

    fn add(book: &mut Book, line: usize, row: &Drawn) {
        let at = At { file: row.0, line: line as u64, part: 0 };
        book.add(at, &event(row), || format!("row {line}").into());
    }

    proptest! {
        #[test]
        fn nothing_depends_on_who_saw_what_and_when(
            rows in prop::collection::vec((0u32..3, prop::option::of(0u32..6), prop::bool::weighted(0.8), 0i64..100), 0..40),
            dealt in prop::collection::vec(0usize..4, 40),
            keep in 0usize..5,
        ) {
            let mut alone = Book::new(keep);
            rows.iter().enumerate().for_each(|(line, row)| add(&mut alone, line, row));
            // Four workers, each seeing its rows from the last to the first.
            let mut books = vec![alone.like(), alone.like(), alone.like(), alone.like()];
            for (line, row) in rows.iter().enumerate().rev() {
                add(&mut books[dealt[line]], line, row);
            }
            let all = books.into_iter().rev().reduce(|mut all, book| {
                all.merge(book);
                all
            });
            prop_assert_eq!(format!("{:?}", all.unwrap().finish()), format!("{:?}", alone.finish()));
        }
    }

    #[test]
    fn each_person_counts_once_by_the_first_row() {
        let mut book = Book::new(1);
        for (line, row) in [
            (5, (0, Some(7), true, 0)),
            (3, (1, Some(7), true, 0)),
            (2, (0, Some(7), true, 0)),
            (9, (0, Some(8), true, 0)),
        ] {
            add(&mut book, line, &row);
        }
        let found = book.finish();
        let [(0, source)] = found.sources(Key::Buyers) else { panic!("{found:?}") };
        assert_eq!((source.rows, source.units, found.sum(Key::Buyers)), (2, 2, 2));
        assert_eq!((source.first.len(), source.first[0].at.line, source.first[0].who), (1, 2, Some(7)));
        assert_eq!(
            found.left_out(Key::Buyers),
            [(Reason::CountedAlready, LeftOut { rows: 2, amount: Money(2) })]
        );
        assert_eq!(found.prove(Key::Buyers, &Sums { buyers: 2, ..Sums::default() }), Ok(()));
        let broken = found.prove(Key::Buyers, &Sums { buyers: 3, ..Sums::default() });
        assert_eq!(broken, Err(Unproved { key: Key::Buyers, rows: 2, figure: 3 }));
    }
}
