//! `GET /demo.json`: a rally of two bots as a log, which the home page plays with the same code as a match.

use std::sync::OnceLock;

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::Serialize;

use crate::pong::{Direction, Input, Rules, Strength, Tick, exhibition};

/// Seed of the demo's match, the same for everybody, so that it is computed once.
const SEED: u32 = 1972;
/// Longest demo, in ticks: three minutes.
const MOST_TICKS: Tick = 3 * 60 * 60;

#[derive(Serialize)]
struct Demo {
    rules: Rules,
    seed: u32,
    ticks: Tick,
    inputs: Vec<(Tick, u8, i8)>,
}

/// `GET /demo.json`.
pub async fn demo() -> Response {
    static DEMO: OnceLock<Bytes> = OnceLock::new();
    let body = DEMO.get_or_init(|| serde_json::to_vec(&play()).unwrap_or_default().into()).clone();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, body).into_response()
}

/// Lets two strong bots play to three points; at most three minutes of it are shown.
fn play() -> Demo {
    let rules = Rules::classic(3).unwrap_or_default();
    let timeline = exhibition(rules, SEED, [Strength::Strong; 2]);
    let inputs = timeline.log().inputs().iter().filter(|input| input.tick < MOST_TICKS);
    let inputs = inputs.map(|input: &Input| (input.tick, input.seat.number(), direction(input.direction))).collect();
    Demo { rules, seed: SEED, ticks: timeline.confirmed().tick.min(MOST_TICKS), inputs }
}

fn direction(direction: Direction) -> i8 {
    match direction {
        Direction::Up => -1,
        Direction::Stop => 0,
        Direction::Down => 1,
    }
}
