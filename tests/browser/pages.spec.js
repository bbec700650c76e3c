// Every page, in both themes and both languages: axe, the Nu checker, the console, and narrow screens.

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { axe, nu } from "./checkers.js";
import { expect, test } from "./people.js";
import { reaches } from "./play.js";

/** @typedef {import("./people.js").Person} Person */

/**
 * Somebody has signed up and finished a match; the addresses of all pages then.
 * @param {Person} person
 * @returns {Promise<{name: string, path: string, fails?: boolean}[]>}
 */
async function pagesOf(person) {
  await person.signUp();
  await person.playBot("weak", 3);
  await reaches(person.page, "live");
  const match = new URL(person.page.url()).pathname;
  person.playing("not");
  await person.finish(90_000);
  await person.stopPlaying();
  const invitation = new URL(await person.invite(3)).pathname;
  return [
    { name: "home", path: "/" },
    { name: "play", path: "/play" },
    { name: "invitation", path: invitation },
    { name: "result", path: match.replace(/\/play$/, "") },
    { name: "profile", path: `/players/${person.name}` },
    { name: "missing", path: "/no-such-page", fails: true },
    { name: "missing-player", path: "/players/nobody", fails: true },
  ];
}

/** Pages that only strangers see. */
const STRANGERS = [
  { name: "stranger-home", path: "/" },
  { name: "stranger-play", path: "/play" },
  { name: "signup", path: "/signup" },
  { name: "login", path: "/login" },
];

for (const language of ["en", "fr"]) {
  for (const theme of /** @type {const} */ (["light", "dark"])) {
    test(`every page is clean in ${language}, ${theme}`, async ({ person }, info) => {
      test.setTimeout(240_000);
      const options = { locale: language, colorScheme: theme };
      const ada = await person("ada", options);
      const stranger = await person("stranger", options);
      for (const { console } of [ada, stranger]) console.expect(/status of 404/);
      const folder = path.join(info.project.outputDir, "html", `${language}-${theme}`);
      await mkdir(folder, { recursive: true });

      /** @type {string[]} */
      const files = [];
      /** @type {string[]} */
      const wrong = [];
      /** @param {Person} who @param {{name: string, path: string}} page */
      const check = async (who, { name, path: address }) => {
        const answer = await who.page.goto(who.url + address);
        if (!answer) throw new Error(`${address} gave no answer`);
        const file = path.join(folder, `${name}.html`);
        await writeFile(file, await answer.body());
        files.push(file);
        expect(await who.page.locator("html").getAttribute("lang"), name).toMatch(new RegExp(`^${language}`));
        for (const width of [1440, 768, 360]) {
          await who.page.setViewportSize({ width, height: 800 });
          const [content, room] = await who.page.evaluate(() => [
            document.documentElement.scrollWidth,
            document.documentElement.clientWidth,
          ]);
          if ((content ?? 0) > (room ?? 0)) wrong.push(`${name}: scrolls sideways at ${width} px: its content is ${content} px wide`);
          if (width !== 768) wrong.push(...(await axe(who.page)).map((line) => `${name} at ${width} px: axe: ${line}`));
        }
      };
      for (const page of STRANGERS) await check(stranger, page);
      for (const page of await pagesOf(ada)) await check(ada, page);
      // A form that was sent with mistakes shows them.
      await stranger.page.request.post(`${stranger.url}/signup`, { form: { name: "x", email: "x", password: "x" } });

      wrong.push(...(await nu(files)).map((line) => `Nu: ${line}`));
      expect(wrong, wrong.join("\n")).toEqual([]);
    });
  }
}
