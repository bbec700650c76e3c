//! The stored matches, which `tests/js/vectors.test.js` replays as well: the rules of old matches must keep giving the same
//! results. After an intended change: `cargo run --release --example vectors sample > tests/vectors/matches.jsonl`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::pong::{Log, Rules, State, steer, step};

#[derive(Deserialize)]
struct Vector {
    #[serde(rename = "match")]
    number: u32,
    rules: Rules,
    seed: u32,
    ticks: u32,
    every: u32,
    log: String,
    hashes: String,
    states: BTreeMap<u32, Vec<i64>>,
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

#[test]
fn kept_matches_go_as_ever() {
    let mut matches = 0;
    for line in include_str!("../../../tests/vectors/matches.jsonl").lines() {
        let vector: Vector = serde_json::from_str(line).unwrap();
        let log = Log::decode(&bytes(&vector.log)).unwrap();
        let hashes = bytes(&vector.hashes);
        assert_eq!(hashes.len() / 4, (vector.ticks / vector.every) as usize);
        let mut hashes = hashes.chunks(4);
        let mut state = State::new(&vector.rules, vector.seed);
        while state.tick < vector.ticks {
            for input in log.between(state.tick, state.tick + 1) {
                steer(&mut state, input.seat, input.direction);
            }
            step(&vector.rules, &mut state);
            if let Some(ints) = vector.states.get(&state.tick) {
                assert_eq!(&state.to_ints(), ints, "match {}, tick {}", vector.number, state.tick);
            }
            if state.tick.is_multiple_of(vector.every) {
                let expected = hashes.next().unwrap();
                assert_eq!(state.hash().to_be_bytes(), expected, "match {}, tick {}", vector.number, state.tick);
            }
        }
        assert_eq!(State::from_ints(&state.to_ints()), Some(state));
        matches += 1;
    }
    assert!(matches >= 36, "{matches} matches");
}
