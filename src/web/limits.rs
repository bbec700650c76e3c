//! Rate limits kept in this process, by any key.

use std::{hash::Hash, num::NonZeroU32, time::Duration};

use governor::{Quota, RateLimiter, clock::Clock, clock::DefaultClock, state::keyed::DashMapStateStore};

use crate::error::Error;

/// So many at once, and then one more every `period / burst`.
pub struct Limit<K: Hash + Eq + Clone>(Option<RateLimiter<K, DashMapStateStore<K>, DefaultClock>>);

impl<K: Hash + Eq + Clone> Limit<K> {
    /// At most `burst` within `period` for each key; none at all when `enabled` is false.
    #[must_use]
    pub fn new(enabled: bool, burst: NonZeroU32, period: Duration) -> Self {
        let quota = Quota::with_period(period / burst.get()).map(|quota| quota.allow_burst(burst));
        Self(quota.filter(|_| enabled).map(RateLimiter::dashmap))
    }

    /// Counts one.
    ///
    /// # Errors
    /// [`Error::TooMany`] with the time to wait.
    pub fn count(&self, key: &K) -> Result<(), Error> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter
            .check_key(key)
            .map_err(|early| Error::TooMany { retry_after: early.wait_time_from(DefaultClock::default().now()) })
    }

    /// Forgets keys that are as good as new, so that the table stays small.
    pub fn tidy(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}
