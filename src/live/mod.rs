//! Matches in progress.
//!
//! [`room::Room`] is a match without I/O; [`registry`] holds the rooms and carries out what they want done, [`scheduler`]
//! wakes them, [`socket`] is one task a connection, [`saver`] writes what is new, [`recovery`] brings matches back after a
//! restart. Other features make and follow matches through [`Live`].

pub mod clock;
pub mod effects;
pub mod fairness;
pub mod model;
mod outbox;
pub mod pages;
pub mod protocol;
pub mod queries;
mod recovery;
pub mod registry;
pub mod room;
mod saver;
mod scheduler;
pub mod seats;
pub mod socket;

#[cfg(test)]
mod tests;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use diesel::QueryResult;
use parking_lot::Mutex;
use tokio::time::timeout;

use self::{
    model::{NewMatch, NewSeat, Rematch, Summary},
    protocol::{CloseReason, SeatKind},
    queries::MatchRow,
    registry::{Registry, RematchState},
    room::{Room, RoomSpec},
    seats::SeatSpec,
};
use crate::{
    clock as wall,
    db::{Db, DbConnection, DbError},
    id::Id,
};

/// How long a finished match is kept for a rematch.
pub const KEPT: time::Duration = time::Duration::milliseconds(room::LINGER.cast_signed());
/// How long a list of matches in progress may be shown.
const LIST_FOR: Duration = Duration::from_secs(1);
/// The most matches in the list.
const LIST_MOST: usize = 24;
/// How long sockets may take to say good-bye.
const GOOD_BYE: Duration = Duration::from_millis(1_500);
/// How long the last save may take.
const LAST_SAVE: Duration = Duration::from_millis(2_500);

/// The matches in progress of this process; cheap to clone.
#[derive(Clone)]
pub struct Live {
    registry: Arc<Registry>,
    list: Arc<Mutex<Option<(Instant, Arc<[Summary]>)>>>,
}

impl Live {
    /// None in progress yet. Starts the tasks that wake and save matches, so it must be called on a Tokio runtime.
    #[must_use]
    pub fn new(db: Db) -> Self {
        let registry = Arc::new(Registry::new(db));
        tokio::spawn(scheduler::run(Arc::clone(&registry)));
        tokio::spawn(saver::run(Arc::clone(&registry)));
        Self { registry, list: Arc::default() }
    }

    /// Brings back the matches that an earlier process left without a result; returns how many. To be called before the
    /// first connection.
    ///
    /// # Errors
    /// The database's.
    pub async fn recover(&self) -> Result<usize, DbError> {
        recovery::run(&self.registry).await
    }

    /// The rooms, for the socket handler.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Makes a match, in the caller's transaction; its players are to go to `/matches/{id}/play`.
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
        let players = queries::insert(connection, &row, &new.seats)?;
        let seats = players.into_iter().zip(&new.seats).map(|(player, seat)| match (player, seat) {
            (Some(player), NewSeat::Bot(strength)) => {
                SeatSpec { name: player.name, kind: SeatKind::Bot, player: Some(player.id), strength: Some(*strength) }
            }
            (Some(player), _) => SeatSpec {
                name: player.name,
                kind: recovery::kind_of(player.kind),
                player: Some(player.id),
                strength: None,
            },
            (None, NewSeat::Alias(name)) => {
                SeatSpec { name: name.clone(), kind: SeatKind::Alias, player: None, strength: None }
            }
            (None, _) => SeatSpec { name: String::new(), kind: SeatKind::Alias, player: None, strength: None },
        });
        let spec = RoomSpec { rules: new.rules, seed, seats: seats.collect() };
        // Should the caller's transaction fail after all, nobody ever hears of the room, and it goes after a minute.
        self.registry.add(id, new.mode, since, Room::new(spec, self.registry.now()), 0);
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
        summaries.sort_by_key(|summary| (std::cmp::Reverse(summary.watchers), std::cmp::Reverse(summary.id)));
        summaries.truncate(LIST_MOST);
        let summaries: Arc<[Summary]> = summaries.into();
        *list = Some((Instant::now(), Arc::clone(&summaries)));
        summaries
    }

    /// The confirmed score of a match in progress; `None` when it is not.
    #[must_use]
    pub fn score(&self, id: Id) -> Option<Vec<u8>> {
        Some(self.registry.cell(id)?.look(|room| room.score().to_vec()))
    }

    /// Whether a match is in progress here, and not over.
    #[must_use]
    pub fn is_in_progress(&self, id: Id) -> bool {
        self.registry.cell(id).is_some_and(|cell| cell.look(|room| room.outcome().is_none()))
    }

    /// Whether a match is in progress in which this player has a seat.
    #[must_use]
    pub fn is_player(&self, id: Id, player: Option<Id>) -> bool {
        player.is_some()
            && self
                .registry
                .cell(id)
                .is_some_and(|cell| cell.look(|room| room.specs().any(|seat| seat.player == player)))
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
            let made = self.registry.db.run(move |connection| queries::rematch_of(connection, id)).await?;
            return Ok(made.map_or(Rematch::Impossible, Rematch::Agreed));
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

    /// Ends live play in this process: every client is told to come back, and everything is saved. Takes at most 4 s.
    pub async fn stop(&self) {
        self.registry.stop();
        for cell in self.registry.cells() {
            cell.inner(|inner| {
                for (_, outbox) in &inner.outboxes {
                    outbox.close(CloseReason::Restart);
                }
            });
        }
        self.registry.sockets.close();
        let saved = timeout(LAST_SAVE, saver::save_all(&self.registry)).await;
        match saved {
            Ok(Ok(())) => tracing::info!(matches = self.registry.count(), "Matches in progress saved"),
            Ok(Err(error)) => tracing::error!(%error, "Matches in progress could not be saved"),
            Err(_) => tracing::error!("Matches in progress could not be saved in time"),
        }
        if timeout(GOOD_BYE, self.registry.sockets.wait()).await.is_err() {
            tracing::info!("Some players did not hear that the server stops");
        }
    }
}
