//! Why profit changed, by the definition of the Owen value: the mean over all orders of substituting one factor after
//! the other, in which what is split further stays together. The chain is the first of these orders alone.
//!
//! It knows neither means nor formulas of effects; figures come from the reference of `pnl`.

use super::{Q, q};
use num_bigint::BigInt;
use serde_json::Value;

/// A figure before and after.
type Both = [Q; 2];

/// An amount as what it is made of.
enum Tree {
    Leaf(&'static str, Both),
    Product(Box<[Tree; 2]>),
    Sum(Vec<Tree>),
}

impl Tree {
    fn leaves(&self) -> Vec<&'static str> {
        match self {
            Tree::Leaf(name, _) => vec![name],
            Tree::Product(two) => two.iter().flat_map(Tree::leaves).collect(),
            Tree::Sum(all) => all.iter().flat_map(Tree::leaves).collect(),
        }
    }

    /// What it is where these leaves are as they are after.
    fn value(&self, after: &[&str]) -> Q {
        match self {
            Tree::Leaf(name, both) => both[usize::from(after.contains(name))].clone(),
            Tree::Product(two) => two[0].value(after) * two[1].value(after),
            Tree::Sum(all) => all.iter().fold(q(0), |sum, t| sum + t.value(after)),
        }
    }

    /// All orders of the leaves in which those of each node stand together. What is added may stand in any place.
    fn orders(&self) -> Vec<Vec<&'static str>> {
        let joined = |a: &[Vec<&'static str>], b: &[Vec<&'static str>]| -> Vec<Vec<&'static str>> {
            a.iter().flat_map(|a| b.iter().map(|b| [a.as_slice(), b].concat())).collect()
        };
        match self {
            Tree::Leaf(name, _) => vec![vec![name]],
            Tree::Product(two) => {
                let (first, second) = (two[0].orders(), two[1].orders());
                [joined(&first, &second), joined(&second, &first)].concat()
            }
            Tree::Sum(all) => all.iter().fold(vec![Vec::new()], |orders, t| joined(&orders, &t.orders())),
        }
    }

    /// The effect of each leaf.
    fn effects(&self, chain: bool) -> Vec<(&'static str, Q)> {
        let mut orders = self.orders();
        if chain {
            orders.truncate(1);
        }
        let mut effects: Vec<(&str, Q)> = self.leaves().into_iter().map(|name| (name, q(0))).collect();
        for order in &orders {
            for (at, name) in order.iter().enumerate() {
                let change = self.value(&order[..=at]) - self.value(&order[..at]);
                let effect = effects.iter_mut().find(|(n, _)| n == name).expect("every leaf is in an order");
                effect.1 += change / Q::from(BigInt::from(orders.len()));
            }
        }
        effects
    }
}

/// A product: the system and figure of its amount, its counts, the rows of the first one's and of the ratios' effects.
pub struct Product {
    amount: &'static str,
    counts: &'static [&'static str],
    pub base: &'static str,
    pub ratios: &'static [&'static str],
    pub is_cost: bool,
    pub system: &'static str,
}

pub const PRODUCTS: [Product; 3] = [
    Product {
        amount: "ad_spend",
        counts: &["new_users"],
        base: "traffic.new_users",
        ratios: &["traffic.cost_per_user"],
        is_cost: true,
        system: "traffic",
    },
    Product {
        amount: "revenue",
        counts: &["users", "buyers", "orders"],
        base: "direct.users",
        ratios: &["direct.conversion", "direct.orders_per_buyer", "direct.order_value"],
        is_cost: false,
        system: "direct",
    },
    Product {
        amount: "revenue",
        counts: &["distributors", "active"],
        base: "distribution.distributors",
        ratios: &["distribution.active_rate", "distribution.revenue_per_active"],
        is_cost: false,
        system: "distribution",
    },
];

/// A column of `pnl`, or nothing where a period lacks the channel.
pub type Column<'v> = Option<&'v Value>;

pub fn money(v: &Value) -> Q {
    let (whole, part) = v.as_str().expect("money").split_once('.').expect("decimals");
    Q::new(format!("{whole}{part:0<4}").parse().expect("digits"), BigInt::from(10_000))
}

impl Product {
    pub fn count(&self, column: Column, which: usize) -> Q {
        let count = column.map_or(0, |c| c[self.system][self.counts[which]].as_u64().expect("a count"));
        Q::from(BigInt::from(count))
    }

    fn amount(&self, column: Column) -> Q {
        column.map_or_else(|| q(0), |c| money(&c[self.system][self.amount]))
    }

    /// The effects on profit of `base`, `share`, each of the ratios and `unsplit`, of one channel of those of both
    /// periods.
    pub fn effects(&self, one: [Column; 2], all: [&[Column]; 2], chain: bool) -> Vec<(&'static str, Q)> {
        let whole = all.map(|columns| columns.iter().fold(q(0), |sum, c| sum + self.count(*c, 0)));
        let counts: Vec<Both> = [whole]
            .into_iter()
            .chain((0..self.counts.len()).map(|n| one.map(|c| self.count(c, n))))
            .collect();
        let sign = if self.is_cost { q(-10_000) } else { q(10_000) };
        let effects = self.tree(&counts, &one.map(|c| self.amount(c))).effects(chain);
        let (unsplit, mut split): (Vec<_>, Vec<_>) =
            effects.into_iter().partition(|(name, _)| name.starts_with("unsplit"));
        split.push(("unsplit", unsplit.into_iter().fold(q(0), |sum, (_, effect)| sum + effect)));
        split.into_iter().map(|(name, effect)| (name, effect * &sign)).collect()
    }

    /// amount = unsplit + T × (unsplit + share × (unsplit + ratio × (… × last))).
    fn tree(&self, counts: &[Both], amount: &Both) -> Tree {
        const UNSPLIT: [&str; 4] = ["unsplit", "unsplit of share", "unsplit of 1", "unsplit of 2"];
        let zero = q(0);
        // So far down no count is zero.
        let defined = |p: usize, link: usize| counts[..=link].iter().all(|c| c[p] > zero);
        let both = |link: usize, of: &dyn Fn(usize) -> Q| -> Both {
            match [defined(0, link), defined(1, link)] {
                [true, true] => [of(0), of(1)],
                [true, false] => [of(0), of(0)],
                [false, true] => [of(1), of(1)],
                [false, false] => [q(0), q(0)],
            }
        };
        let last = counts.len() - 1;
        let rest = |link: usize, p: usize| &amount[p] / &counts[link][p];
        let name = |link: usize| if link == 0 { "share" } else { self.ratios[link - 1] };
        let mut tree = Tree::Leaf(name(last), both(last, &|p| rest(last, p)));
        for link in (0..last).rev() {
            let ratio = both(link, &|p| &counts[link + 1][p] / &counts[link][p]);
            let left = both(link, &|p| if counts[link + 1][p] > zero { q(0) } else { rest(link, p) });
            let product = Tree::Product(Box::new([Tree::Leaf(name(link), ratio), tree]));
            tree = Tree::Sum(vec![Tree::Leaf(UNSPLIT[link + 1], left), product]);
        }
        let left = [0, 1].map(|p| if defined(p, 0) { q(0) } else { amount[p].clone() });
        let product = Tree::Product(Box::new([Tree::Leaf("base", counts[0].clone()), tree]));
        Tree::Sum(vec![Tree::Leaf(UNSPLIT[0], left), product])
    }
}

/// The issue's own figures: users 1,000 → 1,500, buyers 120 → 150, revenue 36,000 → 42,750, each with an order per buyer.
#[test]
fn the_reference_knows_the_figures_of_the_issue() {
    let column = |users: u64, buyers: u64, revenue: &str| serde_json::json!({ "direct": { "users": users, "buyers": buyers, "orders": buyers, "revenue": revenue } });
    let (before, after) = (column(1_000, 120, "36000.00"), column(1_500, 150, "42750.00"));
    let both = [Some(&before), Some(&after)];
    let effects = PRODUCTS[1].effects(both, [&both[..1], &both[1..]], false);
    let want = [
        ("base", 161_250_000), // 500 × 32.25
        ("share", 0),
        ("direct.conversion", -73_125_000), // 1,250 × −2 % × 292.50
        ("direct.orders_per_buyer", 0),
        ("direct.order_value", -20_625_000), // 1,250 × 11 % × −15
        ("unsplit", 0),
    ];
    assert_eq!(effects, want.map(|(name, units)| (name, q(units))));
}
