// @ts-check
// What operators do and expect: other settings, certificates, a tool that is too old, a part that ends.

import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { chmod, cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import {
  ask,
  container,
  containers,
  engine,
  file,
  folder,
  inside,
  inspect,
  logs,
  replicas,
  script,
  until,
  url,
} from "./stack.js";

const run = promisify(execFile);

/** The version that .env names, whatever the tests' environment says. */
async function kept() {
  return { VERSION: /^VERSION=(.*)$/m.exec(await file(".env"))?.[1] ?? process.env.VERSION };
}

test("another setting and another start: what it concerns is replaced, all else goes on, and everything is ready", async () => {
  // Whatever an upgrade left behind.
  await script("scripts/start", ["--no-build"], await kept());
  const ids = async () =>
    Object.fromEntries(
      await Promise.all(
        ["db", "valkey", "web"].map(async (service) => [service, (await inspect(await container(service))).Id]),
      ),
    );
  const before = await ids();
  const settings = await file(".env");
  await writeFile(path.join(folder, ".env"), `${settings}LOG_FILTER=warn\n`);
  await script("scripts/start", ["--no-build"], await kept());
  await replicas(2);
  expect(await ids()).toEqual(before);
  for (const name of await containers("app")) expect((await inspect(name)).Config.Env).toContain("LOG_FILTER=warn");
  expect(await containers("backup")).toHaveLength(1);
  expect((await ask("/")).status).toBe(200);
});

test("the number of replicas is kept", async () => {
  await script("scripts/upgrade", ["--no-build", "--replicas", "3"], await kept());
  await replicas(3);
  await script("scripts/start", ["--no-build"], await kept());
  await replicas(3);
  await script("scripts/start", ["--no-build", "--replicas", "2"], await kept());
  await replicas(2);
  expect(await file(".env")).toMatch(/^REPLICAS=2$/m);
  expect((await ask("/")).status).toBe(200);
});

test("when nobody looks after the replicas any more, nginx starts anew", async () => {
  const web = await container("web");
  const began = (await inspect(web)).State.StartedAt;
  // Both are named `web`; the keeper is the child of the process that waits for it.
  const processes = (
    await inside(web, "sh", "-c", "grep -H -e ^Name: -e ^PPid: /proc/[0-9]*/status 2>/dev/null || :")
  ).split("\n");
  /** @type {Map<string, {name?: string, parent?: string}>} */
  const known = new Map();
  for (const line of processes) {
    const [, id = "", field, value] = /^\/proc\/(\d+)\/status:(\w+):\s+(\S+)/.exec(line) ?? [];
    known.set(id, { ...known.get(id), [field === "Name" ? "name" : "parent"]: value });
  }
  const keeper = [...known].find(
    ([, { name, parent = "" }]) =>
      name === "web" && known.get(parent)?.name === "web" && known.get(parent)?.parent === "1",
  );
  await inside(web, "sh", "-c", `kill -KILL ${keeper?.[0]}`);
  await until(
    "nginx has started anew",
    async () => (await inspect(web)).State.StartedAt !== began && (await ask("/")).status === 200,
  );
});

test("no log of nginx's has an invitation's address, also when the app is away", async () => {
  const names = await containers("app");
  await Promise.all(names.map((name) => engine("stop", "-t", "1", name)));
  expect((await ask("/players/looked-for")).status).toBeGreaterThanOrEqual(502);
  expect((await ask("/play/invite/veryhidden")).status).toBeGreaterThanOrEqual(502);
  const stream = await ask("/events?topics=queue", { headers: { referer: `${url}/play/invite/veryhidden` } });
  expect(stream.status).toBeGreaterThanOrEqual(502);
  await Promise.all(names.map((name) => engine("start", name)));
  await replicas(2);
  const all = await logs(await container("web"));
  expect(all, "the error log works").toMatch(/\[error\].*looked-for/);
  expect(all).toContain("/play/invite/-");
  expect(all).not.toContain("veryhidden");
});

test("an older podman-compose is refused with a way out", async () => {
  const own = await mkdtemp(path.join(os.tmpdir(), "transcendence-old."));
  try {
    for (const said of ["podman-compose version 1.3.0", "podman-composer version  1.0.3"]) {
      const old = path.join(own, "podman-compose");
      await writeFile(old, `#!/bin/sh\necho '${said}'\n`);
      await chmod(old, 0o755);
      await expect(script("scripts/start", ["--no-build"], { COMPOSE: old })).rejects.toThrow(/too old.*pipx install/);
    }
  } finally {
    await rm(own, { recursive: true });
  }
});

/**
 * Provides a fresh copy of what scripts/start needs to generate what is missing.
 * @param {(prepare: (...words: string[]) => Promise<{stdout: string, stderr: string}>, own: string) => Promise<void>} work
 */
async function fresh(work) {
  const own = await mkdtemp(path.join(os.tmpdir(), "transcendence-start."));
  try {
    for (const name of ["scripts", "deploy"])
      await cp(path.join(folder, name), path.join(own, name), { recursive: true });
    await work((...words) => run(path.join(own, "scripts/start"), ["--prepare", ...words], { cwd: own }), own);
  } finally {
    await rm(own, { recursive: true });
  }
}

test("settings follow each other and keep what somebody has set", async () => {
  await fresh(async (prepare, own) => {
    const settings = async () =>
      Object.fromEntries(
        (await readFile(path.join(own, ".env"), "utf8"))
          .trim()
          .split("\n")
          .map((line) => line.split("=")),
      );
    await prepare("--https-port", "8443");
    expect(await settings()).toEqual({ SITE_URL: "https://localhost:8443", HTTPS_PORT: "8443" });
    await prepare("--url", "https://pong.example");
    expect(await settings()).toEqual({
      SITE_URL: "https://pong.example",
      SITE_HOSTS: "pong.example",
      HTTPS_PORT: "443",
    });
    await writeFile(
      path.join(own, ".env"),
      "SITE_URL=https://pong.example\nSITE_HOSTS=www.pong.example,pong.example\nHTTPS_PORT=8443\n",
    );
    await prepare("--url", "https://pong.example");
    expect((await settings()).SITE_HOSTS, "names are kept").toBe("www.pong.example,pong.example");
    expect((await settings()).HTTPS_PORT, "a port that a router leads to is kept").toBe("8443");
    await prepare("--url", "https://other.example");
    expect((await settings()).SITE_HOSTS, "a new name is served").toBe("other.example,www.pong.example,pong.example");
  });
});

test("a self-signed certificate follows the host, and nobody's own is touched", async () => {
  await fresh(async (prepare, own) => {
    const [chain, key] = ["fullchain.pem", "privkey.pem"].map((name) => path.join(own, "secrets/tls", name));
    if (!chain || !key) throw new Error("unreachable");
    const host = async () => new X509Certificate(await readFile(chain)).subjectAltName;
    await prepare("--url", "https://one.example");
    expect(await host()).toBe("DNS:one.example");
    const first = await readFile(chain, "utf8");
    await prepare();
    expect(await readFile(chain, "utf8"), "kept").toBe(first);
    await prepare("--url", "https://two.example");
    expect(await host()).toBe("DNS:two.example");

    await run("openssl", [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-subj",
      "/CN=own.example",
      "-addext",
      "subjectAltName=DNS:own.example",
      "-keyout",
      key,
      "-out",
      chain,
    ]);
    const { stderr } = await prepare();
    expect(stderr).toContain("not for two.example");
    expect(await host(), "somebody's own").toBe("DNS:own.example");
    await rm(key);
    await expect(prepare(), "half a pair").rejects.toThrow(/only one/);
    expect(await host()).toBe("DNS:own.example");
  });
});

test("shellcheck finds nothing in the scripts", async () => {
  const { stdout } = await run(
    "grep",
    ["-rlE", "^#!/(usr/bin/env bash|bin/(ba)?sh)", "scripts", "deploy", "tests/stack"],
    { cwd: folder },
  );
  const scripts = stdout.trim().split("\n");
  expect(scripts).toContain("deploy/nginx/web");
  await run(path.join(process.env.LINTERS ?? "", "shellcheck"), ["-x", "-P", "SCRIPTDIR", ...scripts], { cwd: folder });
});

test("files of a closed checkout can be read in the containers", async () => {
  await fresh(async (prepare, own) => {
    await run("chmod", ["-R", "go-rwx", path.join(own, "deploy")]);
    await prepare();
    expect((await stat(path.join(own, "deploy/postgres/init.sh"))).mode & 0o004).toBe(0o004);
    expect((await stat(path.join(own, "deploy/grafana"))).mode & 0o005).toBe(0o005);
  });
});
