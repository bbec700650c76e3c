// @ts-check
// People at the keyboard: they look at what the page shows of the game and press keys.

import { expect } from "@playwright/test";

/** @typedef {import("@playwright/test").Page} Page */

/**
 * What a match page reports about its game in data attributes of the canvas.
 * @typedef {object} Game
 * @property {string} phase connecting, waiting, countdown, live, held, reconnecting, taken, fault or finished.
 * @property {string} score The confirmed points, as in "3-2".
 * @property {number} tick
 * @property {number} resyncs How often the page's game disagreed with the server's.
 * @property {number} errors Exceptions of the page's scripts.
 * @property {number} ballX In units of the field, which is 1000 wide and 600 high.
 * @property {number} ballY
 * @property {number[]} paddles The middle of each seat's paddle.
 * @property {number[]} seats The own seats; none for a spectator, two at one keyboard.
 */

/** The field of the game. */
export const field = (/** @type {Page} */ page) => page.locator("canvas[data-phase]");

/**
 * Reads the game; null while the page has none (it may be loading).
 * @param {Page} page
 * @returns {Promise<Game | null>}
 */
export async function look(page) {
  try {
    return await page.evaluate(() => {
      const canvas = document.querySelector("canvas[data-phase]");
      if (!(canvas instanceof HTMLCanvasElement)) return null;
      const d = canvas.dataset;
      return {
        phase: d.phase ?? "",
        score: d.score ?? "",
        tick: Number(d.tick),
        resyncs: Number(d.resyncs),
        errors: Number(d.errors),
        ballX: Number(d.ballX),
        ballY: Number(d.ballY),
        paddles: (d.paddles ?? "").split(",").map(Number),
        seats: d.seat ? d.seat.split(",").map(Number) : [],
      };
    });
  } catch {
    // The page is on its way to another address.
    return null;
  }
}

/**
 * How a person plays: follows the ball, avoids it, or leaves the keys alone.
 * @typedef {"well" | "badly" | "not"} Style
 */

/** A person who plays at a page, with real key presses, until told to stop. */
export class Player {
  #playing = true;
  /** @type {Promise<void>} */
  #loop;

  /**
   * @param {Page} page
   * @param {Style} style
   * @param {{seat?: number, up?: string, down?: string}} [hands] Which seat, when the page plays both, and which keys.
   */
  constructor(page, style, hands = {}) {
    this.page = page;
    this.style = style;
    this.hands = { up: "w", down: "s", ...hands };
    /** How many keys were pressed. */
    this.presses = 0;
    /** The game at its end: the page leaves for the result a little later. @type {Game | undefined} */
    this.last = undefined;
    this.#loop = this.#play();
  }

  async stop() {
    this.#playing = false;
    await this.#loop;
  }

  async #play() {
    /** @type {string | null} */
    let held = null;
    /** @param {string | null} key */
    const hold = async (key) => {
      if (key === held) return;
      try {
        if (held) await this.page.keyboard.up(held);
        if (key) {
          await this.page.keyboard.down(key);
          this.presses += 1;
        }
        held = key;
      } catch {
        held = null;
      }
    };
    while (this.#playing && !this.page.isClosed()) {
      const game = await look(this.page);
      if (game?.phase === "finished") this.last = game;
      await hold(game ? this.#wants(game) : null);
      // A person looks about thirty times a second.
      await new Promise((resolve) => setTimeout(resolve, 33));
    }
    if (!this.page.isClosed()) await hold(null);
  }

  /** @param {Game} game @returns {string | null} The key to hold. */
  #wants(game) {
    const paddle = game.paddles[this.hands.seat ?? game.seats[0] ?? -1];
    if (game.phase !== "live" || this.style === "not" || paddle === undefined) return null;
    if (this.style === "badly") return game.ballY > 300 ? this.hands.up : this.hands.down;
    if (Math.abs(game.ballY - paddle) < 20) return null;
    return game.ballY < paddle ? this.hands.up : this.hands.down;
  }
}

/**
 * Waits for a phase of the game.
 * @param {Page} page
 * @param {string} phase
 * @param {number} [timeout]
 */
export async function reaches(page, phase, timeout = 30_000) {
  await expect(field(page)).toHaveAttribute("data-phase", phase, { timeout });
}

/**
 * Records every score that the match pages of a tab show from now on, for `notedScores`. Call it before the match opens, so that no
 * point is missed.
 * @param {Page} page
 */
export async function noteScores(page) {
  await page.addInitScript(() => {
    addEventListener("DOMContentLoaded", () => {
      const canvas = document.querySelector("canvas[data-phase]");
      if (!(canvas instanceof HTMLCanvasElement)) return;
      /** @type {(string | undefined)[]} */
      const seen = [];
      const note = () => {
        if (seen.at(-1) !== canvas.dataset.score) seen.push(canvas.dataset.score);
        // Survives when the page leaves for the result.
        sessionStorage.setItem("scores-seen", seen.join(" "));
      };
      note();
      new MutationObserver(note).observe(canvas, { attributes: true, attributeFilter: ["data-score"] });
    });
  });
}

/**
 * The recorded scores, in order.
 * @param {Page} page
 */
export async function notedScores(page) {
  return page.evaluate(() => sessionStorage.getItem("scores-seen")?.split(" "));
}
