// @ts-check
// What operators can rely on: users, privileges, networks, secrets, limits, sizes.

import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createGunzip } from "node:zlib";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import {
  ask,
  compose,
  container,
  containers,
  engine,
  file,
  folder,
  inside,
  inspect,
  project,
  script,
  services,
  until,
} from "./stack.js";

const run = promisify(execFile);

/** Services that run all the time; `migrate` ends, and `--profile monitoring` adds others. */
const RUNNING = ["web", "app", "db", "valkey", "backup"];

/** @param {string} text A size as in compose.yaml: 512m, 1g. */
function bytes(text) {
  const [, number, unit] = /^(\d+)([mg])$/.exec(text) ?? [];
  return Number(number) * (unit === "g" ? 1 << 30 : 1 << 20);
}

test("every service of compose.yaml has no right, no root to write to, and a bound on everything", async () => {
  const all = await services();
  expect(Object.keys(all)).toEqual(expect.arrayContaining([...RUNNING, "migrate", "prometheus", "grafana"]));
  for (const [name, service] of Object.entries(all)) {
    expect(service.read_only, `${name}: the root cannot be written`).toBe(true);
    expect([service.cap_drop, service.cap_add, service.privileged], `${name}: no capability`).toEqual([
      ["ALL"],
      undefined,
      undefined,
    ]);
    expect(service.security_opt, `${name}: and no way to one`).toEqual(["no-new-privileges:true"]);
    expect(bytes(service.mem_limit), `${name}: memory`).toBeGreaterThan(0);
    expect(service.pids_limit, `${name}: processes`).toBeGreaterThan(0);
    expect(service.restart, `${name}: starts again by itself`).toBe(
      name === "migrate" ? "on-failure" : "unless-stopped",
    );
    expect(service.logging.options, `${name}: the log is bounded`).toEqual({ "max-size": "10m", "max-file": "5" });
    expect(service.stop_grace_period, `${name}: time to end`).toMatch(/^\d+s$/);
    if (name === "migrate") expect(service.healthcheck, "it ends").toEqual({ disable: true });
    else expect(service.healthcheck?.test, `${name}: somebody looks after it`).toBeTruthy();
    // Not even Grafana's, which is for a browser on this machine only.
    for (const port of service.ports ?? [])
      expect([name === "web", port.startsWith("127.0.0.1:")], `${name} publishes ${port}`).toContain(true);
    for (const value of Object.values(service.environment ?? {}))
      expect(value, `${name}: secrets are files`).not.toMatch(/[0-9a-f]{32}/);
  }
});

for (const service of RUNNING) {
  test(`${service} runs as nobody in particular, without rights, on a root that cannot be written`, async () => {
    const written = (await services())[service];
    const names = await containers(service);
    expect(names).toHaveLength(service === "app" ? 2 : 1);
    for (const name of names) {
      const { Config: config, HostConfig: host, State: state, NetworkSettings: at } = await inspect(name);
      expect(Number(await inside(name, "id", "-u")), "not root").toBeGreaterThan(0);
      const status = await inside(name, "cat", "/proc/1/status");
      for (const set of ["Eff", "Prm", "Bnd", "Inh", "Amb"])
        expect(status, "no capability").toMatch(new RegExp(`^Cap${set}:\\s+0+$`, "m"));
      expect(status, "and no way to one").toMatch(/^NoNewPrivs:\s+1$/m);
      expect([host.ReadonlyRootfs, host.Privileged]).toEqual([true, false]);
      await expect(inside(name, "touch", "/etc/written"), "the root cannot be written").rejects.toThrow();
      expect(host.Memory, "memory is bounded").toBe(bytes(written?.mem_limit ?? ""));
      expect(host.PidsLimit, "processes are bounded").toBe(written?.pids_limit);
      expect(host.RestartPolicy.Name).toBe("unless-stopped");
      expect(JSON.stringify(host.LogConfig), "the log is bounded").toMatch(/10m/i);
      const health = config.Healthcheck?.Test ?? [];
      expect(health.length, "it is looked after").toBeGreaterThan(1);
      expect(Object.keys(at.Networks).sort()).toEqual(
        written?.networks.map((network) => `${project}_${network}`).sort(),
      );
      expect(state.Running).toBe(true);
    }
  });
}

test("the migration has ended well, and had no more rights than the others", async () => {
  await until("the migration has ended", async () => !(await inspect(await container("migrate", true))).State.Running);
  const { HostConfig: host, State: state } = await inspect(await container("migrate", true));
  expect([state.ExitCode, host.ReadonlyRootfs, host.Privileged, host.RestartPolicy.Name]).toEqual([
    0,
    true,
    false,
    "on-failure",
  ]);
  expect(Math.min(host.Memory, host.PidsLimit)).toBeGreaterThan(0);
  // What it is like inside, for as long as it runs.
  const look = "id -u; grep -E '^(Cap|NoNewPrivs)' /proc/1/status; touch /etc/written";
  const { stdout, stderr } = await compose(
    "run",
    "--rm",
    "-T",
    "--entrypoint",
    "sh",
    "migrate",
    "-c",
    `${look} || true`,
  );
  expect(stdout).toMatch(/^10001$/m);
  expect(stdout.match(/^Cap\w+:\s+0+$/gm)).toHaveLength(5);
  expect(stdout).toMatch(/^NoNewPrivs:\s+1$/m);
  expect(stdout + stderr).toContain("Read-only file system");
});

test("only nginx can be reached from outside, and nothing but the app reaches the database", async () => {
  for (const service of ["app", "db", "valkey", "backup"]) {
    for (const name of await containers(service)) {
      const { HostConfig: host } = await inspect(name);
      expect(
        Object.values(host.PortBindings ?? {})
          .flat()
          .filter(Boolean),
        `${name} publishes no port`,
      ).toEqual([]);
      // Destination, gateway: a line for 0.0.0.0 would be a way out.
      expect(await inside(name, "cat", "/proc/net/route"), `${name} has no way out`).not.toMatch(/^\S+\s+00000000\s/m);
    }
  }
  for (const [network, internal] of Object.entries({ data: true, site: true, front: false })) {
    const [facts] = JSON.parse(await engine("network", "inspect", `${project}_${network}`));
    expect(facts.internal ?? facts.Internal, `whether ${network} is internal`).toBe(internal);
  }
  const web = await container("web");
  await expect(inside(web, "getent", "hosts", "app")).resolves.toMatch(/app/);
  /** @param {string} name @param {number} port */
  const reaches = async (name, port) => {
    const networks = (await inspect(name)).NetworkSettings.Networks;
    const addresses = Object.values(networks)
      .map(({ IPAddress: address }) => address)
      .filter(Boolean);
    // A service may answer with nothing, or with something that is not HTTP; exit codes 7 and 28 mean that it cannot be reached.
    const tries = addresses.map((address) =>
      inside(web, "sh", "-c", `curl -s -m 2 -o /dev/null http://${address}:${port}/; echo $?`),
    );
    return (await Promise.all(tries)).some((code) => !["7", "28"].includes(code));
  };
  expect(await reaches(await container("app"), 8080), "nginx reaches the app").toBe(true);
  for (const [hidden, port] of /** @type {[string, number][]} */ ([
    ["db", 5432],
    ["valkey", 6379],
  ])) {
    await expect(inside(web, "getent", "ahostsv4", hidden), `nginx does not even find ${hidden}`).rejects.toThrow();
    expect(await reaches(await container(hidden), port), `and does not reach ${hidden} by its address`).toBe(false);
  }
});

const SECRETS = ["database_admin_password", "database_password", "app_secret", "valkey_password", "grafana_password"];

test("secrets are files: in no environment, no command line, and readable to the operator alone", async () => {
  expect((await stat(path.join(folder, "secrets"))).mode & 0o777).toBe(0o700);
  expect(await file(".gitignore")).toMatch(/^\/secrets$/m);
  const values = await Promise.all(SECRETS.map((name) => file(`secrets/${name}`)));
  expect(new Set(values).size, "each is another").toBe(SECRETS.length);
  for (const value of values) expect(value).toMatch(/^[0-9a-f]{64}$/);
  for (const service of [...RUNNING, "migrate"]) {
    for (const name of await containers(service, true)) {
      const running = (await inspect(name)).State.Running;
      const seen = running
        ? await inside(name, "sh", "-c", "cat /proc/[0-9]*/cmdline /proc/1/environ | tr '\\0' ' '")
        : "";
      const all = JSON.stringify(await inspect(name)) + seen;
      for (const value of values) expect(all.includes(value), `${name} shows no secret`).toBe(false);
    }
  }
});

/** Runs something with a folder that is removed afterwards. @template T @param {(own: string) => Promise<T>} work */
async function withFolder(work) {
  const own = await mkdtemp(path.join(os.tmpdir(), "transcendence-image."));
  try {
    return await work(own);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** Texts that must not be in an image: the values of all secrets, and lines of private keys. */
async function needles() {
  const values = await Promise.all(SECRETS.map((name) => file(`secrets/${name}`)));
  const key = (await file("secrets/tls/privkey.pem")).split("\n").filter((line) => line.length > 40);
  expect(key.length, "there is a private key").toBeGreaterThan(0);
  return [...values, ...key];
}

/** Whether a file, compressed or not, contains one of the texts. @param {string} name @param {string[]} texts */
async function holds(name, texts) {
  const head = Buffer.alloc(2);
  const opened = await open(name);
  await opened.read(head, 0, 2).finally(() => opened.close());
  const packed = head.equals(Buffer.from([0x1f, 0x8b]));
  const stream = packed
    ? createReadStream(name).pipe(createGunzip())
    : createReadStream(name, { highWaterMark: 1 << 20 });
  let rest = Buffer.alloc(0);
  for await (const part of stream) {
    const look = Buffer.concat([rest, part]);
    if (texts.some((text) => look.includes(text))) return true;
    rest = look.subarray(-200);
  }
  return false;
}

/**
 * What the image's layers of our own contain.
 * @param {string} image
 * @param {string} [base]
 * @returns {Promise<{names: string[], found: boolean, history: string}>}
 */
async function layersOf(image, base) {
  return withFolder(async (own) => {
    const secrets = await needles();
    await engine("save", "-o", path.join(own, "image.tar"), image);
    await run("tar", ["-xf", "image.tar"], { cwd: own });
    /** @type {[{Layers: string[]}]} */
    const [{ Layers: layers }] = JSON.parse(await readFile(path.join(own, "manifest.json"), "utf8"));
    const below = base ? JSON.parse(await engine("image", "inspect", base))[0].RootFS.Layers.length : 0;
    const ours = layers.slice(below);
    expect(ours.length, `${image} adds something to its base`).toBeGreaterThan(0);
    /** @type {string[]} */
    const names = [];
    let found = false;
    for (const layer of ours) {
      const { stdout } = await run("tar", ["-tf", layer], { cwd: own, maxBuffer: 64 << 20 });
      names.push(...stdout.split("\n").filter(Boolean));
      found ||= await holds(path.join(own, layer), secrets);
    }
    return { names, found, history: await engine("history", "--no-trunc", "--format", "{{.CreatedBy}}", image) };
  });
}

/** Files of operators and builders, which belong in no image. */
const PRIVATE =
  /(^|\/)(\.env[^/]*|\.git|secrets|privkey\.pem|.*\.sqlite3?|id_(rsa|ecdsa|ed25519)|target|node_modules)(\/|$)/;
const SOURCES = /(^|\/)(Cargo\.(toml|lock)|src\/.*\.rs|migrations\/.+)$/;

for (const [image, base] of Object.entries({
  app: "docker.io/library/debian:trixie-slim",
  web: "docker.io/library/nginx:stable-trixie",
})) {
  test(`no layer of the ${image} image holds a secret or a source, and its history tells none`, async () => {
    const { names, found, history } = await layersOf(`localhost/transcendence-${image}:${process.env.VERSION}`, base);
    expect(
      names.some((name) => name.endsWith(image === "app" ? "usr/local/bin/transcendence" : "usr/local/bin/web")),
      "they were looked at",
    ).toBe(true);
    expect(names.filter((name) => PRIVATE.test(name) || SOURCES.test(name))).toEqual([]);
    expect(found, "no secret").toBe(false);
    for (const secret of await needles()) expect(history.includes(secret)).toBe(false);
    expect(history, "nor is one given as an argument or a variable").not.toMatch(/(PASSWORD|SECRET|TOKEN|KEY)\w*=/i);
  });
}

test("a build sees neither the secrets nor the settings of the machine that it runs on", async () => {
  // The stack's folder has them all; everything that is sent to a build there ends up in this image.
  await mkdir(path.join(folder, "data"), { recursive: true });
  await writeFile(path.join(folder, "data/transcendence.sqlite3"), "people");
  await mkdir(path.join(folder, ".git"), { recursive: true });
  await writeFile(path.join(folder, ".git/config"), "[remote]");
  const image = `localhost/${project}-context:${process.env.VERSION}`;
  try {
    await withFolder(async (own) => {
      await writeFile(path.join(own, "Containerfile"), "FROM scratch\nCOPY . /context/\n");
      await engine("build", "-t", image, "-f", path.join(own, "Containerfile"), folder);
    });
    const { names, found } = await layersOf(image);
    expect(names.filter((name) => SOURCES.test(name)).length, "the sources are there").toBeGreaterThan(50);
    expect(names.filter((name) => PRIVATE.test(name))).toEqual([]);
    expect(found, "no secret").toBe(false);
  } finally {
    await engine("rmi", "-f", image).catch(() => undefined);
    await rm(path.join(folder, ".git"), { recursive: true });
    await rm(path.join(folder, "data"), { recursive: true });
  }
});

test("the site itself finds this stack fit for strangers", async () => {
  for (const name of await containers("app")) {
    expect(await inside(name, "transcendence", "check", "--deploy")).toBe("Everything is in order.");
  }
  // The check does work: a short secret and a log that reveals too much are found, each with its remedy, and the exit code is not
  // 0.
  const flaws = compose(
    "run",
    "--rm",
    "-T",
    "-e",
    "LOG_FILTER=debug",
    "-e",
    "RATE_LIMITS=off",
    "app",
    "check",
    "--deploy",
    "--replicas",
    "40",
  );
  const { stdout } = await flaws.then(
    () => expect(null, "findings make it fail").toBe("an error"),
    (error) => error,
  );
  for (const finding of [
    /^LOG_FILTER: includes debug lines.*; set it to info\.$/m,
    /^RATE_LIMITS: is off.*; set it to on\.$/m,
    /^DATABASE_POOL: 40 replicas .*; lower it/m,
  ]) {
    expect(stdout).toMatch(finding);
  }
  expect(stdout.trim().split("\n"), "and nothing else").toHaveLength(3);
});

test("a second start keeps the secrets, the certificate and the settings", async () => {
  const names = [
    ...SECRETS.map((name) => `secrets/${name}`),
    "secrets/tls/fullchain.pem",
    "secrets/tls/privkey.pem",
    ".env",
  ];
  const before = await Promise.all(names.map(file));
  const containersBefore = await engine("ps", "-q", "--filter", `label=com.docker.compose.project=${project}`);
  await script("scripts/start", ["--no-build"]);
  expect(await Promise.all(names.map(file))).toEqual(before);
  expect(
    await engine("ps", "-q", "--filter", `label=com.docker.compose.project=${project}`),
    "nothing was restarted",
  ).toBe(containersBefore);
  expect((await ask("/health/ready")).status).toBe(200);
});

test("the app's image has no compiler, and its layers are small", async () => {
  const image = `localhost/transcendence-app:${process.env.VERSION}`;
  const [app] = JSON.parse(await engine("image", "inspect", image));
  expect(app.Config.User).toBe("10001:10001");
  const name = await container("app");
  for (const tool of ["gcc", "cc", "ld", "make", "cargo", "curl", "python3"]) {
    await expect(inside(name, "sh", "-c", `command -v ${tool}`), tool).rejects.toThrow();
  }
  const base = JSON.parse(await engine("image", "inspect", "docker.io/library/debian:trixie-slim"))[0];
  const ours = app.Size - base.Size;
  console.log(`application layers: ${(ours / 1e6).toFixed(1)} MB`);
  expect(ours, "the application's layers").toBeLessThan(40e6);
});
