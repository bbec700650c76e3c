// @ts-check
// Pages that are hidden, left and returned to.

import { expect, test } from "./people.js";
import { field, look, reaches } from "./play.js";

// Keeps pages that are left for the way back, as people's browsers do and this one does not when automated.
test.use({
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--disable-quic"],
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  },
});

/**
 * Hides or shows a page, as far as the page can tell: a browser without a window shows all of its pages.
 * @param {import("@playwright/test").Page} page @param {boolean} hidden
 */
async function hide(page, hidden) {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
    Object.defineProperty(document, "visibilityState", { configurable: true, value: hidden ? "hidden" : "visible" });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

test("a hidden page holds the match at the next point, and it goes on with 3-2-1", async ({ person }) => {
  const [ada, bob] = [await person("ada"), await person("bob")];
  await bob.visit(new URL(await ada.invite(5)).pathname);
  await bob.accept();
  for (const { page } of [ada, bob]) await reaches(page, "live");
  const seat = (await look(ada.page))?.seats[0];
  // Before the serve, play would be held at once.
  for (const { page } of [ada, bob]) await expect.poll(async () => (await look(page))?.tick).toBeGreaterThan(80);
  await hide(ada.page, true);
  await expect(bob.page.locator(`[data-connection="${seat}"]`), "the other side sees who is away").toContainText(
    "Away",
  );
  await expect(field(bob.page), "the rally goes on").toHaveAttribute("data-phase", "live");
  // Nobody touches a key, so a point is scored by itself.
  await reaches(bob.page, "held");
  expect((await look(bob.page))?.score).not.toBe("0-0");
  await expect(bob.page.locator("[data-held]")).toBeVisible();
  const held = await look(bob.page);

  await hide(ada.page, false);
  for (const { page } of [ada, bob]) await expect(page.locator("[data-countdown]")).toHaveAttribute("data-n", "3");
  for (const { page } of [ada, bob]) await expect(page.locator("[data-countdown]")).toHaveAttribute("data-n", "1");
  expect((await look(bob.page))?.tick, "nothing moved meanwhile").toBe(held?.tick);
  for (const { page } of [ada, bob]) await reaches(page, "live");
  for (const { page } of [ada, bob]) expect((await look(page))?.resyncs).toBe(0);
});

test("back out of a match and forward into it again loses nothing", async ({ person }) => {
  const guest = await person("guest");
  await guest.playBot("strong", 3);
  await reaches(guest.page, "live");
  await guest.page.goBack();
  await expect(guest.page).toHaveURL(/\/play$/);
  // Whether the browser kept this page or requests it again, the way back to the match is there.
  await guest.page.goForward();
  await expect(guest.page).toHaveURL(/\/matches\/.+\/play$/);
  await reaches(guest.page, "live");
  await guest.visit("/play");
  await guest.page.locator("main .notice a.button").click();
  await reaches(guest.page, "live");
  guest.playing("badly");
  const { resyncs, errors } = await guest.finish(60_000);
  expect([resyncs, errors]).toEqual([0, 0]);
});

test("after logging out the way back shows nothing of the account", async ({ person }) => {
  const ada = await person("ada");
  await ada.signUp();
  await ada.visit("/players/ada");
  await ada.visit("/about");
  await ada.page.locator(".menu-button").click();
  await ada.page.locator('form[action="/logout"] button').click();
  await expect(ada.page.locator('.site-nav a[href="/login"]')).toBeVisible();
  for (const _ of ["/about", "/players/ada"]) {
    await ada.page.goBack();
    await expect(ada.page.locator('.site-nav a[href="/login"]'), ada.page.url()).toBeVisible();
    await expect(ada.page.locator(".menu-button"), ada.page.url()).toHaveCount(0);
  }
});
