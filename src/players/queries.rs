//! Diesel only: players.

use diesel::{
    ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
    SelectableHelper, dsl::exists,
};

use super::{
    model::{Player, PlayerKind},
    name::Name,
};
use crate::{
    db::{
        DbConnection,
        schema::{players, seats},
    },
    id::Id,
};

/// The player with a key.
///
/// # Errors
/// Database errors.
pub fn player(connection: &mut DbConnection, id: Id) -> QueryResult<Option<Player>> {
    players::table.find(id).select(Player::as_select()).first(connection).optional()
}

/// The player with a name, ignoring case.
///
/// # Errors
/// Database errors.
pub fn player_named(connection: &mut DbConnection, name: &str) -> QueryResult<Option<Player>> {
    players::table
        .filter(players::name_key.eq(name.to_lowercase()))
        .select(Player::as_select())
        .first(connection)
        .optional()
}

/// Whether any player has a name.
///
/// # Errors
/// Database errors.
pub fn is_name_taken(connection: &mut DbConnection, name: &Name) -> QueryResult<bool> {
    let found: Option<Id> =
        players::table.filter(players::name_key.eq(name.key())).select(players::id).first(connection).optional()?;
    Ok(found.is_some())
}

/// Adds a player without credentials.
///
/// # Errors
/// `UniqueViolation` when the name is taken; other database errors.
pub fn insert_player(connection: &mut DbConnection, player: &Player) -> QueryResult<()> {
    diesel::insert_into(players::table)
        .values((
            players::id.eq(player.id),
            players::kind.eq(player.kind),
            players::name.eq(&player.name),
            players::name_key.eq(player.name.to_ascii_lowercase()),
            players::joined_at.eq(player.joined_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// Counts a finished match for a player.
///
/// # Errors
/// Database errors.
pub fn count_result(connection: &mut DbConnection, player: Id, won: bool) -> QueryResult<()> {
    let row = players::table.find(player);
    if won {
        diesel::update(row).set(players::won.eq(players::won + 1)).execute(connection)?;
    } else {
        diesel::update(row).set(players::lost.eq(players::lost + 1)).execute(connection)?;
    }
    Ok(())
}

/// Removes guests without a match whose keys lie between two keys; returns how many.
///
/// # Errors
/// Database errors.
pub fn delete_guests_without_match(connection: &mut DbConnection, from: Id, until: Id) -> QueryResult<usize> {
    let a_seat = seats::table.filter(seats::player_id.eq(players::id.nullable()));
    let guests = players::table
        .filter(players::kind.eq(PlayerKind::Guest))
        .filter(players::id.ge(from))
        .filter(players::id.lt(until))
        .filter(diesel::dsl::not(exists(a_seat)));
    diesel::delete(guests).execute(connection)
}
