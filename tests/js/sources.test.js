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

test("the match page preloads every module that its script imports, and no other", () => {
  const template = readdirSync(new URL("templates", root), { recursive: true })
    .map((name) => `templates/${name}`)
    .find((name) => name.endsWith(".html") && read(name).includes('asset("pong/play.js")'));
  assert.ok(template, "the template of the match page");
  const preloaded = [...read(template).matchAll(/"modulepreload"\s+href="\{\{ page\.asset\("([^"]+)"\)/g)];
  /** @type {Set<string>} */
  const imported = new Set();
  const follow = (/** @type {string} */ module) => {
    for (const [, name] of read(`static/${module}`).matchAll(/^import .* from "\.\/([^"]+)";$/gm)) {
      if (imported.has(`pong/${name}`)) continue;
      imported.add(`pong/${name}`);
      follow(`pong/${name}`);
    }
  };
  follow("pong/play.js");
  assert.deepEqual(preloaded.map(([, name]) => name).sort(), [...imported].sort());
});

test("no script and no style sheet is longer than 500 lines", () => {
  const lengths = files.map((name) => /** @type {const} */ ([name, read(name).split("\n").length - 1]));
  assert.deepEqual(
    lengths.filter(([, lines]) => lines > 500),
    [],
  );
});
