//! Who bought when, a bit for each.

use alloc::vec;
use alloc::vec::Vec;

/// Who bought in which column: one bit per user and column. Columns outside the window that was laid out go into each
/// fold's own set.
#[derive(Clone, Debug, Default)]
pub struct BuyerBits {
    words: Vec<u64>,
    first: i32,
    columns: u32,
}

impl BuyerBits {
    /// Room for `users` and the columns numbered from `first`.
    pub fn new(users: usize, first: i32, columns: u32) -> BuyerBits {
        let bits = users * columns as usize;
        BuyerBits { words: vec![0; bits.div_ceil(64)], first, columns }
    }

    /// How many words of 64 bits there are.
    pub fn words(&self) -> usize {
        self.words.len()
    }

    /// Room for the same users and columns, in as many words, all of them zero.
    #[must_use]
    pub fn like(&self, words: Vec<u64>) -> BuyerBits {
        debug_assert!(words.len() == self.words.len() && words.iter().all(|word| *word == 0));
        BuyerBits { words, ..*self }
    }

    /// How many columns fit in `budget` bytes for `users` users, at least one.
    pub fn columns_within(budget: usize, users: usize) -> u32 {
        u32::try_from((budget * 8).checked_div(users).unwrap_or(4096).clamp(1, 4096)).unwrap_or(1)
    }

    /// The word in which the first bit of `user` stands.
    #[inline(always)]
    pub(super) fn word(&self, user: u32) -> Option<&u64> {
        self.words.get(user as usize * self.columns as usize / 64)
    }

    /// Marks `user` as a buyer in a column; `false` where the column is outside the window.
    #[inline(always)]
    pub(super) fn mark(&mut self, user: u32, number: i32) -> bool {
        let Some(column) = number.checked_sub(self.first).filter(|c| (0..self.columns as i32).contains(c))
        else {
            return false;
        };
        let bit = user as usize * self.columns as usize + column as usize;
        self.words[bit / 64] |= 1 << (bit % 64);
        true
    }

    /// The columns in which `user` bought, by their numbers.
    pub fn columns_of(&self, user: u32) -> impl Iterator<Item = i32> + '_ {
        let start = user as usize * self.columns as usize;
        let (mut next, mut bits) = (0, 0u64);
        core::iter::from_fn(move || {
            while bits == 0 {
                if next >= self.columns {
                    return None;
                }
                bits = self.bits_from(start + next as usize, self.columns - next);
                next += 64;
            }
            let column = next as i32 - 64 + bits.trailing_zeros() as i32;
            bits &= bits - 1;
            Some(self.first + column)
        })
    }

    /// The number of the first column of the window, and how many columns it has.
    pub(crate) fn window(&self) -> (i32, u32) {
        (self.first, self.columns)
    }

    /// The bits of `user`, the first column's lowest, where the window has at most 64 columns.
    pub(crate) fn all_of(&self, user: u32) -> u64 {
        self.bits_from(user as usize * self.columns as usize, self.columns)
    }

    /// The bits from one on, at most 64 and at most so many.
    fn bits_from(&self, bit: usize, most: u32) -> u64 {
        let word = |i: usize| self.words.get(i).copied().unwrap_or(0);
        let (at, shift) = (bit / 64, bit % 64);
        let bits = word(at) >> shift | word(at + 1) << 1 << (63 - shift);
        bits & u64::MAX >> (64 - most.min(64))
    }

    /// Is there no room for anybody yet?
    pub(super) fn is_unset(&self) -> bool {
        self.columns == 0
    }

    /// The same window without a bit.
    pub(super) fn blank(&self) -> BuyerBits {
        BuyerBits { words: vec![0; self.words.len()], ..*self }
    }

    /// Did `user` buy in this column of the window?
    pub(super) fn has(&self, user: u32, number: i32) -> bool {
        let column = number.checked_sub(self.first).filter(|c| (0..self.columns as i32).contains(c));
        column.is_some_and(|c| self.bits_from(user as usize * self.columns as usize + c as usize, 1) == 1)
    }

    /// Takes the bits that two others both have; `false` where the windows differ.
    pub(super) fn join_both(&mut self, one: &BuyerBits, other: &BuyerBits) -> bool {
        let window = |bits: &BuyerBits| (bits.first, bits.columns, bits.words.len());
        let same = window(self) == window(one) && window(self) == window(other);
        if same {
            let both = one.words.iter().zip(&other.words);
            self.words.iter_mut().zip(both).for_each(|(word, (a, b))| *word |= a & b);
        }
        same
    }

    /// Users for whom there is room, at least.
    pub(super) fn users(&self) -> u32 {
        let bits = self.words.len() * 64;
        u32::try_from(bits / self.columns.max(1) as usize).unwrap_or(u32::MAX)
    }

    /// Takes the bits of another; `false` where it has another window.
    pub(super) fn join(&mut self, o: &BuyerBits) -> bool {
        let window = |bits: &BuyerBits| (bits.first, bits.columns, bits.words.len());
        if self.columns == 0 {
            *self = o.clone();
        } else if window(self) == window(o) {
            self.words.iter_mut().zip(&o.words).for_each(|(a, b)| *a |= b);
        } else {
            return false;
        }
        true
    }

    /// Did `user` buy in any column of the window?
    pub fn any(&self, user: u32) -> bool {
        self.columns_of(user).next().is_some()
    }
}
