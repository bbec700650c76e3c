//! When each room is to be woken.

use std::{cmp::Reverse, collections::BinaryHeap};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::room::clock::Millis;
use crate::id::Id;

/// When each room is to be woken. An entry that its room has since replaced is skipped.
#[derive(Default)]
pub(super) struct Schedule {
    heap: Mutex<BinaryHeap<Reverse<(Millis, Id)>>>,
    sooner: Notify,
}

impl Schedule {
    /// Wakes a room at a time.
    pub fn add(&self, at: Millis, id: Id) {
        let mut heap = self.heap.lock();
        let first = heap.peek().is_none_or(|Reverse((first, _))| at < *first);
        heap.push(Reverse((at, id)));
        drop(heap);
        if first {
            self.sooner.notify_one();
        }
    }

    /// The next entry that is due.
    pub fn due(&self, now: Millis) -> Option<(Millis, Id)> {
        let mut heap = self.heap.lock();
        heap.peek().filter(|Reverse((at, _))| *at <= now)?;
        heap.pop().map(|Reverse(entry)| entry)
    }

    /// When the next entry is due.
    pub fn first(&self) -> Option<Millis> {
        self.heap.lock().peek().map(|Reverse((at, _))| *at)
    }

    /// Waits until something is due sooner than before.
    pub async fn sooner(&self) {
        self.sooner.notified().await;
    }
}
