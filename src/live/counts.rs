//! What live play counts for operators: atomics that never block.

use prometheus_client::metrics::counter::Counter;

/// Counters of this process, shared by all clones.
#[derive(Clone, Default)]
pub struct Counts {
    /// Inputs that were moved to another tick.
    pub late_inputs: Counter,
    /// Matches that went on after another process had been playing them.
    pub recoveries: Counter,
}

impl Counts {
    /// Inputs were moved to another tick.
    pub fn moved(&self, inputs: u32) {
        self.late_inputs.inc_by(u64::from(inputs));
    }
}
