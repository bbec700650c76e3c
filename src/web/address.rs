//! The address of the client: the peer's, or what a trusted proxy says in `X-Forwarded-For`.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRef, FromRequestParts},
    http::request::Parts,
};

use super::direct::DirectWriter;
use crate::config::Config;

/// What handlers learn about a connection, in `ConnectInfo`.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The peer's address.
    pub address: SocketAddr,
    /// The connection's writing side; `None` in tests that have no connection.
    pub writer: Option<DirectWriter>,
}

/// The client's address, which limits count by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The key of limits: an IPv4 address, or the /64 network of an IPv6 address (one household).
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

    /// The address that a request came from: the peer's, or what a trusted proxy says.
    #[must_use]
    pub fn of(parts: &Parts, config: &Config) -> Self {
        let peer = parts
            .extensions
            .get::<ConnectInfo<Peer>>()
            .map_or(IpAddr::from([127, 0, 0, 1]), |ConnectInfo(peer)| peer.address.ip());
        if !config.is_trusted_proxy(peer) {
            return Self(peer);
        }
        let forwarded = parts.headers.get("x-forwarded-for").and_then(|v| v.to_str().ok()).unwrap_or_default();
        // The proxy appends the address that it saw: only the last one is the proxy's own word.
        Self(forwarded.rsplit(',').next().and_then(|last| last.trim().parse().ok()).unwrap_or(peer))
    }
}

impl<S> FromRequestParts<S> for ClientAddress
where
    Arc<Config>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts, &Arc::<Config>::from_ref(state)))
    }
}
