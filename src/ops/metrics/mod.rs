//! Figures for Prometheus, on the internal port. docs/operations.md tells what each means.
//!
//! Counters are added to where things happen; gauges are read when Prometheus asks ([`show`]). The registry belongs to the state,
//! not to the process, so that two sites in one process (the tests) do not mix their figures.

mod process;

use std::time::Duration;

use axum::{
    extract::State,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};
use tokio::time::MissedTickBehavior;

use self::process::Process;
use crate::{clock, db::Db, error::Error, live::counts::Counts, lobby::queue, state::AppState};

/// Upper bounds of the buckets of request durations, in seconds.
const DURATIONS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// How often the way through Valkey is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// Every how many looks the database is asked, too.
const ASK: u32 = 6;

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// The figures of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    log_ins: Family<Outcome, Counter>,
    sign_ups: Counter,
    read: Read,
    process: Process,
}

/// Gauges that are read when somebody asks.
#[derive(Default)]
struct Read {
    pool_size: Gauge,
    pool_most: Gauge,
    pool_idle: Gauge,
    pool_waiting: Gauge,
    matches: Gauge,
    sockets: Gauge,
    relayed: Gauge,
    valkey: Gauge,
    queue: Gauge,
    sessions: Gauge,
    open: Gauge,
}

impl Metrics {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(db: &Db, live: &Counts) -> Self {
        let mut registry = Registry::default();
        let durations: fn() -> Histogram = || Histogram::new(DURATIONS);
        let (requests, durations) = (Family::default(), Family::new_with_constructor(durations));
        let (in_flight, log_ins, sign_ups) = (Gauge::default(), Family::default(), Counter::default());
        let (read, process) = (Read::default(), Process::register(&mut registry));
        let own = registry.sub_registry_with_prefix("transcendence");
        own.register("build", "The version that runs", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        own.register("http_requests", "Requests answered", requests.clone());
        own.register("http_request_duration_seconds", "Time from request to answer", durations.clone());
        own.register("http_requests_in_flight", "Requests being answered", in_flight.clone());
        own.register("db_pool_size", "Open database connections", read.pool_size.clone());
        own.register("db_pool_max", "Most database connections (DATABASE_POOL)", read.pool_most.clone());
        own.register("db_pool_idle", "Database connections that nobody uses", read.pool_idle.clone());
        own.register("db_pool_waiting", "Requests that wait for a database connection", read.pool_waiting.clone());
        own.register("db_pool_timeouts", "Waits for a database connection given up", db.timeouts().clone());
        own.register("live_matches", "Matches in memory, just finished ones included", read.matches.clone());
        own.register("live_sockets", "Open WebSockets", read.sockets.clone());
        own.register("live_relayed_sockets", "Open WebSockets to matches of other replicas", read.relayed.clone());
        own.register("valkey_up", "1 while the replicas hear each other, or there is only one", read.valkey.clone());
        own.register("live_late_inputs", "Inputs moved to another tick", live.late_inputs.clone());
        own.register("live_recoveries", "Matches taken over that had begun elsewhere", live.recoveries.clone());
        own.register("live_relay_seconds", "Time of a message through Valkey", live.relay.clone());
        own.register("queue_players", "Players who wait for an opponent", read.queue.clone());
        own.register("log_ins", "Log-ins by outcome", log_ins.clone());
        own.register("sign_ups", "Accounts made", sign_ups.clone());
        own.register("sessions", "Sessions in the database", read.sessions.clone());
        own.register("schema_known", "1 once the schema is known and pages are answered", read.open.clone());
        let metrics = Self { registry, requests, durations, in_flight, log_ins, sign_ups, read, process };
        // There from the start, so that a rate over the first failure is not lost.
        for outcome in ["success", "failure", "limited"] {
            drop(metrics.log_ins.get_or_create(&Outcome { outcome }));
        }
        metrics
    }

    /// A request is being answered, until this is dropped.
    #[must_use]
    pub fn in_flight(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// A request was answered. Its route is the pattern, so that there are only so many.
    pub fn count_request(&self, method: &Method, route: String, status: StatusCode, took: Duration) {
        let posted = *method == Method::POST;
        // What the answers of these two forms mean.
        match (route.as_str(), status) {
            ("/login", StatusCode::SEE_OTHER) if posted => self.log_in("success"),
            ("/login", StatusCode::UNPROCESSABLE_ENTITY) if posted => self.log_in("failure"),
            ("/login", StatusCode::TOO_MANY_REQUESTS) if posted => self.log_in("limited"),
            ("/signup", StatusCode::SEE_OTHER) if posted => {
                self.sign_ups.inc();
            }
            _ => {}
        }
        let method = match method.as_str() {
            "GET" => "GET",
            "POST" => "POST",
            "HEAD" => "HEAD",
            _ => "other",
        };
        self.durations.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Request { method, route, status: status.as_u16() }).inc();
    }

    fn log_in(&self, outcome: &'static str) {
        self.log_ins.get_or_create(&Outcome { outcome }).inc();
    }

    fn look(&self, state: &AppState) {
        let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let pool = state.db.status();
        self.read.pool_size.set(whole(pool.size));
        self.read.pool_most.set(whole(pool.max_size));
        self.read.pool_idle.set(whole(pool.available));
        self.read.pool_waiting.set(whole(pool.waiting));
        self.read.matches.set(whole(state.live.count()));
        self.read.sockets.set(whole(state.live.sockets()));
        self.read.relayed.set(whole(state.live.relayed()));
        self.read.valkey.set(i64::from(!state.cluster.is_degraded()));
        self.read.open.set(i64::from(state.schema.is_open()));
        self.process.look();
    }
}

/// A request that is being answered.
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// `GET /metrics` on the internal port.
///
/// # Errors
/// When the figures cannot be written down.
pub async fn show(State(state): State<AppState>) -> Result<Response, Error> {
    state.metrics.look(&state);
    let mut text = String::with_capacity(16 * 1024);
    text::encode(&mut text, &state.metrics.registry).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}

/// Measures what has to be asked for, for ever; while the database is away its last figures stay.
pub async fn keep(state: AppState) {
    let mut timer = tokio::time::interval(LOOK);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for look in (0..ASK).cycle() {
        timer.tick().await;
        if let Some(took) = state.cluster.latency() {
            state.live.counts().relayed(took);
        }
        if look == 0 {
            ask(&state).await;
        }
    }
}

async fn ask(state: &AppState) {
    let now = clock::now();
    let read = &state.metrics.read;
    match state.sessions.count(now).await {
        Ok(count) => {
            read.sessions.set(count);
        }
        Err(error) => tracing::debug!(%error, "Sessions were not counted"),
    }
    match state.db.run(move |connection| queue::look(connection, None, now)).await {
        Ok(standing) => {
            read.queue.set(i64::try_from(standing.waiting).unwrap_or(i64::MAX));
        }
        Err(error) => tracing::debug!(%error, "The queue was not counted"),
    }
}
