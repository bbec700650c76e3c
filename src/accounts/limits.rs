//! Limits on attempts.

use std::{fmt::Display, hash::Hash, net::IpAddr, num::NonZeroU32, time::Duration};

use super::model::Login;
use crate::{
    error::Error,
    id::Id,
    web::limits::{Counters, Limit},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Log-ins allowed for one name or address within [`LOG_IN_PERIOD`].
pub const LOG_INS_PER_ACCOUNT: u32 = 10;
/// Log-ins allowed from one network within [`LOG_IN_PERIOD`].
pub const LOG_INS_PER_NETWORK: u32 = 50;
/// Period of the limits on log-ins.
pub const LOG_IN_PERIOD: Duration = MINUTE.saturating_mul(15);
/// Sign-up forms allowed from one network within an hour.
pub const SIGN_UPS_PER_NETWORK: u32 = 30;

/// The limits; those by network are keyed by [`crate::web::address::ClientAddress::network`].
pub struct Limits {
    /// By name or e-mail address, whether or not an account has it.
    pub log_in_account: Limit<Login>,
    /// By account, whether its name or its e-mail address was tried.
    pub log_in_id: Limit<Id>,
    /// By network.
    pub log_in_network: Limit<IpAddr>,
    /// By network.
    pub sign_up: Limit<IpAddr>,
}

impl Limits {
    /// The limits according to the settings, or none at all.
    #[must_use]
    pub fn new(counters: &Counters) -> Self {
        Self {
            log_in_account: limit(counters, "log-in-name", LOG_INS_PER_ACCOUNT, LOG_IN_PERIOD),
            log_in_id: limit(counters, "log-in-account", LOG_INS_PER_ACCOUNT, LOG_IN_PERIOD),
            log_in_network: limit(counters, "log-in-network", LOG_INS_PER_NETWORK, LOG_IN_PERIOD),
            sign_up: limit(counters, "sign-up", SIGN_UPS_PER_NETWORK, HOUR),
        }
    }

    /// Counts a log-in before it is known whose it is.
    ///
    /// # Errors
    /// [`Error::TooMany`].
    pub async fn log_in(&self, network: IpAddr, login: Option<&Login>) -> Result<(), Error> {
        self.log_in_network.count(&network).await?;
        match login {
            Some(login) => self.log_in_account.count(login).await,
            None => Ok(()),
        }
    }

    /// Forgets keys that have their full allowance again.
    pub fn tidy(&self) {
        self.log_in_account.tidy();
        self.log_in_id.tidy();
        self.log_in_network.tidy();
        self.sign_up.tidy();
    }
}

fn limit<K: Hash + Eq + Clone + Display>(
    counters: &Counters,
    name: &'static str,
    burst: u32,
    period: Duration,
) -> Limit<K> {
    counters.limit(name, NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN), period)
}
