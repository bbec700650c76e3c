// @ts-check
// Schema changes, against the stack's own database and while the site runs.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import { ask, compose, folder, script, sql } from "./stack.js";

const run = promisify(execFile);

/** The address that an operator gives to tools. */
async function databaseUrl() {
  return (await script("scripts/database-url")).stdout.trim();
}

/** What the test of `diesel migration` may have left half-way: the site would not be ready on a schema that it does not know. */
async function clean() {
  await sql("DROP DATABASE IF EXISTS fresh");
  await sql("ALTER TABLE players DROP COLUMN IF EXISTS motto");
  const known = (await readdir(path.join(folder, "migrations"))).map(
    (name) => `'${/^[\d-]+/.exec(name)?.[0].replaceAll("-", "")}'`,
  );
  await sql(`DELETE FROM __diesel_schema_migrations WHERE version NOT IN (${known.join(", ")})`);
}

test("two migrations at once do no harm", async () => {
  const one = () => compose("run", "--rm", "-T", "migrate", "migrate");
  for (const { stdout } of await Promise.all([one(), one()])) expect(stdout).toContain("The schema is up to date");
  const { stdout } = await compose("run", "--rm", "-T", "migrate", "migrate", "--status");
  expect(stdout).toMatch(/\[x\] /);
  expect(stdout).not.toMatch(/\[ \] /);
});

test("`diesel migration` works against the stack's database before, and while the site answers", async () => {
  const copy = await mkdtemp(path.join(os.tmpdir(), "transcendence-diesel."));
  try {
    await cp(path.join(folder, "migrations"), path.join(copy, "migrations"), { recursive: true });
    await cp(path.join(folder, "diesel.toml"), path.join(copy, "diesel.toml"));
    await cp(path.join(folder, "rustfmt.toml"), path.join(copy, "rustfmt.toml"));
    await mkdir(path.join(copy, "src/db"), { recursive: true });
    await cp(path.join(folder, "src/db/schema.rs"), path.join(copy, "src/db/schema.rs"));
    const site = await databaseUrl();
    const fresh = site.replace(/\/transcendence$/, "/fresh");
    await clean();
    /** @param {string} url @param {...string} words */
    const diesel = async (url, ...words) =>
      (await run("diesel", words, { cwd: copy, env: { ...process.env, DATABASE_URL: url } })).stdout;

    // Before: on an empty database, in place of `transcendence migrate`.
    await sql("CREATE DATABASE fresh OWNER transcendence");
    await diesel(fresh, "migration", "run");
    expect(await diesel(fresh, "migration", "pending")).toMatch(/^false/);
    await sql("DROP DATABASE fresh");

    // During: a change to the schema, written by diesel from the schema file, run under the site.
    const schema = await readFile(path.join(copy, "src/db/schema.rs"), "utf8");
    const changed = schema.replace(/(players \(id\) \{\n)/, "$1        motto -> Nullable<Text>,\n");
    expect(changed).not.toBe(schema);
    await writeFile(path.join(copy, "src/db/schema.rs"), changed);
    await diesel(site, "migration", "generate", "--diff-schema", "add_motto");
    const pending = await diesel(site, "migration", "list");
    expect(pending).toMatch(/\[ \] .*add_motto/);
    await diesel(site, "migration", "run");
    expect(
      await sql(
        "SELECT data_type FROM information_schema.columns WHERE table_name = 'players' AND column_name = 'motto'",
      ),
    ).toBe("text");
    expect((await ask("/players/nobody-at-all")).status, "the site goes on").toBe(404);
    expect((await ask("/health/ready")).status).toBe(200);
    await diesel(site, "migration", "revert");
    expect(
      await sql(
        "SELECT count(*) FROM information_schema.columns WHERE table_name = 'players' AND column_name = 'motto'",
      ),
    ).toBe("0");
    expect((await ask("/")).status).toBe(200);
  } finally {
    await clean();
    await rm(copy, { recursive: true, force: true });
  }
});
