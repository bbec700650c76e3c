// @ts-check
import { defineConfig } from "@playwright/test";
import common from "../../playwright.config.js";
import { front } from "./stack.js";

// There is one stack, which the tests stop and break, so they run one after the other, in the files' order.
const { host, port } = await front();
const url = new URL(process.env.STACK_URL ?? "https://localhost");

export default defineConfig({
  ...common,
  testDir: ".",
  outputDir: "../../test-results",
  workers: 1,
  fullyParallel: false,
  timeout: 120_000,
  // A retried test finds what the first attempt left: each one then takes other names and repairs what it needs.
  retries: 1,
  projects: [{ name: "stack" }],
  use: {
    ...common.use,
    // A first start makes a self-signed certificate.
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
