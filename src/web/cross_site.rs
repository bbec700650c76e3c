//! Refuses unsafe requests and WebSockets that another site makes a visitor's browser send.
//!
//! The same check as Go's `net/http.CrossOriginProtection`: `Sec-Fetch-Site` where the browser sends it, else `Origin` compared
//! with the site's own (from `BASE_URL`, never the host that the request names). A request with neither does not come from a
//! browser, and carries nobody's cookies.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::hosts::is_loopback;
use crate::{config::Config, error::Error};

/// The layer.
pub async fn refuse(State(config): State<Arc<Config>>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let socket = request.headers().contains_key(header::SEC_WEBSOCKET_KEY);
    if (safe && !socket) || is_own(request.headers(), &config) {
        return next.run(request).await;
    }
    Error::CrossSite.into_response()
}

fn is_own(headers: &HeaderMap, config: &Config) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = text(header::ORIGIN) else {
        return true;
    };
    if origin == config.origin() {
        return true;
    }
    // Developers reach their own site by any name and port of loopback, which cannot belong to another site.
    let here = text(header::HOST).unwrap_or_default();
    !config.is_https()
        && is_loopback(config.base_host())
        && origin.strip_prefix("http://").is_some_and(|named| named == here)
        && here.parse::<Authority>().is_ok_and(|here| is_loopback(here.host()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own_at(base_url: &str, pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs.iter().map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()));
        is_own(&headers.collect(), &Config::of(&["--base-url", base_url]))
    }

    fn own(pairs: &[(&'static str, &'static str)]) -> bool {
        own_at("https://pong.example", pairs)
    }

    #[test]
    fn the_host_that_a_request_names_proves_nothing_but_on_loopback() {
        let local = |origin, host| own_at("http://localhost:8080", &[("origin", origin), ("host", host)]);
        assert!(local("http://127.0.0.1:8800", "127.0.0.1:8800") && local("http://localhost:8080", "localhost:8080"));
        assert!(!local("http://127.0.0.1:3000", "127.0.0.1:8800"), "another program of this machine");
        assert!(!local("http://rebound.example", "rebound.example"));
        assert!(!own(&[("origin", "https://evil.example"), ("host", "evil.example")]));
        assert!(!own(&[("origin", "http://pong.example"), ("host", "pong.example")]), "not over HTTPS");
    }

    #[test]
    fn another_site_is_refused_by_either_header() {
        assert!(own(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(own(&[("sec-fetch-site", "none")]));
        assert!(own(&[("origin", "https://pong.example")]));
        assert!(own(&[]));
        assert!(!own(&[("sec-fetch-site", "same-site")]), "a sister domain is not this site");
        assert!(!own(&[("sec-fetch-site", "cross-site"), ("origin", "https://pong.example")]));
        assert!(!own(&[("origin", "https://evil.example"), ("host", "pong.example")]));
        assert!(!own(&[("origin", "null")]));
    }
}
