//! What decided a rate, in words: `rate[2] product SKU-1 15%`, as it stands in `scrm.toml`.

use crate::input::settings::Selectors;
use crate::lang::Said;
use crate::render::number::rate;
use crate::said;
use scrm_core::plan::{Plan, Rule, Selector};
use std::collections::HashMap;

/// The words for all rules of a plan.
#[derive(Debug, Default)]
pub struct Rules {
    /// By the number of the entry and the level.
    entries: HashMap<(usize, usize), String>,
    levels: Vec<String>,
    /// The names of products and categories by their numbers.
    products: HashMap<u32, String>,
    categories: HashMap<u32, String>,
}

impl Rules {
    pub fn of(plan: Option<&Plan>, names: &Selectors) -> Rules {
        let Some(plan) = plan else { return Rules::default() };
        let (mut rules, words) = (Rules::default(), Words::of(names));
        for e in plan.rates.entries() {
            let selector = words.selector(e.selector);
            for level in 0..scrm_core::commission::LEVELS {
                let share = e.levels.get(level).copied().unwrap_or_default();
                let text = format!("rate[{}] {selector} {}", e.number, rate(share));
                rules.entries.insert((e.number, level), text);
            }
        }
        let owned =
            |names: &HashMap<u32, &str>| names.iter().map(|(n, name)| (*n, name.to_string())).collect();
        (rules.products, rules.categories) = (owned(&words.products), owned(&words.categories));
        rules.levels = plan.levels.iter().map(|r| format!("levels {}", rate(*r))).collect();
        rules
    }

    /// What the items of a part of an order have in common: the product or category for which there is a rate.
    pub fn items(&self, product: u32, category: u32) -> Said {
        let (product, category) = (self.products.get(&product), self.categories.get(&category));
        match (product, category) {
            (None, None) => said!("other items", "其余商品"),
            (Some(product), None) => said!("product {product}", "商品 {product}"),
            (None, Some(category)) => said!("category {category}", "类目 {category}"),
            (Some(product), Some(category)) => {
                said!("product {product}, category {category}", "商品 {product}，类目 {category}")
            }
        }
    }

    /// The words for what decided the rate of a level (0 is the first).
    pub fn text(&self, rule: Rule, level: usize) -> String {
        match rule {
            Rule::Entry(number) => self.entries.get(&(number, level)).cloned().unwrap_or_default(),
            Rule::Levels => self.levels.get(level).cloned().unwrap_or_else(|| "levels 0%".into()),
        }
    }
}

/// The names of the plan's selectors by their numbers.
struct Words<'a> {
    distributors: HashMap<u32, &'a str>,
    products: HashMap<u32, &'a str>,
    categories: HashMap<u32, &'a str>,
    grades: HashMap<u32, &'a str>,
}

impl<'a> Words<'a> {
    fn of(names: &'a Selectors) -> Words<'a> {
        let by_number = |map: &'a HashMap<String, u32>| {
            map.iter().map(|(name, number)| (*number, name.as_str())).collect()
        };
        Words {
            distributors: by_number(&names.distributors),
            products: by_number(&names.products),
            categories: by_number(&names.categories),
            grades: by_number(&names.grades),
        }
    }

    /// `product SKU-1`; a dated default has no name.
    fn selector(&self, selector: Selector) -> String {
        let named = |kind: &str, map: &HashMap<u32, &str>, n: u32| {
            format!("{kind} {}", map.get(&n).copied().unwrap_or_default())
        };
        match selector {
            Selector::Distributor(n) => named("distributor", &self.distributors, n),
            Selector::Product(n) => named("product", &self.products, n),
            Selector::Category(n) => named("category", &self.categories, n),
            Selector::Grade(n) => named("grade", &self.grades, n),
            Selector::All => "default".into(),
        }
    }
}
