//! Queries over players and credentials.

use diesel::{
    ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
    SelectableHelper, dsl::exists,
};

use super::{
    email::Email,
    model::{Login, NewAccount, Player, PlayerKind},
    name::Name,
};
use crate::{
    clock::Moment,
    db::{
        DbConnection,
        schema::{credentials, players, seats},
    },
    id::Id,
};

/// The player of a key.
///
/// # Errors
/// The database's.
pub fn player(connection: &mut DbConnection, id: Id) -> QueryResult<Option<Player>> {
    players::table.find(id).select(Player::as_select()).first(connection).optional()
}

/// Adds a player without credentials.
///
/// # Errors
/// `UniqueViolation` when the name is taken; else the database's.
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

/// The account of a name or of an address, with the hash of its password.
///
/// # Errors
/// The database's.
pub fn account(connection: &mut DbConnection, login: &Login) -> QueryResult<Option<(Id, String)>> {
    let columns = (players::id, credentials::password_hash);
    let both = players::table.inner_join(credentials::table).select(columns);
    match login {
        Login::Name(name) => both.filter(players::name_key.eq(name)).first(connection).optional(),
        Login::Email(email) => both.filter(credentials::email_key.eq(email)).first(connection).optional(),
    }
}

/// Whether any player has a name.
///
/// # Errors
/// The database's.
pub fn is_name_taken(connection: &mut DbConnection, name: &Name) -> QueryResult<bool> {
    let found: Option<Id> =
        players::table.filter(players::name_key.eq(name.key())).select(players::id).first(connection).optional()?;
    Ok(found.is_some())
}

/// Whether any account has an address.
///
/// # Errors
/// The database's.
pub fn is_email_taken(connection: &mut DbConnection, email: &Email) -> QueryResult<bool> {
    let owner = credentials::table.filter(credentials::email_key.eq(email.key())).select(credentials::player_id);
    let found: Option<Id> = owner.first(connection).optional()?;
    Ok(found.is_some())
}

/// Makes an account and returns its key: the guest's own row, so that the matches stay, or a new one. Within a transaction.
///
/// # Errors
/// `UniqueViolation` when the name or the address is taken; else the database's.
pub fn insert_account(
    connection: &mut DbConnection,
    account: &NewAccount,
    guest: Option<Id>,
    now: Moment,
) -> QueryResult<Id> {
    let (name, key) = (account.name.as_str(), account.name.key());
    let promoted = match guest {
        // Unless another tab of the guest did it just now.
        Some(id) => diesel::update(players::table.find(id).filter(players::kind.eq(PlayerKind::Guest)))
            .set((
                players::kind.eq(PlayerKind::Account),
                players::name.eq(name),
                players::name_key.eq(key),
                players::joined_at.eq(now),
            ))
            .execute(connection)
            .map(|rows| (rows == 1).then_some(id))?,
        None => None,
    };
    let id = match promoted {
        Some(id) => id,
        None => {
            let (id, kind) = (Id::new(), PlayerKind::Account);
            insert_player(connection, &Player { id, kind, name: name.to_owned(), joined_at: now, won: 0, lost: 0 })?;
            id
        }
    };
    diesel::insert_into(credentials::table)
        .values((
            credentials::player_id.eq(id),
            credentials::email.eq(account.email.as_str()),
            credentials::email_key.eq(account.email.key()),
            credentials::password_hash.eq(&account.password_hash),
            credentials::created_at.eq(now),
            credentials::changed_at.eq(now),
        ))
        .execute(connection)?;
    Ok(id)
}

/// Makes an account an administrator's; returns whether it was none before.
///
/// # Errors
/// The database's.
pub fn make_admin(connection: &mut DbConnection, id: Id) -> QueryResult<bool> {
    let account = players::table.find(id).filter(players::kind.eq(PlayerKind::Account));
    let changed = diesel::update(account.filter(players::is_admin.eq(false)))
        .set(players::is_admin.eq(true))
        .execute(connection)?;
    Ok(changed == 1)
}

/// Stores another hash of the same password, unless the password changed meanwhile.
///
/// # Errors
/// The database's.
pub fn replace_hash(connection: &mut DbConnection, id: Id, old: &str, new: &str) -> QueryResult<()> {
    let row = credentials::table.find(id).filter(credentials::password_hash.eq(old));
    diesel::update(row).set(credentials::password_hash.eq(new)).execute(connection)?;
    Ok(())
}

/// Removes guests without a match whose keys lie between two; returns how many.
///
/// # Errors
/// The database's.
pub fn delete_guests_without_match(connection: &mut DbConnection, from: Id, until: Id) -> QueryResult<usize> {
    let a_seat = seats::table.filter(seats::player_id.eq(players::id.nullable()));
    let guests = players::table
        .filter(players::kind.eq(PlayerKind::Guest))
        .filter(players::id.ge(from))
        .filter(players::id.lt(until))
        .filter(diesel::dsl::not(exists(a_seat)));
    diesel::delete(guests).execute(connection)
}
