//! What the targets of a month determine: the counts and amounts at which the tree of the bridge is to arrive.
//!
//! A target may be of any figure; what follows from those that are given is worked out along the formulas of the
//! statement, exactly. A count need not be whole then. Targets that say a thing twice may differ by what they were
//! rounded to, and no more.

use super::split::{Exact, exact};
use crate::change::{exact as exact_ratio, fitted};
use crate::date::Month;
use crate::figures::{Figure, Key, Sums};
use crate::fold::DirectCell;
use crate::money::{CENT, Money, UNITS};
use crate::targets::Targets;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

/// How figures follow from each other.
enum Relation {
    /// The first is the product of the others.
    Product(Key, Key, Key),
    /// The first is the sum of those, less these.
    Sum(Key, &'static [Key], &'static [Key]),
}

const RELATIONS: [Relation; 19] = {
    use Key::{
        Active, ActiveRate, AdSpend, Buyers, Commission, Conversion, CostPerUser, DirectProfit,
        DistributionGross, DistributionProfit, DistributionRefunds, DistributionRevenue, DistributorRate,
        Distributors, Gross, NewUsers, OrderValue, Orders, OrdersPerBuyer, OtherCost, Refunds, Revenue,
        RevenuePerActive, RevenuePerBuyer, TeamCost, TotalCost, TotalMargin, TotalProfit, TotalRevenue,
        TrafficCost, Users,
    };
    use Relation::{Product, Sum};
    [
        Product(AdSpend, NewUsers, CostPerUser),
        Sum(TrafficCost, &[AdSpend, TeamCost, OtherCost], &[]),
        Product(Buyers, Users, Conversion),
        Product(Revenue, Buyers, RevenuePerBuyer),
        Product(Orders, Buyers, OrdersPerBuyer),
        Product(Revenue, Orders, OrderValue),
        Product(RevenuePerBuyer, OrdersPerBuyer, OrderValue),
        Sum(Revenue, &[Gross], &[Refunds]),
        Sum(DirectProfit, &[Revenue], &[TrafficCost]),
        Product(Distributors, Users, DistributorRate),
        Product(Active, Distributors, ActiveRate),
        Product(DistributionRevenue, Active, RevenuePerActive),
        Sum(DistributionRevenue, &[DistributionGross], &[DistributionRefunds]),
        Sum(DistributionProfit, &[DistributionRevenue], &[Commission]),
        Sum(TotalRevenue, &[Revenue, DistributionRevenue], &[]),
        Sum(TotalCost, &[TrafficCost, Commission], &[]),
        Sum(TotalProfit, &[TotalRevenue], &[TotalCost]),
        Sum(TotalProfit, &[DirectProfit, DistributionProfit], &[]),
        Product(TotalProfit, TotalRevenue, TotalMargin),
    ]
};

/// What the tree stands on, each with figures that it may follow from instead.
pub(super) const LEAVES: [(Key, &[Key]); 12] = [
    (Key::NewUsers, &[]),
    (Key::AdSpend, &[Key::CostPerUser]),
    (Key::TeamCost, &[]),
    (Key::OtherCost, &[]),
    (Key::Users, &[]),
    (Key::Buyers, &[Key::Conversion]),
    (Key::Revenue, &[Key::RevenuePerBuyer]),
    (Key::Orders, &[Key::OrdersPerBuyer, Key::OrderValue]),
    (Key::Distributors, &[Key::DistributorRate]),
    (Key::Active, &[Key::ActiveRate]),
    (Key::DistributionRevenue, &[Key::RevenuePerActive]),
    (Key::Commission, &[]),
];

/// What a channel may have no part in.
struct Group {
    leaves: &'static [Key],
    /// What says something of them.
    ratios: &'static [Key],
    /// The leaf of money, and sums of which it is a part: while it is not known they may say something of it.
    within: Option<(Key, &'static [Key])>,
}

/// Costs stand before what they are taken from.
const GROUPS: [&[Group]; 3] = {
    use Key::{
        Active, ActiveRate, AdSpend, Buyers, Commission, Conversion, CostPerUser, DirectProfit,
        DistributionProfit, DistributionRevenue, DistributorRate, Distributors, NewUsers, OrderValue, Orders,
        OrdersPerBuyer, OtherCost, Revenue, RevenuePerActive, RevenuePerBuyer, TeamCost, TotalProfit,
        TotalRevenue, Users,
    };
    [
        &[
            Group { leaves: &[NewUsers, AdSpend], ratios: &[CostPerUser], within: None },
            Group { leaves: &[TeamCost], ratios: &[], within: None },
            Group { leaves: &[OtherCost], ratios: &[], within: None },
        ],
        &[Group {
            leaves: &[Users, Buyers, Revenue, Orders],
            ratios: &[Conversion, RevenuePerBuyer, OrdersPerBuyer, OrderValue],
            within: Some((Revenue, &[DirectProfit, TotalRevenue, TotalProfit])),
        }],
        &[Group {
            leaves: &[Distributors, Active, DistributionRevenue, Commission],
            ratios: &[DistributorRate, ActiveRate, RevenuePerActive],
            within: Some((DistributionRevenue, &[DistributionProfit])),
        }],
    ]
};

/// Why targets are no end of a bridge.
#[derive(Clone, Debug)]
pub enum Unfit {
    /// These are needed, each or one of those that it follows from.
    Missing(Vec<(Key, &'static [Key])>),
    /// One target says another thing than what follows from others.
    Contradiction { key: Key, given: Box<Figure>, follows: Box<Figure> },
    /// A count that follows from the others would be below zero.
    Negative(Key),
}

/// The figures at which a month was meant to arrive.
#[derive(Clone, Debug)]
pub struct Aims {
    /// By key: counts and ratios as numbers, money in the currency.
    values: Vec<Option<Exact>>,
    /// Nothing was said of orders: there are as many per buyer as there were.
    pub orders_as_they_were: bool,
}

impl Aims {
    /// What the targets of a month for a channel, or without one for the whole shop, determine, beside what it brought.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn of(targets: &Targets, month: Month, channel: Option<&str>, actual: &Sums) -> Result<Aims, Unfit> {
        let mut aims = Aims::given(targets, month, channel);
        match channel {
            None => aims.leave_out_what_is_not_there(actual),
            Some(_) => aims.leave_out_what_is_elsewhere(actual)?,
        }
        aims.follow()?;
        if aims.value(Key::Orders).is_none()
            && let (Some(_), Some(per_buyer)) =
                (aims.value(Key::Buyers), number(Key::OrdersPerBuyer.of(actual)))
        {
            aims.values[Key::OrdersPerBuyer as usize] = Some(per_buyer);
            aims.orders_as_they_were = true;
            aims.follow()?;
        }
        let missing: Vec<_> = LEAVES.into_iter().filter(|(key, _)| aims.value(*key).is_none()).collect();
        if !missing.is_empty() {
            return Err(Unfit::Missing(missing));
        }
        let below = |key: &&Key| is_count(**key) && aims.value(**key).is_some_and(|x| *x < exact(0));
        match Key::ALL.iter().find(below) {
            Some(key) => Err(Unfit::Negative(*key)),
            None => Ok(aims),
        }
    }

    /// The targets as they stand.
    fn given(targets: &Targets, month: Month, channel: Option<&str>) -> Aims {
        let given = |key: &Key| targets.of_month(month, channel, *key).and_then(|v| number(v.figure()));
        Aims { values: Key::ALL.iter().map(given).collect(), orders_as_they_were: false }
    }

    /// The profit that the targets of the whole shop come to, where they say it.
    pub fn profit_of_shop(targets: &Targets, month: Month) -> Option<Money> {
        let mut aims = Aims::given(targets, month, None);
        aims.follow().ok()?;
        aims.value(Key::TotalProfit).map(to_cents)
    }

    /// What those of all channels come to, as they are shown: amounts to the cent.
    pub(super) fn together<'a>(all: impl Iterator<Item = &'a Aims> + Clone) -> Aims {
        let mut aims = Aims { values: vec![None; Key::ALL.len()], orders_as_they_were: false };
        for (key, _) in LEAVES {
            let value = |of: &Aims| match of.value(key) {
                Some(x) if is_money(key) => exact(to_cents(x).0) / exact(UNITS),
                Some(x) => x.clone(),
                None => exact(0),
            };
            aims.values[key as usize] = Some(all.clone().map(value).sum());
        }
        // Nothing contradicts what all else follows from.
        let _ = aims.follow();
        aims
    }

    /// A channel has no part in what it had none of, and of which its targets do not speak: so the cost of a team that
    /// works for all channels.
    fn leave_out_what_is_elsewhere(&mut self, actual: &Sums) -> Result<(), Unfit> {
        let none = |key: &Key| match key.of(actual) {
            Figure::Count(n) => n == 0,
            Figure::Money(m) => m.is_zero(),
            Figure::Share(_) | Figure::Quotient(_) | Figure::UnitValue(_) => true,
        };
        for groups in GROUPS {
            self.follow()?;
            let left_out = groups.iter().filter(|g| g.leaves.iter().all(none) && self.is_silent_of(g));
            for group in left_out.collect::<Vec<_>>() {
                group.leaves.iter().for_each(|key| self.values[*key as usize] = Some(exact(0)));
            }
        }
        Ok(())
    }

    /// Do the targets say nothing of it, or that there is none?
    fn is_silent_of(&self, group: &Group) -> bool {
        let nothing = |key: &Key| self.value(*key).is_none_or(|x| *x == exact(0));
        let within =
            group.within.is_none_or(|(leaf, sums)| self.value(leaf).is_some() || sums.iter().all(nothing));
        within && group.leaves.iter().chain(group.ratios).all(nothing)
    }

    /// Nobody distributes, and nobody is meant to.
    fn leave_out_what_is_not_there(&mut self, actual: &Sums) {
        let none = DirectCell::default() == actual.distribution
            && (actual.distributors, actual.active, actual.commission) == (0, 0, Money::ZERO);
        let of_distribution = |key: &Key| key.name().starts_with("distribution.");
        let targeted = Key::ALL.iter().filter(|k| of_distribution(k)).any(|k| self.value(*k).is_some());
        if none && !targeted {
            for key in [Key::Distributors, Key::Active, Key::DistributionRevenue, Key::Commission] {
                self.values[key as usize] = Some(exact(0));
            }
        }
    }

    /// The value of a figure, where it is known.
    pub(super) fn value(&self, key: Key) -> Option<&Exact> {
        self.values[key as usize].as_ref()
    }

    /// The figure, as the statement shows it; a count that is not whole is a quotient.
    pub fn figure(&self, key: Key) -> Figure {
        let value = self.value(key);
        let ratio = || value.and_then(fitted);
        match key.of(&Sums::default()) {
            Figure::Count(_) => match value.filter(|x| x.is_integer()).map(|x| u64::try_from(x.to_integer()))
            {
                Some(Ok(n)) => Figure::Count(n),
                _ => Figure::Quotient(ratio()),
            },
            Figure::Money(_) => value.map_or(Figure::Quotient(None), |x| Figure::Money(to_cents(x))),
            Figure::Share(_) => Figure::Share(ratio()),
            Figure::Quotient(_) => Figure::Quotient(ratio()),
            Figure::UnitValue(_) => Figure::UnitValue(ratio()),
        }
    }

    /// The amounts, to the cent; the counts are not among them.
    pub(super) fn amounts(&self) -> Sums {
        let of = |key| self.value(key).map_or(Money::ZERO, to_cents);
        let revenue = |key| DirectCell { gross: of(key), ..DirectCell::default() };
        Sums {
            ad_spend: of(Key::AdSpend),
            team_cost: of(Key::TeamCost),
            other_cost: of(Key::OtherCost),
            commission: of(Key::Commission),
            direct: revenue(Key::Revenue),
            distribution: revenue(Key::DistributionRevenue),
            ..Sums::default()
        }
    }

    /// Works out all that follows, and sees that nothing contradicts it.
    fn follow(&mut self) -> Result<(), Unfit> {
        loop {
            let mut found = false;
            for relation in &RELATIONS {
                if let Some((key, value)) = self.solved(relation) {
                    self.values[key as usize] = Some(value);
                    found = true;
                }
            }
            if !found {
                return RELATIONS.iter().try_for_each(|relation| self.check(relation));
            }
        }
    }

    /// The only unknown of a relation.
    fn solved(&self, relation: &Relation) -> Option<(Key, Exact)> {
        let zero = exact(0);
        match relation {
            Relation::Product(whole, a, b) => match (self.value(*whole), self.value(*a), self.value(*b)) {
                (None, Some(x), Some(y)) => Some((*whole, x * y)),
                (Some(w), None, Some(y)) if *y != zero => Some((*a, w / y)),
                (Some(w), Some(x), None) if *x != zero => Some((*b, w / x)),
                _ => None,
            },
            Relation::Sum(whole, plus, minus) => {
                let parts = || plus.iter().map(|k| (*k, 1)).chain(minus.iter().map(|k| (*k, -1)));
                let known = parts().filter_map(|(k, sign)| Some(self.value(k)? * exact(sign)));
                let sum: Exact = known.sum();
                let mut unknown = parts().filter(|(k, _)| self.value(*k).is_none());
                match (self.value(*whole), unknown.next(), unknown.next()) {
                    (None, None, _) => Some((*whole, sum)),
                    (Some(w), Some((key, sign)), None) => Some((key, (w - sum) * exact(sign))),
                    _ => None,
                }
            }
        }
    }

    fn check(&self, relation: &Relation) -> Result<(), Unfit> {
        let (key, follows, leeway) = match relation {
            Relation::Product(whole, a, b) => {
                let (Some(x), Some(y)) = (self.value(*a), self.value(*b)) else { return Ok(()) };
                let size = |x: &Exact| if *x < exact(0) { -x } else { x.clone() };
                let more = if is_count(*a) || is_money(*a) { exact(0) } else { size(y) * rounded_to(*a) };
                (*whole, x * y, size(x) * rounded_to(*b) + more)
            }
            Relation::Sum(whole, plus, minus) => {
                let parts = plus.iter().map(|k| (k, 1)).chain(minus.iter().map(|k| (k, -1)));
                let values: Option<Vec<Exact>> =
                    parts.map(|(k, sign)| Some(self.value(*k)? * exact(sign))).collect();
                let Some(values) = values else { return Ok(()) };
                (*whole, values.iter().sum(), rounded_to(*whole) * exact(values.len() as u64))
            }
        };
        let Some(given) = self.value(key) else { return Ok(()) };
        let (off, leeway) = (given - &follows, leeway + rounded_to(key));
        if off <= leeway && -off <= leeway {
            return Ok(());
        }
        let other = Aims { values: vec![Some(follows); Key::ALL.len()], orders_as_they_were: false };
        let [given, follows] = [self.figure(key), other.figure(key)].map(Box::new);
        Err(Unfit::Contradiction { key, given, follows })
    }
}

fn is_count(key: Key) -> bool {
    matches!(key.of(&Sums::default()), Figure::Count(_))
}

fn is_money(key: Key) -> bool {
    matches!(key.of(&Sums::default()), Figure::Money(_))
}

/// By so much may a target be off that somebody rounded: half of what is shown last.
fn rounded_to(key: Key) -> Exact {
    match key.of(&Sums::default()) {
        Figure::Count(_) => exact(1) / exact(2),
        Figure::Share(_) => exact(1) / exact(20_000),
        Figure::Money(_) | Figure::Quotient(_) | Figure::UnitValue(_) => exact(1) / exact(200),
    }
}

fn number(figure: Figure) -> Option<Exact> {
    match figure {
        Figure::Count(n) => Some(exact(n)),
        Figure::Money(m) => Some(exact(m.0) / exact(UNITS)),
        Figure::Share(r) | Figure::Quotient(r) | Figure::UnitValue(r) => r.map(exact_ratio),
    }
}

/// Rounded half away from zero. What is beyond 128 bits is no target.
fn to_cents(x: &Exact) -> Money {
    let cents = (x * exact(UNITS / CENT)).round().to_integer();
    Money::from_cents(i64::try_from(cents).unwrap_or(i64::MAX).into())
}
