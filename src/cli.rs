//! The command line as typed. What it means is worked out in [`request`](crate::request).
//!
//! The comment of each argument is its help in English; the Chinese help stands in [`help_zh`](crate::help_zh).

use crate::lang::Lang;
use clap::builder::PossibleValuesParser;
use clap::{ArgGroup, Args, Parser, Subcommand};
use scrm_core::bridge::Method;
use scrm_core::cohort::{System, Value};
use std::path::PathBuf;

/// What the two systems of a private domain earned, direct selling and distribution, to the cent and with the reasons.
#[derive(Debug, Parser)]
#[command(name = "scrm-calc", version, disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// The language of everything a person reads [default: from SCRM_CALC_LANG, LC_ALL, LANG]
    // Its place in the help is fixed, else it would move with the number of commands.
    #[arg(long, global = true, display_order = 3, value_name = "LANG", value_parser = PossibleValuesParser::new(Lang::NAMES))]
    pub lang: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Profit and loss of both systems, by period, channel or cohort
    Pnl(PnlArgs),
    /// What each distributor is owed: settled, pending, paid, payable, to the cent and with the reasons
    Payouts(PayoutsArgs),
    /// Who sells and who earns: distributors by motive, grade, upline or one by one; the funnel and the concentration
    Distributors(DistributorsArgs),
    /// Why total profit changed from one period to another: what each driver did to it, without a remainder
    Bridge(BridgeArgs),
    /// What the users acquired in each month cost and brought since, month by month: when they pay back, what they are worth
    Cohort(CohortArgs),
    /// The formulas run forward: what if, what must happen to break even, what matters most; from data or from flags
    Plan(Box<PlanArgs>),
    /// Where a figure comes from: its formula, and down to the rows of the files, what counts in it and what does not
    Explain(ExplainArgs),
    /// What a term means, its formula, and what Alibaba, Shopify and GA4 mean by the same word
    Define(DefineArgs),
    /// Check the data: silent when all is well, else every problem with its place
    Check(CheckArgs),
    /// The profiles by which exports of platforms are read; show NAME prints one
    Profiles(ProfilesArgs),
    /// What files are: how written, taken for which table and how surely, what becomes of each column and row
    Inspect(InspectArgs),
    /// Begin a data directory: a commented scrm.toml, and empty tables or your exports where they lie
    Init(InitArgs),
}

#[derive(Debug, Args)]
pub struct InspectArgs {
    /// A data directory, a directory of exports, or files wherever they lie
    #[arg(default_value = ".", value_name = "DIR|FILE")]
    pub paths: Vec<PathBuf>,
    /// How the report is written; -o's ending says it too
    #[arg(short = 'O', long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(crate::render::Format::NAMES))]
    pub format: Option<String>,
    /// Write the report to a file, whole or not at all, in place of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Colours in the terminal
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = PossibleValuesParser::new(["auto", "always", "never"]))]
    pub color: String,
    /// No notes on standard error
    #[arg(short, long)]
    pub quiet: bool,
    /// Read the table of this profile by it, whatever its header is like; repeatable
    #[arg(long, value_name = "NAME")]
    pub profile: Vec<String>,
    /// Also write settings that pin all of it, to a new FILE [default: scrm.toml in the data directory]
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub write_config: Option<Option<PathBuf>>,
    /// Count as today this date, not the clock's
    #[arg(long, value_name = "DATE")]
    pub today: Option<String>,
}

#[derive(Debug, Args)]
pub struct ProfilesArgs {
    /// Nothing: the list. show NAME: that profile, as the file of one of your own may look
    #[arg(value_name = "show NAME", num_args = 0..=2)]
    pub what: Vec<String>,
    /// The data directory whose own profiles are listed as well
    #[arg(short, long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// How the list is written; -o's ending says it too
    #[arg(short = 'O', long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(crate::render::Format::NAMES))]
    pub format: Option<String>,
    /// Write to a file, whole or not at all, in place of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Colours in the terminal
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = PossibleValuesParser::new(["auto", "always", "never"]))]
    pub color: String,
}

#[derive(Clone, Debug, Args)]
pub struct Common {
    /// The data directory: users, orders and whatever else there is, as CSV files or workbooks
    #[arg(default_value = ".", value_name = "DIR")]
    pub dir: PathBuf,
    /// How the report is written; -o's ending says it too
    #[arg(short = 'O', long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(crate::render::Format::NAMES))]
    pub format: Option<String>,
    /// Write the report to a file, whole or not at all, in place of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Colours in the terminal
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = PossibleValuesParser::new(["auto", "always", "never"]))]
    pub color: String,
    /// No notes and no warnings on standard error
    #[arg(short, long)]
    pub quiet: bool,
    /// Refuse the data where there is any warning
    #[arg(long)]
    pub strict: bool,
    /// Show at most this many errors, then a count; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub max_errors: usize,
    /// Read the table of this profile by it, whatever its header is like; repeatable
    #[arg(long, value_name = "NAME")]
    pub profile: Vec<String>,
    /// Count as today this date, not the clock's
    #[arg(long, value_name = "DATE")]
    pub today: Option<String>,
    /// Read on this many threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Read in pieces of this many bytes
    #[arg(long, value_name = "BYTES", hide = true, value_parser = clap::value_parser!(u32).range(1..=1 << 30))]
    pub chunk_bytes: Option<u32>,
}

/// The days that a report is about.
#[derive(Clone, Debug, Args)]
pub struct RangeArgs {
    /// The first day [default: the first in the data]
    #[arg(short, long, value_name = "DATE")]
    pub begin: Option<String>,
    /// The day after the last [default: after the last in the data]
    #[arg(short, long, value_name = "DATE")]
    pub end: Option<String>,
    /// 2026, 2026-03, 2026Q1, 2026-W09, "last month", "last 7 days", 2026-01..2026-04 (half-open)
    #[arg(short, long, value_name = "PERIOD", conflicts_with_all = ["begin", "end"])]
    pub period: Option<String>,
}

/// Which rows of a list, and in what order.
#[derive(Debug, Args)]
pub struct ArrangeArgs {
    /// Order the rows by this column: figures from the largest, names from the first
    #[arg(long, value_name = "COLUMN")]
    pub sort: Option<String>,
    /// Only the first N rows; the total stays that of all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub top: Option<u64>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("columns").args(["daily", "weekly", "monthly", "quarterly", "yearly"]))]
pub struct PnlArgs {
    #[command(flatten)]
    pub common: Common,
    /// A column for each day
    #[arg(short = 'D', long)]
    pub daily: bool,
    /// A column for each ISO week
    #[arg(short = 'W', long)]
    pub weekly: bool,
    /// A column for each month
    #[arg(short = 'M', long)]
    pub monthly: bool,
    /// A column for each quarter
    #[arg(short = 'Q', long)]
    pub quarterly: bool,
    /// A column for each year
    #[arg(short = 'Y', long)]
    pub yearly: bool,
    #[command(flatten)]
    pub range: RangeArgs,
    /// A column for each channel
    #[arg(long, value_name = "WHAT", value_parser = PossibleValuesParser::new(["channel"]))]
    pub by: Option<String>,
    /// Spread the cost that belongs to no channel over the channels
    #[arg(long, value_name = "BY", requires = "by", value_parser = PossibleValuesParser::new(["users", "revenue", "spend", "orders"]))]
    pub allocate: Option<String>,
    /// period: what happened in it; cohort: all that the users acquired in it brought
    #[arg(long, value_name = "BASIS", default_value = "period", value_parser = PossibleValuesParser::new(["period", "cohort"]))]
    pub basis: String,
    /// How each column changed: since the period before (previous), the same of the year before (year), or a PERIOD
    #[arg(long, value_name = "WITH")]
    pub compare: Option<String>,
    /// Beside the targets of targets.csv: what is missing to them, and how far they are reached
    #[arg(long, conflicts_with_all = ["compare"])]
    pub targets: bool,
    /// Exit with 3 where this holds in a column or the total, such as 'direct.profit < 0' or, with --compare,
    /// 'change(direct.profit) < -20%'; repeatable
    #[arg(long, value_name = "CONDITION", allow_hyphen_values = true)]
    pub fail_if: Vec<String>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("view").args(["begin", "end", "period", "lines", "why"]).multiple(true))]
pub struct PayoutsArgs {
    #[command(flatten)]
    pub common: Common,
    /// The state at the end of this day [default: the last day of the data]
    #[arg(long, value_name = "DATE", conflicts_with_all = ["begin", "end", "period"])]
    pub as_of: Option<String>,
    /// How balances moved, from this day; needs --end
    #[arg(short, long, value_name = "DATE", requires = "end")]
    pub begin: Option<String>,
    /// How balances moved, up to this day, not included; needs --begin
    #[arg(short, long, value_name = "DATE", requires = "begin")]
    pub end: Option<String>,
    /// How balances moved in 2026, 2026-03, 2026Q1, "last month", 2026-01..2026-04 (half-open)
    #[arg(short, long, value_name = "PERIOD", conflicts_with_all = ["begin", "end"])]
    pub period: Option<String>,
    /// A row for each order and level, with the rule that decided
    #[arg(long, conflicts_with_all = ["begin", "end", "period"])]
    pub lines: bool,
    /// What each would have been owed by the [commission] of this file, all else as it was
    #[allow(rustdoc::broken_intra_doc_links, reason = "a section of scrm.toml, as it is written there")]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["begin", "end", "period", "lines", "why"])]
    pub compare_plan: Option<PathBuf>,
    /// Explain one order: whose it is and why, rates, base, rounding, settlement, and what lost
    #[arg(long, value_name = "ORDER_ID", conflicts_with_all = ["begin", "end", "period", "lines", "sort", "top"])]
    pub why: Option<String>,
    #[command(flatten)]
    pub arrange: ArrangeArgs,
    /// The page of one distributor: lines, adjustments, payments and what they come to, fit to send to that person
    #[arg(long, value_name = "ID", conflicts_with_all = OTHER_VIEWS)]
    pub statement: Option<String>,
    /// The pages of all, each in a file of its own in this directory; as -O says, else in Markdown
    #[arg(long, value_name = "OUTDIR", conflicts_with_all = OTHER_VIEWS, conflicts_with_all = ["statement", "output"])]
    pub statements: Option<PathBuf>,
    /// Write what the finance desk uploads: a row for each distributor to whom something is payable; needs --run
    #[arg(long, value_name = "FILE", requires = "run", conflicts_with_all = OTHER_VIEWS,
        conflicts_with_all = ["statement", "statements", "output", "format"])]
    pub payment_file: Option<PathBuf>,
    /// The id of this payment run, new for each: it begins every reference
    #[arg(long, value_name = "RUN", requires = "payment_file")]
    pub run: Option<String>,
    /// With --payment-file: write the rows for payments.csv, to be added once they are paid
    #[arg(long, value_name = "FILE", requires = "payment_file")]
    pub payments_csv: Option<PathBuf>,
}

/// What a page or a payment run is not combined with.
const OTHER_VIEWS: [&str; 8] = ["begin", "end", "period", "lines", "sort", "top", "compare_plan", "why"];

#[derive(Debug, Args)]
pub struct DistributorsArgs {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub range: RangeArgs,
    /// One table, by this [default: a table by motive and one by grade]
    #[arg(long, value_name = "WHAT", value_parser = PossibleValuesParser::new(["motive", "grade", "upline", "distributor"]))]
    pub by: Option<String>,
    #[command(flatten)]
    pub arrange: ArrangeArgs,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("columns").args(["daily", "weekly", "monthly", "quarterly", "yearly"]))]
pub struct BridgeArgs {
    #[command(flatten)]
    pub common: Common,
    /// From this period: 2026-02, 2026Q1, "last month", 2026-01..2026-04 (half-open); needs --to
    #[arg(long, value_name = "PERIOD", requires = "to",
        conflicts_with_all = ["columns", "last", "begin", "end", "period"])]
    pub from: Option<String>,
    /// To this period, which may lie anywhere, or to the targets of the month: --to targets; needs --from
    #[arg(long, value_name = "PERIOD", requires = "from")]
    pub to: Option<String>,
    /// Each day against the one before
    #[arg(short = 'D', long)]
    pub daily: bool,
    /// Each ISO week against the one before
    #[arg(short = 'W', long)]
    pub weekly: bool,
    /// Each month against the one before
    #[arg(short = 'M', long)]
    pub monthly: bool,
    /// Each quarter against the one before
    #[arg(short = 'Q', long)]
    pub quarterly: bool,
    /// Each year against the one before
    #[arg(short = 'Y', long)]
    pub yearly: bool,
    /// Only the last N of these that are over [default: all; where nothing says which, the last month]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub last: Option<u64>,
    #[command(flatten)]
    pub range: RangeArgs,
    /// By channel too: with the mix of channels, and new and closed ones apart
    #[arg(long, value_name = "WHAT", value_parser = PossibleValuesParser::new(["channel"]))]
    pub by: Option<String>,
    /// shapley: every factor at the mean of both periods; chain: one factor after the other
    #[arg(long, value_name = "METHOD", default_value = "shapley", value_parser = PossibleValuesParser::new(Method::ALL.map(Method::name)))]
    pub method: String,
    /// Exit with 3 where this holds for an effect, such as 'direct.conversion < -1000'; repeatable
    #[arg(long, value_name = "CONDITION", allow_hyphen_values = true)]
    pub fail_if: Vec<String>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("columns").args(["monthly", "quarterly", "yearly"]))]
pub struct CohortArgs {
    #[command(flatten)]
    pub common: Common,
    /// A cohort for each month of acquisition (the default)
    #[arg(short = 'M', long)]
    pub monthly: bool,
    /// A cohort for each quarter, still by months since
    #[arg(short = 'Q', long)]
    pub quarterly: bool,
    /// A cohort for each year, still by months since
    #[arg(short = 'Y', long)]
    pub yearly: bool,
    #[command(flatten)]
    pub range: RangeArgs,
    /// A cohort for each channel
    #[arg(long, value_name = "WHAT", value_parser = PossibleValuesParser::new(["channel"]))]
    pub by: Option<String>,
    /// direct: what they bought; distribution: what they sold, its revenue less commission; both: the sum
    #[arg(long, value_name = "SYSTEM", default_value = "direct", value_parser = PossibleValuesParser::new(System::ALL.map(System::name)))]
    pub system: String,
    /// The figure in the months; ltv is all revenue so far per user. CSV and JSON have all
    #[arg(long, value_name = "KEY", default_value = "ltv", value_parser = PossibleValuesParser::new(Value::ALL.map(Value::name)))]
    pub value: String,
    /// In each month all up to its end, not what came in it
    #[arg(long)]
    pub cumulative: bool,
    /// Exit with 3 where this holds for a cohort, such as 'ltv_to_cost < 1'; repeatable
    #[arg(long, value_name = "CONDITION", allow_hyphen_values = true)]
    pub fail_if: Vec<String>,
}

#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("base").multiple(true).conflicts_with_all(["begin", "end", "period"]))]
#[command(allow_negative_numbers = true)]
#[command(group = ArgGroup::new("asked").args(["solve", "break_even", "vary", "tornado", "scenario"]))]
pub struct PlanArgs {
    #[command(flatten)]
    pub common: Common,
    /// Beside DIR the word break-even is the option of that name
    #[arg(hide = true, value_name = "WORD")]
    pub word: Option<PathBuf>,
    #[command(flatten)]
    pub range: RangeArgs,
    /// A base of your own in place of the data's: so many users
    #[arg(long, value_name = "N", group = "base")]
    pub users: Option<String>,
    /// Of these so many new ones, who cost something [default: all]
    #[arg(long, value_name = "N", group = "base")]
    pub new_users: Option<String>,
    /// Ad spend per new user
    #[arg(long, value_name = "MONEY", group = "base")]
    pub cost_per_user: Option<String>,
    /// Team cost
    #[arg(long, alias = "team-cost", value_name = "MONEY", group = "base")]
    pub team: Option<String>,
    /// Other cost
    #[arg(long, alias = "other-cost", value_name = "MONEY", group = "base")]
    pub other: Option<String>,
    /// So many of the users buy, such as 3% or 0.03
    #[arg(long, value_name = "SHARE", group = "base")]
    pub conversion: Option<String>,
    /// Revenue per buyer
    #[arg(long, value_name = "MONEY", group = "base")]
    pub revenue_per_buyer: Option<String>,
    /// So many of the users are distributors
    #[arg(long, value_name = "SHARE", group = "base")]
    pub distributor_rate: Option<String>,
    /// So many of the distributors sell
    #[arg(long, value_name = "SHARE", group = "base")]
    pub active_rate: Option<String>,
    /// Revenue per active distributor
    #[arg(long, value_name = "MONEY", group = "base")]
    pub revenue_per_active: Option<String>,
    /// Commission as a share of the revenue of distribution
    #[arg(long, value_name = "SHARE", group = "base")]
    pub commission_rate: Option<String>,
    /// Change a driver: conversion=4%, conversion=+10% (of what it is), conversion=+1pp, team_cost=-5000; repeatable
    #[arg(long, value_name = "DRIVER=CHANGE", conflicts_with = "scenario")]
    pub set: Vec<String>,
    /// What must this driver be to reach the --target?
    #[arg(long, value_name = "DRIVER")]
    pub solve: Option<String>,
    /// A key and its value, such as direct.profit=0 [default: total.profit=0]
    #[arg(long, value_name = "KEY=VALUE", conflicts_with_all = ["vary", "tornado", "scenario"])]
    pub target: Option<String>,
    /// What must each driver be, all others as they are, to break even or reach the --target?
    #[arg(long)]
    pub break_even: bool,
    /// A table over the values of a driver, both ends included: conversion=1%..5%/1%, users=-20%..+20%/10%; twice: a grid
    #[arg(long, value_name = "DRIVER=FROM..TO/STEP")]
    pub vary: Vec<String>,
    /// Each driver 10 % lower and higher, ranked by what that does
    #[arg(long)]
    pub tornado: bool,
    /// The key that --vary and --tornado show [default: total.profit]
    #[arg(long, value_name = "KEY", conflicts_with_all = ["solve", "break_even", "scenario"])]
    pub of: Option<String>,
    /// The scenarios of this file side by side
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Exit with 3 where this holds in a scenario, or in the base where there is none, such as 'total.profit < 0'; repeatable
    #[arg(long, value_name = "CONDITION", allow_hyphen_values = true)]
    pub fail_if: Vec<String>,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    #[command(flatten)]
    pub common: Common,
    /// The figure: a key of the statement such as direct.conversion, or any name of it in either language
    #[arg(value_name = "KEY")]
    pub key: Option<String>,
    #[command(flatten)]
    pub range: RangeArgs,
    /// Only what stands in this channel
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Option<String>,
    /// List the first N rows of each figure and file, or all
    #[arg(long, value_name = "N", default_value = "5")]
    pub rows: String,
}

#[derive(Debug, Args)]
pub struct DefineArgs {
    /// A key of the statement, or any name of a term in either language [default: lists all]
    #[arg(value_name = "TERM")]
    pub term: Vec<String>,
    /// How the report is written; -o's ending says it too
    #[arg(short = 'O', long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(crate::render::Format::NAMES))]
    pub format: Option<String>,
    /// Write the report to a file, whole or not at all, in place of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Colours in the terminal
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = PossibleValuesParser::new(["auto", "always", "never"]))]
    pub color: String,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub common: Common,
    /// Also say, for each file: rows, span of dates, sum, columns not read
    #[arg(short, long)]
    pub verbose: bool,
}

#[derive(Debug, Args)]
pub struct InitArgs {
    /// The directory to begin; it may be there, but hold no data
    #[arg(default_value = ".", value_name = "DIR")]
    pub dir: PathBuf,
    /// Read these exports where they lie, files or directories of them: nothing is copied or changed
    #[arg(long, value_name = "EXPORTS", num_args = 1..)]
    pub from: Vec<PathBuf>,
    /// Read the table of this profile by it, whatever its header is like; repeatable
    #[arg(long, value_name = "NAME", requires = "from")]
    pub profile: Vec<String>,
    /// No notes on standard error
    #[arg(short, long)]
    pub quiet: bool,
}
