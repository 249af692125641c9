//! How many different people, in each column and in all.

use alloc::vec;
use alloc::vec::Vec;

/// Who was met in which column.
#[derive(Default)]
pub(super) struct Pairs {
    who: Vec<u32>,
    column: Vec<u32>,
}

impl Pairs {
    pub fn push(&mut self, who: u32, column: u32) {
        self.who.push(who);
        self.column.push(column);
    }

    /// How many different people were met in each of so many columns, and in all of them.
    pub fn distinct(&self, columns: usize) -> (Vec<u64>, u64) {
        // Dealt out by their columns, one column's people behind the other's.
        let mut ends = vec![0usize; columns + 1];
        self.column.iter().for_each(|&c| ends[c as usize + 1] += 1);
        (0..columns).for_each(|c| ends[c + 1] += ends[c]);
        let mut dealt = vec![0u32; self.who.len()];
        for (&who, &column) in self.who.iter().zip(&self.column) {
            let end = &mut ends[column as usize];
            dealt[*end] = who;
            *end += 1;
        }
        let people = self.who.iter().max().map_or(0, |&last| last as usize + 1);
        let (mut met, mut met_ever) = (vec![0u64; people.div_ceil(64)], vec![0u64; people.div_ceil(64)]);
        let (mut counts, mut total, mut from) = (vec![0u64; columns], 0, 0);
        for (count, &end) in counts.iter_mut().zip(&ends) {
            let people = &dealt[from..end];
            for &who in people {
                let (word, bit) = (who as usize / 64, 1u64 << (who % 64));
                *count += u64::from(met[word] & bit == 0);
                total += u64::from(met_ever[word] & bit == 0);
                met[word] |= bit;
                met_ever[word] |= bit;
            }
            people.iter().for_each(|&who| met[who as usize / 64] = 0);
            from = end;
        }
        (counts, total)
    }
}
