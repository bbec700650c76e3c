//! Rooms with simulated clients, some over simulated networks: no sockets, no sleeping.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::default_trait_access,
    clippy::struct_field_names,
    reason = "small numbers in tests"
)]

mod client;
mod course;
mod ending;
mod inputs;
mod networks;
mod presence;
mod table;
mod world;

use super::{
    protocol::SeatKind,
    room::{RoomSpec, seats::SeatSpec},
};
use crate::{
    id::Id,
    pong::{Rules, Strength},
};

const ADA: Id = Id(11);
const BOB: Id = Id(12);

fn account(name: &str, id: Id) -> SeatSpec {
    SeatSpec { name: name.into(), kind: SeatKind::Account, player: Some(id), strength: None }
}

fn alias(name: &str) -> SeatSpec {
    SeatSpec { name: name.into(), kind: SeatKind::Alias, player: None, strength: None }
}

fn bot(strength: Strength) -> SeatSpec {
    SeatSpec { name: "Bot".into(), kind: SeatKind::Bot, player: Some(Id(1)), strength: Some(strength) }
}

fn spec(seats: Vec<SeatSpec>, points: u8, seed: u32) -> RoomSpec {
    RoomSpec { rules: Rules::classic(points).unwrap(), seed, seats }
}

fn two(points: u8, seed: u32) -> RoomSpec {
    spec(vec![account("ada", ADA), account("bob", BOB)], points, seed)
}
