// @ts-check
// What nginx answers: headers, static files, limits, errors.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http2 from "node:http2";
import tls from "node:tls";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { expect, test } from "@playwright/test";
import {
  ask,
  container,
  containers,
  engine,
  front,
  inside,
  inspect,
  logs,
  replicas,
  signal,
  until,
  url,
} from "./stack.js";

/** Headers that every answer has exactly once. */
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

/** The address of the style sheet, as linked by the home page. */
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
    [
      "a cross-site form",
      403,
      ask("/login", { method: "POST", headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" } }),
    ],
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
  expect([plain.headers["content-encoding"], br.headers["content-encoding"], gzip.headers["content-encoding"]]).toEqual(
    [undefined, "br", "gzip"],
  );
  expect(brotliDecompressSync(br.body)).toEqual(plain.body);
  expect(gunzipSync(gzip.body)).toEqual(plain.body);
  expect((await ask(sheet, { headers: { "accept-encoding": "br;q=0, gzip;q=0.5" } })).headers["content-encoding"]).toBe(
    "gzip",
  );
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
  expect([older.status, older.headers["cache-control"]], "a page of another version").toEqual([
    200,
    "public, max-age=300",
  ]);
});

test("pages are compressed, but not for other sites' pages", async () => {
  /** @param {Record<string, string>} headers */
  const coding = async (headers) =>
    (await ask("/", { headers: { "accept-encoding": "br", ...headers } })).headers["content-encoding"];
  expect(await coding({ "sec-fetch-site": "none" }), "typed").toBe("br");
  expect(await coding({ "sec-fetch-site": "same-origin", referer: `${url}/play` }), "from our own").toBe("br");
  expect(await coding({ referer: `${url}/play` }), "from our own, an older browser").toBe("br");
  expect(await coding({}), "no browser").toBe("br");
  expect(await coding({ "sec-fetch-site": "cross-site" }), "from another site").toBeUndefined();
  expect(await coding({ referer: "https://evil.example/" }), "from another site, an older browser").toBeUndefined();
});

/** Sends a form as our own pages do. @param {string} target @param {string} body @param {Record<string, string>} [headers] */
function send(target, body, headers = {}) {
  const own = { origin: url, "sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded" };
  return ask(target, { method: "POST", headers: { ...own, ...headers }, body });
}

/**
 * What nginx has logged about a request.
 * @param {import("./stack.js").Answer} answer
 * @returns {Promise<{client: string, status: number, replica: string}>}
 */
async function logged({ headers }) {
  /** @type {string | undefined} */
  let line;
  await until("nginx has logged the request", async () => {
    const lines = (await logs(await container("web"))).split("\n");
    line = lines.find((one) => one.includes(`"id":"${headers["x-request-id"]}"`));
    return line;
  });
  return JSON.parse(String(line).slice(String(line).indexOf("{")));
}

test("a request keeps its id, which nobody chooses for himself", async () => {
  const answer = await ask("/", { headers: { "x-request-id": "chosen" } });
  const id = String(answer.headers["x-request-id"]);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect((await logged(answer)).status).toBe(200);
  await until("the app has logged the same id", async () =>
    (await Promise.all((await containers("app")).map(logs))).join().includes(id),
  );
});

test("nobody chooses an address for himself: the app's limits count who really asks", async () => {
  // Only the app limits new guests, to 60 an hour for one address. Each request claims another address, in every possible way.
  const claims = Array.from({ length: 70 }, (_, n) => {
    const address = `203.0.${n}.9`;
    return {
      "x-forwarded-for": n % 2 ? address : `${address}, 198.51.100.${n}`,
      "x-real-ip": address,
      forwarded: `for=${address}`,
      "x-forwarded-host": "evil.example",
    };
  });
  const guest = (/** @type {Record<string, string>} */ headers) => send("/play/link", "points=3", headers);
  try {
    const statuses = [];
    for (let n = 0; n < claims.length; n += 10)
      statuses.push(...(await Promise.all(claims.slice(n, n + 10).map(guest))).map(({ status }) => status));
    expect(statuses.filter((status) => status === 303).length, "as many as one address may").toBeLessThanOrEqual(60);
    expect(statuses.filter((status) => status === 303).length, "but those").toBeGreaterThan(50);
    expect(statuses.filter((status) => status === 429).length, "and no more").toBeGreaterThanOrEqual(10);
    // A client at another address is still served: the app tells addresses apart, and does not count nginx's own.
    const words = [
      "-sk",
      "-o",
      "/dev/null",
      "-w",
      "%{http_code}",
      "-d",
      "points=3",
      "-H",
      `Host: ${new URL(url).host}`,
      "-H",
      `Origin: ${url}`,
    ];
    expect(await inside(await container("web"), "curl", ...words, "https://127.0.0.1:8443/play/link")).toBe("303");
  } finally {
    // Valkey keeps nothing but limits; the tests that follow need a full allowance.
    await inside(
      await container("valkey"),
      "sh",
      "-c",
      "REDISCLI_AUTH=$(cat /run/secrets/valkey_password) valkey-cli FLUSHALL",
    );
  }
});

test("log-ins from one address are limited, in the site's own look", async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      send("/login", "login=nobody&password=nothing-at-all", { "x-forwarded-for": `203.0.113.${n}` }),
    ),
  );
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(10);
  for (const answer of refused) {
    expectHeaders(answer, "the refusal");
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(answer.body.toString()).toContain("site.css");
  }
  expect((await ask("/login")).status, "the form itself is still there").toBe(200);
});

test("HTTP/2 answers, many requests over one connection", async () => {
  const { host, port } = await front();
  const session = http2.connect(`https://${host}:${port}`, { servername: "localhost", rejectUnauthorized: false });
  try {
    await once(session, "connect");
    expect(session.alpnProtocol).toBe("h2");
    const one = async () => {
      const stream = session.request({ ":path": "/", ":authority": new URL(url).host });
      const [headers] = await once(stream, "response");
      let body = "";
      for await (const part of stream.setEncoding("utf8")) body += part;
      return { headers, body };
    };
    for (const { headers, body } of await Promise.all(Array.from({ length: 30 }, one))) {
      expect(headers[":status"]).toBe(200);
      for (const [name, value] of Object.entries({ ...SECURITY, "strict-transport-security": HTTPS_ONLY }))
        expect(headers[name], name).toMatch(value);
      expect(body).toContain("</html>");
    }
  } finally {
    session.close();
  }
});

test("server-sent events come through at once", async () => {
  const { host, port } = await front();
  const session = http2.connect(`https://${host}:${port}`, { servername: "localhost", rejectUnauthorized: false });
  try {
    const stream = session.request({
      ":path": "/events?topics=queue",
      ":authority": new URL(url).host,
      accept: "text/event-stream",
    });
    let heard = "";
    stream.setEncoding("utf8").on("data", (part) => (heard += part));
    const [headers] = await once(stream, "response");
    expect([headers[":status"], headers["content-type"]]).toEqual([200, "text/event-stream"]);
    const events = () => heard.split("\n\n").filter((event) => event.includes("data:")).length;
    // With buffering, nginx would hold an answer back until there is enough of it; events are always less than that.
    await until("the first event is there", async () => events() === 1, 5);
    let cookie = "";
    for (const what of ["/play/queue", "/play/queue/leave"]) {
      const before = events();
      const answer = await send(what, "points=11", { cookie });
      expect(answer.status).toBe(303);
      const at = performance.now();
      await until(`${what} is told`, async () => events() > before, 5);
      expect(performance.now() - at, `${what} is told`).toBeLessThan(1_000);
      cookie ||= (answer.headers["set-cookie"] ?? []).map((one) => one.split(";")[0]).join("; ");
    }
  } finally {
    session.destroy();
  }
});

/** Requests sent to a frozen replica that it has not read, judged by the bytes waiting in its network. @param {string} name */
async function waiting(name) {
  const table = await readFile(`/proc/${(await inspect(name)).State.Pid}/net/tcp`, "utf8");
  return table
    .split("\n")
    .filter((line) => / [0-9A-F]{8}:1F90 [0-9A-F]{8}:[0-9A-F]{4} 01 [0-9A-F]{8}:(?!00000000)/.test(line)).length;
}

test("a form is sent to one replica only, and a page is asked for from another when one dies over it", async () => {
  await replicas(2);
  const [dying, other] = await containers("app");
  // Both are frozen, so that each receives requests of both kinds; one of them dies while handling them.
  for (const name of [dying, other]) await signal(String(name), "SIGSTOP");
  /** @type {Promise<import("./stack.js").Answer>[]} */
  const pages = [];
  /** @type {Promise<import("./stack.js").Answer>[]} */
  const forms = [];
  try {
    for (let n = 0; n < 8; n++) pages.push(ask("/about"));
    for (let n = 0; n < 8; n++) forms.push(send("/language", "language=en&next=/"));
    await until(
      "both have been asked",
      async () => (await waiting(String(dying))) >= 6 && (await waiting(String(other))) >= 6,
      10,
    );
  } finally {
    await signal(String(other), "SIGCONT");
    await signal(String(dying), "SIGKILL");
  }
  const got = { pages: await Promise.all(pages), forms: await Promise.all(forms) };
  expect(
    got.pages.map(({ status }) => status),
    "every page came",
  ).toEqual(Array(8).fill(200));
  const asked = await Promise.all([...got.pages, ...got.forms].map(logged));
  const twice = asked.slice(0, 8).filter(({ replica }) => replica.includes(","));
  expect(twice.length, "some from the other replica").toBeGreaterThan(0);
  for (const { replica } of asked.slice(8)) expect(replica, "no form went to a second one").not.toContain(",");
  const lost = got.forms.filter(({ status }) => status === 503);
  expect(lost.length, "who sent it to the dying one is told so").toBeGreaterThan(0);
  for (const answer of lost) expectHeaders(answer, "the page that says so");
  expect(got.forms.filter(({ status }) => status === 303).length, "and the others were answered").toBe(8 - lost.length);
  await replicas(2);
});

test("six hundred connections that send a byte now and then do not keep anybody waiting, and are closed", async () => {
  const { host, port } = await front();
  /** Milliseconds that pages and files take, one after the other. */
  const times = async () => {
    const took = [];
    for (let n = 0; n < 20; n++) {
      const began = performance.now();
      expect((await ask(n % 2 ? "/" : "/about")).status).toBe(200);
      took.push(performance.now() - began);
    }
    return took.sort((a, b) => a - b);
  };
  const before = await times();
  let open = 0;
  const sockets = Array.from({ length: 600 }, (_, n) => {
    const socket = tls.connect({
      host,
      port,
      servername: "localhost",
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
    });
    // Two in three never finish the head. The others never finish the form, none of which may reach the app before it is complete.
    const form =
      "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nlogin=";
    socket.once("secureConnect", () => {
      open += 1;
      socket.write(n % 3 ? "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: " : form);
    });
    socket.on("error", () => undefined).resume();
    return socket;
  });
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let trickle;
  try {
    await until("all are connected", async () => open === sockets.length, 30);
    trickle = setInterval(() => {
      for (const socket of sockets) if (!socket.destroyed && socket.writable) socket.write("a");
    }, 1_000);
    const during = await times();
    expect(sockets.filter(({ destroyed }) => !destroyed).length, "they were there all the time").toBeGreaterThan(500);
    const [usual, median, worst] = [before[10], during[10], during.at(-1)].map((ms) => Math.round(ms ?? 0));
    console.log(
      `a page beside 600 slow connections: ${median} ms at the median (${usual} ms without), ${worst} ms at most`,
    );
    expect(median).toBeLessThan(250);
    expect(worst).toBeLessThan(2_000);
    // A head has ten seconds in all. Each byte of a form has ten seconds, so the forms stay; they hold only a little of nginx's
    // memory.
    await until(
      "who never ends his head is sent away",
      async () => sockets.every(({ closed }, n) => n % 3 === 0 || closed),
      25,
    );
  } finally {
    clearInterval(trickle);
    for (const socket of sockets) socket.destroy();
  }
  await until("the place of the slow ones is free again", async () => (await ask("/")).status === 200);
});

test("without an app, visitors get a page with a way on, and static files come as before", async ({ browser }) => {
  const sheet = await styleSheet();
  const names = await containers("app", true);
  try {
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
    expect(
      await page.locator("h1").evaluate((h1) => getComputedStyle(h1).fontFamily),
      "the style sheet is there",
    ).not.toMatch(/^"?Times/);
    await page.context().close();
  } finally {
    await Promise.all(names.map((name) => engine("start", name)));
    await replicas(names.length);
  }
  expect((await ask("/")).status).toBe(200);
});
