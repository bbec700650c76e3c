//! What follows from a result: counts, ratings, brackets, notices. Each feature has its own, and `site::state` lists them.

use diesel::QueryResult;

use super::{model::Mode, room::effects::Outcome};
use crate::{clock::Moment, db::DbConnection, id::Id};

/// A match that is over, as it has just been stored.
pub struct Finished {
    /// Key.
    pub id: Id,
    /// How it came about.
    pub mode: Mode,
    /// When it ended.
    pub finished_at: Moment,
    /// How it ended.
    pub outcome: Outcome,
    /// Who sat on the seats, from the left on.
    pub seats: Vec<FinishedSeat>,
}

/// A seat of a match that is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FinishedSeat {
    /// Number of the seat.
    pub seat: i32,
    /// Who sat there; nobody for an alias.
    pub player: Option<Id>,
    /// Whether it counts as won or as lost; `None` when it counts as neither.
    pub won: Option<bool>,
}

/// Something that follows from a result.
pub trait Aftermath: Send + Sync {
    /// Called in the transaction that stores the result, after the match and its seats are written: exactly once for each match,
    /// whatever crashes. It may be called again for a transaction that was rolled back, so it touches nothing but the database.
    ///
    /// # Errors
    /// Database errors; the result is not stored then, and is offered again.
    fn apply(&self, connection: &mut DbConnection, finished: &Finished) -> QueryResult<()>;
}
