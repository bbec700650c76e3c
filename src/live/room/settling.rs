//! What is final: ticks that no input can change any more, and how much of them is stored.

use super::{
    LOOK_AHEAD, Phase, Room, WINDOW,
    clock::{Millis, PlayClock},
    effects::{Chunk, Effects, To},
};
use crate::{
    live::{model::EndReason, protocol::FromServer},
    pong::{Log, Tick, steer, step},
};

impl Room {
    /// Confirms what no input can change any more.
    pub(super) fn settle(&mut self, now: Millis, fx: &mut Effects) {
        let Some(clock) = self.clock else { return };
        let horizon = clock.present(now).saturating_sub(WINDOW);
        let horizon = match self.phase {
            Phase::Held(tick) => horizon.min(tick),
            _ => horizon,
        };
        self.confirm(horizon, now, fx);
    }

    pub(super) fn confirm(&mut self, tick: Tick, now: Millis, fx: &mut Effects) {
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

    /// The tick of the next thing that can happen: inputs can only turn a return into a point or a point into a return, so until
    /// the next return or point nothing does.
    pub(super) fn next_attention(&self) -> Tick {
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

    pub(super) fn ask_save(&mut self, now: Millis, fx: &mut Effects) {
        self.save_asked = now;
        fx.save = true;
    }

    pub(super) fn restore(&mut self, log: &Log, until: Tick, now: Millis) {
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

    /// What is final and not stored yet; `None` when there is nothing, or when the match is over (its outcome holds everything).
    #[must_use]
    pub fn chunk(&self) -> Option<Chunk> {
        let until = self.timeline.confirmed().tick;
        if self.outcome.is_some() || until <= self.saved {
            return None;
        }
        let inputs = Log::encode(self.timeline.log().between(self.saved, until));
        Some(Chunk { until, inputs })
    }

    /// Notes that the log is stored below this tick.
    pub fn saved(&mut self, until: Tick) {
        self.saved = self.saved.max(until);
    }
}
