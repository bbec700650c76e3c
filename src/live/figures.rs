//! Metrics of live play. Counters are atomics that nobody waits for.

use prometheus_client::metrics::counter::Counter;

/// Counters of this process; clones count together.
#[derive(Clone, Default)]
pub struct Figures {
    /// Inputs that were moved to another tick.
    pub late_inputs: Counter,
    /// Matches that went on after another process had them.
    pub recoveries: Counter,
}

impl Figures {
    /// Inputs were moved to another tick.
    pub fn moved(&self, inputs: u32) {
        self.late_inputs.inc_by(u64::from(inputs));
    }
}
