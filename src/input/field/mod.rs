//! The text of one cell to a value: money, dates, ids. Each lexer takes the bytes of a trimmed cell and returns a
//! value or says what is wrong; it knows no file and no place.

pub mod date;
pub mod id;
pub mod lanes;
pub mod mojibake;
pub mod money;
pub mod text;

/// A cell without the spaces and tabs around it.
#[inline]
pub fn trim(cell: &[u8]) -> &[u8] {
    match cell {
        [] => cell,
        [only] if *only > b' ' => cell,
        [first, .., last] if *first > b' ' && *last > b' ' => cell,
        _ => trimmed(cell),
    }
}

fn trimmed(cell: &[u8]) -> &[u8] {
    let blank = |b: &u8| *b == b' ' || *b == b'\t';
    let Some(from) = cell.iter().position(|b| !blank(b)) else { return &[] };
    let to = cell.iter().rposition(|b| !blank(b)).map_or(from, |i| i + 1);
    &cell[from..to]
}

/// The number that eight digits write, all at once: neighbours are joined to pairs, pairs to fours, fours to eight.
#[inline]
pub fn eight_digits(text: [u8; 8]) -> Option<u64> {
    let digits = Eight::of(text);
    digits.are_digits().then(|| digits.number())
}

const ONES: u64 = 0x0101_0101_0101_0101;

/// Eight characters that should be digits, looked at together.
#[derive(Clone, Copy, Debug)]
pub struct Eight(u64);

impl Eight {
    #[inline(always)]
    pub fn of(text: [u8; 8]) -> Eight {
        Eight::of_word(u64::from_le_bytes(text))
    }

    /// The same of characters that are in a number as in memory, the first one lowest.
    #[inline(always)]
    pub fn of_word(text: u64) -> Eight {
        Eight(text ^ (ONES * b'0' as u64))
    }

    /// The last `n` of them, at most eight, behind zeros.
    #[inline(always)]
    pub fn last(self, n: u64) -> Eight {
        // In two steps, since no number can be shifted by all its bits.
        let others = (64 - 8 * n.min(8)) / 2;
        Eight(self.0 >> others >> others << others << others)
    }

    /// What is no digit in any of them: 0 where all are.
    #[inline(always)]
    pub fn flaws(self) -> u64 {
        // A byte that was no digit is above 9 now: it has a bit in its upper half, or gets one.
        (self.0 | self.0.wrapping_add(ONES * 6)) & (ONES * 0xf0)
    }

    #[inline(always)]
    pub fn are_digits(self) -> bool {
        self.flaws() == 0
    }

    #[inline(always)]
    pub fn number(self) -> u64 {
        let pairs = (self.0.wrapping_mul(10).wrapping_add(self.0 >> 8)) & 0x00ff_00ff_00ff_00ff;
        let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
        (fours * 10_000 + (fours >> 32)) & 0xffff_ffff
    }
}
