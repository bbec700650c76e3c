//! Every URL of the site, grouped by feature.

use axum::{
    Router,
    routing::{get, post},
};

use crate::{about, accounts, assets, error::Error, home, language_switch, live, lobby, matches, ops, state::AppState};

/// The table.
pub fn routes() -> Router<AppState> {
    Router::new()
        // home
        .route("/", get(home::pages::home))
        .route("/demo.json", get(home::demo::demo))
        .route("/language", post(language_switch::choose))
        .route("/about", get(about::pages::about))
        .route("/privacy", get(about::pages::privacy))
        // accounts
        .route("/signup", get(accounts::pages::sign_up_form).post(accounts::pages::sign_up))
        .route("/login", get(accounts::pages::log_in_form).post(accounts::pages::log_in))
        .route("/logout", post(accounts::pages::log_out))
        // lobby
        .route("/play", get(lobby::pages::lobby))
        .route("/play/events", get(lobby::events::lobby))
        .route("/play/queue", post(lobby::pages::enter_queue))
        .route("/play/queue/leave", post(lobby::pages::leave_queue))
        .route("/play/bot", post(lobby::pages::play_bot))
        .route("/play/keyboard", post(lobby::pages::play_keyboard))
        .route("/play/link", post(lobby::invite_pages::create))
        .route("/play/invite/{token}", get(lobby::invite_pages::show).post(lobby::invite_pages::accept))
        .route("/play/invite/{token}/cancel", post(lobby::invite_pages::cancel))
        .route("/play/invite/{token}/events", get(lobby::events::invite))
        // players and matches
        .route("/players/{name}", get(matches::profile::profile))
        .route("/matches/{id}", get(matches::pages::result))
        .route("/matches/{id}/play", get(live::pages::play))
        .route("/matches/{id}/rematch", post(lobby::pages::rematch))
        .route("/live/{id}", get(live::socket::connect))
        // files and machines
        .route("/static/{hash}/{*name}", get(assets::serve))
        .route("/favicon.ico", get(assets::serve_root))
        .route("/robots.txt", get(assets::serve_root))
        .route("/health/live", get(ops::health::live))
        .route("/health/ready", get(ops::health::ready))
        .fallback(async || Error::NotFound)
        .method_not_allowed_fallback(async || axum::http::StatusCode::METHOD_NOT_ALLOWED)
}

/// The table of the internal port.
pub fn internal() -> Router<AppState> {
    Router::new()
        .route("/metrics", get(ops::metrics::show))
        .route("/health/live", get(ops::health::live))
        .route("/health/ready", get(ops::health::ready_in_detail))
}
