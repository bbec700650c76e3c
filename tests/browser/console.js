// @ts-check
// Watches what a page complains about. A test in which a page complained has failed.

/** Gathers the complaints of every page of a browser context. */
export class ConsoleWatcher {
  /** @type {string[]} */
  #complaints = [];
  /** @type {RegExp[]} */
  #expected = [];

  /** @param {import("@playwright/test").BrowserContext} context @param {string} who Names the context in complaints. */
  constructor(context, who) {
    context.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        const { url, lineNumber } = message.location();
        this.#complain(`${who}: ${message.type()}: ${message.text()} (${url}:${lineNumber})`);
      }
    });
    // A violated Content-Security-Policy is an error in the console as well.
    context.on("weberror", (error) => this.#complain(`${who}: uncaught: ${error.error().stack ?? error.error()}`));
  }

  /**
   * Lets complaints pass that the test itself provokes, from now on: a refused connection, say.
   * @param {...RegExp} patterns
   */
  expect(...patterns) {
    this.#expected.push(...patterns);
  }

  /** Lets everything pass that a browser says when the site is down or the network is broken. */
  expectBrokenConnections() {
    this.expect(/WebSocket connection to .* failed/, /net::ERR_/);
  }

  /** What the pages complained about. */
  get complaints() {
    return [...this.#complaints];
  }

  /** @param {string} text */
  #complain(text) {
    if (!this.#expected.some((pattern) => pattern.test(text))) this.#complaints.push(text);
  }
}
