// @ts-check
// The timeline and the replay of the page: in whatever order inputs arrive, the states equal those of playing once.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decodeLog } from "../../static/pong/log.js";
import { Replay } from "../../static/pong/replay.js";
import { hash, newState, toInts } from "../../static/pong/state.js";
import { WON, steer, step } from "../../static/pong/step.js";
import { Timeline } from "../../static/pong/timeline.js";

/** @typedef {import("../../static/pong/log.js").Input} Input */

const vectors = readFileSync(new URL("../vectors/matches.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n");
const matches = vectors.map((line) => JSON.parse(line));
/** The classic field and speeds, to 3 points. @type {import("../../static/pong/rules.js").Rules} */
const rules = matches.find(({ rules }) => rules.field.width === 1000 && rules.points_to_win === 3).rules;

/** A seeded generator, so that a failure can be repeated. @param {number} seed */
function dice(seed) {
  let x = seed | 1;
  return (/** @type {number} */ end) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % end;
  };
}

/** @param {number} seed @param {number} until @returns {Input[]} sorted */
function someInputs(seed, until) {
  const roll = dice(seed);
  /** @type {Input[]} */
  const inputs = [];
  for (let tick = 0; tick < until; tick += 1) {
    while (roll(10) === 0) inputs.push([tick, roll(2), roll(3) - 1]);
  }
  return inputs;
}

/**
 * The hash of the state of each tick, played once with these inputs in order.
 * @param {number} seed
 * @param {readonly Input[]} inputs
 * @param {number} until
 */
function played(seed, inputs, until) {
  const state = newState(rules, seed);
  const hashes = [hash(state)];
  let next = 0;
  for (let tick = 0; tick < until; tick += 1) {
    for (let input = inputs[next]; input && input[0] === tick; input = inputs[next]) {
      steer(state, input[1], input[2]);
      next += 1;
    }
    step(rules, state);
    hashes.push(hash(state));
  }
  return hashes;
}

test("late inputs roll back: every predicted state is that of playing once", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const inputs = someInputs(seed, 800);
    const roll = dice(seed + 100);
    const arrivals = inputs.map((input) => ({ input, at: input[0] + roll(10) })).sort((a, b) => a.at - b.at);
    const byTick = (/** @type {Input[]} */ some) => some.sort((a, b) => a[0] - b[0]);
    const timeline = new Timeline(rules, seed);
    let next = 0;
    for (let now = 0; now < 820; now += 1) {
      for (let arrival = arrivals[next]; arrival && arrival.at <= now; arrival = arrivals[next]) {
        assert.ok(timeline.insert(...arrival.input));
        next += 1;
      }
      timeline.confirm(now - 9);
      const predicted = hash(timeline.stateAt(now));
      if (now % 10 !== 0) continue;
      const known = byTick(arrivals.slice(0, next).map(({ input }) => input));
      assert.equal(predicted, played(seed, known, now)[now], `seed ${seed}, tick ${now}`);
    }
    const all = played(seed, byTick(arrivals.map(({ input }) => input)), 900);
    assert.equal(hash(timeline.confirmed), all[timeline.confirmed.tick]);
    for (const tick of [850, 900, 830, 811]) assert.equal(hash(timeline.stateAt(tick)), all[tick], "also going back");
  }
});

test("an own input moves to the tick that the server decided, and keeps its place among the others", () => {
  const timeline = new Timeline(rules, 1);
  timeline.insert(10, 0, 1, 1);
  timeline.insert(30, 0, -1, 2);
  timeline.insert(30, 1, 1);
  timeline.insert(40, 0, 0, 3);
  timeline.stateAt(100);
  // The first arrived late and was moved to the tick of the second, which came after it.
  assert.ok(timeline.move(1, 30));
  /** @type {Input[]} */
  const decided = [
    [30, 0, 1],
    [30, 0, -1],
    [30, 1, 1],
    [40, 0, 0],
  ];
  assert.equal(hash(timeline.stateAt(100)), played(1, decided, 100)[100]);
  assert.ok(timeline.move(3, 60), "and later");
  assert.equal(hash(timeline.stateAt(100)), played(1, [...decided.slice(0, 3), [60, 0, 0]], 100)[100]);
  assert.equal(timeline.move(9, 50), false, "there is no such input");
});

test("inputs of confirmed ticks are refused and forgotten", () => {
  const timeline = new Timeline(rules, 1);
  timeline.insert(5, 0, 1, 1);
  timeline.insert(50, 0, 0, 2);
  timeline.confirm(20);
  assert.equal(timeline.confirmed.tick, 20);
  assert.equal(timeline.pending, 1);
  assert.equal(timeline.insert(19, 0, 1), false);
  assert.equal(timeline.move(1, 30), false);
  assert.ok(timeline.insert(20, 0, -1));
  assert.equal(
    hash(timeline.stateAt(60)),
    played(
      1,
      [
        [5, 0, 1],
        [20, 0, -1],
        [50, 0, 0],
      ],
      60,
    )[60],
  );
});

test("a client that joins in the middle sees the same match", () => {
  const inputs = someInputs(3, 900);
  const all = played(3, inputs, 900);
  const replay = new Replay(rules, 3, inputs);
  const joined = Timeline.load(
    rules,
    toInts(replay.stateAt(400)),
    inputs.filter(([tick]) => tick >= 400),
  );
  assert.equal(hash(joined.stateAt(900)), all[900]);
  assert.equal(hash(joined.stateAt(500)), all[500], "further back than the states that are kept");
  assert.throws(() => Timeline.load(rules, [1, 2, 3], []), RangeError);
});

test("going back further than the kept states starts from the confirmed one", () => {
  const timeline = new Timeline(rules, 2);
  timeline.stateAt(2_000);
  timeline.insert(100, 0, 1);
  assert.equal(hash(timeline.stateAt(2_000)), played(2, [[100, 0, 1]], 2_000)[2_000]);
  let won = 0;
  timeline.confirm(100_000, (_, events) => {
    if (events & WON) won += 1;
  });
  assert.equal(won, 1);
  assert.notEqual(timeline.confirmed.over, 0, "confirming stops at the win");
  assert.ok(timeline.confirmed.tick < 100_000);
});

test("what happened is known for each tick", () => {
  const inputs = someInputs(7, 600);
  const state = newState(rules, 7);
  const timeline = new Timeline(rules, 7);
  for (const input of inputs) timeline.insert(...input);
  for (let tick = 1; tick <= 600; tick += 1) {
    for (const [at, seat, direction] of inputs) if (at === tick - 1) steer(state, seat, direction);
    assert.equal(timeline.eventsAt(tick), step(rules, state), `tick ${tick}`);
  }
});

test("a replay shows any tick, forwards and backwards", () => {
  for (const vector of matches.slice(0, 12)) {
    const replay = new Replay(vector.rules, vector.seed, decodeLog(Buffer.from(vector.log, "hex")));
    const hashes = Buffer.from(vector.hashes, "hex");
    const end = replay.length(vector.ticks);
    const roll = dice(vector.match + 1);
    for (let look = 0; look < 200; look += 1) {
      const sample = roll(Math.floor(end / vector.every));
      const state = replay.stateAt((sample + 1) * vector.every);
      assert.equal(hash(state), hashes.readUInt32BE(sample * 4), `match ${vector.match}, tick ${state.tick}`);
    }
    assert.equal(replay.stateAt(0).tick, 0);
    if (replay.stateAt(end).over) assert.equal(replay.stateAt(1e9).tick, end, "nothing comes after the end");
  }
});

test("a rollback of ten ticks is nothing to a frame", () => {
  const timeline = new Timeline(rules, 1);
  timeline.insert(230, 0, 1, 1);
  timeline.stateAt(240);
  const times = [];
  for (let round = 0; round < 3_000; round += 1) {
    const start = performance.now();
    timeline.move(1, 230);
    timeline.stateAt(240);
    times.push(performance.now() - start);
  }
  const median = times.sort((a, b) => a - b)[times.length / 2] ?? Infinity;
  assert.ok(median < 0.1, `${median} ms`);
});

test("bytes that are no log are refused", () => {
  assert.throws(() => decodeLog(Uint8Array.of(0x80)), RangeError, "cut off");
  assert.throws(() => decodeLog(Uint8Array.of(3)), RangeError, "no fourth direction");
  assert.throws(() => decodeLog(new Uint8Array(9).fill(0xff)), RangeError, "without end");
  assert.deepEqual(decodeLog(Uint8Array.of(0x12, 0x05)), [
    [1, 0, -1],
    [1, 1, 1],
  ]);
});
