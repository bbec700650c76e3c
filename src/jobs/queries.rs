//! Diesel only: the table of jobs.

use std::sync::Arc;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
    dsl::{exists, min},
};

use super::model::{Job, Taken};
use crate::{
    clock::Moment,
    db::{DbConnection, json, schema::jobs},
    id::Id,
};

/// Puts a job into the table, in the caller's transaction: it is done if, and only if, that commits.
///
/// # Errors
/// Database errors; `SerializationError` when its data cannot be written.
pub fn enqueue<J: Job>(connection: &mut DbConnection, job: &J, now: Moment, due: Moment) -> QueryResult<()> {
    insert(connection, J::NAME, None, &json::write(job)?, now, due)
}

/// Puts a job that may exist only once into the table, unless it is there already.
pub(super) fn ensure(connection: &mut DbConnection, name: &'static str, now: Moment) -> QueryResult<()> {
    let there = diesel::select(exists(jobs::table.filter(jobs::once_key.eq(name)))).get_result::<bool>(connection)?;
    if there { Ok(()) } else { insert(connection, name, Some(name), "null", now, now) }
}

fn insert(
    connection: &mut DbConnection,
    name: &str,
    once_key: Option<&str>,
    data: &str,
    now: Moment,
    due: Moment,
) -> QueryResult<()> {
    let row = (
        jobs::id.eq(Id::new()),
        jobs::name.eq(name),
        jobs::once_key.eq(once_key),
        jobs::data.eq(data),
        (jobs::created_at.eq(now), jobs::due_at.eq(due)),
        (jobs::owner_id.eq(None::<Id>), jobs::fence.eq(0_i64), jobs::tries.eq(0), jobs::is_dead.eq(false)),
    );
    diesel::insert_into(jobs::table).values(row).execute(connection).map(drop)
}

/// What one replica may take.
#[derive(Clone)]
pub(super) struct Free {
    /// The names of the jobs that it can do.
    pub names: Arc<[&'static str]>,
    /// The other living replicas, whose jobs are theirs.
    pub others: Arc<[Id]>,
    /// What it is doing already.
    pub doing: Arc<[Id]>,
}

/// When the next job is due that this replica may take.
pub(super) fn next_due(connection: &mut DbConnection, free: &Free) -> QueryResult<Option<Moment>> {
    let theirs = free.others.iter().copied().map(Some);
    jobs::table
        .filter(jobs::is_dead.eq(false).and(jobs::name.eq_any(free.names.iter())))
        .filter(jobs::owner_id.is_null().or(jobs::owner_id.ne_all(theirs)))
        .filter(jobs::id.ne_all(free.doing.iter()))
        .select(min(jobs::due_at))
        .first(connection)
}

/// Takes, in the caller's transaction, the job that has been due longest among those that this replica may take.
pub(super) fn take(connection: &mut DbConnection, free: &Free, me: Id, now: Moment) -> QueryResult<Option<Taken>> {
    let theirs = free.others.iter().copied().map(Some);
    let due = jobs::table
        .filter(jobs::is_dead.eq(false).and(jobs::due_at.le(now)).and(jobs::name.eq_any(free.names.iter())))
        .filter(jobs::owner_id.is_null().or(jobs::owner_id.ne_all(theirs)))
        .filter(jobs::id.ne_all(free.doing.iter()))
        .order((jobs::due_at, jobs::id))
        .select((jobs::id, jobs::name, jobs::data, jobs::fence, jobs::tries))
        .limit(1);
    let row: Option<(Id, String, String, i64, i32)> = match connection {
        // A job that another replica is taking just now is left to it.
        DbConnection::Postgres(postgres) => due.for_update().skip_locked().first(postgres).optional()?,
        DbConnection::Sqlite(sqlite) => due.first(sqlite).optional()?,
    };
    let Some((id, name, data, fence, tries)) = row else { return Ok(None) };
    let fence = fence + 1;
    diesel::update(jobs::table.find(id))
        .set((jobs::owner_id.eq(Some(me)), jobs::fence.eq(fence)))
        .execute(connection)?;
    Ok(Some(Taken { id, name, data, fence, tries }))
}

/// Removes a job that is done; returns whether it was still this owner's.
pub(super) fn done(connection: &mut DbConnection, id: Id, fence: i64) -> QueryResult<bool> {
    let mine = jobs::table.find(id).filter(jobs::fence.eq(fence));
    Ok(diesel::delete(mine).execute(connection)? == 1)
}

/// Puts a job back to be done (again) later; returns whether it was still this owner's.
pub(super) fn put_back(
    connection: &mut DbConnection,
    id: Id,
    fence: i64,
    due: Moment,
    failure: Option<(i32, &str)>,
    is_dead: bool,
) -> QueryResult<bool> {
    let (tries, error) = failure.unzip();
    let mine = jobs::table.find(id).filter(jobs::fence.eq(fence));
    let change = (
        jobs::due_at.eq(due),
        jobs::owner_id.eq(None::<Id>),
        jobs::tries.eq(tries.unwrap_or(0)),
        jobs::last_error.eq(error),
        jobs::is_dead.eq(is_dead),
    );
    Ok(diesel::update(mine).set(change).execute(connection)? == 1)
}

/// How many jobs were due before a moment and are not done, and how many were given up.
pub(super) fn count(connection: &mut DbConnection, late: Moment) -> QueryResult<(i64, i64)> {
    let overdue =
        jobs::table.filter(jobs::is_dead.eq(false).and(jobs::due_at.lt(late))).count().get_result(connection)?;
    let dead = jobs::table.filter(jobs::is_dead.eq(true)).count().get_result(connection)?;
    Ok((overdue, dead))
}
