//! The end of live play in this process. Other replicas take the matches over, a few at a time, so that the players' new
//! connections do not all come at once and nobody has to wait behind the others.

use std::{sync::Arc, time::Duration};

use tokio::{
    task,
    time::{Instant, sleep, sleep_until, timeout, timeout_at},
};

use super::{Live, cell::Cell, protocol::CloseReason, queries, registry::Registry, room::Room, saver};
use crate::{cluster::members::BEAT, db::DbError};

/// Time between two portions, each of which is one transaction.
const EVERY: Duration = Duration::from_millis(100);
/// Time in which only the players of one match reconnect, if there is enough for all.
const EACH: Duration = Duration::from_millis(20);
/// How long handing all matches over may take.
const LONGEST: Duration = Duration::from_secs(3);
/// How long saving for the last time may take.
const LAST_SAVE: Duration = Duration::from_millis(2_500);
/// How long sockets may take to say goodbye.
const GOOD_BYE: Duration = Duration::from_millis(1_500);

impl Live {
    /// Accepts no more sockets, and hands the matches over to the other replicas while pages are still answered. Takes about 3 s at
    /// most; without another replica it does nothing. What cannot be handed over stays for [`Live::stop`].
    pub async fn drain(&self) {
        let registry = &self.registry;
        registry.drain();
        if registry.cluster.is_alone() {
            return;
        }
        let is_last = || registry.cluster.living().len() < 2;
        if is_last() {
            // Its successor may have only just come up.
            sleep(2 * BEAT).await;
            if is_last() {
                return;
            }
        }
        let end = Instant::now() + LONGEST;
        let cells = registry.cells();
        let cells: Vec<Arc<Cell>> = cells.into_iter().filter(|cell| is_in_progress(cell)).collect();
        let edges = registry.switchboard.edges();
        let rounds = rounds(cells.len() + edges.len());
        let mut cells = cells.chunks(cells.len().div_ceil(rounds).max(1));
        let mut edges = edges.chunks(edges.len().div_ceil(rounds).max(1));
        for _ in 0..rounds {
            let next = Instant::now() + EVERY;
            for edge in edges.next().unwrap_or_default() {
                edge.restart();
            }
            let portion = cells.next().unwrap_or_default().to_vec();
            // On its own task: if it were given up half-way, it would forget what is still to be saved.
            let handing_over = tokio::spawn(hand_over(Arc::clone(registry), portion));
            match timeout_at(end, handing_over).await {
                Ok(Ok(Ok(()))) => {}
                Ok(Ok(Err(error))) => return tracing::error!(%error, "Could not hand over the matches in progress"),
                Ok(Err(error)) => return tracing::error!(%error, "Could not hand over the matches in progress"),
                Err(_) => return tracing::error!("Could not hand over the matches in progress in time"),
            }
            sleep_until(next.min(end)).await;
        }
    }

    /// Ends live play in this process: what is still here is saved and released to other replicas, and every client is told to come
    /// back. Takes at most 5 s.
    pub async fn stop(&self) {
        let registry = &self.registry;
        registry.stop();
        let saved = timeout(LAST_SAVE, async {
            let saved = saver::save(registry, &registry.cells()).await;
            // Matches that could not be saved are released too, so that another replica can go on from what was saved before.
            let me = registry.cluster.me;
            let released = registry.db.write(move |connection| queries::release(connection, me)).await;
            saved.and(released)
        });
        match saved.await {
            Ok(Ok(released)) => tracing::info!(matches = released, "Saved the matches in progress"),
            Ok(Err(error)) => tracing::error!(%error, "Could not save the matches in progress"),
            Err(_) => tracing::error!("Could not save the matches in progress in time"),
        }
        for cell in registry.cells() {
            cell.inner(|inner| {
                for (_, outbox) in &inner.outboxes {
                    outbox.close(CloseReason::Restart);
                }
            });
        }
        for edge in registry.switchboard.edges() {
            edge.restart();
        }
        registry.sockets.close();
        if timeout(GOOD_BYE, registry.sockets.wait()).await.is_err() {
            tracing::info!("Some clients were not told in time that the server is stopping");
        }
        let cluster = registry.cluster.clone();
        // If this fails, the others only have to notice by themselves.
        let _ = task::spawn_blocking(move || cluster.leave()).await;
    }
}

fn is_in_progress(cell: &Cell) -> bool {
    cell.look(|room| room.outcome().is_none())
}

/// In how many portions this many matches are handed over.
fn rounds(matches: usize) -> usize {
    let longest = usize::try_from(LONGEST.as_millis() / EVERY.as_millis()).unwrap_or(1);
    let at_once = usize::try_from(EVERY.as_millis() / EACH.as_millis()).unwrap_or(1);
    matches.div_ceil(at_once).clamp(1, longest)
}

/// Saves matches, lets any replica take them, and sends their players there.
async fn hand_over(registry: Arc<Registry>, cells: Vec<Arc<Cell>>) -> Result<(), DbError> {
    if cells.is_empty() {
        return Ok(());
    }
    for cell in &cells {
        cell.set_parting(true);
    }
    saver::save(&registry, &cells).await?;
    let (me, ids) = (registry.cluster.me, cells.iter().map(|cell| cell.id).collect::<Vec<_>>());
    registry.db.write(move |connection| queries::hand_over(connection, me, &ids)).await?;
    for cell in &cells {
        if is_in_progress(cell) {
            registry.part(cell, CloseReason::Restart);
        } else {
            // It has just finished, and stays for its result and a rematch.
            cell.set_parting(false);
            registry.enter(cell, Room::advance);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_matches_are_handed_over_quickly_and_many_in_time() {
        assert_eq!(rounds(0), 1);
        assert_eq!(rounds(1), 1);
        assert_eq!(rounds(100), 20);
        assert_eq!(rounds(100_000), 30);
    }
}
