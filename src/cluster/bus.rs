//! The trait that carries messages between replicas, and the topics they are about. The messages themselves belong to the features.

use std::{
    collections::HashMap,
    marker::PhantomData,
    num::NonZeroU32,
    sync::{Arc, Weak},
    time::Duration,
};

use async_trait::async_trait;
use parking_lot::Mutex;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use tokio::sync::{broadcast, mpsc, watch};

use crate::id::Id;

/// Messages to all replicas that may wait for one listener; a listener that falls further behind misses the oldest.
const WAITING: usize = 1_024;
/// Messages to this replica alone that may wait to be handled.
const OWN_WAITING: usize = 16_384;

/// A kind of message between replicas, owned by the feature that sends it. A replica ignores topics that it does not know, so that
/// old and new replicas can run together: a topic whose messages change gets a new name.
pub trait Topic: Serialize + DeserializeOwned {
    /// The topic's name on the bus.
    const NAME: &'static str;
}

/// Carries messages between replicas, and keeps counts for all of them. Messages are JSON.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Sends a message to every replica, this one included; never waits.
    fn tell_all(&self, topic: &'static str, message: &RawValue);
    /// Sends a message to one replica, in order; never waits.
    fn tell(&self, replica: Id, topic: &'static str, message: &RawValue);
    /// Whether messages can cross now. When it changes, messages may have been lost.
    fn up(&self) -> watch::Receiver<bool>;
    /// See [`super::Cluster::count`].
    async fn count(&self, key: &str, burst: NonZeroU32, period: Duration) -> Option<Result<(), Duration>>;
}

/// The listeners of this process, by topic: a [`Bus`] delivers what it hears here. Cheap to clone.
#[derive(Clone, Default)]
pub struct Ears(Arc<Topics>);

#[derive(Default)]
struct Topics {
    all: Mutex<HashMap<&'static str, broadcast::Sender<Arc<str>>>>,
    own: Mutex<HashMap<&'static str, mpsc::Sender<(Id, Arc<str>)>>>,
}

/// An [`Ears`] that does not keep the process's listeners alive.
pub struct WeakEars(Weak<Topics>);

impl WeakEars {
    /// `None` once the process's cluster is gone.
    #[must_use]
    pub fn upgrade(&self) -> Option<Ears> {
        self.0.upgrade().map(Ears)
    }
}

impl Ears {
    /// See [`WeakEars`].
    #[must_use]
    pub fn downgrade(&self) -> WeakEars {
        WeakEars(Arc::downgrade(&self.0))
    }

    /// Delivers a message that was sent to all replicas.
    pub fn heard(&self, topic: &str, message: &RawValue) {
        if let Some(listeners) = self.0.all.lock().get(topic) {
            // It is no error if nobody listens.
            let _ = listeners.send(message.get().into());
        }
    }

    /// Delivers a message that was sent to this replica alone; waits while too many are waiting already.
    pub async fn heard_own(&self, topic: &str, from: Id, message: &RawValue) {
        let listener = self.0.own.lock().get(topic).cloned();
        if let Some(listener) = listener {
            // It is no error if nobody listens.
            let _ = listener.send((from, message.get().into())).await;
        }
    }

    /// The same without waiting; false when too many are waiting already.
    #[must_use]
    pub fn heard_own_now(&self, topic: &str, from: Id, message: &RawValue) -> bool {
        let Some(listener) = self.0.own.lock().get(topic).cloned() else { return true };
        !matches!(listener.try_send((from, message.get().into())), Err(mpsc::error::TrySendError::Full(_)))
    }

    pub(super) fn hear<T: Topic>(&self) -> Hearing<T> {
        let mut all = self.0.all.lock();
        let listeners = all.entry(T::NAME).or_insert_with(|| broadcast::channel(WAITING).0);
        Hearing { messages: listeners.subscribe(), of: PhantomData }
    }

    pub(super) fn hear_own<T: Topic>(&self) -> HearingOwn<T> {
        let (listener, messages) = mpsc::channel(OWN_WAITING);
        self.0.own.lock().insert(T::NAME, listener);
        HearingOwn { messages, of: PhantomData }
    }
}

fn read<T: Topic>(message: &str) -> Option<T> {
    let read = serde_json::from_str(message);
    read.inspect_err(|error| tracing::debug!(%error, topic = T::NAME, "Ignored a message of another version")).ok()
}

/// The messages to all replicas about a topic, from the moment this was made.
pub struct Hearing<T> {
    messages: broadcast::Receiver<Arc<str>>,
    of: PhantomData<fn() -> T>,
}

/// Why no message came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotHeard {
    /// Messages came faster than they were read, and some are lost.
    Missed,
    /// The process is ending.
    Closed,
}

impl<T: Topic> Hearing<T> {
    /// The next message.
    ///
    /// # Errors
    /// See [`NotHeard`].
    pub async fn next(&mut self) -> Result<T, NotHeard> {
        loop {
            match self.messages.recv().await {
                Ok(message) => {
                    if let Some(message) = read(&message) {
                        return Ok(message);
                    }
                }
                Err(broadcast::error::RecvError::Lagged(_)) => return Err(NotHeard::Missed),
                Err(broadcast::error::RecvError::Closed) => return Err(NotHeard::Closed),
            }
        }
    }

    /// Forgets everything sent so far.
    pub fn skip(&mut self) {
        self.messages = self.messages.resubscribe();
    }
}

/// The messages to this replica alone about a topic.
pub struct HearingOwn<T> {
    messages: mpsc::Receiver<(Id, Arc<str>)>,
    of: PhantomData<fn() -> T>,
}

impl<T: Topic> HearingOwn<T> {
    /// The next message and the replica that sent it; `None` when the process ends.
    pub async fn next(&mut self) -> Option<(Id, T)> {
        loop {
            let (from, message) = self.messages.recv().await?;
            if let Some(message) = read(&message) {
                return Some((from, message));
            }
        }
    }
}
