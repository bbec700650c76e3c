// @ts-check
// The style sheets against the templates: no unused class, none without a rule, and every page links the sheets that it needs.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

/** Classes of components that no page uses yet, and what they are waiting for. */
const WAITING = new Map([
  ["notice-warn", "a warning that is no error, as before an account is deleted"],
  ["tabs", "the parts of the settings"],
]);
/** Classes without a rule, and what they are for. */
const BARE = new Map([["chart-key-a", "the plain one of two lines"]]);

const root = new URL("../../", import.meta.url);

/** The files of a folder by their names within it. @param {string} folder @param {string} ending */
function texts(folder, ending) {
  const names = readdirSync(new URL(folder, root), { recursive: true }).map(String);
  const wanted = names.filter((name) => name.endsWith(ending) && !name.startsWith("vendor/"));
  return new Map(wanted.map((name) => [name, readFileSync(new URL(`${folder}/${name}`, root), "utf8")]));
}

const scripts = [...texts("static", ".js").values()];
const templates = texts("templates", ".html");
/** The classes that each style sheet has rules for. @type {Map<string, Set<string>>} */
const sheets = new Map(
  [...texts("static", ".css")].map(([name, text]) => {
    const code = text.replace(/\/\*.*?\*\/|"[^"]*"/gs, "");
    const selectors = [...code.matchAll(/[^{};]*(?=\{)/g)].join(" ");
    return [name, new Set([...selectors.matchAll(/\.([a-z][\w-]*)/g)].map(([, found]) => String(found)))];
  }),
);
const styled = new Set([...sheets.values()].flatMap((classes) => [...classes]));

/** The words in all matches of an expression. @param {string} text @param {RegExp} expression with one group @returns {string[]} */
const words = (text, expression) => [...text.matchAll(expression)].flatMap(([, found]) => String(found).split(/\s+/));

/**
 * What templates say about classes: whole names, prefixes that are completed by a value (`icon-{{ name }}`), and the literals that
 * such values may come from.
 * @param {string[]} texts
 */
function said(texts) {
  /** @type {Set<string>} */
  const names = new Set();
  /** @type {Set<string>} */
  const beginnings = new Set();
  const text = texts.join("\n");
  const code = [...text.matchAll(/\{\{.*?\}\}|\{%.*?%\}/gs)].join("\n");
  const literals = new Set(words(code, /"([^"]*)"/g));
  for (const attribute of text.matchAll(/\bclass="((?:\{\{.*?\}\}|\{%.*?%\}|[^"])*?)"/gs)) {
    const value = String(attribute[1])
      .replaceAll(/\{\{.*?\}\}/gs, "\0")
      .replaceAll(/\{%.*?%\}/gs, "\n");
    for (const word of value.split(/[ \t]+/)) {
      const [first = "", ...rest] = word.split("\n");
      // `a-{% if … %}b{% else %}c{% endif %}`
      const continued = first.endsWith("-") ? rest.filter(Boolean).map((end) => first + end) : [first, ...rest];
      for (const name of continued) {
        if (name.includes("\0")) beginnings.add(name.slice(0, name.indexOf("\0")));
        else if (name) names.add(name);
      }
    }
  }
  beginnings.delete("");
  /** @param {string} name */
  const composed = (name) =>
    [...beginnings].some((start) => {
      const end = name.slice(start.length);
      return name.startsWith(start) && (literals.has(end) || /^\d+$/.test(end));
    });
  return { names, literals, composed };
}

test("every class of the style sheets is used", () => {
  const { names, literals, composed } = said([...templates.values()]);
  const scripted = new Set(scripts.flatMap((text) => words(text, /classList\.\w+\("([^"]*)"/g)));
  const rust = new Set([...texts("src", ".rs").values()].flatMap((text) => words(text, /"([a-z][a-z0-9 -]*)"/g)));
  const used = [...styled].filter(
    (name) => names.has(name) || literals.has(name) || composed(name) || scripted.has(name) || rust.has(name),
  );
  const dead = [...styled].filter((name) => !used.includes(name));
  assert.deepEqual(dead.sort(), [...WAITING.keys()].sort());
});

test("every class of the templates has a rule, or a script that looks for it", () => {
  const { names } = said([...templates.values()]);
  const sought = new Set(scripts.flatMap((text) => words(text, /\.([a-z][\w-]*)/g)));
  const unknown = [...names].filter((name) => !styled.has(name) && !sought.has(name));
  assert.deepEqual(unknown.sort(), [...BARE.keys()].sort());
});

/** A template and everything that it extends, includes and imports. @param {string} name @param {Set<string>} [found] */
function parts(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const text = templates.get(name);
  assert.ok(text !== undefined, `there is no template ${name}`);
  for (const other of words(text, /\{%-?\s*(?:extends|include|import)\s+"([^"]+)"/g)) parts(other, found);
  return found;
}

for (const [name, text] of templates) {
  if (!text.includes('{% extends "base.html"')) continue;
  test(`${name} links the style sheets of its classes, and no others`, () => {
    const page = [...parts(name)].map((part) => String(templates.get(part)));
    const { names, literals, composed } = said(page);
    const shown = [...styled].filter(
      (name) => names.has(name) || (name.includes("-") && literals.has(name)) || composed(name),
    );
    const links = new Set(words(page.join("\n"), /asset\("([^"]+\.css)"\)/g));
    const linked = new Set([...links].flatMap((sheet) => [...(sheets.get(sheet) ?? [])]));
    const bare = shown.filter((one) => !linked.has(one));
    const sheetOf = (/** @type {string} */ one) =>
      [...sheets].filter(([, has]) => has.has(one)).map(([sheet]) => sheet);
    assert.deepEqual(
      bare.map((one) => `${one} is in ${sheetOf(one).join(", ")}`),
      [],
    );
    const idle = [...links].filter(
      (sheet) => sheet !== "site.css" && !shown.some((one) => sheets.get(sheet)?.has(one)),
    );
    assert.deepEqual(idle, [], "style sheets of nothing on this page");
  });
}
