//! Players that are programs. They see the state once a second and say what anyone else can say: up, stop, down.

use super::input::{Direction, Input, Seat};
use super::rules::Rules;
use super::state::{State, scatter};

/// How well a bot plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Loses to a beginner.
    Weak,
    /// Between the others.
    Medium,
    /// Wins against who does not move well.
    Strong,
}

/// A player that is a program.
#[derive(Debug, Clone)]
pub struct Bot {
    strength: Strength,
    seat: Seat,
    rng: u32,
}

impl Bot {
    /// Ticks between two looks at the game.
    pub const LOOK_EVERY: u32 = 60;

    /// A bot for a seat; the seed makes its errors.
    #[must_use]
    pub fn new(strength: Strength, seat: Seat, seed: u32) -> Self {
        Self {
            strength,
            seat,
            rng: scatter(seed),
        }
    }

    /// The key presses of the coming second, all later than the state's tick, in order.
    #[must_use]
    pub fn look(&mut self, rules: &Rules, state: &State) -> Vec<Input> {
        let error = match self.strength {
            Strength::Weak => 120,
            Strength::Medium => 60,
            Strength::Strong => 25,
        } * 256;
        self.rng ^= self.rng << 13;
        self.rng ^= self.rng >> 17;
        self.rng ^= self.rng << 5;
        let error = i32::try_from(self.rng >> 1).unwrap_or(0) % (2 * error) - error;
        let here = state.paddle_y.get(self.seat.index()).copied().unwrap_or(0);
        let way = state.ball_y + error - here;
        let ticks = u32::try_from(way.abs() / i32::try_from(rules.paddle.speed.max(1)).unwrap_or(1))
            .unwrap_or(0)
            .min(40);
        if ticks == 0 {
            return Vec::new();
        }
        let start = state.tick + 12;
        let direction = if way < 0 { Direction::Up } else { Direction::Down };
        vec![
            Input {
                tick: start,
                seat: self.seat,
                direction,
            },
            Input {
                tick: start + ticks,
                seat: self.seat,
                direction: Direction::Stop,
            },
        ]
    }
}
