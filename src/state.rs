//! What handlers share.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::{config::Config, db::Db};

/// Handles on everything that outlives a request; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// Cancelled when the site is told to stop: streams end then.
    pub stopping: CancellationToken,
}

impl AppState {
    /// Over a database.
    #[must_use]
    pub fn new(config: Config, db: Db) -> Self {
        Self { config: Arc::new(config), db, stopping: CancellationToken::new() }
    }
}
