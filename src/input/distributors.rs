//! `distributors`, and what other tables say about them: `payments`, `adjustments`.

use super::beside_ours::{Says, Standing, standing};
use super::chunks::{Outcome, Worker, read};
use super::field::id::is_nobody;
use super::intern::Interner;
use super::people::Named;
use super::problem::{Code, Detail, FileNo, Place, Problem, Problems};
use super::schema::{adjustments, distributors, payments};
use super::settings::Selectors;
use super::source::{FileError, Part};
use super::table::{Env, Row};
use scrm_core::date::Day;
use scrm_core::world::{Adjustment, Distributor, Motive, Payment};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// A row of `distributors`.
#[derive(Debug)]
struct Listed {
    place: Place,
    user: Option<u32>,
    joined: Option<Day>,
    left: Option<Day>,
    motive: Option<Motive>,
    grade: String,
    name: String,
    upline: Option<(u32, Place)>,
}

/// Everybody who distributes, listed or not.
#[derive(Debug, Default)]
pub struct DistributorTable {
    pub ids: Named,
    listed: HashMap<u32, Listed>,
    /// Known otherwise than by a payment or adjustment.
    pub known: Vec<bool>,
    /// Named in referrals, with the first place.
    referring: Vec<Option<Place>>,
}

struct Reading<'a> {
    table: &'a mut DistributorTable,
    persons: &'a mut Interner,
    /// The files of which it was said that some word says nothing of whether somebody distributes.
    warned: HashSet<FileNo>,
}

impl Reading<'_> {
    /// Refuses a row that says that somebody does not distribute, and not since when.
    fn standing(&mut self, row: &mut Row, left: bool) {
        let layout = row.layout;
        let Some(manner) = &layout.manner else { return };
        for &(cell, _) in layout.beside_ours().iter().filter(|(_, says)| *says == Says::Standing) {
            let bytes = row.record.spans.get(cell).map_or(&[][..], |_| manner.text(row.record.cell(cell)));
            let (word, header) = (String::from_utf8_lossy(bytes), layout.name(cell));
            let place = layout.place(row.record.line, Some(cell));
            match standing(&word, &header) {
                _ if word.is_empty() => {}
                Standing::DoesNot if !left => {
                    row.problems.error(place, || {
                        let p = Problem::new(Code::BadStatus, place).column(header).value(bytes);
                        p.detail(Detail::NoDay)
                    });
                    row.bad = true;
                }
                Standing::Unknown if self.warned.insert(layout.file) => {
                    let p = Problem::new(Code::UnreadColumn, layout.place(layout.line, Some(cell)));
                    row.problems.warn(p.detail(Detail::Names(vec![header])));
                }
                _ => {}
            }
        }
    }
}

impl Worker for Reading<'_> {
    fn row(&mut self, row: &mut Row) {
        use distributors::{DISTRIBUTOR_ID, GRADE, JOINED_ON, LEFT_ON, NAME, UPLINE_ID, USER_ID};
        let id = row.id(DISTRIBUTOR_ID, true);
        let user = row.id(USER_ID, false);
        let joined = row.stamp(JOINED_ON, false, false);
        let left = row.stamp(LEFT_ON, false, true);
        self.standing(row, left.as_ref().is_ok_and(Option::is_some) || left.is_err());
        let motive = motive(row);
        let grade = row.text(GRADE);
        let is_export = row.layout.manner.is_some();
        let upline = row.id(UPLINE_ID, false).map(|id| if is_export && is_nobody(id) { &[] } else { id });
        let name = row.text(NAME);
        let Ok(id) = id else { return };
        let place = row.place_of(DISTRIBUTOR_ID);
        let number = self.table.add(id, Some(place));
        if let Some(first) = self.table.listed.get(&number) {
            let first = first.place;
            row.problems.error(place, || {
                Problem::new(Code::DuplicateId, place).column("distributor_id").value(id).related(first)
            });
            return;
        }
        if upline.is_ok_and(|u| u == id) {
            row.error(Code::UplineSelf, UPLINE_ID);
        }
        let (Ok(user), Ok(joined), Ok(left), Ok(motive), Ok(grade), Ok(upline), Ok(name)) =
            (user, joined, left, motive, grade, upline, name)
        else {
            return;
        };
        if let (Some(joined), Some(left)) = (joined, left)
            && left.day < joined.day
        {
            row.error_with(Code::BadDate, LEFT_ON, Detail::Before(joined.day));
            return;
        }
        let at = row.place_of(UPLINE_ID);
        let upline = (!upline.is_empty()).then(|| (self.table.add(upline, Some(at)), at));
        let listed = Listed {
            place,
            user: (!user.is_empty()).then(|| self.persons.intern(user).0),
            joined: joined.map(|s| s.day),
            left: left.map(|s| s.day),
            motive,
            grade: grade.into(),
            name: name.into(),
            upline,
        };
        self.table.listed.insert(number, listed);
    }
}

fn motive(row: &mut Row) -> Result<Option<Motive>, super::table::Bad> {
    match row.text(distributors::MOTIVE)? {
        "" => Ok(None),
        "interest" => Ok(Some(Motive::Interest)),
        "affinity" => Ok(Some(Motive::Affinity)),
        "brand" => Ok(Some(Motive::Brand)),
        _ => {
            let words = ["interest", "affinity", "brand"].map(String::from).to_vec();
            Err(row.error_with(Code::BadMotive, distributors::MOTIVE, Detail::Expected(words)))
        }
    }
}

impl DistributorTable {
    /// The number of a distributor that a table names.
    pub fn add(&mut self, id: &[u8], place: Option<Place>) -> u32 {
        let number = self.ids.add(id, place);
        self.known.resize(self.ids.names.len(), true);
        number
    }

    /// Reads the list of distributors.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn read(&mut self, parts: &[Part], env: &Env, persons: &mut Interner) -> Result<Outcome, FileError> {
        let (_, mut outcome) = read(
            distributors::SCHEMA,
            parts,
            env,
            vec![Reading { table: self, persons, warned: HashSet::new() }],
        )?;
        self.find_rings(&mut outcome.problems);
        Ok(outcome)
    }

    /// Finds rings of uplines, each once, at its row that stands first.
    fn find_rings(&self, problems: &mut Problems) {
        let count = self.ids.names.len();
        let up = |n: u32| self.listed.get(&n).and_then(|l| l.upline).map(|u| u.0).filter(|u| *u != n);
        // 0: not looked at; else the number of the walk that came by.
        let mut walk_of = vec![0u32; count];
        for start in 0..count as u32 {
            let walk = start + 1;
            let mut at = Some(start).filter(|s| walk_of[*s as usize] == 0);
            while let Some(n) = at {
                walk_of[n as usize] = walk;
                at = up(n);
                match at.map(|n| walk_of[n as usize]) {
                    Some(w) if w == walk => {
                        self.ring(at, up, problems);
                        break;
                    }
                    Some(w) if w != 0 => break,
                    _ => {}
                }
            }
        }
    }

    fn ring(&self, from: Option<u32>, up: impl Fn(u32) -> Option<u32>, problems: &mut Problems) {
        let Some(from) = from else { return };
        let ring = std::iter::successors(Some(from), |n| up(*n).filter(|u| *u != from));
        let at = |n: u32| self.listed.get(&n).and_then(|l| l.upline).map(|u| u.1);
        let Some((place, first)) = ring.clone().filter_map(|n| Some((at(n)?, n))).min() else { return };
        let members = std::iter::successors(Some(first), |n| up(*n).filter(|u| *u != first));
        let mut names: Vec<String> = members.take(7).map(|n| self.ids.names.text(n).into_owned()).collect();
        if ring.count() > names.len() {
            names.push("…".into());
        }
        names.push(self.ids.names.text(first).into_owned());
        problems.error(place, || {
            let value = up(first).map(|u| self.ids.names.get(u).to_vec()).unwrap_or_default();
            Problem::new(Code::UplineCycle, place)
                .column("upline_id")
                .value(&value)
                .detail(Detail::Ring(names))
        });
    }

    /// Notes that a distributor is named in referrals, at a place.
    pub fn refers(&mut self, distributor: u32, place: Place) {
        let n = distributor as usize;
        if n >= self.referring.len() {
            self.referring.resize(n + 1, None);
        }
        let first = &mut self.referring[n];
        *first = Some(first.map_or(place, |f| f.min(place)));
    }

    /// Warns of distributors that are named and not listed, where there is a list.
    pub fn warn_of_unlisted(&self, problems: &mut Problems) {
        let uplines = self.listed.values().filter_map(|l| l.upline);
        let referring = (0..).zip(&self.referring).filter_map(|(n, place)| Some((n, (*place)?)));
        let named = referring.chain(uplines);
        let mut first: HashMap<(u32, u32), Place> = HashMap::new();
        for (n, place) in named.filter(|(n, _)| !self.listed.contains_key(n)) {
            first.entry((n, place.file)).and_modify(|p| *p = place.min(*p)).or_insert(place);
        }
        for ((n, _), place) in first {
            let p = Problem::new(Code::UnlistedDistributor, place).column("distributor_id");
            problems.warn(p.value(self.ids.names.get(n)));
        }
    }

    /// The distributors as the calculation wants them.
    pub fn finish(&self, persons: &Interner, users: usize, selectors: &Selectors) -> Vec<Distributor> {
        let count = self.ids.names.len() as u32;
        let one = |n: u32| {
            let id = self.ids.names.text(n);
            let listed = self.listed.get(&n);
            // Without a user of its own the user with the distributor's id is it.
            let same = || persons.find(id.as_bytes()).filter(|p| (*p as usize) < users);
            Distributor {
                own_rate: selectors.distributors.get(&*id).copied(),
                listed: listed.is_some(),
                own_person: listed.and_then(|l| l.user).or_else(same),
                joined: listed.and_then(|l| l.joined),
                left: listed.and_then(|l| l.left),
                motive: listed.and_then(|l| l.motive),
                grade: listed.and_then(|l| selectors.grades.get(&l.grade).copied()),
                grade_name: listed.map_or("", |l| &l.grade).into(),
                name: listed.map_or("", |l| &l.name).into(),
                upline: listed.and_then(|l| l.upline).map(|u| u.0),
                id: id.into(),
            }
        };
        (0..count).map(one).collect()
    }
}

/// Reads rows that name a distributor, with the text beside each.
struct Paying<'a, T> {
    table: &'a mut DistributorTable,
    rows: Vec<T>,
    texts: Vec<Box<str>>,
}

impl<T> Paying<'_, T> {
    /// The distributor a row names; one that is known nowhere is warned of.
    fn distributor(&mut self, row: &mut Row, column: usize, id: &[u8]) -> u32 {
        let before = self.table.ids.names.len();
        let number = self.table.ids.add(id, None);
        if self.table.ids.names.len() > before {
            self.table.known.push(false);
        }
        if !self.table.known[number as usize] {
            row.warn(Code::UnknownDistributor, column, None);
        }
        number
    }
}

struct PaymentReading<'a> {
    paying: Paying<'a, Payment>,
    /// Where each reference of a distributor stands first: a row met twice was copied.
    met: HashMap<(u32, Box<str>), Place>,
}

impl PaymentReading<'_> {
    /// A batch number of a bank may stand for many people, and only once for each.
    fn meet(&mut self, row: &mut Row, distributor: u32, reference: &str) {
        // A spreadsheet may have put an apostrophe in front.
        let plain = reference.strip_prefix('\'').unwrap_or(reference);
        if plain.is_empty() {
            return;
        }
        match self.met.entry((distributor, plain.into())) {
            Entry::Vacant(new) => drop(new.insert(row.place())),
            Entry::Occupied(first) => {
                let (place, first) = (row.place_of(payments::REFERENCE), *first.get());
                row.problems.error(place, || {
                    let p = Problem::new(Code::DuplicateId, place).column("reference");
                    p.value(reference.as_bytes()).related(first)
                });
            }
        }
    }
}

impl Worker for PaymentReading<'_> {
    fn row(&mut self, row: &mut Row) {
        let id = row.id(payments::DISTRIBUTOR_ID, true);
        let day = row.day(payments::PAID_ON);
        let amount = row.money(payments::AMOUNT, true, false);
        let tax = row.money(payments::TAX, false, false);
        let failed = payment_failed(row);
        let reference = row.text(payments::REFERENCE);
        let Ok(id) = id else { return };
        let distributor = self.paying.distributor(row, payments::DISTRIBUTOR_ID, id);
        let Ok(reference) = reference else { return };
        self.meet(row, distributor, reference);
        if let (Ok(day), Ok(Some(amount)), Ok(tax), Ok(failed)) = (day, amount, tax, failed) {
            let tax = tax.unwrap_or_default();
            self.paying.rows.push(Payment { distributor, day, amount, tax, failed });
            self.paying.texts.push(reference.into());
        }
    }
}

fn payment_failed(row: &mut Row) -> Result<bool, super::table::Bad> {
    const PAID: [&str; 14] = [
        "成功",
        "已支付",
        "支付成功",
        "已付款",
        "付款成功",
        "已打款",
        "打款成功",
        "已转账",
        "转账成功",
        "已提现",
        "提现成功",
        "已发放",
        "发放成功",
        "已到账",
    ];
    const FAILED: [&str; 12] = [
        "失败",
        "支付失败",
        "付款失败",
        "打款失败",
        "转账失败",
        "提现失败",
        "发放失败",
        "已退回",
        "已退票",
        "已驳回",
        "已拒绝",
        "已取消",
    ];
    let is_export = row.layout.manner.is_some();
    match row.text(payments::STATUS)? {
        "" | "paid" => Ok(false),
        "failed" => Ok(true),
        word if is_export && PAID.contains(&word) => Ok(false),
        word if is_export && FAILED.contains(&word) => Ok(true),
        _ => {
            let words = ["paid", "failed"].map(String::from).to_vec();
            Err(row.error_with(Code::BadStatus, payments::STATUS, Detail::Expected(words)))
        }
    }
}

struct AdjustmentReading<'a>(Paying<'a, Adjustment>, Vec<Place>);
impl Worker for AdjustmentReading<'_> {
    fn row(&mut self, row: &mut Row) {
        let id = row.id(adjustments::DISTRIBUTOR_ID, true);
        let day = row.day(adjustments::DATE);
        let amount = row.money(adjustments::AMOUNT, true, true);
        let reason = row.text(adjustments::REASON);
        let Ok(id) = id else { return };
        let distributor = self.0.distributor(row, adjustments::DISTRIBUTOR_ID, id);
        if let (Ok(day), Ok(Some(amount)), Ok(reason)) = (day, amount, reason) {
            self.0.rows.push(Adjustment { distributor, day, amount });
            self.0.texts.push(reason.into());
            self.1.push(row.place());
        }
    }
}

/// The rows of a table, with the text that stands beside each: a reference, a reason.
pub type Told<T> = (Vec<T>, Vec<Box<str>>);

fn reading<T>(table: &mut DistributorTable) -> Paying<'_, T> {
    Paying { table, rows: Vec::new(), texts: Vec::new() }
}

/// Reads payments and their references.
///
/// # Errors
/// [`FileError`].
pub fn payments(
    parts: &[Part],
    env: &Env,
    table: &mut DistributorTable,
) -> Result<(Told<Payment>, Outcome), FileError> {
    let worker = PaymentReading { paying: reading(table), met: HashMap::new() };
    let (mut workers, outcome) = read(payments::SCHEMA, parts, env, vec![worker])?;
    let told = workers.pop().map(|w| (w.paying.rows, w.paying.texts));
    Ok((told.unwrap_or_default(), outcome))
}

/// Reads adjustments and their reasons.
///
/// # Errors
/// [`FileError`].
pub fn adjustments(
    parts: &[Part],
    env: &Env,
    table: &mut DistributorTable,
) -> Result<(Told<Adjustment>, Vec<Place>, Outcome), FileError> {
    let worker = AdjustmentReading(reading(table), Vec::new());
    let (mut workers, outcome) = read(adjustments::SCHEMA, parts, env, vec![worker])?;
    let read = workers.pop().map(|w| ((w.0.rows, w.0.texts), w.1));
    let (told, places) = read.unwrap_or_default();
    Ok((told, places, outcome))
}
