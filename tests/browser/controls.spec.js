// @ts-check
// What people operate besides the keys: the end and what follows it, touch, sound, leaving, the theme, the demo.

import { expect, test } from "./people.js";
import { field, look, reaches } from "./play.js";

test("both ask for a rematch and are in it without a reload of their own", async ({ person }) => {
  const [ada, bob] = [await person("ada"), await person("bob")];
  await ada.queue(3);
  await bob.queue(3);
  await Promise.all([reaches(ada.page, "live"), reaches(bob.page, "live")]);
  const first = ada.page.url();
  await ada.page.locator('[data-tool="leave"]').click();
  await ada.page.locator("#leave button[value=stay]").click();
  await expect(ada.page.locator("#leave"), "staying closes the question").not.toBeVisible();
  await expect(field(ada.page)).toHaveAttribute("data-phase", "live");
  await ada.page.locator('[data-tool="leave"]').click();
  await ada.page.locator("#leave button[value=leave]").click();
  await Promise.all([reaches(ada.page, "finished"), reaches(bob.page, "finished")]);
  await bob.page.locator('[data-tool="rematch"]').click();
  await expect(ada.page.locator("[data-rematch]"), "the other side hears of it").toBeVisible();
  await ada.page.locator('[data-tool="rematch"]').click();
  for (const { page } of [ada, bob]) {
    // Polled, because a page that is being left makes waiting for a navigation fail.
    await expect.poll(() => page.url()).not.toBe(first);
    await expect(page).toHaveURL(/\/play$/);
    await reaches(page, "live");
  }
  expect(ada.page.url()).toBe(bob.page.url());
});

test("who leaves before the other came, or leaves a match alone, reads what happened", async ({ person }) => {
  const [ada, bob] = [await person("ada"), await person("bob")];
  const link = new URL(await ada.invite(3)).pathname;
  await ada.visit("/about");
  await bob.visit(link);
  await bob.accept();
  await reaches(bob.page, "waiting");
  await expect(bob.page.locator('[data-connection="0"]')).toHaveText("Not here");
  const leave = async () => {
    await bob.page.locator('[data-tool="leave"]').click();
    await bob.page.locator("#leave button[value=leave]").click();
    await reaches(bob.page, "finished");
  };
  const says = bob.page.locator('.overlay[data-for="finished"]');
  await leave();
  await expect(says).toContainText("The match was not played");
  await bob.playAtOneKeyboard(3);
  await reaches(bob.page, "live");
  await leave();
  await expect(says).toContainText("Stopped at 0 to 0.");
  await bob.playBot("weak", 3);
  await reaches(bob.page, "live");
  await leave();
  await expect(says).toContainText("Bot-Weak wins");
});

test("a finger drags the paddle, and the buttons move it", async ({ person }) => {
  const guest = await person("guest", { hasTouch: true, isMobile: true, viewport: { width: 390, height: 780 } });
  await guest.playBot("weak", 11);
  await reaches(guest.page, "live");
  const own = async () => (await look(guest.page))?.paddles[0] ?? 300;
  const up = guest.page.locator('[data-pads="0"] [data-steer="-1"]');
  await expect(up, "buttons for thumbs").toBeVisible();
  const before = await own();
  const screen = await guest.context.newCDPSession(guest.page);
  const touch = (
    /** @type {"touchStart" | "touchMove" | "touchEnd"} */ type,
    /** @type {{ x: number, y: number }[]} */ ...touchPoints
  ) => screen.send("Input.dispatchTouchEvent", { type, touchPoints });
  const button = await up.boundingBox();
  const box = await field(guest.page).boundingBox();
  if (!button || !box) throw new Error("no court");
  await touch("touchStart", { x: button.x + button.width / 2, y: button.y + button.height / 2 });
  await expect.poll(own).toBeLessThan(before - 40);
  await touch("touchEnd");
  const [x, y] = [box.x + box.width * 0.2, box.y + box.height * 0.85];
  await touch("touchStart", { x, y: y - 5 });
  await touch("touchMove", { x, y });
  await expect.poll(own, "the paddle follows the finger down").toBeGreaterThan(430);
  await touch("touchEnd");
});

test("the sound's mute and the theme are remembered", async ({ person }) => {
  const guest = await person("guest");
  await guest.playAtOneKeyboard(3);
  await reaches(guest.page, "live");
  const mute = guest.page.locator('[data-tool="sound"]');
  await mute.click();
  await expect(mute).toHaveAttribute("aria-pressed", "true");
  await guest.page.reload();
  await expect(mute).toHaveAttribute("aria-pressed", "true");

  await guest.visit("/");
  const dark = guest.page.locator('.site-header [data-theme-choice="dark"]');
  const background = () => guest.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await dark.click();
  expect(await background()).not.toBe(light);
  const chosen = await background();
  await guest.page.reload();
  expect(await background()).toBe(chosen);
});

test("the home page plays a rally, and stands still for who wants less motion", async ({ person }) => {
  const [ada, calm] = [await person("ada"), await person("calm", { reducedMotion: "reduce" })];
  const picture = (/** @type {import("@playwright/test").Page} */ page) =>
    page.locator("#demo").evaluate((canvas) => (canvas instanceof HTMLCanvasElement ? canvas.toDataURL() : ""));
  await Promise.all([ada.visit("/"), calm.visit("/")]);
  const play = calm.page.locator("[data-demo-play]");
  await expect(play, "can be started by hand").toBeVisible();
  const [moving, still] = [await picture(ada.page), await picture(calm.page)];
  await expect.poll(() => picture(ada.page)).not.toBe(moving);
  expect(await picture(calm.page)).toBe(still);
  await play.click();
  await expect.poll(() => picture(calm.page)).not.toBe(still);
});

test("a screen reader hears the score", async ({ person }) => {
  const guest = await person("guest");
  await guest.playAtOneKeyboard(3);
  await reaches(guest.page, "live");
  // Nobody moves, so a point is scored by itself.
  await expect(guest.page.locator("[data-announce]")).toHaveText(/Point for .+\. \d to \d\./, { timeout: 20_000 });
});
