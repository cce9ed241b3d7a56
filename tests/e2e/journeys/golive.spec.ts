import { barriers, overflow } from "../lib/access.ts";
import { withoutOpus } from "../lib/deaf.ts";
import { CONFERENCE, complaints, expect, shot, signIn, test, visitor } from "../lib/journey.ts";
import { glance, hears, moves } from "../lib/picture.ts";
import { Server } from "../lib/server.ts";
import { goLive } from "../lib/studio.ts";

test("a browser goes live, a viewer sees and hears it, and it stops", async ({ browser, demo }) => {
  test.setTimeout(120_000);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await signIn(context, demo, "broadcast", "Ren");
  const page = await context.newPage();
  const heard = complaints(page);
  await page.goto(`${demo.origin}/${CONFERENCE}/studio/go-live/c`);
  const state = page.locator(".golive-state");
  await expect(state).toHaveAttribute("data-state", "idle");
  expect(await barriers(page)).toEqual([]);
  await page.locator('[data-action="allow"]').click();
  await expect(state).toHaveAttribute("data-state", "ready");
  await moves(page, 0.5);
  await expect(page.locator(".golive-loudness")).not.toHaveAttribute("data-loudness", "silent");
  await page.locator('[data-action="test"]').click();
  await expect(page.locator("[data-network]")).toBeVisible({ timeout: 20_000 });

  const viewer = await visitor(browser, demo, "attendee", "Nao");
  await viewer.goto(`${demo.origin}/${CONFERENCE}/live/c`);
  await page.locator('[data-action="start"]').click();
  await expect(state).toHaveAttribute("data-state", "live", { timeout: 15_000 });
  await expect(page.locator("[data-figures]")).toContainText("Mbit/s", { timeout: 5_000 });
  await moves(viewer, 3, 40_000);
  const sound = await viewer.evaluate(() => (document.querySelector("video") as HTMLVideoElement & { webkitAudioDecodedByteCount?: number }).webkitAudioDecodedByteCount ?? 0);
  expect(sound).toBeGreaterThan(0);
  await shot(page, "golive");
  await shot(viewer, "golive-viewer");
  expect(await barriers(page)).toEqual([]);

  await page.locator('[data-action="stop"]').click();
  await expect(state).toHaveAttribute("data-state", "stopped");
  await page.locator('[data-action="start"]').click();
  await expect(state).toHaveAttribute("data-state", "live", { timeout: 15_000 });
  await page.locator('[data-action="stop"]').click();
  expect(heard).toEqual([]);
  await context.close();
  await viewer.context().close();
});

test("the go-live page fits a phone, by keyboard, in Japanese and in the dark", async ({ browser, demo }) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: "ja-JP", colorScheme: "dark" });
  await signIn(context, demo, "broadcast", "Ren");
  const page = await context.newPage();
  await page.goto(`${demo.origin}/${CONFERENCE}/studio/go-live/c`);
  await page.locator('[data-action="allow"]').focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".golive-state")).toHaveAttribute("data-state", "ready");
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  expect(await barriers(page)).toEqual([]);
  await shot(page, "golive-phone");
  await context.close();
});

test("a browser that does not know Opus sees and hears a browser that sends it, as AAC", async ({ browser, demo }) => {
  test.setTimeout(120_000);
  const viewer = await visitor(browser, demo, "attendee", "Nao");
  await withoutOpus(viewer.context());
  const heard = complaints(viewer);
  const asked: { aac: string[]; opus: string[] } = { aac: [], opus: [] };
  viewer.on("request", (request) => {
    const path = new URL(request.url()).pathname;
    // The page announces the header of what most play; what counts are parts and segments.
    if (/\/media\/.*\/c\/.*\.m4s$/.test(path)) asked[path.includes("/aac/") ? "aac" : "opus"].push(path);
  });
  // Who waits for it gets it as well as who comes later: AAC is offered some seconds after the sender began.
  await viewer.goto(`${demo.origin}/${CONFERENCE}/live/c`);
  const sender = await visitor(browser, demo, "broadcast", "Ren");
  await goLive(sender, `${demo.origin}/${CONFERENCE}/studio/go-live/c`);
  const isAac = (): boolean => asked.aac.length > 0;
  await expect.poll(isAac, { timeout: 40_000 }).toBe(true);
  await moves(viewer, 3, 40_000);
  await hears(viewer);
  const before = (await glance(viewer))?.soundBytes ?? 0;
  expect(before).toBeGreaterThan(0);
  await expect.poll(async () => (await glance(viewer))?.soundBytes ?? 0).toBeGreaterThan(before);
  expect(asked.aac.length).toBeGreaterThan(3);
  await expect(viewer.getByText("M-DEV-1")).toHaveCount(0);
  await expect(viewer.locator("[data-deaf]")).toHaveCount(0);
  // Later ones ask for nothing else from the beginning.
  asked.opus.length = 0;
  await viewer.reload();
  await moves(viewer, 2, 40_000);
  expect(asked.opus).toEqual([]);
  await shot(viewer, "golive-aac");
  expect(heard).toEqual([]);
  await sender.locator('[data-action="stop"]').click();
  await sender.context().close();
  await viewer.context().close();
});

test("without ffmpeg both who sends and who cannot hear are told", async ({ browser }) => {
  test.setTimeout(120_000);
  const bare = await Server.bare();
  const context = await browser.newContext();
  await signIn(context, bare, "broadcast", "Ren");
  const sender = await context.newPage();
  const viewer = await visitor(browser, bare, "attendee", "Nao");
  try {
    await sender.goto(`${bare.origin}/${CONFERENCE}/studio/go-live/c`);
    await expect(sender.locator(".notice")).toContainText("Opus");
    await goLive(sender, sender.url());
    await withoutOpus(viewer.context());
    await viewer.goto(`${bare.origin}/${CONFERENCE}/live/c`);
    await expect(viewer.locator("[data-deaf=opus]")).toBeVisible({ timeout: 40_000 });
    // Sound and picture come together: without the one there is not the other either, and the page says so.
    await expect(viewer.getByText("M-DEV-1")).toBeVisible({ timeout: 20_000 });
    for (const [width, scheme] of [[1280, "light"], [360, "dark"]] as const) {
      for (const page of [sender, viewer]) {
        await page.setViewportSize({ width, height: 740 });
        await page.emulateMedia({ colorScheme: scheme });
        expect(await overflow(page)).toBeLessThanOrEqual(0);
        expect(await barriers(page)).toEqual([]);
        await shot(page, `golive-deaf-${page === viewer ? "viewer" : "sender"}-${width}`);
      }
    }
  } finally {
    await context.close();
    await viewer.context().close();
    await bare.remove();
  }
});
