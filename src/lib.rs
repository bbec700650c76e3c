//! Transcendence: play Pong against each other, live, in the browser.

pub mod about;
pub mod accounts;
pub mod assets;
pub mod avatar;
pub mod cache;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod db;
pub mod error;
pub mod hex;
pub mod home;
pub mod id;
pub mod language;
pub mod language_switch;
pub mod live;
pub mod lobby;
pub mod matches;
pub mod ops;
pub mod page;
pub mod pong;
pub mod routes;
pub mod state;
pub mod web;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, StatusCode},
    middleware,
};
use tokio::sync::Semaphore;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{NotForContentType, Predicate, SizeAbove},
    },
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::TimeoutLayer,
};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

use crate::{db::sessions::DieselStore, state::AppState};

/// Largest body of a request, in bytes: our largest form is far smaller.
const MAX_BODY: usize = 64 * 1024;

/// The whole site.
pub fn app(state: AppState) -> Router {
    furnished(routes::routes(), state)
}

/// Routes with everything that each request of the site passes.
pub fn furnished(routes: Router<AppState>, state: AppState) -> Router {
    let places = Arc::new(Semaphore::new(usize::try_from(state.config.max_requests).unwrap_or(512)));
    let hosts = Arc::new(web::hosts::Hosts::new(&state.config));
    let timeout = Duration::from_secs(state.config.request_timeout);
    let request_id = HeaderName::from_static("x-request-id");
    let compressible = SizeAbove::new(1024).and(NotForContentType::SSE).and(NotForContentType::IMAGES);
    routes
        .layer(middleware::from_fn(page::forget_notice))
        .layer(middleware::from_fn_with_state(state.clone(), ops::schema::wait))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(state.clone(), web::cross_site::refuse))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, timeout))
        .layer(middleware::from_fn_with_state(places, web::overload::shed))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(state.clone(), web::error_pages::render))
        .layer(sessions(&state))
        .layer(CompressionLayer::new().gzip(true).br(true).compress_when(compressible))
        .layer(middleware::from_fn_with_state(state.clone(), web::page_cache::keep))
        .layer(middleware::from_fn_with_state((hosts, state.clone()), web::hosts::refuse))
        .layer(middleware::from_fn_with_state(state.clone(), web::headers::secure))
        .layer(PropagateRequestIdLayer::new(request_id.clone()))
        .layer(middleware::from_fn_with_state(Arc::clone(&state.metrics), web::request_log::log))
        .layer(SetRequestIdLayer::new(request_id, MakeRequestUuid))
        .with_state(state)
}

/// What the internal port answers: health in detail and metrics, no pages.
pub fn internal(state: AppState) -> Router {
    routes::internal().with_state(state)
}

/// Sessions in the database. The cookie ends with the browser unless log-in says otherwise.
fn sessions(state: &AppState) -> SessionManagerLayer<DieselStore> {
    let https = state.config.is_https();
    SessionManagerLayer::new(state.sessions.clone())
        .with_name(state.config.session_cookie())
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnSessionEnd)
}
