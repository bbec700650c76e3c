//! Health for balancers: alive at all, and ready for visitors.

use axum::{extract::State, http::StatusCode};
use diesel::connection::SimpleConnection;

use crate::state::AppState;

/// `GET /health/live`: the process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `GET /health/ready`: the database answers too.
pub async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.db.run(|connection| connection.batch_execute("SELECT 1")).await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "Not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready: database\n")
        }
    }
}
