// @ts-check
import { defineConfig } from "@playwright/test";
import common from "../../playwright.config.js";
import { front } from "./stack.js";

// One stack, which the tests stop and break: one test after the other, in the files' order.
const { host, port } = await front();
const url = new URL(process.env.STACK_URL ?? "https://localhost");

export default defineConfig({
  ...common,
  testDir: ".",
  outputDir: "../../test-results",
  workers: 1,
  fullyParallel: false,
  timeout: 120_000,
  // The second try of a test finds what the first one has left: each takes other names then, and puts right what it needs.
  retries: 1,
  projects: [{ name: "stack" }],
  use: {
    ...common.use,
    // The certificate is the self-signed one of a first start.
    ignoreHTTPSErrors: true,
    launchOptions: {
      ...common.use?.launchOptions,
      args: [
        ...(common.use?.launchOptions?.args ?? []),
        "--ignore-certificate-errors",
        `--host-resolver-rules=MAP ${url.host} ${host}:${port}`,
      ],
    },
  },
});
