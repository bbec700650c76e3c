// @ts-check
// A backup while the site runs, everything destroyed, and everything restored, with the exact commands of docs/deploy.md.

import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { PASSWORD, expect, test as base } from "../browser/people.js";
import { ask, compose, engine, file, folder, moved, project, replicas, script, sql, url } from "./stack.js";

const run = promisify(execFile);

/** The people of the browser tests, using the stack. */
const test = /** @type {typeof base} */ (
  base.extend({
    site: /** @type {any} */ (
      async (/** @type {any} */ {}, /** @type {any} */ use) => use({ url, port: Number(new URL(url).port) })
    ),
  })
);

/** The blocks of commands in the section on backups of docs/deploy.md. */
async function documented() {
  const [, part] = /\n## Backup and disaster\n(.*?)\n## /s.exec(await file("docs/deploy.md")) ?? [];
  const blocks = (part ?? "").match(/(^ {4}.*\n)+/gm) ?? [];
  return blocks.map((block) => block.replace(/^ {4}/gm, ""));
}

/**
 * Runs a block as its reader would, with their own folder and file in place of the made-up ones. The images exist already, so
 * nothing is built.
 * @param {string} block @param {string} elsewhere @param {string} [newest]
 */
async function follow(block, elsewhere, newest = "") {
  const commands = block
    .replaceAll("podman-compose", process.env.STACK_COMPOSE ?? "")
    .replace(/^.* build .*\n/m, "")
    .replaceAll("/somewhere/else", elsewhere)
    .replaceAll("NEWEST", newest)
    .replace(/^scripts\/start$/m, "scripts/start --no-build");
  return run("bash", ["-euxo", "pipefail", "-c", commands], { cwd: folder, maxBuffer: 64 << 20 });
}

/**
 * What lasts of the tables whose rows change by themselves: a migration's time changes, but not the fact that it has run; a
 * recurring job is taken every few seconds, but stays the same job.
 * @type {Record<string, string>}
 */
const LASTING = { __diesel_schema_migrations: "version", jobs: "ROW(id, name, once_key, data)::text" };

/**
 * Every table with its number of rows and a checksum of them, except what concerns only running replicas.
 * @returns {Promise<Record<string, string>>}
 */
async function everything() {
  const names = (
    await sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1")
  ).split("\n");
  /** @type {Record<string, string>} */
  const all = {};
  for (const name of names.filter((name) => name !== "replicas")) {
    const row = LASTING[name] ?? `"${name}"::text`;
    all[name] = await sql(
      `SELECT count(*), md5(coalesce(string_agg(${row}, E'\\n' ORDER BY ${row}), '')) FROM "${name}"`,
    );
  }
  return all;
}

/** A player's matches: their addresses, opponents and scores. @param {string} name @param {string} cookie */
async function history(name, cookie) {
  const page = (await ask(`/players/${name}`, { headers: { cookie } })).body.toString();
  const [, rows = ""] = /table-matches.*?<tbody[^>]*>(.*?)<\/tbody>/s.exec(page) ?? [];
  const links = [...rows.matchAll(/href="([^"]+)"/g)].map(([, link]) => link);
  return { links, scores: [...rows.matchAll(/class="match-score">([^<]+)</g)].map(([, score]) => score) };
}

test("after the volumes are destroyed, a backup brings back every account, result and log", async ({ person }) => {
  test.setTimeout(300_000);
  // Whatever a failed attempt left half-way.
  if (test.info().retry > 0) await script("scripts/start", ["--no-build"]);
  await replicas(2);
  const eva = await person(`eva${"again".repeat(test.info().retry)}`);
  await eva.signUp();
  await eva.playBot("strong", 3);
  eva.playing("badly");
  const { score } = await eva.finish(60_000);
  await expect.poll(async () => (await eva.history(eva)).length, { timeout: 15_000 }).toBe(1);
  const cookie = (await eva.context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const played = await history(eva.name, cookie);
  expect(played.scores.join().match(/\d+/g)?.sort(), "the history was read").toEqual(score.match(/\d+/g)?.sort());
  const match = played.links.find((link) => link?.startsWith("/matches/"));
  expect(match).toBeDefined();
  // The page would keep sending requests to the site.
  await eva.visit("/about");
  await eva.page.goto("about:blank");

  const elsewhere = await mkdtemp(path.join(os.tmpdir(), "transcendence-elsewhere."));
  try {
    const before = await everything();
    expect(Object.keys(before)).toEqual(
      expect.arrayContaining(["credentials", "players", "matches", "seats", "sessions"]),
    );
    expect(Number(before["matches"]?.split("|")[0])).toBeGreaterThan(0);
    const [carry, restore, ...others] = await documented();
    expect(others, "two blocks, one to carry backups away and one to restore").toEqual([]);
    await follow(String(carry), elsewhere);
    expect(await everything(), "nobody has changed anything since").toEqual(before);
    const newest = (await readdir(elsewhere)).sort().at(-1);
    expect(newest).toMatch(/^transcendence-\d{8}T\d{6}Z\.backup\.gz$/);
    expect((await stat(path.join(elsewhere, String(newest)))).mode & 0o777, "nobody else reads it").toBe(0o600);

    await compose("down", "-v");
    const mine = ["--filter", `label=com.docker.compose.project=${project}`];
    expect(await engine("ps", "-aq", ...mine), "no container is left").toBe("");
    expect(
      (await engine("volume", "ls", "-q")).split("\n").filter((name) => name.startsWith(`${project}_`)),
      "no volume",
    ).toEqual([]);
    await expect(ask("/health/live"), "no site").rejects.toThrow();

    const began = performance.now();
    await follow(String(restore), elsewhere, newest);
    console.log(`from nothing to everything back: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    moved();
    await replicas(2);
    expect(await everything()).toEqual(before);
  } finally {
    await rm(elsewhere, { recursive: true, force: true });
  }

  expect(await history(eva.name, cookie), "who was logged in still is, by the old secret").toEqual(played);
  const own = { origin: url, "sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded" };
  const body = new URLSearchParams({ login: eva.name, password: PASSWORD }).toString();
  const login = await ask("/login", { method: "POST", headers: own, body });
  expect(login.status, "who was not logs in with the old password").toBe(303);
  const session = (login.headers["set-cookie"] ?? []).map((one) => one.split(";")[0]).join("; ");
  expect((await ask("/play", { headers: { cookie: session } })).body.toString(), "and is known").toContain(eva.name);
  expect(await history(eva.name, session)).toEqual(played);
  expect((await ask(String(match), { headers: { cookie: session } })).body.toString(), "the result is there").toContain(
    eva.name,
  );
  // Another account, to see that new rows fit in beside the old ones.
  const fresh = new URLSearchParams({
    name: `new${eva.name}`,
    email: `new${eva.name}@example.org`,
    password: PASSWORD,
  }).toString();
  expect((await ask("/signup", { method: "POST", headers: own, body: fresh })).status).toBe(303);
});
