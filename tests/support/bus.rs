//! What the replicas of one test hear each other over; it can be cut.

use std::{
    collections::HashMap,
    convert::Infallible,
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::{broadcast, mpsc, watch};
use transcendence::{
    cluster::{
        Cluster, Relays,
        bus::{Bus, Note, Relay},
    },
    id::Id,
};

type Member = (Id, broadcast::Sender<Note>, mpsc::Sender<(Id, Relay)>);

/// The middle.
pub struct Hub {
    members: Mutex<Vec<Member>>,
    up: watch::Sender<bool>,
    counted: Mutex<HashMap<String, u32>>,
}

impl Default for Hub {
    fn default() -> Self {
        Self { members: Mutex::default(), up: watch::channel(true).0, counted: Mutex::default() }
    }
}

impl Hub {
    /// From now on nothing crosses, or everything does again.
    pub fn set_up(&self, up: bool) {
        self.up.send_replace(up);
    }

    /// Under which keys was counted.
    pub fn counted(&self) -> Vec<String> {
        self.counted.lock().unwrap().keys().cloned().collect()
    }
}

struct Way {
    hub: Arc<Hub>,
    me: Id,
}

/// A replica more.
pub fn join(hub: &Arc<Hub>, database_url: &str) -> (Cluster, Relays) {
    let connect = |me, notes, relays| {
        hub.members.lock().unwrap().push((me, notes, relays));
        Ok::<_, Infallible>(Arc::new(Way { hub: Arc::clone(hub), me }) as Arc<dyn Bus>)
    };
    Cluster::over(database_url, connect).unwrap()
}

#[async_trait]
impl Bus for Way {
    fn tell_all(&self, note: &Note) {
        let up = *self.hub.up.borrow();
        for (member, notes, _) in self.hub.members.lock().unwrap().iter() {
            if up || *member == self.me {
                // Nobody listening is no error.
                let _ = notes.send(note.clone());
            }
        }
    }

    fn tell(&self, replica: Id, relay: &Relay) {
        if *self.hub.up.borrow()
            && let Some((.., relays)) = self.hub.members.lock().unwrap().iter().find(|(member, ..)| *member == replica)
        {
            relays.try_send((self.me, relay.clone())).unwrap();
        }
    }

    fn up(&self) -> watch::Receiver<bool> {
        self.hub.up.subscribe()
    }

    async fn count(&self, key: &str, burst: NonZeroU32, period: Duration) -> Option<Result<(), Duration>> {
        if !*self.hub.up.borrow() {
            return None;
        }
        let mut counted = self.hub.counted.lock().unwrap();
        let count = counted.entry(key.to_owned()).or_default();
        *count += 1;
        Some(if *count <= burst.get() { Ok(()) } else { Err(period) })
    }

    fn latency(&self) -> Option<Duration> {
        None
    }
}
