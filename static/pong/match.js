// @ts-check
/**
 * A match as one page plays it: what the server said, what this page's player does, and what to show now.
 *
 * There is no socket, clock or drawing in here, which makes it testable: messages, server time and the held directions come in;
 * inputs to send and views go out.
 */

import { SUB } from "./rules.js";
import { hash } from "./state.js";
import { Timeline } from "./timeline.js";
import { ballAt, ballTick, Fade, paddleAt } from "./motion.js";

/** @typedef {import("./net.js").FromServer} FromServer */
/** @typedef {import("./net.js").FromClient} FromClient */
/** @typedef {import("./net.js").Join} Join */
/** @typedef {import("./net.js").SeatInfo} SeatInfo */
/** @typedef {import("./net.js").Direction} Direction */
/** @typedef {import("./motion.js").Point} Point */
/** @typedef {"waiting" | "countdown" | "live" | "held" | "finished"} Phase */
/** @typedef {Extract<FromServer, {t: "end"}>} End */
/** @typedef {{k: number, h: number, since: number}} Check */
/**
 * @typedef {object} View what to show at one moment, in field units
 * @property {Phase} phase
 * @property {number} tick the current one, with a fraction
 * @property {Point} ball
 * @property {boolean} served whether the ball is in play
 * @property {number[]} paddles their centres
 * @property {number} length of the paddles
 * @property {number[]} score confirmed points
 * @property {number} events bits of `Events` that became visible since the last view
 * @property {number} seconds of the countdown that are left (3, 2, 1), else 0
 */

const TICKS_PER_MS = 60 / 1000;
/** How many ticks in the past the server accepts an input. */
const WINDOW = 9;
/** Ticks kept although they could be confirmed: holds reach back a little, and so does what is drawn. */
const KEPT = 45;
/** The other side is shown at most this many ticks late. */
const MOST_DELAY = 20;
/** The delay changes by at most this many ticks per tick. */
const DELAY_SLEW = 0.02;
/** The lead changes by at most this many milliseconds per millisecond. */
const LEAD_SLEW = 0.02;
/** How many late inputs of the other side the delay is computed from. */
const LATENESS_KEPT = 24;
/** The share of them that the delay covers; the rest are corrected smoothly. */
const COVERED = 0.7;
/** The share of the server's window that inputs may spend on their way; players further away play ahead by the rest. */
const WINDOW_USED = WINDOW - 2;
/** Nobody plays further ahead than this, in milliseconds. */
const MOST_LEAD = 250;
/** Without a connection the game keeps moving for this many ticks, then stands still. */
const BLIND = 30;
/** Milliseconds between two requests for the correct state. */
const ASK_EVERY = 700;

export class Match {
  /** @type {number[]} */
  you = [];
  /** @type {SeatInfo[]} */
  seats = [];
  /** Server time at which each seat's absence budget (`left`) was reported. @type {number[]} */
  toldAt = [];
  /** Round trips by seat, in milliseconds. @type {(number | null)[]} */
  trips = [];
  /** @type {number[]} */
  score = [0, 0];
  /** @type {End | null} */
  end = null;
  /** How often this page's state was found to differ from the server's. */
  resyncs = 0;
  /** The largest visible jump of the ball, in units beyond its own movement. */
  jump = 0;
  /** @type {Timeline | null} */
  game = null;

  /** @type {{k: number, at: number} | null} */
  #clock = null;
  /** @type {number | null} */
  #hold = null;
  /** The tick at which the connection was lost. @type {number | null} */
  #lost = null;
  #waiting = true;
  #n = 0;
  /**
   * Own inputs that the server has not acknowledged, by number.
   * @type {Map<number, {tick: number, seat: number, direction: Direction}>}
   */
  #unheard = new Map();
  /** What each own seat's player holds. @type {Map<number, Direction>} */
  #wanted = new Map();
  /**
   * What the log says about each own seat: direction and tick of the last input.
   * @type {Map<number, {direction: Direction, tick: number}>}
   */
  #last = new Map();
  /** @type {Check[]} */
  #checks = [];
  /** The state is wrong, and the correct one is being requested. */
  #wrong = false;
  #asked = -Infinity;
  #now = 0;
  /** @type {number[]} */
  #lateness = [];
  #delay = 0;
  /** How far this page runs ahead of the server's clock, in milliseconds: see `trip`. */
  #lead = 0;
  #ball = new Fade(70, 320);
  #paddles = [new Fade(55, 400), new Fade(55, 400)];
  #heard = -1;
  /** @type {{server: number, tick: number, ball: Point, rally: number} | null} */
  #shown = null;

  /** @param {(message: FromClient) => boolean} send @param {() => void} ping ask the server for its time now */
  constructor(send, ping) {
    this.send = send;
    this.ping = ping;
  }

  /**
   * The usual round trip in milliseconds plus its variation, as measured by the page. From far away inputs would always arrive too
   * late and be moved: such a page plays a little ahead of time, so that its inputs arrive when they are due.
   * @type {number | null}
   */
  trip = null;

  get joined() {
    return this.game !== null;
  }

  /** How late the other side is shown, in ticks. */
  get delay() {
    return this.#delay;
  }

  /** Whether nothing moves, so that the clock may be set freely. @param {number} server */
  still(server) {
    return this.phase(server) !== "live";
  }

  /** @param {number} server time in milliseconds @returns {Phase} */
  phase(server) {
    if (this.end) return "finished";
    if (this.#waiting || !this.#clock) return "waiting";
    if (this.#hold !== null && this.#raw(server) >= this.#hold) return "held";
    return server + this.#lead < this.#clock.at ? "countdown" : "live";
  }

  /** Milliseconds of absence that a seat has left. @param {number} seat @param {number} server */
  left(seat, server) {
    const info = this.seats[seat];
    if (!info) return 0;
    return info.on ? info.left : Math.max(0, info.left - (server - (this.toldAt[seat] ?? server)));
  }

  /**
   * Handles a message from the server.
   * @param {FromServer} message @param {number} local page time of its arrival @param {number} server the same in server time
   */
  receive(message, local, server) {
    this.#now = server;
    if (message.t === "join") {
      this.#keepingSight(server, () => this.#join(message, server));
    } else if (!this.game) {
      return;
    } else if (message.t === "in") {
      this.#keepingSight(server, () => this.#input(message, server));
    } else if (message.t === "go") {
      this.#waiting = false;
      this.#keepingSight(server, () => {
        this.#clock = { k: message.k, at: message.at };
        this.#hold = null;
      });
    } else if (message.t === "hold") {
      this.#keepingSight(server, () => (this.#hold = message.k));
    } else if (message.t === "end") {
      this.#keepingSight(server, () => {
        this.#hold = message.k;
        this.end = message;
        this.score = message.score;
      });
    } else if (message.t === "seat") {
      const info = this.seats[message.s];
      if (info) Object.assign(info, { on: message.on, left: message.left });
      this.toldAt[message.s] = server;
    } else if (message.t === "point") {
      this.score = message.score;
      this.#checks.push({ k: message.k, h: message.h, since: local });
      this.#check(null);
    } else if (message.t === "pong") {
      this.trips = message.q;
      for (const n of this.#unheard.keys()) if (n <= message.n) this.#unheard.delete(n);
      this.#check(message.c / 1000);
      this.#confirm(message.s);
    }
  }

  /** Handles a lost connection. @param {number} server */
  lost(server) {
    this.#lost ??= this.#clock ? this.#tick(server) : null;
    this.#unheard.clear();
    this.#n = 0;
    this.#wrong = false;
    this.#checks = [];
  }

  /** Steers an own seat in another direction. @param {number} seat @param {Direction} direction @param {number} server */
  steer(seat, direction, server) {
    if (!this.you.includes(seat)) return;
    this.#wanted.set(seat, direction);
    this.#act(server);
  }

  /** Centre of a paddle as its player should see it. @param {number} seat @param {number} server */
  paddle(seat, server) {
    return this.game ? paddleAt(this.game, seat, this.#tick(server)) : 0;
  }

  /** @param {number} server @returns {View | null} null before the first message */
  view(server) {
    const game = this.game;
    if (!game) return null;
    this.#now = server;
    this.#ask();
    this.#act(server);
    const passed = this.#shown ? server - this.#shown.server : 0;
    this.#follow(passed, server);
    this.#ball.pass(passed);
    for (const fade of this.#paddles) fade.pass(passed);

    const now = this.#tick(server);
    const late = this.#late(server);
    const at = ballTick(game, this.you, late, now);
    const ball = plus(ballAt(game, at), this.#ball.rest);
    const paddles = this.seats.map((_, seat) => this.#paddleShown(game, seat, late, now));
    const state = game.stateAt(Math.floor(at));
    this.#measure(server, at, ball, state);
    return {
      phase: this.phase(server),
      tick: now,
      ball,
      served: state.pause === 0 && !this.end,
      paddles,
      length: (2 * state.paddleHalf) / SUB,
      score: this.score,
      events: this.#events(game, Math.floor(at)),
      seconds: this.#clock ? Math.max(0, Math.ceil((this.#clock.at - server - this.#lead) / 1000)) : 0,
    };
  }

  /** @param {Timeline} game @param {number} seat @param {number} late @param {number} now */
  #paddleShown(game, seat, late, now) {
    if (this.you.includes(seat)) return paddleAt(game, seat, now);
    return paddleAt(game, seat, late) + (this.#paddles[seat]?.rest.y ?? 0);
  }

  /** The tick that this page plays, by the clock alone, with a fraction. @param {number} server */
  #raw(server) {
    return this.#served(server + this.#lead);
  }

  /** The tick of the server. @param {number} server */
  #served(server) {
    return this.#clock ? this.#clock.k + (server - this.#clock.at) * TICKS_PER_MS : (this.game?.confirmed.tick ?? 0);
  }

  /** The current tick: the clock's, limited to what is played, with a fraction. @param {number} server */
  #tick(server) {
    return this.#within(this.#raw(server));
  }

  /** The tick at which the other side is shown. @param {number} server */
  #late(server) {
    return this.#within(this.#raw(server) - this.#delay);
  }

  /** @param {number} tick */
  #within(tick) {
    const first = Math.max(this.#clock?.k ?? 0, this.game?.confirmed.tick ?? 0);
    const last = Math.min(this.#hold ?? Infinity, this.#lost === null ? Infinity : this.#lost + BLIND);
    return Math.min(Math.max(tick, first), Math.max(last, this.game?.confirmed.tick ?? 0));
  }

  /** Sends what the players hold, where it differs from the log. @param {number} server */
  #act(server) {
    if (!this.game || this.#lost !== null || this.phase(server) !== "live") return;
    for (const [seat, direction] of this.#wanted) {
      const last = this.#last.get(seat);
      if (last?.direction === direction) continue;
      // Of two inputs in one tick only the last would count, so a short tap gets a tick of its own.
      const tick = Math.max(Math.floor(this.#tick(server)), (last?.tick ?? -1) + 1);
      const n = this.#n + 1;
      const one = this.you.length === 1;
      if (!this.send({ t: "in", n, k: tick, d: direction, ...(one ? {} : { s: seat }) })) return;
      this.#n = n;
      this.#unheard.set(n, { tick, seat, direction });
      this.#last.set(seat, { direction, tick });
      this.game.insert(tick, seat, direction, n);
    }
  }

  /** @param {Join} join @param {number} server */
  #join(join, server) {
    this.game = Timeline.load(join.rules, join.state, join.inputs);
    const { confirmed } = this.game;
    this.you = join.you;
    this.seats = join.seats;
    this.toldAt = join.seats.map(() => server);
    this.score = [...confirmed.score.slice(0, join.seats.length)];
    const held = new Map(join.inputs.map(([tick, seat, direction]) => [seat, { direction, tick }]));
    // After `resync` some own inputs may still be under way; on a new connection there are none (nothing is unheard).
    for (const [n, { tick, seat, direction }] of this.#unheard) {
      if (n <= join.n) this.#unheard.delete(n);
      else if (this.game.insert(tick, seat, direction, n)) held.set(seat, { direction, tick });
    }
    this.#n = Math.max(this.#n, join.n);
    this.#clock = join.clock;
    this.#hold = join.hold;
    this.#waiting = join.phase === "waiting";
    this.#lost = null;
    this.#wrong = false;
    this.#checks = [];
    this.#last = new Map(
      this.you.map((seat) => [
        seat,
        held.get(seat) ?? { direction: /** @type {Direction} */ (confirmed.held[seat] ?? 0), tick: -1 },
      ]),
    );
  }

  /** @param {Extract<FromServer, {t: "in"}>} message @param {number} server */
  #input(message, server) {
    const game = this.game;
    if (!game) return;
    if (message.n !== undefined) {
      this.#unheard.delete(message.n);
      if (!game.move(message.n, message.k) && !game.insert(message.k, message.s, message.d, message.n)) this.#resync();
      const last = this.#last.get(message.s);
      if (last && last.tick < message.k) last.tick = message.k;
      return;
    }
    if (!game.insert(message.k, message.s, message.d)) this.#resync();
    if (this.you.includes(message.s)) {
      this.#stopped(message.s, message.k, message.d);
      return;
    }
    if (this.phase(server) === "live") {
      this.#lateness.push(this.#raw(server) - message.k);
      if (this.#lateness.length > LATENESS_KEPT) this.#lateness.shift();
    }
  }

  /**
   * The server let go of an own paddle, because this page was away. Own inputs of that tick come after it.
   * @param {number} seat @param {number} k @param {Direction} direction
   */
  #stopped(seat, k, direction) {
    for (const [n, input] of this.#unheard) if (input.seat === seat && input.tick === k) this.game?.move(n, k);
    const last = this.#last.get(seat);
    if (!last || last.tick < k) this.#last.set(seat, { direction, tick: k });
  }

  /**
   * Makes a change that may alter the past, and lets the visible difference fade in, except for the own paddle.
   * @param {number} server @param {() => void} change
   */
  #keepingSight(server, change) {
    const before = this.#true(server);
    change();
    const after = this.#true(server);
    if (!before || !after) return;
    if (before.rally === after.rally) this.#ball.jump(before.ball, after.ball);
    this.#paddles.forEach((fade, seat) =>
      fade.jump({ x: 0, y: before.paddles[seat] ?? 0 }, { x: 0, y: after.paddles[seat] ?? 0 }),
    );
  }

  /** Where things are now, without fading corrections. @param {number} server */
  #true(server) {
    const game = this.game;
    if (!game) return null;
    const late = this.#late(server);
    const tick = ballTick(game, this.you, late, this.#tick(server));
    const paddles = this.#paddles.map((_, seat) => paddleAt(game, seat, late));
    return { ball: ballAt(game, tick), paddles, rally: rallyOf(game.stateAt(Math.floor(tick))) };
  }

  /**
   * Compares the state after confirmed points with the server's hash. An own input may still be about to be moved, so a difference
   * is real only once a ping that was sent later has been answered.
   * @param {number | null} answered page time at which the ping now answered was sent
   */
  #check(answered) {
    const game = this.game;
    if (!game) return;
    const open = this.#checks.filter(({ k, h }) => k >= game.confirmed.tick && hash(game.stateAt(k)) !== h);
    if (answered !== null && open.some(({ since }) => answered >= since)) {
      this.resyncs += 1;
      this.#resync();
      return;
    }
    if (open.length && answered === null) this.ping();
    this.#checks = open;
  }

  #resync() {
    this.#wrong = true;
    this.#checks = [];
    this.#ask();
  }

  /** The server limits how often it answers `resync`, so this asks until it does. */
  #ask() {
    if (this.#wrong && this.#now > this.#asked + ASK_EVERY && this.send({ t: "resync" })) this.#asked = this.#now;
  }

  /** Confirms what the server had decided at server time `s`: it cannot change any more. @param {number} s */
  #confirm(s) {
    if (!this.game || !this.#clock) return;
    this.game.confirm(
      Math.floor(
        Math.min(
          this.#within(this.#served(s)) - WINDOW - KEPT,
          ...[...this.#unheard.values()].map(({ tick }) => tick),
          ...this.#checks.map(({ k }) => k),
        ),
      ),
    );
  }

  /** Lets lead and delay follow the network, slowly during play. @param {number} passed milliseconds @param {number} server */
  #follow(passed, server) {
    const still = this.still(server);
    const far = (this.trip ?? 0) / 2 - WINDOW_USED / TICKS_PER_MS;
    const lead = this.you.length ? Math.max(0, Math.min(MOST_LEAD, far)) : 0;
    const step = still ? MOST_LEAD : Math.max(0, passed) * LEAD_SLEW;
    this.#lead += Math.max(-step, Math.min(step, lead - this.#lead));

    const target = Math.max(0, Math.min(MOST_DELAY, this.#usualLateness()));
    const most = still ? MOST_DELAY : Math.max(0, passed) * TICKS_PER_MS * DELAY_SLEW;
    this.#delay += Math.max(-most, Math.min(most, target - this.#delay));
  }

  #usualLateness() {
    if (this.you.length > 1) return 0;
    if (this.#lateness.length >= 4) {
      const sorted = [...this.#lateness].sort((a, b) => a - b);
      return (sorted[Math.floor(sorted.length * COVERED)] ?? 0) + 0.3;
    }
    const trips = this.trips.reduce((/** @type {number} */ sum, trip) => sum + (trip ?? 0), 0);
    return (trips / 2) * TICKS_PER_MS + 1;
  }

  /** What happened since the last view, by the time at which the ball is shown. @param {Timeline} game @param {number} tick */
  #events(game, tick) {
    let events = 0;
    const from = Math.max(this.#heard + 2, tick - 3);
    if (this.phase(this.#shown?.server ?? 0) === "live") {
      for (let at = from; at <= tick + 1; at += 1) events |= game.eventsAt(at);
    }
    this.#heard = tick < this.#heard - 60 ? tick : Math.max(this.#heard, tick);
    return events;
  }

  /** @param {number} server @param {number} tick @param {Point} ball @param {Readonly<import("./state.js").State>} state */
  #measure(server, tick, ball, state) {
    const last = this.#shown;
    const rally = rallyOf(state);
    this.#shown = { server, tick, ball, rally };
    const passed = server - (last?.server ?? 0);
    if (!last || last.rally !== rally || passed < 0 || passed > 100) return;
    const speed = Math.hypot(state.ballVx, state.ballVy) / SUB;
    const moved = Math.hypot(ball.x - last.ball.x, ball.y - last.ball.y);
    this.jump = Math.max(this.jump, moved - speed * (passed * TICKS_PER_MS * 1.3 + 0.1));
  }
}

/**
 * A number for each rally, and for the wait before it. From one to the next the ball is put back, which does not count as a
 * correction.
 * @param {Readonly<import("./state.js").State>} state
 */
function rallyOf(state) {
  return (state.score[0] ?? 0) + (state.score[1] ?? 0) + (state.pause > 0 ? 0.5 : 0);
}

/** @param {Point} a @param {Point} b */
function plus(a, b) {
  return { x: a.x + b.x, y: a.y + b.y };
}
