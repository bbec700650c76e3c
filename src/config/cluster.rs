//! The other replicas.

use std::path::PathBuf;

use clap::Args;

use super::{
    parse,
    secret::{self, SecretUrl},
    values::SettingError,
};

/// The other replicas.
#[derive(Args, Clone)]
pub struct Cluster {
    /// Valkey or Redis shared by the replicas: redis://host:port; unset for a single process
    #[arg(long, env, value_parser = parse::valkey_url, global = true)]
    pub valkey_url: Option<SecretUrl>,
    /// File with the password for a `VALKEY_URL` that contains none
    #[arg(
        id = "valkey_password_file",
        long = "valkey-password-file",
        env = "VALKEY_PASSWORD_FILE",
        value_name = "FILE",
        global = true
    )]
    pub valkey_password_file: Option<PathBuf>,
}

impl Cluster {
    pub(super) fn read_files(&mut self) -> Result<(), SettingError> {
        let Some(file) = &self.valkey_password_file else { return Ok(()) };
        let named = |problem: String| SettingError { variable: "VALKEY_PASSWORD_FILE", problem };
        let password = secret::read(file).map_err(named)?;
        let url = self.valkey_url.as_ref().ok_or_else(|| named("VALKEY_URL is not set".to_owned()))?;
        let url = url.with_password(&password);
        self.valkey_url =
            Some(url.ok_or_else(|| named("VALKEY_URL also contains a password; remove one of them".to_owned()))?);
        Ok(())
    }
}
