//! The database: SQLite or PostgreSQL behind one connection type, chosen by the scheme of `DATABASE_URL`.

pub mod json;
pub mod migrations;
#[allow(missing_docs, reason = "written by Diesel")]
pub mod schema;
pub mod text;

use std::time::Duration;

use deadpool::managed::BuildError;
use deadpool_diesel::{Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime};
use diesel::{
    Connection, PgConnection, QueryResult, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
};
use prometheus_client::metrics::counter::Counter;
use tokio::time::timeout;

/// A connection as the pool holds it, used off the async threads.
type PooledConnection = deadpool_diesel::Connection<DbConnection>;
type Hook = deadpool::managed::Hook<Manager<DbConnection>>;
type HookError = deadpool::managed::HookError<deadpool_diesel::Error>;

#[allow(missing_docs, reason = "the derived items have none")]
mod connection {
    use diesel::{PgConnection, SqliteConnection};

    /// A connection to either database.
    #[derive(diesel::MultiConnection)]
    pub enum DbConnection {
        /// PostgreSQL.
        Postgres(PgConnection),
        /// SQLite.
        Sqlite(SqliteConnection),
    }

    pub use self::multi_connection_impl::MultiBackend as Backend;
}

pub use self::connection::{Backend, DbConnection};

/// The kind of database in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// PostgreSQL: `postgres://` or `postgresql://`.
    Postgres,
    /// SQLite: anything else, a path or `sqlite://path`.
    Sqlite,
}

impl Kind {
    /// The kind that a `DATABASE_URL` names.
    #[must_use]
    pub fn of(url: &str) -> Self {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") { Self::Postgres } else { Self::Sqlite }
    }
}

/// What can go wrong between a handler and its query.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection came free in time, or none could be opened.
    #[error("no database connection: {0}")]
    Pool(#[from] PoolError),
    /// The query did not answer in time; what it wrote, if anything, may or may not be stored.
    #[error("the database does not answer")]
    Slow,
    /// The work on the connection's thread ended without an answer.
    #[error("database work was interrupted: {0}")]
    Interrupted(String),
    /// The query failed.
    #[error("database query failed: {0}")]
    Query(#[from] diesel::result::Error),
}

impl DbError {
    /// Whether the error will pass by itself, so that trying again later makes sense.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Pool(_) | Self::Slow | Self::Interrupted(_) => true,
            Self::Query(error) => is_passing(error),
        }
    }
}

/// The pool of connections.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Manager<DbConnection>>,
    kind: Kind,
    /// How long a read waits for a connection and the answer together.
    reading: Option<Duration>,
    /// The same for a write.
    writing: Option<Duration>,
    timeouts: Counter,
}

/// Idle time after which a connection is tested before it is handed out.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// How often to try to switch a file to write-ahead logging, and the pause between tries: ten seconds in all.
const LOG_TRIES: u32 = 200;
const LOG_PAUSE: Duration = Duration::from_millis(50);

impl Db {
    /// A pool of at most `size` connections to `url`; opens none yet. `wait` bounds the wait for a free one, and the wait of
    /// [`Db::run`] for its answer.
    ///
    /// # Errors
    /// When the pool's settings do not fit together.
    pub fn new(url: &str, size: usize, wait: Duration) -> Result<Self, BuildError> {
        let kind = Kind::of(url);
        let config = ManagerConfig { recycling_method: RecyclingMethod::CustomFunction(Box::new(|_| Ok(()))) };
        let manager = Manager::<DbConnection>::from_config(with_limits(url), Runtime::Tokio1, config);
        let pool = Pool::builder(manager)
            .max_size(size)
            .wait_timeout(Some(wait))
            .create_timeout(Some(wait))
            .recycle_timeout(Some(wait))
            .runtime(Runtime::Tokio1)
            .post_create(Hook::async_fn(|connection: &mut PooledConnection, _| {
                Box::pin(async move { settle(connection.interact(set_up).await) })
            }))
            .pre_recycle(Hook::async_fn(|connection: &mut PooledConnection, metrics| {
                let idle = metrics.last_used();
                Box::pin(async move {
                    if idle < TRUSTED_IDLE {
                        return Ok(());
                    }
                    settle(connection.interact(|connection| connection.batch_execute("SELECT 1")).await)
                })
            }))
            .build()?;
        // A 503 page must be out within `wait`.
        Ok(Self { pool, kind, reading: Some(wait.mul_f64(0.9)), writing: None, timeouts: Counter::default() })
    }

    /// The same pool for background work, which waits for its answer rather than give up.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self { reading: None, writing: None, ..self.clone() }
    }

    /// The same pool for work that can be repeated without harm; waits at most `patience` for its answer.
    #[must_use]
    pub fn within(&self, patience: Duration) -> Self {
        Self { reading: Some(patience), writing: Some(patience), ..self.clone() }
    }

    /// Which database it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The pool's state, for health and metrics.
    #[must_use]
    pub fn status(&self) -> deadpool_diesel::Status {
        self.pool.status()
    }

    /// How often a wait for a connection or an answer timed out.
    #[must_use]
    pub fn timeouts(&self) -> &Counter {
        &self.timeouts
    }

    /// Runs queries on a connection of the pool, off the async threads.
    ///
    /// # Errors
    /// [`DbError::Pool`] when no connection comes free in time, [`DbError::Slow`] when the answer does not come in time, otherwise
    /// the error of `work`.
    pub async fn run<T, F>(&self, work: F) -> Result<T, DbError>
    where
        F: FnOnce(&mut DbConnection) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        self.work(self.reading, work).await
    }

    async fn work<T, F>(&self, patience: Option<Duration>, work: F) -> Result<T, DbError>
    where
        F: FnOnce(&mut DbConnection) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        match patience {
            Some(patience) => timeout(patience, self.work_for_ever(work)).await.unwrap_or_else(|_| {
                self.timeouts.inc();
                Err(DbError::Slow)
            }),
            None => self.work_for_ever(work).await,
        }
    }

    async fn work_for_ever<T, F>(&self, work: F) -> Result<T, DbError>
    where
        F: FnOnce(&mut DbConnection) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let connection = self.pool.get().await.inspect_err(|error| {
            if matches!(error, PoolError::Timeout(_)) {
                self.timeouts.inc();
            }
        })?;
        // On its own task: a caller that stops waiting (a visitor who left, a limit) must not return a busy connection to the pool.
        let working = tokio::spawn(async move {
            let answer = connection.interact(work).await.map_err(|e| DbError::Interrupted(e.to_string()))?;
            if answer.as_ref().is_err_and(is_connection_lost) {
                drop(deadpool::managed::Object::take(connection));
            }
            Ok(answer?)
        });
        working.await.map_err(|error| DbError::Interrupted(error.to_string()))?
    }

    /// Runs `work` in a transaction that may write (see [`transaction`]). Unless [`Db::within`] says otherwise, it waits for the
    /// answer however long it takes: a caller that gave up would not know whether the work was stored.
    ///
    /// # Errors
    /// The same as [`Db::run`].
    pub async fn write<T, F>(&self, work: F) -> Result<T, DbError>
    where
        F: FnOnce(&mut DbConnection) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        self.work(self.writing, |connection| transaction(connection, work)).await
    }
}

/// Bounds, for the driver, how long it waits for a server that is gone without notice (a machine without power, a cut network),
/// unless the URL sets its own bounds.
fn with_limits(url: &str) -> String {
    let limits = [
        ("connect_timeout", 5),
        ("tcp_user_timeout", 10_000),
        ("keepalives_idle", 10),
        ("keepalives_interval", 5),
        ("keepalives_count", 3),
    ];
    let mut url = url.to_owned();
    if Kind::of(&url) == Kind::Postgres {
        for (name, value) in limits {
            if !url.contains(name) {
                let joint = if url.contains('?') { '&' } else { '?' };
                url = format!("{url}{joint}{name}={value}");
            }
        }
    }
    url
}

/// Opens one connection outside the pool; errors are the driver's own.
///
/// # Errors
/// Errors of the driver, and for SQLite when the folder of its file cannot be made.
pub fn connect(url: &str) -> Result<DbConnection, ConnectError> {
    let mut connection = match Kind::of(url) {
        Kind::Postgres => DbConnection::Postgres(PgConnection::establish(&with_limits(url))?),
        Kind::Sqlite => {
            let path = std::path::Path::new(url.strip_prefix("sqlite://").unwrap_or(url));
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            DbConnection::Sqlite(SqliteConnection::establish(url)?)
        }
    };
    set_up(&mut connection)?;
    Ok(connection)
}

/// Why no connection could be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The driver's own message.
    #[error("{0}")]
    Driver(#[from] diesel::ConnectionError),
    /// The folder of the SQLite file could not be made.
    #[error("the folder of the database file: {0}")]
    Folder(#[from] std::io::Error),
    /// The connection's first statements failed.
    #[error("{0}")]
    SetUp(#[from] diesel::result::Error),
}

/// Runs `work` in a transaction that may write: `BEGIN IMMEDIATE` on SQLite, so that two writers wait for each other instead of
/// failing half-way.
///
/// # Errors
/// The error of `work` or of the database; nothing was written then.
pub fn transaction<T, E: From<diesel::result::Error>>(
    connection: &mut DbConnection,
    work: impl FnOnce(&mut DbConnection) -> Result<T, E>,
) -> Result<T, E> {
    if let DbConnection::Sqlite(sqlite) = connection {
        AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?;
    } else {
        return connection.transaction(work);
    }
    let answer = work(connection);
    if let DbConnection::Sqlite(sqlite) = connection {
        if answer.is_ok() {
            AnsiTransactionManager::commit_transaction(sqlite)?;
        } else if let Err(error) = AnsiTransactionManager::rollback_transaction(sqlite) {
            // SQLite rolls back by itself in some cases, such as a full disk; what counts is why the work failed.
            tracing::debug!(%error, "Nothing to roll back");
        }
    }
    answer
}

/// Runs the same expression on the connection of either database, for statements that the multi-connection cannot build
/// (`on_conflict`, batch inserts, `for_update`).
#[macro_export]
macro_rules! on_each {
    ($connection:expr, $inner:ident => $work:expr) => {
        match $connection {
            $crate::db::DbConnection::Postgres($inner) => $work,
            $crate::db::DbConnection::Sqlite($inner) => $work,
        }
    };
}

/// The settings of a new connection.
fn set_up(connection: &mut DbConnection) -> QueryResult<()> {
    match connection {
        DbConnection::Sqlite(sqlite) => {
            sqlite
                .batch_execute("PRAGMA busy_timeout = 5000; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON")?;
            use_write_ahead_log(sqlite)
        }
        DbConnection::Postgres(postgres) => {
            postgres.batch_execute("SET TIME ZONE 'UTC'; SET statement_timeout = '10s'; SET lock_timeout = '5s'")
        }
    }
}

/// Switches a file to write-ahead logging, which a new file needs once. SQLite does not wait for this as it does for other locks,
/// namely while another process makes or migrates the same file.
fn use_write_ahead_log(sqlite: &mut SqliteConnection) -> QueryResult<()> {
    for _ in 0..LOG_TRIES {
        match sqlite.batch_execute("PRAGMA journal_mode = WAL") {
            Err(diesel::result::Error::DatabaseError(_, what)) if what.message().contains("locked") => {
                std::thread::sleep(LOG_PAUSE);
            }
            other => return other,
        }
    }
    sqlite.batch_execute("PRAGMA journal_mode = WAL")
}

/// Whether an error means that the connection is no longer usable.
fn is_connection_lost(error: &diesel::result::Error) -> bool {
    use diesel::result::{DatabaseErrorKind, Error};
    matches!(
        error,
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _)
            | Error::BrokenTransactionManager
    )
}

/// Whether an error means that a unique key is taken.
#[must_use]
pub fn is_taken(error: &diesel::result::Error) -> bool {
    use diesel::result::{DatabaseErrorKind, Error};
    matches!(error, Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

/// Whether an error will pass by itself. Only the database's objections to the rows themselves, and what Diesel cannot build, write
/// or read, are final; everything else depends on the database's present state (away, restarting, read-only, full, busy, …), which
/// no list of phrases could ever cover.
pub(crate) fn is_passing(error: &diesel::result::Error) -> bool {
    use diesel::result::{DatabaseErrorKind as Kind, Error};
    match error {
        Error::RollbackErrorOnCommit { commit_error, .. } => is_passing(commit_error),
        Error::DatabaseError(
            Kind::UniqueViolation
            | Kind::ForeignKeyViolation
            | Kind::NotNullViolation
            | Kind::CheckViolation
            | Kind::RestrictViolation
            | Kind::ExclusionViolation,
            _,
        )
        | Error::NotFound
        | Error::InvalidCString(_)
        | Error::QueryBuilderError(_)
        | Error::SerializationError(_)
        | Error::DeserializationError(_) => false,
        _ => true,
    }
}

/// The outcome of a hook's work on a connection.
fn settle(answer: Result<QueryResult<()>, deadpool_diesel::InteractError>) -> Result<(), HookError> {
    match answer {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(HookError::message(error.to_string())),
        Err(error) => Err(HookError::message(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use diesel::result::{DatabaseErrorKind as Kind, Error};

    use super::*;

    fn failure(kind: Kind, message: &str) -> Error {
        Error::DatabaseError(kind, Box::new(message.to_owned()))
    }

    #[test]
    fn only_what_is_wrong_with_the_rows_themselves_is_final() {
        for kind in [Kind::UniqueViolation, Kind::ForeignKeyViolation, Kind::NotNullViolation, Kind::CheckViolation] {
            assert!(!is_passing(&failure(kind, "refused")), "{kind:?}");
        }
        assert!(!is_passing(&Error::NotFound));
        assert!(!is_passing(&Error::DeserializationError("no such mode".into())));
        for (kind, message) in [
            (Kind::ReadOnlyTransaction, "cannot execute UPDATE in a read-only transaction"),
            (Kind::SerializationFailure, "could not serialize access"),
            (Kind::ClosedConnection, "server closed the connection unexpectedly"),
            (Kind::UnableToSendCommand, "no connection to the server"),
            (Kind::Unknown, "deadlock detected"),
            (Kind::Unknown, "disk I/O error"),
            (Kind::Unknown, "database or disk is full"),
            (Kind::Unknown, "attempt to write a readonly database"),
            (Kind::Unknown, "the database system is shutting down"),
            (Kind::Unknown, "canceling statement due to statement timeout"),
        ] {
            assert!(is_passing(&failure(kind, message)), "{message}");
        }
        assert!(is_passing(&Error::BrokenTransactionManager));
    }

    #[test]
    fn only_postgresql_is_told_limits_and_only_where_none_are_set() {
        assert_eq!(with_limits("data/site.sqlite3"), "data/site.sqlite3");
        let url = with_limits("postgres://u@h/n?sslmode=require&connect_timeout=9");
        assert!(url.starts_with("postgres://u@h/n?sslmode=require&connect_timeout=9&tcp_user_timeout=10000&"), "{url}");
        assert_eq!(url.matches("connect_timeout").count(), 1);
    }

    #[test]
    fn a_commit_that_failed_is_judged_by_why_it_failed() {
        let both = |commit: Error| Error::RollbackErrorOnCommit {
            rollback_error: Box::new(Error::BrokenTransactionManager),
            commit_error: Box::new(commit),
        };
        assert!(is_passing(&both(failure(Kind::Unknown, "disk I/O error"))));
        assert!(!is_passing(&both(failure(Kind::ForeignKeyViolation, "refused"))));
    }
}
