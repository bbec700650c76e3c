//! `transcendence migrate`: brings the database's schema up to this version.

use crate::{
    config::Config,
    db::migrations::{self, Done, Place},
    ops::{Failure, wait},
};

/// What to do.
#[derive(Clone, Copy)]
pub enum Task {
    /// Run what is pending.
    Run,
    /// List the migrations and their state.
    Status,
    /// Revert this many of the last migrations.
    Revert(usize),
}

/// Runs the task, one process at a time, and prints what it did.
///
/// # Errors
/// One line that names the setting at fault.
pub fn run(config: &Config, task: Task) -> Result<(), Failure> {
    let named = |error| Failure::new("DATABASE_URL", error);
    let mut connection =
        wait::for_database(config.database.url.expose()).map_err(|error| Failure::new("DATABASE_URL", error))?;
    match task {
        Task::Status => {
            for standing in migrations::status(&mut connection).map_err(named)? {
                match standing.place {
                    Place::Applied => println!("[x] {}", standing.name),
                    Place::Pending => println!("[ ] {}", standing.name),
                    Place::Unknown => println!("[?] {} (unknown to this version)", standing.name),
                }
            }
        }
        Task::Run => {
            let done = migrations::run(&mut connection).map_err(named)?;
            if done.is_empty() {
                println!("The schema is up to date.");
            }
            print("Ran", &done);
        }
        Task::Revert(count) => print("Reverted", &migrations::revert(&mut connection, count).map_err(named)?),
    }
    Ok(())
}

fn print(what: &str, done: &[Done]) {
    for one in done {
        println!("{what} {} in {} ms", one.name, one.took.as_millis());
    }
}
