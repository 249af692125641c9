//! The text of one cell to a value: money, dates, ids. Each lexer takes the bytes of a trimmed cell and returns a
//! value or says what is wrong; it knows no file and no place.

pub mod date;
pub mod id;
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
    const ONES: u64 = 0x0101_0101_0101_0101;
    let digits = u64::from_le_bytes(text).wrapping_sub(ONES * u64::from(b'0'));
    // A byte that was no digit is above 9 now, or has borrowed and is above 127.
    if (digits | digits.wrapping_add(ONES * 118)) & (ONES * 128) != 0 {
        return None;
    }
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
}
