//! The site's URLs, made in one place. Their patterns are in `site::routes`.

use std::borrow::Borrow;

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
pub fn result(id: impl Borrow<Id>) -> String {
    format!("/matches/{}", id.borrow())
}

/// The page where a match is played or watched.
#[must_use]
pub fn play(id: impl Borrow<Id>) -> String {
    format!("/matches/{}/play", id.borrow())
}

/// Where a rematch is asked for.
#[must_use]
pub fn rematch(id: impl Borrow<Id>) -> String {
    format!("/matches/{}/rematch", id.borrow())
}

/// The WebSocket of a match.
#[must_use]
pub fn socket(id: impl Borrow<Id>) -> String {
    format!("/live/{}", id.borrow())
}

/// An invitation to a match.
#[must_use]
pub fn invite(token: &str) -> String {
    format!("/play/invite/{token}")
}

/// Where an invitation is cancelled.
#[must_use]
pub fn cancel_invite(token: &str) -> String {
    format!("/play/invite/{token}/cancel")
}

/// The stream of events on some topics.
#[must_use]
pub fn events(topics: &str) -> String {
    format!("/events?topics={topics}")
}

/// The log-in form, which continues to `next`.
#[must_use]
pub fn log_in(next: impl AsRef<str>) -> String {
    format!("/login?next={}", urlencoding::encode(next.as_ref()))
}

/// The sign-up form, which leads on to `next`.
#[must_use]
pub fn sign_up(next: impl AsRef<str>) -> String {
    format!("/signup?next={}", urlencoding::encode(next.as_ref()))
}
