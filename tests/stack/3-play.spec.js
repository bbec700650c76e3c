// People play through nginx, over TLS, while replicas are killed and replaced under them.

import { expect, test as base } from "../browser/people.js";
import { look, reaches } from "../browser/play.js";
import { containers, crash, engine, replicas, url } from "./stack.js";

/** @typedef {import("../browser/people.js").Person} Person */

/** The people of the browser tests, at the stack. */
const test = /** @type {typeof base} */ (
  base.extend({ site: /** @type {any} */ (async (/** @type {any} */ {}, /** @type {any} */ use) => use({ url, port: Number(new URL(url).port) })) })
);

test.beforeEach(() => replicas(2));

/**
 * Two people in the middle of a match to `points` points.
 * @param {(name: string) => Promise<Person>} person
 * @param {string} suffix Names are taken once for all tests.
 * @param {number} [points]
 */
async function inMidMatch(person, suffix, points = 5) {
  const [ada, bob] = [await person(`ada${suffix}`), await person(`bob${suffix}`)];
  await ada.signUp();
  await bob.signUp();
  const link = new URL(await ada.invite(points));
  expect(link.origin).toBe(url);
  await bob.visit(link.pathname);
  await bob.accept();
  for (const { page } of [ada, bob]) await reaches(page, "live");
  for (const { page } of [ada, bob]) await page.evaluate(() => Reflect.set(window, "neverReloaded", true));
  ada.playing("well");
  bob.playing("well");
  await Promise.all([goesOn(ada, 90), goesOn(bob, 90)]);
  return { ada, bob };
}

/** Waits until the person's match, live, has gone on by this many ticks. @param {Person} who @param {number} ticks */
async function goesOn(who, ticks) {
  const from = (await look(who.page))?.tick ?? 0;
  await expect
    .poll(
      async () => {
        const game = await look(who.page);
        return game?.phase === "live" ? game.tick : 0;
      },
      { timeout: 20_000, intervals: [50], message: `${who.name}'s match goes on` },
    )
    .toBeGreaterThan(from + ticks);
}

/** Notes in the page how long each interruption of the play was, in milliseconds. @param {Person} who */
async function noteInterruptions({ page }) {
  await page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("canvas[data-phase]"));
    /** @type {{from: number, to?: number}[]} */
    const breaks = [];
    Reflect.set(window, "breaks", breaks);
    new MutationObserver(() => {
      const away = canvas.dataset.phase === "reconnecting" || canvas.dataset.phase === "connecting";
      const last = breaks.at(-1);
      if (away && (!last || last.to !== undefined)) breaks.push({ from: performance.now() });
      else if (!away && last && last.to === undefined) last.to = performance.now();
    }).observe(canvas, { attributes: true, attributeFilter: ["data-phase"] });
  });
}

/** @param {Person} who @returns {Promise<number[]>} */
async function interruptions({ page }) {
  return page.evaluate(() => Reflect.get(window, "breaks").map((/** @type {any} */ one) => (one.to ?? Infinity) - one.from));
}

/** Both end the match, one of them badly, with one result and on the page that they began on. @param {Person} ada @param {Person} bob @param {number} points */
async function playToTheEnd(ada, bob, points) {
  for (const { page, name } of [ada, bob]) {
    expect(await page.evaluate(() => Reflect.get(window, "neverReloaded")), `${name}'s page was not reloaded`).toBe(true);
  }
  await bob.stopPlaying();
  bob.playing("badly");
  const [a, b] = await Promise.all([ada.finish(90_000), bob.finish(90_000)]);
  expect(a.score).toBe(b.score);
  expect(a.score.split("-").map(Number)).toContain(points);
  for (const { resyncs, errors } of [a, b]) expect([resyncs, errors], "no divergence, no error").toEqual([0, 0]);
  // Stored once, whoever asks which replica.
  for (const who of [ada, bob]) await expect.poll(async () => (await who.history(ada)).length, { timeout: 15_000 }).toBe(1);
}

test("two people sign up, meet and play to the end through nginx", async ({ person }) => {
  const { ada, bob } = await inMidMatch(person, "1", 3);
  await playToTheEnd(ada, bob, 3);
});

test("a replica is killed in mid-match, whichever it is: both play on within three seconds, without a reload", async ({ person }) => {
  const { ada, bob } = await inMidMatch(person, "2");
  for (const { console } of [ada, bob]) console.expectBrokenConnections();
  const before = await look(ada.page);
  // One of them owns the match: after both, it was killed once at least.
  for (const name of await containers("app")) {
    for (const who of [ada, bob]) await noteInterruptions(who);
    await crash(name);
    await Promise.all([goesOn(ada, 60), goesOn(bob, 60)]);
    for (const who of [ada, bob]) {
      const lengths = await interruptions(who);
      console.log(`${who.name}: ${name} was killed, away for ${lengths.map((length) => `${Math.round(length)} ms`).join(", ") || "no moment"}`);
      for (const length of lengths) expect(length, `how long ${who.name} was away`).toBeLessThan(3_000);
    }
    await replicas(2);
  }
  expect((await look(ada.page))?.tick ?? 0, "the match went on, not from the start").toBeGreaterThan(before?.tick ?? 0);
  await playToTheEnd(ada, bob, 5);
});

test("all replicas are restarted one after the other in mid-match, and nobody is sent away", async ({ person }) => {
  const { ada, bob } = await inMidMatch(person, "3");
  for (const { console } of [ada, bob]) console.expectBrokenConnections();
  for (const name of await containers("app")) {
    for (const who of [ada, bob]) await noteInterruptions(who);
    await engine("restart", "-t", "15", name);
    await Promise.all([goesOn(ada, 60), goesOn(bob, 60)]);
    for (const who of [ada, bob]) {
      const lengths = await interruptions(who);
      console.log(`${who.name}: ${name} was restarted, away for ${lengths.map((length) => `${Math.round(length)} ms`).join(", ") || "no moment"}`);
      for (const length of lengths) expect(length, `how long ${who.name} was away`).toBeLessThan(3_000);
    }
    await replicas(2);
  }
  await playToTheEnd(ada, bob, 5);
});
