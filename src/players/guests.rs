//! Guests: players without an account, who exist as long as their session lasts.

use time::Duration;
use tower_sessions::Session;

use super::{
    Players,
    model::{Player, PlayerKind},
    queries, session,
};
use crate::{
    clock::{self, Moment},
    db::{self, Db, DbError},
    error::Error,
    id::Id,
    web::address::ClientAddress,
};

/// Letters and digits of guests' names: Crockford's base 32, in which no character can be mistaken for another.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Names tried before giving up: among 33 million, one is rarely taken, and four in a row practically never.
const TRIES: usize = 4;
/// Age after which a guest without a match is removed: no session lasts that long without a visit.
const AGE: Duration = Duration::days(15);
/// How far back the removal looks, so that it does not go over the same old guests each time.
const LOOK_BACK: Duration = Duration::days(22);

/// A new guest, whose session begins now.
///
/// # Errors
/// [`Error::TooMany`] when the address has made many guests lately; [`Error::Unavailable`] without the database.
pub(super) async fn begin(players: &Players, session: &Session, address: ClientAddress) -> Result<Player, Error> {
    players.guests.count(&address.network()).await?;
    for _ in 0..TRIES {
        let guest =
            Player { id: Id::new(), kind: PlayerKind::Guest, name: name(), joined_at: clock::now(), won: 0, lost: 0 };
        let row = guest.clone();
        match players.db.run(move |connection| queries::insert_player(connection, &row)).await {
            Ok(()) => {
                session::begin(session, guest.id, false, &players.config).await?;
                return Ok(guest);
            }
            Err(DbError::Query(error)) if db::is_taken(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Internal("could not find a free name for a guest".to_owned()))
}

/// A name such as `Guest-7KQ2M`.
fn name() -> String {
    let random = rand::random::<u32>();
    let digits = (0..5).filter_map(|place| DIGITS.get(usize::try_from((random >> (5 * place)) & 31).ok()?));
    format!("Guest-{}", digits.map(|digit| char::from(*digit)).collect::<String>())
}

/// Removes guests who joined more than 15 days ago and have no match; returns how many.
///
/// # Errors
/// As [`Db::write`].
pub async fn remove_idle(db: &Db, now: Moment) -> Result<usize, DbError> {
    let (from, until) = (Id::at(now - LOOK_BACK), Id::at(now - AGE));
    db.write(move |connection| queries::delete_guests_without_match(connection, from, until)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::players::name::{Name, NameProblem};

    #[test]
    fn guests_have_names_that_no_account_can_have() {
        let name = name();
        assert_eq!(name.len(), 11, "{name}");
        assert_eq!(Name::parse(&name), Err(NameProblem::Reserved));
    }
}
