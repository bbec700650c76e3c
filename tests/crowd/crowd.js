#!/usr/bin/env -S node --experimental-websocket
// @ts-check
/**
 * Plays many live matches at once through whatever is in front of the site, while something is done to it: what do players notice?
 *
 *     node --experimental-websocket tests/crowd/crowd.js --url https://localhost:8443 --matches 200 --seconds 40 --during 'COMMAND'
 *
 * Each match is made by link as two guests make one (the site must run with RATE_LIMITS=off), and played by two clients that
 * reconnect as the page does. COMMAND runs in a shell once all are playing; from then on it measures for how long players cannot
 * play: from the moment that a client loses its connection (or play is held) until play runs again. Fails when a match is lost.
 */

import { spawn } from "node:child_process";
import { parseArgs } from "node:util";

import { backOff } from "../../static/pong/net.js";

const { values: options } = parseArgs({
  options: {
    url: { type: "string", default: "http://127.0.0.1:8080" },
    matches: { type: "string", default: "200" },
    seconds: { type: "string", default: "40" },
    during: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  },
});
const base = options.url.replace(/\/$/, "");
const wanted = Number(options.matches);
/** Time between pressing and releasing a key, in milliseconds. */
const PRESS = 250;
/** How long a connection may take to lead into the match, in milliseconds. */
const PATIENCE = 3000;
/** Answers of a proxy while no replica is behind it: worth another try. */
const AGAIN = new Set([502, 503, 504]);

// A test uses a self-signed certificate.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
process.removeAllListeners("warning");

/** Requests of one browser. */
class Browser {
  /** @type {Map<string, string>} */
  #cookies = new Map();

  get cookie() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** @param {string} path @param {Record<string, string>} fields @returns {Promise<string>} where it leads */
  async post(path, fields) {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await fetch(base + path, {
        method: "POST",
        redirect: "manual",
        headers: { cookie: this.cookie, origin: base, "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(fields).toString(),
      });
      await answer.arrayBuffer();
      for (const cookie of answer.headers.getSetCookie()) {
        const [pair = ""] = cookie.split(";");
        const at = pair.indexOf("=");
        this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
      }
      const location = answer.headers.get("location");
      if (location !== null) return new URL(location, base).pathname;
      if (!AGAIN.has(answer.status) || attempt > 20) throw new Error(`${path}: ${answer.status}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** One side of a match. */
class Client {
  /** Times without play, in milliseconds, since measuring began. @type {number[]} */
  gaps = [];
  /** @type {number | null} */ #lost = null;
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #runs;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #death;
  #attempts = 0;
  #n = 0;
  #offset = 0;
  #direction = 0;
  /** Whether play runs, as far as this client knows. */
  running = false;
  /** How the match ended, once it has. @type {string | null} */
  ended = null;
  /** The code with which the site turned this client away. @type {number | null} */
  refused = null;
  /** How long it took from a loss to an open connection, and on to the match, in milliseconds. @type {[number, number][]} */
  ways = [];
  #closedAt = 0;
  #openAt = 0;
  /** What happened, to report for a client that is lost. @type {string[]} */
  history = [];

  /** @param {string} id @param {Browser} browser */
  constructor(id, browser) {
    this.url = `${base.replace(/^http/, "ws")}/live/${id}`;
    this.browser = browser;
    this.connect();
    this.pressing = setInterval(() => this.#press(), PRESS);
  }

  connect() {
    const headers = { cookie: this.browser.cookie, origin: base };
    const options = /** @type {any} */ ({ protocols: ["pong.v1"], headers });
    const socket = new WebSocket(this.url, options);
    this.#socket = socket;
    socket.onmessage = (event) => this.#hear(JSON.parse(String(event.data)));
    socket.onopen = () => {
      this.#openAt = performance.now();
      this.#note("open");
    };
    socket.onerror = () => {};
    socket.onclose = (event) => this.#closed(event.code);
    // As the page does: a client that is not in the match by then tries again.
    clearTimeout(this.#death);
    this.#death = setTimeout(() => {
      socket.onclose = socket.onmessage = socket.onopen = null;
      this.#note(`no answer, state ${socket.readyState}`);
      socket.close();
      this.#closed(1006);
    }, PATIENCE);
  }

  stop() {
    clearInterval(this.pressing);
    clearTimeout(this.#runs);
    clearTimeout(this.#death);
    if (this.#socket) this.#socket.onclose = null;
    this.#socket?.close();
  }

  /** @param {string} what */
  #note(what) {
    this.history.push(`${new Date().toISOString().slice(14, 23)} ${what}`);
  }

  /** @param {any} message */
  #hear(message) {
    if (message.t !== "in" && message.t !== "point") {
      const { t, phase, at, k, s, on, left, now, why } = message;
      this.#note(JSON.stringify({ t, phase, at, k, s, on, left, now, why }));
    }
    if (message.t === "join") {
      clearTimeout(this.#death);
      if (this.#closedAt) this.ways.push([this.#openAt - this.#closedAt, performance.now() - this.#openAt]);
      this.#closedAt = 0;
      this.#attempts = 0;
      this.#offset = performance.now() - message.now;
      if (message.phase === "live" && message.clock) this.#go(message.clock.at);
    } else if (message.t === "go") {
      this.#go(message.at);
    } else if (message.t === "hold") {
      this.#pause();
    } else if (message.t === "end") {
      this.ended = message.why;
    }
  }

  /** Play starts at a server time. @param {number} at */
  #go(at) {
    clearTimeout(this.#runs);
    const run = () => {
      this.running = true;
      if (this.#lost !== null) this.gaps.push(performance.now() - this.#lost);
      this.#lost = null;
    };
    const wait = at + this.#offset - performance.now();
    if (wait <= 0) run();
    else this.#runs = setTimeout(run, wait);
  }

  #pause() {
    clearTimeout(this.#runs);
    if (this.running) this.#lost = performance.now();
    this.running = false;
  }

  /** @param {number} code */
  #closed(code) {
    clearTimeout(this.#death);
    this.#note(`closed ${code}`);
    this.#closedAt ||= performance.now();
    this.#pause();
    if (this.ended) return;
    if (code >= 4001 && code <= 4005 && code !== 4004) {
      this.refused = code;
      return;
    }
    setTimeout(() => this.connect(), backOff(this.#attempts));
    this.#attempts += 1;
  }

  #press() {
    if (!this.running || this.#socket?.readyState !== 1) return;
    this.#n += 1;
    this.#direction = this.#direction ? 0 : Math.random() < 0.5 ? 1 : -1;
    // Any tick will do: the server moves it to the nearest one that it accepts.
    this.#socket.send(JSON.stringify({ t: "in", n: this.#n, k: 0, d: this.#direction }));
  }
}

/** @returns {Promise<[Client, Client]>} */
async function meet() {
  const [ada, bob] = [new Browser(), new Browser()];
  const invite = await ada.post("/play/link", { points: "11" });
  const id = (await bob.post(invite, {})).split("/")[2] ?? "";
  return [new Client(id, ada), new Client(id, bob)];
}

/** @param {() => boolean} what @param {number} patience milliseconds @param {string} name */
async function until(what, patience, name) {
  const end = performance.now() + patience;
  while (!what()) {
    if (performance.now() > end) throw new Error(`${name} took too long`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** @param {number[]} sorted @param {number} share */
const at = (sorted, share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);

/** @type {Client[]} */
const clients = [];
let left = wanted;
await Promise.all(
  Array.from({ length: 8 }, async () => {
    while (left-- > 0) clients.push(...(await meet()));
  }),
);
await until(() => clients.every((client) => client.running || client.ended), 30_000, "the start");
// Wait until the first rally: before anything has been played there is nothing to interrupt.
await new Promise((resolve) => setTimeout(resolve, 5000));
for (const client of clients) client.gaps = [];
process.stderr.write(`${wanted} matches run\n`);

const began = performance.now();
if (options.during) {
  const child = spawn("sh", ["-c", options.during], { stdio: ["ignore", "inherit", "inherit"] });
  const status = await new Promise((resolve) => child.on("exit", resolve));
  if (status !== 0) throw new Error(`the command failed: ${status}`);
}
const took = performance.now() - began;
await new Promise((resolve) => setTimeout(resolve, Math.max(0, Number(options.seconds) * 1000 - took)));

const good = (/** @type {Client} */ client) => client.running || client.ended === "score";
// A client that is just reconnecting is not lost.
await until(() => clients.every(good), 20_000, "coming back").catch(() => {});
const lost = clients.filter((client) => !good(client));
const slow = clients.filter((client) => client.history.some((line) => line.includes("no answer")));
const gaps = clients.flatMap((client) => client.gaps).sort((a, b) => a - b);
const ways = clients.flatMap((client) => client.ways);
/** @param {0 | 1} part */
const way = (part) =>
  at(
    ways.map((times) => times[part]).sort((a, b) => a - b),
    0.5,
  );
const report = {
  matches: wanted,
  clients: clients.length,
  lost: lost.length,
  unanswered: slow.length,
  why: [...new Set(lost.map((client) => client.refused ?? client.ended ?? "not running"))],
  finished: clients.filter((client) => client.ended === "score").length,
  interruptions: gaps.length,
  median: at(gaps, 0.5),
  p99: at(gaps, 0.99),
  longest: at(gaps, 1),
  open: way(0),
  join: way(1),
  command: Math.round(took),
};
for (const client of clients) client.stop();
// Longer than a dead replica may cost.
const late = clients.filter((client) => client.gaps.some((gap) => gap > 3_000));
for (const client of process.env.TRACE ? new Set([...lost, ...slow, ...late]) : lost) {
  process.stderr.write(`lost or late: ${client.url}\n  ${client.history.join("\n  ")}\n`);
}
process.stdout.write(
  options.json
    ? `${JSON.stringify(report)}\n`
    : `${report.matches} matches, ${report.clients} players: ${report.lost} lost ${report.why.join(", ")}\n` +
        `${report.interruptions} interruptions: median ${report.median} ms, p99 ${report.p99} ms, longest ${report.longest} ms\n` +
        `of it, at the median: ${report.open} ms to an open connection, ${report.join} ms from there into the match\n`,
);
process.exit(report.lost ? 1 : 0);
