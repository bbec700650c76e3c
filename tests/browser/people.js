// @ts-check
// People who use the site, each in a browser context of their own: how they sign up, meet, and read results. Every address and
// label that the tests use is here.

import { test as base, expect } from "@playwright/test";
import { ConsoleWatcher } from "./console.js";
import { Player } from "./play.js";
import { LagProxy } from "./proxy.js";
import { Site } from "./site.js";

/** @typedef {import("@playwright/test").Page} Page */
/** @typedef {import("@playwright/test").BrowserContext} BrowserContext */

/** A password that no checker considers weak. */
export const PASSWORD = "quite-a-long-rally-of-1972";

/** A person with a browser. */
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

  /** Signs up with the form. */
  async signUp() {
    await this.visit("/signup");
    await this.page.locator("input[name=name]").fill(this.name);
    await this.page.locator("input[name=email]").fill(`${this.name}@example.org`);
    await this.page.locator("input[name=password]").fill(PASSWORD);
    await this.#form("/signup").locator("button").click();
    await expect(this.page).not.toHaveURL(/signup/);
  }

  /** @param {string} action Where the form is sent. */
  #form(action) {
    return this.page.locator(`main form[action="${action}"]`);
  }

  /**
   * Makes choices in a form of the lobby and sends it.
   * @param {string} action
   * @param {Record<string, string | number>} choices Values by the name of their radio buttons.
   */
  async #choose(action, choices) {
    await this.visit("/play");
    const form = this.#form(action);
    for (const [name, value] of Object.entries(choices)) {
      // The radio button itself may be hidden behind its label.
      await form.locator(`label:has(input[name="${name}"][value="${value}"])`).click();
    }
    await form.locator("button").click();
  }

  /** Waits for anyone who wants to play. @param {number} points */
  async queue(points) {
    await this.#choose("/play/queue", { points });
  }

  /** Makes an invitation and returns its address. @param {number} points */
  async invite(points) {
    await this.#choose("/play/link", { points });
    return this.page.locator("main input[readonly]").inputValue();
  }

  /** Accepts the invitation that the page shows. */
  async accept() {
    await this.page.locator('main form[action^="/play/invite/"] button').click();
  }

  /** @param {"weak" | "medium" | "strong"} strength @param {number} points */
  async playBot(strength, points) {
    await this.#choose("/play/bot", { strength, points });
  }

  /** @param {number} points */
  async playAtOneKeyboard(points) {
    await this.#choose("/play/keyboard", { points });
  }

  /**
   * Somebody's matches as their page lists them: the other side, and the score with the owner's points first.
   * @param {Person} whose
   */
  async history(whose) {
    await this.visit(`/players/${whose.name}`);
    const rows = await this.page.locator(".table-matches tbody tr").all();
    return Promise.all(
      rows.map(async (row) => ({
        opponent: await row.locator(".m-opponent .player-name").innerText(),
        score: (await row.locator(".m-score").innerText()).replace(/\s/g, ""),
      })),
    );
  }

  /** Sends the sign-up form with a mistake in every field, bypassing the browser's checks, and returns the HTML of the answer. */
  async signUpWithMistakes() {
    await this.visit("/signup");
    const form = this.#form("/signup");
    await form.evaluate((element) => element.setAttribute("novalidate", ""));
    for (const name of ["name", "email", "password"]) await form.locator(`input[name=${name}]`).fill("x");
    const answer = this.page.waitForResponse((response) => response.request().method() === "POST");
    await form.locator("button").click();
    await expect(this.page.locator("[aria-invalid=true]")).toHaveCount(3);
    return (await answer).body();
  }

  /** Starts to play at the page in front. @param {import("./play.js").Style} style @param {Page} [page] */
  playing(style, page = this.page) {
    this.#player = new Player(page, style);
    return this.#player;
  }

  async stopPlaying() {
    await this.#player?.stop();
    this.#player = undefined;
  }

  /**
   * Waits for the end of the match that this person plays, and returns what the page showed then.
   * @param {number} [timeout]
   */
  async finish(timeout = 60_000) {
    const player = this.#player;
    if (!player) throw new Error(`${this.name} does not play`);
    const message = `${this.name}'s match ends`;
    await expect.poll(() => player.last, { timeout, message, intervals: [100] }).toBeDefined();
    const { last } = player;
    if (!last) throw new Error(message);
    return last;
  }
}

/**
 * @typedef {object} Fixtures
 * @property {Site} site A site with an empty database.
 * @property {(quality?: import("./proxy.js").Network) => Promise<LagProxy>} network A network in front of the site.
 * @property {(name: string, options?: PersonOptions) => Promise<Person>} person A new person opens a browser.
 */

/** @typedef {import("@playwright/test").BrowserContextOptions & {url?: string}} PersonOptions */

export const test = base.extend(
  /** @type {import("@playwright/test").Fixtures<Fixtures, {}, import("@playwright/test").PlaywrightTestArgs & import("@playwright/test").PlaywrightTestOptions, import("@playwright/test").PlaywrightWorkerArgs>} */ ({
    site: async ({}, use, info) => {
      const site = await Site.start();
      await use(site);
      if (info.status !== info.expectedStatus) {
        await info.attach("site.log", { body: await site.log(), contentType: "text/plain" });
      }
      await site.stop();
    },
    network: async ({ site }, use) => {
      /** @type {LagProxy[]} */
      const proxies = [];
      await use(async (quality) => {
        const proxy = await LagProxy.start(site.port, quality);
        proxies.push(proxy);
        return proxy;
      });
      for (const proxy of proxies) await proxy.close();
    },
    // Depends on the proxies, so that the browsers are closed before their network.
    person: async ({ browser, site, network: _ }, use) => {
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
