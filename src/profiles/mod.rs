//! Players' pages: who somebody is, with what other features know of them.

pub mod pages;
