//! A second opinion: `pnl` and `payouts` once more, slow and plain, from the contract's definitions.
//!
//! A [`World`] is the data as a person would tell it. [`pnl`] and [`payouts`] compute the reports over big rationals and
//! plain vectors, looping over all rows for each figure; they share nothing with `src/`. [`random`] draws worlds from a
//! seed, [`files`] writes one as a data directory in one of many equivalent spellings. Nothing here parses files.

pub mod bridge;
pub mod commission;
pub mod facts;
pub mod files;
mod items;
mod manner;
pub mod payouts;
mod payouts_worlds;
pub mod pnl;
pub mod random;
pub mod spelling;
pub mod worlds;

use jiff::civil::{Date, DateTime};
use num_bigint::BigInt;
use num_rational::BigRational;

/// Money (in the run's currency) and rates, exactly.
pub type Q = BigRational;
pub type Day = Date;

/// `units` of 0.0001, which is as fine as money and the rates drawn here are.
pub fn q(units: i64) -> Q {
    Q::new(BigInt::from(units), BigInt::from(10_000))
}

/// Local; a stamp without a time stands at midnight and says so.
#[derive(Clone, Debug)]
pub struct Stamp {
    pub at: DateTime,
    pub timed: bool,
}

impl Stamp {
    pub fn day(&self) -> Day {
        self.at.date()
    }
}

/// When somebody joins who never does.
pub const NEVER: Day = Day::MAX;

/// Where a text may be missing it is empty, as in the files.
#[derive(Clone, Debug)]
pub struct User {
    pub id: String,
    /// [`NEVER`] for one without an order, where users are dated by these.
    pub acquired: Day,
    pub channel: String,
    pub cost: Option<Q>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Status {
    Unpaid,
    Paid,
    Shipped,
    Completed,
    Refunded,
    Cancelled,
}

#[derive(Clone, Debug)]
pub struct Order {
    pub id: String,
    pub user: String,
    pub paid: Option<Stamp>,
    pub amount: Q,
    pub refund: Option<Q>,
    pub refunded_at: Option<Day>,
    pub status: Option<Status>,
    pub completed: Option<Stamp>,
    pub product: String,
    pub category: String,
    pub goods: Option<Q>,
}

/// A row of `orders` below zero: a refund of this amount (which is above zero) and no order.
#[derive(Clone, Debug)]
pub struct RefundRow {
    pub id: String,
    pub user: String,
    pub paid: Option<Stamp>,
    pub amount: Q,
    pub status: Option<Status>,
}

/// An item of an order, in a row of its own.
#[derive(Clone, Debug)]
pub struct Item {
    pub product: String,
    pub category: String,
    pub amount: Q,
    pub refund: Option<Q>,
    pub goods: Option<Q>,
}

/// A row of the table of refunds; `order` may be one that is not there.
#[derive(Clone, Debug)]
pub struct Refund {
    pub order: String,
    pub day: Day,
    pub amount: Q,
}

#[derive(Clone, Debug)]
pub struct Spend {
    pub day: Day,
    pub channel: String,
    pub amount: Q,
}

#[derive(Clone, Debug)]
pub enum When {
    Day(Day),
    /// Its first day.
    Month(Day),
}

#[derive(Clone, Debug)]
pub struct Cost {
    pub when: When,
    pub channel: String,
    pub amount: Q,
}

#[derive(Clone, Debug)]
pub struct Distributor {
    pub id: String,
    pub user: String,
    pub joined: Option<Day>,
    pub left: Option<Day>,
    pub grade: String,
    pub upline: String,
}

#[derive(Clone, Debug)]
pub struct Binding {
    pub user: String,
    pub distributor: String,
    pub bound: Stamp,
    pub expires: Option<Stamp>,
}

#[derive(Clone, Debug)]
pub enum Referrals {
    Absent,
    /// Order and distributor.
    ByOrder(Vec<(String, String)>),
    ByBinding(Vec<Binding>),
}

#[derive(Clone, Debug)]
pub struct Adjustment {
    pub distributor: String,
    pub day: Day,
    pub amount: Q,
}

#[derive(Clone, Debug)]
pub struct Payment {
    pub distributor: String,
    pub day: Day,
    pub amount: Q,
    pub tax: Option<Q>,
    pub failed: bool,
}

#[derive(Clone, Debug)]
pub enum Selector {
    Distributor(String),
    Product(String),
    Category(String),
    Grade(String),
    Default,
}

/// A `[[commission.rate]]`, half-open in time.
#[derive(Clone, Debug)]
pub struct Rate {
    pub selector: Selector,
    pub from: Option<Day>,
    pub until: Option<Day>,
    pub levels: Vec<Q>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Base {
    Net,
    Paid,
    Margin,
}

#[derive(Clone, Copy, Debug)]
pub enum Rounding {
    HalfUp,
    HalfEven,
    Down,
}

/// `[commission]`.
#[derive(Clone, Debug)]
pub struct Plan {
    pub levels: Vec<Q>,
    pub base: Base,
    pub last_binding_wins: bool,
    pub pays_self_purchase: bool,
    pub rounding: Rounding,
    pub whole: bool,
    /// From and addition, ascending.
    pub tiers: Vec<(Q, Q)>,
    pub rates: Vec<Rate>,
    pub settle_after_days: i64,
    pub min_payout: Q,
}

impl Plan {
    /// What holds where there is no `[commission]`.
    pub fn absent() -> Self {
        Plan {
            levels: Vec::new(),
            base: Base::Net,
            last_binding_wins: false,
            pays_self_purchase: false,
            rounding: Rounding::HalfUp,
            whole: false,
            tiers: Vec::new(),
            rates: Vec::new(),
            settle_after_days: 7,
            min_payout: q(100_000),
        }
    }
}

/// `[tax] rule`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tax {
    None,
    Labour,
    Platform,
}

#[derive(Clone, Debug)]
pub struct Settings {
    /// An IANA name without daylight saving, and its offset in minutes.
    pub zone: (&'static str, i32),
    pub unknown_user_is_direct: bool,
    pub before_joining_is_direct: bool,
    pub refunds_on_order: bool,
    pub prices: Vec<(String, Q)>,
    pub plan: Option<Plan>,
    pub tax: Tax,
}

/// Where the days on which users joined stand.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Acquired {
    #[default]
    InUsers,
    /// In the orders: it is that of the first that was paid.
    ByOrder,
    /// There too, and there is no table of users: they are all who have an order.
    ByOrderAlone,
}

/// What rows of the small tables mean, where a setting says so.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    pub acquired: Acquired,
    /// Further rows about users, which are left out; none where such are refused.
    pub again: Option<Vec<User>>,
    /// Ad spend has a column for each channel, whose header ends so.
    pub wide_spend: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub struct World {
    pub users: Vec<User>,
    pub manner: Manner,
    pub orders: Vec<Order>,
    /// The items of some orders, by the orders' ids: they add up to these. (None in a world of whole orders.)
    pub items: Vec<(String, Vec<Item>)>,
    /// None where such rows are refused.
    pub refund_rows: Option<Vec<RefundRow>>,
    /// Whether `orders` has the column `goods_cost`.
    pub has_goods: bool,
    /// Whether `orders` has the columns `status` and `completed_at`, filled or not.
    pub has_status: bool,
    pub has_completed: bool,
    /// Where there is a table of refunds, `orders` has no column `refund`.
    pub refunds: Option<Vec<Refund>>,
    pub spend: Vec<Spend>,
    pub team: Vec<Cost>,
    pub other: Vec<Cost>,
    pub distributors: Vec<Distributor>,
    pub referrals: Referrals,
    pub adjustments: Vec<Adjustment>,
    pub payments: Vec<Payment>,
    pub settings: Settings,
}

impl World {
    pub fn plan(&self) -> Plan {
        self.settings.plan.clone().unwrap_or_else(Plan::absent)
    }
}
