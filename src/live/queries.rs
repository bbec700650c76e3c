//! Diesel only: matches in progress as rows.

use std::{collections::HashMap, sync::Arc};

use data_encoding::BASE64;
use diesel::{
    BoolExpressionMethods, Connection, ExpressionMethods, Insertable, JoinOnDsl, NullableExpressionMethods,
    OptionalExtension, QueryDsl, QueryResult, Queryable, RunQueryDsl, Selectable, SelectableHelper,
};

use super::{
    aftermath::{Aftermath, Finished, FinishedSeat},
    model::{Mode, NewSeat, bot_player, strength_word},
    room::effects::{Chunk, Outcome},
};
use crate::{
    clock::Moment,
    db::{
        DbConnection, is_passing, json,
        schema::{match_chunks, matches, players, seats},
    },
    id::Id,
    players::model::Player,
};

/// Status of a match in progress.
pub const LIVE: &str = "live";
/// Status of a match with a result.
pub const FINISHED: &str = "finished";
/// Rows in one statement.
const BATCH: usize = 500;
/// Orphaned matches looked at in one go.
const ORPHANS: i64 = 200;

#[derive(Insertable)]
#[diesel(table_name = matches)]
pub(super) struct MatchRow<'a> {
    pub id: Id,
    pub mode: Mode,
    pub status: &'a str,
    pub rules: String,
    pub seed: i64,
    pub created_at: Moment,
}

#[derive(Insertable)]
#[diesel(table_name = seats)]
struct SeatRow<'a> {
    match_id: Id,
    seat: i32,
    player_id: Option<Id>,
    alias: Option<&'a str>,
    strength: Option<&'static str>,
}

/// Writes a new match.
pub(super) fn insert(connection: &mut DbConnection, row: &MatchRow<'_>, new_seats: &[NewSeat]) -> QueryResult<()> {
    diesel::insert_into(matches::table).values(row).execute(connection)?;
    for (new_seat, seat) in new_seats.iter().zip(0..) {
        let (player_id, alias, strength) = match new_seat {
            NewSeat::Player(id) => (Some(*id), None, None),
            NewSeat::Alias(name) => (None, Some(name.as_str()), None),
            NewSeat::Bot(strength) => (Some(bot_player(*strength)), None, Some(strength_word(*strength))),
        };
        let row = SeatRow { match_id: row.id, seat, player_id, alias, strength };
        diesel::insert_into(seats::table).values(row).execute(connection)?;
    }
    Ok(())
}

/// A piece of a log.
#[derive(Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = match_chunks)]
pub(super) struct ChunkRow {
    match_id: Id,
    number: i32,
    until_tick: i64,
    inputs: String,
}

impl ChunkRow {
    pub fn new(match_id: Id, number: i32, chunk: &Chunk) -> Self {
        Self { match_id, number, until_tick: i64::from(chunk.until), inputs: BASE64.encode(&chunk.inputs) }
    }
}

/// What is new in a match.
#[derive(Clone)]
pub(super) struct Progress {
    pub id: Id,
    /// The count of the match's owners when this process became one.
    pub fence: i64,
    /// When play first ran, if that is new.
    pub started_at: Option<Moment>,
    pub chunk: Option<ChunkRow>,
}

/// The fences under which these matches are owned. Nobody else can become an owner before the transaction ends.
fn owned(connection: &mut DbConnection, ids: &[Id]) -> QueryResult<HashMap<Id, i64>> {
    let rows = matches::table.filter(matches::id.eq_any(ids)).select((matches::id, matches::fence));
    let rows: Vec<(Id, i64)> = match connection {
        DbConnection::Postgres(postgres) => rows.for_share().load(postgres)?,
        // SQLite has one writer at a time anyway.
        DbConnection::Sqlite(sqlite) => rows.load(sqlite)?,
    };
    Ok(rows.into_iter().collect())
}

/// Writes what is new in many matches; returns those that have another owner now, of which nothing was written. It can be repeated
/// without harm.
pub(super) fn save_progress(connection: &mut DbConnection, progress: &[Progress]) -> QueryResult<Vec<Id>> {
    let mut lost = Vec::new();
    let mut kept = Vec::with_capacity(progress.len());
    for batch in progress.chunks(BATCH) {
        let ids: Vec<Id> = batch.iter().map(|progress| progress.id).collect();
        let owned = owned(connection, &ids)?;
        for progress in batch {
            match owned.get(&progress.id) {
                Some(fence) if *fence != progress.fence => lost.push(progress.id),
                // A match that does not exist is refused by the database itself.
                _ => kept.push(progress),
            }
        }
    }
    for Progress { id, started_at, .. } in &kept {
        if started_at.is_some() {
            diesel::update(matches::table.find(*id)).set(matches::started_at.eq(started_at)).execute(connection)?;
        }
    }
    let chunks: Vec<&ChunkRow> = kept.iter().filter_map(|progress| progress.chunk.as_ref()).collect();
    for batch in chunks.chunks(BATCH) {
        // A batch whose commit was never confirmed is written again: its rows may be there already.
        match connection {
            DbConnection::Postgres(postgres) => {
                diesel::insert_into(match_chunks::table)
                    .values(batch.to_vec())
                    .on_conflict_do_nothing()
                    .execute(postgres)?;
            }
            // For SQLite, Diesel has no batch insert with a conflict clause; there, a statement costs no round trip.
            DbConnection::Sqlite(sqlite) => {
                for row in batch {
                    diesel::insert_into(match_chunks::table).values(*row).on_conflict_do_nothing().execute(sqlite)?;
                }
            }
        }
    }
    Ok(lost)
}

/// Whether a result was stored now, or had been before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stored {
    Now,
    Before,
    /// Not at all: the match has another owner now.
    Elsewhere,
}

/// A result to be stored.
pub(super) struct NewResult {
    pub id: Id,
    /// As in [`Progress`].
    pub fence: i64,
    pub mode: Mode,
    /// When play first ran, if that is not stored yet.
    pub started_at: Option<Moment>,
    pub now: Moment,
    pub outcome: Outcome,
}

/// Writes a result: the match, its seats, and what follows from it; the chunks are deleted. Exactly once, however often and by
/// whomever it is tried: the change of the status decides.
pub(super) fn finish(
    connection: &mut DbConnection,
    result: &NewResult,
    aftermath: &[Arc<dyn Aftermath>],
) -> QueryResult<Stored> {
    let NewResult { id, fence, mode, started_at, now, ref outcome } = *result;
    let mine = matches::table.find(id).filter(matches::status.eq(LIVE)).filter(matches::fence.eq(fence));
    let changed = diesel::update(mine)
        .set((
            matches::status.eq(FINISHED),
            matches::finished_at.eq(Some(now)),
            matches::winner_seat.eq(outcome.winner.map(|seat| i32::from(seat.number()))),
            matches::end_reason.eq(Some(outcome.why)),
            matches::ticks.eq(Some(i64::from(outcome.ticks))),
            matches::longest_rally.eq(i32::try_from(outcome.longest_rally).ok()),
            matches::points.eq(Some(json::write(&outcome.points)?)),
            matches::log.eq(Some(BASE64.encode(&outcome.log))),
        ))
        .execute(connection)?;
    if changed == 0 {
        let over = is_finished(connection, id)?;
        return Ok(if over == Some(false) { Stored::Elsewhere } else { Stored::Before });
    }
    if started_at.is_some() {
        diesel::update(matches::table.find(id)).set(matches::started_at.eq(started_at)).execute(connection)?;
    }
    let seated: Vec<(i32, Option<Id>)> =
        seats::table.filter(seats::match_id.eq(id)).select((seats::seat, seats::player_id)).load(connection)?;
    let won = |seat| outcome.winner.map(|winner| i32::from(winner.number()) == seat).filter(|_| mode.counts());
    let seats: Vec<FinishedSeat> =
        seated.into_iter().map(|(seat, player)| FinishedSeat { seat, player, won: won(seat) }).collect();
    for seat in &seats {
        finish_seat(connection, id, *seat, now, outcome)?;
    }
    let finished = Finished { id, mode, finished_at: now, outcome: outcome.clone(), seats };
    for follows in aftermath {
        // In a savepoint: what the database refuses for good must not cost the result.
        match connection.transaction(|connection| follows.apply(connection, &finished)) {
            Err(error) if !is_passing(&error) => {
                tracing::error!(%error, match.id = %id, "Something that follows from a result was refused");
            }
            applied => applied?,
        }
    }
    diesel::delete(match_chunks::table.filter(match_chunks::match_id.eq(id))).execute(connection)?;
    Ok(Stored::Now)
}

fn finish_seat(
    connection: &mut DbConnection,
    id: Id,
    FinishedSeat { seat, won, .. }: FinishedSeat,
    now: Moment,
    outcome: &Outcome,
) -> QueryResult<()> {
    let place = usize::try_from(seat).unwrap_or(usize::MAX);
    let fairness = outcome.fairness.get(place).cloned().unwrap_or_default();
    let whole = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    diesel::update(seats::table.find((id, seat)))
        .set((
            seats::score.eq(outcome.score.get(place).copied().map_or(0, i32::from)),
            seats::result.eq(Some(match won {
                Some(true) => "won",
                Some(false) => "lost",
                None => "none",
            })),
            seats::finished_at.eq(Some(now)),
            seats::round_trip.eq(fairness.round_trip.map(i32::from)),
            seats::jitter.eq(fairness.jitter.map(i32::from)),
            seats::inputs.eq(whole(fairness.inputs)),
            seats::late_inputs.eq(whole(fairness.late_inputs)),
            seats::pauses.eq(whole(fairness.pauses)),
            seats::absent_ms.eq(whole(fairness.absent_ms)),
        ))
        .execute(connection)?;
    Ok(())
}

/// A match without a result, as stored in its row.
#[derive(Queryable)]
pub(super) struct Interrupted {
    pub id: Id,
    pub mode: Mode,
    pub rules: String,
    pub seed: i64,
    pub created_at: Moment,
    pub owner: Option<Id>,
    pub fence: i64,
}

/// The outcome of trying to own a match.
pub(super) enum Claim {
    /// This process owns it now.
    Mine(Interrupted),
    /// Another replica owns it.
    Other(Id),
    /// It is over; who played it last.
    Over(Option<Id>),
    /// There is no such match.
    Unknown,
}

/// Makes this process the owner of a match, unless a living replica owns it. From then on earlier owners cannot write.
pub(super) fn claim(connection: &mut DbConnection, id: Id, me: Id, lives: impl Fn(Id) -> bool) -> QueryResult<Claim> {
    let row = matches::table.find(id).select((
        (
            matches::id,
            matches::mode,
            matches::rules,
            matches::seed,
            matches::created_at,
            matches::owner_id,
            matches::fence,
        ),
        matches::status,
    ));
    let row: Option<(Interrupted, String)> = match connection {
        DbConnection::Postgres(postgres) => row.for_no_key_update().first(postgres).optional()?,
        DbConnection::Sqlite(sqlite) => row.first(sqlite).optional()?,
    };
    let Some((mut row, status)) = row else { return Ok(Claim::Unknown) };
    if status != LIVE {
        return Ok(Claim::Over(row.owner));
    }
    if let Some(owner) = row.owner.filter(|owner| *owner != me && lives(*owner)) {
        return Ok(Claim::Other(owner));
    }
    row.fence += 1;
    diesel::update(matches::table.find(id))
        .set((matches::owner_id.eq(Some(me)), matches::fence.eq(row.fence)))
        .execute(connection)?;
    Ok(Claim::Mine(row))
}

/// How many owners each of some matches has had.
pub(super) fn fences(connection: &mut DbConnection, which: &[Id]) -> QueryResult<Vec<(Id, i64)>> {
    matches::table.filter(matches::id.eq_any(which)).select((matches::id, matches::fence)).load(connection)
}

/// Releases some matches, so that any replica may take them at once.
pub(super) fn hand_over(connection: &mut DbConnection, me: Id, which: &[Id]) -> QueryResult<usize> {
    let mine = matches::table.filter(matches::status.eq(LIVE)).filter(matches::owner_id.eq(Some(me)));
    diesel::update(mine.filter(matches::id.eq_any(which))).set(matches::owner_id.eq(None::<Id>)).execute(connection)
}

/// Releases all remaining matches.
pub(super) fn release(connection: &mut DbConnection, me: Id) -> QueryResult<usize> {
    let mine = matches::table.filter(matches::status.eq(LIVE)).filter(matches::owner_id.eq(Some(me)));
    diesel::update(mine).set(matches::owner_id.eq(None::<Id>)).execute(connection)
}

/// Live matches whose owner is not alive.
pub(super) fn left_behind(connection: &mut DbConnection, living: &[Id]) -> QueryResult<Vec<Id>> {
    let left = matches::owner_id.is_not_null().and(matches::owner_id.ne_all(living.iter().copied().map(Some)));
    matches::table
        .filter(matches::status.eq(LIVE).and(left))
        .order(matches::id)
        .select(matches::id)
        .limit(ORPHANS)
        .load(connection)
}

/// Live matches that nobody owns and that were made before a given time.
pub(super) fn unowned(connection: &mut DbConnection, before: Moment) -> QueryResult<Vec<Id>> {
    let unowned = matches::owner_id.is_null().and(matches::created_at.lt(before));
    matches::table
        .filter(matches::status.eq(LIVE).and(unowned))
        .order(matches::id)
        .select(matches::id)
        .limit(ORPHANS)
        .load(connection)
}

/// What must be known about a match that another replica may be playing.
pub(super) struct Glance {
    pub mode: Mode,
    pub is_over: bool,
    pub rules: String,
    pub seats: Vec<Seated>,
}

impl Glance {
    /// Whether a player has a seat.
    pub fn is_player(&self, player: Option<Id>) -> bool {
        player.is_some() && self.seats.iter().any(|seat| seat.player.as_ref().map(|player| player.id) == player)
    }
}

/// A match, as stored in its rows.
pub(super) fn glance(connection: &mut DbConnection, id: Id) -> QueryResult<Option<Glance>> {
    let row = matches::table.find(id).select((matches::mode, matches::status, matches::rules));
    let row: Option<(Mode, String, String)> = row.first(connection).optional()?;
    let Some((mode, status, rules)) = row else { return Ok(None) };
    Ok(Some(Glance { mode, is_over: status != LIVE, rules, seats: seated(connection, id)? }))
}

/// Who plays a match, or played it last.
pub(super) fn owner(connection: &mut DbConnection, id: Id) -> QueryResult<Option<Id>> {
    let owner = matches::table.find(id).select(matches::owner_id).first::<Option<Id>>(connection).optional()?;
    Ok(owner.flatten())
}

/// A seat of an interrupted match.
#[derive(Queryable)]
pub(super) struct Seated {
    pub alias: Option<String>,
    pub strength: Option<String>,
    pub player: Option<Player>,
}

/// The seats of a match from left to right.
pub(super) fn seated(connection: &mut DbConnection, id: Id) -> QueryResult<Vec<Seated>> {
    seats::table
        .left_join(players::table.on(seats::player_id.eq(players::id.nullable())))
        .filter(seats::match_id.eq(id))
        .order(seats::seat)
        .select((seats::alias, seats::strength, Option::<Player>::as_select()))
        .load(connection)
}

/// The stored log of a match in progress, in order: number, tick below which the log is complete, inputs.
pub(super) fn chunks(connection: &mut DbConnection, id: Id) -> QueryResult<Vec<(i32, i64, String)>> {
    match_chunks::table
        .filter(match_chunks::match_id.eq(id))
        .order(match_chunks::number)
        .select((match_chunks::number, match_chunks::until_tick, match_chunks::inputs))
        .load(connection)
}

/// Whether the match is finished in the database; `None` when there is no such match.
pub(super) fn is_finished(connection: &mut DbConnection, id: Id) -> QueryResult<Option<bool>> {
    let status = matches::table.find(id).select(matches::status).first::<String>(connection).optional()?;
    Ok(status.map(|status| status == FINISHED))
}

/// Remembers which match the players went on to.
pub(super) fn set_rematch(connection: &mut DbConnection, id: Id, rematch: Id) -> QueryResult<()> {
    diesel::update(matches::table.find(id)).set(matches::rematch_id.eq(Some(rematch))).execute(connection)?;
    Ok(())
}

/// The match that the players of a match went on to.
///
/// # Errors
/// Database errors.
pub fn rematch_of(connection: &mut DbConnection, id: Id) -> QueryResult<Option<Id>> {
    let rematch = matches::table.find(id).select(matches::rematch_id).first::<Option<Id>>(connection).optional()?;
    Ok(rematch.flatten())
}
