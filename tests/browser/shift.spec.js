// @ts-check
// Nothing jumps while a page loads or is open, and nothing scrolls sideways, however long names and histories are.

import { expect, test } from "./people.js";
import { reaches } from "./play.js";
import { Site } from "./site.js";

/** @typedef {import("@playwright/test").Page} Page */
/** @typedef {import("./people.js").Person} Person */

/** Below what people notice; Google's "good" is 0.1. A header that is painted while half of it is still to come counts 0.003. */
const LEAST = 0.005;
const WIDTHS = [360, 768, 1440];
/** The longest possible name. */
const LONG = "Wimbledon-1972-Final";

/** Adds up the layout shifts of every page opened from now on. @param {Page} page */
async function watchShifts(page) {
  await page.addInitScript(() => {
    /** @type {{shift: number, what: string[]}} */
    const seen = { shift: 0, what: [] };
    Reflect.set(window, "seen", seen);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        seen.shift += Reflect.get(entry, "value");
        for (const { node, previousRect: was, currentRect: is } of Reflect.get(entry, "sources") ?? []) {
          const name = node instanceof Element ? `${node.localName}.${node.className}` : String(node?.nodeName);
          seen.what.push(
            `${name} from ${was.x},${was.y} ${was.width}x${was.height} to ${is.x},${is.y} ${is.width}x${is.height}`,
          );
        }
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
}

/** The shifts of the page so far, once its fonts are loaded and it has been drawn. @param {Page} page */
async function shifts(page) {
  return page.evaluate(async () => {
    await document.fonts.ready;
    for (let frame = 0; frame < 10; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
    return /** @type {{shift: number, what: string[]}} */ (Reflect.get(window, "seen"));
  });
}

/** @param {Page} page */
const overflow = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test("no page moves under the eyes or scrolls sideways", async ({ person }) => {
  test.setTimeout(120_000);
  const [ada, bob] = [await person(LONG), await person("Bob_______________XX")];
  for (const { page } of [ada, bob]) await watchShifts(page);
  await Promise.all([ada.signUp(), bob.signUp()]);
  const invitation = new URL(await ada.invite(3)).pathname;
  await bob.visit(invitation);
  await bob.accept();
  for (const { page } of [ada, bob]) await reaches(page, "live");
  ada.playing("well");
  bob.playing("badly");
  await Promise.all([ada.finish(), bob.finish()]);
  // The whole match, from the waiting to the end.
  for (const { page, name } of [ada, bob]) {
    const { shift, what } = await shifts(page);
    expect(shift, `${name}'s match: ${what.join("\n")}`).toBeLessThan(LEAST);
  }
  await Promise.all([ada.stopPlaying(), bob.stopPlaying()]);
  const result = ada.page.url().replace(/\/play$/, "");
  const open = new URL(await ada.invite(3)).pathname;
  const stranger = await person("stranger");
  await watchShifts(stranger.page);
  stranger.console.expect(/status of 404/);
  /** @type {[Person, string][]} */
  const visits = [
    ...["/", "/play", "/about", "/privacy", "/login", "/signup", "/missing", `/players/${LONG}`, open].map(
      (path) => /** @type {[Person, string]} */ ([stranger, path]),
    ),
    ...["/", "/play", `/players/${LONG}`, new URL(result).pathname, open].map(
      (path) => /** @type {[Person, string]} */ ([ada, path]),
    ),
  ];
  for (const [who, path] of visits) {
    for (const width of WIDTHS) {
      await who.page.setViewportSize({ width, height: 800 });
      await who.visit(path);
      const { shift, what } = await shifts(who.page);
      expect(shift, `${path} at ${width}: ${what.join(", ")}`).toBeLessThan(LEAST);
      expect(await overflow(who.page), `${path} at ${width} scrolls sideways`).toBeLessThanOrEqual(0);
    }
  }
});

test("a history of ten thousand matches is read page by page", async ({ person }, info) => {
  test.setTimeout(120_000);
  const site = await Site.seeded(2, 10_000);
  try {
    const reader = await person("reader", { url: site.url });
    for (const width of WIDTHS) {
      await reader.page.setViewportSize({ width, height: 800 });
      await reader.visit("/players/ada");
      expect(await overflow(reader.page), `scrolls sideways at ${width}`).toBeLessThanOrEqual(0);
    }
    const seen = new Set();
    let next = /** @type {string | null} */ ("/players/ada");
    let most = 0;
    while (next) {
      const html = await (await reader.page.request.get(site.url + next)).text();
      const ids = [...html.matchAll(/href="\/matches\/([^"/]+)"/g)].map((found) => found[1]);
      most = Math.max(most, ids.length);
      for (const id of ids) seen.add(id);
      next = /href="([^"]+)" rel="next"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? null;
    }
    const all = await site.sql(
      "SELECT count(*) FROM seats JOIN players ON players.id = player_id WHERE name = 'ada' AND seats.finished_at IS NOT NULL",
    );
    expect(Number(all)).toBeGreaterThan(9_000);
    expect(seen.size, "every match is on one of the pages").toBe(Number(all));
    expect(most, "no page is long").toBeLessThanOrEqual(50);
  } finally {
    if (info.status !== info.expectedStatus)
      await info.attach("site.log", { body: await site.log(), contentType: "text/plain" });
    await site.stop();
  }
});
