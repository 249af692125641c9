//! The glossary as a document: one term, or all.

use super::document::{Cell, Document, Field, Node, Table};
use crate::glossary::{Elsewhere, Glossary, Term};
use crate::lang::Lang;
use crate::render::text::width;

/// Who reads the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    Screen,
    /// Each line is an item of a list and is not wrapped.
    Markdown,
    Programs,
}

/// One term, or the few that share a name.
pub fn one(glossary: &Glossary, terms: &[&Term], reader: For, lang: Lang) -> Document {
    let mut document = document(glossary, terms, lang);
    if reader == For::Programs {
        return document;
    }
    document.tables.clear();
    if let [term] = terms {
        document.title = title(term, lang);
    }
    for (i, term) in terms.iter().enumerate() {
        if terms.len() > 1 {
            document.notes.extend((i > 0 && reader == For::Screen).then(String::new));
            document.notes.push(title(term, lang));
        }
        for (indent, line) in lines(glossary, term, lang) {
            match reader {
                For::Screen => document.notes.extend(wrapped(&line, indent)),
                _ => document.notes.push(line),
            }
        }
    }
    document
}

/// All terms, a row for each.
pub fn all(glossary: &Glossary, reader: For, lang: Lang) -> Document {
    let terms: Vec<&Term> = glossary.terms.iter().collect();
    let mut document = document(glossary, &terms, lang);
    if reader == For::Programs {
        return document;
    }
    document.title = lang.pick("Glossary", "术语表").into();
    document.tables = vec![listed(&terms, lang)];
    let more = lang.pick(
        "define TERM, by any name of it, says what it means, how it is computed, and what others mean by it",
        "define 术语（任一名称）：其含义与算法，以及别处的不同口径",
    );
    document.notes.push(more.into());
    document
}

/// For programs: every term in full.
fn document(glossary: &Glossary, terms: &[&Term], lang: Lang) -> Document {
    let elsewhere = terms.iter().flat_map(|t| t.elsewhere.iter().map(move |e| (*t, e)));
    Document {
        schema: "scrm-calc.define/1",
        title: String::new(),
        subtitle: Vec::new(),
        head: Vec::new(),
        tables: vec![Table::list("terms", fields(lang), terms.iter().map(|t| row(t, lang)).collect())],
        tail: vec![("elsewhere", Node::List(elsewhere.map(|(t, e)| node(glossary, t, e, lang)).collect()))],
        notes: Vec::new(),
    }
}

/// The heading of a column, in both languages.
const COLUMNS: [(&str, &str, &str); 10] = [
    ("term", "Term", "术语"),
    ("english", "English", "英文"),
    ("chinese", "Chinese", "中文"),
    ("also", "Also called", "又称"),
    ("unit", "Unit", "单位"),
    ("formula_en", "Formula in English", "英文公式"),
    ("formula_zh", "Formula in Chinese", "中文公式"),
    ("meaning", "Meaning", "含义"),
    ("see", "See", "参见"),
    ("others", "Elsewhere", "别处"),
];

fn heading(key: &str, lang: Lang) -> &'static str {
    COLUMNS.iter().find(|c| c.0 == key).map_or("", |(_, en, zh)| lang.pick(en, zh))
}

fn fields(lang: Lang) -> Vec<Field> {
    COLUMNS.iter().map(|(key, en, zh)| Field::figure(key, lang.pick(en, zh))).collect()
}

fn row(term: &Term, lang: Lang) -> Vec<Cell> {
    let others: Vec<String> =
        term.elsewhere.iter().map(|e| format!("{}: {}", e.who.in_lang(lang), e.in_lang(lang))).collect();
    [
        term.id(),
        term.name(Lang::En),
        term.name(Lang::Zh),
        &term.also.join("; "),
        term.unit.name(),
        term.formula.in_lang(Lang::En),
        term.formula.in_lang(Lang::Zh),
        term.meaning.in_lang(lang),
        &term.see.join("; "),
        &others.join(" | "),
    ]
    .map(Cell::text)
    .to_vec()
}

fn node(glossary: &Glossary, term: &Term, e: &Elsewhere, lang: Lang) -> Node {
    let source = glossary.source(e);
    let url = source.and_then(|s| s.url.as_deref());
    Node::Object(vec![
        ("term", Node::text(term.id())),
        ("who", Node::text(e.who.in_lang(lang))),
        ("text", Node::text(e.in_lang(lang))),
        ("source", Node::text(source.map_or("", |s| &s.title))),
        ("url", Node::Cell(url.map_or(Cell::Null, Cell::text))),
    ])
}

/// For people: so few columns that a narrow screen has room for them.
fn listed(terms: &[&Term], lang: Lang) -> Table {
    let fields = ["english", "chinese"].map(|key| Field::identity(key, heading(key, lang)));
    let key = Field::identity("key", lang.pick("Key", "指标"));
    let fields: Vec<Field> = fields.into_iter().chain([key]).collect();
    let name = |t: &Term| t.key().map_or("", |key| key.name());
    let row = |t: &&Term| [t.name(Lang::En), t.name(Lang::Zh), name(t)].map(Cell::text).to_vec();
    Table::list("terms", fields, terms.iter().map(row).collect())
}

/// Both names, and the key where it is one.
fn title(term: &Term, lang: Lang) -> String {
    let (one, other) = (term.name(lang), term.name(if lang == Lang::En { Lang::Zh } else { Lang::En }));
    match term.key() {
        Some(key) => format!("{one} · {other} ({})", key.name()),
        None => format!("{one} · {other}"),
    }
}

/// What is said of a term, each line with its indent.
fn lines(glossary: &Glossary, term: &Term, lang: Lang) -> Vec<(usize, String)> {
    let colon = lang.pick(": ", "：");
    let line = |key, text: &str| (0, format!("{}{colon}{text}", heading(key, lang)));
    let (other, in_other) = match lang {
        Lang::En => (Lang::Zh, "In Chinese"),
        Lang::Zh => (Lang::En, "英文"),
    };
    let formula = format!("{}{colon}{}", lang.pick("Formula", "公式"), term.formula.in_lang(lang));
    let mut lines = vec![
        (0, formula),
        (0, format!("{in_other}{colon}{}", term.formula.in_lang(other))),
        line("unit", term.unit.words(lang)),
        line("meaning", term.meaning.in_lang(lang)),
    ];
    let list = |names: &[String]| names.join(lang.pick(", ", "、"));
    if !term.also.is_empty() {
        lines.push(line("also", &list(&term.also)));
    }
    if !term.see.is_empty() {
        lines.push(line("see", &list(&term.see)));
    }
    if !term.elsewhere.is_empty() {
        lines.push((0, lang.pick("The same word elsewhere", "别处同一个词").into()));
    }
    for e in &term.elsewhere {
        lines.push((2, format!("{}{colon}{}", e.who.in_lang(lang), e.in_lang(lang))));
        if let Some(source) = glossary.source(e) {
            let url = source.url.as_ref().map(|u| format!(" <{u}>")).unwrap_or_default();
            lines.push((4, format!("{}{colon}{}{url}", lang.pick("source", "来源"), source.title)));
        }
    }
    lines
}

/// Text is broken where it would be wider than this.
const MEASURE: usize = 80;

/// A text in lines that are not too wide, all indented, the later ones a little more. An address is never broken.
fn wrapped(text: &str, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = " ".repeat(indent);
    for piece in pieces(text) {
        if width(&line) + width(piece.trim_end()) > MEASURE && !line.trim().is_empty() {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent + 2)).trim_end().to_string());
        }
        line.push_str(piece);
    }
    lines.push(line.trim_end().to_string());
    lines
}

/// Where a line may be broken: behind a space, and behind a wide character unless a mark follows that may not begin a
/// line.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut from) = (Vec::new(), 0);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|n| n.1);
        let wide = |c: char| width(c.encode_utf8(&mut [0; 4])) == 2;
        let may_begin = next.is_none_or(|n| !"，。；：、）？！” ".contains(n));
        let breaks = c == ' ' || wide(c) && may_begin && !"（“".contains(c);
        if breaks {
            let end = at + c.len_utf8();
            pieces.push(&text[from..end]);
            from = end;
        }
    }
    pieces.push(&text[from..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_no_wider_than_they_may_be_and_lose_nothing() {
        let glossary = Glossary::read().unwrap();
        for lang in [Lang::En, Lang::Zh] {
            for term in &glossary.terms {
                for (indent, text) in lines(&glossary, term, lang) {
                    let wrapped = wrapped(&text, indent);
                    for line in &wrapped {
                        assert!(width(line) <= MEASURE || line.contains("http"), "{line}");
                        assert!(!line.trim().starts_with(['，', '。', '；', '）']), "{line}");
                    }
                    let plain = |s: &str| s.chars().filter(|c| *c != ' ').collect::<String>();
                    assert_eq!(plain(&wrapped.concat()), plain(&text));
                }
            }
        }
    }

    #[test]
    fn a_term_renders_whole_in_both_languages() {
        let glossary = Glossary::read().unwrap();
        for (lang, own, other) in [(Lang::En, "Formula: ", "公式"), (Lang::Zh, "公式：", "Formula")] {
            for term in &glossary.terms {
                let text = one(&glossary, &[term], For::Markdown, lang).notes.join("\n");
                assert!(text.starts_with(own) && !text.contains(&format!("\n{other}：")), "{text}");
                assert_eq!(text.matches(lang.pick("source: ", "来源：")).count(), term.elsewhere.len());
                let title = title(term, lang);
                assert!(
                    title.contains(term.name(Lang::En)) && title.contains(term.name(Lang::Zh)),
                    "{title}"
                );
            }
        }
    }
}
