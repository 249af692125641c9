//! Distinct buyers by nothing but their bits.

use crate::figures::Sums;
use crate::fold::BuyerBits;
use crate::period::Periods;
use alloc::vec;
use alloc::vec::Vec;

/// Counts buyers by slot and column of the bits. For windows that fit a word.
pub(super) struct Quick<'a> {
    bits: &'a BuyerBits,
    periods: &'a Periods,
    slots: usize,
    /// The columns of the window that stand in a period, a bit each.
    inside: u64,
    counts: Vec<[u64; 64]>,
    total: u64,
}

impl<'a> Quick<'a> {
    pub fn new(bits: &'a BuyerBits, periods: &'a Periods, slots: usize) -> Option<Quick<'a>> {
        let (first, columns) = bits.window();
        if !(1..=64).contains(&columns) {
            return None;
        }
        let is_inside = |column: &u32| periods.index_of_number(first + *column as i32).is_some();
        let inside = (0..columns).filter(is_inside).fold(0, |bits, column| bits | 1 << column);
        Some(Quick { bits, periods, slots, inside, counts: vec![[0; 64]; slots], total: 0 })
    }

    #[inline]
    pub fn count(&mut self, user: u32, slot: usize) {
        let mut bits = self.bits.all_of(user) & self.inside;
        self.total += u64::from(bits != 0);
        let counts = &mut self.counts[slot];
        while bits != 0 {
            counts[bits.trailing_zeros() as usize] += 1;
            bits &= bits - 1;
        }
    }

    /// Adds the buyers to the cells, and returns how many there are in all.
    pub fn add_to(self, cells: &mut [Sums]) -> u64 {
        let (first, _) = self.bits.window();
        for (slot, counts) in self.counts.iter().enumerate() {
            for (column, count) in (0..).zip(counts).filter(|(_, count)| **count > 0) {
                if let Some(period) = self.periods.index_of_number(first + column) {
                    cells[period * self.slots + slot].buyers += count;
                }
            }
        }
        self.total
    }
}
