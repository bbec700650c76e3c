//! Speaks HTTP on accepted connections, as `axum::serve` does, but limits how long a request's head may take.
//!
//! Without the limit, a connection that sends nothing, or one byte a minute, costs its client nothing and holds a place forever.

use std::{net::SocketAddr, pin::pin, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    serve::Listener,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use super::listener::{BoundedListener, Connection};

/// The same for trusted proxies, which wait for their clients themselves and keep connections open for later ones. It is longer
/// than proxies keep a connection, so that they close it first: a request that crosses with our close would fail.
const PROXY_PATIENCE: Duration = Duration::from_secs(90);

/// Serves the site until `stopping`, then waits for the answers under way. `patience` is how long a connection may take to send the
/// head of its next request, whether the first or a later one.
pub async fn serve(mut listener: BoundedListener, site: Router, patience: Duration, stopping: CancellationToken) {
    let open = TaskTracker::new();
    loop {
        let (connection, address) = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.cancelled() => break,
        };
        let patience = if listener.is_exempt(address.ip()) { PROXY_PATIENCE.max(patience) } else { patience };
        open.spawn(converse(connection, address, site.clone(), patience, stopping.clone()));
    }
    // So that nobody waits for an accept that will not come.
    drop(listener);
    open.close();
    open.wait().await;
}

async fn converse(
    connection: Connection,
    address: SocketAddr,
    site: Router,
    patience: Duration,
    stopping: CancellationToken,
) {
    let peer = connection.peer(address);
    let answer = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer.clone()));
        site.clone().oneshot(request.map(Body::new))
    });
    let conversation = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(TokioIo::new(connection), answer)
        .with_upgrades();
    let mut conversation = pin!(conversation);
    let ended = tokio::select! {
        ended = conversation.as_mut() => ended,
        () = stopping.cancelled() => {
            conversation.as_mut().graceful_shutdown();
            conversation.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "A connection ended early");
    }
}
