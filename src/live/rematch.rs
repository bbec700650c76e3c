//! Another match with the same rules, made once, when all agree.

use std::sync::Arc;

use super::{
    cell::{Cell, RematchState},
    create::create,
    messages::Relay,
    model::{NewMatch, NewSeat, Rematch},
    queries,
    registry::Registry,
};
use crate::{db::DbError, id::Id, paths};

/// Asks for a rematch of a finished match on behalf of a player. When all agree it is made, once, and everybody is sent there.
///
/// # Errors
/// Database errors.
pub(super) async fn ask(registry: &Arc<Registry>, id: Id, player: Id) -> Result<Rematch, DbError> {
    let Some(cell) = registry.cell(id) else {
        return ask_elsewhere(registry, id, player).await;
    };
    let mut agreed = None;
    registry.enter(&cell, |room, now, fx| {
        let own = room.seats_of(player);
        if room.outcome().is_some() && !own.is_empty() && !room.others_are_gone(player, now) {
            agreed = Some(own.into_iter().any(|seat| room.ask_rematch(seat, fx)));
        }
    });
    match agreed {
        None => return Ok(Rematch::Impossible),
        Some(false) => return Ok(Rematch::Asked),
        Some(true) => {}
    }
    let before = cell.inner(|inner| {
        let before = inner.rematch;
        if before == RematchState::None {
            inner.rematch = RematchState::Making;
        }
        before
    });
    match before {
        RematchState::Made(rematch) => Ok(Rematch::Agreed(rematch)),
        RematchState::Making => Ok(Rematch::Asked),
        RematchState::None => {
            // On its own task: the player who asked may close the browser meanwhile, but this must still complete.
            let registry = Arc::clone(registry);
            let making = tokio::spawn(async move {
                let made = make(&registry, &cell).await;
                let state = made.as_ref().map_or(RematchState::None, |rematch| RematchState::Made(*rematch));
                cell.inner(|inner| inner.rematch = state);
                let rematch = made?;
                let url = paths::play(rematch);
                registry.enter(&cell, |room, _, fx| room.go_to(&url, fx));
                Ok(Rematch::Agreed(rematch))
            });
            making.await.map_err(|error| DbError::Interrupted(error.to_string()))?
        }
    }
}

/// Asks for a rematch of a match that another replica keeps.
async fn ask_elsewhere(registry: &Registry, id: Id, player: Id) -> Result<Rematch, DbError> {
    let found = registry.db.run(move |connection| {
        let glance = queries::glance(connection, id)?;
        let plays = glance.is_some_and(|glance| glance.is_over && glance.is_player(Some(player)));
        Ok((plays, queries::rematch_of(connection, id)?, queries::owner(connection, id)?))
    });
    let (plays, made, owner) = found.await?;
    let cluster = &registry.cluster;
    Ok(match (made, owner) {
        (Some(made), _) => Rematch::Agreed(made),
        (None, Some(owner)) if plays && owner != cluster.me && cluster.lives(owner) && !cluster.is_degraded() => {
            cluster.tell(owner, &Relay::Rematch { match_id: id, player });
            Rematch::Asked
        }
        _ => Rematch::Impossible,
    })
}

async fn make(registry: &Registry, cell: &Cell) -> Result<Id, DbError> {
    let (rules, seats) = cell.look(|room| {
        let seats = room.specs().map(|seat| match (seat.strength, seat.player) {
            (Some(strength), _) => NewSeat::Bot(strength),
            (None, Some(player)) => NewSeat::Player(player),
            (None, None) => NewSeat::Alias(seat.name.clone()),
        });
        (*room.rules(), seats.collect())
    });
    let new = NewMatch { mode: cell.mode, rules, seats };
    let id = cell.id;
    registry
        .db
        .write(move |connection| {
            let rematch = create(connection, &new)?;
            queries::set_rematch(connection, id, rematch)?;
            Ok(rematch)
        })
        .await
}
