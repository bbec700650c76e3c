//! Answers 503 at once when too many requests are already being handled.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::sync::Semaphore;

use crate::error::Error;

/// The layer.
pub async fn shed(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => Error::Unavailable("too many requests at once (MAX_REQUESTS)".to_owned()).into_response(),
    }
}
