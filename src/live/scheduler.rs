//! One task that wakes rooms when something can happen in them. With no rooms it sleeps until there are some.

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{clock::Millis, registry::Registry, room::Room};
use crate::id::Id;

/// Rooms woken in a row before other tasks get a turn.
const TURN: usize = 32;

/// When which room wants to be woken. An entry that its room has since replaced is skipped.
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

    fn due(&self, now: Millis) -> Option<(Millis, Id)> {
        let mut heap = self.heap.lock();
        heap.peek().filter(|Reverse((at, _))| *at <= now)?;
        heap.pop().map(|Reverse(entry)| entry)
    }

    fn first(&self) -> Option<Millis> {
        self.heap.lock().peek().map(|Reverse((at, _))| *at)
    }
}

/// Runs for as long as the process.
pub(super) async fn run(registry: Arc<Registry>) {
    loop {
        let mut turn = 0;
        while let Some((at, id)) = registry.schedule.due(registry.now()) {
            wake(&registry, at, id);
            turn += 1;
            if turn % TURN == 0 {
                tokio::task::yield_now().await;
            }
        }
        match registry.schedule.first() {
            None => registry.schedule.sooner.notified().await,
            Some(at) => {
                let wait = Duration::from_millis(at.saturating_sub(registry.now()));
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = registry.schedule.sooner.notified() => {}
                }
            }
        }
    }
}

fn wake(registry: &Registry, at: Millis, id: Id) {
    let Some(cell) = registry.cell(id) else { return };
    let is_next = cell.inner(|inner| {
        let is_next = inner.wakes_at == at;
        if is_next {
            inner.wakes_at = Millis::MAX;
        }
        is_next
    });
    if is_next && !registry.is_deaf(&cell) {
        registry.enter(&cell, Room::advance);
    }
}
