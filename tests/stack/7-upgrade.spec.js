// Another version in place of the one that runs, while people look at pages.

import { expect, test } from "@playwright/test";
import { ask, containers, engine, file, inspect, replicas, script } from "./stack.js";

test("an upgrade replaces one replica after the other, and every page is answered meanwhile", async () => {
  test.setTimeout(300_000);
  const version = process.env.VERSION;
  for (const image of ["app", "web"]) await engine("tag", `localhost/transcendence-${image}:${version}`, `localhost/transcendence-${image}:next`);
  const before = await containers("app");
  /** @type {number[]} */
  const answers = [];
  let going = true;
  const visitor = (async () => {
    while (going) {
      answers.push(await ask("/").then(({ status }) => status, () => 0));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  try {
    await script("scripts/upgrade", ["--no-build", "--version", "next"]);
  } finally {
    going = false;
    await visitor;
  }
  await replicas(before.length);
  // What makes backups too: the old program would refuse a schema that is newer.
  for (const name of [...(await containers("app")), ...(await containers("backup"))]) expect((await inspect(name)).Config.Image ?? (await inspect(name)).ImageName, name).toContain(":next");
  expect(await file(".env")).toMatch(/^VERSION=next$/m);
  expect(answers.length, "the visitor has looked often").toBeGreaterThan(20);
  expect(answers.filter((status) => status !== 200), "and was always answered").toEqual([]);
});
