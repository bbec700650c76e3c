// @ts-check
/**
 * One tick of the game, in integers: the twin of `src/pong/step.rs`, just as `angle.js`, `rules.js` and `state.js` are the twins of
 * the files beside it. Both must agree bit for bit (`tests/js/vectors.test.js` compares them), so every change goes into both at
 * once. No floats, no clock, no `Math.random`; every product stays below 2^53 and every value of the state is a 32-bit integer.
 *
 * Lengths are units in the rules and sub-units of 1/256 in the state; speeds are sub-units per tick.
 */

import { STEEPEST, UNIT, cosine, sine } from "./angle.js";
import { ballSpeed, court, layOut, paddleHalf } from "./rules.js";

/** @typedef {import("./rules.js").Rules} Rules */
/** @typedef {import("./state.js").State} State */

/** Bits of what a step returns: a return by each of four seats, a point for each of them, and what has no seat. */
const FIRST_HIT = 1 << 0;
const FIRST_POINT = 1 << 4;
export const WALL = 1 << 8;
export const SERVE = 1 << 9;
export const SHRINK = 1 << 10;
export const WON = 1 << 11;
/** A return by anyone. */
export const HIT = 0x000f;

/** Parts of a tick that a collision is timed in, and more contacts than a tick can have. */
const MOMENTS = 65536;
const MOST_CONTACTS = 128;

/**
 * Makes the paddle of `seat` move in `direction` from now on.
 *
 * @param {State} state
 * @param {number} seat
 * @param {number} direction -1 up, 0 stop, 1 down
 */
export function steer(state, seat, direction) {
  state.held[seat] = direction;
}

/** What has happened in the step that is being taken. */
let events = 0;

/**
 * Plays one tick. After the end of the match only the paddles keep moving.
 *
 * @param {Rules} rules
 * @param {State} state
 * @returns {number} the bits of what happened
 */
export function step(rules, state) {
  layOut(rules);
  events = 0;
  state.tick = (state.tick + 1) >>> 0;
  const left = state.paddleY[0];
  const right = state.paddleY[1];
  state.paddleY[0] = moved(left, state.held[0], state.paddleHalf);
  state.paddleY[1] = moved(right, state.held[1], state.paddleHalf);
  if (state.pause > 0) {
    state.pause -= 1;
    if (state.pause === 0) {
      serve(rules, state);
      events |= SERVE;
    }
  } else if (state.over === 0) {
    const x = state.ballX + state.ballVx;
    if (x > court.leftFace && x < court.rightFace) {
      state.ballX = x;
      glide(state);
    } else {
      sweep(rules, state, left, right);
      if (state.ballX < -court.ball) {
        score(rules, state, 1);
      } else if (state.ballX > court.width + court.ball) {
        score(rules, state, 0);
      }
    }
  }
  return events;
}

/**
 * @param {number} y
 * @param {number} held
 * @param {number} half
 */
function moved(y, held, half) {
  return Math.max(Math.min(y + held * court.paddleSpeed, court.height - half), half);
}

/**
 * @param {Rules} rules
 * @param {State} state
 */
function serve(rules, state) {
  let random = state.rng;
  random ^= random << 13;
  random ^= random >>> 17;
  random ^= random << 5;
  state.rng = random;
  const angle = 5 + ((random >>> 8) % 12);
  const speed = ballSpeed(rules, 0);
  const vx = scaled(speed, cosine(angle));
  const vy = scaled(speed, sine(angle));
  state.ballVx = state.receiver === 0 ? -vx : vx;
  state.ballVy = (random & 1) === 0 ? -vy : vy;
}

/**
 * Both arguments are at least zero.
 *
 * @param {number} speed
 * @param {number} part
 */
function scaled(speed, part) {
  return Math.floor((speed * part) / UNIT);
}

/**
 * Moves the ball vertically for a tick in which no paddle is near.
 *
 * @param {State} state
 */
function glide(state) {
  let y = state.ballY + state.ballVy;
  while (y < court.top || y > court.bottom) {
    y = 2 * (y < court.top ? court.top : court.bottom) - y;
    state.ballVy = -state.ballVy | 0;
    events |= WALL;
  }
  state.ballY = y;
}

/**
 * Moves the ball through a tick in which it may meet a paddle, from contact to contact.
 *
 * @param {Rules} rules
 * @param {State} state
 * @param {number} leftFrom where the left paddle was at the beginning of the tick
 * @param {number} rightFrom where the right paddle was
 */
function sweep(rules, state, leftFrom, rightFrom) {
  let now = 0;
  for (let contact = 0; contact < MOST_CONTACTS; contact += 1) {
    const seat = state.ballVx < 0 ? 0 : 1;
    const from = seat === 0 ? leftFrom : rightFrom;
    const paddleVy = state.paddleY[seat] - from;
    const paddleY = from + Math.trunc((paddleVy * now) / MOMENTS);
    const left = MOMENTS - now;
    const wall = wallContact(state);
    const paddle = paddleContact(state, paddleY, paddleVy);
    if (paddle >= 0 && paddle <= left && (wall < 0 || paddle <= wall)) {
      carry(state, paddle);
      now += paddle;
      bounce(rules, state, seat, state.ballY - (paddleY + Math.trunc((paddleVy * paddle) / MOMENTS)));
    } else if (wall >= 0 && wall <= left) {
      carry(state, wall);
      now += wall;
      state.ballVy = -state.ballVy | 0;
      events |= WALL;
    } else {
      carry(state, left);
      break;
    }
    state.ballY = Math.min(Math.max(state.ballY, court.top), court.bottom);
  }
  state.ballY = Math.min(Math.max(state.ballY, court.top), court.bottom);
}

/**
 * @param {State} state
 * @param {number} time
 */
function carry(state, time) {
  state.ballX = (state.ballX + Math.trunc((state.ballVx * time) / MOMENTS)) | 0;
  state.ballY = (state.ballY + Math.trunc((state.ballVy * time) / MOMENTS)) | 0;
}

/**
 * When the ball meets a wall; -1 for never.
 *
 * @param {State} state
 */
function wallContact(state) {
  const vy = state.ballVy;
  if (vy === 0) return -1;
  const way = vy < 0 ? state.ballY - court.top : court.bottom - state.ballY;
  return Math.trunc((way * MOMENTS) / Math.abs(vy));
}

/**
 * When the ball, on its present course, touches the paddle that it moves towards; -1 for never.
 *
 * @param {State} state
 * @param {number} paddleY
 * @param {number} paddleVy
 */
function paddleContact(state, paddleY, paddleVy) {
  if (state.ballVx === 0 || state.paddleHalf === 0) return -1;
  const ahead = state.ballVx < 0 ? state.ballX - court.leftFace : court.rightFace - state.ballX;
  const behind = ahead + court.depth;
  if (behind < 0) return -1;
  const speed = Math.abs(state.ballVx);
  const acrossIn = Math.floor((Math.max(ahead, 0) * MOMENTS) / speed);
  const acrossOut = Math.floor((behind * MOMENTS) / speed);

  const reach = state.paddleHalf + court.ball;
  let offset = state.ballY - paddleY;
  let vy = state.ballVy - paddleVy;
  if (offset < 0) {
    // Seen from the side that the ball is on, so that up and down are alike.
    offset = -offset;
    vy = -vy;
  }
  let alongIn = 0;
  let alongOut = MOMENTS;
  if (vy < 0) {
    alongIn = Math.floor((Math.max(offset - reach, 0) * MOMENTS) / -vy);
    alongOut = Math.floor(((offset + reach) * MOMENTS) / -vy);
  } else if (offset > reach) {
    return -1;
  } else if (vy > 0) {
    alongOut = Math.floor(((reach - offset) * MOMENTS) / vy);
  }
  const enters = Math.max(acrossIn, alongIn);
  return enters <= Math.min(acrossOut, alongOut) ? enters : -1;
}

/**
 * @param {Rules} rules
 * @param {State} state
 * @param {number} seat
 * @param {number} offset of the ball from the middle of the paddle
 */
function bounce(rules, state, seat, offset) {
  const reach = state.paddleHalf + court.ball;
  const angle = Math.min(Math.floor((Math.abs(offset) * STEEPEST) / reach), STEEPEST);
  state.rally = Math.min(state.rally + 1, 65535);
  const speed = ballSpeed(rules, state.rally);
  const vx = scaled(speed, cosine(angle));
  const vy = scaled(speed, sine(angle));
  state.ballVx = seat === 0 ? vx : -vx | 0;
  state.ballVy = offset < 0 ? -vy | 0 : offset > 0 ? vy : 0;
  events |= FIRST_HIT << seat;
  const half = paddleHalf(rules, state.rally);
  if (half !== state.paddleHalf) {
    state.paddleHalf = half;
    events |= SHRINK;
  }
}

/**
 * @param {Rules} rules
 * @param {State} state
 * @param {number} seat that scores
 */
function score(rules, state, seat) {
  events |= FIRST_POINT << seat;
  const points = Math.min(state.score[seat] + 1, 255);
  state.score[seat] = points;
  if (points >= rules.points_to_win) {
    events |= WON;
    state.over = seat + 1;
  }
  state.ballX = court.width / 2;
  state.ballY = court.height / 2;
  state.ballVx = 0;
  state.ballVy = 0;
  state.rally = 0;
  state.paddleHalf = court.paddle;
  state.paddleY[0] = moved(state.paddleY[0], 0, court.paddle);
  state.paddleY[1] = moved(state.paddleY[1], 0, court.paddle);
  state.receiver = 1 - seat;
  state.pause = state.over === 0 ? rules.serve_pause : 0;
}
