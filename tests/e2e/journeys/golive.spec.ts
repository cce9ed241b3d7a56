import { barriers, overflow } from "../lib/access.ts";
import { CONFERENCE, complaints, expect, shot, signIn, test, visitor } from "../lib/journey.ts";
import { moves } from "../lib/picture.ts";

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
