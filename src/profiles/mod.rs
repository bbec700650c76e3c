//! Players' pages: who a player is, with what other features know about them.

pub mod pages;
