//! The languages of the site and its catalogues (`locales/<code>/*.ftl`).

use std::{borrow::Cow, collections::HashMap};

use fluent_templates::{Loader, fluent_bundle::FluentValue};
use unic_langid::LanguageIdentifier;

use crate::clock::{self, Moment};

fluent_templates::static_loader! {
    static CATALOGUES = {
        locales: "./locales",
        fallback_language: "en",
        // Names are wrapped in <bdi>; isolation marks inside attributes would be read aloud.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A language of the site.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Language {
    /// English, the fallback.
    #[default]
    English,
    /// French.
    French,
}

impl Language {
    /// Every language, in the order of the language switch.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// The code used in `lang`, the cookie and the name of the catalogue's folder.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// The language's own name for itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::French => "Français",
        }
    }

    /// The language for a code, of which only the first part counts (`fr-CA` is French).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let primary = code.split('-').next().unwrap_or(code);
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    fn identifier(self) -> LanguageIdentifier {
        self.code().parse().unwrap_or_default()
    }

    /// The text of a key.
    #[must_use]
    pub fn t(self, key: &str) -> String {
        CATALOGUES.lookup(&self.identifier(), key)
    }

    /// The text of a key with a value inserted.
    #[must_use]
    pub fn t1<'v>(self, key: &str, name: &'static str, value: impl Into<FluentValue<'v>>) -> String {
        self.with(key, &[(name, value.into())])
    }

    /// The text of a key with two values inserted.
    #[must_use]
    pub fn t2<'v>(
        self,
        key: &str,
        name1: &'static str,
        value1: impl Into<FluentValue<'v>>,
        name2: &'static str,
        value2: impl Into<FluentValue<'v>>,
    ) -> String {
        self.with(key, &[(name1, value1.into()), (name2, value2.into())])
    }

    /// The text of a key with any number of values inserted.
    #[must_use]
    pub fn with(self, key: &str, values: &[(&'static str, FluentValue<'_>)]) -> String {
        let values: HashMap<Cow<'static, str>, FluentValue<'_>> =
            values.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
        CATALOGUES.lookup_with_args(&self.identifier(), key, &values)
    }

    /// Whether this language's own catalogue has a key.
    #[must_use]
    pub fn has(self, key: &str) -> bool {
        CATALOGUES.lookup_no_default_fallback::<&str>(&self.identifier(), key, None).is_some()
    }

    /// A date as text.
    #[must_use]
    pub fn date(self, moment: &Moment) -> String {
        self.date_as("date", moment)
    }

    /// A date for lists: as text, with the month abbreviated.
    #[must_use]
    pub fn date_short(self, moment: &Moment) -> String {
        self.date_as("date-short", moment)
    }

    fn date_as(self, key: &str, moment: &Moment) -> String {
        let number = |n: i32| FluentValue::from(n);
        self.with(
            key,
            &[
                ("day", number(i32::from(moment.day()))),
                ("month", number(i32::from(u8::from(moment.month())))),
                ("year", FluentValue::from(moment.year().to_string())),
            ],
        )
    }

    /// A count, with thousands separators.
    #[must_use]
    pub fn number(self, count: i64) -> String {
        let digits = count.unsigned_abs().to_string();
        let group = self.t("number-group");
        let mut text = if count < 0 { "−".to_owned() } else { String::new() };
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push_str(&group);
            }
            text.push(digit);
        }
        text
    }

    /// A duration of play in minutes and seconds.
    #[must_use]
    pub fn duration(self, seconds: i64) -> String {
        self.with(
            "duration",
            &[
                ("minutes", FluentValue::from(seconds / 60)),
                ("seconds", FluentValue::from(format!("{:02}", seconds % 60))),
            ],
        )
    }

    /// How long ago, up to a week; from then on a short date.
    #[must_use]
    pub fn ago(self, moment: &Moment) -> String {
        let minutes = (clock::now() - *moment).whole_minutes().max(0);
        match minutes {
            0 => self.t("ago-now"),
            1..60 => self.t1("ago-minutes", "count", minutes),
            60..1_440 => self.t1("ago-hours", "count", minutes / 60),
            1_440..10_080 => self.t1("ago-days", "count", minutes / 1_440),
            _ => self.date_short(moment),
        }
    }
}
