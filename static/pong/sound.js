// @ts-check
/** The beeps of 1972: square waves, three pitches. Silent until the player has pressed something, as browsers require. */

/** @typedef {"hit" | "wall" | "point" | "count" | "go" | "win" | "loss"} Sound */

/**
 * Frequency (hertz) and length (seconds) of the notes of each sound; those of the arcade machine where it had one.
 * @type {Record<Sound, [number, number][]>}
 */
const SOUNDS = {
  hit: [[459, 0.096]],
  wall: [[226, 0.016]],
  point: [[490, 0.257]],
  count: [[226, 0.06]],
  go: [[459, 0.16]],
  win: [
    [392, 0.09],
    [494, 0.09],
    [587, 0.09],
    [784, 0.26],
  ],
  loss: [
    [294, 0.14],
    [247, 0.14],
    [196, 0.3],
  ],
};
const VOLUME = 0.08;
const REMEMBERED = "pong.mute";

/** localStorage may be denied (private windows, settings); then nothing is remembered. */
function recall() {
  try {
    return localStorage.getItem(REMEMBERED) === "1";
  } catch {
    return false;
  }
}

export class Beeper {
  /** @type {AudioContext | null} */
  #context = null;
  #muted = recall();

  get muted() {
    return this.#muted;
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.#muted = muted;
    try {
      localStorage.setItem(REMEMBERED, muted ? "1" : "0");
    } catch {
      // Then it is not remembered, and holds for this page only.
    }
  }

  /** Call this in the handler of a gesture (a key, a press): only then may a page start to play sound. */
  wake() {
    if (this.#context) {
      if (this.#context.state === "suspended") void this.#context.resume();
    } else if (typeof AudioContext !== "undefined") {
      this.#context = new AudioContext();
    }
  }

  /** @param {Sound} sound */
  play(sound) {
    const context = this.#context;
    if (!context || this.#muted || context.state !== "running") return;
    let at = context.currentTime;
    for (const [frequency, length] of SOUNDS[sound]) {
      const tone = context.createOscillator();
      const level = context.createGain();
      tone.type = "square";
      tone.frequency.value = frequency;
      level.gain.setValueAtTime(VOLUME, at);
      // A short fade at the end: a square wave that is cut off clicks.
      level.gain.setValueAtTime(VOLUME, at + length * 0.9);
      level.gain.linearRampToValueAtTime(0, at + length);
      tone.connect(level).connect(context.destination);
      tone.start(at);
      tone.stop(at + length);
      at += length;
    }
  }
}
