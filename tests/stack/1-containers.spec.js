// What an operator may rely on: users, rights, networks, secrets, limits, sizes.

import { stat } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { ask, container, containers, engine, file, folder, inside, inspect, script, until } from "./stack.js";

const SERVICES = ["web", "app", "db", "valkey"];

for (const service of SERVICES) {
  test(`${service} runs as nobody in particular, without rights, on a root that cannot be written`, async () => {
    const name = await container(service);
    const { HostConfig: host, State: state } = await inspect(name);
    expect(Number(await inside(name, "id", "-u")), "not root").toBeGreaterThan(0);
    const status = await inside(name, "cat", "/proc/1/status");
    expect(status, "no capability").toMatch(/^CapEff:\s+0+$/m);
    expect(status, "and no way to one").toMatch(/^NoNewPrivs:\s+1$/m);
    expect(host.ReadonlyRootfs).toBe(true);
    await expect(inside(name, "touch", "/etc/written"), "the root cannot be written").rejects.toThrow();
    expect(host.Memory, "memory is bounded").toBeGreaterThan(0);
    expect(host.PidsLimit, "processes are bounded").toBeGreaterThan(0);
    expect(host.RestartPolicy.Name).toBe("unless-stopped");
    expect(JSON.stringify(host.LogConfig), "the log is bounded").toMatch(/10m/i);
    expect(state.Running).toBe(true);
  });
}

test("two replicas, and a migration that ended well", async () => {
  expect(await containers("app")).toHaveLength(2);
  await until("the migration has ended", async () => !(await inspect(await container("migrate", true))).State.Running);
  expect((await inspect(await container("migrate", true))).State.ExitCode).toBe(0);
});

test("only nginx can be reached from outside, and nothing but the app reaches the database", async () => {
  for (const service of ["app", "db", "valkey"]) {
    for (const name of await containers(service)) {
      const { HostConfig: host } = await inspect(name);
      expect(Object.values(host.PortBindings ?? {}).flat().filter(Boolean), `${name} publishes no port`).toEqual([]);
    }
  }
  const web = await container("web");
  await expect(inside(web, "getent", "hosts", "app")).resolves.toMatch(/app/);
  for (const hidden of ["db", "valkey"]) {
    await expect(inside(web, "getent", "ahostsv4", hidden), `nginx does not even find ${hidden}`).rejects.toThrow();
  }
  for (const network of ["data", "site"]) {
    const [facts] = JSON.parse(await engine("network", "inspect", `${process.env.COMPOSE_PROJECT_NAME}_${network}`));
    expect(facts.internal ?? facts.Internal, `${network} has no way out`).toBe(true);
  }
});

test("secrets are files: in no environment, no image, no command line, and readable to the operator alone", async () => {
  const secrets = ["database_admin_password", "database_password", "app_secret", "valkey_password"];
  expect((await stat(path.join(folder, "secrets"))).mode & 0o777).toBe(0o700);
  expect(await file(".gitignore")).toMatch(/^\/secrets$/m);
  const values = await Promise.all(secrets.map((name) => file(`secrets/${name}`)));
  expect(new Set(values).size, "each is another").toBe(secrets.length);
  for (const value of values) expect(value).toMatch(/^[0-9a-f]{64}$/);
  for (const service of SERVICES) {
    const name = await container(service);
    const all = JSON.stringify(await inspect(name)) + (await inside(name, "sh", "-c", "cat /proc/[0-9]*/cmdline /proc/1/environ | tr '\\0' ' '"));
    for (const value of values) expect(all.includes(value), `${name} shows no secret`).toBe(false);
  }
});

test("a second start keeps the secrets, the certificate and the settings", async () => {
  const names = ["secrets/database_password", "secrets/app_secret", "secrets/tls/fullchain.pem", "secrets/tls/privkey.pem", ".env"];
  const before = await Promise.all(names.map(file));
  await script("scripts/start", ["--no-build"]);
  expect(await Promise.all(names.map(file))).toEqual(before);
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
