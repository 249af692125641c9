//! The words for an order's status.

use super::after_sale::{is_partly, shows_payment};
use super::layout::Layout;
use super::problem::{Code, Detail};
use super::profile::Profile;
use super::table::{Bad, Row};
use hashbrown::HashMap;

/// What has become of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Unpaid,
    Paid,
    Shipped,
    Completed,
    Refunded,
    Cancelled,
}

/// Our words, and the Chinese ones that exports use for them.
const WORDS: [(&str, Status); 15] = [
    ("unpaid", Status::Unpaid),
    ("paid", Status::Paid),
    ("shipped", Status::Shipped),
    ("completed", Status::Completed),
    ("refunded", Status::Refunded),
    ("cancelled", Status::Cancelled),
    ("待付款", Status::Unpaid),
    ("已支付", Status::Paid),
    ("待发货", Status::Paid),
    ("已发货", Status::Shipped),
    ("已完成", Status::Completed),
    ("交易成功", Status::Completed),
    ("已退款", Status::Refunded),
    ("已取消", Status::Cancelled),
    ("已关闭", Status::Cancelled),
];
const CLOSED: &str = "交易关闭";

impl Status {
    /// The status that one of our own six words means.
    pub fn named(word: &str) -> Option<Status> {
        WORDS[..6].iter().find(|(w, _)| *w == word).map(|(_, s)| *s)
    }

    pub const ALL: [Status; 6] = [
        Status::Unpaid,
        Status::Paid,
        Status::Shipped,
        Status::Completed,
        Status::Refunded,
        Status::Cancelled,
    ];

    pub const NAMES: [&'static str; 6] = ["unpaid", "paid", "shipped", "completed", "refunded", "cancelled"];

    /// Our word for it.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Must an order with this status have been paid?
    pub const fn is_paid(self) -> bool {
        matches!(self, Status::Paid | Status::Shipped | Status::Completed | Status::Refunded)
    }

    /// May rows of one closed order have this status and another: that it was closed, and that it was given back?
    pub const fn is_closing_with(self, other: Status) -> bool {
        use Status::{Cancelled, Refunded};
        matches!((self, other), (Cancelled, Refunded) | (Refunded, Cancelled))
    }
}

type Words = HashMap<Vec<u8>, Status, foldhash::fast::RandomState>;

/// All words of a run: those of the settings win over a profile's, and these over ours.
#[derive(Clone, Debug)]
pub struct Statuses {
    mapped: Words,
    ours: Words,
}

impl Statuses {
    pub fn new<'a>(mapped: impl Iterator<Item = (&'a str, Status)>) -> Statuses {
        let bytes = |(word, status): (&str, Status)| (word.as_bytes().to_vec(), status);
        let ours = WORDS.into_iter().chain([(CLOSED, Status::Cancelled)]).map(bytes).collect();
        Statuses { mapped: mapped.map(bytes).collect(), ours }
    }

    /// The status in a cell, none where it is empty; a word that nobody knows is noted.
    pub fn read(&self, row: &mut Row, column: usize) -> Result<Option<Status>, Bad> {
        let word = row.cell(column);
        if word.is_empty() {
            return Ok(None);
        }
        if let Some(status) = self.of(row, word) {
            return Ok(Some(status));
        }
        row.text(column)?;
        let words = Status::NAMES.map(String::from).to_vec();
        Err(row.error_with(Code::BadStatus, column, Detail::Expected(words)))
    }

    /// What a word means in a row: an export's closed order that was paid is one that was given back.
    pub fn of(&self, row: &Row, word: &[u8]) -> Option<Status> {
        match self.find(word, row.layout.profile()) {
            Some(Status::Cancelled) if shows_payment(row, word) => Some(Status::Refunded),
            None if is_partly(word, row.layout) => Some(Status::Paid),
            found => found,
        }
    }

    /// What a word means whatever else stands in its row; `None` where that must be looked at, too.
    pub fn at_a_glance(&self, word: &[u8], layout: &Layout) -> Option<Status> {
        let found = self.find(word, layout.profile())?;
        (found != Status::Cancelled || layout.manner.is_none()).then_some(found)
    }

    /// What a word means by itself, without any settings or profile.
    pub fn ours(word: &[u8]) -> Option<Status> {
        let mut all = WORDS.into_iter().chain([(CLOSED, Status::Cancelled)]);
        all.find(|(known, _)| known.as_bytes() == word).map(|(_, status)| status)
    }

    /// What a word means in a file that is read by a profile, or by none.
    pub fn find(&self, word: &[u8], profile: Option<&Profile>) -> Option<Status> {
        let of_profile = || profile.and_then(|p| p.statuses.get(word));
        self.mapped.get(word).or_else(of_profile).or_else(|| self.ours.get(word)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_words_win() {
        let s = Statuses::new([("买家已付款", Status::Paid), ("paid", Status::Unpaid)].into_iter());
        for (word, want) in [
            ("买家已付款", Some(Status::Paid)),
            ("paid", Some(Status::Unpaid)),
            ("交易关闭", Some(Status::Cancelled)),
            ("交易成功", Some(Status::Completed)),
            ("Paid", None),
            ("-", None),
        ] {
            assert_eq!(s.find(word.as_bytes(), None), want, "{word}");
        }
    }
}
