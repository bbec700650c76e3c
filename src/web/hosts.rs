//! Answers only requests for the site's own names. A page for a name that somebody else chose could be stored by a cache in front,
//! or be served to a browser that was tricked into asking here (DNS rebinding).

use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{StatusCode, header, uri::Authority},
};

use crate::config::Config;

/// The files of every page, including the refusal; they are the same for everybody.
const FILES: &str = "/static/";

/// The names that are served.
pub struct Hosts {
    /// Without ports; `*` for any.
    names: Vec<String>,
    /// Whether the site is a developer's own, which they reach by any name of their machine's loopback.
    local: bool,
}

impl Hosts {
    /// The names in `HOSTS`, else the name in `BASE_URL`.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let own = config.base_host();
        let names = if config.network.hosts.is_empty() { vec![own.to_owned()] } else { config.network.hosts.clone() };
        Self { names, local: !config.is_https() && is_loopback(own) }
    }

    /// Whether a request may name this authority (a host with or without a port).
    #[must_use]
    pub fn serve(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else {
            return false;
        };
        // A name may end with the dot of the DNS root.
        let host = authority.host().to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        self.names.iter().any(|name| name == "*" || name == host) || (self.local && is_loopback(host))
    }

    /// Why a request is refused, if it is: 421 for a name that is not the site's, 400 when it names no host.
    #[must_use]
    pub fn refusal(&self, request: &Request) -> Option<StatusCode> {
        let target = request.uri().authority().map(|authority| Some(authority.as_str()));
        let header = request.headers().get_all(header::HOST).iter().map(|value| value.to_str().ok());
        let named: Vec<Option<&str>> = target.into_iter().chain(header).collect();
        if named.is_empty() {
            return Some(StatusCode::BAD_REQUEST);
        }
        let ours = named.iter().all(|name| name.is_some_and(|name| self.serve(name)));
        (!ours && !request.uri().path().starts_with(FILES)).then_some(StatusCode::MISDIRECTED_REQUEST)
    }
}

/// Whether a host name always means this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
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
