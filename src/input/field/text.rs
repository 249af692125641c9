//! What a cell of text may hold, and how texts look to a person.

use super::mojibake;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The longest cell we read, in bytes.
pub const CELL_BYTES: usize = 4_096;

/// What may not stand in a cell we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    Nul,
    Control,
    TooLong(usize),
    Invisible,
    NotUtf8,
    /// It was read in another encoding than it was written in.
    Mojibake,
}

/// Unicode category Cf: zero-width and direction marks, soft hyphens.
pub fn is_invisible(c: char) -> bool {
    !c.is_ascii() && c.general_category() == GeneralCategory::Format
}

/// Checks a cell of text against its longest form; `ids` also against invisible characters.
pub fn check(cell: &[u8], longest: usize, ids: bool) -> Result<&str, TextError> {
    let plain = |b: &u8| (0x20..0x7f).contains(b);
    if cell.len() <= longest && cell.iter().all(plain) {
        // ASCII is UTF-8.
        return std::str::from_utf8(cell).map_err(|_| TextError::NotUtf8);
    }
    if cell.contains(&0) {
        return Err(TextError::Nul);
    }
    // A giant cell is kept only in part, and may be cut inside a character: it is too long whatever else it is.
    let text = match std::str::from_utf8(cell) {
        Err(_) if cell.len() > longest => return Err(TextError::TooLong(longest)),
        Err(_) => return Err(TextError::NotUtf8),
        Ok(text) => text,
    };
    if cell.len() <= longest && mojibake::of(text).is_some() {
        return Err(TextError::Mojibake);
    }
    if text.chars().any(char::is_control) {
        return Err(TextError::Control);
    }
    if cell.len() > longest {
        return Err(TextError::TooLong(longest));
    }
    if ids && text.chars().any(is_invisible) {
        return Err(TextError::Invisible);
    }
    Ok(text)
}

/// The same for all texts that differ only in case, width, Unicode normal form or invisible characters.
/// `None` where the text is its own likeness.
pub fn likeness(text: &str) -> Option<String> {
    if text.is_ascii() {
        return text.bytes().any(|b| b.is_ascii_uppercase()).then(|| text.to_ascii_lowercase());
    }
    let folded: String = text
        .nfkc()
        .filter(|c| !is_invisible(*c))
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .nfkc()
        .collect();
    (folded != text).then_some(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cell_may_hold() {
        assert_eq!(check("私域 tea".as_bytes(), 99, true), Ok("私域 tea"));
        assert_eq!(check(b"a\0b", 99, false), Err(TextError::Nul));
        assert_eq!(check(b"a\tb", 99, false), Err(TextError::Control));
        assert_eq!(check("a\u{9b}b".as_bytes(), 99, false), Err(TextError::Control));
        assert_eq!(check(b"a\x7fb", 99, false), Err(TextError::Control));
        assert_eq!(check("a\u{200b}".as_bytes(), 99, true), Err(TextError::Invisible));
        assert_eq!(check("a\u{ad}".as_bytes(), 99, true), Err(TextError::Invisible));
        assert_eq!(check("a\u{200b}".as_bytes(), 99, false), Ok("a\u{200b}"));
        assert_eq!(check("字".as_bytes(), 2, true), Err(TextError::TooLong(2)));
    }

    #[test]
    fn texts_that_look_alike_have_one_likeness() {
        let same = |t: &str| likeness(t).unwrap_or_else(|| t.to_string());
        for other in ["Douyin", "ＤＯＵＹＩＮ", "douyin", "dou\u{200b}yin"] {
            assert_eq!(same(other), "douyin");
        }
        assert_eq!(same("caf\u{e9}"), same("cafe\u{301}"));
        assert_ne!(same("douyin"), same("d\u{43e}uyin"), "a Cyrillic letter is another letter");
        assert_eq!(likeness("u17"), None);
    }
}
