//! What handlers share.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::{
    accounts::Accounts,
    cluster::{Cluster, Relays},
    config::Config,
    db::{Db, sessions::DieselStore},
    id::Id,
    live::Live,
    lobby::{self, waiting::Waiting},
    matches::cached::CachedMatches,
    ops::{metrics::Metrics, schema::Schema},
    web::{
        limits::{Counters, Limit},
        page_cache::PageCache,
    },
};

/// Handles on everything that outlives a request; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// Who is signed in where.
    pub sessions: DieselStore,
    /// The other processes of the site.
    pub cluster: Cluster,
    /// Matches in progress.
    pub live: Live,
    /// Who waits to play against anyone, for open pages.
    pub queue: Arc<Waiting>,
    /// Counts the matches that each player begins.
    pub matches_made: Arc<Limit<Id>>,
    /// Finished matches, as public pages read them.
    pub matches: CachedMatches,
    /// Public pages, kept for a moment.
    pub pages: PageCache,
    /// Password hashing and limits on attempts.
    pub accounts: Arc<Accounts>,
    /// Whether the database's schema is known; pages wait until it is.
    pub schema: Arc<Schema>,
    /// What is counted for operators.
    pub metrics: Arc<Metrics>,
    /// Cancelled when the site is told to stop: streams end then.
    pub stopping: CancellationToken,
}

impl AppState {
    /// The only process over a database; starts the tasks of live play, so it must be called on a Tokio runtime.
    #[must_use]
    pub fn new(config: Config, db: Db) -> Self {
        let (cluster, relays) = Cluster::alone();
        Self::in_cluster(config, db, cluster, relays)
    }

    /// One of several processes over a database; otherwise as [`AppState::new`].
    #[must_use]
    pub fn in_cluster(config: Config, db: Db, cluster: Cluster, relays: Relays) -> Self {
        let counters = Counters::new(&config, &cluster);
        let stopping = CancellationToken::new();
        let live = Live::new(db.patient(), cluster.clone(), relays);
        let metrics = Arc::new(Metrics::new(&db, live.counts()));
        Self {
            accounts: Arc::new(Accounts::new(&config, &counters)),
            sessions: DieselStore::new(db.clone(), config.secret.clone()),
            config: Arc::new(config),
            queue: Waiting::start(db.clone(), live.clone(), cluster.clone(), stopping.clone()),
            live,
            matches: CachedMatches::new(db.clone()),
            pages: PageCache::default(),
            db,
            cluster,
            matches_made: Arc::new(lobby::limit_matches(&counters)),
            schema: Arc::default(),
            metrics,
            stopping,
        }
    }
}
