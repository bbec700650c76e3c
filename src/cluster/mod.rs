//! What the processes (replicas) of one site share besides the database.
//!
//! Everything that must cross from one replica to another goes through the trait [`Bus`]: in one process ([`local`]) or over Valkey
//! ([`valkey`]); no other code knows which. [`members`] knows which replicas are alive. Without a `VALKEY_URL` a process is alone:
//! any other owners that the database names no longer exist.

pub mod bus;
mod figures;
pub mod local;
pub mod members;
pub mod valkey;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use prometheus_client::registry::Registry;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::watch;

use self::{
    bus::{Bus, Ears, Hearing, HearingOwn, Topic},
    figures::Figures,
    members::Members,
};
use crate::id::Id;

/// This replica among the others; cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    /// Key of this replica, for as long as it runs.
    pub me: Id,
    bus: Arc<dyn Bus>,
    ears: Ears,
    members: Arc<Members>,
    figures: Figures,
}

impl Cluster {
    /// This process as the only one of the site.
    #[must_use]
    pub fn alone() -> Self {
        let (ears, me) = (Ears::default(), Id::new());
        let bus = Arc::new(local::Local::new(me, ears.clone()));
        Self { me, bus, ears, members: Arc::new(Members::alone(me)), figures: Figures::default() }
    }

    /// One of several processes that share a database and hear each other over Valkey. Starts the task that keeps the connection
    /// open and the thread that writes this replica's heartbeat, so it must be called on a Tokio runtime.
    ///
    /// # Errors
    /// When `valkey` is not a valid address.
    pub fn over_valkey(valkey: valkey::Address, database_url: &str) -> Result<Self, valkey::BadAddress> {
        let figures = Figures::default();
        let latency = figures.latency.clone();
        let cluster = Self::over(database_url, |me, ears| {
            Ok(Arc::new(valkey::Valkey::start(valkey, me, ears, latency)?) as Arc<dyn Bus>)
        })?;
        Ok(Self { figures, ..cluster })
    }

    /// Like [`Cluster::over_valkey`], over any bus: `connect` gets the key of this replica, and where to deliver what it hears.
    ///
    /// # Errors
    /// The error of `connect`.
    pub fn over<E>(database_url: &str, connect: impl FnOnce(Id, Ears) -> Result<Arc<dyn Bus>, E>) -> Result<Self, E> {
        let (ears, me) = (Ears::default(), Id::new());
        let bus = connect(me, ears.clone())?;
        let members = Members::start(me, database_url.to_owned());
        Ok(Self { me, bus, ears, members, figures: Figures::default() })
    }

    /// Registers the metrics.
    pub fn register(&self, registry: &mut Registry) {
        self.figures.register(registry, self.up());
    }

    /// Sends a message to every replica, this one included. What cannot be delivered now is lost.
    pub fn tell_all<T: Topic>(&self, message: &T) {
        if let Some(message) = text(message) {
            self.bus.tell_all(T::NAME, &message);
        }
    }

    /// Sends a message to one replica. What cannot be delivered now is lost; then [`Cluster::up`] changes.
    pub fn tell<T: Topic>(&self, replica: Id, message: &T) {
        if let Some(message) = text(message) {
            self.bus.tell(replica, T::NAME, &message);
        }
    }

    /// The messages to all replicas about a topic from now on.
    #[must_use]
    pub fn hear<T: Topic>(&self) -> Hearing<T> {
        self.ears.hear()
    }

    /// The messages to this replica alone about a topic from now on. There is one listener: a later one replaces it.
    #[must_use]
    pub fn hear_own<T: Topic>(&self) -> HearingOwn<T> {
        self.ears.hear_own()
    }

    /// Whether messages can cross now.
    #[must_use]
    pub fn up(&self) -> watch::Receiver<bool> {
        self.bus.up()
    }

    /// Whether the other replicas cannot be reached now.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        !*self.bus.up().borrow()
    }

    /// Counts one use against a limit that all replicas share: at most `burst` within `period` per key. `None` when no limit is
    /// shared now and the caller must count for itself.
    ///
    /// # Errors
    /// The time to wait until it is allowed.
    pub async fn count(&self, key: &str, burst: NonZeroU32, period: Duration) -> Option<Result<(), Duration>> {
        self.bus.count(key, burst, period).await
    }

    /// Whether a replica is alive, as far as this one knows.
    #[must_use]
    pub fn lives(&self, replica: Id) -> bool {
        self.members.lives(replica)
    }

    /// How often this replica was silent for so long that others may have taken over its matches.
    #[must_use]
    pub fn lapses(&self) -> u64 {
        self.members.lapses()
    }

    /// Whether anything is known about the other replicas yet.
    #[must_use]
    pub fn is_informed(&self) -> bool {
        self.members.is_informed()
    }

    /// The replicas that are alive, this one included.
    #[must_use]
    pub fn living(&self) -> Vec<Id> {
        self.members.living()
    }

    /// Whether this process is the only one of the site.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.members.is_alone()
    }

    /// Tells the others that this replica ends, so that they need not wait to notice.
    pub fn leave(&self) {
        self.members.leave();
    }
}

/// A message as it goes over the bus.
fn text<T: Topic>(message: &T) -> Option<Box<RawValue>> {
    let text = to_raw_value(message);
    text.inspect_err(|error| tracing::error!(%error, topic = T::NAME, "Could not encode a message")).ok()
}
