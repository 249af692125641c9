//! GB18030 to UTF-8, by a table of all its pairs of bytes.
//!
//! Half of the characters of an export may be Chinese, so this is a hot path: a general decoder takes several times as
//! long for a pair as looking it up. Characters of four bytes are rare and left to the general one.

use std::sync::OnceLock;

/// What each two bytes are in UTF-8, the length in the last byte; 0 where they are no character. It is indexed by both
/// bytes as they are, so that no index has to be checked.
type Pairs = [[u8; 4]; 1 << 16];
static PAIRS: OnceLock<Box<Pairs>> = OnceLock::new();

/// What stands in place of a byte that is no part of a character: no UTF-8 has it.
const NO_TEXT: u8 = 0xff;

fn pairs() -> &'static Pairs {
    PAIRS.get_or_init(|| {
        let mut pairs = Box::new([[0; 4]; 1 << 16]);
        for (bytes, text) in (0..=u16::MAX).map(u16::to_be_bytes).zip(pairs.iter_mut()) {
            // All pairs are of the first plane: three bytes at most.
            let pair = bytes[0] > 0x80 && bytes[1] >= 0x40;
            if let Some(c) = decoded(&bytes).filter(|c| pair && c.len_utf8() < 4) {
                text[3] = c.encode_utf8(&mut text[..3]).len() as u8;
            }
        }
        pairs
    })
}

/// One character by the general decoder.
fn decoded(bytes: &[u8]) -> Option<char> {
    let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes)?;
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

#[inline(always)]
fn pair(pairs: &Pairs, lead: u8, trail: u8) -> [u8; 4] {
    pairs[usize::from(u16::from_be_bytes([lead, trail]))]
}

/// The character of a pair.
pub fn of_pair(lead: u8, trail: u8) -> Option<char> {
    decoded(&[lead, trail])
}

/// Makes UTF-8 of whole characters at the front of `out`, which grows as needed and keeps its length; returns how much
/// was made, and whether all of it is text. All ASCII stays where it stands between the characters.
pub fn to_utf8(raw: &[u8], out: &mut Vec<u8>) -> (usize, bool) {
    let pairs = pairs();
    // Two bytes become at most three, and four at most four; up to eight are written at once.
    let room = raw.len() + raw.len() / 2 + 16;
    if out.len() < room {
        out.resize(room, 0);
    }
    let (mut rest, mut at, mut sound) = (raw, 0, true);
    while let [first, ..] = rest {
        if let Some(eight) = rest.first_chunk::<8>() {
            out[at..at + 8].copy_from_slice(eight);
            let high = u64::from_le_bytes(*eight) & 0x8080_8080_8080_8080;
            let ascii = if high == 0 { 8 } else { high.trailing_zeros() as usize / 8 };
            (at, rest) = (at + ascii, &rest[ascii..]);
        } else if first.is_ascii() {
            out[at] = *first;
            (at, rest) = (at + 1, &rest[1..]);
        }
        while let [lead, trail, after @ ..] = rest
            && !lead.is_ascii()
        {
            let text = pair(pairs, *lead, *trail);
            if text[3] == 0 {
                break;
            }
            out[at..at + 4].copy_from_slice(&text);
            (at, rest) = (at + usize::from(text[3]), after);
        }
        if rest.first().is_some_and(|byte| !byte.is_ascii()) {
            let (taken, made, is_text) = seldom(rest, &mut out[at..]);
            (at, rest, sound) = (at + made, &rest[taken..], sound && is_text);
        }
    }
    (at, sound)
}

/// A character that is no pair, or a byte that is none: how many bytes it takes, how many of UTF-8 it makes, and whether
/// it is one.
#[cold]
fn seldom(raw: &[u8], out: &mut [u8]) -> (usize, usize, bool) {
    if let Step::Character(length) = step(raw)
        && let Some(c) = decoded(&raw[..length])
    {
        return (length, c.encode_utf8(out).len(), true);
    }
    out[0] = NO_TEXT;
    (1, 1, false)
}

/// What stands at the front of some bytes that do not begin with ASCII.
enum Step {
    /// A character of so many bytes.
    Character(usize),
    /// The beginning of one.
    Cut,
    Bad,
}

fn step(raw: &[u8]) -> Step {
    let digit = |b: u8| b.is_ascii_digit();
    match *raw {
        [0x80, ..] => Step::Character(1), // the euro sign, as Windows writes it
        [0xff, ..] | [] => Step::Bad,
        [_] => Step::Cut,
        [lead, b, ..] if !digit(b) => match pair(pairs(), lead, b) {
            [.., 0] => Step::Bad,
            _ => Step::Character(2),
        },
        [_, _] => Step::Cut,
        [_, _, c, ..] if !(0x81..=0xfe).contains(&c) => Step::Bad,
        [_, _, _] => Step::Cut,
        [_, _, _, d, ..] if digit(d) && decoded(&raw[..4]).is_some() => Step::Character(4),
        _ => Step::Bad,
    }
}

/// What speaks for a stream of pieces being GB18030.
#[derive(Debug, Default)]
pub struct Evidence {
    /// The beginning of a character whose end is still to come.
    rest: Vec<u8>,
    /// Characters among the commonest, and all others that are not ASCII.
    common: u64,
    other: u64,
    /// Bytes that are no part of a character.
    bad: u64,
}

impl Evidence {
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !self.rest.is_empty() && !bytes.is_empty() {
            self.rest.push(bytes[0]);
            bytes = &bytes[1..];
            let rest = std::mem::take(&mut self.rest);
            self.meet(&rest);
        }
        if self.rest.is_empty() {
            self.meet(bytes);
        }
    }

    fn meet(&mut self, mut bytes: &[u8]) {
        loop {
            bytes = &bytes[encoding_rs::Encoding::ascii_valid_up_to(bytes)..];
            if bytes.is_empty() {
                return;
            }
            match step(bytes) {
                Step::Character(length) => {
                    // The level of the 3,755 commonest, and the marks and full-width letters.
                    let is_common =
                        length == 2 && matches!(bytes[0], 0xa1..=0xa3 | 0xb0..=0xd7) && bytes[1] >= 0xa1;
                    *if is_common { &mut self.common } else { &mut self.other } += 1;
                    bytes = &bytes[length..];
                }
                Step::Cut => {
                    self.rest = bytes.to_vec();
                    return;
                }
                Step::Bad => {
                    self.bad += 1;
                    bytes = &bytes[1..];
                }
            }
        }
    }

    /// Some byte was no part of a character.
    pub fn is_bad(&self) -> bool {
        self.bad > 0
    }

    /// The stream may end here: no character is cut.
    pub fn is_whole(&self) -> bool {
        self.bad == 0 && self.rest.is_empty()
    }

    /// More than a slip: two common characters at least, and more of them than of all others, bytes that are none at four
    /// times their number. (Text in UTF-8 or in Cyrillic, read as GB18030, is mostly rare characters.)
    pub fn is_enough(&self) -> bool {
        self.common >= 2 && self.common > self.other + 4 * self.bad
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utf8(raw: &[u8]) -> Vec<u8> {
        // What the buffer held before is of no account.
        let mut out = b"something".to_vec();
        let (length, sound) = to_utf8(raw, &mut out);
        assert_eq!(std::str::from_utf8(&out[..length]).is_ok(), sound);
        out[..length].to_vec()
    }

    #[test]
    fn every_character_is_read_back() {
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let text = c.to_string();
            let (raw, _, lossy) = encoding_rs::GB18030.encode(&text);
            // What the standard moved since is written in one way and read in another; so are private characters.
            let back = encoding_rs::GB18030.decode_without_bom_handling(&raw).0;
            assert!(lossy || utf8(&raw) == back.as_bytes(), "{c:?}");
        }
    }

    #[test]
    fn what_is_no_character_is_no_text_and_swallows_nothing() {
        for (raw, want) in [
            (&b"\xb6,"[..], &b"\xff,"[..]),
            (b"a\xb6\"b", b"a\xff\"b"),
            (b"\xb6\n", b"\xff\n"),
            (b"\x81\x30\x81,1", b"\xff0\xff,1"),
            (b"\xff\xfe,", b"\xff\xff,"),
            (b"\xb6", b"\xff"),
            (b"\x80", "€".as_bytes()),
        ] {
            assert_eq!(utf8(raw), want, "{raw:x?}");
        }
    }

    #[test]
    fn what_speaks_for_it() {
        let enough = |raw: &[u8]| {
            let mut e = Evidence::default();
            raw.chunks(3).for_each(|piece| e.feed(piece));
            let mut whole = Evidence::default();
            whole.feed(raw);
            assert_eq!((e.common, e.other, e.bad), (whole.common, whole.other, whole.bad));
            e.is_enough()
        };
        let gb = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
        assert!(enough(&gb("抖音")));
        assert!(enough(&gb("订单号,金额（元）\n1,2\n")));
        assert!(enough(&gb("小红书,喆喆的店\u{1f600}")), "some rare ones among them");
        assert!(enough(&[&gb("抖音小店铺")[..], b"\xb6,"].concat()), "one is cut");
        assert!(!enough(&gb("a,b")), "nothing speaks for it");
        assert!(!enough("私域运营,中文".as_bytes()), "UTF-8");
        assert!(!enough(b"\xc8\xe2\xe0\xed"), "Cyrillic");
        assert!(!enough(b"caf\xe9,"), "Latin-1");
    }

    proptest! {
        #[test]
        fn it_reads_as_the_general_decoder_does(raw in proptest::collection::vec(
            prop_oneof![4 => 0x81u8..=0xfe, 2 => 0x30u8..=0x39, 2 => 0x40u8..=0x7e, 1 => any::<u8>()], 0..60,
        )) {
            let text = utf8(&raw);
            match encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(&raw) {
                Some(want) => prop_assert_eq!(text, want.as_bytes()),
                None => prop_assert!(std::str::from_utf8(&text).is_err()),
            }
        }

        #[test]
        fn signs_of_a_table_stay(raw in proptest::collection::vec(
            prop_oneof![3 => any::<u8>(), 1 => proptest::sample::select(b",;\t\n\r\"".to_vec())], 0..60,
        )) {
            let signs = |bytes: &[u8]| -> Vec<u8> {
                bytes.iter().copied().filter(|b| b",;\t\n\r\"".contains(b)).collect()
            };
            prop_assert_eq!(signs(&utf8(&raw)), signs(&raw));
        }
    }
}
