//! Many ticks at once where nothing is decided: between serves, returns and inputs, the ball goes straight (or is reflected by
//! walls, which is exact in integers) and paddles move on or stand still. The result is that of single steps, bit for bit, except
//! for the events of walls, which nobody hears of. This makes looking ahead cheap for a server with thousands of matches.

use super::rules::{Court, Rules};
use super::state::State;

/// Takes up to `ticks` steps at once and returns how many; zero means that the next one has to be a [`super::step()`].
pub(super) fn leap(rules: &Rules, state: &mut State, ticks: u32) -> u32 {
    let court = &rules.court;
    let quiet = quiet_ticks(court, state).min(ticks);
    // A step is as fast as a short leap, and corrects what no match reaches (a paddle beyond its end).
    let ends = state.paddle_half..=court.height - state.paddle_half;
    if quiet < 4 || !ends.contains(&state.paddle_y[0]) || !ends.contains(&state.paddle_y[1]) {
        return 0;
    }
    let times = i64::from(quiet);
    state.tick = state.tick.wrapping_add(quiet);
    state.paddle_y[0] = moved(court, state, 0, times);
    state.paddle_y[1] = moved(court, state, 1, times);
    if state.pause > 0 {
        state.pause -= u16::try_from(quiet).unwrap_or(state.pause);
    } else if state.winner().is_none() {
        state.ball_x += i32::try_from(i64::from(state.ball_vx) * times).unwrap_or(0);
        reflect(court, state, times);
    }
    quiet
}

/// The number of ticks from now in which no serve, return or point is possible.
fn quiet_ticks(court: &Court, state: &State) -> u32 {
    if state.pause > 0 {
        return u32::from(state.pause) - 1;
    }
    if state.winner().is_some() {
        return u32::MAX;
    }
    let (x, vx) = (state.ball_x, state.ball_vx);
    let next = x + vx;
    if vx == 0 || next <= court.left_face || next >= court.right_face {
        return 0;
    }
    let way = if vx < 0 { x - court.left_face - 1 } else { court.right_face - 1 - x };
    u32::try_from(way / vx.abs()).unwrap_or(0)
}

/// In how many ticks the ball reaches the paddle it is heading for, and at which y; `None` while it waits.
pub(super) fn flight(rules: &Rules, state: &State) -> Option<(u32, i32)> {
    let court = &rules.court;
    if state.pause > 0 || state.ball_vx == 0 || state.winner().is_some() {
        return None;
    }
    let way = if state.ball_vx < 0 { state.ball_x - court.left_face } else { court.right_face - state.ball_x };
    let ticks = way.max(0) / state.ball_vx.abs() + 1;
    let mut ball = *state;
    reflect(court, &mut ball, i64::from(ticks));
    Some((u32::try_from(ticks).unwrap_or(0), ball.ball_y))
}

fn moved(court: &Court, state: &State, seat: usize, times: i64) -> i32 {
    let y = state.paddle_y.get(seat).copied().unwrap_or(0);
    let held = state.held.get(seat).copied().unwrap_or_default();
    let y = i64::from(y) + i64::from(held as i8) * i64::from(court.paddle_speed) * times;
    let (least, most) = (state.paddle_half, court.height - state.paddle_half);
    i32::try_from(y.clamp(i64::from(least), i64::from(most))).unwrap_or(least)
}

/// Moves the ball's y on by `times` ticks between the walls: a triangle wave.
fn reflect(court: &Court, state: &mut State, times: i64) {
    let span = i64::from(court.bottom - court.top);
    let straight = i64::from(state.ball_y - court.top) + i64::from(state.ball_vy) * times;
    if (0..=span).contains(&straight) {
        state.ball_y = narrow(straight) + court.top;
        return;
    }
    // A ball that ends exactly at a wall is only reflected in the next tick, hence the minus one.
    let beyond = if straight < 0 { -straight } else { straight - span };
    let reflections = (beyond - 1) / span + 1;
    let within = beyond - (reflections - 1) * span;
    let from_top = (straight < 0) == (reflections % 2 == 1);
    state.ball_y = if from_top { court.top + narrow(within) } else { court.bottom - narrow(within) };
    if reflections % 2 == 1 {
        state.ball_vy = -state.ball_vy;
    }
}

fn narrow(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(0)
}
