// @ts-check
/** Draws a match on a canvas: the field of 1972, sharp on any screen, in the colours of the page's style sheet. */

/** @typedef {import("./motion.js").Point} Point */
/** @typedef {import("./rules.js").Rules} Rules */
/**
 * @typedef {object} Scene what to draw, in field units
 * @property {Point} ball
 * @property {boolean} served whether the ball is in play
 * @property {number[]} paddles their centres
 * @property {number} length of the paddles
 * @property {number[]} score
 * @property {number[]} own seats whose paddles are the viewer's
 * @property {number} [hits] bits of the seats whose paddle hits the ball now
 * @property {boolean} [counting] a countdown is shown where the ball waits for the serve
 * @property {boolean} [dim] play stands still: draw it in the background
 */

/** Digits on a grid of three by five, row by row, as the machine of 1972 showed them. */
const DIGITS = [
  "111101101101111",
  "001001001001001",
  "111001111100111",
  "111001111001111",
  "101101111001001",
  "111100111001111",
  "111100111101111",
  "111001001001001",
  "111101111101111",
  "111101111001111",
];
/** Milliseconds for which a paddle lights up after a hit. */
const FLASH = 140;
/** Length in milliseconds of the trail drawn behind the ball, and its number of squares. */
const TRAIL = 90;
const TRAIL_SQUARES = 6;

const COLOURS = { court: "#060907", ink: "#eefaf1", net: "#5f7166", accent: "#ffb938" };

export class Picture {
  #colours = { ...COLOURS };
  /** @type {number[]} */
  #flashes = [];
  /** @type {{at: number, x: number, y: number}[]} */
  #trail = [];
  #still = matchMedia("(prefers-reduced-motion: reduce)");

  /** @param {HTMLCanvasElement} canvas @param {Rules} rules */
  constructor(canvas, rules) {
    this.canvas = canvas;
    this.rules = rules;
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("no 2d canvas");
    this.context = context;
    this.#watchSize();
    this.#watchColours();
  }

  /** Where a pointer is: `x` as a share of the field's width (0 to 1), `y` in field units. @param {PointerEvent} event */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: (event.clientX - box.left) / Math.max(1, box.width),
      y: ((event.clientY - box.top) / Math.max(1, box.height)) * this.rules.field.height,
    };
  }

  /** @param {Scene} scene @param {number} now page time in milliseconds */
  draw(scene, now) {
    const { context, canvas, rules } = this;
    const scale = canvas.width / rules.field.width;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.fillStyle = this.#colours.court;
    context.fillRect(0, 0, canvas.width, canvas.height);
    this.#net(scale);
    this.#score(scene, scale);
    context.setTransform(scale, 0, 0, canvas.height / rules.field.height, 0, 0);
    context.globalAlpha = scene.dim ? 0.45 : 1;
    this.#paddles(scene, now);
    this.#ball(scene, now);
    context.globalAlpha = 1;
  }

  /** @param {number} scale */
  #net(scale) {
    const { context, rules } = this;
    const width = Math.max(1, Math.round(4 * scale));
    const dash = Math.max(2, Math.round(12 * scale));
    const x = Math.round((rules.field.width * scale - width) / 2);
    context.fillStyle = this.#colours.net;
    for (let y = Math.round(dash / 2); y < this.canvas.height; y += 2 * dash) context.fillRect(x, y, width, dash);
  }

  /** @param {Scene} scene @param {number} scale */
  #score(scene, scale) {
    const block = Math.max(1, Math.round(13 * scale));
    const middle = this.canvas.width / 2;
    this.context.fillStyle = this.#colours.ink;
    this.context.globalAlpha = 0.6;
    const gap = Math.round(70 * scale);
    const top = Math.round(36 * scale);
    this.#number(scene.score[0] ?? 0, middle - gap, top, block, 1);
    this.#number(scene.score[1] ?? 0, middle + gap, top, block, 0);
    this.context.globalAlpha = 1;
  }

  /**
   * Draws a number in blocks. @param {number} number @param {number} x @param {number} y @param {number} block pixels
   * @param {number} anchor the share of its width that lies left of `x`
   */
  #number(number, x, y, block, anchor) {
    const digits = [...String(number)].map(Number);
    // The 1 is one block wide: with the width of the others it would stand apart.
    const columns = digits.map((digit) => (digit === 1 ? 1 : 3));
    const width = (columns.reduce((sum, wide) => sum + wide + 1, 0) - 1) * block;
    let left = Math.round(x - width * anchor);
    digits.forEach((digit, place) => {
      const wide = columns[place] ?? 3;
      [...(DIGITS[digit] ?? "")].forEach((on, i) => {
        const column = (i % 3) - (3 - wide);
        if (on === "1") this.context.fillRect(left + column * block, y + Math.floor(i / 3) * block, block, block);
      });
      left += (wide + 1) * block;
    });
  }

  /** @param {Scene} scene @param {number} now */
  #paddles(scene, now) {
    const { context, rules } = this;
    const { inset, thickness } = rules.paddle;
    scene.paddles.forEach((y, seat) => {
      if ((scene.hits ?? 0) & (1 << seat)) this.#flashes[seat] = now;
      const lit = !this.#still.matches && now - (this.#flashes[seat] ?? -Infinity) < FLASH;
      const own = scene.own.length === 1 && scene.own[0] === seat;
      context.fillStyle = own !== lit ? this.#colours.accent : this.#colours.ink;
      const x = seat === 0 ? inset : rules.field.width - inset - thickness;
      context.fillRect(x, y - scene.length / 2, thickness, scene.length);
    });
  }

  /** @param {Scene} scene @param {number} now */
  #ball(scene, now) {
    const { context, rules } = this;
    const { size } = rules.ball;
    const { x, y } = scene.ball;
    context.fillStyle = this.#colours.ink;
    if (scene.served && !this.#still.matches && !scene.dim) this.#tail(scene.ball, now);
    else this.#trail = [];
    if (scene.served) context.fillRect(x - size / 2, y - size / 2, size, size);
    else if (!scene.dim && !scene.counting) {
      // Waiting for the serve: shows where it will come from.
      context.globalAlpha *= 0.5;
      context.fillRect(x - size / 2, y - size / 2, size, size);
    }
  }

  /** @param {Point} ball @param {number} now */
  #tail(ball, now) {
    const { context, rules } = this;
    const { size } = rules.ball;
    const last = this.#trail[this.#trail.length - 1];
    if (last && Math.hypot(last.x - ball.x, last.y - ball.y) > 150) this.#trail = [];
    this.#trail.push({ at: now, x: ball.x, y: ball.y });
    while (now - (this.#trail[0]?.at ?? now) > TRAIL) this.#trail.shift();
    for (let i = 1; i <= TRAIL_SQUARES; i += 1) {
      const at = now - (TRAIL * i) / TRAIL_SQUARES;
      const square = this.#trail.find((point) => point.at >= at);
      if (!square) break;
      const side = size * (1 - i / (TRAIL_SQUARES + 3));
      context.globalAlpha = 0.22 * (1 - i / (TRAIL_SQUARES + 1));
      context.fillRect(square.x - side / 2, square.y - side / 2, side, side);
    }
    context.globalAlpha = 1;
  }

  /** Keeps one canvas pixel to one screen pixel, also on screens with 1.25 or 3 pixels per unit. */
  #watchSize() {
    const { canvas } = this;
    /** @param {number} width @param {number} height */
    const size = (width, height) => {
      if (!width || !height || (canvas.width === width && canvas.height === height)) return;
      canvas.width = width;
      canvas.height = height;
      this.resized();
    };
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      // The exact size differs from this product only by rounding, or is not in screen pixels (in some emulators).
      const width = entry.contentRect.width * devicePixelRatio;
      const height = entry.contentRect.height * devicePixelRatio;
      const exact = entry.devicePixelContentBoxSize?.[0];
      if (exact && Math.abs(exact.inlineSize - width) < 2) size(exact.inlineSize, exact.blockSize);
      else size(Math.round(width), Math.round(height));
    });
    try {
      observer.observe(canvas, { box: "device-pixel-content-box" });
    } catch {
      observer.observe(canvas);
    }
  }

  /** Called when the canvas was cleared because its size changed; users that do not draw every frame redraw here. */
  resized() {}

  #watchColours() {
    const read = () => {
      const style = getComputedStyle(this.canvas);
      for (const name of /** @type {(keyof typeof COLOURS)[]} */ (Object.keys(COLOURS))) {
        const property = name === "court" ? "--court" : `--court-${name}`;
        this.#colours[name] = style.getPropertyValue(property).trim() || COLOURS[name];
      }
      this.resized();
    };
    read();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", read);
    new MutationObserver(read).observe(document.documentElement, {
      attributes: true,
      attributeFilter: ["data-theme", "class"],
    });
  }
}
