//! Why one order pays what it pays: the whole chain, with those who lost and the reason.
//!
//! Nothing is decided here. Who has the order, at which rate, of which base and when is what the code says that pays;
//! this only keeps what it passed over, and proves that the parts it names are the figures that are paid.

use crate::classify::Buyer;
use crate::commission::{BaseParts, LEVELS, PartShare, Terms, part_shares};
use crate::date::{Day, Month, Stamp};
use crate::fold::DistOrders;
use crate::money::{Amount, Money};
use crate::payout::{Broken, Line, complete_since, each_line, prove, settles_on};
use crate::plan::{Candidate, Part, Plan, RateOutcome, TierMode};
use crate::world::{Binding, BindingOutcome, Standing, World};
use alloc::vec::Vec;

/// An order as it came into the fold.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub buyer: Buyer,
    /// `None`: not paid.
    pub paid: Option<Stamp>,
    /// The distributor that the referrals name for it.
    pub referred: Option<u32>,
}

/// The whole chain of one order at the end of a day.
#[derive(Clone, Debug)]
pub struct Why {
    pub attribution: Attribution,
    /// Of a distribution order.
    pub pay: Option<Pay>,
}

/// Who has the order, and who does not.
#[derive(Clone, Debug)]
pub struct Attribution {
    /// Every binding of the buyer, where the order is paid and the referrals do not name it.
    pub bindings: Vec<(Binding, BindingOutcome)>,
    /// Whom the referrals or the bindings give it.
    pub claimed: Option<u32>,
    /// The one it is given to is the buyer.
    pub self_purchase: bool,
}

/// What the order pays.
#[derive(Clone, Debug)]
pub struct Pay {
    pub levels: [Level; LEVELS],
    /// Each refund, and whether it is recognised by the day.
    pub refunds: Vec<(Day, Amount, bool)>,
    /// `None` where the order was paid after the day.
    pub base: Option<BaseParts>,
    pub tier: Option<TierShare>,
    pub complete: Complete,
    pub settle_after_days: u32,
    /// The day from which on it is settled.
    pub settles: Option<Day>,
}

/// One level of the order.
#[derive(Clone, Debug)]
pub struct Level {
    /// Whose it would be, and whether it is; `None` where nobody stands there.
    pub holder: Option<(u32, Standing)>,
    /// The rates that could have decided, the most specific first; of an order of several parts none, as each part has
    /// its own.
    pub rates: Vec<Candidate>,
    pub parts: Vec<PartPay>,
    /// What it pays; `None` where the order was paid after the day.
    pub line: Option<Line>,
}

/// A part of an order that has several, and the rates that could have decided for it.
#[derive(Clone, Debug)]
pub struct PartPay {
    pub share: PartShare,
    pub rates: Vec<Candidate>,
}

/// How the tier falls on the order.
#[derive(Clone, Debug)]
pub struct TierShare {
    pub month: Month,
    pub mode: TierMode,
    /// The seller's own volume of the month: before this order where the tier is marginal, all of it where it is whole.
    pub volume: Money,
    pub parts: Vec<Part>,
}

/// Since when the order is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Complete {
    /// The orders do not say when they are complete: each is, since it was paid on this day.
    NotSaid(Day),
    Since(Day),
    No,
}

/// The chain of an order; `index` is its place among the distribution orders, where it is one.
///
/// # Errors
/// [`Broken`] where what is explained is not what is paid: the program is wrong.
pub fn why(
    world: &World,
    orders: &DistOrders,
    asked: &Asked,
    index: Option<usize>,
    as_of: Day,
) -> Result<Why, Broken> {
    let attribution = attribution(world, asked);
    let pay = index.map(|i| pay(world, orders, i, as_of)).transpose()?;
    Ok(Why { attribution, pay })
}

fn attribution(world: &World, asked: &Asked) -> Attribution {
    let Asked { buyer, paid, referred, .. } = *asked;
    let claimed = match paid {
        Some(paid) => world.claim(buyer, paid, referred).0,
        None => referred,
    };
    let bindings = match (buyer, paid, referred) {
        (Buyer::Known(person), Some(paid), None) => {
            world.bindings.outcomes(person, paid, world.rules.last_binding)
        }
        _ => Vec::new(),
    };
    let self_purchase = claimed.is_some_and(|d| world.buys_for_itself(d, buyer));
    Attribution { bindings, claimed, self_purchase }
}

fn pay(world: &World, orders: &DistOrders, i: usize, as_of: Day) -> Result<Pay, Broken> {
    let plan = world.rules.plan_or_none();
    let mut lines = [None; LEVELS];
    each_line(world, plan, orders, as_of, |line| {
        if line.order == i {
            lines[line.level] = Some(*line);
        }
    });
    let base = BaseParts::of(orders, i, plan.base, as_of);
    let tier = lines[0].and_then(|line| tier(plan, orders, &line));
    let terms = Terms::of(world, plan, orders, i);
    let level = |n: usize| {
        let parts = part_shares(world, plan, orders, i, n, terms.holder[n], as_of);
        let paid = orders.list[i].paid;
        level(world, plan, paid, orders.kind(i), n, terms.holder[n], lines[n], parts)
    };
    let levels = [level(0), level(1)];
    for level in &levels {
        prove_parts(level, base.as_ref(), tier.as_ref())?;
    }
    Ok(Pay {
        levels,
        refunds: orders.refunds(i).map(|(day, amount)| (day, amount, day <= as_of)).collect(),
        base,
        tier,
        complete: match complete_since(world, orders, i) {
            Some(day) if world.completion_known => Complete::Since(day),
            Some(day) => Complete::NotSaid(day),
            None => Complete::No,
        },
        settle_after_days: plan.settle_after_days,
        settles: settles_on(world, plan, orders, i),
    })
}

#[allow(clippy::too_many_arguments)] // what a level is made of
fn level(
    world: &World,
    plan: &Plan,
    paid: Day,
    kind: (u32, u32),
    level: usize,
    holder: Option<u32>,
    line: Option<Line>,
    parts: Vec<PartShare>,
) -> Level {
    let somebody = holder.and_then(|n| world.distributors.get(n as usize));
    let standing = somebody.map(|d| d.standing_on(paid));
    let rates = |product, category| plan.candidates(level, somebody, product, category, paid);
    Level {
        holder: holder.zip(standing),
        rates: if parts.is_empty() { rates(kind.0, kind.1) } else { Vec::new() },
        parts: parts
            .into_iter()
            .map(|share| PartPay { share, rates: rates(share.product, share.category) })
            .collect(),
        line,
    }
}

fn tier(plan: &Plan, orders: &DistOrders, line: &Line) -> Option<TierShare> {
    let month = orders.list[line.order].paid.month();
    let parts = plan.tier_parts(line.volume, line.base);
    (!plan.tiers.is_empty()).then_some(TierShare { month, mode: plan.tier_mode, volume: line.volume, parts })
}

/// The parts that are named make the figures that are paid.
fn prove_parts(level: &Level, base: Option<&BaseParts>, tier: Option<&TierShare>) -> Result<(), Broken> {
    let (Some(line), Some(base)) = (&level.line, base) else { return Ok(()) };
    prove("the parts of an order's base = its base", base.value().into(), line.base.into())?;
    let steps = tier.filter(|_| line.level == 0).map_or(&[][..], |t| &t.parts);
    let addition = steps.iter().map(Part::addition).sum::<i128>();
    prove("the steps of an order's tier = its addition", Money(addition), Money(line.addition))?;
    let winner = |rates: &[Candidate]| {
        let won = rates.iter().find(|c| c.outcome == RateOutcome::Won);
        won.map_or(0, |c| i128::from(c.rate.units()))
    };
    let by_rate = match level.parts.is_empty() {
        true => i128::from(line.base.0) * winner(&level.rates),
        false => {
            let bases = level.parts.iter().map(|p| p.share.base.into()).sum();
            prove("the bases of an order's parts = its base", bases, line.base.into())?;
            level.parts.iter().map(|p| i128::from(p.share.base.0) * winner(&p.rates)).sum()
        }
    };
    let product = by_rate + addition;
    prove("base × rate + tier = a line's product", Money(product), Money(line.product))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commission::Payee;
    use crate::fold::{Basis, Context, Fold, NONE, Order, Shape};
    use crate::money::Rate;
    use crate::payout::State;
    use crate::period::{Ends, Grain};
    use crate::plan::{Base, RateBook, Rule, Tier};
    use crate::world::{Bindings, Distributor, Rules, User};
    use alloc::vec;

    fn yuan(n: i64) -> Amount {
        Amount::from_cents(n * 100)
    }
    fn rate(text: &str) -> Rate {
        Rate::parse(text).unwrap()
    }

    /// Users 0 and 1. Distributor "d" is user 0, sold by "up", who left on day 50. User 1 is bound to "d" from day 10.
    fn shop(plan: Plan) -> World {
        let d = Distributor { own_person: Some(0), upline: Some(1), ..Distributor::new("d") };
        let distributors = vec![d, Distributor { left: Some(Day(50)), ..Distributor::new("up") }];
        let bind = |person| Binding { person, distributor: 0, bound: Stamp::date(Day(10)), expires: None };
        World {
            users: [User { acquired: Day(0), channel: 0 }; 2].into_iter().collect(),
            persons: 2,
            bindings: Bindings::new(vec![bind(0), bind(1)], 2, &distributors),
            distributors,
            rules: Rules { plan: Some(plan), ..Rules::default() },
            ..World::default()
        }
    }

    /// Orders of user 1: day, yuan, refunds, goods cost.
    type Sale<'a> = (i32, i64, &'a [(Day, Amount)], i64);

    fn folded(world: &World, sales: &[Sale]) -> Fold {
        let shape = Shape {
            grain: Grain::All,
            ends: Ends::default(),
            basis: Basis::Period,
            by_channel: false,
            keep_ids: true,
        };
        let cx = Context { world, shape };
        let mut fold = Fold::default();
        for (n, &(on, amount, refunds, goods_cost)) in sales.iter().enumerate() {
            let (buyer, paid) = (Buyer::Known(1), Some(Stamp::date(Day(on))));
            let order = Order {
                id: &[b'a' + u8::try_from(n).unwrap()],
                buyer,
                paid,
                amount: yuan(amount),
                refunds,
                goods_cost: yuan(goods_cost),
                completed: None,
                product: NONE,
                category: NONE,
            };
            fold.add(&cx, &order, world.classify(buyer, paid, None), || 0);
        }
        fold
    }

    fn asked(buyer: Buyer, paid: Option<i32>, referred: Option<u32>) -> Asked {
        Asked { buyer, paid: paid.map(|d| Stamp::date(Day(d))), referred }
    }

    /// What order `id` of the sales pays at the end of a day.
    fn pays(plan: Plan, sales: &[Sale], id: &[u8], as_of: i32) -> Pay {
        let world = shop(plan);
        let orders = folded(&world, sales).distribution;
        let i = orders.find(id).unwrap();
        let asked = asked(Buyer::Known(1), Some(orders.list[i].paid.0), None);
        why(&world, &orders, &asked, Some(i), Day(as_of)).unwrap().pay.unwrap()
    }

    fn cents(pay: &Pay) -> [i128; LEVELS] {
        [0, 1].map(|n| pay.levels[n].line.unwrap().commission.0 / 100)
    }

    #[test]
    fn an_order_with_a_margin_and_a_refund_to_come() {
        let plan = Plan { levels: vec![rate("10%"), rate("2%")], base: Base::Margin, ..Plan::default() };
        let refunds = [(Day(21), yuan(30)), (Day(60), yuan(20))];
        let pay = pays(plan, &[(20, 199, &refunds, 80)], b"a", 40);
        // 199 − 30 − 80 = 89; the second refund is not known yet. 10 % = 8.90, 2 % = 1.78.
        let base = pay.base.unwrap();
        assert_eq!((base.refunds, base.goods_cost, base.value()), (yuan(30), yuan(80), yuan(89)));
        assert_eq!(pay.refunds, [(Day(21), yuan(30), true), (Day(60), yuan(20), false)]);
        assert_eq!(cents(&pay), [890, 178]);
        // The orders do not say when they are complete: paid on day 20, and 7 days.
        assert_eq!((pay.complete, pay.settles), (Complete::NotSaid(Day(20)), Some(Day(27))));
        assert_eq!(pay.levels[0].line.unwrap().state, State::Settled);
        assert!(pay.tier.is_none());
    }

    #[test]
    fn a_base_is_not_below_zero() {
        let plan = |base| Plan { levels: vec![rate("10%")], base, ..Plan::default() };
        for (base, want) in [(Base::Paid, 100), (Base::Net, 60), (Base::Margin, 0)] {
            let pay = pays(plan(base), &[(20, 100, &[(Day(20), yuan(40))], 70)], b"a", 20);
            assert_eq!(pay.base.unwrap().value(), yuan(want), "{base:?}: 100 − 40 − 70");
        }
    }

    #[test]
    fn a_level_that_is_the_houses_says_whose_it_would_be() {
        let plan = || Plan { levels: vec![rate("10%"), rate("2%")], ..Plan::default() };
        let pay = pays(plan(), &[(49, 100, &[], 0)], b"a", 60);
        assert_eq!(pay.levels[1].holder, Some((1, Standing::Eligible)));
        let pay = pays(plan(), &[(50, 100, &[], 0)], b"a", 60);
        assert_eq!(pay.levels[1].holder, Some((1, Standing::Left(Day(50)))));
        let line = pay.levels[1].line.unwrap();
        assert_eq!(
            (line.payee, line.state, line.commission),
            (Payee::House, State::House, Money::from_cents(200))
        );
    }

    #[test]
    fn the_steps_of_a_tier_are_those_that_pay() {
        let step = |from, add| Tier { from: yuan(from), add: rate(add) };
        let plan = |tier_mode| Plan {
            levels: vec![rate("10%")],
            tiers: vec![step(1_000, "2%"), step(2_000, "5%")],
            tier_mode,
            ..Plan::default()
        };
        // Day 31 lies in February: it is no volume of January's.
        let sales: &[Sale] =
            &[(10, 800, &[], 0), (31, 9_000, &[], 0), (20, 1_500, &[(Day(40), yuan(700))], 0)];
        let part = |from: Option<i64>, yuan: i128, add| Part {
            from: from.map(|f| Amount::from_cents(f * 100)),
            money: Money::from_cents(yuan * 100),
            add: rate(add),
        };
        let pay = pays(plan(TierMode::Marginal), sales, b"c", 39);
        let tier = pay.tier.as_ref().unwrap();
        // From 800 to 2,300: 200 below the steps, 1,000 at 2 % = 20, 300 at 5 % = 15. 150 + 35 = 185.
        let want = [part(None, 200, "0%"), part(Some(1_000), 1_000, "2%"), part(Some(2_000), 300, "5%")];
        assert_eq!((tier.volume, &tier.parts[..]), (Money::from_cents(80_000), &want[..]));
        assert_eq!(cents(&pay), [18_500, 0]);
        let pay = pays(plan(TierMode::Whole), sales, b"c", 39);
        // 800 + 1,500 = 2,300 has reached 5 %: 1,500 × 15 % = 225.
        let tier = pay.tier.as_ref().unwrap();
        assert_eq!(
            (tier.volume, &tier.parts[..]),
            (Money::from_cents(230_000), &[part(Some(2_000), 1_500, "5%")][..])
        );
        assert_eq!(cents(&pay), [22_500, 0]);
        let pay = pays(plan(TierMode::Whole), sales, b"c", 40);
        // 700 are back: 1,600 has reached only 2 %, and the order's base is 800: 800 × 12 % = 96.
        assert_eq!(cents(&pay), [9_600, 0]);
    }

    #[test]
    fn before_it_is_paid_an_order_has_terms_and_no_figures() {
        let plan = Plan { levels: vec![rate("10%")], ..Plan::default() };
        let pay = pays(plan, &[(20, 100, &[], 0)], b"a", 19);
        assert!(pay.base.is_none() && pay.tier.is_none() && pay.levels[0].line.is_none());
        assert_eq!(pay.levels[0].rates[0].rule, Rule::Levels);
    }

    #[test]
    fn whose_an_order_is_and_whose_not() {
        let world = shop(Plan { rates: RateBook::default(), ..Plan::default() });
        let of = |buyer, paid, referred| {
            why(&world, &DistOrders::default(), &asked(buyer, paid, referred), None, Day(99))
                .unwrap()
                .attribution
        };
        let outcomes = |a: &Attribution| a.bindings.iter().map(|b| b.1).collect::<Vec<_>>();
        let own = of(Buyer::Known(0), Some(20), None);
        assert_eq!((own.claimed, own.self_purchase), (Some(0), true), "its own purchase");
        assert_eq!(outcomes(&own), [BindingOutcome::Won]);
        let early = of(Buyer::Known(1), Some(9), None);
        assert_eq!((early.claimed, outcomes(&early)), (None, vec![BindingOutcome::NotBegun]));
        let named = of(Buyer::Known(1), Some(20), Some(1));
        assert_eq!((named.claimed, named.bindings.len()), (Some(1), 0), "the referral of the order itself");
        let unpaid = of(Buyer::Known(1), None, None);
        assert_eq!(
            (unpaid.claimed, unpaid.bindings.len()),
            (None, 0),
            "without a moment there is nothing to win"
        );
        assert_eq!(of(Buyer::Guest, Some(20), None).claimed, None);
    }
}
