// @ts-check
// What happens to a match when pages are refreshed, opened twice, or cut off, and when the site goes down.

import { expect, test } from "./people.js";
import { look, noteScores, notedScores, reaches } from "./play.js";

/** @typedef {import("./people.js").Person} Person */

/**
 * Two guests in the middle of a match to five points, made by link, both playing well.
 * @param {(name: string, options?: import("./people.js").PersonOptions) => Promise<Person>} person
 * @param {import("./people.js").PersonOptions} [options]
 * @returns {Promise<[Person, Person]>}
 */
async function inMidMatch(person, options) {
  const [ada, bob] = [await person("ada", options), await person("bob", options)];
  await bob.visit(new URL(await ada.invite(5)).pathname);
  await bob.accept();
  for (const { page } of [ada, bob]) await reaches(page, "live");
  for (const { page } of [ada, bob]) await page.evaluate(() => Reflect.set(window, "neverReloaded", true));
  ada.playing("well");
  bob.playing("well");
  // Some time has been played: the ball is moving.
  await ticksPass(ada, 90);
  return [ada, bob];
}

/** Waits until the person's match has gone on by this many ticks. @param {Person} who @param {number} ticks */
async function ticksPass(who, ticks) {
  const from = (await look(who.page))?.tick ?? 0;
  await expect
    .poll(async () => (await look(who.page))?.tick ?? 0, { timeout: 30_000, message: `${who.name}'s match goes on` })
    .toBeGreaterThan(from + ticks);
}

/**
 * Both play on, the second one badly, until the end, which must be the same for both, without a divergence.
 * @param {Person} first
 * @param {Person} second
 */
async function playOn(first, second) {
  await Promise.all([ticksPass(first, 60), ticksPass(second, 60)]);
  await second.stopPlaying();
  second.playing("badly");
  const [a, b] = await Promise.all([first.finish(), second.finish()]);
  expect(a.score).toBe(b.score);
  expect(a.score).toMatch(/5/);
  for (const { resyncs, errors } of [a, b]) expect([resyncs, errors], "no divergence, no error").toEqual([0, 0]);
}

/** @param {Person[]} people */
async function expectNoReload(people) {
  for (const { page, name } of people) {
    expect(await page.evaluate(() => Reflect.get(window, "neverReloaded")), `${name}'s page was not reloaded`).toBe(
      true,
    );
  }
}

test("a refresh in mid-match loses nothing", async ({ person }) => {
  const [ada, bob] = await inMidMatch(person);
  await ada.page.reload();
  await reaches(ada.page, "live");
  await playOn(ada, bob);
});

test("a second tab takes the seat over, and the first one says so", async ({ person }) => {
  const [ada, bob] = await inMidMatch(person);
  const first = ada.page;
  await ada.stopPlaying();
  const second = await ada.context.newPage();
  await second.goto(first.url());
  await reaches(second, "live");
  await expect(first.getByRole("heading", { name: "another tab" })).toBeVisible();
  ada.page = second;
  ada.playing("well");
  await playOn(ada, bob);
});

test("a cut connection comes back by itself", async ({ person, network }) => {
  const cable = await network();
  const [ada, bob] = await inMidMatch(person, { url: cable.url });
  for (const { console } of [ada, bob]) console.expectBrokenConnections();
  cable.cut();
  await Promise.all([ticksPass(ada, 60), ticksPass(bob, 60)]);
  await expectNoReload([ada, bob]);
  await playOn(ada, bob);
});

test("the other side sees who is gone, play pauses, and goes on when they are back", async ({ person, network }) => {
  const cable = await network();
  const ada = await person("ada");
  const bob = await person("bob", { url: cable.url });
  bob.console.expectBrokenConnections();
  await bob.visit(new URL(await ada.invite(5)).pathname);
  await bob.accept();
  for (const { page } of [ada, bob]) await reaches(page, "live");
  ada.playing("well");
  bob.playing("well");
  await ticksPass(ada, 60);
  cable.refuse();
  await reaches(ada.page, "held");
  cable.restore();
  await reaches(bob.page, "live");
  await playOn(ada, bob);
});

test("kill -9 in mid-match: both browsers are back by themselves and finish", async ({ person, site }) => {
  const [ada, bob] = await inMidMatch(person);
  for (const { console } of [ada, bob]) console.expectBrokenConnections();
  const address = ada.page.url();
  const before = await look(ada.page);
  await site.kill();
  await site.run();
  for (const { page } of [ada, bob]) await reaches(page, "live");
  // At most five seconds of play are lost.
  const after = await look(ada.page);
  expect(after?.tick).toBeGreaterThan((before?.tick ?? 0) - 5 * 60);
  await expectNoReload([ada, bob]);
  expect(ada.page.url()).toBe(address);
  await playOn(ada, bob);
});

test("SIGTERM in mid-match: out within 5 s, and the restarted server goes on", async ({ person, site }) => {
  const [ada, bob] = await inMidMatch(person);
  for (const { console } of [ada, bob]) console.expectBrokenConnections();
  const before = await look(ada.page);
  const { code, took } = await site.terminate();
  expect(code, await site.log()).toBe(0);
  expect(took).toBeLessThan(5000);
  await site.run();
  for (const { page } of [ada, bob]) await reaches(page, "live");
  // Nothing that was played is lost, beyond a rollback window and the time that the news takes.
  expect((await look(ada.page))?.tick).toBeGreaterThan((before?.tick ?? 0) - 30);
  await expectNoReload([ada, bob]);
  await playOn(ada, bob);
});

test("a slow and moody network: no divergence, both agree on every point", async ({ person, network }) => {
  test.setTimeout(180_000);
  const quality = { delay: 50, jitter: 10, stallEvery: 10_000, stall: 300 };
  const [near, far] = [await network(quality), await network(quality)];
  const ada = await person("ada", { url: near.url });
  const bob = await person("bob", { url: far.url });
  for (const { page } of [ada, bob]) await noteScores(page);
  await bob.visit(new URL(await ada.invite(11)).pathname);
  await bob.accept();
  for (const { page } of [ada, bob]) await reaches(page, "live");
  ada.playing("well");
  bob.playing("well");
  // Long enough for two stalls.
  await ticksPass(ada, 20 * 60);
  await bob.stopPlaying();
  bob.playing("badly");
  const [a, b] = await Promise.all([ada.finish(90_000), bob.finish(90_000)]);
  const points = await notedScores(ada.page);
  expect(points?.length, "every point was seen").toBeGreaterThan(11);
  expect(points).toEqual(await notedScores(bob.page));
  for (const { resyncs, errors } of [a, b]) expect([resyncs, errors], "no divergence, no error").toEqual([0, 0]);
});
