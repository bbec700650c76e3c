//! The listening socket: `TCP_NODELAY` for play, and a bound on open connections.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use ipnet::IpNet;
use parking_lot::Mutex;
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, tcp::OwnedReadHalf},
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::{
    address::{ClientAddress, Peer},
    direct::DirectWriter,
};
use crate::config;

/// How long sent bytes may stay unacknowledged before a connection counts as lost.
const UNANSWERED: Duration = Duration::from_secs(20);

/// Accepts a bounded number of connections at once; others wait in the kernel's queue.
pub struct BoundedListener {
    listener: TcpListener,
    places: Arc<Semaphore>,
    each: Arc<PerNetwork>,
}

/// How many connections each network has open.
#[derive(Default)]
struct PerNetwork {
    open: Mutex<HashMap<IpAddr, u32>>,
    /// Most connections of one network; 0 for no bound.
    most: u32,
    /// Proxies, which carry everybody's connections.
    exempt: Vec<IpNet>,
}

impl PerNetwork {
    /// Takes a place for a connection of this peer; `None` when its network has too many.
    fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<PlaceOfNetwork> {
        if self.most == 0 || config::is_within(&self.exempt, peer) {
            return Some(PlaceOfNetwork { of: Arc::clone(self), network: None });
        }
        let network = ClientAddress(peer).network();
        let mut open = self.open.lock();
        let count = open.entry(network).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        drop(open);
        Some(PlaceOfNetwork { of: Arc::clone(self), network: Some(network) })
    }
}

/// A network's place for a connection, given back when dropped.
struct PlaceOfNetwork {
    of: Arc<PerNetwork>,
    network: Option<IpAddr>,
}

impl Drop for PlaceOfNetwork {
    fn drop(&mut self) {
        let Some(network) = self.network else { return };
        let mut open = self.of.open.lock();
        if let Some(count) = open.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                open.remove(&network);
            }
        }
    }
}

impl BoundedListener {
    /// Wraps a bound socket.
    #[must_use]
    pub fn new(listener: TcpListener, max_connections: usize) -> Self {
        let places = Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS)));
        Self { listener, places, each: Arc::default() }
    }

    /// Also bounds the connections of each network; those of `exempt` peers (proxies) are not counted.
    #[must_use]
    pub fn per_network(self, most: u32, exempt: Vec<IpNet>) -> Self {
        Self { each: Arc::new(PerNetwork { most, exempt, ..PerNetwork::default() }), ..self }
    }

    /// Whether a peer is a proxy whose connections are not counted.
    #[must_use]
    pub fn is_exempt(&self, peer: IpAddr) -> bool {
        config::is_within(&self.each.exempt, peer)
    }
}

impl axum::serve::Listener for BoundedListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let (stream, address, network) = loop {
            // axum's own accept loop waits out errors such as "too many open files".
            let (stream, address) = axum::serve::Listener::accept(&mut self.listener).await;
            if let Some(network) = self.each.enter(address.ip()) {
                break (stream, address, network);
            }
            tracing::debug!(%address, "Too many connections from this network");
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "Could not set TCP_NODELAY");
        }
        // A peer that sleeps or loses its network sends no FIN: without this a stream would seem open for many minutes.
        if let Err(error) = SockRef::from(&stream).set_tcp_user_timeout(Some(UNANSWERED)) {
            tracing::debug!(%error, "Could not set TCP_USER_TIMEOUT");
        }
        let (reader, writer) = stream.into_split();
        (Connection { reader, writer: DirectWriter::new(writer), _place: place, _network: network }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that gives its place back when it closes.
pub struct Connection {
    reader: OwnedReadHalf,
    writer: DirectWriter,
    _place: Option<OwnedSemaphorePermit>,
    _network: PlaceOfNetwork,
}

impl Connection {
    /// What handlers learn about the connection.
    #[must_use]
    pub fn peer(&self, address: SocketAddr) -> Peer {
        Peer { address, writer: Some(self.writer.clone()) }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.reader).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.writer.poll_write(cx, &[io::IoSlice::new(bytes)])
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.writer.shutdown())
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writer.poll_write(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_has_only_so_many_places_and_gets_them_back() {
        let proxy = IpAddr::from([10, 0, 0, 1]);
        let each = Arc::new(PerNetwork { most: 2, exempt: vec![proxy.into()], ..PerNetwork::default() });
        let peer = |last| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last]);
        let (first, second) = (each.enter(peer(1)), each.enter(peer(2)));
        assert!(first.is_some() && second.is_some());
        assert!(each.enter(peer(3)).is_none(), "one household");
        assert!(each.enter(IpAddr::from([127, 0, 0, 1])).is_some(), "another network");
        drop(first);
        assert!(each.enter(peer(3)).is_some());
        let through_proxy: Vec<_> = (0..9).map(|_| each.enter(proxy)).collect();
        assert!(through_proxy.iter().all(Option::is_some));
    }
}
