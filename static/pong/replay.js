// @ts-check
/**
 * A whole match from its rules, seed and inputs, at any tick: for replays with a scrub bar and the rally of the home page.
 */

import { State, copyState, newState } from "./state.js";
import { steer, step } from "./step.js";

/** @typedef {import("./rules.js").Rules} Rules */
/** @typedef {import("./log.js").Input} Input */

/** Ticks between two stored states: going back costs at most this many steps, a few hundredths of a millisecond. */
const EVERY = 256;

export class Replay {
  /** @type {State[]} states of ticks 0, EVERY, 2 EVERY … as far as was played */
  #kept = [];
  #state = new State();
  /** Index of the first input that `#state` does not include. */
  #next = 0;
  /** The bits of what happened in the step to the current state. */
  events = 0;

  /**
   * @param {Rules} rules
   * @param {number} seed
   * @param {readonly Input[]} inputs in order of their ticks
   */
  constructor(rules, seed, inputs) {
    this.rules = rules;
    this.inputs = inputs;
    const first = newState(rules, seed);
    this.#kept.push(first);
    copyState(this.#state, first);
  }

  /**
   * The state at a tick, or the last state when the match ends earlier. The same object each time: read it, do not keep it.
   *
   * @param {number} tick
   * @returns {Readonly<State>}
   */
  stateAt(tick) {
    if (tick < this.#state.tick || tick >= this.#state.tick + 2 * EVERY) this.#jump(tick);
    while (this.#state.tick < tick && this.#state.over === 0) this.#step();
    return this.#state;
  }

  /** The tick at which the match ends, or `limit` when it does not end before. @param {number} limit */
  length(limit) {
    return this.stateAt(limit).tick;
  }

  /** @param {number} tick */
  #jump(tick) {
    const kept = this.#kept[Math.max(0, Math.min(Math.floor(tick / EVERY), this.#kept.length - 1))];
    if (!kept || (tick >= this.#state.tick && kept.tick <= this.#state.tick)) return;
    copyState(this.#state, kept);
    this.events = 0;
    let [low, high] = [0, this.inputs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.inputs[middle]?.[0] ?? Infinity) < kept.tick) low = middle + 1;
      else high = middle;
    }
    this.#next = low;
  }

  #step() {
    const state = this.#state;
    for (let input = this.inputs[this.#next]; input && input[0] <= state.tick; input = this.inputs[this.#next]) {
      steer(state, input[1], input[2]);
      this.#next += 1;
    }
    this.events = step(this.rules, state);
    if (state.tick === this.#kept.length * EVERY) {
      const kept = new State();
      copyState(kept, state);
      this.#kept.push(kept);
    }
  }
}
