//! Metrics of the messages between replicas.

use prometheus_client::{
    metrics::histogram::{Histogram, exponential_buckets},
    registry::Registry,
};
use tokio::sync::watch;

use crate::metrics::gauge;

/// Metrics of this process; clones count together.
#[derive(Clone)]
pub(super) struct Figures {
    /// Seconds that a message to oneself takes through Valkey.
    pub latency: Histogram,
}

impl Default for Figures {
    fn default() -> Self {
        // From 0.1 ms to 1.6 s.
        Self { latency: Histogram::new(exponential_buckets(0.0001, 2.0, 15)) }
    }
}

impl Figures {
    pub fn register(&self, registry: &mut Registry, up: watch::Receiver<bool>) {
        registry.register("live_relay_seconds", "Time of a message through Valkey", self.latency.clone());
        let help = "1 while the replicas hear each other, or there is only one";
        gauge(registry, "valkey_up", help, move || usize::from(*up.borrow()));
    }
}
