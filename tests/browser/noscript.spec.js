// @ts-check
// Without JavaScript everything works except live play.

import { expect, test } from "./people.js";

test("without JavaScript the lobby works, and the match says what it needs", async ({ person }) => {
  const ada = await person("ada", { javaScriptEnabled: false });
  await ada.signUp();
  await expect(ada.page.locator("header")).toContainText("ada");
  await ada.visit("/play");
  await expect(ada.page.locator("main form button:visible").first()).toBeEnabled();
  await ada.playBot("weak", 3);
  await expect(ada.page.getByRole("heading", { name: "JavaScript" })).toBeVisible();
});

test("without JavaScript a friend gets a link, and somebody waiting can change their mind", async ({ person }) => {
  const ada = await person("ada", { javaScriptEnabled: false });
  await ada.signUp();
  expect(await ada.invite(3)).toMatch(/^http/);
  await ada.queue(3);
  await ada.page.locator('form[action="/play/queue/leave"] button').click();
  await expect(ada.page.locator("main form button:visible").first()).toBeEnabled();
});
