// @ts-check
/**
 * A match in progress, in the page: a confirmed state, the inputs since, and the predicted states after it. The twin of
 * `src/pong/timeline.rs`, plus what a predicting client needs: a late input rolls back and simulates again.
 */

import { State, copyState, fromInts, newState } from "./state.js";
import { steer, step } from "./step.js";

/** @typedef {import("./rules.js").Rules} Rules */
/** @typedef {import("./log.js").Input} Input */

/** Number of states kept, one per tick: over four seconds. Going back further starts from the confirmed state. */
const KEPT = 256;

export class Timeline {
  #confirmed = new State();
  /** Inputs of the confirmed tick and later, in the order in which they count. */
  /** @type {{ tick: number, seat: number, direction: number, n: number }[]} */
  #inputs = [];
  /** The predicted state of tick `t` is at `t % KEPT`, for ticks `#oldest` to `#newest`. */
  #states = Array.from({ length: KEPT }, () => new State());
  /** What happened in the step to that state. */
  #events = new Uint16Array(KEPT);
  #oldest = 0;
  #newest = 0;
  /** Index of the first input of tick `#newest` or later. */
  #next = 0;

  /**
   * Starts a new match.
   *
   * @param {Rules} rules
   * @param {number} seed
   */
  constructor(rules, seed) {
    this.rules = rules;
    this.#begin(newState(rules, seed));
  }

  /**
   * Continues a match in progress, from the state and the inputs of a `join` message.
   *
   * @param {Rules} rules
   * @param {readonly number[]} ints the confirmed state
   * @param {readonly Input[]} inputs of its tick and later
   * @returns {Timeline}
   * @throws {RangeError} when the integers are not a state
   */
  static load(rules, ints, inputs) {
    const state = fromInts(ints);
    if (state === null) throw new RangeError("these are not the integers of a state");
    const timeline = new Timeline(rules, 0);
    timeline.#begin(state);
    for (const [tick, seat, direction] of inputs) timeline.insert(tick, seat, direction);
    return timeline;
  }

  /** @param {State} state */
  #begin(state) {
    copyState(this.#confirmed, state);
    this.#restart();
  }

  /** Forgets all predicted states. */
  #restart() {
    this.#oldest = this.#newest = this.#confirmed.tick;
    copyState(this.#slot(this.#newest), this.#confirmed);
    this.#events[this.#newest % KEPT] = 0;
    this.#next = this.#firstAt(this.#newest);
  }

  /**
   * The state that no input can change any more. Read it, do not change it.
   *
   * @returns {Readonly<State>}
   */
  get confirmed() {
    return this.#confirmed;
  }

  /** How many inputs are kept: those of the confirmed tick and later. */
  get pending() {
    return this.#inputs.length;
  }

  /**
   * Adds an input; the predicted states after it are simulated again when they are next needed.
   *
   * @param {number} tick
   * @param {number} seat
   * @param {number} direction -1 up, 0 stop, 1 down
   * @param {number} [n] the number of an own input, as sent: among inputs of one seat in one tick the greatest counts
   * @returns {boolean} false when the tick is already confirmed; then nothing is added
   */
  insert(tick, seat, direction, n = 0) {
    if (tick < this.#confirmed.tick) return false;
    let place = this.#firstAt(tick + 1);
    // An own input that is moved here may belong before own inputs that are already here.
    if (n > 0) while (this.#comesAfter(this.#inputs[place - 1], tick, seat, n)) place -= 1;
    this.#rollBack(tick);
    this.#inputs.splice(place, 0, { tick, seat, direction, n });
    this.#next = this.#firstAt(this.#newest);
    return true;
  }

  /**
   * Moves an own input to the tick that the server chose.
   *
   * @param {number} n the number that it was inserted with
   * @param {number} tick
   * @returns {boolean} false when the input no longer exists, or the tick is already confirmed
   */
  move(n, tick) {
    if (tick < this.#confirmed.tick) return false;
    const input = this.#take(n);
    return input !== undefined && this.insert(tick, input.seat, input.direction, n);
  }

  /**
   * The state at a tick with the inputs known so far; the confirmed state for an earlier tick. It is one of the kept states: read
   * it at once, do not change it.
   *
   * @param {number} tick
   * @returns {Readonly<State>}
   */
  stateAt(tick) {
    if (tick <= this.#confirmed.tick) return this.#confirmed;
    if (tick < this.#oldest) this.#restart();
    while (this.#newest < tick) this.#predict();
    return this.#slot(tick);
  }

  /**
   * The bits of what happened in the step to a tick, with the inputs known so far; 0 when that is no longer known.
   *
   * @param {number} tick
   * @returns {number}
   */
  eventsAt(tick) {
    if (tick <= this.#confirmed.tick && tick < this.#oldest) return 0;
    this.stateAt(tick);
    return tick < this.#oldest ? 0 : (this.#events[tick % KEPT] ?? 0);
  }

  /**
   * Confirms everything up to `tick`, stopping at a win. Inputs before it are forgotten.
   *
   * @param {number} tick
   * @param {(state: Readonly<State>, events: number) => void} [on] called after each step in which something happened
   */
  confirm(tick, on) {
    while (this.#confirmed.tick < tick && this.#confirmed.over === 0) {
      const next = this.#confirmed.tick + 1;
      copyState(this.#confirmed, this.stateAt(next));
      const events = this.#events[next % KEPT] ?? 0;
      if (events !== 0) on?.(this.#confirmed, events);
    }
    const known = this.#firstAt(this.#confirmed.tick);
    if (known > 0) {
      this.#inputs.splice(0, known);
      this.#next -= known;
    }
  }

  #predict() {
    const to = this.#slot(this.#newest + 1);
    copyState(to, this.#slot(this.#newest));
    for (let input = this.#inputs[this.#next]; input && input.tick <= to.tick; input = this.#inputs[this.#next]) {
      steer(to, input.seat, input.direction);
      this.#next += 1;
    }
    const events = step(this.rules, to);
    this.#newest = to.tick;
    this.#events[to.tick % KEPT] = events;
    if (this.#newest - this.#oldest >= KEPT) this.#oldest = this.#newest - KEPT + 1;
  }

  /** Forgets the states after `tick`. @param {number} tick */
  #rollBack(tick) {
    if (tick >= this.#newest) return;
    if (tick < this.#oldest) this.#restart();
    else this.#newest = tick;
  }

  /** Removes own input `n`. @param {number} n */
  #take(n) {
    const place = this.#inputs.findIndex((input) => input.n === n);
    if (place < 0) return undefined;
    const [input] = this.#inputs.splice(place, 1);
    if (input) this.#rollBack(input.tick);
    this.#next = this.#firstAt(this.#newest);
    return input;
  }

  /** The kept state of a tick. @param {number} tick */
  #slot(tick) {
    return /** @type {State} */ (this.#states[tick % KEPT]);
  }

  /** Index of the first input of `tick` or later. @param {number} tick */
  #firstAt(tick) {
    let place = this.#inputs.length;
    while ((this.#inputs[place - 1]?.tick ?? -1) >= tick) place -= 1;
    return place;
  }

  /**
   * @param {{ tick: number, seat: number, n: number } | undefined} input
   * @param {number} tick
   * @param {number} seat
   * @param {number} n
   */
  #comesAfter(input, tick, seat, n) {
    return input !== undefined && input.tick === tick && (input.seat !== seat || input.n > n);
  }
}
