//! Who is there: play is held while somebody is absent, runs again when everybody is there, and ends when somebody is away for too
//! long.

use super::{
    AT_ONCE, COUNTDOWN, Phase, Room, SHORT_COUNTDOWN,
    clock::{Millis, PlayClock},
    effects::{Effects, To},
    seat_message,
    seats::RoomSeat,
};
use crate::{
    live::{model::EndReason, protocol::FromServer},
    pong::Tick,
};

impl Room {
    /// The indices in `seats` of a set of seats.
    pub(super) fn places(&self, bits: u8) -> impl Iterator<Item = usize> + use<> {
        (0..self.seats.len()).filter(move |place| bits & (1 << place) != 0)
    }

    /// A seat's player is no longer there.
    pub(super) fn absent(&mut self, place: usize, now: Millis, fx: &mut Effects) {
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
    pub(super) fn hold_if_absent(&mut self, tick: Tick, now: Millis, fx: &mut Effects) {
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

    /// Lets play run when everybody is there.
    pub(super) fn run_if_complete(&mut self, now: Millis, fx: &mut Effects) {
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
        // After the countdown no input can reach back behind it.
        self.confirm(tick, now, fx);
        let at_once = self.sent_away.take().is_some_and(|sent_away| now < sent_away + AT_ONCE);
        let clock = PlayClock::new(tick, now + if at_once { SHORT_COUNTDOWN } else { COUNTDOWN });
        self.clock = Some(clock);
        self.phase = Phase::Live;
        self.attention = self.next_attention();
        self.save_asked = now;
        fx.send(To::All, FromServer::Go(clock.anchor()).encode());
    }

    /// Ends the match when a budget of absence is used up: the side that is there wins. When nobody is there, a player who comes
    /// back within their own budget still wins; if nobody does, nobody wins.
    pub(super) fn expire(&mut self, now: Millis, fx: &mut Effects) {
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
}
