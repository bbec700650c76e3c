// @ts-check
// The site under test: the real program, in its own process, with its own database.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, open } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/** The program to test: `SITE_BINARY`, or the debug build. */
function binary() {
  return (
    process.env.SITE_BINARY ??
    path.join(process.env.CARGO_TARGET_DIR ?? path.resolve("target"), "debug", "transcendence")
  );
}

/**
 * A port that nobody listens on, below the range that the system uses for outgoing connections: otherwise a browser that keeps
 * trying while the site is down could be given the site's port and end up talking to itself.
 */
async function freePort() {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 8_000);
    const probe = net.createServer();
    const free = await new Promise((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (free) {
      await new Promise((resolve) => probe.close(resolve));
      return port;
    }
  }
}

/** A running site. */
export class Site {
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #process;
  /** @param {string} folder @param {number} port @param {Record<string, string>} settings */
  constructor(folder, port, settings) {
    /** Where database and log are. */
    this.folder = folder;
    this.port = port;
    this.settings = settings;
  }

  /**
   * Starts a site with an empty database.
   * @param {Record<string, string>} [settings] Environment variables on top of the usual ones.
   */
  static async start(settings = {}) {
    const folder = await mkdtemp(path.join(os.tmpdir(), "transcendence-site."));
    const site = new Site(folder, await freePort(), settings);
    await site.run();
    return site;
  }

  /**
   * Starts a site with made-up players and matches.
   * @param {number} players @param {number} matches
   */
  static async seeded(players, matches) {
    const folder = await mkdtemp(path.join(os.tmpdir(), "transcendence-site."));
    const site = new Site(folder, await freePort(), {});
    const seed = ["seed", "--players", String(players), "--matches", String(matches)];
    await promisify(execFile)(binary(), seed, {
      cwd: folder,
      env: { PATH: process.env.PATH, DATABASE_URL: site.database },
    });
    await site.run();
    return site;
  }

  get database() {
    return `sqlite://${path.join(this.folder, "site.db")}`;
  }

  /** Queries or changes the database behind the site's back. @param {string} statement */
  async sql(statement) {
    const { stdout } = await promisify(execFile)("sqlite3", [
      "-cmd",
      ".timeout 5000",
      path.join(this.folder, "site.db"),
      statement,
    ]);
    return stdout.trim();
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid() {
    return this.#process?.pid;
  }

  /** Starts the process and waits until the site answers. */
  async run() {
    const log = await open(this.logFile, "a");
    const child = spawn(binary(), [], {
      cwd: this.folder,
      // None of the developer's own settings.
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: this.database,
        LISTEN: `127.0.0.1:${this.port}`,
        BASE_URL: this.url,
        RUST_BACKTRACE: "1",
        ...this.settings,
      },
      stdio: ["ignore", log.fd, log.fd],
    });
    this.#process = child;
    let ended = false;
    child.once("exit", () => (ended = true));
    child.once("error", () => (ended = true));
    // So that it is not left behind when the test runner is stopped.
    process.once("exit", () => child.kill("SIGKILL"));
    await log.close();
    const deadline = Date.now() + 30_000;
    while (!(await answers(this.port))) {
      if (ended || Date.now() > deadline) {
        throw new Error(`the site did not start:\n${await this.log()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get logFile() {
    return path.join(this.folder, "site.log");
  }

  /** What the site has printed. */
  async log() {
    return readFile(this.logFile, "utf8");
  }

  /** Kills the process, as a power failure would. */
  async kill() {
    await this.#end("SIGKILL");
  }

  /**
   * Asks the process to end, as an operator does.
   * @returns {Promise<{code: number | null, took: number}>} Its exit code, and how many milliseconds it needed.
   */
  async terminate() {
    const began = performance.now();
    const code = await this.#end("SIGTERM");
    return { code, took: performance.now() - began };
  }

  /** Ends the site and removes its folder. */
  async stop() {
    await this.#end("SIGKILL");
    await rm(this.folder, { recursive: true, force: true });
  }

  /** @param {"SIGKILL" | "SIGTERM"} signal @returns {Promise<number | null>} */
  async #end(signal) {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, "exit");
    child.kill(signal);
    const [code] = await ended;
    return code;
  }
}

/** @param {number} port @returns {Promise<boolean>} */
function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
