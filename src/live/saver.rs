//! Saves matches as they go: what is new of all rooms in one transaction about once a second, results at once.
//!
//! Nothing is lost while the database is away: a room's log stays in memory until it is stored, and is offered again.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, sleep_until};

use super::{
    queries::{self, ChunkRow, Finished, Progress, Stored},
    registry::{Cell, Registry},
};
use crate::{clock, db::DbError};

/// Time between two transactions with chunks.
const EVERY: Duration = Duration::from_secs(1);
/// The first wait after a failure; doubled with each further one.
const BACK_OFF: Duration = Duration::from_millis(500);
/// The longest wait after a failure.
const LONGEST: Duration = Duration::from_secs(10);

/// Runs for as long as the process.
pub(super) async fn run(registry: Arc<Registry>) {
    let mut next = Instant::now();
    let mut back_off = BACK_OFF;
    loop {
        let results = save_results(&registry).await;
        let chunks = if Instant::now() >= next {
            next = Instant::now() + EVERY;
            save_chunks(&registry).await
        } else {
            Ok(())
        };
        if let Err(error) = results.and(chunks) {
            tracing::warn!(%error, "Matches could not be saved; they stay in memory and are offered again");
            sleep(back_off).await;
            back_off = (back_off * 2).min(LONGEST);
            continue;
        }
        back_off = BACK_OFF;
        if registry.saves.dirty.lock().is_empty() {
            registry.saves.news.notified().await;
        } else {
            tokio::select! {
                () = sleep_until(next) => {}
                () = registry.saves.news.notified() => {}
            }
        }
    }
}

/// Saves everything that there is, once; for the end of the process.
pub(super) async fn save_all(registry: &Registry) -> Result<(), DbError> {
    for cell in registry.cells() {
        registry.enter(&cell, |room, now, fx| {
            room.advance(now, fx);
            fx.save = true;
        });
    }
    let results = save_results(registry).await;
    save_chunks(registry).await.and(results)
}

async fn save_chunks(registry: &Registry) -> Result<(), DbError> {
    let cells = std::mem::take(&mut *registry.saves.dirty.lock());
    if cells.is_empty() {
        return Ok(());
    }
    match offer(registry, &cells).await {
        Ok(()) => {}
        Err(error) if error.is_passing() => {
            registry.saves.dirty.lock().extend(cells);
            return Err(error);
        }
        // One match that the database refuses (somebody deleted it) must not keep the others from being saved.
        Err(_) => {
            for cell in &cells {
                if let Err(error) = offer(registry, std::slice::from_ref(cell)).await {
                    tracing::error!(%error, match.id = %cell.id, "The database refuses a match's log");
                }
            }
        }
    }
    cells.iter().for_each(note_saved);
    Ok(())
}

async fn offer(registry: &Registry, cells: &[Arc<Cell>]) -> Result<(), DbError> {
    let progress: Vec<Progress> = cells.iter().filter_map(progress_of).collect();
    registry.db.write(move |connection| queries::save_progress(connection, &progress)).await
}

fn note_saved(cell: &Arc<Cell>) {
    cell.inner(|inner| {
        inner.save.queued = false;
        inner.save.started_at = None;
        if let Some((number, chunk)) = inner.save.pending.take() {
            inner.save.next_number = number.saturating_add(1);
            inner.room.saved(chunk.until);
        }
    });
}

fn progress_of(cell: &Arc<Cell>) -> Option<Progress> {
    cell.inner(|inner| {
        let save = &mut inner.save;
        if save.finished {
            return None;
        }
        if save.pending.is_none() {
            save.pending = inner.room.chunk().map(|chunk| (save.next_number, chunk));
        }
        let chunk = save.pending.as_ref().map(|(number, chunk)| ChunkRow::new(cell.id, *number, chunk));
        let started_at = save.started_at;
        (chunk.is_some() || started_at.is_some()).then_some(Progress { id: cell.id, started_at, chunk })
    })
}

/// Results in one transaction: enough to keep up when many matches end at once, few enough to be quick.
const RESULTS: usize = 64;

async fn save_results(registry: &Registry) -> Result<(), DbError> {
    let cells = std::mem::take(&mut *registry.saves.finished.lock());
    let mut failure = None;
    for some in cells.chunks(RESULTS) {
        if failure.is_none() {
            match save_some(registry, some).await {
                Err(error) if error.is_passing() => failure = Some(error),
                // One match that the database refuses must not keep the others from being stored.
                Err(_) => failure = save_singly(registry, some).await.err(),
                Ok(()) => {}
            }
        }
        if failure.is_some() {
            let unsaved = some.iter().filter(|cell| cell.inner(|inner| !inner.save.finished));
            registry.saves.finished.lock().extend(unsaved.cloned());
        }
        // Told also when it could not be stored: nobody should wait for the database to come back.
        for cell in some {
            registry.enter(cell, |room, _, fx| room.tell_end(fx));
        }
    }
    failure.map_or(Ok(()), Err)
}

async fn save_singly(registry: &Registry, cells: &[Arc<Cell>]) -> Result<(), DbError> {
    for cell in cells {
        match save_some(registry, std::slice::from_ref(cell)).await {
            Err(error) if error.is_passing() => return Err(error),
            Err(error) => {
                tracing::error!(%error, match.id = %cell.id, "The database refuses a result");
                cell.inner(|inner| inner.save.finished = true);
            }
            Ok(()) => {}
        }
    }
    Ok(())
}

async fn save_some(registry: &Registry, cells: &[Arc<Cell>]) -> Result<(), DbError> {
    let now = clock::now();
    let results: Vec<Finished> = cells
        .iter()
        .filter_map(|cell| {
            let (started_at, outcome) = cell.inner(|inner| (inner.save.started_at, inner.room.outcome().cloned()));
            Some(Finished { id: cell.id, mode: cell.mode, started_at, now, outcome: outcome? })
        })
        .collect();
    let ended: Vec<_> = results.iter().map(|result| (result.id, result.outcome.why.as_str())).collect();
    let store = move |connection: &mut _| {
        results.iter().map(|result| queries::finish(connection, result)).collect::<Result<Vec<_>, _>>()
    };
    let stored = registry.db.write(store).await?;
    for ((id, why), stored) in ended.into_iter().zip(stored) {
        match stored {
            Stored::Now => tracing::info!(match.id = %id, why, "Match finished"),
            Stored::Before => tracing::info!(match.id = %id, "Match was finished already"),
        }
    }
    for cell in cells {
        cell.inner(|inner| inner.save.finished = true);
    }
    Ok(())
}
