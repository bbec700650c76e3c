//! Every setting, from flags, environment and files. A wrong value gives one line that names its variable.

mod parse;
pub mod secret;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, ValueEnum};
use ipnet::IpNet;

pub(crate) use self::parse::is_within;
use self::{parse::with_password, secret::Secret};
use crate::db::Kind;

/// How log lines are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// On or off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Switch {
    /// Yes.
    On,
    /// No.
    Off,
}

impl Switch {
    /// Whether it is on.
    #[must_use]
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// Settings of the site; each is an option and an environment variable of the same name in capitals.
#[derive(Args, Clone)]
pub struct Config {
    /// Database: a path or `sqlite://path` for SQLite, `postgres://user:password@host/name` for PostgreSQL
    #[arg(long, env, default_value = "data/transcendence.sqlite3", hide_env_values = true, value_parser = parse::database_url, global = true)]
    pub database_url: String,
    /// File that holds the password of a PostgreSQL `DATABASE_URL` which names none
    #[arg(long, env, value_name = "FILE", global = true)]
    pub database_password_file: Option<PathBuf>,
    /// Most database connections at once
    #[arg(long, env, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=500), global = true)]
    pub database_pool: u16,
    /// Seconds to wait for a free database connection before answering 503
    #[arg(long, env, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60), global = true)]
    pub database_wait: u64,
    /// Address and port to listen on
    #[arg(long, env, default_value = "127.0.0.1:8080", global = true)]
    pub listen: SocketAddr,
    /// Address and port for /metrics and detailed health, for the internal network only; none by default
    #[arg(long, env, global = true)]
    pub metrics_listen: Option<SocketAddr>,
    /// Whether to run pending migrations at the start; with "off" the site waits until `migrate` ran
    #[arg(long, env, value_enum, default_value_t = Switch::On, global = true)]
    pub auto_migrate: Switch,
    /// Where people reach the site, without a path; https:// turns on secure cookies and HSTS
    #[arg(long, env, default_value = "http://localhost:8080", value_parser = parse::base_url, global = true)]
    pub base_url: String,
    /// Host names that are served, separated by commas; "*" for any [default: that of `BASE_URL`]
    #[arg(long, env, value_delimiter = ',', value_parser = parse::host, global = true)]
    pub hosts: Vec<String>,
    /// Addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-For is believed, separated by commas
    #[arg(long, env, value_delimiter = ',', value_parser = parse::network, global = true)]
    pub trusted_proxies: Vec<IpNet>,
    /// Secret of the application, which keys the stored session ids; at least 32 random characters
    #[arg(long, env, hide_env_values = true, global = true)]
    pub secret: Option<Secret>,
    /// File that holds the secret
    #[arg(long, env, value_name = "FILE", global = true)]
    pub secret_file: Option<PathBuf>,
    /// Valkey or Redis that replicas share: redis://host:port; none for a single process
    #[arg(long, env, hide_env_values = true, value_parser = parse::valkey_url, global = true)]
    pub valkey_url: Option<String>,
    /// File that holds the password of a `VALKEY_URL` which names none
    #[arg(long, env, value_name = "FILE", global = true)]
    pub valkey_password_file: Option<PathBuf>,
    /// Log lines for people or as JSON
    #[arg(long, env, value_enum, default_value_t = LogFormat::Text, global = true)]
    pub log_format: LogFormat,
    /// What is logged, as tracing filter directives
    #[arg(long, env, default_value = "info", value_parser = parse::log_filter, global = true)]
    pub log_filter: String,
    /// Days that "stay signed in" lasts after the last visit
    #[arg(long, env, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=400), global = true)]
    pub session_days: u16,
    /// Limits on log-ins, sign-ups and the like; off only for load tests
    #[arg(long, env, value_enum, default_value_t = Switch::On, global = true)]
    pub rate_limits: Switch,
    /// Most open connections; more wait to be accepted
    #[arg(long, env, default_value_t = 15_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub max_connections: u32,
    /// Most open connections from one address (or IPv6 /64 network); those of trusted proxies do not count; 0 for no bound
    #[arg(long, env, default_value_t = 256, value_parser = clap::value_parser!(u32).range(0..=1_000_000), global = true)]
    pub max_connections_each: u32,
    /// Seconds that a connection may take to send the head of a request; those of trusted proxies have at least 90
    #[arg(long, env, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=300), global = true)]
    pub header_timeout: u64,
    /// Most requests answered at once; more get 503
    #[arg(long, env, default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=100_000), global = true)]
    pub max_requests: u32,
    /// Seconds that a request may take
    #[arg(long, env, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300), global = true)]
    pub request_timeout: u64,
    /// Passwords hashed at once; each takes 46 MiB and one core
    #[arg(long, env, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64), global = true)]
    pub password_hashers: u16,
}

/// A setting whose value cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{variable}: {problem}")]
pub struct SettingError {
    /// The environment variable.
    pub variable: &'static str,
    /// What is wrong with its value, never the value of a secret.
    pub problem: String,
}

#[cfg(test)]
impl Config {
    /// As on a command line of these words.
    pub(crate) fn of(words: &[&str]) -> Self {
        use clap::Parser;

        #[derive(Parser)]
        struct Settings {
            #[command(flatten)]
            config: Config,
        }

        Settings::parse_from(std::iter::once("transcendence").chain(words.iter().copied())).config
    }
}

impl Config {
    /// Puts what the `*_FILE` settings name in its place: afterwards the addresses hold their passwords and `secret` the secret.
    ///
    /// # Errors
    /// Names the variable whose file cannot be read or whose content cannot be used.
    pub fn read_files(mut self) -> Result<Self, SettingError> {
        if let Some(file) = &self.database_password_file {
            let named = |problem: String| SettingError { variable: "DATABASE_PASSWORD_FILE", problem };
            let password = secret::read(file).map_err(named)?;
            if Kind::of(&self.database_url) == Kind::Sqlite {
                return Err(named("DATABASE_URL is of SQLite, which has no passwords".to_owned()));
            }
            self.database_url = with_password(&self.database_url, &password)
                .ok_or_else(|| named("DATABASE_URL holds a password too; remove one of them".to_owned()))?;
        }
        if let Some(file) = &self.valkey_password_file {
            let named = |problem: String| SettingError { variable: "VALKEY_PASSWORD_FILE", problem };
            let password = secret::read(file).map_err(named)?;
            let url = self.valkey_url.as_deref().ok_or_else(|| named("VALKEY_URL is not set".to_owned()))?;
            self.valkey_url = Some(
                with_password(url, &password)
                    .ok_or_else(|| named("VALKEY_URL holds a password too; remove one of them".to_owned()))?,
            );
        }
        if let Some(file) = &self.secret_file {
            let named = |problem: String| SettingError { variable: "SECRET_FILE", problem };
            if self.secret.is_some() {
                return Err(named("SECRET is set too; remove one of them".to_owned()));
            }
            self.secret = Some(secret::read(file).and_then(|text| text.parse()).map_err(named)?);
        }
        Ok(self)
    }

    /// Whether an address is a proxy's whose word about its clients is believed.
    #[must_use]
    pub fn is_trusted_proxy(&self, address: IpAddr) -> bool {
        is_within(&self.trusted_proxies, address)
    }

    /// Whether people reach the site over HTTPS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.base_url.starts_with("https://")
    }

    /// Name of the session's cookie.
    #[must_use]
    pub fn session_cookie(&self) -> &'static str {
        if self.is_https() { "__Host-session" } else { "session" }
    }

    /// The site's origin, as browsers write it.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.base_url
    }

    /// The host name in the site's address, without a port.
    #[must_use]
    pub fn base_host(&self) -> &str {
        let authority = self.base_url.split_once("://").map_or(self.base_url.as_str(), |(_, authority)| authority);
        // The colons of an IPv6 address stand within brackets.
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    /// How long to wait for a database connection.
    #[must_use]
    pub fn database_wait(&self) -> Duration {
        Duration::from_secs(self.database_wait)
    }

    /// What is unwise about the settings, each sentence beginning with the variable's name.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.rate_limits.is_on() {
            warnings.push(
                "RATE_LIMITS is off: anybody may try passwords without limit; set it to \"on\" outside load tests."
                    .to_owned(),
            );
        }
        let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
        if !self.is_https() && !local.iter().any(|prefix| self.base_url.starts_with(prefix)) {
            warnings.push("BASE_URL is not https://: cookies and passwords cross the network in the clear.".to_owned());
        }
        warnings
    }
}
