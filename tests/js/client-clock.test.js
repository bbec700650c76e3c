// @ts-check
// The page's estimate of the server's clock.

import assert from "node:assert/strict";
import test from "node:test";
import { Clock } from "../../static/pong/clock.js";
import { random } from "./support/table.js";

/**
 * Answers pings over a network; the true offset is 5,000 ms.
 * @param {Clock} clock
 * @param {number} from
 * @param {number} pings
 * @param {() => [number, number]} ways
 */
function measure(clock, from, pings, ways, offset = 5000) {
  for (let i = 0; i < pings; i += 1) {
    const sent = from + i * 100;
    const [up, down] = ways();
    clock.sample(sent, sent + up + down, Math.round(sent + up + offset));
  }
}

test("the clock is right within 10 ms on a network that jitters by 20 ms and sometimes stalls", () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const chance = random(seed);
    const clock = new Clock();
    const way = () => 40 + 20 * chance() + (chance() < 0.15 ? 300 : 0);
    measure(clock, 0, 12, () => [way(), way()]);
    clock.still = true;
    const error = Math.abs(clock.now(3000) - 8000);
    assert.ok(error <= 10, `seed ${seed}: off by ${error} ms`);
  }
});

test("while play runs, a new estimate is followed without a visible jump, and reached", () => {
  const clock = new Clock();
  measure(clock, 0, 16, () => [10, 10]);
  clock.still = true;
  clock.now(2000);
  clock.still = false;
  measure(clock, 2000, 16, () => [10, 10], 5100);
  let before = clock.now(4000);
  for (let local = 4016; local < 9000; local += 16) {
    const now = clock.now(local);
    assert.ok(Math.abs(now - before - 16) <= 16 * 0.081, `one frame took ${now - before} ms`);
    before = now;
  }
  assert.ok(Math.abs(before - (8992 + 5100)) < 1);
});

test("time never runs backwards on the screen", () => {
  const clock = new Clock();
  measure(clock, 0, 16, () => [10, 10]);
  clock.still = true;
  clock.now(2000);
  clock.still = false;
  measure(clock, 2000, 16, () => [10, 10], 4600);
  let before = clock.now(4000);
  for (let local = 4001; local < 6000; local += 1) {
    const now = clock.now(local);
    assert.ok(now > before);
    assert.equal(clock.now(local - 12), now, "the frame after a key press");
    before = now;
  }
});

test("another server process, with another clock, is noticed at its first message", () => {
  const clock = new Clock();
  measure(clock, 0, 16, () => [10, 10]);
  clock.still = true;
  assert.ok(Math.abs(clock.now(2000) - 7000) < 5);
  clock.hint(300, 2010);
  assert.ok(Math.abs(clock.now(2010) - 300) < 1);
});

test("a reconnection to the same server keeps what was measured", () => {
  const clock = new Clock();
  measure(clock, 0, 16, () => [10, 10]);
  clock.hint(2000 + 5000 - 40, 2000);
  clock.still = true;
  assert.ok(Math.abs(clock.now(2000) - 7000) < 5);
});
