// @ts-check
// The two checkers of a page: axe for whether everyone can use it, the Nu checker for whether its HTML is valid.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";

const require = createRequire(import.meta.url);
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const vnuJar = path.join(path.dirname(require.resolve("vnu-jar/package.json")), "build/dist/vnu.jar");

/** Every rule of WCAG 2.2 A and AA that a program can check, and the best practices that axe knows. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];

/**
 * What axe finds wrong with the page in its current state, one line per finding.
 * @param {import("@playwright/test").Page} page
 * @returns {Promise<string[]>}
 */
export async function axe(page) {
  await page.evaluate(axeSource);
  return page.evaluate(async (rules) => {
    const axe = Reflect.get(window, "axe");
    const { violations } = await axe.run(document, { runOnly: { type: "tag", values: rules } });
    /** @param {{id: string, help: string, nodes: {target: string[], failureSummary: string}[]}} violation */
    const tell = ({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`);
    return violations.flatMap(tell);
  }, RULES);
}

/**
 * What the Nu HTML checker finds in HTML files, one line per finding.
 * @param {string[]} files
 * @returns {Promise<string[]>}
 */
export async function nu(files) {
  // The program exits with 1 when it has found something; the findings are in its output either way.
  const { stdout } = await promisify(execFile)(
    "java",
    ["-jar", vnuJar, "--format", "json", "--stdout", "--exit-zero-always", ...files],
    {
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  /** @type {{messages: {type: string, url: string, lastLine?: number, message: string, extract?: string}[]}} */
  const report = JSON.parse(stdout);
  return report.messages.map(
    ({ type, url, lastLine, message, extract }) =>
      `${path.basename(url)}:${lastLine ?? "?"}: ${type}: ${message} ${(extract ?? "").replace(/\s+/g, " ")}`,
  );
}
