//! Rules, states and players for the tests.

use proptest::prelude::{Just, Strategy, any, prop_oneof};

use crate::pong::{Direction, Input, Rules, RulesError, RulesSpec, Seat, State, Tick};

pub fn direction() -> impl Strategy<Value = Direction> + Clone {
    prop_oneof![Just(Direction::Up), Just(Direction::Stop), Just(Direction::Down)]
}

/// Inputs of both players, before a tick.
pub fn inputs(until: Tick, most: usize) -> impl Strategy<Value = Vec<Input>> + Clone {
    let input = (0..until, 0..2_u8, direction()).prop_map(|(tick, seat, direction)| Input {
        tick,
        seat: Seat::new(seat).unwrap(),
        direction,
    });
    proptest::collection::vec(input, 0..most)
}

/// Inputs that also name seats that do not play.
pub fn garbage(until: Tick, most: usize) -> impl Strategy<Value = Vec<Input>> {
    let input = (0..until, 0..4_u8, direction()).prop_map(|(tick, seat, direction)| Input {
        tick,
        seat: Seat::new(seat).unwrap(),
        direction,
    });
    proptest::collection::vec(input, 0..most)
}

/// Rules of every kind that is accepted: from a tiny field to a ball that crosses it in a tick.
pub fn rules() -> impl Strategy<Value = Rules> + Clone {
    let field = (200..=4000_u16, 100..=4000_u16);
    let paddle = (any::<u16>(), any::<u16>(), any::<u16>(), any::<u32>());
    let ball = (any::<u16>(), any::<u32>(), any::<u32>(), any::<u32>());
    let long = (0..=30_u16, any::<u16>(), any::<u16>(), 0..=30_u16);
    (1..=11_u8, field, paddle, ball, 1..=30_u16, long).prop_filter_map(
        "a match under them could last for days",
        |(points_to_win, field, paddle, ball, serve_pause, long)| {
            let mut spec = RulesSpec::from(Rules::default());
            spec.points_to_win = points_to_win;
            (spec.field.width, spec.field.height) = field;
            let (width, height) = field;
            spec.paddle.length = within(paddle.0, 1, height / 2) * 2;
            spec.paddle.thickness = within(paddle.1, 1, width / 10);
            spec.paddle.inset = within(paddle.2, 0, width / 10);
            spec.paddle.speed = paddle.3 % (u32::from(height) * 256 + 1);
            spec.ball.size = within(ball.0, 1, width.min(height) / 20) * 2;
            // Slow balls and fast ones alike.
            let fastest = (u32::from(width) * 256) >> (ball.1 % 8);
            spec.ball.top_speed = 1_000 + ball.1 % (fastest.max(1_001) - 999);
            spec.ball.top_speed = spec.ball.top_speed.min(u32::from(width) * 256);
            spec.ball.serve_speed = 256 + ball.2 % (spec.ball.top_speed - 255);
            spec.ball.speed_step = ball.3 % (spec.ball.top_speed + 1);
            spec.serve_pause = serve_pause;
            spec.long_rally.shrink_after = long.0;
            spec.long_rally.shrink_step = within(long.1, 1, spec.paddle.length / 2) * 2;
            spec.long_rally.floor = within(long.2, 0, spec.paddle.length / 2) * 2;
            spec.long_rally.floor_until = long.0 + long.3;
            match Rules::try_from(spec) {
                // Slow balls on a wide field, with paddles that shrink little by little.
                Err(RulesError::Range("the length of a match")) => None,
                rules => Some(rules.unwrap_or_else(|error| panic!("{error}: {spec:?}"))),
            }
        },
    )
}

fn within(any: u16, least: u16, most: u16) -> u16 {
    least + any % (most - least + 1)
}

/// Classic rules for half of the cases.
pub fn classic_or_any() -> impl Strategy<Value = Rules> + Clone {
    prop_oneof![(0..4_usize).prop_map(|place| Rules::classic([3, 5, 7, 11][place]).unwrap()), rules()]
}

/// The direction that brings a paddle to where the ball is now, as well as its speed allows.
pub fn follow(rules: &Rules, state: &State, seat: Seat, aim: i32) -> Direction {
    towards(rules, state, seat, state.ball_y + aim)
}

/// The direction that brings a paddle to `y`; stops if it would overshoot.
pub fn towards(rules: &Rules, state: &State, seat: Seat, y: i32) -> Direction {
    let way = y - state.paddle_y[seat.index()];
    let slack = i32::try_from(rules.paddle.speed).unwrap() / 2;
    if way < -slack {
        Direction::Up
    } else if way > slack {
        Direction::Down
    } else {
        Direction::Stop
    }
}
