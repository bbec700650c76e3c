//! The portable form of everything in a database, and what either end of a transfer needs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{error::TransferError, tables::Table};
use crate::{db::DbConnection, ops::wait};

/// What every backup says it is.
pub(super) const FORMAT: &str = "transcendence backup";
/// Version of the line format; later versions are refused.
pub(super) const VERSION: u32 = 1;

/// The first line.
#[derive(Clone, Serialize, Deserialize, Debug)]
pub(super) struct Header {
    pub format: String,
    pub version: u32,
    /// When the snapshot was taken, UTC.
    pub made_at: String,
    /// Version of the program that wrote it.
    pub program: String,
    /// Versions of the migrations that made the schema, in order.
    pub migrations: Vec<String>,
}

/// Number of rows of each table.
pub(super) type Counts = BTreeMap<String, u64>;

/// Where the rows go.
pub(super) trait Sink {
    /// Called before everything else.
    fn begin(&mut self, header: &Header) -> Result<(), TransferError>;
    /// Announces the table of the rows that follow.
    fn table(&mut self, table: &Table) -> Result<(), TransferError>;
    /// Takes a row, as a JSON array of its columns.
    fn row(&mut self, row: &str) -> Result<(), TransferError>;
    /// Called after everything else.
    fn end(&mut self, counts: &Counts) -> Result<(), TransferError>;
}

/// Opens a connection for long work.
pub(super) fn connect(url: &str) -> Result<DbConnection, TransferError> {
    use diesel::connection::SimpleConnection;
    let mut connection = wait::for_database(url)?;
    if let DbConnection::Postgres(postgres) = &mut connection {
        postgres.batch_execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")?;
    }
    Ok(connection)
}

/// The counts as text, largest first.
pub(super) fn in_words(counts: &Counts) -> String {
    let mut rows: Vec<_> = counts.iter().filter(|(_, count)| **count > 0).collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let rows: Vec<String> = rows.iter().map(|(table, count)| format!("{count} {table}")).collect();
    if rows.is_empty() { "no rows".to_owned() } else { rows.join(", ") }
}
