//! `GET /live/{id}`: one WebSocket per match and tab, one task per WebSocket.

use std::{pin::Pin, sync::Arc, time::Duration};

use axum::{
    Extension,
    body::Bytes,
    extract::{
        ConnectInfo, Path, State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{Sink, SinkExt};
use tokio::time::{Instant, Sleep, sleep, timeout};
use tokio_tungstenite::tungstenite;

use super::{
    Live,
    cell::Cell,
    outbox::{Next, Outbox},
    protocol::{CloseReason, FromClient, MESSAGE_LIMIT, SUBPROTOCOL},
    queries,
    recovery::{self, Whereabouts},
    registry::Registry,
    room::{MOST_SPECTATORS, effects::ConnId},
    switchboard::{Asked, Edge},
};
use crate::{
    error::Error,
    id::Id,
    players::viewer::Viewer,
    web::{address::Peer, direct::DirectWriter},
};

/// Time between two pings that measure the round trip.
const PING_EVERY: Duration = Duration::from_secs(5);
/// A connection that is silent for this long is dropped.
const SILENCE: Duration = Duration::from_secs(15);
/// How long a socket waits for its match to be taken over from a replica that has just gone.
const TAKE_OVER: Duration = Duration::from_secs(5);
/// Time between the first two lookups of a match's owner; doubled with each further one.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// The longest time between two lookups.
const LONGEST_LOOK: Duration = Duration::from_millis(800);
/// How long the other side may take to answer a close.
const FAREWELL: Duration = Duration::from_secs(1);
/// Bytes read at a time: messages are short, and ten thousand sockets wait at once.
const READ_BUFFER: usize = 1024;
/// Bytes gathered before a write.
const WRITE_BUFFER: usize = 1024;
/// Bytes that may wait to be written: more than the largest `join`.
const MAX_WRITE_BUFFER: usize = 64 * 1024;

/// Opens the socket of a match. The session's player takes their seats; others watch where that is allowed.
///
/// # Errors
/// Not found, forbidden, or unavailable while stopping.
pub async fn connect(
    State(live): State<Live>,
    viewer: Viewer,
    Path(id): Path<String>,
    peer: Option<Extension<ConnectInfo<Peer>>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Error> {
    let Ok(upgrade) = upgrade else {
        return Ok(not_a_socket());
    };
    let id: Id = id.parse().map_err(|_| Error::NotFound)?;
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .max_message_size(2 * MESSAGE_LIMIT)
        .max_frame_size(2 * MESSAGE_LIMIT);
    if upgrade.selected_protocol().is_none() {
        return Ok(not_a_socket());
    }
    let registry = Arc::clone(live.registry());
    if registry.is_draining() {
        return Err(Error::Unavailable("the server is stopping".to_owned()));
    }
    let player = viewer.id();
    admit(&registry, id, player).await?;
    let writer = peer.and_then(|Extension(ConnectInfo(peer))| peer.writer);
    Ok(upgrade.on_upgrade(move |socket| run(socket, registry, id, player, writer)))
}

/// Checks whether somebody may play or watch a match, wherever it is played.
async fn admit(registry: &Registry, id: Id, player: Option<Id>) -> Result<(), Error> {
    let (plays, mode, watchers) = if let Some(cell) = registry.cell(id) {
        let (plays, watchers) = cell.look(|room| {
            let plays = player.is_some_and(|player| !room.seats_of(player).is_empty());
            (plays, room.watchers())
        });
        (plays, cell.mode, watchers)
    } else {
        let glance = registry.db.run(move |connection| queries::glance(connection, id)).await?;
        let glance = glance.ok_or(Error::NotFound)?;
        (glance.is_player(player), glance.mode, 0)
    };
    if !plays && !mode.is_watchable() {
        return Err(Error::Forbidden);
    }
    if !plays && watchers >= MOST_SPECTATORS {
        return Err(Error::Unavailable("too many people are watching this match".to_owned()));
    }
    Ok(())
}

fn not_a_socket() -> Response {
    let headers = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL)),
    ];
    (StatusCode::UPGRADE_REQUIRED, headers).into_response()
}

async fn run(mut socket: WebSocket, registry: Arc<Registry>, id: Id, player: Option<Id>, writer: Option<DirectWriter>) {
    let _open = registry.sockets.token();
    let patience = Instant::now() + TAKE_OVER;
    let mut pause = LOOK_AGAIN;
    let reason = loop {
        let outbox = Arc::new(Outbox::new(writer.clone()));
        let room = match enter(&registry, id, player, &outbox).await {
            Ok(room) => room,
            Err(CloseReason::Moved) if Instant::now() < patience => {
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_LOOK);
                continue;
            }
            Err(reason) => break Some(reason),
        };
        let ended = Line::new(&mut socket, &registry, &room, &outbox).talk().await;
        let heard = room.leave(&registry);
        // If the owner went before it let the client in, look for the new owner.
        if ended != Some(CloseReason::Moved) || heard || Instant::now() >= patience {
            break ended;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_LOOK);
    };
    if let Some(reason) = reason {
        close(&mut socket, reason).await;
    }
}

/// Where the room of a socket is.
enum RoomEnd {
    Here(Arc<Cell>, ConnId),
    There(Arc<Edge>),
}

/// Finds the room, which this process may have to take over first, and joins it.
async fn enter(registry: &Registry, id: Id, player: Option<Id>, outbox: &Arc<Outbox>) -> Result<RoomEnd, CloseReason> {
    if registry.is_draining() {
        return Err(CloseReason::Restart);
    }
    match recovery::find(registry, id).await {
        Ok(Whereabouts::Here(cell)) => {
            let conn = registry.join(&cell, player, Arc::clone(outbox))?;
            Ok(RoomEnd::Here(cell, conn))
        }
        Ok(Whereabouts::There { owner, is_over }) => {
            let asked = Asked { match_id: id, is_over, player };
            Ok(RoomEnd::There(registry.switchboard.open(&registry.cluster, owner, asked, Arc::clone(outbox))))
        }
        Ok(Whereabouts::Over | Whereabouts::Unknown) => Err(CloseReason::Over),
        Err(error) => {
            tracing::warn!(%error, match.id = %id, "Could not find the owner of a match");
            Err(CloseReason::Restart)
        }
    }
}

impl RoomEnd {
    fn receive(&self, registry: &Registry, text: &str) -> Result<(), CloseReason> {
        match self {
            Self::Here(cell, conn) => {
                let message = FromClient::parse(text).map_err(|_| CloseReason::BadMessage)?;
                registry.receive(cell, *conn, message)
            }
            Self::There(_) if text.len() > MESSAGE_LIMIT => Err(CloseReason::BadMessage),
            Self::There(edge) => {
                edge.say(&registry.cluster, text);
                Ok(())
            }
        }
    }

    fn measured(&self, registry: &Registry, ms: u16) {
        match self {
            Self::Here(cell, conn) => cell.measured(*conn, ms),
            Self::There(edge) => edge.measured(&registry.cluster, ms),
        }
    }

    /// Leaves the room; returns whether the client has heard of the match.
    fn leave(&self, registry: &Registry) -> bool {
        match self {
            Self::Here(cell, conn) => {
                registry.leave(cell, *conn);
                true
            }
            Self::There(edge) => {
                registry.switchboard.close(&registry.cluster, edge, registry.is_draining());
                edge.is_answered()
            }
        }
    }
}

/// Sends the reason, and waits for the other side to hear it: bytes left unread would cut the connection before that.
async fn close(socket: &mut WebSocket, reason: CloseReason) {
    let (code, reason) = reason.code();
    let frame = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
    let farewell = async {
        if socket.send(frame).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    // It makes no difference whether the other side answers in time.
    let _ = timeout(FAREWELL, farewell).await;
}

/// Why a conversation ended: with a reason to send, or because the other side is gone.
type Ended = Option<CloseReason>;

/// A socket that talks to a room.
struct Line<'a> {
    socket: &'a mut WebSocket,
    registry: &'a Registry,
    room: &'a RoomEnd,
    outbox: &'a Outbox,
    allowance: Allowance,
    heard: Instant,
    /// The ping that is waiting for its answer: its number, and when it was sent.
    ping: (u16, Instant),
}

impl<'a> Line<'a> {
    fn new(socket: &'a mut WebSocket, registry: &'a Registry, room: &'a RoomEnd, outbox: &'a Outbox) -> Self {
        let now = Instant::now();
        Self { socket, registry, room, outbox, allowance: Allowance::new(now), heard: now, ping: (0, now) }
    }

    async fn talk(&mut self) -> Ended {
        let mut tick = std::pin::pin!(sleep(Duration::ZERO));
        loop {
            if let Err(ended) = write_all(self.outbox, self.socket).await {
                return ended;
            }
            tokio::select! {
                biased;
                () = self.outbox.news() => {}
                frame = self.socket.recv() => {
                    if let Err(ended) = self.hear(frame?) {
                        return ended;
                    }
                }
                () = &mut tick => {
                    if let Err(ended) = self.ping(tick.as_mut()).await {
                        return ended;
                    }
                }
            }
        }
    }

    fn hear(&mut self, frame: Result<Message, axum::Error>) -> Result<(), Ended> {
        let now = Instant::now();
        self.heard = now;
        let text = match frame {
            Ok(message) if !self.allowance.take(now) => {
                drop(message);
                return Err(Some(CloseReason::TooMany));
            }
            Ok(Message::Text(text)) => text,
            Ok(Message::Pong(number)) => {
                if number.as_ref() == self.ping.0.to_be_bytes() {
                    let ms = now.duration_since(self.ping.1).as_millis();
                    let ms = u16::try_from(ms).unwrap_or(u16::MAX);
                    self.room.measured(self.registry, ms);
                }
                return Ok(());
            }
            Ok(Message::Ping(_)) => return Ok(()),
            Ok(Message::Binary(_)) => return Err(Some(CloseReason::BadMessage)),
            Ok(Message::Close(_)) => return Err(None),
            Err(error) => return Err(is_nonsense(error).then_some(CloseReason::BadMessage)),
        };
        self.room.receive(self.registry, &text).map_err(Some)
    }

    /// Drops a silent connection; otherwise measures its round trip.
    async fn ping(&mut self, tick: Pin<&mut Sleep>) -> Result<(), Ended> {
        let now = Instant::now();
        if now.duration_since(self.heard) >= SILENCE {
            return Err(None);
        }
        tick.reset(now + PING_EVERY);
        self.ping = (self.ping.0.wrapping_add(1), now);
        let number = Bytes::copy_from_slice(&self.ping.0.to_be_bytes());
        patiently(self.outbox, self.socket.send(Message::Ping(number))).await
    }
}

/// Writes everything that waits, in one go, until nothing does: the wake-up for what came during a pending write is already used
/// up.
async fn write_all<S>(outbox: &Outbox, socket: &mut S) -> Result<(), Ended>
where
    S: Sink<Message, Error = axum::Error> + Unpin,
{
    let mut next = outbox.take();
    while next.is_some() {
        while let Some(this) = next {
            match this {
                Next::Text(text) => patiently(outbox, socket.feed(Message::Text(text))).await?,
                Next::Flush => {}
                Next::Close(reason) => return Err(Some(reason)),
            }
            next = outbox.take();
        }
        patiently(outbox, socket.flush()).await?;
        next = if outbox.written() { outbox.take() } else { None };
    }
    Ok(())
}

/// Waits for a write, unless so much is waiting behind it that the client must be given up.
async fn patiently(outbox: &Outbox, write: impl Future<Output = Result<(), axum::Error>>) -> Result<(), Ended> {
    let mut write = std::pin::pin!(write);
    loop {
        tokio::select! {
            biased;
            done = &mut write => return done.map_err(|_| None),
            () = outbox.news() => if outbox.is_too_slow() {
                return Err(Some(CloseReason::TooSlow));
            },
        }
    }
}

/// Whether a failure to read is the client's fault and not the network's.
fn is_nonsense(error: axum::Error) -> bool {
    let inner = error.into_inner();
    let error = inner.downcast_ref::<tungstenite::Error>();
    matches!(error, Some(tungstenite::Error::Capacity(_) | tungstenite::Error::Utf8(_)))
}

/// How much a client may send: 60 messages a second on average, 120 at once.
struct Allowance {
    /// When the messages so far would have been due at the average rate.
    due: Instant,
}

impl Allowance {
    const EACH: Duration = Duration::from_micros(1_000_000 / 60);
    const BURST: Duration = Duration::from_secs(2);

    const fn new(now: Instant) -> Self {
        Self { due: now }
    }

    fn take(&mut self, now: Instant) -> bool {
        self.due = self.due.max(now) + Self::EACH;
        self.due.duration_since(now) <= Self::BURST
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll};

    use super::*;
    use crate::live::outbox::Frame;

    /// A socket whose first flush takes a while, during which the room sends another message.
    struct Slow<'a> {
        outbox: &'a Outbox,
        wrote: Vec<Message>,
        flushed: usize,
        pending: bool,
    }

    impl Sink<Message> for Slow<'_> {
        type Error = axum::Error;

        fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
            Poll::Ready(Ok(()))
        }

        fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), axum::Error> {
            self.wrote.push(message);
            Ok(())
        }

        fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
            if self.pending {
                self.pending = false;
                self.outbox.send(&Frame::text("second"));
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.flushed = self.wrote.len();
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_comes_while_a_write_is_pending_is_written_too() {
        let outbox = Outbox::default();
        outbox.send(&Frame::text("first"));
        let mut socket = Slow { outbox: &outbox, wrote: vec![], flushed: 0, pending: true };
        write_all(&outbox, &mut socket).await.unwrap();
        assert_eq!(socket.wrote, [Message::Text("first".into()), Message::Text("second".into())]);
        assert_eq!(socket.flushed, 2);
    }

    #[test]
    fn a_burst_is_allowed_and_a_flood_is_not() {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        assert!((0..120).all(|_| allowance.take(start)));
        assert!(!allowance.take(start));
    }

    #[test]
    fn sixty_a_second_are_allowed_for_ever() {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        assert!((0..6_000_u32).all(|n| allowance.take(start + n * Duration::from_millis(1000) / 60)));
    }
}
