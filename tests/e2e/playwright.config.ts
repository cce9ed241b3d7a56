// Journeys in a real browser, against a real server with real pictures. Two at a time: much of a journey is waiting for
// what takes its time, and each worker has a demo of its own. What measures runs alone.
import { defineConfig } from "@playwright/test";
import { existsSync } from "node:fs";

const alone = !!(process.env.MATSURI_LONG ?? process.env.MATSURI_FIGURES);

// The shell has Chromium's engine without its window, which costs a journey a quarter of its processor time. What measures
// and what takes long is tried in the browser that people have.
const shell = "/usr/bin/chromium-headless-shell";
const whole = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const browsers = alone ? [...whole, shell] : [shell, ...whole];
const executablePath = process.env.CHROMIUM ?? browsers.find((path) => existsSync(path));
const args = [
  "--no-sandbox",
  "--disable-gpu",
  // Containers give shared memory of a few megabytes, which a video fills.
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const withSound = { launchOptions: { executablePath, args: [...args, "--autoplay-policy=no-user-gesture-required"] } };
const camera = { launchOptions: { executablePath, args: [...withSound.launchOptions.args, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"] } };

export default defineConfig({
  outputDir: "out/failures",
  workers: alone ? 1 : 2,
  fullyParallel: false,
  forbidOnly: !!process.env.CI,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ? [["list"], ["json"]] : [["list"]],
  use: {
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    viewport: { width: 1280, height: 800 },
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
    screenshot: "only-on-failure",
    launchOptions: { executablePath, args },
  },
  projects: [
    {
      name: "journeys",
      testDir: "journeys",
      testIgnore: /autoplay|golive/,
      use: withSound,
    },
    // A camera and a microphone that are made up, and a browser that says yes to them.
    {
      name: "camera",
      testDir: "journeys",
      testMatch: /golive/,
      use: camera,
    },
    // Only here the browser's own rule about sound matters.
    { name: "autoplay", testDir: "journeys", testMatch: /autoplay/ },
    // Figures, not judgements: `make bench`.
    // Minutes to hours: `make test-long`.
    ...(process.env.MATSURI_LONG ? [{ name: "long", testDir: "long", use: { ...camera } }] : []),
    ...(process.env.MATSURI_FIGURES ? [{ name: "figures", testDir: "figures", use: withSound }] : []),
  ],
});
