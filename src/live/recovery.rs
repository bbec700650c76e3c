//! Takes matches over: those that nobody plays yet, and those whose owner stopped or died. The room is made from the stored log;
//! from then on the earlier owner's writes are refused.

use std::{collections::HashMap, sync::Arc};

use data_encoding::BASE64;
use diesel::QueryResult;

use super::{
    cell::{Cell, OnRecord},
    model::{Mode, strength_of},
    protocol::SeatKind,
    queries::{self, Claim, Interrupted, Seated},
    registry::Registry,
    room::{Room, RoomSpec, seats::SeatSpec},
};
use crate::{
    clock::Moment,
    db::{DbConnection, DbError, json},
    id::Id,
    players::model::PlayerKind,
    pong::{Input, Log, Rules, Tick},
};

/// How many matches one query asks for.
const AT_ONCE: usize = 500;

/// A match, as stored in its rows.
struct Found {
    id: Id,
    mode: Mode,
    since: Moment,
    spec: RoomSpec,
    log: Log,
    until: Tick,
    next_number: i32,
}

/// Who plays a match.
pub(super) enum Whereabouts {
    /// This process.
    Here(Arc<Cell>),
    /// Another replica; the match may be over there, and kept for a rematch.
    There { owner: Id, is_over: bool },
    /// Nobody: it is over.
    Over,
    /// Nobody: there is no such match.
    Unknown,
}

/// Who plays a match: if no living replica does, this process from now on.
///
/// # Errors
/// Database errors.
pub(super) async fn find(registry: &Registry, id: Id) -> Result<Whereabouts, DbError> {
    if let Some(cell) = registry.cell(id) {
        return Ok(Whereabouts::Here(cell));
    }
    // Both players may come at once: one request makes the room, the other waits for it.
    let taking = registry.taking(id);
    let _turn = taking.lock().await;
    if let Some(cell) = registry.cell(id) {
        return Ok(Whereabouts::Here(cell));
    }
    let cluster = registry.cluster.clone();
    let claimed = registry.db.write(move |connection| {
        let claim = queries::claim(connection, id, cluster.me, |owner| cluster.lives(owner))?;
        let Claim::Mine(row) = claim else { return Ok((claim, None)) };
        let fence = row.fence;
        let found = load(connection, row)?;
        if found.is_none() {
            tracing::error!(match.id = %id, "Could not read a match in progress; leaving it as it is");
        }
        Ok((Claim::Unknown, found.map(|found| (found, fence))))
    });
    let (claim, found) = claimed.await?;
    if let Some((found, fence)) = found {
        return Ok(Whereabouts::Here(take(registry, found, fence)));
    }
    Ok(match claim {
        Claim::Other(owner) => Whereabouts::There { owner, is_over: false },
        Claim::Over(Some(owner)) if owner != registry.cluster.me && registry.cluster.lives(owner) => {
            Whereabouts::There { owner, is_over: true }
        }
        Claim::Over(_) => Whereabouts::Over,
        Claim::Mine(_) | Claim::Unknown => Whereabouts::Unknown,
    })
}

fn take(registry: &Registry, found: Found, fence: i64) -> Arc<Cell> {
    let fresh = found.next_number == 0 && found.until == 0;
    let room = Room::recovered(found.spec, found.log, found.until, registry.now());
    let ended = room.outcome().is_some();
    let cell =
        registry.add(found.id, found.mode, found.since, room, OnRecord { fence, next_number: found.next_number });
    if !fresh {
        registry.figures.recoveries.inc();
        tracing::info!(match.id = %found.id, tick = found.until, "Took over a match");
    }
    if ended {
        registry.enter(&cell, |_, _, fx| fx.finished = true);
    }
    cell
}

/// Takes over the matches of replicas that are gone, and those made before `before` that nobody owns; returns how many. For the
/// start of a process that is alone.
///
/// # Errors
/// Database errors.
pub(super) async fn adopt(registry: &Registry, before: Moment) -> Result<usize, DbError> {
    Ok(adopt_left(registry).await? + adopt_unowned(registry, before).await?)
}

/// Takes over the matches of replicas that are gone, so that nobody waits forever for an opponent who does not come back.
///
/// # Errors
/// Database errors.
pub(super) async fn adopt_left(registry: &Registry) -> Result<usize, DbError> {
    let look = || {
        let living = registry.cluster.living();
        registry.db.run(move |connection| queries::left_behind(connection, &living))
    };
    adopt_all(registry, look).await
}

/// Takes over matches that nobody owns and that were made before a given time.
///
/// # Errors
/// Database errors.
pub(super) async fn adopt_unowned(registry: &Registry, before: Moment) -> Result<usize, DbError> {
    adopt_all(registry, || registry.db.run(move |connection| queries::unowned(connection, before))).await
}

/// Takes over what each lookup finds, until one finds nothing that can be taken.
async fn adopt_all<F>(registry: &Registry, look: impl Fn() -> F) -> Result<usize, DbError>
where
    F: Future<Output = Result<Vec<Id>, DbError>>,
{
    let mut adopted = 0;
    loop {
        let mut more = false;
        for id in look().await? {
            if registry.is_draining() {
                return Ok(adopted);
            }
            match find(registry, id).await {
                Ok(Whereabouts::Here(_)) => {
                    adopted += 1;
                    more = true;
                }
                Ok(_) => {}
                Err(error) if error.is_passing() => return Err(error),
                // One match that cannot be taken must not keep the others waiting.
                Err(error) => tracing::error!(%error, match.id = %id, "Could not take over a match"),
            }
        }
        // What could not be taken is found again the next time.
        if !more {
            return Ok(adopted);
        }
    }
}

/// Gives up the rooms of matches that other replicas have taken. A match in play notices this when it is saved; one that is waiting
/// for players has nothing to save.
///
/// # Errors
/// Database errors.
pub(super) async fn give_up_lost(registry: &Registry) -> Result<(), DbError> {
    for cells in registry.cells().chunks(AT_ONCE) {
        let ids: Vec<Id> = cells.iter().map(|cell| cell.id).collect();
        let fences = registry.db.run(move |connection| queries::fences(connection, &ids)).await?;
        let fences: HashMap<Id, i64> = fences.into_iter().collect();
        for cell in cells.iter().filter(|cell| fences.get(&cell.id).is_some_and(|fence| *fence != cell.fence)) {
            registry.lose(cell);
        }
    }
    Ok(())
}

fn load(connection: &mut DbConnection, row: Interrupted) -> QueryResult<Option<Found>> {
    let seats = queries::seated(connection, row.id)?;
    let chunks = queries::chunks(connection, row.id)?;
    Ok(assemble(row, seats, &chunks))
}

fn assemble(row: Interrupted, seats: Vec<Seated>, chunks: &[(i32, i64, String)]) -> Option<Found> {
    let rules: Rules = json::read(&row.rules).ok()?;
    let seats: Vec<SeatSpec> = seats.into_iter().map(seat_of).collect::<Option<_>>()?;
    let mut inputs: Vec<Input> = Vec::new();
    for (_, _, encoded) in chunks {
        inputs.extend_from_slice(Log::decode(&BASE64.decode(encoded.as_bytes()).ok()?).ok()?.inputs());
    }
    let (number, until) = chunks.last().map_or((-1, 0), |(number, until, _)| (*number, *until));
    (seats.len() == usize::from(rules.seats)).then_some(Found {
        id: row.id,
        mode: row.mode,
        since: row.created_at,
        spec: RoomSpec { rules, seed: u32::try_from(row.seed).ok()?, seats },
        log: Log::new(inputs),
        until: Tick::try_from(until).ok()?,
        next_number: number.checked_add(1)?,
    })
}

/// Who sits on a stored seat; `None` when its row is inconsistent.
pub(super) fn seat_of(seat: Seated) -> Option<SeatSpec> {
    let strength = seat.strength.as_deref().and_then(strength_of);
    Some(match seat.player {
        Some(player) => SeatSpec { name: player.name, kind: kind_of(player.kind), player: Some(player.id), strength },
        None => SeatSpec { name: seat.alias?, kind: SeatKind::Alias, player: None, strength: None },
    })
}

/// What the protocol calls a kind of player.
pub(super) const fn kind_of(kind: PlayerKind) -> SeatKind {
    match kind {
        PlayerKind::Account => SeatKind::Account,
        PlayerKind::Guest => SeatKind::Guest,
        PlayerKind::Bot => SeatKind::Bot,
    }
}
