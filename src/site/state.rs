//! What handlers share, built once.

use std::sync::Arc;

use axum::extract::FromRef;
use tokio_util::sync::CancellationToken;

use crate::{
    accounts::Accounts,
    cluster::Cluster,
    config::Config,
    db::Db,
    jobs::Jobs,
    live::{Live, aftermath::Aftermath},
    lobby::Lobby,
    matches::{cached::CachedMatches, tally::Tally},
    metrics::{Metrics, pool},
    ops::health::Health,
    players::{Players, session_store::DieselStore},
    push::Push,
    web::{limits::Counters, page_cache::PageCache, schema_gate::Schema},
};

/// Handles to everything that outlives a request, one per feature; cheap to clone. Handlers, extractors and layers ask for the ones
/// they use (`State<Live>`).
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// Sessions.
    pub sessions: DieselStore,
    /// The other processes of the site.
    pub cluster: Cluster,
    /// Background work.
    pub jobs: Jobs,
    /// Messages to open pages.
    pub push: Push,
    /// Players and their sessions.
    pub players: Players,
    /// Sign-up and log-in.
    pub accounts: Accounts,
    /// Matches in progress.
    pub live: Live,
    /// Where players find a match.
    pub lobby: Lobby,
    /// Finished matches, as public pages read them.
    pub matches: CachedMatches,
    /// Public pages, cached briefly.
    pub pages: PageCache,
    /// Whether the database's schema is known; pages wait until it is.
    pub schema: Arc<Schema>,
    /// Health checks.
    pub health: Arc<Health>,
    /// Metrics for operators.
    pub metrics: Arc<Metrics>,
    /// Cancelled when the site is told to stop; streams and background work then end.
    pub stopping: CancellationToken,
}

impl AppState {
    /// For a process that has the database to itself. Starts the tasks of live play, so it must be called on a Tokio runtime.
    #[must_use]
    pub fn new(config: Config, db: Db) -> Self {
        Self::in_cluster(config, db, Cluster::alone())
    }

    /// For one of several processes that share a database; otherwise as [`AppState::new`].
    #[must_use]
    pub fn in_cluster(config: Config, db: Db, cluster: Cluster) -> Self {
        let counters = Counters::new(&config, &cluster);
        let (config, stopping, schema) = (Arc::new(config), CancellationToken::new(), Arc::<Schema>::default());
        let jobs = Jobs::new(&db, cluster.clone(), stopping.clone());
        let push = Push::new(cluster.clone(), stopping.clone());
        let sessions = DieselStore::new(db.clone(), config.accounts.secret.clone());
        let players = Players::new(db.clone(), Arc::clone(&config), sessions.clone(), &counters);
        let accounts = Accounts::new(db.clone(), Arc::clone(&config), &counters);
        let aftermath: Vec<Arc<dyn Aftermath>> = vec![Arc::new(Tally)];
        let live = Live::new(db.patient(), cluster.clone(), aftermath);
        let lobby = Lobby::new(db.clone(), cluster.clone(), push.clone(), &counters, stopping.clone());
        let health = Arc::new(Health {
            db: db.clone(),
            cluster: cluster.clone(),
            live: live.clone(),
            schema: Arc::clone(&schema),
            stopping: stopping.clone(),
        });
        let metrics = Arc::<Metrics>::default();
        metrics.register(|registry| {
            pool::register(registry, &db);
            cluster.register(registry);
            jobs.register(registry);
            players.register(registry);
            accounts.figures.register(registry);
            live.register(registry);
            lobby.register(registry);
            schema.register(registry);
        });
        let (matches, pages) = (CachedMatches::new(db.clone()), PageCache::default());
        Self {
            config,
            db,
            sessions,
            cluster,
            jobs,
            push,
            players,
            accounts,
            live,
            lobby,
            matches,
            pages,
            schema,
            health,
            metrics,
            stopping,
        }
    }

    /// Starts the background work, once the schema is known.
    pub fn start(&self) {
        self.players.start(&self.jobs);
        self.accounts.start(&self.jobs);
        self.live.start(&self.jobs);
        self.lobby.start(&self.jobs);
        self.jobs.start();
    }
}
