//! A room, two clients, and links between them that delay messages at random but keep their order.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use super::{ADA, BOB, client::Client};
use crate::{
    live::{
        protocol::{CloseReason, FromClient},
        room::{
            Room, RoomSpec,
            clock::Millis,
            effects::{ConnId, Effects, To},
        },
    },
    pong::Direction,
};

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    ToServer(usize, ConnId, String),
    ToClient(usize, ConnId, String),
    Press(usize),
    Ping(usize),
    Drop(usize),
    Connect(usize),
}

pub(super) struct World {
    pub(super) room: Room,
    pub(super) now: Millis,
    pub(super) clients: Vec<Client>,
    pub(super) conns: Vec<Option<ConnId>>,
    next_conn: u64,
    pub(super) queue: BinaryHeap<Reverse<(Millis, u64, Event)>>,
    count: u64,
    pub(super) links: BTreeMap<(usize, bool), Millis>,
    random: u64,
    delay: (Millis, Millis),
    closed: Vec<(ConnId, CloseReason)>,
    pub(super) saves: usize,
}

impl World {
    pub(super) fn new(spec: RoomSpec, random: u64, delay: (Millis, Millis)) -> Self {
        let mut world = Self {
            room: Room::new(spec, 1_000),
            now: 1_000,
            clients: vec![],
            conns: vec![None, None],
            next_conn: 1,
            queue: Default::default(),
            count: 0,
            links: BTreeMap::new(),
            random: random | 1,
            delay,
            closed: vec![],
            saves: 0,
        };
        for _ in 0..2 {
            let skew = world.pick(0, 120) as i64 - 60;
            world.clients.push(Client::new(skew));
        }
        world
    }

    fn pick(&mut self, low: u64, high: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        low + self.random % (high - low + 1)
    }

    pub(super) fn at(&mut self, time: Millis, event: Event) {
        self.count += 1;
        self.queue.push(Reverse((time, self.count, event)));
    }

    fn over_link(&mut self, client: usize, up: bool, event: Event) {
        let (low, high) = self.delay;
        let arrives = self.now + self.pick(low, high);
        let last = self.links.entry((client, up)).or_default();
        *last = arrives.max(*last);
        let arrives = *last;
        self.at(arrives, event);
    }

    fn carry_out(&mut self, fx: &mut Effects) {
        for (to, text) in fx.sends.drain(..).collect::<Vec<_>>() {
            for client in 0..2 {
                let Some(conn) = self.conns[client] else { continue };
                let hears = match to {
                    To::One(one) => one == conn,
                    To::Others(other) => other != conn,
                    To::All => true,
                };
                if hears {
                    self.over_link(client, false, Event::ToClient(client, conn, text.clone()));
                }
            }
        }
        self.saves += usize::from(std::mem::take(&mut fx.save));
        self.closed.append(&mut fx.closes);
        if std::mem::take(&mut fx.finished) {
            self.room.tell_end(fx);
            self.carry_out(fx);
        }
    }

    fn happen(&mut self, event: Event) {
        let mut fx = Effects::default();
        match event {
            Event::ToServer(client, conn, text) => {
                if self.conns[client] == Some(conn) {
                    let message = FromClient::parse(&text).unwrap();
                    self.room.receive(conn, message, self.now, &mut fx).unwrap();
                }
            }
            Event::ToClient(client, conn, text) => {
                if self.conns[client] == Some(conn) {
                    self.clients[client].hear(&text);
                }
            }
            Event::Press(client) => {
                if let Some(conn) = self.conns[client].filter(|_| !self.clients[client].you.is_empty()) {
                    let direction = self.wish(client);
                    let text = self.clients[client].press(direction, self.now);
                    self.over_link(client, true, Event::ToServer(client, conn, text));
                }
                let next = self.now + self.pick(30, 500);
                self.at(next, Event::Press(client));
            }
            Event::Ping(client) => {
                if let Some(conn) = self.conns[client] {
                    self.over_link(client, true, Event::ToServer(client, conn, r#"{"t":"ping","c":1}"#.into()));
                }
                self.at(self.now + 500, Event::Ping(client));
            }
            Event::Drop(client) => {
                if let Some(conn) = self.conns[client].take() {
                    self.clients[client].you.clear();
                    self.room.disconnect(conn, self.now, &mut fx);
                }
            }
            Event::Connect(client) => {
                self.room.advance(self.now, &mut fx);
                self.carry_out(&mut fx);
                let conn = ConnId(self.next_conn);
                self.next_conn += 1;
                self.conns[client] = Some(conn);
                self.clients[client].you.clear();
                self.room.join(conn, Some([ADA, BOB][client]), self.now, &mut fx);
            }
        }
        self.carry_out(&mut fx);
    }

    /// Mostly towards the ball, so that it is returned now and then, often barely.
    fn wish(&mut self, client: usize) -> Direction {
        let this = &self.clients[client];
        let state = this.state_at(this.present(self.now));
        let way = state.ball_y - state.paddle_y[this.you[0].index()];
        match self.pick(0, 9) {
            0 => Direction::Up,
            1 => Direction::Down,
            2 | 3 => Direction::Stop,
            _ if way < -6_000 => Direction::Up,
            _ if way > 6_000 => Direction::Down,
            _ => Direction::Stop,
        }
    }

    /// Runs until a time, or until a condition holds; whether it does.
    pub(super) fn run(&mut self, until: Millis, enough: impl Fn(&Self) -> bool) -> bool {
        while !enough(self) {
            let event = self.queue.peek().map(|Reverse((time, ..))| *time);
            let wake = self.room.next_wake(self.now);
            if let Some(wake) = wake.filter(|wake| event.is_none_or(|event| *wake <= event)) {
                assert!(wake > self.now, "the room wants to be woken in the past: {wake} at {}", self.now);
                if wake > until {
                    break;
                }
                self.now = wake;
                let mut fx = Effects::default();
                self.room.advance(wake, &mut fx);
                self.carry_out(&mut fx);
            } else if let Some(time) = event.filter(|time| *time <= until) {
                self.now = time;
                let Some(Reverse((_, _, event))) = self.queue.pop() else { unreachable!() };
                self.happen(event);
            } else {
                break;
            }
        }
        enough(self)
    }

    pub(super) fn begin(&mut self) {
        for client in 0..2 {
            self.at(self.now + 10, Event::Connect(client));
            self.at(self.now + 20, Event::Press(client));
            self.at(self.now + 20, Event::Ping(client));
        }
    }

    pub(super) fn all_heard(&self) -> bool {
        self.clients.iter().all(|client| client.end.is_some())
    }
}
