//! Metrics of the connection pool.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::gauge::ConstGauge,
    registry::Registry,
};

use super::Db;

impl Db {
    /// Registers the metrics.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "db_pool_timeouts",
            "Waits for a database connection that timed out",
            self.timeouts().clone(),
        );
        registry.register_collector(Box::new(Pool(self.clone())));
    }
}

/// The state of the pool, read on each scrape.
struct Pool(Db);

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

impl Collector for Pool {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let pool = self.0.status();
        for (name, help, count) in [
            ("db_pool_size", "Open database connections", pool.size),
            ("db_pool_max", "Maximum number of database connections (DATABASE_POOL)", pool.max_size),
            ("db_pool_idle", "Idle database connections", pool.available),
            ("db_pool_waiting", "Requests waiting for a database connection", pool.waiting),
        ] {
            let gauge = ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}
