// @ts-check
// People play through nginx, over TLS, while replicas are killed and replaced.

import { expect, test as base } from "../browser/people.js";
import { look, reaches } from "../browser/play.js";
import { containers, engine, logs, replicas, signal, sql, url } from "./stack.js";

/** @typedef {import("../browser/people.js").Person} Person */

/** The people of the browser tests, using the stack. */
const test = /** @type {typeof base} */ (
  base.extend({
    site: /** @type {any} */ (
      async (/** @type {any} */ {}, /** @type {any} */ use) => use({ url, port: Number(new URL(url).port) })
    ),
  })
);

test.beforeEach(() => replicas(2));

test.afterEach(async ({}, info) => {
  if (info.status === info.expectedStatus) return;
  for (const name of [...(await containers("app", true)), ...(await containers("web", true))]) {
    await info.attach(`${name}.log`, { body: await logs(name), contentType: "text/plain" });
  }
});

/** The longest that play may stand still when a replica dies or stops, in milliseconds. */
const MOST = 3_000;

/**
 * Two people in the middle of a match to `points` points.
 * @param {(name: string) => Promise<Person>} person
 * @param {string} suffix Makes the names unique across tests.
 * @param {number} [points]
 */
async function inMidMatch(person, suffix, points = 5) {
  const { retry, repeatEachIndex } = base.info();
  const own = suffix + "again".repeat(retry) + "more".repeat(repeatEachIndex);
  const [ada, bob] = [await person(`ada${own}`), await person(`bob${own}`)];
  await ada.signUp();
  await bob.signUp();
  const link = new URL(await ada.invite(points));
  expect(link.origin).toBe(url);
  await bob.visit(link.pathname);
  await bob.accept();
  for (const { page } of [ada, bob]) await reaches(page, "live");
  for (const who of [ada, bob]) await note(who);
  ada.playing("well");
  bob.playing("well");
  await Promise.all([goesOn(ada, 90), goesOn(bob, 90)]);
  return { ada, bob };
}

/** Waits until the person's live match has advanced by this many ticks. @param {Person} who @param {number} ticks */
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

/**
 * What a match page showed from a certain moment.
 * @typedef {object} Shown
 * @property {number} at Milliseconds since 1970.
 * @property {string} phase
 * @property {number} points Of both together.
 * @property {number} tick
 * @property {number} joins How often a replica has let the page into the match.
 */

/** Records what the page shows whenever that changes, for `shown`. @param {Person} who */
async function note({ page }) {
  await page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("canvas[data-phase]"));
    /** @type {Shown[]} */
    const shown = [];
    Reflect.set(window, "shown", shown);
    const look = () => {
      const { phase = "", score = "0-0", tick, joins } = canvas.dataset;
      const [left = 0, right = 0] = score.split("-").map(Number);
      shown.push({ at: Date.now(), phase, points: left + right, tick: Number(tick), joins: Number(joins) });
    };
    look();
    new MutationObserver(look).observe(canvas, {
      attributes: true,
      attributeFilter: ["data-phase", "data-score", "data-joins"],
    });
  });
}

/** Returns what was recorded; fails if the page was reloaded since. @param {Person} who @returns {Promise<Shown[]>} */
async function shown({ page, name }) {
  const all = await page.evaluate(() => Reflect.get(window, "shown"));
  expect(all, `${name}'s page was not reloaded`).toBeDefined();
  return all;
}

/**
 * The times when play did not run: when it stopped, when the page was in the match again, and when play ran again. Being held,
 * waiting and counting down do not count as playing.
 * @param {Shown[]} all
 */
function breaks(all) {
  /** @type {{from: number, back?: number, live?: number}[]} */
  const found = [];
  for (const { at, phase } of all) {
    let last = found.at(-1);
    if (phase !== "live" && (!last || last.live !== undefined)) found.push((last = { from: at }));
    if (!last || last.live !== undefined) continue;
    if (phase !== "reconnecting" && phase !== "connecting") last.back ??= at;
    if (phase === "live") last.live = at;
  }
  return found;
}

/**
 * What a page showed before and after a moment, and what it showed first once a replica had let it in again.
 * @param {Shown[]} all
 * @param {number} since
 */
function parted(all, since) {
  const before = all.filter(({ at }) => at < since);
  const after = all.filter(({ at }) => at >= since);
  return { before, after, joined: after.find(({ joins }) => joins > (before.at(-1)?.joins ?? 0)) };
}

/** The number of an id as written in addresses and logs. @param {string} text */
function idOf(text) {
  const digits = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
  return [...text].reduce((number, digit) => number * 64n + BigInt(digits.indexOf(digit)), 0n);
}

/** The container of the replica that plays the person's match. @param {Person} who @returns {Promise<string | undefined>} */
async function ownerOf({ page }) {
  const match = /\/matches\/([^/]+)\/play/.exec(page.url())?.[1];
  const owner = await sql(`SELECT owner_id FROM matches WHERE id = ${idOf(match ?? "")}`);
  for (const name of await containers("app")) {
    const own = [...(await logs(name)).matchAll(/"replica":"([^"]{11})"/g)].at(-1)?.[1];
    if (own && String(idOf(own)) === owner) return name;
  }
  return undefined;
}

/**
 * Takes a replica away during the match of two people, waits until both play on, and checks what their pages showed.
 * @param {Person[]} people
 * @param {string} name The replica's container.
 * @param {() => Promise<number>} take Returns when it was gone, in milliseconds since 1970.
 * @returns {Promise<boolean>} Whether it was the one that owned the match.
 */
async function playThrough(people, name, take) {
  const owned = (await ownerOf(/** @type {Person} */ (people[0]))) === name;
  const since = await take();
  for (const who of people) {
    // When a match has moved, the new owner lets its pages in. Until then a page may still believe that the match goes on.
    const joined = async () => parted(await shown(who), since).joined !== undefined;
    if (owned)
      await expect
        .poll(joined, { timeout: 20_000, intervals: [50], message: `${who.name}'s match is on another replica` })
        .toBe(true);
  }
  // Long enough to notice a connection that is dropped a little later.
  await Promise.all(people.map((who) => goesOn(who, 180)));
  const seen = await Promise.all(people.map(async (who) => ({ name: who.name, ...parted(await shown(who), since) })));
  /** @param {number} [to] @param {number} [from] */
  const ms = (to = Infinity, from = since) => to - from;
  for (const { name: who, after } of seen) {
    const figures = breaks(after).map(
      ({ from, back, live }) => `${ms(from)} to ${ms(back)} (in the match) and ${ms(live)} ms (playing)`,
    );
    console.log(
      `${who}: ${name}, ${owned ? "the owner" : "another"}, is taken away: away from ${figures.join(", ") || "no moment"}`,
    );
  }
  for (const { name: who, before, after, joined } of seen) {
    const found = breaks(after);
    const story = after
      .map(
        ({ at, phase, joins, points, tick }) =>
          `${ms(at)} ms: ${phase}, joined ${joins} times, ${points} points, tick ${tick}`,
      )
      .join("\n");
    if (owned) expect(found.length, `${who} must have noticed, once\n${story}`).toBe(1);
    for (const { from, back, live } of found) {
      expect(ms(back, from), `how long ${who} was without a connection\n${story}`).toBeLessThan(MOST);
      expect(ms(live, from), `how long ${who} could not play\n${story}`).toBeLessThan(MOST);
    }
    if (!joined) continue;
    const again = after.find(({ at, phase }) => at >= joined.at && phase === "live");
    expect(ms(again?.at), `how long after that ${who} plays on\n${story}`).toBeLessThan(MOST);
    // What was stored a moment before is not replayed: points stay points, and the rally begins where it began, or later.
    const known = before.filter(({ at }) => at < since - 1_000);
    const points = known.at(-1)?.points ?? 0;
    expect(again?.points, "no point is taken back").toBeGreaterThanOrEqual(points);
    const served = known.find((one) => one.points === points)?.tick ?? 0;
    expect(again?.tick, "the current rally at most is played again").toBeGreaterThan(served - 30);
  }
  return owned;
}

/**
 * The person closes the page and opens the match in a new one. The site may lead it to a replica that does not own the match, which
 * then relays it.
 * @param {Person} who
 */
async function comesAnew(who) {
  const address = who.page.url();
  await who.stopPlaying();
  await who.page.close();
  who.page = await who.context.newPage();
  await who.page.goto(address);
  await reaches(who.page, "live");
  who.playing("well");
  await goesOn(who, 60);
  await note(who);
}

/** Waits until the ball crosses the middle of the field, so that no point is possible for half a second. @param {Person} who */
async function inMidRally(who) {
  let was = 500;
  const inTheMiddle = async () => {
    const game = await look(who.page);
    const [before, x] = [was, game?.ballX ?? 500];
    was = x;
    return game?.phase === "live" && x !== before && x !== 500 && Math.abs(x - 500) < 250;
  };
  await expect.poll(inTheMiddle, { timeout: 20_000, intervals: [30], message: "the ball is in play" }).toBe(true);
}

/**
 * Both play the match to its end, one of them badly, with the same result and without a reload.
 * @param {Person} ada
 * @param {Person} bob
 * @param {number} points
 */
async function playToTheEnd(ada, bob, points) {
  for (const who of [ada, bob]) await shown(who);
  await bob.stopPlaying();
  bob.playing("badly");
  const [a, b] = await Promise.all([ada.finish(90_000), bob.finish(90_000)]);
  expect(a.score).toBe(b.score);
  expect(a.score.split("-").map(Number)).toContain(points);
  for (const { resyncs, errors } of [a, b]) expect([resyncs, errors], "no divergence, no error").toEqual([0, 0]);
  // Stored once, whichever replica is asked.
  for (const who of [ada, bob])
    await expect.poll(async () => (await who.history(ada)).length, { timeout: 15_000 }).toBe(1);
}

test("two people sign up, meet and play to the end through nginx", async ({ person }) => {
  const { ada, bob } = await inMidMatch(person, "1", 3);
  await playToTheEnd(ada, bob, 3);
});

test("the replica that plays a match is killed, and the next one as well: both play on within three seconds, without a reload", async ({
  person,
}) => {
  const { ada, bob } = await inMidMatch(person, "2", 7);
  for (const { console } of [ada, bob]) console.expectBrokenConnections();
  const before = await look(ada.page);
  const killOwner = async () => {
    const owner = await ownerOf(ada);
    expect(owner, "somebody plays the match").toBeDefined();
    await playThrough([ada, bob], String(owner), () => signal(String(owner), "SIGKILL"));
    expect(await ownerOf(ada), "the other one plays it now").not.toBe(owner);
    await replicas(2);
  };
  await killOwner();
  // One that does not own it; it may relay ada, who has just arrived by a different route than bob.
  await comesAnew(ada);
  await goesOn(bob, 60);
  const owner = await ownerOf(ada);
  const other = (await containers("app")).find((name) => name !== owner);
  await playThrough([ada, bob], String(other), async () => {
    await inMidRally(bob);
    return signal(String(other), "SIGKILL");
  });
  expect(await ownerOf(ada), "the match stays where it is").toBe(owner);
  await replicas(2);
  await killOwner();
  expect((await look(ada.page))?.tick ?? 0, "the match went on, not from the start").toBeGreaterThan(before?.tick ?? 0);
  await playToTheEnd(ada, bob, 7);
});

test("all replicas are restarted one after the other in mid-match, and nobody is sent away", async ({ person }) => {
  const { ada, bob } = await inMidMatch(person, "3", 7);
  for (const { console } of [ada, bob]) console.expectBrokenConnections();
  let moved = 0;
  for (const name of await containers("app")) {
    /** @type {Promise<unknown> | undefined} */
    let restart;
    const owned = await playThrough([ada, bob], name, async () => {
      restart = engine("restart", "-t", "15", name);
      return Date.now();
    });
    await restart;
    if (owned) moved += 1;
    await replicas(2);
  }
  expect(moved, "the match was handed over").toBeGreaterThan(0);
  await playToTheEnd(ada, bob, 7);
});
