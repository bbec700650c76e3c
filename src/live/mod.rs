//! Matches in progress. `Room` is a match without I/O; the rest carries its messages, wakes it, saves it and brings it back.

pub mod clock;
pub mod effects;
pub mod fairness;
pub mod protocol;
pub mod room;
pub mod seats;

#[cfg(test)]
mod tests;
