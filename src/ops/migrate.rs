//! `transcendence migrate`: brings the database's schema up to this version.

use crate::{
    config::Config,
    db::migrations,
    ops::{Failure, wait},
};

/// Runs what is pending, or with `status` lists what stands where.
///
/// # Errors
/// One line that names the setting.
pub fn run(config: &Config, status: bool) -> Result<(), Failure> {
    let mut connection =
        wait::for_database(&config.database_url).map_err(|error| Failure::new("DATABASE_URL", error))?;
    if status {
        for standing in migrations::status(&mut connection).map_err(|error| Failure::new("DATABASE_URL", error))? {
            println!("[{}] {}", if standing.applied { "x" } else { " " }, standing.name);
        }
        return Ok(());
    }
    let done = migrations::run(&mut connection).map_err(|error| Failure::new("DATABASE_URL", error))?;
    if done.is_empty() {
        println!("The schema is up to date.");
    }
    for name in done {
        println!("Ran {name}");
    }
    Ok(())
}
