//! A room whose clients a test moves by hand, without delays.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::{ADA, BOB};
use crate::{
    id::Id,
    live::{
        model::EndReason,
        protocol::{CloseReason, FromClient},
        room::{
            COUNTDOWN, Room, RoomSpec,
            clock::Millis,
            effects::{ConnId, Effects, To},
        },
    },
    pong::Seat,
};

pub(super) struct Table {
    pub(super) room: Room,
    pub(super) now: Millis,
    pub(super) heard: BTreeMap<u64, VecDeque<Value>>,
    pub(super) closed: Vec<(ConnId, CloseReason)>,
    pub(super) finished: bool,
}

impl Table {
    pub(super) fn new(spec: RoomSpec) -> Self {
        Self { room: Room::new(spec, 0), now: 0, heard: BTreeMap::new(), closed: vec![], finished: false }
    }

    /// Tells the end, as when the result is stored.
    pub(super) fn tell_end(&mut self) {
        let mut fx = Effects::default();
        self.room.tell_end(&mut fx);
        self.carry_out(fx);
    }

    pub(super) fn carry_out(&mut self, mut fx: Effects) {
        for (to, text) in fx.sends.drain(..) {
            let message: Value = serde_json::from_str(&text).unwrap();
            for (id, heard) in &mut self.heard {
                let hears = match to {
                    To::One(one) => one.0 == *id,
                    To::Others(other) => other.0 != *id,
                    To::All => true,
                };
                if hears {
                    heard.push_back(message.clone());
                }
            }
        }
        for (id, reason) in fx.closes {
            self.heard.remove(&id.0);
            self.closed.push((id, reason));
        }
        self.finished |= fx.finished;
    }

    pub(super) fn join(&mut self, conn: u64, player: Option<Id>) {
        self.heard.insert(conn, VecDeque::new());
        let mut fx = Effects::default();
        self.room.join(ConnId(conn), player, self.now, &mut fx);
        self.carry_out(fx);
    }

    pub(super) fn gone(&mut self, conn: u64) {
        self.heard.remove(&conn);
        let mut fx = Effects::default();
        self.room.disconnect(ConnId(conn), self.now, &mut fx);
        self.carry_out(fx);
    }

    pub(super) fn say(&mut self, conn: u64, text: &str) -> Result<(), CloseReason> {
        let mut fx = Effects::default();
        let result = self.room.receive(ConnId(conn), FromClient::parse(text).unwrap(), self.now, &mut fx);
        self.carry_out(fx);
        result
    }

    /// Lets time pass, and wakes the room whenever it asks for that.
    pub(super) fn pass(&mut self, ms: Millis) {
        let until = self.now + ms;
        loop {
            let wake = self.room.next_wake(self.now).filter(|wake| *wake <= until);
            self.now = wake.unwrap_or(until);
            let mut fx = Effects::default();
            self.room.advance(self.now, &mut fx);
            self.carry_out(fx);
            if wake.is_none() {
                return;
            }
        }
    }

    pub(super) fn heard(&mut self, conn: u64, kind: &str) -> Option<Value> {
        let heard = self.heard.get_mut(&conn).unwrap();
        let place = heard.iter().position(|message| message["t"] == kind)?;
        heard.remove(place)
    }

    pub(super) fn forget(&mut self) {
        self.heard.values_mut().for_each(VecDeque::clear);
    }

    /// Both players are there and the countdown is over.
    pub(super) fn playing(spec: RoomSpec) -> Self {
        let mut table = Self::new(spec);
        table.join(1, Some(ADA));
        table.join(2, Some(BOB));
        table.pass(COUNTDOWN);
        table.forget();
        table
    }

    pub(super) fn why(&self) -> Option<(EndReason, Option<Seat>)> {
        self.room.outcome().map(|outcome| (outcome.why, outcome.winner))
    }
}
