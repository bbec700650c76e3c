// @ts-check
// Signing up, without a mouse.

import { expect, test } from "./people.js";

test("somebody signs up with the keyboard alone", async ({ person }) => {
  const ada = await person("ada");
  const { page } = ada;
  await ada.visit("/");

  /** Presses Tab until the wanted element has the focus. @param {import("@playwright/test").Locator} wanted */
  const tabTo = async (wanted) => {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press("Tab");
      const focused = page.locator(":focus");
      // Keyboard users must see where they are.
      const outline = await focused.evaluate((element) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
        return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
      });
      expect(outline, `the focus shows on ${await focused.evaluate((element) => element.outerHTML)}`).toBe(true);
      if (await wanted.evaluate((element) => element === document.activeElement)) return;
    }
    throw new Error("Tab does not lead there");
  };

  await tabTo(page.getByRole("link", { name: "Sign up" }).first());
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/signup/);
  await tabTo(page.getByLabel("Name", { exact: true }));
  await page.keyboard.type("ada");
  await tabTo(page.getByLabel("E-mail"));
  await page.keyboard.type("not an address");
  await tabTo(page.getByLabel("Password"));
  await page.keyboard.type("quite-a-long-rally-of-1972");
  await page.keyboard.press("Enter");
  await expect(page, "the browser refuses what is no address").toHaveURL(/signup/);
  await expect(page.getByLabel("E-mail")).toBeFocused();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("ada@example.org");
  await page.keyboard.press("Enter");
  await expect(page).not.toHaveURL(/signup/);
  await expect(page.locator("header")).toContainText("ada");
});
