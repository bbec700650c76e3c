//! What all players of a load test share.

use std::cell::RefCell;

use tokio::time::Instant;

use super::{http::Host, report::Measured};

/// What all players share.
pub(super) struct Test {
    pub host: Host,
    pub measured: RefCell<Measured>,
    /// When play stops, once that is known.
    pub until: RefCell<Option<Instant>>,
}

/// The id in `/matches/{id}/play`.
pub(super) fn match_of(path: &str) -> Option<String> {
    Some(path.strip_prefix("/matches/")?.split('/').next()?.to_owned())
}
