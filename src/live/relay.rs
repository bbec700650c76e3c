//! Sockets on one replica that talk to a match on another.
//!
//! The socket's replica passes on what its client sends and writes what comes back; it measures round trips and enforces the
//! limits. To the owner's room, such a connection differs only in its outbox.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use super::{
    messages::Relay,
    outbox::{Frame, Outbox, Remote},
    protocol::{CloseReason, FromClient},
    registry::Registry,
    rematch,
    room::MOST_SPECTATORS,
    switchboard::{Asked, RemoteConn},
};
use crate::{cluster::bus::HearingOwn, id::Id};

/// How often to check whether the replicas at the other ends are alive.
const CHECK: Duration = Duration::from_millis(100);

/// Carries out the messages of other replicas, for as long as the process runs.
pub(super) async fn run(registry: Arc<Registry>, mut relays: HearingOwn<Relay>) {
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
                // Whatever was on its way may be lost.
                hang_up(&registry, |_| true);
            }
            relay = relays.next() => match relay {
                Some((from, relay)) => carry_out(&registry, from, relay),
                None => return,
            },
            _ = check.tick() => {
                hang_up(&registry, |replica| !registry.cluster.lives(replica));
                registry.switchboard.ask_again();
            }
        }
    }
}

fn carry_out(registry: &Arc<Registry>, from: Id, relay: Relay) {
    let board = &registry.switchboard;
    match relay {
        Relay::Join { match_id, is_over, conn, player } => {
            join(registry, from, conn, Asked { match_id, is_over, player });
        }
        Relay::Said { conn, text } => {
            let Some(RemoteConn { cell, conn: own, outbox }) = board.remote(from, conn) else {
                return forget(registry, from, conn);
            };
            let heard = FromClient::parse(&text).map_err(|_| CloseReason::BadMessage);
            if let Err(reason) = heard.and_then(|message| registry.receive(&cell, own, message)) {
                outbox.close(reason);
                leave(registry, from, conn, false);
            }
        }
        Relay::Measured { conn, ms } => match board.remote(from, conn) {
            Some(remote) => remote.cell.measured(remote.conn, ms),
            None => forget(registry, from, conn),
        },
        Relay::Gone { conn, restarts } => leave(registry, from, conn, restarts),
        Relay::Rematch { match_id, player } => {
            let registry = Arc::clone(registry);
            tokio::spawn(async move {
                if let Err(error) = rematch::ask(&registry, match_id, player).await {
                    tracing::warn!(%error, match.id = %match_id, "Could not make a rematch");
                }
            });
        }
        Relay::Frame { conn, text } => match board.edge(from, conn) {
            Some(edge) => edge.hear(&Frame::text(&text)),
            // It was given up while its owner could not be told.
            None => registry.cluster.tell(from, &Relay::Gone { conn, restarts: true }),
        },
        Relay::Close { conn, code } => {
            if let Some(edge) = board.edge(from, conn) {
                edge.close(CloseReason::of(code));
            }
        }
    }
}

/// Tells a socket elsewhere to come again: its place here was given up while its replica could not be told.
fn forget(registry: &Registry, from: Id, conn: u64) {
    registry.cluster.tell(from, &Relay::Close { conn, code: CloseReason::Moved.code().0 });
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
        // Not `Over`, which would send the page to a result that sends it back.
        outbox.close(CloseReason::Restart);
        return;
    }
    match registry.join(&cell, player, Arc::clone(&outbox)) {
        Ok(own) => {
            registry.switchboard.add_remote(from, conn, RemoteConn { cell, conn: own, outbox });
        }
        Err(reason) => outbox.close(reason),
    }
}

/// A socket of another replica is gone; its client comes back at once if that replica is restarting.
fn leave(registry: &Registry, from: Id, conn: u64, restarts: bool) {
    if let Some(RemoteConn { cell, conn, .. }) = registry.switchboard.remove_remote(from, conn) {
        if restarts {
            registry.enter(&cell, |room, now, _| room.send_away(now));
        }
        registry.leave(&cell, conn);
    }
}

/// Gives up all sockets to and from some replicas.
fn hang_up(registry: &Registry, which: impl Fn(Id) -> bool) {
    for edge in registry.switchboard.edges_to(&which) {
        edge.give_up();
    }
    for (replica, conn) in registry.switchboard.remotes_of(&which) {
        leave(registry, replica, conn, true);
    }
}
