// @ts-check
// Two pages and an authority on a slow network, in simulated time: what the players see.

import assert from "node:assert/strict";
import test from "node:test";
import { paddleAt } from "../../static/pong/motion.js";
import { hash } from "../../static/pong/state.js";
import { RULES, table } from "./support/table.js";

/** @typedef {import("./support/table.js").Seat} Seat */

const TO_FIVE = { ...RULES, points_to_win: 5 };
const FAST = { delay: 5, jitter: 1 };
const SLOW = { delay: 50, jitter: 10 };
const MOODY = { ...SLOW, stallEvery: 10_000, stall: 300 };

/** Plays to the end. @param {ReturnType<typeof table>} at */
function finish({ time, server, seats }) {
  time.run(600_000, () => seats.every((seat) => seat.match.end !== null));
  assert.ok(server.over, "the match ended");
  return server.over.score;
}

for (const [name, network] of Object.entries({ FAST, SLOW, MOODY })) {
  test(`both pages and the server agree on every point (${name.toLowerCase()} network)`, () => {
    for (let seed = 1; seed <= 6; seed += 1) {
      const at = table({ seed, network, rules: TO_FIVE, error: 70 });
      const score = finish(at);
      for (const { match } of at.seats) {
        assert.deepEqual(match.score, score);
        assert.equal(match.resyncs, 0, `seed ${seed}: a page diverged`);
        const end = match.end?.k ?? 0;
        assert.equal(match.game && hash(match.game.stateAt(end)), at.server.points.get(end));
      }
    }
  });
}

test("the own paddle answers in the very next frame, whatever the network", () => {
  const { time, seats } = table({ network: { delay: 90, jitter: 30 } });
  const [own] = seats;
  time.run(4000);
  own.play = null;
  own.match.steer(0, 0, own.clock.now(time.now));
  time.run(4300);
  const before = own.seen?.paddles[0] ?? 0;
  const direction = before > 300 ? -1 : 1;
  own.match.steer(0, direction, own.clock.now(time.now));
  const pressed = time.now;
  let moved = 0;
  own.onFrame = (view) => {
    if (!moved && view.paddles[0] !== before) moved = time.now;
  };
  time.run(4400);
  assert.ok(moved - pressed <= 17, `it took ${moved - pressed} ms`);
});

test("the own paddle is never smoothed: it is shown where the game has it", () => {
  const { time, seats } = table({ network: MOODY, error: 60 });
  const [own] = seats;
  let frames = 0;
  own.onFrame = (view) => {
    if (view.phase !== "live" || !own.match.game) return;
    frames += 1;
    assert.equal(view.paddles[0], paddleAt(own.match.game, 0, view.tick));
  };
  time.run(20_000);
  assert.ok(frames > 500);
});

test("at 100 ms ± 20 ms there and back the ball is corrected by next to nothing, and little even by a stall", () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const even = table({ seed, network: SLOW, error: 50 });
    even.time.run(60_000);
    const moody = table({ seed, network: MOODY, error: 50 });
    moody.time.run(60_000);
    for (const { match } of even.seats) assert.ok(match.jump < 6, `seed ${seed}: ${match.jump} units`);
    for (const { match } of moody.seats) assert.ok(match.jump < 90, `seed ${seed}: ${match.jump} units in a stall`);
  }
});

test("from the other side of the world, 400 ms there and back, no input comes too late and no paddle is torn away", () => {
  const far = { delay: 200, jitter: 25 };
  for (const other of [far, { delay: 20, jitter: 3 }]) {
    const { time, server, seats } = table({ network: far, other, error: 50 });
    const stride = RULES.paddle.speed / 256;
    let [last, live] = [300, false];
    seats[0].onFrame = (view) => {
      const moved = Math.abs((view.paddles[0] ?? 0) - last);
      [last, live] = [view.paddles[0] ?? 0, live || view.phase === "live"];
      if (live) assert.ok(moved < stride * 3, `${moved} units in a frame`);
    };
    time.run(40_000);
    assert.ok(server.log.length > 100);
    assert.equal(server.moved, 0);
    for (const { match } of seats) assert.ok(match.jump < 20, `${match.jump} units`);
  }
});

test("the other paddle never leaps, only glides", () => {
  const { time, seats } = table({ network: SLOW, error: 50 });
  const [own] = seats;
  const stride = RULES.paddle.speed / 256;
  let last = 300;
  own.onFrame = (view) => {
    const moved = Math.abs((view.paddles[1] ?? 0) - last);
    last = view.paddles[1] ?? 0;
    assert.ok(moved < stride * 2.5, `${moved} units in a frame`);
  };
  time.run(60_000);
});

test("what is drawn does not depend on the refresh rate of the screen", () => {
  const scores = [1000 / 30, 1000 / 60, 1000 / 144, 1000 / 240].map((frame) => {
    const { time, seats } = table({ network: { delay: 0 }, frame });
    for (const seat of seats) seat.play = null;
    time.run(1600 + 2500);
    return Math.round(seats[0].match.view(seats[0].clock.now(time.now))?.ball.x ?? 0);
  });
  assert.equal(new Set(scores).size, 1, scores.join(" "));
});

test("a hold in the past goes back to its tick, and play goes on from there", () => {
  const { time, server, seats } = table({ network: SLOW });
  time.run(5000);
  const tick = server.tick;
  server.hold = tick - 5;
  server.all({ t: "hold", k: tick - 5, s: 1 });
  time.run(6000);
  for (const { seen } of seats) {
    assert.equal(seen?.phase, "held");
    assert.equal(seen?.tick, tick - 5);
  }
  server.go(1000);
  time.run(6300);
  assert.equal(seats[0].seen?.phase, "countdown");
  assert.equal(seats[0].seen?.seconds, 1);
  time.run(8000);
  assert.equal(seats[0].seen?.phase, "live");
  assert.ok((seats[0].seen?.tick ?? 0) > tick + 30);
});

test("a page whose state is wrong notices it at the next point and asks for the right one", () => {
  const at = table({ network: SLOW, rules: TO_FIVE, error: 80 });
  at.time.run(4000);
  for (const seat of at.seats) seat.play = null;
  const { game } = at.seats[0].match;
  const tick = Math.floor(at.seats[0].seen?.tick ?? 0);
  game?.insert(tick, 1, game.stateAt(tick).held[1] === 1 ? -1 : 1);
  finish(at);
  assert.equal(at.seats[0].match.resyncs, 1);
  assert.equal(at.seats[1].match.resyncs, 0);
  assert.deepEqual(at.seats[0].match.score, at.server.over.score);
});

test("after a reconnection the held direction is sent again", () => {
  const { time, server, seats } = table({ network: FAST });
  const [own] = seats;
  time.run(3000);
  own.play = null;
  own.match.steer(0, 1, own.clock.now(time.now));
  time.run(3100);
  own.connected = false;
  own.match.lost(own.clock.now(time.now));
  // While nothing can be sent, the player changes direction.
  own.match.steer(0, -1, own.clock.now(time.now));
  time.run(3600);
  own.connected = true;
  server.lastN[0] = 0;
  own.receive(JSON.parse(JSON.stringify(server.join(0))));
  time.run(3800);
  assert.equal(server.timeline.stateAt(server.tick).held[0], -1);
  assert.equal(server.lastN[0], 1, "inputs are counted from 1 again");
});

test("a tap shorter than a tick still moves the paddle", () => {
  const { time, server, seats } = table({ network: FAST });
  const [own] = seats;
  for (const seat of seats) seat.play = null;
  time.run(3000);
  const before = server.timeline.stateAt(server.tick).paddleY[0];
  own.match.steer(0, 1, own.clock.now(time.now));
  own.match.steer(0, 0, own.clock.now(time.now) + 1);
  time.run(3500);
  assert.equal(server.timeline.stateAt(server.tick).paddleY[0], before + RULES.paddle.speed);
});
