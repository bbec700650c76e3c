// People who use the site, each in a browser context of their own: how they sign up, meet, and read results. Every
// address and label that the tests know is here.

import { test as base, expect } from "@playwright/test";
import { ConsoleWatcher } from "./console.js";
import { Player, look, reaches } from "./play.js";
import { Site } from "./site.js";

/** @typedef {import("@playwright/test").Page} Page */
/** @typedef {import("@playwright/test").BrowserContext} BrowserContext */

/** A password that no checker calls weak. */
const PASSWORD = "quite-a-long-rally-of-1972";

/** Somebody with a browser. */
export class Person {
  /** @type {Player | undefined} */
  #player;

  /** @param {string} name @param {BrowserContext} context @param {Page} page @param {string} url The site's address. */
  constructor(name, context, page, url) {
    this.name = name;
    this.context = context;
    this.page = page;
    this.url = url;
    this.console = new ConsoleWatcher(context, name);
  }

  /** @param {string} path */
  async visit(path) {
    await this.page.goto(this.url + path);
  }

  /** Signs up, from the form. */
  async signUp() {
    await this.visit("/signup");
    await this.page.locator("input[name=name]").fill(this.name);
    await this.page.locator("input[name=email]").fill(`${this.name}@example.org`);
    await this.page.locator("input[name=password]").fill(PASSWORD);
    await this.page.locator("main form button[type=submit]").click();
    await expect(this.page).not.toHaveURL(/signup/);
  }

  /** Sits down at the page in front and plays. @param {import("./play.js").Style} style @param {Page} [page] */
  playing(style, page = this.page) {
    this.#player = new Player(page, style);
    return this.#player;
  }

  async stopPlaying() {
    await this.#player?.stop();
    this.#player = undefined;
  }

  /** Waits for the end of the match and tells its score as the page shows it. @param {number} [timeout] */
  async finish(timeout = 60_000) {
    await reaches(this.page, "finished", timeout);
    return (await look(this.page))?.score;
  }
}

/**
 * @typedef {object} Fixtures
 * @property {Site} site A site with an empty database.
 * @property {(name: string, options?: PersonOptions) => Promise<Person>} person Somebody new opens a browser.
 */

/** @typedef {import("@playwright/test").BrowserContextOptions & {url?: string}} PersonOptions */

export const test = base.extend(
  /** @type {import("@playwright/test").Fixtures<Fixtures, {}, import("@playwright/test").PlaywrightTestArgs & import("@playwright/test").PlaywrightTestOptions, import("@playwright/test").PlaywrightWorkerArgs>} */ ({
    // eslint-disable-next-line no-empty-pattern
    site: async ({}, use, info) => {
      const site = await Site.start();
      await use(site);
      if (info.status !== info.expectedStatus) {
        await info.attach("site.log", { body: await site.log(), contentType: "text/plain" });
      }
      await site.stop();
    },
    person: async ({ browser, site }, use) => {
      /** @type {Person[]} */
      const people = [];
      await use(async (name, { url = site.url, ...options } = {}) => {
        const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
        const person = new Person(name, context, await context.newPage(), url);
        people.push(person);
        return person;
      });
      for (const person of people) await person.stopPlaying();
      for (const person of people) await person.context.close();
      const complaints = people.flatMap((person) => person.console.complaints);
      expect(complaints, "what the browsers' consoles complained about").toEqual([]);
    },
  }),
);

export { expect };
