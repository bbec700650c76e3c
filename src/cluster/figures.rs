//! Metrics of the messages between replicas.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{
        gauge::ConstGauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};
use tokio::sync::watch;

/// Metrics of this process, shared by all clones.
#[derive(Clone)]
pub(super) struct Figures {
    /// Seconds that a message from this replica to itself takes through Valkey.
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
        registry.register("live_relay_seconds", "Latency of a message through Valkey", self.latency.clone());
        registry.register_collector(Box::new(Up(up)));
    }
}

/// Whether messages can cross, read on each scrape.
#[derive(Debug)]
struct Up(watch::Receiver<bool>);

impl Collector for Up {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let gauge = ConstGauge::new(i64::from(*self.0.borrow()));
        let help = "1 while the replicas can reach each other, or there is only one";
        gauge.encode(encoder.encode_descriptor("valkey_up", help, None, gauge.metric_type())?)
    }
}
