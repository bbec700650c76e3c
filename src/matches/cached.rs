//! What public pages read about finished matches, shared briefly among everybody who asks.

use std::sync::Arc;

use super::{
    cursor::Cursor,
    model::{LatestResult, Profile},
    queries,
};
use crate::{
    cache::{Brief, ROWS_LIVE},
    db::Db,
    error::Error,
};

/// Stretches of histories kept at once, about 5 kB each.
const PROFILES: u64 = 1_000;
/// How many different lengths of the list of latest results are kept at once.
const LISTS: u64 = 8;

/// The reader; cheap to clone.
#[derive(Clone)]
pub struct CachedMatches {
    db: Db,
    latest: Brief<usize, Arc<Vec<LatestResult>>>,
    profiles: Brief<(String, Cursor), Arc<Profile>>,
}

impl CachedMatches {
    /// Reads from a database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, latest: Brief::new(ROWS_LIVE, LISTS), profiles: Brief::new(ROWS_LIVE, PROFILES) }
    }

    /// The last `count` results, newest first; at most [`ROWS_LIVE`] old.
    ///
    /// # Errors
    /// Database errors.
    pub async fn latest_results(&self, count: usize) -> Result<Arc<Vec<LatestResult>>, Error> {
        let read = async {
            let results = self.db.run(move |connection| queries::latest_results(connection, count)).await?;
            Ok(Arc::new(results))
        };
        self.latest.get(count, read).await
    }

    /// A player's page, from a place in the history onwards; at most [`ROWS_LIVE`] old.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nobody has that name; database errors.
    pub async fn profile(&self, name: &str, from: Cursor) -> Result<Arc<Profile>, Error> {
        self.profiles.get((name.to_lowercase(), from), self.profile_now(name.to_owned(), from)).await
    }

    /// As [`Self::profile`], but always current: for players who view their own page right after a match.
    ///
    /// # Errors
    /// As [`Self::profile`].
    pub async fn profile_now(&self, name: String, from: Cursor) -> Result<Arc<Profile>, Error> {
        let profile = self.db.run(move |connection| queries::profile(connection, &name, from)).await?;
        profile.map(Arc::new).ok_or(Error::NotFound)
    }
}
