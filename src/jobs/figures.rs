//! Metrics of the jobs.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Named {
    name: &'static str,
}

/// Metrics: the counters are of this process, the gauges of all replicas together.
#[derive(Clone, Default)]
pub(super) struct Figures {
    done: Family<Named, Counter>,
    failed: Family<Named, Counter>,
    overdue: Gauge,
    dead: Gauge,
}

impl Figures {
    pub fn register(&self, registry: &mut Registry) {
        registry.register("jobs_done", "Jobs done by this replica", self.done.clone());
        registry.register("jobs_failed", "Jobs that failed on this replica and are tried again", self.failed.clone());
        registry.register(
            "jobs_overdue",
            "Jobs in the table that should have been done a minute ago",
            self.overdue.clone(),
        );
        registry.register("jobs_dead", "Jobs in the table that were given up", self.dead.clone());
    }

    /// Creates the counters of a kind of job from the start, so that a rate over the first failure is not lost.
    pub fn expect(&self, name: &'static str) {
        drop(self.done.get_or_create(&Named { name }));
        drop(self.failed.get_or_create(&Named { name }));
    }

    pub fn done(&self, name: &'static str) {
        self.done.get_or_create(&Named { name }).inc();
    }

    pub fn failed(&self, name: &'static str) {
        self.failed.get_or_create(&Named { name }).inc();
    }

    pub fn counted(&self, overdue: i64, dead: i64) {
        self.overdue.set(overdue);
        self.dead.set(dead);
    }
}
