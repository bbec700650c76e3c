//! `GET /demo.json`: a rally of two bots as a log, which the home page plays with the same code as a match.

use std::sync::OnceLock;

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::Serialize;

use crate::pong::{Bot, Direction, Input, Rules, Seat, Strength, Tick, Timeline};

/// The demo's match: the same for everybody, so that it is made once.
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

/// Two strong bots play until one has won three points, or three minutes are over.
fn play() -> Demo {
    let rules = Rules::classic(3).unwrap_or_default();
    let mut timeline = Timeline::new(rules, SEED);
    let mut bots = [Bot::new(Strength::Strong, Seat::LEFT, 1), Bot::new(Strength::Strong, Seat::RIGHT, 2)];
    let mut inputs = Vec::new();
    let mut tick = 0;
    while tick < MOST_TICKS && timeline.confirmed().winner().is_none() {
        let state = *timeline.confirmed();
        for bot in &mut bots {
            for input in bot.look(timeline.rules(), &state) {
                // A press that comes after the next look is not dropped: the timeline orders it.
                if timeline.insert(input).is_ok() {
                    inputs.push(input);
                }
            }
        }
        tick += Bot::LOOK_EVERY;
        timeline.confirm(tick, |_, _| {});
    }
    inputs.sort_by_key(|input| input.tick);
    let inputs = inputs.iter().map(|input: &Input| (input.tick, input.seat.number(), direction(input.direction)));
    Demo { rules, seed: SEED, ticks: timeline.confirmed().tick, inputs: inputs.collect() }
}

fn direction(direction: Direction) -> i8 {
    match direction {
        Direction::Up => -1,
        Direction::Stop => 0,
        Direction::Down => 1,
    }
}
