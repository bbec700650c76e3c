//! A match in progress: a state that is confirmed, the log, and what follows from them.

use super::input::{Input, Tick};
use super::leap::leap;
use super::log::Log;
use super::rules::Rules;
use super::state::State;
use super::step::{Events, steer, step};

/// The input is for a tick that is already confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tick is already confirmed")]
pub struct TooLate;

/// A confirmed state, which no input can change any more, and the log.
#[derive(Debug, Clone)]
pub struct Timeline {
    rules: Rules,
    seed: u32,
    log: Log,
    confirmed: State,
    /// Index of the first input that the confirmed state does not include.
    next: usize,
}

impl Timeline {
    /// A match at its beginning.
    #[must_use]
    pub fn new(rules: Rules, seed: u32) -> Self {
        Self { rules, seed, log: Log::default(), confirmed: State::new(&rules, seed), next: 0 }
    }

    /// A match from its stored log, simulated from its beginning and confirmed up to `tick` (or its end).
    #[must_use]
    pub fn restore(rules: Rules, seed: u32, log: Log, tick: Tick) -> Self {
        let mut timeline = Self { log, ..Self::new(rules, seed) };
        timeline.confirm(tick, |_, _| ());
        timeline
    }

    /// What is played.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The seed of the match.
    #[must_use]
    pub fn seed(&self) -> u32 {
        self.seed
    }

    /// All inputs.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The state that no input can change any more.
    #[must_use]
    pub fn confirmed(&self) -> &State {
        &self.confirmed
    }

    /// Adds an input.
    ///
    /// # Errors
    /// When its tick is already confirmed: only inputs at the confirmed state's tick and later can still count.
    pub fn insert(&mut self, input: Input) -> Result<(), TooLate> {
        if input.tick < self.confirmed.tick {
            return Err(TooLate);
        }
        self.log.insert(input);
        Ok(())
    }

    /// Confirms everything up to `tick`, but stops at a win; `on` is called after each step in which something happened.
    pub fn confirm(&mut self, tick: Tick, mut on: impl FnMut(&State, Events)) {
        while self.confirmed.tick < tick && self.confirmed.winner().is_none() {
            self.next = steer_all(&mut self.confirmed, &self.log, self.next);
            let events = step(&self.rules, &mut self.confirmed);
            if !events.is_empty() {
                on(&self.confirmed, events);
            }
        }
    }

    /// The state at `tick` with the inputs known so far; the confirmed state if `tick` is before it.
    #[must_use]
    pub fn state_at(&self, tick: Tick) -> State {
        let mut state = self.confirmed;
        self.look_ahead(&mut state, tick, |_| false);
        state
    }

    /// The tick of the first state after the next point with the inputs known so far, if it is within `limit` ticks after the
    /// confirmed one. Cheap: it goes from return to return, not from tick to tick.
    #[must_use]
    pub fn next_goal(&self, limit: u32) -> Option<Tick> {
        if self.confirmed.winner().is_some() {
            return None;
        }
        let mut state = self.confirmed;
        let until = state.tick.saturating_add(limit);
        self.look_ahead(&mut state, until, |events| events.point().is_some()).then_some(state.tick)
    }

    /// Takes a state on to tick `until`, or to the first step with events that `stop` wants; returns whether it met one.
    fn look_ahead(&self, state: &mut State, until: Tick, stop: impl Fn(Events) -> bool) -> bool {
        let mut next = self.next;
        while state.tick < until {
            next = steer_all(state, &self.log, next);
            let calm = self.log.inputs().get(next).map_or(until, |input| input.tick.min(until));
            if leap(&self.rules, state, calm - state.tick) == 0 && stop(step(&self.rules, state)) {
                return true;
            }
        }
        false
    }
}

/// Applies the inputs of the state's tick; returns the index of the first later one.
fn steer_all(state: &mut State, log: &Log, mut next: usize) -> usize {
    while let Some(input) = log.inputs().get(next).filter(|input| input.tick <= state.tick) {
        steer(state, input.seat, input.direction);
        next += 1;
    }
    next
}
