//! Records that are all of one shape, cut together: as many cells as the header has, each on a line of its own, and
//! quotes only where a cell begins and ends.
//!
//! Delimiters, line feeds and quotes are marked 64 bytes at a time, a bit each, and the marks are the cells' ends. That
//! takes a fraction of the time of [`split`](super::split), which splits by the letter. Whatever is not sure to be
//! split alike there ends the grid before it.

use super::field::lanes::LANES;
use super::machine::{BLOCK, Bits, Look, Sight, Work, widest};
use super::split::BATCH;
use memchr::memchr;
use std::ops::{Range, RangeInclusive};

/// Records of a chunk in equal rows of cells.
#[derive(Debug, Default)]
pub struct Grid {
    /// The byte before the first cell, then the end of each cell, which is the byte before the next.
    marks: Vec<u32>,
    rows: usize,
    cells: usize,
    line: u64,
    /// Some line ends with CR LF.
    crlf: bool,
    /// There is no control character, where it is UTF-8.
    clean: bool,
    ascii: bool,
    /// There is no U+FFFD.
    undamaged: bool,
    /// A bit for each row that may hold a quote, and for each that may hold what is not ASCII.
    quoted: RowBits,
    high: RowBits,
    /// Some quote is doubled.
    doubled: bool,
}

/// A bit for each row of a grid.
#[derive(Clone, Copy, Debug, Default)]
struct RowBits([u64; BATCH.div_ceil(64)]);

impl RowBits {
    fn set(&mut self, rows: RangeInclusive<usize>) {
        rows.filter(|row| *row < BATCH).for_each(|row| self.0[row / 64] |= 1 << (row % 64));
    }

    /// The bits of some rows of one word.
    #[inline(always)]
    fn of(&self, rows: &Range<usize>) -> u64 {
        self.0[rows.start / 64 % self.0.len()] >> (rows.start % 64) & u64::MAX >> (64 - rows.len())
    }

    #[inline(always)]
    fn has(&self, row: usize) -> bool {
        self.0[row / 64 % self.0.len()] >> (row % 64) & 1 == 1
    }
}

impl Grid {
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Is it seen to hold no control character but line ends and delimiters, where it is UTF-8?
    pub fn is_clean(&self) -> bool {
        self.clean
    }

    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// Is it seen to hold no character that stands for one that could not be read?
    pub fn is_undamaged(&self) -> bool {
        self.undamaged
    }

    /// The physical line of a row.
    pub fn line(&self, row: usize) -> u64 {
        self.line + row as u64
    }

    /// Where a row stands, with its line end.
    pub fn row(&self, row: usize) -> Range<usize> {
        let mark = |i: usize| self.marks[i].wrapping_add(1) as usize;
        mark(row * self.cells)..mark((row + 1) * self.cells)
    }
}

/// Cuts grids out of a chunk.
pub struct Cutter<'c> {
    bytes: &'c [u8],
    delimiter: u8,
    cells: usize,
}

impl<'c> Cutter<'c> {
    /// `cells` in a row, as in the header.
    pub fn new(bytes: &'c [u8], delimiter: u8, cells: usize) -> Cutter<'c> {
        Cutter { bytes, delimiter, cells }
    }

    /// Cuts the rows from `at`, which is the start of a record on that line, and returns where they end. There may be
    /// none. Only with `cr` a line may end with CR LF.
    pub fn cut(&self, at: usize, line: u64, cr: bool, grid: &mut Grid) -> usize {
        (grid.cells, grid.line, grid.rows, grid.crlf) = (self.cells, line, 0, cr);
        // A blank line is no row, but looks like one of a single cell.
        if self.cells < 2 {
            return at;
        }
        let room = BATCH * self.cells + 1 + BLOCK;
        if grid.marks.len() < room {
            grid.marks.resize(room, 0);
        }
        let (marks, feeds) = widest(Marking { cutter: self, at, cr, grid });
        grid.rows = self.sound_rows(&grid.marks[..marks], feeds);
        grid.marks[grid.rows * self.cells].wrapping_add(1) as usize
    }

    /// How many rows at the front have all their cells on one line.
    fn sound_rows(&self, marks: &[u32], feeds: usize) -> usize {
        let rows = ((marks.len() - 1) / self.cells).min(BATCH);
        let is_feed = |mark: &&u32| self.bytes[**mark as usize] == b'\n';
        let (used, rest) = marks[1..].split_at(rows * self.cells);
        let mut lines = used.chunks_exact(self.cells);
        // Each row ends with a line feed, and there is no other.
        let ends = lines.clone().all(|row| row.last().is_some_and(|mark| is_feed(&mark)));
        if ends && feeds - rest.iter().filter(is_feed).count() == rows {
            return rows;
        }
        let is_row = |row: &[u32]| row.iter().position(|mark| is_feed(&mark)) == Some(self.cells - 1);
        lines.position(|row| !is_row(row)).unwrap_or(rows)
    }
}

/// Marks the ends of cells from `at`; done are how many marks there are and how many of them are line feeds.
struct Marking<'a, 'c> {
    cutter: &'a Cutter<'c>,
    at: usize,
    cr: bool,
    grid: &'a mut Grid,
}

impl Work for Marking<'_, '_> {
    type Done = (usize, usize);

    #[inline(always)]
    fn run(self, sight: impl Sight) -> (usize, usize) {
        let Marking { cutter: Cutter { bytes, delimiter, cells }, at, cr, grid } = self;
        let what = Look { delimiter: *delimiter, cr };
        let wanted = BATCH * cells + 1;
        grid.marks[0] = (at as u32).wrapping_sub(1);
        (grid.quoted, grid.high) = (RowBits::default(), RowBits::default());
        let (mut count, mut feeds, mut controls, mut high, mut damage) = (1, 0, 0, 0, 0);
        let mut block = at / BLOCK * BLOCK;
        let mut keep = u64::MAX << (at - block);
        let mut quoting = Quoting { after: 1 << (at - block), ..Quoting::default() };
        while count < wanted && block < bytes.len() {
            let rest = &bytes[block..];
            let mut bits = match rest.first_chunk::<BLOCK>() {
                Some(bytes) => sight.look(bytes, what),
                None => {
                    // A zero is no mark.
                    let mut bytes = [0; BLOCK];
                    bytes[..rest.len()].copy_from_slice(rest);
                    keep &= u64::MAX >> (BLOCK - rest.len());
                    sight.look(&bytes, what)
                }
            };
            bits = Bits {
                delimiters: bits.delimiters & keep,
                feeds: bits.feeds & keep,
                quotes: bits.quotes & keep,
                returns: bits.returns & keep,
                controls: bits.controls & keep,
                high: bits.high & keep,
                damage: bits.damage & keep,
            };
            keep = u64::MAX;
            let delimiters = bits.delimiters;
            if (cr || bits.quotes != 0 || quoting.is_open()) && !quoting.meet(&mut bits) {
                break;
            }
            // A tab inside quotes is no delimiter but a control character.
            controls |= bits.controls | if *delimiter == b'\t' { delimiters ^ bits.delimiters } else { 0 };
            high |= bits.high;
            damage |= bits.damage;
            let ends = bits.delimiters | bits.feeds;
            quoting.after = ends >> (BLOCK - 1);
            let Some(out) = grid.marks[count..].first_chunk_mut::<BLOCK>() else { break };
            sight.places(ends, block as u32, out);
            let before = count;
            count += ends.count_ones() as usize;
            if bits.quotes | bits.high != 0 || quoting.is_open() {
                let rows = (before - 1) / cells..=(count - 1) / cells;
                if bits.quotes != 0 || quoting.is_open() {
                    grid.quoted.set(rows.clone());
                }
                if bits.high != 0 {
                    grid.high.set(rows);
                }
            }
            feeds += bits.feeds.count_ones() as usize;
            block += BLOCK;
        }
        (grid.clean, grid.ascii, grid.doubled) = (controls == 0, high == 0, quoting.doubled != 0);
        grid.undamaged = damage == 0;
        (count, feeds)
    }
}

/// Where the last record ends that surely ends in some bytes, and how many line feeds there are; `None` where quotes make
/// that hard to say.
pub fn last_feed(bytes: &[u8], delimiter: u8) -> Option<(usize, u64)> {
    widest(Feeds { bytes, delimiter })
}

struct Feeds<'b> {
    bytes: &'b [u8],
    delimiter: u8,
}

impl Work for Feeds<'_> {
    type Done = Option<(usize, u64)>;

    #[inline(always)]
    fn run(self, sight: impl Sight) -> Self::Done {
        let what = Look { delimiter: self.delimiter, cr: true };
        let mut quoting = Quoting { after: 1, ..Quoting::default() };
        let (mut count, mut last) = (0, (0, 0));
        let (blocks, rest) = self.bytes.as_chunks::<BLOCK>();
        let mut end = [0; BLOCK];
        end[..rest.len()].copy_from_slice(rest);
        for (i, block) in blocks.iter().chain([&end]).enumerate() {
            let mut bits = sight.look(block, what);
            if bits.quotes != 0 || quoting.is_open() {
                // A line break in a cell is none.
                if !quoting.meet(&mut bits) {
                    return None;
                }
            }
            quoting.returned = 0;
            quoting.after = (bits.delimiters | bits.feeds) >> (BLOCK - 1);
            count += u64::from(bits.feeds.count_ones());
            last = if bits.feeds != 0 { (i, bits.feeds) } else { last };
        }
        (count > 0).then(|| (last.0 * BLOCK + BLOCK - last.1.leading_zeros() as usize, count))
    }
}

/// What a block needs to know of the one before.
#[derive(Default)]
struct Quoting {
    /// All ones inside quotes.
    open: u64,
    /// The first byte, where a cell begins with it.
    after: u64,
    /// The first byte, where quotes were closed before it.
    closed: u64,
    /// The first byte, where a CR stands before it.
    returned: u64,
    /// Quotes that open right behind closed ones: one doubled.
    doubled: u64,
}

impl Quoting {
    #[inline]
    fn is_open(&self) -> bool {
        self.open | self.closed != 0
    }

    /// Takes what stands inside quotes off the marks; `false` where the block holds something that asks for the
    /// strict way.
    fn meet(&mut self, bits: &mut Bits) -> bool {
        let inside = ones_between(bits.quotes) ^ self.open;
        self.open = ((inside as i64) >> 63) as u64;
        let (opening, closing) = (bits.quotes & inside, bits.quotes & !inside);
        if inside & (bits.feeds | bits.returns) != 0 {
            return false; // a line break in a cell
        }
        bits.delimiters &= !inside;
        let ends = bits.delimiters | bits.feeds;
        let behind = |bits: u64, before: u64| bits << 1 | before;
        // Quotes open where a cell begins; those right behind closed ones are doubled. A CR stands before a line feed.
        let behind_closed = behind(closing, self.closed);
        self.doubled |= opening & behind_closed;
        let may_open = behind(ends, self.after) | behind_closed;
        let may_follow = ends | opening | bits.returns;
        let astray = opening & !may_open | behind_closed & !may_follow;
        let bare = behind(bits.returns, self.returned) & !bits.feeds;
        (self.closed, self.returned) = (closing >> 63, bits.returns >> 63);
        astray | bare == 0
    }
}

/// All bits from each odd one up to the next even one, which is not among them.
fn ones_between(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// A grid with the bytes it was cut from.
#[derive(Clone, Copy)]
pub struct Cells<'r> {
    grid: &'r Grid,
    bytes: &'r [u8],
}

/// One row of a grid.
#[derive(Clone, Copy)]
pub struct CellsOfRow<'r> {
    bytes: &'r [u8],
    ends: &'r [u32],
    crlf: bool,
    /// There may be quotes or a CR around a cell.
    dressed: bool,
    /// Some quote of the grid is doubled.
    doubled: bool,
    /// All of it is ASCII.
    pub ascii: bool,
}

impl<'r> Cells<'r> {
    pub fn new(grid: &'r Grid, bytes: &'r [u8]) -> Cells<'r> {
        Cells { grid, bytes }
    }

    #[inline(always)]
    pub fn row(&self, row: usize) -> CellsOfRow<'r> {
        let Grid { marks, cells, crlf, quoted, doubled, high, .. } = self.grid;
        CellsOfRow {
            bytes: self.bytes,
            ends: &marks[row * cells..(row + 1) * cells + 1],
            crlf: *crlf,
            dressed: *crlf || quoted.has(row),
            doubled: *doubled,
            ascii: !high.has(row),
        }
    }
}

/// Many rows at once, at most as many as there are lanes.
impl<'r> Cells<'r> {
    /// The byte before each cell of a column, and the one behind it.
    #[inline(always)]
    fn marks(&self, cell: usize, rows: &Range<usize>) -> impl Iterator<Item = (u32, u32)> {
        let Grid { marks, cells, .. } = self.grid;
        assert!(cell < *cells && rows.len() <= LANES);
        let marks = &marks[rows.start * cells..rows.end * cells + 1];
        marks.windows(cells + 1).step_by(*cells).map(move |row| (row[cell], row[cell + 1]))
    }

    /// Has `put` take the 24 bytes that end with each cell of a column, and how many of them are the cell's, or more; a bit
    /// for each row of which they are not to be had so.
    #[inline(always)]
    pub fn windows(
        &self,
        cell: usize,
        rows: &Range<usize>,
        mut put: impl FnMut(usize, &[u8; 24], u64),
    ) -> u64 {
        let window = |end: usize| self.bytes.get(end.wrapping_sub(24)..end)?.first_chunk();
        let mut left = 0;
        for (i, (before, end)) in self.marks(cell, rows).enumerate() {
            match window(end as usize) {
                Some(text) => put(i, text, u64::from(end.wrapping_sub(before).wrapping_sub(1))),
                None => left |= 1 << i,
            }
        }
        // Those in quotes once more.
        for i in ones(self.dressed(cell, rows)) {
            let span = self.row(rows.start + i).span(cell);
            match span.and_then(|(from, to)| Some((window(to)?, (to - from) as u64))) {
                Some((text, len)) => put(i, text, len),
                None => left |= 1 << i,
            }
        }
        left
    }

    /// A bit for each row of which some cell may have no text that is to be had at a glance.
    #[inline(always)]
    pub fn hard_to_undress(&self, rows: &Range<usize>) -> u64 {
        if self.grid.doubled { self.grid.quoted.of(rows) } else { 0 }
    }

    /// A bit for each row in which a cell is not empty, or may not be.
    #[inline(always)]
    pub fn filled(&self, cell: usize, rows: &Range<usize>) -> u64 {
        let mut filled = 0;
        for (i, (before, end)) in self.marks(cell, rows).enumerate() {
            filled |= u64::from(end.wrapping_sub(before) != 1) << i;
        }
        filled
    }

    /// A bit for each row in which there may be quotes or a CR around a cell.
    #[inline(always)]
    fn dressed(&self, cell: usize, rows: &Range<usize>) -> u64 {
        let Grid { cells, crlf, quoted, .. } = self.grid;
        if *crlf && cell + 1 == *cells { u64::MAX >> (64 - rows.len()) } else { quoted.of(rows) }
    }

    /// A bit for each row that is longer than so many bytes.
    #[inline(always)]
    pub fn longer_than(&self, rows: &Range<usize>, bytes: usize) -> u64 {
        let mut longer = 0;
        for some in rows.clone().step_by(16) {
            let end = rows.end.min(some + 16);
            if self.grid.row(end - 1).end - self.grid.row(some).start > bytes {
                let one = |row: usize| u64::from(self.grid.row(row).len() > bytes) << (row - rows.start);
                longer |= (some..end).fold(0, |all, row| all | one(row));
            }
        }
        longer
    }
}

/// The places of the bits.
fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        place
    })
}

impl<'r> CellsOfRow<'r> {
    /// The text of a cell, without the quotes around it; `None` where others stand in it.
    #[inline(always)]
    pub fn text(&self, cell: usize) -> Option<&'r [u8]> {
        let [before, end] = *self.ends.get(cell..)?.first_chunk()?;
        let text = self.bytes.get(before.wrapping_add(1) as usize..end as usize)?;
        if self.dressed { self.undressed(text, cell + 2 == self.ends.len()) } else { Some(text) }
    }

    /// Where a cell stands, without the quotes around it; `None` where others may stand in it.
    fn span(&self, cell: usize) -> Option<(usize, usize)> {
        let [before, end] = *self.ends.get(cell..)?.first_chunk()?;
        let (from, mut to) = (before.wrapping_add(1) as usize, end as usize);
        let text = self.bytes.get(from..to)?;
        if self.crlf && cell + 2 == self.ends.len() && text.ends_with(b"\r") {
            to -= 1;
        }
        match self.bytes.get(from..to)? {
            [b'"', .., b'"'] if !self.doubled => Some((from + 1, to - 1)),
            [b'"', ..] => None,
            _ => Some((from, to)),
        }
    }

    /// The eleven bytes that end with a cell, and how many of them are the cell's (or more than eleven); `None` where the
    /// cell is not to be had so.
    #[inline(always)]
    pub fn window(&self, cell: usize) -> Option<(&'r [u8; 11], usize)> {
        let [before, mut end] = *self.ends.get(cell..)?.first_chunk()?;
        let mut len = end.wrapping_sub(before).wrapping_sub(1);
        if self.dressed && len >= 2 && self.bytes.get(end as usize - 1) == Some(&b'"') {
            // What is left of quotes inside is no digit.
            (end, len) = (end - 1, len - 2);
        }
        Some((self.bytes.get(..end as usize)?.last_chunk()?, len as usize))
    }

    /// The same of a cell that a file may lack; empty where it does.
    #[inline(always)]
    pub fn optional(&self, cell: Option<usize>) -> Option<&'r [u8]> {
        cell.map_or(Some(&[]), |cell| self.text(cell))
    }

    /// A text without a CR at the end of its line and without quotes.
    #[inline(always)]
    fn undressed(&self, mut text: &'r [u8], is_last: bool) -> Option<&'r [u8]> {
        if self.crlf && is_last {
            text = text.strip_suffix(b"\r").unwrap_or(text);
        }
        match text {
            [b'"', inner @ .., b'"'] if !(self.doubled && memchr(b'"', inner).is_some()) => Some(inner),
            [b'"', ..] => None,
            _ => Some(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunks::{From, split};
    use super::super::split::{Batch, Records, last_record_end};
    use super::*;
    use proptest::prelude::*;

    /// A record: its line, its cells, and whether nothing is wrong with it.
    type Told = (u64, Vec<Vec<u8>>, bool);

    fn by_the_letter(text: &[u8], cells: usize) -> Vec<Told> {
        let mut records = Records::new(text, b',', cells, 1);
        let (mut told, mut batch) = (Vec::new(), Batch::default());
        while records.fill(&mut batch, BATCH) {
            told.extend((0..batch.len()).map(|i| of_batch(&batch, i, text)));
        }
        told
    }

    fn of_batch(batch: &Batch, i: usize, text: &[u8]) -> Told {
        let r = batch.record(i, text);
        (r.line, (0..r.cells).map(|c| r.cell(c).to_vec()).collect(), *r.flaws == Default::default())
    }

    /// The same by grids as far as they go, and how many records went that way.
    fn by_grids(text: &[u8], cells: usize) -> (Vec<Told>, usize) {
        let (mut told, mut count) = (Vec::new(), 0);
        split(text, b',', cells, 1, |from| match *from {
            From::Grid(grid, bytes) => {
                count += grid.len();
                for i in 0..grid.len() {
                    // A row by itself is the record at its place.
                    let mut batch = Batch::default();
                    let raw = &bytes[grid.row(i)];
                    assert!(Records::new(raw, b',', cells, grid.line(i)).fill(&mut batch, BATCH));
                    let record = of_batch(&batch, 0, raw);
                    for (c, cell) in record.1.iter().enumerate() {
                        let text = Cells::new(grid, bytes).row(i).text(c);
                        assert!(text.is_none_or(|t| t == cell), "{text:?} {cell:?}");
                        assert!(text.is_some() || cell.contains(&b'"'));
                    }
                    told.push(record);
                }
            }
            From::Batch(batch, bytes) => {
                told.extend((0..batch.len()).map(|i| of_batch(batch, i, bytes)));
            }
            From::Giant(_) => unreachable!("nothing here is longer than a buffer"),
        });
        (told, count)
    }

    #[test]
    fn rows_of_one_shape_are_a_grid() {
        for (line, end) in [("7,o1,9.90", "\n"), ("7,\"o,1\",9.90", "\r\n"), ("\"7\",\"\",\"9.90\"", "\n")] {
            let text = format!("{line}{end}").repeat(1_000);
            let (told, count) = by_grids(text.as_bytes(), 3);
            assert_eq!((told, count), (by_the_letter(text.as_bytes(), 3), 1_000), "{line}");
        }
        let (_, count) = by_grids("7,\"o\n1\",9.90\n".repeat(100).as_bytes(), 3);
        assert_eq!(count, 0, "a line break in a cell");
    }

    /// Where the last record ends by the letter, and the lines until then.
    fn last_by_the_letter(text: &[u8]) -> Option<(usize, u64)> {
        last_record_end(text, b',')
            .map(|end| (end, text[..end].iter().filter(|b| **b == b'\n').count() as u64))
    }

    #[test]
    fn the_last_record_ends_where_the_letter_says() {
        let row = "7,\"o,1\",9.90\n";
        for (more, is_told) in
            [("", true), ("7,\"o", true), ("7,\"o\n1\"", false), ("a\"", false), ("\"\"\"\"", false)]
        {
            let text = row.repeat(50) + more;
            let told = last_feed(text.as_bytes(), b',');
            assert_eq!(told.is_some(), is_told, "{more}");
            assert_eq!(told.unwrap_or((50 * row.len(), 50)), (50 * row.len(), 50), "{more}");
        }
        assert_eq!(last_feed(b"no line ends", b','), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn a_grid_is_what_the_letter_says(
            pieces in proptest::collection::vec(0..24usize, 0..120),
            cells in 1..4usize,
            rows in 0..40usize,
        ) {
            // Rows of the right shape with disorder among them.
            let texts = ["a", "7", ",", ",", "\n", "\r\n", "\"", "\"\"", "\r", ",\"x,y\"", "long text over many bytes", "\"q\""];
            let row = vec!["cell"; cells].join(",") + "\n";
            let mut text = row.repeat(rows);
            for piece in pieces {
                text.push_str(texts.get(piece).copied().unwrap_or(&row));
            }
            prop_assert_eq!(by_grids(text.as_bytes(), cells).0, by_the_letter(text.as_bytes(), cells));
            let (last, by_letter) = (last_feed(text.as_bytes(), b','), last_by_the_letter(text.as_bytes()));
            prop_assert!(last.is_none() || last == by_letter, "{last:?} {by_letter:?}");
        }
    }
}
