//! Accounts and their sessions.

use std::path::PathBuf;

use clap::Args;

use super::{
    secret::{self, Secret},
    values::SettingError,
};

/// Accounts and their sessions.
#[derive(Args, Clone)]
pub struct Accounts {
    /// Secret of the application, which keys the stored session ids; at least 32 random characters
    #[arg(long, env, global = true)]
    pub secret: Option<Secret>,
    /// File with the secret
    #[arg(long, env, value_name = "FILE", global = true)]
    pub secret_file: Option<PathBuf>,
    /// Days that "stay logged in" lasts after the last visit
    #[arg(long, env, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=400), global = true)]
    pub session_days: u16,
}

impl Accounts {
    pub(super) fn read_files(&mut self) -> Result<(), SettingError> {
        let Some(file) = &self.secret_file else { return Ok(()) };
        let named = |problem: String| SettingError { variable: "SECRET_FILE", problem };
        if self.secret.is_some() {
            return Err(named("SECRET is also set; remove one of them".to_owned()));
        }
        self.secret = Some(secret::read(file).and_then(|text| text.parse()).map_err(named)?);
        Ok(())
    }
}
