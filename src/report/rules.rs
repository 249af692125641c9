//! What decided a rate, in words: `rate[2] product SKU-1 15%`, as it stands in `scrm.toml`.

use crate::input::settings::Selectors;
use crate::render::number::rate;
use scrm_core::commission::{Plan, Rule, Selector};
use std::collections::HashMap;

/// The words for all rules of a plan.
#[derive(Debug, Default)]
pub struct Rules {
    /// By the number of the entry and the level.
    entries: HashMap<(usize, usize), String>,
    levels: Vec<String>,
}

impl Rules {
    pub fn of(plan: Option<&Plan>, names: &Selectors) -> Rules {
        let Some(plan) = plan else { return Rules::default() };
        let mut rules = Rules::default();
        for e in plan.rates.entries() {
            let selector = selector(e.selector, names);
            for level in 0..scrm_core::commission::LEVELS {
                let share = e.levels.get(level).copied().unwrap_or_default();
                let text = format!("rate[{}] {selector} {}", e.number, rate(share));
                rules.entries.insert((e.number, level), text);
            }
        }
        rules.levels = plan.levels.iter().map(|r| format!("levels {}", rate(*r))).collect();
        rules
    }

    /// The words for what decided the rate of a level (0 is the first).
    pub fn text(&self, rule: Rule, level: usize) -> String {
        match rule {
            Rule::Entry(number) => self.entries.get(&(number, level)).cloned().unwrap_or_default(),
            Rule::Levels => self.levels.get(level).cloned().unwrap_or_else(|| "levels 0%".into()),
        }
    }
}

/// `product SKU-1`; a dated default has no name.
pub fn selector(selector: Selector, names: &Selectors) -> String {
    let find = |map: &HashMap<String, u32>, n: u32| {
        map.iter().find(|(_, number)| **number == n).map_or_else(String::new, |(name, _)| name.clone())
    };
    match selector {
        Selector::Distributor(n) => format!("distributor {}", find(&names.distributors, n)),
        Selector::Product(n) => format!("product {}", find(&names.products, n)),
        Selector::Category(n) => format!("category {}", find(&names.categories, n)),
        Selector::Grade(n) => format!("grade {}", find(&names.grades, n)),
        Selector::All => "default".into(),
    }
}
