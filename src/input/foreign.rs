//! What is done with the exports of others beside reading their rows: their totals compared, their masked ids told, their
//! distributors taken for referrals.

use super::chunks::Outcome;
use super::intern::Interner;
use super::problem::{Code, Place, Problem};
use super::profile::Profile;
use super::reader::layouts;
use super::settings::{OrderRows, Settings};
use super::source::{Cause, DataDir, FileError, TableName};
use super::table::{Env, Layout};
use super::{Derived, Loading, control, referrals, schema};
use std::sync::Arc;

/// The headers of the files of orders, by which is known how their rows are to be read.
///
/// # Errors
/// [`FileError`].
pub(super) fn heads(dir: &DataDir, env: &Env) -> Result<Vec<Arc<Layout>>, FileError> {
    layouts(schema::schema(TableName::Orders), dir.parts_of(TableName::Orders), env)
}

/// What a row of `orders` is: as the settings say, else as the profiles do by which the files are read.
///
/// # Errors
/// [`FileError`] where profiles contradict each other.
pub(super) fn order_rows(
    dir: &DataDir,
    settings: &Settings,
    layouts: &[Arc<Layout>],
) -> Result<OrderRows, FileError> {
    let mut rows = settings.rows;
    if settings.rows_written {
        return Ok(rows);
    }
    let read = layouts.iter().filter_map(|l| Some((l.file, l.profile()?)));
    let lines = || read.clone().filter(|(_, p)| p.lines == Some(true));
    rows.refunds |= read.clone().any(|(_, p)| p.negative_is_refund == Some(true));
    let Some((file, first)) = lines().next() else { return Ok(rows) };
    let repeats = |p: &Profile| p.order_amount_repeats == Some(true);
    if let Some((other, profile)) = lines().find(|(_, p)| repeats(p) != repeats(first)) {
        let cause = Cause::Rows { profiles: [first.name.clone(), profile.name.clone()] };
        let path = format!("{}, {}", dir.name(file), dir.name(other));
        return Err(FileError { path, cause });
    }
    Ok(OrderRows { lines: true, amount_repeats: repeats(first), ..rows })
}

impl Loading<'_> {
    /// Compares the totals that files carry with their rows.
    pub(super) fn compare_totals(&mut self, outcome: &mut Outcome) -> Result<(), FileError> {
        for layout in &outcome.layouts {
            let part = self.dir.parts.get(layout.file as usize);
            let (Some(part), Some(stats)) = (part, outcome.files.get(&layout.file)) else { continue };
            let beside = control::compare(part, self.env, layout, stats, &mut outcome.problems)?;
            self.beside.insert(layout.file, beside);
        }
        Ok(())
    }

    /// Warns of ids in exports of which a part is masked: different people may have the same.
    pub(super) fn warn_of_masked(&mut self) {
        let users = self.files.iter().filter_map(|(file, (_, layout))| Some((*file, layout.as_ref()?)));
        let Some((file, _)) = users.filter(|(_, layout)| layout.is_foreign).min_by_key(|(file, _)| *file)
        else {
            return;
        };
        let (mut count, mut first) = (0, Vec::new());
        self.persons.each(|id| {
            if memchr::memmem::find(id, b"***").is_some() {
                count += 1;
                if first.is_empty() || *id < *first {
                    first = id.to_vec();
                }
            }
        });
        if count > 0 {
            let p = Problem::new(Code::MaskedId, Place::file(file)).column("user_id").value(&first);
            self.problems.warn(p.count(count));
        }
    }

    /// Warns of ids of people that seem to mean that there is none, and are read at a glance like any other: all rows of one
    /// are one person's.
    pub(super) fn warn_of_placeholders(&mut self, table: TableName, ids: &Interner) {
        const WORDS: [&str; 11] =
            ["null", "NULL", "Null", "None", "none", "N/A", "n/a", "nan", "NaN", "undefined", "unknown"];
        let Some(part) = self.dir.parts_of(table).first() else { return };
        for word in WORDS.iter().filter(|word| ids.find(word.as_bytes()).is_some()) {
            let p = Problem::new(Code::PlaceholderId, Place::file(part.number)).column("user_id");
            self.problems.warn(p.value(word.as_bytes()));
        }
    }

    /// Reads the referrals, or takes them from the orders where these name distributors.
    pub(super) fn referrals(&mut self) -> Result<(), FileError> {
        let (parts, env) = (self.dir.parts_of(TableName::Referrals), self.env);
        let (distributors, persons) = (&mut self.distributors, &mut self.persons);
        if !parts.is_empty() {
            let (table, outcome) = referrals::referrals(parts, env, distributors, persons, &self.keys)?;
            self.referrals = table;
            return self.note(outcome);
        }
        let orders = self.dir.parts_of(TableName::Orders);
        if !self.heads.iter().any(|head| head.of_referrals().is_some()) {
            return Ok(());
        }
        let (table, outcome) = referrals::derived(orders, env, distributors, persons, &self.keys)?;
        // Each platform has a name of its own for it.
        let mut columns: Vec<String> = Vec::new();
        for layout in &outcome.layouts {
            let name = layout.cell_of(schema::referrals::DISTRIBUTOR_ID).map(|cell| layout.name(cell));
            columns.extend(name.filter(|name| !columns.contains(name)));
        }
        if !columns.is_empty() {
            self.derived = Some(Derived { column: columns.join(" / "), orders: table.orders() });
        }
        self.problems.merge(outcome.problems);
        self.referrals = table;
        Ok(())
    }
}
