//! What visitors choose for themselves.

pub mod pages;
