//! Every URL of the site, grouped by feature.

use axum::{Router, routing::{get, post}};

use crate::{assets, error::Error, home, language_switch, ops, state::AppState};

/// The table.
pub fn routes() -> Router<AppState> {
    Router::new()
        // home
        .route("/", get(home::pages::home))
        .route("/language", post(language_switch::choose))
        // files and machines
        .route("/static/{hash}/{*name}", get(assets::serve))
        .route("/favicon.ico", get(assets::serve_root))
        .route("/robots.txt", get(assets::serve_root))
        .route("/health/live", get(ops::health::live))
        .route("/health/ready", get(ops::health::ready))
        .fallback(async || Error::NotFound)
        .method_not_allowed_fallback(async || axum::http::StatusCode::METHOD_NOT_ALLOWED)
}
