//! Text that was read in another encoding than it was written in, and saved so: it is a text, but nobody's.
//!
//! Told only where it is sure: what is left of a lost character, or a text whose bytes in the wrong encoding are sound
//! UTF-8 of another text. Real text is not, but by an accident of a length that no name has.

use super::super::encoding::gb18030;
use encoding_rs::{GB18030, WINDOWS_1252};
use std::sync::OnceLock;

/// What became of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mojibake {
    /// Characters are gone, and this stands in their place.
    Lost,
    /// UTF-8 was read in an encoding; the text that was meant.
    ReadAs(&'static str, String),
}

/// What a character that could not be read is replaced by.
const REPLACEMENT: char = '\u{fffd}';

/// What is wrong with a text; `None` where nothing is known to be.
pub fn of(text: &str) -> Option<Mojibake> {
    if text.contains(REPLACEMENT) {
        return Some(Mojibake::Lost);
    }
    let first = text.chars().find(|c| !c.is_ascii())?;
    let (name, meant) = match first {
        // The first byte of a character in UTF-8, read as Latin-1.
        '\u{c2}'..='\u{f4}' => ("Latin-1", as_latin_1(text)?),
        _ if may_be_cut(first) => ("GB18030", as_gb18030(text)?),
        _ => return None,
    };
    Some(if meant.contains(REPLACEMENT) { Mojibake::Lost } else { Mojibake::ReadAs(name, meant) })
}

fn as_latin_1(text: &str) -> Option<String> {
    let (bytes, _, lossy) = WINDOWS_1252.encode(text);
    String::from_utf8(bytes.into_owned()).ok().filter(|_| !lossy)
}

/// As that is done: an odd byte at the end is lost, and a `?` stands for it.
fn as_gb18030(text: &str) -> Option<String> {
    let (bytes, _, lossy) = GB18030.encode(text);
    let bytes = bytes.strip_suffix(b"?").unwrap_or(&bytes);
    let meant = match std::str::from_utf8(bytes) {
        Ok(meant) => meant.to_string(),
        Err(e) if e.error_len().is_none() => {
            String::from_utf8_lossy(&bytes[..e.valid_up_to()]).into_owned() + "…"
        }
        Err(_) => return None,
    };
    let (mut count, mut wide) = (0, true);
    for c in meant.chars().filter(|c| !c.is_ascii() && *c != '…') {
        count += 1;
        wide &= c >= '\u{2e80}';
    }
    (!lossy && wide && count >= 2).then_some(meant)
}

/// Is this character in GB18030 the first two of the three bytes of a wide one in UTF-8? Real text hardly has them.
fn may_be_cut(c: char) -> bool {
    static SET: OnceLock<Vec<char>> = OnceLock::new();
    let set = SET.get_or_init(|| {
        let leads = (0xe3..=0xe9).chain([0xef]);
        let pairs = leads.flat_map(|lead| (0x80..=0xbf).map(move |trail| gb18030::of_pair(lead, trail)));
        let mut set: Vec<char> = pairs.flatten().collect();
        set.sort_unstable();
        set
    });
    set.binary_search(&c).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text as it comes out where its UTF-8 is read in another encoding.
    fn read_as(text: &str, encoding: &'static encoding_rs::Encoding) -> String {
        encoding.decode_without_bom_handling(text.as_bytes()).0.into_owned()
    }

    #[test]
    fn text_in_the_wrong_encoding_is_told_and_what_it_was() {
        for meant in ["抖音", "视频号", "café", "小红书 2026", "订单号（元）", "面膜，礼盒"]
        {
            let wrong = read_as(meant, WINDOWS_1252);
            assert_eq!(of(&wrong), Some(Mojibake::ReadAs("Latin-1", meant.into())), "{wrong}");
        }
        for meant in ["抖音", "中文订单", "小红书号", "A店铺，名"] {
            let wrong = read_as(meant, GB18030);
            assert_eq!(of(&wrong), Some(Mojibake::ReadAs("GB18030", meant.into())), "{wrong}");
        }
        // The odd byte at the end is lost, and a question mark stands for it.
        let cut = read_as("视频号", GB18030).replace(REPLACEMENT, "?");
        assert_eq!(of(&cut), Some(Mojibake::ReadAs("GB18030", "视频…".into())), "{cut}");
        assert_eq!(of("抖\u{fffd}"), Some(Mojibake::Lost));
        assert_eq!(of("锟斤拷"), Some(Mojibake::Lost), "two of these signs, read as GB18030");
    }

    #[test]
    fn real_text_is_left_alone() {
        for text in [
            "",
            "tea",
            "抖音",
            "视频号",
            "用户三",
            "café",
            "Müller & Søn",
            "Ærø",
            "Café ñandú",
            "喆喆的店",
            "㐂茶😀",
            "é",
            "Ö",
            "ÄÖÜ",
            "Привет",
            "かな",
            "한국",
            "№ 5",
            "一",
            "联通",
            "鑫",
            "龘",
            "（元）",
            "¥12",
            "魑魅魍魉",
            "麒麟",
            "饕餮",
            "邋遢",
            "鹳鹤楼",
            "灏灏",
            "曦",
            "Ã",
            "naïve",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
