//! One log line per request, and its metrics.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use tower_http::request_id::RequestId;
use tracing::Instrument;

use crate::metrics::Metrics;

/// The layer: id, method, route pattern (never the path, which may hold a secret token), status, time.
pub async fn log(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let _in_flight = metrics.in_flight();
    let start = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or("-");
    let span = tracing::info_span!("request", id, %method, route);
    let counted = (method.clone(), route.clone());
    async move {
        let response = next.run(request).await;
        let took = start.elapsed();
        metrics.count_request(&counted.0, counted.1, response.status(), took);
        let ms = took.as_secs_f64() * 1000.0;
        tracing::info!(status = response.status().as_u16(), ms = format_args!("{ms:.1}"), "Answered");
        response
    }
    .instrument(span)
    .await
}
