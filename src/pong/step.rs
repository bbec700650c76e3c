//! One tick of the game.
//!
//! The paddles move first, then the ball along its whole path in this tick: it meets the walls and the paddles where it touches
//! them, however fast it is. A paddle can only touch a ball that is coming towards its goal, and whichever part of it touches the
//! ball, even an end, returns it.

use super::angle::{STEEPEST, UNIT, unit_vector};
use super::input::{Direction, Seat};
use super::rules::{Court, Rules};
use super::state::State;

/// What happened in a tick, as a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Events(u16);

impl Events {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// The ball met a wall.
    pub const WALL: Self = Self(1 << 8);
    /// The ball was served.
    pub const SERVE: Self = Self(1 << 9);
    /// The paddles became shorter.
    pub const SHRINK: Self = Self(1 << 10);
    /// The match was won.
    pub const WON: Self = Self(1 << 11);

    /// The paddle of `seat` returned the ball.
    #[must_use]
    pub const fn hit_by(seat: Seat) -> Self {
        Self(1 << seat.number())
    }

    /// `seat` scored.
    #[must_use]
    pub const fn point_for(seat: Seat) -> Self {
        Self(1 << (4 + seat.number()))
    }

    /// Whether all of `other` happened.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether nothing happened.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Who scored.
    #[must_use]
    pub const fn point(self) -> Option<Seat> {
        if self.0 & 0xf0 == 0 {
            None
        } else {
            #[expect(clippy::cast_possible_truncation, reason = "at most 16")]
            Seat::new(((self.0 >> 4) & 0xf).trailing_zeros() as u8)
        }
    }

    /// How many times the ball was returned.
    #[must_use]
    pub const fn hits(self) -> u32 {
        (self.0 & 0xf).count_ones()
    }

    /// The set as a number, the same in JavaScript.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    const fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// Makes the paddle of `seat` move in `direction` from now on.
pub fn steer(state: &mut State, seat: Seat, direction: Direction) {
    if let Some(held) = state.held.get_mut(seat.index()) {
        *held = direction;
    }
}

/// Plays one tick. After the end of the match only the paddles still move.
pub fn step(rules: &Rules, state: &mut State) -> Events {
    let court = &rules.court;
    let mut events = Events::NONE;
    state.tick = state.tick.wrapping_add(1);
    let left_from = state.paddle_y[0];
    let right_from = state.paddle_y[1];
    state.paddle_y[0] = moved(court, left_from, state.held[0], state.paddle_half);
    state.paddle_y[1] = moved(court, right_from, state.held[1], state.paddle_half);
    if state.pause > 0 {
        state.pause -= 1;
        if state.pause == 0 {
            serve(rules, state);
            events.add(Events::SERVE);
        }
    } else if state.winner().is_none() {
        let x = state.ball_x + state.ball_vx;
        if x > court.left_face && x < court.right_face {
            state.ball_x = x;
            glide(court, state, &mut events);
        } else {
            sweep(rules, state, [left_from, right_from], &mut events);
            if state.ball_x < -court.ball {
                score(rules, state, Seat::RIGHT, &mut events);
            } else if state.ball_x > court.width + court.ball {
                score(rules, state, Seat::LEFT, &mut events);
            }
        }
    }
    events
}

fn moved(court: &Court, y: i32, held: Direction, half: i32) -> i32 {
    (y + i32::from(held as i8) * court.paddle_speed).min(court.height - half).max(half)
}

fn serve(rules: &Rules, state: &mut State) {
    // Between 9° and 30°, never so flat that a paddle that does not move returns it.
    let random = state.random();
    let (cosine, sine) = unit_vector(i32::try_from(5 + (random >> 8) % 12).unwrap_or(5));
    let towards = if state.receiver == Seat::LEFT { -1 } else { 1 };
    let down = if random & 1 == 0 { -1 } else { 1 };
    let speed = rules.ball_speed(0);
    state.ball_vx = towards * scaled(speed, cosine);
    state.ball_vy = down * scaled(speed, sine);
}

fn scaled(speed: i32, part: i32) -> i32 {
    narrow(i64::from(speed) * i64::from(part) / i64::from(UNIT))
}

/// Moves the ball's y on by a tick in which no paddle is near.
fn glide(court: &Court, state: &mut State, events: &mut Events) {
    let mut y = state.ball_y + state.ball_vy;
    while y < court.top || y > court.bottom {
        y = if y < court.top { 2 * court.top - y } else { 2 * court.bottom - y };
        state.ball_vy = -state.ball_vy;
        events.add(Events::WALL);
    }
    state.ball_y = y;
}

/// The parts of a tick in which collisions are timed.
const MOMENTS: i64 = 1 << 16;

/// More walls and paddles than the ball can meet in a tick under any rules.
const MOST_CONTACTS: u32 = 128;

/// Moves the ball through a tick in which it may meet a paddle, from contact to contact.
fn sweep(rules: &Rules, state: &mut State, from: [i32; 2], events: &mut Events) {
    let court = &rules.court;
    let mut now = 0;
    for _ in 0..MOST_CONTACTS {
        let seat = if state.ball_vx < 0 { Seat::LEFT } else { Seat::RIGHT };
        let (from, to) = if seat == Seat::LEFT { (from[0], state.paddle_y[0]) } else { (from[1], state.paddle_y[1]) };
        let left = MOMENTS - now;
        let at_wall = wall_contact(court, state);
        let paddle = Paddle { y: i64::from(from) + i64::from(to - from) * now / MOMENTS, vy: i64::from(to - from) };
        let at_paddle = paddle_contact(court, state, &paddle);
        if at_paddle.is_some_and(|time| time <= left && at_wall.is_none_or(|wall| time <= wall)) {
            let time = at_paddle.unwrap_or(left);
            carry(state, time);
            now += time;
            let offset = i64::from(state.ball_y) - (paddle.y + paddle.vy * time / MOMENTS);
            bounce(rules, state, seat, offset, events);
        } else if let Some(time) = at_wall.filter(|&time| time <= left) {
            carry(state, time);
            now += time;
            state.ball_vy = -state.ball_vy;
            events.add(Events::WALL);
        } else {
            carry(state, left);
            break;
        }
        state.ball_y = state.ball_y.clamp(court.top, court.bottom);
    }
    state.ball_y = state.ball_y.clamp(court.top, court.bottom);
}

/// Where a paddle is and how it moves in this tick.
struct Paddle {
    y: i64,
    vy: i64,
}

fn carry(state: &mut State, time: i64) {
    state.ball_x += narrow(i64::from(state.ball_vx) * time / MOMENTS);
    state.ball_y += narrow(i64::from(state.ball_vy) * time / MOMENTS);
}

fn wall_contact(court: &Court, state: &State) -> Option<i64> {
    let way = match state.ball_vy {
        0 => return None,
        vy if vy < 0 => state.ball_y - court.top,
        _ => court.bottom - state.ball_y,
    };
    Some(i64::from(way) * MOMENTS / i64::from(state.ball_vy).abs())
}

/// When the ball, as it moves now, touches the paddle it is heading for: the first moment at which it is within reach both across
/// and along, with both moving.
fn paddle_contact(court: &Court, state: &State, paddle: &Paddle) -> Option<i64> {
    if state.ball_vx == 0 || state.paddle_half == 0 {
        return None;
    }
    let ahead =
        i64::from(if state.ball_vx < 0 { state.ball_x - court.left_face } else { court.right_face - state.ball_x });
    let behind = ahead + i64::from(court.depth);
    if behind < 0 {
        return None;
    }
    let speed = i64::from(state.ball_vx).abs();
    let (across_in, across_out) = (ahead.max(0) * MOMENTS / speed, behind * MOMENTS / speed);

    let reach = i64::from(state.paddle_half + court.ball);
    let offset = i64::from(state.ball_y) - paddle.y;
    let vy = i64::from(state.ball_vy) - paddle.vy;
    // Seen from the side that the ball is on, so that up and down are treated alike.
    let (offset, vy) = if offset < 0 { (-offset, -vy) } else { (offset, vy) };
    let (along_in, along_out) = match vy {
        0 if offset > reach => return None,
        0 => (0, MOMENTS),
        vy if vy > 0 && offset > reach => return None,
        vy if vy > 0 => (0, (reach - offset) * MOMENTS / vy),
        vy => ((offset - reach).max(0) * MOMENTS / -vy, (offset + reach) * MOMENTS / -vy),
    };
    let enters = across_in.max(along_in);
    (enters <= across_out.min(along_out)).then_some(enters)
}

fn bounce(rules: &Rules, state: &mut State, seat: Seat, offset: i64, events: &mut Events) {
    state.rally = state.rally.saturating_add(1);
    returned(rules, state, seat, offset);
    events.add(Events::hit_by(seat));
    let half = rules.paddle_half(state.rally);
    if half != state.paddle_half {
        state.paddle_half = half;
        events.add(Events::SHRINK);
    }
}

/// Sends the ball away from `seat`, whose paddle it met at this offset from the middle.
pub(super) fn returned(rules: &Rules, state: &mut State, seat: Seat, offset: i64) {
    let reach = i64::from(state.paddle_half + rules.court.ball);
    let (cosine, sine) = unit_vector(narrow((offset.abs() * i64::from(STEEPEST) / reach).min(i64::from(STEEPEST))));
    let speed = rules.ball_speed(state.rally);
    let away = if seat == Seat::LEFT { 1 } else { -1 };
    state.ball_vx = away * scaled(speed, cosine);
    state.ball_vy = narrow(offset.signum()) * scaled(speed, sine);
}

fn score(rules: &Rules, state: &mut State, seat: Seat, events: &mut Events) {
    events.add(Events::point_for(seat));
    if let Some(points) = state.score.get_mut(seat.index()) {
        *points = points.saturating_add(1);
        if *points >= rules.points_to_win {
            events.add(Events::WON);
            state.set_winner(seat);
        }
    }
    let court = &rules.court;
    state.ball_x = court.width / 2;
    state.ball_y = court.height / 2;
    state.ball_vx = 0;
    state.ball_vy = 0;
    state.rally = 0;
    state.paddle_half = court.paddle;
    state.paddle_y[0] = moved(court, state.paddle_y[0], Direction::Stop, court.paddle);
    state.paddle_y[1] = moved(court, state.paddle_y[1], Direction::Stop, court.paddle);
    state.receiver = seat.opponent();
    state.pause = if state.winner().is_none() { rules.serve_pause } else { 0 };
}

/// Everything under checked rules fits; what does not (a state that no match reaches) is clamped, as nothing may panic.
fn narrow(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX })
}
