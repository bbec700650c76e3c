//! The bus of a site that is one process.

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;
use tokio::sync::{broadcast, mpsc, watch};

use super::bus::{Bus, Note, Relay};
use crate::id::Id;

/// Messages stay in the process.
pub struct Local {
    me: Id,
    notes: broadcast::Sender<Note>,
    relays: mpsc::Sender<(Id, Relay)>,
    up: watch::Sender<bool>,
}

impl Local {
    pub(super) fn new(me: Id, notes: broadcast::Sender<Note>, relays: mpsc::Sender<(Id, Relay)>) -> Self {
        Self { me, notes, relays, up: watch::channel(true).0 }
    }
}

#[async_trait]
impl Bus for Local {
    fn tell_all(&self, note: &Note) {
        // Nobody listening is no error.
        let _ = self.notes.send(note.clone());
    }

    fn tell(&self, replica: Id, relay: &Relay) {
        if replica == self.me && self.relays.try_send((self.me, relay.clone())).is_err() {
            tracing::warn!("Too many messages to this process wait");
        }
    }

    fn up(&self) -> watch::Receiver<bool> {
        self.up.subscribe()
    }

    async fn count(&self, _: &str, _: NonZeroU32, _: Duration) -> Option<Result<(), Duration>> {
        None
    }

    fn latency(&self) -> Option<Duration> {
        None
    }
}
