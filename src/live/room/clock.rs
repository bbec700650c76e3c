//! Converts ticks to server time and back. Time comes in as a number; nothing here reads a clock.

use crate::{
    live::protocol::Anchor,
    pong::{TICKS_PER_SECOND, Tick},
};

/// Server time in ms since the start of the process.
pub type Millis = u64;

/// The clock of play: a tick bound to a time. Until that time, play counts down and stays at the tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayClock {
    tick: Tick,
    at: Millis,
}

impl PlayClock {
    /// A clock that reaches `tick` at `at`.
    #[must_use]
    pub const fn new(tick: Tick, at: Millis) -> Self {
        Self { tick, at }
    }

    /// The tick at a time; the first one during the countdown.
    #[must_use]
    pub fn present(self, now: Millis) -> Tick {
        let passed = now.saturating_sub(self.at).saturating_mul(u64::from(TICKS_PER_SECOND)) / 1000;
        self.tick.saturating_add(Tick::try_from(passed).unwrap_or(Tick::MAX))
    }

    /// The first millisecond of a tick.
    #[must_use]
    pub fn time_of(self, tick: Tick) -> Millis {
        let ticks = u64::from(tick.saturating_sub(self.tick));
        self.at + (ticks * 1000).div_ceil(u64::from(TICKS_PER_SECOND))
    }

    /// Whether the countdown is still running.
    #[must_use]
    pub const fn counts_down(self, now: Millis) -> bool {
        now < self.at
    }

    /// The clock as the protocol writes it.
    #[must_use]
    pub const fn anchor(self) -> Anchor {
        Anchor { k: self.tick, at: self.at }
    }

    /// The tick that the clock started from.
    #[must_use]
    pub const fn start(self) -> Tick {
        self.tick
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_begins_at_its_time_and_not_a_millisecond_before() {
        let clock = PlayClock::new(100, 5_000);
        assert_eq!(clock.present(0), 100);
        for tick in 101..400 {
            let time = clock.time_of(tick);
            assert_eq!(clock.present(time), tick);
            assert_eq!(clock.present(time - 1), tick - 1);
        }
    }
}
