//! Sockets that talk to a match on another replica: both ends, as far as they are in this process.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::{
    cell::Cell,
    messages::Relay,
    outbox::{Frame, Outbox},
    protocol::CloseReason,
    room::effects::ConnId,
};
use crate::{cluster::Cluster, id::Id};

/// How long an owner may take to let a socket in before it is asked again.
const ANSWER: Duration = Duration::from_millis(800);

/// Both ends, as far as they are in this process.
#[derive(Default)]
pub(super) struct Switchboard {
    next: AtomicU64,
    /// Sockets here, by number.
    edges: Mutex<HashMap<u64, Arc<Edge>>>,
    /// Sockets of other replicas in rooms here, by replica and number.
    remotes: Mutex<HashMap<(Id, u64), RemoteConn>>,
}

/// A socket here whose match is played elsewhere.
pub(super) struct Edge {
    number: u64,
    owner: Id,
    outbox: Arc<Outbox>,
    /// When the owner was asked.
    asked: Instant,
    /// The owner has sent something: the client is in the match.
    answered: AtomicBool,
}

/// A socket elsewhere whose match is played here.
#[derive(Clone)]
pub(super) struct RemoteConn {
    pub cell: Arc<Cell>,
    pub conn: ConnId,
    pub outbox: Arc<Outbox>,
}

/// Who wants to join which match.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub match_id: Id,
    /// The match is finished in the database.
    pub is_over: bool,
    pub player: Option<Id>,
}

impl Edge {
    /// Passes on a message from the client.
    pub fn say(&self, cluster: &Cluster, text: &str) {
        cluster.tell(self.owner, &Relay::Said { conn: self.number, text: text.to_owned() });
    }

    /// Passes on a measured round trip to the client, in ms.
    pub fn measured(&self, cluster: &Cluster, ms: u16) {
        cluster.tell(self.owner, &Relay::Measured { conn: self.number, ms });
    }

    /// Sends the client to another replica, because this process is stopping.
    pub fn restart(&self) {
        self.outbox.close(CloseReason::Restart);
    }

    /// Tells the client to look for the match again: the owner has no place for it, or not any more.
    pub fn give_up(&self) {
        self.outbox.close(CloseReason::Moved);
    }

    /// Passes on a message from the owner to the client.
    pub fn hear(&self, frame: &Frame) {
        self.answered.store(true, Ordering::Release);
        self.outbox.send(frame);
    }

    /// Closes the connection on behalf of the owner.
    pub fn close(&self, reason: CloseReason) {
        self.outbox.close(reason);
    }

    /// Whether the client has heard of the match.
    pub fn is_answered(&self) -> bool {
        self.answered.load(Ordering::Acquire)
    }
}

impl Switchboard {
    /// Asks the owner of a match to let a socket in.
    pub fn open(&self, cluster: &Cluster, owner: Id, asked: Asked, outbox: Arc<Outbox>) -> Arc<Edge> {
        let Asked { match_id, is_over, player } = asked;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let edge = Arc::new(Edge { number, owner, outbox, asked: Instant::now(), answered: AtomicBool::new(false) });
        self.edges.lock().insert(number, Arc::clone(&edge));
        cluster.tell(owner, &Relay::Join { match_id, is_over, conn: number, player });
        if cluster.is_degraded() || !cluster.lives(owner) {
            edge.outbox.close(CloseReason::Moved);
        }
        edge
    }

    /// Removes a socket that is gone; `restarts` when this process is stopping.
    pub fn close(&self, cluster: &Cluster, edge: &Edge, restarts: bool) {
        if self.edges.lock().remove(&edge.number).is_some() {
            cluster.tell(edge.owner, &Relay::Gone { conn: edge.number, restarts });
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

    /// A socket here that talks to a match on a replica.
    pub fn edge(&self, owner: Id, conn: u64) -> Option<Arc<Edge>> {
        self.edges.lock().get(&conn).filter(|edge| edge.owner == owner).cloned()
    }

    /// The sockets here that talk to matches on some replicas.
    pub fn edges_to(&self, which: impl Fn(Id) -> bool) -> Vec<Arc<Edge>> {
        self.edges.lock().values().filter(|edge| which(edge.owner)).cloned().collect()
    }

    /// Gives up on owners that do not answer: one whose connection has only just come up did not hear the question.
    pub fn ask_again(&self) {
        for edge in self.edges.lock().values().filter(|edge| !edge.is_answered() && edge.asked.elapsed() > ANSWER) {
            edge.give_up();
        }
    }

    /// Adds a socket of another replica to a room here.
    pub fn add_remote(&self, replica: Id, conn: u64, remote: RemoteConn) {
        self.remotes.lock().insert((replica, conn), remote);
    }

    /// The place of a socket of another replica in a room here.
    pub fn remote(&self, replica: Id, conn: u64) -> Option<RemoteConn> {
        self.remotes.lock().get(&(replica, conn)).cloned()
    }

    /// Removes a socket of another replica that is gone.
    pub fn remove_remote(&self, replica: Id, conn: u64) -> Option<RemoteConn> {
        self.remotes.lock().remove(&(replica, conn))
    }

    /// The sockets of some replicas in rooms here.
    pub fn remotes_of(&self, which: impl Fn(Id) -> bool) -> Vec<(Id, u64)> {
        self.remotes.lock().keys().copied().filter(|(replica, _)| which(*replica)).collect()
    }
}
