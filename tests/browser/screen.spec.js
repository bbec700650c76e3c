// @ts-check
// What the match looks like on all kinds of screens, and to people who want less motion.

import { expect, test } from "./people.js";
import { field, look, reaches } from "./play.js";

/** @typedef {import("@playwright/test").Page} Page */

/** How many pixels the court's canvas has, and how many pixels of the screen it covers. @param {Page} page */
const pixels = (page) =>
  field(page).evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) throw new Error("no court");
    const { width, height } = canvas.getBoundingClientRect();
    return { has: [canvas.width, canvas.height], covers: [width * devicePixelRatio, height * devicePixelRatio] };
  });

for (const deviceScaleFactor of [1, 1.5, 2, 3]) {
  test(`the court is crisp at ${deviceScaleFactor} pixels a unit`, async ({ person }) => {
    const guest = await person("guest", { deviceScaleFactor });
    await guest.playAtOneKeyboard(3);
    await reaches(guest.page, "live");
    for (const viewport of [
      { width: 1000, height: 800 },
      { width: 361, height: 700 },
    ]) {
      await guest.page.setViewportSize(viewport);
      await expect
        .poll(async () => {
          const { has, covers } = await pixels(guest.page);
          return has.every((count, side) => Math.abs(count - (covers[side] ?? 0)) < 1);
        }, `one pixel of the canvas is one of the screen at ${viewport.width} units`)
        .toBe(true);
    }
  });
}

test("the match fills the screen and comes back from it", async ({ person }) => {
  const guest = await person("guest");
  await guest.playAtOneKeyboard(3);
  await reaches(guest.page, "live");
  const button = guest.page.locator('[data-tool="fullscreen"]');
  const full = () => guest.page.evaluate(() => document.fullscreenElement?.matches("main.match") ?? false);
  await button.click();
  await expect(button).toHaveAttribute("aria-pressed", "true");
  expect(await full()).toBe(true);
  const [width, room] = await field(guest.page).evaluate((canvas) => [canvas.clientWidth, innerWidth]);
  expect(width, "the court uses the screen's width").toBeGreaterThan(room * 0.85);
  await guest.page.keyboard.press("f");
  await expect(button).toHaveAttribute("aria-pressed", "false");
  expect(await full()).toBe(false);
  await expect(field(guest.page), "the match went on").toHaveAttribute("data-phase", "live");
});

/**
 * The brightest pixel just beside the ball while it flies through an empty part of the court, otherwise null. The trail is behind
 * it.
 * @param {Page} page
 */
const besideTheBall = (page) =>
  field(page).evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) throw new Error("no court");
    const [x, y] = [Number(canvas.dataset.ballX), Number(canvas.dataset.ballY)];
    const empty = canvas.dataset.phase === "live" && y > 150 && y < 580 && Math.abs(x - 500) > 90 && x > 130 && x < 870;
    if (!empty) return null;
    const scale = canvas.width / 1000;
    // From a copy: the court itself is optimised for drawing, and the browser complains when it is read often.
    const copy = Object.assign(document.createElement("canvas"), { width: 80 * scale, height: 1 });
    const context = copy.getContext("2d", { willReadFrequently: true });
    context?.drawImage(canvas, (x - 40) * scale, y * scale, 80 * scale, 1, 0, 0, 80 * scale, 1);
    const line = context?.getImageData(0, 0, copy.width, 1).data ?? [];
    const dots = Array.from({ length: line.length / 4 }, (_, i) => line[i * 4 + 1] ?? 0);
    // Without the ball itself, which may be between two pixels.
    return Math.max(...dots.filter((_, i) => Math.abs(i / scale - 40) > 14));
  });

test("who wants less motion gets no trail, no flashes and no animations", async ({ person }) => {
  const [calm, other] = [await person("calm", { reducedMotion: "reduce" }), await person("other")];
  for (const who of [calm, other]) {
    await who.playBot("weak", 11);
    await reaches(who.page, "live");
  }
  /** @param {Page} page @param {string} what */
  const seen = async (page, what) => {
    let brightest = /** @type {number | null} */ (null);
    await expect
      .poll(async () => (brightest = await besideTheBall(page)), { message: what, timeout: 20_000, intervals: [40] })
      .not.toBe(null);
    return brightest ?? 0;
  };
  const court = 9;
  // A trail grows only after the serve, so a single look is not enough for either.
  await expect
    .poll(() => seen(other.page, "the ball flies"), { message: "a trail", timeout: 30_000 })
    .toBeGreaterThan(court + 10);
  for (let look = 0; look < 5; look += 1) {
    expect(await seen(calm.page, "the ball flies"), "nothing but the court").toBeLessThanOrEqual(court + 3);
  }
  const running = () =>
    calm.page.evaluate(() => document.getAnimations().filter((one) => one.playState === "running").length);
  expect(await running(), "nothing is animated by the style sheet").toBe(0);
  expect((await look(calm.page))?.errors).toBe(0);
});
