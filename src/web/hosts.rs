//! Answers only requests for the site's own names. A page for a name that somebody else chose could be kept by a cache in front, or
//! be the answer to a browser that was tricked into asking here (DNS rebinding).

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{config::Config, state::AppState, web::error_pages};

/// The files of every page, those of the refusal among them: the same for everybody.
const FILES: &str = "/static/";

/// The names that are served.
pub struct Hosts {
    /// Without ports; `*` for any.
    names: Vec<String>,
    /// Whether the site is a developer's own, which he reaches by any name of his machine's loopback.
    local: bool,
}

impl Hosts {
    /// As `HOSTS` says, else the name in `BASE_URL`.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let own = config.base_host();
        let names = if config.hosts.is_empty() { vec![own.to_owned()] } else { config.hosts.clone() };
        Self { names, local: !config.is_https() && is_loopback(own) }
    }

    /// Whether a request may name this authority (a host with or without a port).
    #[must_use]
    pub fn serve(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else {
            return false;
        };
        // A name may end with the dot of the root.
        let host = authority.host().to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        self.names.iter().any(|name| name == "*" || name == host) || (self.local && is_loopback(host))
    }
}

/// Whether a host name is always this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The layer: 421 for names of others, 400 for requests that name none.
pub async fn refuse(State((hosts, state)): State<(Arc<Hosts>, AppState)>, request: Request, next: Next) -> Response {
    let target = request.uri().authority().map(|authority| Some(authority.as_str()));
    let header = request.headers().get_all(header::HOST).iter().map(|value| value.to_str().ok());
    let named: Vec<Option<&str>> = target.into_iter().chain(header).collect();
    let status = if named.is_empty() {
        StatusCode::BAD_REQUEST
    } else if named.iter().all(|name| name.is_some_and(|name| hosts.serve(name)))
        || request.uri().path().starts_with(FILES)
    {
        return next.run(request).await;
    } else {
        StatusCode::MISDIRECTED_REQUEST
    };
    let (parts, _) = request.into_parts();
    error_pages::dress(status.into_response(), None, &parts, &state)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(base_url: &str, hosts: &str) -> Hosts {
        let mut words = vec!["--base-url", base_url];
        if !hosts.is_empty() {
            words.extend(["--hosts", hosts]);
        }
        Hosts::new(&Config::of(&words))
    }

    #[test]
    fn the_name_of_the_base_url_is_served_on_any_port() {
        let own = hosts("https://pong.example:8443", "");
        assert!(own.serve("pong.example") && own.serve("PONG.example:8443") && own.serve("pong.example."));
        for other in
            ["localhost", "127.0.0.1", "pong.example.evil.example", "evil.example", "", "a b", "pong.example@evil"]
        {
            assert!(!own.serve(other), "{other:?}");
        }
    }

    #[test]
    fn configured_names_replace_it() {
        let two = hosts("https://pong.example", "pong.example,www.pong.example,[fd00::1]");
        assert!(two.serve("www.pong.example") && two.serve("[fd00::1]:443") && !two.serve("pong.test"));
        assert!(!hosts("https://pong.example", "other.example").serve("pong.example"));
        assert!(hosts("https://pong.example", "*").serve("anything:1"));
    }

    #[test]
    fn a_developers_site_is_served_under_every_loopback_name() {
        let local = hosts("http://localhost:8080", "");
        for name in ["localhost:8080", "localhost:1", "127.0.0.1:8800", "[::1]:8800", "127.0.0.2"] {
            assert!(local.serve(name), "{name}");
        }
        assert!(!local.serve("192.168.0.7:8080") && !local.serve("rebound.example:8080"));
        assert!(!hosts("https://localhost", "").serve("127.0.0.1"), "only over plain HTTP");
    }
}
