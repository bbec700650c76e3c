//! Left and right are alike, and so are up and down.
//!
//! What the generator does: it gives the slope of each serve and whether it goes up or down, and the seed gives the first receiver.
//! The left-right mirror therefore keeps the generator and swaps the receiver; the up-down mirror keeps the generator and turns
//! each serve around.

use proptest::prelude::{any, prop_assert_eq, proptest};

use super::support::{classic_or_any, inputs};
use crate::pong::{Direction, Events, Log, Rules, Seat, State, steer, step};

fn other_side(rules: &Rules, state: &State) -> State {
    let [p0, p1, p2, p3] = state.paddle_y;
    let [h0, h1, h2, h3] = state.held;
    let [s0, s1, s2, s3] = state.score;
    let mut mirrored = State {
        ball_x: rules.court.width - state.ball_x,
        ball_vx: -state.ball_vx,
        paddle_y: [p1, p0, p2, p3],
        held: [h1, h0, h2, h3],
        score: [s1, s0, s2, s3],
        receiver: state.receiver.opponent(),
        ..*state
    };
    if let Some(winner) = state.winner() {
        mirrored.set_winner(winner.opponent());
    }
    mirrored
}

fn upside_down(rules: &Rules, state: &State) -> State {
    let height = rules.court.height;
    let [p0, p1, p2, p3] = state.paddle_y;
    State {
        ball_y: height - state.ball_y,
        ball_vy: -state.ball_vy,
        paddle_y: [height - p0, height - p1, p2, p3],
        held: state.held.map(turned),
        ..*state
    }
}

fn turned(direction: Direction) -> Direction {
    match direction {
        Direction::Up => Direction::Down,
        Direction::Stop => Direction::Stop,
        Direction::Down => Direction::Up,
    }
}

fn other_events(events: Events) -> u16 {
    let bits = events.bits();
    let swap = |bits: u16| (bits & 1) << 1 | (bits >> 1) & 1;
    bits & !0x33 | swap(bits) | swap(bits >> 4) << 4
}

proptest! {
    #[test]
    fn swapped_inputs_give_a_swapped_match(rules in classic_or_any(), seed in any::<u32>(), inputs in inputs(2_000, 200)) {
        let log = Log::new(inputs);
        let mut state = State::new(&rules, seed);
        let mut mirrored = other_side(&rules, &state);
        for tick in 0..2_000 {
            for input in log.between(tick, tick + 1) {
                steer(&mut state, input.seat, input.direction);
                steer(&mut mirrored, input.seat.opponent(), input.direction);
            }
            let events = step(&rules, &mut state);
            prop_assert_eq!(step(&rules, &mut mirrored).bits(), other_events(events));
            prop_assert_eq!(other_side(&rules, &state), mirrored);
        }
    }

    #[test]
    fn turned_inputs_give_a_turned_match(rules in classic_or_any(), seed in any::<u32>(), inputs in inputs(2_000, 200)) {
        let log = Log::new(inputs);
        let mut state = State::new(&rules, seed);
        let mut mirrored = upside_down(&rules, &state);
        for tick in 0..2_000 {
            for input in log.between(tick, tick + 1) {
                steer(&mut state, input.seat, input.direction);
                steer(&mut mirrored, input.seat, turned(input.direction));
            }
            let events = step(&rules, &mut state);
            prop_assert_eq!(step(&rules, &mut mirrored), events);
            if events.contains(Events::SERVE) {
                mirrored.ball_vy = -mirrored.ball_vy;
            }
            prop_assert_eq!(upside_down(&rules, &state), mirrored);
        }
    }
}

#[test]
fn both_sides_get_the_first_serve_as_often() {
    let rules = Rules::default();
    let left = (0..10_000).filter(|&seed| State::new(&rules, seed).receiver == Seat::LEFT).count();
    assert!((4_800..5_200).contains(&left), "{left} of 10,000 first serves go to the left");
}
