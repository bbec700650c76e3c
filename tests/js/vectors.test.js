// @ts-check
// The game in JavaScript against the game in Rust, tick by tick. The small set in tests/vectors always runs; with
// VECTORS=<path of the built example `vectors`> its stream of 2,000 matches and 10 million ticks runs too.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { decodeLog } from "../../static/pong/log.js";
import { FIELDS, fromInts, hash, newState, toInts } from "../../static/pong/state.js";
import { steer, step } from "../../static/pong/step.js";

const binary = process.env.VECTORS;

/**
 * @typedef {{
 *   match: number, rules: import("../../static/pong/rules.js").Rules, seed: number, ticks: number, every: number,
 *   log: string, hashes: string, states: { [tick: string]: number[] },
 * }} Vector
 */

/**
 * Replays one line of vectors. Throws with match, tick and field where it differs; returns the number of ticks.
 *
 * @param {string} line
 */
function check(line) {
  /** @type {Vector} */
  const vector = JSON.parse(line);
  const { rules, seed, ticks, every, hashes, states } = vector;
  const inputs = decodeLog(Buffer.from(vector.log, "hex"));
  const expected = Buffer.from(hashes, "hex");
  assert.equal(expected.length / 4, Math.floor(ticks / every), `match ${vector.match}: a hash every ${every} ticks`);
  const state = newState(rules, seed);
  let [next, wrong] = [0, 0];
  while (state.tick < ticks) {
    for (let input = inputs[next]; input && input[0] === state.tick; input = inputs[next]) {
      steer(state, input[1], input[2]);
      next += 1;
    }
    step(rules, state);
    if (state.tick % every === 0 && hash(state) !== expected.readUInt32BE((state.tick / every - 1) * 4))
      wrong ||= state.tick;
    // Where only some states are known, the field is named at the next known one.
    const known =
      states[state.tick] ?? (wrong && every === 1 && binary ? rust(binary, vector.match, state.tick) : undefined);
    if (known) differ(vector.match, state, known, wrong);
  }
  assert.equal(wrong, 0, `match ${vector.match}, tick ${wrong}: the hash differs, though no field does later`);
  assert.equal(next, inputs.length, `match ${vector.match}: all inputs were applied`);
  const again = fromInts(toInts(state));
  assert.equal(again && hash(again), hash(state), `match ${vector.match}: integers and back`);
  return ticks;
}

/**
 * The state of the Rust side at a tick of a match in the stream.
 *
 * @param {string} binary
 * @param {number} match
 * @param {number} tick
 * @returns {number[]}
 */
function rust(binary, match, tick) {
  return JSON.parse(execFileSync(binary, ["state", String(match), String(tick)], { encoding: "utf8" }));
}

/**
 * Fails if the state is not the expected one.
 *
 * @param {number} match
 * @param {import("../../static/pong/state.js").State} state
 * @param {readonly number[]} expected
 * @param {number} wrong the first tick with a different hash; 0 for none
 */
function differ(match, state, expected, wrong) {
  const ints = toInts(state);
  const field = ints.findIndex((int, place) => int !== expected[place]);
  if (field < 0) return;
  const since = wrong > 0 && wrong < state.tick ? ` (the hash differs from tick ${wrong} on)` : "";
  assert.fail(
    `match ${match}, tick ${state.tick}: ${FIELDS[field]} is ${ints[field]}, in Rust ${expected[field]}${since}`,
  );
}

/** @param {NodeJS.ReadableStream} stream */
async function checkAll(stream) {
  let [matches, ticks] = [0, 0];
  for await (const line of createInterface({ input: stream })) {
    ticks += check(line);
    matches += 1;
  }
  return { matches, ticks };
}

test("the kept matches go as in Rust", async () => {
  const { matches } = await checkAll(createReadStream(new URL("../vectors/matches.jsonl", import.meta.url)));
  assert.ok(matches >= 36, `${matches} matches`);
});

test("2,000 matches and 10 million ticks go as in Rust", { skip: !binary && "VECTORS is not set" }, async (t) => {
  const child = spawn(binary ?? "", ["stream"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const { matches, ticks } = await checkAll(child.stdout);
  assert.equal(await ended, 0, "the example ends well");
  t.diagnostic(`${matches} matches, ${ticks} ticks`);
  assert.ok(matches >= 2_000 && ticks >= 10_000_000, `${matches} matches, ${ticks} ticks`);
});
