//! The formula of a figure, in words and in numbers, down to the figures that come from rows.

use super::Figures;
use crate::lang::Lang;
use crate::render::number::{UNDEFINED, human_count, human_money, human_quotient, human_share};
use crate::report::document::{Cell, Node};
use crate::report::pnl::cell;
use scrm_core::explain::{Formula, Part};
use scrm_core::figures::{Figure, Key};

impl Figures<'_> {
    /// The formula in words. What else it is equal to is left to the glossary.
    pub(super) fn formula(&self, key: Key, lang: Lang) -> &str {
        let term = self.glossary.terms.iter().find(|t| t.key() == Some(key));
        let words = term.map_or("", |t| t.formula.in_lang(lang));
        words.split(" = ").next().unwrap_or(words)
    }

    /// The formula in numbers; `None` for what comes from rows.
    pub(super) fn calculation(&self, key: Key) -> Option<String> {
        match key.formula() {
            Formula::Rows => None,
            Formula::Ratio(above, below) => {
                Some(format!("{} ÷ {}", self.bracketed(above), self.bracketed(below)))
            }
            Formula::Sum(parts) => Some(parts.iter().enumerate().fold(String::new(), |all, (i, p)| {
                let sign = if p.minus { " − " } else { " + " };
                let sign = if i == 0 { "" } else { sign };
                all + sign + &self.bracketed(p.key)
            })),
        }
    }

    /// A number among others; one below zero in brackets.
    fn bracketed(&self, key: Key) -> String {
        let text = self.human(key);
        if text.starts_with('-') { format!("({text})") } else { text }
    }

    /// The figure as people read it.
    pub(super) fn human(&self, key: Key) -> String {
        let undefined = || UNDEFINED.to_string();
        match key.of(self.sums) {
            Figure::Count(n) => human_count(n),
            Figure::Money(m) => human_money(m),
            Figure::Share(r) => r.map_or_else(undefined, human_share),
            Figure::Quotient(r) | Figure::UnitValue(r) => r.map_or_else(undefined, human_quotient),
        }
    }

    /// The figure and all that it is made of, each with its depth.
    pub(super) fn tree(&self) -> Vec<(usize, Part)> {
        let mut all = Vec::new();
        add(&mut all, 0, Part { key: self.key, minus: false });
        all
    }

    /// The parts of a figure, and theirs, for programs.
    pub(super) fn parts(&self, key: Key, lang: Lang) -> Vec<Node> {
        parts(key)
            .into_iter()
            .map(|part| {
                let text = |t: Option<String>| Node::Cell(t.map_or(Cell::Null, Cell::Text));
                Node::Object(vec![
                    ("key", Node::text(part.key.name())),
                    ("sign", Node::text(if part.minus { "-" } else { "+" })),
                    ("value", Node::Cell(cell(part.key, self.sums))),
                    ("formula", Node::text(self.formula(part.key, lang))),
                    ("calculation", text(self.calculation(part.key))),
                    ("parts", Node::List(self.parts(part.key, lang))),
                ])
            })
            .collect()
    }
}

/// What a figure is made of at once.
fn parts(key: Key) -> Vec<Part> {
    match key.formula() {
        Formula::Rows => Vec::new(),
        Formula::Ratio(above, below) => [above, below].map(|key| Part { key, minus: false }).to_vec(),
        Formula::Sum(parts) => parts.to_vec(),
    }
}

fn add(all: &mut Vec<(usize, Part)>, depth: usize, part: Part) {
    // What stands there with all its parts is not unfolded once more.
    let known = all.iter().any(|(_, p)| p.key == part.key);
    all.push((depth, part));
    if !known {
        parts(part.key).into_iter().for_each(|p| add(all, depth + 1, p));
    }
}
