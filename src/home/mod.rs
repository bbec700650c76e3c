//! The home page.

pub mod demo;
pub mod pages;
