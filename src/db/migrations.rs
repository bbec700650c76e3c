//! The migrations inside the binary: the same folder that `diesel migration run` reads.

use std::fmt;

use diesel::{
    QueryResult, QueryableByName, RunQueryDsl, connection::SimpleConnection, migration::MigrationSource, sql_query,
    sql_types::Text,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Backend, DbConnection};

/// All migrations of this version.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Key of the advisory lock that migrating processes hold on PostgreSQL (the bytes of "pong").
const LOCK: i64 = 0x706f_6e67;

/// A migration's name and whether the database has it.
#[derive(Debug)]
pub struct Standing {
    /// Folder name of the migration.
    pub name: String,
    /// Whether it was run.
    pub applied: bool,
}

/// Why migrating failed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct MigrateError(String);

fn failed(error: impl fmt::Display) -> MigrateError {
    MigrateError(error.to_string())
}

/// Runs what is pending, one process at a time, and returns the names of what it ran.
///
/// # Errors
/// The database's message; migrations before the failed one stay.
pub fn run(connection: &mut DbConnection) -> Result<Vec<String>, MigrateError> {
    lock(connection).map_err(failed)?;
    let done = connection.run_pending_migrations(MIGRATIONS).map(|v| v.iter().map(ToString::to_string).collect());
    let done = done.map_err(failed);
    unlock(connection).map_err(failed)?;
    done
}

/// Every migration that this version knows, in order.
///
/// # Errors
/// The database's message.
pub fn status(connection: &mut DbConnection) -> Result<Vec<Standing>, MigrateError> {
    let pending: Vec<String> =
        connection.pending_migrations(MIGRATIONS).map_err(failed)?.iter().map(|m| m.name().to_string()).collect();
    let all = MigrationSource::<Backend>::migrations(&MIGRATIONS).map_err(failed)?;
    let mut names: Vec<String> = all.iter().map(|m| m.name().to_string()).collect();
    names.sort();
    Ok(names.into_iter().map(|name| Standing { applied: !pending.contains(&name), name }).collect())
}

/// Versions of the migrations that this version of the program knows, in order.
///
/// # Errors
/// None that can happen: what is inside the binary can be read.
pub fn known() -> Result<Vec<String>, MigrateError> {
    let all = MigrationSource::<Backend>::migrations(&MIGRATIONS).map_err(failed)?;
    let mut versions: Vec<String> = all.iter().map(|m| m.name().version().to_string()).collect();
    versions.sort();
    Ok(versions)
}

/// Versions of the migrations that the database has, in order, those of later programs too. Only reads.
///
/// # Errors
/// The database's message.
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

/// Takes every migration back and runs these again: an empty schema as it was at their time. In the caller's transaction.
///
/// # Errors
/// The database's message, or when the database has migrations that this version cannot take back.
pub fn rebuild(connection: &mut DbConnection, versions: &[String]) -> Result<(), MigrateError> {
    let known = known()?;
    if let Some(newer) = applied(connection).map_err(failed)?.iter().find(|version| !known.contains(version)) {
        return Err(MigrateError(format!(
            "the database's schema is newer than this program: it has migration {newer}"
        )));
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

/// SQLite locks the file by itself at the first write of each migration.
fn lock(connection: &mut DbConnection) -> QueryResult<()> {
    match connection {
        DbConnection::Postgres(c) => c.batch_execute(&format!(
            "SET lock_timeout = 0; SET statement_timeout = 0; SELECT pg_advisory_lock({LOCK})"
        )),
        DbConnection::Sqlite(_) => Ok(()),
    }
}

fn unlock(connection: &mut DbConnection) -> QueryResult<()> {
    match connection {
        DbConnection::Postgres(c) => c.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})")),
        DbConnection::Sqlite(_) => Ok(()),
    }
}
