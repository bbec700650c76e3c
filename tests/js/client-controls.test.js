// @ts-check
// From keys and fingers to directions of paddles.

import assert from "node:assert/strict";
import test from "node:test";
import { fill } from "../../static/pong/board.js";
import { DEFAULT_KEYS, Held, seatOf, towards } from "../../static/pong/controls.js";
import { backOff } from "../../static/pong/net.js";

test("of two keys the one pressed last wins, and the other one counts again when it is released", () => {
  const held = new Held();
  held.press("KeyW", -1);
  held.press("KeyS", 1);
  assert.equal(held.direction, 1);
  held.release("KeyS");
  assert.equal(held.direction, -1);
  held.release("KeyW");
  assert.equal(held.direction, 0);
});

test("alone both pairs of keys steer the own paddle; at one keyboard each its side", () => {
  assert.equal(seatOf([1], DEFAULT_KEYS.KeyW.side), 1);
  assert.equal(seatOf([1], DEFAULT_KEYS.ArrowUp.side), 1);
  assert.equal(seatOf([0, 1], DEFAULT_KEYS.KeyW.side), 0);
  assert.equal(seatOf([0, 1], DEFAULT_KEYS.ArrowUp.side), 1);
  assert.equal(seatOf([], DEFAULT_KEYS.KeyW.side), null);
});

test("a paddle goes to the finger, stops there and does not tremble", () => {
  const stride = 11;
  for (let finger = 50; finger <= 550; finger += 3) {
    let paddle = 300;
    /** @type {-1 | 0 | 1} */
    let moving = 0;
    let turns = 0;
    for (let tick = 0; tick < 60; tick += 1) {
      const next = towards(paddle, finger, moving, stride);
      if (next !== moving) turns += 1;
      moving = next;
      paddle += moving * stride;
    }
    assert.equal(moving, 0);
    assert.ok(Math.abs(paddle - finger) <= 2 * stride, `at ${paddle} for ${finger}`);
    assert.ok(turns <= 2, `${turns} turns for ${finger}`);
  }
});

test("connecting again waits 0.2 s, then longer, never more than 3 s", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 50].map(backOff), [100, 200, 400, 800, 1600, 3000, 3000]);
});

test("texts of the catalogue take their values, and only those", () => {
  assert.equal(fill("{name}: {left} to {right}", { name: "{left}", left: 3, right: 2 }), "{left}: 3 to 2");
});
