// @ts-check
/** From keys, buttons and fingers to the direction that each paddle is steered in. */

/** @typedef {import("./net.js").Direction} Direction */
/** @typedef {{side: "left" | "right", direction: Direction}} Key */

/**
 * The keys by their place on the keyboard (`KeyboardEvent.code`), so that layouts do not matter: W and S are the same two
 * keys on AZERTY. `left` and `right` are told apart only when one page plays both seats.
 * @type {Record<string, Key>}
 */
export const DEFAULT_KEYS = {
  KeyW: { side: "left", direction: -1 },
  KeyS: { side: "left", direction: 1 },
  ArrowUp: { side: "right", direction: -1 },
  ArrowDown: { side: "right", direction: 1 },
};

/**
 * Which paddle a side stands for: its own at one keyboard, otherwise the one that the page plays.
 * @param {number[]} seats own seats @param {"left" | "right"} side @returns {number | null}
 */
export function seatOf(seats, side) {
  if (seats.length === 0) return null;
  if (seats.length === 1) return seats[0] ?? null;
  return side === "left" ? Math.min(...seats) : Math.max(...seats);
}

/** What is pressed for a paddle now, in the order of pressing; the last one wins. */
export class Held {
  /** @type {Map<string, Direction>} */
  #pressed = new Map();

  /** @param {string} name @param {Direction} direction */
  press(name, direction) {
    if (this.#pressed.get(name) === direction) return;
    this.#pressed.delete(name);
    this.#pressed.set(name, direction);
  }

  /** @param {string} name */
  release(name) {
    this.#pressed.delete(name);
  }

  clear() {
    this.#pressed.clear();
  }

  /** @returns {Direction} */
  get direction() {
    return [...this.#pressed.values()].pop() ?? 0;
  }
}

/**
 * The direction that brings a paddle to a finger. The paddle starts only when the distance is worth it and stops on arrival, so
 * that it does not tremble.
 * @param {number} paddle its centre @param {number} finger @param {Direction} moving where it moves now
 * @param {number} stride how far it moves in one tick @returns {Direction}
 */
export function towards(paddle, finger, moving, stride) {
  const way = finger - paddle;
  const enough = moving !== 0 && Math.sign(way) === moving ? stride * 0.75 : stride * 2;
  if (Math.abs(way) < enough) return 0;
  return way < 0 ? -1 : 1;
}

/** Whether a key is meant for something else on the page: a button, a field, an open dialog. @param {EventTarget | null} target */
function elsewhere(target) {
  return target instanceof Element && target.closest("input, select, textarea, dialog, [contenteditable]") !== null;
}

/**
 * @typedef {object} Stage what the controls need to know about the game
 * @property {() => number[]} seats own seats
 * @property {(seat: number) => number} paddle centre of a paddle now, in field units
 * @property {number} stride units that a paddle moves in one tick
 * @property {(event: PointerEvent) => {x: number, y: number}} place a press, in shares of the field (0 to 1) and field units
 * @property {(seat: number, direction: Direction) => void} steer a direction changed
 */

export class Controls {
  /** @type {Map<number, Held>} */
  #held = new Map();
  /** @type {Map<number, Direction>} */
  #told = new Map();
  /** Fingers by pointer: the seat that each steers and where it is. @type {Map<number, {seat: number, y: number}>} */
  #fingers = new Map();

  /**
   * @param {HTMLElement} surface where fingers steer by dragging
   * @param {Stage} stage
   * @param {Record<string, Key>} [keys]
   */
  constructor(surface, stage, keys = DEFAULT_KEYS) {
    this.stage = stage;
    this.keys = keys;
    addEventListener("keydown", (event) => this.#key(event, true));
    addEventListener("keyup", (event) => this.#key(event, false));
    addEventListener("blur", () => this.releaseAll());
    document.addEventListener("visibilitychange", () => document.hidden && this.releaseAll());
    surface.style.touchAction = "none";
    surface.addEventListener("pointerdown", (event) => this.#down(surface, event));
    surface.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      surface.addEventListener(name, (event) => this.#up(/** @type {PointerEvent} */ (event)));
    }
  }

  /**
   * Makes a button move a paddle for as long as it is pressed.
   * @param {HTMLElement} button @param {"left" | "right"} side @param {Direction} direction
   */
  button(button, side, direction) {
    const name = `button ${side} ${direction}`;
    button.style.touchAction = "none";
    button.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      button.setPointerCapture(event.pointerId);
      this.#press(side, name, direction);
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      button.addEventListener(end, () => this.#release(side, name));
    }
    button.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** Call this every frame: fingers steer towards a place until it is reached. */
  update() {
    for (const { seat, y } of this.#fingers.values()) {
      const moving = this.#told.get(seat) ?? 0;
      this.#tell(seat, towards(this.stage.paddle(seat), y, moving, this.stage.stride));
    }
  }

  /** Releases everything. */
  releaseAll() {
    this.#fingers.clear();
    for (const [seat, held] of this.#held) {
      held.clear();
      this.#tell(seat, 0);
    }
  }

  /** @param {number} seat */
  #of(seat) {
    let held = this.#held.get(seat);
    if (!held) {
      held = new Held();
      this.#held.set(seat, held);
    }
    return held;
  }

  /** @param {number} seat @param {Direction} direction */
  #tell(seat, direction) {
    if ((this.#told.get(seat) ?? 0) === direction) return;
    this.#told.set(seat, direction);
    this.stage.steer(seat, direction);
  }

  /** @param {KeyboardEvent} event @param {boolean} down */
  #key(event, down) {
    const key = this.keys[event.code];
    if (!key) return;
    const name = event.code;
    if (!down) {
      this.#release(key.side, name);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || elsewhere(event.target)) return;
    event.preventDefault();
    if (!event.repeat) this.#press(key.side, name, key.direction);
  }

  /** @param {"left" | "right"} side @param {string} name @param {Direction} direction */
  #press(side, name, direction) {
    const seat = seatOf(this.stage.seats(), side);
    if (seat === null) return;
    this.#of(seat).press(name, direction);
    this.#tell(seat, this.#of(seat).direction);
  }

  /** @param {"left" | "right"} side @param {string} name */
  #release(side, name) {
    const seat = seatOf(this.stage.seats(), side);
    if (seat === null) return;
    this.#of(seat).release(name);
    this.#tell(seat, this.#of(seat).direction);
  }

  /** @param {HTMLElement} surface @param {PointerEvent} event */
  #down(surface, event) {
    // What covers the court has buttons of its own, which a captured pointer would never reach.
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest("button, a"))) return;
    const { x, y } = this.stage.place(event);
    const seat = seatOf(this.stage.seats(), x < 0.5 ? "left" : "right");
    // With one seat, the other half of the field belongs to the other player: no steering there.
    const seats = this.stage.seats();
    if (seat === null || (seats.length === 1 && (seat === 0) !== x < 0.5)) return;
    event.preventDefault();
    surface.setPointerCapture(event.pointerId);
    this.#of(seat);
    this.#fingers.set(event.pointerId, { seat, y });
    this.update();
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const finger = this.#fingers.get(event.pointerId);
    if (!finger) return;
    finger.y = this.stage.place(event).y;
    this.update();
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const finger = this.#fingers.get(event.pointerId);
    if (!finger) return;
    this.#fingers.delete(event.pointerId);
    this.#tell(finger.seat, this.#of(finger.seat).direction);
  }
}
