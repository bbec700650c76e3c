// @ts-check
/**
 * What is drawn between ticks, and when. Positions in here are field units (the game counts in sub-units).
 *
 * Of the other player this page knows what happened a moment ago; of its own player it knows everything up to now. So the field is
 * shown at two times: the own paddle and the ball near it as of now, the other paddle and the ball near it as of as many ticks ago
 * as its inputs take to arrive. In between, the ball's time passes from one to the other while it crosses (a "local perception
 * filter", Sharkey, Ryan and Roberts 1998). What is shown has then nearly always been decided already and needs no correction; both
 * players still see every hit happen at the paddle that hits.
 */

import { SUB } from "./rules.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./rules.js").Rules} Rules */
/** @typedef {import("./timeline.js").Timeline} Timeline */
/** @typedef {{x: number, y: number}} Point */

/**
 * The ball between two states, by way of the wall or the paddle that it touched: with a straight line between the two it would seem
 * to turn in mid-air.
 * @param {Rules} rules @param {Readonly<State>} from @param {Readonly<State>} to one tick later
 * @param {number} part of the tick, 0 to 1
 * @returns {Point}
 */
export function ballBetween(rules, from, to, part) {
  const a = { x: from.ballX / SUB, y: from.ballY / SUB };
  const b = { x: to.ballX / SUB, y: to.ballY / SUB };
  // After a point the ball is in the centre at once; there is nothing in between.
  if (to.pause > from.pause || from.pause > 0 || to.over !== from.over) return part < 1 ? a : b;
  const touch = contact(rules, from, to, a);
  if (!touch) return { x: mix(a.x, b.x, part), y: mix(a.y, b.y, part) };
  if (part < touch.at) return { x: mix(a.x, touch.x, part / touch.at), y: mix(a.y, touch.y, part / touch.at) };
  const rest = (part - touch.at) / (1 - touch.at);
  return { x: mix(touch.x, b.x, rest), y: mix(touch.y, b.y, rest) };
}

/**
 * Where and when (as a part of the tick) the ball changed direction.
 * @param {Rules} rules @param {Readonly<State>} from @param {Readonly<State>} to @param {Point} a
 * @returns {(Point & {at: number}) | null}
 */
function contact(rules, from, to, a) {
  const vx = from.ballVx / SUB;
  const vy = from.ballVy / SUB;
  let at = 1;
  if (vx * to.ballVx < 0) {
    const face = rules.paddle.inset + rules.paddle.thickness + rules.ball.size / 2;
    at = ((vx < 0 ? face : rules.field.width - face) - a.x) / vx;
  } else if (vy * to.ballVy < 0) {
    const edge = rules.ball.size / 2;
    at = ((vy < 0 ? edge : rules.field.height - edge) - a.y) / vy;
  } else {
    return null;
  }
  if (!(at > 0.001 && at < 0.999)) return null;
  return { at, x: a.x + vx * at, y: a.y + vy * at };
}

/** @param {number} a @param {number} b @param {number} part */
function mix(a, b, part) {
  return a + (b - a) * part;
}

/** @param {Timeline} game @param {number} tick with a fraction @returns {Point} */
export function ballAt(game, tick) {
  const whole = Math.floor(tick);
  return ballBetween(game.rules, game.stateAt(whole), game.stateAt(whole + 1), tick - whole);
}

/** Centre of a paddle. @param {Timeline} game @param {number} seat @param {number} tick with a fraction */
export function paddleAt(game, seat, tick) {
  const whole = Math.floor(tick);
  return mix(game.stateAt(whole).paddleY[seat] ?? 0, game.stateAt(whole + 1).paddleY[seat] ?? 0, tick - whole) / SUB;
}

/**
 * How much of the delay applies at `x`: none at the own paddle, all of it at the other one.
 * @param {Rules} rules @param {number[]} own seats @param {number} x
 */
function shareOfDelay(rules, own, x) {
  if (own.length !== 1) return own.length ? 0 : 1;
  const edge = rules.paddle.inset + rules.paddle.thickness;
  const way = Math.max(0, Math.min(1, (x - edge) / (rules.field.width - 2 * edge)));
  return own[0] === 0 ? way : 1 - way;
}

/**
 * The tick at which the ball is shown: `now` minus the share of `delay` that applies where the ball then is.
 * @param {Timeline} game @param {number[]} own seats @param {number} late the earliest tick, at the other paddle
 * @param {number} now the latest, at the own
 */
export function ballTick(game, own, late, now) {
  if (now <= late) return now;
  const delay = now - late;
  let low = late;
  let high = now;
  for (let turn = 0; turn < 14; turn += 1) {
    const middle = (low + high) / 2;
    const ahead = middle - now + delay * shareOfDelay(game.rules, own, ballAt(game, middle).x);
    if (ahead > 0) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** A correction that is not shown at once but fades out. */
export class Fade {
  /** @type {Point} */
  #rest = { x: 0, y: 0 };

  /** @param {number} time in which it falls to a third, milliseconds @param {number} most units; more is shown at once */
  constructor(time, most) {
    this.time = time;
    this.most = most;
  }

  /** The offset still to be added to the true position. */
  get rest() {
    return this.#rest;
  }

  /** Handles a jump of the true position: what is shown continues from where it was. @param {Point} before @param {Point} after */
  jump(before, after) {
    const x = this.#rest.x + before.x - after.x;
    const y = this.#rest.y + before.y - after.y;
    this.#rest = Math.hypot(x, y) > this.most ? { x: 0, y: 0 } : { x, y };
  }

  /** @param {number} passed milliseconds */
  pass(passed) {
    const left = Math.exp(-Math.max(0, passed) / this.time);
    this.#rest = { x: this.#rest.x * left, y: this.#rest.y * left };
    if (Math.hypot(this.#rest.x, this.#rest.y) < 0.05) this.#rest = { x: 0, y: 0 };
  }
}
