//! Transcendence: play Pong against each other, live, in the browser.
//!
//! The modules from the top down, a row at a time: each uses only modules of its own row and of the rows below it, never in a
//! circle (`tests/architecture` checks that).

pub mod site;

pub mod ops;

pub mod about;
pub mod home;
pub mod profiles;

pub mod lobby;
pub mod matches;
pub mod settings;

pub mod accounts;
pub mod live;

pub mod page;

pub mod players;

pub mod web;

pub mod assets;
pub mod cache;
pub mod cluster;
pub mod error;
pub mod jobs;
pub mod metrics;
pub mod push;

pub mod clock;
pub mod config;
pub mod db;
pub mod id;
pub mod language;
pub mod paths;

pub mod pong;
