//! `transcendence serve`: the site, until SIGTERM or Ctrl-C.

use std::time::Duration;

use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};

use crate::{
    accounts, app,
    cluster::{Cluster, valkey},
    config::Config,
    db::{Db, migrations},
    lobby,
    ops::{Failure, wait},
    state::AppState,
    web::{listener::BoundedListener, server},
};

/// How long open answers may take to end once the site is told to stop.
const GRACE: Duration = Duration::from_secs(3);
/// How often expired sessions are removed.
const CLEAN_SESSIONS: Duration = Duration::from_secs(3600);

/// Brings the schema up to date, then serves.
///
/// # Errors
/// One line that names the setting.
pub async fn run(config: Config) -> Result<(), Failure> {
    let mut stop = StopSignals::new()?;
    super::raise_open_files();
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    tokio::select! {
        prepared = prepare_database(&config) => prepared?,
        () = stop.told() => return Ok(()),
    }
    let db = Db::new(&config.database_url, usize::from(config.database_pool), config.database_wait())
        .map_err(|error| Failure::new("DATABASE_POOL", error))?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| Failure::new("LISTEN", format!("cannot listen on {}: {error}", config.listen)))?;
    let address = listener.local_addr().map_err(|error| Failure::new("LISTEN", error))?;
    let listener = BoundedListener::new(listener, usize::try_from(config.max_connections).unwrap_or(usize::MAX));
    // A load test comes from one address.
    let each = if config.rate_limits.is_on() { config.max_connections_each } else { 0 };
    let listener = listener.per_network(each, config.trusted_proxies.clone());
    let state = match &config.valkey_url {
        None => AppState::new(config, db),
        Some(url) => {
            let address = valkey::Address { url: url.clone(), password: None };
            let (cluster, relays) = Cluster::over_valkey(address, &config.database_url)
                .map_err(|error| Failure::new("VALKEY_URL", error))?;
            tracing::info!(replica = %cluster.me, "One of several replicas");
            AppState::in_cluster(config, db, cluster, relays)
        }
    };
    let live = state.live.clone();
    let back = live.recover().await.map_err(|error| Failure::new("DATABASE_URL", error))?;
    if back > 0 {
        tracing::info!(matches = back, "Matches in progress go on");
    }
    tokio::spawn(state.sessions.clone().keep_clean(CLEAN_SESSIONS));
    tokio::spawn(accounts::keep_house(state.clone()));
    tokio::spawn(lobby::keep_house(state.clone()));
    tracing::info!(%address, url = state.config.base_url, "Serving");

    let stopping = state.stopping.clone();
    let patience = Duration::from_secs(state.config.header_timeout);
    let serving = tokio::spawn(server::serve(listener, app(state), patience, stopping.clone()));
    stop.told().await;
    tracing::info!("Stopping");
    stopping.cancel();
    // Side by side: both together must be done in five seconds.
    let (ended, ()) = tokio::join!(tokio::time::timeout(GRACE, serving), live.stop());
    if ended.is_err() {
        tracing::info!("Closed the connections that were still open");
    }
    tracing::info!("Stopped");
    Ok(())
}

async fn prepare_database(config: &Config) -> Result<(), Failure> {
    let mut connection =
        wait::for_database_async(&config.database_url).await.map_err(|error| Failure::new("DATABASE_URL", error))?;
    let work = move || {
        let done = migrations::run(&mut connection).map_err(|error| Failure::new("DATABASE_URL", error))?;
        for name in done {
            tracing::info!(name, "Ran migration");
        }
        Ok(())
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::new("DATABASE_URL", error))?
}

/// What tells the site to stop; listens from the moment that it is made, so that no early signal is lost.
pub(super) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    pub(super) fn new() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure(format!("signals: {error}")));
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    pub(super) async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
