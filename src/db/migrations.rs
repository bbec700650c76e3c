//! The migrations inside the binary: the same folder that `diesel migration run` reads.

use std::fmt;

use diesel::{QueryResult, connection::SimpleConnection, migration::MigrationSource};
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
