//! Matches as records: players' histories, the page of a result, the latest results. Live matches write these records; [`counts`]
//! adds up their results.

pub mod cached;
pub mod chart;
pub mod counts;
pub mod cursor;
pub mod model;
pub mod pages;
pub mod queries;
pub mod wording;
