//! Transcendence: people play Pong against each other, live, in the browser.

pub mod pong;
