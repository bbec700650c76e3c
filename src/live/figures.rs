//! Metrics of live play.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::gauge::ConstGauge,
    registry::Registry,
};

use super::Live;

impl Live {
    /// Registers the metrics.
    pub fn register(&self, registry: &mut Registry) {
        let counts = &self.registry().counts;
        registry.register("live_late_inputs", "Inputs moved to another tick", counts.late_inputs.clone());
        registry.register(
            "live_recoveries",
            "Matches in progress taken over from another process",
            counts.recoveries.clone(),
        );
        registry.register_collector(Box::new(Gauges(self.clone())));
    }
}

struct Gauges(Live);

impl fmt::Debug for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gauges")
    }
}

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let live = &self.0;
        for (name, help, count) in [
            ("live_matches", "Matches in memory, including those just finished", live.count()),
            ("live_sockets", "Open WebSockets", live.registry().sockets.len()),
            ("live_relayed_sockets", "Open WebSockets to matches on other replicas", live.relayed()),
        ] {
            let gauge = ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}
