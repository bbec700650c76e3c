//! Matches as records: a player's page with the history, the page of a result, the latest results. Only reads; matches in
//! progress write what stands here.

pub mod cached;
pub mod chart;
pub mod cursor;
pub mod model;
pub mod pages;
pub mod profile;
pub mod queries;
pub mod wording;
