// @ts-check
// What every script and style sheet of the repository has in common.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const files = ["static", "tests"]
  .flatMap((folder) => readdirSync(new URL(folder, root), { recursive: true }).map((name) => `${folder}/${name}`))
  .filter((name) => /\.(js|css)$/.test(name) && !name.startsWith("static/vendor/"));
files.push("playwright.config.js");

/** @param {string} name */
const read = (name) => readFileSync(new URL(name, root), "utf8");

test("every script asks to be type-checked, in editors too", () => {
  const scripts = files.filter((name) => name.endsWith(".js"));
  assert.ok(scripts.length > 40, "the scripts are found");
  const unchecked = scripts.filter((name) => !/^(#!.*\n)?\/\/ @ts-check\n/.test(read(name)));
  assert.deepEqual(unchecked, [], "these do not begin with // @ts-check");
});
