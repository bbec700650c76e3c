//! The languages of the site and its catalogues (`locales/<code>/*.ftl`).

use std::{borrow::Cow, collections::HashMap};

use axum::http::HeaderMap;
use fluent_templates::{Loader, fluent_bundle::FluentValue};
use unic_langid::LanguageIdentifier;

fluent_templates::static_loader! {
    static CATALOGUES = {
        locales: "./locales",
        fallback_language: "en",
        // Names stand in <bdi>; isolation marks inside attributes would be read aloud.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// Cookie that remembers a chosen language.
pub const COOKIE: &str = "language";

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
    /// Every language, in the order of the switch.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// The code in `lang`, the cookie and the folder of the catalogue.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// Its own name for itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::French => "Français",
        }
    }

    /// The language of a code, of which only the first part counts (`fr-CA` is French).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let primary = code.split('-').next().unwrap_or(code);
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    /// The language of a request: the chosen one, else what `Accept-Language` prefers, else English.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let chosen = crate::web::cookie(headers, COOKIE).and_then(Self::from_code);
        let preferred = || {
            let header = headers.get(axum::http::header::ACCEPT_LANGUAGE)?.to_str().ok()?;
            accept_language::parse(header).iter().find_map(|code| Self::from_code(code))
        };
        chosen.or_else(preferred).unwrap_or_default()
    }

    fn identifier(self) -> LanguageIdentifier {
        self.code().parse().unwrap_or_default()
    }

    /// The text of a key.
    #[must_use]
    pub fn t(self, key: &str) -> String {
        CATALOGUES.lookup(&self.identifier(), key)
    }

    /// The text of a key with values put in.
    #[must_use]
    pub fn with(self, key: &str, values: &[(&'static str, FluentValue<'static>)]) -> String {
        let values: HashMap<Cow<'static, str>, FluentValue<'static>> =
            values.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
        CATALOGUES.lookup_with_args(&self.identifier(), key, &values)
    }

    /// Whether the catalogue of this very language has a key.
    #[must_use]
    pub fn has(self, key: &str) -> bool {
        CATALOGUES.lookup_no_default_fallback::<&str>(&self.identifier(), key, None).is_some()
    }
}
