//! Sockets on one replica that talk to a match on another.
//!
//! The socket's replica passes on what its client says and writes what comes back; it measures round trips and enforces the
//! limits. The owner's room knows such a connection by its outbox alone.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::time::{MissedTickBehavior, interval};

use super::{
    Live,
    effects::ConnId,
    outbox::{Frame, Outbox, Remote},
    protocol::{CloseReason, FromClient},
    registry::{Cell, Registry},
    room::MOST_SPECTATORS,
};
use crate::{
    cluster::{Relays, bus::Relay},
    id::Id,
};

/// How often it is checked whether the replicas at the other ends live.
const CHECK: Duration = Duration::from_millis(100);

/// How long an owner may take to let a socket in before it is asked again.
const ANSWER: Duration = Duration::from_millis(800);

/// Both ends of relayed sockets, as far as they are in this process.
#[derive(Default)]
pub(super) struct Switchboard {
    next: AtomicU64,
    /// Sockets here, by number.
    edges: Mutex<HashMap<u64, Arc<Edge>>>,
    /// Sockets of other replicas in rooms here, by replica and number.
    guests: Mutex<HashMap<(Id, u64), Guest>>,
}

/// A socket here whose match is played elsewhere.
pub(super) struct Edge {
    number: u64,
    owner: Id,
    outbox: Arc<Outbox>,
    /// When the owner was asked.
    asked: Instant,
    /// The owner has said something: the client is in the match.
    answered: AtomicBool,
}

/// A socket elsewhere whose match is played here.
struct Guest {
    cell: Arc<Cell>,
    conn: ConnId,
    outbox: Arc<Outbox>,
}

/// Who wants in where.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub match_id: Id,
    /// The database calls the match finished.
    pub is_over: bool,
    pub player: Option<Id>,
}

impl Edge {
    /// The client said something.
    pub fn say(&self, registry: &Registry, text: &str) {
        registry.cluster.tell(self.owner, &Relay::Said { conn: self.number, text: text.to_owned() });
    }

    /// A round trip to the client was measured, in ms.
    pub fn measured(&self, registry: &Registry, ms: u16) {
        registry.cluster.tell(self.owner, &Relay::Measured { conn: self.number, ms });
    }

    /// This process ends: who talks through it comes back elsewhere.
    pub fn restart(&self) {
        self.outbox.close(CloseReason::Restart);
    }

    /// Whether the client has heard of the match.
    pub fn is_answered(&self) -> bool {
        self.answered.load(Ordering::Acquire)
    }
}

impl Switchboard {
    /// Asks the owner of a match to let a socket in.
    pub fn open(&self, registry: &Registry, owner: Id, asked: Asked, outbox: Arc<Outbox>) -> Arc<Edge> {
        let Asked { match_id, is_over, player } = asked;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let edge = Arc::new(Edge { number, owner, outbox, asked: Instant::now(), answered: AtomicBool::new(false) });
        self.edges.lock().insert(number, Arc::clone(&edge));
        registry.cluster.tell(owner, &Relay::Join { match_id, is_over, conn: number, player });
        if registry.cluster.is_degraded() || !registry.cluster.lives(owner) {
            edge.outbox.close(CloseReason::Moved);
        }
        edge
    }

    /// The socket is gone.
    pub fn close(&self, registry: &Registry, edge: &Edge) {
        if self.edges.lock().remove(&edge.number).is_some() {
            registry.cluster.tell(edge.owner, &Relay::Gone { conn: edge.number, restarts: registry.is_draining() });
        }
    }

    /// The sockets here.
    pub fn edges(&self) -> Vec<Arc<Edge>> {
        self.edges.lock().values().cloned().collect()
    }

    /// How many sockets here talk to matches elsewhere.
    pub fn count(&self) -> usize {
        self.edges.lock().len()
    }
}

/// Carries out what other replicas say, for as long as the process runs.
pub(super) async fn run(live: Live, mut relays: Relays) {
    let registry = live.registry();
    let mut up = registry.cluster.up();
    let mut check = interval(CHECK);
    check.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            changed = up.changed() => {
                if changed.is_err() {
                    return;
                }
                // Whatever was under way may be lost.
                hang_up(registry, |_| true);
            }
            relay = relays.recv() => match relay {
                Some((from, relay)) => carry_out(&live, from, relay),
                None => return,
            },
            _ = check.tick() => {
                hang_up(registry, |replica| !registry.cluster.lives(replica));
                ask_again(registry);
            }
        }
    }
}

fn carry_out(live: &Live, from: Id, relay: Relay) {
    let registry = live.registry();
    let board = &registry.relay;
    match relay {
        Relay::Join { match_id, is_over, conn, player } => {
            join(registry, from, conn, Asked { match_id, is_over, player });
        }
        Relay::Said { conn, text } => {
            let Some((cell, own, outbox)) = guest(board, from, conn) else {
                return forget(registry, from, conn);
            };
            let heard = FromClient::parse(&text).map_err(|_| CloseReason::BadMessage);
            if let Err(reason) = heard.and_then(|message| registry.receive(&cell, own, message)) {
                outbox.close(reason);
                leave(registry, from, conn, false);
            }
        }
        Relay::Measured { conn, ms } => match guest(board, from, conn) {
            Some((cell, own, _)) => cell.measured(own, ms),
            None => forget(registry, from, conn),
        },
        Relay::Gone { conn, restarts } => leave(registry, from, conn, restarts),
        Relay::Rematch { match_id, player } => {
            let live = live.clone();
            tokio::spawn(async move {
                if let Err(error) = live.rematch(match_id, player).await {
                    tracing::warn!(%error, match.id = %match_id, "A rematch could not be made");
                }
            });
        }
        Relay::Frame { conn, text } => {
            if let Some(edge) = edge(board, from, conn) {
                edge.answered.store(true, Ordering::Release);
                edge.outbox.send(&Frame::text(&text));
            } else {
                // It was given up while its owner could not be told.
                registry.cluster.tell(from, &Relay::Gone { conn, restarts: true });
            }
        }
        Relay::Close { conn, code } => {
            if let Some(edge) = edge(board, from, conn) {
                edge.outbox.close(CloseReason::of(code));
            }
        }
    }
}

/// A socket elsewhere whose place here was given up while its replica could not be told: it is to come again.
fn forget(registry: &Registry, from: Id, conn: u64) {
    registry.cluster.tell(from, &Relay::Close { conn, code: CloseReason::Moved.code().0 });
}

fn edge(board: &Switchboard, from: Id, conn: u64) -> Option<Arc<Edge>> {
    board.edges.lock().get(&conn).filter(|edge| edge.owner == from).cloned()
}

fn guest(board: &Switchboard, from: Id, conn: u64) -> Option<(Arc<Cell>, ConnId, Arc<Outbox>)> {
    let guests = board.guests.lock();
    guests.get(&(from, conn)).map(|guest| (Arc::clone(&guest.cell), guest.conn, Arc::clone(&guest.outbox)))
}

fn join(registry: &Registry, from: Id, conn: u64, asked: Asked) {
    let Asked { match_id, is_over, player } = asked;
    let remote = Remote { cluster: registry.cluster.clone(), replica: from, conn };
    let outbox = Arc::new(Outbox::remote(remote));
    let Some(cell) = registry.cell(match_id) else {
        outbox.close(if is_over { CloseReason::Over } else { CloseReason::Moved });
        return;
    };
    let full = cell.look(|room| {
        let plays = player.is_some_and(|player| !room.seats_of(player).is_empty());
        !plays && (!cell.mode.is_watchable() || room.watchers() >= MOST_SPECTATORS)
    });
    if full {
        // Not over: that would lead the page to a result that leads back.
        outbox.close(CloseReason::Restart);
        return;
    }
    match registry.join(&cell, player, Arc::clone(&outbox)) {
        Ok(own) => {
            registry.relay.guests.lock().insert((from, conn), Guest { cell, conn: own, outbox });
        }
        Err(reason) => outbox.close(reason),
    }
}

/// A socket of another replica is gone; its client comes back at once when that replica restarts.
fn leave(registry: &Registry, from: Id, conn: u64, restarts: bool) {
    let gone = registry.relay.guests.lock().remove(&(from, conn));
    if let Some(Guest { cell, conn, .. }) = gone {
        if restarts {
            registry.enter(&cell, |room, now, _| room.send_away(now));
        }
        registry.leave(&cell, conn);
    }
}

/// Gives up asking owners that do not answer: one whose connection has just come up has not heard.
fn ask_again(registry: &Registry) {
    let edges = registry.relay.edges.lock();
    for edge in edges.values().filter(|edge| !edge.is_answered() && edge.asked.elapsed() > ANSWER) {
        edge.outbox.close(CloseReason::Moved);
    }
}

/// Gives up all sockets that lead to or come from some replicas.
fn hang_up(registry: &Registry, which: impl Fn(Id) -> bool) {
    let cut: Vec<Arc<Edge>> = registry.relay.edges.lock().values().filter(|edge| which(edge.owner)).cloned().collect();
    for edge in cut {
        edge.outbox.close(CloseReason::Moved);
    }
    let gone: Vec<(Id, u64)> =
        registry.relay.guests.lock().keys().copied().filter(|(replica, _)| which(*replica)).collect();
    for (replica, conn) in gone {
        leave(registry, replica, conn, true);
    }
}
