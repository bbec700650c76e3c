//! Guests: players without an account, for as long as their session lasts.

use diesel::{ExpressionMethods, RunQueryDsl};
use tower_sessions::Session;

use super::{
    model::{Player, PlayerKind},
    viewer::{PLAYER, Viewer},
};
use crate::{clock, db::schema::players, error::Error, id::Id, state::AppState, web::address::ClientAddress};

/// Characters of a guest's number that nobody mistakes for another.
const DIGITS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// The viewer's player; a new guest for who has none.
///
/// # Errors
/// The database's.
pub async fn ensure(state: &AppState, session: &Session, viewer: &Viewer, _address: ClientAddress) -> Result<Player, Error> {
    if let Some(player) = &viewer.0 {
        return Ok(player.clone());
    }
    let number: String =
        (0..6).filter_map(|_| DIGITS.get(usize::from(rand::random::<u8>() % 32))).map(|digit| char::from(*digit)).collect();
    let name = format!("Guest-{number}");
    let guest = Player { id: Id::new(), kind: PlayerKind::Guest, name, joined_at: clock::now(), won: 0, lost: 0 };
    let row = guest.clone();
    state
        .db
        .run(move |c| {
            let values = (
                players::id.eq(row.id),
                players::kind.eq(row.kind),
                players::name_key.eq(row.name.to_lowercase()),
                players::name.eq(row.name),
                players::joined_at.eq(row.joined_at),
            );
            diesel::insert_into(players::table).values(values).execute(c)
        })
        .await?;
    session.cycle_id().await?;
    session.insert(PLAYER, guest.id).await?;
    Ok(guest)
}
