import { ClockPublisher } from "../lib/barcode.ts";
import { expect, shot, test } from "../lib/journey.ts";
import { moves } from "../lib/picture.ts";
import { Server } from "../lib/server.ts";

test("the first own conference is on air a few pages after the first start", async ({ page, browser }) => {
  test.setTimeout(120_000);
  const server = await Server.serve();
  try {
    const link = await server.prints(/http:\/\/\S+\/sign-in\/\S+/);
    await page.goto(link[0]);
    const confirm = page.locator('main form[method="post"] button');
    if (page.url().includes("/sign-in/") && (await confirm.count()) > 0) await confirm.first().click();
    await shot(page, "first-start");

    // Start empty: title, days, tracks.
    if (!/\/new/.test(page.url())) await page.goto(`${server.origin}/new`);
    await page.locator('input[name="title"]').fill("Riverside Meetup");
    await shot(page, "first-conference");
    await page.locator('form:has(input[name="title"]) button[type="submit"], form:has(input[name="title"]) button:not([type])').first().click();
    await page.waitForURL(/riverside-meetup/);
    await shot(page, "first-created");

    // "Go live" shows where to publish.
    await page.goto(`${server.origin}/riverside-meetup/studio`);
    await page.locator('form[action$="/key"] button').first().click();
    const publish = (await page.locator("[data-copy-text]").first().textContent()) ?? "";
    await shot(page, "first-key");
    expect(publish).toMatch(/^rtmp:\/\/.+\/live\/.+/);

    const publisher = new ClockPublisher(publish);
    try {
      const guest = await (await browser.newContext()).newPage();
      await guest.goto(`${server.origin}/riverside-meetup/live`);
      await moves(guest, 2, 30_000);
      await shot(guest, "first-on-air");
      await guest.context().close();
    } finally {
      publisher.stop();
    }
    // The owner's link was for one use.
    const stranger = await (await browser.newContext()).newPage();
    const again = await stranger.goto(link[0]);
    expect(again?.status() ?? 0).toBeGreaterThanOrEqual(400);
    await stranger.context().close();
  } finally {
    await server.remove();
  }
});
