//! What replicas say to each other, and the trait that carries it.

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{id::Id, live::model::Summary};

/// Said to every replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// Somebody entered or left the queue, or a match was found for somebody in it.
    Queue,
    /// An invitation was taken.
    Invite {
        /// Its token.
        token: String,
        /// Its match.
        match_id: Id,
    },
    /// What a replica plays, for lists; said about once a second while there is something.
    Playing {
        /// The replica.
        replica: Id,
        /// The most watched matches.
        matches: Vec<Summary>,
    },
}

/// Said to one replica: a socket on one replica talks to a match on another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relay {
    /// To the owner: a socket came.
    Join {
        /// The match.
        match_id: Id,
        /// It is over, and kept for a rematch.
        is_over: bool,
        /// The socket's number on its replica.
        conn: u64,
        /// Whose it is; nobody's: a spectator's.
        player: Option<Id>,
    },
    /// To the owner: the socket said something.
    Said {
        /// The socket.
        conn: u64,
        /// A message of `pong.v1`.
        text: String,
    },
    /// To the owner: a round trip to the socket was measured.
    Measured {
        /// The socket.
        conn: u64,
        /// In ms.
        ms: u16,
    },
    /// To the owner: the socket is gone.
    Gone {
        /// The socket.
        conn: u64,
        /// Its replica ends; an older version does not say so.
        #[serde(default)]
        restarts: bool,
    },
    /// To the owner: a player of a finished match asks for a rematch.
    Rematch {
        /// The match.
        match_id: Id,
        /// Who asks.
        player: Id,
    },
    /// To the socket's replica: a message for it.
    Frame {
        /// The socket.
        conn: u64,
        /// A message of `pong.v1`.
        text: String,
    },
    /// To the socket's replica: close it.
    Close {
        /// The socket.
        conn: u64,
        /// Code of the close frame.
        code: u16,
    },
}

/// Carries messages between replicas, and counts for all of them.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Says something to every replica, this one included; never waits.
    fn tell_all(&self, note: &Note);
    /// Says something to one replica, in order; never waits.
    fn tell(&self, replica: Id, relay: &Relay);
    /// Whether messages cross now. When it changes, messages may have been lost.
    fn up(&self) -> watch::Receiver<bool>;
    /// See [`super::Cluster::count`].
    async fn count(&self, key: &str, burst: NonZeroU32, period: Duration) -> Option<Result<(), Duration>>;
    /// How many milliseconds a message to oneself took lately; `None` when unknown.
    fn latency(&self) -> Option<Duration>;
}
