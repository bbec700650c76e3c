//! Matches as records: players' histories, the page of a result, the latest results. Matches in progress write what stands
//! here; [`counts`] adds up what they come to.

pub mod cached;
pub mod chart;
pub mod counts;
pub mod cursor;
pub mod model;
pub mod pages;
pub mod queries;
pub mod wording;
