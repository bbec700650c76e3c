//! Who people are: accounts, guests, bots; signing up, logging in and out.

pub mod email;
pub mod forms;
pub mod guests;
pub mod limits;
pub mod model;
pub mod name;
pub mod pages;
pub mod passwords;
pub mod queries;
pub mod session;
pub mod strength;
pub mod viewer;

use std::time::Duration;

use crate::{config::Config, state::AppState, web::limits::Counters};

/// How often limits are tidied and guests without a match removed.
const HOUSEKEEPING: Duration = Duration::from_secs(900);

/// What accounts keep in this process.
pub struct Accounts {
    /// Hashes passwords.
    pub hasher: passwords::Hasher,
    /// Limits on attempts.
    pub limits: limits::Limits,
}

impl Accounts {
    /// As the settings say.
    #[must_use]
    pub fn new(config: &Config, counters: &Counters) -> Self {
        Self {
            hasher: passwords::Hasher::new(usize::from(config.password_hashers)),
            limits: limits::Limits::new(counters),
        }
    }
}

/// Forgets limits that are as good as new and guests who never played, for ever.
pub async fn keep_house(state: AppState) {
    let mut timer = tokio::time::interval(HOUSEKEEPING);
    loop {
        timer.tick().await;
        state.accounts.limits.tidy();
        match guests::remove_idle(&state.db, crate::clock::now()).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "Guests without a match removed"),
            Err(error) => tracing::warn!(%error, "Guests without a match stay for now"),
        }
    }
}
