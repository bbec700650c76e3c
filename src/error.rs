//! What a handler can fail with, and the one place where a failure becomes a status.

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};

use crate::{db::DbError, paths};

/// A failure as the visitor may see it; the cause is logged once, here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such page or object, or none that this visitor may know about.
    #[error("not found")]
    NotFound,
    /// It exists, but this visitor may not do this.
    #[error("forbidden")]
    Forbidden,
    /// The request was sent by another site's page.
    #[error("cross-site request")]
    CrossSite,
    /// The visitor must log in first; `next` is the path to return to.
    #[error("not logged in")]
    SignInFirst {
        /// Where to continue after logging in.
        next: String,
    },
    /// The form makes no sense (no page of ours sends it).
    #[error("unprocessable request")]
    Unprocessable,
    /// A limit was reached.
    #[error("too many requests")]
    TooMany {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The database or another service is temporarily away or overloaded.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Our own fault.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Query(diesel::result::Error::NotFound) => Self::NotFound,
            DbError::Pool(_) | DbError::Slow => Self::Unavailable(error.to_string()),
            DbError::Query(ref cause) if crate::db::is_passing(cause) => Self::Unavailable(error.to_string()),
            DbError::Interrupted(_) | DbError::Query(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<tower_sessions::session::Error> for Error {
    fn from(error: tower_sessions::session::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let after = |status: StatusCode, wait: Duration| {
            let seconds = whole_seconds(wait).max(1);
            (status, [(header::RETRY_AFTER, HeaderValue::from(seconds))]).into_response()
        };
        match self {
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::Forbidden | Self::CrossSite => StatusCode::FORBIDDEN.into_response(),
            Self::SignInFirst { next } => Redirect::to(&paths::log_in(&next)).into_response(),
            Self::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
            Self::TooMany { retry_after } => after(StatusCode::TOO_MANY_REQUESTS, retry_after),
            Self::Unavailable(cause) => {
                tracing::warn!(cause, "Answered 503");
                after(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(2))
            }
            Self::Internal(cause) => {
                tracing::error!(cause, "Answered 500");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// Whole seconds, rounded up, as `Retry-After` requires.
#[must_use]
pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
