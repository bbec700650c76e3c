//! Queries on invitations.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, Queryable, RunQueryDsl,
    Selectable, SelectableHelper, dsl::exists,
};

use crate::{
    clock::Moment,
    db::{
        DbConnection,
        schema::{invites, players, seats},
    },
    id::Id,
};

/// An invitation to a match, open to anyone who has its token.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = invites)]
pub struct Invite {
    /// Key.
    pub id: Id,
    /// The end of the link: 128 random bits.
    pub token: String,
    /// The player who invites.
    pub inviter_id: Id,
    /// Rules as JSON.
    pub rules: String,
    /// When it ends.
    pub expires_at: Moment,
    /// The match, once the invitation is taken.
    pub match_id: Option<Id>,
}

/// Stores a new invitation.
///
/// # Errors
/// Database errors.
pub fn insert(
    connection: &mut DbConnection,
    token: &str,
    inviter: Id,
    rules: &str,
    now: Moment,
    expires: Moment,
) -> QueryResult<()> {
    let row = (
        invites::id.eq(Id::new()),
        invites::token.eq(token),
        invites::inviter_id.eq(inviter),
        invites::rules.eq(rules),
        invites::created_at.eq(now),
        invites::expires_at.eq(expires),
    );
    diesel::insert_into(invites::table).values(row).execute(connection).map(drop)
}

/// The invitation with a token, and its inviter's name.
///
/// # Errors
/// Database errors.
pub fn find(connection: &mut DbConnection, token: &str) -> QueryResult<Option<(Invite, String)>> {
    invites::table
        .inner_join(players::table)
        .filter(invites::token.eq(token))
        .select((Invite::as_select(), players::name))
        .first(connection)
        .optional()
}

/// An invitation, for its inviter.
///
/// # Errors
/// Database errors.
pub fn of_id(connection: &mut DbConnection, id: Id) -> QueryResult<Option<Invite>> {
    invites::table.find(id).select(Invite::as_select()).first(connection).optional()
}

/// How many open invitations a player has.
///
/// # Errors
/// Database errors.
pub fn open_count(connection: &mut DbConnection, inviter: Id, now: Moment) -> QueryResult<i64> {
    invites::table
        .filter(invites::inviter_id.eq(inviter).and(invites::expires_at.gt(now)).and(invites::match_id.is_null()))
        .count()
        .get_result(connection)
}

/// Takes an invitation for a match in the caller's transaction; false when it has ended or somebody else was faster.
///
/// # Errors
/// Database errors.
pub fn take(connection: &mut DbConnection, invite: Id, match_id: Id, now: Moment) -> QueryResult<bool> {
    let open =
        invites::table.filter(invites::id.eq(invite).and(invites::match_id.is_null()).and(invites::expires_at.gt(now)));
    Ok(diesel::update(open).set(invites::match_id.eq(match_id)).execute(connection)? == 1)
}

/// Ends a player's own invitation that nobody has taken.
///
/// # Errors
/// Database errors.
pub fn cancel(connection: &mut DbConnection, token: &str, inviter: Id) -> QueryResult<bool> {
    let own = invites::table
        .filter(invites::token.eq(token).and(invites::inviter_id.eq(inviter)).and(invites::match_id.is_null()));
    Ok(diesel::delete(own).execute(connection)? == 1)
}

/// Removes invitations that expired before `before` and were never taken.
///
/// # Errors
/// Database errors.
pub fn delete_expired(connection: &mut DbConnection, before: Moment) -> QueryResult<usize> {
    diesel::delete(invites::table.filter(invites::expires_at.lt(before))).execute(connection)
}

/// The newest match that a player is in right now, if any.
///
/// # Errors
/// Database errors.
pub fn current_match(connection: &mut DbConnection, player: Id) -> QueryResult<Option<Id>> {
    seats::table
        .filter(seats::player_id.eq(player).and(seats::finished_at.is_null()))
        .order(seats::match_id.desc())
        .select(seats::match_id)
        .first(connection)
        .optional()
}

/// Whether a player has a seat in a match in progress.
///
/// # Errors
/// Database errors.
pub fn is_player(connection: &mut DbConnection, match_id: Id, player: Option<Id>) -> QueryResult<bool> {
    let seat = seats::match_id.eq(match_id).and(seats::finished_at.is_null());
    diesel::select(exists(seats::table.filter(seat.and(seats::player_id.eq(player))))).get_result(connection)
}
