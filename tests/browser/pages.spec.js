// @ts-check
// Every page, in both themes and both languages: axe, the Nu checker, the console, and narrow screens.

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { axe, nu } from "./checkers.js";
import { expect, test } from "./people.js";
import { reaches } from "./play.js";

/** @typedef {import("./people.js").Person} Person */
/**
 * Checks the page at an address; `live` checks the one in front, as it is after its scripts have run.
 * @typedef {((who: Person, name: string, address: string) => Promise<void>) & {live: (who: Person, name: string) => Promise<void>}} Check
 */
/**
 * Addresses made by others.
 * @typedef {object} Addresses
 * @property {string} invitation An open one.
 * @property {string} broken An invitation that the site cannot read.
 * @property {string} others A match that nobody else may watch.
 */

/**
 * Visits everything that a visitor without an account can see.
 * @param {Person} stranger
 * @param {Addresses} addresses
 * @param {Check} check
 */
async function strangersWay(stranger, { invitation, broken, others }, check) {
  await check(stranger, "stranger-home", "/");
  await check(stranger, "stranger-play", "/play");
  await check(stranger, "about", "/about");
  await check(stranger, "privacy", "/privacy");
  await check(stranger, "login", "/login");
  await check(stranger, "signup", "/signup");
  await check(stranger, "invited", invitation);
  await check(stranger, "no-invitation", "/play/invite/gone");
  await check(stranger, "missing", "/no-such-page");
  await check(stranger, "missing-player", "/players/nobody");
  await check(stranger, "forbidden", others);
  await check(stranger, "our-fault", broken);
  for (const [address, status] of [
    [others, 403],
    [broken, 500],
  ]) {
    const answer = await stranger.page.request.get(stranger.url + address);
    expect(answer.status(), String(address)).toBe(status);
  }
  await stranger.playAtOneKeyboard(11);
  await reaches(stranger.page, "live");
  await check(stranger, "match-live", new URL(stranger.page.url()).pathname);
  await check.live(stranger, "match-as-it-is-played");
  await check(stranger, "guest-in-a-match-play", "/play");
}

/**
 * A person signs up and plays, and visits the pages that come with it.
 * @param {Person} ada
 * @param {Check} check
 * @param {import("./site.js").Site} site
 * @returns {Promise<Addresses>}
 */
async function membersWay(ada, check, site) {
  await ada.signUp();
  await check(ada, "empty-profile", "/players/ada");
  await ada.playBot("weak", 3);
  await reaches(ada.page, "live");
  const match = new URL(ada.page.url()).pathname.replace(/\/play$/, "");
  ada.playing("not");
  await ada.finish(90_000);
  await ada.stopPlaying();
  await check(ada, "result", match);
  await check(ada, "profile", "/players/ada");
  await check(ada, "home", "/");
  await ada.queue(3);
  await check(ada, "play-waiting", "/play");
  const invitation = new URL(await ada.invite(3)).pathname;
  await check(ada, "invitation", invitation);
  const broken = new URL(await ada.invite(5)).pathname;
  await site.sql(`UPDATE invites SET rules = 'x' WHERE token = '${path.basename(broken)}'`);
  await ada.playAtOneKeyboard(3);
  await reaches(ada.page, "live");
  return { invitation, broken, others: new URL(ada.page.url()).pathname };
}

for (const language of ["en", "fr"]) {
  for (const theme of /** @type {const} */ (["light", "dark"])) {
    test(`every page is clean in ${language}, ${theme}`, async ({ person, site }, info) => {
      test.setTimeout(300_000);
      const options = { locale: language, colorScheme: theme };
      const ada = await person("ada", options);
      const stranger = await person("stranger", options);
      for (const { console } of [ada, stranger]) console.expect(/status of (4(03|04|10|22)|500)/);
      const folder = path.join(info.project.outputDir, "html", `${language}-${theme}`);
      await mkdir(folder, { recursive: true });
      /** @type {string[]} */
      const files = [];
      /** @type {string[]} */
      const wrong = [];

      /** Checks the page in its current state. @param {Person} who @param {string} name @param {Buffer} html */
      const judge = async (who, name, html) => {
        const file = path.join(folder, `${name}.html`);
        await writeFile(file, html);
        files.push(file);
        expect(await who.page.locator("html").getAttribute("lang"), name).toMatch(new RegExp(`^${language}`));
        for (const width of [1440, 768, 360]) {
          await who.page.setViewportSize({ width, height: 800 });
          const [content, room] = await who.page.evaluate(() => {
            const { scrollWidth, clientWidth } = document.documentElement;
            return [scrollWidth, clientWidth];
          });
          if (content > room) wrong.push(`${name}: scrolls sideways at ${width} px: its content is ${content} px wide`);
          if (width !== 768) wrong.push(...(await axe(who.page)).map((line) => `${name} at ${width} px: axe: ${line}`));
        }
      };
      /** @type {Check} */
      const check = Object.assign(
        async (/** @type {Person} */ who, /** @type {string} */ name, /** @type {string} */ address) => {
          const answer = await who.page.goto(who.url + address);
          if (!answer) throw new Error(`${address} gave no answer`);
          await judge(who, name, await answer.body());
        },
        {
          live: async (/** @type {Person} */ who, /** @type {string} */ name) => {
            await reaches(who.page, "live");
            await judge(who, name, Buffer.from(await who.page.content()));
            await reaches(who.page, "live");
          },
        },
      );

      const addresses = await membersWay(ada, check, site);
      await strangersWay(stranger, addresses, check);
      const mistaken = await person("x", options);
      mistaken.console.expect(/status of 422/);
      await judge(mistaken, "signup-mistakes", await mistaken.signUpWithMistakes());

      wrong.push(...(await nu(files)).map((line) => `Nu: ${line}`));
      expect([...new Set(wrong)], wrong.join("\n")).toEqual([]);
    });
  }
}
