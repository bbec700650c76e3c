//! The site's URLs, made in one place. Their patterns are in `site::routes`.

use crate::id::Id;

/// The lobby, where people find a match.
pub const LOBBY: &str = "/play";

/// The page of a player.
#[must_use]
pub fn player(name: &str) -> String {
    format!("/players/{name}")
}

/// The result page of a match.
#[must_use]
pub fn result(id: Id) -> String {
    format!("/matches/{id}")
}

/// The page where a match is played or watched.
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

/// The stream of events on some topics.
#[must_use]
pub fn events(topics: &str) -> String {
    format!("/events?topics={topics}")
}

/// The log-in form, which continues to `next`.
#[must_use]
pub fn log_in(next: &str) -> String {
    format!("/login?next={}", urlencoding::encode(next))
}
