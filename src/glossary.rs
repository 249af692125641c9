//! The glossary: what each term means here, and what others mean by the same word.
//!
//! It is data, in `glossary.toml`. Terms that are keys of the statement have their names from it; each is found by any
//! of its names, in either language, and whatever the case, the spaces and the dashes.

use crate::lang::{Lang, Said};
use crate::report::words::label;
use crate::said;
use scrm_core::figures::Key;
use serde::Deserialize;
use std::collections::BTreeMap;

const TEXT: &str = include_str!("glossary.toml");

/// All terms, in the order of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Glossary {
    source: BTreeMap<String, Source>,
    #[serde(rename = "term")]
    pub terms: Vec<Term>,
}

/// Where something was read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub title: String,
    /// None for what stands on no page, such as a law.
    pub url: Option<String>,
}

/// A text in both languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Both {
    en: String,
    zh: String,
}

impl Both {
    pub fn in_lang(&self, lang: Lang) -> &str {
        lang.pick(&self.en, &self.zh)
    }
}

/// What a term is counted in.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Count,
    Money,
    Share,
    Per,
    MoneyPer,
    Times,
    Months,
    Idea,
}

impl Unit {
    /// The unit's name for programs, as it is written in the glossary.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Count => "count",
            Unit::Money => "money",
            Unit::Share => "share",
            Unit::Per => "per",
            Unit::MoneyPer => "money_per",
            Unit::Times => "times",
            Unit::Months => "months",
            Unit::Idea => "idea",
        }
    }

    pub fn words(self, lang: Lang) -> &'static str {
        match self {
            Unit::Count => lang.pick("a count", "个数"),
            Unit::Money => lang.pick("money", "金额"),
            Unit::Share => lang.pick("a share, as a percentage", "占比（百分数）"),
            Unit::Per => lang.pick("a number per one", "每人若干"),
            Unit::MoneyPer => lang.pick("money per one", "每个若干元"),
            Unit::Times => lang.pick("a multiple", "倍数"),
            Unit::Months => lang.pick("months", "月数"),
            Unit::Idea => lang.pick("no figure", "概念"),
        }
    }
}

/// One term.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The key of the statement that it is.
    key: Option<String>,
    en: Option<String>,
    zh: Option<String>,
    #[serde(default)]
    pub also: Vec<String>,
    pub unit: Unit,
    pub formula: Both,
    pub meaning: Both,
    /// Names of other terms.
    #[serde(default)]
    pub see: Vec<String>,
    #[serde(default)]
    pub elsewhere: Vec<Elsewhere>,
}

/// What others mean by the word.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    pub who: Both,
    en: String,
    zh: String,
    source: String,
}

impl Elsewhere {
    pub fn in_lang(&self, lang: Lang) -> &str {
        lang.pick(&self.en, &self.zh)
    }
}

impl Term {
    /// The key of the statement that it is, where it is one.
    pub fn key(&self) -> Option<Key> {
        self.key.as_deref().and_then(Key::named)
    }

    /// Its name in a language.
    pub fn name(&self, lang: Lang) -> &str {
        let own = match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        };
        own.as_deref().or_else(|| Some(label(self.key()?.name(), lang))).unwrap_or_default()
    }

    /// What machines know it by: its key, or its English name.
    pub fn id(&self) -> &str {
        self.key.as_deref().unwrap_or_else(|| self.name(Lang::En))
    }

    /// All names it is found by, each once.
    fn names(&self) -> impl Iterator<Item = &str> {
        let own = [self.id(), self.name(Lang::En), self.name(Lang::Zh)];
        own.into_iter().chain(self.also.iter().map(String::as_str))
    }

    fn is_called(&self, name: &str) -> bool {
        let name = plain(name);
        self.names().any(|n| plain(n) == name)
    }
}

/// A name without case and what divides its words.
fn plain(name: &str) -> String {
    let divides = |c: char| c.is_whitespace() || matches!(c, '-' | '_');
    name.chars().filter(|c| !divides(*c)).flat_map(char::to_lowercase).collect()
}

/// No term has the name.
#[derive(Debug)]
pub struct Unknown<'g> {
    /// Names that are most like it.
    pub near: Option<&'g str>,
}

impl Glossary {
    /// The glossary that is built in.
    ///
    /// # Errors
    /// What is wrong with it, which a test would have found.
    pub fn read() -> Result<Glossary, String> {
        toml::from_str(TEXT).map_err(|e| format!("glossary.toml: {e}"))
    }

    /// The source of what others mean.
    pub fn source(&self, of: &Elsewhere) -> Option<&Source> {
        self.source.get(&of.source)
    }

    /// All terms with a name: the key of one, or a word that several may share.
    ///
    /// # Errors
    /// [`Unknown`].
    pub fn find(&self, name: &str) -> Result<Vec<&Term>, Unknown<'_>> {
        let found: Vec<&Term> = self.terms.iter().filter(|t| t.is_called(name)).collect();
        if found.is_empty() { Err(Unknown { near: self.near(name, |_| true) }) } else { Ok(found) }
    }

    /// The key of the statement that a name means.
    ///
    /// # Errors
    /// What to say where it means none, or more than one.
    pub fn key(&self, name: &str) -> Result<Key, Said> {
        let called = || self.terms.iter().filter(|t| t.is_called(name));
        let keys: Vec<Key> = called().filter_map(Term::key).collect();
        match (&keys[..], called().next()) {
            ([one], _) => Ok(*one),
            ([], Some(other)) => {
                let see: Vec<&str> =
                    other.see.iter().map(String::as_str).filter(|s| Key::named(s).is_some()).collect();
                let see = see.join(", ");
                Err(said!(
                    "{name:?} is no figure of the statement; near it are: {see}; `define` says what it is",
                    "{name:?} 不是损益表的指标；相近的有：{see}；其含义见 define"
                ))
            }
            ([], None) => Err(match self.near(name, |t| t.key().is_some()) {
                Some(near) => said!(
                    "{name:?} is no figure of the statement; did you mean {near:?}?",
                    "损益表中没有指标 {name:?}；是否指 {near:?}？"
                ),
                None => said!(
                    "{name:?} is no figure of the statement; `scrm-calc define` lists all names",
                    "损益表中没有指标 {name:?}；scrm-calc define 列出全部名称"
                ),
            }),
            (several, _) => {
                let ids = several.iter().map(|k| k.name()).collect::<Vec<_>>().join(", ");
                Err(said!("{name:?} may be any of {ids}; name one", "{name:?} 可指 {ids}，请指明其一"))
            }
        }
    }

    fn near(&self, name: &str, wanted: impl Fn(&Term) -> bool) -> Option<&str> {
        let names = || self.terms.iter().filter(|t| wanted(t)).flat_map(Term::names);
        let name = name.to_lowercase();
        // Whoever takes a figure for another system's means one of the same name.
        let part = name.rsplit('.').next().unwrap_or(&name);
        let same = |n: &&str| n.split_once('.').is_some_and(|(_, own)| own == part);
        crate::words::near(&name, names()).or_else(|| names().find(same))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_key_of_the_statement_is_a_term_once() {
        let glossary = Glossary::read().unwrap();
        for key in Key::ALL {
            let terms = glossary.terms.iter().filter(|t| t.key() == Some(*key)).count();
            assert_eq!(terms, 1, "{}", key.name());
        }
        for term in &glossary.terms {
            assert_eq!(term.key.is_some(), term.key().is_some(), "{:?} is no key", term.key);
            assert_eq!(term.key.is_none(), term.en.is_some() && term.zh.is_some(), "{}", term.id());
        }
    }

    #[test]
    fn whatever_a_term_refers_to_is_there() {
        let glossary = Glossary::read().unwrap();
        let mut used = BTreeSet::new();
        for term in &glossary.terms {
            assert!(term.see.iter().all(|s| glossary.find(s).is_ok()), "{} refers to nothing", term.id());
            for e in &term.elsewhere {
                assert!(glossary.source(e).is_some(), "{} has no source {}", term.id(), e.source);
                used.insert(e.source.as_str());
            }
        }
        assert!(glossary.source.keys().all(|s| used.contains(s.as_str())), "a source that nobody names");
        let urls = glossary.source.values().filter_map(|s| s.url.as_deref());
        assert!(urls.clone().all(|u| u.starts_with("http")) && urls.count() > 10);
    }

    #[test]
    fn a_term_is_found_by_any_of_its_names() {
        let glossary = Glossary::read().unwrap();
        for (name, want) in [
            ("direct.conversion", &["direct.conversion"][..]),
            ("转化率", &["direct.conversion"]),
            ("Conversion Rate", &["direct.conversion"]),
            ("cost-per-user", &["traffic.cost_per_user"]),
            ("客单价", &["direct.revenue_per_buyer"]),
            ("笔单价", &["direct.order_value"]),
            ("aov", &["direct.order_value"]),
            ("动销率", &["distribution.active_rate"]),
            ("退款", &["direct.refunds", "distribution.refunds"]),
            ("复购率", &["Repeat purchase rate"]),
            ("ltv", &["Lifetime value"]),
            ("ROI", &["Return on investment"]),
            ("私域", &["Private domain"]),
        ] {
            let found = glossary.find(name).unwrap_or_else(|_| panic!("{name}"));
            assert_eq!(found.iter().map(|t| t.id()).collect::<Vec<_>>(), want, "{name}");
        }
        assert_eq!(glossary.find("conversoin").unwrap_err().near, Some("Conversion"));
        assert_eq!(glossary.find("quux").unwrap_err().near, None);
    }

    #[test]
    fn a_figure_is_named_or_what_to_name_is_said() {
        let glossary = Glossary::read().unwrap();
        let said = |name| glossary.key(name).map(Key::name).map_err(|said| said.en);
        assert_eq!(said("total.profit"), Ok("total.profit"));
        assert_eq!(said("转化率"), Ok("direct.conversion"));
        assert_eq!(said("分销订单数"), Ok("distribution.orders"));
        for (name, want) in [
            ("订单数", "may be any of direct.orders, distribution.orders"),
            ("CAC", "near it are: traffic.cost_per_user"),
            ("direct.convresion", "did you mean \"direct.conversion\""),
            ("direct.margin", "did you mean \"total.margin\""),
            ("gross", "did you mean \"direct.gross\""),
            ("quux", "lists all names"),
        ] {
            let text = said(name).unwrap_err();
            assert!(text.contains(want), "{name}: {text}");
        }
    }
}
