//! Where the bytes are that mean something to a table, many looked at together.

use wide::u8x16;

/// Delimiters, line feeds and quotes, 64 bytes at a time.
pub struct Marks<'c> {
    bytes: &'c [u8],
    delimiter: u8x16,
    /// The block looked at, and a bit for each mark in it that is still to come.
    block: usize,
    bits: u64,
}

const BLOCK: usize = 64;

impl<'c> Marks<'c> {
    pub fn new(bytes: &'c [u8], delimiter: u8) -> Marks<'c> {
        let mut marks = Marks { bytes, delimiter: u8x16::splat(delimiter), block: 0, bits: 0 };
        marks.seek(0);
        marks
    }

    /// Goes on behind what lies before `at`.
    pub fn seek(&mut self, at: usize) {
        self.block = at / BLOCK * BLOCK;
        self.bits = self.look() & (u64::MAX << (at - self.block));
    }

    /// The marks of the block.
    #[inline]
    fn look(&self) -> u64 {
        let rest = self.bytes.get(self.block..).unwrap_or(&[]);
        match rest.first_chunk::<BLOCK>() {
            Some(block) => self.bits_of(block),
            None => {
                // A zero is no mark.
                let mut block = [0; BLOCK];
                block[..rest.len()].copy_from_slice(rest);
                self.bits_of(&block)
            }
        }
    }

    #[inline]
    fn bits_of(&self, block: &[u8; BLOCK]) -> u64 {
        let (feed, quote) = (u8x16::splat(b'\n'), u8x16::splat(b'"'));
        let mut bits = 0;
        for (i, lane) in block.as_chunks::<16>().0.iter().enumerate() {
            let lane = u8x16::from(*lane);
            let found = lane.simd_eq(self.delimiter) | lane.simd_eq(feed) | lane.simd_eq(quote);
            bits |= u64::from(found.to_bitmask()) << (i * 16);
        }
        bits
    }

    /// The next mark.
    #[inline]
    pub fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.block += BLOCK;
            if self.block >= self.bytes.len() {
                return None;
            }
            self.bits = self.look();
        }
        let at = self.block + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(at)
    }
}
