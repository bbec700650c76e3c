//! Matches as records: players' histories, the page of a result, the latest results. Live matches write these records; [`tally`]
//! adds up their results.

pub mod cached;
pub mod chart;
pub mod cursor;
pub mod model;
pub mod pages;
pub mod queries;
pub mod tally;
pub mod wording;
