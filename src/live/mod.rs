//! Matches in progress.
//!
//! [`room::Room`] is a match without I/O; [`registry`] holds the rooms and carries out what they want done, [`scheduler`]
//! wakes them, [`socket`] is one task a connection, [`saver`] writes what is new, [`recovery`] brings matches back after a
//! restart, [`drain`] ends play in this process. Other features make and follow matches through [`Live`].

pub mod clock;
pub mod counts;
mod drain;
pub mod effects;
pub mod fairness;
pub mod model;
mod outbox;
pub mod pages;
pub mod protocol;
pub mod queries;
mod recovery;
pub mod registry;
mod relay;
pub mod room;
mod saver;
mod scheduler;
pub mod seats;
pub mod socket;

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use diesel::QueryResult;
use parking_lot::Mutex;
use tokio::sync::broadcast;

use self::{
    counts::Counts,
    model::{NewMatch, NewSeat, Rematch, Summary},
    queries::MatchRow,
    registry::{Registry, RematchState},
};
use crate::{
    clock as wall,
    cluster::{
        Cluster, Relays,
        bus::{Note, Relay},
    },
    db::{Db, DbConnection, DbError},
    id::Id,
};

/// How long a finished match is kept for a rematch.
pub const KEPT: time::Duration = time::Duration::milliseconds(room::LINGER.cast_signed());
/// How long a list of matches in progress may be shown.
const LIST_FOR: Duration = Duration::from_secs(1);
/// How long what another replica said it plays may be shown.
const HEARSAY_FOR: Duration = Duration::from_secs(4);
/// Time between two looks for matches that nobody plays.
const ADOPT: Duration = Duration::from_secs(2);
/// A match that nobody has come to for so long is taken by somebody, to be ended.
const NOBODY_CAME: time::Duration = time::Duration::milliseconds(room::WAIT.cast_signed());
/// The most matches in the list.
const LIST_MOST: usize = 24;

/// The matches in progress of this process; cheap to clone.
#[derive(Clone)]
pub struct Live {
    registry: Arc<Registry>,
    list: Arc<Mutex<Option<(Instant, Arc<[Summary]>)>>>,
    /// What other replicas play, and when they said so.
    elsewhere: Arc<Mutex<HashMap<Id, (Instant, Vec<Summary>)>>>,
}

impl Live {
    /// None in progress yet. Starts the tasks of live play, so it must be called on a Tokio runtime.
    #[must_use]
    pub fn new(db: Db, cluster: Cluster, relays: Relays) -> Self {
        let registry = Arc::new(Registry::new(db, cluster));
        tokio::spawn(scheduler::run(Arc::clone(&registry)));
        tokio::spawn(saver::run(Arc::clone(&registry)));
        let live = Self { registry, list: Arc::default(), elsewhere: Arc::default() };
        tokio::spawn(relay::run(live.clone(), relays));
        if !live.registry.cluster.is_alone() {
            tokio::spawn(live.clone().keep_listed());
        }
        live
    }

    /// Takes over the matches that nobody plays who lives: those of an earlier process, when this one is alone; otherwise it
    /// goes on to look for such matches for as long as the process runs. Returns how many there were at once. To be called
    /// before the first connection.
    ///
    /// # Errors
    /// The database's.
    pub async fn recover(&self) -> Result<usize, DbError> {
        if self.registry.cluster.is_alone() {
            return recovery::adopt(&self.registry, wall::now()).await;
        }
        let registry = Arc::clone(&self.registry);
        tokio::spawn(async move {
            let mut timer = tokio::time::interval(ADOPT);
            timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            let mut lapses = 0;
            while !registry.is_draining() {
                timer.tick().await;
                if !registry.cluster.is_informed() {
                    continue;
                }
                let now = registry.cluster.lapses();
                if now != lapses && recovery::give_up_lost(&registry).await.is_ok() {
                    lapses = now;
                }
                if let Err(error) = recovery::adopt(&registry, wall::now() - NOBODY_CAME).await {
                    tracing::warn!(%error, "It cannot be seen now whether matches are left alone");
                }
            }
        });
        Ok(0)
    }

    /// Tells the other replicas what this one plays, and hears what they do.
    async fn keep_listed(self) {
        let me = self.registry.cluster.me;
        let mut notes = self.registry.cluster.notes();
        let mut timer = tokio::time::interval(LIST_FOR);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut said = false;
        loop {
            tokio::select! {
                _ = timer.tick() => {
                    let matches = self.own_in_progress();
                    if said || !matches.is_empty() {
                        said = !matches.is_empty();
                        self.registry.cluster.tell_all(&Note::Playing { replica: me, matches });
                    }
                }
                note = notes.recv() => match note {
                    Ok(Note::Playing { replica, matches }) if replica != me => {
                        self.elsewhere.lock().insert(replica, (Instant::now(), matches));
                    }
                    Err(broadcast::error::RecvError::Closed) => return,
                    _ => {}
                },
            }
        }
    }

    /// What is counted for operators.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.registry.counts
    }

    /// How many sockets are open.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.registry.sockets.len()
    }

    /// The rooms, for the socket handler.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Makes a match, in the caller's transaction; its players are to go to `/matches/{id}/play`. It is played by the replica
    /// that the first of them comes to.
    ///
    /// # Errors
    /// The database's; no such player among them.
    pub fn create(&self, connection: &mut DbConnection, new: &NewMatch) -> QueryResult<Id> {
        let (id, since, seed) = (Id::new(), wall::now(), rand::random::<u32>());
        let row = MatchRow {
            id,
            mode: new.mode,
            status: queries::LIVE,
            rules: serde_json::to_string(&new.rules).unwrap_or_default(),
            seed: i64::from(seed),
            created_at: since,
        };
        queries::insert(connection, &row, &new.seats)?;
        Ok(id)
    }

    /// Matches in progress to show to anybody, the most watched first, then the newest; at most a second old.
    #[must_use]
    pub fn in_progress(&self) -> Arc<[Summary]> {
        let mut list = self.list.lock();
        if let Some((made, summaries)) = list.as_ref().filter(|(made, _)| made.elapsed() < LIST_FOR) {
            let _ = made;
            return Arc::clone(summaries);
        }
        let mut summaries = self.own_in_progress();
        let mut elsewhere = self.elsewhere.lock();
        elsewhere.retain(|_, (said, _)| said.elapsed() < HEARSAY_FOR);
        summaries.extend(elsewhere.values().flat_map(|(_, matches)| matches.iter().cloned()));
        drop(elsewhere);
        order(&mut summaries);
        // A match that has just changed hands may be told of twice.
        let mut told = HashSet::new();
        summaries.retain(|summary| told.insert(summary.id));
        summaries.truncate(LIST_MOST);
        let summaries: Arc<[Summary]> = summaries.into();
        *list = Some((Instant::now(), Arc::clone(&summaries)));
        summaries
    }

    /// The same of this process alone.
    fn own_in_progress(&self) -> Vec<Summary> {
        let listed = self.registry.cells().into_iter().filter(|cell| cell.mode.is_listed());
        let mut summaries: Vec<Summary> = listed
            .filter_map(|cell| {
                cell.look(|room| {
                    room.is_playing().then(|| Summary {
                        id: cell.id,
                        names: room.specs().map(|seat| seat.name.clone()).collect(),
                        score: room.score().to_vec(),
                        since: cell.since,
                        watchers: room.watchers(),
                    })
                })
            })
            .collect();
        order(&mut summaries);
        summaries.truncate(LIST_MOST);
        summaries
    }

    /// How many matches there are, those just finished included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.registry.count()
    }

    /// A player of a finished match asks for a rematch. When all agree it is made, once, and everybody is sent there.
    ///
    /// # Errors
    /// The database's.
    pub async fn rematch(&self, id: Id, player: Id) -> Result<Rematch, DbError> {
        let Some(cell) = self.registry.cell(id) else {
            return self.rematch_elsewhere(id, player).await;
        };
        let mut agreed = None;
        self.registry.enter(&cell, |room, now, fx| {
            let own = room.seats_of(player);
            if room.outcome().is_some() && !own.is_empty() && !room.others_are_gone(player, now) {
                agreed = Some(own.into_iter().any(|seat| room.ask_rematch(seat, fx)));
            }
        });
        match agreed {
            None => return Ok(Rematch::Impossible),
            Some(false) => return Ok(Rematch::Asked),
            Some(true) => {}
        }
        let before = cell.inner(|inner| {
            let before = inner.rematch;
            if before == RematchState::None {
                inner.rematch = RematchState::Making;
            }
            before
        });
        match before {
            RematchState::Made(rematch) => Ok(Rematch::Agreed(rematch)),
            RematchState::Making => Ok(Rematch::Asked),
            RematchState::None => {
                // On a task of its own: whoever asked may close the browser meanwhile, and this must end all the same.
                let live = self.clone();
                let making = tokio::spawn(async move {
                    let made = live.make_rematch(&cell).await;
                    let state = made.as_ref().map_or(RematchState::None, |rematch| RematchState::Made(*rematch));
                    cell.inner(|inner| inner.rematch = state);
                    let rematch = made?;
                    let url = format!("/matches/{rematch}/play");
                    live.registry.enter(&cell, |room, _, fx| room.go_to(&url, fx));
                    Ok(Rematch::Agreed(rematch))
                });
                making.await.map_err(|error| DbError::Interrupted(error.to_string()))?
            }
        }
    }

    /// Asks for a rematch of a match that another replica keeps.
    async fn rematch_elsewhere(&self, id: Id, player: Id) -> Result<Rematch, DbError> {
        let found = self.registry.db.run(move |connection| {
            let glance = queries::glance(connection, id)?;
            let plays = glance.is_some_and(|glance| glance.is_over && glance.is_player(Some(player)));
            Ok((plays, queries::rematch_of(connection, id)?, queries::owner(connection, id)?))
        });
        let (plays, made, owner) = found.await?;
        let cluster = &self.registry.cluster;
        Ok(match (made, owner) {
            (Some(made), _) => Rematch::Agreed(made),
            (None, Some(owner)) if plays && owner != cluster.me && cluster.lives(owner) && !cluster.is_degraded() => {
                cluster.tell(owner, &Relay::Rematch { match_id: id, player });
                Rematch::Asked
            }
            _ => Rematch::Impossible,
        })
    }

    async fn make_rematch(&self, cell: &registry::Cell) -> Result<Id, DbError> {
        let (rules, seats) = cell.look(|room| {
            let seats = room.specs().map(|seat| match (seat.strength, seat.player) {
                (Some(strength), _) => NewSeat::Bot(strength),
                (None, Some(player)) => NewSeat::Player(player),
                (None, None) => NewSeat::Alias(seat.name.clone()),
            });
            (*room.rules(), seats.collect())
        });
        let new = NewMatch { mode: cell.mode, rules, seats };
        let (live, id) = (self.clone(), cell.id);
        self.registry
            .db
            .write(move |connection| {
                let rematch = live.create(connection, &new)?;
                queries::set_rematch(connection, id, rematch)?;
                Ok(rematch)
            })
            .await
    }

    /// How many sockets of this process talk to matches on other replicas.
    #[must_use]
    pub fn relayed(&self) -> usize {
        self.registry.relay.count()
    }

    /// How many matches that had begun were taken over since the start of the process.
    #[must_use]
    pub fn recoveries(&self) -> u64 {
        self.registry.counts.recoveries.get()
    }
}

/// The most watched first, then the newest.
fn order(summaries: &mut [Summary]) {
    summaries.sort_by_key(|summary| (std::cmp::Reverse(summary.watchers), std::cmp::Reverse(summary.id)));
}
