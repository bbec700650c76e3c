//! The top of the site: what all features share ([`state`]), every URL ([`routes`]), and the layers around them ([`layers`]).
//!
//! Only this module knows all features. A feature plugs in at three places here: its handle in [`state::AppState`], its URLs in
//! [`routes`], and what it listens to or follows up in [`state::AppState::in_cluster`].

pub mod layers;
pub mod routes;
pub mod serve;
pub mod state;

use axum::Router;

use self::state::AppState;

/// The whole site.
pub fn app(state: AppState) -> Router {
    layers::around(routes::all(), state)
}

/// What the internal port serves: detailed health and metrics, no pages.
pub fn internal(state: AppState) -> Router {
    routes::internal().with_state(state)
}
