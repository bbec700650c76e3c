//! Saves matches as they go: what is new in all rooms in one transaction every 200 ms, results at once.
//!
//! Nothing is lost while the database is away: a room's log stays in memory until it is stored, and is offered again.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until, timeout};

use super::{
    cell::{Cell, Inner},
    queries::{self, ChunkRow, NewResult, Progress, Stored},
    registry::Registry,
    room::Room,
};
use crate::{clock, db::DbError};

/// Time between two transactions with chunks: what many matches have to store is spread over time, so that play never waits for it.
const EVERY: Duration = Duration::from_millis(200);
/// Most matches in one transaction.
const AT_ONCE: usize = 256;
/// The first wait after a failure; doubled with each further one.
const BACK_OFF: Duration = Duration::from_millis(500);
/// The longest wait after a failure.
const LONGEST: Duration = Duration::from_secs(10);
/// How long a transaction may take. A database that hangs must not keep players waiting for the end of their match; if the
/// transaction was stored after all, the next try notices.
const PATIENCE: Duration = Duration::from_secs(3);

/// Runs as long as the process does.
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
            tracing::warn!(%error, "Could not save matches; keeping them in memory and trying again");
            tell_ends_for(&registry, back_off).await;
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

/// Waits, and meanwhile tells players of ends that cannot be stored yet.
async fn tell_ends_for(registry: &Registry, time: Duration) {
    let telling = async {
        loop {
            let ended = registry.saves.finished.lock().clone();
            for cell in ended {
                registry.enter(&cell, |room, _, fx| room.tell_end(fx));
            }
            registry.saves.news.notified().await;
        }
    };
    // It never ends by itself.
    let _ = timeout(time, telling).await;
}

/// Saves everything there is of some matches, once, because they are to end here.
pub(super) async fn save(registry: &Registry, cells: &[Arc<Cell>]) -> Result<(), DbError> {
    for cell in cells {
        registry.enter(cell, Room::advance);
    }
    let results = save_results(registry).await;
    // A chunk that failed to be stored before is offered again unchanged; what came after it is another chunk.
    for _ in 0..2 {
        for cell in cells {
            cell.inner(|inner| queue(registry, cell, inner));
        }
        save_chunks(registry).await?;
    }
    results
}

fn queue(registry: &Registry, cell: &Arc<Cell>, inner: &mut Inner) {
    if !inner.save.queued {
        inner.save.queued = true;
        registry.saves.dirty.lock().push(Arc::clone(cell));
    }
}

async fn save_chunks(registry: &Registry) -> Result<(), DbError> {
    let _turn = registry.saves.turn.lock().await;
    let cells = std::mem::take(&mut *registry.saves.dirty.lock());
    let mut failure = None;
    for some in cells.chunks(AT_ONCE) {
        if failure.is_some() {
            for cell in some {
                cell.inner(|inner| {
                    inner.save.queued = false;
                    queue(registry, cell, inner);
                });
            }
        } else {
            failure = save_chunks_of(registry, some).await.err();
            tokio::task::yield_now().await;
        }
    }
    failure.map_or(Ok(()), Err)
}

async fn save_chunks_of(registry: &Registry, cells: &[Arc<Cell>]) -> Result<(), DbError> {
    let offers: Vec<Offer> = cells.iter().cloned().filter_map(Offer::of).collect();
    match offer(registry, &offers).await {
        Ok(()) => Ok(()),
        Err(error) if error.is_passing() => {
            for offer in &offers {
                offer.again(registry);
            }
            Err(error)
        }
        // One match that the database refuses (somebody deleted it) must not keep the others from being saved.
        Err(_) => {
            let mut failure = None;
            for one in &offers {
                match offer(registry, std::slice::from_ref(one)).await {
                    Ok(()) => {}
                    Err(error) if error.is_passing() => {
                        one.again(registry);
                        failure = Some(error);
                    }
                    Err(error) => {
                        tracing::error!(%error, match.id = %one.cell.id, "The database refused a match's log");
                        one.cell.inner(|inner| inner.save.refused = true);
                    }
                }
            }
            failure.map_or(Ok(()), Err)
        }
    }
}

/// What is new in one match, on its way to the database.
struct Offer {
    cell: Arc<Cell>,
    progress: Progress,
}

impl Offer {
    /// `None` when nothing is new. From now on, news is queued again.
    fn of(cell: Arc<Cell>) -> Option<Self> {
        let progress = cell.inner(|inner| {
            let save = &mut inner.save;
            save.queued = false;
            if save.finished || save.refused {
                return None;
            }
            if save.pending.is_none() {
                save.pending = inner.room.chunk().map(|chunk| (save.next_number, chunk));
            }
            let chunk = save.pending.as_ref().map(|(number, chunk)| ChunkRow::new(cell.id, *number, chunk));
            let started_at = save.started_at;
            (chunk.is_some() || started_at.is_some()).then_some(Progress {
                id: cell.id,
                fence: cell.fence,
                started_at,
                chunk,
            })
        })?;
        Some(Self { cell, progress })
    }

    /// The offer was not stored, and is to be made again.
    fn again(&self, registry: &Registry) {
        self.cell.inner(|inner| queue(registry, &self.cell, inner));
    }

    /// The offer is stored.
    fn note_saved(&self) {
        self.cell.inner(|inner| {
            if inner.save.started_at == self.progress.started_at {
                inner.save.started_at = None;
            }
            if self.progress.chunk.is_some()
                && let Some((number, chunk)) = inner.save.pending.take()
            {
                inner.save.next_number = number.saturating_add(1);
                inner.room.saved(chunk.until);
            }
        });
    }
}

/// Stores offers, all or none.
async fn offer(registry: &Registry, offers: &[Offer]) -> Result<(), DbError> {
    if offers.is_empty() {
        return Ok(());
    }
    let progress: Vec<Progress> = offers.iter().map(|offer| offer.progress.clone()).collect();
    let lost =
        registry.db.within(PATIENCE).write(move |connection| queries::save_progress(connection, &progress)).await?;
    for offer in offers {
        if lost.contains(&offer.cell.id) {
            registry.lose(&offer.cell);
        } else {
            offer.note_saved();
        }
    }
    Ok(())
}

/// Results in one transaction: enough to keep up when many matches end at once, few enough to be quick.
const RESULTS: usize = 64;

async fn save_results(registry: &Registry) -> Result<(), DbError> {
    let _turn = registry.saves.turn.lock().await;
    let cells = std::mem::take(&mut *registry.saves.finished.lock());
    let mut failure = None;
    // Failed results go to the end of the queue: if one fails for a reason of its own, the others do not wait for it.
    let mut failed = Vec::new();
    for some in cells.chunks(RESULTS) {
        if failure.is_some() {
            registry.saves.finished.lock().extend(some.iter().cloned());
        } else {
            match save_some(registry, some).await {
                Err(error) if error.is_passing() && some.len() == 1 => failure = Some(error),
                // One match that the database refuses must not keep the others from being stored.
                Err(_) => failure = save_singly(registry, some).await.err(),
                Ok(()) => {}
            }
            if failure.is_some() {
                failed.extend(some.iter().filter(|cell| cell.inner(|inner| !inner.save.finished)).cloned());
            }
        }
        // Players are told even if it could not be stored: nobody should wait for the database to come back.
        for cell in some {
            registry.enter(cell, |room, now, fx| {
                room.tell_end(fx);
                room.advance(now, fx);
            });
        }
    }
    // Nor do they wait for the first one that failed.
    if !failed.is_empty() {
        failed.rotate_left(1);
    }
    registry.saves.finished.lock().extend(failed);
    failure.map_or(Ok(()), Err)
}

async fn save_singly(registry: &Registry, cells: &[Arc<Cell>]) -> Result<(), DbError> {
    for cell in cells {
        match save_some(registry, std::slice::from_ref(cell)).await {
            Err(error) if error.is_passing() => return Err(error),
            Err(error) => {
                tracing::error!(%error, match.id = %cell.id, "The database refused a result");
                cell.inner(|inner| inner.save.finished = true);
            }
            Ok(()) => {}
        }
    }
    Ok(())
}

async fn save_some(registry: &Registry, cells: &[Arc<Cell>]) -> Result<(), DbError> {
    let now = clock::now();
    let results: Vec<NewResult> = cells
        .iter()
        .filter_map(|cell| {
            let (started_at, outcome) = cell.inner(|inner| (inner.save.started_at, inner.room.outcome().cloned()));
            Some(NewResult { id: cell.id, fence: cell.fence, mode: cell.mode, started_at, now, outcome: outcome? })
        })
        .collect();
    let ended: Vec<_> = results.iter().map(|result| (result.id, result.outcome.why.as_str())).collect();
    let aftermath = registry.aftermath.clone();
    let store = move |connection: &mut _| {
        results.iter().map(|result| queries::finish(connection, result, &aftermath)).collect::<Result<Vec<_>, _>>()
    };
    let stored = registry.db.within(PATIENCE).write(store).await?;
    let mut lost = Vec::new();
    for ((id, why), stored) in ended.into_iter().zip(stored) {
        match stored {
            Stored::Now => tracing::info!(match.id = %id, why, "Match finished"),
            Stored::Before => tracing::info!(match.id = %id, "Match had already finished"),
            Stored::Elsewhere => lost.push(id),
        }
    }
    for cell in cells {
        if lost.contains(&cell.id) {
            registry.lose(cell);
        } else {
            cell.inner(|inner| inner.save.finished = true);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, connection::SimpleConnection};

    use super::*;
    use crate::{
        cluster::Cluster,
        db::{
            self, Db, DbConnection, migrations,
            schema::{match_chunks, matches},
        },
        id::Id,
        live::{
            aftermath::{Aftermath, Finished},
            cell::OnRecord,
            model::{Mode, NewSeat},
            outbox::Outbox,
            protocol::SeatKind,
            queries::MatchRow,
            room::{COUNTDOWN, RoomSpec, seats::SeatSpec},
        },
        pong::{Rules, Strength},
    };

    /// A registry over a database with one connection, on which tests can change settings.
    fn registry() -> (Registry, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("test.sqlite3").to_string_lossy().into_owned();
        migrations::run(&mut db::connect(&url).unwrap()).unwrap();
        (Registry::new(Db::new(&url, 1, Duration::from_secs(30)).unwrap(), Cluster::alone(), Vec::new()), folder)
    }

    async fn make(registry: &Registry, in_database: bool) -> Arc<Cell> {
        let (id, rules) = (Id::new(), Rules::classic(3).unwrap());
        let seats = vec![NewSeat::Bot(Strength::Weak), NewSeat::Bot(Strength::Weak)];
        if in_database {
            let rules = serde_json::to_string(&rules).unwrap();
            let store = move |connection: &mut _| {
                let status = queries::LIVE;
                let row = MatchRow { id, mode: Mode::Bot, status, rules, seed: 7, created_at: clock::now() };
                queries::insert(connection, &row, &seats)
            };
            registry.db.write(store).await.unwrap();
        }
        let bot =
            SeatSpec { name: "Bot".into(), kind: SeatKind::Bot, player: Some(Id(1)), strength: Some(Strength::Weak) };
        let room = Room::new(RoomSpec { rules, seed: 7, seats: vec![bot.clone(), bot] }, registry.now());
        let cell = registry.add(id, Mode::Bot, clock::now(), room, OnRecord::default());
        // Bots need no connection, but the match only begins when somebody comes.
        registry.join(&cell, None, Arc::new(Outbox::default())).unwrap();
        cell
    }

    /// Takes a match to where it would be after some seconds of play.
    fn play(registry: &Registry, cell: &Arc<Cell>, seconds: u64) {
        registry.enter(cell, |room, now, fx| {
            room.advance(now + COUNTDOWN + seconds * 1_000, fx);
            fx.save = true;
        });
    }

    async fn chunks_of(registry: &Registry, cell: &Cell) -> Vec<(i32, i64, String)> {
        let id = cell.id;
        registry.db.run(move |connection| queries::chunks(connection, id)).await.unwrap()
    }

    async fn read_only(registry: &Registry, on: bool) {
        let pragma = if on { "PRAGMA query_only = ON" } else { "PRAGMA query_only = OFF" };
        registry.db.run(move |connection| connection.batch_execute(pragma)).await.unwrap();
    }

    fn confirmed(cell: &Cell) -> i64 {
        cell.look(|room| i64::from(room.timeline().confirmed().tick))
    }

    #[tokio::test]
    async fn nothing_of_a_log_is_lost_while_the_database_cannot_write() {
        let (registry, _folder) = registry();
        let cell = make(&registry, true).await;
        play(&registry, &cell, 2);
        let first = confirmed(&cell);
        read_only(&registry, true).await;
        assert!(save_chunks(&registry).await.unwrap_err().is_passing());
        play(&registry, &cell, 4);
        assert!(save_chunks(&registry).await.is_err());
        assert!(chunks_of(&registry, &cell).await.is_empty());

        read_only(&registry, false).await;
        save(&registry, &registry.cells()).await.unwrap();
        let stored: Vec<(i32, i64)> =
            chunks_of(&registry, &cell).await.into_iter().map(|(number, until, _)| (number, until)).collect();
        assert_eq!(stored, [(0, first), (1, confirmed(&cell))]);
        assert_eq!(cell.look(Room::chunk), None);
    }

    #[tokio::test]
    async fn a_log_that_the_database_refuses_keeps_no_other_from_being_saved_and_gets_no_hole() {
        let (registry, _folder) = registry();
        let (unknown, known) = (make(&registry, false).await, make(&registry, true).await);
        play(&registry, &unknown, 2);
        play(&registry, &known, 2);
        save_chunks(&registry).await.unwrap();
        assert_eq!(chunks_of(&registry, &known).await.len(), 1);
        assert!(unknown.look(|room| room.chunk().is_some()), "what was refused does not count as stored");

        play(&registry, &unknown, 4);
        play(&registry, &known, 4);
        save_chunks(&registry).await.unwrap();
        assert!(registry.saves.dirty.lock().is_empty(), "it is not offered for ever");
        assert_eq!(chunks_of(&registry, &known).await.len(), 2);
        let all = |connection: &mut _| match_chunks::table.count().get_result::<i64>(connection);
        assert_eq!(registry.db.run(all).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_result_waits_for_a_database_that_cannot_write() {
        let (registry, _folder) = registry();
        let (one, other) = (make(&registry, true).await, make(&registry, true).await);
        for cell in [&one, &other] {
            // A match between two weak bots ends within an hour.
            let end = |room: &mut Room, now, fx: &mut _| (1..3_600).for_each(|s| room.advance(now + s * 1_000, fx));
            registry.enter(cell, end);
            assert!(cell.look(|room| room.outcome().is_some()));
        }
        read_only(&registry, true).await;
        assert!(save_results(&registry).await.unwrap_err().is_passing());
        assert!(!one.inner(|inner| inner.save.finished) && !other.inner(|inner| inner.save.finished));

        read_only(&registry, false).await;
        save_results(&registry).await.unwrap();
        let status = |connection: &mut _| matches::table.select(matches::status).load::<String>(connection);
        assert_eq!(registry.db.run(status).await.unwrap(), [queries::FINISHED, queries::FINISHED]);
        assert!(registry.saves.finished.lock().is_empty());
    }

    /// Something that the database refuses for good, after it has written something.
    struct Refused;

    impl Aftermath for Refused {
        fn apply(&self, connection: &mut DbConnection, finished: &Finished) -> diesel::QueryResult<()> {
            diesel::update(matches::table.find(finished.id)).set(matches::ticks.eq(1)).execute(connection)?;
            Err(diesel::result::Error::NotFound)
        }
    }

    #[tokio::test]
    async fn what_is_refused_after_a_result_does_not_cost_the_result() {
        let (mut registry, _folder) = registry();
        registry.aftermath = vec![Arc::new(Refused)];
        let cell = make(&registry, true).await;
        let end = |room: &mut Room, now, fx: &mut _| (1..3_600).for_each(|s| room.advance(now + s * 1_000, fx));
        registry.enter(&cell, end);
        save_results(&registry).await.unwrap();
        let read = |connection: &mut _| matches::table.select((matches::status, matches::ticks)).first(connection);
        let (status, ticks): (String, Option<i64>) = registry.db.run(read).await.unwrap();
        assert_eq!(status, queries::FINISHED);
        assert!(ticks.unwrap() > 1, "what it wrote is undone");
    }
}
