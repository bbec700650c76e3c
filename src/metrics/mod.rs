//! Metrics for Prometheus, on the internal port. docs/operations.md says what each one means.
//!
//! Counters are incremented where things happen; gauges are read when Prometheus asks. Each feature registers its own metrics, in
//! `site::state`. The registry belongs to the state, not to the process, so that two sites in one process (the tests) keep their
//! metrics apart.

mod gauge;
pub mod pool;
mod process;

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use parking_lot::Mutex;
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};

pub use self::gauge::gauge;
use self::process::Process;
use crate::error::Error;

/// Upper bounds of the buckets of request durations, in seconds.
const DURATIONS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

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

/// The metrics of this process.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    process: Process,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let durations: fn() -> Histogram = || Histogram::new(DURATIONS);
        let (requests, durations) = (Family::default(), Family::new_with_constructor(durations));
        let (in_flight, process) = (Gauge::default(), Process::register(&mut registry));
        let metrics = Self { registry: Mutex::new(registry), requests, durations, in_flight, process };
        metrics.register(|own| {
            own.register(
                "build",
                "Version of the running program",
                Info::new([("version", env!("CARGO_PKG_VERSION"))]),
            );
            own.register("http_requests", "Requests answered", metrics.requests.clone());
            own.register("http_request_duration_seconds", "Time from request to answer", metrics.durations.clone());
            own.register("http_requests_in_flight", "Requests being answered", metrics.in_flight.clone());
        });
        metrics
    }
}

impl Metrics {
    /// Adds the metrics of a feature; their names begin with `transcendence_`.
    pub fn register(&self, figures: impl FnOnce(&mut Registry)) {
        figures(self.registry.lock().sub_registry_with_prefix("transcendence"));
    }

    /// Counts a request as being handled until the returned value is dropped.
    #[must_use]
    pub fn in_flight(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Counts a request that was answered. Its route is the pattern, which keeps the number of labels bounded.
    pub fn count_request(&self, method: &Method, route: String, status: StatusCode, took: Duration) {
        let method = match method.as_str() {
            "GET" => "GET",
            "POST" => "POST",
            "HEAD" => "HEAD",
            _ => "other",
        };
        self.durations.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Request { method, route, status: status.as_u16() }).inc();
    }
}

/// A request that is being handled.
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// `GET /metrics` on the internal port.
///
/// # Errors
/// When the metrics cannot be encoded.
pub async fn show(State(metrics): State<Arc<Metrics>>) -> Result<Response, Error> {
    metrics.process.look();
    let mut text = String::with_capacity(16 * 1024);
    text::encode(&mut text, &metrics.registry.lock()).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}
