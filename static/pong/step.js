// @ts-check
/**
 * One tick of the game, in integers: the twin of `src/pong/step.rs`, `state.rs`, `rules.rs` and `angle.rs`. Both must agree bit
 * for bit (`tests/js/vectors.test.js` compares them), so a change goes into both at once. No floats, no clock, no
 * `Math.random`; every product stays below 2^53 and every value of the state is a 32-bit integer.
 *
 * Lengths are units in the rules and sub-units of 1/256 in the state; speeds are sub-units a tick.
 */

/**
 * The rules as the server sends them; never changed once a match runs under them.
 *
 * @typedef {{
 *   version: number, seats: number, points_to_win: number,
 *   field: { width: number, height: number },
 *   paddle: { length: number, thickness: number, inset: number, speed: number },
 *   ball: { size: number, serve_speed: number, speed_step: number, top_speed: number },
 *   serve_pause: number,
 *   long_rally: { shrink_after: number, shrink_step: number, floor: number, floor_until: number },
 * }} Rules
 */

/** @typedef {[number, number, number, number]} Seats a number for each seat, the first two in use */

export const TICKS_PER_SECOND = 60;

/** Sub-units in a unit. */
export const SUB = 256;

/** Bits of what a step returns. */
export const HIT_LEFT = 1 << 0;
export const HIT_RIGHT = 1 << 1;
export const POINT_LEFT = 1 << 4;
export const POINT_RIGHT = 1 << 5;
export const WALL = 1 << 8;
export const SERVE = 1 << 9;
export const SHRINK = 1 << 10;
export const WON = 1 << 11;
/** A return by anyone; a point for anyone. */
export const HIT = 0x000f;
export const POINT = 0x00f0;

/** The length of the unit vectors, and the number of the steepest one. */
const UNIT = 16384;
const STEEPEST = 32;

/** Cosine and sine of 0° to 60° in 32 equal steps. */
const COSINES = Int32Array.from([
  16384, 16375, 16349, 16305, 16244, 16165, 16069, 15956, 15826, 15679, 15515, 15334, 15137, 14924, 14694, 14449, 14189,
  13913, 13623, 13318, 12998, 12665, 12318, 11958, 11585, 11200, 10803, 10394, 9974, 9543, 9102, 8652, 8192,
]);
const SINES = Int32Array.from([
  0, 536, 1072, 1606, 2139, 2669, 3196, 3720, 4240, 4756, 5266, 5771, 6270, 6762, 7246, 7723, 8192, 8652, 9102, 9543,
  9974, 10394, 10803, 11200, 11585, 11958, 12318, 12665, 12998, 13318, 13623, 13913, 14189,
]);

/** Parts of a tick that a collision is timed in, and more contacts than a tick can have. */
const MOMENTS = 65536;
const MOST_CONTACTS = 128;

/** Everything that a match is at one tick. */
export class State {
  constructor() {
    /** Steps since the beginning. */
    this.tick = 0;
    /** The generator of the serves, as a signed 32-bit integer. */
    this.rng = 1;
    /** Centre of the ball. */
    this.ballX = 0;
    this.ballY = 0;
    /** Movement of the ball in a tick. */
    this.ballVx = 0;
    this.ballVy = 0;
    /** Half the length of every paddle. */
    this.paddleHalf = 0;
    /** Returns in this rally. */
    this.rally = 0;
    /** Ticks until the serve; 0: the ball is in play. */
    this.pause = 0;
    /** The seat that the next serve goes to. */
    this.receiver = 0;
    /** 0 while the match goes on, then 1 + the seat that won. */
    this.over = 0;
    /** Centre of each seat's paddle. @type {Seats} */
    this.paddleY = [0, 0, 0, 0];
    /** The direction that each seat holds: -1 up, 0, 1 down. @type {Seats} */
    this.held = [0, 0, 0, 0];
    /** Points of each seat. @type {Seats} */
    this.score = [0, 0, 0, 0];
  }
}

/** The names of what `toInts` gives, in order. */
export const FIELDS = Object.freeze([
  "tick",
  "rng",
  "ballX",
  "ballY",
  "ballVx",
  "ballVy",
  "paddleHalf",
  "rally",
  "pause",
  "receiver",
  "over",
  "paddleY[0]",
  "paddleY[1]",
  "paddleY[2]",
  "paddleY[3]",
  "held[0]",
  "held[1]",
  "held[2]",
  "held[3]",
  "score[0]",
  "score[1]",
  "score[2]",
  "score[3]",
]);

/**
 * The rules in sub-units. One object, made again when a step is asked under other rules: nothing is allocated in play.
 */
const court = {
  /** @type {Rules | null} */
  rules: null,
  width: 0,
  height: 0,
  ball: 0,
  paddle: 0,
  paddleSpeed: 0,
  leftFace: 0,
  rightFace: 0,
  depth: 0,
  top: 0,
  bottom: 0,
};

/** @param {Rules} rules */
function layOut(rules) {
  const ball = (rules.ball.size * SUB) / 2;
  const face = (rules.paddle.inset + rules.paddle.thickness) * SUB + ball;
  court.rules = rules;
  court.width = rules.field.width * SUB;
  court.height = rules.field.height * SUB;
  court.ball = ball;
  court.paddle = (rules.paddle.length * SUB) / 2;
  court.paddleSpeed = rules.paddle.speed;
  court.leftFace = face;
  court.rightFace = court.width - face;
  court.depth = rules.paddle.thickness * SUB + 2 * ball;
  court.top = ball;
  court.bottom = court.height - ball;
}

/**
 * The beginning of a match.
 *
 * @param {Rules} rules
 * @param {number} seed an unsigned 32-bit integer
 * @returns {State}
 */
export function newState(rules, seed) {
  if (court.rules !== rules) layOut(rules);
  const state = new State();
  state.rng = scatter(seed);
  state.ballX = court.width / 2;
  state.ballY = court.height / 2;
  state.paddleHalf = court.paddle;
  state.paddleY[0] = court.height / 2;
  state.paddleY[1] = court.height / 2;
  state.pause = rules.serve_pause;
  state.receiver = state.rng & 1;
  return state;
}

/**
 * Spreads a seed over all bits; never zero.
 *
 * @param {number} seed
 */
function scatter(seed) {
  let x = (seed + 0x9e3779b9) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  x ^= x >>> 16;
  return x === 0 ? 0x9e3779b9 | 0 : x;
}

/**
 * Makes `into` the same as `from`.
 *
 * @param {State} into
 * @param {State} from
 */
export function copyState(into, from) {
  into.tick = from.tick;
  into.rng = from.rng;
  into.ballX = from.ballX;
  into.ballY = from.ballY;
  into.ballVx = from.ballVx;
  into.ballVy = from.ballVy;
  into.paddleHalf = from.paddleHalf;
  into.rally = from.rally;
  into.pause = from.pause;
  into.receiver = from.receiver;
  into.over = from.over;
  copySeats(into.paddleY, from.paddleY);
  copySeats(into.held, from.held);
  copySeats(into.score, from.score);
}

/**
 * @param {Seats} into
 * @param {Seats} from
 */
function copySeats(into, from) {
  into[0] = from[0];
  into[1] = from[1];
  into[2] = from[2];
  into[3] = from[3];
}

/**
 * An item of an array in which it is known to be.
 *
 * @param {ArrayLike<number>} items
 * @param {number} index
 */
function at(items, index) {
  return items[index] ?? 0;
}

/**
 * The seat that has won, or -1 while the match goes on.
 *
 * @param {State} state
 */
export function winner(state) {
  return state.over - 1;
}

/**
 * From now on the paddle of `seat` moves in `direction`.
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
 * One tick. After the end of the match only the paddles move on.
 *
 * @param {Rules} rules
 * @param {State} state
 * @returns {number} the bits of what happened
 */
export function step(rules, state) {
  if (court.rules !== rules) layOut(rules);
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
 * Speed of the ball after so many returns.
 *
 * @param {Rules} rules
 * @param {number} returns
 */
function ballSpeed(rules, returns) {
  return Math.min(rules.ball.serve_speed + rules.ball.speed_step * returns, rules.ball.top_speed);
}

/**
 * Half the length of a paddle after so many returns; 0: gone.
 *
 * @param {Rules} rules
 * @param {number} returns
 */
function paddleHalf(rules, returns) {
  const long = rules.long_rally;
  if (returns < long.shrink_after) return court.paddle;
  const shrinks = Math.floor((returns - long.shrink_after) / 2) + 1;
  let length = Math.max(rules.paddle.length - shrinks * long.shrink_step, long.floor);
  if (returns >= long.floor_until) {
    const more = Math.floor((returns - long.floor_until) / 2) + 1;
    length = Math.max(length - more * long.shrink_step, 0);
  }
  return (length * SUB) / 2;
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
  const vx = scaled(speed, at(COSINES, angle));
  const vy = scaled(speed, at(SINES, angle));
  state.ballVx = state.receiver === 0 ? -vx : vx;
  state.ballVy = (random & 1) === 0 ? -vy : vy;
}

/**
 * Both are at least zero.
 *
 * @param {number} speed
 * @param {number} part
 */
function scaled(speed, part) {
  return Math.floor((speed * part) / UNIT);
}

/**
 * The ball's y after a tick without a paddle near.
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
 * The ball's way in a tick in which it may meet a paddle, from contact to contact.
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
    const paddleVy = at(state.paddleY, seat) - from;
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
 * When the ball meets a wall; -1: never.
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
 * When the ball, as it goes now, touches the paddle it goes to; -1: never.
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
  const vx = scaled(speed, at(COSINES, angle));
  const vy = scaled(speed, at(SINES, angle));
  state.ballVx = seat === 0 ? vx : -vx | 0;
  state.ballVy = offset < 0 ? -vy | 0 : offset > 0 ? vy : 0;
  events |= HIT_LEFT << seat;
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
  events |= POINT_LEFT << seat;
  const points = Math.min(at(state.score, seat) + 1, 255);
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

/**
 * @param {number} hash
 * @param {number} word
 */
function mix(hash, word) {
  return Math.imul(hash ^ word, 0x01000193);
}

/**
 * @param {number} hash
 * @param {Seats} seats
 */
function mixSeats(hash, seats) {
  return mix(mix(mix(mix(hash, seats[0]), seats[1]), seats[2]), seats[3]);
}

/**
 * A hash over all of the state: FNV-1a over 32-bit words, then mixed.
 *
 * @param {State} state
 * @returns {number} an unsigned 32-bit integer
 */
export function hash(state) {
  let h = 0x811c9dc5 | 0;
  h = mix(h, state.tick);
  h = mix(h, state.rng);
  h = mix(h, state.ballX);
  h = mix(h, state.ballY);
  h = mix(h, state.ballVx);
  h = mix(h, state.ballVy);
  h = mix(h, state.paddleHalf);
  h = mix(h, state.rally);
  h = mix(h, state.pause);
  h = mix(h, state.receiver);
  h = mix(h, state.over);
  h = mixSeats(h, state.paddleY);
  h = mixSeats(h, state.held);
  h = mixSeats(h, state.score);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The state as integers, in the order of `FIELDS`.
 *
 * @param {State} state
 * @returns {number[]}
 */
export function toInts(state) {
  return [
    state.tick,
    state.rng >>> 0,
    state.ballX,
    state.ballY,
    state.ballVx,
    state.ballVy,
    state.paddleHalf,
    state.rally,
    state.pause,
    state.receiver,
    state.over,
    ...state.paddleY,
    ...state.held,
    ...state.score,
  ];
}

/**
 * The state of these integers, as the server sends it; null when they cannot be one.
 *
 * @param {readonly number[]} ints
 * @returns {State | null}
 */
export function fromInts(ints) {
  if (ints.length !== FIELDS.length || !ints.every(Number.isSafeInteger)) return null;
  const state = new State();
  state.tick = at(ints, 0);
  state.rng = at(ints, 1) | 0;
  state.ballX = at(ints, 2);
  state.ballY = at(ints, 3);
  state.ballVx = at(ints, 4);
  state.ballVy = at(ints, 5);
  state.paddleHalf = at(ints, 6);
  state.rally = at(ints, 7);
  state.pause = at(ints, 8);
  state.receiver = at(ints, 9);
  state.over = at(ints, 10);
  for (let seat = 0; seat < 4; seat += 1) {
    state.paddleY[seat] = at(ints, 11 + seat);
    state.held[seat] = at(ints, 15 + seat);
    state.score[seat] = at(ints, 19 + seat);
  }
  return state;
}
