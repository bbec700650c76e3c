// @ts-check
// Another version replaces the running one while people view pages.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { ask, containers, engine, file, inspect, replicas, script } from "./stack.js";

/**
 * Requests the home page repeatedly while something happens; returns when each answer came, and its status (0 for none).
 * @param {() => Promise<unknown>} work
 */
async function visiting(work) {
  /** @type {{at: number, status: number}[]} */
  const answers = [];
  let going = true;
  const look = async () => {
    const status = await ask("/").then(
      (answer) => answer.status,
      () => 0,
    );
    answers.push({ at: performance.now(), status });
  };
  const visitor = (async () => {
    while (going) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  try {
    await work();
  } finally {
    going = false;
    await visitor;
  }
  await look();
  expect(answers.length, "the visitor has looked often").toBeGreaterThan(20);
  return answers;
}

/** @param {string} name */
async function imageOf(name) {
  const facts = await inspect(name);
  return facts.Config.Image ?? facts.ImageName;
}

test("an upgrade replaces one replica after the other, and every page is answered meanwhile", async () => {
  test.setTimeout(300_000);
  for (const image of ["app", "web"])
    await engine(
      "tag",
      `localhost/transcendence-${image}:${process.env.VERSION}`,
      `localhost/transcendence-${image}:next`,
    );
  const answers = await visiting(() => script("scripts/upgrade", ["--no-build", "--version", "next"]));
  await replicas(2);
  // This includes the backup service: the old program would refuse a newer schema.
  for (const name of [...(await containers("app")), ...(await containers("backup"))])
    expect(await imageOf(name), name).toContain(":next");
  expect(await file(".env")).toMatch(/^VERSION=next$/m);
  expect(
    answers.filter(({ status }) => status !== 200),
    "the visitor was always answered",
  ).toEqual([]);
});

test("another nginx costs a moment without new connections, and that is all", async () => {
  test.setTimeout(300_000);
  const folder = await mkdtemp(path.join(os.tmpdir(), "transcendence-image."));
  try {
    await writeFile(path.join(folder, "Containerfile"), "FROM localhost/transcendence-web:next\nLABEL another=one\n");
    await engine(
      "build",
      "-q",
      "-t",
      "localhost/transcendence-web:other",
      "-f",
      path.join(folder, "Containerfile"),
      folder,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
  await engine("tag", "localhost/transcendence-app:next", "localhost/transcendence-app:other");
  const answers = await visiting(() => script("scripts/upgrade", ["--no-build", "--version", "other"]));
  for (const name of await containers("web")) expect(await imageOf(name)).toContain(":other");
  const first = answers.findIndex(({ status }) => status !== 200);
  const last = answers.findLastIndex(({ status }) => status !== 200);
  expect(first, "nginx was away").toBeGreaterThan(0);
  expect(last, "and is back").toBeLessThan(answers.length - 1);
  const gap = (answers[last + 1]?.at ?? Infinity) - (answers[first - 1]?.at ?? 0);
  console.log(`no new connections for ${(gap / 1000).toFixed(1)} s`);
  expect(gap).toBeLessThan(10_000);
});

test("an upgrade goes on after one that was cut off, and past a replica that is not ready", async () => {
  test.setTimeout(300_000);
  const [gone, stuck] = await containers("app");
  // Between removing one replica and starting the next.
  await engine("rm", "-f", String(gone));
  // As after a reverted migration, the other one is not ready; this one does not even answer.
  const { State: state, Id: id } = await inspect(String(stuck));
  process.kill(state.Pid, "SIGSTOP");
  await script("scripts/upgrade", ["--no-build", "--version", "next"]);
  await replicas(2);
  for (const name of await containers("app")) {
    expect((await inspect(name)).Id).not.toBe(id);
    expect(await imageOf(name), name).toContain(":next");
  }
  expect((await ask("/")).status).toBe(200);
});
