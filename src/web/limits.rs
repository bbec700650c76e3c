//! Rate limits by any key, counted across all replicas, or in this process alone while that is not possible.

use std::{fmt::Display, hash::Hash, num::NonZeroU32, time::Duration};

use governor::{Quota, RateLimiter, clock::Clock, clock::DefaultClock, state::keyed::DashMapStateStore};

use crate::{
    cluster::Cluster,
    config::{
        Config,
        secret::{self, Secret},
    },
    error::Error,
};

/// Makes limits according to the settings, counted together with the other replicas.
pub struct Counters {
    cluster: Cluster,
    secret: Option<Secret>,
    enabled: bool,
}

impl Counters {
    /// For this replica of the cluster.
    #[must_use]
    pub fn new(config: &Config, cluster: &Cluster) -> Self {
        Self {
            cluster: cluster.clone(),
            secret: config.accounts.secret.clone(),
            enabled: config.limits.rate_limits.is_on(),
        }
    }

    /// Whether there are limits at all.
    #[must_use]
    pub const fn are_limited(&self) -> bool {
        self.enabled
    }

    /// At most `burst` within `period` for each key; unlimited when limits are off. `name` identifies the limit in the count that
    /// all replicas share.
    #[must_use]
    pub fn limit<K: Hash + Eq + Clone + Display>(
        &self,
        name: &'static str,
        burst: NonZeroU32,
        period: Duration,
    ) -> Limit<K> {
        let quota = Quota::with_period(period / burst.get()).map(|quota| quota.allow_burst(burst));
        let here = quota.filter(|_| self.enabled).map(RateLimiter::dashmap);
        Limit { name, burst, period, cluster: self.cluster.clone(), secret: self.secret.clone(), here }
    }
}

/// Allows a burst, then one more every `period / burst`.
pub struct Limit<K: Hash + Eq + Clone> {
    name: &'static str,
    burst: NonZeroU32,
    period: Duration,
    cluster: Cluster,
    secret: Option<Secret>,
    /// Counts in this process; `None` for no limit.
    here: Option<RateLimiter<K, DashMapStateStore<K>, DefaultClock>>,
}

impl<K: Hash + Eq + Clone + Display> Limit<K> {
    /// Counts one event.
    ///
    /// # Errors
    /// [`Error::TooMany`] with the time to wait.
    pub async fn count(&self, key: &K) -> Result<(), Error> {
        let Some(here) = &self.here else { return Ok(()) };
        if !self.cluster.is_alone() {
            // Addresses and e-mail addresses leave the process only as hashes, which are forgotten after the period.
            let hash = secret::keyed_hash(self.secret.as_ref(), self.name, &key.to_string());
            let counted = self.cluster.count(&format!("{}:{hash}", self.name), self.burst, self.period).await;
            if let Some(counted) = counted {
                return counted.map_err(|retry_after| Error::TooMany { retry_after });
            }
        }
        here.check_key(key)
            .map_err(|early| Error::TooMany { retry_after: early.wait_time_from(DefaultClock::default().now()) })
    }

    /// Forgets keys that have their full allowance again, so that the table stays small.
    pub fn tidy(&self) {
        if let Some(here) = &self.here {
            here.retain_recent();
            here.shrink_to_fit();
        }
    }
}
