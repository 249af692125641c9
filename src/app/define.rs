//! `define`: what a term means. It reads no data.

use super::{Run, screen_for};
use crate::cli::DefineArgs;
use crate::error::{Defect, UsageError, exit};
use crate::glossary::{Glossary, Unknown};
use crate::lang::Lang;
use crate::output;
use crate::render::{Format, render};
use crate::report::define::{For, all, one};
use crate::request;
use crate::said;

pub fn run(args: &DefineArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let format = request::format_of(args.format.as_deref(), args.output.as_deref())?;
    let glossary = Glossary::read().map_err(Defect)?;
    let reader = match format {
        Format::Table => For::Screen,
        Format::Markdown => For::Markdown,
        Format::Csv | Format::Tsv | Format::Json => For::Programs,
    };
    // Words of one name need no quotes.
    let name = args.term.join(" ");
    let document = match name.trim() {
        "" => all(&glossary, reader, lang),
        name => {
            let terms = glossary.find(name).map_err(|unknown| not_found(name, &unknown))?;
            one(&glossary, &terms, reader, lang)
        }
    };
    let bytes = render(&document, format, screen_for(args.output.as_deref(), &args.color));
    match &args.output {
        Some(path) => output::to_file(path, &bytes, &[])?,
        None => run.out = bytes,
    }
    Ok(exit::DONE)
}

fn not_found(name: &str, unknown: &Unknown) -> UsageError {
    UsageError(match unknown.near {
        Some(near) => said!(
            "define: there is no term {name:?}; did you mean {near:?}?",
            "define：没有术语 {name:?}；是否指 {near:?}？"
        ),
        None => said!(
            "define: there is no term {name:?}; without one, all are listed",
            "define：没有术语 {name:?}；不带术语则列出全部"
        ),
    })
}
