//! Every URL of the site, grouped by who requests it, then by feature.

use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
};

use super::state::AppState;
use crate::{
    about, accounts, assets, error::Error, home, live, lobby, matches, metrics, ops, page, profiles, settings,
};

/// Everything on the public port.
pub fn all() -> Router<AppState> {
    pages()
        .merge(machines())
        .merge(files())
        .fallback(async || Error::NotFound)
        .method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED)
}

/// Pages and forms, for people.
fn pages() -> Router<AppState> {
    Router::new()
        // home
        .route("/", get(home::pages::home))
        .route("/demo.json", get(home::demo::demo))
        .route("/about", get(about::pages::about))
        .route("/privacy", get(about::pages::privacy))
        // settings
        .route("/language", post(settings::pages::choose_language))
        // accounts
        .route("/signup", get(accounts::pages::sign_up_form).post(accounts::pages::sign_up))
        .route("/login", get(accounts::pages::log_in_form).post(accounts::pages::log_in))
        .route("/logout", post(accounts::pages::log_out))
        // lobby
        .route("/play", get(lobby::pages::lobby))
        .route("/play/queue", post(lobby::pages::enter_queue))
        .route("/play/queue/leave", post(lobby::pages::leave_queue))
        .route("/play/bot", post(lobby::pages::play_bot))
        .route("/play/keyboard", post(lobby::pages::play_keyboard))
        .route("/play/link", post(lobby::invite_pages::create))
        .route("/play/invite/{token}", get(lobby::invite_pages::show).post(lobby::invite_pages::accept))
        .route("/play/invite/{token}/cancel", post(lobby::invite_pages::cancel))
        // players and matches
        .route("/players/{name}", get(profiles::pages::profile))
        .route("/matches/{id}", get(matches::pages::result))
        .route("/matches/{id}/play", get(live::pages::play))
        .route("/matches/{id}/rematch", post(lobby::pages::rematch))
}

/// Endpoints for programs: what open pages listen to, and health checks.
fn machines() -> Router<AppState> {
    Router::new()
        .route("/events", get(page::events::listen))
        .route("/live/{id}", get(live::socket::connect))
        .route("/health/live", get(ops::health::live))
        .route("/health/ready", get(ops::health::ready))
}

/// Files.
fn files() -> Router<AppState> {
    Router::new()
        .route("/static/{hash}/{*name}", get(assets::serve))
        .route("/favicon.ico", get(assets::serve_root))
        .route("/robots.txt", get(assets::serve_root))
}

/// The internal port.
pub fn internal() -> Router<AppState> {
    Router::new()
        .route("/metrics", get(metrics::show))
        .route("/health/live", get(ops::health::live))
        .route("/health/ready", get(ops::health::ready_in_detail))
}
