//! One run is in one currency: where exports name it, all of their rows must name the same.

use super::problem::{Code, Detail, Place, Problem, Problems};
use super::table::{FileStats, Layout};
use std::collections::BTreeMap;

/// The first currency that a file names, and the first other one, each with its line; the same whoever reads which rows.
#[derive(Clone, Debug, Default)]
pub struct Currencies {
    pub first: Option<(u64, Box<[u8]>)>,
    pub other: Option<(u64, Box<[u8]>)>,
}

impl Currencies {
    /// Takes what a row says; nothing where it is silent.
    pub fn note(&mut self, line: u64, currency: &[u8]) {
        if currency.is_empty() {
            return;
        }
        match &self.first {
            Some((at, first)) if *at <= line => {
                let is_other = !first.eq_ignore_ascii_case(currency);
                if is_other && self.other.as_ref().is_none_or(|(at, _)| *at > line) {
                    self.other = Some((line, currency.into()));
                }
            }
            // Rows may come in any order; the later ones are as they were.
            _ => {
                let was = std::mem::take(self);
                self.first = Some((line, currency.into()));
                was.each(|line, currency| self.note(line, currency));
            }
        }
    }

    fn each(&self, mut take: impl FnMut(u64, &[u8])) {
        self.first.iter().chain(&self.other).for_each(|(line, currency)| take(*line, currency));
    }

    pub fn merge(&mut self, o: &Currencies) {
        o.each(|line, currency| self.note(line, currency));
    }
}

/// Refuses files that name more than one currency, each or together.
pub fn compare<'a>(files: impl Iterator<Item = (&'a Layout, &'a FileStats)>, problems: &mut Problems) {
    let all: BTreeMap<u32, (&Layout, &Currencies)> =
        files.map(|(layout, stats)| (layout.file, (layout, &stats.currencies))).collect();
    let mut whole: Option<(Place, &[u8])> = None;
    for (layout, found) in all.into_values() {
        for (line, currency) in found.first.iter().chain(&found.other) {
            let cell = layout.manner.as_ref().and_then(|m| m.currency());
            let place = layout.place(*line, cell);
            match whole {
                None => whole = Some((place, currency)),
                Some((first, of)) if !of.eq_ignore_ascii_case(currency) => {
                    let of = String::from_utf8_lossy(of).into_owned();
                    problems.error(place, || {
                        let p = Problem::new(Code::MixedCurrency, place).value(currency).related(first);
                        let p = p.detail(Detail::Other(of));
                        cell.map(|cell| layout.name(cell)).into_iter().fold(p, Problem::column)
                    });
                }
                Some(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_first_other_whatever_comes_first() {
        let rows = [(9, "EUR"), (4, "usd"), (2, ""), (7, "CNY"), (3, "USD"), (8, "EUR")];
        for turn in 0..rows.len() {
            let mut rows = rows;
            rows.rotate_left(turn);
            for cut in 0..=rows.len() {
                let of = |rows: &[(u64, &str)]| {
                    let mut c = Currencies::default();
                    rows.iter().for_each(|(line, currency)| c.note(*line, currency.as_bytes()));
                    c
                };
                let (mut a, b) = (of(&rows[..cut]), of(&rows[cut..]));
                a.merge(&b);
                let text = |of: &Option<(u64, Box<[u8]>)>| {
                    of.as_ref().map(|(line, c)| (*line, String::from_utf8_lossy(c).into_owned()))
                };
                assert_eq!(text(&a.first), Some((3, "USD".into())));
                assert_eq!(text(&a.other), Some((7, "CNY".into())), "{rows:?} {cut}");
            }
        }
    }
}
