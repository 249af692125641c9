//! Bytes to rows to sums: reads a data directory and folds it.
//!
//! The tables are read in an order in which each finds what it refers to: users, costs, distributors, referrals,
//! refunds, then the orders, streamed once. Nothing here knows a report or a format.

mod after_sale;
mod aside;
mod beside_ours;
mod bill;
mod chunks;
mod control;
mod costs;
mod delimiter;
mod distributors;
pub mod encoding;
mod explain;
pub mod field;
mod first_orders;
mod foreign;
mod form;
mod giant;
mod grid;
mod head;
pub mod inspect;
mod intern;
mod layout;
mod lines;
mod machine;
mod manner;
mod marks;
pub mod mask;
mod orders;
pub mod other_sheets;
mod people;
pub mod problem;
pub mod profile;
mod proof;
mod reader;
mod referrals;
mod refunds;
pub mod scenarios;
pub mod schema;
pub mod settings;
mod sheet;
pub mod source;
mod split;
pub mod status;
mod table;
mod targets;
mod totals;
mod twins;
mod unit;
mod unread;
mod users;
mod watch;
pub mod workbook;

use chunks::Outcome;
pub use control::Beside;
use distributors::DistributorTable;
use encoding::Encoding;
pub use explain::{Ask, Explained, SETTINGS};
use first_orders::FirstOrders;
use intern::Interner;
pub use layout::Found;
use lines::LineTable;
use people::Channels;
use problem::{Code, Detail, FileNo, Place, Problem, Problems};
use proof::Keys;
pub use schema::payments;
use scrm_core::date::Day;
use scrm_core::fold::{Basis, BuyerBits, Context, Fold, Shape};
use scrm_core::period::{Ends, Grain};
use scrm_core::pnl::Reconciliation;
use scrm_core::targets::Targets;
use scrm_core::world::{Bindings, Rules, World};
use settings::Settings;
use source::{Cause, DataDir, FileError, TableName};
use status::Statuses;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
pub use table::FileStats;
use table::{Env, Layout};
pub use watch::Watched;

/// How a data directory is to be read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    pub shape: Shape,
    pub today: Day,
    pub max_errors: usize,
    pub threads: usize,
    pub chunk_bytes: usize,
    /// The id of an order whose row is to be kept.
    pub watch: Option<Vec<u8>>,
    /// A figure whose rows are to be found.
    pub explain: Option<Ask>,
    /// Counts the bytes that are read.
    pub read: Arc<AtomicU64>,
    /// There is a table of refunds, whatever else is looked for.
    pub has_refunds: bool,
}

/// What `check --verbose` says about a file.
#[derive(Clone, Debug)]
pub struct FileReport {
    pub name: String,
    /// How it is written, or which sheet of a workbook it is.
    pub encoding: Encoding,
    pub delimiter: char,
    pub sheet: Option<String>,
    pub stats: FileStats,
    pub unknown_columns: Vec<String>,
    pub table: TableName,
    /// How its header was found, and what it is read by.
    pub found: Found,
    /// What stands beside its rows.
    pub beside: Beside,
    /// The headers of columns that are totals or averages of channels.
    pub total_columns: Vec<String>,
    /// Which header each of our columns is, with the further ones.
    pub columns: Vec<(&'static str, Vec<String>)>,
}

/// A data directory, read and folded.
#[derive(Debug)]
pub struct Data {
    pub world: World,
    pub fold: Fold,
    pub goods_cost: bool,
    pub problems: Problems,
    pub files: Vec<FileReport>,
    /// The sheets of workbooks that were read.
    pub sheets: BTreeMap<FileNo, String>,
    /// Tables that are absent and count as empty.
    pub absent: Vec<TableName>,
    /// Referrals that were taken from the orders.
    pub derived: Option<Derived>,
    pub unmapped: Vec<Unmapped>,
    /// The reference of each payment of the world, empty where it has none.
    pub references: Vec<Box<str>>,
    /// The headers of the files of payments, in their order.
    pub payment_headers: Vec<Header>,
    /// The reason of each adjustment of the world.
    pub reasons: Vec<Box<str>>,
    /// The order that was asked for, where there is one.
    pub watched: Option<Watched>,
    /// The rows of the figure that was asked for, where there are days and a channel to look at.
    pub explained: Option<Explained>,
    pub targets: Targets,
}

/// The header of a file, in which rows must be that are to be added to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub file: FileNo,
    /// The names as they stand there, and which column of the table each is, as an index into its schema.
    pub names: Vec<(String, Option<usize>)>,
}

impl Header {
    /// Has it this column of the table?
    pub fn has(&self, column: usize) -> bool {
        self.names.iter().any(|(_, c)| *c == Some(column))
    }
}

/// Referrals that stand in the orders.
#[derive(Clone, Debug)]
pub struct Derived {
    /// The header that names the distributors, in the first file that has one.
    pub column: String,
    pub orders: u64,
}

/// A column that the settings map and no file has.
#[derive(Clone, Debug)]
pub struct Unmapped {
    pub table: TableName,
    pub column: &'static str,
    pub names: Vec<String>,
    /// The name in the header that is most like the first of them.
    pub near: Option<String>,
}

impl Data {
    pub fn reconciliation(&self) -> Reconciliation {
        Reconciliation::of(&self.world, &self.fold)
    }

    /// Were errors found, so that nothing may be calculated?
    pub fn refused(&self) -> bool {
        self.problems.errors > 0
    }
}

/// Splits a chunk of records with so many columns, and tells how many there are: the splitter's door for its benchmark.
#[doc(hidden)]
pub fn count_records(bytes: &[u8], columns: usize) -> usize {
    let mut count = 0;
    chunks::split(bytes, b',', columns, 1, |records| count += std::hint::black_box(records).len());
    count
}

/// The header under which a file with all columns of payments is read back by a run with the same settings: those of
/// the schema, in their order.
pub fn payments_header(settings: &Settings) -> Vec<(String, Option<usize>)> {
    table::header(payments::SCHEMA, &settings.columns).into_iter().zip((0..).map(Some)).collect()
}

/// What reading by these settings needs to know.
fn env_of(settings: &Settings, options: &ReadOptions) -> Env {
    Env {
        zone: settings.zone.clone(),
        today: options.today,
        column_names: settings.columns.clone(),
        max_errors: options.max_errors,
        threads: options.threads,
        chunk_bytes: options.chunk_bytes,
        read: options.read.clone(),
        named: settings.encodings.clone(),
        sheets: settings.sheets.clone(),
        decimal_comma: settings.decimal_comma,
        date_order: settings.date_order,
        wide_spend: settings.wide_spend.clone(),
        amount_repeats: settings.rows.amount_repeats,
        names_count: !(settings.selectors.products.is_empty() && settings.selectors.categories.is_empty()),
        encodings: BTreeMap::new(),
        profiles: settings.profiles.clone(),
        is_audit: false,
        status_words: Arc::new(settings.statuses.iter().cloned().collect()),
        has_refunds: options.has_refunds,
        currency: settings.currency.clone(),
    }
}

/// Reads and folds all tables of a directory.
///
/// # Errors
/// [`FileError`] where a file cannot be read or a table that must exist does not.
pub fn load(dir: &DataDir, settings: &Settings, options: &ReadOptions) -> Result<Data, FileError> {
    let mut env = env_of(settings, options);
    if !settings.joined_by_order {
        dir.required(TableName::Users)?;
    }
    dir.required(TableName::Orders)?;
    loop {
        match load_as(dir, settings, options, &env) {
            // The beginning of a file did not show how it is written. Now it is known, and all is read anew.
            Err(FileError { cause: Cause::Written(file, encoding), .. })
                if !env.encodings.contains_key(&file) =>
            {
                env.encodings.insert(file, encoding);
            }
            done => return done,
        }
    }
}

fn load_as(dir: &DataDir, settings: &Settings, options: &ReadOptions, env: &Env) -> Result<Data, FileError> {
    let heads = foreign::heads(dir, env)?;
    let rows = foreign::order_rows(dir, settings, &heads)?;
    let has_refunds = env.has_refunds || refunds::has_rows(dir.parts_of(TableName::Refunds), env)?;
    let by_files = (rows != settings.rows || has_refunds != env.has_refunds).then(|| {
        let amount_repeats = rows.amount_repeats;
        (Settings { rows, ..settings.clone() }, Env { amount_repeats, has_refunds, ..env.clone() })
    });
    let (settings, env) = by_files.as_ref().map_or((settings, env), |(settings, env)| (settings, env));
    let mut loading = Loading { heads, ..Loading::new(dir, env, settings) };
    let watch = options.watch.as_deref();
    let mut lines = loading.before_orders(watch)?;
    let fold = loading.orders(options.shape, watch, lines.as_mut())?;
    let explained = match &options.explain {
        Some(ask) if loading.problems.errors == 0 => {
            loading.explain(ask, options.shape, &fold, lines.as_ref())?
        }
        _ => None,
    };
    Ok(Data { explained, ..loading.finish(fold) })
}

/// Where the rows stand of which the world was made, in the order of these.
#[derive(Default)]
struct RowPlaces {
    /// Where there may be several rows about a user.
    users: Vec<Place>,
    ad_spend: Vec<Place>,
    team_cost: Vec<Place>,
    other_cost: Vec<Place>,
    adjustments: Vec<Place>,
}

/// The tables as far as they are read.
struct Loading<'a> {
    dir: &'a DataDir,
    env: &'a Env,
    settings: &'a Settings,
    /// The headers of the files of orders.
    heads: Vec<Arc<Layout>>,
    keys: Keys,
    problems: Problems,
    /// The sheets of workbooks that were read.
    sheets: BTreeMap<FileNo, String>,
    /// The beginnings of the others of their workbooks.
    others: BTreeMap<FileNo, Vec<workbook::Head>>,
    /// What each file told, and how it is laid out.
    files: BTreeMap<FileNo, (FileStats, Option<Arc<Layout>>)>,
    beside: BTreeMap<FileNo, Beside>,
    world: World,
    persons: Interner,
    places: RowPlaces,
    distributors: DistributorTable,
    referrals: referrals::ReferralTable,
    refunds: Option<refunds::RefundTable>,
    bill: Option<bill::Bill>,
    goods_cost: bool,
    /// Refunds stand in the orders themselves, so no table of them is missed.
    refunds_in_orders: bool,
    derived: Option<Derived>,
    unmapped: Vec<Unmapped>,
    references: Vec<Box<str>>,
    payment_headers: Vec<Header>,
    reasons: Vec<Box<str>>,
    watched: Option<Watched>,
    /// Buyers that no table before the orders names.
    strangers: Mutex<Interner>,
    targets: Targets,
}

impl<'a> Loading<'a> {
    fn new(dir: &'a DataDir, env: &'a Env, settings: &'a Settings) -> Loading<'a> {
        Loading {
            dir,
            env,
            settings,
            heads: Vec::new(),
            keys: Keys::default(),
            problems: Problems::new(env.max_errors),
            sheets: BTreeMap::new(),
            others: BTreeMap::new(),
            files: BTreeMap::new(),
            beside: BTreeMap::new(),
            world: World::default(),
            persons: Interner::default(),
            places: RowPlaces::default(),
            distributors: DistributorTable::default(),
            referrals: referrals::ReferralTable::default(),
            refunds: None,
            bill: None,
            goods_cost: false,
            refunds_in_orders: false,
            derived: None,
            unmapped: Vec::new(),
            references: Vec::new(),
            payment_headers: Vec::new(),
            reasons: Vec::new(),
            watched: None,
            strangers: Mutex::default(),
            targets: Targets::default(),
        }
    }

    /// Adds what reading a table found.
    fn note(&mut self, mut outcome: Outcome) -> Result<(), FileError> {
        self.note_unmapped(&outcome);
        self.compare_totals(&mut outcome)?;
        let has_referrals = !self.dir.parts_of(TableName::Referrals).is_empty();
        let given = &self.settings.columns;
        for layout in &outcome.layouts {
            unread::warn(layout, has_referrals, given, &mut outcome.problems);
        }
        outcome.problems.one_for_each_cell();
        self.problems.merge(outcome.problems);
        self.sheets.extend(outcome.sheets);
        self.others.extend(outcome.others);
        for (file, stats) in outcome.files {
            self.files.entry(file).or_default().0.merge(&stats);
        }
        for layout in outcome.layouts {
            let file = layout.file;
            self.files.entry(file).or_default().1 = Some(layout);
        }
        Ok(())
    }

    /// Columns that the settings map to names none of which any part has: empty, and said, since a slip in a name
    /// would else lose money in silence.
    fn note_unmapped(&mut self, outcome: &Outcome) {
        let Some(first) = outcome.layouts.first() else { return };
        let schema = first.schema;
        for (column, spec) in schema.columns.iter().enumerate().filter(|(_, c)| !c.required) {
            let names = self.settings.columns.get(&(schema.table, spec.name.to_string()));
            if let Some(names) = names.filter(|_| !outcome.has(column)) {
                let near = names.first().and_then(|n| first.nearest(n));
                self.unmapped.push(Unmapped {
                    table: schema.table,
                    column: spec.name,
                    names: names.clone(),
                    near,
                });
            }
        }
    }

    /// Everything that orders are looked up in, and before it their lines, where rows are such.
    fn before_orders(&mut self, watch: Option<&[u8]>) -> Result<Option<LineTable>, FileError> {
        use TableName::{
            AdSpend, Adjustments, Bill, Distributors, OtherCost, Payments, Refunds, TeamCost, Users,
        };
        let (dir, env) = (self.dir, self.env);
        let parts = |t| dir.parts_of(t);
        let lines = self.lines(watch)?;
        let first_orders = self.first_orders(lines.as_ref())?;
        let first_orders = first_orders.as_ref();
        let wanted = users::by_setting::Wanted { first_orders, earliest_row: self.settings.first_of_user };
        let (table, mut channels, outcome) = match wanted.is_unusual() {
            true => users::by_setting::users(parts(Users), env, &self.keys, wanted)?,
            false => users::users(parts(Users), env, &self.keys)?,
        };
        self.note(outcome)?;
        let may_repeat = self.settings.first_of_user;
        self.twins(wanted.schema(), schema::users::USER_ID, table.repeated, may_repeat)?;
        (self.world.users, self.persons, self.places.users) = (table.users, table.persons, table.places);
        self.warn_of_masked();
        let persons = std::mem::take(&mut self.persons);
        self.warn_of_placeholders(TableName::Users, &persons);
        self.persons = persons;
        let (spend, outcome) = costs::ad_spend(parts(AdSpend), env, &mut channels)?;
        self.note(outcome)?;
        (self.world.ad_spend, self.places.ad_spend) = spend;
        for (table, of) in [(TeamCost, 0), (OtherCost, 1)] {
            let (read, outcome) = costs::cost(table, parts(table), env, &mut channels)?;
            self.note(outcome)?;
            let costs = [&mut self.world.team_cost, &mut self.world.other_cost];
            let places = [&mut self.places.team_cost, &mut self.places.other_cost];
            (*costs[of], *places[of]) = read;
        }
        let outcome = self.distributors.read(parts(Distributors), env, &mut self.persons)?;
        self.note(outcome)?;
        self.referrals()?;
        let (table, outcome) = refunds::refunds(parts(Refunds), env)?;
        self.note(outcome)?;
        self.refunds = table;
        let (table, outcome) = bill::bill(parts(Bill), env)?;
        self.note(outcome)?;
        self.bill = table;
        let (told, outcome) = distributors::payments(parts(Payments), env, &mut self.distributors)?;
        let header = |l: &Arc<Layout>| Header { file: l.file, names: l.named() };
        let reads_back = |l: &&Arc<Layout>| !l.has_fen() && l.manner.as_ref().is_none_or(|m| m.reads_back());
        self.payment_headers = outcome.layouts.iter().filter(reads_back).map(header).collect();
        self.note(outcome)?;
        (self.world.payments, self.references) = told;
        let (told, places, outcome) =
            distributors::adjustments(parts(Adjustments), env, &mut self.distributors)?;
        self.places.adjustments = places;
        self.note(outcome)?;
        (self.world.adjustments, self.reasons) = told;
        self.complete_world(&channels);
        let named = &self.world.channels[..self.world.named_channels];
        let (targets, outcome) = targets::targets(parts(TableName::Targets), env, named)?;
        self.note(outcome)?;
        self.targets = targets;
        Ok(lines)
    }

    /// The orders by their lines, where rows are such.
    fn lines(&self, watch: Option<&[u8]>) -> Result<Option<LineTable>, FileError> {
        let (settings, statuses) = (self.settings, &self.statuses());
        let whole_orders = &foreign::whole_orders(settings, &self.heads);
        let wanted = lines::Wanted {
            whole_orders,
            statuses,
            selectors: &settings.selectors,
            rows: settings.rows,
            keys: &self.keys,
            watch,
        };
        let parts = self.dir.parts_of(TableName::Orders);
        settings.rows.lines.then(|| lines::lines(parts, self.env, wanted)).transpose()
    }

    /// The users' first orders, where they are dated by them.
    fn first_orders(&self, lines: Option<&LineTable>) -> Result<Option<FirstOrders>, FileError> {
        if let Some(lines) = lines.filter(|_| self.settings.joined_by_order) {
            return Ok(Some(lines.first_orders()));
        }
        if !self.settings.joined_by_order {
            return Ok(None);
        }
        let parts = self.dir.parts_of(TableName::Orders);
        first_orders::first_orders(parts, self.env, &self.statuses(), self.settings.rows).map(Some)
    }

    fn statuses(&self) -> Statuses {
        Statuses::new(self.settings.statuses.iter().map(|(w, s)| (w.as_str(), *s)))
    }

    fn complete_world(&mut self, channels: &Channels) {
        let (settings, users) = (self.settings, self.world.users.len());
        self.world.channels = channels.names();
        self.world.named_channels = self.world.channels.len();
        let mut prices = Vec::new();
        for (name, price) in &settings.prices {
            let known = self.world.channels.iter().position(|c| **c == **name);
            let number = known.unwrap_or_else(|| {
                self.world.channels.push(name.as_str().into());
                self.world.channels.len() - 1
            });
            prices.push((u32::try_from(number).unwrap_or(u32::MAX), *price));
        }
        self.world.distributors = self.distributors.finish(&self.persons, users, &settings.selectors);
        self.world.persons = u32::try_from(self.persons.len()).unwrap_or(u32::MAX);
        let bindings = std::mem::take(&mut self.referrals.bindings);
        self.world.bindings = Bindings::new(bindings, self.persons.len(), &self.world.distributors);
        self.world.rules = Rules {
            unknown_user: settings.unknown_user,
            before_joining: settings.before_joining,
            refunds_on_order: settings.refunds_on_order,
            last_binding: settings.last_binding,
            pay_self_purchase: settings.pay_self_purchase,
            refund_rows: settings.rows.refunds,
            joined_by_order: settings.joined_by_order,
            plan: settings.plan.clone(),
            tax: settings.tax,
            prices,
        };
        channels.all.refuse_damaged("channel", &mut self.problems);
        channels.all.warn_of_likeness("channel", &mut self.problems);
        self.distributors.ids.warn_of_likeness("distributor_id", &mut self.problems);
        if !self.dir.parts_of(TableName::Distributors).is_empty() {
            self.distributors.warn_of_unlisted(&mut self.problems);
        }
        if self.referrals.rows > 0 && settings.plan.is_none() {
            self.problems.warn(Problem::new(Code::NoCommissionPlan, None).count(self.referrals.rows));
        }
        for table in [TableName::AdSpend, TableName::TeamCost] {
            if self.dir.parts_of(table).is_empty() {
                let names = Detail::Names(vec![table.name().into()]);
                self.problems.warn(Problem::new(Code::MissingFile, None).detail(names));
            }
        }
    }

    fn orders(
        &mut self,
        mut shape: Shape,
        watch: Option<&[u8]>,
        mut lines: Option<&mut LineTable>,
    ) -> Result<Fold, FileError> {
        let marginal = |p: &scrm_core::plan::Plan| !p.tiers.is_empty();
        shape.keep_ids |= self.settings.plan.as_ref().is_some_and(marginal);
        if let Some(lines) =
            lines.as_ref().filter(|_| self.settings.unknown_user == scrm_core::world::Outside::Direct)
        {
            self.warn_of_placeholders(TableName::Orders, &lines.buyers);
        }
        let (buyers, parts) = (self.buyer_bits(shape), self.dir.parts_of(TableName::Orders));
        let statuses = self.statuses();
        let lookup = orders::Lookup { watch, ..self.lookup(&statuses, shape) };
        let are_lines = lines.is_some();
        let read = match lines.as_deref_mut() {
            Some(lines) => lines::fold(lines, self.env, lookup, &buyers),
            None => orders::orders(parts, self.env, lookup, &buyers)?,
        };
        self.watched = read.watched;
        let strangers =
            std::mem::take(&mut self.strangers).into_inner().unwrap_or_else(PoisonError::into_inner);
        self.warn_of_placeholders(TableName::Orders, &strangers);
        self.strangers = Mutex::new(strangers);
        if let Some(bill) = self.bill.take() {
            bill.compare(&mut self.problems);
        }
        use schema::orders::{COMPLETED_AT, GOODS_COST, ORDER_ID, REFUND, STATUS};
        self.refunds_in_orders = read.outcome.has(REFUND);
        self.goods_cost = read.outcome.has(GOODS_COST);
        self.world.completion_known = read.outcome.has(COMPLETED_AT) || read.outcome.has(STATUS);
        self.note(read.outcome)?;
        self.warn_of_masked_buyers(lines.as_deref());
        self.twins(schema::schema(TableName::Orders), ORDER_ID, read.repeated, are_lines)?;
        if read.fold.ties > 0 {
            self.problems.warn(Problem::new(Code::BindingTie, None).count(read.fold.ties));
        }
        Ok(read.fold)
    }

    /// What orders are looked up in.
    fn lookup<'l>(&'l self, statuses: &'l Statuses, shape: Shape) -> orders::Lookup<'l> {
        orders::Lookup {
            cx: Context { world: &self.world, shape },
            persons: &self.persons,
            referrals: &self.referrals,
            refunds: self.refunds.as_ref(),
            bill: self.bill.as_ref(),
            statuses,
            selectors: &self.settings.selectors,
            rows: self.settings.rows,
            keys: &self.keys,
            strangers: &self.strangers,
            watch: None,
        }
    }

    /// Room for a bit per user and column, as far as the columns can be guessed; the fold has a set for the rest.
    fn buyer_bits(&self, shape: Shape) -> BuyerBits {
        let users = self.world.users.len();
        let single = shape.basis == Basis::Cohort || shape.grain == Grain::All;
        let Ends { begin, end } = shape.ends;
        let days = self.world.users.days();
        let spans = self.world.ad_spend.iter().map(|s| s.day);
        let spans = spans.chain(self.world.team_cost.iter().map(|c| c.date.span().1));
        let first = begin.or_else(|| days.clone().min());
        let last = end.or_else(|| days.chain(spans).max().map(|d| d.plus(92)));
        let (Some(first), Some(last), false) = (first, last, single) else {
            return BuyerBits::new(users, 0, 1);
        };
        let (from, to) = (shape.grain.number(first), shape.grain.number(last));
        let wanted = u32::try_from(to.saturating_sub(from).saturating_add(1)).unwrap_or(1).max(1);
        BuyerBits::new(users, from, wanted.min(BuyerBits::columns_within(users * 8 + (64 << 20), users)))
    }

    fn finish(mut self, fold: Fold) -> Data {
        let unread =
            other_sheets::warnings(&self.dir.parts, &self.sheets, &self.others, self.settings, self.env);
        unread.into_iter().for_each(|p| self.problems.warn(p));
        let name = |file| self.dir.name(file).to_string();
        let sheets = &self.sheets;
        let files = self.files.into_iter().filter_map(|(file, (stats, layout))| {
            let layout = layout?;
            Some(FileReport {
                name: name(file),
                encoding: layout.dialect.encoding,
                delimiter: layout.dialect.delimiter.into(),
                sheet: sheets.get(&file).cloned(),
                stats,
                unknown_columns: layout.unknown_columns(),
                table: layout.schema.table,
                found: layout.found.clone(),
                beside: self.beside.get(&file).copied().unwrap_or_default(),
                total_columns: layout.totals().map(|(c, _)| layout.name_of(c).into_owned()).collect(),
                columns: layout.columns(),
            })
        });
        let missed = |t: &TableName| match t {
            TableName::Refunds => !self.refunds_in_orders,
            TableName::Referrals => self.derived.is_none(),
            // A shop without targets misses nothing.
            TableName::Targets => false,
            // It is a check, and nothing is missed without one.
            TableName::Bill => false,
            // Who bought is a user then.
            TableName::Users => !self.settings.joined_by_order,
            _ => true,
        };
        let absent = TableName::ALL.into_iter().filter(|t| self.dir.parts_of(*t).is_empty()).filter(missed);
        Data {
            world: self.world,
            fold,
            goods_cost: self.goods_cost,
            problems: self.problems,
            files: files.collect(),
            sheets: self.sheets.clone(),
            absent: absent.collect(),
            derived: self.derived,
            unmapped: self.unmapped,
            references: self.references,
            payment_headers: self.payment_headers,
            reasons: self.reasons,
            watched: self.watched,
            explained: None,
            targets: self.targets,
        }
    }
}
