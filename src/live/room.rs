//! A match in progress, without I/O: sockets, clocks and the database are elsewhere.
//!
//! Every method takes the present server time and leaves what it wants done in [`Effects`]. Between calls nothing runs:
//! [`Room::next_wake`] says when the room must be called again (a ball may reach a goal, a bot looks, an absence ends).
//! The room decides at which tick each input counts; every client converges to that.

use super::{
    clock::{Millis, PlayClock},
    effects::{Chunk, ConnId, Effects, Outcome, To},
    model::EndReason,
    protocol::{CloseReason, FromClient, FromServer, Join, PhaseName, SeatKind},
    seats::{RoomSeat, SeatSpec},
};
use crate::{
    id::Id,
    pong::{Bot, Direction, Input, Log, Rules, Seat, State, Tick, Timeline, steer, step},
};

/// How far back an input may reach, in ticks (150 ms): older ticks are confirmed.
pub const WINDOW: Tick = 9;
/// How far ahead an input may be, in ticks.
pub const SLACK: Tick = 6;
/// The countdown before play runs, in ms.
pub const COUNTDOWN: Millis = 3_000;
/// The countdown when it was the site that sent the players away and they are back at once: long enough to find the ball again,
/// in ms.
pub const SHORT_COUNTDOWN: Millis = 500;
/// How long after the site sent the players away they count as back at once, in ms.
const AT_ONCE: Millis = 5_000;
/// How long a room waits for the players to come, in ms.
pub const WAIT: Millis = 60_000;
/// The absence of who did not come, in ms: as long as was waited.
const NO_SHOW: u32 = 60_000;
/// Play that may be unsaved, in ms.
pub const SAVE_EVERY: Millis = 4_000;
/// How long a finished room stays for a rematch, in ms.
pub const LINGER: Millis = 120_000;
/// How long after the end a rematch can be asked of a player who is not connected, in ms: he may be on his way from one
/// page to the next.
pub const ON_THE_WAY: Millis = 60_000;
/// The most that watch one match.
pub const MOST_SPECTATORS: usize = 200;
/// How far the room looks ahead for the next thing that can happen, in ticks.
const LOOK_AHEAD: Tick = 300;
/// At most one `resync` in this time is answered, in ms.
const RESYNC_EVERY: Millis = 500;

/// What a room is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomSpec {
    /// What is played.
    pub rules: Rules,
    /// The seed of the match.
    pub seed: u32,
    /// The seats from the left on.
    pub seats: Vec<SeatSpec>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// For the players to come, until a time.
    Waiting(Millis),
    /// Play, and the countdown before it.
    Live,
    /// Play stops or has stopped at a tick.
    Held(Tick),
    /// Over; the room goes at a time.
    Finished(Millis),
}

/// A connection: a player's, or a spectator's.
#[derive(Debug)]
struct Conn {
    id: ConnId,
    /// The seats it plays, as bits.
    seats: u8,
    /// The count of its last input.
    n: u32,
    /// When it last got a whole `join`.
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
    /// When the site itself sent players away (the match was taken over from another process, or a replica that they talked
    /// through ends), until play runs again.
    sent_away: Option<Millis>,
}

impl Room {
    /// A match that waits for its players.
    #[must_use]
    pub fn new(spec: RoomSpec, now: Millis) -> Self {
        Self::recovered(spec, Log::default(), 0, now)
    }

    /// A match that was interrupted: its log is complete below `until`. It goes on from there, with a countdown (a short one
    /// when that is within seconds), when the players are back.
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

    fn restore(&mut self, log: &Log, until: Tick, now: Millis) {
        for input in log.between(0, until) {
            // Nothing is confirmed yet, so no input is too late.
            let _ = self.timeline.insert(*input);
        }
        self.confirm(until, now, &mut Effects::default());
        if self.outcome.is_some() {
            return;
        }
        let tick = self.timeline.confirmed().tick;
        for seat in &mut self.seats {
            let held = self.timeline.confirmed().held.get(seat.seat.index());
            seat.last = (tick, held.copied().unwrap_or_default());
            if seat.is_human() {
                seat.absent_since = Some(now);
            }
        }
        self.clock = Some(PlayClock::new(tick, now));
        self.phase = Phase::Held(tick);
        let mut unheard = Effects::default();
        for place in 0..self.seats.len() {
            self.stop_paddle(place, To::All, now, &mut unheard);
        }
    }

    /// The seats of a player; empty: a spectator.
    #[must_use]
    pub fn seats_of(&self, player: Id) -> Vec<Seat> {
        let own = |seat: &&RoomSeat| seat.is_human() && seat.spec.player == Some(player);
        if !self.seats.iter().any(|seat| own(&seat)) {
            return Vec::new();
        }
        let with_alias = self.seats.iter().filter(|seat| own(seat) || seat.spec.kind == SeatKind::Alias);
        with_alias.map(|seat| seat.seat).collect()
    }

    /// A connection came: of a player, who takes his seats over from any older connection, or of a spectator. What was due
    /// before ([`Room::advance`]) must be sent before the connection is added, as `join` is its first message.
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
            // Whoever held the key before does not hold it here.
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

    /// The site itself sends a player to another connection: he is not to blame, and will be back at once.
    pub const fn send_away(&mut self, now: Millis) {
        self.sent_away = Some(now);
    }

    /// A connection went.
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

    /// A message of a connection.
    ///
    /// # Errors
    /// The reason to close the connection for; the caller then reports it with [`Room::disconnect`].
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

    /// A round trip to a connection was measured, in ms.
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

    /// When [`Room::advance`] must be called next, if nothing else happens; `None`: not before something does.
    #[must_use]
    pub fn next_wake(&self, now: Millis) -> Option<Millis> {
        // A budget that is used up already waits for somebody to come back, not for a time.
        let running = |deadline: &Millis| *deadline > now;
        let absences = self.seats.iter().filter_map(RoomSeat::deadline).filter(running).min();
        match (self.phase, self.clock) {
            (Phase::Waiting(until), _) => Some(until),
            // Once that has passed it waits for its result to be stored, however long the database is away.
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

    /// What is decided for good and not stored yet; `None` when there is nothing, or the match is over (its outcome
    /// holds everything).
    #[must_use]
    pub fn chunk(&self) -> Option<Chunk> {
        let until = self.timeline.confirmed().tick;
        if self.outcome.is_some() || until <= self.saved {
            return None;
        }
        let inputs = Log::encode(self.timeline.log().between(self.saved, until));
        Some(Chunk { until, inputs })
    }

    /// The log is stored below this tick now.
    pub fn saved(&mut self, until: Tick) {
        self.saved = self.saved.max(until);
    }

    /// The result, once the match is over.
    #[must_use]
    pub const fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Tells everybody that the match is over; called once the result is stored (or could not be for a while).
    pub fn tell_end(&mut self, fx: &mut Effects) {
        if self.end_told || self.outcome.is_none() {
            return;
        }
        self.end_told = true;
        if let Some(text) = self.end_message() {
            fx.send(To::All, text);
        }
    }

    /// A seat asks for a rematch; returns whether now all agree. Nothing happens before the end.
    pub fn ask_rematch(&mut self, seat: Seat, fx: &mut Effects) -> bool {
        if self.outcome.is_none() {
            return false;
        }
        if let Some(seat) = self.seats.get_mut(seat.index()).filter(|seat| !seat.wants_rematch) {
            seat.wants_rematch = true;
            fx.send(To::All, FromServer::Rematch { s: seat.seat }.encode());
        }
        self.seats.iter().all(|seat| seat.wants_rematch || matches!(seat.spec.kind, SeatKind::Bot | SeatKind::Alias))
    }

    /// Whether a rematch cannot come about: somebody else has neither agreed to one nor been here for a while.
    #[must_use]
    pub fn others_are_gone(&self, player: Id, now: Millis) -> bool {
        let Phase::Finished(until) = self.phase else { return false };
        let needed =
            |seat: &&RoomSeat| seat.is_human() && seat.spec.kind != SeatKind::Alias && seat.spec.player != Some(player);
        let gone = |seat: &RoomSeat| seat.conn.is_none() && !seat.wants_rematch;
        now + LINGER > until + ON_THE_WAY && self.seats.iter().filter(needed).any(gone)
    }

    /// Sends everybody to another page.
    pub fn go_to(&self, url: &str, fx: &mut Effects) {
        fx.send(To::All, FromServer::Goto { url }.encode());
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

    /// The log and what is confirmed of it.
    #[must_use]
    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// How many watch.
    #[must_use]
    pub fn watchers(&self) -> usize {
        self.conns.iter().filter(|conn| conn.seats == 0).count()
    }

    /// Whether it is over, and no longer kept for a rematch.
    #[must_use]
    pub const fn has_lingered(&self, now: Millis) -> bool {
        matches!(self.phase, Phase::Finished(until) if now >= until)
    }

    /// Whether play has run, runs or can run.
    #[must_use]
    pub const fn is_playing(&self) -> bool {
        matches!(self.phase, Phase::Live | Phase::Held(_))
    }

    // ---- inputs

    #[expect(clippy::too_many_arguments, reason = "the fields of one message, and where it came from")]
    fn input(
        &mut self,
        conn: ConnId,
        n: u32,
        seat: Seat,
        tick: i64,
        direction: Direction,
        now: Millis,
        fx: &mut Effects,
    ) {
        if self.outcome.is_some() {
            // Too late for anything: moved behind the end, so that the client's state is the server's there.
            let k = self.timeline.confirmed().tick;
            fx.send(To::One(conn), FromServer::In { s: seat, k, d: direction, n: Some(n) }.encode());
            return;
        }
        let (low, high) = self.acceptable(now);
        let Some(place) = self.seats.get_mut(seat.index()) else {
            return;
        };
        let wanted = Tick::try_from(tick.max(0)).unwrap_or(Tick::MAX);
        let decided = wanted.clamp(low, high).max(place.last.0);
        place.inputs = place.inputs.saturating_add(1);
        let moved = i64::from(decided) != tick;
        if moved {
            place.late_inputs = place.late_inputs.saturating_add(1);
            fx.moved += 1;
        }
        self.decide(seat, decided, direction);
        let message = FromServer::In { s: seat, k: decided, d: direction, n: None };
        fx.send(To::Others(conn), message.encode());
        if moved {
            let message = FromServer::In { s: seat, k: decided, d: direction, n: Some(n) };
            fx.send(To::One(conn), message.encode());
        }
    }

    /// The earliest and the latest tick at which an input may count now.
    fn acceptable(&self, now: Millis) -> (Tick, Tick) {
        let confirmed = self.timeline.confirmed().tick;
        let (low, high) = match (self.phase, self.clock) {
            (Phase::Live, Some(clock)) => {
                let present = clock.present(now);
                (present.saturating_sub(WINDOW), present.saturating_add(SLACK))
            }
            (Phase::Held(tick), Some(clock)) => (clock.present(now).saturating_sub(WINDOW).min(tick), tick),
            _ => (confirmed, confirmed),
        };
        let low = low.max(confirmed);
        (low, high.max(low))
    }

    fn decide(&mut self, seat: Seat, tick: Tick, direction: Direction) {
        // Callers never go below what is confirmed, so it is not too late.
        let _ = self.timeline.insert(Input { tick, seat, direction });
        if let Some(seat) = self.seats.get_mut(seat.index()) {
            seat.last = (tick, direction);
        }
    }

    /// Lets go of the key that a seat holds, as nobody is there to do it.
    fn stop_paddle(&mut self, place: usize, to: To, now: Millis, fx: &mut Effects) {
        let Some((seat, last)) = self.seats.get(place).map(|seat| (seat.seat, seat.last)) else {
            return;
        };
        if last.1 == Direction::Stop || self.outcome.is_some() {
            return;
        }
        let present = match (self.phase, self.clock) {
            (Phase::Held(tick), _) => tick,
            (Phase::Live, Some(clock)) => clock.present(now),
            _ => 0,
        };
        let tick = present.max(last.0).max(self.timeline.confirmed().tick);
        self.decide(seat, tick, Direction::Stop);
        if let Some(seat) = self.seats.get_mut(place) {
            // Own inputs of a connection come after it, also when they are of the same tick.
            seat.last.0 = tick.saturating_add(1);
        }
        fx.send(to, FromServer::In { s: seat, k: tick, d: Direction::Stop, n: None }.encode());
    }

    fn play_bots(&mut self, now: Millis, fx: &mut Effects) {
        let (Phase::Live, Some(clock)) = (self.phase, self.clock) else {
            return;
        };
        let present = clock.present(now);
        for place in 0..self.seats.len() {
            let Some(seat) = self.seats.get_mut(place) else { return };
            let last = seat.last.0;
            let Some((bot, next_look)) = seat.bot.as_mut().filter(|(_, next_look)| *next_look <= present) else {
                continue;
            };
            *next_look = present.saturating_add(Bot::LOOK_EVERY);
            let state = self.timeline.state_at(present);
            for input in bot.look(self.timeline.rules(), &state) {
                let tick = input.tick.max(present).max(last);
                self.decide(input.seat, tick, input.direction);
                let message = FromServer::In { s: input.seat, k: tick, d: input.direction, n: None };
                fx.send(To::All, message.encode());
                if let Some(seat) = self.seats.get_mut(place) {
                    seat.inputs = seat.inputs.saturating_add(1);
                }
            }
        }
    }

    // ---- what is decided for good

    /// Confirms what no input can change any more.
    fn settle(&mut self, now: Millis, fx: &mut Effects) {
        let Some(clock) = self.clock else { return };
        let horizon = clock.present(now).saturating_sub(WINDOW);
        let horizon = match self.phase {
            Phase::Held(tick) => horizon.min(tick),
            _ => horizon,
        };
        self.confirm(horizon, now, fx);
    }

    fn confirm(&mut self, tick: Tick, now: Millis, fx: &mut Effects) {
        if tick > self.timeline.confirmed().tick {
            let before = self.points.len();
            let seats = self.seats.len();
            let Self { timeline, points, longest_rally, rally, .. } = self;
            timeline.confirm(tick, |state, events| {
                *rally += events.hits();
                *longest_rally = (*longest_rally).max(*rally);
                if let Some(seat) = events.point() {
                    *rally = 0;
                    points.push((state.tick, seat));
                    let score = state.score.get(..seats).unwrap_or_default();
                    fx.send(To::All, FromServer::Point { k: state.tick, score, h: state.hash() }.encode());
                }
            });
            if let Some(winner) = self.timeline.confirmed().winner() {
                self.finish(EndReason::Score, Some(winner), now, fx);
                return;
            }
            if self.points.len() > before {
                self.ask_save(now, fx);
                if self.phase == Phase::Live {
                    self.hold_if_absent(self.timeline.confirmed().tick, now, fx);
                }
            }
        }
        if self.timeline.confirmed().tick >= self.attention {
            self.attention = self.next_attention();
        }
    }

    /// The tick of the next thing that can happen: inputs can only turn a return into a point or a point into a return,
    /// so until the next of both nothing does.
    fn next_attention(&self) -> Tick {
        let (mut state, rules) = (*self.timeline.confirmed(), self.timeline.rules());
        let mut inputs = self.timeline.log().since(state.tick).iter().peekable();
        for _ in 0..LOOK_AHEAD {
            while let Some(input) = inputs.next_if(|input| input.tick <= state.tick) {
                steer(&mut state, input.seat, input.direction);
            }
            let events = step(rules, &mut state);
            if events.hits() > 0 || events.point().is_some() {
                break;
            }
        }
        state.tick
    }

    fn ask_save(&mut self, now: Millis, fx: &mut Effects) {
        self.save_asked = now;
        fx.save = true;
    }

    // ---- presence

    /// The places in `seats` of a set of seats.
    fn places(&self, bits: u8) -> impl Iterator<Item = usize> + use<> {
        (0..self.seats.len()).filter(move |place| bits & (1 << place) != 0)
    }

    /// A seat is not there any more.
    fn absent(&mut self, place: usize, now: Millis, fx: &mut Effects) {
        self.stop_paddle(place, To::All, now, fx);
        let playing = self.is_playing();
        let Some(seat) = self.seats.get_mut(place) else { return };
        if playing && seat.absent_since.is_none() {
            seat.absent_since = Some(now);
        }
        if self.outcome.is_none() {
            fx.send(To::All, seat_message(seat, now));
        }
        let (Phase::Live, Some(clock)) = (self.phase, self.clock) else {
            return;
        };
        let present = clock.present(now);
        if clock.counts_down(now) {
            self.hold_if_absent(clock.start(), now, fx);
        } else if self.timeline.confirmed().pause > 0 && self.timeline.state_at(present).pause > 0 {
            self.hold_if_absent(present, now, fx);
        }
    }

    /// Holds play at a tick when somebody is absent.
    fn hold_if_absent(&mut self, tick: Tick, now: Millis, fx: &mut Effects) {
        let absent = |seat: &&mut RoomSeat| !seat.is_present();
        for seat in self.seats.iter_mut().filter(absent) {
            seat.pauses = seat.pauses.saturating_add(1);
            if self.phase == Phase::Live {
                self.phase = Phase::Held(tick);
                fx.send(To::All, FromServer::Hold { k: tick, s: seat.seat }.encode());
            }
        }
        if self.phase == Phase::Held(tick) {
            self.ask_save(now, fx);
        }
    }

    /// Lets play run when all are there.
    fn run_if_complete(&mut self, now: Millis, fx: &mut Effects) {
        if !self.seats.iter().all(RoomSeat::is_present) {
            return;
        }
        let tick = match self.phase {
            Phase::Waiting(_) => {
                fx.started = true;
                self.timeline.confirmed().tick
            }
            Phase::Held(tick) => tick,
            _ => return,
        };
        // After the countdown nobody can reach back behind it.
        self.confirm(tick, now, fx);
        let at_once = self.sent_away.take().is_some_and(|sent_away| now < sent_away + AT_ONCE);
        let clock = PlayClock::new(tick, now + if at_once { SHORT_COUNTDOWN } else { COUNTDOWN });
        self.clock = Some(clock);
        self.phase = Phase::Live;
        self.attention = self.next_attention();
        self.save_asked = now;
        fx.send(To::All, FromServer::Go(clock.anchor()).encode());
    }

    /// Ends the match when a budget of absence is used up: the side that is there wins. When nobody is, who comes back
    /// within the own budget still wins; if nobody does, nobody wins.
    fn expire(&mut self, now: Millis, fx: &mut Effects) {
        if self.outcome.is_some() {
            return;
        }
        let spent = |seat: &RoomSeat| seat.deadline().is_some_and(|deadline| deadline <= now);
        if !self.seats.iter().any(spent) {
            return;
        }
        let mut humans = self.seats.iter().filter(|seat| seat.is_human());
        if let Some(there) = humans.find(|seat| seat.is_present()) {
            let winner = there.seat;
            self.finish(EndReason::Forfeit, Some(winner), now, fx);
        } else if self.seats.iter().filter(|seat| seat.is_human()).all(spent) {
            self.finish(EndReason::Abandoned, None, now, fx);
        }
    }

    fn give_up(&mut self, seats: u8, now: Millis, fx: &mut Effects) {
        self.advance(now, fx);
        if self.outcome.is_some() {
            return;
        }
        if let (Phase::Live, Some(clock)) = (self.phase, self.clock) {
            // A point that was just made counts, though it could still have been undone.
            self.confirm(clock.present(now), now, fx);
        }
        if self.outcome.is_some() {
            return;
        }
        let mut others = self.seats.iter().filter(|seat| seats & (1 << seat.seat.number()) == 0);
        match others.next().map(|seat| seat.seat) {
            _ if !self.is_playing() => self.finish(EndReason::Aborted, None, now, fx),
            Some(winner) => self.finish(EndReason::Left, Some(winner), now, fx),
            None => self.finish(EndReason::Abandoned, None, now, fx),
        }
    }

    // ---- the end, and what is sent whole

    fn finish(&mut self, why: EndReason, winner: Option<Seat>, now: Millis, fx: &mut Effects) {
        for seat in &mut self.seats {
            seat.end_absence(now);
            if why == EndReason::NoShow && !seat.is_present() {
                seat.absent_ms = NO_SHOW;
            }
        }
        let end = *self.timeline.confirmed();
        self.phase = Phase::Finished(now + LINGER);
        self.outcome = Some(Outcome {
            why,
            winner,
            ticks: end.tick,
            score: self.score().to_vec(),
            points: std::mem::take(&mut self.points),
            longest_rally: self.longest_rally,
            log: Log::encode(self.timeline.log().between(0, end.tick)),
            fairness: self.seats.iter().map(RoomSeat::fairness).collect(),
        });
        fx.finished = true;
    }

    fn end_message(&self) -> Option<String> {
        let outcome = self.outcome.as_ref()?;
        let Outcome { why, winner, ticks, score, fairness, .. } = outcome;
        let missing =
            self.seats.iter().zip(fairness).filter(|(_, card)| *why == EndReason::NoShow && card.absent_ms > 0);
        let missing: Vec<Seat> = missing.map(|(seat, _)| seat.seat).collect();
        Some(FromServer::End { k: *ticks, winner: *winner, why: *why, score, missing: &missing }.encode())
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
