// @ts-check
// A match on a table: an authority that follows docs/protocol.md, two pages, and a slow network, all in simulated time. Nothing
// sleeps, and every run with the same seed is the same.

import { Clock } from "../../../static/pong/clock.js";
import { Match } from "../../../static/pong/match.js";
import { SUB } from "../../../static/pong/rules.js";
import { hash, toInts } from "../../../static/pong/state.js";
import { Timeline } from "../../../static/pong/timeline.js";

export const RULES = {
  version: 1,
  seats: 2,
  points_to_win: 11,
  field: { width: 1000, height: 600 },
  paddle: { length: 100, thickness: 12, inset: 24, speed: 2844 },
  ball: { size: 14, serve_speed: 1640, speed_step: 210, top_speed: 5690 },
  serve_pause: 60,
  long_rally: { shrink_after: 24, shrink_step: 8, floor: 28, floor_until: 60 },
};

const WINDOW = 9;
const SLACK = 6;

/** A generator of numbers from 0 to 1 (mulberry32). @param {number} seed */
export function random(seed) {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Simulated time in milliseconds: the planned events, in order. */
class Time {
  now = 0;
  /** @type {{at: number, order: number, run: () => void}[]} */
  #plan = [];
  #order = 0;

  /** @param {number} at @param {() => void} run */
  at(at, run) {
    const entry = { at, order: (this.#order += 1), run };
    let low = 0;
    let high = this.#plan.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#plan[middle];
      if (other.at < at || (other.at === at && other.order < entry.order)) low = middle + 1;
      else high = middle;
    }
    this.#plan.splice(low, 0, entry);
  }

  /** @param {number} first @param {number} every @param {() => void} run */
  every(first, every, run) {
    this.at(first, () => {
      run();
      this.every(this.now + every, every, run);
    });
  }

  /** @param {number} until @param {() => boolean} [done] */
  run(until, done = () => false) {
    while (this.#plan.length && this.#plan[0].at <= until && !done()) {
      const next = this.#plan.shift();
      if (!next) break;
      this.now = next.at;
      next.run();
    }
    if (!done()) this.now = until;
  }
}

/**
 * One direction of a connection: everything arrives, in order, but late.
 * @typedef {{delay: number, jitter?: number, stallEvery?: number, stall?: number}} Network times in milliseconds, one way
 * @param {Time} time @param {Network} network @param {() => number} chance
 */
export function line(time, network, chance) {
  let last = 0;
  let stalled = -Infinity;
  if (network.stallEvery) {
    time.every(
      network.stallEvery * (0.2 + 0.8 * chance()),
      network.stallEvery,
      () => (stalled = time.now + (network.stall ?? 0)),
    );
  }
  return (/** @type {() => void} */ run) => {
    const late = network.delay + (chance() * 2 - 1) * (network.jitter ?? 0);
    last = Math.max(last, Math.max(time.now, stalled) + late);
    time.at(last, run);
  };
}

/** The authority: the server's side of the match. */
export class Server {
  /** Server time differs from page time. */
  offset = 1_234_567;
  /** @type {{k: number, at: number} | null} */
  clock = null;
  /** @type {number | null} */
  hold = null;
  /** @type {any} */
  over = null;
  /** @type {[number, number, -1 | 0 | 1][]} */
  log = [];
  lastTick = [0, 0];
  lastN = [0, 0];
  moved = 0;
  /** @type {((message: any) => void)[]} */
  out = [];
  /** Hashes of confirmed states by tick, for tests to compare with. @type {Map<number, number>} */
  points = new Map();

  /** @param {Time} time @param {number} seed @param {typeof RULES} rules */
  constructor(time, seed, rules = RULES) {
    this.time = time;
    this.rules = rules;
    this.seed = seed;
    this.timeline = new Timeline(rules, seed);
    time.every(5, 10, () => this.confirm());
  }

  get now() {
    return Math.floor(this.time.now + this.offset);
  }

  get tick() {
    if (!this.clock) return 0;
    const tick = Math.max(this.clock.k, Math.floor(this.clock.k + ((this.now - this.clock.at) * 60) / 1000));
    return this.hold === null ? tick : Math.min(tick, this.hold);
  }

  /** @param {any} message */
  all(message) {
    for (const out of this.out) out(message);
  }

  /** @param {number} after milliseconds from now */
  go(after) {
    this.clock = { k: this.hold ?? 0, at: this.now + after };
    this.hold = null;
    this.all({ t: "go", ...this.clock });
  }

  /** @param {number} seat */
  join(seat) {
    const state = this.timeline.confirmed;
    return {
      t: "join",
      you: [seat],
      rules: this.rules,
      seed: this.seed,
      seats: ["ada", "bob"].map((name) => ({ name, kind: "account", on: true, left: 30_000 })),
      phase: this.over ? "finished" : this.clock ? (this.hold === null ? "live" : "held") : "waiting",
      clock: this.clock,
      hold: this.hold,
      n: this.lastN[seat],
      now: this.now,
      state: toInts(state),
      inputs: this.log.filter(([tick]) => tick >= state.tick),
    };
  }

  /** @param {number} seat @param {any} message */
  receive(seat, message) {
    const reply = this.out[seat];
    if (message.t === "ping") reply({ t: "pong", c: message.c, s: this.now, n: this.lastN[seat], q: [100, 100] });
    else if (message.t === "resync") reply(this.join(seat));
    else if (message.t === "in") this.#input(seat, message);
  }

  /** @param {number} seat @param {any} message */
  #input(seat, message) {
    this.lastN[seat] = message.n;
    const earliest = Math.max(this.tick - WINDOW, this.timeline.confirmed.tick, this.lastTick[seat]);
    const k = Math.min(Math.max(message.k, earliest), this.tick + SLACK);
    this.lastTick[seat] = k;
    this.timeline.insert(k, seat, message.d);
    this.log.push([k, seat, message.d]);
    if (k !== message.k) {
      this.moved += 1;
      this.out[seat]({ t: "in", n: message.n, s: seat, k, d: message.d });
    }
    this.out[1 - seat]({ t: "in", s: seat, k, d: message.d });
  }

  confirm() {
    if (!this.clock || this.over) return;
    this.timeline.confirm(Math.max(0, this.tick - WINDOW), (state, events) => {
      if (!(events & 0xf0)) return;
      const score = [...state.score.slice(0, 2)];
      this.points.set(state.tick, hash(state));
      this.all({ t: "point", k: state.tick, score, h: hash(state) });
      if (!state.over) return;
      this.over = { t: "end", k: state.tick, winner: state.over - 1, why: "score", score };
      this.all(this.over);
    });
  }
}

/** A page and its player. */
export class Seat {
  /** @type {import("../../../static/pong/match.js").View | null} */
  seen = null;
  /** Called after each frame. @type {(view: import("../../../static/pong/match.js").View, server: number) => void} */
  onFrame = () => undefined;
  /**
   * Returns the direction that the player holds, called at each look.
   * @type {((view: import("../../../static/pong/match.js").View) => -1 | 0 | 1) | null}
   */
  play = null;
  connected = true;

  /**
   * @param {Time} time @param {Server} server @param {number} seat @param {Network} network @param {() => number} chance
   * @param {number} frame milliseconds of a frame
   */
  constructor(time, server, seat, network, chance, frame = 1000 / 60) {
    this.time = time;
    this.seat = seat;
    this.server = server;
    this.clock = new Clock();
    const up = line(time, network, chance);
    const down = line(time, network, chance);
    /** @param {any} message */
    this.send = (message) => {
      if (!this.connected) return false;
      up(() => this.connected && server.receive(seat, JSON.parse(JSON.stringify(message))));
      return true;
    };
    const ping = () => void this.send({ t: "ping", c: Math.round(time.now * 1000) });
    this.match = new Match(this.send, ping);
    server.out[seat] = (message) => {
      const text = JSON.stringify(message);
      down(() => this.connected && this.receive(JSON.parse(text)));
    };
    for (let i = 0; i < 6; i += 1) time.at(time.now + i * 70, ping);
    time.every(time.now + 2000, 2000, ping);
    time.every(time.now + frame * chance(), frame, () => this.frame());
    time.every(time.now + 50 * chance(), 50, () => this.look());
  }

  /** @param {any} message */
  receive(message) {
    const { now } = this.time;
    if (message.t === "pong") this.clock.sample(message.c / 1000, now, message.s);
    if (message.t === "join") this.clock.hint(message.now, now);
    this.match.receive(message, now, this.clock.now(now));
  }

  frame() {
    const server = this.clock.now(this.time.now);
    this.clock.still = !this.match.joined || this.match.still(server);
    this.match.trip = this.clock.rtt === null ? null : this.clock.rtt + 2 * this.clock.jitter;
    this.seen = this.match.view(server);
    if (this.seen) this.onFrame(this.seen, server);
  }

  look() {
    if (this.seen && this.play) this.match.steer(this.seat, this.play(this.seen), this.clock.now(this.time.now));
  }
}

/**
 * A player who follows the ball as it approaches, aims slightly beside it, and keeps that aim until it approaches again.
 * @param {number} seat @param {() => number} chance @param {number} error units
 */
function follower(seat, chance, error) {
  let aim = 0;
  let was = 0;
  return (/** @type {import("../../../static/pong/match.js").View} */ view) => {
    const comes = seat === 0 ? view.ball.x < was : view.ball.x > was;
    if (Math.abs(view.ball.x - 500) < 60) aim = (chance() * 2 - 1) * error;
    was = view.ball.x;
    const way = (comes ? view.ball.y + aim : 300) - (view.paddles[seat] ?? 0);
    return /** @type {-1 | 0 | 1} */ (Math.abs(way) < 20 ? 0 : Math.sign(way));
  };
}

/**
 * A table with two pages that have joined; play starts after a countdown.
 * @param {{seed?: number, network?: Network, other?: Network, error?: number, rules?: typeof RULES, frame?: number}} [options]
 */
export function table({ seed = 1, network = { delay: 5 }, other = network, error = 45, rules = RULES, frame } = {}) {
  const chance = random(seed);
  const time = new Time();
  const server = new Server(time, seed, rules);
  const seats = [network, other].map((net, seat) => new Seat(time, server, seat, net, chance, frame));
  seats.forEach((seat, i) => {
    seat.play = follower(i, chance, error);
    server.out[i](server.join(i));
  });
  time.at(600, () => server.go(1000));
  return { time, server, seats, chance };
}

export { SUB };
