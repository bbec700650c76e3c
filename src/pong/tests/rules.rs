use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use serde_json::{Value, json};

use super::support::{garbage, rules};
use crate::pong::{Rules, RulesError, RulesSpec, State, steer, step};

/// Where the numbers are in the rules.
const NUMBERS: [&str; 19] = [
    "/version",
    "/seats",
    "/points_to_win",
    "/field/width",
    "/field/height",
    "/paddle/length",
    "/paddle/thickness",
    "/paddle/inset",
    "/paddle/speed",
    "/ball/size",
    "/ball/serve_speed",
    "/ball/speed_step",
    "/ball/top_speed",
    "/serve_pause",
    "/long_rally/shrink_after",
    "/long_rally/shrink_step",
    "/long_rally/floor",
    "/long_rally/floor_until",
    "/long_rally",
];

/// Plays a while under rules that were accepted; overflow panics in tests.
fn play(rules: &Rules, seed: u32) {
    let mut state = State::new(rules, seed);
    for _ in 0..3_000 {
        step(rules, &mut state);
    }
}

proptest! {
    #[test]
    fn rules_survive_json(rules in rules()) {
        let json = serde_json::to_string(&rules).unwrap();
        prop_assert_eq!(serde_json::from_str::<Rules>(&json).unwrap(), rules);
    }

    #[test]
    fn hostile_numbers_are_refused_or_playable(
        changes in proptest::collection::vec((0..NUMBERS.len(), any::<i64>(), 0..63_u32), 1..6),
        seed in any::<u32>(),
    ) {
        let mut json = serde_json::to_value(Rules::default()).unwrap();
        for (place, number, shift) in changes {
            if let Some(value) = json.pointer_mut(NUMBERS[place]) {
                *value = json!(number >> shift);
            }
        }
        if let Ok(rules) = serde_json::from_value::<Rules>(json) {
            play(&rules, seed);
            prop_assert!(rules.longest_match() <= 1 << 24);
        }
    }

    #[test]
    fn no_state_however_strange_panics(
        rules in rules(),
        ints in proptest::collection::vec(any::<i32>(), 23),
        shifts in proptest::collection::vec(0..32_u32, 23),
        inputs in garbage(1, 8),
    ) {
        let ints: Vec<i64> = ints.iter().zip(shifts).map(|(&int, shift)| i64::from(int >> shift)).collect();
        if let Some(mut state) = State::from_ints(&ints) {
            for input in inputs {
                steer(&mut state, input.seat, input.direction);
            }
            for _ in 0..200 {
                step(&rules, &mut state);
            }
        }
    }
}

#[test]
fn the_classic_rules_are_to_3_5_7_or_11() {
    let playable: Vec<u8> = (0..=u8::MAX).filter(|&points| Rules::classic(points).is_some()).collect();
    assert_eq!(playable, [3, 5, 7, 11]);
    assert_eq!(Rules::default().points_to_win, 11);
    assert_eq!(Rules::try_from(RulesSpec::from(Rules::default())), Ok(Rules::default()), "they pass their own check");
}

#[test]
fn broken_rules_say_what_is_broken() {
    let broken = |change: fn(&mut RulesSpec)| {
        let mut spec = RulesSpec::from(Rules::default());
        change(&mut spec);
        Rules::try_from(spec)
    };
    assert_eq!(broken(|spec| spec.version = 2), Err(RulesError::Version(2)));
    assert_eq!(broken(|spec| spec.seats = 4), Err(RulesError::Range("seats")));
    assert_eq!(broken(|spec| spec.paddle.length = 602), Err(RulesError::Range("paddle.length")));
    assert_eq!(broken(|spec| spec.ball.serve_speed = 0), Err(RulesError::Range("ball.serve_speed")));
    assert_eq!(broken(|spec| spec.ball.top_speed = u32::MAX), Err(RulesError::Range("ball.top_speed")));
    assert_eq!(broken(|spec| spec.long_rally.shrink_step = 0), Err(RulesError::Range("long_rally.shrink_step")));

    let mut json = serde_json::to_value(Rules::default()).unwrap();
    json.as_object_mut().unwrap().insert("power_ups".to_owned(), Value::Bool(true));
    assert!(serde_json::from_value::<Rules>(json).is_err(), "rules with more than this program plays are not played");
}

#[test]
fn the_speeds_are_what_the_rules_say() {
    let rules = Rules::default();
    let ticks = |units: f64, speed: f64| units * 256.0 / speed / 60.0;
    let paddle = ticks(600.0, f64::from(rules.paddle.speed));
    assert!((0.85..0.95).contains(&paddle), "a paddle crosses the field in {paddle} s");
    let serve = ticks(500.0, f64::from(rules.ball_speed(0)));
    assert!((1.25..1.35).contains(&serve), "a serve takes {serve} s");
    let top = ticks(1000.0, f64::from(rules.ball_speed(1_000)));
    assert!((0.70..0.80).contains(&top), "the fastest ball takes {top} s");
    assert!((0..40).all(|returns| rules.ball_speed(returns) <= rules.ball_speed(returns + 1)));
}
