// @ts-check
import { defineConfig } from "@playwright/test";

// @playwright/test rather than a library under node:test: its assertions wait for what they assert, which leaves no
// reason to sleep, and a failure keeps a trace that can be walked through (`npx playwright show-trace`).
export default defineConfig({
  testDir: "tests/browser",
  outputDir: "test-results",
  // Play is in real time on a machine that others may load: a second try, which scripts/test names in its summary.
  retries: 1,
  forbidOnly: !!process.env.CI,
  // Play is in real time: more browsers than cores would make late frames of the machine, not of the site.
  workers: 2,
  fullyParallel: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    // Without pictures, which cost the time that play needs.
    trace: { mode: "retain-on-failure", screenshots: false },
    actionTimeout: 15_000,
    navigationTimeout: 15_000,
    locale: "en-GB",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-background-networking", "--disable-quic"],
    },
  },
  projects: [
    { name: "play", testIgnore: "pages.spec.js" },
    { name: "pages", testMatch: "pages.spec.js" },
  ],
});
