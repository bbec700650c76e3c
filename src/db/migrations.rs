//! The migrations inside the binary: the same folder that `diesel migration run` reads.

use std::{
    fmt,
    time::{Duration, Instant},
};

use diesel::{
    QueryResult, QueryableByName, RunQueryDsl,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    migration::{Migration, MigrationSource},
    sql_query,
    sql_types::Text,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Backend, DbConnection, transaction};

/// All migrations of this version.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Key of the advisory lock that migrating processes hold on PostgreSQL (the bytes of "pong").
const LOCK: i64 = 0x706f_6e67;

/// How long a migrating process waits for another one on SQLite, in ms.
const WAIT: u32 = 600_000;

/// Where a migration stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// The database has it.
    Applied,
    /// The database lacks it.
    Pending,
    /// The database has it but this version does not know it: it belongs to a newer version or another branch.
    Unknown,
}

/// A migration and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Folder name of the migration; if it is unknown, its version.
    pub name: String,
    /// Where it stands.
    pub place: Place,
}

/// A migration that was just run or reverted.
#[derive(Debug)]
pub struct Done {
    /// Folder name of the migration.
    pub name: String,
    /// How long it took.
    pub took: Duration,
}

/// Why migrating failed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct MigrateError(String);

impl From<diesel::result::Error> for MigrateError {
    fn from(error: diesel::result::Error) -> Self {
        failed(error)
    }
}

fn failed(error: impl fmt::Display) -> MigrateError {
    MigrateError(error.to_string())
}

/// Runs the pending migrations and returns them. Of several processes, one runs them and the others wait for it.
///
/// # Errors
/// Database errors. On PostgreSQL the migrations before the failed one stay, on SQLite none of them.
pub fn run(connection: &mut DbConnection) -> Result<Vec<Done>, MigrateError> {
    locked(connection, |connection| {
        let mut done = Vec::new();
        for migration in connection.pending_migrations(MIGRATIONS).map_err(failed)? {
            let (name, start) = (migration.name().to_string(), Instant::now());
            connection.run_migration(&migration).map_err(|error| MigrateError(format!("migration {name}: {error}")))?;
            done.push(Done { name, took: start.elapsed() });
        }
        Ok(done)
    })
}

/// Reverts the last `count` migrations, newest first, and with them whatever their tables and columns hold.
///
/// # Errors
/// Database errors.
pub fn revert(connection: &mut DbConnection, count: usize) -> Result<Vec<Done>, MigrateError> {
    locked(connection, |connection| {
        let mut done = Vec::new();
        for _ in 0..count {
            let start = Instant::now();
            let version = connection.revert_last_migration(MIGRATIONS).map_err(failed)?;
            done.push(Done { name: version.to_string(), took: start.elapsed() });
        }
        Ok(done)
    })
}

/// Every migration that this version or the database knows, in order.
///
/// # Errors
/// Database errors.
pub fn status(connection: &mut DbConnection) -> Result<Vec<Standing>, MigrateError> {
    let applied = applied(connection).map_err(failed)?;
    let known = MigrationSource::<Backend>::migrations(&MIGRATIONS).map_err(failed)?;
    let mut all: Vec<(String, Standing)> = known
        .iter()
        .map(|migration| {
            let version = migration.name().version().to_string();
            let place = if applied.contains(&version) { Place::Applied } else { Place::Pending };
            (version, Standing { name: migration.name().to_string(), place })
        })
        .collect();
    for version in applied {
        if !all.iter().any(|(known, _)| *known == version) {
            all.push((version.clone(), Standing { name: version, place: Place::Unknown }));
        }
    }
    all.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(all.into_iter().map(|(_, standing)| standing).collect())
}

/// Versions of the migrations that this version of the program knows, in order.
///
/// # Errors
/// None in practice: what is inside the binary can be read.
pub fn known() -> Result<Vec<String>, MigrateError> {
    let all = MigrationSource::<Backend>::migrations(&MIGRATIONS).map_err(failed)?;
    let mut versions: Vec<String> = all.iter().map(|m| m.name().version().to_string()).collect();
    versions.sort();
    Ok(versions)
}

/// Versions of the migrations that the database has, in order, including those of later programs. Only reads.
///
/// # Errors
/// Database errors.
pub fn applied(connection: &mut DbConnection) -> QueryResult<Vec<String>> {
    let there = match connection {
        DbConnection::Postgres(_) => {
            "SELECT c.relname::text AS version FROM pg_class AS c WHERE c.oid = to_regclass('__diesel_schema_migrations')"
        }
        DbConnection::Sqlite(_) => {
            "SELECT name AS version FROM sqlite_master WHERE type = 'table' AND name = '__diesel_schema_migrations'"
        }
    };
    if sql_query(there).load::<Version>(connection)?.is_empty() {
        return Ok(Vec::new());
    }
    Ok(sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version")
        .load::<Version>(connection)?
        .into_iter()
        .map(|row| row.version)
        .collect())
}

/// A row of Diesel's own table.
#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Reverts every migration and runs `versions` again: an empty schema as it was at their time. In the caller's transaction.
///
/// # Errors
/// Database errors, or when the database has migrations that this version cannot revert.
pub fn rebuild(connection: &mut DbConnection, versions: &[String]) -> Result<(), MigrateError> {
    let known = known()?;
    if let Some(newer) = applied(connection).map_err(failed)?.iter().find(|version| !known.contains(version)) {
        return Err(MigrateError(format!("the database schema is newer than this program: it has migration {newer}")));
    }
    connection.revert_all_migrations(MIGRATIONS).map_err(failed)?;
    let mut all = MigrationSource::<Backend>::migrations(&MIGRATIONS).map_err(failed)?;
    all.retain(|migration| versions.contains(&migration.name().version().to_string()));
    all.sort_by_key(|migration| migration.name().version().to_string());
    for migration in all {
        connection.run_migration(&*migration).map_err(failed)?;
    }
    Ok(())
}

/// Does something that no other process may do at the same time. On SQLite, a transaction of the caller is lock enough.
fn locked<T>(
    connection: &mut DbConnection,
    work: impl FnOnce(&mut DbConnection) -> Result<T, MigrateError>,
) -> Result<T, MigrateError> {
    if let DbConnection::Sqlite(sqlite) = connection {
        if AnsiTransactionManager::transaction_manager_status_mut(sqlite).transaction_depth()?.is_some() {
            return work(connection);
        }
        // One transaction around everything; other processes wait for its write lock.
        sqlite.batch_execute(&format!("PRAGMA busy_timeout = {WAIT}")).map_err(failed)?;
        return transaction(connection, work);
    }
    // Other migrating processes are waited for as long as it takes; a table in use only briefly, as that wait holds up everybody
    // behind it.
    connection
        .batch_execute(&format!(
            "SET lock_timeout = 0; SET statement_timeout = 0; SELECT pg_advisory_lock({LOCK}); SET lock_timeout = '5s'"
        ))
        .map_err(failed)?;
    let answer = work(connection);
    let unlocked = connection.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"));
    answer.and_then(|answer| unlocked.map(|()| answer).map_err(failed))
}
