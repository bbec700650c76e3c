//! Bots: players that are programs.
//!
//! A bot is held to what a person can do: it sees the state once a second, needs a moment to react to what it saw, misjudges where
//! the ball will be, and presses keys no faster than a hand does. It can send what anyone else can: up, stop, down; its paddle is
//! as fast as anyone's.

use super::input::{Direction, Input, Seat, Tick};
use super::leap::flight;
use super::rules::{Rules, SUB};
use super::state::{State, scatter, xorshift};
use super::step::returned;
use super::timeline::Timeline;

/// How well a bot plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Loses to a beginner.
    Weak,
    /// Between the other two.
    Medium,
    /// Beats players who do not move well.
    Strong,
}

/// What makes the difference between strengths.
struct Skill {
    /// Ticks from a look to the first key.
    reaction: u32,
    /// The least number of ticks between two presses.
    gap: u32,
    /// The greatest error in judging where the ball arrives, in units, however near it is.
    error: i32,
    /// How much each second of flight adds to that error, in units.
    error_a_second: i32,
    /// How far from the middle of the paddle it dares to hit the ball, in hundredths of half a paddle.
    aim: i32,
    /// How far it trusts its guess of the opponent's return, in hundredths; for the rest it stays in the middle.
    foresight: i32,
}

impl Strength {
    const fn skill(self) -> Skill {
        match self {
            Self::Weak => Skill { reaction: 24, gap: 9, error: 100, error_a_second: 115, aim: 50, foresight: 0 },
            Self::Medium => Skill { reaction: 18, gap: 7, error: 50, error_a_second: 65, aim: 50, foresight: 40 },
            Self::Strong => Skill { reaction: 12, gap: 5, error: 8, error_a_second: 14, aim: 80, foresight: 80 },
        }
    }
}

/// A player that is a program.
#[derive(Debug, Clone)]
pub struct Bot {
    strength: Strength,
    seat: Seat,
    /// The source of its errors and choices.
    rng: u32,
    /// What it decided at earlier looks, of which some may still be to come, oldest first; a few inputs.
    decided: Vec<Input>,
}

/// The shortest press of a key, in ticks (50 ms).
const TOUCH: u32 = 3;

/// A place to go to.
struct Goal {
    /// Not before this tick.
    from: Tick,
    /// Where the middle of the paddle should be.
    y: i32,
}

impl Bot {
    /// Ticks between two looks at the game.
    pub const LOOK_EVERY: u32 = 60;

    /// A bot for a seat; the seed determines its errors.
    #[must_use]
    pub fn new(strength: Strength, seat: Seat, seed: u32) -> Self {
        Self { strength, seat, rng: scatter(seed), decided: Vec::new() }
    }

    /// How well it plays.
    #[must_use]
    pub fn strength(&self) -> Strength {
        self.strength
    }

    /// The key presses that follow from the present state, in order of their ticks, all later than the state's tick and before the
    /// bot can have reacted to its next look. To be called once every [`Bot::LOOK_EVERY`] ticks.
    #[must_use]
    pub fn look(&mut self, rules: &Rules, state: &State) -> Vec<Input> {
        let goals = self.goals(rules, state);
        self.press(rules, state, goals)
    }

    /// Where the paddle should be, one place after the other.
    fn goals(&mut self, rules: &Rules, state: &State) -> Vec<Goal> {
        let skill = self.strength.skill();
        let now = state.tick + skill.reaction;
        let middle = rules.court.height / 2;
        let Some((ticks, y)) = flight(rules, state) else {
            return vec![Goal { from: now, y: middle }];
        };
        let comes = (state.ball_vx < 0) == (self.seat == Seat::LEFT);
        if comes {
            let aim = self.aim(rules, state, &skill);
            let there = y - aim + self.error(&skill, ticks);
            // After the return, back to where the answer is likely: between the middle and the height of the ball.
            let from = state.tick + ticks + 4;
            let mut ball = arrived(state, y, ticks, rules);
            returned(rules, &mut ball, self.seat, i64::from(aim));
            let answer = flight(rules, &ball).map_or(middle, |(_, y)| y);
            return vec![Goal { from: now, y: there }, Goal { from, y: (2 * middle + answer) / 3 }];
        }
        let opponent = state.paddle_y.get(self.seat.opponent().index()).copied().unwrap_or(middle);
        let mut ball = arrived(state, y, ticks, rules);
        ball.rally = ball.rally.saturating_add(1);
        let reach = state.paddle_half;
        returned(rules, &mut ball, self.seat.opponent(), i64::from(((y - opponent) / 4).clamp(-reach, reach)));
        let (later, guess) = flight(rules, &ball).unwrap_or((0, middle));
        let guess = guess + self.error(&skill, ticks + later);
        vec![Goal { from: now, y: middle + (guess - middle) / 100 * skill.foresight }]
    }

    /// The part of the paddle to meet the ball with: more or less one that sends it away from the opponent.
    fn aim(&mut self, rules: &Rules, state: &State, skill: &Skill) -> i32 {
        let dare = state.paddle_half / 100 * skill.aim;
        let aim = self.between(-dare, dare);
        let opponent = state.paddle_y.get(self.seat.opponent().index()).copied().unwrap_or(0);
        let upper = opponent < rules.court.height / 2;
        if self.between(0, 99) < skill.foresight && upper == (aim < 0) { -aim } else { aim }
    }

    /// An error of judgement for a ball that arrives in `ticks` ticks.
    fn error(&mut self, skill: &Skill, ticks: u32) -> i32 {
        let ticks = i32::try_from(ticks).unwrap_or(0).min(240);
        let most = (skill.error + skill.error_a_second * ticks / 60) * SUB;
        // Two dice: small errors are more likely than large ones.
        let dice = [self.between(-most, most), self.between(-most, most)];
        dice.iter().sum::<i32>() / 2
    }

    /// The keys that bring the paddle from goal to goal.
    fn press(&mut self, rules: &Rules, state: &State, goals: Vec<Goal>) -> Vec<Input> {
        let skill = self.strength.skill();
        let speed = rules.court.paddle_speed.max(1);
        let (least, most) = (state.paddle_half, rules.court.height - state.paddle_half);
        let near = state.tick.saturating_sub(Self::LOOK_EVERY)..state.tick + 2 * Self::LOOK_EVERY;
        self.decided.retain(|input| near.contains(&input.tick));
        let end = state.tick + Self::LOOK_EVERY + skill.reaction;
        let mut keys = Vec::new();
        // The fingers are still busy with what was decided at the previous look.
        let touched = self.decided.iter().map(|key| key.tick + TOUCH).max().unwrap_or(0);
        let (mut at, mut y, mut held) = self.at(rules, state, touched.max(state.tick + skill.reaction));
        for goal in goals {
            let mut from = goal.from.max(at);
            let way = |y: i32| goal.y.clamp(least, most) - y;
            let passed = |from: Tick, at: Tick| i32::try_from(from - at).unwrap_or(0);
            // A key that is still down is released where the paddle should be, or now if it leads away.
            if held != Direction::Stop {
                let towards = way(y) * i32::from(held as i8);
                let ticks = if towards > 0 { u32::try_from(towards / speed).unwrap_or(0) } else { 0 };
                from = at + ticks;
                y = (y + i32::from(held as i8) * speed * passed(from, at)).clamp(least, most);
                held = Direction::Stop;
                if from >= end {
                    break;
                }
                keys.push(Input { tick: from, seat: self.seat, direction: held });
                at = from + TOUCH;
                from = goal.from.max(at);
            }
            let last = keys
                .iter()
                .chain(&self.decided)
                .filter(|key| key.direction != Direction::Stop)
                .map(|key| key.tick)
                .max();
            from = from.max(last.map_or(0, |last| last + skill.gap));
            let ticks = u32::try_from((way(y).abs() + speed / 2) / speed).unwrap_or(0);
            if ticks < 2 || from >= end {
                continue;
            }
            let direction = if way(y) < 0 { Direction::Up } else { Direction::Down };
            keys.push(Input { tick: from, seat: self.seat, direction });
            let until = from + ticks.max(TOUCH);
            y = (y + i32::from(direction as i8) * speed * passed(until, from)).clamp(least, most);
            held = direction;
            if until < end {
                held = Direction::Stop;
                keys.push(Input { tick: until, seat: self.seat, direction: held });
            }
            at = until + TOUCH;
        }
        self.decided.extend_from_slice(&keys);
        keys
    }

    /// This bot's paddle at tick `then`, after what was decided before: where it is and what is held.
    fn at(&self, rules: &Rules, state: &State, then: Tick) -> (Tick, i32, Direction) {
        let (least, most) = (state.paddle_half, rules.court.height - state.paddle_half);
        let mut y = state.paddle_y.get(self.seat.index()).copied().unwrap_or(0);
        let mut held = state.held.get(self.seat.index()).copied().unwrap_or_default();
        for tick in state.tick..then {
            for input in self.decided.iter().filter(|input| input.tick == tick) {
                held = input.direction;
            }
            y = (y + i32::from(held as i8) * rules.court.paddle_speed).clamp(least, most);
        }
        (then, y, held)
    }

    /// A number from `least` to `most`.
    fn between(&mut self, least: i32, most: i32) -> i32 {
        self.rng = xorshift(self.rng);
        let span = u32::try_from(most - least).unwrap_or(0) + 1;
        least + i32::try_from(self.rng % span).unwrap_or(0)
    }
}

/// The ball as it arrives at the paddle it is heading for.
fn arrived(state: &State, y: i32, ticks: u32, rules: &Rules) -> State {
    let x = if state.ball_vx < 0 { rules.court.left_face } else { rules.court.right_face };
    State { tick: state.tick + ticks, ball_x: x, ball_y: y, ..*state }
}

/// A whole match between two bots, for demonstrations: the timeline is confirmed to its end.
#[must_use]
pub fn exhibition(rules: Rules, seed: u32, strengths: [Strength; 2]) -> Timeline {
    let [left, right] = strengths;
    let mut bots = [Bot::new(left, Seat::LEFT, seed), Bot::new(right, Seat::RIGHT, seed.wrapping_add(1))];
    let mut timeline = Timeline::new(rules, seed);
    while timeline.confirmed().winner().is_none() {
        let now = *timeline.confirmed();
        for input in bots.iter_mut().flat_map(|bot| bot.look(&rules, &now)) {
            // Never too late: a bot's inputs are for later ticks.
            let _ = timeline.insert(input);
        }
        timeline.confirm(now.tick + Bot::LOOK_EVERY, |_, _| ());
    }
    timeline
}
