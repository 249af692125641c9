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

/// Does a chunk hold no control character but those of line ends? It must be UTF-8 for that to be sure. (The byte
/// C2 begins the controls above ASCII, and some harmless signs: a chunk with one of them is looked at cell by cell.)
pub fn is_without_controls(bytes: &[u8]) -> bool {
    let [space, feed, cr, del, c2] = [b' ', b'\n', b'\r', 0x7f, 0xc2].map(u8x16::splat);
    let bad = |block: &[u8; 16]| {
        let block = u8x16::from(*block);
        let control = !block.max(space).simd_eq(block) & !block.simd_eq(feed) & !block.simd_eq(cr);
        control | block.simd_eq(del) | block.simd_eq(c2)
    };
    let (blocks, rest) = bytes.as_chunks::<16>();
    let mut last = [b' '; 16];
    last[..rest.len()].copy_from_slice(rest);
    let any = |blocks: &[[u8; 16]]| blocks.iter().fold(u8x16::splat(0), |any, b| any | bad(b));
    blocks.chunks(256).all(|some| any(some).to_bitmask() == 0) && bad(&last).to_bitmask() == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_found_wherever_they_stand() {
        let clean = "a,b\r\n私域,3 …\n".repeat(9);
        assert!(is_without_controls(clean.as_bytes()));
        for (i, _) in clean.char_indices() {
            for c in ['\0', '\t', '\u{1f}', '\u{7f}', '\u{80}', '\u{9f}'] {
                let mut dirty = clean.clone();
                dirty.insert(i, c);
                assert!(!is_without_controls(dirty.as_bytes()), "{c:?} at {i}");
            }
        }
    }
}
