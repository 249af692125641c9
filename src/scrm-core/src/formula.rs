//! The formulas of the two systems run forward: from drivers to what they would bring.
//!
//! The statement computes the same quantities from rows; these functions compute them from assumptions. Results are
//! decimals, unrounded, because half a buyer is meaningful in a plan.

use rust_decimal::Decimal;

/// A number left the range of 96-bit decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

/// Traffic cost 流量成本 = users × cost per user + team cost + other cost.
///
/// # Errors
/// [`Overflow`].
pub fn traffic_cost(
    users: u64,
    cost_per_user: Decimal,
    team: Decimal,
    other: Decimal,
) -> Result<Decimal, Overflow> {
    let acquired = Decimal::from(users).checked_mul(cost_per_user).ok_or(Overflow)?;
    acquired.checked_add(team).and_then(|c| c.checked_add(other)).ok_or(Overflow)
}

/// Direct revenue 销售收入 = users × conversion × revenue per buyer. `conversion` is a share: 0.03 is 3 %.
///
/// # Errors
/// [`Overflow`].
pub fn direct_revenue(
    users: u64,
    conversion: Decimal,
    revenue_per_buyer: Decimal,
) -> Result<Decimal, Overflow> {
    let buyers = Decimal::from(users).checked_mul(conversion).ok_or(Overflow)?;
    buyers.checked_mul(revenue_per_buyer).ok_or(Overflow)
}

/// Distribution revenue 分销收入 = users × distributor rate × active rate × revenue per active distributor.
///
/// # Errors
/// [`Overflow`].
pub fn distribution_revenue(
    users: u64,
    distributor_rate: Decimal,
    active_rate: Decimal,
    revenue_per_active: Decimal,
) -> Result<Decimal, Overflow> {
    let distributors = Decimal::from(users).checked_mul(distributor_rate).ok_or(Overflow)?;
    let active = distributors.checked_mul(active_rate).ok_or(Overflow)?;
    active.checked_mul(revenue_per_active).ok_or(Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formulas_of_the_article() {
        // 10,000 users at 8 + 50,000 team + 5,000 other = 135,000; 10,000 × 3 % × 199 = 59,700.
        let d = |n, scale| Decimal::new(n, scale);
        assert_eq!(traffic_cost(10_000, d(8, 0), d(50_000, 0), d(5_000, 0)), Ok(d(135_000, 0)));
        assert_eq!(direct_revenue(10_000, d(3, 2), d(199, 0)), Ok(d(59_700, 0)));
        // 10,000 × 2 % × 75 % = 150 active, each selling 1,200.
        assert_eq!(distribution_revenue(10_000, d(2, 2), d(75, 2), d(1_200, 0)), Ok(d(180_000, 0)));
        assert_eq!(traffic_cost(u64::MAX, Decimal::MAX, d(0, 0), d(0, 0)), Err(Overflow));
    }
}
