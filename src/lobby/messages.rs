//! Messages between replicas about the lobby.

use serde::{Deserialize, Serialize};

use crate::cluster::bus::Topic;

/// Somebody entered or left the queue, or a match was found for somebody in it.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct QueueChanged;

impl Topic for QueueChanged {
    const NAME: &'static str = "lobby.queue";
}
