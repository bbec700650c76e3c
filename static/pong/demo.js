// @ts-check
/**
 * The rally of two bots on the home page: a stored match (`/demo.json`), drawn like a live one, over and over. It stands still
 * while nobody can see it, and for people who asked for less motion until they press play.
 *
 * The page has `<canvas id="demo">`, and may have a button `[data-demo-play]` beside it, hidden until it is useful.
 */

import { Picture } from "./draw.js";
import { ballBetween } from "./motion.js";
import { Replay } from "./replay.js";
import { SUB, TICKS_PER_SECOND } from "./rules.js";
import { State, copyState } from "./state.js";
import { HIT } from "./step.js";

/** @typedef {{rules: import("./rules.js").Rules, seed: number, inputs: import("./log.js").Input[], ticks: number}} Demo */

/** The tick shown while the demo stands still, well into a rally. */
const AT_REST = 200;
/** A longer gap between two frames (milliseconds) does not count as time watched. */
const LONGEST_FRAME = 100;

class Rally {
  #from = new State();
  #to = new State();
  #tick = -1;
  #hits = 0;

  /** @param {Demo} demo @param {HTMLCanvasElement} canvas */
  constructor(demo, canvas) {
    this.demo = demo;
    this.replay = new Replay(demo.rules, demo.seed, demo.inputs);
    this.picture = new Picture(canvas, demo.rules);
  }

  /** @param {number} at tick with a fraction @param {number} now page time in milliseconds */
  draw(at, now) {
    this.#go(Math.floor(at));
    const [from, to, part] = [this.#from, this.#to, at - Math.floor(at)];
    const paddles = [0, 1].map(
      (seat) => ((from.paddleY[seat] ?? 0) * (1 - part) + (to.paddleY[seat] ?? 0) * part) / SUB,
    );
    this.picture.draw(
      {
        ball: ballBetween(this.demo.rules, from, to, part),
        served: from.pause === 0,
        paddles,
        length: (2 * from.paddleHalf) / SUB,
        score: [...from.score.slice(0, 2)],
        own: [],
        hits: this.#hits,
      },
      now,
    );
    this.#hits = 0;
  }

  /** @param {number} tick */
  #go(tick) {
    if (tick === this.#tick) return;
    this.#tick = tick;
    copyState(this.#from, this.replay.stateAt(tick));
    copyState(this.#to, this.replay.stateAt(tick + 1));
    this.#hits = this.replay.events & HIT;
  }
}

/** @param {HTMLCanvasElement} canvas */
async function show(canvas) {
  const answer = await fetch("/demo.json");
  if (!answer.ok) return;
  /** @type {Demo} */
  const demo = await answer.json();
  const rally = new Rally(demo, canvas);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {HTMLElement | null} */
  const button = document.querySelector("[data-demo-play]");
  let at = calm.matches ? AT_REST : 0;
  let seen = true;
  let wanted = !calm.matches;
  let running = false;
  let last = 0;

  /** @param {number} now */
  const frame = (now) => {
    running = wanted && seen && !document.hidden;
    if (running) {
      at = (at + (Math.min(now - last, LONGEST_FRAME) * TICKS_PER_SECOND) / 1000) % demo.ticks;
      requestAnimationFrame(frame);
    }
    last = now;
    rally.draw(at, now);
  };
  const update = () => {
    if (button) button.hidden = wanted;
    if (running) return;
    last = performance.now();
    requestAnimationFrame(frame);
  };
  rally.picture.resized = update;
  button?.addEventListener("click", () => {
    wanted = true;
    update();
  });
  calm.addEventListener("change", () => {
    wanted = !calm.matches;
    update();
  });
  document.addEventListener("visibilitychange", update);
  new IntersectionObserver((entries) => {
    seen = entries.some((entry) => entry.isIntersecting);
    update();
  }).observe(canvas);
  update();
}

const canvas = document.querySelector("canvas#demo");
if (canvas instanceof HTMLCanvasElement) void show(canvas);
