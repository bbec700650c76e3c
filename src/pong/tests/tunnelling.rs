//! A ball never passes through a paddle and never bounces off nothing, judged by following its path in small steps with floats.

use proptest::prelude::{any, prop_assert, proptest};

use super::support::{classic_or_any, follow, towards};
use crate::pong::{Direction, Events, Rules, Seat, State, steer, step};

/// How deep the ball would get into the paddle it is heading for in the tick after `state`, in sub-units, if it were not returned;
/// if negative, how far it stays away.
fn depth(rules: &Rules, state: &State) -> f64 {
    let court = &rules.court;
    let seat = if state.ball_vx < 0 { Seat::LEFT } else { Seat::RIGHT };
    let half = state.paddle_half;
    let from = state.paddle_y[seat.index()];
    let to = (from + state.held[seat.index()] as i32 * court.paddle_speed).min(court.height - half).max(half);
    let middle = f64::from(rules.paddle.inset) * 256.0 + f64::from(rules.paddle.thickness) * 128.0;
    let middle = if seat == Seat::LEFT { middle } else { f64::from(court.width) - middle };
    let (top, bottom) = (f64::from(court.top), f64::from(court.bottom));
    let way = f64::from(state.ball_vx).hypot(f64::from(state.ball_vy) - f64::from(to - from));
    let samples = (way / 64.0).ceil().max(8.0) as u32;
    let mut deepest = f64::NEG_INFINITY;
    for sample in 0..=samples {
        let time = f64::from(sample) / f64::from(samples);
        let x = f64::from(state.ball_x) + f64::from(state.ball_vx) * time;
        let mut y = f64::from(state.ball_y) + f64::from(state.ball_vy) * time;
        while y < top || y > bottom {
            y = if y < top { 2.0 * top - y } else { 2.0 * bottom - y };
        }
        let paddle = f64::from(from) + f64::from(to - from) * time;
        let across = f64::from(rules.paddle.thickness) * 128.0 + f64::from(court.ball) - (x - middle).abs();
        let along = f64::from(half + court.ball) - (y - paddle).abs();
        deepest = deepest.max(across.min(along));
    }
    deepest
}

/// Half a unit: more than the small steps and all rounding.
const SLACK: f64 = 128.0;

proptest! {
    #[test]
    fn touching_is_returning(rules in classic_or_any(), seed in any::<u32>(), aims in proptest::collection::vec(-130..=130_i32, 40)) {
        let mut state = State::new(&rules, seed);
        let mut aims = aims.iter().cycle();
        let mut aim = 0;
        for tick in 0..1_500_u32 {
            if tick.is_multiple_of(25) {
                aim = state.paddle_half * aims.next().copied().unwrap_or(0) / 100;
            }
            // One follows the ball and aims with any part of the paddle, even just beside it; the other wanders.
            let left = follow(&rules, &state, Seat::LEFT, aim);
            steer(&mut state, Seat::LEFT, left);
            let right = if tick % 50 < 40 { towards(&rules, &state, Seat::RIGHT, state.ball_y - aim) } else { Direction::Up };
            steer(&mut state, Seat::RIGHT, right);

            let before = state;
            let events = step(&rules, &mut state);
            if before.pause > 0 || before.winner().is_some() {
                continue;
            }
            let seat = if before.ball_vx < 0 { Seat::LEFT } else { Seat::RIGHT };
            let depth = depth(&rules, &before);
            if depth > SLACK && before.paddle_half > 0 {
                prop_assert!(events.contains(Events::hit_by(seat)), "passed {depth} through the paddle: {before:?} {rules:?}");
            }
            if depth < -SLACK || before.paddle_half == 0 {
                prop_assert!(events.hits() == 0, "returned {depth} beside the paddle: {before:?} {rules:?}");
            }
        }
    }
}

/// A ball in play, one unit before the left paddle's face.
fn before_the_left_paddle(rules: &Rules) -> State {
    let mut state = State::new(rules, 1);
    state.pause = 0;
    state.ball_x = rules.court.left_face + 256;
    (state.ball_vx, state.ball_vy) = (-2_000, 0);
    state
}

#[test]
fn the_ends_of_the_paddle_return_and_beside_them_is_past() {
    let rules = Rules::default();
    let reach = rules.court.paddle + rules.court.ball;
    for (offset, returned) in [(reach, true), (-reach, true), (reach + 1, false), (-reach - 1, false)] {
        let mut state = before_the_left_paddle(&rules);
        state.ball_y = state.paddle_y[0] + offset;
        assert_eq!(step(&rules, &mut state).contains(Events::hit_by(Seat::LEFT)), returned, "{offset}");
        assert_eq!(state.ball_vx > 0, returned);
    }
}

#[test]
fn a_ball_that_just_reaches_the_paddle_at_the_end_of_a_tick_is_returned_in_that_tick() {
    let rules = Rules::default();
    let mut state = before_the_left_paddle(&rules);
    state.ball_vx = -256;
    assert!(step(&rules, &mut state).contains(Events::hit_by(Seat::LEFT)));
    assert_eq!(state.ball_x, rules.court.left_face);
}

#[test]
fn a_paddle_that_comes_from_the_side_saves_a_ball_beside_it() {
    let rules = Rules::default();
    let mut state = before_the_left_paddle(&rules);
    state.ball_x = rules.court.left_face - 1_000;
    state.ball_y = state.paddle_y[0] + rules.court.paddle + rules.court.ball + 1_000;
    steer(&mut state, Seat::LEFT, Direction::Down);
    assert!(step(&rules, &mut state).contains(Events::hit_by(Seat::LEFT)));
    assert!(state.ball_vx > 0 && state.ball_vy > 0, "it goes away at the steepest angle: {state:?}");
}

#[test]
fn where_the_paddle_is_hit_decides_the_angle() {
    let rules = Rules::default();
    let slope = |offset: i32| {
        let mut state = before_the_left_paddle(&rules);
        state.ball_y = state.paddle_y[0] + offset;
        step(&rules, &mut state);
        f64::from(state.ball_vy) / f64::from(state.ball_vx)
    };
    assert!(slope(0).abs() < 1e-9, "the middle returns straight");
    let slopes: Vec<f64> = (-5..=5).map(|tenth| slope(rules.court.paddle * tenth / 5)).collect();
    assert!(slopes.is_sorted_by(|a, b| a < b), "the further from the middle the steeper: {slopes:?}");
    assert!(slopes[10] > 1.2 && slopes[0] < -1.2, "the ends return steeply: {slopes:?}");
}

#[test]
fn a_ball_that_crosses_the_field_in_a_tick_meets_both_paddles_and_the_walls_in_it() {
    let mut spec = crate::pong::RulesSpec::from(Rules::default());
    spec.ball.top_speed = 256_000;
    spec.ball.serve_speed = 256_000;
    spec.paddle.length = 600;
    let rules = Rules::try_from(spec).unwrap();
    let mut state = before_the_left_paddle(&rules);
    (state.ball_vx, state.ball_vy) = (-200_000, 200_000);
    let events = step(&rules, &mut state);
    assert!(events.contains(Events::hit_by(Seat::LEFT)) && events.point().is_none(), "{state:?}");
    for _ in 0..20 {
        let events = step(&rules, &mut state);
        assert!(
            events.hits() > 0 && events.point().is_none(),
            "paddles from wall to wall return everything: {state:?}"
        );
        assert!((rules.court.top..=rules.court.bottom).contains(&state.ball_y));
    }
}
