//! A client that predicts, as a page does.

use serde_json::{Value, json};

use crate::{
    live::room::clock::Millis,
    pong::{Direction, Input, Rules, Seat, State, Tick, steer, step},
};

/// What a page does: it predicts, takes in decided inputs and checks the hash of each point.
pub(super) struct Client {
    base: State,
    rules: Rules,
    pub(super) you: Vec<Seat>,
    /// Inputs since the base; its own with their count.
    log: Vec<(Input, Option<u64>)>,
    n: u64,
    acked: u64,
    anchor: Option<(Tick, Millis)>,
    hold: Option<Tick>,
    /// How wrong this client's clock is, in ms.
    skew: i64,
    /// Points whose hash is compared once the server has all inputs of this client up to a count.
    pub(super) checks: Vec<(Tick, u32, u64)>,
    pub(super) checked: usize,
    pub(super) scores: Vec<Value>,
    pub(super) end: Option<Value>,
}

impl Client {
    pub(super) fn new(skew: i64) -> Self {
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

    pub(super) fn present(&self, now: Millis) -> Tick {
        let Some((tick, at)) = self.anchor else {
            return self.base.tick;
        };
        if let Some(hold) = self.hold {
            return hold;
        }
        let passed = (now as i64 + self.skew - at as i64).max(0) * 60 / 1000;
        tick + passed as Tick
    }

    pub(super) fn state_at(&self, tick: Tick) -> State {
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
        // Its own inputs of one tick keep the order in which they were made.
        let later = |(other, other_n): &(Input, Option<u64>)| {
            other.tick > input.tick || (other.tick == input.tick && n.is_some() && *other_n > n)
        };
        let place = self.log.iter().position(later).unwrap_or(self.log.len());
        self.log.insert(place, (input, n));
    }

    pub(super) fn press(&mut self, direction: Direction, now: Millis) -> String {
        let seat = self.you[0];
        let own = self.log.iter().filter(|(input, _)| input.seat == seat).map(|(input, _)| input.tick).max();
        let tick = self.present(now).max(own.unwrap_or(0)).max(self.base.tick);
        self.n += 1;
        self.insert(Input { tick, seat, direction }, Some(self.n));
        json!({"t": "in", "n": self.n, "k": tick, "d": direction}).to_string()
    }

    pub(super) fn hear(&mut self, text: &str) {
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
