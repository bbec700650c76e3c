// @ts-check
/** The parts of the match page around the canvas: scoreboard, connections, what covers the court, what is read aloud. */

/**
 * The texts of the catalogue that change while the page is open; `{name}` and the like are filled in here.
 * @typedef {Record<"waiting" | "held" | "heldYou" | "resuming" | "reconnectingText" | "unreachable" | "ended" | "endedNobody"
 *   | "endedUnplayed" | "endedScore" | "endedForfeit" | "endedLeft" | "endedStopped" | "endedBoth" | "endedMissing"
 *   | "endedLate" | "endedNoneCame" | "endedAborted" | "rematchOffered" | "rematchAsked" | "rematchFailed" | "point" | "live"
 *   | "seconds" | "trip" | "noTrip" | "seatAwayLeft" | "seatMissing" | "endedWon", string>} Texts
 */

/**
 * Inserts values into a text of the catalogue: `{name}` is replaced by `values.name`.
 * @param {string} text @param {Record<string, unknown>} values
 */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

/** @param {number | null} trip round trip in milliseconds @returns {0 | 1 | 2 | 3} bars of the badge */
function bars(trip) {
  if (trip === null) return 0;
  if (trip < 80) return 3;
  return trip < 180 ? 2 : 1;
}

/** @template {Element} [T=HTMLElement] @param {ParentNode} root @param {string} selector @returns {T} */
export function find(root, selector) {
  const element = root.querySelector(selector);
  if (!element) throw new Error(`the page has no ${selector}`);
  return /** @type {T} */ (element);
}

export class Board {
  /** The text last written to each element, so that unchanged texts are left alone. @type {Map<Element, string>} */
  #written = new Map();
  #phase = "";

  /** @param {HTMLElement} root `main.match` @param {Texts} texts */
  constructor(root, texts) {
    this.root = root;
    this.texts = texts;
    this.announce = find(root, "[data-announce]");
    this.countdown = find(root, "[data-countdown]");
    this.absence = find(root, "[data-absence]");
    /** @type {HTMLProgressElement} */
    this.absenceBar = find(root, "[data-absence-bar]");
  }

  /** Switches to a phase, for which the style sheet shows the right parts, and reads it aloud. @param {string} phase */
  phase(phase) {
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.root.dataset.phase = phase;
    if (phase === "live") this.say(this.texts.live);
    const overlay = this.root.querySelector(`.overlay[data-for="${phase}"]`);
    if (!overlay) return;
    this.say([...overlay.querySelectorAll("h2, p:not([hidden], .cluster)")].map((part) => part.textContent).join(". "));
  }

  /** Reads a text aloud, after whatever is being read. @param {string} text */
  say(text) {
    this.announce.textContent = text;
  }

  /** @param {number} seconds */
  count(seconds) {
    if (seconds) this.countdown.dataset.n = String(seconds);
  }

  /** Shows how long the absent player may stay away. @param {number} left milliseconds */
  absent(left) {
    const seconds = Math.ceil(left / 1000);
    if (this.write(this.absence, fill(this.texts.seconds, { seconds }))) this.absenceBar.value = seconds;
  }

  /** @param {number[]} score */
  score(score) {
    score.forEach((points, seat) => {
      const digits = find(this.root, `.digits[data-score="${seat}"]`);
      if (this.write(digits, String(points))) digits.dataset.n = String(points);
    });
  }

  /**
   * Shows a seat's player and connection.
   * @param {number} seat @param {{name: string, on: boolean, kind: string}} info @param {number | null} trip milliseconds
   * @param {number | null} left milliseconds of absence that are left; null while it is not being counted
   */
  seat(seat, info, trip, left) {
    const name = this.root.querySelector(`[data-name="${seat}"]`);
    if (name && info.name) this.write(name, info.name);
    const badge = find(this.root, `[data-connection="${seat}"]`);
    // A bot has no connection, and two players at one keyboard share one.
    badge.hidden = info.kind === "bot" || info.kind === "alias";
    badge.classList.toggle("badge-bad", !info.on);
    const signal = find(badge, ".signal");
    const level = String(info.on ? bars(trip) : 0);
    if (signal.dataset.level !== level) signal.dataset.level = level;
    this.write(find(badge, "[data-trip]"), this.#connection(info.on, trip, left));
  }

  /** @param {boolean} on @param {number | null} trip @param {number | null} left */
  #connection(on, trip, left) {
    if (!on && left === null) return this.texts.seatMissing;
    if (!on) return fill(this.texts.seatAwayLeft, { seconds: Math.ceil((left ?? 0) / 1000) });
    return trip === null ? this.texts.noTrip : fill(this.texts.trip, { ms: Math.round(trip) });
  }

  /** Changes a text only when it is different. @param {Element} element @param {string} text @returns {boolean} */
  write(element, text) {
    if (this.#written.get(element) === text) return false;
    this.#written.set(element, text);
    element.textContent = text;
    return true;
  }

  /** @param {string} selector @param {string} text */
  put(selector, text) {
    this.write(find(this.root, selector), text);
  }
}
