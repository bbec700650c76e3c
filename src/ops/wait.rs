//! Waiting for a database that is still starting, so that services can be started in any order.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::db::{self, ConnectError, DbConnection, Kind};

/// How long a command waits for its database before it gives up.
const PATIENCE: Duration = Duration::from_secs(60);
/// The first pause between two attempts; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Opens a connection, trying again for up to a minute while the database does not answer.
///
/// # Errors
/// The driver's last error; at once when waiting would not help (a wrong password, no such database, any SQLite error).
pub fn for_database(url: &str) -> Result<DbConnection, ConnectError> {
    let mut pauses = Pauses::new(url);
    loop {
        match db::connect(url) {
            Err(error) => thread::sleep(pauses.after(error)?),
            connection => return connection,
        }
    }
}

/// As [`for_database`], for async code.
///
/// # Errors
/// As [`for_database`].
pub async fn for_database_async(url: &str) -> Result<DbConnection, ConnectError> {
    let mut pauses = Pauses::new(url);
    loop {
        let url = url.to_owned();
        let attempt = tokio::task::spawn_blocking(move || db::connect(&url)).await;
        match attempt.map_err(|error| ConnectError::Folder(error.into()))? {
            Err(error) => tokio::time::sleep(pauses.after(error)?).await,
            connection => return connection,
        }
    }
}

/// How long to pause before each new attempt.
struct Pauses {
    until: Option<Instant>,
    next: Duration,
}

impl Pauses {
    fn new(url: &str) -> Self {
        let patience = (Kind::of(url) == Kind::Postgres).then_some(PATIENCE);
        Self { until: patience.map(|patience| Instant::now() + patience), next: FIRST_PAUSE }
    }

    /// Logs the failure and returns the pause after it, or returns the failure when it is final.
    fn after(&mut self, error: ConnectError) -> Result<Duration, ConnectError> {
        let pause = self.next;
        let in_time = self.until.is_some_and(|until| Instant::now() + pause < until);
        if !in_time || !is_coming_up(&error.to_string()) {
            return Err(error);
        }
        self.next = (pause * 2).min(LONGEST_PAUSE);
        let cause = error.to_string();
        let cause = cause.lines().next().unwrap_or_default();
        tracing::warn!(cause, again_in_ms = pause.as_millis(), "Waiting for the database");
        Ok(pause)
    }
}

/// Whether a libpq error can pass by itself. An error from a server that answered and refused is final, unless the server is
/// starting, stopping or full.
fn is_coming_up(error: &str) -> bool {
    !error.contains("FATAL:") || error.contains("the database system is") || error.contains("too many clients")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_pass_is_waited_for() {
        assert!(is_coming_up("connection to server at \"db\" (10.0.0.2), port 5432 failed: Connection refused"));
        assert!(is_coming_up("could not translate host name \"db\" to address: Name or service not known"));
        assert!(is_coming_up("connection to server failed: FATAL:  the database system is starting up"));
        assert!(!is_coming_up("connection to server failed: FATAL:  password authentication failed for user \"ada\""));
        assert!(!is_coming_up("connection to server failed: FATAL:  database \"pong\" does not exist"));
    }

    #[test]
    fn sqlite_is_not_waited_for() {
        assert!(for_database("/proc/no/such/folder/site.sqlite3").is_err());
    }

    #[test]
    fn pauses_grow_to_a_bound() {
        let mut pauses = Pauses::new("postgres://db/pong");
        let refused = || ConnectError::Folder(std::io::Error::other("Connection refused"));
        let waited: Vec<Duration> = (0..7).map_while(|_| pauses.after(refused()).ok()).collect();
        assert_eq!(waited.first(), Some(&FIRST_PAUSE));
        assert_eq!(waited.last(), Some(&LONGEST_PAUSE));
        pauses.until = Some(Instant::now());
        assert!(pauses.after(refused()).is_err(), "the minute is over");
    }
}
