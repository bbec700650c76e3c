// @ts-check
// The running stack: its containers, and requests to it. tests/stack/run starts it.

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** @param {string} name */
function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; start these tests with tests/stack/run`);
  return value;
}

export const folder = setting("STACK_FOLDER");
export const url = setting("STACK_URL");
export const project = setting("COMPOSE_PROJECT_NAME");

/** Runs docker or podman. @param {...string} words */
export async function engine(...words) {
  const { stdout } = await run(setting("STACK_ENGINE"), words, { maxBuffer: 64 << 20 });
  return stdout.trim();
}

/** Everything that a container has printed. @param {string} name */
export async function logs(name) {
  const { stdout, stderr } = await run(setting("STACK_ENGINE"), ["logs", name], { maxBuffer: 64 << 20 });
  return stdout + stderr;
}

/** Runs docker compose or podman-compose in the stack's folder. @param {...string} words */
export async function compose(...words) {
  const [program, ...rest] = setting("STACK_COMPOSE").split(" ");
  return run(program ?? "", [...rest, ...words], { cwd: folder, maxBuffer: 64 << 20 });
}

/**
 * Runs one of the repository's scripts in the stack's folder.
 * @param {string} name
 * @param {string[]} words
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function script(name, words = [], env = {}) {
  return run(path.join(folder, name), words, { cwd: folder, env: { ...process.env, ...env }, maxBuffer: 64 << 20 });
}

/**
 * The names of a service's containers.
 * @param {string} service
 * @param {boolean} [all] Also those that have ended.
 */
export async function containers(service, all = false) {
  const words = ["ps", "--format", "{{.Names}}", "--filter", `label=com.docker.compose.project=${project}`];
  const names = await engine(
    ...words,
    "--filter",
    `label=com.docker.compose.service=${service}`,
    ...(all ? ["-a"] : []),
  );
  return names.split("\n").filter(Boolean).sort();
}

/** The one container of a service. @param {string} service @param {boolean} [all] */
export async function container(service, all = false) {
  const [name] = await containers(service, all);
  if (!name) throw new Error(`no container of ${service}`);
  return name;
}

/** What the engine knows about a container. @param {string} name */
export async function inspect(name) {
  return JSON.parse(await engine("inspect", name))[0];
}

/** Runs a command in a container. @param {string} name @param {...string} words */
export async function inside(name, ...words) {
  return engine("exec", name, ...words);
}

/**
 * @typedef {object} Service What compose.yaml says about a service.
 * @property {string} restart
 * @property {boolean} read_only
 * @property {string[]} cap_drop
 * @property {string[]} [cap_add]
 * @property {string[]} security_opt
 * @property {{options: {[name: string]: string}}} logging
 * @property {string} mem_limit
 * @property {number} pids_limit
 * @property {string} [stop_grace_period]
 * @property {{test?: string | string[], disable?: boolean}} [healthcheck]
 * @property {string[]} networks
 * @property {string[]} [ports]
 * @property {string[]} [profiles]
 * @property {boolean} [privileged]
 * @property {{[name: string]: string}} [environment]
 */

/** Every service of compose.yaml by name, including what it inherits. @returns {Promise<Record<string, Service>>} */
export async function services() {
  const program =
    "import json, sys, ruamel.yaml as y; json.dump(y.YAML(typ='safe').load(open(sys.argv[1]))['services'], sys.stdout)";
  const { stdout } = await run(path.join(setting("LINTERS"), "python"), [
    "-c",
    program,
    path.join(folder, "compose.yaml"),
  ]);
  return JSON.parse(stdout);
}

/**
 * Sends a signal to a container's first process, bypassing the engine, so that the engine treats a kill as a crash and restarts the
 * container.
 * @param {string} name
 * @param {NodeJS.Signals} what
 * @returns {Promise<number>} When, in milliseconds since 1970.
 */
export async function signal(name, what) {
  const { Pid: pid } = (await inspect(name)).State;
  const at = Date.now();
  process.kill(pid, what);
  return at;
}

/**
 * Waits until a condition holds.
 * @param {string} what For the error.
 * @param {() => Promise<unknown>} check
 * @param {number} [seconds]
 */
export async function until(what, check, seconds = 60) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    let reason = "it is not so";
    try {
      if (await check()) return;
    } catch (error) {
      reason = String(error);
    }
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain until ${what}: ${reason}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits until this many replicas are ready and nginx knows them. @param {number} count */
export async function replicas(count) {
  await until(`${count} replicas are ready`, async () => {
    const names = await containers("app");
    if (names.length !== count) return false;
    for (const name of names) await inside(name, "transcendence", "health");
    const upstream = await inside(await container("web"), "cat", "/tmp/nginx/upstream.conf");
    const addresses = await Promise.all(names.map((name) => inside(name, "hostname", "-i")));
    return addresses.every((own) => own.split(/\s+/).some((address) => upstream.includes(`${address}:8080`)));
  });
}

/** @type {Promise<{host: string, port: number, plain: number}> | undefined} */
let found;

/** Forgets the address of nginx, because the containers have been replaced. */
export function moved() {
  found = undefined;
}

/** Where nginx can be reached: its published port, or its own address on a machine whose firewall blocks that port locally. */
export function front() {
  found ??= (async () => {
    const port = Number(new URL(url).port);
    const plain = Number(new URL(setting("STACK_HTTP")).port);
    const greets = await new Promise((resolve) => {
      const socket = net.connect(plain, "127.0.0.1", () => socket.write("GET / HTTP/1.0\r\n\r\n"));
      socket.setTimeout(3000, () => socket.destroy());
      socket.once("data", () => socket.destroy()).once("data", () => resolve(true));
      socket.once("error", () => resolve(false)).once("close", () => resolve(false));
    });
    if (greets) return { host: "127.0.0.1", port, plain };
    const networks = (await inspect(await container("web"))).NetworkSettings.Networks;
    const [name] = Object.keys(networks).filter((network) => network.endsWith("front"));
    return { host: networks[name ?? ""].IPAddress, port: 8443, plain: 8080 };
  })();
  return found;
}

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {http.IncomingHttpHeaders} headers
 * @property {string[]} names The headers' names in lower case, as often as they occurred.
 * @property {Buffer} body
 */

/**
 * A request to the site through nginx.
 * @param {string} target A path.
 * @param {{method?: string, headers?: Record<string, string>, body?: string, plain?: boolean, host?: string}} [options]
 * @returns {Promise<Answer>}
 */
export async function ask(
  target,
  { method = "GET", headers = {}, body, plain = false, host = new URL(url).host } = {},
) {
  const at = await front();
  const options = {
    host: at.host,
    port: plain ? at.plain : at.port,
    servername: "localhost",
    path: target,
    method,
    headers: { host, ...headers },
    rejectUnauthorized: false,
    agent: false,
    timeout: 10_000,
  };
  return new Promise((resolve, reject) => {
    const request = (plain ? http : https).request(options, (response) => {
      /** @type {Buffer[]} */
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          names: response.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()),
          body: Buffer.concat(parts),
        }),
      );
      response.once("error", reject);
    });
    request.once("timeout", () => request.destroy(new Error("no answer in 10 s")));
    request.once("error", reject);
    request.end(body);
  });
}

/** Runs SQL in the site's database. @param {string} statement */
export async function sql(statement) {
  return inside(await container("db"), "psql", "-U", "postgres", "-d", "transcendence", "-Atc", statement);
}

/** A file of the stack's folder. @param {string} name */
export async function file(name) {
  return readFile(path.join(folder, name), "utf8");
}
