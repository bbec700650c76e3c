//! What a room wants done; the I/O code around it carries it out.

use super::fairness::Fairness;
use crate::{
    live::{model::EndReason, protocol::CloseReason},
    pong::{Seat, Tick},
};

/// One connection to a room, unique in the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId(pub u64);

/// Who gets a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// One connection.
    One(ConnId),
    /// Everybody but one.
    Others(ConnId),
    /// Everybody.
    All,
}

/// The work that calls to a room have left behind, in order. Kept and reused, so that steady play allocates only the texts.
#[derive(Debug, Default)]
pub struct Effects {
    /// Messages, each encoded once.
    pub sends: Vec<(To, String)>,
    /// Connections to close; the room has already forgotten them.
    pub closes: Vec<(ConnId, CloseReason)>,
    /// Inputs that came too late or too early, and were moved to another tick.
    pub moved: u32,
    /// The log should be saved soon: a point was made, or there are 4 s of unsaved play.
    pub save: bool,
    /// Play ran for the first time.
    pub started: bool,
    /// The match is over and waits to be stored; see [`super::Room::outcome`].
    pub finished: bool,
}

impl Effects {
    pub(super) fn send(&mut self, to: To, text: String) {
        self.sends.push((to, text));
    }
}

/// A match that is over, as it will be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub why: EndReason,
    /// Who won; `None` when nobody did.
    pub winner: Option<Seat>,
    /// The last tick, which is the length of play.
    pub ticks: Tick,
    /// The score of each seat.
    pub score: Vec<u8>,
    /// When each point was made, and by whom.
    pub points: Vec<(Tick, Seat)>,
    /// The most returns within one point.
    pub longest_rally: u32,
    /// Every input of the match, encoded.
    pub log: Vec<u8>,
    /// What was measured for each seat.
    pub fairness: Vec<Fairness>,
}

/// Inputs that are final and not stored yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The log is complete below this tick.
    pub until: Tick,
    /// The inputs since the last chunk, encoded.
    pub inputs: Vec<u8>,
}
