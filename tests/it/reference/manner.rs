//! Worlds in which a setting says what a row of users or of ad spend is.

use super::random::Random;
use super::{Acquired, NEVER, Order, Stamp, Status, User, World, q};
use jiff::ToSpan;

/// Now and then users are dated by their orders, have several rows, or each channel has a column of ad spend.
pub fn draw(world: &mut World, r: &mut Random) {
    if r.chance(20) {
        // A column has a name.
        world.spend.retain(|s| !s.channel.is_empty());
        world.manner.wide_spend = (!world.spend.is_empty()).then(|| *r.pick(&["", "", " spent", "消耗"]));
    }
    if r.chance(35) {
        date_by_orders(world, r);
    }
    if r.chance(25) && world.manner.acquired != Acquired::ByOrderAlone {
        repeat_users(world, r);
    }
}

/// The day of each user's first paid order.
fn date_by_orders(world: &mut World, r: &mut Random) {
    let is_paid = |o: &&Order| !matches!(o.status, Some(Status::Unpaid | Status::Cancelled));
    let alone = r.chance(40);
    if alone {
        let mut ids: Vec<String> = world.orders.iter().filter(is_paid).map(|o| o.user.clone()).collect();
        ids.sort();
        ids.dedup();
        let user = |id| User { id, acquired: NEVER, channel: String::new(), cost: None };
        world.users = ids.into_iter().filter(|id| !id.is_empty()).map(user).collect();
    }
    for user in &mut world.users {
        let own = world.orders.iter().filter(is_paid).filter(|o| o.user == user.id);
        user.acquired = own.filter_map(|o| o.paid.as_ref()).map(Stamp::day).min().unwrap_or(NEVER);
    }
    // Nobody is a user by orders that nobody dated.
    world.users.retain(|u| !alone || u.acquired != NEVER);
    world.manner.acquired = if alone { Acquired::ByOrderAlone } else { Acquired::ByOrder };
}

/// Further rows about some users, later than those that count; of one day only where they say the same.
fn repeat_users(world: &mut World, r: &mut Random) {
    let by_order = world.manner.acquired == Acquired::ByOrder;
    let mut again = Vec::new();
    for user in &world.users {
        let times = *r.pick(&[0, 0, 0, 1, 2]);
        for _ in 0..times {
            let days = if by_order { 0 } else { r.within(0, 50) };
            let mut row = User { acquired: user.acquired + days.days(), ..user.clone() };
            if days > 0 {
                row.channel = r.pick(&world.users).channel.clone();
                row.cost = r.maybe(50, |r| q(r.within(1, 90_000)));
            }
            again.push(row);
        }
    }
    world.manner.again = Some(again);
}
