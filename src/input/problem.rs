//! What is wrong with the data, and where: collected, never thrown.
//!
//! A [`Problem`] is data; words for it are found where it is shown. Errors are kept up to a limit, the first in the
//! order of files, lines and columns whatever thread found them, and counted beyond it. Warnings are one per code and
//! file, with a count and the first place.

use super::field::mojibake::Mojibake;
use super::other_sheets::Unread;
use super::workbook::{Fault, What};
use scrm_core::date::Day;
use scrm_core::money::Money;
use std::collections::{BTreeMap, BinaryHeap};

/// A file of the data directory, numbered in the order in which tables and their parts are read.
pub type FileNo = u32;

macro_rules! codes {
    ($($severity:ident { $($name:ident $code:literal,)* })*) => {
        /// What kind of problem it is; the name is part of the contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($($name,)*)* }

        impl Code {
            pub const ALL: &'static [Code] = &[$($(Code::$name,)*)*];
            pub const fn name(self) -> &'static str {
                match self { $($(Code::$name => $code,)*)* }
            }
            pub const fn severity(self) -> Severity {
                match self { $($(Code::$name => Severity::$severity,)*)* }
            }
        }
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The data is refused.
    Error,
    /// The data is used; something about it should be known.
    Warning,
}

impl Severity {
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

codes! {
    Error {
        Encoding "encoding", Mojibake "mojibake", Nul "nul", ControlChar "control-char", InvisibleChar "invisible-char",
        BinaryFile "binary-file", Workbook "workbook", WorkbookCell "workbook-cell", EmptyFile "empty-file", Delimiter "delimiter", BareCr "bare-cr",
        StrayQuote "stray-quote", UnclosedQuote "unclosed-quote", LineBreak "line-break", RowLength "row-length",
        MissingColumn "missing-column", DuplicateColumn "duplicate-column", RepeatedHeader "repeated-header",
        CellTooLong "cell-too-long", EmptyId "empty-id", ScientificId "scientific-id", BadMoney "bad-money",
        MoneyRange "money-range", Negative "negative", BadDate "bad-date", AmbiguousDate "ambiguous-date",
        BadStatus "bad-status", BadMotive "bad-motive", DuplicateId "duplicate-id", RefundExceeds "refund-exceeds",
        TwoRefundSources "two-refund-sources", PaidWithoutDate "paid-without-date",
        ConflictingReferral "conflicting-referral", MixedReferrals "mixed-referrals", UplineCycle "upline-cycle",
        UplineSelf "upline-self", ConflictingLine "conflicting-line", RepeatedLines "repeated-lines",
        DifferingColumns "differing-columns", AfterSale "after-sale", Currency "currency",
        UnappliedDiscount "unapplied-discount", ControlTotal "control-total", MisplacedTotal "misplaced-total",
        UnknownKey "unknown-key", BadTarget "bad-target", DuplicateTarget "duplicate-target",
        WideTable "wide-table", UnknownUserRefused "unknown-user", BeforeJoiningRefused "before-joining",
    }
    Warning {
        MissingFile "missing-file", NoFinalNewline "no-final-newline", MoneyRounded "money-rounded",
        UnknownUser "unknown-user", BeforeJoining "before-joining",
        ReferralWithoutOrder "referral-without-order", RefundWithoutOrder "refund-without-order",
        UnlistedDistributor "unlisted-distributor", UnknownDistributor "unknown-distributor",
        IneligibleDistributor "ineligible-distributor", NoCommissionPlan "no-commission-plan",
        LookalikeId "lookalike-id", RepeatedSpend "repeated-spend", EmptyRow "empty-row",
        UnknownChannel "unknown-channel", FutureDate "future-date", BindingTie "binding-tie",
        RowLeftOut "row-left-out", MaskedId "masked-id", PlaceholderId "placeholder-id",
        UnreadColumn "unread-column", RefundInFull "refund-in-full", NameAsId "name-as-id", NoBuyer "no-buyer",
        UserWithoutId "user-without-id",
        BillAmount "bill-amount", BillWithoutOrder "bill-without-order",
        RefundWithoutCommission "refund-without-commission", RepeatedUser "repeated-user",
        UserWithoutOrder "user-without-order", RepeatedLine "repeated-line",
        UnusedReferrals "unused-referrals", UnreadSheet "unread-sheet",
        DeepUpline "deep-upline", LevelTwoOnly "level-2-only", RatesOverHalf "rates-over-half",
    }
}

impl Code {
    /// Is it a fact that the law asks about, which `check` alone tells?
    pub const fn is_legal(self) -> bool {
        matches!(self, Code::DeepUpline | Code::LevelTwoOnly | Code::RatesOverHalf)
    }

    /// Does the warning depend on what other tables hold?
    pub const fn is_about_other_tables(self) -> bool {
        matches!(
            self,
            Code::UnknownUser
                | Code::BeforeJoining
                | Code::ReferralWithoutOrder
                | Code::RefundWithoutOrder
                | Code::BillAmount
                | Code::BillWithoutOrder
                | Code::UnlistedDistributor
                | Code::UnknownDistributor
                | Code::IneligibleDistributor
                | Code::UnknownChannel
                | Code::BindingTie
                | Code::RefundWithoutCommission
                | Code::UserWithoutOrder
        )
    }
}

/// A place in a file: a physical line and a cell of the row, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: FileNo,
    pub line: Option<u64>,
    pub column: Option<u32>,
}

impl Place {
    pub const fn file(file: FileNo) -> Place {
        Place { file, line: None, column: None }
    }
    pub const fn line(file: FileNo, line: u64) -> Place {
        Place { file, line: Some(line), column: None }
    }
}

/// What there is to say beyond the code.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    #[default]
    None,
    /// A row of `found` cells under a header of `expected`.
    Cells { expected: usize, found: usize },
    /// A column that is not there, the names tried for it, and the header's nearest name.
    Missing { tried: Vec<String>, near: Option<String>, like: Option<Like> },
    /// A total that the file states, and what its rows add up to.
    Totals { stated: Money, ours: Money },
    /// The same of a row that may be none of totals, but one with such a name.
    NamedTotals { stated: Money, ours: Money },
    /// The total of a row over the columns of its channels, and what these add up to.
    Channels { stated: Money, ours: Money },
    /// The number of rows that the file states, and how many there are.
    Rows { stated: u64, ours: u64 },
    /// A quoted cell of a column we do not read swallows rows.
    Fold,
    /// The words that would have been read.
    Expected(Vec<String>),
    /// Bytes that name a format: gzip, zip, …; or an encoding.
    Format(&'static str),
    /// Text that is none in this encoding, in which the file is.
    Unlike(&'static str),
    /// Sheets that are not read.
    Sheets(Vec<Unread>),
    /// Why a workbook cannot be used.
    Workbook(Fault),
    /// What a cell of a workbook is, beyond its text.
    Cell(What),
    /// What became of a text.
    Mojibake(Mojibake),
    /// Another cell whose header means the same as that of ours, and what it says.
    Rival { header: String, other: String, value: String },
    /// A refund that stands where a status says that nothing was given back.
    Given { refund: Money },
    /// A word that does not say whether an amount was given or taken.
    Sign,
    /// A word that says that somebody does not distribute, of whom no day says since when.
    NoDay,
    /// The second row of a header.
    SecondHeader,
    /// A unit of amounts that is not read.
    Scale(&'static str),
    /// An amount that is none where commas stand for decimals.
    DecimalComma,
    /// The delimiter the header seems to have.
    Delimiter(char),
    /// An order's amount, which settings may let stand.
    OfOrder,
    /// An amount and its limit.
    Exceeds { refunds: Money, amount: Money },
    /// Somebody left before this day, on which they joined.
    Before(Day),
    /// Ids in a ring.
    Ring(Vec<String>),
    /// Another id, which the value looks like or conflicts with.
    Other(String),
    /// The number by which a spreadsheet stores this day.
    Serial(Day),
    /// A day where only a month can stand.
    Month,
    /// A target of something.
    Target,
    /// A limit in bytes.
    Limit(usize),
    /// The money that the counted rows hold.
    Amount(Money),
    /// How many people hang under somebody, in how many levels.
    Pyramid { people: u32, depth: u32 },
    /// What is true of the counted orders.
    Orders(String),
    /// Names of tables or things, in a warning about several.
    Names(Vec<String>),
}

/// The profile that a header is most like, by the share of its headers that are there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Like {
    pub profile: String,
    pub matched: usize,
    pub of: usize,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub place: Option<Place>,
    pub code: Code,
    /// The name of the column.
    pub name: Option<String>,
    /// The value as it stands in the file, shortened.
    pub value: Option<String>,
    pub detail: Detail,
    pub related: Vec<Place>,
    /// Of a warning: how many.
    pub count: u64,
}

impl Problem {
    pub fn new(code: Code, place: impl Into<Option<Place>>) -> Problem {
        Problem {
            place: place.into(),
            code,
            name: None,
            value: None,
            detail: Detail::None,
            related: Vec::new(),
            count: 1,
        }
    }
    pub fn column(mut self, name: impl Into<String>) -> Problem {
        self.name = Some(name.into());
        self
    }
    pub fn value(mut self, bytes: &[u8]) -> Problem {
        self.value = Some(shown(bytes));
        self
    }
    pub fn detail(mut self, detail: Detail) -> Problem {
        self.detail = detail;
        self
    }
    fn detail_or(self, amount: Option<Money>) -> Problem {
        match amount {
            Some(amount) => self.detail(Detail::Amount(amount)),
            None => self,
        }
    }
    pub fn related(mut self, place: Place) -> Problem {
        self.related.push(place);
        self
    }
    pub fn count(mut self, count: u64) -> Problem {
        self.count = count;
        self
    }
}

/// At most this many characters of a value are shown.
const SHOWN: usize = 60;

/// A value as text: what is not UTF-8 replaced, a long one shortened.
fn shown(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(SHOWN * 4)];
    let text = String::from_utf8_lossy(start);
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() || start.len() < bytes.len() {
        short.push('…');
    }
    short
}

/// The problems found so far. Merges in any order to the same result.
#[derive(Debug)]
pub struct Problems {
    limit: usize,
    /// Errors found, shown or not.
    pub errors: u64,
    first: BinaryHeap<Problem>,
    warnings: BTreeMap<(Code, Option<FileNo>), Problem>,
}

impl Problems {
    /// Keeps the first `limit` errors.
    pub fn new(limit: usize) -> Problems {
        Problems { limit, errors: 0, first: BinaryHeap::new(), warnings: BTreeMap::new() }
    }

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Adds an error at a place; the problem itself is only made where it will be kept.
    pub fn error(&mut self, place: Place, make: impl FnOnce() -> Problem) {
        self.errors += 1;
        let full = self.first.len() >= self.limit;
        if full && self.first.peek().is_none_or(|last| last.place <= Some(place)) {
            return;
        }
        self.keep(make());
    }

    fn keep(&mut self, p: Problem) {
        self.first.push(p);
        if self.first.len() > self.limit {
            self.first.pop();
        }
    }

    /// Adds one to the warning of a code and file; the problem itself is only made where it is the first by place.
    pub fn warn_at(
        &mut self,
        code: Code,
        place: Place,
        amount: Option<Money>,
        make: impl FnOnce() -> Problem,
    ) {
        match self.warnings.get_mut(&(code, Some(place.file))) {
            Some(kept) if kept.place <= Some(place) => {
                kept.count += 1;
                if let (Detail::Amount(sum), Some(more)) = (&mut kept.detail, amount) {
                    *sum += more;
                }
            }
            _ => self.warn(make().detail_or(amount)),
        }
    }

    /// Adds to the warning of a code and file.
    pub fn warn(&mut self, p: Problem) {
        let file = p.place.map(|at| at.file);
        match self.warnings.entry((p.code, file)) {
            std::collections::btree_map::Entry::Vacant(v) => {
                v.insert(p);
            }
            std::collections::btree_map::Entry::Occupied(mut o) => {
                let kept = o.get_mut();
                let count = kept.count + p.count;
                let detail = match (&kept.detail, &p.detail) {
                    (Detail::Amount(a), Detail::Amount(b)) => Some(Detail::Amount(*a + *b)),
                    (Detail::Names(a), Detail::Names(b)) => {
                        Some(Detail::Names([a.clone(), b.clone()].concat()))
                    }
                    _ => None,
                };
                if p.place < kept.place {
                    *kept = p;
                }
                kept.count = count;
                if let Some(detail) = detail {
                    kept.detail = detail;
                }
            }
        }
    }

    pub fn merge(&mut self, o: Problems) {
        self.errors += o.errors;
        for p in o.first {
            self.keep(p);
        }
        for (_, p) in o.warnings {
            self.warn(p);
        }
    }

    /// Takes out what else was said of cells of which the workbook itself says what is wrong.
    pub fn one_for_each_cell(&mut self) {
        let is_cell = |p: &Problem| p.code == Code::WorkbookCell;
        let cells: Vec<Option<Place>> = self.first.iter().filter(|p| is_cell(p)).map(|p| p.place).collect();
        let before = self.first.len();
        self.first.retain(|p| is_cell(p) || !cells.contains(&p.place));
        self.errors -= (before - self.first.len()) as u64;
    }

    /// The errors kept, in the order of their places.
    pub fn errors_shown(&self) -> Vec<Problem> {
        let mut list: Vec<Problem> = self.first.iter().cloned().collect();
        list.sort();
        list
    }

    /// The warnings, in the order of the contract's codes and of the files.
    pub fn warnings(&self) -> Vec<Problem> {
        self.warnings.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u64) -> Place {
        Place::line(0, line)
    }

    #[test]
    fn the_first_errors_are_kept_whoever_finds_them() {
        let found = |lines: &[u64]| {
            let mut p = Problems::new(2);
            for &l in lines {
                p.error(at(l), || Problem::new(Code::BadMoney, at(l)));
            }
            p
        };
        let (mut a, b) = (found(&[9, 4, 7]), found(&[8, 2]));
        a.merge(b);
        let lines: Vec<_> = a.errors_shown().iter().map(|p| p.place.unwrap().line.unwrap()).collect();
        assert_eq!((a.errors, lines), (5, vec![2, 4]));
    }

    #[test]
    fn a_warning_is_one_per_code_and_file_with_the_first_place() {
        let mut p = Problems::new(20);
        for (line, cents) in [(5, 100), (3, 20)] {
            let detail = Detail::Amount(Money::from_cents(cents));
            p.warn(Problem::new(Code::UnknownUser, at(line)).detail(detail));
        }
        p.warn(Problem::new(Code::UnknownUser, Place::line(1, 1)));
        let all = p.warnings();
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].count, all[0].place), (2, Some(at(3))));
        assert_eq!(all[0].detail, Detail::Amount(Money::from_cents(120)));
    }
}
