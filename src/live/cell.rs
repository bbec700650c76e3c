//! One match in progress: its room, who is connected, and how much of it is stored.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use parking_lot::{Mutex, MutexGuard};

use super::{
    model::Mode,
    outbox::Outbox,
    room::{
        Room,
        clock::Millis,
        effects::{Chunk, ConnId, Effects},
    },
};
use crate::{clock::Moment, id::Id};

/// One match in progress.
pub struct Cell {
    /// Key of the match.
    pub id: Id,
    /// How the match came about.
    pub mode: Mode,
    /// When it was made.
    pub since: Moment,
    /// The count of the match's owners when this process became one: the database accepts nothing from an earlier owner.
    pub(super) fence: i64,
    /// The match is being handed over.
    parting: AtomicBool,
    inner: Mutex<Inner>,
}

/// What is on record of a match when its room is made.
#[derive(Clone, Copy, Default)]
pub(super) struct OnRecord {
    /// See [`Cell::fence`].
    pub fence: i64,
    /// Number of the next chunk.
    pub next_number: i32,
}

/// What a cell's lock guards.
pub(super) struct Inner {
    pub room: Room,
    pub outboxes: Vec<(ConnId, Arc<Outbox>)>,
    /// When the scheduler will wake the room; `Millis::MAX` for never.
    pub wakes_at: Millis,
    pub save: SaveState,
    pub rematch: RematchState,
    /// The room has left the registry.
    pub gone: bool,
    pub fx: Effects,
}

/// What of a room is stored, and what is on its way to the database.
#[derive(Default)]
pub(super) struct SaveState {
    /// The room waits for the saver.
    pub queued: bool,
    /// When play first ran, until that is stored.
    pub started_at: Option<Moment>,
    /// Number of the next chunk.
    pub next_number: i32,
    /// Given to the database but not yet known to be stored: given again, unchanged, until it is.
    pub pending: Option<(i32, Chunk)>,
    /// The database refuses the log for good. No more of it is offered, so that what is stored has no hole; the result, which holds
    /// the whole log, still is.
    pub refused: bool,
    /// The result is stored, or refused for good.
    pub finished: bool,
}

/// How far a rematch has come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RematchState {
    None,
    Making,
    Made(Id),
}

impl Cell {
    pub(super) fn new(id: Id, mode: Mode, since: Moment, room: Room, on_record: OnRecord) -> Self {
        let OnRecord { fence, next_number } = on_record;
        let inner = Inner {
            room,
            outboxes: Vec::with_capacity(2),
            wakes_at: Millis::MAX,
            save: SaveState { next_number, ..SaveState::default() },
            rematch: RematchState::None,
            gone: false,
            fx: Effects::default(),
        };
        Self { id, mode, since, fence, parting: AtomicBool::new(false), inner: Mutex::new(inner) }
    }

    pub(super) fn is_parting(&self) -> bool {
        self.parting.load(Ordering::Acquire)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock()
    }

    /// While it parts nothing is heard and nothing happens: the match goes on elsewhere from what is saved next.
    pub(super) fn set_parting(&self, parts: bool) {
        self.parting.store(parts, Ordering::Release);
    }

    /// Looks at the room without doing anything.
    pub fn look<T>(&self, at: impl FnOnce(&Room) -> T) -> T {
        at(&self.inner.lock().room)
    }

    /// A round trip to a connection was measured, in ms.
    pub fn measured(&self, conn: ConnId, ms: u16) {
        self.inner.lock().room.measured(conn, ms);
    }

    /// What is stored of the room, together with the room itself.
    pub(super) fn inner<T>(&self, with: impl FnOnce(&mut Inner) -> T) -> T {
        with(&mut self.inner.lock())
    }
}
