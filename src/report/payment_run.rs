//! A payment run as rows: what the finance desk uploads, and what comes back as payments once it is paid.

use super::document::{Cell, Field, Table};
use crate::input::payments;
use crate::render::text::push_percent;
use scrm_core::date::Day;
use scrm_core::pay_run::PayRun;
use scrm_core::world::World;

/// What begins every reference of a run; an id of a run holds no point.
pub fn prefix(run: &str) -> String {
    format!("{run}.")
}

/// The reference of a payment: the run, a point, the distributor's id with all but ASCII letters, digits, `-` and
/// `_` written as `%XX`. No two ids of a run share one.
pub fn reference(run: &str, id: &str) -> String {
    let mut text = prefix(run);
    for c in id.chars() {
        if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
            text.push(c);
        } else {
            push_percent(&mut text, c);
        }
    }
    text
}

fn fields(keys: &[&'static str]) -> Vec<Field> {
    keys.iter().map(|key| Field::identity(key, key)).collect()
}

/// What the finance desk uploads: the amount is what is transferred.
pub fn payment_file(world: &World, run: &str, paid: &PayRun) -> Table {
    let rows = paid.rows.iter().map(|(n, transfer)| {
        let d = &world.distributors[*n as usize];
        let texts = [Cell::Text(reference(run, &d.id)), Cell::text(&d.id), Cell::text(&d.name)];
        texts.into_iter().chain([Cell::Money(transfer.net())]).collect()
    });
    Table::list("payments", fields(&["reference", "distributor_id", "name", "amount"]), rows.collect())
}

/// The rows for `payments`, a cell for each of `columns`: the index of one of the schema's, or a column that is none of
/// ours and stays empty. The amount is gross, as it settles what was owed.
pub fn payments(world: &World, run: &str, paid: &PayRun, as_of: Day, columns: &[Option<usize>]) -> Table {
    use payments::{AMOUNT, DISTRIBUTOR_ID, PAID_ON, REFERENCE, STATUS, TAX};
    let rows = paid.rows.iter().map(|(n, transfer)| {
        let id = &world.distributors[*n as usize].id;
        let cell = |column: &Option<usize>| match *column {
            Some(DISTRIBUTOR_ID) => Cell::Text(guarded(id)),
            Some(PAID_ON) => Cell::Date(as_of),
            Some(AMOUNT) => Cell::Money(transfer.gross),
            Some(TAX) => Cell::Money(transfer.tax),
            Some(STATUS) => Cell::text("paid"),
            Some(REFERENCE) => Cell::Text(reference(run, id)),
            _ => Cell::Null,
        };
        columns.iter().map(cell).collect()
    });
    let key = |column: &Option<usize>| column.map_or("", |c| payments::SCHEMA.columns[c].name);
    let keys: Vec<&'static str> = columns.iter().map(key).collect();
    Table::list("payments", fields(&keys), rows.collect())
}

/// Reading drops one apostrophe in front of an id, so that one of the id's own needs another.
fn guarded(id: &str) -> String {
    if id.starts_with('\'') { format!("'{id}") } else { id.into() }
}

/// What a reading of payments found of a run.
#[derive(Debug, PartialEq, Eq)]
pub struct Found<'a> {
    pub rows: u64,
    /// The first in byte order.
    pub first: &'a str,
}

/// The references of a run among those of payments, failed ones too.
pub fn found<'a>(run: &str, references: &'a [Box<str>]) -> Option<Found<'a>> {
    let prefix = prefix(run);
    // A spreadsheet may have put an apostrophe in front.
    let plain = references.iter().map(|r| r.strip_prefix('\'').unwrap_or(r));
    let mut of_run: Vec<&str> = plain.filter(|r| r.starts_with(&prefix)).collect();
    of_run.sort_unstable();
    of_run.first().map(|first| Found { rows: of_run.len() as u64, first })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_tells_run_and_id_apart() {
        for (id, want) in [
            ("D001", "r.D001"),
            ("a.b", "r.a%2Eb"),
            ("a%2Eb", "r.a%252Eb"),
            ("=A-1_x", "r.%3DA-1_x"),
            ("分", "r.%E5%88%86"),
        ] {
            assert_eq!(reference("r", id), want);
        }
    }

    #[test]
    fn a_run_is_found_by_its_references_only() {
        let references = ["", "r1.b", "r.b", "'r.a", "R.a", "r", "xr.a"].map(Into::into);
        assert_eq!(found("r", &references), Some(Found { rows: 2, first: "r.a" }));
        assert_eq!(found("r2", &references), None);
    }
}
