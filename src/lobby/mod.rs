//! Where people meet: the queue against anyone, invitations by link, bots, two at one keyboard.

pub mod events;
pub mod forms;
pub mod invite_pages;
pub mod invites;
pub mod pages;
pub mod queue;
pub mod waiting;

use std::{num::NonZeroU32, time::Duration};

use crate::{
    clock,
    id::Id,
    state::AppState,
    web::limits::{Counters, Limit},
};

/// Matches that one player may begin within a minute.
const MATCHES_A_MINUTE: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// How often what is over is removed.
const HOUSEKEEPING: Duration = Duration::from_secs(900);
/// How long an invitation that is over stays, so that its page can say so.
const KEPT: time::Duration = time::Duration::days(1);

/// The limit on matches that one player begins.
#[must_use]
pub fn limit_matches(counters: &Counters) -> Limit<Id> {
    counters.limit("matches", MATCHES_A_MINUTE, Duration::from_secs(60))
}

/// Removes invitations that are long over and rows of the queue of who is gone, and forgets limits that are as good as new, for ever.
pub async fn keep_house(state: AppState) {
    let mut timer = tokio::time::interval(HOUSEKEEPING);
    loop {
        timer.tick().await;
        state.matches_made.tidy();
        let now = clock::now();
        let tidied = state.db.write(move |c| {
            invites::delete_expired(c, now - KEPT)?;
            queue::delete_forgotten(c, now)
        });
        if let Err(error) = tidied.await {
            tracing::warn!(%error, "Old invitations stay for now");
        }
    }
}
