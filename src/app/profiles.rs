//! `profiles`: how exports are read.

use super::Run;
use crate::cli::ProfilesArgs;
use crate::error::{UsageError, exit};
use crate::input::profile::{self, Profiles};
use crate::input::settings;
use crate::input::source::DataDir;
use crate::lang::Lang;
use crate::output;
use crate::render::render;
use crate::said;
use crate::{report, request};

pub fn run(args: &ProfilesArgs, lang: Lang, run: &mut Run) -> anyhow::Result<u8> {
    let mut inputs = Vec::new();
    let profiles = match &args.dir {
        None => Profiles::default(),
        Some(dir) => {
            DataDir::check(dir)?;
            inputs = super::ids(std::iter::once(dir.join(settings::FILE)));
            settings::read(dir)?.profiles
        }
    };
    let what: Vec<&str> = args.what.iter().map(String::as_str).collect();
    let bytes = match what[..] {
        [] => {
            let format = request::format_of(args.format.as_deref(), args.output.as_deref())?;
            let document = report::exports::profiles(profiles.all().map(|p| &**p), lang);
            render(&document, format, super::screen_of(&args.color, args.output.as_deref()))
        }
        ["show", name] => shown(name, &profiles)?,
        _ => {
            let typed = what.join(" ");
            return Err(UsageError(said!(
                "profiles {typed}: write profiles, or profiles show NAME",
                "profiles {typed}：请写 profiles，或 profiles show 名称"
            ))
            .into());
        }
    };
    match &args.output {
        Some(path) => output::to_file(path, &bytes, &inputs)?,
        None => run.out = bytes,
    }
    Ok(exit::DONE)
}

/// The text of a profile that comes with the program.
fn shown(name: &str, profiles: &Profiles) -> Result<Vec<u8>, UsageError> {
    if let Some(text) = profile::text_of(name) {
        return Ok(text.as_bytes().to_vec());
    }
    Err(UsageError(match profiles.named(name) {
        Some(_) => said!(
            "profiles show {name}: it is one of your own, and stands in scrm.toml or a file named there",
            "profiles show {name}：这是您自己的配置，写在 scrm.toml 或其中指定的文件里"
        ),
        None => {
            let all: Vec<_> = profiles.all().cloned().collect();
            profile::unknown("profiles show", name, &all)
        }
    }))
}
