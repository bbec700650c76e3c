//! The rooms of this process: who is connected to each, and what their effects set in motion.

use std::{
    collections::HashMap,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use super::{
    aftermath::Aftermath,
    cell::{Cell, Inner, OnRecord},
    figures::Figures,
    model::Mode,
    outbox::{Frame, Outbox},
    protocol::{CloseReason, FromClient},
    room::{
        Room,
        clock::Millis,
        effects::{ConnId, Effects, To},
    },
    schedule::Schedule,
    switchboard::Switchboard,
};
use crate::{
    clock::{self, Moment},
    cluster::Cluster,
    db::Db,
    id::Id,
};

/// Everything that the parts of live play share within the process.
pub struct Registry {
    /// Where matches are saved.
    pub db: Db,
    /// The other replicas.
    pub cluster: Cluster,
    pub(super) schedule: Schedule,
    pub(super) saves: Saves,
    rooms: RwLock<HashMap<Id, Arc<Cell>>>,
    epoch: Instant,
    /// Server time at the start of the process, in ms.
    zero: Millis,
    next_conn: AtomicU64,
    draining: AtomicBool,
    stopping: AtomicBool,
    /// The open sockets.
    pub(super) sockets: TaskTracker,
    /// Matches that are being taken over.
    taking: Mutex<HashMap<Id, Weak<tokio::sync::Mutex<()>>>>,
    /// Sockets here whose match is on another replica, and sockets of other replicas whose match is here.
    pub(super) switchboard: Switchboard,
    /// What follows from a result.
    pub(super) aftermath: Vec<Arc<dyn Aftermath>>,
    /// What is counted for operators.
    pub(super) figures: Figures,
}

/// Rooms that wait for the saver.
#[derive(Default)]
pub(super) struct Saves {
    pub dirty: Mutex<Vec<Arc<Cell>>>,
    pub finished: Mutex<Vec<Arc<Cell>>>,
    pub news: Notify,
    /// Held while saving: the last save before the process ends waits for one that is under way.
    pub turn: tokio::sync::Mutex<()>,
}

impl Registry {
    pub(super) fn new(db: Db, cluster: Cluster, aftermath: Vec<Arc<dyn Aftermath>>) -> Self {
        Self {
            db,
            cluster,
            schedule: Schedule::default(),
            saves: Saves::default(),
            rooms: RwLock::default(),
            epoch: Instant::now(),
            next_conn: AtomicU64::new(1),
            draining: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            sockets: TaskTracker::new(),
            taking: Mutex::default(),
            switchboard: Switchboard::default(),
            aftermath,
            // A client that comes from another process must notice at once that the clock is a different one.
            zero: 60_000 + u64::from(rand::random::<u32>()),
            figures: Figures::default(),
        }
    }

    /// Server time in ms since a moment that differs from process to process.
    pub fn now(&self) -> Millis {
        self.zero + Millis::try_from(self.epoch.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }

    /// The cell of a match in progress.
    pub fn cell(&self, id: Id) -> Option<Arc<Cell>> {
        self.rooms.read().get(&id).cloned()
    }

    /// All matches in progress.
    pub fn cells(&self) -> Vec<Arc<Cell>> {
        self.rooms.read().values().cloned().collect()
    }

    /// How many matches are in progress.
    pub fn count(&self) -> usize {
        self.rooms.read().len()
    }

    /// Whether new connections are refused and matches handed over to other replicas.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Whether messages are ignored in all matches.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    pub(super) fn stop(&self) {
        self.drain();
        self.stopping.store(true, Ordering::Release);
    }

    /// The lock to hold while taking over a match.
    pub(super) fn taking(&self, id: Id) -> Arc<tokio::sync::Mutex<()>> {
        let mut taking = self.taking.lock();
        if let Some(held) = taking.get(&id).and_then(Weak::upgrade) {
            return held;
        }
        taking.retain(|_, held| held.strong_count() > 0);
        let lock = Arc::new(tokio::sync::Mutex::new(()));
        taking.insert(id, Arc::downgrade(&lock));
        lock
    }

    pub(super) fn add(&self, id: Id, mode: Mode, since: Moment, room: Room, on_record: OnRecord) -> Arc<Cell> {
        let cell = Arc::new(Cell::new(id, mode, since, room, on_record));
        self.rooms.write().insert(id, Arc::clone(&cell));
        self.enter(&cell, Room::advance);
        cell
    }

    /// Gives up a match that another replica owns now: the room goes, nothing is written to the database, and its sockets go there.
    pub(super) fn lose(&self, cell: &Arc<Cell>) {
        tracing::warn!(match.id = %cell.id, "Another replica has taken over this match");
        self.part(cell, CloseReason::Moved);
    }

    /// Removes the room and tells everybody connected why.
    pub(super) fn part(&self, cell: &Arc<Cell>, reason: CloseReason) {
        let outboxes = cell.inner(|inner| {
            inner.gone = true;
            inner.save.finished = true;
            std::mem::take(&mut inner.outboxes)
        });
        // Not a newer room of the same match, which may have come back to this process.
        let mut rooms = self.rooms.write();
        if rooms.get(&cell.id).is_some_and(|present| Arc::ptr_eq(present, cell)) {
            rooms.remove(&cell.id);
        }
        drop(rooms);
        for (_, outbox) in outboxes {
            outbox.close(reason);
        }
    }

    /// Does something with a room at the present time, and carries out the effects.
    pub fn enter<T>(&self, cell: &Arc<Cell>, act: impl FnOnce(&mut Room, Millis, &mut Effects) -> T) -> T {
        let mut inner = cell.lock();
        let answer = self.act(cell, &mut inner, act);
        // Even without a connection it stays for a while: both players may be on their way from one page to the next.
        let over = inner.save.finished && inner.outboxes.is_empty() && inner.room.has_lingered(self.now());
        let gone = !inner.gone && over;
        inner.gone |= gone;
        drop(inner);
        if gone {
            self.rooms.write().remove(&cell.id);
        }
        answer
    }

    fn act<T>(&self, cell: &Arc<Cell>, inner: &mut Inner, act: impl FnOnce(&mut Room, Millis, &mut Effects) -> T) -> T {
        let now = self.now();
        let Inner { room, fx, .. } = inner;
        let answer = act(room, now, fx);
        self.carry_out(cell, inner);
        if let Some(wake) = inner.room.next_wake(now).filter(|wake| *wake < inner.wakes_at) {
            inner.wakes_at = wake;
            self.schedule.add(wake, cell.id);
        }
        answer
    }

    fn carry_out(&self, cell: &Arc<Cell>, inner: &mut Inner) {
        let Inner { outboxes, fx, save, .. } = inner;
        for (to, text) in fx.sends.drain(..) {
            let frame = Frame::text(&text);
            for (conn, outbox) in outboxes.iter() {
                let hears = match to {
                    To::One(one) => one == *conn,
                    To::Others(other) => other != *conn,
                    To::All => true,
                };
                if hears {
                    outbox.send(&frame);
                }
            }
        }
        if fx.moved > 0 {
            self.figures.moved(std::mem::take(&mut fx.moved));
        }
        for (conn, reason) in fx.closes.drain(..) {
            if let Some(place) = outboxes.iter().position(|(other, _)| *other == conn) {
                outboxes.swap_remove(place).1.close(reason);
            }
        }
        if std::mem::take(&mut fx.started) {
            save.started_at = Some(clock::now());
            fx.save = true;
        }
        if std::mem::take(&mut fx.save) && !save.queued {
            save.queued = true;
            self.saves.dirty.lock().push(Arc::clone(cell));
            self.saves.news.notify_one();
        }
        if std::mem::take(&mut fx.finished) {
            self.saves.finished.lock().push(Arc::clone(cell));
            self.saves.news.notify_one();
        }
    }

    /// Connects a player or a spectator.
    ///
    /// # Errors
    /// [`CloseReason::Over`] or [`CloseReason::Moved`] when the room has just gone, [`CloseReason::Restart`] while the process
    /// stops or hands the match over.
    pub fn join(&self, cell: &Arc<Cell>, player: Option<Id>, outbox: Arc<Outbox>) -> Result<ConnId, CloseReason> {
        let conn = ConnId(self.next_conn.fetch_add(1, Ordering::Relaxed));
        let mut inner = cell.lock();
        if inner.gone {
            return Err(if inner.room.outcome().is_some() { CloseReason::Over } else { CloseReason::Moved });
        }
        if self.is_deaf(cell) {
            return Err(CloseReason::Restart);
        }
        // What was due before must not reach the new connection ahead of its `join`.
        self.act(cell, &mut inner, Room::advance);
        inner.outboxes.push((conn, outbox));
        self.act(cell, &mut inner, |room, now, fx| room.join(conn, player, now, fx));
        Ok(conn)
    }

    /// Whether a match ignores messages and stands still: it goes on elsewhere from what is saved.
    pub(super) fn is_deaf(&self, cell: &Cell) -> bool {
        self.is_stopping() || cell.is_parting()
    }

    /// A connection sent a message, which is ignored while the process stops or hands the match over.
    ///
    /// # Errors
    /// The reason to close the connection.
    pub fn receive(&self, cell: &Arc<Cell>, conn: ConnId, message: FromClient) -> Result<(), CloseReason> {
        if self.is_deaf(cell) {
            return Ok(());
        }
        self.enter(cell, |room, now, fx| room.receive(conn, message, now, fx))
    }

    /// A connection is gone. While the process stops or hands the match over, the room is not told: the process is going, not the
    /// player, and that must stop no paddle, cost no point and count as no absence.
    pub fn leave(&self, cell: &Arc<Cell>, conn: ConnId) {
        cell.lock().outboxes.retain(|(other, _)| *other != conn);
        if !self.is_deaf(cell) {
            self.enter(cell, |room, now, fx| room.disconnect(conn, now, fx));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        live::{
            protocol::SeatKind,
            room::{COUNTDOWN, LINGER, RoomSpec, seats::SeatSpec},
        },
        pong::Rules,
    };

    const ADA: Id = Id(11);
    const BOB: Id = Id(12);

    /// A registry whose process has run for ten minutes; its database is never reached.
    fn registry() -> Registry {
        let mut registry = Registry::new(
            Db::new("nowhere/test.sqlite3", 1, Duration::from_secs(1)).unwrap(),
            Cluster::alone(),
            Vec::new(),
        );
        registry.epoch = registry.epoch.checked_sub(Duration::from_secs(600)).unwrap();
        registry
    }

    fn add(registry: &Registry, since: Millis) -> Arc<Cell> {
        let seats = [ADA, BOB].map(|player| SeatSpec {
            name: player.to_string(),
            kind: SeatKind::Guest,
            player: Some(player),
            strength: None,
        });
        let spec = RoomSpec { rules: Rules::classic(3).unwrap(), seed: 7, seats: seats.into() };
        registry.add(Id::new(), Mode::Link, clock::now(), Room::new(spec, since), OnRecord::default())
    }

    #[test]
    fn a_room_stays_as_it_is_while_the_process_stops() {
        let registry = registry();
        let cell = add(&registry, registry.now());
        let sit = |player| registry.join(&cell, Some(player), Arc::default()).unwrap();
        let (ada, _) = (sit(ADA), sit(BOB));
        registry.enter(&cell, |room, now, fx| {
            let now = now + COUNTDOWN + 500;
            room.advance(now, fx);
            room.receive(ada, FromClient::parse(r#"{"t":"in","n":1,"k":30,"d":1}"#).unwrap(), now, fx).unwrap();
        });
        let before = cell.look(|room| room.timeline().log().inputs().to_vec());
        assert_eq!(before.len(), 1);

        registry.stop();
        assert_eq!(registry.receive(&cell, ada, FromClient::Leave), Ok(()));
        registry.leave(&cell, ada);
        cell.look(|room| {
            assert_eq!(room.timeline().log().inputs(), before, "no paddle is stopped");
            assert!(room.outcome().is_none());
        });
        assert_eq!(registry.join(&cell, Some(ADA), Arc::default()), Err(CloseReason::Restart));
    }

    #[test]
    fn a_room_whose_result_is_stored_late_does_not_ask_to_be_woken_and_then_goes() {
        let registry = registry();
        // Its players never came, and the time for a rematch is over too.
        let long_ago = registry.now() - 2 * LINGER;
        let cell = add(&registry, registry.now());
        registry.enter(&cell, |room, _, fx| {
            let conn = ConnId(1);
            room.join(conn, Some(ADA), long_ago, fx);
            room.receive(conn, FromClient::Leave, long_ago, fx).unwrap();
            room.tell_end(fx);
        });
        assert!(cell.look(|room| room.outcome().is_some() && room.has_lingered(registry.now())));
        assert_eq!(cell.look(|room| room.next_wake(registry.now())), None);
        assert_eq!(registry.count(), 1, "it is kept until its result is stored");

        cell.inner(|inner| inner.save.finished = true);
        registry.enter(&cell, Room::advance);
        assert_eq!(registry.count(), 0);
    }
}
