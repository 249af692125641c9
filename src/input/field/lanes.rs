//! The lexers for the plain forms once more, for many cells abreast: a lane holds some bytes of each cell as a number,
//! and what is done with one number is done with all of them by the same instructions.
//!
//! Nothing here branches on what a cell holds; what is not plain leaves a flaw. Each is tested against the lexer of one
//! cell.

use super::Eight;

/// Cells abreast.
pub const LANES: usize = 64;

/// A number for each cell. (Characters are in it as in memory, the first one lowest.)
pub type Lane = [u64; LANES];

pub const EMPTY: Lane = [0; LANES];

/// The whole numbers of at most 19 digits, without leading zeros, that the last so many characters of 24 write; flaws where
/// they write something else. The first eight characters come first.
#[inline(always)]
pub fn numbers(eights: &[Lane; 3], lens: &Lane, out: &mut Lane, flaws: &mut Lane) {
    const E8: u64 = 100_000_000;
    for i in 0..LANES {
        let len = lens[i];
        let first = Eight::of_word(eights[0][i]).last(len.saturating_sub(16));
        let second = Eight::of_word(eights[1][i]).last(len.saturating_sub(8));
        let third = Eight::of_word(eights[2][i]).last(len);
        let holds_first = if len > 16 {
            eights[0][i]
        } else if len > 8 {
            eights[1][i]
        } else {
            eights[2][i]
        };
        let digit = holds_first >> (24u64.wrapping_sub(len) % 8 * 8) & 0xff;
        let padded = (digit == u64::from(b'0')) & (len > 1);
        flaws[i] =
            first.flaws() | second.flaws() | third.flaws() | u64::from(padded | (len.wrapping_sub(1) > 18));
        let upper = first.number().wrapping_mul(E8).wrapping_add(second.number());
        out[i] = upper.wrapping_mul(E8).wrapping_add(third.number());
    }
}

/// The last so many of eight characters, at most eight, and zeros behind them.
#[inline(always)]
pub fn shorts(eights: &mut Lane, lens: &Lane) {
    for i in 0..LANES {
        // In two steps, since no number can be shifted by all its bits.
        let others = (64 - 8 * lens[i].min(8)) / 2;
        eights[i] = eights[i] >> others >> others;
    }
}

/// Flaws of short ids that are not plain ([`is_plain`](super::id::is_plain)); none where there is no id.
#[inline(always)]
pub fn plain_ids(shorts: &Lane, lens: &Lane, flaws: &mut Lane) {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    for i in 0..LANES {
        let (id, len) = (shorts[i], lens[i]);
        let (first, second) = (id & 0xff, id >> 8 & 0xff);
        let last = id >> (len.clamp(1, 8) * 8 - 8) & 0xff;
        let digit = first.wrapping_sub(u64::from(b'0')) < 10;
        let letter = (first | 0x20).wrapping_sub(u64::from(b'a')) < 26;
        let scientific = digit & ((second == u64::from(b'.')) | (second | 0x20 == u64::from(b'e')));
        let plain = (digit | letter) & (last > u64::from(b' ')) & !scientific & (id & HIGH == 0);
        flaws[i] = u64::from(!plain & (len != 0));
    }
}

/// The seconds of the day that eight characters `12:00:05` write.
#[inline(always)]
pub fn clocks(texts: &Lane, out: &mut Lane, flaws: &mut Lane) {
    for i in 0..LANES {
        // Each digit as its number and each colon as 0; the digits of any other character are not valid.
        let digits = texts[i] ^ u64::from_le_bytes(*b"00:00:00");
        let pairs = (digits << 3).wrapping_add(digits << 1).wrapping_add(digits >> 8);
        let (h, m, s) = (pairs & 0xff, pairs >> 24 & 0xff, pairs >> 48 & 0xff);
        // No digit is above 9: what is, has a bit in the upper half or gets one.
        let bad = (digits | digits.wrapping_add(0x0606_0006_0600_0606)) & 0xf0f0_fff0_f0ff_f0f0;
        flaws[i] = bad | u64::from((h > 23) | (m > 59) | (s > 59));
        out[i] = h * 3600 + m * 60 + s;
    }
}

/// The amounts, in units of [`Amount`](scrm_core::money::Amount), of the commonest form: at most eight digits before two
/// decimals. Of each cell the eight characters before the point, the four that end it, and how many it has.
#[inline(always)]
pub fn cents(eights: &Lane, ends: &Lane, lens: &Lane, out: &mut Lane, flaws: &mut Lane) {
    for i in 0..LANES {
        let digits = lens[i].wrapping_sub(3);
        let whole = Eight::of_word(eights[i]).last(digits);
        let (tens, ones) = ((ends[i] >> 16 & 0xff) ^ 0x30, (ends[i] >> 24) ^ 0x30);
        let good = (digits.wrapping_sub(1) < 8) & (ends[i] >> 8 & 0xff == u64::from(b'.'));
        flaws[i] = whole.flaws() | u64::from(!good | (tens > 9) | (ones > 9));
        out[i] = (whole.number() * 100 + tens * 10 + ones) * 100;
    }
}

/// A bit for each cell with a flaw.
#[inline(always)]
pub fn flawed(flaws: &Lane) -> u64 {
    let mut bits = 0;
    for (i, flaw) in flaws.iter().enumerate() {
        bits |= u64::from(*flaw != 0) << i;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::super::super::proof::canonical_number;
    use super::super::{date, id, money};
    use super::*;
    use proptest::prelude::*;

    /// The 24 bytes that end with each of some cells, behind bytes of others, as eights; and the lengths of the cells.
    fn lanes(cells: &[Vec<u8>], behind: u8) -> ([Lane; 3], Lane) {
        let (mut eights, mut lens) = ([EMPTY; 3], EMPTY);
        for (i, cell) in cells.iter().enumerate() {
            let text = [&[behind; 24][..], cell].concat();
            let (last, _) = text.last_chunk::<24>().unwrap().as_chunks::<8>();
            (0..3).for_each(|n| eights[n][i] = u64::from_le_bytes(last[n]));
            lens[i] = cell.len() as u64;
        }
        (eights, lens)
    }

    /// The number of the four bytes that end a cell.
    fn ends(eights: &[Lane; 3]) -> Lane {
        eights[2].map(|eight| eight >> 32)
    }

    /// The eight characters before the last three of a cell.
    fn before_cents(eights: &[Lane; 3]) -> Lane {
        std::array::from_fn(|i| eights[2][i] << 24 | eights[1][i] >> 40)
    }

    fn all_alike(cells: &[Vec<u8>], behind: u8) {
        let (eights, lens) = lanes(cells, behind);
        let (mut out, mut flaws) = (EMPTY, EMPTY);
        let told = |out: &Lane, flaws: &Lane, i: usize| (flawed(flaws) >> i & 1 == 0).then_some(out[i]);

        numbers(&eights, &lens, &mut out, &mut flaws);
        for (i, cell) in cells.iter().enumerate() {
            assert_eq!(told(&out, &flaws, i), canonical_number(cell), "{:?}", cell.escape_ascii());
        }
        cents(&before_cents(&eights), &ends(&eights), &lens, &mut out, &mut flaws);
        for (i, cell) in cells.iter().enumerate() {
            let window = [&[behind; 11][..], cell].concat();
            let want = money::cents(window.last_chunk().unwrap(), cell.len()).map(|a| a.0 as u64);
            assert_eq!(told(&out, &flaws, i), want, "{:?}", cell.escape_ascii());
        }
        let mut short = eights[2];
        shorts(&mut short, &lens);
        plain_ids(&short, &lens, &mut flaws);
        for (i, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.len() <= 8) {
            let mut bytes = [0; 8];
            bytes[..cell.len()].copy_from_slice(cell);
            assert_eq!(short[i].to_le_bytes(), bytes);
            let is_plain = flawed(&flaws) >> i & 1 == 0;
            assert_eq!(is_plain, cell.is_empty() || id::is_plain(cell), "{:?}", cell.escape_ascii());
        }
        clocks(&eights[2], &mut out, &mut flaws);
        for (i, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.len() == 8) {
            let moment = [b"2026-03-01 ", &cell[..]].concat();
            let want = date::plain(&moment).and_then(|s| s.second).map(u64::from);
            assert_eq!(told(&out, &flaws, i), want, "{:?}", cell.escape_ascii());
        }
    }

    #[test]
    fn cells_abreast_are_read_as_one_by_one() {
        let cells = [
            "",
            "0",
            "00",
            "7",
            "07",
            "12345678",
            "123456789",
            "4200000000000000001",
            "9999999999999999999",
            "12345678901234567890",
            "1234567890123456",
            "12345678901234567",
            "0.00",
            "9.90",
            "12.5",
            "1.234",
            "99999999.99",
            "123456789.99",
            ".50",
            "1,23",
            "-1.00",
            "12:00:05",
            "23:59:59",
            "24:00:00",
            "00:60:00",
            "12-00-05",
            "1e5",
            "1.5",
            "1E+5",
            "a1",
            "u0000123",
            "u000 123",
            "u1 ",
            " u1",
            "-",
            "é1",
            "Z",
            "{",
            "@",
            "oXk3d5abcdefghijklmnopqrstuv",
        ];
        let cells: Vec<Vec<u8>> = cells.map(|cell| cell.as_bytes().to_vec()).to_vec();
        for behind in [b',', b'9', b'\n', b'"', 0xff] {
            all_alike(&cells, behind);
        }
    }

    proptest! {
        #[test]
        fn any_cells_are(
            cells in proptest::collection::vec("[0-9]{0,24}|[0-9]{1,10}\\.[0-9]{1,3}|[0-2][0-9]:[0-7][0-9]:[0-7][0-9]|[a-zA-Z0-9.: ]{0,9}|\\PC{0,6}", 1..=LANES),
            behind in prop::sample::select(vec![b',', b'0', b'9', b'.', b':', b'\n', 0x80]),
        ) {
            let cells: Vec<Vec<u8>> = cells.into_iter().map(String::into_bytes).collect();
            all_alike(&cells, behind);
        }
    }
}
