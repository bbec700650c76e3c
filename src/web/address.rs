//! The address of the client: the peer's, or what a trusted proxy says in `X-Forwarded-For`.

use std::net::IpAddr;

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};

use crate::{state::AppState, web::listener::Peer};

/// The address that limits count.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What limits are kept by: an IPv4 address, or the /64 network of an IPv6 address (one household).
    #[must_use]
    pub fn network(self) -> IpAddr {
        match self.0.to_canonical() {
            IpAddr::V4(v4) => IpAddr::V4(v4),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
        }
    }
}

impl FromRequestParts<AppState> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<Peer>>()
            .map_or(IpAddr::from([127, 0, 0, 1]), |ConnectInfo(peer)| peer.address.ip());
        if !state.config.is_trusted_proxy(peer) {
            return Ok(Self(peer));
        }
        let forwarded = parts.headers.get("x-forwarded-for").and_then(|v| v.to_str().ok()).unwrap_or_default();
        // The proxy appends the address that it saw: only the last one is its own word.
        Ok(Self(forwarded.rsplit(',').next().and_then(|last| last.trim().parse().ok()).unwrap_or(peer)))
    }
}
