// @ts-check
// What other people's tools say about the stack's files and its TLS.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import { container, folder, front, inside } from "./stack.js";

const run = promisify(execFile);

/** Runs a program from the linters' folder. @param {string} program @param {...string} words */
async function linter(program, ...words) {
  const { stdout } = await run(path.join(process.env.LINTERS ?? "", program), words, { cwd: folder });
  return stdout;
}

test("hadolint finds nothing in the Containerfile", async () => {
  await linter("hadolint", "Containerfile");
});

test("compose.yaml is what Compose's own schema wants", async () => {
  await linter("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml");
});

/** Runs something with a file that is removed afterwards. @param {string} name @param {(file: string) => Promise<void>} work */
async function withFile(name, work) {
  const own = await mkdtemp(path.join(os.tmpdir(), "transcendence-check."));
  try {
    await work(path.join(own, name));
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

test("gixy finds nothing in nginx's whole configuration", async () => {
  await withFile("nginx.conf", async (file) => {
    await writeFile(file, await inside(await container("web"), "sh", "-c", "nginx -T 2>/dev/null"));
    expect(await linter("gixy", file)).toContain("No issues found");
  });
});

test("testssl.sh finds nothing of weight but a certificate of no known authority", async () => {
  test.setTimeout(600_000);
  const { host, port } = await front();
  await withFile("report.json", async (file) => {
    const words = [
      "--quiet",
      "--color",
      "0",
      "--warnings",
      "batch",
      "--ip",
      host,
      "--jsonfile",
      file,
      `localhost:${port}`,
    ];
    const program = await run("sh", ["-c", "command -v testssl || command -v testssl.sh"]);
    // Its exit code is the number of findings of any severity.
    await run(program.stdout.trim(), words, { maxBuffer: 64 << 20 }).catch(() => undefined);
    /** @type {{id: string, severity: string, finding: string}[]} */
    const findings = JSON.parse(await readFile(file, "utf8"));
    expect(findings.length, "it has looked").toBeGreaterThan(50);
    const ownAuthority =
      /^(cert_chain_of_trust|cert_caIssuers|cert_crlDistributionPoints|cert_revocation|cert_ocspURL|cert_trust|cert_extlifeSpan|overall_grade|grade_cap_reason_\d+)$/;
    const heavy = findings.filter(
      ({ id, severity }) =>
        ["MEDIUM", "HIGH", "CRITICAL", "FATAL"].includes(severity) && !ownAuthority.test(id.split(" ")[0] ?? ""),
    );
    expect(heavy).toEqual([]);
  });
});
