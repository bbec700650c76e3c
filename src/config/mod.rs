//! Every setting, from flags, environment and files. A wrong value is reported in one line that names its variable.

mod accounts;
mod cluster;
mod database;
mod limits;
mod log;
mod network;
mod parse;
pub mod secret;
mod values;

use std::{net::IpAddr, time::Duration};

use clap::Args;

pub(crate) use self::parse::is_within;
pub use self::{
    accounts::Accounts,
    cluster::Cluster,
    database::Database,
    limits::Limits,
    log::{Log, LogFormat},
    network::Network,
    values::{SettingError, Switch},
};

/// Settings of the site; each is an option and an environment variable of the same name in capitals.
#[derive(Args, Clone)]
pub struct Config {
    /// The database.
    #[command(flatten)]
    pub database: Database,
    /// Where the site listens, and what it is called.
    #[command(flatten)]
    pub network: Network,
    /// The other replicas.
    #[command(flatten)]
    pub cluster: Cluster,
    /// Accounts and their sessions.
    #[command(flatten)]
    pub accounts: Accounts,
    /// The log.
    #[command(flatten)]
    pub log: Log,
    /// What nobody may have more of.
    #[command(flatten)]
    pub limits: Limits,
}

#[cfg(test)]
impl Config {
    /// The settings of a command line with these arguments.
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
    /// Replaces the `*_FILE` settings by their contents: afterwards the addresses contain their passwords and `secret` the secret.
    ///
    /// # Errors
    /// Names the variable whose file cannot be read or whose contents cannot be used.
    pub fn read_files(mut self) -> Result<Self, SettingError> {
        self.database.read_files()?;
        self.cluster.read_files()?;
        self.accounts.read_files()?;
        Ok(self)
    }

    /// Whether an address is a proxy whose statements about its clients are trusted.
    #[must_use]
    pub fn is_trusted_proxy(&self, address: IpAddr) -> bool {
        is_within(&self.network.trusted_proxies, address)
    }

    /// Whether people reach the site over HTTPS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.network.base_url.starts_with("https://")
    }

    /// Name of the session cookie.
    #[must_use]
    pub fn session_cookie(&self) -> &'static str {
        if self.is_https() { "__Host-session" } else { "session" }
    }

    /// The site's origin, in the form that browsers send.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.network.base_url
    }

    /// The host name in the site's address, without a port.
    #[must_use]
    pub fn base_host(&self) -> &str {
        let authority =
            self.network.base_url.split_once("://").map_or(self.network.base_url.as_str(), |(_, authority)| authority);
        // The colons of an IPv6 address are inside brackets.
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    /// How long to wait for a free database connection.
    #[must_use]
    pub fn database_wait(&self) -> Duration {
        Duration::from_secs(self.database.wait)
    }

    /// Warnings about unwise settings; each begins with the variable's name.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.limits.rate_limits.is_on() {
            warnings.push(
                "RATE_LIMITS is off: anyone can try passwords without limit; set it to \"on\" except for load tests."
                    .to_owned(),
            );
        }
        let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
        if !self.is_https() && !local.iter().any(|prefix| self.network.base_url.starts_with(prefix)) {
            warnings.push("BASE_URL is not https://: cookies and passwords cross the network unencrypted.".to_owned());
        }
        warnings
    }
}
