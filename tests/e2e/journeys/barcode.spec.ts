import { ClockPublisher, percentile, readDelays } from "../lib/barcode.ts";
import { CONFERENCE, expect, shot, test } from "../lib/journey.ts";

test("a clock published to the free track is read back from the pixels", async ({ page, demo }) => {
  await page.goto(`${demo.origin}/${CONFERENCE}/live/c`);
  // Nobody sends yet, and the page says so instead of spinning.
  await expect(page.locator(".slate")).toBeVisible();
  await shot(page, "live-preparing");

  const publisher = new ClockPublisher(demo.publishAddress);
  try {
    // The page notices by itself that a picture has come.
    await expect
      .poll(() => page.evaluate(() => document.querySelector("video")?.currentTime ?? 0), { timeout: 20_000, message: publisher.complaint })
      .toBeGreaterThan(1);
    await page.waitForTimeout(4_000);
    const { delays, garbled } = await readDelays(page, 8_000);
    const [middle, most] = [percentile(delays, 0.5), percentile(delays, 0.95)];
    console.log(`glass to glass: p50 ${middle} ms, p95 ${most} ms, ${delays.length} frames, ${garbled} garbled`);
    test.info().annotations.push({ type: "glass to glass", description: `p50 ${middle} ms, p95 ${most} ms` });
    await shot(page, "live-barcode");
    expect(delays.length).toBeGreaterThan(60);
    expect(garbled).toBeLessThan(delays.length * 0.02);
    // The figure itself is a matter of `make bench`, on a machine that does nothing else.
    expect(middle).toBeGreaterThan(0);
    expect(middle).toBeLessThan(4_000);
  } finally {
    publisher.stop();
  }
  await expect(page.locator(".live-state .lantern")).toHaveCount(0, { timeout: 15_000 });
});
