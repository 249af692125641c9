//! What a row of orders is worth: its amount, or its quantity times its unit price where no amount stands there.

use super::super::after_sale::shows_payment;
use super::super::problem::{Code, Detail};
use super::super::schema::orders::{AMOUNT, PAID_AT, QUANTITY, STATUS, UNIT_PRICE};
use super::super::status::{Status, Statuses};
use super::super::table::{Bad, Row};
use scrm_core::money::{Amount, UNITS};

/// The amount of a row; below zero only where it may be.
pub fn amount(row: &mut Row, signed: bool) -> Result<Amount, Bad> {
    if row.layout.has(AMOUNT) || !row.layout.has(UNIT_PRICE) {
        if row.is_unnamed(AMOUNT) && is_unpaid(row) {
            return Ok(Amount::ZERO);
        }
        return row.money(AMOUNT, true, signed).map(Option::unwrap_or_default);
    }
    let amount = priced(row, signed)?;
    row.stats.sum += amount;
    Ok(amount)
}

/// Does a row say no more of its order than which one it is? Where an order's amount stands once for it, some exports
/// leave out what is the order's in all of its rows but the first.
pub fn is_item(row: &Row, order_amount_repeats: bool) -> bool {
    order_amount_repeats
        && row.layout.cell_of(AMOUNT).is_some()
        && [AMOUNT, PAID_AT, STATUS].iter().all(|column| row.cell(*column).is_empty())
}

/// Was the order never paid, so that an export may well have no amount of it?
fn is_unpaid(row: &Row) -> bool {
    let word = row.cell(STATUS);
    if word.is_empty() {
        return row.cell(PAID_AT).is_empty();
    }
    let by_settings = std::str::from_utf8(word).ok().and_then(|word| row.env.status_words.get(word)).copied();
    let by_profile = || row.layout.profile().and_then(|p| p.statuses.get(word)).copied();
    let status = by_settings.or_else(by_profile).or_else(|| Statuses::ours(word));
    matches!(status, Some(Status::Unpaid | Status::Cancelled)) && !shows_payment(row, word)
}

/// What a row's price says it is worth, beside an amount: the unit price, times the quantity where there is one.
pub fn worth(row: &mut Row, signed: bool) -> Result<Option<Amount>, Bad> {
    match (row.layout.has(UNIT_PRICE), row.layout.has(QUANTITY)) {
        (false, _) => Ok(None),
        (true, false) => row.money(UNIT_PRICE, false, signed),
        (true, true) => priced(row, signed).map(Some),
    }
}

/// Quantity × unit price, exactly, or rounded half-up to four decimals with a warning.
fn priced(row: &mut Row, signed: bool) -> Result<Amount, Bad> {
    let quantity = row.money(QUANTITY, true, signed);
    let price = row.money(UNIT_PRICE, true, signed);
    let (quantity, price) = (quantity?.unwrap_or_default(), price?.unwrap_or_default());
    if quantity.0 < 0 && price.0 < 0 {
        return Err(row.error_with(Code::Negative, UNIT_PRICE, Detail::OfOrder));
    }
    let (product, unit) = (i128::from(quantity.0) * i128::from(price.0), i128::from(UNITS));
    // Away from zero where it stands in the middle, as money is rounded everywhere.
    let units = (product.abs() + unit / 2) / unit * product.signum();
    if product % unit != 0 {
        row.warn(Code::MoneyRounded, UNIT_PRICE, None);
    }
    match i64::try_from(units).ok().filter(|u| u.abs() <= Amount::MAX.0) {
        Some(units) => Ok(Amount(units)),
        None => Err(row.error(Code::MoneyRange, UNIT_PRICE)),
    }
}
