//! What live play counts for operators. Each is an atomic that nobody waits for.

use std::time::Duration;

use prometheus_client::metrics::{
    counter::Counter,
    histogram::{Histogram, exponential_buckets},
};

/// Counters of this process; clones count together.
#[derive(Clone)]
pub struct Counts {
    /// Inputs that were moved to another tick.
    pub late_inputs: Counter,
    /// Matches that went on after another process had them.
    pub recoveries: Counter,
    /// Seconds that messages took through Valkey.
    pub relay: Histogram,
}

impl Default for Counts {
    fn default() -> Self {
        // From 0.1 ms to 1.6 s.
        let relay = Histogram::new(exponential_buckets(0.0001, 2.0, 15));
        Self { late_inputs: Counter::default(), recoveries: Counter::default(), relay }
    }
}

impl Counts {
    /// Inputs were moved to another tick.
    pub fn moved(&self, inputs: u32) {
        self.late_inputs.inc_by(u64::from(inputs));
    }

    /// A message took so long through Valkey.
    pub fn relayed(&self, took: Duration) {
        self.relay.observe(took.as_secs_f64());
    }
}
