//! The site's URLs, made in one place. Their patterns stand in `site::routes`.

use crate::id::Id;

/// Where people meet.
pub const LOBBY: &str = "/play";

/// A player's page.
#[must_use]
pub fn player(name: &str) -> String {
    format!("/players/{name}")
}

/// The page of a match with its result.
#[must_use]
pub fn result(id: Id) -> String {
    format!("/matches/{id}")
}

/// The page that a match is played or watched in.
#[must_use]
pub fn play(id: Id) -> String {
    format!("/matches/{id}/play")
}

/// The WebSocket of a match.
#[must_use]
pub fn socket(id: Id) -> String {
    format!("/live/{id}")
}

/// An invitation to a match.
#[must_use]
pub fn invite(token: &str) -> String {
    format!("/play/invite/{token}")
}

/// The stream of events about some topics.
#[must_use]
pub fn events(topics: &str) -> String {
    format!("/events?topics={topics}")
}

/// The log-in form, which leads on to `next`.
#[must_use]
pub fn log_in(next: &str) -> String {
    format!("/login?next={}", urlencoding::encode(next))
}
