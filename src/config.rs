//! Every setting, from flags and environment. A wrong value gives one line that names its variable.

use std::{net::IpAddr, net::SocketAddr, time::Duration};

use clap::{Args, ValueEnum};

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
    #[arg(long, env, default_value = "data/transcendence.sqlite3", hide_env_values = true, value_parser = database_url, global = true)]
    pub database_url: String,
    /// Most database connections at once
    #[arg(long, env, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=500), global = true)]
    pub database_pool: u16,
    /// Seconds to wait for a free database connection before answering 503
    #[arg(long, env, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60), global = true)]
    pub database_wait: u64,
    /// Address and port to listen on
    #[arg(long, env, default_value = "127.0.0.1:8080", global = true)]
    pub listen: SocketAddr,
    /// Where people reach the site, without a path; https:// turns on secure cookies and HSTS
    #[arg(long, env, default_value = "http://localhost:8080", value_parser = base_url, global = true)]
    pub base_url: String,
    /// Addresses of proxies whose X-Forwarded-For is believed, separated by commas
    #[arg(long, env, value_delimiter = ',', global = true)]
    pub trusted_proxies: Vec<IpAddr>,
    /// Log lines for people or as JSON
    #[arg(long, env, value_enum, default_value_t = LogFormat::Text, global = true)]
    pub log_format: LogFormat,
    /// What is logged, as tracing filter directives
    #[arg(long, env, default_value = "info", value_parser = log_filter, global = true)]
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

impl Config {
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

fn database_url(value: &str) -> Result<String, String> {
    let scheme = value.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        _ if value.is_empty() => Err("is empty".to_owned()),
        None | Some("sqlite" | "postgres" | "postgresql") => Ok(value.to_owned()),
        Some(other) => Err(format!("has the unknown scheme {other}://; use a path, sqlite:// or postgres://")),
    }
}

fn base_url(value: &str) -> Result<String, String> {
    let value = value.trim_end_matches('/');
    let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    match rest {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', ' ', '@']) => Ok(value.to_ascii_lowercase()),
        _ => Err("must look like https://pong.example".to_owned()),
    }
}

fn log_filter(value: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(value).map(|_| value.to_owned()).map_err(|error| error.to_string())
}
