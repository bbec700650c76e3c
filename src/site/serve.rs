//! `transcendence serve`: runs the site until SIGTERM or Ctrl-C.

use std::{net::SocketAddr, time::Duration};

use tokio::{net::TcpListener, task::JoinHandle};

use super::{app, internal, state::AppState};
use crate::{
    cluster::{Cluster, valkey},
    config::Config,
    db::{Db, migrations},
    ops::{self, Failure, signals::StopSignals, wait},
    web::{listener::BoundedListener, schema_gate::Schema, server},
};

/// How long responses under way may take to finish once the site is told to stop.
const GRACE: Duration = Duration::from_secs(3);
/// How often the site tries again to open its pages.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Brings the schema up to date (or waits until another process has), then serves.
///
/// # Errors
/// One line that names the setting at fault.
pub async fn run(config: Config) -> Result<(), Failure> {
    let mut stop = StopSignals::new()?;
    ops::raise_open_files();
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    tokio::select! {
        prepared = prepare_database(&config) => prepared?,
        () = stop.told() => return Ok(()),
    }
    let db = Db::new(config.database.url.expose(), usize::from(config.database.pool), config.database_wait())
        .map_err(|error| Failure::new("DATABASE_POOL", error))?;
    let (listener, address) = listen("LISTEN", config.network.listen).await?;
    let listener = BoundedListener::new(listener, usize::try_from(config.limits.max_connections).unwrap_or(usize::MAX));
    // A load test comes from a single address.
    let each = if config.limits.rate_limits.is_on() { config.limits.max_connections_each } else { 0 };
    let listener = listener.per_network(each, config.network.trusted_proxies.clone());
    let state = match &config.cluster.valkey_url {
        None => AppState::new(config, db),
        Some(url) => {
            let address = valkey::Address(url.expose().to_owned());
            let cluster = Cluster::over_valkey(address, config.database.url.expose())
                .map_err(|error| Failure::new("VALKEY_URL", error))?;
            tracing::info!(replica = %cluster.me, "Running as one of several replicas");
            AppState::in_cluster(config, db, cluster)
        }
    };
    let (live, jobs) = (state.live.clone(), state.jobs.clone());
    let stopping = state.stopping.clone();
    state.schema.hold();
    let _internal = serve_internal(&state).await?;
    if let Err(closed) = open(&state).await {
        let Closed { what, why } = closed;
        tracing::error!(why, "Not ready: {what}");
        tokio::spawn(open_later(state.clone(), why));
    }
    tracing::info!(%address, url = state.config.network.base_url, "Serving");

    let patience = Duration::from_secs(state.config.limits.header_timeout);
    let serving = tokio::spawn(server::serve(listener, app(state), patience, stopping.clone()));
    stop.told().await;
    tracing::info!("Stopping");
    jobs.leave();
    live.drain().await;
    stopping.cancel();
    // Side by side: together they must finish within five seconds.
    let finishing = tokio::time::timeout(GRACE, jobs.finish());
    let (ended, _, ()) = tokio::join!(tokio::time::timeout(GRACE, serving), finishing, live.stop());
    if ended.is_err() {
        tracing::info!("Closed the connections that were still open");
    }
    tracing::info!("Stopped");
    Ok(())
}

async fn prepare_database(config: &Config) -> Result<(), Failure> {
    let mut connection = wait::for_database_async(config.database.url.expose())
        .await
        .map_err(|error| Failure::new("DATABASE_URL", error))?;
    if !config.database.auto_migrate.is_on() {
        return Ok(());
    }
    let work = move || {
        for done in migrations::run(&mut connection).map_err(|error| Failure::new("DATABASE_URL", error))? {
            tracing::info!(name = done.name, ms = done.took.as_millis(), "Ran migration");
        }
        Ok(())
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::new("DATABASE_URL", error))?
}

async fn listen(setting: &str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Failure::new(setting, format!("cannot listen on {address}: {error}")))?;
    let address = listener.local_addr().map_err(|error| Failure::new(setting, error))?;
    Ok((listener, address))
}

/// Serves the internal port, if there is one, until the process ends, even while the site drains.
async fn serve_internal(state: &AppState) -> Result<Option<JoinHandle<()>>, Failure> {
    let Some(address) = state.config.network.metrics_listen else { return Ok(None) };
    let (listener, address) = listen("METRICS_LISTEN", address).await?;
    tracing::info!(%address, "Serving metrics and health to the internal network");
    let router = internal(state.clone());
    Ok(Some(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "Stopped serving metrics and health");
        }
    })))
}

/// Why pages are not answered yet.
struct Closed {
    what: &'static str,
    why: String,
}

impl Closed {
    fn database(error: impl std::fmt::Display) -> Self {
        Self { what: "could not query the database (DATABASE_URL)", why: error.to_string() }
    }
}

/// Starts answering pages, with the matches that the last process left, if the schema is exactly this version's.
async fn open(state: &AppState) -> Result<(), Closed> {
    let standing = state.db.run(|connection| Ok(migrations::status(connection))).await.map_err(Closed::database)?;
    let standing = standing.map_err(Closed::database)?;
    let what = "the database schema does not match this version (DATABASE_URL)";
    Schema::compare(&standing).map_err(|why| Closed { what, why })?;
    let back = state.live.recover().await.map_err(Closed::database)?;
    if back > 0 {
        tracing::info!(matches = back, "Resumed matches in progress");
    }
    state.start();
    state.schema.open();
    Ok(())
}

/// Retries until pages can open.
async fn open_later(state: AppState, mut told: String) {
    loop {
        tokio::time::sleep(LOOK_AGAIN).await;
        match open(&state).await {
            Ok(()) => break tracing::info!("Ready: the database schema matches this version"),
            Err(Closed { what, why }) if why != told => {
                tracing::error!(why, "Still not ready: {what}");
                told = why;
            }
            Err(_) => {}
        }
    }
}
