// @ts-check
/** The whole state of a match at one tick, in 32-bit integers: the twin of `src/pong/state.rs`. */

import { court, layOut } from "./rules.js";

/** @typedef {import("./rules.js").Rules} Rules */
/** @typedef {[number, number, number, number]} Seats a number for each seat, the first two in use */

/** The state of a match at one tick. Positions are in sub-units. */
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
    /** Ticks until the serve; 0 while the ball is in play. */
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

/** The names of what `toInts` returns, in order. */
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
 * The start of a match.
 *
 * @param {Rules} rules
 * @param {number} seed an unsigned 32-bit integer
 * @returns {State}
 */
export function newState(rules, seed) {
  layOut(rules);
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
 * Copies `from` into `into`.
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
 * A hash of the whole state: FNV-1a over 32-bit words, then mixed.
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
 * The state in these integers, as the server sends it; null when they are not a valid state.
 *
 * @param {readonly number[]} ints
 * @returns {State | null}
 */
export function fromInts(ints) {
  if (ints.length !== FIELDS.length || !ints.every(Number.isSafeInteger)) return null;
  const state = new State();
  state.tick = ints[0];
  state.rng = ints[1] | 0;
  state.ballX = ints[2];
  state.ballY = ints[3];
  state.ballVx = ints[4];
  state.ballVy = ints[5];
  state.paddleHalf = ints[6];
  state.rally = ints[7];
  state.pause = ints[8];
  state.receiver = ints[9];
  state.over = ints[10];
  for (let seat = 0; seat < 4; seat += 1) {
    state.paddleY[seat] = ints[11 + seat];
    state.held[seat] = ints[15 + seat];
    state.score[seat] = ints[19 + seat];
  }
  return state;
}
