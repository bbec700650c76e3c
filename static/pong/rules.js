// @ts-check
/** What is played: the field, the paddles, the ball, and how long. The twin of `src/pong/rules.rs`. */

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

/** Steps of the game per second. */
export const TICKS_PER_SECOND = 60;

/** Sub-units in a unit. */
export const SUB = 256;

/** The rules in sub-units. One object, updated for a step under other rules, so that play allocates nothing. */
export const court = {
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

/** Updates `court` to these rules. @param {Rules} rules */
export function layOut(rules) {
  if (court.rules === rules) return;
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
 * Speed of the ball after a number of returns.
 *
 * @param {Rules} rules
 * @param {number} returns
 */
export function ballSpeed(rules, returns) {
  return Math.min(rules.ball.serve_speed + rules.ball.speed_step * returns, rules.ball.top_speed);
}

/**
 * Half the length of a paddle after a number of returns; 0 when it is gone.
 *
 * @param {Rules} rules
 * @param {number} returns
 */
export function paddleHalf(rules, returns) {
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
