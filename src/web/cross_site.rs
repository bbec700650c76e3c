//! Refuses unsafe requests and WebSockets that another site makes a visitor's browser send.
//!
//! The check of Go's `net/http.CrossOriginProtection`: `Sec-Fetch-Site` where the browser sends it, else `Origin` against the site's
//! own; a request with neither comes from no browser, and carries nobody's cookies.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{error::Error, state::AppState};

/// The layer.
pub async fn refuse(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let socket = request.headers().contains_key(header::SEC_WEBSOCKET_KEY);
    if (safe && !socket) || is_own(request.headers(), state.config.origin()) {
        return next.run(request).await;
    }
    Error::CrossSite.into_response()
}

fn is_own(headers: &HeaderMap, own: &str) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = text(header::ORIGIN) else {
        return true;
    };
    let host = text(header::HOST);
    origin == own || host.is_some_and(|host| origin.split_once("://").is_some_and(|(_, authority)| authority == host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs.iter().map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()));
        is_own(&headers.collect(), "https://pong.example")
    }

    #[test]
    fn another_site_is_refused_by_either_header() {
        assert!(own(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(own(&[("sec-fetch-site", "none")]));
        assert!(own(&[("origin", "https://pong.example")]));
        assert!(own(&[("origin", "http://localhost:8080"), ("host", "localhost:8080")]));
        assert!(own(&[]));
        assert!(!own(&[("sec-fetch-site", "same-site")]), "a sister domain is not this site");
        assert!(!own(&[("sec-fetch-site", "cross-site"), ("origin", "https://pong.example")]));
        assert!(!own(&[("origin", "https://evil.example"), ("host", "pong.example")]));
        assert!(!own(&[("origin", "null")]));
    }
}
