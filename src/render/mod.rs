//! A [`Document`] to bytes: one file per format, and the only place where a number becomes text.
//!
//! Nothing here calculates, reads a clock or knows a terminal: how wide and colourful the screen is, is told.

mod delimited;
mod grid;
mod json;
mod markdown;
pub mod number;
mod table;
pub mod text;

pub use delimited::render_as as render_table;

use crate::report::document::{Document, Record};

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For the terminal, and for text files.
    Table,
    Markdown,
    Csv,
    Tsv,
    Json,
}

impl Format {
    /// What `--format` takes.
    pub const NAMES: [&'static str; 5] = ["table", "markdown", "csv", "tsv", "json"];

    /// The format of this name, one of [`Format::NAMES`].
    pub fn from_name(name: &str) -> Option<Format> {
        Some(match name {
            "table" => Format::Table,
            "markdown" => Format::Markdown,
            "csv" => Format::Csv,
            "tsv" => Format::Tsv,
            "json" => Format::Json,
            _ => return None,
        })
    }

    /// The ending of a file of this format.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Table => "txt",
            Format::Markdown => "md",
            Format::Csv => "csv",
            Format::Tsv => "tsv",
            Format::Json => "json",
        }
    }

    /// The format that a file of this ending holds; the ending without its point, in any case.
    pub fn from_ending(ending: &str) -> Option<Format> {
        Some(match ending.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Format::Markdown,
            "csv" => Format::Csv,
            "tsv" => Format::Tsv,
            "json" => Format::Json,
            "txt" => Format::Table,
            _ => return None,
        })
    }
}

/// What [`Format::Table`] is shown on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// Columns of the terminal; `None` where there is none, and so no limit.
    pub width: Option<usize>,
    pub color: bool,
}

/// The whole report in one format. The same document gives the same bytes.
pub fn render(doc: &Document, format: Format, screen: Screen) -> Vec<u8> {
    render_with(doc, &mut std::iter::empty(), format, screen)
}

/// The same with further records of the first table, for programs: they are so many that each is made only when it is
/// written.
pub fn render_with(doc: &Document, more: Records, format: Format, screen: Screen) -> Vec<u8> {
    match format {
        Format::Table => table::render(doc, screen),
        Format::Markdown => markdown::render(doc),
        Format::Csv => delimited::render(doc, more, b','),
        Format::Tsv => delimited::render(doc, more, b'\t'),
        Format::Json => json::render(doc, more),
    }
}

/// Records one by one.
pub type Records<'a> = &'a mut dyn Iterator<Item = Record>;

#[cfg(test)]
mod sample;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_format() {
        assert!(Format::NAMES.iter().all(|name| Format::from_name(name).is_some()));
        assert_eq!(Format::from_name("TABLE"), None);
        assert_eq!(Format::from_name("xml"), None);
        for format in Format::NAMES.iter().filter_map(|name| Format::from_name(name)) {
            assert_eq!(Format::from_ending(format.ending()), Some(format));
        }
    }

    #[test]
    fn endings_have_no_case() {
        for (ending, want) in [
            ("md", Some(Format::Markdown)),
            ("Markdown", Some(Format::Markdown)),
            ("CSV", Some(Format::Csv)),
            ("tsv", Some(Format::Tsv)),
            ("Json", Some(Format::Json)),
            ("txt", Some(Format::Table)),
            ("xls", None),
            ("", None),
        ] {
            assert_eq!(Format::from_ending(ending), want, "{ending}");
        }
    }

    #[test]
    fn the_same_document_gives_the_same_bytes() {
        for name in Format::NAMES {
            let format = Format::from_name(name).unwrap();
            let one = render(&sample::statement(), format, Screen::default());
            assert_eq!(one, render(&sample::statement(), format, Screen::default()), "{name}");
            assert!(one.ends_with(b"\n"), "{name}");
        }
    }
}
