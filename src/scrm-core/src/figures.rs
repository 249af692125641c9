//! The figures of the statement: the sums of a column, and everything that follows from them.
//!
//! A ratio is computed from the sums of its own column, never added up or averaged.

use crate::fold::DirectCell;
use crate::money::{Money, Ratio};

/// The sums of one column, from which all its figures follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub new_users: u64,
    pub ad_spend: Money,
    pub team_cost: Money,
    pub other_cost: Money,
    pub users: u64,
    pub buyers: u64,
    pub direct: DirectCell,
    pub distributors: u64,
    pub active: u64,
    pub distribution_buyers: u64,
    pub distribution: DirectCell,
    pub commission: Money,
}

impl Sums {
    /// Adds the sums of another part. (People who are in both count twice.)
    pub(crate) fn merge(&mut self, o: &Sums) {
        self.new_users += o.new_users;
        self.ad_spend += o.ad_spend;
        self.team_cost += o.team_cost;
        self.other_cost += o.other_cost;
        self.users += o.users;
        self.buyers += o.buyers;
        self.direct.merge(&o.direct);
        self.distributors += o.distributors;
        self.active += o.active;
        self.distribution_buyers += o.distribution_buyers;
        self.distribution.merge(&o.distribution);
        self.commission += o.commission;
    }

    /// Does the column hold anything at all?
    pub fn is_empty(&self) -> bool {
        *self == Sums::default()
    }
    pub fn traffic_cost(&self) -> Money {
        self.ad_spend + self.team_cost + self.other_cost
    }
    pub fn direct_revenue(&self) -> Money {
        self.direct.gross - self.direct.refunds
    }
    pub fn direct_profit(&self) -> Money {
        self.direct_revenue() - self.traffic_cost()
    }
    pub fn distribution_revenue(&self) -> Money {
        self.distribution.gross - self.distribution.refunds
    }
    pub fn distribution_profit(&self) -> Money {
        self.distribution_revenue() - self.commission
    }
    pub fn revenue(&self) -> Money {
        self.direct_revenue() + self.distribution_revenue()
    }
    pub fn cost(&self) -> Money {
        self.traffic_cost() + self.commission
    }
    pub fn profit(&self) -> Money {
        self.revenue() - self.cost()
    }
    pub fn goods_cost(&self) -> Money {
        self.direct.goods_cost + self.distribution.goods_cost
    }
    /// Profit ÷ revenue; undefined where revenue is not above 0.
    pub fn margin(&self) -> Option<Ratio> {
        (self.revenue() > Money::ZERO).then(|| self.profit().over(self.revenue())).flatten()
    }
}

/// A figure, by its kind. `None` is undefined, which is not zero.
#[derive(Clone, Copy, Debug)]
pub enum Figure {
    Count(u64),
    Money(Money),
    /// A share of something, such as a conversion.
    Share(Option<Ratio>),
    /// A number of things per thing.
    Quotient(Option<Ratio>),
    /// Money per thing.
    UnitValue(Option<Ratio>),
}

// One table makes the enum, the names and the figures, so that none can be forgotten.
macro_rules! key_table {
    ($($(#[$doc:meta])* $name:ident $key:literal $needs_goods:literal $figure:expr;)*) => {
        /// A figure of the statement: its name in every format, and what it means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Key { $($(#[$doc])* $name,)* }

        impl Key {
            /// All keys in the order of the statement.
            pub const ALL: &'static [Key] = &[$(Key::$name,)*];

            /// The key's name, `system.figure`.
            pub const fn name(self) -> &'static str {
                match self { $(Key::$name => $key,)* }
            }
            /// Stands only where orders have a goods cost.
            pub const fn needs_goods_cost(self) -> bool {
                match self { $(Key::$name => $needs_goods,)* }
            }
            /// The figure of a column.
            pub fn of(self, s: &Sums) -> Figure {
                match self {
                    $(Key::$name => {
                        let figure: fn(&Sums) -> Figure = $figure;
                        figure(s)
                    })*
                }
            }
        }
    };
}
use Figure::{Count, Quotient, Share, UnitValue};

key_table! {
    /// Users acquired in the period.
    NewUsers "traffic.new_users" false |s| Count(s.new_users);
    /// Ad spend dated in the period + the own cost of users acquired in it.
    AdSpend "traffic.ad_spend" false |s| Figure::Money(s.ad_spend);
    /// Ad spend ÷ new users.
    CostPerUser "traffic.cost_per_user" false |s| UnitValue(s.ad_spend.per(s.new_users));
    /// The share of team cost falling in the period.
    TeamCost "traffic.team_cost" false |s| Figure::Money(s.team_cost);
    /// The share of other cost falling in the period.
    OtherCost "traffic.other_cost" false |s| Figure::Money(s.other_cost);
    /// Ad spend + team cost + other cost.
    TrafficCost "traffic.cost" false |s| Figure::Money(s.traffic_cost());
    /// Users acquired before the end of the period: the pool.
    Users "direct.users" false |s| Count(s.users);
    /// Distinct users with a direct order paid in the period.
    Buyers "direct.buyers" false |s| Count(s.buyers);
    /// Buyers ÷ users.
    Conversion "direct.conversion" false |s| Share(Ratio::of_counts(s.buyers, s.users));
    /// Revenue ÷ buyers.
    RevenuePerBuyer "direct.revenue_per_buyer" false |s| UnitValue(s.direct_revenue().per(s.buyers));
    /// Direct orders paid in the period.
    Orders "direct.orders" false |s| Count(s.direct.orders);
    /// Orders ÷ buyers.
    OrdersPerBuyer "direct.orders_per_buyer" false |s| Quotient(Ratio::of_counts(s.direct.orders, s.buyers));
    /// Revenue ÷ orders.
    OrderValue "direct.order_value" false |s| UnitValue(s.direct_revenue().per(s.direct.orders));
    /// The amount of direct orders paid in the period.
    Gross "direct.gross" false |s| Figure::Money(s.direct.gross);
    /// Refunds of direct orders recognised in the period.
    Refunds "direct.refunds" false |s| Figure::Money(s.direct.refunds);
    /// Gross − refunds = users × conversion × revenue per buyer.
    Revenue "direct.revenue" false |s| Figure::Money(s.direct_revenue());
    /// Revenue − traffic cost.
    DirectProfit "direct.profit" false |s| Figure::Money(s.direct_profit());
    /// The goods cost of direct orders paid in the period.
    GoodsCost "direct.goods_cost" true |s| Figure::Money(s.direct.goods_cost);
    /// Direct profit − goods cost.
    Contribution "direct.contribution" true |s| Figure::Money(s.direct_profit() - s.direct.goods_cost);
    /// Joined before the end of the period and not left before it.
    Distributors "distribution.distributors" false |s| Count(s.distributors);
    /// Distributors ÷ users of the pool.
    DistributorRate "distribution.distributor_rate" false |s| Share(Ratio::of_counts(s.distributors, s.users));
    /// Distinct distributors with a distribution order paid in the period.
    Active "distribution.active" false |s| Count(s.active);
    /// Active ÷ distributors.
    ActiveRate "distribution.active_rate" false |s| Share(Ratio::of_counts(s.active, s.distributors));
    /// Distinct buyers of distribution orders; one without an id counts once per order.
    DistributionBuyers "distribution.buyers" false |s| Count(s.distribution_buyers);
    /// Distribution orders paid in the period.
    DistributionOrders "distribution.orders" false |s| Count(s.distribution.orders);
    /// The amount of distribution orders paid in the period.
    DistributionGross "distribution.gross" false |s| Figure::Money(s.distribution.gross);
    /// Refunds of distribution orders recognised in the period.
    DistributionRefunds "distribution.refunds" false |s| Figure::Money(s.distribution.refunds);
    /// Gross − refunds = users × distributor rate × active rate × revenue per active distributor.
    DistributionRevenue "distribution.revenue" false |s| Figure::Money(s.distribution_revenue());
    /// Revenue ÷ active.
    RevenuePerActive "distribution.revenue_per_active" false |s| UnitValue(s.distribution_revenue().per(s.active));
    /// Commission accrued in the period, adjustments included.
    Commission "distribution.commission" false |s| Figure::Money(s.commission);
    /// Revenue − commission.
    DistributionProfit "distribution.profit" false |s| Figure::Money(s.distribution_profit());
    /// The goods cost of distribution orders paid in the period.
    DistributionGoodsCost "distribution.goods_cost" true |s| Figure::Money(s.distribution.goods_cost);
    /// Distribution profit − goods cost.
    DistributionContribution "distribution.contribution" true
        |s| Figure::Money(s.distribution_profit() - s.distribution.goods_cost);
    /// The revenue of both systems.
    TotalRevenue "total.revenue" false |s| Figure::Money(s.revenue());
    /// Traffic cost + commission.
    TotalCost "total.cost" false |s| Figure::Money(s.cost());
    /// Revenue − cost.
    TotalProfit "total.profit" false |s| Figure::Money(s.profit());
    /// Profit ÷ revenue; undefined where revenue is not above 0.
    TotalMargin "total.margin" false |s| Share(s.margin());
    /// The goods cost of both systems.
    TotalGoodsCost "total.goods_cost" true |s| Figure::Money(s.goods_cost());
    /// Total profit − goods cost.
    TotalContribution "total.contribution" true |s| Figure::Money(s.profit() - s.goods_cost());
}

impl Key {
    /// The key with this name.
    pub fn named(name: &str) -> Option<Key> {
        Key::ALL.iter().copied().find(|k| k.name() == name)
    }
}
