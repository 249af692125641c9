//! The one order that a run asks about: what its row means, kept while the others stream by.

use super::problem::Place;
use super::status::Status;
use scrm_core::classify::Verdict;
use scrm_core::date::Stamp;
use scrm_core::money::Amount;
use scrm_core::why::Asked;

/// A row of `orders`, read and put in its bucket.
#[derive(Clone, Debug)]
pub struct Watched {
    pub id: Box<str>,
    pub place: Place,
    /// Empty for a guest.
    pub user: Box<str>,
    pub asked: Asked,
    pub verdict: Verdict,
    /// As the row has it, whether the order is paid or not.
    pub paid_at: Option<Stamp>,
    pub amount: Amount,
    /// The word in the row, empty where there is none, and what it means.
    pub status_word: Box<str>,
    pub status: Option<Status>,
    pub completed_at: Option<Stamp>,
    pub product: Box<str>,
    pub category: Box<str>,
}

impl Watched {
    /// Is it a refund of its own and no order?
    pub fn is_refund(&self) -> bool {
        self.amount.0 < 0 && self.asked.paid.is_some()
    }
}
