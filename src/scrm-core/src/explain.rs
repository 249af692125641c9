//! Where a figure comes from: its formula down to figures that are counted or summed from rows, and what each row of
//! the data counts in those, or why it does not.
//!
//! The rules are those of the statement: rows are put in their buckets by [`classify`](crate::world::World::classify)
//! as they are for it, stand in its channels and count on its days. [`Found::prove`] shows that the rows add up to
//! the statement's own figures.

mod book;
mod formula;
mod scope;

pub use book::{At, Book, Found, LeftOut, Row, Source, Unproved};
pub use formula::{Formula, Part, leaves, sums};
pub use scope::{Event, Line, Outcome, Priced, Reason, Scope};
