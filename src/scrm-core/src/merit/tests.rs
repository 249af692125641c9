//! Merit in worked examples, told in the domain's words, with their arithmetic.

use super::*;
use crate::classify::Buyer;
use crate::date::Stamp;
use crate::fold::{Basis, Context, Fold, NONE, Order, Shape};
use crate::money::{Amount, Rate};
use crate::period::{Ends, Grain};
use crate::plan::Plan;
use crate::pnl::statement;
use crate::world::Adjustment;
use alloc::format;
use alloc::string::{String, ToString};

/// `2-05` is the fifth of February 2026.
fn day(text: &str) -> Day {
    let (month, day) = text.split_once('-').unwrap();
    Day::from_ymd(2026, month.parse().unwrap(), day.parse().unwrap()).unwrap()
}

/// Yuan with or without cents, perhaps below zero.
fn amount(text: &str) -> Amount {
    let (whole, cents) = text.trim_start_matches('-').split_once('.').unwrap_or((text, "00"));
    let n: i64 = format!("{}{cents}", whole.trim_start_matches('-')).parse().unwrap();
    Amount::from_cents(if text.starts_with('-') { -n } else { n })
}

/// The seller, the day, the amount, and the refunds.
type Sale = (u32, Day, Amount, Vec<(Day, Amount)>);

/// A shop told line by line: `person ID MOTIVE GRADE UPLINE JOINED LEFT` (`-` where not given), `stranger ID`,
/// `order SELLER DAY YUAN [refund DAY YUAN]…`, `adjust ID DAY YUAN`, `plan LEVEL…`, `refunds on order`.
#[derive(Default)]
struct Shop {
    world: World,
    orders: Vec<Sale>,
}

impl Shop {
    fn told(text: &str) -> Shop {
        let mut shop = Shop::default();
        for line in text.lines() {
            let line = line.split_once('#').map_or(line, |(told, _)| told);
            shop.line(&line.split_whitespace().collect::<Vec<_>>());
        }
        shop
    }

    fn number(&self, id: &str) -> u32 {
        self.world.distributors.iter().position(|d| &*d.id == id).unwrap() as u32
    }

    fn line(&mut self, words: &[&str]) {
        let known = |text: &str| (text != "-").then(|| text.to_string());
        match *words {
            [] => {}
            ["person", id, motive, grade, upline, joined, left] => {
                let mut d = Distributor::new(id);
                d.motive = known(motive).map(|m| match m.as_str() {
                    "interest" => Motive::Interest,
                    "affinity" => Motive::Affinity,
                    "brand" => Motive::Brand,
                    _ => panic!("{m}"),
                });
                d.grade_name = known(grade).unwrap_or_default().into();
                d.upline = known(upline).map(|id| self.number(&id));
                (d.joined, d.left) = (known(joined).map(|t| day(&t)), known(left).map(|t| day(&t)));
                self.world.distributors.push(d);
            }
            ["stranger", id] => {
                self.world.distributors.push(Distributor { listed: false, ..Distributor::new(id) });
            }
            ["order", seller, on, yuan, ref refunds @ ..] => {
                let refund = |words: &[&str]| (day(words[1]), amount(words[2]));
                let refunds = refunds.chunks(3).map(refund).collect();
                self.orders.push((self.number(seller), day(on), amount(yuan), refunds));
            }
            ["adjust", id, on, yuan] => {
                let distributor = self.number(id);
                let adjustment = Adjustment { distributor, day: day(on), amount: amount(yuan) };
                self.world.adjustments.push(adjustment);
            }
            ["plan", ref levels @ ..] => {
                let levels = levels.iter().map(|l| Rate::parse(l).unwrap()).collect();
                self.world.rules.plan = Some(Plan { levels, ..Plan::default() });
            }
            ["refunds", "on", "order"] => self.world.rules.refunds_on_order = true,
            _ => panic!("{words:?}"),
        }
    }

    /// The merits of February, proved against the statement of February.
    fn february(&self) -> Merits {
        let range = Range { begin: day("2-1"), end: day("3-1") };
        let ends = Ends { begin: Some(range.begin), end: Some(range.end) };
        let basis = Basis::Period;
        let shape = Shape { grain: Grain::All, ends, basis, by_channel: false, keep_ids: true };
        let world = &self.world;
        let mut fold = Fold::default();
        for (i, (seller, on, amount, refunds)) in self.orders.iter().enumerate() {
            let (buyer, paid) = (Buyer::Guest, Some(Stamp::date(*on)));
            let order = Order {
                id: i.to_string().leak().as_bytes(),
                buyer,
                paid,
                amount: *amount,
                refunds,
                goods_cost: Amount::ZERO,
                completed: None,
                product: NONE,
                category: NONE,
            };
            let cx = Context { world, shape };
            fold.add(&cx, &order, world.classify(buyer, paid, Some(*seller)), || 0);
        }
        let merits = Merits::of(world, &fold.distribution, Some(range));
        let s = statement(world, &fold, shape, None, false, 1).unwrap();
        assert_eq!(merits.prove(&s.total), Ok(()));
        merits
    }

    fn id(&self, n: u32) -> &str {
        &self.world.distributors[n as usize].id
    }
}

/// A figure by its name, in cents or as a count.
fn figure(m: &Merit, name: &str) -> i128 {
    match name {
        "distributors" => m.distributors.into(),
        "active" => m.active.into(),
        "orders" => m.orders.into(),
        "refunded" => m.refunded_orders.into(),
        "gross" => m.gross.0 / 100,
        "refunds" => m.refunds.0 / 100,
        "revenue" => m.revenue().0 / 100,
        "level_1" => m.level_1.0 / 100,
        "level_2" => m.level_2.0 / 100,
        "adjustments" => m.adjustments.0 / 100,
        "commission" => m.commission().0 / 100,
        _ => panic!("{name}"),
    }
}

/// Each line of `expect`: a name, then figures and what they are; counts as they are, money with its point.
fn check(got: &[(String, Merit)], expect: &str) {
    let lines: Vec<&str> = expect.lines().map(|l| l.split('#').next().unwrap_or_default().trim()).collect();
    let lines: Vec<&str> = lines.into_iter().filter(|l| !l.is_empty()).collect();
    let names: Vec<&str> = lines.iter().filter_map(|l| l.split_whitespace().next()).collect();
    assert_eq!(got.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), names);
    for (line, (name, merit)) in lines.iter().zip(got) {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        for pair in words.chunks(2) {
            let want = match pair[1].contains('.') {
                true => i128::from(amount(pair[1]).0) / 100,
                false => pair[1].parse().unwrap(),
            };
            assert_eq!(figure(merit, pair[0]), want, "{name}: {}", pair[0]);
        }
    }
}

fn people(shop: &Shop, merits: &Merits) -> Vec<(String, Merit)> {
    merits.people.iter().map(|(n, m)| (shop.id(*n).to_string(), *m)).collect()
}

const SHOP: &str = "
    plan 10% 2%
    person up   brand    gold   -  -    -
    person ann  interest gold   up 1-05 -
    person bob  affinity -      up -    2-20
    person cat  -        silver -  3-01 -
    person dan  brand    silver -  -    2-01
    stranger eve
    order ann 1-10 100.00 refund 2-03 40.00
    order ann 2-05 200.00 refund 2-09 50.00 refund 3-02 10.00
    order bob 2-10  80.00
    order bob 2-20  30.00                          # has left: the house's, but sold
    order eve 2-27  60.00
    order ann 3-01 500.00
    adjust dan 2-28  -5.50
    adjust ann 1-31   9.00";

#[test]
fn sales_stand_with_the_seller_and_commission_with_the_payee() {
    let shop = Shop::told(SHOP);
    check(
        &people(&shop, &shop.february()),
        "
        # At the end of January 100 × 10 % = 10 had accrued; at the end of February 60 × 10 % + 150 × 10 % = 21.
        ann distributors 1 active 1 orders 1 gross 200.00 refunds 90.00 revenue 110.00 refunded 1 level_1 11.00 level_2 0.00 adjustments 0.00
        # 80 × 10 %; what was sold on the day of leaving is the house's. Not there at the end.
        bob distributors 0 active 1 orders 2 gross 110.00 refunds 0.00 refunded 0 level_1 8.00 commission 8.00
        # Has left before, and is corrected.
        dan distributors 0 active 0 orders 0 gross 0.00 adjustments -5.50 commission -5.50
        eve distributors 1 active 1 orders 1 gross 60.00 level_1 6.00
        # Level 2: ann's 210 less 100 of January, at 2 %: 4.20 − 2.00; bob's 110 × 2 % = 2.20, his leaving is his own.
        up  distributors 1 active 0 orders 0 gross 0.00 level_1 0.00 level_2 4.40 commission 4.40",
    );
    // cat joins on the first day after the range: neither there nor with any figure.
    assert_eq!(shop.february().total.commission(), Money::from_cents(1_100 + 800 - 550 + 600 + 440));
}

#[test]
fn groups_add_their_people_up_and_the_unknown_stand_last() {
    let shop = Shop::told(SHOP);
    let merits = shop.february();
    let named = |m: Option<Motive>| m.map_or("(unknown)".to_string(), |m| format!("{m:?}"));
    let motives: Vec<_> = merits.by_motive(&shop.world).into_iter().map(|(m, f)| (named(m), f)).collect();
    check(
        &motives,
        "
        Interest  distributors 1 active 1 revenue 110.00 commission 11.00
        Affinity  distributors 0 active 1 revenue 110.00 commission 8.00
        Brand     distributors 1 active 0 revenue 0.00 level_2 4.40 adjustments -5.50 commission -1.10   # up and dan
        (unknown) distributors 1 active 1 revenue 60.00 commission 6.00                                  # eve",
    );
    let grades = merits.by_grade(&shop.world);
    check(
        &grades.into_iter().map(|(g, m)| (g.into_string(), m)).collect::<Vec<_>>(),
        "
        gold   distributors 2 active 1 orders 1 revenue 110.00 commission 15.40   # ann and up
        silver distributors 0 active 0 orders 0 commission -5.50                  # dan
        (none) distributors 1 active 2 orders 3 revenue 170.00 commission 14.00   # bob and eve",
    );
    let uplines = merits.by_upline(&shop.world).into_iter();
    check(
        &uplines.map(|(n, m)| (n.map_or("(none)", |n| shop.id(n)).into(), m)).collect::<Vec<_>>(),
        "
        up     distributors 1 active 2 orders 3 revenue 220.00 level_2 0.00 commission 19.00   # ann and bob
        (none) distributors 2 active 1 orders 1 revenue 60.00 level_2 4.40 commission 4.90",
    );
}

#[test]
fn refunds_stand_on_the_order_where_the_settings_say_so() {
    let shop = Shop::told(&format!("refunds on order\n{SHOP}"));
    let merits = shop.february();
    // The 40 of January's order stand in January; the 50 and the 10 of February's in February, though the 10 came
    // back in March. Commission knows only what came back: 60 × 10 % + 150 × 10 % − 10.
    check(&people(&shop, &merits)[..1], "ann gross 200.00 refunds 60.00 refunded 1 level_1 11.00");
    // An order of which a refund is only recognised later is not refunded yet.
    let late = "person ann - - - - -\norder ann 2-05 200.00 refund 3-02 10.00";
    let refunded = |told: &str| Shop::told(told).february().total.refunded_orders;
    assert_eq!((refunded(late), refunded(&format!("refunds on order\n{late}"))), (0, 1));
}

#[test]
fn ratios_are_of_sums_and_undefined_is_not_zero() {
    let percent = |r: Option<Ratio>| r.map(|r| r.rounded(2));
    let money = |yuan: i128| Money::from_cents(yuan * 100);
    let sold = Merit { active: 4, gross: money(400), refunds: money(100), ..Merit::default() };
    let sold = Merit { level_1: money(30), level_2: money(3), adjustments: money(-3), ..sold };
    // 100 ÷ 400; 30 ÷ 300; 300 ÷ 4.
    assert_eq!(percent(sold.refund_rate()), Some(25));
    assert_eq!(percent(sold.commission_rate()), Some(10));
    assert_eq!(percent(sold.revenue_per_active()), Some(7_500));
    let only_earned = Merit { level_2: money(3), ..Merit::default() };
    assert_eq!(percent(only_earned.refund_rate()), None);
    assert_eq!(percent(only_earned.commission_rate()), None);
    assert_eq!(percent(only_earned.revenue_per_active()), None);
    let loss = Merit { active: 1, gross: money(1), refunds: money(3), ..sold };
    assert_eq!(percent(loss.refund_rate()), Some(300), "refunds of earlier orders may exceed what was sold");
    assert_eq!(percent(loss.commission_rate()), None, "of a loss there is no share");
    assert_eq!(percent(loss.revenue_per_active()), Some(-200));
}

/// What top 1, top 10 % and 80 % come to: how many, their revenue in yuan, and their share in percent.
fn concentration(yuan: &[i64]) -> Vec<(u64, i128, i128)> {
    let person = |&y: &i64| {
        let gross = Money::from(Amount::from_cents(y.max(0) * 100));
        let refunds = Money::from(Amount::from_cents((-y).max(0) * 100));
        (0, Merit { active: u64::from(y != 0), gross, refunds, ..Merit::default() })
    };
    let people: Vec<(u32, Merit)> = yuan.iter().map(person).collect();
    let mut merits = Merits { people, ..Merits::default() };
    merits.total.active = merits.people.iter().map(|(_, m)| m.active).sum();
    merits.concentrate();
    let share = |c: &Concentration| c.share.map_or(-1, |r| r.rounded(2));
    merits.concentration.iter().map(|c| (c.distributors, c.revenue.0 / 10_000, share(c))).collect()
}

#[test]
fn how_much_the_largest_bring() {
    // Of 100: the first has 50; one tenth of five, rounded up, is one; 50 + 30 are exactly 80 %.
    assert_eq!(concentration(&[30, 50, 10, 5, 5]), [(1, 50, 50), (1, 50, 50), (2, 80, 80)]);
    // 50 + 29 are 79 %: the third is needed.
    assert_eq!(concentration(&[50, 29, 11, 5, 5])[2], (3, 90, 90));
    // Eleven active: two are the tenth. 11 equal ones: 8 × 10 = 80 of 110 are too few, 9 are 82 %.
    assert_eq!(concentration(&[10; 11]), [(1, 10, 9), (2, 20, 18), (9, 90, 82)]);
    // A loss has no part in it; who sold nothing is not active.
    assert_eq!(concentration(&[-40, 60, 40, 0]), [(1, 60, 60), (1, 60, 60), (2, 100, 100)]);
    // Eleven active, of whom one has revenue above 0: the tenth has two places, and one to take them.
    assert_eq!(concentration(&[-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 7])[1], (1, 7, 100));
    assert_eq!(concentration(&[-5, 0]), [], "nobody has any");
    assert_eq!(concentration(&[]), []);
}

#[test]
fn who_earned_without_selling() {
    let shop = Shop::told(
        "
        plan 10% 2%
        person top - - -   - -
        person mid - - top - -
        person low - - mid - -
        person idl - - mid - -
        order low 2-03 100.00
        order low 2-04  50.00
        order low 2-05   0.10                # 0.002: rounds to nothing, and passes nothing up
        order low 1-20 700.00
        order mid 1-05 100.00                # before the range
        order idl 1-06 100.00 refund 2-02 100.00",
    );
    // low's two orders pay mid (100 + 50) × 2 % = 3.00; idl's refund takes 2.00 back: 1.00 is left. Nothing of
    // February reaches top: there is no third level.
    let only = shop.february().level_2_only;
    let mid = shop.number("mid");
    let level_2 = Money::from_cents(100);
    assert_eq!(only, [LevelTwoOnly { distributor: mid, sellers: 1, orders: 2, level_2 }]);
    // With one sale of its own it is gone from the list.
    let text = "plan 10% 2%\nperson a - - - - -\nperson b - - a - -\norder b 2-03 100.00\norder a 2-04 1.00";
    assert_eq!(Shop::told(text).february().level_2_only, []);
}

#[test]
fn three_standard_deviations() {
    for (r, n, rest_r, rest_n, far, why) in [
        // p = 1/10, n = 20: 2 ± 3·√1.8 = 2 ± 4.02.
        (6, 20, 10, 100, false, "6.00 < 6.02"),
        (7, 20, 10, 100, true, "7.00 > 6.02"),
        (0, 20, 10, 100, false, "-2.02 is never reached"),
        // p = 1/2, n = 36: 18 ± 3·3, on the spot.
        (27, 36, 50, 100, false, "exactly three are not more than three"),
        (28, 36, 50, 100, true, ""),
        (9, 36, 50, 100, false, ""),
        (8, 36, 50, 100, true, "below"),
        (1, 5, 0, 10, true, "nobody else had any"),
        (0, 5, 0, 10, false, "like the rest"),
        (5, 5, 0, 0, false, "there is no rest"),
        (0, 5, 0, 0, false, "there is no rest"),
        (500_000_000, 1_000_000_000, 1, 1_000_000_000, true, "no overflow"),
    ] {
        assert_eq!(is_far(r, n, rest_r, rest_n), far, "{r} of {n} against {rest_r} of {rest_n}: {why}");
    }
}

#[test]
fn outliers_need_orders_and_for_above_two_refunds() {
    // (orders, refunded orders) of each; the outliers' places, and whether above.
    let far = |of: &[(u64, u64)]| {
        let merit = |&(orders, refunded_orders)| Merit { orders, refunded_orders, ..Merit::default() };
        let people: Vec<(u32, Merit)> = (0..).zip(of.iter().map(merit)).collect();
        let mut total = Merit::default();
        people.iter().for_each(|(_, m)| total.add(m));
        outliers(&people, &total).iter().map(|o| (o.distributor, o.above)).collect::<Vec<_>>()
    };
    assert_eq!(far(&[(5, 2), (50, 0), (50, 0)]), [(0, true)]);
    assert_eq!(far(&[(5, 1), (50, 0), (50, 0)]), [], "one refund happens to anybody");
    assert_eq!(far(&[(4, 4), (50, 0), (50, 0)]), [], "four orders are too few");
    // The rest refunds half: of 36 one expects 18 ± 9. Against those 8 of 36, the others' 50 of 100 (22 ± 12.5)
    // are far too.
    assert_eq!(far(&[(36, 8), (100, 50)]), [(0, false), (1, true)]);
    assert_eq!(far(&[]), []);
}
