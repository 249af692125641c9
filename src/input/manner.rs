//! How the cells of a file are read by a profile: several cells for one value, guards, what means nothing, units,
//! signs, and rows that are left out.

use super::field::id::is_nobody;
use super::field::money::{MoneyError, Read};
use super::field::trim;
use super::profile::{After, Names, Profile, fold};
use super::schema::{Kind, referrals};
use super::source::TableName;
use super::split::Record;
use super::table::Schema;
use std::sync::Arc;

/// A profile, on the header of a file.
#[derive(Clone, Debug)]
pub struct Manner {
    pub profile: Arc<Profile>,
    /// Constants, units and after-sale statuses are those of the profile's table, not of one derived from it.
    is_own: bool,
    also: Vec<Vec<usize>>,
    /// The cell that tells a sign, and those by which rows are left out, each with the words for it.
    sign: Option<usize>,
    left_out: Vec<(usize, usize)>,
    /// The cells of after-sale statuses.
    after_sale: Vec<usize>,
    /// Rows are left out where this column of ours is empty: they are of another table.
    pub only_filled: Option<usize>,
    has_texts: bool,
}

/// A row that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// By a column's value, which is told.
    ByValue(usize),
    /// It is none of this table's.
    Silently,
}

impl Manner {
    pub fn new(profile: Arc<Profile>, schema: Schema, header: &[Vec<u8>], also: Vec<Vec<usize>>) -> Manner {
        let folded = super::layout::folded(header);
        let cell = |names: &Names| names.folded.iter().find_map(|n| folded.iter().position(|f| f == n));
        let cells = |names: &Names| {
            let is_one = |(_, name): &(usize, &String)| !name.is_empty() && names.folded.contains(name);
            folded.iter().enumerate().filter(is_one).map(|(i, _)| i).collect::<Vec<_>>()
        };
        let is_own = profile.table == schema.table;
        let left_out =
            profile.leave_out.iter().zip(0..).filter_map(|((names, _), n)| Some((cell(names)?, n)));
        // A row of an export that names no distributor refers nothing.
        let only_filled =
            (is_own && schema.table == TableName::Referrals).then_some(referrals::DISTRIBUTOR_ID);
        // What a glance takes for a text may mean nothing.
        let has_texts = schema.columns.iter().any(|c| c.kind() == Kind::Text && c.name == "channel");
        Manner {
            is_own,
            also,
            sign: profile.sign.as_ref().and_then(|s| cell(&s.column)),
            left_out: left_out.collect(),
            after_sale: profile.after_sale.as_ref().map(|a| cells(&a.columns)).unwrap_or_default(),
            only_filled,
            has_texts,
            profile,
        }
    }

    /// May rows be read at a glance, where they are plain? What a glance does not know must not be plain then.
    pub fn is_plain(&self) -> bool {
        let p = &self.profile;
        let is_constant = |c: &Option<Box<str>>| c.as_ref().is_some_and(|text| !text.is_empty());
        let begins_plain = |text: &String| text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let hidden = p.nulls.iter().chain(&p.ciphertext).any(begins_plain);
        let special =
            hidden || p.sign.is_some() || !self.after_sale.is_empty() || p.constants.iter().any(is_constant);
        !special && self.left_out.is_empty() && self.also.iter().all(Vec::is_empty) && !self.has_texts
    }

    /// Is a row read back as it was written, under the names of the header?
    pub fn reads_back(&self) -> bool {
        let p = &self.profile;
        p.sign.is_none() && self.left_out.is_empty()
    }

    /// May some rows be left out?
    pub fn is_filter(&self) -> bool {
        !self.left_out.is_empty() || self.only_filled.is_some() || self.refunds_by_status()
    }

    /// Rows of refunds, of which an after-sale status tells whether money went back.
    fn refunds_by_status(&self) -> bool {
        self.is_own && self.profile.table == TableName::Refunds && !self.after_sale.is_empty()
    }

    /// The cells of after-sale statuses.
    pub fn after_sale(&self) -> &[usize] {
        if self.is_own { &self.after_sale } else { &[] }
    }

    /// Are amounts in hundredths where their headers say nothing?
    pub fn is_in_fen(&self) -> bool {
        self.is_own && self.profile.fen
    }

    /// The cell that tells a sign.
    pub fn sign(&self) -> Option<usize> {
        self.sign
    }

    /// Further cells of a column.
    pub fn also(&self, column: usize) -> &[usize] {
        self.also.get(column).map_or(&[], Vec::as_slice)
    }

    /// Is a cell looked at, beside those of our columns?
    pub fn reads(&self, cell: usize) -> bool {
        let ours = self.also.iter().flatten().chain(&self.sign).chain(&self.after_sale);
        ours.copied().any(|c| c == cell) || self.left_out.iter().any(|(c, _)| *c == cell)
    }

    /// What stands in a column that the file lacks.
    pub fn constant(&self, column: usize) -> Option<&str> {
        self.profile.constants.get(column).filter(|_| self.is_own)?.as_deref()
    }

    /// A cell's text without what protects it; empty where it means nothing.
    pub fn text<'c>(&self, cell: &'c [u8]) -> &'c [u8] {
        let text = self.profile.guards.off(trim(cell));
        let is_null = |null: &String| null.as_bytes() == text;
        let is_cipher = |begin: &String| text.starts_with(begin.as_bytes());
        if self.profile.nulls.iter().any(is_null) || self.profile.ciphertext.iter().any(is_cipher) {
            return &[];
        }
        text
    }

    /// The text of a column that stands in a cell, or in another of its cells where that is empty.
    pub fn cell<'r>(&'r self, record: &Record<'r>, at: Option<usize>, column: usize) -> &'r [u8] {
        let is_distributor = self.only_filled == Some(column);
        let of = |cell: usize| match cell < record.spans.len() {
            true => Some(self.text(record.cell(cell))).filter(|text| !is_distributor || !is_nobody(text)),
            false => None,
        };
        let mut cells = at.into_iter().chain(self.also(column).iter().copied());
        let found = cells.find_map(|cell| of(cell).filter(|text| !text.is_empty()));
        found.unwrap_or_else(
            || if at.is_some() { &[] } else { self.constant(column).unwrap_or("").as_bytes() },
        )
    }

    /// An amount in yuan, with the sign that its row gives it.
    ///
    /// # Errors
    /// [`MoneyError::Bad`] or, of generic headers, [`MoneyError::Sign`] where a word tells no sign.
    pub fn amount(&self, mut read: Read, record: &Record) -> Result<Read, MoneyError> {
        if !self.is_own {
            return Ok(read);
        }
        if let (Some(cell), Some(sign)) = (self.sign, &self.profile.sign) {
            let word = self.text(record.cell(cell));
            let is_one_of = |words: &[String]| words.iter().any(|w| w.as_bytes() == word);
            let size = read.amount.0.abs();
            read.amount.0 = match (is_one_of(&sign.plus), is_one_of(&sign.minus)) {
                // Nobody knows of such a header that it tells signs: an amount that has its own keeps it.
                (true, _) if self.profile.generic && read.amount.0 < 0 => return Err(MoneyError::Sign),
                (false, false) if self.profile.generic && (word.is_empty() || read.amount.0 < 0) => {
                    read.amount.0
                }
                (false, false) if self.profile.generic => return Err(MoneyError::Sign),
                (true, _) => size,
                (_, true) => -size,
                _ => return Err(MoneyError::Bad),
            };
        }
        Ok(read)
    }

    /// Is a row left out?
    pub fn leaves_out(&self, record: &Record, at: &dyn Fn(usize) -> Option<usize>) -> Option<LeftOut> {
        if let Some(column) = self.only_filled
            && self.cell(record, at(column), column).is_empty()
        {
            let own = at(column).filter(|_| self.is_own);
            return Some(own.map_or(LeftOut::Silently, LeftOut::ByValue));
        }
        if self.refunds_by_status() {
            let is_none = |cell: &&usize| self.after(self.text(record.cell(**cell))) == Some(After::Nothing);
            if let Some(cell) = self.after_sale.iter().find(is_none) {
                return Some(LeftOut::ByValue(*cell));
            }
        }
        self.left_out.iter().find_map(|(cell, n)| {
            let text = self.text(record.cell(*cell));
            let is_one = self.profile.leave_out[*n].1.iter().any(|w| w.as_bytes() == text);
            is_one.then_some(LeftOut::ByValue(*cell))
        })
    }

    /// What a word for an after-sale status says; `None` where nobody knows it.
    pub fn after(&self, word: &[u8]) -> Option<After> {
        let words = &self.profile.after_sale.as_ref()?.words;
        let text = std::str::from_utf8(word).ok()?;
        words.get(text).or_else(|| words.get(&fold(text))).copied()
    }

    /// Is a cell protected by `="…"`, whose quotes are none of the table's?
    pub fn allows_formulas(&self) -> bool {
        self.profile.guards.formula
    }
}
