//! Looking ahead, going back and playing again gives the same as playing once.

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::support::{classic_or_any, garbage};
use crate::pong::leap::leap;
use crate::pong::{Log, Rules, State, Timeline, TooLate, steer, step};

/// The states of all ticks up to `until`, played once.
fn played(rules: &Rules, seed: u32, log: &Log, until: u32) -> Vec<State> {
    let mut state = State::new(rules, seed);
    let mut states = vec![state];
    for tick in 0..until {
        for input in log.between(tick, tick + 1) {
            steer(&mut state, input.seat, input.direction);
        }
        step(rules, &mut state);
        states.push(state);
    }
    states
}

proptest! {
    #[test]
    fn at_every_tick(rules in classic_or_any(), seed in any::<u32>(), inputs in garbage(900, 120), back in 1..60_u32) {
        let log = Log::new(inputs);
        let states = played(&rules, seed, &log, 900);
        for tick in back..900 {
            let from = states[(tick - back) as usize];
            let mut again = from;
            for tick in tick - back..tick {
                for input in log.between(tick, tick + 1) {
                    steer(&mut again, input.seat, input.direction);
                }
                step(&rules, &mut again);
            }
            prop_assert_eq!(again.hash(), states[tick as usize].hash());
        }
    }

    #[test]
    fn inputs_that_arrive_late(
        rules in classic_or_any(),
        seed in any::<u32>(),
        inputs in proptest::collection::vec((garbage(900, 2), 0..=9_u32), 0..120),
    ) {
        // Each input arrives up to nine ticks after its own; what is confirmed stays nine ticks behind.
        let mut arrivals: Vec<_> = inputs.into_iter().flat_map(|(inputs, late)| {
            inputs.into_iter().map(move |input| (input.tick + late, input))
        }).collect();
        arrivals.sort_by_key(|&(arrival, _)| arrival);
        let log = Log::new(arrivals.iter().map(|&(_, input)| input).collect());
        let states = played(&rules, seed, &log, 930);

        let mut timeline = Timeline::new(rules, seed);
        let mut arrivals = arrivals.into_iter().peekable();
        for now in 0..930 {
            while let Some((_, input)) = arrivals.next_if(|&(arrival, _)| arrival <= now) {
                prop_assert_eq!(timeline.insert(input), Ok(()));
            }
            timeline.confirm(u32::saturating_sub(now, 9), |_, _| ());
            prop_assert_eq!(*timeline.confirmed(), states[timeline.confirmed().tick as usize]);
            prop_assert!(timeline.state_at(now).tick == now);
        }
        prop_assert_eq!(timeline.log(), &log);
        prop_assert_eq!(timeline.state_at(930), states[930]);
    }

    #[test]
    fn looking_ahead_is_stepping(rules in classic_or_any(), seed in any::<u32>(), inputs in garbage(3_000, 40), start in 0..2_000_u32) {
        let log = Log::new(inputs);
        let states = played(&rules, seed, &log, 3_000);
        let timeline = Timeline::restore(rules, seed, log, start);
        let start = timeline.confirmed().tick as usize;
        prop_assert_eq!(*timeline.confirmed(), states[start]);
        for tick in (start..=3_000).step_by(97) {
            prop_assert_eq!(timeline.state_at(tick as u32), states[tick]);
        }
        let goal = (start + 1..=3_000).find(|&tick| states[tick].score != states[start].score);
        prop_assert_eq!(timeline.next_goal((3_000 - start) as u32), goal.map(|tick| tick as u32));
        if let Some(goal) = goal {
            prop_assert_eq!(timeline.next_goal((goal - start) as u32), Some(goal as u32));
            prop_assert_eq!(timeline.next_goal((goal - start) as u32 - 1), None, "not within the limit");
        }
    }
}

#[test]
fn an_input_of_a_confirmed_tick_is_too_late() {
    let input =
        |tick| crate::pong::Input { tick, seat: crate::pong::Seat::LEFT, direction: crate::pong::Direction::Up };
    let mut timeline = Timeline::new(Rules::default(), 1);
    timeline.confirm(100, |_, _| ());
    assert_eq!(timeline.insert(input(99)), Err(TooLate));
    assert_eq!(timeline.insert(input(100)), Ok(()));
    assert!(timeline.state_at(101).paddle_y[0] < timeline.confirmed().paddle_y[0]);
}

#[test]
fn a_leap_that_ends_right_at_a_wall_is_so_many_steps() {
    let rules = Rules::default();
    let court = &rules.court;
    let span = court.bottom - court.top;
    for part in [2, 3, 5, 10] {
        let fraction = span / part;
        // Where the speed divides the way to the wall, the ball ends a tick exactly at it.
        for (y, vy) in [
            (court.top, fraction),
            (court.bottom, -fraction),
            (court.bottom - span % part, -fraction),
            (court.top, -fraction),
        ] {
            for ticks in 4..40 {
                let mut leapt = State::new(&rules, 1);
                leapt.pause = 0;
                (leapt.ball_y, leapt.ball_vx, leapt.ball_vy) = (y, 300, vy);
                let mut stepped = leapt;
                assert_eq!(leap(&rules, &mut leapt, ticks), ticks);
                for _ in 0..ticks {
                    step(&rules, &mut stepped);
                }
                assert_eq!(leapt, stepped, "{ticks} ticks from {y} at {vy}");
            }
        }
    }
}

#[test]
fn a_leap_ends_before_the_ball_just_touches_a_paddle() {
    let rules = Rules::default();
    for (face, vx) in [(rules.court.left_face, -300), (rules.court.right_face, 300)] {
        let mut state = State::new(&rules, 1);
        state.pause = 0;
        (state.ball_x, state.ball_vx) = (face - 10 * vx, vx);
        assert_eq!(leap(&rules, &mut state, 100), 9);
        assert_eq!(step(&rules, &mut state).hits(), 1);
    }
}
