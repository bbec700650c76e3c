//! Who people are: accounts, guests, bots; signing up, logging in and out.

pub mod guests;
pub mod model;
pub mod queries;
pub mod viewer;
