//! `ad_spend`, `team_cost`, `other_cost`: small tables, read in order.

use super::chunks::{Outcome, Worker, read};
use super::control::Sum;
use super::field::id::is_placeholder;
use super::people::Channels;
use super::problem::{Code, Detail, Place, Problem};
use super::schema::{WIDE_AD_SPEND, ad_spend, other_cost, team_cost};
use super::source::{FileError, Part, TableName};
use super::table::{Bad, Env, Row};
use super::totals::Word;
use scrm_core::date::Day;
use scrm_core::money::Amount;
use scrm_core::world::{Cost, Spend};
use std::collections::HashSet;
use std::sync::Arc;

struct SpendReading<'a> {
    channels: &'a mut Channels,
    rows: Vec<Spend>,
    places: Vec<Place>,
    /// Every row by all its cells: two identical ones are two invoices, or one imported twice.
    met: HashSet<Repeat>,
}

/// What makes two rows of ad spend identical: our columns as values, the others as text.
type Repeat = (Day, u32, Amount, Box<str>, Arc<[u8]>);

impl Worker for SpendReading<'_> {
    fn row(&mut self, row: &mut Row) {
        let day = row.day(ad_spend::DATE);
        if row.is_marked_empty(ad_spend::AMOUNT) {
            // A day or a unit on which nothing was spent.
            let cell = row.layout.cell_of(ad_spend::AMOUNT).unwrap_or_default();
            let (place, value) = (row.place_of(ad_spend::AMOUNT), row.record.cell(cell));
            row.problems.warn_at(Code::RowLeftOut, place, None, || {
                Problem::new(Code::RowLeftOut, place).column(row.layout.name(cell)).value(value)
            });
            return;
        }
        let channel = row.text(ad_spend::CHANNEL);
        let amount = row.money(ad_spend::AMOUNT, true, false);
        let campaign = row.text(ad_spend::CAMPAIGN);
        let (Ok(day), Ok(channel), Ok(amount), Ok(campaign)) = (day, channel, amount, campaign) else {
            return;
        };
        let place = row.place_of(ad_spend::CHANNEL);
        let channel = self.channels.add(channel, place, false);
        let amount = amount.unwrap_or_default();
        self.rows.push(Spend { day, channel, amount });
        self.places.push(place);
        if !self.met.insert((day, channel, amount, campaign.into(), row.other_cells().into())) {
            row.warn(Code::RepeatedSpend, ad_spend::AMOUNT, Some(amount.into()));
        }
    }
}

/// Ad spend with a column for each channel.
struct Wide<'a> {
    spend: SpendReading<'a>,
    suffix: &'a str,
}

impl Worker for Wide<'_> {
    /// Each cell that is not empty is a row of ad spend.
    fn row(&mut self, row: &mut Row) {
        let day = row.day(ad_spend::DATE);
        let layout = row.layout;
        // A mark for nothing is an empty cell.
        let mut amount = |c| if is_placeholder(row.cell(c)) { Ok(None) } else { row.money(c, false, false) };
        let amounts: Vec<_> = layout.channels().map(|c| (c, amount(c))).collect();
        let (Ok(day), false) = (day, row.bad) else { return };
        compare_totals(row, &amounts);
        let others: Arc<[u8]> = row.other_cells().into();
        for (column, amount) in amounts {
            let Ok(Some(amount)) = amount else { continue };
            let header = layout.name_of(column);
            let name = header.strip_suffix(self.suffix).unwrap_or(&header).trim_end();
            let spend = &mut self.spend;
            let place = row.place_of(column);
            let channel = spend.channels.add(name, place, false);
            row.stats.sum += amount;
            spend.rows.push(Spend { day, channel, amount });
            spend.places.push(place);
            let repeat = (day, channel, amount, "".into(), others.clone());
            if !spend.met.insert(repeat) && amount != Amount::ZERO {
                row.warn(Code::RepeatedSpend, column, Some(amount.into()));
            }
        }
    }
}

/// Compares the columns of totals with the sum of the channels, those of subtotals with that of the channels before it,
/// back to the subtotal before.
fn compare_totals(row: &mut Row, amounts: &[(usize, Result<Option<Amount>, Bad>)]) {
    let layout = row.layout;
    let mut from = 0;
    for (column, word) in layout.totals() {
        let cell = row.cell(column);
        if word == Word::Average || cell.is_empty() {
            continue;
        }
        let at = layout.cell_of(column).unwrap_or(0);
        let is_of = |c: usize| match word {
            Word::Subtotal => layout.cell_of(c).is_some_and(|cell| (from..at).contains(&cell)),
            _ => true,
        };
        let of = amounts.iter().filter(|(c, _)| is_of(*c));
        let mut ours = Sum::default();
        of.filter(|(_, amount)| matches!(amount, Ok(Some(_))))
            .for_each(|(c, _)| ours.add(row.amount(*c, row.cell(*c))));
        let stated = row.amount(column, cell);
        if word == Word::Subtotal {
            from = at;
        }
        match stated {
            Ok(read) if ours.is(read, cell, layout.is_fen(column)) => {}
            Ok(read) => {
                let detail = Detail::Channels { stated: read.amount.into(), ours: ours.sum };
                row.error_with(Code::ControlTotal, column, detail);
            }
            Err(_) => drop(row.money(column, false, true)),
        }
    }
}

/// What rows became, and where each stands.
pub type Placed<T> = (Vec<T>, Vec<Place>);

/// Reads ad spend. Where each channel has a column, the places are those of cells.
///
/// # Errors
/// [`FileError`].
pub fn ad_spend(
    parts: &[Part],
    env: &Env,
    channels: &mut Channels,
) -> Result<(Placed<Spend>, Outcome), FileError> {
    let spend = SpendReading { channels, rows: Vec::new(), places: Vec::new(), met: HashSet::new() };
    let (worker, mut outcome) = match &env.wide_spend {
        None => {
            let (workers, outcome) = read(ad_spend::SCHEMA, parts, env, vec![spend])?;
            (workers.into_iter().next(), outcome)
        }
        Some(suffix) => {
            let (workers, outcome) = read(WIDE_AD_SPEND, parts, env, vec![Wide { spend, suffix }])?;
            (workers.into_iter().next().map(|w| w.spend), outcome)
        }
    };
    let Some(worker) = worker else { return Ok((Placed::default(), outcome)) };
    for (spend, &place) in worker.rows.iter().zip(&worker.places) {
        if !worker.channels.of_users[spend.channel as usize] {
            let name = worker.channels.all.names.get(spend.channel);
            outcome.problems.warn_at(Code::UnknownChannel, place, Some(spend.amount.into()), || {
                Problem::new(Code::UnknownChannel, place).column("channel").value(name)
            });
        }
    }
    Ok(((worker.rows, worker.places), outcome))
}

struct CostReading<'a> {
    channels: &'a mut Channels,
    rows: Vec<Cost>,
    places: Vec<Place>,
    /// The columns of the date, the amount, the kind, the channel.
    columns: [usize; 4],
}

impl Worker for CostReading<'_> {
    fn row(&mut self, row: &mut Row) {
        let [date, amount, kind, channel] = self.columns;
        let at = row.day_or_month(date);
        let money = row.money(amount, true, false);
        let kind = row.text(kind);
        let name = row.text(channel);
        let (Ok(date), Ok(amount), Ok(_), Ok(name)) = (at, money, kind, name) else { return };
        let place = row.place_of(channel);
        let channel = (!name.is_empty()).then(|| self.channels.add(name, place, false));
        self.rows.push(Cost { date, channel, amount: amount.unwrap_or_default() });
        self.places.push(place);
    }
}

/// Reads team or other cost.
///
/// # Errors
/// [`FileError`].
pub fn cost(
    table: TableName,
    parts: &[Part],
    env: &Env,
    channels: &mut Channels,
) -> Result<(Placed<Cost>, Outcome), FileError> {
    let (schema, columns) = match table {
        TableName::TeamCost => {
            (team_cost::SCHEMA, [team_cost::DATE, team_cost::AMOUNT, team_cost::TEAM, team_cost::CHANNEL])
        }
        _ => (
            other_cost::SCHEMA,
            [other_cost::DATE, other_cost::AMOUNT, other_cost::CATEGORY, other_cost::CHANNEL],
        ),
    };
    let reading = CostReading { channels, rows: Vec::new(), places: Vec::new(), columns };
    let (mut workers, outcome) = read(schema, parts, env, vec![reading])?;
    Ok((workers.pop().map(|w| (w.rows, w.places)).unwrap_or_default(), outcome))
}
