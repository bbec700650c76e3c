//! The seats of a match in progress: who sits there, whether they are there, and what was measured for them.

use super::{
    clock::Millis,
    effects::ConnId,
    fairness::{Fairness, RoundTrips},
};
use crate::{
    id::Id,
    live::protocol::{SeatKind, SeatView},
    pong::{Bot, Direction, Seat, Strength, Tick},
};

/// How long a seat may be absent in all before it forfeits, in ms.
pub const ABSENCE_BUDGET: u32 = 30_000;
/// The least that an absence costs, in ms, so that a flickering connection cannot stop play forever.
pub const LEAST_ABSENCE: u32 = 1_000;

/// Who sits on a seat, as given when the match is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatSpec {
    /// The name to show.
    pub name: String,
    /// Who sits there.
    pub kind: SeatKind,
    /// The player's key; `None` for an alias, who plays at the keyboard of the other seat.
    pub player: Option<Id>,
    /// How well a bot plays; `None` for people.
    pub strength: Option<Strength>,
}

/// A seat of a room.
#[derive(Debug)]
pub(super) struct RoomSeat {
    pub seat: Seat,
    pub spec: SeatSpec,
    /// The bot that plays, and the tick of its next look.
    pub bot: Option<(Bot, Tick)>,
    /// The connection that plays.
    pub conn: Option<ConnId>,
    /// The page is hidden.
    pub away: bool,
    /// When the running absence began to count.
    pub absent_since: Option<Millis>,
    /// Absence still allowed, as of the end of the last absence.
    pub left: u32,
    /// The tick and the direction of the last decided input.
    pub last: (Tick, Direction),
    pub trips: RoundTrips,
    /// The newest round trip of the present connection.
    pub round_trip: Option<u16>,
    pub inputs: u32,
    pub late_inputs: u32,
    pub pauses: u32,
    pub absent_ms: u32,
    pub wants_rematch: bool,
}

impl RoomSeat {
    pub fn new(seat: Seat, spec: SeatSpec, seed: u32, next_look: Tick) -> Self {
        let bot = (spec.kind == SeatKind::Bot).then(|| {
            let strength = spec.strength.unwrap_or(Strength::Medium);
            // Not the match's own seed: a bot must not know the serves.
            let own = seed.rotate_left(16) ^ 0x5bd1_e995 ^ u32::from(seat.number()) ^ next_look;
            (Bot::new(strength, seat, own), next_look)
        });
        Self {
            seat,
            spec,
            bot,
            conn: None,
            away: false,
            absent_since: None,
            left: ABSENCE_BUDGET,
            last: (0, Direction::Stop),
            trips: RoundTrips::default(),
            round_trip: None,
            inputs: 0,
            late_inputs: 0,
            pauses: 0,
            absent_ms: 0,
            wants_rematch: false,
        }
    }

    /// Whether a person must be there (an alias sits with the owner of the keyboard).
    pub const fn is_human(&self) -> bool {
        self.bot.is_none()
    }

    /// Whether the seat can play now.
    pub const fn is_present(&self) -> bool {
        self.bot.is_some() || (self.conn.is_some() && !self.away)
    }

    /// When the budget of the running absence is used up.
    pub fn deadline(&self) -> Option<Millis> {
        self.absent_since.map(|since| since + Millis::from(self.left))
    }

    /// Absence left at a time, in ms.
    pub fn left_at(&self, now: Millis) -> u32 {
        match self.deadline() {
            Some(deadline) => u32::try_from(deadline.saturating_sub(now)).unwrap_or(self.left),
            None => self.left,
        }
    }

    /// Ends the running absence, if any, and charges it.
    pub fn end_absence(&mut self, now: Millis) {
        if let Some(since) = self.absent_since.take() {
            let passed = u32::try_from(now.saturating_sub(since)).unwrap_or(u32::MAX);
            self.absent_ms = self.absent_ms.saturating_add(passed);
            self.left = self.left.saturating_sub(passed.max(LEAST_ABSENCE));
        }
    }

    pub fn view(&self, now: Millis) -> SeatView<'_> {
        SeatView {
            name: self.spec.name.as_str().into(),
            kind: self.spec.kind,
            on: self.is_present(),
            left: self.left_at(now),
        }
    }

    pub fn fairness(&self) -> Fairness {
        Fairness {
            round_trip: self.trips.median(),
            jitter: self.trips.jitter(),
            inputs: self.inputs,
            late_inputs: self.late_inputs,
            pauses: self.pauses,
            absent_ms: self.absent_ms,
        }
    }
}
