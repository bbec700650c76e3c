// @ts-check
/**
 * The connection to a match: one WebSocket of `pong.v1` (see `docs/protocol.md`), kept alive.
 *
 * It reconnects by itself, notices a connection that is dead without having been closed, and measures the server's clock. It knows
 * nothing about the game: messages go to the handlers as they arrive.
 */

import { Clock } from "./clock.js";

/** @typedef {-1 | 0 | 1} Direction */
/** @typedef {{name: string, kind: string, on: boolean, left: number}} SeatInfo */
/** @typedef {{k: number, at: number}} TickClock tick `k` is at server time `at` (milliseconds) */
/**
 * @typedef {object} Join
 * @property {"join"} t
 * @property {number[]} you own seats; none for a spectator
 * @property {any} rules
 * @property {number} seed
 * @property {SeatInfo[]} seats
 * @property {"waiting" | "live" | "held" | "finished"} phase
 * @property {TickClock | null} clock
 * @property {number | null} hold the tick that play stops at
 * @property {number} n the last own input that the server has
 * @property {number} now server time
 * @property {number[]} state the confirmed state as integers
 * @property {[number, number, Direction][]} inputs tick, seat, direction
 */
/**
 * @typedef {Join
 *   | {t: "in", s: number, k: number, d: Direction, n?: number}
 *   | {t: "pong", c: number, s: number, n: number, q: (number | null)[]}
 *   | {t: "go", k: number, at: number}
 *   | {t: "hold", k: number, s: number}
 *   | {t: "seat", s: number, on: boolean, left: number}
 *   | {t: "point", k: number, score: number[], h: number}
 *   | {t: "end", k: number, winner: number | null, why: "score" | "forfeit" | "left" | "abandoned" | "no_show" | "aborted",
 *     score: number[], missing?: number[]}
 *   | {t: "rematch", s: number}
 *   | {t: "goto", url: string}} FromServer
 */
/**
 * @typedef {{t: "in", n: number, k: number, d: Direction, s?: number} | {t: "ping", c: number} | {t: "away"} | {t: "back"}
 *   | {t: "resync"} | {t: "leave"}} FromClient
 */
/**
 * @typedef {object} Handlers
 * @property {(message: FromServer, local: number) => void} message each message, once; `local` is page time
 * @property {(attempts: number) => void} lost the connection is lost and will be made again
 * @property {(code: number) => void} closed the server ended it for this page (4001, 4002, 4003, 4005)
 */

const PROTOCOL = "pong.v1";
/** Waits between attempts to connect: the first, and the longest, in milliseconds. */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 3000;
/** Pings at the start of a connection, and the time between them; afterwards one every [`PING_EVERY`] milliseconds. */
const BURST = 6;
const BURST_EVERY = 70;
const PING_EVERY = 3000;
/** When a ping has had no answer for this long, the connection is dead. */
const DEAD_AFTER = 3000;
/** The same when there is reason for doubt: the page came back, the network changed. */
const DOUBT_AFTER = 1200;
/** Codes after which reconnecting automatically would not help. */
const FINAL = new Set([4001, 4002, 4003, 4005]);

/** @param {number} attempts failed so far @returns {number} milliseconds to wait */
export function backOff(attempts) {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(attempts, 10));
}

export class Link {
  /** @type {WebSocket | null} */
  #socket = null;
  #attempts = 0;
  #stopped = false;
  #burst = 0;
  /** Page time at which the oldest unanswered ping was sent, or the connection was begun. */
  #waiting = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #ping;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #death;

  /**
   * @param {string} url @param {Handlers} handlers
   * @param {{Socket?: typeof WebSocket, now?: () => number}} [means] replaced in tests
   */
  constructor(url, handlers, { Socket = WebSocket, now = () => performance.now() } = {}) {
    this.url = url;
    this.handlers = handlers;
    this.Socket = Socket;
    this.time = now;
    this.clock = new Clock();
  }

  /** Whether messages can be sent now. */
  get open() {
    return this.#socket !== null && this.#socket.readyState === 1;
  }

  /** Failed attempts since the last connection. */
  get attempts() {
    return this.#attempts;
  }

  /** Connects now, whatever was planned; also after a final close (to take the seat back). */
  connect() {
    this.#stopped = false;
    this.#drop();
    const socket = new this.Socket(this.url, PROTOCOL);
    this.#socket = socket;
    this.#watch(DEAD_AFTER);
    socket.onopen = () => {
      this.#burst = BURST;
      this.#beat();
    };
    socket.onmessage = (event) => this.#received(event.data);
    socket.onclose = (event) => this.#closed(event.code);
  }

  /** Closes for good. */
  stop() {
    this.#stopped = true;
    this.#drop();
  }

  /** Checks the connection quickly when there is reason to doubt it (page shown again, network changed). */
  doubt() {
    if (this.#stopped) return;
    if (!this.open) {
      this.#attempts = 0;
      this.connect();
      return;
    }
    this.#burst = BURST;
    this.#beat();
    this.#watch(DOUBT_AFTER);
  }

  /** Measures the clock again after it leapt (the machine slept). */
  measure() {
    this.clock.reset();
    this.doubt();
  }

  /** @param {FromClient} message @returns {boolean} whether it was sent */
  send(message) {
    if (!this.#socket || !this.open) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Asks the server for its time now. */
  ping() {
    if (this.send({ t: "ping", c: Math.round(this.time() * 1000) }) && !this.#waiting) this.#watch(DEAD_AFTER);
  }

  #beat() {
    clearTimeout(this.#ping);
    this.ping();
    const wait = this.#burst > 0 ? BURST_EVERY : PING_EVERY;
    this.#burst -= this.#burst > 0 ? 1 : 0;
    this.#ping = setTimeout(() => this.#beat(), wait);
  }

  /** @param {string} data */
  #received(data) {
    const local = this.time();
    /** @type {FromServer} */
    const message = JSON.parse(data);
    if (message.t === "pong") {
      this.#waiting = 0;
      clearTimeout(this.#death);
      this.clock.sample(message.c / 1000, local, message.s);
    } else if (message.t === "join") {
      this.#attempts = 0;
      this.clock.hint(message.now, local);
      // Finding the match took time, and pings sent meanwhile may be lost with the replica that played it: that does not mean a
      // dead connection.
      if (this.#waiting && this.#burst === 0) {
        this.#waiting = 0;
        this.#burst = BURST;
        this.#beat();
      }
    }
    this.handlers.message(message, local);
  }

  /** @param {number} after milliseconds without an answer */
  #watch(after) {
    this.#waiting = this.time();
    clearTimeout(this.#death);
    this.#death = setTimeout(() => this.#closed(1006), after);
  }

  /** @param {number} code */
  #closed(code) {
    this.#drop();
    if (this.#stopped) return;
    if (FINAL.has(code)) {
      this.#stopped = true;
      this.handlers.closed(code);
      return;
    }
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.connect(), backOff(this.#attempts));
    this.#attempts += 1;
    this.handlers.lost(this.#attempts);
  }

  /** Drops the current socket without listening to it any more. */
  #drop() {
    clearTimeout(this.#retry);
    clearTimeout(this.#ping);
    clearTimeout(this.#death);
    this.#waiting = 0;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    if (socket.readyState < 2) socket.close();
  }
}
