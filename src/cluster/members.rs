//! Which replicas are alive.
//!
//! Each replica counts up its row of `replicas` a few times a second and reads the others'. One that has not counted for
//! [`DEAD_AFTER`] of the reader's own time is dead: clocks of different machines are never compared. While the database is away, no
//! replica is declared dead.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};
use parking_lot::Mutex;

use crate::{
    clock,
    db::{self, DbConnection, schema::replicas},
    id::Id,
};

/// Time between two beats.
pub const BEAT: Duration = Duration::from_millis(200);
/// A replica without a beat for this long is dead.
pub const DEAD_AFTER: Duration = Duration::from_millis(1_000);
/// The row of a replica that has been dead for this long is removed.
const FORGET_AFTER: Duration = Duration::from_secs(600);
/// Wait after the database could not be reached.
const BACK_OFF: Duration = Duration::from_millis(500);

/// What is known about the replicas.
pub struct Members {
    me: Id,
    /// `None`: this process is alone.
    seen: Option<Mutex<Seen>>,
    /// How often this replica was silent for so long that others may have declared it dead.
    lapses: AtomicU64,
    leaving: AtomicBool,
    left: AtomicBool,
}

#[derive(Default)]
struct Seen {
    /// The last count of each replica, and when it changed.
    beats: HashMap<Id, (i64, Instant)>,
    /// When the rows were last read.
    read: Option<Instant>,
    /// Replicas that were asked about but had no row, and since when: they may just have started.
    unknown: HashMap<Id, Instant>,
}

impl Seen {
    /// How long a replica had been silent when the rows were last read.
    fn silence(&self, replica: Id) -> Option<Duration> {
        let (_, changed) = self.beats.get(&replica)?;
        Some(self.read?.saturating_duration_since(*changed))
    }

    /// Takes in the rows just read; returns the replicas that have been dead for [`FORGET_AFTER`].
    fn take_in(&mut self, rows: &[(Id, i64)], now: Instant) -> Vec<Id> {
        // While the rows could not be read nobody could beat either, so that time counts against nobody.
        let gap = self.read.map_or(Duration::ZERO, |read| now.saturating_duration_since(read));
        if gap > DEAD_AFTER / 2 {
            for (_, changed) in self.beats.values_mut() {
                *changed += gap;
            }
        }
        self.read = Some(now);
        for (id, beat) in rows {
            let entry = self.beats.entry(*id).or_insert((*beat, now));
            if entry.0 != *beat {
                *entry = (*beat, now);
            }
        }
        self.beats.retain(|id, _| rows.iter().any(|(row, _)| row == id));
        self.unknown
            .retain(|id, since| !self.beats.contains_key(id) && now.saturating_duration_since(*since) < FORGET_AFTER);
        let long_gone = |id: &Id| self.silence(*id).is_some_and(|silence| silence > FORGET_AFTER);
        self.beats.keys().copied().filter(long_gone).collect()
    }
}

impl Members {
    pub(super) fn alone(me: Id) -> Self {
        Self { me, seen: None, lapses: AtomicU64::new(0), leaving: AtomicBool::new(false), left: AtomicBool::new(true) }
    }

    pub(super) fn start(me: Id, database_url: String) -> Arc<Self> {
        let members = Arc::new(Self {
            me,
            seen: Some(Mutex::default()),
            lapses: AtomicU64::new(0),
            leaving: AtomicBool::new(false),
            left: AtomicBool::new(false),
        });
        let beating = Arc::clone(&members);
        // Its own thread and connection, so that neither a full pool nor a busy runtime makes a replica look dead.
        let spawned = thread::Builder::new().name("beat".to_owned()).spawn(move || beating.beat(&database_url));
        if let Err(error) = spawned {
            tracing::error!(%error, "Could not start this replica's heartbeat");
        }
        members
    }

    pub(super) const fn is_alone(&self) -> bool {
        self.seen.is_none()
    }

    pub(super) fn lives(&self, replica: Id) -> bool {
        if replica == self.me {
            return true;
        }
        let Some(seen) = &self.seen else { return false };
        let mut seen = seen.lock();
        if let Some(silence) = seen.silence(replica) {
            return silence < DEAD_AFTER;
        }
        // Before the rows are first read, any replica may be alive.
        let Some(read) = seen.read else { return true };
        let since = *seen.unknown.entry(replica).or_insert_with(Instant::now);
        // By then, a row made before the question was asked has been read.
        read.saturating_duration_since(since) < 2 * BEAT
    }

    pub(super) fn living(&self) -> Vec<Id> {
        let mut living = vec![self.me];
        if let Some(seen) = &self.seen {
            let seen = seen.lock();
            let alive = |id: &Id| *id != self.me && seen.silence(*id).is_some_and(|silence| silence < DEAD_AFTER);
            living.extend(seen.beats.keys().copied().filter(alive));
        }
        living
    }

    pub(super) fn lapses(&self) -> u64 {
        self.lapses.load(Ordering::Acquire)
    }

    /// Whether the rows have been read; until then nobody can be declared dead.
    pub(super) fn is_informed(&self) -> bool {
        self.seen.as_ref().is_none_or(|seen| seen.lock().read.is_some())
    }

    /// Removes this replica's row; waits a moment for that to be done.
    pub(super) fn leave(&self) {
        self.leaving.store(true, Ordering::Release);
        let patience = Instant::now() + DEAD_AFTER;
        while !self.left.load(Ordering::Acquire) && Instant::now() < patience {
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn beat(&self, database_url: &str) {
        let mut connection: Option<DbConnection> = None;
        let mut beaten_at = Instant::now();
        let mut told = String::new();
        while !self.leaving.load(Ordering::Acquire) {
            let beaten = match &mut connection {
                Some(connection) => round(connection, self.me),
                None => match db::connect(database_url) {
                    Ok(opened) => {
                        connection = Some(opened);
                        continue;
                    }
                    Err(error) => Err(error.to_string()),
                },
            };
            match beaten {
                Ok(rows) => {
                    // The others declare it dead after a silence slightly longer than this.
                    if beaten_at.elapsed() >= DEAD_AFTER {
                        self.lapses.fetch_add(1, Ordering::Release);
                    }
                    beaten_at = Instant::now();
                    told.clear();
                    self.note(&rows, connection.as_mut());
                    thread::sleep(BEAT);
                }
                Err(error) => {
                    if error != told {
                        tracing::warn!(error, "Could not write this replica's heartbeat");
                        told = error;
                    }
                    connection = None;
                    thread::sleep(BACK_OFF);
                }
            }
        }
        if let Some(connection) = &mut connection
            && let Err(error) = diesel::delete(replicas::table.find(self.me)).execute(connection)
        {
            tracing::warn!(%error, "Could not remove this replica's heartbeat; the others will time it out");
        }
        self.left.store(true, Ordering::Release);
    }

    /// Takes in the rows just read, and removes those of replicas that died long ago.
    fn note(&self, rows: &[(Id, i64)], connection: Option<&mut DbConnection>) {
        let Some(seen) = &self.seen else { return };
        let long_gone = seen.lock().take_in(rows, Instant::now());
        if let Some(connection) = connection.filter(|_| !long_gone.is_empty()) {
            // If it fails, the next round tries again.
            let _ = diesel::delete(replicas::table.filter(replicas::id.eq_any(long_gone))).execute(connection);
        }
    }
}

/// Beats once and reads everybody's rows.
fn round(connection: &mut DbConnection, me: Id) -> Result<Vec<(Id, i64)>, String> {
    let work = |connection: &mut DbConnection| -> QueryResult<Vec<(Id, i64)>> {
        let beaten =
            diesel::update(replicas::table.find(me)).set(replicas::beat.eq(replicas::beat + 1)).execute(connection)?;
        if beaten == 0 {
            let row = (replicas::id.eq(me), replicas::beat.eq(0_i64), replicas::started_at.eq(clock::now()));
            diesel::insert_into(replicas::table).values(row).execute(connection)?;
        }
        replicas::table.select((replicas::id, replicas::beat)).load(connection)
    };
    work(connection).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::migrations;

    fn members(me: i64) -> Members {
        Members {
            me: Id(me),
            seen: Some(Mutex::default()),
            lapses: AtomicU64::new(0),
            leaving: AtomicBool::new(false),
            left: AtomicBool::new(false),
        }
    }

    #[test]
    fn rows_are_made_counted_and_read() {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("test.sqlite3").to_string_lossy().into_owned();
        let mut connection = db::connect(&url).unwrap();
        migrations::run(&mut connection).unwrap();
        assert_eq!(round(&mut connection, Id(1)).unwrap(), [(Id(1), 0)]);
        round(&mut connection, Id(2)).unwrap();
        assert_eq!(round(&mut connection, Id(1)).unwrap(), [(Id(1), 1), (Id(2), 0)]);
    }

    #[test]
    fn who_stops_counting_is_dead_and_who_counts_lives() {
        let (ada, start) = (members(1), Instant::now());
        let read =
            |rows: &[(Id, i64)], beats: u32| ada.seen.as_ref().unwrap().lock().take_in(rows, start + beats * BEAT);
        assert!(ada.lives(Id(2)), "nothing is known yet");
        read(&[(Id(1), 0)], 0);
        assert!(ada.lives(Id(3)), "it may just have started");
        read(&[(Id(2), 7)], 9);
        assert!(!ada.lives(Id(3)), "there is no such replica");
        for beat in 10..14 {
            read(&[(Id(2), 7)], beat);
            assert!(ada.lives(Id(2)));
        }
        read(&[(Id(2), 7)], 14);
        assert!(!ada.lives(Id(2)));
        read(&[(Id(2), 8)], 15);
        assert!(ada.lives(Id(2)), "it was only slow");
        assert!(ada.lives(Id(1)));
    }

    #[test]
    fn while_the_database_is_away_nobody_is_found_dead() {
        let (ada, start) = (members(1), Instant::now());
        let read = |rows: &[(Id, i64)], ms| {
            ada.seen.as_ref().unwrap().lock().take_in(rows, start + Duration::from_millis(ms));
        };
        read(&[(Id(2), 9), (Id(3), 1)], 0);
        for ms in [200_u64, 400, 600, 800, 1_000] {
            read(&[(Id(2), ms.cast_signed()), (Id(3), 1)], ms);
        }
        assert!(ada.lives(Id(2)) && !ada.lives(Id(3)));
        read(&[(Id(2), 1_000), (Id(3), 1)], 21_000);
        assert!(ada.lives(Id(2)));
        assert!(!ada.lives(Id(3)), "who was dead before stays so");
        for ms in [21_200, 21_400, 21_600, 21_800, 22_000] {
            read(&[(Id(2), 1_000)], ms);
        }
        assert!(!ada.lives(Id(2)), "but it must then count again");
    }

    #[test]
    fn alone_there_are_no_others() {
        let alone = Members::alone(Id(1));
        assert!(alone.lives(Id(1)) && !alone.lives(Id(2)));
    }
}
