//! The game: a pure, deterministic function on integers, `state' = step(rules, state)`, 60 times a second.
//!
//! A match is its rules, a seed and a log of inputs; everything else (live play, replays, recovery, bots) reads or writes that log.
//! So nothing in here may know about clocks, randomness other than the generator in the state, the network or the database. The
//! files of the same names in `static/pong` do the same in JavaScript and agree bit for bit.
//!
//! Lengths are in units (the classic field is 1000 × 600) in the rules, and in sub-units of 1/256 in the state; x grows to the
//! right, y grows downwards; speeds are in sub-units a tick.

pub mod angle;
pub mod bot;
pub mod input;
mod leap;
pub mod log;
pub mod rules;
pub mod state;
pub mod step;
pub mod timeline;

pub use bot::{Bot, Strength, exhibition};
pub use input::{Direction, Input, Seat, Tick};
pub use log::{Log, LogError};
pub use rules::{Rules, RulesError, RulesSpec, TICKS_PER_SECOND};
pub use state::State;
pub use step::{Events, steer, step};
pub use timeline::{Timeline, TooLate};

#[cfg(test)]
mod tests;
