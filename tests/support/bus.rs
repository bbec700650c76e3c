//! A bus between the replicas of one test, all in this process, that the test can cut.

use std::{
    collections::HashMap,
    convert::Infallible,
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use serde_json::value::RawValue;
use tokio::sync::watch;
use transcendence::{
    cluster::{
        Cluster,
        bus::{Bus, Ears},
    },
    id::Id,
};

type Member = (Id, Ears);

/// What connects the replicas.
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
    /// Cuts the bus, or mends it.
    pub fn set_up(&self, up: bool) {
        self.up.send_replace(up);
    }

    /// The keys that something was counted under.
    pub fn counted(&self) -> Vec<String> {
        self.counted.lock().unwrap().keys().cloned().collect()
    }
}

/// A replica's end of the bus.
struct Way {
    hub: Arc<Hub>,
    me: Id,
}

/// Adds a replica.
pub fn join(hub: &Arc<Hub>, database_url: &str) -> Cluster {
    let connect = |me, ears| {
        hub.members.lock().unwrap().push((me, ears));
        Ok::<_, Infallible>(Arc::new(Way { hub: Arc::clone(hub), me }) as Arc<dyn Bus>)
    };
    Cluster::over(database_url, connect).unwrap()
}

#[async_trait]
impl Bus for Way {
    fn tell_all(&self, topic: &'static str, message: &RawValue) {
        let up = *self.hub.up.borrow();
        for (member, ears) in self.hub.members.lock().unwrap().iter() {
            if up || *member == self.me {
                ears.heard(topic, message);
            }
        }
    }

    fn tell(&self, replica: Id, topic: &'static str, message: &RawValue) {
        if *self.hub.up.borrow()
            && let Some((_, ears)) = self.hub.members.lock().unwrap().iter().find(|(member, _)| *member == replica)
        {
            assert!(ears.heard_own_now(topic, self.me, message), "too much waits");
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
}
