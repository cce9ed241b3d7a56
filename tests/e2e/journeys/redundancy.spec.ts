import { ClockPublisher, readDelays } from "../lib/barcode.ts";
import { CONFERENCE, expect, shot, test, withoutPictures } from "../lib/journey.ts";
import { moves } from "../lib/picture.ts";
import { Server } from "../lib/server.ts";

/** The largest step from one number to the next. */
function largestStep(numbers: number[]): number {
  return numbers.slice(1).reduce((most, number, place) => Math.max(most, number - (numbers[place] ?? number)), 0);
}

test("a dead encoder is replaced by the backup, and that by the slate, without a reload", async ({ page, browser }) => {
  test.setTimeout(150_000);
  const server = await Server.demo();
  let primary: ClockPublisher | undefined;
  let backup: ClockPublisher | undefined;
  try {
    const crew = await (await browser.newContext()).newPage();
    await withoutPictures(crew);
    await crew.goto(`${server.origin}/demo/sign-in?as=broadcast&name=Ren&next=/${CONFERENCE}/studio`);
    await crew.locator('form[action$="/c/key"]:has(input[value="backup"]) button').click();
    const address = (await crew.locator("[data-copy-text]").first().textContent()) ?? "";
    await crew.goto(`${server.origin}/${CONFERENCE}/studio`);
    const panel = crew.locator('[data-track="c"]');

    let loads = 0;
    page.on("load", () => (loads += 1));
    const asked: string[] = [];
    page.on("request", (request) => /\.m4s$/.test(request.url()) && asked.push(request.url()));
    await page.goto(`${server.origin}/${CONFERENCE}/live/c`);
    primary = new ClockPublisher(server.publishAddress);
    await moves(page, 2, 30_000);
    backup = new ClockPublisher(address);
    await expect(panel.locator('[data-seat="backup"][data-signal="receiving"]')).toBeVisible({ timeout: 20_000 });
    await expect(panel.locator('[data-on="primary"]')).toBeVisible();
    // Both send the same: the clock on the wall.
    await page.waitForTimeout(3_000);
    // A channel from its very first segment on: what was loaded once is there.
    expect(asked.length - new Set(asked).size, asked.join("\n")).toBeLessThanOrEqual(2);
    const reading = readDelays(page, 11_000);
    await page.waitForTimeout(3_000);
    primary.stop();
    const { frames, garbled } = await reading;
    const clocks = frames.map((frame) => frame.clock);
    const back = largestStep(clocks.toReversed());
    const still = largestStep(frames.map((frame) => frame.at));
    const missing = largestStep(clocks);
    console.log(`failover: standstill ${still} ms, ${missing} ms missing, ${frames.length} frames, ${garbled} garbled`);
    test.info().annotations.push({ type: "failover", description: `standstill ${still} ms, ${missing} ms missing` });
    expect(frames.length).toBeGreaterThan(100);
    expect(back, "no picture is older than the one before").toBe(0);
    expect(still).toBeLessThan(4_000);
    await expect(panel.locator('[data-on="backup"]')).toBeVisible();
    await shot(crew, "studio-backup");

    backup.stop();
    await expect(panel.locator('[data-on="slate"]')).toBeVisible({ timeout: 15_000 });
    await moves(page, 2, 20_000);
    // What comes is written into the slate itself, so the page writes nothing over it.
    await expect(page.locator("[data-slate]")).toHaveCount(0, { timeout: 90_000 });
    await shot(page, "live-slate");
    expect(loads).toBe(1);
    await crew.context().close();
  } finally {
    primary?.stop();
    backup?.stop();
    await server.remove();
  }
});
