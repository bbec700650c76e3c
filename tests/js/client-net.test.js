// @ts-check
// The connection of the match page: it reconnects by itself, and knows when it must not.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Link } from "../../static/pong/net.js";

/** A socket for which the test plays the server. */
class FakeSocket {
  /** @type {FakeSocket[]} */
  static all = [];
  readyState = 0;
  /** @type {any[]} */
  sent = [];
  /** @type {(() => void) | null} */
  onopen = null;
  /** @type {((event: {data: string}) => void) | null} */
  onmessage = null;
  /** @type {((event: {code: number}) => void) | null} */
  onclose = null;

  constructor() {
    FakeSocket.all.push(this);
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  // What the server does:
  accept() {
    this.readyState = 1;
    this.onopen?.();
    this.say({ t: "join", now: 0 });
  }

  /** @param {any} message */
  say(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** @param {number} code */
  end(code) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

/** A link with its sockets, and a clock that the test controls. @param {import("node:test").TestContext} t */
function begin(t) {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  FakeSocket.all = [];
  /** @type {{lost: number[], closed: number[]}} */
  const seen = { lost: [], closed: [] };
  let now = 1;
  const Socket = /** @type {typeof WebSocket} */ (/** @type {unknown} */ (FakeSocket));
  const handlers = {
    message: () => undefined,
    lost: (/** @type {number} */ attempts) => void seen.lost.push(attempts),
    closed: (/** @type {number} */ code) => void seen.closed.push(code),
  };
  const link = new Link("ws://site/live/x", handlers, { Socket, now: () => now });
  const pass = (/** @type {number} */ ms) => {
    now += ms;
    mock.timers.tick(ms);
  };
  link.connect();
  return { link, seen, pass, sockets: FakeSocket.all, last: () => /** @type {FakeSocket} */ (FakeSocket.all.at(-1)) };
}

test("a cut connection is made again at once, and then ever more patiently", (t) => {
  const { seen, pass, sockets, last } = begin(t);
  last().accept();
  for (const wait of [100, 200, 400, 800, 1600, 3000]) {
    const before = sockets.length;
    last().end(1006);
    pass(wait - 1);
    assert.equal(sockets.length, before, "not yet");
    pass(1);
    assert.equal(sockets.length, before + 1, `again after ${wait} ms`);
  }
  assert.deepEqual(seen.lost, [1, 2, 3, 4, 5, 6]);
  last().accept();
  last().end(1012);
  pass(200);
  assert.equal(seen.lost.at(-1), 1, "a connection that worked makes it hopeful again");
});

test("a connection that is dead without a word is noticed within six seconds", (t) => {
  const { seen, pass, sockets, last } = begin(t);
  last().accept();
  last().say({ t: "pong", c: 1000, s: 0, n: 0, q: [] });
  pass(3100);
  assert.deepEqual(seen.lost, []);
  pass(3000);
  assert.deepEqual(seen.lost, [1]);
  pass(200);
  assert.equal(sockets.length, 2);
});

test("a connection that is let in late is not dead because its first pings were lost", (t) => {
  const { seen, pass, last } = begin(t);
  const socket = last();
  socket.readyState = 1;
  socket.onopen?.();
  // The replica that played the match is dead, and was asked without an answer.
  for (let n = 0; n < 10; n++) pass(100);
  const asked = socket.sent.length;
  socket.say({ t: "join", now: 0 });
  assert.ok(socket.sent.length > asked, "it asks again");
  pass(2100);
  assert.deepEqual(seen.lost, []);
  socket.say({ t: "pong", c: 1000, s: 0, n: 0, q: [] });
  pass(2900);
  assert.deepEqual(seen.lost, []);
  pass(3100);
  assert.deepEqual(seen.lost, [1], "but later it may be");
});

test("when the page is shown again a dead connection is noticed within about a second", (t) => {
  const { link, seen, pass, last } = begin(t);
  last().accept();
  last().say({ t: "pong", c: 1000, s: 0, n: 0, q: [] });
  link.doubt();
  pass(1300);
  assert.deepEqual(seen.lost, [1]);
});

test("waiting for the next attempt ends when the network is back", (t) => {
  const { link, pass, sockets, last } = begin(t);
  for (const wait of [200, 400, 800]) {
    last().end(1006);
    pass(wait);
  }
  last().end(1006);
  const before = sockets.length;
  link.doubt();
  assert.equal(sockets.length, before + 1);
});

test("a seat that was taken over is not taken back without being asked to", (t) => {
  const { link, seen, pass, sockets, last } = begin(t);
  last().accept();
  last().end(4001);
  link.doubt();
  pass(60_000);
  assert.deepEqual(seen.closed, [4001]);
  assert.deepEqual(seen.lost, []);
  assert.equal(sockets.length, 1);
  link.connect();
  assert.equal(sockets.length, 2);
});

test("the clock is measured by a burst of pings, then every three seconds", (t) => {
  const { pass, last } = begin(t);
  last().accept();
  const pings = () => {
    const { length } = last().sent.filter((message) => message.t === "ping");
    last().say({ t: "pong", c: 1000, s: 0, n: 0, q: [] });
    return length;
  };
  for (let i = 0; i < 10; i += 1) pass(70);
  assert.ok(pings() >= 6);
  const before = pings();
  pass(3000);
  assert.equal(pings(), before + 1);
});
