// @ts-check
// How nginx speaks TLS: protocol versions, and the certificate that it presents.

import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import tls from "node:tls";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import { container, file, folder, front, inspect, script, until } from "./stack.js";

const run = promisify(execFile);

test("old protocols are refused", async () => {
  const { host, port } = await front();
  /** @param {tls.SecureVersion} version */
  const connects = (version) =>
    new Promise((resolve) => {
      const socket = tls.connect({
        host,
        port,
        servername: "localhost",
        rejectUnauthorized: false,
        minVersion: version,
        maxVersion: version,
        ciphers: "ALL:@SECLEVEL=0",
      });
      socket.once("secureConnect", () => resolve(socket.getProtocol())).once("error", () => resolve("refused"));
      socket.once("secureConnect", () => socket.destroy());
    });
  expect(await Promise.all([connects("TLSv1.1"), connects("TLSv1.2"), connects("TLSv1.3")])).toEqual([
    "refused",
    "TLSv1.2",
    "TLSv1.3",
  ]);
});

/**
 * The certificates that nginx presents, its own first.
 * @param {tls.ConnectionOptions} [options]
 * @returns {Promise<{own: string, issuer: string, trusted: boolean}>}
 */
async function shown(options = {}) {
  const { host, port } = await front();
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host, port, servername: "localhost", rejectUnauthorized: false, ...options }, () => {
      const own = socket.getPeerCertificate(true);
      resolve({
        own: own.fingerprint256,
        issuer: own.issuerCertificate?.fingerprint256 ?? "",
        trusted: socket.authorized,
      });
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

test("a self-signed certificate that is gone is made anew, and one of one's own is used within a minute, without a restart", async () => {
  const started = (await inspect(await container("web"))).State.StartedAt;
  const names = ["secrets/tls/fullchain.pem", "secrets/tls/privkey.pem"];
  const first = await Promise.all(names.map(file));
  for (const name of names) await rm(path.join(folder, name));
  await script("scripts/start", ["--prepare"]);
  for (const [index, made] of (await Promise.all(names.map(file))).entries()) expect(made).not.toBe(first[index]);

  // A private authority, an intermediate, and the site's certificate, as companies issue them.
  const own = await mkdtemp(path.join(os.tmpdir(), "transcendence-certificate."));
  try {
    const openssl = (/** @type {string} */ command) => run("openssl", command.split(" "), { cwd: own });
    const key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256";
    const authority = "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign";
    await openssl(`req -x509 ${key} -days 90 ${authority} -subj /CN=Authority -keyout root.key -out root.pem`);
    for (const [name, issuer, extensions] of [
      ["between", "root", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign"],
      [
        "site",
        "between",
        "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature",
      ],
    ]) {
      await writeFile(path.join(own, `${name}.ext`), extensions);
      await openssl(`req -new ${key} -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`);
      const signer = `-CA ${issuer}.pem -CAkey ${issuer}.key -CAcreateserial`;
      await openssl(`x509 -req -days 90 -sha256 -in ${name}.csr ${signer} -extfile ${name}.ext -out ${name}.pem`);
    }
    const pem = (/** @type {string} */ name) => readFile(path.join(own, name), "utf8");
    await writeFile(path.join(own, "chain.pem"), (await pem("site.pem")) + (await pem("between.pem")));
    // As docs/deploy.md says.
    await run("install", ["-m", "444", path.join(own, "chain.pem"), path.join(folder, "secrets/tls/fullchain.pem")]);
    await run("install", ["-m", "444", path.join(own, "site.key"), path.join(folder, "secrets/tls/privkey.pem")]);
    const ca = await pem("root.pem");
    const site = new X509Certificate(await pem("site.pem")).fingerprint256;
    expect((await shown()).own).not.toBe(site);
    await until("nginx shows the new certificate", async () => (await shown()).own === site, 75);
    const now = await shown({ ca });
    expect(now.trusted, "who trusts the authority trusts the site, by the certificates that nginx sends").toBe(true);
    expect((await shown({ ca, maxVersion: "TLSv1.2" })).trusted, "over TLS 1.2 as well").toBe(true);
    expect(now.issuer, "with the one between").toBe(new X509Certificate(await pem("between.pem")).fingerprint256);
    await script("scripts/start", ["--prepare"]);
    expect(await file("secrets/tls/privkey.pem"), "another start keeps it").toBe(await pem("site.key"));
  } finally {
    await rm(own, { recursive: true, force: true });
  }
  expect((await inspect(await container("web"))).State.StartedAt, "nginx was not started again").toBe(started);
});
