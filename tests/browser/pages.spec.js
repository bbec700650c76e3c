// Every page, in both themes and both languages: axe, the Nu checker, the console, and narrow screens.

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { axe, nu } from "./checkers.js";
import { expect, test } from "./people.js";
import { reaches } from "./play.js";

/** @typedef {import("./people.js").Person} Person */
/** @typedef {(who: Person, name: string, address: string) => Promise<void>} Check */

/**
 * Shows everything that somebody without an account sees.
 * @param {Person} stranger
 * @param {string} invitation An open one, of somebody else.
 * @param {Check} check
 */
async function strangersWay(stranger, invitation, check) {
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
  await stranger.playAtOneKeyboard(11);
  await reaches(stranger.page, "live");
  await check(stranger, "match-live", new URL(stranger.page.url()).pathname);
  await check(stranger, "guest-in-a-match-play", "/play");
}

/**
 * Somebody signs up and plays, and sees the pages that come with it.
 * @param {Person} ada
 * @param {Check} check
 * @returns {Promise<string>} The address of an open invitation.
 */
async function membersWay(ada, check) {
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
  return invitation;
}

for (const language of ["en", "fr"]) {
  for (const theme of /** @type {const} */ (["light", "dark"])) {
    test(`every page is clean in ${language}, ${theme}`, async ({ person }, info) => {
      test.setTimeout(300_000);
      const options = { locale: language, colorScheme: theme };
      const ada = await person("ada", options);
      const stranger = await person("stranger", options);
      for (const { console } of [ada, stranger]) console.expect(/status of 4(04|10|22)/);
      const folder = path.join(info.project.outputDir, "html", `${language}-${theme}`);
      await mkdir(folder, { recursive: true });
      /** @type {string[]} */
      const files = [];
      /** @type {string[]} */
      const wrong = [];

      /** Judges the page as it stands. @param {Person} who @param {string} name @param {Buffer} html */
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
      const check = async (who, name, address) => {
        const answer = await who.page.goto(who.url + address);
        if (!answer) throw new Error(`${address} gave no answer`);
        await judge(who, name, await answer.body());
      };

      const invitation = await membersWay(ada, check);
      await strangersWay(stranger, invitation, check);
      const mistaken = await person("x", options);
      mistaken.console.expect(/status of 422/);
      await judge(mistaken, "signup-mistakes", await mistaken.signUpWithMistakes());

      wrong.push(...(await nu(files)).map((line) => `Nu: ${line}`));
      expect([...new Set(wrong)], wrong.join("\n")).toEqual([]);
    });
  }
}
