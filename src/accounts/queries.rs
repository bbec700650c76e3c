//! Queries over players and credentials.

use diesel::{OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper};

use super::model::Player;
use crate::{db::{DbConnection, schema::players}, id::Id};

/// The player of a key.
///
/// # Errors
/// The database's.
pub fn player(connection: &mut DbConnection, id: Id) -> QueryResult<Option<Player>> {
    players::table.find(id).select(Player::as_select()).first(connection).optional()
}
