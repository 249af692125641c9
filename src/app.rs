//! The story of a run: read → fold → statement → document → bytes. The only place that sees every layer.

mod beside;
mod bridge;
mod check;
mod cohort;
mod compare;
mod define;
mod distributors;
mod explain;
mod init;
mod inspect;
mod payment_file;
mod payouts;
mod plan;
mod profiles;
mod progress;
mod statements;
mod targets;
mod why;

use crate::cli::{Cli, Command, Common, PnlArgs};
use crate::error::{Defect, UsageError, exit, status, words};
use crate::input::problem::{Code, FileNo, Problem};
use crate::input::settings::{self, Settings};
use crate::input::source::DataDir;
use crate::input::{self, Data, ReadOptions};
use crate::lang::Lang;
use crate::output::{self, FileId};
use crate::render::{Format, Records, Screen, render_with, text};
use crate::report::check::refusal;
use crate::report::document::Document;
use crate::report::problems::Words;
use crate::said;
use crate::{help_zh, report, request};
use clap::{CommandFactory, FromArgMatches};
use progress::Progress;
use scrm_core::against::Against;
use scrm_core::change::Before;
use scrm_core::fold::Shape;
use scrm_core::pnl::{Both, InTurn, Key, Statement, Sums, data_days, statement_by};
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// More columns than this are not built: nobody reads them, and they would fill the memory.
const MOST_COLUMNS: u64 = 500_000;

/// What a run has to say: the report for standard output, the rest for standard error, and the exit status.
#[derive(Debug, Default)]
pub struct Run {
    pub out: Vec<u8>,
    pub err: String,
    pub status: u8,
}

impl Run {
    fn say(&mut self, line: &str) {
        self.err.push_str(&text::screen(line));
        self.err.push('\n');
    }
}

/// The language of a command line, program name first: asked for, or the environment's.
pub fn language(args: &[OsString]) -> Lang {
    let env = |name: &str| std::env::var(name).ok();
    request::lang(asked_language(args).as_deref(), env)
}

/// Begins every line that says what went wrong.
fn error_line(words: &str, lang: Lang) -> String {
    format!("{}: {words}", lang.pick("error", "错误"))
}

/// Runs a command line, program name first. Reports for files are written; all else is returned.
pub fn run(args: &[OsString]) -> Run {
    let lang = language(args);
    let mut command = Cli::command();
    if lang == Lang::Zh {
        command = help_zh::translated(command);
    }
    let cli = command.try_get_matches_from(args).and_then(|m| Cli::from_arg_matches(&m));
    match cli {
        Ok(cli) => {
            let mut run = Run::default();
            let done = match &cli.command {
                Command::Pnl(args) => pnl(args, lang, &mut run),
                Command::Payouts(args) => payouts::run(args, lang, &mut run),
                Command::Bridge(args) => bridge::run(args, lang, &mut run),
                Command::Cohort(args) => cohort::run(args, lang, &mut run),
                Command::Plan(args) => plan::run(args, lang, &mut run),
                Command::Check(args) => check::run(args, lang, &mut run),
                Command::Distributors(args) => distributors::run(args, lang, &mut run),
                Command::Explain(args) => explain::run(args, lang, &mut run),
                Command::Define(args) => define::run(args, lang, &mut run),
                Command::Profiles(args) => profiles::run(args, lang, &mut run),
                Command::Inspect(args) => inspect::run(args, lang, &mut run),
                Command::Init(args) => init::run(args, lang, &mut run),
            };
            match done {
                Ok(status) => run.status = status,
                Err(e) => {
                    run.status = status(&e);
                    run.out.clear();
                    run.say_lines(&error_line(&words(&e, lang), lang));
                }
            }
            run
        }
        Err(e) => usage(&e, lang),
    }
}

impl Run {
    /// Says a text of several lines; line ends that are ours stay.
    fn say_lines(&mut self, lines: &str) {
        lines.split('\n').for_each(|l| self.say(l));
    }
}

/// What follows `--lang`, before anything else is understood: even the help is in a language.
fn asked_language(args: &[OsString]) -> Option<String> {
    let mut args = args.iter().skip(1).map(|a| a.to_string_lossy()).take_while(|a| a != "--");
    while let Some(arg) = args.next() {
        if arg == "--lang" {
            return args.next().map(|a| a.into_owned());
        }
        if let Some(lang) = arg.strip_prefix("--lang=") {
            return Some(lang.to_string());
        }
    }
    None
}

/// Help and version go to standard output; what was typed wrong, to standard error.
fn usage(e: &clap::Error, lang: Lang) -> Run {
    let said = e.render().to_string();
    if !e.use_stderr() {
        return Run { out: said.into_bytes(), status: exit::DONE, err: String::new() };
    }
    let said = match lang {
        Lang::En => said,
        Lang::Zh => help_zh::usage_error(e, &said),
    };
    let mut run = Run { status: exit::USAGE, ..Run::default() };
    run.say_lines(said.trim_end());
    run
}

/// The files at these paths, as far as there are any.
fn ids(paths: impl Iterator<Item = PathBuf>) -> Vec<FileId> {
    paths.filter_map(|p| std::fs::metadata(p).ok()).map(|m| FileId::of(&m)).collect()
}

/// What every command has worked out before it reads.
struct Start {
    dir: DataDir,
    settings: Settings,
    format: Format,
    options: ReadOptions,
    inputs: Vec<FileId>,
    today: scrm_core::date::Day,
    /// Somebody may be waiting at a terminal: show how far the reading is, in this language.
    progress: Option<Lang>,
}

fn start(common: &Common, lang: Lang) -> anyhow::Result<Start> {
    let format = request::format(common)?;
    DataDir::check(&common.dir)?;
    let mut settings = settings::read(&common.dir)?;
    for name in &common.profile {
        settings.profiles.force("--profile", name).map_err(UsageError)?;
    }
    let dir = DataDir::open(&common.dir, &settings.files)?.with_sheets(&settings.sheets)?;
    let today = request::today(common, &settings.zone)?;
    let paths = dir.parts.iter().map(|p| p.path.clone()).chain([dir.root.join(settings::FILE)]);
    let inputs = ids(paths);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let options = ReadOptions {
        shape: request::whole(),
        today,
        max_errors: if common.max_errors == 0 { usize::MAX } else { common.max_errors },
        threads: common.threads.map_or(cores, usize::from),
        chunk_bytes: common.chunk_bytes.map_or(512 << 10, |n| n as usize),
        watch: None,
        explain: None,
        read: Arc::default(),
        has_refunds: false, // what is there is seen where it is read
    };
    let waiting = !common.quiet && std::io::stderr().is_terminal();
    let progress = waiting.then_some(lang);
    let start = Start { dir, settings, format, options, inputs, today, progress };
    if let Some(path) = &common.output {
        start.may_write(path, "-o", ["choose another", "请换一个名字"])?;
    }
    Ok(start)
}

impl Start {
    /// Refuses a file that may not be written: an input, no file, or a name that would be read as data. `instead`
    /// says what to do, in English and in Chinese.
    fn may_write(&self, path: &Path, option: &str, instead: [&str; 2]) -> anyhow::Result<()> {
        output::check_target(path, &self.inputs)?;
        let place = output::place_of(path);
        if [path, &place].into_iter().any(|p| self.dir.would_be_a_part(p)) {
            let [en, zh] = instead;
            return Err(UsageError(said!(
                "{option} {path:?}: the next run would read this name as data; {en}",
                "{option} {path:?}：下次运行会把它当作数据读入，{zh}"
            ))
            .into());
        }
        Ok(())
    }

    /// Is this directory a table's folder, or would it be one if it were made, whatever links lead there?
    fn would_be_a_folder(&self, path: &Path) -> bool {
        // Without slashes at its end, behind which a link would not be seen.
        let path: PathBuf = path.components().collect();
        self.dir.is_a_folder(&path) || self.dir.folders().any(|folder| output::are_one(&folder, &path))
    }

    fn load(&self, shape: Shape) -> anyhow::Result<Data> {
        self.load_by(&self.settings, shape)
    }

    /// Reads the data by other settings than its own.
    fn load_by(&self, settings: &Settings, shape: Shape) -> anyhow::Result<Data> {
        let options = ReadOptions { shape, ..self.options.clone() };
        let line = self.progress.map(|lang| {
            options.read.store(0, Ordering::Relaxed);
            Progress::watch(options.read.clone(), self.dir.bytes(), lang)
        });
        let data = input::load(&self.dir, settings, &options);
        drop(line);
        let data = data?;
        let residual = data.reconciliation().residual;
        if !residual.is_zero() {
            return Err(Defect(format!("the buckets do not add up to all orders: {residual:?}")).into());
        }
        Ok(data)
    }

    fn file(&self, file: FileNo) -> String {
        self.dir.name(file).to_string()
    }

    /// Absent tables are named once.
    fn note_absent(&self, data: &Data, common: &Common, lang: Lang, run: &mut Run) {
        let names: Vec<&str> = data.absent.iter().map(|t| t.name()).collect();
        if !names.is_empty() && !common.quiet {
            run.say(&match lang {
                Lang::En => format!("note: not there, counted as empty: {}", names.join(", ")),
                Lang::Zh => format!("说明：以下各表不存在，按空表计：{}", names.join("、")),
            });
        }
    }

    /// What was read by a profile is said once for each, and what was left aside for each file.
    fn note_exports(&self, data: &Data, common: &Common, lang: Lang, run: &mut Run) {
        if !common.quiet {
            let label = lang.pick("note: ", "说明：");
            report::exports::notes(data, lang).iter().for_each(|note| run.say(&format!("{label}{note}")));
        }
    }

    /// Columns that the settings map in vain are named, by every command.
    fn note_unmapped(&self, data: &Data, common: &Common, lang: Lang, run: &mut Run) {
        for u in data.unmapped.iter().filter(|_| !common.quiet) {
            let (table, column, names) = (u.table.name(), u.column, u.names.join(", "));
            let near = u.near.as_ref();
            let (en, zh) = near.map_or_else(Default::default, |n| {
                (format!("; the nearest is {n}"), format!("；最接近的是 {n}"))
            });
            let said = said!(
                "note: {table}: no header is {names}, to which scrm.toml maps {column}; it counts as empty{en}",
                "说明：{table}：表头没有 scrm.toml 为 {column} 指定的 {names}，该列按空计{zh}"
            );
            run.say(said.in_lang(lang));
        }
    }

    /// Renders a report, says beside it what must be known, and sends it where it was asked to go.
    fn publish(
        &self,
        document: &Document,
        data: &Data,
        warnings: &[Problem],
        common: &Common,
        words: &Words,
        run: &mut Run,
    ) -> anyhow::Result<()> {
        self.publish_with(document, &mut std::iter::empty(), data, warnings, common, words, run)
    }

    /// The same with further records of the first table, which programs get one by one.
    #[expect(clippy::too_many_arguments, reason = "what a report is made of and where it goes")]
    fn publish_with(
        &self,
        document: &Document,
        more: Records,
        data: &Data,
        warnings: &[Problem],
        common: &Common,
        words: &Words,
        run: &mut Run,
    ) -> anyhow::Result<()> {
        let bytes = render_with(document, more, self.format, screen(common));
        // A warning is said once: in the report where a person reads it there, else on standard error.
        let in_report = common.output.is_none() && self.for_people();
        self.say_beside(data, if in_report { &[] } else { warnings }, common, words, run);
        self.deliver(bytes, common, run)
    }

    /// Says beside what is written what must be known.
    fn say_beside(&self, data: &Data, warnings: &[Problem], common: &Common, words: &Words, run: &mut Run) {
        self.note_exports(data, common, words.lang, run);
        self.note_absent(data, common, words.lang, run);
        self.note_unmapped(data, common, words.lang, run);
        warnings.iter().filter(|_| !common.quiet).for_each(|w| run.say(&words.line(w)));
    }

    /// Is the report for people to read, and not for a program?
    fn for_people(&self) -> bool {
        matches!(self.format, Format::Table | Format::Markdown)
    }

    /// Sends a finished report where it was asked to go.
    fn deliver(&self, bytes: Vec<u8>, common: &Common, run: &mut Run) -> anyhow::Result<()> {
        match &common.output {
            Some(path) => output::to_file(path, &bytes, &self.inputs)?,
            None => run.out = bytes,
        }
        Ok(())
    }
}

/// Says why the data was refused; the report is not made.
fn refuse(data: &Data, words: &Words, run: &mut Run) -> u8 {
    let errors = data.problems.errors_shown();
    errors.iter().flat_map(|p| words.lines(p)).for_each(|l| run.say(&l));
    run.say(&refusal(data.problems.errors, errors.len(), words.lang));
    exit::REFUSED
}

/// The warnings of the data, and those that only the calculation finds.
fn warnings(data: &Data, ineligible: u64) -> Vec<Problem> {
    let mut all = data.problems.warnings();
    // Where rows were refused, others seem to refer to nothing: that is no finding about those.
    all.retain(|p| !data.refused() || !p.code.is_about_other_tables());
    if ineligible > 0 {
        all.push(Problem::new(Code::IneligibleDistributor, None).count(ineligible));
    }
    all.sort_by_key(|p| (p.code, p.place));
    all
}

/// `--strict`: a warning refuses the data.
fn strict(warnings: &[Problem], words: &Words, run: &mut Run) -> u8 {
    warnings.iter().for_each(|w| run.say(&words.line(w)));
    run.say(words.lang.pick("--strict: nothing was calculated", "--strict：未做任何计算"));
    exit::REFUSED
}

fn pnl(args: &PnlArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let common = &args.common;
    let start = start(common, lang)?;
    let meant = request::pnl(args, start.today)?;
    if meant.targets {
        return targets::run(&start, common, &meant, lang, run);
    }
    if let Some(against) = meant.against {
        return pnl_beside(&start, common, &meant, against, lang, run);
    }
    let data = start.load(meant.shape)?;
    let file = |n| start.file(n);
    let words = Words { lang, file: &file, sheets: &data.sheets };
    if data.refused() {
        return Ok(refuse(&data, &words, run));
    }
    let Data { world, fold, goods_cost, .. } = &data;
    let both = AtOnce(start.options.threads);
    let made = statement_by(&both, world, fold, meant.shape, meant.allocate, *goods_cost, MOST_COLUMNS);
    let statement = made.map_err(|e| columns_error(&e))?;
    let warnings = warnings(&data, statement.ineligible);
    if common.strict && !warnings.is_empty() {
        return Ok(strict(&warnings, &words, run));
    }
    let document = report::pnl::document(&statement, &start.settings.currency, &warnings, &words);
    start.publish(&document, &data, &warnings, common, &words, run)?;
    Ok(tell_held(&held(&statement, &[], None, &meant.conditions), run))
}

/// The statement, and how each column changed.
fn pnl_beside(
    start: &Start,
    common: &Common,
    meant: &request::Pnl,
    against: Against,
    lang: Lang,
    run: &mut Run,
) -> anyhow::Result<u8> {
    let file = |n| start.file(n);
    let beside::Read { data, found } = beside::read(start, meant, against)?;
    let words = Words { lang, file: &file, sheets: &data.sheets };
    let Some((beside, agenda)) = found else { return Ok(refuse(&data, &words, run)) };
    let warnings = warnings(&data, beside.statement.ineligible);
    if common.strict && !warnings.is_empty() {
        return Ok(strict(&warnings, &words, run));
    }
    let found = report::pnl::change::Found {
        beside: &beside,
        agenda: &agenda,
        against,
        grain: meant.shape.grain,
        days: data_days(&data.world, &data.fold),
        currency: &start.settings.currency,
        for_people: start.for_people(),
        warnings: &warnings,
    };
    let document = report::pnl::change::document(&found, &words);
    start.publish(&document, &data, &warnings, common, &words, run)?;
    let total = beside.total.sums.as_ref();
    Ok(tell_held(&held(&beside.statement, &beside.columns, total, &meant.conditions), run))
}

/// Says which conditions hold, and returns the exit status.
fn tell_held(held: &[String], run: &mut Run) -> u8 {
    held.iter().for_each(|h| run.say(&format!("--fail-if: {h}")));
    if held.is_empty() { exit::DONE } else { exit::CONDITION }
}

/// Two things on two threads, where so many may run.
struct AtOnce(usize);

impl Both for AtOnce {
    fn both<A: Send, B: Send>(&self, a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
        if self.0 < 2 {
            return InTurn.both(a, b);
        }
        std::thread::scope(|scope| {
            let other = scope.spawn(b);
            let done = a();
            (done, other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }
}

/// The conditions that hold, each with the column where it does. `before` is what the columns are compared with, and
/// `total` what the total is.
fn held(
    statement: &Statement,
    before: &[Option<Before>],
    total: Option<&Sums>,
    conditions: &[request::Condition<Key>],
) -> Vec<String> {
    let mut held = Vec::new();
    for c in conditions {
        for (i, column) in statement.columns.iter().enumerate() {
            let from = before.get(i).and_then(|b| b.as_ref()?.sums.as_ref());
            if c.holds_for(&column.sums, from, statement.goods_cost) {
                let names = [Some(column.period.as_str()), column.channel.as_deref()];
                held.push(format!(
                    "{} ({})",
                    c.text,
                    names.into_iter().flatten().collect::<Vec<_>>().join(", ")
                ));
            }
        }
        // A single column is its own total, and is said once.
        if statement.columns.len() != 1 && c.holds_for(&statement.total, total, statement.goods_cost) {
            held.push(format!("{} (total)", c.text));
        }
    }
    held
}

fn columns_error(e: &scrm_core::period::PeriodsError) -> UsageError {
    use scrm_core::period::PeriodsError::{NoDays, TooMany};
    UsageError(match e {
        NoDays(r) => {
            let (b, e) = (r.begin, r.end);
            said!(
                "the range from {b} up to {e} holds no day; one end comes from the data: give the other too",
                "从 {b} 到 {e}（不含）没有一天；其中一端取自数据，请把另一端也给出"
            )
        }
        TooMany { columns, limit } => said!(
            "{columns} periods are more than the {limit} that are shown with so many channels; a date far from the \
             others may be wrong (see check --verbose), else choose a shorter range or longer periods",
            "{columns} 个期间超过上限 {limit}（按渠道数计）；可能有日期写错（见 check --verbose），否则请缩短范围或加长期间"
        ),
    })
}

fn screen(common: &Common) -> Screen {
    screen_for(common.output.as_deref(), &common.color)
}

/// How wide the screen is, and whether it has colours, where a report is not written to a file.
fn screen_for(output: Option<&Path>, color: &str) -> Screen {
    let terminal = std::io::stdout().is_terminal() && output.is_none();
    let set = std::env::var("COLUMNS")
        .ok()
        .and_then(|c| c.parse::<usize>().ok())
        .filter(|c| (1..10_000).contains(c));
    let size = || terminal_size::terminal_size_of(std::io::stdout()).map(|(w, _)| usize::from(w.0));
    let width = if output.is_some() { None } else { set.or_else(|| terminal.then(size).flatten()) };
    let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
        || std::env::var("TERM").is_ok_and(|t| t == "dumb");
    let color = match color {
        "always" => true,
        "never" => false,
        _ => terminal && !plain,
    };
    Screen { width: width.map(|w| w.max(20)), color }
}

/// The line for a panic.
pub fn defect(cause: &(dyn std::any::Any + Send), lang: Lang) -> String {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("unknown cause");
    error_line(&Defect(text::screen(text).into_owned()).in_lang(lang), lang) + "\n"
}

/// The line for a report that did not arrive at standard output.
pub fn not_arrived(e: &output::OutputError, lang: Lang) -> String {
    error_line(e.said().in_lang(lang), lang) + "\n"
}
