//! What is played: the field, the paddles, the ball, and how long. Stored with every match, so that an old log is played under the
//! rules it was made under.

use serde::{Deserialize, Serialize};

use super::angle::{STEEPEST, UNIT, unit_vector};

/// Steps of the game a second.
pub const TICKS_PER_SECOND: u32 = 60;

/// Sub-units in a unit.
pub const SUB: i32 = 256;

/// The version of the rules that [`super::step()`] plays; a change to how a match goes gets a new number, and keeps the old one
/// working.
pub const VERSION: u16 = 1;

/// The size of the field in units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSize {
    /// From goal to goal, 200 to 4000.
    pub width: u16,
    /// From wall to wall, 100 to 4000.
    pub height: u16,
}

/// The paddles; the same for every seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paddle {
    /// Along the goal line, in units; even, at most the height of the field.
    pub length: u16,
    /// Across, in units.
    pub thickness: u16,
    /// From the goal line to the back of the paddle, in units.
    pub inset: u16,
    /// Sub-units a tick.
    pub speed: u32,
}

/// The ball, a square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ball {
    /// Length of a side in units; even.
    pub size: u16,
    /// Speed of a serve in sub-units a tick, at least one unit.
    pub serve_speed: u32,
    /// What each return adds, in sub-units a tick.
    pub speed_step: u32,
    /// The cap, in sub-units a tick.
    pub top_speed: u32,
}

/// How rallies end between players who do not miss: after `shrink_after` returns the paddles get shorter by `shrink_step` with
/// every second return (one by each side), down to `floor`. They keep that length until `floor_until` returns, and then go on
/// shrinking until they are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongRally {
    /// Returns before the paddles begin to shrink.
    pub shrink_after: u16,
    /// How much shorter they get at a time, in units; even, at least 2.
    pub shrink_step: u16,
    /// The shortest paddle that is meant to be played with, in units; even.
    pub floor: u16,
    /// Returns before the paddles shrink below the floor.
    pub floor_until: u16,
}

/// Rules as they are written down; [`Rules`] are rules that were checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesSpec {
    /// Must be [`VERSION`].
    pub version: u16,
    /// Players; 2.
    pub seats: u8,
    /// Points that win the match, 1 to 99.
    pub points_to_win: u8,
    /// The size of the field.
    pub field: FieldSize,
    /// The paddles.
    pub paddle: Paddle,
    /// The ball.
    pub ball: Ball,
    /// Ticks that the ball waits in the centre before each serve, 1 to 3600.
    pub serve_pause: u16,
    /// How rallies end.
    pub long_rally: LongRally,
}

/// Why rules were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// The rules have another version than this program plays.
    #[error("unknown version of the rules: {0}")]
    Version(u16),
    /// A value is out of its range.
    #[error("{0} is out of range")]
    Range(&'static str),
}

/// Checked rules: whatever the inputs, a match under them never overflows and always ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RulesSpec", into = "RulesSpec")]
pub struct Rules {
    spec: RulesSpec,
    pub(super) court: Court,
}

/// The rules in sub-units, computed once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Court {
    pub width: i32,
    pub height: i32,
    /// Half a side of the ball.
    pub ball: i32,
    /// Half the length of a full paddle.
    pub paddle: i32,
    pub paddle_speed: i32,
    /// x of the ball's centre when it touches the face of the left paddle.
    pub left_face: i32,
    /// x of the ball's centre when it touches the face of the right paddle.
    pub right_face: i32,
    /// How far behind its face a paddle can still touch the ball: its thickness plus a ball.
    pub depth: i32,
    /// Smallest and largest y of the ball's centre.
    pub top: i32,
    pub bottom: i32,
}

impl Rules {
    /// The rules of the site's matches, to 3, 5, 7 or 11 points.
    ///
    /// The paddle crosses the field in 0.9 s; a serve reaches the other side in about 1.3 s, and at top speed the
    /// ball crosses the whole field in 0.75 s.
    #[must_use]
    pub fn classic(points_to_win: u8) -> Option<Self> {
        if matches!(points_to_win, 3 | 5 | 7 | 11) { Some(Self::checked(classic_spec(points_to_win))) } else { None }
    }

    /// An upper bound on the ticks that a match can last, whoever plays.
    #[must_use]
    pub fn longest_match(&self) -> u32 {
        u32::try_from(longest_match(&self.spec)).unwrap_or(u32::MAX)
    }

    /// Speed of the ball after this many returns, in sub-units a tick.
    #[must_use]
    pub fn ball_speed(&self, returns: u16) -> i32 {
        let ball = &self.spec.ball;
        let speed = u64::from(ball.serve_speed) + u64::from(ball.speed_step) * u64::from(returns);
        i32::try_from(speed.min(u64::from(ball.top_speed))).unwrap_or(i32::MAX)
    }

    /// Half the length of a paddle after this many returns, in sub-units; at zero the paddle is gone and returns nothing.
    #[must_use]
    pub fn paddle_half(&self, returns: u16) -> i32 {
        let long = &self.spec.long_rally;
        let (returns, length) = (i32::from(returns), i32::from(self.spec.paddle.length));
        let step = i32::from(long.shrink_step);
        let before = i32::from(long.shrink_after);
        if returns < before {
            return self.court.paddle;
        }
        let shrunk = (length - ((returns - before) / 2 + 1) * step).max(i32::from(long.floor));
        let below = i32::from(long.floor_until);
        let length = if returns < below { shrunk } else { (shrunk - ((returns - below) / 2 + 1) * step).max(0) };
        length * SUB / 2
    }

    fn checked(spec: RulesSpec) -> Self {
        let sub = |units: u16| i32::from(units) * SUB;
        let ball = sub(spec.ball.size) / 2;
        let (width, height) = (sub(spec.field.width), sub(spec.field.height));
        let face = sub(spec.paddle.inset) + sub(spec.paddle.thickness) + ball;
        let court = Court {
            width,
            height,
            ball,
            paddle: sub(spec.paddle.length) / 2,
            paddle_speed: i32::try_from(spec.paddle.speed).unwrap_or(0),
            left_face: face,
            right_face: width - face,
            depth: sub(spec.paddle.thickness) + 2 * ball,
            top: ball,
            bottom: height - ball,
        };
        Self { spec, court }
    }
}

impl Default for Rules {
    /// Classic, to 11 points as in 1972.
    fn default() -> Self {
        Self::checked(classic_spec(11))
    }
}

impl std::ops::Deref for Rules {
    type Target = RulesSpec;

    fn deref(&self) -> &RulesSpec {
        &self.spec
    }
}

impl From<Rules> for RulesSpec {
    fn from(rules: Rules) -> Self {
        rules.spec
    }
}

impl TryFrom<RulesSpec> for Rules {
    type Error = RulesError;

    fn try_from(spec: RulesSpec) -> Result<Self, RulesError> {
        check(&spec)?;
        Ok(Self::checked(spec))
    }
}

/// The longest match that rules may allow: 2^24 ticks, over three days.
const LONGEST_MATCH: u64 = 1 << 24;

fn check(spec: &RulesSpec) -> Result<(), RulesError> {
    let range = |ok: bool, what: &'static str| if ok { Ok(()) } else { Err(RulesError::Range(what)) };
    let even = |value: u16| value.is_multiple_of(2);
    let RulesSpec { field, paddle, ball, long_rally: long, .. } = spec;
    if spec.version != VERSION {
        return Err(RulesError::Version(spec.version));
    }
    range(spec.seats == 2, "seats")?;
    range((1..=99).contains(&spec.points_to_win), "points_to_win")?;
    range((200..=4000).contains(&field.width), "field.width")?;
    range((100..=4000).contains(&field.height), "field.height")?;
    range((2..=field.height).contains(&paddle.length) && even(paddle.length), "paddle.length")?;
    range((1..=field.width / 10).contains(&paddle.thickness), "paddle.thickness")?;
    range(paddle.inset <= field.width / 10, "paddle.inset")?;
    range(paddle.speed <= u32::from(field.height) * 256, "paddle.speed")?;
    range((2..=field.width.min(field.height) / 10).contains(&ball.size) && even(ball.size), "ball.size")?;
    range((256..=ball.top_speed).contains(&ball.serve_speed), "ball.serve_speed")?;
    range(ball.speed_step <= ball.top_speed, "ball.speed_step")?;
    range(ball.top_speed <= u32::from(field.width) * 256, "ball.top_speed")?;
    range((1..=3600).contains(&spec.serve_pause), "serve_pause")?;
    range(long.shrink_after <= 1000, "long_rally.shrink_after")?;
    range((2..=paddle.length).contains(&long.shrink_step) && even(long.shrink_step), "long_rally.shrink_step")?;
    range(long.floor <= paddle.length && even(long.floor), "long_rally.floor")?;
    range((long.shrink_after..=2000).contains(&long.floor_until), "long_rally.floor_until")?;
    range(longest_match(spec) <= LONGEST_MATCH, "the length of a match")
}

/// The longest match, in ticks: every rally as long as possible, every crossing at the slowest speed and the steepest angle of its
/// time.
fn longest_match(spec: &RulesSpec) -> u64 {
    let (cosine, _) = unit_vector(STEEPEST);
    let cosine = u64::try_from(cosine).unwrap_or(1);
    let unit = u64::try_from(UNIT).unwrap_or(1);
    let way = u64::from(spec.field.width) * 256 + u64::from(spec.ball.size) * 256;
    let most_returns =
        u64::from(spec.long_rally.floor_until) + 2 * u64::from(spec.paddle.length / spec.long_rally.shrink_step + 2);
    let mut rally = u64::from(spec.serve_pause) + 1;
    for returns in 0..=most_returns {
        let speed = u64::from(spec.ball.serve_speed) + u64::from(spec.ball.speed_step) * returns;
        let across = speed.min(u64::from(spec.ball.top_speed)) * cosine / unit;
        rally += way / across.max(1) + 2;
    }
    rally * (2 * u64::from(spec.points_to_win)).saturating_sub(1)
}

const fn classic_spec(points_to_win: u8) -> RulesSpec {
    RulesSpec {
        version: VERSION,
        seats: 2,
        points_to_win,
        field: FieldSize { width: 1000, height: 600 },
        paddle: Paddle { length: 100, thickness: 12, inset: 24, speed: 2844 },
        ball: Ball { size: 14, serve_speed: 1640, speed_step: 210, top_speed: 5690 },
        serve_pause: 60,
        long_rally: LongRally { shrink_after: 24, shrink_step: 8, floor: 28, floor_until: 60 },
    }
}
