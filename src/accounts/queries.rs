//! Diesel only: accounts and their credentials.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use super::{
    email::Email,
    model::{Login, NewAccount},
};
use crate::{
    clock::Moment,
    db::{
        DbConnection,
        schema::{credentials, players},
    },
    id::Id,
    players::{
        model::{Player, PlayerKind},
        queries::insert_player,
    },
};

/// The account with a name or an address, with the hash of its password.
///
/// # Errors
/// Database errors.
pub fn account(connection: &mut DbConnection, login: &Login) -> QueryResult<Option<(Id, String)>> {
    let columns = (players::id, credentials::password_hash);
    let both = players::table.inner_join(credentials::table).select(columns);
    match login {
        Login::Name(name) => both.filter(players::name_key.eq(name)).first(connection).optional(),
        Login::Email(email) => both.filter(credentials::email_key.eq(email)).first(connection).optional(),
    }
}

/// Whether any account has an address.
///
/// # Errors
/// Database errors.
pub fn is_email_taken(connection: &mut DbConnection, email: &Email) -> QueryResult<bool> {
    let owner = credentials::table.filter(credentials::email_key.eq(email.key())).select(credentials::player_id);
    let found: Option<Id> = owner.first(connection).optional()?;
    Ok(found.is_some())
}

/// Makes an account and returns its key: the guest's own row, so that their matches stay, or a new one. Call it in a transaction.
///
/// # Errors
/// `UniqueViolation` when the name or the address is taken; other database errors.
pub fn insert_account(
    connection: &mut DbConnection,
    account: &NewAccount,
    guest: Option<Id>,
    now: Moment,
) -> QueryResult<Id> {
    let (name, key) = (account.name.as_str(), account.name.key());
    let promoted = match guest {
        // Unless another tab of the guest has just done it.
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

/// Makes an account an administrator's; returns whether it was not one before.
///
/// # Errors
/// Database errors.
pub fn make_admin(connection: &mut DbConnection, id: Id) -> QueryResult<bool> {
    let account = players::table.find(id).filter(players::kind.eq(PlayerKind::Account));
    let changed = diesel::update(account.filter(players::is_admin.eq(false)))
        .set(players::is_admin.eq(true))
        .execute(connection)?;
    Ok(changed == 1)
}

/// Stores a new hash of the same password, unless the password has changed meanwhile.
///
/// # Errors
/// Database errors.
pub fn replace_hash(connection: &mut DbConnection, id: Id, old: &str, new: &str) -> QueryResult<()> {
    let row = credentials::table.find(id).filter(credentials::password_hash.eq(old));
    diesel::update(row).set(credentials::password_hash.eq(new)).execute(connection)?;
    Ok(())
}
