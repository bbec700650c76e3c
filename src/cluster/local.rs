//! The bus of a site that runs as one process.

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::bus::{Bus, Ears};
use crate::id::Id;

/// A bus whose messages stay in the process.
pub struct Local {
    me: Id,
    ears: Ears,
    up: watch::Sender<bool>,
}

impl Local {
    pub(super) fn new(me: Id, ears: Ears) -> Self {
        Self { me, ears, up: watch::channel(true).0 }
    }
}

#[async_trait]
impl Bus for Local {
    fn tell_all(&self, topic: &'static str, message: &RawValue) {
        self.ears.heard(topic, message);
    }

    fn tell(&self, replica: Id, topic: &'static str, message: &RawValue) {
        if replica == self.me && !self.ears.heard_own_now(topic, self.me, message) {
            tracing::warn!("Dropped a message to this process: too many are waiting");
        }
    }

    fn up(&self) -> watch::Receiver<bool> {
        self.up.subscribe()
    }

    async fn count(&self, _: &str, _: NonZeroU32, _: Duration) -> Option<Result<(), Duration>> {
        None
    }
}
