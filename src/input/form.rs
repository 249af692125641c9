//! What a file is, by its first bytes, whatever its name says.

use super::encoding::Encoding;
use super::problem::Code;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text in an encoding that its beginning shows.
    Text(Encoding),
    /// Text without a mark, in UTF-8 as far as can be seen.
    Plain,
    /// A workbook, old or new.
    Workbook,
    /// Nothing that is read.
    Refused(Code, &'static str),
}

/// What no table is in.
const REFUSED: [(&[u8], Code, &str); 13] = [
    (b"\xff\xfe\0\0", Code::Encoding, "UTF-32"),
    (b"\0\0\xfe\xff", Code::Encoding, "UTF-32"),
    (b"\xef\xbb\xbf\xef\xbb\xbf", Code::Encoding, "two byte order marks"),
    (b"\x1f\x8b", Code::BinaryFile, "gzip"),
    (b"PK\x05\x06", Code::BinaryFile, "zip"),
    (b"%PDF-", Code::BinaryFile, "PDF"),
    (b"\x89PNG", Code::BinaryFile, "PNG"),
    (b"SQLite format 3", Code::BinaryFile, "SQLite"),
    (b"PAR1", Code::BinaryFile, "Parquet"),
    (b"\x28\xb5\x2f\xfd", Code::BinaryFile, "zstd"),
    (b"BZh", Code::BinaryFile, "bzip2"),
    (b"\xfd7zXZ", Code::BinaryFile, "xz"),
    (b"7z\xbc\xaf\x27\x1c", Code::BinaryFile, "7z"),
];

/// What workbooks begin with: those that are zip, and the older ones.
const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"];

/// The byte order marks of the encodings that are read.
const MARKS: [(&[u8], Encoding); 4] = [
    (b"\xef\xbb\xbf", Encoding::Utf8),
    (b"\xff\xfe", Encoding::Utf16Le),
    (b"\xfe\xff", Encoding::Utf16Be),
    (b"\x84\x31\x95\x33", Encoding::Gb18030),
];

/// What a file is that begins so.
pub fn of(start: &[u8]) -> Form {
    if let Some((_, code, name)) = REFUSED.iter().find(|(magic, ..)| start.starts_with(magic)) {
        return Form::Refused(*code, name);
    }
    if WORKBOOKS.iter().any(|magic| start.starts_with(magic)) {
        return Form::Workbook;
    }
    if is_html(start) {
        return Form::Refused(Code::MissingColumn, "HTML");
    }
    let marked = MARKS.iter().find(|(mark, _)| start.starts_with(mark)).map(|(_, encoding)| *encoding);
    marked.or_else(|| utf16(start)).map_or(Form::Plain, Form::Text)
}

/// Is it a page, which some systems give out as `.xls`?
fn is_html(start: &[u8]) -> bool {
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    let begins = |tag: &&[u8]| text.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag));
    [&b"<!doctype html"[..], b"<html", b"<table", b"<meta", b"<head"].iter().any(begins)
}

/// The length of a byte order mark at the front of a text, as it stands once UTF-16 was read.
pub fn mark(start: &[u8]) -> usize {
    let of = |(mark, encoding): &(&[u8], Encoding)| !encoding.is_utf16() && start.starts_with(mark);
    MARKS.iter().find(|m| of(m)).map_or(0, |(mark, _)| mark.len())
}

/// UTF-16 without a mark: read in one order of bytes, many units are ASCII as delimiters and digits are, in the other
/// hardly any, and all are characters.
fn utf16(start: &[u8]) -> Option<Encoding> {
    let units = start[..start.len().min(512)].as_chunks::<2>().0;
    let ascii = |of: fn([u8; 2]) -> u16| {
        let is_text = |unit: u16| matches!(unit, 0x09 | 0x0a | 0x0d | 0x20..=0x7e);
        units.iter().filter(|pair| is_text(of(**pair))).count()
    };
    let (little, big) = (ascii(u16::from_le_bytes), ascii(u16::from_be_bytes));
    if units.len() < 4 || little.max(big) * 10 < units.len() || little.min(big) * 8 > little.max(big) {
        return None;
    }
    let (encoding, of): (_, fn([u8; 2]) -> u16) = match little > big {
        true => (Encoding::Utf16Le, u16::from_le_bytes),
        false => (Encoding::Utf16Be, u16::from_be_bytes),
    };
    // The last unit may be half of a character.
    let units = units[..units.len() - 1].iter().map(|pair| of(*pair));
    char::decode_utf16(units).all(|c| c.is_ok_and(|c| c != '\0')).then_some(encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_tell_the_encoding() {
        assert_eq!(of(b"\xef\xbb\xbfa,b"), Form::Text(Encoding::Utf8));
        assert_eq!(of(b"\xff\xfea\0,\0"), Form::Text(Encoding::Utf16Le));
        assert_eq!(of(b"\xfe\xff\0a\0,"), Form::Text(Encoding::Utf16Be));
        assert_eq!(of(b"\x84\x31\x95\x33a"), Form::Text(Encoding::Gb18030));
        assert_eq!(of(b"\xff\xfe\0\0a\0\0\0"), Form::Refused(Code::Encoding, "UTF-32"));
        assert_eq!(of(b"a,b\n"), Form::Plain);
        assert_eq!(of("订单号,金额\n".as_bytes()), Form::Plain);
        assert_eq!((mark(b"\xef\xbb\xbfa"), mark(b"\x84\x31\x95\x33"), mark(b"a")), (3, 4, 0));
    }

    #[test]
    fn utf16_is_known_without_a_mark() {
        for text in ["order_id,user_id\n1,2\n", "订单号,用户,支付时间,实付金额\n4200017,u1,2026-03-01,9.90\n"]
        {
            let units = || text.encode_utf16();
            let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
            assert_eq!(of(&little), Form::Text(Encoding::Utf16Le), "{text}");
            assert_eq!(of(&big), Form::Text(Encoding::Utf16Be), "{text}");
        }
        for text in
            [&b"order_id,user_id\n1,a\0b\n"[..], b"a\0\0\0\0\0\0\0\0\0,b\n", b"\0\0\0\0\0\0\0\0\0\0", b"a\0"]
        {
            assert_eq!(of(text), Form::Plain, "{text:?}");
        }
    }
}
