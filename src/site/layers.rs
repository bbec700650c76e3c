//! The layers that each request passes through, from the outermost in.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef, Request, State},
    http::{HeaderName, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
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

use super::state::AppState;
use crate::{
    config::Config,
    page::{self, errors},
    players::{Players, session_store::DieselStore},
    web::{self, hosts::Hosts, page_cache::PageCache},
};

/// Largest request body, in bytes; our largest form is far smaller.
const MAX_BODY: usize = 64 * 1024;

/// Wraps routes in the layers that every request to the site passes through.
pub fn around(routes: Router<AppState>, state: AppState) -> Router {
    let places = Arc::new(Semaphore::new(usize::try_from(state.config.limits.max_requests).unwrap_or(512)));
    // Each layer gets the handles that it uses and no more: they are cloned for every request.
    let config = Arc::clone(&state.config);
    let frame = Frame { players: state.players.clone(), pages: state.pages.clone(), config: Arc::clone(&config) };
    let hosts = Named { hosts: Arc::new(Hosts::new(&config)), config: Arc::clone(&config) };
    let timeout = Duration::from_secs(state.config.limits.request_timeout);
    let request_id = HeaderName::from_static("x-request-id");
    let compressible = SizeAbove::new(1024).and(NotForContentType::SSE).and(NotForContentType::IMAGES);
    routes
        .layer(middleware::from_fn(page::forget_notice))
        .layer(middleware::from_fn_with_state(Arc::clone(&state.schema), web::schema_gate::wait))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(&config), web::cross_site::refuse))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, timeout))
        .layer(middleware::from_fn_with_state(places, web::overload::shed))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(frame.clone(), errors::render))
        .layer(sessions(&state))
        .layer(CompressionLayer::new().gzip(true).br(true).compress_when(compressible))
        .layer(middleware::from_fn_with_state(frame, web::page_cache::keep))
        .layer(middleware::from_fn_with_state(hosts, refuse_foreign_names))
        .layer(middleware::from_fn_with_state(config, web::headers::secure))
        .layer(PropagateRequestIdLayer::new(request_id.clone()))
        .layer(middleware::from_fn_with_state(Arc::clone(&state.metrics), web::request_log::log))
        .layer(SetRequestIdLayer::new(request_id, MakeRequestUuid))
        .with_state(state)
}

/// Keeps sessions in the database. The cookie ends with the browser unless log-in says otherwise.
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

/// What the layers around pages need.
#[derive(Clone, FromRef)]
struct Frame {
    players: Players,
    pages: PageCache,
    config: Arc<Config>,
}

/// What [`refuse_foreign_names`] needs.
#[derive(Clone, FromRef)]
struct Named {
    hosts: Arc<Hosts>,
    config: Arc<Config>,
}

/// The layer: answers a request for a name that is not the site's with one of our error pages, whoever sent it.
async fn refuse_foreign_names(State(named): State<Named>, request: Request, next: Next) -> Response {
    let Some(status) = named.hosts.refusal(&request) else { return next.run(request).await };
    let (parts, _) = request.into_parts();
    errors::dress(status.into_response(), None, &parts, &named.config)
}
