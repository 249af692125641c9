//! From what went wrong to the exit status and the words for it.

use crate::input::settings::{Fault, SettingsError};
use crate::input::source::{Cause, FileError};
use crate::lang::{Lang, Said};
use crate::output::OutputError;
use std::fmt;

/// The exit statuses of the contract.
pub mod exit {
    pub const DONE: u8 = 0;
    /// The data was refused: nothing was calculated, nothing written.
    pub const REFUSED: u8 = 1;
    /// Wrong usage or wrong settings.
    pub const USAGE: u8 = 2;
    /// Done, and a `--fail-if` condition held.
    pub const CONDITION: u8 = 3;
    /// A file could not be read or written.
    pub const FILE: u8 = 4;
    /// A proof that the program carries with it failed: a defect of the program.
    pub const DEFECT: u8 = 70;
}

/// The command line asks for something that cannot be.
#[derive(Debug)]
pub struct UsageError(pub Said);

impl std::error::Error for UsageError {}
impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

/// The data does not allow what was asked for: nothing was written.
#[derive(Debug)]
pub struct Refused(pub Said);

impl std::error::Error for Refused {}
impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

/// What must be true of every result is not.
#[derive(Debug)]
pub struct Defect(pub String);

impl Defect {
    /// What to do about it, in a language; what is wrong, as the program's authors read it.
    pub fn in_lang(&self, lang: Lang) -> String {
        let begin = lang.pick("a defect of scrm-calc, please report it: ", "scrm-calc 的缺陷，请报告：");
        format!("{begin}{}", self.0)
    }
}

impl std::error::Error for Defect {}
impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_lang(Lang::En))
    }
}

/// The exit status of an error.
pub fn status(e: &anyhow::Error) -> u8 {
    if e.is::<UsageError>() {
        return exit::USAGE;
    }
    if e.is::<Refused>() {
        return exit::REFUSED;
    }
    if e.is::<Defect>() {
        return exit::DEFECT;
    }
    match (e.downcast_ref::<SettingsError>().map(|e| &e.fault), e.downcast_ref::<OutputError>()) {
        (Some(Fault::Wrong { .. }), _) => exit::USAGE,
        (_, Some(OutputError::TargetIsInput { .. } | OutputError::Foreign { .. })) => exit::USAGE,
        _ if e.downcast_ref::<FileError>().is_some_and(|e| matches!(e.cause, Cause::NoLines)) => exit::USAGE,
        _ if e.is::<FileError>() => exit::FILE,
        _ => exit::FILE,
    }
}

/// The words for an error in a language.
pub fn words(e: &anyhow::Error, lang: Lang) -> String {
    if let Some(e) = e.downcast_ref::<UsageError>() {
        return e.0.in_lang(lang).to_string();
    }
    if let Some(e) = e.downcast_ref::<Refused>() {
        return e.0.in_lang(lang).to_string();
    }
    if let Some(e) = e.downcast_ref::<Defect>() {
        return e.in_lang(lang);
    }
    if let Some(e) = e.downcast_ref::<SettingsError>() {
        return e.in_lang(lang);
    }
    if let Some(e) = e.downcast_ref::<FileError>() {
        return e.in_lang(lang);
    }
    match e.downcast_ref::<OutputError>() {
        Some(e) => e.said().into_lang(lang),
        None => format!("{e:#}"),
    }
}
