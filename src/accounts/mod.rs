//! Proving one's identity: signing up, logging in and out. Who people are belongs to `players`.

pub mod email;
pub mod figures;
pub mod forms;
pub mod limits;
pub mod model;
pub mod pages;
pub mod passwords;
pub mod queries;
pub mod strength;

use std::{future::ready, ops::Deref, sync::Arc, time::Duration};

use self::{figures::Figures, limits::Limits, passwords::Hasher};
use crate::{config::Config, db::Db, jobs::Jobs, web::limits::Counters};

/// How often limits are tidied.
const HOUSEKEEPING: Duration = Duration::from_secs(900);

/// What accounts keep in this process; cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

/// What a [`Accounts`] holds.
pub struct Inner {
    db: Db,
    config: Arc<Config>,
    /// Hashes passwords.
    pub hasher: Arc<Hasher>,
    /// Limits on attempts.
    pub limits: Arc<Limits>,
    /// What is counted for operators.
    pub figures: Figures,
}

impl Deref for Accounts {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Accounts {
    /// Sets up accounts according to the settings.
    #[must_use]
    pub fn new(db: Db, config: Arc<Config>, counters: &Counters) -> Self {
        let hasher = Arc::new(Hasher::new(usize::from(config.limits.password_hashers)));
        let limits = Arc::new(Limits::new(counters));
        Self(Arc::new(Inner { db, config, hasher, limits, figures: Figures::default() }))
    }

    /// Starts the background work.
    pub fn start(&self, jobs: &Jobs) {
        let limits = Arc::clone(&self.limits);
        jobs.every("tidy limits on accounts", HOUSEKEEPING, move || {
            limits.tidy();
            ready(Ok(()))
        });
    }
}
