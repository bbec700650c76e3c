//! Metrics of log-ins and sign-ups.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// Counters of this process; clones share them.
#[derive(Clone, Default)]
pub struct Figures {
    log_ins: Family<Outcome, Counter>,
    sign_ups: Counter,
}

impl Figures {
    /// Registers the metrics.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("log_ins", "Log-ins by outcome", self.log_ins.clone());
        registry.register("sign_ups", "Accounts created", self.sign_ups.clone());
        // Present from the start, so that a rate over the first failure is not lost.
        for outcome in ["success", "failure", "limited"] {
            drop(self.log_ins.get_or_create(&Outcome { outcome }));
        }
    }

    pub(super) fn logged_in(&self) {
        self.count("success");
    }

    pub(super) fn log_in_failed(&self) {
        self.count("failure");
    }

    pub(super) fn log_in_limited(&self) {
        self.count("limited");
    }

    pub(super) fn signed_up(&self) {
        self.sign_ups.inc();
    }

    fn count(&self, outcome: &'static str) {
        self.log_ins.get_or_create(&Outcome { outcome }).inc();
    }
}
