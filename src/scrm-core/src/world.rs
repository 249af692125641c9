//! What is known before the orders are read: users, channels, distributors, bindings, costs and rules.
//!
//! Ids are dense numbers here; whoever reads the tables gives them out. A *person* is anybody who can buy: users
//! have the numbers `0 .. users.len()`, people whom other tables name follow.

use crate::date::{Day, Stamp};
use crate::money::Amount;
use crate::plan::{NO_PLAN, Plan};
use crate::spread::CostDate;
use crate::tax::TaxRule;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::ops::Range;

/// The name of the channel of a user without one.
pub const NO_CHANNEL: &str = "(none)";
/// The column of team and other cost that belongs to no channel.
pub const SHARED: &str = "(shared)";
/// The column of users and distributors whose channel nobody knows.
pub const UNKNOWN: &str = "(unknown)";

pub use crate::users::{User, Users};

/// Why somebody distributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Motive {
    /// 利益
    Interest,
    /// 情感认同
    Affinity,
    /// 品牌认同
    Brand,
}

/// Somebody who sells for a share.
#[derive(Clone, Debug)]
pub struct Distributor {
    pub id: Box<str>,
    /// Stands in the `distributors` table.
    pub listed: bool,
    /// The person this distributor is as a buyer, a user or not.
    pub own_person: Option<u32>,
    pub joined: Option<Day>,
    /// From this day on no longer a distributor.
    pub left: Option<Day>,
    pub motive: Option<Motive>,
    /// The number of this distributor, and of its grade, among those for which the plan has a rate of their own.
    pub own_rate: Option<u32>,
    pub grade: Option<u32>,
    /// The grade's name and the person's, empty where they are not given.
    pub grade_name: Box<str>,
    pub name: Box<str>,
    /// The number of the distributor above.
    pub upline: Option<u32>,
}

impl Distributor {
    /// A listed distributor of whom nothing but the id is known.
    pub fn new(id: &str) -> Distributor {
        Distributor {
            id: id.into(),
            listed: true,
            own_person: None,
            joined: None,
            left: None,
            motive: None,
            own_rate: None,
            grade: None,
            grade_name: "".into(),
            name: "".into(),
            upline: None,
        }
    }

    /// On `date` joined (or no date of joining is known) and not left.
    pub fn eligible_on(&self, date: Day) -> bool {
        self.standing_on(date) == Standing::Eligible
    }

    /// Eligible on `date`, or why not.
    pub fn standing_on(&self, date: Day) -> Standing {
        match (self.joined, self.left) {
            (Some(joined), _) if date < joined => Standing::NotJoined(joined),
            (_, Some(left)) if left <= date => Standing::Left(left),
            _ => Standing::Eligible,
        }
    }
}

/// Whether a distributor may be paid for the orders of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Eligible,
    /// Joined only on this later day.
    NotJoined(Day),
    /// Left on this day, which is no longer one of a distributor's.
    Left(Day),
}

/// A user bound to a distributor for a time.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    pub person: u32,
    pub distributor: u32,
    pub bound: Stamp,
    pub expires: Option<Stamp>,
}

/// All bindings, found by person.
#[derive(Debug, Default)]
pub struct Bindings {
    /// `starts[p] .. starts[p + 1]` are the bindings of person `p`.
    starts: Vec<u32>,
    list: Vec<Binding>,
    expiry: Expiry,
}

/// The latest expiry over any run of bindings: a tree of maxima, so that the expired ones of a person are passed
/// over at once however many they are.
#[derive(Debug, Default)]
struct Expiry {
    /// A power of two; the leaves are `max[leaves ..]`.
    leaves: usize,
    max: Vec<i64>,
}

/// Moments as numbers that compare as bindings do. A day has one more number than seconds: the end of a stamp
/// without a time, at which its last day is over.
const MOMENTS: i64 = 86_401;

impl Expiry {
    fn new(list: &[Binding]) -> Expiry {
        let leaves = list.len().next_power_of_two();
        let mut max = alloc::vec![i64::MIN; leaves * 2];
        for (leaf, b) in max[leaves..].iter_mut().zip(list) {
            let end = |e: Stamp| i64::from(e.day.0) * MOMENTS + i64::from(e.second.unwrap_or(86_400));
            *leaf = b.expires.map_or(i64::MAX, end);
        }
        for i in (1..leaves).rev() {
            max[i] = max[2 * i].max(max[2 * i + 1]);
        }
        Expiry { leaves, max }
    }

    /// The first index in `from .. to`, or the last, that expires after the moment `at`.
    fn find(&self, from: usize, to: usize, at: Stamp, last: bool) -> Option<usize> {
        // Without a time the whole of the expiry's day is still in.
        let moment = i64::from(at.day.0) * MOMENTS + at.second.map_or(-1, i64::from);
        self.below(1, 0, self.leaves, from, to, moment, last)
    }

    #[allow(clippy::too_many_arguments)] // a node, its span, and what is looked for
    fn below(
        &self,
        node: usize,
        lo: usize,
        hi: usize,
        from: usize,
        to: usize,
        at: i64,
        last: bool,
    ) -> Option<usize> {
        if hi <= from || to <= lo || self.max[node] <= at {
            return None;
        }
        if hi - lo == 1 {
            return Some(lo);
        }
        let mid = lo.midpoint(hi);
        let left = |t: &Expiry| t.below(2 * node, lo, mid, from, to, at, last);
        let right = |t: &Expiry| t.below(2 * node + 1, mid, hi, from, to, at, last);
        if last { right(self).or_else(|| left(self)) } else { left(self).or_else(|| right(self)) }
    }
}

/// Who an order belongs to by binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Winner {
    pub distributor: u32,
    /// Another distributor was bound at the same moment.
    pub tie: bool,
    /// Its place among all bindings.
    place: usize,
}

/// What became of one binding at the moment of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingOutcome {
    Won,
    /// It begins after the moment.
    NotBegun,
    /// It ended before the moment.
    Expired,
    /// In force, but bound after the winner: the first binding wins.
    BoundLater,
    /// In force, but bound before the winner: the last binding wins.
    BoundEarlier,
    /// In force and bound at the same moment as the winner, whose id is the smaller.
    LargerId,
    /// The same distributor bound at the same moment once more.
    Repeated,
}

impl Bindings {
    /// Sorts the bindings of each person by their moment, then by the distributor's id in byte order.
    pub fn new(mut list: Vec<Binding>, persons: usize, distributors: &[Distributor]) -> Bindings {
        list.sort_unstable_by(|a, b| {
            let id = |x: &Binding| &*distributors[x.distributor as usize].id;
            (a.person, a.bound.order_key())
                .cmp(&(b.person, b.bound.order_key()))
                .then_with(|| id(a).cmp(id(b)))
        });
        if list.is_empty() {
            return Bindings::default();
        }
        let mut starts = Vec::with_capacity(persons + 1);
        let mut at = 0u32;
        for person in 0..=persons {
            while list.get(at as usize).is_some_and(|b| (b.person as usize) < person) {
                at += 1;
            }
            starts.push(at);
        }
        let expiry = Expiry::new(&list);
        Bindings { starts, list, expiry }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The winning binding of a person at a moment: the earliest bound of those in force, or the latest; of two at
    /// the same moment the smaller id.
    pub fn winner(&self, person: u32, at: Stamp, last: bool) -> Option<Winner> {
        let Range { start: from, end: to } = self.places(person)?;
        let begun = from + self.list[from..to].partition_point(|b| b.bound.begun_by(at));
        let found = self.expiry.find(from, begun, at, last)?;
        // All that were bound at the same moment stand together, in the order of their distributors' ids.
        let moment = self.list[found].bound.order_key();
        let start = from + self.list[from..begun].partition_point(|b| b.bound.order_key() < moment);
        let end = from + self.list[from..begun].partition_point(|b| b.bound.order_key() <= moment);
        let place = self.expiry.find(start, end, at, false)?;
        let best = &self.list[place];
        let other = &self.list[self.expiry.find(start, end, at, true)?];
        let tie = other.distributor != best.distributor;
        Some(Winner { distributor: best.distributor, tie, place })
    }

    /// The places of a person's bindings; `None` for a person that none names.
    fn places(&self, person: u32) -> Option<Range<usize>> {
        let p = person as usize;
        Some(*self.starts.get(p)? as usize..*self.starts.get(p + 1)? as usize)
    }

    /// Every binding of a person in the order in which they begin, and what became of each at a moment. Who won is
    /// what [`Bindings::winner`] says.
    pub fn outcomes(&self, person: u32, at: Stamp, last: bool) -> Vec<(Binding, BindingOutcome)> {
        let winner = self.winner(person, at, last);
        let outcome = |place: usize| {
            let b = &self.list[place];
            let best = winner.map(|w| &self.list[w.place]);
            match best.map(|best| b.bound.order_key().cmp(&best.bound.order_key())) {
                _ if winner.is_some_and(|w| w.place == place) => BindingOutcome::Won,
                _ if !b.bound.begun_by(at) => BindingOutcome::NotBegun,
                // Without a winner nothing that has begun is in force.
                None => BindingOutcome::Expired,
                _ if b.expires.is_some_and(|e| !e.not_expired_at(at)) => BindingOutcome::Expired,
                Some(Ordering::Greater) => BindingOutcome::BoundLater,
                Some(Ordering::Less) => BindingOutcome::BoundEarlier,
                _ if best.is_some_and(|best| best.distributor == b.distributor) => BindingOutcome::Repeated,
                _ => BindingOutcome::LargerId,
            }
        };
        self.places(person).unwrap_or(0..0).map(|place| (self.list[place], outcome(place))).collect()
    }
}

/// A row of ad spend.
#[derive(Clone, Copy, Debug)]
pub struct Spend {
    pub day: Day,
    pub channel: u32,
    pub amount: Amount,
}

/// A row of team or other cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub date: CostDate,
    /// `None`: shared by all channels.
    pub channel: Option<u32>,
    pub amount: Amount,
}

/// A correction of what a distributor is owed; it has a sign.
#[derive(Clone, Copy, Debug)]
pub struct Adjustment {
    pub distributor: u32,
    pub day: Day,
    pub amount: Amount,
}

/// What was paid to a distributor, or failed to arrive.
#[derive(Clone, Copy, Debug)]
pub struct Payment {
    pub distributor: u32,
    pub day: Day,
    /// The gross commission that it settles.
    pub amount: Amount,
    /// Withheld from it.
    pub tax: Amount,
    /// It did not arrive: it settles nothing, and its tax does not count.
    pub failed: bool,
}

/// What to do with orders outside the private domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outside {
    /// In no revenue, only in the reconciliation.
    #[default]
    Exclude,
    /// Counted as direct.
    Direct,
    /// The data is refused.
    Error,
}

/// The settings that decide what figures mean.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    pub unknown_user: Outside,
    pub before_joining: Outside,
    /// Refunds count on the date of their order, in both systems' refunds (never in commission).
    pub refunds_on_order: bool,
    /// Of several bindings in force the latest wins, not the earliest.
    pub last_binding: bool,
    /// A distributor's purchase for itself keeps its distributor.
    pub pay_self_purchase: bool,
    pub plan: Option<Plan>,
    pub tax: TaxRule,
    /// A channel's price per new user, in place of rows of ad spend.
    pub prices: Vec<(u32, Amount)>,
    /// A row of orders below zero is a refund, and no error.
    pub refund_rows: bool,
    /// Users joined on the day of their first order, and not on one that their table gives.
    pub joined_by_order: bool,
}

impl Rules {
    /// The plan, or the one that pays no commission where there is none.
    pub fn plan_or_none(&self) -> &Plan {
        self.plan.as_ref().unwrap_or(&NO_PLAN)
    }
}

/// Everything but the orders.
#[derive(Debug, Default)]
pub struct World {
    /// Names of channels, each once. Those that no table names (only a price does) are in `unnamed_channels`.
    pub channels: Vec<Box<str>>,
    /// Channels from this index on are named by no table and make no column.
    pub named_channels: usize,
    pub users: Users,
    /// Users and all other people that a table before the orders names.
    pub persons: u32,
    pub distributors: Vec<Distributor>,
    pub bindings: Bindings,
    pub ad_spend: Vec<Spend>,
    pub team_cost: Vec<Cost>,
    pub other_cost: Vec<Cost>,
    pub adjustments: Vec<Adjustment>,
    pub payments: Vec<Payment>,
    pub rules: Rules,
    /// The orders say when they are complete, by a status or a date; where they do not, each one is.
    pub completion_known: bool,
}

impl World {
    /// The number that stands for a channel nobody knows.
    pub fn unknown_channel(&self) -> u32 {
        u32::try_from(self.channels.len()).unwrap_or(u32::MAX)
    }

    /// The distributor's own user: its person, where that is one of `users`.
    pub fn own_user(&self, distributor: u32) -> Option<usize> {
        let person = self.distributors.get(distributor as usize)?.own_person? as usize;
        (person < self.users.len()).then_some(person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn the_earliest_binding_in_force_wins_and_ties_go_to_the_smaller_id() {
        let people = [Distributor::new("d2"), Distributor::new("d1")];
        let bind = |distributor, day, expires: Option<i32>| Binding {
            person: 0,
            distributor,
            bound: Stamp::date(Day(day)),
            expires: expires.map(|e| Stamp::date(Day(e))),
        };
        let win = |list: Vec<Binding>, at, last| {
            Bindings::new(list, 1, &people)
                .winner(0, Stamp::date(Day(at)), last)
                .map(|w| (w.distributor, w.tie))
        };
        let two = || vec![bind(0, 10, Some(20)), bind(1, 15, None)];
        assert_eq!(win(two(), 9, false), None);
        assert_eq!(win(two(), 12, false), Some((0, false)));
        assert_eq!(win(two(), 20, false), Some((0, false)), "the last day is included");
        assert_eq!(win(two(), 21, false), Some((1, false)));
        assert_eq!(win(two(), 17, true), Some((1, false)));
        let tied = || vec![bind(0, 10, None), bind(1, 10, None)];
        assert_eq!(win(tied(), 17, false), Some((1, true)));
        assert_eq!(win(tied(), 17, true), Some((1, true)));
        let expired = vec![bind(1, 10, Some(12)), bind(0, 10, Some(20))];
        assert_eq!(win(expired, 13, false), Some((0, false)), "an expired one is no rival");
        let same = vec![bind(0, 10, None), bind(0, 10, None)];
        assert_eq!(win(same, 17, false), Some((0, false)), "the same twice is no tie");
    }

    #[test]
    fn every_binding_has_its_outcome() {
        use BindingOutcome::*;
        // In byte order of the ids: d1, d2, d3.
        let people = [Distributor::new("d1"), Distributor::new("d2"), Distributor::new("d3")];
        let on = |day| Stamp::date(Day(day));
        let at = |day, second| Stamp { day: Day(day), second: Some(second) };
        let bind = |distributor, bound, expires| Binding { person: 0, distributor, bound, expires };
        let all = || {
            vec![
                bind(0, on(10), Some(on(12))),
                bind(2, on(15), None),
                bind(1, on(15), None),
                bind(1, on(15), None),
                bind(0, on(18), None),
                bind(0, at(20, 500), None),
            ]
        };
        let outcomes = |list, moment, last| {
            let bindings = Bindings::new(list, 1, &people);
            let all = bindings.outcomes(0, moment, last);
            assert!(all.iter().filter(|o| o.1 == Won).count() <= 1);
            let won = all.iter().find(|o| o.1 == Won).map(|(b, _)| b.distributor);
            assert_eq!(won, bindings.winner(0, moment, last).map(|w| w.distributor));
            all.into_iter().map(|(b, o)| (b.distributor, o)).collect::<Vec<_>>()
        };
        let first =
            vec![(0, Expired), (1, Won), (1, Repeated), (2, LargerId), (0, BoundLater), (0, NotBegun)];
        assert_eq!(outcomes(all(), at(20, 499), false), first);
        let last = vec![
            (0, Expired),
            (1, BoundEarlier),
            (1, BoundEarlier),
            (2, BoundEarlier),
            (0, BoundEarlier),
            (0, Won),
        ];
        assert_eq!(outcomes(all(), at(20, 500), true), last, "bound in the same second is begun");
        let none =
            vec![(0, Expired), (1, NotBegun), (1, NotBegun), (2, NotBegun), (0, NotBegun), (0, NotBegun)];
        assert_eq!(outcomes(all(), on(13), false), none, "nobody wins");
        assert_eq!(outcomes(all(), on(12), false)[0], (0, Won), "the last day is included");
        assert_eq!(Bindings::new(all(), 1, &people).outcomes(7, on(20), false).len(), 0, "a person without");
    }

    #[test]
    fn whoever_is_in_force_at_the_moment_may_win_and_nobody_else() {
        use BindingOutcome::{Expired, NotBegun, Won};
        let people = [Distributor::new("d1"), Distributor::new("d2")];
        let at = |day, second| Stamp { day: Day(day), second };
        let stamps = [at(1, None), at(1, Some(10)), at(1, Some(20)), at(2, None), at(2, Some(0))];
        let expiries = stamps.iter().copied().map(Some).chain([None]);
        let spans: Vec<_> = stamps.iter().flat_map(|b| expiries.clone().map(|e| (*b, e))).collect();
        for (&one, &two) in spans.iter().flat_map(|one| spans.iter().map(move |two| (one, two))) {
            let bind = |distributor, (bound, expires)| Binding { person: 0, distributor, bound, expires };
            let bindings = Bindings::new(vec![bind(0, one), bind(1, two)], 1, &people);
            for (moment, last) in stamps.iter().flat_map(|m| [(*m, false), (*m, true)]) {
                let all = bindings.outcomes(0, moment, last);
                let in_force = |b: &Binding| {
                    b.bound.begun_by(moment) && b.expires.is_none_or(|e| e.not_expired_at(moment))
                };
                for (b, outcome) in &all {
                    assert_eq!(in_force(b), !matches!(outcome, NotBegun | Expired), "{b:?} {moment:?}");
                }
                let any = all.iter().any(|(b, _)| in_force(b));
                assert_eq!(all.iter().filter(|o| o.1 == Won).count(), usize::from(any), "{all:?} {moment:?}");
            }
        }
    }

    #[test]
    fn eligible_from_joining_until_leaving() {
        let d = Distributor { joined: Some(Day(10)), left: Some(Day(20)), ..Distributor::new("d") };
        for (on, want) in [
            (9, Standing::NotJoined(Day(10))),
            (10, Standing::Eligible),
            (19, Standing::Eligible),
            (20, Standing::Left(Day(20))),
        ] {
            assert_eq!(d.standing_on(Day(on)), want, "day {on}");
            assert_eq!(d.eligible_on(Day(on)), want == Standing::Eligible);
        }
        assert_eq!(Distributor::new("d").standing_on(Day(0)), Standing::Eligible, "no date is no bar");
    }
}
