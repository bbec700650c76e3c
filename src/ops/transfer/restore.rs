//! `transcendence restore`: loads a backup into a database.

use std::path::PathBuf;

use clap::Args;
use diesel::connection::SimpleConnection;

use super::{
    error::TransferError,
    file::{self, Nowhere},
    form::{Counts, connect, in_words},
    import::Importer,
};
use crate::{
    config::Config,
    db::{self, DbConnection},
    ops::Failure,
};

/// What to restore.
#[derive(Args, Clone)]
pub struct RestoreOptions {
    /// The backup file
    #[arg(long)]
    from: PathBuf,
    /// Replace everything already in the database
    #[arg(long)]
    force: bool,
    /// Only check that the backup is intact; the database is not touched
    #[arg(long)]
    check: bool,
}

/// Checks the backup and loads it into the database in one transaction.
///
/// # Errors
/// One line that says why; the database is left unchanged.
pub fn restore(config: &Config, options: &RestoreOptions) -> Result<(), Failure> {
    let about = options.from.display().to_string();
    let (header, counts) = file::read(&options.from, &mut Nowhere).map_err(|error| error.into_failure(&about))?;
    println!("The backup made at {} is intact: {}", header.made_at, in_words(&counts));
    if options.check {
        return Ok(());
    }
    let restored = into(config.database.url.expose(), options.force, |importer| {
        file::read(&options.from, importer).map(|(_, counts)| counts)
    });
    println!("Restored {}", in_words(&restored.map_err(|error| error.into_failure("DATABASE_URL"))?));
    Ok(())
}

/// Lets `fill` write everything into a database, in one transaction.
pub(super) fn into(
    url: &str,
    force: bool,
    fill: impl FnOnce(&mut Importer<'_>) -> Result<Counts, TransferError>,
) -> Result<Counts, TransferError> {
    let mut connection = connect(url)?;
    if let DbConnection::Sqlite(sqlite) = &mut connection {
        // They are checked once at the end, so that tables can be dropped in any order.
        sqlite.batch_execute("PRAGMA foreign_keys = OFF")?;
    }
    let counts = db::transaction(&mut connection, |connection| fill(&mut Importer::new(connection, force)))?;
    // So that the first query is planned as well as the thousandth.
    connection.batch_execute("ANALYZE")?;
    Ok(counts)
}
