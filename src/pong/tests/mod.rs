//! What holds for every match, whoever plays.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::default_trait_access,
    clippy::struct_field_names,
    reason = "small numbers in tests"
)]

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
