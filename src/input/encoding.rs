//! How text is written: the encodings that are read, and which one a file is in.
//!
//! UTF-16 becomes UTF-8 as it is read. GB18030 and Latin-1 keep `,` `;` `"` and line ends as they are, so their bytes are
//! cut into chunks of whole records as those of UTF-8 are, and each worker makes UTF-8 of its own chunks. What no text
//! can be made of becomes a byte that is no UTF-8 either, and is refused where its row is looked at.

pub mod gb18030;
mod utf16;

use super::source::{FileError, Open, Part};
use gb18030::Evidence;
pub use utf16::Utf16;

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Gb18030,
    Utf16Le,
    Utf16Be,
    /// As the web reads it: as windows-1252.
    Latin1,
}

impl Encoding {
    pub const ALL: [Encoding; 5] =
        [Encoding::Utf8, Encoding::Gb18030, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Latin1];

    /// As it is called in settings.
    pub const fn key(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Gb18030 => "gb18030",
            Encoding::Utf16Le => "utf-16le",
            Encoding::Utf16Be => "utf-16be",
            Encoding::Latin1 => "latin-1",
        }
    }

    /// As it is called in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Gb18030 => "GB18030",
            Encoding::Utf16Le => "UTF-16LE",
            Encoding::Utf16Be => "UTF-16BE",
            Encoding::Latin1 => "Latin-1",
        }
    }

    /// Is UTF-8 made of it as it is read?
    pub const fn is_utf16(self) -> bool {
        matches!(self, Encoding::Utf16Le | Encoding::Utf16Be)
    }

    /// Makes UTF-8 of whole characters in a buffer, whose content and length are of no account, and tells whether all of
    /// it is text; `None` where it comes as it is.
    pub fn to_utf8<'o>(self, raw: &[u8], out: &'o mut Vec<u8>) -> Option<(&'o [u8], bool)> {
        match self {
            Encoding::Gb18030 => {
                let (length, sound) = gb18030::to_utf8(raw, out);
                Some((&out[..length], sound))
            }
            Encoding::Latin1 => {
                let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(raw);
                *out = text.into_owned().into_bytes();
                Some((out, true))
            }
            _ => None,
        }
    }

    /// Do chunks have to be made UTF-8 before they are split?
    pub const fn is_kept_raw(self) -> bool {
        matches!(self, Encoding::Gb18030 | Encoding::Latin1)
    }
}

/// Of a file that is not UTF-8, so much is looked at behind the first byte that shows it.
const LOOKED_AT: usize = 64 * 1024;

/// Which encoding a file without a byte order mark is in: UTF-8, or GB18030 where it is not UTF-8 and most of its
/// characters are common Chinese ones. It depends on the file alone, not on where it is cut.
///
/// # Errors
/// [`FileError`].
pub fn judge(part: &Part) -> Result<Encoding, FileError> {
    let mut open = part.open()?;
    let (mut utf8, mut chinese, mut behind) = (Utf8::default(), Evidence::default(), 0);
    let mut piece = Vec::new();
    loop {
        piece.clear();
        let ended = Open::fill(&mut open, &mut piece, LOOKED_AT)?;
        utf8.feed(&piece);
        chinese.feed(&piece);
        if utf8.bad {
            behind += piece.len();
        }
        if ended || behind > LOOKED_AT {
            let is_utf8 = !utf8.bad && utf8.rest.is_empty();
            return Ok(if !is_utf8 && chinese.is_enough() { Encoding::Gb18030 } else { Encoding::Utf8 });
        }
    }
}

/// Is a stream of pieces UTF-8?
#[derive(Debug, Default)]
pub struct Utf8 {
    /// The beginning of a character whose end is still to come.
    pub rest: Vec<u8>,
    pub bad: bool,
}

impl Utf8 {
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !self.rest.is_empty() && !bytes.is_empty() {
            self.rest.push(bytes[0]);
            bytes = &bytes[1..];
            match std::str::from_utf8(&self.rest) {
                Ok(_) => self.rest.clear(),
                Err(e) if e.error_len().is_none() => {}
                Err(_) => {
                    self.bad = true;
                    self.rest.clear();
                }
            }
        }
        if let Err(e) = simdutf8::compat::from_utf8(bytes) {
            match e.error_len() {
                None => self.rest.extend_from_slice(&bytes[e.valid_up_to()..]),
                Some(_) => self.bad = true,
            }
        }
    }
}
