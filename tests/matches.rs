//! Matches as records.
