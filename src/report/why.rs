//! Why one order pays what it pays, in words: the steps of the chain, each with its verdict.
//!
//! The chain and all its figures come from [`scrm_core::why`]; here they only get their words.

mod pays;
mod whose;

use super::document::{Cell, Document, Node};
use super::payouts::{Owed, has_rate, line_table};
use super::problems::Words;
use super::rules::Rules;
use crate::input::Watched;
use crate::lang::{Lang, Said};
use crate::said;
use scrm_core::why::Why;

/// What an explanation is made from.
pub struct Explained<'a> {
    pub at: &'a Owed<'a>,
    pub watched: &'a Watched,
    pub why: &'a Why,
    pub rules: &'a Rules,
}

/// One step of the chain.
struct Step {
    /// The key, one of [`HEADINGS`].
    step: &'static str,
    /// 0 is the first; `None` where the step is about the order.
    level: Option<usize>,
    /// Whom or what the step is about.
    subject: Option<String>,
    /// The verdict, as a word for machines.
    outcome: &'static str,
    text: Said,
}

/// The steps, with the heading under which people read them.
const HEADINGS: [(&str, &str, &str); 14] = [
    ("order", "Order", "订单"),
    ("product", "Order", "订单"),
    ("buyer", "Order", "订单"),
    ("attribution", "Attribution", "归属"),
    ("self_purchase", "Attribution", "归属"),
    ("bucket", "Attribution", "归属"),
    ("eligibility", "Levels", "层级"),
    ("rate", "Rates", "费率"),
    ("refund", "Base", "计佣基数"),
    ("base", "Base", "计佣基数"),
    ("tier", "Tier", "阶梯"),
    ("commission", "Commission", "佣金"),
    ("settlement", "Settlement", "结算"),
    ("result", "Result", "结果"),
];

/// The steps as they are put together.
#[derive(Default)]
struct Chain(Vec<Step>);

impl Chain {
    fn add(&mut self, step: &'static str, subject: Option<String>, outcome: &'static str, text: Said) {
        self.0.push(Step { step, level: None, subject, outcome, text });
    }

    /// A step about one level (0 is the first), whose number stands before its text.
    fn add_level(
        &mut self,
        step: &'static str,
        level: usize,
        subject: Option<String>,
        outcome: &'static str,
        text: Said,
    ) {
        let (n, Said { en, zh }) = (level + 1, text);
        let text = said!("level {n}: {en}", "第 {n} 级：{zh}");
        self.0.push(Step { step, level: Some(level), subject, outcome, text });
    }
}

impl Explained<'_> {
    fn chain(&self) -> Chain {
        let mut chain = Chain::default();
        self.whose(&mut chain);
        match &self.why.pay {
            Some(pay) => self.pays(pay, &mut chain),
            None => chain.add("result", None, "none", said!("no commission", "没有佣金")),
        }
        chain
    }

    /// A distributor as people know one: the id and the name.
    fn who(&self, distributor: u32) -> String {
        let d = &self.at.world.distributors[distributor as usize];
        if d.name.is_empty() { d.id.to_string() } else { format!("{} ({})", d.id, d.name) }
    }

    fn id(&self, distributor: u32) -> Option<String> {
        Some(self.at.world.distributors[distributor as usize].id.to_string())
    }

    fn order_node(&self) -> Node {
        let w = self.watched;
        let text = |t: &str| Node::Cell(if t.is_empty() { Cell::Null } else { Cell::text(t) });
        let stamp = |s: Option<_>| text(&s.map_or(String::new(), |s: scrm_core::date::Stamp| s.to_string()));
        let distributor = w.verdict.distributor.and_then(|d| self.id(d)).unwrap_or_default();
        Node::Object(vec![
            ("user_id", text(&w.user)),
            ("paid_at", stamp(w.paid_at)),
            ("amount", Node::Cell(Cell::Money(w.amount.into()))),
            ("status", text(w.status.map_or("", |s| s.name()))),
            ("completed_at", stamp(w.completed_at)),
            ("product", text(&w.product)),
            ("category", text(&w.category)),
            ("bucket", Node::text(w.verdict.bucket.key())),
            ("distributor_id", text(&distributor)),
        ])
    }

    /// The lines of the order as `--lines` has them.
    fn lines_node(&self, lang: Lang) -> Node {
        let levels = self.why.pay.iter().flat_map(|p| &p.levels);
        let mut lines = levels.filter_map(|l| l.line.as_ref()).filter(|l| has_rate(l));
        line_table(self.at, &mut lines, self.rules, true, lang).node()
    }
}

/// The explanation in all formats. Markdown gets a list; the terminal headings with the steps below.
pub fn explanation(e: &Explained, as_list: bool, words: &Words) -> Document {
    let (lang, id) = (words.lang, &e.watched.id);
    let chain = e.chain().0;
    let mut notes = if as_list { items(&chain, lang) } else { indented(&chain, lang) };
    let mut warnings = e.at.warning_lines(words).peekable();
    if !as_list && warnings.peek().is_some() {
        notes.push(String::new());
    }
    notes.extend(warnings);
    let place = words.place(e.watched.place);
    Document {
        schema: "scrm-calc.payouts-why/1",
        title: said!("Why: order {id} ({place})", "订单 {id} 的佣金依据（{place}）").into_lang(lang),
        subtitle: vec![e.at.as_of_line(lang)],
        head: vec![
            ("currency", Cell::text(e.at.currency)),
            ("as_of", e.at.as_of_cell()),
            ("order_id", Cell::text(id)),
        ],
        tables: Vec::new(),
        tail: vec![
            ("order", e.order_node()),
            ("steps", Node::List(chain.iter().map(|s| node(s, lang)).collect())),
            ("lines", e.lines_node(lang)),
            ("warnings", e.at.warnings_node(words)),
        ],
        notes,
    }
}

fn node(s: &Step, lang: Lang) -> Node {
    let level = s.level.map_or(Cell::Null, |n| Cell::Count(n as u64 + 1));
    Node::Object(vec![
        ("step", Node::text(s.step)),
        ("level", Node::Cell(level)),
        ("subject", Node::Cell(s.subject.clone().map_or(Cell::Null, Cell::Text))),
        ("outcome", Node::text(s.outcome)),
        ("text", Node::text(s.text.in_lang(lang))),
    ])
}

fn heading(s: &Step, lang: Lang) -> &'static str {
    HEADINGS.iter().find(|h| h.0 == s.step).map_or(s.step, |(_, en, zh)| lang.pick(en, zh))
}

/// Each heading once, and below it what it is for.
fn indented(chain: &[Step], lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    for same in chain.chunk_by(|a, b| heading(a, lang) == heading(b, lang)) {
        lines.extend(same.first().map(|s| heading(s, lang).to_string()));
        lines.extend(same.iter().map(|s| format!("  {}", s.text.in_lang(lang))));
    }
    lines
}

fn items(chain: &[Step], lang: Lang) -> Vec<String> {
    let colon = lang.pick(": ", "：");
    chain.iter().map(|s| format!("{}{colon}{}", heading(s, lang), s.text.in_lang(lang))).collect()
}
