//! A file of scenarios for `plan`: names, and the changes of drivers that each makes, still as texts.

use super::settings::{Fault, SettingsError, syntax, text_of};
use crate::said;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// One scenario as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    /// A driver and its change.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    scenario: Vec<Scenario>,
}

/// Reads a file of scenarios, in the order in which they stand there.
///
/// # Errors
/// [`SettingsError`], also where there is no scenario, or two have one name.
pub fn read(path: &Path) -> Result<Vec<Scenario>, SettingsError> {
    let told = |fault| SettingsError { file: path.display().to_string(), fault };
    let text = text_of(path, false).map_err(told)?;
    parse(&text).map_err(told)
}

fn parse(text: &str) -> Result<Vec<Scenario>, Fault> {
    let Written { scenario: all } = toml::from_str(text).map_err(|e| syntax(text, &e))?;
    let wrong = |what| Err(Fault::Wrong { at: None, what });
    if all.is_empty() {
        return wrong(said!("no scenario; write [[scenario]]", "没有方案，请写 [[scenario]]"));
    }
    for (i, Scenario { name, .. }) in all.iter().enumerate() {
        if name.trim().is_empty() {
            return wrong(said!("a scenario without a name", "有一个方案没有名称"));
        }
        if all[..i].iter().any(|s| s.name == *name) {
            return wrong(said!("two scenarios are called {name:?}", "有两个方案名为 {name:?}"));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn scenarios_stand_in_their_order() {
        let text = "[[scenario]]\nname = \"b\"\nset = { users = \"+10%\", team_cost = \"1\" }\n[[scenario]]\nname = \"a\"\n";
        let all = parse(text).unwrap();
        assert_eq!(all.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(all[0].set["users"], "+10%");
    }

    #[test]
    fn what_is_no_scenario_is_refused() {
        for (text, says) in [
            ("", "no scenario"),
            ("[[scenario]]\nname = \" \"\n", "without a name"),
            ("[[scenario]]\nname = \"a\"\n[[scenario]]\nname = \"a\"\n", "two scenarios are called \"a\""),
            ("[[scenario]]\nnam = \"a\"\n", "2: unknown key \"nam\"; did you mean name?"),
            ("[[scenarios]]\nname = \"a\"\n", "unknown key \"scenarios\""),
            ("[[scenario]]\nname = \"a\"\nset = { users = 5 }\n", "3: "),
            ("scenario = 1\n", "1: "),
        ] {
            let error = SettingsError { file: "s.toml".into(), fault: parse(text).unwrap_err() };
            assert!(error.in_lang(Lang::En).contains(says), "{text:?}: {error}");
        }
    }
}
