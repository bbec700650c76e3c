// @ts-check
// Watches what a page complains about. A test in which a page complains fails.

/** Collects the complaints of every page of a browser context. */
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
    // A violated Content-Security-Policy is also an error in the console.
    context.on("weberror", (error) => this.#complain(`${who}: uncaught: ${error.error().stack ?? error.error()}`));
  }

  /**
   * From now on, ignores complaints that the test itself provokes, such as a refused connection.
   * @param {...RegExp} patterns
   */
  expect(...patterns) {
    this.#expected.push(...patterns);
  }

  /** Ignores everything that a browser reports when the site is down or the network is broken. */
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
