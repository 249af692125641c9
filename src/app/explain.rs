//! `explain`: where a figure comes from, down to the rows of the files.

use super::{MOST_COLUMNS, Run, Start, columns_error, refuse, start, strict, warnings};
use crate::cli::{Common, ExplainArgs};
use crate::error::{Defect, UsageError, exit};
use crate::glossary::Glossary;
use crate::input::settings::FILE;
use crate::input::{Data, SETTINGS};
use crate::lang::Lang;
use crate::render::Format;
use crate::report::explain::{Figures, For, document};
use crate::report::problems::Words;
use crate::request;
use crate::said;
use crate::words::near;
use scrm_core::explain::{leaves, sums};
use scrm_core::figures::{Key, Sums};
use scrm_core::pnl::{Statement, statement};
use std::path::PathBuf;

pub fn run(args: &ExplainArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let (common, name) = asked(args)?;
    let glossary = Glossary::read().map_err(Defect)?;
    let key = glossary.key(&name).map_err(|said| UsageError(said!("explain: ", "explain：").then(said)))?;
    let mut start = start(&common, lang)?;
    let meant = request::explain(args, key, start.today)?;
    start.options.explain = Some(meant.ask.clone());
    let data = start.load(meant.shape)?;
    let file = |n| if n == SETTINGS { FILE.to_string() } else { start.file(n) };
    let words = Words { lang, file: &file, sheets: &data.sheets };
    if data.refused() {
        return Ok(refuse(&data, &words, run));
    }
    let made = statement(&data.world, &data.fold, meant.shape, None, data.goods_cost, MOST_COLUMNS);
    let statement = made.map_err(|e| columns_error(&e))?;
    let channel = meant.ask.channel.as_deref();
    let sums = column(&data, &statement, channel)?;
    has_goods_cost(&data, key)?;
    let warnings = warnings(&data, statement.ineligible);
    if common.strict && !warnings.is_empty() {
        return Ok(strict(&warnings, &words, run));
    }
    prove(&data, key, &sums)?;
    let figures = Figures {
        key,
        sums: &sums,
        range: statement.range,
        channel,
        explained: data.explained.as_ref(),
        glossary: &glossary,
        currency: &start.settings.currency,
        warnings: &warnings,
    };
    let document = document(&figures, reader(&start), &words);
    let mut rows = figures.records(reader(&start), &words);
    start.publish_with(&document, &mut rows, &data, &warnings, &common, &words, run)?;
    Ok(exit::DONE)
}

fn reader(start: &Start) -> For {
    match start.format {
        Format::Table | Format::Markdown => For::People,
        Format::Csv | Format::Tsv => For::Sheets,
        Format::Json => For::Programs,
    }
}

/// The directory and the figure. A single word is the figure, and the directory the one we are in.
fn asked(args: &ExplainArgs) -> Result<(Common, String), UsageError> {
    match (&args.key, args.common.dir.to_str()) {
        (Some(key), _) => Ok((args.common.clone(), key.clone())),
        (None, Some(key)) if key != "." => {
            Ok((Common { dir: PathBuf::from("."), ..args.common.clone() }, key.to_string()))
        }
        _ => Err(UsageError(said!(
            "explain: name a figure, such as direct.conversion",
            "explain：请指明一个指标，如 direct.conversion"
        ))),
    }
}

/// The sums of what is asked for: a channel's, or everything's.
fn column(data: &Data, statement: &Statement, channel: Option<&str>) -> Result<Sums, UsageError> {
    let Some(name) = channel else { return Ok(statement.total) };
    let column = statement.columns.iter().find(|c| c.channel.as_deref() == Some(name));
    // A channel of those that belong to none has a column only where it holds a figure.
    match (column, &data.explained) {
        (Some(column), _) => Ok(column.sums),
        (None, Some(_)) => Ok(Sums::default()),
        (None, None) => Err(no_channel(name, statement)),
    }
}

fn no_channel(name: &str, statement: &Statement) -> UsageError {
    let known = || statement.columns.iter().filter_map(|c| c.channel.as_deref());
    let all = known().collect::<Vec<_>>().join(", ");
    UsageError(match near(name, known()) {
        Some(near) => said!(
            "--channel: there is no channel {name:?}; did you mean {near:?}?",
            "--channel：没有渠道 {name:?}；是否指 {near:?}？"
        ),
        None if all.is_empty() => said!(
            "--channel: there is no channel {name:?}; the data names none",
            "--channel：没有渠道 {name:?}；数据中没有任何渠道"
        ),
        None => said!(
            "--channel: there is no channel {name:?}; there are {all}",
            "--channel：没有渠道 {name:?}；现有 {all}"
        ),
    })
}

fn has_goods_cost(data: &Data, key: Key) -> Result<(), UsageError> {
    if data.goods_cost || !key.needs_goods_cost() {
        return Ok(());
    }
    let key = key.name();
    Err(UsageError(said!(
        "explain: there is no {key}: no file of orders has a column goods_cost",
        "explain：没有 {key}：orders 的任何文件都没有 goods_cost 列"
    )))
}

/// The rows add up to the statement's own figures, or nothing is shown.
fn prove(data: &Data, key: Key, figures: &Sums) -> Result<(), Defect> {
    let Some(explained) = &data.explained else { return Ok(()) };
    let mut leaves = sums(key).into_iter().flat_map(leaves);
    let proved = leaves.try_for_each(|leaf| explained.found.prove(leaf.key, figures));
    proved.map_err(|e| Defect(e.to_string()))
}
