//! What is done with the exports of others beside reading their rows: their totals compared, their masked ids told, their
//! distributors taken for referrals.

use super::chunks::Outcome;
use super::distributors::DistributorTable;
use super::intern::Interner;
use super::lines::LineTable;
use super::problem::{Code, FileNo, Place, Problem};
use super::profile::Profile;
use super::reader::layouts;
use super::settings::{OrderRows, Settings};
use super::source::{Cause, DataDir, FileError, Part, TableName};
use super::table::{Env, Layout};
use super::{Derived, Loading, control, referrals, schema};
use scrm_core::world::Outside;
use std::sync::{Arc, PoisonError};

/// The headers of the files of orders, by which is known how their rows are to be read.
///
/// # Errors
/// [`FileError`].
pub(super) fn heads(dir: &DataDir, env: &Env) -> Result<Vec<Arc<Layout>>, FileError> {
    layouts(schema::schema(TableName::Orders), dir.parts_of(TableName::Orders), env)
}

/// What a row of `orders` is: as the settings say, and in what they leave open as the profiles do by which the files are
/// read.
///
/// # Errors
/// [`FileError`] where profiles contradict each other, or the settings what the files are.
pub(super) fn order_rows(
    dir: &DataDir,
    settings: &Settings,
    layouts: &[Arc<Layout>],
) -> Result<OrderRows, FileError> {
    let said = settings.rows_said;
    let read = || layouts.iter().filter_map(|l| Some((l.file, l.profile()?)));
    let lines = || read().filter(|(_, p)| p.lines == Some(true));
    let repeats = |p: &Profile| p.order_amount_repeats == Some(true);
    let by_profiles = OrderRows {
        lines: lines().next().is_some(),
        amount_repeats: lines().any(|(_, p)| repeats(p)),
        refunds: read().any(|(_, p)| p.negative_is_refund == Some(true)),
    };
    let rows = said.over(by_profiles);
    if let (Some((file, first)), true, None) = (lines().next(), rows.lines, said.amount_repeats)
        && let Some((other, profile)) = lines().find(|(_, p)| repeats(p) != repeats(first))
    {
        let cause = Cause::Rows { profiles: [first.name.clone(), profile.name.clone()] };
        let path = format!("{}, {}", dir.name(file), dir.name(other));
        return Err(FileError { path, cause });
    }
    if said.amount_repeats == Some(true) && !rows.lines {
        return Err(FileError { path: super::settings::FILE.into(), cause: Cause::NoLines });
    }
    Ok(rows)
}

/// The files whose rows are whole orders though those of others are items: where the settings leave it to the profiles,
/// those by a profile that does not say so, and those by none.
pub(super) fn whole_orders(settings: &Settings, layouts: &[Arc<Layout>]) -> Vec<FileNo> {
    let is_whole = |l: &&Arc<Layout>| l.profile().is_none_or(|p| p.lines != Some(true));
    let all = layouts.iter().filter(|_| settings.rows_said.lines.is_none());
    all.filter(is_whole).map(|l| l.file).collect()
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

    /// Warns of users' ids of which a part is masked: different people may have the same.
    pub(super) fn warn_of_masked(&mut self) {
        let of_users = self.files.keys().next().copied();
        let of_orders = self.heads.first().map(|head| head.file);
        if self.persons.is_starred() {
            let masked = Masked::among(|tell| self.persons.each(tell));
            self.warn_masked(of_users.or(of_orders), masked);
        }
    }

    /// The same of buyers that no table before the orders names, where they count.
    pub(super) fn warn_of_masked_buyers(&mut self, lines: Option<&LineTable>) {
        if self.settings.unknown_user != Outside::Direct {
            return;
        }
        let strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        let masked = Masked::among(|tell| match lines {
            None => strangers.each(tell),
            Some(lines) => lines.buyers.each(|id| {
                if self.persons.find(id).is_none() {
                    tell(id);
                }
            }),
        });
        drop(strangers);
        self.warn_masked(self.heads.first().map(|head| head.file), masked);
    }

    fn warn_masked(&mut self, file: Option<FileNo>, masked: Masked) {
        if let (Some(file), 1..) = (file, masked.count) {
            let p = Problem::new(Code::MaskedId, Place::file(file)).column("user_id").value(&masked.first);
            self.problems.warn(p.count(masked.count));
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
        if !parts.is_empty() {
            let (distributors, persons) = (&mut self.distributors, &mut self.persons);
            let (table, outcome) = referrals::referrals(parts, env, distributors, persons, &self.keys)?;
            self.referrals = table;
            self.note(outcome)?;
        }
        let orders = self.dir.parts_of(TableName::Orders);
        if !self.heads.iter().any(|head| head.of_referrals().is_some()) {
            return Ok(());
        }
        if self.referrals.rows > 0 {
            return self.warn_of_unused_referrals(orders);
        }
        // A table without rows says nothing.
        let (distributors, persons) = (&mut self.distributors, &mut self.persons);
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

    /// Warns where orders name distributors and a table of referrals counts in their place.
    fn warn_of_unused_referrals(&mut self, orders: &[Part]) -> Result<(), FileError> {
        let (mut distributors, mut persons) = (DistributorTable::default(), Interner::default());
        let (table, outcome) =
            referrals::derived(orders, self.env, &mut distributors, &mut persons, &self.keys)?;
        if let (Some(layout), count @ 1..) = (outcome.layouts.first(), table.orders()) {
            let cell = layout.cell_of(schema::referrals::DISTRIBUTOR_ID).unwrap_or_default();
            let p = Problem::new(Code::UnusedReferrals, Place::file(layout.file));
            self.problems.warn(p.column(layout.name(cell)).count(count));
        }
        Ok(())
    }
}

/// How many ids are masked, and the first of them by its bytes.
#[derive(Default)]
struct Masked {
    count: u64,
    first: Vec<u8>,
}

impl Masked {
    fn among(each: impl FnOnce(&mut dyn FnMut(&[u8]))) -> Masked {
        let mut masked = Masked::default();
        each(&mut |id| {
            if memchr::memmem::find(id, b"***").is_some() {
                masked.count += 1;
                if masked.first.is_empty() || *id < *masked.first {
                    masked.first = id.to_vec();
                }
            }
        });
        masked
    }
}
