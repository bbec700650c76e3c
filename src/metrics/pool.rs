//! The pool of database connections.

use prometheus_client::registry::Registry;

use super::gauge::gauge;
use crate::db::Db;

/// Adds the metrics of the pool.
pub fn register(registry: &mut Registry, db: &Db) {
    registry.register("db_pool_timeouts", "Waits for a database connection given up", db.timeouts().clone());
    let read = |of: fn(&deadpool_diesel::Status) -> usize| {
        let db = db.clone();
        move || of(&db.status())
    };
    gauge(registry, "db_pool_size", "Open database connections", read(|pool| pool.size));
    gauge(registry, "db_pool_max", "Most database connections (DATABASE_POOL)", read(|pool| pool.max_size));
    gauge(registry, "db_pool_idle", "Database connections that nobody uses", read(|pool| pool.available));
    gauge(registry, "db_pool_waiting", "Requests that wait for a database connection", read(|pool| pool.waiting));
}
