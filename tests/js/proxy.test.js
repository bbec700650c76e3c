// @ts-check
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { LagProxy, leavesAt } from "../browser/proxy.js";

/** @typedef {import("node:test").TestContext} TestContext */

/**
 * A server that sends back what it receives, a proxy in front of it, and a connection through the proxy.
 * @param {TestContext} t
 * @param {import("../browser/proxy.js").Network} [network]
 */
async function throughProxy(t, network) {
  /** @type {Set<net.Socket>} */
  const accepted = new Set();
  const echo = net.createServer((socket) => {
    accepted.add(socket);
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  await new Promise((resolve) => echo.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {net.AddressInfo} */ (echo.address());
  const proxy = await LagProxy.start(address.port, network);
  t.after(async () => {
    await proxy.close();
    for (const socket of accepted) socket.destroy();
    echo.close();
  });
  return proxy;
}

/** @param {LagProxy} proxy */
async function connect(proxy) {
  const socket = net.connect(proxy.port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/**
 * Waits until the socket has received this many bytes.
 * @param {net.Socket} socket
 * @param {number} bytes
 */
async function receive(socket, bytes) {
  let text = "";
  while (text.length < bytes) {
    const [piece] = await once(socket, "data");
    text += piece;
  }
  return text;
}

/** @param {net.Socket} socket */
function closed(socket) {
  return new Promise((resolve) => socket.once("close", resolve));
}

const NETWORK = { delay: 50, jitter: 10, stallEvery: 10_000, stall: 300 };

test("a piece leaves after the delay, within the jitter", () => {
  assert.equal(leavesAt(1000, 0, NETWORK, 0), 1040);
  assert.equal(leavesAt(1000, 0, NETWORK, 0.5), 1050);
  assert.equal(leavesAt(1000, 0, NETWORK, 1), 1060);
});

test("a piece never overtakes the one in front", () => {
  assert.equal(leavesAt(1000, 1058, NETWORK, 0), 1058);
});

test("nothing leaves during a stall", () => {
  assert.equal(leavesAt(9_970, 0, NETWORK, 0.5), 10_300, "due just after the stall began");
  assert.equal(leavesAt(10_200, 0, NETWORK, 0.5), 10_300, "due in the middle");
  assert.equal(leavesAt(10_260, 0, NETWORK, 0.5), 10_310, "due just after it ended");
  assert.equal(leavesAt(20_000, 0, NETWORK, 0.5), 20_300, "the next one");
  assert.equal(leavesAt(100, 0, NETWORK, 0.5), 150, "there is none at the start");
});

test("what was sent arrives in order and complete, at least a round trip later", async (t) => {
  const proxy = await throughProxy(t, { delay: 20, jitter: 10 });
  const socket = await connect(proxy);
  const sent = Array.from({ length: 40 }, (_, i) => String.fromCharCode(65 + i)).join("");
  const began = performance.now();
  const received = receive(socket, sent.length);
  for (const letter of sent) {
    socket.write(letter);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(await received, sent);
  const took = performance.now() - began;
  assert.ok(took >= 2 * (20 - 10), `took ${took} ms`);
  socket.destroy();
});

test("the end of a connection passes after what was sent before it", async (t) => {
  const proxy = await throughProxy(t, { delay: 10 });
  const socket = await connect(proxy);
  socket.end("goodbye");
  assert.equal(await receive(socket, 7), "goodbye");
  await closed(socket);
});

test("a cut breaks connections, and new ones work", async (t) => {
  const proxy = await throughProxy(t);
  const socket = await connect(proxy);
  socket.write("a");
  await receive(socket, 1);
  proxy.cut();
  await closed(socket);
  const again = await connect(proxy);
  again.write("b");
  assert.equal(await receive(again, 1), "b");
  again.destroy();
});

test("a refusing proxy lets nobody in until it is restored", async (t) => {
  const proxy = await throughProxy(t);
  proxy.refuse();
  const refused = net.connect(proxy.port, "127.0.0.1");
  refused.on("error", () => {});
  await closed(refused);
  proxy.restore();
  const socket = await connect(proxy);
  socket.write("c");
  assert.equal(await receive(socket, 1), "c");
  socket.destroy();
});

test("a silent proxy holds everything back, keeps the connection, and lets it pass when restored", async (t) => {
  const proxy = await throughProxy(t);
  const socket = await connect(proxy);
  socket.write("a");
  assert.equal(await receive(socket, 1), "a");
  proxy.silence();
  socket.write("b");
  let arrived = "";
  socket.on("data", (piece) => (arrived += piece));
  // In this time a direct connection gets through many times over.
  const beside = net.connect(proxy.target, "127.0.0.1");
  for (let i = 0; i < 20; i++) {
    beside.write("x");
    await receive(beside, 1);
  }
  beside.destroy();
  assert.equal(arrived, "");
  assert.equal(socket.destroyed, false);
  const restored = receive(socket, 1);
  proxy.restore();
  assert.equal(await restored, "b");
  socket.destroy();
});
