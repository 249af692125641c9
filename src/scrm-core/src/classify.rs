//! Which system an order belongs to: exactly one of five buckets (section 3 of the data contract in the README).

use crate::date::Stamp;
use crate::world::{Outside, World};

/// Where an order's money stands. The order of the variants is the order in which they are tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    NotPaid,
    Distribution,
    UnknownUser,
    BeforeJoining,
    Direct,
}

impl Bucket {
    pub const ALL: [Bucket; 5] =
        [Bucket::NotPaid, Bucket::Distribution, Bucket::UnknownUser, Bucket::BeforeJoining, Bucket::Direct];

    /// The bucket's key in reports.
    pub const fn key(self) -> &'static str {
        match self {
            Bucket::NotPaid => "not_paid",
            Bucket::Distribution => "distribution",
            Bucket::UnknownUser => "unknown_user",
            Bucket::BeforeJoining => "before_joining",
            Bucket::Direct => "direct",
        }
    }
}

/// Who bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buyer {
    /// A person that a table before the orders names: a user where the number is one of theirs.
    Known(u32),
    /// An id that no table before the orders names.
    Stranger,
    /// No id at all.
    Guest,
}

/// The bucket of an order, with what decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub bucket: Bucket,
    /// Of a distribution order.
    pub distributor: Option<u32>,
    /// Two distributors were bound at the same moment; the smaller id won.
    pub tie: bool,
    /// Direct only because the settings bring such orders in.
    pub brought_in: bool,
}

impl Verdict {
    const fn plain(bucket: Bucket) -> Verdict {
        Verdict { bucket, distributor: None, tie: false, brought_in: false }
    }
}

impl World {
    /// Puts one order in its bucket. `paid` is `None` for an order that is not paid; `referred` is the distributor
    /// that the referrals name for the order itself.
    pub fn classify(&self, buyer: Buyer, paid: Option<Stamp>, referred: Option<u32>) -> Verdict {
        let Some(paid) = paid else {
            return Verdict::plain(Bucket::NotPaid);
        };
        let (distributor, tie) = self.claim(buyer, paid, referred);
        if let Some(d) =
            distributor.filter(|&d| self.rules.pay_self_purchase || !self.buys_for_itself(d, buyer))
        {
            return Verdict { distributor: Some(d), tie, ..Verdict::plain(Bucket::Distribution) };
        }
        let direct = |outside: Outside, bucket| match outside {
            Outside::Direct => Verdict { brought_in: true, tie, ..Verdict::plain(Bucket::Direct) },
            _ => Verdict { tie, ..Verdict::plain(bucket) },
        };
        match buyer {
            Buyer::Known(person) => match self.users.get(person as usize) {
                Some(user) if paid.day < user.acquired => {
                    direct(self.rules.before_joining, Bucket::BeforeJoining)
                }
                Some(_) => Verdict { tie, ..Verdict::plain(Bucket::Direct) },
                None => direct(self.rules.unknown_user, Bucket::UnknownUser),
            },
            _ => direct(self.rules.unknown_user, Bucket::UnknownUser),
        }
    }

    /// The distributor that a referral or a binding gives an order, and whether only the smaller of two ids did.
    /// Whether it may keep a purchase for itself is not asked here.
    pub fn claim(&self, buyer: Buyer, paid: Stamp, referred: Option<u32>) -> (Option<u32>, bool) {
        match (referred, buyer) {
            (Some(d), _) => (Some(d), false),
            (None, Buyer::Known(person)) if !self.bindings.is_empty() => {
                match self.bindings.winner(person, paid, self.rules.last_binding) {
                    Some(w) => (Some(w.distributor), w.tie),
                    None => (None, false),
                }
            }
            _ => (None, false),
        }
    }

    /// Is the buyer the distributor's own person?
    pub fn buys_for_itself(&self, distributor: u32, buyer: Buyer) -> bool {
        let own = self.distributors.get(distributor as usize).and_then(|d| d.own_person);
        own.is_some_and(|own| buyer == Buyer::Known(own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::Day;
    use crate::world::{Binding, Bindings, Distributor, User};
    use alloc::vec;

    /// Users 0 (acquired day 10) and 1 (day 20); person 2 is no user. Distributor 0 is user 0, distributor 1 nobody.
    fn world() -> World {
        let d = |id: &str, own_person| Distributor { own_person, ..Distributor::new(id) };
        let distributors = vec![d("d0", Some(0)), d("d1", None)];
        let bind = |person, distributor, day| Binding {
            person,
            distributor,
            bound: Stamp::date(Day(day)),
            expires: None,
        };
        let bindings = Bindings::new(vec![bind(1, 1, 30), bind(0, 0, 5), bind(2, 1, 0)], 3, &distributors);
        World {
            users: [10, 20].map(|day| User { acquired: Day(day), channel: 0 }).into_iter().collect(),
            persons: 3,
            distributors,
            bindings,
            ..World::default()
        }
    }

    #[test]
    fn each_order_has_one_bucket() {
        use Bucket::*;
        let w = world();
        for (buyer, paid, referred, want, why) in [
            (Buyer::Known(1), None, Some(1), NotPaid, "not paid comes first"),
            (Buyer::Known(1), Some(25), Some(1), Distribution, "named for the order"),
            (Buyer::Known(1), Some(25), None, Direct, "bound later"),
            (Buyer::Known(1), Some(30), None, Distribution, "bound that day"),
            (Buyer::Known(1), Some(19), None, BeforeJoining, "paid before the user joined"),
            (Buyer::Known(1), Some(20), None, Direct, "on the day of joining"),
            (Buyer::Known(0), Some(11), None, Direct, "a distributor's purchase for itself"),
            (Buyer::Known(0), Some(9), Some(0), BeforeJoining, "for itself, and before joining"),
            (Buyer::Known(2), Some(9), None, Distribution, "bound, though no user"),
            (Buyer::Stranger, Some(9), None, UnknownUser, "nobody knows this id"),
            (Buyer::Guest, Some(9), None, UnknownUser, "no id"),
            (Buyer::Guest, Some(9), Some(1), Distribution, "a guest sent by a distributor"),
        ] {
            let verdict = w.classify(buyer, paid.map(|d| Stamp::date(Day(d))), referred);
            assert_eq!(verdict.bucket, want, "{why}");
        }
    }

    #[test]
    fn settings_bring_outside_orders_in() {
        let mut w = world();
        w.rules.unknown_user = Outside::Direct;
        w.rules.before_joining = Outside::Direct;
        for buyer in [Buyer::Guest, Buyer::Stranger, Buyer::Known(1)] {
            let v = w.classify(buyer, Some(Stamp::date(Day(9))), None);
            assert_eq!((v.bucket, v.brought_in), (Bucket::Direct, true));
        }
        w.rules.pay_self_purchase = true;
        let v = w.classify(Buyer::Known(0), Some(Stamp::date(Day(9))), None);
        assert_eq!((v.bucket, v.distributor), (Bucket::Distribution, Some(0)));
    }
}
