//! The session of a player: it begins at log-in, sign-up or a guest's first match, is renewed while in use, and ends by logging out
//! or by time.
//!
//! Nothing else writes to sessions: a write without [`expiry`] would turn "stay logged in" into a cookie that ends with the
//! browser.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use tower_sessions::{Expiry, Session};

use super::model::PlayerKind;
use crate::{config::Config, error::Error, id::Id};

/// Session key of the player's id.
const PLAYER: &str = "player";
/// Session key of [`Terms`].
const TERMS: &str = "terms";

/// How long an account's session that ends with the browser lasts without a visit: browsers restore such cookies, some of them
/// forever.
const BROWSER_IDLE: Duration = Duration::days(1);
/// The same for guests, who cannot log in again.
const GUEST_IDLE: Duration = Duration::days(7);

/// How long a session lasts.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Terms {
    /// Outlives the browser.
    stay: bool,
    /// Last visit on record, in seconds since 1970.
    seen: i64,
}

impl Terms {
    fn new(stay: bool) -> Self {
        Self { stay, seen: OffsetDateTime::now_utc().unix_timestamp() }
    }

    /// How long the session lasts without a visit.
    fn idle(self, kind: PlayerKind, config: &Config) -> Duration {
        match kind {
            _ if self.stay => Duration::days(i64::from(config.accounts.session_days)),
            PlayerKind::Guest => GUEST_IDLE,
            PlayerKind::Account | PlayerKind::Bot => BROWSER_IDLE,
        }
    }

    /// Expiry of the cookie and, at the earliest, of the row.
    fn expiry(self, config: &Config) -> Expiry {
        if self.stay {
            Expiry::OnInactivity(Duration::days(i64::from(config.accounts.session_days)))
        } else {
            Expiry::OnSessionEnd
        }
    }
}

/// The player that a session belongs to.
///
/// # Errors
/// [`Error::Unavailable`] when sessions cannot be read.
pub async fn player(session: &Session) -> Result<Option<Id>, Error> {
    Ok(session.get(PLAYER).await?)
}

/// Makes the session the player's, under a new id, so that the old id is worth nothing to whoever knew it.
///
/// # Errors
/// [`Error::Unavailable`] when sessions cannot be written.
pub async fn begin(session: &Session, player: Id, stay: bool, config: &Config) -> Result<(), Error> {
    if session.id().is_some() {
        session.cycle_id().await?;
    }
    let terms = Terms::new(stay);
    session.insert(PLAYER, player).await?;
    session.insert(TERMS, terms).await?;
    session.set_expiry(Some(terms.expiry(config)));
    Ok(())
}

/// Ends the session here and in the database.
///
/// # Errors
/// [`Error::Unavailable`] when sessions cannot be written.
pub async fn end(session: &Session) -> Result<(), Error> {
    Ok(session.flush().await?)
}

/// Whether the session is still valid. Records the visit only now and then (after a twenty-fourth of the session's lifetime, so
/// that a row is written once an hour or a day, not at each request).
///
/// # Errors
/// [`Error::Unavailable`] when sessions cannot be read.
pub async fn is_alive(session: &Session, kind: PlayerKind, config: &Config) -> Result<bool, Error> {
    let Some(terms) = session.get::<Terms>(TERMS).await? else {
        return Ok(false);
    };
    let idle = terms.idle(kind, config);
    let unseen = OffsetDateTime::now_utc().unix_timestamp().saturating_sub(terms.seen);
    if unseen > idle.whole_seconds() {
        return Ok(false);
    }
    if unseen > idle.whole_seconds() / 24 {
        let terms = Terms::new(terms.stay);
        session.insert(TERMS, terms).await?;
        session.set_expiry(Some(terms.expiry(config)));
    }
    Ok(true)
}
