//! The two languages that people read.

/// A language of everything a person reads. What machines read has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    #[default]
    En,
    Zh,
}

impl Lang {
    /// What `--lang` takes.
    pub const NAMES: [&'static str; 2] = ["en", "zh"];

    pub fn from_name(name: &str) -> Option<Lang> {
        match name {
            "en" => Some(Lang::En),
            "zh" => Some(Lang::Zh),
            _ => None,
        }
    }

    /// The language of a locale such as `zh_CN.UTF-8`.
    pub fn of_locale(locale: &str) -> Lang {
        if locale.to_ascii_lowercase().starts_with("zh") { Lang::Zh } else { Lang::En }
    }

    /// The one of two texts that is in this language.
    pub fn pick<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Lang::En => en,
            Lang::Zh => zh,
        }
    }
}

/// A text in both languages, for errors that are made before anybody knows who will read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub en: String,
    pub zh: String,
}

impl Said {
    /// This text and another behind it.
    pub fn then(self, more: Said) -> Said {
        Said { en: self.en + &more.en, zh: self.zh + &more.zh }
    }

    /// The text in one language.
    pub fn into_lang(self, lang: Lang) -> String {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }

    pub fn in_lang(&self, lang: Lang) -> &str {
        lang.pick(&self.en, &self.zh)
    }
}

/// A [`Said`] from two formats over the same names.
#[macro_export]
macro_rules! said {
    ($en:literal, $zh:literal) => {
        $crate::lang::Said { en: format!($en), zh: format!($zh) }
    };
}
