// @ts-check
// The ways in which people get into a match, each played to its end.

import { expect, test } from "./people.js";
import { look, noteScores, notedScores, reaches } from "./play.js";

test("two strangers sign up, meet in the queue and play to the end", async ({ person }) => {
  const [ada, bob] = [await person("ada"), await person("bob")];
  await Promise.all([ada.signUp(), bob.signUp()]);
  await Promise.all([noteScores(ada.page), noteScores(bob.page)]);
  await ada.queue(3);
  await bob.queue(3);
  await Promise.all([reaches(ada.page, "live"), reaches(bob.page, "live")]);

  const hands = [ada.playing("well"), bob.playing("badly")];
  const [seenByAda, seenByBob] = await Promise.all([ada.finish(), bob.finish()]);

  expect(seenByAda.score).toBe(seenByBob.score);
  expect(await notedScores(ada.page)).toEqual(await notedScores(bob.page));
  for (const player of hands) expect(player.presses, "keys were pressed").toBeGreaterThan(0);
  for (const { resyncs, errors } of [seenByAda, seenByBob])
    expect([resyncs, errors], "no divergence, no error").toEqual([0, 0]);
  const [left, right] = seenByAda.score.split("-").map(Number);
  expect(Math.max(left ?? 0, right ?? 0), "played to the end").toBe(3);

  // Each history shows the owner's own points first.
  const [adas, bobs] = seenByAda.seats[0] === 0 ? [left, right] : [right, left];
  expect(await ada.history(ada)).toEqual([{ opponent: "bob", score: `${adas}:${bobs}` }]);
  expect(await bob.history(bob)).toEqual([{ opponent: "ada", score: `${bobs}:${adas}` }]);
  // A stranger sees the same.
  const stranger = await person("eve");
  expect(await stranger.history(bob)).toEqual([{ opponent: "ada", score: `${bobs}:${adas}` }]);
});

test("what somebody has chosen stays while others come and go", async ({ person }) => {
  const [ada, bob] = [await person("ada"), await person("bob")];
  await ada.visit("/play");
  const anyone = ada.page.locator("#anyone");
  await anyone.locator('label:has(input[value="3"])').click();
  await anyone.locator("form button").focus();
  await bob.queue(5);
  await expect(anyone, "the card follows the queue").toContainText("One person is waiting");
  await expect(anyone.locator('input[value="3"]'), "but the choice stays").toBeChecked();
  await expect(anyone.locator("form button"), "and so does the focus").toBeFocused();
  await ada.page.keyboard.press("Enter");
  await expect(anyone).toContainText("for a match to 3 points");
});

test("a guest plays by link against the person who invited", async ({ person }) => {
  const [ada, guest] = [await person("ada"), await person("guest")];
  await ada.signUp();
  const link = await ada.invite(3);
  await guest.page.goto(link);
  await expect(guest.page.locator("main"), "the invitation says who invites").toContainText("ada");
  await guest.accept();
  await Promise.all([reaches(ada.page, "live"), reaches(guest.page, "live")]);

  ada.playing("well");
  guest.playing("badly");
  const [seenByAda, seenByGuest] = await Promise.all([ada.finish(), guest.finish()]);
  expect(seenByAda.score).toBe(seenByGuest.score);

  const late = await person("late");
  late.console.expect(/the server responded with a status of 4/);
  await late.page.goto(link);
  await expect(late.page.locator('form[action^="/play/invite/"]'), "cannot be taken twice").toHaveCount(0);
});

test("a guest plays a bot", async ({ person }) => {
  const guest = await person("guest");
  await guest.playBot("strong", 3);
  await reaches(guest.page, "live");
  // A player who avoids the ball is certain to lose.
  guest.playing("badly");
  const { score, seats } = await guest.finish(90_000);
  expect(score).toMatch(seats[0] === 0 ? /^[0-2]-3$/ : /^3-[0-2]$/);
});

test("two people play at one keyboard", async ({ person }) => {
  const guest = await person("guest");
  await guest.playAtOneKeyboard(3);
  await reaches(guest.page, "live");
  const before = await look(guest.page);
  // Each side has its own keys: both paddles move, in opposite directions.
  await guest.page.keyboard.down("w");
  await guest.page.keyboard.down("ArrowDown");
  await expect
    .poll(async () => {
      const game = await look(guest.page);
      const [left = 0, right = 0] = game?.paddles ?? [];
      const [leftBefore = 0, rightBefore = 0] = before?.paddles ?? [];
      return left < leftBefore - 50 && right > rightBefore + 50;
    })
    .toBe(true);
  await guest.page.keyboard.up("w");
  await guest.page.keyboard.up("ArrowDown");
  guest.playing("not");
  const { score } = await guest.finish(90_000);
  expect(score).toMatch(/^(3-[0-2]|[0-2]-3)$/);
});

test("nobody meets themselves, from two tabs either", async ({ person }) => {
  const ada = await person("ada");
  await ada.signUp();
  await ada.queue(3);
  const second = await ada.context.newPage();
  await second.goto(ada.page.url());
  const bob = await person("bob");
  await bob.signUp();
  await bob.queue(3);
  await reaches(bob.page, "live");
  await expect(bob.page.locator("main")).toContainText("ada");
});
