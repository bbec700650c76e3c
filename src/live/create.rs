//! Makes a match by writing its rows. The replica that its first socket reaches plays it.

use diesel::QueryResult;

use super::{
    model::NewMatch,
    queries::{self, MatchRow},
};
use crate::{
    clock,
    db::{DbConnection, json},
    id::Id,
};

/// Makes a match, in the caller's transaction; its players are to be sent to [`crate::paths::play`].
///
/// # Errors
/// Database errors, also when one of the players does not exist.
pub fn create(connection: &mut DbConnection, new: &NewMatch) -> QueryResult<Id> {
    let row = MatchRow {
        id: Id::new(),
        mode: new.mode,
        status: queries::LIVE,
        rules: json::write(&new.rules)?,
        seed: i64::from(rand::random::<u32>()),
        created_at: clock::now(),
    };
    queries::insert(connection, &row, &new.seats)?;
    Ok(row.id)
}
