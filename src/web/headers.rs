//! Headers of every answer, as strict as the strictest graders want them.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::config::Config;

/// Only what is used, all of it from this site; `'self'` in `connect-src` covers WebSockets and server-sent events.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const FIXED: [(&str, &str); 7] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), \
         midi=(), payment=(), usb=(), fullscreen=(self), gamepad=(self)",
    ),
];

/// HTTPS only for two years; sent over HTTPS.
pub const STRICT_TRANSPORT_SECURITY: (&str, &str) =
    ("strict-transport-security", "max-age=63072000; includeSubDomains; preload");

/// The security headers of every answer, for a web server that answers some requests itself; there is one more over HTTPS.
pub fn security(https: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    FIXED.into_iter().chain(https.then_some(STRICT_TRANSPORT_SECURITY))
}

/// The layer: security headers, and `no-store` on every answer that does not say how it may be cached.
pub async fn secure(State(config): State<Arc<Config>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if config.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT_SECURITY.1));
        secure_cookies(headers);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Marks every cookie `Secure`. Browsers ignore a `__Host-` cookie without it, even one that is sent to remove the cookie, which
/// tower-sessions sends without attributes.
fn secure_cookies(headers: &mut HeaderMap) {
    let header::Entry::Occupied(mut cookies) = headers.entry(header::SET_COOKIE) else {
        return;
    };
    for cookie in cookies.iter_mut() {
        if !cookie.as_bytes().windows(8).any(|part| part == b"; Secure") {
            let marked = [cookie.as_bytes(), b"; Secure"].concat();
            if let Ok(marked) = HeaderValue::from_bytes(&marked) {
                *cookie = marked;
            }
        }
    }
}
