//! Who people are: accounts, guests and bots as players, their sessions, the viewer of a page. Proving it belongs to `accounts`.

pub mod avatar;
pub mod guests;
mod housekeeping;
pub mod model;
pub mod name;
pub mod queries;
pub mod session;
pub mod session_store;
pub mod viewer;
pub mod visitor;

use std::{net::IpAddr, num::NonZeroU32, ops::Deref, sync::Arc, time::Duration};

use prometheus_client::{metrics::gauge::Gauge, registry::Registry};

use self::session_store::DieselStore;
use crate::{
    config::Config,
    db::Db,
    web::limits::{Counters, Limit},
};

/// New guests allowed from one network within an hour.
pub const GUESTS_PER_NETWORK: NonZeroU32 = NonZeroU32::new(60).unwrap();
const HOUR: Duration = Duration::from_secs(3_600);

/// What everything about players needs; cheap to clone.
#[derive(Clone)]
pub struct Players(Arc<Inner>);

/// What a [`Players`] holds.
pub struct Inner {
    db: Db,
    config: Arc<Config>,
    sessions: DieselStore,
    /// Counts new guests by network.
    guests: Arc<Limit<IpAddr>>,
    session_count: Gauge,
}

impl Deref for Players {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Players {
    /// Uses a database, according to the settings.
    #[must_use]
    pub fn new(db: Db, config: Arc<Config>, sessions: DieselStore, counters: &Counters) -> Self {
        let guests = Arc::new(counters.limit("guest", GUESTS_PER_NETWORK, HOUR));
        Self(Arc::new(Inner { db, config, sessions, guests, session_count: Gauge::default() }))
    }

    /// Registers the metrics.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("sessions", "Sessions in the database", self.session_count.clone());
    }
}
