//! The database.

use std::path::PathBuf;

use clap::Args;

use super::{
    parse,
    secret::{self, SecretUrl},
    values::{SettingError, Switch},
};
use crate::db::Kind;

/// The database.
#[derive(Args, Clone)]
pub struct Database {
    /// Database: a path or `sqlite://path` for SQLite, `postgres://user:password@host/name` for PostgreSQL
    #[arg(id = "database_url", long = "database-url", env = "DATABASE_URL", default_value = "data/transcendence.sqlite3", value_parser = parse::database_url, global = true)]
    pub url: SecretUrl,
    /// File with the password for a PostgreSQL `DATABASE_URL` that contains none
    #[arg(
        id = "database_password_file",
        long = "database-password-file",
        env = "DATABASE_PASSWORD_FILE",
        value_name = "FILE",
        global = true
    )]
    pub password_file: Option<PathBuf>,
    /// Maximum number of database connections
    #[arg(id = "database_pool", long = "database-pool", env = "DATABASE_POOL", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=500), global = true)]
    pub pool: u16,
    /// Seconds to wait for a free database connection before answering 503
    #[arg(id = "database_wait", long = "database-wait", env = "DATABASE_WAIT", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60), global = true)]
    pub wait: u64,
    /// Whether to run pending migrations at startup; with "off" the site waits until `migrate` has run
    #[arg(long, env, value_enum, default_value_t = Switch::On, global = true)]
    pub auto_migrate: Switch,
}

impl Database {
    pub(super) fn read_files(&mut self) -> Result<(), SettingError> {
        let Some(file) = &self.password_file else { return Ok(()) };
        let named = |problem: String| SettingError { variable: "DATABASE_PASSWORD_FILE", problem };
        let password = secret::read(file).map_err(named)?;
        if Kind::of(self.url.expose()) == Kind::Sqlite {
            return Err(named("DATABASE_URL is a SQLite database, which has no password".to_owned()));
        }
        self.url = self
            .url
            .with_password(&password)
            .ok_or_else(|| named("DATABASE_URL also contains a password; remove one of them".to_owned()))?;
        Ok(())
    }
}
