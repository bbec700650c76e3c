//! What the site is, and what it keeps about people.

pub mod pages;
