//! A match in progress, without I/O: sockets, clocks and the database are elsewhere.
//!
//! Every method takes the present server time and leaves what it wants done in [`Effects`]. Nothing runs between calls:
//! [`Room::next_wake`] says when the room must be called again (a ball may reach a goal, a bot looks, an absence ends). The room
//! decides at which tick each input counts; every client converges to that.
//!
//! This file has connections and messages; [`inputs`], [`settling`], [`presence`] and [`ending`] have the rest.

pub mod clock;
pub mod effects;
mod ending;
pub mod fairness;
mod inputs;
mod presence;
pub mod seats;
mod settling;

use self::{
    clock::{Millis, PlayClock},
    effects::{ConnId, Effects, Outcome, To},
    seats::{RoomSeat, SeatSpec},
};
use super::{
    model::EndReason,
    protocol::{CloseReason, FromClient, FromServer, Join, PhaseName, SeatKind},
};
use crate::{
    id::Id,
    pong::{Log, Rules, Seat, State, Tick, Timeline},
};

/// How far back an input may reach, in ticks (150 ms): older ticks are confirmed.
pub const WINDOW: Tick = 9;
/// How far ahead an input may be, in ticks.
pub const SLACK: Tick = 6;
/// The countdown before play runs, in ms.
pub const COUNTDOWN: Millis = 3_000;
/// The countdown when the site itself sent the players away and they are back at once, in ms: long enough to find the ball again.
pub const SHORT_COUNTDOWN: Millis = 500;
/// How soon after the site sent players away they count as back at once, in ms.
const AT_ONCE: Millis = 5_000;
/// How long a room waits for its players to come, in ms.
pub const WAIT: Millis = 60_000;
/// The absence of a player who did not come, in ms: as long as the room waited.
const NO_SHOW: u32 = 60_000;
/// How much play may be unsaved, in ms.
pub const SAVE_EVERY: Millis = 4_000;
/// How long a finished room stays for a rematch, in ms.
pub const LINGER: Millis = 120_000;
/// How long after the end a player who is not connected can still be asked for a rematch, in ms: they may be on their way from one
/// page to the next.
pub const ON_THE_WAY: Millis = 60_000;
/// The most spectators of one match.
pub const MOST_SPECTATORS: usize = 200;
/// How far the room looks ahead for the next thing that can happen, in ticks.
const LOOK_AHEAD: Tick = 300;
/// At most one `resync` within this time is answered, in ms.
const RESYNC_EVERY: Millis = 500;

/// What a room is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomSpec {
    /// What is played.
    pub rules: Rules,
    /// The seed of the match.
    pub seed: u32,
    /// The seats from left to right.
    pub seats: Vec<SeatSpec>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Waits for the players to come, until a time.
    Waiting(Millis),
    /// Play, and the countdown before it.
    Live,
    /// Play stops or has stopped at a tick.
    Held(Tick),
    /// Over; the room goes at a time.
    Finished(Millis),
}

/// A connection, of a player or a spectator.
#[derive(Debug)]
struct Conn {
    id: ConnId,
    /// The seats that it plays, as bits.
    seats: u8,
    /// The count of its last input.
    n: u32,
    /// When it last got a complete `join`.
    joined_at: Millis,
}

impl Conn {
    const fn plays(&self, seat: Seat) -> bool {
        self.seats & (1 << seat.number()) != 0
    }
}

/// A match in progress.
#[derive(Debug)]
pub struct Room {
    timeline: Timeline,
    seats: Vec<RoomSeat>,
    conns: Vec<Conn>,
    phase: Phase,
    /// Binds ticks to time from the first countdown on.
    clock: Option<PlayClock>,
    /// Nothing can happen before this tick is confirmed.
    attention: Tick,
    points: Vec<(Tick, Seat)>,
    longest_rally: u32,
    rally: u32,
    /// The log is stored below this tick.
    saved: Tick,
    /// When saving was last asked for.
    save_asked: Millis,
    outcome: Option<Outcome>,
    end_told: bool,
    /// When the site itself sent players away (the match was taken over from another process, or a replica that relayed them is
    /// stopping), until play runs again.
    sent_away: Option<Millis>,
}

impl Room {
    /// A match that is waiting for its players.
    #[must_use]
    pub fn new(spec: RoomSpec, now: Millis) -> Self {
        Self::recovered(spec, Log::default(), 0, now)
    }

    /// A match that was interrupted: its log is complete below `until`. It goes on from there when the players are back, after a
    /// countdown (a short one if they are back within seconds).
    #[must_use]
    pub fn recovered(spec: RoomSpec, log: Log, until: Tick, now: Millis) -> Self {
        let RoomSpec { rules, seed, seats } = spec;
        let seats = seats
            .into_iter()
            .zip(0..)
            .filter_map(|(spec, number)| Some(RoomSeat::new(Seat::new(number)?, spec, seed, until)))
            .collect();
        let mut room = Self {
            timeline: Timeline::new(rules, seed),
            seats,
            conns: Vec::new(),
            phase: Phase::Waiting(now + WAIT),
            clock: None,
            attention: 0,
            points: Vec::new(),
            longest_rally: 0,
            rally: 0,
            saved: until,
            save_asked: now,
            outcome: None,
            end_told: false,
            sent_away: (until > 0).then_some(now),
        };
        if until > 0 {
            room.restore(&log, until, now);
        }
        room
    }

    /// The seats of a player; empty for a spectator.
    #[must_use]
    pub fn seats_of(&self, player: Id) -> Vec<Seat> {
        let own = |seat: &&RoomSeat| seat.is_human() && seat.spec.player == Some(player);
        if !self.seats.iter().any(|seat| own(&seat)) {
            return Vec::new();
        }
        let with_alias = self.seats.iter().filter(|seat| own(seat) || seat.spec.kind == SeatKind::Alias);
        with_alias.map(|seat| seat.seat).collect()
    }

    /// Adds a connection, either of a player, who takes their seats over from any older connection, or of a spectator. What was due
    /// before ([`Room::advance`]) must be sent before the connection is added, as `join` must be its first message.
    pub fn join(&mut self, conn: ConnId, player: Option<Id>, now: Millis, fx: &mut Effects) {
        self.advance(now, fx);
        let own = player.map(|player| self.seats_of(player)).unwrap_or_default();
        let bits = own.iter().fold(0, |bits, seat| bits | 1 << seat.number());
        let older = self.conns.iter().filter(|other| other.seats & bits != 0);
        let older: Vec<ConnId> = older.map(|other| other.id).collect();
        for old in older {
            self.conns.retain(|conn| conn.id != old);
            fx.closes.push((old, CloseReason::Taken));
        }
        self.conns.push(Conn { id: conn, seats: bits, n: 0, joined_at: now });
        for place in self.places(bits) {
            // Whoever held the key before does not hold it on this connection.
            self.stop_paddle(place, To::Others(conn), now, fx);
            if let Some(seat) = self.seats.get_mut(place) {
                seat.conn = Some(conn);
                seat.away = false;
                seat.round_trip = None;
                seat.end_absence(now);
            }
        }
        self.send_join(conn, now, fx);
        for place in self.places(bits) {
            if let Some(seat) = self.seats.get(place) {
                fx.send(To::Others(conn), seat_message(seat, now));
            }
        }
        self.run_if_complete(now, fx);
        self.expire(now, fx);
    }

    /// Notes that the site itself sends a player to another connection: they are not to blame, and will be back at once.
    pub const fn send_away(&mut self, now: Millis) {
        self.sent_away = Some(now);
    }

    /// Removes a connection.
    pub fn disconnect(&mut self, conn: ConnId, now: Millis, fx: &mut Effects) {
        self.advance(now, fx);
        let Some(place) = self.conns.iter().position(|other| other.id == conn) else {
            return;
        };
        let gone = self.conns.swap_remove(place);
        for place in self.places(gone.seats) {
            if let Some(seat) = self.seats.get_mut(place) {
                seat.conn = None;
                seat.round_trip = None;
            }
            self.absent(place, now, fx);
        }
    }

    /// Handles a message from a connection.
    ///
    /// # Errors
    /// The reason to close the connection; the caller then reports that with [`Room::disconnect`].
    pub fn receive(
        &mut self,
        conn: ConnId,
        message: FromClient,
        now: Millis,
        fx: &mut Effects,
    ) -> Result<(), CloseReason> {
        let Some(place) = self.conns.iter().position(|other| other.id == conn) else {
            return Ok(()); // taken over or dropped a moment ago
        };
        let Some(this) = self.conns.get_mut(place) else {
            return Ok(());
        };
        let seats = this.seats;
        match message {
            FromClient::Input { n, tick, direction, seat } => {
                let seat = match seat {
                    Some(seat) if this.plays(seat) => seat,
                    None if seats != 0 => {
                        Seat::new(u8::try_from(seats.trailing_zeros()).unwrap_or(0)).ok_or(CloseReason::BadMessage)?
                    }
                    _ => return Err(CloseReason::BadMessage),
                };
                if n <= this.n {
                    return Err(CloseReason::BadMessage);
                }
                this.n = n;
                self.input(conn, n, seat, tick, direction, now, fx);
            }
            FromClient::Ping(c) => {
                let n = this.n;
                let mut trips = [None; Seat::MOST];
                for (trip, seat) in trips.iter_mut().zip(&self.seats) {
                    *trip = seat.round_trip;
                }
                let q = trips.get(..self.seats.len()).unwrap_or_default();
                fx.send(To::One(conn), FromServer::Pong { c, s: now, n, q }.encode());
            }
            FromClient::Away => {
                self.advance(now, fx);
                for place in self.places(seats) {
                    if let Some(seat) = self.seats.get_mut(place).filter(|seat| !seat.away) {
                        seat.away = true;
                        self.absent(place, now, fx);
                    }
                }
            }
            FromClient::Back => {
                self.advance(now, fx);
                for place in self.places(seats) {
                    if let Some(seat) = self.seats.get_mut(place).filter(|seat| seat.away) {
                        seat.away = false;
                        seat.end_absence(now);
                        fx.send(To::All, seat_message(seat, now));
                    }
                }
                self.run_if_complete(now, fx);
                self.expire(now, fx);
            }
            FromClient::Resync => {
                if now >= this.joined_at + RESYNC_EVERY {
                    this.joined_at = now;
                    self.advance(now, fx);
                    self.send_join(conn, now, fx);
                }
            }
            FromClient::Leave if seats == 0 => return Err(CloseReason::BadMessage),
            FromClient::Leave => self.give_up(seats, now, fx),
        }
        Ok(())
    }

    /// Notes a measured round trip to a connection, in ms.
    pub fn measured(&mut self, conn: ConnId, round_trip: u16) {
        for seat in self.seats.iter_mut().filter(|seat| seat.conn == Some(conn)) {
            seat.trips.add(round_trip);
            seat.round_trip = Some(round_trip);
        }
    }

    /// Does what is due at a time.
    pub fn advance(&mut self, now: Millis, fx: &mut Effects) {
        match self.phase {
            Phase::Waiting(until) => {
                if now >= until {
                    self.finish(EndReason::NoShow, None, now, fx);
                }
            }
            Phase::Live | Phase::Held(_) => {
                self.settle(now, fx);
                self.expire(now, fx);
                self.play_bots(now, fx);
                if self.phase == Phase::Live && now >= self.save_asked + SAVE_EVERY {
                    self.ask_save(now, fx);
                }
            }
            Phase::Finished(until) => {
                if now >= until && self.end_told {
                    for conn in self.conns.drain(..) {
                        fx.closes.push((conn.id, CloseReason::Over));
                    }
                }
            }
        }
    }

    /// When [`Room::advance`] must be called next if nothing else happens; `None` when no call is due.
    #[must_use]
    pub fn next_wake(&self, now: Millis) -> Option<Millis> {
        // A budget that is already used up waits for somebody to come back, so it sets no time.
        let running = |deadline: &Millis| *deadline > now;
        let absences = self.seats.iter().filter_map(RoomSeat::deadline).filter(running).min();
        match (self.phase, self.clock) {
            (Phase::Waiting(until), _) => Some(until),
            // After that time it waits for its result to be stored, however long the database is away.
            (Phase::Finished(until), _) => Some(until).filter(running),
            (Phase::Live, Some(clock)) => {
                let settles = clock.time_of(self.attention.saturating_add(WINDOW));
                let looks = self.seats.iter().filter_map(|seat| Some(clock.time_of(seat.bot.as_ref()?.1))).min();
                let wakes = [Some(settles), looks, absences, Some(self.save_asked + SAVE_EVERY)];
                wakes.into_iter().flatten().min()
            }
            (Phase::Held(tick), Some(clock)) if self.timeline.confirmed().tick < tick => {
                let settles = clock.time_of(tick.saturating_add(WINDOW));
                Some(absences.map_or(settles, |absence| absence.min(settles)))
            }
            (Phase::Live | Phase::Held(_), _) => absences,
        }
    }

    /// The result, once the match is over.
    #[must_use]
    pub const fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// The confirmed score of each seat.
    #[must_use]
    pub fn score(&self) -> &[u8] {
        self.timeline.confirmed().score.get(..self.seats.len()).unwrap_or_default()
    }

    /// Who sits on the seats.
    pub fn specs(&self) -> impl Iterator<Item = &SeatSpec> {
        self.seats.iter().map(|seat| &seat.spec)
    }

    /// The rules of the match.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        self.timeline.rules()
    }

    /// The log and its confirmed state.
    #[must_use]
    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// How many people are watching.
    #[must_use]
    pub fn watchers(&self) -> usize {
        self.conns.iter().filter(|conn| conn.seats == 0).count()
    }

    /// Whether the match is over and no longer kept for a rematch.
    #[must_use]
    pub const fn has_lingered(&self, now: Millis) -> bool {
        matches!(self.phase, Phase::Finished(until) if now >= until)
    }

    /// Whether play has run, runs or can run.
    #[must_use]
    pub const fn is_playing(&self) -> bool {
        matches!(self.phase, Phase::Live | Phase::Held(_))
    }

    fn send_join(&self, conn: ConnId, now: Millis, fx: &mut Effects) {
        let Some(this) = self.conns.iter().find(|other| other.id == conn) else {
            return;
        };
        let confirmed: &State = self.timeline.confirmed();
        let (phase, hold) = match self.phase {
            Phase::Waiting(_) => (PhaseName::Waiting, None),
            Phase::Live => (PhaseName::Live, None),
            Phase::Held(tick) => (PhaseName::Held, Some(tick)),
            Phase::Finished(_) => (PhaseName::Finished, None),
        };
        let since = self.timeline.log().since(confirmed.tick);
        let join = Join {
            you: self.seats.iter().map(|seat| seat.seat).filter(|seat| this.plays(*seat)).collect(),
            rules: self.timeline.rules(),
            seed: self.timeline.seed(),
            seats: self.seats.iter().map(|seat| seat.view(now)).collect(),
            phase,
            clock: self.clock.map(PlayClock::anchor),
            hold,
            n: this.n,
            now,
            state: confirmed.to_ints(),
            inputs: since.iter().map(|input| (input.tick, input.seat, input.direction)).collect(),
        };
        fx.send(To::One(conn), FromServer::Join(join).encode());
        if self.end_told
            && let Some(text) = self.end_message()
        {
            fx.send(To::One(conn), text);
        }
        for seat in self.seats.iter().filter(|seat| seat.wants_rematch) {
            fx.send(To::One(conn), FromServer::Rematch { s: seat.seat }.encode());
        }
    }
}

fn seat_message(seat: &RoomSeat, now: Millis) -> String {
    FromServer::Seat { s: seat.seat, on: seat.is_present(), left: seat.left_at(now) }.encode()
}
