// What nginx answers: headers, static files, limits, errors.

import { rm } from "node:fs/promises";
import path from "node:path";
import tls from "node:tls";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { expect, test } from "@playwright/test";
import { ask, container, containers, engine, folder, front, inspect, logs, replicas, script, until, url } from "./stack.js";

/** On every answer, once. */
const SECURITY = {
  "content-security-policy": /default-src 'none'/,
  "cross-origin-opener-policy": /^same-origin$/,
  "cross-origin-embedder-policy": /^require-corp$/,
  "cross-origin-resource-policy": /^same-origin$/,
  "x-content-type-options": /^nosniff$/,
  "referrer-policy": /^same-origin$/,
  "permissions-policy": /camera=\(\)/,
};
const HTTPS_ONLY = /max-age=63072000/;

/** @param {import("./stack.js").Answer} answer @param {string} what @param {boolean} [secure] Whether it came over HTTPS. */
function expectHeaders(answer, what, secure = true) {
  for (const [name, value] of Object.entries(SECURITY)) expect(answer.headers[name], `${what}: ${name}`).toMatch(value);
  if (secure) expect(answer.headers["strict-transport-security"], what).toMatch(HTTPS_ONLY);
  const others = answer.names.filter((name) => name !== "set-cookie");
  const doubled = others.filter((name, index) => others.indexOf(name) !== index);
  expect(doubled, `${what}: no header twice`).toEqual([]);
  expect(answer.headers["server"], `${what}: no version`).toBe("nginx");
}

/** The address of the style sheet, as the home page has it. */
async function styleSheet() {
  const home = (await ask("/")).body.toString();
  const found = /\/static\/[0-9a-f]+\/site\.css/.exec(home);
  if (!found) throw new Error("the home page has no style sheet");
  return found[0];
}

test("every kind of answer has every security header, once", async () => {
  const sheet = await styleSheet();
  const fresh = await ask(sheet);
  /** @type {[string, number, Promise<import("./stack.js").Answer>][]} */
  const answers = [
    ["a page", 200, ask("/")],
    ["a page that is not", 404, ask("/nothing/here")],
    ["a file", 200, ask(sheet)],
    ["a file that is known", 304, ask(sheet, { headers: { "if-none-match": String(fresh.headers.etag) } })],
    ["a part of a file", 206, ask(sheet, { headers: { range: "bytes=0-9" } })],
    ["a file that is not", 404, ask("/static/abc/nothing.css")],
    ["a form sent to a file", 405, ask(sheet, { method: "POST" })],
    ["too large a form", 413, ask("/login", { method: "POST", headers: { "content-length": "100000" } })],
    ["too long a head", 400, ask("/", { headers: { cookie: `a=${"b".repeat(9000)}` } })],
    ["a cross-site form", 403, ask("/login", { method: "POST", headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" } })],
    ["another's name", 421, ask("/", { host: "evil.example" })],
    ["health", 200, ask("/health/ready")],
  ];
  for (const [what, status, answer] of answers) {
    expect((await answer).status, what).toBe(status);
    expectHeaders(await answer, what);
  }
});

test("HTTP leads to HTTPS, and unknown names nowhere", async () => {
  const to = await ask("/players/ada?after=1", { plain: true, host: "localhost" });
  expect([to.status, to.headers.location]).toEqual([308, `${url}/players/ada?after=1`]);
  expectHeaders(to, "the redirect", false);
  expect((await ask("/", { plain: true, host: "evil.example" })).status).toBe(421);
});

test("static files come packed, for ever, with their types", async () => {
  const sheet = await styleSheet();
  const plain = await ask(sheet);
  const br = await ask(sheet, { headers: { "accept-encoding": "gzip, deflate, br" } });
  const gzip = await ask(sheet, { headers: { "accept-encoding": "gzip" } });
  expect([plain.headers["content-encoding"], br.headers["content-encoding"], gzip.headers["content-encoding"]]).toEqual([undefined, "br", "gzip"]);
  expect(brotliDecompressSync(br.body)).toEqual(plain.body);
  expect(gunzipSync(gzip.body)).toEqual(plain.body);
  expect((await ask(sheet, { headers: { "accept-encoding": "br;q=0, gzip;q=0.5" } })).headers["content-encoding"]).toBe("gzip");
  expect(new Set([plain, br, gzip].map(({ headers }) => headers.etag)).size, "each form has its own tag").toBe(3);
  for (const { headers } of [plain, br, gzip]) {
    expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(headers.vary).toBe("accept-encoding");
    expect(headers["content-type"]).toBe("text/css; charset=utf-8");
  }
  const hash = sheet.split("/")[2];
  for (const [name, type] of [
    ["theme.js", "text/javascript; charset=utf-8"],
    ["pong/step.js", "text/javascript; charset=utf-8"],
    ["logo.svg", "image/svg+xml"],
    ["icon-192.png", "image/png"],
    ["favicon.ico", "image/x-icon"],
    ["manifest.webmanifest", "application/manifest+json"],
  ]) {
    const answer = await ask(`/static/${hash}/${name}`, { headers: { "accept-encoding": "br" } });
    expect([answer.status, answer.headers["content-type"]], name).toEqual([200, type]);
  }
  const older = await ask(sheet.replace(String(hash), "0123456789ab"));
  expect([older.status, older.headers["cache-control"]], "a page of another version").toEqual([200, "public, max-age=300"]);
});

test("pages are compressed, but not for other sites' pages", async () => {
  /** @param {Record<string, string>} headers */
  const coding = async (headers) => (await ask("/", { headers: { "accept-encoding": "br", ...headers } })).headers["content-encoding"];
  expect(await coding({ "sec-fetch-site": "none" }), "typed").toBe("br");
  expect(await coding({ "sec-fetch-site": "same-origin", referer: `${url}/play` }), "from our own").toBe("br");
  expect(await coding({ referer: `${url}/play` }), "from our own, an older browser").toBe("br");
  expect(await coding({}), "no browser").toBe("br");
  expect(await coding({ "sec-fetch-site": "cross-site" }), "from another site").toBeUndefined();
  expect(await coding({ referer: "https://evil.example/" }), "from another site, an older browser").toBeUndefined();
});

test("a request keeps its id, and nobody chooses an address or an id for himself", async () => {
  const { headers } = await ask("/", { headers: { "x-request-id": "chosen", "x-forwarded-for": "203.0.113.9" } });
  const id = String(headers["x-request-id"]);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  await until("nginx and the app log the same id", async () => {
    const apps = await Promise.all((await containers("app")).map(logs));
    const web = (await logs(await container("web"))).split("\n").find((line) => line.includes(id));
    return apps.join().includes(id) && web?.includes('"status":200');
  });
});

test("log-ins from one address are limited, in the site's own look", async () => {
  const attempt = () => ask("/login", { method: "POST", headers: { origin: url, "sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded" }, body: "name=nobody&password=nothing-at-all" });
  const answers = await Promise.all(Array.from({ length: 40 }, attempt));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(10);
  for (const answer of refused) {
    expectHeaders(answer, "the refusal");
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(answer.body.toString()).toContain("site.css");
  }
  expect((await ask("/login")).status, "the form itself is still there").toBe(200);
});

test("old protocols are refused", async () => {
  const { host, port } = await front();
  /** @param {tls.SecureVersion} version */
  const connects = (version) =>
    new Promise((resolve) => {
      const socket = tls.connect({ host, port, servername: "localhost", rejectUnauthorized: false, minVersion: version, maxVersion: version, ciphers: "ALL:@SECLEVEL=0" });
      socket.once("secureConnect", () => resolve(socket.getProtocol())).once("error", () => resolve("refused"));
      socket.once("secureConnect", () => socket.destroy());
    });
  expect(await Promise.all([connects("TLSv1.1"), connects("TLSv1.2"), connects("TLSv1.3")])).toEqual(["refused", "TLSv1.2", "TLSv1.3"]);
});

test("without an app, visitors get a page with a way on, and static files come as before", async ({ browser }) => {
  const sheet = await styleSheet();
  const names = await containers("app");
  await Promise.all(names.map((name) => engine("stop", "-t", "5", name)));
  const began = performance.now();
  const away = await ask("/players/ada", { headers: { "accept-language": "fr-CA, en;q=0.5" } });
  expect(performance.now() - began, "soon").toBeLessThan(4_000);
  expect([503, 504]).toContain(away.status);
  expectHeaders(away, "the page");
  expect(Number(away.headers["retry-after"])).toBeGreaterThan(0);
  expect(away.headers["cache-control"]).toBe("no-store");
  expect(away.body.toString()).toContain('<html lang="fr">');
  expect((await ask(sheet)).status, "nginx has the files itself").toBe(200);
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${url}/play`);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  expect(await page.locator("h1").evaluate((h1) => getComputedStyle(h1).fontFamily), "the style sheet is there").not.toMatch(/^"?Times/);
  await page.context().close();
  await Promise.all(names.map((name) => engine("start", name)));
  await replicas(names.length);
  expect((await ask("/")).status).toBe(200);
});

test("a renewed certificate is used within a minute, without a restart", async () => {
  const { host, port } = await front();
  /** @returns {Promise<string>} */
  const fingerprint = () =>
    new Promise((resolve, reject) => {
      const socket = tls.connect({ host, port, servername: "localhost", rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      });
      socket.once("error", reject);
    });
  const before = await fingerprint();
  const started = (await inspect(await container("web"))).State.StartedAt;
  await script("scripts/start", ["--prepare"]);
  expect(await fingerprint(), "a second start makes no new one").toBe(before);
  await rm(path.join(folder, "secrets/tls/fullchain.pem"));
  await script("scripts/start", ["--prepare"]);
  await until("nginx shows the new certificate", async () => (await fingerprint()) !== before);
  expect((await inspect(await container("web"))).State.StartedAt, "nginx was not started again").toBe(started);
});
