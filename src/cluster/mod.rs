//! What the processes (replicas) of one site share beside the database.
//!
//! Everything that must cross from one replica to another goes through the trait [`Bus`]: in one process ([`local`]) or over
//! Valkey ([`valkey`]); no other code knows which. [`members`] tells which replicas live. Without a `VALKEY_URL` a process
//! is alone: whatever the database says about other owners is of the past.

pub mod bus;
pub mod local;
pub mod members;
pub mod valkey;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use tokio::sync::{broadcast, mpsc, watch};

use self::{
    bus::{Bus, Note, Relay},
    members::Members,
};
use crate::id::Id;

/// Relayed messages that may wait to be carried out.
const RELAYS: usize = 16_384;
/// Notes that may wait for a listener; who is slower misses the oldest.
const NOTES: usize = 1_024;

/// This replica among the others; cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    /// Key of this replica, from its start to its end.
    pub me: Id,
    bus: Arc<dyn Bus>,
    notes: broadcast::Sender<Note>,
    members: Arc<Members>,
}

/// What reaches this replica alone; taken once, by live play.
pub type Relays = mpsc::Receiver<(Id, Relay)>;

impl Cluster {
    /// The only process of the site.
    #[must_use]
    pub fn alone() -> (Self, Relays) {
        let (relays, heard) = mpsc::channel(RELAYS);
        let (notes, me) = (broadcast::channel(NOTES).0, Id::new());
        let bus = Arc::new(local::Local::new(me, notes.clone(), relays));
        (Self { me, bus, notes, members: Arc::new(Members::alone(me)) }, heard)
    }

    /// One of several processes over the same database, which hear each other over Valkey. Starts the task that keeps the
    /// connection and the thread that keeps this replica alive in the database, so it must be called on a Tokio runtime.
    ///
    /// # Errors
    /// When `valkey_url` is none.
    pub fn over_valkey(valkey: valkey::Address, database_url: &str) -> Result<(Self, Relays), valkey::BadAddress> {
        Self::over(database_url, |me, notes, relays| Ok(Arc::new(valkey::Valkey::start(valkey, me, notes, relays)?)))
    }

    /// As [`Cluster::over_valkey`], over any bus: `connect` is told the key of this replica, where to put what is said to all,
    /// and where to put what is said to this replica alone.
    ///
    /// # Errors
    /// Those of `connect`.
    pub fn over<E>(
        database_url: &str,
        connect: impl FnOnce(Id, broadcast::Sender<Note>, mpsc::Sender<(Id, Relay)>) -> Result<Arc<dyn Bus>, E>,
    ) -> Result<(Self, Relays), E> {
        let (relays, heard) = mpsc::channel(RELAYS);
        let (notes, me) = (broadcast::channel(NOTES).0, Id::new());
        let bus = connect(me, notes.clone(), relays)?;
        let members = Members::start(me, database_url.to_owned());
        Ok((Self { me, bus, notes, members }, heard))
    }

    /// Says something to every replica, this one included. What cannot be delivered now is lost.
    pub fn tell_all(&self, note: &Note) {
        self.bus.tell_all(note);
    }

    /// Says something to one replica. What cannot be delivered now is lost; then [`Cluster::up`] changes.
    pub fn tell(&self, replica: Id, relay: &Relay) {
        self.bus.tell(replica, relay);
    }

    /// What is said to all from now on.
    #[must_use]
    pub fn notes(&self) -> broadcast::Receiver<Note> {
        self.notes.subscribe()
    }

    /// Whether messages cross now.
    #[must_use]
    pub fn up(&self) -> watch::Receiver<bool> {
        self.bus.up()
    }

    /// Whether something that needs other replicas does not work now.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        !*self.bus.up().borrow()
    }

    /// Counts one against a limit that all replicas share: at most `burst` within `period` under a key. `None`: no limit is
    /// shared now, the caller counts for itself.
    ///
    /// # Errors
    /// The time to wait.
    pub async fn count(&self, key: &str, burst: NonZeroU32, period: Duration) -> Option<Result<(), Duration>> {
        self.bus.count(key, burst, period).await
    }

    /// How long a message took through Valkey and back to here, when it was last measured.
    #[must_use]
    pub fn latency(&self) -> Option<Duration> {
        self.bus.latency()
    }

    /// Whether a replica lives, as far as is known here.
    #[must_use]
    pub fn lives(&self, replica: Id) -> bool {
        self.members.lives(replica)
    }

    /// How often this replica was silent for so long that others may have taken its matches.
    #[must_use]
    pub fn lapses(&self) -> u64 {
        self.members.lapses()
    }

    /// Whether anything is known of the other replicas yet.
    #[must_use]
    pub fn is_informed(&self) -> bool {
        self.members.is_informed()
    }

    /// The replicas that live, this one included.
    #[must_use]
    pub fn living(&self) -> Vec<Id> {
        self.members.living()
    }

    /// Whether this process is the only one of the site.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.members.is_alone()
    }

    /// This replica ends: the others need not wait to notice.
    pub fn leave(&self) {
        self.members.leave();
    }
}
