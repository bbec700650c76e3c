//! What replicas tell each other about matches in progress.

use serde::{Deserialize, Serialize};

use super::model::Summary;
use crate::{cluster::bus::Topic, id::Id};

/// What a replica plays, for lists; sent about once a second while there is something to list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playing {
    /// The replica.
    pub replica: Id,
    /// The most watched matches.
    pub matches: Vec<Summary>,
}

impl Topic for Playing {
    const NAME: &'static str = "live.playing";
}

/// Sent to one replica: a socket on one replica talks to a match on another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relay {
    /// To the owner: a socket came.
    Join {
        /// The match.
        match_id: Id,
        /// The match is over, and kept for a rematch.
        is_over: bool,
        /// The socket's number on its replica.
        conn: u64,
        /// The socket's player; `None` for a spectator.
        player: Option<Id>,
    },
    /// To the owner: the socket sent a message.
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
        /// Its replica is stopping.
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

impl Topic for Relay {
    const NAME: &'static str = "live.relay";
}
