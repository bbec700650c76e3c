//! What stands between the network and every handler: addresses, cross-site checks, headers, error pages, the listener, the server.

pub mod address;
pub mod cross_site;
pub mod direct;
pub mod error_pages;
pub mod headers;
pub mod hosts;
pub mod limits;
pub mod listener;
pub mod overload;
pub mod page_cache;
pub mod request_log;
pub mod server;

use axum::http::{HeaderMap, header};

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

/// A path of this site to go on to, or `/` for anything else (an absolute URL, `//host`, a backslash).
#[must_use]
pub fn local_path(next: &str) -> &str {
    let harmless = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if harmless { next } else { "/" }
}

/// Whether an answer in JSON is preferred to one in HTML.
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
