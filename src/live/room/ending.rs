//! The end of a match, and whether another one follows.

use super::{
    LINGER, NO_SHOW, ON_THE_WAY, Phase, Room,
    clock::Millis,
    effects::{Effects, Outcome, To},
    seats::RoomSeat,
};
use crate::{
    id::Id,
    live::{
        model::EndReason,
        protocol::{FromServer, SeatKind},
    },
    pong::{Log, Seat},
};

impl Room {
    pub(super) fn give_up(&mut self, seats: u8, now: Millis, fx: &mut Effects) {
        self.advance(now, fx);
        if self.outcome.is_some() {
            return;
        }
        if let (Phase::Live, Some(clock)) = (self.phase, self.clock) {
            // A point that was just made counts, although it could still have been undone.
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

    pub(super) fn finish(&mut self, why: EndReason, winner: Option<Seat>, now: Millis, fx: &mut Effects) {
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

    pub(super) fn end_message(&self) -> Option<String> {
        let outcome = self.outcome.as_ref()?;
        let Outcome { why, winner, ticks, score, fairness, .. } = outcome;
        let missing =
            self.seats.iter().zip(fairness).filter(|(_, card)| *why == EndReason::NoShow && card.absent_ms > 0);
        let missing: Vec<Seat> = missing.map(|(seat, _)| seat.seat).collect();
        Some(FromServer::End { k: *ticks, winner: *winner, why: *why, score, missing: &missing }.encode())
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

    /// A seat asks for a rematch; returns whether all agree now. Does nothing before the end.
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

    /// Whether a rematch is impossible: `ON_THE_WAY` after the end, somebody else has neither agreed nor is connected.
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
}
