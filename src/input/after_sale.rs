//! What an export's further columns say was given back of an order, while its status stays: `售后状态`, `退款状态`.
//!
//! No word is passed over. Each says that nothing was given back, or that something, a part or all of it was; what the
//! sum in the column of refunds must then be is checked, and where nobody can tell how much, the row is refused.

use super::layout::Layout;
use super::orders::amount::is_item;
use super::problem::{Code, Detail, Problem};
use super::profile::{After, fold};
use super::schema::orders::{PAID_AT, REFUND, STATUS};
use super::split::Record;
use super::status::{Status, Statuses};
use super::table::{Bad, Env, Row};
use scrm_core::money::Amount;

/// What a word says, and whether the settings say so, which is then the last word.
fn meaning(word: &[u8], layout: &Layout, env: &Env) -> Option<(After, bool)> {
    let by_profile = || Some((layout.manner.as_ref()?.after(word)?, false));
    let text = std::str::from_utf8(word).ok()?;
    match env.status_words.get(text) {
        Some(Status::Refunded) => Some((After::Full, true)),
        // A word for a status may stand among the settings for its own column's sake.
        Some(status) if status.is_paid() && Statuses::ours(word).is_none() => Some((After::Nothing, true)),
        _ => by_profile(),
    }
}

/// The cells of after-sale statuses of a record that say something.
fn words<'r>(record: &'r Record<'r>, layout: &'r Layout) -> impl Iterator<Item = (usize, &'r [u8])> {
    let cells = layout.manner.as_ref().map_or(&[][..], |m| m.after_sale());
    let text = |cell: &usize| {
        let manner = layout.manner.as_ref().filter(|_| *cell < record.spans.len())?;
        Some((*cell, manner.text(record.cell(*cell)))).filter(|(_, text)| !text.is_empty())
    };
    cells.iter().filter_map(text)
}

/// Shows a row that it was paid, though its status says that it was closed or cancelled? It does where something was given
/// back, and where it was closed and has a time of payment.
pub fn shows_payment(row: &Row, word: &[u8]) -> bool {
    let (layout, record) = (row.layout, &row.record);
    let Some(manner) = &layout.manner else { return false };
    let says = |wanted: fn(After) -> bool| {
        let meant = |(_, word): (usize, &[u8])| {
            meaning(word, layout, row.env).is_some_and(|(after, _)| wanted(after))
        };
        words(record, layout).any(meant)
    };
    if says(|after| after != After::Nothing) {
        return true;
    }
    let refund = row.cell(REFUND);
    let read = row.env.money(refund);
    // What was asked for was not given, where that is said.
    let is_given = layout.is_first(REFUND) || !says(|after| after == After::Nothing);
    if layout.has(REFUND) && is_given && read.is_ok_and(|read| read.amount.0 > 0) {
        return true;
    }
    let when = layout.cell_of(PAID_AT).map(|cell| fold(&layout.name(cell)));
    manner.profile.closed.iter().any(|closed| closed == word)
        && !row.cell(PAID_AT).is_empty()
        && when.is_some_and(|when| !manner.profile.ordered.contains(&when))
}

/// What a row says was given back, by the sum in it and by its after-sale statuses.
///
/// # Errors
/// Noted: a word that nobody knows, and a sum that is missing or contradicts it.
pub fn refund(
    row: &mut Row,
    sum: Option<Amount>,
    amount: Amount,
    status: Option<Status>,
) -> Result<Option<Amount>, Bad> {
    let Some(manner) = &row.layout.manner else { return Ok(sum) };
    let is_given = sum.is_some_and(|sum| sum.0 > 0);
    let said = said_of_order(row, sum.is_some())?;
    // Of an item whose order's amount stands elsewhere only its own sum tells what came back.
    let is_item = is_item(row, row.env.amount_repeats);
    let is_paid = is_item || status.map_or(!row.cell(PAID_AT).is_empty(), Status::is_paid);
    if !is_paid || amount.0 < 0 {
        return Ok(sum);
    }
    let (may_be_whole, is_elsewhere) = (!row.env.amount_repeats, row.env.has_refunds);
    // All of it, as the order's status says, or as an order is closed.
    let by_status = status == Some(Status::Refunded) && !is_given && !is_elsewhere;
    let Some((cell, after, by_settings)) = said.filter(|(_, after, _)| !by_status || *after == After::Partly)
    else {
        if by_status && may_be_whole && is_closed(row) {
            row.warn(Code::RefundInFull, STATUS, Some(amount.into()));
        }
        return Ok(sum);
    };
    let in_full = manner.profile.after_sale.as_ref().is_some_and(|a| a.in_full);
    match after {
        After::Nothing if by_settings => Ok(None),
        // Of the order something was, though not of this item.
        After::Nothing if row.layout.refund_is_of_order() => Ok(sum),
        After::Nothing if is_given && !row.layout.is_first(REFUND) => {
            Err(refuse(row, cell, Detail::Given { refund: sum.unwrap_or_default().into() }))
        }
        After::Nothing => Ok(sum),
        _ if is_given || is_elsewhere || amount.0 == 0 && !is_item => Ok(sum),
        After::Full if may_be_whole => Ok(Some(amount)),
        After::Refunded if may_be_whole && (in_full || row.layout.has(REFUND)) => {
            let place = row.layout.place(row.record.line, Some(cell));
            let (name, word) = (row.layout.name(cell), row.record.cell(cell));
            row.problems.warn_at(Code::RefundInFull, place, Some(amount.into()), || {
                Problem::new(Code::RefundInFull, place).column(name).value(word)
            });
            Ok(Some(amount))
        }
        _ => Err(refuse(row, cell, Detail::None)),
    }
}

/// Says the status of an order itself that it was closed or cancelled?
fn is_closed(row: &Row) -> bool {
    let word = row.cell(STATUS);
    let of_profile = row.layout.profile().and_then(|p| p.statuses.get(word).copied());
    of_profile.or_else(|| Statuses::ours(word)) == Some(Status::Cancelled)
}

/// What the after-sale statuses of a row say, the strongest of them, with its cell; `is_settled` says that a sum does, and
/// be it 0.
fn said(row: &mut Row, is_settled: bool) -> Result<Option<(usize, After, bool)>, Bad> {
    let (record, layout) = (row.record, row.layout);
    let mut strongest: Option<(usize, After, bool)> = None;
    for (cell, word) in words(&record, layout) {
        match meaning(word, layout, row.env) {
            Some((after, by_settings)) if strongest.is_none_or(|(_, other, _)| other < after) => {
                strongest = Some((cell, after, by_settings));
            }
            Some(_) => {}
            // The export itself says how much.
            None if is_settled => {}
            None => return Err(unknown(row, cell)),
        }
    }
    Ok(strongest)
}

/// The same of an order, whose status may be such a word itself: 部分退款.
fn said_of_order(row: &mut Row, is_stated: bool) -> Result<Option<(usize, After, bool)>, Bad> {
    let by_status = || {
        let cell = row.layout.cell_of(STATUS).filter(|_| is_partly(row.cell(STATUS), row.layout));
        cell.map(|cell| (cell, After::Partly, false))
    };
    let by_status = by_status();
    Ok(said(row, is_stated && row.layout.is_first(REFUND))?.or(by_status))
}

/// Says a status that a part of a paid order was given back?
pub fn is_partly(word: &[u8], layout: &Layout) -> bool {
    layout.manner.as_ref().is_some_and(|m| m.after(word) == Some(After::Partly))
}

/// Refuses words for after-sale statuses that nobody knows, in a table whose rows they tell of.
pub fn check(row: &mut Row) -> Result<(), Bad> {
    said(row, false).map(drop)
}

fn unknown(row: &mut Row, cell: usize) -> Bad {
    let known =
        ["全额退款", "部分退款", "退款成功", "无售后", "售后关闭", "退款中"].map(String::from).to_vec();
    note(row, cell, Code::BadStatus, Detail::Expected(known))
}

fn refuse(row: &mut Row, cell: usize, detail: Detail) -> Bad {
    note(row, cell, Code::AfterSale, detail)
}

fn note(row: &mut Row, cell: usize, code: Code, detail: Detail) -> Bad {
    let place = row.layout.place(row.record.line, Some(cell));
    let (name, word) = (row.layout.name(cell), row.record.cell(cell));
    row.problems.error(place, || Problem::new(code, place).column(name).value(word).detail(detail));
    row.bad = true;
    Bad
}
