//! Rooms with simulated clients over simulated networks: no sockets, no sleeping.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::default_trait_access,
    clippy::struct_field_names,
    reason = "small numbers in tests"
)]

use std::{
    cmp::Reverse,
    collections::{BTreeMap, VecDeque},
};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    clock::Millis,
    effects::{ConnId, Effects, Outcome, To},
    model::EndReason,
    protocol::{CloseReason, FromClient, SeatKind},
    room::{COUNTDOWN, ON_THE_WAY, Room, RoomSpec, WAIT, WINDOW},
    seats::{ABSENCE_BUDGET, LEAST_ABSENCE, SeatSpec},
};
use crate::{
    id::Id,
    pong::{Direction, Input, Log, Rules, Seat, State, Strength, Tick, Timeline, steer, step},
};

const ADA: Id = Id(11);
const BOB: Id = Id(12);

fn account(name: &str, id: Id) -> SeatSpec {
    SeatSpec { name: name.into(), kind: SeatKind::Account, player: Some(id), strength: None }
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

/// What a page does: predicts, takes decided inputs in, and checks the hash of each point.
struct Client {
    base: State,
    rules: Rules,
    you: Vec<Seat>,
    /// Inputs from the base on; own ones with their count.
    log: Vec<(Input, Option<u64>)>,
    n: u64,
    acked: u64,
    anchor: Option<(Tick, Millis)>,
    hold: Option<Tick>,
    /// How wrong this client's clock is.
    skew: i64,
    /// Points whose hash is to be compared once the server has every own input up to a count.
    checks: Vec<(Tick, u32, u64)>,
    checked: usize,
    scores: Vec<Value>,
    end: Option<Value>,
}

impl Client {
    fn new(skew: i64) -> Self {
        let rules = Rules::default();
        Self {
            base: State::new(&rules, 0),
            rules,
            you: vec![],
            log: vec![],
            n: 0,
            acked: 0,
            anchor: None,
            hold: None,
            skew,
            checks: vec![],
            checked: 0,
            scores: vec![],
            end: None,
        }
    }

    fn present(&self, now: Millis) -> Tick {
        let Some((tick, at)) = self.anchor else {
            return self.base.tick;
        };
        if let Some(hold) = self.hold {
            return hold;
        }
        let passed = (now as i64 + self.skew - at as i64).max(0) * 60 / 1000;
        tick + passed as Tick
    }

    fn state_at(&self, tick: Tick) -> State {
        let mut state = self.base;
        let mut next = 0;
        while state.tick < tick {
            while let Some((input, _)) = self.log.get(next).filter(|(input, _)| input.tick <= state.tick) {
                steer(&mut state, input.seat, input.direction);
                next += 1;
            }
            step(&self.rules, &mut state);
        }
        state
    }

    fn insert(&mut self, input: Input, n: Option<u64>) {
        // Own inputs of one tick keep the order in which they were made.
        let later = |(other, other_n): &(Input, Option<u64>)| {
            other.tick > input.tick || (other.tick == input.tick && n.is_some() && *other_n > n)
        };
        let place = self.log.iter().position(later).unwrap_or(self.log.len());
        self.log.insert(place, (input, n));
    }

    fn press(&mut self, direction: Direction, now: Millis) -> String {
        let seat = self.you[0];
        let own = self.log.iter().filter(|(input, _)| input.seat == seat).map(|(input, _)| input.tick).max();
        let tick = self.present(now).max(own.unwrap_or(0)).max(self.base.tick);
        self.n += 1;
        self.insert(Input { tick, seat, direction }, Some(self.n));
        json!({"t": "in", "n": self.n, "k": tick, "d": direction}).to_string()
    }

    fn hear(&mut self, text: &str) {
        let message: Value = serde_json::from_str(text).unwrap();
        let number = |field: &str| message[field].as_i64().unwrap();
        match message["t"].as_str().unwrap() {
            "join" => {
                self.rules = serde_json::from_value(message["rules"].clone()).unwrap();
                let ints: Vec<i64> = serde_json::from_value(message["state"].clone()).unwrap();
                self.base = State::from_ints(&ints).unwrap();
                self.you = serde_json::from_value(message["you"].clone()).unwrap();
                let inputs: Vec<(Tick, Seat, Direction)> = serde_json::from_value(message["inputs"].clone()).unwrap();
                self.log =
                    inputs.into_iter().map(|(tick, seat, direction)| (Input { tick, seat, direction }, None)).collect();
                self.n = number("n") as u64;
                self.acked = self.n;
                self.checks.clear();
                self.hold = message["hold"].as_u64().map(|tick| tick as Tick);
                self.anchor = message["clock"]
                    .as_object()
                    .map(|clock| (clock["k"].as_u64().unwrap() as Tick, clock["at"].as_u64().unwrap()));
            }
            "in" => {
                let seat = Seat::new(number("s") as u8).unwrap();
                let direction = Direction::try_from(number("d") as i8).unwrap();
                let own = message["n"].as_u64();
                if own.is_some() {
                    self.log.retain(|(_, n)| *n != own);
                }
                self.insert(Input { tick: number("k") as Tick, seat, direction }, own);
            }
            "pong" => self.acked = message["n"].as_u64().unwrap(),
            "go" => {
                self.anchor = Some((number("k") as Tick, number("at") as Millis));
                self.hold = None;
            }
            "hold" => self.hold = Some(number("k") as Tick),
            "point" => {
                self.scores.push(message["score"].clone());
                self.checks.push((number("k") as Tick, number("h") as u32, self.n));
            }
            "end" => self.end = Some(message.clone()),
            _ => {}
        }
        let (due, later) = self.checks.drain(..).partition::<Vec<_>, _>(|(_, _, n)| *n <= self.acked);
        self.checks = later;
        for (tick, hash, _) in due {
            assert_eq!(self.state_at(tick).hash(), hash, "the client's state at tick {tick} differs");
            self.checked += 1;
        }
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    ToServer(usize, ConnId, String),
    ToClient(usize, ConnId, String),
    Press(usize),
    Ping(usize),
    Drop(usize),
    Connect(usize),
}

/// A room, two clients, and links that delay messages at random but keep their order.
struct World {
    room: Room,
    now: Millis,
    clients: Vec<Client>,
    conns: Vec<Option<ConnId>>,
    next_conn: u64,
    queue: std::collections::BinaryHeap<Reverse<(Millis, u64, Event)>>,
    count: u64,
    links: BTreeMap<(usize, bool), Millis>,
    random: u64,
    delay: (Millis, Millis),
    closed: Vec<(ConnId, CloseReason)>,
    saves: usize,
}

impl World {
    fn new(spec: RoomSpec, random: u64, delay: (Millis, Millis)) -> Self {
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

    fn at(&mut self, time: Millis, event: Event) {
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

    /// Mostly towards the ball, so that it is returned now and then and close cases come up.
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

    /// Runs until a time, or until the condition holds.
    fn run(&mut self, until: Millis, enough: impl Fn(&Self) -> bool) -> bool {
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

    fn begin(&mut self) {
        for client in 0..2 {
            self.at(self.now + 10, Event::Connect(client));
            self.at(self.now + 20, Event::Press(client));
            self.at(self.now + 20, Event::Ping(client));
        }
    }

    fn all_heard(&self) -> bool {
        self.clients.iter().all(|client| client.end.is_some())
    }
}

fn replayed(outcome: &Outcome, rules: Rules, seed: u32) -> State {
    *Timeline::restore(rules, seed, Log::decode(&outcome.log).unwrap(), outcome.ticks).confirmed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_predicting_clients_agree_with_the_server_at_every_point(
        seed: u32,
        random: u64,
        low in 0..120_u64,
        spread in 0..300_u64,
    ) {
        let mut world = World::new(two(3, seed), random, (low, low + spread));
        world.begin();
        prop_assert!(world.run(1_000_000, World::all_heard), "the match did not end");
        let outcome = world.room.outcome().unwrap().clone();
        prop_assert_eq!(outcome.why, EndReason::Score);
        prop_assert_eq!(outcome.points.len(), usize::from(outcome.score[0] + outcome.score[1]));
        for client in &world.clients {
            let end = client.end.as_ref().unwrap();
            prop_assert_eq!(&end["score"], &json!(outcome.score));
            prop_assert_eq!(client.scores.len(), outcome.points.len());
            prop_assert!(client.checked + client.checks.len() == outcome.points.len() && client.checked > 0);
        }
        // The stored log alone gives the same match.
        let replay = replayed(&outcome, Rules::classic(3).unwrap(), seed);
        prop_assert_eq!(&replay.score[..2], &outcome.score[..]);
        prop_assert_eq!(replay.winner(), outcome.winner);
        prop_assert!(world.saves >= outcome.points.len() - 1);
    }

    #[test]
    fn cut_connections_change_nothing_that_was_decided(
        seed: u32,
        random: u64,
        cuts in prop::collection::vec((0..60_000_u64, 0..2_usize, 50..3_000_u64), 1..5),
    ) {
        let mut world = World::new(two(3, seed), random, (10, 90));
        world.begin();
        for (time, client, absent) in cuts {
            world.at(2_000 + time, Event::Drop(client));
            world.at(2_000 + time + absent, Event::Connect(client));
        }
        prop_assert!(world.run(2_000_000, World::all_heard), "the match did not end");
        let outcome = world.room.outcome().unwrap();
        prop_assert_eq!(outcome.why, EndReason::Score);
        let replay = replayed(outcome, Rules::classic(3).unwrap(), seed);
        prop_assert_eq!(replay.winner(), outcome.winner);
        prop_assert!(world.clients.iter().any(|client| client.checked > 0));
    }

    #[test]
    fn a_match_rebuilt_from_its_chunks_is_the_same_match(seed: u32, random: u64, stop in 5_000..60_000_u64) {
        let mut world = World::new(two(11, seed), random, (5, 60));
        world.begin();
        let (mut stored, mut until) = (Vec::new(), 0);
        // Saved as it goes, at odd moments.
        for part in 1..=4 {
            world.run(1_000 + stop * part / 4, |_| false);
            if let Some(chunk) = world.room.chunk() {
                stored.extend_from_slice(Log::decode(&chunk.inputs).unwrap().inputs());
                until = chunk.until;
                world.room.saved(chunk.until);
                prop_assert_eq!(world.room.chunk(), None);
            }
        }
        prop_assume!(world.room.outcome().is_none() && until > 0);
        let again = Room::recovered(two(11, seed), Log::new(stored), until, 5);
        prop_assert_eq!(again.timeline().confirmed(), world.room.timeline().confirmed());
        // Both come back, and it is played to its end.
        world.room = again;
        world.now = 5;
        world.queue.clear();
        world.links.clear();
        world.conns = vec![None, None];
        for client in &mut world.clients {
            client.checked = 0;
            client.scores.clear();
        }
        world.begin();
        prop_assert!(world.run(3_000_000, World::all_heard), "the match did not end");
        let outcome = world.room.outcome().unwrap();
        prop_assert_eq!(outcome.score.iter().max(), Some(&11));
        prop_assert_eq!(outcome.points.len(), usize::from(outcome.score[0] + outcome.score[1]));
        prop_assert_eq!(replayed(outcome, Rules::classic(11).unwrap(), seed).winner(), outcome.winner);
    }
}

/// Two clients in a room without delays, by hand.
struct Table {
    room: Room,
    now: Millis,
    heard: BTreeMap<u64, VecDeque<Value>>,
    closed: Vec<(ConnId, CloseReason)>,
    finished: bool,
}

impl Table {
    fn new(spec: RoomSpec) -> Self {
        Self { room: Room::new(spec, 0), now: 0, heard: BTreeMap::new(), closed: vec![], finished: false }
    }

    /// The result is stored.
    fn tell_end(&mut self) {
        let mut fx = Effects::default();
        self.room.tell_end(&mut fx);
        self.carry_out(fx);
    }

    fn carry_out(&mut self, mut fx: Effects) {
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

    fn join(&mut self, conn: u64, player: Option<Id>) {
        self.heard.insert(conn, VecDeque::new());
        let mut fx = Effects::default();
        self.room.join(ConnId(conn), player, self.now, &mut fx);
        self.carry_out(fx);
    }

    fn gone(&mut self, conn: u64) {
        self.heard.remove(&conn);
        let mut fx = Effects::default();
        self.room.disconnect(ConnId(conn), self.now, &mut fx);
        self.carry_out(fx);
    }

    fn say(&mut self, conn: u64, text: &str) -> Result<(), CloseReason> {
        let mut fx = Effects::default();
        let result = self.room.receive(ConnId(conn), FromClient::parse(text).unwrap(), self.now, &mut fx);
        self.carry_out(fx);
        result
    }

    /// Lets time pass, waking the room when it asks for it.
    fn pass(&mut self, ms: Millis) {
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

    fn heard(&mut self, conn: u64, kind: &str) -> Option<Value> {
        let heard = self.heard.get_mut(&conn).unwrap();
        let place = heard.iter().position(|message| message["t"] == kind)?;
        heard.remove(place)
    }

    fn forget(&mut self) {
        self.heard.values_mut().for_each(VecDeque::clear);
    }

    /// Both sit down and the countdown is over.
    fn playing(spec: RoomSpec) -> Self {
        let mut table = Self::new(spec);
        table.join(1, Some(ADA));
        table.join(2, Some(BOB));
        table.pass(COUNTDOWN);
        table.forget();
        table
    }

    fn why(&self) -> Option<(EndReason, Option<Seat>)> {
        self.room.outcome().map(|outcome| (outcome.why, outcome.winner))
    }
}

#[test]
fn the_first_message_is_join_and_play_starts_when_both_are_there() {
    let mut table = Table::new(two(3, 7));
    table.join(1, Some(ADA));
    let join = table.heard[&1][0].clone();
    assert_eq!((&join["t"], &join["phase"], &join["you"]), (&json!("join"), &json!("waiting"), &json!([0])));
    assert_eq!(join["seats"][1], json!({"name": "bob", "kind": "account", "on": false, "left": ABSENCE_BUDGET}));
    table.pass(5_000);
    assert_eq!(table.heard(1, "go"), None);
    table.join(2, Some(BOB));
    assert_eq!(table.heard[&2][0]["t"], "join");
    let go = table.heard(1, "go").unwrap();
    assert_eq!(go, json!({"t": "go", "k": 0, "at": 5_000 + COUNTDOWN}));
    assert_eq!(table.heard(2, "go").unwrap(), go);
}

#[test]
fn a_player_who_never_comes_leaves_the_match_without_a_winner() {
    let mut table = Table::new(two(3, 7));
    table.join(1, Some(ADA));
    table.pass(WAIT);
    assert_eq!(table.why(), Some((EndReason::NoShow, None)));
    assert!(table.finished);
    let card = &table.room.outcome().unwrap().fairness;
    assert_eq!((card[0].absent_ms, Millis::from(card[1].absent_ms)), (0, WAIT), "the record tells who was missing");
    table.tell_end();
    let end = table.heard(1, "end").unwrap();
    assert_eq!((&end["why"], &end["missing"]), (&json!("no_show"), &json!([1])));

    let mut table = Table::new(two(3, 7));
    table.pass(WAIT);
    table.tell_end();
    table.join(1, Some(ADA));
    assert_eq!(table.heard(1, "end").unwrap()["missing"], json!([0, 1]), "who comes too late is told the same");
}

#[test]
fn leaving_before_play_begins_calls_the_match_off() {
    let mut table = Table::new(two(3, 7));
    table.join(1, Some(ADA));
    table.say(1, r#"{"t":"leave"}"#).unwrap();
    assert_eq!(table.why(), Some((EndReason::Aborted, None)));
}

#[test]
fn an_input_counts_at_its_own_tick_inside_the_window_and_is_moved_to_it_otherwise() {
    let mut table = Table::playing(two(3, 7));
    table.pass(500); // tick 30
    table.say(1, r#"{"t":"in","n":1,"k":25,"d":-1}"#).unwrap();
    assert_eq!(table.heard(1, "in"), None, "accepted as sent: not echoed");
    assert_eq!(table.heard(2, "in").unwrap(), json!({"t": "in", "s": 0, "k": 25, "d": -1}));

    table.say(2, r#"{"t":"in","n":1,"k":3,"d":1}"#).unwrap();
    assert_eq!(table.heard(2, "in").unwrap(), json!({"t": "in", "s": 1, "k": 30 - WINDOW, "d": 1, "n": 1}));
    assert_eq!(table.heard(1, "in").unwrap(), json!({"t": "in", "s": 1, "k": 30 - WINDOW, "d": 1}));

    table.say(2, r#"{"t":"in","n":2,"k":9999,"d":0}"#).unwrap();
    assert_eq!(table.heard(2, "in").unwrap()["k"], 36, "not from the future");
    table.say(2, r#"{"t":"in","n":3,"k":30,"d":1}"#).unwrap();
    assert_eq!(table.heard(2, "in").unwrap()["k"], 36, "never before the seat's last input");

    let pong = {
        table.say(2, r#"{"t":"ping","c":-77}"#).unwrap();
        table.heard(2, "pong").unwrap()
    };
    assert_eq!(pong, json!({"t": "pong", "c": -77, "s": table.now, "n": 3, "q": [null, null]}));
}

#[test]
fn nobody_steers_a_seat_that_is_not_his() {
    let mut table = Table::playing(two(3, 7));
    table.join(3, None);
    for (conn, text) in [
        (1, r#"{"t":"in","n":1,"k":1,"d":1,"s":1}"#),
        (3, r#"{"t":"in","n":1,"k":1,"d":1}"#),
        (3, r#"{"t":"in","n":1,"k":1,"d":1,"s":0}"#),
        (3, r#"{"t":"leave"}"#),
    ] {
        assert_eq!(table.say(conn, text), Err(CloseReason::BadMessage), "{text}");
    }
    assert!(table.room.timeline().log().inputs().is_empty());
    assert_eq!(table.why(), None);
}

#[test]
fn the_count_of_inputs_must_rise() {
    let mut table = Table::playing(two(3, 7));
    table.say(1, r#"{"t":"in","n":2,"k":1,"d":1}"#).unwrap();
    assert_eq!(table.say(1, r#"{"t":"in","n":2,"k":2,"d":0}"#), Err(CloseReason::BadMessage));
}

#[test]
fn at_one_keyboard_one_connection_steers_both_seats() {
    let alias = SeatSpec { name: "eve".into(), kind: SeatKind::Alias, player: None, strength: None };
    let mut table = Table::new(spec(vec![account("ada", ADA), alias], 3, 7));
    table.join(1, Some(ADA));
    assert_eq!(table.heard(1, "join").unwrap()["you"], json!([0, 1]));
    assert!(table.heard(1, "go").is_some());
    table.pass(COUNTDOWN + 500);
    table.say(1, r#"{"t":"in","n":1,"k":30,"d":-1}"#).unwrap();
    table.say(1, r#"{"t":"in","n":2,"k":30,"d":1,"s":1}"#).unwrap();
    let steered: Vec<Seat> = table.room.timeline().log().inputs().iter().map(|input| input.seat).collect();
    assert_eq!(steered, [Seat::LEFT, Seat::RIGHT]);
    // Giving up at one keyboard has no winner.
    table.say(1, r#"{"t":"leave"}"#).unwrap();
    assert_eq!(table.why(), Some((EndReason::Abandoned, None)));
}

#[test]
fn play_holds_at_the_next_point_while_somebody_is_absent_and_goes_on_when_all_are_back() {
    let mut table = Table::playing(two(11, 7));
    table.pass(1_500);
    table.say(2, &format!(r#"{{"t":"in","n":1,"k":{},"d":1}}"#, 90)).unwrap();
    table.forget();
    table.gone(2);
    assert_eq!(table.heard(1, "in").unwrap()["d"], 0, "the key of who is absent is let go");
    let seat = table.heard(1, "seat").unwrap();
    assert_eq!(seat, json!({"t": "seat", "s": 1, "on": false, "left": ABSENCE_BUDGET}));
    assert_eq!(table.heard(1, "hold"), None, "the ball is in play");

    table.pass(12_000); // nobody moves: a point soon
    let hold = table.heard(1, "hold").unwrap();
    let point = table.heard(1, "point").unwrap();
    assert_eq!(hold["s"], 1);
    assert!(hold["k"].as_u64() >= point["k"].as_u64());
    let tick = table.room.timeline().confirmed().tick;
    assert!(table.room.timeline().confirmed().pause > 0, "held inside the pause before the serve");
    table.pass(5_000);
    assert_eq!(table.room.timeline().confirmed().tick, tick, "nothing moves while held");

    table.join(3, Some(BOB));
    let join = table.heard(3, "join").unwrap();
    assert_eq!((&join["phase"], &join["hold"]), (&json!("held"), &hold["k"]));
    let left = join["seats"][1]["left"].as_u64().unwrap();
    assert_eq!(left, u64::from(ABSENCE_BUDGET) - 17_000);
    assert_eq!(table.heard(1, "seat").unwrap()["on"], true);
    assert_eq!(table.heard(1, "go").unwrap(), json!({"t": "go", "k": hold["k"], "at": table.now + COUNTDOWN}));
    table.pass(COUNTDOWN + 1_000);
    assert!(table.room.timeline().state_at(tick + 60).tick > tick);
}

#[test]
fn a_short_absence_within_a_rally_stops_nothing_but_costs_a_second() {
    let mut table = Table::playing(two(11, 7));
    table.pass(1_500);
    table.say(2, r#"{"t":"away"}"#).unwrap();
    table.pass(300);
    table.say(2, r#"{"t":"back"}"#).unwrap();
    let mut seats = [table.heard(1, "seat").unwrap(), table.heard(1, "seat").unwrap()].into_iter();
    assert_eq!(seats.next().unwrap()["on"], false);
    assert_eq!(seats.next().unwrap()["left"], ABSENCE_BUDGET - LEAST_ABSENCE);
    table.pass(3_000);
    assert_eq!(table.heard(1, "hold"), None);
}

#[test]
fn an_absence_during_the_countdown_holds_at_once() {
    let mut table = Table::new(two(3, 7));
    table.join(1, Some(ADA));
    table.join(2, Some(BOB));
    table.pass(1_000);
    table.forget();
    table.gone(1);
    assert_eq!(table.heard(2, "hold").unwrap(), json!({"t": "hold", "k": 0, "s": 0}));
    table.pass(1_000);
    table.join(3, Some(ADA));
    assert_eq!(table.heard(2, "go").unwrap()["at"], 2_000 + COUNTDOWN);
}

#[test]
fn who_is_absent_for_longer_than_the_budget_forfeits() {
    let mut table = Table::playing(two(11, 7));
    table.gone(1);
    table.pass(Millis::from(ABSENCE_BUDGET) - 1);
    assert_eq!(table.why(), None);
    table.pass(1);
    assert_eq!(table.why(), Some((EndReason::Forfeit, Some(Seat::RIGHT))));
    assert!(table.room.outcome().unwrap().fairness[0].absent_ms >= ABSENCE_BUDGET);
    assert_eq!(table.room.outcome().unwrap().fairness[0].pauses, 1);
}

#[test]
fn absences_add_up() {
    let mut table = Table::playing(two(11, 7));
    for conn in 10..15 {
        table.say(if conn == 10 { 1 } else { conn - 1 }, r#"{"t":"away"}"#).unwrap();
        table.pass(5_999);
        table.join(conn, Some(ADA));
        assert_eq!(table.why(), None);
        table.pass(COUNTDOWN);
    }
    table.gone(14);
    table.pass(6);
    assert_eq!(table.why(), Some((EndReason::Forfeit, Some(Seat::RIGHT))));
}

#[test]
fn when_both_are_gone_the_first_to_come_back_in_time_wins_and_else_nobody() {
    let mut table = Table::playing(two(11, 7));
    table.gone(1);
    table.pass(10_000);
    table.gone(2);
    table.pass(25_000);
    assert_eq!(table.why(), None, "the budget of the second is not used up");
    table.join(3, Some(BOB));
    assert_eq!(table.why(), Some((EndReason::Forfeit, Some(Seat::RIGHT))));

    let mut table = Table::playing(two(11, 7));
    table.gone(1);
    table.gone(2);
    table.pass(Millis::from(ABSENCE_BUDGET));
    assert_eq!(table.why(), Some((EndReason::Abandoned, None)));
}

#[test]
fn a_second_tab_takes_the_seat_over_in_place() {
    let mut table = Table::playing(two(11, 7));
    table.pass(500);
    table.say(1, r#"{"t":"in","n":1,"k":30,"d":-1}"#).unwrap();
    table.forget();
    table.join(5, Some(ADA));
    assert_eq!(table.closed, [(ConnId(1), CloseReason::Taken)]);
    assert_eq!(table.heard(2, "in").unwrap()["d"], 0, "the new tab holds no key");
    assert_eq!(table.heard(2, "hold"), None);
    let join = table.heard(5, "join").unwrap();
    assert_eq!((&join["you"], &join["phase"], &join["n"]), (&json!([0]), &json!("live"), &json!(0)));
    table.say(5, r#"{"t":"in","n":1,"k":31,"d":1}"#).unwrap();
    assert_eq!(table.heard(2, "in").unwrap()["d"], 1);
    // What the first tab's socket still says, or that it is gone, changes nothing.
    assert_eq!(table.say(1, r#"{"t":"in","n":2,"k":31,"d":0}"#), Ok(()));
    let mut fx = Effects::default();
    table.room.disconnect(ConnId(1), table.now, &mut fx);
    assert!(fx.sends.is_empty());
}

#[test]
fn giving_up_makes_the_other_side_win() {
    let mut table = Table::playing(two(11, 7));
    table.pass(2_000);
    table.say(1, r#"{"t":"leave"}"#).unwrap();
    assert_eq!(table.why(), Some((EndReason::Left, Some(Seat::RIGHT))));
    assert_eq!(table.heard(2, "end"), None, "told once the result is stored");
    table.tell_end();
    let end = table.heard(2, "end").unwrap();
    assert_eq!((&end["why"], &end["winner"], &end["score"]), (&json!("left"), &json!(1), &json!([0, 0])));
}

#[test]
fn a_bot_plays_without_anybody_else_and_a_match_against_it_can_be_lost() {
    let mut table = Table::new(spec(vec![account("ada", ADA), bot(Strength::Strong)], 3, 9));
    table.join(1, Some(ADA));
    assert!(table.heard(1, "go").is_some(), "a bot need not be waited for");
    for _ in 0..600 {
        if table.why().is_none() {
            table.pass(1_000);
        }
    }
    let (why, winner) = table.why().expect("a match against nobody ends");
    assert_eq!((why, winner), (EndReason::Score, Some(Seat::RIGHT)));
    assert!(table.heard(1, "in").is_some_and(|input| input["s"] == 1), "its key presses are inputs like any");
}

#[test]
fn who_walks_away_from_a_bot_leaves_no_winner() {
    let mut table = Table::new(spec(vec![account("ada", ADA), bot(Strength::Weak)], 3, 9));
    table.join(1, Some(ADA));
    table.pass(COUNTDOWN + 1_000);
    table.gone(1);
    table.pass(Millis::from(ABSENCE_BUDGET));
    assert_eq!(table.why(), Some((EndReason::Abandoned, None)));
}

#[test]
fn a_rematch_needs_both_and_the_end() {
    let mut table = Table::playing(two(11, 7));
    let mut fx = Effects::default();
    assert!(!table.room.ask_rematch(Seat::LEFT, &mut fx), "not before the end");
    table.say(1, r#"{"t":"leave"}"#).unwrap();
    assert!(!table.room.ask_rematch(Seat::LEFT, &mut fx));
    assert!(!table.room.ask_rematch(Seat::LEFT, &mut fx), "asking twice is not both");
    assert!(table.room.ask_rematch(Seat::RIGHT, &mut fx));
    table.room.go_to("/matches/x/play", &mut fx);
    table.carry_out(fx);
    assert_eq!(table.heard(2, "rematch").unwrap()["s"], 0);
    assert_eq!(table.heard(2, "goto").unwrap()["url"], "/matches/x/play");
}

#[test]
fn a_rematch_cannot_be_asked_of_who_has_been_gone_for_a_minute() {
    let mut table = Table::playing(two(11, 7));
    table.say(1, r#"{"t":"leave"}"#).unwrap();
    table.gone(2);
    let gone = |table: &Table, player| table.room.others_are_gone(player, table.now);
    table.pass(ON_THE_WAY);
    assert!(!gone(&table, ADA), "he may be on his way to the page of the result");
    table.pass(1);
    assert!(gone(&table, ADA));
    assert!(!gone(&table, BOB), "the other is there");
    table.join(3, Some(BOB));
    assert!(!gone(&table, ADA), "he came back");
    table.room.ask_rematch(Seat::RIGHT, &mut Effects::default());
    table.gone(3);
    assert!(!gone(&table, ADA), "he has agreed already");
}

#[test]
fn a_rematch_against_a_bot_or_at_one_keyboard_waits_for_nobody() {
    let alias = SeatSpec { name: "eve".into(), kind: SeatKind::Alias, player: None, strength: None };
    for other in [bot(Strength::Weak), alias] {
        let mut table = Table::new(spec(vec![account("ada", ADA), other], 3, 9));
        table.join(1, Some(ADA));
        table.say(1, r#"{"t":"leave"}"#).unwrap();
        table.pass(ON_THE_WAY + 1_000);
        assert!(!table.room.others_are_gone(ADA, table.now));
        assert!(table.room.ask_rematch(Seat::LEFT, &mut Effects::default()));
    }
}

#[test]
fn a_room_asks_to_be_woken_rarely() {
    let mut table = Table::playing(two(11, 7));
    let (mut wakes, until) = (0, table.now + 60_000);
    while let Some(wake) =
        table.room.next_wake(table.now).filter(|wake| *wake < until && table.room.outcome().is_none())
    {
        assert!(wake > table.now);
        table.now = wake;
        let mut fx = Effects::default();
        table.room.advance(wake, &mut fx);
        wakes += 1;
    }
    assert!(wakes < 120, "{wakes} wakes in a minute of play");
}

#[test]
fn a_spectator_sees_the_match_and_is_counted() {
    let mut table = Table::playing(two(11, 7));
    table.join(9, None);
    let join = table.heard(9, "join").unwrap();
    assert_eq!((&join["you"], &join["phase"]), (&json!([]), &json!("live")));
    assert_eq!(table.room.watchers(), 1);
    table.say(1, r#"{"t":"in","n":1,"k":5,"d":1}"#).unwrap();
    assert!(table.heard(9, "in").is_some());
    table.gone(9);
    assert_eq!((table.room.watchers(), table.heard(1, "seat")), (0, None));
}
