//! Text from the data, made safe for where it is shown.
//!
//! On a screen nothing may hide, move the cursor or turn the direction of reading; in a spreadsheet nothing may
//! run; in Markdown nothing may become markup. Numbers never pass through here.

use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// For the terminal, including messages: what cannot be seen is written out, as `\u{202e}`.
pub fn screen(text: &str) -> Cow<'_, str> {
    if !text.chars().any(unseen) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    text.chars().for_each(|c| push_seen(&mut safe, c));
    Cow::Owned(safe)
}

/// For CSV and TSV: a cell that a spreadsheet would take for a formula begins with an apostrophe.
pub fn spreadsheet(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// For Markdown, in a cell and in a line: no character begins markup, a line break is a space.
pub fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.trim().replace("\r\n", " ").chars() {
        match c {
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => safe.push(' '),
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '|' | '`' | '[' | ']' | '*' | '_' | '\\' | '~' | '$' => safe.extend(['\\', c]),
            // Only at the start of a line: a heading, a list, the underline of a heading.
            '#' | '+' | '-' | '=' if safe.is_empty() => safe.extend(['\\', c]),
            c => push_seen(&mut safe, c),
        }
    }
    safe
}

/// A character written as in an address: `%XX` for each of its bytes.
pub fn push_percent(text: &mut String, c: char) {
    for b in c.encode_utf8(&mut [0; 4]).bytes() {
        // A string takes everything that is written to it.
        let _ = write!(text, "%{b:02X}");
    }
}

/// How many columns of a terminal a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// At most `most` columns of a text, its head and its tail, because ids often differ in their last characters.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if width(text) <= most {
        return Cow::Borrowed(text);
    }
    let room = most.saturating_sub(1);
    let head: String = fitting(text.chars(), room - room / 2).collect();
    let mut tail: Vec<char> = fitting(text.chars().rev(), room / 2).collect();
    tail.reverse();
    Cow::Owned(head + "…" + &String::from_iter(tail))
}

/// Whether a character is not seen, or changes how others are: controls, format characters (direction overrides,
/// zero widths), separators of lines and paragraphs, and the letters that are drawn as nothing.
pub(super) fn unseen(c: char) -> bool {
    match c {
        ' '..='~' => false,
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => true,
        c => matches!(
            c.general_category(),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
        ),
    }
}

fn push_seen(safe: &mut String, c: char) {
    if unseen(c) {
        safe.extend(c.escape_unicode());
    } else {
        safe.push(c);
    }
}

fn fitting(chars: impl Iterator<Item = char>, columns: usize) -> impl Iterator<Item = char> {
    chars.scan(columns, |left, c| {
        *left = left.checked_sub(c.width().unwrap_or(0))?;
        Some(c)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_unseen_reaches_the_screen() {
        for (text, want) in [
            ("抖音 ads", "抖音 ads"),
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("\u{202e}txt", "\\u{202e}txt"),
            ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
            ("one\ntwo\ttab\r", "one\\u{a}two\\u{9}tab\\u{d}"),
            ("\u{2028}\u{2029}\u{9b}\u{7f}", "\\u{2028}\\u{2029}\\u{9b}\\u{7f}"),
            ("\u{e0041}\u{3164}", "\\u{e0041}\\u{3164}"),
            ("e\u{301}", "e\u{301}"),
        ] {
            assert_eq!(screen(text), want);
        }
    }

    #[test]
    fn no_text_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(spreadsheet(text), format!("'{text}"));
        }
        for text in ["", "a=1", " =1", "'=1", "D-1", "抖音"] {
            assert_eq!(spreadsheet(text), text);
        }
    }

    #[test]
    fn markdown_shows_markup_as_text() {
        for (text, want) in [
            ("a|b", r"a\|b"),
            ("`x`", r"\`x\`"),
            ("<script>&amp;", "&lt;script&gt;&amp;amp;"),
            ("[x](javascript:1)", r"\[x\](javascript:1)"),
            ("*a*_b_~c~\\", r"\*a\*\_b\_\~c\~\\"),
            ("# no heading # here", r"\# no heading # here"),
            ("- no list", r"\- no list"),
            ("one\r\ntwo\nthree\u{2028}four", "one two three four"),
            ("\u{202e}x\u{0}", "\\u{202e}x\\u{0}"),
            (" 渠道 ", "渠道"),
        ] {
            assert_eq!(markdown(text), want);
        }
    }

    #[test]
    fn a_long_text_keeps_its_head_and_tail() {
        for (text, most, want) in [
            ("distributor-000017", 18, "distributor-000017"),
            ("distributor-000017", 11, "distr…00017"),
            ("distributor-000017", 10, "distr…0017"),
            ("甲乙丙丁戊己", 9, "甲乙…戊己"),
            ("甲乙丙丁戊己", 8, "甲乙…己"),
            ("ab", 1, "…"),
        ] {
            assert_eq!(shortened(text, most), want);
            assert!(width(&shortened(text, most)) <= most);
        }
    }
}
