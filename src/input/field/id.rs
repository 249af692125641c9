//! Ids: text, compared byte for byte. Spreadsheets guard long numbers with `'` or a tab, or destroy them.

use super::text::{TextError, check};
use super::trim;

/// The longest id, in bytes.
pub const ID_BYTES: usize = 256;

/// Why a cell is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdError {
    Text(TextError),
    /// A spreadsheet turned a long number into one like `1.03293E+19`: its last digits are gone.
    Scientific,
}

/// The id in a cell, empty where there is none: trimmed, without a guard.
pub fn id(cell: &[u8]) -> Result<&[u8], IdError> {
    known(cell, false)
}

/// The same of a cell of which may be known that it holds no control character.
#[inline]
pub fn known(cell: &[u8], clean: bool) -> Result<&[u8], IdError> {
    let mut text = trim(cell);
    if let Some(rest) = text.strip_prefix(b"'") {
        text = trim(rest);
    }
    if text.len() <= ID_BYTES
        && (if clean { text.is_ascii() } else { text.iter().all(|b| (0x20..0x7f).contains(b)) })
    {
        // The common case: nothing to look up.
    } else {
        check(text, ID_BYTES, true).map_err(IdError::Text)?;
    }
    if is_scientific(text) {
        return Err(IdError::Scientific);
    }
    Ok(text)
}

/// An id as most are, in a cell without control characters: ASCII, nothing to trim and no guard, and by its second
/// byte not what a spreadsheet makes of a number. `false` says nothing against an id.
#[inline]
pub fn is_plain(cell: &[u8]) -> bool {
    is_plain_in(cell, false)
}

/// The same where the cell may be known to be ASCII.
#[inline(always)]
pub fn is_plain_in(cell: &[u8], ascii: bool) -> bool {
    let (Some(first), Some(last)) = (cell.first(), cell.last()) else { return false };
    let plain = first.is_ascii_alphanumeric() && *last > b' ' && !begins_scientific(cell);
    plain && cell.len() <= ID_BYTES && (ascii || cell.is_ascii())
}

/// What exports write where there is no id. None begins like a plain id, so that no such row is read at a glance.
const PLACEHOLDERS: [&str; 17] = [
    "-", "--", "---", "—", "——", "－", "/", "\\", "\\N", "空", "无", "未知", "暂无", "?", "*", "#N/A", "(空)",
];

/// Does an id look as if it meant that there is none?
pub fn is_placeholder(id: &[u8]) -> bool {
    id.len() <= 6
        && !id.first().is_some_and(u8::is_ascii_alphanumeric)
        && PLACEHOLDERS.iter().any(|word| word.as_bytes() == id)
}

/// What exports write where an order has no distributor, beside what stands for no id anywhere.
const NOBODY: [&str; 16] = [
    "0",
    "null",
    "Null",
    "NULL",
    "none",
    "None",
    "NONE",
    "n/a",
    "N/A",
    "nan",
    "NaN",
    "undefined",
    "nil",
    "否",
    "没有",
    "无分销员",
];

/// Does a cell in an export say that there is no distributor?
pub fn is_nobody(id: &[u8]) -> bool {
    id.len() <= 12 && (is_placeholder(id) || NOBODY.iter().any(|word| word.as_bytes() == id))
}

/// Most ids begin with another character than a digit, or with two.
#[inline]
fn begins_scientific(text: &[u8]) -> bool {
    matches!(text, [b'0'..=b'9', b'.' | b'E' | b'e', ..])
}

/// One digit, perhaps decimals, `E` or `e`, a sign, digits.
fn is_scientific(text: &[u8]) -> bool {
    if !begins_scientific(text) {
        return false;
    }
    let digits = |t: &[u8]| t.iter().take_while(|b| b.is_ascii_digit()).count();
    let rest = &text[1..];
    let rest = match rest.strip_prefix(b".") {
        Some(part) if digits(part) > 0 => &part[digits(part)..],
        Some(_) => return false,
        None => rest,
    };
    match rest {
        [b'E' | b'e', b'+' | b'-', exponent @ ..] => {
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_are_dropped_and_nothing_else() {
        for (cell, want) in [
            ("4200017", "4200017"),
            (" 'o1\t", "o1"),
            ("\t'00420001", "00420001"),
            ("o 1", "o 1"),
            ("`o1", "`o1"),
            ("=\"o1\"", "=\"o1\""),
            ("'", ""),
            ("  ", ""),
            ("''o", "'o"),
        ] {
            assert_eq!(id(cell.as_bytes()), Ok(want.as_bytes()), "{cell:?}");
        }
    }

    #[test]
    fn numbers_that_a_spreadsheet_destroyed() {
        for cell in ["1.03293E+19", "4E+27", "1e+5", "1.5E-05"] {
            assert_eq!(id(cell.as_bytes()), Err(IdError::Scientific), "{cell}");
        }
        for cell in ["12e3", "1E5", "12.5E+3", "E+19", "1.E+5", "1E+", "1E+5x"] {
            assert!(id(cell.as_bytes()).is_ok(), "{cell} may be a real id");
        }
    }

    #[test]
    fn what_stands_for_no_id_is_never_plain() {
        for word in PLACEHOLDERS {
            assert!(is_placeholder(word.as_bytes()) && !is_plain(word.as_bytes()), "{word}");
        }
        assert!(!is_placeholder(b"") && !is_placeholder(b"o1"));
        assert!(is_nobody(b"0") && is_nobody("暂无".as_bytes()) && !is_nobody(b"10") && !is_nobody(b""));
    }

    #[test]
    fn limits() {
        assert!(id(&[b'a'; 256]).is_ok());
        assert_eq!(id(&[b'a'; 257]), Err(IdError::Text(TextError::TooLong(256))));
        assert_eq!(id("字".repeat(86).as_bytes()), Err(IdError::Text(TextError::TooLong(256))));
        assert_eq!(id(b"a\tb"), Err(IdError::Text(TextError::Control)));
    }
}
