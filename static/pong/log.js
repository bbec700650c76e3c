// @ts-check
/**
 * The stored form of a match's inputs: the twin of `src/pong/log.rs`.
 */

/** @typedef {[tick: number, seat: number, direction: number]} Input */

/**
 * The inputs in these bytes: variable-length numbers (seven bits a byte, low ones first) of the ticks since the previous input
 * times 16, plus the seat times 4, plus the direction (0 stop, 1 down, 2 up).
 *
 * @param {Uint8Array} bytes
 * @returns {Input[]}
 * @throws {RangeError} when the bytes are not a log
 */
export function decodeLog(bytes) {
  /** @type {Input[]} */
  const inputs = [];
  let number = 0;
  let scale = 1;
  let tick = 0;
  for (const byte of bytes) {
    if (scale > 2 ** 35) throw new RangeError("the log has an impossible input");
    number += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte & 0x80) continue;
    tick += Math.floor(number / 16);
    const code = number % 4;
    if (code === 3 || tick > 0xffffffff) throw new RangeError("the log has an impossible input");
    inputs.push([tick, Math.floor(number / 4) % 4, code === 2 ? -1 : code]);
    number = 0;
    scale = 1;
  }
  if (scale > 1) throw new RangeError("the log is cut off");
  return inputs;
}
