//! Everything in the database, from one place to another: `backup`, `restore` and `copy`.
//!
//! One portable form for both databases: the header, then table by table one JSON array a row, then what was written. [`export`]
//! reads it out of one snapshot, [`import`] writes it in one transaction; [`file`](mod@file) keeps it in a compressed file with a
//! checksum, and `copy` joins the two ends. [`tables`] takes what there is from `src/db/schema.rs`, so that a new table or
//! column is included without anybody thinking of it. All of it streams: memory does not grow with the number of rows.

mod backup;
mod copy;
mod export;
mod file;
mod import;
mod keep;
mod restore;
mod tables;

use std::{collections::BTreeMap, io};

use serde::{Deserialize, Serialize};

use self::tables::Table;
pub use self::{
    backup::{BackupOptions, backup},
    copy::{CopyOptions, copy},
    restore::{RestoreOptions, restore},
};
use crate::{
    db::{self, DbConnection, migrations::MigrateError},
    ops::{Failure, wait},
};

/// What every file of ours says of itself.
const FORMAT: &str = "transcendence backup";
/// The form of the lines; a later one is refused.
const VERSION: u32 = 1;

/// The first line.
#[derive(Clone, Serialize, Deserialize, Debug)]
struct Header {
    format: String,
    version: u32,
    /// When the snapshot was taken, UTC.
    made_at: String,
    /// Version of the program that wrote it.
    program: String,
    /// Versions of the migrations that made the schema, in order.
    migrations: Vec<String>,
}

/// How many rows of each table.
type Counts = BTreeMap<String, u64>;

/// Where the rows go.
trait Sink {
    /// Before everything else.
    fn begin(&mut self, header: &Header) -> Result<(), TransferError>;
    /// The rows that follow are of this table.
    fn table(&mut self, table: &Table) -> Result<(), TransferError>;
    /// A row, as a JSON array of its columns.
    fn row(&mut self, row: &str) -> Result<(), TransferError>;
    /// After everything else.
    fn end(&mut self, counts: &Counts) -> Result<(), TransferError>;
}

/// Why data did not get from one place to the other.
#[derive(Debug, thiserror::Error)]
enum TransferError {
    #[error("{0}")]
    Database(#[from] diesel::result::Error),
    #[error("{0}")]
    Connect(#[from] db::ConnectError),
    #[error("{0}")]
    Migrate(#[from] MigrateError),
    #[error("{0}")]
    File(#[from] io::Error),
    /// A sentence for the operator.
    #[error("{0}")]
    Refused(String),
}

impl TransferError {
    fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }

    /// The line for the operator; what the database or the file system says gets the name of what it is about.
    fn into_failure(self, about: &str) -> Failure {
        match self {
            Self::Refused(why) => Failure(why),
            other => Failure::new(about, other),
        }
    }
}

/// A connection for long work.
fn connect(url: &str) -> Result<DbConnection, TransferError> {
    use diesel::connection::SimpleConnection;
    let mut connection = wait::for_database(url)?;
    if let DbConnection::Postgres(postgres) = &mut connection {
        postgres.batch_execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")?;
    }
    Ok(connection)
}

/// Counts in words, the largest first.
fn in_words(counts: &Counts) -> String {
    let mut rows: Vec<_> = counts.iter().filter(|(_, count)| **count > 0).collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let rows: Vec<String> = rows.iter().map(|(table, count)| format!("{count} {table}")).collect();
    if rows.is_empty() { "no rows".to_owned() } else { rows.join(", ") }
}
