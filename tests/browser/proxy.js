// @ts-check
// A slow and unreliable network between a browser and the site, at the level of TCP.

import net from "node:net";

/**
 * What the network is like. Times in milliseconds.
 * @typedef {object} Network
 * @property {number} [delay] One way.
 * @property {number} [jitter] The delay of each piece varies by up to this much, either way; pieces never overtake.
 * @property {number} [stallEvery] How often nothing passes for a while; never when 0.
 * @property {number} [stall] How long nothing passes each time.
 */

/**
 * When a piece that enters now leaves: after the delay, not before the piece in front, and not during a stall.
 * @param {number} now Milliseconds since the proxy started.
 * @param {number} previous When the piece in front leaves.
 * @param {Required<Network>} network
 * @param {number} luck From 0 to 1: the place within the jitter.
 */
export function leavesAt(now, previous, network, luck) {
  const { delay, jitter, stallEvery, stall } = network;
  const at = Math.max(previous, now + delay + (luck * 2 - 1) * jitter);
  if (stallEvery <= 0) return at;
  // The first stall comes after the first period, the next one a period later.
  const into = at % stallEvery;
  return at >= stallEvery && into < stall ? at - into + stall : at;
}

/** Forwards connections to the site like a bad network. */
export class LagProxy {
  /** @type {Set<net.Socket>} */
  #sockets = new Set();
  /** @type {net.Server} */
  #server;
  #started = performance.now();
  /** @type {"open" | "refused" | "silent"} */
  #state = "open";
  /** @type {(() => void)[]} */
  #held = [];
  /** @type {Required<Network>} */
  #network;
  /** The site's port. */
  target;

  /**
   * @param {number} target The site's port on this machine.
   * @param {Network} network
   */
  constructor(target, network) {
    this.target = target;
    this.#network = { delay: 0, jitter: 0, stallEvery: 0, stall: 0, ...network };
    this.#server = net.createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /**
   * Starts a proxy in front of a port of this machine.
   * @param {number} target
   * @param {Network} [network]
   */
  static async start(target, network = {}) {
    const proxy = new LagProxy(target, network);
    await new Promise((resolve, reject) => {
      proxy.#server.once("error", reject);
      proxy.#server.listen(0, "127.0.0.1", () => resolve(undefined));
    });
    return proxy;
  }

  get port() {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy is closed");
    return address.port;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Open connections of browsers. */
  get connections() {
    return this.#sockets.size / 2;
  }

  /** Breaks every open connection, and accepts new ones. */
  cut() {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Breaks every connection and refuses new ones until `restore`. */
  refuse() {
    this.#state = "refused";
    this.cut();
  }

  /** Silently lets nothing through until `restore`, as when a cable is pulled. */
  silence() {
    this.#state = "silent";
  }

  /** Ends `refuse` and `silence`; what was held back now passes. */
  restore() {
    this.#state = "open";
    for (const release of this.#held.splice(0)) release();
  }

  async close() {
    this.restore();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** @param {net.Socket} client */
  #accept(client) {
    if (this.#state === "refused") {
      client.resetAndDestroy();
      return;
    }
    const site = net.connect({ port: this.target, host: "127.0.0.1", allowHalfOpen: true });
    for (const socket of [client, site]) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      // An error is followed by `close`, which ends the pair.
      socket.on("error", () => {});
    }
    this.#forward(client, site);
    this.#forward(site, client);
  }

  /**
   * @param {net.Socket} from
   * @param {net.Socket} to
   */
  #forward(from, to) {
    let last = 0;
    /** @type {{at: number, act: () => void}[]} */
    const queue = [];
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const pump = () => {
      timer = undefined;
      for (let first = queue[0]; first; first = queue[0]) {
        if (this.#state === "silent") {
          this.#held.push(pump);
          return;
        }
        const wait = first.at - (performance.now() - this.#started);
        if (wait > 0) {
          timer = setTimeout(pump, wait);
          return;
        }
        queue.shift();
        first.act();
      }
    };
    /** @param {() => void} act */
    const later = (act) => {
      last = leavesAt(performance.now() - this.#started, last, this.#network, Math.random());
      queue.push({ at: last, act });
      if (queue.length === 1) pump();
    };
    from.on("data", (piece) => later(() => to.write(piece)));
    from.on("end", () => later(() => to.end()));
    from.on("close", (hadError) => {
      this.#sockets.delete(from);
      if (hadError || from.readableAborted) {
        // A broken connection takes what was still under way with it.
        clearTimeout(timer);
        queue.length = 0;
        to.destroy();
      }
    });
  }
}
