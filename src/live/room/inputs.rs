//! Inputs of people and bots, and the tick at which each one counts.

use super::{
    Phase, Room, SLACK, WINDOW,
    clock::Millis,
    effects::{ConnId, Effects, To},
};
use crate::{
    live::protocol::FromServer,
    pong::{Bot, Direction, Input, Seat, Tick},
};

impl Room {
    #[expect(clippy::too_many_arguments, reason = "the fields of one message, and where it came from")]
    pub(super) fn input(
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
            // Too late to count: moved behind the end, so that the client's state there equals the server's.
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

    pub(super) fn decide(&mut self, seat: Seat, tick: Tick, direction: Direction) {
        // Callers never go below the confirmed tick, so it is not too late.
        let _ = self.timeline.insert(Input { tick, seat, direction });
        if let Some(seat) = self.seats.get_mut(seat.index()) {
            seat.last = (tick, direction);
        }
    }

    /// Releases the key that a seat holds, as nobody is there to do it.
    pub(super) fn stop_paddle(&mut self, place: usize, to: To, now: Millis, fx: &mut Effects) {
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
            // A connection's own inputs come after it, even within the same tick.
            seat.last.0 = tick.saturating_add(1);
        }
        fx.send(to, FromServer::In { s: seat, k: tick, d: Direction::Stop, n: None }.encode());
    }

    pub(super) fn play_bots(&mut self, now: Millis, fx: &mut Effects) {
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
}
