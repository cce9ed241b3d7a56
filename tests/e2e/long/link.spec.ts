// A viewer behind a bad link: slow, far away, losing answers, gone for a while. The picture goes on without a reload and catches up.
import type { BrowserContext, CDPSession, Page } from "@playwright/test";
import { Dice } from "../lib/dice.ts";
import { Record } from "../lib/faults.ts";
import { expect, mark, test } from "../lib/journey.ts";
import { Sender } from "../lib/sender.ts";
import { Server } from "../lib/server.ts";
import { percentile, watch, type Shown } from "../lib/watch.ts";

const SEED = Number(process.env.MATSURI_SEED ?? 1);

/** Bytes a second and milliseconds there and back. The signal needs about 200 kB a second. */
const LINKS = {
  good: { downloadThroughput: -1, uploadThroughput: -1, latency: 0, offline: false },
  far: { downloadThroughput: 400_000, uploadThroughput: 100_000, latency: 180, offline: false },
  tight: { downloadThroughput: 60_000, uploadThroughput: 20_000, latency: 250, offline: false },
  gone: { downloadThroughput: -1, uploadThroughput: -1, latency: 0, offline: true },
} as const;

/** How far behind the sender a viewer is again, at most, some time after the link is good. */
const CAUGHT_UP_MS = 3_500;
const CATCH_UP_WITHIN_MS = 40_000;

/** So many in a hundred of the answers with media and playlists never come. */
async function lose(context: BrowserContext, percent: () => number): Promise<void> {
  const dice = new Dice(SEED);
  await context.route(/\/media\//, (route) => (dice.between(0, 100) < percent() ? route.abort("connectionreset") : route.continue()));
}

/** How far what was shown lately is behind its sender. */
function behind(shown: Shown[]): number {
  const ages = shown.slice(-20).flatMap(({ at, clock }) => (clock === null ? [] : [at - clock]));
  return percentile(ages, 0.5);
}

test("a viewer behind a slow, far and lossy link goes on without a reload and catches up", async ({ browser }) => {
  test.setTimeout(240_000);
  const server = await Server.hall();
  const sender = new Sender(await server.key());
  const context = await browser.newContext();
  let percent = 0;
  await lose(context, () => percent);
  try {
    const page: Page = await context.newPage();
    let loads = 0;
    page.on("load", () => (loads += 1));
    const devtools: CDPSession = await context.newCDPSession(page);
    const link = (kind: keyof typeof LINKS): Promise<unknown> => devtools.send("Network.emulateNetworkConditions", LINKS[kind]);
    await devtools.send("Network.enable");
    await watch(page);
    await page.goto(`${server.origin}/ours/live/hall-a`);
    sender.start();
    const record = new Record();
    const isLive = async (since: number): Promise<void> => {
      await expect(async () => {
        await record.read(page);
        expect(record.isLive(since), `${sender.said}${record.shown.length} pictures`).toBe(true);
      }).toPass({ timeout: 60_000 });
    };
    await isLive(0);
    const stayed = await mark(page);

    for (const [kind, lost, seconds] of [["far", 4, 20], ["tight", 4, 12], ["gone", 0, 6], ["far", 8, 20]] as const) {
      percent = lost;
      await link(kind);
      await page.waitForTimeout(seconds * 1_000);
      await record.read(page);
      console.log(`link: ${seconds} s ${kind}, ${lost} % lost: ${Math.round(behind(record.shown))} ms behind, ${record.shown.length} pictures so far`);
    }
    percent = 0;
    await link("good");
    const since = Date.now();
    await isLive(since);
    await expect(async () => {
      await record.read(page);
      expect(behind(record.shown)).toBeLessThan(CAUGHT_UP_MS);
    }).toPass({ timeout: CATCH_UP_WITHIN_MS });
    console.log(`link: ${Math.round(behind(record.shown))} ms behind ${Math.round((Date.now() - since) / 1_000)} s after it was good again`);
    expect(await stayed(), "the page was not reloaded").toBe(true);
    expect(loads).toBe(1);
    expect(record.elements, "one and the same video").toBe(1);
  } finally {
    sender.kill();
    await context.close();
    await server.remove();
  }
});
