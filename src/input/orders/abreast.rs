//! Plain rows once more, many abreast: the bytes of their cells are gathered in [lanes], which are read all at once. What
//! is read here, [`plain`](super::plain) reads alike, and whatever asks for a second look is left to it.

use super::super::chunks::Rows;
use super::super::field::date::{NO_SECOND, When};
use super::super::field::id::is_plain_in;
use super::super::field::lanes::{self, EMPTY, LANES, Lane};
use super::super::field::money;
use super::super::field::text::CELL_BYTES;
use super::super::grid::Cells;
use super::super::intern::{IdKey, Seeds};
use super::super::machine::{Sight, Work, widest};
use super::plain::Columns;
use super::{Kind, NO_NUMBER, Parsed, Reading};
use scrm_core::money::Amount;
use std::ops::Range;

/// What the cells of some rows hold, and what that says.
#[derive(Debug)]
pub(super) struct Lanes {
    /// The last 24 characters of the ids.
    id: [Lane; 3],
    id_len: Lane,
    /// The last eight characters of the users, then the keys of those that have no more.
    user: Lane,
    user_len: Lane,
    /// `2026-03-`, `01` and `12:00:05` of the moments.
    year_month: Lane,
    day_of_month: Lane,
    clock: Lane,
    /// Eight characters, and the four that end with the point and two more.
    amount: Lane,
    amount_end: Lane,
    amount_len: Lane,
    /// The numbers that are ids, spread.
    spread: Lane,
    second: Lane,
    cents: Lane,
}

/// A bit for each row.
#[derive(Clone, Copy, Debug, Default)]
struct Bits {
    /// Left to the other way.
    left: u64,
    /// The id is no number.
    text_id: u64,
    no_user: u64,
    /// The user's id is longer than its key.
    long_user: u64,
    /// The moment is a whole day.
    whole_day: u64,
    /// The amount is not written with two decimals.
    odd_amount: u64,
    refund: u64,
}

/// Some rows of a grid, as many as there are lanes or fewer.
struct Block<'r> {
    cells: &'r Cells<'r>,
    columns: &'r Columns,
    rows: Range<usize>,
}

impl Reading<'_> {
    /// Reads rows of a grid abreast, and lists those that are left.
    pub(super) fn rows_abreast(&mut self, rows: &Rows, cells: &Cells, columns: &Columns) {
        let mut lanes = self.lanes.take().unwrap_or_else(|| Box::new(Lanes::new()));
        for first in (0..rows.len()).step_by(LANES) {
            let block = Block { cells, columns, rows: first..rows.len().min(first + LANES) };
            let gathered = lanes.gather(&block);
            let (keys, persons) = (self.at.keys.seeds(), self.at.persons.seeds());
            let bits = widest(Lexing { lanes: &mut lanes, gathered, keys, persons });
            for i in 0..block.rows.len() {
                if self.take_lane(&lanes, i, &bits, &block, rows).is_none() {
                    self.rest.push((first + i) as u32);
                }
            }
        }
        self.lanes = Some(lanes);
    }

    /// Takes a row; `None` where it is left to the other way, and nothing is noted then.
    #[inline(always)]
    fn take_lane(&mut self, lanes: &Lanes, i: usize, bits: &Bits, block: &Block, rows: &Rows) -> Option<()> {
        let is = |bits: u64| bits >> i & 1 != 0;
        if is(bits.left) {
            return None;
        }
        let (at, columns) = (block.rows.start + i, block.columns);
        let row = || block.cells.row(at);
        let day = self.days.day(lanes.year_month[i], lanes.day_of_month[i] as u16)?;
        let second = if is(bits.whole_day) { NO_SECOND } else { lanes.second[i] as u32 };
        let when = When::at(day, second);
        if when.is_after(rows.today()) {
            return None;
        }
        let amount = match is(bits.odd_amount) {
            false => Amount(lanes.cents[i] as i64),
            true => money::plain(row().text(columns.amount)?)?,
        };
        let refund = match is(bits.refund) {
            false => Amount::ZERO,
            true => match row().optional(columns.refund)? {
                [] => Amount::ZERO,
                cell => money::plain(cell).filter(|refund| *refund <= amount)?,
            },
        };
        let mut user = IdKey::of_spread(lanes.user[i]);
        if is(bits.long_user) {
            let id = row().text(columns.user).filter(|id| is_plain_in(id, row().ascii))?;
            user = self.at.persons.key(id);
        }
        let mut spread = lanes.spread[i];
        if is(bits.text_id) {
            let id = row().text(columns.id).filter(|id| is_plain_in(id, row().ascii))?;
            if !rows.layout().tells_from_header(id) {
                return None;
            }
            // From here on the row is taken.
            spread = self.at.keys.spread(NO_NUMBER);
            self.seen.add(self.at.keys.of(id).0);
        }
        if refund > Amount::ZERO {
            self.refunds.push((day, refund));
        }
        self.parsed.push(Parsed {
            at: at as u32,
            refunds_end: self.refunds.len() as u32,
            user,
            spread,
            when,
            amount,
            is_strict: false,
            kind: Kind::Paid,
            has_user: !is(bits.no_user),
        });
        Some(())
    }
}

impl Lanes {
    fn new() -> Lanes {
        Lanes {
            id: [EMPTY; 3],
            id_len: EMPTY,
            user: EMPTY,
            user_len: EMPTY,
            year_month: EMPTY,
            day_of_month: EMPTY,
            clock: EMPTY,
            amount: EMPTY,
            amount_end: EMPTY,
            amount_len: EMPTY,
            spread: EMPTY,
            second: EMPTY,
            cents: EMPTY,
        }
    }

    /// Gathers what the cells hold, a column at a time: little is at hand in each loop, and all of it in registers.
    fn gather(&mut self, Block { cells, columns: at, rows }: &Block) -> Bits {
        let mut bits = Bits { left: cells.longer_than(rows, CELL_BYTES), ..Bits::default() };
        if at.product.or(at.category).is_some() {
            bits.left |= cells.hard_to_undress(rows);
        }
        bits.left |= cells.windows(at.id, rows, |i, text, len| {
            (self.id[0][i], self.id[1][i], self.id[2][i]) =
                (eight::<0>(text), eight::<8>(text), eight::<16>(text));
            self.id_len[i] = len;
        });
        bits.left |= cells.windows(at.user, rows, |i, text, len| {
            (self.user[i], self.user_len[i]) = (eight::<16>(text), len);
        });
        let mut odd = 0;
        bits.left |= cells.windows(at.paid, rows, |i, text, len| {
            odd &= !(1 << i);
            if len == 19 && text[15] == b' ' {
                self.year_month[i] = eight::<5>(text);
                self.day_of_month[i] = u64::from(u16::from_le_bytes([text[13], text[14]]));
                self.clock[i] = eight::<16>(text);
            } else if len == 10 {
                self.year_month[i] = eight::<14>(text);
                self.day_of_month[i] = u64::from(u16::from_le_bytes([text[22], text[23]]));
                self.clock[i] = u64::from_le_bytes(*b"00:00:00");
                bits.whole_day |= 1 << i;
            } else {
                odd |= 1 << i;
            }
        });
        bits.left |= odd;
        bits.left |= cells.windows(at.amount, rows, |i, text, len| {
            self.amount[i] = eight::<13>(text);
            self.amount_end[i] = u64::from(u32::from_le_bytes([text[20], text[21], text[22], text[23]]));
            self.amount_len[i] = len;
        });
        bits.refund = at.refund.map_or(0, |refund| cells.filled(refund, rows));
        bits
    }
}

/// Eight characters as a number.
#[inline(always)]
fn eight<const AT: usize>(text: &[u8; 24]) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|i| text[AT + i]))
}

/// Reads what was gathered.
struct Lexing<'a> {
    lanes: &'a mut Lanes,
    gathered: Bits,
    keys: &'a Seeds,
    persons: &'a Seeds,
}

impl Work for Lexing<'_> {
    type Done = Bits;

    #[inline(always)]
    fn run(self, _sight: impl Sight) -> Bits {
        let Lexing { lanes: l, gathered: mut bits, keys, persons } = self;
        let (mut flaws, mut numbers) = (EMPTY, EMPTY);
        lanes::numbers(&l.id, &l.id_len, &mut numbers, &mut flaws);
        bits.text_id = lanes::flawed(&flaws);
        lanes::shorts(&mut l.user, &l.user_len);
        lanes::plain_ids(&l.user, &l.user_len, &mut flaws);
        for (spread, number) in l.spread.iter_mut().zip(&numbers) {
            *spread = keys.spread(*number);
        }
        for (i, (user, len)) in l.user.iter_mut().zip(&l.user_len).enumerate() {
            *user = persons.spread(*user);
            bits.no_user |= u64::from(*len == 0) << i;
            bits.long_user |= u64::from(*len > 8) << i;
        }
        bits.left |= lanes::flawed(&flaws) & !bits.long_user;
        lanes::clocks(&l.clock, &mut l.second, &mut flaws);
        bits.left |= lanes::flawed(&flaws);
        lanes::cents(&l.amount, &l.amount_end, &l.amount_len, &mut l.cents, &mut flaws);
        bits.odd_amount = lanes::flawed(&flaws);
        bits
    }
}
