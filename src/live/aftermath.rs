//! What follows from a result: counts, ratings, brackets, notices. Each feature has its own, and `site::state` lists them.

use diesel::QueryResult;

use super::{model::Mode, room::effects::Outcome};
use crate::{clock::Moment, db::DbConnection, id::Id};

/// A match that is over, as it has just been stored.
pub struct Finished {
    /// Key.
    pub id: Id,
    /// How the match came about.
    pub mode: Mode,
    /// When it ended.
    pub finished_at: Moment,
    /// How it ended.
    pub outcome: Outcome,
    /// The seats and who sat there, from left to right.
    pub seats: Vec<FinishedSeat>,
}

/// A seat of a match that is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FinishedSeat {
    /// Number of the seat.
    pub seat: i32,
    /// Who sat there; `None` for an alias.
    pub player: Option<Id>,
    /// Whether it counts as won or lost; `None` when it counts as neither.
    pub won: Option<bool>,
}

/// Something that follows from a result.
pub trait Aftermath: Send + Sync {
    /// Called in the transaction that stores the result, after the match and its seats are written: exactly once for each match,
    /// whatever crashes. It may be called again after a transaction was rolled back, so it must touch nothing but the database.
    ///
    /// # Errors
    /// Database errors. After a passing one (a lost connection, a deadlock) nothing is stored, and everything is tried again. One that
    /// is final (a key that is taken) undoes what this call wrote and is logged; the result is stored all the same.
    fn apply(&self, connection: &mut DbConnection, finished: &Finished) -> QueryResult<()>;
}
