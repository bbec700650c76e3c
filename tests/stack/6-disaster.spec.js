// A backup while the site runs, everything lost, and everything back.

import { expect, test } from "@playwright/test";
import { compose, container, containers, engine, inside, replicas, sql } from "./stack.js";

test("a backup brings back what was destroyed", async () => {
  const names = await containers("app");
  const count = async () => [await sql("SELECT count(*) FROM players"), await sql("SELECT count(*) FROM matches")];
  const before = await count();
  expect(Number(before[0]), "people have played in the tests before").toBeGreaterThan(0);
  const backup = await container("backup");
  await inside(backup, "transcendence", "backup", "--to", "/backups/");
  const files = (await inside(backup, "ls", "-t", "/backups")).split("\n");
  expect(await inside(backup, "stat", "-c", "%a %u", `/backups/${files[0]}`), "nobody else reads it").toBe("600 10001");

  await Promise.all(names.map((name) => engine("stop", "-t", "10", name)));
  await sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'transcendence'");
  await sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION transcendence");
  await expect(count(), "all is lost").rejects.toThrow();

  await compose("run", "--rm", "-T", "backup", "restore", "--check", "--from", `/backups/${files[0]}`);
  await compose("run", "--rm", "-T", "backup", "restore", "--from", `/backups/${files[0]}`);
  expect(await count()).toEqual(before);
  await Promise.all(names.map((name) => engine("start", name)));
  await replicas(2);
});
