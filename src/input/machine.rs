//! What the machine at hand does faster than any machine: asking for memory ahead, and looking at 64 bytes at once.
//!
//! All unsafe code of the program is here. A prefetch has no effect that the program could see. Code for wider
//! instructions runs only where the processor has been asked for them; what it computes is what the portable code
//! computes, which a test compares.

use wide::u8x16;

/// Asks for the line of the cache in which a value begins. The tables of ids are far larger than the caches: whoever looks
/// many ids up asks for all of their lines first, so that they are on their way together.
#[inline(always)]
#[allow(unsafe_code)]
pub fn prefetch<T>(value: &T) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: every x86-64 has the instruction, and it has no effect but on the cache, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast());
    }
    #[cfg(any(not(target_arch = "x86_64"), miri))]
    let _ = value;
}

/// A list of so many zeros that is read here and there, and may be far larger than the caches.
pub fn scattered(len: usize) -> Vec<u64> {
    let list = vec![0; len];
    in_large_pages(&list, len);
    list
}

/// Room for a list that is read here and there, and may be far larger than the caches.
pub fn room_for_scattered<T>(len: usize) -> Vec<T> {
    let list = Vec::with_capacity(len);
    in_large_pages(&list, len);
    list
}

/// Asks the system to hand out the memory of a list of at most `len` in large pages, where it is large: with small ones,
/// a look anywhere waits for its page to be found, often longer than for what it reads.
#[allow(unsafe_code)]
fn in_large_pages<T>(list: &Vec<T>, len: usize) {
    #[cfg(all(target_os = "linux", not(miri)))]
    {
        const PAGE: usize = 2 << 20;
        let start = list.as_ptr() as usize;
        let end = start + len.min(list.capacity()) * size_of::<T>();
        let (from, to) = (start.next_multiple_of(PAGE), end / PAGE * PAGE);
        if to > from {
            let place = list.as_ptr().cast_mut().wrapping_byte_add(from - start).cast();
            // SAFETY: this is within the list's own memory, and advice on how to hand it out: nothing that stands there is
            // changed. Where it cannot be followed, nothing happens.
            let _ = unsafe { rustix::mm::madvise(place, to - from, rustix::mm::Advice::LinuxHugepage) };
        }
    }
    #[cfg(any(not(target_os = "linux"), miri))]
    let _ = (list, len);
}

pub const BLOCK: usize = 64;

/// What is looked for in a block.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub delimiter: u8,
    /// CR may be there, as a part of line ends.
    pub cr: bool,
}

/// A bit for each byte of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    pub delimiters: u64,
    pub feeds: u64,
    pub quotes: u64,
    /// CR, where it is looked for.
    pub returns: u64,
    /// Perhaps control characters: below the space and none of the above, DEL, and C2, with which those above ASCII
    /// begin.
    pub controls: u64,
    /// Above ASCII.
    pub high: u64,
    /// EF, with which U+FFFD begins.
    pub damage: u64,
}

/// What sees a block at once.
pub trait Sight {
    /// Where in a block what is.
    fn look(&self, block: &[u8; BLOCK], what: Look) -> Bits;

    /// Writes the places of the bits, each plus `base`; behind them stands something.
    #[inline(always)]
    fn places(&self, mut bits: u64, base: u32, out: &mut [u32; BLOCK]) {
        let count = bits.count_ones() as usize;
        let mut at = 0;
        // Eight at a time, whether there are as many or not: a branch for each would often be guessed wrong.
        while at < count {
            for place in &mut out[at..at + 8] {
                *place = base + (bits.trailing_zeros() & 63);
                bits &= bits.wrapping_sub(1);
            }
            at += 8;
        }
    }
}

/// Something to be done with the widest sight there is.
pub trait Work {
    type Done;
    /// Must be inlined, so that it becomes a part of the code for wider instructions.
    fn run(self, sight: impl Sight) -> Self::Done;
}

/// Does it with what this machine has.
#[inline]
#[allow(unsafe_code)]
pub fn widest<W: Work>(work: W) -> W::Done {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("bmi2") {
            // SAFETY: the processor has them; whoever has AVX-512 BW has AVX-512 F, BMI1 and POPCNT.
            return unsafe {
                match x86::has_vbmi2() {
                    true => x86::run_vbmi2(work),
                    false => x86::run_512(work),
                }
            };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2") {
            // SAFETY: the processor has them; whoever has AVX2 and BMI2 has BMI1 and POPCNT.
            return unsafe { x86::run_256(work) };
        }
    }
    work.run(Portable)
}

/// Does a chunk hold no control character but those of line ends? It must be UTF-8 for that to be sure. (The byte
/// C2 begins the controls above ASCII, and some harmless signs: a chunk with one of them is looked at cell by cell.)
pub fn is_without_controls(bytes: &[u8]) -> bool {
    widest(Controls(bytes))
}

struct Controls<'b>(&'b [u8]);

impl Work for Controls<'_> {
    type Done = bool;

    #[inline(always)]
    fn run(self, sight: impl Sight) -> bool {
        let what = Look { delimiter: b'\n', cr: true };
        let (blocks, rest) = self.0.as_chunks::<BLOCK>();
        let mut last = [b' '; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        blocks.iter().chain([&last]).all(|block| sight.look(block, what).controls == 0)
    }
}

/// Sixteen bytes at a time, which every machine of today can do.
struct Portable;

impl Sight for Portable {
    #[inline(always)]
    fn look(&self, block: &[u8; BLOCK], what: Look) -> Bits {
        portable(block, what)
    }
}

#[inline(always)]
fn portable(block: &[u8; BLOCK], look: Look) -> Bits {
    let mut bits = Bits::default();
    for (i, lane) in block.as_chunks::<16>().0.iter().enumerate() {
        let lane = u8x16::from(*lane);
        let at = |found: u8x16| u64::from(found.to_bitmask()) << (i * 16);
        let equal = |byte: u8| lane.simd_eq(u8x16::splat(byte));
        bits.delimiters |= at(equal(look.delimiter));
        bits.feeds |= at(equal(b'\n'));
        bits.quotes |= at(equal(b'"'));
        if look.cr {
            bits.returns |= at(equal(b'\r'));
        }
        let low = lane.min(u8x16::splat(0x1f)).simd_eq(lane);
        bits.controls |= at(low | equal(0x7f) | equal(0xc2));
        bits.high |= at(lane);
        bits.damage |= at(equal(0xef));
    }
    bits.without_marks()
}

impl Bits {
    #[inline(always)]
    fn without_marks(self) -> Bits {
        Bits { controls: self.controls & !(self.delimiters | self.feeds | self.returns), ..self }
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod x86 {
    use super::{BLOCK, Bits, Look, Sight, Work};
    use std::arch::x86_64::{
        __m128i, __m256i, __m512i, _mm256_cmpeq_epi8, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256,
        _mm256_set_epi64x, _mm256_set1_epi8, _mm512_add_epi32, _mm512_castsi512_si128,
        _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_cvtepu8_epi32, _mm512_extracti32x4_epi32,
        _mm512_maskz_compress_epi8, _mm512_movepi8_mask, _mm512_set_epi64, _mm512_set1_epi8,
        _mm512_set1_epi32,
    };

    /// With the instructions of these sights, which only those hand out whom the processor has them for.
    struct Vbmi2;
    struct Bw;
    struct Avx2;

    #[allow(unsafe_code)]
    impl Sight for Vbmi2 {
        #[inline(always)]
        fn look(&self, block: &[u8; BLOCK], what: Look) -> Bits {
            // SAFETY: there is one only in `run_vbmi2`.
            unsafe { bits_512(block, what) }
        }

        #[inline(always)]
        fn places(&self, bits: u64, base: u32, out: &mut [u32; BLOCK]) {
            // SAFETY: as above.
            unsafe { places_512(bits, base, out) }
        }
    }

    #[allow(unsafe_code)]
    impl Sight for Bw {
        #[inline(always)]
        fn look(&self, block: &[u8; BLOCK], what: Look) -> Bits {
            // SAFETY: there is one only in `run_512`.
            unsafe { bits_512(block, what) }
        }
    }

    #[allow(unsafe_code)]
    impl Sight for Avx2 {
        #[inline(always)]
        fn look(&self, block: &[u8; BLOCK], what: Look) -> Bits {
            // SAFETY: there is one only in `run_256`.
            unsafe { bits_256(block, what) }
        }
    }

    /// Has the processor what [`run_vbmi2`] asks for beyond [`run_512`]?
    #[inline]
    pub fn has_vbmi2() -> bool {
        is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt")]
    pub fn run_vbmi2<W: Work>(work: W) -> W::Done {
        work.run(Vbmi2)
    }

    #[target_feature(enable = "avx512f,avx512bw,bmi1,bmi2,popcnt")]
    pub fn run_512<W: Work>(work: W) -> W::Done {
        work.run(Bw)
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    pub fn run_256<W: Work>(work: W) -> W::Done {
        work.run(Avx2)
    }

    /// The numbers 0 to 63 of which the bits are, all at once; most blocks have no more than sixteen.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt")]
    #[allow(unsafe_code)]
    fn places_512(bits: u64, base: u32, out: &mut [u32; BLOCK]) {
        const ALL: [u8; BLOCK] = {
            let mut all = [0; BLOCK];
            let mut i = 0;
            while i < BLOCK {
                all[i] = i as u8;
                i += 1;
            }
            all
        };
        let [a, b, c, d, e, f, g, h] = eights(&ALL);
        let places = _mm512_maskz_compress_epi8(bits, _mm512_set_epi64(h, g, f, e, d, c, b, a));
        let base = _mm512_set1_epi32(base as i32);
        let write = |places: __m128i, out: &mut [u32; 16]| {
            let places = _mm512_add_epi32(_mm512_cvtepu8_epi32(places), base);
            // SAFETY: both are sixteen numbers of 32 bits.
            *out = unsafe { std::mem::transmute::<__m512i, [u32; 16]>(places) };
        };
        let (out, _) = out.as_chunks_mut::<16>();
        let count = bits.count_ones();
        write(_mm512_castsi512_si128(places), &mut out[0]);
        if count > 16 {
            write(_mm512_extracti32x4_epi32::<1>(places), &mut out[1]);
            write(_mm512_extracti32x4_epi32::<2>(places), &mut out[2]);
            write(_mm512_extracti32x4_epi32::<3>(places), &mut out[3]);
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,bmi1,bmi2,popcnt")]
    fn bits_512(block: &[u8; BLOCK], look: Look) -> Bits {
        let [a, b, c, d, e, f, g, h] = eights(block);
        let block = _mm512_set_epi64(h, g, f, e, d, c, b, a);
        let equal = |byte: u8| _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(byte as i8));
        let low = _mm512_cmplt_epu8_mask(block, _mm512_set1_epi8(0x20));
        Bits {
            delimiters: equal(look.delimiter),
            feeds: equal(b'\n'),
            quotes: equal(b'"'),
            returns: if look.cr { equal(b'\r') } else { 0 },
            controls: low | equal(0x7f) | equal(0xc2),
            high: _mm512_movepi8_mask(block),
            damage: equal(0xef),
        }
        .without_marks()
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    fn bits_256(block: &[u8; BLOCK], look: Look) -> Bits {
        let [a, b, c, d, e, f, g, h] = eights(block);
        let halves = [_mm256_set_epi64x(d, c, b, a), _mm256_set_epi64x(h, g, f, e)];
        let mask = |found: [__m256i; 2]| {
            let [first, second] = found.map(|half| u64::from(_mm256_movemask_epi8(half) as u32));
            first | second << 32
        };
        let equal = |byte: u8| mask(halves.map(|half| _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte as i8))));
        let controls = halves.map(|half| {
            let equal = |byte: u8| _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte as i8));
            let low = _mm256_cmpeq_epi8(_mm256_min_epu8(half, _mm256_set1_epi8(0x1f)), half);
            _mm256_or_si256(low, _mm256_or_si256(equal(0x7f), equal(0xc2)))
        });
        Bits {
            delimiters: equal(look.delimiter),
            feeds: equal(b'\n'),
            quotes: equal(b'"'),
            returns: if look.cr { equal(b'\r') } else { 0 },
            controls: mask(controls),
            high: mask(halves),
            damage: equal(0xef),
        }
        .without_marks()
    }

    /// A block in eight numbers, which become one look at all of it.
    #[inline(always)]
    fn eights(block: &[u8; BLOCK]) -> [i64; 8] {
        let (eights, _) = block.as_chunks::<8>();
        std::array::from_fn(|i| i64::from_le_bytes(eights[i]))
    }

    #[cfg(test)]
    mod tests {
        use super::super::{Portable, portable};
        use super::*;

        /// What one kind of sight sees in a block, and the places of what it sees first.
        struct One([u8; BLOCK], Look);

        impl Work for One {
            type Done = (Bits, Vec<u32>);
            #[inline(always)]
            fn run(self, sight: impl Sight) -> Self::Done {
                let bits = sight.look(&self.0, self.1);
                let ends = bits.delimiters | bits.feeds | bits.high;
                let mut places = [0; BLOCK];
                sight.places(ends, 1_000, &mut places);
                (bits, places[..ends.count_ones() as usize].to_vec())
            }
        }

        #[test]
        #[allow(unsafe_code)]
        fn all_looks_see_the_same() {
            let block = |from: usize, step: usize| -> [u8; BLOCK] {
                std::array::from_fn(|i| ((from + i * step) % 256) as u8)
            };
            let blocks = (0..256).flat_map(|from| [0, 1, 3, 57].map(|step| block(from, step)));
            for (block, delimiter) in blocks.flat_map(|b| [b',', b'\t', b';'].map(|d| (b, d))) {
                for look in [true, false].map(|cr| Look { delimiter, cr }) {
                    let want = portable(&block, look);
                    let ends = want.delimiters | want.feeds | want.high;
                    let places =
                        (0..64).filter(|at| ends >> at & 1 == 1).map(|at| 1_000 + at).collect::<Vec<_>>();
                    assert_eq!(One(block, look).run(Portable), (want, places.clone()));
                    for (i, byte) in block.iter().enumerate() {
                        let bit = |bits: u64| bits >> i & 1 == 1;
                        let mark = [delimiter, b'\n'].contains(byte) || look.cr && *byte == b'\r';
                        assert_eq!(bit(want.delimiters), *byte == delimiter);
                        assert_eq!(bit(want.quotes), *byte == b'"');
                        let control = !mark && (*byte < b' ' || [0x7f, 0xc2].contains(byte));
                        assert_eq!(bit(want.controls), control, "{byte:#x}");
                        assert_eq!(bit(want.high), !byte.is_ascii());
                        assert_eq!(bit(want.damage), *byte == 0xef);
                    }
                    if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("bmi2") {
                        // SAFETY: just asked for.
                        assert_eq!(unsafe { run_512(One(block, look)) }, (want, places.clone()));
                        if has_vbmi2() {
                            assert_eq!(unsafe { run_vbmi2(One(block, look)) }, (want, places.clone()));
                        }
                    }
                    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2") {
                        // SAFETY: just asked for.
                        assert_eq!(unsafe { run_256(One(block, look)) }, (want, places.clone()));
                    }
                }
            }
        }
    }
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
