// @ts-check
/** Angles of return and of serve as a table of unit vectors: the twin of `src/pong/angle.rs`. */

/** The length of every unit vector. */
export const UNIT = 16384;

/** The number of the steepest angle. */
export const STEEPEST = 32;

/** Cosine and sine of 0° to 60° in 32 equal steps, times `UNIT`, rounded. */
const COSINES = Int32Array.from([
  16384, 16375, 16349, 16305, 16244, 16165, 16069, 15956, 15826, 15679, 15515, 15334, 15137, 14924, 14694, 14449, 14189,
  13913, 13623, 13318, 12998, 12665, 12318, 11958, 11585, 11200, 10803, 10394, 9974, 9543, 9102, 8652, 8192,
]);
const SINES = Int32Array.from([
  0, 536, 1072, 1606, 2139, 2669, 3196, 3720, 4240, 4756, 5266, 5771, 6270, 6762, 7246, 7723, 8192, 8652, 9102, 9543,
  9974, 10394, 10803, 11200, 11585, 11958, 12318, 12665, 12998, 13318, 13623, 13913, 14189,
]);

/** @param {number} angle 0 to `STEEPEST` */
export function cosine(angle) {
  return COSINES[angle] ?? 0;
}

/** @param {number} angle 0 to `STEEPEST` */
export function sine(angle) {
  return SINES[angle] ?? 0;
}
