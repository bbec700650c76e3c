//! Whole matches: they follow the rules and they end.

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::support::{classic_or_any, garbage, inputs, towards};
use crate::pong::{Direction, Events, Log, Rules, RulesSpec, Seat, State, TICKS_PER_SECOND, Timeline, steer, step};

/// Where the ball would pass the face it is heading for if nobody returned it.
fn arrival(rules: &Rules, state: &State) -> i32 {
    let mut ball = State { paddle_half: 0, ..*state };
    loop {
        let next = ball.ball_x + ball.ball_vx;
        if ball.ball_vx == 0 || next <= rules.court.left_face || next >= rules.court.right_face {
            return ball.ball_y + ball.ball_vy / 2;
        }
        step(rules, &mut ball);
    }
}

/// Plays two players who know where the ball will be and hit it with a part of the paddle that `aim` chooses (in hundredths of its
/// half length, by the number of the return); returns the ticks, the longest rally, and whether the paddles shrank.
fn perfect(rules: &Rules, seed: u32, aim: impl Fn(u16) -> i32) -> (u32, u16, bool) {
    let mut state = State::new(rules, seed);
    let (mut longest, mut shrunk, mut target) = (0, false, state.ball_y);
    while state.winner().is_none() {
        assert!(state.tick <= rules.longest_match(), "a match without end: {state:?}");
        let goes_to = if state.ball_vx < 0 { Seat::LEFT } else { Seat::RIGHT };
        let directions = [Seat::LEFT, Seat::RIGHT].map(|seat| {
            let y = if seat == goes_to && state.ball_vx != 0 { target } else { rules.court.height / 2 };
            towards(rules, &state, seat, y)
        });
        for (seat, direction) in [Seat::LEFT, Seat::RIGHT].into_iter().zip(directions) {
            steer(&mut state, seat, direction);
        }
        let events = step(rules, &mut state);
        longest = longest.max(state.rally);
        shrunk |= events.contains(Events::SHRINK);
        if events.hits() > 0 || events.contains(Events::SERVE) {
            target = arrival(rules, &state) + state.paddle_half * aim(state.rally) / 100;
        }
    }
    (state.tick, longest, shrunk)
}

#[test]
fn perfect_players_come_to_an_end() {
    let rules = Rules::default();
    let minutes = |ticks: u32| ticks / TICKS_PER_SECOND / 60;
    // Straight through the middle, which needs no movement at all.
    let (ticks, longest, shrunk) = perfect(&rules, 1, |_| 0);
    assert!(shrunk && (60..=68).contains(&longest), "a rally of {longest} returns");
    assert!(minutes(ticks) < 25, "{} minutes", minutes(ticks));
    // And with all parts of the paddle.
    for seed in 0..20 {
        let (ticks, longest, _) = perfect(&rules, seed, |returns| i32::from(returns) * 37 % 161 - 80);
        assert!(longest <= 68, "a rally of {longest} returns");
        assert!(minutes(ticks) < 25, "{} minutes", minutes(ticks));
    }
}

#[test]
fn players_who_do_nothing_come_to_an_end_soon() {
    for seed in 0..100 {
        let timeline = Timeline::restore(Rules::default(), seed, Log::default(), u32::MAX);
        let state = timeline.confirmed();
        assert!(state.winner().is_some());
        assert!(state.tick < 90 * TICKS_PER_SECOND, "{} ticks", state.tick);
    }
}

proptest! {
    #[test]
    fn every_match_ends(rules in classic_or_any(), seed in any::<u32>(), inputs in garbage(5_000, 300)) {
        // What the inputs leave held stays held to the end; looking ahead from goal to goal makes long matches cheap.
        let log = Log::new(inputs);
        let mut timeline = Timeline::restore(rules, seed, log, 0);
        let mut points = 0;
        while let Some(goal) = timeline.next_goal(rules.longest_match()) {
            timeline = Timeline::restore(rules, seed, timeline.log().clone(), goal);
            points += 1;
            if points > 6 {
                return Ok(());
            }
        }
        let state = timeline.confirmed();
        prop_assert!(state.winner().is_some() && state.tick <= rules.longest_match(), "{state:?} {rules:?}");
    }

    #[test]
    fn perfect_players_come_to_an_end_under_any_rules(rules in classic_or_any(), seed in any::<u32>(), aim in -90..=90_i32) {
        let spec = RulesSpec { points_to_win: 1, ..RulesSpec::from(rules) };
        let rules = Rules::try_from(spec).unwrap();
        perfect(&rules, seed, |returns| aim * (i32::from(returns) % 3 - 1));
    }

    #[test]
    fn paddles_and_ball_stay_on_the_field(rules in classic_or_any(), seed in any::<u32>(), inputs in garbage(2_000, 200)) {
        let log = Log::new(inputs);
        let mut state = State::new(&rules, seed);
        let court = rules.court;
        for tick in 0..2_000 {
            for input in log.between(tick, tick + 1) {
                steer(&mut state, input.seat, input.direction);
            }
            let before = state;
            step(&rules, &mut state);
            for seat in 0..2 {
                let y = state.paddle_y[seat];
                prop_assert!(y >= state.paddle_half && y <= court.height - state.paddle_half, "{state:?}");
                if state.paddle_half == before.paddle_half {
                    prop_assert!((y - before.paddle_y[seat]).abs() <= court.paddle_speed, "faster than allowed");
                }
            }
            prop_assert!((court.top..=court.bottom).contains(&state.ball_y), "{state:?}");
            prop_assert!((-court.ball..=court.width + court.ball).contains(&state.ball_x), "{state:?}");
        }
    }

    #[test]
    fn points_go_by_the_rules(points in 0..4_usize, seed in any::<u32>(), inputs in inputs(20_000, 400)) {
        let rules = Rules::classic([3, 5, 7, 11][points]).unwrap();
        let mut timeline = Timeline::restore(rules, seed, Log::new(inputs), 0);
        let mut points = Vec::new();
        let mut serves = Vec::new();
        timeline.confirm(rules.longest_match(), |state, events| {
            if let Some(seat) = events.point() {
                points.push((seat, *state, events.contains(Events::WON)));
            }
            if events.contains(Events::SERVE) {
                serves.push((state.tick, state.receiver, state.ball_vx < 0));
            }
        });
        prop_assert_eq!(serves.len(), points.len(), "a serve for each point");
        for (place, &(seat, state, won)) in points.iter().enumerate() {
            let mut score = [0, 0];
            points[..=place].iter().for_each(|(seat, ..)| score[seat.index()] += 1);
            prop_assert_eq!(state.score, [score[0], score[1], 0, 0]);
            prop_assert_eq!(won, score[seat.index()] == rules.points_to_win);
            prop_assert_eq!(state.winner(), won.then_some(seat));
            if let Some(&(tick, receiver, to_left)) = serves.get(place + 1) {
                prop_assert_eq!(tick, state.tick + u32::from(rules.serve_pause), "the ball waits before it is served");
                prop_assert_eq!(receiver, seat.opponent(), "to who lost the point");
                prop_assert_eq!(to_left, receiver == Seat::LEFT);
            }
        }
    }
}

#[test]
fn after_the_end_nothing_happens() {
    let rules = Rules::default();
    let mut state = *Timeline::restore(rules, 5, Log::default(), u32::MAX).confirmed();
    let end = state;
    steer(&mut state, Seat::LEFT, Direction::Up);
    for _ in 0..1_000 {
        assert!(step(&rules, &mut state).is_empty());
    }
    assert_eq!((state.score, state.winner(), state.ball_x), (end.score, end.winner(), end.ball_x));
    assert_eq!(state.tick, end.tick + 1_000);
}

#[test]
fn a_return_makes_the_ball_faster_and_counts() {
    let rules = Rules::default();
    let mut state = State::new(&rules, 3);
    let (mut speeds, mut returns) = (Vec::new(), 0);
    while state.score == [0; 4] {
        let directions = [Seat::LEFT, Seat::RIGHT].map(|seat| towards(&rules, &state, seat, state.ball_y));
        steer(&mut state, Seat::LEFT, directions[0]);
        steer(&mut state, Seat::RIGHT, directions[1]);
        let events = step(&rules, &mut state);
        returns += events.hits() as usize;
        if events.hits() > 0 {
            assert_eq!(usize::from(state.rally), returns);
            speeds.push(f64::from(state.ball_vx).hypot(f64::from(state.ball_vy)));
        }
    }
    assert!(speeds.len() > 25, "who follows returns: {}", speeds.len());
    assert!(speeds.windows(2).take(18).all(|two| two[0] + 150.0 < two[1]), "{speeds:?}");
    assert!(speeds.iter().all(|&speed| speed <= f64::from(rules.ball.top_speed)), "{speeds:?}");
}
