//! Background work: counts sessions, and removes those that have expired and guests who never played.

use std::{future::ready, sync::Arc, time::Duration};

use super::{Players, guests};
use crate::{clock, error::Error, jobs::Jobs};

/// How often expired sessions are removed.
const CLEAN_SESSIONS: Duration = Duration::from_secs(3_600);
/// How often sessions are counted, for the metrics.
const COUNT_SESSIONS: Duration = Duration::from_secs(30);
/// How often guests without a match, and limits with their full allowance, are removed.
const HOUSEKEEPING: Duration = Duration::from_secs(900);

impl Players {
    /// Starts the background work.
    pub fn start(&self, jobs: &Jobs) {
        let guests = Arc::clone(&self.guests);
        jobs.every("tidy limits on guests", HOUSEKEEPING, move || {
            guests.tidy();
            ready(Ok(()))
        });
        let players = self.clone();
        jobs.every("count sessions", COUNT_SESSIONS, move || players.clone().count_sessions());
        let players = self.clone();
        jobs.shared_every("remove expired sessions", CLEAN_SESSIONS, move || players.clone().remove_expired_sessions());
        let players = self.clone();
        jobs.shared_every("remove idle guests", HOUSEKEEPING, move || players.clone().remove_idle_guests());
    }

    async fn count_sessions(self) -> Result<(), Error> {
        self.session_count.set(self.sessions.count(clock::now()).await?);
        Ok(())
    }

    async fn remove_expired_sessions(self) -> Result<(), Error> {
        let count = self.sessions.delete_expired().await?;
        if count > 0 {
            tracing::info!(count, "Removed expired sessions");
        }
        Ok(())
    }

    async fn remove_idle_guests(self) -> Result<(), Error> {
        let count = guests::remove_idle(&self.db, clock::now()).await?;
        if count > 0 {
            tracing::info!(count, "Removed idle guests");
        }
        Ok(())
    }
}
