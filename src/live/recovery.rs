//! At the start of the process: brings the matches back that the last one left without a result.

use base64::{Engine, engine::general_purpose::STANDARD};
use diesel::QueryResult;

use super::{
    model::{Mode, strength_of},
    protocol::SeatKind,
    queries::{self, Interrupted, Seated},
    registry::Registry,
    room::{Room, RoomSpec},
    seats::SeatSpec,
};
use crate::{
    accounts::model::PlayerKind,
    clock::Moment,
    db::{DbConnection, DbError},
    id::Id,
    pong::{Input, Log, Rules, Tick},
};

/// A match as its rows tell it.
struct Found {
    id: Id,
    mode: Mode,
    since: Moment,
    spec: RoomSpec,
    log: Log,
    until: Tick,
    next_number: i32,
}

/// Loads every match without a result; returns how many there are now in progress.
pub(super) async fn run(registry: &Registry) -> Result<usize, DbError> {
    for found in registry.db.run(load).await? {
        let room = Room::recovered(found.spec, found.log, found.until, registry.now());
        let ended = room.outcome().is_some();
        let cell = registry.add(found.id, found.mode, found.since, room, found.next_number);
        if ended {
            registry.enter(&cell, |_, _, fx| fx.finished = true);
        }
    }
    Ok(registry.count())
}

fn load(connection: &mut DbConnection) -> QueryResult<Vec<Found>> {
    let mut found = Vec::new();
    for row in queries::interrupted(connection)? {
        let id = row.id;
        let seats = queries::seated(connection, id)?;
        let chunks = queries::chunks(connection, id)?;
        match assemble(row, seats, &chunks) {
            Some(whole) => found.push(whole),
            None => tracing::error!(match.id = %id, "A match in progress cannot be read; it is left as it is"),
        }
    }
    Ok(found)
}

fn assemble(row: Interrupted, seats: Vec<Seated>, chunks: &[(i32, i64, String)]) -> Option<Found> {
    let rules: Rules = serde_json::from_str(&row.rules).ok()?;
    let seats: Vec<SeatSpec> = seats.into_iter().map(seat_of).collect::<Option<_>>()?;
    let mut inputs: Vec<Input> = Vec::new();
    for (_, _, encoded) in chunks {
        inputs.extend_from_slice(Log::decode(&STANDARD.decode(encoded).ok()?).ok()?.inputs());
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

fn seat_of(seat: Seated) -> Option<SeatSpec> {
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
