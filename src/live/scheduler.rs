//! One task that wakes rooms when something can happen in them. While there are no rooms it sleeps.

use std::{sync::Arc, time::Duration};

use super::{
    registry::Registry,
    room::{Room, clock::Millis},
};
use crate::id::Id;

/// Rooms woken in a row before other tasks get a turn.
const TURN: usize = 32;

/// Runs as long as the process does.
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
            None => registry.schedule.sooner().await,
            Some(at) => {
                let wait = Duration::from_millis(at.saturating_sub(registry.now()));
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = registry.schedule.sooner() => {}
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
