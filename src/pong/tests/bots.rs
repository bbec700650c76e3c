//! Bots play as well as their strength says, and no faster than a person could.

use std::collections::VecDeque;

use crate::pong::{Bot, Direction, Input, Rules, RulesSpec, Seat, State, Strength, Timeline, exhibition};

/// Who plays against a bot, on the right.
enum Person {
    Idle,
    /// Follows the ball, but sees it 250 ms late, overshoots, and changes keys at most eight times a second.
    Beginner {
        seen: VecDeque<i32>,
        changed: u32,
    },
    Bot(Bot),
}

impl Person {
    fn beginner() -> Self {
        Self::Beginner { seen: VecDeque::from([0; 15]), changed: 0 }
    }

    fn inputs(&mut self, rules: &Rules, state: &State) -> Vec<Input> {
        match self {
            Self::Idle => Vec::new(),
            Self::Beginner { seen, changed } => {
                seen.push_back(state.ball_y);
                let y = seen.pop_front().unwrap();
                let held = state.held[Seat::RIGHT.index()];
                let way = y - state.paddle_y[Seat::RIGHT.index()];
                // Starts when it is 30 units off, and stops 30 units too late.
                let direction = match held {
                    Direction::Stop if way.abs() < 30 * 256 => Direction::Stop,
                    Direction::Stop if way < 0 => Direction::Up,
                    Direction::Stop => Direction::Down,
                    held if way * (held as i32) < -30 * 256 => Direction::Stop,
                    held => held,
                };
                if direction == held || state.tick < *changed + 8 {
                    return Vec::new();
                }
                *changed = state.tick;
                vec![Input { tick: state.tick, seat: Seat::RIGHT, direction }]
            }
            Self::Bot(bot) if state.tick.is_multiple_of(Bot::LOOK_EVERY) => bot.look(rules, state),
            Self::Bot(_) => Vec::new(),
        }
    }
}

/// The percentage of this many matches that the bot on the left wins.
fn wins(strength: Strength, person: impl Fn(u32) -> Person, matches: u32) -> u32 {
    let rules = Rules::classic(5).unwrap();
    let won = (0..matches).filter(|&seed| {
        let mut bot = Bot::new(strength, Seat::LEFT, seed * 2);
        let mut person = person(seed * 2 + 1);
        let mut timeline = Timeline::new(rules, seed);
        while timeline.confirmed().winner().is_none() {
            let state = *timeline.confirmed();
            if state.tick.is_multiple_of(Bot::LOOK_EVERY) {
                bot.look(&rules, &state).into_iter().for_each(|input| timeline.insert(input).unwrap());
            }
            person.inputs(&rules, &state).into_iter().for_each(|input| timeline.insert(input).unwrap());
            timeline.confirm(state.tick + 1, |_, _| ());
        }
        timeline.confirmed().winner() == Some(Seat::LEFT)
    });
    u32::try_from(won.count()).unwrap() * 100 / matches
}

#[test]
fn any_bot_beats_who_does_not_move() {
    for strength in [Strength::Medium, Strength::Strong] {
        let won = wins(strength, |_| Person::Idle, 100);
        assert!(won >= 90, "{strength:?} wins {won} % of the matches");
    }
}

#[test]
fn a_beginner_beats_the_weak_bot_and_not_the_strong_one() {
    let weak = wins(Strength::Weak, |_| Person::beginner(), 200);
    let medium = wins(Strength::Medium, |_| Person::beginner(), 200);
    let strong = wins(Strength::Strong, |_| Person::beginner(), 200);
    assert!((10..=40).contains(&weak), "the weak bot wins {weak} % of the matches: neither hopeless nor hard");
    assert!((65..=97).contains(&medium), "the medium bot wins {medium} % of the matches");
    assert!(strong >= 95, "the strong bot wins {strong} % of the matches");
}

#[test]
fn the_stronger_bot_wins() {
    let against = |strength, other| wins(strength, |seed| Person::Bot(Bot::new(other, Seat::RIGHT, seed)), 200);
    let strong = against(Strength::Strong, Strength::Medium);
    let medium = against(Strength::Medium, Strength::Weak);
    assert!(strong >= 80, "strong wins {strong} % of the matches against medium");
    assert!(medium >= 80, "medium wins {medium} % of the matches against weak");
    let even = against(Strength::Medium, Strength::Medium);
    assert!((40..=60).contains(&even), "the left wins {even} % of the matches between equals");
}

#[test]
fn bots_press_keys_as_people_do() {
    let rules = Rules::default();
    for (strength, gap) in [(Strength::Weak, 8), (Strength::Medium, 6), (Strength::Strong, 5)] {
        for seed in 0..20 {
            let timeline = exhibition(rules, seed, [strength, Strength::Medium]);
            let keys: Vec<&Input> = timeline.log().inputs().iter().filter(|input| input.seat == Seat::LEFT).collect();
            let presses: Vec<u32> =
                keys.iter().filter(|key| key.direction != Direction::Stop).map(|key| key.tick).collect();
            assert!(presses.len() > 20, "it plays: {} presses", presses.len());
            assert!(presses.windows(2).all(|two| two[1] - two[0] >= gap), "{strength:?} presses too fast: {presses:?}");
            assert!(
                keys.windows(2).all(|two| two[1].tick - two[0].tick >= 3),
                "{strength:?} touches a key too shortly"
            );
            let turns =
                keys.windows(2).any(|two| two[0].direction != Direction::Stop && two[1].direction != Direction::Stop);
            assert!(!turns, "it lets go of one key before it presses the other");
        }
    }
}

#[test]
fn bots_react_to_what_they_saw_only_after_a_moment() {
    let rules = Rules::default();
    for (strength, reaction) in [(Strength::Weak, 20), (Strength::Medium, 15), (Strength::Strong, 12)] {
        for seed in 0..50 {
            let mut bot = Bot::new(strength, Seat::LEFT, seed);
            let mut timeline = Timeline::new(rules, seed);
            for look in 0..30 {
                let now = look * Bot::LOOK_EVERY;
                timeline.confirm(now, |_, _| ());
                if timeline.confirmed().winner().is_some() {
                    break;
                }
                let keys = bot.look(&rules, timeline.confirmed());
                assert!(
                    keys.iter().all(|key| key.tick >= now + reaction && key.tick < now + Bot::LOOK_EVERY + 30),
                    "{keys:?}"
                );
                assert!(keys.is_sorted_by_key(|key| key.tick));
                for key in keys {
                    timeline.insert(key).unwrap();
                }
            }
        }
    }
}

#[test]
fn a_bot_plays_under_any_rules_and_from_any_state() {
    let mut spec = RulesSpec::from(Rules::default());
    spec.paddle.speed = 0;
    let rules = Rules::try_from(spec).unwrap();
    let timeline = exhibition(rules, 1, [Strength::Strong, Strength::Strong]);
    assert!(timeline.confirmed().winner().is_some());
}
