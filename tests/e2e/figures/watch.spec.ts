// What a viewer waits for, measured in the browser. `make bench` runs this with the released binary; the figures mean
// something only on a machine that does nothing else. `MATSURI_TRACKS=10`: with so many other tracks on air; `MATSURI_PART_MS=200`:
// with parts of that length.
import type { CDPSession } from "@playwright/test";
import { ClockPublisher, percentile, readDelays } from "../lib/barcode.ts";
import { Beside } from "../lib/beside.ts";
import { CONFERENCE, expect, test } from "../lib/journey.ts";

const VISITS = 20;
const WATCH_MS = 40_000;
const TRACKS = Number(process.env.MATSURI_TRACKS ?? 0);
const PART_MS = process.env.MATSURI_PART_MS;
const among = (TRACKS > 0 ? `, ${TRACKS} tracks on air beside` : "") + (PART_MS === undefined ? "" : `, parts of ${PART_MS} ms`);

let beside: Beside | undefined;
test.beforeAll(async ({ demo }) => {
  if (TRACKS > 0) beside = await Beside.start(demo, TRACKS);
});
test.afterAll(() => beside?.stop());

/** Seconds of processor time that all processes of the browser have taken so far; `type`: those of one kind. */
async function spent(system: CDPSession, type?: string): Promise<number> {
  const { processInfo } = await system.send("SystemInfo.getProcessInfo");
  return processInfo.filter((one) => type === undefined || one.type === type).reduce((sum, one) => sum + one.cpuTime, 0);
}

/** Waits until a new window has been built: the browser's own interface takes half a second of processor time for it. */
async function calm(system: CDPSession): Promise<void> {
  let before = await spent(system);
  await expect
    .poll(async () => {
      const now = await spent(system);
      const more = now - before;
      before = now;
      return more;
    }, { intervals: [250], timeout: 20_000 })
    .toBeLessThan(0.03);
}

test("first frame after navigation at the live edge", async ({ browser, demo }) => {
  test.setTimeout(300_000);
  const waits: number[] = [];
  const works: number[] = [];
  const system = await browser.newBrowserCDPSession();
  for (let visit = 0; visit < VISITS; visit += 1) {
    const page = await (await browser.newContext()).newPage();
    await page.addInitScript(() => {
      // The page may bring one video element and its script another.
      const known = new WeakSet<HTMLVideoElement>();
      const shown = (now: number): void => void ((window as unknown as { firstFrame?: number }).firstFrame ??= now);
      new MutationObserver(() => {
        for (const video of document.querySelectorAll("video")) {
          if (known.has(video)) continue;
          known.add(video);
          video.requestVideoFrameCallback(shown);
        }
      }).observe(document, { childList: true, subtree: true });
    });
    await calm(system);
    const before = await spent(system, "renderer");
    await page.goto(`${demo.origin}/${CONFERENCE}/live/a`, { waitUntil: "commit" });
    const wait = await page.waitForFunction(() => (window as unknown as { firstFrame?: number }).firstFrame, null, { polling: 100 });
    waits.push((await wait.jsonValue()) ?? Number.NaN);
    works.push(((await spent(system, "renderer")) - before) * 1000);
    await page.context().close();
  }
  const half = percentile(works, 0.5).toFixed(0);
  console.log(`first frame: p50 ${percentile(waits, 0.5).toFixed(0)} ms, p95 ${percentile(waits, 0.95).toFixed(0)} ms, ${waits.length} visits; ${half} ms of processor time in the page${among}`);
  expect(waits.every((wait) => wait > 0)).toBe(true);
});

test("glass to glass, LL-HLS", async ({ page, demo }) => {
  test.setTimeout(120_000);
  const publisher = new ClockPublisher(demo.publishAddress);
  try {
    await page.goto(`${demo.origin}/${CONFERENCE}/live/c`);
    const time = (): Promise<number> => page.evaluate(() => document.querySelector("video")?.currentTime ?? 0);
    await expect.poll(time, { timeout: 20_000, message: publisher.complaint }).toBeGreaterThan(1);
    // The player speeds up until it is where it wants to be.
    await page.waitForTimeout(15_000);
    const { delays, garbled } = await readDelays(page, WATCH_MS);
    console.log(`glass to glass: p50 ${percentile(delays, 0.5)} ms, p95 ${percentile(delays, 0.95)} ms, ${delays.length} frames, ${garbled} garbled${among}`);
    expect(delays.length).toBeGreaterThan(600);
  } finally {
    publisher.stop();
  }
});
