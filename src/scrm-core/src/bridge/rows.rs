//! The rows of the bridge: the tree that total profit is split by, and the three products in it.

use crate::figures::{Key, Sums};
use crate::money::Money;
use core::ops::Range;

/// What a rise of a row's amount does to profit. It alone decides what is favourable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Income,
    Cost,
}

// One table makes the enum, the names, the tree and the figures, so that none can be forgotten.
macro_rules! row_table {
    ($($(#[$doc:meta])* $name:ident $key:literal $kind:ident $parent:expr, $figure:expr;)*) => {
        /// A row of the bridge. Its effect is on total profit.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Row { $($(#[$doc])* $name,)* }

        impl Row {
            /// All rows, in the order of the statement.
            pub const ALL: &'static [Row] = &[$(Row::$name,)*];

            /// The row's name: that of the figure whose change it is the effect of, where there is one.
            pub const fn name(self) -> &'static str {
                match self { $(Row::$name => $key,)* }
            }
            pub const fn kind(self) -> Kind {
                match self { $(Row::$name => Kind::$kind,)* }
            }
            /// The row that this is a part of; `None` for total profit.
            pub const fn parent(self) -> Option<Row> {
                match self { $(Row::$name => $parent,)* }
            }
            /// The statement's figure whose change this is the effect of.
            pub const fn figure(self) -> Option<Key> {
                match self { $(Row::$name => $figure,)* }
            }
        }
    };
}

row_table! {
    /// New users and cost per user together.
    AdSpend "traffic.ad_spend" Cost Some(Row::TrafficCost), Some(Key::AdSpend);
    /// What more or fewer new users cost, each as much as before.
    NewUsers "traffic.new_users" Cost Some(Row::AdSpend), Some(Key::NewUsers);
    /// By channel: new users of dearer or cheaper channels.
    TrafficMix "traffic.mix" Cost Some(Row::AdSpend), None;
    /// By channel: those that had no new users before.
    TrafficNewChannels "traffic.new_channels" Cost Some(Row::AdSpend), None;
    /// By channel: those that have no new users any more.
    TrafficClosedChannels "traffic.closed_channels" Cost Some(Row::AdSpend), None;
    /// Ad spend ÷ new users.
    CostPerUser "traffic.cost_per_user" Cost Some(Row::AdSpend), Some(Key::CostPerUser);
    /// Ad spend without a new user.
    TrafficUnsplit "traffic.unsplit" Cost Some(Row::AdSpend), None;
    TeamCost "traffic.team_cost" Cost Some(Row::TrafficCost), Some(Key::TeamCost);
    OtherCost "traffic.other_cost" Cost Some(Row::TrafficCost), Some(Key::OtherCost);
    TrafficCost "traffic.cost" Cost Some(Row::DirectProfit), Some(Key::TrafficCost);
    /// What a larger or smaller pool brought, each user as much as before.
    Users "direct.users" Income Some(Row::Revenue), Some(Key::Users);
    /// By channel: users of channels that bring more or less per user.
    Mix "direct.mix" Income Some(Row::Revenue), None;
    /// By channel: those that had no users before.
    NewChannels "direct.new_channels" Income Some(Row::Revenue), None;
    /// By channel: those that have no users any more, as where periods are compared backwards.
    ClosedChannels "direct.closed_channels" Income Some(Row::Revenue), None;
    Conversion "direct.conversion" Income Some(Row::Revenue), Some(Key::Conversion);
    /// Orders per buyer and order value together.
    RevenuePerBuyer "direct.revenue_per_buyer" Income Some(Row::Revenue), Some(Key::RevenuePerBuyer);
    OrdersPerBuyer "direct.orders_per_buyer" Income Some(Row::RevenuePerBuyer), Some(Key::OrdersPerBuyer);
    OrderValue "direct.order_value" Income Some(Row::RevenuePerBuyer), Some(Key::OrderValue);
    /// Revenue without a buyer: refunds of earlier orders.
    Unsplit "direct.unsplit" Income Some(Row::Revenue), None;
    Revenue "direct.revenue" Income Some(Row::DirectProfit), Some(Key::Revenue);
    DirectProfit "direct.profit" Income Some(Row::TotalProfit), Some(Key::DirectProfit);
    /// What more or fewer distributors brought, each as much as before.
    Distributors "distribution.distributors" Income Some(Row::DistributionRevenue), Some(Key::Distributors);
    /// By channel: distributors of channels that sell more or less.
    DistributionMix "distribution.mix" Income Some(Row::DistributionRevenue), None;
    /// By channel: those that had no distributors before.
    DistributionNewChannels "distribution.new_channels" Income Some(Row::DistributionRevenue), None;
    /// By channel: those that have no distributors any more.
    DistributionClosedChannels "distribution.closed_channels" Income Some(Row::DistributionRevenue), None;
    ActiveRate "distribution.active_rate" Income Some(Row::DistributionRevenue), Some(Key::ActiveRate);
    RevenuePerActive "distribution.revenue_per_active" Income
        Some(Row::DistributionRevenue), Some(Key::RevenuePerActive);
    /// Revenue without a distributor at the end of the period, or without one that sold.
    DistributionUnsplit "distribution.unsplit" Income Some(Row::DistributionRevenue), None;
    DistributionRevenue "distribution.revenue" Income
        Some(Row::DistributionProfit), Some(Key::DistributionRevenue);
    Commission "distribution.commission" Cost Some(Row::DistributionProfit), Some(Key::Commission);
    DistributionProfit "distribution.profit" Income Some(Row::TotalProfit), Some(Key::DistributionProfit);
    TotalProfit "total.profit" Income None, Some(Key::TotalProfit);
}

impl Row {
    /// The number of levels of the tree.
    pub const DEPTH: usize = 5;

    /// The row with this name.
    pub fn named(name: &str) -> Option<Row> {
        Row::ALL.iter().copied().find(|r| r.name() == name)
    }

    /// How many rows this is a part of, one in another.
    pub fn depth(self) -> usize {
        core::iter::successors(self.parent(), |r| r.parent()).count()
    }

    /// The rows that come to this one.
    pub fn parts(self) -> impl Iterator<Item = Row> {
        Row::ALL.iter().copied().filter(move |r| r.parent() == Some(self))
    }

    pub fn has_parts(self) -> bool {
        self.parts().next().is_some()
    }

    /// Says nothing where there are no channels.
    pub const fn needs_channels(self) -> bool {
        use Row::{
            ClosedChannels, DistributionClosedChannels, DistributionMix, DistributionNewChannels, Mix,
            NewChannels, TrafficClosedChannels, TrafficMix, TrafficNewChannels,
        };
        matches!(
            self,
            TrafficMix
                | TrafficNewChannels
                | TrafficClosedChannels
                | Mix
                | NewChannels
                | ClosedChannels
                | DistributionMix
                | DistributionNewChannels
                | DistributionClosedChannels
        )
    }

    /// What no product holds, since it stands over a count of zero.
    pub const fn is_unsplit(self) -> bool {
        matches!(self, Row::TrafficUnsplit | Row::Unsplit | Row::DistributionUnsplit)
    }
}

/// An amount that is a product of counts and ratios.
pub(super) struct Product {
    pub amount: fn(&Sums) -> Money,
    /// Each over the one before it is a ratio, and the amount over the last.
    pub counts: &'static [Key],
    /// The effect of the first count.
    pub base: Row,
    /// The effect of a channel's share of the first count: of the mix, of a new channel, of a closed one.
    pub shares: [Row; 3],
    /// A ratio over each count.
    pub ratios: &'static [Row],
    /// The ratios that are one where it is not drilled down; else the last, which is itself.
    pub inner: Range<usize>,
    /// What those are together.
    pub outer: Option<Row>,
    pub unsplit: Row,
}

pub(super) const PRODUCTS: [Product; 3] = [
    Product {
        amount: |s| s.ad_spend,
        counts: &[Key::NewUsers],
        base: Row::NewUsers,
        shares: [Row::TrafficMix, Row::TrafficNewChannels, Row::TrafficClosedChannels],
        ratios: &[Row::CostPerUser],
        inner: 0..1,
        outer: None,
        unsplit: Row::TrafficUnsplit,
    },
    Product {
        amount: Sums::direct_revenue,
        counts: &[Key::Users, Key::Buyers, Key::Orders],
        base: Row::Users,
        shares: [Row::Mix, Row::NewChannels, Row::ClosedChannels],
        ratios: &[Row::Conversion, Row::OrdersPerBuyer, Row::OrderValue],
        inner: 1..3,
        outer: Some(Row::RevenuePerBuyer),
        unsplit: Row::Unsplit,
    },
    Product {
        amount: Sums::distribution_revenue,
        counts: &[Key::Distributors, Key::Active],
        base: Row::Distributors,
        shares: [Row::DistributionMix, Row::DistributionNewChannels, Row::DistributionClosedChannels],
        ratios: &[Row::ActiveRate, Row::RevenuePerActive],
        inner: 1..2,
        outer: None,
        unsplit: Row::DistributionUnsplit,
    },
];
