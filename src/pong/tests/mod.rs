//! What holds for every match, whoever plays.

mod bots;
mod log;
mod matches;
mod mirror;
mod pure;
mod rollback;
mod rules;
mod support;
mod tunnelling;
mod vectors;
