//! Diesel only: finished matches; each list uses a single index.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl,
    QueryResult, RunQueryDsl,
};

use super::{
    cursor::Cursor,
    model::{Fairness, LatestResult, Played, Profile, Record, Side, SideResult, Sitter, Status},
};
use crate::{
    clock::Moment,
    db::{
        DbConnection, json,
        schema::{matches, players, seats},
    },
    id::Id,
    live::model::{EndReason, Mode},
    players::{model::PlayerKind, queries::player_named},
};

/// Matches in one stretch of a history.
pub const STRETCH: usize = 20;

/// A joined player: key, kind, name.
type Who = Option<(Id, PlayerKind, String)>;

/// A player's page, from a place in the history onwards, in two queries. `None` when nobody has that name.
///
/// # Errors
/// Database errors.
pub fn profile(connection: &mut DbConnection, name: &str, from: Cursor) -> QueryResult<Option<Profile>> {
    let Some(player) = player_named(connection, name)? else {
        return Ok(None);
    };
    let mut matches = played(connection, player.id, from, STRETCH + 1)?;
    let more = matches.len() > STRETCH;
    matches.truncate(STRETCH);
    let older = if more { matches.last().map(Played::cursor) } else { None };
    Ok(Some(Profile { player, matches, older }))
}

/// At most `limit` finished matches of a player below a place in the history, newest first (index `seats_by_player`).
///
/// A match has two seats; with more, the opponents would need a query of their own.
///
/// # Errors
/// Database errors.
pub fn played(connection: &mut DbConnection, player: Id, from: Cursor, limit: usize) -> QueryResult<Vec<Played>> {
    let other = diesel::alias!(seats as other);
    let opponent = players::table;
    let rows: Vec<((Id, SideResult, i32, Moment), (Mode, Option<i64>), (Option<i32>, Option<String>), Who)> =
        seats::table
            .inner_join(matches::table.on(matches::id.eq(seats::match_id)))
            .left_join(
                other
                    .on(other.field(seats::match_id).eq(seats::match_id).and(other.field(seats::seat).ne(seats::seat))),
            )
            .left_join(opponent.on(other.field(seats::player_id).eq(players::id.nullable())))
            .filter(seats::player_id.eq(player))
            // The first condition bounds the index scan, the second separates matches that ended at the same moment.
            .filter(seats::finished_at.le(from.finished_at))
            .filter(seats::finished_at.lt(from.finished_at).or(seats::match_id.lt(from.id)))
            .order((seats::finished_at.desc(), seats::match_id.desc()))
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            .select((
                (seats::match_id, seats::result.assume_not_null(), seats::score, seats::finished_at.assume_not_null()),
                (matches::mode, matches::ticks),
                (other.field(seats::score).nullable(), other.field(seats::alias).nullable()),
                (players::id, players::kind, players::name).nullable(),
            ))
            .load(connection)?;
    Ok(rows
        .into_iter()
        .map(|((id, result, own, finished_at), (mode, ticks), (other, alias), who)| Played {
            id,
            mode,
            finished_at,
            result,
            own,
            other: other.unwrap_or_default(),
            opponent: Sitter::new(who, alias),
            ticks: ticks.unwrap_or_default(),
        })
        .collect())
}

/// What is known of a match.
pub enum Found {
    /// It is in progress.
    Live,
    /// It has a result.
    Finished(Box<Record>),
}

/// A match with its sides, in two queries. `None` when it does not exist.
///
/// # Errors
/// Database errors.
pub fn found(connection: &mut DbConnection, id: Id) -> QueryResult<Option<Found>> {
    type Row = (
        (Mode, Status, String, Option<Moment>),
        (Option<i32>, Option<EndReason>, Option<i64>, Option<i32>, Option<String>, Option<Id>),
    );
    let row: Option<Row> = matches::table
        .find(id)
        .select((
            (matches::mode, matches::status, matches::rules, matches::finished_at),
            (
                matches::winner_seat,
                matches::end_reason,
                matches::ticks,
                matches::longest_rally,
                matches::points,
                matches::rematch_id,
            ),
        ))
        .first(connection)
        .optional()?;
    let Some(((mode, status, rules, finished_at), (winner, reason, ticks, longest_rally, points, rematch))) = row
    else {
        return Ok(None);
    };
    let (Status::Finished, Some(finished_at)) = (status, finished_at) else {
        return Ok(Some(Found::Live));
    };
    let points = points.and_then(|points| json::read(&points).ok()).unwrap_or_default();
    Ok(Some(Found::Finished(Box::new(Record {
        id,
        mode,
        finished_at,
        end_reason: reason.unwrap_or(EndReason::Abandoned),
        rules: json::read(&rules).ok(),
        ticks: ticks.unwrap_or_default(),
        longest_rally: longest_rally.unwrap_or_default(),
        points,
        rematch,
        sides: sides(connection, &[(id, winner)])?.into_iter().map(|(_, side)| side).collect(),
    }))))
}

/// The sides of some matches, starting from the left in each match; the winners' seats are known from the matches.
fn sides(connection: &mut DbConnection, of: &[(Id, Option<i32>)]) -> QueryResult<Vec<(Id, Side)>> {
    type Row = ((Id, i32, i32, Option<String>), (Option<i32>, Option<i32>, i32, i32, i32), Who);
    let ids: Vec<i64> = of.iter().map(|(id, _)| id.0).collect();
    let rows: Vec<Row> = seats::table
        .left_join(players::table)
        .filter(seats::match_id.eq_any(ids))
        .order((seats::match_id, seats::seat))
        .select((
            (seats::match_id, seats::seat, seats::score, seats::alias),
            (seats::round_trip, seats::jitter, seats::late_inputs, seats::pauses, seats::absent_ms),
            (players::id, players::kind, players::name).nullable(),
        ))
        .load(connection)?;
    Ok(rows
        .into_iter()
        .map(|((id, seat, score, alias), (round_trip, jitter, late_inputs, pauses, absent_ms), who)| {
            let winner = of.iter().any(|(of, winner)| *of == id && *winner == Some(seat));
            let fairness = Fairness { round_trip, jitter, late_inputs, pauses, absent_ms };
            (id, Side { sitter: Sitter::new(who, alias), score, winner, fairness })
        })
        .collect())
}

/// The last `count` matches that somebody won, newest first (index `matches_by_status`), in two queries. Matches at one keyboard
/// are left out: they are nobody else's business.
///
/// # Errors
/// Database errors.
pub fn latest_results(connection: &mut DbConnection, count: usize) -> QueryResult<Vec<LatestResult>> {
    let rows: Vec<(Id, Moment, Option<i64>, Option<i32>)> = matches::table
        .filter(matches::status.eq(Status::Finished))
        .filter(matches::finished_at.is_not_null())
        .filter(matches::winner_seat.is_not_null())
        .filter(matches::mode.ne(Mode::Local))
        .order((matches::finished_at.desc(), matches::id.desc()))
        .limit(i64::try_from(count).unwrap_or(i64::MAX))
        .select((matches::id, matches::finished_at.assume_not_null(), matches::ticks, matches::winner_seat))
        .load(connection)?;
    let of: Vec<(Id, Option<i32>)> = rows.iter().map(|(id, _, _, winner)| (*id, *winner)).collect();
    let sides = sides(connection, &of)?;
    Ok(rows
        .into_iter()
        .map(|(id, finished_at, ticks, _)| LatestResult {
            id,
            finished_at,
            ticks: ticks.unwrap_or_default(),
            sides: sides.iter().filter(|(of, _)| *of == id).map(|(_, side)| side.clone()).collect(),
        })
        .collect())
}
