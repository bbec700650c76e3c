//! What stands between the network and every handler: addresses, cross-site checks, headers, limits, the listener and the server.

pub mod address;
pub mod cross_site;
pub mod direct;
pub mod headers;
pub mod hosts;
pub mod limits;
pub mod listener;
pub mod overload;
pub mod page_cache;
pub mod request_log;
pub mod schema_gate;
pub mod server;

use axum::http::{HeaderMap, header};

use crate::language::Language;

/// Cookie that remembers a chosen language.
pub const LANGUAGE: &str = "language";
/// Cookie that carries a notice across one redirect: the key of its text.
pub const NOTICE: &str = "notice";

/// The language of a request: the chosen one, else what `Accept-Language` prefers, else English.
#[must_use]
pub fn language(headers: &HeaderMap) -> Language {
    let chosen = cookie(headers, LANGUAGE).and_then(Language::from_code);
    let preferred = || {
        let header = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        accept_language::parse(header).iter().find_map(|code| Language::from_code(code))
    };
    chosen.or_else(preferred).unwrap_or_default()
}

/// The value of a cookie.
#[must_use]
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

/// A path of this site to continue to, or `/` for anything else (an absolute URL, `//host`, a backslash).
#[must_use]
pub fn local_path(next: &str) -> &str {
    let harmless = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if harmless { next } else { "/" }
}

/// Whether an answer is a page.
#[must_use]
pub fn is_html(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

/// Whether the client prefers JSON to HTML.
#[must_use]
pub fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("application/json") && !accept.contains("text/html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        assert_eq!(local_path("/players/ada?after=1"), "/players/ada?after=1");
        for foreign in ["//evil.example", "https://evil.example", "/\\evil.example", "", "play", "/a\r\nb"] {
            assert_eq!(local_path(foreign), "/");
        }
    }
}
